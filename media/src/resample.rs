//! Sample rate conversion of whole clips, off the call path. Calls themselves run at 8 kHz and never resample.

use rubato::audioadapter_buffers::owned::InterleavedOwned;
use rubato::{Fft, FixedSync, Resampler};

/// Frames worked on at a time; large enough for a narrow transition band, small enough to stay in cache.
const CHUNK: usize = 1_024;

/// The rates do not fit together.
#[derive(Debug, thiserror::Error)]
#[error("cannot convert {from} Hz to {to} Hz: {reason}")]
pub struct ResampleError {
    from: u32,
    to: u32,
    reason: String,
}

/// Converts mono samples from one rate to another (both in hertz), aligned with the input and as long in time.
///
/// # Errors
/// When one rate is zero or the pair needs an unreasonable filter.
pub fn resample(samples: Vec<f32>, from: u32, to: u32) -> Result<Vec<f32>, ResampleError> {
    if from == to || samples.is_empty() {
        return Ok(samples);
    }
    let error = |reason: String| ResampleError { from, to, reason };
    let mut resampler =
        Fft::<f32>::new(from as usize, to as usize, CHUNK, 1, FixedSync::Both).map_err(|e| error(e.to_string()))?;
    let frames = samples.len();
    let input = InterleavedOwned::new_from(samples, 1, frames).map_err(|e| error(e.to_string()))?;
    let output = resampler.process_all(&input, frames, None).map_err(|e| error(e.to_string()))?;
    Ok(output.take_data())
}

/// Rounds and clips samples in −1…1 to 16 bits.
pub fn to_i16(samples: &[f32]) -> Vec<i16> {
    samples.iter().map(|s| (s * 32_767.0).round().clamp(-32_768.0, 32_767.0) as i16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hertz: f32, rate: u32, seconds: f32) -> Vec<f32> {
        (0..(rate as f32 * seconds) as usize)
            .map(|n| 0.5 * (2.0 * std::f32::consts::PI * hertz * n as f32 / rate as f32).sin())
            .collect()
    }

    fn rms(samples: &[f32]) -> f32 {
        (samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32).sqrt()
    }

    #[test]
    fn keeps_time_and_level_in_the_voice_band() {
        for rate in [11_025, 16_000, 22_050, 44_100, 48_000] {
            let out = resample(sine(1_000.0, rate, 1.0), rate, 8_000).unwrap();
            assert!((out.len() as i64 - 8_000).abs() <= 1, "{rate}: {} samples", out.len());
            assert!((rms(&out[800..7_200]) - 0.3536).abs() < 0.01, "{rate}: {}", rms(&out[800..7_200]));
        }
    }

    #[test]
    fn what_eight_kilohertz_cannot_carry_is_removed_not_folded_back() {
        let out = resample(sine(6_000.0, 48_000, 1.0), 48_000, 8_000).unwrap();
        assert!(rms(&out[800..7_200]) < 0.3536 / 1_000.0, "alias {}", rms(&out));
    }

    #[test]
    fn refuses_a_rate_of_zero() {
        assert!(resample(vec![0.0; 10], 0, 8_000).is_err());
    }
}
