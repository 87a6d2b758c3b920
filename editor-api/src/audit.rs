//! The audit log: who did what, when, on what, and from where. It is read here; lines come from whoever lets requests in.

use crate::house::{House, HouseError};
use crate::problem::Problem;
use async_trait::async_trait;
use axum::Json;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

type Shared = State<Arc<dyn House>>;

/// Which lines.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
pub struct AuditQuery {
    /// By whom: what they sign in with, `key:` and the id of an API key, `token`, or what people call them.
    pub who: Option<String>,
    /// What was done, such as `secret-set`.
    pub what: Option<String>,
    /// From this moment on (RFC 3339).
    pub from: Option<String>,
    /// Before this moment (RFC 3339).
    pub to: Option<String>,
    /// Where the last page ended.
    pub cursor: Option<String>,
    /// How many, at most 200.
    pub limit: Option<usize>,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditLine {
    /// Its number; later lines have higher ones.
    pub number: i64,
    /// When (RFC 3339).
    pub at: String,
    /// Who: what they sign in with, `key:` and the id of an API key, or `token`; empty where nobody needs to say.
    pub who: String,
    /// What people call them.
    pub name: String,
    /// What they did.
    pub what: String,
    /// On what: a flow, a file, a login, the name of a secret.
    pub on: String,
    /// What else is worth knowing; never a value that is secret.
    pub detail: String,
    /// The address that the request came from.
    pub address: String,
}

/// A page of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditPage {
    /// The lines, newest first.
    pub lines: Vec<AuditLine>,
    /// Where the next page begins, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What keeps the log.
#[async_trait]
pub trait AuditHolder: Send + Sync {
    /// A page of it.
    async fn audit(&self, query: AuditQuery) -> Result<AuditPage, HouseError>;
}

/// The audit log, newest first. Lines are kept as long as ended sessions are.
#[utoipa::path(get, path = "/api/v1/audit", params(AuditQuery),
    responses((status = 200, body = AuditPage, description = "A page of it"), (status = 400, body = Problem, description = "A bad query or cursor"),
        (status = 422, body = Problem, description = "A moment that is none")))]
pub(crate) async fn list(State(house): Shared, Query(query): Query<AuditQuery>) -> Result<Json<AuditPage>, Problem> {
    Ok(Json(house.audit(query).await?))
}
