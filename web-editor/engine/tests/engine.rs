//! The engine as the editor uses it: requests in JSON, on the flows of the gallery.

use offhook_editor_engine::Engine;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

fn ask(engine: &mut Engine, request: &Value) -> Value {
    let answer: Value = serde_json::from_str(&engine.answer(&request.to_string())).expect("the engine answers in JSON");
    answer.get("ok").cloned().unwrap_or_else(|| panic!("{answer} to {request}"))
}

fn file(path: &Path) -> Value {
    let name = path.file_name().expect("it is there").to_string_lossy();
    json!({ "name": name, "text": fs::read_to_string(path).expect("it is there") })
}

fn gallery() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples-flows");
    let mut found = Vec::new();
    for folder in fs::read_dir(root).expect("it is there").flatten().filter(|entry| entry.path().is_dir()) {
        for entry in fs::read_dir(folder.path()).expect("it is there").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".yaml") && name.matches('.').count() == 1 {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    assert!(found.len() > 15);
    found
}

fn hotline() -> (Engine, Value) {
    let mut engine = Engine::default();
    let flows: Vec<Value> = gallery().iter().map(|path| file(path)).collect();
    ask(&mut engine, &json!({ "do": "library", "flows": flows }));
    let text = "offhook: 1\nid: t\nkind: ivr\nstart: hi\nnodes:\n  hi: { type: say, text: 'Grüß 😀', next: pick }\n  pick:\n    type: menu\n    text: Press 1. # ask\n    choices:\n      - { id: one, keys: \"1\", next: price }\n    exits: { no_input: end, no_match: end }\n  price:\n    type: http\n    request: { get: \"https://a.example\" }\n    next: end\n    exits: { error: end }\n";
    (engine, json!({ "flow": { "name": "t.yaml", "text": text } }))
}

/// As JavaScript would: places count UTF-16 units.
fn apply(text: &str, edits: &Value) -> String {
    let mut units: Vec<u16> = text.encode_utf16().collect();
    for edit in edits.as_array().expect("it is there").iter().rev() {
        let at = |key: &str| usize::try_from(edit[key].as_u64().expect("it is there")).expect("it is there");
        units.splice(at("from")..at("to"), edit["insert"].as_str().expect("it is there").encode_utf16());
    }
    String::from_utf16(&units).expect("it is there")
}

#[test]
fn every_gallery_flow_is_read_as_check_reads_it() {
    let mut engine = Engine::default();
    let flows: Vec<Value> = gallery().iter().map(|path| file(path)).collect();
    ask(&mut engine, &json!({ "do": "library", "flows": flows }));
    let mut errors = Vec::new();
    for path in gallery() {
        let said = ask(&mut engine, &json!({ "do": "analyse", "files": { "flow": file(&path) } }));
        assert!(said["flow"]["nodes"].as_array().is_some_and(|nodes| !nodes.is_empty()), "{}", path.display());
        if said["runs"] != json!(true) {
            errors.push(format!("{}: {}", path.display(), said["diagnostics"]));
        }
    }
    // The service desk has a node type of its own, which a tenant adds.
    assert!(errors.iter().all(|error| error.contains("service-desk")), "{}", errors.join("\n"));
}

#[test]
fn a_misspelled_flow_is_told_with_the_one_that_was_meant() {
    let (mut engine, mut files) = hotline();
    let text = files["flow"]["text"]
        .as_str()
        .unwrap()
        .replace("next: pick }", "next: over }\n  over: { type: jump, flow: clinic/recepton }");
    files["flow"]["text"] = json!(text);
    let said = ask(&mut engine, &json!({ "do": "analyse", "files": files }));
    let found = said["diagnostics"].as_array().unwrap();
    let lost = found.iter().find(|one| one["code"] == "OH0410").unwrap();
    assert_eq!(lost["remedy"], "did you mean `clinic/reception`?");
    files["flow"]["text"] = json!(text.replace("recepton", "reception"));
    let said = ask(&mut engine, &json!({ "do": "analyse", "files": files }));
    assert_eq!(said["runs"], true, "{}", said["diagnostics"]);
}

#[test]
fn the_catalog_has_schemas_and_templates() {
    let types = ask(&mut Engine::default(), &json!({ "do": "catalog" }));
    assert!(types.as_array().unwrap().len() > 20);
    for kind in types.as_array().unwrap() {
        let is_last = kind["exits"].as_array().is_some_and(Vec::is_empty);
        assert!(
            !is_last || ["end", "return", "hangup", "jump"].contains(&kind["meta"]["name"].as_str().unwrap()),
            "{kind}"
        );
        assert!(kind["template"].is_object() && kind["schema"]["properties"].is_object(), "{kind}");
    }
}

#[test]
fn an_edit_changes_only_its_own_units() {
    let (mut engine, files) = hotline();
    let text = files["flow"]["text"].as_str().unwrap().to_owned();
    let edits = json!([{ "edit": "set", "pointer": "/nodes/pick/text", "value": "Press one." }]);
    let changes = ask(&mut engine, &json!({ "do": "edit", "files": files, "edits": edits }));
    assert_eq!(apply(&text, &changes[0]["edits"]), text.replace("Press 1. # ask", "Press one. # ask"));
    let place = json!([{ "edit": "place", "node": "hi", "at": [10, 20] }]);
    let changes = ask(&mut engine, &json!({ "do": "edit", "files": files, "edits": place }));
    assert_eq!(changes.as_array().unwrap().len(), 1, "the flow stays as it is");
    assert_eq!(changes[0]["name"], "t.layout.yaml");
}

#[test]
fn a_refused_edit_says_why() {
    let (mut engine, files) = hotline();
    let edits = json!([{ "edit": "wire", "node": "nobody", "exit": "next", "target": "end" }]);
    let answer = engine.answer(&json!({ "do": "edit", "files": files, "edits": edits }).to_string());
    assert_eq!(answer, r#"{"error":"there is no node `nobody`"}"#);
    assert!(engine.answer("{").starts_with(r#"{"error":"the request cannot be read"#));
}

#[test]
fn pasted_nodes_get_free_names_and_keep_their_ways() {
    let (mut engine, files) = hotline();
    let text = files["flow"]["text"].as_str().unwrap().to_owned();
    let clip = "  hi:\n    type: say\n    text: Again\n    next: pick\n  pick: { type: menu, text: X, choices: [{ id: a, keys: '1', next: hi }] }\n";
    let pasted = ask(&mut engine, &json!({ "do": "paste", "files": files, "text": clip, "after": "hi" }));
    assert_eq!(pasted["added"], json!(["hi-2", "pick-2"]));
    let after = apply(&text, &pasted["changes"][0]["edits"]);
    let again = ask(&mut engine, &json!({ "do": "analyse", "files": { "flow": { "name": "t.yaml", "text": after } } }));
    let nodes = again["flow"]["nodes"].as_array().unwrap();
    let node = |id: &str| nodes.iter().find(|node| node["id"] == id).unwrap_or_else(|| panic!("{id} in {after}"));
    assert_eq!(node("hi-2")["value"]["next"], "pick-2");
    assert_eq!(node("pick-2")["value"]["choices"][0]["next"], "hi-2");
    assert_eq!(node("hi")["value"]["next"], "pick");
}

#[test]
fn a_fix_is_offered_where_it_is_certain() {
    let (mut engine, mut files) = hotline();
    let text = files["flow"]["text"].as_str().unwrap().replace("next: pick", "next: pikc");
    files["flow"]["text"] = json!(text);
    let said = ask(&mut engine, &json!({ "do": "analyse", "files": files }));
    let found = said["diagnostics"].as_array().unwrap();
    let missing = found.iter().find(|one| one["code"] == "OH0301").unwrap();
    assert_eq!(missing["fixes"][0]["title"], "Write `pick`");
    assert_eq!(apply(&text, &missing["fixes"][0]["text"]), text.replace("pikc", "pick"));
}

#[test]
fn a_trial_stops_at_a_service_that_nothing_answers() {
    let (mut engine, files) = hotline();
    let mut talk =
        json!({ "about": "", "flow": "t", "start": { "channel": "voice" }, "talk": [{ "in": { "keys": "1" } }] });
    let said = ask(&mut engine, &json!({ "do": "try", "files": files, "talk": talk }));
    assert_eq!(said["asks"]["node"], "price");
    assert_eq!(said["ended"], Value::Null);
    talk["mocks"] = json!({ "price": { "json": 1 } });
    let said = ask(&mut engine, &json!({ "do": "try", "files": files, "talk": talk, "about": "Asks the price" }));
    assert_eq!(said["ended"], "completed");
    assert_eq!(said["marks"], json!([2, said["steps"].as_array().unwrap().len()]));
    let kept = said["talk"].as_str().unwrap().to_owned();
    assert!(kept.contains("keys") && kept.contains("Asks the price"), "{kept}");
    // What was kept is a talk that passes.
    let with = json!({ "flow": files["flow"], "talks": [{ "name": "t.talk.yaml", "text": kept }] });
    let said = ask(&mut engine, &json!({ "do": "talks", "files": with }));
    assert_eq!(said["talks"][0]["passed"], true, "{said}");
}

#[test]
fn versions_are_compared_in_sentences_and_merged() {
    let (mut engine, files) = hotline();
    let text = files["flow"]["text"].as_str().unwrap();
    let ours = text.replace("Press 1.", "Press one.");
    let theirs = text.replace("next: pick", "next: price");
    let new = json!({ "flow": { "name": "t.yaml", "text": theirs } });
    let said = ask(&mut engine, &json!({ "do": "diff", "old": files, "new": new }));
    assert!(said["callers"].as_array().is_some_and(|callers| !callers.is_empty()), "{said}");
    let merge = json!({ "do": "merge", "name": "t.yaml", "base": text, "ours": ours, "theirs": theirs });
    let said = ask(&mut engine, &merge);
    assert_eq!(said["conflicts"], json!([]));
    assert_eq!(said["text"], ours.replace("next: pick", "next: price"));
}

#[test]
fn boxes_are_arranged_and_strange_edges_do_not_matter() {
    let card = json!({ "width": 200.0, "height": 60.0, "inlet": 30.0 });
    let edges = json!([{ "from": 0, "outlet": 30.0, "to": 1 }, { "from": 0, "outlet": 30.0, "to": 9 }]);
    let said = ask(&mut Engine::default(), &json!({ "do": "arrange", "boxes": [card, card], "edges": edges }));
    assert_eq!(said, json!([[0.0, 0.0], [284.0, 0.0]]));
}

#[test]
fn a_node_type_of_a_tenant_is_known_once_it_is_told() {
    let mut engine = Engine::default();
    let flows: Vec<Value> = gallery().iter().map(|path| file(path)).collect();
    ask(&mut engine, &json!({ "do": "library", "flows": flows }));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples-flows/it");
    let files = json!({ "flow": file(&root.join("service-desk.yaml")) });
    assert_eq!(ask(&mut engine, &json!({ "do": "analyse", "files": files }))["runs"], json!(false));
    let own = file(&root.join("ticket.node.yaml"));
    let catalog = ask(&mut engine, &json!({ "do": "types", "types": [own] }));
    let told = catalog.as_array().unwrap().iter().find(|kind| kind["meta"]["name"] == "x-ticket").expect("it is there");
    assert!(told["template"]["category"].is_string(), "{told}");
    let said = ask(&mut engine, &json!({ "do": "analyse", "files": files }));
    assert_eq!(said["runs"], json!(true), "{}", said["diagnostics"]);
    // Those of another folder take their place.
    ask(&mut engine, &json!({ "do": "types", "types": [] }));
    assert_eq!(ask(&mut engine, &json!({ "do": "analyse", "files": files }))["runs"], json!(false));
}

#[test]
fn all_wording_is_one_table_with_how_each_translation_stands() {
    let mut engine = Engine::default();
    let text = "offhook: 1\nid: a\nkind: chatbot\nlocales: [en-US, es-ES]\nstart: hi\nnodes:\n  hi: { type: say, text: Hello, next: bye }\n  bye: { type: say, text: Goodbye, next: more }\n  more: { type: say, text: More, next: end }\n";
    let es = "texts:\n  hi.text: Hola\n  bye.text: { source: Farewell, text: Adiós }\n";
    let files =
        json!({ "flow": { "name": "a.yaml", "text": text }, "texts": [{ "name": "a.es-ES.yaml", "text": es }] });
    let table = ask(&mut engine, &json!({ "do": "texts", "files": files }));
    assert_eq!((&table["first"], &table["locales"]), (&json!("en-US"), &json!(["es-ES"])));
    let states: Vec<(&str, &str, &str)> = table["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let word = |value: &'static str| row.pointer(value).and_then(Value::as_str).unwrap_or_default();
            (word("/node"), word("/key"), word("/locales/es-ES/state"))
        })
        .collect();
    let expected = [("hi", "hi.text", "translated"), ("bye", "bye.text", "stale"), ("more", "more.text", "missing")];
    assert_eq!(states, expected);
    assert_eq!(table["rows"][1]["locales"]["es-ES"]["before"], "Farewell");
}

#[test]
fn a_trial_tells_how_things_were_at_each_node_of_a_turn() {
    let mut engine = Engine::default();
    let text = "offhook: 1\nid: a\nkind: chatbot\nvars:\n  n: { type: integer, default: 1 }\nstart: one\nnodes:\n  one: { type: set, values: { n: '= n + 1' }, next: two }\n  two: { type: set, values: { n: '= n + 1' }, next: three }\n  three: { type: say, text: 'n is {{ n }}', next: end }\n";
    let talk = json!({ "about": "", "flow": "a", "start": { "channel": "webchat" }, "talk": [] });
    let said = ask(
        &mut engine,
        &json!({ "do": "try", "files": { "flow": { "name": "a.yaml", "text": text } }, "talk": talk }),
    );
    let seen: Vec<(&str, i64)> = said["steps"][0]["visited"]
        .as_array()
        .unwrap()
        .iter()
        .map(|visit| (visit["node"].as_str().unwrap(), visit["variables"]["n"].as_i64().unwrap()))
        .collect();
    assert_eq!(seen, [("one", 1), ("two", 2), ("three", 3)], "{said}");
    assert_eq!(said["steps"][0]["visited"][2]["path"], 2);
}
