//! SIP URIs, name-addr values and Via values: strict reading, no resolution.

use super::message::{digits, is_token};
use std::fmt;
use std::net::IpAddr;

/// A parameter `;name` or `;name=value`.
pub type Param = (String, Option<String>);

/// A `sip:`, `sips:` or `tel:` URI (RFC 3261 §19.1, RFC 3966).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SipUri {
    /// `sip`, `sips` or `tel`, in lower case.
    pub scheme: &'static str,
    /// The user part as written, escapes included; the number of a `tel:` URI.
    pub user: Option<String>,
    /// The host without brackets, in lower case; empty for `tel:`.
    pub host: String,
    /// The port when written.
    pub port: Option<u16>,
    /// URI parameters.
    pub params: Vec<Param>,
    /// The header part after `?`, unread.
    pub headers: Option<String>,
}

/// Why an address could not be read; a short phrase for a Reason-Phrase.
pub type Malformed = &'static str;

/// The scheme of any URI, in lower case.
pub fn scheme_of(uri: &str) -> Option<String> {
    let (scheme, _) = uri.split_once(':')?;
    let valid = scheme.bytes().next()?.is_ascii_alphabetic()
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    valid.then(|| scheme.to_ascii_lowercase())
}

impl SipUri {
    /// Reads a URI of the three schemes.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if text.bytes().any(|b| b <= 0x20 || b == 0x7f || b"<>\"".contains(&b)) {
            return Err("Malformed URI");
        }
        let (scheme, rest) = text.split_once(':').ok_or("Malformed URI")?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "sip" => "sip",
            "sips" => "sips",
            "tel" => "tel",
            _ => return Err("Unsupported URI Scheme"),
        };
        if scheme == "tel" {
            let (number, params) = rest.split_once(';').map_or((rest, None), |(n, p)| (n, Some(p)));
            let valid = !number.is_empty() && number.bytes().all(|b| b.is_ascii_hexdigit() || b"+-.()*#".contains(&b));
            if !valid {
                return Err("Malformed Number");
            }
            let params = params.map_or(Ok(Vec::new()), read_params)?;
            return Ok(Self {
                scheme,
                user: Some(number.into()),
                host: String::new(),
                port: None,
                params,
                headers: None,
            });
        }
        let (user, rest) = match rest.split_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, rest),
        };
        if let Some(user) = user
            && (user.is_empty()
                || !escaped_all(user, |b| b.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/:".contains(&b)))
        {
            return Err("Malformed User Part");
        }
        let (rest, headers) = match rest.split_once('?') {
            Some((rest, headers)) => (rest, Some(headers.to_owned())),
            None => (rest, None),
        };
        let (host, params) = rest.split_once(';').map_or((rest, None), |(h, p)| (h, Some(p)));
        let (host, port) = read_host_port(host)?;
        let params = params.map_or(Ok(Vec::new()), read_params)?;
        Ok(Self { scheme, user: user.map(Into::into), host, port, params, headers })
    }

    /// The user part without password and escapes; empty when there is none.
    pub fn user_decoded(&self) -> String {
        let user = self.user.as_deref().unwrap_or("");
        unescape(user.split(':').next().unwrap_or(user))
    }

    /// A parameter's value (empty string for a bare name), compared without case.
    pub fn param(&self, name: &str) -> Option<&str> {
        find_param(&self.params, name)
    }

    /// The host when it is an address.
    pub fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

impl fmt::Display for SipUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.scheme)?;
        if let Some(user) = &self.user {
            write!(f, "{user}{}", if self.scheme == "tel" { "" } else { "@" })?;
        }
        let v6 = self.host.contains(':');
        write!(f, "{}{}{}", if v6 { "[" } else { "" }, self.host, if v6 { "]" } else { "" })?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        for (name, value) in &self.params {
            match value {
                Some(value) => write!(f, ";{name}={value}")?,
                None => write!(f, ";{name}")?,
            }
        }
        Ok(())
    }
}

/// A value of From, To, Contact, Route and their like (RFC 3261 §20.10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameAddr {
    /// The display name without quotes and escapes; empty when there is none.
    pub display: String,
    /// The URI as written.
    pub uri: String,
    /// Whether the URI stood in angle brackets.
    pub bracketed: bool,
    /// Header parameters.
    pub params: Vec<Param>,
}

impl NameAddr {
    /// Reads one value.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let text = text.trim_matches([' ', '\t']);
        let (display, rest) = if let Some(quoted) = text.strip_prefix('"') {
            let (display, rest) = read_quoted(quoted)?;
            let rest = rest.trim_start_matches([' ', '\t']);
            (display, Some(rest.strip_prefix('<').ok_or("Malformed Address")?))
        } else if let Some(at) = text.find('<') {
            let words = text[..at].trim_end_matches([' ', '\t']);
            // Non-ASCII tokens are tolerated: many telephones send names that way.
            if !words.bytes().all(|b| is_token(b) || b == b' ' || b == b'\t' || b >= 0x80) {
                return Err("Malformed Display Name");
            }
            (words.to_owned(), Some(&text[at + 1..]))
        } else {
            (String::new(), None)
        };
        match rest {
            Some(rest) => {
                let (uri, params) = rest.split_once('>').ok_or("Unclosed Angle Bracket")?;
                if !valid_uri(uri) {
                    return Err("Malformed URI In Address");
                }
                let params = params.trim_matches([' ', '\t']);
                let params = match params.strip_prefix(';') {
                    Some(params) => read_header_params(params)?,
                    None if params.is_empty() => Vec::new(),
                    None => return Err("Malformed Address Parameters"),
                };
                Ok(Self { display, uri: uri.into(), bracketed: true, params })
            }
            None => {
                let (uri, params) = text.split_once(';').map_or((text, None), |(u, p)| (u, Some(p)));
                let uri = uri.trim_end_matches([' ', '\t']);
                // RFC 3261 §20: a URI with comma, question mark or semicolon must stand in angle brackets.
                if !valid_uri(uri) || uri.contains([',', '?']) {
                    return Err("Malformed URI In Address");
                }
                let params = params.map_or(Ok(Vec::new()), read_header_params)?;
                Ok(Self { display, uri: uri.into(), bracketed: false, params })
            }
        }
    }

    /// A header parameter's value (empty string for a bare name).
    pub fn param(&self, name: &str) -> Option<&str> {
        find_param(&self.params, name)
    }

    /// The URI read as SIP or tel.
    pub fn sip_uri(&self) -> Result<SipUri, Malformed> {
        SipUri::parse(&self.uri)
    }
}

/// A Via value (RFC 3261 §20.42).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Via {
    /// `SIP/2.0`, without spaces.
    pub protocol: String,
    /// `UDP`, `TCP` and so on, in upper case.
    pub transport: String,
    /// The host of sent-by, without brackets.
    pub host: String,
    /// The port of sent-by when written.
    pub port: Option<u16>,
    /// Parameters.
    pub params: Vec<Param>,
}

impl Via {
    /// Reads one value; white space around slashes, colon and parameters is allowed.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        const BAD: Malformed = "Malformed Via";
        let mut parts = text.splitn(3, '/');
        let name = parts.next().ok_or(BAD)?.trim();
        let version = parts.next().ok_or(BAD)?.trim();
        let rest = parts.next().ok_or(BAD)?.trim_start();
        if !name.eq_ignore_ascii_case("SIP") || version.is_empty() || !version.bytes().all(is_token) {
            return Err(BAD);
        }
        let (transport, rest) = rest.split_once([' ', '\t']).ok_or(BAD)?;
        if transport.is_empty() || !transport.bytes().all(is_token) {
            return Err(BAD);
        }
        let (sent_by, params) = rest.split_once(';').map_or((rest, None), |(h, p)| (h, Some(p)));
        let sent_by: String = sent_by.chars().filter(|c| *c != ' ' && *c != '\t').collect();
        let (host, port) = read_host_port(&sent_by)?;
        let params = params.map_or(Ok(Vec::new()), read_header_params)?;
        Ok(Self { protocol: format!("SIP/{version}"), transport: transport.to_ascii_uppercase(), host, port, params })
    }

    /// A parameter's value (empty string for a bare name).
    pub fn param(&self, name: &str) -> Option<&str> {
        find_param(&self.params, name)
    }

    /// Sets or replaces a parameter.
    pub fn set_param(&mut self, name: &str, value: Option<String>) {
        match self.params.iter_mut().find(|(n, _)| n.eq_ignore_ascii_case(name)) {
            Some(param) => param.1 = value,
            None => self.params.push((name.into(), value)),
        }
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let v6 = self.host.contains(':');
        let (open, close) = if v6 { ("[", "]") } else { ("", "") };
        write!(f, "{}/{} {open}{}{close}", self.protocol, self.transport, self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        for (name, value) in &self.params {
            match value {
                Some(value) => write!(f, ";{name}={value}")?,
                None => write!(f, ";{name}")?,
            }
        }
        Ok(())
    }
}

fn find_param<'a>(params: &'a [Param], name: &str) -> Option<&'a str> {
    params.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_deref().unwrap_or(""))
}

/// Any URI: a scheme and no space, control character or bracket; the three known schemes are read in full.
fn valid_uri(uri: &str) -> bool {
    let plain = !uri.bytes().any(|b| b <= 0x20 || b == 0x7f || b"<>\"".contains(&b));
    match scheme_of(uri).as_deref() {
        Some("sip" | "sips" | "tel") => SipUri::parse(uri).is_ok(),
        Some(_) => plain,
        None => false,
    }
}

fn read_host_port(text: &str) -> Result<(String, Option<u16>), Malformed> {
    const BAD: Malformed = "Malformed Host";
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or(BAD)?;
        host.parse::<std::net::Ipv6Addr>().map_err(|_| BAD)?;
        let port = if rest.is_empty() { None } else { Some(rest.strip_prefix(':').ok_or(BAD)?) };
        (host, port)
    } else {
        let (host, port) = text.split_once(':').map_or((text, None), |(h, p)| (h, Some(p)));
        if host.is_empty()
            || host.len() > 255
            || !host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
        {
            return Err(BAD);
        }
        (host, port)
    };
    let port = match port {
        Some(port) => Some(digits(port).and_then(|n| u16::try_from(n).ok()).ok_or("Malformed Port")?),
        None => None,
    };
    Ok((host.to_ascii_lowercase(), port))
}

fn read_params(text: &str) -> Result<Vec<Param>, Malformed> {
    const BAD: Malformed = "Malformed URI Parameter";
    let valid =
        |s: &str| !s.is_empty() && escaped_all(s, |b| b.is_ascii_alphanumeric() || b"-_.!~*'()[]/:&+$`".contains(&b));
    text.split(';')
        .map(|param| {
            let (name, value) = param.split_once('=').map_or((param, None), |(n, v)| (n, Some(v)));
            if !valid(name) || !value.is_none_or(valid) {
                return Err(BAD);
            }
            Ok((name.to_owned(), value.map(Into::into)))
        })
        .collect()
}

fn read_header_params(text: &str) -> Result<Vec<Param>, Malformed> {
    const BAD: Malformed = "Malformed Parameter";
    super::message::split_outside(text, b';')
        .map(|param| {
            let (name, value) = param.split_once('=').map_or((param, None), |(n, v)| (n, Some(v)));
            let (name, value) = (name.trim(), value.map(str::trim));
            if name.is_empty() || !name.bytes().all(is_token) {
                return Err(BAD);
            }
            if let Some(value) = value {
                let quoted = value.len() >= 2
                    && value.starts_with('"')
                    && read_quoted(&value[1..]).is_ok_and(|(_, rest)| rest.is_empty());
                let plain = !value.is_empty() && value.bytes().all(|b| is_token(b) || b"[]:/?&+$=@".contains(&b));
                if !quoted && !plain {
                    return Err(BAD);
                }
            }
            Ok((name.to_owned(), value.map(Into::into)))
        })
        .collect()
}

/// Reads to the closing quote; returns the text without escapes and what follows.
fn read_quoted(text: &str) -> Result<(String, &str), Malformed> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            '"' => return Ok((out, &text[i + 1..])),
            '\\' => out.push(chars.next().ok_or("Unterminated Quoted String")?.1),
            c => out.push(c),
        }
    }
    Err("Unterminated Quoted String")
}

/// Every octet allowed, `%` only before two hexadecimal digits.
fn escaped_all(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    let hex = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_hexdigit);
    bytes.iter().enumerate().all(|(i, b)| if *b == b'%' { hex(i + 1) && hex(i + 2) } else { allowed(*b) })
}

/// Resolves `%41` to `A`; what is no UTF-8 afterwards is replaced by U+FFFD.
pub fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let pair = (bytes[i] == b'%').then(|| bytes.get(i + 1..i + 3)).flatten();
        match pair.and_then(|p| std::str::from_utf8(p).ok()).and_then(|p| u8::from_str_radix(p, 16).ok()) {
            Some(b) => {
                out.push(b);
                i += 3;
            }
            None => {
                out.push(bytes[i]);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Escapes what may not stand in a user part.
pub fn escape_user(user: &str) -> String {
    let mut out = String::with_capacity(user.len());
    for b in user.bytes() {
        if b.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(&b) {
            out.push(b as char);
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
    }
    out
}

/// A display name in quotes, escaped; empty for an empty name.
pub fn quote(display: &str) -> String {
    if display.is_empty() {
        return String::new();
    }
    let mut out = String::with_capacity(display.len() + 3);
    out.push('"');
    for c in display.chars().filter(|c| !c.is_control()) {
        if c == '"' || c == '\\' {
            out.push('\\');
        }
        out.push(c);
    }
    out.push_str("\" ");
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn odd_but_valid_uris_are_read() {
        let uri = SipUri::parse("sip:user;par=u%40example.net@example.com").unwrap();
        assert_eq!(uri.user_decoded(), "user;par=u@example.net");
        let odd = "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com";
        assert_eq!(SipUri::parse(odd).unwrap().host, "example.com");
        assert_eq!(
            SipUri::parse("sip:[2001:db8::1]:5070;transport=tcp").unwrap().to_string(),
            "sip:[2001:db8::1]:5070;transport=tcp"
        );
        assert_eq!(SipUri::parse("tel:+1-201-555-0123").unwrap().user_decoded(), "+1-201-555-0123");
    }

    #[test]
    fn broken_uris_are_refused() {
        for text in [
            "sip:",
            "sip:@h",
            "sip:a@",
            "sip:a@h:99999",
            "sip:a%4@h",
            "sip:a b@h",
            "sip:a@h;",
            "<sip:a@h>",
            "http://h",
            "sip:a@h@h",
        ] {
            assert!(SipUri::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn addresses() {
        let a = NameAddr::parse(r#""J \"R\"" <sip:j@h;x=1>;tag= 5 ; y"#).unwrap();
        assert_eq!((a.display.as_str(), a.param("tag"), a.param("y")), (r#"J "R""#, Some("5"), Some("")));
        assert_eq!(NameAddr::parse("caller<sip:c@h>;tag=3").unwrap().display, "caller");
        for text in [
            r#""open <sip:a@h>"#,
            "a, b <sip:a@h>",
            "< sip:a@h >",
            "sip:a@h?x=y",
            "<sip:a@h>;;",
            "<sip:a@h",
            "name only",
        ] {
            assert!(NameAddr::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn via_with_spaces_is_normalised() {
        let via = Via::parse("SIP  / 2.0  / TCP     Spindle.example.com   ; branch  =   z9hG4bK9ikj8").unwrap();
        assert_eq!(via.to_string(), "SIP/2.0/TCP spindle.example.com;branch=z9hG4bK9ikj8");
        assert!(Via::parse("SIP/2.0/UDP 192.0.2.15;;,;,,").is_err());
    }
}
