//! Our messages to the stack's and back, and the tasks that own its transactions.
//!
//! A transaction of the stack must be driven by one owner that is never cancelled half-way. So each lives in a task of its
//! own; the call's task talks to it through channels.

use super::core::Core;
use crate::sip::address::Via;
use crate::sip::check::Transport;
use crate::sip::guard::stamp;
use crate::sip::message::{Message, Start, scan};
use rsipstack::sip::{Request, Response, SipMessage};
use rsipstack::transaction::Transaction;
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transaction::transaction::{TransactionEvent, TransactionEventSender};
use rsipstack::transport::{SipAddr, SipConnection};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Carries source, arrival time and the Request-URI as written through the stack; never sent.
/// (The stack escapes a `%` of the URI once more when it writes it.)
pub(super) const ARRIVAL: &str = "X-Offhook-Arrival";

/// Where a message came from and when, in milliseconds of the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arrival {
    pub source: SocketAddr,
    pub transport: Transport,
    pub at_ms: u64,
}

impl Arrival {
    pub fn write(self, message: &mut Message) {
        let value = format!("{} {} {} {}", self.source, self.transport.name(), self.at_ms, message.uri());
        message.set(ARRIVAL, value);
    }

    pub fn read(message: &mut Message) -> Option<Self> {
        let at = message.fields.iter().position(|f| f.name == ARRIVAL)?;
        let field = message.fields.remove(at);
        let mut parts = field.value.split(' ');
        let source = parts.next()?.parse().ok()?;
        let transport = if parts.next()? == "TCP" { Transport::Tcp } else { Transport::Udp };
        let at_ms = parts.next()?.parse().ok()?;
        if let (Start::Request { uri, .. }, Some(written)) = (&mut message.start, parts.next()) {
            *uri = written.to_owned();
        }
        Some(Self { source, transport, at_ms })
    }
}

/// Notes the true source in the top Via. Without `rport` the answer goes to the port in Via (RFC 3261 §18.2.2), but not
/// when the address there is another than the source: then there is a NAT between, whose port is the only one that works.
pub(super) fn note_source(message: &mut Message, source: SocketAddr) {
    if let Some(field) = message.fields.iter_mut().find(|f| f.name == "Via")
        && let Ok(mut via) = Via::parse(&field.value)
    {
        let ip = source.ip().to_canonical();
        if via.host.parse() != Ok(ip) {
            via.set_param("rport", None);
        }
        stamp(&mut via, source);
        field.value = via.to_string();
    }
}

/// The stack's form of a message; `None` when its parser is stricter than ours.
pub(super) fn to_stack(message: &Message) -> Option<SipMessage> {
    let mut parsed = SipMessage::try_from(message.to_bytes().as_slice()).ok()?;
    // It keeps escapes when it reads a user part and escapes the whole when it writes: it must see the plain form.
    if let SipMessage::Request(Request { uri, .. }) = &mut parsed
        && let Some(auth) = &mut uri.auth
        && auth.user.contains('%')
    {
        auth.user = crate::sip::address::unescape(&auth.user);
    }
    Some(parsed)
}

fn response_to_stack(message: &Message) -> Option<Response> {
    match to_stack(message)? {
        SipMessage::Response(r) => Some(r),
        SipMessage::Request(_) => None,
    }
}

/// Our form of a request of the stack.
pub(super) fn from_request(request: &Request) -> Message {
    let start =
        Start::Request { method: request.method.to_string(), uri: request.uri.to_string(), version: "SIP/2.0".into() };
    let mut message = Message { start, fields: Vec::with_capacity(request.headers.len()), body: request.body.clone() };
    for header in request.headers.iter() {
        message.push(header.name(), header.value());
    }
    message
}

fn from_response(response: &Response) -> Message {
    let status = response.status_code.code();
    let reason = response.wire_reason.clone().unwrap_or_else(|| response.status_code.text().to_owned());
    let start = Start::Response { version: "SIP/2.0".into(), status, reason };
    let mut message =
        Message { start, fields: Vec::with_capacity(response.headers.len()), body: response.body.clone() };
    for header in response.headers.iter() {
        message.push(header.name(), header.value());
    }
    message
}

/// What a server INVITE transaction reports.
#[derive(Debug)]
pub(super) enum ServerEvent {
    Cancelled,
    Acknowledged(Box<Message>),
    /// The transaction is over; without an ACK before, the peer is gone.
    Over,
}

/// A server INVITE transaction in its own task.
pub(super) struct ServerInvite {
    respond: TransactionEventSender,
    pub events: mpsc::Receiver<ServerEvent>,
}

impl ServerInvite {
    /// Takes the transaction over.
    pub fn drive(mut transaction: Transaction) -> Self {
        // A CANCEL, an ACK and the end: more than four events cannot be.
        let (report, events) = mpsc::channel(4);
        let respond = transaction.tu_sender.clone();
        tokio::spawn(async move {
            while let Some(message) = transaction.receive().await {
                if let SipMessage::Request(request) = message {
                    let event = match request.method {
                        rsipstack::sip::Method::Cancel => ServerEvent::Cancelled,
                        rsipstack::sip::Method::Ack => ServerEvent::Acknowledged(Box::new(from_request(&request))),
                        _ => continue,
                    };
                    // A call task that is gone has no use for it; the transaction must end properly all the same.
                    let _ = report.try_send(event);
                }
            }
            let _ = report.try_send(ServerEvent::Over);
        });
        Self { respond, events }
    }

    /// Sends a response; the transaction repeats it as RFC 6026 says.
    pub fn respond(&self, message: &Message) {
        match response_to_stack(message) {
            // The send fails only when the transaction is over, and then nobody waits.
            Some(response) => drop(self.respond.send(TransactionEvent::Respond(response))),
            None => {
                tracing::error!(target: "offhook::sip", status = message.status(), "response not accepted by the stack")
            }
        }
    }
}

/// Answers any request but INVITE.
pub(super) async fn respond(mut transaction: Transaction, message: &Message) {
    let Some(response) = response_to_stack(message) else {
        tracing::error!(target: "offhook::sip", status = message.status(), "response not accepted by the stack");
        return;
    };
    if let Err(error) = transaction.respond(response).await {
        tracing::debug!(target: "offhook::sip", %error, "response not sent");
    }
}

/// Where a request goes.
#[derive(Debug, Clone)]
pub(super) struct Hop {
    pub transport: Transport,
    pub destination: SocketAddr,
    pub listener: usize,
}

/// Where responses are reported, under the number the caller gave the request.
pub(super) type Report = mpsc::Sender<(u64, Message)>;

/// Sends a request and reports its responses, provisional and final. The transaction lives on in its task, so that
/// retransmitted answers are absorbed and every 2xx to INVITE is acknowledged.
pub(super) fn send(core: &Arc<Core>, message: Message, hop: Hop, number: u64, report: Report) {
    let core = core.clone();
    tokio::spawn(async move {
        if let Err((status, reason)) = drive(&core, &message, &hop, number, &report).await {
            // Whoever asked may have gone.
            let _ = report.send((number, Message::response(&message, status, reason, None))).await;
        }
    });
}

async fn drive(
    core: &Arc<Core>,
    message: &Message,
    hop: &Hop,
    number: u64,
    report: &Report,
) -> Result<(), (u16, &'static str)> {
    let invite = message.method() == "INVITE";
    let connection = core.connection(hop).await.map_err(|error| {
        tracing::debug!(target: "offhook::sip", %error, peer = %hop.destination, "no connection");
        (503, "No Connection")
    })?;
    let unsendable = (400, "Not Sendable");
    let Some(SipMessage::Request(request)) = to_stack(message) else { return Err(unsendable) };
    let key = TransactionKey::from_request(&request, TransactionRole::Client).map_err(|_| unsendable)?;
    let mut transaction = Transaction::new_client(key, request, core.stack.clone(), Some(connection));
    transaction.destination = Some(address(hop));
    transaction.send().await.map_err(|_| (503, "Not Sent"))?;
    while let Some(received) = transaction.receive().await {
        let SipMessage::Response(response) = received else { continue };
        let status = response.status_code.code();
        if status < 200 {
            // One provisional response more or less changes nothing.
            let _ = report.try_send((number, from_response(&response)));
            continue;
        }
        let taken = report.send((number, from_response(&response))).await;
        if !invite || (taken.is_err() && status >= 300) {
            break;
        }
    }
    Ok(())
}

/// The stack's form of a destination.
pub(super) fn address(hop: &Hop) -> SipAddr {
    let kind = match hop.transport {
        Transport::Udp => rsipstack::sip::Transport::Udp,
        Transport::Tcp => rsipstack::sip::Transport::Tcp,
    };
    SipAddr::new(kind, hop.destination.into())
}

/// Parses octets that passed the guard; used by streams, which hand over one message at a time.
pub(super) fn reparse(bytes: &[u8]) -> Option<Message> {
    scan(bytes).map(|s| s.message)
}

/// Which connection a stack event belongs to is the stack's business; ours is to name its type once.
pub(super) type Connection = SipConnection;
