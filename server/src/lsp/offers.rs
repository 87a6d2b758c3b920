//! What the editor can do with a whole document: its outline, its canonical form, and remedies for mistakes in it.

use super::place::Encoding;
use super::project::{Read, tree};
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, DocumentSymbol, Range, SymbolKind, TextEdit, Uri, WorkspaceEdit,
};
use offhook_flow_schemas::escape_pointer;
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

/// Remedies for the mistakes in a range that propose another word.
pub(super) fn actions(
    read: &Read,
    path: &Path,
    text: &str,
    uri: &Uri,
    range: Range,
    encoding: Encoding,
) -> Vec<CodeActionOrCommand> {
    let name = path.display().to_string();
    let mut found = Vec::new();
    for diagnostic in read.diagnostics.iter().filter(|found| found.file == name) {
        let place = encoding.of(text, diagnostic);
        let remedy = diagnostic.remedy.as_deref().unwrap_or_default();
        let word = remedy.strip_prefix("did you mean `").and_then(|rest| rest.strip_suffix("`?"));
        let Some(word) = word.filter(|_| place.start <= range.end && range.start <= place.end) else { continue };
        let bytes = encoding.byte(text, place.start)..encoding.byte(text, place.end);
        let written = &text[bytes.clone()];
        let quote = written.chars().next().filter(|sign| matches!(sign, '"' | '\''));
        let is_word = !written.is_empty() && !written.contains(|sign: char| sign.is_whitespace() || sign == ':');
        if !is_word {
            continue;
        }
        let quote = quote.map(String::from).unwrap_or_default();
        let edit = TextEdit { range: place, new_text: format!("{quote}{word}{quote}") };
        found.push(CodeActionOrCommand::CodeAction(CodeAction {
            title: format!("Write `{word}`"),
            kind: Some(CodeActionKind::QUICKFIX),
            is_preferred: Some(true),
            edit: Some(WorkspaceEdit {
                changes: Some(HashMap::from([(uri.clone(), vec![edit])])),
                ..WorkspaceEdit::default()
            }),
            ..CodeAction::default()
        }));
    }
    found
}
