//! Documents: the files of a flow as they lie in the folder of flows, read and written by whoever edits them. Every write says which
//! version it is based on, so that nobody overwrites what he has not seen (RFC 9110 §13).
//!
//! This is the contract and what requests mean; files are not touched here.

use crate::condition::{Condition, needed};
use crate::house::{House, HouseError};
use crate::problem::Problem;
use async_trait::async_trait;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, JsonRejection};
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_TYPE, ETAG, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use offhook_flow_schemas::Diagnostic;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

type Shared = State<Arc<dyn House>>;

/// What a file of a flow is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    /// The flow itself.
    Flow,
    /// Places of nodes.
    Layout,
    /// Texts of another locale.
    Texts,
    /// Talks.
    Talk,
}

/// A file of a flow, without its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FileHead {
    /// Which of the flow's files it is: `flow`, `layout`, a locale such as `es-ES`, `talk`, or `busy.talk` for `NAME.busy.talk.yaml`.
    pub part: String,
    /// What it is for.
    pub kind: FileKind,
    /// Its name, without folders.
    pub name: String,
    /// Its entity tag, quotes included: the same bytes have the same tag.
    pub etag: String,
    /// Its size.
    pub bytes: u64,
}

/// A file of a flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FileText {
    /// Which file, and which version of it.
    #[serde(flatten)]
    pub head: FileHead,
    /// Its text, byte for byte.
    pub text: String,
}

/// A flow in the folder, whether it can be served or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FolderFlow {
    /// Its id.
    pub flow: String,
    /// The flow's file, below the folder of flows.
    pub path: String,
    /// The entity tag of all its files together.
    pub etag: String,
    /// Its files: the flow first, the others by name.
    pub files: Vec<FileHead>,
    /// Whether its files have errors as they are now.
    pub errors: bool,
}

/// The folder of flows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Folder {
    /// Whether documents can be written.
    pub editing: bool,
    /// The flows, by id.
    pub flows: Vec<FolderFlow>,
}

/// All files of one flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FlowFiles {
    /// The flow's id.
    pub flow: String,
    /// The flow's file, below the folder of flows.
    pub path: String,
    /// The entity tag of all files together.
    pub etag: String,
    /// Whether they can be written.
    pub editing: bool,
    /// The files: the flow first, the others by name.
    pub files: Vec<FileText>,
    /// What is wrong with them; `file` is the name of one of them.
    #[schema(value_type = Vec<Object>)]
    pub diagnostics: Vec<Diagnostic>,
}

/// What became of a write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Saved {
    /// The flow's id.
    pub flow: String,
    /// The entity tag of all its files together.
    pub etag: String,
    /// Its files as they are now.
    pub files: Vec<FileHead>,
    /// Whether the flow is served; when it has errors and never had a good version, it is not.
    pub served: bool,
    /// Whether it has errors, so that an older version of it is served.
    pub stale: bool,
    /// What is wrong with the files; `file` is the name of one of them. What is saved may have errors: it is a draft.
    #[schema(value_type = Vec<Object>)]
    pub diagnostics: Vec<Diagnostic>,
}

/// A version that a write was not based on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StaleFile {
    /// The file; absent for all of the flow's files together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// Its entity tag now; absent where there is no such file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
}

/// One file to write or to remove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The file, by part or by name.
    pub part: String,
    /// Its new text; none removes it.
    pub text: Option<String>,
    /// What must hold for it; none where the condition on all files is enough.
    pub condition: Option<Condition>,
}

/// A write of several files: all of them, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Save {
    /// What must hold for all files of the flow together.
    pub condition: Option<Condition>,
    /// The files.
    pub changes: Vec<Change>,
    /// Nodes that have another id from now on, by the id of before, as far as the writer knows: what hangs on a node goes along. Those that
    /// say the same as before are found without being named.
    pub renamed: BTreeMap<String, String>,
}

/// What holds documents.
#[async_trait]
pub trait Documents: Send + Sync {
    /// All flows of the folder.
    async fn folder(&self) -> Result<Folder, HouseError>;
    /// The files of a flow.
    async fn files(&self, flow: &str) -> Result<FlowFiles, HouseError>;
    /// Writes files of a flow, or a new flow.
    async fn save(&self, flow: &str, save: Save) -> Result<Saved, HouseError>;
    /// Removes a flow with all its files.
    async fn remove(&self, flow: &str, condition: Condition) -> Result<(), HouseError>;
}

/// One file of a request.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeRequest {
    /// The file: `flow`, `layout`, a locale such as `es-ES`, `talk`, or its name.
    part: String,
    /// Its new text; `null` removes the file.
    // Whoever forgets it must not remove a file.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    text: Option<String>,
    /// The entity tag of the version that this is based on, or `*`.
    #[serde(default)]
    if_match: Option<String>,
    /// `*`: there must be no such file yet.
    #[serde(default)]
    if_none_match: Option<String>,
}

/// Files to write together.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SaveRequest {
    /// The files; those that are not named stay as they are.
    files: Vec<ChangeRequest>,
    /// Nodes that have another id from now on: old to new. Their comments go along, as do those of nodes that say the same as before.
    #[serde(default)]
    renamed: BTreeMap<String, String>,
}

/// A new flow.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewFlowRequest {
    /// Its id; its document must say the same.
    flow: String,
    /// Its files, `flow` among them.
    files: Vec<NewFileRequest>,
}

/// A file of a new flow.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewFileRequest {
    /// The file: `flow`, `layout`, a locale such as `es-ES`, or `talk`.
    part: String,
    /// Its text.
    text: String,
}

fn tagged(status: StatusCode, saved: &Saved, etag: &str) -> Response {
    (status, [(ETAG, etag.to_owned())], Json(saved)).into_response()
}

/// All flows of the folder with their files, also those that cannot be served.
#[utoipa::path(get, path = "/api/v1/files", responses((status = 200, body = Folder, description = "The folder of flows")))]
pub(crate) async fn folder(State(house): Shared) -> Result<Json<Folder>, Problem> {
    Ok(Json(house.folder().await?))
}

/// The files of a flow: the flow, its layout, texts and talks.
#[utoipa::path(get, path = "/api/v1/flows/{id}/files", params(("id" = String, Path, description = "The flow's id, its slash written %2F")),
    responses((status = 200, body = FlowFiles, description = "Its files; `ETag` is that of all together"),
        (status = 404, body = Problem, description = "No such flow")))]
pub(crate) async fn list(State(house): Shared, Path(id): Path<String>) -> Result<Response, Problem> {
    let files = house.files(&id).await?;
    Ok(([(ETAG, files.etag.clone())], Json(files)).into_response())
}

/// Writes several files of a flow: all of them, or none. Each is based on a version by its own `if_match` or `if_none_match`, or all
/// together by the request's `If-Match`.
#[utoipa::path(put, path = "/api/v1/flows/{id}/files", request_body = SaveRequest,
    params(("id" = String, Path, description = "The flow's id, its slash written %2F"),
        ("If-Match" = Option<String>, Header, description = "The entity tag of all files together"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: there must be no such flow yet")),
    responses((status = 200, body = Saved, description = "Written; what is wrong with it is told"),
        (status = 201, body = Saved, description = "A new flow was written"),
        (status = 400, body = Problem, description = "A request that cannot be read"),
        (status = 403, body = Problem, description = "Documents cannot be written here"),
        (status = 404, body = Problem, description = "No such flow"),
        (status = 409, body = Problem, description = "Another flow is in the way, or a flow would be left without its document"),
        (status = 412, body = Problem, description = "There is another version by now; `stale` tells which"),
        (status = 413, body = Problem, description = "Too large"), (status = 415, body = Problem, description = "Not JSON"),
        (status = 422, body = Problem, description = "A file that no flow has, or a document of another flow"),
        (status = 428, body = Problem, description = "It is not said which version this is based on")))]
pub(crate) async fn save(
    State(house): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Json<SaveRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    let condition = Condition::of_headers(&headers)?;
    let mut changes = Vec::new();
    let SaveRequest { files, renamed } = body?.0;
    for file in files {
        let own = Condition::of(file.if_match.as_deref(), file.if_none_match.as_deref())?;
        if own.is_none() && condition.is_none() {
            return Err(needed());
        }
        changes.push(Change { part: file.part, text: file.text, condition: own });
    }
    let new = condition == Some(Condition::Absent)
        || changes.iter().any(|change| change.part == "flow" && change.condition == Some(Condition::Absent));
    let saved = house.save(&id, Save { condition, changes, renamed }).await?;
    let etag = saved.etag.clone();
    Ok(tagged(if new { StatusCode::CREATED } else { StatusCode::OK }, &saved, &etag))
}

/// Writes a new flow. There must be none of its id.
#[utoipa::path(post, path = "/api/v1/flows", request_body = NewFlowRequest,
    responses((status = 201, body = Saved, description = "Written; what is wrong with it is told", headers(("Location" = String, description = "The flow"))),
        (status = 400, body = Problem, description = "A request that cannot be read"),
        (status = 403, body = Problem, description = "Documents cannot be written here"),
        (status = 409, body = Problem, description = "Another flow's file is in the way"),
        (status = 412, body = Problem, description = "There is such a flow already"),
        (status = 413, body = Problem, description = "Too large"), (status = 415, body = Problem, description = "Not JSON"),
        (status = 422, body = Problem, description = "An id that is none, or files that are not of this flow")))]
pub(crate) async fn create(
    State(house): Shared,
    body: Result<Json<NewFlowRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    let request = body?.0;
    let new = |file: NewFileRequest| Change { part: file.part, text: Some(file.text), condition: None };
    let changes = request.files.into_iter().map(new).collect();
    let saved =
        house.save(&request.flow, Save { condition: Some(Condition::Absent), changes, ..Save::default() }).await?;
    let place = format!("/api/v1/flows/{}/files", saved.flow.replace('/', "%2F"));
    let etag = saved.etag.clone();
    Ok(([(LOCATION, place)], tagged(StatusCode::CREATED, &saved, &etag)).into_response())
}

/// Removes a flow with all its files. Conversations that run keep their version.
#[utoipa::path(delete, path = "/api/v1/flows/{id}/files",
    params(("id" = String, Path, description = "The flow's id, its slash written %2F"),
        ("If-Match" = String, Header, description = "The entity tag of all files together")),
    responses((status = 204, description = "Removed"),
        (status = 400, body = Problem, description = "A request that cannot be read"),
        (status = 403, body = Problem, description = "Documents cannot be written here"),
        (status = 404, body = Problem, description = "No such flow"),
        (status = 412, body = Problem, description = "There is another version by now"),
        (status = 428, body = Problem, description = "It is not said which version this is based on")))]
pub(crate) async fn remove(
    State(house): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    house.remove(&id, Condition::required(&headers)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One file of a flow, byte for byte.
#[utoipa::path(get, path = "/api/v1/flows/{id}/files/{part}",
    params(("id" = String, Path, description = "The flow's id, its slash written %2F"),
        ("part" = String, Path, description = "`flow`, `layout`, a locale such as `es-ES`, `talk`, or the file's name"),
        ("If-None-Match" = Option<String>, Header, description = "The entity tag of what is known already")),
    responses((status = 200, description = "The file", content_type = "text/plain"), (status = 304, description = "It is what is known already"),
        (status = 400, body = Problem, description = "A request that cannot be read"),
        (status = 404, body = Problem, description = "No such flow or file")))]
pub(crate) async fn one(
    State(house): Shared,
    Path((id, part)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let files = house.files(&id).await?.files;
    let found = files.into_iter().find(|file| file.head.part == part || file.head.name == part);
    let file = found.ok_or_else(|| HouseError::NotFound(format!("file `{part}` of `{id}`")))?;
    if Condition::is_known(&headers, &file.head.etag) {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, file.head.etag)]).into_response());
    }
    let headers = [(ETAG, file.head.etag), (CONTENT_TYPE, "text/plain; charset=utf-8".to_owned())];
    Ok((headers, file.text).into_response())
}

/// Writes one file of a flow.
#[utoipa::path(put, path = "/api/v1/flows/{id}/files/{part}", request_body(content = String, content_type = "text/plain", description = "The file, in UTF-8"),
    params(("id" = String, Path, description = "The flow's id, its slash written %2F"),
        ("part" = String, Path, description = "`flow`, `layout`, a locale such as `es-ES`, `talk`, or the file's name"),
        ("If-Match" = Option<String>, Header, description = "The entity tag of the version that this is based on"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: there must be no such file yet")),
    responses((status = 200, body = Saved, description = "Written; `ETag` is the file's"), (status = 201, body = Saved, description = "A new file was written"),
        (status = 400, body = Problem, description = "A request that cannot be read"),
        (status = 403, body = Problem, description = "Documents cannot be written here"),
        (status = 404, body = Problem, description = "No such flow"),
        (status = 409, body = Problem, description = "Another flow's file is in the way"),
        (status = 412, body = Problem, description = "There is another version by now; `etag` is its entity tag"),
        (status = 413, body = Problem, description = "Too large"),
        (status = 422, body = Problem, description = "A file that no flow has, a document of another flow, or not UTF-8"),
        (status = 428, body = Problem, description = "It is not said which version this is based on")))]
pub(crate) async fn put(
    State(house): Shared,
    Path((id, part)): Path<(String, String)>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let condition = Condition::required(&headers)?;
    let body = body?;
    let text = String::from_utf8(body.into())
        .map_err(|_| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "a document is UTF-8"))?;
    let status = if condition == Condition::Absent { StatusCode::CREATED } else { StatusCode::OK };
    let change = Change { part: part.clone(), text: Some(text), condition: Some(condition) };
    let saved = house.save(&id, Save { changes: vec![change], ..Save::default() }).await?;
    let file = saved.files.iter().find(|file| file.part == part || file.name == part);
    let etag = file.map_or_else(|| saved.etag.clone(), |file| file.etag.clone());
    Ok(tagged(status, &saved, &etag))
}

/// Removes one file of a flow; the flow itself goes only with all its files.
#[utoipa::path(delete, path = "/api/v1/flows/{id}/files/{part}",
    params(("id" = String, Path, description = "The flow's id, its slash written %2F"),
        ("part" = String, Path, description = "`layout`, a locale such as `es-ES`, `talk`, or the file's name"),
        ("If-Match" = String, Header, description = "The entity tag of the version that is removed")),
    responses((status = 200, body = Saved, description = "Removed"),
        (status = 400, body = Problem, description = "A request that cannot be read"),
        (status = 403, body = Problem, description = "Documents cannot be written here"),
        (status = 404, body = Problem, description = "No such flow or file"),
        (status = 409, body = Problem, description = "The flow would be left without its document"),
        (status = 412, body = Problem, description = "There is another version by now; `etag` is its entity tag"),
        (status = 422, body = Problem, description = "A file that no flow has"),
        (status = 428, body = Problem, description = "It is not said which version this is based on")))]
pub(crate) async fn remove_one(
    State(house): Shared,
    Path((id, part)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let condition = Condition::required(&headers)?;
    let change = Change { part, text: None, condition: Some(condition) };
    let saved = house.save(&id, Save { changes: vec![change], ..Save::default() }).await?;
    let etag = saved.etag.clone();
    Ok(tagged(StatusCode::OK, &saved, &etag))
}
