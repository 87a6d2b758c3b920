//! From every node that a contact comes to, a person or a clean end is reached, within a number of turns. An answer costs
//! one turn, leaving a question without one all of its tries. An exit `error` is no way out: nobody can count on a failure.

use super::graph::{Graph, To, Why};
use super::{Claim, Options, Step, Told};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Turns, and the edge that leads there soonest.
type Way = Option<(u32, usize)>;

pub(super) fn check(graph: &Graph<'_>, options: &Options) -> Vec<Told> {
    let soonest = soonest(graph);
    let mut found = Vec::new();
    // The first nodes that are trapped; those behind them are trapped with them.
    let trapped: Vec<usize> = (0..graph.nodes.len()).filter(|node| soonest[*node].is_none()).collect();
    let mut told_flows: Vec<usize> = Vec::new();
    for node in trapped {
        let flow = graph.nodes[node].flow;
        if told_flows.contains(&flow) {
            continue;
        }
        told_flows.push(flow);
        found.push(Told {
            claim: Claim::WayOut,
            node,
            pointer: String::new(),
            message: format!("from `{}` no way leads to a person or to an end", graph.entry(node).id),
            remedy: "let an exit lead to a person or to an end, other than by `error`",
            way: graph.way_to(node),
        });
    }
    let far = (0..graph.nodes.len())
        .filter_map(|node| soonest[node].map(|(turns, _)| (node, turns)))
        .filter(|(_, turns)| *turns > options.turns)
        .max_by_key(|(node, turns)| (*turns, Reverse(*node)));
    if let Some((node, turns)) = far {
        found.push(Told {
            claim: Claim::WayOut,
            node,
            pointer: String::new(),
            message: format!(
                "from `{}` a person or an end is reached after {turns} turns at the soonest, more than {}",
                graph.entry(node).id,
                options.turns
            ),
            remedy: "offer a person, or an end, earlier on the way",
            way: way_out(graph, &soonest, node),
        });
    }
    found
}

/// The turns that an edge costs.
fn cost(graph: &Graph<'_>, node: usize, why: Why) -> u32 {
    match (&graph.entry(node).facts.asks, why) {
        (None, _) => 0,
        (Some(asked), Why::Silent | Why::Unfit) => asked.retries.saturating_add(1),
        (Some(_), _) => 1,
    }
}

/// For each node, how soon it ends well. Dijkstra's algorithm against the edges.
fn soonest(graph: &Graph<'_>) -> Vec<Way> {
    let mut before: Vec<Vec<(usize, usize, u32)>> = vec![Vec::new(); graph.nodes.len()];
    let mut ways: Vec<Way> = vec![None; graph.nodes.len()];
    let mut queue = BinaryHeap::new();
    for node in 0..graph.nodes.len() {
        for (place, edge) in graph.nodes[node].edges.iter().enumerate() {
            if matches!(edge.why, Why::Error | Why::Fault | Why::Quiet) {
                continue;
            }
            let turns = cost(graph, node, edge.why);
            match edge.to {
                To::Node(to) => before[to].push((node, place, turns)),
                To::End | To::Person | To::Unknown => queue.push(Reverse((turns, node, place))),
                To::Apology => {}
            }
        }
    }
    while let Some(Reverse((turns, node, place))) = queue.pop() {
        if ways[node].is_some() {
            continue;
        }
        ways[node] = Some((turns, place));
        for (from, edge, cost) in &before[node] {
            if ways[*from].is_none() {
                queue.push(Reverse((turns.saturating_add(*cost), *from, *edge)));
            }
        }
    }
    ways
}

/// The soonest way from a node to its end.
fn way_out(graph: &Graph<'_>, soonest: &[Way], node: usize) -> Vec<Step> {
    let mut way = Vec::new();
    let mut at = node;
    while let Some((_, edge)) = soonest[at] {
        way.push(graph.step(at, Some(edge)));
        match graph.nodes[at].edges[edge].to {
            To::Node(to) if way.len() <= graph.nodes.len() => at = to,
            _ => break,
        }
    }
    way
}
