//! Files beside flows: data tables, own node types, sound and pictures, read and written as they are, byte for byte. Every write says which
//! version it is based on (RFC 9110 §13), as with documents.
//!
//! This is the contract and what requests mean; files are not touched here.

use crate::condition::Condition;
use crate::house::{House, HouseError};
use crate::problem::Problem;
use async_trait::async_trait;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use offhook_flow_schemas::Diagnostic;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

type Shared = State<Arc<dyn House>>;

/// Bytes of a request: the largest file that the house may take. It has smaller limits for what it reads as a whole.
pub(crate) const BODY_BYTES: usize = 32 << 20;

/// What a file beside flows is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AssetKind {
    /// A data table, `tables/NAME.csv`.
    Table,
    /// A node type of the tenant's own, `NAME.node.yaml`.
    NodeType,
    /// Sound, a picture, a film or a paper.
    Media,
}

/// A file beside flows, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AssetHead {
    /// Its path below the folder of flows.
    pub path: String,
    /// What it is.
    pub kind: AssetKind,
    /// Its media type.
    pub media_type: String,
    /// Its entity tag, quotes included: the same bytes have the same tag.
    pub etag: String,
    /// Its size.
    pub bytes: u64,
}

/// The files beside flows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AssetList {
    /// Whether they can be written.
    pub editing: bool,
    /// The files, by path.
    pub assets: Vec<AssetHead>,
}

/// What became of a write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SavedAsset {
    /// The file as it is now.
    pub asset: AssetHead,
    /// What is wrong with it; `file` is its path. With a mistake the last good version is used.
    #[schema(value_type = Vec<Object>)]
    pub diagnostics: Vec<Diagnostic>,
}

/// What holds files beside flows.
#[async_trait]
pub trait Assets: Send + Sync {
    /// All of them.
    async fn assets(&self) -> Result<AssetList, HouseError>;
    /// One of them, without its bytes.
    async fn asset(&self, path: &str) -> Result<AssetHead, HouseError>;
    /// One of them, with its bytes; both are of one version.
    async fn asset_bytes(&self, path: &str) -> Result<(AssetHead, Vec<u8>), HouseError>;
    /// Writes one. The media type is what the sender says that it is.
    async fn save_asset(
        &self,
        path: &str,
        media_type: Option<&str>,
        bytes: Bytes,
        condition: Condition,
    ) -> Result<SavedAsset, HouseError>;
    /// Removes one.
    async fn remove_asset(&self, path: &str, condition: Condition) -> Result<(), HouseError>;
}

/// The files beside flows: data tables, own node types, sound and pictures.
#[utoipa::path(get, path = "/api/v1/assets", responses((status = 200, body = AssetList, description = "The files beside flows")))]
pub(crate) async fn list(State(house): Shared) -> Result<Json<AssetList>, Problem> {
    Ok(Json(house.assets().await?))
}

/// A file beside flows, byte for byte.
#[utoipa::path(get, path = "/api/v1/assets/{path}",
    params(("path" = String, Path, description = "Its path below the folder of flows, each slash written %2F"),
        ("If-None-Match" = Option<String>, Header, description = "The entity tag of what is known already")),
    responses((status = 200, description = "The file; `Content-Type` is its media type", content_type = "application/octet-stream"),
        (status = 304, description = "It is what is known already"),
        (status = 400, body = Problem, description = "A request that cannot be read"),
        (status = 404, body = Problem, description = "No such file"),
        (status = 409, body = Problem, description = "The file is larger than files of its kind may be")))]
pub(crate) async fn one(
    State(house): Shared,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let head = house.asset(&path).await?;
    if Condition::is_known(&headers, &head.etag) {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, head.etag)]).into_response());
    }
    let (head, bytes) = house.asset_bytes(&path).await?;
    Ok(([(ETAG, head.etag), (CONTENT_TYPE, head.media_type)], bytes).into_response())
}

/// Writes a file beside flows. A table or a node type may have mistakes: they are told, and the last good version is used.
#[utoipa::path(put, path = "/api/v1/assets/{path}",
    request_body(content = String, content_type = "application/octet-stream", description = "The file; a `Content-Type` other than this one must be that of the file"),
    params(("path" = String, Path, description = "Its path below the folder of flows, each slash written %2F"),
        ("If-Match" = Option<String>, Header, description = "The entity tag of the version that this is based on"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: there must be no such file yet")),
    responses((status = 200, body = SavedAsset, description = "Written"), (status = 201, body = SavedAsset, description = "A new file was written"),
        (status = 400, body = Problem, description = "A request that cannot be read"),
        (status = 403, body = Problem, description = "Files cannot be written here"),
        (status = 409, body = Problem, description = "Something else is in the way, or there are too many files"),
        (status = 412, body = Problem, description = "There is another version by now; `etag` is its entity tag"),
        (status = 413, body = Problem, description = "Too large"),
        (status = 415, body = Problem, description = "Not the media type of this file"),
        (status = 422, body = Problem, description = "No path of a file beside flows, or bytes that are not what the name says"),
        (status = 428, body = Problem, description = "It is not said which version this is based on")))]
pub(crate) async fn put(
    State(house): Shared,
    Path(path): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let condition = Condition::required(&headers)?;
    let body = body?;
    let media_type = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let status = if condition == Condition::Absent { StatusCode::CREATED } else { StatusCode::OK };
    let saved = house.save_asset(&path, media_type, body, condition).await?;
    Ok((status, [(ETAG, saved.asset.etag.clone())], Json(saved)).into_response())
}

/// Removes a file beside flows.
#[utoipa::path(delete, path = "/api/v1/assets/{path}",
    params(("path" = String, Path, description = "Its path below the folder of flows, each slash written %2F"),
        ("If-Match" = String, Header, description = "The entity tag of the version that is removed")),
    responses((status = 204, description = "Removed"),
        (status = 400, body = Problem, description = "A request that cannot be read"),
        (status = 403, body = Problem, description = "Files cannot be written here"),
        (status = 404, body = Problem, description = "No such file"),
        (status = 412, body = Problem, description = "There is another version by now; `etag` is its entity tag"),
        (status = 428, body = Problem, description = "It is not said which version this is based on")))]
pub(crate) async fn remove(
    State(house): Shared,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    house.remove_asset(&path, Condition::required(&headers)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
