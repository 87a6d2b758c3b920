//! What a flow's author says about a text: the node's title and description, and the comments in the YAML above the node
//! and above the text. And where it stands, as editors understand it.

use offhook_flow_schemas::{Document, escape_pointer};
use offhook_runtime::texts::TextField;

/// Lines of one comment that a translator gets: enough for a paragraph, too few for a chapter.
const LINES: usize = 20;

/// Notes for the translator of a text.
pub(crate) fn notes(document: &Document, field: &TextField) -> Vec<String> {
    let mut notes = Vec::new();
    let mut add = |note: String| {
        if !note.is_empty() && !notes.contains(&note) {
            notes.push(note);
        }
    };
    let id = field.address.split('.').next().unwrap_or_default();
    if let Some(node) = document.flow.nodes.get(id) {
        add(node.title.clone().unwrap_or_default());
        add(node.description.clone().unwrap_or_default());
        add(comment_above(document, &format!("/nodes/{}", escape_pointer(id))));
    }
    add(comment_above(document, &field.pointer));
    notes
}

/// `file:line` of a place in the flow.
pub(crate) fn place(document: &Document, pointer: &str) -> Option<String> {
    let span = document.tree.span(document.tree.nearest_pointer(pointer))?;
    let source = document.tree.source();
    Some(format!("{}:{}", source.name, source.position(span.start).line))
}

/// The comment in the lines directly above a key.
fn comment_above(document: &Document, pointer: &str) -> String {
    let source = document.tree.source();
    let Some(span) = document.tree.key_span(pointer) else { return String::new() };
    let mut line = source.position(span.start).line;
    let mut lines = Vec::new();
    while line > 1 && lines.len() < LINES {
        line -= 1;
        match source.line_text(line).trim_start().strip_prefix('#') {
            // A ruler between sections says nothing about what follows it.
            Some(comment) if !comment.contains("----") => lines.push(comment.trim().to_owned()),
            _ => break,
        }
    }
    lines.reverse();
    lines.join("\n").trim().to_owned()
}
