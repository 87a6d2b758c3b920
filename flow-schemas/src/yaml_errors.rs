//! What the YAML parser complains about, in words for authors.

use crate::codes::Code;
use crate::parse::Arena;
use crate::{Position, Span};

/// Reports a complaint of the parser at a byte offset.
pub(crate) fn report(arena: &mut Arena, complaint: &str, at: usize) {
    if let Some(tab) = tab_indent(arena, at) {
        let message = "a tab stands in the indentation, where YAML allows only spaces";
        arena.error(Code::TAB_INDENT, tab, message, "indent with spaces");
        return;
    }
    let next = arena.source.text[at..].chars().next();
    let width = next.filter(|c| !c.is_whitespace()).map_or(0, char::len_utf8);
    let mut span = Span::new(at, at + width);
    let (code, mut message, mut remedy) = words(complaint);
    if code == Code::SYNTAX {
        if let Some(bracket) = open_bracket(&arena.source.text[arena.base..at]) {
            let open = &arena.source.text[arena.base + bracket..][..1];
            message = format!("this `{open}` is not closed before line {}", arena.source.position(at as u32).line);
            remedy = "close it, or put a text that holds brackets in quotes";
            span = Span::new(arena.base + bracket, arena.base + bracket + 1);
        } else if matches!(next, Some('"' | '\'')) {
            "this quote does not end where it should".clone_into(&mut message);
            remedy = "close it with the same quote, and put nothing after that";
        }
    }
    arena.error(code, span, message, remedy);
}

/// The last bracket that opens a list or map in `text` and is not closed on its line or a later one. Only brackets where a value can
/// begin count; quotes are skipped.
fn open_bracket(text: &str) -> Option<usize> {
    let mut open = Vec::new();
    let mut quote = None;
    let mut before = '\n';
    let mut comment = false;
    for (at, c) in text.char_indices() {
        comment = comment && c != '\n';
        match (quote, c) {
            _ if comment => {}
            (Some(q), _) => quote = if c == q || (c == '\n' && open.is_empty()) { None } else { quote },
            (None, '#') if before.is_whitespace() => comment = true,
            (None, '"' | '\'') if before.is_whitespace() || matches!(before, '[' | '{' | ',') => quote = Some(c),
            (None, '[' | '{') if before.is_whitespace() || matches!(before, '[' | '{' | ',') => open.push(at),
            (None, ']' | '}') => {
                open.pop();
            }
            _ => {}
        }
        before = c;
    }
    open.pop()
}

/// A tab in the indentation of the line of the complaint or the one before it, which is what most complaints near it come from.
fn tab_indent(arena: &Arena, at: usize) -> Option<Span> {
    let line = arena.source.position(at as u32).line;
    [line, line.saturating_sub(1)].into_iter().filter(|line| *line > 0).find_map(|line| {
        let text = arena.source.line_text(line);
        let indent = &text[..text.len() - text.trim_start_matches([' ', '\t']).len()];
        let column = indent.find('\t')? as u32 + 1;
        let start = arena.source.offset(Position { line, column }) as usize;
        Some(Span::new(start, start + 1))
    })
}

fn words(complaint: &str) -> (Code, String, &'static str) {
    let has = |part: &str| complaint.contains(part);
    let (message, remedy) = if has("recursion limit") {
        return (Code::TOO_DEEP, "lists and maps nest too deeply".to_owned(), "make it flatter");
    } else if has("unknown anchor") {
        return (
            Code::UNKNOWN_ALIAS,
            "no anchor of this name stands before the alias".to_owned(),
            "define it with `&name`, or put a text that begins with `*` in quotes",
        );
    } else if has("unprintable") {
        return (
            Code::CONTROL_CHARACTER,
            "a character that cannot be printed stands in the text".to_owned(),
            "remove it",
        );
    } else if has("byte order mark") {
        return (Code::CONTROL_CHARACTER, "a byte order mark (U+FEFF) stands inside the text".to_owned(), "remove it");
    } else if has("tab") {
        return (Code::TAB_INDENT, "a tab stands where YAML allows only spaces".to_owned(), "use spaces");
    } else if has("handle wasn't declared")
        || has("parsing a tag")
        || has("scanning a tag")
        || has("global tag")
        || has("verbatim tag")
    {
        return (
            Code::UNKNOWN_TAG,
            "this tag is not known".to_owned(),
            "remove it, or put a text that begins with `!` in quotes",
        );
    } else if has("mapping values are not allowed") || has("illegal placement of ':'") {
        ("a `:` stands where no key can stand", "put a text that holds `: ` in quotes")
    } else if has("simple key expect") || has("mapping keys are not allowed") {
        ("a key with `:` must stand here", "write `key: value`, indented like its neighbours")
    } else if has("did not find expected key")
        || has("expected <document start>")
        || has("invalid indentation")
        || has("wrongly indented")
    {
        (
            "this line does not fit the indentation of the lines around it",
            "indent it like its neighbours, or close a quote or bracket before it",
        )
    } else if has("'-' indicator") || has("block sequence entries are not allowed") || has("\"-\" is only valid") {
        ("a `-` item of a list does not fit here", "begin each item of a list with `- `, all at the same indentation")
    } else if has("quoted scalar, found unexpected end of stream") || has("unexpected document indicator") {
        ("a quote is not closed", "close the quote")
    } else if has("trailing content after double-quoted") {
        ("something follows the closing quote", "put the whole text inside the quotes")
    } else if has("unknown escape") || has("hexadecimal number") || has("escape code") {
        ("an unknown escape in a text in double quotes", "write a backslash as \\\\, or use single quotes")
    } else if has("flow mapping") {
        ("a `,` or `}` is missing", "separate entries by commas and close the bracket")
    } else if has("flow sequence")
        || has("misplaced bracket")
        || has("flow construct")
        || has("unexpected end of plain")
    {
        ("brackets or commas do not fit together", "close each `[` and `{`; put a text that holds brackets in quotes")
    } else if has("anchor or alias") {
        ("`&` and `*` must be followed by a name", "put a text that begins with `&` or `*` in quotes")
    } else if has("cannot start any token") || has("plain scalar cannot start") || has("unexpected character") {
        ("a text cannot begin with this character", "put the text in quotes")
    } else if has("block scalar") {
        ("the text after `|` or `>` is not laid out as YAML asks", "begin it on the next line, indented by spaces")
    } else if has("directive") {
        (
            "a line that begins with `%` is a directive, and this one is not known",
            "remove it, or put a text that begins with `%` in quotes",
        )
    } else {
        return (
            Code::SYNTAX,
            format!("the YAML cannot be read: {complaint}"),
            "see `offhook explain OH0101` for the usual causes",
        );
    };
    (Code::SYNTAX, message.to_owned(), remedy)
}
