//! Node types of a tenant's own, behind an HTTP contract: described by a file `NAME.node.yaml`, and from then on in the
//! catalog, the checks, the schema and the editor like every other. Their names begin with `x-`, so that no node type of
//! Offhook ever takes one of them.
//!
//! The contract: the address is sent `POST` with `{ type, node, session, channel, locale, params }` as JSON under an
//! `Idempotency-Key`; it answers `200` with `{ exit, result }`, both optional. Who may be reached, and how large an answer
//! may be, is the `http` service's to say. Reads no files.

mod description;

use crate::effect::{Happened, Tries, happened};
use description::Description;
use offhook_runtime::expr::{SECRET_CLOSE, SECRET_OPEN, strip_marks};
use offhook_runtime::flow_schemas::{Diagnostic, read_tree};
use offhook_runtime::params::{ValueExpr, VarRef};
use offhook_runtime::{About, Context, Exit, Fault, FlowExits, Map, Node, NodeType, Out, Signal, Step, Value};
use serde::de::Error as _;
use serde_json::{Value as Json, json};
use std::borrow::Cow;
use std::sync::Arc;

/// How the name of a tenant's own node type begins.
pub const PREFIX: &str = "x-";

/// A page of examples, performed by the tests.
pub const PAGE: &str = include_str!("custom/custom.yaml");

/// The service that makes requests.
const SERVICE: &str = "http";

/// The parameter that every own type has.
const SAVE: &str = "save";

/// Reads the text of a `NAME.node.yaml`. Without an error among the diagnostics there is a type.
pub fn read(name: &str, text: &[u8]) -> (Option<NodeType>, Vec<Diagnostic>) {
    let tree = match read_tree(name, text) {
        Ok(tree) => tree,
        Err(found) => return (None, found),
    };
    match Description::read(&tree) {
        Ok(description) => (Some(node_type(description, &String::from_utf8_lossy(text))), Vec::new()),
        Err(found) => (None, found),
    }
}

fn node_type(description: Description, page: &str) -> NodeType {
    let about = About {
        name: description.kind.as_str().into(),
        family: "extend".to_owned(),
        title: description.title.clone(),
        icon: description.icon.clone(),
        channels: description.channels(),
        kinds: description.kinds(),
    };
    let (docs, schema) = (description.description.clone(), description.schema());
    let contract = Arc::new(Contract {
        params: validator(&description.params),
        result: description.result.as_ref().and_then(validator),
        description,
    });
    NodeType::described(about, docs, schema, page.to_owned(), move |params| {
        let Json::Object(mut params) = params else { return Err(serde_json::Error::custom("no parameters")) };
        let save = params.remove(SAVE).map(serde_json::from_value).transpose()?;
        let params = params
            .into_iter()
            .map(|(name, handle)| Ok((name.into(), serde_json::from_value(handle)?)))
            .collect::<Result<_, serde_json::Error>>()?;
        Ok(Box::new(Custom { contract: contract.clone(), params, save }) as Box<dyn Node>)
    })
}

fn validator(schema: &Json) -> Option<jsonschema::Validator> {
    jsonschema::draft202012::new(schema).ok()
}

/// What all nodes of one own type share.
#[derive(Debug)]
struct Contract {
    description: Description,
    params: Option<jsonschema::Validator>,
    result: Option<jsonschema::Validator>,
}

/// A node of a tenant's own type.
#[derive(Debug)]
struct Custom {
    contract: Arc<Contract>,
    params: Vec<(Arc<str>, ValueExpr)>,
    save: Option<VarRef>,
}

impl Custom {
    fn request(&self, cx: &Context<'_>) -> Result<Value, Fault> {
        let description = &self.contract.description;
        let mut params = Map::new();
        for (name, default) in description.defaults() {
            params.insert(name.into(), Value::from_json(default));
        }
        for (name, value) in &self.params {
            params.insert(name.clone(), clean(cx.value(*value)?));
        }
        let params = Value::Map(params.into());
        check(&self.contract.params, &params, "custom.params", "a parameter does not fit: it breaks its schema")?;
        let headers = description.request.headers.iter();
        let headers = headers.map(|(name, value)| (name.to_lowercase(), Value::text(marked(value).as_ref())));
        Ok(Value::map([
            ("method", Value::text("POST")),
            ("url", Value::text(marked(&description.request.url).as_ref())),
            ("headers", Value::map(headers)),
            ("timeout_ms", Value::Int(i64::try_from(description.request.timeout.0).unwrap_or(i64::MAX))),
            (
                "json",
                Value::map([
                    ("type", Value::text(description.kind.as_str())),
                    ("node", Value::text(cx.node_id())),
                    ("session", Value::text(cx.session_id())),
                    ("channel", Value::text(cx.channel().as_str())),
                    ("locale", Value::text(cx.locale())),
                    ("params", params),
                ]),
            ),
        ]))
    }

    fn step(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Result<Step, Fault> {
        let description = &self.contract.description;
        let (flight, what) = happened(signal, SERVICE, cx);
        let tries: Tries = description.retry.tries();
        match what {
            Happened::Send => {
                let request = self.request(cx)?;
                Ok(flight.send(SERVICE, request, description.request.timeout.0, cx))
            }
            Happened::Answer(answer) => match self.answered(answer, cx) {
                Ok(step) => Ok(step),
                Err((fault, passing)) => Ok(flight.fail(fault, passing, tries, cx)),
            },
            Happened::Failure(fault) => {
                let passing = matches!(&*fault.code, "http.timeout" | "http.network");
                Ok(flight.fail(fault, passing, tries, cx))
            }
            Happened::Foreign => Ok(Step::Pass),
        }
    }

    /// Takes an answer; a failure comes with whether another attempt is worth it.
    fn answered(&self, answer: &Value, cx: &mut Context<'_>) -> Result<Step, (Fault, bool)> {
        let description = &self.contract.description;
        let status = answer.get("status").and_then(Value::as_int).unwrap_or_default();
        let body = answer.get("json").cloned().unwrap_or_default();
        if !(200..300).contains(&status) {
            let mut fault = Fault::new("custom.status", format!("{} answered {status}", description.kind));
            fault.detail = Value::map([("status", Value::Int(status)), ("body", body)]);
            return Err((fault, status == 429 || status >= 500));
        }
        let final_fault = |fault| (fault, false);
        if body.as_map().is_none() && status != 204 {
            return Err(final_fault(Fault::new("custom.answer", "the answer is no JSON object")));
        }
        let exit = body.get("exit").and_then(Value::as_text).unwrap_or("next");
        if exit != "next" && !description.exits.iter().any(|known| known == exit) {
            let message = format!("{} answered with an exit that it does not declare", description.kind);
            return Err(final_fault(Fault::new("custom.exit", message)));
        }
        let result = body.get("result").cloned().unwrap_or_default();
        // Another exit may have nothing to tell.
        if !result.is_null() || exit == "next" {
            let told = "the result does not fit: it breaks its schema";
            check(&self.contract.result, &result, "custom.result", told).map_err(final_fault)?;
        }
        cx.result(result.clone());
        let step = match exit {
            "next" => Step::NEXT,
            own => Step::Go(Out::Named(Cow::Owned(own.to_owned()))),
        };
        if let Some(save) = self.save {
            cx.set(save, result).map_err(final_fault)?;
        }
        Ok(step)
    }
}

/// Holds a value against a schema. What the value is stays out of the sentence: it may be nobody's business.
fn check(
    validator: &Option<jsonschema::Validator>,
    value: &Value,
    code: &'static str,
    told: &str,
) -> Result<(), Fault> {
    let Some(validator) = validator else { return Ok(()) };
    validator.validate(&value.to_json()).map_err(|error| {
        let at = error.instance_path().to_string();
        Fault::new(code, format!("{told} at `{at}`"))
    })
}

impl Node for Custom {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        let own = self.contract.description.exits.iter().map(Exit::named);
        std::iter::once(Exit::named("next")).chain(own).chain([Exit::named("error")]).collect()
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        self.step(signal, cx).unwrap_or_else(Step::Fault)
    }

    fn waits(&self) -> bool {
        true
    }
}

/// The text with the mark of a secret in place of each `{{ secrets.NAME }}`; the service that makes the request puts the
/// secret in.
fn marked(text: &str) -> Cow<'_, str> {
    if !text.contains("{{") {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((inside, after)) = after.split_once("}}") else { break };
        out.push_str(before);
        let name = inside.trim().strip_prefix("secrets.").unwrap_or_default();
        out.push(SECRET_OPEN);
        out.push_str(name);
        out.push(SECRET_CLOSE);
        rest = after;
    }
    out.push_str(rest);
    out.into()
}

/// A value without marks of secrets: it stands beside texts in which marks become secrets.
fn clean(value: Value) -> Value {
    match value {
        Value::Text(text) => Value::text(strip_marks(&text).as_ref()),
        Value::List(items) => Value::list(items.iter().cloned().map(clean)),
        Value::Map(map) => {
            Value::map(map.iter().map(|(key, value)| (strip_marks(key).into_owned(), clean(value.clone()))))
        }
        plain => plain,
    }
}

/// The secrets that a text names, and what stands in braces without being one.
fn secrets(text: &str) -> (Vec<&str>, bool) {
    let mut names = Vec::new();
    let mut odd = text.contains("{%");
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("{{") {
        let Some((inside, after)) = after.split_once("}}") else { return (names, true) };
        match inside.trim().strip_prefix("secrets.") {
            Some(name) => names.push(name),
            None => odd = true,
        }
        rest = after;
    }
    (names, odd)
}

/// A schema under which a text that is worked out when the node runs fits anywhere; constants must fit now.
fn relaxed(schema: &Json) -> Json {
    let Json::Object(map) = schema else { return schema.clone() };
    let mut map = map.clone();
    for (key, value) in map.iter_mut() {
        match (key.as_str(), value) {
            ("properties" | "$defs" | "patternProperties", Json::Object(inner)) => {
                inner.values_mut().for_each(|inner| *inner = relaxed(inner));
            }
            ("items" | "additionalProperties" | "contains", inner) => *inner = relaxed(inner),
            ("anyOf" | "oneOf" | "allOf" | "prefixItems", Json::Array(inner)) => {
                inner.iter_mut().for_each(|inner| *inner = relaxed(inner));
            }
            _ => {}
        }
    }
    json!({ "if": { "type": "string", "pattern": "^=|\\{\\{|\\{%" }, "then": true, "else": map })
}
