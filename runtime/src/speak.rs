//! Values as words: how money, dates, numbers and the like are spoken on a call and written in a chat.
//!
//! What is written is CLDR's (see `cldr`). For the ear, numbers are spelled out in the languages of `words`; others get
//! digits, which a synthesizer reads in its own way. Text that is not of the kind asked for is passed on as it is: a
//! conversation goes on. Does not translate anything, and knows no prompts.

pub(crate) mod bidi;
pub(crate) mod cldr;
mod currency;
#[cfg(test)]
mod tests;
mod words;

pub use cldr::is_right_to_left;

use crate::value::Value;
use cldr::Length;
use jiff::civil::{Date, Time};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::str::FromStr;
use words::Language;

/// As what a value is spoken or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpeakAs {
    /// An amount of money: a number, a text such as `12.50 EUR`, or an object with `amount` and `currency`.
    Money,
    /// One digit or letter after the other.
    Digits,
    /// A date, such as `2026-03-03`, or that of a date-time.
    Date,
    /// A time, such as `14:30`, or that of a date-time.
    Time,
    /// A position: first, second.
    Ordinal,
    /// A telephone number.
    Phone,
    /// A number.
    Number,
    /// As a template shows it.
    Text,
}

impl FromStr for SpeakAs {
    type Err = ();

    /// From the word that flows use for it.
    fn from_str(word: &str) -> Result<Self, ()> {
        Ok(match word {
            "money" => SpeakAs::Money,
            "digits" => SpeakAs::Digits,
            "date" => SpeakAs::Date,
            "time" => SpeakAs::Time,
            "ordinal" => SpeakAs::Ordinal,
            "phone" => SpeakAs::Phone,
            "number" => SpeakAs::Number,
            "text" => SpeakAs::Text,
            _ => return Err(()),
        })
    }
}

/// The value in words. `locale` is a BCP 47 tag such as `es-ES`; `spoken` is for the ear, else for the eye; `currency`
/// is the ISO 4217 code of money that does not name its own.
pub fn speak(value: &Value, as_: SpeakAs, locale: &str, spoken: bool, currency: Option<&str>) -> String {
    let said = match as_ {
        SpeakAs::Money => currency::money(value, locale, spoken, currency),
        SpeakAs::Digits => Some(digits(&value.to_string(), spoken)),
        SpeakAs::Date => date(value, Length::Long, locale, spoken),
        SpeakAs::Time => time_of(&value.to_string()).map(|time| time_in_words(time, locale, spoken)),
        SpeakAs::Ordinal => number_of(value).and_then(|number| words::ordinal(number, locale, spoken)),
        SpeakAs::Phone => Some(phone(&value.to_string(), locale, spoken)),
        SpeakAs::Number => number_of(value).map(|number| match spoken {
            true => words::number(number, locale),
            false => cldr::number(number, locale),
        }),
        SpeakAs::Text => None,
    };
    said.unwrap_or_else(|| value.to_string())
}

/// A date, or that of a date-time, in words; nothing where the value is neither.
pub(crate) fn date(value: &Value, length: Length, locale: &str, spoken: bool) -> Option<String> {
    date_of(&value.to_string()).map(|date| date_in_words(date, length, locale, spoken))
}

/// The number in a value, also when it is written as text.
pub(crate) fn number_of(value: &Value) -> Option<Decimal> {
    match value {
        Value::Int(int) => Some(Decimal::from(*int)),
        Value::Decimal(decimal) => Some(*decimal),
        Value::Text(text) => Decimal::from_str(text.trim()).ok(),
        _ => None,
    }
}

fn digits(text: &str, spoken: bool) -> String {
    if !spoken {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() * 2);
    for char in text.chars().filter(|char| char.is_alphanumeric()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push(char);
    }
    out
}

fn date_of(text: &str) -> Option<Date> {
    text.trim().get(..10)?.parse().ok()
}

fn time_of(text: &str) -> Option<Time> {
    let text = text.trim();
    let time = match text.get(10..11) {
        Some("T" | "t" | " ") => text.get(11..)?,
        _ => text,
    };
    let end = time.find(|char: char| !char.is_ascii_digit() && char != ':').unwrap_or(time.len());
    let mut parts = time[..end].split(':');
    let (hour, minute) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Time::new(hour, minute, 0, 0).ok()
}

const ENGLISH_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A date in words. English differs for the ear; elsewhere what is written is what is said.
fn date_in_words(date: Date, length: Length, locale: &str, spoken: bool) -> String {
    let language = Language::of(locale);
    if !spoken || language != Language::English || !matches!(length, Length::Long) {
        // A synthesizer reads a date in numbers as it likes, so at least the month is a word.
        let length = if spoken && length == Length::Short { Length::Long } else { length };
        return cldr::date(date, length, locale);
    }
    let (day, year) = (date.day(), date.year());
    let month = ENGLISH_MONTHS[usize::try_from(date.month() - 1).unwrap_or_default()];
    let suffix = words::suffix(u64::try_from(day).unwrap_or_default());
    match cldr::date(date, Length::Long, locale).starts_with(month) {
        true => format!("{month} {day}{suffix}, {year}"),
        false => format!("the {day}{suffix} of {month} {year}"),
    }
}

fn time_in_words(time: Time, locale: &str, spoken: bool) -> String {
    let written = cldr::time(time, locale);
    if !spoken || Language::of(locale) != Language::English {
        return written;
    }
    let (written, half) = match written.to_ascii_lowercase() {
        lower if lower.ends_with("am") => (&written[..written.len() - 2], "a.m."),
        lower if lower.ends_with("pm") => (&written[..written.len() - 2], "p.m."),
        _ => return written,
    };
    format!("{} {half}", written.trim().trim_end_matches(":00"))
}

/// A telephone number in groups as people say them: the country first, then threes, and a four at the end where one
/// digit would be left over.
fn phone(text: &str, locale: &str, spoken: bool) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < 5 || text.chars().any(char::is_alphabetic) {
        return self::digits(text, spoken);
    }
    let international = text.trim_start().starts_with('+');
    let country = match () {
        () if !international => 0,
        () if digits.starts_with(['1', '7']) => 1,
        () if TWO_DIGIT_COUNTRIES.contains(&&digits[..2]) => 2,
        () => 3,
    };
    let (country, mut rest) = digits.split_at(country);
    let mut groups = Vec::new();
    while !rest.is_empty() {
        let take = if rest.len() <= 4 { rest.len() } else { 3 };
        groups.push(&rest[..take]);
        rest = &rest[take..];
    }
    let mut out = String::new();
    if international {
        out.push_str(match (spoken, Language::of(locale)) {
            (false, _) | (true, Language::Other) => "+",
            (true, Language::English | Language::German | Language::French(_)) => "plus ",
            (true, Language::Spanish) => "más ",
            (true, Language::Italian) => "più ",
            (true, Language::Portuguese { .. }) => "mais ",
        });
        match spoken {
            true => write!(out, "{}, ", self::digits(country, true)),
            false => write!(out, "{country} "),
        }
        .expect("a string takes any text");
    }
    for (index, group) in groups.iter().enumerate() {
        match (index, spoken) {
            (0, _) => {}
            (_, true) => out.push_str(", "),
            (_, false) => out.push(' '),
        }
        match spoken {
            true => out.push_str(&self::digits(group, true)),
            false => out.push_str(group),
        }
    }
    out
}

/// Country codes of two digits (ITU-T E.164); `1` and `7` have one, all others three.
const TWO_DIGIT_COUNTRIES: &[&str] = &[
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49", "51",
    "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84", "86", "90",
    "91", "92", "93", "94", "95", "98",
];
