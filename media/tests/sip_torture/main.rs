//! The 49 messages of RFC 4475, written from its sections, sent to a running endpoint over a real socket.
//!
//! Each row says what a user agent server answers, and why. `Called` means that the message opened a call and reached the
//! application (which refuses with 486); `Silent` that nothing may be answered. Bodies whose octets the RFC gives only in
//! its archive (the S/MIME part of `mpart01`) are stand-ins of the same shape: binary, with NUL and high octets.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod invalid;
mod semantics;
mod valid;

use offhook_media::sip::auth::Secret;
use offhook_media::sip::check::Transport;
use offhook_media::sip::stack::{Endpoint, IncomingCall, SipConfig, User};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    /// This status and no call.
    Answer(u16),
    /// The application is offered the call.
    Called,
    /// No answer at all.
    Silent,
}
use Expect::{Answer, Called, Silent};

struct Row {
    name: &'static str,
    section: &'static str,
    expect: Expect,
    why: &'static str,
    message: Vec<u8>,
}

fn row(name: &'static str, section: &'static str, expect: Expect, why: &'static str, text: &str) -> Row {
    Row { name, section, expect, why, message: crlf(text) }
}

/// Lines end with CRLF on the wire; the leading line break of a raw string is dropped.
fn crlf(text: &str) -> Vec<u8> {
    text.strip_prefix('\n').unwrap_or(text).replace('\n', "\r\n").into_bytes()
}

const SDP: &str = "v=0\no=mhandley 29739 7272939 IN IP4 192.0.2.3\ns=-\nc=IN IP4 192.0.2.4\nt=0 0\nm=audio 49217 RTP/AVP 0 12\nm=video 3227 RTP/AVP 31\na=rtpmap:31 LPC\n";
const SDP_LEN: usize = 150;
const SDP_X: &str = "v=0\no=mhandley 29739 7272939 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\nm=audio 49217 RTP/AVP 0 12\nm=video 3227 RTP/AVP 31\na=rtpmap:31 LPC\n";

async fn endpoint() -> (Endpoint, mpsc::Receiver<IncomingCall>) {
    let config = SipConfig {
        bind: vec![(Transport::Udp, "127.0.0.1:0".parse().unwrap())],
        domain: "example.com".into(),
        users: vec![User { name: "watson".into(), secret: Secret::Password("x".into()) }],
        ..SipConfig::default()
    };
    Endpoint::start(config).await.unwrap()
}

/// A fence: an OPTIONS whose answer proves that everything sent before it has been handled.
fn fence(n: usize) -> Vec<u8> {
    crlf(&format!(
        "OPTIONS sip:fence@example.com SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKfence{n};rport\nFrom: <sip:f@example.com>;tag=f\nTo: <sip:f@example.com>\nCall-ID: fence{n}\nCSeq: 1 OPTIONS\nMax-Forwards: 70\nContent-Length: 0\n\n"
    ))
}

/// The stack answers to the address in Via when that is where the message came from; elsewhere to the source.
async fn receive(socket: &UdpSocket) -> String {
    let mut buffer = vec![0; 65536];
    let length =
        tokio::time::timeout(Duration::from_secs(10), socket.recv(&mut buffer)).await.expect("an answer").unwrap();
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0)
}

#[tokio::test]
async fn every_message_of_rfc_4475() {
    let rows: Vec<Row> = [valid::valid(), invalid::invalid(), semantics::semantics()].into_iter().flatten().collect();
    assert_eq!(rows.len(), 49);
    let mut wrong = Vec::new();
    for (n, row) in rows.iter().enumerate() {
        // Each on its own endpoint, so that none can hide behind another.
        let (endpoint, mut calls) = endpoint().await;
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(endpoint.local_addrs()[0].1).await.unwrap();
        socket.send(&row.message).await.unwrap();
        let (mut got, mut text) = (Silent, String::new());
        if row.expect == Called {
            // Taken by the application, whose refusal then comes back.
            match tokio::time::timeout(Duration::from_secs(10), calls.recv()).await {
                Ok(Some(call)) => {
                    assert!(call.offer.is_some(), "{}: the offer was lost", row.name);
                    call.reject(486, "Busy Here", None).await;
                    text = receive(&socket).await;
                    got = if status(&text) == 486 { Called } else { Answer(status(&text)) };
                }
                _ => got = Silent,
            }
        } else {
            socket.send(&fence(n)).await.unwrap();
            loop {
                let answer = receive(&socket).await;
                if answer.contains(&format!("fence{n}")) {
                    // Canned answers overtake; one from the stack may still be on its way.
                    if got != Silent || row.expect == Silent {
                        break;
                    }
                    continue;
                }
                got = Answer(status(&answer));
                text = answer;
                if row.expect != Silent {
                    break;
                }
            }
            if calls.try_recv().is_ok() {
                got = Called;
            }
        }
        if got != row.expect {
            wrong.push(format!(
                "{} ({}): expected {:?} because {}, got {got:?}\n{text}",
                row.name, row.section, row.expect, row.why
            ));
        }
        // What RFC 3261 §8.2.6.2 wants of every answer.
        if got != Silent {
            assert!(text.contains("\r\nVia:"), "{}: no Via\n{text}", row.name);
            if status(&text) != 100 && text.contains("\r\nTo:") {
                let to = text.lines().find(|l| l.starts_with("To:")).unwrap();
                assert!(to.contains("tag"), "{}: no To tag\n{text}", row.name);
            }
        }
        let must = match row.name {
            "bext01" => "\r\nUnsupported: nothingSupportsThis, nothingSupportsThisEither\r\n",
            "mpart01" => "\r\nAllow: INVITE",
            "invut" | "sdp01" => "\r\nAccept: application/sdp",
            "escnull" | "dblreq" | "regaut01" => "\r\nWWW-Authenticate: Digest realm=\"example.com\"",
            "lwsdisp" => "\r\nSupported: timer, 100rel, replaces\r\n",
            "transports" => "\r\nVia: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en\r\n",
            // The peer sent no From tag, so it must get none back.
            "inv2543" => "\r\nFrom: <sip:+13035551111@ift.client.example.net;user=phone>\r\n",
            _ => "",
        };
        assert!(text.contains(must), "{}: missing {must:?} in\n{text}", row.name);
        endpoint.shutdown().await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_session_description_has_the_length_its_messages_claim() {
    assert_eq!(crlf(SDP).len(), SDP_LEN);
    assert_eq!(crlf(SDP_X).len(), SDP_LEN);
}
