//! Replay: a journal's events go through the interpreter once more, and every command is compared with the one that
//! was recorded. The same program must give the same commands to the letter; what another one makes of it is in `against`.

mod against;
mod difference;
mod mask;
mod programs;
mod recording;
mod story;
mod totals;
mod words;

pub use against::{Beside, against};
pub use difference::{Difference, Outcome, Place, What};
pub use mask::{Masked, Unmasked, mask};
pub use programs::Programs;
pub use recording::{Known, Recording, RecordingError, Taken};
pub use story::{Entered, Left, Step, Story, Teller, Variables, story};
pub use totals::{NodeTotal, Totals};

use crate::command::Command;
use crate::event::Event;
use crate::fault::Fault;
use crate::migration::Stay;
use crate::program::Program;
use crate::session::{Session, Via};
use serde::{Deserialize, Serialize};

/// One turn of a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When the event was handled, in Unix milliseconds.
    pub at_ms: i64,
    /// What happened.
    pub event: Event,
    /// What was asked for then.
    pub commands: Vec<Command>,
}

/// A journal that replayed to the letter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replayed {
    /// Turns.
    pub turns: usize,
    /// The path, turn by turn; its names are those of [`Replayed::program`].
    pub path: Vec<Vec<Via>>,
    /// Where the session was moved to another version: the turn, from 0, and the hash of the program that made it.
    pub moves: Vec<(usize, String)>,
    /// Why the session ended; `None` where the journal stops while it goes on.
    pub ended: Option<String>,
}

impl Replayed {
    /// The program that made a turn, from 0.
    pub fn program<'p>(&self, programs: &'p Programs, turn: usize) -> &'p Program {
        let moved = self.moves.iter().rev().find(|(at, _)| *at <= turn);
        moved.and_then(|(_, hash)| programs.find(hash)).unwrap_or(programs.first())
    }
}

/// The first place at which a journal and a program disagree.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Divergence {
    /// The turn, from 1.
    pub turn: usize,
    /// The event of that turn.
    pub event: Event,
    /// The node at which the session stood before that turn; empty for the first.
    pub node: String,
    /// Which of the turn's commands, from 0.
    pub command: usize,
    /// What was recorded; `None` when nothing more was.
    pub recorded: Option<Command>,
    /// What the program does; `None` when nothing more.
    pub replayed: Option<Command>,
}

/// Why a journal cannot be replayed at all.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ReplayError {
    /// It has no turn.
    #[error("the journal is empty")]
    Empty,
    /// It does not begin with the beginning.
    #[error("the journal does not begin with a start event")]
    NoStart,
    /// The program does not accept its start.
    #[error("the program does not accept this start: {}", .0.message)]
    Refused(Fault),
    /// The session was moved to a version that is not there.
    #[error("the session was moved to another version ({0}), which is not at hand")]
    NoVersion(String),
    /// It was moved, and cannot be moved so any more.
    #[error("turn {0} moved the session to another version, and now {1}")]
    Stays(usize, Stay),
    /// The two disagree.
    #[error("turn {} at {:?} differs", .0.turn, .0.node)]
    Diverged(Box<Divergence>),
}

/// Replays a journal on one program.
pub fn replay(program: &Program, journal: &[Entry]) -> Result<Replayed, ReplayError> {
    replay_on(&Programs::from(program), journal)
}

/// Replays a journal on the programs that its session ran on, one after the other.
pub fn replay_on(programs: &Programs, journal: &[Entry]) -> Result<Replayed, ReplayError> {
    let (first, rest) = journal.split_first().ok_or(ReplayError::Empty)?;
    let Event::Start(start) = &first.event else {
        return Err(ReplayError::NoStart);
    };
    let mut program = programs.first();
    let (mut session, turn) = Session::start(program, start, first.at_ms).map_err(ReplayError::Refused)?;
    compare(1, "", first, &turn.commands)?;
    let mut path = vec![turn.path];
    let mut moves = Vec::new();
    for (entry, number) in rest.iter().zip(2..) {
        let node = session.position(program).1;
        let turn = match programs.next(&entry.event)? {
            Some(next) => {
                let turn = programs::carry(&mut session, (program, next), number, entry.at_ms)?;
                moves.push((number - 1, next.hash().to_owned()));
                program = next;
                turn
            }
            None => session.handle(program, &entry.event, entry.at_ms),
        };
        compare(number, node, entry, &turn.commands)?;
        path.push(turn.path);
    }
    Ok(Replayed { turns: journal.len(), path, moves, ended: session.ended().map(str::to_owned) })
}

fn compare(turn: usize, node: &str, entry: &Entry, replayed: &[Command]) -> Result<(), ReplayError> {
    if entry.commands == replayed {
        return Ok(());
    }
    let longest = entry.commands.len().max(replayed.len());
    let command = (0..longest).find(|place| entry.commands.get(*place) != replayed.get(*place)).unwrap_or_default();
    Err(ReplayError::Diverged(Box::new(Divergence {
        turn,
        event: entry.event.clone(),
        node: node.to_owned(),
        command,
        recorded: entry.commands.get(command).cloned(),
        replayed: replayed.get(command).cloned(),
    })))
}
