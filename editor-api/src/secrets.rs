//! Secrets of flows, write-only: what was set is never told again.

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

/// Where a secret comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SecretSource {
    /// The vault.
    Vault,
    /// The configuration of the server.
    Configuration,
}

/// A secret, without its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SecretHead {
    /// Its name.
    pub name: String,
    /// Where flows get it from.
    pub source: SecretSource,
    /// When it was set (RFC 3339); of the vault only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
    /// Whether it is still sealed by the key of before.
    #[serde(default)]
    pub old_key: bool,
}

/// The secrets of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SecretList {
    /// Whether the vault has a key, so that secrets can be set.
    pub vault: bool,
    /// The secrets, by name.
    pub secrets: Vec<SecretHead>,
}

/// How many secrets were sealed anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Rotated {
    /// How many.
    pub rotated: usize,
}

/// What holds secrets.
#[async_trait]
pub trait SecretHolder: Send + Sync {
    /// What there is.
    async fn secrets(&self) -> Result<SecretList, HouseError>;
    /// Sets a secret; whether it is new.
    async fn set_secret(&self, name: &str, value: &str) -> Result<bool, HouseError>;
    /// Removes a secret.
    async fn remove_secret(&self, name: &str) -> Result<(), HouseError>;
    /// Seals everything by the newest key.
    async fn rotate_secrets(&self) -> Result<Rotated, HouseError>;
}

/// A secret's value. It cannot be printed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecretRequest {
    /// The value, 1 to 65,536 bytes.
    #[schema(write_only)]
    value: String,
}

/// The names of the secrets that flows can use.
#[utoipa::path(get, path = "/api/v1/secrets", responses((status = 200, body = SecretList, description = "The secrets, without their values")))]
pub(crate) async fn list(State(house): Shared) -> Result<Json<SecretList>, Problem> {
    Ok(Json(house.secrets().await?))
}

/// Sets a secret. Conversations use it from their next request on.
#[utoipa::path(put, path = "/api/v1/secrets/{name}", request_body = SecretRequest, params(("name" = String, Path, description = "Its name")),
    responses((status = 201, description = "It is kept"), (status = 204, description = "It is kept in place of the one before"),
        (status = 400, body = Problem, description = "A request that cannot be read"),
        (status = 409, body = Problem, description = "The vault has no key"), (status = 413, body = Problem, description = "Too large"),
        (status = 415, body = Problem, description = "Not JSON"), (status = 422, body = Problem, description = "A name or a value that is none")))]
pub(crate) async fn set(
    State(house): Shared,
    Path(name): Path<String>,
    body: Result<Json<SecretRequest>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    // What a rejection says could quote the body.
    let unreadable =
        |rejection: JsonRejection| Problem::new(rejection.status(), "the body is `{ \"value\": … }`, as JSON");
    let Json(request) = body.map_err(unreadable)?;
    let is_new = house.set_secret(&name, &request.value).await?;
    Ok(if is_new { StatusCode::CREATED } else { StatusCode::NO_CONTENT })
}

/// Removes a secret from the vault. One of the same name in the configuration is used then.
#[utoipa::path(delete, path = "/api/v1/secrets/{name}", params(("name" = String, Path, description = "Its name")),
    responses((status = 204, description = "It is gone"), (status = 400, body = Problem, description = "A request that cannot be read"),
        (status = 404, body = Problem, description = "The vault has no such secret")))]
pub(crate) async fn remove(State(house): Shared, Path(name): Path<String>) -> Result<StatusCode, Problem> {
    house.remove_secret(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Seals every secret by the newest key of the vault, all of them or none.
#[utoipa::path(post, path = "/api/v1/secret-keys", responses((status = 200, body = Rotated, description = "How many were sealed anew"),
    (status = 409, body = Problem, description = "The vault has no key, or not the one that a secret was sealed by")))]
pub(crate) async fn rotate(State(house): Shared) -> Result<Json<Rotated>, Problem> {
    Ok(Json(house.rotate_secrets().await?))
}
