//! Recorded sessions: lists, journals and replay.

use crate::house::{House, SessionPage, SessionQuery, SessionSummary};
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, Query, State};
use offhook_runtime::replay::{self, Entry, ReplayError};
use offhook_runtime::{Command, Event};
use serde_json::{Value, json};
use std::sync::Arc;

type Shared = State<Arc<dyn House>>;

/// What stands for an answer that was given in confidence.
const MASK: &str = "•";

/// Sessions, newest first.
#[utoipa::path(get, path = "/api/v1/sessions", params(SessionQuery),
    responses((status = 200, body = SessionPage, description = "A page"), (status = 400, body = Problem, description = "A bad cursor")))]
pub(crate) async fn list(
    State(house): Shared,
    Query(query): Query<SessionQuery>,
) -> Result<Json<SessionPage>, Problem> {
    Ok(Json(house.sessions(query).await?))
}

/// One session.
#[utoipa::path(get, path = "/api/v1/sessions/{id}", params(("id" = String, Path, description = "The session's id")),
    responses((status = 200, body = SessionSummary, description = "The session"), (status = 404, body = Problem, description = "No such session")))]
pub(crate) async fn one(State(house): Shared, Path(id): Path<String>) -> Result<Json<SessionSummary>, Problem> {
    Ok(Json(house.session(&id).await?))
}

/// A session's events and commands. What was entered in confidence is masked.
#[utoipa::path(get, path = "/api/v1/sessions/{id}/journal", params(("id" = String, Path, description = "The session's id")),
    responses((status = 200, description = "The turns, in order"), (status = 404, body = Problem, description = "No such session")))]
pub(crate) async fn journal(State(house): Shared, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    let trail = house.trail(&id).await?;
    Ok(Json(json!({ "session": id, "program": trail.programs.first().hash(), "turns": masked(trail.journal) })))
}

/// Replays a session on the version that it ran on, or the versions, one after the other.
#[utoipa::path(post, path = "/api/v1/sessions/{id}/replay", params(("id" = String, Path, description = "The session's id")),
    responses((status = 200, description = "Whether every command came out the same, and the first that did not"),
        (status = 404, body = Problem, description = "No such session")))]
pub(crate) async fn replay(State(house): Shared, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    let trail = house.trail(&id).await?;
    Ok(Json(match replay::replay_on(&trail.programs, &trail.journal) {
        Ok(replayed) => {
            let path: Vec<Value> = replayed
                .path
                .iter()
                .enumerate()
                .map(|(number, turn)| {
                    let program = replayed.program(&trail.programs, number);
                    turn.iter()
                        .map(|via| {
                            let (flow, node, exit) = via.names(program);
                            json!({ "flow": flow, "node": node, "exit": exit })
                        })
                        .collect()
                })
                .collect();
            json!({ "same": true, "turns": replayed.turns, "ended": replayed.ended, "path": path })
        }
        Err(ReplayError::Diverged(divergence)) => json!({ "same": false, "divergence": divergence }),
        Err(error) => json!({ "same": false, "error": error.to_string() }),
    }))
}

/// The journal with what was answered in confidence taken out: where it was entered, and wherever a command repeats it.
fn masked(journal: Vec<Entry>) -> Vec<Entry> {
    let mut confidential = false;
    let mut entering = String::new();
    let mut known: Vec<String> = Vec::new();
    journal
        .into_iter()
        .map(|mut entry| {
            if confidential {
                match &mut entry.event {
                    Event::Keys(text) | Event::Text(text) => {
                        entering.push_str(&std::mem::replace(text, MASK.to_owned()))
                    }
                    Event::Speech(speech) => entering.push_str(&std::mem::replace(&mut speech.text, MASK.to_owned())),
                    _ => {}
                }
            }
            let asks_again = entry.commands.iter().any(|command| !matches!(command, Command::Note(_)));
            if asks_again && !entering.is_empty() {
                let digits = entering.trim_end_matches(['#', '*']).to_owned();
                known
                    .extend([std::mem::take(&mut entering), digits].into_iter().filter(|text| text.len() >= MASK_FROM));
                // What is longer holds what is shorter.
                known.sort_by_key(|text| std::cmp::Reverse(text.len()));
            }
            if !known.is_empty() {
                entry.commands = without(&entry.commands, &known);
            }
            for command in &entry.commands {
                match command {
                    Command::Listen(listen) => confidential = listen.sensitive,
                    Command::Record(_) | Command::Connect(_) | Command::End(_) => confidential = false,
                    _ => {}
                }
            }
            entry
        })
        .collect()
}

/// Shorter answers are not looked for in commands: a single digit stands everywhere.
const MASK_FROM: usize = 3;

/// The commands with each of these texts masked.
fn without(commands: &[Command], known: &[String]) -> Vec<Command> {
    let text = serde_json::to_string(commands).expect("commands are plain data");
    let text = known.iter().fold(text, |text, secret| {
        let quoted = Value::from(secret.as_str()).to_string();
        text.replace(quoted.trim_matches('"'), MASK)
    });
    // A number among the commands that equals the answer cannot be masked in place; then the commands go as a whole.
    serde_json::from_str(&text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use offhook_runtime::Listen;

    #[test]
    fn a_command_does_not_tell_what_was_entered_in_confidence() {
        let call = Command::Call(offhook_runtime::Call {
            id: 2,
            node: "check".into(),
            service: "http".into(),
            request: offhook_runtime::Value::map([("pin", "4711".into())]),
            timeout_ms: 1,
        });
        let keys = ["4", "7", "1", "1"].map(|key| entry(Event::Keys(key.into()), None));
        let mut journal = vec![entry(Event::Timer, Some(true))];
        journal.extend(keys);
        journal.last_mut().unwrap().commands = vec![call];
        let text = serde_json::to_string(&masked(journal)).unwrap();
        assert!(!text.contains("4711") && text.contains(MASK), "{text}");
    }

    fn entry(event: Event, sensitive: Option<bool>) -> Entry {
        let listen = sensitive.map(|sensitive| Command::Listen(Listen { id: 1, sensitive, ..Listen::default() }));
        Entry { at_ms: 0, event, commands: listen.into_iter().collect() }
    }

    #[test]
    fn what_is_entered_in_confidence_is_masked_until_the_next_question() {
        let journal = vec![
            entry(Event::Timer, Some(true)),
            entry(Event::Keys("1".into()), None),
            entry(Event::Keys("2".into()), Some(false)),
            entry(Event::Text("hello".into()), None),
        ];
        let events: Vec<Event> = masked(journal).into_iter().map(|entry| entry.event).collect();
        let expected = [Event::Timer, Event::Keys(MASK.into()), Event::Keys(MASK.into()), Event::Text("hello".into())];
        assert_eq!(events, expected);
    }
}
