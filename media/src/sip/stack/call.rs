//! A call as its application sees it: commands in, events out, over bounded channels.

use super::config::SipError;
use super::core::Shared;
use crate::sip::admission::Stage;
use crate::sip::check::Transport;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Someone in From, To or Contact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Party {
    /// The user part without escapes; a number for most calls.
    pub user: String,
    /// The host.
    pub host: String,
    /// The display name.
    pub display: String,
    /// The whole URI as it was written.
    pub uri: String,
}

/// Who ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedBy {
    /// The other side: BYE, CANCEL.
    Remote,
    /// We.
    Local,
    /// Our 200 was never acknowledged.
    NoAck,
    /// The session timer ran out (RFC 4028).
    SessionExpired,
    /// The other side can no longer be reached.
    TransportFailure,
}

/// What happens to a call.
#[derive(Debug)]
pub enum CallEvent {
    /// The dialog stands (our 2xx was acknowledged); with the answer when the offer was ours.
    Confirmed {
        /// The session description in the ACK.
        answer: Option<String>,
    },
    /// A re-INVITE: hold, resume, other codecs. Without offer we are asked to make one.
    Reinvite {
        /// The new offer.
        offer: Option<String>,
        /// How to answer; dropping it refuses.
        reply: OfferReply,
    },
    /// An UPDATE with an offer (RFC 3311).
    Update {
        /// The new offer.
        offer: String,
        /// How to answer; dropping it refuses.
        reply: OfferReply,
    },
    /// A key, sent by INFO.
    Dtmf {
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digit: char,
        /// How long it was pressed, in milliseconds.
        duration_ms: u32,
    },
    /// Any other INFO; it has been answered.
    Info {
        /// The media type in lower case.
        content_type: String,
        /// The body.
        body: Vec<u8>,
    },
    /// News of a transfer that we asked for by REFER: 100, 180, 200, or why it failed.
    TransferProgress {
        /// The status of the new call.
        status: u16,
    },
    /// The other side asks us to call someone else (REFER).
    TransferRequested {
        /// The URI to call.
        target: String,
        /// The dialog to be replaced, for an attended transfer (RFC 3891).
        replaces: Option<String>,
        /// How to answer; dropping it declines.
        reply: TransferReply,
    },
    /// The call is over; the last event.
    Ended {
        /// By whom.
        by: EndedBy,
        /// The status that goes with it, such as 487 for a cancelled call.
        status: Option<u16>,
    },
}

/// The answer to an offer.
#[derive(Debug)]
pub(super) enum OfferAnswer {
    Accept(Option<String>),
    Reject(u16),
}

/// Answers a re-INVITE or UPDATE.
#[derive(Debug)]
pub struct OfferReply(pub(super) Option<oneshot::Sender<OfferAnswer>>);

impl OfferReply {
    /// Answers with a session description.
    pub fn accept(mut self, sdp: impl Into<String>) {
        if let Some(reply) = self.0.take() {
            // A call that ended meanwhile needs no answer.
            let _ = reply.send(OfferAnswer::Accept(Some(sdp.into())));
        }
    }

    /// Refuses; the session stays as it was (RFC 3261 §14.2). 488 is the usual status.
    pub fn reject(mut self, status: u16) {
        if let Some(reply) = self.0.take() {
            let _ = reply.send(OfferAnswer::Reject(status));
        }
    }
}

impl Drop for OfferReply {
    fn drop(&mut self) {
        if let Some(reply) = self.0.take() {
            let _ = reply.send(OfferAnswer::Reject(488));
        }
    }
}

/// Answers a request for transfer.
#[derive(Debug)]
pub struct TransferReply(pub(super) Option<oneshot::Sender<u16>>);

impl TransferReply {
    /// Takes it on (202). Report with [`CallHandle::transfer_status`].
    pub fn accept(mut self) {
        if let Some(reply) = self.0.take() {
            let _ = reply.send(202);
        }
    }

    /// Declines.
    pub fn reject(mut self, status: u16) {
        if let Some(reply) = self.0.take() {
            let _ = reply.send(status.clamp(400, 699));
        }
    }
}

impl Drop for TransferReply {
    fn drop(&mut self) {
        if let Some(reply) = self.0.take() {
            let _ = reply.send(603);
        }
    }
}

pub(super) type Reply<T> = oneshot::Sender<Result<T, SipError>>;

/// What an application asks of a call's task.
#[derive(Debug)]
pub(super) enum Command {
    Ringing,
    Progress(String),
    Accept(String, Reply<()>),
    Reject { status: u16, reason: String, retry_after_s: Option<u32> },
    Bye(Option<Reply<()>>),
    Refer { target: String, replaces: Option<String>, reply: Reply<()> },
    Reinvite(String, Reply<Option<String>>),
    Info { content_type: String, body: Vec<u8>, reply: Reply<()> },
    TransferStatus(u16),
    Cancel,
    Shutdown,
}

/// Commands to a call; clones may be kept anywhere. When the last one is dropped the call is ended.
#[derive(Debug, Clone)]
pub struct CallHandle {
    pub(super) id: String,
    pub(super) call_id: String,
    pub(super) replaces: String,
    pub(super) commands: mpsc::Sender<Command>,
}

impl CallHandle {
    /// Our name for the call, unique in this endpoint: our tag.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The Call-ID on the wire.
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// The value by which another party replaces this call (RFC 3891), for [`CallHandle::refer`] on a second call.
    pub fn replaces(&self) -> &str {
        &self.replaces
    }

    async fn ask<T>(&self, make: impl FnOnce(Reply<T>) -> Command) -> Result<T, SipError> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(make(reply)).await.map_err(|_| SipError::Gone)?;
        answer.await.map_err(|_| SipError::Gone)?
    }

    /// Ends the call; returns when BYE is on its way.
    pub async fn bye(&self) -> Result<(), SipError> {
        self.ask(|reply| Command::Bye(Some(reply))).await
    }

    /// Asks the other side to call `target` instead (RFC 3515); with `replaces` the attended form (RFC 3891).
    /// Progress comes as [`CallEvent::TransferProgress`].
    pub async fn refer(&self, target: &str, replaces: Option<&str>) -> Result<(), SipError> {
        let (target, replaces) = (target.to_owned(), replaces.map(Into::into));
        self.ask(|reply| Command::Refer { target, replaces, reply }).await
    }

    /// Makes a new offer; returns the answer. [`SipError::Glare`] when another offer is under way.
    pub async fn reinvite(&self, offer: &str) -> Result<Option<String>, SipError> {
        let offer = offer.to_owned();
        self.ask(|reply| Command::Reinvite(offer, reply)).await
    }

    /// Sends a key by INFO (`application/dtmf-relay`).
    pub async fn info_dtmf(&self, digit: char, duration_ms: u32) -> Result<(), SipError> {
        let body = format!("Signal={digit}\r\nDuration={duration_ms}\r\n").into_bytes();
        self.info("application/dtmf-relay", body).await
    }

    /// Sends any INFO.
    pub async fn info(&self, content_type: &str, body: Vec<u8>) -> Result<(), SipError> {
        let content_type = content_type.to_owned();
        self.ask(|reply| Command::Info { content_type, body, reply }).await
    }

    /// Reports on a transfer that this side requested and we accepted; 200 and above is the last report.
    pub async fn transfer_status(&self, status: u16) -> Result<(), SipError> {
        self.commands.send(Command::TransferStatus(status)).await.map_err(|_| SipError::Gone)
    }
}

/// An answered call.
#[derive(Debug)]
pub struct Call {
    /// Commands.
    pub handle: CallHandle,
    /// Events; take them steadily, for their number is bounded.
    pub events: mpsc::Receiver<CallEvent>,
}

impl Call {
    /// The next event; `None` after [`CallEvent::Ended`].
    pub async fn next(&mut self) -> Option<CallEvent> {
        self.events.recv().await
    }
}

impl std::ops::Deref for Call {
    type Target = CallHandle;
    fn deref(&self) -> &CallHandle {
        &self.handle
    }
}

/// A call that rings here. Dropping it refuses it with 480.
#[derive(Debug)]
pub struct IncomingCall {
    /// Our name for the call, unique in this endpoint.
    pub id: String,
    /// The Call-ID on the wire.
    pub call_id: String,
    /// The caller, as the caller says; see also `P-Asserted-Identity` in [`headers`](Self::headers).
    pub from: Party,
    /// Whom the caller addressed.
    pub to: Party,
    /// The user part of the Request-URI: the number that was called.
    pub called: String,
    /// All header fields, by registered name.
    pub headers: Vec<(String, String)>,
    /// The session description offered; `None` asks us to offer.
    pub offer: Option<String>,
    /// Where the call came from.
    pub source: SocketAddr,
    /// Over what it came.
    pub transport: Transport,
    /// The trunk it came over.
    pub trunk: Option<String>,
    /// The user who proved to be the caller by digest.
    pub authenticated: Option<String>,
    /// How many more hops the request may travel; what is dialed on its behalf gets one less.
    pub max_forwards: u8,
    /// The [`CallHandle::id`] of our call that this one replaces (RFC 3891).
    pub replaces: Option<String>,
    pub(super) handle: CallHandle,
    pub(super) events: mpsc::Receiver<CallEvent>,
    /// The endpoint's clock, and when the invitation was read from its socket.
    pub(super) arrived: (Arc<Shared>, u64),
}

impl IncomingCall {
    /// Says that the application has begun to serve the call and is ready to answer it. How long that took is what the
    /// endpoint knows overload by; who never says so leaves it to guess by the time work waits for a core.
    pub fn begun(&self) {
        let (shared, at_ms) = &self.arrived;
        let age_ms = shared.now_ms().saturating_sub(*at_ms);
        shared.guard().admission.waited(Stage::Begun, age_ms);
    }

    /// Tells the caller that it rings (180).
    pub async fn ringing(&self) -> Result<(), SipError> {
        self.handle.commands.send(Command::Ringing).await.map_err(|_| SipError::Gone)
    }

    /// Early media: 183 with a session description.
    pub async fn progress(&self, sdp: &str) -> Result<(), SipError> {
        self.handle.commands.send(Command::Progress(sdp.into())).await.map_err(|_| SipError::Gone)
    }

    /// Answers with a session description: the answer to [`offer`](Self::offer), or an offer when there was none.
    pub async fn accept(self, sdp: &str) -> Result<Call, SipError> {
        let sdp = sdp.to_owned();
        self.handle.ask(|reply| Command::Accept(sdp, reply)).await?;
        Ok(Call { handle: self.handle, events: self.events })
    }

    /// Refuses with a status from 300; 503 may carry Retry-After in seconds.
    pub async fn reject(self, status: u16, reason: &str, retry_after_s: Option<u32>) {
        let status = if (300..700).contains(&status) { status } else { 480 };
        let command = Command::Reject { status, reason: reason.into(), retry_after_s };
        // A caller who hung up needs no refusal.
        let _ = self.handle.commands.send(command).await;
    }

    /// What happens while it rings: in practice [`CallEvent::Ended`] when the caller gives up.
    pub async fn next(&mut self) -> Option<CallEvent> {
        self.events.recv().await
    }
}

/// What happens to a call we make.
#[derive(Debug)]
pub enum DialEvent {
    /// It rings (180 or another 18x without session description).
    Ringing {
        /// The status.
        status: u16,
    },
    /// Early media.
    Progress {
        /// The session description.
        sdp: String,
    },
    /// Answered; the last event here, further ones come from the call.
    Answered {
        /// The answer to our offer.
        sdp: Option<String>,
        /// The call.
        call: Call,
    },
    /// Refused, unreachable (408, 503), timed out (408) or cancelled (487); the last event.
    Rejected {
        /// The status.
        status: u16,
        /// The reason phrase.
        reason: String,
        /// Seconds of Retry-After.
        retry_after_s: Option<u32>,
    },
}

/// A call that we make. Dropping it cancels it.
#[derive(Debug)]
pub struct OutgoingCall {
    /// Our name for the call.
    pub id: String,
    /// The Call-ID on the wire.
    pub call_id: String,
    pub(super) commands: mpsc::Sender<Command>,
    pub(super) events: mpsc::Receiver<DialEvent>,
}

impl OutgoingCall {
    /// The next event; `None` after the last.
    pub async fn next(&mut self) -> Option<DialEvent> {
        self.events.recv().await
    }

    /// Gives up; [`DialEvent::Rejected`] with 487 follows, unless the answer was faster.
    pub async fn cancel(&self) {
        // A call already decided cannot be cancelled.
        let _ = self.commands.send(Command::Cancel).await;
    }
}
