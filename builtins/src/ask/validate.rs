//! What makes an answer of the right type a valid one.

use crate::answer::Expects;
use crate::limits;
use offhook_runtime::params::{Expr, Prompt};
use offhook_runtime::{Context, Fault, Value};
use regex_lite::{Regex, RegexBuilder};
use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::str::FromStr;
use std::sync::OnceLock;

/// What an answer must satisfy besides its type. All that is given must hold.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Validate {
    /// A condition; `last.result` is the answer.
    #[serde(default)]
    when: Option<Expr>,
    /// A regular expression that the whole answer must match.
    #[serde(default)]
    pattern: Option<String>,
    /// The smallest number.
    #[serde(default)]
    min: Option<Bound>,
    /// The largest number.
    #[serde(default)]
    max: Option<Bound>,
    /// The fewest characters.
    #[serde(default)]
    min_length: Option<u32>,
    /// The most characters. On a telephone the answer is complete with the last of them.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub(crate) max_length: Option<u32>,
    /// What is said about an answer that is not valid; `last.result` is the answer. Without it, as after any answer that
    /// does not fit.
    #[serde(default)]
    pub(crate) message: Option<Prompt>,
    #[serde(skip)]
    compiled: OnceLock<Option<Regex>>,
}

/// A number to compare with, exact as it was written.
#[derive(Clone, Copy, Debug)]
struct Bound(Decimal);

impl<'de> Deserialize<'de> for Bound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(deserializer)?.to_string();
        Decimal::from_str(&number)
            .or_else(|_| Decimal::from_scientific(&number))
            .map(Bound)
            .map_err(|_| D::Error::custom("the number has too many digits"))
    }
}

impl JsonSchema for Bound {
    fn schema_name() -> Cow<'static, str> {
        "Number".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number" })
    }
}

fn compile(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(limits::PATTERN_BYTES).build().ok()
}

impl Validate {
    /// Whether an answer is valid. Fails when the condition does.
    pub(crate) fn accepts(&self, value: &Value, expects: Expects, cx: &mut Context<'_>) -> Result<bool, Fault> {
        if !self.fits(value, expects) {
            return Ok(false);
        }
        match self.when {
            Some(when) => cx.eval_bool_about(when, value.clone()),
            None => Ok(true),
        }
    }

    fn fits(&self, value: &Value, expects: Expects) -> bool {
        if let Some(pattern) = &self.pattern {
            let compiled = self.compiled.get_or_init(|| compile(pattern));
            let matches = match value {
                Value::Text(text) => compiled.as_ref().is_some_and(|regex| regex.is_match(text)),
                other => compiled.as_ref().is_some_and(|regex| regex.is_match(&other.to_string())),
            };
            if !matches {
                return false;
            }
        }
        if expects.is_number() {
            let number = match value {
                Value::Int(int) => Decimal::from(*int),
                Value::Decimal(decimal) => *decimal,
                _ => return true,
            };
            return self.min.is_none_or(|min| number >= min.0) && self.max.is_none_or(|max| number <= max.0);
        }
        match value.as_text() {
            Some(text) if self.min_length.is_some() || self.max_length.is_some() => {
                let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
                self.min_length.is_none_or(|min| length >= min) && self.max_length.is_none_or(|max| length <= max)
            }
            _ => true,
        }
    }

    /// What contradicts itself, or the type of the answer.
    pub(crate) fn check(&self, expects: Expects, found: &mut Vec<(String, String)>) {
        let mut report = |field: &str, message: String| found.push((format!("/validate/{field}"), message));
        if let Some(pattern) = &self.pattern
            && compile(pattern).is_none()
        {
            report("pattern", format!("`{pattern}` is not a regular expression, or too large a one"));
        }
        let bounds = [("min", self.min), ("max", self.max)];
        for (field, _) in bounds.into_iter().filter(|(_, bound)| bound.is_some() && !expects.is_number()) {
            report(field, format!("`{field}` compares numbers, and the answer is of type `{}`", expects.word()));
        }
        if let (Some(min), Some(max)) = (self.min, self.max)
            && min.0 > max.0
        {
            report("min", "no number is as large as `min` and as small as `max`".into());
        }
        let lengths = [("min_length", self.min_length), ("max_length", self.max_length)];
        let has_length = matches!(expects, Expects::String | Expects::Digits | Expects::Phone | Expects::Email);
        for (field, _) in lengths.into_iter().filter(|(_, length)| length.is_some() && !has_length) {
            report(field, format!("`{field}` counts characters, and the answer is of type `{}`", expects.word()));
        }
        if let (Some(min), Some(max)) = (self.min_length, self.max_length)
            && min > max
        {
            report("min_length", "no answer is as long as `min_length` and as short as `max_length`".into());
        }
    }
}
