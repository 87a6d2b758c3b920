//! Is somebody speaking? An energy detector over a tracked noise floor: cheap, and good enough to end a recording.
//! It does not tell speech from music, and a steady tone counts as noise; barge-in by voice needs more.

/// Milliseconds of one noise block, and blocks remembered: the floor is the quietest of the last 1.6 s.
const BLOCK_FRAMES: u32 = 10;
const BLOCKS: usize = 8;
/// Power over the floor that counts as speech: 8 dB.
const OVER_FLOOR: f32 = 6.3;
/// Mean square below which nothing is speech: about −54 dBFS.
const ABSOLUTE_MIN: f32 = 4_000.0;
/// Frames that stay speech after the last loud one: 160 ms bridge the gaps inside words.
const HANGOVER: u32 = 8;

/// Watches one stream.
#[derive(Debug, Clone)]
pub struct EnergyVad {
    blocks: [f32; BLOCKS],
    present: f32,
    frames: u32,
    hang: u32,
    loud: u32,
}

impl Default for EnergyVad {
    fn default() -> Self {
        // Until 1.6 s are known, the floor is taken as a quiet line: the first word is never missed.
        EnergyVad { blocks: [ABSOLUTE_MIN / OVER_FLOOR; BLOCKS], present: f32::MAX, frames: 0, hang: 0, loud: 0 }
    }
}

impl EnergyVad {
    /// Takes 20 ms; true while somebody speaks.
    pub fn frame(&mut self, samples: &[i16]) -> bool {
        let sum: f32 = samples.iter().map(|&s| f32::from(s) * f32::from(s)).sum();
        let energy = sum / samples.len().max(1) as f32;
        self.present = self.present.min(energy);
        self.frames += 1;
        if self.frames == BLOCK_FRAMES {
            self.frames = 0;
            self.blocks.rotate_left(1);
            self.blocks[BLOCKS - 1] = self.present;
            self.present = f32::MAX;
        }
        let floor = self.blocks.iter().copied().fold(f32::MAX, f32::min);
        if energy > (floor * OVER_FLOOR).max(ABSOLUTE_MIN) {
            self.loud += 1;
            // Two frames in a row: a click is no word.
            if self.loud >= 2 {
                self.hang = HANGOVER;
            }
        } else {
            self.loud = 0;
        }
        let speaking = self.hang > 0;
        self.hang = self.hang.saturating_sub(1);
        speaking
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(level: f32, seed: &mut u64) -> [i16; 160] {
        std::array::from_fn(|_| {
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (((*seed >> 33) as f32 / (1u64 << 30) as f32 - 1.0) * level) as i16
        })
    }

    /// Share of 20 ms frames called speech.
    fn share(vad: &mut EnergyVad, frames: usize, mut level: impl FnMut(usize) -> f32, seed: &mut u64) -> f32 {
        (0..frames).filter(|&n| vad.frame(&noise(level(n), seed))).count() as f32 / frames as f32
    }

    #[test]
    fn silence_and_steady_noise_are_not_speech() {
        let mut seed = 1;
        let mut vad = EnergyVad::default();
        assert_eq!(share(&mut vad, 500, |_| 0.0, &mut seed), 0.0);
        let mut vad = EnergyVad::default();
        share(&mut vad, 100, |_| 1_500.0, &mut seed);
        assert!(share(&mut vad, 500, |_| 1_500.0, &mut seed) < 0.02);
    }

    #[test]
    fn bursts_over_noise_are_speech_and_pauses_are_not() {
        let mut seed = 7;
        let mut vad = EnergyVad::default();
        share(&mut vad, 100, |_| 800.0, &mut seed);
        for _ in 0..5 {
            let talk = share(&mut vad, 75, |n| if n % 12 < 9 { 8_000.0 } else { 900.0 }, &mut seed);
            assert!(talk > 0.9, "{talk}");
            let pause = share(&mut vad, 75, |_| 800.0, &mut seed);
            assert!(pause < 0.2, "{pause}");
        }
    }

    #[test]
    fn a_click_is_no_word() {
        let mut vad = EnergyVad::default();
        let mut seed = 3;
        assert_eq!(share(&mut vad, 100, |n| if n == 50 { 20_000.0 } else { 0.0 }, &mut seed), 0.0);
    }
}
