//! What counts as a good answer of a web service.

use offhook_runtime::{Fault, Value};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;
use std::borrow::Cow;
use std::sync::OnceLock;

/// What counts as a good answer.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Expect {
    /// The good statuses. Without it, `2xx`.
    #[serde(default)]
    status: Vec<StatusPattern>,
    /// The JSON Schema that the answer must satisfy.
    #[serde(default)]
    schema: Option<BodySchema>,
}

/// A status or a class of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StatusPattern {
    /// This one.
    Code(u16),
    /// Those that begin with this digit.
    Class(u16),
}

impl StatusPattern {
    /// Whether a status is one of these.
    pub(super) fn meets(self, status: i64) -> bool {
        match self {
            StatusPattern::Code(code) => status == i64::from(code),
            StatusPattern::Class(class) => status / 100 == i64::from(class),
        }
    }
}

impl<'de> Deserialize<'de> for StatusPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        let text = json.as_str().map_or_else(|| json.to_string(), str::to_owned);
        let class =
            text.strip_suffix("xx").and_then(|class| class.parse().ok()).filter(|class| (1..=5).contains(class));
        let code = text.parse().ok().filter(|code| (100..=599).contains(code));
        class
            .map(StatusPattern::Class)
            .or(code.map(StatusPattern::Code))
            .ok_or_else(|| D::Error::custom(format!("`{text}` is no status such as 404 or 4xx")))
    }
}

impl JsonSchema for StatusPattern {
    fn schema_name() -> Cow<'static, str> {
        "Status".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "Status",
            "anyOf": [
                { "type": "integer", "minimum": 100, "maximum": 599, "title": "One status" },
                { "type": "string", "pattern": "^([1-5]xx|[1-5][0-9][0-9])$", "title": "A class of statuses" },
            ]
        })
    }
}

/// A JSON Schema (draft 2020-12), compiled when it is first needed.
#[derive(Debug)]
struct BodySchema {
    schema: Json,
    compiled: OnceLock<Option<jsonschema::Validator>>,
}

impl<'de> Deserialize<'de> for BodySchema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Json::deserialize(deserializer).map(|schema| BodySchema { schema, compiled: OnceLock::new() })
    }
}

impl JsonSchema for BodySchema {
    fn schema_name() -> Cow<'static, str> {
        "JsonSchema".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["object", "boolean"], "format": "json-schema" })
    }
}

impl BodySchema {
    fn validator(&self) -> Option<&jsonschema::Validator> {
        self.compiled.get_or_init(|| jsonschema::draft202012::new(&self.schema).ok()).as_ref()
    }
}

impl Expect {
    /// Whether a status is a good one.
    pub(super) fn accepts(&self, status: i64) -> bool {
        match self.status.as_slice() {
            [] => StatusPattern::Class(2).meets(status),
            patterns => patterns.iter().any(|pattern| pattern.meets(status)),
        }
    }

    /// The schema of an answer.
    pub(super) fn schema(&self) -> Option<&Json> {
        self.schema.as_ref().map(|schema| &schema.schema)
    }

    /// Checks the JSON of an answer.
    pub(super) fn check_body(&self, json: Option<&Value>) -> Result<(), Fault> {
        let Some(schema) = &self.schema else {
            return Ok(());
        };
        let Some(json) = json else {
            return Err(Fault::new("http.body", "the web service did not answer with JSON"));
        };
        let Some(validator) = schema.validator() else {
            return Err(Fault::new("http.schema", "the schema of the answer cannot be used"));
        };
        validator.validate(&json.to_json()).map_err(|error| {
            let at = error.instance_path().to_string();
            // The answer itself stays out of the journal's sentence: it may hold what is nobody's business.
            Fault::new("http.schema", format!("the answer of the web service breaks its schema at `{at}`"))
        })
    }

    /// A schema that cannot be compiled.
    pub(super) fn check(&self, found: &mut Vec<(String, String)>) {
        if let Some(schema) = &self.schema
            && let Err(error) = jsonschema::draft202012::new(&schema.schema)
        {
            found.push(("/expect/schema".into(), format!("this is no JSON Schema that can be used: {error}")));
        }
    }
}
