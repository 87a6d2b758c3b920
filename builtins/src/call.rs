//! `call`: runs another flow and comes back.

use crate::assignments::Assignments;
use offhook_runtime::params::{FlowRef, ValueExpr, VarRef};
use offhook_runtime::{
    Context, Enters, Exit, Facts, Fault, FlowExits, Meta, Node, NodeType, Out, Returned, Signal, Step, Value, Write,
    Written,
};
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

/// The inputs as the checks want them.
pub(crate) fn told_inputs(flow: FlowRef, inputs: &BTreeMap<String, ValueExpr>, comes_back: bool) -> Enters {
    let told = |(name, value): (&String, &ValueExpr)| (name.clone(), *value, told_at("/inputs", name));
    Enters { flow, inputs: inputs.iter().map(told).collect(), comes_back }
}

/// The place of an entry in a map of the parameters.
pub(crate) fn told_at(map: &str, name: &str) -> String {
    format!("{map}/{}", offhook_runtime::flow_schemas::escape_pointer(name))
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

    fn facts(&self) -> Facts {
        let all = self.save.map(|save| Write::new(save, "/save", Written::Output(None)));
        let output = |(to, name): &(_, String)| Write::keyed(*to, "/outputs", Written::Output(Some(name.clone())));
        let writes = all.into_iter().chain(self.outputs.0.iter().map(output)).collect();
        Facts { writes, enters: Some(told_inputs(self.flow, &self.inputs, true)), ..Facts::default() }
    }

    fn enters(&self) -> Option<(FlowRef, Vec<&str>)> {
        Some((self.flow, self.inputs.keys().map(String::as_str).collect()))
    }
}
