//! What differs in the nodes: which there are, their types, where their exits lead, their parameters and texts.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde_json::Value;

use super::{Change, Version};
use crate::edit::{Knowledge, text_places};
use crate::{NodeFacts, escape_pointer};

/// Where an exit leads and where that is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Way {
    pub target: Option<String>,
    /// JSON pointer within the node.
    pub pointer: String,
}

pub(super) fn changes(
    old: &Version,
    new: &Version,
    renamed: &IndexMap<String, String>,
    knowledge: &Knowledge,
) -> Vec<Change> {
    let kind = |node: &Value| node.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let before: IndexMap<&str, &str> = renamed.iter().map(|(from, to)| (to.as_str(), from.as_str())).collect();
    let mut changes = Vec::new();
    let mut inside = Vec::new();
    for (id, node) in new.nodes() {
        let was = before.get(id.as_str()).copied().unwrap_or(id);
        let Some(old_node) = old.node(was) else {
            changes.push(Change::NodeAdded { node: id.clone(), kind: kind(node) });
            continue;
        };
        if was != id {
            changes.push(Change::NodeRenamed { from: was.to_owned(), to: id.clone() });
        }
        if kind(old_node) != kind(node) {
            changes.push(Change::NodeRetyped { node: id.clone(), from: kind(old_node), to: kind(node) });
        }
        let (from, to) = (ways(old, was, renamed), ways(new, id, &IndexMap::new()));
        let known: HashSet<&str> = from.values().chain(to.values()).map(|way| way.pointer.as_str()).collect();
        let names = to.keys().chain(from.keys().filter(|name| !to.contains_key(*name)));
        for exit in names {
            let target = |ways: &IndexMap<String, Way>| ways.get(exit).and_then(|way| way.target.clone());
            if target(&from) != target(&to) {
                let (node, exit) = (id.clone(), exit.clone());
                inside.push(Change::Rewired { node, exit: exit.clone(), from: target(&from), to: target(&to) });
            }
        }
        let texts: Vec<String> =
            text_places(node, knowledge).into_iter().chain(text_places(old_node, knowledge)).collect();
        let mut old_node = old_node.clone();
        rename_ways(&mut old_node, &from);
        let mut walk = Walk { id, known: &known, texts: &texts, out: &mut inside };
        walk.compare("", id.clone(), Some(&old_node), Some(node));
    }
    for (id, node) in old.nodes() {
        if !renamed.contains_key(id) && new.node(id).is_none() {
            changes.push(Change::NodeRemoved { node: id.clone(), kind: kind(node) });
        }
    }
    changes.append(&mut inside);
    changes
}

/// The ways out of a node by exit: what its type says, and what is written beyond that. Targets go by their new ids.
pub(super) fn ways(version: &Version, id: &str, renamed: &IndexMap<String, String>) -> IndexMap<String, Way> {
    let mut ways = IndexMap::new();
    let at = format!("/nodes/{}", escape_pointer(id));
    let target = |target: &str| renamed.get(target).map_or(target, String::as_str).to_owned();
    for exit in version.facts.get(id).map_or(&[][..], |facts: &NodeFacts| &facts.exits) {
        let written = exit.pointer.as_deref().and_then(|pointer| pointer.strip_prefix(at.as_str()));
        let pointer = match written {
            Some(pointer) => pointer.to_owned(),
            None if exit.name == "next" => "/next".to_owned(),
            None => format!("/exits/{}", escape_pointer(&exit.name)),
        };
        ways.insert(exit.name.clone(), Way { target: exit.target.as_deref().map(target), pointer });
    }
    let Some(node) = version.node(id) else {
        return ways;
    };
    let mut add = |exit: &str, to: &Value, pointer: String| {
        if let (Some(to), None) = (to.as_str(), ways.get(exit).and_then(|way| way.target.as_ref())) {
            ways.insert(exit.to_owned(), Way { target: Some(target(to)), pointer });
        }
    };
    if let Some(next) = node.get("next") {
        add("next", next, "/next".to_owned());
    }
    for (exit, to) in node.get("exits").and_then(Value::as_object).into_iter().flatten() {
        add(exit, to, format!("/exits/{}", escape_pointer(exit)));
    }
    ways
}

/// Writes new ids where exits lead.
fn rename_ways(node: &mut Value, ways: &IndexMap<String, Way>) {
    for way in ways.values() {
        if let (Some(target), Some(at)) = (&way.target, node.pointer_mut(&way.pointer)) {
            *at = Value::String(target.clone());
        }
    }
}

/// Writes new ids at the top of a flow.
pub(super) fn rename_targets(flow: &mut Value, renamed: &IndexMap<String, String>) {
    let places: Vec<String> = crate::edit::references(flow, &Knowledge::default())
        .into_iter()
        .filter(|reference| reference.node.is_none())
        .map(|reference| reference.pointer)
        .collect();
    for pointer in places {
        if let Some(at) = flow.pointer_mut(&pointer)
            && let Some(to) = at.as_str().and_then(|target| renamed.get(target))
        {
            *at = Value::String(to.clone());
        }
    }
}

struct Walk<'a> {
    id: &'a str,
    /// Where exits are written; they are told as exits.
    known: &'a HashSet<&'a str>,
    texts: &'a [String],
    out: &'a mut Vec<Change>,
}

impl Walk<'_> {
    /// Compares a value of a node. `pointer` is within the new node, or the old one for what is gone; `path` is for people.
    fn compare(&mut self, pointer: &str, path: String, old: Option<&Value>, new: Option<&Value>) {
        if old == new || self.known.contains(pointer) || pointer == "/type" {
            return;
        }
        if self.texts.iter().any(|text| text == pointer) {
            self.out.push(Change::Text { text: path, locale: None, from: old.cloned(), to: new.cloned() });
            return;
        }
        match (old, new) {
            (Some(Value::Object(old)), Some(Value::Object(new))) => self.maps(pointer, &path, old, new),
            // Exits that come or go as a whole are told one by one.
            (None, Some(Value::Object(new))) if pointer == "/exits" => {
                self.maps(pointer, &path, &Default::default(), new)
            }
            (Some(Value::Object(old)), None) if pointer == "/exits" => {
                self.maps(pointer, &path, old, &Default::default())
            }
            (Some(Value::Array(old)), Some(Value::Array(new))) if named(old) && named(new) => {
                self.lists(pointer, &path, old, new);
            }
            (Some(Value::Array(one)), Some(Value::Array(other)))
                if one.len() == other.len() && one.iter().chain(other).all(Value::is_object) =>
            {
                for (index, (old, new)) in one.iter().zip(other).enumerate() {
                    self.compare(&format!("{pointer}/{index}"), format!("{path}.{index}"), Some(old), Some(new));
                }
            }
            _ => {
                let parameter = path.strip_prefix(self.id).unwrap_or(&path).trim_start_matches('.').to_owned();
                let (from, to) = (old.cloned(), new.cloned());
                self.out.push(Change::Parameter { node: self.id.to_owned(), parameter, from, to });
            }
        }
    }

    fn maps(
        &mut self,
        pointer: &str,
        path: &str,
        old: &serde_json::Map<String, Value>,
        new: &serde_json::Map<String, Value>,
    ) {
        let gone = old.keys().filter(|key| !new.contains_key(*key));
        for key in new.keys().chain(gone) {
            let below = format!("{pointer}/{}", escape_pointer(key));
            self.compare(&below, format!("{path}.{key}"), old.get(key), new.get(key));
        }
    }

    /// Lists whose items have ids.
    fn lists(&mut self, pointer: &str, path: &str, old: &[Value], new: &[Value]) {
        let place = |items: &[Value], id: &str| items.iter().position(|item| id_of(item) == Some(id));
        for (index, item) in new.iter().enumerate() {
            let id = id_of(item).unwrap_or_default();
            let was = place(old, id).map(|at| &old[at]);
            self.compare(&format!("{pointer}/{index}"), format!("{path}.{id}"), was, Some(item));
        }
        for (index, item) in old.iter().enumerate() {
            let id = id_of(item).unwrap_or_default();
            if place(new, id).is_none() {
                self.compare(&format!("{pointer}/{index}"), format!("{path}.{id}"), Some(item), None);
            }
        }
        let order = |items: &[Value], other: &[Value]| -> Vec<Value> {
            let ids = items.iter().filter_map(id_of).filter(|id| place(other, id).is_some());
            ids.map(Value::from).collect()
        };
        let (from, to) = (order(old, new), order(new, old));
        if from != to {
            let parameter = path.strip_prefix(self.id).unwrap_or(path).trim_start_matches('.');
            self.out.push(Change::Parameter {
                node: self.id.to_owned(),
                parameter: format!("order of {parameter}"),
                from: Some(Value::Array(from)),
                to: Some(Value::Array(to)),
            });
        }
    }
}

pub(super) fn id_of(item: &Value) -> Option<&str> {
    item.get("id").and_then(Value::as_str)
}

/// Whether each item has an id of its own.
fn named(items: &[Value]) -> bool {
    let ids: HashSet<&str> = items.iter().filter_map(id_of).collect();
    !items.is_empty() && ids.len() == items.len()
}
