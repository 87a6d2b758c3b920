//! The longest silence on a call: from the last thing that was said to the next, over everything that makes the contact wait:
//! services with all their attempts, pauses, a telephone that rings elsewhere, a question's own silence.

use super::graph::{Graph, Why};
use super::{Claim, Options, Told};
use crate::tables::CompiledValue;
use offhook_flow_schemas::parse_duration;
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::VecDeque;

/// Longer than anything; also the sum of what has no limit.
const ENDLESS: u64 = u64::MAX;

pub(super) fn check(graph: &Graph<'_>, options: &Options) -> Vec<Told> {
    if !graph.is_heard() {
        return Vec::new();
    }
    let own: Vec<u64> = (0..graph.nodes.len()).map(|node| own_silence(graph, node)).collect();
    let endless = endless(graph, &own);
    // The longest silence on entering each node, and whence it came.
    let mut entering: Vec<(u64, Option<(usize, usize)>)> = vec![(0, None); graph.nodes.len()];
    let mut queue: VecDeque<usize> = (0..graph.nodes.len()).collect();
    while let Some(node) = queue.pop_front() {
        for (to, place, edge) in graph.next(node) {
            let leaving = leaving(graph, node, entering[node].0, &own, &endless, edge.why);
            if leaving > entering[to].0 {
                entering[to] = (leaving, Some((node, place)));
                queue.push_back(to);
            }
        }
    }
    let total = |node: usize| {
        let before = if speaks(graph, node) { 0 } else { entering[node].0 };
        if endless[node] { ENDLESS } else { before.saturating_add(own[node]) }
    };
    // A node is told of where the silence ends; each flow's longest.
    let mut worst: Vec<(usize, u64)> = Vec::new();
    for node in (0..graph.nodes.len()).filter(|node| own[*node] > 0 && total(*node) > options.silence_ms) {
        let flow = graph.nodes[node].flow;
        match worst.iter_mut().find(|(known, _)| graph.nodes[*known].flow == flow) {
            Some(known) if total(node) > known.1 => *known = (node, total(node)),
            Some(_) => {}
            None => worst.push((node, total(node))),
        }
    }
    worst
        .into_iter()
        .map(|(node, ms)| {
            let length = if ms == ENDLESS { "without any limit".to_owned() } else { format!("for {}", words(ms)) };
            let mut from = vec![graph.step(node, None)];
            let mut at = node;
            // Back to where something was said last.
            while let Some((before, place)) = entering[at].1.filter(|_| at != node || !speaks(graph, node)) {
                from.push(graph.step(before, Some(place)));
                at = before;
                if graph.asks(at) || speaks(graph, at) || from.len() > graph.nodes.len() {
                    break;
                }
            }
            from.reverse();
            let mut way = graph.way_to(at);
            way.pop();
            way.extend(from);
            Told {
                claim: Claim::NoLongSilence,
                node,
                pointer: String::new(),
                message: format!(
                    "a caller may hear nothing {length} at `{}`, longer than {}",
                    graph.entry(node).id,
                    words(options.silence_ms)
                ),
                remedy: "say something before, wait for less, or try less often",
                way,
            }
        })
        .collect()
}

/// Whether the contact hears something when a node is entered.
fn speaks(graph: &Graph<'_>, node: usize) -> bool {
    graph.entry(node).facts.speaks
}

/// The longest that a node itself keeps the contact without a word.
fn own_silence(graph: &Graph<'_>, node: usize) -> u64 {
    let facts = &graph.entry(node).facts;
    if let Some(asked) = &facts.asks {
        return asked.heard_ms.unwrap_or(ENDLESS);
    }
    let told = match facts.waits_for {
        Some(value) => match graph.flow(node).tables.values.get(value.0 as usize) {
            Some(CompiledValue::Const(value)) => value.as_text().and_then(|text| parse_duration(text).ok()),
            _ => Some(ENDLESS),
        },
        None => None,
    };
    told.or(facts.holds_ms).unwrap_or(0)
}

/// The silence that goes on when a node is left.
fn leaving(graph: &Graph<'_>, node: usize, entering: u64, own: &[u64], endless: &[bool], why: Why) -> u64 {
    if graph.asks(node) {
        // After an answer it begins anew; after silence it goes on.
        return if why == Why::Silent { own[node] } else { 0 };
    }
    let before = if speaks(graph, node) { 0 } else { entering };
    if endless[node] { ENDLESS } else { before.saturating_add(own[node]) }
}

/// The nodes of circles in which nothing is said, nobody is asked, and time passes.
fn endless(graph: &Graph<'_>, own: &[u64]) -> Vec<bool> {
    let mut quiet = DiGraph::<(), ()>::new();
    for _ in &graph.nodes {
        quiet.add_node(());
    }
    let silent = |node: usize| !graph.asks(node) && !speaks(graph, node);
    let mut loops = vec![false; graph.nodes.len()];
    for node in (0..graph.nodes.len()).filter(|node| silent(*node)) {
        for (to, ..) in graph.next(node).filter(|(to, ..)| silent(*to)) {
            quiet.add_edge(NodeIndex::new(node), NodeIndex::new(to), ());
            loops[node] |= to == node;
        }
    }
    let mut endless = vec![false; graph.nodes.len()];
    for component in tarjan_scc(&quiet) {
        let inside: Vec<usize> = component.iter().map(|node| node.index()).collect();
        if (inside.len() > 1 || loops[inside[0]]) && inside.iter().any(|node| own[*node] > 0) {
            inside.into_iter().for_each(|node| endless[node] = own[node] > 0);
        }
    }
    endless
}

/// A length of time in words.
fn words(ms: u64) -> String {
    match (ms / 1_000, ms % 1_000) {
        (0, ms) => format!("{ms}ms"),
        (seconds, _) if seconds >= 3_600 => format!("{}h{}m", seconds / 3_600, seconds % 3_600 / 60),
        (seconds, _) if seconds >= 60 => format!("{}m{}s", seconds / 60, seconds % 60),
        (seconds, 0) => format!("{seconds}s"),
        (seconds, ms) => format!("{seconds}.{}s", ms / 100),
    }
}
