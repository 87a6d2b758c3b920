//! Node types of a tenant's own: what may be wrong with a description, and what is told of nodes that use one.

use offhook_builtins::{catalog, custom};
use offhook_runtime::flow_schemas::{Diagnostic, read_flow, schema};
use offhook_runtime::{Catalog, FlowSource, Limits, compile};
use serde_json::{Value as Json, json};
use std::sync::Arc;

fn description() -> Json {
    json!({
        "node": 1, "type": "x-find", "title": "Find", "request": { "url": "https://crm.example/find" },
        "params": {
            "type": "object", "required": ["phone"],
            "properties": {
                "phone": { "type": "string", "pattern": "^[0-9]+$" }, "tries": { "type": "integer", "default": 3 },
                "address": { "type": "object", "properties": { "zip": { "type": "integer" } }, "additionalProperties": false },
            },
        },
    })
}

fn read(description: &Json) -> Result<Catalog, Vec<Diagnostic>> {
    let (own, found) = custom::read("find.node.yaml", description.to_string().as_bytes());
    own.map(|own| catalog().with([Arc::new(own)])).ok_or(found)
}

#[test]
fn every_mistake_of_a_description_is_told_at_its_place() {
    let rows: Vec<(&str, &str, Json)> = vec![
        ("/type", "type: `find` is no name", json!("find")),
        ("/type", "type: `x-Find` is no name", json!("x-Find")),
        ("/node", "node: ", json!(2)),
        ("/titel", ": ", json!("a")),
        ("/params", "params: the parameters are an object", json!({})),
        ("/params", "params: this is no JSON Schema", json!({ "type": "object", "minProperties": "a" })),
        ("/params/properties/next", "params.properties.next: no parameter can be called", json!({})),
        ("/params/properties/save", "params.properties.save: no parameter can be called", json!({})),
        ("/exits", "exits.0: `error` cannot be an exit", json!(["error"])),
        ("/exits", "exits.1: `a` cannot be an exit", json!(["a", "a"])),
        ("/channels", "channels.0: there is no channel", json!(["fax"])),
        ("/kinds", "kinds.0: there is no kind", json!(["poem"])),
        ("/result", "result: this is no JSON Schema", json!({ "type": "nothing" })),
        ("/request/url", "request.url: the address begins with", json!("crm.example")),
        ("/request/url", "request.url: only `{{ secrets.NAME }}`", json!("https://crm.example/{{ inputs.x }}")),
        ("/request/url", "request.url: `KEY` is not under `secrets`", json!("https://crm.example/{{ secrets.KEY }}")),
        ("/request/headers", "request.headers.a: `KEY` is not", json!({ "a": "{{secrets.KEY}}" })),
        ("/request/timeout", "request.timeout: no service", json!("0s")),
        ("/retry", "retry.attempts: ", json!({ "attempts": 11 })),
        ("/template", "template.fone: there is no parameter", json!({ "fone": "1" })),
    ];
    let mut wrong = Vec::new();
    for (pointer, expected, value) in rows {
        let mut description = description();
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        description.pointer_mut(parent).expect("it is there")[key] = value.clone();
        let told: Vec<String> = match read(&description) {
            Ok(_) => Vec::new(),
            Err(found) => found
                .iter()
                .map(|one| format!("{}: {}", one.field.as_deref().unwrap_or_default(), one.message))
                .collect(),
        };
        if !told.iter().any(|one| one.starts_with(expected)) {
            wrong.push(format!("{pointer} {value}\n  expected {expected}\n  told     {told:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(read(&description()).is_ok());
}

#[test]
fn parameters_are_held_against_the_schema_and_what_is_worked_out_later_is_not() {
    let catalog = read(&description()).unwrap_or_else(|found| panic!("{found:?}"));
    let told = |node: Json| -> Vec<String> {
        let flow = json!({
            "offhook": 1, "id": "t", "kind": "ivr", "vars": { "x": 1 }, "start": "it", "nodes": { "it": node },
        });
        let document = Arc::new(read_flow("t.json", flow.to_string().as_bytes()).document.expect("the flow reads"));
        let sources = [FlowSource { document, texts: Vec::new(), version: 1 }];
        let found = compile(&sources, &catalog, &Limits::default()).diagnostics;
        let errors = found.iter().filter(|one| one.is_error());
        errors.map(|one| format!("{} {}", one.code, one.field.as_deref().unwrap_or_default())).collect()
    };
    let node = |mut params: Json| {
        params["type"] = "x-find".into();
        params["next"] = "end".into();
        params
    };
    assert_eq!(told(node(json!({ "phone": "112" }))), [""; 0]);
    assert_eq!(told(node(json!({ "phone": "= x", "tries": "= x", "address": { "zip": "{{ x }}" } }))), [""; 0]);
    assert_eq!(told(node(json!({}))), ["OH0402 "]);
    assert_eq!(told(node(json!({ "phone": "a" }))), ["OH0404 phone"]);
    assert_eq!(told(node(json!({ "phone": "1", "tries": "2" }))), ["OH0404 tries"]);
    assert_eq!(told(node(json!({ "phone": "1", "fone": "2" }))), ["OH0403 fone"]);
    assert_eq!(told(node(json!({ "phone": "1", "address": { "zip": "a" } }))), ["OH0404 address.zip"]);
    assert_eq!(told(node(json!({ "phone": "= y" }))), ["OH0407 phone"]);
    assert_eq!(told(node(json!({ "phone": "1", "save": "y" }))), ["OH0407 save"]);
}

#[test]
fn an_own_type_stands_in_the_schema_of_flows_and_hides_no_other() {
    let catalog = read(&description()).unwrap_or_else(|found| panic!("{found:?}"));
    let whole = schema::flow_schema(&catalog.schemas());
    let validator = jsonschema::draft202012::new(&whole).expect("it is a schema");
    let flow = |tries: Json| {
        json!({ "offhook": 1, "id": "t", "kind": "ivr", "start": "it",
            "nodes": { "it": { "type": "x-find", "phone": "112", "tries": tries, "next": "end" } } })
    };
    assert!(validator.is_valid(&flow(json!(1))) && validator.is_valid(&flow(json!("= 1 + 1"))));
    assert!(!validator.is_valid(&flow(json!("many"))));
    let own = catalog.get("x-find").expect("it is there");
    assert_eq!((own.meta.family.as_str(), own.meta.icon.as_str()), ("extend", "puzzle"));
    // A name that is taken stays what it was.
    let mut again = description();
    again["title"] = "Other".into();
    let (other, _) = custom::read("other.node.yaml", again.to_string().as_bytes());
    let more = catalog.with([Arc::new(other.expect("it is sound"))]);
    assert_eq!(more.get("x-find").expect("it is there").meta.title, "Find");
    assert_eq!(more.types().len(), catalog.types().len());
}
