//! Days, times of day, and moments.

use super::Setting;
use crate::zone::moment_text;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use offhook_runtime::Value;
use std::str::FromStr;

/// How far ahead a year of two digits may lie before it is one of the last century, in years.
const TWO_DIGITS_AHEAD: i16 = 20;

/// The months by language, as whole words or what they begin with.
const MONTHS: &[[&str; 12]] = &[
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    [
        "januar",
        "februar",
        "märz",
        "april",
        "mai",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "dezember",
    ],
    [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    [
        "janeiro",
        "fevereiro",
        "março",
        "abril",
        "maio",
        "junho",
        "julho",
        "agosto",
        "setembro",
        "outubro",
        "novembro",
        "dezembro",
    ],
];

/// A day: `2026-12-24`, `24.12.2026`, `12/24/2026` by locale, `24 December 2026`.
pub(super) fn date(words: &str, setting: &Setting<'_>) -> Option<Date> {
    let mut numbers: Vec<(&str, i16)> = Vec::new();
    let mut month = None;
    for token in words.split(|c: char| !c.is_alphanumeric()).filter(|token| !token.is_empty()) {
        let digits = token.len() - token.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, suffix) = token.split_at(digits);
        let is_ordinal = matches!(suffix, "" | "st" | "nd" | "rd" | "th" | "er" | "e" | "o" | "º" | "ª");
        if !number.is_empty() && is_ordinal {
            numbers.push((number, number.parse().ok().filter(|_| number.len() <= 4).unwrap_or(-1)));
        } else if number.is_empty() {
            match month_of(token) {
                Some(_) if month.is_some() => return None,
                Some(found) => month = Some(found),
                None => {}
            }
        } else {
            return None;
        }
    }
    match (numbers.as_slice(), month) {
        ([(digits, _)], None) if digits.len() == 8 => keyed_date(digits, setting),
        ([(first, a), (second, b)], Some(month)) => match (first.len(), second.len()) {
            (4, 1..=2) => day_of(*a, month, *b),
            (1..=2, 4) => day_of(*b, month, *a),
            _ => None,
        },
        ([(first, a), (_, b), (third, c)], None) => match (first.len(), third.len()) {
            (4, 1..=2) => day_of(*a, *b, *c),
            (1..=2, 2 | 4) => {
                let year = if third.len() == 2 { full_year(*c, setting) } else { *c };
                // A point always divides day, month and year.
                if month_first(setting) && !words.contains('.') { day_of(year, *a, *b) } else { day_of(year, *b, *a) }
            }
            _ => None,
        },
        _ => None,
    }
}

/// A day on the keypad: DDMMYYYY, or MMDDYYYY where months come first.
pub(super) fn keyed_date(keys: &str, setting: &Setting<'_>) -> Option<Date> {
    if keys.len() != 8 || !keys.bytes().all(|key| key.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| keys[from..to].parse::<i16>().ok();
    let (first, second, year) = (part(0, 2)?, part(2, 4)?, part(4, 8)?);
    if month_first(setting) { day_of(year, first, second) } else { day_of(year, second, first) }
}

fn day_of(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn month_first(setting: &Setting<'_>) -> bool {
    matches!((setting.language(), setting.region()), ("en", "" | "US" | "PH") | ("es", "US"))
}

fn month_of(word: &str) -> Option<i16> {
    let word = word.to_lowercase();
    // English months are known by their first three letters, which are not always those of a day or another word.
    let english =
        MONTHS[0].iter().position(|month| word == *month || (word.starts_with(month) && is_english_month(&word)));
    let found =
        english.or_else(|| MONTHS[1..].iter().find_map(|months| months.iter().position(|month| word == *month)));
    found.and_then(|index| i16::try_from(index + 1).ok())
}

fn is_english_month(word: &str) -> bool {
    const LONG: [&str; 13] = [
        "january",
        "february",
        "march",
        "april",
        "june",
        "july",
        "august",
        "september",
        "sept",
        "october",
        "november",
        "december",
        "may",
    ];
    LONG.contains(&word)
}

fn full_year(two_digits: i16, setting: &Setting<'_>) -> i16 {
    let now = Timestamp::from_millisecond(setting.now_ms).map_or(2000, |now| now.to_zoned(setting.zone.clone()).year());
    let year = now - now % 100 + two_digits;
    if year > now + TWO_DIGITS_AHEAD { year - 100 } else { year }
}

/// A time of day: `14:30`, `2:30 pm`, `9 am`, `14h30`, `14 Uhr 30`, `1430`.
pub(super) fn time(words: &str) -> Option<Time> {
    let lower = words.to_lowercase().replace("a.m.", "am").replace("p.m.", "pm");
    let start = lower.find(|c: char| c.is_ascii_digit())?;
    let (hour, rest) = leading_number(&lower[start..]);
    if hour.len() == 4 {
        return keyed_time(hour).filter(|_| rest.trim().is_empty());
    }
    let (minute, rest) = match part_after(rest, &[":", ".", "h", " h ", " uhr "]) {
        Some(found) => found,
        None => ("", rest),
    };
    let (second, rest) = match part_after(rest, &[":"]) {
        Some(found) if !minute.is_empty() => found,
        _ => ("", rest),
    };
    let suffix = rest.trim().trim_end_matches('.');
    let hour: i8 = hour.parse().ok()?;
    let hour = match suffix {
        "am" | "in the morning" if (1..=12).contains(&hour) => hour % 12,
        "pm" | "in the afternoon" | "in the evening" if (1..=12).contains(&hour) => hour % 12 + 12,
        "" if !minute.is_empty() => hour,
        "uhr" | "h" | "horas" | "heures" | "hs" | "o'clock" => hour,
        _ => return None,
    };
    let number = |digits: &str| if digits.is_empty() { Some(0) } else { digits.parse().ok() };
    Time::new(hour, number(minute)?, number(second)?, 0).ok()
}

/// A time on the keypad: HHMM, or HMM.
pub(super) fn keyed_time(keys: &str) -> Option<Time> {
    if !(3..=4).contains(&keys.len()) || !keys.bytes().all(|key| key.is_ascii_digit()) {
        return None;
    }
    let (hour, minute) = keys.split_at(keys.len() - 2);
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

/// The canonical text of a time of day.
pub(super) fn time_text(time: Time) -> Value {
    Value::from(match time.second() {
        0 => format!("{:02}:{:02}", time.hour(), time.minute()),
        second => format!("{:02}:{:02}:{second:02}", time.hour(), time.minute()),
    })
}

fn leading_number(text: &str) -> (&str, &str) {
    text.split_at(text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len())
}

/// Two digits after one of the separators.
fn part_after<'t>(text: &'t str, separators: &[&str]) -> Option<(&'t str, &'t str)> {
    separators.iter().find_map(|separator| {
        let (digits, rest) = leading_number(text.strip_prefix(separator)?);
        (digits.len() == 2).then_some((digits, rest))
    })
}

/// A moment: RFC 3339, or a day and a time of day in the setting's time zone.
pub(super) fn moment(words: &str, setting: &Setting<'_>) -> Option<String> {
    if Timestamp::from_str(words).is_ok() {
        return Some(words.to_owned());
    }
    let breaks = words.char_indices().filter(|(_, c)| matches!(c, ' ' | ',' | 'T'));
    for (at, between) in breaks {
        let (day, clock) = (&words[..at], &words[at + between.len_utf8()..]);
        if let Some(time) = time(clock)
            && let Some(date) = date(day, setting)
        {
            return at_zone(date, time, setting);
        }
    }
    None
}

/// A moment on the keypad: the day, then HHMM.
pub(super) fn keyed_moment(keys: &str, setting: &Setting<'_>) -> Option<String> {
    if keys.len() != 12 || !keys.is_ascii() {
        return None;
    }
    let (day, clock) = keys.split_at(8);
    at_zone(keyed_date(day, setting)?, keyed_time(clock)?, setting)
}

fn at_zone(date: Date, time: Time, setting: &Setting<'_>) -> Option<String> {
    date.to_datetime(time).to_zoned(setting.zone.clone()).ok().map(|zoned| moment_text(&zoned))
}
