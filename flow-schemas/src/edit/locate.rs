//! Where exactly a value of a document is written: what introduces it, its anchor and tag, its style, its end.
//!
//! The tree of the reader knows values and rough places; this looks at the bytes between them. Nothing here changes anything.

use super::lines;
use super::refusal::Refusal;
use crate::tree::{Entry, Id, Kind};
use crate::{Positioned, Span};

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Single,
    Double,
    Literal,
    Folded,
    FlowMap,
    FlowList,
    BlockMap,
    BlockList,
    Alias,
    /// Nothing is written, which means null.
    Empty,
}

/// What holds a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    Root,
    /// An entry of a map; the key's place. `colon` is false for a key alone in a flow map.
    Entry {
        key: Span,
        colon: bool,
        explicit: bool,
    },
    Item(usize),
}

/// A value's place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub id: Id,
    pub holder: Holder,
    /// Whether it stands inside a list or map in flow style, where a line break means nothing.
    pub flow: bool,
    /// One past what introduces it: the `:`, the `-`, the `[` or `,`; for a key alone, the key.
    pub intro: usize,
    /// First byte, anchor and tag included.
    pub start: usize,
    /// First byte after anchor and tag; of a block scalar, its `|` or `>`.
    pub content: usize,
    /// One past the last byte that is not white space.
    pub end: usize,
    pub style: Style,
}

impl Place {
    pub fn is_block_collection(&self) -> bool {
        matches!(self.style, Style::BlockMap | Style::BlockList)
    }

    pub fn is_flow_collection(&self) -> bool {
        matches!(self.style, Style::FlowMap | Style::FlowList)
    }
}

/// Finds the value at a JSON pointer. Refuses one that lies behind an alias, because it is written elsewhere.
pub(crate) fn locate(tree: &Positioned, pointer: &str) -> Result<Place, Refusal> {
    let missing = || Refusal::NoSuchPlace(pointer.to_owned());
    let mut place = root(tree);
    let mut walked = 0;
    for step in pointer.split('/').skip(1) {
        if place.style == Style::Alias {
            let alias = tree.source().text[place.content..place.end].to_owned();
            return Err(Refusal::BehindAlias { pointer: pointer[..walked].to_owned(), alias });
        }
        walked += step.len() + 1;
        place = match &tree.node(place.id).kind {
            Kind::Map(entries) => {
                let entry = entries.get(&crate::unescape_pointer(step)).ok_or_else(missing)?;
                entry_place(tree, &place, entry)
            }
            Kind::List(list) => {
                let index: usize = step.parse().map_err(|_| missing())?;
                if index >= list.len() {
                    return Err(missing());
                }
                items(tree, &place).into_iter().nth(index).ok_or_else(missing)?
            }
            _ => return Err(missing()),
        };
    }
    Ok(place)
}

pub(crate) fn root(tree: &Positioned) -> Place {
    let text = &tree.source().text;
    let mut base = if text.starts_with(crate::source::BOM) { crate::source::BOM.len_utf8() } else { 0 };
    // Directives and the marker of the document come first.
    loop {
        let at = lines::skip(text, base);
        let marker = text[at..].starts_with("---") && lines::begins_line(text, at);
        if marker || text[at..].starts_with('%') && lines::begins_line(text, at) {
            base = if marker { at + 3 } else { lines::end(text, at) };
            if marker {
                break;
            }
        } else {
            break;
        }
    }
    finish(tree, tree.root, Holder::Root, false, base)
}

/// Every entry of a map, in the order it was written.
pub(crate) fn entries(tree: &Positioned, map: &Place) -> Vec<Place> {
    let list = tree.entries(map.id).map_or(&[][..], |entries| &entries.list);
    list.iter().map(|entry| entry_place(tree, map, entry)).collect()
}

fn entry_place(tree: &Positioned, map: &Place, entry: &Entry) -> Place {
    let text = &*tree.source().text;
    let key_end = entry.key_span.end as usize;
    let after = lines::skip(text, key_end);
    let colon = text[after..].starts_with(':');
    let before = text[..entry.key_span.start as usize].trim_end_matches([' ', '\t']);
    let explicit = before.ends_with('?') && !map.is_flow_collection()
        || colon && text[key_end..after].contains(['\n', '\r']) && !(map.flow || map.is_flow_collection());
    let holder = Holder::Entry { key: entry.key_span, colon, explicit };
    let intro = if colon { after + 1 } else { key_end };
    finish(tree, entry.value, holder, map.flow || map.is_flow_collection(), intro)
}

/// Every item of a list. Stops early where the text is not as expected, so that its users find fewer items and refuse.
pub(crate) fn items(tree: &Positioned, list: &Place) -> Vec<Place> {
    let text = &*tree.source().text;
    let Kind::List(ids) = &tree.node(list.id).kind else {
        return Vec::new();
    };
    let flow = list.flow || list.is_flow_collection();
    let mut out: Vec<Place> = Vec::with_capacity(ids.len());
    let mut at = if list.is_flow_collection() { list.content } else { list.start_of_items(text) };
    for (index, id) in ids.iter().enumerate() {
        let mark = lines::skip(text, at);
        let expected: &[char] = match (list.is_flow_collection(), index) {
            (true, 0) => &['['],
            (true, _) => &[','],
            (false, _) => &['-'],
        };
        if !text[mark..].starts_with(expected) {
            break;
        }
        let place = finish(tree, *id, Holder::Item(index), flow, mark + 1);
        at = place.end;
        out.push(place);
    }
    out
}

impl Place {
    /// Where the first dash is looked for: after anchor and tag.
    fn start_of_items(&self, text: &str) -> usize {
        lines::skip(text, self.content)
    }
}

/// Completes a place from what introduces the value.
fn finish(tree: &Positioned, id: Id, holder: Holder, flow: bool, intro: usize) -> Place {
    let text = &*tree.source().text;
    let node = tree.node(id);
    let start = lines::skip(text, intro);
    let content = past_properties(text, start);
    let end = (node.span.end as usize).max(content);
    let nothing = |style| Place { id, holder, flow, intro, start: intro, content: intro, end: intro, style };
    let style = match &node.kind {
        _ if text[content..].starts_with('*') => Style::Alias,
        Kind::List(_) if text[content..].starts_with('[') => Style::FlowList,
        Kind::Map(_) if text[content..].starts_with('{') => Style::FlowMap,
        Kind::List(_) => Style::BlockList,
        Kind::Map(_) => Style::BlockMap,
        Kind::Null if !is_written_null(&text[content..]) => {
            if start == content {
                return nothing(Style::Empty);
            }
            let end = start + text[start..content].trim_end().len();
            return Place { content: end, end, start, ..nothing(Style::Empty) };
        }
        _ => match text.as_bytes().get(content) {
            Some(b'"') => Style::Double,
            Some(b'\'') => Style::Single,
            Some(b'|') => Style::Literal,
            Some(b'>') => Style::Folded,
            _ => Style::Plain,
        },
    };
    let end = match style {
        Style::Literal | Style::Folded => end.max(header_end(text, content)),
        _ => content + text[content..end].trim_end().len(),
    };
    Place { id, holder, flow, intro, start, content, end, style }
}

/// One past the indicators of a block scalar's header.
pub(crate) fn header_end(text: &str, content: usize) -> usize {
    let rest = &text.as_bytes()[content + 1..];
    content + 1 + rest.iter().take_while(|byte| matches!(byte, b'+' | b'-' | b'0'..=b'9')).count()
}

fn is_written_null(text: &str) -> bool {
    let word = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '}' | ']')).next().unwrap_or_default();
    matches!(word, "~" | "null" | "Null" | "NULL")
}

/// Skips anchor and tag.
fn past_properties(text: &str, from: usize) -> usize {
    let mut at = from;
    while text[at..].starts_with(['&', '!']) {
        let word = text[at..].find(|c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']' | '{' | '}'));
        at = lines::skip(text, word.map_or(text.len(), |length| at + length));
    }
    at
}
