//! The JSON Schema (draft 2020-12) of a whole flow document, made from the schemas of the node types, for editors and other tools.

use serde_json::{Map, Value, json};

use crate::flow::{BUILT_IN_ENDS, ChannelKind, FlowKind, LANGUAGE_VERSION, VarType};
use crate::limits;

/// What a node type says about its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeTypeSchema {
    /// The `type`.
    pub name: String,
    /// Shown in lists.
    pub title: String,
    /// Shown as help.
    pub description: String,
    /// JSON Schema of the parameters: an object with `properties`, perhaps `required` and `$defs`.
    pub params: Value,
}

/// The schema of a flow document for a build with these node types. Unknown keys are refused, also in nodes.
#[must_use]
pub fn flow_schema(types: &[NodeTypeSchema]) -> Value {
    let mut defs = Map::new();
    for kind in types {
        define(kind, &mut defs);
    }
    defs.insert("target".to_owned(), target());
    defs.insert("variable".to_owned(), variable());
    defs.insert("jsonSchema".to_owned(), json_schema());
    defs.insert("interrupts".to_owned(), interrupts());
    defs.insert("migrate".to_owned(), migrate());
    defs.insert("node".to_owned(), node(types));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:offhook:flow:{LANGUAGE_VERSION}"),
        "title": "Offhook flow",
        "description": "A conversation as a graph of nodes.",
        "type": "object",
        "required": ["offhook", "id", "kind", "start", "nodes"],
        "properties": properties(),
        "patternProperties": { "^x-": { "description": "Yours and your tools'; ignored." } },
        "additionalProperties": false,
        "$defs": defs,
    })
}

fn properties() -> Value {
    let variables = |description: &str| {
        json!({
            "description": description,
            "type": ["object", "null"],
            "maxProperties": limits::VARIABLES,
            "propertyNames": { "pattern": "^[a-z_][a-z0-9_]*$", "maxLength": limits::NAME_CHARS },
            "additionalProperties": { "$ref": "#/$defs/variable" },
        })
    };
    json!({
        "offhook": { "description": "Version of the language.", "const": LANGUAGE_VERSION },
        "id": {
            "description": "Unique name; `/` makes folders.",
            "type": "string",
            "pattern": "^[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)*$",
            "maxLength": limits::FLOW_ID_CHARS,
        },
        "title": { "description": "Shown in lists.", "type": ["string", "null"], "maxLength": limits::TITLE_CHARS },
        "description": {
            "description": "For whoever reads the flow next.", "type": ["string", "null"], "maxLength": limits::DESCRIPTION_CHARS,
        },
        "kind": { "description": "What the flow is for.", "enum": words(FlowKind::ALL) },
        "channels": {
            "description": "Channels the flow promises to work on; checked.",
            "type": ["array", "null"],
            "items": { "enum": words(ChannelKind::ALL) },
            "uniqueItems": true,
        },
        "locales": {
            "description": "Languages and regions (BCP 47); the first is the default.",
            "type": ["array", "null"],
            "items": { "type": "string", "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$" },
            "uniqueItems": true,
        },
        "inputs": variables("What whoever starts or calls the flow hands in."),
        "vars": variables("Session state. A bare value is the default, and its type the variable's."),
        "outputs": variables("What the flow hands back."),
        "schemas": {
            "description": "JSON Schemas by name, for `$ref: \"#/schemas/NAME\"`.",
            "type": ["object", "null"],
            "maxProperties": limits::SCHEMAS,
            "propertyNames": { "pattern": "^[A-Za-z][A-Za-z0-9_-]*$" },
            "additionalProperties": { "$ref": "#/$defs/jsonSchema" },
        },
        "secrets": {
            "description": "Names of secrets in the tenant's vault.",
            "type": ["array", "null"],
            "items": { "type": "string", "pattern": "^[A-Z][A-Z0-9_]*$" },
            "uniqueItems": true,
        },
        "start": { "description": "The node a session begins with.", "type": "string", "minLength": 1 },
        "interrupts": { "$ref": "#/$defs/interrupts" },
        "migrate": { "$ref": "#/$defs/migrate" },
        "nodes": {
            "description": "The nodes by id.",
            "type": "object",
            "minProperties": 1,
            "maxProperties": limits::NODES,
            "propertyNames": {
                "pattern": "^[a-z0-9][a-z0-9_-]*$", "maxLength": limits::NAME_CHARS, "not": { "enum": BUILT_IN_ENDS },
            },
            "additionalProperties": { "$ref": "#/$defs/node" },
        },
    })
}

fn words<T: Copy + std::fmt::Display>(all: &[T]) -> Vec<String> {
    all.iter().map(T::to_string).collect()
}

fn target() -> Value {
    json!({ "description": "A node's id, or `end`, `hangup`, `return`.", "type": "string", "minLength": 1 })
}

fn variable() -> Value {
    json!({
        "anyOf": [
            { "title": "Default", "description": "A bare value is the default.", "not": { "type": "object" } },
            {
                "title": "Declaration",
                "type": "object",
                "properties": {
                    "type": { "description": "The type.", "enum": words(VarType::ALL) },
                    "required": { "description": "Whether it must be given; only of an input.", "type": "boolean" },
                    "default": { "description": "The value before anything is set." },
                    "schema": { "$ref": "#/$defs/jsonSchema", "description": "JSON Schema that each value must satisfy." },
                    "currency": { "description": "Currency of a `money` (ISO 4217).", "type": "string", "pattern": "^[A-Z]{3}$" },
                    "description": { "description": "What it is for.", "type": ["string", "null"] },
                },
                "anyOf": [{ "required": ["type"] }, { "required": ["default"] }],
                "additionalProperties": false,
            },
        ],
    })
}

/// A JSON Schema inside a flow. Its own `$ref`s mean the flow's schemas, so the official meta-schema is not applied here.
fn json_schema() -> Value {
    json!({ "description": "A JSON Schema (draft 2020-12).", "type": ["object", "boolean"] })
}

fn phrases(description: &str) -> Value {
    json!({
        "description": description, "type": "array", "maxItems": limits::PHRASES,
        "items": { "type": "string", "minLength": 1 }, "uniqueItems": true,
    })
}

fn interrupts() -> Value {
    json!({
        "description": "What may happen while any node waits.",
        "type": ["object", "null"],
        "properties": {
            "hangup": { "$ref": "#/$defs/target", "description": "Where to go when the contact leaves." },
            "error": { "$ref": "#/$defs/target", "description": "Where unwired exits and errors fall." },
            "phrases": {
                "description": "Phrases that lead somewhere from any prompt.",
                "type": "array",
                "maxItems": limits::PHRASE_RULES,
                "items": {
                    "type": "object",
                    "required": ["any", "next"],
                    "properties": {
                        "any": {
                            "description": "Any of these.", "type": "array", "minItems": 1, "maxItems": limits::PHRASES,
                            "items": { "type": "string", "minLength": 1 }, "uniqueItems": true,
                        },
                        "next": { "$ref": "#/$defs/target", "description": "Where to." },
                    },
                    "additionalProperties": false,
                },
            },
            "digressions": {
                "description": "Phrases that run another flow at any prompt; then the question is asked again.",
                "type": "array",
                "maxItems": limits::PHRASE_RULES,
                "items": {
                    "type": "object",
                    "required": ["any", "flow"],
                    "properties": {
                        "any": {
                            "description": "Any of these.", "type": "array", "minItems": 1, "maxItems": limits::PHRASES,
                            "items": { "type": "string", "minLength": 1 }, "uniqueItems": true,
                        },
                        "flow": { "description": "The id of the flow.", "type": "string" },
                    },
                    "additionalProperties": false,
                },
            },
            "cancel": phrases("Phrases that cancel a form. Without it, Offhook's own; an empty list for none."),
            "correct": phrases("Phrases that begin a correction in a form. Without it, Offhook's own; an empty list for none."),
            "no_activity": {
                "description": "Where to go when nothing happens for a time.",
                "type": "object",
                "required": ["after", "next"],
                "properties": {
                    "after": { "description": "For how long, such as 10m.", "type": "string", "pattern": "^([0-9]+(ms|s|m|h|d))+$" },
                    "next": { "$ref": "#/$defs/target", "description": "Where to." },
                },
                "additionalProperties": false,
            },
            "inherit": { "description": "Whether a called flow takes over its caller's interrupts.", "type": "boolean", "default": true },
        },
        "additionalProperties": false,
    })
}

fn migrate() -> Value {
    let old_node = json!({ "pattern": "^[a-z0-9][a-z0-9_-]*$", "maxLength": limits::NAME_CHARS });
    json!({
        "description": "Which conversations that wait in another version go on in this one when it is published.",
        "anyOf": [
            { "title": "None", "description": "All end on the version that they began on.", "enum": ["finish", null] },
            {
                "title": "Rules",
                "type": "object",
                "properties": {
                    "nodes": {
                        "description": "Where who waits at a node goes on, by the node's id in the other version.",
                        "type": "object",
                        "maxProperties": limits::MIGRATE_RULES,
                        "propertyNames": old_node,
                        "additionalProperties": { "description": "A node's id.", "type": "string", "minLength": 1 },
                    },
                    "finish": {
                        "description": "Nodes of the other version; who waits there ends on that version.",
                        "type": "array", "maxItems": limits::MIGRATE_RULES, "uniqueItems": true,
                        "items": { "type": "string", "minLength": 1 },
                    },
                    "others": {
                        "description": "Who waits at any other node: goes to the node of the same id, or ends on the other version.",
                        "enum": ["same", "finish"], "default": "same",
                    },
                    "vars": {
                        "description": "Values of variables: a text that begins with `=` is an expression over what the other version knew.",
                        "type": "object",
                        "maxProperties": limits::VARIABLES,
                        "propertyNames": { "pattern": "^[a-z_][a-z0-9_]*$" },
                    },
                },
                "additionalProperties": false,
            },
        ],
    })
}

/// A node: the type decides which schema holds. Editors show the branch of the type; a wrong type is told once, by the enum.
fn node(types: &[NodeTypeSchema]) -> Value {
    let branches: Vec<Value> = types
        .iter()
        .map(|kind| {
            json!({
                "if": { "properties": { "type": { "const": kind.name } }, "required": ["type"] },
                "then": { "$ref": format!("#/$defs/{}", definition(&kind.name)) },
            })
        })
        .collect();
    let choices: Vec<Value> = types
        .iter()
        .map(|kind| json!({ "const": kind.name, "title": kind.title, "description": kind.description }))
        .collect();
    json!({
        "description": "A node: a type, its own parameters, and where its exits lead.",
        "type": "object",
        "required": ["type"],
        "properties": { "type": { "description": "What the node does.", "type": "string", "oneOf": choices } },
        "allOf": branches,
    })
}

fn definition(name: &str) -> String {
    format!("type.{name}")
}

/// Adds the schema of one node type, its own definitions beside it under a name of their own.
fn define(kind: &NodeTypeSchema, defs: &mut Map<String, Value>) {
    let mut schema = match &kind.params {
        Value::Object(map) => map.clone(),
        _ => Map::new(),
    };
    let own = definition(&kind.name);
    for key in ["$defs", "definitions"] {
        let Some(Value::Object(inner)) = schema.shift_remove(key) else {
            continue;
        };
        for (name, mut value) in inner {
            rebase(&mut value, &own);
            defs.insert(format!("{own}.{name}"), value);
        }
    }
    schema.shift_remove("$schema");
    schema.shift_remove("$id");
    let mut schema = Value::Object(schema);
    rebase(&mut schema, &own);
    let Value::Object(mut schema) = schema else {
        return;
    };
    schema.insert("title".to_owned(), kind.title.clone().into());
    schema.insert("description".to_owned(), kind.description.clone().into());
    schema.insert("type".to_owned(), "object".into());
    let mut properties = Map::new();
    properties.insert("type".to_owned(), json!({ "const": kind.name, "description": kind.description }));
    properties.insert(
        "title".to_owned(),
        json!({ "description": "Shown on the canvas instead of the id.", "type": ["string", "null"], "maxLength": limits::TITLE_CHARS }),
    );
    properties.insert(
        "description".to_owned(),
        json!({ "description": "For whoever reads the flow next.", "type": ["string", "null"], "maxLength": limits::DESCRIPTION_CHARS }),
    );
    if let Some(Value::Object(own)) = schema.shift_remove("properties") {
        properties.extend(own);
    }
    properties.insert("next".to_owned(), json!({ "$ref": "#/$defs/target", "description": "Where to go on." }));
    properties.insert(
        "exits".to_owned(),
        json!({
            "description": "Where the other exits lead.",
            "type": ["object", "null"],
            "maxProperties": limits::EXITS,
            "propertyNames": { "pattern": "^[a-z0-9][a-z0-9_-]*$", "not": { "const": "next" } },
            "additionalProperties": { "$ref": "#/$defs/target" },
        }),
    );
    schema.insert("properties".to_owned(), Value::Object(properties));
    // `additionalProperties: false` of the type would not see what `oneOf` and the like inside it allow; `unevaluated` does.
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        schema.shift_remove("additionalProperties");
    }
    schema.entry("unevaluatedProperties").or_insert(Value::Bool(false));
    defs.insert(own, Value::Object(schema));
}

/// Leads references to a type's own definitions to where they now stand.
fn rebase(value: &mut Value, own: &str) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), &mut *value) {
                    ("$ref", Value::String(target)) => *target = rebased(target, own),
                    ("const" | "enum" | "default" | "examples", _) => {}
                    _ => rebase(value, own),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rebase(item, own)),
        _ => {}
    }
}

fn rebased(target: &str, own: &str) -> String {
    let local = target.strip_prefix("#/$defs/").or_else(|| target.strip_prefix("#/definitions/"));
    match (local, target) {
        (Some(name), _) => format!("#/$defs/{own}.{name}"),
        (None, "#") => format!("#/$defs/{own}"),
        (None, _) => match target.strip_prefix("#/") {
            Some(rest) => format!("#/$defs/{own}/{rest}"),
            None => target.to_owned(),
        },
    }
}
