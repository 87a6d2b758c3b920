//! Numbers and amounts, with the separators of the locale.

use super::{Setting, spoken};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::str::FromStr;

/// A whole number.
pub(super) fn int(words: &str, setting: &Setting<'_>) -> Option<i64> {
    if words.contains(|c: char| c.is_ascii_digit()) {
        return decimal(words, setting).filter(|number| number.scale() == 0).and_then(|number| number.to_i64());
    }
    spoken::digits(words, setting.language())?.parse().ok()
}

/// A number.
pub(super) fn decimal(words: &str, setting: &Setting<'_>) -> Option<Decimal> {
    let span = numeric_span(words)?;
    let touches_letters = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    if touches_letters(words[..span.start].chars().next_back()) || touches_letters(words[span.end..].chars().next()) {
        return None;
    }
    signed(words, span, setting)
}

/// An amount; the currency may stand before or after it.
pub(super) fn money(words: &str, setting: &Setting<'_>) -> Option<Decimal> {
    signed(words, numeric_span(words)?, setting)
}

/// An entry on the keypad, where `*` is the decimal point.
pub(super) fn keyed(keys: &str) -> Option<Decimal> {
    let clean = keys.bytes().all(|key| key.is_ascii_digit() || key == b'*') && keys.matches('*').count() <= 1;
    let has_digit = keys.bytes().any(|key| key.is_ascii_digit());
    if !clean || !has_digit {
        return None;
    }
    Decimal::from_str(keys.replace('*', ".").trim_end_matches('.')).ok()
}

/// From the first to the last digit, when only digits and separators stand between them.
fn numeric_span(words: &str) -> Option<std::ops::Range<usize>> {
    let start = words.find(|c: char| c.is_ascii_digit())?;
    let end = words.rfind(|c: char| c.is_ascii_digit())? + 1;
    // ".5" is half of something, or a list number; nobody can tell.
    let opens_with_point = words[..start].ends_with(['.', ',']);
    let is_number = words[start..end].chars().all(|c| c.is_ascii_digit() || ".,'’ \u{a0}\u{202f}".contains(c));
    (is_number && !opens_with_point).then_some(start..end)
}

fn signed(words: &str, span: std::ops::Range<usize>, setting: &Setting<'_>) -> Option<Decimal> {
    let before = words[..span.start].trim_end_matches(['$', '€', '£', '¥', ' ']);
    let is_negative = before.ends_with(['-', '−']) && !before.ends_with("--");
    let number = Decimal::from_str(&plain(&words[span], decimal_mark(setting))?).ok()?;
    Some(if is_negative { -number } else { number })
}

/// The digits with a point for the decimal mark and nothing else.
fn plain(number: &str, locale_mark: char) -> Option<String> {
    let point = number.rfind('.');
    let comma = number.rfind(',');
    let mark = match (point, comma) {
        // Both: the last one is the decimal mark.
        (Some(point), Some(comma)) => Some(if point > comma { '.' } else { ',' }),
        (None, None) => None,
        (Some(at), None) | (None, Some(at)) => {
            let separator = if point.is_some() { '.' } else { ',' };
            let is_alone = number.matches(separator).count() == 1;
            let three_follow = number.len() - at - 1 == 3;
            // The other language's mark still is one where it cannot be a thousands separator.
            (is_alone && (separator == locale_mark || !three_follow)).then_some(separator)
        }
    };
    let (whole, fraction) = match mark {
        Some(mark) => number.rsplit_once(mark)?,
        None => (number, ""),
    };
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) || (mark.is_some() && fraction.is_empty()) {
        return None;
    }
    let groups: Vec<&str> = whole.split(|c: char| !c.is_ascii_digit()).collect();
    let grouped =
        groups.len() == 1 || ((1..=3).contains(&groups[0].len()) && groups[1..].iter().all(|group| group.len() == 3));
    if !grouped {
        return None;
    }
    let whole = groups.concat();
    Some(if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") })
}

/// The decimal mark of a locale.
fn decimal_mark(setting: &Setting<'_>) -> char {
    match (setting.language(), setting.region()) {
        ("es", "MX" | "US" | "PR" | "GT" | "HN" | "NI" | "PA" | "PE" | "SV" | "DO") => '.',
        ("de" | "fr", "CH") => '.',
        ("es" | "de" | "fr" | "pt" | "it" | "nl" | "pl" | "ru" | "tr" | "sv" | "da" | "nb" | "fi" | "cs", _) => ',',
        _ => '.',
    }
}
