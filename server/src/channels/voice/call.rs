//! One call: its signalling, its leg, and the session that it is.

use super::performer::{Ask, OWN_MARK, Performer, Progress, line};
use super::{Office, refuse};
use crate::host::Opening;
use crate::observe::CallOutcome;
use offhook_media::engine::{Leg, LegCommand, LegEvent, LegHandle, LegOptions};
use offhook_media::record;
use offhook_media::sdp::{Direction, Negotiated, Negotiation};
use offhook_media::sip::stack::{
    Call, CallEvent, CallHandle, DialEvent, DialRequest, EndedBy, IncomingCall, OfferReply, OutgoingCall,
};
use offhook_runtime::{Connect, ConnectMode, Connected, Contact, End, Event, Hangup, Outcome, Recorded};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc;
use tracing::Instrument as _;

/// A caller who sends no packet for so long is gone.
const NO_MEDIA_MS: u64 = 60_000;

/// Asks that may wait for the signalling.
const ASKS: usize = 16;

/// How long a leg may take to finish its files.
const CLOSING: Duration = Duration::from_secs(2);

/// The signalling of a call.
enum Signalling {
    Ringing(Box<IncomingCall>),
    Up(Box<Call>),
    Gone,
}

/// Serves a call to its end.
pub(super) async fn serve(
    office: Arc<Office>,
    incoming: IncomingCall,
    (flow, locale): (String, Option<String>),
    folders: Vec<PathBuf>,
) {
    let leg = match office.engine.open(LegOptions { no_media_ms: NO_MEDIA_MS, ..LegOptions::default() }) {
        Ok(leg) => leg,
        Err(error) => {
            tracing::warn!(target: "offhook::sip", %error, "no room for a call");
            return refuse(&office, incoming, 503, "Service Unavailable", true).await;
        }
    };
    let mut negotiation = Negotiation::new(leg.handle().local());
    let first = match &incoming.offer {
        Some(offer) => match negotiation.answer(offer) {
            Ok(agreed) => Some(agreed),
            Err(error) => {
                tracing::info!(target: "offhook::sip", %error, call = incoming.call_id, "the offer cannot be used");
                return refuse(&office, incoming, error.status(), "Not Acceptable Here", false).await;
            }
        },
        // A late offer: ours goes out with the answer, theirs comes with the ACK.
        None => None,
    };
    let description = match &first {
        Some(agreed) => agreed.answer.clone(),
        None => negotiation.offer(),
    };
    let (line, commands, marks) = line();
    let opening = Opening {
        flow: flow.clone(),
        channel: "voice",
        to: incoming.called.clone(),
        contact: Contact {
            address: incoming.from.user.clone(),
            name: incoming.from.display.clone(),
            ..Contact::default()
        },
        locale: locale.unwrap_or_default(),
        line: Some(line.clone()),
        ..Opening::default()
    };
    let (handle, leg) = leg.split();
    let early = first.is_some();
    if let Some(agreed) = first {
        tell(&handle, LegCommand::Remote(agreed));
    }
    let receipt = match office.host.open(opening).await {
        Ok(receipt) => receipt,
        Err(error) => {
            tracing::error!(target: "offhook::sip", %error, flow, "a call could not begin its session");
            tell(&handle, LegCommand::Close);
            return refuse(&office, incoming, 503, "Service Unavailable", true).await;
        }
    };
    incoming.begun();
    office.metrics.call(CallOutcome::Accepted);
    let (asks, asked) = mpsc::channel(ASKS);
    let performer = Performer {
        office: office.clone(),
        session: receipt.session.clone(),
        leg: handle.clone(),
        folders,
        asks,
        shared: line.shared.clone(),
        marks,
        progress: Progress::Ringing,
        early,
        played: false,
    };
    let span = tracing::info_span!(
        "call",
        session = %receipt.session,
        call_id = incoming.call_id,
        from = incoming.from.user,
        to = incoming.called
    );
    let performing = tokio::spawn(performer.run(commands).instrument(span.clone()));
    let call = Served {
        office: office.clone(),
        session: receipt.session,
        host_of_caller: incoming.from.host.clone(),
        trunk: incoming.trunk.clone(),
        max_forwards: incoming.max_forwards,
        signalling: Signalling::Ringing(Box::new(incoming)),
        negotiation,
        description,
        leg: handle,
        line,
        transfer: None,
        consult: None,
        gone: None,
    };
    async {
        tracing::info!(target: "offhook::sip", "call");
        call.run(asked, leg).await;
        tracing::info!(target: "offhook::sip", "call over");
    }
    .instrument(span)
    .await;
    performing.abort();
    office.metrics.call_ended();
}

fn tell(leg: &LegHandle, command: LegCommand) {
    if let Err(error) = leg.send(command) {
        tracing::debug!(%error, "the leg takes no command");
    }
}

/// The second leg of an attended transfer, while it is reached.
struct Consultation {
    connect: Connect,
    dialling: Option<OutgoingCall>,
    call: Option<Call>,
    _leg: Leg,
}

struct Served {
    office: Arc<Office>,
    session: Arc<str>,
    host_of_caller: String,
    trunk: Option<String>,
    max_forwards: u8,
    signalling: Signalling,
    negotiation: Negotiation,
    /// What the answer will carry.
    description: String,
    leg: LegHandle,
    line: Arc<super::performer::Line>,
    /// The `connect` command whose outcome is awaited.
    transfer: Option<Connect>,
    consult: Option<Consultation>,
    /// Why the caller is gone, once that is so. The session is told when the leg has told what it still recorded.
    gone: Option<&'static str>,
}

impl Served {
    async fn run(mut self, mut asked: mpsc::Receiver<Ask>, mut leg: mpsc::Receiver<LegEvent>) {
        let mut performing = true;
        loop {
            let goes_on = tokio::select! {
                event = next(&mut self.signalling) => self.signalled(event).await,
                event = leg.recv() => match event {
                    Some(event) => self.heard(event).await,
                    None => {
                        self.gone = Some("media failed");
                        false
                    }
                },
                ask = asked.recv(), if performing => match ask {
                    Some(ask) => self.asked(ask).await,
                    None => {
                        performing = false;
                        true
                    }
                },
                event = consulted(&mut self.consult) => self.consulted(event).await,
            };
            if !goes_on {
                break;
            }
        }
        self.close(leg).await;
    }

    // ---- what the performer asks --------------------------------------------------------------------------------

    async fn asked(&mut self, ask: Ask) -> bool {
        match ask {
            Ask::Progress(done) => {
                if let Signalling::Ringing(incoming) = &self.signalling
                    && let Err(error) = incoming.progress(&self.description).await
                {
                    tracing::debug!(target: "offhook::sip", %error, "early media refused");
                }
                // The performer may be gone with the call.
                let _ = done.send(());
                true
            }
            Ask::Answer(done) => {
                let is_up = self.answer().await;
                let _ = done.send(());
                is_up
            }
            Ask::Connect(connect) => {
                self.connect(connect).await;
                true
            }
            Ask::End(end) => {
                self.end(&end).await;
                false
            }
        }
    }

    async fn answer(&mut self) -> bool {
        match std::mem::replace(&mut self.signalling, Signalling::Gone) {
            Signalling::Ringing(incoming) => match incoming.accept(&self.description).await {
                Ok(call) => {
                    self.signalling = Signalling::Up(Box::new(call));
                    true
                }
                Err(error) => {
                    tracing::info!(target: "offhook::sip", %error, "the call went away before it was answered");
                    self.gone = Some("cancelled");
                    false
                }
            },
            other => {
                self.signalling = other;
                true
            }
        }
    }

    async fn end(&mut self, end: &End) {
        match std::mem::replace(&mut self.signalling, Signalling::Gone) {
            Signalling::Ringing(incoming) => {
                let (status, words) = match end.reason.as_str() {
                    "busy" => (486, "Busy Here"),
                    "error" | "runaway" => (500, "Server Internal Error"),
                    _ => (603, "Decline"),
                };
                incoming.reject(status, words, None).await;
            }
            Signalling::Up(call) => {
                if let Err(error) = call.handle.bye().await {
                    tracing::debug!(target: "offhook::sip", %error, "BYE");
                }
            }
            Signalling::Gone => {}
        }
    }

    // ---- transfer -------------------------------------------------------------------------------------------------

    fn handle(&self) -> Option<CallHandle> {
        match &self.signalling {
            Signalling::Up(call) => Some(call.handle.clone()),
            _ => None,
        }
    }

    async fn connect(&mut self, connect: Connect) {
        match connect.mode {
            ConnectMode::Blind => {
                let target = self.target(&connect.to);
                let Some(handle) = self.handle() else { return };
                match handle.refer(&target, None).await {
                    Ok(()) => self.transfer = Some(connect),
                    Err(error) => {
                        tracing::info!(target: "offhook::sip", %error, "the transfer was refused");
                        self.connected(connect.id, Outcome::Rejected, &error.to_string()).await;
                    }
                }
            }
            ConnectMode::Attended => self.consult(connect).await,
        }
    }

    /// The other side is called on a leg of its own; when it answers, the two are joined by REFER with Replaces.
    async fn consult(&mut self, connect: Connect) {
        let opened = self.office.engine.open(LegOptions::default());
        let Ok(leg) = opened else {
            return self.connected(connect.id, Outcome::Failed, "no room for another call").await;
        };
        let mut negotiation = Negotiation::new(leg.handle().local());
        negotiation.set_direction(Direction::SendRecv);
        let mut request = DialRequest::new(connect.to.clone(), negotiation.offer());
        request.timeout = Duration::from_millis(connect.timeout_ms);
        request.max_forwards = self.max_forwards.saturating_sub(1);
        request.trunk = self.trunk_for(&connect.to);
        match self.office.endpoint.dial(request) {
            Ok(dialling) => {
                self.consult = Some(Consultation { connect, dialling: Some(dialling), call: None, _leg: leg });
            }
            Err(error) => self.connected(connect.id, Outcome::Failed, &error.to_string()).await,
        }
    }

    async fn consulted(&mut self, event: Option<DialEvent>) -> bool {
        let Some(consult) = &mut self.consult else { return true };
        match event {
            Some(DialEvent::Ringing { .. } | DialEvent::Progress { .. }) => {}
            Some(DialEvent::Answered { call, .. }) => {
                let replaces = call.handle.replaces().to_owned();
                let (id, to) = (consult.connect.id, consult.connect.to.clone());
                consult.dialling = None;
                consult.call = Some(call);
                let target = self.target(&to);
                let Some(handle) = self.handle() else { return true };
                match handle.refer(&target, Some(&replaces)).await {
                    Ok(()) => self.transfer = self.consult.as_ref().map(|consult| consult.connect.clone()),
                    Err(error) => {
                        self.drop_consultation().await;
                        self.connected(id, Outcome::Rejected, &error.to_string()).await;
                    }
                }
            }
            Some(DialEvent::Rejected { status, reason, .. }) => {
                let id = consult.connect.id;
                self.consult = None;
                self.connected(id, outcome(status), &format!("{status} {reason}")).await;
            }
            None => {
                let id = consult.connect.id;
                self.consult = None;
                self.connected(id, Outcome::Failed, "the call could not be made").await;
            }
        }
        true
    }

    async fn drop_consultation(&mut self) {
        if let Some(consult) = self.consult.take() {
            if let Some(call) = consult.call
                && let Err(error) = call.handle.bye().await
            {
                tracing::debug!(target: "offhook::sip", %error, "BYE");
            }
            if let Some(dialling) = consult.dialling {
                dialling.cancel().await;
            }
        }
    }

    /// A number as the URI that the caller's side should call.
    fn target(&self, to: &str) -> String {
        if to.starts_with("sip:") || to.starts_with("sips:") || to.starts_with("tel:") {
            return to.to_owned();
        }
        let trunk = self
            .trunk
            .as_ref()
            .and_then(|name| self.office.host.config().sip.trunks.iter().find(|trunk| trunk.name == *name));
        let host = trunk.map_or(&self.host_of_caller, |trunk| &trunk.host);
        format!("sip:{to}@{host}")
    }

    /// The trunk that a number goes out by: the longest prefix wins.
    fn trunk_for(&self, to: &str) -> Option<String> {
        let trunks = &self.office.host.config().sip.trunks;
        let candidates = trunks.iter().flat_map(|trunk| trunk.prefixes.iter().map(move |prefix| (prefix, trunk)));
        let best =
            candidates.filter(|(prefix, _)| to.starts_with(prefix.as_str())).max_by_key(|(prefix, _)| prefix.len());
        best.map(|(_, trunk)| trunk.name.clone())
    }

    async fn connected(&mut self, id: u64, outcome: Outcome, detail: &str) {
        let event = Event::Connected(Connected { id, outcome, detail: detail.to_owned() });
        self.tell_session(event).await;
    }

    // ---- signalling -------------------------------------------------------------------------------------------------

    async fn signalled(&mut self, event: Option<CallEvent>) -> bool {
        match event {
            Some(CallEvent::Confirmed { answer }) => {
                if let Some(answer) = answer {
                    match self.negotiation.accept(&answer) {
                        Ok(agreed) => tell(&self.leg, LegCommand::Remote(agreed)),
                        Err(error) => {
                            tracing::info!(target: "offhook::sip", %error, "the answer in the ACK cannot be used");
                            self.gone = Some("bad answer");
                            return false;
                        }
                    }
                }
            }
            Some(CallEvent::Reinvite { offer, reply }) => self.offered(offer.as_deref(), reply),
            Some(CallEvent::Update { offer, reply }) => self.offered(Some(&offer), reply),
            Some(CallEvent::Dtmf { digit, .. }) => tell(&self.leg, LegCommand::InjectDigit(digit)),
            Some(CallEvent::Info { .. }) => {}
            Some(CallEvent::TransferProgress { status }) if status >= 200 => {
                if let Some(connect) = self.transfer.take() {
                    self.drop_consultation().await;
                    self.connected(connect.id, outcome(status), &status.to_string()).await;
                }
            }
            Some(CallEvent::TransferProgress { .. }) => {}
            // An IVR has nobody to hand over to.
            Some(CallEvent::TransferRequested { reply, .. }) => reply.reject(603),
            Some(CallEvent::Ended { by, status }) => {
                self.signalling = Signalling::Gone;
                // A caller who was sent away and went has arrived.
                if let Some(connect) = self.transfer.take()
                    && by == EndedBy::Remote
                {
                    self.connected(connect.id, Outcome::Answered, "the caller went").await;
                }
                let reason = match by {
                    EndedBy::Remote if status == Some(487) => "cancelled",
                    EndedBy::Remote | EndedBy::Local => "",
                    EndedBy::NoAck => "no ACK",
                    EndedBy::SessionExpired => "session expired",
                    EndedBy::TransportFailure => "unreachable",
                };
                self.gone = Some(reason);
                return false;
            }
            None => {
                self.signalling = Signalling::Gone;
                self.gone = Some("");
                return false;
            }
        }
        true
    }

    fn offered(&mut self, offer: Option<&str>, reply: OfferReply) {
        let Some(offer) = offer else {
            reply.accept(self.negotiation.offer());
            return;
        };
        match self.negotiation.answer(offer) {
            Ok(agreed) => {
                let Negotiated { answer, .. } = &agreed;
                reply.accept(answer.clone());
                tell(&self.leg, LegCommand::Remote(agreed));
            }
            Err(error) => reply.reject(error.status()),
        }
    }

    // ---- media --------------------------------------------------------------------------------------------------------

    async fn heard(&mut self, event: LegEvent) -> bool {
        match event {
            LegEvent::Digit { digit, .. } => {
                self.line.shared.key();
                self.tell_session(Event::Keys(digit.to_string())).await;
            }
            LegEvent::Marked { id } if id & OWN_MARK != 0 => drop(self.line.shared.reached.send_replace(id)),
            LegEvent::Marked { id } => self.tell_session(Event::Listening(id)).await,
            LegEvent::Recorded { id, path, duration_ms, ended_by } => {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let ended_by = match ended_by {
                    record::EndedBy::Max => "max",
                    record::EndedBy::Silence => "silence",
                    record::EndedBy::Key(_) => "key",
                    record::EndedBy::Stop => "stop",
                    record::EndedBy::Hangup => "hangup",
                };
                let media = if duration_ms == 0 { String::new() } else { format!("recordings/{name}") };
                let recorded = Recorded { id, media, duration_ms, ended_by: ended_by.to_owned() };
                self.tell_session(Event::Recorded(recorded)).await;
            }
            LegEvent::RecordFailed { id, reason, .. } => {
                tracing::error!(%reason, "a recording could not be written");
                let recorded = Recorded { id, media: String::new(), duration_ms: 0, ended_by: "failed".to_owned() };
                self.tell_session(Event::Recorded(recorded)).await;
            }
            LegEvent::NoMedia => {
                tracing::info!(target: "offhook::sip", "no packet for a long time; the call is given up");
                if let Some(handle) = self.handle()
                    && let Err(error) = handle.bye().await
                {
                    tracing::debug!(target: "offhook::sip", %error, "BYE");
                }
                self.signalling = Signalling::Gone;
                self.gone = Some("no media");
                return false;
            }
            LegEvent::Closed { .. } => {
                tracing::error!("the leg closed by itself");
                self.gone = Some("media failed");
                return false;
            }
            LegEvent::Refused { .. } => tracing::warn!("the leg refused a command: its queue is full"),
            _ => {}
        }
        true
    }

    /// Hands an event to the session. Its turn is not waited for: what it asks for comes by the line.
    async fn tell_session(&self, event: Event) {
        if self.line.shared.ended.load(Ordering::Acquire) {
            return;
        }
        if self.office.host.post(&self.session, event.clone()) {
            return;
        }
        // Its inbox is full, or it has ended.
        if let Err(error) = self.office.host.send(&self.session, event, None).await {
            tracing::debug!(%error, "the session takes no event");
        }
    }

    /// Closes the leg, passes on what it still tells, counts its packets, and tells the session that the caller is gone.
    async fn close(mut self, mut leg: mpsc::Receiver<LegEvent>) {
        self.drop_consultation().await;
        self.end(&End { id: 0, reason: String::new() }).await;
        tell(&self.leg, LegCommand::Close);
        let patience = tokio::time::Instant::now() + CLOSING;
        while let Ok(Some(event)) = tokio::time::timeout_at(patience, leg.recv()).await {
            if let LegEvent::Closed { stats } = &event {
                self.office.metrics.rtp(stats.packets_received, stats.packets_sent);
            }
            if matches!(event, LegEvent::Recorded { .. } | LegEvent::RecordFailed { .. }) {
                self.heard(event).await;
            } else if matches!(event, LegEvent::Closed { .. }) {
                break;
            }
        }
        if let Some(reason) = self.gone {
            self.tell_session(Event::Hangup(Hangup { reason: reason.to_owned() })).await;
        }
    }
}

async fn next(signalling: &mut Signalling) -> Option<CallEvent> {
    match signalling {
        Signalling::Ringing(incoming) => incoming.next().await,
        Signalling::Up(call) => call.next().await,
        Signalling::Gone => std::future::pending().await,
    }
}

async fn consulted(consult: &mut Option<Consultation>) -> Option<DialEvent> {
    match consult.as_mut().and_then(|consult| consult.dialling.as_mut()) {
        Some(dialling) => dialling.next().await,
        None => std::future::pending().await,
    }
}

/// What a final SIP status says of an attempt to connect.
fn outcome(status: u16) -> Outcome {
    match status {
        200..=299 => Outcome::Answered,
        486 | 600 => Outcome::Busy,
        408 | 480 | 487 => Outcome::NoAnswer,
        403 | 603 | 607 => Outcome::Rejected,
        _ => Outcome::Failed,
    }
}
