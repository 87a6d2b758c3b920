//! The wording of a flow to translators and back over HTTP: the file that goes out changes nothing, what is translated in it comes back as edits, and
//! nothing is kept.

use offhook_tests::server::Place;
use serde_json::{Value, json};

const EXPORT: &str = "/api/v1/texts/export";
const IMPORT: &str = "/api/v1/texts/import";

fn list<'v>(answer: &'v Value, name: &str) -> &'v [Value] {
    answer[name].as_array().unwrap_or_else(|| panic!("it has {name}: {answer}"))
}

#[test]
fn wording_goes_to_translators_and_comes_back_as_edits() {
    let place = Place::new();
    let server = place.serve();
    let flow = "offhook: 1\nid: shop/line\nkind: ivr\nlocales: [en-US, es-ES]\nstart: greet\nnodes:\n  greet: { type: say, text: Hello., next: bye }\n  bye: { type: end, text: Goodbye. }\n";
    let spanish = "texts:\n  bye.text: Adiós.\n";
    let sent = json!({ "source": flow, "texts": { "es-ES": spanish } });
    let with = |more: Value| {
        let mut all = sent.clone();
        for (key, value) in more.as_object().expect("an object") {
            all[key] = value.clone();
        }
        all
    };
    for (format, ending) in [("po", ".po"), ("xliff", ".xlf")] {
        let out = server.post(EXPORT, &with(json!({ "locale": "es-ES", "format": format }))).ok();
        let file = out["file"].as_str().expect("a file").to_owned();
        assert_eq!((out["name"].as_str(), &out["texts"]), (Some(&*format!("shop-line.es-ES{ending}")), &json!(2)));
        let same = server.post(IMPORT, &with(json!({ "file": file }))).ok();
        assert_eq!((list(&same, "changes").len(), list(&same, "edits").len()), (0, 0), "{same}");
        let translated =
            match format {
                "po" => file.replace("msgid \"Hello.\"\nmsgstr \"\"", "msgid \"Hello.\"\nmsgstr \"Hola.\""),
                _ => file
                    .replacen("<source>Hello.</source>", "<source>Hello.</source><target>Hola.</target>", 1)
                    .replacen("state=\"initial\"", "state=\"final\"", 1),
            };
        let back = server.post(IMPORT, &with(json!({ "file": translated }))).ok();
        assert_eq!(back["changes"], json!([{ "key": "greet.text", "before": null, "after": "Hola." }]), "{translated}");
        let edit = json!({ "edit": "set-text", "key": "greet.text", "locale": "es-ES", "text": { "source": "Hello.", "text": "Hola." } });
        assert_eq!(list(&back, "edits"), [edit]);
        let open = server.post(EXPORT, &with(json!({ "locale": "es-ES", "format": format, "open": true }))).ok();
        assert_eq!(open["texts"], 1, "what is translated is left out");
    }
    let other = with(json!({ "locale": "es-ES", "format": "po" }));
    let other = server.post(EXPORT, &other).ok()["file"].as_str().expect("a file").replace("shop/line", "shop/other");
    for (path, wrong) in [
        (IMPORT, with(json!({ "file": other }))),
        (IMPORT, with(json!({ "file": "" }))),
        (IMPORT, with(json!({ "file": "<xliff" }))),
        (EXPORT, with(json!({ "locale": "no locale", "format": "po" }))),
        (EXPORT, with(json!({ "locale": "en-US", "format": "po" }))),
        (EXPORT, with(json!({ "locale": "es-ES", "format": "docx" }))),
        (EXPORT, json!({ "source": "nodes: [", "locale": "es-ES", "format": "po" })),
        (EXPORT, json!({ "source": flow, "texts": { "es-ES": "texts: [" }, "locale": "es-ES", "format": "po" })),
    ] {
        let answer = server.post(path, &wrong);
        assert_eq!(answer.status, 422, "{path} {wrong}: {}", answer.text);
    }
    server.stop();
}
