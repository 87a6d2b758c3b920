//! What can be seen in a flow's graph: targets that do not exist, exits that a node does not have, nodes no path leads to, circles
//! without a wait, exits that are not wired. Linear in nodes and edges.

use std::collections::{HashMap, VecDeque};

use indexmap::IndexMap;
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::codes::Code;
use crate::diagnostic::sort;
use crate::{
    BUILT_IN_ENDS, Diagnostic, Document, ExitFact, Flow, NodeDoc, NodeFacts, Severity, escape_pointer, is_built_in_end,
};

/// Names of nodes in the path of a circle that are written out.
const PATH_SHOWN: usize = 8;

/// Checks the graph of a flow. A node without facts (its type is unknown) is taken to have the exits it wires and to wait.
///
/// Targets in `next` and `exits` have been checked by [`crate::read_flow`] and are not reported again.
#[must_use]
pub fn check(document: &Document, facts: &IndexMap<String, NodeFacts>) -> Vec<Diagnostic> {
    let flow = &document.flow;
    let graph = Graph::new(flow, facts);
    let mut found = Vec::new();
    for (index, (id, node)) in flow.nodes.iter().enumerate() {
        if let Some(facts) = facts_of(facts, index, id) {
            missing_targets(document, facts, &mut found);
            unknown_exits(document, id, node, facts, &mut found);
            unwired_exits(document, id, facts, &mut found);
        }
        if !graph.reached[index] {
            let message = format!("no path leads to the node `{id}`");
            let remedy = "lead an exit to it, or remove it";
            let diagnostic = document.diagnostic(Code::UNREACHABLE_NODE, &pointer(id), message);
            found.push(diagnostic.key().remedy(remedy));
        }
    }
    circles(document, facts, &graph, &mut found);
    sort(&mut found);
    found
}

/// Every edge of a node: the exit's name and where it leads, in the order to be shown. What the node wires beyond its facts comes
/// last: it has been reported, and is not reported again as a node that no path leads to.
#[must_use]
pub fn edges<'a>(node: &'a NodeDoc, facts: Option<&'a NodeFacts>) -> Vec<(&'a str, &'a str)> {
    let known = facts.map_or(&[][..], |facts| &facts.exits);
    let mut out: Vec<(&str, &str)> =
        known.iter().filter_map(|exit| Some((exit.name.as_str(), exit.target.as_deref()?))).collect();
    let written = node.exits.iter().map(|(name, target)| (name.as_str(), target.as_str()));
    let next = node.next.as_deref().map(|target| ("next", target));
    for (name, target) in next.into_iter().chain(written) {
        if !known.iter().any(|exit| exit.name == name) {
            out.push((name, target));
        }
    }
    out
}

/// The facts of a node. They usually stand in the order of the nodes, which spares looking the id up.
fn facts_of<'a>(facts: &'a IndexMap<String, NodeFacts>, index: usize, id: &str) -> Option<&'a NodeFacts> {
    match facts.get_index(index) {
        Some((same, found)) if same == id => Some(found),
        _ => facts.get(id),
    }
}

/// Where interrupts lead: the name shown and the target.
#[must_use]
pub fn interrupt_edges(flow: &Flow) -> Vec<(String, &str)> {
    let interrupts = &flow.interrupts;
    let mut out = Vec::new();
    if let Some(target) = &interrupts.hangup {
        out.push(("hangup".to_owned(), target.as_str()));
    }
    if let Some(target) = &interrupts.error {
        out.push(("error".to_owned(), target.as_str()));
    }
    for rule in &interrupts.phrases {
        let phrase = rule.any.first().map_or_else(String::new, |phrase| format!("“{phrase}”"));
        out.push((phrase, rule.next.as_str()));
    }
    if let Some(rule) = &interrupts.no_activity {
        out.push(("no activity".to_owned(), rule.next.as_str()));
    }
    out
}

/// The nodes by their place in the flow, and which of them a path leads to.
struct Graph {
    targets: Vec<Vec<usize>>,
    reached: Vec<bool>,
}

impl Graph {
    fn new(flow: &Flow, facts: &IndexMap<String, NodeFacts>) -> Graph {
        let place = |target: &str| flow.nodes.get_index_of(target);
        let targets: Vec<Vec<usize>> = flow
            .nodes
            .iter()
            .enumerate()
            .map(|(index, (id, node))| {
                edges(node, facts_of(facts, index, id)).into_iter().filter_map(|(_, target)| place(target)).collect()
            })
            .collect();
        let mut reached = vec![false; targets.len()];
        let roots = interrupt_edges(flow).into_iter().map(|(_, target)| target).chain([flow.start.as_str()]);
        // A conversation of another version may begin here.
        let moved = flow.migrate.iter().flat_map(|migrate| migrate.nodes.values().map(String::as_str));
        let roots = roots.chain(moved);
        let mut queue: VecDeque<usize> = roots.filter_map(place).collect();
        while let Some(node) = queue.pop_front() {
            if !std::mem::replace(&mut reached[node], true) {
                queue.extend(targets[node].iter().filter(|target| !reached[**target]));
            }
        }
        if place(&flow.start).is_none() {
            // Without a start nothing is reached; that one mistake has been reported.
            reached.fill(true);
        }
        Graph { targets, reached }
    }
}

fn missing_targets(document: &Document, facts: &NodeFacts, found: &mut Vec<Diagnostic>) {
    let nodes = &document.flow.nodes;
    for exit in &facts.exits {
        let (Some(target), Some(pointer)) = (&exit.target, &exit.pointer) else {
            continue;
        };
        if is_built_in_end(target) || nodes.contains_key(target) {
            continue;
        }
        let message = format!("there is no node `{target}`");
        let remedy = format!("add the node, or use one of the built-in ends: {}", BUILT_IN_ENDS.join(", "));
        let names = nodes.keys().map(String::as_str).chain(BUILT_IN_ENDS);
        let diagnostic = document.diagnostic(Code::MISSING_TARGET, pointer, message);
        found.push(diagnostic.remedy(remedy).did_you_mean(target, names));
    }
}

/// Exits that are wired but that the node does not have. Any node may wire `error`.
fn unknown_exits(document: &Document, id: &str, node: &NodeDoc, facts: &NodeFacts, found: &mut Vec<Diagnostic>) {
    let names = || facts.exits.iter().filter(|exit| exit.pointer.is_none()).map(|exit| exit.name.as_str());
    let known = |name: &str| facts.exits.iter().any(|exit| exit.name == name);
    let choices = || match names().collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => "this node has no exits to wire".to_owned(),
        some => format!("exits of this node: {some}"),
    };
    for name in node.exits.keys().filter(|name| *name != "next" && *name != "error") {
        let pointer = format!("{}/exits/{}", pointer(id), escape_pointer(name));
        match facts.exits.iter().find(|exit| exit.name == *name) {
            None => {
                let message = format!("a `{}` node has no exit `{name}` here", node.kind);
                let diagnostic = document.diagnostic(Code::UNKNOWN_EXIT, &pointer, message).key();
                found.push(diagnostic.remedy(choices()).did_you_mean(name, names()));
            }
            Some(ExitFact { pointer: Some(inline), .. }) if document.tree.span(inline).is_some() => {
                let message = format!("the exit `{name}` is wired twice: here and in the node's parameters");
                let diagnostic = document.diagnostic(Code::UNKNOWN_EXIT, &pointer, message).key();
                found.push(diagnostic.remedy("keep the one in the parameters"));
            }
            Some(_) => {}
        }
    }
    if node.next.is_some() && !known("next") {
        let message = format!("a `{}` node does not go on by `next` here", node.kind);
        let diagnostic = document.diagnostic(Code::UNKNOWN_EXIT, &format!("{}/next", pointer(id)), message);
        found.push(diagnostic.key().remedy(choices()));
    }
}

/// One hint a node, naming all exits that fall.
fn unwired_exits(document: &Document, id: &str, facts: &NodeFacts, found: &mut Vec<Diagnostic>) {
    let unwired: Vec<String> = facts
        .exits
        .iter()
        .filter(|exit| exit.falls && exit.target.is_none())
        .map(|exit| format!("`{}`", exit.name))
        .collect();
    if unwired.is_empty() {
        return;
    }
    let (subject, verb) = if unwired.len() == 1 { ("the exit", "falls") } else { ("the exits", "fall") };
    let falls_to = match &document.flow.interrupts.error {
        Some(target) => format!("`interrupts.error`, which leads to `{target}`"),
        None => "the tenant's default, because the flow has no `interrupts.error`".to_owned(),
    };
    let message = format!("{subject} {} of `{id}` {verb} to {falls_to}", unwired.join(", "));
    found.push(document.diagnostic(Code::UNWIRED_EXIT, &pointer(id), message).key());
}

/// Circles of nodes none of which can wait.
fn circles(document: &Document, facts: &IndexMap<String, NodeFacts>, graph: &Graph, found: &mut Vec<Diagnostic>) {
    let nodes = &document.flow.nodes;
    let hurries: Vec<bool> = nodes
        .keys()
        .enumerate()
        .map(|(index, id)| facts_of(facts, index, id).is_some_and(|facts| !facts.waits && !facts.terminal))
        .collect();
    let mut quick = DiGraph::<(), ()>::with_capacity(nodes.len(), nodes.len());
    for _ in nodes {
        quick.add_node(());
    }
    for (from, targets) in graph.targets.iter().enumerate().filter(|(from, _)| hurries[*from]) {
        for to in targets.iter().filter(|to| hurries[**to]) {
            quick.add_edge(NodeIndex::new(from), NodeIndex::new(*to), ());
        }
    }
    let mut member = vec![false; nodes.len()];
    for component in tarjan_scc(&quick) {
        let mut component: Vec<usize> = component.into_iter().map(NodeIndex::index).collect();
        component.sort_unstable();
        let first = component[0];
        if component.len() == 1 && !graph.targets[first].contains(&first) || !hurries[first] {
            continue;
        }
        component.iter().for_each(|node| member[*node] = true);
        let leaves = component.iter().any(|node| leaves(document, facts, *node, &member));
        let path = shortest_circle(graph, first, &member);
        component.iter().for_each(|node| member[*node] = false);
        found.push(circle(document, &path, leaves));
    }
}

/// Whether some exit leads out of the circle. One that falls only on errors is no way out of a circle without errors.
fn leaves(document: &Document, facts: &IndexMap<String, NodeFacts>, node: usize, member: &[bool]) -> bool {
    let nodes = &document.flow.nodes;
    let Some((id, _)) = nodes.get_index(node) else {
        return false;
    };
    let Some(facts) = facts.get(id) else {
        return true;
    };
    facts.exits.iter().any(|exit| match &exit.target {
        Some(target) => exit.name != "error" && nodes.get_index_of(target).is_none_or(|to| !member[to]),
        None => !exit.falls,
    })
}

/// The shortest way from a node back to itself within its circle.
fn shortest_circle(graph: &Graph, first: usize, member: &[bool]) -> Vec<usize> {
    let mut from: HashMap<usize, usize> = HashMap::new();
    let mut queue = VecDeque::from([first]);
    while let Some(node) = queue.pop_front() {
        for to in graph.targets[node].iter().copied().filter(|to| member[*to]) {
            if to == first {
                let mut path = vec![node];
                while *path.last().expect("the path begins with a node") != first {
                    path.push(from[path.last().expect("the path begins with a node")]);
                }
                path.reverse();
                return path;
            }
            from.entry(to).or_insert_with(|| {
                queue.push_back(to);
                node
            });
        }
    }
    vec![first]
}

fn circle(document: &Document, path: &[usize], leaves: bool) -> Diagnostic {
    let id = |node: &usize| document.flow.nodes.get_index(*node).map_or("", |(id, _)| id.as_str());
    let mut names: Vec<&str> = path.iter().take(PATH_SHOWN).map(id).collect();
    if path.len() > PATH_SHOWN {
        names.push("…");
    }
    names.push(id(&path[0]));
    let way = names.join(" → ");
    let (message, remedy, severity) = if leaves {
        let message = format!("a circle in which nothing waits: {way}");
        let remedy = "make sure that it ends; after 1,000 nodes without a wait the session is stopped with `runaway`";
        (message, remedy, Severity::Warning)
    } else {
        let message = format!("an endless circle in which nothing waits: {way}");
        (message, "let an exit lead out of it, or wait in it", Severity::Error)
    };
    let diagnostic = document.diagnostic(Code::WAIT_FREE_CYCLE, &pointer(id(&path[0])), message).key();
    diagnostic.remedy(remedy).severity(severity)
}

fn pointer(id: &str) -> String {
    format!("/nodes/{}", escape_pointer(id))
}
