//! Calls by SIPp: signalling of its own, RTP of its own, keys as RFC 4733 events.

use offhook_tests::server::{Place, Server, program};
use offhook_tests::{eventually, root};
use serde_json::Value;
use std::net::UdpSocket;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

/// Performs a scenario; it must succeed.
fn call(server: &Server, number: &str, scenario: &str, folder: &Path) {
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

#[test]
fn a_caller_who_hangs_up_is_noticed() {
    let place = Place::new();
    let server = place.serve();
    call(&server, "200", "hang-up.xml", place.path());
    let session = server.ended_session("clinic/reception", "voice");
    let id = session["id"].as_str().expect("a session has an id");
    let way = server.replayed(id);
    assert!(way.iter().any(|via| via.starts_with("log-hangup.")), "{way:?}");
    let notes: Vec<String> = server
        .journal(id)
        .iter()
        .flat_map(|turn| turn["commands"].as_array().cloned().unwrap_or_default())
        .filter_map(|command| Some(command["note"]["name"].as_str()?.to_owned()))
        .collect();
    assert_eq!(notes, ["clinic.hung_up"]);
    server.stop();
}
