//! The programs that one session ran on: the one that it began on, and those that it was moved to.

use super::ReplayError;
use crate::event::Event;
use crate::migration::Migration;
use crate::program::Program;
use crate::session::{Session, Turn};

/// The programs that a session ran on.
#[derive(Clone, Debug)]
pub struct Programs {
    first: Program,
    later: Vec<Program>,
}

impl From<&Program> for Programs {
    fn from(first: &Program) -> Self {
        Programs::new(first.clone(), Vec::new())
    }
}

impl Programs {
    /// The one that it began on, and those that it was moved to, in any order.
    pub fn new(first: Program, later: Vec<Program>) -> Programs {
        Programs { first, later }
    }

    /// The one that it began on.
    pub fn first(&self) -> &Program {
        &self.first
    }

    /// The one with this hash.
    pub fn find(&self, hash: &str) -> Option<&Program> {
        std::iter::once(&self.first).chain(&self.later).find(|program| program.hash() == hash)
    }

    /// The program that an event moves the session to, if it does.
    pub(super) fn next(&self, event: &Event) -> Result<Option<&Program>, ReplayError> {
        let Event::Moved(moved) = event else { return Ok(None) };
        let hash = &moved.to.program;
        self.find(hash).map(Some).ok_or_else(|| ReplayError::NoVersion(hash.clone()))
    }
}

/// Moves a session once more, in a turn of its journal.
pub(super) fn carry(
    session: &mut Session,
    (old, new): (&Program, &Program),
    turn: usize,
    at_ms: i64,
) -> Result<Turn, ReplayError> {
    let carried = Migration::new(old, new).carry(session, at_ms).map_err(|stay| ReplayError::Stays(turn, stay))?;
    *session = carried.session;
    Ok(carried.turn)
}
