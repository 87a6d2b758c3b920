//! Every bound of the signalling room, each with its reason.
//!
//! What an operator may tune is a field of `SipLimits` (in `stack`); these are the hard edges behind it.

/// Largest datagram handed to the stack, in octets: its receive buffer has this size.
pub const MAX_DATAGRAM: usize = 8192;
/// Receive buffer asked of the system for a UDP socket, in octets: what is lost there comes again only after T1 (500 ms).
pub const UDP_RECEIVE_BUFFER: usize = 4 << 20;
/// Largest message accepted on a stream, in octets: ten times the largest invitation seen from carriers.
pub const MAX_STREAM_MESSAGE: usize = 64 * 1024;
/// Most header fields in one message: real ones have fewer than forty.
pub const MAX_HEADERS: usize = 128;
/// Most Via values in one message: RFC 3261 allows 70 hops, of which a loop is made.
pub const MAX_VIAS: usize = 70;
/// Longest Call-ID in octets: it becomes a map key and a log field.
pub const MAX_CALL_ID: usize = 512;
/// Longest tag or branch in octets, for the same reason.
pub const MAX_TOKEN: usize = 256;
/// Sources remembered by the flood table: 32,768 × 40 octets is little over one megabyte.
pub const MAX_SOURCES: usize = 32_768;
/// Admitted invitations remembered to recognise their retransmissions: 32 s (64 × T1) at 2,000 calls/s.
pub const MAX_REMEMBERED_INVITES: usize = 65_536;
/// How long a transaction may be retransmitted, 64 × T1 (RFC 3261 §17.1.1.2), in milliseconds.
pub const TRANSACTION_LIFE_MS: u64 = 32_000;
/// Open nonces: one for each outstanding challenge; the oldest is forgotten.
pub const MAX_NONCES: usize = 20_000;
/// How long a nonce may be used, in milliseconds: five minutes, then `stale=true`.
pub const NONCE_LIFE_MS: u64 = 300_000;
/// Bindings (phones) of one address of record.
pub const MAX_BINDINGS_PER_USER: usize = 8;
/// Shortest registration granted, in seconds: below it the answer is 423 (RFC 3261 §10.3).
pub const MIN_REGISTRATION_S: u32 = 60;
/// Longest registration granted, in seconds: a lost phone is forgotten within the hour.
pub const MAX_REGISTRATION_S: u32 = 3_600;
/// Smallest session interval accepted, in seconds (RFC 4028 §5).
pub const MIN_SESSION_S: u32 = 90;
/// Session interval we ask for, in seconds (RFC 4028 §4).
pub const SESSION_S: u32 = 1_800;
/// Undelivered events of one call before messages that would add one are answered 503.
pub const CALL_EVENTS: usize = 64;
/// Undelivered inputs of one call task: requests past it are answered 503.
pub const CALL_INPUTS: usize = 64;
/// Calls waiting to be taken by the application: beyond it the answer is 503.
pub const INCOMING_QUEUE: usize = 1_024;
/// How long the application may take to answer an offer in a re-INVITE or UPDATE, in milliseconds.
pub const OFFER_ANSWER_MS: u64 = 10_000;
/// How long an unanswered incoming call rings before it is given up, in milliseconds (Timer C, RFC 3261 §16.8).
pub const RING_MS: u64 = 180_000;
/// Simultaneous stream connections, all listeners together: each costs two tasks and a buffer.
pub const MAX_CONNECTIONS: usize = 4_096;
/// Stream connections from one address: a call center behind one NAT has hundreds, not thousands.
pub const MAX_CONNECTIONS_PER_IP: usize = 512;
/// Messages waiting to be written to one stream peer: a peer that does not read is cut off.
pub const STREAM_WRITE_QUEUE: usize = 256;
/// A stream without a message for this long is closed, in milliseconds.
pub const STREAM_IDLE_MS: u64 = 600_000;
/// A message begun on a stream must be complete within this time, in milliseconds.
pub const STREAM_MESSAGE_MS: u64 = 10_000;
/// Authentication answers to one request: more means the other side rejects our password.
pub const MAX_AUTH_ATTEMPTS: u32 = 2;
