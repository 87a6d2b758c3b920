//! The WAV form of our recordings: header bytes and sample bytes, as pure functions. Files are the engine's.
//!
//! Crash safety: sample bytes are appended first and the header is rewritten afterwards, so that a file is a
//! valid WAV of everything written up to the last refresh; [`header_for_file`] repairs the rest from the file's length.

use crate::limits::SAMPLE_RATE;

/// Bytes before the first sample.
pub const HEADER_BYTES: usize = 44;

/// The header of a mono 16-bit recording at 8 kHz that holds `samples` samples.
pub fn header(samples: u32) -> [u8; HEADER_BYTES] {
    let data = samples.saturating_mul(2).min(u32::MAX - 36 - 1) & !1;
    let mut h = [0; HEADER_BYTES];
    h[0..4].copy_from_slice(b"RIFF");
    h[4..8].copy_from_slice(&(36 + data).to_le_bytes());
    h[8..16].copy_from_slice(b"WAVEfmt ");
    h[16..20].copy_from_slice(&16u32.to_le_bytes());
    h[20..22].copy_from_slice(&1u16.to_le_bytes());
    h[22..24].copy_from_slice(&1u16.to_le_bytes());
    h[24..28].copy_from_slice(&SAMPLE_RATE.to_le_bytes());
    h[28..32].copy_from_slice(&(SAMPLE_RATE * 2).to_le_bytes());
    h[32..34].copy_from_slice(&2u16.to_le_bytes());
    h[34..36].copy_from_slice(&16u16.to_le_bytes());
    h[36..40].copy_from_slice(b"data");
    h[40..44].copy_from_slice(&data.to_le_bytes());
    h
}

/// The header a file of this length should carry, or `None` when it is too short to be one of ours.
pub fn header_for_file(bytes: u64) -> Option<[u8; HEADER_BYTES]> {
    let samples = bytes.checked_sub(HEADER_BYTES as u64)? / 2;
    Some(header(u32::try_from(samples).unwrap_or(u32::MAX / 2)))
}

/// Appends samples in the byte order of the file.
pub fn append(samples: &[i16], bytes: &mut Vec<u8>) {
    bytes.reserve(samples.len() * 2);
    for sample in samples {
        bytes.extend_from_slice(&sample.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(samples: &[i16]) -> Vec<u8> {
        let mut bytes = header(samples.len() as u32).to_vec();
        append(samples, &mut bytes);
        bytes
    }

    #[test]
    fn another_reader_hears_what_was_written() {
        let samples: Vec<i16> = (0..1_000).map(|n| (n * 31) as i16).collect();
        let mut reader = hound::WavReader::new(std::io::Cursor::new(file(&samples))).unwrap();
        assert_eq!((reader.spec().sample_rate, reader.spec().channels, reader.spec().bits_per_sample), (8_000, 1, 16));
        assert_eq!(reader.samples::<i16>().map(Result::unwrap).collect::<Vec<_>>(), samples);
    }

    #[test]
    fn a_file_cut_by_a_crash_is_whole_again_after_repair() {
        let samples: Vec<i16> = (0..500).collect();
        let mut bytes = header(100).to_vec(); // the last refresh knew of 100 samples
        append(&samples, &mut bytes);
        bytes.pop(); // and half a sample was lost
        let read = |bytes: &[u8]| {
            hound::WavReader::new(std::io::Cursor::new(bytes.to_vec())).unwrap().samples::<i16>().flatten().count()
        };
        assert_eq!(read(&bytes), 100);
        let repaired = header_for_file(bytes.len() as u64).unwrap();
        bytes[..HEADER_BYTES].copy_from_slice(&repaired);
        assert_eq!(read(&bytes), 499);
        assert_eq!(header_for_file(43), None);
    }

    #[test]
    fn a_length_beyond_the_format_is_capped() {
        let h = header(u32::MAX);
        assert!(u32::from_le_bytes(h[40..44].try_into().unwrap()) >= 0xffff_ff00);
    }
}
