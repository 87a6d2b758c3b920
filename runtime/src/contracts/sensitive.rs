//! Confidential answers that would be disclosed. What a question marked as sensitive takes is confidential, and so is every
//! value that it goes into, until the variable is given something else. It may be compared, counted, sent to a service, and
//! handed to another flow; it may not be said, shown, noted, or given to anything else that people read.

use super::infer::{LAST_RESULT, Summary, input_slot};
use super::sites::pointer;
use super::{Entry, Flow};
use crate::facts::Written;
use crate::params::Format;
use offhook_flow_schemas::{Code, Diagnostic};
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

/// What may hold something confidential: slots, inputs, the last result.
type Held = BTreeSet<u16>;

/// What is confidential across flows.
#[derive(Default, PartialEq, Clone)]
struct Shared {
    /// Inputs, by flow and place.
    inputs: BTreeSet<(usize, usize)>,
    /// Outputs, by flow and name.
    outputs: BTreeSet<(usize, String)>,
}

pub(super) fn check(flows: &[Flow<'_>], index: &HashMap<&str, usize>, found: &mut Vec<Diagnostic>) {
    let any = flows.iter().flat_map(|flow| &flow.nodes).any(|entry| is_source(entry));
    if !any {
        return;
    }
    let mut shared = Shared::default();
    // Each round carries it one flow further.
    for _ in 0..=flows.len() {
        let before = shared.clone();
        for (place, flow) in flows.iter().enumerate() {
            let states = states(flow, place, flows, index, &mut shared);
            drop(states);
        }
        if shared == before {
            break;
        }
    }
    for (place, flow) in flows.iter().enumerate() {
        let states = states(flow, place, flows, index, &mut shared);
        for (entry, state) in flow.nodes.iter().zip(states) {
            if let Some(state) = state.filter(|state| !state.is_empty()) {
                disclosed(flow, entry, &state, found);
            }
        }
    }
}

fn is_source(entry: &Entry<'_>) -> bool {
    entry.facts.writes.iter().any(|write| write.sensitive)
        || entry.facts.asks.as_ref().is_some_and(|asked| asked.sensitive)
}

fn called(flow: &Flow<'_>, entry: &Entry<'_>, index: &HashMap<&str, usize>) -> Option<usize> {
    let enters = entry.facts.enters.as_ref()?;
    index.get(flow.tables.flows.get(enters.flow.0 as usize)?.as_str()).copied()
}

/// What may be confidential on entering each node; `None` for those never reached.
fn states(
    flow: &Flow<'_>,
    place: usize,
    flows: &[Flow<'_>],
    index: &HashMap<&str, usize>,
    shared: &mut Shared,
) -> Vec<Option<Held>> {
    let doc = &flow.document.flow;
    let mut states: Vec<Option<Held>> = vec![None; flow.nodes.len()];
    let Some(start) = doc.nodes.get_index_of(&doc.start).filter(|_| flow.nodes.len() == doc.nodes.len()) else {
        return states;
    };
    let given = shared.inputs.iter().filter(|(of, _)| *of == place).map(|(_, input)| input_slot(*input));
    states[start] = Some(given.collect());
    let interrupts = &doc.interrupts;
    let named = [interrupts.hangup.as_ref(), interrupts.error.as_ref()].into_iter().flatten();
    let phrases = interrupts.phrases.iter().map(|rule| &rule.next);
    let quiet = interrupts.no_activity.iter().map(|rule| &rule.next);
    let aside: Vec<usize> = named.chain(phrases).chain(quiet).filter_map(|to| doc.nodes.get_index_of(to)).collect();
    let mut queue = VecDeque::from([start]);
    let mut queued: HashSet<usize> = HashSet::from([start]);
    while let Some(node) = queue.pop_front() {
        queued.remove(&node);
        let entry = &flow.nodes[node];
        let before = states[node].clone().unwrap_or_default();
        let after = after(flow, entry, &before, called(flow, entry, index), shared);
        hand_on(flow, entry, &before, place, flows, index, shared);
        let exits = entry.edges.map_or(&[][..], |facts| &facts.exits);
        let targets = exits.iter().filter_map(|exit| doc.nodes.get_index_of(exit.target.as_ref()?));
        let mut on = before;
        on.remove(&LAST_RESULT);
        for (to, with) in targets.map(|to| (to, &after)).chain(aside.iter().map(|to| (*to, &on))) {
            let held = &mut states[to];
            let known = held.is_some();
            let state = held.get_or_insert_with(Held::new);
            let size = state.len();
            state.extend(with.iter().copied());
            if (!known || state.len() > size) && queued.insert(to) {
                queue.push_back(to);
            }
        }
    }
    states
}

/// What may be confidential after a node.
fn after<'a>(flow: &Flow<'a>, entry: &Entry<'a>, before: &Held, called: Option<usize>, shared: &Shared) -> Held {
    let mut held = before.clone();
    held.remove(&LAST_RESULT);
    for write in &entry.facts.writes {
        let Some((slot, path)) = flow.place(write.to) else { continue };
        let carried = |carries: &BTreeSet<u16>| carries.iter().any(|of| held.contains(of) || before.contains(of));
        let is_held = write.sensitive
            || match &write.what {
                Written::Value(value) | Written::ItemOf(value) => carried(&flow.given(*value).carries),
                Written::Output(name) => shared
                    .outputs
                    .iter()
                    .any(|(of, output)| Some(*of) == called && name.as_ref().is_none_or(|name| name == output)),
                _ => false,
            };
        if is_held {
            held.insert(slot);
        } else if path.is_empty() {
            held.remove(&slot);
        }
    }
    for site in entry.sites.iter().filter(|site| site.format == Format::Script) {
        for source in site.sources() {
            let Some(summary) = flow.of_source(&source) else { continue };
            for put in &summary.puts {
                if put.carries.iter().any(|of| held.contains(of)) {
                    held.insert(put.slot);
                } else if !put.within && summary.assigned.contains(&put.slot) {
                    held.remove(&put.slot);
                }
            }
        }
    }
    if entry.facts.asks.as_ref().is_some_and(|asked| asked.sensitive) {
        held.insert(LAST_RESULT);
    }
    held
}

/// What goes into other flows, and back.
fn hand_on(
    flow: &Flow<'_>,
    entry: &Entry<'_>,
    held: &Held,
    place: usize,
    flows: &[Flow<'_>],
    index: &HashMap<&str, usize>,
    shared: &mut Shared,
) {
    let is_held = |value| flow.given(value).carries.iter().any(|of| held.contains(of));
    if let Some(called) = called(flow, entry, index) {
        for (name, value, _) in entry.facts.enters.iter().flat_map(|enters| &enters.inputs) {
            if is_held(*value)
                && let Some(input) = flows[called].inputs.iter().position(|known| known == name)
            {
                shared.inputs.insert((called, input));
            }
        }
    }
    for (name, value, _) in entry.facts.returns.iter().flatten() {
        if is_held(*value) {
            shared.outputs.insert((place, name.clone()));
        }
    }
}

/// Reports what a node would disclose.
fn disclosed<'a>(flow: &Flow<'a>, entry: &Entry<'a>, held: &Held, found: &mut Vec<Diagnostic>) {
    // Values that only go into variables or other flows are not told to anybody.
    let enters = entry.facts.enters.iter().flat_map(|enters| &enters.inputs);
    let returns = entry.facts.returns.iter().flatten();
    let inner: HashSet<&str> = enters.chain(returns).map(|(_, _, pointer)| pointer.as_str()).collect();
    let maps: HashSet<&str> =
        entry.facts.writes.iter().filter(|write| write.keyed).map(|write| write.pointer.as_str()).collect();
    for site in &entry.sites {
        if !matches!(
            site.format,
            Format::Prompt | Format::Ssml | Format::Audio | Format::Video | Format::Template | Format::Value
        ) {
            continue;
        }
        let at = pointer(&site.path);
        let in_map = at.rsplit_once('/').is_some_and(|(map, _)| maps.contains(map));
        let is_list = entry.facts.writes.iter().any(|write| matches!(write.what, Written::ItemOf(_)));
        if site.format == Format::Value && (inner.contains(at.as_str()) || in_map || is_list) {
            continue;
        }
        for source in site.sources() {
            let Some(summary) = flow.of_source(&source) else { continue };
            if let Some(of) = leaked(&summary, held) {
                let (name, word) = match of {
                    LAST_RESULT => ("the answer".to_owned(), "result".to_owned()),
                    input if input >= 0x8000 => {
                        let name = flow.inputs.get(usize::from(input & 0x3fff)).cloned().unwrap_or_default();
                        (format!("`inputs.{name}`"), name)
                    }
                    slot => (format!("`{}`", flow.var_name(slot)), flow.var_name(slot).to_owned()),
                };
                let to = if site.format == Format::Prompt { "said or shown" } else { "told to others" };
                let finding = super::Finding {
                    code: Code::SENSITIVE_LEAK,
                    severity: None,
                    message: format!("{name} holds a confidential answer, which would be {to} here"),
                    word: Some(word),
                    meant: Vec::new(),
                };
                let diagnostic = flow.within(entry.id, site, &source, &finding);
                found.push(diagnostic.remedy("leave it out, or tell only its end: `substring(card, -4)`"));
            }
        }
    }
}

fn leaked(summary: &Summary, held: &Held) -> Option<u16> {
    summary.carries.iter().copied().find(|of| held.contains(of))
}
