//! `script`: runs statements.

use offhook_runtime::params::{Script as Statements, VarRef};
use offhook_runtime::{Context, Exit, Facts, Fault, FlowExits, Meta, Node, NodeType, Signal, Step, Write, Written};
use schemars::JsonSchema;
use serde::Deserialize;

const META: Meta = Meta { name: "script", family: "logic", title: "Script", icon: "code", channels: &[], kinds: &[] };

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<Script>(META, include_str!("script.yaml"))
}

/// Runs a few statements (Rhai), which may read and assign the flow's variables. When one fails, none is assigned.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Script {
    /// The statements.
    script: Statements,
    /// The variable that takes the value of the last statement.
    #[serde(default)]
    save: Option<VarRef>,
}

impl Script {
    fn run(&self, cx: &mut Context<'_>) -> Result<Step, Fault> {
        let value = cx.run(self.script)?;
        if let Some(save) = self.save {
            cx.set(save, value.clone())?;
        }
        cx.result(value);
        Ok(Step::NEXT)
    }
}

impl Node for Script {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        vec![Exit::named("next")]
    }

    fn facts(&self) -> Facts {
        let write = |save| Write::new(save, "/save", Written::Script(self.script));
        Facts { writes: self.save.map(write).into_iter().collect(), ..Facts::default() }
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        match signal {
            Signal::Enter => self.run(cx).unwrap_or_else(Step::Fault),
            _ => Step::Pass,
        }
    }
}
