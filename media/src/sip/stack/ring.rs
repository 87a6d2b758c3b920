//! A call while it rings here: provisional answers, also reliable ones (RFC 3262), and the final one.

use super::call::{Command, EndedBy, Reply};
use super::config::SipError;
use super::core::{InDialog, finish, lock};
use super::task::{Task, phrase};
use super::wire::{ServerEvent, ServerInvite};
use crate::sip::check::session_description;
use crate::sip::message::Message;
use crate::sip::session_timer;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// A call that has not been answered within this gets 100 Trying (RFC 3261 §17.2.1).
const TRYING_AFTER: Duration = Duration::from_millis(150);
/// A ringing call is told so again, that no proxy gives it up (RFC 3261 §13.3.1.1).
const REPEAT_EVERY: Duration = Duration::from_secs(60);

/// A reliable provisional response without its PRACK.
struct Unproven {
    response: Message,
    number: u32,
    interval: Duration,
    again: Instant,
    give_up: Instant,
}

/// The INVITE being answered.
pub(super) struct Ring {
    invite: Message,
    transaction: ServerInvite,
    fresh: (String, String, u32),
    reliable: bool,
    number: u32,
    unproven: Option<Unproven>,
    waiting: VecDeque<(u16, Option<String>)>,
    accepted: Option<(String, Reply<()>)>,
    last: Option<Message>,
    trying_at: Option<Instant>,
    repeat_at: Instant,
    give_up: Instant,
}

impl Ring {
    pub fn new(invite: Message, transaction: ServerInvite, fresh: (String, String, u32), patience: Duration) -> Self {
        let now = Instant::now();
        Self {
            reliable: invite.has_token("Require", "100rel"),
            invite,
            transaction,
            fresh,
            number: u32::from(rand::random::<u16>()) + 1,
            unproven: None,
            waiting: VecDeque::new(),
            accepted: None,
            last: None,
            trying_at: Some(now + TRYING_AFTER),
            repeat_at: now + REPEAT_EVERY,
            give_up: now + patience,
        }
    }

    pub async fn event(&mut self) -> ServerEvent {
        self.transaction.events.recv().await.unwrap_or(ServerEvent::Over)
    }

    pub fn due(&self) -> Instant {
        let again = self.unproven.as_ref().map(|u| u.again.min(u.give_up));
        [again, self.trying_at, Some(self.repeat_at)].into_iter().flatten().fold(self.give_up, Instant::min)
    }
}

impl Task {
    pub(super) async fn ring_event(&mut self, event: ServerEvent) {
        let Some(ring) = self.ring.take() else { return };
        match event {
            ServerEvent::Cancelled => self.decline(ring, 487, "Request Terminated", None, EndedBy::Remote).await,
            ServerEvent::Acknowledged(_) => self.ring = Some(ring),
            ServerEvent::Over => {
                self.leave(&ring);
                self.tell_ended(EndedBy::TransportFailure, None).await;
                self.over = true;
            }
        }
    }

    /// The INVITE is decided; another with its identifiers would be a new one.
    fn leave(&self, ring: &Ring) {
        lock(&self.core.fresh).remove(&ring.fresh);
    }

    async fn decline(&mut self, ring: Ring, status: u16, reason: &str, retry_after_s: Option<u32>, by: EndedBy) {
        let mut response = Message::response(&ring.invite, status, reason, Some(&self.dialog.local_tag));
        if let Some(seconds) = retry_after_s {
            response.push("Retry-After", seconds.to_string());
        }
        response.push("Server", self.core.config.user_agent.as_str());
        ring.transaction.respond(&response);
        self.leave(&ring);
        if let Some((_, reply)) = ring.accepted {
            let _ = reply.send(Err(SipError::Gone));
        }
        self.tell_ended(by, Some(status)).await;
        self.over = true;
    }

    /// Refuses a call that waited too long before anybody heard of it.
    pub(super) async fn turn_away(mut self) {
        if let Some(ring) = self.ring.take() {
            self.decline(ring, 503, "Service Unavailable", Some(2), EndedBy::Local).await;
        }
    }

    pub(super) async fn ring_command(&mut self, command: Command) {
        match command {
            Command::Ringing => self.provisional(180, None),
            Command::Progress(description) => self.provisional(183, Some(description)),
            Command::Accept(description, reply) => {
                let Some(ring) = &mut self.ring else { return };
                // RFC 3262 §5: a 2xx waits for the PRACK of a reliable response with a session description.
                if ring.unproven.as_ref().is_some_and(|u| !u.response.body.is_empty()) {
                    ring.accepted = Some((description, reply));
                } else {
                    self.accept(description, reply);
                }
            }
            Command::Reject { status, reason, retry_after_s } => {
                if let Some(ring) = self.ring.take() {
                    let reason = if reason.is_empty() { phrase(status).to_owned() } else { reason };
                    self.decline(ring, status, &reason, retry_after_s, EndedBy::Local).await;
                }
            }
            Command::Bye(reply) => {
                if let Some(ring) = self.ring.take() {
                    self.decline(ring, 603, "Decline", None, EndedBy::Local).await;
                }
                let _ = reply.map(|r| r.send(Ok(())));
            }
            Command::Cancel | Command::Shutdown => {
                if let Some(ring) = self.ring.take() {
                    self.decline(ring, 503, "Service Unavailable", Some(5), EndedBy::Local).await;
                }
            }
            Command::Refer { reply, .. } | Command::Info { reply, .. } => {
                drop(reply.send(Err(SipError::Unavailable("the call is not answered"))))
            }
            Command::Reinvite(_, reply) => drop(reply.send(Err(SipError::Unavailable("the call is not answered")))),
            Command::TransferStatus(_) => {}
        }
    }

    fn provisional(&mut self, status: u16, description: Option<String>) {
        let Some(ring) = &mut self.ring else { return };
        if ring.accepted.is_some() {
            return;
        }
        ring.trying_at = None;
        if ring.reliable && ring.unproven.is_some() {
            // RFC 3262 §3: one at a time. More than a few waiting ones say nothing new.
            if ring.waiting.len() < 4 {
                ring.waiting.push_back((status, description));
            }
            return;
        }
        // RFC 3262 §5: the first reliable response to an INVITE without offer would have to carry one.
        if ring.reliable && description.is_none() && session_description(&ring.invite).is_none() {
            return;
        }
        let mut response = Message::response(&ring.invite, status, phrase(status), Some(&self.dialog.local_tag));
        response.push("Contact", self.contact.as_str());
        response.push("Allow", crate::sip::check::ALLOW).push("Server", self.core.config.user_agent.as_str());
        if let Some(description) = description {
            response.set_body("application/sdp", description);
        }
        if ring.reliable {
            response.push("Require", "100rel").push("RSeq", ring.number.to_string());
            let t1 = self.core.config.timers.t1;
            let now = Instant::now();
            ring.unproven = Some(Unproven {
                response: response.clone(),
                number: ring.number,
                interval: t1,
                again: now + t1,
                give_up: now + t1 * 64,
            });
            ring.number += 1;
        }
        ring.transaction.respond(&response);
        ring.repeat_at = Instant::now() + REPEAT_EVERY;
        ring.last = Some(response);
    }

    fn accept(&mut self, description: String, reply: Reply<()>) {
        let Some(ring) = self.ring.take() else { return };
        let mut response = self.core.capable(&ring.invite, 200, "OK", Some(&self.dialog.local_tag));
        response.push("Contact", self.contact.as_str());
        // 422 was decided before the call began to ring.
        if let Ok(Some(timer)) = session_timer::answer(&ring.invite) {
            session_timer::write_answer(&mut response, timer, ring.invite.has_token("Supported", "timer"));
            self.timer = Some(timer);
            self.refreshed = Instant::now();
        }
        response.set_body("application/sdp", description.clone());
        ring.transaction.respond(&response);
        self.leave(&ring);
        self.description = description;
        self.offered = session_description(&ring.invite).is_none();
        self.awaiting_ack = Some(ring.transaction);
        let _ = reply.send(Ok(()));
    }

    pub(super) async fn prack(&mut self, request: InDialog) {
        let expected = self.ring.as_ref().and_then(|ring| {
            let (cseq, _) = ring.invite.cseq()?;
            Some(format!("{} {cseq} INVITE", ring.unproven.as_ref()?.number))
        });
        let named: Option<Vec<&str>> = request.message.get("RAck").map(|v| v.split_ascii_whitespace().collect());
        if expected.is_none() || named.map(|n| n.join(" ")) != expected {
            return self.refuse(request, 481, "Call/Transaction Does Not Exist");
        }
        if session_description(&request.message).is_some() {
            // An offer in PRACK would need an answer before the call is answered; ours come with 2xx only.
            return self.refuse(request, 488, "Not Acceptable Here");
        }
        let response = Message::response(&request.message, 200, "OK", None);
        finish(request.transaction, response);
        let Some(ring) = &mut self.ring else { return };
        ring.unproven = None;
        if let Some((description, reply)) = ring.accepted.take() {
            self.accept(description, reply);
        } else if let Some((status, description)) = ring.waiting.pop_front() {
            self.provisional(status, description);
        }
    }

    pub(super) async fn ring_time(&mut self, now: Instant) {
        let Some(ring) = &mut self.ring else { return };
        if ring.trying_at.is_some_and(|at| at <= now) {
            ring.trying_at = None;
            ring.transaction.respond(&Message::response(&ring.invite, 100, "Trying", None));
        }
        let mut lost = false;
        if let Some(unproven) = &mut ring.unproven {
            lost = unproven.give_up <= now;
            if !lost && unproven.again <= now {
                unproven.interval *= 2;
                unproven.again = now + unproven.interval;
                ring.transaction.respond(&unproven.response);
            }
        } else if ring.repeat_at <= now {
            ring.repeat_at = now + REPEAT_EVERY;
            if let Some(last) = &ring.last
                && !ring.reliable
            {
                ring.transaction.respond(last);
            }
        }
        let expired = ring.give_up <= now;
        if (lost || expired)
            && let Some(ring) = self.ring.take()
        {
            // RFC 3262 §3: a reliable response nobody acknowledges ends the INVITE with a 5xx.
            let (status, reason) = if lost { (504, "No PRACK") } else { (480, "Temporarily Unavailable") };
            self.decline(ring, status, reason, None, EndedBy::Local).await;
        }
    }
}
