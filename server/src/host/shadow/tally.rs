//! What has come of a shadow: how many conversations came out how, at which nodes they part, and the first of each as examples.
//! Numbers only grow; what is quoted is bounded.

use offhook_runtime::replay::Difference;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Nodes and kinds that are counted one by one; the totals count all. A flow of a real business has some hundreds of nodes.
const PLACES: usize = 500;

/// Examples of one node and kind: the first shows what it is, a few more that it was no accident.
const EXAMPLES_OF_ONE: u64 = 3;

/// Examples of all: what a person reads through.
const EXAMPLES: u64 = 30;

/// Why a candidate could not be held against a conversation any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It ended with an error, and the conversation did not.
    Error,
    /// It panicked.
    Panic,
    /// One turn took it too long.
    Slow,
    /// Turns came faster than they could be followed.
    Behind,
}

impl Failure {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Failure::Error => "error",
            Failure::Panic => "panic",
            Failure::Slow => "slow",
            Failure::Behind => "behind",
        }
    }
}

/// What has come of one conversation.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// Nobody would have noticed anything.
    Same,
    /// Somebody would have.
    Parts(Box<Difference>),
    /// It could not be held against it any further.
    Fails(Failure),
}

/// Conversations that part at a node in one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartedAt {
    /// The flow.
    pub flow: String,
    /// The node.
    pub node: String,
    /// What differs.
    pub kind: String,
    /// How many.
    pub sessions: u64,
}

/// What has come of a shadow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    /// Conversations in which nobody would have noticed anything.
    pub same: u64,
    /// Those in which somebody would have.
    pub diverged: u64,
    /// Those that began while as many as allowed were followed.
    pub skipped: u64,
    /// Those in which the candidate failed, by the reason.
    pub failed: BTreeMap<String, u64>,
    /// Where they part, those with the most first.
    pub nodes: Vec<PartedAt>,
    /// Examples that were kept.
    quoted: u64,
}

impl Tally {
    /// Counts one. Says whether it is to be kept as an example.
    pub fn add(&mut self, seen: &Seen) -> bool {
        match seen {
            Seen::Same => {
                self.same += 1;
                false
            }
            Seen::Fails(failure) => {
                *self.failed.entry(failure.as_str().to_owned()).or_default() += 1;
                false
            }
            Seen::Parts(difference) => {
                self.diverged += 1;
                let is_example = self.part(difference) <= EXAMPLES_OF_ONE && self.quoted < EXAMPLES;
                self.quoted += u64::from(is_example);
                is_example
            }
        }
    }

    /// Counts a divergence at its place; tells how many there were with it.
    fn part(&mut self, difference: &Difference) -> u64 {
        let (place, kind) = (&difference.place, difference.what.kind());
        let is_it = |known: &PartedAt| known.flow == place.flow && known.node == place.node && known.kind == kind;
        let known = self.nodes.iter().position(is_it).unwrap_or(self.nodes.len());
        if known == self.nodes.len() {
            if known >= PLACES {
                return u64::MAX;
            }
            let (flow, node) = (place.flow.clone(), place.node.clone());
            self.nodes.push(PartedAt { flow, node, kind: kind.to_owned(), sessions: 0 });
        }
        self.nodes[known].sessions += 1;
        let sessions = self.nodes[known].sessions;
        self.nodes
            .sort_by(|a, b| b.sessions.cmp(&a.sessions).then_with(|| (&a.flow, &a.node).cmp(&(&b.flow, &b.node))));
        sessions
    }

    /// Conversations that are over and were held against the candidate.
    pub fn sessions(&self) -> u64 {
        self.same + self.diverged + self.failed.values().sum::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use offhook_runtime::replay::{Place, What};

    fn parts(node: &str) -> Seen {
        Seen::Parts(Box::new(Difference {
            turn: 2,
            place: Place { flow: "a/line".to_owned(), node: node.to_owned() },
            event: String::new(),
            what: What::NoFlow,
            recorded: String::new(),
            candidate: String::new(),
        }))
    }

    #[test]
    fn all_are_counted_and_a_few_are_quoted() {
        let mut tally = Tally::default();
        let quoted: Vec<bool> = ["ask", "ask", "bye", "ask", "ask"].map(|node| tally.add(&parts(node))).into();
        assert_eq!(quoted, [true, true, true, true, false]);
        for seen in [Seen::Same, Seen::Fails(Failure::Slow), Seen::Fails(Failure::Panic), Seen::Fails(Failure::Slow)] {
            assert!(!tally.add(&seen));
        }
        assert_eq!((tally.sessions(), tally.same, tally.diverged, tally.failed["slow"]), (9, 1, 5, 2));
        let nodes: Vec<(&str, u64)> = tally.nodes.iter().map(|at| (at.node.as_str(), at.sessions)).collect();
        assert_eq!(nodes, [("ask", 4), ("bye", 1)]);
        // What is kept goes on where it was, examples included.
        let mut again: Tally = serde_json::from_str(&serde_json::to_string(&tally).unwrap()).unwrap();
        assert_eq!(again, tally);
        let more = (0..2_000).filter(|at| again.add(&parts(&format!("n{at}")))).count();
        assert_eq!((more, again.nodes.len(), again.diverged), (26, PLACES, 2_005));
        assert_eq!(serde_json::from_str::<Tally>("{}").unwrap(), Tally::default());
    }
}
