//! `split`: sends shares of the contacts different ways.

use crate::names::check_exit;
use offhook_runtime::params::Target;
use offhook_runtime::{Context, Exit, FlowExits, Meta, Node, NodeType, Out, Signal, Step, Value};
use schemars::JsonSchema;
use serde::Deserialize;

const META: Meta = Meta { name: "split", family: "logic", title: "Split", icon: "split", channels: &[], kinds: &[] };

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<Split>(META, include_str!("split.yaml"))
}

/// Sends shares of the contacts different ways, to compare them or to try something with a few.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Split {
    /// The ways.
    #[schemars(length(min = 1))]
    ways: Vec<Way>,
    /// Whether a contact goes the same way each time.
    #[serde(default = "yes")]
    sticky: bool,
    /// Any text. Another one deals the contacts out anew.
    #[serde(default)]
    salt: String,
}

/// One way.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Way {
    /// Its name; also the name of the exit.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]+$"))]
    id: String,
    /// Its share, compared with the other ways' shares. 0 for nobody.
    #[serde(default = "one")]
    weight: u32,
    /// Where it leads.
    #[serde(default)]
    next: Option<Target>,
}

fn yes() -> bool {
    true
}
fn one() -> u32 {
    1
}

/// FNV-1a of 64 bits with MurmurHash3's finaliser, so that near texts fall far apart. The same on every machine and in
/// every version: a contact's way depends on it.
fn hash(parts: [&str; 3]) -> u64 {
    let mut hash = 0xCBF2_9CE4_8422_2325u64;
    for part in parts {
        // Between the parts stands a byte that is in no text.
        for byte in part.bytes().chain([0xFF]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    hash ^ (hash >> 33)
}

impl Split {
    /// The way at a point of the whole, which is 64 bits long. The shares lie side by side on it.
    fn way_at(&self, point: u64) -> usize {
        let total: u64 = self.ways.iter().map(|way| u64::from(way.weight)).sum();
        let scaled = (u128::from(point) * u128::from(total)) >> 64;
        let mut end = 0u128;
        for (index, way) in self.ways.iter().enumerate() {
            end += u128::from(way.weight);
            if scaled < end {
                return index;
            }
        }
        // Only when all weights are 0, which is never published.
        self.ways.len() - 1
    }
}

impl Node for Split {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        let ways = self.ways.iter().enumerate();
        ways.map(|(index, way)| Exit::inline(&*way.id, &way.next, format!("/ways/{index}/next"))).collect()
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        if !matches!(signal, Signal::Enter) {
            return Step::Pass;
        }
        let point = if self.sticky { hash([cx.contact_key(), cx.node_id(), &self.salt]) } else { cx.draw() };
        let index = self.way_at(point);
        cx.result(Value::text(self.ways[index].id.as_str()));
        Step::Go(Out::At(index))
    }

    fn check(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        if self.ways.is_empty() {
            found.push(("/ways".into(), "a split needs a way".into()));
        } else if self.ways.iter().all(|way| way.weight == 0) {
            found.push(("/ways".into(), "nobody can go a way: all weights are 0".into()));
        }
        for (index, way) in self.ways.iter().enumerate() {
            if self.ways[..index].iter().any(|other| other.id == way.id) {
                found.push((format!("/ways/{index}/id"), format!("two ways have the id `{}`", way.id)));
            }
            check_exit(&way.id, &["next", "error"], format!("/ways/{index}/id"), &mut found);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(weights: &[u32]) -> Split {
        let ways = weights.iter().map(|weight| Way { id: weight.to_string(), weight: *weight, next: None }).collect();
        Split { ways, sticky: true, salt: String::new() }
    }

    #[test]
    fn shares_are_met_and_a_weight_of_nothing_gets_nobody() {
        let split = split(&[70, 0, 30]);
        let mut counts = [0; 3];
        for contact in 0..10_000 {
            counts[split.way_at(hash([&format!("+1555{contact:07}"), "try", ""]))] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((6_800..7_200).contains(&counts[0]), "{counts:?}");
        assert_eq!(split.way_at(0), 0);
        assert_eq!(split.way_at(u64::MAX), 2);
    }

    #[test]
    fn the_hash_never_changes() {
        assert_eq!(hash(["+15551230001", "try", ""]), hash(["+15551230001", "try", ""]));
        assert_ne!(hash(["ab", "c", ""]), hash(["a", "bc", ""]));
        assert_eq!(hash(["", "", ""]), 4_447_574_938_238_808_065);
    }
}
