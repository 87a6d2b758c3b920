//! What the description of the API says of every route alike, and what every answer that refuses has in common: a problem (RFC 9457), also where
//! the framework refuses before a handler is asked.

use axum::body::{Body, to_bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use offhook_editor_api::Problem;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder};

/// Bytes of a refusal in words that are kept.
const WORDS: usize = 4096;

/// Adds what layers and extractors answer, where a route does not say it better.
pub(super) fn complete(description: &mut OpenApi) {
    for (path, item) in &mut description.paths.paths {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            if path.starts_with("/api/v1") {
                add(operation, StatusCode::UNAUTHORIZED, "No API token, and no API key");
                add(operation, StatusCode::FORBIDDEN, "An API key without the scope that this needs");
            }
            let has_body = operation.request_body.is_some();
            if has_body || operation.parameters.as_ref().is_some_and(|parameters| !parameters.is_empty()) {
                add(operation, StatusCode::BAD_REQUEST, "A request that cannot be read");
            }
            if has_body {
                add(operation, StatusCode::PAYLOAD_TOO_LARGE, "Too large");
                add(operation, StatusCode::UNSUPPORTED_MEDIA_TYPE, "Not of the described type");
                add(operation, StatusCode::UNPROCESSABLE_ENTITY, "Not what is described here");
            }
            if path.ends_with("/socket") {
                add(operation, StatusCode::UPGRADE_REQUIRED, "Not a request for a socket (RFC 6455)");
            }
        }
    }
}

fn add(operation: &mut Operation, status: StatusCode, what: &str) {
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let response = ResponseBuilder::new().description(what).content("application/problem+json", problem).build();
    operation.responses.responses.entry(status.as_str().to_owned()).or_insert(RefOr::T(response));
}

/// A refusal of the framework, which is plain words, as a problem.
pub(super) async fn as_problem(response: Response) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !(status.is_client_error() || status.is_server_error()) || !(kind.is_empty() || kind.starts_with("text/plain")) {
        return response;
    }
    let (mut parts, body): (_, Body) = response.into_parts();
    let words = to_bytes(body, WORDS).await.unwrap_or_default();
    let words = String::from_utf8_lossy(&words).trim().to_owned();
    let detail = if words.is_empty() { "there is nothing like this here".to_owned() } else { words };
    let problem = Problem::new(status, detail).into_response();
    let (of_problem, body) = problem.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.extend(of_problem.headers);
    Response::from_parts(parts, body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn plain_words_become_a_problem_and_nothing_else_changes() {
        let plain = as_problem((StatusCode::BAD_REQUEST, [("x-kept", "1")], "no digits").into_response()).await;
        assert_eq!((plain.status(), &plain.headers()["x-kept"]), (StatusCode::BAD_REQUEST, &"1".parse().unwrap()));
        assert_eq!(plain.headers()[header::CONTENT_TYPE], "application/problem+json");
        let problem: Problem = serde_json::from_slice(&to_bytes(plain.into_body(), 9_999).await.unwrap()).unwrap();
        assert_eq!((problem.status, problem.detail.as_str()), (400, "no digits"));
        let fine = as_problem((StatusCode::OK, "fine").into_response()).await;
        assert_eq!(to_bytes(fine.into_body(), 99).await.unwrap(), "fine");
    }
}
