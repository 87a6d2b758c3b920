//! The task that owns one call: everything that happens to it passes through one loop, so nothing needs a lock.
//!
//! The loop serves a call that rings here ([`ring`](super::ring)) and one that stands, whoever dialed; what the other side
//! asks is in [`requests`](super::requests). It ends with the
//! dialog, and with it the entry in the endpoint's table.

use super::call::{CallEvent, Command, EndedBy, OfferAnswer, Reply};
use super::config::SipError;
use super::core::{Core, InDialog, Known, lock};
use super::ring::Ring;
use super::wire::{self, Hop, ServerEvent, ServerInvite};
use crate::sip::auth::{Challenge, Secret};
use crate::sip::check::{Transport, session_description};
use crate::sip::dialog::Dialog;
use crate::sip::limits;
use crate::sip::message::Message;
use crate::sip::session_timer::{self, SessionTimer};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// The call's entry in the endpoint's table; gone when dropped.
pub(super) struct Entry {
    core: Arc<Core>,
    tag: String,
}

impl Entry {
    pub fn new(core: &Arc<Core>, tag: &str, known: Known) -> Self {
        lock(&core.calls).insert(tag.to_owned(), known);
        core.shared.guard().admission.opened();
        Self { core: core.clone(), tag: tag.to_owned() }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        lock(&self.core.calls).remove(&self.tag);
        self.core.shared.guard().admission.closed();
    }
}

/// What a request of ours was for.
pub(super) enum Purpose {
    Bye,
    Refer(Reply<()>),
    Reinvite(Reply<Option<String>>),
    Info(Reply<()>),
    Refresh,
    Notify,
}

pub(super) struct Pending {
    purpose: Purpose,
    pub message: Message,
    attempts: u32,
}

/// An offer of the peer that the application is thinking about.
pub(super) struct Offered {
    pub answer: oneshot::Receiver<OfferAnswer>,
    pub request: Message,
    pub answerer: Answerer,
    pub until: Instant,
}

pub(super) enum Answerer {
    Invite(ServerInvite),
    Update(Box<rsipstack::transaction::Transaction>),
}

/// The state of one call.
pub(super) struct Task {
    pub core: Arc<Core>,
    pub dialog: Dialog,
    pub contact: String,
    /// The way the first message came or went, used when the peer's Contact leads nowhere.
    pub hop: Hop,
    pub events: mpsc::Sender<CallEvent>,
    pub requests: mpsc::Receiver<Box<InDialog>>,
    pub commands: mpsc::Receiver<Command>,
    pub credentials: Option<(String, Secret)>,
    pub ring: Option<Ring>,
    /// Our answered INVITE transaction, until the ACK.
    pub awaiting_ack: Option<ServerInvite>,
    /// The session description we sent last.
    pub description: String,
    /// Our 2xx carried an offer, so the ACK carries the answer.
    pub offered: bool,
    pub timer: Option<SessionTimer>,
    pub refreshed: Instant,
    pub over: bool,
    _entry: Entry,
    /// Made with our first request: most calls that come in never send one.
    replies: Option<(wire::Report, mpsc::Receiver<(u64, Message)>)>,
    pub pending: HashMap<u64, Pending>,
    number: u64,
    pub considered: Option<Offered>,
    pub transfer: Option<(oneshot::Receiver<u16>, InDialog)>,
    commands_open: bool,
    bye_wanted: Option<Option<Reply<()>>>,
    pub ended: bool,
    route: Option<(String, Hop)>,
}

/// Channels and identity of a new call.
pub(super) struct Parts {
    pub dialog: Dialog,
    pub contact: String,
    pub hop: Hop,
    pub events: mpsc::Sender<CallEvent>,
    pub requests: mpsc::Receiver<Box<InDialog>>,
    pub commands: mpsc::Receiver<Command>,
    pub credentials: Option<(String, Secret)>,
    pub entry: Entry,
}

async fn server_event(invite: &mut Option<ServerInvite>) -> ServerEvent {
    match invite {
        Some(invite) => invite.events.recv().await.unwrap_or(ServerEvent::Over),
        None => std::future::pending().await,
    }
}

async fn reply(replies: &mut Option<(wire::Report, mpsc::Receiver<(u64, Message)>)>) -> (u64, Message) {
    let received = match replies {
        Some((_, replies)) => replies.recv().await,
        None => None,
    };
    match received {
        Some(reply) => reply,
        // Nothing was asked, so nothing comes.
        None => std::future::pending().await,
    }
}

async fn considered(offered: &mut Option<Offered>) -> OfferAnswer {
    match offered {
        // A dropped reply handle has already said 488.
        Some(offered) => (&mut offered.answer).await.unwrap_or(OfferAnswer::Reject(488)),
        None => std::future::pending().await,
    }
}

async fn transfer_answer(transfer: &mut Option<(oneshot::Receiver<u16>, InDialog)>) -> u16 {
    match transfer {
        Some((answer, _)) => answer.await.unwrap_or(603),
        None => std::future::pending().await,
    }
}

impl Task {
    pub fn new(core: Arc<Core>, parts: Parts) -> Self {
        Self {
            core,
            dialog: parts.dialog,
            contact: parts.contact,
            hop: parts.hop,
            events: parts.events,
            requests: parts.requests,
            commands: parts.commands,
            credentials: parts.credentials,
            ring: None,
            awaiting_ack: None,
            description: String::new(),
            offered: false,
            timer: None,
            refreshed: Instant::now(),
            over: false,
            _entry: parts.entry,
            replies: None,
            pending: HashMap::new(),
            number: 0,
            considered: None,
            transfer: None,
            commands_open: true,
            bye_wanted: None,
            ended: false,
            route: None,
        }
    }

    /// Runs until the call is over.
    pub async fn run(mut self) {
        while !self.over {
            let due = self.due();
            let ringing = self.ring.is_some();
            tokio::select! {
                event = async { match &mut self.ring { Some(ring) => ring.event().await, None => std::future::pending().await } } => {
                    self.ring_event(event).await;
                }
                event = server_event(&mut self.awaiting_ack) => self.acknowledged(event).await,
                answer = considered(&mut self.considered) => self.answer_offer(answer),
                status = transfer_answer(&mut self.transfer) => self.answer_transfer(status).await,
                Some(request) = self.requests.recv() => self.request(*request).await,
                (number, response) = reply(&mut self.replies) => self.response(number, response).await,
                command = self.commands.recv(), if self.commands_open => match command {
                    Some(command) if ringing => self.ring_command(command).await,
                    Some(command) => self.command(command).await,
                    None => {
                        self.commands_open = false;
                        self.abandoned().await;
                    }
                },
                () = tokio::time::sleep_until(due) => self.time().await,
            }
        }
    }

    /// Nobody holds the call any more.
    async fn abandoned(&mut self) {
        if self.ring.is_some() {
            let command =
                Command::Reject { status: 480, reason: "Temporarily Unavailable".into(), retry_after_s: None };
            self.ring_command(command).await;
        } else {
            self.command(Command::Bye(None)).await;
        }
    }

    fn due(&self) -> Instant {
        let session = self.timer.map(|t| self.refreshed + Duration::from_millis(t.due_ms()));
        let offer = self.considered.as_ref().map(|o| o.until);
        let ring = self.ring.as_ref().map(Ring::due);
        let far = Instant::now() + Duration::from_secs(3600);
        [session, offer, ring].into_iter().flatten().min().unwrap_or(far)
    }

    async fn time(&mut self) {
        let now = Instant::now();
        if self.ring.is_some() {
            self.ring_time(now).await;
            return;
        }
        if self.considered.as_ref().is_some_and(|o| o.until <= now) {
            self.answer_offer(OfferAnswer::Reject(488));
        }
        if let Some(timer) = self.timer
            && self.refreshed + Duration::from_millis(timer.due_ms()) <= now
            && !self.ended
        {
            if timer.we_refresh {
                self.refreshed = now;
                self.refresh(timer).await;
            } else {
                self.hang_up(EndedBy::SessionExpired, None).await;
            }
        }
    }

    /// Tells the application; a full queue means that it does not listen.
    pub fn tell(&self, event: CallEvent) -> bool {
        self.events.try_send(event).is_ok()
    }

    /// Tells the application that it is over, once, and waits for room.
    pub async fn tell_ended(&mut self, by: EndedBy, status: Option<u16>) {
        if !std::mem::replace(&mut self.ended, true) {
            let event = CallEvent::Ended { by, status };
            // An application that takes nothing for five seconds has lost the call.
            let _ = self.events.send_timeout(event, Duration::from_secs(5)).await;
        }
    }

    async fn acknowledged(&mut self, event: ServerEvent) {
        self.awaiting_ack = None;
        match event {
            ServerEvent::Acknowledged(ack) => {
                let answer = if std::mem::take(&mut self.offered) { session_description(&ack) } else { None };
                self.tell(CallEvent::Confirmed { answer });
                if let Some(reply) = self.bye_wanted.take() {
                    self.command(Command::Bye(reply)).await;
                }
            }
            ServerEvent::Cancelled => {}
            ServerEvent::Over => self.hang_up(EndedBy::NoAck, None).await,
        }
    }

    /// Sends BYE and reports the end.
    async fn hang_up(&mut self, by: EndedBy, reply: Option<Reply<()>>) {
        if !self.ended {
            let bye = self.dialog.request("BYE");
            self.issue(bye, Purpose::Bye).await;
            if let Some(reply) = reply {
                let _ = reply.send(Ok(()));
            }
            self.tell_ended(by, None).await;
        }
    }

    /// Where requests in this dialog go now.
    async fn way(&mut self) -> Hop {
        // A stream that the peer opened is the only sure way back to it.
        if self.hop.transport == Transport::Tcp
            && self.dialog.routes.is_empty()
            && self.core.streams.get(self.hop.destination).is_some()
        {
            return self.hop.clone();
        }
        let next = self.dialog.next_hop();
        if let Some((uri, hop)) = &self.route
            && *uri == next
        {
            return hop.clone();
        }
        let hop = self.core.resolve(&next).await.unwrap_or_else(|_| self.hop.clone());
        self.route = Some((next, hop.clone()));
        hop
    }

    async fn issue(&mut self, message: Message, purpose: Purpose) {
        self.issue_again(message, purpose, 0).await;
    }

    async fn issue_again(&mut self, mut message: Message, purpose: Purpose, attempts: u32) {
        let hop = self.way().await;
        if matches!(message.method(), "INVITE" | "UPDATE" | "REFER") {
            message.set("Contact", self.contact.as_str());
        }
        self.core.sign(&mut message, &hop);
        self.number += 1;
        let (report, _) = self.replies.get_or_insert_with(|| mpsc::channel(16));
        wire::send(&self.core, message.clone(), hop, self.number, report.clone());
        self.pending.insert(self.number, Pending { purpose, message, attempts });
    }

    async fn refresh(&mut self, timer: SessionTimer) {
        let method = if self.dialog.peer_allows("UPDATE") { "UPDATE" } else { "INVITE" };
        if method == "INVITE" && (self.invite_under_way() || self.description.is_empty()) {
            return;
        }
        let mut message = self.dialog.request(method);
        message.push("Session-Expires", format!("{};refresher=uac", timer.interval_s));
        if method == "INVITE" {
            message.set_body("application/sdp", self.description.clone());
        }
        self.issue(message, Purpose::Refresh).await;
    }

    fn invite_under_way(&self) -> bool {
        self.awaiting_ack.is_some()
            || matches!(self.considered, Some(Offered { answerer: Answerer::Invite(_), .. }))
            || self.pending.values().any(|p| p.message.method() == "INVITE")
    }

    async fn command(&mut self, command: Command) {
        match command {
            Command::Bye(reply) => {
                if self.ended {
                    let _ = reply.map(|r| r.send(Ok(())));
                } else if self.awaiting_ack.is_some() {
                    // RFC 3261 §15: no BYE before the ACK, or before waiting for it is over.
                    self.bye_wanted.get_or_insert(reply);
                } else {
                    self.hang_up(EndedBy::Local, reply).await;
                }
            }
            Command::Cancel | Command::Shutdown => self.hang_up(EndedBy::Local, None).await,
            Command::Refer { reply, .. } if self.ended => drop(reply.send(Err(SipError::Gone))),
            Command::Refer { target, replaces, reply } => {
                let mut message = self.dialog.request("REFER");
                let target = match replaces {
                    Some(replaces) => format!("<{target}?Replaces={}>", escape_header(&replaces)),
                    None => format!("<{target}>"),
                };
                message.push("Refer-To", target);
                let by = self.contact.clone();
                message.push("Referred-By", by);
                self.issue(message, Purpose::Refer(reply)).await;
            }
            Command::Reinvite(_, reply) if self.ended => drop(reply.send(Err(SipError::Gone))),
            Command::Reinvite(_, reply) if self.invite_under_way() || self.considered.is_some() => {
                drop(reply.send(Err(SipError::Glare)))
            }
            Command::Reinvite(offer, reply) => {
                let mut message = self.dialog.request("INVITE");
                if let Some(timer) = self.timer {
                    message.push(
                        "Session-Expires",
                        format!("{};refresher={}", timer.interval_s, if timer.we_refresh { "uac" } else { "uas" }),
                    );
                }
                message.set_body("application/sdp", offer.clone());
                self.description = offer;
                self.issue(message, Purpose::Reinvite(reply)).await;
            }
            Command::Info { reply, .. } if self.ended => drop(reply.send(Err(SipError::Gone))),
            Command::Info { content_type, body, reply } => {
                let mut message = self.dialog.request("INFO");
                message.set_body(&content_type, body);
                self.issue(message, Purpose::Info(reply)).await;
            }
            Command::TransferStatus(status) if !self.ended => self.notify(status).await,
            Command::Accept(_, reply) => drop(reply.send(Err(SipError::Gone))),
            Command::TransferStatus(_) | Command::Ringing | Command::Progress(_) | Command::Reject { .. } => {}
        }
    }

    /// Reports a transfer's progress to who asked for it (RFC 3515 §2.4.5).
    pub(super) async fn notify(&mut self, status: u16) {
        let mut message = self.dialog.request("NOTIFY");
        let state = if status < 200 { "active;expires=60" } else { "terminated;reason=noresource" };
        message.push("Event", "refer").push("Subscription-State", state);
        message.set_body("message/sipfrag;version=2.0", format!("SIP/2.0 {status} {}\r\n", phrase(status)));
        message.push("Contact", self.contact.as_str());
        self.issue(message, Purpose::Notify).await;
    }

    async fn response(&mut self, number: u64, response: Message) {
        if response.status() < 200 {
            return;
        }
        let Some(Pending { purpose, mut message, attempts }) = self.pending.remove(&number) else {
            return;
        };
        if matches!(response.status(), 401 | 407)
            && attempts + 1 < limits::MAX_AUTH_ATTEMPTS
            && let Some((user, secret)) = &self.credentials
            && let Some(value) = Challenge::strongest(&response)
                .and_then(|c| c.answer(user, secret, message.method(), message.uri(), &super::core::token(), 1))
        {
            let name = if response.status() == 407 { "Proxy-Authorization" } else { "Authorization" };
            let cseq = format!("{} {}", self.dialog.next_cseq(), message.method());
            message.set("CSeq", cseq).set(name, value);
            self.issue_again(message, purpose, attempts + 1).await;
            return;
        }
        let ok = (200..300).contains(&response.status());
        let outcome = || match ok {
            true => Ok(()),
            false => Err(SipError::Refused { status: response.status(), reason: response.reason().to_owned() }),
        };
        // RFC 3261 §12.2.1.2: the peer has lost the dialog.
        let lost = matches!(response.status(), 481 | 408)
            && matches!(message.method(), "INVITE" | "UPDATE" | "INFO" | "REFER");
        if ok && matches!(message.method(), "INVITE" | "UPDATE") {
            self.dialog.refresh_target(&response);
            self.refreshed = Instant::now();
            if let Some(timer) = session_timer::agreed(&response) {
                self.timer = Some(timer);
            }
        }
        match purpose {
            Purpose::Bye => self.over = true,
            Purpose::Refer(reply) | Purpose::Info(reply) => drop(reply.send(outcome())),
            Purpose::Reinvite(reply) => drop(reply.send(outcome().map(|()| session_description(&response)))),
            Purpose::Refresh | Purpose::Notify => {}
        }
        if lost && !self.ended {
            self.tell_ended(EndedBy::TransportFailure, Some(response.status())).await;
            let bye = self.dialog.request("BYE");
            self.issue(bye, Purpose::Bye).await;
        }
    }
}

/// Escapes a header value for a URI (RFC 3261 §19.1.1).
fn escape_header(value: &str) -> String {
    let mut out = String::with_capacity(value.len() * 2);
    for b in value.bytes() {
        if b.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&b) {
            out.push(b as char);
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
    }
    out
}

/// The usual reason phrase of a status.
pub(super) fn phrase(status: u16) -> &'static str {
    match status {
        100 => "Trying",
        180 => "Ringing",
        183 => "Session Progress",
        200 => "OK",
        202 => "Accepted",
        403 => "Forbidden",
        404 => "Not Found",
        408 => "Request Timeout",
        480 => "Temporarily Unavailable",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        491 => "Request Pending",
        500 => "Server Internal Error",
        503 => "Service Unavailable",
        600 => "Busy Everywhere",
        603 => "Decline",
        _ => "Refused",
    }
}
