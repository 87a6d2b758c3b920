//! API keys: made once, shown once, and kept by their hash.

use crate::house::{House, HouseError};
use crate::problem::Problem;
use async_trait::async_trait;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

type Shared = State<Arc<dyn House>>;

/// What may be done with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Read flows, their files, releases and the catalog; check and perform talks.
    Read,
    /// Read recorded sessions, and replay them.
    Sessions,
    /// Write and remove flows.
    Edit,
    /// Publish, roll back, promote.
    Publish,
    /// See the names of secrets; set, remove and seal them anew.
    Secrets,
    /// See, make and remove keys.
    Keys,
    /// See, add, change and remove people.
    People,
    /// Write, answer and resolve comments.
    Comment,
    /// Approve what others want to publish, or ask them for changes.
    Review,
    /// Read the audit log.
    Audit,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Scope; 10] = [
        Scope::Read,
        Scope::Sessions,
        Scope::Edit,
        Scope::Publish,
        Scope::Secrets,
        Scope::Keys,
        Scope::People,
        Scope::Comment,
        Scope::Review,
        Scope::Audit,
    ];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Sessions => "sessions",
            Scope::Edit => "edit",
            Scope::Publish => "publish",
            Scope::Secrets => "secrets",
            Scope::Keys => "keys",
            Scope::People => "people",
            Scope::Comment => "comment",
            Scope::Review => "review",
            Scope::Audit => "audit",
        }
    }
}

/// An API key, without its secret part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyHead {
    /// Its id: the part of the key that is no secret.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What may be done with it.
    pub scopes: Vec<Scope>,
    /// When it was made (RFC 3339).
    pub created_at: String,
}

/// The keys of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyList {
    /// The keys, oldest first.
    pub keys: Vec<KeyHead>,
}

/// A key that was made. It is told this once.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct NewKey {
    /// What can be told of it later.
    #[serde(flatten)]
    pub head: KeyHead,
    /// The key: what requests carry as `Authorization: Bearer …`.
    pub key: String,
}

/// A key to make.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyRequest {
    /// What people call it, 1 to 200 bytes.
    pub name: String,
    /// What may be done with it, at least one.
    pub scopes: Vec<Scope>,
}

/// What holds keys.
#[async_trait]
pub trait KeyHolder: Send + Sync {
    /// What there is.
    async fn keys(&self) -> Result<KeyList, HouseError>;
    /// Makes one.
    async fn make_key(&self, request: KeyRequest) -> Result<NewKey, HouseError>;
    /// Removes one.
    async fn remove_key(&self, id: &str) -> Result<(), HouseError>;
}

/// The API keys.
#[utoipa::path(get, path = "/api/v1/keys", responses((status = 200, body = KeyList, description = "The keys, without their secret parts")))]
pub(crate) async fn list(State(house): Shared) -> Result<Json<KeyList>, Problem> {
    Ok(Json(house.keys().await?))
}

/// Makes an API key. The answer is the only place that ever shows it.
#[utoipa::path(post, path = "/api/v1/keys", request_body = KeyRequest,
    responses((status = 201, body = NewKey, description = "The key"),
        (status = 400, body = Problem, description = "A request that cannot be read"),
        (status = 409, body = Problem, description = "There are too many"),
        (status = 413, body = Problem, description = "Too large"), (status = 415, body = Problem, description = "Not JSON"),
        (status = 422, body = Problem, description = "A name or scopes that are none")))]
pub(crate) async fn make(
    State(house): Shared,
    body: Result<Json<KeyRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<NewKey>), Problem> {
    let Json(request) = body?;
    Ok((StatusCode::CREATED, Json(house.make_key(request).await?)))
}

/// Removes an API key. It opens nothing any more.
#[utoipa::path(delete, path = "/api/v1/keys/{id}", params(("id" = String, Path, description = "Its id")),
    responses((status = 204, description = "It is gone"), (status = 400, body = Problem, description = "A request that cannot be read"),
        (status = 404, body = Problem, description = "No such key")))]
pub(crate) async fn remove(State(house): Shared, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    house.remove_key(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
