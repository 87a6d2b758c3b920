//! What holds between the parts of flows, and between flows: each mistake that was put into flows is found, and the flows of
//! the gallery show none.

use offhook_builtins::{catalog, custom};
use offhook_runtime::flow_schemas::{Code, Diagnostic, FlowKind, Severity, read_flow, read_tree};
use offhook_runtime::prove::{Options, prove};
use offhook_runtime::{Catalog, FlowSource, Limits, compile};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn source(name: &str, text: &str) -> Result<FlowSource, Vec<Diagnostic>> {
    let read = read_flow(name, text.as_bytes());
    match read.document {
        Some(document) if !read.diagnostics.iter().any(Diagnostic::is_error) => {
            Ok(FlowSource { document: Arc::new(document), texts: Vec::new(), version: 1 })
        }
        _ => Err(read.diagnostics),
    }
}

/// Every YAML file below a folder.
fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).expect("the folder is there").flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if path.is_dir() {
            files(&path, out);
        } else if name.ends_with(".yaml") {
            out.push(path);
        }
    }
}

/// The flows of the gallery, and the catalog with its own node types.
fn gallery() -> (Vec<FlowSource>, Catalog) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples-flows");
    let mut paths = Vec::new();
    files(&root, &mut paths);
    let (mut sources, mut own) = (Vec::new(), Vec::new());
    for path in paths {
        let (name, text) = (path.display().to_string(), fs::read_to_string(&path).expect("it reads"));
        if name.ends_with(".node.yaml") {
            let (node_type, found) = custom::read(&name, text.as_bytes());
            own.push(Arc::new(node_type.unwrap_or_else(|| panic!("{found:?}"))));
        } else if text.contains("offhook: 1\n") {
            sources.push(source(&name, &text).expect("it is sound"));
        }
    }
    assert!(sources.len() >= 24);
    (sources, catalog().with(own))
}

#[test]
fn the_gallery_keeps_its_contracts() {
    let (sources, catalog) = gallery();
    // Texts in other locales are not read here.
    let found: Vec<Diagnostic> = compile(&sources, &catalog, &Limits::default())
        .diagnostics
        .into_iter()
        .filter(|one| one.severity != Severity::Hint && one.code != Code::MISSING_TEXT)
        .collect();
    assert!(found.is_empty(), "{}", offhook_runtime::flow_schemas::render(&found, false));
}

#[test]
fn the_gallery_uses_every_node_type() {
    let (sources, catalog) = gallery();
    let nodes = sources.iter().flat_map(|source| source.document.flow.nodes.values());
    let used: BTreeSet<&str> = nodes.map(|node| node.kind.as_str()).collect();
    let unused: Vec<&str> = catalog.names().filter(|name| !used.contains(name)).collect();
    assert!(unused.is_empty(), "no flow of the gallery uses {unused:?}");
}

#[test]
fn the_gallery_is_proved() {
    let (sources, catalog) = gallery();
    let compiled = compile(&sources, &catalog, &Limits::default());
    let report = prove(&sources, &compiled, &catalog, &Options::default());
    assert!(report.unfinished.is_empty());
    // A piece that others call is proved with them.
    let pieces = sources.iter().filter(|source| source.document.flow.kind == FlowKind::Library).count();
    assert!(report.flows.len() + pieces >= sources.len(), "{:?}", report.flows);
    let found = report.diagnostics();
    assert!(found.is_empty(), "{}", offhook_runtime::flow_schemas::render(&found, false));
}

/// A fault that was put into flows, and the proof that must find it.
#[derive(Deserialize)]
struct Seeded {
    claim: String,
    node: String,
    #[serde(default)]
    options: SeededOptions,
    flows: Vec<Json>,
}

#[derive(Default, Deserialize)]
struct SeededOptions {
    speech: Option<bool>,
}

#[test]
fn every_seeded_fault_is_found_and_shown() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).expect("the folder is there").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    assert_eq!(paths.len(), 20);
    let catalog = catalog();
    let mut wrong = Vec::new();
    for path in paths {
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let tree = read_tree(&name, &fs::read(&path).expect("it reads")).expect("it is YAML");
        let seeded: Seeded = serde_json::from_value(tree.to_value()).expect("it is a seeded fault");
        let sources: Vec<FlowSource> =
            seeded.flows.iter().map(|flow| source(&name, &flow.to_string()).expect("the flow is sound")).collect();
        let compiled = compile(&sources, &catalog, &Limits::default());
        if let Some(error) = compiled.diagnostics.iter().find(|one| one.is_error()) {
            wrong.push(format!("{name}: the flow does not compile: {error:?}"));
            continue;
        }
        let options = Options { speech: seeded.options.speech.unwrap_or(true), ..Options::default() };
        let report = prove(&sources, &compiled, &catalog, &options);
        let told: Vec<(Json, Option<&str>)> =
            report.failures.iter().map(|one| (json!(one.claim), one.diagnostic.node.as_deref())).collect();
        let hit = report
            .failures
            .iter()
            .find(|one| json!(one.claim) == seeded.claim && one.diagnostic.node.as_deref() == Some(&seeded.node));
        match hit {
            None => wrong.push(format!("{name}: {} at {} is not found, but {told:?}", seeded.claim, seeded.node)),
            Some(one) if one.way.iter().all(|step| step.node != seeded.node) => {
                wrong.push(format!("{name}: the way does not lead there: {:?}", one.way));
            }
            Some(_) => {}
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What each flow must bring up, by code and node; of all others nothing is said.
#[test]
fn contracts_hold_between_and_within_flows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contracts");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).expect("the folder is there").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    assert!(paths.len() >= 4);
    let catalog = catalog();
    let mut wrong = Vec::new();
    for path in paths {
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let tree = read_tree(&name, &fs::read(&path).expect("it reads")).expect("it is YAML").to_value();
        let flows = tree["flows"].as_array().expect("there are flows");
        let sources: Vec<FlowSource> = flows
            .iter()
            .map(|flow| {
                let file = flow["id"].as_str().unwrap_or_default();
                source(file, &flow.to_string()).unwrap_or_else(|found| panic!("{name}: {found:#?}"))
            })
            .collect();
        let found = compile(&sources, &catalog, &Limits::default()).diagnostics;
        let mut told: Vec<String> = found
            .iter()
            .filter(|one| one.severity != Severity::Hint)
            .map(|one| format!("{} {}/{}", one.code, one.file, one.node.as_deref().unwrap_or_default()))
            .collect();
        let mut expected: Vec<String> =
            tree["expect"].as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect();
        told.sort();
        expected.sort();
        if told != expected {
            let shown = offhook_runtime::flow_schemas::render(&found, false);
            wrong.push(format!("{name}:\n  expected {expected:#?}\n  told {told:#?}\n{shown}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
