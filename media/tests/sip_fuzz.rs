//! The guard under a seeded hail of mutated messages: no panic, bounded time, and only well-formed output.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use offhook_media::sip::address::Via;
use offhook_media::sip::check::Transport;
use offhook_media::sip::frame::{Frame, Framer};
use offhook_media::sip::guard::{Guard, GuardLimits, Verdict};
use offhook_media::sip::message::scan;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

const SEEDS: [&str; 5] = [
    "INVITE sip:100@pbx.test SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK77;rport\r\nMax-Forwards: 70\r\nFrom: \"A \\\"B\\\"\" <sip:a@h;x=%41>;tag=1\r\nTo: <sip:100@pbx.test>\r\nCall-ID: c1@h\r\nCSeq: 1 INVITE\r\nContact: <sip:a@10.0.0.1>\r\nRequire: timer\r\nSession-Expires: 90;refresher=uac\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n",
    "REGISTER sip:pbx.test SIP/2.0\r\nv: SIP / 2.0 / UDP [2001:db8::1]:5060 ; branch = z9hG4bK1 , SIP/2.0/TCP h\r\nf: <sip:a@h>;tag=x\r\nt: sip:a@h\r\ni: y\r\nCSeq: 7 REGISTER\r\nm: *\r\nExpires: 0\r\nAuthorization: Digest username=\"a\", realm=\"r\", nonce=\"n\", uri=\"sip:h\", response=\"0\"\r\nl: 0\r\n\r\n",
    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKohabcd\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
    "ACK sip:100@pbx.test SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK8\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=2\r\nCall-ID: c\r\nCSeq: 1 ACK\r\nRoute: <sip:p;lr>\r\nContent-Length: 0\r\n\r\n",
    "INVITE tel:+1-201-555-0123;phone-context=x SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: sip:a@h\r\nTo: caller<sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContent-Type: multipart/mixed;boundary=b\r\n folded\r\n\r\n--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--",
];

/// xorshift64*: small, seeded, the same everywhere.
struct Dice(u64);
impl Dice {
    fn roll(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n.max(1)
    }
}

/// Generous, for a debug build: a quadratic parser needs seconds.
const LONG: Duration = Duration::from_millis(250);

const SPICE: [&[u8]; 16] = [
    b"\r\n",
    b"\r\n\r\n",
    b":",
    b";",
    b",",
    b"<",
    b">",
    b"\"",
    b"\\",
    b"\0",
    b"\xff",
    b"%",
    b"@",
    b"=",
    b" ",
    b"SIP/2.0",
];

fn mutate(dice: &mut Dice) -> Vec<u8> {
    let mut bytes = SEEDS[dice.roll(SEEDS.len())].as_bytes().to_vec();
    for _ in 0..=dice.roll(6) {
        let at = dice.roll(bytes.len());
        match dice.roll(8) {
            0 if !bytes.is_empty() => bytes[at] = dice.roll(256) as u8,
            1 if !bytes.is_empty() => drop(bytes.drain(at..(at + 1 + dice.roll(40)).min(bytes.len()))),
            2 => {
                let spice = SPICE[dice.roll(SPICE.len())];
                bytes.splice(at..at, spice.iter().copied());
            }
            3 => bytes.truncate(at),
            4 => {
                let end = (at + dice.roll(200)).min(bytes.len());
                let part = bytes[at..end].to_vec();
                let to = dice.roll(bytes.len());
                bytes.splice(to..to, part);
            }
            5 => {
                let spice = SPICE[dice.roll(SPICE.len())].repeat(dice.roll(300));
                bytes.splice(at..at, spice);
            }
            6 => {
                let other = SEEDS[dice.roll(SEEDS.len())].as_bytes();
                let from = dice.roll(other.len());
                bytes.splice(at.., other[from..].iter().copied());
            }
            _ => {
                let number = ["-1", "0", "4294967296", "99999999999999999999999", "1e9", ""][dice.roll(6)];
                bytes.splice(at..at, number.bytes());
            }
        }
    }
    bytes
}

#[test]
fn a_hail_of_mutated_messages() {
    let limits = GuardLimits {
        source_messages_per_s: 1e9,
        source_answers_per_s: 1e9,
        messages_per_s: 1e9,
        calls_per_s: 1e6,
        ..GuardLimits::default()
    };
    let mut guard = Guard::new(limits, "z9hG4bKohabcd".into(), "Offhook".into(), 0);
    let source: SocketAddr = "192.0.2.1:5060".parse().unwrap();
    let mut dice = Dice(0x0ff_400c);
    let (mut passed, mut answered, mut dropped) = (0u32, 0u32, 0u32);
    let mut slowest = Duration::ZERO;
    // Unoptimised code is twenty times slower; the optimised run is the long one.
    let count = if cfg!(debug_assertions) { 20_000u32 } else { 1_000_000 };
    for i in 0..u64::from(count) {
        let bytes = mutate(&mut dice);
        let transport = if i % 5 == 0 { Transport::Tcp } else { Transport::Udp };
        let ack = bytes.starts_with(b"ACK ");
        let response = bytes.get(..4).is_some_and(|p| p.eq_ignore_ascii_case(b"SIP/"));
        let begun = Instant::now();
        let verdict = guard.screen(&bytes, source, transport, i).verdict;
        let mut took = begun.elapsed();
        // A busy machine may have held us up; a slow parser is slow each time.
        for _ in 0..5 {
            if took < LONG {
                break;
            }
            let begun = Instant::now();
            guard.screen(&bytes, source, transport, i);
            took = took.min(begun.elapsed());
        }
        slowest = slowest.max(took);
        match verdict {
            Verdict::Drop => dropped += 1,
            Verdict::Pass(message) => {
                passed += 1;
                // What passes is read back as itself and judged the same: the stack sees nothing ambiguous.
                let again = scan(&message.to_bytes()).expect("what passed is SIP");
                assert_eq!(again.flaw, None, "{message:?}");
                assert_eq!(again.message.call_id(), message.call_id());
                assert_eq!(again.message.body, message.body);
                assert!(Via::parse(message.get("Via").unwrap()).is_ok());
            }
            Verdict::Answer(bytes) if bytes == b"\r\n" => {}
            Verdict::Answer(answer) => {
                answered += 1;
                assert!(!ack && !response, "answered {:?}", String::from_utf8_lossy(&bytes));
                let text = scan(&answer).expect("an answer is SIP").message;
                assert!((400..700).contains(&text.status()), "{}", String::from_utf8_lossy(&answer));
                // Octets that are no UTF-8 become U+FFFD, three octets each; the rate of answers is limited besides.
                assert!(
                    answer.len() < 3 * bytes.len() + 600,
                    "an answer of {} octets to {}",
                    answer.len(),
                    bytes.len()
                );
            }
        }
    }
    let share = |of: u32| of > count / 100;
    assert!(share(passed) && share(answered) && share(dropped), "{passed} {answered} {dropped}");
    assert!(slowest < LONG, "{slowest:?}");
}

#[test]
fn mutated_streams_are_cut_without_losing_octets() {
    let mut dice = Dice(7);
    for _ in 0..if cfg!(debug_assertions) { 4_000 } else { 20_000 } {
        let bytes = mutate(&mut dice);
        let mut framer = Framer::default();
        let mut out = 0;
        'stream: for chunk in bytes.chunks(1 + dice.roll(300)) {
            framer.push(chunk);
            loop {
                match framer.take() {
                    Frame::Message(m) => out += m.len(),
                    Frame::Last(m) => {
                        out += m.len();
                        break 'stream;
                    }
                    Frame::Partial => break,
                    Frame::TooLarge => break 'stream,
                }
            }
        }
        assert!(out <= bytes.len());
    }
}
