//! Pasting: nodes come as YAML from the clipboard, of this flow, another one or a colleague's mail.

use crate::change::told;
use crate::limits::PASTED;
use crate::room::{Room, text_of};
use crate::units::changes;
use offhook_flow_schemas::edit::{Edit, Editor, Files};
use offhook_flow_schemas::{is_built_in_end, read_tree};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Adds the nodes after another. An id that is taken gets a number; what led from one of them to another still does; what led to a node
/// that this flow has no node for stays written, so that the check tells it.
pub(crate) fn paste(room: &mut Room, files: &Files, text: &str, after: Option<&str>) -> Result<Value, String> {
    let nodes = pasted(text)?;
    if nodes.is_empty() {
        return Err("the clipboard holds no nodes".to_owned());
    }
    if nodes.len() > PASTED {
        return Err(format!("more than {PASTED} nodes are not pasted at once"));
    }
    let read = room.read(files);
    let document = read.document.as_ref().ok_or("the flow cannot be read")?;
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for (id, _) in &nodes {
        let taken = |name: &str| {
            document.flow.nodes.contains_key(name) || names.values().any(|used| used == name) || is_built_in_end(name)
        };
        let free = if taken(id) { (2..).map(|n| format!("{id}-{n}")).find(|name| !taken(name)) } else { None };
        names.insert(id.clone(), free.unwrap_or_else(|| id.clone()));
    }
    let mut editor = Editor::open(files, &read.knowledge).map_err(told)?;
    let mut after = after.map(str::to_owned);
    let mut added = Vec::new();
    for (id, node) in nodes {
        let kind = node.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let targets = read.knowledge.targets.get(&kind).cloned().unwrap_or_default();
        let patterns = targets.iter().map(String::as_str).chain(["/next", "/exits/*"]);
        let mut node = node;
        for pattern in patterns {
            let steps: Vec<&str> = pattern.split('/').skip(1).collect();
            rename(&mut node, &steps, &names);
        }
        let name = names[&id].clone();
        let edit = Edit::AddNode { id: name.clone(), node, after: after.take() };
        editor.edit(&edit).map_err(told)?;
        after = Some(name.clone());
        added.push(name);
    }
    Ok(json!({ "changes": changes(&editor.changes(), |name| text_of(files, name)), "added": added }))
}

/// The nodes in a piece of YAML: a map of nodes, perhaps below `nodes`, perhaps indented.
fn pasted(text: &str) -> Result<Map<String, Value>, String> {
    let least = text.lines().filter(|line| !line.trim().is_empty()).map(|line| line.len() - line.trim_start().len());
    let indent = least.min().unwrap_or_default();
    let lines: Vec<&str> = text.lines().map(|line| line.get(indent..).unwrap_or_default()).collect();
    let tree = read_tree("clipboard.yaml", lines.join("\n").as_bytes())
        .map_err(|found| found.first().map_or_else(String::new, |first| format!("the clipboard: {}", first.message)))?;
    let value = tree.to_value();
    let nodes = value.get("nodes").unwrap_or(&value);
    let is_node = |node: &Value| node.get("type").is_some_and(Value::is_string);
    match nodes {
        Value::Object(nodes) if nodes.values().all(is_node) => Ok(nodes.clone()),
        _ => Err("the clipboard holds no nodes".to_owned()),
    }
}

fn rename(value: &mut Value, steps: &[&str], names: &BTreeMap<String, String>) {
    match (steps, value) {
        ([], Value::String(target)) => {
            if let Some(name) = names.get(target) {
                target.clone_from(name);
            }
        }
        (["*", rest @ ..], Value::Array(items)) => items.iter_mut().for_each(|item| rename(item, rest, names)),
        (["*", rest @ ..], Value::Object(map)) => map.values_mut().for_each(|item| rename(item, rest, names)),
        ([key, rest @ ..], Value::Object(map)) => {
            if let Some(inner) = map.get_mut(*key) {
                rename(inner, rest, names);
            }
        }
        _ => {}
    }
}
