//! The chat door over WebSocket: the same as over REST, without asking.

use super::rest::{self, SendRequest};
use super::{Chat, messages};
use axum::extract::ws::{Message as Frame, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use offhook_editor_api::Problem;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

/// Bytes of one frame.
const FRAME_BYTES: usize = 32 * 1024;

/// A window that says nothing for so long is gone; it pings more often than that.
const SILENCE: Duration = Duration::from_secs(90);

/// A window that takes nothing for so long is gone.
const SLOW: Duration = Duration::from_secs(15);

#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct SocketQuery {
    /// The conversation's token.
    token: String,
    /// The last cursor that was seen; 0 for all.
    #[serde(default)]
    after: u64,
}

/// What a window may send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ClientFrame {
    /// A message; answered by `accepted` when it is on the disk.
    Send {
        /// An id of the client's own: the same id is the same message.
        client_id: String,
        /// What was written.
        #[serde(default)]
        text: Option<String>,
        /// The id of the choice whose button was pressed.
        #[serde(default)]
        button: Option<String>,
    },
    /// Whether the contact is writing.
    Typing {
        /// Whether.
        #[allow(dead_code, reason = "the shape of the frame; flows are not told who is writing")]
        on: bool,
    },
    /// The contact leaves.
    End,
    /// Answered by `pong`.
    Ping,
}

/// Opens the socket of a conversation.
#[utoipa::path(get, path = "/chat/v1/conversations/{id}/socket", params(("id" = String, Path, description = "The conversation"), SocketQuery),
    responses((status = 101, description = "Frames of JSON: the client sends `ClientFrame`; the server sends `message`, `accepted`, `typing`, `ended`, `error`, `pong`"),
        (status = 401, body = Problem, description = "Not its token"), (status = 404, body = Problem, description = "No such conversation")))]
pub(super) async fn socket(
    State(chat): State<Chat>,
    Path(id): Path<String>,
    Query(query): Query<SocketQuery>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    if !chat.key.opens(&id, &query.token) {
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "this is not the conversation's token"));
    }
    let (chat, _) = chat.of(&id);
    let (flow, _) = rest::flow_of(&chat, &id).await?;
    Ok(upgrade.max_message_size(FRAME_BYTES).on_upgrade(move |socket| async move {
        let mut window = Window { chat, id, flow, cursor: query.after, socket, typing: false };
        // A window that goes away is an everyday thing; it comes back with its cursor.
        let _ = window.serve().await;
    }))
}

struct Window {
    chat: Chat,
    id: String,
    flow: String,
    cursor: u64,
    socket: WebSocket,
    typing: bool,
}

/// The window has gone.
struct Gone;

impl Window {
    async fn serve(&mut self) -> Result<(), Gone> {
        let stopping = self.chat.host.stopping();
        loop {
            let turns = self.chat.host.turns(&self.id);
            if self.show().await? {
                return self.close().await;
            }
            tokio::select! {
                () = stopping.cancelled() => return self.close().await,
                () = rest::wait_for_turn(turns) => {}
                frame = tokio::time::timeout(SILENCE, self.socket.recv()) => match frame {
                    Ok(Some(Ok(Frame::Text(text)))) => self.take(&text).await?,
                    Ok(Some(Ok(Frame::Ping(_) | Frame::Pong(_)))) => {}
                    Ok(Some(Ok(Frame::Binary(_)))) => self.tell_error("bad_frame", "frames are JSON text").await?,
                    Ok(Some(Ok(Frame::Close(_))) | Some(Err(_)) | None) | Err(_) => return Err(Gone),
                },
            }
        }
    }

    /// Sends what is new; true when the conversation is over.
    async fn show(&mut self) -> Result<bool, Gone> {
        let page = match messages::after(&self.chat.host, &self.id, &self.flow, self.cursor).await {
            Ok(page) => page,
            Err(error) => {
                let problem = super::problem(&error);
                self.tell_error("failed", &problem.detail).await?;
                return Ok(true);
            }
        };
        if self.typing && page.messages.iter().any(|message| message.from == "flow") {
            self.typing = false;
            self.tell(json!({ "type": "typing", "on": false })).await?;
        }
        for message in &page.messages {
            self.tell(json!({ "type": "message", "message": message })).await?;
            self.cursor = self.cursor.max(message.cursor);
        }
        self.cursor = self.cursor.max(page.cursor);
        if let Some(reason) = page.ended {
            self.tell(json!({ "type": "ended", "reason": reason })).await?;
            return Ok(true);
        }
        Ok(false)
    }

    async fn take(&mut self, text: &str) -> Result<(), Gone> {
        match serde_json::from_str::<ClientFrame>(text) {
            Ok(ClientFrame::Send { client_id, text, button }) => {
                let request = SendRequest { client_id: client_id.clone(), text, button };
                match rest::deliver(&self.chat, &self.id, request).await {
                    Ok(cursor) => {
                        self.tell(json!({ "type": "accepted", "client_id": client_id, "cursor": cursor })).await?;
                        let page = messages::after(&self.chat.host, &self.id, &self.flow, self.cursor).await;
                        let silent = page.is_ok_and(|page| {
                            page.ended.is_none() && page.messages.iter().all(|message| message.from != "flow")
                        });
                        if silent {
                            self.typing = true;
                            self.tell(json!({ "type": "typing", "on": true })).await?;
                        }
                    }
                    Err(problem) => {
                        let code = match problem.status {
                            410 => "ended",
                            422 => "bad_message",
                            429 => "too_fast",
                            _ => "failed",
                        };
                        self.tell(json!({
                            "type": "error", "code": code, "message": problem.detail, "client_id": client_id
                        }))
                        .await?;
                    }
                }
            }
            Ok(ClientFrame::Typing { .. }) => {}
            Ok(ClientFrame::Ping) => self.tell(json!({ "type": "pong" })).await?,
            Ok(ClientFrame::End) => {
                if let Err(problem) = rest::leave(&self.chat, &self.id).await {
                    self.tell_error("failed", &problem.detail).await?;
                }
            }
            Err(error) => self.tell_error("bad_frame", &error.to_string()).await?,
        }
        Ok(())
    }

    async fn tell(&mut self, frame: Value) -> Result<(), Gone> {
        let sending = self.socket.send(Frame::Text(frame.to_string().into()));
        match tokio::time::timeout(SLOW, sending).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Gone),
        }
    }

    async fn tell_error(&mut self, code: &str, message: &str) -> Result<(), Gone> {
        self.tell(json!({ "type": "error", "code": code, "message": message })).await
    }

    async fn close(&mut self) -> Result<(), Gone> {
        self.socket.send(Frame::Close(None)).await.map_err(|_| Gone)
    }
}
