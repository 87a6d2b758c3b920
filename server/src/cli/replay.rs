//! `offhook replay`: recorded sessions once more, on the version that they ran on or (`--against`) on another one.

mod against;
mod html;
mod mask;
mod select;

use super::{FAILED, FOUND, Format, OK, Stop, USAGE, World, print};
use crate::config::Flag;
use crate::host::{Host, Library};
use crate::observe::Metrics;
use crate::services::Services;
use crate::store::Store;
use clap::Args;
use offhook_flow_schemas::parse_duration;
use offhook_runtime::replay::{self, Entry, Recording, ReplayError};
use offhook_runtime::{Event, talk};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Arguments of `replay`.
///
/// Exit codes: 0 all is the same; 1 something differs, or the new version has errors; 2 the command line or the configuration
/// is wrong; 3 a file, the store or a session could not be read.
#[derive(Args)]
pub(super) struct ReplayArgs {
    /// The sessions' ids; with --against also journal files, and folders of `*.journal.json`.
    #[arg(required_unless_present_any = ["last", "flow"], value_name = "SESSION")]
    sessions: Vec<String>,
    /// Replay on the flows of this folder (or file) instead of the version that each session ran on, and tell for each
    /// session the first thing that its contact, or a service, would have noticed.
    #[arg(long, value_name = "NEW")]
    against: Option<PathBuf>,
    /// Replay the sessions that began within this time, such as 7d.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    last: Option<u64>,
    /// Replay the sessions that began in this flow.
    #[arg(long, value_name = "FLOW")]
    flow: Option<String>,
    /// At most so many of the sessions that --last and --flow choose, the newest first.
    #[arg(long, value_name = "SESSIONS", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Write a report for a browser.
    #[arg(long, value_name = "FILE", requires = "against")]
    html: Option<PathBuf>,
    /// The folder of the database.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Write the session as a talk into this file (one session only).
    #[arg(long, value_name = "FILE", conflicts_with = "against")]
    save_talk: Option<PathBuf>,
    /// Write the session as a journal file, which can be replayed without the database (one session only).
    #[arg(long, value_name = "FILE", conflicts_with = "against")]
    save_journal: Option<PathBuf>,
    /// Take personal data out of what is saved: the contact's fields, what was answered in confidence, and what looks like a
    /// telephone number, an e-mail address, a card or an account. The same value becomes the same stand-in, of the same shape,
    /// and nothing is written unless the conversation goes the same way with them.
    #[arg(long)]
    mask: bool,
    /// A field of the contact, or of what services answer, that is no secret and stays, such as attributes.plan.
    #[arg(long, value_name = "FIELD", requires = "mask")]
    keep: Vec<String>,
    /// Write over an existing file.
    #[arg(long)]
    force: bool,
}

fn duration(text: &str) -> Result<u64, String> {
    parse_duration(text).map_err(|error| error.to_string())
}

pub(super) fn replay(world: &World, args: &ReplayArgs) -> Result<u8, Stop> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| Stop::new(FAILED, error.to_string()))?;
    runtime.block_on(async {
        if let Some(new) = &args.against {
            return against::against(world, args, new).await;
        }
        let host = host(world, args).await?;
        if args.mask && args.save_talk.is_none() && args.save_journal.is_none() {
            return Err(Stop::new(USAGE, "--mask goes with --save-talk or --save-journal"));
        }
        let ids = select::ids(&host, args).await?;
        if ids.len() > 1 && (args.save_talk.is_some() || args.save_journal.is_some()) {
            return Err(Stop::new(USAGE, "a talk or a journal file is made of one session"));
        }
        let mut results = Vec::new();
        let mut same = true;
        for id in &ids {
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

/// The host of the store that the configuration names; it serves nothing.
async fn host(world: &World, args: &ReplayArgs) -> Result<Host, Stop> {
    let flags = args.data.iter().map(|folder| Flag {
        name: "--data".to_owned(),
        key: "server.data_dir".to_owned(),
        value: folder.display().to_string(),
    });
    let config = Arc::new(world.config(flags.collect())?);
    let metrics = Metrics::new();
    let target = config.store_url();
    if let Some(path) = target.strip_prefix("sqlite://").filter(|path| !Path::new(path).exists()) {
        return Err(Stop::new(FAILED, format!("there is no database at {path}; --data names its folder")));
    }
    let failed = |error: &dyn std::fmt::Display| Stop::new(FAILED, error.to_string());
    let store = Store::open(&target, &metrics).await.map_err(|error| failed(&error))?;
    let library = Library::new(world.catalog.clone(), world.limits(&config), PathBuf::new());
    let services =
        Services::new(&config, None, &metrics, library.tables().clone(), None).map_err(|error| failed(&error))?;
    Ok(Host::new(store, Arc::new(library), services, metrics, config.clone()))
}

async fn one(host: &Host, id: &str, args: &ReplayArgs) -> Result<(serde_json::Value, bool), Stop> {
    let failed = |error: &dyn std::fmt::Display| Stop::new(FAILED, error.to_string());
    let row = host.store().session(host.tenant(), id).await.map_err(|error| failed(&error))?;
    let row = row.ok_or_else(|| Stop::new(FAILED, format!("there is no session {id}")))?;
    let journal = host.journal(id).await.map_err(|error| failed(&error))?;
    let programs = host.programs_of(&row, &journal).await.map_err(|error| failed(&error))?;
    let program = programs.first().clone();
    Ok(match replay::replay_on(&programs, &journal) {
        Ok(replayed) => {
            let (name, journal) = match args.mask {
                true => ("masked", mask::journal(&program, &journal, &args.keep)?),
                false => (id, journal),
            };
            if let Some(path) = &args.save_talk {
                save_talk(&program, &journal, name, path, args.force)?;
            }
            if let Some(path) = &args.save_journal {
                may_write(path, args.force)?;
                let recording = Recording::on(&programs, name, journal).map_err(|error| failed(&error))?;
                std::fs::write(path, recording.write()).map_err(|error| Stop::io(path, &error))?;
            }
            let path: Vec<String> = replayed
                .path
                .iter()
                .enumerate()
                .flat_map(|(turn, path)| path.iter().map(move |via| (turn, via)))
                .map(|(turn, via)| {
                    let (_, node, exit) = via.names(replayed.program(&programs, turn));
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

fn may_write(path: &Path, force: bool) -> Result<(), Stop> {
    match path.exists() && !force {
        true => Err(Stop::new(FAILED, format!("{} exists; --force writes over it", path.display()))),
        false => Ok(()),
    }
}

fn save_talk(
    program: &offhook_runtime::Program,
    journal: &[Entry],
    id: &str,
    path: &Path,
    force: bool,
) -> Result<(), Stop> {
    may_write(path, force)?;
    // A talk runs on one version: what was asked before the move, and what was answered after it, are of two.
    if let Some(turn) = journal.iter().position(|entry| matches!(entry.event, Event::Moved(_))) {
        let why = format!(
            "another version took {id} over in turn {}, and a talk is about one version; --save-journal keeps all of it, and --against holds it against another version",
            turn + 1
        );
        return Err(Stop::new(FAILED, why));
    }
    let text = talk::from_journal(program, journal, &format!("Recorded session {id}."))
        .ok_or_else(|| Stop::new(FAILED, format!("{id} has no beginning")))?;
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
