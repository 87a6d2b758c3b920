//! A candidate runs beside conversations: nobody hears it, and what it would have done is counted.

use crate::sipp::call;
use offhook_tests::chat::Visitor;
use offhook_tests::eventually;
use offhook_tests::http::exchange;
use offhook_tests::server::{Place, Server};
use serde_json::{Value, json};
use std::time::Duration;

const FLOW: &str = "browser/parrot.yaml";
const PARROT: &str = "/api/v1/flows/browser%2Fparrot";
const PATIENCE: Duration = Duration::from_secs(60);

fn place() -> Place {
    let mut place = Place::new();
    place.set("OFFHOOK_FLOWS__LIVE", "releases");
    place
}

/// Publishes what the folder has of the parrot.
fn publish(server: &Server) {
    let answer = server.post(&format!("{PARROT}/releases"), &json!({}));
    assert_eq!(answer.status, 201, "{}", answer.text);
}

fn begin(server: &Server, body: &Value) -> Value {
    let answer = server.post(&format!("{PARROT}/shadow"), body);
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()
}

fn draft(place: &Place, server: &Server, change: impl FnOnce(&str) -> String) {
    let before = server.get(PARROT).ok();
    place.edit(FLOW, change);
    eventually("the new draft", PATIENCE, || (server.get(PARROT).ok()["hash"] != before["hash"]).then_some(()));
}

/// What the shadow of a flow shows, once so many conversations are over.
fn shown(server: &Server, flow: &str, sessions: u64) -> Value {
    let path = format!("/api/v1/flows/{}/shadow", flow.replace('/', "%2F"));
    let mut last = Value::Null;
    eventually(&format!("{sessions} conversations of {flow} to be counted"), PATIENCE, || {
        last = server.get(&path).ok();
        assert!(last["sessions"].as_u64().is_some_and(|seen| seen <= sessions), "{last}");
        (last["sessions"] == sessions).then(|| last.clone())
    })
}

/// Chats until the end, hearing the words of what is live.
fn chat(server: &Server, who: &str) -> Visitor {
    let mut visitor = Visitor::new(server, "parrot", who);
    visitor.hear("Say something.");
    visitor.say("hello");
    visitor.hear("You said: hello");
    visitor.hear("Say something.");
    visitor.say("bye");
    visitor.hear("Goodbye.");
    visitor
}

#[test]
fn what_a_draft_would_have_said_is_counted_and_heard_by_nobody() {
    let place = place();
    let mut server = place.serve();
    let early = server.post(&format!("{PARROT}/shadow"), &json!({}));
    assert!(early.status == 409 && early.text.contains("publish one first"), "{} {}", early.status, early.text);
    publish(&server);
    assert_eq!(server.get(&format!("{PARROT}/shadow")).status, 404, "there was none yet");
    let before = Visitor::new(&server, "parrot", "before");
    draft(&place, &server, |text| text.replace("text: Goodbye.", "text: So long."));
    let begun = begin(&server, &json!({ "author": "Eva", "note": "another farewell" }));
    assert_eq!((&begun["live"], &begun["shadow"]["release"]), (&1.into(), &Value::Null), "a draft: {begun}");

    // One hears the farewell, one leaves before it; who was here before is not followed.
    let heard = chat(&server, "heard");
    let mut left = Visitor::new(&server, "parrot", "left");
    left.hear("Say something.");
    left.leave();
    before.leave();
    let seen = shown(&server, "browser/parrot", 2);
    assert_eq!((&seen["same"], &seen["diverged"], &seen["following"]), (&1.into(), &1.into(), &0.into()), "{seen}");
    assert_eq!(
        seen["nodes"],
        json!([{ "flow": "browser/parrot", "node": "goodbye", "kind": "command", "sessions": 1 }])
    );
    let [example] = &seen["examples"].as_array().unwrap()[..] else { panic!("one is quoted: {seen}") };
    assert_eq!((&example["session"], &example["turn"]), (&heard.id.clone().into(), &3.into()), "{example}");
    assert!(
        example["recorded"].to_string().contains("Goodbye") && example["candidate"].to_string().contains("So long")
    );
    // The journal knows nothing of it.
    server.replayed(&heard.id);
    let journal = Value::from(server.journal(&heard.id)).to_string();
    assert!(journal.contains("Goodbye") && !journal.contains("So long"), "{journal}");
    let metrics = server.get("/metrics").text;
    for line in [
        "offhook_shadow_sessions_total{flow=\"browser/parrot\",result=\"same\"} 1",
        "offhook_shadow_divergences_total{flow=\"browser/parrot\",node=\"browser/parrot:goodbye\",kind=\"command\"} 1",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }

    // Totals are on the disk. A conversation that was under way is not counted any more; the next is.
    let mut under_way = Visitor::new(&server, "parrot", "under way");
    under_way.hear("Say something.");
    eventually("it to be followed", PATIENCE, || {
        (server.get(&format!("{PARROT}/shadow")).ok()["following"] == 1).then_some(())
    });
    server.stop();
    server = place.serve();
    under_way.to = server.http;
    under_way.say("bye");
    under_way.hear("Goodbye.");
    chat(&server, "after");
    let seen = shown(&server, "browser/parrot", 3);
    assert_eq!((&seen["diverged"], &seen["nodes"][0]["sessions"]), (&2.into(), &2.into()), "{seen}");
    assert_eq!(seen["examples"].as_array().map(Vec::len), Some(2));

    // By the command line, as a developer would.
    let said = |arguments: &[&str]| {
        let (name, rest) = arguments.split_first().expect("a command has a name");
        let mut command = place.command(name);
        command.args(rest).args(["--author", "Tom", "--server", &format!("http://{}", server.http)]);
        let output = command.output().expect("the binary can be run");
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    };
    let listed = said(&["releases", "browser/parrot"]);
    assert!(listed.contains("of 3 conversations 1 the same, 2 diverged") && !listed.contains("So long"), "{listed}");
    let quoted = said(&["releases", "browser/parrot", "--examples"]);
    assert!(quoted.contains("browser/parrot:goodbye") && quoted.contains("So long"), "{quoted}");
    let stopped = said(&["publish", "browser/parrot", "--stop-shadow"]);
    assert!(stopped.contains("it was stopped"), "{stopped}");
    chat(&server, "unseen");
    let after = shown(&server, "browser/parrot", 3);
    assert_eq!(after["ended_because"], "it was stopped");
    let none = server.post(&format!("{PARROT}/shadow/stop"), &json!({}));
    assert_eq!(none.status, 409, "{}", none.text);

    // A release in shadow; another one takes its place; and the one that is published is none any more.
    let again = said(&["publish", "browser/parrot", "--shadow=1"]);
    assert!(again.contains("release 1 runs in shadow"), "{again}");
    let begun = said(&["publish", "browser/parrot", "--shadow", "-m", "once more"]);
    assert!(begun.contains("a draft runs in shadow") && begun.contains("of 0 conversations"), "{begun}");
    assert_eq!(server.post(&format!("{PARROT}/shadow"), &json!({ "release": 9 })).status, 409);
    publish(&server);
    let over = server.get(&format!("{PARROT}/releases")).ok();
    assert_eq!((&over["live"], &over["shadow"]["ended_because"]), (&2.into(), &"it was published".into()), "{over}");
    let log: Vec<&str> = over["log"].as_array().unwrap().iter().rev().map(|e| e["action"].as_str().unwrap()).collect();
    assert_eq!(log, ["published", "shadow", "shadow-ended", "shadow", "shadow", "published", "shadow-ended"]);
    server.stop();
}

#[test]
fn a_candidate_that_fails_is_counted_and_touches_nobody() {
    let place = place();
    let server = place.serve();
    publish(&server);
    let flow = std::fs::read_to_string(place.flows().join(FLOW)).expect("it is there");
    // One that fails at once, and one that never comes to an end by itself.
    for (script, who) in [("1 / 0", "fails"), ("let n = 0; loop { n += 1; }", "runs away")] {
        let broken = format!("nodes:\n  broken: {{ type: script, script: \"{script}\", next: repeat }}\n\n");
        draft(&place, &server, |_| flow.replace("else: repeat", "else: broken").replace("nodes:\n", &broken));
        begin(&server, &json!({}));
        for chats in 1..=3 {
            let visitor = chat(&server, &format!("{who} {chats}"));
            server.replayed(&visitor.id);
        }
        let seen = shown(&server, "browser/parrot", 3);
        assert_eq!((&seen["failed"], &seen["diverged"]), (&json!({ "error": 3 }), &0.into()), "{who}: {seen}");
    }
    let log = place.log();
    assert!(!log.contains("panicked"), "{log}");
    server.stop();
}

#[test]
fn the_same_diverges_on_no_channel() {
    const HOOK: &str = "offhook: 1\nid: hooks/order\nkind: outbound\ninputs:\n  number: { type: int }\nvars:\n  seen: 0\nstart: keep\nnodes:\n  keep:\n    type: set\n    values: { seen: \"= inputs.number + 1\" }\n    next: bye\n  bye: { type: end }\n";
    let place = place();
    std::fs::create_dir_all(place.flows().join("hooks")).expect("a folder can be made");
    std::fs::write(place.flows().join("hooks/order.yaml"), HOOK).expect("it can be written");
    place.edit("offhook.toml", |text| {
        format!("{text}\n[[entry]]\nwebhook = \"order\"\nflow = \"hooks/order\"\ninputs = {{ number = \"/number\" }}\n")
    });
    let server = place.serve();
    let flows = ["browser/parrot", "clinic/reception", "hooks/order"];
    for flow in flows {
        let path = format!("/api/v1/flows/{}", flow.replace('/', "%2F"));
        assert_eq!(server.post(&format!("{path}/releases"), &json!({})).status, 201, "{flow}");
        let begun = server.post(&format!("{path}/shadow"), &json!({}));
        assert_eq!(begun.status, 201, "{}", begun.text);
    }
    chat(&server, "the same");
    // A call with keys, services and sound.
    call(&server, "200", "book-by-keys.xml", place.path());
    let headers = [("content-type", "application/json")];
    let sent = exchange(server.http, "POST", "/hooks/v1/order", &headers, "{\"number\":1}");
    assert_eq!(sent.expect("the server answers").status, 202);
    for flow in flows {
        let seen = shown(&server, flow, 1);
        assert_eq!((&seen["same"], &seen["examples"]), (&1.into(), &json!([])), "{flow}: {seen}");
    }
    server.stop();
}
