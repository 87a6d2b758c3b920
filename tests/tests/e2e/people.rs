//! People who sign in: the first admin, roles, passwords, and what a browser of another site cannot do.

use offhook_tests::http::{Answer, exchange};
use offhook_tests::server::{Place, Server};
use serde_json::{Value, json};

const TOKEN: &str = "token-of-the-operator";

/// A browser: its cookie, and the token that its page knows.
#[derive(Default)]
pub struct Browser {
    cookie: String,
    csrf: String,
}

impl Browser {
    pub fn ask(&self, server: &Server, method: &str, path: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json"), ("cookie", &*self.cookie), ("x-csrf-token", &*self.csrf)];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        exchange(server.http, method, path, &headers, &body).expect("the server answers")
    }

    /// Somebody new, whom the operator adds, with a password of their own.
    pub fn new_person(server: &Server, token: &str, login: &str, role: &str) -> Browser {
        let made = super::tenants::ask(
            server,
            "POST",
            "/api/v1/people",
            Some(token),
            &json!({ "login": login, "role": role }),
        );
        let given = made.ok()["password"].as_str().expect("it is told once").to_owned();
        let mut browser = Browser::sign_in(server, login, &given);
        browser.choose(server, &given, "another long sentence");
        browser
    }

    /// Takes what an answer about the session says.
    fn take(&mut self, answer: &Answer) -> Value {
        let said = answer.ok();
        let cookie = answer.cookie.as_deref().expect("a cookie is set");
        for word in ["path=/", "httponly", "samesite=strict"] {
            assert!(cookie.contains(word), "{cookie}");
        }
        self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        self.csrf = said["csrf"].as_str().expect("it says the token").to_owned();
        said
    }

    pub fn sign_in(server: &Server, login: &str, password: &str) -> Browser {
        let mut browser = Browser::default();
        let answer = browser.ask(server, "POST", "/auth/v1/session", &json!({ "login": login, "password": password }));
        browser.take(&answer);
        browser
    }

    pub fn choose(&mut self, server: &Server, old: &str, new: &str) {
        let answer = self.ask(server, "PUT", "/auth/v1/session/password", &json!({ "old": old, "new": new }));
        self.take(&answer);
    }
}

fn first_password(server: &Server) -> Option<String> {
    let line = server.said.iter().find_map(|line| line.strip_prefix("first sign in as admin with the password "))?;
    Some(line.split(',').next().unwrap_or_default().to_owned())
}

#[test]
fn a_tenant_begins_with_an_admin_who_invites_the_others() {
    let mut place = Place::new();
    place.set("OFFHOOK_SERVER__SIGN_IN", "password");
    let server = place.serve();
    let nobody = Browser::default();
    for path in ["/api/v1/flows", "/metrics"] {
        assert_eq!(nobody.ask(&server, "GET", path, &Value::Null).status, 401, "{path}");
    }
    let session = nobody.ask(&server, "GET", "/auth/v1/session", &Value::Null).ok();
    assert_eq!(session, json!({ "person": null, "scopes": [], "csrf": "", "by_password": true }));
    // What was printed and not read is worth nothing after the next start, which prints another.
    let unread = first_password(&server).expect("it is printed");
    server.stop();
    let server = place.serve();
    let given = first_password(&server).expect("it is printed again");
    let wrong = nobody.ask(&server, "POST", "/auth/v1/session", &json!({ "login": "admin", "password": unread }));
    assert_eq!((wrong.status, wrong.cookie), (401, None));
    assert!(!place.log().contains(&given), "no log has it");

    // The given password opens one thing: choosing another.
    let mut admin = Browser::sign_in(&server, "Admin ", &given);
    let refused = admin.ask(&server, "GET", "/api/v1/flows", &Value::Null);
    assert_eq!(refused.status, 403, "{}", refused.text);
    for new in ["short", &*given] {
        let answer = admin.ask(&server, "PUT", "/auth/v1/session/password", &json!({ "old": given, "new": new }));
        assert_eq!(answer.status, 422, "{}", answer.text);
    }
    let before = admin.cookie.clone();
    admin.choose(&server, &given, "a long sentence of mine");
    assert_ne!(admin.cookie, before, "another password is another session");
    let old = Browser { cookie: before, csrf: admin.csrf.clone() };
    assert_eq!(old.ask(&server, "GET", "/api/v1/flows", &Value::Null).status, 401);
    assert!(admin.ask(&server, "GET", "/api/v1/flows", &Value::Null).ok()["flows"].is_array());

    // A page of another site has the cookie sent along at most; it does not know the token.
    let flow = json!({ "flow": "mine/new", "files": [{ "part": "flow", "text": "offhook: 1\nid: mine/new\nkind: chatbot\nstart: bye\nnodes:\n  bye: { type: end }\n" }] });
    let stranger = Browser { cookie: admin.cookie.clone(), csrf: "0".repeat(32) };
    assert_eq!(stranger.ask(&server, "POST", "/api/v1/flows", &flow).status, 403);
    assert_eq!(stranger.ask(&server, "DELETE", "/auth/v1/session", &Value::Null).status, 403);
    assert_eq!(admin.ask(&server, "POST", "/api/v1/flows", &flow).status, 201);

    // Roles.
    let invite = |login: &str, role: &str| {
        let made = admin.ask(&server, "POST", "/api/v1/people", &json!({ "login": login, "name": "", "role": role }));
        let given = made.ok()["password"].as_str().expect("it is told once").to_owned();
        let mut browser = Browser::sign_in(&server, login, &given);
        browser.choose(&server, &given, "another long sentence");
        browser
    };
    let (viewer, author) = (invite("vera@example.com", "viewer"), invite("arthur", "author"));
    let text = json!({ "files": [{ "part": "layout", "text": "nodes: {}\n", "if_none_match": "*" }] });
    for (browser, method, path, body, status) in [
        (&viewer, "GET", "/api/v1/flows", &Value::Null, 200),
        (&viewer, "PUT", "/api/v1/flows/mine%2Fnew/files", &text, 403),
        (&viewer, "GET", "/api/v1/sessions", &Value::Null, 403),
        (&viewer, "GET", "/api/v1/people", &Value::Null, 403),
        (&author, "PUT", "/api/v1/flows/mine%2Fnew/files", &text, 200),
        (&author, "POST", "/api/v1/flows/mine%2Fnew/releases", &json!({}), 403),
        (&author, "POST", "/api/v1/people", &json!({ "login": "x", "role": "admin" }), 403),
    ] {
        let answer = browser.ask(&server, method, path, body);
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
    }
    let people = admin.ask(&server, "GET", "/api/v1/people", &Value::Null);
    assert!(!people.text.contains("argon2"), "{}", people.text);
    let logins: Vec<Value> =
        people.ok()["people"].as_array().expect("a list").iter().map(|one| one["login"].clone()).collect();
    assert_eq!(logins, ["admin", "arthur", "vera@example.com"]);

    // Who is changed or removed is signed out at once; the last admin stays.
    let change = |login: &str, role: &str| {
        admin.ask(&server, "PUT", &format!("/api/v1/people/{login}"), &json!({ "role": role }))
    };
    assert_eq!(change("arthur", "viewer").status, 200);
    assert_eq!(author.ask(&server, "GET", "/api/v1/flows", &Value::Null).status, 401);
    assert_eq!(admin.ask(&server, "DELETE", "/api/v1/people/vera@example.com", &Value::Null).status, 204);
    assert_eq!(viewer.ask(&server, "GET", "/api/v1/flows", &Value::Null).status, 401);
    assert_eq!(change("admin", "viewer").status, 409);
    assert_eq!(admin.ask(&server, "DELETE", "/api/v1/people/admin", &Value::Null).status, 409);
    assert_eq!(admin.ask(&server, "POST", "/api/v1/people", &json!({ "login": "arthur", "role": "qa" })).status, 409);

    // Signing in lasts over a restart, and ends when it is ended.
    server.stop();
    let server = place.serve();
    assert_eq!(first_password(&server), None, "somebody has chosen a password");
    assert_eq!(admin.ask(&server, "GET", "/auth/v1/session", &Value::Null).ok()["person"]["login"], "admin");
    assert_eq!(admin.ask(&server, "DELETE", "/auth/v1/session", &Value::Null).status, 204);
    assert_eq!(admin.ask(&server, "GET", "/api/v1/flows", &Value::Null).status, 401);
    for _ in 0..5 {
        let guess = json!({ "login": "admin", "password": "guess guess guess" });
        assert_eq!(nobody.ask(&server, "POST", "/auth/v1/session", &guess).status, 401);
    }
    let late = nobody.ask(
        &server,
        "POST",
        "/auth/v1/session",
        &json!({ "login": "admin", "password": "a long sentence of mine" }),
    );
    assert_eq!(late.status, 429, "{}", late.text);
    assert!(late.retry_after_s.is_some_and(|seconds| seconds > 0));
    server.stop();
}

#[test]
fn what_somebody_publishes_bears_their_name() {
    let mut place = Place::new();
    place.set("OFFHOOK_SERVER__SIGN_IN", "password");
    place.set("OFFHOOK_SERVER__API_TOKEN", TOKEN);
    place.set("OFFHOOK_FLOWS__LIVE", "releases");
    let server = place.serve();
    let run = |words: &[&str]| {
        let mut command = place.command("people");
        command.args(words).args(["--server", &format!("http://{}", server.http), "--token", TOKEN]);
        let done = command.output().expect("the binary can be run");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    let said = run(&["add", "dora", "--role", "designer", "--name", "Dora Díaz"]);
    let given = said.lines().next().expect("the password comes first").to_owned();
    assert!(run(&["list"]).contains("dora  designer  Dora Díaz  (has not chosen a password yet)"));
    let mut dora = Browser::sign_in(&server, "dora", &given);
    dora.choose(&server, &given, "dóra's own long words");
    let body = json!({ "author": "somebody else", "note": "first" });
    let published = dora.ask(&server, "POST", "/api/v1/flows/delivery%2Fstatus/releases", &body).ok();
    assert_eq!(published["releases"][0]["author"], "Dora Díaz", "{published}");
    let again = run(&["reset", "dora"]);
    assert_ne!(again.lines().next(), Some(&*given));
    assert_eq!(dora.ask(&server, "GET", "/api/v1/flows", &Value::Null).status, 401);
    run(&["change", "dora", "--role", "qa"]);
    assert!(run(&["remove", "dora"]).contains("dora is gone"));
    server.stop();
}
