//! The JSON reader (RFC 8259) with positions. Comments and commas too many are told as what they are, and reading goes on.

use std::borrow::Cow;

use crate::codes::Code;
use crate::parse::Arena;
use crate::scalar::{Scalar, exact};
use crate::tree::{Entry, Id, Kind};
use crate::{Span, limits};

/// Reads the arena's text; nothing when it cannot go on, which has been reported.
pub(crate) fn read(arena: &mut Arena) -> Option<Id> {
    let text = arena.source.text.clone();
    let at = arena.base;
    let mut reader = Reader { text: &text, at, arena };
    let root = reader.document().ok();
    root.flatten()
}

/// The text cannot be understood any further; the reason has been reported.
struct Lost;

struct Reader<'a> {
    text: &'a str,
    at: usize,
    arena: &'a mut Arena,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<Option<Id>, Lost> {
        self.space();
        if self.at == self.text.len() {
            self.complain(Code::EMPTY_DOCUMENT, "the document is empty", "begin with `{`");
            return Ok(None);
        }
        let root = self.value(0)?;
        self.space();
        if self.at < self.text.len() {
            return self
                .lost("something follows the end of the document", "remove it, or the closing bracket before it");
        }
        Ok(Some(root))
    }

    fn value(&mut self, depth: usize) -> Result<Id, Lost> {
        if depth > limits::DEPTH {
            let message = format!("lists and maps nest more than {} deep", limits::DEPTH);
            self.complain(Code::TOO_DEEP, &message, "make it flatter");
            return Err(Lost);
        }
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => {
                let text = self.string()?;
                self.arena.string(&text, Span::new(start, self.at))
            }
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(_) => self.word()?,
            None => {
                return self.lost("the document ends where a value must stand", "close what is open");
            }
        };
        Ok(self.arena.add(kind, Span::new(start, self.at)))
    }

    fn object(&mut self, depth: usize) -> Result<Kind, Lost> {
        self.at += 1;
        let mut entries = Vec::new();
        loop {
            self.space();
            match self.peek() {
                Some(b'}') => break self.at += 1,
                Some(b'"') => {}
                None => return self.lost("the document ends inside `{`", "close it with `}`"),
                Some(_) => {
                    return self.lost("a key in double quotes must stand here", "write keys as \"key\"");
                }
            }
            let start = self.at;
            let key = self.string()?;
            let key_span = Span::new(start, self.at);
            self.space();
            if self.peek() != Some(b':') {
                return self.lost("a `:` must follow the key", "write \"key\": value");
            }
            self.at += 1;
            self.space();
            let value = self.value(depth + 1)?;
            entries.push(Entry { key: key.into(), key_span, value });
            if !self.comma(b'}')? {
                break;
            }
        }
        Ok(self.arena.map(entries))
    }

    fn array(&mut self, depth: usize) -> Result<Kind, Lost> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.space();
            match self.peek() {
                Some(b']') => break self.at += 1,
                None => return self.lost("the document ends inside `[`", "close it with `]`"),
                Some(_) => {}
            }
            items.push(self.value(depth + 1)?);
            if !self.comma(b']')? {
                break;
            }
        }
        Ok(Kind::List(items))
    }

    /// After an entry: true at a comma with more to come, false past the closing bracket.
    fn comma(&mut self, close: u8) -> Result<bool, Lost> {
        self.space();
        match self.peek() {
            Some(b',') => {
                let comma = self.at;
                self.at += 1;
                self.space();
                if self.peek() == Some(close) {
                    self.arena.error(
                        Code::SYNTAX,
                        Span::new(comma, comma + 1),
                        "a comma stands before the closing bracket",
                        "remove the comma",
                    );
                }
                Ok(true)
            }
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(false)
            }
            _ => {
                let message = format!("a `,` or `{}` must stand here", char::from(close));
                self.lost(&message, "separate entries by commas and close the bracket")
            }
        }
    }

    /// A text in quotes; one without escapes is not copied.
    fn string(&mut self) -> Result<Cow<'a, str>, Lost> {
        let text = self.text;
        let start = self.at;
        self.at += 1;
        let mut out = String::new();
        let mut run = self.at;
        loop {
            match self.peek() {
                Some(b'"') => {
                    let rest = &text[run..self.at];
                    self.at += 1;
                    if out.is_empty() {
                        return Ok(Cow::Borrowed(rest));
                    }
                    out.push_str(rest);
                    return Ok(Cow::Owned(out));
                }
                Some(b'\\') => {
                    out.push_str(&text[run..self.at]);
                    let character = self.escape()?;
                    out.push(character);
                    run = self.at;
                }
                Some(b'\n' | b'\r') | None => {
                    self.at = start;
                    return self.lost(
                        "the text is not closed on its line",
                        "close it with a double quote, and write a line break as \\n",
                    );
                }
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<char, Lost> {
        let character = match self.text.as_bytes().get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return self.lost("an unknown escape in a text", "write a backslash as \\\\"),
        };
        self.at += 2;
        Ok(character)
    }

    /// `\uXXXX`, or two of them for a character beyond U+FFFF.
    fn unicode(&mut self) -> Result<char, Lost> {
        let unit = |at: usize| {
            let digits = self.text.get(at..at + 6)?.strip_prefix("\\u")?;
            let all = digits.bytes().all(|b| b.is_ascii_hexdigit());
            if all { u32::from_str_radix(digits, 16).ok() } else { None }
        };
        let found = match unit(self.at) {
            Some(high @ 0xd800..0xdc00) => {
                let low = unit(self.at + 6).filter(|low| (0xdc00..0xe000).contains(low));
                low.and_then(|low| char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))).map(|c| (c, 12))
            }
            Some(code) => char::from_u32(code).map(|c| (c, 6)),
            None => None,
        };
        match found {
            Some((character, length)) => {
                self.at += length;
                Ok(character)
            }
            None => self
                .lost("`\\u` must be followed by four hexadecimal digits of a character", "write the character itself"),
        }
    }

    fn number(&mut self) -> Result<Kind, Lost> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let number_byte = |b: &u8| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'e' | b'E');
        let length = bytes[start..].iter().take_while(|b| number_byte(b)).count();
        let text = &self.text[start..start + length];
        if !is_json_number(text) {
            return self
                .lost("this is not a number in JSON", "write it as 12, -0.5 or 1e3; put telephone numbers in quotes");
        }
        self.at += length;
        match exact(text) {
            Scalar::Number(number) => Ok(Kind::Number(number)),
            Scalar::Bad(code, message) => {
                self.arena.error(code, Span::new(start, self.at), message, "put it in quotes");
                Ok(Kind::String(text.into()))
            }
            _ => Ok(Kind::Null),
        }
    }

    fn word(&mut self) -> Result<Kind, Lost> {
        let start = self.at;
        let length =
            self.text[start..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.text.len() - start);
        let kind = match &self.text[start..start + length] {
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            "null" => Kind::Null,
            _ => return self.lost("this is not a value in JSON", "put texts in double quotes"),
        };
        self.at += length;
        Ok(kind)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Skips white space; comments are reported and skipped.
    fn space(&mut self) {
        loop {
            while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
                self.at += 1;
            }
            let rest = &self.text[self.at..];
            let length = if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |end| end + 2)
            } else {
                return;
            };
            let span = Span::new(self.at, self.at + length);
            self.arena.error(Code::SYNTAX, span, "JSON has no comments", "remove it, or write the flow as YAML");
            self.at += length;
        }
    }

    fn complain(&mut self, code: Code, message: &str, remedy: &str) {
        let width = self.text[self.at..].chars().next().map_or(0, char::len_utf8);
        self.arena.error(code, Span::new(self.at, self.at + width), message, remedy);
    }

    fn lost<T>(&mut self, message: &str, remedy: &str) -> Result<T, Lost> {
        self.complain(Code::SYNTAX, message, remedy);
        Err(Lost)
    }
}

/// RFC 8259 §6.
fn is_json_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let whole_ok = digits(whole) && (whole == "0" || !whole.starts_with('0'));
    whole_ok && fraction.is_none_or(digits) && exponent.is_none_or(digits)
}
