//! Proofs: what holds on every path of a conversation, whatever the contact and the world do. Each claim holds, or fails
//! with a way that shows it: `node.exit → node.exit …`, with what the contact does in words.
//!
//! A conversation is followed over `call` and `jump`, for each channel that a flow promises, in a graph with a node for each
//! node of a flow and each place from which that flow may have been called (`graph`). What a node does it tells itself
//! ([`crate::Facts`]); no node type is known by name. Values are not followed, but for conditions on the channel: a path
//! that only some value excludes counts as a path.

mod answers;
mod circles;
mod graph;
mod outcome;
mod silence;

use crate::catalog::Catalog;
use crate::compile::{Compiled, FlowSource};
use crate::contracts::{Flow, Read};
use crate::expr::Names;
use graph::Graph;
use offhook_flow_schemas::{ChannelKind, Code, Diagnostic, FlowKind, sort_diagnostics};
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// What the proofs may take for granted.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The turns within which a person or an end must be reached.
    pub turns: u32,
    /// The longest silence on a call, in milliseconds.
    pub silence_ms: u64,
    /// Whether words are understood on a call. Where they are not, only keys are an answer.
    pub speech: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { turns: 10, silence_ms: 30_000, speech: true }
    }
}

/// What is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// From every node that a contact comes to, a person or a clean end is reached within so many turns.
    WayOut,
    /// Nobody who gives no answer, or none that fits, is asked without end.
    NoEndlessReprompt,
    /// Nothing goes round without waiting.
    NoWaitFreeCircle,
    /// Nobody on a call hears nothing for longer than the limit.
    NoLongSilence,
    /// Every question says something, and can be answered, on every channel that is promised.
    Answerable,
}

impl Claim {
    /// All claims.
    pub const ALL: [Claim; 5] =
        [Claim::WayOut, Claim::NoEndlessReprompt, Claim::NoWaitFreeCircle, Claim::NoLongSilence, Claim::Answerable];

    /// In words, as a sentence of the report.
    pub fn words(self) -> &'static str {
        match self {
            Claim::WayOut => "a person or a clean end is reached",
            Claim::NoEndlessReprompt => "nobody is asked without end",
            Claim::NoWaitFreeCircle => "nothing goes round without waiting",
            Claim::NoLongSilence => "no silence is too long",
            Claim::Answerable => "every question can be answered",
        }
    }

    fn code(self) -> Code {
        match self {
            Claim::WayOut => Code::NO_WAY_OUT,
            Claim::NoEndlessReprompt => Code::ENDLESS_REPROMPT,
            Claim::NoWaitFreeCircle => Code::RUNS_IN_CIRCLES,
            Claim::NoLongSilence => Code::LONG_SILENCE,
            Claim::Answerable => Code::UNANSWERABLE,
        }
    }
}

/// A step of a counter-example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The flow.
    pub flow: String,
    /// The node.
    pub node: String,
    /// The exit by which it is left; empty at the last node.
    pub exit: String,
    /// What the contact does there, in words; empty where the world decides.
    pub input: String,
}

/// A claim that does not hold.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    /// Which.
    pub claim: Claim,
    /// The flow with which the conversation begins.
    pub flow: String,
    /// The channel.
    pub channel: ChannelKind,
    /// The way that shows it.
    pub way: Vec<Step>,
    /// The same as a diagnostic, at its place.
    pub diagnostic: Diagnostic,
}

/// What came of proving flows.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// The flows with which conversations begin, with the channels that were looked at.
    pub flows: Vec<(String, Vec<ChannelKind>)>,
    /// What does not hold.
    pub failures: Vec<Failure>,
    /// Flows that are too big to be followed to their end.
    pub unfinished: Vec<String>,
}

impl Report {
    /// What does not hold, as diagnostics by file and place.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let mut found: Vec<Diagnostic> = self.failures.iter().map(|failure| failure.diagnostic.clone()).collect();
        sort_diagnostics(&mut found);
        found
    }

    /// Whether a claim holds for a flow.
    pub fn holds(&self, flow: &str, claim: Claim) -> bool {
        !self.failures.iter().any(|failure| failure.flow == flow && failure.claim == claim)
    }
}

/// Proves the flows that compiled. A flow with errors is left out: what it means is not certain.
pub fn prove(sources: &[FlowSource], compiled: &Compiled, catalog: &Catalog, options: &Options) -> Report {
    let nothing = indexmap::IndexMap::new();
    let sound: Vec<&FlowSource> =
        sources.iter().filter(|source| compiled.program(&source.document.flow.id).is_some()).collect();
    let names: Vec<Names> = sound
        .iter()
        .map(|source| {
            let mut names = Names::new();
            for name in source.document.flow.vars.keys() {
                names.add_var(name);
            }
            names
        })
        .collect();
    let mut flows: Vec<Flow<'_>> = Vec::new();
    for (source, names) in sound.iter().zip(&names) {
        let flow = &source.document.flow;
        let Some(program) = compiled.flow(&flow.id) else { continue };
        let nodes = flow
            .nodes
            .iter()
            .zip(&program.nodes)
            .filter_map(|((id, doc), node)| Some((id.as_str(), doc, catalog.get(&doc.kind)?, &*node.node)));
        flows.push(Flow::new(&Read {
            document: &source.document,
            names,
            tables: &program.tables,
            nodes: nodes.collect(),
            edges: compiled.facts(&flow.id).unwrap_or(&nothing),
        }));
    }
    let index: HashMap<&str, usize> =
        flows.iter().enumerate().map(|(place, flow)| (flow.document.flow.id.as_str(), place)).collect();
    let called: HashSet<usize> = flows
        .iter()
        .flat_map(|flow| flow.nodes.iter().filter_map(move |entry| graph::entered(flow, entry)))
        .filter_map(|id| index.get(id).copied())
        .collect();
    let mut report = Report::default();
    for (place, flow) in flows.iter().enumerate() {
        let doc = &flow.document.flow;
        // A piece that other flows call is followed from there.
        if doc.kind == FlowKind::Library && called.contains(&place) {
            continue;
        }
        let channels = channels(doc.kind, &doc.channels);
        for channel in &channels {
            let graph = Graph::of(&flows, &index, place, *channel, options.speech);
            if graph.unfinished {
                report.unfinished.push(doc.id.clone());
            }
            let mut found = outcome::check(&graph, options);
            found.extend(circles::check(&graph));
            found.extend(silence::check(&graph, options));
            found.extend(answers::check(&graph, options));
            for told in found {
                add(&mut report, &graph, &doc.id, *channel, told);
            }
        }
        report.flows.push((doc.id.clone(), channels));
    }
    report.unfinished.dedup();
    report
}

/// The channels on which a flow is looked at: those it promises, else the one that its kind is meant for.
fn channels(kind: FlowKind, promised: &[ChannelKind]) -> Vec<ChannelKind> {
    match (promised, kind) {
        ([], FlowKind::Chatbot) => vec![ChannelKind::Webchat],
        ([], _) => vec![ChannelKind::Voice],
        (promised, _) => promised.to_vec(),
    }
}

/// What a check found: the claim, the node, a sentence, and the way to it.
struct Told {
    claim: Claim,
    node: usize,
    /// Below the node.
    pointer: String,
    message: String,
    remedy: &'static str,
    way: Vec<Step>,
}

/// Adds a failure, once for each place: what fails on two channels, or from two beginnings, is told of the first.
fn add(report: &mut Report, graph: &Graph<'_>, entry: &str, channel: ChannelKind, told: Told) {
    let node = &graph.nodes[told.node];
    let flow = &graph.flows[node.flow];
    let id = flow.nodes[node.place].id;
    let way = written(&told.way, entry);
    let message = match way.is_empty() {
        true => told.message,
        false => format!("{}; on {channel}: {way}", told.message),
    };
    let diagnostic = flow.at(id, &told.pointer, told.claim.code(), message).key().remedy(told.remedy);
    let same = |known: &&Failure| {
        let (one, two) = (&known.diagnostic, &diagnostic);
        known.claim == told.claim && one.file == two.file && one.node == two.node && one.field == two.field
    };
    if report.failures.iter().find(same).is_none() {
        report.failures.push(Failure { claim: told.claim, flow: entry.to_owned(), channel, way: told.way, diagnostic });
    }
}

/// Steps that are written out; a longer way has its middle left out.
const STEPS_SHOWN: usize = 12;

/// A way in one line.
fn written(way: &[Step], entry: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut flow = entry;
    for (index, step) in way.iter().enumerate() {
        if way.len() > STEPS_SHOWN && (STEPS_SHOWN / 2..way.len() - STEPS_SHOWN / 2).contains(&index) {
            if index == STEPS_SHOWN / 2 {
                out.push("…".to_owned());
            }
            continue;
        }
        let mut text = String::new();
        if step.flow != flow {
            flow = &step.flow;
            text = format!("[{flow}] ");
        }
        text.push_str(&step.node);
        if !step.exit.is_empty() {
            text = format!("{text}.{}", step.exit);
        }
        if !step.input.is_empty() {
            text = format!("{text} ({})", step.input);
        }
        out.push(text);
    }
    out.join(" → ")
}
