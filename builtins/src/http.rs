//! `http`: asks a web service.

mod expect;
mod request;

use crate::effect::{Flight, Happened, Tries, backoff, check_attempts, happened, one};
use expect::{Expect, StatusPattern};
use offhook_runtime::params::{Millis, VarRef};
use offhook_runtime::{
    Context, Exit, Facts, Fault, FlowExits, Meta, Node, NodeType, Signal, Step, Value, Write, Written,
};
use request::Request;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;

const META: Meta =
    Meta { name: "http", family: "data", title: "Web service", icon: "globe", channels: &[], kinds: &[] };

/// The service that makes requests.
const SERVICE: &str = "http";

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<Http>(META, include_str!("http.yaml"))
}

/// Asks a web service and goes on with its answer. The contact waits meanwhile; what they say or write is kept for the
/// next question.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Http {
    /// What is asked.
    request: Request,
    /// What counts as a good answer.
    #[serde(default)]
    expect: Expect,
    /// Whether it is asked again when it fails.
    #[serde(default)]
    retry: HttpRetry,
    /// The variable that takes the answer: its JSON, or its text.
    #[serde(default)]
    save: Option<VarRef>,
}

/// How often a web service is asked again, and after which failures.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct HttpRetry {
    /// How often the service is asked in all. Ask only once what must not happen twice.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 10))]
    attempts: u32,
    /// The pause before the second attempt; it doubles each time.
    #[serde(default = "backoff")]
    #[schemars(extend("default" = "300ms"))]
    backoff: Millis,
    /// The failures after which it is asked again: `timeout`, `network`, a status such as `429`, or a class of them such
    /// as `5xx`.
    #[serde(default = "passing_trouble")]
    #[schemars(extend("default" = ["timeout", "network", 429, "5xx"]))]
    on: Vec<Trouble>,
}

/// A failure that may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    Timeout,
    Network,
    Status(StatusPattern),
}

impl<'de> Deserialize<'de> for Trouble {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Word {
            Timeout,
            Network,
        }
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Word(Word),
            Status(StatusPattern),
        }
        Ok(match Either::deserialize(deserializer)? {
            Either::Word(Word::Timeout) => Trouble::Timeout,
            Either::Word(Word::Network) => Trouble::Network,
            Either::Status(pattern) => Trouble::Status(pattern),
        })
    }
}

impl JsonSchema for Trouble {
    fn schema_name() -> Cow<'static, str> {
        "Trouble".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "Failure",
            "anyOf": [
                { "enum": ["timeout", "network"], "title": "No answer" },
                generator.subschema_for::<StatusPattern>(),
            ]
        })
    }
}

fn passing_trouble() -> Vec<Trouble> {
    let status = |pattern| Trouble::Status(pattern);
    vec![Trouble::Timeout, Trouble::Network, status(StatusPattern::Code(429)), status(StatusPattern::Class(5))]
}

impl Default for HttpRetry {
    fn default() -> Self {
        HttpRetry { attempts: one(), backoff: backoff(), on: passing_trouble() }
    }
}

impl Http {
    fn step(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Result<Step, Fault> {
        let (flight, what) = happened(signal, SERVICE, cx);
        match what {
            Happened::Send => {
                let request = self.request.value(cx)?;
                Ok(flight.send(SERVICE, request, self.request.timeout_ms(), cx))
            }
            Happened::Answer(answer) => self.answered(flight, answer, cx),
            Happened::Failure(fault) => {
                let worth = match &*fault.code {
                    "http.timeout" => self.retry.on.contains(&Trouble::Timeout),
                    "http.network" => self.retry.on.contains(&Trouble::Network),
                    _ => false,
                };
                Ok(self.failed(flight, fault, worth, cx))
            }
            Happened::Foreign => Ok(Step::Pass),
        }
    }

    fn failed(&self, flight: Flight, fault: Fault, worth_another: bool, cx: &mut Context<'_>) -> Step {
        let tries = Tries { attempts: self.retry.attempts, backoff_ms: self.retry.backoff.0 };
        flight.fail(fault, worth_another, tries, cx)
    }

    fn answered(&self, flight: Flight, answer: &Value, cx: &mut Context<'_>) -> Result<Step, Fault> {
        let Some(status) = answer.get("status").and_then(Value::as_int) else {
            let fault = Fault::new("http.body", "the answer of the web service has no status");
            return Ok(self.failed(flight, fault, false, cx));
        };
        let body = answer.get("json").or_else(|| answer.get("text")).cloned().unwrap_or_default();
        let headers = answer.get("headers").cloned().unwrap_or_default();
        cx.result(Value::map([("status", Value::Int(status)), ("body", body.clone()), ("headers", headers)]));
        if !self.expect.accepts(status) {
            let mut fault = Fault::new("http.status", format!("the web service answered {status}"));
            fault.detail = Value::map([("status", Value::Int(status)), ("body", body)]);
            let worth = self.retry.on.iter().any(|on| matches!(on, Trouble::Status(pattern) if pattern.meets(status)));
            return Ok(self.failed(flight, fault, worth, cx));
        }
        if let Err(fault) = self.expect.check_body(answer.get("json")) {
            return Ok(self.failed(flight, fault, false, cx));
        }
        if let Some(save) = self.save {
            cx.set(save, body)?;
        }
        Ok(Step::NEXT)
    }
}

impl Node for Http {
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
        let what = self.expect.schema().map_or(Written::Anything, |schema| Written::Schema(schema.clone()));
        let write = |save| Write::new(save, "/save", what);
        let tries = Tries { attempts: self.retry.attempts, backoff_ms: self.retry.backoff.0 };
        let holds_ms = Some(tries.longest_ms(self.request.timeout_ms()));
        Facts { writes: self.save.map(write).into_iter().collect(), holds_ms, ..Facts::default() }
    }

    fn check(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        self.request.check(&mut found);
        self.expect.check(&mut found);
        check_attempts(self.retry.attempts, &mut found);
        found
    }
}
