//! Checking documents and performing talks that are sent. Nothing of them is kept, and nothing of them is run but in
//! virtual time, without a network.

use crate::house::{House, HouseError};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use offhook_flow_schemas::{Diagnostic, read_flow, read_texts, read_tree};
use offhook_runtime::talk::{self, Coverage, FlowCoverage, Mismatch, Options};
use offhook_runtime::{Compiled, FlowSource, Program, compile};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// A document to check.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckRequest {
    /// The document: YAML or JSON.
    source: String,
    /// A name for messages.
    #[serde(default)]
    name: Option<String>,
    /// Texts of other locales: locale to document.
    #[serde(default)]
    texts: BTreeMap<String, String>,
}

/// Talks to perform.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TalkRequest {
    /// The talk file: YAML or JSON.
    talk: String,
    /// The flow's document; the served one where it is left out.
    #[serde(default)]
    source: Option<String>,
    /// Texts of other locales: locale to document.
    #[serde(default)]
    texts: BTreeMap<String, String>,
    /// In this locale instead of the talks' own.
    #[serde(default)]
    locale: Option<String>,
}

/// How one talk went.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TalkResult {
    /// What it is about.
    about: String,
    /// Whether all went as written.
    passed: bool,
    /// What did not.
    #[schema(value_type = Vec<Object>)]
    mismatches: Vec<Mismatch>,
    /// Everything that happened.
    #[schema(value_type = Vec<Object>)]
    journal: Vec<offhook_runtime::replay::Entry>,
}

pub(crate) fn compile_sent(
    house: &dyn House,
    name: &str,
    source: &str,
    texts: &BTreeMap<String, String>,
) -> (Option<String>, Compiled, Vec<Diagnostic>) {
    let read = read_flow(name, source.as_bytes());
    let mut diagnostics = read.diagnostics;
    let stem = name.split('.').next().unwrap_or(name).to_owned();
    let mut catalogues = Vec::new();
    for (locale, text) in texts {
        let read = read_texts(&format!("{stem}.{locale}.yaml"), text.as_bytes());
        diagnostics.extend(read.diagnostics);
        catalogues.extend(read.texts);
    }
    let Some(document) = read.document else { return (None, Compiled::default(), diagnostics) };
    let id = document.flow.id.clone();
    // The flows that are served are there to be called.
    let mut sources: Vec<FlowSource> = house
        .flows()
        .into_iter()
        .filter(|flow| flow.id != id)
        .filter_map(|flow| {
            Some(FlowSource { document: house.document(&flow.id)?, texts: Vec::new(), version: flow.version })
        })
        .collect();
    sources.insert(0, FlowSource { document: Arc::new(document), texts: catalogues, version: 0 });
    let compiled = compile(&sources, &house.catalog(), &house.limits());
    diagnostics.extend(compiled.diagnostics.iter().filter(|found| found.file.starts_with(&stem)).cloned());
    (Some(id), compiled, diagnostics)
}

/// Checks a document that is sent.
#[utoipa::path(post, path = "/api/v1/check", request_body = CheckRequest,
    responses((status = 200, description = "Its diagnostics; `ok` when none is an error")))]
pub(crate) async fn check(State(house): State<Arc<dyn House>>, Json(request): Json<CheckRequest>) -> Json<Value> {
    let name = request.name.as_deref().unwrap_or("flow.yaml");
    let (id, _, diagnostics) = compile_sent(&*house, name, &request.source, &request.texts);
    let ok = !diagnostics.iter().any(Diagnostic::is_error);
    Json(json!({ "id": id, "ok": ok, "diagnostics": diagnostics }))
}

/// Performs talks that are sent.
#[utoipa::path(post, path = "/api/v1/talk", request_body = TalkRequest,
    responses((status = 200, description = "How they went"), (status = 404, body = Problem, description = "No such flow is served"), (status = 422, body = Problem, description = "The talk or the flow has errors")))]
pub(crate) async fn talk(
    State(house): State<Arc<dyn House>>,
    Json(request): Json<TalkRequest>,
) -> Result<Json<Value>, Problem> {
    let unusable = |diagnostics: &[Diagnostic]| {
        let first = diagnostics.iter().find(|found| found.is_error()).or(diagnostics.first());
        let detail =
            first.map_or_else(String::new, |found| format!("{}:{}: {}", found.file, found.line, found.message));
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    };
    let tree = read_tree("sent.talk.yaml", request.talk.as_bytes()).map_err(|found| unusable(&found))?;
    let talks = talk::read(&tree).map_err(|found| unusable(&found))?;
    let sent: Option<Arc<Program>> = match &request.source {
        Some(source) => {
            let (id, compiled, diagnostics) = compile_sent(&*house, "flow.yaml", source, &request.texts);
            let program = id.and_then(|id| compiled.program(&id));
            Some(Arc::new(program.ok_or_else(|| unusable(&diagnostics))?))
        }
        None => None,
    };
    let options = Options { locale: request.locale.clone(), reload: false };
    let mut results = Vec::new();
    let mut coverage: BTreeMap<String, (Arc<Program>, Coverage)> = BTreeMap::new();
    for talk in &talks {
        let served = || house.program(&talk.flow);
        let program = sent.clone().filter(|program| program.id() == talk.flow).or_else(served);
        let program = program.ok_or_else(|| HouseError::NotFound(format!("flow `{}`", talk.flow)))?;
        let report = talk::perform(&program, talk, &options);
        coverage.entry(talk.flow.clone()).or_insert_with(|| (program, Coverage::default())).1.merge(&report.coverage);
        results.push(TalkResult {
            about: report.about.clone(),
            passed: report.passed(),
            mismatches: report.mismatches,
            journal: report.journal,
        });
    }
    let coverage: Vec<FlowCoverage> = coverage.values().map(|(program, coverage)| coverage.of(program)).collect();
    Ok(Json(json!({ "talks": results, "coverage": coverage })))
}
