//! `emit`: tells the outside that something happened.

use offhook_runtime::params::{Template, ValueExpr};
use offhook_runtime::{Context, Exit, Fault, FlowExits, Meta, Node, NodeType, Signal, Step, Value};
use schemars::JsonSchema;
use serde::Deserialize;

const META: Meta = Meta { name: "emit", family: "data", title: "Emit event", icon: "send", channels: &[], kinds: &[] };

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<Emit>(META, include_str!("emit.yaml"))
}

/// Tells other systems that something happened, and goes on at once: nobody's answer is awaited.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Emit {
    /// The name of the event.
    event: Template,
    /// What it carries.
    #[serde(default)]
    data: Option<ValueExpr>,
}

impl Emit {
    fn emit(&self, cx: &mut Context<'_>) -> Result<Step, Fault> {
        let name = cx.render(self.event)?;
        if name.trim().is_empty() {
            return Err(Fault::new("emit.name", "the event has no name"));
        }
        let data = self.data.map_or(Ok(Value::Null), |data| cx.value(data))?;
        cx.note(name, data);
        Ok(Step::NEXT)
    }
}

impl Node for Emit {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        vec![Exit::named("next")]
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        match signal {
            Signal::Enter => self.emit(cx).unwrap_or_else(Step::Fault),
            _ => Step::Pass,
        }
    }
}
