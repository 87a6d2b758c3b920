//! The canonical form of a document, for `offhook fmt`: how keys are ordered, how far things are indented, where blank lines stand.
//!
//! Comments, anchors, block scalars and the line breaks of texts stay; what the document says stays, which is proved by reading both
//! texts before the new one is given out. Neither the order of nodes nor a long line is changed. This is the only place that prints a
//! document anew: everything else edits it.

mod json;
mod line;
mod read;
mod write;

use std::fmt;

use crate::edit::draft::is_json;
use crate::source::BOM;
use crate::{Diagnostic, Positioned, read_tree};

/// Why a document was not formatted.
#[derive(Debug, Clone)]
pub enum Unformatted {
    /// It cannot be read; the errors say why.
    Unreadable(Vec<Diagnostic>),
    /// It is written in a way that cannot be formatted without risk: the byte at which that begins.
    Strange(usize),
}

impl fmt::Display for Unformatted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unformatted::Unreadable(found) => match found.iter().find(|found| found.is_error()) {
                Some(error) => write!(f, "it cannot be read: {}", error.message),
                None => f.write_str("it cannot be read"),
            },
            Unformatted::Strange(_) => {
                f.write_str("it is written in a way that cannot be formatted without risk; it stays as it is")
            }
        }
    }
}

/// The canonical form of a flow, or of a file beside one. A name that ends in `.json` is JSON, as when it is read.
///
/// # Errors
/// When the text cannot be read, or the new text would not say the very same with the very same comments and anchors.
///
/// ```
/// use offhook_flow_schemas::format::format;
/// let text = "nodes:\n    greet: {next: end,type: say, text: 'Hello'}   # first\nid: a\noffhook: 1\n";
/// let formatted = format("a.yaml", text).expect("it can be read");
/// assert_eq!(formatted, "offhook: 1\nid: a\nnodes:\n  greet: { type: say, text: Hello, next: end } # first\n");
/// ```
pub fn format(name: &str, text: &str) -> Result<String, Unformatted> {
    let crlf = text.find('\n').is_some_and(|at| text[..at].ends_with('\r'));
    let plain = text.trim_start_matches(BOM).replace("\r\n", "\n").replace('\r', "\n");
    let tree = read_tree(name, plain.as_bytes()).map_err(Unformatted::Unreadable)?;
    let written = if is_json(name, &plain) {
        let written = json::write(&tree);
        let again = read_tree(name, written.as_bytes()).map_err(|_| Unformatted::Strange(0))?;
        if again.to_value() != tree.to_value() {
            return Err(Unformatted::Strange(0));
        }
        written
    } else {
        // An alias that would come to stand before its anchor keeps the author's order.
        let first = yaml(name, &tree, true);
        match first {
            Err(_) => yaml(name, &tree, false)?,
            done => done?,
        }
    };
    Ok(if crlf { written.replace('\n', "\r\n") } else { written })
}

fn yaml(name: &str, tree: &Positioned, sorted: bool) -> Result<String, Unformatted> {
    let mut document = read::read(tree)?;
    let (comments, anchors) = (document.comments.clone(), document.anchors.clone());
    if sorted && tree.span("/offhook").is_some() {
        document.sort();
    }
    let text = write::write(&document);
    let strange = || Unformatted::Strange(0);
    let again = read_tree(name, text.as_bytes()).map_err(|_| strange())?;
    let found = read::read(&again)?;
    let same = |mut one: Vec<String>, mut other: Vec<String>| {
        one.sort();
        other.sort();
        one == other
    };
    let kept = again.to_value() == tree.to_value() && same(found.comments, comments) && same(found.anchors, anchors);
    if kept { Ok(text) } else { Err(strange()) }
}

/// Every comment of a YAML document, in the order of the text: the byte of its `#` and the text from there on, without white space at
/// its end. Of a document that cannot be formatted, the lines that are nothing but a comment.
#[must_use]
pub fn comments(tree: &Positioned) -> Vec<(usize, String)> {
    if let Ok(document) = read::read(tree) {
        return document.places;
    }
    let text = &*tree.source().text;
    let mut at = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        let comment = line.trim();
        if comment.starts_with('#') {
            found.push((at + line.len() - line.trim_start().len(), comment.to_owned()));
        }
        at += line.len();
    }
    found
}
