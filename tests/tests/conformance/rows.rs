//! Tables: each row is a small flow of one form. `tests/conformance/README.md` writes these forms out, so that another
//! implementation can make the same flows of them.

use crate::vector::{Kind, plain};
use serde_json::{Map, Value as Json, json};

/// The tables there are.
const TABLES: [&str; 5] = ["expressions", "templates", "values", "answers", "spoken"];

/// The table of a case, and its rows.
pub fn table(case: &Json) -> Option<(&'static str, Vec<Json>)> {
    TABLES.into_iter().find_map(|name| Some((name, case.get(name)?.as_array()?.clone())))
}

fn text(row: &Json, key: &str) -> Result<String, String> {
    row[key].as_str().map(str::to_owned).ok_or_else(|| format!("a row has no `{key}`: {row}"))
}

/// The key of a row, which names it, and its vector.
pub fn vector(table: &str, case: &Json, row: &Json) -> Result<(String, Kind), String> {
    match table {
        "expressions" => {
            let source = text(row, "eval")?;
            Ok((source.clone(), yields(case, row, json!(format!("= {source}")))))
        }
        "templates" => {
            let source = text(row, "render")?;
            Ok((source.clone(), yields(case, row, json!(source))))
        }
        "values" => {
            let mut decl = json!({ "type": text(row, "type")? });
            for key in ["currency", "schema"] {
                if let Some(value) = row.get(key) {
                    decl[key] = value.clone();
                }
            }
            let given = row.get("given").ok_or("a row has no `given`")?.clone();
            let key = format!("{given} as {}", decl["type"].as_str().unwrap_or_default());
            let flow = json!({ "vars": { "out": decl }, "nodes": set(given) });
            Ok((key, outcome(&flow, row)))
        }
        "answers" => answers(case, row),
        _ => spoken(row),
    }
}

/// A node that puts something in `out`, and one for what goes wrong.
fn set(value: Json) -> Json {
    json!({
        "row": { "type": "set", "values": { "out": value }, "next": "end", "exits": { "error": "wrong" } },
        "wrong": { "type": "end", "reason": "wrong" },
    })
}

/// What a value or text comes to, over the variables of the table and of the row.
fn yields(case: &Json, row: &Json, value: Json) -> Kind {
    let mut vars = json!({ "out": { "type": "any" } });
    for given in [&case["vars"], &row["vars"]] {
        for (name, value) in given.as_object().into_iter().flatten() {
            vars[name] = json!({ "type": "any", "default": value });
        }
    }
    let mut flow = json!({ "vars": vars, "nodes": set(value) });
    if let Some(inputs) = case.get("inputs") {
        flow["inputs"] = inputs.clone();
    }
    if row.get("refused").is_some() {
        let found = row["refused"].as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned);
        let flow = crate::vector::flow(&flow, 0).to_string();
        let (documents, found) = (vec![flow], found.collect());
        return Kind::Document { documents, texts: Map::new(), types: Vec::new(), found, hints: Vec::new() };
    }
    outcome(&flow, row)
}

fn outcome(flow: &Json, row: &Json) -> Kind {
    let step = match row.get("fault") {
        Some(code) => json!({
            "out": [{ "end": "wrong" }], "via": ["row.error"], "end": "wrong", "vars": { "last.error.code": code, "out": null },
        }),
        None => json!({
            "out": [{ "end": "completed" }], "via": ["row.next"], "end": "completed", "vars": { "out": row["is"] },
        }),
    };
    plain(flow, json!({}), vec![step])
}

/// What a contact's answer comes to. Words are written in a chat; keys are pressed on a call and end with `#`.
fn answers(case: &Json, row: &Json) -> Result<(String, Kind), String> {
    let expects = text(row, "expects")?;
    let locale = row["locale"].as_str().or(case["locale"].as_str()).unwrap_or("en-US");
    let flow = json!({
        "locales": [locale],
        "vars": { "out": { "type": "any" } },
        "nodes": {
            "row": {
                "type": "ask", "text": "?", "expects": expects, "save": "out", "retries": 0,
                "next": "end", "exits": { "no_match": "none", "no_input": "none", "error": "none" },
            },
            "none": { "type": "end", "reason": "none" },
        },
    });
    let (key, channel, event) = match (row["said"].as_str(), row["keys"].as_str()) {
        (Some(said), _) => (said, "webchat", json!({ "text": said })),
        (_, Some(keys)) => (keys, "voice", json!({ "keys": format!("{keys}#") })),
        _ => return Err(format!("a row has neither `said` nor `keys`: {row}")),
    };
    let end = match row.get("is") {
        Some(is) => json!({ "on": event, "out": [{ "end": "completed" }], "end": "completed", "vars": { "out": is } }),
        None => json!({ "on": event, "out": [{ "end": "none" }], "end": "none", "via": ["row.no_match"] }),
    };
    let begin = json!({ "out": [{ "say": "?" }, "listen"] });
    let kind = plain(&flow, json!({ "channel": channel }), vec![begin, end]);
    Ok((format!("{expects} of {key:?} in {locale}"), kind))
}

/// What is said of a value.
fn spoken(row: &Json) -> Result<(String, Kind), String> {
    let (as_, locale) = (text(row, "as")?, text(row, "locale")?);
    let channel = row["channel"].as_str().unwrap_or("voice");
    let value = row.get("value").ok_or("a row has no `value`")?;
    let mut part = json!({ "value": value, "as": as_ });
    if let Some(currency) = row.get("currency") {
        part["currency"] = currency.clone();
    }
    let nodes = json!({ "row": { "type": "say", "text": [part], "next": "end" } });
    let flow = json!({ "locales": [locale], "nodes": nodes });
    let step = json!({ "out": [{ "say": row["is"] }, { "end": "completed" }], "end": "completed" });
    let kind = plain(&flow, json!({ "channel": channel }), vec![step]);
    Ok((format!("{value} as {as_}, {channel}, {locale}"), kind))
}
