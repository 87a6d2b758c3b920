//! Gettext PO: one file a flow and locale. An entry's context is the address of its text, its references the place in the
//! flow, and `fuzzy` marks a translation whose original has changed; the line before holds the original it was made from.
//!
//! Written and read here: the crate for PO that is kept panics on malformed files, which come from outside, and drops the
//! previous original. Plural entries are not made, since plural forms stand within a text (see the template function
//! `plural`), and one that is read is refused.

use super::exchange::{Entry, Exchange};
use std::fmt::Write as _;

/// The header's key for the flow.
const FLOW: &str = "X-Offhook-Flow";
const LANGUAGE: &str = "Language";

/// The file of a locale.
pub(crate) fn write(exchange: &Exchange) -> String {
    let mut out = String::from("msgid \"\"\nmsgstr \"\"\n");
    let tag = |locale: &str| locale.replace('-', "_");
    for (key, value) in [
        ("Project-Id-Version", exchange.flow.as_str()),
        (LANGUAGE, &tag(&exchange.locale)),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=UTF-8"),
        ("Content-Transfer-Encoding", "8bit"),
        ("X-Source-Language", &tag(&exchange.source_locale)),
        (FLOW, &exchange.flow),
    ] {
        let _ = writeln!(out, "\"{}\\n\"", escape(&format!("{key}: {value}")));
    }
    for entry in &exchange.entries {
        out.push('\n');
        for note in &entry.notes {
            for line in note.lines() {
                let _ = writeln!(out, "#. {line}");
            }
        }
        if let Some(place) = &entry.place {
            // A space in a name would end the reference.
            let place = if place.contains(' ') { format!("\u{2068}{place}\u{2069}") } else { place.clone() };
            let _ = writeln!(out, "#: {place}");
        }
        if entry.needs_work && entry.target.is_some() {
            out.push_str("#, fuzzy\n");
        }
        if let Some(previous) = &entry.previous {
            text(&mut out, "#| msgid", "#| ", previous);
        }
        text(&mut out, "msgctxt", "", &entry.id);
        text(&mut out, "msgid", "", &entry.source);
        text(&mut out, "msgstr", "", entry.target.as_deref().unwrap_or_default());
    }
    out
}

/// One text: in one line, or where it has several, each in one of its own.
fn text(out: &mut String, word: &str, front: &str, value: &str) {
    let lines: Vec<&str> = value.split_inclusive('\n').collect();
    match lines.as_slice() {
        [] | [_] => {
            let _ = writeln!(out, "{word} \"{}\"", escape(value));
        }
        lines => {
            let _ = writeln!(out, "{word} \"\"");
            for line in lines {
                let _ = writeln!(out, "{front}\"{}\"", escape(line));
            }
        }
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other => out.push(other),
        }
    }
    out
}

/// What an entry is made of while it is read.
#[derive(Default)]
struct Reading {
    fields: [Option<String>; 3],
    previous: Option<String>,
    fuzzy: bool,
}

const CONTEXT: usize = 0;
const ID: usize = 1;
const TRANSLATION: usize = 2;

/// Reads a file.
///
/// # Errors
/// The line and what is wrong with it.
pub(crate) fn read(file: &str) -> Result<Exchange, String> {
    let mut exchange = Exchange::default();
    let mut reading = Reading::default();
    // Where a line that is only a text goes on.
    let mut open: Option<usize> = None;
    let mut in_previous = false;
    let mut has_header = false;
    let lines = file.trim_start_matches('\u{feff}').lines().enumerate();
    for (index, line) in lines.chain(std::iter::once((usize::MAX, ""))) {
        let line = line.trim();
        let wrong = |what: &str| format!("line {}: {what}", index.saturating_add(1));
        let starts_entry = line.starts_with("msgctxt") || line.starts_with("msgid") && reading.fields[ID].is_some();
        if line.is_empty() || starts_entry || line.starts_with('#') && reading.fields[TRANSLATION].is_some() {
            if reading.fields[ID].is_some() {
                let done = std::mem::take(&mut reading);
                finish(done, &mut exchange, &mut has_header).map_err(|what| wrong(&what))?;
            }
            open = None;
            in_previous = false;
            if line.is_empty() {
                continue;
            }
        }
        if let Some(rest) = line.strip_prefix("#|") {
            let rest = rest.trim();
            if let Some(text) = rest.strip_prefix("msgid ") {
                reading.previous = Some(unquote(text).map_err(|what| wrong(&what))?);
                in_previous = true;
            } else if rest.starts_with('"') && in_previous {
                let more = unquote(rest).map_err(|what| wrong(&what))?;
                reading.previous.get_or_insert_default().push_str(&more);
            } else {
                in_previous = false;
            }
        } else if let Some(flags) = line.strip_prefix("#,") {
            reading.fuzzy |= flags.split(',').any(|flag| flag.trim() == "fuzzy");
        } else if line.starts_with('#') {
            // Comments are the translators' own; obsolete entries (`#~`) are of texts that are no more.
        } else if line.starts_with('"') {
            let place = open.ok_or_else(|| wrong("a text that belongs to nothing"))?;
            let more = unquote(line).map_err(|what| wrong(&what))?;
            reading.fields[place].get_or_insert_default().push_str(&more);
        } else {
            let (word, text) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let place = match word {
                "msgctxt" => CONTEXT,
                "msgid" => ID,
                "msgstr" => TRANSLATION,
                "msgid_plural" => return Err(wrong("plural entries are not used here")),
                _ => return Err(wrong("this is no line of a PO file")),
            };
            if reading.fields[place].is_some() {
                return Err(wrong(&format!("a second `{word}` in one entry")));
            }
            reading.fields[place] = Some(unquote(text.trim()).map_err(|what| wrong(&what))?);
            open = Some(place);
        }
    }
    if !has_header {
        return Err("the entry with the headers (`msgid \"\"`) is missing".to_owned());
    }
    Ok(exchange)
}

fn finish(reading: Reading, exchange: &mut Exchange, has_header: &mut bool) -> Result<(), String> {
    let Reading { fields: [context, id, translation], previous, fuzzy } = reading;
    let (id, translation) = (id.unwrap_or_default(), translation.unwrap_or_default());
    let Some(context) = context else {
        if !id.is_empty() {
            return Err("an entry without `msgctxt`, the address of its text".to_owned());
        }
        let header = |key: &str| {
            let line = translation.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
            line.unwrap_or_default().trim().to_owned()
        };
        exchange.flow = header(FLOW);
        exchange.locale = header(LANGUAGE).replace('_', "-");
        exchange.source_locale = header("X-Source-Language").replace('_', "-");
        if exchange.flow.is_empty() || exchange.locale.is_empty() {
            return Err(format!("the headers do not say `{FLOW}` and `{LANGUAGE}`"));
        }
        *has_header = true;
        return Ok(());
    };
    exchange.entries.push(Entry {
        id: context,
        source: id,
        target: Some(translation).filter(|text| !text.is_empty()),
        previous,
        needs_work: fuzzy,
        ..Entry::default()
    });
    Ok(())
}

/// A text in quotes, as C writes it.
fn unquote(text: &str) -> Result<String, String> {
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).filter(|_| text.len() >= 2);
    let inner = inner.ok_or("a text must be in quotes")?;
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(char) = chars.next() {
        if char == '"' {
            return Err("a quote within a text must be written \\\"".to_owned());
        }
        if char != '\\' {
            out.push(char);
            continue;
        }
        out.push(match chars.next() {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some(same @ ('\\' | '"')) => same,
            other => return Err(format!("`\\{}` is unknown", other.unwrap_or(' '))),
        });
    }
    Ok(out)
}
