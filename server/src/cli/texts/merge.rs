//! `offhook texts merge`: translators' files are taken into the catalogues beside the flows.

use super::{FlowPaths, Format, OK, Stop, World, print, read_exchange};
use crate::cli::{FAILED, FOUND};
use crate::translate::{Merged, merge_into};
use clap::Args;
use serde_json::json;
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
        let result = merge_into(&flow, &exchange);
        let result = result.map_err(|refused| Stop::new(FAILED, format!("{}: {refused}", flow.id())))?;
        let (merged, changed) = (result.merged, result.files);
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
