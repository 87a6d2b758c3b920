//! Web chat, over REST and WebSocket. The journal is the outbox: a message is a command (or an event) of a turn that is
//! on the disk, and its cursor is made of the turn's number. So a window that was away, or a server that was killed,
//! loses nothing and repeats nothing.

mod flood;
mod media;
mod messages;
mod rest;
mod socket;
mod token;

pub use messages::{
    Message, MessageButton, MessageCard, MessageChoice, MessageFile, MessageImage, MessageLocation, MessagePart,
};
pub use token::Key;

use crate::host::{Host, HostError};
use axum::Router;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::routing::{get, post};
use flood::Flood;
use offhook_editor_api::Problem;
use offhook_runtime::flow_schemas::{ChannelKind, FlowKind};
use std::sync::Arc;
use std::time::Duration;
use tower_http::cors::{Any, CorsLayer};
use utoipa::OpenApi;

/// Bytes of one request; a message has its own, smaller limit.
const BODY_BYTES: usize = 64 * 1024;

/// Bytes of one message that a person writes.
const TEXT_BYTES: usize = 8 * 1024;

/// What the routes share.
#[derive(Clone)]
struct Chat {
    /// Whose conversation it is.
    host: Host,
    /// The hosts of all tenants, the first one's being that of the configuration itself.
    hosts: Arc<[Host]>,
    key: Key,
    flood: Arc<Flood>,
    /// Whether a conversation may begin by naming a flow instead of a chat key.
    by_flow: bool,
}

/// What stands between a tenant and what is his, in ids of conversations and in addresses of files. The first tenant is not named.
const OF_TENANT: char = '~';

impl Chat {
    /// The chat of the tenant that an id names, and the rest of the id.
    fn of<'i>(&self, id: &'i str) -> (Chat, &'i str) {
        let named = id.split_once(OF_TENANT).and_then(|(tenant, rest)| {
            let host = self.hosts.iter().skip(1).find(|host| host.tenant() == tenant)?;
            Some((Chat { host: host.clone(), ..self.clone() }, rest))
        });
        named.unwrap_or_else(|| (self.clone(), id))
    }

    /// An id that names its tenant.
    fn named(&self, id: &str) -> String {
        let is_first = self.hosts.first().is_some_and(|first| first.tenant() == self.host.tenant());
        if is_first { id.to_owned() } else { format!("{}{OF_TENANT}{id}", self.host.tenant()) }
    }
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Offhook chat API", description = "Conversations over REST and WebSocket."),
    paths(rest::start, rest::receive, rest::send, rest::typing, rest::end, socket::socket),
    components(schemas(
        Message,
        MessagePart,
        MessageImage,
        MessageFile,
        MessageLocation,
        MessageCard,
        MessageButton,
        MessageChoice,
        rest::StartRequest,
        rest::StartContact,
        rest::Started,
        rest::SendRequest,
        rest::Accepted,
        rest::TypingRequest,
        rest::Received,
        socket::ClientFrame,
        Problem
    ))
)]
struct Description;

/// The OpenAPI description of the routes of [`router`].
pub fn openapi() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// The routes under `/chat/v1`. `by_flow` lets anybody begin any flow that chats; without it only chat keys open doors.
pub fn router(hosts: Arc<[Host]>, key: Key, by_flow: bool) -> Router {
    let host = hosts.first().expect("there is always the first tenant").clone();
    let limits = &host.config().limits;
    let flood = Flood::new(limits.chat_sessions_per_minute, limits.chat_messages_per_second);
    let chat = Chat { host: host.clone(), hosts, key, flood: Arc::new(flood), by_flow };
    // A widget on any page may talk to us: what it may do hangs on its token, never on a cookie.
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods(Any)
        .allow_headers(Any)
        .expose_headers([RETRY_AFTER])
        .max_age(Duration::from_secs(600));
    Router::new()
        .route("/chat/v1/conversations", post(rest::start))
        .route("/chat/v1/conversations/{id}/messages", get(rest::receive).post(rest::send))
        .route("/chat/v1/conversations/{id}/typing", post(rest::typing))
        .route("/chat/v1/conversations/{id}/end", post(rest::end))
        .route("/chat/v1/conversations/{id}/socket", get(socket::socket))
        .route("/chat/v1/media/{flow}/{*file}", get(media::media))
        .layer(axum::extract::DefaultBodyLimit::max(BODY_BYTES))
        .layer(cors)
        .with_state(chat)
}

/// Whether a flow may be begun by a web chat.
pub fn chats(kind: FlowKind, channels: &[ChannelKind]) -> bool {
    !matches!(kind, FlowKind::Library | FlowKind::Routing | FlowKind::Outbound)
        && (channels.is_empty() || channels.contains(&ChannelKind::Webchat))
}

pub(super) fn problem(error: &HostError) -> Problem {
    let status = match error {
        HostError::NoFlow(_) | HostError::NoSession(_) => StatusCode::NOT_FOUND,
        HostError::Ended(_) => StatusCode::GONE,
        HostError::Exists => StatusCode::CONFLICT,
        HostError::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        HostError::Busy | HostError::ShuttingDown => StatusCode::SERVICE_UNAVAILABLE,
        HostError::Load(_) | HostError::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(%error, "a chat could not be served");
        return Problem::new(status, "something failed on our side");
    }
    Problem::new(status, error.to_string())
}
