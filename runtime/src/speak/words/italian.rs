//! Italian numbers in words.

const SMALL: [&str; 20] = [
    "zero",
    "uno",
    "due",
    "tre",
    "quattro",
    "cinque",
    "sei",
    "sette",
    "otto",
    "nove",
    "dieci",
    "undici",
    "dodici",
    "tredici",
    "quattordici",
    "quindici",
    "sedici",
    "diciassette",
    "diciotto",
    "diciannove",
];
const TENS: [&str; 10] =
    ["", "", "venti", "trenta", "quaranta", "cinquanta", "sessanta", "settanta", "ottanta", "novanta"];

/// A whole number below a million millions.
pub(super) fn cardinal(number: u64) -> String {
    match number {
        0..1_000_000 => {
            let word = small(number);
            // Stressed at the end of a longer word.
            match word.strip_suffix("tre") {
                Some(head) if !head.is_empty() => format!("{head}tré"),
                _ => word,
            }
        }
        _ => {
            let (size, one, several) = match number {
                0..1_000_000_000 => (1_000_000, "un milione", "milioni"),
                _ => (1_000_000_000, "un miliardo", "miliardi"),
            };
            let head = match number / size {
                1 => one.to_owned(),
                count => format!("{} {several}", cardinal(count)),
            };
            match number % size {
                0 => head,
                rest => format!("{head} {}", cardinal(rest)),
            }
        }
    }
}

/// Below a million everything is one word.
fn small(number: u64) -> String {
    let joined = |head: String, rest: u64| if rest == 0 { head } else { head + small(rest).as_str() };
    match number {
        0..20 => SMALL[number as usize].to_owned(),
        20..100 => {
            let tens = TENS[number as usize / 10];
            match number % 10 {
                // Two vowels do not meet: ventuno, ventotto.
                ones @ (1 | 8) => format!("{}{}", &tens[..tens.len() - 1], SMALL[ones as usize]),
                ones => joined(tens.to_owned(), ones),
            }
        }
        100..200 => joined("cento".to_owned(), number % 100),
        200..1000 => joined(format!("{}cento", SMALL[number as usize / 100]), number % 100),
        1000..2000 => joined("mille".to_owned(), number % 1000),
        _ => joined(format!("{}mila", small(number / 1000)), number % 1000),
    }
}

/// A position below a million, in the masculine.
pub(super) fn ordinal(number: u64) -> Option<String> {
    const FIRST: [&str; 11] =
        ["", "primo", "secondo", "terzo", "quarto", "quinto", "sesto", "settimo", "ottavo", "nono", "decimo"];
    match number {
        0 | 1_000_000.. => None,
        1..=10 => Some(FIRST[number as usize].to_owned()),
        _ if number.is_multiple_of(1000) && number > 1000 => Some(format!("{}millesimo", small(number / 1000))),
        _ => {
            let word = small(number);
            // `tre` and `sei` keep their vowel; of the teens only the last sounds are the same.
            let keeps = number % 100 > 20 && matches!(number % 10, 3 | 6) || matches!(number % 100, 3 | 6);
            let stem = if keeps { word.as_str() } else { &word[..word.len() - 1] };
            Some(format!("{stem}esimo"))
        }
    }
}
