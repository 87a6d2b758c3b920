//! A new call from outside: who is it, may it, and off to its task.

use super::call::{CallHandle, IncomingCall, Party};
use super::core::{Core, InDialog, Known, finish, lock, refuse, token};
use super::ring::Ring;
use super::task::{Entry, Parts, Task};
use super::wire::ServerInvite;
use crate::sip::address::{NameAddr, SipUri};
use crate::sip::admission::Stage;
use crate::sip::auth::Unproven;
use crate::sip::check::session_description;
use crate::sip::dialog::Dialog;
use crate::sip::limits;
use crate::sip::message::{Message, digits};
use crate::sip::session_timer;
use std::sync::Arc;
use tokio::sync::mpsc;

/// An invitation older than this is refused: its caller has given up or soon will (milliseconds).
const MAX_AGE_MS: u64 = 300;

/// Reads an address header; what cannot be read was refused before.
fn party(value: &str) -> Party {
    let Ok(address) = NameAddr::parse(value) else { return Party::default() };
    let uri = address.sip_uri().ok();
    Party {
        user: uri.as_ref().map(SipUri::user_decoded).unwrap_or_default(),
        host: uri.map(|u| u.host).unwrap_or_default(),
        display: address.display,
        uri: address.uri,
    }
}

/// The user who proves to have sent the request, or the challenge to send.
pub(super) fn prove(core: &Core, message: &Message) -> Result<String, Message> {
    let now_ms = core.shared.now_ms();
    let mut authenticator = lock(&core.authenticator);
    let secret = |user: &str| core.config.users.iter().find(|u| u.name == user).map(|u| u.secret.clone());
    let mut verdict = Unproven::Missing;
    for value in message.all("Authorization") {
        match authenticator.verify(value, message.method(), message.uri(), secret, now_ms) {
            Ok(user) => return Ok(user),
            Err(Unproven::Missing) => {}
            Err(why) => verdict = why,
        }
    }
    let mut response = Message::response(message, 401, "Unauthorized", Some(&token()));
    response.push("WWW-Authenticate", authenticator.challenge(rand::random(), verdict == Unproven::Stale, now_ms));
    response.push("Server", core.config.user_agent.as_str());
    Err(response)
}

/// Finds our call that a Replaces header names: its To tag is ours (RFC 3891 §3).
fn replaced(core: &Core, message: &Message) -> Result<Option<String>, ()> {
    let Some(value) = message.get("Replaces") else { return Ok(None) };
    let mut parts = value.split(';').map(str::trim);
    let call_id = parts.next().unwrap_or_default();
    let tag = parts.find_map(|p| p.strip_prefix("to-tag=")).ok_or(())?;
    let calls = lock(&core.calls);
    calls.get(tag).filter(|k| k.call_id == call_id).map(|_| Some(tag.to_owned())).ok_or(())
}

/// Takes up an initial INVITE.
pub(super) fn begin(core: &Arc<Core>, request: InDialog) {
    let InDialog { message, arrival, .. } = &request;
    let arrival = *arrival;
    let cseq = message.cseq().map_or(0, |(n, _)| n);
    let fresh = (message.call_id().to_owned(), message.from_tag().unwrap_or_default().to_owned(), cseq);
    if lock(&core.fresh).contains(&fresh) {
        return refuse(core, request, 482, "Loop Detected");
    }
    if session_timer::answer(message).is_err() {
        let mut response = Message::response(message, 422, "Session Interval Too Small", Some(&token()));
        response.push("Min-SE", limits::MIN_SESSION_S.to_string());
        return finish(request.transaction, response);
    }
    let trunk = lock(&core.trunk_addresses).get(&arrival.source.ip().to_canonical()).cloned();
    let mut authenticated = None;
    if trunk.is_none() && core.config.require_auth_for_invite {
        match prove(core, message) {
            Ok(user) => authenticated = Some(user),
            Err(challenge) => return finish(request.transaction, challenge),
        }
    }
    let Ok(replaces) = replaced(core, message) else {
        return refuse(core, request, 481, "Call/Transaction Does Not Exist");
    };
    let Ok(hop) = core.hop(arrival.transport, arrival.source) else {
        return refuse(core, request, 500, "Server Internal Error");
    };
    let incoming = core.incoming.clone();
    let Ok(permit) = incoming.try_reserve_owned() else {
        return refuse(core, request, 503, "Service Unavailable");
    };
    let called = SipUri::parse(message.uri()).map(|u| u.user_decoded()).unwrap_or_default();
    let tag = token();
    let dialog = Dialog::accepted(message, &tag);
    let contact = core.contact(&called, &hop);
    let (commands, orders) = mpsc::channel(16);
    let (events, happened) = mpsc::channel(limits::CALL_EVENTS);
    let (requests, requested) = mpsc::channel(limits::CALL_INPUTS);
    let known = Known { requests, commands: commands.downgrade(), call_id: dialog.call_id.clone() };
    let entry = Entry::new(core, &tag, known);
    lock(&core.fresh).insert(fresh.clone());
    let handle = CallHandle {
        id: tag.clone(),
        call_id: dialog.call_id.clone(),
        // Seen from a third party: its To tag is that of the far end we name, its From tag ours.
        replaces: format!("{};to-tag={};from-tag={tag}", dialog.call_id, dialog.remote_tag),
        commands,
    };
    let call = IncomingCall {
        id: tag,
        call_id: dialog.call_id.clone(),
        from: party(message.get("From").unwrap_or_default()),
        to: party(message.get("To").unwrap_or_default()),
        called,
        // Credentials are nobody's business above.
        headers: message
            .fields
            .iter()
            .filter(|f| !f.name.ends_with("uthorization"))
            .map(|f| (f.name.to_string(), f.value.clone()))
            .collect(),
        offer: session_description(message),
        source: arrival.source,
        transport: arrival.transport,
        trunk,
        authenticated,
        max_forwards: message.get("Max-Forwards").and_then(digits).map_or(70, |n| n.min(255) as u8),
        replaces,
        handle,
        events: happened,
        arrived: (core.shared.clone(), arrival.at_ms),
    };
    let parts = Parts { dialog, contact, hop, events, requests: requested, commands: orders, credentials: None, entry };
    let mut task = Task::new(core.clone(), parts);
    let transaction = ServerInvite::drive(request.transaction);
    task.ring = Some(Ring::new(request.message, transaction, fresh, core.config.timers.ring));
    let (core, at_ms) = (core.clone(), arrival.at_ms);
    tokio::spawn(async move {
        // How long the work waited for a core to run on is the measure of overload.
        let age_ms = core.shared.now_ms().saturating_sub(at_ms);
        core.shared.guard().admission.waited(Stage::Running, age_ms);
        if age_ms > MAX_AGE_MS {
            return task.turn_away().await;
        }
        permit.send(call);
        task.run().await;
    });
}
