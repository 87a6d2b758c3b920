//! Telephone calls to a server with several tenants: a number reaches the flow of whose it is, and nobody else learns of the call.

use super::sipp::call;
use super::tenants::{OURS, THEIRS, ask, key};
use offhook_tests::eventually;
use offhook_tests::server::{Place, Server};
use serde_json::{Value, json};
use std::time::Duration;

fn place() -> Place {
    let mut place = Place::new();
    let folder = place.path().join("acme");
    std::fs::create_dir_all(folder.join("test")).expect("a folder can be made");
    // Both have a flow of this id; only theirs tells of the message by this name.
    let flow = std::fs::read_to_string(place.flows().join("test/message.yaml")).expect("the flow is there");
    let flow = flow.replace("event: message.left", "event: acme.left");
    std::fs::write(folder.join("test/message.yaml"), flow).expect("it can be written");
    place.edit("offhook.toml", |text| {
        format!(
            "{text}\n[tenants.acme]\nfolder = {:?}\napi_token = \"env:ACME_TOKEN\"\n[[tenants.acme.entry]]\nnumber = \"950\"\nflow = \"test/message\"\n",
            folder.display().to_string()
        )
    });
    place.set("ACME_TOKEN", THEIRS);
    place.set("OFFHOOK_SERVER__API_TOKEN", OURS);
    place
}

fn sessions(server: &Server, token: &str) -> Vec<Value> {
    let page = ask(server, "GET", "/api/v1/sessions?channel=voice&state=ended", Some(token), &Value::Null).ok();
    page["sessions"].as_array().expect("a page has sessions").clone()
}

#[test]
fn a_number_reaches_its_tenant_and_only_he_sees_the_call() {
    let place = place();
    let server = place.serve();
    // Three seconds of a loud tone, G.711 A-law: a square wave of 400 Hz.
    let tone: Vec<u8> = (0..8_000 * 3).map(|sample| if sample / 10 % 2 == 0 { 0xAA } else { 0x2A }).collect();
    std::fs::write(place.path().join("speech.alaw"), tone).expect("there is room");
    call(&server, "950", "message.xml", place.path());
    let session = eventually("their session", Duration::from_secs(60), || sessions(&server, THEIRS).pop());
    assert_eq!((&session["flow"], &session["end_reason"]), (&"test/message".into(), &"hangup".into()), "{session}");
    let id = session["id"].as_str().expect("a session has an id");
    let all = json!(["read", "sessions", "edit", "publish", "secrets", "keys"]);
    let (_, our_key) = key(&server, OURS, &all);
    let (_, their_key) = key(&server, THEIRS, &all);
    let (_, no_sessions) = key(&server, THEIRS, &json!(["read", "edit"]));
    let at = |what: &str| format!("/api/v1/sessions/{id}{what}");
    let read = |token: &str, what: &str| ask(&server, "GET", &at(what), Some(token), &Value::Null);

    // His token and his key show the call, its journal and its recording's name.
    let mut media = String::new();
    for token in [THEIRS, &their_key] {
        assert_eq!(sessions(&server, token).len(), 1);
        let journal = read(token, "/journal").ok();
        let turns = journal["turns"].as_array().expect("a journal has turns");
        let commands = turns.iter().flat_map(|turn| turn["commands"].as_array().cloned().unwrap_or_default());
        let notes: Vec<Value> = commands.filter_map(|command| command.get("note").cloned()).collect();
        assert_eq!((notes.len(), &notes[0]["name"]), (1, &"acme.left".into()), "their flow, not ours: {journal}");
        notes[0]["data"]["media"].as_str().expect("the recording has a name").clone_into(&mut media);
        let replay = ask(&server, "POST", &at("/replay"), Some(token), &Value::Null).ok();
        assert_eq!(replay["same"], true, "{replay}");
    }
    assert!(std::fs::metadata(place.data().join(&media)).expect("the recording is kept").len() > 8_000);

    // The first tenant, who operates the server, gets nothing of it; neither does a key without the scope.
    for token in [OURS, &our_key] {
        assert_eq!(sessions(&server, token), [] as [Value; 0]);
        for what in ["", "/journal"] {
            let answer = read(token, what);
            assert_eq!(answer.status, 404, "{what} {}", answer.text);
            assert!(!answer.text.contains("acme"), "{}", answer.text);
        }
        assert_eq!(ask(&server, "POST", &at("/replay"), Some(token), &Value::Null).status, 404);
    }
    assert_eq!((read(&no_sessions, "").status, read(&no_sessions, "/journal").status), (403, 403));
    // Recordings are files of the operator's disk; no address serves them to anybody.
    for path in [format!("/{media}"), format!("/api/v1/{media}"), format!("/chat/v1/media/test%2Fmessage/{media}")] {
        for token in [None, Some(OURS), Some(&*our_key), Some(THEIRS)] {
            let answer = ask(&server, "GET", &path, token, &Value::Null);
            assert!(!answer.bytes.starts_with(b"RIFF"), "{path} {token:?}");
        }
    }

    // The same number of ours is another call, of another tenant; what is counted tells them apart.
    call(&server, "903", "message.xml", place.path());
    let ours = eventually("our session", Duration::from_secs(60), || sessions(&server, OURS).pop());
    assert_ne!(ours["id"], session["id"]);
    assert_eq!(sessions(&server, THEIRS).len(), 1);
    let counted = ask(&server, "GET", "/metrics", Some(OURS), &Value::Null).text;
    for tenant in ["default", "acme"] {
        let line =
            format!("offhook_sessions_ended_total{{tenant=\"{tenant}\",flow=\"test/message\",reason=\"hangup\"}} 1");
        assert!(counted.lines().any(|known| known == line), "{line} is missing in\n{counted}");
    }
    assert_eq!(ask(&server, "GET", "/metrics", Some(THEIRS), &Value::Null).status, 403);
    server.stop();
}
