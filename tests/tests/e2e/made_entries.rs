//! Entry points that are made while the server runs: they hold at once, stay over a restart, and take nothing from the configuration or from another
//! tenant.

use super::sipp::call;
use super::tenants::{OURS, THEIRS, ask, key};
use offhook_tests::chat::Visitor;
use offhook_tests::http::{Answer, exchange};
use offhook_tests::server::{Place, Server};
use serde_json::{Value, json};

const ENTRIES: &str = "/api/v1/entries";

fn make(server: &Server, entry: &Value) -> Answer {
    server.post(ENTRIES, entry)
}

fn at(server: &Server, method: &str, id: &str, etag: Option<&str>, body: &str) -> Answer {
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(etag.map(|etag| ("if-match", etag)));
    exchange(server.http, method, &format!("{ENTRIES}/{id}"), &headers, body).expect("the server answers")
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("it has a {name}: {value}")).to_owned()
}

fn begin(server: &Server, chat: &str) -> u16 {
    server.post("/chat/v1/conversations", &json!({ "key": chat, "client_id": "somebody" })).status
}

#[test]
fn a_number_and_a_chat_that_are_made_answer_until_they_are_removed() {
    let mut place = Place::new();
    place.set("OFFHOOK_VAULT__KEY", &"0123456789abcdef".repeat(4));
    let mut server = place.serve();
    call(&server, "7001", "refused.xml", place.path());
    let number = json!({ "number": "7001", "flows": [{ "flow": "clinic/reception" }] });
    let made = make(&server, &number);
    assert_eq!(made.status, 201, "{}", made.text);
    let etag = made.etag.clone().expect("what is made has a tag");
    let id = text(&made.json(), "id");
    assert_eq!((&made.json()["in_force"], &made.json()["silent"]), (&json!(true), &json!([])));
    call(&server, "7001", "hang-up.xml", place.path());
    server.ended_session("clinic/reception", "voice");
    let told = server.get("/api/v1/status").ok().to_string();
    assert!(told.contains("7001"), "{told}");

    assert_eq!(begin(&server, "night"), 404);
    let chat = make(&server, &json!({ "chat": "night", "flows": [{ "flow": "delivery/status" }], "locale": "en-US" }));
    assert_eq!(chat.status, 201, "{}", chat.text);
    Visitor::new(&server, "night", "anna").hear("What is your order number?");

    // A webhook is signed by a secret, which is named and never told.
    let hook = json!({ "webhook": "made", "flows": [{ "flow": "browser/parrot" }], "secret": "HOOK_KEY" });
    assert_eq!(make(&server, &hook).status, 422, "there is no such secret");
    let headers = [("content-type", "application/json")];
    let value = json!({ "value": "signed-by-this" }).to_string();
    let set = exchange(server.http, "PUT", "/api/v1/secrets/HOOK_KEY", &headers, &value).expect("it answers");
    assert_eq!(set.status, 201, "{}", set.text);
    let made_hook = make(&server, &hook);
    assert_eq!((made_hook.status, &made_hook.json()["signed"]), (201, &json!(true)), "{}", made_hook.text);
    let unsigned = exchange(server.http, "POST", "/hooks/v1/made", &headers, "{}").expect("it answers");
    assert_eq!(unsigned.status, 401, "{}", unsigned.text);
    assert!(!server.get(ENTRIES).text.contains("signed-by-this"));

    // All of it is there after a crash.
    let before = server.get(ENTRIES).ok();
    server.kill();
    server = place.serve();
    assert_eq!(server.get(ENTRIES).ok(), before);
    Visitor::new(&server, "night", "berta").hear("What is your order number?");
    call(&server, "7001", "hang-up.xml", place.path());

    // Who was not first changes nothing; who was leads it elsewhere at once.
    let moved = json!({ "number": "7002", "flows": [{ "flow": "test/speaking-clock" }] }).to_string();
    assert_eq!(at(&server, "PUT", &id, None, &moved).status, 428);
    let changed = at(&server, "PUT", &id, Some(&etag), &moved);
    assert_eq!(changed.status, 200, "{}", changed.text);
    let stale = at(&server, "PUT", &id, Some(&etag), &moved);
    assert_eq!((stale.status, &stale.etag), (412, &changed.etag), "{}", stale.text);
    assert_eq!(at(&server, "DELETE", &id, Some(&etag), "").status, 412);
    call(&server, "7001", "refused.xml", place.path());
    let etag = changed.etag.expect("what is changed has a tag");
    assert_eq!(at(&server, "DELETE", &id, Some(&etag), "").status, 204);
    assert_eq!(at(&server, "GET", &id, None, "").status, 404);
    call(&server, "7002", "refused.xml", place.path());
    let chat = chat.json();
    assert_eq!(at(&server, "DELETE", &text(&chat, "id"), Some(&text(&chat, "etag")), "").status, 204);
    assert_eq!(begin(&server, "night"), 404);
    server.stop();
}

#[test]
fn the_configuration_is_told_and_stays() {
    let place = Place::new();
    let server = place.serve();
    let listed = server.get(ENTRIES).ok();
    let all = listed["entries"].as_array().expect("a list").clone();
    let clinic = all.iter().find(|entry| entry["entry"]["number"] == "200").expect("the number of the example");
    assert_eq!((&clinic["source"], clinic.get("etag")), (&json!("configuration"), None), "{clinic}");
    for door in [json!({ "number": "200" }), json!({ "chat": "clinic" })] {
        let mut entry = door.clone();
        entry["flows"] = json!([{ "flow": "delivery/status" }]);
        let taken = make(&server, &entry);
        assert_eq!(taken.status, 409, "{}", taken.text);
        assert!(taken.text.contains("offhook.toml"), "{}", taken.text);
    }
    let id = text(clinic, "id");
    let body = json!({ "number": "299", "flows": [{ "flow": "delivery/status" }] }).to_string();
    assert_eq!(at(&server, "PUT", &id, Some("*"), &body).status, 409);
    assert_eq!(at(&server, "DELETE", &id, Some("*"), "").status, 409);
    assert_eq!(at(&server, "GET", &id, None, "").status, 200);
    // Twice is once too often, unless it is an event.
    let twice = json!({ "chat": "twice", "flows": [{ "flow": "nobody/knows" }] });
    let first = make(&server, &twice);
    assert_eq!((first.status, &first.json()["silent"][0]["why"]), (201, &json!("not-served")), "{}", first.text);
    assert_eq!(make(&server, &twice).status, 409);
    let event = json!({ "event": "order.shipped", "flows": [{ "flow": "browser/parrot", "weight": 2 }] });
    assert_eq!((make(&server, &event).status, make(&server, &event).status), (201, 201));
    for wrong in [
        json!({ "flows": [{ "flow": "a" }] }),
        json!({ "chat": "x", "number": "1", "flows": [{ "flow": "a" }] }),
        json!({ "chat": "x", "flows": [] }),
        json!({ "chat": "x", "flows": [{ "flow": "a", "weight": 0 }] }),
        json!({ "chat": "x", "flows": [{ "flow": "a" }, { "flow": "a" }] }),
        json!({ "chat": "x".repeat(300), "flows": [{ "flow": "a" }] }),
        json!({ "webhook": "No Name", "flows": [{ "flow": "a" }] }),
        json!({ "chat": "x", "flows": [{ "flow": "a" }], "secret": "KEY" }),
        json!({ "chat": "x", "flows": [{ "flow": "a" }], "surprise": 1 }),
    ] {
        assert_eq!(make(&server, &wrong).status, 422, "{wrong}");
    }
    server.stop();

    // What the operator writes into the configuration afterwards is stronger than what was made.
    place.edit("offhook.toml", |text| format!("{text}\n[[entry]]\nchat = \"twice\"\nflow = \"delivery/status\"\n"));
    let server = place.serve();
    Visitor::new(&server, "twice", "anna").hear("What is your order number?");
    let one = server.get(&format!("{ENTRIES}/{}", text(&first.json(), "id"))).ok();
    assert_eq!(one["in_force"], json!(false), "{one}");
    server.stop();
}

#[test]
fn no_tenant_takes_a_door_of_another_and_publishing_is_a_scope_of_its_own() {
    let mut place = Place::new();
    let folder = place.path().join("acme");
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    place.edit("offhook.toml", |text| {
        format!(
            "{text}\n[tenants.acme]\nfolder = {:?}\napi_token = \"env:ACME_TOKEN\"\n[[tenants.acme.entry]]\nnumber = \"+1555\"\nflow = \"a\"\n",
            folder.display().to_string()
        )
    });
    place.set("ACME_TOKEN", THEIRS);
    place.set("OFFHOOK_SERVER__API_TOKEN", OURS);
    let server = place.serve();
    let post = |token: &str, door: Value| {
        let mut entry = door;
        entry["flows"] = json!([{ "flow": "delivery/status" }]);
        ask(&server, "POST", ENTRIES, Some(token), &entry)
    };
    for number in ["15550100", "+1555", "1", "155"] {
        let answer = post(OURS, json!({ "number": number }));
        assert_eq!(answer.status, 409, "{number}: {}", answer.text);
    }
    assert_eq!(post(OURS, json!({ "number": "1666" })).status, 201);
    assert_eq!(post(THEIRS, json!({ "number": "16660" })).status, 409);
    assert_eq!(post(THEIRS, json!({ "number": "15550" })).status, 201, "within what is theirs");
    assert_eq!(post(THEIRS, json!({ "chat": "shop" })).status, 201);
    assert_eq!(post(OURS, json!({ "chat": "shop" })).status, 409);
    let ours = ask(&server, "GET", ENTRIES, Some(OURS), &Value::Null);
    assert!(!ours.text.contains("shop") && !ours.text.contains("15550"), "{}", ours.text);
    let theirs = ask(&server, "GET", ENTRIES, Some(THEIRS), &Value::Null).ok();
    let made = theirs["entries"].as_array().and_then(|all| all.last()).expect("they have some").clone();
    let path = format!("{ENTRIES}/{}", text(&made, "id"));
    assert_eq!(ask(&server, "GET", &path, Some(OURS), &Value::Null).status, 404);
    assert_eq!(ask(&server, "DELETE", &path, Some(OURS), &Value::Null).status, 404);
    let (_, edits) = key(&server, THEIRS, &json!(["read", "edit"]));
    assert_eq!(ask(&server, "DELETE", &path, Some(&edits), &Value::Null).status, 403);
    let (_, publishes) = key(&server, THEIRS, &json!(["publish"]));
    assert_eq!(ask(&server, "DELETE", &path, Some(&publishes), &Value::Null).status, 204);
    server.stop();
}
