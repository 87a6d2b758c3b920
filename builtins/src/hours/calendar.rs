//! The calendar: spans of local time as spans of real time. Hours are a matter of clocks on the wall, so each end is
//! looked up in the time zone by itself: a span over a change of the clocks is an hour shorter or longer, a time that the
//! clocks leave out is the moment after the gap, and of a time that comes twice the first one counts.

use super::week::{Span, Week, spans, spans_schema};
use crate::limits;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::str::FromStr;

/// Days that are different.
#[derive(Clone, Debug)]
pub(super) struct Holiday {
    from: Option<Date>,
    to: Option<Date>,
    open: Vec<Span>,
    problems: Vec<(String, String)>,
}

/// As it is written.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Day(String),
    Hours(DayWithHours),
    Days(Days),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DayWithHours {
    date: String,
    #[serde(default)]
    open: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Days {
    from: String,
    to: String,
}

impl<'de> Deserialize<'de> for Holiday {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut problems = Vec::new();
        let mut date = |text: &str, pointer: &str| match Date::from_str(text) {
            Ok(date) if text.len() == 10 => Some(date),
            _ => {
                problems.push((pointer.to_owned(), format!("`{text}` is not a date such as 2026-12-25")));
                None
            }
        };
        let (from, to, texts) = match Written::deserialize(deserializer)? {
            Written::Day(text) => {
                let day = date(&text, "");
                (day, day, Vec::new())
            }
            Written::Hours(DayWithHours { date: text, open }) => {
                let day = date(&text, "/date");
                (day, day, open)
            }
            Written::Days(Days { from, to }) => (date(&from, "/from"), date(&to, "/to"), Vec::new()),
        };
        let open = spans(&texts, "/open", &mut problems);
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            problems.push(("/to".into(), "the last day is before the first".into()));
        }
        Ok(Holiday { from, to, open, problems })
    }
}

impl JsonSchema for Holiday {
    fn schema_name() -> Cow<'static, str> {
        "Holiday".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let date = || json_schema!({ "type": "string", "format": "date" });
        json_schema!({
            "oneOf": [
                { "title": "A day", "type": "string", "format": "date" },
                {
                    "title": "A day with hours of its own",
                    "type": "object",
                    "properties": { "date": date(), "open": spans_schema() },
                    "required": ["date"],
                    "additionalProperties": false,
                },
                {
                    "title": "Several days",
                    "type": "object",
                    "properties": { "from": date(), "to": date() },
                    "required": ["from", "to"],
                    "additionalProperties": false,
                },
            ]
        })
    }
}

impl Holiday {
    fn is_on(&self, date: Date) -> bool {
        matches!((self.from, self.to), (Some(from), Some(to)) if (from..=to).contains(&date))
    }

    pub(super) fn check(&self, index: usize, found: &mut Vec<(String, String)>) {
        found.extend(self.problems.iter().map(|(at, message)| (format!("/holidays/{index}{at}"), message.clone())));
    }
}

/// The hours of a house.
pub(super) struct Calendar<'a> {
    pub(super) zone: &'a TimeZone,
    pub(super) week: &'a Week,
    pub(super) holidays: &'a [Holiday],
}

impl Calendar<'_> {
    /// Whether it is open at a moment. Hours that pass midnight belong to the day on which they begin.
    pub(super) fn is_open(&self, at: Timestamp) -> bool {
        let today = self.date(at);
        let yesterday = today.checked_sub(1.day()).ok();
        yesterday.into_iter().chain([today]).any(|date| {
            self.spans_on(date)
                .iter()
                .any(|span| self.interval(date, *span).is_some_and(|(from, to)| from <= at && at < to))
        })
    }

    /// Whether the day of a moment is a holiday.
    pub(super) fn is_holiday(&self, at: Timestamp) -> bool {
        let today = self.date(at);
        self.holidays.iter().any(|holiday| holiday.is_on(today))
    }

    /// When it opens next after a moment; `None` when it does not within [`limits::OPENING_DAYS`].
    pub(super) fn next_open(&self, at: Timestamp) -> Option<Timestamp> {
        let today = self.date(at);
        (0..=limits::OPENING_DAYS).find_map(|days| {
            let date = today.checked_add(days.days()).ok()?;
            let starts = self.spans_on(date).iter().filter_map(|span| self.interval(date, *span));
            starts.map(|(from, _)| from).filter(|from| *from > at).min()
        })
    }

    fn date(&self, at: Timestamp) -> Date {
        at.to_zoned(self.zone.clone()).date()
    }

    /// The spans that begin on a day.
    fn spans_on(&self, date: Date) -> &[Span] {
        match self.holidays.iter().find(|holiday| holiday.is_on(date)) {
            Some(holiday) => &holiday.open,
            None => self.week.on(date.weekday()),
        }
    }

    fn interval(&self, date: Date, span: Span) -> Option<(Timestamp, Timestamp)> {
        let last = if span.passes_midnight() { date.checked_add(1.day()).ok()? } else { date };
        let moment =
            |date: Date, time| date.to_datetime(time).to_zoned(self.zone.clone()).ok().map(|zoned| zoned.timestamp());
        Some((moment(date, span.from)?, moment(last, span.to)?))
    }
}
