//! `wait`: for a time, until a moment, or for a named event.

use crate::zone::Zone;
use jiff::civil::{DateTime, Time};
use jiff::{Timestamp, ToSpan as _};
use offhook_runtime::flow_schemas::parse_duration;
use offhook_runtime::params::{Expr, ValueExpr, VarRef};
use offhook_runtime::{
    Context, Event, Exit, Facts, Fault, FlowExits, Meta, Named, Node, NodeType, Signal, Step, Value, Write, Written,
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::str::FromStr;

const META: Meta = Meta { name: "wait", family: "logic", title: "Wait", icon: "hourglass", channels: &[], kinds: &[] };

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<Wait>(META, include_str!("wait.yaml"))
}

/// Waits for a time, until a moment, or for an event from outside. What the contact says meanwhile is kept for the next
/// question.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wait {
    /// How long. With `event`, how long at most.
    #[serde(default, rename = "for")]
    time: Option<ValueExpr>,
    /// Until when: a day and time, or the next time the clock shows a time such as `09:00`.
    #[serde(default)]
    until: Option<ValueExpr>,
    /// Where that clock is.
    #[serde(default)]
    #[schemars(extend("default" = "UTC"))]
    timezone: Zone,
    /// The name of the event, or several of which any will do.
    #[serde(default)]
    event: Option<Names>,
    /// Which of these events will do: a condition, in which `last.result` is what the event carries.
    #[serde(default, rename = "where")]
    condition: Option<Expr>,
    /// The variable that takes what the event carries.
    #[serde(default)]
    save: Option<VarRef>,
}

/// One name or several.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Names {
    /// One event.
    One(String),
    /// Several events.
    Several(Vec<String>),
}

impl Names {
    fn has(&self, name: &str) -> bool {
        match self {
            Names::One(one) => one == name,
            Names::Several(several) => several.iter().any(|one| one == name),
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Names::One(one) => one.is_empty(),
            Names::Several(several) => several.is_empty(),
        }
    }
}

impl Wait {
    fn begin(&self, cx: &mut Context<'_>) -> Result<Step, Fault> {
        if let Some(time) = self.time {
            let time = cx.value(time)?;
            let ms = time.as_text().and_then(|text| parse_duration(text).ok());
            let Some(ms) = ms else {
                let message = format!("`for` gave `{time}`, which is not a length of time such as 5s");
                return Err(Fault::new("value.type", message));
            };
            cx.wake_in(ms);
        } else if let Some(until) = self.until {
            let until = cx.value(until)?;
            let Some(at) = until.as_text().and_then(|text| self.moment(text, cx.now_ms())) else {
                let message = format!("`until` gave `{until}`, which is neither a moment nor a time of day");
                return Err(Fault::new("value.type", message));
            };
            if at.as_millisecond() <= cx.now_ms() {
                return Ok(Step::NEXT);
            }
            cx.wake_at(at.as_millisecond());
        }
        Ok(Step::STAY)
    }

    /// A moment with its offset, a local day and time, or the next time of day.
    fn moment(&self, text: &str, now_ms: i64) -> Option<Timestamp> {
        if let Ok(moment) = Timestamp::from_str(text) {
            return Some(moment);
        }
        let zone = self.timezone.get();
        if let Ok(local) = DateTime::from_str(text) {
            return local.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp());
        }
        let time = Time::from_str(text).ok()?;
        let now = Timestamp::from_millisecond(now_ms).ok()?;
        let today = now.to_zoned(zone.clone()).date();
        [today, today.checked_add(1.day()).ok()?]
            .into_iter()
            .filter_map(|date| date.to_datetime(time).to_zoned(zone.clone()).ok())
            .map(|zoned| zoned.timestamp())
            .find(|moment| *moment > now)
    }

    fn named(&self, named: &Named, cx: &mut Context<'_>) -> Result<Step, Fault> {
        if !self.event.as_ref().is_some_and(|names| names.has(&named.name)) {
            return Ok(Step::Pass);
        }
        if let Some(condition) = self.condition
            && !cx.eval_bool_about(condition, named.data.clone())?
        {
            return Ok(Step::Pass);
        }
        if let Some(save) = self.save {
            cx.set(save, named.data.clone())?;
        }
        cx.result(named.data.clone());
        Ok(Step::NEXT)
    }
}

impl Node for Wait {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        let mut exits = vec![Exit::named("next")];
        if self.event.is_some() && self.time.is_some() {
            exits.push(Exit::named("timeout"));
        }
        exits
    }

    fn facts(&self) -> Facts {
        let write = |save| Write::new(save, "/save", Written::Anything).not_on(&["timeout"]);
        Facts {
            writes: self.save.map(write).into_iter().collect(),
            waits_for: self.time,
            // A moment, or an event, may be long in coming.
            holds_ms: self.time.is_none().then_some(u64::MAX),
            ..Facts::default()
        }
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        match signal {
            Signal::Enter => self.begin(cx).unwrap_or_else(Step::Fault),
            Signal::Event(Event::Event(named)) => self.named(named, cx).unwrap_or_else(Step::Fault),
            Signal::Event(Event::Timer) if self.event.is_some() => {
                cx.result(Value::Null);
                Step::exit("timeout")
            }
            // Time that has passed is no result.
            Signal::Event(Event::Timer) => Step::NEXT,
            _ => Step::Pass,
        }
    }

    fn waits(&self) -> bool {
        true
    }

    fn check(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        self.timezone.check(&mut found);
        let mut report = |pointer: &str, message: &str| found.push((pointer.to_owned(), message.to_owned()));
        match (self.time.is_some(), self.until.is_some(), self.event.is_some()) {
            (false, false, false) => report("", "`for`, `until` or `event` is missing"),
            (true, true, _) => report("/until", "only one of `for` and `until` can be given"),
            (_, true, true) => report("/until", "with an `event`, the time limit is `for`"),
            _ => {}
        }
        if self.event.as_ref().is_some_and(Names::is_empty) {
            report("/event", "the event has no name");
        }
        if self.event.is_none() && self.condition.is_some() {
            report("/where", "only an `event` can be chosen by a condition");
        }
        if self.event.is_none() && self.save.is_some() {
            report("/save", "only an `event` carries something to save");
        }
        found
    }
}
