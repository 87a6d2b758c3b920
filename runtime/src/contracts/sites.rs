//! Every place of a node's parameters that carries a format, found by the same formats as the compiler's walk, and every
//! source within it: an expression, a script, a template.

use crate::catalog::{NodeType, Place};
use crate::params::Format;
use offhook_flow_schemas::escape_pointer;
use serde_json::{Map, Value as Json};

/// A place that carries a format.
pub(crate) struct Site<'a> {
    pub(crate) format: Format,
    pub(crate) value: &'a Json,
    pub(crate) path: Vec<Step<'a>>,
}

/// A step of the way to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    Key(&'a str),
    Item(usize),
    /// A key itself is meant.
    Name(&'a str),
}

/// What kind of source a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Expression,
    Script,
    Template,
}

/// A source in a site.
pub(crate) struct Source<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    /// Bytes of the text before the source.
    pub(crate) shift: usize,
    /// The way from the site.
    pub(crate) path: Vec<Step<'a>>,
    /// Whether it is the whole of what is handed on.
    pub(crate) whole: bool,
}

/// The pointer below a node.
pub(crate) fn pointer<'s>(path: impl IntoIterator<Item = &'s Step<'s>>) -> String {
    let mut out = String::new();
    for step in path {
        out.push('/');
        match step {
            Step::Key(key) | Step::Name(key) => out.push_str(&escape_pointer(key)),
            Step::Item(index) => out.push_str(&index.to_string()),
        }
    }
    out
}

/// The sites of a node, in the order of its type's formats.
pub(crate) fn sites<'a>(kind: &NodeType, params: &'a Map<String, Json>) -> Vec<Site<'a>> {
    let mut found = Vec::new();
    for (places, format) in kind.formats() {
        if let Some((Place::Key(key), rest)) = places.split_first()
            && let Some((key, value)) = params.get_key_value(key)
        {
            visit(value, rest, &mut vec![Step::Key(key)], *format, &mut found);
        }
    }
    found
}

fn visit<'a>(json: &'a Json, places: &[Place], path: &mut Vec<Step<'a>>, format: Format, found: &mut Vec<Site<'a>>) {
    let Some((place, rest)) = places.split_first() else {
        found.push(Site { format, value: json, path: path.clone() });
        return;
    };
    match (place, json) {
        (Place::Key(key), Json::Object(map)) => {
            if let Some((key, value)) = map.get_key_value(key) {
                path.push(Step::Key(key));
                visit(value, rest, path, format, found);
                path.pop();
            }
        }
        (Place::Each, Json::Object(map)) => {
            for (key, value) in map {
                path.push(Step::Key(key));
                visit(value, rest, path, format, found);
                path.pop();
            }
        }
        (Place::Each, Json::Array(items)) => {
            for (index, value) in items.iter().enumerate() {
                path.push(Step::Item(index));
                visit(value, rest, path, format, found);
                path.pop();
            }
        }
        (Place::Names, Json::Object(map)) => {
            for (key, value) in map {
                path.push(Step::Name(key));
                found.push(Site { format, value, path: path.clone() });
                path.pop();
            }
        }
        _ => {}
    }
}

impl<'a> Site<'a> {
    /// The name that stands here, for a site that is a variable or a flow.
    pub(crate) fn name(&self) -> Option<&'a str> {
        match self.path.last() {
            Some(Step::Name(name)) => Some(name),
            _ => self.value.as_str(),
        }
    }

    /// The sources within.
    pub(crate) fn sources(&self) -> Vec<Source<'a>> {
        let mut found = Vec::new();
        let mut path = Vec::new();
        let whole = |kind: Kind| {
            let text = self.value.as_str()?;
            Some(Source { kind, text, shift: 0, path: Vec::new(), whole: false })
        };
        match self.format {
            Format::Expression => found.extend(whole(Kind::Expression)),
            Format::Script => found.extend(whole(Kind::Script)),
            Format::Template | Format::SecretTemplate | Format::Ssml | Format::Audio | Format::Video => {
                found.extend(whole(Kind::Template))
            }
            Format::Value | Format::SecretValue => value(self.value, &mut path, &mut found),
            Format::Prompt => prompt(self.value, &mut path, &mut found, true),
            _ => {}
        }
        found
    }
}

fn value<'a>(json: &'a Json, path: &mut Vec<Step<'a>>, found: &mut Vec<Source<'a>>) {
    match json {
        Json::String(text) => {
            if let Some(source) = text.strip_prefix('=') {
                let path = path.clone();
                found.push(Source { kind: Kind::Expression, text: source, shift: 1, path, whole: true });
            } else if text.contains("{{") || text.contains("{%") {
                found.push(Source { kind: Kind::Template, text, shift: 0, path: path.clone(), whole: false });
            }
        }
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(Step::Item(index));
                value(item, path, found);
                path.pop();
            }
        }
        Json::Object(map) => {
            for (key, item) in map {
                path.push(Step::Key(key));
                value(item, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

/// The sources of a prompt: a text, a list of parts, or (`by_channel`) a map of these.
fn prompt<'a>(json: &'a Json, path: &mut Vec<Step<'a>>, found: &mut Vec<Source<'a>>, by_channel: bool) {
    match json {
        Json::String(text) => {
            found.push(Source { kind: Kind::Template, text, shift: 0, path: path.clone(), whole: false });
        }
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(Step::Item(index));
                match item {
                    Json::Object(part) => {
                        for (key, of) in part {
                            path.push(Step::Key(key));
                            match key.as_str() {
                                "value" => {
                                    let before = found.len();
                                    value(of, path, found);
                                    // What is said is used, not only handed on.
                                    found[before..].iter_mut().for_each(|source| source.whole = false);
                                }
                                "text" | "ssml" | "audio" | "video" => prompt(of, path, found, false),
                                _ => {}
                            }
                            path.pop();
                        }
                    }
                    text => prompt(text, path, found, false),
                }
                path.pop();
            }
        }
        Json::Object(map) if by_channel => {
            for (key, item) in map {
                path.push(Step::Key(key));
                prompt(item, path, found, false);
                path.pop();
            }
        }
        _ => {}
    }
}
