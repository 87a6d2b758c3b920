//! Audio files to clips: WAV, MP3 and OGG Vorbis bytes become mono 8 kHz. Takes tens of milliseconds for a prompt;
//! never called on the media path.

use std::io::Cursor;

use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

use super::Audio;
use crate::limits::{MAX_CHANNELS, MAX_CLIP_MS, MAX_ENCODED_BYTES, SAMPLE_RATE, SAMPLE_RATES_IN};
use crate::resample::{ResampleError, resample, to_i16};

/// Why an audio file was refused.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// More bytes than [`MAX_ENCODED_BYTES`].
    #[error("the audio file has {0} bytes; the limit is {MAX_ENCODED_BYTES}")]
    TooLarge(usize),
    /// Longer than [`MAX_CLIP_MS`].
    #[error("the audio is longer than {} minutes", MAX_CLIP_MS / 60_000)]
    TooLong,
    /// Neither WAV nor MP3 nor OGG, or damaged beyond its header.
    #[error("not a WAV, MP3 or OGG Vorbis file: {0}")]
    Unreadable(String),
    /// A container without sound.
    #[error("the file has no audio track")]
    NoTrack,
    /// A track without a single good sample.
    #[error("the audio track is empty")]
    Empty,
    /// More channels than [`MAX_CHANNELS`].
    #[error("{0} channels; at most {MAX_CHANNELS} are mixed down")]
    Channels(usize),
    /// A sample rate outside [`SAMPLE_RATES_IN`].
    #[error("a sample rate of {0} Hz is outside 4,000 to 192,000")]
    SampleRate(u32),
    /// The rate cannot be converted.
    #[error(transparent)]
    Resample(#[from] ResampleError),
}

/// Decodes a WAV, MP3 or OGG Vorbis file, mixes it down to one channel and converts it to 8 kHz.
///
/// Damaged packets in the middle are skipped, as a player would; a file without a good packet is an error.
///
/// # Errors
/// See [`DecodeError`]; every limit has its own variant.
pub fn decode(bytes: Vec<u8>) -> Result<Audio, DecodeError> {
    if bytes.len() > MAX_ENCODED_BYTES {
        return Err(DecodeError::TooLarge(bytes.len()));
    }
    let unreadable = |e: Error| DecodeError::Unreadable(e.to_string());
    let source = MediaSourceStream::new(Box::new(Cursor::new(bytes)), Default::default());
    let mut format = symphonia::default::get_probe()
        .probe(&Hint::new(), source, FormatOptions::default(), MetadataOptions::default())
        .map_err(unreadable)?;
    let track = format.default_track(TrackType::Audio).ok_or(DecodeError::NoTrack)?;
    let track_id = track.id;
    let parameters = track.codec_params.as_ref().and_then(|p| p.audio()).ok_or(DecodeError::NoTrack)?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .map_err(unreadable)?;

    let mut mono: Vec<f32> = Vec::new();
    let mut interleaved: Vec<f32> = Vec::new();
    let mut rate = None;
    loop {
        let packet = match format.next_packet() {
            Ok(Some(packet)) => packet,
            // A truncated file plays up to the cut; a chained stream up to its first change.
            Ok(None) | Err(Error::IoError(_) | Error::ResetRequired) => break,
            Err(e) => return Err(unreadable(e)),
        };
        if packet.track_id != track_id {
            continue;
        }
        let buffer = match decoder.decode(&packet) {
            Ok(buffer) => buffer,
            Err(Error::DecodeError(_) | Error::IoError(_)) => continue,
            Err(e) => return Err(unreadable(e)),
        };
        let packet_rate = buffer.spec().rate();
        if !SAMPLE_RATES_IN.contains(&packet_rate) {
            return Err(DecodeError::SampleRate(packet_rate));
        }
        if *rate.get_or_insert(packet_rate) != packet_rate {
            break;
        }
        if buffer.frames() == 0 {
            continue;
        }
        let channels = buffer.samples_interleaved() / buffer.frames();
        if channels == 0 || channels > MAX_CHANNELS {
            return Err(DecodeError::Channels(channels));
        }
        interleaved.resize(buffer.samples_interleaved(), 0.0);
        buffer.copy_to_slice_interleaved(&mut interleaved[..]);
        mono.extend(interleaved.chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() / channels as f32));
        if mono.len() as u64 * 1_000 > MAX_CLIP_MS * u64::from(packet_rate) {
            return Err(DecodeError::TooLong);
        }
    }
    let rate = rate.ok_or(DecodeError::Empty)?;
    if mono.is_empty() {
        return Err(DecodeError::Empty);
    }
    Ok(Audio::from_samples(to_i16(&resample(mono, rate, SAMPLE_RATE)?)))
}
