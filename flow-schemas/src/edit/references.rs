//! What in a flow names nodes, and what in it is text: the places the language knows, and those in parameters that [`Knowledge`] tells.

use serde_json::Value;

use super::Knowledge;
use crate::escape_pointer;

/// A place in a flow that names a node or a built-in end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// JSON pointer of the target.
    pub pointer: String,
    /// The node it is written in; nothing for `start`, interrupts and `migrate`.
    pub node: Option<String>,
    /// The target.
    pub target: String,
}

/// Every place in a flow that names a node or a built-in end, in the order of the language and then of the nodes.
#[must_use]
pub fn references(flow: &Value, knowledge: &Knowledge) -> Vec<Reference> {
    let mut found = Vec::new();
    let mut add = |pointer: String, node: Option<&str>, target: Option<&Value>| {
        if let Some(Value::String(target)) = target {
            found.push(Reference { pointer, node: node.map(str::to_owned), target: target.clone() });
        }
    };
    for pointer in ["/start", "/interrupts/hangup", "/interrupts/error", "/interrupts/no_activity/next"] {
        add(pointer.to_owned(), None, flow.pointer(pointer));
    }
    let rules = flow.pointer("/interrupts/phrases").and_then(Value::as_array);
    for (index, rule) in rules.into_iter().flatten().enumerate() {
        add(format!("/interrupts/phrases/{index}/next"), None, rule.get("next"));
    }
    for (id, target) in flow.pointer("/migrate/nodes").and_then(Value::as_object).into_iter().flatten() {
        add(format!("/migrate/nodes/{}", escape_pointer(id)), None, Some(target));
    }
    for (id, node) in flow.get("nodes").and_then(Value::as_object).into_iter().flatten() {
        let at = format!("/nodes/{}", escape_pointer(id));
        for pattern in patterns(&knowledge.targets, node) {
            for (pointer, target) in matches(node, pattern) {
                add(format!("{at}{pointer}"), Some(id), Some(target));
            }
        }
        add(format!("{at}/next"), Some(id), node.get("next"));
        for (exit, target) in node.get("exits").and_then(Value::as_object).into_iter().flatten() {
            add(format!("{at}/exits/{}", escape_pointer(exit)), Some(id), Some(target));
        }
    }
    found
}

/// JSON pointers, within a node, of everything in it that is text to be translated.
#[must_use]
pub fn text_places(node: &Value, knowledge: &Knowledge) -> Vec<String> {
    let places = patterns(&knowledge.texts, node).flat_map(|pattern| matches(node, pattern));
    places.map(|(pointer, _)| pointer).collect()
}

fn patterns<'k>(
    by_type: &'k indexmap::IndexMap<String, Vec<String>>,
    node: &Value,
) -> impl Iterator<Item = &'k str> + use<'k> {
    let kind = node.get("type").and_then(Value::as_str).unwrap_or_default();
    by_type.get(kind).into_iter().flatten().map(String::as_str)
}

/// Every value that a pattern leads to, with its pointer.
fn matches<'v>(node: &'v Value, pattern: &str) -> Vec<(String, &'v Value)> {
    let mut found = vec![(String::new(), node)];
    for step in pattern.split('/').skip(1) {
        let mut next = Vec::new();
        for (pointer, value) in found {
            match value {
                Value::Array(items) if step == "*" => {
                    next.extend(items.iter().enumerate().map(|(index, item)| (format!("{pointer}/{index}"), item)));
                }
                Value::Object(map) if step == "*" => {
                    next.extend(map.iter().map(|(key, value)| (format!("{pointer}/{}", escape_pointer(key)), value)));
                }
                Value::Object(map) => {
                    if let Some(value) = map.get(&*crate::unescape_pointer(step)) {
                        next.push((format!("{pointer}/{step}"), value));
                    }
                }
                _ => {}
            }
        }
        found = next;
    }
    found
}
