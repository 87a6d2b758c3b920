//! Every code that this crate reports has an example that shows it, and the repaired example shows nothing of the kind.

mod toy;

use std::collections::BTreeSet;

use offhook_flow_schemas::{
    Code, Diagnostic, Document, Explanation, all_codes, explain, graph, limits, parse, read_flow, read_layout,
    read_texts, read_tree,
};

const FLOW: &str = "offhook: 1
id: clinic/reception
kind: ivr
locales: [en-US, es-ES]
start: greet
nodes:
  greet: { type: say, text: Hello, next: ask }
  ask:
    type: menu
    text: To book, press 1.
    choices: [{ id: book, keys: \"1\", phrases: [book, appointment], next: end }]
    exits: { no_input: end, no_match: end }
";

fn flow_diagnostics(text: &str) -> Vec<Diagnostic> {
    let read = read_flow("flow.yaml", text.as_bytes());
    let mut found = read.diagnostics;
    if let Some(document) = read.document {
        found.extend(graph::check(&document, &toy::facts(&document.flow)));
    }
    found
}

fn clinic() -> Document {
    read_flow("reception.yaml", FLOW.as_bytes()).document.expect("the flow is sound")
}

/// What an example of the file beside a flow brings up.
fn beside_diagnostics(row: &Explanation, text: &str) -> Vec<Diagnostic> {
    if row.code == Code::LAYOUT_UNKNOWN_NODE {
        let read = read_layout("reception.layout.yaml", text.as_bytes());
        let mut found = read.check(&clinic());
        found.extend(read.diagnostics);
        return found;
    }
    if row.code == Code::UNDECLARED_LOCALE {
        let flow = FLOW.replace("locales: [en-US, es-ES]", text.trim());
        let document = read_flow("reception.yaml", flow.as_bytes()).document.expect("the flow is sound");
        let texts =
            read_texts("reception.es-ES.yaml", b"texts: { greet.text: Hola }").texts.expect("the texts are sound");
        return texts.check(&document);
    }
    let read = read_texts("reception.es-ES.yaml", text.as_bytes());
    let mut found = read.diagnostics;
    let texts = read.texts.expect("the catalogue can be read");
    found.extend(texts.check(&clinic()));
    if row.code == Code::MISSING_TEXT {
        found.extend(texts.missing(["greet.text", "ask.choices.book.phrases"]));
    }
    found
}

/// Documents that no text can show in a table.
fn generated(code: Code) -> Vec<Diagnostic> {
    let hello =
        "offhook: 1\nid: hello\nkind: chatbot\nstart: greet\nnodes: { greet: { type: say, text: Hello, next: end } }\n";
    match code {
        Code::NOT_UTF8 => {
            parse(
                "flow.yaml",
                &hello.replace("Hello", "Ol").into_bytes().iter().copied().chain([0xe9]).collect::<Vec<u8>>(),
            )
            .diagnostics
        }
        Code::TOO_LARGE => parse("flow.yaml", &vec![b' '; limits::DOCUMENT_BYTES + 1]).diagnostics,
        Code::TEXT_TOO_LONG => flow_diagnostics(&hello.replace("Hello", &"o".repeat(limits::STRING_BYTES + 1))),
        Code::TOO_MANY_PROBLEMS => {
            let keys: String = (0..limits::DIAGNOSTICS + 5).map(|index| format!("k{index}: 1\n")).collect();
            flow_diagnostics(&format!("{hello}{keys}"))
        }
        other => panic!("{other} has no example"),
    }
}

#[test]
fn each_code_of_this_crate_is_shown_by_its_example() {
    let ours = |row: &&Explanation| {
        row.code < Code::UNKNOWN_NODE_TYPE || (Code::TEXT_UNKNOWN_NODE..=Code::TEXT_SHAPE).contains(&row.code)
    };
    let mut shown = BTreeSet::new();
    for row in all_codes().filter(ours) {
        let look = |text: &str| {
            if row.code < Code::UNKNOWN_NODE_TYPE { flow_diagnostics(text) } else { beside_diagnostics(row, text) }
        };
        let found = if row.wrong.is_empty() { generated(row.code) } else { look(row.wrong) };
        let hit = found.iter().find(|diagnostic| diagnostic.code == row.code);
        let hit = hit.unwrap_or_else(|| panic!("{} is not shown by its example: {found:#?}", row.code));
        let same_severity = hit.severity == row.severity;
        assert!(same_severity || row.code == Code::WAIT_FREE_CYCLE, "{} has the severity {:?}", row.code, hit.severity);
        if hit.is_error() && row.code != Code::BAD_SCHEMA {
            assert!(hit.remedy.is_some() || row.code == Code::BAD_DURATION, "{} offers no remedy", row.code);
        }
        shown.insert(row.code);
        if row.right.is_empty() {
            continue;
        }
        let left: Vec<Diagnostic> =
            look(row.right).into_iter().filter(|d| d.code == row.code || d.is_error()).collect();
        assert!(left.is_empty(), "{}: the repaired example still shows {left:#?}", row.code);
    }
    assert!(shown.len() > 40);
}

#[test]
fn the_table_is_in_order_and_complete() {
    let rows: Vec<&Explanation> = all_codes().collect();
    assert!(rows.windows(2).all(|pair| pair[0].code < pair[1].code), "numbers rise and are used once");
    let names: BTreeSet<&str> = rows.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), rows.len(), "names are used once");
    for row in rows {
        assert!(!row.title.is_empty() && row.text.len() > 30, "{} is explained", row.code);
        assert!(
            !row.title.ends_with('.') && row.text.ends_with('.'),
            "{}: a title has no full stop, a text has",
            row.code
        );
        assert_ne!((row.wrong, row.right.is_empty()), (row.right, false), "{}: the repaired example differs", row.code);
    }
}

#[test]
fn codes_are_found_by_number_and_name() {
    let row = explain("OH0203").expect("exists");
    assert_eq!(row.name, "unknown-key");
    for way in ["oh0203", "203", "unknown-key", " OH0203 "] {
        assert!(std::ptr::eq(explain(way).expect("exists"), row), "{way}");
    }
    assert!(explain("OH9999").is_none() && explain("").is_none() && explain("+203").is_none());
}

#[test]
fn examples_of_parts_are_valid_yaml() {
    for row in all_codes().filter(|row| row.code >= Code::UNKNOWN_NODE_TYPE) {
        for text in [row.wrong, row.right] {
            // What two files are needed for is written as two documents.
            for file in text.split("\n---\n") {
                assert!(read_tree("part.yaml", file.as_bytes()).is_ok(), "{}: {text}", row.code);
            }
        }
    }
}

#[test]
fn diagnostics_survive_json() {
    for diagnostic in flow_diagnostics("offhook: 1\nid: A\nid: b\n") {
        let json = serde_json::to_string(&diagnostic).expect("serializes");
        let back: Diagnostic = serde_json::from_str(&json).expect("deserializes");
        assert_eq!(back, diagnostic);
    }
}

#[test]
fn the_flows_of_the_reference_are_sound() {
    let reference = include_str!("../README.md");
    let flows: Vec<&str> = reference
        .split("```yaml\n")
        .skip(1)
        .filter_map(|block| block.split("```").next())
        .filter(|block| block.starts_with("offhook:"))
        .collect();
    assert_eq!(flows.len(), 2);
    for flow in flows {
        let found = read_flow("reference.yaml", flow.as_bytes()).diagnostics;
        assert!(found.is_empty(), "{found:#?}");
    }
}
