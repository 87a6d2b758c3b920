//! German numbers in words.

const SMALL: [&str; 20] = [
    "null",
    "eins",
    "zwei",
    "drei",
    "vier",
    "fünf",
    "sechs",
    "sieben",
    "acht",
    "neun",
    "zehn",
    "elf",
    "zwölf",
    "dreizehn",
    "vierzehn",
    "fünfzehn",
    "sechzehn",
    "siebzehn",
    "achtzehn",
    "neunzehn",
];
const TENS: [&str; 10] =
    ["", "", "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"];

/// A whole number below a billion thousands.
pub(super) fn cardinal(number: u64) -> String {
    let noun = |size: u64, one: &str, several: &str| {
        let head = match number / size {
            1 => format!("eine {one}"),
            count => format!("{} {several}", cardinal(count)),
        };
        match number % size {
            0 => head,
            rest => format!("{head} {}", cardinal(rest)),
        }
    };
    match number {
        0..1_000_000 => small(number),
        1_000_000..1_000_000_000 => noun(1_000_000, "Million", "Millionen"),
        _ => noun(1_000_000_000, "Milliarde", "Milliarden"),
    }
}

/// Below a million everything is one word.
fn small(number: u64) -> String {
    // Before another word, `eins` is `ein`.
    let count =
        |number: u64| small(number).strip_suffix("eins").map_or_else(|| small(number), |head| format!("{head}ein"));
    let joined = |head: String, rest: u64| if rest == 0 { head } else { format!("{head}{}", small(rest)) };
    match number {
        0..20 => SMALL[number as usize].to_owned(),
        20..100 => match number % 10 {
            0 => TENS[number as usize / 10].to_owned(),
            ones => format!("{}und{}", count(ones), TENS[number as usize / 10]),
        },
        100..1000 => joined(format!("{}hundert", count(number / 100)), number % 100),
        _ => joined(format!("{}tausend", count(number / 1000)), number % 1000),
    }
}

/// A position below a million, as it stands before a noun after the article: `der erste`.
pub(super) fn ordinal(number: u64) -> Option<String> {
    if number >= 1_000_000 {
        return None;
    }
    let (rest, last) = (number - number % 100, number % 100);
    Some(match last {
        1..20 => {
            let head = if rest == 0 { String::new() } else { small(rest) };
            let tail = match last {
                1 => "erste".to_owned(),
                3 => "dritte".to_owned(),
                7 => "siebte".to_owned(),
                8 => "achte".to_owned(),
                other => format!("{}te", small(other)),
            };
            head + tail.as_str()
        }
        _ => format!("{}ste", small(number)),
    })
}
