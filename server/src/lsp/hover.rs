//! Help for what the mouse is on: what a parameter, a node type, a node or a flow is, and what the mistakes there mean.

use super::cursor::Cursor;
use super::place::Encoding;
use super::project::Read;
use super::shape;
use lsp_types::Position;
use offhook_flow_schemas::Document;
use std::path::Path;

/// Help as Markdown; nothing where there is none.
pub(super) fn hover(
    read: &Read,
    path: &Path,
    text: &str,
    position: Position,
    encoding: Encoding,
    is_flow: bool,
) -> Option<String> {
    let mut parts = Vec::new();
    let name = path.display().to_string();
    for found in read.diagnostics.iter().filter(|found| found.file == name) {
        let range = encoding.of(text, found);
        if range.start <= position
            && position <= range.end
            && let Some(code) = found.code.explanation()
        {
            parts.push(format!("**{}: {}**\n\n{}", code.code, code.title, code.text));
        }
    }
    if is_flow {
        parts.extend(meaning(read, path, text, encoding.byte(text, position)));
    }
    (!parts.is_empty()).then(|| parts.join("\n\n---\n\n"))
}

fn title_of(document: &Document) -> &str {
    document.flow.title.as_deref().unwrap_or_default()
}

fn meaning(read: &Read, path: &Path, text: &str, byte: usize) -> Option<String> {
    let mut cursor = Cursor::on(text, byte);
    if cursor.word.is_empty() {
        return None;
    }
    if matches!(cursor.path.as_slice(), [nodes, _, kind] if nodes == "nodes" && kind == "type") {
        let kind = read.catalog.get(&cursor.word)?;
        return Some(format!("**{}** ({})\n\n{}", kind.meta.title, kind.meta.name, kind.docs));
    }
    if let Some(node) = cursor.node(read) {
        let flow = &read.file(path)?.document.as_ref()?.flow;
        let node = flow.nodes.get(&node)?;
        let kind = read.catalog.get(&node.kind);
        let docs = kind.map(|kind| kind.docs.as_str()).unwrap_or_default();
        return Some(format!("**{}** ({})\n\n{docs}", cursor.word, node.kind));
    }
    if let Some(flow) = cursor.flow(read) {
        let (_, document) = read.flow(&flow)?;
        return Some(format!(
            "**{flow}**\n\n{}\n\n{}",
            title_of(document),
            document.flow.description.as_deref().unwrap_or_default()
        ));
    }
    if let Some(name) = cursor.variable(read) {
        let flow = &read.file(path)?.document.as_ref()?.flow;
        let decl = flow.vars.get(name.as_str())?;
        return Some(format!(
            "**{name}**: {}\n\n{}",
            decl.kind.as_str(),
            decl.description.as_deref().unwrap_or_default()
        ));
    }
    if cursor.is_key {
        cursor.path.push(cursor.word.clone());
    }
    let key = cursor.path.iter().rev().find(|step| *step != "-")?;
    let schemas = cursor.schemas(&read.schema);
    let about = shape::description(&schemas)?;
    let values: Vec<String> = shape::values(&schemas).into_iter().map(|(word, _)| format!("`{word}`")).collect();
    let values = if values.is_empty() { String::new() } else { format!("\n\nOne of {}.", values.join(", ")) };
    Some(format!("**{key}**\n\n{about}{values}"))
}
