//! Comments on flows, on their steps and on fields of these: written, answered, resolved, and taken back by whoever wrote them. They hang on the
//! id of a node, and follow it when a saved document gives it another one. They are no part of a flow and of no release.

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

/// A comment, or an answer to one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Comment {
    /// Its number in the flow, from 1.
    pub number: i64,
    /// The comment that it answers; its own number where it begins a thread.
    pub thread: i64,
    /// The node that it hangs on; absent for the flow as a whole. The node may be gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The field of that node, as a JSON pointer within it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What tells whoever wrote it apart from others: what they sign in with.
    pub author: String,
    /// What people call them.
    pub name: String,
    /// Whether whoever asks may take it back.
    pub removable: bool,
    /// What it says; empty for one that was taken back and has answers.
    pub text: String,
    /// When it was written (RFC 3339).
    pub at: String,
    /// Who resolved the thread; of the comment that begins it only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_by: Option<String>,
    /// When (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<String>,
}

/// The comments of a flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CommentList {
    /// They, in the order in which they were written.
    pub comments: Vec<Comment>,
}

/// A comment to write.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommentRequest {
    /// What it says, 1 to 4,000 bytes.
    pub text: String,
    /// The node that it hangs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The field of that node, as a JSON pointer within it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The comment that it answers, which says where it hangs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<i64>,
    /// What people call whoever writes, where nobody has signed in.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub author: String,
}

/// Whether a thread is done with.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    /// Whether it is.
    pub resolved: bool,
}

/// What keeps comments.
#[async_trait]
pub trait CommentHolder: Send + Sync {
    /// Those of a flow, as somebody sees them.
    async fn comments(&self, flow: &str, actor: &Actor) -> Result<CommentList, HouseError>;
    /// Writes one.
    async fn comment(&self, flow: &str, actor: &Actor, request: CommentRequest) -> Result<Comment, HouseError>;
    /// Resolves a thread, or opens it again.
    async fn resolve(&self, flow: &str, number: i64, actor: &Actor, is_done: bool) -> Result<Comment, HouseError>;
    /// Takes one back.
    async fn remove_comment(&self, flow: &str, number: i64, actor: &Actor) -> Result<(), HouseError>;
}

/// The comments on a flow and its steps, also on steps that are gone.
#[utoipa::path(get, path = "/api/v1/flows/{id}/comments", params(("id" = String, Path, description = "The flow's id, its slash written %2F")),
    responses((status = 200, body = CommentList, description = "The comments"), (status = 404, body = Problem, description = "No such flow")))]
pub(crate) async fn list(
    State(house): Shared,
    Path(id): Path<String>,
    actor: Option<Extension<Actor>>,
) -> Result<Json<CommentList>, Problem> {
    Ok(Json(house.comments(&id, &asking(actor)).await?))
}

/// Writes a comment, or an answer. Whoever is signed in is its author.
#[utoipa::path(post, path = "/api/v1/flows/{id}/comments", params(("id" = String, Path, description = "The flow's id, its slash written %2F")),
    request_body = CommentRequest,
    responses((status = 201, body = Comment, description = "The comment"), (status = 404, body = Problem, description = "No such flow, or no comment to answer"),
        (status = 409, body = Problem, description = "There are too many"), (status = 422, body = Problem, description = "A text or a place that is none")))]
pub(crate) async fn write(
    State(house): Shared,
    Path(id): Path<String>,
    actor: Option<Extension<Actor>>,
    body: Result<Json<CommentRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<Comment>), Problem> {
    Ok((StatusCode::CREATED, Json(house.comment(&id, &asking(actor), body?.0).await?)))
}

/// Resolves a thread, or opens it again. What it is now is asked for, not its change, so that a repeat changes nothing.
#[utoipa::path(put, path = "/api/v1/flows/{id}/comments/{number}/resolution", request_body = Resolution,
    params(("id" = String, Path, description = "The flow's id, its slash written %2F"), ("number" = i64, Path, description = "The comment that begins the thread")),
    responses((status = 200, body = Comment, description = "The comment that begins it"), (status = 404, body = Problem, description = "No such thread")))]
pub(crate) async fn resolve(
    State(house): Shared,
    Path((id, number)): Path<(String, i64)>,
    actor: Option<Extension<Actor>>,
    body: Result<Json<Resolution>, JsonRejection>,
) -> Result<Json<Comment>, Problem> {
    Ok(Json(house.resolve(&id, number, &asking(actor), body?.0.resolved).await?))
}

/// Takes a comment back: one's own, or, for whoever may change people, anybody's. Its answers stay.
#[utoipa::path(delete, path = "/api/v1/flows/{id}/comments/{number}",
    params(("id" = String, Path, description = "The flow's id, its slash written %2F"), ("number" = i64, Path, description = "The comment")),
    responses((status = 204, description = "It is gone"), (status = 403, body = Problem, description = "It is somebody else's"),
        (status = 404, body = Problem, description = "No such comment")))]
pub(crate) async fn remove(
    State(house): Shared,
    Path((id, number)): Path<(String, i64)>,
    actor: Option<Extension<Actor>>,
) -> Result<StatusCode, Problem> {
    house.remove_comment(&id, number, &asking(actor)).await?;
    Ok(StatusCode::NO_CONTENT)
}
