//! `hangup`: puts the telephone down.

use crate::end::{check_reason, end};
use offhook_runtime::params::Prompt;
use offhook_runtime::{Context, Exit, Facts, FlowExits, Meta, Node, NodeType, Signal, Step};
use schemars::JsonSchema;
use serde::Deserialize;

const META: Meta =
    Meta { name: "hangup", family: "call", title: "Hang up", icon: "phone-off", channels: &[], kinds: &[] };

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<Hangup>(META, include_str!("hangup.yaml"))
}

/// Hangs up a call, or closes a chat. What is said is heard to its end first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Hangup {
    /// What is said last.
    #[serde(default)]
    text: Option<Prompt>,
    /// Why, in a word for reports. Without it, `hangup_by_flow`.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]*$"), length(max = 64))]
    reason: Option<String>,
}

impl Node for Hangup {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        Vec::new()
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        match signal {
            Signal::Enter => end(self.text, self.reason.as_deref(), "hangup_by_flow", cx),
            _ => Step::Pass,
        }
    }

    fn facts(&self) -> Facts {
        Facts { speaks: self.text.is_some(), ..Facts::default() }
    }

    fn check(&self) -> Vec<(String, String)> {
        check_reason(self.reason.as_deref())
    }
}
