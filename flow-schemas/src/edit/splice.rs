//! Edits of a text as byte ranges: applying them, inverting them, and composing edits that were made one after another.
//!
//! Knows nothing about YAML: what is cut and what is put there is decided by its users.

use serde::{Deserialize, Serialize};

/// A range of bytes and what stands there afterwards. Edits of one text are sorted, do not overlap, and all count in the text before
/// any of them was applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextEdit {
    /// First byte that is replaced.
    pub start: usize,
    /// One past the last byte that is replaced; `start` for a mere insertion.
    pub end: usize,
    /// What stands there afterwards.
    pub text: String,
}

impl TextEdit {
    pub(crate) fn new(start: usize, end: usize, text: impl Into<String>) -> TextEdit {
        TextEdit { start, end, text: text.into() }
    }
}

/// The text with the edits applied; nothing when they overlap, are not sorted, or cut a character in two.
///
/// ```
/// use offhook_flow_schemas::edit::{TextEdit, apply, invert};
/// let edits = [TextEdit { start: 3, end: 5, text: "yes".into() }];
/// assert_eq!(apply("a: no # why", &edits).as_deref(), Some("a: yes # why"));
/// let back = invert("a: no # why", &edits).expect("they apply");
/// assert_eq!(apply("a: yes # why", &back).as_deref(), Some("a: no # why"));
/// ```
#[must_use]
pub fn apply(text: &str, edits: &[TextEdit]) -> Option<String> {
    let mut out = String::with_capacity(text.len() + edits.iter().map(|edit| edit.text.len()).sum::<usize>());
    let mut at = 0;
    for edit in edits {
        if edit.start < at || edit.end < edit.start {
            return None;
        }
        out.push_str(text.get(at..edit.start)?);
        text.get(edit.start..edit.end)?;
        out.push_str(&edit.text);
        at = edit.end;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

/// The edits that lead from the edited text back to this one; nothing when the edits do not apply.
#[must_use]
pub fn invert(text: &str, edits: &[TextEdit]) -> Option<Vec<TextEdit>> {
    let mut shift = 0isize;
    let mut back = Vec::with_capacity(edits.len());
    for edit in edits {
        let start = edit.start.checked_add_signed(shift)?;
        back.push(TextEdit::new(start, start + edit.text.len(), text.get(edit.start..edit.end)?));
        shift += edit.text.len() as isize - (edit.end as isize - edit.start as isize);
    }
    Some(back)
}

/// A text that has been edited several times, as pieces of the original and pieces that were put in.
#[derive(Debug, Clone)]
pub(crate) struct Pieces {
    length: usize,
    list: Vec<Piece>,
}

#[derive(Debug, Clone)]
enum Piece {
    /// Bytes of the original.
    Old(usize, usize),
    New(String),
}

impl Piece {
    fn len(&self) -> usize {
        match self {
            Piece::Old(start, end) => end - start,
            Piece::New(text) => text.len(),
        }
    }

    fn slice(&self, from: usize, to: usize) -> Piece {
        match self {
            Piece::Old(start, _) => Piece::Old(start + from, start + to),
            Piece::New(text) => Piece::New(text[from..to].to_owned()),
        }
    }
}

impl Pieces {
    pub fn new(length: usize) -> Pieces {
        Pieces { length, list: vec![Piece::Old(0, length)] }
    }

    /// Makes edits that count in the text as it is now.
    pub fn edit(&mut self, edits: &[TextEdit]) {
        for edit in edits.iter().rev() {
            self.edit_one(edit);
        }
    }

    fn edit_one(&mut self, edit: &TextEdit) {
        let mut out = Vec::with_capacity(self.list.len() + 2);
        let mut at = 0;
        let mut put = false;
        for piece in &self.list {
            let (start, end) = (at, at + piece.len());
            at = end;
            if start < edit.start {
                out.push(piece.slice(0, edit.start.min(end) - start));
            }
            if !put && end >= edit.start {
                out.push(Piece::New(edit.text.clone()));
                put = true;
            }
            if end > edit.end {
                out.push(piece.slice(edit.end.max(start) - start, end - start));
            }
        }
        if !put {
            out.push(Piece::New(edit.text.clone()));
        }
        out.retain(|piece| piece.len() > 0);
        self.list = out;
    }

    /// The edits that lead from the original to the text as it is now, each as short as it can be.
    pub fn edits(&self, original: &str) -> Vec<TextEdit> {
        let mut out: Vec<TextEdit> = Vec::new();
        let mut at = 0;
        let mut text = String::new();
        let last = Piece::Old(self.length, self.length);
        for piece in self.list.iter().chain([&last]) {
            match piece {
                Piece::New(new) => text.push_str(new),
                Piece::Old(start, end) => {
                    if *start > at || !text.is_empty() {
                        out.extend(shortest(original, TextEdit::new(at, *start, std::mem::take(&mut text))));
                    }
                    at = *end;
                }
            }
        }
        out
    }
}

/// Leaves out what an edit would replace by the same at its two ends; nothing when it changes nothing.
fn shortest(original: &str, edit: TextEdit) -> Option<TextEdit> {
    let old = &original[edit.start..edit.end];
    let prefix = old.char_indices().zip(edit.text.char_indices()).find(|((_, a), (_, b))| a != b);
    let prefix = prefix.map_or(old.len().min(edit.text.len()), |((at, _), _)| at);
    let (rest_old, rest_new) = (&old[prefix..], &edit.text[prefix..]);
    let suffix: usize =
        rest_old.chars().rev().zip(rest_new.chars().rev()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let kept = TextEdit::new(edit.start + prefix, edit.end - suffix, &rest_new[..rest_new.len() - suffix]);
    (kept.start < kept.end || !kept.text.is_empty()).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_one_after_another_become_edits_of_the_original() {
        let original = "héllo wörld";
        let mut pieces = Pieces::new(original.len());
        let mut text = original.to_owned();
        for edits in [
            vec![TextEdit::new(0, 1, "J"), TextEdit::new(7, 7, "new ")],
            vec![TextEdit::new(0, 1, "H"), TextEdit::new(8, 9, "NN")],
            vec![TextEdit::new(text.len(), text.len(), "")],
        ] {
            pieces.edit(&edits);
            text = apply(&text, &edits).expect("they apply");
        }
        let edits = pieces.edits(original);
        assert_eq!(apply(original, &edits).as_deref(), Some(text.as_str()));
        let back = invert(original, &edits).expect("they apply");
        assert_eq!(apply(&text, &back).as_deref(), Some(original));
    }

    #[test]
    fn what_cannot_be_applied_is_refused() {
        assert_eq!(apply("abc", &[TextEdit::new(2, 1, "")]), None);
        assert_eq!(apply("abc", &[TextEdit::new(1, 2, ""), TextEdit::new(1, 3, "")]), None);
        assert_eq!(apply("é", &[TextEdit::new(1, 2, "")]), None);
        assert_eq!(apply("a", &[TextEdit::new(2, 2, "")]), None);
    }
}
