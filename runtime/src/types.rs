//! The types of the flow language: which forms a value may take, and how another form is brought into it.
//!
//! The rule: what means the same is accepted (`"12"` for an int, `5` for a decimal), what would lose something is
//! refused (`12.5` for an int, `yes` for a bool). Parsing what a person typed or said is not done here; `ask` does it.

use crate::fault::Fault;
use crate::value::{Map, Value};
use jiff::civil::{Date, Time};
use offhook_flow_schemas::{VarDecl, VarType, parse_duration};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::str::FromStr;
use std::sync::Arc;

/// The value in the form that a declaration asks for, or why it has none. Nothing (`Null`) fits every type.
pub fn coerce(value: Value, decl: &VarDecl) -> Result<Value, String> {
    if decl.kind == VarType::Money
        && let (Some(named), Some(declared)) = (named_currency(&value), &decl.currency)
        && named != *declared
    {
        return Err(format!("it is an amount in {named}, not in {declared}"));
    }
    form(value, decl.kind)
}

/// The value in the form of a type, or why it has none.
pub fn form(value: Value, kind: VarType) -> Result<Value, String> {
    if value.is_null() {
        return Ok(value);
    }
    match kind {
        VarType::Any => Ok(value),
        VarType::String => match value {
            Value::Text(_) => Ok(value),
            Value::Int(_) | Value::Decimal(_) | Value::Bool(_) => Ok(Value::text(value.to_string())),
            other => Err(unfit(&other, "a text")),
        },
        VarType::Int => int(value),
        VarType::Decimal => decimal(value),
        VarType::Money => money(value),
        VarType::Bool => match &value {
            Value::Bool(_) => Ok(value),
            Value::Text(text) if &**text == "true" => Ok(Value::Bool(true)),
            Value::Text(text) if &**text == "false" => Ok(Value::Bool(false)),
            other => Err(unfit(other, "true or false")),
        },
        VarType::Date => canonical(value, "a date such as 2026-11-23", |text| {
            // Of a moment, the day as it is written.
            let is_moment = || jiff::Timestamp::from_str(text).is_ok();
            let date =
                Date::from_str(text).ok().or_else(|| Date::from_str(text.get(..10).filter(|_| is_moment())?).ok());
            date.map(|date| date.to_string())
        }),
        VarType::Time => canonical(value, "a time such as 09:30", |text| {
            let time = Time::from_str(text).ok()?;
            Some(match time.second() {
                0 => format!("{:02}:{:02}", time.hour(), time.minute()),
                second => format!("{:02}:{:02}:{second:02}", time.hour(), time.minute()),
            })
        }),
        VarType::DateTime => canonical(value, "a moment such as 2026-11-23T09:30:00Z", |text| {
            jiff::Timestamp::from_str(text).is_ok().then(|| text.to_owned())
        }),
        VarType::Duration => {
            canonical(value, "a duration such as 90s", |text| parse_duration(text).is_ok().then(|| text.to_owned()))
        }
        VarType::Phone => canonical(phone_text(value), "a telephone number such as +15551230001", phone),
        VarType::Email => canonical(value, "an e-mail address", email),
        VarType::List => match value {
            Value::List(_) => Ok(value),
            other => Err(unfit(&other, "a list")),
        },
        VarType::Map | VarType::Object => match value {
            Value::Map(_) => Ok(value),
            other => Err(unfit(&other, "an object")),
        },
    }
}

fn unfit(value: &Value, wanted: &str) -> String {
    format!("it is {}, not {wanted}", value.kind())
}

fn canonical(value: Value, wanted: &str, form: impl Fn(&str) -> Option<String>) -> Result<Value, String> {
    match &value {
        Value::Text(text) => match form(text.trim()) {
            Some(canonical) if canonical == **text => Ok(value),
            Some(canonical) => Ok(Value::text(canonical)),
            None => Err(format!("it is not {wanted}")),
        },
        other => Err(unfit(other, wanted)),
    }
}

fn int(value: Value) -> Result<Value, String> {
    match &value {
        Value::Int(_) => Ok(value),
        Value::Decimal(decimal) if decimal.fract().is_zero() => {
            decimal.to_i64().map(Value::Int).ok_or_else(|| "it is too large for an int".to_owned())
        }
        Value::Text(text) => {
            text.trim().parse().map(Value::Int).map_err(|_| "it is a text that is not a whole number".to_owned())
        }
        other => Err(unfit(other, "a whole number")),
    }
}

fn decimal(value: Value) -> Result<Value, String> {
    match &value {
        Value::Decimal(_) => Ok(value),
        Value::Int(int) => Ok(Value::Decimal(Decimal::from(*int))),
        Value::Text(text) => Decimal::from_str(text.trim())
            .map(Value::Decimal)
            .map_err(|_| "it is a text that is not a number".to_owned()),
        other => Err(unfit(other, "a number")),
    }
}

/// The currency that an amount names itself: three capital letters at the end of a text, or an object's `currency`.
fn named_currency(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => split_currency(text.trim()).1.map(str::to_owned),
        Value::Map(map) => map.get("currency").and_then(Value::as_text).map(str::to_owned),
        _ => None,
    }
}

/// The number in a text and the currency after it.
fn split_currency(text: &str) -> (&str, Option<&str>) {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_uppercase());
    match &text[digits.len()..] {
        "" => (text, None),
        code if code.len() == 3 => (digits.trim_end(), Some(code)),
        _ => (text, None),
    }
}

/// An amount: a number, a text with or without its currency, or what many services send, `{amount, currency}`.
fn money(value: Value) -> Result<Value, String> {
    match &value {
        Value::Text(text) => decimal(Value::text(split_currency(text.trim()).0)),
        Value::Map(map) => match map.get("amount") {
            Some(amount) => decimal(amount.clone()),
            None => Err("it is an object without an amount".to_owned()),
        },
        _ => decimal(value),
    }
}

/// Services often send a telephone number as a number.
fn phone_text(value: Value) -> Value {
    match value {
        Value::Int(int) if int > 0 => Value::text(int.to_string()),
        other => other,
    }
}

/// E.164 with its `+`, or digits alone for short and inner numbers; spaces and punctuation go.
fn phone(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_clean = text.chars().all(|c| c.is_ascii_digit() || "+ -./()".contains(c));
    let plus = text.starts_with('+');
    let longest = if plus { 15 } else { 18 };
    if !is_clean || text.matches('+').count() > usize::from(plus) || !(2..=longest).contains(&digits.len()) {
        return None;
    }
    Some(if plus { format!("+{digits}") } else { digits })
}

/// Something before and after one `@`, with a dot in the domain; the rest is for the mail server to say.
fn email(text: &str) -> Option<String> {
    let (local, domain) = text.split_once('@')?;
    let is_plain = |part: &str| {
        !part.is_empty() && part.chars().all(|c| !c.is_whitespace() && !c.is_control() && !"@,;<>()\"".contains(c))
    };
    let has_dot = domain.split('.').count() > 1 && domain.split('.').all(|label| !label.is_empty());
    (text.len() <= 254 && is_plain(local) && is_plain(domain) && has_dot)
        .then(|| format!("{local}@{}", domain.to_lowercase()))
}

/// A copy of `whole` in which the place at `path` holds `value`. Maps on the way are made; a list item must exist.
pub fn put(whole: &Value, path: &[Arc<str>], value: Value) -> Result<Value, Fault> {
    let Some((step, rest)) = path.split_first() else {
        return Ok(value);
    };
    match whole {
        Value::Null => Ok(Value::map([(step.clone(), put(&Value::Null, rest, value)?)])),
        Value::Map(map) => {
            let inner = put(map.get(step).unwrap_or(&Value::Null), rest, value)?;
            let mut map: Map = (**map).clone();
            map.insert(step.clone(), inner);
            Ok(Value::Map(Arc::new(map)))
        }
        Value::List(items) => {
            let index = step.parse::<usize>().ok().filter(|index| *index < items.len());
            let Some(index) = index else {
                return Err(Fault::new("value.path", format!("the list has no item {step}")));
            };
            let mut items = (**items).clone();
            items[index] = put(&items[index], rest, value)?;
            Ok(Value::List(Arc::new(items)))
        }
        other => Err(Fault::new("value.path", format!("{} has no place called {step}", other.kind()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let dec = |digits: &str| Value::Decimal(Decimal::from_str(digits).unwrap());
        let rows: Vec<(Value, VarType, Option<Value>)> = vec![
            ("12".into(), VarType::Int, Some(Value::Int(12))),
            (dec("12.0"), VarType::Int, Some(Value::Int(12))),
            (dec("12.5"), VarType::Int, None),
            (Value::Int(5), VarType::Decimal, Some(dec("5"))),
            ("12.50 EUR".into(), VarType::Money, Some(dec("12.50"))),
            (Value::map([("amount", "9.99".into())]), VarType::Money, Some(dec("9.99"))),
            ("yes".into(), VarType::Bool, None),
            ("2026-11-23T10:00:00Z".into(), VarType::Date, Some("2026-11-23".into())),
            ("2026-02-30".into(), VarType::Date, None),
            ("9:30".into(), VarType::Time, None),
            ("09:30:00".into(), VarType::Time, Some("09:30".into())),
            ("+1 (555) 123-0001".into(), VarType::Phone, Some("+15551230001".into())),
            (Value::Int(5551230001), VarType::Phone, Some("5551230001".into())),
            ("call me".into(), VarType::Phone, None),
            ("Ann@Example.COM".into(), VarType::Email, Some("Ann@example.com".into())),
            ("ann@localhost".into(), VarType::Email, None),
            (Value::Int(1), VarType::String, Some("1".into())),
            (Value::Null, VarType::Int, Some(Value::Null)),
            (Value::Int(1), VarType::List, None),
        ];
        for (value, kind, expected) in rows {
            assert_eq!(form(value.clone(), kind).ok(), expected, "{value:?} as {kind}");
        }
    }

    #[test]
    fn a_place_within_a_value_can_be_set() {
        let path: Vec<Arc<str>> = vec!["name".into(), "first".into()];
        let put_in = |whole: &Value| put(whole, &path, "Ann".into());
        assert_eq!(put_in(&Value::Null).unwrap().at(["name", "first"]), Some(&"Ann".into()));
        assert!(put_in(&Value::Int(1)).is_err());
        let list = Value::list([Value::Int(1)]);
        assert_eq!(put(&list, &["0".into()], Value::Int(2)).unwrap(), Value::list([Value::Int(2)]));
        assert!(put(&list, &["1".into()], Value::Int(2)).is_err());
    }
}
