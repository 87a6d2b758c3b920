//! Tones made here: the beep before a recording, ringback, and DTMF for peers without telephone events.

use crate::audio::Audio;
use crate::dtmf::Digit;
use crate::limits::SAMPLE_RATE;

/// Samples over which a tone fades in and out, against clicks: 5 ms.
const FADE: usize = 40;
/// Amplitude of one sine: −13 dBm0, so that two of them are −10 dBm0, the level of ETSI ES 201 235-2.
const AMPLITUDE: f32 = 5_000.0;

/// A sum of sines of `ms` milliseconds with soft edges.
fn sines(hertz: &[f32], ms: usize) -> Vec<i16> {
    let length = ms * SAMPLE_RATE as usize / 1_000;
    (0..length)
        .map(|n| {
            let t = 2.0 * std::f32::consts::PI * n as f32 / SAMPLE_RATE as f32;
            let edge = (n.min(length - 1 - n) as f32 / FADE as f32).min(1.0);
            (hertz.iter().map(|f| (f * t).sin()).sum::<f32>() * AMPLITUDE * edge) as i16
        })
        .collect()
}

/// The beep that invites to speak: 1,000 Hz for 400 ms and a breath of silence.
pub fn beep() -> Audio {
    let mut samples = sines(&[1_000.0], 400);
    samples.extend([0; 320]);
    Audio::from_samples(samples)
}

/// One period of European ringback (425 Hz): one second on, four seconds off.
pub fn ringback() -> Audio {
    let mut samples = sines(&[425.0], 1_000);
    samples.resize(5 * SAMPLE_RATE as usize, 0);
    Audio::from_samples(samples)
}

/// Digits as tones: 100 ms each with pauses of 100 ms.
pub fn dtmf(digits: &[Digit]) -> Audio {
    let mut samples = Vec::new();
    for digit in digits {
        let (low, high) = digit.frequencies();
        samples.extend(sines(&[low, high], 100));
        samples.extend([0; 800]);
    }
    Audio::from_samples(samples)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dtmf::Edge;
    use crate::dtmf::goertzel::ToneDetector;

    #[test]
    fn our_own_detector_hears_our_tones_and_no_digit_in_the_others() {
        let digits: Vec<Digit> = "0123456789*#ABCD".chars().filter_map(Digit::from_char).collect();
        let hear = |audio: Audio| {
            let mut text = String::new();
            ToneDetector::default().push(audio.samples(), |e| {
                if let Edge::Down { digit, .. } = e {
                    text.push(digit.as_char());
                }
            });
            text
        };
        assert_eq!(hear(dtmf(&digits)), "0123456789*#ABCD");
        assert_eq!(hear(beep()), "");
        assert_eq!(hear(ringback()), "");
        assert_eq!(ringback().duration_ms(), 5_000);
    }
}
