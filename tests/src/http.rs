//! HTTP as far as tests need it: one request a connection, JSON in and out. No redirects, no TLS, no compression.

use serde_json::Value;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// No answer of the server takes longer, not even on a busy machine.
const LIMIT: Duration = Duration::from_secs(40);

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body as text.
    pub text: String,
    /// The body, as it came.
    pub bytes: Vec<u8>,
    /// `Content-Type`, where there is one.
    pub content_type: Option<String>,
    /// `ETag`, where there is one.
    pub etag: Option<String>,
    /// `Retry-After`, in seconds, where there is one.
    pub retry_after_s: Option<u64>,
    /// `Set-Cookie`, in lower case, where there is one.
    pub cookie: Option<String>,
}

impl Answer {
    /// The body as JSON; `null` where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The body as JSON of an answer that must be a success.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text);
        self.json()
    }
}

/// Sends one request. Fails when nobody answers, or when the answer breaks off.
pub fn request(
    to: SocketAddr,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> io::Result<Answer> {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<(&str, &str)> = bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
    match body {
        None => exchange(to, method, path, &headers, ""),
        Some(body) => {
            let headers = [&headers[..], &[("content-type", "application/json")]].concat();
            exchange(to, method, path, &headers, &body.to_string())
        }
    }
}

/// Sends one request with these header fields and this body. `Host` is the address where no field says otherwise.
pub fn exchange(to: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> io::Result<Answer> {
    exchange_bytes(to, method, path, headers, body.as_bytes())
}

/// As [`exchange`], with a body that need not be text.
pub fn exchange_bytes(
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&to, LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    let mut fields: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    if !headers.iter().any(|(name, _)| *name == "host") {
        fields = format!("host: {to}\r\n{fields}");
    }
    let request =
        format!("{method} {path} HTTP/1.1\r\n{fields}connection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(&[request.as_bytes(), body].concat())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    parse(&bytes).ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, "the answer broke off"))
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let split = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..split]).to_ascii_lowercase();
    let body = &bytes[split + 4..];
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    let field = |name: &str| {
        head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(|value| value.trim().to_owned()))
    };
    let body = match (field("content-length"), field("transfer-encoding")) {
        (Some(length), _) => body.get(..length.parse().ok()?)?.to_vec(),
        (None, Some(coding)) if coding == "chunked" => unchunk(body)?,
        _ => body.to_vec(),
    };
    let retry_after_s = field("retry-after").and_then(|seconds| seconds.parse().ok());
    let (etag, content_type) = (field("etag"), field("content-type"));
    let (text, cookie) = (String::from_utf8_lossy(&body).into_owned(), field("set-cookie"));
    Some(Answer { status, etag, content_type, text, bytes: body, retry_after_s, cookie })
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(rest.get(end + 2..end + 2 + size)?);
        rest = rest.get(end + 4 + size..)?;
    }
}
