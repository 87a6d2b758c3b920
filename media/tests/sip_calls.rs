//! Two endpoints call each other over real sockets on ports the system chooses; every wait is for an event.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use offhook_media::sip::auth::Secret;
use offhook_media::sip::check::Transport;
use offhook_media::sip::guard::GuardLimits;
use offhook_media::sip::stack::*;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::mpsc;

const OFFER: &str =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
const ANSWER: &str =
    "v=0\r\no=- 2 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n";

/// No event comes later than this; nothing waits for it when all is well.
async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.unwrap_or_else(|_| panic!("{what} did not happen"))
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    soon(what, async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

fn config(transport: Transport) -> SipConfig {
    SipConfig {
        bind: vec![(transport, "127.0.0.1:0".parse().unwrap())],
        domain: "pbx.test".into(),
        timers: Timers { t1: Duration::from_millis(100), ..Timers::default() },
        ..SipConfig::default()
    }
}

fn address(endpoint: &Endpoint) -> SocketAddr {
    endpoint.local_addrs()[0].1
}

fn uri(endpoint: &Endpoint, user: &str) -> String {
    let (transport, address) = endpoint.local_addrs()[0];
    let transport = if transport == Transport::Tcp { ";transport=tcp" } else { "" };
    format!("sip:{user}@{address}{transport}")
}

async fn pair(transport: Transport) -> (Endpoint, Endpoint, mpsc::Receiver<IncomingCall>) {
    let (a, _) = Endpoint::start(config(transport)).await.unwrap();
    let (b, calls) = Endpoint::start(config(transport)).await.unwrap();
    (a, b, calls)
}

async fn event(call: &mut Call) -> CallEvent {
    soon("a call event", call.next()).await.expect("the call is not over")
}

async fn dialed(call: &mut OutgoingCall) -> DialEvent {
    soon("a dial event", call.next()).await.expect("the attempt is not over")
}

/// Dials and answers.
async fn connected(a: &Endpoint, b: &Endpoint, calls: &mut mpsc::Receiver<IncomingCall>) -> (Call, Call) {
    let mut out = a.dial(DialRequest::new(uri(b, "100"), OFFER)).unwrap();
    let incoming = soon("the call", calls.recv()).await.unwrap();
    let mut callee = incoming.accept(ANSWER).await.unwrap();
    let DialEvent::Answered { call, .. } = dialed(&mut out).await else { panic!() };
    assert!(matches!(event(&mut callee).await, CallEvent::Confirmed { answer: None }));
    (call, callee)
}

async fn whole_call(transport: Transport) {
    let (a, b, mut calls) = pair(transport).await;
    let mut request = DialRequest::new(uri(&b, "1%2000"), OFFER);
    request.from = "alice".into();
    request.display = "Alice \"A\"".into();
    request.headers = vec![("X-Campaign".into(), "7\r\nEvil: 1".into()), ("Via".into(), "forged".into())];
    request.max_forwards = 9;
    let mut out = a.dial(request).unwrap();
    let incoming = soon("the call", calls.recv()).await.unwrap();
    assert_eq!(incoming.called, "1 00");
    assert_eq!((incoming.from.user.as_str(), incoming.from.display.as_str()), ("alice", "Alice \"A\""));
    assert_eq!(incoming.offer.as_deref(), Some(OFFER));
    assert_eq!((incoming.transport, incoming.max_forwards, incoming.trunk.as_deref()), (transport, 9, None));
    assert!(incoming.headers.iter().any(|(n, v)| n == "X-Campaign" && v.starts_with('7')));
    assert!(!incoming.headers.iter().any(|(n, _)| n == "Evil" || n.starts_with("X-Offhook")));
    if transport == Transport::Udp {
        assert_eq!(incoming.source, address(&a));
    }
    incoming.ringing().await.unwrap();
    assert!(matches!(dialed(&mut out).await, DialEvent::Ringing { status: 180 }));
    incoming.progress(ANSWER).await.unwrap();
    assert!(matches!(dialed(&mut out).await, DialEvent::Progress { sdp } if sdp == ANSWER));
    let mut callee = incoming.accept(ANSWER).await.unwrap();
    let DialEvent::Answered { sdp, call: mut caller } = dialed(&mut out).await else { panic!() };
    assert_eq!(sdp.as_deref(), Some(ANSWER));
    assert!(matches!(event(&mut callee).await, CallEvent::Confirmed { answer: None }));
    assert_eq!(caller.call_id(), callee.call_id());

    caller.info_dtmf('5', 160).await.unwrap();
    assert!(matches!(event(&mut callee).await, CallEvent::Dtmf { digit: '5', duration_ms: 160 }));
    callee.info_dtmf('#', 90).await.unwrap();
    assert!(matches!(event(&mut caller).await, CallEvent::Dtmf { digit: '#', duration_ms: 90 }));
    callee.info("text/plain", b"hello".to_vec()).await.unwrap();
    assert!(
        matches!(event(&mut caller).await, CallEvent::Info { content_type, body } if content_type == "text/plain" && body == b"hello")
    );

    let hold = OFFER.to_owned() + "a=sendonly\r\n";
    let handle = caller.handle.clone();
    let offer = hold.clone();
    let asked = tokio::spawn(async move { handle.reinvite(&offer).await });
    let CallEvent::Reinvite { offer, reply } = event(&mut callee).await else { panic!() };
    assert_eq!(offer, Some(hold));
    reply.accept(ANSWER);
    assert_eq!(asked.await.unwrap().unwrap().as_deref(), Some(ANSWER));
    assert!(matches!(event(&mut callee).await, CallEvent::Confirmed { .. }));

    // The other way round, refused: the session goes on.
    let handle = callee.handle.clone();
    let asked = tokio::spawn(async move { handle.reinvite(OFFER).await });
    let CallEvent::Reinvite { reply, .. } = event(&mut caller).await else { panic!() };
    reply.reject(488);
    assert!(matches!(asked.await.unwrap(), Err(SipError::Refused { status: 488, .. })));

    callee.bye().await.unwrap();
    assert!(matches!(event(&mut callee).await, CallEvent::Ended { by: EndedBy::Local, .. }));
    assert!(matches!(event(&mut caller).await, CallEvent::Ended { by: EndedBy::Remote, .. }));
    assert!(soon("the end", caller.next()).await.is_none());
    assert!(matches!(caller.bye().await, Err(SipError::Gone)));
    until("both calls are forgotten", || a.stats().calls == 0 && b.stats().calls == 0).await;
}

#[tokio::test]
async fn a_whole_call_over_udp() {
    whole_call(Transport::Udp).await;
}

#[tokio::test]
async fn a_whole_call_over_tcp() {
    whole_call(Transport::Tcp).await;
}

#[tokio::test]
async fn the_caller_gives_up() {
    let (a, b, mut calls) = pair(Transport::Udp).await;
    let mut out = a.dial(DialRequest::new(uri(&b, "100"), OFFER)).unwrap();
    let mut incoming = soon("the call", calls.recv()).await.unwrap();
    incoming.ringing().await.unwrap();
    assert!(matches!(dialed(&mut out).await, DialEvent::Ringing { .. }));
    out.cancel().await;
    assert!(matches!(
        soon("the end", incoming.next()).await,
        Some(CallEvent::Ended { by: EndedBy::Remote, status: Some(487) })
    ));
    assert!(matches!(dialed(&mut out).await, DialEvent::Rejected { status: 487, .. }));
    assert!(matches!(incoming.accept(ANSWER).await, Err(SipError::Gone)));
    until("both calls are forgotten", || a.stats().calls == 0 && b.stats().calls == 0).await;
}

#[tokio::test]
async fn a_dropped_attempt_is_cancelled() {
    let (a, b, mut calls) = pair(Transport::Udp).await;
    let out = a.dial(DialRequest::new(uri(&b, "100"), OFFER)).unwrap();
    let mut incoming = soon("the call", calls.recv()).await.unwrap();
    incoming.ringing().await.unwrap();
    drop(out);
    assert!(matches!(soon("the end", incoming.next()).await, Some(CallEvent::Ended { status: Some(487), .. })));
    until("forgotten", || a.stats().calls == 0).await;
}

#[tokio::test]
async fn nobody_answers_in_time() {
    let (a, b, mut calls) = pair(Transport::Udp).await;
    let mut request = DialRequest::new(uri(&b, "100"), OFFER);
    request.timeout = Duration::from_millis(200);
    let mut out = a.dial(request).unwrap();
    let mut incoming = soon("the call", calls.recv()).await.unwrap();
    incoming.ringing().await.unwrap();
    assert!(matches!(dialed(&mut out).await, DialEvent::Ringing { .. }));
    assert!(matches!(dialed(&mut out).await, DialEvent::Rejected { status: 408, .. }));
    assert!(matches!(soon("the end", incoming.next()).await, Some(CallEvent::Ended { status: Some(487), .. })));
}

#[tokio::test]
async fn refusals_reach_the_caller() {
    let (a, b, mut calls) = pair(Transport::Udp).await;
    let mut out = a.dial(DialRequest::new(uri(&b, "100"), OFFER)).unwrap();
    soon("the call", calls.recv()).await.unwrap().reject(503, "Closed Today", Some(30)).await;
    let DialEvent::Rejected { status, reason, retry_after_s } = dialed(&mut out).await else { panic!() };
    assert_eq!((status, reason.as_str(), retry_after_s), (503, "Service Unavailable", Some(30)));
    // An application that drops a call has refused it.
    let mut out = a.dial(DialRequest::new(uri(&b, "100"), OFFER)).unwrap();
    drop(soon("the call", calls.recv()).await.unwrap());
    assert!(matches!(dialed(&mut out).await, DialEvent::Rejected { status: 480, .. }));
    until("forgotten", || b.stats().calls == 0).await;
}

#[tokio::test]
async fn a_dropped_call_is_hung_up() {
    let (a, b, mut calls) = pair(Transport::Udp).await;
    let (caller, mut callee) = connected(&a, &b, &mut calls).await;
    drop(caller);
    assert!(matches!(event(&mut callee).await, CallEvent::Ended { by: EndedBy::Remote, .. }));
    until("forgotten", || a.stats().calls == 0 && b.stats().calls == 0).await;
}

#[tokio::test]
async fn one_offer_at_a_time() {
    let (a, b, mut calls) = pair(Transport::Udp).await;
    let (caller, mut callee) = connected(&a, &b, &mut calls).await;
    let handle = caller.handle.clone();
    let first = tokio::spawn(async move { handle.reinvite(OFFER).await });
    let CallEvent::Reinvite { reply, .. } = event(&mut callee).await else { panic!() };
    assert!(matches!(caller.reinvite(OFFER).await, Err(SipError::Glare)));
    assert!(matches!(callee.reinvite(OFFER).await, Err(SipError::Glare)));
    reply.accept(ANSWER);
    assert_eq!(first.await.unwrap().unwrap().as_deref(), Some(ANSWER));
}

#[tokio::test]
async fn a_transfer_with_its_progress() {
    let (a, b, mut calls) = pair(Transport::Udp).await;
    let (mut caller, mut callee) = connected(&a, &b, &mut calls).await;
    let handle = callee.handle.clone();
    let asked = tokio::spawn(async move { handle.refer("sip:agent@10.0.0.1", Some("x@y;to-tag=1;from-tag=2")).await });
    let CallEvent::TransferRequested { target, replaces, reply } = event(&mut caller).await else { panic!() };
    assert_eq!((target.as_str(), replaces.as_deref()), ("sip:agent@10.0.0.1", Some("x@y;to-tag=1;from-tag=2")));
    reply.accept();
    soon("202", asked).await.unwrap().unwrap();
    assert!(matches!(event(&mut callee).await, CallEvent::TransferProgress { status: 100 }));
    for sent in [180, 200] {
        caller.transfer_status(sent).await.unwrap();
        assert!(matches!(event(&mut callee).await, CallEvent::TransferProgress { status } if status == sent));
    }
    let handle = callee.handle.clone();
    let asked = tokio::spawn(async move { handle.refer("sip:agent@10.0.0.1", None).await });
    let CallEvent::TransferRequested { reply, .. } = event(&mut caller).await else { panic!() };
    drop(reply);
    assert!(matches!(asked.await.unwrap(), Err(SipError::Refused { status: 603, .. })));
}

fn user(name: &str, password: &str) -> User {
    User { name: name.into(), secret: Secret::Password(password.into()) }
}

fn trunk(to: &Endpoint, name: &str, password: &str) -> Trunk {
    Trunk {
        name: "pbx".into(),
        registrar: uri(to, "").replace("sip:@", "sip:"),
        username: name.into(),
        secret: Secret::Password(password.into()),
        expires: Duration::from_secs(120),
        register: true,
        addresses: Vec::new(),
    }
}

async fn registered_both_ways(transport: Transport) {
    let mut pbx = config(transport);
    pbx.users = vec![user("anna", "se\"cret"), user("bert", "x")];
    pbx.require_auth_for_invite = true;
    let (pbx, mut calls) = Endpoint::start(pbx).await.unwrap();
    let mut phone = config(transport);
    phone.trunks = vec![trunk(&pbx, "anna", "se\"cret")];
    let (phone, mut rings) = Endpoint::start(phone).await.unwrap();
    until("the phone is registered", || pbx.registered_users() == ["anna"]).await;
    until("the phone knows", || matches!(phone.trunks()[0].1, TrunkState::Registered { expires_s: 100..=120 })).await;

    // To the phone, by its address of record.
    for target in ["anna", "sip:anna@pbx.test"] {
        let mut out = pbx.dial(DialRequest::new(target, OFFER)).unwrap();
        let incoming = soon("the ring", rings.recv()).await.unwrap();
        assert_eq!((incoming.called.as_str(), incoming.trunk.as_deref()), ("anna", Some("pbx")));
        incoming.reject(486, "", None).await;
        assert!(matches!(dialed(&mut out).await, DialEvent::Rejected { status: 486, .. }));
    }
    for (target, status) in [("bert", 480), ("nobody", 404)] {
        let mut out = pbx.dial(DialRequest::new(target, OFFER)).unwrap();
        assert!(matches!(dialed(&mut out).await, DialEvent::Rejected { status: s, .. } if s == status));
    }

    // From the phone, with digest in the INVITE and in the dialog.
    let mut request = DialRequest::new("555", OFFER);
    request.trunk = Some("pbx".into());
    let mut out = phone.dial(request).unwrap();
    let incoming = soon("the call", calls.recv()).await.unwrap();
    assert_eq!(
        (incoming.called.as_str(), incoming.authenticated.as_deref(), incoming.from.user.as_str()),
        ("555", Some("anna"), "anna")
    );
    assert!(!incoming.headers.iter().any(|(n, _)| n == "Authorization"));
    let mut callee = incoming.accept(ANSWER).await.unwrap();
    let DialEvent::Answered { call, .. } = dialed(&mut out).await else { panic!() };
    assert!(matches!(event(&mut callee).await, CallEvent::Confirmed { .. }));
    call.bye().await.unwrap();
    assert!(matches!(event(&mut callee).await, CallEvent::Ended { by: EndedBy::Remote, .. }));

    // Without credentials nobody gets in.
    let (stranger, _) = Endpoint::start(config(transport)).await.unwrap();
    let mut out = stranger.dial(DialRequest::new(uri(&pbx, "555"), OFFER)).unwrap();
    assert!(matches!(dialed(&mut out).await, DialEvent::Rejected { status: 401, .. }));

    phone.shutdown().await;
    until("the phone is gone", || pbx.registered_users().is_empty()).await;
}

#[tokio::test]
async fn registered_both_ways_over_udp() {
    registered_both_ways(Transport::Udp).await;
}

#[tokio::test]
async fn registered_both_ways_over_tcp() {
    registered_both_ways(Transport::Tcp).await;
}

#[tokio::test]
async fn a_wrong_password_is_reported_and_retried_later() {
    let mut pbx = config(Transport::Udp);
    pbx.users = vec![user("anna", "right")];
    let (pbx, _calls) = Endpoint::start(pbx).await.unwrap();
    let mut phone = config(Transport::Udp);
    phone.trunks = vec![trunk(&pbx, "anna", "wrong")];
    let (phone, _) = Endpoint::start(phone).await.unwrap();
    until("the failure is visible", || {
        matches!(phone.trunks()[0].1, TrunkState::Failed { status: 401, retry_s: 2.., .. })
    })
    .await;
    assert!(pbx.registered_users().is_empty());
}

#[tokio::test]
async fn more_calls_than_allowed_get_503_at_once() {
    let (a, _) = Endpoint::start(config(Transport::Udp)).await.unwrap();
    let mut small = config(Transport::Udp);
    small.limits = GuardLimits { calls: 1, ..GuardLimits::default() };
    let (b, mut calls) = Endpoint::start(small).await.unwrap();
    let (caller, mut callee) = connected(&a, &b, &mut calls).await;
    let mut out = a.dial(DialRequest::new(uri(&b, "100"), OFFER)).unwrap();
    let DialEvent::Rejected { status, retry_after_s, .. } = dialed(&mut out).await else { panic!() };
    assert_eq!((status, retry_after_s), (503, Some(10)));
    assert_eq!(b.stats().guard.overload, 1);
    caller.bye().await.unwrap();
    assert!(matches!(event(&mut callee).await, CallEvent::Ended { .. }));
    until("room again", || b.stats().calls == 0).await;
    connected(&a, &b, &mut calls).await;
}

#[tokio::test]
async fn nobody_there() {
    // A port that was open a moment ago and refuses now.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    let (a, _) = Endpoint::start(config(Transport::Tcp)).await.unwrap();
    let mut out = a.dial(DialRequest::new(format!("sip:x@{closed};transport=tcp"), OFFER)).unwrap();
    assert!(matches!(dialed(&mut out).await, DialEvent::Rejected { status: 503, .. }));
    // UDP says nothing: the transaction times out after 64 × T1.
    let mut quick = config(Transport::Udp);
    quick.timers.t1 = Duration::from_millis(5);
    let (a, _) = Endpoint::start(quick).await.unwrap();
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut out = a.dial(DialRequest::new(format!("sip:x@{}", silent.local_addr().unwrap()), OFFER)).unwrap();
    assert!(matches!(dialed(&mut out).await, DialEvent::Rejected { status: 408, .. }));
    until("forgotten", || a.stats().calls == 0).await;
}

#[tokio::test]
async fn shutdown_ends_the_calls() {
    let (a, b, mut calls) = pair(Transport::Udp).await;
    let (_caller, mut callee) = connected(&a, &b, &mut calls).await;
    soon("shutdown", a.shutdown()).await;
    assert!(matches!(event(&mut callee).await, CallEvent::Ended { by: EndedBy::Remote, .. }));
    assert!(matches!(a.dial(DialRequest::new("sip:x@127.0.0.1", OFFER)), Err(SipError::Unavailable(_))));
}
