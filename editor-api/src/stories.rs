//! A recorded session as somebody looks at it: turn by turn on the version that ran, held against a document that is sent, and as a test.

use crate::check::compile_sent;
use crate::confidence::masked;
use crate::house::{House, HouseError, SessionSummary};
use crate::limits::STORY_TURNS;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use offhook_flow_schemas::Diagnostic;
use offhook_runtime::replay::{Outcome, Recording, against, mask, story};
use offhook_runtime::talk;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

type Shared = State<Arc<dyn House>>;

/// A session, told. What a contact entered in confidence is masked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionStory {
    /// The session.
    session: SessionSummary,
    /// The version of each flow that it began with, by id. An event `moved` names others from there on.
    versions: BTreeMap<String, u32>,
    /// Its turns: what happened, what was asked for, the way, and the variables afterwards.
    #[schema(value_type = Vec<Object>)]
    steps: Vec<Value>,
    /// Whether there are more turns than are told.
    more: bool,
    /// Why it ended.
    ended: Option<String>,
    /// When it would wake by itself, in Unix milliseconds.
    wakes_at: Option<i64>,
    /// Why it cannot be told further.
    broken: Option<String>,
}

/// A document that a session is held against.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgainstRequest {
    /// The document: YAML or JSON.
    source: String,
    /// Texts of other locales: locale to document.
    #[serde(default)]
    texts: BTreeMap<String, String>,
}

/// What a test is about.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeepRequest {
    /// Its first line.
    about: String,
}

/// A session turn by turn, on the version that it ran on.
#[utoipa::path(get, path = "/api/v1/sessions/{id}/story", params(("id" = String, Path, description = "The session's id")),
    responses((status = 200, body = SessionStory, description = "The turns, in order"), (status = 404, body = Problem, description = "No such session")))]
pub(crate) async fn tell(State(house): Shared, Path(id): Path<String>) -> Result<Json<SessionStory>, Problem> {
    let session = house.session(&id).await?;
    let trail = house.trail(&id).await?;
    let told = story(&trail.programs, &trail.journal, STORY_TURNS);
    let versions = trail.programs.first().flows().map(|flow| (flow.id.clone(), flow.version)).collect();
    let masked = masked(trail.journal);
    let steps = told.steps.into_iter().zip(&masked.journal).map(|(mut step, entry)| {
        step.event = entry.event.clone();
        step.commands.clone_from(&entry.commands);
        // Within a turn, only whoever tries a flow looks.
        step.visited.iter_mut().for_each(|visit| visit.variables = None);
        let mut step = json!(step);
        masked.hide(&mut step["variables"]);
        step
    });
    Ok(Json(SessionStory {
        session,
        versions,
        steps: steps.collect(),
        more: told.more,
        ended: told.ended,
        wakes_at: told.wakes_at,
        broken: told.broken.map(|error| error.to_string()),
    }))
}

/// Holds a session against a document that is sent, and tells the first thing that its contact would have noticed.
#[utoipa::path(post, path = "/api/v1/sessions/{id}/against", params(("id" = String, Path, description = "The session's id")),
    request_body = AgainstRequest,
    responses((status = 200, description = "`outcome`: `same`, `differs` with the place, or `broken`"), (status = 404, body = Problem, description = "No such session"),
        (status = 422, body = Problem, description = "The document has errors")))]
pub(crate) async fn hold(
    State(house): Shared,
    Path(id): Path<String>,
    Json(request): Json<AgainstRequest>,
) -> Result<Json<Value>, Problem> {
    let trail = house.trail(&id).await?;
    let (flow, compiled, diagnostics) = compile_sent(&*house, "flow.yaml", &request.source, &request.texts);
    let Some(program) = flow.and_then(|flow| compiled.program(&flow)) else {
        let first = diagnostics.iter().find(|found| Diagnostic::is_error(found));
        let why = first.map_or_else(
            || "a flow that it calls has errors".to_owned(),
            |found| format!("line {}: {}", found.line, found.message),
        );
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why));
    };
    let outcome = match Recording::on(&trail.programs, &id, trail.journal) {
        Ok(recording) => against(Some(&program).filter(|program| program.id() == recording.flow), &recording),
        Err(error) => Outcome::Broken { message: error.to_string() },
    };
    Ok(Json(json!(outcome)))
}

/// A session as the text of a test, with stand-ins for personal data.
#[utoipa::path(post, path = "/api/v1/sessions/{id}/talk", params(("id" = String, Path, description = "The session's id")),
    request_body = KeepRequest,
    responses((status = 200, description = "`talk`: the text"), (status = 404, body = Problem, description = "No such session"),
        (status = 409, body = Problem, description = "It cannot be told without personal data, or not as a test of one version")))]
pub(crate) async fn keep(
    State(house): Shared,
    Path(id): Path<String>,
    Json(request): Json<KeepRequest>,
) -> Result<Json<Value>, Problem> {
    let trail = house.trail(&id).await?;
    let program = trail.programs.first();
    let refused = |why: String| Problem::from(HouseError::Conflict(why));
    let masked = mask(program, &trail.journal, &[]).map_err(|error| refused(error.to_string()))?;
    let text = talk::from_journal(program, &masked.journal, &request.about);
    let text = text.ok_or_else(|| refused("the conversation has no beginning".to_owned()))?;
    match masked.left_in(&text) {
        0 => Ok(Json(json!({ "talk": text }))),
        some => Err(refused(format!("{some} values of the contact would still be told"))),
    }
}
