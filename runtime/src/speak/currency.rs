//! Money. Amounts are exact; what is below the smallest unit of the currency is rounded, halves away from zero.

use super::number::{Gender, Language, Style, count, in_digits, in_words};
use super::number_of;
use crate::value::Value;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

struct Currency {
    code: &'static str,
    sign: &'static str,
    /// Decimal places of the smallest unit (ISO 4217).
    places: u32,
    /// One, and several: the unit, then its hundredth, in English.
    english: [&'static str; 4],
    /// The same in Spanish.
    spanish: [&'static str; 4],
    gender: Gender,
}

const fn currency(
    code: &'static str,
    sign: &'static str,
    places: u32,
    english: [&'static str; 4],
    spanish: [&'static str; 4],
) -> Currency {
    Currency { code, sign, places, english, spanish, gender: Gender::Masculine }
}

const fn feminine(mut currency: Currency) -> Currency {
    currency.gender = Gender::Feminine;
    currency
}

#[rustfmt::skip]
const CURRENCIES: &[Currency] = &[
    currency("USD", "$", 2, ["dollar", "dollars", "cent", "cents"], ["dólar", "dólares", "centavo", "centavos"]),
    currency("EUR", "€", 2, ["euro", "euros", "cent", "cents"], ["euro", "euros", "céntimo", "céntimos"]),
    feminine(currency("GBP", "£", 2, ["pound", "pounds", "penny", "pence"], ["libra", "libras", "penique", "peniques"])),
    currency("CAD", "CA$", 2, ["Canadian dollar", "Canadian dollars", "cent", "cents"], ["dólar canadiense", "dólares canadienses", "centavo", "centavos"]),
    currency("AUD", "A$", 2, ["Australian dollar", "Australian dollars", "cent", "cents"], ["dólar australiano", "dólares australianos", "centavo", "centavos"]),
    currency("CHF", "CHF", 2, ["Swiss franc", "Swiss francs", "centime", "centimes"], ["franco suizo", "francos suizos", "céntimo", "céntimos"]),
    currency("JPY", "¥", 0, ["yen", "yen", "", ""], ["yen", "yenes", "", ""]),
    currency("CNY", "CN¥", 2, ["yuan", "yuan", "fen", "fen"], ["yuan", "yuanes", "fen", "fenes"]),
    feminine(currency("INR", "₹", 2, ["rupee", "rupees", "paisa", "paise"], ["rupia", "rupias", "paisa", "paisas"])),
    currency("BRL", "R$", 2, ["real", "reais", "centavo", "centavos"], ["real", "reales", "centavo", "centavos"]),
    currency("MXN", "MX$", 2, ["Mexican peso", "Mexican pesos", "centavo", "centavos"], ["peso", "pesos", "centavo", "centavos"]),
    currency("ARS", "ARS", 2, ["Argentine peso", "Argentine pesos", "centavo", "centavos"], ["peso", "pesos", "centavo", "centavos"]),
    currency("CLP", "CLP", 0, ["Chilean peso", "Chilean pesos", "", ""], ["peso", "pesos", "", ""]),
    currency("COP", "COP", 2, ["Colombian peso", "Colombian pesos", "centavo", "centavos"], ["peso", "pesos", "centavo", "centavos"]),
    currency("PEN", "S/", 2, ["sol", "soles", "céntimo", "céntimos"], ["sol", "soles", "céntimo", "céntimos"]),
];

/// The places of an amount in a currency that is not in the table.
const USUAL_PLACES: u32 = 2;

/// An amount in words or digits; nothing where the value is no amount.
pub(super) fn money(value: &Value, style: &Style, spoken: bool, fallback: Option<&str>) -> Option<String> {
    let (amount, code) = amount(value)?;
    let code = code.or_else(|| fallback.map(str::to_owned)).map(|code| code.to_ascii_uppercase());
    let known = code.as_deref().and_then(|code| CURRENCIES.iter().find(|currency| currency.code == code));
    let places = known.map_or(USUAL_PLACES, |currency| currency.places);
    let mut amount = amount.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
    amount.rescale(places);
    match (known, code) {
        (Some(currency), _) if spoken && style.language != Language::Other => Some(words(amount, currency, style)),
        (None, None) if spoken => Some(in_words(amount, style)),
        (None, Some(code)) if spoken => Some(format!("{} {code}", in_words(amount, style))),
        (Some(currency), _) => Some(written(amount, sign(currency, style), style)),
        (None, Some(code)) => Some(format!("{} {code}", in_digits(amount, style))),
        (None, None) => Some(in_digits(amount, style)),
    }
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

/// The sign as the locale writes it: a Mexican reads `$` as pesos.
fn sign(currency: &Currency, style: &Style) -> &'static str {
    match (currency.code, style.language, style.point) {
        ("MXN", Language::Spanish, ".") => "$",
        _ => currency.sign,
    }
}

fn written(amount: Decimal, sign: &str, style: &Style) -> String {
    let minus = if amount.is_sign_negative() && !amount.is_zero() { "-" } else { "" };
    let digits = in_digits(amount.abs(), style);
    // A sign made of letters needs a space wherever it stands.
    let spaced = style.sign_spaced || sign.ends_with(|char: char| char.is_alphabetic());
    match (style.sign_first, spaced) {
        (true, false) => format!("{minus}{sign}{digits}"),
        (true, true) => format!("{minus}{sign}\u{a0}{digits}"),
        (false, _) => format!("{minus}{digits}\u{a0}{sign}"),
    }
}

fn words(amount: Decimal, currency: &Currency, style: &Style) -> String {
    let spanish = style.language == Language::Spanish;
    let names = if spanish { &currency.spanish } else { &currency.english };
    let positive = amount.abs();
    let Some(units) = positive.trunc().to_u64() else { return written(amount, currency.sign, style) };
    let parts = (positive.fract() * Decimal::from(10_u32.pow(currency.places))).to_u64().unwrap_or_default();
    let mut out = String::new();
    if amount.is_sign_negative() && !amount.is_zero() {
        out.push_str(if spanish { "menos " } else { "minus " });
    }
    if units > 0 || parts == 0 {
        out.push_str(&count(units, style.language, currency.gender));
        // Spanish: un millón de euros.
        out.push_str(if spanish && units > 0 && units % 1_000_000 == 0 { " de " } else { " " });
        out.push_str(names[usize::from(units != 1)]);
        if parts > 0 {
            out.push_str(if spanish { " con " } else { " and " });
        }
    }
    if parts > 0 {
        out.push_str(&count(parts, style.language, Gender::Masculine));
        out.push(' ');
        out.push_str(names[2 + usize::from(parts != 1)]);
    }
    out
}
