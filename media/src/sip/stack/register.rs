//! Registration, both ways: telephones that register here, and trunks where we register.

use super::config::{Trunk, TrunkState};
use super::core::{Core, InDialog, finish, lock, refuse, token};
use super::incoming::prove;
use super::outgoing::trust;
use super::wire::{self, Hop};
use crate::sip::address::{NameAddr, SipUri, escape_user};
use crate::sip::auth::Challenge;
use crate::sip::limits;
use crate::sip::message::{Message, digits};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Answers a REGISTER (RFC 3261 §10.3).
pub(super) fn answer(core: &Arc<Core>, request: InDialog) {
    let user = match prove(core, &request.message) {
        Ok(user) => user,
        Err(challenge) => return finish(request.transaction, challenge),
    };
    // Who registers may bind nobody else's address.
    let to = request.message.get("To").and_then(|v| NameAddr::parse(v).ok()).and_then(|a| a.sip_uri().ok());
    if to.is_none_or(|to| to.user_decoded() != user) {
        return refuse(core, request, 403, "Forbidden");
    }
    let now_ms = core.shared.now_ms();
    let arrival = request.arrival;
    let outcome = lock(&core.registrar).register(&user, &request.message, arrival.source, arrival.transport, now_ms);
    let response = match outcome {
        Ok(contacts) => {
            let mut response = core.capable(&request.message, 200, "OK", Some(&token()));
            for contact in contacts {
                response.push("Contact", contact);
            }
            response
        }
        Err(refused) => {
            let mut response = Message::response(&request.message, refused.status, refused.reason, Some(&token()));
            if refused.status == 423 {
                response.push("Min-Expires", limits::MIN_REGISTRATION_S.to_string());
            }
            response
        }
    };
    finish(request.transaction, response);
}

/// Why an attempt at a trunk failed.
struct Failure {
    status: u16,
    reason: String,
}

/// Keeps the registration at one trunk until the endpoint stops.
pub(super) async fn keep(core: Arc<Core>, trunk: Trunk) {
    let mut registration = Registration {
        core: core.clone(),
        call_id: format!("{}@{}", token(), core.config.domain),
        tag: token(),
        cseq: 0,
        trunk,
    };
    let mut failures = 0u32;
    let mut wanted = registration.trunk.expires.as_secs().clamp(60, 24 * 3600) as u32;
    loop {
        let outcome = tokio::select! {
            () = core.shared.cancel.cancelled() => return,
            outcome = registration.attempt(&mut wanted) => outcome,
        };
        let (state, wait_s) = match outcome {
            Ok(granted) => {
                failures = 0;
                // Refresh with room for a retransmission or two.
                (
                    TrunkState::Registered { expires_s: granted },
                    (granted * 4 / 5).clamp(1, granted.saturating_sub(10).max(1)),
                )
            }
            Err(failure) => {
                failures += 1;
                let retry_s = backoff_s(failures, rand::random());
                tracing::warn!(target: "offhook::sip", trunk = %registration.trunk.name, status = failure.status, reason = %failure.reason, retry_s, "trunk not registered");
                (TrunkState::Failed { status: failure.status, reason: failure.reason, retry_s }, retry_s)
            }
        };
        lock(&core.trunk_states).insert(registration.trunk.name.clone(), state);
        tokio::select! {
            () = core.shared.cancel.cancelled() => return,
            () = tokio::time::sleep(Duration::from_secs(wait_s.into())) => {}
        }
    }
}

/// Two seconds, doubled with each failure up to five minutes, and up to a quarter more so that not all come back at once.
fn backoff_s(failures: u32, noise: u8) -> u32 {
    let base = 2u32.saturating_pow(failures.min(9)).min(300);
    base + base * u32::from(noise) / 1024
}

/// Takes the registration back, as well as the time left allows.
pub(super) async fn leave(core: &Arc<Core>, trunk: &Trunk) {
    let mut registration = Registration {
        core: core.clone(),
        call_id: format!("{}@{}", token(), core.config.domain),
        tag: token(),
        cseq: 0,
        trunk: trunk.clone(),
    };
    let mut zero = 0;
    let _ = registration.attempt(&mut zero).await;
}

struct Registration {
    core: Arc<Core>,
    call_id: String,
    tag: String,
    cseq: u32,
    trunk: Trunk,
}

impl Registration {
    fn request(&mut self, server: &SipUri, hop: &Hop, expires_s: u32) -> Message {
        self.cseq += 1;
        let host = if server.host.contains(':') { format!("[{}]", server.host) } else { server.host.clone() };
        let port = server.port.map(|p| format!(":{p}")).unwrap_or_default();
        let me = format!("<sip:{}@{host}>", escape_user(&self.trunk.username));
        let mut m = Message::request("REGISTER", &format!("sip:{host}{port}"));
        m.push("Max-Forwards", "70").push("From", format!("{me};tag={}", self.tag)).push("To", me);
        m.push("Call-ID", self.call_id.as_str()).push("CSeq", format!("{} REGISTER", self.cseq));
        m.push("Contact", self.core.contact(&self.trunk.username, hop)).push("Expires", expires_s.to_string());
        m
    }

    /// Registers once, with digest when asked; returns the seconds granted.
    async fn attempt(&mut self, wanted_s: &mut u32) -> Result<u32, Failure> {
        let failure = |status, reason: &str| Failure { status, reason: reason.to_owned() };
        let server = SipUri::parse(&self.trunk.registrar).map_err(|e| failure(0, e))?;
        let hop = self.core.resolve(&self.trunk.registrar).await.map_err(|e| failure(0, e))?;
        trust(&self.core, &self.trunk, &hop);
        let mut credentials: Option<(&'static str, String)> = None;
        for _ in 0..=limits::MAX_AUTH_ATTEMPTS {
            let mut message = self.request(&server, &hop, *wanted_s);
            if let Some((name, value)) = credentials.take() {
                message.push(name, value);
            }
            self.core.sign(&mut message, &hop);
            let (report, mut responses) = mpsc::channel(16);
            wire::send(&self.core, message.clone(), hop.clone(), 0, report);
            let response = loop {
                match responses.recv().await {
                    Some((_, response)) if response.status() >= 200 => break response,
                    Some(_) => {}
                    None => return Err(failure(0, "stopped")),
                }
            };
            match response.status() {
                200..300 => {
                    return Ok(granted(&response, &self.core.contact(&self.trunk.username, &hop)).unwrap_or(*wanted_s));
                }
                401 | 407 => {
                    let challenge = Challenge::strongest(&response)
                        .ok_or(failure(response.status(), "no challenge we can answer"))?;
                    let value = challenge.answer(
                        &self.trunk.username,
                        &self.trunk.secret,
                        "REGISTER",
                        message.uri(),
                        &token(),
                        1,
                    );
                    let name = if response.status() == 401 { "Authorization" } else { "Proxy-Authorization" };
                    if message.get(name).is_some() && !challenge.stale {
                        return Err(failure(response.status(), "user name or password not accepted"));
                    }
                    credentials =
                        Some((name, value.ok_or(failure(response.status(), "no secret for that algorithm"))?));
                }
                423 => {
                    let least = response.get("Min-Expires").and_then(digits).and_then(|n| u32::try_from(n).ok());
                    *wanted_s =
                        least.filter(|n| *n > *wanted_s && *n <= 24 * 3600).ok_or(failure(423, response.reason()))?;
                }
                status => return Err(failure(status, response.reason())),
            }
        }
        Err(failure(401, "challenged again and again"))
    }
}

/// What the registrar granted to our Contact (RFC 3261 §10.2.4).
fn granted(response: &Message, contact: &str) -> Option<u32> {
    let ours = NameAddr::parse(contact).ok()?;
    let mut contacts = response.list("Contact").filter_map(|c| NameAddr::parse(c).ok());
    let own = contacts.find(|c| c.uri == ours.uri);
    let seconds = own.as_ref().and_then(|c| c.param("expires")).or(response.get("Expires"));
    u32::try_from(digits(seconds?)?).ok().filter(|n| *n > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_slow_down_to_five_minutes() {
        let waits: Vec<u32> = (1..12).map(|n| backoff_s(n, 0)).collect();
        assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        assert!(backoff_s(99, 255) < 375);
    }
}
