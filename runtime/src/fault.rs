//! Faults: what goes wrong in the world, or in a script, while a conversation runs. A fault is data, never a panic:
//! it leaves its node by the `error` exit, else by the flow's `interrupts.error`, else the session ends politely.

use crate::value::Value;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// One fault, as `last.error` shows it to the flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// A stable code in dotted lower case, such as `script.limit` or `http.status`.
    pub code: Cow<'static, str>,
    /// One sentence for the person who reads the journal. Holds no secret.
    pub message: String,
    /// How many attempts were made, from 1; 0 when the question does not arise.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attempt: u32,
    /// What came with it, such as the HTTP status and body.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub detail: Value,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Fault {
    /// A fault with a code and a sentence.
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Fault { code: code.into(), message: message.into(), attempt: 0, detail: Value::Null }
    }

    /// The fault as the flow's `last.error` shows it; `node` is the node that failed.
    pub fn to_value(&self, node: &str) -> Value {
        Value::map([
            ("code", Value::text(&*self.code)),
            ("message", Value::text(self.message.as_str())),
            ("node", Value::text(node)),
            ("attempt", Value::Int(self.attempt.into())),
            ("detail", self.detail.clone()),
        ])
    }
}
