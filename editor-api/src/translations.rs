//! The wording of a flow on its way to translators and back. The flow and its catalogues are sent and nothing of them is kept: what comes back is a file
//! for translators, or the edits that take one into the catalogues, for whoever writes the flow to look at first.

use crate::house::{House, HouseError};
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use offhook_flow_schemas::edit::Edit;
use offhook_flow_schemas::{Document, Texts, read_flow, read_texts};
use offhook_runtime::texts::TextField;
use offhook_runtime::{FlowSource, compile};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

type Shared = State<Arc<dyn House>>;

/// A format that translators use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TranslatorFormat {
    /// Gettext PO.
    Po,
    /// XLIFF 2.1.
    Xliff,
}

/// The wording to hand out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandOutRequest {
    /// The flow's document.
    source: String,
    /// Its catalogues: locale to document.
    #[serde(default)]
    texts: BTreeMap<String, String>,
    /// The locale to translate into.
    locale: String,
    /// The format of the file.
    format: TranslatorFormat,
    /// Whether what is translated and not out of date is left out.
    #[serde(default)]
    open: bool,
}

/// A translator's file to take back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TakeBackRequest {
    /// The flow's document.
    source: String,
    /// Its catalogues: locale to document.
    #[serde(default)]
    texts: BTreeMap<String, String>,
    /// The file, PO or XLIFF.
    file: String,
}

/// A file for translators.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HandedOut {
    /// What to call it.
    pub name: String,
    /// How many texts it has.
    pub texts: usize,
    /// The file.
    pub file: String,
}

/// What a translator's file does to a text.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TextChange {
    /// The text.
    pub key: String,
    /// Its translation now.
    #[schema(value_type = Object)]
    pub before: Option<Value>,
    /// Its translation afterwards; the same where one that was out of date is confirmed.
    #[schema(value_type = Object)]
    pub after: Value,
}

/// What a translator's file would do.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct TakenBack {
    /// The locale that it translates into.
    pub locale: String,
    /// The texts that it changes.
    pub changes: Vec<TextChange>,
    /// Texts of which some parts are not translated yet; they stay as they are.
    pub incomplete: Vec<String>,
    /// Texts whose original says something else by now: they are taken, and out of date.
    pub outdated: Vec<String>,
    /// Entries that the flow does not have any more.
    pub unknown: Vec<String>,
    /// Entries that cannot be taken, and why.
    pub refused: Vec<String>,
    /// The edits that do it.
    #[schema(value_type = Vec<Object>)]
    pub edits: Vec<Edit>,
}

/// A flow that was sent, with its catalogues.
pub struct Wording {
    /// The flow.
    pub document: Arc<Document>,
    /// Its catalogues.
    pub texts: Vec<Texts>,
    /// What of it can be translated.
    pub fields: Vec<TextField>,
}

/// What knows the formats of translators.
pub trait Translators: Send + Sync {
    /// A file for the translators into a locale.
    ///
    /// # Errors
    /// When the locale is none.
    fn hand_out(
        &self,
        wording: &Wording,
        locale: &str,
        format: TranslatorFormat,
        open: bool,
    ) -> Result<HandedOut, HouseError>;
    /// What a translator's file would do.
    ///
    /// # Errors
    /// When the file cannot be read, or is of another flow.
    fn take_back(&self, wording: &Wording, file: &str) -> Result<TakenBack, HouseError>;
}

fn wording(house: &dyn House, source: &str, texts: &BTreeMap<String, String>) -> Result<Wording, HouseError> {
    let read = read_flow("flow.yaml", source.as_bytes());
    let first = read.diagnostics.iter().find(|found| found.is_error());
    let why = first.map_or_else(String::new, |found| format!(": line {}: {}", found.line, found.message));
    let document = read.document.ok_or_else(|| HouseError::Senseless(format!("the flow cannot be read{why}")))?;
    let document = Arc::new(document);
    let mut catalogues = Vec::new();
    for (locale, text) in texts {
        let read = read_texts(&format!("flow.{locale}.yaml"), text.as_bytes());
        let why = || HouseError::Senseless(format!("the catalogue of {locale:.64} cannot be read"));
        catalogues.push(read.texts.ok_or_else(why)?);
    }
    let id = document.flow.id.clone();
    let sent = FlowSource { document: document.clone(), texts: catalogues.clone(), version: 0 };
    let compiled = compile(std::slice::from_ref(&sent), &house.catalog(), &house.limits());
    let fields = compiled.texts(&id).unwrap_or_default().to_vec();
    Ok(Wording { document, texts: catalogues, fields })
}

/// Makes a file for translators of the wording that is sent.
#[utoipa::path(post, path = "/api/v1/texts/export", request_body = HandOutRequest,
    responses((status = 200, body = HandedOut, description = "The file"),
        (status = 400, body = Problem, description = "A request that cannot be read"),
        (status = 413, body = Problem, description = "Too large"), (status = 415, body = Problem, description = "Not JSON"),
        (status = 422, body = Problem, description = "No flow, no catalogue or no locale")))]
pub(crate) async fn hand_out(
    State(house): Shared,
    body: Result<Json<HandOutRequest>, JsonRejection>,
) -> Result<Json<HandedOut>, Problem> {
    let Json(request) = body?;
    let wording = wording(&*house, &request.source, &request.texts)?;
    Ok(Json(house.hand_out(&wording, &request.locale, request.format, request.open)?))
}

/// Tells what a translator's file would do to the wording that is sent, and gives the edits that do it.
#[utoipa::path(post, path = "/api/v1/texts/import", request_body = TakeBackRequest,
    responses((status = 200, body = TakenBack, description = "What it would do"),
        (status = 400, body = Problem, description = "A request that cannot be read"),
        (status = 413, body = Problem, description = "Too large"), (status = 415, body = Problem, description = "Not JSON"),
        (status = 422, body = Problem, description = "No flow, no catalogue, or a file that cannot be read or is of another flow")))]
pub(crate) async fn take_back(
    State(house): Shared,
    body: Result<Json<TakeBackRequest>, JsonRejection>,
) -> Result<Json<TakenBack>, Problem> {
    let Json(request) = body?;
    let wording = wording(&*house, &request.source, &request.texts)?;
    Ok(Json(house.take_back(&wording, &request.file)?))
}
