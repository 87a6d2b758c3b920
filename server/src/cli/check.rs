//! `offhook check`: mistakes in flows, all of them, each with its place and its remedy.

use super::{FOUND, FlowPaths, Format, OK, Stop, World, print, tally};
use clap::Args;
use offhook_flow_schemas::{Severity, render};

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
}

pub(super) fn check(world: &World, args: &CheckArgs) -> Result<u8, Stop> {
    let project = args.flows.load(world)?;
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
