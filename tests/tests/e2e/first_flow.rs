//! A server that has no flow yet: it runs, says so, and takes the first one by whatever way it comes.

use offhook_tests::chat::Visitor;
use offhook_tests::eventually;
use offhook_tests::server::{Place, Server};
use serde_json::{Value, json};
use std::fs;
use std::time::Duration;

fn flow(id: &str, text: &str) -> String {
    format!(
        "offhook: 1\nid: {id}\nkind: chatbot\nstart: ask\nvars: {{ said: \"\" }}\nnodes:\n  ask: {{ type: listen, text: {text}, save: said, next: bye }}\n  bye: {{ type: end, text: Bye. }}\n"
    )
}

fn check(server: &Server) -> (u16, Value) {
    let answer = server.get("/readyz");
    let check = answer.json()["checks"]["flows"].clone();
    (answer.status, check)
}

#[test]
fn the_first_flow_comes_to_a_server_without_any() {
    let place = Place::empty();
    assert!(!place.flows().exists());
    let server = place.serve();
    assert!(place.flows().is_dir(), "the folder is made");
    assert!(place.log().contains("no flow is served yet"), "{}", place.log());
    assert_eq!(server.get("/healthz").text, "ok\n");
    let (status, told) = check(&server);
    assert_eq!((status, &told["ok"]), (200, &true.into()), "{told}");
    assert_eq!(told["detail"], "no flow is served yet");
    assert_eq!(server.get("/api/v1/flows").ok(), json!({ "flows": [] }));

    // Over HTTP, as the editor does. A draft that has errors is kept and serves nobody.
    let draft = flow("one", "First?").replace("next: bye", "next: nowhere");
    let body = json!({ "flow": "one", "files": [{ "part": "flow", "text": draft }] });
    let made = server.post("/api/v1/flows", &body);
    assert_eq!((made.status, &made.json()["served"]), (201, &false.into()), "{}", made.text);
    let mut child = place.command("push");
    let mine = place.path().join("mine");
    fs::create_dir(&mine).expect("a folder can be made");
    fs::write(mine.join("two.yaml"), flow("two", "Second?")).expect("it can be written");
    let pushed = child.arg(&mine).args(["--server", &format!("http://{}", server.http)]).output().expect("it runs");
    assert!(pushed.status.success(), "{}", String::from_utf8_lossy(&pushed.stdout));
    assert_eq!(fs::read_to_string(place.flows().join("two.yaml")).expect("it came"), flow("two", "Second?"));
    Visitor::with(&server, "two", "first").hear("Second?");

    // A file in the folder is as good.
    fs::write(place.flows().join("three.yaml"), flow("three", "Third?")).expect("it can be written");
    eventually("the file to be served", Duration::from_secs(30), || {
        (server.get("/api/v1/flows/three").status == 200).then_some(())
    });
    let told = eventually("the check to tell of both", Duration::from_secs(30), || {
        Some(check(&server).1).filter(|told| told["detail"].as_str().is_some_and(|detail| detail.starts_with("2 ")))
    });
    assert_eq!(told["ok"], true, "{told}");
    server.stop();
}

#[test]
fn an_empty_folder_is_served_and_a_wrong_one_is_not() {
    let mut place = Place::empty();
    fs::create_dir(place.flows()).expect("a folder can be made");
    let server = place.serve();
    assert_eq!(check(&server).0, 200);
    server.stop();

    // Where nothing can be mended through the server, flows of which none can run are a wrong folder.
    fs::write(place.flows().join("one.yaml"), "offhook: 1\nid: one\nnodes: [\n").expect("it can be written");
    for (editing, expected) in [("true", 200), ("false", 503)] {
        place.set("OFFHOOK_FLOWS__EDITING", editing);
        let server = place.serve();
        let (status, told) = check(&server);
        assert_eq!(status, expected, "{told}");
        assert!(told["detail"].as_str().is_some_and(|detail| detail.contains("errors")));
        assert_eq!(server.get("/healthz").status, 200);
        server.stop();
    }

    let refused = |folder: &std::path::Path| {
        let mut command = place.command("serve");
        command.args(["--no-sip", "--http", "127.0.0.1:0", "--flows"]).arg(folder).arg("--data").arg(place.data());
        let output = command.output().expect("it ends by itself");
        assert_eq!(output.status.code(), Some(3), "{}", folder.display());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let said = refused(&place.flows().join("one.yaml"));
    assert!(said.contains("one.yaml: it is a file"), "{said}");
    let said = refused(&place.path().join("not/there"));
    assert!(said.contains("not/there: neither it nor the folder"), "{said}");
    assert!(!place.path().join("not").exists());
}
