//! `offhook talk --watch`: performs the talks again whenever something beside them changes.

use crate::cli::{FAILED, Stop, print};
use notify::{RecursiveMode, Watcher as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

/// How long it must be quiet before the talks are performed again: an editor writes a file in several steps.
const QUIET: Duration = Duration::from_millis(200);

/// Runs at once and after every change below the paths, until the process is ended. What a run writes is no change.
pub(super) fn watch(paths: &[PathBuf], written: &[&Path], run: impl Fn() -> Result<u8, Stop>) -> Result<u8, Stop> {
    let failed = |error: notify::Error| Stop::new(FAILED, format!("nothing can be watched: {error}"));
    let written: Vec<PathBuf> = written.iter().filter_map(|path| std::path::absolute(path).ok()).collect();
    let (changed, changes) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let matters = event.is_ok_and(|event| {
            let ours = |path: &PathBuf| {
                let is_document =
                    path.extension().is_some_and(|end| ["yaml", "yml", "json", "csv"].iter().any(|e| end == *e));
                is_document && !written.contains(path)
            };
            !event.kind.is_access() && event.paths.iter().any(ours)
        });
        if matters {
            // Nobody listens any more when the process ends.
            let _ = changed.send(());
        }
    })
    .map_err(failed)?;
    for path in paths {
        let folder = if path.is_file() { path.parent().unwrap_or(Path::new(".")) } else { path };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        watcher
            .watch(&std::path::absolute(folder).unwrap_or(folder.to_owned()), RecursiveMode::Recursive)
            .map_err(failed)?;
    }
    loop {
        if let Err(stop) = run() {
            // A file that is being written may be missing for a moment.
            eprintln!("offhook: {}", stop.message.trim_end());
        }
        print("watching for changes; end with Ctrl+C");
        if changes.recv().is_err() {
            return Err(Stop::new(FAILED, "the watching has ended"));
        }
        while changes.recv_timeout(QUIET).is_ok() {}
    }
}
