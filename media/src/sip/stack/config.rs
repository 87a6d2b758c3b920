//! What an endpoint is told at its start.

use crate::sip::auth::Secret;
use crate::sip::check::Transport;
use crate::sip::guard::GuardLimits;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Settings of an [`Endpoint`](super::Endpoint).
#[derive(Debug, Clone)]
pub struct SipConfig {
    /// Where to listen; port 0 lets the system choose.
    pub bind: Vec<(Transport, SocketAddr)>,
    /// The address peers shall use, when it is not the one we are bound to (NAT).
    pub advertised: Option<IpAddr>,
    /// The domain of our users and the digest realm.
    pub domain: String,
    /// How we name ourselves in User-Agent and Server.
    pub user_agent: String,
    /// Flood and overload limits.
    pub limits: GuardLimits,
    /// Who may register and, with [`require_auth_for_invite`](Self::require_auth_for_invite), call.
    pub users: Vec<User>,
    /// Whether calls from elsewhere than a trunk must be authenticated. Off: anybody may call in.
    pub require_auth_for_invite: bool,
    /// Carriers and other servers.
    pub trunks: Vec<Trunk>,
    /// How much each call may cost in time; the defaults are those of the RFCs.
    pub timers: Timers,
}

impl Default for SipConfig {
    fn default() -> Self {
        Self {
            bind: Vec::new(),
            advertised: None,
            domain: "localhost".into(),
            user_agent: "Offhook".into(),
            limits: GuardLimits::default(),
            users: Vec::new(),
            require_auth_for_invite: false,
            trunks: Vec::new(),
            timers: Timers::default(),
        }
    }
}

/// Protocol times; tests shorten them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timers {
    /// T1, the round trip estimate (RFC 3261 §17.1.1.1); all retransmission times follow from it.
    pub t1: Duration,
    /// How long an incoming call may ring.
    pub ring: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self { t1: Duration::from_millis(500), ring: Duration::from_millis(crate::sip::limits::RING_MS) }
    }
}

/// Somebody with a telephone.
#[derive(Debug, Clone)]
pub struct User {
    /// The user part of the address and the digest user name.
    pub name: String,
    /// What proves it.
    pub secret: Secret,
}

/// A server that brings and takes calls.
#[derive(Debug, Clone)]
pub struct Trunk {
    /// Our name for it.
    pub name: String,
    /// Its URI, `sip:carrier.example;transport=tcp`: where to register and where calls go.
    pub registrar: String,
    /// The digest user name and the user part of our address there.
    pub username: String,
    /// The digest password.
    pub secret: Secret,
    /// How long a registration shall hold.
    pub expires: Duration,
    /// Whether to register at all; trunks known by address need not.
    pub register: bool,
    /// Further addresses its calls may come from, beside that of the registrar.
    pub addresses: Vec<IpAddr>,
}

/// The state of a trunk's registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrunkState {
    /// It is not registered with, by configuration.
    Static,
    /// The first attempt is under way.
    Registering,
    /// Registered, and for how many more seconds when last asked.
    Registered {
        /// Seconds granted by the registrar.
        expires_s: u32,
    },
    /// Not registered; it is tried again.
    Failed {
        /// The status, 0 when there was no answer.
        status: u16,
        /// In words, for people.
        reason: String,
        /// Seconds until the next attempt.
        retry_s: u32,
    },
}

/// Errors of an endpoint.
#[derive(Debug, thiserror::Error)]
pub enum SipError {
    /// A listener could not be opened.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The configuration contradicts itself.
    #[error("{0}")]
    Config(String),
    /// The stack below refused.
    #[error("SIP stack: {0}")]
    Stack(String),
    /// The call is over.
    #[error("the call is over")]
    Gone,
    /// Another offer is on its way; try again shortly (RFC 3261 §14).
    #[error("another offer is pending")]
    Glare,
    /// The peer said no.
    #[error("refused with {status} {reason}")]
    Refused {
        /// The status.
        status: u16,
        /// The reason phrase.
        reason: String,
    },
    /// As many calls as are allowed, or an unknown trunk.
    #[error("{0}")]
    Unavailable(&'static str),
    /// An argument is no valid SIP address.
    #[error("not a SIP address: {0}")]
    Address(String),
}
