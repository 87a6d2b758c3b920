//! What a person typed, said or keyed, as a value of the type that was asked for. Pure functions of the words, the
//! locale and the moment; no sentence is ever guessed at: what could mean two things means nothing.

mod amounts;
mod days;
mod reach;
mod spans;
mod spoken;
mod within;

pub(crate) use within::WORDS;

use jiff::tz::TimeZone;
use offhook_runtime::flow_schemas::VarType;
use offhook_runtime::{Value, phrases};
use schemars::JsonSchema;
use serde::Deserialize;

/// The type of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Expects {
    /// Any words.
    #[default]
    String,
    /// Digits only, kept as text, such as a card number.
    Digits,
    /// A whole number.
    Int,
    /// A number, exact to the last digit.
    Decimal,
    /// Yes or no.
    Bool,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A day with a time.
    DateTime,
    /// A length of time.
    Duration,
    /// An amount of money.
    Money,
    /// A telephone number.
    Phone,
    /// An e-mail address.
    Email,
}

/// What helps to understand an answer besides its words.
pub(crate) struct Setting<'a> {
    /// The locale of the person.
    pub(crate) locale: &'a str,
    /// The moment, in Unix milliseconds: two-digit years depend on it.
    pub(crate) now_ms: i64,
    /// Where a day and time without an offset are.
    pub(crate) zone: &'a TimeZone,
}

impl Setting<'_> {
    fn language(&self) -> &str {
        self.locale.split(['-', '_']).next().unwrap_or_default()
    }

    fn region(&self) -> &str {
        self.locale.split(['-', '_']).nth(1).unwrap_or_default()
    }
}

impl Expects {
    /// The word in the document.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Expects::String => "string",
            Expects::Digits => "digits",
            Expects::Int => "int",
            Expects::Decimal => "decimal",
            Expects::Bool => "bool",
            Expects::Date => "date",
            Expects::Time => "time",
            Expects::DateTime => "datetime",
            Expects::Duration => "duration",
            Expects::Money => "money",
            Expects::Phone => "phone",
            Expects::Email => "email",
        }
    }

    /// The type of the value.
    pub(crate) fn kind(self) -> VarType {
        match self {
            Expects::String | Expects::Digits => VarType::String,
            Expects::Int => VarType::Int,
            Expects::Decimal => VarType::Decimal,
            Expects::Bool => VarType::Bool,
            Expects::Date => VarType::Date,
            Expects::Time => VarType::Time,
            Expects::DateTime => VarType::DateTime,
            Expects::Duration => VarType::Duration,
            Expects::Money => VarType::Money,
            Expects::Phone => VarType::Phone,
            Expects::Email => VarType::Email,
        }
    }

    /// Whether it is a number that can be compared with `min` and `max`.
    pub(crate) fn is_number(self) -> bool {
        matches!(self, Expects::Int | Expects::Decimal | Expects::Money)
    }

    /// The most keys that an answer has by its nature: `None` where only the author can say, 0 where keys are no
    /// answer.
    pub(crate) fn most_keys(self) -> Option<u32> {
        match self {
            Expects::String | Expects::Digits => None,
            Expects::Int => Some(18),
            Expects::Decimal | Expects::Money => Some(20),
            Expects::Bool => Some(1),
            Expects::Date => Some(8),
            Expects::Time => Some(4),
            Expects::DateTime => Some(12),
            Expects::Duration => Some(5),
            Expects::Phone => Some(18),
            Expects::Email => Some(0),
        }
    }

    /// The value of words, said or written; `None` when they are no answer.
    pub(crate) fn of_words(self, words: &str, setting: &Setting<'_>) -> Option<Value> {
        let words = words.trim();
        match self {
            Expects::String => Some(Value::text(words)),
            Expects::Digits => spoken::digits(words, setting.language()).map(Value::from),
            Expects::Int => amounts::int(words, setting).map(Value::Int),
            Expects::Decimal => amounts::decimal(words, setting).map(Value::Decimal),
            Expects::Money => amounts::money(words, setting).map(Value::Decimal),
            Expects::Bool => match words {
                "1" | "true" => Some(Value::Bool(true)),
                "2" | "false" => Some(Value::Bool(false)),
                _ => phrases::yes_or_no(words, setting.locale).map(Value::Bool),
            },
            Expects::Date => days::date(words, setting).map(|date| date.to_string().into()),
            Expects::Time => days::time(words).map(days::time_text),
            Expects::DateTime => days::moment(words, setting).map(Value::from),
            Expects::Duration => spans::duration(words).map(Value::from),
            Expects::Phone => reach::phone(words, setting.language()).map(Value::from),
            Expects::Email => reach::email(words, setting.language()).map(Value::from),
        }
    }

    /// The value of a complete entry on the keypad. `*` is the decimal point.
    pub(crate) fn of_keys(self, keys: &str, setting: &Setting<'_>) -> Option<Value> {
        let digits = || keys.bytes().all(|key| key.is_ascii_digit());
        match self {
            Expects::String => Some(Value::text(keys)),
            Expects::Digits => digits().then(|| Value::text(keys)),
            Expects::Int => keys.parse().ok().filter(|_| digits()).map(Value::Int),
            Expects::Decimal | Expects::Money => amounts::keyed(keys).map(Value::Decimal),
            Expects::Bool => match keys {
                "1" => Some(Value::Bool(true)),
                "2" => Some(Value::Bool(false)),
                _ => None,
            },
            Expects::Date => days::keyed_date(keys, setting).map(|date| date.to_string().into()),
            Expects::Time => days::keyed_time(keys).map(days::time_text),
            Expects::DateTime => days::keyed_moment(keys, setting).map(Value::from),
            Expects::Duration => {
                keys.parse::<u64>().ok().filter(|_| digits()).map(|minutes| spans::text(minutes * 60_000).into())
            }
            Expects::Phone => digits().then(|| Value::text(keys)),
            Expects::Email => None,
        }
    }

    /// The value of a pressed button.
    pub(crate) fn of_button(self, id: &str, setting: &Setting<'_>) -> Option<Value> {
        match (self, id) {
            (Expects::Bool, "yes") => Some(Value::Bool(true)),
            (Expects::Bool, "no") => Some(Value::Bool(false)),
            _ if id.trim().is_empty() => None,
            _ => self.of_words(id, setting),
        }
    }
}

/// The words on the buttons for yes and no.
pub(crate) fn yes_no_labels(locale: &str) -> (&'static str, &'static str) {
    match locale.split(['-', '_']).next().unwrap_or_default() {
        "es" => ("Sí", "No"),
        "de" => ("Ja", "Nein"),
        "fr" => ("Oui", "Non"),
        "pt" => ("Sim", "Não"),
        "it" => ("Sì", "No"),
        "ar" => ("نعم", "لا"),
        "he" => ("כן", "לא"),
        _ => ("Yes", "No"),
    }
}

/// An answer as a confirmation repeats it: a number that is read digit by digit stands apart where it is heard.
pub(crate) fn echo(value: &Value, expects: Expects, spoken: bool, locale: &str) -> String {
    match (value, expects) {
        (Value::Bool(yes), _) => {
            let (yes_label, no_label) = yes_no_labels(locale);
            if *yes { yes_label } else { no_label }.to_owned()
        }
        (Value::Text(digits), Expects::Digits | Expects::Phone) if spoken => {
            let mut apart = String::with_capacity(digits.len() * 2);
            for digit in digits.chars() {
                if !apart.is_empty() {
                    apart.push(' ');
                }
                apart.push(digit);
            }
            apart
        }
        (value, _) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23T09:00:00Z.
    const NOW_MS: i64 = 1_795_424_400_000;

    fn said(expects: Expects, words: &str, locale: &str) -> String {
        let zone = TimeZone::get("America/New_York").expect("the zone is bundled");
        let setting = Setting { locale, now_ms: NOW_MS, zone: &zone };
        expects.of_words(words, &setting).map_or("-".into(), |value| value.to_string())
    }

    fn keyed(expects: Expects, keys: &str, locale: &str) -> String {
        let zone = TimeZone::UTC;
        let setting = Setting { locale, now_ms: NOW_MS, zone: &zone };
        expects.of_keys(keys, &setting).map_or("-".into(), |value| value.to_string())
    }

    #[test]
    fn words_become_values_by_locale() {
        for (expects, words, locale, value) in [
            (Expects::String, "  Ann Lee ", "en-US", "Ann Lee"),
            (Expects::Digits, "12 34-56", "en-US", "123456"),
            (Expects::Digits, "my pin is 1234.", "en-US", "1234"),
            (Expects::Digits, "one two oh four", "en-US", "1204"),
            (Expects::Digits, "eins zwo drei", "de-DE", "123"),
            (Expects::Digits, "1 or 2", "en-US", "-"),
            (Expects::Digits, "none", "en-US", "-"),
            (Expects::Int, "12", "en-US", "12"),
            (Expects::Int, "1,200", "en-US", "1200"),
            (Expects::Int, "1.200", "de-DE", "1200"),
            (Expects::Int, "three please", "en-US", "3"),
            (Expects::Int, "3 or 4", "en-US", "-"),
            (Expects::Int, "twenty-one", "en-US", "-"),
            (Expects::Int, "a hundred and one", "en-US", "-"),
            (Expects::Int, "treinta y uno", "es-ES", "-"),
            (Expects::Int, "eins vierzig", "de-DE", "-"),
            (Expects::Int, "quatre-vingt-un", "fr-FR", "-"),
            (Expects::Digits, "double five", "en-US", "-"),
            (Expects::Int, "-7", "en-US", "-7"),
            (Expects::Int, "12.5", "en-US", "-"),
            (Expects::Int, "room A12", "en-US", "-"),
            (Expects::Decimal, "12.50", "en-US", "12.50"),
            (Expects::Decimal, "12,50", "de-DE", "12.50"),
            (Expects::Decimal, "12.50", "de-DE", "12.50"),
            (Expects::Decimal, "1.234.567,89", "es-ES", "1234567.89"),
            (Expects::Decimal, "1,234.5", "es-MX", "1234.5"),
            (Expects::Decimal, "1 234,5", "fr-FR", "1234.5"),
            (Expects::Decimal, "1 2", "fr-FR", "-"),
            (Expects::Decimal, "1.2.3", "en-US", "-"),
            (Expects::Money, "$12.50", "en-US", "12.50"),
            (Expects::Money, "12,50 €", "de-DE", "12.50"),
            (Expects::Money, "EUR 1.200", "es-ES", "1200"),
            (Expects::Money, "it is 20 dollars", "en-US", "20"),
            (Expects::Bool, "yes please", "en-US", "true"),
            (Expects::Bool, "nein", "de-DE", "false"),
            (Expects::Bool, "2", "en-US", "false"),
            (Expects::Bool, "maybe", "en-US", "-"),
            (Expects::Date, "2026-12-24", "en-US", "2026-12-24"),
            (Expects::Date, "24.12.2026", "de-DE", "2026-12-24"),
            (Expects::Date, "12/24/2026", "en-US", "2026-12-24"),
            (Expects::Date, "24/12/2026", "en-GB", "2026-12-24"),
            (Expects::Date, "24/12/2026", "en-US", "-"),
            (Expects::Date, "24.12.2026", "en-US", "2026-12-24"),
            (Expects::Date, "December 24th, 2026", "en-US", "2026-12-24"),
            (Expects::Date, "el 24 de diciembre de 2026", "es-ES", "2026-12-24"),
            (Expects::Date, "1er mars 2027", "fr-FR", "2027-03-01"),
            (Expects::Date, "3/5/85", "en-US", "1985-03-05"),
            (Expects::Date, "3/5/30", "en-US", "2030-03-05"),
            (Expects::Date, "2026-02-30", "en-US", "-"),
            (Expects::Date, "tomorrow", "en-US", "-"),
            (Expects::Time, "14:30", "en-US", "14:30"),
            (Expects::Time, "9:05:07", "en-US", "09:05:07"),
            (Expects::Time, "2:30 pm", "en-US", "14:30"),
            (Expects::Time, "12 a.m.", "en-US", "00:00"),
            (Expects::Time, "at 9am", "en-US", "09:00"),
            (Expects::Time, "14h30", "fr-FR", "14:30"),
            (Expects::Time, "um 14 Uhr 30", "de-DE", "14:30"),
            (Expects::Time, "14 Uhr", "de-DE", "14:00"),
            (Expects::Time, "14.30", "de-DE", "14:30"),
            (Expects::Time, "1430", "en-US", "14:30"),
            (Expects::Time, "9", "en-US", "-"),
            (Expects::Time, "25:00", "en-US", "-"),
            (Expects::Time, "13 pm", "en-US", "-"),
            (Expects::DateTime, "2026-12-24T14:30:00Z", "en-US", "2026-12-24T14:30:00Z"),
            (Expects::DateTime, "12/24/2026 2:30 pm", "en-US", "2026-12-24T14:30:00-05:00"),
            (Expects::DateTime, "24.12.2026 um 14:30", "de-DE", "2026-12-24T14:30:00-05:00"),
            (Expects::DateTime, "12/24/2026", "en-US", "-"),
            (Expects::Duration, "1h30m", "en-US", "1h30m"),
            (Expects::Duration, "90 minutes", "en-US", "1h30m"),
            (Expects::Duration, "2 horas y 5 minutos", "es-ES", "2h5m"),
            (Expects::Duration, "an hour", "en-US", "-"),
            (Expects::Phone, "+1 (555) 123-0001", "en-US", "+15551230001"),
            (Expects::Phone, "0049 30 1234567", "de-DE", "+49301234567"),
            (Expects::Phone, "my number is 555 1230", "en-US", "5551230"),
            (Expects::Phone, "five five five one two", "en-US", "55512"),
            (Expects::Phone, "call me", "en-US", "-"),
            (Expects::Email, "Ann@Example.com", "en-US", "Ann@Example.com"),
            (Expects::Email, "ann dot lee at example dot com", "en-US", "ann.lee@example.com"),
            (Expects::Email, "ann arroba example punto com", "es-ES", "ann@example.com"),
            (Expects::Email, "it is ann@example.com.", "en-US", "ann@example.com"),
            (Expects::Email, "ann", "en-US", "-"),
        ] {
            assert_eq!(said(expects, words, locale), value, "{expects:?} {words:?} {locale}");
        }
    }

    #[test]
    fn keys_become_values() {
        for (expects, keys, locale, value) in [
            (Expects::String, "12*", "en-US", "12*"),
            (Expects::Digits, "0012", "en-US", "0012"),
            (Expects::Digits, "12*", "en-US", "-"),
            (Expects::Int, "0012", "en-US", "12"),
            (Expects::Decimal, "12*50", "en-US", "12.50"),
            (Expects::Money, "7", "en-US", "7"),
            (Expects::Money, "7**5", "en-US", "-"),
            (Expects::Money, "*", "en-US", "-"),
            (Expects::Bool, "1", "en-US", "true"),
            (Expects::Bool, "3", "en-US", "-"),
            (Expects::Date, "24122026", "de-DE", "2026-12-24"),
            (Expects::Date, "12242026", "en-US", "2026-12-24"),
            (Expects::Date, "24122026", "en-US", "-"),
            (Expects::Date, "2412", "de-DE", "-"),
            (Expects::Time, "0930", "en-US", "09:30"),
            (Expects::Time, "930", "en-US", "09:30"),
            (Expects::Time, "2460", "en-US", "-"),
            (Expects::DateTime, "241220261430", "de-DE", "2026-12-24T14:30:00Z"),
            (Expects::Duration, "90", "en-US", "1h30m"),
            (Expects::Phone, "5551230", "en-US", "5551230"),
            (Expects::Phone, "555*", "en-US", "-"),
            (Expects::Email, "1", "en-US", "-"),
        ] {
            assert_eq!(keyed(expects, keys, locale), value, "{expects:?} {keys:?} {locale}");
        }
    }

    #[test]
    fn buttons_are_words_and_yes_is_yes_in_every_language() {
        let zone = TimeZone::UTC;
        let setting = Setting { locale: "de-DE", now_ms: NOW_MS, zone: &zone };
        assert_eq!(Expects::Bool.of_button("yes", &setting), Some(Value::Bool(true)));
        assert_eq!(Expects::String.of_button("large", &setting), Some("large".into()));
        assert_eq!(Expects::Int.of_button("4", &setting), Some(Value::Int(4)));
        assert_eq!(Expects::Int.of_button(" ", &setting), None);
    }
}
