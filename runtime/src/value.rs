//! Values as flows see them: what a variable holds, what an expression yields, what a service answers.
//!
//! There is no binary floating point: numbers are 64-bit integers or exact decimals, so that a replay on another
//! machine gives the same digits. Dates, times, durations and phone numbers are text in their canonical form; the
//! declared type of a variable says which form is valid (see `types`).

use rust_decimal::Decimal;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The key under which a decimal is written in snapshots and journals, so that `2.50` comes back as the decimal 2.50.
const DECIMAL_KEY: &str = "$decimal";

/// One value. Cloning is cheap: texts, lists and maps are shared.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Nothing; what a variable without a default holds.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number of 64 bits.
    Int(i64),
    /// An exact decimal of up to 28 significant digits.
    Decimal(Decimal),
    /// Text, of any length the limits allow.
    Text(Arc<str>),
    /// A list.
    List(Arc<Vec<Value>>),
    /// A map with text keys, in the order of its keys.
    Map(Arc<Map>),
}

/// The content of [`Value::Map`].
pub type Map = BTreeMap<Arc<str>, Value>;

impl Value {
    /// A text value.
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Value::Text(text.into())
    }

    /// A list value.
    pub fn list(items: impl IntoIterator<Item = Value>) -> Self {
        Value::List(Arc::new(items.into_iter().collect()))
    }

    /// A map value.
    pub fn map<K: Into<Arc<str>>>(entries: impl IntoIterator<Item = (K, Value)>) -> Self {
        Value::Map(Arc::new(entries.into_iter().map(|(key, value)| (key.into(), value)).collect()))
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(int) => Some(*int),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(bool) => Some(*bool),
            _ => None,
        }
    }

    /// The list's items, if it is one.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The map, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Whether it is nothing.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The entry of a map, or `None` when this is no map or has no such key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map().and_then(|map| map.get(key))
    }

    /// The value at a dotted path (`patient.name`, `items.0`), or `None`.
    pub fn at<'a>(&self, path: impl IntoIterator<Item = &'a str>) -> Option<&Value> {
        path.into_iter().try_fold(self, |value, step| match value {
            Value::List(items) => step.parse::<usize>().ok().and_then(|index| items.get(index)),
            other => other.get(step),
        })
    }

    /// The name of the value's kind, as diagnostics and faults say it.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "nothing",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Decimal(_) => "decimal",
            Value::Text(_) => "string",
            Value::List(_) => "list",
            Value::Map(_) => "object",
        }
    }

    /// From JSON as authors and services write it. A number with a fraction or an exponent becomes an exact decimal;
    /// one that a decimal cannot hold (beyond about 7.9e28) becomes text, so that no digit is lost silently.
    pub fn from_json(json: &serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(bool) => Value::Bool(*bool),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(int) => Value::Int(int),
                None => {
                    let digits = number.to_string();
                    Decimal::from_str(&digits)
                        .or_else(|_| Decimal::from_scientific(&digits))
                        .map_or_else(|_| Value::text(digits), Value::Decimal)
                }
            },
            serde_json::Value::String(text) => Value::text(text.as_str()),
            serde_json::Value::Array(items) => Value::list(items.iter().map(Value::from_json)),
            serde_json::Value::Object(map) => {
                Value::map(map.iter().map(|(key, value)| (key.as_str(), Value::from_json(value))))
            }
        }
    }

    /// As JSON for the world outside: a decimal is a number. Snapshots and journals use serde instead, which keeps
    /// decimals apart from whole numbers.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Value::Null => serde_json::Value::Null,
            Value::Bool(bool) => (*bool).into(),
            Value::Int(int) => (*int).into(),
            Value::Decimal(decimal) => {
                serde_json::from_str(&decimal.to_string()).unwrap_or_else(|_| decimal.to_string().into())
            }
            Value::Text(text) => (&**text).into(),
            Value::List(items) => items.iter().map(Value::to_json).collect(),
            Value::Map(map) => map.iter().map(|(key, value)| (key.to_string(), value.to_json())).collect(),
        }
    }

    /// An estimate of the bytes it holds, for limits.
    pub fn weight(&self) -> usize {
        const CELL: usize = size_of::<Value>();
        match self {
            Value::Text(text) => CELL + text.len(),
            Value::List(items) => CELL + items.iter().map(Value::weight).sum::<usize>(),
            Value::Map(map) => CELL + map.iter().map(|(key, value)| key.len() + CELL + value.weight()).sum::<usize>(),
            _ => CELL,
        }
    }
}

/// As a template shows it: text as it is, nothing as an empty text, numbers in plain digits, lists and maps as JSON.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => Ok(()),
            Value::Bool(bool) => write!(f, "{bool}"),
            Value::Int(int) => write!(f, "{int}"),
            Value::Decimal(decimal) => write!(f, "{decimal}"),
            Value::Text(text) => f.write_str(text),
            other => write!(f, "{}", other.to_json()),
        }
    }
}

impl From<bool> for Value {
    fn from(bool: bool) -> Self {
        Value::Bool(bool)
    }
}
impl From<i64> for Value {
    fn from(int: i64) -> Self {
        Value::Int(int)
    }
}
impl From<Decimal> for Value {
    fn from(decimal: Decimal) -> Self {
        Value::Decimal(decimal)
    }
}
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::text(text)
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::text(text)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(bool) => serializer.serialize_bool(*bool),
            Value::Int(int) => serializer.serialize_i64(*int),
            Value::Decimal(decimal) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(DECIMAL_KEY, &decimal.to_string())?;
                map.end()
            }
            Value::Text(text) => serializer.serialize_str(text),
            Value::List(items) => {
                let mut seq = serializer.serialize_seq(Some(items.len()))?;
                for item in items.iter() {
                    seq.serialize_element(item)?;
                }
                seq.end()
            }
            Value::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries.iter() {
                    map.serialize_entry(&**key, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyValue;
        impl<'de> Visitor<'de> for AnyValue {
            type Value = Value;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_none<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_bool<E>(self, bool: bool) -> Result<Value, E> {
                Ok(Value::Bool(bool))
            }
            fn visit_i64<E>(self, int: i64) -> Result<Value, E> {
                Ok(Value::Int(int))
            }
            fn visit_u64<E: serde::de::Error>(self, int: u64) -> Result<Value, E> {
                Ok(i64::try_from(int).map_or_else(|_| Value::Decimal(Decimal::from(int)), Value::Int))
            }
            fn visit_f64<E: serde::de::Error>(self, float: f64) -> Result<Value, E> {
                let digits = float.to_string();
                Ok(Decimal::from_str(&digits).map_or_else(|_| Value::text(digits), Value::Decimal))
            }
            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(Value::text(text))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Value::List(Arc::new(items)))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
                let mut map = Map::new();
                while let Some((key, value)) = access.next_entry::<String, Value>()? {
                    map.insert(key.into(), value);
                }
                if map.len() == 1
                    && let Some(Value::Text(digits)) = map.get(DECIMAL_KEY)
                    && let Ok(decimal) = Decimal::from_str(digits)
                {
                    return Ok(Value::Decimal(decimal));
                }
                Ok(Value::Map(Arc::new(map)))
            }
        }
        deserializer.deserialize_any(AnyValue)
    }
}

/// A moment, given in Unix milliseconds, as text in RFC 3339 (UTC).
pub fn moment(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map(|moment| moment.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_keeps_every_digit_and_kind() {
        let value = Value::map([
            ("whole", Value::Int(i64::MAX)),
            ("exact", Value::Decimal(Decimal::from_str("2.50").unwrap())),
            ("list", Value::list([Value::Null, true.into(), "a\"b".into()])),
        ]);
        let json = serde_json::to_string(&value).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), value);
    }

    #[test]
    fn json_fractions_become_exact_decimals_and_go_out_as_numbers() {
        let value = Value::from_json(&serde_json::json!({ "price": 0.1, "big": 1e300 }));
        assert_eq!(value.get("price"), Some(&Value::Decimal(Decimal::from_str("0.1").unwrap())));
        assert!(value.get("big").unwrap().as_text().is_some());
        assert_eq!(value.get("price").unwrap().to_json(), serde_json::json!(0.1));
    }
}
