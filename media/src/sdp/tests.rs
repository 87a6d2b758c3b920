//! The offer/answer table: one row for each trap that broke calls elsewhere.

use super::*;

const HEAD: &str = "v=0\r\no=- 20 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n";

fn local() -> Local {
    Local::new("192.0.2.7:10000".parse().unwrap(), 4_711)
}

fn with(media: &str) -> String {
    format!("{HEAD}{}", media.replace('\n', "\r\n"))
}

/// The trap, the offer, the outcome, and what the answer must and must not contain.
type Row = (&'static str, &'static str, String, &'static [&'static str], &'static [&'static str]);

/// The outcome in one line.
fn outcome(n: &Negotiated) -> String {
    let event = n.telephone_event.map_or("none".into(), |e| e.to_string());
    format!(
        "{}/{} event={event} ptime={} {} rtp={} rtcp={}{}",
        n.codec.name(),
        n.payload_type,
        n.ptime_ms,
        n.direction.name(),
        n.remote,
        n.rtcp,
        if n.rtcp_mux { " mux" } else { "" }
    )
}

#[test]
fn offers_and_their_answers() {
    const PLAIN: &str = "rtp=198.51.100.1:4000 rtcp=198.51.100.1:4001";
    let rows: &[Row] = &[
        (
            "the usual",
            "m=audio 4000 RTP/AVP 0 8 101\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-16\na=ptime:20\n",
            format!("PCMU/0 event=101 ptime=20 sendrecv {PLAIN}"),
            &["m=audio 10000 RTP/AVP 0 101\r\n", "a=fmtp:101 0-15\r\n", "c=IN IP4 192.0.2.7\r\n", "a=sendrecv\r\n"],
            &["PCMA", "rtcp"],
        ),
        (
            "the offerer's order decides",
            "m=audio 4000 RTP/AVP 8 0\n",
            format!("PCMA/8 event=none ptime=20 sendrecv {PLAIN}"),
            &["m=audio 10000 RTP/AVP 8\r\n", "a=rtpmap:8 PCMA/8000"],
            &["telephone-event"],
        ),
        (
            "unknown codecs first, dynamic number for ours, lower case",
            "m=audio 4000 RTP/AVP 96 9 97 18\na=rtpmap:96 opus/48000/2\na=rtpmap:97 pcma/8000/1\n",
            format!("PCMA/97 event=none ptime=20 sendrecv {PLAIN}"),
            &["m=audio 10000 RTP/AVP 97\r\n", "a=rtpmap:97 PCMA/8000"],
            &["opus"],
        ),
        (
            "a static number given to something else",
            "m=audio 4000 RTP/AVP 0 8\na=rtpmap:0 L16/44100\n",
            format!("PCMA/8 event=none ptime=20 sendrecv {PLAIN}"),
            &[],
            &[],
        ),
        (
            "wide-band G.711 is not ours",
            "m=audio 4000 RTP/AVP 98 0\na=rtpmap:98 PCMU/16000\n",
            format!("PCMU/0 event=none ptime=20 sendrecv {PLAIN}"),
            &[],
            &[],
        ),
        (
            "telephone events at 48 kHz only",
            "m=audio 4000 RTP/AVP 96 0 101\na=rtpmap:96 opus/48000/2\na=rtpmap:101 telephone-event/48000\n",
            format!("PCMU/0 event=none ptime=20 sendrecv {PLAIN}"),
            &[],
            &["telephone-event"],
        ),
        (
            "telephone events at both rates",
            "m=audio 4000 RTP/AVP 0 100 101\na=rtpmap:100 telephone-event/48000\na=rtpmap:101 telephone-event/8000\n",
            format!("PCMU/0 event=101 ptime=20 sendrecv {PLAIN}"),
            &["a=rtpmap:101 telephone-event/8000"],
            &["48000"],
        ),
        (
            "telephone events without fmtp, other number",
            "m=audio 4000 RTP/AVP 0 113\na=rtpmap:113 telephone-event/8000\n",
            format!("PCMU/0 event=113 ptime=20 sendrecv {PLAIN}"),
            &["a=rtpmap:113 telephone-event/8000"],
            &[],
        ),
        (
            "hold by sendonly",
            "m=audio 4000 RTP/AVP 0\na=sendonly\n",
            format!("PCMU/0 event=none ptime=20 recvonly {PLAIN}"),
            &["a=recvonly"],
            &["sendrecv"],
        ),
        (
            "hold by inactive",
            "m=audio 4000 RTP/AVP 0\na=inactive\n",
            format!("PCMU/0 event=none ptime=20 inactive {PLAIN}"),
            &["a=inactive"],
            &[],
        ),
        (
            "recvonly: music for the peer",
            "m=audio 4000 RTP/AVP 0\na=recvonly\n",
            format!("PCMU/0 event=none ptime=20 sendonly {PLAIN}"),
            &["a=sendonly"],
            &[],
        ),
        (
            "the old hold by 0.0.0.0",
            "m=audio 4000 RTP/AVP 0\nc=IN IP4 0.0.0.0\n",
            "PCMU/0 event=none ptime=20 recvonly rtp=0.0.0.0:4000 rtcp=0.0.0.0:4001".into(),
            &["a=recvonly"],
            &["c=IN IP4 0.0.0.0"],
        ),
        (
            "the address of the m= line overrides the session's",
            "m=audio 4000 RTP/AVP 0\nc=IN IP4 203.0.113.9\n",
            "PCMU/0 event=none ptime=20 sendrecv rtp=203.0.113.9:4000 rtcp=203.0.113.9:4001".into(),
            &[],
            &[],
        ),
        (
            "RTCP elsewhere",
            "m=audio 4000 RTP/AVP 0\na=rtcp:5555 IN IP4 203.0.113.9\n",
            "PCMU/0 event=none ptime=20 sendrecv rtp=198.51.100.1:4000 rtcp=203.0.113.9:5555".into(),
            &[],
            &[],
        ),
        (
            "shared port offered",
            "m=audio 4000 RTP/AVP 0\na=rtcp-mux\n",
            "PCMU/0 event=none ptime=20 sendrecv rtp=198.51.100.1:4000 rtcp=198.51.100.1:4000 mux".into(),
            &["a=rtcp-mux"],
            &[],
        ),
        (
            "video before audio, an image after it",
            "m=video 4002 RTP/AVP 99\na=rtpmap:99 H264/90000\nm=audio 4000 RTP/AVP 0\nm=image 4004 udptl t38\n",
            format!("PCMU/0 event=none ptime=20 sendrecv {PLAIN}"),
            &["m=video 0 RTP/AVP 99\r\nm=audio 10000 RTP/AVP 0\r\n", "m=image 0 udptl t38\r\n"],
            &["H264"],
        ),
        (
            "encrypted and plain audio: the plain one",
            "m=audio 4010 RTP/SAVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\nm=audio 4000 RTP/AVP 0\n",
            format!("PCMU/0 event=none ptime=20 sendrecv {PLAIN}"),
            &["m=audio 0 RTP/SAVP 0\r\nm=audio 10000 RTP/AVP 0\r\n"],
            &["crypto"],
        ),
        (
            "two audio lines, the first without a common codec",
            "m=audio 4010 RTP/AVP 18\nm=audio 4000 RTP/AVP 8\n",
            format!("PCMA/8 event=none ptime=20 sendrecv {PLAIN}"),
            &["m=audio 0 RTP/AVP 18\r\nm=audio 10000 RTP/AVP 8\r\n"],
            &[],
        ),
        (
            "the profile with feedback is answered in kind",
            "m=audio 4000 RTP/AVPF 0\na=rtcp-fb:* trr-int 1000\n",
            format!("PCMU/0 event=none ptime=20 sendrecv {PLAIN}"),
            &["m=audio 10000 RTP/AVPF 0\r\n"],
            &["rtcp-fb"],
        ),
        (
            "packets of 60 ms",
            "m=audio 4000 RTP/AVP 0\na=ptime:60\n",
            format!("PCMU/0 event=none ptime=60 sendrecv {PLAIN}"),
            &["a=ptime:20"],
            &[],
        ),
        (
            "60 ms wished, 40 allowed; nonsense falls back",
            "m=audio 4000 RTP/AVP 0\na=ptime:60\na=maxptime:40\n",
            format!("PCMU/0 event=none ptime=20 sendrecv {PLAIN}"),
            &[],
            &[],
        ),
        (
            "a packet time of zero",
            "m=audio 4000 RTP/AVP 0\na=ptime:0\na=maxptime:0\n",
            format!("PCMU/0 event=none ptime=20 sendrecv {PLAIN}"),
            &[],
            &[],
        ),
        (
            "attributes of ICE, BUNDLE and unknown ones are not echoed",
            "m=audio 4000 RTP/AVP 0\na=mid:0\na=candidate:1 1 UDP 1 10.0.0.1 9 typ host\na=ice-ufrag:x\na=x-strange\n",
            format!("PCMU/0 event=none ptime=20 sendrecv {PLAIN}"),
            &[],
            &["candidate", "ice", "strange"],
        ),
        (
            "formats beyond the numbers there are",
            "m=audio 4000 RTP/AVP 300 -1 x 128 8\n",
            format!("PCMA/8 event=none ptime=20 sendrecv {PLAIN}"),
            &[],
            &[],
        ),
    ];
    for (name, media, want, contains, lacks) in rows {
        let got = answer(&with(media), &local()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(outcome(&got), *want, "{name}");
        assert!(sdp_types::Session::parse(got.answer.as_bytes()).is_ok(), "{name}");
        for part in *contains {
            assert!(got.answer.contains(part), "{name}: no {part:?} in\n{}", got.answer);
        }
        for part in *lacks {
            assert!(!got.answer.contains(part), "{name}: {part:?} in\n{}", got.answer);
        }
    }
}

#[test]
fn refused_offers_and_their_status() {
    let long = format!("m=audio 4000 RTP/AVP 0\n{}", "a=x\n".repeat(300));
    let many = "m=video 9 RTP/AVP 99\n".repeat(20);
    let formats = format!("m=audio 4000 RTP/AVP {}\n", "8 ".repeat(200));
    let huge = format!("m=audio 4000 RTP/AVP 0\na={}\n", "y".repeat(20_000));
    let rows: &[(&str, &str, u16)] = &[
        ("no media at all", "", 488),
        ("only video", "m=video 4000 RTP/AVP 99\n", 488),
        ("audio disabled", "m=audio 0 RTP/AVP 0\n", 488),
        ("encryption demanded", "m=audio 4000 RTP/SAVP 0\n", 488),
        ("browser", "m=audio 9 UDP/TLS/RTP/SAVPF 111\na=rtpmap:111 opus/48000/2\n", 488),
        ("no common codec", "m=audio 4000 RTP/AVP 18 9\n", 488),
        ("only telephone events", "m=audio 4000 RTP/AVP 101\na=rtpmap:101 telephone-event/8000\n", 488),
        ("multicast", "m=audio 4000 RTP/AVP 0\nc=IN IP4 224.0.0.1/127\n", 488),
        ("broadcast", "m=audio 4000 RTP/AVP 0\nc=IN IP4 255.255.255.255\n", 488),
        ("a host name", "m=audio 4000 RTP/AVP 0\nc=IN IP4 media.example.com\n", 488),
        ("another family", "m=audio 4000 RTP/AVP 0\nc=IN IP6 2001:db8::1\n", 488),
        ("a bad port", "m=audio 70000 RTP/AVP 0\n", 400),
        ("too many attributes", &long, 413),
        ("too many lines", &many, 413),
        ("too many formats", &formats, 413),
        ("too long", &huge, 413),
    ];
    for (name, media, status) in rows {
        let error = answer(&with(media), &local()).expect_err(name);
        assert_eq!(error.status(), *status, "{name}: {error}");
    }
    for (text, status) in [("", 400), ("hello", 400), ("v=0\r\nm=audio 4000 RTP/AVP 0\r\n", 400)] {
        assert_eq!(answer(text, &local()).expect_err(text).status(), status, "{text:?}");
    }
}

#[test]
fn bare_line_feeds_and_a_missing_last_one_are_read() {
    let text = with("m=audio 4000 RTP/AVP 0").replace("\r\n", "\n");
    assert!(answer(&text, &local()).is_ok());
}

#[test]
fn ipv6() {
    let local = Local::new("[2001:db8::7]:10000".parse().unwrap(), 1);
    let offer =
        "v=0\r\no=- 1 1 IN IP6 2001:db8::1\r\ns=-\r\nc=IN IP6 2001:db8::1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
    let got = answer(offer, &local).unwrap();
    assert_eq!(got.remote, "[2001:db8::1]:4000".parse().unwrap());
    assert!(got.answer.contains("c=IN IP6 2001:db8::7\r\n"));
}

fn version(text: &str) -> u64 {
    text.lines().find_map(|l| l.strip_prefix("o=")).unwrap().split(' ').nth(2).unwrap().parse().unwrap()
}

fn session(text: &str) -> &str {
    text.lines().find_map(|l| l.strip_prefix("o=")).unwrap().split(' ').nth(1).unwrap()
}

#[test]
fn re_offers_hold_resume_and_the_version_rule() {
    let plain = with("m=audio 4000 RTP/AVP 0 101\na=rtpmap:101 telephone-event/8000\n");
    let mut talk = Negotiation::new(local());
    let first = talk.answer(&plain).unwrap().answer;
    let same = talk.answer(&plain).unwrap().answer; // a session refresh
    assert_eq!(first, same);
    // Hold, hold again, resume: the second re-INVITE must not stay on hold.
    let hold = talk.answer(&format!("{plain}a=sendonly\r\n")).unwrap();
    assert_eq!(hold.direction, Direction::RecvOnly);
    assert_eq!(version(&hold.answer), version(&first) + 1);
    let inactive = talk.answer(&format!("{plain}a=inactive\r\n")).unwrap();
    assert_eq!(inactive.direction, Direction::Inactive);
    let resumed = talk.answer(&plain).unwrap();
    assert_eq!((resumed.direction, resumed.telephone_event), (Direction::SendRecv, Some(101)));
    assert_eq!(version(&resumed.answer), version(&first) + 3);
    assert_eq!(session(&resumed.answer), session(&first));
    // A bad offer changes nothing.
    assert!(talk.answer(&with("m=audio 4000 RTP/AVP 18\n")).is_err());
    assert_eq!(talk.answer(&plain).unwrap().answer, resumed.answer);
    // Our own hold keeps numbers and names.
    talk.set_direction(Direction::SendOnly);
    let ours = talk.offer();
    assert!(ours.contains("a=sendonly") && version(&ours) == version(&resumed.answer) + 1, "{ours}");
    let agreed =
        talk.accept(&with("m=audio 4000 RTP/AVP 0 101\na=rtpmap:101 telephone-event/8000\na=recvonly\n")).unwrap();
    assert_eq!((agreed.direction, agreed.telephone_event), (Direction::SendOnly, Some(101)));
}

#[test]
fn a_renegotiation_may_drop_or_move_telephone_events() {
    let mut talk = Negotiation::new(local());
    talk.answer(&with("m=audio 4000 RTP/AVP 0 101\na=rtpmap:101 telephone-event/8000\n")).unwrap();
    let moved = talk.answer(&with("m=audio 4000 RTP/AVP 0 96\na=rtpmap:96 telephone-event/8000\n")).unwrap();
    assert_eq!(moved.telephone_event, Some(96));
    assert!(talk.offer().contains("a=rtpmap:96 telephone-event/8000"));
    assert_eq!(talk.answer(&with("m=audio 4000 RTP/AVP 0\n")).unwrap().telephone_event, None);
}

#[test]
fn lines_once_there_never_disappear() {
    let mut talk = Negotiation::new(local());
    talk.answer(&with("m=video 4002 RTP/AVP 99\nm=audio 4000 RTP/AVP 0\n")).unwrap();
    let ours = talk.offer();
    assert!(ours.contains("m=video 0 RTP/AVP 99\r\nm=audio 10000 RTP/AVP 8 0 101\r\n"), "{ours}");
    assert_eq!(talk.accept(&with("m=audio 4000 RTP/AVP 0\n")), Err(SdpError::Mismatch("another number of m= lines")));
    assert!(talk.accept(&with("m=video 0 RTP/AVP 99\nm=audio 4000 RTP/AVP 0\n")).is_ok());
}

#[test]
fn our_offer_and_its_answers() {
    let mut talk = Negotiation::new(local());
    assert!(matches!(talk.accept(&with("m=audio 4000 RTP/AVP 0\n")), Err(SdpError::Mismatch(_))));
    let offer = talk.offer();
    assert!(offer.contains("m=audio 10000 RTP/AVP 8 0 101\r\n") && !offer.contains("rtcp"), "{offer}");
    assert_eq!(talk.accept(&with("m=audio 0 RTP/AVP 8\n")), Err(SdpError::NoAudio));
    assert_eq!(talk.accept(&with("m=audio 4000 RTP/AVP 18\n")), Err(SdpError::NoCodec));
    // The peer numbers its events differently: we send 96, it sends the 101 we offered.
    let got = talk.accept(&with("m=audio 4000 RTP/AVP 0 96\na=rtpmap:96 telephone-event/8000\na=rtcp-mux\n")).unwrap();
    assert_eq!((got.codec, got.telephone_event, got.telephone_event_in), (Codec::Pcmu, Some(96), Some(101)));
    assert!(!got.rtcp_mux && got.answer.is_empty());
    assert!(got.accepted.contains(&(8, Codec::Pcma)));
    // Two machines agree with each other.
    let (mut a, mut b) =
        (Negotiation::new(local()), Negotiation::new(Local::new("192.0.2.9:20000".parse().unwrap(), 9)));
    let at_b = b.answer(&a.offer()).unwrap();
    let at_a = a.accept(&at_b.answer).unwrap();
    assert_eq!((at_a.codec, at_a.telephone_event, at_a.direction), (at_b.codec, at_b.telephone_event, at_b.direction));
    assert_eq!((at_a.remote.port(), at_b.remote.port()), (20_000, 10_000));
}

#[test]
fn an_rtcp_port_of_its_own_is_written() {
    let mut local = local();
    local.rtcp_port = 33_333;
    assert!(Negotiation::new(local).offer().contains("a=rtcp:33333\r\n"));
}
