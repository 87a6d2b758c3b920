//! What stands in one line: scalars with the quotes they need, lists and maps in flow style.

use super::read::{Entry, Shape};
use crate::edit::emit;

/// A list or map in one line; nothing where something in it needs more.
pub(super) fn one_line(list: bool, entries: &[Entry]) -> Option<String> {
    let mut parts = Vec::with_capacity(entries.len());
    for entry in entries {
        if entry.comment.is_some() || !entry.lead.is_empty() {
            return None;
        }
        let value = match &entry.shape {
            Shape::Empty => String::new(),
            Shape::Line { text, .. } => text.clone(),
            Shape::Flow { list, entries, .. } => one_line(*list, entries)?,
            _ => return None,
        };
        let value = [entry.properties.as_str(), &value]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ");
        parts.push(match &entry.key {
            Some(key) if entry.bare => key.clone(),
            Some(key) if value.is_empty() => format!("{key}:"),
            Some(key) => format!("{key}: {value}"),
            None => value,
        });
    }
    Some(match (list, parts.is_empty()) {
        (true, _) => format!("[{}]", parts.join(", ")),
        (false, true) => "{}".to_owned(),
        (false, false) => format!("{{ {} }}", parts.join(", ")),
    })
}

/// A line of a text over several lines: its indentation and the space at its end mean nothing.
pub(super) fn trimmed(line: &str) -> &str {
    // A backslash before the space at the end keeps it.
    let cut = line.trim_end_matches([' ', '\t']);
    let kept = if cut.ends_with('\\') { line.trim_end_matches('\r') } else { cut };
    kept.trim_start_matches([' ', '\t'])
}

/// A scalar with its quotes in one style: double ones, or single ones where the text has double ones. What is escaped stays, and quotes
/// around plain words go. Nothing is put into quotes: what is plain is a text to this language, and its author knows.
pub(super) fn quoted(source: &str, text: &str, flow: bool) -> String {
    if !source.starts_with(['"', '\'']) || source.starts_with('"') && source.contains('\\') {
        return source.to_owned();
    }
    let words = text.starts_with(char::is_alphabetic)
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | ',' | '!'));
    if words && emit::plain(text, flow).is_some() {
        return text.to_owned();
    }
    match emit::single(text) {
        Some(single) if text.contains(['"', '\\']) && !text.contains('\'') => single,
        _ => emit::double(text),
    }
}
