//! G.711: A-law and µ-law, the two codecs that every telephone speaks (ITU-T G.711, RFC 3551 §4.5.14).
//!
//! Single samples and slices, no state. Packet loss concealment lives in the jitter buffer.

/// A G.711 flavour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// µ-law, static payload type 0.
    Pcmu,
    /// A-law, static payload type 8.
    Pcma,
}

impl Codec {
    /// The static payload type of RFC 3551 §6.
    pub const fn static_payload_type(self) -> u8 {
        match self {
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
        }
    }

    /// The encoding name used in `a=rtpmap`.
    pub const fn name(self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
        }
    }

    /// The code of a silent sample.
    pub const fn silence(self) -> u8 {
        match self {
            Codec::Pcmu => 0xff,
            Codec::Pcma => 0xd5,
        }
    }

    /// Encodes one 16-bit sample.
    #[inline]
    pub fn encode(self, sample: i16) -> u8 {
        match self {
            Codec::Pcmu => encode_ulaw(sample),
            Codec::Pcma => encode_alaw(sample),
        }
    }

    /// Decodes one code.
    #[inline]
    pub fn decode(self, code: u8) -> i16 {
        self.table()[code as usize]
    }

    /// The decoding table, for loops.
    #[inline]
    pub fn table(self) -> &'static [i16; 256] {
        match self {
            Codec::Pcmu => &ULAW,
            Codec::Pcma => &ALAW,
        }
    }

    /// Encodes a whole clip.
    pub fn encode_all(self, samples: &[i16]) -> Box<[u8]> {
        samples.iter().map(|&s| self.encode(s)).collect()
    }
}

static ULAW: [i16; 256] = {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = decode_ulaw(code as u8);
        code += 1;
    }
    table
};

static ALAW: [i16; 256] = {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = decode_alaw(code as u8);
        code += 1;
    }
    table
};

/// The bias that turns the µ-law characteristic into plain powers of two, and the clip that keeps it in range.
const BIAS: i32 = 132;
const CLIP: i32 = 32_635;

#[inline]
fn encode_ulaw(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let biased = (sample as i32).abs().min(CLIP) + BIAS;
    let segment = biased.ilog2() - 7;
    let step = (biased >> (segment + 3)) & 0x0f;
    !(sign | ((segment as u8) << 4) | step as u8)
}

const fn decode_ulaw(code: u8) -> i16 {
    let code = !code;
    let segment = (code >> 4) & 7;
    let step = (code & 0x0f) as i32;
    let magnitude = (((step << 3) + BIAS) << segment) - BIAS;
    (if code & 0x80 != 0 { -magnitude } else { magnitude }) as i16
}

#[inline]
fn encode_alaw(sample: i16) -> u8 {
    let sign = if sample >= 0 { 0x80 } else { 0 };
    // One's complement keeps the cells of both signs equally wide.
    let magnitude = (if sample < 0 { !sample } else { sample } as u16) >> 4;
    let code = if magnitude < 32 {
        magnitude as u8
    } else {
        let exponent = magnitude.ilog2();
        (((exponent - 3) << 4) as u8) | ((magnitude >> (exponent - 4)) & 0x0f) as u8
    };
    (sign | code) ^ 0x55
}

const fn decode_alaw(code: u8) -> i16 {
    let code = code ^ 0x55;
    let segment = (code >> 4) & 7;
    let step = ((code & 0x0f) as i32) << 4;
    let magnitude = if segment == 0 { step + 8 } else { (step + 0x108) << (segment - 1) };
    (if code & 0x80 != 0 { magnitude } else { -magnitude }) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_survives_the_round_trip() {
        for code in 0..=255u8 {
            assert_eq!(Codec::Pcma.encode(Codec::Pcma.decode(code)), code, "A-law {code:#x}");
            let want = if code == 0x7f { 0xff } else { code }; // µ-law has two zeros
            assert_eq!(Codec::Pcmu.encode(Codec::Pcmu.decode(code)), want, "µ-law {code:#x}");
        }
    }

    #[test]
    fn every_sample_falls_into_its_own_cell() {
        // The decision values of the standard lie half a step to both sides of each output value.
        for codec in [Codec::Pcmu, Codec::Pcma] {
            let mut before = i16::MIN;
            for sample in i16::MIN..=i16::MAX {
                let code = codec.encode(sample);
                let heard = codec.decode(code);
                assert!(heard >= before, "{codec:?} {sample}: not monotonic");
                before = heard;
                let half_step = match codec {
                    Codec::Pcmu => 4 << ((!code >> 4) & 7),
                    Codec::Pcma => 8 << (((code ^ 0x55) >> 4) & 7).saturating_sub(1),
                };
                let error = (i32::from(heard) - i32::from(sample)).abs();
                let clipped = codec == Codec::Pcmu && i32::from(sample).abs() > CLIP;
                assert!(error <= half_step || clipped, "{codec:?} {sample} became {heard}");
            }
        }
    }

    #[test]
    fn the_values_of_the_standard() {
        // ITU-T G.711 tables 1a and 2a: the outermost and innermost values of both characteristics.
        assert_eq!(Codec::Pcmu.decode(0x80), 32_124);
        assert_eq!(Codec::Pcmu.decode(0x00), -32_124);
        assert_eq!(Codec::Pcmu.decode(0xff), 0);
        assert_eq!(Codec::Pcma.decode(0xaa), 32_256);
        assert_eq!(Codec::Pcma.decode(0x2a), -32_256);
        assert_eq!(Codec::Pcma.decode(0xd5), 8);
        assert_eq!(Codec::Pcmu.encode(0), Codec::Pcmu.silence());
        assert_eq!(Codec::Pcma.encode(0), Codec::Pcma.silence());
    }
}
