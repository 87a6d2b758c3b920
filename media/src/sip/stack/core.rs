//! What all parts of one endpoint share, and how every new transaction gets to its owner.

use super::call::{Command, IncomingCall};
use super::config::{SipConfig, SipError, TrunkState};
use super::socket::{self, GuardedUdp, Streams};
use super::wire::{self, Arrival, Connection, Hop};
use super::{incoming, register};
use crate::sip::address::SipUri;
use crate::sip::auth::Authenticator;
use crate::sip::check::{ACCEPT, ALLOW, SUPPORTED, Transport};
use crate::sip::guard::Guard;
use crate::sip::limits;
use crate::sip::message::Message;
use crate::sip::registrar::Registrar;
use rsipstack::sip::SipMessage;
use rsipstack::transaction::endpoint::{EndpointBuilder, EndpointInnerRef, EndpointOption};
use rsipstack::transaction::{Transaction, TransactionReceiver};
use rsipstack::transport::SipAddr;
use rsipstack::transport::udp::UdpConnection;
use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// What sockets need.
pub(super) struct Shared {
    guard: Mutex<Guard>,
    pub cancel: CancellationToken,
    epoch: Instant,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Shared {
    pub fn guard(&self) -> MutexGuard<'_, Guard> {
        self.guard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Milliseconds since the endpoint was started, from 1.
    pub fn now_ms(&self) -> u64 {
        self.epoch.elapsed().as_millis() as u64 + 1
    }
}

/// One socket we listen on.
pub(super) struct Listener {
    pub transport: Transport,
    pub local: SocketAddr,
    /// The address in our Via and Contact.
    pub advertised: SocketAddr,
    udp: Option<Connection>,
}

/// A request inside a dialog, on its way to the call that owns it. It travels boxed: a channel reserves room for 32, and
/// every call has one.
pub(super) struct InDialog {
    pub transaction: Transaction,
    pub message: Message,
    pub arrival: Arrival,
}

/// A call known to the endpoint.
pub(super) struct Known {
    pub requests: mpsc::Sender<Box<InDialog>>,
    pub commands: mpsc::WeakSender<Command>,
    pub call_id: String,
}

/// One endpoint.
pub(super) struct Core {
    pub config: SipConfig,
    pub shared: Arc<Shared>,
    pub stack: EndpointInnerRef,
    pub listeners: Vec<Listener>,
    pub streams: Streams,
    pub registrar: Mutex<Registrar>,
    pub authenticator: Mutex<Authenticator>,
    pub calls: Mutex<HashMap<String, Known>>,
    /// Initial INVITEs being handled, to recognise a request that came on two ways (RFC 3261 §8.2.2.2).
    pub fresh: Mutex<HashSet<(String, String, u32)>>,
    pub trunk_states: Mutex<HashMap<String, TrunkState>>,
    pub trunk_addresses: Mutex<HashMap<IpAddr, String>>,
    pub incoming: mpsc::Sender<IncomingCall>,
    transactions: Mutex<TransactionReceiver>,
    branch_prefix: String,
}

/// Locks, and goes on after a panic elsewhere: the maps stay consistent between their single operations.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A random token of 64 bits, for tags, branches and Call-IDs.
pub(super) fn token() -> String {
    format!("{:016x}", rand::random::<u64>())
}

impl Core {
    pub async fn start(config: SipConfig) -> Result<(Arc<Self>, mpsc::Receiver<IncomingCall>), SipError> {
        let cancel = CancellationToken::new();
        let branch_prefix = format!("z9hG4bKoh{:04x}", rand::random::<u16>());
        let mut guard_limits = config.limits.clone();
        for trunk in &config.trunks {
            guard_limits.trusted.extend(&trunk.addresses);
        }
        let guard = Guard::new(guard_limits, branch_prefix.clone(), config.user_agent.clone(), 1);
        let shared = Arc::new(Shared { guard: Mutex::new(guard), cancel: cancel.clone(), epoch: Instant::now() });
        let t1 = config.timers.t1;
        let option = EndpointOption {
            t1,
            t2: t1 * 8,
            t4: t1 * 10,
            t1x64: t1 * 64,
            // Ours runs first; the stack's is a net below it.
            timerc: config.timers.ring + Duration::from_secs(60),
            callid_suffix: Some(config.domain.clone()),
            ..EndpointOption::default()
        };
        let endpoint = EndpointBuilder::new()
            .with_user_agent(&config.user_agent)
            .with_cancel_token(cancel.child_token())
            .with_option(option)
            .build();
        let stack = endpoint.inner.clone();
        let transactions = endpoint.incoming_transactions().map_err(|e| SipError::Stack(e.to_string()))?;
        let (mut listeners, mut udp, mut tcp) = (Vec::new(), Vec::new(), Vec::new());
        for (transport, address) in &config.bind {
            let bind = |source| SipError::Bind { address: *address, source };
            let local = match transport {
                Transport::Udp => {
                    let socket = Arc::new(UdpSocket::bind(address).await.map_err(bind)?);
                    // The system may grant less; it works with less, too.
                    let _ = socket2::SockRef::from(&*socket).set_recv_buffer_size(limits::UDP_RECEIVE_BUFFER);
                    let local = socket.local_addr().map_err(bind)?;
                    udp.push((listeners.len(), socket));
                    local
                }
                Transport::Tcp => {
                    let listener = TcpListener::bind(address).await.map_err(bind)?;
                    let local = listener.local_addr().map_err(bind)?;
                    tcp.push(listener);
                    local
                }
            };
            let ip = config.advertised.unwrap_or_else(|| reachable(local.ip()));
            listeners.push(Listener {
                transport: *transport,
                local,
                advertised: SocketAddr::new(ip, local.port()),
                udp: None,
            });
        }
        if listeners.is_empty() {
            return Err(SipError::Config("no address to listen on".into()));
        }
        let mut served = Vec::new();
        for (index, socket) in udp {
            let advertised = listeners[index].advertised;
            let connection = UdpConnection::from_socket(
                Arc::new(GuardedUdp(socket.clone())),
                Some(advertised),
                Some(cancel.child_token()),
            );
            let connection = Connection::Udp(connection.await.map_err(|e| SipError::Stack(e.to_string()))?);
            stack.transport_layer.add_transport(connection.clone());
            listeners[index].udp = Some(connection.clone());
            served.push((socket, connection));
        }
        let (offer, incoming) = mpsc::channel(limits::INCOMING_QUEUE);
        let states = config
            .trunks
            .iter()
            .map(|t| (t.name.clone(), if t.register { TrunkState::Registering } else { TrunkState::Static }));
        let trunk_states = Mutex::new(states.collect());
        let addresses = config.trunks.iter().flat_map(|t| t.addresses.iter().map(|a| (*a, t.name.clone()))).collect();
        let authenticator = Authenticator::new(config.domain.clone(), rand::random());
        let core = Arc::new(Self {
            config,
            shared: shared.clone(),
            stack: stack.clone(),
            listeners,
            streams: Streams::default(),
            registrar: Mutex::default(),
            authenticator: Mutex::new(authenticator),
            calls: Mutex::default(),
            fresh: Mutex::default(),
            trunk_states,
            trunk_addresses: Mutex::new(addresses),
            incoming: offer,
            transactions: Mutex::new(transactions),
            branch_prefix,
        });
        // The stack's own loop: its timers.
        tokio::spawn(async move { endpoint.serve().await });
        for (socket, connection) in served {
            socket::read_udp(core.clone(), &socket, connection).map_err(|e| SipError::Stack(e.to_string()))?;
        }
        for listener in tcp {
            tokio::spawn(socket::serve_tcp(core.clone(), listener));
        }
        tokio::spawn(sweep(core.clone()));
        Ok((core, incoming))
    }

    /// A new branch, by which the guard knows responses to us.
    pub fn branch(&self) -> String {
        format!("{}{}", self.branch_prefix, token())
    }

    /// Puts Via on top, and User-Agent below.
    pub fn sign(&self, message: &mut Message, hop: &Hop) {
        let listener = &self.listeners[hop.listener];
        let value = format!("SIP/2.0/{} {};branch={};rport", hop.transport.name(), listener.advertised, self.branch());
        message.fields.retain(|f| f.name != "Via");
        message.fields.insert(0, crate::sip::message::Field { name: "Via".into(), value });
        message.set("User-Agent", self.config.user_agent.as_str());
    }

    /// Our Contact for a user, on the listener that serves this hop.
    pub fn contact(&self, user: &str, hop: &Hop) -> String {
        let listener = &self.listeners[hop.listener];
        let at = if user.is_empty() { String::new() } else { format!("{}@", crate::sip::address::escape_user(user)) };
        let transport = if hop.transport == Transport::Tcp { ";transport=tcp" } else { "" };
        format!("<sip:{at}{}{transport}>", listener.advertised)
    }

    /// The listener for a destination, or why there is none.
    pub fn hop(&self, transport: Transport, destination: SocketAddr) -> Result<Hop, &'static str> {
        let fits = |l: &Listener| l.transport == transport && l.local.is_ipv4() == destination.is_ipv4();
        let listener =
            self.listeners.iter().position(fits).ok_or("no listener of that transport and address family")?;
        Ok(Hop { transport, destination, listener })
    }

    /// Finds where a URI is reached: by address or by name (A and AAAA records; SRV is not asked).
    pub async fn resolve(&self, uri: &str) -> Result<Hop, &'static str> {
        let uri = SipUri::parse(uri)?;
        let transport = match uri.param("transport").map(str::to_ascii_lowercase).as_deref() {
            Some("tcp") => Transport::Tcp,
            Some("udp") => Transport::Udp,
            None if self.listeners.iter().any(|l| l.transport == Transport::Udp) => Transport::Udp,
            None => Transport::Tcp,
            Some(_) => return Err("transport not supported"),
        };
        let host = uri.param("maddr").unwrap_or(&uri.host);
        let port = uri.port.unwrap_or(5060);
        if let Ok(ip) = host.parse::<IpAddr>() {
            return self.hop(transport, SocketAddr::new(ip, port));
        }
        let found = tokio::time::timeout(Duration::from_secs(5), tokio::net::lookup_host((host, port))).await;
        let found = found.map_err(|_| "name lookup timed out")?.map_err(|_| "name not found")?;
        found.filter_map(|address| self.hop(transport, address).ok()).next().ok_or("no usable address")
    }

    /// The stack's connection for a hop.
    pub async fn connection(self: &Arc<Self>, hop: &Hop) -> Result<Connection, String> {
        match hop.transport {
            Transport::Udp => self.listeners[hop.listener].udp.clone().ok_or_else(|| "no UDP listener".into()),
            Transport::Tcp => socket::connect(self, hop.destination).await,
        }
    }

    /// Whether the host of a URI is ours: our domain or an address we listen on.
    pub fn is_ours(&self, uri: &SipUri) -> bool {
        uri.host.eq_ignore_ascii_case(&self.config.domain)
            || uri.ip().is_some_and(|ip| {
                self.listeners.iter().any(|l| l.advertised == SocketAddr::new(ip, uri.port.unwrap_or(5060)))
            })
    }

    /// A response with the fields that say what we can do.
    pub fn capable(&self, request: &Message, status: u16, reason: &str, tag: Option<&str>) -> Message {
        let mut response = Message::response(request, status, reason, tag);
        response.push("Allow", ALLOW).push("Supported", SUPPORTED).push("Server", self.config.user_agent.as_str());
        response
    }
}

/// The address peers can use for a socket bound to `ip`: that one, or the one the default route starts from.
fn reachable(ip: IpAddr) -> IpAddr {
    if !ip.is_unspecified() {
        return ip;
    }
    // Connecting a UDP socket sends nothing; it only asks the routing table (documentation addresses, RFC 5737, RFC 3849).
    let (any, probe): (IpAddr, &str) = match ip {
        IpAddr::V4(_) => (Ipv4Addr::UNSPECIFIED.into(), "192.0.2.1:9"),
        IpAddr::V6(_) => (Ipv6Addr::UNSPECIFIED.into(), "[2001:db8::1]:9"),
    };
    let asked = std::net::UdpSocket::bind((any, 0)).and_then(|s| {
        s.connect(probe)?;
        s.local_addr()
    });
    match (asked, ip) {
        (Ok(address), _) if !address.ip().is_unspecified() => address.ip(),
        (_, IpAddr::V4(_)) => Ipv4Addr::LOCALHOST.into(),
        (_, IpAddr::V6(_)) => Ipv6Addr::LOCALHOST.into(),
    }
}

async fn sweep(core: Arc<Core>) {
    let mut every = tokio::time::interval(Duration::from_secs(30));
    loop {
        tokio::select! {
            () = core.shared.cancel.cancelled() => return,
            _ = every.tick() => lock(&core.registrar).sweep(core.shared.now_ms()),
        }
    }
}

impl Core {
    /// Hands a screened message to the stack and takes up at once the transaction it may have begun. Nothing waits in a
    /// queue here: what the reader of a socket has taken has an owner before it reads on.
    pub async fn receive(self: &Arc<Self>, message: SipMessage, connection: Connection, source: &SipAddr) {
        if let Err(error) = self.stack.on_received_message(message, connection, source).await {
            tracing::debug!(target: "offhook::sip", %error, "message not taken up");
        }
        loop {
            let begun = lock(&self.transactions).try_recv();
            let Ok(transaction) = begun else { return };
            take_up(self, transaction);
        }
    }
}

/// Gives a new transaction to its owner.
fn take_up(core: &Arc<Core>, transaction: Transaction) {
    let mut message = wire::from_request(&transaction.original);
    let Some(arrival) = Arrival::read(&mut message) else { return };
    let request = InDialog { transaction, message, arrival };
    if request.message.to_tag().is_some() {
        return in_dialog(core, request);
    }
    match request.message.method() {
        "INVITE" => incoming::begin(core, request),
        "REGISTER" => register::answer(core, request),
        "OPTIONS" => {
            let mut response = core.capable(&request.message, 200, "OK", Some(&token()));
            response.push("Accept", ACCEPT);
            finish(request.transaction, response);
        }
        _ => refuse(core, request, 481, "Call/Transaction Does Not Exist"),
    }
}

fn in_dialog(core: &Arc<Core>, request: InDialog) {
    let owner = {
        let calls = lock(&core.calls);
        let known = request.message.to_tag().and_then(|tag| calls.get(tag));
        known.filter(|k| k.call_id == request.message.call_id()).map(|k| k.requests.clone())
    };
    match owner {
        None if request.message.method() == "OPTIONS" => {
            // RFC 3261 §11.2: an OPTIONS for a dialog that is gone is still a fair question, but 481 tells more.
            refuse(core, request, 481, "Call/Transaction Does Not Exist");
        }
        None => refuse(core, request, 481, "Call/Transaction Does Not Exist"),
        Some(owner) => match owner.try_send(Box::new(request)) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(request)) => refuse(core, *request, 503, "Too Many Requests In Dialog"),
            Err(mpsc::error::TrySendError::Closed(request)) => {
                refuse(core, *request, 481, "Call/Transaction Does Not Exist")
            }
        },
    }
}

/// Answers a request with nothing but a status.
pub(super) fn refuse(core: &Arc<Core>, request: InDialog, status: u16, reason: &str) {
    let mut response = Message::response(&request.message, status, reason, Some(&token()));
    response.push("Server", core.config.user_agent.as_str());
    if status == 503 {
        response.push("Retry-After", "2");
    }
    finish(request.transaction, response);
}

/// Sends a final response and lets the transaction end by itself.
pub(super) fn finish(transaction: Transaction, response: Message) {
    if transaction.original.method == rsipstack::sip::Method::Invite {
        let invite = wire::ServerInvite::drive(transaction);
        invite.respond(&response);
    } else {
        tokio::spawn(async move { wire::respond(transaction, &response).await });
    }
}
