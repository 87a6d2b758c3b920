//! What the editor can do with a whole document: its outline, its canonical form, and remedies for mistakes in it.

use super::edits::{self, told};
use super::place::Encoding;
use super::project::{Project, tree};
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, DocumentSymbol, Range, SymbolKind, TextEdit, Uri, WorkspaceEdit,
};
use offhook_flow_schemas::escape_pointer;
use offhook_flow_schemas::fixes::{Change, fixes};
use offhook_flow_schemas::format::format;
use std::collections::HashMap;
use std::path::Path;

/// The nodes of a flow, with their types.
pub(super) fn symbols(path: &Path, text: &str, encoding: Encoding) -> Vec<DocumentSymbol> {
    let Some(tree) = tree(path, text) else { return Vec::new() };
    let mut found = Vec::new();
    for (list, kind) in
        [("inputs", SymbolKind::PROPERTY), ("vars", SymbolKind::VARIABLE), ("nodes", SymbolKind::FUNCTION)]
    {
        for name in tree.keys(&format!("/{list}")) {
            let pointer = format!("/{list}/{}", escape_pointer(name));
            let (Some(key), Some(value)) = (tree.key_span(&pointer), tree.span(&pointer)) else { continue };
            let selection_range = encoding.span(tree.source(), key);
            let end = encoding.span(tree.source(), value).end.max(selection_range.end);
            let detail = tree.value_at(&format!("{pointer}/type"));
            #[expect(deprecated, reason = "the struct has a field that is deprecated and must be written")]
            found.push(DocumentSymbol {
                name: name.to_owned(),
                detail: detail.and_then(|kind| kind.as_str().map(str::to_owned)),
                kind,
                tags: None,
                deprecated: None,
                range: Range { start: selection_range.start, end },
                selection_range,
                children: None,
            });
        }
    }
    found
}

/// The edit that brings a document into its canonical form; nothing where it is there already.
pub(super) fn formatting(path: &Path, text: &str, encoding: Encoding) -> Result<Vec<TextEdit>, String> {
    let formatted = format(&path.display().to_string(), text).map_err(|error| error.to_string())?;
    if formatted == text {
        return Ok(Vec::new());
    }
    // Only what differs, so that the cursor and folds of the editor stay where they are.
    let same = |a: &str, b: &str| a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let head: usize = same(text, &formatted);
    let (old, new) = (&text[head..], &formatted[head..]);
    let backwards = old.chars().rev().zip(new.chars().rev()).take_while(|(a, b)| a == b);
    let tail: usize = backwards.map(|(a, _)| a.len_utf8()).sum();
    let range = encoding.range(text, head..text.len() - tail);
    Ok(vec![TextEdit { range, new_text: new[..new.len() - tail].to_owned() }])
}

/// What can be done about the mistakes in a range.
#[expect(clippy::mutable_key_type, reason = "the protocol's type is a map by URI; nobody changes one")]
pub(super) fn actions(
    project: &mut Project,
    path: &Path,
    text: &str,
    uri: &Uri,
    range: Range,
    encoding: Encoding,
) -> Vec<CodeActionOrCommand> {
    let Some(tree) = tree(path, text) else { return Vec::new() };
    let name = path.display().to_string();
    let read = project.read();
    let is_flow = read.file(path).is_some();
    let here = read.diagnostics.iter().filter(|found| found.file == name).filter(|found| {
        let place = encoding.of(text, found);
        place.start <= range.end && range.start <= place.end
    });
    let offered: Vec<_> = here.flat_map(|found| fixes(&tree, found)).collect();
    let mut found = Vec::new();
    for fix in offered {
        let edit = match fix.change {
            Change::Text(edits) => {
                let changes = HashMap::from([(uri.clone(), told(text, edits, encoding))]);
                WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
            }
            // What cannot be done without touching something else is not offered.
            Change::Edits(edits) => match edits::of(project, path, &edits, encoding) {
                Ok(edit) if is_flow => edit,
                _ => continue,
            },
        };
        found.push(CodeActionOrCommand::CodeAction(CodeAction {
            title: fix.title,
            kind: Some(CodeActionKind::QUICKFIX),
            is_preferred: Some(found.is_empty()),
            edit: Some(edit),
            ..CodeAction::default()
        }));
    }
    found
}
