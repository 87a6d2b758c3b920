//! Shadows: a draft or a release runs beside the conversations of a flow, and what it would have done otherwise is counted.

use crate::actor::Actor;
use crate::house::House;
use crate::problem::Problem;
use crate::releases::{FlowReleases, sign};
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

type Shared = State<Arc<dyn House>>;

/// A candidate that runs beside the conversations of a flow, or the last one that did. Only conversations that are over, and that
/// began while it ran, are counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ShadowState {
    /// The release that it is; none for what was a draft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<i64>,
    /// The hash of its program.
    pub hash: String,
    /// Who began it.
    pub author: String,
    /// What was said about it.
    pub note: String,
    /// Since when (RFC 3339).
    pub since: String,
    /// When it ended (RFC 3339); none while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// Why it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_because: Option<String>,
    /// Conversations that go on and are being followed.
    pub following: usize,
    /// Conversations that were held against it.
    pub sessions: u64,
    /// Those of them in which nobody would have noticed anything.
    pub same: u64,
    /// Those of them in which somebody would have.
    pub diverged: u64,
    /// Those of them in which it failed, by the reason: `error`, `panic`, `slow`, `behind`.
    pub failed: BTreeMap<String, u64>,
    /// Conversations that were not followed, because there were too many at a time.
    pub skipped: u64,
    /// Where they part, those with the most first.
    pub nodes: Vec<ShadowNode>,
}

/// Conversations that part at a node in one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShadowNode {
    /// The flow.
    pub flow: String,
    /// The node.
    pub node: String,
    /// What differs first: `command`, `unanswered`, `time`, `refused` or `no_flow`.
    pub kind: String,
    /// How many.
    pub sessions: u64,
}

/// What a shadow shows, with some first divergences.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ShadowReport {
    /// The numbers.
    #[serde(flatten)]
    pub state: ShadowState,
    /// First divergences, oldest first, a few for each node: session, moment, turn, node, event, and both sides in words.
    #[schema(value_type = Vec<Object>)]
    pub examples: Vec<serde_json::Value>,
}

/// Begins a shadow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShadowRequest {
    /// Who.
    #[serde(default)]
    pub author: String,
    /// What is to be seen.
    #[serde(default)]
    pub note: String,
    /// The release; the draft as it is now, where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<i64>,
}

/// Ends a shadow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StopShadowRequest {
    /// Who.
    #[serde(default)]
    pub author: String,
    /// Why.
    #[serde(default)]
    pub note: String,
}

/// What the shadow of a flow shows that runs, or ran last. It quotes conversations.
#[utoipa::path(get, path = "/api/v1/flows/{id}/shadow", params(("id" = String, Path, description = "The flow's id")),
    responses((status = 200, body = ShadowReport, description = "What it shows"),
        (status = 404, body = Problem, description = "No such flow, or it never had a shadow")))]
pub(crate) async fn one(State(house): Shared, Path(id): Path<String>) -> Result<Json<ShadowReport>, Problem> {
    Ok(Json(house.shadow(&id).await?))
}

/// Lets the draft of a flow, or a release, run beside the conversations that begin from now on. Nothing that it asks for is done, and nobody waits for it.
#[utoipa::path(post, path = "/api/v1/flows/{id}/shadow", params(("id" = String, Path, description = "The flow's id")),
    request_body = ShadowRequest,
    responses((status = 201, body = FlowReleases, description = "It runs; one that ran before has ended"),
        (status = 404, body = Problem, description = "No such flow"), (status = 400, body = Problem, description = "Not JSON"),
        (status = 415, body = Problem, description = "Not JSON"), (status = 422, body = Problem, description = "Not what is described here"),
        (status = 409, body = Problem, description = "It has errors, nothing is live beside it, there is no such release, there are too many shadows, or this server serves its folder")))]
pub(crate) async fn begin(
    State(house): Shared,
    Path(id): Path<String>,
    actor: Option<Extension<Actor>>,
    body: Result<Json<ShadowRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<FlowReleases>), Problem> {
    let mut request = body?.0;
    sign(&mut request.author, actor);
    house.begin_shadow(&id, request).await?;
    Ok((StatusCode::CREATED, Json(house.releases(&id).await?)))
}

/// Ends the shadow of a flow. What it showed stays.
#[utoipa::path(post, path = "/api/v1/flows/{id}/shadow/stop", params(("id" = String, Path, description = "The flow's id")),
    request_body = StopShadowRequest,
    responses((status = 200, body = FlowReleases, description = "Done"), (status = 404, body = Problem, description = "No such flow"),
        (status = 400, body = Problem, description = "Not JSON"), (status = 415, body = Problem, description = "Not JSON"),
        (status = 422, body = Problem, description = "Not what is described here"),
        (status = 409, body = Problem, description = "There is no shadow")))]
pub(crate) async fn stop(
    State(house): Shared,
    Path(id): Path<String>,
    actor: Option<Extension<Actor>>,
    body: Result<Json<StopShadowRequest>, JsonRejection>,
) -> Result<Json<FlowReleases>, Problem> {
    let mut request = body?.0;
    sign(&mut request.author, actor);
    house.stop_shadow(&id, request).await?;
    Ok(Json(house.releases(&id).await?))
}
