//! What stands behind the symbolic names of flows: SQL sources, message channels and numbers.

use std::collections::BTreeMap;
use std::time::Duration;

use super::read::Table;
use super::secret::{self, Secret};
use super::tree::{Data, Node};
use super::value::Bytes;

/// A SQL database that flows may ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its address, `sqlite:` or `postgres:`; kept as a secret, because it may hold a password.
    pub url: Secret,
    /// Whether statements may change something.
    pub access: Access,
    /// The longest a statement may take, whatever a flow asks.
    pub timeout: Duration,
    /// Bytes of an answer.
    pub max_bytes: u64,
    /// Statements at one time.
    pub connections: u16,
}

/// What flows may do with a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// Read.
    #[default]
    Read,
    /// Read and change.
    Write,
}

/// A way to send messages.
#[derive(Debug, Clone, PartialEq)]
pub enum MessageChannel {
    /// E-mail.
    Smtp(Smtp),
    /// A web service.
    Http(MessageHttp),
}

/// A mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smtp {
    /// The server.
    pub host: String,
    /// Its port; the usual one for `tls` where it is `None`.
    pub port: Option<u16>,
    /// How the connection is protected.
    pub tls: Tls,
    /// The user, where the server asks for one.
    pub user: String,
    /// The user's password.
    pub password: Option<Secret>,
    /// Whom messages come from: `Clinic <desk@clinic.example>`.
    pub from: String,
    /// The longest that sending may take.
    pub timeout: Duration,
}

/// How a connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tls {
    /// The connection begins in the clear and must change to TLS (RFC 3207).
    #[default]
    Starttls,
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// Not at all; for a server on the same machine.
    None,
}

/// A web service that sends messages. `{{ to }}`, `{{ subject }}`, `{{ text }}`, `{{ html }}`, `{{ locale }}`, `{{ key }}` and
/// `{{ secrets.NAME }}` may stand in its texts.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageHttp {
    /// The method.
    pub method: String,
    /// The address.
    pub url: String,
    /// Headers by name.
    pub headers: BTreeMap<String, String>,
    /// What is sent.
    pub body: MessageBody,
    /// The longest a request may take.
    pub timeout: Duration,
}

/// What is sent to a web service.
#[derive(Debug, Clone, PartialEq)]
pub enum MessageBody {
    /// JSON.
    Json(serde_json::Value),
    /// A form.
    Form(BTreeMap<String, String>),
}

/// Flows name what is here as they name themselves.
fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty() && name.len() <= 64 && name.chars().all(plain) && !name.starts_with('-')
}

fn named<T>(t: &mut Table<'_, '_>, read: impl Fn(&mut Table<'_, '_>) -> Option<T>) -> BTreeMap<String, T> {
    let mut found = BTreeMap::new();
    for name in t.names() {
        if !is_name(&name) {
            t.problem(&name, "flows cannot name this", Some("lower-case letters, digits and `-`".into()));
        }
        if let Some(one) = t.inner(&name, |t| read(t)) {
            found.insert(name, one);
        }
    }
    found
}

/// Reads `[sources]`.
pub(super) fn sources(t: &mut Table<'_, '_>) -> BTreeMap<String, Source> {
    named(t, |t| {
        let url = source_url(t);
        let access =
            super::sections::one_of(t, "access", &[("read", Access::Read), ("write", Access::Write)], Access::Read);
        let source = Source {
            url: url?,
            access,
            timeout: t.get("timeout", Duration::from_secs(10)),
            max_bytes: t.get("max_bytes", Bytes(256 << 10)).0,
            connections: t.get("connections", 4),
        };
        super::sections::positive(t, "connections", source.connections.into());
        Some(source)
    })
}

/// An address that is written here holds no password; one that does is pointed to.
fn source_url(t: &mut Table<'_, '_>) -> Option<Secret> {
    // The other keys are asked for all the same, so that they are known.
    for key in ["access", "timeout", "max_bytes", "connections"] {
        t.find(key);
    }
    let Some(node) = t.find("url") else {
        t.problem("url", "is missing", None);
        return None;
    };
    let Data::Text(text) = &node.data else {
        t.problem("url", "expected a text", None);
        return None;
    };
    let points = text.starts_with("env:") || text.starts_with("file:");
    let is_ours = |url: &str| ["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| url.starts_with(scheme));
    if !points && is_ours(text) {
        let authority = text.split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or_default());
        if authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':')) || text.contains("password=") {
            let help = "point to the whole address: url = \"env:CLINIC_DB\"".to_owned();
            t.problem("url", "a password is not written here", Some(help));
            return None;
        }
        return Some(Secret::new(text));
    }
    let url = secret::optional(t, "url")?;
    if !is_ours(url.reveal()) && !t.reader.names_only {
        t.problem("url", "expected an address that begins with sqlite: or postgres:", None);
        return None;
    }
    Some(url)
}

/// Reads `[messages]`.
pub(super) fn messages(t: &mut Table<'_, '_>) -> BTreeMap<String, MessageChannel> {
    named(t, |t| match t.required::<String>("kind").as_str() {
        "smtp" => Some(MessageChannel::Smtp(smtp(t))),
        "http" => Some(MessageChannel::Http(http(t))),
        kind => {
            let names = t.names();
            // What the other keys mean depends on the kind.
            for name in &names {
                t.find(name);
            }
            if !kind.is_empty() {
                t.problem("kind", format!("unknown value `{kind}`"), Some("known: smtp, http".into()));
            }
            None
        }
    })
}

fn smtp(t: &mut Table<'_, '_>) -> Smtp {
    let tls = [("starttls", Tls::Starttls), ("tls", Tls::Tls), ("none", Tls::None)];
    let smtp = Smtp {
        host: t.required("host"),
        port: t.optional("port"),
        tls: super::sections::one_of(t, "tls", &tls, Tls::Starttls),
        user: t.get("user", String::new()),
        password: secret::optional(t, "password"),
        from: t.required("from"),
        timeout: t.get("timeout", Duration::from_secs(30)),
    };
    if !smtp.from.is_empty() && smtp.from.parse::<lettre::message::Mailbox>().is_err() {
        t.problem("from", "expected an address like Clinic <desk@clinic.example>", None);
    }
    smtp
}

fn http(t: &mut Table<'_, '_>) -> MessageHttp {
    let url: String = t.required("url");
    if !url.is_empty() && !url.starts_with("https://") && !url.starts_with("http://") {
        t.problem("url", "expected an address that begins with https:// or http://", None);
    }
    let form: BTreeMap<String, String> = t.map("form").into_iter().collect();
    let json = t.find("json").map(json);
    let body = match (json, form.is_empty()) {
        (Some(json), true) => MessageBody::Json(json),
        (None, false) => MessageBody::Form(form),
        _ => {
            t.problem("json", "a message is sent as `json` or as `form`", None);
            MessageBody::Form(form)
        }
    };
    MessageHttp {
        method: t.get("method", "POST".to_owned()),
        url,
        headers: t.map("headers").into_iter().collect(),
        body,
        timeout: t.get("timeout", Duration::from_secs(30)),
    }
}

fn json(node: &Node) -> serde_json::Value {
    match &node.data {
        Data::Text(text) => text.as_str().into(),
        Data::Word(word) => serde_json::from_str(word).unwrap_or_else(|_| word.as_str().into()),
        Data::List(items) => items.iter().map(json).collect(),
        Data::Table(entries) => entries.iter().map(|(key, node)| (key.clone(), json(node))).collect(),
    }
}

/// Reads `[numbers]`.
pub(super) fn numbers(t: &mut Table<'_, '_>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for name in t.names() {
        if !is_name(&name) {
            t.problem(&name, "flows cannot name this", Some("lower-case letters, digits and `-`".into()));
        }
        if let Some(number) = t.optional::<String>(&name) {
            found.insert(name, number);
        }
    }
    found
}
