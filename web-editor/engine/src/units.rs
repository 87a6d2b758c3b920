//! From bytes, in which the rooms count, to UTF-16 units, in which a browser does.

use offhook_flow_schemas::edit::{FileChange, TextEdit};
use offhook_flow_schemas::{Position, Source};
use serde_json::{Value, json};

/// Turns places of one text; cheap for places that come in order.
pub(crate) struct Units<'t> {
    text: &'t str,
    byte: usize,
    unit: usize,
}

impl<'t> Units<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Units { text, byte: 0, unit: 0 }
    }

    /// The UTF-16 unit of a byte; one within a character counts as its start.
    pub(crate) fn of(&mut self, byte: usize) -> usize {
        let mut byte = byte.min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        if byte < self.byte {
            (self.byte, self.unit) = (0, 0);
        }
        self.unit += self.text[self.byte..byte].chars().map(char::len_utf16).sum::<usize>();
        self.byte = byte;
        self.unit
    }

    pub(crate) fn at(&mut self, source: &Source, line: u32, column: u32) -> usize {
        self.of(source.offset(Position { line, column }) as usize)
    }

    pub(crate) fn edits(&mut self, edits: &[TextEdit]) -> Vec<Value> {
        edits
            .iter()
            .map(|edit| json!({ "from": self.of(edit.start), "to": self.of(edit.end), "insert": edit.text }))
            .collect()
    }
}

/// The changes of files as the browser makes them; `text` gives a file's text before them.
pub(crate) fn changes<'t>(changes: &[FileChange], text: impl Fn(&str) -> &'t str) -> Value {
    let one = |change: &FileChange| {
        let edits = Units::new(text(&change.name)).edits(&change.edits);
        json!({ "name": change.name, "created": change.created, "edits": edits })
    };
    Value::Array(changes.iter().map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_javascript_does() {
        let mut units = Units::new("a\u{e9}\u{1f600}b");
        assert_eq!([0, 1, 3, 7, 8, 99].map(|byte| units.of(byte)), [0, 1, 2, 4, 5, 5]);
        assert_eq!(units.of(1), 1, "going back counts anew");
        assert_eq!(units.of(4), 2, "within a character is its start");
    }
}
