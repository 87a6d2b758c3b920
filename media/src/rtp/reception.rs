//! What we know of the stream we receive: extended sequence numbers, loss and interarrival jitter
//! (RFC 3550 §6.4.1, appendices A.1, A.3 and A.8). Sixteen-bit wrap-around, restarts and reordering are handled.

use super::rtcp::ReportBlock;

/// Largest forward step of the sequence number that is a gap and not a restart (RFC 3550 A.1).
const MAX_DROPOUT: u16 = 3_000;
/// Largest backward step that is reordering and not a restart.
const MAX_MISORDER: u16 = 100;

/// Statistics of one synchronisation source.
#[derive(Debug, Clone)]
pub struct Reception {
    ssrc: u32,
    base: u32,
    highest: u32,
    received: u64,
    lost_before_restart: u64,
    restart_at: Option<u16>,
    transit: Option<u32>,
    /// Jitter in sixteenths of a timestamp unit, as in appendix A.8.
    jitter_q4: u32,
    expected_prior: u64,
    received_prior: u64,
}

impl Reception {
    /// Begins with the first packet of a source.
    pub fn new(ssrc: u32, sequence: u16) -> Reception {
        Reception {
            ssrc,
            base: u32::from(sequence),
            highest: u32::from(sequence),
            received: 0,
            lost_before_restart: 0,
            restart_at: None,
            transit: None,
            jitter_q4: 0,
            expected_prior: 0,
            received_prior: 0,
        }
    }

    /// The source these figures belong to.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Counts a packet. `arrival` is the time of arrival in timestamp units (1/8000 s).
    /// Returns false when the sequence number made an unbelievable jump and the packet should be ignored.
    pub fn packet(&mut self, sequence: u16, timestamp: u32, arrival: u32) -> bool {
        let step = sequence.wrapping_sub(self.highest as u16);
        if step < MAX_DROPOUT {
            self.highest = self.highest.wrapping_add(u32::from(step));
            self.restart_at = None;
        } else if step <= 0u16.wrapping_sub(MAX_MISORDER) {
            // Two packets in a row with the new numbering mean that the sender restarted.
            if self.restart_at != Some(sequence) {
                self.restart_at = Some(sequence.wrapping_add(1));
                return false;
            }
            self.lost_before_restart = self.lost();
            self.base = u32::from(sequence);
            self.highest = self.base;
            self.received = 0;
            self.expected_prior = 0;
            self.received_prior = 0;
            self.transit = None;
            self.restart_at = None;
        }
        self.received += 1;
        let transit = arrival.wrapping_sub(timestamp);
        if let Some(before) = self.transit {
            let difference = (transit.wrapping_sub(before) as i32).unsigned_abs();
            // A silent gap or a clock jump is not jitter.
            if difference < 8_000 {
                self.jitter_q4 = self.jitter_q4 + difference - ((self.jitter_q4 + 8) >> 4);
            }
        }
        self.transit = Some(transit);
        true
    }

    fn expected(&self) -> u64 {
        u64::from(self.highest.wrapping_sub(self.base)) + 1
    }

    /// Packets counted since the source (re)started.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Packets that never came, duplicates counted against them, never below zero.
    pub fn lost(&self) -> u64 {
        self.lost_before_restart + self.expected().saturating_sub(self.received)
    }

    /// Interarrival jitter in timestamp units.
    pub fn jitter(&self) -> u32 {
        self.jitter_q4 >> 4
    }

    /// The report block for the next sender or receiver report; advances the interval of the loss fraction.
    pub fn report(&mut self, last_sr: u32, delay_since_last_sr: u32) -> ReportBlock {
        let expected = self.expected();
        let expected_interval = expected.saturating_sub(self.expected_prior);
        let received_interval = self.received.saturating_sub(self.received_prior);
        self.expected_prior = expected;
        self.received_prior = self.received;
        let lost_interval = expected_interval.saturating_sub(received_interval);
        let fraction_lost = (lost_interval << 8).checked_div(expected_interval).unwrap_or(0).min(255) as u8;
        let lost = expected as i64 - self.received as i64 + self.lost_before_restart as i64;
        ReportBlock {
            ssrc: self.ssrc,
            fraction_lost,
            cumulative_lost: lost.clamp(-0x80_0000, 0x7f_ffff) as i32,
            highest_sequence: self.highest,
            jitter: self.jitter(),
            last_sr,
            delay_since_last_sr,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_reordering_duplicates_and_wrap_around() {
        let mut r = Reception::new(7, 65_530);
        // 20 packets over the wrap, two lost, two swapped, one doubled.
        let order = [0, 1, 3, 2, 4, 5, 5, 6, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19];
        for n in order {
            assert!(r.packet(65_530u16.wrapping_add(n), u32::from(n) * 160, u32::from(n) * 160 + 5));
        }
        let report = r.report(0, 0);
        assert_eq!(report.highest_sequence, 65_530 + 19);
        assert_eq!(report.cumulative_lost, 1); // two lost, one duplicate (RFC 3550 §6.4.1)
        assert_eq!(report.fraction_lost, (256 / 20) as u8);
        assert_eq!(r.report(0, 0).fraction_lost, 0); // nothing was expected since
    }

    #[test]
    fn jitter_follows_appendix_a8() {
        let mut r = Reception::new(7, 0);
        let mut want = 0f64;
        let mut before: Option<i64> = None;
        for n in 0..400u32 {
            let late = [0, 40, 8, 120, 16][n as usize % 5];
            r.packet(n as u16, n * 160, n * 160 + late);
            if let Some(before) = before {
                want += ((i64::from(late) - before).abs() as f64 - want) / 16.0;
            }
            before = Some(i64::from(late));
        }
        assert!((f64::from(r.jitter()) - want).abs() < 2.0, "{} against {want}", r.jitter());
    }

    #[test]
    fn a_wild_number_is_ignored_once_and_a_restart_believed() {
        let mut r = Reception::new(7, 10);
        r.packet(10, 0, 0);
        assert!(!r.packet(30_000, 160, 160));
        assert!(r.packet(11, 160, 160));
        assert!(!r.packet(30_000, 320, 320));
        assert!(r.packet(30_001, 480, 480));
        assert_eq!(r.lost(), 0);
        assert_eq!(r.received(), 1);
    }
}
