//! A journal told turn by turn, as a person looks at it: where the session stood, which way it went, what its variables were, also at
//! each node that it entered within a turn. It compares nothing but what was recorded, and hides nothing: who may see what is the
//! caller's to say.

use super::difference::Place;
use super::{Entry, Programs, ReplayError, compare, programs};
use crate::command::Command;
use crate::event::Event;
use crate::program::Program;
use crate::session::{Session, Turn};
use crate::value::Value;
use serde::Serialize;
use std::collections::BTreeMap;

/// Variables by name.
pub type Variables = BTreeMap<String, serde_json::Value>;

/// A node that was left.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Left {
    /// The node.
    #[serde(flatten)]
    pub place: Place,
    /// By which exit.
    pub exit: String,
}

/// A node that was entered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entered {
    /// The node.
    #[serde(flatten)]
    pub place: Place,
    /// How many commands and how many exits of the turn were before it.
    pub commands: usize,
    /// As [`Entered::commands`], of `path`.
    pub path: usize,
    /// The variables of its flow at that moment; nothing where nobody watched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<Variables>,
}

/// One turn.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// When, in Unix milliseconds.
    pub at: i64,
    /// What happened.
    pub event: Event,
    /// What was asked for then.
    pub commands: Vec<Command>,
    /// The nodes that were left.
    pub path: Vec<Left>,
    /// The nodes that were entered.
    pub visited: Vec<Entered>,
    /// Where it stood afterwards.
    #[serde(flatten)]
    pub place: Place,
    /// The variables of that flow, afterwards.
    pub variables: Variables,
    /// The session's locale, afterwards.
    pub locale: String,
    /// Whether the event had any effect.
    pub used: bool,
}

/// A session, told.
#[derive(Debug, Default)]
pub struct Story {
    /// Its turns, as far as they can be told.
    pub steps: Vec<Step>,
    /// Whether the journal has more turns than were asked for.
    pub more: bool,
    /// Why it ended; nothing where the story stops while it goes on.
    pub ended: Option<String>,
    /// When the session would wake after the last step.
    pub wakes_at: Option<i64>,
    /// Why it cannot be told further.
    pub broken: Option<ReplayError>,
}

/// Tells the first `most` turns of a journal on the programs that its session ran on.
pub fn story(programs: &Programs, journal: &[Entry], most: usize) -> Story {
    let mut story = Story { more: journal.len() > most, ..Story::default() };
    let mut teller = Teller::new(programs);
    for entry in journal.iter().take(most) {
        match teller.tell(entry) {
            Ok(step) => story.steps.push(step),
            Err(error) => {
                story.broken = Some(error);
                break;
            }
        }
    }
    story.ended = teller.ended().map(str::to_owned);
    story.wakes_at = teller.wakes_at();
    story
}

/// Tells one turn after the other.
pub struct Teller<'p> {
    programs: &'p Programs,
    program: &'p Program,
    session: Option<Session>,
    turns: usize,
}

impl<'p> Teller<'p> {
    /// Before the first turn.
    pub fn new(programs: &'p Programs) -> Teller<'p> {
        Teller { programs, program: programs.first(), session: None, turns: 0 }
    }

    /// The next turn. Fails where it does not come out as it was recorded.
    pub fn tell(&mut self, entry: &Entry) -> Result<Step, ReplayError> {
        self.turns += 1;
        let (node, turn) = match (&mut self.session, &entry.event) {
            (None, Event::Start(start)) => {
                let (session, turn) =
                    Session::watched(self.program, start, entry.at_ms).map_err(ReplayError::Refused)?;
                self.session = Some(session);
                (String::new(), turn)
            }
            (None, _) => return Err(ReplayError::NoStart),
            (Some(session), event) => {
                let node = session.position(self.program).1.to_owned();
                let turn = match self.programs.next(event)? {
                    Some(next) => {
                        let turn = programs::carry(session, (self.program, next), self.turns, entry.at_ms)?;
                        self.program = next;
                        session.watch();
                        turn
                    }
                    None => session.handle(self.program, event, entry.at_ms),
                };
                (node, turn)
            }
        };
        compare(self.turns, &node, entry, &turn.commands)?;
        let session = self.session.as_ref().expect("it has begun");
        Ok(step(self.program, session, entry, turn))
    }

    /// Why the session ended.
    pub fn ended(&self) -> Option<&str> {
        self.session.as_ref()?.ended()
    }

    /// When it would wake.
    pub fn wakes_at(&self) -> Option<i64> {
        self.session.as_ref()?.wakes_at(self.program)
    }
}

fn step(program: &Program, session: &Session, entry: &Entry, turn: Turn) -> Step {
    let place = |(flow, node): (&str, &str)| Place { flow: flow.to_owned(), node: node.to_owned() };
    let path: Vec<Left> = turn
        .path
        .iter()
        .map(|via| {
            let (flow, node, exit) = via.names(program);
            Left { place: place((flow, node)), exit: exit.to_owned() }
        })
        .collect();
    let seen = session.seen();
    let entered = turn.visited.iter().zip(&turn.before).enumerate().map(|(number, (visit, before))| {
        let (flow, node) = visit.names(program);
        let sight = seen.get(number);
        let names = program.flow_index(flow).map(|index| &program.flows[index].vars);
        let variables = sight.zip(names).map(|(sight, names)| {
            let all = names.iter().zip(&*sight.values);
            all.map(|(var, value): (_, &Value)| (var.name.to_string(), value.to_json())).collect()
        });
        let left = sight.map_or(path.len(), |sight| sight.path);
        Entered { place: place((flow, node)), commands: *before as usize, path: left, variables }
    });
    let visited = entered.collect();
    let variables = session.variables(program).map(|(name, value)| (name.to_owned(), value.to_json())).collect();
    Step {
        at: entry.at_ms,
        event: entry.event.clone(),
        commands: turn.commands,
        path,
        visited,
        place: place(session.position(program)),
        variables,
        locale: session.locale().to_owned(),
        used: turn.used,
    }
}
