//! Going somewhere: where a node, a flow or a variable is defined, what names it, and renaming a node everywhere.

use super::cursor::Cursor;
use super::edits;
use super::place::Encoding;
use super::project::{Project, uri_of};
use lsp_types::{Location, Range, WorkspaceEdit};
use offhook_flow_schemas::edit::{Edit, references};
use offhook_flow_schemas::{Positioned, escape_pointer};
use serde_json::Value as Json;
use std::path::Path;

/// Where something is.
fn location(tree: &Positioned, range: Range) -> Option<Location> {
    Some(Location { uri: uri_of(&tree.source().name)?, range })
}

fn at(tree: &Positioned, pointer: &str, key: bool, encoding: Encoding) -> Option<Location> {
    let span = if key { tree.key_span(pointer) } else { tree.span(pointer) }?;
    location(tree, encoding.span(tree.source(), span))
}

/// Where what the cursor names is defined.
pub(super) fn definition(project: &mut Project, path: &Path, byte: usize, encoding: Encoding) -> Option<Location> {
    let text = project.text(path)?;
    let read = project.read();
    let cursor = Cursor::on(&text, byte);
    if let Some(node) = cursor.node(read) {
        let document = read.file(path)?.document.as_ref()?;
        return at(&document.tree, &format!("/nodes/{}", escape_pointer(&node)), true, encoding);
    }
    if let Some(flow) = cursor.flow(read) {
        return at(&read.flow(&flow)?.1.tree, "/id", false, encoding);
    }
    let name = cursor.variable(read)?;
    let document = read.file(path)?.document.as_ref()?;
    at(&document.tree, &format!("/vars/{}", escape_pointer(&name)), true, encoding)
}

/// Everything that names what the cursor names or defines.
pub(super) fn all_references(
    project: &mut Project,
    path: &Path,
    byte: usize,
    with_definition: bool,
    encoding: Encoding,
) -> Vec<Location> {
    let Some(text) = project.text(path) else { return Vec::new() };
    let cursor = Cursor::on(&text, byte);
    let read = project.read();
    let mut found = Vec::new();
    if let Some(node) = cursor.node(read) {
        let Some(document) = read.file(path).and_then(|file| file.document.as_ref()) else { return found };
        let pointer = format!("/nodes/{}", escape_pointer(&node));
        found.extend(with_definition.then(|| at(&document.tree, &pointer, true, encoding)).flatten());
        let named = references(&document.tree.to_value(), &read.knowledge(&document.flow.id));
        let named = named.into_iter().filter(|reference| reference.target == node);
        found.extend(named.filter_map(|reference| at(&document.tree, &reference.pointer, false, encoding)));
    } else if let Some(flow) = cursor.flow(read) {
        for (_, document) in read.documents() {
            if document.flow.id == flow {
                found.extend(with_definition.then(|| at(&document.tree, "/id", false, encoding)).flatten());
            }
            let value = document.tree.to_value();
            let meant = |format: &str, kind: &str| {
                let knowledge = read.knowledge(&document.flow.id);
                let all = knowledge.meanings.get(kind).into_iter().flatten();
                all.filter(|meaning| meaning.format == format && !meaning.keys)
                    .map(|meaning| meaning.pattern.clone())
                    .collect::<Vec<_>>()
            };
            for (id, node) in &document.flow.nodes {
                let inside = format!("/nodes/{}", escape_pointer(id));
                for pattern in meant("flow", &node.kind) {
                    let mut places = Vec::new();
                    matches(&value, &inside, &pattern, &mut places);
                    let named = places.into_iter().filter(|place| value.pointer(place).is_some_and(|v| *v == *flow));
                    found.extend(named.filter_map(|place| at(&document.tree, &place, false, encoding)));
                }
            }
        }
    }
    found
}

/// The places below `at` that a pattern (`*` for each item or value) leads to.
fn matches(root: &Json, at: &str, pattern: &str, found: &mut Vec<String>) {
    let Some((step, rest)) = pattern.strip_prefix('/').map(|rest| rest.split_once('/').unwrap_or((rest, ""))) else {
        found.push(at.to_owned());
        return;
    };
    let rest = if rest.is_empty() { String::new() } else { format!("/{rest}") };
    match (step, root.pointer(at)) {
        ("*", Some(Json::Array(items))) => {
            (0..items.len()).for_each(|item| matches(root, &format!("{at}/{item}"), &rest, found));
        }
        ("*", Some(Json::Object(map))) => {
            map.keys().for_each(|key| matches(root, &format!("{at}/{}", escape_pointer(key)), &rest, found));
        }
        ("*", _) | (_, None) => {}
        (step, Some(_)) => matches(root, &format!("{at}/{step}"), &rest, found),
    }
}

/// The node at the cursor and the place of its name there; only nodes can be renamed.
pub(super) fn renameable(
    project: &mut Project,
    path: &Path,
    byte: usize,
    encoding: Encoding,
) -> Option<(Range, String)> {
    let text = project.text(path)?;
    let read = project.read();
    let node = Cursor::on(&text, byte).node(read)?;
    let document = read.file(path)?.document.as_ref()?;
    document.flow.nodes.get(&node)?;
    let here = all_references(project, path, byte, true, encoding);
    let within = |range: &Range| {
        let position = encoding.position(&text, byte);
        range.start <= position && position <= range.end
    };
    let range = here.into_iter().map(|location| location.range).find(within)?;
    Some((range, node))
}

/// The edits that rename the node at the cursor in the flow, its layout, its texts and its talks, or why it cannot be done.
pub(super) fn rename(
    project: &mut Project,
    path: &Path,
    byte: usize,
    to: &str,
    encoding: Encoding,
) -> Result<WorkspaceEdit, String> {
    let (_, from) = renameable(project, path, byte, encoding).ok_or("only nodes can be renamed")?;
    edits::of(project, path, &[Edit::RenameNode { from, to: to.to_owned() }], encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_lead_to_places() {
        let value = serde_json::json!({ "a": [{ "to": 1 }, { "to": 2 }, {}], "b": 3 });
        let mut found = Vec::new();
        matches(&value, "", "/a/*/to", &mut found);
        assert_eq!(found.iter().filter(|place| value.pointer(place).is_some()).count(), 2);
    }
}
