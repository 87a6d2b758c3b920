//! Two versions of a flow in one picture: what is new, what is gone and what has changed, each by a sign, a kind of line and a colour.

use std::collections::{HashMap, HashSet};

use super::svg::{Card, Look, Mark, Way, cards, draw_cards};
use crate::diff::{Change, Difference, Version};
use crate::{Layout, is_built_in_end};

/// The newer version as an SVG in which the difference is drawn: added nodes and ways with `+` in green, removed ones with `−`, dashed and in
/// red, changed nodes with `~` in amber. Nodes that are gone are drawn as they were.
#[must_use]
pub fn difference(old: &Version, new: &Version, difference: &Difference) -> String {
    let renamed = &difference.renamed;
    let before: HashMap<&str, &str> = renamed.iter().map(|(from, to)| (to.as_str(), from.as_str())).collect();
    let id_now = |id: &'_ str| renamed.get(id).map(String::as_str);
    let old_cards = cards(&old.flow, &old.facts);
    let mut all = cards(&new.flow, &new.facts);
    let changed: HashSet<&str> = difference.changes.iter().filter_map(touched).collect();
    let mut gone = Vec::new();
    for mut was in old_cards {
        for way in &mut was.exits {
            // A target that has another id goes by the new one; both texts live as long as the picture.
            if let Some(to) = id_now(way.target).and_then(|to| new.flow.nodes.get_key_value(to)) {
                way.target = to.0;
            }
        }
        let now = all.iter_mut().find(|card| is_same(&card.look, &was.look, &before));
        match now {
            Some(card) => compare(card, was),
            None => {
                was.mark = Mark::Removed;
                was.exits.iter_mut().for_each(|way| way.mark = Mark::Removed);
                gone.push(was);
            }
        }
    }
    for card in &mut all {
        if let Look::Node { id, .. } = card.look {
            let known = old.flow.nodes.contains_key(before.get(id).copied().unwrap_or(id));
            card.mark = match (known, changed.contains(id)) {
                (false, _) => Mark::Added,
                (true, true) => Mark::Changed,
                (true, false) => Mark::Same,
            };
            if !known {
                card.exits.iter_mut().for_each(|way| way.mark = Mark::Added);
            }
        }
    }
    all.extend(gone);
    let layout = (!new.layout.is_empty()).then(|| Layout { nodes: new.layout.clone() });
    let title = new.flow.title.as_deref().unwrap_or(&new.flow.id);
    draw_cards(&format!("{title}: what has changed"), &all, layout.as_ref())
}

fn is_same(now: &Look<'_>, was: &Look<'_>, before: &HashMap<&str, &str>) -> bool {
    match (now, was) {
        (Look::Start, Look::Start) | (Look::Interrupts, Look::Interrupts) => true,
        (Look::Node { id, .. }, Look::Node { id: was, .. }) => before.get(id).copied().unwrap_or(id) == *was,
        _ => false,
    }
}

/// Marks the exits of a card that is in both versions; those that are gone are drawn below the ones that took their place.
fn compare<'a>(card: &mut Card<'a>, was: Card<'a>) {
    for way in &mut card.exits {
        let same = was.exits.iter().any(|old| old.name == way.name && old.target == way.target);
        way.mark = if same { Mark::Same } else { Mark::Added };
    }
    for mut way in was.exits {
        if card.exits.iter().any(|now| now.mark == Mark::Same && now.name == way.name && now.target == way.target) {
            continue;
        }
        way.mark = Mark::Removed;
        let after = card.exits.iter().rposition(|now| now.name == way.name).map_or(card.exits.len(), |at| at + 1);
        card.exits.insert(after, way);
    }
    let is_start = matches!(card.look, Look::Start);
    let single = |ways: &[Way<'_>]| matches!(ways, [only] if only.name == "next" && !is_built_in_end(only.target));
    card.plain = is_start || single(&card.exits);
}

/// The node that a change is about, where it is not about its exits alone.
fn touched(change: &Change) -> Option<&str> {
    match change {
        Change::NodeRetyped { node, .. } | Change::Parameter { node, .. } => Some(node),
        Change::NodeRenamed { to, .. } => Some(to),
        Change::Text { text, .. } => text.split_once('.').map(|(node, _)| node),
        _ => None,
    }
}
