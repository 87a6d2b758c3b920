//! What was walked, for other programs and on the picture: LCOV, JSON, SVG, and thresholds that a build server holds.

use crate::cli::{Project, Stop};
use crate::host::FlowFile;
use clap::{Args, ValueEnum};
use offhook_flow_schemas::{Positioned, escape_pointer, picture, read_layout};
use offhook_runtime::talk::FlowCoverage;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Arguments of `talk` about coverage.
#[derive(Args)]
pub(super) struct CoverageArgs {
    /// How the coverage is written into that file.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = CoverageFormat::Text, requires = "coverage_output")]
    coverage_format: CoverageFormat,
    /// Write the coverage into this file.
    #[arg(long, value_name = "FILE")]
    coverage_output: Option<PathBuf>,
    /// Draw each flow into this folder, with what was not walked marked.
    #[arg(long, value_name = "DIR")]
    coverage_svg: Option<PathBuf>,
    /// Fail when less than this percentage of the nodes of a flow was entered.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    min_nodes: Option<u8>,
    /// Fail when less than this percentage of the exits of a flow was taken.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    min_exits: Option<u8>,
    /// Fail when less than this percentage of the exits called `error` of a flow was taken.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    min_error_exits: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CoverageFormat {
    /// A table for people.
    Text,
    /// For tools that know the coverage of programs: a node is a function, an exit a branch.
    Lcov,
    /// For machines.
    Json,
}

/// What counts as walked, out of how much.
struct Share {
    what: &'static str,
    walked: usize,
    all: usize,
    least: Option<u8>,
}

impl Share {
    fn is_met(&self) -> bool {
        // Nothing to walk is all of it.
        self.least.is_none_or(|least| self.walked * 100 >= self.all * usize::from(least))
    }
}

impl CoverageArgs {
    /// The file that is written.
    pub(super) fn written(&self) -> Option<&Path> {
        self.coverage_output.as_deref()
    }

    /// Writes what was asked for; `table` is the coverage as text. Says which thresholds were missed.
    pub(super) fn write(
        &self,
        project: &Project,
        covered: &[FlowCoverage],
        table: impl FnOnce() -> String,
    ) -> Result<Vec<String>, Stop> {
        if let Some(path) = &self.coverage_output {
            let text = match self.coverage_format {
                CoverageFormat::Text => table(),
                CoverageFormat::Lcov => lcov(project, covered),
                CoverageFormat::Json => format!("{:#}", json(project, covered)),
            };
            std::fs::write(path, format!("{}\n", text.trim_end())).map_err(|error| Stop::io(path, &error))?;
        }
        if let Some(folder) = &self.coverage_svg {
            draw(project, covered, folder)?;
        }
        let missed = covered.iter().flat_map(|flow| {
            self.shares(project, flow).into_iter().filter(|share| !share.is_met()).map(|share| {
                let least = share.least.unwrap_or_default();
                format!(
                    "{}: {} of {} {} were walked, less than {least} %",
                    flow.flow, share.walked, share.all, share.what
                )
            })
        });
        Ok(missed.collect())
    }

    fn shares(&self, project: &Project, flow: &FlowCoverage) -> [Share; 3] {
        let (errors, missed) = error_exits(project, flow);
        [
            Share { what: "nodes", walked: flow.nodes_covered, all: flow.nodes, least: self.min_nodes },
            Share { what: "exits", walked: flow.exits_covered, all: flow.exits, least: self.min_exits },
            Share { what: "error exits", walked: errors - missed, all: errors, least: self.min_error_exits },
        ]
    }
}

/// How many exits called `error` a flow has, and how many of them were not taken.
fn error_exits(project: &Project, flow: &FlowCoverage) -> (usize, usize) {
    let all = project.compiled.flow(&flow.flow).map_or(0, |flow| {
        flow.nodes().filter(|(node, _)| flow.exits(node).into_iter().flatten().any(|exit| exit == "error")).count()
    });
    let missed = flow.missing_exits.iter().filter(|exit| exit.ends_with(".error")).count();
    (all, missed)
}

fn json(project: &Project, covered: &[FlowCoverage]) -> serde_json::Value {
    let flows = covered.iter().map(|flow| {
        let mut json = serde_json::json!(flow);
        let (errors, missed) = error_exits(project, flow);
        json["error_exits"] = errors.into();
        json["error_exits_covered"] = (errors - missed).into();
        json
    });
    serde_json::json!({ "flows": flows.collect::<Vec<_>>() })
}

fn file_of<'p>(project: &'p Project, flow: &str) -> Option<(&'p FlowFile, &'p Positioned)> {
    project.files.iter().find_map(|file| {
        let document = file.document.as_deref().filter(|document| document.flow.id == flow)?;
        Some((file, &document.tree))
    })
}

/// The line of the key that leads to a pointer.
fn line(tree: &Positioned, pointer: &str) -> Option<u32> {
    Some(tree.source().position(tree.key_span(pointer)?.start).line)
}

/// The line at which an exit is written, or else that of its node.
fn exit_line(project: &Project, tree: &Positioned, flow: &str, node: &str, exit: &str) -> Option<u32> {
    let inside = format!("/nodes/{}", escape_pointer(node));
    let facts = project.compiled.facts(flow).and_then(|facts| facts.get(node));
    let own = facts.and_then(|facts| facts.exits.iter().find(|known| known.name == exit)?.pointer.clone());
    let places = [
        own,
        Some(format!("{inside}/exits/{}", escape_pointer(exit))),
        (exit == "next").then(|| format!("{inside}/next")),
        Some(inside.clone()),
    ];
    places.into_iter().flatten().find_map(|place| line(tree, &place))
}

/// LCOV's trace format: a flow is a file, a node a function and a line, an exit a branch.
fn lcov(project: &Project, covered: &[FlowCoverage]) -> String {
    let mut text = String::new();
    for coverage in covered {
        let Some((file, tree)) = file_of(project, &coverage.flow) else { continue };
        let Some(flow) = project.compiled.flow(&coverage.flow) else { continue };
        let missing: BTreeSet<&str> = coverage.missing_nodes.iter().map(String::as_str).collect();
        let missed: BTreeSet<&str> = coverage.missing_exits.iter().map(String::as_str).collect();
        let _ = writeln!(text, "TN:talks\nSF:{}", file.path.display());
        let (mut functions, mut branches, mut lines) = (String::new(), String::new(), Vec::new());
        for (block, (node, _)) in flow.nodes().enumerate() {
            let Some(at) = line(tree, &format!("/nodes/{}", escape_pointer(node))) else { continue };
            let count = usize::from(!missing.contains(node));
            let _ = writeln!(functions, "FN:{at},{node}\nFNDA:{count},{node}");
            lines.push((at, count));
            for (branch, exit) in flow.exits(node).into_iter().flatten().enumerate() {
                let at = exit_line(project, tree, &coverage.flow, node, exit).unwrap_or(at);
                let taken = match (count, missed.contains(&*format!("{node}.{exit}"))) {
                    (0, _) => "-",
                    (_, true) => "0",
                    (_, false) => "1",
                };
                let _ = writeln!(branches, "BRDA:{at},{block},{branch},{taken}");
            }
        }
        let _ = writeln!(text, "{functions}FNF:{}\nFNH:{}", coverage.nodes, coverage.nodes_covered);
        let _ = writeln!(text, "{branches}BRF:{}\nBRH:{}", coverage.exits, coverage.exits_covered);
        lines.sort_unstable();
        lines.dedup_by_key(|(at, _)| *at);
        for (at, count) in &lines {
            let _ = writeln!(text, "DA:{at},{count}");
        }
        let hit = lines.iter().filter(|(_, count)| *count > 0).count();
        let _ = writeln!(text, "LF:{}\nLH:{hit}\nend_of_record", lines.len());
    }
    text
}

/// Draws each flow, with what was not walked in dashes and red, and named in the tooltip of its node.
fn draw(project: &Project, covered: &[FlowCoverage], folder: &Path) -> Result<(), Stop> {
    std::fs::create_dir_all(folder).map_err(|error| Stop::io(folder, &error))?;
    for coverage in covered {
        let Some((file, _)) = file_of(project, &coverage.flow) else { continue };
        let (Some(document), Some(facts)) = (&file.document, project.compiled.facts(&coverage.flow)) else { continue };
        let beside = file.path.with_extension("layout.yaml");
        let layout = std::fs::read(&beside).ok();
        let layout = layout.and_then(|bytes| read_layout(&beside.display().to_string(), &bytes).layout);
        let drawn = marked(&picture::svg(&document.flow, facts, layout.as_ref()), coverage);
        let path = folder.join(format!("{}.svg", coverage.flow.replace('/', "-")));
        std::fs::write(&path, drawn).map_err(|error| Stop::io(&path, &error))?;
    }
    Ok(())
}

const MARKS: &str = ".offhook .unwalked>.card{stroke:#b3261e;stroke-dasharray:6 4;stroke-width:2.4}\
    .offhook .partly>.card{stroke:#b45309;stroke-width:2}.offhook .exit.missed{fill:#b3261e;font-style:italic}\
    @media (prefers-color-scheme:dark){.offhook .unwalked>.card{stroke:#ff9d94}.offhook .partly>.card{stroke:#f0a04b}\
    .offhook .exit.missed{fill:#ff9d94}}";

fn marked(svg: &str, coverage: &FlowCoverage) -> String {
    let mut text = svg.replacen("</style>", &format!("{MARKS}</style>"), 1);
    let mut nodes: BTreeSet<&str> = coverage.missing_nodes.iter().map(String::as_str).collect();
    let exits: Vec<(&str, &str)> = coverage.missing_exits.iter().filter_map(|exit| exit.split_once('.')).collect();
    nodes.extend(exits.iter().map(|(node, _)| *node));
    for node in nodes {
        let head = format!("<g id=\"node-{node}\"");
        let Some(start) = text.find(&head) else { continue };
        let end = text[start..].find("</g>").map_or(text.len(), |end| start + end);
        let missed: Vec<&str> = exits.iter().filter(|(of, _)| *of == node).map(|(_, exit)| *exit).collect();
        let is_missing = coverage.missing_nodes.iter().any(|missing| missing == node);
        let (class, note) = match is_missing {
            true => ("unwalked", "not walked".to_owned()),
            false => ("partly", format!("not walked: {}", missed.join(", "))),
        };
        let mut group = text[start..end].replacen(&head, &format!("{head} class=\"{class}\""), 1);
        group = group.replacen("</title>", &format!(" – {note}</title>"), 1);
        for exit in missed {
            // Exits are rows: `<text class="exit" …>NAME</text>`.
            let Some(name) = group.find(&format!(">{exit}</text>")) else { continue };
            if let Some(row) = group[..name].rfind("class=\"exit") {
                group.insert_str(row + "class=\"exit".len(), " missed");
            }
        }
        text.replace_range(start..end, &group);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_walked_is_marked_and_named() {
        let svg = "<svg><style>x</style><g id=\"node-a\" t><title>a (say)</title><rect class=\"card\"/>\
                   <text class=\"exit\" x=\"1\">next</text><text class=\"exit\" x=\"1\">error</text></g>\
                   <g id=\"node-b\"><title>b</title></g><g id=\"node-c\"><title>c</title></g></svg>";
        let coverage = FlowCoverage {
            missing_nodes: vec!["b".into()],
            missing_exits: vec!["a.error".into(), "b.next".into()],
            ..FlowCoverage::default()
        };
        let drawn = marked(svg, &coverage);
        assert!(
            drawn.contains("<g id=\"node-a\" class=\"partly\" t><title>a (say) – not walked: error</title>"),
            "{drawn}"
        );
        assert!(drawn.contains("class=\"exit missed\" x=\"1\">error") && drawn.contains("class=\"exit\" x=\"1\">next"));
        assert!(drawn.contains("<g id=\"node-b\" class=\"unwalked\"><title>b – not walked</title>"), "{drawn}");
        assert!(drawn.contains("<g id=\"node-c\"><title>c</title>"), "{drawn}");
    }

    #[test]
    fn thresholds_are_met_or_not() {
        let share = |walked, all, least| Share { what: "nodes", walked, all, least }.is_met();
        assert!(share(9, 10, Some(90)) && share(0, 0, Some(100)) && share(0, 5, None));
        assert!(!share(89, 100, Some(90)));
    }
}
