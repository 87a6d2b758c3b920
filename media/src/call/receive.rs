//! The receiving side of a call: judging packets, digits by all their ways, barge-in and the absence of media.

use std::net::SocketAddr;

use super::{Call, LegEvent};
use crate::dtmf::Edge;
use crate::dtmf::dedup::Source;
use crate::rtp::latch::Verdict;
use crate::rtp::packet::{Packet, is_rtcp};
use crate::rtp::reception::Reception;

impl Call {
    /// A datagram came in on the RTP port.
    pub fn packet_in(&mut self, now_ms: u64, source: SocketAddr, bytes: &[u8]) {
        if self.closed {
            return;
        }
        if is_rtcp(bytes) {
            return self.rtcp_in(now_ms, source, bytes);
        }
        let Ok(packet) = Packet::parse(bytes) else {
            self.stats.packets_malformed += 1;
            return;
        };
        let header = packet.header;
        match self.latch.admit(source, header.ssrc, header.sequence) {
            Verdict::Accept | Verdict::Locked => {}
            Verdict::Probation | Verdict::Foreign => {
                self.stats.packets_foreign += 1;
                return;
            }
        }
        let Some(session) = &self.session else { return };
        let event = session.telephone_event_in == Some(header.payload_type)
            || (session.telephone_event_in.is_some() && session.telephone_event == Some(header.payload_type));
        let codec = session.accepted.iter().find(|(p, _)| *p == header.payload_type).map(|(_, c)| *c);
        if !event && codec.is_none() {
            self.stats.packets_malformed += 1;
            return;
        }
        self.stats.packets_received += 1;
        self.last_media_ms = Some(now_ms);
        self.no_media_told = false;

        // Some gateways send their keys as a stream beside the sound: each stream is followed for itself.
        let is_other = self.reception.as_ref().is_some_and(|r| r.ssrc() != header.ssrc);
        if self.reception.is_none() || is_other && !event {
            if let Some(before) = self.reception.take() {
                self.stats.packets_lost += before.lost();
            }
            self.reception = Some(Reception::new(header.ssrc, header.sequence));
        }
        if event && self.events_from != Some(header.ssrc) {
            self.events_from = Some(header.ssrc);
            let mut edges = [None; 1];
            self.events_in.reset(|edge| edges[0] = Some(edge));
            self.digit_edges(now_ms, edges);
        }
        let arrival = (now_ms as u32).wrapping_mul(8);
        if let Some(reception) = self.reception.as_mut().filter(|r| r.ssrc() == header.ssrc) {
            // All packets of one event carry its start as timestamp; their transit time means nothing.
            let timestamp = if event { arrival } else { header.timestamp };
            if !reception.packet(header.sequence, timestamp, arrival) && !event {
                return;
            }
        }
        if event {
            let mut edges = [None; 2];
            let mut n = 0;
            self.events_in.packet(now_ms, header.marker, header.timestamp, packet.payload, |edge| {
                if n < edges.len() {
                    edges[n] = Some(edge);
                    n += 1;
                }
            });
            self.digit_edges(now_ms, edges);
        } else if let (Some(jitter), Some(codec)) = (&mut self.jitter, codec) {
            jitter.push(header.ssrc, header.timestamp, packet.payload, codec);
            if let Some(reception) = &self.reception {
                jitter.jitter(reception.jitter());
            }
        }
    }

    /// The receiving half of a tick.
    pub(super) fn receive_tick(&mut self, now_ms: u64) {
        let mut edges = [None; 1];
        self.events_in.tick(now_ms, |edge| edges[0] = Some(edge));
        self.digit_edges(now_ms, edges);
        if self.session.is_some() {
            self.hear(now_ms);
        }
        let expected = !self.held && self.session.as_ref().is_some_and(|s| s.direction.receives());
        if !expected {
            self.last_media_ms = self.last_media_ms.map(|_| now_ms);
        } else if self.options.no_media_ms > 0
            && !self.no_media_told
            && self.last_media_ms.is_some_and(|last| now_ms.saturating_sub(last) >= self.options.no_media_ms)
        {
            self.no_media_told = true;
            self.events.push_back(LegEvent::NoMedia);
        }
    }

    fn digit_edges<const N: usize>(&mut self, now_ms: u64, edges: [Option<Edge>; N]) {
        for edge in edges.into_iter().flatten() {
            self.digit_edge(now_ms, Source::Event, edge);
        }
    }

    /// A key went down or up by one of the ways. Barge-in and terminators act on the way down, the report comes on
    /// the way up with the duration.
    pub(super) fn digit_edge(&mut self, now_ms: u64, source: Source, edge: Edge) {
        match edge {
            Edge::Down { digit, ago } => {
                if !self.dedup.press(now_ms, digit, source) {
                    return;
                }
                self.pressed[source as usize] = Some(digit);
                if self.listening {
                    let mut sink = Vec::new();
                    if self.play.barge_in(&mut |e| sink.push(e)) {
                        self.partial_len = 0;
                        self.events.push_back(LegEvent::BargedIn);
                    }
                    self.play_events(sink);
                }
                self.record_key(digit, ago);
            }
            Edge::Up { digit, duration_ms } => {
                if self.pressed[source as usize].take_if(|d| *d == digit).is_some() {
                    self.stats.digits += 1;
                    self.events.push_back(LegEvent::Digit { digit: digit.as_char(), duration_ms });
                }
            }
        }
    }
}
