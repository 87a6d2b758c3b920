//! What two changed versions say together, on plain values.

use serde_json::{Map, Value};

use super::{Conflict, Why, keys, lists};
use crate::edit::{Knowledge, references};
use crate::{escape_pointer, is_built_in_end};

pub(super) struct Merger<'k> {
    pub knowledge: &'k Knowledge,
    pub conflicts: Vec<Conflict>,
}

/// Where a value stands: its pointer, and what is known of its node.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub pointer: &'a str,
    /// The pointer of the node it is in, and the node's type.
    pub node: Option<(usize, &'a str)>,
}

impl Merger<'_> {
    pub fn root(&mut self, base: &Value, ours: &Value, theirs: &Value) -> Value {
        let at = At { pointer: "", node: None };
        self.value(at, Some(base), Some(ours), Some(theirs)).unwrap_or(Value::Null)
    }

    pub fn value(
        &mut self,
        at: At<'_>,
        base: Option<&Value>,
        ours: Option<&Value>,
        theirs: Option<&Value>,
    ) -> Option<Value> {
        if ours == theirs || theirs == base {
            return ours.cloned();
        }
        if ours == base {
            return theirs.cloned();
        }
        match (base, ours, theirs) {
            (None | Some(Value::Object(_)), Some(Value::Object(one)), Some(Value::Object(other))) => {
                Some(Value::Object(self.map(at, base.and_then(Value::as_object), one, other)))
            }
            (None | Some(Value::Array(_)), Some(Value::Array(one)), Some(Value::Array(other))) => {
                let base = base.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                Some(Value::Array(lists::merge(self, at, base, one, other)))
            }
            (_, None, Some(kept)) => {
                self.conflict(at, Why::RemovedByOurs, base, ours, theirs);
                Some(kept.clone())
            }
            (_, Some(kept), None) => {
                self.conflict(at, Why::RemovedByTheirs, base, ours, theirs);
                Some(kept.clone())
            }
            _ => {
                self.conflict(at, Why::Changed, base, ours, theirs);
                ours.cloned()
            }
        }
    }

    pub fn conflict(
        &mut self,
        at: At<'_>,
        why: Why,
        base: Option<&Value>,
        ours: Option<&Value>,
        theirs: Option<&Value>,
    ) {
        let (base, ours, theirs) = (base.cloned(), ours.cloned(), theirs.cloned());
        self.conflicts.push(Conflict { pointer: at.pointer.to_owned(), why, base, ours, theirs });
    }

    fn map(
        &mut self,
        at: At<'_>,
        base: Option<&Map<String, Value>>,
        ours: &Map<String, Value>,
        theirs: &Map<String, Value>,
    ) -> Map<String, Value> {
        let mut merged = Map::new();
        for key in keys([Some(ours), Some(theirs)]).into_keys() {
            let (base, ours, theirs) = (base.and_then(|base| base.get(key)), ours.get(key), theirs.get(key));
            let pointer = format!("{}/{}", at.pointer, escape_pointer(key));
            let kind = ours.or(theirs).and_then(|node| node.get("type")).and_then(Value::as_str);
            let node = match kind {
                Some(kind) if at.pointer == "/nodes" => Some((pointer.len(), kind)),
                _ => at.node,
            };
            if let Some(value) = self.value(At { pointer: &pointer, node }, base, ours, theirs) {
                merged.insert(key.clone(), value);
            }
        }
        merged
    }

    /// Whether a place means this.
    pub fn means(&self, at: At<'_>, format: &str) -> bool {
        self.meanings(at).any(|(pattern, meaning)| meaning == format && fits(pattern, within(at)))
    }

    /// Whether something in the items of a list at a place means this.
    pub fn items_mean(&self, at: At<'_>, format: &str) -> bool {
        let items = format!("{}/*/", within(at));
        let deeper = |pattern: &str| {
            let depth = items.matches('/').count();
            let above: Vec<&str> = pattern.split('/').take(depth).collect();
            pattern.matches('/').count() >= depth && fits(&above.join("/"), items.trim_end_matches('/'))
        };
        self.meanings(at).any(|(pattern, meaning)| meaning == format && deeper(pattern))
    }

    fn meanings<'s>(&'s self, at: At<'_>) -> impl Iterator<Item = (&'s str, &'s str)> {
        let known = at.node.and_then(|(_, kind)| self.knowledge.meanings.get(kind));
        known.into_iter().flatten().filter(|one| !one.keys).map(|one| (one.pattern.as_str(), one.format.as_str()))
    }
}

fn within(at: At<'_>) -> &str {
    at.node.map_or("", |(length, _)| &at.pointer[length..])
}

/// Whether a pattern names a pointer; `*` stands for any step on either side.
fn fits(pattern: &str, pointer: &str) -> bool {
    let (mut one, mut other) = (pattern.split('/'), pointer.split('/'));
    loop {
        match (one.next(), other.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if one == "*" || other == "*" || one == other => {}
            _ => return false,
        }
    }
}

/// Targets that name a node which is in neither side's flow together with them: one side leads there, the other removed it. What a side
/// itself has left loose is a mistake that the check tells.
pub(super) fn dangling(meant: &Value, says: &[Value; 3], knowledge: &Knowledge, conflicts: &mut Vec<Conflict>) {
    let has = |flow: &Value, id: &str| flow.get("nodes").is_some_and(|nodes| nodes.get(id).is_some());
    if meant.get("nodes").is_none() {
        return;
    }
    let loose: Vec<(Option<String>, String)> = says
        .iter()
        .flat_map(|flow| references(flow, knowledge).into_iter().filter(|reference| !has(flow, &reference.target)))
        .map(|reference| (reference.node, reference.target))
        .collect();
    for reference in references(meant, knowledge) {
        if loose.iter().any(|(node, target)| *node == reference.node && *target == reference.target) {
            continue;
        }
        let target = &reference.target;
        if is_built_in_end(target) || has(meant, target) || !says.iter().any(|flow| has(flow, target)) {
            continue;
        }
        if conflicts.iter().any(|known| known.pointer == reference.pointer) {
            continue;
        }
        let side = |at: usize| says[at].pointer(&reference.pointer).cloned();
        conflicts.push(Conflict {
            pointer: reference.pointer.clone(),
            why: Why::Dangling,
            base: side(0),
            ours: side(1),
            theirs: side(2),
        });
    }
}
