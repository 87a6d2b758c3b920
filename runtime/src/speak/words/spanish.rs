//! Spanish numbers in words.

use super::Gender;

const SMALL: [&str; 30] = [
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
const TENS: [&str; 10] = ["", "", "", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"];
const HUNDREDS: [&str; 10] = [
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

/// A whole number below a million millions.
pub(super) fn cardinal(number: u64, gender: Gender) -> String {
    let joined = |head: String, rest: u64| match rest {
        0 => head,
        rest => format!("{head} {}", cardinal(rest, gender)),
    };
    match (number, gender) {
        (1, Gender::Masculine) => "un".into(),
        (1, Gender::Feminine) => "una".into(),
        (21, Gender::Masculine) => "veintiún".into(),
        (21, Gender::Feminine) => "veintiuna".into(),
        (0..30, _) => SMALL[number as usize].into(),
        (30..100, _) => match number % 10 {
            0 => TENS[number as usize / 10].into(),
            ones => format!("{} y {}", TENS[number as usize / 10], cardinal(ones, gender)),
        },
        (100, _) => "cien".into(),
        (101..1000, _) => {
            let hundreds = HUNDREDS[number as usize / 100];
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
                    format!("{} mil", cardinal(thousands, gender))
                }
            };
            joined(head, number % 1000)
        }
        _ => {
            let head = match number / 1_000_000 {
                1 => "un millón".to_owned(),
                millions => format!("{} millones", cardinal(millions, Gender::Masculine)),
            };
            joined(head, number % 1_000_000)
        }
    }
}

const ORDINALS: [&str; 20] = [
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
const TENTHS: [&str; 10] = [
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

/// A position in the masculine. Beyond a hundred nobody says it, but the number.
pub(super) fn ordinal(number: u64) -> String {
    match number {
        0..20 => ORDINALS[number as usize].into(),
        20..100 => match number % 10 {
            0 => TENTHS[number as usize / 10].into(),
            ones => format!("{} {}", TENTHS[number as usize / 10], ORDINALS[ones as usize]),
        },
        _ => cardinal(number, Gender::Alone),
    }
}
