//! Which sessions: by id, by file, or by the time and the flow in which they began.

use super::ReplayArgs;
use crate::cli::{FAILED, Stop};
use crate::host::{Host, now_ms};
use crate::replays::Recorded;
use crate::store::{Cursor, SessionFilter, SessionRow};
use offhook_runtime::replay::Recording;
use std::path::{Path, PathBuf};

/// Rows that are asked for at once.
const PAGE: usize = 500;

/// Bytes of one journal file: a day's conversation has a few hundred thousand.
const JOURNAL_BYTES: u64 = 64 << 20;

/// Files of one folder of journals.
const FILES: usize = 100_000;

fn failed(error: &dyn std::fmt::Display) -> Stop {
    Stop::new(FAILED, error.to_string())
}

/// The ids that the arguments name, and those that they choose, the newest first.
pub(super) async fn ids(host: &Host, args: &ReplayArgs) -> Result<Vec<String>, Stop> {
    Ok(args.sessions.iter().cloned().chain(chosen(host, args).await?.into_iter().map(|row| row.id)).collect())
}

/// What `--last` and `--flow` choose.
async fn chosen(host: &Host, args: &ReplayArgs) -> Result<Vec<SessionRow>, Stop> {
    if args.last.is_none() && args.flow.is_none() {
        return Ok(Vec::new());
    }
    let from = |last: u64| now_ms().saturating_sub(i64::try_from(last).unwrap_or(i64::MAX));
    let filter = SessionFilter { flow: args.flow.clone(), from_ms: args.last.map(from), ..SessionFilter::default() };
    let limit = args.limit as usize;
    let mut found: Vec<SessionRow> = Vec::new();
    let mut after: Option<Cursor> = None;
    loop {
        let page = host.store().sessions(host.tenant(), &filter, after.as_ref(), PAGE.min(limit - found.len())).await;
        let (rows, next) = page.map_err(|error| failed(&error))?;
        found.extend(rows);
        match next {
            Some(next) if found.len() < limit => after = Some(next),
            _ => return Ok(found),
        }
    }
}

/// What is to be replayed: files at once, sessions of the store by their rows.
pub(super) struct Selection {
    pub(super) files: Vec<PathBuf>,
    pub(super) ids: Vec<String>,
}

impl Selection {
    /// Files and folders among the arguments are told from ids by being there.
    pub(super) fn of(args: &ReplayArgs) -> Result<Selection, Stop> {
        let mut selection = Selection { files: Vec::new(), ids: Vec::new() };
        for word in &args.sessions {
            let path = Path::new(word);
            if path.is_dir() {
                let mut found = Vec::new();
                for entry in std::fs::read_dir(path).map_err(|error| Stop::io(path, &error))? {
                    let file = entry.map_err(|error| Stop::io(path, &error))?.path();
                    if file.to_str().is_some_and(|name| name.ends_with(".journal.json")) {
                        found.push(file);
                    }
                    if found.len() > FILES {
                        return Err(Stop::new(FAILED, format!("{word} has more than {FILES} journals")));
                    }
                }
                found.sort();
                selection.files.extend(found);
            } else if path.is_file() {
                selection.files.push(path.to_owned());
            } else {
                selection.ids.push(word.clone());
            }
        }
        Ok(selection)
    }
}

/// Reads a journal file.
pub(super) fn file(path: &Path) -> Result<Recorded, Stop> {
    let size = std::fs::metadata(path).map_err(|error| Stop::io(path, &error))?.len();
    if size > JOURNAL_BYTES {
        return Err(Stop::new(FAILED, format!("{} is larger than {JOURNAL_BYTES} bytes", path.display())));
    }
    let text = std::fs::read_to_string(path).map_err(|error| Stop::io(path, &error))?;
    let recording =
        Recording::read(&text).map_err(|error| Stop::new(FAILED, format!("{}: {error}", path.display())))?;
    Ok(Recorded::File(recording))
}

/// The rows of the sessions that the arguments name and choose.
pub(super) async fn rows(host: &Host, args: &ReplayArgs, ids: &[String]) -> Result<Vec<SessionRow>, Stop> {
    let mut rows = Vec::new();
    for id in ids {
        let row = host.store().session(host.tenant(), id).await.map_err(|error| failed(&error))?;
        rows.push(row.ok_or_else(|| Stop::new(FAILED, format!("there is no session and no file {id}")))?);
    }
    let chosen = chosen(host, args).await?;
    rows.extend(chosen.into_iter().filter(|row| !ids.contains(&row.id)));
    Ok(rows)
}

/// A session of the store, ready to be replayed.
pub(super) async fn stored(host: &Host, row: &SessionRow) -> Result<Recorded, Stop> {
    host.recorded(row).await.map_err(|error| failed(&error))
}
