//! Carrying out commands, and the life of a recording.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use super::{Call, Cue, LegCommand, LegEvent, Piece, Recording};
use crate::audio::Audio;
use crate::dtmf::dedup::Source;
use crate::dtmf::{Digit, Edge};
use crate::limits::FRAME_SAMPLES;
use crate::play::Item;
use crate::record::{EndedBy, RecordOptions, Recorder};
use crate::rtp::jitter::JitterBuffer;
use crate::sdp::Negotiated;
use crate::tone;

/// One beep for all calls.
static BEEP: LazyLock<Arc<Audio>> = LazyLock::new(|| Arc::new(tone::beep()));

impl Call {
    /// Carries out a command.
    pub fn command(&mut self, now_ms: u64, command: LegCommand) {
        if self.closed {
            return;
        }
        match command {
            LegCommand::Remote(session) => self.remote(now_ms, session),
            LegCommand::Hold(held) => {
                self.held = held;
                self.last_media_ms = Some(now_ms);
            }
            LegCommand::Play { id, clip, interruptible } => {
                if !self.queue(Item::Clip { id, clip, interruptible }) {
                    self.events.push_back(LegEvent::Played { id, heard_ms: 0, completed: false });
                    self.refuse(id, "the play queue is full");
                }
            }
            LegCommand::Listen(listening) => self.listening = listening,
            LegCommand::StopAll => {
                self.digits_out.clear();
                let mut sink = Vec::new();
                self.play.stop(&mut |e| sink.push(e));
                self.play_events(sink);
            }
            LegCommand::Mark { id } => self.queue_cue(Cue::Mark(id), id),
            LegCommand::Record { id, path, max_ms, silence_ms, terminators, beep } => {
                if self.recording.is_some() || self.waiting_record.is_some() {
                    return self.refuse(id, "another recording is running");
                }
                let terminators = terminators.chars().filter_map(Digit::from_char).collect();
                self.waiting_record = Some((id, path, RecordOptions { max_ms, silence_ms, terminators }));
                if beep && !self.queue(Item::Signal(BEEP.clone())) {
                    self.waiting_record = None;
                    return self.refuse(id, "the play queue is full");
                }
                self.queue_cue(Cue::Record(id), id);
            }
            LegCommand::StopRecord { id } => self.stop_record(Some(id), EndedBy::Stop),
            LegCommand::InjectDigit(c) => {
                if let Some(digit) = Digit::from_char(c) {
                    self.digit_edge(now_ms, Source::Info, Edge::Down { digit, ago: 0 });
                    self.digit_edge(now_ms, Source::Info, Edge::Up { digit, duration_ms: 0 });
                }
            }
            LegCommand::SendDigits(digits) => self.send_digits(&digits),
            LegCommand::Close => self.close(),
        }
    }

    fn remote(&mut self, now_ms: u64, session: Negotiated) {
        self.latch.signal(session.remote);
        if session.telephone_event_in.is_some() {
            self.tones = None;
        } else if self.tones.is_none() {
            self.tones = Some(Box::default());
        }
        self.last_media_ms = Some(now_ms);
        self.no_media_told = false;
        self.partial_len = 0;
        self.session = Some(session);
        self.tune();
    }

    /// The jitter buffer exists only while somebody listens.
    fn tune(&mut self) {
        let wanted = self.tones.is_some() || self.recording.is_some();
        if !wanted {
            if let Some(jitter) = self.jitter.take() {
                self.stats.packets_late += jitter.stats().late;
            }
        } else if self.jitter.is_none() {
            self.jitter = Some(Box::new(JitterBuffer::new()));
        }
    }

    fn queue(&mut self, item: Item) -> bool {
        let mut sink = Vec::new();
        let taken = self.play.push(item, &mut |e| sink.push(e)).is_ok();
        self.play_events(sink);
        taken
    }

    fn queue_cue(&mut self, cue: Cue, id: u64) {
        let name = self.next_cue;
        self.next_cue += 1;
        self.cues.push_back((name, cue));
        if !self.queue(Item::Cue(name)) {
            self.cues.pop_back();
            if self.waiting_record.as_ref().is_some_and(|r| r.0 == id) {
                self.waiting_record = None;
            }
            self.refuse(id, "the play queue is full");
        }
    }

    pub(super) fn cue(&mut self, cue: Cue) {
        match cue {
            Cue::Mark(id) => self.events.push_back(LegEvent::Marked { id }),
            Cue::Record(id) => {
                if let Some((_, path, options)) = self.waiting_record.take_if(|r| r.0 == id) {
                    self.recording = Some(Recording { id, path, recorder: Recorder::new(options) });
                    self.tune();
                }
            }
        }
    }

    fn refuse(&mut self, id: u64, reason: &'static str) {
        self.events.push_back(LegEvent::Refused { id, reason });
    }

    fn send_digits(&mut self, text: &str) {
        let digits: Vec<Digit> = text.chars().filter_map(Digit::from_char).collect();
        if self.session.as_ref().is_some_and(|s| s.telephone_event.is_none()) {
            if digits.len() > crate::limits::MAX_DIGITS_OUT || !self.queue(Item::Signal(Arc::new(tone::dtmf(&digits))))
            {
                self.refuse(0, "too many digits wait to be sent");
            }
        } else if !digits.into_iter().all(|digit| self.digits_out.push(digit)) {
            self.refuse(0, "too many digits wait to be sent");
        }
    }

    fn close(&mut self) {
        self.stop_record(None, EndedBy::Hangup);
        let mut sink = Vec::new();
        self.play.stop(&mut |e| sink.push(e));
        self.play_events(sink);
        self.tones = None;
        self.tune();
        self.closed = true;
    }

    /// Sound of the caller for the recording, if one runs.
    pub(super) fn record_frame(&mut self, frame: &[i16; FRAME_SAMPLES]) {
        let Some(recording) = &mut self.recording else { return };
        let ended = recording.recorder.frame(frame);
        while let Some(samples) = recording.recorder.piece() {
            self.pieces.push_back(Piece { id: recording.id, path: recording.path.clone(), samples, end: None });
        }
        if let Some(ended_by) = ended {
            self.end_record(ended_by);
        }
    }

    /// A key went down while recording.
    pub(super) fn record_key(&mut self, digit: Digit, ago: u32) {
        if let Some(ended_by) = self.recording.as_mut().and_then(|r| r.recorder.key(digit, ago)) {
            self.end_record(ended_by);
        }
    }

    /// Ends a recording that runs or still waits for its turn.
    fn stop_record(&mut self, only: Option<u64>, ended_by: EndedBy) {
        let meant = |id: u64| only.is_none_or(|only| only == id);
        if let Some((id, path, _)) = self.waiting_record.take_if(|r| meant(r.0)) {
            self.finish_record(id, path, Vec::new(), 0, ended_by);
        }
        if self.recording.as_ref().is_some_and(|r| meant(r.id)) {
            self.end_record(ended_by);
        }
    }

    fn end_record(&mut self, ended_by: EndedBy) {
        if let Some(Recording { id, path, recorder }) = self.recording.take() {
            let (samples, duration_ms) = recorder.finish();
            self.finish_record(id, path, samples, duration_ms, ended_by);
            self.tune();
        }
    }

    fn finish_record(&mut self, id: u64, path: PathBuf, samples: Vec<i16>, duration_ms: u64, ended_by: EndedBy) {
        let end = LegEvent::Recorded { id, path: path.clone(), duration_ms, ended_by };
        self.pieces.push_back(Piece { id, path, samples, end: Some(end) });
    }
}
