//! The SIP endpoint: sockets, transactions and one task for each call.
//!
//! Transport framing, screening, dialogs, digest and registrations are ours; transactions (RFC 3261 §17, RFC 6026) come from
//! `rsipstack`, of which no type is visible here. Every queue is bounded and every refusal is an answer: what cannot be
//! taken gets 503 before it costs anything.
//!
//! The stack logs whole messages at INFO. Silence it with [`LOG_DIRECTIVE`]; our own trace, one line a message without
//! numbers and bodies, has the target `offhook::sip` at DEBUG.
//!
//! ```no_run
//! # async fn example() -> Result<(), offhook_media::sip::stack::SipError> {
//! use offhook_media::sip::check::Transport;
//! use offhook_media::sip::stack::{CallEvent, Endpoint, SipConfig};
//! let config = SipConfig { bind: vec![(Transport::Udp, ([0, 0, 0, 0], 5060).into())], ..SipConfig::default() };
//! let (endpoint, mut calls) = Endpoint::start(config).await?;
//! while let Some(call) = calls.recv().await {
//!     let answer = "v=0\r\n"; // made from call.offer
//!     let mut call = call.accept(answer).await?;
//!     while let Some(event) = call.next().await {
//!         if let CallEvent::Dtmf { digit, .. } = event {
//!             println!("{digit}");
//!         }
//!     }
//! }
//! # Ok(()) }
//! ```

mod call;
mod config;
mod core;
mod incoming;
mod outgoing;
mod register;
mod requests;
mod ring;
mod socket;
mod task;
mod wire;

pub use call::{
    Call, CallEvent, CallHandle, DialEvent, EndedBy, IncomingCall, OfferReply, OutgoingCall, Party, TransferReply,
};
pub use config::{SipConfig, SipError, Timers, Trunk, TrunkState, User};
pub use outgoing::DialRequest;

use self::core::{Core, lock};
use super::check::Transport;
use super::guard::GuardCounters;
use call::Command;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// The directive for `tracing` filters that keeps whole messages, with numbers and digests, out of the log.
pub const LOG_DIRECTIVE: &str = "rsipstack=warn";

/// What an endpoint is doing, for metrics.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SipStats {
    /// Calls open, ringing ones included.
    pub calls: u32,
    /// New calls a second accepted at present.
    pub calls_per_s: f32,
    /// Transactions running.
    pub transactions: usize,
    /// Finished transactions kept for retransmissions.
    pub finished: usize,
    /// What the guard did.
    pub guard: GuardCounters,
}

/// A running SIP endpoint. Clones are the same endpoint; it runs until [`Endpoint::shutdown`].
#[derive(Clone)]
pub struct Endpoint {
    core: Arc<Core>,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint").field("listening", &self.local_addrs()).finish_non_exhaustive()
    }
}

impl Endpoint {
    /// Opens the sockets, starts the trunk registrations, and returns the queue of calls that come in.
    ///
    /// # Errors
    /// A socket that cannot be bound, a contradictory configuration.
    pub async fn start(config: SipConfig) -> Result<(Self, mpsc::Receiver<IncomingCall>), SipError> {
        for trunk in &config.trunks {
            if super::address::SipUri::parse(&trunk.registrar).is_err() {
                return Err(SipError::Address(trunk.registrar.clone()));
            }
        }
        let (core, incoming) = Core::start(config).await?;
        for trunk in core.config.trunks.iter().filter(|t| t.register) {
            tokio::spawn(register::keep(core.clone(), trunk.clone()));
        }
        Ok((Self { core }, incoming))
    }

    /// The sockets we listen on, with the ports the system chose.
    pub fn local_addrs(&self) -> Vec<(Transport, SocketAddr)> {
        self.core.listeners.iter().map(|l| (l.transport, l.local)).collect()
    }

    /// Calls someone.
    ///
    /// # Errors
    /// An unknown trunk, an address that cannot be sent, too many calls. Everything later is a [`DialEvent`].
    pub fn dial(&self, request: DialRequest) -> Result<OutgoingCall, SipError> {
        outgoing::dial(&self.core, request)
    }

    /// The trunks and their registrations, in order of name.
    pub fn trunks(&self) -> Vec<(String, TrunkState)> {
        let mut all: Vec<_> = lock(&self.core.trunk_states).iter().map(|(n, s)| (n.clone(), s.clone())).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    /// The users registered now.
    pub fn registered_users(&self) -> Vec<String> {
        lock(&self.core.registrar).users(self.core.shared.now_ms())
    }

    /// Numbers for metrics.
    pub fn stats(&self) -> SipStats {
        let stack = self.core.stack.get_stats();
        let guard = self.core.shared.guard();
        SipStats {
            calls: guard.admission.calls(),
            calls_per_s: guard.admission.rate(),
            transactions: stack.running_transactions,
            finished: stack.finished_transactions,
            guard: guard.counters,
        }
    }

    /// Ends all calls, takes back the registrations and closes the sockets; at most two seconds.
    pub async fn shutdown(&self) {
        let calls: Vec<_> = lock(&self.core.calls).values().filter_map(|k| k.commands.upgrade()).collect();
        for call in calls {
            // A task with a full queue is cut off with the sockets.
            let _ = call.try_send(Command::Shutdown);
        }
        let registered: Vec<Trunk> = {
            let states = lock(&self.core.trunk_states);
            let is = |t: &&Trunk| matches!(states.get(&t.name), Some(TrunkState::Registered { .. }));
            self.core.config.trunks.iter().filter(is).cloned().collect()
        };
        let patience = Duration::from_secs(2);
        let left = async {
            for trunk in &registered {
                register::leave(&self.core, trunk).await;
            }
            while !lock(&self.core.calls).is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        // What is not gone by then is cut off.
        let _ = tokio::time::timeout(patience, left).await;
        self.core.shared.cancel.cancel();
    }
}
