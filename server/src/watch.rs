//! Flows that change on the disk are served without a restart. An editor writes a file in several steps, so what
//! changes is gathered for a moment before it is read.

use crate::host::Host;
use crate::observe::Readiness;
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// How long it must be quiet before the folder is read again.
const QUIET: Duration = Duration::from_millis(200);

/// Watches the folder of flows of one host until the value that it returns is dropped. What is ready is told of all of them.
pub fn folder(host: &Host, hosts: &Arc<[Host]>, readiness: &Readiness) -> notify::Result<RecommendedWatcher> {
    let (changed, mut changes) = mpsc::channel(1);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let matters = event.is_ok_and(|event| !event.kind.is_access());
        if matters {
            // One is as good as many: the whole folder is read.
            let _ = changed.try_send(());
        }
    })?;
    watcher.watch(host.library().folder(), RecursiveMode::Recursive)?;
    let (host, hosts, readiness) = (host.clone(), hosts.clone(), readiness.clone());
    tokio::spawn(async move {
        while changes.recv().await.is_some() {
            while tokio::time::timeout(QUIET, changes.recv()).await.is_ok_and(|change| change.is_some()) {}
            reload(&host, &hosts, &readiness).await;
        }
    });
    Ok(watcher)
}

/// What `/readyz` says of the flows of all tenants. A server without a flow is ready: it takes the first one. So is one whose flows all have
/// errors, where they can be mended through it; where they cannot, a wrong folder was put there, and nobody is to be sent here.
pub fn report(hosts: &[Host], readiness: &Readiness) {
    let (mut flows, mut errors, mut files, mut editing) = (0, 0, 0, false);
    for host in hosts {
        let serving = host.library().serving();
        flows += serving.ids().len();
        errors += serving.diagnostics.iter().filter(|found| found.is_error()).count();
        files += serving.files.len();
        editing |= host.config().flows.editing;
    }
    match (flows, files) {
        (0, 0) => readiness.ok("flows", "no flow is served yet"),
        (0, _) if !editing => readiness.fail("flows", format!("none of {files} flows can run, {errors} errors")),
        (0, _) => readiness.ok("flows", format!("no flow is served yet: none of {files} can run, {errors} errors")),
        _ if errors == 0 => readiness.ok("flows", format!("{flows} flows")),
        _ => readiness.ok("flows", format!("{flows} flows, {errors} errors")),
    }
}

async fn reload(host: &Host, hosts: &[Host], readiness: &Readiness) {
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
            tracing::info!(tenant = host.tenant(), "flows read again: {detail}");
            report(hosts, readiness);
        }
        Err(error) => tracing::error!(%error, "the flows could not be read again; what was served goes on"),
    }
}
