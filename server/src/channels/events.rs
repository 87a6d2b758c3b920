//! Events of other systems (CloudEvents 1.0): each starts the flows of the entry points that wait for its type. The same event, told again, starts
//! nothing anew. What it carries becomes inputs as an entry point maps them.

use super::chat;
use super::hooks::{BODY_BYTES, opening};
use crate::config::{Channel, Entry, Hook};
use crate::host::{Host, HostError};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use offhook_editor_api::Problem;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::{OpenApi, ToSchema};

/// Bytes of an attribute: an address with a path.
const ATTRIBUTE_BYTES: usize = 1_024;

#[derive(OpenApi)]
#[openapi(
    info(title = "Offhook events", description = "Conversations that events start."),
    paths(receive),
    components(schemas(EventTaken, Problem))
)]
struct Description;

/// The OpenAPI description of the routes of [`router`].
pub fn openapi() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// What came of an event.
#[derive(Debug, Default, Serialize, ToSchema)]
struct EventTaken {
    /// Conversations that it started, now or when it was told before.
    started: Vec<StartedByEvent>,
    /// Flows that do not begin with what it carries.
    refused: Vec<RefusedByEvent>,
}

/// A conversation that an event started.
#[derive(Debug, Serialize, ToSchema)]
struct StartedByEvent {
    /// The session's id.
    session: String,
    /// Whether it was started when the same event was told before.
    repeat: bool,
}

/// A flow that does not begin with what an event carries.
#[derive(Debug, Serialize, ToSchema)]
struct RefusedByEvent {
    /// The flow.
    flow: String,
    /// Why.
    detail: String,
}

#[derive(Clone)]
struct Events {
    host: Host,
    key: chat::Key,
}

/// `POST /events`, to be nested under `/api/v1`, for one tenant.
pub fn router(host: Host, key: chat::Key) -> Router {
    Router::new()
        .route("/events", post(receive))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(Events { host, key })
}

/// Takes an event (CloudEvents 1.0) and starts the flow of each entry point that waits for its type. In structured mode the body is the event
/// (`application/cloudevents+json`, or `application/json`): `specversion` 1.0, `id`, `source`, `type`, and what it carries under `data`. In binary mode the
/// attributes are headers (`ce-id`, `ce-source`, `ce-type`, `ce-specversion`), and the body is what it carries, as JSON. The same `source` and `id`, sent
/// again, start nothing anew.
#[utoipa::path(post, path = "/api/v1/events",
    params(("ce-id" = Option<String>, Header, description = "Binary mode: the event's id"),
        ("ce-source" = Option<String>, Header, description = "Binary mode: where it comes from"),
        ("ce-type" = Option<String>, Header, description = "Binary mode: its type"),
        ("ce-specversion" = Option<String>, Header, description = "Binary mode: 1.0")),
    request_body(content((Object = "application/cloudevents+json"), (Object = "application/json"))),
    responses((status = 202, body = EventTaken, description = "It started conversations; their first turns are on the disk"),
        (status = 200, body = EventTaken, description = "It started nothing: it was told before, or no entry point waits for it"),
        (status = 400, body = Problem, description = "Not an event"), (status = 404, body = Problem, description = "Its flow cannot run"),
        (status = 413, body = Problem, description = "Too large"), (status = 415, body = Problem, description = "Not JSON"),
        (status = 422, body = Problem, description = "No flow begins with what it carries"),
        (status = 503, body = Problem, description = "Too much is going on; send it again")))]
async fn receive(
    State(events): State<Events>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = body.map_err(|rejection| Problem::new(rejection.status(), rejection.body_text()))?;
    let event = read(&headers, &body)?;
    let word = |name: &str| event[name].as_str().unwrap_or_default();
    let (kind, id, source) = (word("type"), word("id"), word("source"));
    let entries = events.host.entries();
    let waiting = entries.iter().filter_map(|entry| match &entry.channel {
        Channel::Event(hook) if hook.name == kind => Some((entry, hook)),
        _ => None,
    });
    let mut taken = EventTaken::default();
    let mut first_refusal = None;
    for (entry, hook) in waiting {
        let session = events.session(entry, source, id);
        match events.start(entry, hook, &event, &session).await? {
            (_, Ok(_)) => taken.started.push(StartedByEvent { session, repeat: false }),
            (_, Err(HostError::Exists)) => taken.started.push(StartedByEvent { session, repeat: true }),
            (flow, Err(error @ (HostError::Refused(_) | HostError::NoFlow(_)))) => {
                let problem = chat::problem(&error);
                taken.refused.push(RefusedByEvent { flow, detail: error.to_string() });
                first_refusal.get_or_insert(problem);
            }
            // Whoever sends it again finds what has begun.
            (_, Err(error)) => return Err(chat::problem(&error)),
        }
    }
    if let Some(problem) = first_refusal.filter(|_| taken.started.is_empty()) {
        return Err(problem);
    }
    let is_new = taken.started.iter().any(|started| !started.repeat);
    Ok((if is_new { StatusCode::ACCEPTED } else { StatusCode::OK }, Json(taken)).into_response())
}

impl Events {
    /// The id of the session that an event starts at an entry: the same each time.
    fn session(&self, entry: &Entry, source: &str, id: &str) -> String {
        let tenant = self.host.tenant();
        let flows: Vec<&str> = entry.leads.flows().collect();
        let name = format!("event\0{tenant}\0{}\0{source}\0{id}", flows.join("\u{1}"));
        self.key.conversation(&name).replacen("c_", "e_", 1)
    }

    async fn start(
        &self,
        entry: &Entry,
        hook: &Hook,
        event: &Value,
        session: &str,
    ) -> Result<(String, Result<(), HostError>), Problem> {
        let opening = opening(entry, hook, event, Some(session), session)?;
        let flow = opening.flow.clone();
        Ok((flow, self.host.open(opening).await.map(|_| ())))
    }
}

fn bad(why: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, why.into())
}

/// An event with its attributes and what it carries, in the form of structured mode.
fn read(headers: &HeaderMap, body: &[u8]) -> Result<Value, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !matches!(kind.as_str(), "application/json" | "application/cloudevents+json") {
        let why = "an event is sent as `application/cloudevents+json`, or in binary mode as `application/json`";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
    }
    let sent = || -> Result<Value, Problem> {
        serde_json::from_slice(body).map_err(|error| bad(format!("the body is no JSON: {error}")))
    };
    let event = if headers.contains_key("ce-type") || headers.contains_key("ce-specversion") {
        let mut event = attributes(headers)?;
        if !body.is_empty() {
            event.insert("data".to_owned(), sent()?);
        }
        event
    } else {
        let Value::Object(event) = sent()? else { return Err(bad("the body is no JSON object")) };
        event
    };
    if event.get("specversion").is_some_and(|version| version != "1.0") {
        return Err(bad("`specversion` is not 1.0"));
    }
    for name in ["id", "source", "type"] {
        let is_fine =
            event.get(name).and_then(Value::as_str).is_some_and(|text| (1..=ATTRIBUTE_BYTES).contains(&text.len()));
        if !is_fine {
            return Err(bad(format!("`{name}` is a text of 1 to {ATTRIBUTE_BYTES} bytes")));
        }
    }
    Ok(Value::Object(event))
}

/// The attributes of an event in binary mode; their values are percent-encoded (CloudEvents HTTP Protocol Binding §3.1.3.2).
fn attributes(headers: &HeaderMap) -> Result<Map<String, Value>, Problem> {
    let mut event = Map::new();
    for (name, value) in headers {
        let Some(name) = name.as_str().strip_prefix("ce-") else { continue };
        let decoded = percent_encoding::percent_decode(value.as_bytes()).decode_utf8();
        let decoded = decoded.map_err(|_| bad(format!("`ce-{name}` is no text in UTF-8")))?;
        event.insert(name.to_owned(), Value::String(decoded.into_owned()));
    }
    Ok(event)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sent(headers: &[(&'static str, &str)], body: &str) -> Result<Value, u16> {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        read(&headers, body.as_bytes()).map_err(|problem| problem.status)
    }

    #[test]
    fn both_modes_say_the_same() {
        let event = json!({ "specversion": "1.0", "id": "7", "source": "/caf\u{e9}", "type": "order.shipped", "data": { "n": 1 } });
        let structured = [("content-type", "application/cloudevents+json; charset=utf-8")];
        assert_eq!(sent(&structured, &event.to_string()), Ok(event.clone()));
        let binary = [
            ("content-type", "application/json"),
            ("ce-specversion", "1.0"),
            ("ce-id", "7"),
            ("ce-source", "/caf%C3%A9"),
            ("ce-type", "order.shipped"),
        ];
        assert_eq!(sent(&binary, "{\"n\":1}"), Ok(event));
        for (headers, body, status) in [
            (&structured[..], "{", 400),
            (&structured, "[]", 400),
            (&structured, "{\"id\":\"1\",\"source\":\"x\"}", 400),
            (&structured, "{\"id\":1,\"source\":\"x\",\"type\":\"y\"}", 400),
            (&structured, "{\"id\":\"1\",\"source\":\"x\",\"type\":\"y\",\"specversion\":\"0.3\"}", 400),
            (&[("content-type", "application/cloudevents-batch+json")], "[]", 415),
            (&binary[..4], "{}", 400),
            (&binary, "{", 400),
        ] {
            assert_eq!(sent(headers, body), Err(status), "{body}");
        }
    }
}
