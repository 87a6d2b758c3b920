//! The engine: the only place of this room with sockets, threads and clocks. It drives one [`Call`]
//! machine for each leg and keeps playing while the application thinks.
//!
//! Each worker thread owns its legs: no lock is taken on the way of a packet. Legs are spread over the 20 ms of a
//! turn, so that packets leave evenly. Files are written by a thread of their own, because a disk may stall.
//!
//! ```no_run
//! use offhook_media::engine::{Engine, EngineConfig, LegCommand, LegEvent, LegOptions};
//! # async fn talk(negotiated: offhook_media::sdp::Negotiated, hello: std::sync::Arc<offhook_media::audio::Audio>) -> Result<(), Box<dyn std::error::Error>> {
//! let engine = Engine::start(EngineConfig::new("192.0.2.1".parse()?, 10_000..=19_999))?;
//! let mut leg = engine.open(LegOptions::default())?;
//! println!("the offer or answer carries {}", leg.local_addr());
//! leg.send(LegCommand::Remote(negotiated))?;
//! leg.send(LegCommand::Listen(true))?;
//! leg.send(LegCommand::Play { id: 1, clip: hello, interruptible: true })?;
//! while let Some(event) = leg.events.recv().await {
//!     if let LegEvent::Digit { digit, .. } = event {
//!         println!("the caller pressed {digit}");
//!     }
//! }
//! # Ok(()) }
//! ```

mod files;
mod outbox;
mod ports;
mod wheel;
mod worker;

use std::net::{IpAddr, SocketAddr};
use std::ops::{Deref, RangeInclusive};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tokio::sync::mpsc;

use crate::call::{Call, CallOptions};
pub use crate::call::{LegCommand, LegEvent, LegStats};
use crate::g711::Codec;
use crate::limits::MAX_COMMAND_BACKLOG;
pub use crate::rtp::latch::LatchPolicy;
use ports::PortPool;
use worker::{Link, Message, NewLeg};

/// How the engine is set up.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// The address the sockets are bound to.
    pub bind_ip: IpAddr,
    /// The address peers are told, when it differs (behind a NAT).
    pub advertised_ip: IpAddr,
    /// Ports for RTP (even) and RTCP (the next odd one). `0..=0` lets the system choose, for tests.
    pub ports: RangeInclusive<u16>,
    /// Most legs at a time.
    pub max_calls: usize,
    /// Pacing threads.
    pub threads: usize,
}

impl EngineConfig {
    /// One thread, a thousand calls, the same address inside and outside.
    pub fn new(ip: IpAddr, ports: RangeInclusive<u16>) -> EngineConfig {
        EngineConfig { bind_ip: ip, advertised_ip: ip, ports, max_calls: 1_000, threads: 1 }
    }
}

/// How a leg is set up.
#[derive(Debug, Clone)]
pub struct LegOptions {
    /// Events that fit between the engine and a slow reader before the engine keeps them itself.
    pub events: usize,
    /// Milliseconds without a packet before [`LegEvent::NoMedia`]; 0 for never.
    pub no_media_ms: u64,
    /// Whether silence is sent while nothing plays; see [`CallOptions::send_silence`].
    pub send_silence: bool,
    /// Whose packets may be learned.
    pub latch: LatchPolicy,
}

impl Default for LegOptions {
    fn default() -> LegOptions {
        LegOptions { events: 64, no_media_ms: 0, send_silence: true, latch: LatchPolicy::Learn }
    }
}

/// Why the engine could not do something.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No free pair of ports in the configured range.
    #[error("no free media port")]
    NoPort,
    /// As many legs as configured.
    #[error("the engine carries its maximum number of calls")]
    Full,
    /// The pacing thread is far behind with the commands of this leg.
    #[error("too many commands wait")]
    Busy,
    /// The leg or the engine was closed.
    #[error("closed")]
    Closed,
    /// The system refused a socket or a thread.
    #[error("media engine: {0}")]
    Io(#[from] std::io::Error),
}

struct Inner {
    config: EngineConfig,
    ports: Arc<Mutex<PortPool>>,
    calls: Arc<AtomicUsize>,
    next_id: AtomicU64,
    links: Vec<Link>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        for link in &self.links {
            link.send(Message::Shutdown);
        }
        self.links.clear();
        let threads = std::mem::take(self.threads.get_mut().unwrap_or_else(|e| e.into_inner()));
        for thread in threads {
            // A thread that panicked has said so; there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

/// A handle to the engine; clones are the same engine. When the last is dropped, calls end and recordings are
/// completed; that drop waits up to two seconds for the disk and for readers of the last events.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

impl Engine {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system refuses a thread or a poller.
    pub fn start(config: EngineConfig) -> Result<Engine, EngineError> {
        let ports = Arc::new(Mutex::new(PortPool::new(config.ports.clone())));
        let (files, file_thread) = files::start()?;
        let mut links = Vec::new();
        let mut threads = vec![];
        for n in 0..config.threads.max(1) {
            let (link, thread) = worker::start(n, files.clone())?;
            links.push(link);
            threads.push(thread);
        }
        drop(files);
        // Workers first: the file thread ends when they have let go of it.
        threads.push(file_thread);
        Ok(Engine(Arc::new(Inner {
            config,
            ports,
            calls: Arc::default(),
            next_id: AtomicU64::new(1),
            links,
            threads: Mutex::new(threads),
        })))
    }

    /// Legs open now.
    pub fn calls(&self) -> usize {
        self.0.calls.load(Ordering::Relaxed)
    }

    /// Opens a leg: two sockets, and a place on the least busy thread.
    ///
    /// # Errors
    /// [`EngineError::Full`], [`EngineError::NoPort`], or what the system says.
    pub fn open(&self, options: LegOptions) -> Result<Leg, EngineError> {
        let inner = &*self.0;
        let permit = Permit::take(&inner.calls, inner.config.max_calls).ok_or(EngineError::Full)?;
        let sockets = ports::open(&inner.ports, inner.config.bind_ip)?;
        let advertised = |port| SocketAddr::new(inner.config.advertised_ip, port);
        let (local, local_rtcp) = (advertised(sockets.rtp_port), advertised(sockets.rtcp_port));
        let (sender, events) = mpsc::channel(options.events.max(1));
        let link = inner.links.iter().min_by_key(|l| l.legs()).ok_or(EngineError::Closed)?.clone();
        let id = inner.next_id.fetch_add(1, Ordering::Relaxed);
        let call = Call::new(CallOptions {
            no_media_ms: options.no_media_ms,
            send_silence: options.send_silence,
            latch: options.latch,
            ..CallOptions::from_seed(random())
        });
        let shared = Arc::new(Shared { waiting: AtomicUsize::new(0), closed: AtomicBool::new(false) });
        let leg = NewLeg { id, call, sockets, events: sender, shared: shared.clone(), permit };
        if !link.send(Message::Open(Box::new(leg))) {
            return Err(EngineError::Closed);
        }
        let handle = LegHandle(Arc::new(Handle { id, link, shared, local, local_rtcp, codec: AtomicU8::new(UNKNOWN) }));
        Ok(Leg { handle, events })
    }
}

/// Unpredictable bits: the standard library seeds its hashers from the system.
fn random() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}

/// One of the places for calls; given back when dropped.
struct Permit(Arc<AtomicUsize>);

impl Permit {
    fn take(calls: &Arc<AtomicUsize>, max: usize) -> Option<Permit> {
        calls
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| (n < max).then_some(n + 1))
            .ok()
            .map(|_| Permit(calls.clone()))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What the handle and the worker both look at.
struct Shared {
    /// Commands on their way.
    waiting: AtomicUsize,
    closed: AtomicBool,
}

const UNKNOWN: u8 = u8::MAX;

struct Handle {
    id: u64,
    link: Link,
    shared: Arc<Shared>,
    local: SocketAddr,
    local_rtcp: SocketAddr,
    /// The codec of the last negotiation, so that clips are encoded on the sender's thread and not while pacing.
    codec: AtomicU8,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.link.send(Message::Command(self.id, LegCommand::Close));
    }
}

/// Commands a leg; clones are the same leg. When the last is dropped, the leg closes.
#[derive(Clone)]
pub struct LegHandle(Arc<Handle>);

impl LegHandle {
    /// The RTP address to write into our session descriptions.
    pub fn local_addr(&self) -> SocketAddr {
        self.0.local
    }

    /// The RTCP address of the same.
    pub fn local_rtcp_addr(&self) -> SocketAddr {
        self.0.local_rtcp
    }

    /// Our end for a [`Negotiation`](crate::sdp::Negotiation) with a fresh session number.
    pub fn local(&self) -> crate::sdp::Local {
        let mut local = crate::sdp::Local::new(self.0.local, random());
        local.rtcp_port = self.0.local_rtcp.port();
        local
    }

    /// Sends a command; never waits. Commands are carried out in order, within a millisecond on an idle machine.
    ///
    /// # Errors
    /// [`EngineError::Busy`] when [`MAX_COMMAND_BACKLOG`] wait, [`EngineError::Closed`] after the end.
    pub fn send(&self, command: LegCommand) -> Result<(), EngineError> {
        let handle = &*self.0;
        if handle.shared.closed.load(Ordering::Relaxed) {
            return Err(EngineError::Closed);
        }
        let close = matches!(command, LegCommand::Close);
        if !close && handle.shared.waiting.load(Ordering::Relaxed) >= MAX_COMMAND_BACKLOG {
            return Err(EngineError::Busy);
        }
        match &command {
            LegCommand::Remote(session) => {
                handle.codec.store(session.codec.static_payload_type(), Ordering::Relaxed);
            }
            LegCommand::Play { clip, .. } => {
                let known = handle.codec.load(Ordering::Relaxed);
                for codec in [Codec::Pcmu, Codec::Pcma] {
                    if known == UNKNOWN || known == codec.static_payload_type() {
                        clip.encoded(codec);
                    }
                }
            }
            _ => {}
        }
        handle.shared.waiting.fetch_add(1, Ordering::Relaxed);
        if handle.link.send(Message::Command(handle.id, command)) { Ok(()) } else { Err(EngineError::Closed) }
    }
}

/// A leg: its handle, and its events in order. The channel ends after [`LegEvent::Closed`].
pub struct Leg {
    handle: LegHandle,
    /// What happens. Bounded; when nobody reads, the engine keeps the events itself and tries again every 20 ms.
    pub events: mpsc::Receiver<LegEvent>,
}

impl Leg {
    /// A handle to keep elsewhere.
    pub fn handle(&self) -> LegHandle {
        self.handle.clone()
    }

    /// The handle and the events apart.
    pub fn split(self) -> (LegHandle, mpsc::Receiver<LegEvent>) {
        (self.handle, self.events)
    }
}

impl Deref for Leg {
    type Target = LegHandle;
    fn deref(&self) -> &LegHandle {
        &self.handle
    }
}
