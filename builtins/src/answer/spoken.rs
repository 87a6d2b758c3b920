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
