//! Reviews: what somebody asks others to approve, who may say so, and that nothing else becomes live where that is asked for.

use super::people::Browser;
use super::tenants::ask;
use offhook_tests::server::{Place, Server};
use serde_json::{Value, json};

const TOKEN: &str = "token-of-the-operator";
const FLOW: &str = "/api/v1/flows/mine%2Fnew";

fn document(hello: &str) -> String {
    format!(
        "offhook: 1\nid: mine/new\ntitle: Mine\nkind: chatbot\nstart: hello\nnodes:\n  hello: {{ type: end, text: {hello} }}\n"
    )
}

fn place(review: &str) -> Place {
    let mut place = Place::new();
    place.set("OFFHOOK_SERVER__SIGN_IN", "password");
    place.set("OFFHOOK_SERVER__API_TOKEN", TOKEN);
    place.set("OFFHOOK_FLOWS__LIVE", "releases");
    place.set("OFFHOOK_FLOWS__REVIEW", review);
    place
}

fn make(server: &Server) {
    let flow = json!({ "flow": "mine/new", "files": [{ "part": "flow", "text": document("One.") }] });
    assert_eq!(ask(server, "POST", "/api/v1/flows", Some(TOKEN), &flow).status, 201);
}

fn save(server: &Server, hello: &str) {
    let file = json!({ "part": "flow", "text": document(hello), "if_match": "*" });
    ask(server, "PUT", &format!("{FLOW}/files"), Some(TOKEN), &json!({ "files": [file] })).ok();
}

fn review(by: &Browser, server: &Server) -> Value {
    by.ask(server, "GET", &format!("{FLOW}/review"), &Value::Null).ok()
}

fn decide(by: &Browser, server: &Server, number: i64, verdict: &str) -> u16 {
    let said = json!({ "verdict": verdict, "words": "I looked at it." });
    by.ask(server, "POST", &format!("{FLOW}/review/{number}"), &said).status
}

fn publish(by: &Browser, server: &Server, body: &Value) -> (u16, String) {
    let answer = by.ask(server, "POST", &format!("{FLOW}/releases"), body);
    (answer.status, answer.json()["detail"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn each_role_may_do_its_part_of_a_review() {
    let place = place("required");
    let server = place.serve();
    make(&server);
    let people: Vec<(&str, Browser)> = ["admin", "designer", "author", "reviewer", "qa", "viewer"]
        .into_iter()
        .map(|role| (role, Browser::new_person(&server, TOKEN, &format!("one-{role}"), role)))
        .collect();
    let other = Browser::new_person(&server, TOKEN, "other-designer", "designer");
    let key = super::tenants::key(&server, TOKEN, &json!(["read", "edit", "publish"])).1;
    for (number, (role, person)) in people.iter().enumerate() {
        // A new draft for each, so that there is something to ask.
        save(&server, &format!("Words of {role}."));
        let asked = person.ask(&server, "POST", &format!("{FLOW}/review"), &json!({ "note": "please" }));
        let may_ask = ["admin", "designer", "author", "qa"].contains(role);
        assert_eq!(asked.status, if may_ask { 201 } else { 403 }, "{role} asks: {}", asked.text);
        save(&server, &format!("Other words of {role}."));
        other.ask(&server, "POST", &format!("{FLOW}/review"), &json!({})).ok();
        let newest = review(&other, &server)["reviews"][0]["number"].as_i64().expect("it has a number");
        // What nobody has approved is published by nobody, whatever they may else.
        let may_publish = ["admin", "designer", "reviewer"].contains(role);
        assert_eq!(publish(person, &server, &json!({})).0, if may_publish { 409 } else { 403 }, "{role} publishes");
        let may_approve = ["admin", "reviewer"].contains(role);
        assert_eq!(review(person, &server)["may_decide"], may_approve, "{role}");
        let said = decide(person, &server, newest, "approved");
        assert_eq!(said, if may_approve { 200 } else { 403 }, "{role} approves");
        let is_published = publish(person, &server, &json!({ "note": number.to_string() })).0;
        assert_eq!(
            is_published,
            if may_approve {
                201
            } else if may_publish {
                409
            } else {
                403
            },
            "{role} publishes"
        );
    }
    // Programs are refused as people are: the API with a key and the token, and the command line.
    let refused = ask(&server, "POST", &format!("{FLOW}/releases"), Some(&key), &json!({}));
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert_eq!(
        ask(&server, "POST", &format!("{FLOW}/review/1"), Some(&key), &json!({ "verdict": "approved" })).status,
        403
    );
    let mut command = place.command("publish");
    command.args(["mine/new", "--server", &format!("http://{}", server.http)]).env("OFFHOOK_SERVER__API_TOKEN", TOKEN);
    let done = command.output().expect("the binary can be run");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(!done.status.success() && said.contains("It can be approved by Admin, one-admin, one-reviewer"), "{said}");
    server.stop();
}

#[test]
fn an_approval_is_of_exactly_what_was_looked_at() {
    let place = place("required");
    let server = place.serve();
    make(&server);
    let person = |login: &str, role: &str| Browser::new_person(&server, TOKEN, login, role);
    let (dora, rita, ada) = (person("dora", "designer"), person("rita", "reviewer"), person("ada", "admin"));
    assert_eq!(review(&dora, &server)["state"], "none");
    let ask_for = |by: &Browser, body: &Value| by.ask(&server, "POST", &format!("{FLOW}/review"), body);
    for (body, status) in [
        (json!({ "reviewers": ["dora"] }), 422),
        (json!({ "reviewers": ["nobody"] }), 422),
        (json!({ "note": "x".repeat(4_001) }), 422),
        (json!({ "hash": "another" }), 409),
    ] {
        assert_eq!(ask_for(&dora, &body).status, status, "{body:.80}");
    }
    let asked = ask_for(&dora, &json!({ "note": "the first words", "reviewers": ["rita"] })).ok();
    assert_eq!((&asked["state"], &asked["may_decide"]), (&json!("waiting"), &json!(false)), "{asked}");
    assert_eq!(ask_for(&dora, &json!({})).status, 409, "it waits already");
    // It waits for whom it was asked of; others of the role may help out.
    let waits = |by: &Browser| by.ask(&server, "GET", "/api/v1/reviews", &Value::Null).ok()["reviews"].clone();
    let rits = waits(&rita);
    assert_eq!(
        (&rits[0]["flow"], &rits[0]["title"], &rits[0]["note"]),
        (&json!("mine/new"), &json!("Mine"), &json!("the first words"))
    );
    assert_eq!((waits(&ada), waits(&dora)), (json!([]), json!([])));
    assert_eq!(review(&ada, &server)["may_decide"], true);

    // Changes are asked for with words; what was said stays said.
    let silent = json!({ "verdict": "changes", "words": " " });
    assert_eq!(rita.ask(&server, "POST", &format!("{FLOW}/review/1"), &silent).status, 422);
    assert_eq!(decide(&rita, &server, 99, "changes"), 404);
    assert_eq!(decide(&rita, &server, 1, "changes"), 200);
    assert_eq!(decide(&ada, &server, 1, "approved"), 409, "somebody has decided");
    let now = review(&dora, &server);
    assert_eq!((&now["state"], &now["reviews"][0]["words"]), (&json!("changes"), &json!("I looked at it.")), "{now}");
    assert_eq!(waits(&rita), json!([]));

    // Approved, changed, void; changed back, and what was approved is approved again.
    ask_for(&dora, &json!({})).ok();
    assert_eq!(decide(&rita, &server, 2, "approved"), 200);
    assert_eq!(ask_for(&dora, &json!({})).status, 409, "it is approved");
    save(&server, "Two.");
    let void = review(&rita, &server);
    assert_eq!((&void["state"], &void["required"]), (&json!("void"), &json!(true)), "{void}");
    let (status, why) = publish(&dora, &server, &json!({}));
    assert!(status == 409 && why.contains("approved by ada, Admin, rita"), "{why}");
    save(&server, "One.");
    assert_eq!(publish(&dora, &server, &json!({})).0, 201);

    // An approval of what was changed meanwhile is none, and nobody approves their own.
    save(&server, "Three.");
    ask_for(&ada, &json!({})).ok();
    assert_eq!(decide(&ada, &server, 3, "approved"), 403, "somebody else must");
    save(&server, "Four.");
    assert_eq!(decide(&rita, &server, 3, "approved"), 409, "it is another by now");
    assert_eq!(waits(&rita), json!([]));
    // Neither a moment to come nor a share of the contacts is a way around.
    for body in [json!({ "at": "2099-01-01T00:00:00Z" }), json!({ "canary": { "percent": 5 } })] {
        assert_eq!(publish(&dora, &server, &body).0, 409, "{body}");
    }
    ask_for(&dora, &json!({})).ok();
    assert_eq!(decide(&rita, &server, 4, "approved"), 200);
    assert_eq!(publish(&dora, &server, &json!({ "canary": { "percent": 5 } })).0, 201);
    let to = |path: &str, body: Value| dora.ask(&server, "POST", &format!("{FLOW}/{path}"), &body).status;
    assert_eq!(to("promote", json!({})), 200, "what was approved becomes live for all");
    // The way back is always open.
    save(&server, "Five, which nobody has looked at.");
    assert_eq!(to("rollback", json!({})), 200);
    let live = dora.ask(&server, "GET", &format!("{FLOW}/releases"), &Value::Null).ok();
    assert_eq!(live["live"], 1, "{live}");
    server.stop();
}

#[test]
fn a_canary_of_before_is_looked_at_before_all_get_it() {
    let mut place = place("optional");
    let server = place.serve();
    make(&server);
    let publish = |server: &Server, body: Value| ask(server, "POST", &format!("{FLOW}/releases"), Some(TOKEN), &body);
    // Where nobody asks for it, nothing needs an approval, and whoever wants one asks all the same.
    publish(&server, json!({})).ok();
    save(&server, "Two.");
    publish(&server, json!({ "canary": { "percent": 5 } })).ok();
    let rita = Browser::new_person(&server, TOKEN, "rita", "reviewer");
    ask(&server, "POST", &format!("{FLOW}/review"), Some(TOKEN), &json!({})).ok();
    assert_eq!(review(&rita, &server)["required"], false);
    server.stop();
    place.set("OFFHOOK_FLOWS__REVIEW", "required");
    let server = place.serve();
    let promote = || ask(&server, "POST", &format!("{FLOW}/promote"), Some(TOKEN), &json!({}));
    assert_eq!(promote().status, 409, "{}", promote().text);
    assert_eq!(decide(&rita, &server, 1, "approved"), 200);
    assert_eq!(promote().status, 200);
    server.stop();
}
