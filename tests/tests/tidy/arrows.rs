//! Who may use whom: between our rooms, and which of other people's crates may not even be far below the pure ones.

use super::{ROOMS, none, read, spdx};
use offhook_tests::root;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Crates that a room must not have, directly or below: what would bring sockets, clocks or another room's knowledge.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("flow-schemas", &["rhai", "tera", "tokio", "axum", "reqwest", "sqlx", "mio"]),
    ("runtime", &["tokio", "axum", "reqwest", "sqlx", "mio", "rsipstack"]),
    ("builtins", &["tokio", "axum", "reqwest", "sqlx", "mio", "rsipstack"]),
    ("editor-engine", &["tokio", "axum", "reqwest", "sqlx", "mio", "rsipstack"]),
    ("editor-api", &["reqwest", "sqlx", "rsipstack"]),
    ("media", &["axum", "sqlx", "reqwest", "rhai"]),
];

/// Of ours, what a room has for its tests only, and why.
const FOR_TESTS: &[(&str, &str, &str)] =
    &[("editor-api", "builtins", "its tests need some catalog; it is handed one and knows no node type")];

/// Licences that ask for nothing but their own text.
const LICENCES: &[&str] = &[
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "0BSD",
    "ISC",
    "Zlib",
    "BSL-1.0",
    "CC0-1.0",
    "Unlicense",
    "Unicode-3.0",
    "CDLA-Permissive-2.0",
];

/// Crates under another licence, each by name. The MPL covers its own files only, which we do not change.
const BY_NAME: &[(&str, &str)] = &[("symphonia", "MPL-2.0"), ("smartstring", "MPL-2.0+")];

/// Our own crates that a manifest names, in a section.
fn ours(manifest: &toml::Table, section: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut collect = |table: Option<&toml::Value>| {
        let keys = table.and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::keys);
        names.extend(keys.filter_map(|key| key.strip_prefix("offhook-")).map(str::to_owned));
    };
    collect(manifest.get(section));
    for target in manifest.get("target").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::values) {
        collect(target.get(section));
    }
    names
}

/// Arrows that point where none may.
fn wrong_arrows(room: &str, may: &[&str], manifest: &toml::Table) -> Vec<String> {
    let mut wrong = Vec::new();
    for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
        for used in ours(manifest, section) {
            let for_tests =
                section == "dev-dependencies" && FOR_TESTS.iter().any(|(who, what, _)| *who == room && *what == used);
            if !may.contains(&used.as_str()) && !for_tests {
                wrong.push(format!("{room} uses {used} ({section})"));
            }
        }
    }
    wrong
}

#[test]
fn arrows_between_rooms_point_down() {
    let workspace: toml::Table = read(&root().join("Cargo.toml")).parse().expect("the manifest is TOML");
    let members = workspace["workspace"]["members"].as_array().expect("the workspace has members");
    let mut findings = Vec::new();
    for member in
        members.iter().filter_map(toml::Value::as_str).filter(|member| !super::lists::OUTSIDE.contains(member))
    {
        let Some((room, may)) = ROOMS.iter().find(|(room, _)| *room == member) else {
            findings.push(format!("{member} is not in the table of rooms"));
            continue;
        };
        let manifest = read(&root().join(room).join("Cargo.toml")).parse().expect("the manifest is TOML");
        findings.extend(wrong_arrows(room, may, &manifest));
    }
    none("A room uses only what is below it.", &findings);
}

#[test]
fn a_wrong_arrow_is_seen() {
    let bad = |text: &str| wrong_arrows("runtime", &["flow-schemas"], &text.parse().expect("TOML")).len();
    assert_eq!(bad("[dependencies]\noffhook-flow-schemas.workspace = true"), 0);
    assert_eq!(bad("[dependencies]\noffhook-media.workspace = true"), 1);
    assert_eq!(bad("[dev-dependencies]\noffhook-builtins = { path = \"../builtins\" }"), 1);
    assert_eq!(bad("[target.'cfg(unix)'.dependencies]\noffhook-server.workspace = true"), 1);
}

/// What cargo knows about all crates.
fn metadata() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(root())
        .output()
        .expect("cargo can be run");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo writes JSON")
}

/// For every crate its normal and build dependencies, by package id.
fn graph(metadata: &Value) -> BTreeMap<&str, Vec<&str>> {
    let nodes = metadata["resolve"]["nodes"].as_array().expect("cargo resolves");
    fn text(value: &Value) -> &str {
        value.as_str().expect("an id is a text")
    }
    nodes
        .iter()
        .map(|node| {
            let deps = node["deps"].as_array().expect("a node has dependencies").iter();
            let normal = deps.filter(|dep| {
                dep["dep_kinds"].as_array().is_none_or(|kinds| kinds.iter().any(|kind| kind["kind"] != "dev"))
            });
            (text(&node["id"]), normal.map(|dep| text(&dep["pkg"])).collect())
        })
        .collect()
}

fn below<'a>(graph: &BTreeMap<&'a str, Vec<&'a str>>, id: &'a str) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut ahead = vec![id];
    while let Some(id) = ahead.pop() {
        for next in graph.get(id).into_iter().flatten() {
            if seen.insert(*next) {
                ahead.push(next);
            }
        }
    }
    seen
}

#[test]
fn pure_rooms_are_pure_all_the_way_down_and_licences_are_accepted() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("there are packages");
    let name = |package: &Value| package["name"].as_str().expect("a package has a name").to_owned();
    let names: BTreeMap<&str, String> =
        packages.iter().map(|package| (package["id"].as_str().expect("it has an id"), name(package))).collect();
    let graph = graph(&metadata);
    let mut findings = Vec::new();
    for (room, forbidden) in FORBIDDEN {
        let id = names.iter().find(|(_, name)| **name == format!("offhook-{room}")).map(|(id, _)| *id).expect("a room");
        let used = below(&graph, id);
        assert!(!used.is_empty(), "{room} uses nothing: the graph is not read");
        for crate_name in used.iter().map(|id| &names[id]).filter(|name| forbidden.contains(&name.as_str())) {
            findings.push(format!("{room} has {crate_name} below it: cargo tree -p offhook-{room} -i {crate_name}"));
        }
    }
    none("Some crates have no place below some rooms.", &findings);

    let used: BTreeSet<&str> = names.keys().flat_map(|id| below(&graph, id)).collect();
    assert!(used.len() > 100, "only {} dependencies: the graph is not read", used.len());
    let mut findings = Vec::new();
    for package in packages.iter().filter(|package| package["source"].is_string()) {
        let (name, licence) = (name(package), package["license"].as_str().unwrap_or_default());
        if !acceptable(&name, licence) {
            findings.push(format!("{name} {}: {licence:?}", package["version"]));
        }
    }
    none("Every dependency can be used under a licence that we accept.", &findings);
}

fn acceptable(name: &str, licence: &str) -> bool {
    let named = |licence: &str| {
        BY_NAME.iter().any(|(family, by_name)| {
            *by_name == licence
                && (name == *family || name.strip_prefix(family).is_some_and(|rest| rest.starts_with('-')))
        })
    };
    spdx::satisfied(licence, &|licence| LICENCES.contains(&licence) || named(licence))
}

#[test]
fn licences_are_told_apart() {
    assert!(acceptable("serde", "MIT OR Apache-2.0") && acceptable("symphonia-core", "MPL-2.0"));
    assert!(!acceptable("serde", "MPL-2.0") && !acceptable("piper", "GPL-3.0-only") && !acceptable("secret", ""));
}

#[test]
fn what_is_far_below_is_seen() {
    let graph = BTreeMap::from([("a", vec!["b"]), ("b", vec!["c", "a"]), ("c", vec![]), ("d", vec!["e"])]);
    assert_eq!(below(&graph, "a"), BTreeSet::from(["a", "b", "c"]));
}
