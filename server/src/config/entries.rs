//! Entry points: which door leads to which flow.

use std::collections::BTreeMap;

use super::leads::{self, Leads};
use super::read::Table;
use super::secret::{self, Secret};

/// Which door an entry point is at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Channel {
    /// A called number that begins so; the empty one takes what nothing else does.
    Number(String),
    /// A web chat that was started with this key.
    Chat(String),
    /// An HTTP POST of another system.
    Webhook(Hook),
    /// An event of this type; it may be told at several entries.
    Event(Hook),
}

/// Bytes of an event's type.
const TYPE_BYTES: usize = 256;

impl Channel {
    /// The key that says which door, and what must be unique.
    fn door(&self) -> (&'static str, &str) {
        match self {
            Channel::Number(number) => ("number", number),
            Channel::Chat(key) => ("chat", key),
            Channel::Webhook(hook) => ("webhook", &hook.name),
            Channel::Event(hook) => ("event", &hook.name),
        }
    }
}

/// What another system sends, and how it becomes a conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hook {
    /// The last part of its address, or the type of its events.
    pub name: String,
    /// The key that its requests are signed with (HMAC-SHA256).
    pub secret: Option<Secret>,
    /// Where in the body each input of the flow is, as JSON pointers (RFC 6901).
    pub inputs: BTreeMap<String, String>,
    /// Where in the body the contact's address is, as a JSON pointer.
    pub contact: Option<String>,
}

/// An entry point: who comes in by this door meets that flow, or one of those.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The door.
    pub channel: Channel,
    /// The flow.
    pub leads: Leads,
    /// The locale to begin in, if it is not the flow's first.
    pub locale: Option<String>,
}

impl Entry {
    /// The flow that a contact meets here: the same each time.
    pub fn flow_for(&self, contact: &str) -> &str {
        let (kind, door) = self.channel.door();
        self.leads.for_contact(&format!("{kind}:{door}"), contact)
    }
}

/// What is unique over all entries of all tenants.
pub(super) type Seen = Vec<(&'static str, String)>;

/// The keys that say which door.
const DOORS: [&str; 4] = ["number", "chat", "webhook", "event"];

/// Reads one entry. On an address that others reach, webhooks must be signed.
pub(super) fn entry(t: &mut Table<'_, '_>, seen: &mut Seen, is_public: bool) -> Option<Entry> {
    let (number, chat) = (t.optional::<String>("number"), t.optional::<String>("chat"));
    let (webhook, event) = (t.optional::<String>("webhook"), t.optional::<String>("event"));
    let leads = leads::read(t);
    let locale = t.optional("locale");
    let hook = Hook {
        name: webhook.clone().or_else(|| event.clone()).unwrap_or_default(),
        secret: secret::optional(t, "secret"),
        inputs: t.map("inputs").into_iter().collect(),
        contact: t.optional("contact"),
    };
    for (name, pointer) in hook
        .inputs
        .iter()
        .map(|(name, pointer)| (name.as_str(), pointer))
        .chain(hook.contact.iter().map(|pointer| ("contact", pointer)))
    {
        if !pointer.is_empty() && !pointer.starts_with('/') {
            let key = if name == "contact" { "contact" } else { "inputs" };
            t.problem(key, format!("`{pointer}` is no JSON pointer"), Some(format!("write \"/{pointer}\"")));
        }
    }
    let channel = match (number, chat, webhook, event) {
        (Some(number), None, None, None) => Channel::Number(number),
        (None, Some(key), None, None) => Channel::Chat(key),
        (None, None, None, Some(kind)) => {
            if kind.is_empty() || kind.len() > TYPE_BYTES {
                t.problem("event", format!("an event's type has 1 to {TYPE_BYTES} bytes"), None);
            }
            Channel::Event(hook)
        }
        (None, None, Some(name), None) => {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
                t.problem(
                    "webhook",
                    "an address cannot have this name",
                    Some("lower-case letters, digits and `-`".into()),
                );
            }
            if is_public && hook.secret.is_none() && t.find("secret").is_none() {
                let help = Some("secret = \"env:NAME\"".to_owned());
                t.problem("webhook", "anybody could start conversations here, so requests must be signed", help);
            }
            Channel::Webhook(hook)
        }
        (None, None, None, None) => {
            if DOORS.into_iter().all(|name| t.find(name).is_none()) {
                t.problem("number", "an entry needs `number` or `chat` or `webhook` or `event`", None);
            }
            return None;
        }
        _ => {
            let key = DOORS.into_iter().rfind(|name| t.find(name).is_some()).unwrap_or("number");
            t.problem(key, "an entry has one of `number`, `chat`, `webhook` and `event`", None);
            return None;
        }
    };
    let is_mapped = matches!(channel, Channel::Webhook(_) | Channel::Event(_));
    let is_signed = matches!(channel, Channel::Webhook(_));
    for (key, fits, whose) in [
        ("secret", is_signed, "is for `webhook` only"),
        ("inputs", is_mapped, "is for `webhook` and `event` only"),
        ("contact", is_mapped, "is for `webhook` and `event` only"),
    ] {
        if !fits && t.find(key).is_some() {
            t.problem(key, whose, None);
        }
    }
    if matches!(channel, Channel::Event(_)) {
        return Some(Entry { channel, leads, locale });
    }
    let (key, door) = channel.door();
    let door = (key, door.to_owned());
    if seen.contains(&door) {
        t.problem(key, "another entry has the same one", None);
    }
    seen.push(door);
    Some(Entry { channel, leads, locale })
}
