//! Releases: publish a draft, go back, make a canary live.

use crate::actor::Actor;
use crate::house::{House, HouseError};
use crate::problem::Problem;
use crate::shadows::{ShadowReport, ShadowRequest, ShadowState, StopShadowRequest};
use async_trait::async_trait;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use offhook_flow_schemas::Diagnostic;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

type Shared = State<Arc<dyn House>>;

/// A release. It never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReleaseSummary {
    /// Its number, from 1 in each flow.
    pub number: i64,
    /// The hash of its program: the flow and every flow that it may enter.
    pub hash: String,
    /// The version of each of these flows, by id.
    #[schema(value_type = Object)]
    pub flows: serde_json::Value,
    /// Who published it.
    pub author: String,
    /// What was said about it.
    pub note: String,
    /// When (RFC 3339).
    pub created_at: String,
}

/// What takes a canary back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardSetting {
    /// The share of its ended conversations that may fail, 0 to 99 percent.
    pub percent: u8,
    /// Ended conversations before which the share says nothing.
    #[serde(default = "twenty")]
    pub after: u32,
}

fn twenty() -> u32 {
    20
}

/// A share of the contacts; each contact stays on the same side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CanarySetting {
    /// The share, 1 to 99 percent.
    pub percent: u8,
    /// When it is taken back by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<GuardSetting>,
}

/// A canary that runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CanaryState {
    /// The release.
    pub number: i64,
    /// Its share and its guard.
    #[serde(flatten)]
    pub setting: CanarySetting,
    /// Since when (RFC 3339).
    pub since: String,
}

/// A release that will be live.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NextRelease {
    /// The release.
    pub number: i64,
    /// From when on (RFC 3339).
    pub at: String,
    /// Why it is not live although its moment has come: it cannot run. It is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_because: Option<String>,
}

/// A change that was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReleaseEvent {
    /// When (RFC 3339).
    pub at: String,
    /// `published`, `scheduled`, `canary`, `live`, `rolled-back`, `promoted`, `guard`, `moved`, `held`, `shadow` or `shadow-ended`.
    pub action: String,
    /// The release that it was about; 0 for a draft.
    pub number: i64,
    /// The release that was live afterwards.
    pub live: Option<i64>,
    /// Who.
    pub author: String,
    /// Why.
    pub note: String,
}

/// What is live of a flow, and what was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FlowReleases {
    /// The flow.
    pub flow: String,
    /// The release that new conversations begin on; none before the first is live.
    pub live: Option<i64>,
    /// A release that a share of the contacts gets.
    pub canary: Option<CanaryState>,
    /// A release that will be live.
    pub next: Option<NextRelease>,
    /// How far conversations that waited have been moved to the live release; none where nothing became live since the server
    /// started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moves: Option<MoveSummary>,
    /// What runs beside its conversations, or ran last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shadow: Option<ShadowState>,
    /// The newest releases, newest first.
    pub releases: Vec<ReleaseSummary>,
    /// The newest changes, newest first.
    pub log: Vec<ReleaseEvent>,
}

/// Publishes the draft of a flow as it is now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishRequest {
    /// Who publishes.
    #[serde(default)]
    pub author: String,
    /// What is new.
    #[serde(default)]
    pub note: String,
    /// When it becomes live (RFC 3339); at once where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// For a share of the contacts only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<CanarySetting>,
}

/// Goes back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollBackRequest {
    /// Who.
    #[serde(default)]
    pub author: String,
    /// Why.
    #[serde(default)]
    pub note: String,
    /// To this release. Where it is absent: the canary goes, or, where there is none, the release before becomes live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<i64>,
}

/// Makes the canary live.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromoteRequest {
    /// Who.
    #[serde(default)]
    pub author: String,
    /// Why.
    #[serde(default)]
    pub note: String,
}

/// How far a preview looks back.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
pub struct PreviewQuery {
    /// How many conversations, at most 2,000; 200 where it is absent.
    pub sessions: Option<usize>,
    /// How many days; 7 where it is absent.
    pub days: Option<u32>,
}

/// Conversations that wait at a node, and what becomes of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WaitingAt {
    /// The version of the flow that they began in.
    pub version: i64,
    /// The flow that they are in.
    pub flow: String,
    /// The node.
    pub node: String,
    /// How many.
    pub sessions: usize,
    /// The flow and the node at which the new version takes them over; none for those that end on their version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moves_to: Option<NodePlace>,
    /// Whether the contact is asked anew there. Otherwise nobody notices.
    #[serde(default)]
    pub asked_anew: bool,
    /// Why they end on their version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stays_because: Option<String>,
}

/// A node of a flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NodePlace {
    /// The flow.
    pub flow: String,
    /// The node.
    pub node: String,
}

/// What a draft changes for those who call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FlowChange {
    /// The flow.
    pub flow: String,
    /// What changes, a sentence each; none where nobody notices.
    pub sentences: Vec<String>,
}

/// How far conversations have been moved to the release that became live last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MoveSummary {
    /// The release.
    pub release: i64,
    /// Those that go on in it.
    pub moved: usize,
    /// Those that end on the version that they are on.
    pub stayed: usize,
    /// Those of them that should have been moved and could not be.
    pub failed: usize,
    /// Whether all have been looked at.
    pub done: bool,
}

/// What publishing the draft of a flow would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReleasePreview {
    /// The flow.
    pub flow: String,
    /// Whether the draft is what is live already.
    pub same: bool,
    /// What changes for those who call what is live, flow by flow.
    pub changes: Vec<FlowChange>,
    /// What is wrong with the rules of `migrate`, held against what is live; an error stops publishing.
    #[schema(value_type = Vec<Object>)]
    pub rules: Vec<Diagnostic>,
    /// Who waits where and what becomes of them, most first.
    pub waiting: Vec<WaitingAt>,
    /// Whether more wait than were counted.
    pub more_waiting: bool,
    /// The last conversations on the draft: how many, how many the same, which nodes they part at.
    #[schema(value_type = Object)]
    pub totals: serde_json::Value,
    /// Conversations that would have gone another way, newest first: each with the first thing that its contact would have noticed.
    #[schema(value_type = Vec<Object>)]
    pub differing: Vec<serde_json::Value>,
}

/// What releases flows.
#[async_trait]
pub trait Publishing: Send + Sync {
    /// What is live of a flow, and what was.
    async fn releases(&self, flow: &str) -> Result<FlowReleases, HouseError>;
    /// Publishes the draft.
    async fn publish(&self, flow: &str, request: PublishRequest) -> Result<(), HouseError>;
    /// What publishing the draft would do.
    async fn preview(&self, flow: &str, query: PreviewQuery) -> Result<ReleasePreview, HouseError>;
    /// Goes back.
    async fn roll_back(&self, flow: &str, request: RollBackRequest) -> Result<(), HouseError>;
    /// Makes the canary live.
    async fn promote(&self, flow: &str, request: PromoteRequest) -> Result<(), HouseError>;
    /// What the shadow shows that runs, or ran last.
    async fn shadow(&self, flow: &str) -> Result<ShadowReport, HouseError>;
    /// Begins a shadow.
    async fn begin_shadow(&self, flow: &str, request: ShadowRequest) -> Result<(), HouseError>;
    /// Ends it.
    async fn stop_shadow(&self, flow: &str, request: StopShadowRequest) -> Result<(), HouseError>;
}

/// Whoever is signed in is the author, whatever name the request gives.
pub(crate) fn sign(author: &mut String, actor: Option<Extension<Actor>>) {
    if let Some(Extension(actor)) = actor
        && actor.is_person
    {
        *author = actor.name;
    }
}

/// What is live of a flow, and what was.
#[utoipa::path(get, path = "/api/v1/flows/{id}/releases", params(("id" = String, Path, description = "The flow's id, its slash written %2F")),
    responses((status = 200, body = FlowReleases, description = "Its releases"), (status = 404, body = Problem, description = "No such flow")))]
pub(crate) async fn list(State(house): Shared, Path(id): Path<String>) -> Result<Json<FlowReleases>, Problem> {
    Ok(Json(house.releases(&id).await?))
}

/// Publishes the draft of a flow, with every flow that it may enter.
#[utoipa::path(post, path = "/api/v1/flows/{id}/releases", params(("id" = String, Path, description = "The flow's id")),
    request_body = PublishRequest,
    responses((status = 201, body = FlowReleases, description = "Published"), (status = 404, body = Problem, description = "No such flow"),
        (status = 409, body = Problem, description = "It has errors, is live already, cannot take over conversations as it says, or this server serves its folder"),
        (status = 400, body = Problem, description = "Not JSON"), (status = 415, body = Problem, description = "Not JSON"),
        (status = 422, body = Problem, description = "A share or a moment that is none")))]
pub(crate) async fn publish(
    State(house): Shared,
    Path(id): Path<String>,
    actor: Option<Extension<Actor>>,
    body: Result<Json<PublishRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<FlowReleases>), Problem> {
    let mut request = body?.0;
    sign(&mut request.author, actor);
    house.publish(&id, request).await?;
    Ok((StatusCode::CREATED, Json(house.releases(&id).await?)))
}

/// What publishing the draft of a flow would do: what it changes, what becomes of those who wait, and which of the last conversations would have gone
/// another way. Nothing changes.
#[utoipa::path(get, path = "/api/v1/flows/{id}/preview", params(("id" = String, Path, description = "The flow's id"), PreviewQuery),
    responses((status = 200, body = ReleasePreview, description = "The blast radius"), (status = 404, body = Problem, description = "No such flow"),
        (status = 400, body = Problem, description = "A bad query"), (status = 409, body = Problem, description = "The draft has errors")))]
pub(crate) async fn preview(
    State(house): Shared,
    Path(id): Path<String>,
    Query(query): Query<PreviewQuery>,
) -> Result<Json<ReleasePreview>, Problem> {
    Ok(Json(house.preview(&id, query).await?))
}

/// Takes the canary back, or makes an earlier release live.
#[utoipa::path(post, path = "/api/v1/flows/{id}/rollback", params(("id" = String, Path, description = "The flow's id")),
    request_body = RollBackRequest,
    responses((status = 200, body = FlowReleases, description = "Done"), (status = 404, body = Problem, description = "No such flow"),
        (status = 400, body = Problem, description = "Not JSON"), (status = 415, body = Problem, description = "Not JSON"),
        (status = 422, body = Problem, description = "Not what is described here"),
        (status = 409, body = Problem, description = "There is nothing to go back to")))]
pub(crate) async fn roll_back(
    State(house): Shared,
    Path(id): Path<String>,
    actor: Option<Extension<Actor>>,
    body: Result<Json<RollBackRequest>, JsonRejection>,
) -> Result<Json<FlowReleases>, Problem> {
    let mut request = body?.0;
    sign(&mut request.author, actor);
    house.roll_back(&id, request).await?;
    Ok(Json(house.releases(&id).await?))
}

/// Makes the canary live.
#[utoipa::path(post, path = "/api/v1/flows/{id}/promote", params(("id" = String, Path, description = "The flow's id")),
    request_body = PromoteRequest,
    responses((status = 200, body = FlowReleases, description = "Done"), (status = 404, body = Problem, description = "No such flow"),
        (status = 400, body = Problem, description = "Not JSON"), (status = 415, body = Problem, description = "Not JSON"),
        (status = 422, body = Problem, description = "Not what is described here"),
        (status = 409, body = Problem, description = "There is no canary")))]
pub(crate) async fn promote(
    State(house): Shared,
    Path(id): Path<String>,
    actor: Option<Extension<Actor>>,
    body: Result<Json<PromoteRequest>, JsonRejection>,
) -> Result<Json<FlowReleases>, Problem> {
    let mut request = body?.0;
    sign(&mut request.author, actor);
    house.promote(&id, request).await?;
    Ok(Json(house.releases(&id).await?))
}
