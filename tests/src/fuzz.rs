//! The bodies of the fuzz targets: whatever bytes come, nothing panics, no limit is passed, and what is promised of every
//! session holds. The crate `fuzz/` gives them to libFuzzer; `tests/tests/fuzz` runs them for a bounded time in every
//! test run. They do not know where their bytes come from.

mod generate;
mod play;

use arbitrary::Unstructured;
use offhook_builtins::catalog;
use offhook_flow_schemas::{limits, read_flow, read_layout, read_texts, read_tree, render};
use offhook_runtime::expr::{Compiler, Env, Names, Showing};
use offhook_runtime::talk::{self, Options};
use offhook_runtime::{Catalog, FlowSource, Limits, Program, Value, compile};
use serde_json::Value as Json;
use std::cell::Cell;
use std::sync::{Arc, LazyLock};

pub use generate::Made;
pub use play::Fate;

/// More bytes say nothing more about a reader, and take long.
const BYTES: usize = 64 * 1024;

static CATALOG: LazyLock<Catalog> = LazyLock::new(catalog);
static COMPILER: LazyLock<Compiler> = LazyLock::new(|| Compiler::new(&tight()));

/// Limits that are reached soon, so that many of them are.
fn tight() -> Limits {
    Limits {
        operations: 2_000,
        string_bytes: 4_096,
        list_items: 200,
        map_entries: 200,
        work: 50_000,
        turn_work: 400_000,
        output_bytes: 16_384,
        template_rounds: 500,
        ..Limits::default()
    }
}

/// The flows of the pages of all node types, compiled.
static PROGRAMS: LazyLock<Vec<Program>> = LazyLock::new(|| {
    let mut programs = Vec::new();
    for kind in CATALOG.types() {
        let page = read_tree("page.yaml", kind.page.as_bytes()).expect("a page can be read").to_value();
        let flows = [&page["flow"]].into_iter().chain(page["flows"].as_array().into_iter().flatten());
        let sources: Vec<FlowSource> = flows.filter_map(source).collect();
        let id = page["flow"]["id"].as_str().unwrap_or_default();
        programs.extend(compile(&sources, &CATALOG, &tight()).program(id));
    }
    programs
});

fn source(flow: &Json) -> Option<FlowSource> {
    let document = read_flow("flow.json", flow.to_string().as_bytes()).document?;
    Some(FlowSource { document: Arc::new(document), texts: Vec::new(), version: 1 })
}

/// Any bytes as a flow, as texts and as places beside it.
pub fn document(data: &[u8]) {
    let data = &data[..data.len().min(BYTES)];
    let read = read_flow("flow.yaml", data);
    assert!(read.diagnostics.len() <= limits::DIAGNOSTICS + 1, "{} diagnostics", read.diagnostics.len());
    drop(render(&read.diagnostics, true));
    for diagnostic in &read.diagnostics {
        assert!(diagnostic.line == 0 || diagnostic.column > 0, "{diagnostic:?}");
    }
    if let Some(document) = read.document {
        let id = document.flow.id.clone();
        let source = FlowSource { document: Arc::new(document), texts: Vec::new(), version: 1 };
        let compiled = compile(&[source], &CATALOG, &tight());
        drop(render(&compiled.diagnostics, false));
        if let Some(program) = compiled.program(&id) {
            play::start(&program, "voice");
        }
    }
    drop(render(&read_texts("flow.es-ES.yaml", data).diagnostics, false));
    drop(render(&read_layout("flow.layout.yaml", data).diagnostics, false));
}

/// Any text as an expression, a script or a template, evaluated over a few variables.
pub fn expression(data: &[u8]) {
    let Some((mode, rest)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(&rest[..rest.len().min(BYTES)]) else { return };
    let mut names = Names::new();
    let vars: Vec<Value> = generate::VARS.iter().map(|(_, value)| Value::from_json(&value())).collect();
    for (name, _) in generate::VARS {
        names.add_var(name);
    }
    names.add_input("a");
    names.add_secret("KEY");
    let random = Cell::new(7);
    let spent = Cell::new(0);
    let env = || {
        random.set(7);
        spent.set(0);
        Env {
            vars: &vars,
            global: &|_| Value::Null,
            now_ms: 1_795_424_400_000,
            random: &random,
            locale: &LOCALE,
            showing: Showing::Read,
            spent: &spent,
        }
    };
    match mode % 4 {
        0 => {
            if let Ok(expression) = COMPILER.expression(text, &names) {
                let value = expression.eval(&env());
                assert_eq!(value, expression.eval(&env()), "an expression gives the same twice");
                drop(value.map(|value| assert!(value.weight() < 64 << 20, "a value outgrew its limits")));
            }
        }
        1 => {
            if let Ok(script) = COMPILER.script(text, &names) {
                assert_eq!(script.run(&env()), script.run(&env()), "a script does the same twice");
            }
        }
        secrets => {
            if let Ok(template) = COMPILER.template(text, &names, secrets == 3) {
                let mut out = String::new();
                let rendered = template.render(&env(), &mut out);
                assert!(rendered.is_ok() || out.is_empty(), "nothing is written when it fails");
                assert!(out.len() <= tight().output_bytes + BYTES, "a text outgrew its limit");
            }
        }
    }
}

static LOCALE: LazyLock<Arc<str>> = LazyLock::new(|| "en-US".into());

/// Any bytes as a file of talks, performed.
pub fn talks(data: &[u8]) {
    let Ok(tree) = read_tree("x.talk.yaml", &data[..data.len().min(BYTES)]) else { return };
    match talk::read(&tree) {
        Err(found) => drop(render(&found, false)),
        Ok(talks) => {
            for talk in talks.iter().take(3) {
                let program = &PROGRAMS[talk.lines.len() % PROGRAMS.len()];
                let report = talk::perform(program, talk, &Options { reload: true, ..Options::default() });
                let reloads: Vec<&str> = report.mismatches.iter().map(|found| found.message.as_str()).collect();
                assert!(!reloads.iter().any(|message| message.contains("reload")), "{reloads:?}");
            }
        }
    }
}

/// Any bytes as events of a conversation with the flow of some node type's page.
pub fn conversation(data: &[u8]) {
    let mut bytes = Unstructured::new(data);
    let Ok(program) = bytes.choose(&PROGRAMS) else { return };
    play::conversation(program, &mut bytes);
}

/// Any bytes as two versions of a flow, and a conversation that the second one takes over, or does not. Tells its fate, when
/// both could run.
pub fn versions(data: &[u8]) -> Option<Fate> {
    let mut bytes = Unstructured::new(data);
    let (old, new, document) = generate::versions(&mut bytes, &CATALOG, &tight()).ok().flatten()?;
    play::taken_over(&old, &new, &document, &mut bytes)
}

/// Any bytes as a flow of nodes of all types, made from their schemas, and a conversation with it. Tells which node
/// types the flow had, when it was one that can run.
pub fn program(data: &[u8]) -> Option<Made> {
    let mut bytes = Unstructured::new(data);
    let (program, made) = generate::program(&mut bytes, &CATALOG, &tight()).ok().flatten()?;
    play::conversation(&program, &mut bytes);
    Some(made)
}
