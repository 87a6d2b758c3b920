//! Tests of expressions, scripts and templates.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

mod generated;
mod generated_templates;
mod templates;

use super::functions::FUNCTIONS;
use super::*;
use crate::fault::Fault;
use std::sync::LazyLock;

static COMPILER: LazyLock<Compiler> = LazyLock::new(|| Compiler::new(&Limits::default()));

/// 2026-03-03T09:00:00Z.
const NOW_MS: i64 = 1_772_528_400_000;

/// The names and values of the tests.
fn stage() -> (Names, Vec<Value>) {
    let mut names = Names::new();
    let json = serde_json::json!({
        "input": "  Yes ", "n": 3, "score": 7, "choice": "abc", "name": "Ana", "nothing": null, "yes": true, "price": 0,
        "list": [3, 1, 2], "patient": { "name": "Ann", "vip": true, "tags": ["a", "b"], "address": { "city": "Leeds" } },
        "default": "d",
    });
    let mut vars: Vec<Value> = json
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| {
            names.add_var(name);
            Value::from_json(value)
        })
        .collect();
    vars[usize::from(names.var("price").unwrap())] = Value::Decimal("2.50".parse().unwrap());
    names.add_input("campaign");
    names.add_secret("KEY");
    (names, vars)
}

fn global(global: Global) -> Value {
    match global {
        Global::Inputs => Value::map([("campaign", Value::text("spring"))]),
        Global::Contact => Value::map([("address", Value::text("+15551230001")), ("name", Value::text("Ann"))]),
        Global::Session => Value::map([("turn", Value::Int(4))]),
        Global::Last => Value::map([("exit", Value::text("ok")), ("result", Value::Null)]),
    }
}

fn with_env<T>(vars: &[Value], use_it: impl FnOnce(&Env<'_>) -> T) -> T {
    let random = Cell::new(42);
    use_it(&Env {
        vars,
        global: &global,
        now_ms: NOW_MS,
        random: &random,
        locale: &"en-US".into(),
        showing: Showing::Plain,
        spent: &Cell::new(0),
    })
}

fn compile(source: &str) -> Expression {
    COMPILER.expression(source, &stage().0).unwrap_or_else(|problems| panic!("{source}: {problems:?}"))
}

/// The value of an expression, once natively (if it can) and once in Rhai.
fn eval(source: &str) -> Result<Value, Fault> {
    let expression = compile(source);
    with_env(&stage().1, |env| {
        let value = expression.eval(env);
        env.random.set(42);
        let rhai = expression.eval_in_rhai(env);
        assert_eq!(format!("{value:?}"), format!("{rhai:?}"), "{source}: native and Rhai differ");
        value
    })
}

fn value(source: &str) -> Value {
    eval(source).unwrap_or_else(|fault| panic!("{source}: {fault:?}"))
}

fn problems(source: &str) -> Vec<Problem> {
    COMPILER.expression(source, &stage().0).expect_err(source)
}

fn run(source: &str) -> Result<(Value, Vec<(String, Value)>), Fault> {
    let (names, vars) = stage();
    let script = COMPILER.script(source, &names).unwrap_or_else(|problems| panic!("{source}: {problems:?}"));
    let (value, changed) = with_env(&vars, |env| script.run(env))?;
    Ok((value, changed.into_iter().map(|(slot, value)| (names.var_name(slot).unwrap().to_string(), value)).collect()))
}

#[test]
fn every_example_of_the_function_table_holds() {
    for function in FUNCTIONS {
        let (example, expected) = function.example;
        assert_eq!(format!("{:?}", value(example)), format!("{:?}", value(expected)), "{example}");
        assert!(example.contains(&format!("{}(", function.name)), "{example} does not show {}", function.name);
        assert!(function.max <= functions::MAX_ARGUMENTS && function.min <= function.max, "{}", function.name);
        assert!(function.signature.starts_with(function.name), "{}", function.signature);
    }
}

#[test]
fn expressions_yield_typed_values() {
    let cases = [
        ("n + 1", Value::Int(4)),
        ("price * 2", Value::Decimal("5.00".parse().unwrap())),
        ("0.1 + 0.2 == 0.3", true.into()),
        ("7 / 2", Value::Int(3)),
        ("patient.vip == true", true.into()),
        ("patient.address.city", "Leeds".into()),
        ("patient[\"tags\"][1]", "b".into()),
        ("patient.tags[-1]", "b".into()),
        ("patient.nickname", Value::Null),
        ("patient.nickname.short[3]", Value::Null),
        ("nothing.a.b == null", true.into()),
        ("nothing > 3 || nothing < 3", false.into()),
        ("nothing == ()", true.into()),
        ("nothing ?? name", "Ana".into()),
        ("'b' in patient.tags && !('z' in patient.tags)", true.into()),
        ("\"an\" in lower(name)", true.into()),
        ("name + ' ' + n", "Ana 3".into()),
        ("name == 'Ana'", true.into()),
        ("nothing in name || nothing in nothing", false.into()),
        ("name == '' || \"''\" == '\\'\\'' /* '' */ && '' == \"\"", true.into()),
        ("name.upper().len()", Value::Int(3)),
        ("`${name} owes ${price}`", "Ana owes 2.50".into()),
        ("if n > 2 { 'many' } else { 'few' }", "many".into()),
        ("switch n { 3 => 'three', _ => 'other' }", "three".into()),
        ("list.filter(|x| x > n - 2).map(|x| x * 10)", Value::list([30.into(), 20.into()])),
        ("list.reduce(|a, b| a + b, 0)", Value::Int(6)),
        ("#{a: n, b: [name]}.b[0]", "Ana".into()),
        ("default(nothing, default)", "d".into()),
        ("inputs.campaign", "spring".into()),
        ("last.exit == 'ok' && contact.name == 'Ann'", true.into()),
        ("last(list)", Value::Int(2)),
        ("last.result.body.id", Value::Null),
        ("now()", "2026-03-03T09:00:00Z".into()),
        ("now('Europe/Madrid')", "2026-03-03T10:00:00+01:00".into()),
        ("today('Pacific/Auckland')", "2026-03-03".into()),
    ];
    for (source, expected) in cases {
        assert_eq!(value(source), expected, "{source}");
    }
}

#[test]
fn faults_have_codes() {
    let cases = [
        ("n / 0", "script.error"),
        ("9223372036854775807 + n", "script.error"),
        ("list[9]", "script.error"),
        ("n.city", "script.type"),
        ("n - name", "script.type"),
        ("n && yes", "script.type"),
        ("upper(list)", "script.type"),
        ("int('x')", "script.error"),
        ("pad_left('', 999999999)", "script.limit"),
        ("range(0, 99999999999)", "script.limit"),
    ];
    for (source, code) in cases {
        let fault = eval(source).expect_err(source);
        assert_eq!(fault.code, code, "{source}: {fault:?}");
    }
}

#[test]
fn w1_expressions_are_native() {
    for source in
        ["lower(trim(input))", "n + 1", "(score * 31 + n + len(choice)) % 1000003", "score % 2 == 0", "n < 1000000000"]
    {
        let expression = compile(source);
        assert!(expression.is_native(), "{source}");
        assert!(with_env(&stage().1, |env| expression.eval_natively(env)).is_some(), "{source}");
        value(source);
    }
    let script = COMPILER.script("choice = lower(trim(input)); n += 1;", &stage().0).unwrap();
    assert!(script.is_native());
}

#[test]
fn unknown_names_are_found_with_their_place() {
    let found = problems("n > 1 && paitent.vip");
    assert_eq!((found[0].offset, found[0].len, found[0].unknown.as_deref()), (9, 7, Some("paitent")), "{found:?}");
    let found = problems("'ñ' + x1 + n +\n  x2");
    assert_eq!(found.iter().map(|one| one.offset).collect::<Vec<_>>(), [7, 18], "{found:?}");
    assert_eq!(problems("inputs.campain")[0].unknown.as_deref(), Some("campain"));
    assert_eq!(problems("lowr(name)")[0].unknown.as_deref(), Some("lowr"));
    assert!(problems("lower(name, 1)")[0].message.contains("takes 1 value"));
    assert!(problems("name.replace('a')")[0].message.contains("takes 3 values"));
    assert!(problems("secrets.KEY")[0].message.contains("http"));
    assert_eq!(problems("list.map(|x| x + y)")[0].unknown.as_deref(), Some("y"));
    assert!(problems("n = 2")[0].message.contains("=="));
    for source in ["", "  ", "n +", "let a = 1; a", "n; name", "import 'x' as y", "eval('1')", "while true {}", "a::b"]
    {
        problems(source);
    }
    for source in ["list.map(|x| x + n)", "list.any(|x| x == score)", "list.all(|x| list.any(|y| y == x))"] {
        compile(source);
    }
}

#[test]
fn constants_are_known() {
    assert_eq!(compile("1 + 2 * 3").constant(), Some(&Value::Int(7)));
    assert_eq!(compile("upper('a')").constant(), Some(&Value::text("A")));
    for source in ["random()", "now()", "n", "1 / 0"] {
        assert_eq!(compile(source).constant(), None, "{source}");
    }
    assert_eq!(compile("score + n + score").reads(), [1, 2]);
}

#[test]
fn scripts_assign_variables() {
    let (value, changed) = run("let total = 0; for x in list { total += x; } n = total; patient.name = 'Bo'; list.push(9); score = 7; total * 2").unwrap();
    assert_eq!(value, Value::Int(12));
    let names: Vec<_> = changed.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["n", "list", "patient"]);
    assert_eq!(changed[1].1, Value::list([3.into(), 1.into(), 2.into(), 9.into()]));
    assert_eq!(changed[2].1.get("name"), Some(&Value::text("Bo")));
    let (value, changed) = run("choice = lower(trim(input)); n += 1; n * 2").unwrap();
    assert_eq!((value, changed), (Value::Int(8), vec![("n".into(), Value::Int(4)), ("choice".into(), "yes".into())]));
    // A change of the written form alone is a change.
    assert_eq!(run("price = round(price, 3);").unwrap().1.len(), 1);
    // A fault changes nothing, natively or not.
    assert!(run("n = 1; n = n / 0;").is_err());
    // Closures that capture a variable leave it a plain one.
    assert_eq!(run("let f = |x| x + n; n = f.call(2);").unwrap().1, [("n".to_string(), Value::Int(5))]);
    assert_eq!(run("throw #{code: 'clinic.closed', message: 'x'}").unwrap_err().code, "clinic.closed");
    assert_eq!(run("try { n = 1 / 0 } catch (e) { n = 9 }").unwrap().1, [("n".to_string(), Value::Int(9))]);
    assert!(COMPILER.script("contact = 1", &stage().0).unwrap_err()[0].message.contains("cannot be changed"));
    assert!(COMPILER.script("let a = 1; a = b", &stage().0).unwrap_err()[0].unknown.as_deref() == Some("b"));
    assert!(COMPILER.script("fn f(a) { a + n } n = f(1)", &stage().0).is_err());
}

#[test]
fn limits_hold() {
    for source in [
        "loop {}",
        "while true { n += 1 }",
        "let s = 'x'; loop { s += s }",
        "let a = [1]; loop { a += a }",
        "let a = [1]; loop { a.push(a) }",
        "let a = []; loop { a.push('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx') }",
        "let m = #{}; let i = 0; loop { m[`k${i}`] = i; i += 1; }",
        "fn f(x) { f(x + 1) } f(0)",
        "let s = pad_left('', 100000); let a = []; a = range(0, 9000).map(|i| s + i);",
        "try { loop {} } catch { n = 1 }",
        "let a = range(0, 9999); loop { let b = sort(a); }",
    ] {
        assert_eq!(run(source).expect_err(source).code, "script.limit", "{source}");
    }
    let deep = format!("{}1{}", "(".repeat(500), ")".repeat(500));
    problems(&deep);
    problems(&"1+".repeat(40_000));
}

#[test]
fn random_numbers_follow_the_state() {
    let (_, vars) = stage();
    let random = Cell::new(7);
    let locale = "en-US".into();
    let env = Env {
        vars: &vars,
        global: &global,
        now_ms: 0,
        random: &random,
        locale: &locale,
        showing: Showing::Plain,
        spent: &Cell::new(0),
    };
    let draw = |source: &str| compile(source).eval(&env).unwrap();
    let one = draw("random()");
    assert_ne!(random.get(), 7);
    assert_ne!(one, draw("random()"));
    random.set(7);
    assert_eq!(one, draw("random()"), "the same state gives the same number");
    random.set(7);
    assert_eq!(one, compile("random()").eval_in_rhai(&env).unwrap());
    // What is left to Rhai draws from where the evaluation began, not from where the native try ended.
    let source = "random(0, 1000000) + ' ' + name[0] + random(0, 1000000)";
    random.set(7);
    let one = draw(source);
    random.set(7);
    assert_eq!(Ok(one), compile(source).eval_in_rhai(&env));
    for _ in 0..200 {
        let Value::Int(die) = draw("random(1, 6)") else { panic!() };
        assert!((1..=6).contains(&die));
        let Value::Decimal(unit) = draw("random()") else { panic!() };
        assert!(unit >= 0.into() && unit < 1.into());
    }
    let uuid = draw("uuid()").to_string();
    assert_eq!((uuid.len(), &uuid[14..15]), (36, "4"));
}

#[test]
fn words_follow_the_locale_and_who_is_told() {
    let (names, vars) = stage();
    let random = Cell::new(1);
    let show = |source: &str, locale: &str, showing: Showing| {
        let template = COMPILER.template(source, &names, false).unwrap_or_else(|found| panic!("{source}: {found:?}"));
        assert!(template.is_native(), "{source}");
        let env = Env {
            vars: &vars,
            global: &global,
            now_ms: 0,
            random: &random,
            locale: &locale.into(),
            showing,
            spent: &Cell::new(0),
        };
        let mut out = String::new();
        template.render(&env, &mut out).map_err(|fault| fault.message).map(|()| {
            if showing == Showing::Plain {
                assert_eq!(template.render_in_tera(&env).as_deref(), Ok(out.as_str()), "{source}: Tera differs");
            }
            out
        })
    };
    let calls = r##"{{ 1234 | plural(one="# call", other="# calls") }}"##;
    assert_eq!(show(calls, "en-US", Showing::Plain).unwrap(), "1,234 calls");
    let arabic = r##"{{ 3 | plural(few="# مكالمات", other="# مكالمة") }}"##;
    assert_eq!(show(arabic, "ar-EG", Showing::Heard).unwrap(), "٣ مكالمات");
    assert_eq!(show(r##"{{ 2 | plural(other="press ##") }}"##, "en", Showing::Read).unwrap(), "press #");
    let place = r##"{{ 3 | plural_ordinal(one="#st", two="#nd", few="#rd", other="#th") }}"##;
    assert_eq!(show(place, "en", Showing::Plain).unwrap(), "3rd");
    assert!(show(r#"{{ 3 | plural(one="x") }}"#, "en", Showing::Plain).unwrap_err().contains("other"));
    assert!(show(r#"{{ 3 | plural(several="x", other="y") }}"#, "en", Showing::Plain).unwrap_err().contains("several"));
    assert_eq!(
        show("{{ price | money(currency=\"EUR\") }}", "es-ES", Showing::Heard).unwrap(),
        "dos euros con cincuenta céntimos"
    );
    assert_eq!(show("{{ price | money(currency=\"EUR\") }}", "es-ES", Showing::Plain).unwrap(), "2,50\u{a0}€");
    assert_eq!(show("{{ 2.345 | number(places=2) }}", "de", Showing::Read).unwrap(), "2,35");
    assert_eq!(show("{{ '2026-03-03' | date(length='full') }}", "fr", Showing::Read).unwrap(), "mardi 3 mars 2026");
    assert_eq!(show("{{ [1, 2, 3] | list(join='or') }}", "en-US", Showing::Read).unwrap(), "1, 2, or 3");
    // What is put into a sentence that is read must not turn it round; what is heard has no marks.
    assert_eq!(show("شكرا {{ price }}.", "ar", Showing::Read).unwrap(), "شكرا \u{2068}2.50\u{2069}.");
    assert_eq!(show("شكرا {{ price }}.", "ar", Showing::Heard).unwrap(), "شكرا 2.50.");
    assert_eq!(show("Thanks {{ price }}.", "en", Showing::Read).unwrap(), "Thanks 2.50.");
}
