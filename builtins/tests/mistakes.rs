//! The mistakes that only a node type can see: each is told at its place, and nothing is told of what is right.

use offhook_builtins::catalog;
use offhook_runtime::flow_schemas::{Code, Diagnostic, read_flow};
use offhook_runtime::{FlowSource, Limits, compile};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// What compiling a flow with this node says about its parameters, as `field: message`.
fn told(node: &Json) -> Vec<String> {
    diagnostics(node)
        .iter()
        .filter(|one| ["OH0402", "OH0403", "OH0404"].contains(&one.code.to_string().as_str()))
        .map(|one| format!("{}: {}", one.field.as_deref().unwrap_or_default(), one.message))
        .collect()
}

fn diagnostics(node: &Json) -> Vec<Diagnostic> {
    let flow = json!({
        "offhook": 1, "id": "t", "kind": "ivr", "vars": { "x": { "type": "any" } }, "start": "it",
        "nodes": { "it": node, "other": { "type": "end" } },
    });
    let read = read_flow("t.json", flow.to_string().as_bytes());
    let document = Arc::new(read.document.expect("the flow reads"));
    let sources = [FlowSource { document, texts: Vec::new(), version: 1 }];
    compile(&sources, &catalog(), &Limits::default()).diagnostics
}

#[test]
fn a_variable_that_nobody_declared_is_told_where_it_is_filled() {
    for node in [
        json!({ "type": "set", "values": { "x": 1, "nope.name": 2 } }),
        json!({ "type": "contact", "read": { "nope": "name" } }),
        json!({ "type": "ask", "text": "?", "save": "nope" }),
    ] {
        let found = diagnostics(&node);
        let unknown: Vec<_> = found.iter().filter(|one| one.code.to_string() == "OH0407").collect();
        assert_eq!(unknown.len(), 1, "{node}: {found:?}");
        assert_eq!(unknown[0].message, "the flow declares no variable `nope`");
    }
}

#[test]
fn every_mistake_is_told_at_its_place() {
    let rows: Vec<(&str, Json)> = vec![
        (": one of `text`, `ssml`, `audio`, `video` is missing", json!({ "type": "say" })),
        (": only one of `text`", json!({ "type": "say", "text": "a", "audio": "b.wav" })),
        ("txt: a `say` node has no `txt`", json!({ "type": "say", "txt": "a" })),
        ("txt: a `ask` node has no `txt`", json!({ "type": "ask", "text": "a", "txt": "a" })),
        (
            "keys.min: at least 5 keys and at most 4",
            json!({ "type": "ask", "text": "?", "keys": { "min": 5, "max": 4 } }),
        ),
        ("keys.cancel: the key that discards", json!({ "type": "ask", "text": "?", "keys": { "cancel": "#" } })),
        (
            "keys.cancel: `*` is the decimal point",
            json!({ "type": "ask", "text": "?", "expects": "money", "keys": { "cancel": "*" } }),
        ),
        (
            "keys: keys cannot make an answer of type `email`",
            json!({ "type": "ask", "text": "?", "expects": "email", "keys": {} }),
        ),
        (
            "validate.pattern: `(a` is not a regular expression",
            json!({ "type": "ask", "text": "?", "validate": { "pattern": "(a" } }),
        ),
        (
            "validate.pattern: `(a{9}){9}{9}{9}{9}{9}` is not",
            json!({ "type": "ask", "text": "?", "validate": { "pattern": "(a{9}){9}{9}{9}{9}{9}" } }),
        ),
        ("validate.min: `min` compares numbers", json!({ "type": "ask", "text": "?", "validate": { "min": 1 } })),
        (
            "validate.min: no number",
            json!({ "type": "ask", "text": "?", "expects": "int", "validate": { "min": 2, "max": 1 } }),
        ),
        (
            "validate.max_length: `max_length` counts",
            json!({ "type": "ask", "text": "?", "expects": "int", "validate": { "max_length": 1 } }),
        ),
        (
            "validate.min_length: no answer",
            json!({ "type": "ask", "text": "?", "validate": { "min_length": 3, "max_length": 2 } }),
        ),
        (
            "timezone: there is no time zone `Mars`",
            json!({ "type": "ask", "text": "?", "expects": "datetime", "timezone": "Mars" }),
        ),
        ("choices: a menu needs a choice", json!({ "type": "menu", "text": "?", "choices": [] })),
        (
            "choices.1.id: two choices have the id `a`",
            json!({ "type": "menu", "text": "?", "choices": [{ "id": "a" }, { "id": "a" }] }),
        ),
        (
            "choices.1.keys: two choices have the keys `1`",
            json!({ "type": "menu", "text": "?", "choices": [{ "id": "a", "keys": "1" }, { "id": "b", "keys": "1" }] }),
        ),
        (
            "choices.0.id: `no_match` is the name of another exit",
            json!({ "type": "menu", "text": "?", "choices": [{ "id": "no_match" }] }),
        ),
        (
            "choices.0.keys: telephone keys are",
            json!({ "type": "menu", "text": "?", "choices": [{ "id": "a", "keys": "x" }] }),
        ),
        ("choices.0.id: `a b` is not a name", json!({ "type": "menu", "text": "?", "choices": [{ "id": "a b" }] })),
        (
            "retries: a question is asked again 20 times",
            json!({ "type": "menu", "text": "?", "choices": [{ "id": "a" }], "retries": 21 }),
        ),
        (
            "confirm.retries: a question is asked again",
            json!({ "type": "ask", "text": "?", "confirm": { "retries": 99 } }),
        ),
        ("keys.terminator: at most 1 key", json!({ "type": "listen", "keys": { "terminator": "##" } })),
        ("keys.max: an answer has 1 to 64 keys", json!({ "type": "listen", "keys": { "max": 65 } })),
        ("keys.min: an answer has 64 keys at most", json!({ "type": "listen", "keys": { "min": 65 } })),
        ("terminators: telephone keys are", json!({ "type": "record", "terminators": "x" })),
        ("limit: a loop goes through", json!({ "type": "each", "in": [], "as": "x", "do": "it", "limit": 0 })),
        ("exit: `error` is the name of another exit", json!({ "type": "return", "exit": "error" })),
        ("min: the shortest message", json!({ "type": "record", "min": "3s", "max": "2s" })),
        ("cases: a branch needs a case", json!({ "type": "branch", "cases": [] })),
        ("cases.0: a case needs `next`", json!({ "type": "branch", "cases": [{ "when": "true" }] })),
        (
            "cases.1.id: two cases share the exit `a`",
            json!({ "type": "branch", "cases": [{ "when": "true", "id": "a", "next": "other" }, { "when": "true", "id": "a", "next": "end" }] }),
        ),
        (
            "cases.0.id: `else` is the name of another exit",
            json!({ "type": "branch", "cases": [{ "when": "true", "id": "else", "next": "other" }] }),
        ),
        (": `for`, `until` or `event` is missing", json!({ "type": "wait" })),
        ("until: only one of `for` and `until`", json!({ "type": "wait", "for": "1s", "until": "09:00" })),
        ("until: with an `event`", json!({ "type": "wait", "event": "a", "until": "09:00" })),
        ("event: the event has no name", json!({ "type": "wait", "event": [] })),
        ("where: only an `event`", json!({ "type": "wait", "for": "1s", "where": "true" })),
        ("save: only an `event`", json!({ "type": "wait", "for": "1s", "save": "x" })),
        ("ways: a split needs a way", json!({ "type": "split", "ways": [] })),
        ("ways: nobody can go a way", json!({ "type": "split", "ways": [{ "id": "a", "weight": 0 }] })),
        ("ways.1.id: two ways have the id `a`", json!({ "type": "split", "ways": [{ "id": "a" }, { "id": "a" }] })),
        ("ways.0.id: `next` is the name of another exit", json!({ "type": "split", "ways": [{ "id": "next" }] })),
        (
            "branches: a `parallel` has 2 to 16",
            json!({ "type": "parallel", "branches": [{ "id": "a", "do": "other" }] }),
        ),
        (
            "branches.1.id: two branches have the id `a`",
            json!({ "type": "parallel", "branches": [{ "id": "a", "do": "other" }, { "id": "a", "do": "other" }] }),
        ),
        (
            "branches.0.id: `timeout` is the name of another exit",
            json!({ "type": "parallel", "branches": [{ "id": "timeout", "do": "other" }, { "id": "a", "do": "other" }] }),
        ),
        ("slots: a form has 1 to 50 slots", json!({ "type": "form", "slots": [] })),
        (
            "slots.1.id: two slots have the id `a`",
            json!({ "type": "form", "slots": [{ "id": "a", "text": "?" }, { "id": "a", "text": "?" }] }),
        ),
        (
            "slots.0.choices.1.keys: two choices have the keys `1`",
            json!({ "type": "form", "slots": [{ "id": "a", "text": "?", "choices": [{ "id": "x", "keys": "1" }, { "id": "y", "keys": "1" }] }] }),
        ),
        (
            "slots.0.expects: the choices are the type",
            json!({ "type": "form", "slots": [{ "id": "a", "text": "?", "expects": "int", "choices": [{ "id": "x" }] }] }),
        ),
        (
            "slots.0.keys: keys cannot make an answer of type `email`",
            json!({ "type": "form", "slots": [{ "id": "a", "text": "?", "expects": "email", "keys": {} }] }),
        ),
        (
            "slots.0.validate.min: `min` compares numbers",
            json!({ "type": "form", "slots": [{ "id": "a", "text": "?", "validate": { "min": 1 } }] }),
        ),
        (
            "slots.0.retries: a question is asked again 20 times",
            json!({ "type": "form", "slots": [{ "id": "a", "text": "?", "retries": 21 }] }),
        ),
        (": one of `card`, `carousel`", json!({ "type": "show", "text": "a" })),
        (": buttons alone need a `text`", json!({ "type": "show", "buttons": [{ "id": "a", "next": "other" }] })),
        (
            ": only one of `card`, `carousel`",
            json!({ "type": "show", "card": { "title": "a" }, "image": { "url": "a.png", "alt": "a" } }),
        ),
        (
            "carousel: a carousel has 10 cards at most",
            json!({ "type": "show", "carousel": vec![json!({ "title": "a" }); 11] }),
        ),
        (
            "card.buttons.0: a button needs an `id`",
            json!({ "type": "show", "card": { "title": "a", "buttons": [{ "label": "a" }] } }),
        ),
        (
            "buttons.0: a link is no answer",
            json!({ "type": "show", "text": "a", "buttons": [{ "label": "a", "url": "https://a.example", "keys": "1" }] }),
        ),
        (
            "buttons.0: a link needs a `label`",
            json!({ "type": "show", "text": "a", "buttons": [{ "url": "https://a.example" }] }),
        ),
        (
            "buttons.0.id: two choices have the id `a`",
            json!({ "type": "show", "card": { "title": "a", "buttons": [{ "id": "a" }] }, "buttons": [{ "id": "a" }] }),
        ),
        ("save: only a button with an `id`", json!({ "type": "show", "card": { "title": "a" }, "save": "x" })),
        ("reason: `Not One Word` is not one word", json!({ "type": "end", "reason": "Not One Word" })),
        ("reason: `` is not one word", json!({ "type": "hangup", "reason": "" })),
        ("request: the address is missing", json!({ "type": "http", "request": {} })),
        (
            "request: a request has one method",
            json!({ "type": "http", "request": { "get": "https://a.example", "put": "https://a.example" } }),
        ),
        (
            "request: only one of `json`, `form`, `body`",
            json!({ "type": "http", "request": { "post": "https://a.example", "json": 1, "body": "a" } }),
        ),
        (
            "request.timeout: no service answers in no time",
            json!({ "type": "http", "request": { "get": "https://a.example", "timeout": "0s" } }),
        ),
        (
            "retry.attempts: the attempts are 1 to 10",
            json!({ "type": "http", "request": { "get": "https://a.example" }, "retry": { "attempts": 11 } }),
        ),
        (
            "expect.schema: this is no JSON Schema",
            json!({ "type": "http", "request": { "get": "https://a.example" }, "expect": { "schema": { "type": "nothing" } } }),
        ),
        (": nothing is read or written", json!({ "type": "contact" })),
        (
            "sql: SQL is no template",
            json!({ "type": "query", "source": "a", "sql": "SELECT * FROM t WHERE name = '{{ x }}'" }),
        ),
        ("sql: one statement only", json!({ "type": "query", "source": "a", "sql": "SELECT 1; DELETE FROM t" })),
        ("sql: a statement begins with one of", json!({ "type": "query", "source": "a", "sql": "DROP TABLE t" })),
        ("sql: `:b` has no value", json!({ "type": "query", "source": "a", "sql": "SELECT :b" })),
        (
            "params.b: the statement has no `:b`",
            json!({ "type": "query", "source": "a", "sql": "SELECT ':b'", "params": { "b": 1 } }),
        ),
        ("limit: the rows are 1 to 1000", json!({ "type": "query", "source": "a", "sql": "SELECT 1", "limit": 0 })),
        (
            "source: `{{ x }}` cannot be the name of a source",
            json!({ "type": "query", "source": "{{ x }}", "sql": "SELECT 1" }),
        ),
        (": nothing is looked for", json!({ "type": "table", "table": "a" })),
        ("table: `A` cannot be the name of a table", json!({ "type": "table", "table": "A", "where": { "b": 1 } })),
        (
            "longest_prefix: only one column",
            json!({ "type": "table", "table": "a", "longest_prefix": { "b": "1", "c": "2" } }),
        ),
        ("limit: the rows are 1 to 1000", json!({ "type": "table", "table": "a", "where": { "b": 1 }, "limit": 1001 })),
        (": the message has no text", json!({ "type": "message", "channel": "sms", "to": "+1" })),
        (
            "timeout: no service answers in no time",
            json!({ "type": "message", "channel": "sms", "to": "+1", "text": "a", "timeout": "0s" }),
        ),
        (
            "retry.attempts: the attempts are 1 to 10",
            json!({ "type": "contact", "write": { "a": 1 }, "retry": { "attempts": 0 } }),
        ),
        (
            "open.monday: `monday` is neither a day",
            json!({ "type": "hours", "timezone": "UTC", "open": { "monday": [] } }),
        ),
        (
            "open.mon.0: `9-17` is not from one time to another",
            json!({ "type": "hours", "timezone": "UTC", "open": { "mon": ["9-17"] } }),
        ),
        (
            "holidays.0: `2026-13-01` is not a date",
            json!({ "type": "hours", "timezone": "UTC", "open": {}, "holidays": ["2026-13-01"] }),
        ),
        (
            "holidays.0.to: the last day is before the first",
            json!({ "type": "hours", "timezone": "UTC", "open": {}, "holidays": [{ "from": "2026-12-02", "to": "2026-12-01" }] }),
        ),
        ("timezone: there is no time zone", json!({ "type": "hours", "timezone": "CET/Madrid", "open": {} })),
        (": `to`, `number` or `flow` is missing", json!({ "type": "transfer" })),
        (": only one of `to`, `number` and `flow`", json!({ "type": "transfer", "to": "+1", "flow": "t" })),
        (": only one of `to`, `number` and `flow`", json!({ "type": "transfer", "to": "+1", "number": "desk" })),
        ("number: `+1` cannot be the name of a number", json!({ "type": "transfer", "number": "+1" })),
        ("inputs: only a flow takes inputs", json!({ "type": "transfer", "to": "+1", "inputs": { "a": 1 } })),
    ];
    let mut wrong = Vec::new();
    for (expected, node) in rows {
        let told = told(&node);
        if told.len() != 1 || !told[0].starts_with(expected) {
            wrong.push(format!("{node}\n  expected {expected}\n  told     {told:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What compiling these nodes says about branches, as `code field: message`.
fn of_branches(nodes: &Json) -> Vec<String> {
    let flow = json!({ "offhook": 1, "id": "t", "kind": "ivr", "start": "both", "nodes": nodes });
    let called = json!({
        "offhook": 1, "id": "asker", "kind": "library", "start": "a",
        "nodes": { "a": { "type": "call", "flow": "deeper", "next": "return" } },
    });
    let deeper = json!({
        "offhook": 1, "id": "deeper", "kind": "library", "start": "a",
        "nodes": { "a": { "type": "say", "text": "Hello", "next": "return" } },
    });
    let sources = [flow, called, deeper].map(|flow| {
        let read = read_flow("t.json", flow.to_string().as_bytes());
        FlowSource { document: Arc::new(read.document.expect("the flow reads")), texts: Vec::new(), version: 1 }
    });
    let found = compile(&sources, &catalog(), &Limits::default()).diagnostics;
    let about = |one: &&Diagnostic| ["OH0440", "OH0441", "OH0442"].contains(&one.code.to_string().as_str());
    let line = |one: &Diagnostic| {
        let field = [one.node.as_deref(), one.field.as_deref()].map(Option::unwrap_or_default).join(".");
        format!("{} {field}: {}", one.code, one.message)
    };
    found.iter().filter(about).map(line).collect()
}

#[test]
fn branches_are_held_to_one_conversation_and_one_end() {
    let both = |branches: [&str; 2]| {
        let [one, two] = branches;
        json!({ "type": "parallel", "branches": [{ "id": "one", "do": one }, { "id": "two", "do": two }], "next": "end" })
    };
    let wait = json!({ "type": "wait", "for": "1s", "next": "both" });
    let say = json!({ "type": "say", "text": "Hello", "next": "wait" });
    let rows = [
        (json!({ "both": both(["wait", "say"]), "wait": wait, "say": say }), None),
        (json!({ "both": both(["wait", "wait"]), "wait": wait }), None),
        (
            json!({ "both": both(["say", "ask"]), "wait": wait, "say": say,
                "ask": { "type": "listen", "next": "both" } }),
            Some("OH0440 both.branches.1.do: the branches `one` (at `say`) and `two` (at `ask`) both talk"),
        ),
        (
            json!({ "both": both(["say", "call"]), "wait": wait, "say": say,
                "call": { "type": "call", "flow": "asker", "next": "both" } }),
            Some("OH0440 both.branches.1.do: the branches `one` (at `say`) and `two` (at `call`) both talk"),
        ),
        (
            json!({ "both": both(["wait", "jump"]), "wait": wait, "jump": { "type": "jump", "flow": "asker" } }),
            Some("OH0441 jump.type: `jump` leaves the flow within the branch `two`"),
        ),
        (
            json!({ "both": both(["wait", "on"]), "wait": wait, "on": { "type": "wait", "for": "1s", "next": "on" } }),
            Some("OH0442 both.branches.1.do: the branch `two` never leads back to `both`"),
        ),
    ];
    for (nodes, expected) in rows {
        let found = of_branches(&nodes);
        match expected {
            None => assert_eq!(found, Vec::<String>::new(), "{nodes}"),
            Some(expected) => {
                assert!(found.len() == 1 && found[0].starts_with(expected), "{nodes}: {found:?}");
            }
        }
    }
}

/// A flow that routes has nobody to ask.
#[test]
fn a_question_does_not_belong_in_a_flow_that_routes() {
    for kind in ["ask", "menu", "listen", "record"] {
        let node = match kind {
            "menu" => json!({ "type": kind, "text": "?", "choices": [{ "id": "a", "next": "end" }] }),
            _ => json!({ "type": kind, "text": "?" }),
        };
        for (flow, expected) in [("routing", true), ("ivr", false), ("chatbot", false), ("outbound", false)] {
            let flow = json!({ "offhook": 1, "id": "t", "kind": flow, "start": "it", "nodes": { "it": node } });
            let read = read_flow("t.json", flow.to_string().as_bytes());
            let document = Arc::new(read.document.expect("the flow reads"));
            let sources = [FlowSource { document, texts: Vec::new(), version: 1 }];
            let found = compile(&sources, &catalog(), &Limits::default()).diagnostics;
            assert_eq!(found.iter().any(|one| one.code == Code::WRONG_KIND), expected, "{flow}");
        }
    }
}

/// What the schema says of a parameter counts also where the node can read it, and an exit is wired once.
#[test]
fn ranges_and_doubled_wires_are_told() {
    let rows = [
        ("OH0404", json!({ "type": "menu", "text": "?", "choices": [{ "id": "a" }], "keys": { "terminator": "##" } })),
        ("OH0404", json!({ "type": "ask", "text": "?", "validate": { "max_length": 0 } })),
        ("OH0404", json!({ "type": "end", "reason": "a".repeat(65) })),
        (
            "OH0303",
            json!({ "type": "menu", "text": "?", "choices": [{ "id": "a", "next": "end" }], "exits": { "a": "other" } }),
        ),
    ];
    for (code, node) in rows {
        let hits: Vec<String> = diagnostics(&node)
            .iter()
            .filter(|one| one.code.to_string() == code && one.is_error())
            .map(|one| one.message.clone())
            .collect();
        assert_eq!(hits.len(), 1, "{code} for {node}: {hits:?}");
    }
}

/// A secret outside of a request is a leak, whichever way it is written.
#[test]
fn a_secret_is_refused_wherever_people_or_journals_would_see_it() {
    for node in [
        json!({ "type": "say", "text": "{{ secrets.KEY }}" }),
        json!({ "type": "set", "values": { "x": "= secrets.KEY" } }),
        json!({ "type": "script", "script": "let y = secrets; x = y.KEY;" }),
        json!({ "type": "emit", "event": "e", "data": { "key": "{{ secrets.KEY }}" } }),
    ] {
        let found = diagnostics(&node);
        assert!(found.iter().any(|one| one.code == Code::SECRET_LEAK), "{node}: {found:?}");
    }
}
