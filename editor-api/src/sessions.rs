//! Recorded sessions: lists, journals and replay.

use crate::confidence::masked;
use crate::house::{House, SessionPage, SessionQuery, SessionSummary};
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, Query, State};
use offhook_runtime::replay::{self, ReplayError};
use serde_json::{Value, json};
use std::sync::Arc;

type Shared = State<Arc<dyn House>>;

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
    Ok(Json(json!({ "session": id, "program": trail.programs.first().hash(), "turns": masked(trail.journal).journal })))
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
