//! How a locale writes numbers, money, dates, times and lists, and which plural form a number takes: CLDR, through
//! ICU4X, with the data compiled in. So the same build writes the same everywhere, and a newer CLDR comes only with a
//! newer build. A tag that cannot be read is written as CLDR's root locale has it.

use icu_calendar::Gregorian;
use icu_datetime::input::{Date as IcuDate, Time as IcuTime};
use icu_datetime::{FixedCalendarDateTimeFormatter, NoCalendarFormatter, fieldsets};
use icu_decimal::DecimalFormatter;
use icu_decimal::input::Decimal as IcuDecimal;
// The only part of ICU4X that writes money; its interface may change, so its version is fixed in the root manifest.
use icu_experimental::dimension::currency::CurrencyType;
use icu_experimental::dimension::currency::formatter::CurrencyFormatter;
use icu_list::ListFormatter;
use icu_list::options::{ListFormatterOptions, ListLength};
use icu_locale_core::Locale;
use icu_plurals::{PluralCategory, PluralRules};
use jiff::civil::{Date, Time};
use rust_decimal::Decimal;
use std::str::FromStr;

/// How much of a date is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// In numbers: 3/3/26.
    Short,
    /// With a short month: Mar 3, 2026.
    Medium,
    /// With the month in words: March 3, 2026.
    Long,
    /// With the day of the week: Tuesday, March 3, 2026.
    Full,
}

impl FromStr for Length {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Ok(match word {
            "short" => Length::Short,
            "medium" => Length::Medium,
            "long" => Length::Long,
            "full" => Length::Full,
            _ => return Err(()),
        })
    }
}

/// What joins a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Join {
    /// a, b, and c.
    And,
    /// a, b, or c.
    Or,
    /// 1 foot, 2 inches.
    Unit,
}

impl FromStr for Join {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Ok(match word {
            "and" => Join::And,
            "or" => Join::Or,
            "unit" => Join::Unit,
            _ => return Err(()),
        })
    }
}

fn locale(tag: &str) -> Locale {
    Locale::try_from_str(&tag.replace('_', "-")).unwrap_or(Locale::UNKNOWN)
}

fn decimal(number: Decimal) -> IcuDecimal {
    IcuDecimal::from_str(&number.to_string()).expect("digits with a point are a decimal to either library")
}

/// A number with the locale's digits and separators.
pub(crate) fn number(number: Decimal, tag: &str) -> String {
    match DecimalFormatter::try_new((&locale(tag)).into(), icu_decimal::options::DecimalFormatterOptions::default()) {
        Ok(formatter) => formatter.format(&decimal(number)).to_string(),
        Err(_) => number.to_string(),
    }
}

/// Whether the locale puts a comma before the fraction.
pub(crate) fn has_decimal_comma(tag: &str) -> bool {
    number(Decimal::new(15, 1), tag).contains(',')
}

/// An amount with the sign of its currency, rounded to the currency's places, halves away from zero.
pub(crate) fn money(amount: Decimal, code: &str, tag: &str) -> String {
    let formatter = CurrencyType::from_str(code)
        .ok()
        .and_then(|code| CurrencyFormatter::try_new_symbol((&locale(tag)).into(), code, Default::default()).ok());
    match formatter {
        Some(formatter) => formatter.format_fixed_decimal(&decimal(amount)).to_string(),
        None => format!("{} {code}", number(amount, tag)),
    }
}

/// An amount with the name of its currency: 12.50 US dollars.
pub(crate) fn money_by_name(amount: Decimal, code: &str, tag: &str) -> String {
    let formatter = CurrencyType::from_str(code)
        .ok()
        .and_then(|code| CurrencyFormatter::try_new_name((&locale(tag)).into(), code).ok());
    match formatter {
        Some(formatter) => formatter.format_fixed_decimal(&decimal(amount)).to_string(),
        None => format!("{} {code}", number(amount, tag)),
    }
}

/// A date of the Gregorian calendar.
pub(crate) fn date(date: Date, length: Length, tag: &str) -> String {
    let written = || {
        let (month, day) = (u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?);
        let of = IcuDate::try_new_gregorian(date.year().into(), month, day).ok()?;
        let prefs = (&locale(tag)).into();
        type Dates<F> = FixedCalendarDateTimeFormatter<Gregorian, F>;
        Some(match length {
            Length::Short => Dates::try_new(prefs, fieldsets::YMD::short()).ok()?.format(&of).to_string(),
            Length::Medium => Dates::try_new(prefs, fieldsets::YMD::medium()).ok()?.format(&of).to_string(),
            Length::Long => Dates::try_new(prefs, fieldsets::YMD::long()).ok()?.format(&of).to_string(),
            Length::Full => Dates::try_new(prefs, fieldsets::YMDE::long()).ok()?.format(&of).to_string(),
        })
    };
    written().unwrap_or_else(|| date.to_string())
}

/// A time of day, in hours and minutes.
pub(crate) fn time(time: Time, tag: &str) -> String {
    let written = || {
        let (hour, minute) = (u8::try_from(time.hour()).ok()?, u8::try_from(time.minute()).ok()?);
        let of = IcuTime::try_new(hour, minute, 0, 0).ok()?;
        let formatter = NoCalendarFormatter::try_new((&locale(tag)).into(), fieldsets::T::hm()).ok()?;
        // CLDR writes a narrow no-break space before AM and PM. One such character makes a short message (GSM 03.38)
        // a third as long as it may be, so it is a plain space here.
        Some(formatter.format(&of).to_string().replace('\u{202f}', " "))
    };
    written().unwrap_or_else(|| format!("{:02}:{:02}", time.hour(), time.minute()))
}

/// The items of a list in a sentence.
pub(crate) fn list(items: &[String], join: Join, tag: &str) -> String {
    let options = ListFormatterOptions::default().with_length(ListLength::Wide);
    let prefs = (&locale(tag)).into();
    let formatter = match join {
        Join::And => ListFormatter::try_new_and(prefs, options),
        Join::Or => ListFormatter::try_new_or(prefs, options),
        Join::Unit => ListFormatter::try_new_unit(prefs, options),
    };
    match formatter {
        Ok(formatter) => formatter.format(items.iter()).to_string(),
        Err(_) => items.join(", "),
    }
}

/// The plural category of a number: `zero`, `one`, `two`, `few`, `many` or `other`. `position` asks for that of a
/// position (1st, 2nd), else it is that of a count.
pub(crate) fn plural(number: Decimal, position: bool, tag: &str) -> &'static str {
    let prefs = (&locale(tag)).into();
    let rules = if position { PluralRules::try_new_ordinal(prefs) } else { PluralRules::try_new_cardinal(prefs) };
    match rules.map(|rules| rules.category_for(&decimal(number))) {
        Ok(PluralCategory::Zero) => "zero",
        Ok(PluralCategory::One) => "one",
        Ok(PluralCategory::Two) => "two",
        Ok(PluralCategory::Few) => "few",
        Ok(PluralCategory::Many) => "many",
        Ok(PluralCategory::Other) | Err(_) => "other",
    }
}

/// The scripts that are written from right to left (ISO 15924).
const RIGHT_TO_LEFT_SCRIPTS: [&str; 9] = ["Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm", "Rohg", "Mand", "Samr"];

/// The languages that are written in one of them unless their tag says otherwise.
const RIGHT_TO_LEFT_LANGUAGES: [&str; 22] = [
    "ar", "arc", "arz", "ary", "ckb", "dv", "fa", "glk", "he", "iw", "ks", "lrc", "mzn", "nqo", "pnb", "prs", "ps",
    "sd", "syr", "ug", "ur", "yi",
];

/// Whether the language of a locale is written from right to left. It is asked for each value of each sentence, so the
/// tag's first two subtags (RFC 5646) are looked at and nothing is made of them.
pub fn is_right_to_left(tag: &str) -> bool {
    let is_in = |known: &[&str], subtag: &str| known.iter().any(|one| one.eq_ignore_ascii_case(subtag));
    let mut subtags = tag.split(['-', '_']);
    let language = subtags.next().unwrap_or_default();
    match subtags.next().filter(|script| script.len() == 4 && script.bytes().all(|sign| sign.is_ascii_alphabetic())) {
        Some(script) => is_in(&RIGHT_TO_LEFT_SCRIPTS, script),
        None => is_in(&RIGHT_TO_LEFT_LANGUAGES, language),
    }
}
