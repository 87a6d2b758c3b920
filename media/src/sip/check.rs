//! Whether a message keeps to RFC 3261, and which answer it earns when it does not.
//!
//! The stack below us forgives too much (it ignores Require, a foreign version, a CSeq of another method) and is silent
//! about the rest. Everything is judged here, before a transaction exists. What passes is also *normalised*: one Via a
//! line, no folding, the body cut at Content-Length, a From tag for peers of RFC 2543.
//! Nothing here knows about calls; whether a dialog exists is asked later.

use super::address::{NameAddr, SipUri, Via, scheme_of};
use super::limits;
use super::message::{Message, Start, digits, split_list};

/// Methods answered by us, for Allow (RFC 3261 §20.5).
pub const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, INFO, UPDATE, PRACK, REFER, NOTIFY";
/// Extensions we implement, for Supported (RFC 3261 §20.37).
pub const SUPPORTED: &str = "timer, 100rel, replaces";
/// Bodies we understand in an invitation, for Accept.
pub const ACCEPT: &str = "application/sdp, multipart/mixed";
/// Stands in for the From tag a peer of RFC 2543 did not send; taken out of everything we send.
pub const NO_TAG: &str = "offhook-rfc2543";

/// How a message reached us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
}

impl Transport {
    /// The name in Via and in `transport=`.
    pub fn name(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
        }
    }
}

/// The answer that a request earns instead of being handled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The status code.
    pub status: u16,
    /// The reason phrase: for 400 it says what is wrong (RFC 3261 §21.4.1).
    pub reason: &'static str,
    /// Further header fields.
    pub fields: Vec<(&'static str, String)>,
}

impl Refusal {
    fn new(status: u16, reason: &'static str) -> Self {
        Self { status, reason, fields: Vec::new() }
    }
    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }
}

fn bad(reason: &'static str) -> Refusal {
    Refusal::new(400, reason)
}

/// Judges and normalises a request. `flaw` is what reading found.
pub fn request(message: &mut Message, flaw: Option<&'static str>, transport: Transport) -> Result<(), Refusal> {
    let Start::Request { method, uri, version } = &message.start else {
        return Err(bad("Not A Request"));
    };
    if !version.eq_ignore_ascii_case("SIP/2.0") {
        return Err(if is_version(version) {
            Refusal::new(505, "Version Not Supported")
        } else {
            bad("Malformed Version")
        });
    }
    let (method, uri) = (method.clone(), uri.clone());
    if let Some(flaw) = flaw {
        return Err(bad(flaw));
    }
    single_fields(message)?;
    let branch = normalise_vias(message)?;
    if branch.as_deref().is_some_and(|b| b == "z9hG4bK" || b.len() > limits::MAX_TOKEN) {
        return Err(bad("Malformed Branch"));
    }
    if !known(&method) {
        // RFC 4475 §3.1.2.18: 501 is preferred to 400 when CSeq differs as well.
        return Err(Refusal::new(501, "Not Implemented").with("Allow", ALLOW));
    }
    match message.cseq() {
        None => return Err(bad("Malformed CSeq")),
        Some((_, m)) if m != method => return Err(bad("CSeq Method Differs")),
        Some(_) => {}
    }
    body(message, transport)?;
    numbers(message)?;
    addresses(message, &method)?;
    target(&uri)?;
    if !ALLOW.split(", ").any(|m| m == method) {
        return Err(Refusal::new(405, "Method Not Allowed").with("Allow", ALLOW));
    }
    if method != "ACK" && method != "CANCEL" {
        extensions(message)?;
        content(message, &method)?;
    }
    Ok(())
}

/// Judges a response; what fails is dropped, for nobody waits for an answer to it (RFC 3261 §18.1.2).
pub fn response(
    message: &mut Message,
    flaw: Option<&'static str>,
    branch_prefix: &str,
    transport: Transport,
) -> Result<(), &'static str> {
    let Start::Response { version, .. } = &message.start else {
        return Err("Not A Response");
    };
    if !version.eq_ignore_ascii_case("SIP/2.0") {
        return Err("Version Not Supported");
    }
    if let Some(flaw) = flaw {
        return Err(flaw);
    }
    single_fields(message).map_err(|r| r.reason)?;
    let branch = normalise_vias(message).map_err(|r| r.reason)?;
    // RFC 3261 §8.1.3.3: more than one Via means that the response was misrouted.
    if message.all("Via").count() != 1 {
        return Err("More Than One Via");
    }
    if !branch.is_some_and(|b| b.starts_with(branch_prefix)) {
        return Err("Response To Nothing We Sent");
    }
    if message.cseq().is_none() {
        return Err("Malformed CSeq");
    }
    body(message, transport).map_err(|r| r.reason)?;
    for name in ["From", "To"] {
        NameAddr::parse(message.get(name).unwrap_or_default())?;
    }
    Ok(())
}

fn is_version(text: &str) -> bool {
    let numbers = text.get(4..).and_then(|v| v.split_once('.'));
    numbers.is_some_and(|(a, b)| digits(a).is_some() && digits(b).is_some())
}

fn known(method: &str) -> bool {
    ALLOW.split(", ").chain(["MESSAGE", "SUBSCRIBE", "PUBLISH"]).any(|m| m == method)
}

fn single_fields(message: &Message) -> Result<(), Refusal> {
    const REQUIRED: [(&str, &str); 4] = [
        ("From", "Missing Or Repeated From"),
        ("To", "Missing Or Repeated To"),
        ("Call-ID", "Missing Or Repeated Call-ID"),
        ("CSeq", "Missing Or Repeated CSeq"),
    ];
    for (name, reason) in REQUIRED {
        let mut values = message.all(name);
        if values.next().is_none_or(str::is_empty) || values.next().is_some() {
            return Err(bad(reason));
        }
    }
    for name in ["Max-Forwards", "Content-Type", "Content-Length"] {
        if message.all(name).count() > 1 {
            return Err(bad("Repeated Header Field"));
        }
    }
    let call_id = message.call_id();
    if call_id.len() > limits::MAX_CALL_ID || call_id.contains([' ', '\t', ',']) {
        return Err(bad("Malformed Call-ID"));
    }
    Ok(())
}

/// Rewrites all Via fields, one value a field; returns the branch of the first.
fn normalise_vias(message: &mut Message) -> Result<Option<String>, Refusal> {
    let mut values = Vec::new();
    let mut branch = None;
    for (i, text) in message.list("Via").enumerate() {
        if i == limits::MAX_VIAS {
            return Err(bad("Too Many Via"));
        }
        match Via::parse(text) {
            Ok(via) => {
                if i == 0 {
                    if !via.protocol.eq_ignore_ascii_case("SIP/2.0")
                        || !matches!(via.transport.as_str(), "UDP" | "TCP" | "TLS" | "WS" | "WSS" | "SCTP")
                    {
                        return Err(bad("Malformed Via"));
                    }
                    branch = via.param("branch").map(Into::into);
                }
                values.push(via.to_string());
            }
            Err(reason) if i == 0 => return Err(bad(reason)),
            // Another hop's value is echoed, never used.
            Err(_) => values.push(text.to_owned()),
        }
    }
    if values.is_empty() {
        return Err(bad("Missing Via"));
    }
    let at = message.fields.iter().position(|f| f.name == "Via").unwrap_or(0);
    message.fields.retain(|f| f.name != "Via");
    let at = at.min(message.fields.len());
    let fields = values.into_iter().map(|value| super::message::Field { name: "Via".into(), value });
    message.fields.splice(at..at, fields);
    Ok(branch)
}

fn body(message: &mut Message, transport: Transport) -> Result<(), Refusal> {
    match message.get("Content-Length") {
        Some(text) => {
            let length = digits(text).and_then(|n| usize::try_from(n).ok()).ok_or(bad("Malformed Content-Length"))?;
            if length > message.body.len() {
                return Err(bad("Content-Length Larger Than Message"));
            }
            // RFC 3261 §18.3: octets past Content-Length are discarded.
            message.body.truncate(length);
        }
        None if transport == Transport::Tcp => return Err(bad("Missing Content-Length")),
        None => {}
    }
    Ok(())
}

fn numbers(message: &Message) -> Result<(), Refusal> {
    if let Some(hops) = message.get("Max-Forwards")
        && digits(hops).is_none_or(|n| n > 255)
    {
        return Err(bad("Malformed Max-Forwards"));
    }
    Ok(())
}

fn addresses(message: &mut Message, method: &str) -> Result<(), Refusal> {
    let mut tag = None;
    for name in ["From", "To"] {
        let value = NameAddr::parse(message.get(name).unwrap_or_default()).map_err(bad)?;
        let found = value.param("tag");
        if found.is_some_and(|t| t.is_empty() || t.len() > limits::MAX_TOKEN) {
            return Err(bad("Malformed Tag"));
        }
        if name == "From" {
            tag = found.map(str::to_owned);
        }
        let sip = matches!(scheme_of(&value.uri).as_deref(), Some("sip" | "sips" | "tel"));
        if method == "REGISTER" && !sip {
            return Err(bad("Unsupported URI Scheme"));
        }
    }
    for field in message.fields.iter_mut().filter(|f| f.name == "From" || f.name == "To") {
        tighten(&mut field.value);
    }
    if tag.is_none()
        && let Some(field) = message.fields.iter_mut().find(|f| f.name == "From")
    {
        field.value.push_str(";tag=");
        field.value.push_str(NO_TAG);
    }
    let contacts: Vec<&str> = message.list("Contact").collect();
    if method == "INVITE" && contacts.len() > 1 {
        return Err(bad("Repeated Contact"));
    }
    for contact in contacts {
        if contact == "*" {
            if method != "REGISTER"
                || message.list("Contact").count() != 1
                || message.get("Expires").and_then(digits) != Some(0)
            {
                return Err(bad("Malformed Contact"));
            }
            continue;
        }
        NameAddr::parse(contact).map_err(bad)?;
    }
    for name in ["Route", "Record-Route"] {
        for value in message.list(name) {
            if !NameAddr::parse(value).is_ok_and(|v| v.bracketed) {
                return Err(bad("Malformed Route"));
            }
        }
    }
    Ok(())
}

/// Takes the white space out of header parameters, where the stack does not expect it; the address stays as written.
fn tighten(value: &mut String) {
    let (mut quoted, mut escaped) = (false, false);
    let open = value.bytes().position(|b| {
        let bracket = b == b'<' && !quoted;
        quoted ^= b == b'"' && !escaped;
        escaped = b == b'\\' && quoted && !escaped;
        bracket
    });
    let end = match open {
        Some(open) => value[open..].find('>').map_or(value.len(), |at| open + at + 1),
        None => value.find(';').unwrap_or(value.len()),
    };
    if value[end..].contains([' ', '\t'])
        && let Ok(address) = NameAddr::parse(value)
    {
        let mut tight = value[..end].trim_end().to_owned();
        for (name, text) in &address.params {
            tight.push(';');
            tight.push_str(name);
            if let Some(text) = text {
                tight.push('=');
                tight.push_str(text);
            }
        }
        *value = tight;
    } else if value[..end].ends_with([' ', '\t']) {
        let head = value[..end].trim_end().to_owned();
        *value = head + &value[end..];
    }
}

fn target(uri: &str) -> Result<(), Refusal> {
    let unsupported = Refusal::new(416, "Unsupported URI Scheme");
    match scheme_of(uri).as_deref() {
        Some("sip" | "tel") => {}
        // `sips` asks for TLS on every hop (RFC 3261 §26.2.2), which neither of our transports is.
        Some(_) => return Err(unsupported),
        None => return Err(bad("Malformed Request-URI")),
    }
    let uri = SipUri::parse(uri).map_err(|_| bad("Malformed Request-URI"))?;
    if uri.headers.is_some() {
        return Err(bad("Headers In Request-URI"));
    }
    Ok(())
}

fn extensions(message: &Message) -> Result<(), Refusal> {
    let unknown: Vec<&str> = message
        .list("Require")
        .filter(|tag| !SUPPORTED.split(", ").any(|known| tag.eq_ignore_ascii_case(known)))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Refusal::new(420, "Bad Extension").with("Unsupported", unknown.join(", ")))
}

fn content(message: &Message, method: &str) -> Result<(), Refusal> {
    if let Some(coding) = message.list("Content-Encoding").find(|c| !c.eq_ignore_ascii_case("identity"))
        && !message.body.is_empty()
        && !coding.is_empty()
    {
        return Err(Refusal::new(415, "Unsupported Media Type").with("Accept-Encoding", "identity"));
    }
    if !matches!(method, "INVITE" | "UPDATE" | "PRACK") {
        return Ok(());
    }
    if !message.body.is_empty() {
        let optional =
            message.get("Content-Disposition").is_some_and(|d| d.to_ascii_lowercase().contains("handling=optional"));
        match message.content_type().as_deref() {
            Some("application/sdp") => {}
            Some("multipart/mixed" | "multipart/alternative") => {}
            _ if optional => {}
            _ => return Err(Refusal::new(415, "Unsupported Media Type").with("Accept", ACCEPT)),
        }
    }
    let mut accepted = message.all("Accept").flat_map(split_list).filter(|a| !a.is_empty()).peekable();
    let wants_sdp = |range: &str| {
        let range = range.split(';').next().unwrap_or(range).trim().to_ascii_lowercase();
        matches!(range.as_str(), "application/sdp" | "application/*" | "*/*")
    };
    if method == "INVITE" && accepted.peek().is_some() && !accepted.any(wants_sdp) {
        return Err(Refusal::new(406, "Not Acceptable").with("Accept", ACCEPT));
    }
    Ok(())
}

/// The session description of a message: its body, or the part of that type in a multipart body (RFC 2046 §5.1).
pub fn session_description(message: &Message) -> Option<String> {
    if message.body.is_empty() {
        return None;
    }
    let kind = message.content_type()?;
    if kind == "application/sdp" {
        return String::from_utf8(message.body.clone()).ok();
    }
    if !kind.starts_with("multipart/") {
        return None;
    }
    let boundary = message.get("Content-Type")?.split(';').find_map(|p| {
        let (name, value) = p.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"').to_owned())
    })?;
    let body = String::from_utf8_lossy(&message.body);
    let delimiter = format!("--{boundary}");
    for part in body.split(delimiter.as_str()).skip(1) {
        let Some((head, content)) = part.split_once("\r\n\r\n") else { continue };
        let sdp = head.lines().any(|line| {
            let line = line.to_ascii_lowercase();
            line.starts_with("content-type:") && line.contains("application/sdp")
        });
        if sdp {
            return Some(format!("{}\r\n", content.trim_end_matches("\r\n")));
        }
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::sip::message::scan;

    fn judged(text: &str) -> Result<Message, u16> {
        let scanned = scan(text.replace('\n', "\r\n").as_bytes()).unwrap();
        let mut message = scanned.message;
        request(&mut message, scanned.flaw, Transport::Udp).map_err(|r| r.status)?;
        Ok(message)
    }

    const HEAD: &str = "Via: SIP/2.0/UDP h;branch=z9hG4bK1\nFrom: <sip:a@h>;tag=1\nTo: <sip:b@h>\nCall-ID: c\n";

    #[test]
    fn a_body_without_length_is_kept_whole() {
        let m =
            judged(&format!("INVITE sip:b@h SIP/2.0\n{HEAD}CSeq: 1 INVITE\nContent-Type: application/sdp\n\nv=0\n"))
                .unwrap();
        assert_eq!(session_description(&m).as_deref(), Some("v=0\r\n"));
    }

    #[test]
    fn octets_past_the_length_are_cut() {
        let m = judged(&format!("OPTIONS sip:b@h SIP/2.0\n{HEAD}CSeq: 1 OPTIONS\nl: 2\n\nabcdef")).unwrap();
        assert_eq!(m.body, b"ab");
    }

    #[test]
    fn the_description_is_found_in_a_multipart_body() {
        let text = format!(
            "INVITE sip:b@h SIP/2.0\n{HEAD}CSeq: 1 INVITE\nContent-Type: multipart/mixed; boundary=\"x y\"\n\n--x y\nContent-Type: application/isup\n\nzz\n--x y\nContent-Type: application/sdp\n\nv=0\no=-\n--x y--\n"
        );
        assert_eq!(session_description(&judged(&text).unwrap()).as_deref(), Some("v=0\r\no=-\r\n"));
    }

    #[test]
    fn white_space_before_parameters_goes() {
        for (text, expected) in [
            (r#""J \\\"" <sip:j@h>  ;  tag = 98"#, r#""J \\\"" <sip:j@h>;tag=98"#),
            ("sip:v@h ;   tag    = 19n", "sip:v@h;tag=19n"),
            ("sip:v@h ;tag=1", "sip:v@h;tag=1"),
            ("A <sip:v@h>;tag=1", "A <sip:v@h>;tag=1"),
            ("\"a < b\" <sip:v@h>;x=\"a > b\"; tag=1", "\"a < b\" <sip:v@h>;x=\"a > b\";tag=1"),
        ] {
            let mut value = text.to_owned();
            tighten(&mut value);
            assert_eq!(value, expected);
            let tags = [&value, text].map(|v| NameAddr::parse(v).unwrap().param("tag").map(str::to_owned));
            assert_eq!(tags[0], tags[1]);
        }
    }

    #[test]
    fn refusals() {
        for (line, cseq, extra, status) in [
            ("FOO sip:b@h SIP/2.0", "1 FOO", "", 501),
            ("MESSAGE sip:b@h SIP/2.0", "1 MESSAGE", "", 405),
            ("OPTIONS sips:b@h SIP/2.0", "1 OPTIONS", "", 416),
            ("OPTIONS sip:b@h SIP/3.0", "1 OPTIONS", "", 505),
            ("OPTIONS sip:b@h SIP/2.0", "4294967296 OPTIONS", "", 400),
            ("OPTIONS sip:b@h SIP/2.0", "1 OPTIONS", "Require: 100rel, foo\n", 420),
            ("INVITE sip:b@h SIP/2.0", "1 INVITE", "Content-Encoding: gzip\nContent-Type: application/sdp\n", 415),
            ("OPTIONS sip:b@h SIP/2.0", "1 OPTIONS", "Max-Forwards: -1\n", 400),
        ] {
            assert_eq!(judged(&format!("{line}\n{HEAD}CSeq: {cseq}\n{extra}\nbody")), Err(status), "{line} {extra}");
        }
    }
}
