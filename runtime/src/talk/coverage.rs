//! Coverage: which nodes and exits talks have walked.

use crate::echo::Told;
use crate::program::Program;
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
    nodes: BTreeSet<String>,
    exits: BTreeSet<(String, String)>,
    /// The texts that were heard in words of a locale, by locale.
    heard: BTreeMap<String, BTreeSet<String>>,
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
    /// Which texts were heard, for each locale that the flow declares.
    pub locales: Vec<LocaleCoverage>,
}

/// How much of a flow was heard in a locale.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LocaleCoverage {
    /// The locale.
    pub locale: String,
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
    pub(super) fn add(&mut self, program: &Program, turn: &Turn) {
        for visit in &turn.visited {
            let (flow, node) = visit.names(program);
            self.walked.entry(flow.to_owned()).or_default().nodes.insert(node.to_owned());
        }
        for via in &turn.path {
            let (flow, node, exit) = via.names(program);
            let walked = self.walked.entry(flow.to_owned()).or_default();
            walked.exits.insert((node.to_owned(), exit.to_owned()));
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
            own.nodes.extend(walked.nodes.iter().cloned());
            own.exits.extend(walked.exits.iter().cloned());
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
        let mut coverage = FlowCoverage { flow: flow.id.clone(), ..FlowCoverage::default() };
        for node in &flow.nodes {
            coverage.nodes += 1;
            if walked.nodes.contains(&node.id) {
                coverage.nodes_covered += 1;
            } else {
                coverage.missing_nodes.push(node.id.clone());
            }
            for exit in &node.exits {
                coverage.exits += 1;
                if walked.exits.contains(&(node.id.clone(), exit.name.to_string())) {
                    coverage.exits_covered += 1;
                } else {
                    coverage.missing_exits.push(format!("{}.{}", node.id, exit.name));
                }
            }
        }
        for locale in &flow.locales {
            let none = BTreeSet::new();
            let heard = walked.heard.get(&**locale).unwrap_or(&none);
            let texts: BTreeSet<&str> = flow.tables.prompts.iter().map(|prompt| &*prompt.field).collect();
            let missing: Vec<String> =
                texts.iter().filter(|text| !heard.contains(**text)).map(|text| (*text).to_owned()).collect();
            coverage.locales.push(LocaleCoverage {
                locale: locale.to_string(),
                texts: texts.len(),
                heard: texts.len() - missing.len(),
                missing,
            });
        }
        coverage
    }
}
