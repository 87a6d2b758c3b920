//! A flow as types: what the document says once it has been read. Plain data without behaviour.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The language version that this build reads and writes.
pub const LANGUAGE_VERSION: u32 = 1;

/// The ends that need no node: `next: end`.
pub const BUILT_IN_ENDS: [&str; 3] = ["end", "hangup", "return"];

/// Names that expressions see without a declaration; variables may not take them.
pub const RESERVED_NAMES: [&str; 8] = ["inputs", "contact", "session", "last", "secrets", "now", "random", "uuid"];

/// A flow: the document an author writes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Flow {
    /// Version of the language.
    pub offhook: u32,
    /// Unique in the tenant; `/` makes folders.
    pub id: String,
    /// Shown in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// For whoever reads the flow next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What the flow is for.
    pub kind: FlowKind,
    /// Channels the flow promises to work on; empty when it promises nothing.
    pub channels: Vec<ChannelKind>,
    /// Locales (BCP 47); the first is the default.
    pub locales: Vec<String>,
    /// What whoever starts or calls the flow hands in.
    pub inputs: IndexMap<String, VarDecl>,
    /// Session state.
    pub vars: IndexMap<String, VarDecl>,
    /// What the flow hands back.
    pub outputs: IndexMap<String, VarDecl>,
    /// JSON Schemas by name.
    pub schemas: IndexMap<String, Value>,
    /// Names of secrets in the tenant's vault.
    pub secrets: Vec<String>,
    /// The node a session begins with.
    pub start: String,
    /// What may happen while any node waits.
    pub interrupts: Interrupts,
    /// Which conversations of other versions this one takes over; none where it says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub migrate: Option<Migrate>,
    /// The nodes by id.
    pub nodes: IndexMap<String, NodeDoc>,
}

/// What a flow is for; node types say in which kinds they belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FlowKind {
    /// Answers calls.
    Ivr,
    /// Answers messages.
    Chatbot,
    /// Decides who serves a contact.
    Routing,
    /// Decides whom to contact, when and how.
    Outbound,
    /// Only called by other flows.
    Library,
}

/// A kind of channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelKind {
    /// A telephone call.
    Voice,
    /// A call with video.
    Video,
    /// Chat on a web page.
    Webchat,
    /// A messaging service such as SMS.
    Messaging,
}

/// The type of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VarType {
    /// Text.
    String,
    /// Whole number of 64 bits.
    Int,
    /// Exact decimal number.
    Decimal,
    /// True or false.
    Bool,
    /// Day, `2026-11-23`.
    Date,
    /// Time of day, `09:30` or `09:30:15`.
    Time,
    /// Moment with an offset (RFC 3339), `2026-11-23T09:30:00Z`.
    DateTime,
    /// Length of time, `1h30m`.
    Duration,
    /// Exact amount with a currency.
    Money,
    /// Telephone number: E.164 with `+`, or digits alone for short and inner numbers.
    Phone,
    /// E-mail address.
    Email,
    /// List.
    List,
    /// Map with any keys.
    Map,
    /// Map described by a schema.
    Object,
    /// Anything.
    Any,
}

/// The declaration of an input, a variable or an output.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VarDecl {
    /// The `type`.
    #[serde(rename = "type")]
    pub kind: VarType,
    /// Whether whoever starts or calls the flow must give it; only inputs. Without a word about it, an input is required
    /// unless it has a default.
    pub required: bool,
    /// The value before anything is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// JSON Schema that each value must satisfy. May refer to `#/schemas/NAME`; see [`crate::self_contained_schema`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
    /// Currency of a `money` (ISO 4217).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A node as written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NodeDoc {
    /// The `type`; empty when it could not be read, which has been reported.
    #[serde(rename = "type")]
    pub kind: String,
    /// Shown on the canvas instead of the id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// For whoever reads the flow next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Everything that belongs to the node type.
    #[serde(flatten)]
    pub params: Map<String, Value>,
    /// Where the exit `next` leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Where other exits lead.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub exits: IndexMap<String, String>,
}

/// What may happen while any node waits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Interrupts {
    /// Where to go when the contact leaves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hangup: Option<String>,
    /// Where unwired exits and errors fall.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Phrases that lead somewhere from any prompt.
    pub phrases: Vec<PhraseRule>,
    /// Phrases that run another flow at any prompt, which then goes on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub digressions: Vec<Digression>,
    /// Phrases that cancel a form; Offhook's own where there is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel: Option<Vec<String>>,
    /// Phrases that begin the correction of an answer given before; Offhook's own where there is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correct: Option<Vec<String>>,
    /// Where to go when nothing happens for a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_activity: Option<NoActivity>,
    /// Whether a called flow takes over its caller's interrupts where it has none of its own.
    pub inherit: bool,
}

/// Phrases that lead somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PhraseRule {
    /// Any of these.
    pub any: Vec<String>,
    /// Where to.
    pub next: String,
}

/// Phrases that run another flow, after which the question is asked again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Digression {
    /// Any of these.
    pub any: Vec<String>,
    /// The id of the flow.
    pub flow: String,
}

/// Where to go when nothing happens for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoActivity {
    /// Milliseconds without anything from the contact (`after` in the document).
    pub after_ms: u64,
    /// Where to.
    pub next: String,
}

/// How a conversation that waits in another version is taken over when this one is published.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Migrate {
    /// Where a conversation goes that waits at a node, by the node's id in the other version.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub nodes: IndexMap<String, String>,
    /// Nodes of the other version at which conversations wait that end as they began.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub finish: Vec<String>,
    /// What becomes of those that wait at any other node.
    pub others: Others,
    /// Values of variables: a text that begins with `=` is an expression over what the other version knew, anything else is
    /// the value itself. A variable that is not named keeps its value.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub vars: IndexMap<String, Value>,
}

/// What becomes of conversations that wait at a node which no rule of `migrate` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Others {
    /// They go to the node of the same id, where there is one.
    Same,
    /// They end as they began.
    Finish,
}

impl Default for Interrupts {
    fn default() -> Interrupts {
        Interrupts {
            hangup: None,
            error: None,
            phrases: Vec::new(),
            digressions: Vec::new(),
            cancel: None,
            correct: None,
            no_activity: None,
            inherit: true,
        }
    }
}

/// The words of an enum as they stand in a document.
macro_rules! words {
    ($type:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $type {
            /// All of them, in the order of the documentation.
            pub const ALL: &'static [$type] = &[$($type::$variant),+];

            /// The word in the document.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $($type::$variant => $word),+ }
            }

            /// From the word in the document.
            #[must_use]
            pub fn from_word(word: &str) -> Option<$type> {
                match word { $($word => Some($type::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words!(FlowKind { Ivr = "ivr", Chatbot = "chatbot", Routing = "routing", Outbound = "outbound", Library = "library" });
words!(ChannelKind { Voice = "voice", Video = "video", Webchat = "webchat", Messaging = "messaging" });
words!(VarType {
    String = "string",
    Int = "int",
    Decimal = "decimal",
    Bool = "bool",
    Date = "date",
    Time = "time",
    DateTime = "datetime",
    Duration = "duration",
    Money = "money",
    Phone = "phone",
    Email = "email",
    List = "list",
    Map = "map",
    Object = "object",
    Any = "any",
});

/// Whether a target is one of the built-in ends.
#[must_use]
pub fn is_built_in_end(target: &str) -> bool {
    BUILT_IN_ENDS.contains(&target)
}
