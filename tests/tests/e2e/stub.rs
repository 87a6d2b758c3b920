//! The stub answers as the head of its list says, so that what the other tests rely on is itself tested.

use offhook_tests::http::request;
use offhook_tests::root;
use offhook_tests::stub::Stub;
use serde_json::json;

#[test]
fn the_stub_answers_by_the_first_route_that_fits() {
    let stub = Stub::read(&root().join("examples-flows/stub.yaml")).expect("the routes can be read");
    let at = stub.serve(([127, 0, 0, 1], 0).into()).expect("there is a free port");
    let ask = |method: &str, path: &str, body: Option<serde_json::Value>| {
        let answer = request(at, method, path, None, body.as_ref()).expect("the stub answers");
        (answer.status, answer.json())
    };
    let (status, ann) = ask("GET", "/clinic/patients?phone=%2B15551230001&x=1", None);
    assert_eq!((status, ann["name"].as_str()), (200, Some("Ann Miller")));
    assert_eq!(ask("GET", "/clinic/patients?phone=1", None).0, 404);
    assert_eq!(ask("POST", "/bank/login", Some(json!({ "account": "12345678", "pin": "2468" }))).1["token"], "demo-1");
    assert_eq!(ask("POST", "/bank/login", Some(json!({ "account": "12345678", "pin": "1" }))).0, 401);
    assert_eq!(ask("POST", "/bank/accounts/7/lock", None).0, 204);
    assert_eq!(ask("GET", "/nowhere", None), (404, json!({ "error": "no such route" })));
}

#[test]
fn a_list_with_a_mistake_is_refused() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("stub.yaml");
    std::fs::write(&path, "routes:\n  - { method: GET, path: /a, stauts: 200 }\n").expect("there is room");
    assert!(Stub::read(&path).expect_err("`stauts` is not known").contains("stauts"));
}
