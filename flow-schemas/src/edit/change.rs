//! Ways to write a value in place of another: its quotes, its block style, its anchor and the comment behind it stay where they can.

use serde_json::Value;

use super::emit::{self, Manner};
use super::lines;
use super::locate::{Holder, Place, Style, header_end};
use super::splice::TextEdit;
use crate::Span;

/// Ways to replace the value at a place, best first.
pub(super) fn replace(text: &str, place: &Place, value: &Value, manner: Manner) -> Vec<Vec<TextEdit>> {
    if manner.json {
        let indent = lines::indent(text, place.content);
        let used = place.content - lines::start(text, place.content);
        let ways = [false, true].map(|open| emit::json(value, manner, indent, used, open));
        return ways.map(|new| vec![TextEdit::new(place.content, place.end, new)]).into();
    }
    if place.flow {
        return in_flow(place, value, manner);
    }
    if place.holder == Holder::Root {
        return vec![vec![TextEdit::new(place.content, place.end, emit::block(value, manner, 0))]];
    }
    let column = column(text, place);
    let mut ways = Vec::new();
    match value {
        Value::String(new) => {
            for written in strings(text, place, new) {
                ways.push(match written {
                    Written::Line(line) => spread(text, place, &line, ""),
                    Written::Block(lines) => {
                        let indent = content_indent(text, place).unwrap_or(column + manner.step);
                        let tail: String =
                            lines[1..].iter().map(|line| format!("\n{}", padded(line, indent))).collect();
                        spread(text, place, &lines[0], &tail)
                    }
                });
            }
        }
        Value::Object(_) | Value::Array(_) => {
            let used = place.intro - lines::start(text, place.intro);
            for open in [false, true] {
                let new = emit::after(value, manner, column, used, open);
                match new.strip_prefix('\n') {
                    None => ways.push(spread(text, place, new.trim_start(), "")),
                    Some(_) if matches!(place.holder, Holder::Item(_)) => {
                        let block = emit::block(value, manner, column + 2);
                        ways.push(spread(text, place, &block, ""));
                    }
                    Some(_) => ways.push(spread(text, place, "", &new)),
                }
            }
        }
        other => ways.push(spread(text, place, &other.to_string(), "")),
    }
    if place.start < place.content && place.content <= place.end && !place.is_block_collection() {
        // A tag may not fit the new value; then it goes.
        let anchor: Vec<&str> =
            text[place.start..place.content].split_whitespace().filter(|word| word.starts_with('&')).collect();
        let line = match value {
            Value::String(new) => emit::scalar_text(new, false),
            other => emit::inline(other, manner),
        };
        let new = anchor.into_iter().map(str::to_owned).chain([line]).collect::<Vec<_>>().join(" ");
        ways.push(vec![TextEdit::new(place.start, place.end, new)]);
    }
    ways
}

/// A text in place of another, in one line and with its quotes.
pub(super) fn rewrite_scalar(text: &str, place: &Place, new: &str, manner: Manner) -> TextEdit {
    let written = match place.style {
        _ if manner.json => emit::double(new),
        Style::Double => emit::double(new),
        Style::Single => emit::single(new).unwrap_or_else(|| emit::double(new)),
        _ => emit::scalar_text(new, place.flow),
    };
    let _ = text;
    TextEdit::new(place.content, place.end, written)
}

/// A key in place of another, with its quotes.
pub(super) fn rewrite_key(text: &str, key: Span, new: &str, manner: Manner) -> TextEdit {
    let (start, end) = (key.start as usize, key.end as usize);
    let written = match text.as_bytes().get(start) {
        Some(b'"') => emit::double(new),
        Some(b'\'') => emit::single(new).unwrap_or_else(|| emit::double(new)),
        _ => emit::key(new, manner.json),
    };
    TextEdit::new(start, end, written)
}

/// The column of what introduces a place: its key or its dash.
pub(super) fn column(text: &str, place: &Place) -> usize {
    let at = match place.holder {
        Holder::Root => return 0,
        Holder::Entry { key, .. } => key.start as usize,
        Holder::Item(_) => place.intro - 1,
    };
    at - lines::start(text, at)
}

enum Written {
    Line(String),
    Block(Vec<String>),
}

/// Ways to write a text where another stood, in its style first.
fn strings(text: &str, place: &Place, new: &str) -> Vec<Written> {
    let literal = || emit::literal(new).map(Written::Block);
    let line = || Written::Line(emit::scalar_text(new, place.flow));
    let mut ways = Vec::new();
    match place.style {
        Style::Literal => ways.extend(literal()),
        Style::Folded => {
            let width = text[place.content..place.end].lines().skip(1).map(|line| line.trim().chars().count()).max();
            ways.extend(emit::folded(new, width.unwrap_or(0).max(60)).map(Written::Block));
            ways.extend(literal());
        }
        Style::Double => ways.push(Written::Line(emit::double(new))),
        Style::Single if !new.contains('\n') => ways.extend(emit::single(new).map(Written::Line)),
        _ => {}
    }
    if new.contains('\n') {
        ways.extend(literal());
    } else {
        ways.push(line());
    }
    ways.push(Written::Line(emit::double(new)));
    ways
}

fn in_flow(place: &Place, value: &Value, manner: Manner) -> Vec<Vec<TextEdit>> {
    let plain = emit::inline(value, manner);
    let mut ways = Vec::new();
    if let Value::String(new) = value {
        match place.style {
            Style::Double => ways.push(emit::double(new)),
            Style::Single if !new.contains('\n') => ways.extend(emit::single(new)),
            _ => {}
        }
    }
    ways.push(plain);
    let colon = !matches!(place.holder, Holder::Entry { colon: false, .. });
    ways.into_iter()
        .map(|new| match place.style {
            Style::Empty if colon => vec![TextEdit::new(place.content, place.content, format!(" {new}"))],
            Style::Empty => vec![TextEdit::new(place.content, place.content, format!(": {new}"))],
            _ => vec![TextEdit::new(place.content, place.end, new)],
        })
        .collect()
}

/// Puts `head` into the line of the key or dash and `tail` (empty, or beginning with a line break) behind that line, where the value
/// and its lines stood. A comment behind the value stays in its line.
fn spread(text: &str, place: &Place, head: &str, tail: &str) -> Vec<TextEdit> {
    // After anchor and tag, or right after the `:` or `-`.
    let bare = if place.start < place.content {
        place.start + text[place.start..place.content].trim_end().len()
    } else {
        place.intro
    };
    let same_line = lines::start(text, place.content) == lines::start(text, bare);
    let (from, to, rest, end) = match place.style {
        Style::Literal | Style::Folded => {
            let header = header_end(text, place.content);
            let rest = lines::end(text, header);
            (place.content, header, rest, place.end.max(rest))
        }
        Style::Empty => {
            (place.content, place.content, lines::end(text, place.content), lines::end(text, place.content))
        }
        _ if place.is_block_collection() && !same_line => {
            let rest = lines::end(text, bare);
            (bare, bare, rest, place.end.max(rest))
        }
        _ => {
            let rest = lines::end(text, place.end);
            (place.content, place.end, rest, rest)
        }
    };
    let from = if head.is_empty() { bare.min(from) } else { from };
    let head = if from == bare && !head.is_empty() { format!(" {head}") } else { head.to_owned() };
    vec![TextEdit::new(from, to, head), TextEdit::new(rest, end, tail)]
}

/// The indentation of a block scalar's lines.
fn content_indent(text: &str, place: &Place) -> Option<usize> {
    if !matches!(place.style, Style::Literal | Style::Folded) {
        return None;
    }
    let header = header_end(text, place.content);
    let explicit = text[place.content..header].contains(|c: char| c.is_ascii_digit());
    let mut lines = text[header..place.end].lines().skip(1);
    lines.find(|line| !lines::is_blank(line) && !explicit).map(|line| line.len() - line.trim_start_matches(' ').len())
}

fn padded(line: &str, indent: usize) -> String {
    if line.is_empty() { String::new() } else { format!("{}{line}", " ".repeat(indent)) }
}
