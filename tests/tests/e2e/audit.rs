//! The audit log: each route that changes something leaves exactly one line, what is refused leaves none, and no line has what is secret.

use super::contract::operations;
use super::people::Browser;
use super::tenants::ask;
use offhook_tests::http::exchange;
use offhook_tests::server::{Place, Server};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const TOKEN: &str = "token-of-the-operator";

/// Routes that leave no line, and why.
const SILENT: [(&str, &str, &str); 11] = [
    ("POST", "/api/v1/check", "nothing changes"),
    ("POST", "/api/v1/talk", "nothing changes"),
    ("POST", "/api/v1/texts/export", "nothing changes"),
    ("POST", "/api/v1/texts/import", "nothing changes"),
    ("POST", "/api/v1/sessions/{id}/replay", "nothing changes"),
    ("POST", "/api/v1/sessions/{id}/against", "nothing changes"),
    ("POST", "/api/v1/sessions/{id}/talk", "nothing changes"),
    ("POST", "/api/v1/events", "it begins conversations, which have journals"),
    ("POST", "/api/v1/flows/{id}/comments", "a comment bears its author's name and its moment"),
    ("PUT", "/api/v1/flows/{id}/comments/{number}/resolution", "a thread says who resolved it, and when"),
    ("POST", "/hooks/v1/{name}", "it begins conversations, which have journals"),
];

fn document(hello: &str) -> String {
    format!("offhook: 1\nid: mine/new\nkind: chatbot\nstart: hello\nnodes:\n  hello: {{ type: end, text: {hello} }}\n")
}

fn place() -> Place {
    let mut place = Place::new();
    place.set("OFFHOOK_SERVER__SIGN_IN", "password");
    place.set("OFFHOOK_SERVER__API_TOKEN", TOKEN);
    place.set("OFFHOOK_FLOWS__LIVE", "releases");
    place.set("OFFHOOK_VAULT__KEY", &"0123456789abcdef".repeat(4));
    place
}

fn lines(server: &Server, query: &str) -> Vec<Value> {
    let page = ask(server, "GET", &format!("/api/v1/audit?limit=200&{query}"), Some(TOKEN), &Value::Null).ok();
    page["lines"].as_array().expect("a page has lines").clone()
}

fn last(server: &Server) -> i64 {
    lines(server, "").first().map_or(0, |line| line["number"].as_i64().expect("a line has a number"))
}

/// What has been asked, and what was told of it.
#[derive(Default)]
struct Walk {
    known: BTreeSet<(String, String)>,
}

impl Walk {
    /// That what was just asked has left one line more, of this word, about this.
    #[track_caller]
    fn told(&mut self, server: &Server, before: i64, route: (&str, &str), what: &str, on: &str) {
        let newest = &lines(server, "")[0];
        assert_eq!(newest["number"], before + 1, "{route:?} leaves one line: {newest}");
        assert_eq!((&newest["what"], &newest["on"]), (&json!(what), &json!(on)), "{route:?}");
        assert!(newest["address"] == "127.0.0.1", "{newest}");
        self.known.insert((route.0.to_owned(), route.1.to_owned()));
    }
}

#[test]
fn each_change_leaves_exactly_one_line() {
    let place = place();
    let server = place.serve();
    let rita = Browser::new_person(&server, TOKEN, "rita", "reviewer");
    let mut walk = Walk::default();
    // One after the other, since each needs what those before have made.
    let change = |file: &str| json!({ "files": [{ "part": "flow", "text": document(file), "if_match": "*" }] });
    let new = json!({ "flow": "mine/new", "files": [{ "part": "flow", "text": document("One.") }] });
    let (flow, rest) = ("/api/v1/flows/{id}", "mine/new");
    let in_flow = |end: &str| format!("{flow}{end}");
    let person = json!({ "login": "paul", "role": "viewer" });
    let entry = json!({ "chat": "audited", "flows": [{ "flow": "mine/new" }] });
    let key = json!({ "name": "build server", "scopes": ["read"] });
    let steps: Vec<(&str, String, Value, &str, &str)> = vec![
        ("POST", "/api/v1/flows".to_owned(), new, "document-written", rest),
        ("PUT", in_flow("/files/{part}"), json!("nodes: {}\n"), "document-written", rest),
        ("DELETE", in_flow("/files/{part}"), Value::Null, "document-removed", rest),
        ("POST", in_flow("/releases"), json!({}), "published", rest),
        ("PUT", in_flow("/files"), change("Two."), "document-written", rest),
        ("POST", in_flow("/review"), json!({ "note": "look" }), "review-asked", rest),
        ("POST", in_flow("/review/{number}"), json!({ "verdict": "approved" }), "review-decided", rest),
        ("POST", in_flow("/releases"), json!({ "canary": { "percent": 5 } }), "published", rest),
        ("POST", in_flow("/promote"), json!({}), "promoted", rest),
        ("POST", in_flow("/rollback"), json!({ "to": 1 }), "rolled-back", rest),
        ("POST", in_flow("/shadow"), json!({}), "shadow-begun", rest),
        ("POST", in_flow("/shadow/stop"), json!({}), "shadow-ended", rest),
        ("DELETE", in_flow("/comments/{number}"), Value::Null, "comment-removed", "mine/new 1"),
        ("PUT", "/api/v1/assets/{path}".to_owned(), json!("name\nann\n"), "asset-written", "tables/more.csv"),
        ("DELETE", "/api/v1/assets/{path}".to_owned(), Value::Null, "asset-removed", "tables/more.csv"),
        ("POST", "/api/v1/keys".to_owned(), key, "key-made", "{id}"),
        ("DELETE", "/api/v1/keys/{id}".to_owned(), Value::Null, "key-removed", "{id}"),
        ("POST", "/api/v1/entries".to_owned(), entry.clone(), "entry-made", "chat audited"),
        ("PUT", "/api/v1/entries/{id}".to_owned(), entry, "entry-changed", "chat audited"),
        ("DELETE", "/api/v1/entries/{id}".to_owned(), Value::Null, "entry-removed", "chat audited"),
        ("POST", "/api/v1/people".to_owned(), person, "person-added", "paul"),
        ("PUT", "/api/v1/people/{login}".to_owned(), json!({ "role": "qa" }), "person-changed", "paul"),
        ("POST", "/api/v1/people/{login}/password".to_owned(), Value::Null, "password-reset", "paul"),
        ("DELETE", "/api/v1/people/{login}".to_owned(), Value::Null, "person-removed", "paul"),
        ("PUT", "/api/v1/secrets/{name}".to_owned(), json!({ "value": "hush-hush" }), "secret-set", "MY_KEY"),
        ("POST", "/api/v1/secret-keys".to_owned(), Value::Null, "secrets-sealed", ""),
        ("DELETE", "/api/v1/secrets/{name}".to_owned(), Value::Null, "secret-removed", "MY_KEY"),
        ("DELETE", in_flow("/files"), Value::Null, "document-removed", rest),
    ];
    let (mut made_key, mut made_entry) = (String::new(), String::new());
    let mut secrets = vec!["hush-hush".to_owned(), "another long sentence".to_owned()];
    for (method, route, body, what, on) in &steps {
        if route.ends_with("/comments/{number}") {
            let before = last(&server);
            let said = json!({ "text": "To be taken back." });
            assert_eq!(ask(&server, "POST", "/api/v1/flows/mine%2Fnew/comments", Some(TOKEN), &said).status, 201);
            assert_eq!(last(&server), before, "a comment speaks for itself");
        }
        let id = match route.as_str() {
            route if route.contains("/keys/") => made_key.as_str(),
            route if route.contains("/entries/") => made_entry.as_str(),
            _ => "mine%2Fnew",
        };
        let path = route.replace("{id}", id).replace("{part}", "layout").replace("{number}", "1");
        let path = path.replace("{path}", "tables%2Fmore.csv").replace("{login}", "paul").replace("{name}", "MY_KEY");
        let on = on.replace("{id}", &made_key);
        let before = last(&server);
        let answer = if route.contains("/review/") {
            rita.ask(&server, method, &path, body)
        } else if let Some(text) = body.as_str() {
            let token = format!("Bearer {TOKEN}");
            let headers = [
                ("authorization", token.as_str()),
                ("if-none-match", "*"),
                ("content-type", "application/octet-stream"),
            ];
            exchange(server.http, method, &path, &headers, text).expect("the server answers")
        } else {
            ask(&server, method, &path, Some(TOKEN), body)
        };
        assert!((200..300).contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.text);
        for name in ["key", "password"] {
            secrets.extend(answer.json()[name].as_str().map(str::to_owned));
        }
        if *what == "entry-made" {
            made_entry = answer.json()["id"].as_str().expect("an entry has an id").to_owned();
        }
        if *what == "key-made" {
            made_key = answer.json()["id"].as_str().expect("a key has an id").to_owned();
            walk.told(&server, before, (method, route), what, &made_key);
        } else {
            walk.told(&server, before, (method, route), what, &on);
        }
        // The same again, of what is gone by now, changes nothing.
        if *method == "DELETE" && !route.ends_with("{part}") {
            let before = last(&server);
            assert!(ask(&server, method, &path, Some(TOKEN), body).status >= 400);
            assert_eq!(last(&server), before, "{method} {path}");
        }
    }
    // Who signs in, and out, and chooses.
    let session = "/auth/v1/session";
    let before = last(&server);
    let mut again = Browser::sign_in(&server, "rita", "another long sentence");
    walk.told(&server, before, ("POST", session), "signed-in", "rita");
    again.choose(&server, "another long sentence", "quite another sentence");
    walk.told(&server, before + 1, ("PUT", "/auth/v1/session/password"), "password-chosen", "rita");
    assert_eq!(again.ask(&server, "DELETE", session, &Value::Null).status, 204);
    walk.told(&server, before + 2, ("DELETE", session), "signed-out", "rita");
    for (login, told) in [("rita", "rita"), ("a password in the wrong field", "")] {
        let wrong = json!({ "login": login, "password": "no such password" });
        assert_eq!(again.ask(&server, "POST", session, &wrong).status, 401);
        let newest = &lines(&server, "")[0];
        assert_eq!((&newest["what"], &newest["on"]), (&json!("sign-in-failed"), &json!(told)), "{newest}");
    }

    // Every route that could change something is walked, or has a reason.
    let silent: BTreeSet<(String, String)> =
        SILENT.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
    let writes = operations(&server).into_iter().filter(|operation| operation.method != "GET");
    let all: BTreeSet<(String, String)> = writes
        .filter(|operation| !operation.path.starts_with("/chat/"))
        .map(|operation| (operation.method, operation.path))
        .collect();
    let known: BTreeSet<(String, String)> = walk.known.union(&silent).cloned().collect();
    assert_eq!(
        all, known,
        "a route that writes leaves a line in the audit log (server/src/web/audit.rs), or says here why not"
    );

    let told = ask(&server, "GET", "/api/v1/audit?limit=200", Some(TOKEN), &Value::Null).text;
    for secret in
        secrets.iter().map(String::as_str).chain(["quite another sentence", "wrong field", "no such password", TOKEN])
    {
        assert!(!told.contains(secret), "{secret} is told");
    }
    server.stop();
}

#[test]
fn the_log_is_read_by_those_who_may_page_by_page() {
    let place = place();
    let server = place.serve();
    let rita = Browser::new_person(&server, TOKEN, "rita", "reviewer");
    let ada = Browser::new_person(&server, TOKEN, "ada", "admin");
    assert_eq!(rita.ask(&server, "GET", "/api/v1/audit", &Value::Null).status, 403);
    let none = ask(&server, "GET", "/api/v1/audit", None, &Value::Null);
    assert_eq!(none.status, 401);
    for number in 0..5 {
        let set = ada.ask(&server, "PUT", &format!("/api/v1/secrets/KEY_{number}"), &json!({ "value": "x" }));
        assert_eq!(set.status, 201, "{}", set.text);
    }
    // What is refused leaves nothing.
    let before = last(&server);
    assert_eq!(ada.ask(&server, "PUT", "/api/v1/secrets/KEY_9", &json!({ "value": "" })).status, 422);
    assert_eq!(rita.ask(&server, "PUT", "/api/v1/secrets/KEY_9", &json!({ "value": "x" })).status, 403);
    assert_eq!(last(&server), before);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/audit?who=ada&what=secret-set&limit=2{cursor}");
        let page = ada.ask(&server, "GET", &path, &Value::Null).ok();
        let page_lines = page["lines"].as_array().expect("a page has lines");
        assert!(page_lines.len() <= 2);
        seen.extend(page_lines.iter().map(|line| line["on"].as_str().unwrap_or_default().to_owned()));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["KEY_4", "KEY_3", "KEY_2", "KEY_1", "KEY_0"]);
    assert!(lines(&server, "who=nobody").is_empty());
    assert_eq!(lines(&server, "who=token&what=person-added").len(), 2);
    let at = lines(&server, "what=secret-set")[0]["at"].as_str().expect("a moment").to_owned();
    assert!(lines(&server, &format!("to={at}&what=secret-set")).len() < 5, "before the last of them");
    assert!(!lines(&server, &format!("from={at}")).is_empty());
    for (query, status) in [("from=yesterday", 422), ("cursor=x", 400), ("limit=x", 400)] {
        assert_eq!(ada.ask(&server, "GET", &format!("/api/v1/audit?{query}"), &Value::Null).status, status, "{query}");
    }
    server.stop();
}
