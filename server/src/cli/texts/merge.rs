//! Translations from a translator's file into a catalogue.
//!
//! An entry without a translation, or one that its translator has not finished, changes nothing: what is there stays. A
//! translation is written with the original it was made from, so that it is stale at once when the flow has changed
//! meanwhile, and one day later, too.

use super::exchange::Exchange;
use super::{FlowPaths, Format, OK, Stop, Translatable, World, print, read_exchange};
use crate::cli::{FAILED, FOUND};
use clap::Args;
use offhook_flow_schemas::edit::{Edit, Editor, File, Files, Knowledge};
use offhook_flow_schemas::{Texts, is_same_text};
use offhook_runtime::texts::{self, TextField};
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Arguments of `texts merge`.
#[derive(Args)]
pub(super) struct MergeArgs {
    #[command(flatten)]
    flows: FlowPaths,
    /// A translator's file, .po or .xlf, or a folder of them.
    #[arg(long, required = true, value_name = "PATH")]
    from: Vec<PathBuf>,
    /// Only say what would be done.
    #[arg(long)]
    dry_run: bool,
}

/// What came of a file.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Merged {
    /// New translations.
    pub(super) added: Vec<String>,
    /// Translations that changed.
    pub(super) changed: Vec<String>,
    /// Translations that still fit their changed original.
    pub(super) confirmed: Vec<String>,
    /// Texts of which some parts are not translated yet.
    pub(super) incomplete: Vec<String>,
    /// Entries whose original the flow says otherwise by now: they are merged, and stale.
    pub(super) outdated: Vec<String>,
    /// Entries that the flow does not have any more.
    pub(super) unknown: Vec<String>,
    /// Entries that could not be taken, and why.
    pub(super) refused: Vec<String>,
}

pub(super) fn merge(world: &World, args: &MergeArgs) -> Result<u8, Stop> {
    let project = args.flows.load(world)?;
    let mut paths = Vec::new();
    for path in &args.from {
        collect(path, &mut paths)?;
    }
    if paths.is_empty() {
        return Err(Stop::new(FAILED, "there is no .po and no .xlf file"));
    }
    let mut results = Vec::new();
    for path in paths {
        let exchange = read_exchange(&path)?;
        let flow = project.translatable().find(|flow| flow.id() == exchange.flow);
        let flow = flow.ok_or_else(|| {
            Stop::new(FAILED, format!("{}: there is no flow `{}` here", path.display(), exchange.flow))
        })?;
        let (merged, changed) = merge_into(&flow, &exchange)?;
        for (name, text) in changed.iter().filter(|_| !args.dry_run) {
            let path = Path::new(name);
            std::fs::write(path, text).map_err(|error| Stop::io(path, &error))?;
        }
        results.push((path, merged));
    }
    let is_clean = results.iter().all(|(_, merged)| merged.refused.is_empty());
    if world.format == Format::Json {
        let files: Vec<_> = results.iter().map(|(path, merged)| json!({ "file": path, "merged": merged })).collect();
        world.json(&json!({ "files": files }));
    } else {
        results.iter().for_each(|(path, merged)| print(&told(path, merged)));
    }
    Ok(if is_clean { OK } else { FOUND })
}

fn told(path: &Path, merged: &Merged) -> String {
    let mut text = format!(
        "{}: {} added, {} changed, {} confirmed",
        path.display(),
        merged.added.len(),
        merged.changed.len(),
        merged.confirmed.len()
    );
    let more = [
        ("some parts are not translated", &merged.incomplete),
        ("the flow says otherwise by now, so it is stale", &merged.outdated),
        ("the flow has no such text", &merged.unknown),
        ("not taken", &merged.refused),
    ];
    for (why, keys) in more {
        keys.iter().for_each(|key| text.push_str(&format!("\n  {key}: {why}")));
    }
    text
}

/// Translators' files at a path; those in folders in the order of their names.
fn collect(path: &Path, paths: &mut Vec<PathBuf>) -> Result<(), Stop> {
    if !path.is_dir() {
        paths.push(path.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(path).map_err(|error| Stop::io(path, &error))?;
    let mut entries: Vec<PathBuf> = entries
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Stop::io(path, &error))?
        .iter()
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    for entry in entries {
        let ending = entry.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if entry.is_dir() || matches!(ending, "po" | "xlf" | "xliff") {
            collect(&entry, paths)?;
        }
    }
    Ok(())
}

/// The catalogue with the translations of a file: what came of them, and the files that changed with their new text.
pub(super) fn merge_into(
    flow: &Translatable<'_>,
    exchange: &Exchange,
) -> Result<(Merged, Vec<(String, String)>), Stop> {
    let catalogue = flow.catalogue(&exchange.locale);
    let mut merged = Merged::default();
    let done: HashMap<&str, &super::Entry> = exchange
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
    let changed = apply(flow, &edits, &mut merged)?;
    Ok((merged, changed))
}

/// The entry of a catalogue that holds a field's translations; nothing where nothing changes.
fn edit_of(
    flow: &Translatable<'_>,
    field: &TextField,
    catalogue: Option<&Texts>,
    done: &HashMap<&str, &super::Entry>,
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
fn apply(flow: &Translatable<'_>, edits: &[Edit], merged: &mut Merged) -> Result<Vec<(String, String)>, Stop> {
    let file =
        |source: &offhook_flow_schemas::Source| File { name: source.name.to_string(), text: source.text.to_string() };
    let files = Files {
        flow: file(flow.document.tree.source()),
        layout: None,
        texts: flow.file.texts.iter().map(|texts| file(texts.tree.source())).collect(),
        talks: Vec::new(),
    };
    let knowledge = Knowledge::default();
    let refused = |refusal: &dyn std::fmt::Display| Stop::new(FAILED, format!("{}: {refusal}", flow.id()));
    let mut editor = Editor::open(&files, &knowledge).map_err(|refusal| refused(&refusal))?;
    for edit in edits {
        if let Err(refusal) = editor.edit(edit) {
            let Edit::SetText { key, .. } = edit else { continue };
            for list in [&mut merged.added, &mut merged.changed, &mut merged.confirmed] {
                list.retain(|known| known != key);
            }
            merged.refused.push(format!("{key} ({refusal})"));
        }
    }
    let changes = editor.changes();
    Ok(changes
        .into_iter()
        .filter_map(|change| Some((change.name.clone(), editor.file(&change.name)?.to_owned())))
        .collect())
}
