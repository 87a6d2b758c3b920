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
        (M, "de-DE", json!(1234.5), "1.234,50 Euro", "1.234,50_€"),
        (M, "fr-FR", json!(1234.5), "1\u{202f}234,50 euros", "1_234,50_€"),
        (M, "pt-BR", json!("5 BRL"), "5,00 Reais brasileiros", "R$_5,00"),
        (M, "ar-EG", json!("5 EGP"), "٥٫٠٠ جنيهات مصرية", "\u{200f}٥٫٠٠_ج.م.\u{200f}"),
        (M, "en-US", json!("1.2345 KWD"), "1.235 Kuwaiti dinars", "KWD_1.235"),
        (M, "ja-JP", json!(1234.5), "1,234.50 ユーロ", "€1,234.50"),
        (M, "en-US", json!("5 XTS"), "5.00 Testing Currency units", "XTS_5.00"),
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
        (N, "de", json!(12345), "zwölftausenddreihundertfünfundvierzig", "12.345"),
        (N, "ar-EG", json!(12345), "12345", "١٢٬٣٤٥"),
        (N, "hi", json!(1234567), "1234567", "12,34,567"),
        (N, "xx", json!(12345), "12345", "12,345"),
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
        (O, "de", json!(3), "dritte", "3."),
        (O, "da", json!(3), "3.", "3."),
        (O, "zh-CN", json!(3), "第3", "第3"),
        (O, "fr", json!(1), "premier", "1er"),
        (O, "fr", json!(21), "vingt et unième", "21e"),
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
        (D, "fr-FR", json!("2026-03-03"), "3 mars 2026", "3 mars 2026"),
        (D, "ar-EG", json!("2026-03-03"), "٣ مارس ٢٠٢٦", "٣ مارس ٢٠٢٦"),
        (D, "ja", json!("2026-03-03"), "2026年3月3日", "2026年3月3日"),
        (D, "en-US", json!("tomorrow"), "tomorrow", "tomorrow"),
        (D, "en-US", json!("2026-02-30"), "2026-02-30", "2026-02-30"),
        (T, "en-US", json!("14:30"), "2:30 p.m.", "2:30 PM"),
        (T, "en-US", json!("00:00:00"), "12 a.m.", "12:00 AM"),
        (T, "en-US", json!("2026-03-03T09:05:00+01:00"), "9:05 a.m.", "9:05 AM"),
        (T, "en-GB", json!("14:30"), "14:30", "14:30"),
        (T, "es-ES", json!("2026-03-03T09:05:00Z"), "09:05", "09:05"),
        (T, "de", json!("09:05"), "09:05", "09:05"),
        (T, "ar-EG", json!("14:30"), "٢:٣٠ م", "٢:٣٠ م"),
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
        (P, "pt-PT", json!("+351 912 345 678"), "mais 3 5 1, 9 1 2, 3 4 5, 6 7 8", "+351 912 345 678"),
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

/// Every language by a table of numbers, each of which shows a rule of its own.
#[test]
fn numbers_in_words_by_language() {
    let said = |locale: &str, number: i64| speak(&Value::Int(number), SpeakAs::Number, locale, true, None);
    let tables: &[(&str, &[(i64, &str)])] = &[
        (
            "de-DE",
            &[
                (0, "null"),
                (1, "eins"),
                (16, "sechzehn"),
                (21, "einundzwanzig"),
                (30, "dreißig"),
                (77, "siebenundsiebzig"),
                (100, "einhundert"),
                (101, "einhunderteins"),
                (1000, "eintausend"),
                (2345, "zweitausenddreihundertfünfundvierzig"),
                (101_000, "einhunderteintausend"),
                (1_000_001, "eine Million eins"),
                (2_000_000, "zwei Millionen"),
                (3_001_000_000, "drei Milliarden eine Million"),
            ],
        ),
        (
            "fr-FR",
            &[
                (0, "zéro"),
                (21, "vingt et un"),
                (22, "vingt-deux"),
                (70, "soixante-dix"),
                (71, "soixante et onze"),
                (80, "quatre-vingts"),
                (81, "quatre-vingt-un"),
                (91, "quatre-vingt-onze"),
                (99, "quatre-vingt-dix-neuf"),
                (100, "cent"),
                (101, "cent un"),
                (200, "deux cents"),
                (201, "deux cent un"),
                (1000, "mille"),
                (2000, "deux mille"),
                (80_000, "quatre-vingt mille"),
                (200_000, "deux cent mille"),
                (200_000_000, "deux cents millions"),
                (1_000_080, "un million quatre-vingts"),
            ],
        ),
        ("fr-CH", &[(71, "septante et un"), (80, "huitante"), (99, "nonante-neuf")]),
        ("fr-BE", &[(71, "septante et un"), (80, "quatre-vingts"), (99, "nonante-neuf")]),
        (
            "it-IT",
            &[
                (3, "tre"),
                (18, "diciotto"),
                (21, "ventuno"),
                (23, "ventitré"),
                (28, "ventotto"),
                (100, "cento"),
                (103, "centotré"),
                (208, "duecentootto"),
                (1000, "mille"),
                (2021, "duemilaventuno"),
                (1_000_000, "un milione"),
                (2_000_003, "due milioni tre"),
            ],
        ),
        (
            "pt-BR",
            &[
                (16, "dezesseis"),
                (21, "vinte e um"),
                (100, "cem"),
                (101, "cento e um"),
                (1000, "mil"),
                (1100, "mil e cem"),
                (1234, "mil duzentos e trinta e quatro"),
                (2050, "dois mil e cinquenta"),
                (1_000_000, "um milhão"),
                (2_000_000_000, "dois bilhões"),
            ],
        ),
        ("pt-PT", &[(16, "dezasseis"), (19, "dezanove"), (2_000_000_000, "dois mil milhões")]),
    ];
    for (locale, numbers) in tables {
        for (number, words) in *numbers {
            assert_eq!(said(locale, *number), *words, "{locale} {number}");
        }
    }
    let decimal = |locale: &str| speak(&Value::text("-2.05"), SpeakAs::Number, locale, true, None);
    assert_eq!(decimal("de"), "minus zwei Komma null fünf");
    assert_eq!(decimal("fr"), "moins deux virgule zéro cinq");
    assert_eq!(decimal("it"), "meno due virgola zero cinque");
    assert_eq!(decimal("pt"), "menos dois vírgula zero cinco");
}

#[test]
fn positions_in_words_by_language() {
    let said = |locale: &str, number: i64| speak(&Value::Int(number), SpeakAs::Ordinal, locale, true, None);
    let tables: &[(&str, &[(i64, &str)])] = &[
        (
            "de",
            &[
                (1, "erste"),
                (7, "siebte"),
                (12, "zwölfte"),
                (20, "zwanzigste"),
                (21, "einundzwanzigste"),
                (101, "einhunderterste"),
                (100, "einhundertste"),
            ],
        ),
        (
            "fr",
            &[
                (2, "deuxième"),
                (5, "cinquième"),
                (9, "neuvième"),
                (80, "quatre-vingtième"),
                (200, "deux centième"),
                (1000, "millième"),
            ],
        ),
        (
            "it",
            &[
                (1, "primo"),
                (10, "decimo"),
                (11, "undicesimo"),
                (21, "ventunesimo"),
                (23, "ventitreesimo"),
                (26, "ventiseiesimo"),
                (16, "sedicesimo"),
                (100, "centesimo"),
                (1000, "millesimo"),
                (2000, "duemillesimo"),
            ],
        ),
        ("pt", &[(1, "primeiro"), (12, "décimo segundo"), (90, "nonagésimo"), (150, "150º")]),
    ];
    for (locale, numbers) in tables {
        for (number, words) in *numbers {
            assert_eq!(said(locale, *number), *words, "{locale} {number}");
        }
    }
}

/// CLDR's rules for counts and positions.
#[test]
fn plural_forms() {
    let of = |locale: &str, number: &str| cldr::plural(number.parse().unwrap(), false, locale);
    let position = |locale: &str, number: &str| cldr::plural(number.parse().unwrap(), true, locale);
    for (locale, number, form) in [
        ("en", "1", "one"),
        ("en", "1.0", "other"),
        ("en", "0", "other"),
        ("fr", "0", "one"),
        ("ar", "0", "zero"),
        ("ar", "2", "two"),
        ("ar", "5", "few"),
        ("ar", "11", "many"),
        ("ar", "100", "other"),
        ("ru", "21", "one"),
        ("ru", "22", "few"),
        ("ru", "25", "many"),
        ("he", "2", "two"),
        ("ja", "1", "other"),
        ("es", "1000000", "many"),
    ] {
        assert_eq!(of(locale, number), form, "{locale} {number}");
    }
    assert_eq!(
        ["1", "2", "3", "4", "11", "21"].map(|number| position("en", number)),
        ["one", "two", "few", "other", "other", "one"]
    );
    assert_eq!(position("it", "8"), "many");
}

#[test]
fn lists_and_lengths_of_dates() {
    use cldr::{Join, Length};
    let items: Vec<String> = ["a", "b", "c"].map(str::to_owned).into();
    assert_eq!(cldr::list(&items, Join::And, "en-GB"), "a, b and c");
    assert_eq!(cldr::list(&items, Join::Or, "de"), "a, b oder c");
    assert_eq!(
        cldr::list(&["padre".into(), "hija".into(), "e".into(), "Isabel".into()], Join::And, "es"),
        "padre, hija, e e Isabel"
    );
    assert_eq!(cldr::list(&[], Join::And, "es"), "");
    let day = "2026-03-03".parse().unwrap();
    let lengths = [Length::Short, Length::Medium, Length::Long, Length::Full];
    assert_eq!(
        lengths.map(|length| cldr::date(day, length, "en-US")),
        ["3/3/26", "Mar 3, 2026", "March 3, 2026", "Tuesday, March 3, 2026"]
    );
    assert_eq!(cldr::date(day, Length::Full, "de"), "Dienstag, 3. März 2026");
    assert!(is_right_to_left("ar-EG") && is_right_to_left("he") && is_right_to_left("pa-Arab-PK"));
    assert!(!is_right_to_left("en-US") && !is_right_to_left("az-Latn") && !is_right_to_left("???"));
    assert!(is_right_to_left("FA_ir") && is_right_to_left("az-arab") && !is_right_to_left("ar-latn-EG"));
    assert!(!is_right_to_left("en-x-arab") && !is_right_to_left(""));
}
