//! RTCP of one call: when to report, what to report, and what the peer's reports tell (RFC 3550 §6).

use std::net::SocketAddr;

use super::{Call, Outgoing};
use crate::rtp::rtcp::{self, MAX_COMPOUND, Rtcp, SenderInfo};

/// Average time between two reports, in milliseconds (RFC 3550 §6.2).
const INTERVAL_MS: u64 = 5_000;

/// The state between reports.
pub(super) struct Reports {
    random: u64,
    next_ms: Option<u64>,
    /// The middle bits of the peer's last report time, and when it came.
    last_sr: Option<(u32, u64)>,
    /// The same of our own last report, to recognise it in the peer's answer.
    sent_sr: Option<(u32, u64)>,
    cname: String,
}

impl Reports {
    pub fn new(seed: u64) -> Reports {
        let mut reports =
            Reports { random: seed | 1, next_ms: None, last_sr: None, sent_sr: None, cname: String::new() };
        // Random and short-lived, so that it names nobody (RFC 7022 §4.2).
        reports.cname = format!("{:016x}", reports.random());
        reports
    }

    fn random(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    /// Half to one and a half intervals, so that reports of many calls do not meet.
    fn later(&mut self, now_ms: u64) -> u64 {
        now_ms + INTERVAL_MS / 2 + self.random() % INTERVAL_MS
    }
}

impl Call {
    /// The report that is due, if one is. `ntp` is the time of day as 32.32 fixed point seconds since 1900.
    /// The flag tells whether it goes out by the RTP port (RFC 5761).
    pub fn rtcp_out(&mut self, now_ms: u64, ntp: u64, out: &mut [u8; MAX_COMPOUND]) -> Option<(Outgoing, bool)> {
        let session = self.session.as_ref()?;
        let Some(due) = self.reports.next_ms else {
            self.reports.next_ms = Some(self.reports.later(now_ms));
            return None;
        };
        if now_ms < due && !self.closed {
            return None;
        }
        let rtcp_mux = session.rtcp_mux;
        let peer = self.latch.destination()?;
        // Behind a NAT the signalled RTCP address is as wrong as the RTP one.
        let to = if rtcp_mux {
            peer
        } else if peer == session.remote {
            session.rtcp
        } else {
            SocketAddr::new(peer.ip(), peer.port().wrapping_add(1))
        };
        if to.port() == 0 || to.ip().is_unspecified() {
            return None;
        }
        self.reports.next_ms = Some(self.reports.later(now_ms));
        let sender = (self.stats.packets_sent > 0).then_some(SenderInfo {
            ntp,
            timestamp: self.timestamp,
            packets: self.stats.packets_sent as u32,
            octets: self.octets_sent as u32,
        });
        self.reports.sent_sr = sender.map(|s| ((s.ntp >> 16) as u32, now_ms));
        let (last_sr, delay) = match self.reports.last_sr {
            Some((sr, at_ms)) => (sr, (now_ms.saturating_sub(at_ms) * 65_536 / 1_000) as u32),
            None => (0, 0),
        };
        let block = self.reception.as_mut().map(|r| r.report(last_sr, delay));
        let len = rtcp::build(out, self.options.ssrc, sender, block, &self.reports.cname, self.closed);
        Some((Outgoing { len, to }, rtcp_mux))
    }

    /// A datagram came in on the RTCP port.
    pub fn rtcp_in(&mut self, now_ms: u64, source: SocketAddr, bytes: &[u8]) {
        if !self.latch.same_host(source.ip()) {
            self.stats.packets_foreign += 1;
            return;
        }
        let Ok(packets) = rtcp::parse(bytes) else {
            self.stats.packets_malformed += 1;
            return;
        };
        for packet in packets {
            let Rtcp::Report { ssrc, sender, blocks } = packet else { continue };
            if let Some(sender) = sender
                && self.reception.as_ref().is_none_or(|r| r.ssrc() == ssrc)
            {
                self.reports.last_sr = Some(((sender.ntp >> 16) as u32, now_ms));
            }
            for block in blocks.iter().filter(|b| b.ssrc == self.options.ssrc) {
                self.stats.peer_loss = block.fraction_lost;
                if let Some((_, sent_ms)) = self.reports.sent_sr.filter(|(sr, _)| *sr == block.last_sr) {
                    let held_ms = u64::from(block.delay_since_last_sr) * 1_000 / 65_536;
                    self.stats.round_trip_ms = now_ms.saturating_sub(sent_ms).checked_sub(held_ms).map(|ms| ms as u32);
                }
            }
        }
    }
}
