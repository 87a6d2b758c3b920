//! The tree of a template that runs natively.

use super::super::template::parts::{For, Part};
use super::{Act, Term, of_node};

/// What the parts of a template do.
pub(crate) fn of_parts(parts: &[Part]) -> Vec<Act> {
    parts.iter().filter_map(of_part).collect()
}

fn of_part(part: &Part) -> Option<Act> {
    Some(match part {
        Part::Text(_) | Part::Secret(_) | Part::Break | Part::Continue => return None,
        Part::Show(node) => Act::Show(of_node(node)),
        Part::If(cases, otherwise) => Act::If {
            cases: cases.iter().map(|(when, block)| (of_node(when), of_parts(block))).collect(),
            otherwise: of_parts(otherwise),
            loose: true,
        },
        Part::For(each) => of_loop(each),
        Part::Set(place, node) => Act::Local(*place, of_node(node)),
    })
}

fn of_loop(each: &For) -> Act {
    let mut body = of_parts(&each.body);
    body.extend(of_parts(&each.otherwise));
    // With a key it goes through a map, whose values may differ; what its locals hold is then not known.
    let locals = if each.key.is_some() { Vec::new() } else { vec![each.value] };
    let over = of_node(&each.of);
    let over = if each.key.is_some() { Term::Other(vec![over]) } else { over };
    Act::Loop { over: Some(over), locals, condition: None, body }
}
