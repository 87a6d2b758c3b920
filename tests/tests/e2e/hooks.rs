//! Conversations that another system starts by an HTTP POST.

use offhook_tests::eventually;
use offhook_tests::http::{Answer, exchange};
use offhook_tests::server::{Place, Server};
use serde_json::{Value, json};
use std::time::Duration;

const FLOW: &str = "offhook: 1\nid: hooks/order\nkind: outbound\ninputs:\n  number: { type: int }\n  note: { type: string, required: false }\nvars:\n  seen: 0\nstart: keep\nnodes:\n  keep:\n    type: set\n    values: { seen: \"= inputs.number + 1\" }\n    next: bye\n  bye: { type: end }\n";

const ENTRIES: &str = "\n[[entry]]\nwebhook = \"order\"\nflow = \"hooks/order\"\ncontact = \"/customer/phone\"\ninputs = { number = \"/order/number\", note = \"/order/note\" }\n\
     \n[[entry]]\nwebhook = \"signed\"\nflow = \"hooks/order\"\nsecret = \"env:HOOK_SECRET\"\ninputs = { number = \"/number\" }\n";

fn place() -> Place {
    let mut place = Place::new();
    std::fs::create_dir_all(place.flows().join("hooks")).expect("a folder can be made");
    std::fs::write(place.flows().join("hooks/order.yaml"), FLOW).expect("it can be written");
    place.edit("offhook.toml", |text| format!("{text}{ENTRIES}"));
    place.set("HOOK_SECRET", "Jefe");
    place
}

fn send(server: &Server, name: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let headers = [headers, &[("content-type", "application/json")]].concat();
    exchange(server.http, "POST", &format!("/hooks/v1/{name}"), &headers, body).expect("the server answers")
}

fn session(server: &Server, id: &str) -> Value {
    eventually("the session to be over", Duration::from_secs(30), || {
        let session = server.get(&format!("/api/v1/sessions/{id}")).ok();
        (session["state"] == "ended").then_some(session)
    })
}

#[test]
fn a_webhook_starts_a_conversation_once() {
    let place = place();
    let mut server = place.serve();
    let body = json!({ "order": { "number": 41, "other": true }, "customer": { "phone": 15_550_100 } }).to_string();
    let key = [("idempotency-key", "order-41")];
    let first = send(&server, "order", &key, &body);
    assert_eq!((first.status, &first.json()["repeat"]), (202, &false.into()), "{}", first.text);
    let id = first.json()["session"].as_str().expect("it has an id").to_owned();
    let over = session(&server, &id);
    assert_eq!(
        (&over["contact"], &over["flow"], &over["channel"]),
        (&"15550100".into(), &"hooks/order".into(), &"messaging".into())
    );
    let started = server.journal(&id)[0]["event"].to_string();
    assert!(started.contains("\"number\":41") && !started.contains("other"), "{started}");

    // The same key is the same conversation, also after a crash; another one, or none, is another.
    server.kill();
    server = place.serve();
    let again = send(&server, "order", &key, &body);
    assert_eq!((again.status, again.json()), (200, json!({ "session": id, "repeat": true })));
    for headers in [&[("idempotency-key", "order-42")][..], &[]] {
        let other = send(&server, "order", headers, &body);
        assert!(other.status == 202 && other.json()["session"] != id.as_str(), "{}", other.text);
    }

    // What the flow does not accept starts nothing.
    let before = server.get("/api/v1/sessions?flow=hooks%2Forder").ok()["sessions"].as_array().map(Vec::len);
    for (body, status) in [
        (json!({ "order": { "number": "many" } }).to_string(), 422),
        (json!({ "order": {} }).to_string(), 422),
        (json!([1]).to_string(), 400),
        ("{".to_owned(), 400),
        (String::new(), 400),
        (format!("{{\"x\":\"{}\"}}", "x".repeat(200_000)), 413),
    ] {
        let answer = send(&server, "order", &[], &body);
        assert_eq!(answer.status, status, "{body:.40}: {}", answer.text);
    }
    assert_eq!(send(&server, "order", &[("idempotency-key", &"x".repeat(200))], &body).status, 400);
    assert_eq!(send(&server, "nobody", &[], &body).status, 404);
    let after = server.get("/api/v1/sessions?flow=hooks%2Forder").ok()["sessions"].as_array().map(Vec::len);
    assert_eq!(before, after);
    server.stop();
}

#[test]
fn a_signed_webhook_takes_signed_requests_only() {
    let place = place();
    let server = place.serve();
    let body = "{\"number\":1}";
    // HMAC-SHA256 of this body under the key `Jefe`, by openssl.
    let signature = "sha256=379f3057e80779cfc4c0008b53bed00f042d9725ed9b28b8f7a059088b3055ac";
    for headers in [&[][..], &[("x-offhook-signature", "sha256=00")], &[("x-offhook-signature", &signature[7..])]] {
        assert_eq!(send(&server, "signed", headers, body).status, 401);
    }
    assert_eq!(send(&server, "signed", &[("x-offhook-signature", signature)], "{\"number\":2}").status, 401);
    let begun = send(&server, "signed", &[("x-offhook-signature", signature)], body);
    assert_eq!(begun.status, 202, "{}", begun.text);
    session(&server, begun.json()["session"].as_str().expect("it has an id"));
    server.stop();
}
