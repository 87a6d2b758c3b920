//! Many recordings together: how many differ, and at which nodes.

use super::difference::{Outcome, Place};
use super::recording::Recording;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What became of many recordings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Recordings.
    pub sessions: usize,
    /// Those that are the same to the letter.
    pub same: usize,
    /// Those that differ.
    pub differ: usize,
    /// Those that could not be replayed.
    pub broken: usize,
    /// The turns of all.
    pub turns: usize,
    /// The nodes at which some differ, those with the most first.
    pub nodes: Vec<NodeTotal>,
    #[serde(skip)]
    by_place: BTreeMap<Place, (usize, usize)>,
}

/// What became of the recordings that passed one node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NodeTotal {
    /// The node.
    #[serde(flatten)]
    pub place: Place,
    /// How many part there.
    pub differ: usize,
    /// How many came there when they were recorded, as far as their own versions could tell.
    pub came: usize,
}

impl Totals {
    /// Takes one more in.
    pub fn add(&mut self, recording: &Recording, outcome: &Outcome) {
        self.sessions += 1;
        self.turns += recording.turns.len();
        let entered: BTreeSet<&Place> =
            recording.turns.iter().filter_map(|taken| taken.known.as_ref()).flat_map(|known| &known.entered).collect();
        for place in entered {
            self.by_place.entry(place.clone()).or_default().1 += 1;
        }
        match outcome {
            Outcome::Same { .. } => self.same += 1,
            Outcome::Broken { .. } => self.broken += 1,
            Outcome::Differs(difference) => {
                self.differ += 1;
                self.by_place.entry(difference.place.clone()).or_default().0 += 1;
            }
        }
    }

    /// The totals, once all are in.
    pub fn finish(mut self) -> Totals {
        let nodes = self.by_place.iter().filter(|(_, (differ, _))| *differ > 0);
        let mut nodes: Vec<NodeTotal> = nodes
            .map(|(place, (differ, came))| NodeTotal { place: place.clone(), differ: *differ, came: *came.max(differ) })
            .collect();
        nodes.sort_by(|a, b| b.differ.cmp(&a.differ).then_with(|| a.place.cmp(&b.place)));
        self.nodes = nodes;
        self
    }
}
