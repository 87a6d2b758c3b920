//! A mistake in a document, told to its author: what, where, and what to do about it.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::codes::Code;
use crate::source::floor_boundary;
use crate::tree::unescape;
use crate::{Positioned, Source, Span, limits};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The flow cannot be published.
    Error,
    /// The flow runs, but probably not as meant.
    Warning,
    /// Worth knowing; nothing is wrong.
    Hint,
}

/// A mistake in a document, with its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// What kind of mistake; [`crate::explain`] tells more.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence without a full stop.
    pub message: String,
    /// The document's name.
    pub file: String,
    /// Line, from 1; 0 when the whole document is meant.
    pub line: u32,
    /// Column, from 1, in Unicode scalar values; 0 when the whole document is meant.
    pub column: u32,
    /// Line of the end.
    pub end_line: u32,
    /// Column one past the end.
    pub end_column: u32,
    /// The node it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Dotted path in the node, such as `choices.0.next`; outside a node, in the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The source line, without its line break.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
    /// Column at which the excerpt begins: 1 but for very long lines, of which only the part around the place is kept.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub excerpt_from: u32,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Other places that have to do with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Related>,
    /// Where the key is, for [`Diagnostic::key`].
    #[serde(skip)]
    key: KeyPlace,
}

/// Another place that has to do with a diagnostic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Related {
    /// What is there.
    pub message: String,
    /// The document's name.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// Line of the end.
    pub end_line: u32,
    /// Column one past the end.
    pub end_column: u32,
    /// The source line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
    /// Column at which the excerpt begins.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub excerpt_from: u32,
}

fn one() -> u32 {
    1
}

fn is_one(column: &u32) -> bool {
    *column == 1
}

/// Remembered only between making a diagnostic and asking for its key; it is no part of what the diagnostic says.
#[derive(Debug, Clone, Default)]
struct KeyPlace(Option<Box<Place>>);

impl PartialEq for KeyPlace {
    fn eq(&self, _: &KeyPlace) -> bool {
        true
    }
}

#[derive(Debug, Clone)]
struct Place {
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    excerpt: Option<String>,
    excerpt_from: u32,
}

impl Place {
    fn of(source: &Source, span: Span) -> Place {
        let (start, end) = (source.position(span.start), source.position(span.end));
        let line = source.line_span(start.line);
        let mut shown = line;
        if (line.end - line.start) as usize > limits::EXCERPT_BYTES {
            let boundary = |offset: u32| floor_boundary(&source.text, offset as usize);
            let from = boundary(span.start.saturating_sub(limits::EXCERPT_BYTES as u32 / 3).max(line.start));
            let until = boundary((from as u32).saturating_add(limits::EXCERPT_BYTES as u32).min(line.end));
            shown = Span::new(from, until);
        }
        let excerpt = source.slice(shown);
        Place {
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            excerpt: (!excerpt.is_empty()).then(|| excerpt.to_owned()),
            excerpt_from: if shown == line { 1 } else { source.position(shown.start).column },
        }
    }
}

impl Diagnostic {
    /// A diagnostic of a code with its usual severity, about the document as a whole.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            severity: code.severity(),
            message: message.into(),
            file: String::new(),
            line: 0,
            column: 0,
            end_line: 0,
            end_column: 0,
            node: None,
            field: None,
            excerpt: None,
            excerpt_from: 1,
            remedy: None,
            related: Vec::new(),
            key: KeyPlace(None),
        }
    }

    /// A diagnostic at a JSON pointer of a tree: fills the place, the node, the field and the excerpt.
    ///
    /// When the pointer leads nowhere (a missing field), the place is the nearest thing above it that exists.
    #[must_use]
    pub fn at_pointer(tree: &Positioned, code: Code, pointer: &str, message: impl Into<String>) -> Diagnostic {
        let found = tree.nearest_pointer(pointer);
        let source = tree.source();
        let key = tree.key_span(found);
        let mut span = tree.span(found).unwrap_or_default();
        if found != pointer && !found.is_empty() {
            // Something below is missing: the key of what should hold it says more than its many lines.
            span = key.unwrap_or(span);
        }
        let (node, field) = node_and_field(pointer);
        let mut diagnostic = Diagnostic::new(code, message).at(source, span);
        diagnostic.node = node;
        diagnostic.field = field;
        diagnostic.key = KeyPlace(key.map(|key| Box::new(Place::of(source, key))));
        diagnostic
    }

    /// Puts the diagnostic at a span of a source.
    #[must_use]
    pub fn at(mut self, source: &Source, span: Span) -> Diagnostic {
        source.name.clone_into(&mut self.file);
        self.put(Place::of(source, span));
        self
    }

    /// Points at the key instead of the value, where the place has a key.
    #[must_use]
    pub fn key(mut self) -> Diagnostic {
        if let Some(place) = self.key.0.take() {
            self.put(*place);
        }
        self
    }

    /// Points at a part of a text: `range` counts bytes in the string's value at `pointer`, as a compiler of scripts
    /// or templates reports them. Where the text was written with escapes or folded, the whole text stays the place.
    #[must_use]
    pub fn within(mut self, tree: &Positioned, pointer: &str, range: Range<usize>) -> Diagnostic {
        if let Some(span) = tree.span_within(pointer, range) {
            self.put(Place::of(tree.source(), span));
        }
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Diagnostic {
        self.remedy = Some(remedy.into());
        self
    }

    /// Says what to do about it, if that is known.
    #[must_use]
    pub fn maybe_remedy(mut self, remedy: Option<impl Into<String>>) -> Diagnostic {
        if let Some(remedy) = remedy {
            self.remedy = Some(remedy.into());
        }
        self
    }

    /// Proposes the nearest of the names that could have been meant; leaves an earlier remedy when none is near.
    #[must_use]
    pub fn did_you_mean<'a>(mut self, word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Diagnostic {
        if let Some(name) = crate::nearest(word, candidates) {
            self.remedy = Some(format!("did you mean `{name}`?"));
        }
        self
    }

    /// Changes the severity.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Diagnostic {
        self.severity = severity;
        self
    }

    /// Adds another place that has to do with it.
    #[must_use]
    pub fn related(mut self, source: &Source, span: Span, message: impl Into<String>) -> Diagnostic {
        let place = Place::of(source, span);
        self.related.push(Related {
            message: message.into(),
            file: source.name.clone(),
            line: place.line,
            column: place.column,
            end_line: place.end_line,
            end_column: place.end_column,
            excerpt: place.excerpt,
            excerpt_from: place.excerpt_from,
        });
        self
    }

    /// Whether it prevents publishing.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    fn put(&mut self, place: Place) {
        self.line = place.line;
        self.column = place.column;
        self.end_line = place.end_line;
        self.end_column = place.end_column;
        self.excerpt = place.excerpt;
        self.excerpt_from = place.excerpt_from;
    }
}

/// `/nodes/ID/a/0` is the field `a.0` of the node `ID`; other pointers are fields of the document.
fn node_and_field(pointer: &str) -> (Option<String>, Option<String>) {
    let dotted = |path: &str| {
        let field = path.split('/').map(unescape).collect::<Vec<_>>().join(".");
        (!field.is_empty()).then_some(field)
    };
    let Some(inside) = pointer.strip_prefix("/nodes/") else {
        return (None, dotted(pointer.strip_prefix('/').unwrap_or_default()));
    };
    let (node, rest) = inside.split_once('/').unwrap_or((inside, ""));
    (Some(unescape(node).into_owned()), dotted(rest))
}

/// Sorts as people read: by file, then place, errors first at the same place; repeats are dropped.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| {
        let place = |d: &Diagnostic| (d.line, d.column, d.severity, d.code);
        a.file.cmp(&b.file).then_with(|| place(a).cmp(&place(b))).then_with(|| a.message.cmp(&b.message))
    });
    diagnostics.dedup();
}
