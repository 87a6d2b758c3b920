//! The description of a tenant's own node type: what stands in a `NAME.node.yaml`, and everything that may be wrong with it.

use super::{PREFIX, SAVE, relaxed, secrets};
use crate::effect::Retry;
use crate::limits;
use offhook_runtime::flow_schemas::{ChannelKind, Code, Diagnostic, FlowKind, Positioned};
use offhook_runtime::params::Millis;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// What no parameter can be called: every node has these.
const TAKEN: [&str; 6] = ["type", "title", "description", "next", "exits", SAVE];

/// A tenant's own node type.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Description {
    /// The version of the contract.
    #[schemars(range(min = 1, max = 1))]
    #[allow(dead_code, reason = "the schema alone asks for it")]
    node: u32,
    /// The word in `type:`; begins with `x-`.
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// What people call it.
    #[schemars(length(min = 1, max = 200))]
    pub(super) title: String,
    /// What it does, for authors.
    #[serde(default)]
    pub(super) description: String,
    /// An icon's name, of the Lucide set.
    #[serde(default = "puzzle")]
    pub(super) icon: String,
    /// The channels it serves; all without it.
    #[serde(default)]
    channels: Vec<String>,
    /// The kinds of flow it is legal in; all without it.
    #[serde(default)]
    kinds: Vec<String>,
    /// The JSON Schema of its parameters: of an object.
    #[serde(default = "nothing")]
    pub(super) params: Json,
    /// Its exits besides `next` and `error`.
    #[serde(default)]
    pub(super) exits: Vec<String>,
    /// The JSON Schema of its result.
    #[serde(default)]
    pub(super) result: Option<Json>,
    /// The request that is made.
    pub(super) request: Request,
    /// Whether it is asked again when it fails.
    #[serde(default)]
    pub(super) retry: Retry,
    /// The secrets that the request may use.
    #[serde(default)]
    secrets: Vec<String>,
    /// What an editor inserts: parameters.
    #[serde(default)]
    template: Map<String, Json>,
}

/// The request of an own node type. The method is `POST`, the body is the contract's.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// The address; `{{ secrets.NAME }}` may stand in it.
    pub(super) url: String,
    /// Headers by name; `{{ secrets.NAME }}` may stand in them.
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    /// How long the answer may take.
    #[serde(default = "ten_seconds")]
    pub(super) timeout: Millis,
}

fn ten_seconds() -> Millis {
    Millis(10_000)
}
fn puzzle() -> String {
    "puzzle".to_owned()
}
fn nothing() -> Json {
    json!({ "type": "object" })
}

/// The schema of descriptions.
fn schema() -> &'static Option<jsonschema::Validator> {
    static SCHEMA: OnceLock<Option<jsonschema::Validator>> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let schema: Json = SchemaGenerator::default().into_root_schema_for::<Description>().into();
        jsonschema::draft202012::new(&schema).ok()
    })
}

fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    !name.is_empty() && name.len() <= 64 && name.chars().all(plain) && name.starts_with(|c: char| c != '-' && c != '_')
}

impl Description {
    /// Reads a description; every mistake in it is told.
    pub(super) fn read(tree: &Positioned) -> Result<Description, Vec<Diagnostic>> {
        let json = tree.to_value();
        let mut found: Vec<(String, String)> = Vec::new();
        if let Some(schema) = schema() {
            found.extend(schema.iter_errors(&json).map(|error| (error.instance_path().to_string(), error.to_string())));
        }
        let description = match serde_json::from_value::<Description>(json) {
            Ok(description) => Some(description),
            Err(error) if found.is_empty() => {
                found.push((String::new(), error.to_string()));
                None
            }
            Err(_) => None,
        };
        if let Some(description) = &description {
            description.check(&mut found);
        }
        match description {
            Some(description) if found.is_empty() => Ok(description),
            _ => Err(found
                .into_iter()
                .map(|(pointer, message)| {
                    let diagnostic = Diagnostic::at_pointer(tree, Code::BAD_NODE_TYPE, &pointer, message);
                    diagnostic.remedy("`offhook explain bad-node-type` shows a description that is right")
                })
                .collect()),
        }
    }

    fn check(&self, found: &mut Vec<(String, String)>) {
        let mut tell = |pointer: &str, message: String| found.push((pointer.to_owned(), message));
        match self.kind.strip_prefix(PREFIX) {
            Some(rest) if is_name(rest) && self.kind.len() <= 64 => {}
            _ => tell("/type", format!("`{}` is no name of an own node type, such as `x-find-customer`", self.kind)),
        }
        for (index, exit) in self.exits.iter().enumerate() {
            let taken = ["next", "error"].contains(&exit.as_str()) || self.exits[..index].contains(exit);
            if !is_name(exit) || taken {
                tell(&format!("/exits/{index}"), format!("`{exit}` cannot be an exit, or is one already"));
            }
        }
        for (index, word) in self.channels.iter().enumerate().filter(|(_, word)| ChannelKind::from_word(word).is_none())
        {
            tell(&format!("/channels/{index}"), format!("there is no channel `{word}`"));
        }
        for (index, word) in self.kinds.iter().enumerate().filter(|(_, word)| FlowKind::from_word(word).is_none()) {
            tell(&format!("/kinds/{index}"), format!("there is no kind of flow `{word}`"));
        }
        self.check_params(&mut tell);
        if let Some(Err(error)) = self.result.as_ref().map(jsonschema::draft202012::new) {
            tell("/result", format!("this is no JSON Schema that can be used: {error}"));
        }
        if !self.request.url.starts_with("https://") && !self.request.url.starts_with("http://") {
            tell("/request/url", "the address begins with https:// or http://".into());
        }
        if self.request.timeout.0 == 0 {
            tell("/request/timeout", "no service answers in no time".into());
        }
        let headers = self.request.headers.iter();
        let texts = headers.map(|(name, text)| (format!("/request/headers/{name}"), text));
        for (pointer, text) in texts.chain([("/request/url".to_owned(), &self.request.url)]) {
            let (names, odd) = secrets(text);
            if odd || text.chars().any(char::is_control) {
                tell(&pointer, "only `{{ secrets.NAME }}` may stand in braces here".into());
            }
            for name in names.into_iter().filter(|name| !self.secrets.iter().any(|known| known == name)) {
                tell(&pointer, format!("`{name}` is not under `secrets`"));
            }
        }
        let mut attempts = Vec::new();
        self.retry.check(&mut attempts);
        attempts.into_iter().for_each(|(pointer, message)| tell(&pointer, message));
        if self.exits.len() > limits::OWN_TYPE_NAMES || self.properties().count() > limits::OWN_TYPE_NAMES {
            tell("", format!("a type has {} exits and {0} parameters at most", limits::OWN_TYPE_NAMES));
        }
    }

    fn check_params(&self, tell: &mut dyn FnMut(&str, String)) {
        if self.params.get("type").and_then(Json::as_str) != Some("object") {
            tell("/params", "the parameters are an object: write `type: object`".into());
        }
        if let Err(error) = jsonschema::draft202012::new(&self.params) {
            tell("/params", format!("this is no JSON Schema that can be used: {error}"));
        }
        for (name, _) in self.properties() {
            if TAKEN.contains(&name.as_str()) || !is_name(name) {
                tell(&format!("/params/properties/{name}"), format!("no parameter can be called `{name}`"));
            }
        }
        for name in self.template.keys().filter(|name| !self.properties().any(|(known, _)| known == *name)) {
            tell(&format!("/template/{name}"), format!("there is no parameter `{name}`"));
        }
    }

    fn properties(&self) -> impl Iterator<Item = (&String, &Json)> {
        self.params.get("properties").and_then(Json::as_object).into_iter().flatten()
    }

    /// Parameters with what they are when an author leaves them out.
    pub(super) fn defaults(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.properties().filter_map(|(name, schema)| Some((name.as_str(), schema.get("default")?)))
    }

    /// The channels it serves.
    pub(super) fn channels(&self) -> Vec<ChannelKind> {
        self.channels.iter().filter_map(|word| ChannelKind::from_word(word)).collect()
    }

    /// The kinds of flow it is legal in.
    pub(super) fn kinds(&self) -> Vec<FlowKind> {
        self.kinds.iter().filter_map(|word| FlowKind::from_word(word)).collect()
    }

    /// The schema of the parameters as an author of flows writes them: each is a value, which may be an expression or a
    /// template; a constant must fit at once.
    pub(super) fn schema(&self) -> Json {
        let mut schema = self.params.clone();
        let mut properties = Map::new();
        for (name, own) in self.properties() {
            let mut value = relaxed(own);
            if let Json::Object(value) = &mut value {
                for word in ["title", "description", "default", "examples"] {
                    if let Some(told) = own.get(word) {
                        value.insert(word.to_owned(), told.clone());
                    }
                }
                value.insert("format".to_owned(), "value".into());
            }
            // `true` and `false` are schemas, too.
            properties.insert(name.clone(), if value.is_object() { value } else { json!({ "format": "value" }) });
        }
        properties.insert(
            SAVE.to_owned(),
            json!({ "type": "string", "format": "variable", "description": "The variable that takes the result." }),
        );
        schema["properties"] = properties.into();
        schema["additionalProperties"] = false.into();
        schema["description"] = self.description.clone().into();
        schema
    }
}
