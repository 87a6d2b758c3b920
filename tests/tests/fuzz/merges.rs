//! Random pairs of edits of the gallery, merged: edits of different nodes or different parameters always merge and give the same flow as
//! making both; where a merge finds no conflict, it says what both edits say. With the real catalog, and CRLF now and then.

use offhook_flow_schemas::diff::{Version, diff};
use offhook_flow_schemas::edit::{Edit, Editor, File, Files, Knowledge, Loose};
use offhook_flow_schemas::escape_pointer;
use offhook_flow_schemas::merge::merge;
use offhook_tests::root;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use std::cell::Cell;
use std::collections::BTreeSet;

fn gallery() -> Vec<File> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("examples-flows")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".yaml") && name.matches('.').count() == 1 {
                let text = std::fs::read_to_string(&path).expect("a text");
                if text.contains("\noffhook: 1") {
                    found.push(File { name, text });
                }
            }
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(found.len() > 8, "the gallery is there");
    found
}

fn pointers(at: &str, value: &Value, out: &mut Vec<String>) {
    if !at.is_empty() {
        out.push(at.to_owned());
    }
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| pointers(&format!("{at}/{}", escape_pointer(key)), value, out))
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| pointers(&format!("{at}/{index}"), item, out))
        }
        _ => {}
    }
}

/// An edit made from three numbers. `side` keeps the names that both sides invent apart, most of the time.
fn edit(flow: &Value, side: &str, (kind, place, seed): (usize, usize, usize)) -> Edit {
    let mut all = Vec::new();
    pointers("", flow, &mut all);
    all.retain(|at| !matches!(at.as_str(), "/nodes" | "/offhook" | "/start"));
    let pointer = all[place % all.len()].clone();
    let ids: Vec<&String> = flow["nodes"].as_object().expect("nodes").keys().collect();
    let id = ids[place % ids.len()].clone();
    let target = ids[seed % ids.len()].clone();
    let side = if seed.is_multiple_of(11) { "both" } else { side };
    let texts = ["plain", "no", "a: b", "it's \"q\"", "one\ntwo", "{{ name }}, hi"];
    let value = json!(format!("{} {side} {seed}", texts[seed % texts.len()]));
    match kind % 10 {
        0..=2 => {
            let texts: Vec<&String> = all.iter().filter(|at| flow.pointer(at).is_some_and(Value::is_string)).collect();
            Edit::Set { pointer: texts[place % texts.len()].clone(), value }
        }
        3 => Edit::Set { pointer: format!("/nodes/{id}/p-{side}{}", seed % 3), value },
        4 => Edit::Remove { pointer },
        5 => {
            let node = json!({ "type": "say", "text": value, "next": target });
            Edit::AddNode { id: format!("new-{side}"), node, after: seed.is_multiple_of(2).then_some(id) }
        }
        6 => Edit::RenameNode { from: id, to: format!("renamed-{side}") },
        7 => Edit::RemoveNode {
            id,
            references: if seed.is_multiple_of(2) { Loose::To("end".into()) } else { Loose::Unwire },
        },
        8 => Edit::Wire { node: id, exit: ["next", "error"][seed % 2].into(), target: Some(target) },
        _ => {
            let lists: Vec<&String> = all.iter().filter(|at| flow.pointer(at).is_some_and(Value::is_array)).collect();
            let list = lists[place % lists.len()].clone();
            let index = seed % (flow.pointer(&list).and_then(Value::as_array).map_or(0, Vec::len) + 1);
            Edit::Insert { pointer: list, index, value }
        }
    }
}

fn after(file: &File, knowledge: &Knowledge, edits: &[&Edit]) -> Option<(String, Value)> {
    let files = Files { flow: file.clone(), layout: None, texts: Vec::new(), talks: Vec::new() };
    let mut editor = Editor::open(&files, knowledge).ok()?;
    for edit in edits {
        editor.edit(edit).ok()?;
    }
    Some((editor.text().to_owned(), editor.value()))
}

/// What an edit touched: a parameter of a node or a key at the top, by its pointer.
fn touched(before: &Value, now: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let children = |value: &Value| -> Vec<String> {
        value.as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default()
    };
    let differing = |one: Option<&Value>, other: Option<&Value>| -> Vec<String> {
        let none = Value::Null;
        let (one, other) = (one.unwrap_or(&none), other.unwrap_or(&none));
        let mut keys: BTreeSet<String> = children(one).into_iter().collect();
        keys.extend(children(other));
        keys.into_iter().filter(|key| one.get(key) != other.get(key)).collect()
    };
    for key in differing(Some(before), Some(now)) {
        if key != "nodes" {
            found.insert(format!("/{key}"));
            continue;
        }
        for id in differing(before.get("nodes"), now.get("nodes")) {
            let (old, new) = (before["nodes"].get(&id), now["nodes"].get(&id));
            if old.is_none() || new.is_none() {
                found.insert(format!("/nodes/{id}"));
                continue;
            }
            found.extend(differing(old, new).into_iter().map(|parameter| format!("/nodes/{id}/{parameter}")));
        }
    }
    found
}

/// Keys of lists whose order means nothing.
const SETS: [&str; 6] = ["any", "phrases", "channels", "secrets", "cancel", "correct"];

/// The words of such a list after the merge, where an edit puts one there or takes one out, and the word that it puts there.
fn word_of<'e>(edit: &'e Edit, merged: &Value) -> Option<(String, Option<&'e Value>)> {
    let (list, word) = match edit {
        Edit::Set { pointer, value } => (pointer.rsplit_once('/')?.0, Some(value)),
        Edit::Insert { pointer, value, .. } => (pointer.as_str(), Some(value)),
        Edit::Remove { pointer } => (pointer.rsplit_once('/')?.0, None),
        _ => return None,
    };
    let is_set = SETS.contains(&list.rsplit_once('/')?.1) && merged.pointer(list)?.is_array();
    is_set.then(|| (list.to_owned(), word))
}

/// Whether both edits are about one such list, and what either adds is in it.
fn both_in_a_set(one: &Edit, other: &Edit, merged: &Value) -> bool {
    let (Some((list, word)), Some((same, another))) = (word_of(one, merged), word_of(other, merged)) else {
        return false;
    };
    let words = merged.pointer(&list).and_then(Value::as_array);
    list == same && [word, another].into_iter().flatten().all(|word| words.is_some_and(|words| words.contains(word)))
}

/// Lists whose order means nothing, in alphabetical order: two sides that add words to one of them are merged as sets are.
fn as_sets(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(key, value)| match value {
                    Value::Array(mut words) if SETS.contains(&key.as_str()) && words.iter().all(Value::is_string) => {
                        words.sort_by_key(ToString::to_string);
                        (key, Value::Array(words))
                    }
                    value => (key, as_sets(value)),
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(as_sets).collect()),
        value => value,
    }
}

fn apart(one: &BTreeSet<String>, other: &BTreeSet<String>) -> bool {
    let within = |one: &String, other: &String| one == other || one.starts_with(&format!("{other}/"));
    !one.iter().any(|one| other.iter().any(|other| within(one, other) || within(other, one)))
}

#[test]
fn edits_of_different_things_merge_and_conflicts_are_never_silent() {
    let gallery = gallery();
    let knowledge = offhook_builtins::catalog().knowledge(None);
    let cases = std::env::var("FUZZ").ok().and_then(|more| more.parse::<u32>().ok()).unwrap_or(1) * 80;
    let config = Config { cases, failure_persistence: None, max_global_rejects: 100_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let numbers = || (0usize..1000, 0usize..100_000, 0usize..100_000);
    let (disjoint, conflicting) = (Cell::new(0), Cell::new(0));
    let outcome = runner.run(&(0usize..1000, any::<bool>(), numbers(), numbers()), |(document, crlf, one, other)| {
        let mut file = gallery[document % gallery.len()].clone();
        if crlf {
            file.text = file.text.replace('\n', "\r\n");
        }
        let (_, base) = after(&file, &knowledge, &[]).expect("the gallery can be read");
        // Every third pair is about the same thing, or conflicts would be rare.
        let other = if document.is_multiple_of(3) { (one.0, one.1, other.2) } else { other };
        let (one, other) = (edit(&base, "a", one), edit(&base, "b", other));
        let (Some((ours, our_value)), Some((theirs, their_value))) =
            (after(&file, &knowledge, &[&one]), after(&file, &knowledge, &[&other]))
        else {
            return Err(TestCaseError::reject("an edit is refused"));
        };
        let both =
            [[&one, &other], [&other, &one]].map(|edits| after(&file, &knowledge, &edits).map(|(_, value)| value));
        let merged = merge(&file.name, &file.text, &ours, &theirs, &knowledge)
            .map_err(|why| TestCaseError::fail(format!("{one:?}\n{other:?}\n{why:?}")))?;
        let read = offhook_flow_schemas::read_tree(&file.name, merged.text.as_bytes())
            .map_err(|found| TestCaseError::fail(format!("{one:?}\n{other:?}\nno document: {found:?}")))?;
        let value = read.to_value();
        let told = offhook_flow_schemas::merge::conflicts(&read).len();
        prop_assert_eq!(
            told,
            merged.conflicts.len(),
            "every conflict is marked: {:?} {:?}\n{}",
            one,
            other,
            merged.text
        );
        if crlf {
            prop_assert!(!merged.text.replace("\r\n", "").contains('\n'), "a bare line feed: {:?} {:?}", one, other);
        }
        // Both orders give the same flow, and nothing of it was touched by both.
        let same = both[0].is_some() && both[0] == both[1];
        if same && apart(&touched(&base, &our_value), &touched(&base, &their_value)) {
            disjoint.set(disjoint.get() + 1);
            prop_assert!(merged.conflicts.is_empty(), "{:?}\n{:?}\n{:?}", one, other, merged.conflicts);
            prop_assert_eq!(Some(&value), both[0].as_ref(), "{:?}\n{:?}\n{}", one, other, merged.text);
        }
        if merged.conflicts.is_empty() {
            let value = as_sets(value);
            let sets = both_in_a_set(&one, &other, &value);
            let known = sets
                || both.iter().flatten().any(|both| as_sets(both.clone()) == value)
                || value == as_sets(our_value) && value == as_sets(their_value);
            let none = both.iter().all(Option::is_none);
            prop_assert!(known || none, "silent: {:?}\n{:?}\n{}", one, other, merged.text);
        } else {
            conflicting.set(conflicting.get() + 1);
        }
        // Comments of either side stay.
        for line in file.text.lines().filter(|line| line.trim_start().starts_with('#')) {
            let kept = |text: &str| text.contains(line.trim());
            if kept(&ours) && kept(&theirs) {
                prop_assert!(kept(&merged.text), "lost: {line}\n{:?}\n{:?}\n{}", one, other, merged.text);
            }
        }
        // The difference of the merge to one side is what the other did.
        let version = |text: &str| {
            let files = Files {
                flow: File { name: file.name.clone(), text: text.to_owned() },
                layout: None,
                texts: Vec::new(),
                talks: Vec::new(),
            };
            Version::read(&files, |_| Default::default()).ok()
        };
        if let (Some(before), Some(now)) = (version(&ours), version(&merged.text)) {
            let found = diff(&before, &now, &knowledge);
            prop_assert_eq!(found.is_empty(), before.value == now.value, "{:?}\n{:?}\n{:?}", one, other, found.changes);
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    // Else the test would not show what it is for.
    assert!(disjoint.get() * 3 > cases && conflicting.get() * 50 > cases, "{} {}", disjoint.get(), conflicting.get());
}
