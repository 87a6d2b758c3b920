//! Money. Amounts are exact; what is below the smallest unit of the currency is rounded, halves away from zero.
//!
//! English and Spanish say the usual currencies in words with their smaller unit: two euros and fifty cents. Every other
//! currency and language is said by CLDR's name of it, with the number in digits.

use super::words::{self, Gender, Language, count};
use super::{cldr, number_of};
use crate::value::Value;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

struct Currency {
    code: &'static str,
    /// Decimal places of the smallest unit (ISO 4217).
    places: u32,
    /// One, and several: the unit, then its hundredth, in English.
    english: [&'static str; 4],
    /// The same in Spanish.
    spanish: [&'static str; 4],
    gender: Gender,
}

const fn currency(code: &'static str, places: u32, english: [&'static str; 4], spanish: [&'static str; 4]) -> Currency {
    Currency { code, places, english, spanish, gender: Gender::Masculine }
}

const fn feminine(mut currency: Currency) -> Currency {
    currency.gender = Gender::Feminine;
    currency
}

#[rustfmt::skip]
const CURRENCIES: &[Currency] = &[
    currency("USD", 2, ["dollar", "dollars", "cent", "cents"], ["dólar", "dólares", "centavo", "centavos"]),
    currency("EUR", 2, ["euro", "euros", "cent", "cents"], ["euro", "euros", "céntimo", "céntimos"]),
    feminine(currency("GBP", 2, ["pound", "pounds", "penny", "pence"], ["libra", "libras", "penique", "peniques"])),
    currency("CAD", 2, ["Canadian dollar", "Canadian dollars", "cent", "cents"], ["dólar canadiense", "dólares canadienses", "centavo", "centavos"]),
    currency("AUD", 2, ["Australian dollar", "Australian dollars", "cent", "cents"], ["dólar australiano", "dólares australianos", "centavo", "centavos"]),
    currency("CHF", 2, ["Swiss franc", "Swiss francs", "centime", "centimes"], ["franco suizo", "francos suizos", "céntimo", "céntimos"]),
    currency("JPY", 0, ["yen", "yen", "", ""], ["yen", "yenes", "", ""]),
    currency("CNY", 2, ["yuan", "yuan", "fen", "fen"], ["yuan", "yuanes", "fen", "fenes"]),
    feminine(currency("INR", 2, ["rupee", "rupees", "paisa", "paise"], ["rupia", "rupias", "paisa", "paisas"])),
    currency("BRL", 2, ["real", "reais", "centavo", "centavos"], ["real", "reales", "centavo", "centavos"]),
    currency("MXN", 2, ["Mexican peso", "Mexican pesos", "centavo", "centavos"], ["peso", "pesos", "centavo", "centavos"]),
    currency("ARS", 2, ["Argentine peso", "Argentine pesos", "centavo", "centavos"], ["peso", "pesos", "centavo", "centavos"]),
    currency("CLP", 0, ["Chilean peso", "Chilean pesos", "", ""], ["peso", "pesos", "", ""]),
    currency("COP", 2, ["Colombian peso", "Colombian pesos", "centavo", "centavos"], ["peso", "pesos", "centavo", "centavos"]),
    currency("PEN", 2, ["sol", "soles", "céntimo", "céntimos"], ["sol", "soles", "céntimo", "céntimos"]),
];

/// The places of an amount without a currency.
const USUAL_PLACES: u32 = 2;

/// An amount in words or digits; nothing where the value is no amount.
pub(super) fn money(value: &Value, locale: &str, spoken: bool, fallback: Option<&str>) -> Option<String> {
    let (amount, code) = amount(value)?;
    let code = code.or_else(|| fallback.map(str::to_owned)).map(|code| code.to_ascii_uppercase());
    let Some(code) = code else {
        let amount = rounded(amount, USUAL_PLACES);
        return Some(if spoken { words::number(amount, locale) } else { cldr::number(amount, locale) });
    };
    if !spoken {
        return Some(cldr::money(amount, &code, locale));
    }
    let language = Language::of(locale);
    let known = CURRENCIES.iter().find(|currency| currency.code == code);
    let said = known
        .filter(|_| matches!(language, Language::English | Language::Spanish))
        .and_then(|currency| in_words(rounded(amount, currency.places), currency, language));
    Some(said.unwrap_or_else(|| cldr::money_by_name(amount, &code, locale)))
}

fn rounded(amount: Decimal, places: u32) -> Decimal {
    let mut amount = amount.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
    amount.rescale(places);
    amount
}

/// The amount and the currency that a value names.
fn amount(value: &Value) -> Option<(Decimal, Option<String>)> {
    if let Value::Map(map) = value {
        let code = map.get("currency").and_then(Value::as_text).map(str::to_owned);
        return number_of(map.get("amount")?).map(|amount| (amount, code));
    }
    if let Some(amount) = number_of(value) {
        return Some((amount, None));
    }
    let (one, other) = value.as_text()?.trim().split_once(' ')?;
    let is_code = |text: &str| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let (number, code) = if is_code(other) { (one, other) } else { (other, one) };
    match is_code(code) {
        true => Some((number.trim().parse().ok()?, Some(code.to_owned()))),
        false => None,
    }
}

/// Units and smaller units in words; nothing where the amount is too great for them.
fn in_words(amount: Decimal, currency: &Currency, language: Language) -> Option<String> {
    let spanish = language == Language::Spanish;
    let names = if spanish { &currency.spanish } else { &currency.english };
    let positive = amount.abs();
    let units = positive.trunc().to_u64()?;
    let parts = (positive.fract() * Decimal::from(10_u32.pow(currency.places))).to_u64().unwrap_or_default();
    let mut out = String::new();
    if amount.is_sign_negative() && !amount.is_zero() {
        out.push_str(if spanish { "menos " } else { "minus " });
    }
    if units > 0 || parts == 0 {
        out.push_str(&count(units, language, currency.gender));
        // Spanish: un millón de euros.
        out.push_str(if spanish && units > 0 && units % 1_000_000 == 0 { " de " } else { " " });
        out.push_str(names[usize::from(units != 1)]);
        if parts > 0 {
            out.push_str(if spanish { " con " } else { " and " });
        }
    }
    if parts > 0 {
        out.push_str(&count(parts, language, Gender::Masculine));
        out.push(' ');
        out.push_str(names[2 + usize::from(parts != 1)]);
    }
    Some(out)
}
