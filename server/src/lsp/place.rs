//! Places as the protocol counts them: lines from 0, and columns in the code units that both sides agreed on. UTF-16 is what a
//! client that says nothing expects.

use lsp_types::{Position, Range};
use offhook_flow_schemas::{Diagnostic, Source, Span};

/// What a column counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of two bytes, one or two a character.
    #[default]
    Utf16,
}

impl Encoding {
    fn width(self, text: &str) -> u32 {
        let width = match self {
            Encoding::Utf8 => text.len(),
            Encoding::Utf16 => text.encode_utf16().count(),
        };
        u32::try_from(width).unwrap_or(u32::MAX)
    }

    /// The byte of a text at which a position is; one past the end of a line is its end, one within a character its start.
    pub(super) fn byte(self, text: &str, position: Position) -> usize {
        let mut start = 0;
        for _ in 0..position.line {
            match text[start..].find('\n') {
                Some(end) => start += end + 1,
                None => return text.len(),
            }
        }
        let line = text[start..].split('\n').next().unwrap_or_default().trim_end_matches('\r');
        let mut column = 0;
        for (at, sign) in line.char_indices() {
            column += self.width(sign.encode_utf8(&mut [0; 4]));
            if column > position.character {
                return start + at;
            }
        }
        start + line.len()
    }

    /// The position of a byte of a text.
    pub(super) fn position(self, text: &str, byte: usize) -> Position {
        let mut byte = byte.min(text.len());
        while !text.is_char_boundary(byte) {
            byte -= 1;
        }
        let before = &text[..byte];
        let line = before.bytes().filter(|sign| *sign == b'\n').count();
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        Position { line: u32::try_from(line).unwrap_or(u32::MAX), character: self.width(&before[start..]) }
    }

    /// The range of some bytes of a text.
    pub(super) fn range(self, text: &str, bytes: std::ops::Range<usize>) -> Range {
        Range { start: self.position(text, bytes.start), end: self.position(text, bytes.end) }
    }

    /// The range of a span.
    pub(super) fn span(self, source: &Source, span: Span) -> Range {
        self.range(&source.text, span.start as usize..span.end as usize)
    }

    /// The range of a diagnostic in its text, whose lines and columns count characters from 1. What is about the whole document
    /// stands at its beginning.
    pub(super) fn of(self, text: &str, diagnostic: &Diagnostic) -> Range {
        if diagnostic.line == 0 {
            return Range::default();
        }
        let source = Source::new("", text);
        let at = |line, column| source.offset(offhook_flow_schemas::Position { line, column }) as usize;
        let start = at(diagnostic.line, diagnostic.column);
        self.range(text, start..at(diagnostic.end_line, diagnostic.end_column).max(start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_units_of_the_encoding() {
        let text = "a: 😀é!\r\nb: 2\n";
        for (encoding, column) in [(Encoding::Utf16, 6), (Encoding::Utf8, 9)] {
            let byte = text.find('!').unwrap();
            let position = encoding.position(text, byte);
            assert_eq!((position.line, position.character), (0, column));
            assert_eq!(encoding.byte(text, position), byte);
            assert_eq!(encoding.byte(text, Position { line: 0, character: 99 }), text.find('\r').unwrap());
            assert_eq!(encoding.byte(text, Position { line: 9, character: 0 }), text.len());
            assert_eq!(encoding.position(text, text.find("2").unwrap()), Position { line: 1, character: 3 });
        }
        // Within a character is its start.
        assert_eq!(Encoding::Utf16.byte(text, Position { line: 0, character: 4 }), text.find('😀').unwrap());
    }
}
