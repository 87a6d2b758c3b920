//! Numbers in words, for the languages that are written out for the ear.
//!
//! The CLDR library has no rules for spelling numbers out, so these are ours: English, Spanish, German, French, Italian
//! and Portuguese, each in a file of its own. In other languages the form of a number depends on what is counted
//! (Arabic, Russian) or was not certain enough here; they get digits, which a synthesizer reads in its own way.

mod english;
mod french;
mod german;
mod italian;
mod portuguese;
mod spanish;

use super::cldr;
use french::Tens;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::fmt::Write;

/// A language that is written out, with what differs by country.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    English,
    Spanish,
    German,
    French(Tens),
    Italian,
    Portuguese { brazil: bool },
    Other,
}

impl Language {
    /// The language of a BCP 47 tag.
    pub fn of(locale: &str) -> Language {
        let mut parts = locale.split(['-', '_']);
        let language = parts.next().unwrap_or_default().to_ascii_lowercase();
        let region = parts.find(|part| part.len() == 2).unwrap_or_default().to_ascii_uppercase();
        match (language.as_str(), region.as_str()) {
            ("en", _) => Language::English,
            ("es", _) => Language::Spanish,
            ("de", _) => Language::German,
            ("fr", "BE") => Language::French(Tens::Belgian),
            ("fr", "CH") => Language::French(Tens::Swiss),
            ("fr", _) => Language::French(Tens::Scores),
            ("it", _) => Language::Italian,
            ("pt", region) => Language::Portuguese { brazil: matches!(region, "BR" | "") },
            _ => Language::Other,
        }
    }
}

/// How a Spanish number agrees with what it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gender {
    /// By itself: uno, veintiuno.
    Alone,
    /// Before a masculine noun: un, veintiún.
    Masculine,
    /// Before a feminine noun: una, veintiuna, doscientas.
    Feminine,
}

/// The greatest number that is written out; beyond it the digits are clearer.
const MOST: u64 = 999_999_999_999;

/// A number in words; in digits where the language, or the size, has none.
pub(super) fn number(number: Decimal, locale: &str) -> String {
    let language = Language::of(locale);
    let whole = number.abs().trunc().to_u64().filter(|whole| *whole <= MOST);
    let (minus, point) = match language {
        Language::English => ("minus", "point"),
        Language::Spanish => ("menos", if cldr::has_decimal_comma(locale) { "coma" } else { "punto" }),
        Language::German => ("minus", "Komma"),
        Language::French(_) => ("moins", "virgule"),
        Language::Italian => ("meno", "virgola"),
        Language::Portuguese { .. } => ("menos", "vírgula"),
        // The synthesizer knows its language's own way with digits; separators of thousands would only confuse it.
        Language::Other => return number.to_string(),
    };
    let Some(whole) = whole else { return number.to_string() };
    let mut out = String::new();
    if number.is_sign_negative() && !number.is_zero() {
        write!(out, "{minus} ").expect("a string takes any text");
    }
    out.push_str(&count(whole, language, Gender::Alone));
    let text = number.abs().to_string();
    if let Some((_, fraction)) =
        text.split_once('.').filter(|(_, fraction)| fraction.bytes().any(|digit| digit != b'0'))
    {
        write!(out, " {point}").expect("a string takes any text");
        for digit in fraction.trim_end_matches('0').bytes() {
            write!(out, " {}", count((digit - b'0').into(), language, Gender::Alone)).expect("a string takes any text");
        }
    }
    out
}

/// A whole number in words; in digits where the language, or the size, has none.
pub(super) fn count(number: u64, language: Language, gender: Gender) -> String {
    match language {
        _ if number > MOST => number.to_string(),
        Language::English => english::cardinal(number),
        Language::Spanish => spanish::cardinal(number, gender),
        Language::German => german::cardinal(number),
        Language::French(tens) => french::cardinal(number, tens),
        Language::Italian => italian::cardinal(number),
        Language::Portuguese { brazil } => portuguese::cardinal(number, brazil),
        Language::Other => number.to_string(),
    }
}

/// A position in words, or in digits with the mark of the language; nothing for what is no position.
pub(super) fn ordinal(number: Decimal, locale: &str, spoken: bool) -> Option<String> {
    let number = number.to_u64().filter(|whole| *whole > 0 && *whole <= MOST && Decimal::from(*whole) == number)?;
    let language = Language::of(locale);
    if spoken {
        let words = match language {
            Language::English => Some(english::ordinal(number)),
            Language::Spanish => Some(spanish::ordinal(number)),
            Language::German => german::ordinal(number),
            Language::French(tens) => french::ordinal(number, tens),
            Language::Italian => italian::ordinal(number),
            Language::Portuguese { .. } => portuguese::ordinal(number),
            Language::Other => None,
        };
        if let Some(words) = words {
            return Some(words);
        }
    }
    Some(match language {
        Language::English => format!("{number}{}", suffix(number)),
        Language::Spanish => format!("{number}.º"),
        Language::French(_) => format!("{number}{}", if number == 1 { "er" } else { "e" }),
        Language::Italian | Language::Portuguese { .. } => format!("{number}º"),
        Language::German => format!("{number}."),
        Language::Other => match locale.split(['-', '_']).next().unwrap_or_default() {
            "zh" | "ja" => format!("第{number}"),
            // Here a position is the bare number, or its mark depends on what is counted.
            "ar" | "fa" | "he" | "ur" | "ru" | "uk" | "ko" => number.to_string(),
            _ => format!("{number}."),
        },
    })
}

/// What English puts behind an ordinal in digits.
pub(super) fn suffix(number: u64) -> &'static str {
    match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    }
}
