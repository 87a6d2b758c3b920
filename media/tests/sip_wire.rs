//! What a peer sees on the wire: a scripted user agent of plain sockets against one endpoint.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use offhook_media::sip::auth::{Challenge, Secret};
use offhook_media::sip::check::Transport;
use offhook_media::sip::message::{Message, scan};
use offhook_media::sip::stack::*;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::mpsc;

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";

struct Peer {
    socket: UdpSocket,
    call_id: String,
}

fn settings() -> SipConfig {
    SipConfig {
        bind: vec![(Transport::Udp, "127.0.0.1:0".parse().unwrap()), (Transport::Tcp, "127.0.0.1:0".parse().unwrap())],
        domain: "pbx.test".into(),
        users: vec![User { name: "anna".into(), secret: Secret::Password("secret".into()) }],
        timers: Timers { t1: Duration::from_millis(20), ..Timers::default() },
        ..SipConfig::default()
    }
}

async fn start(config: SipConfig, name: &str) -> (Endpoint, mpsc::Receiver<IncomingCall>, Peer) {
    let (endpoint, calls) = Endpoint::start(config).await.unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(endpoint.local_addrs()[0].1).await.unwrap();
    (endpoint, calls, Peer { socket, call_id: format!("{name}@peer.test") })
}

async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.unwrap_or_else(|_| panic!("{what} did not happen"))
}

impl Peer {
    fn request(&self, method: &str, cseq: u32, to_tag: Option<&str>) -> Message {
        let me = self.socket.local_addr().unwrap();
        let mut m = Message::request(method, "sip:100@pbx.test");
        m.push("Via", format!("SIP/2.0/UDP {me};branch=z9hG4bK{method}{cseq};rport")).push("Max-Forwards", "70");
        m.push("From", "<sip:peer@peer.test>;tag=p");
        m.push("To", to_tag.map_or("<sip:100@pbx.test>".to_owned(), |t| format!("<sip:100@pbx.test>;tag={t}")));
        m.push("Call-ID", self.call_id.as_str()).push("CSeq", format!("{cseq} {method}"));
        m.push("Contact", format!("<sip:peer@{me}>"));
        m
    }

    fn invite(&self) -> Message {
        let mut m = self.request("INVITE", 1, None);
        m.set_body("application/sdp", SDP);
        m
    }

    async fn send(&self, message: &Message) {
        self.socket.send(&message.to_bytes()).await.unwrap();
    }

    async fn receive(&self) -> Message {
        let mut buffer = vec![0; 65536];
        let length = soon("a message", self.socket.recv(&mut buffer)).await.unwrap();
        scan(&buffer[..length]).unwrap().message
    }

    /// The next message for which the condition holds; others (retransmissions, 100 Trying) are passed over.
    async fn receive_that(&self, wanted: impl Fn(&Message) -> bool) -> Message {
        loop {
            let message = self.receive().await;
            if wanted(&message) {
                return message;
            }
        }
    }

    async fn status(&self, status: u16) -> Message {
        self.receive_that(|m| m.status() == status).await
    }

    async fn asked(&self, message: &Message) -> Message {
        self.send(message).await;
        let cseq = message.get("CSeq").unwrap().to_owned();
        self.receive_that(|m| m.status() >= 200 && m.get("CSeq") == Some(cseq.as_str())).await
    }
}

async fn event(call: &mut Call) -> CallEvent {
    soon("a call event", call.next()).await.expect("the call is not over")
}

/// An answered and acknowledged call; returns our tag.
async fn talking(peer: &Peer, calls: &mut mpsc::Receiver<IncomingCall>, invite: &Message) -> (Call, Message) {
    peer.send(invite).await;
    let mut call = soon("the call", calls.recv()).await.unwrap().accept(SDP).await.unwrap();
    let ok = peer.status(200).await;
    peer.send(&peer.request("ACK", 1, ok.to_tag())).await;
    assert!(matches!(event(&mut call).await, CallEvent::Confirmed { .. }));
    (call, ok)
}

#[tokio::test]
async fn a_200_without_ack_is_repeated_and_then_the_call_is_ended() {
    let (endpoint, mut calls, peer) = start(settings(), "noack").await;
    peer.send(&peer.invite()).await;
    let mut call = soon("the call", calls.recv()).await.unwrap().accept(SDP).await.unwrap();
    let first = peer.status(200).await;
    let again = peer.status(200).await;
    assert_eq!(first, again);
    // Hanging up before the ACK waits for it (RFC 3261 §15), so BYE comes once, after 64 × T1.
    let bye = peer.receive_that(|m| m.method() == "BYE" && m.status() == 0).await;
    assert_eq!((bye.get("To"), bye.to_tag()), (Some("<sip:peer@peer.test>;tag=p"), Some("p")));
    peer.send(&Message::response(&bye, 200, "OK", None)).await;
    assert!(matches!(event(&mut call).await, CallEvent::Ended { by: EndedBy::NoAck, .. }));
    soon("the call is forgotten", async {
        while endpoint.stats().calls > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_late_offer_is_answered_in_the_ack() {
    let (_endpoint, mut calls, peer) = start(settings(), "late").await;
    peer.send(&peer.request("INVITE", 1, None)).await;
    let incoming = soon("the call", calls.recv()).await.unwrap();
    assert_eq!(incoming.offer, None);
    let mut call = incoming.accept(SDP).await.unwrap();
    let ok = peer.status(200).await;
    assert_eq!(ok.body, SDP.as_bytes());
    let mut ack = peer.request("ACK", 1, ok.to_tag());
    ack.set_body("application/sdp", SDP.replace("4000", "4002"));
    peer.send(&ack).await;
    assert!(matches!(event(&mut call).await, CallEvent::Confirmed { answer: Some(a) } if a.contains("4002")));
}

#[tokio::test]
async fn reliable_provisional_responses() {
    let (_endpoint, mut calls, peer) = start(settings(), "prack").await;
    let mut invite = peer.invite();
    invite.push("Require", "100rel");
    peer.send(&invite).await;
    let incoming = soon("the call", calls.recv()).await.unwrap();
    incoming.progress(SDP).await.unwrap();
    let early = peer.status(183).await;
    assert!(early.has_token("Require", "100rel"));
    let number: u32 = early.get("RSeq").unwrap().parse().unwrap();
    assert_eq!(peer.status(183).await, early, "repeated until PRACK");
    // Ringing waits its turn; the answer waits for the PRACK of early media.
    incoming.ringing().await.unwrap();
    let accepted = tokio::spawn(incoming.accept(SDP));
    let mut wrong = peer.request("PRACK", 2, early.to_tag());
    wrong.push("RAck", format!("{} 1 INVITE", number + 7));
    assert_eq!(peer.asked(&wrong).await.status(), 481);
    let mut right = peer.request("PRACK", 3, early.to_tag());
    right.push("RAck", format!("{number} 1 INVITE"));
    assert_eq!(peer.asked(&right).await.status(), 200);
    let ok = peer.receive_that(|m| m.status() == 200 && m.method() == "INVITE").await;
    peer.send(&peer.request("ACK", 1, ok.to_tag())).await;
    let mut call = accepted.await.unwrap().unwrap();
    assert!(matches!(event(&mut call).await, CallEvent::Confirmed { .. }));
}

#[tokio::test]
async fn a_reliable_response_that_nobody_acknowledges_ends_the_call() {
    let (_endpoint, mut calls, peer) = start(settings(), "noprack").await;
    let mut invite = peer.invite();
    invite.push("Require", "100rel");
    peer.send(&invite).await;
    let mut incoming = soon("the call", calls.recv()).await.unwrap();
    incoming.ringing().await.unwrap();
    peer.status(504).await;
    assert!(matches!(
        soon("the end", incoming.next()).await,
        Some(CallEvent::Ended { by: EndedBy::Local, status: Some(504) })
    ));
}

#[tokio::test]
async fn session_timers_are_negotiated() {
    let (_endpoint, mut calls, peer) = start(settings(), "timer").await;
    let mut small = peer.invite();
    small.push("Supported", "timer").push("Session-Expires", "30");
    let refused = peer.asked(&small).await;
    assert_eq!((refused.status(), refused.get("Min-SE")), (422, Some("90")));
    peer.send(&peer.request("ACK", 1, refused.to_tag())).await;
    let mut invite = peer.request("INVITE", 2, None);
    invite.push("Supported", "timer").push("Session-Expires", "120").set_body("application/sdp", SDP);
    peer.send(&invite).await;
    let _call = soon("the call", calls.recv()).await.unwrap().accept(SDP).await.unwrap();
    let ok = peer.receive_that(|m| m.status() == 200 && m.get("CSeq") == Some("2 INVITE")).await;
    assert_eq!((ok.get("Session-Expires"), ok.get("Require")), (Some("120;refresher=uac"), Some("timer")));
    peer.send(&peer.request("ACK", 2, ok.to_tag())).await;
    let mut update = peer.request("UPDATE", 3, ok.to_tag());
    update.push("Supported", "timer").push("Session-Expires", "120;refresher=uac");
    let agreed = peer.asked(&update).await;
    assert_eq!((agreed.status(), agreed.get("Session-Expires")), (200, Some("120;refresher=uac")));
}

#[tokio::test]
async fn requests_of_a_dialog_are_kept_in_order_and_apart() {
    let (_endpoint, mut calls, peer) = start(settings(), "order").await;
    let (mut call, ok) = talking(&peer, &mut calls, &peer.invite()).await;
    let tag = ok.to_tag();
    let mut info = peer.request("INFO", 5, tag);
    info.set_body("application/dtmf-relay", "Signal=7\r\nDuration=100\r\n");
    assert_eq!(peer.asked(&info).await.status(), 200);
    assert!(matches!(event(&mut call).await, CallEvent::Dtmf { digit: '7', .. }));
    // A retransmission is answered from memory and not reported again; a smaller CSeq is refused.
    assert_eq!(peer.asked(&info).await.status(), 200);
    let mut old = peer.request("INFO", 4, tag);
    old.set_body("application/dtmf", "8");
    assert_eq!(peer.asked(&old).await.status(), 500);
    let mut foreign = peer.request("BYE", 6, tag);
    foreign.set("From", "<sip:evil@peer.test>;tag=other");
    assert_eq!(peer.asked(&foreign).await.status(), 481);
    assert_eq!(peer.asked(&peer.request("BYE", 7, Some("nobody"))).await.status(), 481);
    assert_eq!(peer.asked(&peer.request("OPTIONS", 8, tag)).await.status(), 200);
    let mut notify = peer.request("NOTIFY", 9, tag);
    notify.push("Event", "presence");
    assert_eq!(peer.asked(&notify).await.status(), 489);
    let mut odd = peer.request("REFER", 10, tag);
    odd.push("Refer-To", "nonsense");
    assert_eq!(peer.asked(&odd).await.status(), 400);
    // An offer in UPDATE goes to the application.
    let mut update = peer.request("UPDATE", 11, tag);
    update.set_body("application/sdp", SDP);
    peer.send(&update).await;
    let CallEvent::Update { offer, reply } = event(&mut call).await else { panic!() };
    assert_eq!(offer, SDP);
    reply.accept(SDP);
    assert_eq!(peer.receive_that(|m| m.method() == "UPDATE").await.body, SDP.as_bytes());
    assert_eq!(peer.asked(&peer.request("BYE", 12, tag)).await.status(), 200);
    assert!(matches!(event(&mut call).await, CallEvent::Ended { by: EndedBy::Remote, .. }));
    assert_eq!(peer.asked(&peer.request("BYE", 13, tag)).await.status(), 481);
}

/// Found with a load generator: the BYE overtook the answer to the INFO that caused it, one time in fifty.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_answered_before_what_it_causes() {
    let (_endpoint, mut calls, mut peer) = start(settings(), "").await;
    for n in 0..30 {
        peer.call_id = format!("key{n}@peer.test");
        let mut invite = peer.invite();
        invite.set("Via", invite.get("Via").unwrap().replace("INVITE1", &format!("i{n}")));
        let (mut call, ok) = talking(&peer, &mut calls, &invite).await;
        let hangs_up = tokio::spawn(async move {
            assert!(matches!(event(&mut call).await, CallEvent::Dtmf { .. }));
            call.bye().await.unwrap();
        });
        let mut info = peer.request("INFO", 2, ok.to_tag());
        info.set("Via", info.get("Via").unwrap().replace("INFO2", &format!("d{n}"))).set_body("application/dtmf", "1");
        peer.send(&info).await;
        let first = peer.receive_that(|m| m.method() != "INVITE").await;
        assert_eq!((first.status(), first.method()), (200, "INFO"));
        let bye = peer.receive_that(|m| m.method() == "BYE" && m.status() == 0).await;
        peer.send(&Message::response(&bye, 200, "OK", None)).await;
        hangs_up.await.unwrap();
    }
}

#[tokio::test]
async fn a_reinvite_while_one_is_open_gets_500_and_while_ours_is_open_491() {
    let (_endpoint, mut calls, peer) = start(settings(), "glare").await;
    let (mut call, ok) = talking(&peer, &mut calls, &peer.invite()).await;
    let tag = ok.to_tag();
    let mut first = peer.request("INVITE", 2, tag);
    first.set_body("application/sdp", SDP);
    peer.send(&first).await;
    let CallEvent::Reinvite { reply, .. } = event(&mut call).await else { panic!() };
    let mut second = peer.request("INVITE", 3, tag);
    second.set_body("application/sdp", SDP);
    let refused = peer.asked(&second).await;
    assert_eq!(refused.status(), 500);
    assert!(refused.get("Retry-After").is_some());
    reply.accept(SDP);
    peer.receive_that(|m| m.status() == 200 && m.get("CSeq") == Some("2 INVITE")).await;
    peer.send(&peer.request("ACK", 2, tag)).await;
    assert!(matches!(event(&mut call).await, CallEvent::Confirmed { .. }));
    let handle = call.handle.clone();
    let ours = tokio::spawn(async move { handle.reinvite(SDP).await });
    let offer = peer.receive_that(|m| m.method() == "INVITE" && m.status() == 0).await;
    let mut third = peer.request("INVITE", 4, tag);
    third.set_body("application/sdp", SDP);
    assert_eq!(peer.asked(&third).await.status(), 491);
    peer.send(&Message::response(&offer, 491, "Request Pending", None)).await;
    assert!(matches!(ours.await.unwrap(), Err(SipError::Refused { status: 491, .. })));
}

#[tokio::test]
async fn cancel_before_and_after_the_answer() {
    let (_endpoint, mut calls, peer) = start(settings(), "cancel").await;
    let mut cancel = peer.request("CANCEL", 1, None);
    cancel.set("Via", peer.invite().get("Via").unwrap());
    assert_eq!(peer.asked(&cancel).await.status(), 481, "there is nothing to cancel");
    peer.send(&peer.invite()).await;
    let call = soon("the call", calls.recv()).await.unwrap().accept(SDP).await.unwrap();
    let ok = peer.status(200).await;
    // Too late: answered 200, without effect (RFC 3261 §9.2).
    peer.send(&cancel).await;
    peer.receive_that(|m| m.status() == 200 && m.method() == "CANCEL").await;
    peer.send(&peer.request("ACK", 1, ok.to_tag())).await;
    let handle = call.handle.clone();
    let asked = tokio::spawn(async move { handle.info_dtmf('1', 100).await });
    let info = peer.receive_that(|m| m.method() == "INFO").await;
    peer.send(&Message::response(&info, 200, "OK", None)).await;
    asked.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_same_call_over_two_ways_is_a_loop() {
    let (_endpoint, mut calls, peer) = start(settings(), "merged").await;
    peer.send(&peer.invite()).await;
    let _incoming = soon("the call", calls.recv()).await.unwrap();
    let mut twin = peer.invite();
    twin.set("Via", twin.get("Via").unwrap().replace("z9hG4bKINVITE1", "z9hG4bKother"));
    peer.send(&twin).await;
    peer.status(482).await;
    assert!(calls.try_recv().is_err());
}

#[tokio::test]
async fn unknown_extensions_are_refused_and_known_ones_are_not() {
    let (_endpoint, mut calls, peer) = start(settings(), "require").await;
    let mut invite = peer.invite();
    invite.push("Require", "100rel, precondition");
    let refused = peer.asked(&invite).await;
    assert_eq!((refused.status(), refused.get("Unsupported")), (420, Some("precondition")));
    assert!(calls.try_recv().is_err());
}

#[tokio::test]
async fn replaces_names_a_call_of_ours() {
    let (_endpoint, mut calls, peer) = start(settings(), "replaces").await;
    let (call, ok) = talking(&peer, &mut calls, &peer.invite()).await;
    let mut second = peer.request("INVITE", 1, None);
    second.set("Call-ID", "second@peer.test");
    second.set("Via", second.get("Via").unwrap().replace("INVITE1", "second"));
    second.set_body("application/sdp", SDP);
    second.push("Replaces", format!("{};to-tag=wrong;from-tag=p", peer.call_id));
    assert_eq!(peer.asked(&second).await.status(), 481);
    second.set("Via", second.get("Via").unwrap().replace("second", "third"));
    second.set("CSeq", "2 INVITE");
    second.set("Replaces", format!("{};to-tag={};from-tag=p", peer.call_id, ok.to_tag().unwrap()));
    peer.send(&second).await;
    let incoming = soon("the second call", calls.recv()).await.unwrap();
    assert_eq!(incoming.replaces.as_deref(), Some(call.id()));
}

#[tokio::test]
async fn digest_wants_a_fresh_nonce_and_the_right_user() {
    let mut config = settings();
    config.require_auth_for_invite = true;
    let (endpoint, _calls, peer) = start(config, "digest").await;
    let register = |cseq: u32, to: &str| {
        let mut m = peer.request("REGISTER", cseq, None);
        m.set("To", format!("<sip:{to}@pbx.test>"));
        m
    };
    let challenged = peer.asked(&register(1, "anna")).await;
    assert_eq!((challenged.status(), challenged.all("WWW-Authenticate").count()), (401, 1));
    let challenge = Challenge::strongest(&challenged).unwrap();
    let right =
        |uri: &str| challenge.answer("anna", &Secret::Password("secret".into()), "REGISTER", uri, "cn", 1).unwrap();
    let mut good = register(2, "anna");
    let uri = good.uri().to_owned();
    good.push("Authorization", right(&uri));
    let granted = peer.asked(&good).await;
    assert_eq!(granted.status(), 200);
    assert!(granted.get("Contact").unwrap().ends_with(";expires=3600"));
    assert_eq!(endpoint.registered_users(), ["anna"]);
    let mut replay = register(3, "anna");
    replay.push("Authorization", right(&uri));
    let stale = peer.asked(&replay).await;
    assert_eq!(stale.status(), 401);
    assert!(Challenge::strongest(&stale).unwrap().stale);
    let mut other = register(4, "bert");
    let fresh = Challenge::strongest(&stale).unwrap();
    other.push(
        "Authorization",
        fresh.answer("anna", &Secret::Password("secret".into()), "REGISTER", &uri, "cn", 1).unwrap(),
    );
    assert_eq!(peer.asked(&other).await.status(), 403);
    assert_eq!(peer.asked(&peer.invite()).await.status(), 401);
}

#[tokio::test]
async fn streams_are_screened_like_datagrams() {
    let (endpoint, _calls, peer) = start(settings(), "stream").await;
    let mut stream = TcpStream::connect(endpoint.local_addrs()[1].1).await.unwrap();
    let mut options = peer.request("OPTIONS", 1, None);
    options.set("Via", "SIP/2.0/TCP 127.0.0.1:1;branch=z9hG4bKs1");
    let mut unknown = peer.request("FOO", 2, None);
    unknown.set("Via", "SIP/2.0/TCP 127.0.0.1:1;branch=z9hG4bKs2");
    let mut required = options.clone();
    required.push("Require", "nosuch").set("Via", "SIP/2.0/TCP 127.0.0.1:1;branch=z9hG4bKs3");
    let without_length = String::from_utf8(options.to_bytes()).unwrap().replace("Content-Length: 0\r\n", "");
    let all = [b"\r\n\r\n".to_vec(), unknown.to_bytes(), required.to_bytes(), without_length.into_bytes()].concat();
    // Cut in the middle of messages.
    for chunk in all.chunks(100) {
        stream.write_all(chunk).await.unwrap();
        stream.flush().await.unwrap();
    }
    let mut text = String::new();
    // A message without a length leaves no way to find the next: after its 400 the stream is closed.
    soon("the end of the stream", stream.read_to_string(&mut text)).await.unwrap();
    assert!(text.starts_with("\r\nSIP/2.0 501 "), "{text}");
    let found: Vec<&str> =
        text.split("SIP/2.0 ").filter_map(|p| p.get(..3)).filter(|p| p.parse::<u16>().is_ok()).collect();
    assert_eq!(found, ["501", "420", "400"], "{text}");
}
