//! Numbers in words and in digits, and how a locale writes them.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::fmt::Write;

/// The languages that are written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    English,
    Spanish,
    Other,
}

/// How a locale writes.
#[derive(Debug)]
pub(super) struct Style {
    pub language: Language,
    /// Between thousands, and before the fraction.
    pub group: &'static str,
    pub point: &'static str,
    /// The digits before the first separator must be at least so many: Spanish writes 1234, but 12.345.
    pub least: usize,
    /// Whether the sign of a currency stands before the number, and whether a space stands between them.
    pub sign_first: bool,
    pub sign_spaced: bool,
    pub month_first: bool,
    pub twelve_hours: bool,
}

impl Style {
    /// The style of a BCP 47 tag.
    pub fn of(locale: &str) -> Style {
        let mut parts = locale.split(['-', '_']);
        let language = parts.next().unwrap_or_default().to_ascii_lowercase();
        let region = parts.find(|part| part.len() == 2).unwrap_or_default().to_ascii_uppercase();
        let region = region.as_str();
        /// Where Spanish writes numbers as English does.
        const POINT: &[&str] = &["MX", "US", "GT", "HN", "NI", "SV", "PA", "DO", "PR", "PE"];
        let (group, point, least, sign_first, sign_spaced) = match language.as_str() {
            "es" if POINT.contains(&region) => (",", ".", 1, true, false),
            "es" if region.is_empty() || region == "ES" => (".", ",", 2, false, true),
            "es" => (".", ",", 1, true, false),
            "en" | "ja" | "zh" | "ko" | "th" | "he" => (",", ".", 1, true, false),
            "pt" if region == "PT" => ("\u{a0}", ",", 2, false, true),
            "pt" => (".", ",", 1, true, true),
            "nl" => (".", ",", 1, true, true),
            "de" | "it" | "id" | "tr" | "da" | "el" | "ro" | "hr" | "sl" | "ca" | "gl" => (".", ",", 1, false, true),
            "fr" => ("\u{202f}", ",", 1, false, true),
            "ru" | "uk" | "pl" | "cs" | "sk" | "sv" | "nb" | "no" | "fi" | "hu" | "bg" => {
                ("\u{a0}", ",", 1, false, true)
            }
            _ => ("", ".", 1, false, true),
        };
        Style {
            language: match language.as_str() {
                "en" => Language::English,
                "es" => Language::Spanish,
                _ => Language::Other,
            },
            group,
            point,
            least,
            sign_first,
            sign_spaced,
            month_first: matches!(region, "US" | "CA" | "PH" | "") && language == "en",
            twelve_hours: language == "en" && matches!(region, "US" | "CA" | "AU" | "NZ" | "IN" | "PH" | ""),
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

/// A number in digits, with separators.
pub(super) fn in_digits(number: Decimal, style: &Style) -> String {
    let text = number.abs().to_string();
    let (whole, fraction) =
        text.split_once('.').map_or((text.as_str(), None), |(whole, fraction)| (whole, Some(fraction)));
    let mut out = String::new();
    if number.is_sign_negative() && !number.is_zero() {
        out.push('-');
    }
    let grouped = whole.len() >= 3 + style.least;
    for (index, digit) in whole.chars().enumerate() {
        if grouped && index > 0 && (whole.len() - index) % 3 == 0 {
            out.push_str(style.group);
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        write!(out, "{}{fraction}", style.point).expect("a string takes any text");
    }
    out
}

/// A number in words; in digits where the language, or the size, has none.
pub(super) fn in_words(number: Decimal, style: &Style) -> String {
    let whole = number.abs().trunc().to_u64().filter(|whole| *whole <= MOST);
    let (Some(whole), true) = (whole, style.language != Language::Other) else { return number.to_string() };
    let spanish = style.language == Language::Spanish;
    let mut out = String::new();
    if number.is_sign_negative() && !number.is_zero() {
        out.push_str(if spanish { "menos " } else { "minus " });
    }
    out.push_str(&count(whole, style.language, Gender::Alone));
    let text = number.abs().to_string();
    if let Some((_, fraction)) =
        text.split_once('.').filter(|(_, fraction)| fraction.bytes().any(|digit| digit != b'0'))
    {
        out.push_str(if spanish { if style.point == "," { " coma" } else { " punto" } } else { " point" });
        for digit in fraction.trim_end_matches('0').bytes() {
            write!(out, " {}", count((digit - b'0').into(), style.language, Gender::Alone))
                .expect("a string takes any text");
        }
    }
    out
}

/// A whole number in words. The language must be one that is written out.
pub(super) fn count(number: u64, language: Language, gender: Gender) -> String {
    match language {
        _ if number > MOST => number.to_string(),
        Language::English => english(number),
        Language::Spanish => spanish(number, gender),
        Language::Other => number.to_string(),
    }
}

const ENGLISH: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const ENGLISH_TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

fn english(number: u64) -> String {
    let (size, name) = match number {
        0..20 => return ENGLISH[number as usize].to_owned(),
        20..100 => {
            let tens = ENGLISH_TENS[number as usize / 10];
            return match number % 10 {
                0 => tens.to_owned(),
                ones => format!("{tens}-{}", ENGLISH[ones as usize]),
            };
        }
        100..1000 => (100, "hundred"),
        1000..1_000_000 => (1000, "thousand"),
        1_000_000..1_000_000_000 => (1_000_000, "million"),
        _ => (1_000_000_000, "billion"),
    };
    let head = format!("{} {name}", english(number / size));
    match number % size {
        0 => head,
        rest => format!("{head} {}", english(rest)),
    }
}

const SPANISH: [&str; 30] = [
    "cero",
    "uno",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "dieciséis",
    "diecisiete",
    "dieciocho",
    "diecinueve",
    "veinte",
    "veintiuno",
    "veintidós",
    "veintitrés",
    "veinticuatro",
    "veinticinco",
    "veintiséis",
    "veintisiete",
    "veintiocho",
    "veintinueve",
];
const SPANISH_TENS: [&str; 10] =
    ["", "", "", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"];
const SPANISH_HUNDREDS: [&str; 10] = [
    "",
    "ciento",
    "doscientos",
    "trescientos",
    "cuatrocientos",
    "quinientos",
    "seiscientos",
    "setecientos",
    "ochocientos",
    "novecientos",
];

fn spanish(number: u64, gender: Gender) -> String {
    let joined = |head: String, rest: u64| match rest {
        0 => head,
        rest => format!("{head} {}", spanish(rest, gender)),
    };
    match (number, gender) {
        (1, Gender::Masculine) => "un".into(),
        (1, Gender::Feminine) => "una".into(),
        (21, Gender::Masculine) => "veintiún".into(),
        (21, Gender::Feminine) => "veintiuna".into(),
        (0..30, _) => SPANISH[number as usize].into(),
        (30..100, _) => match number % 10 {
            0 => SPANISH_TENS[number as usize / 10].into(),
            ones => format!("{} y {}", SPANISH_TENS[number as usize / 10], spanish(ones, gender)),
        },
        (100, _) => "cien".into(),
        (101..1000, _) => {
            let hundreds = SPANISH_HUNDREDS[number as usize / 100];
            let hundreds = match gender {
                Gender::Feminine if number >= 200 => format!("{}as", hundreds.trim_end_matches("os")),
                _ => hundreds.to_owned(),
            };
            joined(hundreds, number % 100)
        }
        (1000..1_000_000, _) => {
            let head = match number / 1000 {
                1 => "mil".to_owned(),
                thousands => {
                    let gender = if gender == Gender::Feminine { gender } else { Gender::Masculine };
                    format!("{} mil", spanish(thousands, gender))
                }
            };
            joined(head, number % 1000)
        }
        _ => {
            let head = match number / 1_000_000 {
                1 => "un millón".to_owned(),
                millions => format!("{} millones", spanish(millions, Gender::Masculine)),
            };
            joined(head, number % 1_000_000)
        }
    }
}

const ENGLISH_ORDINALS: [&str; 20] = [
    "zeroth",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
];
const SPANISH_ORDINALS: [&str; 20] = [
    "",
    "primero",
    "segundo",
    "tercero",
    "cuarto",
    "quinto",
    "sexto",
    "séptimo",
    "octavo",
    "noveno",
    "décimo",
    "undécimo",
    "duodécimo",
    "decimotercero",
    "decimocuarto",
    "decimoquinto",
    "decimosexto",
    "decimoséptimo",
    "decimoctavo",
    "decimonoveno",
];
const SPANISH_TENTHS: [&str; 10] = [
    "",
    "",
    "vigésimo",
    "trigésimo",
    "cuadragésimo",
    "quincuagésimo",
    "sexagésimo",
    "septuagésimo",
    "octogésimo",
    "nonagésimo",
];

/// A position in words, or in digits with the mark of the language; nothing for what is no position.
pub(super) fn ordinal(number: Decimal, style: &Style, spoken: bool) -> Option<String> {
    let number = number.to_u64().filter(|whole| *whole > 0 && *whole <= MOST && Decimal::from(*whole) == number)?;
    Some(match (style.language, spoken) {
        (Language::English, true) => english_ordinal(number),
        (Language::English, false) => format!("{number}{}", super::suffix(number as i64)),
        (Language::Spanish, true) => match number {
            0..20 => SPANISH_ORDINALS[number as usize].into(),
            20..100 => match number % 10 {
                0 => SPANISH_TENTHS[number as usize / 10].into(),
                ones => format!("{} {}", SPANISH_TENTHS[number as usize / 10], SPANISH_ORDINALS[ones as usize]),
            },
            // Beyond a hundred nobody says the ordinal.
            _ => spanish(number, Gender::Alone),
        },
        (Language::Spanish, false) => format!("{number}.º"),
        (Language::Other, _) => format!("{number}."),
    })
}

fn english_ordinal(number: u64) -> String {
    match number {
        0..20 => ENGLISH_ORDINALS[number as usize].to_owned(),
        20..100 => {
            let tens = ENGLISH_TENS[number as usize / 10];
            match number % 10 {
                0 => format!("{}ieth", tens.trim_end_matches('y')),
                ones => format!("{tens}-{}", ENGLISH_ORDINALS[ones as usize]),
            }
        }
        _ => {
            let size = match number {
                100..1000 => 100,
                1000..1_000_000 => 1000,
                1_000_000..1_000_000_000 => 1_000_000,
                _ => 1_000_000_000,
            };
            match number % size {
                0 => format!("{}th", english(number)),
                rest => format!("{} {}", english(number - rest), english_ordinal(rest)),
            }
        }
    }
}
