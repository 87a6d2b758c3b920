//! Coverage: which nodes and exits talks have walked.

use crate::echo::Told;
use crate::program::{CompiledFlow, Program};
use crate::session::Turn;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What was walked, by flow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    walked: BTreeMap<String, Walked>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Walked {
    ways: Ways,
    /// The same, by the locale in which the conversation began.
    by_locale: BTreeMap<String, Ways>,
    /// The texts that were heard in words of a locale, by locale.
    heard: BTreeMap<String, BTreeSet<String>>,
}

/// The nodes that were entered and the exits that were taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Ways {
    nodes: BTreeSet<String>,
    exits: BTreeSet<(String, String)>,
}

impl Ways {
    fn merge(&mut self, other: &Self) {
        self.nodes.extend(other.nodes.iter().cloned());
        self.exits.extend(other.exits.iter().cloned());
    }

    /// The nodes of a flow that were not entered, and the exits that were not taken.
    fn missing(&self, flow: &CompiledFlow) -> (Vec<String>, Vec<String>) {
        let nodes = flow.nodes.iter().filter(|node| !self.nodes.contains(&node.id)).map(|node| node.id.clone());
        let exits = flow.nodes.iter().flat_map(|node| node.exits.iter().map(move |exit| (&node.id, &exit.name)));
        let exits = exits.filter(|(node, exit)| !self.exits.contains(&((*node).clone(), exit.to_string())));
        (nodes.collect(), exits.map(|(node, exit)| format!("{node}.{exit}")).collect())
    }
}

/// How much of a flow was walked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FlowCoverage {
    /// The flow.
    pub flow: String,
    /// How many nodes it has.
    pub nodes: usize,
    /// How many were entered.
    pub nodes_covered: usize,
    /// How many exits they have.
    pub exits: usize,
    /// How many were taken.
    pub exits_covered: usize,
    /// The nodes that were not entered.
    pub missing_nodes: Vec<String>,
    /// The exits that were not taken, as `node.exit`.
    pub missing_exits: Vec<String>,
    /// How much was walked and heard in each locale that the flow declares.
    pub locales: Vec<LocaleCoverage>,
}

/// How much of a flow was walked and heard in a locale.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LocaleCoverage {
    /// The locale.
    pub locale: String,
    /// How many nodes were entered by conversations that began in it.
    pub nodes_covered: usize,
    /// How many exits were taken by conversations that began in it.
    pub exits_covered: usize,
    /// The nodes that were not entered.
    pub missing_nodes: Vec<String>,
    /// The exits that were not taken, as `node.exit`.
    pub missing_exits: Vec<String>,
    /// How many texts the flow has.
    pub texts: usize,
    /// How many were said or shown in words of this locale.
    pub heard: usize,
    /// Those that were not, by their names in catalogues.
    pub missing: Vec<String>,
}

impl FlowCoverage {
    /// Whether every node and every exit was walked.
    pub fn is_complete(&self) -> bool {
        self.missing_nodes.is_empty() && self.missing_exits.is_empty()
    }
}

impl Coverage {
    /// Adds what a turn walked; `locale` is that in which the conversation began.
    pub(super) fn add(&mut self, program: &Program, turn: &Turn, locale: &str) {
        let mut ways: BTreeMap<&str, Ways> = BTreeMap::new();
        for visit in &turn.visited {
            let (flow, node) = visit.names(program);
            ways.entry(flow).or_default().nodes.insert(node.to_owned());
        }
        for via in &turn.path {
            let (flow, node, exit) = via.names(program);
            ways.entry(flow).or_default().exits.insert((node.to_owned(), exit.to_owned()));
        }
        for (flow, ways) in ways {
            let walked = self.walked.entry(flow.to_owned()).or_default();
            walked.ways.merge(&ways);
            walked.by_locale.entry(locale.to_owned()).or_default().merge(&ways);
        }
    }

    pub(super) fn hear(&mut self, told: &[Told]) {
        for told in told {
            if let Told::Prompt { flow, field, locale, own: true, .. } = told {
                let heard = &mut self.walked.entry(flow.clone()).or_default().heard;
                heard.entry(locale.to_string()).or_default().insert(field.to_string());
            }
        }
    }

    /// Adds what another one has.
    pub fn merge(&mut self, other: &Coverage) {
        for (flow, walked) in &other.walked {
            let own = self.walked.entry(flow.clone()).or_default();
            own.ways.merge(&walked.ways);
            for (locale, ways) in &walked.by_locale {
                own.by_locale.entry(locale.clone()).or_default().merge(ways);
            }
            for (locale, heard) in &walked.heard {
                own.heard.entry(locale.clone()).or_default().extend(heard.iter().cloned());
            }
        }
    }

    /// How much of a program's entry flow was walked.
    pub fn of(&self, program: &Program) -> FlowCoverage {
        let flow = program.entry();
        let nothing = Walked::default();
        let walked = self.walked.get(&flow.id).unwrap_or(&nothing);
        let (missing_nodes, missing_exits) = walked.ways.missing(flow);
        let nodes = flow.nodes.len();
        let exits: usize = flow.nodes.iter().map(|node| node.exits.len()).sum();
        let mut coverage = FlowCoverage {
            flow: flow.id.clone(),
            nodes,
            nodes_covered: nodes - missing_nodes.len(),
            exits,
            exits_covered: exits - missing_exits.len(),
            missing_nodes,
            missing_exits,
            locales: Vec::new(),
        };
        for locale in &flow.locales {
            let none = BTreeSet::new();
            let heard = walked.heard.get(&**locale).unwrap_or(&none);
            let texts: BTreeSet<&str> = flow.tables.prompts.iter().map(|prompt| &*prompt.field).collect();
            let missing: Vec<String> =
                texts.iter().filter(|text| !heard.contains(**text)).map(|text| (*text).to_owned()).collect();
            let nowhere = Ways::default();
            let (missing_nodes, missing_exits) = walked.by_locale.get(&**locale).unwrap_or(&nowhere).missing(flow);
            coverage.locales.push(LocaleCoverage {
                locale: locale.to_string(),
                nodes_covered: nodes - missing_nodes.len(),
                exits_covered: exits - missing_exits.len(),
                missing_nodes,
                missing_exits,
                texts: texts.len(),
                heard: texts.len() - missing.len(),
                missing,
            });
        }
        coverage
    }
}
