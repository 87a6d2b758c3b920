//! One call as a machine: packets, commands and the tick of 20 ms go in; packets, events and recorded samples come
//! out. It has no socket and no clock; `now_ms` is any steadily rising count of milliseconds.
//!
//! Sending costs a copy and a header. Received sound is decoded only while something listens to it: a recording, or
//! the tone detector when no telephone events were agreed on.

mod command;
mod control;
mod receive;
mod reports;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::PathBuf;

pub use command::{LegCommand, LegEvent, LegStats};

use crate::dtmf::Digit;
use crate::dtmf::dedup::Dedup;
use crate::dtmf::event::{EventFrame, EventReceiver, EventSender};
use crate::dtmf::goertzel::ToneDetector;
use crate::g711::Codec;
use crate::limits::{FRAME_MS, FRAME_SAMPLES, MAX_PACKET_OUT};
use crate::play::{PlayEvent, PlayQueue};
use crate::record::{RecordOptions, Recorder};
use crate::rtp::jitter::{JitterBuffer, Pulled};
use crate::rtp::latch::{Latch, LatchPolicy};
use crate::rtp::packet::{HEADER_BYTES, Header};
use crate::rtp::reception::Reception;
use crate::sdp::Negotiated;
use reports::Reports;

/// How a call begins. The numbers must be unpredictable, or strangers could speak into it.
#[derive(Debug, Clone)]
pub struct CallOptions {
    /// Our synchronisation source.
    pub ssrc: u32,
    /// Our first sequence number.
    pub sequence: u16,
    /// Our first timestamp.
    pub timestamp: u32,
    /// Seed for the spread of report times.
    pub seed: u64,
    /// Milliseconds without a packet before [`LegEvent::NoMedia`]; 0 for never.
    pub no_media_ms: u64,
    /// Whether silence is sent while nothing plays. Otherwise one packet a second keeps NATs and timers of the peer
    /// alive (RFC 6263).
    pub send_silence: bool,
    /// Whose packets may be learned.
    pub latch: LatchPolicy,
}

impl CallOptions {
    /// The defaults with the four random numbers taken from one seed.
    pub fn from_seed(seed: u64) -> CallOptions {
        CallOptions {
            ssrc: seed as u32,
            sequence: (seed >> 32) as u16 & 0x7fff, // leaves the wrap-around for later (RFC 3550 §5.1, RFC 3711 §3.3.1)
            timestamp: (seed >> 16) as u32,
            seed,
            no_media_ms: 0,
            send_silence: true,
            latch: LatchPolicy::Learn,
        }
    }
}

/// A packet to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outgoing {
    /// Bytes used of the buffer.
    pub len: usize,
    /// Where to.
    pub to: SocketAddr,
}

/// Recorded sound on its way to a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece {
    /// The recording.
    pub id: u64,
    /// Its file.
    pub path: PathBuf,
    /// The samples, a second or less.
    pub samples: Vec<i16>,
    /// The event to emit once the file is complete; set on the last piece.
    pub end: Option<LegEvent>,
}

/// What cues of the play queue stand for.
#[derive(Debug)]
enum Cue {
    Mark(u64),
    Record(u64),
}

struct Recording {
    id: u64,
    path: PathBuf,
    recorder: Recorder,
}

/// Frames of silence sent when sound ends, so that the peer's buffer runs out in quiet, and keep-alive distance.
const TAIL_FRAMES: u32 = 10;
const KEEP_ALIVE_FRAMES: u32 = 50;

/// The machine.
pub struct Call {
    options: CallOptions,
    session: Option<Negotiated>,
    held: bool,
    listening: bool,
    closed: bool,
    stats: LegStats,

    // Sending.
    sequence: u16,
    timestamp: u32,
    marker: bool,
    idle_frames: u32,
    partial: [u8; MAX_PACKET_OUT],
    partial_len: usize,
    octets_sent: u64,
    play: PlayQueue,
    cues: VecDeque<(u64, Cue)>,
    next_cue: u64,
    digits_out: EventSender,

    // Receiving.
    latch: Latch,
    reception: Option<Reception>,
    jitter: Option<Box<JitterBuffer>>,
    events_in: EventReceiver,
    /// The synchronisation source of the telephone events.
    events_from: Option<u32>,
    tones: Option<Box<ToneDetector>>,
    dedup: Dedup,
    pressed: [Option<Digit>; 3],
    last_media_ms: Option<u64>,
    no_media_told: bool,
    reports: Reports,

    // Recording.
    waiting_record: Option<(u64, PathBuf, RecordOptions)>,
    recording: Option<Recording>,

    events: VecDeque<LegEvent>,
    pieces: VecDeque<Piece>,
}

impl Call {
    /// A call that waits for its first [`LegCommand::Remote`].
    pub fn new(options: CallOptions) -> Call {
        Call {
            session: None,
            held: false,
            listening: false,
            closed: false,
            stats: LegStats::default(),
            sequence: options.sequence,
            timestamp: options.timestamp,
            marker: true,
            idle_frames: 0,
            partial: [0; MAX_PACKET_OUT],
            partial_len: 0,
            octets_sent: 0,
            play: PlayQueue::default(),
            cues: VecDeque::new(),
            next_cue: 0,
            digits_out: EventSender::default(),
            latch: Latch::new(options.latch),
            reception: None,
            jitter: None,
            events_in: EventReceiver::default(),
            events_from: None,
            tones: None,
            dedup: Dedup::default(),
            pressed: [None; 3],
            last_media_ms: None,
            no_media_told: false,
            reports: Reports::new(options.seed),
            waiting_record: None,
            recording: None,
            events: VecDeque::new(),
            pieces: VecDeque::new(),
            options,
        }
    }

    /// The next event, oldest first.
    pub fn event(&mut self) -> Option<LegEvent> {
        self.events.pop_front()
    }

    /// The next piece of a recording, oldest first. Take pieces before events.
    pub fn piece(&mut self) -> Option<Piece> {
        self.pieces.pop_front()
    }

    /// Whether [`LegCommand::Close`] was carried out.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// The figures so far.
    pub fn stats(&self) -> LegStats {
        let mut stats = self.stats;
        if let Some(reception) = &self.reception {
            stats.packets_lost += reception.lost();
            stats.jitter_ms = reception.jitter() / 8;
        }
        if let Some(jitter) = &self.jitter {
            stats.packets_late += jitter.stats().late;
        }
        stats
    }

    /// 20 ms have passed. Writes at most one RTP packet into `out`.
    pub fn tick(&mut self, now_ms: u64, out: &mut [u8; MAX_PACKET_OUT]) -> Option<Outgoing> {
        if self.closed {
            return None;
        }
        self.receive_tick(now_ms);
        let timestamp = self.timestamp;
        self.timestamp = timestamp.wrapping_add(FRAME_SAMPLES as u32);
        let Some((to, codec, frames)) = self.route() else {
            // Nothing may be sent: playing waits, time goes on, and the next packet begins a talk spurt.
            self.partial_len = 0;
            self.marker = true;
            return None;
        };
        match self.digits_out.frame(timestamp) {
            EventFrame::Packet(packet) => {
                self.partial_len = 0;
                let payload_type = self.session.as_ref().and_then(|s| s.telephone_event)?;
                out[HEADER_BYTES..HEADER_BYTES + 4].copy_from_slice(&packet.payload);
                self.marker = true; // the audio after the digit begins a talk spurt
                return Some(self.packet(out, packet.marker, payload_type, packet.timestamp, 4, to));
            }
            EventFrame::Pause => return None,
            EventFrame::Idle => {}
        }
        let at = self.partial_len;
        let (play, mut sink) = (&mut self.play, Vec::new());
        let filled = play.fill(codec, &mut self.partial[at..at + FRAME_SAMPLES], &mut |e| sink.push(e));
        self.play_events(sink);
        self.idle_frames = if filled > 0 { 0 } else { self.idle_frames.saturating_add(1) };
        if filled == 0 && at == 0 && !self.silence_due() {
            self.marker = true;
            return None;
        }
        self.partial[at + filled..at + FRAME_SAMPLES].fill(codec.silence());
        self.partial_len = at + FRAME_SAMPLES;
        if self.partial_len < frames * FRAME_SAMPLES {
            return None;
        }
        let len = std::mem::take(&mut self.partial_len);
        out[HEADER_BYTES..HEADER_BYTES + len].copy_from_slice(&self.partial[..len]);
        let marker = std::mem::take(&mut self.marker);
        let payload_type = self.session.as_ref().map_or(0, |s| s.payload_type);
        let began = timestamp.wrapping_sub((len - FRAME_SAMPLES) as u32);
        Some(self.packet(out, marker, payload_type, began, len, to))
    }

    /// Time went by without ticks, because the machine was stopped: the stream jumps ahead.
    pub fn skip(&mut self, frames: u64) {
        self.timestamp = self.timestamp.wrapping_add((frames as u32).wrapping_mul(FRAME_SAMPLES as u32));
        self.partial_len = 0;
        self.marker = true;
    }

    /// Counts a packet that the socket would not take.
    pub fn send_failed(&mut self) {
        self.stats.send_errors += 1;
    }

    /// Where to send and how: `None` while nothing may be sent.
    fn route(&self) -> Option<(SocketAddr, Codec, usize)> {
        let session = self.session.as_ref().filter(|s| s.direction.sends() && !self.held)?;
        Some((self.latch.destination()?, session.codec, (u64::from(session.ptime_ms) / FRAME_MS).clamp(1, 3) as usize))
    }

    /// Whether a silent frame should be sent although nothing plays.
    fn silence_due(&self) -> bool {
        self.options.send_silence
            || self.idle_frames <= TAIL_FRAMES
            || self.idle_frames.is_multiple_of(KEEP_ALIVE_FRAMES)
    }

    fn packet(
        &mut self,
        out: &mut [u8; MAX_PACKET_OUT],
        marker: bool,
        payload_type: u8,
        timestamp: u32,
        payload: usize,
        to: SocketAddr,
    ) -> Outgoing {
        let header = Header { marker, payload_type, sequence: self.sequence, timestamp, ssrc: self.options.ssrc };
        header.write(out.first_chunk_mut().expect("the buffer is longer than a header"));
        self.sequence = self.sequence.wrapping_add(1);
        self.stats.packets_sent += 1;
        self.octets_sent += payload as u64;
        Outgoing { len: HEADER_BYTES + payload, to }
    }

    /// Sound for whoever listens: the recording and the tone detector.
    fn hear(&mut self, now_ms: u64) {
        let Some(jitter) = &mut self.jitter else { return };
        let mut frame = [0i16; FRAME_SAMPLES];
        let pulled = jitter.pull(&mut frame);
        if let Some(tones) = &mut self.tones
            && pulled != Pulled::Silence
        {
            let mut edges = [None; 4];
            let mut n = 0;
            tones.push(&frame, |edge| {
                if n < edges.len() {
                    edges[n] = Some(edge);
                    n += 1;
                }
            });
            for edge in edges.into_iter().flatten() {
                // The recording does not hold this frame yet, so the tone began that much later before its end.
                self.digit_edge(now_ms, crate::dtmf::dedup::Source::Inband, edge);
            }
        }
        self.record_frame(&frame);
    }
}

/// Cues and clips of the play queue become events.
impl Call {
    fn play_events(&mut self, events: Vec<PlayEvent>) {
        for event in events {
            match event {
                PlayEvent::Played { id, heard_ms, completed } => {
                    self.events.push_back(LegEvent::Played { id, heard_ms, completed });
                }
                PlayEvent::Cue(name) => {
                    // Cues fire in the order they were queued.
                    while let Some((n, cue)) = self.cues.pop_front() {
                        self.cue(cue);
                        if n == name {
                            break;
                        }
                    }
                }
            }
        }
    }
}
