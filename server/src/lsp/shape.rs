//! What the JSON Schema of flows says of a place: which keys may stand there, which values, and what they mean.

use offhook_flow_schemas::unescape_pointer;
use serde_json::Value as Json;

/// How deep alternatives and references are followed.
const DEPTH: usize = 12;

/// The schemas of a place, reached by keys (`-` for items of lists), with all their alternatives. A node's own schema is that of
/// its type.
pub(super) fn at<'s>(root: &'s Json, path: &[String], kind: Option<&str>) -> Vec<&'s Json> {
    let mut here = all(root, root);
    for (depth, step) in path.iter().enumerate() {
        let is_node = depth == 1 && path[0] == "nodes";
        if let Some(own) = kind.filter(|_| is_node).and_then(|kind| root["$defs"].get(format!("type.{kind}"))) {
            here = all(root, own);
            continue;
        }
        let next: Vec<&Json> = here
            .iter()
            .filter_map(|schema| match step.as_str() {
                "-" => schema.get("items"),
                key => schema.get("properties").and_then(|known| known.get(key)).or(schema.get("additionalProperties")),
            })
            .filter(|schema| schema.is_object())
            .collect();
        here = next.into_iter().flat_map(|schema| all(root, schema)).collect();
    }
    here
}

/// A schema and its alternatives, references followed.
fn all<'s>(root: &'s Json, schema: &'s Json) -> Vec<&'s Json> {
    let mut found = Vec::new();
    add(root, schema, 0, &mut found);
    found
}

fn add<'s>(root: &'s Json, schema: &'s Json, depth: usize, found: &mut Vec<&'s Json>) {
    if depth > DEPTH {
        return;
    }
    found.push(schema);
    if let Some(pointer) = schema.get("$ref").and_then(Json::as_str).and_then(|target| target.strip_prefix('#'))
        && let Some(target) = root.pointer(pointer)
    {
        add(root, target, depth + 1, found);
    }
    for word in ["anyOf", "oneOf", "allOf"] {
        for one in schema.get(word).and_then(Json::as_array).into_iter().flatten() {
            add(root, one, depth + 1, found);
        }
    }
}

/// The `format` of a place; `target` also where the language itself names a node.
pub(super) fn format<'s>(schemas: &[&'s Json]) -> Option<&'s str> {
    let named = schemas.iter().find_map(|schema| schema.get("format").and_then(Json::as_str));
    let is_target = |schema: &&Json| {
        let target = schema.get("$ref").and_then(Json::as_str);
        target.is_some_and(|target| unescape_pointer(target) == "#/$defs/target")
    };
    named.or_else(|| schemas.iter().any(is_target).then_some("target"))
}

/// What a place is for: the first description, which is the most particular one.
pub(super) fn description<'s>(schemas: &[&'s Json]) -> Option<&'s str> {
    schemas.iter().find_map(|schema| schema.get("description").and_then(Json::as_str))
}

/// The values that a place may have, with what they mean.
pub(super) fn values<'s>(schemas: &[&'s Json]) -> Vec<(String, Option<&'s str>)> {
    let mut found: Vec<(String, Option<&str>)> = Vec::new();
    let word = |value: &Json| match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(_) | Json::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    for schema in schemas {
        let about = schema.get("description").and_then(Json::as_str);
        if let Some(only) = schema.get("const").and_then(word) {
            found.push((only, about));
        }
        for value in schema.get("enum").and_then(Json::as_array).into_iter().flatten() {
            found.extend(word(value).map(|word| (word, about)));
        }
        let kinds = schema.get("type");
        if kinds
            .is_some_and(|kind| kind == "boolean" || kind.as_array().is_some_and(|all| all.contains(&"boolean".into())))
        {
            found.extend(["true", "false"].map(|word| (word.to_owned(), about)));
        }
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|(word, _)| seen.insert(word.clone()));
    found
}

/// The keys that may stand at a place, with what they are for.
pub(super) fn keys<'s>(root: &'s Json, schemas: &[&'s Json]) -> Vec<(&'s str, Option<&'s str>)> {
    let mut found: Vec<(&str, Option<&str>)> = Vec::new();
    for (key, schema) in schemas.iter().filter_map(|schema| schema.get("properties")?.as_object()).flatten() {
        if found.iter().all(|(known, _)| known != key) {
            found.push((key, description(&all(root, schema))));
        }
    }
    found
}
