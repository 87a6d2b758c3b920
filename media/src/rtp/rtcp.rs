//! RTCP compound packets (RFC 3550 §6): sender and receiver reports, the canonical name and BYE. Unknown packet
//! types inside a compound are skipped; profile-specific extensions are ignored.

/// Longest compound we build: SR, one report block, SDES with a short name, BYE.
pub const MAX_COMPOUND: usize = 128;

const SR: u8 = 200;
const RR: u8 = 201;
const SDES: u8 = 202;
const BYE: u8 = 203;

/// Most report blocks kept of one report; the count field allows 31.
const MAX_BLOCKS: usize = 31;

/// One reception report (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportBlock {
    /// The source reported on.
    pub ssrc: u32,
    /// Loss since the previous report, in 1/256.
    pub fraction_lost: u8,
    /// Packets lost since the beginning; negative with duplicates. 24 bits.
    pub cumulative_lost: i32,
    /// Extended highest sequence number.
    pub highest_sequence: u32,
    /// Interarrival jitter in timestamp units.
    pub jitter: u32,
    /// Middle 32 bits of the last sender report's NTP time, 0 if none.
    pub last_sr: u32,
    /// Delay since that report in 1/65536 s.
    pub delay_since_last_sr: u32,
}

/// The sender part of a sender report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderInfo {
    /// NTP time of sending, 32.32 fixed point.
    pub ntp: u64,
    /// The same moment as RTP timestamp.
    pub timestamp: u32,
    /// Packets sent since the start.
    pub packets: u32,
    /// Payload bytes sent since the start.
    pub octets: u32,
}

/// What one packet of a compound said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rtcp {
    /// A sender or receiver report.
    Report {
        /// Who reports.
        ssrc: u32,
        /// Present in a sender report.
        sender: Option<SenderInfo>,
        /// What it receives.
        blocks: Vec<ReportBlock>,
    },
    /// The canonical name of a source.
    Name {
        /// The source.
        ssrc: u32,
        /// Its CNAME.
        cname: String,
    },
    /// Sources that left.
    Bye {
        /// The sources.
        ssrcs: Vec<u32>,
    },
}

/// Why a datagram is not an RTCP compound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RtcpError {
    /// A length field points outside the datagram.
    #[error("truncated")]
    Truncated,
    /// Not version 2.
    #[error("version")]
    Version,
    /// The first packet is neither SR nor RR (RFC 3550 A.2).
    #[error("a compound begins with a report")]
    NoReport,
    /// The padding count does not fit.
    #[error("padding")]
    Padding,
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// Parses a compound packet. Reduced-size RTCP (RFC 5506) is not negotiated and refused.
///
/// # Errors
/// When any length does not fit or the compound does not begin with a report.
pub fn parse(mut bytes: &[u8]) -> Result<Vec<Rtcp>, RtcpError> {
    let mut found = Vec::new();
    let mut first = true;
    while !bytes.is_empty() {
        let head = bytes.first_chunk::<4>().ok_or(RtcpError::Truncated)?;
        if head[0] >> 6 != 2 {
            return Err(RtcpError::Version);
        }
        let kind = head[1];
        if first && kind != SR && kind != RR {
            return Err(RtcpError::NoReport);
        }
        first = false;
        let length = (usize::from(u16::from_be_bytes([head[2], head[3]])) + 1) * 4;
        let (packet, rest) = bytes.split_at_checked(length).ok_or(RtcpError::Truncated)?;
        let mut body = &packet[4..];
        if head[0] & 0x20 != 0 {
            let padding = usize::from(*body.last().ok_or(RtcpError::Padding)?);
            if padding == 0 || padding > body.len() {
                return Err(RtcpError::Padding);
            }
            body = &body[..body.len() - padding];
        }
        let count = usize::from(head[0] & 0x1f);
        match kind {
            SR | RR => found.push(report(body, kind == SR, count).ok_or(RtcpError::Truncated)?),
            SDES => names(body, count, &mut found).ok_or(RtcpError::Truncated)?,
            BYE => {
                let ssrcs = (0..count).map(|n| word(body, n * 4)).collect::<Option<_>>();
                found.push(Rtcp::Bye { ssrcs: ssrcs.ok_or(RtcpError::Truncated)? });
            }
            _ => {}
        }
        bytes = rest;
    }
    if first { Err(RtcpError::Truncated) } else { Ok(found) }
}

fn report(body: &[u8], sender: bool, count: usize) -> Option<Rtcp> {
    let ssrc = word(body, 0)?;
    let (info, blocks) = if sender {
        let ntp = (u64::from(word(body, 4)?) << 32) | u64::from(word(body, 8)?);
        let info = SenderInfo { ntp, timestamp: word(body, 12)?, packets: word(body, 16)?, octets: word(body, 20)? };
        (Some(info), body.get(24..)?)
    } else {
        (None, body.get(4..)?)
    };
    let blocks = (0..count.min(MAX_BLOCKS))
        .map(|n| {
            let b = blocks.get(n * 24..n * 24 + 24)?;
            let loss = word(b, 4)?;
            Some(ReportBlock {
                ssrc: word(b, 0)?,
                fraction_lost: (loss >> 24) as u8,
                cumulative_lost: ((loss << 8) as i32) >> 8,
                highest_sequence: word(b, 8)?,
                jitter: word(b, 12)?,
                last_sr: word(b, 16)?,
                delay_since_last_sr: word(b, 20)?,
            })
        })
        .collect::<Option<_>>()?;
    Some(Rtcp::Report { ssrc, sender: info, blocks })
}

fn names(body: &[u8], count: usize, found: &mut Vec<Rtcp>) -> Option<()> {
    let mut at = 0;
    for _ in 0..count {
        let ssrc = word(body, at)?;
        at += 4;
        loop {
            let kind = *body.get(at)?;
            if kind == 0 {
                at = (at / 4 + 1) * 4; // the list ends with at least one null, padded to a word
                break;
            }
            let length = usize::from(*body.get(at + 1)?);
            let text = body.get(at + 2..at + 2 + length)?;
            if kind == 1 {
                found.push(Rtcp::Name { ssrc, cname: String::from_utf8_lossy(text).into_owned() });
            }
            at += 2 + length;
        }
    }
    Some(())
}

/// Builds a compound: a report, the canonical name and, at the end of a call, BYE. Returns the bytes used.
/// The name is cut to 32 bytes, so the result always fits [`MAX_COMPOUND`].
pub fn build(
    out: &mut [u8; MAX_COMPOUND],
    ssrc: u32,
    sender: Option<SenderInfo>,
    block: Option<ReportBlock>,
    cname: &str,
    bye: bool,
) -> usize {
    let mut w = Writer { out, at: 0 };
    let blocks = u8::from(block.is_some());
    let words = 1 + if sender.is_some() { 5 } else { 0 } + if block.is_some() { 6 } else { 0 };
    w.head(blocks, if sender.is_some() { SR } else { RR }, words);
    w.word(ssrc);
    if let Some(s) = sender {
        for v in [(s.ntp >> 32) as u32, s.ntp as u32, s.timestamp, s.packets, s.octets] {
            w.word(v);
        }
    }
    if let Some(b) = block {
        w.word(b.ssrc);
        w.word((u32::from(b.fraction_lost) << 24) | (b.cumulative_lost as u32 & 0x00ff_ffff));
        for v in [b.highest_sequence, b.jitter, b.last_sr, b.delay_since_last_sr] {
            w.word(v);
        }
    }
    let name = &cname.as_bytes()[..cname.len().min(32)];
    let words = 1 + (2 + name.len()) / 4 + 1;
    w.head(1, SDES, words as u16);
    w.word(ssrc);
    let chunk = w.at;
    w.bytes(&[1, name.len() as u8]);
    w.bytes(name);
    let end = chunk + (words - 1) * 4;
    while w.at < end {
        w.bytes(&[0]);
    }
    if bye {
        w.head(1, BYE, 1);
        w.word(ssrc);
    }
    w.at
}

struct Writer<'a> {
    out: &'a mut [u8; MAX_COMPOUND],
    at: usize,
}

impl Writer<'_> {
    fn bytes(&mut self, bytes: &[u8]) {
        self.out[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }
    fn word(&mut self, v: u32) {
        self.bytes(&v.to_be_bytes());
    }
    fn head(&mut self, count: u8, kind: u8, words: u16) {
        let [a, b] = words.to_be_bytes();
        self.bytes(&[0x80 | count, kind, a, b]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: ReportBlock = ReportBlock {
        ssrc: 9,
        fraction_lost: 25,
        cumulative_lost: -3,
        highest_sequence: 70_000,
        jitter: 12,
        last_sr: 0x1234_5678,
        delay_since_last_sr: 65_536,
    };
    const INFO: SenderInfo = SenderInfo { ntp: 0xdead_beef_0000_0001, timestamp: 5, packets: 6, octets: 7 };

    #[test]
    fn what_is_built_is_read_back() {
        let mut out = [0; MAX_COMPOUND];
        for (sender, block, name) in
            [(Some(INFO), Some(BLOCK), "abcd"), (None, Some(BLOCK), "abc"), (Some(INFO), None, "ab"), (None, None, "a")]
        {
            let n = build(&mut out, 77, sender, block, name, true);
            assert_eq!(n % 4, 0);
            let got = parse(&out[..n]).unwrap();
            assert_eq!(got[0], Rtcp::Report { ssrc: 77, sender, blocks: block.into_iter().collect() });
            assert_eq!(got[1], Rtcp::Name { ssrc: 77, cname: name.into() });
            assert_eq!(got[2], Rtcp::Bye { ssrcs: vec![77] });
        }
        let n = build(&mut out, 1, Some(INFO), Some(BLOCK), &"x".repeat(300), true);
        assert!(parse(&out[..n]).is_ok());
    }

    #[test]
    fn lying_lengths_are_refused() {
        let mut out = [0; MAX_COMPOUND];
        let n = build(&mut out, 77, Some(INFO), Some(BLOCK), "name", false);
        for cut in 1..n {
            if cut != 52 {
                assert!(parse(&out[..cut]).is_err(), "cut at {cut}");
            }
        }
        assert_eq!(parse(&[]), Err(RtcpError::Truncated));
        assert_eq!(parse(&[0x80, SDES, 0, 0]), Err(RtcpError::NoReport));
        assert_eq!(parse(&[0x85, RR, 0, 1, 0, 0, 0, 1]), Err(RtcpError::Truncated)); // five blocks claimed
        assert_eq!(parse(&[0xa0, RR, 0, 1, 0, 0, 0, 9]), Err(RtcpError::Padding));
        assert_eq!(parse(&[0x40, RR, 0, 0]), Err(RtcpError::Version));
    }
}
