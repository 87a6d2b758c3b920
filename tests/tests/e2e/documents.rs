//! Documents that are read and written over HTTP, into a folder that stays the truth.

use offhook_tests::chat::Visitor;
use offhook_tests::http::{Answer, exchange};
use offhook_tests::server::{Place, Server};
use serde_json::{Value, json};
use std::fs;

const FILES: &str = "/api/v1/flows/delivery%2Fstatus/files";
const FLOW: &str = "/api/v1/flows/delivery%2Fstatus/files/flow";
const LAYOUT: &str = "/api/v1/flows/delivery%2Fstatus/files/layout";
const QUESTION: &str = "What is your order number?";

fn ask(server: &Server, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    exchange(server.http, method, path, headers, body).expect("the server answers")
}

fn send(server: &Server, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let headers = [headers, &[("content-type", "application/json")]].concat();
    ask(server, method, path, &headers, &body.to_string())
}

fn file<'a>(files: &'a Value, part: &str) -> &'a Value {
    let all = files["files"].as_array().expect("a flow has files");
    all.iter().find(|file| file["part"] == part).unwrap_or(&Value::Null)
}

fn text(value: &Value) -> &str {
    value.as_str().expect("it is a text")
}

#[test]
fn a_document_is_written_by_whoever_knows_its_version() {
    let place = Place::new();
    let server = place.serve();
    let path = place.flows().join("delivery/status.yaml");
    let first = fs::read_to_string(&path).expect("the flow is there");
    let files = server.get(FILES).ok();
    let flow = file(&files, "flow");
    assert_eq!((flow["text"].as_str(), flow["name"].as_str()), (Some(first.as_str()), Some("status.yaml")));
    assert_eq!((&files["path"], &files["editing"]), (&"delivery/status.yaml".into(), &true.into()));
    assert_eq!(file(&files, "talk")["kind"], "talk");
    let etag = text(&flow["etag"]);

    // Who does not say what it is based on, or says another version, changes nothing.
    let changed = first.replace(QUESTION, "Which order?");
    assert_eq!(ask(&server, "PUT", FLOW, &[], &changed).status, 428);
    let stale = ask(&server, "PUT", FLOW, &[("if-match", "\"0123\"")], &changed);
    assert_eq!((stale.status, stale.etag.as_deref(), &stale.json()["etag"]), (412, Some(etag), &etag.into()));
    assert_eq!(ask(&server, "PUT", FLOW, &[("if-none-match", "*")], &changed).status, 412);
    assert_eq!(ask(&server, "PUT", FLOW, &[("if-match", &format!("W/{etag}"))], &changed).status, 412, "a weak tag");
    assert_eq!(fs::read_to_string(&path).expect("it is there"), first);

    // What is written is in the folder, byte for byte, and served when the answer comes.
    let saved = ask(&server, "PUT", FLOW, &[("if-match", etag)], &changed);
    assert_eq!((&saved.ok()["stale"], saved.status), (&false.into(), 200), "{}", saved.text);
    assert_eq!(fs::read_to_string(&path).expect("it is there"), changed);
    Visitor::new(&server, "delivery", "after").hear("Which order?");
    let second = saved.etag.expect("a file has a tag");
    let known = ask(&server, "GET", FLOW, &[("if-none-match", &second)], "");
    assert_eq!((known.status, known.text.as_str()), (304, ""));

    // A draft with errors is kept; the last good version serves, and the mistake is told.
    let broken = changed.replace("next: is-it-known", "next: nowhere");
    let answer = ask(&server, "PUT", FLOW, &[("if-match", &second)], &broken);
    let told = answer.ok();
    assert_eq!((&told["stale"], &told["served"]), (&true.into(), &true.into()), "{told}");
    assert_eq!(told["diagnostics"][0]["file"], "status.yaml", "{told}");
    Visitor::new(&server, "delivery", "meanwhile").hear("Which order?");
    // Also one that cannot be read at all; it is found again, by any server.
    let torn = format!("{broken}\n  torn: [\n");
    ask(&server, "PUT", FLOW, &[("if-match", answer.etag.as_deref().expect("a tag"))], &torn).ok();
    server.stop();
    let server = place.serve();
    assert_eq!(file(&server.get(FILES).ok(), "flow")["text"], torn.as_str());

    // One that says it is another flow, or none, is refused.
    let now = server.get(FILES).ok();
    let tag = text(&file(&now, "flow")["etag"]);
    for wrong in [first.replace("id: delivery/status", "id: delivery/other"), "hello".to_owned(), String::new()] {
        assert_eq!(ask(&server, "PUT", FLOW, &[("if-match", tag)], &wrong).status, 422, "{wrong:.40}");
    }
    server.stop();
}

#[test]
fn files_are_written_together_or_not_at_all() {
    let place = Place::new();
    let server = place.serve();
    let at = |name: &str| fs::read_to_string(place.flows().join("delivery").join(name)).ok();
    let files = server.get(FILES).ok();
    let (flow, talk) = (file(&files, "flow"), file(&files, "talk"));
    let changed = text(&flow["text"]).replace(QUESTION, "Which order?");
    let layout = "nodes: { ask-number: [0, 0], strange: [1, 1] }\n";
    let save = |flow_tag: &Value| {
        json!({ "files": [
            { "part": "flow", "text": changed, "if_match": flow_tag },
            { "part": "layout", "text": layout, "if_none_match": "*" },
            { "part": "talk", "text": null, "if_match": talk["etag"] },
        ] })
    };
    let refused = send(&server, "PUT", FILES, &[], &save(&"\"00\"".into()));
    assert_eq!(refused.status, 412, "{}", refused.text);
    assert_eq!(refused.json()["stale"], json!([{ "part": "flow", "etag": flow["etag"] }]));
    assert_eq!((at("status.layout.yaml"), at("status.yaml").as_deref()), (None, flow["text"].as_str()));
    let saved = send(&server, "PUT", FILES, &[], &save(&flow["etag"])).ok();
    assert_eq!((at("status.layout.yaml").as_deref(), at("status.yaml")), (Some(layout), Some(changed.clone())));
    assert_eq!(at("status.talk.yaml"), None);
    assert!(saved["diagnostics"].to_string().contains("no node `strange`"), "{saved}");

    // All together have a version too.
    let body = json!({ "files": [{ "part": "layout", "text": "nodes: {}\n" }] });
    assert_eq!(send(&server, "PUT", FILES, &[], &body).status, 428);
    assert_eq!(send(&server, "PUT", FILES, &[("if-match", text(&files["etag"]))], &body).status, 412);
    send(&server, "PUT", FILES, &[("if-match", text(&saved["etag"]))], &body).ok();
    assert_eq!(at("status.layout.yaml").as_deref(), Some("nodes: {}\n"));
    let gone = ask(&server, "DELETE", LAYOUT, &[("if-match", "*")], "");
    assert_eq!((gone.status, at("status.layout.yaml")), (200, None));
    assert_eq!(ask(&server, "DELETE", LAYOUT, &[("if-match", "*")], "").status, 404);
    assert_eq!(ask(&server, "DELETE", FLOW, &[("if-match", "*")], "").status, 409);

    // Forgetting a text removes nothing.
    let forgot = json!({ "files": [{ "part": "flow", "if_match": "*" }] });
    assert_eq!(send(&server, "PUT", FILES, &[], &forgot).status, 422);
    server.stop();
}

#[test]
fn a_flow_is_made_and_removed() {
    let place = Place::new();
    let server = place.serve();
    let flow = "offhook: 1\nid: new/line\nkind: chatbot\nstart: bye\nnodes:\n  bye: { type: end, text: Bye. }\n";
    let body = json!({ "flow": "new/line", "files": [{ "part": "flow", "text": flow }, { "part": "es-ES", "text": "texts: {}\n" }] });
    let made = server.post("/api/v1/flows", &body);
    assert_eq!((made.status, &made.json()["served"]), (201, &true.into()), "{}", made.text);
    assert_eq!(fs::read_to_string(place.flows().join("new/line.yaml")).expect("it is there"), flow);
    assert_eq!(server.post("/api/v1/flows", &body).status, 412, "there is one already");
    assert_eq!(server.get("/api/v1/flows/new%2Fline").ok()["kind"], "chatbot");
    let listed = server.get("/api/v1/files").ok();
    let ids: Vec<&str> = listed["flows"].as_array().expect("flows").iter().map(|flow| text(&flow["flow"])).collect();
    assert!(ids.contains(&"new/line") && ids.contains(&"clinic/reception"), "{ids:?}");

    // No name leads out of the folder, and no other file is touched.
    let outside = place.path().join("outside.yaml");
    for id in ["../outside", "a/../../outside", "/etc/x", "A", "a//b", ".offhook/x", "a%2e", ""] {
        let text = format!("offhook: 1\nid: {id}\n");
        let answer = server.post("/api/v1/flows", &json!({ "flow": id, "files": [{ "part": "flow", "text": text }] }));
        assert_eq!(answer.status, 422, "{id}: {}", answer.text);
    }
    for part in ["..%2f..%2foutside.yaml", "%2e%2e", "offhook.toml", "wav", "status.wav", "..%5cx", "%00"] {
        let path = format!("{FILES}/{part}");
        let status = ask(&server, "PUT", &path, &[("if-none-match", "*")], "x").status;
        let harmless = part == "wav" && place.flows().join("delivery/status.wav.yaml").is_file();
        assert!(matches!(status, 400 | 404 | 422) || harmless, "{part}: {status}");
    }
    assert!(!outside.exists());
    let taken = json!({ "flow": "browser/catalogue", "files": [{ "part": "layout", "text": "nodes: {}\n" }] });
    assert_eq!(server.post("/api/v1/flows", &taken).status, 412);
    let orphan = json!({ "flow": "new/orphan", "files": [{ "part": "layout", "text": "nodes: {}\n" }] });
    assert_eq!(server.post("/api/v1/flows", &orphan).status, 422, "a layout is no flow");

    let files = "/api/v1/flows/new%2Fline/files";
    assert_eq!(ask(&server, "DELETE", files, &[], "").status, 428);
    assert_eq!(ask(&server, "DELETE", files, &[("if-match", "\"0\"")], "").status, 412);
    let etag = server.get(files).etag.expect("they have a tag");
    assert_eq!(ask(&server, "DELETE", files, &[("if-match", &etag)], "").status, 204);
    assert_eq!((server.get(files).status, server.get("/api/v1/flows/new%2Fline").status), (404, 404));
    assert!(!place.flows().join("new/line.es-ES.yaml").exists());
    server.stop();
}

#[test]
fn a_server_that_is_not_for_editing_says_so() {
    let mut place = Place::new();
    place.set("OFFHOOK_FLOWS__EDITING", "false");
    let server = place.serve();
    assert_eq!(server.get(FILES).ok()["editing"], false);
    assert_eq!(ask(&server, "PUT", FLOW, &[("if-match", "*")], "x").status, 403);
    assert_eq!(ask(&server, "DELETE", FILES, &[("if-match", "*")], "").status, 403);
    server.stop();
}

#[test]
fn a_foreign_page_cannot_write_by_a_name_of_its_own() {
    let place = Place::new();
    let server = place.serve();
    let headers = |host| [("host", host), ("if-match", "*")];
    assert_eq!(ask(&server, "DELETE", FILES, &headers("evil.example"), "").status, 403);
    assert_eq!(ask(&server, "DELETE", LAYOUT, &headers("localhost:8080"), "").status, 404);
    assert!(place.flows().join("delivery/status.yaml").exists());
    server.stop();
}

/// Writers that fall over each other, and a server that is killed in between: every file is one that somebody wrote as a whole, and
/// flow and layout are of the same write.
#[test]
fn a_killed_server_leaves_whole_files() {
    let place = Place::new();
    let flow = fs::read_to_string(place.flows().join("delivery/status.yaml")).expect("the flow is there");
    let mut server = place.serve();
    for round in 0..4 {
        let to = server.http;
        let stop = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            let writers: Vec<_> = (0..2)
                .map(|writer| {
                    let (flow, stop) = (&flow, &stop);
                    scope.spawn(move || {
                        let mut written = 0;
                        while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                            let mark = format!("# {round} {writer} {written}\n");
                            let body = json!({ "files": [
                                { "part": "flow", "text": format!("{mark}{flow}{}", mark.repeat(2_000)) },
                                { "part": "layout", "text": format!("{mark}nodes: {{}}\n") },
                            ] });
                            let headers = [("if-match", "*"), ("content-type", "application/json")];
                            match exchange(to, "PUT", FILES, &headers, &body.to_string()) {
                                Ok(answer) => assert_eq!(answer.status, 200, "{}", answer.text),
                                Err(_) => break,
                            }
                            written += 1;
                        }
                        written
                    })
                })
                .collect();
            let busy =
                offhook_tests::eventually("somebody to have written", std::time::Duration::from_secs(30), || {
                    let layout = place.flows().join("delivery/status.layout.yaml");
                    fs::read_to_string(layout).ok().filter(|text| text.starts_with(&format!("# {round} ")))
                });
            assert!(!busy.is_empty());
            server.kill();
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
            for writer in writers {
                writer.join().expect("a writer ends");
            }
        });
        server = place.serve();
        let files = server.get(FILES).ok();
        let (flow_text, layout) = (text(&file(&files, "flow")["text"]), text(&file(&files, "layout")["text"]));
        let mark = flow_text.lines().next().expect("it has a line");
        assert_eq!(layout.lines().next(), Some(mark), "one write");
        assert_eq!(flow_text, format!("{mark}\n{flow}{}", format!("{mark}\n").repeat(2_000)), "whole");
    }
    server.stop();
}
