//! Places of nodes on the canvas: `nodes: { greet: [0, 0] }`. Only nodes that somebody has pinned are in it.

use indexmap::IndexMap;
use serde::Serialize;

use crate::codes::Code;
use crate::diagnostic::sort;
use crate::parse::{Parsed, parse};
use crate::read::{Path, Reader};
use crate::tree::Kind;
use crate::{Diagnostic, Document, Positioned, escape_pointer, limits};

/// Places of nodes, in pixels from the upper left.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Layout {
    /// Upper left corner of each pinned node.
    pub nodes: IndexMap<String, (f64, f64)>,
}

/// What came of reading a layout.
#[derive(Debug)]
pub struct ReadLayout {
    /// The layout, whenever anything of it could be read.
    pub layout: Option<Layout>,
    /// Its text and positions.
    pub tree: Option<Positioned>,
    /// All that is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a layout and reports what is wrong with it.
#[must_use]
pub fn read_layout(name: &str, bytes: &[u8]) -> ReadLayout {
    let Parsed { tree, mut diagnostics } = parse(name, bytes);
    let Some(tree) = tree else {
        return ReadLayout { layout: None, tree: None, diagnostics };
    };
    let mut reader = Reader::new(&tree);
    let layout = layout(&mut reader);
    diagnostics.append(&mut reader.finish());
    diagnostics.append(&mut crate::merge::conflicts(&tree));
    sort(&mut diagnostics);
    ReadLayout { layout, tree: Some(tree), diagnostics }
}

impl ReadLayout {
    /// What is wrong with the layout of this flow: places of nodes that do not exist.
    #[must_use]
    pub fn check(&self, document: &Document) -> Vec<Diagnostic> {
        let (Some(layout), Some(tree)) = (&self.layout, &self.tree) else {
            return Vec::new();
        };
        let nodes = &document.flow.nodes;
        let strange = layout.nodes.keys().filter(|id| !nodes.contains_key(*id));
        let tell = |id: &String| {
            let pointer = format!("/nodes/{}", escape_pointer(id));
            let message = format!("the flow has no node `{id}`");
            let diagnostic = Diagnostic::at_pointer(tree, Code::LAYOUT_UNKNOWN_NODE, &pointer, message);
            diagnostic.key().remedy("remove the line").did_you_mean(id, nodes.keys().map(String::as_str))
        };
        strange.map(tell).collect()
    }
}

fn layout(reader: &mut Reader<'_>) -> Option<Layout> {
    let root = Path::ROOT;
    let entries = reader.map(reader.tree.root, &root)?;
    reader.unknown_keys(entries, &root, &["nodes"]);
    let Some(nodes) = entries.get("nodes").map(|entry| entry.value) else {
        reader.missing(&root, "nodes", "write `nodes: { node-id: [x, y] }`");
        return None;
    };
    let path = root.key("nodes");
    if reader.is_null(nodes) {
        return Some(Layout::default());
    }
    let entries = reader.map(nodes, &path)?;
    if reader.over(&path, "nodes", entries.list.len(), limits::NODES) {
        return None;
    }
    let mut layout = Layout::default();
    for entry in &entries.list {
        let path = path.key(&entry.key);
        let items = match reader.kind(entry.value) {
            Kind::List(items) => items.as_slice(),
            _ => &[],
        };
        let number = |id: &u32| match reader.kind(*id) {
            Kind::Number(number) => number.as_f64().filter(|at| at.abs() <= 1e7),
            _ => None,
        };
        let place: Vec<f64> = items.iter().filter_map(number).collect();
        match (items.len(), place.as_slice()) {
            (2, [x, y]) => {
                layout.nodes.insert(entry.key.to_string(), (*x, *y));
            }
            _ => reader.report(&path, Code::WRONG_TYPE, "a place is two numbers, in pixels", |d| {
                d.remedy("write for example [240, 0]")
            }),
        }
    }
    Some(layout)
}
