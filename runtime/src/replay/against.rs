//! A recording on another version: its events, answers of services and of recognisers among them, go through the other
//! program, and the first thing that anybody would notice is told.
//!
//! What nobody outside can notice is no difference: the name of a node, a limit of time that was not reached, another way to
//! the same words. What comes after the first difference is not compared: from there on the events answer other questions.

use super::difference::{Difference, Outcome, Place, What};
use super::recording::{Known, Recording, Taken, known, place};
use super::words;
use crate::command::Command;
use crate::event::Event;
use crate::limits;
use crate::program::Program;
use crate::session::Session;
use crate::value::{Map, Value};

/// Replays a recording on a program; nothing stands for a version in which its flow cannot run.
pub fn against(candidate: Option<&Program>, recording: &Recording) -> Outcome {
    let broken = |message: &str| Outcome::Broken { message: message.to_owned() };
    let Some((first, rest)) = recording.turns.split_first() else { return broken("the journal is empty") };
    if rest.len() >= limits::REPLAY_TURNS {
        return broken("the journal has more turns than are replayed");
    }
    let mut beside = match Beside::begin(candidate, &recording.flow, first) {
        Ok(beside) => beside,
        Err(outcome) => return outcome,
    };
    match rest.iter().find_map(|taken| beside.step(taken)) {
        Some(difference) => Outcome::Differs(Box::new(difference)),
        None => Outcome::Same { turns: beside.turns },
    }
}

/// A candidate that runs beside a session, turn by turn. What it asks for is compared and never done.
pub struct Beside {
    program: Program,
    session: Session,
    confidence: words::Confidence,
    /// When the candidate would wake.
    wakes: Option<i64>,
    /// When the turn before was made, and when the session's own version would have woken after it, where that is known.
    before: (i64, Option<Option<i64>>),
    turns: usize,
    /// From here on the session's events answer questions that the candidate never asked.
    over: bool,
}

impl Beside {
    /// Begins with the first turn of a session, which began in a flow; nothing stands for a version in which that flow cannot
    /// run. Fails where the two part at once.
    pub fn begin(candidate: Option<&Program>, flow: &str, first: &Taken) -> Result<Beside, Outcome> {
        match Beside::start(candidate, flow, first)? {
            (beside, None) => Ok(beside),
            (_, Some(difference)) => Err(Outcome::Differs(Box::new(difference))),
        }
    }

    /// As [`Beside::begin`], with the candidate also where the two part in their first turn. Fails where it does not begin.
    pub fn start(
        candidate: Option<&Program>,
        flow: &str,
        first: &Taken,
    ) -> Result<(Beside, Option<Difference>), Outcome> {
        let Event::Start(start) = &first.entry.event else {
            return Err(Outcome::Broken { message: "the journal does not begin with a start event".to_owned() });
        };
        let begins = Place { flow: flow.to_owned(), ..Place::default() };
        let at_start = |what: What, now: String| {
            Outcome::Differs(Box::new(Difference {
                turn: 1,
                place: first.known.as_ref().map_or_else(|| begins.clone(), |known| known.at.clone()),
                event: words::event(&first.entry.event, false),
                what,
                recorded: "the conversation began".to_owned(),
                candidate: now,
            }))
        };
        let Some(program) = candidate else {
            return Err(at_start(What::NoFlow, format!("there is no flow `{flow}` that can run")));
        };
        let (session, turn) = Session::start(program, start, first.entry.at_ms).map_err(|fault| {
            let now = format!("the conversation does not begin: {}", fault.message);
            at_start(What::Refused { fault }, now)
        })?;
        let begun_at = turn.visited.first().map_or_else(|| begins.clone(), |visit| place(visit.names(program)));
        let now = known(program, &session, begun_at, &turn);
        let mut confidence = words::Confidence::default();
        let difference = commands(1, first, &confidence, &turn.commands, &now);
        confidence.follow(&first.entry.commands);
        let (wakes, before, over) = (now.wakes_at_ms, rest_of(first), difference.is_some());
        let beside = Beside { program: program.clone(), session, confidence, wakes, before, turns: 1, over };
        Ok((beside, difference))
    }

    /// Why the candidate has ended; nothing while it goes on.
    pub fn ended(&self) -> Option<&str> {
        self.session.ended()
    }

    /// The session's next turn; the difference, where the two part in it. Nothing more can be compared after one.
    pub fn step(&mut self, taken: &Taken) -> Option<Difference> {
        if self.over {
            return None;
        }
        // Asked something else by another version, the contact answers that.
        if matches!(taken.entry.event, Event::Moved(_)) && !taken.entry.commands.is_empty() {
            self.over = true;
            return None;
        }
        self.turns += 1;
        let at = place(self.session.position(&self.program));
        if self.session.ended().is_none()
            && let Some((recorded_ms, candidate_ms)) = timing(taken, self.before.1, self.wakes)
        {
            self.over = true;
            return Some(Difference {
                turn: self.turns,
                place: taken.known.as_ref().map_or(at, |known| known.at.clone()),
                event: words::event(&taken.entry.event, self.confidence.is_asked()),
                what: What::Time { recorded_ms, candidate_ms },
                recorded: words::waking(recorded_ms, self.before.0, &taken.entry),
                candidate: words::waking_now(candidate_ms, self.before.0),
            });
        }
        self.confidence.hear(&taken.entry.event);
        let turn = self.session.handle(&self.program, &taken.entry.event, taken.entry.at_ms);
        let now = known(&self.program, &self.session, at, &turn);
        if let Some(difference) = commands(self.turns, taken, &self.confidence, &turn.commands, &now) {
            self.over = true;
            return Some(difference);
        }
        self.confidence.follow(&taken.entry.commands);
        (self.wakes, self.before) = (now.wakes_at_ms, rest_of(taken));
        None
    }
}

/// What the next turn is told of one.
fn rest_of(taken: &Taken) -> (i64, Option<Option<i64>>) {
    (taken.entry.at_ms, taken.known.as_ref().map(|known| known.wakes_at_ms))
}

/// When the recorded session woke and when this one would have, where they part at an event.
fn timing(taken: &Taken, before: Option<Option<i64>>, wakes: Option<i64>) -> Option<(Option<i64>, Option<i64>)> {
    let at_ms = taken.entry.at_ms;
    let is_due = |wakes: Option<i64>, slack: i64| wakes.is_some_and(|moment| moment.saturating_add(slack) <= at_ms);
    let is_timer = matches!(taken.entry.event, Event::Timer);
    match before {
        Some(recorded) => ((is_due(recorded, 0) || is_due(wakes, 0)) && recorded != wakes).then_some((recorded, wakes)),
        // The own version is not there to ask. A timer comes when it is due, and a little later on a busy machine.
        None if is_timer => {
            let is_late = !is_due(wakes, 0) && !taken.entry.commands.is_empty();
            (is_late || is_due(wakes, limits::REPLAY_SLACK_MS)).then_some((Some(at_ms), wakes))
        }
        None => is_due(wakes, limits::REPLAY_SLACK_MS).then_some((None, wakes)),
    }
}

/// The first command that differs, after a turn of the candidate.
fn commands(
    turn: usize,
    taken: &Taken,
    confidence: &words::Confidence,
    candidate: &[Command],
    now: &Known,
) -> Option<Difference> {
    let recorded = &taken.entry.commands;
    let longest = recorded.len().max(candidate.len());
    let command = (0..longest).find(|at| match (recorded.get(*at), candidate.get(*at)) {
        (Some(recorded), Some(candidate)) => !is_same(recorded, candidate),
        _ => true,
    })?;
    let (then, here) = (recorded.get(command), candidate.get(command));
    let asked_by = |known: &Known| known.by.get(command).cloned();
    let recorded_by = taken.known.as_ref().and_then(asked_by);
    let last = || taken.known.as_ref().map_or_else(|| now.at.clone(), |known| known.at.clone());
    let asks = |command: &&Command| matches!(command, Command::Call(_) | Command::Record(_) | Command::Connect(_));
    let what = match here.filter(asks) {
        Some(here) if !then.as_ref().is_some_and(asks) => {
            What::Unanswered { command, recorded: then.map(words::kind), candidate: words::kind(here) }
        }
        _ => What::Command { command, recorded: then.map(words::kind), candidate: here.map(words::kind) },
    };
    let (was, is) = words::commands(then, here);
    Some(Difference {
        turn,
        place: recorded_by.or_else(|| asked_by(now)).unwrap_or_else(last),
        event: words::event(&taken.entry.event, confidence.is_asked()),
        what,
        recorded: confidence.masked(was),
        candidate: confidence.masked(is),
    })
}

/// Whether nobody outside could tell two commands from each other. The node that asks is a name of the author's, and how
/// long it waits for a service, which requests repeat, shows in when the session wakes.
fn is_same(recorded: &Command, candidate: &Command) -> bool {
    match (recorded, candidate) {
        (Command::Call(then), Command::Call(now)) => {
            then.id == now.id && then.service == now.service && is_same_request(&then.request, &now.request)
        }
        (Command::Connect(then), Command::Connect(now)) => {
            then.id == now.id && then.mode == now.mode && then.to == now.to && then.timeout_ms == now.timeout_ms
        }
        (then, now) => then == now,
    }
}

fn is_same_request(then: &Value, now: &Value) -> bool {
    const LIMIT: &str = "timeout_ms";
    match (then, now) {
        (Value::Map(then), Value::Map(now)) => {
            let asked = |map: &Map| map.iter().filter(|(key, _)| &***key != LIMIT).count();
            asked(then) == asked(now)
                && then.iter().filter(|(key, _)| &***key != LIMIT).all(|(key, value)| now.get(key) == Some(value))
        }
        (then, now) => then == now,
    }
}
