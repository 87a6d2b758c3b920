//! Lists of two changed versions: items by their ids where they have some, sets as sets, all others item by item in their order.

use std::collections::HashSet;

use serde_json::Value;

use super::Why;
use super::values::{At, Merger};

/// Keys that name an item: choices and cases have an `id`, talks say what they are `about`.
const NAMES: [&str; 2] = ["id", "about"];

pub(super) fn merge(
    merger: &mut Merger<'_>,
    at: At<'_>,
    base: &[Value],
    ours: &[Value],
    theirs: &[Value],
) -> Vec<Value> {
    if let Some(name) = NAMES.into_iter().find(|name| [base, ours, theirs].iter().all(|list| named(list, name))) {
        return by_name(merger, at, name, base, ours, theirs);
    }
    if is_set(merger, at) {
        let kept = |item: &&Value| !base.contains(item) || theirs.contains(item);
        let mut merged: Vec<Value> = ours.iter().filter(kept).cloned().collect();
        let added = theirs.iter().filter(|item| !base.contains(item) && !ours.contains(item));
        merged.extend(added.cloned());
        return merged;
    }
    if let Some(merged) = by_lines(base, ours, theirs) {
        return merged;
    }
    let objects = [base, ours, theirs].iter().all(|list| list.len() == base.len() && list.iter().all(Value::is_object));
    if objects {
        let items = base.iter().zip(ours).zip(theirs).enumerate();
        let merged = items.map(|(index, ((base, ours), theirs))| {
            let pointer = format!("{}/{index}", at.pointer);
            let at = At { pointer: &pointer, ..at };
            merger.value(at, Some(base), Some(ours), Some(theirs)).unwrap_or(Value::Null)
        });
        return merged.collect();
    }
    let list = |items: &[Value]| Value::Array(items.to_vec());
    merger.conflict(at, Why::Changed, Some(&list(base)), Some(&list(ours)), Some(&list(theirs)));
    ours.to_vec()
}

/// Whether the order of a list means nothing.
fn is_set(merger: &Merger<'_>, at: At<'_>) -> bool {
    let top = matches!(at.pointer, "/channels" | "/secrets" | "/interrupts/cancel" | "/interrupts/correct");
    let phrases = at.pointer.starts_with("/interrupts/") && at.pointer.ends_with("/any");
    top || phrases || merger.means(at, "phrases")
}

fn name_of<'v>(item: &'v Value, name: &str) -> Option<&'v str> {
    item.get(name).and_then(Value::as_str)
}

/// Whether each item has a name of its own.
fn named(items: &[Value], name: &str) -> bool {
    let names: HashSet<&str> = items.iter().filter_map(|item| name_of(item, name)).collect();
    names.len() == items.len()
}

fn by_lines(base: &[Value], ours: &[Value], theirs: &[Value]) -> Option<Vec<Value>> {
    let lines = |items: &[Value]| items.iter().map(|item| format!("{item}\n")).collect::<String>();
    let merged = diffy::merge(&lines(base), &lines(ours), &lines(theirs)).ok()?;
    merged.lines().map(|line| serde_json::from_str(line).ok()).collect()
}

fn by_name(
    merger: &mut Merger<'_>,
    at: At<'_>,
    name: &str,
    base: &[Value],
    ours: &[Value],
    theirs: &[Value],
) -> Vec<Value> {
    let both = renamed_by_both(name, base, ours, theirs);
    let (base, theirs) = (&with_names(name, base, &both)[..], &with_names(name, theirs, &both)[..]);
    let find = |items: &'_ [Value], id: &str| items.iter().position(|item| name_of(item, name) == Some(id));
    let ids = |items: &[Value]| -> Vec<String> {
        items.iter().filter_map(|item| name_of(item, name)).map(str::to_owned).collect()
    };
    let (in_base, in_ours, in_theirs) = (ids(base), ids(ours), ids(theirs));
    let common = |list: &[String]| -> Vec<String> {
        let all = |id: &&String| [&in_base, &in_ours, &in_theirs].iter().all(|list| list.contains(id));
        list.iter().filter(all).cloned().collect()
    };
    let orders = [common(&in_base), common(&in_ours), common(&in_theirs)];
    let new = |list: &[String]| -> Vec<(Option<String>, String)> {
        // Each new item with the old one before it.
        let mut before = None;
        let mut found = Vec::new();
        for id in list {
            if in_base.contains(id) { before = Some(id.clone()) } else { found.push((before.clone(), id.clone())) }
        }
        found
    };
    // Conditions are tried in their order, so two new ones at one place must be put into an order by somebody.
    let ordered = merger.items_mean(at, "expression");
    let (from_ours, from_theirs) = (new(&in_ours), new(&in_theirs));
    let collide = |(place, id): &(Option<String>, String)| {
        from_ours.iter().any(|(other, known)| place == other && id != known) && !in_ours.contains(id)
    };
    let reordered = orders[1] != orders[0] && orders[2] != orders[0] && orders[1] != orders[2];
    if reordered || ordered && from_theirs.iter().any(collide) {
        let list = |ids: &[String]| Value::from(ids.to_vec());
        merger.conflict(at, Why::Order, Some(&list(&in_base)), Some(&list(&in_ours)), Some(&list(&in_theirs)));
    }
    // The side that changed the order gives it; what only the other has follows what it follows there.
    let (first, second) = if orders[1] == orders[0] { (&in_theirs, &in_ours) } else { (&in_ours, &in_theirs) };
    let swapped = orders[1] == orders[0];
    let mut order: Vec<String> = first.clone();
    let mut before: Option<String> = None;
    for id in second {
        if !order.contains(id) {
            let mut place = before
                .as_ref()
                .and_then(|before| order.iter().position(|known| known == before))
                .map_or(0, |at| at + 1);
            // Of two new items at one place, ours comes first.
            while !swapped && order.get(place).is_some_and(|known| !in_base.contains(known)) {
                place += 1;
            }
            order.insert(place, id.clone());
        }
        before = Some(id.clone());
    }
    let mut merged = Vec::with_capacity(order.len());
    for id in order {
        let item = |items| find(items, &id);
        let (base, ours, theirs) = (
            item(base).map(|place| &base[place]),
            item(ours).map(|place| &ours[place]),
            item(theirs).map(|place| &theirs[place]),
        );
        let pointer = format!("{}/{}", at.pointer, merged.len());
        if let Some(both) = both.iter().find(|both| both.ours == id && both.theirs != id) {
            let [base, ours, theirs] = [both.base, both.ours, both.theirs].map(Value::from);
            let field = format!("{pointer}/{name}");
            merger.conflict(At { pointer: &field, ..at }, Why::Renamed, Some(&base), Some(&ours), Some(&theirs));
        }
        merged.extend(merger.value(At { pointer: &pointer, ..at }, base, ours, theirs));
    }
    merged
}

/// An item that either side gave another name.
struct Renamed<'v> {
    base: &'v str,
    ours: &'v str,
    theirs: &'v str,
}

/// Items that both sides renamed; merged by their names, two names of one item would silently become two items. An item is the renamed one
/// when it says the same under a name that the base does not know, or stands at the same place of a list of the same length.
fn renamed_by_both<'v>(name: &str, base: &'v [Value], ours: &'v [Value], theirs: &'v [Value]) -> Vec<Renamed<'v>> {
    let knows = |items: &[Value], id: &str| items.iter().any(|item| name_of(item, name) == Some(id));
    let rest = |item: &Value| {
        let mut rest = item.clone();
        rest.as_object_mut().map(|map| map.remove(name));
        rest
    };
    let now = |items: &'v [Value], place: usize| {
        let old = &base[place];
        let fresh = |item: &&Value| name_of(item, name).is_some_and(|id| !knows(base, id));
        let there = items.get(place).filter(|_| items.len() == base.len()).filter(fresh);
        there.or_else(|| items.iter().filter(fresh).find(|item| rest(item) == rest(old)))
    };
    let renamed = base.iter().enumerate().filter_map(|(place, item)| {
        let id = name_of(item, name)?;
        if knows(ours, id) || knows(theirs, id) {
            return None;
        }
        let (ours, theirs) = (name_of(now(ours, place)?, name)?, name_of(now(theirs, place)?, name)?);
        Some(Renamed { base: id, ours, theirs })
    });
    renamed.collect()
}

/// Items of the base or of theirs under our names, where both sides renamed them.
fn with_names(name: &str, items: &[Value], both: &[Renamed<'_>]) -> Vec<Value> {
    let mut items = items.to_vec();
    for item in &mut items {
        let known = name_of(item, name);
        let ours = both.iter().find(|both| [Some(both.base), Some(both.theirs)].contains(&known)).map(|both| both.ours);
        if let (Some(ours), Some(map)) = (ours, item.as_object_mut()) {
            map.insert(name.to_owned(), ours.into());
        }
    }
    items
}
