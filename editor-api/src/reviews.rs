//! Reviews: whoever has changed a flow asks others to approve what would be published, and they do, or ask for changes. An approval is of exactly
//! what was looked at, by its hash: whatever changes afterwards needs another one.

use crate::actor::{Actor, asking};
use crate::house::{House, HouseError};
use crate::problem::Problem;
use async_trait::async_trait;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

type Shared = State<Arc<dyn House>>;

/// How the draft of a flow stands, as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReviewState {
    /// Nobody has asked for a review of it.
    None,
    /// It waits for somebody to look at it.
    Waiting,
    /// Somebody has approved it.
    Approved,
    /// Somebody wants something changed.
    Changes,
    /// It has changed since it was looked at, or since that was asked for.
    Void,
}

/// What a reviewer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum VerdictWord {
    /// It may be published.
    Approved,
    /// Something is to be changed first.
    Changes,
}

/// Somebody who can approve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reviewer {
    /// What they sign in with.
    pub login: String,
    /// What people call them.
    pub name: String,
}

/// A review that was asked for, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Review {
    /// Its number in the flow, from 1.
    pub number: i64,
    /// The hash of what is looked at: the flow and every flow that it may enter.
    pub hash: String,
    /// Who asked, by name.
    pub asked_by: String,
    /// When (RFC 3339).
    pub asked_at: String,
    /// What they said about it.
    pub note: String,
    /// Whom they asked, by what these sign in with; empty for whoever may.
    pub reviewers: Vec<String>,
    /// What was said; absent while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<VerdictWord>,
    /// Who said it, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// When (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<String>,
    /// In which words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
}

/// How the draft of a flow stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FlowReview {
    /// The flow.
    pub flow: String,
    /// Whether nothing is published here that was not approved.
    pub required: bool,
    /// The hash of the draft as it is now; absent while it cannot be published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// How it stands.
    pub state: ReviewState,
    /// Whether whoever asks may say now whether it is approved.
    pub may_decide: bool,
    /// Those who can approve, by login.
    pub reviewers: Vec<Reviewer>,
    /// The newest reviews of the flow, newest first.
    pub reviews: Vec<Review>,
}

/// Asks for a review of the draft as it is saved.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskRequest {
    /// What is new, up to 4,000 bytes.
    #[serde(default)]
    pub note: String,
    /// Who should look at it, by what they sign in with; whoever may, where it is empty.
    #[serde(default)]
    pub reviewers: Vec<String>,
    /// The hash of the draft that is meant; where it is given, another draft is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

/// What a reviewer says.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideRequest {
    /// Whether it may be published.
    pub verdict: VerdictWord,
    /// In which words, up to 4,000 bytes; needed where something is to be changed.
    #[serde(default)]
    pub words: String,
}

/// A review that waits for whoever asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WaitingReview {
    /// The flow.
    pub flow: String,
    /// Its title.
    pub title: String,
    /// The review.
    #[serde(flatten)]
    pub review: Review,
}

/// The reviews that wait for whoever asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WaitingReviews {
    /// They, oldest first.
    pub reviews: Vec<WaitingReview>,
}

/// What keeps reviews.
#[async_trait]
pub trait ReviewHolder: Send + Sync {
    /// How the draft of a flow stands, as somebody sees it.
    async fn review(&self, flow: &str, actor: &Actor) -> Result<FlowReview, HouseError>;
    /// Asks for a review of the draft.
    async fn ask_review(&self, flow: &str, actor: &Actor, request: AskRequest) -> Result<(), HouseError>;
    /// Says whether it is approved.
    async fn decide(&self, flow: &str, number: i64, actor: &Actor, said: DecideRequest) -> Result<(), HouseError>;
    /// What waits for somebody.
    async fn waiting_reviews(&self, actor: &Actor) -> Result<WaitingReviews, HouseError>;
}

/// How the draft of a flow stands, and what was said of it and of those before.
#[utoipa::path(get, path = "/api/v1/flows/{id}/review", params(("id" = String, Path, description = "The flow's id, its slash written %2F")),
    responses((status = 200, body = FlowReview, description = "How it stands"), (status = 404, body = Problem, description = "No such flow")))]
pub(crate) async fn one(
    State(house): Shared,
    Path(id): Path<String>,
    actor: Option<Extension<Actor>>,
) -> Result<Json<FlowReview>, Problem> {
    Ok(Json(house.review(&id, &asking(actor)).await?))
}

/// Asks for a review of the draft as it is saved, with every flow that it may enter.
#[utoipa::path(post, path = "/api/v1/flows/{id}/review", params(("id" = String, Path, description = "The flow's id, its slash written %2F")),
    request_body = AskRequest,
    responses((status = 201, body = FlowReview, description = "Asked"), (status = 404, body = Problem, description = "No such flow"),
        (status = 409, body = Problem, description = "It has errors, is another by now, waits or is approved already, or nothing is published here"),
        (status = 422, body = Problem, description = "A note that is too long, or somebody who cannot approve")))]
pub(crate) async fn ask(
    State(house): Shared,
    Path(id): Path<String>,
    actor: Option<Extension<Actor>>,
    body: Result<Json<AskRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<FlowReview>), Problem> {
    let actor = asking(actor);
    house.ask_review(&id, &actor, body?.0).await?;
    Ok((StatusCode::CREATED, Json(house.review(&id, &actor).await?)))
}

/// Approves the draft that is under review, or asks for changes. Nobody approves what they asked for themselves.
#[utoipa::path(post, path = "/api/v1/flows/{id}/review/{number}", request_body = DecideRequest,
    params(("id" = String, Path, description = "The flow's id, its slash written %2F"), ("number" = i64, Path, description = "The review")),
    responses((status = 200, body = FlowReview, description = "It is said"), (status = 403, body = Problem, description = "Whoever asked does not approve"),
        (status = 404, body = Problem, description = "No such review"),
        (status = 409, body = Problem, description = "It was decided already, or the draft has changed since"),
        (status = 422, body = Problem, description = "Words that are missing or too many")))]
pub(crate) async fn decide(
    State(house): Shared,
    Path((id, number)): Path<(String, i64)>,
    actor: Option<Extension<Actor>>,
    body: Result<Json<DecideRequest>, JsonRejection>,
) -> Result<Json<FlowReview>, Problem> {
    let actor = asking(actor);
    house.decide(&id, number, &actor, body?.0).await?;
    Ok(Json(house.review(&id, &actor).await?))
}

/// The reviews that wait for whoever asks.
#[utoipa::path(get, path = "/api/v1/reviews", responses((status = 200, body = WaitingReviews, description = "They, oldest first")))]
pub(crate) async fn waiting(
    State(house): Shared,
    actor: Option<Extension<Actor>>,
) -> Result<Json<WaitingReviews>, Problem> {
    Ok(Json(house.waiting_reviews(&asking(actor)).await?))
}
