//! Reading a peer's description into the few things we need to know, with every limit checked.

use std::net::{IpAddr, SocketAddr};

use sdp_types::{Connection, Media, Session};

use super::{Codec, Direction, SdpError};
use crate::limits::{MAX_SDP_ATTRIBUTES, MAX_SDP_BYTES, MAX_SDP_FORMATS, MAX_SDP_MEDIA};

/// One `m=` line as a peer wrote it.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub media: String,
    pub proto: String,
    pub fmt: String,
    pub port: u16,
}

/// Payload types and the codecs they stand for.
pub(super) type Codecs = Vec<(u8, Codec)>;

/// A usable audio stream.
#[derive(Debug, Clone)]
pub(super) struct Stream {
    /// Codecs in the peer's order.
    pub codecs: Codecs,
    pub telephone_event: Option<u8>,
    pub remote: SocketAddr,
    pub rtcp: SocketAddr,
    pub rtcp_mux: bool,
    pub ptime_ms: u32,
    /// From the peer's point of view.
    pub direction: Direction,
}

/// A whole description.
#[derive(Debug)]
pub(super) struct Description {
    pub lines: Vec<Line>,
    session: Session,
}

/// Parses a description.
pub(super) fn parse(text: &str) -> Result<Description, SdpError> {
    if text.len() > MAX_SDP_BYTES {
        return Err(SdpError::Limit("bytes"));
    }
    let session = Session::parse(text.trim_start().as_bytes()).map_err(|e| SdpError::Malformed(e.to_string()))?;
    if session.medias.len() > MAX_SDP_MEDIA {
        return Err(SdpError::Limit("m= lines"));
    }
    let attributes = session.medias.iter().map(|m| m.attributes.len()).chain([session.attributes.len()]);
    if attributes.max().unwrap_or(0) > MAX_SDP_ATTRIBUTES {
        return Err(SdpError::Limit("attributes"));
    }
    let lines: Vec<Line> = session
        .medias
        .iter()
        .map(|m| Line { media: m.media.clone(), proto: m.proto.clone(), fmt: m.fmt.clone(), port: m.port })
        .collect();
    if lines.iter().any(|l| l.fmt.split_ascii_whitespace().count() > MAX_SDP_FORMATS) {
        return Err(SdpError::Limit("formats"));
    }
    Ok(Description { lines, session })
}

impl Description {
    /// Whether line `n` is live audio over a profile we speak. AVPF differs by feedback that we never send.
    pub fn is_audio(&self, n: usize) -> bool {
        let line = &self.lines[n];
        line.media.eq_ignore_ascii_case("audio")
            && line.port != 0
            && ["RTP/AVP", "RTP/AVPF"].iter().any(|p| line.proto.eq_ignore_ascii_case(p))
    }

    /// Reads line `n` as an audio stream.
    pub fn stream(&self, n: usize) -> Result<Stream, SdpError> {
        let media = &self.session.medias[n];
        let connection = media
            .connections
            .first()
            .or(self.session.connection.as_ref())
            .ok_or_else(|| SdpError::Malformed("no c= line".into()))?;
        let ip = address(connection)?;
        let remote = SocketAddr::new(ip, media.port);
        let (codecs, telephone_event) = formats(media);
        let rtcp_mux = media.has_attribute("rtcp-mux");
        let rtcp = if rtcp_mux { remote } else { rtcp(media, remote) };
        Ok(Stream {
            codecs,
            telephone_event,
            remote,
            rtcp,
            rtcp_mux,
            ptime_ms: ptime(media),
            direction: self.direction(media, ip),
        })
    }

    fn direction(&self, media: &Media, ip: IpAddr) -> Direction {
        let find = |attributes: &[sdp_types::Attribute]| {
            attributes.iter().find_map(|a| Direction::from_name(&a.attribute.to_ascii_lowercase()))
        };
        let direction =
            find(&media.attributes).or_else(|| find(&self.session.attributes)).unwrap_or(Direction::SendRecv);
        // The old form of hold (RFC 3264 §8.4): no address to send to.
        if ip.is_unspecified() { Direction::new(direction.sends(), false) } else { direction }
    }
}

fn address(connection: &Connection) -> Result<IpAddr, SdpError> {
    let unusable = || SdpError::Address(connection.connection_address.chars().take(64).collect());
    let ip = connection.try_address().map_err(|_| unusable())?.ip;
    let broadcast = matches!(ip, IpAddr::V4(v4) if v4.is_broadcast());
    if ip.is_multicast() || broadcast { Err(unusable()) } else { Ok(ip) }
}

/// The codecs in the order of the `m=` line, and the telephone event at 8 kHz.
fn formats(media: &Media) -> (Codecs, Option<u8>) {
    let mut codecs = Vec::new();
    let mut telephone_event = None;
    for payload_type in media.fmt.split_ascii_whitespace().filter_map(|f| f.parse::<u8>().ok()).filter(|&p| p < 128) {
        let map = media.get_attribute_values("rtpmap").flatten().find_map(|value| {
            let (number, encoding) = value.trim().split_once(char::is_whitespace)?;
            (number.parse() == Ok(payload_type)).then(|| encoding.trim().to_ascii_uppercase())
        });
        let codec = match map.as_deref() {
            // Static types need no map (RFC 3551 §6); a map overrides them.
            None if payload_type == 0 => Some(Codec::Pcmu),
            None if payload_type == 8 => Some(Codec::Pcma),
            None => None,
            Some("PCMU/8000" | "PCMU/8000/1") => Some(Codec::Pcmu),
            Some("PCMA/8000" | "PCMA/8000/1") => Some(Codec::Pcma),
            // Events share the clock of the audio they replace (RFC 4733 §2.5.1.1): 48 kHz is of no use to us.
            Some("TELEPHONE-EVENT/8000" | "TELEPHONE-EVENT/8000/1") => {
                telephone_event.get_or_insert(payload_type);
                None
            }
            Some(_) => None,
        };
        codecs.extend(codec.map(|codec| (payload_type, codec)));
    }
    (codecs, telephone_event)
}

fn rtcp(media: &Media, remote: SocketAddr) -> SocketAddr {
    let default = SocketAddr::new(remote.ip(), remote.port().wrapping_add(1));
    let Some(Some(value)) = media.get_first_attribute_value("rtcp") else { return default };
    let mut words = value.split_ascii_whitespace();
    let Some(port) = words.next().and_then(|p| p.parse().ok()).filter(|&p| p != 0) else { return default };
    let ip = words.nth(2).and_then(|ip| ip.parse().ok()).filter(|ip: &IpAddr| !ip.is_multicast());
    SocketAddr::new(ip.unwrap_or(remote.ip()), port)
}

/// The packet time to send: 40 or 60 ms when the peer asks for it, else 20, which everybody takes.
fn ptime(media: &Media) -> u32 {
    let number = |name| {
        media.get_first_attribute_value(name).flatten().and_then(|v| v.trim().split('.').next()?.parse::<u32>().ok())
    };
    let limit = number("maxptime").filter(|&m| m >= 20).unwrap_or(60);
    match number("ptime") {
        Some(60) if limit >= 60 => 60,
        Some(40) if limit >= 40 => 40,
        _ => 20,
    }
}
