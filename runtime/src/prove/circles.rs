//! Circles without end: questions that ask somebody who is silent, or not understood, again and again; and nodes that go
//! round without waiting at all.
//!
//! A circle ends by itself where something in it changes that decides a way out: a loop over a list; a condition over a
//! variable that each round changes and none sets back; an answer of the world, such as a call that is taken.

use super::graph::{Edge, Graph, To, Why};
use super::{Claim, Told};
use crate::facts::Written;
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

pub(super) fn check(graph: &Graph<'_>) -> Vec<Told> {
    let mut found = Vec::new();
    let all: Vec<usize> = (0..graph.nodes.len()).collect();
    for (miss, words) in [(Why::Silent, "who says nothing"), (Why::Unfit, "who is not understood")] {
        // Who gives no answer leaves a question only so; a question without such an exit waits, or takes any words.
        let taken = |node: usize, edge: &Edge<'_>| match (graph.asks(node), edge.why) {
            (_, Why::Phrase | Why::Quiet | Why::Fault) => false,
            (true, why) => why == miss,
            (false, _) => true,
        };
        for circle in circles(graph, &all, &taken) {
            let asked = circle.iter().copied().filter(|node| graph.asks(*node)).min();
            let Some(node) = asked.filter(|_| !ends(graph, &circle, &taken)) else { continue };
            found.push(Told {
                claim: Claim::NoEndlessReprompt,
                node,
                pointer: String::new(),
                message: format!("somebody {words} is asked without end"),
                remedy: "let an exit lead out of the circle, or count the rounds and leave by a branch",
                way: around(graph, node, &circle, &taken),
            });
        }
    }
    let quick: Vec<usize> = all.into_iter().filter(|node| !graph.waits(*node)).collect();
    let taken = |_: usize, edge: &Edge<'_>| edge.why != Why::Fault;
    for circle in circles(graph, &quick, &taken) {
        let Some(node) = circle.iter().copied().min().filter(|_| !ends(graph, &circle, &taken)) else { continue };
        found.push(Told {
            claim: Claim::NoWaitFreeCircle,
            node,
            pointer: String::new(),
            message: "nothing in this circle waits, and nothing in it comes to an end".into(),
            remedy: "wait in it, or let each round change what decides the way out",
            way: around(graph, node, &circle, &taken),
        });
    }
    found
}

/// The circles of some nodes over some edges, each as the set of nodes that lead to one another.
fn circles(graph: &Graph<'_>, among: &[usize], taken: &dyn Fn(usize, &Edge<'_>) -> bool) -> Vec<HashSet<usize>> {
    let mut plain = DiGraph::<usize, ()>::with_capacity(among.len(), among.len());
    let places: HashMap<usize, NodeIndex> = among.iter().map(|node| (*node, plain.add_node(*node))).collect();
    let mut loops = HashSet::new();
    for node in among {
        for (to, ..) in graph.next(*node).filter(|(_, _, edge)| taken(*node, edge)) {
            if let Some(place) = places.get(&to) {
                plain.add_edge(places[node], *place, ());
                if to == *node {
                    loops.insert(to);
                }
            }
        }
    }
    let mut found: Vec<HashSet<usize>> = tarjan_scc(&plain)
        .into_iter()
        .map(|component| component.into_iter().map(|place| plain[place]).collect::<HashSet<usize>>())
        .filter(|circle| circle.len() > 1 || circle.iter().any(|node| loops.contains(node)))
        .collect();
    found.sort_by_key(|circle| circle.iter().min().copied());
    found
}

/// Whether a circle comes to its end by itself: without the nodes that end it, nothing goes round any more.
fn ends(graph: &Graph<'_>, circle: &HashSet<usize>, taken: &dyn Fn(usize, &Edge<'_>) -> bool) -> bool {
    let moving = moving(graph, circle);
    let hears_from_world = circle.iter().any(|node| graph.waits(*node) && !graph.asks(*node));
    let rest: Vec<usize> = circle
        .iter()
        .copied()
        .filter(|node| !ends_at(graph, *node, circle, &moving, hears_from_world, taken))
        .collect();
    let left = circles(graph, &rest, taken);
    if left.is_empty() {
        return true;
    }
    // A circle of waits is one of re-prompts only with a question in it; without one it waits for the world.
    let asking = circle.iter().any(|node| graph.asks(*node));
    asking && left.iter().all(|circle| !circle.iter().any(|node| graph.asks(*node)))
}

/// Whether the circle is left at a node, sooner or later.
fn ends_at(
    graph: &Graph<'_>,
    node: usize,
    circle: &HashSet<usize>,
    moving: &BTreeSet<(usize, u16)>,
    hears_from_world: bool,
    taken: &dyn Fn(usize, &Edge<'_>) -> bool,
) -> bool {
    let entry = graph.entry(node);
    if entry.facts.counts {
        return true;
    }
    let leaves = graph.nodes[node].edges.iter().any(|edge| {
        let out = match edge.to {
            To::Node(to) => !circle.contains(&to),
            _ => true,
        };
        out && edge.why != Why::Error && taken(node, edge)
    });
    if !leaves || graph.asks(node) {
        // A question that somebody without an answer leaves is no part of the circle any more.
        return leaves && graph.asks(node);
    }
    if graph.waits(node) {
        return true;
    }
    let flow = graph.flow(node);
    entry.sites.iter().flat_map(|site| site.sources()).any(|source| {
        flow.of_source(&source).is_some_and(|summary| {
            let moves = |slot: &u16| moving.contains(&(graph.nodes[node].flow, *slot));
            summary.reads.keys().any(moves) || summary.varies && hears_from_world
        })
    })
}

/// The variables that each round may change and none sets back: flow and slot.
fn moving(graph: &Graph<'_>, circle: &HashSet<usize>) -> BTreeSet<(usize, u16)> {
    // Whether what is put there is always the same.
    let mut puts: BTreeMap<(usize, u16), (bool, bool)> = BTreeMap::new();
    for node in circle {
        let (flow, entry) = (graph.flow(*node), graph.entry(*node));
        let mut put = |slot: u16, moves: bool| {
            let known = puts.entry((graph.nodes[*node].flow, slot)).or_default();
            if moves { known.0 = true } else { known.1 = true }
        };
        for write in &entry.facts.writes {
            let Some((slot, _)) = flow.place(write.to) else { continue };
            match &write.what {
                Written::Value(value) => {
                    let given = flow.given(*value);
                    let changes = given.found.constant.is_none() && !given.carries.is_empty() && !given.plain;
                    put(slot, changes);
                }
                // What a question saves it saves with an answer, and none is given.
                Written::Type(_) if graph.asks(*node) => {}
                _ => put(slot, true),
            }
        }
        for site in &entry.sites {
            for source in site.sources() {
                let Some(summary) = flow.of_source(&source) else { continue };
                for one in &summary.puts {
                    put(one.slot, one.found.constant.is_none());
                }
            }
        }
    }
    puts.into_iter().filter(|(_, (moves, resets))| *moves && !*resets).map(|(of, _)| of).collect()
}

/// The way to a circle and once around it.
fn around(
    graph: &Graph<'_>,
    node: usize,
    circle: &HashSet<usize>,
    taken: &dyn Fn(usize, &Edge<'_>) -> bool,
) -> Vec<super::Step> {
    let mut way = graph.way_to(node);
    way.pop();
    let mut from: HashMap<usize, (usize, usize)> = HashMap::new();
    let mut queue = VecDeque::from([node]);
    let mut last = None;
    'search: while let Some(at) = queue.pop_front() {
        for (to, place, _) in graph.next(at).filter(|(to, _, edge)| circle.contains(to) && taken(at, edge)) {
            if to == node {
                last = Some((at, place));
                break 'search;
            }
            if to != node && !from.contains_key(&to) {
                from.insert(to, (at, place));
                queue.push_back(to);
            }
        }
    }
    let mut round = vec![graph.step(node, None)];
    let mut step = last;
    while let Some((at, place)) = step {
        round.push(graph.step(at, Some(place)));
        step = if at == node { None } else { from.get(&at).copied() };
    }
    round.reverse();
    way.extend(round);
    way
}
