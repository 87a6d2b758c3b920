//! What a call can be told and what it tells: plain values, the same for the pure machine and for the engine.

use std::path::PathBuf;
use std::sync::Arc;

use crate::audio::Audio;
use crate::record::EndedBy;
use crate::sdp::Negotiated;

/// An order to a call.
#[derive(Debug, Clone)]
pub enum LegCommand {
    /// The outcome of an offer/answer exchange, first or later. Nothing is sent or accepted before the first.
    Remote(Negotiated),
    /// Holds the call: playing pauses and nothing is sent until it is taken off hold.
    Hold(bool),
    /// Appends a clip to the play queue. Its fate comes as [`LegEvent::Played`].
    Play {
        /// The caller's name for it.
        id: u64,
        /// The sound.
        clip: Arc<Audio>,
        /// Whether a digit may cut it off while the call listens.
        interruptible: bool,
    },
    /// While listening, a digit drops all interruptible clips within one frame.
    Listen(bool),
    /// Drops everything in the play queue, interruptible or not; marks fire. Recordings go on.
    StopAll,
    /// Emits [`LegEvent::Marked`] when everything queued before was played or dropped.
    Mark {
        /// The caller's name for it.
        id: u64,
    },
    /// Records the caller, beginning when everything queued before was played or dropped.
    Record {
        /// The caller's name for it.
        id: u64,
        /// The WAV file to write; the folder must exist, an existing file is replaced.
        path: PathBuf,
        /// Longest duration in milliseconds.
        max_ms: u64,
        /// Silence that ends it, in milliseconds; 0 for never.
        silence_ms: u64,
        /// Keys that end it.
        terminators: String,
        /// Whether a beep comes first.
        beep: bool,
    },
    /// Ends a recording, begun or waiting.
    StopRecord {
        /// Its name.
        id: u64,
    },
    /// A digit that came by signalling (INFO): counts like one heard.
    InjectDigit(char),
    /// Sends digits to the peer, as telephone events if agreed on, else as tones. Unknown characters are skipped.
    SendDigits(String),
    /// Ends the call.
    Close,
}

/// What happened in a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LegEvent {
    /// The caller pressed and released a key.
    Digit {
        /// Which.
        digit: char,
        /// How long it was down, in milliseconds; 0 when it came by signalling.
        duration_ms: u32,
    },
    /// A digit went down and interruptible clips were dropped. Comes before the digit itself.
    BargedIn,
    /// A clip left the play queue.
    Played {
        /// Its name.
        id: u64,
        /// Milliseconds of it that were sent.
        heard_ms: u64,
        /// Whether all of it was sent.
        completed: bool,
    },
    /// A mark was reached.
    Marked {
        /// Its name.
        id: u64,
    },
    /// A recording ended and its file is complete.
    Recorded {
        /// Its name.
        id: u64,
        /// The WAV file.
        path: PathBuf,
        /// Its length in milliseconds.
        duration_ms: u64,
        /// Why it ended.
        ended_by: EndedBy,
    },
    /// A recording could not be written; the file, if any, holds what came before.
    RecordFailed {
        /// Its name.
        id: u64,
        /// What the disk said.
        reason: String,
    },
    /// A command could not be carried out: a queue is full or a recording is running.
    Refused {
        /// The name given in the command; 0 for digits.
        id: u64,
        /// Why.
        reason: &'static str,
    },
    /// Nothing was received for the configured time although the peer should send.
    NoMedia,
    /// The call is over; the last event.
    Closed {
        /// What it was like.
        stats: LegStats,
    },
}

/// Figures of one call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LegStats {
    /// RTP packets sent.
    pub packets_sent: u64,
    /// RTP packets accepted.
    pub packets_received: u64,
    /// Packets that should have come and did not.
    pub packets_lost: u64,
    /// Packets from sources that are not our peer.
    pub packets_foreign: u64,
    /// Datagrams that were neither RTP nor RTCP, or of a payload type not agreed on.
    pub packets_malformed: u64,
    /// Packets too late to be heard; counted only while something listens to the audio.
    pub packets_late: u64,
    /// Packets we could not send.
    pub send_errors: u64,
    /// Interarrival jitter in milliseconds.
    pub jitter_ms: u32,
    /// Loss of what we sent, as the peer last reported it, in 1/256.
    pub peer_loss: u8,
    /// Round trip time in milliseconds from the last report, if any.
    pub round_trip_ms: Option<u32>,
    /// Distinct digits reported.
    pub digits: u64,
    /// Events dropped because nobody read them. Not one is dropped before a thousand wait.
    pub events_lost: u64,
    /// Recorded milliseconds dropped because the disk was too slow.
    pub record_lost_ms: u64,
}
