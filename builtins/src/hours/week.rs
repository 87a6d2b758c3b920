//! The hours of a week, as authors write them.

use indexmap::IndexMap;
use jiff::civil::{Time, Weekday};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::str::FromStr;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// From one time of day to another; to the next day when the second is not later. `24:00` is midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Time,
    pub(super) to: Time,
}

impl Span {
    /// Whether it ends on the day after.
    pub(super) fn passes_midnight(self) -> bool {
        self.to <= self.from
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let time = |text: &str| {
            let (hour, minute) = text.trim().split_once(':')?;
            if minute.len() != 2 {
                return None;
            }
            Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
        };
        let span = text.split_once('-').and_then(|(from, to)| {
            let to = if to.trim() == "24:00" { Time::midnight() } else { time(to)? };
            Some(Span { from: time(from)?, to })
        });
        span.ok_or_else(|| format!("`{text}` is not from one time to another, such as 09:00-12:30"))
    }
}

/// Reads spans, and notes what is none.
pub(super) fn spans(texts: &[String], pointer: &str, problems: &mut Vec<(String, String)>) -> Vec<Span> {
    let mut spans = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        match text.parse() {
            Ok(span) => spans.push(span),
            Err(message) => problems.push((format!("{pointer}/{index}"), message)),
        }
    }
    spans
}

/// The schema of a list of spans.
pub(super) fn spans_schema() -> Schema {
    json_schema!({
        "type": "array",
        "items": { "type": "string", "pattern": "^[0-9]{1,2}:[0-9]{2}-[0-9]{1,2}:[0-9]{2}$", "title": "Hours" }
    })
}

/// The spans of each day of the week, Monday first.
#[derive(Clone, Debug, Default)]
pub(super) struct Week {
    days: [Vec<Span>; 7],
    problems: Vec<(String, String)>,
}

impl Week {
    /// The spans that begin on a day of the week.
    pub(super) fn on(&self, day: Weekday) -> &[Span] {
        &self.days[day.to_monday_zero_offset().unsigned_abs() as usize]
    }

    pub(super) fn check(&self, found: &mut Vec<(String, String)>) {
        found.extend(self.problems.iter().cloned());
    }

    fn read(written: &IndexMap<String, Vec<String>>) -> Self {
        let mut week = Week::default();
        let mut named = [false; 7];
        for (key, texts) in written {
            let pointer = format!("/open/{key}");
            let Some(days) = days_of(key) else {
                let message =
                    format!("`{key}` is neither a day (mon, tue, wed, thu, fri, sat, sun) nor a group such as mon-fri");
                week.problems.push((pointer, message));
                continue;
            };
            let spans = spans(texts, &pointer, &mut week.problems);
            for day in days {
                if std::mem::replace(&mut named[day], true) {
                    week.problems.push((pointer.clone(), format!("the hours of `{}` are given twice", DAYS[day])));
                }
                week.days[day].clone_from(&spans);
            }
        }
        week
    }
}

/// The days that a key names: `mon`, or `fri-mon`, or `mon,wed`.
fn days_of(key: &str) -> Option<Vec<usize>> {
    let day = |name: &str| DAYS.iter().position(|day| *day == name.trim());
    let mut days = Vec::new();
    for group in key.split(',') {
        match group.split_once('-') {
            Some((from, to)) => {
                let (from, to) = (day(from)?, day(to)?);
                let length = (to + 7 - from) % 7 + 1;
                days.extend((0..length).map(|step| (from + step) % 7));
            }
            None => days.push(day(group)?),
        }
    }
    Some(days)
}

impl<'de> Deserialize<'de> for Week {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IndexMap::deserialize(deserializer).map(|written| Week::read(&written))
    }
}

impl JsonSchema for Week {
    fn schema_name() -> Cow<'static, str> {
        "Week".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        const DAY: &str = "(mon|tue|wed|thu|fri|sat|sun)";
        json_schema!({
            "type": "object",
            "title": "Week",
            "propertyNames": { "pattern": format!("^{DAY}(-{DAY})?(,{DAY}(-{DAY})?)*$") },
            "additionalProperties": spans_schema(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_days() {
        assert_eq!(days_of("mon-fri"), Some(vec![0, 1, 2, 3, 4]));
        assert_eq!(days_of("sat-mon"), Some(vec![5, 6, 0]));
        assert_eq!(days_of("tue,thu"), Some(vec![1, 3]));
        assert_eq!(days_of("monday"), None);
    }

    #[test]
    fn mistakes_are_told_with_their_places() {
        let written = [
            ("mon-tue".to_owned(), vec!["09:00-12:30".to_owned(), "9-17".to_owned()]),
            ("tue".to_owned(), vec![]),
            ("monday".to_owned(), vec![]),
        ];
        let week = Week::read(&written.into_iter().collect());
        let places: Vec<&str> = week.problems.iter().map(|(place, _)| place.as_str()).collect();
        assert_eq!(places, ["/open/mon-tue/1", "/open/tue", "/open/monday"]);
        assert_eq!(week.on(Weekday::Monday).len(), 1);
    }

    #[test]
    fn midnight_is_an_end() {
        assert_eq!("22:00-02:00".parse::<Span>().map(Span::passes_midnight), Ok(true));
        assert_eq!("00:00-24:00".parse::<Span>().map(Span::passes_midnight), Ok(true));
        assert_eq!("9:00-17:00".parse::<Span>().map(Span::passes_midnight), Ok(false));
        assert!("25:00-26:00".parse::<Span>().is_err());
    }
}
