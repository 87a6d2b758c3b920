//! The canonical form: formatting twice changes nothing, what the document says stays, every comment and anchor stays. Over the gallery,
//! the golden documents of the edits, the documents of mistakes, and generated ones in every style.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use offhook_flow_schemas::format::format;
use offhook_flow_schemas::read_tree;
use proptest::prelude::*;

/// Every YAML and JSON file below these folders that can be read.
fn corpus() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders =
        ["../examples-flows", "tests/edits", "tests/diagnostics", "../tests/conformance/flows", "../builtins/src"];
    let mut folders: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if ending == "yaml" || ending == "json" {
                let text = std::fs::read_to_string(&path).expect("a text");
                if read_tree(&path.display().to_string(), text.as_bytes()).is_ok() {
                    found.push((path.display().to_string(), text));
                }
            }
        }
    }
    assert!(found.len() > 50, "the corpus is there");
    found
}

/// Lines that are nothing but a comment and those with one behind, found without the formatter: a `#` after white space that stands in
/// no value of one line.
fn comments(text: &str) -> BTreeMap<String, usize> {
    let tree = read_tree("a.yaml", text.as_bytes()).expect("it can be read");
    let mut spans = Vec::new();
    let mut pointers = vec![(String::new(), tree.to_value())];
    while let Some((at, value)) = pointers.pop() {
        let children: Vec<(String, serde_json::Value)> = match value {
            serde_json::Value::Object(map) => map.into_iter().collect(),
            serde_json::Value::Array(items) => {
                items.into_iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
            }
            _ => {
                spans.extend(tree.span(&at));
                continue;
            }
        };
        for (step, value) in children {
            let below = format!("{at}/{}", offhook_flow_schemas::escape_pointer(&step));
            spans.extend(tree.key_span(&below).filter(|_| step.contains('#')));
            pointers.push((below, value));
        }
    }
    let mut found = BTreeMap::new();
    let mut at = 0;
    while let Some(next) = text[at..].find('#').map(|next| at + next) {
        let within = spans.iter().find(|span| (span.start as usize) < next && next < span.end as usize);
        // The header of a block scalar may have a comment.
        let header = within.is_some_and(|span| {
            let value = &text[span.start as usize..];
            value.trim_start_matches(|c: char| c == '&' || c.is_alphanumeric() || c == ' ').starts_with(['|', '>'])
                && !text[span.start as usize..next].contains('\n')
        });
        let opens = next == 0 || text.as_bytes()[next - 1].is_ascii_whitespace();
        if opens && (within.is_none() || header) {
            let end = text[next..].find(['\n', '\r']).map_or(text.len(), |end| next + end);
            *found.entry(text[next..end].trim_end().to_owned()).or_default() += 1;
            at = end;
        } else {
            at = next + 1;
        }
    }
    found
}

fn holds(name: &str, text: &str) -> Result<String, String> {
    let formatted = format(name, text).map_err(|refused| format!("{name}: {refused} {refused:?}"))?;
    let again = format(name, &formatted).map_err(|refused| format!("{name}: again: {refused:?}\n{formatted}"))?;
    if again != formatted {
        return Err(format!("{name}: not idempotent\n--- once\n{formatted}--- twice\n{again}"));
    }
    let read = |text: &str| read_tree(name, text.trim_start_matches('\u{feff}').as_bytes()).map(|tree| tree.to_value());
    if read(text).ok() != read(&formatted).ok() {
        return Err(format!("{name}: says something else\n{formatted}"));
    }
    let same = name.ends_with(".json") || comments(text) == comments(&formatted);
    if !same {
        return Err(format!("{name}: comments\n{:?}\n{:?}\n{formatted}", comments(text), comments(&formatted)));
    }
    Ok(formatted)
}

#[test]
fn every_document_of_the_corpus_has_a_canonical_form() {
    let mut wrong = Vec::new();
    for (name, text) in corpus() {
        match holds(&name, &text) {
            Err(what) => wrong.push(what),
            Ok(formatted) => {
                let crlf = |text: &str| text.replace('\n', "\r\n");
                match format(&name, &crlf(&text)) {
                    Ok(other) if !text.contains('\n') || other == crlf(&formatted) => {}
                    other => wrong.push(format!("{name}: with CRLF: {other:?}")),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn golden_forms() {
    for (text, expected) in [
        // Order, indentation, blank lines, quotes; comments travel with what they stand above.
        (
            "# About.\n\nnodes:\n    # the menu\n    menu:   # main\n        next: end\n        # its text\n        text: 'Hi'\n        type: say\n\n\n\n    b: {next: end , type: end}\nid: a\noffhook: 1",
            "# About.\n\noffhook: 1\nid: a\nnodes:\n  # the menu\n  menu: # main\n    type: say\n    # its text\n    text: Hi\n    next: end\n\n  b: { type: end, next: end }\n",
        ),
        // Block scalars and wrapped texts keep their lines.
        (
            "a:\n     b: |\n         one\n           two\n\n         three  \n     c: word\n        wrapped\n\n        here\n     d: >-\n       x\n",
            "a:\n  b: |\n    one\n      two\n\n    three  \n  c: word\n    wrapped\n\n    here\n  d: >-\n    x\n",
        ),
        // Quotes around plain words go, all others are of one kind; nothing is put into quotes.
        (
            "a: no\nb: 12:30\nc: 'plain'\nd: 'x == \"y\"'\ne: \"tab\\t\"\nf: 'it''s'\ng: \"5\"\nh: 5\n",
            "a: no\nb: 12:30\nc: plain\nd: 'x == \"y\"'\ne: \"tab\\t\"\nf: \"it's\"\ng: \"5\"\nh: 5\n",
        ),
        // Lists below a key are indented, items in one line stay so.
        ("a:\n- x\n-   - y\n    - z\n- b: 1\n  c:   2\n", "a:\n  - x\n  - - y\n    - z\n  - b: 1\n    c: 2\n"),
        // What was opened and fits stands in one line; what has comments or is too long, one entry a line.
        ("a: {\n  b: 1, # one\n  c: [x,\n  y]\n  }\nd: [a,\n b]\n", "a: {\n  b: 1, # one\n  c: [x, y]\n}\nd: [a, b]\n"),
        // Comments behind lines that follow each other stand below each other.
        (
            "a: 1 # one\nlonger: 2       # two\n\nb: 3     # three\n",
            "a: 1      # one\nlonger: 2 # two\n\nb: 3 # three\n",
        ),
        // Anchors stay before their aliases, whatever the order of keys says.
        (
            "offhook: 1\nx-a: &a hi\nnodes: &n\n  a: { type: say, text: *a }\nid: b\n",
            "offhook: 1\nid: b\nx-a: &a hi\nnodes: &n\n  a: { type: say, text: *a }\n",
        ),
        (
            "offhook: 1\nnodes:\n  a: { type: say, text: &t hi }\nid: *t\n",
            "offhook: 1\nnodes:\n  a: { type: say, text: &t hi }\nid: *t\n",
        ),
        ("? a # x\n: b\n? c\n", "# x\na: b\nc:\n"),
        ("---\n# c\na: 1\n", "---\n# c\na: 1\n"),
        ("a: |+\n  x\n\n\nb: |2\n    y\n", "a: |+\n  x\n\n\nb: |2\n    y\n"),
    ] {
        assert_eq!(holds("a.yaml", text).as_deref(), Ok(expected), "{text}");
    }
    let json = "{\"nodes\":{\"a\":{\"next\":\"end\",\"type\":\"say\",\"n\":1.50}},\"id\":\"x\",\"offhook\":1}";
    let expected = "{\n  \"offhook\": 1,\n  \"id\": \"x\",\n  \"nodes\": {\n    \"a\": { \"type\": \"say\", \"n\": 1.50, \"next\": \"end\" }\n  }\n}\n";
    assert_eq!(holds("a.json", json).as_deref(), Ok(expected));
}

#[test]
fn what_cannot_be_kept_is_refused_and_never_changed() {
    for text in ["? [a]\n: b\n", "[a: 1]\n", "a: 1\n...\n", "a: [\n", "--- {a: 1}\n"] {
        assert!(format("a.yaml", text).is_err(), "{text:?}");
    }
}

/// A document written in a random style: what it says is of no matter.
fn document(depth: u32) -> BoxedStrategy<String> {
    let scalar = prop_oneof![
        "[a-z]{1,8}( [a-z]{1,5}){0,3}",
        Just("'it''s'".to_owned()),
        Just("\"a: b # c\"".to_owned()),
        Just("\"x\\ty\"".to_owned()),
        Just("'no'".to_owned()),
        Just("12:30".to_owned()),
        Just("~".to_owned()),
        Just("4.50".to_owned()),
        Just("ünï 🙂".to_owned()),
        Just("a#b".to_owned()),
    ]
    .boxed();
    if depth == 0 {
        return scalar;
    }
    let noise = prop_oneof![
        6 => Just(String::new()),
        2 => Just("\n".to_owned()),
        1 => Just("\n\n\n".to_owned()),
        2 => "# [a-z]{1,6}\n",
        1 => "\n# [a-z]{1,6}: '\n",
        1 => "# [a-z]{1,6}\n\n# x  \n",
    ];
    let behind = prop_oneof![5 => Just(String::new()), 1 => "  # [a-z]{1,5}", 1 => " # [a-z]+: [a-z]"];
    let body = prop_oneof![Just("|"), Just(">"), Just("|-"), Just("|+"), Just(">-"), Just("|2")];
    let block = (body, prop::collection::vec("[a-z]{1,6}|  [a-z] # x|", 1..4)).prop_map(|(head, lines)| {
        let lines: Vec<String> = lines
            .into_iter()
            .enumerate()
            .map(|(at, line)| if at == 0 { format!("s{}", line.trim()) } else { line })
            .collect();
        format!("{head}\n{}", lines.join("\n"))
    });
    let flow = prop::collection::vec(("[a-z]{1,5}", scalar.clone()), 0..4);
    let value = prop_oneof![
        3 => scalar.clone().prop_map(Value::Line),
        1 => block.prop_map(Value::Block),
        1 => (flow, any::<bool>(), any::<bool>()).prop_map(|(entries, list, open)| Value::Flow(entries, list, open)),
        2 => document(depth - 1).prop_map(Value::Nested),
        1 => Just(Value::Empty),
    ];
    let entries = prop::collection::vec((noise, value, behind), 1..5);
    (entries, 1usize..5, any::<bool>()).prop_map(|(entries, step, list)| written(&entries, step, list)).boxed()
}

#[derive(Debug, Clone)]
enum Value {
    Line(String),
    Block(String),
    Flow(Vec<(String, String)>, bool, bool),
    Nested(String),
    Empty,
}

fn indented(text: &str, by: usize) -> String {
    let pad = " ".repeat(by);
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("{pad}{line}\n") }).collect()
}

fn written(entries: &[(String, Value, String)], step: usize, list: bool) -> String {
    let mut out = String::new();
    for (index, (noise, value, behind)) in entries.iter().enumerate() {
        out.push_str(noise);
        let key = ["offhook", "nodes", "id", "type", "next", "k e y"][(index + step) % 6];
        let head = if list { "-".to_owned() } else { format!("{key}{index}:") };
        match value {
            Value::Line(text) => out.push_str(&format!("{head} {text}{behind}\n")),
            // A comment in the last line of a block scalar would be its content.
            Value::Block(text) => {
                let (header, rest) = text.split_once('\n').unwrap_or((text, ""));
                let by = if header.contains('2') { 2 } else { step };
                out.push_str(&format!("{head} {header}{behind}\n{}", indented(rest, by)));
            }
            Value::Flow(entries, list, open) => {
                let gap = if *open { "\n     " } else { "" };
                let mut seen = Vec::new();
                for (key, value) in entries {
                    let fits = !value.contains(['#', ',']) || value.starts_with('"');
                    if fits && !seen.iter().any(|(known, _)| known == key) {
                        seen.push((key.clone(), value.clone()));
                    }
                }
                let parts: Vec<String> = seen
                    .iter()
                    .map(|(key, value)| if *list { format!("{gap}{value}") } else { format!("{gap}f{key}: {value}") })
                    .collect();
                let (a, b) = if *list { ('[', ']') } else { ('{', '}') };
                out.push_str(&format!("{head} {a}{} {gap} {b}{behind}\n", parts.join(if *open { " ," } else { "," })));
            }
            Value::Nested(text) => out.push_str(&format!("{head}{behind}\n{}", indented(text, step))),
            Value::Empty => out.push_str(&format!("{head}{behind}\n")),
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn generated_documents_have_a_canonical_form(text in document(3)) {
        prop_assume!(read_tree("a.yaml", text.as_bytes()).is_ok());
        let held = holds("a.yaml", &text);
        prop_assert!(held.is_ok(), "{}\n--- source\n{text}", held.expect_err("it failed"));
    }
}
