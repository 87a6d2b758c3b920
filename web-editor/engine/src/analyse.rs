//! What a flow says, as the editor draws it, and everything that is wrong with it, each mistake with its place and what can be done.

use crate::room::{Read, Room, text_of};
use crate::units::Units;
use indexmap::IndexMap;
use offhook_flow_schemas::edit::Files;
use offhook_flow_schemas::fixes::{Change, fixes};
use offhook_flow_schemas::graph::{edges, interrupt_edges};
use offhook_flow_schemas::{Diagnostic, Document, NodeFacts, escape_pointer, read_flow, read_layout, read_tree};
use offhook_runtime::{FlowSource, Limits, compile};
use serde_json::{Map, Value, json};

/// The node types, in the order of the palette.
pub(crate) fn catalog(room: &Room) -> Value {
    let one = |kind: &std::sync::Arc<offhook_runtime::NodeType>| {
        let page = read_tree("page.yaml", kind.page.as_bytes()).ok().map(|tree| tree.to_value());
        let template = page.and_then(|page| page.get("template").cloned()).unwrap_or(json!({}));
        let exits = exits_of_template(room, kind, &template);
        json!({ "meta": kind.meta, "docs": kind.docs, "schema": kind.schema, "template": template, "exits": exits })
    };
    Value::Array(room.catalog.types().iter().map(one).collect())
}

/// The exits of a node that is just its template, so that the editor knows by which one a new node goes on.
fn exits_of_template(room: &Room, kind: &offhook_runtime::NodeType, template: &Value) -> Vec<String> {
    let mut node = template.clone();
    node["type"] = json!(kind.meta.name);
    let flow_kind = kind.meta.kinds.first().map_or("ivr", |kind| kind.as_str());
    let flow = json!({ "offhook": 1, "id": "t", "kind": flow_kind, "start": "n", "nodes": { "n": node } });
    let Some(document) = read_flow("t.json", flow.to_string().as_bytes()).document else { return Vec::new() };
    let source = FlowSource { document: document.into(), texts: Vec::new(), version: 0 };
    let compiled = compile(&[source], &room.catalog, &Limits::default());
    let facts = compiled.facts("t").and_then(|facts| facts.get("n"));
    facts.into_iter().flat_map(|facts| &facts.exits).map(|exit| exit.name.clone()).collect()
}

pub(crate) fn analyse(room: &mut Room, files: &Files) -> Value {
    let read = room.read(files);
    let mut diagnostics = read.diagnostics.clone();
    let mut pins = IndexMap::new();
    if let Some(file) = &files.layout {
        let mut found = read_layout(&file.name, file.text.as_bytes());
        diagnostics.append(&mut found.diagnostics);
        if let Some(document) = &read.document {
            diagnostics.append(&mut found.check(document));
        }
        pins = found.layout.map(|layout| layout.nodes).unwrap_or_default();
    }
    let flow = read.document.as_ref().map(|document| flow(document, &read, &files.flow.text));
    let flows: Vec<Value> = room.titles().into_iter().map(|(id, title)| json!({ "id": id, "title": title })).collect();
    json!({
        "flow": flow,
        "pins": pins,
        "flows": flows,
        "runs": read.program().is_ok(),
        "diagnostics": diagnostics.iter().map(|found| told(&read, files, found)).collect::<Vec<_>>(),
        "mocks": mocks(files),
    })
}

fn flow(document: &Document, read: &Read, text: &str) -> Value {
    let flow = &document.flow;
    let facts = read.compiled.facts(&flow.id);
    let value = document.tree.to_value();
    let mut units = Units::new(text);
    let nodes: Vec<Value> = flow
        .nodes
        .iter()
        .map(|(id, node)| {
            let pointer = format!("/nodes/{}", escape_pointer(id));
            let key = document.tree.key_span(&pointer).unwrap_or_default();
            let span = document.tree.span(&pointer).unwrap_or(key);
            let own = facts.and_then(|facts| facts.get(id));
            json!({
                "id": id,
                "type": node.kind,
                "title": node.title,
                "value": value.get("nodes").and_then(|nodes| nodes.get(id)),
                "exits": exits(node, own),
                "waits": own.is_some_and(|facts| facts.waits),
                "terminal": own.is_some_and(|facts| facts.terminal),
                "from": units.of(key.start as usize),
                "to": units.of(span.end.max(key.end) as usize),
            })
        })
        .collect();
    let mut head = value;
    if let Some(head) = head.as_object_mut() {
        head.remove("nodes");
    }
    let ways: Vec<Value> =
        interrupt_edges(flow).into_iter().map(|(name, target)| json!({ "name": name, "target": target })).collect();
    let fields = read.compiled.texts(&flow.id).unwrap_or_default();
    let texts: Vec<Value> =
        fields.iter().map(|field| json!({ "key": field.address, "pointer": field.pointer })).collect();
    json!({
        "id": flow.id, "title": flow.title, "kind": flow.kind, "channels": flow.channels, "locales": flow.locales,
        "start": flow.start, "head": head, "interrupts": ways, "nodes": nodes,
        "texts": texts,
        "variables": flow.vars.keys().collect::<Vec<_>>(), "inputs": flow.inputs,
    })
}

/// Every exit; one that is written although the node type knows none of the name comes last, so that it can be seen and mended.
fn exits(node: &offhook_flow_schemas::NodeDoc, facts: Option<&NodeFacts>) -> Vec<Value> {
    let known = facts.map(|facts| facts.exits.as_slice()).unwrap_or_default();
    let mut found: Vec<Value> = known.iter().map(|exit| json!(exit)).collect();
    for (name, target) in edges(node, facts) {
        if !known.iter().any(|exit| exit.name == name) {
            found.push(json!({ "name": name, "target": target, "pointer": null, "falls": false }));
        }
    }
    found
}

fn told(read: &Read, files: &Files, diagnostic: &Diagnostic) -> Value {
    let mut value = json!(diagnostic);
    let text = text_of(files, &diagnostic.file);
    let mut units = Units::new(text);
    if diagnostic.line > 0 {
        let source = offhook_flow_schemas::Source::new(diagnostic.file.as_str(), text);
        value["from"] = json!(units.at(&source, diagnostic.line, diagnostic.column));
        value["to"] = json!(units.at(&source, diagnostic.end_line, diagnostic.end_column));
    }
    let offered = read.document.as_ref().map(|document| fixes(&document.tree, diagnostic)).unwrap_or_default();
    let mut list = Vec::new();
    for fix in offered {
        list.push(match fix.change {
            Change::Text(edits) => json!({ "title": fix.title, "text": Units::new(text).edits(&edits) }),
            Change::Edits(edits) => json!({ "title": fix.title, "edits": edits }),
        });
    }
    value["fixes"] = json!(list);
    value
}

/// Answers for services that the talks beside the flow already have, by node: the first of each.
fn mocks(files: &Files) -> Value {
    let mut found = Map::new();
    for file in &files.talks {
        let Ok(tree) = read_tree(&file.name, file.text.as_bytes()) else { continue };
        let value = tree.to_value();
        let talks = match value.get("talks") {
            Some(Value::Array(talks)) => talks.clone(),
            _ => vec![value],
        };
        let all = talks.iter().filter_map(|talk| talk.get("mocks")?.as_object());
        for (node, mock) in all.flatten() {
            found.entry(node.clone()).or_insert_with(|| mock.clone());
        }
    }
    Value::Object(found)
}
