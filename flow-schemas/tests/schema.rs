//! The JSON Schema of the document: valid, in agreement with the reader, and one room for the definitions of all node types.

use offhook_flow_schemas::{read_flow, read_tree, schema};
use schema::NodeTypeSchema;
use serde_json::{Value, json};

fn kind(name: &str, params: Value) -> NodeTypeSchema {
    NodeTypeSchema { name: name.to_owned(), title: name.to_uppercase(), description: format!("A {name}."), params }
}

fn types() -> Vec<NodeTypeSchema> {
    let say = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": ["text"],
        "properties": { "text": { "$ref": "#/$defs/Text" } },
        "additionalProperties": false,
        "$defs": { "Text": { "type": "string" } },
    });
    let menu = json!({
        "type": "object",
        "required": ["text", "choices"],
        "properties": {
            "text": { "$ref": "#/$defs/Text" },
            "choices": { "type": "array", "items": { "$ref": "#/$defs/Choice" } },
            "inner": { "$ref": "#" },
        },
        "$defs": {
            "Text": { "type": ["string", "array"] },
            "Choice": { "type": "object", "required": ["id"], "properties": { "id": { "$ref": "#/$defs/Id" }, "next": { "type": "string" } } },
            "Id": { "type": "string", "default": { "$ref": "no reference" } },
        },
    });
    vec![kind("say", say), kind("menu", menu)]
}

fn verdict(text: &str) -> (bool, bool) {
    let schema = schema::flow_schema(&types());
    let validator = jsonschema::draft202012::new(&schema).expect("the schema compiles");
    let value = read_tree("x.yaml", text.as_bytes()).map(|tree| tree.to_value()).unwrap_or_default();
    (validator.is_valid(&value), !read_flow("x.yaml", text.as_bytes()).has_errors())
}

const HEAD: &str = "offhook: 1\nid: a/b\nkind: ivr\nstart: greet\n";
const NODES: &str = "nodes:\n  greet: { type: say, title: Greet, text: Hello, next: ask, exits: { error: end } }\n  ask: { type: menu, text: [a], choices: [{ id: x, next: end }] }\n";

#[test]
fn it_is_a_valid_schema() {
    let schema = schema::flow_schema(&types());
    let problems: Vec<String> =
        jsonschema::draft202012::meta::validator().iter_errors(&schema).map(|e| e.to_string()).collect();
    assert!(problems.is_empty(), "{problems:?}");
}

#[test]
fn definitions_of_types_do_not_clash() {
    let schema = schema::flow_schema(&types());
    assert_eq!(schema["$defs"]["type.say.Text"]["type"], "string");
    assert_eq!(schema["$defs"]["type.menu.Text"]["type"], json!(["string", "array"]));
    assert_eq!(schema["$defs"]["type.menu"]["properties"]["inner"]["$ref"], "#/$defs/type.menu");
    assert_eq!(schema["$defs"]["type.menu.Choice"]["properties"]["id"]["$ref"], "#/$defs/type.menu.Id");
    assert_eq!(schema["$defs"]["type.menu.Id"]["default"]["$ref"], "no reference");
    assert!(schema["$defs"]["type.say"].get("$defs").is_none());
    assert_eq!(schema["$defs"]["type.say"]["properties"]["type"]["description"], "A say.");
}

#[test]
fn the_schema_and_the_reader_agree() {
    let good = [
        "title: x\ndescription:\nchannels: [voice]\nlocales: [en-US]\nx-mine: 1\n",
        "vars: { a: 1, b: { type: int }, c: [1], d: , e: { default: 2 } }\ninputs:\n",
        "schemas: { P: { type: object } }\nvars: { p: { type: object, schema: { $ref: \"#/schemas/P\" } } }\nsecrets: [KEY]\n",
        "interrupts: { hangup: end, error: greet, phrases: [{ any: [a], next: end }], no_activity: { after: 1h30m, next: end }, inherit: false }\n",
    ];
    for part in good {
        assert_eq!(verdict(&format!("{HEAD}{part}{NODES}")), (true, true), "{part}");
    }
    let bad = [
        "titel: x\n",
        "channels: [phone]\n",
        "channels: [voice, voice]\n",
        "locales: [en_US]\n",
        "vars: { A: 1 }\n",
        "vars: { a: {} }\n",
        "vars: { a: { type: text } }\n",
        "secrets: [key]\n",
        "interrupts: { hangup: [a] }\n",
        "interrupts: { phrases: [{ any: [], next: end }] }\n",
        "interrupts: { no_activity: { after: 5, next: end } }\n",
        "interrupts: { inherit: yes }\n",
        "title: 5\n",
        "vars: { m: { type: money, default: 1, currency: e } }\n",
    ];
    for part in bad {
        assert_eq!(verdict(&format!("{HEAD}{part}{NODES}")), (false, false), "{part}");
    }
    let (schema, reader) = verdict(&HEAD.replace("ivr", "call").to_string());
    assert!(!schema && !reader);
}

#[test]
fn nodes_are_checked_by_their_type() {
    let cases = [
        ("greet: { type: say, text: Hello }", true),
        ("greet: { type: say }", false),
        ("greet: { type: say, text: Hello, txt: x }", false),
        ("greet: { type: say, text: [Hello] }", false),
        ("greet: { type: menu, text: [Hello], choices: [] }", true),
        ("greet: { type: menu, text: a, choices: [{}] }", false),
        ("greet: { type: sya, text: Hello }", false),
        ("greet: { text: Hello }", false),
        ("greet: { type: say, text: Hello, exits: { next: end } }", false),
        ("end: { type: say, text: Hello }", false),
    ];
    for (node, expected) in cases {
        assert_eq!(verdict(&format!("{HEAD}nodes:\n  {node}\n")).0, expected, "{node}");
    }
}
