//! `offhook check`: mistakes in flows, all of them, each with its place and its remedy; with `--prove` also what does not
//! hold on every path, each with a way that shows it.

use super::sarif::sarif;
use super::{FOUND, FlowPaths, Format, OK, Stop, USAGE, World, print, tally};
use crate::config::{Config, Sources};
use clap::Args;
use offhook_flow_schemas::{Severity, parse_duration, render};
use offhook_runtime::prove::{Claim, Options, Report, prove};
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
    /// Prove what must hold on every path: a way out, no endless re-prompt, no circle without a wait, no long silence on a
    /// call, an answer to every question on every channel. What does not hold is shown with the way that leads there.
    #[arg(long)]
    prove: bool,
    /// The turns within which a person or an end must be reached.
    #[arg(long, requires = "prove", value_name = "TURNS", default_value_t = Options::default().turns)]
    turns: u32,
    /// The longest silence that a caller may hear, such as 20s.
    #[arg(long, requires = "prove", value_name = "DURATION", value_parser = duration, default_value = "30s")]
    silence: u64,
    /// Callers answer by keys alone, as where no speech is recognised.
    #[arg(long, requires = "prove")]
    keys_only: bool,
}

fn duration(text: &str) -> Result<u64, String> {
    parse_duration(text).map_err(|error| error.to_string())
}

/// The claims, each with how many flows it holds for.
fn summary(report: &Report) -> String {
    let line = |claim: &Claim| {
        let failed = report.flows.iter().filter(|(flow, _)| !report.holds(flow, *claim)).count();
        match failed {
            0 => format!("  proved: {}", claim.words()),
            some => format!("  not proved in {some} of {} flows: {}", report.flows.len(), claim.words()),
        }
    };
    let mut lines: Vec<String> = Claim::ALL.iter().map(line).collect();
    lines.extend(report.unfinished.iter().map(|flow| format!("  {flow} is too big to be followed to its end")));
    lines.join("\n")
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
    let proofs = args.prove.then(|| {
        let options = Options { turns: args.turns, silence_ms: args.silence, speech: !args.keys_only };
        let report = prove(&project.sources, &project.compiled, &project.catalog, &options);
        project.diagnostics.extend(report.diagnostics());
        report
    });
    offhook_flow_schemas::sort_diagnostics(&mut project.diagnostics);
    let (errors, warnings, hints) = tally(&project.diagnostics);
    let failed = errors > 0 || args.strict && warnings > 0;
    if world.format == Format::Sarif {
        world.json(&sarif(&project.diagnostics));
    } else if world.format == Format::Json {
        let mut found = serde_json::json!({
            "ok": !failed, "flows": project.files.len(), "errors": errors, "warnings": warnings, "hints": hints,
            "diagnostics": project.diagnostics
        });
        if let Some(report) = proofs {
            found["proofs"] = serde_json::json!(report);
        }
        world.json(&found);
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
        if let Some(report) = &proofs {
            print(&summary(report));
        }
        print(&format!("{} flows: {errors} errors, {warnings} warnings{hidden}", project.files.len()));
    }
    Ok(if failed { FOUND } else { OK })
}
