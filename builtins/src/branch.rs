//! `branch`: goes where the first true condition leads.

use crate::names::check_exit;
use offhook_runtime::params::{Expr, Target};
use offhook_runtime::{Context, Exit, FlowExits, Meta, Node, NodeType, Out, Signal, Step};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::OnceLock;

const META: Meta =
    Meta { name: "branch", family: "logic", title: "Branch", icon: "git-fork", channels: &[], kinds: &[] };

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<Branch>(META, include_str!("branch.yaml"))
}

/// Tries conditions in their order and goes where the first true one leads.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Branch {
    /// The conditions.
    #[schemars(length(min = 1))]
    cases: Vec<Case>,
    /// Where it leads when no condition is true.
    #[serde(default, rename = "else")]
    otherwise: Option<Target>,
    /// For each case, the place of its exit.
    #[serde(skip)]
    places: OnceLock<Vec<u16>>,
}

/// A condition and where it leads.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Case {
    /// The condition.
    when: Expr,
    /// Where it leads.
    #[serde(default)]
    next: Option<Target>,
    /// The name of the exit. Without it, the exit is called like the node it leads to.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]+$"))]
    id: Option<String>,
}

impl Case {
    fn exit(&self) -> &str {
        self.id.as_deref().or(self.next.as_ref().map(|next| next.0.as_str())).unwrap_or_default()
    }
}

impl Branch {
    /// For each case, the place of its exit: cases of one name share it.
    fn places(&self) -> Vec<u16> {
        let mut names: Vec<&str> = Vec::new();
        let place_of = |case| {
            let name = Case::exit(case);
            let place = names.iter().position(|known| *known == name).unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            });
            u16::try_from(place).unwrap_or(u16::MAX)
        };
        self.cases.iter().map(place_of).collect()
    }
}

impl Node for Branch {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        let mut exits: Vec<Exit> = Vec::with_capacity(self.cases.len() + 1);
        for (index, case) in self.cases.iter().enumerate() {
            if !exits.iter().any(|exit| exit.name == case.exit()) {
                exits.push(Exit::inline(case.exit(), &case.next, format!("/cases/{index}/next")));
            }
        }
        exits.push(Exit::inline("else", &self.otherwise, "/else"));
        exits
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        if !matches!(signal, Signal::Enter) {
            return Step::Pass;
        }
        let places = self.places.get_or_init(|| self.places());
        for (case, place) in self.cases.iter().zip(places) {
            match cx.eval_bool(case.when) {
                Ok(true) => return Step::Go(Out::At((*place).into())),
                Ok(false) => {}
                Err(fault) => return Step::Fault(fault),
            }
        }
        Step::exit("else")
    }

    fn check(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        if self.cases.is_empty() {
            found.push(("/cases".into(), "a branch needs a case".into()));
        }
        for (index, case) in self.cases.iter().enumerate() {
            let same = self.cases[..index].iter().find(|other| other.exit() == case.exit());
            if case.exit().is_empty() {
                found.push((format!("/cases/{index}"), "a case needs `next`, or an `id` that `exits` wires".into()));
            } else if let Some(same) = same
                && same.next != case.next
            {
                let message = format!("two cases share the exit `{}` and lead to different nodes", case.exit());
                found.push((format!("/cases/{index}/id"), message));
            }
            if !case.exit().is_empty() {
                // A name that is taken over from a target is right as it is, but may collide.
                let pointer = format!("/cases/{index}{}", if case.id.is_some() { "/id" } else { "" });
                check_exit(case.exit(), &["else", "error", "next"], pointer, &mut found);
            }
        }
        found
    }
}
