//! `jump`: hands the conversation to another flow.

use crate::call::{inputs_of, told_inputs};
use offhook_runtime::params::{FlowRef, ValueExpr};
use offhook_runtime::{Context, Exit, Facts, FlowExits, Meta, Node, NodeType, Signal, Step};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

const META: Meta = Meta {
    name: "jump",
    family: "logic",
    title: "Jump to flow",
    icon: "arrow-right-from-line",
    channels: &[],
    kinds: &[],
};

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<Jump>(META, include_str!("jump.yaml"))
}

/// Hands the conversation to another flow for good. Within a called flow, it takes that flow's place.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Jump {
    /// The flow.
    flow: FlowRef,
    /// Its inputs.
    #[serde(default)]
    inputs: BTreeMap<String, ValueExpr>,
}

impl Node for Jump {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        Vec::new()
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        match signal {
            Signal::Enter => match inputs_of(&self.inputs, cx) {
                Ok(inputs) => Step::Jump { flow: self.flow, inputs },
                Err(fault) => Step::Fault(fault),
            },
            _ => Step::Pass,
        }
    }

    fn departs(&self) -> bool {
        true
    }

    fn facts(&self) -> Facts {
        Facts { enters: Some(told_inputs(self.flow, &self.inputs, false)), ..Facts::default() }
    }

    fn enters(&self) -> Option<(FlowRef, Vec<&str>)> {
        Some((self.flow, self.inputs.keys().map(String::as_str).collect()))
    }
}
