//! `schemas`, and any JSON Schema (draft 2020-12) inside a flow: valid, and referring only to schemas of the flow.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::header::Section;
use super::names::is_schema_name;
use super::reader::{Path, Reader};
use crate::codes::Code;
use crate::tree::{Positioned, escape, unescape};
use crate::{Diagnostic, Document, Flow, limits};

/// Where the named schemas of a flow stand, seen from any schema in it.
const NAMED: &str = "#/schemas/";

/// The types of JSON Schema (draft 2020-12 validation §6.1.1).
const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];

pub(super) fn read(reader: &mut Reader<'_>, top: &Section<'_>) -> IndexMap<String, Value> {
    let path = Path::ROOT.key("schemas");
    let Some(entries) = top.get(reader, "schemas").and_then(|id| reader.map(id, &path)) else {
        return IndexMap::new();
    };
    if reader.over(&path, "schemas", entries.list.len(), limits::SCHEMAS) {
        return IndexMap::new();
    }
    let mut named = IndexMap::with_capacity(entries.list.len());
    for entry in &entries.list {
        let path = path.key(&entry.key);
        if !is_schema_name(&entry.key) {
            let message = format!(
                "`{}` is not the name of a schema: letters, digits, `-` and `_`, beginning with a letter",
                entry.key
            );
            reader.report(&path, Code::BAD_NAME, message, |d| d.key());
        }
        reader.over(&path, "characters in a name", entry.key.chars().count(), limits::NAME_CHARS);
        named.insert(entry.key.to_string(), reader.tree.value(entry.value));
    }
    for (name, schema) in &named {
        let found = check(reader.tree, &path.key(name).pointer(), schema, &named);
        reader.append(found);
    }
    named
}

/// Checks a schema that stands somewhere in a flow, such as in a node's parameters: valid by the rules of JSON Schema draft
/// 2020-12, and referring only to `#/schemas/NAME`.
#[must_use]
pub fn check_schema(document: &Document, pointer: &str) -> Vec<Diagnostic> {
    let Some(schema) = document.tree.value_at(pointer) else {
        return Vec::new();
    };
    check(&document.tree, pointer, &schema, &document.flow.schemas)
}

/// A schema of a flow that stands on its own: the flow's named schemas come with it, so that `#/schemas/NAME` leads somewhere.
#[must_use]
pub fn self_contained_schema(flow: &Flow, schema: &Value) -> Value {
    self_contained(schema, &flow.schemas)
}

pub(super) fn self_contained(schema: &Value, named: &IndexMap<String, Value>) -> Value {
    let Value::Object(map) = schema else {
        return schema.clone();
    };
    let mut map = map.clone();
    if !map.contains_key("schemas") {
        let all: Map<String, Value> = named.iter().map(|(name, schema)| (name.clone(), schema.clone())).collect();
        map.insert("schemas".to_owned(), Value::Object(all));
    }
    Value::Object(map)
}

pub(super) fn check(
    tree: &Positioned,
    pointer: &str,
    schema: &Value,
    named: &IndexMap<String, Value>,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for error in jsonschema::draft202012::meta::validator().iter_errors(schema).take(20) {
        let at = format!("{pointer}{}", error.instance_path());
        let diagnostic = match error.instance().as_str() {
            Some(word) if at.ends_with("/type") || at.contains("/type/") => {
                let message = format!("`{word}` is not a type of JSON Schema");
                let diagnostic = Diagnostic::at_pointer(tree, Code::BAD_SCHEMA, &at, message);
                diagnostic.remedy(format!("one of {}", TYPES.join(", "))).did_you_mean(word, TYPES)
            }
            _ => Diagnostic::at_pointer(tree, Code::BAD_SCHEMA, &at, format!("not valid in a JSON Schema: {error}")),
        };
        found.push(diagnostic);
    }
    let mut at = pointer.to_owned();
    references(tree, &mut at, schema, named, &mut found);
    if found.is_empty() {
        // What the rules of JSON Schema cannot see: a pattern that is no regular expression, references in a circle. Only the
        // schema itself is compiled; a mistake in another one is reported there.
        let referred: IndexMap<String, Value> = named.keys().map(|name| (name.clone(), json!({}))).collect();
        if let Err(error) = jsonschema::draft202012::new(&self_contained(schema, &referred)) {
            let at = format!("{pointer}{}", error.instance_path());
            found.push(Diagnostic::at_pointer(
                tree,
                Code::BAD_SCHEMA,
                &at,
                format!("this schema cannot be used: {error}"),
            ));
        }
    }
    found
}

/// Looks at each `$ref`. Values that are data, not schemas, are left alone.
fn references(
    tree: &Positioned,
    at: &mut String,
    schema: &Value,
    named: &IndexMap<String, Value>,
    found: &mut Vec<Diagnostic>,
) {
    let length = at.len();
    match schema {
        Value::Object(map) => {
            for (key, value) in map {
                at.push('/');
                at.push_str(&escape(key));
                match (key.as_str(), value) {
                    ("$ref" | "$dynamicRef", Value::String(target)) => found.extend(reference(tree, at, target, named)),
                    ("const" | "enum" | "default" | "examples", _) => {}
                    _ => references(tree, at, value, named, found),
                }
                at.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                at.push('/');
                at.push_str(&index.to_string());
                references(tree, at, item, named, found);
                at.truncate(length);
            }
        }
        _ => {}
    }
}

fn reference(tree: &Positioned, at: &str, target: &str, named: &IndexMap<String, Value>) -> Option<Diagnostic> {
    let Some(rest) = target.strip_prefix(NAMED) else {
        let message = format!("`{target}` is outside this flow's `schemas`");
        let remedy = "put the schema under `schemas:` and refer to it as `#/schemas/NAME`";
        return Some(Diagnostic::at_pointer(tree, Code::REMOTE_SCHEMA, at, message).remedy(remedy));
    };
    let name = unescape(rest.split('/').next().unwrap_or_default());
    let Some(schema) = named.get(&*name) else {
        let message = format!("there is no schema `{name}`");
        let diagnostic =
            Diagnostic::at_pointer(tree, Code::UNKNOWN_SCHEMA, at, message).remedy("add it under `schemas:`");
        return Some(diagnostic.did_you_mean(&name, named.keys().map(String::as_str)));
    };
    let below = &rest[rest.find('/').unwrap_or(rest.len())..];
    if schema.pointer(below).is_none() {
        let message = format!("the schema `{name}` has nothing at `{below}`");
        return Some(Diagnostic::at_pointer(tree, Code::UNKNOWN_SCHEMA, at, message));
    }
    None
}
