//! `offhook talk`: performs the talks beside the flows, in virtual time, and says what was walked.

mod coverage;
mod drafts;
mod watch;

use super::junit::{Case, junit};
use super::{FAILED, FOUND, FlowPaths, Format, OK, Project, Stop, USAGE, World, print};
use clap::Args;
use offhook_flow_schemas::{Diagnostic, read_tree, render};
use offhook_runtime::Program;
use offhook_runtime::talk::{self, Coverage, FlowCoverage, LocaleCoverage, Options, Report, Talk};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Arguments of `talk`.
#[derive(Args)]
pub(super) struct TalkArgs {
    #[command(flatten)]
    flows: FlowPaths,
    /// Perform only these talk files; flows are still taken from the paths.
    #[arg(long, value_name = "FILE")]
    only: Vec<PathBuf>,
    /// Say which nodes and exits were walked.
    #[arg(long)]
    coverage: bool,
    /// Fail when less than this percentage of nodes or exits was walked; with `--locale`, also in that locale, or in each
    /// one that a flow declares.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    min_coverage: Option<u8>,
    /// Perform the talks in this locale, or in `all` that their flows declare. What is said may then be expected in any of
    /// them, and what is chosen is said in this one. A talk whose `start` names a locale is performed in no other.
    #[arg(long)]
    locale: Option<String>,
    #[command(flatten)]
    more: coverage::CoverageArgs,
    /// Draft talks for what was not walked, and write them into this folder as `NAME.draft-N.talk.yaml`. Each passes as it
    /// stands: it tells what the flow does, and a person decides whether that is meant.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["watch", "locale"])]
    suggest: Option<PathBuf>,
    /// Perform the talks again whenever a flow, a talk, a text or a table changes.
    #[arg(long)]
    watch: bool,
    /// Write the results as JUnit XML.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// One talk, and how it went.
struct Performed {
    file: PathBuf,
    locale: Option<String>,
    report: Report,
    lines: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
    seconds: f64,
}

pub(super) fn talk(world: &World, args: &TalkArgs) -> Result<u8, Stop> {
    if args.watch {
        let paths: Vec<PathBuf> = args.flows.paths.iter().chain(&args.only).cloned().collect();
        let written: Vec<&Path> = args.junit.as_deref().into_iter().chain(args.more.written()).collect();
        return watch::watch(&paths, &written, || once(world, args));
    }
    once(world, args)
}

fn once(world: &World, args: &TalkArgs) -> Result<u8, Stop> {
    let project = args.flows.load(world)?;
    if let Some(asked) = args.locale.as_deref().filter(|asked| *asked != "all") {
        let compiled = &project.compiled;
        let flows = compiled.ids().into_iter().filter_map(|id| compiled.flow(id));
        if !flows.into_iter().any(|flow| flow.locales.iter().any(|locale| locale.eq_ignore_ascii_case(asked))) {
            return Err(Stop::new(USAGE, format!("no flow here declares the locale `{asked}`")));
        }
    }
    let update = std::env::var_os("UPDATE").is_some_and(|value| value == "1");
    let mut results = Vec::new();
    let mut broken: Vec<Diagnostic> = project.diagnostics.iter().filter(|found| found.is_error()).cloned().collect();
    let mut coverage: BTreeMap<String, Coverage> = BTreeMap::new();
    let files: Vec<PathBuf> = match args.only.as_slice() {
        [] => project.files.iter().flat_map(|file| file.talks.clone()).collect(),
        only => only.to_vec(),
    };
    for file in files {
        perform_file(&project, &file, args.locale.as_deref(), update, &mut results, &mut broken, &mut coverage)?;
    }
    let covered: Vec<FlowCoverage> = project
        .compiled
        .ids()
        .into_iter()
        .filter_map(|id| project.compiled.program(id))
        .map(|program| coverage.get(program.id()).cloned().unwrap_or_default().of(&program))
        .collect();
    let failed = results.iter().filter(|result| !result.report.passed()).count();
    let asked = args.locale.as_deref();
    let thin =
        args.min_coverage.is_some_and(|least| covered.iter().any(|flow| percent(flow, asked) < u32::from(least)));
    if let Some(folder) = &args.suggest {
        drafts::write(&project, &coverage, folder)?;
    }
    let missed = args.more.write(&project, &covered, || table(&covered, asked))?;
    if let Some(path) = &args.junit {
        std::fs::write(path, as_junit(&results, &broken)).map_err(|error| Stop::io(path, &error))?;
    }
    if world.format == Format::Junit {
        print(as_junit(&results, &broken).trim_end());
    } else if world.format == Format::Json {
        let talks: Vec<_> = results
            .iter()
            .map(|result| {
                serde_json::json!({
                    "file": result.file, "about": result.report.about, "locale": result.locale,
                    "passed": result.report.passed(),
                    "mismatches": result.lines, "warnings": result.warnings
                })
            })
            .collect();
        world.json(&serde_json::json!({
            "passed": results.len() - failed, "failed": failed, "talks": talks, "coverage": covered, "thin": missed,
            "errors": broken
        }));
    } else {
        let told = results.iter().flat_map(|result| result.lines.iter().chain(&result.warnings));
        let wrong: Vec<Diagnostic> = broken.iter().chain(told).cloned().collect();
        if !wrong.is_empty() {
            print(&render(&wrong, world.colour));
        }
        if args.coverage {
            print(&table(&covered, asked));
        }
        missed.iter().for_each(|missed| print(missed));
        print(&format!("{} talks: {} passed, {failed} failed", results.len(), results.len() - failed));
    }
    Ok(if failed > 0 || !broken.is_empty() || thin || !missed.is_empty() { FOUND } else { OK })
}

fn perform_file(
    project: &Project,
    file: &Path,
    locale: Option<&str>,
    update: bool,
    results: &mut Vec<Performed>,
    broken: &mut Vec<Diagnostic>,
    coverage: &mut BTreeMap<String, Coverage>,
) -> Result<(), Stop> {
    let bytes = std::fs::read(file).map_err(|error| Stop::io(file, &error))?;
    let tree = match read_tree(&file.display().to_string(), &bytes) {
        Ok(tree) => tree,
        Err(found) => {
            broken.extend(found);
            return Ok(());
        }
    };
    let talks: Vec<Talk> = match talk::read(&tree) {
        Ok(talks) => talks,
        Err(found) => {
            broken.extend(found);
            return Ok(());
        }
    };
    let mut edits: Vec<(std::ops::Range<usize>, String)> = Vec::new();
    let before = results.len();
    let mut performed: Vec<&Talk> = Vec::new();
    for talk in &talks {
        let program = match talk::check(&tree, talk, &project.compiled) {
            Ok(program) => program,
            Err(found) => {
                broken.extend(found);
                continue;
            }
        };
        for locale in locales(&program, talk, locale) {
            let began = Instant::now();
            let options = Options { locale: locale.clone(), reload: true };
            let mut report = talk::perform(&program, talk, &options);
            coverage.entry(talk.flow.clone()).or_default().merge(&report.coverage);
            // What a talk expects is written in its own words, so another locale rewrites nothing.
            if update && locale.is_none() {
                report.mismatches.retain(|mismatch| match talk::rewrite(&tree, mismatch) {
                    Some(edit) => {
                        edits.push(edit);
                        false
                    }
                    None => true,
                });
            }
            let about = match &locale {
                Some(locale) => format!("{} ({locale})", report.about),
                None => report.about.clone(),
            };
            let lines = report.mismatched(&tree, &about);
            performed.push(talk);
            results.push(Performed {
                file: file.to_owned(),
                locale,
                report,
                lines,
                warnings: Vec::new(),
                seconds: began.elapsed().as_secs_f64(),
            });
        }
    }
    let reports = results[before..].iter().map(|result| &result.report);
    let warnings = talk::unused_mocks(&tree, &performed.into_iter().zip(reports).collect::<Vec<_>>());
    if let Some(last) = results[before..].last_mut() {
        last.warnings = warnings;
    }
    if !edits.is_empty() {
        std::fs::write(file, talk::rewritten(&tree, edits))
            .map_err(|error| Stop::new(FAILED, format!("{}: {error}", file.display())))?;
    }
    Ok(())
}

/// The locales in which to perform a talk; nothing stands for its own.
fn locales(program: &Program, talk: &Talk, asked: Option<&str>) -> Vec<Option<String>> {
    let declared = &program.entry().locales;
    let own = &talk.start.locale;
    match asked {
        None => vec![None],
        Some("all") if own.is_empty() => declared.iter().map(|locale| Some(locale.to_string())).collect(),
        Some("all") => vec![None],
        Some(asked) if own.is_empty() => {
            let known = declared.iter().find(|locale| locale.eq_ignore_ascii_case(asked));
            known.map(|locale| Some(locale.to_string())).into_iter().collect()
        }
        Some(asked) if own.eq_ignore_ascii_case(asked) => vec![None],
        Some(_) => Vec::new(),
    }
}

/// Whether the coverage in a locale counts when talks are performed in the `asked` one, or in `all`.
fn counts(locale: &LocaleCoverage, asked: Option<&str>) -> bool {
    asked.is_some_and(|asked| asked == "all" || asked.eq_ignore_ascii_case(&locale.locale))
}

/// The least percentage of nodes or exits that was walked, in all and in each locale that was asked for.
fn percent(flow: &FlowCoverage, asked: Option<&str>) -> u32 {
    let of = |part: usize, whole: usize| u32::try_from((part * 100).checked_div(whole).unwrap_or(100)).unwrap_or(100);
    let least = |nodes: usize, exits: usize| of(nodes, flow.nodes).min(of(exits, flow.exits));
    let locales = flow.locales.iter().filter(|locale| counts(locale, asked));
    let locales = locales.map(|locale| least(locale.nodes_covered, locale.exits_covered));
    locales.fold(least(flow.nodes_covered, flow.exits_covered), u32::min)
}

fn table(covered: &[FlowCoverage], asked: Option<&str>) -> String {
    let width = covered.iter().map(|flow| flow.flow.len()).max().unwrap_or(4).max(4);
    let mut text = format!("{:width$}  {:>9}  {:>9}\n", "flow", "nodes", "exits");
    for flow in covered {
        let ways = |nodes: usize, exits: usize| {
            let whole = if (nodes, exits) == (flow.nodes, flow.exits) { "100 %" } else { "" };
            format!("{:>9}  {:>9}  {whole:5}", format!("{nodes}/{}", flow.nodes), format!("{exits}/{}", flow.exits))
        };
        let all = ways(flow.nodes_covered, flow.exits_covered);
        let _ = writeln!(text, "{:width$}  {}", flow.flow, all.trim_end());
        for missing in flow.missing_nodes.iter().chain(&flow.missing_exits) {
            let _ = writeln!(text, "{:width$}    not walked: {missing}", "");
        }
        // A flow of one locale is known by its nodes.
        for locale in flow.locales.iter().filter(|_| flow.locales.len() > 1) {
            let heard = format!("texts heard {}/{}", locale.heard, locale.texts);
            if counts(locale, asked) {
                let name = format!("  in {}", locale.locale);
                let ways = ways(locale.nodes_covered, locale.exits_covered);
                let _ = writeln!(text, "{name:width$}  {ways}  {heard}");
                // What was walked in no locale has been told.
                let told =
                    |missing: &&String| !flow.missing_nodes.contains(missing) && !flow.missing_exits.contains(missing);
                for missing in locale.missing_nodes.iter().chain(&locale.missing_exits).filter(told) {
                    let _ = writeln!(text, "{:width$}    not walked: {missing}", "");
                }
            } else {
                let _ = writeln!(text, "{:width$}    in {}: {heard}", "", locale.locale);
            }
            for missing in &locale.missing {
                let _ = writeln!(text, "{:width$}      not heard: {missing}", "");
            }
        }
    }
    text.trim_end().to_owned()
}

/// The results as JUnit XML; mistakes in flows and talk files are tests that could not be performed.
fn as_junit(results: &[Performed], broken: &[Diagnostic]) -> String {
    let place = |line: &Diagnostic| format!("{}:{}: {}", line.file, line.line, line.message);
    let errors = broken.iter().map(|error| Case {
        file: error.file.clone(),
        name: format!("{} line {}", error.code, error.line),
        seconds: 0.0,
        failures: vec![place(error)],
        broken: true,
    });
    let talks = results.iter().map(|result| Case {
        file: result.file.display().to_string(),
        name: match &result.locale {
            Some(locale) => format!("{} ({locale})", result.report.about),
            None => result.report.about.clone(),
        },
        seconds: result.seconds,
        failures: result.lines.iter().map(place).collect(),
        broken: false,
    });
    junit("offhook talk", &talks.chain(errors).collect::<Vec<_>>())
}
