//! A document's text and places in it. Bytes inside, lines and columns for people; no reading of files.

use std::sync::{Arc, OnceLock};

/// The text of one document and the name people know it by.
#[derive(Debug, Clone)]
pub struct Source {
    /// File name or other name shown in diagnostics.
    pub name: String,
    /// The whole text, including a byte order mark if it had one.
    pub text: Arc<str>,
    index: Arc<Index>,
}

/// What makes questions about places quick; made at the first question, because most documents have nothing to tell.
#[derive(Debug, Default)]
struct Index {
    /// Byte offsets at which lines start.
    lines: OnceLock<Vec<u32>>,
    /// Characters before each block of bytes, so that a line of megabytes is not counted again and again.
    characters: OnceLock<Vec<u32>>,
}

/// Bytes of a block in [`Index::characters`].
const BLOCK: usize = 4096;

/// A range of bytes in a source; `start` inclusive, `end` exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A place as people count it: both from 1, columns in Unicode scalar values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1, in Unicode scalar values.
    pub column: u32,
}

impl Span {
    /// The range from `start` to `end`; an end before the start is moved to the start.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Span {
        Span { start: start as u32, end: end.max(start) as u32 }
    }
}

impl Source {
    /// A source from a name and its text.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<Arc<str>>) -> Source {
        Source { name: name.into(), text: text.into(), index: Arc::default() }
    }

    /// Line and column of a byte offset; an offset past the end or inside a character is moved back to a boundary.
    #[must_use]
    pub fn position(&self, byte: u32) -> Position {
        let offset = floor_boundary(&self.text, byte as usize);
        let lines = self.lines();
        let line = lines.partition_point(|start| *start as usize <= offset).max(1);
        let start = self.visible_start(lines[line - 1] as usize).min(offset);
        let column = self.characters_before(offset) - self.characters_before(start) + 1;
        Position { line: line as u32, column: column as u32 }
    }

    /// The byte offset of a line and column; past the end of the line, the line's end.
    #[must_use]
    pub fn offset(&self, position: Position) -> u32 {
        let text = self.line_text(position.line);
        let start = self.line_start(position.line);
        let column = position.column.saturating_sub(1) as usize;
        let within = text.char_indices().nth(column).map_or(text.len(), |(at, _)| at);
        (start + within) as u32
    }

    /// The text of a line (from 1) without its line break; empty when there is no such line.
    #[must_use]
    pub fn line_text(&self, line: u32) -> &str {
        let lines = self.lines();
        let index = line.saturating_sub(1) as usize;
        if index >= lines.len() {
            return "";
        }
        let start = self.line_start(line);
        let end = lines.get(index + 1).map_or(self.text.len(), |next| *next as usize);
        self.text[start..end].trim_end_matches(['\n', '\r'])
    }

    /// The text of a span.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        let start = floor_boundary(&self.text, span.start as usize);
        let end = floor_boundary(&self.text, span.end as usize).max(start);
        &self.text[start..end]
    }

    fn line_start(&self, line: u32) -> usize {
        let lines = self.lines();
        let index = (line.saturating_sub(1) as usize).min(lines.len() - 1);
        self.visible_start(lines[index] as usize)
    }

    /// A byte order mark takes no column.
    fn visible_start(&self, start: usize) -> usize {
        if start == 0 && self.text.starts_with(BOM) { BOM.len_utf8() } else { start }
    }

    /// Where a line (from 1) starts and ends, without its line break.
    pub(crate) fn line_span(&self, line: u32) -> Span {
        let start = self.line_start(line);
        Span::new(start, start + self.line_text(line).len())
    }

    fn characters_before(&self, offset: usize) -> usize {
        let bytes = self.text.as_bytes();
        let starts = |from: usize, to: usize| bytes[from..to].iter().filter(|byte| (**byte as i8) >= -0x40).count();
        let blocks = self.index.characters.get_or_init(|| {
            let mut before = vec![0];
            for end in (BLOCK..=bytes.len()).step_by(BLOCK) {
                let last = before[before.len() - 1];
                before.push(last + starts(end - BLOCK, end) as u32);
            }
            before
        });
        let block = offset / BLOCK;
        blocks[block] as usize + starts(block * BLOCK, offset)
    }

    fn lines(&self) -> &[u32] {
        self.index.lines.get_or_init(|| {
            let bytes = self.text.as_bytes();
            let mut starts = vec![0];
            for (at, byte) in bytes.iter().enumerate() {
                let breaks = *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
                if breaks {
                    starts.push(at as u32 + 1);
                }
            }
            starts
        })
    }
}

/// The byte order mark, which some editors put at the front of a file.
pub(crate) const BOM: char = '\u{feff}';

/// The nearest character boundary at or before an offset.
pub(crate) fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_columns_in_characters_and_lines_of_every_kind() {
        let source = Source::new("x", "año: 1\r\nb\rc\n");
        assert_eq!(source.position(4), Position { line: 1, column: 4 });
        assert_eq!(source.position(9), Position { line: 2, column: 1 });
        assert_eq!(source.position(11), Position { line: 3, column: 1 });
        assert_eq!(source.position(999), Position { line: 4, column: 1 });
        assert_eq!(source.line_text(1), "año: 1");
        assert_eq!(source.line_text(2), "b");
        assert_eq!(source.line_text(9), "");
        assert_eq!(source.offset(Position { line: 1, column: 4 }), 4);
    }

    #[test]
    fn counts_in_long_lines() {
        let text = "é".repeat(10_240);
        let source = Source::new("x", text.as_str());
        for characters in [0, 1, 2_047, 2_048, 2_049, 9_999, 10_240] {
            let place = Position { line: 1, column: characters + 1 };
            assert_eq!(source.position(characters * 2), place);
            assert_eq!(source.offset(place), characters * 2);
        }
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        let source = Source::new("x", "\u{feff}a: 1");
        assert_eq!(source.position(3), Position { line: 1, column: 1 });
        assert_eq!(source.line_text(1), "a: 1");
    }
}
