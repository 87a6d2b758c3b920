//! `end`: the conversation is over.

use offhook_runtime::params::Prompt;
use offhook_runtime::{Context, Exit, Facts, FlowExits, Manner, Meta, Node, NodeType, Signal, Step};
use schemars::JsonSchema;
use serde::Deserialize;
use std::borrow::Cow;

const META: Meta = Meta { name: "end", family: "logic", title: "End", icon: "circle-stop", channels: &[], kinds: &[] };

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<End>(META, include_str!("end.yaml"))
}

/// Ends the conversation. What is said is heard to its end first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct End {
    /// What is said last.
    #[serde(default)]
    text: Option<Prompt>,
    /// Why it ended, in a word for reports. Without it, `completed`.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]*$"), length(max = 64))]
    reason: Option<String>,
}

/// Says the last words and ends the session; for `end` and `hangup`.
pub(crate) fn end(text: Option<Prompt>, reason: Option<&str>, default: &'static str, cx: &mut Context<'_>) -> Step {
    if let Some(text) = text {
        match cx.parts(text) {
            Ok(parts) => cx.say(parts, Manner::default()),
            Err(fault) => return Step::Fault(fault),
        }
    }
    Step::End(reason.map_or(Cow::Borrowed(default), |reason| Cow::Owned(reason.to_owned())))
}

/// A reason is a word.
pub(crate) fn check_reason(reason: Option<&str>) -> Vec<(String, String)> {
    let is_word = |reason: &str| {
        reason.starts_with(|c: char| c.is_ascii_lowercase())
            && reason.len() <= 64
            && reason.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    match reason {
        Some(reason) if !is_word(reason) => {
            vec![("/reason".into(), format!("`{reason}` is not one word of small letters, digits and `_`"))]
        }
        _ => Vec::new(),
    }
}

impl Node for End {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        Vec::new()
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        match signal {
            Signal::Enter => end(self.text, self.reason.as_deref(), "completed", cx),
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
