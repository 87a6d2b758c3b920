//! Whether what came is what is written. What a vector does not write of a command is not compared; commands themselves
//! are compared one by one, none more and none less.

use offhook_runtime::{Command, Value};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};
use std::str::FromStr;

/// Whether a value is the one that is written. A decimal is written as a number with a fraction, which compares by
/// number, or as `{ $decimal: "2.50" }`, which compares by digits.
pub fn same(actual: &Value, expected: &Json) -> bool {
    same_json(&serde_json::to_value(actual).expect("a value is plain data"), expected)
}

fn same_json(actual: &Json, expected: &Json) -> bool {
    match (actual, expected) {
        (Json::Object(map), Json::Number(number)) => {
            let digits = map.get("$decimal").and_then(Json::as_str);
            let written = Decimal::from_str(&number.to_string());
            !number.is_i64() && digits.is_some_and(|digits| Decimal::from_str(digits) == written)
        }
        (Json::Array(actual), Json::Array(expected)) => {
            actual.len() == expected.len() && actual.iter().zip(expected).all(|(a, b)| same_json(a, b))
        }
        (Json::Object(actual), Json::Object(expected)) => {
            actual.len() == expected.len()
                && expected.iter().all(|(key, value)| actual.get(key).is_some_and(|actual| same_json(actual, value)))
        }
        (actual, expected) => actual == expected,
    }
}

/// A command with the fields that are left out where they hold their defaults.
fn whole(command: &Command) -> (String, Json) {
    let json = serde_json::to_value(command).expect("a command is plain data");
    let (name, fields) = json.as_object().and_then(|map| map.iter().next()).expect("a command has a name");
    let mut all = match name.as_str() {
        "say" => json!({ "barge_in": true, "early": false }),
        "listen" => json!({ "choices": [], "max_keys": 0, "expects": "", "sensitive": false }),
        "record" => json!({ "silence_ms": 0, "terminators": "", "beep": false }),
        "note" => json!({ "data": null }),
        _ => json!({}),
    };
    for (key, value) in fields.as_object().into_iter().flatten() {
        all[key] = value.clone();
    }
    (name.clone(), all)
}

/// The field that stands for the whole command in the short form.
fn short(name: &str) -> &'static str {
    match name {
        "say" => "parts",
        "call" => "service",
        "connect" => "to",
        "note" => "name",
        "end" => "reason",
        _ => "id",
    }
}

/// Whether a command is the one that is written.
pub fn meets(command: &Command, expected: &Json) -> bool {
    let (name, actual) = whole(command);
    if let Json::String(word) = expected {
        return *word == name;
    }
    let Some((word, fields)) = expected.as_object().filter(|map| map.len() == 1).and_then(|map| map.iter().next())
    else {
        return false;
    };
    if *word != name {
        return false;
    }
    match fields {
        Json::String(text) if name == "say" => actual["parts"] == json!([{ "text": text }]),
        Json::String(text) => actual[short(&name)] == **text,
        Json::Object(fields) => fields.iter().all(|(key, value)| match (key.as_str(), value) {
            // Choices by their ids.
            ("choices", Json::Array(ids)) if ids.iter().all(Json::is_string) => {
                let choices = actual["choices"].as_array().cloned().unwrap_or_default();
                choices.iter().map(|choice| choice["id"].clone()).eq(ids.iter().cloned())
            }
            _ => actual.get(key).is_some_and(|actual| same_json(actual, value)),
        }),
        _ => false,
    }
}
