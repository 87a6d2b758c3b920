//! The recording machine: takes 20 ms of sound at a time, decides when the recording is over, and hands out samples
//! in pieces of a second. Files are the engine's; it takes no notice of where the samples go.
//!
//! The newest fifth of a second is held back, so that the tone of the key that ends a recording can still be cut off.

use crate::dtmf::Digit;
use crate::limits::{FRAME_MS, INITIAL_SILENCE_MS, MAX_RECORDING_MS, MAX_TERMINATORS, SAMPLE_RATE};
use crate::vad::EnergyVad;

/// Samples held back: 200 ms.
const HELD_BACK: usize = 1_600;
/// Samples in one piece: a second, so that the header on disk is refreshed each second.
const PIECE: usize = SAMPLE_RATE as usize;
/// Sound before the key was noticed that already belongs to its press: gateways let 20 to 40 ms through.
const LEAK: usize = 320;

/// Why a recording ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedBy {
    /// The longest duration was reached.
    Max,
    /// Nobody spoke for the given time.
    Silence,
    /// A terminator key was pressed.
    Key(char),
    /// A command stopped it.
    Stop,
    /// The call ended.
    Hangup,
}

/// What to record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordOptions {
    /// Longest duration in milliseconds; capped at [`MAX_RECORDING_MS`].
    pub max_ms: u64,
    /// Silence after speech that ends the recording, in milliseconds; 0 never ends it. Before the first word, at
    /// least [`INITIAL_SILENCE_MS`] are allowed.
    pub silence_ms: u64,
    /// Keys that end the recording.
    pub terminators: Vec<Digit>,
}

/// A running recording.
pub struct Recorder {
    options: RecordOptions,
    vad: EnergyVad,
    buffer: Vec<i16>,
    handed_out: u64,
    elapsed_ms: u64,
    quiet_ms: u64,
    spoken: bool,
}

impl Recorder {
    /// Begins now.
    pub fn new(mut options: RecordOptions) -> Recorder {
        options.max_ms = options.max_ms.min(MAX_RECORDING_MS);
        options.terminators.truncate(MAX_TERMINATORS);
        Recorder {
            options,
            vad: EnergyVad::default(),
            buffer: Vec::with_capacity(HELD_BACK + PIECE + 160),
            handed_out: 0,
            elapsed_ms: 0,
            quiet_ms: 0,
            spoken: false,
        }
    }

    /// Takes 20 ms of sound. When the recording is over, says why; then call [`finish`](Self::finish).
    pub fn frame(&mut self, samples: &[i16]) -> Option<EndedBy> {
        self.buffer.extend_from_slice(samples);
        self.elapsed_ms += FRAME_MS;
        if self.vad.frame(samples) {
            self.spoken = true;
            self.quiet_ms = 0;
        } else {
            self.quiet_ms += FRAME_MS;
        }
        let patience =
            if self.spoken { self.options.silence_ms } else { self.options.silence_ms.max(INITIAL_SILENCE_MS) };
        if self.elapsed_ms >= self.options.max_ms {
            Some(EndedBy::Max)
        } else if self.options.silence_ms > 0 && self.quiet_ms >= patience {
            Some(EndedBy::Silence)
        } else {
            None
        }
    }

    /// A key went down, its tone having begun `ago` samples before. If it is a terminator, its tone is cut off.
    pub fn key(&mut self, digit: Digit, ago: u32) -> Option<EndedBy> {
        if !self.options.terminators.contains(&digit) {
            return None;
        }
        let cut = (ago as usize + LEAK).min(HELD_BACK);
        self.buffer.truncate(self.buffer.len().saturating_sub(cut));
        Some(EndedBy::Key(digit.as_char()))
    }

    /// A full second of samples that is surely part of the recording, if there is one.
    pub fn piece(&mut self) -> Option<Vec<i16>> {
        (self.buffer.len() >= PIECE + HELD_BACK).then(|| {
            self.handed_out += PIECE as u64;
            let mut piece = Vec::with_capacity(PIECE);
            piece.extend(self.buffer.drain(..PIECE));
            piece
        })
    }

    /// The last samples and the whole duration in milliseconds.
    pub fn finish(self) -> (Vec<i16>, u64) {
        let duration_ms = (self.handed_out + self.buffer.len() as u64) * 1_000 / u64::from(SAMPLE_RATE);
        (self.buffer, duration_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(max_ms: u64, silence_ms: u64) -> RecordOptions {
        RecordOptions { max_ms, silence_ms, terminators: vec![Digit::from_char('#').unwrap()] }
    }

    fn speech(n: usize) -> [i16; 160] {
        let level = if n % 10 < 8 { 6_000 } else { 0 };
        std::array::from_fn(|k| if k % 8 < 4 { level } else { -level })
    }

    fn run(recorder: &mut Recorder, sound: impl Fn(usize) -> [i16; 160], frames: usize) -> Option<(usize, EndedBy)> {
        (0..frames).find_map(|n| recorder.frame(&sound(n)).map(|end| (n, end)))
    }

    #[test]
    fn ends_at_the_longest_duration_and_loses_nothing() {
        let mut recorder = Recorder::new(options(3_000, 0));
        let mut all = Vec::new();
        let mut end = None;
        let mut n = 0i16;
        while end.is_none() {
            end = recorder.frame(&[n; 160]);
            n += 1;
            while let Some(piece) = recorder.piece() {
                assert_eq!(piece.len(), 8_000);
                all.extend(piece);
            }
        }
        let (rest, duration_ms) = recorder.finish();
        all.extend(rest);
        assert_eq!((end, duration_ms, all.len()), (Some(EndedBy::Max), 3_000, 24_000));
        assert!(all.iter().enumerate().all(|(k, &s)| s as usize == k / 160));
    }

    #[test]
    fn silence_ends_it_after_speech_and_later_before_speech() {
        let mut recorder = Recorder::new(options(60_000, 1_000));
        assert_eq!(run(&mut recorder, speech, 150), None);
        let (n, end) = run(&mut recorder, |_| [0; 160], 200).unwrap();
        assert_eq!(end, EndedBy::Silence);
        assert!((45..65).contains(&n), "{n}");
        let mut recorder = Recorder::new(options(60_000, 1_000));
        assert_eq!(run(&mut recorder, |_| [0; 160], 400), Some((249, EndedBy::Silence)));
        let mut recorder = Recorder::new(options(60_000, 0));
        assert_eq!(run(&mut recorder, |_| [0; 160], 1_000), None);
    }

    #[test]
    fn the_terminator_ends_it_and_its_tone_is_cut_off() {
        let mut recorder = Recorder::new(options(60_000, 0));
        run(&mut recorder, |_| [100; 160], 100);
        run(&mut recorder, |_| [9_999; 160], 3); // the tone, noticed after 60 ms
        assert_eq!(recorder.key(Digit::from_char('1').unwrap(), 480), None);
        assert_eq!(recorder.key(Digit::from_char('#').unwrap(), 480), Some(EndedBy::Key('#')));
        let mut all: Vec<i16> = std::iter::from_fn(|| recorder.piece()).flatten().collect();
        let (rest, duration_ms) = recorder.finish();
        all.extend(rest);
        assert!(all.iter().all(|&s| s == 100));
        assert_eq!(duration_ms, 2_000 - 40);
    }

    #[test]
    fn a_wish_for_days_is_capped() {
        assert_eq!(Recorder::new(options(u64::MAX, 0)).options.max_ms, MAX_RECORDING_MS);
    }
}
