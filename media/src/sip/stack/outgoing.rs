//! Calls that we make: INVITE with digest, early media and PRACK, cancelling, and the race of CANCEL with 2xx.

use super::call::{Call, CallHandle, Command, DialEvent, OutgoingCall};
use super::config::{SipError, Trunk};
use super::core::{Core, Known, lock, token};
use super::task::{Entry, Parts, Task};
use super::wire::{self, Hop};
use crate::sip::address::{SipUri, escape_user, quote};
use crate::sip::auth::{Challenge, Secret};
use crate::sip::check::{ALLOW, SUPPORTED, session_description};
use crate::sip::dialog::Dialog;
use crate::sip::limits;
use crate::sip::message::{Message, digits};
use crate::sip::session_timer;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// A call to be made.
#[derive(Debug, Clone)]
pub struct DialRequest {
    /// Whom to call: a SIP or tel URI, or a bare user or number. A user of our own domain is called where registered;
    /// with a trunk, a bare number goes to the trunk's host.
    pub target: String,
    /// Our user part in From; for a trunk its own user name when empty.
    pub from: String,
    /// The display name in From.
    pub display: String,
    /// The session description offered.
    pub offer: String,
    /// The trunk to use, by name.
    pub trunk: Option<String>,
    /// Further header fields. What the call itself writes (Via, From, Contact …) cannot be set here.
    pub headers: Vec<(String, String)>,
    /// How long it may ring.
    pub timeout: Duration,
    /// The value of Max-Forwards; one less than the incoming call's when it is made on behalf of one.
    pub max_forwards: u8,
}

impl DialRequest {
    /// A call with usual settings: sixty seconds of ringing.
    pub fn new(target: impl Into<String>, offer: impl Into<String>) -> Self {
        Self {
            target: target.into(),
            from: String::new(),
            display: String::new(),
            offer: offer.into(),
            trunk: None,
            headers: Vec::new(),
            timeout: Duration::from_secs(60),
            max_forwards: 70,
        }
    }
}

/// Fields that belong to the call, not to its maker.
const OURS: [&str; 14] = [
    "Via",
    "From",
    "To",
    "Call-ID",
    "CSeq",
    "Contact",
    "Max-Forwards",
    "Content-Length",
    "Content-Type",
    "Route",
    "Record-Route",
    "Authorization",
    "Proxy-Authorization",
    "X-Offhook-Arrival",
];

/// Where to send the INVITE.
struct Target {
    uri: String,
    hop: Hop,
}

async fn find(core: &Arc<Core>, target: &str, trunk: Option<&Trunk>) -> Result<Target, (u16, &'static str)> {
    if let Some(trunk) = trunk {
        let server = SipUri::parse(&trunk.registrar).map_err(|e| (500, e))?;
        let user = match SipUri::parse(target) {
            Ok(uri) => uri.user_decoded(),
            Err(_) => target.to_owned(),
        };
        let port = server.port.map(|p| format!(":{p}")).unwrap_or_default();
        let host = if server.host.contains(':') { format!("[{}]", server.host) } else { server.host.clone() };
        let hop = core.resolve(&trunk.registrar).await.map_err(|e| (503, e))?;
        return Ok(Target { uri: format!("sip:{}@{host}{port}", escape_user(&user)), hop });
    }
    let written = if target.contains(':') {
        target.to_owned()
    } else {
        format!("sip:{}@{}", escape_user(target), core.config.domain)
    };
    let uri = SipUri::parse(&written).map_err(|e| (484, e))?;
    if uri.scheme != "sip" {
        return Err((416, "Unsupported URI Scheme"));
    }
    if !core.is_ours(&uri) {
        let hop = core.resolve(&written).await.map_err(|e| (503, e))?;
        return Ok(Target { uri: written, hop });
    }
    let user = uri.user_decoded();
    let bindings = lock(&core.registrar).lookup(&user, core.shared.now_ms());
    let Some(binding) = bindings.into_iter().next() else {
        let known = core.config.users.iter().any(|u| u.name == user);
        return Err(if known { (480, "Not Registered") } else { (404, "Not Found") });
    };
    let hop = core.hop(binding.transport, binding.source).map_err(|e| (503, e))?;
    Ok(Target { uri: binding.contact, hop })
}

/// Starts a call.
pub(super) fn dial(core: &Arc<Core>, request: DialRequest) -> Result<OutgoingCall, SipError> {
    let trunk = match &request.trunk {
        None => None,
        Some(name) => Some(
            core.config
                .trunks
                .iter()
                .find(|t| t.name == *name)
                .cloned()
                .ok_or(SipError::Unavailable("unknown trunk"))?,
        ),
    };
    if core.shared.cancel.is_cancelled() {
        return Err(SipError::Unavailable("the endpoint is stopping"));
    }
    if core.shared.guard().admission.calls() >= core.config.limits.calls {
        return Err(SipError::Unavailable("too many calls"));
    }
    if request.target.bytes().any(|b| b < 0x20 || b == b'>' || b == b'<') {
        return Err(SipError::Address(request.target));
    }
    let tag = token();
    let call_id = format!("{}{}@{}", token(), token(), core.config.domain);
    let (commands, orders) = mpsc::channel(16);
    let (events, happened) = mpsc::channel(16);
    let (requests, requested) = mpsc::channel(limits::CALL_INPUTS);
    let entry = Entry::new(core, &tag, Known { requests, commands: commands.downgrade(), call_id: call_id.clone() });
    let attempt = Attempt {
        core: core.clone(),
        request,
        trunk,
        tag: tag.clone(),
        call_id: call_id.clone(),
        commands: orders,
        handle: commands.downgrade(),
        events,
        requests: requested,
        entry,
    };
    tokio::spawn(attempt.run());
    Ok(OutgoingCall { id: tag, call_id, commands, events: happened })
}

/// A call that is not answered yet.
struct Attempt {
    core: Arc<Core>,
    request: DialRequest,
    trunk: Option<Trunk>,
    tag: String,
    call_id: String,
    commands: mpsc::Receiver<Command>,
    handle: mpsc::WeakSender<Command>,
    events: mpsc::Sender<DialEvent>,
    requests: mpsc::Receiver<Box<super::core::InDialog>>,
    entry: Entry,
}

/// Early dialogs of one INVITE that are followed for PRACK; more forks than that are not.
const MAX_EARLY: usize = 8;

impl Attempt {
    async fn run(self) {
        let (request, trunk) = (&self.request, self.trunk.as_ref());
        let target = match find(&self.core, &request.target, trunk).await {
            Ok(target) => target,
            Err((status, reason)) => return self.reject(status, reason, None).await,
        };
        let user = match trunk {
            Some(trunk) if request.from.is_empty() => trunk.username.clone(),
            _ => request.from.clone(),
        };
        let contact = self.core.contact(&user, &target.hop);
        let mut invite = self.invite(&target, &user, &contact);
        let credentials = trunk.map(|t| (t.username.clone(), t.secret.clone()));
        self.follow(&mut invite, target.hop, contact, credentials).await;
    }

    fn invite(&self, target: &Target, user: &str, contact: &str) -> Message {
        let mut m = Message::request("INVITE", &target.uri);
        let host = match &self.trunk {
            Some(trunk) => SipUri::parse(&trunk.registrar).map(|u| u.host).unwrap_or_default(),
            None => self.core.config.domain.clone(),
        };
        let at = if user.is_empty() { String::new() } else { format!("{}@", escape_user(user)) };
        m.push("Max-Forwards", self.request.max_forwards.to_string());
        m.push("From", format!("{}<sip:{at}{host}>;tag={}", quote(&self.request.display), self.tag));
        m.push("To", format!("<{}>", target.uri)).push("Call-ID", self.call_id.as_str()).push("CSeq", "1 INVITE");
        m.push("Contact", contact).push("Allow", ALLOW).push("Supported", SUPPORTED);
        m.push("Session-Expires", limits::SESSION_S.to_string());
        for (name, value) in &self.request.headers {
            let name = crate::sip::message::canonical(name);
            if !OURS.contains(&name.as_ref()) && name.bytes().all(crate::sip::message::is_token) {
                m.push(&name, value.as_str());
            }
        }
        if !self.request.offer.is_empty() {
            m.set_body("application/sdp", self.request.offer.clone());
        }
        m
    }

    async fn reject(&self, status: u16, reason: &str, retry_after_s: Option<u32>) {
        // Who dropped the call does not want to know.
        let _ = self.events.send(DialEvent::Rejected { status, reason: reason.into(), retry_after_s }).await;
    }

    async fn follow(mut self, invite: &mut Message, hop: Hop, contact: String, credentials: Option<(String, Secret)>) {
        let (report, mut responses) = mpsc::channel(16);
        let mut number = 1;
        self.core.sign(invite, &hop);
        wire::send(&self.core, invite.clone(), hop.clone(), number, report.clone());
        let mut early: HashMap<String, (Dialog, u32)> = HashMap::new();
        let mut attempts = 0;
        let mut until = Instant::now() + self.request.timeout;
        let (mut provisional, mut cancelled, mut wanted, mut open) = (false, None, None::<u16>, true);
        loop {
            if provisional
                && cancelled.is_none()
                && let Some(status) = wanted
            {
                self.cancel(invite, &hop);
                cancelled = Some(status);
                until = Instant::now() + self.core.config.timers.t1 * 64;
            }
            let (answered, response) = tokio::select! {
                received = responses.recv() => match received {
                    Some(received) => received,
                    None => return,
                },
                command = self.commands.recv(), if open => {
                    match command {
                        Some(Command::Shutdown | Command::Cancel | Command::Bye(_)) => wanted = Some(487),
                        Some(_) => {}
                        None => {
                            open = false;
                            wanted = Some(487);
                        }
                    }
                    continue;
                }
                Some(request) = self.requests.recv() => {
                    self.early_request(*request, &early);
                    continue;
                }
                () = tokio::time::sleep_until(until) => {
                    if let Some(status) = cancelled {
                        return self.reject(status, super::task::phrase(status), None).await;
                    }
                    wanted = Some(408);
                    // Nothing heard at all: the transaction itself gives up after 64 × T1.
                    until = Instant::now() + self.core.config.timers.t1 * 64;
                    continue;
                }
            };
            if answered != number {
                continue;
            }
            match response.status() {
                100 => provisional = true,
                101..200 => {
                    provisional = true;
                    self.provisional(invite, &response, &hop, &contact, &mut early, &report).await;
                }
                200..300 => {
                    let known = response.to_tag().and_then(|t| early.remove(t)).map(|(d, _)| d);
                    let status = wanted;
                    return self.answered(invite, response, known, hop, contact, credentials, responses, status).await;
                }
                401 | 407 if attempts < limits::MAX_AUTH_ATTEMPTS && wanted.is_none() => {
                    attempts += 1;
                    let value = credentials.as_ref().and_then(|(user, secret)| {
                        Challenge::strongest(&response)?.answer(user, secret, "INVITE", invite.uri(), &token(), 1)
                    });
                    let Some(value) = value else { return self.failed(&response, wanted).await };
                    let name = if response.status() == 401 { "Authorization" } else { "Proxy-Authorization" };
                    if invite.get(name).is_some() && !Challenge::strongest(&response).is_some_and(|c| c.stale) {
                        return self.failed(&response, wanted).await;
                    }
                    invite.set(name, value);
                    number = self.again(invite, &hop, number, &report);
                }
                422 if attempts < limits::MAX_AUTH_ATTEMPTS && wanted.is_none() => {
                    attempts += 1;
                    let Some(seconds) = session_timer::raised(&response) else {
                        return self.failed(&response, wanted).await;
                    };
                    invite.set("Session-Expires", seconds.to_string()).set("Min-SE", seconds.to_string());
                    number = self.again(invite, &hop, number, &report);
                }
                _ => return self.failed(&response, wanted).await,
            }
        }
    }

    /// Sends the INVITE again as a new transaction.
    fn again(&self, invite: &mut Message, hop: &Hop, number: u64, report: &wire::Report) -> u64 {
        let cseq = invite.cseq().map_or(1, |(n, _)| n) + 1;
        invite.set("CSeq", format!("{cseq} INVITE"));
        self.core.sign(invite, hop);
        wire::send(&self.core, invite.clone(), hop.clone(), number + 1, report.clone());
        number + 1
    }

    async fn failed(&self, response: &Message, wanted: Option<u16>) {
        let retry = response.get("Retry-After").and_then(|v| digits(v.split([' ', ';', '(']).next().unwrap_or(v)));
        let retry = retry.and_then(|s| u32::try_from(s).ok());
        match wanted {
            // Our timeout cancelled it: the caller learns of that, not of the 487.
            Some(status) if response.status() == 487 => self.reject(status, super::task::phrase(status), None).await,
            _ => self.reject(response.status(), response.reason(), retry).await,
        }
    }

    /// CANCEL has the branch of its INVITE (RFC 3261 §9.1).
    fn cancel(&self, invite: &Message, hop: &Hop) {
        let mut m = Message::request("CANCEL", invite.uri());
        for name in ["Via", "From", "To", "Call-ID", "Route", "Max-Forwards"] {
            for value in invite.all(name) {
                m.push(name, value);
            }
        }
        let cseq = invite.cseq().map_or(1, |(n, _)| n);
        m.push("CSeq", format!("{cseq} CANCEL")).push("User-Agent", self.core.config.user_agent.as_str());
        let (report, _) = mpsc::channel(1);
        wire::send(&self.core, m, hop.clone(), 0, report);
    }

    async fn provisional(
        &self,
        invite: &Message,
        response: &Message,
        hop: &Hop,
        contact: &str,
        early: &mut HashMap<String, (Dialog, u32)>,
        report: &wire::Report,
    ) {
        let reliable = response.has_token("Require", "100rel");
        let number = response.get("RSeq").and_then(digits).and_then(|n| u32::try_from(n).ok());
        if let (true, Some(number), Some(tag)) = (reliable, number, response.to_tag()) {
            if !early.contains_key(tag) && early.len() >= MAX_EARLY {
                return;
            }
            let Some(fresh) = Dialog::opened(invite, response) else { return };
            let (dialog, last) = early.entry(tag.to_owned()).or_insert((fresh, 0));
            if number <= *last {
                return; // A retransmission; its PRACK is being retransmitted too.
            }
            *last = number;
            let cseq = invite.cseq().map_or(1, |(n, _)| n);
            let mut prack = dialog.request("PRACK");
            prack.push("RAck", format!("{number} {cseq} INVITE")).push("Contact", contact);
            let hop = self.core.resolve(&dialog.next_hop()).await.unwrap_or_else(|_| hop.clone());
            self.core.sign(&mut prack, &hop);
            wire::send(&self.core, prack, hop, 0, report.clone());
        }
        let event = match session_description(response) {
            Some(sdp) => DialEvent::Progress { sdp },
            None => DialEvent::Ringing { status: response.status() },
        };
        // One report of ringing more or less changes nothing.
        let _ = self.events.try_send(event);
    }

    /// Requests of the peer before the answer: only what an early dialog needs.
    fn early_request(&self, request: super::core::InDialog, early: &HashMap<String, (Dialog, u32)>) {
        let known =
            request.message.from_tag().is_some_and(|t| early.get(t).is_some_and(|(d, _)| d.matches(&request.message)));
        let (status, reason) = match request.message.method() {
            "UPDATE" if known && request.message.body.is_empty() => (200, "OK"),
            "OPTIONS" | "INFO" if known => (200, "OK"),
            "UPDATE" if known => (491, "Request Pending"),
            _ => (481, "Call/Transaction Does Not Exist"),
        };
        super::core::refuse(&self.core, request, status, reason);
    }

    #[allow(clippy::too_many_arguments, reason = "the state of the attempt, handed over once")]
    async fn answered(
        self,
        invite: &Message,
        response: Message,
        early: Option<Dialog>,
        hop: Hop,
        contact: String,
        credentials: Option<(String, Secret)>,
        mut responses: mpsc::Receiver<(u64, Message)>,
        wanted: Option<u16>,
    ) {
        let Some(opened) = Dialog::opened(invite, &response) else {
            return self.reject(502, "Answer Without Tag", None).await;
        };
        // An early dialog knows which sequence numbers were used; target and route are those of the 2xx.
        let dialog = match early {
            Some(mut dialog) => {
                dialog.refresh_target(&response);
                dialog.routes = opened.routes;
                dialog
            }
            None => opened,
        };
        let (core, events) = (self.core.clone(), self.events.clone());
        let (call_events, happened) = mpsc::channel(limits::CALL_EVENTS);
        let first = dialog.remote_tag.clone();
        let replaces = format!("{};to-tag={};from-tag={}", dialog.call_id, dialog.remote_tag, self.tag);
        // Other forks that answer too are acknowledged by the stack and ended by us (RFC 3261 §13.2.2.4).
        let (forks, sent, way) = (core.clone(), invite.clone(), hop.clone());
        tokio::spawn(async move {
            let mut ended = std::collections::HashSet::from([first]);
            while let Some((_, other)) = responses.recv().await {
                let answered = (200..300).contains(&other.status()) && other.method() == "INVITE";
                let new = answered && ended.len() < 32 && other.to_tag().is_some_and(|t| ended.insert(t.to_owned()));
                if new && let Some(mut dialog) = Dialog::opened(&sent, &other) {
                    let mut bye = dialog.request("BYE");
                    let hop = forks.resolve(&dialog.next_hop()).await.unwrap_or_else(|_| way.clone());
                    forks.sign(&mut bye, &hop);
                    let (report, _) = mpsc::channel(1);
                    wire::send(&forks, bye, hop, 0, report);
                }
            }
        });
        let timer = session_timer::agreed(&response);
        let parts = Parts {
            dialog,
            contact,
            hop,
            events: call_events,
            requests: self.requests,
            commands: self.commands,
            credentials,
            entry: self.entry,
        };
        let mut task = Task::new(core, parts);
        task.timer = timer;
        task.description = self.request.offer;
        tokio::spawn(task.run());
        let Some(commands) = self.handle.upgrade() else {
            return; // Dropped: the task sees that nobody holds the call and hangs up.
        };
        if let Some(status) = wanted {
            // The answer was faster than our CANCEL.
            let _ = commands.send(Command::Bye(None)).await;
            let _ = events
                .send(DialEvent::Rejected { status, reason: super::task::phrase(status).into(), retry_after_s: None })
                .await;
            return;
        }
        let handle = CallHandle { id: self.tag, call_id: self.call_id, replaces, commands };
        let call = Call { handle, events: happened };
        // Dropping the call ends it.
        let _ = events.send(DialEvent::Answered { sdp: session_description(&response), call }).await;
    }
}

/// The address a trunk's calls come from, once its name is known.
pub(super) fn trust(core: &Core, trunk: &Trunk, hop: &Hop) {
    let ip = hop.destination.ip().to_canonical();
    lock(&core.trunk_addresses).insert(ip, trunk.name.clone());
    core.shared.guard().trust(ip);
}
