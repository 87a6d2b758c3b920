//! Datagrams and streams on their way to the stack, all of them through the guard.
//!
//! The stack never reads a socket: it is given the messages that passed. On UDP it writes
//! through [`GuardedUdp`]; a stream is written by a task of ours from a bounded queue, and cut off when it does not read.

use super::core::Core;
use super::wire::{self, Arrival, Connection};
use crate::sip::address::{NameAddr, SipUri};
use crate::sip::check::Transport;
use crate::sip::frame::{Frame, Framer};
use crate::sip::guard::{Verdict, without_substitute_tag};
use crate::sip::limits;
use crate::sip::message::{Message, Start};
use rsipstack::platform::net::UdpSocket as StackSocket;
use rsipstack::sip::SipMessage;
use rsipstack::transport::channel::ChannelConnection;
use rsipstack::transport::{SipAddr, TransportEvent};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::mpsc;

/// The stack's writing half of a UDP socket. Its reading half is [`read_udp`].
pub(super) struct GuardedUdp(pub Arc<UdpSocket>);

#[async_trait::async_trait]
impl StackSocket for GuardedUdp {
    async fn recv_from(&self, _: &mut [u8]) -> rsipstack::Result<(usize, SocketAddr)> {
        std::future::pending().await
    }

    async fn send_to(&self, bytes: &[u8], to: SocketAddr) -> rsipstack::Result<usize> {
        trace_out(bytes, to);
        let cleaned = without_substitute_tag(bytes.to_vec());
        self.0.send_to(&cleaned, to).await?;
        Ok(bytes.len())
    }

    fn local_addr(&self) -> rsipstack::Result<SocketAddr> {
        Ok(self.0.local_addr()?)
    }
}

/// One line a message, without numbers, names and bodies.
fn trace_out(bytes: &[u8], to: SocketAddr) {
    if tracing::enabled!(target: "offhook::sip", tracing::Level::DEBUG)
        && let Some(message) = wire::reparse(bytes)
    {
        trace("out", &message, to);
    }
}

fn trace(direction: &'static str, message: &Message, peer: SocketAddr) {
    tracing::debug!(target: "offhook::sip", direction, method = message.method(), status = message.status(), call_id = message.call_id(), %peer);
}

/// Reads a UDP socket on a thread of its own until the endpoint stops. When the cores are busy, the system wakes this thread
/// before those that have had their share, so a refusal is sent at once, a retransmission is absorbed, and the age of a message is
/// that of its work and not of the socket's queue. Whatever a message begins runs on the runtime of the caller.
///
/// # Errors
/// When the system gives no thread or no second handle of the socket.
pub(super) fn read_udp(core: Arc<Core>, socket: &UdpSocket, connection: Connection) -> std::io::Result<()> {
    let socket: std::net::UdpSocket = socket2::SockRef::from(socket).try_clone()?.into();
    let reader = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let everything_else = tokio::runtime::Handle::current();
    std::thread::Builder::new().name("sip-udp".into()).spawn(move || {
        reader.block_on(async {
            // Registered with this thread, before tasks are sent elsewhere.
            let socket = match UdpSocket::from_std(socket) {
                Ok(socket) => socket,
                Err(error) => return tracing::error!(target: "offhook::sip", %error, "the socket cannot be read"),
            };
            let _elsewhere = everything_else.enter();
            serve_udp(&core, &socket, &connection).await;
        });
    })?;
    Ok(())
}

async fn serve_udp(core: &Arc<Core>, socket: &UdpSocket, connection: &Connection) {
    let mut buffer = vec![0; 65_536];
    loop {
        let received = tokio::select! {
            () = core.shared.cancel.cancelled() => return,
            received = socket.recv_from(&mut buffer) => received,
        };
        // A receive error tells of an earlier send (ICMP unreachable); the socket lives on.
        let Ok((length, source)) = received else { continue };
        if let Some(answer) = screen(core, &buffer[..length], source, Transport::Udp, connection).await
            && let Err(error) = socket.try_send_to(&answer, source)
        {
            tracing::debug!(target: "offhook::sip", %error, peer = %source, "answer not sent");
        }
    }
}

/// Puts one message through the guard and on to the stack; returns what to answer at once.
async fn screen(
    core: &Arc<Core>,
    bytes: &[u8],
    source: SocketAddr,
    transport: Transport,
    connection: &Connection,
) -> Option<Vec<u8>> {
    let now_ms = core.shared.now_ms();
    let screened = core.shared.guard().screen(bytes, source, transport, now_ms);
    if screened.notice {
        tracing::info!(target: "offhook::sip", peer = %source, status = screened.status, reason = screened.reason, "message not accepted; further ones from there are not logged for a minute");
    }
    match screened.verdict {
        Verdict::Drop => None,
        Verdict::Answer(answer) => Some(answer),
        Verdict::Pass(mut message) => {
            trace("in", &message, source);
            wire::note_source(&mut message, source);
            reach_behind_nat(&mut message, source);
            Arrival { source, transport, at_ms: now_ms }.write(&mut message);
            match wire::to_stack(&message) {
                Some(parsed) => {
                    core.receive(parsed, connection.clone(), &stack_address(source, transport)).await;
                    None
                }
                None if message.method() != "ACK" && matches!(message.start, Start::Request { .. }) => {
                    Arrival::read(&mut message);
                    Some(without_substitute_tag(
                        Message::response(&message, 400, "Bad Request", Some("unread")).to_bytes(),
                    ))
                }
                None => None,
            }
        }
    }
}

/// A private address in Contact that is not where the message came from cannot be reached: use the source instead.
/// Registrations keep theirs, because a telephone looks for its own Contact in the answer.
fn reach_behind_nat(message: &mut Message, source: SocketAddr) {
    if message.get("Record-Route").is_some() || !matches!(message.method(), "INVITE" | "UPDATE") {
        return;
    }
    let Some(field) = message.fields.iter_mut().find(|f| f.name == "Contact") else { return };
    let Ok(contact) = NameAddr::parse(&field.value) else { return };
    let Ok(mut uri) = SipUri::parse(&contact.uri) else { return };
    let private = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => ip.is_private() || (ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64),
        IpAddr::V6(ip) => ip.is_unique_local(),
    };
    if uri.ip().is_some_and(|ip| private(ip) && ip != source.ip().to_canonical() && !private(source.ip())) {
        uri.host = source.ip().to_canonical().to_string();
        uri.port = Some(source.port());
        field.value = format!("<{uri}>");
    }
}

fn stack_address(address: SocketAddr, transport: Transport) -> SipAddr {
    let kind = match transport {
        Transport::Udp => rsipstack::sip::Transport::Udp,
        Transport::Tcp => rsipstack::sip::Transport::Tcp,
    };
    SipAddr::new(kind, address.into())
}

/// The open streams by remote address.
#[derive(Default)]
pub(super) struct Streams {
    open: Mutex<HashMap<SocketAddr, Connection>>,
}

impl Streams {
    pub fn get(&self, remote: SocketAddr) -> Option<Connection> {
        self.lock().get(&remote).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<SocketAddr, Connection>> {
        self.open.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Accepts streams until the endpoint stops.
pub(super) async fn serve_tcp(core: Arc<Core>, listener: TcpListener) {
    loop {
        let accepted = tokio::select! {
            () = core.shared.cancel.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, remote)) => {
                let (all, same) = {
                    let open = core.streams.lock();
                    (open.len(), open.keys().filter(|a| a.ip() == remote.ip()).count())
                };
                if all < limits::MAX_CONNECTIONS && same < limits::MAX_CONNECTIONS_PER_IP {
                    // A stream that ends before it begins needs no report.
                    let _ = open_stream(&core, stream, remote).await;
                }
            }
            // Out of descriptors: give the others time to close.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Connects to a peer, or returns the stream that exists.
pub(super) async fn connect(core: &Arc<Core>, remote: SocketAddr) -> Result<Connection, String> {
    if let Some(connection) = core.streams.get(remote) {
        return Ok(connection);
    }
    let stream = tokio::time::timeout(Duration::from_secs(5), TcpStream::connect(remote)).await;
    let stream = stream.map_err(|_| "timed out".to_owned())?.map_err(|e| e.to_string())?;
    open_stream(core, stream, remote).await
}

async fn open_stream(core: &Arc<Core>, stream: TcpStream, remote: SocketAddr) -> Result<Connection, String> {
    // Small messages shall not wait for each other; a socket that refuses the option works all the same.
    let _ = stream.set_nodelay(true);
    let (write, outgoing) = mpsc::channel(limits::STREAM_WRITE_QUEUE);
    let (hold, unused) = mpsc::unbounded_channel();
    let token = core.shared.cancel.child_token();
    let address = stack_address(remote, Transport::Tcp);
    let channel = ChannelConnection::create_connection_bounded(unused, write, address, Some(token.clone())).await;
    let connection = Connection::Channel(channel.map_err(|e| e.to_string())?);
    core.streams.lock().insert(remote, connection.clone());
    // The stack finds the stream here when it sends an ACK by itself. It serves it too, and retires it when `hold` is gone.
    core.stack.transport_layer.add_connection(connection.clone());
    let (reader, writer) = stream.into_split();
    let (raw, canned) = mpsc::channel(limits::STREAM_WRITE_QUEUE);
    tokio::spawn(write_stream(writer, outgoing, canned, remote, token.clone()));
    let (core, kept) = (core.clone(), connection.clone());
    tokio::spawn(async move {
        tokio::select! {
            () = token.cancelled() => {}
            () = read_stream(&core, reader, remote, &kept, raw) => {}
        }
        drop(hold);
        token.cancel();
        core.streams.lock().remove(&remote);
        core.stack.transport_layer.remove_connection(&kept);
    });
    Ok(connection)
}

async fn read_stream(
    core: &Arc<Core>,
    mut reader: tokio::net::tcp::OwnedReadHalf,
    remote: SocketAddr,
    connection: &Connection,
    raw: mpsc::Sender<Vec<u8>>,
) {
    let mut framer = Framer::default();
    let mut buffer = vec![0; 8192];
    loop {
        let wait = if framer.is_empty() { limits::STREAM_IDLE_MS } else { limits::STREAM_MESSAGE_MS };
        let read = tokio::time::timeout(Duration::from_millis(wait), reader.read(&mut buffer)).await;
        let Ok(Ok(length @ 1..)) = read else { return };
        framer.push(&buffer[..length]);
        loop {
            let (bytes, last) = match framer.take() {
                Frame::Partial => break,
                Frame::TooLarge => return,
                Frame::Message(bytes) => (bytes, false),
                Frame::Last(bytes) => (bytes, true),
            };
            if let Some(answer) = screen(core, &bytes, remote, Transport::Tcp, connection).await {
                // A peer that does not read its answers loses them.
                let _ = raw.try_send(answer);
            }
            if last {
                // Let the refusal be written before the stream is closed.
                tokio::time::sleep(Duration::from_millis(100)).await;
                return;
            }
        }
    }
}

async fn write_stream(
    mut writer: tokio::net::tcp::OwnedWriteHalf,
    mut outgoing: mpsc::Receiver<TransportEvent>,
    mut canned: mpsc::Receiver<Vec<u8>>,
    remote: SocketAddr,
    token: tokio_util::sync::CancellationToken,
) {
    loop {
        let bytes = tokio::select! {
            () = token.cancelled() => return,
            Some(bytes) = canned.recv() => bytes,
            event = outgoing.recv() => match event {
                Some(TransportEvent::Incoming(message, _, _)) => {
                    let bytes = SipMessage::to_bytes(&message);
                    trace_out(&bytes, remote);
                    without_substitute_tag(bytes)
                }
                Some(_) => continue,
                None => return,
            },
        };
        let written = tokio::time::timeout(Duration::from_secs(10), writer.write_all(&bytes)).await;
        if !matches!(written, Ok(Ok(()))) {
            token.cancel();
            return;
        }
    }
}
