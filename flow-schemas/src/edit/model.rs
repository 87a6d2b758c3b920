//! The same edits on plain values: what the edited document must say. The text is compared with this before it is accepted.

use serde_json::{Map, Value};

use crate::unescape_pointer;

/// Sets the value at a JSON pointer, making the maps on the way; `-` or the length of a list appends. False when it leads nowhere.
pub(crate) fn set(root: &mut Value, pointer: &str, value: Value) -> bool {
    let mut at = root;
    for step in pointer.split('/').skip(1) {
        let step = unescape_pointer(step).into_owned();
        if at.is_null() {
            *at = Value::Object(Map::new());
        }
        at = match at {
            Value::Object(map) => map.entry(step).or_insert(Value::Null),
            Value::Array(items) => {
                let index = if step == "-" { Some(items.len()) } else { step.parse().ok() };
                match index {
                    Some(index) if index < items.len() => &mut items[index],
                    Some(index) if index == items.len() => {
                        items.push(Value::Null);
                        &mut items[index]
                    }
                    _ => return false,
                }
            }
            _ => return false,
        };
    }
    *at = value;
    true
}

/// Removes the entry or item at a JSON pointer. False when there is none.
pub(crate) fn remove(root: &mut Value, pointer: &str) -> bool {
    let Some((parent, last)) = pointer.rsplit_once('/') else {
        return false;
    };
    match root.pointer_mut(parent) {
        Some(Value::Object(map)) => map.shift_remove(&*unescape_pointer(last)).is_some(),
        Some(Value::Array(items)) => match last.parse::<usize>() {
            Ok(index) if index < items.len() => {
                items.remove(index);
                true
            }
            _ => false,
        },
        _ => false,
    }
}

/// Puts an item into the list at a JSON pointer. False when there is no list, or it is shorter than `index`.
pub(crate) fn insert(root: &mut Value, list: &str, index: usize, item: Value) -> bool {
    match root.pointer_mut(list) {
        Some(Value::Array(items)) if index <= items.len() => {
            items.insert(index, item);
            true
        }
        _ => false,
    }
}

/// Renames the key at a JSON pointer, in its place. False when there is none, or the new one is taken.
pub(crate) fn rename(root: &mut Value, pointer: &str, to: &str) -> bool {
    let Some((parent, last)) = pointer.rsplit_once('/') else {
        return false;
    };
    let from = unescape_pointer(last);
    let Some(Value::Object(map)) = root.pointer_mut(parent) else {
        return false;
    };
    if map.contains_key(to) || !map.contains_key(&*from) {
        return false;
    }
    let entries = std::mem::take(map);
    map.extend(
        entries.into_iter().map(|(key, value)| if key == *from { (to.to_owned(), value) } else { (key, value) }),
    );
    true
}
