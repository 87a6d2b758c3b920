//! The YAML 1.2 reader: the parser's events become a tree with positions, within limits on depth and aliases.

use std::collections::HashMap;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span as Marks, Tag};

use crate::codes::Code;
use crate::parse::Arena;
use crate::scalar::{Scalar, resolve};
use crate::tree::{Entry, Id, Kind};
use crate::{Span, limits, yaml_errors};

/// Reads the arena's text; nothing when it cannot go on, which has been reported.
pub(crate) fn read(arena: &mut Arena) -> Option<Id> {
    let text = arena.source.text.clone();
    let offsets = Offsets::new(&text, arena.base);
    let mut reader =
        Reader { offsets, arena, open: Vec::new(), anchors: HashMap::new(), root: None, values: 0, aliased: 0 };
    reader.document(&text).ok()?;
    reader.root
}

/// The text cannot be understood any further; the reason has been reported.
struct Lost;

struct Reader<'a> {
    offsets: Offsets,
    arena: &'a mut Arena,
    open: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    root: Option<Id>,
    /// Values read so far, those behind aliases included each time.
    values: usize,
    /// Values that aliases added.
    aliased: usize,
}

/// A list or map that has not ended.
struct Open {
    start: usize,
    end: usize,
    anchor: usize,
    values_before: usize,
    height: usize,
    content: Content,
}

enum Content {
    List(Vec<Id>),
    Map { entries: Vec<Entry>, key: Key },
}

/// Where a map stands between its keys and values.
enum Key {
    Awaited,
    Read(Box<str>, Span),
    /// A key that has been reported; its value is dropped.
    Refused(Span),
}

#[derive(Clone, Copy)]
struct Anchored {
    id: Id,
    values: usize,
    height: usize,
}

impl Reader<'_> {
    fn document(&mut self, text: &Arc<str>) -> Result<(), Lost> {
        let mut parser = Parser::new_from_str(&text[self.arena.base..]);
        let mut documents = 0;
        while let Some(next) = parser.next_event() {
            let (event, marks) = match next {
                Ok(next) => next,
                Err(error) => {
                    let at = self.offsets.byte(error.marker().index());
                    yaml_errors::report(self.arena, error.info(), at);
                    return Err(Lost);
                }
            };
            match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        let span = self.span(marks);
                        let remedy = "keep one flow in each file, and remove the `---` line";
                        self.arena.error(Code::MANY_DOCUMENTS, span, "a second document begins here", remedy);
                        return Err(Lost);
                    }
                }
                Event::Scalar(text, style, anchor, tag) => self.scalar(&text, style, anchor, tag.as_deref(), marks)?,
                Event::Alias(anchor) => self.alias(anchor, marks)?,
                Event::SequenceStart(anchor, tag) => {
                    self.begin(Content::List(Vec::new()), anchor, tag.as_deref(), marks)?
                }
                Event::MappingStart(anchor, tag) => {
                    let content = Content::Map { entries: Vec::new(), key: Key::Awaited };
                    self.begin(content, anchor, tag.as_deref(), marks)?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.end(marks)?,
                Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            }
        }
        if self.root.is_none() {
            let remedy = "begin with `offhook: 1`";
            self.arena.error(
                Code::EMPTY_DOCUMENT,
                Span::new(self.arena.base, self.arena.base),
                "the document is empty",
                remedy,
            );
        }
        Ok(())
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        marks: Marks,
    ) -> Result<(), Lost> {
        let mut span = self.span(marks);
        let plain = style == ScalarStyle::Plain;
        if plain && text.is_empty() {
            // Nothing was written: the place is right after the key or the dash, not wherever the scanner has got to.
            span = self.place_of_nothing(span);
        }
        if matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted) {
            span.end = self.end_of_quotes(span) as u32;
        }
        if self.awaits_key() {
            if anchor > 0 {
                // A value may name the text of a key.
                let id = self.arena.add(Kind::String(text.into()), span);
                self.anchors.insert(anchor, Anchored { id, values: 1, height: 0 });
            }
            return self.key(text, plain && tag.is_none(), span);
        }
        let kind = match tag {
            None if plain => self.plain(text, span),
            None => self.arena.string(text, span),
            Some(tag) => self.tagged(text, tag, span),
        };
        let id = self.arena.add(kind, span);
        self.values += 1;
        if anchor > 0 {
            self.anchors.insert(anchor, Anchored { id, values: 1, height: 0 });
        }
        self.put(id, span.end as usize, 0);
        Ok(())
    }

    fn plain(&mut self, text: &str, span: Span) -> Kind {
        match resolve(text) {
            Scalar::Null => Kind::Null,
            Scalar::Bool(yes) => Kind::Bool(yes),
            Scalar::Number(number) => Kind::Number(number),
            Scalar::Text => self.arena.string(text, span),
            Scalar::Bad(code, message) => {
                let remedy = format!("put it in quotes: \"{}\"", text.chars().take(40).collect::<String>());
                self.arena.error(code, span, message, remedy);
                Kind::String(text.into())
            }
        }
    }

    fn tagged(&mut self, text: &str, tag: &Tag, span: Span) -> Kind {
        let kind = if tag.is_yaml_core_schema() { tag.suffix.as_str() } else { "" };
        let meant = match (kind, resolve(text)) {
            ("str", _) => return self.arena.string(text, span),
            ("null", Scalar::Null) => Some(Kind::Null),
            ("bool", Scalar::Bool(yes)) => Some(Kind::Bool(yes)),
            ("int", Scalar::Number(number)) if !number.is_f64() => Some(Kind::Number(number)),
            ("float", Scalar::Number(number)) => Some(Kind::Number(number)),
            _ => None,
        };
        meant.unwrap_or_else(|| {
            let known = matches!(kind, "null" | "bool" | "int" | "float");
            let message = if known {
                format!("`{text}` is not what the tag `!!{kind}` says")
            } else {
                format!("the tag `{}` is not known", shown(tag))
            };
            self.arena.error(Code::UNKNOWN_TAG, span, message, "remove the tag; put a text in quotes");
            Kind::String(text.into())
        })
    }

    fn key(&mut self, text: &str, plain: bool, span: Span) -> Result<(), Lost> {
        let key = if plain && text == "<<" {
            let remedy = "write the keys out, or give the whole value an anchor";
            self.arena.error(Code::MERGE_KEY, span, "merge keys (`<<`) are not part of YAML 1.2", remedy);
            Key::Refused(span)
        } else {
            if plain && !matches!(resolve(text), Scalar::Text) {
                let (message, remedy) = if text.is_empty() {
                    ("a key is missing before the `:`".to_owned(), "write the key".to_owned())
                } else {
                    (format!("the key `{text}` is not a text"), format!("put it in quotes: \"{text}\""))
                };
                self.arena.error(Code::KEY_NOT_TEXT, span, message, remedy);
            }
            if text.len() > limits::STRING_BYTES {
                let message = format!("a key of {} bytes; the limit is {}", text.len(), limits::STRING_BYTES);
                self.arena.error(Code::TEXT_TOO_LONG, span, message, "shorten it");
            }
            Key::Read(text.into(), span)
        };
        if let Some(Open { content: Content::Map { key: awaited, .. }, end, .. }) = self.open.last_mut() {
            *awaited = key;
            *end = span.end as usize;
        }
        Ok(())
    }

    fn begin(&mut self, content: Content, anchor: usize, tag: Option<&Tag>, marks: Marks) -> Result<(), Lost> {
        let span = self.span(marks);
        if self.awaits_key() {
            self.arena.error(Code::KEY_NOT_TEXT, span, "a list or a map cannot be a key", "write a text as the key");
            return Err(Lost);
        }
        if self.open.len() >= limits::DEPTH {
            return self.too_deep(span);
        }
        if let Some(tag) = tag {
            let expected = if matches!(content, Content::List(_)) { "seq" } else { "map" };
            if !tag.is_yaml_core_schema() || tag.suffix != expected {
                let message = format!("the tag `{}` is not known here", shown(tag));
                self.arena.error(Code::UNKNOWN_TAG, span, message, "remove the tag");
            }
        }
        let start = span.start as usize;
        self.open.push(Open { start, end: span.end as usize, anchor, values_before: self.values, height: 0, content });
        self.values += 1;
        Ok(())
    }

    fn end(&mut self, marks: Marks) -> Result<(), Lost> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let closing = self.span(marks);
        // The parser lets the place of a bracket run on to the next line when a comment follows.
        let bracket = self.arena.source.slice(closing).starts_with(['}', ']']);
        let end = if bracket { closing.start as usize + 1 } else { open.end };
        let span = Span::new(open.start, end);
        let kind = match open.content {
            Content::List(items) => Kind::List(items),
            Content::Map { entries, .. } => self.arena.map(entries),
        };
        let id = self.arena.add(kind, span);
        if open.anchor > 0 {
            let values = self.values - open.values_before;
            self.anchors.insert(open.anchor, Anchored { id, values, height: open.height });
        }
        self.put(id, end, open.height);
        Ok(())
    }

    /// An alias shares what its anchor names, but has a place of its own.
    fn alias(&mut self, anchor: usize, marks: Marks) -> Result<(), Lost> {
        let span = self.span(marks);
        if self.awaits_key() {
            self.arena.error(Code::KEY_NOT_TEXT, span, "an alias cannot be a key", "write the key out");
            return Err(Lost);
        }
        let Some(anchored) = self.anchors.get(&anchor).copied() else {
            self.arena.error(
                Code::UNKNOWN_ALIAS,
                span,
                "an alias stands inside the very value it names",
                "write the value out",
            );
            return Err(Lost);
        };
        self.values = self.values.saturating_add(anchored.values);
        self.aliased = self.aliased.saturating_add(anchored.values);
        if self.aliased > limits::ALIAS_VALUES {
            let message = format!("aliases add more than {} values to the document", limits::ALIAS_VALUES);
            self.arena.error(Code::ALIAS_BUDGET, span, message, "write what is meant, without aliases of aliases");
            return Err(Lost);
        }
        if self.open.len() + anchored.height > limits::DEPTH {
            return self.too_deep(span);
        }
        let kind = self.arena.nodes[anchored.id as usize].kind.clone();
        let id = self.arena.add(kind, span);
        self.put(id, span.end as usize, anchored.height);
        Ok(())
    }

    fn too_deep(&mut self, span: Span) -> Result<(), Lost> {
        let message = format!("lists and maps nest more than {} deep", limits::DEPTH);
        self.arena.error(Code::TOO_DEEP, span, message, "make it flatter");
        Err(Lost)
    }

    /// Hands a finished value to what holds it.
    fn put(&mut self, id: Id, end: usize, height: usize) {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(id);
            return;
        };
        open.end = open.end.max(end);
        open.height = open.height.max(height + 1);
        match &mut open.content {
            Content::List(items) => items.push(id),
            Content::Map { entries, key } => {
                if let Key::Read(key, key_span) = std::mem::replace(key, Key::Awaited) {
                    entries.push(Entry { key, key_span, value: id });
                }
            }
        }
    }

    /// One past the closing quote: the parser counts a comment behind it as part of the scalar.
    fn end_of_quotes(&self, span: Span) -> usize {
        let (start, end) = (span.start as usize, span.end as usize);
        let bytes = &self.arena.source.text.as_bytes()[start..end];
        let Some(open) = bytes.iter().position(|byte| matches!(byte, b'"' | b'\'')) else {
            return end;
        };
        let quote = bytes[open];
        let mut at = open + 1;
        while at < bytes.len() {
            match bytes[at] {
                b'\\' if quote == b'"' => at += 1,
                b'\'' if quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') => at += 1,
                byte if byte == quote => return start + at + 1,
                _ => {}
            }
            at += 1;
        }
        end
    }

    fn awaits_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { content: Content::Map { key: Key::Awaited, .. }, .. }))
    }

    fn place_of_nothing(&self, span: Span) -> Span {
        match self.open.last() {
            Some(Open { content: Content::Map { key: Key::Read(_, key) | Key::Refused(key), .. }, .. }) => {
                let after = key.end as usize + usize::from(self.arena.source.text[key.end as usize..].starts_with(':'));
                Span::new(after, after)
            }
            _ => Span::new(span.start as usize, span.start as usize),
        }
    }

    /// Character marks to bytes; white space at the end (after a block scalar) is no part of a value.
    fn span(&self, marks: Marks) -> Span {
        let start = self.offsets.byte(marks.start.index());
        let end = self.offsets.byte(marks.end.index()).max(start);
        let text = &self.arena.source.text[start..end];
        Span::new(start, start + text.trim_end().len())
    }
}

fn shown(tag: &Tag) -> String {
    if tag.is_yaml_core_schema() { format!("!!{}", tag.suffix) } else { tag.to_string() }
}

/// Character offsets to byte offsets: a table of every 64th character, empty for ASCII.
struct Offsets {
    every: Vec<u32>,
    base: usize,
    text: Arc<str>,
}

const STRIDE: usize = 64;

impl Offsets {
    fn new(text: &Arc<str>, base: usize) -> Offsets {
        let ascii = text[base..].is_ascii();
        let starts = |text: &str| text.char_indices().step_by(STRIDE).map(|(at, _)| at as u32).collect();
        let every = if ascii { Vec::new() } else { starts(&text[base..]) };
        Offsets { every, base, text: text.clone() }
    }

    fn byte(&self, character: usize) -> usize {
        let text = &self.text[self.base..];
        let within = if self.every.is_empty() {
            character.min(text.len())
        } else {
            match self.every.get(character / STRIDE) {
                Some(start) => {
                    let rest = &text[*start as usize..];
                    *start as usize + rest.char_indices().nth(character % STRIDE).map_or(rest.len(), |(at, _)| at)
                }
                None => text.len(),
            }
        };
        self.base + within
    }
}
