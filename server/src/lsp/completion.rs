//! What may stand at the cursor: keys and values that the schema names, nodes, flows, exits and variables that there are.

use super::cursor::Cursor;
use super::place::Encoding;
use super::project::Read;
use super::shape;
use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionTextEdit, Documentation, MarkupContent, MarkupKind, TextEdit,
};
use offhook_flow_schemas::{BUILT_IN_ENDS, RESERVED_NAMES};
use std::path::Path;

/// Formats in which variables are named within more text.
const WITH_VARIABLES: [&str; 7] =
    ["expression", "script", "template", "template-secret", "value", "value-secret", "prompt"];

/// Help as the editor shows it.
pub(super) fn markdown(text: impl Into<String>) -> MarkupContent {
    MarkupContent { kind: MarkupKind::Markdown, value: text.into() }
}

struct Offer<'t> {
    text: &'t str,
    byte: usize,
    encoding: Encoding,
    typed: &'t str,
    items: Vec<CompletionItem>,
}

impl Offer<'_> {
    fn add(&mut self, label: &str, kind: CompletionItemKind, after: &str, about: Option<&str>) {
        if self.items.iter().any(|item| item.label == label) {
            return;
        }
        let range = self.encoding.range(self.text, self.byte - self.typed.len()..self.byte);
        self.items.push(CompletionItem {
            label: label.to_owned(),
            kind: Some(kind),
            documentation: about.map(|about| Documentation::MarkupContent(markdown(about))),
            text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text: format!("{label}{after}") })),
            filter_text: Some(label.to_owned()),
            ..CompletionItem::default()
        });
    }
}

/// What may stand at a byte of a flow.
pub(super) fn completion(read: &Read, path: &Path, text: &str, byte: usize, encoding: Encoding) -> Vec<CompletionItem> {
    let cursor = Cursor::typing(text, byte);
    let schemas = cursor.schemas(&read.schema);
    let mut offer = Offer { text, byte, encoding, typed: &cursor.word, items: Vec::new() };
    let flow = read.last(path).map(|document| &document.flow);
    let is_item = cursor.path.last().is_some_and(|last| last == "-");
    if cursor.is_key || is_item {
        if let [nodes, node, exits] = cursor.path.as_slice()
            && nodes == "nodes"
            && exits == "exits"
        {
            let facts = flow.and_then(|flow| read.compiled.facts(&flow.id)).and_then(|facts| facts.get(node));
            let names = facts.into_iter().flat_map(|facts| facts.exits.iter().map(|exit| exit.name.as_str()));
            names.chain(["error"]).for_each(|name| offer.add(name, CompletionItemKind::EVENT, ": ", None));
        }
        for (key, about) in shape::keys(&read.schema, &schemas) {
            offer.add(key, CompletionItemKind::PROPERTY, ": ", about);
        }
    }
    if cursor.is_key {
        return offer.items;
    }
    if matches!(cursor.path.as_slice(), [nodes, _, kind] if nodes == "nodes" && kind == "type") {
        for kind in read.catalog.types() {
            offer.add(&kind.meta.name, CompletionItemKind::CLASS, "", Some(&kind.docs));
        }
        return offer.items;
    }
    for (word, about) in shape::values(&schemas) {
        offer.add(&word, CompletionItemKind::ENUM_MEMBER, "", about);
    }
    match shape::format(&schemas) {
        Some("target") => {
            for node in flow.into_iter().flat_map(|flow| flow.nodes.keys()) {
                offer.add(node, CompletionItemKind::REFERENCE, "", None);
            }
            BUILT_IN_ENDS.iter().for_each(|end| offer.add(end, CompletionItemKind::KEYWORD, "", None));
        }
        Some("flow") => {
            for document in read.all() {
                offer.add(&document.flow.id, CompletionItemKind::MODULE, "", document.flow.title.as_deref());
            }
        }
        Some("variable") => {
            for (name, decl) in flow.into_iter().flat_map(|flow| &flow.vars) {
                offer.add(name, CompletionItemKind::VARIABLE, "", decl.description.as_deref());
            }
        }
        Some(format) if WITH_VARIABLES.contains(&format) => {
            let tail = cursor.word.rsplit(|sign: char| !sign.is_alphanumeric() && sign != '_' && sign != '.').next();
            offer.typed = tail.unwrap_or_default();
            for (name, decl) in flow.into_iter().flat_map(|flow| &flow.vars) {
                offer.add(name, CompletionItemKind::VARIABLE, "", decl.description.as_deref());
            }
            for (name, decl) in flow.into_iter().flat_map(|flow| &flow.inputs) {
                offer.add(&format!("inputs.{name}"), CompletionItemKind::VARIABLE, "", decl.description.as_deref());
            }
            RESERVED_NAMES.iter().for_each(|name| offer.add(name, CompletionItemKind::KEYWORD, "", None));
        }
        _ => {}
    }
    offer.items
}
