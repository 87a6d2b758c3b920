//! What is said and written, by table.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

use super::*;
use serde_json::json;

/// As what, the locale, the value, how it is spoken, how it is written.
type Case = (SpeakAs, &'static str, serde_json::Value, &'static str, &'static str);

fn check(cases: &[Case]) {
    for (as_, locale, value, spoken, written) in cases {
        let of = Value::from_json(value);
        assert_eq!(speak(&of, *as_, locale, true, Some("EUR")), *spoken, "{as_:?} {locale} {value} spoken");
        let shown = speak(&of, *as_, locale, false, Some("EUR")).replace(['\u{a0}', '\u{202f}'], "_");
        assert_eq!(shown, *written, "{as_:?} {locale} {value} written");
    }
}

#[test]
fn money() {
    use SpeakAs::Money as M;
    check(&[
        (M, "en-US", json!("12.50 USD"), "twelve dollars and fifty cents", "$12.50"),
        (M, "en-US", json!("USD 1"), "one dollar", "$1.00"),
        (M, "en-US", json!("0.01 USD"), "one cent", "$0.01"),
        (M, "en-US", json!("0 USD"), "zero dollars", "$0.00"),
        (
            M,
            "en-GB",
            json!("-1234.5 GBP"),
            "minus one thousand two hundred thirty-four pounds and fifty pence",
            "-£1,234.50",
        ),
        (M, "en-US", json!({ "amount": 3, "currency": "jpy" }), "three yen", "¥3"),
        (M, "en-US", json!(2.345), "two euros and thirty-five cents", "€2.35"),
        (M, "es-ES", json!(12.5), "doce euros con cincuenta céntimos", "12,50_€"),
        (M, "es-ES", json!(21), "veintiún euros", "21,00_€"),
        (M, "es-ES", json!("201 GBP"), "doscientas una libras", "201,00_£"),
        (M, "es-ES", json!(2_000_000), "dos millones de euros", "2.000.000,00_€"),
        (M, "es-ES", json!(1234), "mil doscientos treinta y cuatro euros", "1234,00_€"),
        (M, "es-MX", json!("1234.5 MXN"), "mil doscientos treinta y cuatro pesos con cincuenta centavos", "$1,234.50"),
        (M, "de-DE", json!(1234.5), "1.234,50\u{a0}€", "1.234,50_€"),
        (M, "fr-FR", json!(1234.5), "1\u{202f}234,50\u{a0}€", "1_234,50_€"),
        (M, "pt-BR", json!("5 BRL"), "R$\u{a0}5,00", "R$_5,00"),
        (M, "en-US", json!("5 XTS"), "five XTS", "5.00 XTS"),
        (M, "en-US", json!("much"), "much", "much"),
        (M, "en-US", json!(null), "", ""),
    ]);
    assert_eq!(speak(&Value::Int(5), SpeakAs::Money, "en", false, None), "5.00");
    assert_eq!(speak(&Value::Int(5), SpeakAs::Money, "en", true, None), "five");
}

#[test]
fn numbers() {
    use SpeakAs::Number as N;
    check(&[
        (N, "en-US", json!(0), "zero", "0"),
        (
            N,
            "en-US",
            json!(1_234_567),
            "one million two hundred thirty-four thousand five hundred sixty-seven",
            "1,234,567",
        ),
        (N, "en-US", json!("-40.05"), "minus forty point zero five", "-40.05"),
        (N, "en-US", json!("2.50"), "two point five", "2.50"),
        (N, "es-ES", json!(16), "dieciséis", "16"),
        (N, "es-ES", json!(100), "cien", "100"),
        (N, "es-ES", json!(101), "ciento uno", "101"),
        (N, "es-ES", json!(21_021), "veintiún mil veintiuno", "21.021"),
        (N, "es-ES", json!(1_000_001), "un millón uno", "1.000.001"),
        (N, "es-ES", json!("3.14"), "tres coma uno cuatro", "3,14"),
        (N, "es-MX", json!("3.14"), "tres punto uno cuatro", "3.14"),
        (N, "de", json!(12345), "12345", "12.345"),
        (N, "xx", json!(12345), "12345", "12345"),
        (N, "en", json!(9_999_999_999_999_i64), "9999999999999", "9,999,999,999,999"),
        (N, "en", json!("many"), "many", "many"),
    ]);
}

#[test]
fn ordinals() {
    use SpeakAs::Ordinal as O;
    check(&[
        (O, "en", json!(1), "first", "1st"),
        (O, "en", json!(12), "twelfth", "12th"),
        (O, "en", json!(20), "twentieth", "20th"),
        (O, "en", json!(42), "forty-second", "42nd"),
        (O, "en", json!(113), "one hundred thirteenth", "113th"),
        (O, "en", json!(1000), "one thousandth", "1000th"),
        (O, "es", json!(3), "tercero", "3.º"),
        (O, "es", json!(21), "vigésimo primero", "21.º"),
        (O, "es", json!(150), "ciento cincuenta", "150.º"),
        (O, "de", json!(3), "3.", "3."),
        (O, "en", json!(0), "0", "0"),
        (O, "en", json!("1.5"), "1.5", "1.5"),
    ]);
}

#[test]
fn dates_and_times() {
    use SpeakAs::{Date as D, Time as T};
    check(&[
        (D, "en-US", json!("2026-03-03"), "March 3rd, 2026", "March 3, 2026"),
        (D, "en-US", json!("2026-12-11T09:00:00Z"), "December 11th, 2026", "December 11, 2026"),
        (D, "en-GB", json!("2026-03-22"), "the 22nd of March 2026", "22 March 2026"),
        (D, "es-ES", json!("2026-03-03"), "3 de marzo de 2026", "3 de marzo de 2026"),
        (D, "fr-FR", json!("2026-03-03"), "2026-03-03", "2026-03-03"),
        (D, "en-US", json!("tomorrow"), "tomorrow", "tomorrow"),
        (D, "en-US", json!("2026-02-30"), "2026-02-30", "2026-02-30"),
        (T, "en-US", json!("14:30"), "2:30 p.m.", "2:30 PM"),
        (T, "en-US", json!("00:00:00"), "12 a.m.", "12:00 AM"),
        (T, "en-US", json!("2026-03-03T09:05:00+01:00"), "9:05 a.m.", "9:05 AM"),
        (T, "en-GB", json!("14:30"), "14:30", "14:30"),
        (T, "es-ES", json!("2026-03-03T09:05:00Z"), "09:05", "09:05"),
        (T, "es-ES", json!("25:00"), "25:00", "25:00"),
        (T, "es-ES", json!("ñandú ñandú"), "ñandú ñandú", "ñandú ñandú"),
    ]);
}

#[test]
fn digits_and_telephone_numbers() {
    use SpeakAs::{Digits as G, Phone as P, Text as X};
    check(&[
        (G, "en", json!(1234), "1 2 3 4", "1234"),
        (G, "en", json!("AB-12"), "A B 1 2", "AB-12"),
        (P, "en-US", json!("+15551230001"), "plus 1, 5 5 5, 1 2 3, 0 0 0 1", "+1 555 123 0001"),
        (P, "es-ES", json!("+34600123456"), "más 3 4, 6 0 0, 1 2 3, 4 5 6", "+34 600 123 456"),
        (P, "pt-PT", json!("+351 912 345 678"), "+3 5 1, 9 1 2, 3 4 5, 6 7 8", "+351 912 345 678"),
        (P, "en", json!("5551234"), "5 5 5, 1 2 3 4", "555 1234"),
        (P, "en", json!("112"), "1 1 2", "112"),
        (P, "en", json!("anonymous"), "a n o n y m o u s", "anonymous"),
        (X, "en", json!([1, "a"]), "[1,\"a\"]", "[1,\"a\"]"),
    ]);
    for word in ["money", "digits", "date", "time", "ordinal", "phone", "number", "text"] {
        let as_: SpeakAs = word.parse().unwrap();
        assert_eq!(serde_json::to_value(as_).unwrap(), json!(word));
    }
    assert!("shout".parse::<SpeakAs>().is_err());
}
