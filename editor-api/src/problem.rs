//! Errors as people and programs read them: `application/problem+json` (RFC 9457).

use crate::documents::StaleFile;
use crate::house::HouseError;
use axum::extract::rejection::{BytesRejection, JsonRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// A problem.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// What kind of problem: `about:blank`, the status says it all.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    #[schema(value_type = String)]
    pub title: Box<str>,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong here.
    pub detail: String,
    /// The entity tag of what there is, when a write was based on another version; also sent as `ETag`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub etag: Option<Box<str>>,
    /// Each file that is not the version that a write was based on.
    #[serde(default, skip_serializing_if = "<[StaleFile]>::is_empty")]
    #[schema(value_type = Vec<StaleFile>)]
    pub stale: Box<[StaleFile]>,
    /// After how many seconds it is worth trying again; sent as `Retry-After` (RFC 9110 §10.2.3), not in the body.
    #[serde(skip)]
    pub retry_after_s: Option<u64>,
}

impl Problem {
    /// A problem of a status.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Problem {
            kind: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or("Error").into(),
            status: status.as_u16(),
            detail: detail.into(),
            etag: None,
            stale: Box::default(),
            retry_after_s: None,
        }
    }

    /// The same with the time after which it is worth trying again, rounded up to whole seconds.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after_s = Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0));
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self).expect("a problem is plain data");
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(etag) = self.etag.as_ref().and_then(|etag| HeaderValue::from_str(etag).ok()) {
            response.headers_mut().insert(header::ETAG, etag);
        }
        response
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        Problem::new(rejection.status(), rejection.body_text())
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        Problem::new(rejection.status(), rejection.body_text())
    }
}

impl From<HouseError> for Problem {
    fn from(error: HouseError) -> Self {
        let status = match &error {
            HouseError::NotFound(_) => StatusCode::NOT_FOUND,
            HouseError::Cursor => StatusCode::BAD_REQUEST,
            HouseError::Conflict(_) => StatusCode::CONFLICT,
            HouseError::Senseless(_) => StatusCode::UNPROCESSABLE_ENTITY,
            HouseError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            HouseError::OtherType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            HouseError::Stale { .. } => StatusCode::PRECONDITION_FAILED,
            HouseError::Forbidden(_) => StatusCode::FORBIDDEN,
            HouseError::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let mut problem = Problem::new(status, error.to_string());
        if let HouseError::Stale { files, .. } = error {
            problem.etag = files.iter().find_map(|file| file.etag.as_deref().map(Into::into));
            problem.stale = files.into();
        }
        problem
    }
}
