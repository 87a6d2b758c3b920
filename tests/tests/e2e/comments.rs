//! Comments on flows: who may write and take back what, and that they follow their steps through renaming.

use super::people::Browser;
use offhook_tests::http::{Answer, request};
use offhook_tests::server::{Place, Server};
use serde_json::{Value, json};

const TOKEN: &str = "token-of-the-operator";
const COMMENTS: &str = "/api/v1/flows/mine%2Fnew/comments";
const FILES: &str = "/api/v1/flows/mine%2Fnew/files";

fn document(nodes: &str) -> String {
    format!("offhook: 1\nid: mine/new\nkind: chatbot\nstart: hello\nnodes:\n{nodes}")
}

const FIRST: &str = "  hello: { type: say, text: Hello., next: bye }\n  bye: { type: end, text: Bye. }\n";

fn by_token(server: &Server, method: &str, path: &str, body: &Value) -> Answer {
    request(server.http, method, path, Some(TOKEN), Some(body)).expect("the server answers")
}

/// Saves the document, with what the writer says of its nodes.
fn save(server: &Server, nodes: &str, renamed: &Value) {
    let file = json!({ "part": "flow", "text": document(nodes), "if_match": "*" });
    by_token(server, "PUT", FILES, &json!({ "files": [file], "renamed": renamed })).ok();
}

/// Where the comments hang, with what they say.
fn told(server: &Server) -> Vec<String> {
    let list = request(server.http, "GET", COMMENTS, Some(TOKEN), None).expect("the server answers").ok();
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or("-").to_owned();
    let comments = list["comments"].as_array().expect("a list").iter();
    comments.map(|one| format!("{}{}: {}", text(one, "node"), text(one, "field"), text(one, "text"))).collect()
}

#[test]
fn people_comment_and_comments_follow_their_steps() {
    let mut place = Place::new();
    place.set("OFFHOOK_SERVER__SIGN_IN", "password");
    place.set("OFFHOOK_SERVER__API_TOKEN", TOKEN);
    let server = place.serve();
    let flow = json!({ "flow": "mine/new", "files": [{ "part": "flow", "text": document(FIRST) }] });
    assert_eq!(by_token(&server, "POST", "/api/v1/flows", &flow).status, 201);
    let person = |login: &str, role: &str| Browser::new_person(&server, TOKEN, login, role);
    let (arthur, rita, vera) = (person("arthur", "author"), person("rita", "reviewer"), person("vera", "viewer"));

    let first = json!({ "text": "Too formal? @rita", "node": "hello", "field": "/text" });
    assert_eq!(vera.ask(&server, "POST", COMMENTS, &first).status, 403, "a viewer looks");
    // Whatever name a request gives, it is that of whoever is signed in.
    let mut signed = first.clone();
    signed["author"] = json!("somebody else");
    let made = arthur.ask(&server, "POST", COMMENTS, &signed);
    assert_eq!((made.status, &made.json()["author"], &made.json()["name"]), (201, &json!("arthur"), &json!("arthur")));
    let answer = rita.ask(&server, "POST", COMMENTS, &json!({ "text": "No.", "thread": 1 })).ok();
    assert_eq!((&answer["number"], &answer["thread"], &answer["node"]), (&json!(2), &json!(1), &json!("hello")));
    rita.ask(&server, "POST", COMMENTS, &json!({ "text": "On the whole: good.\nReally." })).ok();
    for (body, status) in [
        (json!({ "text": " \n" }), 422),
        (json!({ "text": "x".repeat(4_001) }), 422),
        (json!({ "text": "a\u{0}b" }), 422),
        (json!({ "text": "x", "field": "/text" }), 422),
        (json!({ "text": "x", "node": "n".repeat(501) }), 422),
        (json!({ "text": "x", "thread": 2 }), 404),
        (json!({ "text": "x", "thread": 99 }), 404),
    ] {
        assert_eq!(arthur.ask(&server, "POST", COMMENTS, &body).status, status, "{body:.80}");
    }
    assert_eq!(arthur.ask(&server, "POST", "/api/v1/flows/no%2Fsuch/comments", &first).status, 404);

    // A thread is resolved and opened again by whoever takes part.
    let resolution = format!("{COMMENTS}/1/resolution");
    let done = rita.ask(&server, "PUT", &resolution, &json!({ "resolved": true })).ok();
    assert_eq!(done["resolved_by"], "rita", "{done}");
    assert_eq!(vera.ask(&server, "PUT", &resolution, &json!({ "resolved": false })).status, 403);
    let open = arthur.ask(&server, "PUT", &resolution, &json!({ "resolved": false })).ok();
    assert_eq!(open["resolved_by"], Value::Null, "{open}");
    let answer_resolved = rita.ask(&server, "PUT", &format!("{COMMENTS}/2/resolution"), &json!({ "resolved": true }));
    assert_eq!(answer_resolved.status, 404, "an answer is no thread");

    // Everybody takes back their own; an admin anybody's.
    let seen = vera.ask(&server, "GET", COMMENTS, &Value::Null).ok();
    assert!(seen["comments"].as_array().expect("a list").iter().all(|one| one["removable"] == false), "{seen}");
    assert_eq!(arthur.ask(&server, "DELETE", &format!("{COMMENTS}/2"), &Value::Null).status, 403);
    assert_eq!(arthur.ask(&server, "DELETE", &format!("{COMMENTS}/1"), &Value::Null).status, 204);
    assert_eq!(arthur.ask(&server, "DELETE", &format!("{COMMENTS}/1"), &Value::Null).status, 404);
    assert_eq!(told(&server), ["hello/text: ", "hello/text: No.", "--: On the whole: good.\nReally."]);

    // A step that says the same under another name, then one that is changed at the same time, then one that is gone.
    save(&server, &FIRST.replace("hello:", "greet:").replace("next: hello", "next: greet"), &json!({}));
    assert_eq!(told(&server)[1], "greet/text: No.");
    let changed = FIRST.replace("hello:", "welcome:").replace("Hello.", "A very warm welcome to everybody.");
    save(&server, &changed, &json!({ "greet": "welcome", "no-such": "bye" }));
    assert_eq!(told(&server)[1], "welcome/text: No.");
    save(&server, "  bye: { type: end, text: Quite another. }\n", &json!({ "welcome": "nowhere" }));
    assert_eq!(told(&server)[1], "welcome/text: No.", "the step is gone, and what was said of it is not");
    assert_eq!(by_token(&server, "DELETE", &format!("{COMMENTS}/2"), &Value::Null).status, 204);
    assert_eq!(told(&server), ["--: On the whole: good.\nReally."], "a thread of nothing is not told");

    // All that is left of it survives a restart.
    server.stop();
    let server = place.serve();
    assert_eq!(told(&server), ["--: On the whole: good.\nReally."]);
    server.stop();
}
