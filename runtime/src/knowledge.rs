//! What the edit engine, the semantic difference and the merge must know of the node types, taken from the formats in their schemas: which
//! parameters name nodes, which are texts, what any other means. So none of them knows a node type.

use crate::catalog::{Catalog, Place};
use crate::params::Format;
use indexmap::IndexMap;
use offhook_flow_schemas::edit::{Knowledge, Meaning};
use offhook_flow_schemas::{NodeFacts, escape_pointer};

impl Catalog {
    /// What is to be known about the parameters of these types, and with facts also where the exits of a flow's nodes are
    /// written.
    pub fn knowledge(&self, facts: Option<&IndexMap<String, NodeFacts>>) -> Knowledge {
        let mut knowledge = Knowledge { facts: facts.cloned().unwrap_or_default(), ..Knowledge::default() };
        for kind in self.types() {
            let name = kind.meta.name.to_string();
            for (places, format) in kind.formats() {
                let (pattern, keys) = pattern(places);
                let of = match format {
                    Format::Target => Some(&mut knowledge.targets),
                    format if is_text(*format) => Some(&mut knowledge.texts),
                    _ => None,
                };
                if let Some(of) = of.filter(|_| !keys) {
                    of.entry(name.clone()).or_default().push(pattern.clone());
                }
                let meaning = Meaning { pattern, keys, format: format.word().to_owned() };
                knowledge.meanings.entry(name.clone()).or_default().push(meaning);
            }
        }
        knowledge
    }
}

/// Whether another locale may have its own.
fn is_text(format: Format) -> bool {
    matches!(format, Format::Prompt | Format::Ssml | Format::Audio | Format::Video | Format::Phrases | Format::Keys)
}

/// A place as a JSON pointer with `*`, and whether the keys there are meant.
fn pattern(places: &[Place]) -> (String, bool) {
    let mut pattern = String::new();
    for place in places {
        match place {
            Place::Key(key) => {
                pattern.push('/');
                pattern.push_str(&escape_pointer(key));
            }
            Place::Each => pattern.push_str("/*"),
            Place::Names => return (pattern, true),
        }
    }
    (pattern, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_becomes_a_pattern() {
        let places = [Place::Key("a/b".to_owned()), Place::Each, Place::Key("next".to_owned())];
        assert_eq!(pattern(&places), ("/a~1b/*/next".to_owned(), false));
        assert_eq!(pattern(&[Place::Key("set".to_owned()), Place::Names]), ("/set".to_owned(), true));
    }
}
