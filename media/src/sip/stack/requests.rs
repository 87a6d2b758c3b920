//! What the other side asks of a call: BYE, INFO, re-INVITE, UPDATE, REFER and the rest.
//!
//! Offers and transfers go to the application and are answered when it answers; everything else is answered at once.

use super::call::{CallEvent, EndedBy, OfferAnswer, OfferReply, TransferReply};
use super::core::{InDialog, finish};
use super::task::{Answerer, Offered, Task, phrase};
use super::wire::{self, ServerEvent, ServerInvite};
use crate::sip::address::{NameAddr, unescape};
use crate::sip::check::{ACCEPT, session_description};
use crate::sip::limits;
use crate::sip::message::Message;
use crate::sip::session_timer::{self, SessionTimer};
use std::time::Duration;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;
use tokio::time::Instant;

impl Task {
    pub(super) async fn request(&mut self, request: InDialog) {
        let message = &request.message;
        if !self.dialog.matches(message) {
            return self.refuse(request, 481, "Call/Transaction Does Not Exist");
        }
        if !self.dialog.in_order(message) {
            return self.refuse(request, 500, "Request Out Of Order");
        }
        if self.ended && message.method() != "BYE" {
            return self.refuse(request, 481, "Call/Transaction Does Not Exist");
        }
        match message.method() {
            "BYE" => {
                self.refuse(request, 200, "OK");
                if self.ring.is_some() {
                    self.ring_event(ServerEvent::Cancelled).await;
                } else {
                    self.tell_ended(EndedBy::Remote, None).await;
                    self.over = true;
                }
            }
            "OPTIONS" => {
                let mut response = self.core.capable(message, 200, "OK", None);
                response.push("Accept", ACCEPT);
                finish(request.transaction, response);
            }
            "PRACK" => self.prack(request).await,
            "INFO" => self.info(request).await,
            "NOTIFY" => self.notified(request).await,
            "UPDATE" => self.update(request),
            "INVITE" if self.ring.is_some() || self.awaiting_ack.is_some() || self.considered.is_some() => {
                // RFC 3261 §14.2: the earlier INVITE is not through.
                let mut response = Message::response(message, 500, "Server Internal Error", None);
                response.push("Retry-After", (rand::random::<u8>() % 10).to_string());
                finish(request.transaction, response);
            }
            "INVITE" if self.pending.values().any(|p| p.message.method() == "INVITE") => {
                self.refuse(request, 491, "Request Pending")
            }
            "INVITE" => self.reinvited(request),
            "REFER" if self.ring.is_none() && self.transfer.is_none() => self.referred(request),
            "REFER" => self.refuse(request, 491, "Request Pending"),
            _ => self.refuse(request, 405, "Method Not Allowed"),
        }
    }

    pub(super) fn refuse(&self, request: InDialog, status: u16, reason: &str) {
        let mut response = Message::response(&request.message, status, reason, None);
        response.push("Server", self.core.config.user_agent.as_str());
        finish(request.transaction, response);
    }

    async fn info(&self, request: InDialog) {
        let kind = request.message.content_type().unwrap_or_default();
        let event = match kind.as_str() {
            "application/dtmf-relay" | "application/dtmf" => match read_digit(&request.message.body) {
                Some((digit, duration_ms)) => CallEvent::Dtmf { digit, duration_ms },
                None => return self.refuse(request, 400, "Malformed DTMF"),
            },
            _ => CallEvent::Info { content_type: kind, body: request.message.body.clone() },
        };
        self.answer_and_tell(request, event).await;
    }

    /// Answers 200 and then reports: whatever the application does about it comes after the answer on the wire.
    async fn answer_and_tell(&self, request: InDialog, event: CallEvent) {
        match self.events.try_reserve() {
            Ok(place) => {
                let mut response = Message::response(&request.message, 200, "OK", None);
                response.push("Server", self.core.config.user_agent.as_str());
                wire::respond(request.transaction, &response).await;
                place.send(event);
            }
            Err(TrySendError::Full(())) => self.refuse(request, 503, "Too Many Events"),
            // The application does not listen, by choice.
            Err(TrySendError::Closed(())) => self.refuse(request, 200, "OK"),
        }
    }

    async fn notified(&self, request: InDialog) {
        let package =
            request.message.get("Event").map(|e| e.split(';').next().unwrap_or(e).trim().to_ascii_lowercase());
        if package.as_deref() != Some("refer") {
            return self.refuse(request, 489, "Bad Event");
        }
        let body = String::from_utf8_lossy(&request.message.body);
        let status =
            body.split_ascii_whitespace().nth(1).and_then(|s| s.parse().ok()).filter(|s| (100..700).contains(s));
        match status {
            Some(status) => self.answer_and_tell(request, CallEvent::TransferProgress { status }).await,
            None => self.refuse(request, 200, "OK"),
        }
    }

    fn update(&mut self, request: InDialog) {
        let busy = self.ring.is_some() || self.considered.is_some() || self.offered;
        let offer = session_description(&request.message);
        if offer.is_some() && (busy || self.pending.values().any(|p| p.message.method() == "INVITE")) {
            // RFC 3311 §5.2: an offer is unanswered; ours is a glare, theirs comes too early.
            let glare = !busy;
            let mut response = match glare {
                true => Message::response(&request.message, 491, "Request Pending", None),
                false => Message::response(&request.message, 500, "Server Internal Error", None),
            };
            if !glare {
                response.push("Retry-After", (rand::random::<u8>() % 10).to_string());
            }
            return finish(request.transaction, response);
        }
        let Ok(timer) = session_timer::answer(&request.message) else {
            let mut response = Message::response(&request.message, 422, "Session Interval Too Small", None);
            response.push("Min-SE", limits::MIN_SESSION_S.to_string());
            return finish(request.transaction, response);
        };
        self.dialog.refresh_target(&request.message);
        match offer {
            None => {
                let response = self.agree(&request.message, timer);
                finish(request.transaction, response);
            }
            Some(offer) => {
                let InDialog { transaction, message, .. } = request;
                let answerer = Answerer::Update(Box::new(transaction));
                self.consider(message, answerer, |reply| CallEvent::Update { offer, reply });
            }
        }
    }

    /// A 200 to a target refresh; the session timer starts anew.
    fn agree(&mut self, request: &Message, timer: Option<SessionTimer>) -> Message {
        let mut response = self.core.capable(request, 200, "OK", None);
        response.push("Contact", self.contact.as_str());
        if self.ring.is_none()
            && let Some(timer) = timer
        {
            session_timer::write_answer(&mut response, timer, request.has_token("Supported", "timer"));
            self.timer = Some(timer);
            self.refreshed = Instant::now();
        }
        response
    }

    fn reinvited(&mut self, request: InDialog) {
        if session_timer::answer(&request.message).is_err() {
            let mut response = Message::response(&request.message, 422, "Session Interval Too Small", None);
            response.push("Min-SE", limits::MIN_SESSION_S.to_string());
            return finish(request.transaction, response);
        }
        self.dialog.refresh_target(&request.message);
        let offer = session_description(&request.message);
        let InDialog { transaction, message, .. } = request;
        let answerer = Answerer::Invite(ServerInvite::drive(transaction));
        self.consider(message, answerer, |reply| CallEvent::Reinvite { offer, reply });
    }

    fn consider(&mut self, request: Message, answerer: Answerer, event: impl FnOnce(OfferReply) -> CallEvent) {
        let (reply, answer) = oneshot::channel();
        let until = Instant::now() + Duration::from_millis(limits::OFFER_ANSWER_MS);
        self.considered = Some(Offered { answer, request, answerer, until });
        // A full queue drops the event and its reply handle with it, which refuses the offer.
        self.tell(event(OfferReply(Some(reply))));
    }

    pub(super) fn answer_offer(&mut self, answer: OfferAnswer) {
        let Some(Offered { request, answerer, .. }) = self.considered.take() else { return };
        let mut response = match answer {
            OfferAnswer::Reject(status) => {
                let status = if (400..700).contains(&status) { status } else { 488 };
                Message::response(&request, status, phrase(status), None)
            }
            OfferAnswer::Accept(description) => {
                let timer = session_timer::answer(&request).unwrap_or(None);
                let mut response = self.agree(&request, timer);
                if let Some(description) = description {
                    response.set_body("application/sdp", description.clone());
                    self.description = description;
                }
                response
            }
        };
        response.set("Server", self.core.config.user_agent.as_str());
        match answerer {
            Answerer::Update(transaction) => finish(*transaction, response),
            Answerer::Invite(invite) => {
                invite.respond(&response);
                if response.status() < 300 {
                    self.offered = session_description(&request).is_none();
                    self.awaiting_ack = Some(invite);
                }
            }
        }
    }

    fn referred(&mut self, request: InDialog) {
        let target = request.message.get("Refer-To").and_then(|v| NameAddr::parse(v).ok());
        let Some(target) = target else {
            return self.refuse(request, 400, "Malformed Refer-To");
        };
        let (uri, headers) = target.uri.split_once('?').map_or((target.uri.as_str(), None), |(u, h)| (u, Some(h)));
        let replaces = headers.into_iter().flat_map(|h| h.split('&')).find_map(|h| {
            let (name, value) = h.split_once('=')?;
            name.eq_ignore_ascii_case("Replaces").then(|| unescape(value))
        });
        let (reply, answer) = oneshot::channel();
        let event = CallEvent::TransferRequested { target: uri.into(), replaces, reply: TransferReply(Some(reply)) };
        self.transfer = Some((answer, request));
        self.tell(event);
    }

    pub(super) async fn answer_transfer(&mut self, status: u16) {
        let Some((_, request)) = self.transfer.take() else { return };
        let mut response = Message::response(&request.message, status, phrase(status), None);
        response.push("Server", self.core.config.user_agent.as_str());
        if status == 202 {
            response.push("Contact", self.contact.as_str());
            // The answer is on the wire before the NOTIFY that follows it.
            wire::respond(request.transaction, &response).await;
            self.notify(100).await;
        } else {
            finish(request.transaction, response);
        }
    }
}

/// Reads `Signal=5`, `Duration=160` (dtmf-relay) or a bare digit (application/dtmf).
fn read_digit(body: &[u8]) -> Option<(char, u32)> {
    let text = std::str::from_utf8(body).ok()?;
    let (mut digit, mut duration) = (None, 250);
    for line in text.lines().map(str::trim).filter(|l| !l.is_empty()) {
        match line.split_once('=').map(|(n, v)| (n.trim().to_ascii_lowercase(), v.trim())) {
            Some((name, value)) if name == "signal" => digit = key(value),
            Some((name, value)) if name == "duration" => {
                duration = value.parse().ok().filter(|d| (1..=10_000).contains(d))?
            }
            Some(_) => {}
            None => digit = key(line),
        }
    }
    digit.map(|d| (d, duration))
}

fn key(text: &str) -> Option<char> {
    // Some telephones send the event numbers of RFC 4733 for star and pound.
    match text {
        "10" => return Some('*'),
        "11" => return Some('#'),
        _ => {}
    }
    let mut chars = text.chars();
    let digit = chars.next()?.to_ascii_uppercase();
    (chars.next().is_none() && "0123456789*#ABCD".contains(digit)).then_some(digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_info() {
        assert_eq!(read_digit(b"Signal=5\r\nDuration=160\r\n"), Some(('5', 160)));
        assert_eq!(read_digit(b"Signal= *\r\nDuration= 100"), Some(('*', 100)));
        assert_eq!(read_digit(b"#"), Some(('#', 250)));
        assert_eq!(read_digit(b"Signal=11\r\n"), Some(('#', 250)));
        for bad in [b"Signal=55".as_slice(), b"", b"Signal=5\r\nDuration=999999999", b"\xff"] {
            assert_eq!(read_digit(bad), None);
        }
    }
}
