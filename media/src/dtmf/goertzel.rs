//! Tones in the audio (ITU-T Q.23, Q.24): for callers whose gateway sends no telephone events.
//!
//! Every 5 ms, the last 15 ms are measured at the eight frequencies. A digit needs five such windows in a row, which
//! a tone of 40 ms always gives and a tone of 20 ms never. In each of them four fifths of the energy must lie on
//! exactly one low and one high frequency within 8 dB of each other, and both must keep their level, which speech
//! does not do for so long.

use std::sync::LazyLock;

use super::{Digit, Edge, HIGH, LOW};
use crate::limits::SAMPLE_RATE;

/// Samples between two decisions.
const HOP: usize = 40;
/// Hops in a window, and in a whole run of five windows.
const HOPS: usize = 3;
const RUN_HOPS: usize = HOPS + HITS as usize - 1;
const WINDOW: f32 = (HOP * HOPS) as f32;
/// Windows in a row that make a digit.
const HITS: u32 = 5;
/// Windows in a row without it that end it: a drop-out of 10 ms inside a press is bridged, a pause of 40 ms is not.
const MISSES: u32 = 5;
/// Smallest amplitude of one tone: about −36 dBm0.
const MIN_AMPLITUDE: f32 = 250.0;
/// Largest difference of the two levels, as power ratio: 8 dB.
const MAX_TWIST: f32 = 6.31;
/// The winner of a group must exceed the others of its group by this power ratio: 8 dB.
const DOMINANCE: f32 = 6.31;
/// Least share of the energy on the two frequencies; 0.5 is a perfect tone filling the window.
const MIN_SHARE: f32 = 0.40;
/// The same before the exact frequencies have been looked for.
const MIN_ROUGH_SHARE: f32 = 0.22;
/// Largest offset of a tone from its frequency: ITU-T Q.24 wants ±1.5 % accepted. Looked for in this many steps
/// to each side.
const MAX_OFFSET: f32 = 0.016;
const OFFSET_STEPS: i32 = 4;
/// The same over the whole run of windows, in which each end may lack 3 ms.
const MIN_RUN_SHARE: f32 = 0.37;
/// How much the power of either tone may change during the five windows, whose first and last may lack a fifth.
const MAX_CHANGE: f32 = 2.0;

type Vector = [f32; 8];

struct Tables {
    cos: [Vector; HOP],
    sin: [Vector; HOP],
    /// The phase by which each frequency turns in one hop.
    turn_cos: Vector,
    turn_sin: Vector,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut t = Tables { cos: [[0.0; 8]; HOP], sin: [[0.0; 8]; HOP], turn_cos: [0.0; 8], turn_sin: [0.0; 8] };
    for (f, hertz) in LOW.iter().chain(&HIGH).enumerate() {
        let step = 2.0 * std::f64::consts::PI * f64::from(*hertz) / f64::from(SAMPLE_RATE);
        for n in 0..HOP {
            t.cos[n][f] = (step * n as f64).cos() as f32;
            t.sin[n][f] = -(step * n as f64).sin() as f32;
        }
        t.turn_cos[f] = (step * HOP as f64).cos() as f32;
        t.turn_sin[f] = -(step * HOP as f64).sin() as f32;
    }
    t
});

#[derive(Debug, Clone, Copy, Default)]
struct Hop {
    re: Vector,
    im: Vector,
    energy: f32,
}

/// A digit seen in a window, with the powers of its two tones.
#[derive(Debug, Clone, Copy)]
struct Sight {
    digit: Digit,
    low: f32,
    high: f32,
}

/// The same digit in several windows in a row.
#[derive(Debug, Clone, Copy)]
struct Run {
    digit: Digit,
    hits: u32,
    low: (f32, f32),
    high: (f32, f32),
}

impl Run {
    fn new(sight: Sight) -> Run {
        Run { digit: sight.digit, hits: 1, low: (sight.low, sight.low), high: (sight.high, sight.high) }
    }

    /// One more window; starts over when a level jumped.
    fn join(self, sight: Sight) -> Run {
        let wider = |(least, most): (f32, f32), p: f32| (least.min(p), most.max(p));
        let run =
            Run { hits: self.hits + 1, low: wider(self.low, sight.low), high: wider(self.high, sight.high), ..self };
        let steady = run.low.1 <= run.low.0 * MAX_CHANGE && run.high.1 <= run.high.0 * MAX_CHANGE;
        if steady { run } else { Run::new(sight) }
    }
}

#[derive(Debug, Clone, Copy)]
enum State {
    Idle,
    Perhaps(Run),
    /// Down for `hops` hops, the last `misses` of them without the tone.
    Down {
        digit: Digit,
        hops: u32,
        misses: u32,
    },
}

/// Listens to one stream of samples.
pub struct ToneDetector {
    hop: Hop,
    filled: usize,
    past: [Hop; RUN_HOPS],
    state: State,
}

impl Default for ToneDetector {
    fn default() -> Self {
        ToneDetector { hop: Hop::default(), filled: 0, past: [Hop::default(); RUN_HOPS], state: State::Idle }
    }
}

impl ToneDetector {
    /// Takes samples, any number of them; calls `edge` for each key that went down or up.
    pub fn push(&mut self, samples: &[i16], mut edge: impl FnMut(Edge)) {
        let tables = &*TABLES;
        for &sample in samples {
            let x = f32::from(sample);
            let (cos, sin) = (&tables.cos[self.filled], &tables.sin[self.filled]);
            for f in 0..8 {
                self.hop.re[f] += x * cos[f];
                self.hop.im[f] += x * sin[f];
            }
            self.hop.energy += x * x;
            self.filled += 1;
            if self.filled == HOP {
                self.filled = 0;
                self.past.rotate_left(1);
                self.past[RUN_HOPS - 1] = std::mem::take(&mut self.hop);
                let seen = self.look(tables);
                self.step(seen, &mut edge);
            }
        }
    }

    /// The digit in the present window.
    fn look(&self, tables: &Tables) -> Option<Sight> {
        let window = &self.past[RUN_HOPS - HOPS..];
        let energy: f32 = window.iter().map(|h| h.energy).sum();
        // Two tones of the smallest level; also keeps silence from being divided by.
        if energy < MIN_AMPLITUDE * MIN_AMPLITUDE * WINDOW {
            return None;
        }
        let power: Vector = std::array::from_fn(|f| power_at(window, f, tables.turn_cos[f], tables.turn_sin[f]));
        let (row, low) = winner(&power[..4])?;
        let (column, high) = winner(&power[4..])?;
        if (low + high) / (energy * WINDOW) < MIN_ROUGH_SHARE {
            return None;
        }
        let (low, high) = (nearby(window, row, LOW[row]), nearby(window, 4 + column, HIGH[column]));
        let twist = if low > high { low / high } else { high / low };
        let weakest = (MIN_AMPLITUDE * WINDOW / 2.0).powi(2);
        let share = (low + high) / (energy * WINDOW);
        (twist <= MAX_TWIST && low.min(high) >= weakest && share >= MIN_SHARE).then(|| Sight {
            digit: Digit::at(row, column),
            low,
            high,
        })
    }

    /// Whether the whole run is two unbroken tones: a voice that wanders through is not.
    fn coherent(&self, digit: Digit) -> bool {
        let energy: f32 = self.past.iter().map(|h| h.energy).sum();
        let (low, high) = digit.frequencies();
        let row = LOW.iter().position(|&f| f == low).unwrap_or(0);
        let column = HIGH.iter().position(|&f| f == high).unwrap_or(0);
        let power = nearby(&self.past, row, low) + nearby(&self.past, 4 + column, high);
        power >= MIN_RUN_SHARE * energy * (HOP * RUN_HOPS) as f32
    }

    fn step(&mut self, seen: Option<Sight>, edge: &mut impl FnMut(Edge)) {
        const HOP_MS: u32 = HOP as u32 * 1_000 / SAMPLE_RATE;
        let perhaps = |seen: Option<Sight>| seen.map_or(State::Idle, |sight| State::Perhaps(Run::new(sight)));
        self.state = match (self.state, seen) {
            (State::Perhaps(run), Some(sight)) if sight.digit == run.digit => {
                let run = run.join(sight);
                if run.hits < HITS {
                    State::Perhaps(run)
                } else if !self.coherent(run.digit) {
                    // The next window may complete a better run.
                    State::Perhaps(Run { hits: HITS - 1, ..run })
                } else {
                    // The first window that hit was already mostly tone: two hops more.
                    edge(Edge::Down { digit: run.digit, ago: (HITS + 2) * HOP as u32 });
                    State::Down { digit: run.digit, hops: HITS, misses: 0 }
                }
            }
            (State::Idle | State::Perhaps(_), seen) => perhaps(seen),
            (State::Down { digit, hops, .. }, Some(sight)) if sight.digit == digit => {
                State::Down { digit, hops: hops + 1, misses: 0 }
            }
            (State::Down { digit, hops, misses }, seen) => {
                if misses + 1 < MISSES {
                    State::Down { digit, hops: hops + 1, misses: misses + 1 }
                } else {
                    let tone_hops = hops + 1 - MISSES;
                    edge(Edge::Up { digit, duration_ms: (tone_hops + 1) * HOP_MS });
                    perhaps(seen)
                }
            }
        };
    }
}

/// Power of some hops at a frequency; Horner's rule in the complex plane joins the hops with their phases.
fn power_at(hops: &[Hop], f: usize, turn_cos: f32, turn_sin: f32) -> f32 {
    let (mut re, mut im) = (0.0, 0.0);
    for hop in hops.iter().rev() {
        (re, im) = (hop.re[f] + re * turn_cos - im * turn_sin, hop.im[f] + re * turn_sin + im * turn_cos);
    }
    re * re + im * im
}

/// Highest power within the allowed offsets of a frequency. Inside a hop the offset hardly matters, so only the
/// phases between hops are turned further.
fn nearby(hops: &[Hop], f: usize, hertz: f32) -> f32 {
    (-OFFSET_STEPS..=OFFSET_STEPS).fold(0.0, |best, step| {
        let offset = 1.0 + MAX_OFFSET * step as f32 / OFFSET_STEPS as f32;
        let angle = 2.0 * std::f32::consts::PI * hertz * offset * HOP as f32 / SAMPLE_RATE as f32;
        best.max(power_at(hops, f, angle.cos(), -angle.sin()))
    })
}

/// The strongest of a group and its power, if it stands clear of the others.
fn winner(powers: &[f32]) -> Option<(usize, f32)> {
    let (best, power) = powers.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let clear = powers.iter().enumerate().all(|(n, p)| n == best || p * DOMINANCE < power);
    (clear && power > 0.0).then_some((best, power))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::g711::Codec;

    struct Random(u64);
    impl Random {
        fn next(&mut self) -> f32 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 >> 40) as f32 / (1u64 << 24) as f32 - 0.5
        }
    }

    fn tone(out: &mut Vec<i16>, digit: Digit, ms: usize, low: f32, high: f32, off: f32) {
        let (f1, f2) = digit.frequencies();
        for n in 0..ms * 8 {
            let t = 2.0 * std::f32::consts::PI * n as f32 / 8_000.0 * (1.0 + off);
            out.push((low * (f1 * t).sin() + high * (f2 * t).sin()) as i16);
        }
    }

    fn silence(out: &mut Vec<i16>, ms: usize) {
        out.extend(std::iter::repeat_n(0, ms * 8));
    }

    /// Through G.711, as a call would bring it.
    fn heard(samples: &[i16]) -> (String, Vec<u32>) {
        let mut detector = ToneDetector::default();
        let (mut text, mut lengths) = (String::new(), Vec::new());
        let coded: Vec<i16> = samples.iter().map(|&s| Codec::Pcmu.decode(Codec::Pcmu.encode(s))).collect();
        for frame in coded.chunks(160) {
            detector.push(frame, |e| match e {
                Edge::Down { digit, .. } => text.push(digit.as_char()),
                Edge::Up { duration_ms, .. } => lengths.push(duration_ms),
            });
        }
        (text, lengths)
    }

    fn all(ms: usize, pause: usize, low: f32, high: f32, off: f32, noise: f32) -> (String, Vec<u32>) {
        let mut samples = Vec::new();
        silence(&mut samples, 33);
        for event in 0..16 {
            tone(&mut samples, Digit::from_event(event).unwrap(), ms, low, high, off);
            silence(&mut samples, pause + event as usize); // shifts the tones against the windows
        }
        silence(&mut samples, 100);
        let mut random = Random(99);
        samples.iter_mut().for_each(|s| *s = s.saturating_add((random.next() * noise) as i16));
        heard(&samples)
    }

    const ALL: &str = "0123456789*#ABCD";

    #[test]
    fn forty_milliseconds_are_enough_at_all_levels_twists_and_offsets() {
        for (low, high) in
            [(4_000.0, 4_000.0), (12_000.0, 12_000.0), (400.0, 400.0), (4_000.0, 8_000.0), (8_000.0, 4_000.0)]
        {
            for off in [-0.015, 0.0, 0.015] {
                let (text, lengths) = all(40, 45, low, high, off, 0.0);
                assert_eq!(text, ALL, "levels {low} {high} offset {off}");
                assert!(lengths.iter().all(|ms| (30..=55).contains(ms)), "{lengths:?}");
            }
        }
    }

    #[test]
    fn noise_of_fifteen_decibels_below_does_not_hurt() {
        // Uniform noise of width w has power w²/12; two tones of amplitude a have a².
        let width = 4_000.0 * (12f32).sqrt() / 10f32.powf(15.0 / 20.0);
        assert_eq!(all(60, 60, 4_000.0, 4_000.0, 0.0, width).0, ALL);
    }

    #[test]
    fn twenty_milliseconds_too_much_twist_or_offset_are_no_digit() {
        assert_eq!(all(20, 60, 4_000.0, 4_000.0, 0.0, 0.0).0, "");
        assert_eq!(all(80, 60, 12_000.0, 2_500.0, 0.0, 0.0).0, "");
        assert_eq!(all(80, 60, 4_000.0, 4_000.0, 0.04, 0.0).0, "");
        assert_eq!(all(80, 60, 100.0, 100.0, 0.0, 0.0).0, "");
    }

    #[test]
    fn a_short_drop_out_is_bridged_and_a_long_tone_is_one_digit() {
        let mut samples = Vec::new();
        let five = Digit::from_char('5').unwrap();
        tone(&mut samples, five, 60, 4_000.0, 4_000.0, 0.0);
        silence(&mut samples, 8);
        tone(&mut samples, five, 60, 4_000.0, 4_000.0, 0.0);
        silence(&mut samples, 60);
        tone(&mut samples, five, 2_000, 4_000.0, 4_000.0, 0.0);
        silence(&mut samples, 60);
        let (text, lengths) = heard(&samples);
        assert_eq!(text, "55");
        assert!((1_980..=2_010).contains(&lengths[1]), "{lengths:?}");
    }

    #[test]
    fn speech_like_sound_is_no_digit() {
        // Two minutes of a vowel synthesiser: a wandering pitch with the tremor of a human voice, its harmonics, three
        // formants of which two often lie in the two frequency groups, syllables, unvoiced sounds, and some breath.
        let mut random = Random(4_711);
        let mut samples = Vec::new();
        let (mut pitch, mut f1, mut f2, mut phase) = (120f32, 500f32, 1_400f32, 0f32);
        for syllable in 0..600 {
            let (to_pitch, to1, to2) = (
                80.0 + 170.0 * (random.next() + 0.5),
                300.0 + 700.0 * (random.next() + 0.5),
                900.0 + 1_300.0 * (random.next() + 0.5),
            );
            let voiced = syllable % 7 != 0;
            for n in 0..1_600 {
                let glide = 1.0 / 700.0;
                pitch += (to_pitch - pitch) * glide;
                f1 += (to1 - f1) * glide;
                f2 += (to2 - f2) * glide;
                let tremor = 1.0 + 0.02 * (2.0 * std::f32::consts::PI * 5.5 * samples.len() as f32 / 8_000.0).sin();
                phase += pitch * tremor * (1.0 + 0.02 * random.next()) / 8_000.0;
                let mut x = random.next() * 200.0;
                if voiced {
                    let mut harmonic = 1.0;
                    while harmonic * pitch < 3_400.0 {
                        let f = harmonic * pitch;
                        // The skirts of a single resonance of 80 to 120 Hz bandwidth.
                        let formant = |at: f32, half: f32| 1.0 / (1.0 + ((f - at) / half).powi(2)).sqrt();
                        let gain = formant(f1, 40.0) + 0.6 * formant(f2, 50.0) + 0.3 * formant(2_500.0, 60.0);
                        x += 6_000.0 * gain * (2.0 * std::f32::consts::PI * phase * harmonic).sin();
                        harmonic += 1.0;
                    }
                }
                let envelope = (std::f32::consts::PI * n as f32 / 1_600.0).sin();
                samples.push((x * envelope).clamp(-32_000.0, 32_000.0) as i16);
            }
        }
        assert_eq!(heard(&samples).0, "");
        let noise: Vec<i16> = (0..480_000).map(|_| (random.next() * 20_000.0) as i16).collect();
        assert_eq!(heard(&noise).0, "");
    }
}
