//! People who wait when another version is published: they go on in it as its rules say and as was previewed, under load, when
//! the server is killed, and back again.

use offhook_tests::chat::Visitor;
use offhook_tests::eventually;
use offhook_tests::server::{Place, Server};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

const FLOW: &str = "browser/parrot.yaml";
const ABOUT: &str = "/api/v1/flows/browser%2Fparrot";
const PATIENCE: Duration = Duration::from_secs(90);

fn place() -> Place {
    let mut place = Place::new();
    place.set("OFFHOOK_FLOWS__LIVE", "releases");
    // These flows speak one language.
    std::fs::remove_file(place.flows().join("browser/parrot.ar.yaml")).expect("the parrot has texts");
    place
}

/// Makes a document the draft, and waits until it is.
fn draft(place: &Place, server: &Server, document: &str) {
    let before = server.get(ABOUT).ok();
    place.edit(FLOW, |_| document.to_owned());
    eventually("the new draft", PATIENCE, || (server.get(ABOUT).ok()["hash"] != before["hash"]).then_some(()));
}

fn publish(server: &Server) -> Value {
    let answer = server.post(&format!("{ABOUT}/releases"), &json!({}));
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()
}

fn roll_back(server: &Server, to: i64) -> Value {
    server.post(&format!("{ABOUT}/rollback"), &json!({ "to": to })).ok()
}

fn version(server: &Server, session: &str) -> i64 {
    server.get(&format!("/api/v1/sessions/{session}")).ok()["version"].as_i64().expect("a session has a version")
}

/// A parrot whose question, node and variable are called so.
fn parrot(words: &str, node: &str, variable: &str, more: &str) -> String {
    format!(
        "offhook: 1
id: browser/parrot
kind: chatbot
channels: [webchat]
vars: {{ {variable}: \"\" }}
start: {node}
{more}
nodes:
  {node}: {{ type: listen, text: {words}, save: {variable}, next: enough, exits: {{ no_input: {node} }} }}
  enough:
    type: branch
    cases: [{{ id: bye, when: '{variable} == \"bye\"', next: goodbye }}]
    else: repeat
  repeat: {{ type: say, text: \"You said: {{{{ {variable} }}}}\", next: {node} }}
  goodbye: {{ type: end, text: Goodbye. }}
"
    )
}

#[test]
fn who_waits_goes_on_as_previewed() {
    let place = place();
    let server = place.serve();
    draft(&place, &server, &parrot("Say something.", "hear", "heard", ""));
    publish(&server);
    let mut first = Visitor::new(&server, "parrot", "first");
    first.hear("Say something.");
    first.say("one");
    first.hear("You said: one");
    first.hear("Say something.");
    let second = Visitor::new(&server, "parrot", "second");
    let preview = || server.get(&format!("{ABOUT}/preview")).ok();

    // What cannot be right is not published.
    let wrong = "migrate: { nodes: { hear: listen-up, haer: listen-up }, vars: { words: \"= herd\" } }";
    draft(&place, &server, &parrot("Say it.", "listen-up", "words", wrong));
    let found: Vec<Value> = preview()["rules"].as_array().expect("rules are told").clone();
    let codes: Vec<&str> = found.iter().filter_map(|one| one["code"].as_str()).collect();
    assert_eq!(codes, ["OH0901", "OH0903"], "{found:?}");
    let refused = server.post(&format!("{ABOUT}/releases"), &json!({}));
    assert!(refused.status == 409 && refused.text.contains("OH0903"), "{} {}", refused.status, refused.text);

    // Who says nothing about them moves nobody.
    draft(&place, &server, &parrot("Say it.", "listen-up", "words", ""));
    let told = preview();
    let why = told["waiting"][0]["stays_because"].as_str().unwrap_or_default();
    assert!(why.contains("migrate") && told["waiting"][0]["sessions"] == 2, "{told}");

    let rules = "migrate: { nodes: { hear: listen-up }, vars: { words: \"= heard\" } }";
    draft(&place, &server, &parrot("Say it.", "listen-up", "words", rules));
    let told = preview();
    let begun_on = version(&server, &first.id);
    let moves = json!([{
        "version": begun_on, "flow": "browser/parrot", "node": "hear", "sessions": 2,
        "moves_to": { "flow": "browser/parrot", "node": "listen-up" }, "asked_anew": false,
    }]);
    assert_eq!((&told["waiting"], &told["rules"]), (&moves, &json!([])), "{told}");
    assert!(told["changes"][0]["sentences"].as_array().is_some_and(|all| !all.is_empty()), "{told}");
    let done = publish(&server);
    assert_eq!(done["moves"], json!({ "release": 2, "moved": 2, "stayed": 0, "failed": 0, "done": true }), "{done}");
    assert_eq!(done["log"][0]["action"], "moved", "{done}");
    first.say("two");
    first.hear("You said: two");
    first.hear("Say it.");
    let moved = version(&server, &first.id);
    assert!(moved > begun_on && version(&server, &second.id) == moved);
    server.replayed(&first.id);
    server.replayed(&second.id);

    // A talk runs on one version, so one of both is refused by name of the turn; the journal holds the whole.
    let save = |what: &str| {
        let file = place.path().join("saved");
        let mut command = place.command("replay");
        command.args([&*first.id, "--data"]).arg(place.data()).arg(what).arg(&file);
        let output = command.output().expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned(), std::fs::read_to_string(file).ok())
    };
    let (code, said, written) = save("--save-talk");
    assert_eq!((code, written), (Some(3), None), "{said}");
    assert!(said.contains("in turn 3") && said.contains("--save-journal"), "{said}");
    let (code, said, written) = save("--save-journal");
    assert_eq!(code, Some(0), "{said}");
    assert!(written.is_some_and(|text| text.contains("moved")), "the move stands in it");

    // Going back moves nobody, since the older version says nothing.
    assert_eq!(roll_back(&server, 1)["moves"]["moved"], 0);
    first.say("three");
    first.hear("Say it.");
    let mut fresh = Visitor::new(&server, "parrot", "fresh");
    fresh.hear("Say something.");
    roll_back(&server, 2);
    fresh.say("hello");
    fresh.hear("Say it.");

    // Another question in its place is asked; by the command line, as a developer would see it.
    let other = parrot("Say it.", "name", "words", "migrate: { nodes: { listen-up: name } }")
        .replace("name: { type: listen, text: Say it.", "name: { type: ask, text: \"Your name, please?\"")
        .replace("exits: { no_input: name }", "exits: { no_input: name, no_match: name }");
    draft(&place, &server, &other);
    let mut command = place.command("publish");
    command.args(["browser/parrot", "--preview", "--server", &format!("http://{}", server.http)]);
    let said = command.output().expect("the binary can be run");
    let said = format!("{}{}", String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    let fate = "3 wait at browser/parrot:listen-up and are asked anew at browser/parrot:name";
    assert!(said.contains(fate), "{said}");
    publish(&server);
    first.hear("Your name, please?");
    first.say("Ann");
    first.hear("You said: Ann");
    first.say("bye");
    first.hear("Goodbye.");
    server.replayed(&first.id);
    server.stop();
}

/// Both sides of a change, each of which takes over who waits in the other.
fn sides() -> [String; 2] {
    ["migrate: { nodes: { b: a } }", "migrate: { nodes: { a: b } }"]
        .into_iter()
        .zip(["a", "b"])
        .map(|(rules, node)| parrot(&format!("Side {node}."), node, "heard", rules))
        .collect::<Vec<_>>()
        .try_into()
        .expect("two were made")
}

/// Waits until everybody has been looked at, and tells what is live.
fn settled(server: &Server) -> Value {
    eventually("everybody to be moved", PATIENCE, || {
        let told = server.get(&format!("{ABOUT}/releases")).ok();
        (told["moves"]["done"] == true && told["moves"]["release"] == told["live"]).then_some(told)
    })
}

/// The version of the flow that a release has.
fn live_version(told: &Value) -> i64 {
    let live = told["releases"].as_array().into_iter().flatten().find(|release| release["number"] == told["live"]);
    live.and_then(|release| release["flows"]["browser/parrot"].as_i64()).expect("a release has its flow")
}

#[test]
fn two_hundred_live_chats_notice_nothing() {
    const LINES: usize = 20;
    const EACH: usize = 10;
    let place = place();
    let server = place.serve();
    let [one, other] = sides();
    draft(&place, &server, &one);
    publish(&server);
    draft(&place, &server, &other);
    let over = AtomicBool::new(false);
    let said = AtomicUsize::new(0);
    let visitors: Vec<String> = std::thread::scope(|scope| {
        let lines: Vec<_> = (0..LINES)
            .map(|line| {
                let (server, over, said) = (&server, &over, &said);
                scope.spawn(move || {
                    let mut chats: Vec<Visitor> =
                        (0..EACH).map(|who| Visitor::new(server, "parrot", &format!("chat-{line}-{who}"))).collect();
                    let mut round = 0;
                    while !over.load(Ordering::Relaxed) {
                        for chat in &mut chats {
                            chat.say(&format!("word {round}"));
                            chat.hear(&format!("You said: word {round}"));
                            chat.hear("Side ");
                            said.fetch_add(1, Ordering::Relaxed);
                        }
                        round += 1;
                    }
                    chats.into_iter().map(|chat| chat.id).collect::<Vec<_>>()
                })
            })
            .collect();
        let all_have_spoken = |since: usize| {
            eventually("everybody to speak", PATIENCE, || {
                (said.load(Ordering::Relaxed) >= since + LINES * EACH).then_some(())
            });
        };
        all_have_spoken(0);
        publish(&server);
        for round in 0..6 {
            all_have_spoken(said.load(Ordering::Relaxed));
            roll_back(&server, 1 + round % 2);
        }
        let lines = {
            settled(&server);
            over.store(true, Ordering::Relaxed);
            lines
        };
        lines.into_iter().flat_map(|line| line.join().expect("nobody was cut off")).collect()
    });
    let told = settled(&server);
    assert_eq!(told["moves"]["failed"], 0, "{told}");
    let live = live_version(&told);
    for session in &visitors {
        assert_eq!(version(&server, session), live, "{session} is on a wrong version");
        server.replayed(session);
    }
    assert_eq!(visitors.len(), LINES * EACH);
    server.stop();
}

#[test]
fn a_kill_while_publishing_leaves_everybody_whole() {
    const WAITING: usize = 60;
    let place = place();
    let mut server = place.serve();
    let (http, sip) = (server.http, server.sip);
    let [one, other] = sides();
    draft(&place, &server, &one);
    publish(&server);
    draft(&place, &server, &other);
    let visitors: Vec<Visitor> = (0..WAITING)
        .map(|who| {
            let mut visitor = Visitor::new(&server, "parrot", &format!("waiting-{who}"));
            visitor.hear("Side a.");
            visitor
        })
        .collect();
    publish(&server);
    for round in 0..6 {
        let to = 1 + round % 2;
        std::thread::scope(|scope| {
            // Nobody may be there any more to answer.
            let asked = scope.spawn(move || {
                offhook_tests::http::request(
                    http,
                    "POST",
                    &format!("{ABOUT}/rollback"),
                    None,
                    Some(&json!({ "to": to })),
                )
            });
            eventually("some to be moved", PATIENCE, || {
                let told = server.get(&format!("{ABOUT}/releases")).ok();
                let moved = told["moves"]["moved"].as_u64().unwrap_or_default();
                (told["live"] == to && (moved > 0 || asked.is_finished() || round % 3 == 0)).then_some(())
            });
            server.kill();
            let _ = asked.join().expect("it was asked");
        });
        server = place.serve_at(http, sip);
        let told = settled(&server);
        assert_eq!(told["live"], to, "{told}");
        let live = live_version(&told);
        for visitor in &visitors {
            assert_eq!(version(&server, &visitor.id), live, "{} was left behind", visitor.id);
            server.replayed(&visitor.id);
        }
    }
    for mut visitor in visitors {
        visitor.say("still there?");
        visitor.hear("You said: still there?");
    }
    server.stop();
}
