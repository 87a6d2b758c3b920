//! Flows of random nodes, made from the schemas of their parameters: a new node type is in them without a line here.

use super::source;
use arbitrary::{Result, Unstructured};
use offhook_flow_schemas::Document;
use offhook_runtime::{Catalog, FlowSource, Limits, Program, compile};
use serde_json::{Map, Value as Json, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a flow was made of.
pub struct Made {
    /// The types of its nodes, those that did not fit taken out.
    pub kinds: BTreeSet<String>,
}

/// A variable and its default.
type Variable = (&'static str, fn() -> Json);

/// The variables of every flow.
pub const VARS: &[Variable] = &[
    ("n", || json!(3)),
    ("s", || json!("abc")),
    ("l", || json!([1, "b", 2.5])),
    ("m", || json!({ "a": 1, "b": { "c": "d" } })),
    ("z", || json!(null)),
];

const EXPRESSIONS: &[&str] = &[
    "true",
    "n > 1",
    "n",
    "s + n",
    "l[0]",
    "m.b.c",
    "z.x.y",
    "1 / (n - 3)",
    "l.filter(|x| x == 1)",
    "len(l)",
    "now()",
    "random(1, 6)",
    "last.result",
    "last.error.code",
    "contact.attributes",
    "range(0, 50)",
    "[l, l, m]",
    "`5s`",
    "session.turn",
    "inputs",
    "n + 9223372036854775807",
    "pad_left(s, 3000, 'x')",
    "if n > 2 { 'a' } else { 'b' }",
];

const SCRIPTS: &[&str] = &[
    "n += 1",
    "s += s",
    "l.push(n)",
    "m.x = l",
    "while true { n += 1 }",
    "n = 1 / 0",
    "z = last.result; z",
    "throw #{ code: 'own', message: 'x' }",
    "let t = 0; for i in 0..100 { t += i } n = t",
    "fn f(x) { f(x) } f(1)",
    "for i in 0..20 { l += l }",
    "n = [1]",
    "l = [l, l, l]; l",
];

const TEMPLATES: &[&str] = &[
    "Hello",
    "{{ n }}",
    "{{ s | upper }} {{ l }}",
    "{% for x in l %}{{ x }}{% endfor %}",
    "{{ z.x }}",
    "{{ 1 / n }}",
    "{{ last.result }}",
    "",
    "  ",
    "{% if n > 3 %}more{% else %}less{% endif %}",
    "https://example.org/{{ s }}",
    "ñ🙂",
    "{% for a in l %}{% for b in l %}{{ s }}{% endfor %}{% endfor %}",
    "{{ m }}",
    "{{ n | round }}",
    "{{ s | round }}",
];

const WORDS: &[&str] = &[
    "one",
    "two",
    "yes",
    "a-b",
    "1",
    "12",
    "#",
    "*",
    "x",
    "09:00",
    "5s",
    "2026-11-23",
    "mon-fri",
    "09:00-17:00",
    "GET",
    "a@b.cd",
];

const STATEMENTS: &[&str] =
    &["SELECT 1", "SELECT name FROM t WHERE id = 7", "SELECT ':no' -- :none", "SELECT :x", "SELECT 1; SELECT 2"];

const DURATIONS: &[&str] = &["0s", "1ms", "3s", "5s", "1m", "2h", "3d"];

/// Nodes of one flow.
const NODES: usize = 8;

/// How deep parameters nest before only what is required is made.
const DEPTH: usize = 5;

struct Generator<'b, 'd> {
    bytes: &'b mut Unstructured<'d>,
    targets: Vec<String>,
}

/// A program that runs, or nothing when what was made does not.
pub fn program(bytes: &mut Unstructured<'_>, catalog: &Catalog, limits: &Limits) -> Result<Option<(Program, Made)>> {
    let Some((flow, program)) = first(bytes, catalog, limits)? else { return Ok(None) };
    let kinds = flow["nodes"].as_object().into_iter().flat_map(Map::values);
    let kinds = kinds.map(|node| node["type"].as_str().unwrap_or_default().to_owned()).collect();
    Ok(Some((program, Made { kinds })))
}

/// Two versions of a flow that run, and the document of the second; or nothing when what was made does not.
pub fn versions(
    bytes: &mut Unstructured<'_>,
    catalog: &Catalog,
    limits: &Limits,
) -> Result<Option<(Program, Program, Arc<Document>)>> {
    let Some((flow, old)) = first(bytes, catalog, limits)? else { return Ok(None) };
    let ids: Vec<String> = flow["nodes"].as_object().into_iter().flat_map(Map::keys).cloned().collect();
    let mut generator = Generator { bytes, targets: targets(&ids) };
    let mut flow = flow;
    for id in &ids {
        match generator.bytes.int_in_range(0..=9)? {
            // Another node in its place, of any type.
            0 | 1 => {
                let kind = generator.bytes.choose(catalog.types())?;
                let mut node = generator.value(&kind.schema, &kind.schema, 0)?;
                node["type"] = kind.meta.name.to_string().into();
                flow["nodes"][id] = node;
            }
            // The same node, otherwise worded.
            2 | 3 if flow["nodes"][id]["text"].is_string() => flow["nodes"][id]["text"] = generator.word(TEMPLATES)?,
            // The same node under another id.
            4 => {
                let text = flow.to_string().replace(&format!("\"{id}\""), &format!("\"{id}r\""));
                flow = serde_json::from_str(&text).expect("an id is in the place of an id");
            }
            _ => {}
        }
    }
    if generator.bytes.ratio(1, 4)? {
        let kind = generator.word(&["string", "list", "any", "int"])?;
        flow["vars"]["n"] = json!({ "type": kind });
    }
    let renamed: Vec<String> = flow["nodes"].as_object().into_iter().flat_map(Map::keys).cloned().collect();
    generator.rules(&mut flow, &ids, &renamed)?;
    generator.targets = targets(&renamed);
    let Some((flow, new)) = fitted(flow, &renamed, &mut generator, catalog, limits)? else { return Ok(None) };
    let document = source(&flow).expect("it was compiled").document;
    Ok(Some((old, new, document)))
}

fn targets(ids: &[String]) -> Vec<String> {
    ids.iter().cloned().chain(["end", "hangup", "return"].map(str::to_owned)).collect()
}

/// A flow of random nodes that runs.
fn first(bytes: &mut Unstructured<'_>, catalog: &Catalog, limits: &Limits) -> Result<Option<(Json, Program)>> {
    let count = bytes.int_in_range(2..=NODES)?;
    let ids: Vec<String> = (0..count).map(|index| format!("n{index}")).collect();
    let mut generator = Generator { bytes, targets: targets(&ids) };
    let mut nodes = Map::new();
    for id in &ids {
        let kind = generator.bytes.choose(catalog.types())?;
        let mut node = generator.value(&kind.schema, &kind.schema, 0)?;
        node["type"] = kind.meta.name.to_string().into();
        nodes.insert(id.clone(), node);
    }
    let mut flow = json!({
        "offhook": 1, "id": "t", "kind": generator.bytes.choose(&["ivr", "chatbot", "routing", "outbound"])?,
        "locales": ["en-US", "es-ES"], "start": "n0",
        "vars": VARS.iter().map(|(name, value)| ((*name).to_owned(), json!({ "type": if *name == "n" { "int" } else { "any" }, "default": value() }))).collect::<Map<_, _>>(),
        "secrets": ["KEY"], "nodes": nodes,
    });
    generator.interrupts(&mut flow)?;
    fitted(flow, &ids, &mut generator, catalog, limits)
}

/// The flow as it runs: what is not wired is wired, and nodes that do not fit are others.
fn fitted(
    mut flow: Json,
    ids: &[String],
    generator: &mut Generator<'_, '_>,
    catalog: &Catalog,
    limits: &Limits,
) -> Result<Option<(Json, Program)>> {
    let sub = json!({
        "offhook": 1, "id": "sub", "kind": "library", "start": "q", "outputs": { "a": { "type": "any" } },
        "nodes": { "q": { "type": "listen", "text": "Sub?", "next": "r", "exits": { "no_input": "r" } }, "r": { "type": "return", "outputs": { "a": 1 } } },
    });
    let Some(sub) = source(&sub) else { return Ok(None) };
    // First without ways out, to learn which there are; then wired; then without the nodes that still do not fit.
    for round in 0..5 {
        let Some(read) = source(&flow) else { return Ok(None) };
        let compiled = compile(&[read, FlowSource { ..sub.clone() }], catalog, limits);
        if round > 0 && !compiled.has_errors() {
            return Ok(compiled.program("t").map(|program| (flow, program)));
        }
        let broken: BTreeSet<&String> =
            compiled.diagnostics.iter().filter(|one| one.is_error()).filter_map(|one| one.node.as_ref()).collect();
        for id in ids {
            // A way out that is missing is no fault of the node.
            if broken.contains(id) && round != 0 {
                flow["nodes"][id] = json!({ "type": "listen", "next": "end", "exits": { "no_input": "end" } });
            }
        }
        if round == 0 {
            for (id, facts) in compiled.facts("t").into_iter().flatten() {
                let inline: BTreeSet<&str> =
                    facts.exits.iter().filter(|exit| exit.target.is_some()).map(|exit| exit.name.as_str()).collect();
                for exit in facts.exits.iter().filter(|exit| !inline.contains(exit.name.as_str())) {
                    let target = generator.target()?;
                    match exit.name.as_str() {
                        "next" => flow["nodes"][id]["next"] = target,
                        name if generator.bytes.ratio(3, 4)? => flow["nodes"][id]["exits"][name] = target,
                        _ => {}
                    }
                }
            }
        }
    }
    Ok(None)
}

impl Generator<'_, '_> {
    fn target(&mut self) -> Result<Json> {
        Ok(Json::String(self.bytes.choose(&self.targets)?.clone()))
    }

    fn interrupts(&mut self, flow: &mut Json) -> Result<()> {
        let mut interrupts = Map::new();
        for key in ["hangup", "error"] {
            if self.bytes.ratio(1, 2)? {
                interrupts.insert(key.to_owned(), self.target()?);
            }
        }
        if self.bytes.ratio(1, 2)? {
            let after = *self.bytes.choose(&["1s", "10s", "1h"])?;
            interrupts.insert("no_activity".to_owned(), json!({ "after": after, "next": self.target()? }));
        }
        if self.bytes.ratio(1, 2)? {
            interrupts.insert("phrases".to_owned(), json!([{ "any": ["agent", "stop"], "next": self.target()? }]));
        }
        flow["interrupts"] = Json::Object(interrupts);
        Ok(())
    }

    /// Rules for conversations of another version, some of which name what is not there.
    fn rules(&mut self, flow: &mut Json, old: &[String], new: &[String]) -> Result<()> {
        let (mut nodes, mut finish, mut vars) = (Map::new(), Vec::new(), Map::new());
        for id in old {
            match self.bytes.int_in_range(0..=5)? {
                0 => finish.push(id.clone()),
                1 | 2 => drop(nodes.insert(id.clone(), Json::String(self.bytes.choose(new)?.clone()))),
                _ => {}
            }
        }
        for (name, _) in VARS {
            if self.bytes.ratio(1, 4)? {
                vars.insert((*name).to_owned(), if self.bytes.arbitrary()? { self.expression()? } else { json!(7) });
            }
        }
        flow["migrate"] = match self.bytes.int_in_range(0..=9)? {
            0 => return Ok(()),
            1 => json!("finish"),
            2 => json!({ "nodes": nodes, "others": "finish" }),
            3 => json!({}),
            _ => json!({ "nodes": nodes, "finish": finish, "vars": vars }),
        };
        Ok(())
    }

    fn word(&mut self, words: &[&str]) -> Result<Json> {
        Ok(Json::String((*self.bytes.choose(words)?).to_owned()))
    }

    /// A word that a pattern allows, where one does.
    fn matching(&mut self, pattern: &Json) -> Result<Json> {
        thread_local! {
            static KNOWN: RefCell<BTreeMap<String, Vec<&'static str>>> = const { RefCell::new(BTreeMap::new()) };
        }
        let Some(pattern) = pattern.as_str() else { return self.word(WORDS) };
        let words = KNOWN.with_borrow_mut(|known| {
            let fits = |word: &&&str| jsonschema::is_valid(&json!({ "pattern": pattern }), &json!(word));
            known.entry(pattern.to_owned()).or_insert_with(|| WORDS.iter().filter(fits).copied().collect()).clone()
        });
        self.word(if words.is_empty() { WORDS } else { &words })
    }

    fn expression(&mut self) -> Result<Json> {
        Ok(Json::String(format!("= {}", self.bytes.choose(EXPRESSIONS)?)))
    }

    /// A value that a schema allows, or nearly so.
    fn value(&mut self, root: &Json, schema: &Json, depth: usize) -> Result<Json> {
        if let Some(target) = schema["$ref"].as_str().and_then(|pointer| root.pointer(pointer.strip_prefix('#')?)) {
            return self.value(root, target, depth);
        }
        match schema["format"].as_str().unwrap_or_default() {
            "expression" => return self.word(EXPRESSIONS),
            "script" => return self.word(SCRIPTS),
            "sql" => return self.word(STATEMENTS),
            "template" | "template-secret" => return self.word(TEMPLATES),
            "prompt" => {
                let text = self.word(TEMPLATES)?;
                return Ok(match self.bytes.int_in_range(0..=5)? {
                    0 => {
                        json!([{ "text": text }, { "value": self.expression()?, "as": "number" }, { "audio": "a.wav" }])
                    }
                    1 => json!({ "voice": text, "default": self.word(TEMPLATES)? }),
                    _ => text,
                });
            }
            "value" | "value-secret" => {
                return Ok(match self.bytes.int_in_range(0..=3)? {
                    0 => self.expression()?,
                    1 => self.word(TEMPLATES)?,
                    2 => json!({ "a": self.expression()?, "b": [1] }),
                    _ => json!(self.bytes.int_in_range(-5..=500)?),
                });
            }
            "phrases" => return Ok(json!([self.word(WORDS)?, self.word(WORDS)?])),
            "variable" => return Ok(json!(self.bytes.choose(&["n", "s", "l", "m", "z", "m.a", "z.new"])?)),
            "flow" => return Ok(json!("sub")),
            "target" => return self.target(),
            "duration" => return self.word(DURATIONS),
            "date" => return self.word(&["2026-11-23", "2026-12-25"]),
            "json-schema" => return Ok(json!({})),
            _ => {}
        }
        if let Some(constant) = schema.get("const") {
            return Ok(constant.clone());
        }
        if let Some(words) = schema["enum"].as_array() {
            return Ok(self.bytes.choose(words)?.clone());
        }
        for alternatives in ["anyOf", "oneOf"] {
            if let Some(some) = schema[alternatives].as_array() {
                let one = self.bytes.choose(some)?;
                return self.value(root, one, depth + 1);
            }
        }
        let kind = match &schema["type"] {
            Json::Array(kinds) => self.bytes.choose(kinds)?.as_str().unwrap_or_default().to_owned(),
            kind => kind.as_str().unwrap_or_default().to_owned(),
        };
        Ok(match kind.as_str() {
            "object" => return self.object(root, schema, depth),
            "array" => {
                let least = schema["minItems"].as_u64().unwrap_or(0);
                let mut items = Vec::new();
                for _ in 0..self.bytes.int_in_range(least.max(1)..=3.max(least))? {
                    items.push(self.value(root, &schema["items"], depth + 1)?);
                }
                Json::Array(items)
            }
            "boolean" => json!(self.bytes.arbitrary::<bool>()?),
            "integer" | "number" => {
                let least = schema["minimum"].as_i64().unwrap_or(0);
                let most = schema["maximum"].as_i64().unwrap_or(5).max(least);
                json!(self.bytes.int_in_range(least..=most.min(least + 20))?)
            }
            "string" => match schema["examples"].as_array() {
                Some(examples) => self.bytes.choose(examples)?.clone(),
                None => self.matching(&schema["pattern"])?,
            },
            "null" => Json::Null,
            _ if schema["properties"].is_object() => return self.object(root, schema, depth),
            _ => self.expression()?,
        })
    }

    fn object(&mut self, root: &Json, schema: &Json, depth: usize) -> Result<Json> {
        let mut map = Map::new();
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
        for (key, property) in schema["properties"].as_object().into_iter().flatten() {
            if required.contains(&key.as_str()) || (depth < DEPTH && self.bytes.ratio(1, 3)?) {
                map.insert(key.clone(), self.value(root, property, depth + 1)?);
            }
        }
        if schema["additionalProperties"].is_object() && schema["properties"].as_object().is_none_or(Map::is_empty) {
            for _ in 0..self.bytes.int_in_range(0..=2)? {
                let names = &schema["propertyNames"];
                let key = match names["format"].as_str() {
                    Some("variable") => self.word(&["n", "s", "l", "m", "z"])?,
                    _ if names["pattern"].is_string() => self.matching(&names["pattern"])?,
                    _ => self.word(&["a", "b"])?,
                };
                let key = key.as_str().unwrap_or_default().to_owned();
                map.insert(key, self.value(root, &schema["additionalProperties"], depth + 1)?);
            }
        }
        Ok(Json::Object(map))
    }
}
