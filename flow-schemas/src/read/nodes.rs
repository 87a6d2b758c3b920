//! `nodes` and `start`: what every node has, whatever its type, and whether the targets it names exist.

use indexmap::IndexMap;
use serde_json::Map;

use super::header::Section;
use super::reader::{Path, Reader};
use crate::codes::Code;
use crate::flow::{BUILT_IN_ENDS, NodeDoc, is_built_in_end};
use crate::limits;
use crate::tree::{Entries, Id};

pub(super) fn read(reader: &mut Reader<'_>, top: &Section<'_>) -> IndexMap<String, NodeDoc> {
    let Some(id) = top.get(reader, "nodes") else {
        reader.missing(&Path::ROOT, "nodes", "add `nodes:` with at least one node");
        return IndexMap::new();
    };
    let path = Path::ROOT.key("nodes");
    let Some(entries) = reader.map(id, &path) else {
        return IndexMap::new();
    };
    if reader.over(&path, "nodes", entries.list.len(), limits::NODES) {
        return IndexMap::new();
    }
    if entries.list.is_empty() {
        reader.report(&path, Code::MISSING_KEY, "the flow has no node", |d| d.key().remedy("add at least one node"));
    }
    let mut nodes = IndexMap::with_capacity(entries.list.len());
    for entry in &entries.list {
        let path = path.key(&entry.key);
        reader.check_node_id(&entry.key, &path);
        if let Some(node) = node(reader, entry.value, &path) {
            nodes.insert(entry.key.to_string(), node);
        }
    }
    nodes
}

fn node(reader: &mut Reader<'_>, id: Id, path: &Path<'_>) -> Option<NodeDoc> {
    let entries = reader.map(id, path)?;
    let mut node = NodeDoc {
        kind: String::new(),
        title: None,
        description: None,
        params: Map::new(),
        next: None,
        exits: IndexMap::new(),
    };
    for entry in &entries.list {
        let path = path.key(&entry.key);
        match &*entry.key {
            "type" => {
                let kind = reader.filled(entry.value, &path);
                node.kind = kind.unwrap_or_default().to_owned();
            }
            "title" if !reader.is_null(entry.value) => {
                node.title = bounded(reader, entry.value, &path, "title", limits::TITLE_CHARS);
            }
            "description" if !reader.is_null(entry.value) => {
                node.description = bounded(reader, entry.value, &path, "description", limits::DESCRIPTION_CHARS);
            }
            "next" => node.next = target(reader, entry.value, &path),
            "exits" if !reader.is_null(entry.value) => node.exits = exits(reader, entry.value, &path),
            "title" | "description" | "exits" => {}
            _ => {
                node.params.insert(entry.key.to_string(), reader.tree.value(entry.value));
            }
        }
    }
    if entries.get("type").is_none() {
        reader.missing(path, "type", "say what the node does, such as `type: say`");
    }
    Some(node)
}

fn bounded(reader: &mut Reader<'_>, id: Id, path: &Path<'_>, key: &str, limit: usize) -> Option<String> {
    let text = reader.text(id, path)?;
    reader.over(path, &format!("characters in `{key}`"), text.chars().count(), limit);
    Some(text.to_owned())
}

fn exits(reader: &mut Reader<'_>, id: Id, path: &Path<'_>) -> IndexMap<String, String> {
    let Some(entries) = reader.map(id, path) else {
        return IndexMap::new();
    };
    if reader.over(path, "exits", entries.list.len(), limits::EXITS) {
        return IndexMap::new();
    }
    let mut exits = IndexMap::with_capacity(entries.list.len());
    for entry in &entries.list {
        let path = path.key(&entry.key);
        reader.check_exit(&entry.key, &path);
        if let Some(target) = target(reader, entry.value, &path) {
            exits.insert(entry.key.to_string(), target);
        }
    }
    exits
}

/// Reads a target and reports one that does not exist.
pub(super) fn target(reader: &mut Reader<'_>, id: Id, path: &Path<'_>) -> Option<String> {
    let target = reader.filled(id, path)?;
    let nodes = node_entries(reader);
    let exists = is_built_in_end(target) || nodes.is_none_or(|nodes| nodes.get(target).is_some());
    if !exists {
        let message = format!("there is no node `{target}`");
        reader.report(path, Code::MISSING_TARGET, message, |d| {
            let remedy = format!("add the node, or use one of the built-in ends: {}", BUILT_IN_ENDS.join(", "));
            d.remedy(remedy).did_you_mean(target, ids(nodes).chain(BUILT_IN_ENDS))
        });
    }
    Some(target.to_owned())
}

/// Reads the id of a node and reports one that does not exist; a built-in end is no node.
pub(super) fn known_node(reader: &mut Reader<'_>, id: Id, path: &Path<'_>) -> Option<String> {
    let node = reader.filled(id, path)?;
    let nodes = node_entries(reader);
    if nodes.is_some_and(|nodes| nodes.get(node).is_none()) {
        let message = format!("there is no node `{node}`");
        reader.report(path, Code::MISSING_TARGET, message, |d| {
            d.remedy("name a node of this flow").did_you_mean(node, ids(nodes))
        });
    }
    Some(node.to_owned())
}

/// Reads `start` and reports one that does not exist.
pub(super) fn start(reader: &mut Reader<'_>, top: &Section<'_>) -> String {
    let nodes = node_entries(reader);
    let Some(id) = top.get(reader, "start") else {
        let first = ids(nodes).next().unwrap_or("greet");
        reader.missing(&Path::ROOT, "start", format!("say where the flow begins, such as `start: {first}`"));
        return String::new();
    };
    let path = Path::ROOT.key("start");
    let Some(start) = reader.filled(id, &path) else {
        return String::new();
    };
    if nodes.is_some_and(|nodes| nodes.get(start).is_none()) {
        let message = format!("the flow starts at `{start}`, but there is no such node");
        reader.report(&path, Code::MISSING_START, message, |d| d.did_you_mean(start, ids(nodes)));
    }
    start.to_owned()
}

/// The entries of `nodes`; nothing when they could not be read, so that each target is not reported on top of that.
fn node_entries<'t>(reader: &Reader<'t>) -> Option<&'t Entries> {
    let id = reader.tree.entries(reader.tree.root)?.get("nodes")?.value;
    reader.tree.entries(id)
}

fn ids(nodes: Option<&Entries>) -> impl Iterator<Item = &str> {
    nodes.into_iter().flat_map(|nodes| nodes.list.iter().map(|entry| &*entry.key))
}
