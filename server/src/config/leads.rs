//! Which flow an entry point leads to: one, or several by weight. Each contact stays with the same one as long as the weights
//! are the same.

use super::read::Table;
use crate::share::{PLACES, share_of};

/// Flows of one entry: a test of a few variants, each with enough contacts to tell them apart.
const FLOWS: usize = 16;

/// The largest weight: shares of a tenth of a percent.
const WEIGHT: u32 = 1_000;

/// Bytes of a flow's id: more than any flow has.
const FLOW_BYTES: usize = 512;

fn how_many() -> String {
    format!("names 1 to {FLOWS} flows with their weights")
}

fn weight_of(weight: u32) -> Result<(), String> {
    if (1..=WEIGHT).contains(&weight) { Ok(()) } else { Err(format!("a weight is 1 to {WEIGHT}, and not {weight}")) }
}

/// Flows with their weights; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leads(Vec<(String, u32)>);

impl Leads {
    /// Flows with their weights.
    ///
    /// # Errors
    /// What is wrong: with how many there are, with a weight, with a name.
    pub fn new(flows: Vec<(String, u32)>) -> Result<Leads, String> {
        if flows.is_empty() || flows.len() > FLOWS {
            return Err(how_many());
        }
        for (at, (flow, weight)) in flows.iter().enumerate() {
            weight_of(*weight)?;
            if flow.is_empty() || flow.len() > FLOW_BYTES {
                return Err(format!("a flow's id has 1 to {FLOW_BYTES} bytes"));
            }
            if flows[..at].iter().any(|(other, _)| other == flow) {
                return Err(format!("`{flow}` stands here twice"));
            }
        }
        Ok(Leads(flows))
    }

    /// The flows with their weights.
    pub fn weighted(&self) -> impl Iterator<Item = (&str, u32)> {
        self.0.iter().map(|(flow, weight)| (flow.as_str(), *weight))
    }

    /// To one flow.
    pub fn one(flow: &str) -> Leads {
        Leads(vec![(flow.to_owned(), 1)])
    }

    /// The flows, by name.
    pub fn flows(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(flow, _)| flow.as_str())
    }

    /// The flow that a contact meets who comes in by a door.
    pub fn for_contact(&self, door: &str, contact: &str) -> &str {
        let total: u64 = self.0.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let place = share_of(door, 0, contact);
        let mut reached = 0;
        for (flow, weight) in &self.0 {
            reached += u64::from(*weight);
            // Places below the share of all that were looked at; without a division that rounds.
            if place * total < reached * PLACES {
                return flow;
            }
        }
        &self.0.last().expect("there is at least one").0
    }
}

/// Reads `flow`, or `flows`.
pub(super) fn read(t: &mut Table<'_, '_>) -> Leads {
    if t.find("flows").is_none() {
        return Leads::one(&t.required::<String>("flow"));
    }
    if t.find("flow").is_some() {
        t.problem("flows", "an entry has `flow` or `flows`, and not both", None);
    }
    let flows = t.inner("flows", |t| {
        let mut flows = Vec::new();
        for name in t.names() {
            let weight: u32 = t.optional(&name).unwrap_or(1);
            if let Err(what) = weight_of(weight) {
                t.problem(&name, what, None);
            }
            flows.push((name, weight));
        }
        flows
    });
    if flows.is_empty() || flows.len() > FLOWS {
        let help = Some("flows = { \"clinic\" = 80, \"clinic-short\" = 20 }".to_owned());
        t.problem("flows", how_many(), help);
        return Leads::one("");
    }
    Leads(flows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_kept_and_contacts_stay() {
        let leads = Leads(vec![("a".to_owned(), 80), ("b".to_owned(), 15), ("c".to_owned(), 5)]);
        let all: Vec<&str> =
            (0..10_000).map(|n| leads.for_contact("chat:web", if n % 2 == 0 { "x" } else { "y" })).collect();
        assert!(all.iter().step_by(2).all(|flow| *flow == all[0]), "one contact, one flow");
        let count = |door: &str, wanted: &str| {
            (0..10_000).filter(|n| leads.for_contact(door, &format!("+1555{n:07}")) == wanted).count()
        };
        for (flow, share) in [("a", 8_000), ("b", 1_500), ("c", 500)] {
            let found = count("chat:web", flow);
            assert!(found.abs_diff(share) < 250, "{found} of 10000 for {flow}");
        }
        // Another door falls on other people.
        let both = (0..10_000).filter(|n| {
            let who = format!("+1555{n:07}");
            leads.for_contact("chat:web", &who) == "c" && leads.for_contact("chat:app", &who) == "c"
        });
        assert!(both.count() < 100);
        assert_eq!(Leads::one("x").for_contact("", ""), "x");
    }
}
