//! The chat door over REST. Every message has an id of the client's own, so that it may be sent again.

use super::messages::{self, Message};
use super::{Chat, TEXT_BYTES, chats, problem};
use crate::config::entry_for_chat;
use crate::host::{HostError, Opening};
use crate::store::SessionState;
use axum::Json;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use offhook_editor_api::Problem;
use offhook_runtime::{Contact, Event, Hangup, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

/// The longest that a window may wait for a message in one request.
const LONGEST_WAIT: Duration = Duration::from_secs(25);

/// How often a session that is not in memory is looked at while a window waits.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How a conversation begins.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StartRequest {
    /// The chat key of an entry point.
    #[serde(default)]
    key: Option<String>,
    /// A flow's id; only where the server allows it.
    #[serde(default)]
    flow: Option<String>,
    /// The wished locale.
    #[serde(default)]
    locale: Option<String>,
    /// Who writes.
    #[serde(default)]
    contact: StartContact,
    /// The flow's inputs.
    #[serde(default)]
    #[schema(value_type = Object)]
    inputs: BTreeMap<String, serde_json::Value>,
    /// An id of the client's own: the same id is the same conversation.
    client_id: String,
}

/// Who writes.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StartContact {
    /// A lasting id that the page gave its visitor. It is not proof of who that is.
    #[serde(default)]
    id: Option<String>,
    /// A name.
    #[serde(default)]
    name: Option<String>,
}

/// A conversation that has begun.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Started {
    /// Its id.
    conversation: String,
    /// What later requests carry as `Authorization: Bearer …`.
    token: String,
    /// Where reading begins.
    cursor: u64,
}

/// A message of the contact.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SendRequest {
    /// An id of the client's own: the same id is the same message.
    pub(super) client_id: String,
    /// What was written.
    #[serde(default)]
    pub(super) text: Option<String>,
    /// The id of the choice whose button was pressed.
    #[serde(default)]
    pub(super) button: Option<String>,
}

/// A message that is on the disk.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Accepted {
    /// True.
    accepted: bool,
    /// The cursor behind its turn.
    cursor: u64,
}

/// Whether somebody is writing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TypingRequest {
    /// Whether.
    on: bool,
}

/// Messages.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Received {
    messages: Vec<Message>,
    /// Where the next request begins.
    cursor: u64,
    /// Whether the conversation is over.
    ended: bool,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct After {
    /// The last cursor that was seen; 0 for all.
    #[serde(default)]
    after: u64,
    /// How many seconds to wait for a message, at most 25.
    #[serde(default)]
    wait: u64,
}

fn too_long(what: &str, text: &str, limit: usize) -> Result<(), Problem> {
    if text.is_empty() || text.len() > limit {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, format!("`{what}` must have 1 to {limit} bytes")));
    }
    Ok(())
}

/// Begins a conversation.
#[utoipa::path(post, path = "/chat/v1/conversations", request_body = StartRequest,
    responses((status = 201, body = Started, description = "It has begun; its first messages can be read"),
        (status = 403, body = Problem, description = "Conversations begin by a chat key here"),
        (status = 404, body = Problem, description = "No such key or flow"),
        (status = 422, body = Problem, description = "The flow does not accept this"),
        (status = 429, body = Problem, description = "Too many from this address", headers(("Retry-After" = u64, description = "Seconds to wait")))))]
pub(super) async fn start(
    State(mut chat): State<Chat>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Json(request): Json<StartRequest>,
) -> Result<(StatusCode, Json<Started>), Problem> {
    too_long("client_id", &request.client_id, 128)?;
    if let Some(key) = &request.key
        && let Some(host) = chat.hosts.iter().find(|host| entry_for_chat(&host.entries(), key).is_some())
    {
        chat.host = host.clone();
    }
    let entries = chat.host.entries();
    let (flow, to, entry_locale) = match (&request.key, &request.flow) {
        (Some(key), _) => {
            let entry = entry_for_chat(&entries, key);
            let entry = entry.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "there is no such chat key"))?;
            // Without an id of his own, a visitor is known by his first request only.
            let who = request.contact.id.as_deref().unwrap_or(&request.client_id);
            (entry.flow_for(who).to_owned(), key.clone(), entry.locale.clone())
        }
        (None, Some(flow)) if chat.by_flow => (flow.clone(), flow.clone(), None),
        (None, Some(_)) => return Err(Problem::new(StatusCode::FORBIDDEN, "conversations begin by a chat key here")),
        (None, None) => return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "`key` or `flow` is missing")),
    };
    let program = chat.host.program(&flow);
    let can_chat = program.is_some_and(|program| chats(program.entry().kind, &program.entry().channels));
    if !can_chat {
        return Err(Problem::new(StatusCode::NOT_FOUND, format!("there is no flow `{flow}` that chats")));
    }
    chat.flood.may_start(peer.ip()).map_err(|wait| too_many("too many conversations began from your address", wait))?;
    // Whose it is belongs to what the id is made of, so that no two tenants have the same.
    let conversation = chat.key.conversation(&chat.named(&format!("{flow}\0{}", request.client_id)));
    let conversation = chat.named(&conversation);
    let mut contact = Contact { address: format!("visitor:{conversation}"), ..Contact::default() };
    if let Some(id) = request.contact.id {
        too_long("contact.id", &id, 128)?;
        contact.address = format!("visitor:{id}");
    }
    if let Some(name) = request.contact.name {
        too_long("contact.name", &name, 256)?;
        contact.name = name;
    }
    let opening = Opening {
        flow,
        session: Some(conversation.clone()),
        channel: "webchat",
        to,
        contact,
        locale: request.locale.or(entry_locale).unwrap_or_default(),
        inputs: request.inputs.iter().map(|(name, value)| (name.clone(), Value::from_json(value))).collect(),
        line: None,
    };
    match chat.host.open(opening).await {
        // The same client asked twice, because it did not hear the first answer.
        Ok(_) | Err(HostError::Exists) => {}
        Err(error) => return Err(problem(&error)),
    }
    let token = chat.key.token(&conversation);
    Ok((StatusCode::CREATED, Json(Started { conversation, token, cursor: 0 })))
}

/// Whether the request may speak in the conversation.
pub(super) fn authorise(chat: &Chat, conversation: &str, headers: &HeaderMap) -> Result<(), Problem> {
    let given = headers.get("authorization").and_then(|value| value.to_str().ok());
    let token = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    if chat.key.opens(conversation, token) {
        return Ok(());
    }
    Err(Problem::new(StatusCode::UNAUTHORIZED, "this is not the conversation's token"))
}

/// The flow of a conversation, as addresses of its files name it.
pub(super) async fn flow_of(chat: &Chat, conversation: &str) -> Result<(String, SessionState), Problem> {
    let row = chat.host.store().session(chat.host.tenant(), conversation).await;
    match row {
        Ok(Some(row)) => Ok((chat.named(&row.flow), row.state)),
        Ok(None) => Err(problem(&HostError::NoSession(conversation.to_owned()))),
        Err(error) => Err(problem(&HostError::Store(error))),
    }
}

/// Messages after a cursor; waits for one where there is none yet.
#[utoipa::path(get, path = "/chat/v1/conversations/{id}/messages", params(("id" = String, Path, description = "The conversation"), After),
    responses((status = 200, body = Received, description = "Messages, perhaps none"), (status = 401, body = Problem, description = "Not its token"),
        (status = 404, body = Problem, description = "No such conversation")))]
pub(super) async fn receive(
    State(chat): State<Chat>,
    Path(id): Path<String>,
    Query(query): Query<After>,
    headers: HeaderMap,
) -> Result<Json<Received>, Problem> {
    let (chat, _) = chat.of(&id);
    authorise(&chat, &id, &headers)?;
    let (flow, _) = flow_of(&chat, &id).await?;
    let until = Instant::now() + Duration::from_secs(query.wait).min(LONGEST_WAIT);
    let stopping = chat.host.stopping();
    loop {
        let turns = chat.host.turns(&id);
        // The state is read first: an end that comes between the two reads is told with the messages that came before it.
        let (_, state) = flow_of(&chat, &id).await?;
        let page = messages::after(&chat.host, &id, &flow, query.after).await.map_err(|error| problem(&error))?;
        let ended = page.ended.is_some() || (state == SessionState::Ended && page.messages.is_empty());
        if !page.messages.is_empty() || ended || Instant::now() >= until || stopping.is_cancelled() {
            let received = Received { messages: page.messages, cursor: page.cursor, ended, reason: page.ended };
            return Ok(Json(received));
        }
        tokio::select! {
            () = wait_for_turn(turns) => {}
            () = tokio::time::sleep_until(until) => {}
            () = stopping.cancelled() => {}
        }
    }
}

/// Completes when the session has made another turn, or when it is worth looking again.
pub(super) async fn wait_for_turn(turns: Option<tokio::sync::watch::Receiver<u64>>) {
    match turns {
        Some(mut turns) => {
            // An error means that the session has left memory; then it is looked at by the clock.
            let _ = tokio::time::timeout(LOOK_EVERY, turns.changed()).await;
        }
        None => tokio::time::sleep(LOOK_EVERY).await,
    }
}

/// RFC 6585 §4: with the time after which it is worth trying again.
fn too_many(detail: &str, wait: Duration) -> Problem {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, detail).retry_after(wait)
}

/// Hands a message to the session; the answer comes when it is on the disk.
pub(super) async fn deliver(chat: &Chat, conversation: &str, request: SendRequest) -> Result<u64, Problem> {
    too_long("client_id", &request.client_id, 128)?;
    let event = match (request.text, request.button) {
        (Some(text), None) => {
            too_long("text", &text, TEXT_BYTES)?;
            Event::Text(text)
        }
        (None, Some(button)) => {
            too_long("button", &button, 256)?;
            Event::Button(button)
        }
        _ => return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "a message has either `text` or `button`")),
    };
    chat.flood.may_send(conversation).map_err(|wait| too_many("slow down, please", wait))?;
    let receipt =
        chat.host.send(conversation, event, Some(&request.client_id)).await.map_err(|error| problem(&error))?;
    Ok(messages::cursor_after(receipt.seq))
}

/// Sends a message.
#[utoipa::path(post, path = "/chat/v1/conversations/{id}/messages", params(("id" = String, Path, description = "The conversation")), request_body = SendRequest,
    responses((status = 202, body = Accepted, description = "It is on the disk"), (status = 401, body = Problem, description = "Not its token"),
        (status = 404, body = Problem, description = "No such conversation"), (status = 410, body = Problem, description = "The conversation is over"),
        (status = 422, body = Problem, description = "Not a message"), (status = 429, body = Problem, description = "Too fast", headers(("Retry-After" = u64, description = "Seconds to wait")))))]
pub(super) async fn send(
    State(chat): State<Chat>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(request): Json<SendRequest>,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    let (chat, _) = chat.of(&id);
    authorise(&chat, &id, &headers)?;
    let cursor = deliver(&chat, &id, request).await?;
    Ok((StatusCode::ACCEPTED, Json(Accepted { accepted: true, cursor })))
}

/// Says that the contact is writing.
#[utoipa::path(post, path = "/chat/v1/conversations/{id}/typing", params(("id" = String, Path, description = "The conversation")), request_body = TypingRequest,
    responses((status = 204, description = "Noted"), (status = 401, body = Problem, description = "Not its token")))]
pub(super) async fn typing(
    State(chat): State<Chat>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(request): Json<TypingRequest>,
) -> Result<StatusCode, Problem> {
    let (chat, _) = chat.of(&id);
    authorise(&chat, &id, &headers)?;
    tracing::trace!(conversation = id, on = request.on, "typing");
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the conversation from the contact's side. Ending it twice is no error.
#[utoipa::path(post, path = "/chat/v1/conversations/{id}/end", params(("id" = String, Path, description = "The conversation")),
    responses((status = 204, description = "It is over"), (status = 401, body = Problem, description = "Not its token"),
        (status = 404, body = Problem, description = "No such conversation")))]
pub(super) async fn end(
    State(chat): State<Chat>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let (chat, _) = chat.of(&id);
    authorise(&chat, &id, &headers)?;
    leave(&chat, &id).await
}

pub(super) async fn leave(chat: &Chat, conversation: &str) -> Result<StatusCode, Problem> {
    match chat.host.send(conversation, Event::Hangup(Hangup::default()), None).await {
        Ok(_) | Err(HostError::Ended(_)) => Ok(StatusCode::NO_CONTENT),
        Err(error) => Err(problem(&error)),
    }
}
