//! The engine on the loopback interface. Every test waits for events, never for a length of time; a watchdog of the
//! test's own turns a hang into a failure.
#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use offhook_media::audio::Audio;
use offhook_media::engine::{Engine, EngineConfig, EngineError, Leg, LegCommand, LegEvent, LegOptions, LegStats};
use offhook_media::record::EndedBy;
use offhook_media::sdp::{Local, Negotiation};
use offhook_media::tone;

const LOOPBACK: &str = "127.0.0.1";

fn engine(max_calls: usize, threads: usize) -> Engine {
    let ip: IpAddr = LOOPBACK.parse().unwrap();
    Engine::start(EngineConfig { max_calls, threads, ..EngineConfig::new(ip, 0..=0) }).unwrap()
}

/// The next event that is wanted; others on the way are returned with it.
async fn until(leg: &mut Leg, wanted: impl Fn(&LegEvent) -> bool) -> Vec<LegEvent> {
    let mut seen = Vec::new();
    loop {
        let event = tokio::time::timeout(Duration::from_secs(30), leg.events.recv())
            .await
            .unwrap_or_else(|_| panic!("nothing happened after {seen:?}"))
            .unwrap_or_else(|| panic!("the leg ended after {seen:?}"));
        let found = wanted(&event);
        seen.push(event);
        if found {
            return seen;
        }
    }
}

/// Connects two legs of one or two engines.
fn connect(a: &Leg, b: &Leg, edit: impl Fn(&mut Local)) {
    let mut b_local = b.local();
    edit(&mut b_local);
    let (mut at_a, mut at_b) = (Negotiation::new(a.local()), Negotiation::new(b_local));
    let answered = at_b.answer(&at_a.offer()).unwrap();
    let accepted = at_a.accept(&answered.answer).unwrap();
    a.send(LegCommand::Remote(accepted)).unwrap();
    b.send(LegCommand::Remote(answered)).unwrap();
}

fn sound(ms: usize) -> Arc<Audio> {
    Arc::new(Audio::from_samples((0..ms * 8).map(|n| ((n % 200) * 80) as i16 - 8_000).collect()))
}

fn scratch(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("offhook-media-{}-{name}.wav", std::process::id()))
}

fn record(path: &Path, max_ms: u64, terminators: &str) -> LegCommand {
    LegCommand::Record {
        id: 1,
        path: path.to_path_buf(),
        max_ms,
        silence_ms: 0,
        terminators: terminators.into(),
        beep: false,
    }
}

#[tokio::test]
async fn play_press_record_and_close() {
    let engine = engine(4, 1);
    let (mut a, mut b) = (engine.open(LegOptions::default()).unwrap(), engine.open(LegOptions::default()).unwrap());
    assert_eq!(engine.calls(), 2);
    connect(&a, &b, |_| ());
    let path = scratch("press");
    b.send(record(&path, 60_000, "#")).unwrap();
    a.send(LegCommand::Play { id: 3, clip: sound(1_500), interruptible: true }).unwrap();
    a.send(LegCommand::Mark { id: 4 }).unwrap();
    let seen = until(&mut a, |e| *e == LegEvent::Marked { id: 4 }).await;
    assert_eq!(seen[0], LegEvent::Played { id: 3, heard_ms: 1_500, completed: true });
    a.send(LegCommand::SendDigits("5#".into())).unwrap();
    let seen = until(&mut b, |e| matches!(e, LegEvent::Recorded { .. })).await;
    assert!(seen.contains(&LegEvent::Digit { digit: '5', duration_ms: 100 }), "{seen:?}");
    let LegEvent::Recorded { path: written, duration_ms, ended_by, .. } = seen.last().unwrap().clone() else {
        unreachable!()
    };
    assert_eq!((&written, ended_by), (&path, EndedBy::Key('#')));
    let mut reader = hound::WavReader::open(&path).unwrap();
    let samples: Vec<i16> = reader.samples::<i16>().map(Result::unwrap).collect();
    assert_eq!(samples.len() as u64 / 8, duration_ms);
    let loud = samples.iter().filter(|s| s.abs() > 1_000).count() as u64 / 8;
    assert!(loud > 1_000, "only {loud} ms of the sound were recorded");
    std::fs::remove_file(&path).unwrap();
    a.send(LegCommand::Close).unwrap();
    let seen = until(&mut a, |e| matches!(e, LegEvent::Closed { .. })).await;
    let LegEvent::Closed { stats } = seen.last().unwrap() else { unreachable!() };
    assert!(stats.packets_sent >= 75 && stats.packets_received > 0 && stats.events_lost == 0, "{stats:?}");
    assert!(a.events.recv().await.is_none());
    assert!(matches!(a.send(LegCommand::StopAll), Err(EngineError::Closed)));
    drop(b);
    drop(engine);
}

#[tokio::test]
async fn a_press_as_tone_barges_in() {
    let engine = engine(2, 1);
    let (a, mut b) = (engine.open(LegOptions::default()).unwrap(), engine.open(LegOptions::default()).unwrap());
    connect(&a, &b, |local| local.telephone_event = false);
    b.send(LegCommand::Listen(true)).unwrap();
    b.send(LegCommand::Play { id: 1, clip: sound(60_000), interruptible: true }).unwrap();
    a.send(LegCommand::SendDigits("8".into())).unwrap();
    let seen = until(&mut b, |e| matches!(e, LegEvent::Digit { .. })).await;
    assert_eq!(seen[0], LegEvent::BargedIn);
    assert!(matches!(seen[1], LegEvent::Played { id: 1, completed: false, .. }));
    assert!(matches!(seen[2], LegEvent::Digit { digit: '8', .. }));
}

#[tokio::test]
async fn limits_ports_and_their_return() {
    let engine = engine(2, 2);
    let a = engine.open(LegOptions::default()).unwrap();
    let mut b = engine.open(LegOptions::default()).unwrap();
    assert_ne!(a.local_addr(), b.local_addr());
    assert!(matches!(engine.open(LegOptions::default()), Err(EngineError::Full)));
    b.send(LegCommand::Close).unwrap();
    until(&mut b, |e| matches!(e, LegEvent::Closed { .. })).await;
    let again = engine.open(LegOptions::default()).unwrap();
    // A leg whose handles are all gone closes by itself.
    let (handle, mut events) = again.split();
    drop(handle);
    assert!(matches!(events.recv().await, Some(LegEvent::Closed { .. })));
    // A range without a free pair.
    let held = UdpSocket::bind((LOOPBACK, 0)).unwrap();
    let port = held.local_addr().unwrap().port() & !1;
    let narrow = Engine::start(EngineConfig::new(LOOPBACK.parse().unwrap(), port..=port + 1)).unwrap();
    assert!(matches!(narrow.open(LegOptions::default()), Err(EngineError::NoPort)));
    assert_eq!(narrow.calls(), 0);
}

#[tokio::test]
async fn strangers_cannot_take_over_or_press_keys() {
    let engine = engine(1, 1);
    let mut leg = engine.open(LegOptions::default()).unwrap();
    let peer = UdpSocket::bind((LOOPBACK, 0)).unwrap();
    let stranger = UdpSocket::bind((LOOPBACK, 0)).unwrap();
    for socket in [&peer, &stranger] {
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    }
    let offer = Negotiation::new(Local::new(peer.local_addr().unwrap(), 1)).offer();
    leg.send(LegCommand::Remote(offhook_media::sdp::answer(&offer, &leg.local()).unwrap())).unwrap();
    let to: SocketAddr = leg.local_addr();
    let packet = |payload_type: u8, sequence: u16, payload: &[u8]| {
        let mut bytes = vec![0x80, payload_type];
        bytes.extend(sequence.to_be_bytes());
        bytes.extend((u32::from(sequence) * 2_000).to_be_bytes());
        bytes.extend(7u32.to_be_bytes());
        bytes.extend(payload);
        bytes
    };
    let press = [1, 0x8a, 3, 0x20];
    let mut buffer = [0; 2_000];
    // The leg sends, so it has taken the session in; before that it believes nobody, and the stranger could be first.
    peer.recv_from(&mut buffer).unwrap();
    peer.send_to(&packet(8, 1, &[0xd5; 160]), to).unwrap();
    for n in 2..40 {
        stranger.send_to(&packet(101, n, &press), to).unwrap();
        stranger.send_to(&[0xff; 60], to).unwrap();
    }
    peer.send_to(&packet(101, 40, &[9, 0x8a, 3, 0x20]), to).unwrap();
    let seen = until(&mut leg, |e| matches!(e, LegEvent::Digit { .. })).await;
    assert_eq!(seen, [LegEvent::Digit { digit: '9', duration_ms: 100 }]);
    peer.recv_from(&mut buffer).unwrap();
    stranger.set_nonblocking(true).unwrap();
    assert!(stranger.recv_from(&mut buffer).is_err(), "the stranger was sent sound");
    leg.send(LegCommand::Close).unwrap();
    let seen = until(&mut leg, |e| matches!(e, LegEvent::Closed { .. })).await;
    let LegEvent::Closed { stats } = seen.last().unwrap() else { unreachable!() };
    assert!(stats.packets_foreign > 0);
}

#[tokio::test]
async fn playing_goes_on_and_no_event_is_lost_while_the_application_stalls() {
    let engine = engine(1, 1);
    let mut leg = engine.open(LegOptions { events: 2, ..LegOptions::default() }).unwrap();
    let sink = UdpSocket::bind((LOOPBACK, 0)).unwrap();
    sink.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let offer = Negotiation::new(Local::new(sink.local_addr().unwrap(), 1)).offer();
    leg.send(LegCommand::Remote(offhook_media::sdp::answer(&offer, &leg.local()).unwrap())).unwrap();
    for id in 0..50 {
        leg.send(LegCommand::Play { id, clip: sound(20), interruptible: true }).unwrap();
        leg.send(LegCommand::InjectDigit(char::from(b'0' + (id % 10) as u8))).unwrap();
    }
    // Nobody reads events while the sink counts sound: 50 frames and silence after them.
    let mut buffer = [0; 2_000];
    let mut loud = 0;
    while loud < 50 {
        let (n, _) = sink.recv_from(&mut buffer).unwrap();
        loud += usize::from(buffer[12..n].iter().any(|&b| b != 0xd5));
    }
    leg.send(LegCommand::Close).unwrap();
    let seen = until(&mut leg, |e| matches!(e, LegEvent::Closed { .. })).await;
    let played: HashSet<u64> =
        seen.iter().filter_map(|e| if let LegEvent::Played { id, .. } = e { Some(*id) } else { None }).collect();
    assert_eq!(played.len(), 50);
    assert_eq!(seen.iter().filter(|e| matches!(e, LegEvent::Digit { .. })).count(), 50);
    assert!(matches!(seen.last(), Some(LegEvent::Closed { stats: LegStats { events_lost: 0, .. } })));
}

#[tokio::test]
async fn too_many_commands_are_refused_not_queued() {
    let engine = engine(1, 1);
    let leg = engine.open(LegOptions::default()).unwrap();
    let clip = Arc::new(tone::beep());
    let busy = (0..200_000).any(|id| {
        matches!(leg.send(LegCommand::Play { id, clip: clip.clone(), interruptible: true }), Err(EngineError::Busy))
    });
    assert!(busy, "two hundred thousand commands were queued");
}

#[tokio::test]
async fn a_recording_that_cannot_be_written_says_so_and_one_cut_by_shutdown_is_whole() {
    let engine = engine(2, 1);
    let (a, mut b) = (engine.open(LegOptions::default()).unwrap(), engine.open(LegOptions::default()).unwrap());
    connect(&a, &b, |_| ());
    b.send(record(Path::new("/nonexistent/folder/x.wav"), 200, "")).unwrap();
    until(&mut b, |e| matches!(e, LegEvent::RecordFailed { id: 1, .. })).await;
    let path = scratch("shutdown");
    b.send(record(&path, 60_000, "")).unwrap();
    a.send(LegCommand::Play { id: 1, clip: sound(1_600), interruptible: false }).unwrap();
    let mut a = a;
    until(&mut a, |e| matches!(e, LegEvent::Played { .. })).await;
    let (handle, mut events) = b.split();
    tokio::task::spawn_blocking(move || drop(engine)).await.unwrap();
    let mut last = None;
    while let Some(event) = events.recv().await {
        last = Some(event);
    }
    assert!(matches!(last, Some(LegEvent::Closed { .. })));
    drop(handle);
    assert!(hound::WavReader::open(&path).unwrap().duration() > 8_000);
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn fifty_legs_on_two_threads_all_play_to_the_end() {
    let engine = engine(100, 2);
    let clip = sound(400);
    let mut legs = Vec::new();
    for _ in 0..25 {
        let (a, b) = (engine.open(LegOptions::default()).unwrap(), engine.open(LegOptions::default()).unwrap());
        connect(&a, &b, |_| ());
        for leg in [&a, &b] {
            leg.send(LegCommand::Play { id: 1, clip: clip.clone(), interruptible: true }).unwrap();
            leg.send(LegCommand::SendDigits("42".into())).unwrap();
        }
        legs.extend([a, b]);
    }
    for leg in &mut legs {
        let mut digits = String::new();
        let mut played = false;
        while digits.len() < 2 || !played {
            match until(leg, |_| true).await.remove(0) {
                LegEvent::Digit { digit, .. } => digits.push(digit),
                LegEvent::Played { completed, .. } => played = completed,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(digits, "42");
    }
    for mut leg in legs {
        leg.send(LegCommand::Close).unwrap();
        until(&mut leg, |e| matches!(e, LegEvent::Closed { .. })).await;
    }
    assert_eq!(engine.calls(), 0);
}
