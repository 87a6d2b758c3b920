//! Comparing and merging versions.

use crate::room::Room;
use offhook_flow_schemas::diff::{Version, diff as compare, text as told};
use offhook_flow_schemas::edit::Files;
use offhook_flow_schemas::merge::{self, Unmerged};
use serde_json::{Value, json};

/// What differs between two versions, and what that changes for those who call or write.
pub(crate) fn diff(room: &mut Room, old: &Files, new: &Files) -> Result<Value, String> {
    let (old, _) = version(room, old)?;
    let (new, knowledge) = version(room, new)?;
    let difference = compare(&old, &new, &knowledge);
    let mut answer = json!(difference);
    answer["text"] = json!(told(&difference, false));
    Ok(answer)
}

fn version(room: &mut Room, files: &Files) -> Result<(Version, offhook_flow_schemas::edit::Knowledge), String> {
    let read = room.read(files);
    let facts = |flow: &offhook_flow_schemas::Flow| read.compiled.facts(&flow.id).cloned().unwrap_or_default();
    let version = Version::read(files, facts).map_err(|found| first(&found))?;
    Ok((version, read.knowledge.clone()))
}

/// Merges a file; conflicts are marked in it and told.
pub(crate) fn merge(room: &Room, name: &str, base: &str, ours: &str, theirs: &str) -> Result<Value, String> {
    match merge::merge(name, base, ours, theirs, &room.catalog.knowledge(None)) {
        Ok(merged) => Ok(json!({ "text": merged.text, "conflicts": merged.conflicts })),
        Err(Unmerged::Unreadable(side, found)) => Err(format!("{side}: {}", first(&found))),
        Err(Unmerged::CannotKeep) => Err("no way was found to write both changes".to_owned()),
    }
}

fn first(found: &[offhook_flow_schemas::Diagnostic]) -> String {
    found
        .iter()
        .find(|one| one.is_error())
        .or(found.first())
        .map_or_else(|| "it cannot be read".to_owned(), |one| format!("line {}: {}", one.line, one.message))
}
