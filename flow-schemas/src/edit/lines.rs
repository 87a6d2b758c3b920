//! Lines of a text by byte offset: where they start and end, what they hold, and which comments belong to what.

/// The first byte of the line that holds an offset.
pub(crate) fn start(text: &str, at: usize) -> usize {
    text[..at].rfind(['\n', '\r']).map_or(bom(text), |found| found + 1)
}

/// One past the last byte of the line that holds an offset, without its line break.
pub(crate) fn end(text: &str, at: usize) -> usize {
    text[at..].find(['\n', '\r']).map_or(text.len(), |found| at + found)
}

/// The first byte of the line after the one that holds an offset; the end of the text when it is the last.
pub(crate) fn next(text: &str, at: usize) -> usize {
    let end = end(text, at);
    let bytes = text.as_bytes();
    match (bytes.get(end), bytes.get(end + 1)) {
        (Some(b'\r'), Some(b'\n')) => end + 2,
        (Some(_), _) => end + 1,
        (None, _) => end,
    }
}

/// Bytes of a byte order mark at the front.
fn bom(text: &str) -> usize {
    if text.starts_with(crate::source::BOM) { crate::source::BOM.len_utf8() } else { 0 }
}

/// The line that holds an offset, without its line break.
pub(crate) fn line(text: &str, at: usize) -> &str {
    &text[start(text, at)..end(text, at)]
}

/// Spaces at the front of the line that holds an offset.
pub(crate) fn indent(text: &str, at: usize) -> usize {
    let line = line(text, at);
    line.len() - line.trim_start_matches(' ').len()
}

/// Whether only spaces stand before an offset in its line.
pub(crate) fn begins_line(text: &str, at: usize) -> bool {
    text[start(text, at)..at].bytes().all(|byte| byte == b' ')
}

pub(crate) fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

pub(crate) fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// Skips spaces, tabs, line breaks and comments. A `#` opens a comment only after white space or at the start of a line.
pub(crate) fn skip(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            b'#' if at == 0 || bytes[at - 1].is_ascii_whitespace() => at = end(text, at),
            _ => break,
        }
    }
    at
}

/// Skips spaces, tabs and line breaks.
pub(crate) fn skip_space(text: &str, from: usize) -> usize {
    from + (text.len() - from - text[from..].trim_start_matches([' ', '\t', '\n', '\r']).len())
}

/// The comments directly above the line that starts at `at` and no further up than `floor`: they travel with it. A blank line, or a
/// comment with another indentation, ends ownership.
pub(crate) fn with_comments_above(text: &str, at: usize, floor: usize) -> usize {
    let column = indent(text, at);
    let mut begin = at;
    while begin > floor {
        let above = start(text, begin - 1 - usize::from(text[..begin].ends_with("\r\n")));
        if above < floor || above >= begin || !is_comment(line(text, above)) || indent(text, above) != column {
            break;
        }
        begin = above;
    }
    begin
}

/// From the start of a line, the comment lines (and blank lines before them) that are indented deeper than `column`.
pub(crate) fn with_comments_below(text: &str, at: usize, column: usize) -> usize {
    let (mut kept, mut look) = (at, at);
    while look < text.len() {
        let here = line(text, look);
        if is_comment(here) && indent(text, look) > column {
            look = next(text, look);
            kept = look;
        } else if is_blank(here) {
            look = next(text, look);
        } else {
            break;
        }
    }
    kept
}

/// From the start of a line, past the blank lines there.
pub(crate) fn past_blank(text: &str, at: usize) -> usize {
    let mut look = at;
    while look < text.len() && is_blank(line(text, look)) {
        look = next(text, look);
    }
    look
}

/// Whether the line above the one that starts at `at` is blank, or there is none.
pub(crate) fn blank_above(text: &str, at: usize) -> bool {
    at == 0 || is_blank(line(text, at - 1 - usize::from(text[..at].ends_with("\r\n"))))
}

/// The line break of a text: that of its first line.
pub(crate) fn newline(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}
