//! Secrets that are set while the server runs: used by flows, sealed on the disk, and nowhere to be read.

use offhook_tests::eventually;
use offhook_tests::server::{Place, Server};
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

const VALUE: &str = "correct-horse-battery-staple-7";
const OTHER: &str = "another-value-of-later-9";
const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const NEXT_KEY: &str = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";

/// A business system that hears what it is asked, and says nothing.
fn listener() -> (u16, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let port = listener.local_addr().expect("it has one").port();
    let (heard, hears) = mpsc::channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut bytes = Vec::new();
            let mut some = [0; 1024];
            while !bytes.windows(4).any(|four| four == b"\r\n\r\n") {
                match stream.read(&mut some) {
                    Ok(read) if read > 0 => bytes.extend_from_slice(&some[..read]),
                    _ => break,
                }
            }
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
            if heard.send(String::from_utf8_lossy(&bytes).into_owned()).is_err() {
                return;
            }
        }
    });
    (port, hears)
}

fn secrets(place: &Place, server: &Server, args: &[&str], input: &str) -> (i32, String) {
    let mut command = place.command("secrets");
    command.args(args).args(["--server", &format!("http://{}", server.http)]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary can be run");
    let mut stdin = child.stdin.take().expect("it is piped");
    // A command that reads nothing may have gone.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let Output { status, stdout, stderr } = child.wait_with_output().expect("it ends");
    let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    (status.code().expect("it ends by itself"), said)
}

#[test]
fn a_secret_reaches_the_service_and_nobody_else() {
    let mut place = Place::new();
    place.set("OFFHOOK_VAULT__KEY", KEY);
    place.set("OFFHOOK_SECRETS__CALLED", "from-the-environment");
    place.set("OFFHOOK_LOG__LEVEL", "debug");
    let (port, hears) = listener();
    let server = place.serve();
    let flow = format!(
        "offhook: 1\nid: vault/asks\nkind: chatbot\nsecrets: [CALLED]\nstart: ask\nnodes:\n  ask:\n    type: http\n    request:\n      get: http://127.0.0.1:{port}/\n      headers: {{ authorization: \"Bearer {{{{ secrets.CALLED }}}}\" }}\n    next: bye\n    exits: {{ error: bye }}\n  bye: {{ type: end, text: Bye. }}\n"
    );
    let body = json!({ "flow": "vault/asks", "files": [{ "part": "flow", "text": flow }] });
    let made = server.post("/api/v1/flows", &body);
    assert!(made.status == 201 && made.json()["served"] == true, "{}", made.text);
    let told = |server: &Server, who: &str| {
        let body = json!({ "flow": "vault/asks", "client_id": who });
        server.post("/chat/v1/conversations", &body).ok();
        hears.recv_timeout(Duration::from_secs(30)).expect("the service is asked")
    };
    assert!(told(&server, "1").contains("Bearer from-the-environment"), "the configuration is asked last");

    let said = secrets(&place, &server, &["set", "CALLED"], &format!("{VALUE}\n"));
    assert_eq!(said, (0, "CALLED is kept\n".to_owned()));
    assert!(told(&server, "2").contains(&format!("Bearer {VALUE}\r\n")), "the vault goes first");
    let listed = secrets(&place, &server, &["list"], "");
    assert!(listed.0 == 0 && listed.1.contains("CALLED") && listed.1.contains("vault"), "{}", listed.1);
    let answer = server.get("/api/v1/secrets");
    assert!(answer.status == 200 && !answer.text.contains(VALUE), "{}", answer.text);
    assert_eq!(server.get("/api/v1/secrets/CALLED").status, 405, "values do not come out");
    assert_eq!(secrets(&place, &server, &["set", "lower"], VALUE).0, 3);
    for wrong in [json!({ "value": "" }), json!({ "value": 1 }), json!({ "value": VALUE, "more": 1 })] {
        let answer = offhook_tests::http::request(server.http, "PUT", "/api/v1/secrets/X", None, Some(&wrong));
        let answer = answer.expect("the server answers");
        assert!(answer.status == 422 && !answer.text.contains(VALUE), "{}", answer.text);
    }
    server.stop();

    // Another key takes over.
    place.set("OFFHOOK_VAULT__KEY", NEXT_KEY);
    place.set("OFFHOOK_VAULT__PREVIOUS_KEY", KEY);
    let server = place.serve();
    assert!(told(&server, "3").contains(VALUE));
    assert!(secrets(&place, &server, &["list"], "").1.contains("by the key of before"));
    let said = secrets(&place, &server, &["rotate-key"], "");
    assert_eq!(said, (0, "1 secrets were sealed by the newest key\n".to_owned()));
    server.stop();
    place.set("OFFHOOK_VAULT__PREVIOUS_KEY", NEXT_KEY);
    let mut server = place.serve();
    assert!(told(&server, "4").contains(VALUE), "the key of before is not needed");
    let said = secrets(&place, &server, &["set", "CALLED"], OTHER);
    assert_eq!(said.0, 0, "{}", said.1);
    let sessions = eventually("the conversations to be over", Duration::from_secs(30), || {
        let page = server.get("/api/v1/sessions?flow=vault%2Fasks&state=ended").ok();
        Some(page["sessions"].as_array().expect("a page has sessions").clone()).filter(|all| all.len() == 4)
    });
    for session in sessions {
        let id = session["id"].as_str().expect("a session has an id");
        let journal = server.get(&format!("/api/v1/sessions/{id}/journal")).text;
        assert!(!journal.contains(VALUE), "{journal}");
    }
    // Everything that is on the disk now, of a server that had no time to tidy up.
    server.kill();
    let mut folders = vec![place.data()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).expect("it is there").flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).expect("it can be read");
            files += usize::from(!bytes.is_empty());
            for value in [VALUE, OTHER, KEY, NEXT_KEY] {
                let found = bytes.windows(value.len()).any(|window| window == value.as_bytes());
                assert!(!found, "{value} is in {}", path.display());
            }
        }
    }
    assert!(files > 0, "the database is there");
    let log = place.log();
    assert!(log.contains("a secret was set"), "the log is on: {log}");
    for value in [VALUE, OTHER, KEY, NEXT_KEY] {
        assert!(!log.contains(value), "{value} is in the log");
    }

    // Without a key nothing is kept, and what was is not there.
    place.set("OFFHOOK_VAULT__KEY", "not-a-key");
    let started =
        place.command("serve").env("OFFHOOK_VAULT__KEY", "not-a-key").output().expect("the binary can be run");
    let said = String::from_utf8_lossy(&started.stderr).into_owned();
    assert!(
        !started.status.success() && said.contains("64 hexadecimal digits") && !said.contains("not-a-key"),
        "{said}"
    );
}

#[test]
fn without_a_key_there_is_no_vault() {
    let place = Place::new();
    let server = place.serve();
    assert_eq!(server.get("/api/v1/secrets").ok()["vault"], false);
    let said = secrets(&place, &server, &["set", "X"], VALUE);
    assert!(said.0 == 1 && said.1.contains("has no key") && !said.1.contains(VALUE), "{}", said.1);
    server.stop();
}
