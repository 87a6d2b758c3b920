//! Nodes that have another id and say the same.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde_json::Value;

use crate::edit::{Knowledge, references};

/// The nodes that were renamed: old id and new. A node is taken as renamed when exactly one that is gone and one that is new say the same,
/// apart from the ids in question; where several do, those that also lead to the same nodes.
#[must_use]
pub fn renames(old: &Value, new: &Value, knowledge: &Knowledge) -> IndexMap<String, String> {
    let mut found: IndexMap<String, String> = IndexMap::new();
    // Each pair that is found makes the neighbours of its nodes more alike.
    loop {
        let gone = signatures(old, new, knowledge, &found, true);
        let come = signatures(new, old, knowledge, &found, false);
        let mut more = Vec::new();
        for (signature, ids) in &gone {
            if let ([from], Some([to])) = (ids.as_slice(), come.get(signature).map(Vec::as_slice)) {
                more.push((from.clone(), to.clone()));
            }
        }
        if more.is_empty() {
            return found;
        }
        more.sort();
        found.extend(more);
    }
}

/// What the nodes say that are only in `one`, and not yet paired: by content, the ids in document order.
fn signatures(
    one: &Value,
    other: &Value,
    knowledge: &Knowledge,
    found: &IndexMap<String, String>,
    old: bool,
) -> HashMap<String, Vec<String>> {
    let nodes = |flow: &Value| flow.get("nodes").and_then(Value::as_object).cloned().unwrap_or_default();
    let (mine, theirs) = (nodes(one), nodes(other));
    let loose = |id: &str| {
        let paired = if old { found.contains_key(id) } else { found.values().any(|to| to == id) };
        mine.contains_key(id) && !theirs.contains_key(id) && !paired
    };
    let mut alone = one.clone();
    for reference in references(one, knowledge) {
        let target = match &reference.target {
            target if reference.node.as_ref() == Some(target) => "\u{0}self",
            target if loose(target) => "\u{0}loose",
            target if old => found.get(target).unwrap_or(target),
            target => target,
        };
        if let Some(at) = alone.pointer_mut(&reference.pointer) {
            *at = Value::String(target.to_owned());
        }
    }
    let mut by_content: HashMap<String, Vec<String>> = HashMap::new();
    for id in mine.keys().filter(|id| loose(id)) {
        by_content.entry(canonical(&alone["nodes"][id.as_str()])).or_default().push(id.clone());
    }
    by_content
}

/// A value as text in which the order of keys means nothing.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let entries: Vec<String> =
                entries.into_iter().map(|(key, value)| format!("{key:?}:{}", canonical(value))).collect();
            format!("{{{}}}", entries.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}
