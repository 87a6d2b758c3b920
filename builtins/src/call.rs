//! `call`: runs another flow and comes back.

use crate::assignments::Assignments;
use offhook_runtime::params::{FlowRef, ValueExpr, VarRef};
use offhook_runtime::{Context, Exit, Fault, FlowExits, Meta, Node, NodeType, Out, Returned, Signal, Step, Value};
use schemars::JsonSchema;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

const META: Meta =
    Meta { name: "call", family: "logic", title: "Call flow", icon: "corner-down-right", channels: &[], kinds: &[] };

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<CallFlow>(META, include_str!("call.yaml"))
}

/// Runs another flow and comes back with its outputs. The exits are those that the other flow's `return` nodes name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CallFlow {
    /// The flow.
    flow: FlowRef,
    /// Its inputs.
    #[serde(default)]
    inputs: BTreeMap<String, ValueExpr>,
    /// The variable that takes all outputs together.
    #[serde(default)]
    save: Option<VarRef>,
    /// Variables, each with the output that it takes.
    #[serde(default)]
    outputs: Assignments<String>,
}

/// The inputs for another flow.
pub(crate) fn inputs_of(inputs: &BTreeMap<String, ValueExpr>, cx: &Context<'_>) -> Result<Value, Fault> {
    let mut given = offhook_runtime::Map::new();
    for (name, value) in inputs {
        given.insert(name.as_str().into(), cx.value(*value)?);
    }
    Ok(Value::Map(given.into()))
}

impl CallFlow {
    fn back(&self, returned: &Returned, cx: &mut Context<'_>) -> Result<Step, Fault> {
        if let Some(save) = self.save {
            cx.set(save, returned.outputs.clone())?;
        }
        for (variable, output) in &self.outputs.0 {
            let value = returned.outputs.get(output).cloned().unwrap_or_default();
            cx.set(*variable, value)?;
        }
        cx.result(returned.outputs.clone());
        Ok(match &returned.exit {
            Some(exit) => Step::Go(Out::Named(Cow::Owned(exit.clone()))),
            None => Step::NEXT,
        })
    }
}

impl Node for CallFlow {
    fn exits(&self, flows: &dyn FlowExits) -> Vec<Exit> {
        let named = flows.returns(self.flow).into_iter().filter(|name| name != "next").map(Exit::named);
        [Exit::named("next")].into_iter().chain(named).collect()
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        match signal {
            Signal::Enter => match inputs_of(&self.inputs, cx) {
                Ok(inputs) => Step::Call { flow: self.flow, inputs },
                Err(fault) => Step::Fault(fault),
            },
            Signal::Returned(returned) => self.back(returned, cx).unwrap_or_else(Step::Fault),
            _ => Step::Pass,
        }
    }

    fn enters(&self) -> Option<(FlowRef, Vec<&str>)> {
        Some((self.flow, self.inputs.keys().map(String::as_str).collect()))
    }
}
