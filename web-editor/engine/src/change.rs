//! Edits: from what is meant to changes of text.

use crate::room::{Room, text_of};
use crate::units::changes;
use offhook_flow_schemas::edit::{Edit, Editor, Files, Refusal};
use serde_json::Value;

pub(crate) fn edit(room: &mut Room, files: &Files, edits: &[Edit], everywhere: bool) -> Result<Value, String> {
    let read = room.read(files);
    let mut editor = Editor::open(files, &read.knowledge).map_err(told)?;
    editor.everywhere(everywhere);
    for edit in edits {
        editor.edit(edit).map_err(told)?;
    }
    Ok(changes(&editor.changes(), |name| text_of(files, name)))
}

pub(crate) fn told(refusal: Refusal) -> String {
    refusal.to_string()
}
