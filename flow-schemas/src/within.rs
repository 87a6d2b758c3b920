//! From a place in a string's value to the place in the text where it was written, so that an error in a script or a template can be
//! underlined. Exact for plain, quoted without escapes and `|` blocks; otherwise there is no answer.

use std::ops::Range;

use crate::tree::{Kind, Positioned};
use crate::{Source, Span};

impl Positioned {
    /// Where bytes `range` of the string at `pointer` were written; nothing when that cannot be told exactly.
    #[must_use]
    pub fn span_within(&self, pointer: &str, range: Range<usize>) -> Option<Span> {
        let node = self.node(self.find(pointer)?);
        let Kind::String(value) = &node.kind else {
            return None;
        };
        let start = written(self.source(), node.span, value, range.start)?;
        let end = written(self.source(), node.span, value, range.end.max(range.start))?;
        Some(Span::new(start, end))
    }
}

fn written(source: &Source, span: Span, value: &str, offset: usize) -> Option<usize> {
    if offset > value.len() || !value.is_char_boundary(offset) {
        return None;
    }
    let raw = source.slice(span);
    let start = span.start as usize;
    if raw == value {
        return Some(start + offset);
    }
    let unquoted = raw.get(1..raw.len().saturating_sub(1)).filter(|_| raw.starts_with(['"', '\'']));
    if unquoted == Some(value) {
        return Some(start + 1 + offset);
    }
    in_block(raw, value, offset).map(|at| start + at)
}

/// In a `|` block each line of the value is a line of the text without its indentation. The span begins at the first line that is
/// not empty; a folded text has other lines and is found out by that.
fn in_block(raw: &str, value: &str, offset: usize) -> Option<usize> {
    let empty = value.len() - value.trim_start_matches('\n').len();
    let line = value[..offset].matches('\n').count().checked_sub(empty)?;
    let column = offset - value[..offset].rfind('\n').map_or(0, |at| at + 1);
    let content = value[empty..].split('\n').nth(line)?;
    let mut at = 0;
    for _ in 0..line {
        at += raw[at..].find('\n')? + 1;
    }
    let written = raw[at..].split(['\n', '\r']).next()?;
    let indent = written.len().checked_sub(content.len())?;
    let same = written.is_char_boundary(indent) && &written[indent..] == content && written[..indent].trim().is_empty();
    if same { Some(at + indent + column) } else { None }
}

#[cfg(test)]
mod tests {
    use crate::parse;

    #[test]
    fn finds_the_place_in_every_way_of_writing() {
        let text = "plain: a + b\nquoted: 'a + b'\nblock: |\n  let x = 1;\n\n  x ++ 2\nfolded: >\n  a\n  b\n";
        let tree = parse("t.yaml", text.as_bytes()).tree.expect("reads");
        let find = |pointer, range| tree.span_within(pointer, range).map(|span| tree.source().slice(span));
        assert_eq!(find("/plain", 2..3), Some("+"));
        assert_eq!(find("/quoted", 4..5), Some("b"));
        assert_eq!(find("/block", 14..16), Some("++"));
        assert_eq!(find("/block", 4..5), Some("x"));
        assert_eq!(find("/folded", 2..3), None);
        assert_eq!(find("/plain", 50..51), None);
        assert_eq!(find("/missing", 0..1), None);
    }
}
