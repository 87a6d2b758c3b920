//! Performs the page of every node type: its template is valid, its flow compiles without a word, its talks go as written
//! with the session saved and reloaded at every wait, and together they take every exit of the type.

use offhook_builtins::{catalog, custom};
use offhook_runtime::flow_schemas::{Diagnostic, Positioned, read_flow, read_texts, read_tree};
use offhook_runtime::talk::{self, Coverage, Options, Talk};
use offhook_runtime::{FlowSource, Limits, Program, compile};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// A page: the flow of the type first, then flows that it calls.
struct Page {
    tree: Positioned,
    flows: Vec<Json>,
}

fn page(name: &str, text: &str) -> Result<Page, String> {
    let tree = read_tree(&format!("{name}.yaml"), text.as_bytes()).map_err(|found| told(&found))?;
    let json = tree.to_value();
    let known = ["node", "template", "flow", "flows", "texts", "talks"];
    if let Some(key) =
        json.as_object().into_iter().flat_map(|map| map.keys()).find(|key| !known.contains(&key.as_str()))
    {
        return Err(format!("a page has no `{key}`"));
    }
    let flow = json.get("flow").cloned().ok_or("the page has no flow")?;
    let others = json.get("flows").and_then(Json::as_array).cloned().unwrap_or_default();
    Ok(Page { tree, flows: [vec![flow], others].concat() })
}

fn told(found: &[Diagnostic]) -> String {
    let line = |one: &Diagnostic| {
        let place = [one.node.as_deref(), one.field.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(".");
        format!("  {} {}:{} {place}: {}", one.code, one.file, one.line, one.message)
    };
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn source(json: &Json, texts: &Json) -> Result<FlowSource, String> {
    let read = read_flow("flow.json", json.to_string().as_bytes());
    let document = read.document.filter(|_| read.diagnostics.is_empty()).ok_or_else(|| told(&read.diagnostics))?;
    let mut sources = Vec::new();
    for (locale, texts) in texts.as_object().into_iter().flatten() {
        let read = read_texts(&format!("flow.{locale}.json"), json!({ "texts": texts }).to_string().as_bytes());
        sources.push(read.texts.ok_or_else(|| told(&read.diagnostics))?);
    }
    Ok(FlowSource { document: Arc::new(document), texts: sources, version: 1 })
}

/// A page that can be performed: its program and its talks.
fn ready(name: &str, text: &str) -> Result<(Page, Program, Vec<Talk>), String> {
    let page = page(name, text)?;
    let mut catalog = catalog();
    if let Some(node) = page.tree.value_at("/node") {
        let (own, found) = custom::read("page.node.json", node.to_string().as_bytes());
        catalog = catalog.with([Arc::new(own.ok_or_else(|| told(&found))?)]);
    }
    let nothing = json!({});
    let texts = page.tree.value_at("/texts").unwrap_or_default();
    let sources: Vec<FlowSource> = page
        .flows
        .iter()
        .enumerate()
        .map(|(index, flow)| source(flow, if index == 0 { &texts } else { &nothing }))
        .collect::<Result<_, _>>()?;
    let compiled = compile(&sources, &catalog, &Limits::default());
    if compiled.has_errors() {
        return Err(told(&compiled.diagnostics));
    }
    let id = &sources[0].document.flow.id;
    let program = compiled.program(id).ok_or("the flow gives no program")?;
    let talks = talk::read_at(&page.tree, "/talks", id).map_err(|found| told(&found))?;
    if talks.is_empty() {
        return Err("the page has no talks".into());
    }
    Ok((page, program, talks))
}

/// The page with the texts that were said in place of those that were expected; nothing where no text differs.
fn updated(name: &str, text: &str) -> Result<Option<String>, String> {
    let (page, program, talks) = ready(name, text)?;
    let reports = talks.iter().map(|talk| talk::perform(&program, talk, &Options::default()));
    let edits: Vec<_> =
        reports.flat_map(|report| report.mismatches).filter_map(|found| talk::rewrite(&page.tree, &found)).collect();
    Ok((!edits.is_empty()).then(|| talk::rewritten(&page.tree, edits)))
}

/// Performs a page and says what is wrong with it.
fn perform(name: &str, text: &str) -> Result<(), String> {
    let (_, program, talks) = ready(name, text)?;
    let mut problems = Vec::new();
    let mut coverage = Coverage::default();
    for talk in &talks {
        let report = talk::perform(&program, talk, &Options { reload: true, ..Options::default() });
        problems.extend(
            report.mismatches.iter().map(|found| format!("  {} {}: {}", talk.about, found.pointer, found.message)),
        );
        coverage.merge(&report.coverage);
    }
    // Every exit that a node of the type has, by one node at least.
    let flow = program.entry();
    let own: Vec<&str> = flow.nodes().filter(|(_, kind)| *kind == name).map(|(id, _)| id).collect();
    if own.is_empty() {
        problems.push(format!("  the flow has no `{name}` node"));
    }
    let walked = coverage.of(&program);
    let mut exits: BTreeMap<&str, bool> = BTreeMap::new();
    for node in own {
        for exit in flow.exits(node).into_iter().flatten() {
            *exits.entry(exit).or_default() |= !walked.missing_exits.contains(&format!("{node}.{exit}"));
        }
    }
    for (exit, _) in exits.into_iter().filter(|(_, taken)| !taken) {
        problems.push(format!("  no talk takes the exit {exit}"));
    }
    for missing in walked.missing_nodes {
        problems.push(format!("  no talk comes to {missing}"));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

#[test]
fn every_page_goes_as_written() {
    let mut failures = Vec::new();
    let is_updating = std::env::var_os("UPDATE").is_some_and(|value| value == "1");
    for kind in catalog().types() {
        let (name, mut text) = (&*kind.meta.name, kind.page.to_string());
        if is_updating && let Ok(Some(fresh)) = updated(name, &text) {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/{name}.yaml"));
            std::fs::write(&path, &fresh).expect("the page can be written");
            text = fresh;
        }
        if let Err(problems) = perform(name, &text) {
            failures.push(format!("{name}:\n{problems}"));
        }
    }
    let remedy = "a text that differs is written by: make update";
    assert!(failures.is_empty(), "\n{}\n{remedy}", failures.join("\n"));
}

/// A node type of a tenant's own does all that the built-in ones do.
#[test]
fn the_page_of_an_own_type_goes_as_written() {
    if let Err(problems) = perform("x-find-customer", custom::PAGE) {
        panic!("\n{problems}");
    }
    let wrong = custom::PAGE.replace("exits: [unknown]", "exits: [unknown, never]");
    assert!(perform("x-find-customer", &wrong).expect_err("nobody takes it").contains("exit never"));
}

/// A template is what an editor inserts: it has what the type asks for, and no more than its schema knows.
#[test]
fn every_template_is_valid() {
    for kind in catalog().types() {
        let page = page(&kind.meta.name, &kind.page).unwrap_or_else(|why| panic!("{}: {why}", kind.meta.name));
        let mut template =
            page.tree.value_at("/template").unwrap_or_else(|| panic!("{} has no template", kind.meta.name));
        let keys: Vec<String> = template.as_object().into_iter().flat_map(|map| map.keys().cloned()).collect();
        assert!(!keys.iter().any(|key| ["type", "next", "exits"].contains(&key.as_str())), "{keys:?}");
        let validator = jsonschema::draft202012::new(&kind.schema).expect("the schema of a node type is one");
        let problems: Vec<String> = validator.iter_errors(&template).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{}: {problems:?}", kind.meta.name);
        // And the node itself finds nothing wrong with it: what is not there yet is only where to go.
        template["type"] = (*kind.meta.name).into();
        let flow = json!({ "offhook": 1, "id": "t", "kind": "ivr", "start": "it", "nodes": { "it": template } });
        let read = read_flow("t.json", flow.to_string().as_bytes());
        let document = read.document.unwrap_or_else(|| panic!("{}", told(&read.diagnostics)));
        let source = FlowSource { document: Arc::new(document), texts: Vec::new(), version: 1 };
        let found = compile(&[source], &catalog(), &Limits::default()).diagnostics;
        let about_parameters: Vec<&Diagnostic> = found
            .iter()
            .filter(|one| ["OH0402", "OH0403", "OH0404"].contains(&one.code.to_string().as_str()))
            .collect();
        assert!(about_parameters.is_empty(), "{}: {about_parameters:?}", kind.meta.name);
    }
}

/// `make update` writes what was said, and nothing else.
#[test]
fn a_text_that_differs_is_written() {
    let flow =
        "flow: { offhook: 1, id: p, kind: ivr, start: a, nodes: { a: { type: say, text: Hello, next: end } } }\n";
    let right = format!("{flow}talks:\n  - talk: [{{ out: {{ say: \"Hello\" }} }}, {{ via: a.next }}] # as it was\n");
    assert_eq!(updated("say", &right), Ok(None));
    let wrong = right.replace("say: \"Hello\" }", "say: Goodbye }");
    assert_eq!(updated("say", &wrong).expect("it is a page"), Some(right.clone()));
    assert_eq!(updated("say", &right.replace("via: a.next", "via: b.next")), Ok(None), "a way is not a text");
}

/// The harness itself can fail: a talk that does not go as written, an exit that nobody takes, a type without talks.
#[test]
fn a_page_that_is_wrong_is_told() {
    let flow =
        "flow: { offhook: 1, id: p, kind: ivr, start: a, nodes: { a: { type: say, text: Hello, next: end } } }\n";
    let right = format!("{flow}talks:\n  - talk: [{{ out: {{ say: Hello }} }}, {{ via: a.next }}]\n");
    assert_eq!(perform("say", &right), Ok(()));
    let wrong = perform("say", &right.replace("say: Hello }", "say: Goodbye }")).expect_err("the page is wrong");
    assert!(wrong.contains("Goodbye"), "{wrong}");
    assert!(perform("say", flow).expect_err("the page is wrong").contains("talks"));
    assert!(perform("menu", &right).expect_err("the page is wrong").contains("no `menu` node"));
    let unwalked =
        right.replace("nodes: { ", "nodes: { b: { type: ask, text: Hello, next: a }, ").replace("start: a", "start: b");
    let unwalked = perform("say", &unwalked).expect_err("the page is wrong");
    assert!(unwalked.contains("comes to a") && unwalked.contains("exit next"), "{unwalked}");
}
