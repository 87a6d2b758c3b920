//! Commands: everything a session may ask of the world. A closed list, since every channel, the simulator and every
//! talk must understand each; a new integration is a service behind [`Command::Call`], never a new command.
//!
//! Commands carry their number within the session. A channel performs them in order; `end` and `connect` wait until
//! what was said before them has been heard. When the session wants to be woken is no command: its
//! `wakes_at` says so after every turn.

use crate::event::CommandId;
use crate::value::Value;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Say or show something.
    Say(Say),
    /// Begin to take input. Ends with the next `listen`, `record`, `connect` or `end`.
    Listen(Listen),
    /// Record what the contact says.
    Record(Record),
    /// Ask a named service.
    Call(Call),
    /// Hand the contact to somebody else.
    Connect(Connect),
    /// Tell the outside that something happened; no answer is awaited.
    Note(Note),
    /// End the conversation.
    End(End),
}

impl Command {
    /// The command's number within its session.
    pub fn id(&self) -> CommandId {
        match self {
            Command::Say(say) => say.id,
            Command::Listen(listen) => listen.id,
            Command::Record(record) => record.id,
            Command::Call(call) => call.id,
            Command::Connect(connect) => connect.id,
            Command::Note(note) => note.id,
            Command::End(end) => end.id,
        }
    }
}

fn yes() -> bool {
    true
}
fn is_true(flag: &bool) -> bool {
    *flag
}
fn is_false(flag: &bool) -> bool {
    !*flag
}
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Say or show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Say {
    /// The command's number.
    pub id: CommandId,
    /// What, in order.
    pub parts: Vec<Part>,
    /// The locale of the words.
    pub locale: String,
    /// Whether input may cut it short.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub barge_in: bool,
    /// Whether it is to be heard before the call is answered (early media).
    #[serde(default, skip_serializing_if = "is_false")]
    pub early: bool,
}

/// One part of what is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Words, to be written or spoken.
    Text(String),
    /// Words with speech markup (SSML 1.1). A channel that writes shows the words only.
    Ssml(String),
    /// An audio file, relative to the flow's folder, or an https address.
    Audio(String),
    /// A video file or address.
    Video(String),
    /// An image.
    Image(Image),
    /// A file to download.
    File(File),
    /// A place on the map.
    Location(Location),
    /// Cards, side by side where there are several.
    Cards(Vec<Card>),
    /// Links, each a button.
    Links(Vec<CardButton>),
}

impl Part {
    /// The words in it: what is said or written, the text that stands for an image, the words of cards and buttons. For
    /// media without words, their reference.
    pub fn words(&self) -> Cow<'_, str> {
        let joined = |words: Vec<&str>| {
            Cow::Owned(words.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join(" "))
        };
        match self {
            Part::Text(text) | Part::Ssml(text) | Part::Audio(text) | Part::Video(text) => Cow::Borrowed(text),
            Part::Image(image) => Cow::Borrowed(&image.alt),
            Part::File(file) => Cow::Borrowed(&file.name),
            Part::Location(place) => joined(vec![&place.name, &place.address]),
            Part::Cards(cards) => joined(cards.iter().flat_map(Card::words).collect()),
            Part::Links(links) => joined(links.iter().map(|link| link.label.as_str()).collect()),
        }
    }
}

/// An image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// A file relative to the flow's folder, or an https address.
    pub url: String,
    /// What it shows, for people who do not see it; empty when it says nothing.
    pub alt: String,
}

/// A file to download.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// A file relative to the flow's folder, or an https address.
    pub url: String,
    /// What it is called; never empty.
    pub name: String,
}

/// A place on the map (WGS 84).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// Degrees north, as an exact decimal number.
    pub latitude: String,
    /// Degrees east, as an exact decimal number.
    pub longitude: String,
    /// What it is called.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its street and town.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
}

/// A card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Its heading.
    pub title: String,
    /// Its text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Its image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// Its buttons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<CardButton>,
}

impl Card {
    fn words(&self) -> impl Iterator<Item = &str> {
        [self.title.as_str(), &self.text].into_iter().chain(self.buttons.iter().map(|button| button.label.as_str()))
    }
}

/// A button of a card: an answer that the next `listen` offers, or a link.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardButton {
    /// The id of the choice; empty for a link.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// What it shows.
    pub label: String,
    /// Where a link leads (`https:`, `http:`, `mailto:`, `tel:`); empty for an answer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
}

/// Take input.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Listen {
    /// The command's number.
    pub id: CommandId,
    /// The choices a contact may take, as buttons, keys or phrases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// The most keys that make an answer; 0 where keys are not expected.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub max_keys: u64,
    /// What kind of answer is hoped for, as a hint for keyboards and recognisers: a type of the flow language.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub expects: String,
    /// The answer is confidential (a PIN, a card): it is masked wherever people see it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub sensitive: bool,
}

/// One choice.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The value that is chosen; never shown.
    pub id: String,
    /// What a button shows.
    pub label: String,
    /// The keys that choose it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub keys: String,
    /// Phrases that choose it, for recognisers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phrases: Vec<String>,
}

/// Record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The command's number.
    pub id: CommandId,
    /// The longest recording, in milliseconds.
    pub max_ms: u64,
    /// The silence that ends it, in milliseconds; 0 for none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub silence_ms: u64,
    /// The keys that end it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub terminators: String,
    /// Whether a tone tells the contact to begin.
    #[serde(default, skip_serializing_if = "is_false")]
    pub beep: bool,
}

/// Ask a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The command's number; with the session's id it makes the idempotency key.
    pub id: CommandId,
    /// The node that asks, which is what mocks are keyed by.
    pub node: String,
    /// The service: `http`, `contact`, `emit`, …
    pub service: String,
    /// What is asked. A secret is in here only as its mark (see `secret`), never as itself.
    pub request: Value,
    /// How long the session will wait, in milliseconds.
    pub timeout_ms: u64,
}

/// Hand the contact over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Connect {
    /// The command's number.
    pub id: CommandId,
    /// The node that asks, which is what mocks are keyed by.
    pub node: String,
    /// How.
    pub mode: ConnectMode,
    /// Where: a telephone number or a SIP URI.
    pub to: String,
    /// How long it may ring, in milliseconds.
    pub timeout_ms: u64,
}

/// How the contact is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectMode {
    /// The contact is sent away; what becomes of it is told only in so far as the network says.
    Blind,
    /// The other side is reached first, then the contact is handed over.
    Attended,
}

/// Tell the outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// The command's number.
    pub id: CommandId,
    /// The event's name.
    pub name: String,
    /// What it carries.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub data: Value,
}

/// End.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct End {
    /// The command's number.
    pub id: CommandId,
    /// Why: `completed`, `hangup`, `transferred`, `error`, or the flow's own word.
    pub reason: String,
}
