//! Cuts a byte stream into SIP messages by Content-Length (RFC 3261 §18.3).
//!
//! It does not read the messages; it only finds their ends, and refuses streams whose next end cannot be known.

use super::limits::MAX_STREAM_MESSAGE;
use super::message::{digits, find};

/// What the stream holds next.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// One whole message, or a keep-alive (`CRLF CRLF`).
    Message(Vec<u8>),
    /// A message without a usable length: whatever follows cannot be cut, so it is the last.
    Last(Vec<u8>),
    /// Not complete yet.
    Partial,
    /// Larger than we take: close.
    TooLarge,
}

/// The octets of one connection that are not a message yet.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: Vec<u8>,
}

impl Framer {
    /// Adds what was read.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Whether a message has begun.
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Takes the next message.
    pub fn take(&mut self) -> Frame {
        if self.buffer.starts_with(b"\r\n\r\n") {
            return Frame::Message(self.buffer.drain(..4).collect());
        }
        while self.buffer.starts_with(b"\r\n") && self.buffer.len() > 2 && self.buffer[2] != b'\r' {
            self.buffer.drain(..2);
        }
        if self.buffer.is_empty() || self.buffer == b"\r\n" {
            return Frame::Partial;
        }
        let Some(head) = find(&self.buffer, b"\r\n\r\n") else {
            return if self.buffer.len() > MAX_STREAM_MESSAGE { Frame::TooLarge } else { Frame::Partial };
        };
        let end = head + 4;
        let length = match length(&self.buffer[..head]) {
            Some(n) => n,
            None => return Frame::Last(std::mem::take(&mut self.buffer)),
        };
        if length > MAX_STREAM_MESSAGE || end + length > MAX_STREAM_MESSAGE {
            return Frame::TooLarge;
        }
        if self.buffer.len() < end + length {
            return Frame::Partial;
        }
        Frame::Message(self.buffer.drain(..end + length).collect())
    }
}

fn length(head: &[u8]) -> Option<usize> {
    let mut found = None;
    for line in head.split(|b| *b == b'\n').skip(1) {
        let Some(colon) = line.iter().position(|b| *b == b':') else { continue };
        let name = line[..colon].trim_ascii();
        if name.eq_ignore_ascii_case(b"Content-Length") || name.eq_ignore_ascii_case(b"l") {
            let value = std::str::from_utf8(line[colon + 1..].trim_ascii()).ok()?;
            let value = usize::try_from(digits(value)?).ok()?;
            // Two different lengths are an attempt to smuggle a message.
            if found.is_some_and(|f| f != value) {
                return None;
            }
            found = Some(value);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_cut_wherever_the_reads_fall() {
        let one = b"OPTIONS sip:a SIP/2.0\r\nl: 3\r\n\r\nabc".as_slice();
        let two = b"BYE sip:a SIP/2.0\r\nContent-Length : 0\r\n\r\n".as_slice();
        let all: Vec<u8> = [b"\r\n\r\n", one, b"\r\n", two, one].concat();
        for step in 1..all.len() {
            let mut f = Framer::default();
            let mut got = Vec::new();
            for chunk in all.chunks(step) {
                f.push(chunk);
                while let Frame::Message(m) = f.take() {
                    got.push(m);
                }
            }
            assert_eq!(got, [b"\r\n\r\n".to_vec(), one.to_vec(), two.to_vec(), one.to_vec()], "step {step}");
        }
    }

    #[test]
    fn no_length_ends_the_stream() {
        let mut f = Framer::default();
        f.push(b"OPTIONS sip:a SIP/2.0\r\n\r\nmore");
        assert!(matches!(f.take(), Frame::Last(_)));
        f.push(b"OPTIONS sip:a SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\nmore");
        assert!(matches!(f.take(), Frame::Last(_)));
        let mut f = Framer::default();
        f.push(b"OPTIONS sip:a SIP/2.0\r\nl: 99999999\r\n\r\n");
        assert_eq!(f.take(), Frame::TooLarge);
        let mut f = Framer::default();
        f.push(&vec![b'x'; MAX_STREAM_MESSAGE + 1]);
        assert_eq!(f.take(), Frame::TooLarge);
    }
}
