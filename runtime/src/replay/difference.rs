//! What a recording and another version disagree about.

use crate::fault::Fault;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A node of a flow.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The flow's id.
    pub flow: String,
    /// The node's id.
    pub node: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.flow, self.node)
    }
}

/// What became of a recording on another version.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Everybody would have heard and done the same.
    Same {
        /// The turns that were replayed.
        turns: usize,
    },
    /// Somebody would have noticed.
    Differs(Box<Difference>),
    /// It could not be replayed, whatever the version.
    Broken {
        /// Why.
        message: String,
    },
}

/// The first place at which somebody would have noticed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The turn, from 1.
    pub turn: usize,
    /// The node at which they part: the one that asked for what was recorded, or else for what is asked for now.
    pub place: Place,
    /// What happened then, in words; what a contact was asked in confidence is masked.
    pub event: String,
    /// What differs.
    pub what: What,
    /// What was recorded, in words.
    pub recorded: String,
    /// What the other version does, in words.
    pub candidate: String,
}

impl What {
    /// Its name, as it is written.
    pub fn kind(&self) -> &'static str {
        match self {
            What::NoFlow => "no_flow",
            What::Refused { .. } => "refused",
            What::Command { .. } => "command",
            What::Unanswered { .. } => "unanswered",
            What::Time { .. } => "time",
        }
    }
}

/// What differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// The flow that the session begins in is not there, or cannot run.
    NoFlow,
    /// The conversation does not begin.
    Refused {
        /// Why.
        fault: Fault,
    },
    /// A command.
    Command {
        /// Its place among the turn's commands, from 0.
        command: usize,
        /// The kind that was recorded; nothing when nothing more was.
        #[serde(skip_serializing_if = "Option::is_none")]
        recorded: Option<&'static str>,
        /// The kind that is asked for now; nothing when nothing more is.
        #[serde(skip_serializing_if = "Option::is_none")]
        candidate: Option<&'static str>,
    },
    /// A service, a recording or a connection is asked for, to which the journal has no answer.
    Unanswered {
        /// Its place among the turn's commands, from 0.
        command: usize,
        /// The kind that was recorded; nothing when nothing more was.
        #[serde(skip_serializing_if = "Option::is_none")]
        recorded: Option<&'static str>,
        /// The kind that is asked for now.
        candidate: &'static str,
    },
    /// It would have gone on by itself at another moment.
    Time {
        /// When, in Unix milliseconds; nothing where it only waits, or where that is not known.
        recorded_ms: Option<i64>,
        /// When it would now; nothing where it only waits.
        candidate_ms: Option<i64>,
    },
}
