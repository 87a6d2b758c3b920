//! What a node type's parameters are made of. Each of these is a text (or a small structure) in the document and a
//! handle in the program: before a node's parameters are read, one generic walk over the type's schema finds every
//! place that carries one of the formats below, compiles what stands there, and puts the handle in its place. So no
//! node type compiles anything, and no other room needs to know a node type to find its scripts, texts and references.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;

/// The `format` words of the catalog's schemas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// A Rhai expression.
    Expression,
    /// Rhai statements, which may assign variables.
    Script,
    /// A template that yields one text.
    Template,
    /// A template in which secrets may be used, because only a service sees it.
    SecretTemplate,
    /// Any value; texts that begin with `=` in it are expressions, texts with `{{` or `{%` are templates.
    Value,
    /// As `Value`, and secrets may be used.
    SecretValue,
    /// What is said or shown: a text, a list of parts, or a map from channel to one of these.
    Prompt,
    /// Speech markup (SSML), translated with the texts.
    Ssml,
    /// The place of an audio file, which another locale may have of its own.
    Audio,
    /// The place of a video file, likewise.
    Video,
    /// Words that choose something, translated with the texts.
    Phrases,
    /// Telephone keys that choose something, which another locale may have otherwise.
    Keys,
    /// A variable of the flow, or a place within one: `patient`, `patient.name`.
    Variable,
    /// The id of a flow.
    Flow,
    /// The id of a node, or a built-in end.
    Target,
    /// A length of time.
    Duration,
    /// The symbolic name of something that the environment binds.
    Resource(ResourceKind),
}

/// What flows name and the environment binds, so that the same flow runs in each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceKind {
    /// A secret; declared at the top of a flow, never a parameter.
    Secret,
    /// A SQL database.
    Source,
    /// A data table.
    Table,
    /// A way to send messages.
    MessageChannel,
    /// A telephone number or SIP address.
    Number,
}

impl ResourceKind {
    /// Every kind.
    pub const ALL: [ResourceKind; 5] = [
        ResourceKind::Secret,
        ResourceKind::Source,
        ResourceKind::Table,
        ResourceKind::MessageChannel,
        ResourceKind::Number,
    ];

    /// The word in schemas.
    pub fn word(self) -> &'static str {
        match self {
            ResourceKind::Secret => "secret",
            ResourceKind::Source => "source",
            ResourceKind::Table => "table",
            ResourceKind::MessageChannel => "message-channel",
            ResourceKind::Number => "number",
        }
    }

    /// What people call it.
    pub fn noun(self) -> &'static str {
        match self {
            ResourceKind::MessageChannel => "message channel",
            other => other.word(),
        }
    }
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 20] = [
        Format::Expression,
        Format::Script,
        Format::Template,
        Format::SecretTemplate,
        Format::Value,
        Format::SecretValue,
        Format::Prompt,
        Format::Ssml,
        Format::Audio,
        Format::Video,
        Format::Phrases,
        Format::Keys,
        Format::Variable,
        Format::Flow,
        Format::Target,
        Format::Duration,
        Format::Resource(ResourceKind::Source),
        Format::Resource(ResourceKind::Table),
        Format::Resource(ResourceKind::MessageChannel),
        Format::Resource(ResourceKind::Number),
    ];

    /// The word in the schema.
    pub fn word(self) -> &'static str {
        match self {
            Format::Expression => "expression",
            Format::Script => "script",
            Format::Template => "template",
            Format::SecretTemplate => "template-secret",
            Format::Value => "value",
            Format::SecretValue => "value-secret",
            Format::Prompt => "prompt",
            Format::Ssml => "ssml",
            Format::Audio => "audio",
            Format::Video => "video",
            Format::Phrases => "phrases",
            Format::Keys => "keys",
            Format::Variable => "variable",
            Format::Flow => "flow",
            Format::Target => "target",
            Format::Duration => "duration",
            Format::Resource(kind) => kind.word(),
        }
    }

    /// The format of a schema word.
    pub fn of(word: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.word() == word)
    }
}

macro_rules! handle {
    ($(#[$doc:meta])* $name:ident, $format:expr, $schema:tt) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(pub(crate) u32);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                u32::deserialize(deserializer).map($name)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let mut schema: Schema = json_schema!($schema);
                schema.insert("format".into(), $format.word().into());
                schema
            }
        }
    };
}

handle!(
    /// A Rhai expression: `attempts > 2`.
    Expr, Format::Expression, { "type": ["string", "boolean", "number"] }
);
handle!(
    /// Rhai statements.
    Script, Format::Script, { "type": "string" }
);
handle!(
    /// A template: `Hello {{ name }}`.
    Template, Format::Template, { "type": ["string", "number", "boolean"] }
);
handle!(
    /// A template that may use secrets.
    SecretTemplate, Format::SecretTemplate, { "type": ["string", "number", "boolean"] }
);
handle!(
    /// Any value, in which `= …` is an expression and `{{ … }}` a template.
    ValueExpr, Format::Value, { "title": "Value" }
);
handle!(
    /// Any value, as [`ValueExpr`], that may use secrets.
    SecretValue, Format::SecretValue, { "title": "Value" }
);
handle!(
    /// What is said or shown.
    Prompt, Format::Prompt, { "type": ["string", "array", "object"], "title": "Text" }
);
handle!(
    /// What is said, with speech markup (SSML).
    Ssml, Format::Ssml, { "type": "string" }
);
handle!(
    /// What is played: an audio file.
    Audio, Format::Audio, { "type": "string" }
);
handle!(
    /// What is shown: a video file.
    Video, Format::Video, { "type": "string" }
);

macro_rules! as_prompt {
    ($name:ident) => {
        impl From<$name> for Prompt {
            fn from(one: $name) -> Prompt {
                Prompt(one.0)
            }
        }
    };
}
as_prompt!(Ssml);
as_prompt!(Audio);
as_prompt!(Video);

/// Telephone keys that choose something, in every locale that has its own. In the document they are a text; the program
/// holds them itself, because a node checks them against each other before anything runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Keys {
    /// By locale; the first is the flow's own.
    variants: Vec<(String, String)>,
}

impl Keys {
    /// The keys in a locale: its own, else those of its language, else the flow's.
    pub fn of(&self, locale: &str) -> &str {
        match self.variants.as_slice() {
            [] => "",
            [(_, only)] => only,
            many => crate::prompt::variant::<String, String>(many, locale),
        }
    }

    /// The locales that have keys of their own, the flow's first.
    pub fn locales(&self) -> impl Iterator<Item = &str> {
        self.variants.iter().map(|(locale, _)| locale.as_str())
    }
}

impl JsonSchema for Keys {
    fn schema_name() -> Cow<'static, str> {
        "Keys".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": Format::Keys.word(), "pattern": "^[0-9*#A-D]*$" })
    }
}

handle!(
    /// Words that choose something.
    Phrases, Format::Phrases, { "type": ["array", "string"], "items": { "type": "string" } }
);
handle!(
    /// A variable of the flow, or a place within one.
    VarRef, Format::Variable, { "type": "string" }
);
handle!(
    /// Another flow.
    FlowRef, Format::Flow, { "type": "string" }
);

/// The id of a node of the same flow, or a built-in end (`end`, `hangup`, `return`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Target(pub String);

impl JsonSchema for Target {
    fn schema_name() -> Cow<'static, str> {
        "Target".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": Format::Target.word() })
    }
}

/// How a `connect` command names a number whose name the environment binds: `number:support`.
pub const NUMBER_SCHEME: &str = "number:";

/// Letters, digits and `-`, as in ids of flows.
const RESOURCE_NAME: &str = "^[a-z0-9][a-z0-9-]*$";

macro_rules! resource {
    ($(#[$doc:meta])* $name:ident, $kind:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "format": $kind.word(), "pattern": RESOURCE_NAME })
            }
        }
    };
}

resource!(
    /// The name of a SQL source.
    SourceName, ResourceKind::Source
);
resource!(
    /// The name of a data table.
    TableName, ResourceKind::Table
);
resource!(
    /// The name of a message channel.
    MessageChannelName, ResourceKind::MessageChannel
);
resource!(
    /// The name of a telephone number or SIP address.
    NumberName, ResourceKind::Number
);

/// A length of time in milliseconds, written `300ms`, `5s`, `10m`, `2h`, `3d` in the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(pub u64);

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        offhook_flow_schemas::parse_duration(&text).map(Millis).map_err(D::Error::custom)
    }
}

impl JsonSchema for Millis {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": Format::Duration.word(),
            "pattern": "^([0-9]+(ms|s|m|h|d))+$"
        })
    }
}
