//! `return`: ends a called flow and hands its outputs back.

use crate::call::{inputs_of, told_at};
use crate::names::check_exit;
use offhook_runtime::params::ValueExpr;
use offhook_runtime::{Context, Exit, Facts, FlowExits, Meta, Node, NodeType, Returned, Signal, Step};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

const META: Meta =
    Meta { name: "return", family: "logic", title: "Return", icon: "corner-up-left", channels: &[], kinds: &[] };

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<Return>(META, include_str!("return.yaml"))
}

/// Goes back to the flow that called this one, with outputs. When none did, the conversation ends.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Return {
    /// The outputs.
    #[serde(default)]
    outputs: BTreeMap<String, ValueExpr>,
    /// The exit by which the calling node goes on. Without it, `next`.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]+$"))]
    exit: Option<String>,
}

impl Node for Return {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        Vec::new()
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        match signal {
            Signal::Enter => match inputs_of(&self.outputs, cx) {
                Ok(outputs) => Step::Return(Returned { exit: self.exit.clone(), outputs }),
                Err(fault) => Step::Fault(fault),
            },
            _ => Step::Pass,
        }
    }

    fn facts(&self) -> Facts {
        let told = |(name, value): (&String, &ValueExpr)| (name.clone(), *value, told_at("/outputs", name));
        Facts { returns: Some(self.outputs.iter().map(told).collect()), ..Facts::default() }
    }

    fn check(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        if let Some(exit) = &self.exit {
            check_exit(exit, &["next", "error"], "/exit".into(), &mut found);
        }
        found
    }

    fn returns(&self) -> Option<&str> {
        self.exit.as_deref()
    }
}
