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
    match replayed(candidate, recording) {
        Ok(Some(difference)) => Outcome::Differs(Box::new(difference)),
        Ok(None) => Outcome::Same { turns: recording.turns.len() },
        Err(message) => Outcome::Broken { message: message.to_owned() },
    }
}

fn replayed(candidate: Option<&Program>, recording: &Recording) -> Result<Option<Difference>, &'static str> {
    let (first, rest) = recording.turns.split_first().ok_or("the journal is empty")?;
    let Event::Start(start) = &first.entry.event else {
        return Err("the journal does not begin with a start event");
    };
    if rest.len() >= limits::REPLAY_TURNS {
        return Err("the journal has more turns than are replayed");
    }
    let begins = Place { flow: recording.flow.clone(), ..Place::default() };
    let at_start = |what: What, now: String| Difference {
        turn: 1,
        place: first.known.as_ref().map_or_else(|| begins.clone(), |known| known.at.clone()),
        event: words::event(&first.entry.event, false),
        what,
        recorded: "the conversation began".to_owned(),
        candidate: now,
    };
    let Some(program) = candidate else {
        let now = format!("there is no flow `{}` that can run", recording.flow);
        return Ok(Some(at_start(What::NoFlow, now)));
    };
    let (mut session, turn) = match Session::start(program, start, first.entry.at_ms) {
        Ok(begun) => begun,
        Err(fault) => {
            let now = format!("the conversation does not begin: {}", fault.message);
            return Ok(Some(at_start(What::Refused { fault }, now)));
        }
    };
    let begun_at = turn.visited.first().map_or_else(|| begins.clone(), |visit| place(visit.names(program)));
    let now = known(program, &session, begun_at, &turn);
    let mut confidence = words::Confidence::default();
    if let Some(difference) = commands(1, first, &confidence, &turn.commands, &now) {
        return Ok(Some(difference));
    }
    confidence.follow(&first.entry.commands);
    let mut wakes = now.wakes_at_ms;
    let mut before = first;
    for (taken, number) in rest.iter().zip(2..) {
        let at = place(session.position(program));
        if session.ended().is_none()
            && let Some((recorded_ms, candidate_ms)) = timing(taken, before, wakes)
        {
            return Ok(Some(Difference {
                turn: number,
                place: taken.known.as_ref().map_or(at, |known| known.at.clone()),
                event: words::event(&taken.entry.event, confidence.is_asked()),
                what: What::Time { recorded_ms, candidate_ms },
                recorded: words::waking(recorded_ms, before.entry.at_ms, &taken.entry),
                candidate: words::waking_now(candidate_ms, before.entry.at_ms),
            }));
        }
        confidence.hear(&taken.entry.event);
        let turn = session.handle(program, &taken.entry.event, taken.entry.at_ms);
        let now = known(program, &session, at, &turn);
        if let Some(difference) = commands(number, taken, &confidence, &turn.commands, &now) {
            return Ok(Some(difference));
        }
        confidence.follow(&taken.entry.commands);
        wakes = now.wakes_at_ms;
        before = taken;
    }
    Ok(None)
}

/// When the recorded session woke and when this one would have, where they part at an event.
fn timing(taken: &Taken, before: &Taken, wakes: Option<i64>) -> Option<(Option<i64>, Option<i64>)> {
    let at_ms = taken.entry.at_ms;
    let is_due = |wakes: Option<i64>, slack: i64| wakes.is_some_and(|moment| moment.saturating_add(slack) <= at_ms);
    let is_timer = matches!(taken.entry.event, Event::Timer);
    match before.known.as_ref().map(|known| known.wakes_at_ms) {
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
