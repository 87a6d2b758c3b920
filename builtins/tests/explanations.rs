//! Every code that compiling, proving, binding or performing a flow reports has an example that shows it, and the repaired
//! example shows nothing of the kind. Examples are whole documents, several of them between lines of `---`.

use offhook_builtins::{catalog, custom};
use offhook_runtime::flow_schemas::{Code, Diagnostic, Explanation, all_codes, read_flow, read_tree};
use offhook_runtime::migration::Migration;
use offhook_runtime::params::ResourceKind;
use offhook_runtime::prove::{Options, prove};
use offhook_runtime::{Compiled, Environment, FlowSource, Limits, compile, talk};
use std::sync::Arc;

/// The flow that the examples of talks are about.
const RECEPTION: &str = "offhook: 1
id: clinic/reception
kind: ivr
start: main-menu
nodes:
  main-menu:
    type: menu
    text: Welcome.
    choices: [{ id: book, keys: \"1\", next: find-patient }]
    exits: { no_input: end, no_match: end }
  find-patient: { type: http, request: { get: \"https://clinic.example\" }, next: end, exits: { error: tell-doctor } }
  tell-doctor: { type: http, request: { post: \"https://clinic.example\" }, next: end, exits: { error: end } }
";

/// The flows of an example, compiled with the node types of its own, and everything that was found.
fn compiled(example: &str) -> (Vec<FlowSource>, Compiled, Vec<Diagnostic>) {
    let (mut own, mut sources, mut found) = (Vec::new(), Vec::new(), Vec::new());
    for (index, text) in example.split("---\n").enumerate() {
        if text.starts_with("node: ") {
            let (kind, told) = custom::read("own.node.yaml", text.as_bytes());
            own.extend(kind.map(Arc::new));
            found.extend(told);
            continue;
        }
        let read = read_flow(&format!("flow{index}.yaml"), text.as_bytes());
        let is_sound = !read.diagnostics.iter().any(Diagnostic::is_error);
        found.extend(read.diagnostics);
        if let Some(document) = read.document.filter(|_| is_sound) {
            sources.push(FlowSource { document: Arc::new(document), texts: Vec::new(), version: 1 });
        }
    }
    let catalog = catalog().with(own);
    let compiled = compile(&sources, &catalog, &Limits::default());
    found.extend(compiled.diagnostics.iter().cloned());
    found.extend(prove(&sources, &compiled, &catalog, &Options::default()).diagnostics());
    (sources, compiled, found)
}

/// What performing a talk about the reception brings up.
fn talked(example: &str) -> Vec<Diagnostic> {
    let (_, compiled, mut found) = compiled(RECEPTION);
    let tree = read_tree("reception.talk.yaml", example.as_bytes()).expect("the talk is YAML");
    match talk::read(&tree) {
        Err(told) => found.extend(told),
        Ok(talks) => {
            for one in &talks {
                match talk::check(&tree, one, &compiled) {
                    Err(told) => found.extend(told),
                    Ok(program) => {
                        let report = talk::perform(&program, one, &talk::Options::default());
                        found.extend(report.mismatched(&tree, &report.about));
                        found.extend(talk::unused_mocks(&tree, &[(one, &report)]));
                    }
                }
            }
        }
    }
    found
}

/// What two versions of a flow bring up, each by itself and the second held against the first.
fn moved(example: &str) -> Vec<Diagnostic> {
    let mut versions = example.split("---\n").map(compiled);
    let (Some((_, old, mut found)), Some((sources, new, more))) = (versions.next(), versions.next()) else {
        panic!("two versions are wanted")
    };
    found.extend(more);
    let document = &sources.first().expect("it can be read").document;
    let id = &document.flow.id;
    let programs = old.program(id).zip(new.program(id));
    let (old, new) = programs.unwrap_or_else(|| panic!("both must run: {found:#?}"));
    found.extend(Migration::new(&old, &new).check(document));
    found
}

/// What an example brings up, or nothing where this is not the place to try it.
fn found(code: Code, example: &str) -> Option<Vec<Diagnostic>> {
    Some(match code {
        _ if (Code::BAD_TALK..=Code::TALK_MISMATCH).contains(&code) => talked(example),
        Code::UNBOUND_RESOURCE => {
            let (sources, compiled, mut found) = compiled(example);
            let mut environment = Environment::new("offhook.toml");
            environment.bind(ResourceKind::Source, "clinic");
            found.extend(environment.check(&sources, &compiled));
            found
        }
        _ if code >= Code::MIGRATE_UNKNOWN_NODE => moved(example),
        // The service that holds the tables reads them.
        Code::BAD_TABLE => return None,
        // Documents and texts by themselves are looked at where they are read.
        _ if code < Code::UNKNOWN_NODE_TYPE || (Code::TEXT_UNKNOWN_NODE..Code::BAD_TALK).contains(&code) => {
            return None;
        }
        _ => compiled(example).2,
    })
}

#[test]
fn every_code_is_shown_by_its_example_and_gone_when_it_is_repaired() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for row in all_codes() {
        let Explanation { code, .. } = row;
        let Some(shown) = found(*code, row.wrong) else { continue };
        count += 1;
        match shown.iter().find(|one| one.code == *code) {
            None => wrong.push(format!("{code} is not shown by its example: {shown:#?}")),
            Some(one) if one.severity != row.severity => wrong.push(format!("{code} is told as {:?}", one.severity)),
            // A second mistake would hide what the example is about.
            Some(_) => {
                let others: Vec<_> =
                    shown.iter().filter(|one| one.is_error() && one.code != *code && !is_proof(one.code)).collect();
                if !others.is_empty() {
                    wrong.push(format!("{code}: the example shows more than that: {others:#?}"));
                }
            }
        }
        let left: Vec<Diagnostic> = found(*code, row.right)
            .into_iter()
            .flatten()
            .filter(|one| one.code == *code || one.is_error() && !is_proof(one.code))
            .collect();
        if !left.is_empty() {
            wrong.push(format!("{code}: the repaired example still shows {left:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 35, "only {count} codes were tried");
}

/// An example may be too small to lead anybody anywhere.
fn is_proof(code: Code) -> bool {
    (Code::NO_WAY_OUT..=Code::UNANSWERABLE).contains(&code)
}
