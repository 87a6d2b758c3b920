//! What the cursor is on, and what the language says of that place: what completion, help and going somewhere have in common.

use super::context::{context, scalar_in};
use super::project::Read;
use super::shape;
use serde_json::Value as Json;
use std::path::Path;

/// The word at the cursor.
#[derive(Debug)]
pub(super) struct Cursor {
    /// The way to the value at the cursor, or to the map whose key it is.
    pub(super) path: Vec<String>,
    /// Whether a key is meant.
    pub(super) is_key: bool,
    /// The word, as far as it was asked for.
    pub(super) word: String,
    /// The type of the node that the cursor is in.
    pub(super) kind: Option<String>,
}

fn is_part(sign: char) -> bool {
    sign.is_alphanumeric() || matches!(sign, '-' | '_' | '/')
}

impl Cursor {
    /// What is being typed at a byte.
    pub(super) fn typing(text: &str, byte: usize) -> Cursor {
        let found = context(text, byte);
        let (mut path, is_key) = match &found.key {
            Some(_) => (found.path, false),
            None => {
                // An item of a list may be a value, or a map whose first key is being typed.
                let is_item = found.path.last().is_some_and(|last| last == "-");
                (found.path, !is_item)
            }
        };
        path.extend(found.key);
        let kind = match path.as_slice() {
            [nodes, node, ..] if nodes == "nodes" => scalar_in(text, node, "type"),
            _ => None,
        };
        Cursor { path, is_key, word: found.typed, kind }
    }

    /// The whole word at a byte.
    pub(super) fn on(text: &str, byte: usize) -> Cursor {
        let rest = &text[byte.min(text.len())..];
        let end = byte.min(text.len()) + rest.find(|sign| !is_part(sign)).unwrap_or(rest.len());
        Cursor::typing(text, end)
    }

    /// What the language says of the value at the cursor, or of the map whose key it is.
    pub(super) fn schemas<'s>(&self, schema: &'s Json) -> Vec<&'s Json> {
        shape::at(schema, &self.path, self.kind.as_deref())
    }

    /// The node that the cursor names or defines.
    pub(super) fn node(&self, read: &Read) -> Option<String> {
        let is_definition = self.is_key && self.path.len() == 1 && self.path[0] == "nodes";
        let names = || !self.is_key && shape::format(&self.schemas(&read.schema)) == Some("target");
        (is_definition || names()).then(|| self.word.clone())
    }

    /// The flow that the cursor names or defines.
    pub(super) fn flow(&self, read: &Read) -> Option<String> {
        let is_definition = !self.is_key && self.path.len() == 1 && self.path[0] == "id";
        let names = || !self.is_key && shape::format(&self.schemas(&read.schema)) == Some("flow");
        (is_definition || names()).then(|| self.word.clone())
    }

    /// The variable that the cursor names.
    pub(super) fn variable(&self, read: &Read) -> Option<String> {
        let names = !self.is_key && shape::format(&self.schemas(&read.schema)) == Some("variable");
        names.then(|| self.word.split('.').next().unwrap_or_default().to_owned())
    }
}

/// Whether a file holds a flow; in texts, talks and layouts the keys mean something else.
pub(super) fn is_flow(path: &Path) -> bool {
    crate::host::is_document(path)
}
