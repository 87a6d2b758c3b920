//! Flows that change on the disk are served without a restart. An editor writes a file in several steps, so what
//! changes is gathered for a moment before it is read.

use crate::host::Host;
use crate::observe::Readiness;
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use std::time::Duration;
use tokio::sync::mpsc;

/// How long it must be quiet before the folder is read again.
const QUIET: Duration = Duration::from_millis(200);

/// Watches the folder of flows until the value that it returns is dropped.
pub fn folder(host: &Host, readiness: &Readiness) -> notify::Result<RecommendedWatcher> {
    let (changed, mut changes) = mpsc::channel(1);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let matters = event.is_ok_and(|event| !event.kind.is_access());
        if matters {
            // One is as good as many: the whole folder is read.
            let _ = changed.try_send(());
        }
    })?;
    watcher.watch(host.library().folder(), RecursiveMode::Recursive)?;
    let (host, readiness) = (host.clone(), readiness.clone());
    tokio::spawn(async move {
        while changes.recv().await.is_some() {
            while tokio::time::timeout(QUIET, changes.recv()).await.is_ok_and(|change| change.is_some()) {}
            reload(&host, &readiness).await;
        }
    });
    Ok(watcher)
}

async fn reload(host: &Host, readiness: &Readiness) {
    match host.library().load(host.store(), host.tenant()).await {
        Ok(serving) => {
            let errors: Vec<_> = serving.diagnostics.iter().filter(|found| found.is_error()).collect();
            for error in &errors {
                tracing::error!(file = error.file, line = error.line, code = %error.code, "{}", error.message);
            }
            if !serving.stale.is_empty() {
                tracing::warn!(flows = serving.stale.join(", "), "these have errors and are served as they were");
            }
            let detail = format!("{} flows, {} errors", serving.ids().len(), errors.len());
            tracing::info!("flows read again: {detail}");
            readiness.ok("flows", detail);
        }
        Err(error) => tracing::error!(%error, "the flows could not be read again; what was served goes on"),
    }
}
