//! Whether a default is a value of its type.

use indexmap::IndexMap;
use serde_json::Value;

use super::reader::{Path, Reader};
use super::schemas::self_contained;
use crate::codes::Code;
use crate::flow::VarType;
use crate::parse_duration;
use crate::tree::{Id, Kind};

/// The type of a bare value.
pub(super) fn type_of(kind: &Kind) -> VarType {
    match kind {
        Kind::Null => VarType::Any,
        Kind::Bool(_) => VarType::Bool,
        Kind::Number(number) if number.is_f64() => VarType::Decimal,
        Kind::Number(_) => VarType::Int,
        Kind::String(_) => VarType::String,
        Kind::List(_) => VarType::List,
        Kind::Map(_) => VarType::Map,
    }
}

/// Reports a default that is not of its type; true when it is.
pub(super) fn check(reader: &mut Reader<'_>, id: Id, kind: VarType, path: &Path<'_>) -> bool {
    let value = reader.kind(id);
    if let Kind::String(text) = value
        && is_expression(text)
    {
        let message = "a default is a constant, but this is an expression";
        reader.report(path, Code::BAD_DEFAULT, message, |d| d.remedy("let the first node set the variable"));
        return false;
    }
    let Some(form) = expected(value, kind, || reader.tree.value(id)) else {
        return true;
    };
    let message = format!("the default is not of type `{kind}`");
    reader.report(path, Code::BAD_DEFAULT, message, |d| d.remedy(format!("write {form}")));
    false
}

/// Wherever a value is expected in a node, a text that begins with `=` is an expression; an author would expect the same here.
fn is_expression(text: &str) -> bool {
    text.starts_with('=')
}

/// What must be written instead; nothing when the value is of the type.
fn expected(value: &Kind, kind: VarType, whole: impl Fn() -> Value) -> Option<&'static str> {
    let text = match value {
        Kind::String(text) => Some(&**text),
        _ => None,
    };
    let (fits, form) = match kind {
        VarType::Any => (true, ""),
        VarType::String => (text.is_some(), "a text, in quotes if it looks like something else"),
        VarType::Int => (matches!(value, Kind::Number(number) if number.is_i64()), "a whole number such as 0"),
        VarType::Decimal => (is_amount(value), "a number such as 12.50; one of many digits in quotes"),
        VarType::Bool => (matches!(value, Kind::Bool(_)), "true or false"),
        VarType::Date => (text.is_some_and(is_date), "a day as 2026-11-23"),
        VarType::Time => (text.is_some_and(is_time), "a time of day in quotes, as \"09:30\""),
        VarType::DateTime => (text.is_some_and(is_datetime), "a moment with its offset, as 2026-11-23T09:30:00Z"),
        VarType::Duration => (text.is_some_and(|text| parse_duration(text).is_ok()), "a duration such as 90s or 1h30m"),
        VarType::Money => {
            (is_amount(value) || is_money(&whole()), "an amount such as 12.50, or { amount: 12.50, currency: EUR }")
        }
        VarType::Phone => (text.is_some_and(is_phone), "a number in quotes, as \"+15551230001\""),
        VarType::Email => (text.is_some_and(is_email), "an address such as ann@example.com"),
        VarType::List => (matches!(value, Kind::List(_)), "a list such as []"),
        VarType::Map | VarType::Object => (matches!(value, Kind::Map(_)), "a map such as {}"),
    };
    if fits { None } else { Some(form) }
}

/// Reports a default that does not satisfy the declaration's schema.
pub(super) fn check_against(
    reader: &mut Reader<'_>,
    value: &Value,
    schema: &Value,
    named: &IndexMap<String, Value>,
    path: &Path<'_>,
) {
    let Ok(validator) = jsonschema::draft202012::new(&self_contained(schema, named)) else {
        return;
    };
    let found: Vec<(String, String)> = validator
        .iter_errors(value)
        .take(10)
        .map(|error| (error.instance_path().to_string(), error.to_string()))
        .collect();
    for (below, message) in found {
        let pointer = format!("{}{below}", path.pointer());
        let message = format!("the default does not satisfy the schema: {message}");
        reader.append(vec![crate::Diagnostic::at_pointer(reader.tree, Code::BAD_DEFAULT, &pointer, message)]);
    }
}

/// A number, or its digits as text.
fn is_amount(value: &Kind) -> bool {
    match value {
        Kind::Number(_) => true,
        Kind::String(text) => is_decimal(text),
        _ => false,
    }
}

/// An optional sign, digits, and optionally a point and digits; 28 digits at most, as an exact decimal keeps.
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    digits(whole) && digits(fraction) && whole.len() + fraction.len() <= 28
}

fn is_money(value: &Value) -> bool {
    let amount = match &value["amount"] {
        Value::Number(_) => true,
        Value::String(text) => is_decimal(text),
        _ => false,
    };
    amount && value["currency"].as_str().is_some_and(is_currency) && value.as_object().is_some_and(|map| map.len() == 2)
}

pub(super) fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase())
}

fn two(text: &str, most: u32) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit()) && text.parse().is_ok_and(|n: u32| n <= most)
}

/// `YYYY-MM-DD` of the Gregorian calendar.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    let four = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
    if !(four && two(month, 12) && two(day, 31)) {
        return false;
    }
    let (Ok(year), Ok(month), Ok(day)) = (year.parse::<u32>(), month.parse::<u32>(), day.parse::<u32>()) else {
        return false;
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    month >= 1 && (1..=days).contains(&day)
}

/// `HH:MM` or `HH:MM:SS`, with a fraction after the seconds if need be.
fn is_time(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    match parts.as_slice() {
        [hours, minutes] => two(hours, 23) && two(minutes, 59),
        [hours, minutes, seconds] => {
            let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
            let fraction = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit());
            two(hours, 23) && two(minutes, 59) && two(seconds, 59) && fraction
        }
        _ => false,
    }
}

/// RFC 3339 §5.6 with seconds and an offset.
fn is_datetime(text: &str) -> bool {
    let Some((date, rest)) = text.split_once(['T', 't']) else {
        return false;
    };
    let at = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (time, offset) = rest.split_at(at);
    let offset_ok = match offset {
        "Z" | "z" => true,
        _ => offset.strip_prefix(['+', '-']).is_some_and(|offset| offset.len() == 5 && is_time(offset)),
    };
    is_date(date) && time.len() >= 8 && is_time(time) && offset_ok
}

/// E.164 with its `+`, or 2 to 15 digits for short and inner numbers.
fn is_phone(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let least = if text.starts_with('+') { 7 } else { 2 };
    (least..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

/// One `@` with something before it and a domain after it; whether it exists only a message can tell.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | ',' | ';' | '"' | '@');
    let labels = domain.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    !local.is_empty()
        && text.len() <= 254
        && text.matches('@').count() == 1
        && local.chars().chain(domain.chars()).all(plain)
        && labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_text() {
        assert!(is_date("2028-02-29") && !is_date("2026-02-29") && !is_date("2026-2-1") && !is_date("2026-00-10"));
        assert!(is_time("09:30") && is_time("23:59:59.5") && !is_time("24:00") && !is_time("9:30"));
        assert!(is_datetime("2026-11-23T09:30:00Z") && is_datetime("2026-11-23T09:30:00.25+05:30"));
        assert!(!is_datetime("2026-11-23T09:30:00") && !is_datetime("2026-11-23"));
        assert!(is_phone("+15551230001") && is_phone("112") && !is_phone("+1 555") && !is_phone("ann"));
        assert!(is_email("ann@example.com") && !is_email("ann@") && !is_email("a b@c.d") && !is_email("a@b@c"));
        assert!(is_decimal("-12.50") && !is_decimal("1e3") && !is_decimal("12,50"));
    }
}
