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

/// Bytes of a number, of a chat's key, of an event's type.
const DOOR_BYTES: usize = 256;

/// Characters of a webhook's name.
const NAME_CHARS: usize = 64;

/// Bytes of a pointer into what is sent.
const POINTER_BYTES: usize = 512;

/// Inputs of one entry: more than a flow is begun with.
const INPUTS: usize = 64;

/// What is said of an entry without a door.
pub const NO_DOOR: &str = "an entry needs `number` or `chat` or `webhook` or `event`";

/// What is said of an entry with several.
pub const SEVERAL_DOORS: &str = "an entry has one of `number`, `chat`, `webhook` and `event`";

/// What is said of a door that leads elsewhere already.
pub const SAME_DOOR: &str = "another entry has the same one";

impl Channel {
    /// The key that says which door, and what must be unique.
    pub fn door(&self) -> (&'static str, &str) {
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
    /// The name of the tenant's secret that is that key, where an entry was not made in the configuration. Without that secret no request is signed.
    pub named_secret: Option<String>,
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

/// A mistake in an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The key.
    pub key: &'static str,
    /// What is wrong.
    pub what: String,
    /// What could be written.
    pub help: Option<String>,
}

/// What is wrong with an entry, wherever it is written. `given` says whether a key is there at all; `must_sign`, that others reach the address.
pub fn check_entry(
    channel: &Channel,
    hook: &Hook,
    locale: Option<&str>,
    given: impl Fn(&str) -> bool,
    must_sign: bool,
) -> Vec<Mistake> {
    let mut found = Vec::new();
    let mut wrong = |key: &'static str, what: String, help: Option<String>| found.push(Mistake { key, what, help });
    let pointers = hook.inputs.values().map(|pointer| ("inputs", pointer));
    for (key, pointer) in pointers.chain(hook.contact.iter().map(|pointer| ("contact", pointer))) {
        if !pointer.is_empty() && !pointer.starts_with('/') {
            wrong(key, format!("`{pointer:.100}` is no JSON pointer"), Some(format!("write \"/{pointer:.100}\"")));
        }
        if pointer.len() > POINTER_BYTES {
            wrong(key, format!("a pointer has up to {POINTER_BYTES} bytes"), None);
        }
    }
    if hook.inputs.len() > INPUTS || hook.inputs.keys().any(|name| name.len() > DOOR_BYTES) {
        wrong("inputs", format!("there are up to {INPUTS}, with names of up to {DOOR_BYTES} bytes"), None);
    }
    match channel {
        Channel::Number(number) if number.len() > DOOR_BYTES => {
            wrong("number", format!("a number has up to {DOOR_BYTES} bytes"), None);
        }
        Channel::Chat(key) if key.is_empty() || key.len() > DOOR_BYTES => {
            wrong("chat", format!("a chat's key has 1 to {DOOR_BYTES} bytes"), None);
        }
        Channel::Event(hook) if hook.name.is_empty() || hook.name.len() > DOOR_BYTES => {
            wrong("event", format!("an event's type has 1 to {DOOR_BYTES} bytes"), None);
        }
        Channel::Webhook(hook) => {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if hook.name.is_empty() || hook.name.len() > NAME_CHARS || !hook.name.chars().all(plain) {
                let help = Some("lower-case letters, digits and `-`".into());
                wrong("webhook", "an address cannot have this name".to_owned(), help);
            }
            if must_sign && !given("secret") {
                let what = "anybody could start conversations here, so requests must be signed";
                wrong("webhook", what.to_owned(), Some("secret = \"env:NAME\"".to_owned()));
            }
        }
        Channel::Number(_) | Channel::Chat(_) | Channel::Event(_) => {}
    }
    let is_mapped = matches!(channel, Channel::Webhook(_) | Channel::Event(_));
    let is_signed = matches!(channel, Channel::Webhook(_));
    for (key, fits, whose) in [
        ("secret", is_signed, "is for `webhook` only"),
        ("inputs", is_mapped, "is for `webhook` and `event` only"),
        ("contact", is_mapped, "is for `webhook` and `event` only"),
    ] {
        if !fits && given(key) {
            wrong(key, whose.to_owned(), None);
        }
    }
    if locale.is_some_and(|locale| locale.len() > NAME_CHARS) {
        wrong("locale", format!("a locale has up to {NAME_CHARS} characters"), None);
    }
    found
}

/// The entry for a called number, by the longest match; a leading `+` and a trailing `@host` are the caller's to strip or keep as the entries do.
pub fn entry_for_number<'e>(entries: &'e [Entry], called: &str) -> Option<&'e Entry> {
    let number = |entry: &'e Entry| match &entry.channel {
        Channel::Number(prefix) if called.starts_with(prefix.as_str()) => Some((prefix.len(), entry)),
        _ => None,
    };
    entries.iter().filter_map(number).max_by_key(|(length, _)| *length).map(|(_, entry)| entry)
}

/// The entry for a web-chat key.
pub fn entry_for_chat<'e>(entries: &'e [Entry], key: &str) -> Option<&'e Entry> {
    entries.iter().find(|entry| matches!(&entry.channel, Channel::Chat(it) if it == key))
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
    let locale: Option<String> = t.optional("locale");
    let hook = Hook {
        name: webhook.clone().or_else(|| event.clone()).unwrap_or_default(),
        secret: secret::optional(t, "secret"),
        inputs: t.map("inputs").into_iter().collect(),
        contact: t.optional("contact"),
        named_secret: None,
    };
    let channel = match (number, chat, webhook, event) {
        (Some(number), None, None, None) => Channel::Number(number),
        (None, Some(key), None, None) => Channel::Chat(key),
        (None, None, None, Some(_)) => Channel::Event(hook.clone()),
        (None, None, Some(_), None) => Channel::Webhook(hook.clone()),
        (None, None, None, None) => {
            if DOORS.into_iter().all(|name| t.find(name).is_none()) {
                t.problem("number", NO_DOOR, None);
            }
            return None;
        }
        _ => {
            let key = DOORS.into_iter().rfind(|name| t.find(name).is_some()).unwrap_or("number");
            t.problem(key, SEVERAL_DOORS, None);
            return None;
        }
    };
    let given = ["secret", "inputs", "contact"].map(|key| (key, t.find(key).is_some()));
    let given = |key: &str| given.iter().any(|(known, is_there)| *known == key && *is_there);
    for Mistake { key, what, help } in check_entry(&channel, &hook, locale.as_deref(), given, is_public) {
        t.problem(key, what, help);
    }
    if matches!(channel, Channel::Event(_)) {
        return Some(Entry { channel, leads, locale });
    }
    let (key, door) = channel.door();
    let door = (key, door.to_owned());
    if seen.contains(&door) {
        t.problem(key, SAME_DOOR, None);
    }
    seen.push(door);
    Some(Entry { channel, leads, locale })
}
