//! A difference as text for a terminal and as Markdown for a review.

use std::fmt::Write as _;

use super::sentences::shown;
use super::{Change, Difference, Only};

/// A difference for a terminal: a line a change, then what it changes for callers.
#[must_use]
pub fn text(difference: &Difference, colour: bool) -> String {
    let mut out = format!("{}{}\n", difference.flow, note(difference));
    for change in &difference.changes {
        let (sign, told) = line(change);
        let (on, off) = match (colour, sign) {
            (false, _) => ("", ""),
            (true, '+') => ("\u{1b}[32m", "\u{1b}[0m"),
            (true, '-') => ("\u{1b}[31m", "\u{1b}[0m"),
            (true, _) => ("\u{1b}[33m", "\u{1b}[0m"),
        };
        let _ = writeln!(out, "  {on}{sign} {}{off}", clean(&told));
    }
    if !difference.callers.is_empty() {
        out.push_str("\n  What changes for callers:\n");
        difference.callers.iter().for_each(|sentence| {
            let _ = writeln!(out, "  * {}", clean(sentence));
        });
    }
    out
}

/// A difference for a review, in Markdown.
#[must_use]
pub fn markdown(difference: &Difference) -> String {
    let mut out = format!("### `{}`{}\n\n", code(&difference.flow), note(difference));
    if !difference.callers.is_empty() {
        out.push_str("**What changes for callers**\n\n");
        for sentence in &difference.callers {
            let _ = writeln!(out, "- {}", plain(sentence));
        }
        out.push('\n');
    }
    let _ = writeln!(out, "<details><summary>{} changes</summary>\n", difference.changes.len());
    for change in &difference.changes {
        let (sign, told) = line(change);
        let sign = match sign {
            '+' => "➕",
            '-' => "➖",
            _ => "✏️",
        };
        let _ = writeln!(out, "- {sign} {}", plain(&told));
    }
    out.push_str("\n</details>\n");
    out
}

fn note(difference: &Difference) -> &'static str {
    match difference.only {
        Some(Only::Texts) => " (texts only)",
        Some(Only::Layout) => " (places on the canvas only)",
        None => "",
    }
}

/// A change in a line, and whether something came, went or is another.
fn line(change: &Change) -> (char, String) {
    fn sign<V>(from: &Option<V>, to: &Option<V>) -> char {
        match (from, to) {
            (None, Some(_)) => '+',
            (Some(_), None) => '-',
            _ => '~',
        }
    }
    let values = |from: &Option<serde_json::Value>, to: &Option<serde_json::Value>| match (from, to) {
        (Some(from), Some(to)) => format!("{} → {}", shown(from), shown(to)),
        (None, Some(one)) | (Some(one), None) => shown(one),
        (None, None) => String::new(),
    };
    match change {
        Change::NodeAdded { node, kind } => ('+', format!("node `{node}` ({kind})")),
        Change::NodeRemoved { node, kind } => ('-', format!("node `{node}` ({kind})")),
        Change::NodeRenamed { from, to } => ('~', format!("node `{from}` is called `{to}`")),
        Change::NodeRetyped { node, from, to } => ('~', format!("node `{node}`: type {from} → {to}")),
        Change::Rewired { node, exit, from, to } => {
            let target = |target: &Option<String>| target.as_ref().map_or("nowhere".to_owned(), |id| format!("`{id}`"));
            (sign(from, to), format!("`{node}.{exit}`: {} → {}", target(from), target(to)))
        }
        Change::Parameter { node, parameter, from, to } => {
            (sign(from, to), format!("`{node}.{parameter}`: {}", values(from, to)))
        }
        Change::Text { text, locale, from, to } => {
            let locale = locale.as_ref().map(|locale| format!(" ({locale})")).unwrap_or_default();
            (sign(from, to), format!("text `{text}`{locale}: {}", values(from, to)))
        }
        Change::Placed { node, from, to } => {
            let at = |at: &Option<(f64, f64)>| at.map_or("free".to_owned(), |(x, y)| format!("{x}, {y}"));
            (sign(from, to), format!("place of `{node}`: {} → {}", at(from), at(to)))
        }
        Change::Start { from, to } => ('~', format!("start: `{from}` → `{to}`")),
        Change::Interrupt { interrupt, from, to } => {
            (sign(from, to), format!("`interrupts.{interrupt}`: {}", values(from, to)))
        }
        Change::Variable { name, from, to } => (sign(from, to), format!("variable `{name}`: {}", values(from, to))),
        Change::Contract { part, from, to } => (sign(from, to), format!("`{part}`: {}", values(from, to))),
        Change::Header { key, from, to } => (sign(from, to), format!("`{key}`: {}", values(from, to))),
    }
}

/// Without control characters, which a terminal would obey.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn code(text: &str) -> String {
    clean(text).replace('`', "ˋ")
}

/// Markdown in which a flow's words cannot be markup: outside of code, `<` and the like are escaped.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_code = false;
    for c in clean(text).chars() {
        match c {
            '`' => {
                in_code = !in_code;
                out.push(c);
            }
            '<' | '>' | '&' if !in_code => {
                let _ = write!(out, "&#{};", c as u32);
            }
            '\\' | '*' | '_' | '[' | ']' | '!' | '|' | '#' | '~' if !in_code => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}
