//! Vectors as they stand in the files: short forms are written out, tables become one vector a row.

use crate::rows;
use serde_json::{Map, Value as Json, json};

/// One vector: a flow, what happens, and what must come of it.
#[derive(Clone, Debug)]
pub struct Vector {
    /// Its name, unique in the kit.
    pub name: String,
    /// The rules that it tests.
    pub rules: Vec<String>,
    /// What it shows.
    pub about: String,
    /// What it holds.
    pub kind: Kind,
}

/// What a vector holds.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A conversation.
    Talk {
        /// The flows; the first is the entry.
        flows: Vec<Json>,
        /// Other versions of them, to which the session may be moved.
        versions: Vec<Vec<Json>>,
        /// Texts of the entry in other locales.
        texts: Map<String, Json>,
        /// Descriptions of node types of the tenant's own.
        types: Vec<Json>,
        /// The start event's fields.
        start: Json,
        /// When it starts.
        at: String,
        /// What happens, and what must come of it.
        steps: Vec<Json>,
    },
    /// A document and the codes of the diagnostics that it must bring.
    Document {
        /// Documents as text, or flows as data.
        documents: Vec<String>,
        /// Texts of the entry in other locales.
        texts: Map<String, Json>,
        /// Descriptions of node types of the tenant's own.
        types: Vec<Json>,
        /// The codes of all errors and warnings, sorted.
        found: Vec<String>,
        /// Hints that must be among the others.
        hints: Vec<String>,
    },
}

/// The moment at which a vector starts that does not say.
const START: &str = "2026-11-23T09:00:00Z";

impl Vector {
    /// All but its name and sentence, to find two that are the same.
    pub fn fingerprint(&self) -> String {
        format!("{:?}", self.kind)
    }
}

/// A flow with what every flow must have.
pub fn flow(json: &Json, index: usize) -> Json {
    let mut flow = json!({
        "offhook": 1,
        "id": if index == 0 { "t".to_owned() } else { format!("t{index}") },
        "kind": "ivr",
    });
    let first = json["nodes"].as_object().and_then(|nodes| nodes.keys().next()).cloned();
    if let Some(first) = first {
        flow["start"] = first.into();
    }
    for (key, value) in json.as_object().into_iter().flatten() {
        flow[key] = value.clone();
    }
    flow
}

/// One other version: a flow, or several that are compiled together.
fn version(json: &Json) -> Vec<Json> {
    let list = json.as_array().cloned().unwrap_or_else(|| vec![json.clone()]);
    list.iter().enumerate().map(|(index, json)| flow(json, index)).collect()
}

fn strings(json: &Json) -> Vec<String> {
    json.as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect()
}

/// The vectors of a case: one, or one a row of its table.
pub fn read(case: &Json) -> Result<Vec<Vector>, String> {
    let name = case["name"].as_str().ok_or("a case has no name")?.to_owned();
    let rules = strings(&case["rules"]);
    let about = case["about"].as_str().unwrap_or_default().to_owned();
    if let Some((table, rows)) = rows::table(case) {
        return rows
            .iter()
            .map(|row| {
                let rules = if row["rules"].is_array() { strings(&row["rules"]) } else { rules.clone() };
                let (key, kind) = rows::vector(table, case, row).map_err(|why| format!("{name}: {why}"))?;
                let about = row["why"].as_str().unwrap_or(&about).to_owned();
                Ok(Vector { name: format!("{name}: {key}"), rules, about, kind })
            })
            .collect();
    }
    let texts = case["texts"].as_object().cloned().unwrap_or_default();
    let types = case["types"].as_array().cloned().unwrap_or_default();
    let flows = || -> Vec<Json> {
        let list = match &case["flows"] {
            Json::Array(flows) => flows.clone(),
            _ => vec![case["flow"].clone()],
        };
        list.iter().enumerate().map(|(index, json)| flow(json, index)).collect()
    };
    let kind = if case.get("found").is_some() {
        let documents = match case["document"].as_str() {
            Some(text) => vec![text.to_owned()],
            None => flows().iter().map(Json::to_string).collect(),
        };
        Kind::Document { documents, texts, types, found: strings(&case["found"]), hints: strings(&case["hints"]) }
    } else {
        let steps = case["talk"].as_array().cloned().ok_or_else(|| format!("{name} has neither `talk` nor `found`"))?;
        Kind::Talk {
            flows: match case["document"].as_str() {
                Some(text) => vec![Json::String(text.to_owned())],
                None => flows(),
            },
            versions: case["versions"].as_array().into_iter().flatten().map(version).collect(),
            texts,
            types,
            start: case.get("start").cloned().unwrap_or_else(|| json!({})),
            at: case["at"].as_str().unwrap_or(START).to_owned(),
            steps,
        }
    };
    Ok(vec![Vector { name, rules, about, kind }])
}

/// A conversation of one flow that needs nothing to happen.
pub fn plain(flow_json: &Json, start: Json, steps: Vec<Json>) -> Kind {
    let (texts, types) = (Map::new(), Vec::new());
    let versions = Vec::new();
    Kind::Talk { flows: vec![flow(flow_json, 0)], versions, texts, types, start, at: START.to_owned(), steps }
}
