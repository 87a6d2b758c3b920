//! What is live is what was published: publishing, going back, shares and guards, on a server with people on it.

use offhook_tests::chat::{Visitor, spoken};
use offhook_tests::eventually;
use offhook_tests::server::{Place, Server};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const FLOW: &str = "browser/parrot.yaml";
const RELEASES: &str = "/api/v1/flows/browser%2Fparrot/releases";
const PATIENCE: Duration = Duration::from_secs(60);

/// A server whose folder is a draft.
fn place() -> Place {
    let mut place = Place::new();
    place.set("OFFHOOK_FLOWS__LIVE", "releases");
    place
}

fn releases(server: &Server) -> Value {
    server.get(RELEASES).ok()
}

fn publish(server: &Server, body: &Value) -> Value {
    let answer = server.post(RELEASES, body);
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()
}

/// Changes what the parrot asks, and waits until the draft is that.
fn draft(place: &Place, server: &Server, words: &str) {
    redraft(place, server, |text| {
        let asks = text.lines().find(|line| line.trim_start().starts_with("text: Say")).expect("it asks").to_owned();
        text.replace(&asks, &format!("    text: Say {words}."))
    });
}

fn redraft(place: &Place, server: &Server, change: impl FnOnce(&str) -> String) {
    let before = server.get("/api/v1/flows/browser%2Fparrot").ok();
    place.edit(FLOW, change);
    eventually("the new draft", PATIENCE, || {
        (server.get("/api/v1/flows/browser%2Fparrot").ok()["hash"] != before["hash"]).then_some(())
    });
}

fn asked(server: &Server, who: &str) -> String {
    first_words(&Visitor::new(server, "parrot", who))
}

fn first_words(visitor: &Visitor) -> String {
    let page = eventually("to be asked", PATIENCE, || {
        let page = visitor.messages(0, 5).expect("the server answers").ok();
        page["messages"].get(0).cloned()
    });
    spoken(&page)
}

#[test]
fn nobody_reaches_a_draft_and_going_back_is_one_step() {
    let place = place();
    let mut server = place.serve();
    let begin =
        |server: &Server| server.post("/chat/v1/conversations", &json!({ "key": "parrot", "client_id": "x" })).status;
    assert_eq!(begin(&server), 404, "nothing is published");
    assert_eq!(releases(&server)["live"], Value::Null);
    publish(&server, &json!({ "author": "Eva", "note": "the first" }));
    assert_eq!(asked(&server, "one"), "Say something.");
    let again = server.post(RELEASES, &json!({}));
    assert_eq!(again.status, 409, "the same is not published twice: {}", again.text);

    let mut first = Visitor::new(&server, "parrot", "first");
    first.hear("Say something.");
    let mut done = Visitor::new(&server, "parrot", "done");
    done.hear("Say something.");
    done.say("bye");
    done.hear("Goodbye.");
    draft(&place, &server, "a word");
    assert_eq!(asked(&server, "two"), "Say something.", "a draft is nobody's business");

    // What publishing would do, before it is done.
    let seen = server.get("/api/v1/flows/browser%2Fparrot/preview").ok();
    assert_eq!(
        (&seen["same"], &seen["totals"]["sessions"], &seen["totals"]["differ"]),
        (&false.into(), &1.into(), &1.into())
    );
    let differs = &seen["differing"][0];
    assert_eq!((&differs["session"], &differs["turn"]), (&done.id.clone().into(), &1.into()), "{seen}");
    assert!(
        differs["recorded"].to_string().contains("something") && differs["candidate"].to_string().contains("a word")
    );
    let stays = "the new version of browser/parrot does not say `migrate`";
    assert_eq!(
        seen["waiting"],
        json!([{
            "version": 1, "flow": "browser/parrot", "node": "hear", "sessions": 3, "asked_anew": false, "stays_because": stays,
        }])
    );

    // By the command line, as a developer would.
    let mut command = place.command("publish");
    command.args([
        "browser/parrot",
        "--author",
        "Tom",
        "-m",
        "shorter",
        "--server",
        &format!("http://{}", server.http),
    ]);
    let said = command.output().expect("the binary can be run");
    let said = format!("{}{}", String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(said.contains("release 2 is live") && said.contains("Tom: shorter"), "{said}");
    assert_eq!(asked(&server, "three"), "Say a word.");
    first.say("hello");
    first.hear("You said: hello");
    first.hear("Say something.");

    // What is live is on the disk.
    server.kill();
    server = place.serve();
    first.to = server.http;
    assert_eq!(asked(&server, "four"), "Say a word.");
    first.say("still there?");
    first.hear("You said: still there?");

    let back = server.post("/api/v1/flows/browser%2Fparrot/rollback", &json!({ "author": "Eva", "note": "too short" }));
    assert_eq!(back.ok()["live"], 1);
    assert_eq!(asked(&server, "five"), "Say something.");
    let nothing = server.post("/api/v1/flows/browser%2Fparrot/rollback", &json!({}));
    assert_eq!(nothing.status, 409, "{}", nothing.text);
    let forward = server.post("/api/v1/flows/browser%2Fparrot/rollback", &json!({ "to": 2 })).ok();
    assert_eq!(forward["live"], 2);
    let done: Vec<&str> = forward["log"].as_array().unwrap().iter().map(|e| e["action"].as_str().unwrap()).collect();
    assert_eq!(done, ["rolled-back", "rolled-back", "published", "published"]);
    first.leave();
    server.replayed(&first.id);

    place.edit(FLOW, |text| text.replace("next: enough", "next: nowhere"));
    eventually("the mistake to be seen", PATIENCE, || {
        (server.get("/api/v1/flows/browser%2Fparrot").ok()["stale"] == true).then_some(())
    });
    let broken = server.post(RELEASES, &json!({}));
    assert!(broken.status == 409 && broken.text.contains("has errors"), "{} {}", broken.status, broken.text);
    server.stop();
}

#[test]
fn a_canary_stays_with_its_contacts_and_goes_when_it_fails() {
    let place = place();
    let server = place.serve();
    let early = server.post(RELEASES, &json!({ "canary": { "percent": 10 } }));
    assert_eq!(early.status, 409, "{}", early.text);
    publish(&server, &json!({}));
    draft(&place, &server, "a word");
    for (body, status) in [
        (json!({ "canary": { "percent": 0 } }), 422),
        (json!({ "canary": { "percent": 100 } }), 422),
        (json!({ "at": "yesterday" }), 422),
        (json!({ "at": "2020-01-01T00:00:00Z" }), 422),
        (json!({ "when": "now" }), 422),
    ] {
        assert_eq!(server.post(RELEASES, &body).status, status, "{body}");
    }
    publish(&server, &json!({ "canary": { "percent": 50 } }));
    let of_all = |round: &str| -> Vec<String> {
        let begin = |who: u32| Visitor::of(&server, "parrot", &format!("{round}-{who}"), &format!("contact-{who}"));
        (0..40).map(|who| first_words(&begin(who))).collect()
    };
    let first = of_all("first");
    let new = first.iter().filter(|words| *words == "Say a word.").count();
    assert!((8..=32).contains(&new), "{new} of 40 for one half");
    assert_eq!(first, of_all("second"), "each contact stays on its side");
    assert_eq!(server.post("/api/v1/flows/browser%2Fparrot/promote", &json!({})).ok()["live"], 2);
    assert!(of_all("third").iter().all(|words| words == "Say a word."));

    // A canary that fails for everybody who gets it.
    redraft(&place, &server, |text| {
        text.replace("start: hear", "start: fail")
            .replace("nodes:\n", "nodes:\n  fail: { type: script, script: \"1 / 0\", next: hear }\n\n")
    });
    publish(&server, &json!({ "canary": { "percent": 99, "guard": { "percent": 20, "after": 10 } } }));
    for who in 0..14 {
        let body = json!({ "key": "parrot", "client_id": format!("guard-{who}"), "contact": { "id": format!("guard-{who}") } });
        assert_eq!(server.post("/chat/v1/conversations", &body).status, 201);
    }
    eventually("the canary to be taken back", PATIENCE, || (releases(&server)["canary"] == Value::Null).then_some(()));
    let told = releases(&server);
    assert_eq!(
        (&told["live"], &told["log"][0]["action"], &told["log"][0]["author"]),
        (&2.into(), &"guard".into(), &"guard".into())
    );
    assert!(told["log"][0]["note"].as_str().unwrap().contains("conversations failed"), "{told}");
    assert_eq!(asked(&server, "relieved"), "Say a word.");
    server.stop();
}

#[test]
fn what_is_scheduled_comes_and_people_on_it_do_not_notice() {
    let place = place();
    let server = place.serve();
    publish(&server, &json!({}));
    draft(&place, &server, "a word");
    let soon = (jiff::Timestamp::now() + Duration::from_secs(3)).to_string();
    let told = publish(&server, &json!({ "at": soon }));
    assert_eq!((told["live"].as_i64(), told["next"]["number"].as_i64()), (Some(1), Some(2)));
    assert_eq!(asked(&server, "before"), "Say something.");
    eventually("the moment", PATIENCE, || (releases(&server)["live"] == 2).then_some(()));
    assert_eq!(asked(&server, "after"), "Say a word.");
    server.stop();
}

#[test]
fn publishing_under_load_loses_nothing() {
    let place = place();
    let server = place.serve();
    publish(&server, &json!({}));
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let chats: Vec<_> = (0..8)
            .map(|line| {
                let (server, over) = (&server, &over);
                scope.spawn(move || {
                    let mut held = 0;
                    while !over.load(Ordering::Relaxed) || held < 25 {
                        let mut visitor = Visitor::new(server, "parrot", &format!("line-{line}-{held}"));
                        visitor.hear("Say ");
                        visitor.say("hello");
                        visitor.hear("You said: hello");
                        visitor.say("bye");
                        visitor.hear("Goodbye.");
                        server.replayed(&visitor.id);
                        held += 1;
                    }
                    held
                })
            })
            .collect();
        for round in 0..6 {
            draft(&place, &server, &format!("word {round}"));
            publish(&server, &json!({}));
            let back = server.post("/api/v1/flows/browser%2Fparrot/rollback", &json!({}));
            assert_eq!(back.status, 200, "{}", back.text);
            let forward = server.post("/api/v1/flows/browser%2Fparrot/rollback", &json!({ "to": round + 2 }));
            assert_eq!(forward.status, 200, "{}", forward.text);
        }
        over.store(true, Ordering::Relaxed);
        let held: usize = chats.into_iter().map(|chat| chat.join().expect("nobody was cut off")).sum();
        assert!(held >= 200, "{held} conversations");
    });
    // Every conversation ran on one of the releases, whole.
    let told = releases(&server);
    let hashes: Vec<&Value> = told["releases"].as_array().unwrap().iter().map(|release| &release["hash"]).collect();
    let page = server.get("/api/v1/sessions?flow=browser/parrot&limit=200").ok();
    for session in page["sessions"].as_array().unwrap() {
        let journal = server.get(&format!("/api/v1/sessions/{}/journal", session["id"].as_str().unwrap())).ok();
        assert!(hashes.contains(&&journal["program"]), "{session}");
    }
    server.stop();
}
