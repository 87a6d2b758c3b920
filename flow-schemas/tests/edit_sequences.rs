//! Random edits of real flows and of tricky ones: what was edited says what was meant, what lies outside stays, and undoing everything
//! gives back the same bytes. What was meant is computed here on plain values, without the engine.

use std::path::{Path, PathBuf};

use offhook_flow_schemas::edit::{Edit, Editor, File, Files, Knowledge, Loose, apply, invert};
use offhook_flow_schemas::{escape_pointer, read_tree};
use proptest::prelude::*;
use serde_json::{Value, json};

fn corpus() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join("../examples-flows"), root.join("tests/edits")];
    while let Some(folder) = folders.pop() {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if (name.ends_with(".yaml") || name.ends_with(".json")) && name.matches('.').count() == 1 {
                let text = std::fs::read_to_string(&path).expect("a text");
                if text.contains("nodes") {
                    found.push(File { name, text });
                }
            }
        }
    }
    assert!(found.len() > 10, "the gallery is there");
    found
}

/// Every pointer of a value.
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

const TEXTS: [&str; 16] = [
    "plain",
    "no",
    "12:30",
    "2026-11-23",
    "a: b",
    "a #b",
    " lead",
    "trail ",
    "one\ntwo",
    "one\n\ntwo\n",
    "it's \"q\"",
    "= x + 1",
    "{{ name }}, hi",
    "ünï → 漢字 🙂",
    "- dash",
    "",
];

fn value(seed: usize) -> Value {
    match seed % 23 {
        16 => json!(42),
        17 => json!(2.5),
        18 => json!(true),
        19 => json!(null),
        20 => json!(["a", "b: c", 3]),
        21 => json!({ "any": ["x", "y"], "next": "end" }),
        22 => {
            json!([{ "id": "q", "phrases": ["a long phrase to fill the line", "and another one, longer still"], "next": "end" }, { "id": "r" }])
        }
        text => json!(TEXTS[text % 16]),
    }
}

fn remove(root: &mut Value, pointer: &str) {
    let (parent, last) = pointer.rsplit_once('/').expect("a pointer");
    match root.pointer_mut(parent) {
        Some(Value::Object(map)) => {
            map.shift_remove(&last.replace("~1", "/").replace("~0", "~"));
        }
        Some(Value::Array(items)) => {
            items.remove(last.parse().expect("an index"));
        }
        _ => {}
    }
}

/// An edit made from three numbers, and what the flow says after it where that is simple to tell.
fn edit(flow: &Value, kind: usize, place: usize, seed: usize) -> (Edit, Option<Value>) {
    let mut all = Vec::new();
    pointers("", flow, &mut all);
    let pointer = all[place % all.len()].clone();
    let ids: Vec<&String> = flow["nodes"].as_object().map(|nodes| nodes.keys().collect()).unwrap_or_default();
    let id = if ids.is_empty() { "none".to_owned() } else { ids[place % ids.len()].clone() };
    let mut after = flow.clone();
    match kind % 10 {
        0..=2 => {
            *after.pointer_mut(&pointer).expect("it exists") = value(seed);
            (Edit::Set { pointer, value: value(seed) }, Some(after))
        }
        3 => {
            remove(&mut after, &pointer);
            (Edit::Remove { pointer }, Some(after))
        }
        4 => {
            let at = format!("/nodes/{id}/p{}", seed % 5);
            let parameter = format!("p{}", seed % 5);
            match after.pointer_mut("/nodes") {
                Some(Value::Object(nodes)) => {
                    // What stands above a value is made with it.
                    if let Some(node) = nodes.entry(id).or_insert_with(|| json!({})).as_object_mut() {
                        node.insert(parameter, value(seed));
                    }
                    (Edit::Set { pointer: at, value: value(seed) }, Some(after))
                }
                _ => (Edit::Set { pointer: at, value: value(seed) }, None),
            }
        }
        5 => {
            let lists: Vec<&String> = all.iter().filter(|at| flow.pointer(at).is_some_and(Value::is_array)).collect();
            let Some(list) = lists.get(place % lists.len().max(1)) else {
                return (Edit::Remove { pointer: "/none".into() }, None);
            };
            let items = after.pointer_mut(list).and_then(Value::as_array_mut).expect("it is a list");
            let index = seed % (items.len() + 1);
            items.insert(index, value(seed / 7));
            (Edit::Insert { pointer: (*list).clone(), index, value: value(seed / 7) }, Some(after))
        }
        6 => {
            let node = json!({ "text": value(seed), "type": "say", "next": "end" });
            let id_new = format!("new-{}", seed % 100);
            let nodes = after.as_object_mut().map(|flow| flow.entry("nodes").or_insert_with(|| json!({})));
            if let Some(Value::Object(nodes)) = nodes {
                nodes.insert(id_new.clone(), node.clone());
            }
            (Edit::AddNode { id: id_new, node, after: seed.is_multiple_of(2).then_some(id) }, Some(after))
        }
        7 => (Edit::RenameNode { from: id, to: format!("renamed-{}", seed % 50) }, None),
        8 => (Edit::CopyNode { from: id, to: format!("copy-{}", seed % 50) }, None),
        _ => {
            let references = if seed.is_multiple_of(3) { Loose::To("end".into()) } else { Loose::Unwire };
            (Edit::RemoveNode { id, references }, None)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sequences_say_what_was_meant_and_are_undone_to_the_byte(
        document in 0usize..1000,
        crlf in any::<bool>(),
        steps in prop::collection::vec((0usize..1000, 0usize..100_000, 0usize..100_000), 1..8),
    ) {
        let corpus = corpus();
        let mut file = corpus[document % corpus.len()].clone();
        if crlf {
            file.text = file.text.replace('\n', "\r\n");
        }
        let original = file.text.clone();
        let files = Files { flow: file.clone(), layout: None, texts: Vec::new(), talks: Vec::new() };
        let knowledge = Knowledge::default();
        let mut editor = Editor::open(&files, &knowledge).expect("the corpus can be read");
        let mut one_by_one = vec![];
        for (kind, place, seed) in steps {
            let before = editor.value();
            let text_before = editor.text().to_owned();
            let (edit, expected) = edit(&before, kind, place, seed);
            match editor.edit(&edit) {
                Ok(()) => {
                    let read = read_tree(&file.name, editor.text().as_bytes()).expect("the edited text can be read");
                    if let Some(expected) = expected {
                        prop_assert_eq!(read.to_value(), expected, "{:?}", edit);
                    }
                    // Sets of a text touch no line but those of the value.
                    if let Edit::Set { pointer, value: Value::String(_) } = &edit
                        && let Some(old) = before.pointer(pointer)
                        && old.is_string()
                    {
                        lines_outside_are_the_same(&file.name, &text_before, editor.text(), pointer)?;
                    }
                    if crlf {
                        prop_assert!(!editor.text().replace("\r\n", "").contains('\n'), "{:?} wrote a bare line feed", edit);
                    }
                }
                Err(refusal) => {
                    prop_assert_eq!(editor.text(), text_before.as_str());
                    prop_assert!(!refusal.to_string().is_empty());
                }
            }
            one_by_one.push((text_before, editor.text().to_owned()));
        }
        for change in editor.changes().iter().filter(|change| change.name == file.name) {
            let edited = apply(&original, &change.edits).expect("they apply");
            prop_assert_eq!(&edited, editor.text());
            let back = invert(&original, &change.edits).expect("they can be inverted");
            prop_assert_eq!(apply(&edited, &back).expect("they apply"), original.clone());
        }
    }
}

/// The lines before the key and after the value are those of before.
fn lines_outside_are_the_same(name: &str, old: &str, new: &str, pointer: &str) -> Result<(), TestCaseError> {
    let ends = |text: &str| {
        let tree = read_tree(name, text.as_bytes()).expect("it can be read");
        let key = tree.key_span(pointer).expect("it is there").start as usize;
        let end = (tree.span(pointer).expect("it is there").end as usize).max(key);
        let front = text[..key].rfind('\n').map_or(0, |at| at + 1);
        let back = text[end..].find('\n').map_or(text.len(), |at| end + at);
        (text[..front].to_owned(), text[back..].to_owned())
    };
    let ((front, back), (new_front, new_back)) = (ends(old), ends(new));
    prop_assert_eq!(front, new_front);
    prop_assert_eq!(back, new_back);
    Ok(())
}

/// The engine may refuse, but on the gallery it should not have to: each node can be renamed, copied and removed, each text changed.
#[test]
fn nothing_in_the_gallery_is_refused() {
    let gallery: Vec<File> =
        corpus().into_iter().filter(|file| file.text.starts_with("# ") && file.text.contains("offhook: 1")).collect();
    let knowledge = Knowledge::default();
    let mut made = 0;
    for file in gallery {
        let files = Files { flow: file.clone(), layout: None, texts: Vec::new(), talks: Vec::new() };
        let opened = Editor::open(&files, &knowledge).expect("it can be read");
        if file.text.contains('&') && file.text.contains("x-") {
            continue;
        }
        let flow = opened.value();
        let mut all = Vec::new();
        pointers("", &flow, &mut all);
        let texts = all.into_iter().filter(|at| flow.pointer(at).is_some_and(Value::is_string));
        let mut edits: Vec<Edit> =
            texts.map(|pointer| Edit::Set { pointer, value: json!("It's new: \"yes\"") }).collect();
        for id in flow["nodes"].as_object().expect("nodes").keys() {
            edits.push(Edit::RenameNode { from: id.clone(), to: "fresh-name".into() });
            edits.push(Edit::CopyNode { from: id.clone(), to: "fresh-name".into() });
            edits.push(Edit::RemoveNode { id: id.clone(), references: Loose::Unwire });
        }
        // A share of them in each file, so that the test stays quick.
        for edit in edits.iter().step_by(5) {
            let mut editor = opened.clone();
            if let Err(refusal) = editor.edit(edit) {
                panic!("{}: {edit:?}: {refusal}", file.name);
            }
            made += 1;
        }
    }
    assert!(made > 200, "{made}");
}
