//! Prints edits and what came of them, a JSON document a line, for `tests/oracle`: it runs once more as WebAssembly, and the
//! edited documents are read by another YAML reader. Arguments: folders with flows, and `NAME.cases.yaml` beside documents.

mod request;

use std::path::{Path, PathBuf};

use offhook_flow_schemas::{escape_pointer, read_tree};
use serde_json::{Value, json};

fn main() {
    let mut folders: Vec<PathBuf> = std::env::args().skip(1).map(PathBuf::from).collect();
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).expect("the folder can be read");
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            let document = (name.ends_with(".yaml") || name.ends_with(".json")) && name.matches('.').count() == 1;
            if path.is_dir() {
                folders.push(path);
            } else if document {
                print_all(&path, &name);
            }
        }
    }
}

fn print_all(path: &Path, name: &str) {
    let text = std::fs::read_to_string(path).expect("the document is text");
    let Ok(tree) = read_tree(name, text.as_bytes()) else {
        return;
    };
    let beside = |word: &str| {
        let path = path.with_extension(word);
        let name = path.file_name()?.to_str()?.to_owned();
        Some(json!({ "name": name, "text": std::fs::read_to_string(&path).ok()? }))
    };
    let layout = beside("layout.yaml");
    let texts: Vec<Value> = beside("es-ES.yaml").into_iter().collect();
    let cases = std::fs::read(path.with_extension("cases.yaml")).ok();
    let cases = match cases.and_then(|cases| read_tree("cases.yaml", &cases).ok()) {
        Some(cases) => cases.to_value().as_array().cloned().unwrap_or_default(),
        None => usual(&tree.to_value()),
    };
    for case in cases {
        for crlf in [false, true] {
            let ends = |text: &str| if crlf { text.replace('\n', "\r\n") } else { text.to_owned() };
            let file =
                |file: &Value| json!({ "name": file["name"], "text": ends(file["text"].as_str().unwrap_or_default()) });
            let request = json!({
                "files": {
                    "flow": { "name": name, "text": ends(&text) },
                    "layout": layout.as_ref().map(file),
                    "texts": texts.iter().map(file).collect::<Vec<_>>(),
                },
                "edits": case["edits"],
                "everywhere": case["everywhere"] == true,
            });
            let request = request.to_string();
            println!("{}", json!({ "request": request, "response": request::answer(&request) }));
        }
    }
}

/// Edits of a real flow: nodes renamed, copied and removed, texts set.
fn usual(flow: &Value) -> Vec<Value> {
    let mut edits = Vec::new();
    for (id, node) in flow["nodes"].as_object().into_iter().flatten() {
        edits.push(json!({ "edit": "rename-node", "from": id, "to": "renamed" }));
        edits.push(json!({ "edit": "copy-node", "from": id, "to": "copied" }));
        edits.push(json!({ "edit": "remove-node", "id": id }));
        edits.push(json!({ "edit": "place", "node": id, "at": [1.5, 2] }));
        for key in node.as_object().into_iter().flat_map(|node| node.keys()) {
            let pointer = format!("/nodes/{}/{}", escape_pointer(id), escape_pointer(key));
            edits.push(json!({ "edit": "set", "pointer": pointer, "value": "It's: \"new\"\nand long" }));
            edits.push(json!({ "edit": "set", "pointer": format!("{pointer}-2"), "value": { "list": [1, "two", { "three": null }] } }));
            edits.push(json!({ "edit": "remove", "pointer": pointer }));
        }
    }
    // Every thirteenth: each kind of edit comes about, in every flow, and the test stays quick.
    edits.into_iter().step_by(13).map(|edit| json!({ "edits": [edit] })).collect()
}
