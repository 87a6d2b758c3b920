//! RTP and RTCP (RFC 3550, RFC 3551): packet forms, reception statistics, the jitter buffer and source locking.
//! Bytes and times come in as arguments; sockets are the engine's.

pub mod jitter;
pub mod latch;
pub mod packet;
pub mod reception;
pub mod rtcp;
