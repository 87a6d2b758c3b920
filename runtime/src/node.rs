//! The door for node types: [`Node`]. A node is a small machine within the session: it is told what happened and
//! answers with what comes next. It keeps nothing itself: what it must remember while it waits it keeps in the
//! session, through the [`Context`].

use crate::context::Context;
use crate::event::Event;
use crate::facts::Facts;
use crate::fault::Fault;
use crate::params::{FlowRef, Target};
use crate::value::Value;
use std::borrow::Cow;
use std::fmt;

/// What a node is told.
#[derive(Clone, Copy, Debug)]
pub enum Signal<'a> {
    /// The session has arrived here.
    Enter,
    /// Something happened while this node waits. Answer [`Step::Pass`] unless it is meant for this node in
    /// particular: what nobody claims is then tried against the flow's interrupts, and only after that comes back as
    /// [`Signal::Event`].
    Offer(&'a Event),
    /// Something happened while this node waits, and no interrupt took it. Answer [`Step::Pass`] when there is no use
    /// for it; input that arrives early is then kept for the next node that takes input.
    Event(&'a Event),
    /// The contact asked to hear it again. Only for nodes that prompt.
    Repeat,
    /// The contact asked for help. Only for nodes that prompt.
    Help,
    /// The flow that this node called has come back.
    Returned(&'a Returned),
    /// A branch that this node began has ended. Answer [`Step::STAY`] while the others are to go on; any other answer
    /// cancels them.
    Joined(&'a Joined),
}

/// How a branch ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Joined {
    /// Its place among the branches.
    pub branch: usize,
    /// Its last result, or the outputs that it returned; nothing when it failed.
    pub result: Value,
    /// What it failed of, as `last.error` shows it; nothing when it did not.
    pub error: Value,
}

/// How a called flow came back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Returned {
    /// The exit that its `return` named; `None` for the ordinary one.
    pub exit: Option<String>,
    /// Its outputs.
    pub outputs: Value,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Leave by an exit.
    Go(Out),
    /// Stay until something happens.
    Wait(For),
    /// Not mine (see [`Signal`]).
    Pass,
    /// Begin this many of the first exits as branches that run beside each other; each ends where it leads back to this
    /// node or returns, with [`Signal::Joined`].
    Fork(usize),
    /// Run another flow and come back with [`Signal::Returned`].
    Call {
        /// The flow.
        flow: FlowRef,
        /// Its inputs: a map.
        inputs: Value,
    },
    /// Hand the session to another flow for good.
    Jump {
        /// The flow.
        flow: FlowRef,
        /// Its inputs: a map.
        inputs: Value,
    },
    /// Go back to the flow that called this one; end the session when none did.
    Return(Returned),
    /// End the session with a reason. `End` is said to the channel by the interpreter.
    End(Cow<'static, str>),
    /// It failed: leave by `error`, else by the flow's `interrupts.error`, else end politely.
    Fault(Fault),
}

impl Step {
    /// Leave by `next`.
    pub const NEXT: Step = Step::Go(Out::Next);
    /// Wait for the contact.
    pub const LISTEN: Step = Step::Wait(For::Contact);
    /// Wait for a service, a moment or an event.
    pub const STAY: Step = Step::Wait(For::World);

    /// Leave by a named exit.
    pub fn exit(name: &'static str) -> Step {
        Step::Go(Out::Named(Cow::Borrowed(name)))
    }
}

/// Which exit.
#[derive(Clone, Debug, PartialEq)]
pub enum Out {
    /// `next`.
    Next,
    /// The exit at this place of [`Node::exits`].
    At(usize),
    /// By name.
    Named(Cow<'static, str>),
}

/// Whom a node waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// The contact: silence counts as inactivity, and after a hang-up the session ends here.
    Contact,
    /// Anything else.
    World,
}

/// A named way out of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Exit {
    /// Its name; unique within the node.
    pub name: String,
    /// Where it leads, when the parameters themselves say so (`choices[].next`).
    pub target: Option<Target>,
    /// Where in the parameters that stands, as a JSON pointer below the node: `/choices/0/next`.
    pub pointer: Option<String>,
    /// Whether the conversation simply ends when it is not wired, as after a transfer. All other unwired exits fall to
    /// the flow's `interrupts.error`.
    pub may_end: bool,
}

impl Exit {
    /// An exit that is wired in `exits:` (or by `next:`).
    pub fn named(name: impl Into<String>) -> Self {
        Exit { name: name.into(), target: None, pointer: None, may_end: false }
    }

    /// An exit that the parameters wire themselves, at `pointer` below the node.
    pub fn inline(name: impl Into<String>, target: &Option<Target>, pointer: impl Into<String>) -> Self {
        Exit { name: name.into(), target: target.clone(), pointer: Some(pointer.into()), may_end: false }
    }

    /// The same exit, after which the conversation may simply end.
    pub fn may_end(mut self) -> Self {
        self.may_end = true;
        self
    }
}

/// What a node may ask about other flows while exits are laid out.
pub trait FlowExits {
    /// The exits that the `return` nodes of a flow name, sorted.
    fn returns(&self, flow: FlowRef) -> Vec<String>;
}

/// A node type's behaviour, with its parameters inside.
pub trait Node: Send + Sync + fmt::Debug {
    /// The ways out, in the order in which pictures show them. `next` is one like the others. The exit `error` may be
    /// wired on every node and needs to be named here only where a fault is an ordinary outcome.
    fn exits(&self, flows: &dyn FlowExits) -> Vec<Exit>;

    /// Reacts to a signal.
    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step;

    /// Whether it may wait for the world; a cycle without such a node never ends.
    fn waits(&self) -> bool {
        false
    }

    /// Whether it takes any words as an answer, so that interrupt phrases must be the whole of what was said.
    fn is_open(&self, _: &Context<'_>) -> bool {
        false
    }

    /// Whether it says something to the contact, takes its input, or hands it over. Of branches that run beside each
    /// other, one at most may have such nodes.
    fn talks(&self) -> bool {
        false
    }

    /// Whether it hands the session to another flow for good, which a branch cannot.
    fn departs(&self) -> bool {
        false
    }

    /// How many of the first exits begin branches that run beside each other ([`Step::Fork`]).
    fn branches(&self) -> usize {
        0
    }

    /// The exit that a flow leaves by here, for `return`.
    fn returns(&self) -> Option<&str> {
        None
    }

    /// The flow that this node hands the session to, with the names of the inputs it gives.
    fn enters(&self) -> Option<(FlowRef, Vec<&str>)> {
        None
    }

    /// What the checks and proofs want to know of it: see [`Facts`]. Never asked while a session runs.
    fn facts(&self) -> Facts {
        Facts::default()
    }

    /// Mistakes that the schema cannot express: a JSON pointer below the node and a sentence.
    fn check(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}
