//! Migration: a session that waits goes on in another version of its flow, as that version's `migrate:` says, or stays where it is
//! for a reason that is told. A pure function of the two programs and the session, so that what is previewed is what happens,
//! and a journal replays across it.
//!
//! It does not choose whom to move or when, and never changes a session that stays.

mod carry;
mod check;

use crate::event::Moved;
use crate::expr::{Expression, Names};
use crate::program::{CompiledFlow, Outline, Program};
use crate::save::LoadError;
use crate::session::{Session, Turn};
use crate::value::Value;
use offhook_flow_schemas::{Migrate, Others};
use serde::Serialize;

/// The way from one program to another, prepared once for any number of sessions.
#[derive(Debug)]
pub struct Migration {
    old: Program,
    new: Program,
    /// By the place of the flow in the old program.
    flows: Vec<Way>,
}

/// What becomes of a flow.
#[derive(Debug)]
enum Way {
    /// It is the same in both; its place in the new program.
    Same(u16),
    /// It has changed, and says what becomes of who waits.
    Ruled(Box<Rules>),
    /// It has changed and says nothing.
    Silent,
    /// The new program does not have it.
    Gone,
}

/// The rules of a flow, with what they name looked up in both versions.
#[derive(Debug)]
struct Rules {
    /// Its place in the new program.
    flow: u16,
    /// By the place of the node in the old version.
    nodes: Vec<To>,
    /// By the slot of the variable in the new version.
    vars: Vec<Origin>,
    /// The names by which expressions read the old version.
    names: Names,
}

/// Where who waits at a node goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    Node(u32),
    Finish,
    Gone,
}

/// Where a variable's value comes from.
#[derive(Debug)]
enum Origin {
    /// The variable at this slot of the old version.
    Kept(usize),
    Expression(Expression),
    Constant(Value),
    /// It is new, and has its default.
    Default,
    /// Its expression cannot be read.
    Broken(String),
}

/// Why a session stays on the version that it runs on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, thiserror::Error)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Stay {
    /// It is over.
    #[error("it has ended")]
    Ended,
    /// Neither version differs from the other.
    #[error("it runs on this version already")]
    Same,
    /// No rule.
    #[error("the new version of {flow} does not say `migrate`")]
    NoRules {
        /// The flow that has changed.
        flow: String,
    },
    /// The flow that it stands in.
    #[error("the new version does not use the flow {flow}")]
    FlowGone {
        /// The flow.
        flow: String,
    },
    /// As the rules say.
    #[error("`migrate` says that who waits at {node} finishes there")]
    Finish {
        /// The node.
        node: String,
    },
    /// The node that it waits at.
    #[error("the new version has no node {node}, and no rule says where to go instead")]
    NodeGone {
        /// The node.
        node: String,
    },
    /// What it waits for can only come back to the same node.
    #[error("{node} waits for an answer, a moment or an event, which {to} cannot take")]
    InFlight {
        /// The node.
        node: String,
        /// The node that should take over.
        to: String,
    },
    /// It is in the middle of something that a node began: a called flow, a loop, branches.
    #[error("it is in the middle of what {node} began, and that node has changed")]
    Inside {
        /// The node.
        node: String,
    },
    /// A variable.
    #[error("the variable `{name}` cannot take its value: {message}")]
    Variable {
        /// Its name in the new version.
        name: String,
        /// Why; never the value.
        message: String,
    },
    /// The new version needs what the conversation was not begun with.
    #[error("{message}")]
    Inputs {
        /// Which input.
        message: String,
    },
}

/// A session that was moved.
#[derive(Debug)]
pub struct Carried {
    /// The session, on the new program.
    pub session: Session,
    /// What came of it: the question once more, where another one is asked now; otherwise nothing.
    pub turn: Turn,
    /// The flow and the node at which it was taken over.
    pub to: (String, String),
    /// Whether that node was entered anew. Otherwise nobody noticed.
    pub anew: bool,
}

impl Migration {
    /// The way from one program to another. Costs a compilation of the rules' expressions.
    pub fn new(old: &Program, new: &Program) -> Migration {
        let flows = old.flows.iter().map(|flow| way(flow, new)).collect();
        Migration { old: old.clone(), new: new.clone(), flows }
    }

    /// Whether any session could be moved at all: one flow at least has changed and says how.
    pub fn has_rules(&self) -> bool {
        self.old.hash != self.new.hash && self.flows.iter().any(|way| matches!(way, Way::Ruled(_)))
    }

    /// The event that stands for the move in the session's journal.
    pub fn event(&self) -> Moved {
        Moved { from: self.old.versions(), to: self.new.versions() }
    }

    /// The program that sessions are moved from.
    pub fn source(&self) -> &Program {
        &self.old
    }

    /// The program that sessions are moved to.
    pub fn target(&self) -> &Program {
        &self.new
    }

    /// Moves a session as it was saved, or says why it stays.
    ///
    /// # Errors
    /// When it is no saved session of the old program.
    pub fn apply(&self, saved: &str, now_ms: i64) -> Result<Result<Carried, Stay>, LoadError> {
        Ok(self.carry(&Session::load(&self.old, saved)?, now_ms))
    }
}

fn way(old: &CompiledFlow, new: &Program) -> Way {
    let Some(index) = new.flow_index(&old.id) else { return Way::Gone };
    let place = u16::try_from(index).expect("a program links a limited number of flows");
    let flow = &new.flows[index];
    if flow.hash == old.hash {
        return Way::Same(place);
    }
    let Some(rules) = &flow.migrate else { return Way::Silent };
    let mut names = Names::new();
    for var in &old.vars {
        names.add_var(&var.name);
    }
    old.inputs.iter().for_each(|input| names.add_input(&input.name));
    let nodes = old.nodes.iter().map(|node| to(&node.id, rules, flow)).collect();
    let vars = flow.vars.iter().map(|var| origin(&var.name, rules, old, flow, &names)).collect();
    Way::Ruled(Box::new(Rules { flow: place, nodes, vars, names }))
}

fn to(node: &str, rules: &Migrate, new: &CompiledFlow) -> To {
    if rules.finish.iter().any(|known| known == node) {
        return To::Finish;
    }
    let target = match rules.nodes.get(node) {
        Some(target) => target,
        None if rules.others == Others::Finish => return To::Finish,
        None => node,
    };
    new.index.get(target).map_or(To::Gone, |place| To::Node(*place))
}

fn origin(name: &str, rules: &Migrate, old: &CompiledFlow, new: &CompiledFlow, names: &Names) -> Origin {
    match rules.vars.get(name) {
        None => old.vars.iter().position(|var| *var.name == *name).map_or(Origin::Default, Origin::Kept),
        Some(given) => match given.as_str().and_then(|text| text.strip_prefix('=')) {
            None => Origin::Constant(Value::from_json(given)),
            Some(source) => match new.compiler.expression(source, names) {
                Ok(expression) => Origin::Expression(expression),
                Err(problems) => {
                    let messages: Vec<String> = problems.into_iter().map(|problem| problem.message).collect();
                    Origin::Broken(messages.join(" "))
                }
            },
        },
    }
}

/// How much of what waits at a node another one can take over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// Nothing: it must be entered.
    Anew,
    /// What it keeps while it waits for the contact.
    Kept,
    /// All, also what is in flight.
    Whole,
}

fn fit(old: Outline, new: Outline) -> Fit {
    match (old.whole == new.whole, old.kept == new.kept) {
        (true, _) => Fit::Whole,
        (_, true) => Fit::Kept,
        _ => Fit::Anew,
    }
}
