//! `contact`: reads and writes what is known of the contact for good.

use crate::assignments::Assignments;
use crate::effect::{Happened, Retry, happened};
use offhook_runtime::params::{Millis, ValueExpr};
use offhook_runtime::{
    Context, Exit, Facts, Fault, FlowExits, Map, Meta, Node, NodeType, Signal, Step, Value, Write, Written,
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

const META: Meta =
    Meta { name: "contact", family: "data", title: "Contact", icon: "contact", channels: &[], kinds: &[] };

/// The service that keeps contacts.
const SERVICE: &str = "contact";

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<ContactData>(META, include_str!("contact.yaml"))
}

/// Reads and writes lasting attributes of the contact: what this conversation writes, the next one reads.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ContactData {
    /// Variables, each with the attribute that it takes.
    #[serde(default)]
    read: Assignments<String>,
    /// The values to write, by attribute. Written before anything is read.
    #[serde(default)]
    write: BTreeMap<String, ValueExpr>,
    /// How long the answer may take.
    #[serde(default = "five_seconds")]
    #[schemars(extend("default" = "5s"))]
    timeout: Millis,
    /// Whether it is tried again when it fails.
    #[serde(default)]
    #[schemars(extend("default" = {}))]
    retry: Retry,
}

fn five_seconds() -> Millis {
    Millis(5_000)
}

impl ContactData {
    fn request(&self, cx: &Context<'_>) -> Result<Value, Fault> {
        let mut write = Map::new();
        for (attribute, value) in &self.write {
            write.insert(attribute.as_str().into(), cx.value(*value)?);
        }
        // What was written is read back, so that the conversation goes on with what is really stored.
        let read = self.read.0.iter().map(|(_, attribute)| attribute).chain(self.write.keys());
        Ok(Value::map([
            ("write", Value::Map(write.into())),
            ("read", Value::list(read.map(|attribute| Value::text(attribute.as_str())))),
        ]))
    }

    fn answered(&self, answer: &Value, cx: &mut Context<'_>) -> Result<Step, Fault> {
        let Some(attributes) = answer.get("attributes").and_then(Value::as_map) else {
            return Err(Fault::new("contact.answer", "the contact service answered without attributes"));
        };
        for (name, value) in attributes {
            cx.set_attribute(name, value.clone());
        }
        for (variable, attribute) in &self.read.0 {
            let value = attributes.get(attribute.as_str()).cloned().unwrap_or_default();
            cx.set(*variable, value)?;
        }
        cx.result(answer.get("attributes").cloned().unwrap_or_default());
        Ok(Step::NEXT)
    }

    fn step(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Result<Step, Fault> {
        let (flight, what) = happened(signal, SERVICE, cx);
        match what {
            Happened::Send => {
                let request = self.request(cx)?;
                Ok(flight.send(SERVICE, request, self.timeout.0, cx))
            }
            Happened::Answer(answer) => self.answered(answer, cx),
            Happened::Failure(fault) => Ok(flight.fail(fault, true, self.retry.tries(), cx)),
            Happened::Foreign => Ok(Step::Pass),
        }
    }
}

impl Node for ContactData {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        vec![Exit::named("next"), Exit::named("error")]
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        self.step(signal, cx).unwrap_or_else(Step::Fault)
    }

    fn waits(&self) -> bool {
        true
    }

    fn facts(&self) -> Facts {
        let write = |(to, _): &(_, String)| Write::keyed(*to, "/read", Written::Anything);
        Facts {
            writes: self.read.0.iter().map(write).collect(),
            holds_ms: Some(self.retry.tries().longest_ms(self.timeout.0)),
            ..Facts::default()
        }
    }

    fn check(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        if self.read.0.is_empty() && self.write.is_empty() {
            found.push((String::new(), "nothing is read or written: give `read` or `write`".into()));
        }
        if self.timeout.0 == 0 {
            found.push(("/timeout".into(), "no service answers in no time".into()));
        }
        self.retry.check(&mut found);
        found
    }
}
