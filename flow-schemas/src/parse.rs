//! Bytes to a tree: encoding and size, then the YAML or the JSON reader. Knows nothing about flows.

use crate::codes::Code;
use crate::source::BOM;
use crate::tree::{Entries, Entry, Id, Kind, TreeNode};
use crate::{Diagnostic, Positioned, Source, Span, json, limits, yaml};

/// What came of reading a text: a tree if one could be made, and all that is wrong.
#[derive(Debug)]
pub struct Parsed {
    /// The tree; it may exist beside errors such as a repeated key, so that checking can go on.
    pub tree: Option<Positioned>,
    /// Errors, warnings and hints.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads YAML or JSON with positions. A name that ends in `.json` is JSON; otherwise a text that is valid JSON is read as such (it
/// is the faster of the two) and all else as YAML 1.2.
#[must_use]
pub fn parse(name: &str, bytes: &[u8]) -> Parsed {
    let source = match decode(name, bytes) {
        Ok(source) => source,
        Err(diagnostic) => {
            return Parsed { tree: None, diagnostics: vec![*diagnostic] };
        }
    };
    let mut arena = Arena::new(source);
    if arena.has_control_characters() {
        return Parsed { tree: None, diagnostics: arena.diagnostics };
    }
    let root = if name.ends_with(".json") {
        json::read(&mut arena)
    } else if arena.text().trim_start().starts_with(['{', '[']) {
        json_or_yaml(&mut arena)
    } else {
        yaml::read(&mut arena)
    };
    arena.finish(root)
}

/// Reads YAML or JSON with positions.
///
/// # Errors
/// All that is wrong, if anything is an error. Hints and warnings are in [`Positioned::notes`].
pub fn read_tree(name: &str, bytes: &[u8]) -> Result<Positioned, Vec<Diagnostic>> {
    let Parsed { tree, diagnostics } = parse(name, bytes);
    match tree {
        Some(mut tree) if !diagnostics.iter().any(Diagnostic::is_error) => {
            tree.notes = diagnostics;
            Ok(tree)
        }
        _ => Err(diagnostics),
    }
}

/// A text that begins like JSON may be YAML's flow style; JSON is tried first, and its complaints forgotten.
fn json_or_yaml(arena: &mut Arena) -> Option<Id> {
    let known = arena.diagnostics.len();
    let root = json::read(arena);
    if root.is_some() && arena.diagnostics[known..].iter().all(|d| d.code != Code::SYNTAX) {
        return root;
    }
    arena.diagnostics.truncate(known);
    arena.nodes.clear();
    yaml::read(arena)
}

fn decode(name: &str, bytes: &[u8]) -> Result<Source, Box<Diagnostic>> {
    if bytes.len() > limits::DOCUMENT_BYTES {
        let megabytes = bytes.len() as f64 / (1024.0 * 1024.0);
        let limit = limits::DOCUMENT_BYTES / (1024 * 1024);
        let message = format!("the document has {megabytes:.1} MB; the limit is {limit} MB");
        let source = Source::new(name, "");
        let remedy = "split the flow, and let its parts call each other";
        return Err(Box::new(Diagnostic::new(Code::TOO_LARGE, message).at(&source, Span::default()).remedy(remedy)));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(name, text)),
        Err(error) => {
            let at = error.valid_up_to();
            // What precedes the bad byte is good text; it gives the place and the excerpt.
            let good = Source::new(name, String::from_utf8_lossy(&bytes[..at]).as_ref());
            let wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
            let message = if wide {
                "the file is UTF-16, not UTF-8".to_owned()
            } else {
                format!("byte 0x{:02x} is not valid UTF-8 here", bytes[at])
            };
            let diagnostic = Diagnostic::new(Code::NOT_UTF8, message).at(&good, Span::new(at, at));
            Err(Box::new(diagnostic.remedy("save the file as UTF-8")))
        }
    }
}

/// Where a reader puts values and mistakes.
pub(crate) struct Arena {
    pub source: Source,
    pub nodes: Vec<TreeNode>,
    pub diagnostics: Vec<Diagnostic>,
    /// Bytes of a byte order mark that the reader must skip.
    pub base: usize,
}

impl Arena {
    fn new(source: Source) -> Arena {
        let base = if source.text.starts_with(BOM) { BOM.len_utf8() } else { 0 };
        let mut arena = Arena { source, nodes: Vec::new(), diagnostics: Vec::new(), base };
        if base > 0 {
            let remedy = "save the file as UTF-8 without a byte order mark";
            arena.error(Code::BYTE_ORDER_MARK, Span::new(0, base), "the file begins with a byte order mark", remedy);
        }
        arena
    }

    /// The text after a byte order mark.
    pub fn text(&self) -> &str {
        &self.source.text[self.base..]
    }

    pub fn add(&mut self, kind: Kind, span: Span) -> Id {
        self.nodes.push(TreeNode { kind, span });
        self.nodes.len() as Id - 1
    }

    pub fn error(&mut self, code: Code, span: Span, message: impl Into<String>, remedy: impl Into<String>) {
        if self.has_room() {
            let diagnostic = Diagnostic::new(code, message).at(&self.source, span);
            self.diagnostics.push(diagnostic.remedy(remedy));
        }
    }

    /// Whether more diagnostics are wanted; making one costs time, and a hostile document has reasons for a million.
    fn has_room(&self) -> bool {
        self.diagnostics.len() < limits::DIAGNOSTICS
    }

    /// Makes a map, reporting keys that are written twice.
    pub fn map(&mut self, list: Vec<Entry>) -> Kind {
        let room = limits::DIAGNOSTICS.saturating_sub(self.diagnostics.len());
        let mut twice = Vec::new();
        let entries = Entries::new(list, |first, again| {
            if twice.len() < room {
                twice.push((first.key.clone(), first.key_span, again.key_span));
            }
        });
        for (key, first, again) in twice {
            let diagnostic = Diagnostic::new(Code::DUPLICATE_KEY, format!("the key `{key}` is written twice"))
                .at(&self.source, again)
                .related(&self.source, first, "first written here")
                .remedy("rename or remove one of them; the first one counts until then");
            self.diagnostics.push(diagnostic);
        }
        Kind::Map(entries)
    }

    /// Makes a text, reporting one that is too long or holds what no store or channel keeps.
    pub fn string(&mut self, text: &str, span: Span) -> Kind {
        if text.len() > limits::STRING_BYTES {
            let message = format!("a text of {} bytes; the limit is {}", text.len(), limits::STRING_BYTES);
            self.error(Code::TEXT_TOO_LONG, span, message, "shorten it, or fetch it while the flow runs");
        }
        if text.contains('\0') {
            let message = "the text holds the character U+0000";
            self.error(Code::CONTROL_CHARACTER, span, message, "remove it");
        }
        Kind::String(text.into())
    }

    fn has_control_characters(&mut self) -> bool {
        let text = self.source.text.clone();
        let bytes = text.as_bytes();
        let forbidden = |byte: u8| (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0x7f;
        let mut found = false;
        for (at, byte) in bytes.iter().enumerate().filter(|(_, byte)| forbidden(**byte)).take(20) {
            let message = format!("the control character U+{byte:04X} stands in the text");
            self.error(Code::CONTROL_CHARACTER, Span::new(at, at + 1), message, "remove it");
            found = true;
        }
        found
    }

    fn finish(self, root: Option<Id>) -> Parsed {
        let Arena { source, nodes, diagnostics, .. } = self;
        Parsed { tree: root.map(|root| Positioned::new(source, nodes, root)), diagnostics }
    }
}
