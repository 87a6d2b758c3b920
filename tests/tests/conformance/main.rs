//! The conformance kit, run against this build: `tests/conformance/` holds the vectors, its README says what they mean.
//!
//! Every vector is performed in virtual time, with the session saved and reloaded after every event, and its journal is
//! replayed to the letter. One vector or some: `VECTOR=part-of-a-name cargo test -p offhook-tests --test conformance`.

mod compare;
mod play;
mod rows;
mod vector;

use offhook_flow_schemas::read_tree;
use offhook_tests::root;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use vector::Vector;

/// One file of vectors.
struct File {
    name: String,
    chapter: String,
    json: Json,
}

fn folder() -> PathBuf {
    root().join("tests/conformance")
}

fn files() -> Vec<File> {
    let mut found = Vec::new();
    let listed = |path: &PathBuf| {
        let mut entries: Vec<PathBuf> = fs::read_dir(path)
            .expect("the kit is there")
            .map(|entry| entry.expect("it can be listed").path())
            .collect();
        entries.sort();
        entries
    };
    for chapter in listed(&folder()).into_iter().filter(|path| path.is_dir()) {
        for path in listed(&chapter) {
            let name = path.strip_prefix(folder()).expect("it is below").display().to_string();
            let tree = read_tree(&name, &fs::read(&path).expect("it can be read"))
                .unwrap_or_else(|found| panic!("{name}: {found:#?}"));
            let chapter = chapter.file_name().expect("a folder has a name").to_string_lossy().into_owned();
            found.push(File { name, chapter, json: tree.to_value() });
        }
    }
    found
}

fn vectors(file: &File) -> Vec<Vector> {
    let cases = file.json["cases"].as_array().unwrap_or_else(|| panic!("{}: there are no cases", file.name));
    cases.iter().flat_map(|case| vector::read(case).unwrap_or_else(|why| panic!("{}: {why}", file.name))).collect()
}

/// Performs the vectors of one chapter.
fn chapter(name: &str) {
    let wanted = std::env::var("VECTOR").unwrap_or_default();
    let mut performed = 0;
    let mut failures = Vec::new();
    for file in files().iter().filter(|file| file.chapter == name) {
        for vector in vectors(file).into_iter().filter(|vector| vector.name.contains(&wanted)) {
            performed += 1;
            if let Err(problems) = play::play(&vector) {
                failures.push(format!("{} ({}): {}\n{problems}", vector.name, file.name, vector.about));
            }
        }
    }
    println!("{name}: {performed} vectors, {} failed", failures.len());
    assert!(wanted.is_empty() && performed > 0 || !wanted.is_empty(), "{name} has no vectors");
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

macro_rules! chapters {
    ($($test:ident $folder:literal,)+) => {
        const CHAPTERS: &[&str] = &[$($folder),+];
        $(#[test] fn $test() { chapter($folder); })+
    };
}

chapters! {
    events "events",
    time "time",
    interrupts "interrupts",
    questions "questions",
    keys "keys",
    errors "errors",
    services "services",
    flows "flows",
    values "values",
    expressions "expressions",
    templates "templates",
    speech "speech",
    documents "documents",
    statecharts "statecharts",
    branches "branches",
    forms "forms",
    shown "shown",
    moves "moves",
}

#[test]
fn every_folder_is_a_chapter_that_runs() {
    let folders: BTreeSet<String> = files().into_iter().map(|file| file.chapter).collect();
    let run: BTreeSet<String> = CHAPTERS.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(folders, run);
}

/// The rules by id, from the tables of the reference.
fn rules() -> BTreeMap<String, String> {
    let text = fs::read_to_string(root().join("flow-schemas/SEMANTICS.md")).expect("the reference is there");
    let mut rules = BTreeMap::new();
    for line in text.lines() {
        let Some((id, rule)) = line.strip_prefix("| ").and_then(|row| row.split_once(" | ")) else { continue };
        let is_id = id.split_once('-').is_some_and(|(letters, digits)| {
            !letters.is_empty()
                && letters.chars().all(|c| c.is_ascii_uppercase())
                && digits.len() == 2
                && digits.chars().all(|c| c.is_ascii_digit())
        });
        if is_id {
            let before = rules.insert(id.to_owned(), rule.to_owned());
            assert!(before.is_none(), "the rule {id} stands there twice");
        }
    }
    rules
}

#[test]
fn every_rule_has_a_vector_and_every_vector_a_rule() {
    let rules = rules();
    assert!(rules.len() > 100, "only {} rules were found", rules.len());
    let mut tested = BTreeSet::new();
    let mut names = BTreeSet::new();
    let mut problems = Vec::new();
    for file in files() {
        for vector in vectors(&file) {
            if !names.insert(vector.name.clone()) {
                problems.push(format!("two vectors are called {}", vector.name));
            }
            if vector.rules.is_empty() {
                problems.push(format!("{} tests no rule", vector.name));
            }
            for rule in vector.rules {
                if !rules.contains_key(&rule) {
                    problems.push(format!("{} names the rule {rule}, which does not exist", vector.name));
                }
                tested.insert(rule);
            }
        }
    }
    problems.extend(rules.keys().filter(|rule| !tested.contains(*rule)).map(|rule| format!("nothing tests {rule}")));
    println!("{} vectors for {} rules", names.len(), rules.len());
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(names.len() >= 800, "only {} vectors", names.len());
}

/// What SCXML.md names is there.
#[test]
fn the_vectors_of_the_comparison_with_scxml_exist() {
    let names: BTreeSet<String> = files().iter().flat_map(vectors).map(|vector| vector.name).collect();
    let text = fs::read_to_string(folder().join("SCXML.md")).expect("the comparison is there");
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| line.starts_with('|') && line[2..].starts_with(|c: char| c.is_ascii_digit()))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    assert!(rows.len() > 50, "the table was not read");
    for row in rows {
        let [assertion, _, verdict, why] = row[..] else { panic!("a row of four: {row:?}") };
        assert!(["holds", "differs", "cannot apply"].contains(&verdict), "{assertion}: {verdict}");
        let named =
            why.split('`').skip(1).step_by(2).filter(|name| name.matches('-').count() >= 2 || *name == "statements");
        let missing: Vec<&str> = named.clone().filter(|name| !names.contains(*name)).collect();
        assert!(missing.is_empty(), "{assertion} names {missing:?}");
        assert!(verdict == "cannot apply" || named.count() > 0 || assertion == "207", "{assertion} shows nothing");
    }
}

/// Two vectors that do the same test the same.
#[test]
fn no_two_vectors_are_the_same() {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for file in files() {
        for vector in vectors(&file) {
            if let Some(other) = seen.insert(vector.fingerprint(), vector.name.clone()) {
                panic!("{} and {other} are the same", vector.name);
            }
        }
    }
}

#[test]
fn every_file_is_of_the_format() {
    let schema = fs::read_to_string(folder().join("vectors.schema.json")).expect("the schema is there");
    let schema: Json = serde_json::from_str(&schema).expect("the schema is JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("the schema is one");
    for file in files() {
        let problems: Vec<String> =
            validator.iter_errors(&file.json).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(problems.is_empty(), "{}:\n{}", file.name, problems.join("\n"));
    }
}

/// The runner itself can fail.
#[test]
fn a_vector_that_is_wrong_is_told() {
    let case = serde_json::json!({
        "name": "wrong", "rules": ["E-01"], "about": "x",
        "flow": { "nodes": { "a": { "type": "say", "text": "Hello", "next": "end" } } },
        "talk": [{ "out": [{ "say": "Hello" }, { "end": "completed" }], "end": "completed" }],
    });
    let told = |case: &Json| play::play(&vector::read(case).expect("it reads")[0]);
    assert_eq!(told(&case), Ok(()));
    for (pointer, value) in [
        ("/talk/0/out/0/say", Json::from("Goodbye")),
        ("/talk/0/out/1/end", "hangup".into()),
        ("/talk/0/end", "hangup".into()),
        ("/talk/0/out", serde_json::json!([{ "say": "Hello" }])),
        ("/flow/nodes/a/next", "nowhere".into()),
    ] {
        let mut wrong = case.clone();
        *wrong.pointer_mut(pointer).expect("the place is there") = value;
        assert!(told(&wrong).is_err(), "{pointer} is not looked at");
    }
    let case = serde_json::json!({
        "name": "wrong", "rules": ["MG-01"], "about": "x",
        "flow": { "nodes": { "a": { "type": "listen", "next": "end" } } },
        "versions": [{ "migrate": {}, "nodes": { "a": { "type": "listen", "next": "end" } } }],
        "talk": [{ "out": ["listen"] }, { "move": 1, "node": "a" }],
    });
    assert_eq!(told(&case), Ok(()));
    for (pointer, value) in [
        ("/talk/1/move", Json::from(2)),
        ("/talk/1/node", "b".into()),
        ("/talk/1", serde_json::json!({ "move": 1, "stays": "finish" })),
        ("/talk/1", serde_json::json!({ "move": 0 })),
        ("/talk/1", serde_json::json!({ "move": 0, "stays": "finish" })),
        ("/versions/0/migrate", "finish".into()),
    ] {
        let mut wrong = case.clone();
        *wrong.pointer_mut(pointer).expect("the place is there") = value;
        assert!(told(&wrong).is_err(), "{pointer} is not looked at");
    }
}
