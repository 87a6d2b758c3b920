//! The graph of a conversation on one channel, over calls and jumps: a node for each node of a flow and each place from
//! which the flow may have been called. Exits that the channel excludes are left out.

use super::Step;
use crate::contracts::{Entry, Flow, Kind, Step as PathStep, Term};
use crate::expr::Global;
use crate::expr::ops::Compare;
use crate::params::Format;
use crate::value::Value;
use offhook_flow_schemas::ChannelKind;
use std::collections::{HashMap, VecDeque};

/// Nodes that a graph may have: far more than any business has, and few enough to be looked at in a second.
const NODES: usize = 50_000;

/// How deep calls are followed; as deep as they may go.
const DEPTH: usize = crate::limits::CALL_DEPTH;

/// Where an edge leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    Node(usize),
    /// The conversation ends as its author wants.
    End,
    /// The contact is with a person.
    Person,
    /// The conversation ends with an apology, because nothing is wired.
    Apology,
    /// It goes further than is followed.
    Unknown,
}

/// What an edge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// An exit of the node.
    Exit,
    /// An exit of a question that the contact leaves by silence.
    Silent,
    /// An exit of a question that the contact leaves without an answer that fits.
    Unfit,
    /// The exit `error`.
    Error,
    /// A fault of the node itself, such as a text that cannot be made, which falls to the flow's `interrupts.error`. It
    /// tells only what may be reached: a fault on that way, before anything is waited for, ends the session.
    Fault,
    /// A phrase that may be said at any prompt.
    Phrase,
    /// Nothing has happened for a time.
    Quiet,
}

pub(super) struct Edge<'a> {
    pub(super) exit: &'a str,
    pub(super) to: To,
    pub(super) why: Why,
}

pub(super) struct Node<'a> {
    pub(super) flow: usize,
    pub(super) place: usize,
    pub(super) edges: Vec<Edge<'a>>,
    /// The node of the graph that called the flow this one is in.
    caller: Option<usize>,
    depth: usize,
    /// How it was first reached.
    from: Option<(usize, usize)>,
}

pub(super) struct Graph<'a> {
    pub(super) flows: &'a [Flow<'a>],
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) channel: ChannelKind,
    /// Whether it was too big.
    pub(super) unfinished: bool,
    index: HashMap<&'a str, usize>,
    known: HashMap<(usize, usize, Option<usize>), usize>,
    speech: bool,
}

/// The flow that a node goes to.
pub(super) fn entered<'a>(flow: &Flow<'a>, entry: &Entry<'a>) -> Option<&'a str> {
    let enters = entry.facts.enters.as_ref()?;
    flow.tables.flows.get(enters.flow.0 as usize).map(String::as_str)
}

impl<'a> Graph<'a> {
    /// The graph of what may happen from a flow on.
    pub(super) fn of(
        flows: &'a [Flow<'a>],
        index: &HashMap<&'a str, usize>,
        flow: usize,
        channel: ChannelKind,
        speech: bool,
    ) -> Graph<'a> {
        let mut graph = Graph {
            flows,
            nodes: Vec::new(),
            channel,
            unfinished: false,
            index: index.clone(),
            known: HashMap::new(),
            speech,
        };
        let start = graph.start(flow, None, 0);
        let mut queue: VecDeque<usize> = match start {
            To::Node(node) => VecDeque::from([node]),
            _ => VecDeque::new(),
        };
        while let Some(node) = queue.pop_front() {
            let before = graph.nodes.len();
            let edges = graph.edges(node);
            for (place, edge) in edges.iter().enumerate() {
                if let To::Node(to) = edge.to
                    && to >= before
                    && graph.nodes[to].from.is_none()
                {
                    graph.nodes[to].from = Some((node, place));
                }
            }
            graph.nodes[node].edges = edges;
            queue.extend(before..graph.nodes.len());
        }
        graph
    }

    pub(super) fn entry(&self, node: usize) -> &'a Entry<'a> {
        let node = &self.nodes[node];
        &self.flows[node.flow].nodes[node.place]
    }

    pub(super) fn flow(&self, node: usize) -> &'a Flow<'a> {
        &self.flows[self.nodes[node].flow]
    }

    /// Whether a node waits for the contact's answer.
    pub(super) fn asks(&self, node: usize) -> bool {
        self.entry(node).facts.asks.is_some()
    }

    /// Whether a node waits for the contact or the world.
    pub(super) fn waits(&self, node: usize) -> bool {
        let entry = self.entry(node);
        entry.edges.is_some_and(|edges| edges.waits) && !entry.facts.counts
    }

    /// Whether what is said is heard here, and not read.
    pub(super) fn is_heard(&self) -> bool {
        matches!(self.channel, ChannelKind::Voice | ChannelKind::Video)
    }

    fn node(&mut self, flow: usize, place: usize, caller: Option<usize>, depth: usize) -> To {
        if let Some(known) = self.known.get(&(flow, place, caller)) {
            return To::Node(*known);
        }
        if self.nodes.len() >= NODES || depth > DEPTH {
            self.unfinished = true;
            return To::Unknown;
        }
        let at = self.nodes.len();
        self.nodes.push(Node { flow, place, edges: Vec::new(), caller, depth, from: None });
        self.known.insert((flow, place, caller), at);
        To::Node(at)
    }

    fn start(&mut self, flow: usize, caller: Option<usize>, depth: usize) -> To {
        let doc = &self.flows[flow].document.flow;
        match doc.nodes.get_index_of(&doc.start) {
            Some(place) => self.node(flow, place, caller, depth),
            None => To::Unknown,
        }
    }

    /// Where a target of a node's flow leads.
    fn target(&mut self, at: usize, target: &str) -> To {
        let (flow, caller, depth) = (self.nodes[at].flow, self.nodes[at].caller, self.nodes[at].depth);
        // A branch ends where it leads back, and then it goes on after the node that began it.
        if let Some(fork) = self.flow(at).forks[self.nodes[at].place]
            && (target == "return" || target == self.flow(at).nodes[fork].id)
        {
            return self.joined(at, fork);
        }
        match target {
            "end" | "hangup" => To::End,
            "return" => self.back(at, "next"),
            id => match self.flows[flow].document.flow.nodes.get_index_of(id) {
                Some(place) => self.node(flow, place, caller, depth),
                None => To::Unknown,
            },
        }
    }

    /// Where it goes on when branches have come together: by the exit `next` of the node that began them.
    fn joined(&mut self, at: usize, fork: usize) -> To {
        let (flow, caller, depth) = (self.nodes[at].flow, self.nodes[at].caller, self.nodes[at].depth);
        let To::Node(fork) = self.node(flow, fork, caller, depth) else { return To::Unknown };
        let exits = self.entry(fork).edges.map_or(&[][..], |facts| &facts.exits);
        match exits.iter().find(|exit| exit.name == "next") {
            Some(exit) => match &exit.target {
                Some(target) => self.target(fork, target),
                None if exit.falls => self.rescue(fork),
                None => To::End,
            },
            None => To::Unknown,
        }
    }

    /// Where a flow goes back to through an exit of the node that called it.
    fn back(&mut self, at: usize, exit: &str) -> To {
        let Some(caller) = self.nodes[at].caller else { return To::End };
        let edges = self.entry(caller).edges.map_or(&[][..], |facts| &facts.exits);
        match edges.iter().find(|one| one.name == exit) {
            Some(one) => match &one.target {
                Some(target) => self.target(caller, target),
                None if one.falls => self.rescue(caller),
                None => To::End,
            },
            None => To::Unknown,
        }
    }

    /// The innermost flow around a node that has an interrupt, as the node that stands for it in the stack.
    fn around<T>(&self, at: usize, find: impl Fn(&'a Flow<'a>) -> Option<T>) -> Option<(usize, T)> {
        let mut at = at;
        loop {
            let flow = self.flow(at);
            if let Some(found) = find(flow) {
                return Some((at, found));
            }
            if !flow.document.flow.interrupts.inherit {
                return None;
            }
            at = self.nodes[at].caller?;
        }
    }

    /// Where an exit leads that is not wired.
    fn rescue(&mut self, at: usize) -> To {
        match self.around(at, |flow| flow.document.flow.interrupts.error.as_deref()) {
            Some((of, target)) => self.target(of, target),
            None => To::Apology,
        }
    }

    fn edges(&mut self, at: usize) -> Vec<Edge<'a>> {
        let entry = self.entry(at);
        let flow = self.flow(at);
        let mut edges = Vec::new();
        let place = self.index.get(entered(flow, entry).unwrap_or_default()).copied();
        if let (Some(enters), Some(called)) = (&entry.facts.enters, place) {
            let (caller, depth) = match enters.comes_back {
                true => (Some(at), self.nodes[at].depth + 1),
                false => (self.nodes[at].caller, self.nodes[at].depth),
            };
            let to = self.start(called, caller, depth);
            edges.push(Edge { exit: "", to, why: Why::Exit });
        } else if let Some(facts) = entry.edges {
            if entry.facts.returns.is_some() {
                let doc = flow.document.flow.nodes.get(entry.id);
                let exit = doc.and_then(|doc| doc.params.get("exit")).and_then(|exit| exit.as_str()).unwrap_or("next");
                let to = self.back(at, exit);
                edges.push(Edge { exit: "", to, why: Why::Exit });
            } else if facts.exits.is_empty() {
                edges.push(Edge { exit: "", to: To::End, why: Why::Exit });
            }
        }
        let asks = entry.facts.asks.as_ref();
        let open = open_exits(flow, entry, self.channel);
        if entry.facts.enters.as_ref().is_none_or(|enters| !enters.comes_back) || place.is_none() {
            let exits = entry.edges.map_or(&[][..], |facts| &facts.exits);
            let begins = entry.branches > 0;
            for (exit, _) in exits.iter().zip(open).filter(|(exit, open)| *open && !(begins && exit.name == "next")) {
                let to = match &exit.target {
                    _ if entry.facts.hands_over.contains(&exit.name.as_str()) => To::Person,
                    Some(target) => self.target(at, target),
                    None if exit.falls => self.rescue(at),
                    None => To::End,
                };
                let misses = asks.map_or(&[][..], |asked| asked.misses);
                let why = match misses.iter().position(|miss| *miss == exit.name) {
                    Some(0) => Why::Silent,
                    Some(_) => Why::Unfit,
                    None if exit.name == "error" => Why::Error,
                    None => Why::Exit,
                };
                // Silence ends nothing where it is not counted.
                let counted = asks.and_then(|asked| if self.is_heard() { asked.heard_ms } else { asked.read_ms });
                if why != Why::Silent || counted.is_some() {
                    edges.push(Edge { exit: &exit.name, to, why });
                }
            }
        }
        // What has no `error` of its own falls to the flow's.
        let own_error = edges.iter().any(|edge| edge.exit == "error");
        if !own_error && !entry.sites.is_empty() {
            let to = self.rescue(at);
            if let To::Node(_) = to {
                edges.push(Edge { exit: "error", to, why: Why::Fault });
            }
        }
        if asks.is_some() {
            let speaks = self.speech || !self.is_heard();
            let phrases = self
                .around(at, |flow| Some(&flow.document.flow.interrupts.phrases).filter(|phrases| !phrases.is_empty()));
            if let Some((of, rules)) = phrases.filter(|_| speaks) {
                for rule in rules {
                    let exit = rule.any.first().map_or("", String::as_str);
                    let to = self.target(of, &rule.next);
                    edges.push(Edge { exit, to, why: Why::Phrase });
                }
            }
            let quiet = self.around(at, |flow| flow.document.flow.interrupts.no_activity.as_ref());
            if let Some((of, rule)) = quiet {
                let to = self.target(of, &rule.next);
                edges.push(Edge { exit: "no_activity", to, why: Why::Quiet });
            }
        }
        edges
    }

    /// A step of a way: the node, and the edge by which it is left.
    pub(super) fn step(&self, node: usize, edge: Option<usize>) -> Step {
        let (flow, entry) = (self.flow(node), self.entry(node));
        let edge = edge.and_then(|edge| self.nodes[node].edges.get(edge));
        let (exit, input) = match edge {
            None => (String::new(), String::new()),
            Some(edge) => {
                let choice = entry
                    .facts
                    .asks
                    .as_ref()
                    .is_some_and(|asked| asked.choices.iter().any(|choice| choice.id == edge.exit));
                let input = match edge.why {
                    Why::Silent => "the caller says nothing".to_owned(),
                    Why::Unfit => "the caller is not understood".to_owned(),
                    Why::Quiet => "nothing happens for a time".to_owned(),
                    Why::Phrase => format!("the caller says \u{201c}{}\u{201d}", edge.exit),
                    Why::Exit if choice => format!("the caller chooses {}", edge.exit),
                    Why::Exit if entry.facts.asks.is_some() => "the caller answers".to_owned(),
                    _ => String::new(),
                };
                let exit = match edge.why {
                    Why::Phrase => "interrupts.phrases".to_owned(),
                    Why::Quiet => "interrupts.no_activity".to_owned(),
                    _ => edge.exit.to_owned(),
                };
                (exit, input)
            }
        };
        Step { flow: flow.document.flow.id.clone(), node: entry.id.to_owned(), exit, input }
    }

    /// The shortest way from the beginning to a node.
    pub(super) fn way_to(&self, node: usize) -> Vec<Step> {
        let mut way = vec![self.step(node, None)];
        let mut at = node;
        while let Some((before, edge)) = self.nodes[at].from {
            way.push(self.step(before, Some(edge)));
            at = before;
        }
        way.reverse();
        way
    }

    /// The nodes to which edges lead, with the edge.
    pub(super) fn next(&self, node: usize) -> impl Iterator<Item = (usize, usize, &Edge<'a>)> {
        self.nodes[node].edges.iter().enumerate().filter_map(|(place, edge)| match edge.to {
            To::Node(to) => Some((to, place, edge)),
            _ => None,
        })
    }
}

/// Which exits of a node a channel leaves open. A condition that stands beside the target of an exit decides it; conditions
/// are tried in their order.
fn open_exits<'a>(flow: &Flow<'a>, entry: &Entry<'a>, channel: ChannelKind) -> Vec<bool> {
    let exits = entry.edges.map_or(&[][..], |facts| &facts.exits);
    let mut open = vec![true; exits.len()];
    let base = format!("/nodes/{}", offhook_flow_schemas::escape_pointer(entry.id));
    let mut decided = false;
    let mut guarded = vec![false; exits.len()];
    let mut possible = vec![false; exits.len()];
    for site in entry.sites.iter().filter(|site| site.format == Format::Expression) {
        let Some((PathStep::Key(_), beside)) = site.path.split_last() else { continue };
        let parent = format!("{base}{}", crate::contracts::pointer(beside));
        let near = |pointer: &String| pointer.rsplit_once('/').is_some_and(|(above, _)| above == parent);
        // Cases that share an exit are told of by the first of them only.
        let Some(exit) = exits.iter().position(|exit| exit.pointer.as_ref().is_some_and(near)) else {
            if site.path.len() > 2 {
                // A condition of a shared exit: which one is not known, so all stay open.
                return vec![true; exits.len()];
            }
            continue;
        };
        guarded[exit] = true;
        let Some(text) = site.value.as_str() else { continue };
        let holds = flow.acts(Kind::Expression, text).and_then(|acts| match acts.as_slice() {
            [crate::contracts::Act::Value(term)] => truth(term, channel),
            _ => None,
        });
        possible[exit] |= !decided && holds != Some(false);
        decided |= holds == Some(true);
    }
    for (place, open) in open.iter_mut().enumerate() {
        *open = match (guarded[place], decided) {
            (true, _) => possible[place],
            (false, true) => exits[place].name == "error",
            (false, false) => true,
        };
    }
    open
}

/// Whether a condition holds on a channel, where that is all it depends on.
fn truth(term: &Term, channel: ChannelKind) -> Option<bool> {
    match term {
        Term::Constant(Value::Bool(value)) => Some(*value),
        Term::Compare(op, one, two) => {
            let same = match (&**one, &**two) {
                (Term::Get(of, key), Term::Constant(Value::Text(word)))
                | (Term::Constant(Value::Text(word)), Term::Get(of, key))
                    if matches!(**of, Term::Global(Global::Contact)) && &**key == "channel" =>
                {
                    &**word == channel.as_str()
                }
                _ => return None,
            };
            match op {
                Compare::Equal => Some(same),
                Compare::Unequal => Some(!same),
                _ => None,
            }
        }
        Term::Not(of) => truth(of, channel).map(|value| !value),
        Term::All(parts) => {
            let all: Vec<Option<bool>> = parts.iter().map(|part| truth(part, channel)).collect();
            if all.contains(&Some(false)) {
                return Some(false);
            }
            all.into_iter().collect::<Option<Vec<bool>>>().map(|_| true)
        }
        Term::Any(parts) => {
            let all: Vec<Option<bool>> = parts.iter().map(|part| truth(part, channel)).collect();
            if all.contains(&Some(true)) {
                return Some(true);
            }
            all.into_iter().collect::<Option<Vec<bool>>>().map(|_| false)
        }
        _ => None,
    }
}
