//! The protocol, message by message, over a connection in memory. A real editor is tried in `tests/tests/e2e/editor.rs`.

use super::{run, uri};
use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
use serde_json::{Value as Json, json};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

const MAIN: &str = "offhook: 1
id: shop/main
kind: ivr
locales: [en-US, es-ES]
start: greet
vars:
  basket: { type: list, description: What they buy. }
nodes:
  # 😀 first
  greet: { type: say, text: \"Welcome 😀\", next: ask-it }
  ask-it:
    type: menu
    text: Which one?
    choices:
      - { id: one, label: One, keys: \"1\", next: greet }
      - { id: two, label: Two, keys: \"2\", next: other }
    exits: { no_input: end, no_match: end }
  other:
    type: call
    flow: shop/other
    next: end
";
const OTHER: &str =
    "offhook: 1\nid: shop/other\nkind: ivr\nlocales: [en-US]\nstart: back\nnodes:\n  back: { type: return }\n";
const TALK: &str =
    "flow: shop/main\ntalks:\n  - about: One.\n    talk:\n      - via: greet.next\n      - out: { say: Which }\n";

struct Editor {
    connection: Connection,
    server: Option<JoinHandle<()>>,
    folder: tempfile::TempDir,
    next: i32,
    heard: VecDeque<Notification>,
}

impl Editor {
    fn new(encodings: Json) -> Editor {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("main.yaml", MAIN);
        write("main.talk.yaml", TALK);
        write("main.es-ES.yaml", "texts: { greet.text: Hola }\n");
        write("other.yaml", OTHER);
        let (server, connection) = Connection::memory();
        let thread = std::thread::spawn(move || {
            run(&server, Arc::new(offhook_builtins::catalog())).unwrap();
        });
        let mut editor = Editor { connection, server: Some(thread), folder, next: 0, heard: VecDeque::new() };
        let root = uri::of(editor.folder.path()).unwrap();
        let params = json!({
            "processId": null, "rootUri": null,
            "capabilities": { "general": { "positionEncodings": encodings } },
            "workspaceFolders": [{ "uri": root, "name": "flows" }]
        });
        let answer = editor.ask("initialize", params);
        let encoding = answer.pointer("/capabilities/positionEncoding").unwrap();
        assert_eq!(*encoding, if encodings.to_string().contains("utf-8") { "utf-8" } else { "utf-16" });
        editor.tell("initialized", json!({}));
        editor
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn uri(&self, name: &str) -> String {
        uri::of(&self.path(name)).unwrap().as_str().to_owned()
    }

    fn tell(&self, method: &str, params: Json) {
        self.connection.sender.send(Notification::new(method.to_owned(), params).into()).unwrap();
    }

    fn message(&self) -> Message {
        self.connection.receiver.recv_timeout(Duration::from_secs(60)).expect("the server says something")
    }

    fn response(&mut self, method: &str, params: Json) -> Response {
        self.next += 1;
        let id = RequestId::from(self.next);
        self.connection.sender.send(Request::new(id.clone(), method.to_owned(), params).into()).unwrap();
        loop {
            match self.message() {
                Message::Response(response) => {
                    assert_eq!(response.id, id);
                    return response;
                }
                Message::Notification(heard) => self.heard.push_back(heard),
                Message::Request(request) => panic!("{request:?}"),
            }
        }
    }

    fn ask(&mut self, method: &str, params: Json) -> Json {
        let response = serde_json::to_value(self.response(method, params)).unwrap();
        assert!(response.get("error").is_none(), "{response}");
        response.get("result").cloned().unwrap_or_default()
    }

    /// The mistakes that are told next of a file.
    fn diagnostics(&mut self, name: &str) -> Vec<Json> {
        let uri = self.uri(name);
        loop {
            let next = self.heard.pop_front();
            let next = next.or_else(|| match self.message() {
                Message::Notification(heard) => Some(heard),
                other => panic!("{other:?}"),
            });
            let heard = next.unwrap();
            if heard.method == "textDocument/publishDiagnostics" && heard.params["uri"] == *uri {
                return heard.params["diagnostics"].as_array().unwrap().clone();
            }
        }
    }

    fn open(&self, name: &str, text: &str) {
        let document = json!({ "uri": self.uri(name), "languageId": "yaml", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    fn change(&self, name: &str, text: &str) {
        let document = json!({ "uri": self.uri(name), "version": 2 });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [{ "text": text }] }));
    }

    /// A request at the bar in a text that is open.
    fn at(&mut self, method: &str, name: &str, text: &str, more: Json) -> Json {
        let params = self.params(name, text, more);
        self.ask(method, params)
    }

    fn params(&self, name: &str, text: &str, more: Json) -> Json {
        let before = text.split('|').next().unwrap();
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().unwrap().encode_utf16().count();
        let mut params = json!({
            "textDocument": { "uri": self.uri(name) }, "position": { "line": line, "character": column }
        });
        for (key, value) in more.as_object().unwrap() {
            params[key] = value.clone();
        }
        params
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        self.ask("shutdown", Json::Null);
        self.tell("exit", Json::Null);
        self.server.take().unwrap().join().unwrap();
    }
}

/// MAIN with a bar before a part of it.
fn bar(before: &str) -> String {
    assert_eq!(MAIN.matches(before).count(), 1, "{before}");
    MAIN.replace(before, &format!("|{before}"))
}

fn labels(items: &Json) -> Vec<&str> {
    items.as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap()).collect()
}

#[test]
fn mistakes_are_told_while_one_types_and_taken_back() {
    let mut editor = Editor::new(json!(["utf-16"]));
    editor.open("main.yaml", MAIN);
    assert_eq!(editor.diagnostics("main.yaml").iter().filter(|found| found["severity"] == 1).count(), 0);
    // After the emoji, columns count in units of UTF-16.
    editor.change("main.yaml", &MAIN.replace("next: ask-it", "next: ask-its"));
    let found = editor.diagnostics("main.yaml");
    let wrong = found.iter().find(|found| found["severity"] == 1).expect("it is told");
    let line = MAIN.lines().position(|line| line.contains("ask-it }")).unwrap();
    let text = MAIN.lines().nth(line).unwrap();
    let column = text[..text.find("ask-it").unwrap()].encode_utf16().count();
    assert_eq!(wrong["range"]["start"], json!({ "line": line, "character": column }), "{wrong}");
    assert_eq!(wrong["range"]["end"], json!({ "line": line, "character": column + 7 }), "{wrong}");
    assert!(wrong["code"].as_str().unwrap().starts_with("OH"), "{wrong}");
    // What it means, and the remedy.
    let text = MAIN.replace("next: ask-it", "next: |ask-its");
    let help = editor.at("textDocument/hover", "main.yaml", &text, json!({}));
    assert!(help["contents"]["value"].as_str().unwrap().contains(wrong["code"].as_str().unwrap()), "{help}");
    let params = json!({
        "textDocument": { "uri": editor.uri("main.yaml") }, "range": wrong["range"], "context": { "diagnostics": [wrong] }
    });
    let actions = editor.ask("textDocument/codeAction", params);
    let edit = &actions[0]["edit"]["changes"][editor.uri("main.yaml")][0];
    assert_eq!((&edit["newText"], &edit["range"]), (&json!("ask-it"), &wrong["range"]), "{actions}");
    editor.change("main.yaml", MAIN);
    assert_eq!(editor.diagnostics("main.yaml").iter().filter(|found| found["severity"] == 1).count(), 0);
}

#[test]
fn what_can_be_done_is_offered_as_edits_of_the_file() {
    let mut editor = Editor::new(json!(null));
    editor.open("main.yaml", MAIN);
    let whole = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 999, "character": 0 } });
    for (line, title, left) in [
        ("  stray: { type: say, text: Hi, colour: red, next: ask-it } # mine", "Remove `colour`", Some("# mine")),
        ("  stray: { type: say, text: Hi, next: ask-it }", "Remove the node `stray`", None),
    ] {
        let text = format!("{MAIN}{line}\n");
        editor.change("main.yaml", &text);
        let params = json!({
            "textDocument": { "uri": editor.uri("main.yaml") }, "range": whole, "context": { "diagnostics": [] }
        });
        let actions = editor.ask("textDocument/codeAction", params);
        let action = actions.as_array().unwrap().iter().find(|action| action["title"] == title);
        let edits = &action.unwrap_or_else(|| panic!("{actions}"))["edit"]["changes"][editor.uri("main.yaml")];
        let edit: lsp_types::TextEdit = serde_json::from_value(edits[0].clone()).unwrap();
        let byte = |place| super::place::Encoding::Utf16.byte(&text, place);
        let after = format!("{}{}{}", &text[..byte(edit.range.start)], edit.new_text, &text[byte(edit.range.end)..]);
        assert!(after.starts_with(MAIN.trim_end()), "{after}");
        assert_eq!(after.lines().last().filter(|last| last.contains("stray")).is_some(), left.is_some(), "{after}");
        assert!(!after.contains("colour") && left.is_none_or(|left| after.contains(left)), "{after}");
    }
}

#[test]
fn what_is_not_saved_counts_for_other_flows() {
    let mut editor = Editor::new(json!(null));
    editor.open("main.yaml", MAIN);
    editor.open("other.yaml", &OTHER.replace("shop/other", "shop/others"));
    let errors = |found: Vec<Json>| found.iter().filter(|found| found["severity"] == 1).count();
    while errors(editor.diagnostics("main.yaml")) == 0 {}
    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": editor.uri("other.yaml") } }));
    while errors(editor.diagnostics("main.yaml")) > 0 {}
}

#[test]
fn completion_knows_the_schema_and_the_flow() {
    let mut editor = Editor::new(json!(["utf-16"]));
    let cases: [(String, &[&str], &[&str]); 8] = [
        (format!("{MAIN}  more:\n    type: |"), &["say", "menu", "hangup"], &["greet"]),
        (format!("{MAIN}  more:\n    type: say\n    te|"), &["text", "next", "exits"], &["choices"]),
        (format!("{MAIN}  more:\n    type: say\n    next: |"), &["greet", "ask-it", "end"], &["shop/other"]),
        (format!("{MAIN}  more: {{ type: call, flow: |"), &["shop/main", "shop/other"], &["greet"]),
        (
            format!("{MAIN}  more:\n    type: menu\n    choices:\n      - {{ id: a, ne|"),
            &["next", "label"],
            &["choices"],
        ),
        (format!("{MAIN}  more:\n    type: menu\n    choices:\n      - {{ id: a, next: |"), &["greet"], &["label"]),
        (MAIN.replace("kind: ivr", "kind: |"), &["ivr", "chatbot"], &["greet"]),
        (MAIN.replace("start: greet\n", "start: greet\nin|\n"), &["inputs", "interrupts"], &["greet", "say"]),
    ];
    editor.open("main.yaml", MAIN);
    for (text, wanted, unwanted) in cases {
        editor.change("main.yaml", &text.replacen('|', "", 1));
        let found = editor.at("textDocument/completion", "main.yaml", &text, json!({}));
        let labels = labels(&found);
        for word in wanted {
            assert!(labels.contains(word), "{word} is missing among {labels:?} in …{}", &text[text.len() - 60..]);
        }
        for word in unwanted {
            assert!(!labels.contains(word), "{word} is among {labels:?} in …{}", &text[text.len() - 60..]);
        }
    }
}

#[test]
fn one_goes_to_nodes_and_flows_and_finds_what_names_them() {
    let mut editor = Editor::new(json!(["utf-8", "utf-16"]));
    editor.open("main.yaml", MAIN);
    let line = |text: &str, part: &str| text.lines().position(|line| line.contains(part)).unwrap();
    let found = editor.at("textDocument/definition", "main.yaml", &bar("other }"), json!({}));
    assert_eq!(found["range"]["start"], json!({ "line": line(MAIN, "  other:"), "character": 2 }), "{found}");
    let found = editor.at("textDocument/definition", "main.yaml", &bar("shop/other"), json!({}));
    assert_eq!(found["uri"], editor.uri("other.yaml"), "{found}");
    let with = json!({ "context": { "includeDeclaration": true } });
    let found = editor.at("textDocument/references", "main.yaml", &bar("greet: {"), with.clone());
    let mut lines: Vec<u64> =
        found.as_array().unwrap().iter().map(|one| one["range"]["start"]["line"].as_u64().unwrap()).collect();
    lines.sort_unstable();
    let wanted = ["start: greet", "  greet: {", "next: greet"].map(|part| line(MAIN, part) as u64);
    assert_eq!(lines, wanted, "{found}");
    editor.open("other.yaml", OTHER);
    let found = editor.at("textDocument/references", "other.yaml", &OTHER.replace("shop/other", "|shop/other"), with);
    assert_eq!(found.as_array().unwrap().len(), 2, "{found}");
    let symbols =
        editor.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": editor.uri("main.yaml") } }));
    let names: Vec<&str> = symbols.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["basket", "greet", "ask-it", "other"]);
    let help = editor.at("textDocument/hover", "main.yaml", &bar("menu"), json!({}));
    assert!(help["contents"]["value"].as_str().unwrap().contains("(menu)"), "{help}");
    let help = editor.at("textDocument/hover", "main.yaml", &bar("choices:"), json!({}));
    assert!(help["contents"]["value"].as_str().unwrap().starts_with("**choices**"), "{help}");
}

/// A text after edits of the protocol.
fn edited(text: &str, edits: &Json) -> String {
    let mut edits: Vec<(usize, usize, String)> = edits
        .as_array()
        .unwrap()
        .iter()
        .map(|edit| {
            let byte = |end: &str| {
                let position = serde_json::from_value(edit["range"][end].clone()).unwrap();
                super::Encoding::Utf16.byte(text, position)
            };
            (byte("start"), byte("end"), edit["newText"].as_str().unwrap().to_owned())
        })
        .collect();
    edits.sort();
    let mut text = text.to_owned();
    edits.iter().rev().for_each(|(start, end, new)| text.replace_range(start..end, new));
    text
}

#[test]
fn a_node_is_renamed_wherever_it_is_named() {
    let mut editor = Editor::new(json!(["utf-16"]));
    editor.open("main.yaml", MAIN);
    let place = editor.at("textDocument/prepareRename", "main.yaml", &bar("greet }"), json!({}));
    assert_eq!(place["placeholder"], "greet", "{place}");
    let found = editor.at("textDocument/rename", "main.yaml", &bar("greet }"), json!({ "newName": "hello" }));
    let changes = found["changes"].as_object().unwrap();
    assert_eq!(changes.len(), 3, "the flow, its texts and its talks: {found}");
    assert_eq!(edited(MAIN, &changes[&editor.uri("main.yaml")]), MAIN.replace("greet", "hello"));
    assert_eq!(edited(TALK, &changes[&editor.uri("main.talk.yaml")]), TALK.replace("greet", "hello"));
    assert_eq!(
        edited("texts: { greet.text: Hola }\n", &changes[&editor.uri("main.es-ES.yaml")]),
        "texts: { hello.text: Hola }\n"
    );
    // What is no node, or is taken, is refused with a reason.
    assert!(editor.at("textDocument/prepareRename", "main.yaml", &bar("Welcome"), json!({})).is_null());
    let params = editor.params("main.yaml", &bar("greet }"), json!({ "newName": "other" }));
    let refused = editor.response("textDocument/rename", params);
    assert!(serde_json::to_value(refused).unwrap()["error"]["message"].as_str().unwrap().contains("other"));
}

#[test]
fn a_document_is_brought_into_its_canonical_form() {
    let mut editor = Editor::new(json!(["utf-16"]));
    let text = MAIN.replace("id: shop/main", "id:   shop/main # here 😀");
    editor.open("main.yaml", &text);
    let params = json!({
        "textDocument": { "uri": editor.uri("main.yaml") }, "options": { "tabSize": 2, "insertSpaces": true }
    });
    let edits = editor.ask("textDocument/formatting", params.clone());
    let formatted = edited(&text, &edits);
    assert_eq!(formatted, offhook_flow_schemas::format::format("main.yaml", &text).unwrap());
    editor.change("main.yaml", &formatted);
    assert_eq!(editor.ask("textDocument/formatting", params), json!([]));
}

#[test]
fn what_is_no_flow_and_no_method_is_answered() {
    let mut editor = Editor::new(json!(null));
    let params = json!({ "textDocument": { "uri": "untitled:1" }, "position": { "line": 0, "character": 0 } });
    let response = serde_json::to_value(editor.response("textDocument/hover", params)).unwrap();
    assert!(response["error"]["message"].as_str().unwrap().contains("untitled:1"), "{response}");
    let response = serde_json::to_value(editor.response("textDocument/made-up", json!({}))).unwrap();
    assert_eq!(response["error"]["code"], -32601);
    assert!(Path::new(editor.folder.path()).is_dir());
}
