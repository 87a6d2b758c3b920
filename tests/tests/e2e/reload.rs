//! Flows that change while they are served.

use offhook_tests::chat::Visitor;
use offhook_tests::eventually;
use offhook_tests::server::{Place, Server};
use serde_json::Value;
use std::time::Duration;

const FLOW: &str = "delivery/status.yaml";

fn flow(server: &Server) -> Value {
    server.get("/api/v1/flows/delivery%2Fstatus").ok()
}

fn until(what: &str, server: &Server, mut is_so: impl FnMut(&Value) -> bool) -> Value {
    eventually(what, Duration::from_secs(30), || Some(flow(server)).filter(&mut is_so))
}

#[test]
fn a_changed_flow_is_served_and_a_broken_one_is_not() {
    let place = Place::new();
    let server = place.serve();
    let first = flow(&server);
    assert_eq!(first["stale"], false, "{first}");
    let mut before = Visitor::new(&server, "delivery", "before");
    before.hear("What is your order number?");

    place.edit(FLOW, |text| text.replace("What is your order number?", "Which order is it about?"));
    let second = until("the new version", &server, |flow| flow["hash"] != first["hash"]);
    assert!(second["version"].as_u64() > first["version"].as_u64(), "{second}");
    Visitor::new(&server, "delivery", "after").hear("Which order is it about?");

    place.edit(FLOW, |text| text.replace("next: is-it-known", "next: nowhere"));
    let broken = until("the broken file to be noticed", &server, |flow| flow["stale"] == true);
    assert_eq!(broken["hash"], second["hash"], "the last good version serves");
    Visitor::new(&server, "delivery", "meanwhile").hear("Which order is it about?");

    place.edit(FLOW, |text| text.replace("next: nowhere", "next: is-it-known"));
    until("the file to be well again", &server, |flow| flow["stale"] == false);

    // Who began on the first version stays on it.
    before.say("48");
    before.hear("exactly six digits");
    before.say("482914");
    before.hear("J. Doe");
    server.replayed(&before.id);
    server.stop();
}
