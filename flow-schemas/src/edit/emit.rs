//! Values as text: how a new value is written where nothing says how. What an author has written is never written anew by this.
//!
//! Texts that some YAML reader would take for something else (`no`, `12:30`, `2026-11-23`, `1_000`) are always put in quotes, also where
//! YAML 1.2 would not need them.

use serde_json::Value;

use crate::scalar::{Scalar, resolve};

/// Columns that a value in flow style may take, with what stands before it.
pub(crate) const WIDTH: usize = 100;

/// How a document is written, as far as new values must look like their neighbours.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// JSON: every text in double quotes, no block style.
    pub json: bool,
    /// Spaces of one level.
    pub step: usize,
    /// Whether `{ a: 1 }` has spaces inside its braces.
    pub spaced: bool,
    /// Whether the document has more than one line; one-line JSON stays one line.
    pub lines: bool,
}

/// A text as a plain scalar, if every reader takes it for that very text.
pub(crate) fn plain(text: &str, flow: bool) -> Option<&str> {
    let first = text.chars().next()?;
    let fits = !matches!(
        first,
        '-' | '?'
            | ':'
            | ','
            | '['
            | ']'
            | '{'
            | '}'
            | '#'
            | '&'
            | '*'
            | '!'
            | '|'
            | '>'
            | '\''
            | '"'
            | '%'
            | '@'
            | '`'
            | '='
    ) && text.trim() == text
        && !text.starts_with("...")
        && !text.contains(": ")
        && !text.ends_with(':')
        && !text.contains(" #")
        && !(flow && (text.contains([',', '[', ']', '{', '}']) || text.contains(":")))
        && text.chars().all(|c| !needs_escape(c) && c != '\t')
        && matches!(resolve(text), Scalar::Text)
        && !misread(text);
    fits.then_some(text)
}

/// Words and numbers of YAML 1.1, which other tools still read so.
fn misread(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    if matches!(lower.as_str(), "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null" | "~" | "<<" | "=")
    {
        return true;
    }
    let numeric = |c: char| c.is_ascii_digit() || matches!(c, '.' | ':' | '_' | '-' | '+' | ',');
    let front: String = lower.chars().take(11).collect();
    lower.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '+'))
        && (lower.chars().all(|c| numeric(c) || matches!(c, 'e' | 'x' | 'o' | 'b' | 'a'..='f'))
            || front.chars().filter(|c| *c == '-').count() == 2)
}

/// Characters that only an escape in double quotes keeps.
fn needs_escape(c: char) -> bool {
    c.is_control() && c != '\t' || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}')
}

/// A text in double quotes, as JSON and YAML both read it.
pub(crate) fn double(text: &str) -> String {
    let quoted = Value::String(text.to_owned()).to_string();
    if !quoted.chars().any(needs_escape) {
        return quoted;
    }
    quoted.chars().map(|c| if needs_escape(c) { format!("\\u{:04x}", c as u32) } else { c.to_string() }).collect()
}

/// A text in single quotes, where that is possible.
pub(crate) fn single(text: &str) -> Option<String> {
    (!text.chars().any(needs_escape)).then(|| format!("'{}'", text.replace('\'', "''")))
}

/// A text in one line, in the plainest way that is safe.
pub(crate) fn scalar_text(text: &str, flow: bool) -> String {
    if let Some(plain) = plain(text, flow) {
        return plain.to_owned();
    }
    match single(text) {
        Some(quoted) if text.contains(['"', '\\']) && !text.contains('\'') => quoted,
        _ => double(text),
    }
}

/// A key of a map.
pub(crate) fn key(text: &str, json: bool) -> String {
    if json { double(text) } else { scalar_text(text, true) }
}

/// The lines of a literal block scalar, without indentation: the header first. Nothing where this style cannot say the text.
pub(crate) fn literal(text: &str) -> Option<Vec<String>> {
    let (chomp, body) = chomping(text)?;
    let mut lines = vec![format!("|{chomp}")];
    lines.extend(body.split('\n').map(str::to_owned));
    Some(lines)
}

/// As [`literal`], folded: lines are broken at single spaces before `width`.
pub(crate) fn folded(text: &str, width: usize) -> Option<Vec<String>> {
    let (chomp, body) = chomping(text)?;
    if body.split('\n').any(|line| line.starts_with([' ', '\t']) || line.ends_with(' ')) {
        return None;
    }
    let mut lines = vec![format!(">{chomp}")];
    for (index, paragraph) in body.split('\n').enumerate() {
        if index > 0 {
            lines.push(String::new());
        }
        let mut line = String::new();
        let mut pending = String::new();
        for word in paragraph.split(' ') {
            // Two spaces give an empty word: a line must not break there.
            if word.is_empty() {
                pending.push(' ');
                continue;
            }
            let fits =
                line.is_empty() || !pending.is_empty() || line.chars().count() + 1 + word.chars().count() <= width;
            if !fits {
                lines.push(std::mem::take(&mut line));
            } else if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&std::mem::take(&mut pending));
            line.push_str(word);
        }
        lines.push(line);
    }
    Some(lines)
}

/// The chomping indicator of a text and the text without its last line breaks.
fn chomping(text: &str) -> Option<(&'static str, String)> {
    let body = text.trim_end_matches('\n');
    let breaks = text.len() - body.len();
    let bad = body.is_empty()
        || body.starts_with([' ', '\t', '\n'])
        || body.chars().any(|c| needs_escape(c) && c != '\n')
        || body.split('\n').any(|line| line.trim().is_empty() && !line.is_empty());
    if bad {
        return None;
    }
    Some(match breaks {
        0 => ("-", body.to_owned()),
        1 => ("", body.to_owned()),
        more => ("+", format!("{body}{}", "\n".repeat(more - 1))),
    })
}

/// A value in one line: flow style, or JSON.
pub(crate) fn inline(value: &Value, manner: Manner) -> String {
    let mut out = String::new();
    write_inline(&mut out, value, manner, true);
    out
}

fn write_inline(out: &mut String, value: &Value, manner: Manner, flow: bool) {
    let compact = manner.json && !manner.lines;
    let (colon, comma) = if compact { (":", ",") } else { (": ", ", ") };
    match value {
        Value::String(text) if manner.json => out.push_str(&double(text)),
        Value::String(text) => out.push_str(&scalar_text(text, flow)),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { comma } else { "" });
                write_inline(out, item, manner, true);
            }
            out.push(']');
        }
        Value::Object(map) if map.is_empty() => out.push_str("{}"),
        Value::Object(map) => {
            let pad = if manner.spaced && !compact { " " } else { "" };
            out.push('{');
            out.push_str(pad);
            for (index, (name, value)) in map.iter().enumerate() {
                out.push_str(if index > 0 { comma } else { "" });
                out.push_str(&key(name, manner.json));
                out.push_str(colon);
                write_inline(out, value, manner, true);
            }
            out.push_str(pad);
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

/// A scalar in one line outside flow style.
pub(crate) fn scalar(value: &Value, manner: Manner, flow: bool) -> String {
    let mut out = String::new();
    write_inline(&mut out, value, manner, flow);
    out
}

/// A value after `key:` or `-`, from the space on; later lines are indented by at least `indent` spaces. With `open`, a map or a list
/// is written in block style whatever its size.
pub(crate) fn after(value: &Value, manner: Manner, indent: usize, used: usize, open: bool) -> String {
    let deeper = indent + manner.step;
    match value {
        Value::Object(map) if map.is_empty() => " {}".to_owned(),
        Value::Array(items) if items.is_empty() => " []".to_owned(),
        Value::Object(_) | Value::Array(_) => {
            let short = inline(value, manner);
            if !open && fits(value, 0) && used + 1 + short.chars().count() <= WIDTH && !short.contains('\n') {
                return format!(" {short}");
            }
            format!("\n{}{}", " ".repeat(deeper), block(value, manner, deeper))
        }
        Value::String(text) if text.contains('\n') => match literal(text) {
            Some(lines) => format!(" {}", indented(&lines, deeper)),
            None => format!(" {}", double(text)),
        },
        other => format!(" {}", scalar(other, manner, false)),
    }
}

/// Lines joined; all but the first indented, blank ones left blank.
pub(crate) fn indented(lines: &[String], indent: usize) -> String {
    let mut out = lines[0].clone();
    for line in &lines[1..] {
        out.push('\n');
        if !line.is_empty() {
            out.push_str(&" ".repeat(indent));
            out.push_str(line);
        }
    }
    out
}

/// A map or list in block style; the first line without indentation.
pub(crate) fn block(value: &Value, manner: Manner, indent: usize) -> String {
    let mut lines = Vec::new();
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                let name = key(name, manner.json);
                let used = indent + name.chars().count() + 1;
                lines.push(format!("{name}:{}", after(value, manner, indent, used, false)));
            }
        }
        Value::Array(items) => {
            for item in items {
                lines.push(format!("-{}", item_after(item, manner, indent)));
            }
        }
        other => lines.push(scalar(other, manner, false)),
    }
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

/// An item after its `-` at column `indent`, from the space on.
pub(crate) fn item_after(item: &Value, manner: Manner, indent: usize) -> String {
    let text = after(item, manner, indent, indent + 1, false);
    if !text.starts_with('\n') {
        return text;
    }
    // Compact: the first entry stands in the line of the dash, whose width is then the level.
    format!(" {}", block(item, manner, indent + 2))
}

/// Whether a map or list is small enough to be read in one line.
fn fits(value: &Value, depth: usize) -> bool {
    match value {
        Value::Object(map) => depth < 3 && map.len() <= 8 && map.values().all(|value| fits(value, depth + 1)),
        Value::Array(items) => {
            depth < 3
                && items.iter().all(|value| fits(value, depth + 1))
                && (depth > 0 || items.iter().all(|item| !item.is_object()))
        }
        Value::String(text) => !text.contains('\n'),
        _ => true,
    }
}

/// A value in JSON: in one line where it is short, otherwise an entry a line.
pub(crate) fn json(value: &Value, manner: Manner, indent: usize, used: usize, open: bool) -> String {
    let short = inline(value, manner);
    let one_line = !manner.lines || !open && used + short.chars().count() <= 80;
    let deeper = indent + manner.step;
    let (pad, close) = (format!("\n{}", " ".repeat(deeper)), format!("\n{}", " ".repeat(indent)));
    match value {
        Value::Object(map) if !one_line && !map.is_empty() => {
            let entries: Vec<String> = map
                .iter()
                .map(|(name, value)| {
                    let name = double(name);
                    format!("{pad}{name}: {}", json(value, manner, deeper, deeper + name.len() + 2, false))
                })
                .collect();
            format!("{{{}{close}}}", entries.join(","))
        }
        Value::Array(items) if !one_line && !items.is_empty() => {
            let items: Vec<String> =
                items.iter().map(|item| format!("{pad}{}", json(item, manner, deeper, deeper, false))).collect();
            format!("[{}{close}]", items.join(","))
        }
        _ => short,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_any_reader_would_misread_is_quoted() {
        for text in [
            "no",
            "Yes",
            "12:30",
            "2026-11-23",
            "2026-11-23T09:00:00Z",
            "1_000",
            "0x1F",
            "",
            " a",
            "a ",
            "a: b",
            "a #b",
            "= x",
            "- a",
            "{{ name }}",
            "null",
            "+1555",
            "a:",
            "0b1",
            "~",
            "a\nb",
            "\u{feff}",
            "y",
            "1e3",
        ] {
            assert_eq!(plain(text, false), None, "{text:?}");
        }
        for text in ["greet", "Hello, this is the clinic.", "5s", "12 o'clock", "a:b", "ñandú", "end", "a#b", "24/7"]
        {
            assert_eq!(plain(text, false), Some(text), "{text:?}");
        }
        assert_eq!(plain("a, b", true), None);
    }
}
