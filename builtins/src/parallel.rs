//! `parallel`: branches that run beside each other.

use crate::limits;
use crate::names::check_exit;
use offhook_runtime::params::{Millis, Target, VarRef};
use offhook_runtime::{
    Context, Event, Exit, Facts, Fault, FlowExits, Joined, Meta, Node, NodeType, Signal, Step, Value, Write, Written,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const META: Meta =
    Meta { name: "parallel", family: "logic", title: "Parallel", icon: "git-fork", channels: &[], kinds: &[] };

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<Parallel>(META, include_str!("parallel.yaml"))
}

/// Runs branches beside each other, such as asking the contact while a service looks something up. Each branch begins at its
/// `do` and ends where it leads back to this node, or by `return`. They share the flow's variables and have a `last` of
/// their own; what happens goes to each branch in the order in which they are written. One branch at most may talk with
/// the contact.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Parallel {
    /// The branches, begun in this order.
    #[schemars(length(min = 2, max = 16))]
    branches: Vec<Way>,
    /// When it goes on. The branches that still run then are cancelled: they do nothing more, and what their services
    /// answer later is nobody's.
    #[serde(default)]
    #[schemars(extend("default" = "all"))]
    join: Join,
    /// How long all of it may take; then the branches that still run are cancelled, and it goes on by `timeout`.
    #[serde(default)]
    timeout: Option<Millis>,
    /// The variable that takes what became of the branches: for each id, its `outcome` (`done`, `failed` or `cancelled`),
    /// its `result` and its `error`. It is also `last.result`.
    #[serde(default)]
    save: Option<VarRef>,
}

/// A branch.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Way {
    /// Its name; also the name of the exit by which it begins.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]+$"))]
    id: String,
    /// Its first node.
    #[serde(rename = "do")]
    first: Target,
    /// The variable that takes its result: what `last.result` was in it when it ended.
    #[serde(default)]
    save: Option<VarRef>,
}

/// When it goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Join {
    /// When every branch is done. If one fails, by `error` at once.
    #[default]
    All,
    /// When the first branch is done. If all fail, by `error`.
    First,
}

/// What became of the branches so far, by their places.
#[derive(Default, Serialize, Deserialize)]
struct Ended(Vec<Option<(Value, Value)>>);

impl Parallel {
    fn joined(&self, joined: &Joined, cx: &mut Context<'_>) -> Result<Step, Fault> {
        let Ended(mut ended) = cx.kept();
        ended.resize(self.branches.len(), None);
        let failed = !joined.error.is_null();
        ended[joined.branch] = Some((joined.result.clone(), joined.error.clone()));
        if let Some(save) = self.branches[joined.branch].save.filter(|_| !failed) {
            cx.set(save, joined.result.clone())?;
        }
        let all = ended.iter().all(Option::is_some);
        let goes_on = match self.join {
            Join::All => all || failed,
            Join::First => all || !failed,
        };
        if !goes_on {
            cx.keep(&Ended(ended));
            return Ok(Step::STAY);
        }
        self.finish(&ended, cx)?;
        if failed {
            cx.error(joined.error.clone());
            return Ok(Step::exit("error"));
        }
        Ok(Step::NEXT)
    }

    fn finish(&self, ended: &[Option<(Value, Value)>], cx: &mut Context<'_>) -> Result<(), Fault> {
        let outcomes = self.branches.iter().enumerate().map(|(place, branch)| {
            let (outcome, result, error) = match ended.get(place).cloned().flatten() {
                Some((result, error)) => (if error.is_null() { "done" } else { "failed" }, result, error),
                None => ("cancelled", Value::Null, Value::Null),
            };
            let outcome = Value::map([("outcome", outcome.into()), ("result", result), ("error", error)]);
            (branch.id.as_str(), outcome)
        });
        let outcomes = Value::map(outcomes);
        if let Some(save) = self.save {
            cx.set(save, outcomes.clone())?;
        }
        cx.result(outcomes);
        Ok(())
    }
}

impl Node for Parallel {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        let branches = self.branches.iter().enumerate();
        let begin = branches
            .map(|(at, branch)| Exit::inline(&*branch.id, &Some(branch.first.clone()), format!("/branches/{at}/do")));
        let timeout = self.timeout.map(|_| Exit::named("timeout"));
        begin.chain([Exit::named("next")]).chain(timeout).chain([Exit::named("error")]).collect()
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        match signal {
            Signal::Enter => {
                if let Some(timeout) = self.timeout {
                    cx.wake_in(timeout.0);
                }
                Step::Fork(self.branches.len())
            }
            Signal::Joined(joined) => self.joined(joined, cx).unwrap_or_else(Step::Fault),
            Signal::Event(Event::Timer) => {
                let Ended(ended) = cx.kept();
                self.finish(&ended, cx).map_or_else(Step::Fault, |()| Step::exit("timeout"))
            }
            _ => Step::Pass,
        }
    }

    fn facts(&self) -> Facts {
        let branches = self.branches.iter().enumerate();
        // A branch's result is there when the branches have come together.
        let result = |(at, way): (usize, &Way)| {
            way.save.map(|save| Write::new(save, format!("/branches/{at}/save"), Written::Anything))
        };
        let all = self.save.map(|save| Write::new(save, "/save", Written::Anything));
        Facts { writes: branches.filter_map(result).chain(all).collect(), ..Facts::default() }
    }

    fn branches(&self) -> usize {
        self.branches.len()
    }

    /// Branches lead back to it, and each does so once.
    fn waits(&self) -> bool {
        true
    }

    fn check(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        if !(2..=limits::BRANCHES).contains(&self.branches.len()) {
            found.push(("/branches".into(), format!("a `parallel` has 2 to {} branches", limits::BRANCHES)));
        }
        for (at, branch) in self.branches.iter().enumerate() {
            check_exit(&branch.id, &["next", "error", "timeout"], format!("/branches/{at}/id"), &mut found);
            if self.branches[..at].iter().any(|other| other.id == branch.id) {
                found.push((format!("/branches/{at}/id"), format!("two branches have the id `{}`", branch.id)));
            }
        }
        found
    }
}
