//! `offhook check`: mistakes in flows, all of them, each with its place and its remedy.

use super::{FOUND, FlowPaths, Format, OK, Stop, USAGE, World, print, tally};
use crate::config::{Config, Sources};
use clap::Args;
use offhook_flow_schemas::{Severity, render};
use std::path::PathBuf;

/// Arguments of `check`.
#[derive(Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    flows: FlowPaths,
    /// Warnings are errors.
    #[arg(long)]
    strict: bool,
    /// Show hints, too.
    #[arg(long)]
    hints: bool,
    /// Hold the flows against this environment, too: a configuration whose sources, numbers, message channels and secrets
    /// they name. Its secrets are not looked up. `--config` does the same for its file.
    #[arg(long, value_name = "FILE")]
    env: Vec<PathBuf>,
}

pub(super) fn check(world: &World, args: &CheckArgs) -> Result<u8, Stop> {
    let mut project = args.flows.load(world)?;
    for file in args.env.iter().chain(&world.sources.file) {
        // The variables of this process are of another environment.
        let sources = Sources { file: Some(file.clone()), names_only: true, ..Sources::default() };
        let config = Config::load(&sources).map_err(|errors| Stop::new(USAGE, errors.to_string()))?;
        let unbound = project.unbound(config.environment(&file.display().to_string()));
        project.diagnostics.extend(unbound);
    }
    offhook_flow_schemas::sort_diagnostics(&mut project.diagnostics);
    let (errors, warnings, hints) = tally(&project.diagnostics);
    let failed = errors > 0 || args.strict && warnings > 0;
    if world.format == Format::Json {
        world.json(&serde_json::json!({
            "ok": !failed, "flows": project.files.len(), "errors": errors, "warnings": warnings, "hints": hints,
            "diagnostics": project.diagnostics
        }));
    } else {
        let shown: Vec<_> = project
            .diagnostics
            .iter()
            .filter(|found| args.hints || found.severity != Severity::Hint)
            .cloned()
            .collect();
        if !shown.is_empty() {
            print(&render(&shown, world.colour));
        }
        let hidden =
            if hints > 0 && !args.hints { format!(", {hints} hints (--hints shows them)") } else { String::new() };
        print(&format!("{} flows: {errors} errors, {warnings} warnings{hidden}", project.files.len()));
    }
    Ok(if failed { FOUND } else { OK })
}
