//! Telephone events in RTP (RFC 4733): receiving and sending digits.
//!
//! Receiving makes one press of however many packets it took, with starts or ends lost, long events split into
//! segments, and senders that wrongly move the timestamp. Times are in milliseconds, durations on the wire in
//! samples at 8 kHz.

use std::collections::VecDeque;

use super::{Digit, Edge};
use crate::limits::{FRAME_SAMPLES, MAX_DIGITS_OUT};

/// Without a packet for this long a key counts as released: all three end packets were lost.
const RELEASE_AFTER_MS: u64 = 200;
/// A packet this far behind the present event is an old one; further away it is a new numbering. Ten seconds.
const OLD_SAMPLES: u32 = 80_000;
/// A press cannot last longer; the report must not wait for ever on a stuck key.
const MAX_PRESS_MS: u64 = 10_000;

#[derive(Debug, Clone, Copy)]
struct Press {
    digit: Digit,
    /// Timestamp of the first packet of the press.
    first: u32,
    /// Timestamp of the present segment.
    timestamp: u32,
    /// Highest duration of the present segment.
    duration: u16,
    down: bool,
    began_ms: u64,
    heard_ms: u64,
}

impl Press {
    fn samples(&self) -> u32 {
        self.timestamp.wrapping_sub(self.first).wrapping_add(u32::from(self.duration))
    }

    fn up(&mut self) -> Edge {
        self.down = false;
        Edge::Up { digit: self.digit, duration_ms: self.samples() / 8 }
    }
}

/// Receives telephone events of one stream.
#[derive(Debug, Default)]
pub struct EventReceiver {
    press: Option<Press>,
}

impl EventReceiver {
    /// Forgets everything, for a new synchronisation source. A key still down is released.
    pub fn reset(&mut self, mut edge: impl FnMut(Edge)) {
        if let Some(press) = self.press.as_mut().filter(|p| p.down) {
            edge(press.up());
        }
        self.press = None;
    }

    /// Takes the payload of a telephone-event packet; calls `edge` for each key that went down or up, at most twice.
    pub fn packet(&mut self, now_ms: u64, marker: bool, timestamp: u32, payload: &[u8], mut edge: impl FnMut(Edge)) {
        let Some(&[event, flags, high, low]) = payload.first_chunk::<4>() else { return };
        let Some(digit) = Digit::from_event(event) else { return };
        let end = flags & 0x80 != 0;
        let duration = u16::from_be_bytes([high, low]);

        if let Some(press) = &mut self.press {
            let ahead = timestamp.wrapping_sub(press.timestamp);
            let behind = press.timestamp.wrapping_sub(timestamp);
            if ahead == 0 && press.digit == digit {
                press.heard_ms = now_ms;
                press.duration = press.duration.max(duration);
                if end && press.down {
                    edge(press.up());
                }
                return;
            }
            if behind != 0 && behind <= OLD_SAMPLES {
                return;
            }
            // The next segment of a long event (§2.5.1.3), or a sender that moves the timestamp with each packet.
            if press.digit == digit && !marker && ahead <= u32::from(press.duration).max(FRAME_SAMPLES as u32) {
                if press.down {
                    press.timestamp = timestamp;
                    press.duration = duration;
                    press.heard_ms = now_ms;
                    if end {
                        edge(press.up());
                    }
                }
                return;
            }
            if press.down {
                edge(press.up());
            }
        }
        let mut press =
            Press { digit, first: timestamp, timestamp, duration, down: true, began_ms: now_ms, heard_ms: now_ms };
        edge(Edge::Down { digit, ago: u32::from(duration) });
        if end {
            edge(press.up());
        }
        self.press = Some(press);
    }

    /// Releases a key whose end was lost.
    pub fn tick(&mut self, now_ms: u64, mut edge: impl FnMut(Edge)) {
        if let Some(press) = self.press.as_mut().filter(|p| p.down)
            && (now_ms.saturating_sub(press.heard_ms) >= RELEASE_AFTER_MS
                || now_ms.saturating_sub(press.began_ms) >= MAX_PRESS_MS)
        {
            edge(press.up());
        }
    }
}

/// Frames a sent digit lasts: 100 ms, what every receiver takes.
const SEND_FRAMES: u16 = 5;
/// Frames of pause between digits: 100 ms.
const PAUSE_FRAMES: u16 = 5;
/// The end is sent three times in all (RFC 4733 §2.5.1.4).
const END_PACKETS: u16 = 3;
/// Level of the described tone: −10 dBm0.
const VOLUME: u8 = 10;

/// One packet to send instead of audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventPacket {
    /// Set on the first packet of an event.
    pub marker: bool,
    /// The RTP timestamp: all packets of an event carry its start, also where the stream has jumped ahead meanwhile.
    pub timestamp: u32,
    /// The four bytes of RFC 4733 §2.3.
    pub payload: [u8; 4],
}

/// What the sender wants in this frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventFrame {
    /// Nothing waits: send audio.
    Idle,
    /// Between two digits: send nothing or silence.
    Pause,
    /// Send this packet.
    Packet(EventPacket),
}

/// Sends digits as telephone events, one packet a frame.
#[derive(Debug, Default)]
pub struct EventSender {
    waiting: VecDeque<Digit>,
    /// The digit being sent, its frame number, and the timestamp at which it began.
    present: Option<(Digit, u16, u32)>,
}

impl EventSender {
    /// Queues a digit; false when [`MAX_DIGITS_OUT`] already wait.
    pub fn push(&mut self, digit: Digit) -> bool {
        let room = self.waiting.len() < MAX_DIGITS_OUT;
        if room {
            self.waiting.push_back(digit);
        }
        room
    }

    /// Whether nothing is being sent or waits.
    pub fn is_idle(&self) -> bool {
        self.present.is_none() && self.waiting.is_empty()
    }

    /// Forgets what has not begun.
    pub fn clear(&mut self) {
        self.waiting.clear();
    }

    /// The packet of this frame, which has this timestamp. Call once every 20 ms.
    pub fn frame(&mut self, timestamp: u32) -> EventFrame {
        if self.present.is_none() {
            self.present = self.waiting.pop_front().map(|digit| (digit, 0, timestamp));
        }
        let Some((digit, n, began)) = self.present else { return EventFrame::Idle };
        if n >= SEND_FRAMES + END_PACKETS - 1 + PAUSE_FRAMES {
            self.present = None;
            return self.frame(timestamp);
        }
        self.present = Some((digit, n + 1, began));
        if n >= SEND_FRAMES + END_PACKETS - 1 {
            return EventFrame::Pause;
        }
        let frames = (n + 1).min(SEND_FRAMES);
        let end = if n + 1 >= SEND_FRAMES { 0x80 } else { 0 };
        let [high, low] = (frames * FRAME_SAMPLES as u16).to_be_bytes();
        EventFrame::Packet(EventPacket {
            marker: n == 0,
            timestamp: began,
            payload: [digit.event(), end | VOLUME, high, low],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(key: char, end: bool, duration: u16) -> [u8; 4] {
        let [high, low] = duration.to_be_bytes();
        [Digit::from_char(key).unwrap().event(), if end { 0x8a } else { 10 }, high, low]
    }

    /// (ms, marker, timestamp, key, end, duration)
    type Row = (u64, bool, u32, char, bool, u16);

    /// Plays rows and writes the edges as text, `1v 1^100`.
    fn run(rows: &[Row]) -> String {
        let mut receiver = EventReceiver::default();
        let mut text = Vec::new();
        let mut now = 0;
        for &(ms, marker, timestamp, key, end, duration) in rows {
            while now < ms {
                now += 20;
                receiver.tick(now, |e| text.push(show(e)));
            }
            receiver.packet(ms, marker, timestamp, &payload(key, end, duration), |e| text.push(show(e)));
        }
        for _ in 0..600 {
            now += 20;
            receiver.tick(now, |e| text.push(show(e)));
        }
        text.join(" ")
    }

    fn show(edge: Edge) -> String {
        match edge {
            Edge::Down { digit, .. } => format!("{}v", digit.as_char()),
            Edge::Up { digit, duration_ms } => format!("{}^{duration_ms}", digit.as_char()),
        }
    }

    #[test]
    fn one_press_is_one_press_whatever_the_packets() {
        let t = 5_000;
        let cases: &[(&str, &[Row], &str)] = &[
            (
                "the normal case, end three times",
                &[
                    (0, true, t, '1', false, 160),
                    (20, false, t, '1', false, 320),
                    (40, false, t, '1', true, 480),
                    (60, false, t, '1', true, 480),
                    (80, false, t, '1', true, 480),
                ],
                "1v 1^60",
            ),
            ("only one end packet came", &[(0, false, t, '#', true, 800)], "#v #^100"),
            ("all ends lost", &[(0, true, t, '1', false, 160), (20, false, t, '1', false, 320)], "1v 1^40"),
            (
                "an end comes after the release by silence",
                &[(0, true, t, '1', false, 160), (400, false, t, '1', true, 480)],
                "1v 1^20",
            ),
            (
                "end lost and the next digit begins",
                &[
                    (0, true, t, '1', false, 320),
                    (40, true, t + 800, '2', false, 160),
                    (60, false, t + 800, '2', true, 320),
                ],
                "1v 1^40 2v 2^40",
            ),
            (
                "the same digit twice",
                &[(0, true, t, '1', true, 400), (150, true, t + 1_200, '1', true, 400)],
                "1v 1^50 1v 1^50",
            ),
            (
                "the same digit twice, the marker of the second lost",
                &[(0, true, t, '1', true, 400), (150, false, t + 1_200, '1', true, 400)],
                "1v 1^50 1v 1^50",
            ),
            (
                "reordered: an old packet after the next digit began",
                &[
                    (0, true, t, '1', true, 400),
                    (150, true, t + 1_200, '2', false, 160),
                    (160, false, t, '1', true, 400),
                    (170, false, t + 1_200, '2', true, 320),
                ],
                "1v 1^50 2v 2^40",
            ),
            (
                "a long event in two segments",
                &[
                    (0, true, t, '5', false, 65_000),
                    (50, false, t, '5', false, 65_535),
                    (100, false, t + 65_535, '5', false, 400),
                    (150, false, t + 65_535, '5', true, 800),
                ],
                "5v 5^8291",
            ),
            (
                "a sender that moves the timestamp",
                &[
                    (0, true, t, '9', false, 160),
                    (20, false, t + 160, '9', false, 160),
                    (40, false, t + 320, '9', true, 160),
                    (60, false, t + 480, '9', true, 160),
                ],
                "9v 9^60",
            ),
            ("duration zero first", &[(0, true, t, '0', false, 0), (20, false, t, '0', true, 160)], "0v 0^20"),
            (
                "timestamp wraps between digits",
                &[(0, true, u32::MAX - 100, '3', true, 320), (200, true, 1_500, '3', true, 320)],
                "3v 3^40 3v 3^40",
            ),
            (
                "a new numbering far behind",
                &[(0, true, 4_000_000_000, '3', true, 320), (200, true, 17, '4', true, 320)],
                "3v 3^40 4v 4^40",
            ),
        ];
        for (name, rows, want) in cases {
            assert_eq!(run(rows), *want, "{name}");
        }
    }

    #[test]
    fn a_stuck_key_is_released() {
        let mut receiver = EventReceiver::default();
        let mut ups = 0;
        for n in 0..1_000u64 {
            let duration = ((n + 1) * 160).min(65_535) as u16;
            receiver.packet(n * 20, n == 0, 1, &payload('1', false, duration), |e| {
                ups += usize::from(matches!(e, Edge::Up { .. }))
            });
            receiver.tick(n * 20, |e| ups += usize::from(matches!(e, Edge::Up { .. })));
        }
        assert_eq!(ups, 1);
    }

    #[test]
    fn flash_short_payloads_and_a_new_source() {
        let mut receiver = EventReceiver::default();
        let mut edges = Vec::new();
        receiver.packet(0, true, 1, &[16, 10, 0, 160], |e| edges.push(e));
        receiver.packet(0, true, 1, &[1, 10, 0], |e| edges.push(e));
        assert!(edges.is_empty());
        receiver.packet(0, true, 1, &payload('1', false, 160), |e| edges.push(e));
        receiver.reset(|e| edges.push(e));
        assert_eq!(edges.len(), 2);
    }

    #[test]
    fn what_we_send_is_what_we_receive() {
        let mut sender = EventSender::default();
        "147*#".chars().for_each(|c| assert!(sender.push(Digit::from_char(c).unwrap())));
        let mut receiver = EventReceiver::default();
        let mut text = Vec::new();
        let mut packets = Vec::new();
        for n in 0..100u32 {
            // The machine stands still in the middle of the second digit: the stream jumps ahead, the event does not.
            let jump = if n > 15 { 4_000 } else { 0 };
            if let EventFrame::Packet(p) = sender.frame(n * 160 + jump) {
                packets.push(p);
                receiver.packet(u64::from(n) * 20, p.marker, p.timestamp, &p.payload, |e| text.push(show(e)));
            }
        }
        assert!(sender.is_idle());
        assert_eq!(text.join(" "), "1v 1^100 4v 4^100 7v 7^100 *v *^100 #v #^100");
        assert_eq!(packets.iter().filter(|p| p.marker).count(), 5);
        assert_eq!(packets.iter().filter(|p| p.payload[1] & 0x80 != 0).count(), 15);
        for digit in 0..MAX_DIGITS_OUT + 1 {
            assert_eq!(sender.push(Digit::from_event(0).unwrap()), digit < MAX_DIGITS_OUT);
        }
    }
}
