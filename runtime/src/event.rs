//! Events: everything that may happen to a session. A closed list, since every channel, the simulator and every talk
//! must understand each. The journal of a session is its events in order; they are enough to replay it.

use crate::fault::Fault;
use crate::value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The number of a command within its session, from 1. A repeat after a crash is recognised by it.
pub type CommandId = u64;

/// Something that happened. Times are not in here: each event is handled, and journaled, with its own moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The conversation begins. Always the first event, and only the first.
    Start(Box<Start>),
    /// Telephone keys: one or more of `0`-`9`, `*`, `#`, `A`-`D`.
    Keys(String),
    /// What the contact said, as a recogniser heard it.
    Speech(Speech),
    /// What the contact wrote.
    Text(String),
    /// The contact pressed the button of a choice; the choice's id.
    Button(String),
    /// The prompts before this `listen` command have ended or were barged into: from now on silence counts.
    Listening(CommandId),
    /// A recording ended.
    Recorded(Recorded),
    /// The moment at which the session wished to be woken has come.
    Timer,
    /// A service answered.
    Result(Answer),
    /// A service failed, or did not answer in time.
    Failed(Failure),
    /// How an attempt to connect the contact elsewhere came out.
    Connected(Connected),
    /// A named event from outside: a webhook, an agent's desktop, another session.
    Event(Named),
    /// The contact hung up, closed the window, or the line broke.
    Hangup(Hangup),
    /// Another version was published, and the session goes on in that one. Only [`crate::migration`] makes something of it.
    Moved(Box<Moved>),
}

/// How a conversation begins.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// The session's id, unique in the tenant.
    pub session: String,
    /// The channel kind: `voice`, `video`, `webchat` or `messaging`.
    pub channel: String,
    /// What the contact reached: the called number or the chat key.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub to: String,
    /// The contact.
    #[serde(default)]
    pub contact: Contact,
    /// The wished locale; the flow's first where it is empty or not one of the flow's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub locale: String,
    /// The flow's inputs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, Value>,
    /// Where the session's random numbers begin.
    #[serde(default)]
    pub seed: u64,
}

/// The person (or machine) at the other end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// The contact's lasting id; empty where it is unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Its address on this channel: a telephone number, a chat id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its preferred locale.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub locale: String,
    /// Lasting attributes, as they were when the conversation began.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Value>,
}

/// What a recogniser heard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Speech {
    /// The words.
    pub text: String,
    /// From 0 to 100 percent, where the recogniser says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<u8>,
}

/// A finished recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// The `record` command.
    pub id: CommandId,
    /// Where the audio is, as a reference the host understands; empty when nothing was recorded.
    pub media: String,
    /// Its length in milliseconds.
    pub duration_ms: u64,
    /// What ended it: `max`, `silence`, `key` or `hangup`.
    pub ended_by: String,
}

/// A service's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The `call` command.
    pub id: CommandId,
    /// What it answered.
    pub value: Value,
}

/// A service's failure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// The `call` command.
    pub id: CommandId,
    /// Why.
    pub fault: Fault,
}

/// How a connection attempt came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Connected {
    /// The `connect` command.
    pub id: CommandId,
    /// The outcome.
    pub outcome: Outcome,
    /// The channel's own word for it, such as a SIP status.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// The outcome of a connection attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The other side took the contact.
    Answered,
    /// The other side is busy.
    Busy,
    /// Nobody answered in time.
    NoAnswer,
    /// The other side, or policy, refused.
    Rejected,
    /// It could not be tried: an unknown address, a channel that cannot connect.
    Failed,
}

/// A named event from outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// What it carries.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub data: Value,
}

/// From which version to which a session was moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// What it ran on.
    pub from: Versions,
    /// What it runs on from here.
    pub to: Versions,
}

/// A program by name, so that a journal tells by itself what its session ran on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// [`crate::Program::hash`].
    pub program: String,
    /// The version of each of its flows, by id.
    pub flows: BTreeMap<String, u32>,
}

/// The end, seen from the contact's side.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Hangup {
    /// The channel's own word for why; empty for an ordinary hang-up.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}
