//! Variables that are read on a path that has not set them. A forward analysis over the nodes: on entering a node, those
//! variables have a value that have one on every path to it. Only variables without a default take part.

use super::infer::Reading;
use super::sites::Step;
use super::{Entry, Flow};
use crate::facts::Written;
use crate::params::Format;
use offhook_flow_schemas::{Code, Diagnostic, Severity, escape_pointer};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

/// A set of variables: a bit for each that takes part.
#[derive(Clone, PartialEq)]
struct Set(Vec<u64>);

impl Set {
    fn none(size: usize) -> Set {
        Set(vec![0; size.div_ceil(64)])
    }

    fn all(size: usize) -> Set {
        Set(vec![u64::MAX; size.div_ceil(64)])
    }

    fn has(&self, bit: usize) -> bool {
        self.0[bit / 64] >> (bit % 64) & 1 == 1
    }

    fn put(&mut self, bit: usize) {
        self.0[bit / 64] |= 1 << (bit % 64);
    }

    /// Keeps what is in both; tells whether that changed anything.
    fn keep(&mut self, other: &Set) -> bool {
        let before = self.clone();
        self.0.iter_mut().zip(&other.0).for_each(|(one, other)| *one &= other);
        *self != before
    }
}

/// An edge: the exit, where it leads (a node's place), and what is set on the way.
struct Edge<'a> {
    exit: &'a str,
    to: usize,
    sets: Vec<usize>,
}

pub(super) fn check(flow: &Flow<'_>, flows: &[Flow<'_>], index: &HashMap<&str, usize>, found: &mut Vec<Diagnostic>) {
    // The variables that take part, by slot.
    let mut bits: BTreeMap<u16, usize> = BTreeMap::new();
    for (slot, (name, _)) in (0..).zip(&flow.vars) {
        if flow.document.flow.vars.get(name).is_some_and(|decl| decl.default.is_none()) {
            bits.insert(slot, bits.len());
        }
    }
    let doc = &flow.document.flow;
    let Some(start) = doc.nodes.get_index_of(&doc.start).filter(|_| !bits.is_empty()) else { return };
    let edges: Vec<Vec<Edge<'_>>> = flow.nodes.iter().map(|entry| edges_of(flow, entry, flows, index, &bits)).collect();

    let size = bits.len();
    let mut states: Vec<Set> = vec![Set::all(size); flow.nodes.len()];
    let mut reached = vec![false; flow.nodes.len()];
    let place = |target: &Option<String>| target.as_ref().and_then(|target| doc.nodes.get_index_of(target));
    let interrupts = &doc.interrupts;
    let phrases = interrupts.phrases.iter().filter_map(|rule| doc.nodes.get_index_of(&rule.next));
    let quiet = interrupts.no_activity.as_ref().and_then(|rule| doc.nodes.get_index_of(&rule.next));
    let while_waiting: Vec<usize> = place(&interrupts.hangup).into_iter().chain(phrases).chain(quiet).collect();
    let on_error = place(&interrupts.error);

    states[start] = Set::none(size);
    reached[start] = true;
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        let state = states[node].clone();
        let mut arrive = |to: usize, with: Set| {
            let changed = states[to].keep(&with);
            let known = std::mem::replace(&mut reached[to], true);
            if changed || !known {
                queue.push_back(to);
            }
        };
        for edge in edges[node].iter().filter(|edge| flow.forks[node] != Some(edge.to)) {
            let mut with = state.clone();
            edge.sets.iter().for_each(|bit| with.put(*bit));
            arrive(edge.to, with);
        }
        let facts = flow.nodes[node].edges;
        let waits = facts.is_some_and(|facts| facts.waits) && !flow.nodes[node].facts.counts;
        if waits || flow.nodes[node].facts.enters.as_ref().is_some_and(|enters| enters.comes_back) {
            while_waiting.iter().for_each(|to| arrive(*to, state.clone()));
        }
        // A node that wires its own `error` does not fall to the flow's.
        let error_is_wired = doc.nodes.get_index(node).is_some_and(|(_, doc)| doc.exits.contains_key("error"));
        let may_fail = !flow.nodes[node].sites.is_empty();
        if let Some(to) = on_error
            && may_fail
            && !error_is_wired
        {
            arrive(to, state.clone());
        }
    }

    let names: BTreeMap<usize, u16> = bits.iter().map(|(slot, bit)| (*bit, *slot)).collect();
    let mut reported: HashSet<(usize, u16)> = HashSet::new();
    for (node, entry) in flow.nodes.iter().enumerate().filter(|(node, _)| reached[*node]) {
        let mut here = states[node].clone();
        for site in &entry.sites {
            for source in site.sources() {
                let Some(summary) = flow.of_source(&source) else { continue };
                for (slot, reading) in &summary.reads {
                    let Some(bit) = bits.get(slot).filter(|bit| !here.has(**bit)) else { continue };
                    if *reading == Reading::Careful || !reported.insert((node, *slot)) {
                        continue;
                    }
                    let name = flow.var_name(names[bit]);
                    let way = way_without(flow, &edges, start, node, *bit);
                    let message = match way.as_str() {
                        "" => format!("`{name}` may have no value here: an interrupt may lead here before it is set"),
                        way => format!("`{name}` may have no value here: nothing sets it on the way {way}"),
                    };
                    let finding = super::Finding {
                        code: Code::UNASSIGNED_VARIABLE,
                        severity: (*reading == Reading::Whole).then_some(Severity::Hint),
                        message,
                        word: Some(name.to_owned()),
                        meant: Vec::new(),
                    };
                    let diagnostic = flow.within(entry.id, site, &source, &finding);
                    let span = flow.document.tree.key_span(&format!("/vars/{}", escape_pointer(name)));
                    let source = flow.document.tree.source();
                    let diagnostic = match span {
                        Some(span) => diagnostic.related(source, span, "declared here, without a default"),
                        None => diagnostic,
                    };
                    found.push(diagnostic.remedy(format!(
                        "give `{name}` a default, set it on that way, or ask first: `default({name}, …)`"
                    )));
                }
            }
            // In a map from variables to values, each value sees those before it.
            if let Some(Step::Key(key)) = site.path.last()
                && site.format == Format::Value
                && let Some(bit) =
                    key.split('.').next().and_then(|name| flow.names.var(name)).and_then(|s| bits.get(&s))
                && entry
                    .facts
                    .writes
                    .iter()
                    .any(|write| write.keyed && flow.place(write.to).is_some_and(|(slot, _)| names[bit] == slot))
            {
                here.put(*bit);
            }
        }
    }
}

/// The edges of a node with what is certainly set on each.
fn edges_of<'f>(
    flow: &Flow<'f>,
    entry: &Entry<'f>,
    flows: &[Flow<'_>],
    index: &HashMap<&str, usize>,
    bits: &BTreeMap<u16, usize>,
) -> Vec<Edge<'f>> {
    let Some(facts) = entry.edges else { return Vec::new() };
    let bit = |slot: u16| bits.get(&slot).copied();
    // What scripts assign, and what parameters name of which the node says nothing.
    let mut always: Vec<usize> = Vec::new();
    let mut told: BTreeSet<u16> = BTreeSet::new();
    for write in &entry.facts.writes {
        told.extend(flow.place(write.to).map(|(slot, _)| slot));
    }
    for site in &entry.sites {
        if site.format == Format::Script {
            let summaries = site.sources();
            let assigned = summaries.iter().filter_map(|source| flow.of_source(source));
            assigned.for_each(|summary| always.extend(summary.assigned.iter().filter_map(|slot| bit(*slot))));
        }
        if site.format == Format::Variable
            && let Some(slot) =
                site.name().and_then(|name| name.split('.').next()).and_then(|name| flow.names.var(name))
            && !told.contains(&slot)
        {
            always.extend(bit(slot));
        }
    }
    let called = entry.facts.enters.as_ref().and_then(|enters| {
        let id = flow.tables.flows.get(enters.flow.0 as usize)?;
        flows.get(*index.get(id.as_str())?)
    });
    // When branches have come together, what they set is set.
    let mut joined = Vec::new();
    if entry.branches > 0 {
        let at = flow.document.flow.nodes.get_index_of(entry.id);
        for (inside, _) in flow.nodes.iter().zip(&flow.forks).filter(|(_, fork)| fork.is_some() && **fork == at) {
            let writes = inside.facts.writes.iter().filter_map(|write| flow.place(write.to)).map(|(slot, _)| slot);
            joined.extend(writes.filter_map(bit));
            for source in inside.sites.iter().flat_map(|site| site.sources()) {
                let summary = flow.of_source(&source);
                joined.extend(summary.iter().flat_map(|one| &one.puts).filter_map(|put| bit(put.slot)));
            }
        }
    }
    let mut edges = Vec::new();
    for (number, exit) in facts.exits.iter().enumerate() {
        let Some(to) = exit.target.as_ref().and_then(|to| flow.document.flow.nodes.get_index_of(to)) else { continue };
        let mut sets = Vec::new();
        if exit.name != "error" {
            sets.clone_from(&always);
            if number >= entry.branches {
                sets.extend(&joined);
            }
            for write in &entry.facts.writes {
                let by_output = match (&write.what, called) {
                    (Written::Output(Some(name)), Some(called)) => super::calls::gives(called, &exit.name, name),
                    _ => true,
                };
                if by_output
                    && !write.not_on.contains(&exit.name.as_str())
                    && let Some((slot, _)) = flow.place(write.to)
                {
                    sets.extend(bit(slot));
                }
            }
        }
        edges.push(Edge { exit: &exit.name, to, sets });
    }
    edges
}

/// Exits of a way that are written out.
const WAY_SHOWN: usize = 8;

/// The shortest way from the start to a node on which a variable is not set, as `node.exit → …`; empty where there is none.
fn way_without(flow: &Flow<'_>, edges: &[Vec<Edge<'_>>], start: usize, node: usize, bit: usize) -> String {
    let mut from: HashMap<usize, (usize, &str)> = HashMap::new();
    let mut queue = VecDeque::from([start]);
    let mut seen = vec![false; edges.len()];
    seen[start] = true;
    while let Some(at) = queue.pop_front() {
        for edge in edges[at].iter().filter(|edge| !edge.sets.contains(&bit)) {
            if !std::mem::replace(&mut seen[edge.to], true) {
                from.insert(edge.to, (at, edge.exit));
                queue.push_back(edge.to);
            }
        }
    }
    if !seen[node] {
        return String::new();
    }
    let mut steps = vec![flow.nodes[node].id.to_owned()];
    let mut at = node;
    while let Some((before, exit)) = from.get(&at) {
        steps.push(format!("{}.{exit}", flow.nodes[*before].id));
        at = *before;
    }
    steps.reverse();
    if steps.len() > WAY_SHOWN {
        let hidden = steps.len() - WAY_SHOWN;
        steps.splice(WAY_SHOWN / 2..WAY_SHOWN / 2 + hidden, ["…".to_owned()]);
    }
    steps.join(" → ")
}
