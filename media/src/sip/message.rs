//! A SIP message as text: read tolerantly, written strictly.
//!
//! Reading never fails on a bad header; it notes the first flaw and goes on, because a refusal must echo what it refuses.
//! It does not judge: [`check`](super::check) does. It knows no dialog and no transaction.

use super::limits;
use std::borrow::Cow;

/// The first line of a message (RFC 3261 §7.1, §7.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// `METHOD uri SIP/2.0`
    Request {
        /// The method, case-sensitive.
        method: String,
        /// The Request-URI as it was written.
        uri: String,
        /// The protocol version, `SIP/2.0` in everything we accept.
        version: String,
    },
    /// `SIP/2.0 status reason`
    Response {
        /// The protocol version.
        version: String,
        /// The status code; 0 when it is no number of three digits.
        status: u16,
        /// The reason phrase, perhaps empty.
        reason: String,
    },
}

/// One header field: canonical long name and unfolded, trimmed value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The name in its registered spelling when it is known, otherwise as written.
    pub name: Cow<'static, str>,
    /// The value without folding and surrounding white space.
    pub value: String,
}

/// A request or response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The first line.
    pub start: Start,
    /// The header fields in their order.
    pub fields: Vec<Field>,
    /// The body, cut at Content-Length.
    pub body: Vec<u8>,
}

/// What reading found beside the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned {
    /// The message as far as it could be read.
    pub message: Message,
    /// The first thing that breaks the grammar, in words for a Reason-Phrase.
    pub flaw: Option<&'static str>,
}

/// Known names and their compact forms (IANA "SIP Parameters", header fields).
const NAMES: &[(&str, &str)] = &[
    ("Via", "v"),
    ("From", "f"),
    ("To", "t"),
    ("Call-ID", "i"),
    ("CSeq", ""),
    ("Contact", "m"),
    ("Max-Forwards", ""),
    ("Content-Length", "l"),
    ("Content-Type", "c"),
    ("Content-Encoding", "e"),
    ("Content-Disposition", ""),
    ("User-Agent", ""),
    ("Allow", ""),
    ("Supported", "k"),
    ("Require", ""),
    ("Proxy-Require", ""),
    ("Route", ""),
    ("Record-Route", ""),
    ("Authorization", ""),
    ("Proxy-Authorization", ""),
    ("WWW-Authenticate", ""),
    ("Proxy-Authenticate", ""),
    ("Expires", ""),
    ("Min-Expires", ""),
    ("Session-Expires", "x"),
    ("Min-SE", ""),
    ("RSeq", ""),
    ("RAck", ""),
    ("Refer-To", "r"),
    ("Referred-By", "b"),
    ("Replaces", ""),
    ("Event", "o"),
    ("Allow-Events", "u"),
    ("Subscription-State", ""),
    ("Subject", "s"),
    ("Accept", ""),
    ("Accept-Contact", "a"),
    ("Reject-Contact", "j"),
    ("Request-Disposition", "d"),
    ("Reason", ""),
    ("Retry-After", ""),
    ("Server", ""),
    ("P-Asserted-Identity", ""),
    ("Privacy", ""),
    ("Diversion", ""),
    ("Unsupported", ""),
];

/// The registered spelling of a header name, compact forms included.
pub fn canonical(name: &str) -> Cow<'static, str> {
    for (long, short) in NAMES {
        if name.eq_ignore_ascii_case(long) || (!short.is_empty() && name.eq_ignore_ascii_case(short)) {
            return Cow::Borrowed(long);
        }
    }
    Cow::Owned(name.to_owned())
}

impl Message {
    /// A request with nothing but its first line.
    pub fn request(method: &str, uri: &str) -> Self {
        let start = Start::Request { method: method.into(), uri: uri.into(), version: "SIP/2.0".into() };
        Self { start, fields: Vec::with_capacity(16), body: Vec::new() }
    }

    /// The response to `request`: Via, From, To, Call-ID and CSeq are copied (RFC 3261 §8.2.6.2); `tag` goes to a To without one.
    pub fn response(request: &Message, status: u16, reason: &str, tag: Option<&str>) -> Self {
        let start = Start::Response { version: "SIP/2.0".into(), status, reason: reason.into() };
        let mut fields = Vec::with_capacity(12);
        for name in ["Via", "Record-Route", "From", "To", "Call-ID", "CSeq", "Timestamp"] {
            let dialog_only = name == "Record-Route" && !(101..300).contains(&status);
            if dialog_only || (name == "Timestamp" && status != 100) {
                continue;
            }
            for field in request.fields.iter().filter(|f| f.name.eq_ignore_ascii_case(name)) {
                let mut field = field.clone();
                if name == "To"
                    && let Some(tag) = tag
                    && request.to_tag().is_none()
                {
                    field.value.push_str(";tag=");
                    field.value.push_str(tag);
                }
                fields.push(field);
            }
        }
        Self { start, fields, body: Vec::new() }
    }

    /// Appends a header field. Line breaks in the value become spaces, so that no value can add a header.
    pub fn push(&mut self, name: &str, value: impl Into<String>) -> &mut Self {
        let mut value: String = value.into();
        if value.contains(['\r', '\n', '\0']) {
            value = value.replace(['\r', '\n', '\0'], " ");
        }
        self.fields.push(Field { name: canonical(name), value });
        self
    }

    /// Replaces all fields of that name by one.
    pub fn set(&mut self, name: &str, value: impl Into<String>) -> &mut Self {
        self.fields.retain(|f| !f.name.eq_ignore_ascii_case(name));
        self.push(name, value)
    }

    /// Sets body and Content-Type; Content-Length is written by [`Message::to_bytes`].
    pub fn set_body(&mut self, content_type: &str, body: impl Into<Vec<u8>>) -> &mut Self {
        self.set("Content-Type", content_type);
        self.body = body.into();
        self
    }

    /// The first field of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|f| f.name.eq_ignore_ascii_case(name)).map(|f| f.value.as_str())
    }

    /// All fields of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |f| f.name.eq_ignore_ascii_case(name)).map(|f| f.value.as_str())
    }

    /// All comma-separated values of all fields of that name.
    pub fn list<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.all(name).flat_map(split_list).filter(|v| !v.is_empty())
    }

    /// Whether a comma-separated field holds the token, compared without case.
    pub fn has_token(&self, name: &str, token: &str) -> bool {
        self.list(name).any(|v| v.split(';').next().unwrap_or(v).trim().eq_ignore_ascii_case(token))
    }

    /// The method of a request, or the CSeq method of a response.
    pub fn method(&self) -> &str {
        match &self.start {
            Start::Request { method, .. } => method,
            Start::Response { .. } => self.cseq().map_or("", |(_, method)| method),
        }
    }

    /// The Request-URI of a request.
    pub fn uri(&self) -> &str {
        match &self.start {
            Start::Request { uri, .. } => uri,
            Start::Response { .. } => "",
        }
    }

    /// The status of a response, 0 for a request.
    pub fn status(&self) -> u16 {
        match &self.start {
            Start::Response { status, .. } => *status,
            Start::Request { .. } => 0,
        }
    }

    /// The reason phrase of a response.
    pub fn reason(&self) -> &str {
        match &self.start {
            Start::Response { reason, .. } => reason,
            Start::Request { .. } => "",
        }
    }

    /// CSeq number and method, when both can be read and the number is below 2³¹ (RFC 3261 §8.1.1.5).
    pub fn cseq(&self) -> Option<(u32, &str)> {
        let (number, method) = self.get("CSeq")?.split_once([' ', '\t'])?;
        let number: u32 = digits(number)?.try_into().ok().filter(|n| *n < 1 << 31)?;
        Some((number, method.trim()))
    }

    /// The Call-ID.
    pub fn call_id(&self) -> &str {
        self.get("Call-ID").unwrap_or("")
    }

    /// The tag parameter of From.
    pub fn from_tag(&self) -> Option<&str> {
        self.get("From").and_then(tag_of)
    }

    /// The tag parameter of To.
    pub fn to_tag(&self) -> Option<&str> {
        self.get("To").and_then(tag_of)
    }

    /// The media type of the body in lower case, without parameters.
    pub fn content_type(&self) -> Option<String> {
        let value = self.get("Content-Type")?;
        Some(value.split(';').next().unwrap_or(value).trim().to_ascii_lowercase())
    }

    /// The octets for the wire; Content-Length is always written, last, from the body.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(640 + self.body.len());
        match &self.start {
            Start::Request { method, uri, version } => {
                for part in [method.as_str(), " ", uri, " ", version, "\r\n"] {
                    out.extend_from_slice(part.as_bytes());
                }
            }
            Start::Response { version, status, reason } => {
                for part in [version.as_str(), " ", status.to_string().as_str(), " ", reason, "\r\n"] {
                    out.extend_from_slice(part.as_bytes());
                }
            }
        }
        for field in self.fields.iter().filter(|f| f.name != "Content-Length") {
            for part in [field.name.as_ref(), ": ", field.value.as_str(), "\r\n"] {
                out.extend_from_slice(part.as_bytes());
            }
        }
        out.extend_from_slice(b"Content-Length: ");
        out.extend_from_slice(self.body.len().to_string().as_bytes());
        out.extend_from_slice(b"\r\n\r\n");
        out.extend_from_slice(&self.body);
        out
    }
}

/// Reads one message. `None` means that nothing here resembles SIP and no answer may be sent.
/// The body is everything after the blank line; cutting it is the business of the check.
pub fn scan(bytes: &[u8]) -> Option<Scanned> {
    // RFC 3261 §7.5: empty lines before the start line are ignored.
    let skip = bytes.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
    let bytes = &bytes[skip..];
    let mut flaw: Option<&'static str> = None;
    let mut note = |text| {
        flaw.get_or_insert(text);
    };
    let (head, body) = match find(bytes, b"\r\n\r\n") {
        Some(at) => (&bytes[..at], &bytes[at + 4..]),
        None => {
            note("Missing Empty Line After Header");
            (bytes, &[][..])
        }
    };
    let head = match std::str::from_utf8(head) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            note("Header Is Not UTF-8");
            String::from_utf8_lossy(head)
        }
    };
    let mut lines = head.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    let start = read_start(lines.next()?, &mut note)?;
    let mut fields: Vec<Field> = Vec::with_capacity(16);
    for line in lines {
        if line.starts_with([' ', '\t']) {
            match fields.last_mut() {
                Some(field) => {
                    if !field.value.is_empty() {
                        field.value.push(' ');
                    }
                    field.value.push_str(line.trim_matches([' ', '\t']));
                }
                None => note("Folded Line Without Header"),
            }
            continue;
        }
        let Some((name, value)) = line.split_once(':') else {
            note("Header Line Without Colon");
            continue;
        };
        let name = name.trim_end_matches([' ', '\t']);
        if name.is_empty() || !name.bytes().all(is_token) {
            note("Malformed Header Name");
            continue;
        }
        if fields.len() == limits::MAX_HEADERS {
            note("Too Many Header Fields");
            break;
        }
        fields.push(Field { name: canonical(name), value: value.trim_matches([' ', '\t']).to_owned() });
    }
    if fields.iter().any(|f| has_bare_control(&f.value)) {
        note("Control Character In Header");
    }
    for field in &mut fields {
        while field.value.ends_with([' ', '\t']) {
            field.value.pop();
        }
    }
    Some(Scanned { message: Message { start, fields, body: body.to_vec() }, flaw })
}

fn read_start(line: &str, note: &mut impl FnMut(&'static str)) -> Option<Start> {
    if line.get(..4).is_some_and(|p| p.eq_ignore_ascii_case("SIP/")) {
        let mut parts = line.splitn(3, ' ');
        let version = parts.next()?.to_owned();
        let code = parts.next().unwrap_or("");
        let reason = parts.next().unwrap_or("").to_owned();
        let status = digits(code).filter(|n| (100..700).contains(n) && code.len() == 3).unwrap_or(0);
        if status == 0 {
            note("Malformed Status Code");
        }
        return Some(Start::Response { version, status: status as u16, reason });
    }
    // Anything that ends in a SIP version is a request, however odd its middle.
    let trimmed = line.trim_end_matches([' ', '\t']);
    let (rest, version) = trimmed.rsplit_once([' ', '\t'])?;
    if !version.get(..4).is_some_and(|p| p.eq_ignore_ascii_case("SIP/")) {
        return None;
    }
    let (method, uri) = rest.split_once([' ', '\t'])?;
    if trimmed.len() != line.len() || uri.is_empty() || uri.contains([' ', '\t']) {
        note("White Space In Request Line");
    }
    if method.is_empty() || !method.bytes().all(is_token) {
        note("Malformed Method");
    }
    Some(Start::Request { method: method.into(), uri: uri.trim().into(), version: version.into() })
}

/// A control character that is not the second half of a quoted pair.
fn has_bare_control(value: &str) -> bool {
    let bytes = value.as_bytes();
    bytes.iter().enumerate().any(|(i, b)| (*b < 0x20 && *b != b'\t' || *b == 0x7f) && (i == 0 || bytes[i - 1] != b'\\'))
}

/// A decimal number without sign; `None` for anything else or more than 64 bits.
pub fn digits(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Token characters (RFC 3261 §25.1).
pub fn is_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&b)
}

/// The position of `needle`.
pub fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

/// Splits at commas outside quotes and angle brackets.
pub fn split_list(value: &str) -> impl Iterator<Item = &str> {
    split_outside(value, b',')
}

/// Splits at a separator outside quotes and angle brackets; parts are trimmed.
pub fn split_outside(value: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let text = rest?;
        let (mut quoted, mut angle, mut escaped) = (false, false, false);
        for (i, b) in text.bytes().enumerate() {
            match b {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b'<' if !quoted => angle = true,
                b'>' if !quoted => angle = false,
                _ if b == separator && !quoted && !angle => {
                    rest = Some(&text[i + 1..]);
                    return Some(text[..i].trim());
                }
                _ => {}
            }
        }
        rest = None;
        Some(text.trim())
    })
}

/// The tag parameter of a From or To value.
pub fn tag_of(value: &str) -> Option<&str> {
    split_outside(value, b';').skip(1).find_map(|param| {
        let (name, tag) = param.split_once('=')?;
        name.trim_end().eq_ignore_ascii_case("tag").then(|| tag.trim_start())
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_add_a_header() {
        let mut m = Message::request("OPTIONS", "sip:a@b");
        m.push("Subject", "x\r\nEvil: yes");
        let text = String::from_utf8(m.to_bytes()).unwrap();
        assert!(!text.contains("\r\nEvil"), "{text}");
    }

    #[test]
    fn lists_split_outside_quotes_and_brackets() {
        let parts: Vec<_> = split_list(r#""a, \"b" <sip:x,y@z>;q=1 , sip:c"#).collect();
        assert_eq!(parts, [r#""a, \"b" <sip:x,y@z>;q=1"#, "sip:c"]);
    }

    #[test]
    fn tag_is_found_past_brackets_and_spaces() {
        assert_eq!(tag_of("<sip:a@b;tag=no> ; x=1; tag = yes"), Some("yes"));
        assert_eq!(tag_of("<sip:a@b;tag=no>"), None);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut m = Message::request("INVITE", "sip:a@b");
        m.push("Via", "SIP/2.0/UDP h;branch=z9hG4bKx").push("To", "<sip:a@b>");
        m.set_body("application/sdp", "v=0\r\n");
        let back = scan(&m.to_bytes()).unwrap();
        assert_eq!(back.flaw, None);
        assert_eq!(back.message.body, m.body);
        assert_eq!(back.message.get("l"), None);
        assert_eq!(back.message.get("content-length"), Some("5"));
    }
}
