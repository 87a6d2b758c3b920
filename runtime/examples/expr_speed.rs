//! How fast expressions and templates are: natively, in Rhai, and to compile. Run with `cargo run --release --example
//! expr_speed`. A figure to look at, not a test.

#![allow(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use offhook_runtime::Value;
use offhook_runtime::expr::{Compiler, Env, Limits, Names, Showing};
use std::cell::Cell;
use std::hint::black_box;
use std::time::Instant;

fn main() {
    let mut names = Names::new();
    let mut vars = Vec::new();
    for (name, value) in [
        ("input", Value::text(" 2 ")),
        ("n", Value::Int(41)),
        ("score", Value::Int(581_775)),
        ("choice", Value::text("2")),
        ("name", Value::text("Ana")),
        ("last_choice", Value::text("agent")),
    ] {
        names.add_var(name);
        vars.push(value);
    }
    let compiler = Compiler::new(&Limits::default());
    let random = Cell::new(1);
    let locale = "en-US".into();
    let env = Env {
        vars: &vars,
        global: &|_| Value::Null,
        now_ms: 0,
        random: &random,
        locale: &locale,
        showing: Showing::Plain,
        spent: &Cell::new(0),
    };

    for source in [
        "lower(trim(input))",
        "n + 1",
        "(score * 31 + n + len(choice)) % 1000003",
        "score % 2 == 0",
        "n < 1000000000",
        "[n, score].filter(|x| x > 50)",
    ] {
        let expression = compiler.expression(source, &names).expect("it compiles");
        let rounds = if expression.is_native() { 2_000_000 } else { 100_000 };
        let start = Instant::now();
        for _ in 0..rounds {
            env.spent.set(0);
            black_box(expression.eval(black_box(&env)).expect("it evaluates"));
        }
        let path = if expression.is_native() { "native" } else { "Rhai" };
        println!("{:>8.1} ns  {path:<6}  {source}", start.elapsed().as_nanos() as f64 / f64::from(rounds));
    }

    for source in [
        "Hi {{name}}, you chose {{last_choice}} (#{{n}}), score {{score}} even",
        "{% if n > 3 %}Menu {{n}}{% endif %}",
        "{{ name | truncate(length=2) }}",
    ] {
        let template = compiler.template(source, &names, false).expect("it compiles");
        let rounds = if template.is_native() { 1_000_000 } else { 100_000 };
        let mut out = String::new();
        let start = Instant::now();
        for _ in 0..rounds {
            out.clear();
            env.spent.set(0);
            template.render(black_box(&env), &mut out).expect("it renders");
            black_box(&out);
        }
        let path = if template.is_native() { "native" } else { "Tera" };
        println!("{:>8.1} ns  {path:<6}  {source}", start.elapsed().as_nanos() as f64 / f64::from(rounds));
    }

    for (what, distinct) in [("the same 14", 14), ("all different", 10_000)] {
        let names = names.clone();
        let start = Instant::now();
        for index in 0..10_000 {
            let index = index % distinct;
            black_box(compiler.expression(&format!("(score * 31 + n + len(choice)) % {}", 1000 + index), &names))
                .expect("it compiles");
            black_box(compiler.template(&format!("Menu {{{{n}}}}: {index} balance, {{{{ name }}}}"), &names, false))
                .expect("it compiles");
        }
        println!("{:>8.1} ms  10,000 expressions and 10,000 templates, {what}", start.elapsed().as_secs_f64() * 1000.0);
    }
    let start = Instant::now();
    black_box(Compiler::new(&Limits::default()));
    println!("{:>8.1} ms  a compiler", start.elapsed().as_secs_f64() * 1000.0);
}
