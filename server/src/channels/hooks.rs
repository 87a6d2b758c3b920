//! Webhooks: another system starts a conversation by an HTTP POST. What it sends becomes inputs of the flow, as the entry point maps them; the flow
//! says which inputs it takes and of which type. A signed entry point takes signed requests only, and a repeat starts nothing anew.

use crate::channels::chat;
use crate::config::{Channel, Entry, Hook};
use crate::host::{Host, HostError, Opening};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use hmac::{Hmac, Mac};
use offhook_editor_api::Problem;
use offhook_runtime::{Contact, Value};
use serde::Serialize;
use sha2::Sha256;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{OpenApi, ToSchema};

/// Bytes of a request: what fits into a session's first event, with room for what is not mapped.
pub(super) const BODY_BYTES: usize = 128 * 1024;

/// Bytes of an idempotency key.
const KEY_BYTES: usize = 128;

/// Bytes of a contact's address.
const ADDRESS_BYTES: usize = 256;

/// What a webhook's conversation runs on: nobody is on the line, and whoever is written to is written to by a message.
const CHANNEL: &str = "messaging";

#[derive(OpenApi)]
#[openapi(
    info(title = "Offhook webhooks", description = "Conversations that another system starts."),
    paths(receive),
    components(schemas(Begun, Problem))
)]
struct Description;

/// The OpenAPI description of the routes of [`router`].
pub fn openapi() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// A conversation that was started.
#[derive(Debug, Serialize, ToSchema)]
struct Begun {
    /// The session's id.
    session: String,
    /// Whether it was started by an earlier request of the same idempotency key.
    repeat: bool,
}

#[derive(Clone)]
struct Hooks {
    hosts: Arc<[Host]>,
    key: chat::Key,
}

/// The routes under `/hooks/v1`.
pub fn router(hosts: Arc<[Host]>, key: chat::Key) -> Router {
    Router::new()
        .route("/hooks/v1/{name}", post(receive))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(Hooks { hosts, key })
}

fn entry<'h>(hosts: &'h [Host], name: &str) -> Option<(&'h Host, Entry, Hook)> {
    hosts.iter().find_map(|host| {
        host.entries().iter().find_map(|entry| match &entry.channel {
            Channel::Webhook(hook) if hook.name == name => Some((host, entry.clone(), hook.clone())),
            _ => None,
        })
    })
}

/// The hook with the key that its secret is at this moment. A secret that is gone lets nobody in.
fn with_secret(mut hook: Hook, host: &Host) -> Result<Hook, Problem> {
    if let Some(name) = &hook.named_secret {
        let gone = || {
            tracing::error!(tenant = host.tenant(), webhook = hook.name, name, "the secret of a webhook is gone");
            Problem::new(StatusCode::UNAUTHORIZED, "the signature is missing or wrong")
        };
        hook.secret = Some(host.secret(name).ok_or_else(gone)?);
    }
    Ok(hook)
}

/// Whether a signature is that of the body, in a time that does not tell how much of it is right.
fn is_signed(hook: &Hook, headers: &HeaderMap, body: &[u8]) -> bool {
    let Some(secret) = &hook.secret else { return true };
    let given = headers.get("x-offhook-signature").and_then(|value| value.to_str().ok());
    let Some(hex) = given.and_then(|given| given.strip_prefix("sha256=")) else { return false };
    let bytes: Option<Vec<u8>> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()).collect();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    bytes.is_some_and(|bytes| mac.verify_slice(&bytes).is_ok())
}

/// Starts a conversation of the flow that an entry point leads to. The body is a JSON object; the entry point says where in it each input of the
/// flow is. With `Idempotency-Key`, a repeat of the request starts nothing anew. An entry point with a secret wants
/// `X-Offhook-Signature: sha256=…`, the HMAC-SHA256 of the body in hexadecimal.
#[utoipa::path(post, path = "/hooks/v1/{name}",
    params(("name" = String, Path, description = "The entry point's name"),
        ("Idempotency-Key" = Option<String>, Header, description = "Up to 128 characters: the same key is the same conversation"),
        ("X-Offhook-Signature" = Option<String>, Header, description = "`sha256=` and the HMAC-SHA256 of the body")),
    request_body(content = Object, content_type = "application/json", description = "Any object"),
    responses((status = 202, body = Begun, description = "Its first turn is on the disk"),
        (status = 200, body = Begun, description = "It was started before"),
        (status = 400, body = Problem, description = "Not a JSON object"), (status = 401, body = Problem, description = "Not signed"),
        (status = 404, body = Problem, description = "No such entry point, or its flow cannot run"),
        (status = 413, body = Problem, description = "Too large"),
        (status = 422, body = Problem, description = "The flow does not accept these inputs"),
        (status = 503, body = Problem, description = "Too much is going on")))]
async fn receive(
    State(hooks): State<Hooks>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = body?;
    let missing = || Problem::new(StatusCode::NOT_FOUND, "there is no such webhook");
    let (host, entry, hook) = entry(&hooks.hosts, &name).ok_or_else(missing)?;
    let hook = with_secret(hook, host)?;
    if !is_signed(&hook, &headers, &body) {
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "the signature is missing or wrong"));
    }
    let sent: serde_json::Value = serde_json::from_slice(&body)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("the body is no JSON: {error}")))?;
    if !sent.is_object() {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "the body is no JSON object"));
    }
    let session = match headers.get("idempotency-key").map(|value| value.to_str()) {
        None => None,
        Some(Ok(key)) if (1..=KEY_BYTES).contains(&key.len()) => {
            let tenant = host.tenant();
            Some(hooks.key.conversation(&format!("hook\0{tenant}\0{name}\0{key}")).replacen("c_", "w_", 1))
        }
        Some(_) => {
            let why = format!("`Idempotency-Key` has 1 to {KEY_BYTES} characters of ASCII");
            return Err(Problem::new(StatusCode::BAD_REQUEST, why));
        }
    };
    let anonymous = session.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    let opening = opening(&entry, &hook, &sent, session.as_deref(), &anonymous)?;
    match (host.open(opening).await, session) {
        (Ok(receipt), _) => {
            let begun = Begun { session: receipt.session.to_string(), repeat: false };
            Ok((StatusCode::ACCEPTED, Json(begun)).into_response())
        }
        (Err(HostError::Exists), Some(session)) => Ok(Json(Begun { session, repeat: true }).into_response()),
        (Err(error), _) => Err(chat::problem(&error)),
    }
}

/// How a conversation begins with what another system has sent. Where that names no contact, `anonymous` tells this one from others.
pub(super) fn opening(
    entry: &Entry,
    hook: &Hook,
    sent: &serde_json::Value,
    session: Option<&str>,
    anonymous: &str,
) -> Result<Opening, Problem> {
    let mut contact = Contact::default();
    if let Some(address) = hook.contact.as_ref().and_then(|pointer| sent.pointer(pointer)).and_then(word) {
        if address.len() > ADDRESS_BYTES {
            let why = format!("the contact's address has more than {ADDRESS_BYTES} bytes");
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why));
        }
        contact.address = address;
    }
    let inputs: BTreeMap<String, Value> = hook
        .inputs
        .iter()
        .filter_map(|(input, pointer)| Some((input.clone(), Value::from_json(sent.pointer(pointer)?))))
        .collect();
    let who = if contact.address.is_empty() { anonymous } else { &contact.address };
    Ok(Opening {
        flow: entry.flow_for(who).to_owned(),
        session: session.map(str::to_owned),
        channel: CHANNEL,
        to: hook.name.clone(),
        contact,
        locale: entry.locale.clone().unwrap_or_default(),
        inputs,
        line: None,
    })
}

/// A text, or a number as a text: telephone numbers are sent as both.
fn word(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    #[test]
    fn only_what_is_signed_by_the_secret_is_signed() {
        let hook = Hook { secret: Some(Secret::new("Jefe")), ..Hook::default() };
        let check = |signature: Option<&str>, body: &[u8]| {
            let mut headers = HeaderMap::new();
            if let Some(signature) = signature {
                headers.insert("x-offhook-signature", signature.parse().unwrap());
            }
            is_signed(&hook, &headers, body)
        };
        // RFC 4231, test case 2.
        let body = b"what do ya want for nothing?";
        let right = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert!(check(Some(right), body));
        assert!(!check(Some(right), b"something else"));
        for wrong in [None, Some(""), Some("sha256="), Some("sha256=5b"), Some("sha256=zz"), Some(&right[7..])] {
            assert!(!check(wrong, body), "{wrong:?}");
        }
        assert!(is_signed(&Hook::default(), &HeaderMap::new(), body), "nothing is asked for");
    }
}
