//! Functions on lists and maps, and those that lists, maps and texts share.

use super::super::ops::{self, Arithmetic, Compare};
use super::super::world::World;
use super::text::{count, plain};
use super::wrong;
use crate::fault::Fault;
use crate::value::{Map, Value};
use std::cmp::Ordering;
use std::sync::Arc;

fn list<'a>(name: &str, value: &'a Value) -> Result<&'a [Value], Fault> {
    value.as_list().ok_or_else(|| wrong(name, "a list", value))
}

fn map<'a>(name: &str, value: &'a Value) -> Result<&'a Map, Fault> {
    value.as_map().ok_or_else(|| wrong(name, "an object", value))
}

pub(super) fn len(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    Ok(Value::Int(match &arguments[0] {
        Value::Null => 0,
        Value::Text(text) => {
            world.spend(text.len() / 16)?;
            text.chars().count() as i64
        }
        Value::List(items) => items.len() as i64,
        Value::Map(map) => map.len() as i64,
        other => return Err(wrong("len", "a text, a list or an object", other)),
    }))
}

pub(super) fn contains(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    Ok(Value::Bool(match &arguments[0] {
        Value::Null => false,
        // Nothing is no part of a text, though it shows as an empty one.
        Value::Text(_) if arguments[1].is_null() => false,
        Value::Text(text) => {
            world.spend(text.len() / 16)?;
            text.contains(&*plain("contains", &arguments[1])?)
        }
        Value::List(items) => {
            world.spend(items.len())?;
            items.iter().any(|item| ops::equal(item, &arguments[1]))
        }
        Value::Map(map) => map.contains_key(&*plain("contains", &arguments[1])?),
        other => return Err(wrong("contains", "a text, a list or an object", other)),
    }))
}

pub(super) fn first(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    Ok(list("first", &arguments[0])?.first().cloned().unwrap_or_default())
}

pub(super) fn last(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    Ok(list("last", &arguments[0])?.last().cloned().unwrap_or_default())
}

pub(super) fn sort(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let mut items = list("sort", &arguments[0])?.to_vec();
    world.spend(items.len().saturating_mul(16))?;
    let texts = items.iter().filter(|item| matches!(item, Value::Text(_))).count();
    let numbers = items.iter().filter(|item| matches!(item, Value::Int(_) | Value::Decimal(_))).count();
    if texts.max(numbers) != items.len() {
        return Err(Fault::new("script.type", "`sort` needs a list of numbers or a list of texts"));
    }
    items.sort_by(|a, b| match ops::compare(Compare::Less, a, b) {
        Some(true) => Ordering::Less,
        _ if ops::equal(a, b) => Ordering::Equal,
        _ => Ordering::Greater,
    });
    Ok(Value::list(items))
}

pub(super) fn reverse(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    match &arguments[0] {
        Value::List(items) => {
            world.spend(items.len())?;
            Ok(Value::list(items.iter().rev().cloned()))
        }
        other => {
            let text = plain("reverse", other)?;
            world.spend(text.len())?;
            Ok(text.chars().rev().collect::<String>().into())
        }
    }
}

pub(super) fn sum(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let items = list("sum", &arguments[0])?;
    world.spend(items.len())?;
    let mut total = Value::Int(0);
    for item in items {
        if !matches!(item, Value::Int(_) | Value::Decimal(_)) {
            return Err(wrong("sum", "a list of numbers", item));
        }
        total = ops::calculate(Arithmetic::Add, &total, item, 0)
            .ok_or_else(|| Fault::new("script.error", "`sum`: the total is too big"))?;
    }
    Ok(total)
}

pub(super) fn slice(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let items = list("slice", &arguments[0])?;
    let length = items.len() as i64;
    let place = |value: &Value| -> Result<usize, Fault> {
        let at = count("slice", value)?;
        Ok((if at < 0 { length.saturating_add(at).max(0) } else { at.min(length) }) as usize)
    };
    let start = place(&arguments[1])?;
    let end = match arguments.get(2) {
        None | Some(Value::Null) => items.len(),
        Some(value) => place(value)?,
    };
    let part = items.get(start..end.max(start)).unwrap_or_default();
    world.spend(part.len())?;
    Ok(Value::list(part.iter().cloned()))
}

pub(super) fn unique(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let items = list("unique", &arguments[0])?;
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        world.spend(kept.len() + 1)?;
        if !kept.iter().any(|other| ops::equal(item, other)) {
            kept.push(item.clone());
        }
    }
    Ok(Value::list(kept))
}

pub(super) fn range(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let (from, to) = (count("range", &arguments[0])?, count("range", &arguments[1])?);
    let width = (i128::from(to) - i128::from(from)).max(0);
    world.list_fits(usize::try_from(width).unwrap_or(usize::MAX))?;
    Ok(Value::list((from..to).map(Value::Int)))
}

pub(super) fn keys(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let map = map("keys", &arguments[0])?;
    world.spend(map.len())?;
    Ok(Value::list(map.keys().cloned().map(Value::Text)))
}

pub(super) fn values(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let map = map("values", &arguments[0])?;
    world.spend(map.len())?;
    Ok(Value::list(map.values().cloned()))
}

pub(super) fn has(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    match &arguments[0] {
        Value::Null => Ok(Value::Bool(false)),
        value => Ok(map("has", value)?.contains_key(&*plain("has", &arguments[1])?).into()),
    }
}

pub(super) fn merge(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let (one, other) = (map("merge", &arguments[0])?, map("merge", &arguments[1])?);
    world.spend(one.len() + other.len())?;
    let mut merged = one.clone();
    merged.extend(other.iter().map(|(key, value)| (key.clone(), value.clone())));
    if merged.len() > world.limits.map_entries {
        return Err(Fault::new("script.limit", format!("a map may have {} entries", world.limits.map_entries)));
    }
    Ok(Value::Map(Arc::new(merged)))
}
