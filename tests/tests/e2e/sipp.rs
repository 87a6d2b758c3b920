//! Calls by SIPp: signalling of its own, RTP of its own, keys as RFC 4733 events.

use offhook_tests::server::{Place, Server, program};
use offhook_tests::{eventually, root};
use serde_json::Value;
use std::net::UdpSocket;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

/// Performs a scenario; it must succeed.
pub fn call(server: &Server, number: &str, scenario: &str, folder: &Path) {
    // SIPp takes a port for sound by number only. This one was free a moment ago, and so was the one for RTCP above it.
    let media =
        UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("there are free ports").port();
    let errors = folder.join("sipp-errors");
    let mut child = program("sipp", "sip-tester")
        .arg(server.sip.to_string())
        .args(["-sf", &root().join("tests/sipp").join(scenario).display().to_string(), "-s", number])
        .args(["-i", "127.0.0.1", "-mi", "127.0.0.1", "-mp", &media.to_string()])
        .args(["-m", "1", "-nostdin", "-timeout", "90", "-timeout_error", "-trace_err", "-error_file"])
        .arg(&errors)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sipp can be run");
    let status =
        eventually("SIPp to end", Duration::from_secs(120), || child.try_wait().expect("it can be waited for"));
    let said = std::fs::read_to_string(&errors).unwrap_or_default();
    assert!(
        status.success(),
        "{scenario}: SIPp ended with {status} (keys need the right to send raw packets: root)\n{said}"
    );
}

/// All keys of a journal, in order.
fn keys(journal: &[Value]) -> String {
    journal.iter().filter_map(|turn| turn["event"]["keys"].as_str()).collect()
}

#[test]
fn a_patient_books_by_keys() {
    let place = Place::new();
    let server = place.serve();
    call(&server, "200", "book-by-keys.xml", place.path());
    let session = server.ended_session("clinic/reception", "voice");
    assert_eq!(session["contact"], "+15551230001", "{session}");
    assert_eq!(session["end_reason"], "completed", "{session}");
    let id = session["id"].as_str().expect("a session has an id");
    let way = server.replayed(id);
    let expected = [
        "opening.open",
        "greet.next",
        "main-menu.book",
        "know-the-number.caller",
        "take-caller-number.next",
        "find-patient.next",
        "route.else",
        "hello-again.next",
        "ask-day.next",
        "ask-half.morning",
        "book.next",
        "booked.next",
        "tell-booked.next",
    ];
    assert_eq!(way[..expected.len().min(way.len())], expected, "{way:?}\n{}", place.log());
    assert_eq!(keys(&server.journal(id)), "1120320901");
    server.stop();
}

/// What the flow has told the outside.
fn notes(journal: &[Value]) -> Vec<Value> {
    let commands = journal.iter().flat_map(|turn| turn["commands"].as_array().cloned().unwrap_or_default());
    commands.filter_map(|command| command.get("note").cloned()).collect()
}

#[test]
fn a_caller_who_hangs_up_is_noticed() {
    let place = Place::new();
    let server = place.serve();
    call(&server, "200", "hang-up.xml", place.path());
    let session = server.ended_session("clinic/reception", "voice");
    let id = session["id"].as_str().expect("a session has an id");
    let way = server.replayed(id);
    assert!(way.iter().any(|via| via.starts_with("log-hangup.")), "{way:?}");
    let names: Vec<Value> = notes(&server.journal(id)).iter().map(|note| note["name"].clone()).collect();
    assert_eq!(names, ["clinic.hung_up"]);
    server.stop();
}

#[test]
fn a_caller_is_told_something_before_the_call_is_answered() {
    let place = Place::new();
    let server = place.serve();
    // The scenario takes no 200 before a 183 that describes sound.
    call(&server, "902", "early.xml", place.path());
    let session = server.ended_session("test/early-then-answered", "voice");
    assert_eq!(session["end_reason"], "spoken", "{session}");
    server.replayed(session["id"].as_str().expect("a session has an id"));
    server.stop();
}

#[test]
fn who_hangs_up_while_a_message_is_recorded_leaves_it() {
    let place = Place::new();
    let server = place.serve();
    // Three seconds of a loud tone, G.711 A-law: a square wave of 400 Hz.
    let tone: Vec<u8> = (0..8_000 * 3).map(|sample| if sample / 10 % 2 == 0 { 0xAA } else { 0x2A }).collect();
    std::fs::write(place.path().join("speech.alaw"), tone).expect("there is room");
    call(&server, "903", "message.xml", place.path());
    let session = server.ended_session("test/message", "voice");
    assert_eq!(session["end_reason"], "hangup", "{session}");
    let id = session["id"].as_str().expect("a session has an id");
    let way = server.replayed(id);
    assert_eq!(way, ["take.next", "thanks.next", "left.next"], "{}", place.log());
    let [note] = &notes(&server.journal(id))[..] else { panic!("told once: {:#?}", server.journal(id)) };
    assert_eq!((&note["name"], &note["data"]["ended_by"]), (&"message.left".into(), &"hangup".into()), "{note}");
    let media = note["data"]["media"].as_str().expect("the recording has a name");
    let recording = hound::WavReader::open(place.data().join(media)).expect("the recording is kept");
    let rate = recording.spec().sample_rate;
    let samples: Vec<i16> = recording.into_samples().map(|sample| sample.expect("it is whole")).collect();
    let loud = samples.iter().filter(|sample| sample.unsigned_abs() > 1_000).count();
    let second = usize::try_from(rate).expect("a rate is small");
    assert!(loud > second, "{loud} of {} samples were heard", samples.len());
    server.stop();
}
