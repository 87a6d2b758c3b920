//! Entry points: which door leads to which flow. Those of the configuration are told and stay as they are; others are made, changed and removed here,
//! and hold from the next contact on. A write says which version it is based on (RFC 9110 §13).

use crate::condition::Condition;
use crate::house::{House, HouseError};
use crate::problem::Problem;
use async_trait::async_trait;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::header::ETAG;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

type Shared = State<Arc<dyn House>>;

/// A flow that a door leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryLead {
    /// Its id.
    pub flow: String,
    /// How many of the contacts meet it, beside the weights of the others: 1 to 1000.
    #[serde(default = "same")]
    pub weight: u32,
}

/// The weight of one who has none: as much as the others.
fn same() -> u32 {
    1
}

/// An entry point as it is written. It has exactly one door: `number`, `chat`, `webhook` or `event`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryRequest {
    /// A called number that begins so, up to 256 bytes; the empty one takes what nothing else does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The key of a web chat, 1 to 256 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat: Option<String>,
    /// The last part of a webhook's address: lower-case letters, digits and `-`, 1 to 64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
    /// The type of an event, 1 to 256 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// The flow, or 1 to 16 of them with their weights. Each contact stays with the same one.
    pub flows: Vec<EntryLead>,
    /// The locale to begin in, if it is not the flow's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The name of the secret that requests to a webhook are signed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Where in the body of a webhook or an event each input of the flow is, as JSON pointers (RFC 6901).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, String>,
    /// Where in the body the contact's address is, as a JSON pointer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
}

/// Where an entry point is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EntrySource {
    /// In the configuration of the server; it is not changed here.
    Configuration,
    /// It was made here.
    Made,
}

/// Why a flow does not answer at a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EntryTrouble {
    /// There is no such flow that can run: it has errors, was never published, or does not exist.
    NotServed,
    /// The flow does not chat.
    DoesNotChat,
}

/// A flow that does not answer at a door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SilentLead {
    /// The flow.
    pub flow: String,
    /// Why.
    pub why: EntryTrouble,
}

/// An entry point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EntryPoint {
    /// Its id.
    pub id: String,
    /// Where it is written.
    pub source: EntrySource,
    /// What it says. A secret of the configuration has no name.
    #[serde(rename = "entry")]
    pub written: EntryRequest,
    /// Whether requests to the webhook must be signed.
    pub signed: bool,
    /// Whether it holds: not where the configuration has given its door to another entry since.
    pub in_force: bool,
    /// Its flows that do not answer here.
    pub silent: Vec<SilentLead>,
    /// Its entity tag, quotes included; of one that was made here only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// When it was last changed (RFC 3339); of one that was made here only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
}

/// The entry points of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EntryList {
    /// Those of the configuration first, as it has them; then the others, by door.
    pub entries: Vec<EntryPoint>,
    /// Whether a webhook must be signed here.
    pub must_sign: bool,
}

/// What holds entry points.
#[async_trait]
pub trait EntryHolder: Send + Sync {
    /// All of them.
    async fn entry_points(&self) -> Result<EntryList, HouseError>;
    /// One of them.
    async fn entry_point(&self, id: &str) -> Result<EntryPoint, HouseError>;
    /// A new one.
    async fn make_entry(&self, request: EntryRequest) -> Result<EntryPoint, HouseError>;
    /// Another entry in place of one.
    async fn change_entry(
        &self,
        id: &str,
        request: EntryRequest,
        condition: Condition,
    ) -> Result<EntryPoint, HouseError>;
    /// Removes one.
    async fn remove_entry(&self, id: &str, condition: Condition) -> Result<(), HouseError>;
}

fn tagged(status: StatusCode, entry: EntryPoint) -> Response {
    match entry.etag.clone() {
        Some(etag) => (status, [(ETAG, etag)], Json(entry)).into_response(),
        None => (status, Json(entry)).into_response(),
    }
}

/// The entry points: which numbers, chat keys, webhooks and events lead to which flows.
#[utoipa::path(get, path = "/api/v1/entries", responses((status = 200, body = EntryList, description = "The entry points")))]
pub(crate) async fn list(State(house): Shared) -> Result<Json<EntryList>, Problem> {
    Ok(Json(house.entry_points().await?))
}

/// One entry point.
#[utoipa::path(get, path = "/api/v1/entries/{id}", params(("id" = String, Path, description = "Its id")),
    responses((status = 200, body = EntryPoint, description = "It; `ETag` where it can be changed"),
        (status = 404, body = Problem, description = "No such entry point")))]
pub(crate) async fn one(State(house): Shared, Path(id): Path<String>) -> Result<Response, Problem> {
    Ok(tagged(StatusCode::OK, house.entry_point(&id).await?))
}

/// Makes an entry point. It holds from the next contact on.
#[utoipa::path(post, path = "/api/v1/entries", request_body = EntryRequest,
    responses((status = 201, body = EntryPoint, description = "It holds"),
        (status = 400, body = Problem, description = "A request that cannot be read"),
        (status = 409, body = Problem, description = "The door leads elsewhere already, or there are too many"),
        (status = 413, body = Problem, description = "Too large"), (status = 415, body = Problem, description = "Not JSON"),
        (status = 422, body = Problem, description = "No entry point")))]
pub(crate) async fn make(
    State(house): Shared,
    body: Result<Json<EntryRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    Ok(tagged(StatusCode::CREATED, house.make_entry(body?.0).await?))
}

/// Writes another entry in place of one. It holds from the next contact on; who is there already stays where he is.
#[utoipa::path(put, path = "/api/v1/entries/{id}", request_body = EntryRequest,
    params(("id" = String, Path, description = "Its id"),
        ("If-Match" = String, Header, description = "The entity tag of the version that this is based on")),
    responses((status = 200, body = EntryPoint, description = "It holds"),
        (status = 400, body = Problem, description = "A request that cannot be read"),
        (status = 404, body = Problem, description = "No such entry point"),
        (status = 409, body = Problem, description = "The door leads elsewhere already, or it is one of the configuration"),
        (status = 412, body = Problem, description = "There is another version by now; `etag` is its entity tag"),
        (status = 413, body = Problem, description = "Too large"), (status = 415, body = Problem, description = "Not JSON"),
        (status = 422, body = Problem, description = "No entry point"),
        (status = 428, body = Problem, description = "It is not said which version this is based on")))]
pub(crate) async fn change(
    State(house): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Json<EntryRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    let condition = Condition::required(&headers)?;
    Ok(tagged(StatusCode::OK, house.change_entry(&id, body?.0, condition).await?))
}

/// Removes an entry point. Nobody comes in by its door from then on.
#[utoipa::path(delete, path = "/api/v1/entries/{id}",
    params(("id" = String, Path, description = "Its id"),
        ("If-Match" = String, Header, description = "The entity tag of the version that is removed")),
    responses((status = 204, description = "It is gone"),
        (status = 400, body = Problem, description = "A request that cannot be read"),
        (status = 404, body = Problem, description = "No such entry point"),
        (status = 409, body = Problem, description = "It is one of the configuration"),
        (status = 412, body = Problem, description = "There is another version by now; `etag` is its entity tag"),
        (status = 428, body = Problem, description = "It is not said which version this is based on")))]
pub(crate) async fn remove(
    State(house): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    house.remove_entry(&id, Condition::required(&headers)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
