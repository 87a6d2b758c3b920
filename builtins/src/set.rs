//! `set`: puts values in variables.

use crate::assignments::Assignments;
use offhook_runtime::params::ValueExpr;
use offhook_runtime::{Context, Exit, Facts, Fault, FlowExits, Meta, Node, NodeType, Signal, Step, Write, Written};
use schemars::JsonSchema;
use serde::Deserialize;

const META: Meta = Meta { name: "set", family: "logic", title: "Set", icon: "equal", channels: &[], kinds: &[] };

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<Set>(META, include_str!("set.yaml"))
}

/// Puts values in variables, one after the other: each value may use those before it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Set {
    /// The values by variable. `patient.name` is a place within a variable; a value that begins with `=` is worked out.
    #[serde(default)]
    values: Assignments<ValueExpr>,
    /// The language from here on: one of the flow's locales.
    #[serde(default)]
    locale: Option<ValueExpr>,
}

impl Set {
    fn run(&self, cx: &mut Context<'_>) -> Result<Step, Fault> {
        for (variable, value) in &self.values.0 {
            let value = cx.value(*value)?;
            cx.set(*variable, value)?;
        }
        if let Some(locale) = self.locale {
            let locale = cx.value(locale)?;
            match locale.as_text() {
                Some(locale) => cx.set_locale(locale)?,
                None => return Err(Fault::new("value.type", format!("a locale is a text, not {}", locale.kind()))),
            }
        }
        Ok(Step::NEXT)
    }
}

impl Node for Set {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        vec![Exit::named("next")]
    }

    fn facts(&self) -> Facts {
        let write = |(to, value): &(_, _)| Write::keyed(*to, "/values", Written::Value(*value));
        Facts { writes: self.values.0.iter().map(write).collect(), ..Facts::default() }
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        match signal {
            Signal::Enter => self.run(cx).unwrap_or_else(Step::Fault),
            _ => Step::Pass,
        }
    }
}
