//! Functions on dates, times and durations, which flows hold as text: `2026-03-03`, `2026-03-03T09:00:00Z`,
//! `2026-03-03T10:00:00+01:00`, `2026-03-03T10:00`, `2h`. Reads no clock: the moment comes with the evaluation.

use super::super::world::World;
use super::text::{count, plain};
use super::wrong;
use crate::fault::Fault;
use crate::value::Value;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, Zoned};

/// A date or a date-time, as it was written.
enum Moment {
    Date(Date),
    /// Without an offset.
    Local(DateTime),
    /// With an offset; `true` when it was written as `Z`.
    Exact(Zoned, bool),
}

impl Moment {
    fn read(name: &str, value: &Value) -> Result<Moment, Fault> {
        let Value::Text(text) = value else { return Err(wrong(name, "a date or a date-time", value)) };
        let text = text.trim();
        let no_date = || Fault::new("script.error", format!("`{name}`: the text is no date or date-time"));
        if text.len() <= 10 {
            return text.parse().map(Moment::Date).map_err(|_| no_date());
        }
        if text.ends_with(']') {
            return text.parse().map(|zoned| Moment::Exact(zoned, false)).map_err(|_| no_date());
        }
        let time = text.get(10..).unwrap_or_default();
        if text.ends_with(['Z', 'z']) {
            let at: Timestamp = text.parse().map_err(|_| no_date())?;
            return Ok(Moment::Exact(at.to_zoned(TimeZone::UTC), true));
        }
        match time.rfind(['+', '-']) {
            Some(place) => {
                let at: Timestamp = text.parse().map_err(|_| no_date())?;
                let offset = jiff::fmt::temporal::DateTimeParser::new()
                    .parse_time_zone(&time[place..])
                    .map_err(|_| no_date())?;
                Ok(Moment::Exact(at.to_zoned(offset), false))
            }
            None => text.parse().map(Moment::Local).map_err(|_| no_date()),
        }
    }

    fn write(&self) -> Value {
        match self {
            Moment::Date(date) => date.to_string().into(),
            Moment::Local(local) => local.to_string().into(),
            Moment::Exact(zoned, true) => zoned.timestamp().to_string().into(),
            Moment::Exact(zoned, false) => format!("{}{}", zoned.datetime(), zoned.strftime("%:z")).into(),
        }
    }

    /// What the clock on the wall showed.
    fn local(&self) -> DateTime {
        match self {
            Moment::Date(date) => date.to_datetime(jiff::civil::Time::midnight()),
            Moment::Local(local) => *local,
            Moment::Exact(zoned, _) => zoned.datetime(),
        }
    }

    /// The moment itself; without an offset it is taken as UTC.
    fn instant(&self) -> Option<Timestamp> {
        match self {
            Moment::Exact(zoned, _) => Some(zoned.timestamp()),
            other => other.local().to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp()),
        }
    }
}

fn too_far(name: &str) -> Fault {
    Fault::new("script.error", format!("`{name}`: the date is out of range"))
}

fn zone(name: &str, value: &Value) -> Result<TimeZone, Fault> {
    let zone = plain(name, value)?;
    TimeZone::get(zone.trim())
        .map_err(|_| Fault::new("script.error", format!("`{name}`: there is no time zone `{zone}`")))
}

fn current(name: &str, arguments: &[Value], world: &World) -> Result<Moment, Fault> {
    let at = Timestamp::from_millisecond(world.now_ms).map_err(|_| too_far(name))?;
    Ok(match arguments.first() {
        None | Some(Value::Null) => Moment::Exact(at.to_zoned(TimeZone::UTC), true),
        Some(value) => Moment::Exact(at.to_zoned(zone(name, value)?), false),
    })
}

pub(super) fn now(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    Ok(current("now", arguments, world)?.write())
}

pub(super) fn today(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    Ok(current("today", arguments, world)?.local().date().to_string().into())
}

pub(super) fn year(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    Ok(Value::Int(Moment::read("year", &arguments[0])?.local().year().into()))
}

pub(super) fn month(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    Ok(Value::Int(Moment::read("month", &arguments[0])?.local().month().into()))
}

pub(super) fn day(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    Ok(Value::Int(Moment::read("day", &arguments[0])?.local().day().into()))
}

pub(super) fn weekday(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    Ok(Value::Int(Moment::read("weekday", &arguments[0])?.local().weekday().to_monday_one_offset().into()))
}

pub(super) fn hour(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    Ok(Value::Int(Moment::read("hour", &arguments[0])?.local().hour().into()))
}

pub(super) fn minute(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    Ok(Value::Int(Moment::read("minute", &arguments[0])?.local().minute().into()))
}

pub(super) fn add_days(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    const NAME: &str = "add_days";
    let days = Span::new().try_days(count(NAME, &arguments[1])?).map_err(|_| too_far(NAME))?;
    let later = match Moment::read(NAME, &arguments[0])? {
        Moment::Date(date) => date.checked_add(days).map(Moment::Date),
        Moment::Local(local) => local.checked_add(days).map(Moment::Local),
        Moment::Exact(zoned, utc) => zoned.checked_add(days).map(|zoned| Moment::Exact(zoned, utc)),
    };
    Ok(later.map_err(|_| too_far(NAME))?.write())
}

pub(super) fn add_duration(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    const NAME: &str = "add_duration";
    let text = plain(NAME, &arguments[1])?;
    let millis = duration_ms(text.trim())
        .ok_or_else(|| Fault::new("script.error", "`add_duration`: a duration is written 300ms, 5s, 10m, 2h or 3d"))?;
    let duration = SignedDuration::from_millis(millis);
    let later = match Moment::read(NAME, &arguments[0])? {
        Moment::Date(date) => date.to_datetime(jiff::civil::Time::midnight()).checked_add(duration).map(Moment::Local),
        Moment::Local(local) => local.checked_add(duration).map(Moment::Local),
        Moment::Exact(zoned, utc) => zoned.checked_add(duration).map(|zoned| Moment::Exact(zoned, utc)),
    };
    Ok(later.map_err(|_| too_far(NAME))?.write())
}

/// The milliseconds of `1h30m`, `-2h`, `300ms`.
fn duration_ms(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let mut total = 0_i64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|char: char| !char.is_ascii_digit())?;
        let number: i64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let (unit, bytes) = match rest.as_bytes() {
            [b'm', b's', ..] => (1, 2),
            [b's', ..] => (1000, 1),
            [b'm', ..] => (60_000, 1),
            [b'h', ..] => (3_600_000, 1),
            [b'd', ..] => (86_400_000, 1),
            _ => return None,
        };
        rest = &rest[bytes..];
        total = total.checked_add(number.checked_mul(unit)?)?;
    }
    Some(sign * total)
}

pub(super) fn days_between(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    let from = Moment::read("days_between", &arguments[0])?.local().date();
    let to = Moment::read("days_between", &arguments[1])?.local().date();
    Ok(Value::Int(to.duration_since(from).as_hours() / 24))
}

pub(super) fn seconds_between(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    const NAME: &str = "seconds_between";
    let from = Moment::read(NAME, &arguments[0])?.instant().ok_or_else(|| too_far(NAME))?;
    let to = Moment::read(NAME, &arguments[1])?.instant().ok_or_else(|| too_far(NAME))?;
    Ok(Value::Int(to.duration_since(from).as_secs()))
}

pub(super) fn format_date(arguments: &[Value], world: &World) -> Result<Value, Fault> {
    const NAME: &str = "format_date";
    let pattern = plain(NAME, &arguments[1])?;
    // A width such as `%9999Y` would make a long text of a short pattern.
    if pattern.len() > 256 || pattern.as_bytes().windows(3).any(|three| three.iter().all(u8::is_ascii_digit)) {
        return Err(Fault::new("script.limit", "`format_date`: the pattern is too long"));
    }
    world.spend(pattern.len() * 16)?;
    let bad = |_| Fault::new("script.error", "`format_date`: the pattern cannot be used with this date");
    let text = match Moment::read(NAME, &arguments[0])? {
        Moment::Date(date) => jiff::fmt::strtime::format(&*pattern, date).map_err(bad)?,
        Moment::Local(local) => jiff::fmt::strtime::format(&*pattern, local).map_err(bad)?,
        Moment::Exact(zoned, _) => jiff::fmt::strtime::format(&*pattern, &zoned).map_err(bad)?,
    };
    Ok(text.into())
}

pub(super) fn to_zone(arguments: &[Value], _: &World) -> Result<Value, Fault> {
    const NAME: &str = "to_zone";
    let at = Moment::read(NAME, &arguments[0])?.instant().ok_or_else(|| too_far(NAME))?;
    Ok(Moment::Exact(at.to_zoned(zone(NAME, &arguments[1])?), false).write())
}
