//! `hours`: whether the house is open.

mod calendar;
mod week;

use crate::zone::{Zone, moment_text};
use calendar::{Calendar, Holiday};
use jiff::Timestamp;
use offhook_runtime::params::ValueExpr;
use offhook_runtime::{Context, Exit, Fault, FlowExits, Meta, Node, NodeType, Signal, Step, Value};
use schemars::JsonSchema;
use serde::Deserialize;
use std::str::FromStr;
use week::Week;

const META: Meta =
    Meta { name: "hours", family: "care", title: "Opening hours", icon: "clock", channels: &[], kinds: &[] };

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<Hours>(META, include_str!("hours.yaml"))
}

/// Goes where the clock leads: open, closed, or closed for a holiday. `last.result.next_open` tells when it opens next.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Hours {
    /// Where the clock is.
    timezone: Zone,
    /// The hours of each day, such as `mon-fri: ["09:00-12:30", "14:00-18:00"]`. A day that is not named is closed; hours
    /// may pass midnight.
    open: Week,
    /// Days that are different: a date, a date with hours of its own, or the dates `from` and `to`.
    #[serde(default)]
    holidays: Vec<Holiday>,
    /// The moment to ask about. Without it, now.
    #[serde(default)]
    at: Option<ValueExpr>,
}

impl Hours {
    fn step(&self, cx: &mut Context<'_>) -> Result<Step, Fault> {
        let at = match self.at {
            Some(at) => cx.value(at)?,
            None => Value::Null,
        };
        let moment = match &at {
            Value::Null => Timestamp::from_millisecond(cx.now_ms()).ok(),
            other => other.as_text().and_then(|text| Timestamp::from_str(text).ok()),
        };
        let Some(moment) = moment else {
            let message = format!("`at` gave `{at}`, which is not a moment such as 2026-11-23T09:30:00Z");
            return Err(Fault::new("value.type", message));
        };
        let calendar = Calendar { zone: self.timezone.get(), week: &self.open, holidays: &self.holidays };
        let is_open = calendar.is_open(moment);
        let next_open = if is_open { None } else { calendar.next_open(moment) };
        let next_open = next_open.map_or(Value::Null, |next| moment_text(&next.to_zoned(calendar.zone.clone())).into());
        cx.result(Value::map([("open", Value::Bool(is_open)), ("next_open", next_open)]));
        Ok(if is_open {
            Step::exit("open")
        } else if calendar.is_holiday(moment) && cx.is_wired("holiday") {
            Step::exit("holiday")
        } else {
            Step::exit("closed")
        })
    }
}

impl Node for Hours {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        // A holiday that is not wired is a day that is closed: the exit is never taken then, and need not be told of.
        vec![Exit::named("open"), Exit::named("closed"), Exit::named("holiday").may_end()]
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        match signal {
            Signal::Enter => self.step(cx).unwrap_or_else(Step::Fault),
            _ => Step::Pass,
        }
    }

    fn check(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        self.timezone.check(&mut found);
        self.open.check(&mut found);
        for (index, holiday) in self.holidays.iter().enumerate() {
            holiday.check(index, &mut found);
        }
        found
    }
}
