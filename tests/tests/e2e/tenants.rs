//! Several tenants on one server: each is served, and none sees anything of another.

use super::contract::{filled, operations};
use offhook_tests::chat::Visitor;
use offhook_tests::http::{Answer, exchange};
use offhook_tests::server::{Place, Server};
use serde_json::{Value, json};

/// The token of the first tenant.
pub const OURS: &str = "token-of-the-operator";
/// That of the other.
pub const THEIRS: &str = "token-of-acme-company";

/// Only acme's flow and secrets say this.
const MARK: &str = "acme-only";

const FLOW: &str = "offhook: 1\nid: delivery/status\ntitle: acme-only\nkind: chatbot\nstart: ask\nnodes:\n  ask: { type: listen, save: said, next: bye }\n  bye: { type: end, text: acme-only goodbye }\n";

fn place() -> Place {
    let mut place = Place::new();
    let folder = place.path().join("acme");
    std::fs::create_dir_all(folder.join("delivery")).expect("a folder can be made");
    let flow = FLOW.replace("nodes:\n", "vars:\n  said: \"\"\nnodes:\n");
    std::fs::write(folder.join("delivery/status.yaml"), flow).expect("it can be written");
    std::fs::create_dir_all(folder.join("tables")).expect("a folder can be made");
    std::fs::write(folder.join("tables/acme.csv"), "name\nacme-only\n").expect("it can be written");
    place.edit("offhook.toml", |text| {
        format!(
            "{text}\n[tenants.acme]\nfolder = {:?}\napi_token = \"env:ACME_TOKEN\"\n[[tenants.acme.entry]]\nchat = \"acme\"\nflow = \"delivery/status\"\n",
            folder.display().to_string()
        )
    });
    place.set("ACME_TOKEN", THEIRS);
    place.set("OFFHOOK_SERVER__API_TOKEN", OURS);
    place.set("OFFHOOK_VAULT__KEY", &"0123456789abcdef".repeat(4));
    place
}

/// A request by whoever has this token.
pub fn ask(server: &Server, method: &str, path: &str, token: Option<&str>, body: &Value) -> Answer {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let mut headers = vec![("content-type", "application/json"), ("if-match", "*")];
    headers.extend(bearer.iter().map(|bearer| ("authorization", bearer.as_str())));
    let body = if body.is_null() { String::new() } else { body.to_string() };
    exchange(server.http, method, path, &headers, &body).expect("the server answers")
}

/// A key with these scopes: its id, and the key itself.
pub fn key(server: &Server, token: &str, scopes: &Value) -> (String, String) {
    let made = ask(server, "POST", "/api/v1/keys", Some(token), &json!({ "name": "test", "scopes": scopes })).ok();
    let text = |name: &str| made[name].as_str().expect("a key has it").to_owned();
    (text("id"), text("key"))
}

#[test]
fn nobody_gets_anything_of_another_tenant() {
    let place = place();
    let mut server = place.serve();
    // Both have a flow of this id, and each is served its own.
    let mut visitor = Visitor::new(&server, "acme", "anna");
    visitor.say("hello");
    visitor.hear("acme-only goodbye");
    let mut other = Visitor::new(&server, "delivery", "anna");
    other.hear("What is your order number?");
    assert_eq!(ask(&server, "PUT", "/api/v1/secrets/ACME_SECRET", Some(THEIRS), &json!({ "value": MARK })).status, 201);
    let all = json!(["read", "sessions", "edit", "publish", "secrets", "keys"]);
    let (our_key_id, our_key) = key(&server, OURS, &all);
    let (their_key_id, their_key) = key(&server, THEIRS, &all);
    let sessions = ask(&server, "GET", "/api/v1/sessions", Some(&their_key), &Value::Null).ok();
    assert_eq!(sessions["sessions"].as_array().map(Vec::len), Some(1), "{sessions}");
    let session = sessions["sessions"][0]["id"].as_str().expect("it has an id").to_owned();
    let before = ask(&server, "GET", "/api/v1/files", Some(THEIRS), &Value::Null).ok();

    let value = |path: &str, name: &str| match name {
        "id" if path.contains("/sessions/") || path.contains("/conversations/") => session.clone(),
        "id" if path.contains("/keys/") => their_key_id.clone(),
        // Ours has none of this id; theirs has, below another one.
        "id" => "delivery%2Fstatus".to_owned(),
        "name" => "ACME_SECRET".to_owned(),
        "part" => "flow".to_owned(),
        "path" => "tables%2Facme.csv".to_owned(),
        "picture" => "graph.svg".to_owned(),
        _ => "OH0301".to_owned(),
    };
    let file = json!({ "files": [{ "part": "layout", "text": "nodes: {}\n", "if_match": "*" }] });
    let mut walked = 0;
    for operation in operations(&server).into_iter().filter(|operation| !operation.path.starts_with("/hooks/")) {
        let path = filled(&operation.path, |name| value(&operation.path, name));
        let is_admin = path.starts_with("/api/v1");
        for token in [None, Some("token-of-nobody-here"), Some("ohk_1_2"), Some(OURS), Some(&*our_key)] {
            let body = match path.rsplit('/').next() {
                Some("messages") => json!({ "client_id": "x", "text": "hello" }),
                Some("typing") => json!({ "on": true }),
                _ => file.clone(),
            };
            let answer = ask(&server, &operation.method, &path, token, &body);
            let told = format!("{} {path} {token:?}: {} {}", operation.method, answer.status, answer.text);
            assert!(answer.status < 500, "{told}");
            assert!(!answer.text.contains(MARK), "{told}");
            let is_ours = token == Some(OURS) || token == Some(&*our_key);
            if is_admin && !is_ours {
                assert_eq!(answer.status, 401, "{told}");
            }
            // What is named by an id of theirs is not there for us.
            if operation.path.contains("/sessions/{id}")
                || operation.path.contains("/secrets/")
                || operation.path.contains("/keys/")
            {
                assert!(matches!(answer.status, 401 | 404 | 422), "{told}");
            }
            if operation.path.contains("/conversations/{id}") {
                assert!(matches!(answer.status, 400 | 401 | 403 | 404), "{told}");
            }
            if !path.contains(&session) {
                assert!(!answer.text.contains(&session), "{told}");
            }
            if !path.contains("ACME_SECRET") {
                assert!(!answer.text.contains("ACME_SECRET"), "{told}");
            }
            walked += 1;
        }
    }
    assert!(walked > 150, "{walked}");
    let after = ask(&server, "GET", "/api/v1/files", Some(&their_key), &Value::Null).ok();
    assert_eq!(before, after, "nothing of theirs has changed");
    let table = ask(&server, "GET", "/api/v1/assets/tables%2Facme.csv", Some(&their_key), &Value::Null);
    assert_eq!((table.status, table.text.contains(MARK)), (200, true), "{}", table.text);
    let listed = ask(&server, "GET", "/api/v1/secrets", Some(&their_key), &Value::Null).ok();
    assert_eq!(listed["secrets"][0]["name"], "ACME_SECRET");
    let ours = ask(&server, "GET", "/api/v1/sessions", Some(&our_key), &Value::Null);
    assert!(ours.status == 401 || !ours.text.contains(&session), "our own key may have been removed by the walk");
    assert!(!our_key_id.is_empty());

    // A conversation of one tenant goes on with him after a crash.
    let mut late = Visitor::new(&server, "acme", "late");
    server.kill();
    server = place.serve();
    late.to = server.http;
    late.say("still there?");
    late.hear("acme-only goodbye");
    server.stop();
}

#[test]
fn a_key_may_do_what_its_scopes_say() {
    let place = place();
    let server = place.serve();
    let (id, reads) = key(&server, THEIRS, &json!(["read"]));
    let files = "/api/v1/flows/delivery%2Fstatus/files";
    let body = json!({ "files": [{ "part": "layout", "text": "nodes: {}\n", "if_none_match": "*" }] });
    let layout = |token: &str| {
        let headers = [("authorization", token), ("content-type", "application/json")];
        exchange(server.http, "PUT", files, &headers, &body.to_string()).expect("the server answers").status
    };
    assert!(ask(&server, "GET", files, Some(&reads), &Value::Null).text.contains(MARK));
    for (method, path) in [("GET", "/api/v1/sessions"), ("GET", "/api/v1/secrets"), ("GET", "/api/v1/keys")] {
        assert_eq!(ask(&server, method, path, Some(&reads), &Value::Null).status, 403, "{path}");
    }
    assert_eq!(layout(&format!("Bearer {reads}")), 403);
    let (_, edits) = key(&server, THEIRS, &json!(["edit"]));
    assert_eq!(layout(&format!("Bearer {edits}")), 200);
    assert_eq!(ask(&server, "GET", files, Some(&edits), &Value::Null).status, 403, "reading is a scope of its own");
    let listed = ask(&server, "GET", "/api/v1/keys", Some(THEIRS), &Value::Null);
    assert!(listed.text.contains(&id) && !listed.text.contains(&reads), "{}", listed.text);
    // A key that is changed in one place opens nothing, and neither does one that was removed.
    let mut changed = reads.clone();
    let last = if changed.pop() == Some('0') { '1' } else { '0' };
    changed.push(last);
    assert_eq!(ask(&server, "GET", files, Some(&changed), &Value::Null).status, 401);
    assert_eq!(ask(&server, "DELETE", &format!("/api/v1/keys/{id}"), Some(THEIRS), &Value::Null).status, 204);
    assert_eq!(ask(&server, "GET", files, Some(&reads), &Value::Null).status, 401);
    // What is of the whole server is the operator's.
    for (token, status) in [(OURS, 200), (THEIRS, 403), (&*edits, 403)] {
        assert_eq!(ask(&server, "GET", "/metrics", Some(token), &Value::Null).status, status, "{token}");
    }
    server.stop();
    for name in std::fs::read_dir(place.data()).expect("it is there").flatten().map(|entry| entry.path()) {
        if name.is_file() {
            let bytes = std::fs::read(&name).expect("it can be read");
            let secret = edits.rsplit('_').next().expect("a key has a secret part").as_bytes();
            assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{}", name.display());
        }
    }
    assert!(!place.log().contains(&edits));
}
