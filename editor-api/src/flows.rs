//! The catalog, the flows that are served, and their pictures.

use crate::house::{FlowSummary, House, HouseError, KeptVersion};
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use offhook_flow_schemas::{Code, all_codes, explain as explain_code, picture, schema as schemas};
use serde_json::{Value, json};
use std::sync::Arc;

type Shared = State<Arc<dyn House>>;

/// The node types of this build.
#[utoipa::path(get, path = "/api/v1/catalog", responses((status = 200, description = "The node types")))]
pub(crate) async fn catalog(State(house): Shared) -> Json<Value> {
    let catalog = house.catalog();
    let types: Vec<Value> = catalog
        .types()
        .iter()
        .map(|kind| json!({ "meta": kind.meta, "docs": kind.docs, "params": kind.schema, "page": kind.page }))
        .collect();
    Json(json!({ "types": types }))
}

/// The JSON Schema of the flow document.
#[utoipa::path(get, path = "/api/v1/schema", responses((status = 200, description = "JSON Schema, draft 2020-12")))]
pub(crate) async fn schema(State(house): Shared) -> Response {
    let schema = schemas::flow_schema(&house.catalog().schemas());
    ([(header::CONTENT_TYPE, "application/schema+json")], schema.to_string()).into_response()
}

/// What a diagnostic code means.
#[utoipa::path(get, path = "/api/v1/explain/{code}", params(("code" = String, Path, description = "Such as OH0301")),
    responses((status = 200, description = "The explanation"), (status = 404, description = "No such code", body = Problem)))]
pub(crate) async fn explain(Path(code): Path<String>) -> Result<Json<Value>, Problem> {
    let row = explain_code(&code).ok_or_else(|| HouseError::NotFound(format!("code `{code}`")))?;
    let known: Vec<Code> = all_codes().map(|row| row.code).collect();
    Ok(Json(json!({
        "code": row.code, "name": row.name, "severity": row.severity, "title": row.title, "text": row.text,
        "wrong": row.wrong, "right": row.right, "codes": known.len()
    })))
}

/// The flows that are served.
#[utoipa::path(get, path = "/api/v1/flows", responses((status = 200, description = "The flows, by id", body = [FlowSummary])))]
pub(crate) async fn list(State(house): Shared) -> Json<Value> {
    Json(json!({ "flows": house.flows() }))
}

/// One flow.
#[utoipa::path(get, path = "/api/v1/flows/{id}", params(("id" = String, Path, description = "The flow's id, its slash written %2F")),
    responses((status = 200, body = FlowSummary, description = "The flow"), (status = 404, body = Problem, description = "No such flow")))]
pub(crate) async fn one(State(house): Shared, Path(id): Path<String>) -> Result<Json<FlowSummary>, Problem> {
    let found = house.flows().into_iter().find(|flow| flow.id == id);
    Ok(Json(found.ok_or_else(|| HouseError::NotFound(format!("flow `{id}`")))?))
}

/// A flow's document, to the letter.
#[utoipa::path(get, path = "/api/v1/flows/{id}/source", params(("id" = String, Path, description = "The flow's id")),
    responses((status = 200, description = "YAML or JSON", content_type = "text/plain"), (status = 404, body = Problem, description = "No such flow")))]
pub(crate) async fn source(State(house): Shared, Path(id): Path<String>) -> Result<Response, Problem> {
    let document = house.document(&id).ok_or_else(|| HouseError::NotFound(format!("flow `{id}`")))?;
    let text = document.source.text.to_string();
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

/// A version of a flow as it was kept: what a session ran on, or what a release holds.
#[utoipa::path(get, path = "/api/v1/flows/{id}/versions/{version}",
    params(("id" = String, Path, description = "The flow's id"), ("version" = i64, Path, description = "The version's number")),
    responses((status = 200, body = KeptVersion, description = "The version"), (status = 404, body = Problem, description = "No such version")))]
pub(crate) async fn version(
    State(house): Shared,
    Path((id, version)): Path<(String, i64)>,
) -> Result<Json<KeptVersion>, Problem> {
    Ok(Json(house.version(&id, version).await?))
}

/// A flow's picture: `graph.svg`, `graph.mmd` (Mermaid) or `graph.dot` (Graphviz).
#[utoipa::path(get, path = "/api/v1/flows/{id}/{picture}",
    params(("id" = String, Path, description = "The flow's id"), ("picture" = String, Path, description = "graph.svg, graph.mmd or graph.dot")),
    responses((status = 200, description = "The picture"), (status = 404, body = Problem, description = "No such flow or picture")))]
pub(crate) async fn graph(State(house): Shared, Path((id, form)): Path<(String, String)>) -> Result<Response, Problem> {
    let document = house.document(&id).ok_or_else(|| HouseError::NotFound(format!("flow `{id}`")))?;
    let mut drawn: Option<(&'static str, String)> = None;
    house.compiled(&mut |compiled| {
        let Some(facts) = compiled.facts(&id) else { return };
        drawn = match form.as_str() {
            "graph.svg" => Some(("image/svg+xml", picture::svg(&document.flow, facts, None))),
            "graph.mmd" => Some(("text/plain; charset=utf-8", picture::mermaid(&document.flow, facts))),
            "graph.dot" => Some(("text/vnd.graphviz", picture::dot(&document.flow, facts))),
            _ => None,
        };
    });
    let (kind, text) = drawn.ok_or_else(|| HouseError::NotFound(format!("picture `{form}` of `{id}`")))?;
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
