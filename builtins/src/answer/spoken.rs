//! Digits that were said one by one.

/// The words of the digits 0 to 9 by language; several for one digit stand together.
const DIGITS: &[(&str, [&[&str]; 10])] = &[
    (
        "en",
        [
            &["zero", "oh", "o"],
            &["one"],
            &["two"],
            &["three"],
            &["four"],
            &["five"],
            &["six"],
            &["seven"],
            &["eight"],
            &["nine"],
        ],
    ),
    (
        "es",
        [
            &["cero"],
            &["uno", "una", "un"],
            &["dos"],
            &["tres"],
            &["cuatro"],
            &["cinco"],
            &["seis"],
            &["siete"],
            &["ocho"],
            &["nueve"],
        ],
    ),
    (
        "de",
        [
            &["null"],
            &["eins", "ein", "eine"],
            &["zwei", "zwo"],
            &["drei"],
            &["vier"],
            &["fünf"],
            &["sechs"],
            &["sieben"],
            &["acht"],
            &["neun"],
        ],
    ),
    (
        "fr",
        [
            &["zéro"],
            &["un", "une"],
            &["deux"],
            &["trois"],
            &["quatre"],
            &["cinq"],
            &["six"],
            &["sept"],
            &["huit"],
            &["neuf"],
        ],
    ),
    (
        "pt",
        [
            &["zero"],
            &["um", "uma"],
            &["dois", "duas"],
            &["três"],
            &["quatro"],
            &["cinco"],
            &["seis", "meia"],
            &["sete"],
            &["oito"],
            &["nove"],
        ],
    ),
];

/// Words of numbers that are more than one digit: what stands beside a digit there must not be passed over, or
/// "twenty-one" would be one. A word that begins or ends so counts, since some languages write numbers in one word.
const LARGER: &[(&str, &[&str])] = &[
    (
        "en",
        &[
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
            "twenty",
            "thirty",
            "forty",
            "fifty",
            "sixty",
            "seventy",
            "eighty",
            "ninety",
            "hundred",
            "thousand",
            "million",
            "dozen",
            "half",
            "double",
            "triple",
        ],
    ),
    (
        "es",
        &[
            "diez",
            "once",
            "doce",
            "trece",
            "catorce",
            "quince",
            "dieci",
            "veint",
            "treinta",
            "cuarenta",
            "cincuenta",
            "sesenta",
            "setenta",
            "ochenta",
            "noventa",
            "cien",
            "ciento",
            "cientos",
            "cientas",
            "mil",
            "millón",
            "millones",
            "docena",
            "medio",
            "media",
            "doble",
        ],
    ),
    ("de", &["zehn", "elf", "zwölf", "zig", "ßig", "hundert", "tausend", "million", "dutzend", "halb", "doppel"]),
    (
        "fr",
        &[
            "dix",
            "onze",
            "douze",
            "treize",
            "quatorze",
            "quinze",
            "seize",
            "vingt",
            "vingts",
            "trente",
            "quarante",
            "cinquante",
            "soixante",
            "cent",
            "cents",
            "mille",
            "million",
            "douzaine",
            "demi",
            "demie",
            "double",
        ],
    ),
    (
        "pt",
        &[
            "dez",
            "onze",
            "doze",
            "treze",
            "catorze",
            "quatorze",
            "quinze",
            "dezesseis",
            "dezasseis",
            "dezessete",
            "dezassete",
            "dezoito",
            "dezenove",
            "dezanove",
            "vinte",
            "trinta",
            "quarenta",
            "cinquenta",
            "sessenta",
            "setenta",
            "oitenta",
            "noventa",
            "cem",
            "cento",
            "centos",
            "mil",
            "milhão",
            "milhões",
            "dúzia",
            "meio",
        ],
    ),
];

/// Whether a word is part of a number of more than one digit.
fn is_larger(word: &str, language: &str) -> bool {
    let (_, words) = LARGER.iter().find(|(known, _)| *known == language).unwrap_or(&LARGER[0]);
    let word = word.to_lowercase();
    let in_one_word = |part: &&&str| match language {
        "de" => word.ends_with(**part) || word.starts_with(**part),
        "es" => part.len() > 3 && (word.starts_with(**part) || word.ends_with(**part)),
        _ => false,
    };
    words.contains(&word.as_str()) || words.iter().any(|part| in_one_word(&part))
}

/// The digits of an utterance, when they stand in one row: `12 34`, `one two three`, `my pin is 1 2 3 4`.
pub(super) fn digits(words: &str, language: &str) -> Option<String> {
    let mut found = String::new();
    let mut row_ended = false;
    for word in words.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let one;
        let digits = if word.bytes().all(|byte| byte.is_ascii_digit()) {
            word
        } else if let Some(digit) = digit(word, language) {
            one = digit.to_string();
            &one
        } else {
            if is_larger(word, language) {
                return None;
            }
            row_ended = !found.is_empty();
            continue;
        };
        if row_ended {
            return None;
        }
        found.push_str(digits);
    }
    (!found.is_empty()).then_some(found)
}

fn digit(word: &str, language: &str) -> Option<usize> {
    let (_, words) = DIGITS.iter().find(|(known, _)| *known == language).unwrap_or(&DIGITS[0]);
    let word = word.to_lowercase();
    words.iter().position(|words| words.contains(&word.as_str()))
}
