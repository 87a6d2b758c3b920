//! The API against its own description: whatever is sent, the answer is one that is described, and never a failure of the server.

use offhook_tests::http::exchange;
use offhook_tests::server::{Place, Server};
use serde_json::{Value, json};

/// An operation of the description.
pub struct Operation {
    /// `GET`, `PUT`, …
    pub method: String,
    /// The path with its parameters in braces.
    pub path: String,
    /// What the description says of it.
    pub said: Value,
}

/// Every operation that a server describes.
pub fn operations(server: &Server) -> Vec<Operation> {
    let description = server.get("/openapi.json").ok();
    let mut found = Vec::new();
    for (path, item) in description["paths"].as_object().expect("there are paths") {
        for (method, said) in item.as_object().expect("a path has methods") {
            if ["get", "put", "post", "delete", "patch"].contains(&method.as_str()) {
                found.push(Operation { method: method.to_uppercase(), path: path.clone(), said: said.clone() });
            }
        }
    }
    assert!(found.len() > 30, "the description tells all: {}", found.len());
    found
}

/// The path with a value for each parameter.
pub fn filled(path: &str, value: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').expect("a parameter ends");
        out += before;
        out += &value(name);
        rest = after;
    }
    out + rest
}

fn known(name: &str) -> String {
    match name {
        "id" => "delivery%2Fstatus",
        "part" => "flow",
        "path" => "tables%2Fdistricts.csv",
        "picture" => "graph.svg",
        "code" => "OH0301",
        _ => "NAME",
    }
    .to_owned()
}

#[test]
fn every_answer_is_described() {
    let place = Place::new();
    let server = place.serve();
    let long = "x".repeat(3_000);
    let strange = ["x", "%20", "%00", "%ff", "..%2f..%2fx", "%F0%9F%98%80", "-1", &long];
    let deep = format!("{}{}", "[".repeat(2_000), "]".repeat(2_000));
    let bodies: Vec<(&str, String)> = vec![
        ("application/json", String::new()),
        ("application/json", "{".to_owned()),
        ("application/json", "null".to_owned()),
        ("application/json", "[]".to_owned()),
        ("application/json", "{}".to_owned()),
        ("application/json", deep),
        ("application/json", json!({ "files": [{ "part": "../x", "text": "x", "if_match": "*" }] }).to_string()),
        ("application/json", json!({ "files": [], "flow": "a b" }).to_string()),
        ("application/json", json!({ "source": "nodes: [", "talk": "- [", "texts": { "\u{0}": "{" } }).to_string()),
        ("application/json", json!({ "value": "\u{0}", "name": "", "scopes": [] }).to_string()),
        (
            "application/json",
            json!({ "at": "yesterday", "canary": { "percent": 300 }, "to": -1, "author": long }).to_string(),
        ),
        ("application/json", json!({ "client_id": "", "flow": "delivery/status", "inputs": { "x": {} } }).to_string()),
        (
            "application/json",
            json!({ "specversion": "1.0", "id": "1", "source": "\u{0}", "type": "x", "data": null }).to_string(),
        ),
        ("application/cloudevents+json", json!({ "id": "", "source": [], "type": 1 }).to_string()),
        ("text/plain", "id: x\u{0}\noffhook: 1\n".to_owned()),
        ("application/octet-stream", "\u{fffd}".to_owned()),
    ];
    let queries = [
        "",
        "?limit=-1",
        "?limit=0&cursor=zz",
        "?sessions=9999999999999999999999&days=x",
        "?after=-1&wait=x",
        "?%ff=%00",
    ];
    let (mut asked, mut wrong) = (0, Vec::new());
    for operation in operations(&server) {
        let described = operation.said["responses"].as_object().expect("it has answers");
        let mut paths = vec![filled(&operation.path, known)];
        paths.extend(strange.iter().map(|value| filled(&operation.path, |_| (*value).to_owned())));
        paths.dedup();
        paths = paths.into_iter().flat_map(|path| queries.iter().map(move |query| format!("{path}{query}"))).collect();
        let reads = operation.method == "GET";
        let headers: &[&[(&str, &str)]] = match reads {
            true => &[&[], &[("if-none-match", "*")], &[("if-none-match", "\"")]],
            false => &[&[], &[("if-match", "\"0\"")], &[("if-match", "*"), ("if-none-match", "*")]],
        };
        let bodies = if reads { &bodies[..1] } else { &bodies[..] };
        for (number, path) in paths.iter().enumerate() {
            // Each path meets some of the bodies and headers, and all of them meet some path.
            for (turn, (kind, body)) in
                bodies.iter().enumerate().filter(|(turn, _)| number < 6 || (turn + number) % 4 == 0)
            {
                let some = headers[(turn + number) % headers.len()];
                let fields = [some, &[("content-type", *kind)]].concat();
                let answer = exchange(server.http, &operation.method, path, &fields, body);
                let answer = answer.unwrap_or_else(|error| panic!("{} {path}: {error}", operation.method));
                asked += 1;
                let is_problem = answer.json()["status"] == answer.status;
                let ends_well = answer.status < 400 || is_problem;
                if answer.status >= 500 || !described.contains_key(&answer.status.to_string()) || !ends_well {
                    let body: String = body.chars().take(80).collect();
                    wrong.push(format!(
                        "{} {path:.120} {fields:?} {body}: {} {:.200}",
                        operation.method, answer.status, answer.text
                    ));
                }
            }
        }
    }
    assert!(asked > 1_000, "{asked}");
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
    server.stop();
}
