//! Translations from a translator's file into a catalogue.
//!
//! An entry without a translation, or one that its translator has not finished, changes nothing: what is there stays. A
//! translation is written with the original it was made from, so that it is stale at once when the flow has changed
//! meanwhile, and one day later, too.

use super::Translatable;
use super::exchange::{Entry, Exchange};
use offhook_flow_schemas::edit::{Edit, Editor, File, Files, Knowledge};
use offhook_flow_schemas::{Texts, is_same_text};
use offhook_runtime::texts::{self, TextField};
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::collections::{HashMap, HashSet};

/// What a file does to the catalogues of a flow.
#[derive(Debug, Default)]
pub(crate) struct Merge {
    /// What came of its entries.
    pub(crate) merged: Merged,
    /// The edits that do it, each of which can be made.
    pub(crate) edits: Vec<Edit>,
    /// The files that change, with their new text.
    pub(crate) files: Vec<(String, String)>,
}

/// What came of a file.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Merged {
    /// New translations.
    pub(crate) added: Vec<String>,
    /// Translations that changed.
    pub(crate) changed: Vec<String>,
    /// Translations that still fit their changed original.
    pub(crate) confirmed: Vec<String>,
    /// Texts of which some parts are not translated yet.
    pub(crate) incomplete: Vec<String>,
    /// Entries whose original the flow says otherwise by now: they are merged, and stale.
    pub(crate) outdated: Vec<String>,
    /// Entries that the flow does not have any more.
    pub(crate) unknown: Vec<String>,
    /// Entries that could not be taken, and why.
    pub(crate) refused: Vec<String>,
}

/// The catalogue with the translations of a file: what came of them, and the files that changed with their new text.
pub(crate) fn merge_into(flow: &Translatable<'_>, exchange: &Exchange) -> Result<Merge, String> {
    let catalogue = flow.catalogue(&exchange.locale);
    let mut merged = Merged::default();
    let done: HashMap<&str, &Entry> = exchange
        .entries
        .iter()
        .filter(|entry| entry.target.is_some() && !entry.needs_work)
        .map(|entry| (entry.id.as_str(), entry))
        .collect();
    let mut known: HashSet<String> = HashSet::new();
    let mut edits = Vec::new();
    for field in flow.fields {
        let units = texts::units(flow.document, field, catalogue);
        known.extend(units.iter().map(|unit| unit.id.clone()));
        if !units.iter().any(|unit| done.contains_key(unit.id.as_str())) {
            continue;
        }
        if let Some(edit) = edit_of(flow, field, catalogue, &done, &mut merged) {
            edits.push(Edit::SetText { key: field.address.clone(), locale: Some(exchange.locale.clone()), text: edit });
        }
    }
    merged.unknown = exchange.entries.iter().map(|entry| entry.id.clone()).filter(|id| !known.contains(id)).collect();
    let files = apply(flow, &mut edits, &mut merged)?;
    Ok(Merge { merged, edits, files })
}

/// The entry of a catalogue that holds a field's translations; nothing where nothing changes.
fn edit_of(
    flow: &Translatable<'_>,
    field: &TextField,
    catalogue: Option<&Texts>,
    done: &HashMap<&str, &Entry>,
    merged: &mut Merged,
) -> Option<Json> {
    let original = Texts::original(flow.document, &field.address)?;
    let was = catalogue.and_then(|texts| texts.texts.get(&field.address));
    let recorded = catalogue.and_then(|texts| texts.sources.get(&field.address));
    let target = |id: &str| done.get(id).and_then(|entry| entry.target.clone());
    let composed = match texts::compose(field, &original, was, &target) {
        Ok(Some(composed)) => composed,
        Ok(None) => {
            merged.incomplete.push(field.address.clone());
            return None;
        }
        Err(why) => {
            merged.refused.push(format!("{} ({why})", field.address));
            return None;
        }
    };
    // What was translated is what the file says, which may be older than what the flow says.
    let source = |id: &str| done.get(id).map(|entry| entry.source.clone());
    let source = match texts::compose(field, &original, Some(&original), &source) {
        Ok(Some(source)) => source,
        _ => original.clone().into_owned(),
    };
    let is_outdated = !is_same_text(&source, &original);
    if is_outdated {
        merged.outdated.push(field.address.clone());
    }
    match was {
        None => merged.added.push(field.address.clone()),
        Some(was) if *was != composed => merged.changed.push(field.address.clone()),
        // It is as it was; only a stale one that somebody has looked at again is news.
        Some(_) => {
            let is_stale = recorded.is_some_and(|recorded| !is_same_text(recorded, &original));
            if !is_stale || is_outdated {
                return None;
            }
            merged.confirmed.push(field.address.clone());
        }
    }
    Some(json!({ "source": source, "text": composed }))
}

/// Makes the edits, each by itself, so that one that is refused keeps no other from being made.
fn apply(flow: &Translatable<'_>, edits: &mut Vec<Edit>, merged: &mut Merged) -> Result<Vec<(String, String)>, String> {
    let file =
        |source: &offhook_flow_schemas::Source| File { name: source.name.to_string(), text: source.text.to_string() };
    let files = Files {
        flow: file(flow.document.tree.source()),
        layout: None,
        texts: flow.texts.iter().map(|texts| file(texts.tree.source())).collect(),
        talks: Vec::new(),
    };
    let knowledge = Knowledge::default();
    let mut editor = Editor::open(&files, &knowledge).map_err(|refusal| refusal.to_string())?;
    edits.retain(|edit| {
        let Err(refusal) = editor.edit(edit) else { return true };
        if let Edit::SetText { key, .. } = edit {
            for list in [&mut merged.added, &mut merged.changed, &mut merged.confirmed] {
                list.retain(|known| known != key);
            }
            merged.refused.push(format!("{key} ({refusal})"));
        }
        false
    });
    let changes = editor.changes();
    Ok(changes
        .into_iter()
        .filter_map(|change| Some((change.name.clone(), editor.file(&change.name)?.to_owned())))
        .collect())
}
