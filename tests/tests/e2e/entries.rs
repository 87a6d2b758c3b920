//! Doors: events that start conversations, and entries that lead to several flows by weight.

use offhook_tests::http::{Answer, exchange};
use offhook_tests::server::{Place, Server};
use serde_json::{Value, json};

fn flow(id: &str, inputs: &str) -> String {
    format!(
        "offhook: 1\nid: {id}\nkind: outbound\n{inputs}vars:\n  seen: 0\nstart: keep\nnodes:\n  keep:\n    type: set\n    values: {{ seen: 1 }}\n    next: bye\n  bye: {{ type: end }}\n"
    )
}

fn place(entries: &str) -> Place {
    let place = Place::new();
    std::fs::create_dir_all(place.flows().join("doors")).expect("a folder can be made");
    let number = "inputs:\n  number: { type: int }\n";
    for (name, inputs) in [("order", number), ("ledger", ""), ("long", ""), ("short", "")] {
        let text = flow(&format!("doors/{name}"), inputs);
        std::fs::write(place.flows().join(format!("doors/{name}.yaml")), text).expect("it can be written");
    }
    place.edit("offhook.toml", |text| format!("{text}{entries}"));
    place
}

const EVENTS: &str = "\n[[entry]]\nevent = \"order.shipped\"\nflow = \"doors/order\"\ncontact = \"/subject\"\ninputs = { number = \"/data/order/number\" }\n\
     \n[[entry]]\nevent = \"order.shipped\"\nflow = \"doors/ledger\"\n";

fn tell(server: &Server, headers: &[(&str, &str)], body: &str) -> Answer {
    exchange(server.http, "POST", "/api/v1/events", headers, body).expect("the server answers")
}

fn sessions(answer: &Answer) -> Vec<(String, bool)> {
    let started = answer.json()["started"].as_array().expect("it tells what it started").clone();
    let one = |one: &Value| (one["session"].as_str().expect("it has an id").to_owned(), one["repeat"] == true);
    started.iter().map(one).collect()
}

fn session(server: &Server, id: &str) -> Value {
    server.get(&format!("/api/v1/sessions/{id}")).ok()
}

#[test]
fn an_event_starts_each_flow_that_waits_for_it_once() {
    let place = place(EVENTS);
    let mut server = place.serve();
    let event = json!({
        "specversion": "1.0", "id": "7", "source": "/shop", "type": "order.shipped", "subject": "+15550100",
        "data": { "order": { "number": 41 } }
    });
    let structured = [("content-type", "application/cloudevents+json")];
    let first = tell(&server, &structured, &event.to_string());
    assert_eq!(first.status, 202, "{}", first.text);
    let begun = sessions(&first);
    assert!(begun.len() == 2 && begun.iter().all(|(_, repeat)| !repeat), "{}", first.text);
    let (order, ledger) = (session(&server, &begun[0].0), session(&server, &begun[1].0));
    assert_eq!((&order["flow"], &order["contact"]), (&"doors/order".into(), &"+15550100".into()));
    assert_eq!((&ledger["flow"], &ledger["channel"]), (&"doors/ledger".into(), &"messaging".into()));
    assert!(server.journal(&begun[0].0)[0]["event"].to_string().contains("\"number\":41"));

    // The same event, told again after a crash in the other mode, starts nothing; the same id of another source does.
    server.kill();
    server = place.serve();
    let binary = |source: &'static str, id: &'static str| {
        [
            ("content-type", "application/json"),
            ("ce-specversion", "1.0"),
            ("ce-type", "order.shipped"),
            ("ce-source", source),
            ("ce-id", id),
        ]
    };
    let again = tell(&server, &binary("/shop", "7"), "{\"order\":{\"number\":41}}");
    let repeated: Vec<(String, bool)> = begun.iter().map(|(id, _)| (id.clone(), true)).collect();
    assert_eq!((again.status, sessions(&again)), (200, repeated), "{}", again.text);
    let other = tell(&server, &binary("/other%20shop", "7"), "{\"order\":{\"number\":1}}");
    assert!(other.status == 202 && sessions(&other).iter().all(|(_, repeat)| !repeat), "{}", other.text);

    // One flow does not begin with it; the other does.
    let half = tell(&server, &binary("/shop", "8"), "{\"order\":{\"number\":\"many\"}}");
    assert_eq!((half.status, sessions(&half).len()), (202, 1), "{}", half.text);
    assert_eq!(half.json()["refused"][0]["flow"], "doors/order");
    // Nobody waits for this one.
    let nobody = json!({ "id": "1", "source": "/shop", "type": "order.lost" });
    let nothing = tell(&server, &structured, &nobody.to_string());
    assert_eq!((nothing.status, sessions(&nothing).len()), (200, 0), "{}", nothing.text);
    for (headers, body, status) in [
        (&structured[..], "{", 400),
        (&structured, "{}", 400),
        (&[("content-type", "text/plain")], "{}", 415),
        (&structured, &format!("{{\"id\":\"{}\"}}", "x".repeat(200_000)), 413),
    ] {
        assert_eq!(tell(&server, headers, body).status, status, "{body:.40}");
    }
    server.stop();
}

#[test]
fn weights_are_kept_and_each_contact_stays() {
    let entries = "\n[[entry]]\nwebhook = \"trial\"\ncontact = \"/who\"\nflows = { \"doors/long\" = 3, \"doors/short\" = 1 }\n\
         \n[[entry]]\nevent = \"trial\"\ncontact = \"/subject\"\nflows = { \"doors/long\" = 3, \"doors/short\" = 1 }\n\
         \n[[entry]]\nchat = \"trial\"\nflows = { \"browser/parrot\" = 1, \"delivery/status\" = 1 }\n";
    let place = place(entries);
    let server = place.serve();
    let json_body = [("content-type", "application/json")];
    let flow_of = |id: &str| session(&server, id)["flow"].as_str().expect("it has a flow").to_owned();
    let by_webhook = |who: u32| {
        let body = json!({ "who": format!("contact-{who}") }).to_string();
        let begun = exchange(server.http, "POST", "/hooks/v1/trial", &json_body, &body).expect("it answers");
        assert_eq!(begun.status, 202, "{}", begun.text);
        flow_of(begun.json()["session"].as_str().expect("it has an id"))
    };
    let by_event = |round: u32, who: u32| {
        let body = json!({ "id": format!("{round}-{who}"), "source": "/test", "type": "trial", "subject": format!("contact-{who}") });
        let begun = tell(&server, &json_body, &body.to_string());
        assert_eq!(begun.status, 202, "{}", begun.text);
        flow_of(&sessions(&begun)[0].0)
    };
    let by_chat = |round: u32, who: u32| {
        let body = json!({ "key": "trial", "client_id": format!("{round}-{who}"), "contact": { "id": format!("contact-{who}") } });
        let begun = server.post("/chat/v1/conversations", &body).ok();
        (begun["conversation"].as_str().expect("it has an id").to_owned(), who)
    };
    let first: Vec<String> = (0..60).map(by_webhook).collect();
    let short = first.iter().filter(|flow| *flow == "doors/short").count();
    assert!((5..=28).contains(&short), "{short} of 60 for a quarter");
    assert_eq!(first, (0..60).map(by_webhook).collect::<Vec<_>>(), "each contact stays");
    let events: Vec<String> = (0..20).map(|who| by_event(1, who)).collect();
    assert!(events.iter().any(|flow| flow == "doors/short") && events.iter().any(|flow| flow == "doors/long"));
    assert_eq!(events, (0..20).map(|who| by_event(2, who)).collect::<Vec<_>>());
    let chats = |round: u32| -> Vec<String> { (0..12).map(|who| flow_of(&by_chat(round, who).0)).collect() };
    let once = chats(1);
    assert!(once.iter().any(|flow| flow == "browser/parrot") && once.iter().any(|flow| flow == "delivery/status"));
    assert_eq!(once, chats(2));
    // The same beginning is the same conversation.
    assert_eq!(by_chat(1, 3), by_chat(1, 3));
    server.stop();
}
