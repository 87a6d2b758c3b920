//! `offhook replay`: a recorded session once more, on the version that it ran on.

use super::{FAILED, FOUND, Format, OK, Stop, World, print};
use crate::config::Flag;
use crate::host::{Host, Library};
use crate::observe::Metrics;
use crate::services::Services;
use crate::store::Store;
use clap::Args;
use offhook_runtime::replay::{self, Entry, ReplayError};
use offhook_runtime::talk;
use std::path::PathBuf;
use std::sync::Arc;

/// Arguments of `replay`.
#[derive(Args)]
pub(super) struct ReplayArgs {
    /// The sessions' ids.
    #[arg(required = true, value_name = "SESSION")]
    sessions: Vec<String>,
    /// The folder of the database.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Write the session as a talk into this file (one session only).
    #[arg(long, value_name = "FILE")]
    save_talk: Option<PathBuf>,
    /// Write over an existing file.
    #[arg(long)]
    force: bool,
}

pub(super) fn replay(world: &World, args: &ReplayArgs) -> Result<u8, Stop> {
    let flags = args.data.iter().map(|folder| Flag {
        name: "--data".to_owned(),
        key: "server.data_dir".to_owned(),
        value: folder.display().to_string(),
    });
    let config = Arc::new(world.config(flags.collect())?);
    let runtime = tokio::runtime::Runtime::new().map_err(|error| Stop::new(FAILED, error.to_string()))?;
    runtime.block_on(async {
        let metrics = Metrics::new();
        let target = config.store_url();
        if let Some(path) = target.strip_prefix("sqlite://").filter(|path| !std::path::Path::new(path).exists()) {
            return Err(Stop::new(FAILED, format!("there is no database at {path}; --data names its folder")));
        }
        let failed = |error: &dyn std::fmt::Display| Stop::new(FAILED, error.to_string());
        let store = Store::open(&target, &metrics).await.map_err(|error| failed(&error))?;
        let library = Library::new(world.catalog.clone(), world.limits(&config), PathBuf::new());
        let services =
            Services::new(&config, None, &metrics, library.tables().clone()).map_err(|error| failed(&error))?;
        let host = Host::new(store, Arc::new(library), services, metrics, config.clone());
        let mut results = Vec::new();
        let mut same = true;
        for id in &args.sessions {
            let (result, is_same) = one(&host, id, args).await?;
            same &= is_same;
            if world.format == Format::Text {
                print(&describe(id, &result));
            }
            results.push(result);
        }
        if world.format == Format::Json {
            world.json(&results.into());
        }
        host.store().close().await;
        Ok(if same { OK } else { FOUND })
    })
}

async fn one(host: &Host, id: &str, args: &ReplayArgs) -> Result<(serde_json::Value, bool), Stop> {
    let failed = |error: &dyn std::fmt::Display| Stop::new(FAILED, error.to_string());
    let row = host.store().session(host.tenant(), id).await.map_err(|error| failed(&error))?;
    let row = row.ok_or_else(|| Stop::new(FAILED, format!("there is no session {id}")))?;
    let program = host.program_of(&row).await.map_err(|error| failed(&error))?;
    let journal = host.journal(id).await.map_err(|error| failed(&error))?;
    Ok(match replay::replay(&program, &journal) {
        Ok(replayed) => {
            if let Some(path) = &args.save_talk {
                save_talk(&program, &journal, id, path, args.force)?;
            }
            let path: Vec<String> = replayed
                .path
                .iter()
                .flatten()
                .map(|via| {
                    let (_, node, exit) = via.names(&program);
                    format!("{node}.{exit}")
                })
                .collect();
            let ended = replayed.ended;
            (
                serde_json::json!({
                    "session": id, "same": true, "flow": program.id(), "version": program.entry().version,
                    "turns": replayed.turns, "ended": ended, "path": path
                }),
                true,
            )
        }
        Err(ReplayError::Diverged(divergence)) => {
            (serde_json::json!({ "session": id, "same": false, "divergence": divergence }), false)
        }
        Err(error) => (serde_json::json!({ "session": id, "same": false, "error": error.to_string() }), false),
    })
}

fn save_talk(
    program: &offhook_runtime::Program,
    journal: &[Entry],
    id: &str,
    path: &std::path::Path,
    force: bool,
) -> Result<(), Stop> {
    if path.exists() && !force {
        return Err(Stop::new(FAILED, format!("{} exists; --force writes over it", path.display())));
    }
    let text = talk::from_journal(program, journal, &format!("Recorded session {id}."))
        .ok_or_else(|| Stop::new(FAILED, format!("{id} has no beginning, so it cannot be a talk")))?;
    std::fs::write(path, text).map_err(|error| Stop::io(path, &error))
}

fn describe(id: &str, result: &serde_json::Value) -> String {
    if result["same"] == true {
        let ended = match result["ended"].as_str() {
            Some(reason) => format!("ended: {reason}"),
            None => "still going on".to_owned(),
        };
        return format!(
            "{id}: same to the letter ({} version {}, {} turns, {ended})",
            result["flow"].as_str().unwrap_or_default(),
            result["version"],
            result["turns"]
        );
    }
    if let Some(error) = result["error"].as_str() {
        return format!("{id}: {error}");
    }
    let divergence = &result["divergence"];
    format!(
        "{id}: differs in turn {} at node {}, on event {}\n  recorded: {}\n  replayed: {}",
        divergence["turn"], divergence["node"], divergence["event"], divergence["recorded"], divergence["replayed"]
    )
}
