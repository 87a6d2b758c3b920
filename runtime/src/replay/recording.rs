//! A recording: the journal of one session with what only its own version can tell of it, so that another version can be
//! held against it anywhere: which node asked for what, which way was taken, when the session would have woken.
//!
//! It is also the form of journal files. Where they are kept is not known here.

use super::difference::Place;
use super::programs::{self, Programs};
use super::{Entry, ReplayError, compare};
use crate::event::Event;
use crate::limits;
use crate::program::Program;
use crate::session::{Session, Turn};
use serde::{Deserialize, Serialize};

/// The form of journal files that this build writes. Another one is refused by name.
const FORM: u32 = 1;

/// A recorded session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// The form of the file.
    #[serde(rename = "offhook_journal")]
    form: u32,
    /// The session's id.
    pub session: String,
    /// The flow that it began in.
    pub flow: String,
    /// The version of that flow; 0 for a working copy.
    #[serde(default)]
    pub version: u32,
    /// Its turns, the start first.
    pub turns: Vec<Taken>,
}

/// One turn that was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// The event, its moment and the commands.
    #[serde(flatten)]
    pub entry: Entry,
    /// What the session's own version tells; nothing where that version is not there any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Known>,
}

/// What the session's own version tells of a turn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// The node at which the session stood before it; the first of all for the start.
    pub at: Place,
    /// For each command, the node that asked for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<Place>,
    /// The nodes that were left, with the exits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<(Place, String)>,
    /// The nodes that were entered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entered: Vec<Place>,
    /// When the session would have woken after the turn, in Unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wakes_at_ms: Option<i64>,
}

/// Why a text is no recording.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// It is not in the form.
    #[error("this is no journal file: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It is in another form.
    #[error("the journal is in form {0}, and this build reads form {FORM}")]
    Form(u32),
    /// It has too many turns.
    #[error("the journal has {0} turns; at most {limit} are replayed", limit = limits::REPLAY_TURNS)]
    Long(usize),
}

impl Taken {
    /// A turn that a session has just made on a program. It stood at a place before; where nothing is given, this was its start.
    pub fn made(
        program: &Program,
        at: Option<Place>,
        event: Event,
        at_ms: i64,
        turn: Turn,
        wakes_at_ms: Option<i64>,
    ) -> Taken {
        let first = || turn.visited.first().map_or_else(Place::default, |visit| place(visit.names(program)));
        let known = known_of(program, wakes_at_ms, at.unwrap_or_else(first), &turn);
        Taken { entry: Entry { at_ms, event, commands: turn.commands }, known: Some(known) }
    }
}

impl Recording {
    /// A journal of which nothing more is known: its own version is gone.
    pub fn bare(session: &str, flow: &str, version: u32, journal: Vec<Entry>) -> Recording {
        let turns = journal.into_iter().map(|entry| Taken { entry, known: None }).collect();
        Recording { form: FORM, session: session.to_owned(), flow: flow.to_owned(), version, turns }
    }

    /// A journal, run once more on the program that it was made with. Fails where that does not give the same commands.
    pub fn of(program: &Program, session: &str, journal: Vec<Entry>) -> Result<Recording, ReplayError> {
        Recording::on(&Programs::from(program), session, journal)
    }

    /// A journal, run once more on the programs that it was made with.
    pub fn on(programs: &Programs, session: &str, journal: Vec<Entry>) -> Result<Recording, ReplayError> {
        let mut program = programs.first();
        let mut recording = Recording::bare(session, program.id(), program.entry().version, journal);
        let first = recording.turns.first_mut().ok_or(ReplayError::Empty)?;
        let Event::Start(start) = &first.entry.event else { return Err(ReplayError::NoStart) };
        let (mut running, turn) = Session::start(program, start, first.entry.at_ms).map_err(ReplayError::Refused)?;
        let beginning = turn.visited.first().map_or_else(Place::default, |visit| place(visit.names(program)));
        compare(1, "", &first.entry, &turn.commands)?;
        first.known = Some(known(program, &running, beginning, &turn));
        for (taken, number) in recording.turns[1..].iter_mut().zip(2..) {
            let at = place(running.position(program));
            let turn = match programs.next(&taken.entry.event)? {
                Some(next) => {
                    let turn = programs::carry(&mut running, (program, next), number, taken.entry.at_ms)?;
                    program = next;
                    turn
                }
                None => running.handle(program, &taken.entry.event, taken.entry.at_ms),
            };
            compare(number, &at.node, &taken.entry, &turn.commands)?;
            taken.known = Some(known(program, &running, at, &turn));
        }
        Ok(recording)
    }

    /// From the text of a journal file.
    pub fn read(text: &str) -> Result<Recording, RecordingError> {
        let recording: Recording = serde_json::from_str(text)?;
        match recording.form {
            FORM if recording.turns.len() > limits::REPLAY_TURNS => Err(RecordingError::Long(recording.turns.len())),
            FORM => Ok(recording),
            other => Err(RecordingError::Form(other)),
        }
    }

    /// As the text of a journal file.
    pub fn write(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a recording is plain data");
        text.push('\n');
        text
    }

    /// The journal alone.
    pub fn journal(&self) -> Vec<Entry> {
        self.turns.iter().map(|taken| taken.entry.clone()).collect()
    }
}

pub(super) fn place((flow, node): (&str, &str)) -> Place {
    Place { flow: flow.to_owned(), node: node.to_owned() }
}

/// What a turn tells, which began at a place.
pub(super) fn known(program: &Program, after: &Session, at: Place, turn: &Turn) -> Known {
    known_of(program, after.wakes_at(program), at, turn)
}

fn known_of(program: &Program, wakes_at_ms: Option<i64>, at: Place, turn: &Turn) -> Known {
    let asker = |command: usize| {
        let entered = turn.before.iter().take_while(|before| **before as usize <= command).count();
        entered.checked_sub(1).map_or_else(|| at.clone(), |last| place(turn.visited[last].names(program)))
    };
    let by = (0..turn.commands.len()).map(asker).collect();
    let left = turn.path.iter().map(|via| {
        let (flow, node, exit) = via.names(program);
        (place((flow, node)), exit.to_owned())
    });
    let path = left.collect();
    let entered = turn.visited.iter().map(|visit| place(visit.names(program))).collect();
    Known { by, path, entered, wakes_at_ms, at }
}
