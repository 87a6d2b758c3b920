//! Session descriptions and their offer/answer exchange for one audio stream (RFC 8866, RFC 3264).
//!
//! Pure functions over text. Speaks G.711 and telephone events over plain RTP; encryption, ICE and video are
//! refused line by line as RFC 3264 asks, never ignored silently. Host names in `c=` are refused, because resolving
//! them would need the network.

mod negotiation;
mod read;
#[cfg(test)]
mod tests;
mod write;

use std::net::{IpAddr, SocketAddr};

pub use crate::g711::Codec;
pub use negotiation::Negotiation;

/// Who may send, from our point of view (RFC 3264 §6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Both.
    #[default]
    SendRecv,
    /// Only we: the peer does not send to us.
    SendOnly,
    /// Only the peer: it put us on hold.
    RecvOnly,
    /// Nobody.
    Inactive,
}

impl Direction {
    /// Builds a direction from its halves.
    pub fn new(send: bool, receive: bool) -> Direction {
        match (send, receive) {
            (true, true) => Direction::SendRecv,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::RecvOnly,
            (false, false) => Direction::Inactive,
        }
    }

    /// Whether we may send.
    pub fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    /// Whether the peer may send.
    pub fn receives(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }

    /// The same stream seen from the other end.
    pub fn reversed(self) -> Direction {
        Direction::new(self.receives(), self.sends())
    }

    /// The attribute name.
    pub fn name(self) -> &'static str {
        match self {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }

    fn from_name(name: &str) -> Option<Direction> {
        [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive]
            .into_iter()
            .find(|d| d.name() == name)
    }
}

/// Our end of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Local {
    /// The address peers should send to.
    pub ip: IpAddr,
    /// The RTP port peers should send to.
    pub port: u16,
    /// The RTCP port; written only when it is not `port + 1`.
    pub rtcp_port: u16,
    /// The number that names this session in `o=`; random, below 2^63.
    pub session_id: u64,
    /// The codecs we speak, in the order we offer them.
    pub codecs: Vec<Codec>,
    /// Whether we speak telephone events.
    pub telephone_event: bool,
    /// What we want to do: `SendOnly` puts the peer on hold.
    pub direction: Direction,
}

impl Local {
    /// Both codecs, A-law first, telephone events, both directions.
    pub fn new(address: SocketAddr, session_id: u64) -> Local {
        Local {
            ip: address.ip(),
            port: address.port(),
            rtcp_port: address.port().wrapping_add(1),
            session_id: session_id & (u64::MAX >> 1),
            codecs: vec![Codec::Pcma, Codec::Pcmu],
            telephone_event: true,
            direction: Direction::SendRecv,
        }
    }
}

/// What both ends agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Negotiated {
    /// The description to send back; empty when this came out of the peer's answer.
    pub answer: String,
    /// Where the peer wants RTP. Its address is unspecified (`0.0.0.0`) in the old form of hold.
    pub remote: SocketAddr,
    /// Where the peer wants RTCP; equal to `remote` with `rtcp_mux`.
    pub rtcp: SocketAddr,
    /// RTP and RTCP share a port (RFC 5761).
    pub rtcp_mux: bool,
    /// The codec to send.
    pub codec: Codec,
    /// The payload type to send it with.
    pub payload_type: u8,
    /// The payload types the peer may send sound with, and what they mean.
    pub accepted: Vec<(u8, Codec)>,
    /// The payload type to send telephone events with.
    pub telephone_event: Option<u8>,
    /// The payload type the peer sends telephone events with.
    pub telephone_event_in: Option<u8>,
    /// Milliseconds of sound to put into a packet: 20, 40 or 60.
    pub ptime_ms: u32,
    /// Who may send.
    pub direction: Direction,
}

/// Why a description cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// Longer than [`MAX_SDP_BYTES`](crate::limits::MAX_SDP_BYTES), or too many lines of a kind.
    #[error("the session description exceeds the limit on {0}")]
    Limit(&'static str),
    /// Not a session description.
    #[error("malformed session description: {0}")]
    Malformed(String),
    /// No audio stream over plain RTP.
    #[error("no audio over RTP/AVP is offered")]
    NoAudio,
    /// None of our codecs.
    #[error("no common codec")]
    NoCodec,
    /// An address we cannot send to: multicast, a host name, another network.
    #[error("unusable address {0}")]
    Address(String),
    /// The answer does not belong to our offer.
    #[error("the answer does not match the offer: {0}")]
    Mismatch(&'static str),
}

impl SdpError {
    /// The SIP status to refuse an offer with: 400 when it makes no sense, 413 when it is too large, else 488.
    pub fn status(&self) -> u16 {
        match self {
            SdpError::Limit(_) => 413,
            SdpError::Malformed(_) => 400,
            _ => 488,
        }
    }
}

/// Answers a first offer. Use a [`Negotiation`] for a call in which more offers may come.
///
/// # Errors
/// See [`SdpError`]; its `status` is the SIP response.
pub fn answer(offer: &str, local: &Local) -> Result<Negotiated, SdpError> {
    Negotiation::new(local.clone()).answer(offer)
}
