//! Pictures of a flow: Mermaid and DOT for other tools to lay out, SVG laid out here, also of
//! the difference of two versions.

mod difference;
mod dot;
mod mermaid;
mod svg;

pub use difference::difference;
pub use dot::dot;
pub use mermaid::mermaid;
pub use svg::svg;

use indexmap::IndexMap;

use crate::graph::edges;
use crate::{Flow, NodeFacts, is_built_in_end};

/// The built-in ends that exits of the flow lead to, in the order of the language.
fn ends_used(flow: &Flow, facts: &IndexMap<String, NodeFacts>) -> Vec<&'static str> {
    let mut used = std::collections::HashSet::new();
    for (id, node) in &flow.nodes {
        used.extend(
            edges(node, facts.get(id)).into_iter().map(|(_, target)| target).filter(|target| is_built_in_end(target)),
        );
    }
    used.extend(
        crate::graph::interrupt_edges(flow)
            .into_iter()
            .map(|(_, target)| target)
            .filter(|target| is_built_in_end(target)),
    );
    crate::BUILT_IN_ENDS.into_iter().filter(|end| used.contains(end)).collect()
}
