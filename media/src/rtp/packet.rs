//! The RTP packet form (RFC 3550 §5.1, header extension §5.3.1). Borrows from the datagram and copies nothing.

/// Bytes of the fixed header, which is all we write.
pub const HEADER_BYTES: usize = 12;

/// Why a datagram is not an RTP packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    /// Fewer bytes than the header, the CSRC list or the extension claims.
    #[error("truncated")]
    Truncated,
    /// Not version 2.
    #[error("version {0}")]
    Version(u8),
    /// The padding length is zero or longer than the payload.
    #[error("padding")]
    Padding,
}

/// The fields of the fixed header that we set when sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The marker bit: the first packet of a talk spurt or of a telephone event.
    pub marker: bool,
    /// Payload type, 0 to 127.
    pub payload_type: u8,
    /// Sequence number.
    pub sequence: u16,
    /// Timestamp in samples.
    pub timestamp: u32,
    /// Synchronisation source.
    pub ssrc: u32,
}

impl Header {
    /// Writes the fixed header into the first [`HEADER_BYTES`] bytes.
    #[inline]
    pub fn write(&self, out: &mut [u8; HEADER_BYTES]) {
        out[0] = 0x80;
        out[1] = (u8::from(self.marker) << 7) | (self.payload_type & 0x7f);
        out[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        out[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        out[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
    }
}

/// A parsed packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The fixed header.
    pub header: Header,
    /// Contributing sources, four bytes each.
    pub csrc: &'a [u8],
    /// Profile number and data of the header extension.
    pub extension: Option<(u16, &'a [u8])>,
    /// Payload without padding.
    pub payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Parses a datagram.
    ///
    /// # Errors
    /// When any length in the packet does not fit the datagram.
    #[inline]
    pub fn parse(bytes: &'a [u8]) -> Result<Packet<'a>, PacketError> {
        let (fixed, rest) = bytes.split_first_chunk::<HEADER_BYTES>().ok_or(PacketError::Truncated)?;
        if fixed[0] >> 6 != 2 {
            return Err(PacketError::Version(fixed[0] >> 6));
        }
        let (csrc, rest) = rest.split_at_checked(usize::from(fixed[0] & 0x0f) * 4).ok_or(PacketError::Truncated)?;
        let (extension, mut payload) = if fixed[0] & 0x10 != 0 {
            let (head, rest) = rest.split_first_chunk::<4>().ok_or(PacketError::Truncated)?;
            let words = usize::from(u16::from_be_bytes([head[2], head[3]]));
            let (data, rest) = rest.split_at_checked(words * 4).ok_or(PacketError::Truncated)?;
            (Some((u16::from_be_bytes([head[0], head[1]]), data)), rest)
        } else {
            (None, rest)
        };
        if fixed[0] & 0x20 != 0 {
            let padding = usize::from(*payload.last().ok_or(PacketError::Padding)?);
            if padding == 0 || padding > payload.len() {
                return Err(PacketError::Padding);
            }
            payload = &payload[..payload.len() - padding];
        }
        Ok(Packet {
            header: Header {
                marker: fixed[1] & 0x80 != 0,
                payload_type: fixed[1] & 0x7f,
                sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
                timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
                ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
            },
            csrc,
            extension,
            payload,
        })
    }
}

/// Whether a datagram on a shared port is RTCP: the packet types 192 to 223 (RFC 5761 §4).
#[inline]
pub fn is_rtcp(bytes: &[u8]) -> bool {
    bytes.len() >= 2 && bytes[0] >> 6 == 2 && (192..=223).contains(&bytes[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: [u8; 16] = [0x80, 0x88, 0x12, 0x34, 0, 0, 0, 160, 0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4];

    #[test]
    fn plain_packet_both_ways() {
        let packet = Packet::parse(&PLAIN).unwrap();
        assert_eq!(
            packet.header,
            Header { marker: true, payload_type: 8, sequence: 0x1234, timestamp: 160, ssrc: 0xdead_beef }
        );
        assert_eq!(packet.payload, &[1, 2, 3, 4]);
        let mut out = [0; HEADER_BYTES];
        packet.header.write(&mut out);
        assert_eq!(out, PLAIN[..12]);
    }

    #[test]
    fn csrc_extension_and_padding_are_stripped() {
        let mut bytes = PLAIN[..12].to_vec();
        bytes[0] = 0x80 | 0x20 | 0x10 | 2;
        bytes.extend([9; 8]); // two CSRC
        bytes.extend([0xbe, 0xde, 0, 1, 7, 7, 7, 7]); // extension of one word
        bytes.extend([5, 6, 0, 0, 3]); // two bytes of payload, three of padding
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!(packet.csrc, &[9; 8]);
        assert_eq!(packet.extension, Some((0xbede, &[7, 7, 7, 7][..])));
        assert_eq!(packet.payload, &[5, 6]);
    }

    #[test]
    fn every_lying_length_is_refused() {
        assert_eq!(Packet::parse(&PLAIN[..11]), Err(PacketError::Truncated));
        assert_eq!(Packet::parse(&[0x40; 12]), Err(PacketError::Version(1)));
        let with = |first: u8, tail: &[u8]| {
            let mut bytes = PLAIN[..12].to_vec();
            bytes[0] = first;
            bytes.extend_from_slice(tail);
            bytes
        };
        assert_eq!(Packet::parse(&with(0x8f, &[0; 59])), Err(PacketError::Truncated)); // 15 CSRC need 60 bytes
        assert_eq!(Packet::parse(&with(0x90, &[0; 3])), Err(PacketError::Truncated));
        assert_eq!(Packet::parse(&with(0x90, &[0, 0, 0xff, 0xff, 1])), Err(PacketError::Truncated));
        assert_eq!(Packet::parse(&with(0xa0, &[])), Err(PacketError::Padding));
        assert_eq!(Packet::parse(&with(0xa0, &[0])), Err(PacketError::Padding));
        assert_eq!(Packet::parse(&with(0xa0, &[1, 3])), Err(PacketError::Padding));
        assert_eq!(Packet::parse(&with(0xa0, &[2, 2])).unwrap().payload, &[] as &[u8]);
    }

    #[test]
    fn rtcp_is_told_apart() {
        assert!(is_rtcp(&[0x80, 200]));
        assert!(!is_rtcp(&PLAIN));
        assert!(!is_rtcp(&[0x80]));
    }
}
