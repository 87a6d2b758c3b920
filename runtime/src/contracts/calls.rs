//! What flows promise each other: inputs that fit what is declared, outputs that exist and are given, flows that do not call
//! each other in circles. Both places are told: the one that asks and the one that declares.

use super::nodes::pointer_of;
use super::types::Type;
use super::{Entry, Flow};
use crate::facts::Written;
use offhook_flow_schemas::{Code, Diagnostic, Severity, escape_pointer};
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::{HashMap, HashSet};

pub(super) fn check(flows: &[Flow<'_>], index: &HashMap<&str, usize>, found: &mut Vec<Diagnostic>) {
    for flow in flows {
        for entry in &flow.nodes {
            returned(flow, entry, found);
            let Some(enters) = &entry.facts.enters else { continue };
            let id = flow.tables.flows.get(enters.flow.0 as usize);
            let Some(called) = id.and_then(|id| index.get(id.as_str())).map(|place| &flows[*place]) else { continue };
            handed_in(flow, entry, called, found);
            handed_back(flow, entry, called, found);
        }
    }
    circles(flows, index, found);
}

/// Names the place in a flow where something is declared.
fn declared(diagnostic: Diagnostic, flow: &Flow<'_>, section: &str, name: &str) -> Diagnostic {
    let tree = &flow.document.tree;
    match tree.key_span(&format!("/{section}/{}", escape_pointer(name))) {
        Some(span) => {
            diagnostic.related(tree.source(), span, format!("`{name}` is declared here, in {}", flow.document.flow.id))
        }
        None => diagnostic,
    }
}

/// What a call hands in fits what the called flow declares.
fn handed_in(flow: &Flow<'_>, entry: &Entry<'_>, called: &Flow<'_>, found: &mut Vec<Diagnostic>) {
    for (name, value, pointer) in entry.facts.enters.iter().flat_map(|enters| &enters.inputs) {
        let Some(decl) = called.document.flow.inputs.get(name) else { continue };
        let wanted = Type::declared(decl, &called.root);
        if let Some(why) = flow.given(*value).found.unfit(decl.kind, &wanted) {
            let id = &called.document.flow.id;
            let message = format!("this does not fit the input `{name}` of `{id}`, a {}: {why}", decl.kind);
            let diagnostic = flow.at(entry.id, pointer, Code::TYPE_MISMATCH, message);
            found.push(declared(diagnostic, called, "inputs", name));
        }
    }
}

/// What comes back exists, and fits the variable that takes it.
fn handed_back(flow: &Flow<'_>, entry: &Entry<'_>, called: &Flow<'_>, found: &mut Vec<Diagnostic>) {
    let outputs = &called.document.flow.outputs;
    let id = &called.document.flow.id;
    for write in &entry.facts.writes {
        let Some((slot, path)) = flow.place(write.to) else { continue };
        let variable = flow.var_name(slot);
        let at = pointer_of(write, variable, path);
        let decl = flow.document.flow.vars.get(variable).filter(|_| path.is_empty());
        match &write.what {
            Written::Output(Some(name)) => {
                let Some(output) = outputs.get(name) else {
                    let message = format!("the flow `{id}` has no output `{name}`");
                    let mut diagnostic = flow.at(entry.id, &at, Code::UNKNOWN_OUTPUT, message);
                    let source = called.document.tree.source();
                    if let Some(span) = called.document.tree.key_span("/outputs") {
                        diagnostic = diagnostic.related(source, span, "its outputs are declared here");
                    }
                    found.push(
                        diagnostic
                            .remedy(format!("declare it under `outputs:` of `{id}`"))
                            .did_you_mean(name, outputs.keys().map(String::as_str)),
                    );
                    continue;
                };
                let given = Type::declared(output, &called.root);
                if let Some(decl) = decl
                    && let Some(why) = given.unfit(decl.kind, &flow.vars[usize::from(slot)].1)
                {
                    let kind = decl.kind;
                    let message = format!("the output `{name}` of `{id}` does not fit `{variable}`, a {kind}: {why}");
                    let diagnostic = flow.at(entry.id, &at, Code::TYPE_MISMATCH, message);
                    found.push(declared(diagnostic, called, "outputs", name));
                }
                if let Some(node) = without(called, "next", name) {
                    let message = format!("`{id}` may come back without the output `{name}`");
                    let mut diagnostic = flow.at(entry.id, &at, Code::MISSING_OUTPUT, message);
                    let tree = &called.document.tree;
                    if let Some(span) = tree.key_span(&format!("/nodes/{}", escape_pointer(node))) {
                        diagnostic = diagnostic.related(tree.source(), span, "this goes back without it");
                    }
                    found.push(diagnostic.remedy("give it there, or leave by an exit of its own: `exit:`"));
                }
            }
            Written::Output(None) => {
                let places = outputs.iter().map(|(name, decl)| (name.clone(), Type::declared(decl, &called.root)));
                let given = Type::map(places, true);
                if let Some(decl) = decl
                    && let Some(why) = given.unfit(decl.kind, &flow.vars[usize::from(slot)].1)
                {
                    let message = format!("the outputs of `{id}` do not fit `{variable}`, a {}: {why}", decl.kind);
                    found.push(flow.at(entry.id, &at, Code::TYPE_MISMATCH, message));
                }
            }
            _ => {}
        }
    }
}

/// What a flow hands back is declared by it.
fn returned(flow: &Flow<'_>, entry: &Entry<'_>, found: &mut Vec<Diagnostic>) {
    let outputs = &flow.document.flow.outputs;
    for (name, value, pointer) in entry.facts.returns.iter().flatten() {
        let Some(decl) = outputs.get(name) else {
            let message = format!("the flow declares no output `{name}`");
            let diagnostic = flow.at(entry.id, pointer, Code::UNKNOWN_OUTPUT, message).key();
            let remedy = format!("declare it under `outputs:`, for example `{name}: {{ type: any }}`");
            found.push(diagnostic.remedy(remedy).did_you_mean(name, outputs.keys().map(String::as_str)));
            continue;
        };
        let wanted = Type::declared(decl, &flow.root);
        if let Some(why) = flow.given(*value).found.unfit(decl.kind, &wanted) {
            let message = format!("this does not fit the output `{name}`, a {}: {why}", decl.kind);
            let diagnostic = flow.at(entry.id, pointer, Code::TYPE_MISMATCH, message);
            found.push(declared(diagnostic, flow, "outputs", name));
        }
    }
}

/// Whether a called flow that comes back by an exit certainly brings an output.
pub(super) fn gives(called: &Flow<'_>, exit: &str, output: &str) -> bool {
    without(called, exit, output).is_none()
}

/// A node by which a flow goes back through an exit without an output.
fn without<'f>(called: &Flow<'f>, exit: &str, output: &str) -> Option<&'f str> {
    let by_node = called.nodes.iter().find(|entry| {
        let Some(outputs) = &entry.facts.returns else { return false };
        let own = called.document.flow.nodes.get(entry.id).and_then(|doc| doc.params.get("exit"));
        own.and_then(serde_json::Value::as_str).unwrap_or("next") == exit
            && !outputs.iter().any(|(name, ..)| name == output)
    });
    let by_target = || {
        called.nodes.iter().find(|entry| {
            let exits = entry.edges.map_or(&[][..], |facts| &facts.exits);
            exits.iter().any(|one| one.target.as_deref() == Some("return"))
        })
    };
    by_node.or_else(|| if exit == "next" { by_target() } else { None }).map(|entry| entry.id)
}

/// Flows that call each other in a circle. One in which nothing waits before the next call never comes to anything.
fn circles(flows: &[Flow<'_>], index: &HashMap<&str, usize>, found: &mut Vec<Diagnostic>) {
    let mut graph = DiGraph::<(), (usize, bool)>::new();
    for _ in flows {
        graph.add_node(());
    }
    for (from, flow) in flows.iter().enumerate() {
        let quick = reached_at_once(flow);
        for (place, entry) in flow.nodes.iter().enumerate() {
            let Some(enters) = entry.facts.enters.as_ref().filter(|enters| enters.comes_back) else { continue };
            let id = flow.tables.flows.get(enters.flow.0 as usize);
            if let Some(to) = id.and_then(|id| index.get(id.as_str())) {
                graph.add_edge(NodeIndex::new(from), NodeIndex::new(*to), (place, quick.contains(&place)));
            }
        }
    }
    for component in tarjan_scc(&graph) {
        let inside: HashSet<usize> = component.iter().map(|node| node.index()).collect();
        let edges: Vec<(usize, usize, usize, bool)> = graph
            .edge_indices()
            .filter_map(|edge| {
                let (from, to) = graph.edge_endpoints(edge)?;
                let (place, quick) = graph[edge];
                let both = inside.contains(&from.index()) && inside.contains(&to.index());
                both.then_some((from.index(), to.index(), place, quick))
            })
            .collect();
        let Some((from, to, place, _)) = edges.iter().min().copied() else { continue };
        let (flow, called) = (&flows[from], &flows[to]);
        // Whether some circle is made of calls alone that nothing waits before.
        let mut at_once = DiGraph::<(), ()>::new();
        for _ in flows {
            at_once.add_node(());
        }
        for (from, to, _, _) in edges.iter().filter(|(.., quick)| *quick) {
            at_once.add_edge(NodeIndex::new(*from), NodeIndex::new(*to), ());
        }
        let endless = petgraph::algo::is_cyclic_directed(&at_once);
        let mut ids: Vec<&str> = component.iter().map(|node| &*flows[node.index()].document.flow.id).collect();
        ids.sort_unstable();
        let message = match (ids.as_slice(), endless) {
            ([one], true) => format!("`{one}` calls itself before anything waits"),
            ([one], false) => format!("`{one}` calls itself"),
            (many, true) => format!("flows call each other in a circle in which nothing waits: {}", many.join(", ")),
            (many, false) => format!("flows call each other in a circle: {}", many.join(", ")),
        };
        let entry = &flow.nodes[place];
        let mut diagnostic = flow.at(entry.id, "/flow", Code::CALL_CYCLE, message);
        if endless {
            diagnostic = diagnostic.severity(Severity::Error);
        }
        let back = edges.iter().find(|(start, ..)| *start == to && (to != from));
        if let Some((_, _, place, _)) = back {
            let pointer = format!("/nodes/{}/flow", escape_pointer(called.nodes[*place].id));
            if let Some(span) = called.document.tree.span(&pointer) {
                diagnostic = diagnostic.related(called.document.tree.source(), span, "which calls on from here");
            }
        }
        found.push(diagnostic.remedy("let one of them jump instead of calling, or come back first"));
    }
}

/// The nodes of a flow that are reached from its start before anything waits.
fn reached_at_once(flow: &Flow<'_>) -> HashSet<usize> {
    let doc = &flow.document.flow;
    let mut seen = HashSet::new();
    let mut queue: Vec<usize> = doc.nodes.get_index_of(&doc.start).into_iter().collect();
    while let Some(node) = queue.pop() {
        if flow.nodes.get(node).is_none() || !seen.insert(node) {
            continue;
        }
        let entry = &flow.nodes[node];
        let Some(facts) = entry.edges else { continue };
        if facts.waits && !entry.facts.counts {
            continue;
        }
        let targets = facts.exits.iter().filter_map(|exit| exit.target.as_ref());
        queue.extend(targets.filter_map(|target| doc.nodes.get_index_of(target)));
    }
    seen
}
