//! Functions on text. Numbers and truth values are taken as the text that a template would show; nothing is an empty
//! text, so that `lower(trim(input))` never fails on a silent contact.

use super::super::world::World;
use super::wrong;
use crate::fault::Fault;
use crate::value::Value;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt::Write;

/// The text of a plain value; lists and maps are refused.
pub(super) fn plain<'a>(name: &str, value: &'a Value) -> Result<Cow<'a, str>, Fault> {
    match value {
        Value::Text(text) => Ok(Cow::Borrowed(text)),
        Value::Null => Ok(Cow::Borrowed("")),
        Value::List(_) | Value::Map(_) => Err(wrong(name, "a text", value)),
        other => Ok(Cow::Owned(other.to_string())),
    }
}

/// A whole number, for counts and positions.
pub(super) fn count(name: &str, value: &Value) -> Result<i64, Fault> {
    value.as_int().ok_or_else(|| wrong(name, "a whole number", value))
}

/// The value itself when the function changed nothing, so that nothing is copied.
fn unless_same(value: &Value, before: &str, after: &str) -> Value {
    match value {
        Value::Text(_) if before == after => value.clone(),
        _ => Value::text(after),
    }
}

pub(super) fn text(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    if let Value::Text(_) = &arguments[0] {
        return Ok(arguments[0].clone());
    }
    world.spend(arguments[0].weight() / 8)?;
    let text = arguments[0].to_string();
    world.text_fits(text.len())?;
    Ok(text.into())
}

pub(super) fn lower(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let text = plain("lower", &arguments[0])?;
    world.text_fits(text.len())?;
    if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Ok(unless_same(&arguments[0], &text, &text));
    }
    Ok(text.to_lowercase().into())
}

pub(super) fn upper(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let text = plain("upper", &arguments[0])?;
    world.text_fits(text.len())?;
    Ok(text.to_uppercase().into())
}

pub(super) fn title(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let text = plain("title", &arguments[0])?;
    world.text_fits(text.len())?;
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for char in text.chars() {
        match inside {
            true => out.extend(char.to_lowercase()),
            false => out.extend(char.to_uppercase()),
        }
        inside = char.is_alphanumeric() || char == '\'';
    }
    Ok(out.into())
}

pub(super) fn capitalize(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let text = plain("capitalize", &arguments[0])?;
    world.text_fits(text.len())?;
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    Ok(first.chain(chars.flat_map(char::to_lowercase)).collect::<String>().into())
}

pub(super) fn trim(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    let text = plain("trim", &arguments[0])?;
    Ok(unless_same(&arguments[0], &text, text.trim()))
}

pub(super) fn starts_with(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    Ok(plain("starts_with", &arguments[0])?.starts_with(&*plain("starts_with", &arguments[1])?).into())
}

pub(super) fn ends_with(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    Ok(plain("ends_with", &arguments[0])?.ends_with(&*plain("ends_with", &arguments[1])?).into())
}

pub(super) fn replace(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let text = plain("replace", &arguments[0])?;
    let (from, to) = (plain("replace", &arguments[1])?, plain("replace", &arguments[2])?);
    if from.is_empty() {
        return Ok(unless_same(&arguments[0], &text, &text));
    }
    let growth = text.matches(&*from).count().saturating_mul(to.len());
    world.text_fits(text.len().saturating_add(growth))?;
    Ok(text.replace(&*from, &to).into())
}

pub(super) fn split(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let text = plain("split", &arguments[0])?;
    world.text_fits(text.len())?;
    let separator = arguments.get(1).map(|value| plain("split", value)).transpose()?;
    let parts: Vec<Value> = match separator.as_deref() {
        None | Some("") => text.split_whitespace().map(Value::from).collect(),
        Some(separator) => text.split(separator).map(Value::from).collect(),
    };
    world.list_fits(parts.len())?;
    Ok(Value::list(parts))
}

pub(super) fn join(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let Value::List(items) = &arguments[0] else { return Err(wrong("join", "a list", &arguments[0])) };
    let separator = arguments.get(1).map(|value| plain("join", value)).transpose()?.unwrap_or_default();
    let mut out = String::new();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(&separator);
        }
        write!(out, "{item}").expect("a string takes any text");
        if out.len() > world.limits.string_bytes {
            break;
        }
    }
    world.text_fits(out.len())?;
    Ok(out.into())
}

pub(super) fn substring(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let text = plain("substring", &arguments[0])?;
    world.text_fits(text.len())?;
    let length = text.chars().count() as i64;
    let start = count("substring", &arguments[1])?;
    let start = if start < 0 { length.saturating_add(start).max(0) } else { start.min(length) };
    let take = match arguments.get(2) {
        None | Some(Value::Null) => length,
        Some(value) => count("substring", value)?.max(0),
    };
    Ok(text.chars().skip(start as usize).take(take as usize).collect::<String>().into())
}

pub(super) fn pad_left(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let text = plain("pad_left", &arguments[0])?;
    let width = count("pad_left", &arguments[1])?.max(0) as usize;
    let fill = match arguments.get(2) {
        None => ' ',
        Some(value) => plain("pad_left", value)?.chars().next().unwrap_or(' '),
    };
    let missing = width.saturating_sub(text.chars().count());
    world.text_fits(text.len().saturating_add(missing.saturating_mul(fill.len_utf8())))?;
    let mut out = String::with_capacity(text.len() + missing);
    out.extend(std::iter::repeat_n(fill, missing));
    out.push_str(&text);
    Ok(out.into())
}

pub(super) fn digits_only(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let text = plain("digits_only", &arguments[0])?;
    world.text_fits(text.len())?;
    Ok(text.chars().filter(char::is_ascii_digit).collect::<String>().into())
}

pub(super) fn urlencode(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let text = plain("urlencode", &arguments[0])?;
    world.text_fits(text.len().saturating_mul(3))?;
    let mut out = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte.into()),
            other => write!(out, "%{other:02X}").expect("a string takes any text"),
        }
    }
    Ok(out.into())
}

pub(super) fn hash(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let text = plain("hash", &arguments[0])?;
    world.text_fits(text.len())?;
    let mut out = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        write!(out, "{byte:02x}").expect("a string takes any text");
    }
    Ok(out.into())
}
