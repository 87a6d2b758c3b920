//! The jitter buffer: packets in, in whatever order the network likes; 20 ms of sound out, every 20 ms.
//!
//! Sound is kept by timestamp in a ring of decoded samples, so any packet time, reordering, duplicates and the
//! wrap-around of either number need no special case. The delay follows the measured jitter; gaps are concealed by
//! repeating the last frame with falling level. It does not judge sources (see `latch`) and knows no clock: one
//! pull is 20 ms.

use crate::g711::Codec;
use crate::limits::{FRAME_SAMPLES, JITTER_CAPACITY, MAX_AUDIO_PAYLOAD};

/// Marks a sample that has not arrived. G.711 decodes to ±32,256 at most, so the value is free.
const MISSING: i16 = i16::MIN;
const FRAME: i32 = FRAME_SAMPLES as i32;
/// Shortest and longest delay, in samples: one frame, and 300 ms, beyond which people talk over each other.
const MIN_DELAY: i32 = FRAME;
const MAX_DELAY: i32 = 15 * FRAME;
/// Pulls between two looks at whether the delay can shrink: two seconds.
const SHRINK_EVERY: u32 = 100;

/// What became of a pushed packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// Kept.
    Queued,
    /// Its sound is already here.
    Duplicate,
    /// Its moment has passed.
    Late,
    /// The stream began, restarted or jumped; the buffer starts over with this packet.
    Restarted,
}

/// What a pulled frame is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pulled {
    /// Sound as it was sent.
    Audio,
    /// At least partly made up.
    Concealed,
    /// Nothing to play for a while now, or not begun.
    Silence,
}

/// Counters of one buffer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JitterStats {
    /// Packets that came after their moment.
    pub late: u64,
    /// Packets that came twice.
    pub duplicate: u64,
    /// Frames made up.
    pub concealed: u64,
}

/// An adaptive jitter buffer for one G.711 stream.
pub struct JitterBuffer {
    ring: Box<[i16; JITTER_CAPACITY]>,
    ssrc: Option<u32>,
    /// Timestamp of the next sample to play.
    cursor: u32,
    /// Samples between the cursor and the end of the newest sound; may be negative after an underrun.
    depth: i32,
    /// Wanted depth when a packet has just arrived.
    target: i32,
    /// Pulls still to wait before the first sound.
    prefill: i32,
    started: bool,
    /// Smallest depth seen since the last look.
    low_water: i32,
    pulls: u32,
    gap_frames: u32,
    last: [i16; FRAME_SAMPLES],
    stats: JitterStats,
}

impl Default for JitterBuffer {
    fn default() -> Self {
        Self::new()
    }
}

impl JitterBuffer {
    /// An empty buffer with a delay of two frames.
    pub fn new() -> JitterBuffer {
        JitterBuffer {
            ring: vec![MISSING; JITTER_CAPACITY]
                .into_boxed_slice()
                .try_into()
                .expect("the vector has the length of the array"),
            ssrc: None,
            cursor: 0,
            depth: 0,
            target: 2 * FRAME,
            prefill: 0,
            started: false,
            low_water: i32::MAX,
            pulls: 0,
            gap_frames: 0,
            last: [0; FRAME_SAMPLES],
            stats: JitterStats::default(),
        }
    }

    /// The counters so far.
    pub fn stats(&self) -> JitterStats {
        self.stats
    }

    /// The present delay aim in samples.
    pub fn target(&self) -> u32 {
        self.target as u32
    }

    /// Tells the measured interarrival jitter in samples; the delay aim rises to hold twice of it.
    pub fn jitter(&mut self, samples: u32) {
        let wanted = (2 * samples.min(8_000) as i32 + FRAME).clamp(MIN_DELAY, MAX_DELAY);
        self.target = self.target.max(wanted);
    }

    /// Takes a packet.
    pub fn push(&mut self, ssrc: u32, timestamp: u32, payload: &[u8], codec: Codec) -> Pushed {
        let payload = &payload[..payload.len().min(MAX_AUDIO_PAYLOAD)];
        let length = payload.len() as i32;
        if length == 0 {
            return Pushed::Duplicate;
        }
        let offset = timestamp.wrapping_sub(self.cursor) as i32;
        let same = self.started && self.ssrc == Some(ssrc);
        if !same || offset + length > JITTER_CAPACITY as i32 || offset < -(JITTER_CAPACITY as i32) {
            self.restart(ssrc, timestamp);
            self.store(0, payload, codec);
            return Pushed::Restarted;
        }
        if offset < 0 && self.prefill > 0 && offset >= -MAX_DELAY {
            // Nothing has been played yet: the first two packets simply came in the wrong order.
            self.cursor = timestamp;
            self.depth -= offset;
            self.store(0, payload, codec);
            return Pushed::Queued;
        }
        if offset < 0 {
            if self.depth > 0 || offset + length > 0 {
                // Sound after it is playing, or part of it is still in time: only that part is of use.
                self.raise(-offset);
                self.stats.late += 1;
                let skip = (-offset).min(length);
                if skip < length {
                    self.store(0, &payload[skip as usize..], codec);
                    return Pushed::Queued;
                }
                return Pushed::Late;
            }
            // The whole stream is late: wait for it instead of throwing it away, packet by packet.
            self.raise(-offset);
            self.stats.late += 1;
            self.clear();
            self.cursor = timestamp;
            self.depth = 0;
            self.prefill = self.target / FRAME - 1;
            self.store(0, payload, codec);
            return Pushed::Queued;
        }
        if self.ring[self.index(offset)] != MISSING {
            self.stats.duplicate += 1;
            return Pushed::Duplicate;
        }
        self.store(offset, payload, codec);
        Pushed::Queued
    }

    /// Plays the next 20 ms.
    pub fn pull(&mut self, out: &mut [i16; FRAME_SAMPLES]) -> Pulled {
        if !self.started || self.prefill > 0 {
            self.prefill -= i32::from(self.prefill > 0);
            out.fill(0);
            return Pulled::Silence;
        }
        self.shrink();
        let mut missing = 0;
        for (n, sample) in out.iter_mut().enumerate() {
            let index = self.index(n as i32);
            *sample = std::mem::replace(&mut self.ring[index], MISSING);
            missing += usize::from(*sample == MISSING);
        }
        self.cursor = self.cursor.wrapping_add(FRAME_SAMPLES as u32);
        self.depth -= FRAME;
        self.low_water = self.low_water.min(self.depth);
        if missing == 0 {
            self.gap_frames = 0;
            self.last = *out;
            return Pulled::Audio;
        }
        // Full level for the first lost frame, then half, a quarter, nothing.
        let gain = match self.gap_frames {
            0 => 4,
            1 => 2,
            2 => 1,
            _ => 0,
        };
        for (sample, last) in out.iter_mut().zip(&self.last) {
            if *sample == MISSING {
                *sample = (i32::from(*last) * gain / 4) as i16;
            }
        }
        if missing == FRAME_SAMPLES {
            self.gap_frames = self.gap_frames.saturating_add(1);
            if gain == 0 {
                return Pulled::Silence;
            }
        }
        self.stats.concealed += 1;
        Pulled::Concealed
    }

    fn restart(&mut self, ssrc: u32, timestamp: u32) {
        self.clear();
        self.ssrc = Some(ssrc);
        self.started = true;
        self.cursor = timestamp;
        self.depth = 0;
        self.prefill = self.target / FRAME - 1;
        self.low_water = i32::MAX;
        self.pulls = 0;
    }

    fn clear(&mut self) {
        self.ring.fill(MISSING);
    }

    fn index(&self, offset: i32) -> usize {
        self.cursor.wrapping_add(offset as u32) as usize % JITTER_CAPACITY
    }

    fn store(&mut self, offset: i32, payload: &[u8], codec: Codec) {
        let table = codec.table();
        for (n, code) in payload.iter().enumerate() {
            let index = self.index(offset + n as i32);
            self.ring[index] = table[usize::from(*code)];
        }
        self.depth = self.depth.max(offset + payload.len() as i32);
    }

    fn raise(&mut self, late_by: i32) {
        self.target = (self.target + late_by.min(2 * FRAME)).min(MAX_DELAY);
    }

    /// Drops one frame when for two seconds there was always at least one more than wanted.
    fn shrink(&mut self) {
        self.pulls += 1;
        if self.pulls < SHRINK_EVERY {
            return;
        }
        self.pulls = 0;
        if self.low_water != i32::MAX && self.low_water >= self.target {
            for n in 0..FRAME {
                let index = self.index(n);
                self.ring[index] = MISSING;
            }
            self.cursor = self.cursor.wrapping_add(FRAME_SAMPLES as u32);
            self.depth -= FRAME;
        }
        self.low_water = i32::MAX;
        // The aim itself comes down slowly, so that a single bad moment is forgotten within half a minute.
        self.target = (self.target - FRAME / 4).max(2 * FRAME);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sender whose packet `n` carries the sound of code `n`, so that order is visible in the samples.
    struct Peer {
        first: u32,
    }

    impl Peer {
        fn push(&self, buffer: &mut JitterBuffer, n: u32) -> Pushed {
            let code = 0x80 + (n % 100) as u8;
            buffer.push(1, self.first.wrapping_add(n * 160), &[code; 160], Codec::Pcmu)
        }
        fn level(n: u32) -> i16 {
            Codec::Pcmu.decode(0x80 + (n % 100) as u8)
        }
    }

    fn pull(buffer: &mut JitterBuffer) -> (Pulled, i16) {
        let mut out = [0; FRAME_SAMPLES];
        let kind = buffer.pull(&mut out);
        (kind, out[0])
    }

    #[test]
    fn in_order_over_the_wrap_of_the_timestamp() {
        let (mut buffer, peer) = (JitterBuffer::new(), Peer { first: u32::MAX - 160 * 3 });
        assert_eq!(peer.push(&mut buffer, 0), Pushed::Restarted);
        assert_eq!(pull(&mut buffer).0, Pulled::Silence); // the delay of one more frame
        for n in 1..200 {
            assert_eq!(peer.push(&mut buffer, n), Pushed::Queued);
            assert_eq!(pull(&mut buffer), (Pulled::Audio, Peer::level(n - 1)));
        }
    }

    #[test]
    fn reordered_and_doubled_packets_come_out_once_and_in_order() {
        let (mut buffer, peer) = (JitterBuffer::new(), Peer { first: 1_000 });
        for n in [0, 1, 3, 2, 2, 4] {
            let pushed = peer.push(&mut buffer, n);
            assert_ne!(pushed, Pushed::Late);
        }
        assert_eq!(buffer.stats().duplicate, 1);
        pull(&mut buffer);
        for n in 0..5 {
            assert_eq!(pull(&mut buffer), (Pulled::Audio, Peer::level(n)));
        }
    }

    #[test]
    fn the_first_two_packets_may_come_in_the_wrong_order() {
        let (mut buffer, peer) = (JitterBuffer::new(), Peer { first: 1_000 });
        peer.push(&mut buffer, 1);
        assert_eq!(peer.push(&mut buffer, 0), Pushed::Queued);
        pull(&mut buffer);
        assert_eq!(pull(&mut buffer), (Pulled::Audio, Peer::level(0)));
        assert_eq!(pull(&mut buffer), (Pulled::Audio, Peer::level(1)));
    }

    #[test]
    fn a_lost_packet_is_concealed_then_fades() {
        let (mut buffer, peer) = (JitterBuffer::new(), Peer { first: 0 });
        peer.push(&mut buffer, 0);
        peer.push(&mut buffer, 2);
        pull(&mut buffer);
        assert_eq!(pull(&mut buffer), (Pulled::Audio, Peer::level(0)));
        assert_eq!(pull(&mut buffer), (Pulled::Concealed, Peer::level(0)));
        assert_eq!(pull(&mut buffer), (Pulled::Audio, Peer::level(2)));
        let levels: Vec<i16> = (0..4).map(|_| pull(&mut buffer).1).collect();
        assert!(levels[0] > levels[1] && levels[1] > levels[2] && levels[3] == 0, "{levels:?}");
        assert_eq!(pull(&mut buffer).0, Pulled::Silence);
    }

    #[test]
    fn a_late_packet_is_counted_and_raises_the_delay() {
        let (mut buffer, peer) = (JitterBuffer::new(), Peer { first: 0 });
        let before = buffer.target();
        peer.push(&mut buffer, 0);
        for n in 2..6 {
            peer.push(&mut buffer, n);
        }
        for _ in 0..4 {
            pull(&mut buffer);
        }
        assert_eq!(peer.push(&mut buffer, 1), Pushed::Late);
        assert!(buffer.target() > before);
    }

    #[test]
    fn after_an_underrun_the_late_stream_is_waited_for() {
        let (mut buffer, peer) = (JitterBuffer::new(), Peer { first: 0 });
        peer.push(&mut buffer, 0);
        for _ in 0..10 {
            pull(&mut buffer);
        }
        // The network stalled for 160 ms and now delivers everything.
        for n in 1..9 {
            assert_eq!(peer.push(&mut buffer, n), Pushed::Queued, "{n}");
        }
        let heard: Vec<i16> =
            (0..20).map(|_| pull(&mut buffer)).filter(|p| p.0 == Pulled::Audio).map(|p| p.1).collect();
        assert_eq!(heard, (1..9).map(Peer::level).collect::<Vec<_>>());
    }

    #[test]
    fn a_new_source_or_a_jump_starts_over() {
        let (mut buffer, peer) = (JitterBuffer::new(), Peer { first: 0 });
        peer.push(&mut buffer, 0);
        assert_eq!(buffer.push(2, 99_999, &[0; 160], Codec::Pcma), Pushed::Restarted);
        assert_eq!(buffer.push(2, 99_999 + 800_000, &[0; 160], Codec::Pcma), Pushed::Restarted);
        assert_eq!(buffer.push(2, 99_999, &[], Codec::Pcma), Pushed::Duplicate);
    }

    #[test]
    fn delay_shrinks_again_on_a_calm_network() {
        let (mut buffer, peer) = (JitterBuffer::new(), Peer { first: 0 });
        buffer.jitter(800);
        let high = buffer.target();
        (0..12).for_each(|n| {
            peer.push(&mut buffer, n);
        });
        for n in 12..3_000 {
            peer.push(&mut buffer, n);
            pull(&mut buffer);
        }
        assert!(buffer.target() < high / 2, "{}", buffer.target());
        assert!(buffer.depth < high as i32, "{}", buffer.depth);
    }

    #[test]
    fn other_packet_times_work() {
        for length in [80, 240, 320, 480] {
            let mut buffer = JitterBuffer::new();
            let mut sent = 0u32;
            let mut audio = 0;
            for tick in 0..300u32 {
                while sent < (tick + 4) * 160 {
                    buffer.push(1, sent, &vec![0x90; length], Codec::Pcmu);
                    sent += length as u32;
                }
                audio += u32::from(pull(&mut buffer).0 == Pulled::Audio);
            }
            assert!(audio > 290, "{length}: {audio}");
        }
    }
}
