//! Audio files of all kinds become the same second of sound.
#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

use std::io::Cursor;

use offhook_media::audio::Audio;
use offhook_media::audio::decode::DecodeError;
use offhook_media::limits::{MAX_CLIP_MS, MAX_ENCODED_BYTES};
use proptest::prelude::*;

fn wav(rate: u32, channels: u16, bits: u16, seconds: f32) -> Vec<u8> {
    let sample_format = if bits == 32 { hound::SampleFormat::Float } else { hound::SampleFormat::Int };
    let spec = hound::WavSpec { channels, sample_rate: rate, bits_per_sample: bits, sample_format };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
    for n in 0..(rate as f32 * seconds) as u32 {
        let x = 0.5 * (2.0 * std::f32::consts::PI * 1_000.0 * n as f32 / rate as f32).sin();
        for _ in 0..channels {
            match bits {
                32 => writer.write_sample(x).unwrap(),
                _ => writer.write_sample((x * ((1i64 << (bits - 1)) - 1) as f32) as i32).unwrap(),
            }
        }
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

/// A second (or so) of 1,000 Hz at half level.
fn is_tone(audio: &Audio, name: &str) {
    let samples = audio.samples();
    assert!((7_500..=8_700).contains(&samples.len()), "{name}: {} samples", samples.len());
    let middle = &samples[2_000..6_000];
    let rms = (middle.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / 4_000.0).sqrt();
    assert!((rms - 0.5 * 32_767.0 / 2f64.sqrt()).abs() < 600.0, "{name}: level {rms}");
    let crossings = middle.windows(2).filter(|w| (w[0] < 0) != (w[1] < 0)).count();
    assert!((995..=1_005).contains(&crossings), "{name}: {crossings} zero crossings in half a second");
}

#[test]
fn every_supported_kind_is_the_same_tone() {
    for (rate, channels, bits) in
        [(8_000, 1, 16), (8_000, 2, 8), (16_000, 1, 16), (44_100, 2, 16), (48_000, 6, 24), (22_050, 1, 32)]
    {
        is_tone(
            &Audio::decode(wav(rate, channels, bits, 1.0)).unwrap(),
            &format!("{rate} Hz, {channels} channels, {bits} bits"),
        );
    }
    is_tone(&Audio::decode(include_bytes!("fixtures/tone.mp3").to_vec()).unwrap(), "MP3");
    is_tone(&Audio::decode(include_bytes!("fixtures/tone.ogg").to_vec()).unwrap(), "OGG");
}

#[test]
fn eight_kilohertz_pass_unchanged() {
    let audio = Audio::decode(wav(8_000, 1, 16, 0.1)).unwrap();
    let x = |n: usize| (0.5 * (2.0 * std::f32::consts::PI * n as f32 / 8.0).sin() * 32_767.0) as i16;
    assert!(audio.samples().iter().enumerate().all(|(n, &s)| (s - x(n)).abs() <= 2));
    assert_eq!(audio.duration_ms(), 100);
}

#[test]
fn a_recording_of_ours_can_be_played() {
    let samples: Vec<i16> = (0..800).collect();
    let mut bytes = offhook_media::wav::header(800).to_vec();
    offhook_media::wav::append(&samples, &mut bytes);
    assert_eq!(Audio::decode(bytes).unwrap().samples().len(), 800);
}

#[test]
fn what_is_refused_and_why() {
    assert!(matches!(Audio::decode(vec![0; MAX_ENCODED_BYTES + 1]), Err(DecodeError::TooLarge(_))));
    assert!(matches!(Audio::decode(Vec::new()), Err(DecodeError::Unreadable(_))));
    assert!(matches!(Audio::decode(b"hello, this is no sound".repeat(100)), Err(DecodeError::Unreadable(_))));
    assert!(matches!(Audio::decode(wav(8_000, 1, 16, 0.0)), Err(DecodeError::Empty)));
    assert!(matches!(
        Audio::decode(wav(8_000, 9, 16, 0.1)),
        Err(DecodeError::Channels(9) | DecodeError::Unreadable(_))
    ));
    assert!(matches!(Audio::decode(wav(2_000, 1, 16, 0.1)), Err(DecodeError::SampleRate(2_000))));
    let too_long = wav(4_000, 1, 8, MAX_CLIP_MS as f32 / 1_000.0 + 5.0);
    assert!(matches!(Audio::decode(too_long), Err(DecodeError::TooLong)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_never_panic(kind in 0..3usize, at in any::<prop::sample::Index>(), bytes in prop::collection::vec(any::<u8>(), 1..40), cut in any::<prop::sample::Index>()) {
        let mut file = match kind {
            0 => wav(8_000, 1, 16, 0.05),
            1 => include_bytes!("fixtures/tone.mp3").to_vec(),
            _ => include_bytes!("fixtures/tone.ogg").to_vec(),
        };
        let at = at.index(file.len());
        for (n, b) in bytes.iter().enumerate() {
            if let Some(place) = file.get_mut(at + n) {
                *place = *b;
            }
        }
        file.truncate(cut.index(file.len()) + 1);
        let _ = Audio::decode(file);
    }
}
