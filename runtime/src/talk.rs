//! Talks: a list of what happened and what was asked. A test, a demo, a trace and a recording are all talks.
//!
//! This module reads talks and performs them in virtual time, without a network. What it is to the interpreter is what
//! a channel is: it hands in events and looks at the commands. It does not read files and does not print.

mod check;
mod coverage;
mod expect;
mod locales;
mod perform;
mod read;
mod suggest;
mod write;

pub use check::{check, unused_mocks};
pub use coverage::{Coverage, FlowCoverage, LocaleCoverage};
pub use expect::{Expect, Words};
pub use perform::{Mismatch, Options, Report, perform};
pub use read::{read, read_at};
pub use suggest::{Draft, suggest};
pub use write::{from_journal, rewrite, rewritten};

use crate::event::{Event, Start};
use crate::value::Value;

/// One talk.
#[derive(Clone, Debug)]
pub struct Talk {
    /// What it shows.
    pub about: String,
    /// The flow it is about.
    pub flow: String,
    /// How the conversation begins.
    pub start: Start,
    /// When, in Unix milliseconds.
    pub at_ms: i64,
    /// What services answer, by the node that asks; each list is used in order, and its last entry again and again.
    pub mocks: Vec<(String, Vec<Mock>)>,
    /// The lines.
    pub lines: Vec<Line>,
    /// Whether everything that is said must be mentioned.
    pub strict: bool,
    /// Where it stands in its file, as a JSON pointer.
    pub pointer: String,
}

/// One line of a talk.
#[derive(Clone, Debug)]
pub struct Line {
    /// Where it stands in its file, as a JSON pointer.
    pub pointer: String,
    /// What it says.
    pub kind: LineKind,
    /// What it says instead while the session has one of these locales.
    pub locales: Vec<(String, LineKind)>,
}

/// What a line says.
#[derive(Clone, Debug)]
pub enum LineKind {
    /// The session asks for something.
    Out(Expect),
    /// Something happens.
    In(Input),
    /// A node is left by an exit.
    Via {
        /// The node.
        node: String,
        /// The exit.
        exit: String,
    },
    /// Variables (by dotted path) have these values.
    Vars(Vec<(String, Value)>),
    /// The session has ended.
    End {
        /// For this reason.
        reason: Option<String>,
        /// After this node.
        via: Option<String>,
    },
}

/// Something that happens.
#[derive(Clone, Debug)]
pub enum Input {
    /// Events, in a row.
    Events(Vec<Event>),
    /// Time passes, in milliseconds.
    Time(u64),
    /// A recording ends after so many milliseconds, for a reason.
    Recording {
        /// Its length in milliseconds.
        duration_ms: u64,
        /// `max`, `silence`, `key` or `hangup`.
        ended_by: String,
    },
}

/// What a service answers.
#[derive(Clone, Debug)]
pub struct Mock {
    /// After so many milliseconds.
    pub delay_ms: u64,
    /// With what.
    pub answer: MockAnswer,
}

/// With what a service answers.
#[derive(Clone, Debug)]
pub enum MockAnswer {
    /// A value, as the service gives it.
    Value(Value),
    /// A fault with this code and message.
    Fault(String, String),
    /// The outcome of a connection attempt.
    Outcome(crate::event::Outcome),
    /// Nothing, ever.
    Silence,
}
