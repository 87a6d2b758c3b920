//! A clip of call audio: mono, 16 bit, 8 kHz, and its G.711 forms, each made once and shared by all calls.

pub mod decode;

use std::sync::OnceLock;

use crate::g711::Codec;
use crate::limits::SAMPLE_RATE;

/// An immutable clip. Share it as `Arc<Audio>`; calls copy 160 bytes at a time out of the encoded form.
pub struct Audio {
    samples: Box<[i16]>,
    pcmu: OnceLock<Box<[u8]>>,
    pcma: OnceLock<Box<[u8]>>,
}

impl Audio {
    /// A clip of samples at 8 kHz.
    pub fn from_samples(samples: Vec<i16>) -> Audio {
        Audio { samples: samples.into_boxed_slice(), pcmu: OnceLock::new(), pcma: OnceLock::new() }
    }

    /// Decodes a WAV, MP3 or OGG Vorbis file. See [`decode::decode`].
    ///
    /// # Errors
    /// When the bytes are no such file, too large or too long.
    pub fn decode(bytes: Vec<u8>) -> Result<Audio, decode::DecodeError> {
        decode::decode(bytes)
    }

    /// The samples at 8 kHz.
    pub fn samples(&self) -> &[i16] {
        &self.samples
    }

    /// Length in milliseconds, rounded down.
    pub fn duration_ms(&self) -> u64 {
        self.samples.len() as u64 * 1_000 / u64::from(SAMPLE_RATE)
    }

    /// One byte a sample in the given codec. The first call encodes, all later ones only look.
    pub fn encoded(&self, codec: Codec) -> &[u8] {
        let cell = match codec {
            Codec::Pcmu => &self.pcmu,
            Codec::Pcma => &self.pcma,
        };
        cell.get_or_init(|| codec.encode_all(&self.samples))
    }
}

impl std::fmt::Debug for Audio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Audio({} ms)", self.duration_ms())
    }
}
