//! A request for edits as JSON, and the answer as JSON.

use offhook_flow_schemas::edit::{Edit, Editor, Files, Knowledge, apply};
use serde_json::{Value, json};

/// Answers a request: every changed file with its text, and what the flow then says; or why it was refused.
pub fn answer(request: &str) -> String {
    let answered = || -> Result<Value, String> {
        let request: Value = serde_json::from_str(request).map_err(|error| error.to_string())?;
        let files: Files = serde_json::from_value(request["files"].clone()).map_err(|error| error.to_string())?;
        let edits: Vec<Edit> = serde_json::from_value(request["edits"].clone()).map_err(|error| error.to_string())?;
        let knowledge: Knowledge = serde_json::from_value(json!({
            "targets": { "menu": ["/choices/*/next"] }, "texts": { "say": ["/text"], "menu": ["/text", "/choices/*/phrases"] }
        }))
        .map_err(|error| error.to_string())?;
        let mut editor = Editor::open(&files, &knowledge).map_err(|refusal| refusal.to_string())?;
        editor.everywhere(request["everywhere"] == true);
        for edit in &edits {
            editor.edit(edit).map_err(|refusal| refusal.to_string())?;
        }
        let changed: Vec<Value> = editor
            .changes()
            .into_iter()
            .map(|change| json!({ "name": change.name, "text": editor.file(&change.name), "edits": change.edits }))
            .collect();
        let before = apply(&files.flow.text, &[]).unwrap_or_default();
        Ok(
            json!({ "before": before, "flow": files.flow.name, "text": editor.text(), "value": editor.value(), "changed": changed }),
        )
    };
    answered().unwrap_or_else(|refused| json!({ "refused": refused })).to_string()
}
