//! Nothing an outsider sends makes the parsers or the call machine panic.
#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

use offhook_media::call::{Call, CallOptions, LegCommand};
use offhook_media::dtmf::event::EventReceiver;
use offhook_media::dtmf::goertzel::ToneDetector;
use offhook_media::g711::Codec;
use offhook_media::limits::{FRAME_SAMPLES, MAX_PACKET_OUT};
use offhook_media::rtp::jitter::JitterBuffer;
use offhook_media::rtp::packet::Packet;
use offhook_media::rtp::reception::Reception;
use offhook_media::rtp::rtcp;
use offhook_media::sdp::{Local, Negotiation, answer};
use proptest::prelude::*;

fn local() -> Local {
    Local::new("192.0.2.7:10000".parse().unwrap(), 1)
}

/// Bytes that look like RTP or RTCP in their first two, so that the rest is reached.
fn packet() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![Just(0x80u8), Just(0x81), Just(0x90), Just(0xa0), Just(0xbf), any::<u8>()];
    let second = prop_oneof![Just(0u8), Just(8), Just(101), Just(200), Just(201), Just(202), Just(203), any::<u8>()];
    (first, second, prop::collection::vec(any::<u8>(), 0..300)).prop_map(|(a, b, mut rest)| {
        rest.splice(0..0, [a, b]);
        rest
    })
}

/// Lines of a session description, good and bad ones mixed.
fn description() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("v=0".to_string()),
        Just("o=- 1 1 IN IP4 1.2.3.4".to_string()),
        Just("s=-".to_string()),
        Just("c=IN IP4 1.2.3.4".to_string()),
        Just("t=0 0".to_string()),
        (any::<u16>(), "[0-9 ]{0,20}").prop_map(|(p, f)| format!("m=audio {p} RTP/AVP {f}")),
        ("[a-z]{3,8}", "[ -~]{0,30}").prop_map(|(n, v)| format!("a={n}:{v}")),
        "(ptime|maxptime|rtcp|rtpmap|fmtp)".prop_flat_map(|n| "[ -~]{0,20}".prop_map(move |v| format!("a={n}:{v}"))),
        "[a-z]=[^\r\n]{0,40}",
    ];
    prop::collection::vec(line, 0..20).prop_map(|lines| lines.join("\r\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rtp_and_rtcp(bytes in packet()) {
        if let Ok(p) = Packet::parse(&bytes) {
            prop_assert!(p.payload.len() + p.csrc.len() + 12 <= bytes.len());
        }
        let _ = rtcp::parse(&bytes);
    }

    #[test]
    fn descriptions(text in prop_oneof![description(), any::<String>()]) {
        if let Ok(n) = answer(&text, &local()) {
            // Whatever was accepted, our answer is well-formed and our own end reads it.
            let mut peer = Negotiation::new(Local::new(n.remote, 2));
            peer.offer();
            prop_assert!(sdp_types::Session::parse(n.answer.as_bytes()).is_ok());
            prop_assert!((20..=60).contains(&n.ptime_ms));
        }
        let mut ours = Negotiation::new(local());
        ours.offer();
        let _ = ours.accept(&text);
    }

    #[test]
    fn telephone_events(rows in prop::collection::vec((0u64..100, any::<bool>(), any::<u32>(), prop::collection::vec(any::<u8>(), 0..8)), 0..50)) {
        let mut receiver = EventReceiver::default();
        let (mut now, mut downs, mut ups) = (0, 0u32, 0u32);
        let mut count = |e| match e {
            offhook_media::dtmf::Edge::Down { .. } => downs += 1,
            offhook_media::dtmf::Edge::Up { .. } => ups += 1,
        };
        for (ms, marker, timestamp, payload) in rows {
            now += ms;
            receiver.packet(now, marker, timestamp % 4_000, &payload, &mut count);
            receiver.tick(now, &mut count);
        }
        receiver.tick(now + 60_000, &mut count);
        prop_assert_eq!(downs, ups); // every key that goes down comes up, exactly once
    }

    #[test]
    fn jitter_buffer_and_statistics(rows in prop::collection::vec((any::<u32>(), 0u32..3, any::<u16>(), prop::collection::vec(any::<u8>(), 0..400)), 0..60)) {
        let mut buffer = JitterBuffer::new();
        let mut reception = Reception::new(1, 0);
        let mut out = [0; FRAME_SAMPLES];
        for (timestamp, ssrc, sequence, payload) in rows {
            buffer.push(ssrc, timestamp, &payload, Codec::Pcma);
            buffer.push(ssrc, timestamp % 10_000, &payload, Codec::Pcma);
            buffer.jitter(timestamp);
            buffer.pull(&mut out);
            prop_assert!(out.iter().all(|&s| s != i16::MIN));
            reception.packet(sequence, timestamp, sequence.into());
            reception.report(0, 0);
        }
    }

    #[test]
    fn tones(samples in prop::collection::vec(any::<i16>(), 0..2_000)) {
        ToneDetector::default().push(&samples, |_| ());
    }

    #[test]
    fn a_whole_call(packets in prop::collection::vec(packet(), 0..40), events in any::<bool>()) {
        let peer = "1.2.3.4:4000".parse().unwrap();
        let offer = "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nc=IN IP4 1.2.3.4\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n";
        let mut end = local();
        end.telephone_event = events;
        let mut call = Call::new(CallOptions::from_seed(3));
        call.command(0, LegCommand::Remote(answer(offer, &end).unwrap()));
        call.command(0, LegCommand::Record { id: 1, path: "x".into(), max_ms: 1_000, silence_ms: 0, terminators: "#".into(), beep: true });
        let mut out = [0; MAX_PACKET_OUT];
        for (n, bytes) in packets.iter().enumerate() {
            let now = n as u64 * 20;
            call.packet_in(now, peer, bytes);
            call.rtcp_in(now, peer, bytes);
            call.tick(now, &mut out);
        }
        call.command(9_999, LegCommand::Close);
        prop_assert!(std::iter::from_fn(|| call.piece()).any(|p| p.end.is_some()));
    }
}
