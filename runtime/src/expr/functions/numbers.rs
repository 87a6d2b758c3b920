//! Functions on numbers, and those that draw random ones.

use super::super::ops::{self, Compare};
use super::super::world::World;
use super::text::{count, plain};
use super::wrong;
use crate::fault::Fault;
use crate::value::Value;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use std::str::FromStr;

/// The most decimal places there can be.
const MAX_PLACES: i64 = 28;

fn number(name: &str, value: &Value) -> Result<Decimal, Fault> {
    match value {
        Value::Int(int) => Ok(Decimal::from(*int)),
        Value::Decimal(decimal) => Ok(*decimal),
        other => Err(wrong(name, "a number", other)),
    }
}

fn whole(name: &str, decimal: Decimal) -> Result<Value, Fault> {
    let too_big = || Fault::new("script.error", format!("`{name}`: {decimal} is too big for a whole number"));
    decimal.to_i64().map(Value::Int).ok_or_else(too_big)
}

pub(super) fn int(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    match &arguments[0] {
        Value::Int(int) => Ok(Value::Int(*int)),
        Value::Decimal(decimal) => whole("int", decimal.trunc()),
        Value::Bool(bool) => Ok(Value::Int((*bool).into())),
        Value::Text(text) => match text.trim().parse() {
            Ok(int) => Ok(Value::Int(int)),
            Err(_) => match Decimal::from_str(text.trim()) {
                Ok(decimal) => whole("int", decimal.trunc()),
                Err(_) => Err(Fault::new("script.error", "`int`: the text holds no number")),
            },
        },
        other => Err(wrong("int", "a number or a text", other)),
    }
}

pub(super) fn decimal(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    match &arguments[0] {
        Value::Text(_) => match Decimal::from_str(plain("decimal", &arguments[0])?.trim()) {
            Ok(decimal) => Ok(Value::Decimal(decimal)),
            Err(_) => Err(Fault::new("script.error", "`decimal`: the text holds no number")),
        },
        other => Ok(Value::Decimal(number("decimal", other)?)),
    }
}

pub(super) fn round(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    let decimal = number("round", &arguments[0])?;
    let away = RoundingStrategy::MidpointAwayFromZero;
    match arguments.get(1) {
        None => whole("round", decimal.round_dp_with_strategy(0, away)),
        Some(places) => {
            let places = count("round", places)?;
            if !(0..=MAX_PLACES).contains(&places) {
                return Err(Fault::new("script.error", format!("`round`: places go from 0 to {MAX_PLACES}")));
            }
            let mut rounded = decimal.round_dp_with_strategy(places as u32, away);
            rounded.rescale(places as u32);
            Ok(Value::Decimal(rounded))
        }
    }
}

pub(super) fn floor(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    whole("floor", number("floor", &arguments[0])?.floor())
}

pub(super) fn ceil(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    whole("ceil", number("ceil", &arguments[0])?.ceil())
}

pub(super) fn abs(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    match &arguments[0] {
        Value::Int(int) => match int.checked_abs() {
            Some(int) => Ok(Value::Int(int)),
            None => Err(Fault::new("script.error", "`abs`: the number is too big")),
        },
        other => Ok(Value::Decimal(number("abs", other)?.abs())),
    }
}

pub(super) fn min(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    pick("min", Compare::Less, arguments, world)
}

pub(super) fn max(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    pick("max", Compare::Greater, arguments, world)
}

fn pick(name: &str, better: Compare, arguments: &[Value], world: &World) -> Result<Value, Fault> {
    let values = match arguments {
        [Value::List(items)] => items,
        [one] => return Err(wrong(name, "a list, or two values", one)),
        several => several,
    };
    world.spend(values.len())?;
    let mut best: Option<&Value> = None;
    for value in values {
        if !matches!(value, Value::Int(_) | Value::Decimal(_) | Value::Text(_)) {
            return Err(wrong(name, "numbers or texts", value));
        }
        match best {
            Some(least) if matches!(least, Value::Text(_)) != matches!(value, Value::Text(_)) => {
                return Err(Fault::new("script.type", format!("`{name}` cannot compare numbers with texts")));
            }
            Some(least) if ops::compare(better, value, least) != Some(true) => {}
            _ => best = Some(value),
        }
    }
    Ok(best.cloned().unwrap_or_default())
}

pub(super) fn random(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    /// The places of a random decimal.
    const PLACES: u32 = 15;
    let (from, to) = match arguments {
        [] => {
            let digits = (i128::from(world.next()) * 10_i128.pow(PLACES)) >> 64;
            return Ok(Value::Decimal(Decimal::from_i128_with_scale(digits, PLACES)));
        }
        [to] => (0, count("random", to)?),
        [from, to, ..] => (count("random", from)?, count("random", to)?),
    };
    if from > to {
        return Err(Fault::new("script.error", "`random`: `from` is above `to`"));
    }
    let width = (i128::from(to) - i128::from(from) + 1) as u128;
    let step = (u128::from(world.next()) * width) >> 64;
    Ok(Value::Int((i128::from(from) + step as i128) as i64))
}

pub(super) fn uuid(_: &[Value], world: &World) -> Result<Value, Fault> {
    let (high, low) = (world.next(), world.next());
    let high = (high & !0xF000) | 0x4000;
    let low = (low & !(0b11 << 62)) | (0b10 << 62);
    Ok(Value::from(format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xFFFF,
        high & 0xFFFF,
        low >> 48,
        low & 0xFFFF_FFFF_FFFF
    )))
}
