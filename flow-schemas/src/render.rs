//! Diagnostics as text for a terminal: what, where, the source line with the place underlined, and help.

use std::fmt::Write as _;

use crate::{Diagnostic, Related, Severity};

const RESET: &str = "\x1b[0m";
const BOLD: &str = "\x1b[1m";
const BLUE: &str = "\x1b[1;34m";

/// Columns of a source line that are shown; a longer one is cut around the place.
const WIDTH: usize = 110;

/// Renders diagnostics one after another, each followed by an empty line, with colours for a terminal or without.
#[must_use]
pub fn render(diagnostics: &[Diagnostic], colour: bool) -> String {
    let mut out = String::new();
    let paint = Paint(colour);
    for diagnostic in diagnostics {
        one(&mut out, diagnostic, paint);
        out.push('\n');
    }
    out
}

#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn with(self, style: &str, text: &str) -> String {
        if self.0 { format!("{style}{text}{RESET}") } else { text.to_owned() }
    }
}

fn one(out: &mut String, diagnostic: &Diagnostic, paint: Paint) {
    let (word, style) = match diagnostic.severity {
        Severity::Error => ("error", "\x1b[1;31m"),
        Severity::Warning => ("warning", "\x1b[1;33m"),
        Severity::Hint => ("hint", "\x1b[1;36m"),
    };
    let head = paint.with(style, &format!("{word}[{}]", diagnostic.code));
    line(out, &format!("{head}{}", paint.with(BOLD, &format!(": {}", clean(&diagnostic.message)))));
    let gutter = diagnostic
        .related
        .iter()
        .map(|related| related.line)
        .chain([diagnostic.line])
        .max()
        .unwrap_or(0)
        .to_string()
        .len();
    let arrow = paint.with(BLUE, "-->");
    let mut place = clean(&diagnostic.file);
    if diagnostic.line > 0 {
        write!(place, ":{}:{}", diagnostic.line, diagnostic.column).expect("writing to a String cannot fail");
    }
    match (&diagnostic.node, &diagnostic.field) {
        (Some(node), Some(field)) => write!(place, " (node {}, {})", clean(node), clean(field)),
        (Some(node), None) => write!(place, " (node {})", clean(node)),
        _ => Ok(()),
    }
    .expect("writing to a String cannot fail");
    line(out, &format!("{:gutter$}{arrow} {place}", ""));
    if let Some(text) = &diagnostic.excerpt {
        let until = (diagnostic.end_line == diagnostic.line).then_some(diagnostic.end_column);
        let excerpt =
            Excerpt { number: diagnostic.line, text, from: diagnostic.excerpt_from, column: diagnostic.column, until };
        source(out, gutter, &excerpt, style, "", paint);
    }
    for related in &diagnostic.related {
        also(out, gutter, related, paint);
    }
    if let Some(remedy) = &diagnostic.remedy {
        line(out, &format!("{:gutter$} {} {} {}", "", paint.with(BLUE, "="), paint.with(BOLD, "help:"), clean(remedy)));
    }
}

fn also(out: &mut String, gutter: usize, related: &Related, paint: Paint) {
    let place = format!("{}:{}:{}", clean(&related.file), related.line, related.column);
    line(out, &format!("{:gutter$}{} {place}", "", paint.with(BLUE, ":::")));
    if let Some(text) = &related.excerpt {
        let until = (related.end_line == related.line).then_some(related.end_column);
        let excerpt = Excerpt { number: related.line, text, from: related.excerpt_from, column: related.column, until };
        source(out, gutter, &excerpt, BLUE, &clean(&related.message), paint);
    }
}

/// A source line, or the part of it around the place, and what to mark. Columns count from 1 in the whole line.
struct Excerpt<'a> {
    number: u32,
    text: &'a str,
    from: u32,
    column: u32,
    /// Nothing: to the end of the line.
    until: Option<u32>,
}

/// The line and the marks under it. A line too long is cut so that the place is seen.
fn source(out: &mut String, gutter: usize, excerpt: &Excerpt<'_>, style: &str, note: &str, paint: Paint) {
    let letters: Vec<char> = excerpt.text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let place = |column: u32| column.saturating_sub(excerpt.from) as usize;
    let start = place(excerpt.column).min(letters.len());
    let end = excerpt.until.map_or(letters.len(), place).clamp(start, letters.len());
    let first = if letters.len() > WIDTH && start > WIDTH * 2 / 3 { start - WIDTH / 3 } else { 0 };
    let last = (first + WIDTH).min(letters.len());
    let shown: String = letters[first..last].iter().collect();
    let width = |letters: &[char]| letters.iter().map(|c| columns(*c)).sum::<usize>();
    let lead = if first > 0 || excerpt.from > 1 { "…" } else { "" };
    let tail = if last < letters.len() { "…" } else { "" };
    let indent = width(&letters[first..start.max(first)]) + lead.len().min(1);
    let marks = width(&letters[start..end.min(last).max(start)]).max(1);
    let bar = paint.with(BLUE, "|");
    line(out, &format!("{:gutter$} {bar}", ""));
    let number = paint.with(BLUE, &format!("{:>gutter$}", excerpt.number));
    line(out, &format!("{number} {bar} {lead}{shown}{tail}"));
    let mark = if note.is_empty() { "^" } else { "-" };
    let note = if note.is_empty() { String::new() } else { format!(" {note}") };
    let under = paint.with(style, &format!("{}{note}", mark.repeat(marks)));
    line(out, &format!("{:gutter$} {bar} {:indent$}{under}", "", ""));
}

/// Columns that a letter takes on a terminal.
fn columns(c: char) -> usize {
    let wide = matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}')
        || matches!(c, '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}');
    let zero = matches!(c, '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}');
    if zero { 0 } else { 1 + usize::from(wide) }
}

/// What a document says must not move the cursor or change colours.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn line(out: &mut String, text: &str) {
    out.push_str(text.trim_end());
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_flow;

    #[test]
    fn looks_like_a_compiler() {
        let text = "offhook: 1\nid: x\nkind: ivr\nstart: greet\nnodes:\n  greet: { type: say, text: \"¡Olé!\", next: gret }\n  greet: { type: say }\n";
        let read = read_flow("x.yaml", text.as_bytes());
        let expected = "\
error[OH0301]: there is no node `gret`
 --> x.yaml:6:44 (node greet, next)
  |
6 |   greet: { type: say, text: \"¡Olé!\", next: gret }
  |                                            ^^^^
  = help: did you mean `greet`?

error[OH0105]: the key `greet` is written twice
 --> x.yaml:7:3
  |
7 |   greet: { type: say }
  |   ^^^^^
 ::: x.yaml:6:3
  |
6 |   greet: { type: say, text: \"¡Olé!\", next: gret }
  |   ----- first written here
  = help: rename or remove one of them; the first one counts until then

";
        assert_eq!(render(&read.diagnostics, false), expected);
        assert!(render(&read.diagnostics, true).contains("\u{1b}[1;31merror[OH0301]\u{1b}[0m"));
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{{\"a\": \"{}\", \"b\": nope}}", "x".repeat(200));
        let rendered = render(&read_flow("x.json", text.as_bytes()).diagnostics, false);
        let lines: Vec<&str> = rendered.lines().collect();
        let (shown, marks) = (lines[3], lines[4]);
        assert!(shown.chars().count() < 130);
        let at = marks.chars().position(|c| c == '^').expect("a mark");
        assert_eq!(shown.chars().nth(at), Some('n'), "{rendered}");
    }
}
