//! Between our values and Rhai's. Does not decide what a value means; see `ops` for that.

use super::world::World;
use crate::fault::Fault;
use crate::value::{Map, Value};
use rhai::{Array, Dynamic, EvalAltResult, ImmutableString};
use std::sync::Arc;

/// A value as Rhai holds it.
pub(crate) fn to_rhai(value: &Value) -> Dynamic {
    match value {
        Value::Null => Dynamic::UNIT,
        Value::Bool(bool) => Dynamic::from_bool(*bool),
        Value::Int(int) => Dynamic::from_int(*int),
        Value::Decimal(decimal) => Dynamic::from_decimal(*decimal),
        Value::Text(text) => Dynamic::from(ImmutableString::from(&**text)),
        Value::List(items) => Dynamic::from_array(items.iter().map(to_rhai).collect::<Array>()),
        Value::Map(map) => {
            Dynamic::from_map(map.iter().map(|(key, value)| ((&**key).into(), to_rhai(value))).collect())
        }
    }
}

/// A value of Rhai as ours. A character becomes a text; what flows do not have (a range, a closure) is a fault.
pub(crate) fn from_rhai(value: &Dynamic, world: &World) -> Result<Value, Fault> {
    from_rhai_at(value, world, MAX_DEPTH)
}

/// How deep lists and maps may hold one another: each level costs stack when the value is compared, shown or dropped.
const MAX_DEPTH: usize = 64;

fn from_rhai_at(value: &Dynamic, world: &World, depth: usize) -> Result<Value, Fault> {
    if depth == 0 {
        return Err(Fault::new("script.limit", format!("lists and maps may be nested {MAX_DEPTH} deep")));
    }
    world.spend(1)?;
    if value.is_unit() {
        return Ok(Value::Null);
    }
    if let Ok(bool) = value.as_bool() {
        return Ok(Value::Bool(bool));
    }
    if let Ok(int) = value.as_int() {
        return Ok(Value::Int(int));
    }
    if let Ok(decimal) = value.as_decimal() {
        return Ok(Value::Decimal(decimal));
    }
    if let Ok(text) = value.as_immutable_string_ref() {
        world.spend(text.len() / 16)?;
        return Ok(Value::text(text.as_str()));
    }
    if let Ok(char) = value.as_char() {
        return Ok(Value::text(char.to_string()));
    }
    if let Ok(items) = value.as_array_ref() {
        let items = items.iter().map(|item| from_rhai_at(item, world, depth - 1)).collect::<Result<Vec<_>, _>>()?;
        return Ok(Value::List(Arc::new(items)));
    }
    if let Ok(entries) = value.as_map_ref() {
        let map = entries
            .iter()
            .map(|(key, value)| Ok((Arc::from(key.as_str()), from_rhai_at(value, world, depth - 1)?)))
            .collect::<Result<Map, Fault>>()?;
        return Ok(Value::Map(Arc::new(map)));
    }
    Err(Fault::new("script.type", format!("a {} is no value of a flow", kind(value))))
}

/// What Rhai's values are called in messages.
pub(crate) fn kind(value: &Dynamic) -> &'static str {
    if value.is_fnptr() { "closure" } else { "range" }
}

/// A fault on its way through Rhai. A script's `try` sees it as a map with `code` and `message`, and what a script
/// throws as such a map comes out as that fault.
pub(crate) fn fault_to_rhai(fault: Fault) -> Box<EvalAltResult> {
    if fault.code == "script.limit" {
        // A limit must not be caught by the script's `try`: Rhai lets this kind pass.
        return Box::new(EvalAltResult::ErrorDataTooLarge(fault.message, rhai::Position::NONE));
    }
    let mut map = rhai::Map::new();
    map.insert("code".into(), fault.code.to_string().into());
    map.insert("message".into(), fault.message.into());
    Box::new(EvalAltResult::ErrorRuntime(Dynamic::from_map(map), rhai::Position::NONE))
}

/// A Rhai error as a fault.
pub(crate) fn fault_from_rhai(mut error: EvalAltResult) -> Fault {
    use EvalAltResult as E;
    while let E::ErrorInFunctionCall(_, _, inner, _) | E::ErrorInModule(_, inner, _) = error {
        error = *inner;
    }
    let position = error.position();
    error.set_position(rhai::Position::NONE);
    let at = match (position.line(), position.position()) {
        (Some(line), Some(column)) => format!(" (line {line}, column {column})"),
        _ => String::new(),
    };
    if let E::ErrorRuntime(thrown, _) = &error {
        if let Ok(map) = thrown.as_map_ref()
            && let (Some(code), Some(message)) = (map.get("code"), map.get("message"))
            && let (Ok(code), Ok(message)) = (code.as_immutable_string_ref(), message.as_immutable_string_ref())
        {
            return Fault::new(code.to_string(), format!("{}{at}", message.as_str()));
        }
        return Fault::new("script.error", format!("{thrown}{at}"));
    }
    let code = match &error {
        E::ErrorTooManyOperations(..)
        | E::ErrorTooManyVariables(..)
        | E::ErrorTooManyModules(..)
        | E::ErrorStackOverflow(..)
        | E::ErrorDataTooLarge(..) => "script.limit",
        E::ErrorMismatchDataType(..)
        | E::ErrorMismatchOutputType(..)
        | E::ErrorFunctionNotFound(..)
        | E::ErrorDotExpr(..)
        | E::ErrorFor(..)
        | E::ErrorIndexingType(..) => "script.type",
        _ => "script.error",
    };
    let message = match &error {
        E::ErrorFunctionNotFound(call, _) => format!("there is no `{}`", plain_types(call)),
        E::ErrorTooManyOperations(_) => "the script runs too long".to_owned(),
        other => plain_types(&other.to_string()),
    };
    Fault::new(code, format!("{message}{at}"))
}

/// Rhai's names of types as flows say them.
fn plain_types(message: &str) -> String {
    message.replace("i64", "int").replace("rust_decimal::decimal::Decimal", "decimal").replace("()", "nothing")
}
