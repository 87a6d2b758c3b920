//! English numbers in words.

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
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
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// A whole number below a billion thousands.
pub(super) fn cardinal(number: u64) -> String {
    let (size, name) = match number {
        0..20 => return SMALL[number as usize].to_owned(),
        20..100 => {
            let tens = TENS[number as usize / 10];
            return match number % 10 {
                0 => tens.to_owned(),
                ones => format!("{tens}-{}", SMALL[ones as usize]),
            };
        }
        100..1000 => (100, "hundred"),
        1000..1_000_000 => (1000, "thousand"),
        1_000_000..1_000_000_000 => (1_000_000, "million"),
        _ => (1_000_000_000, "billion"),
    };
    let head = format!("{} {name}", cardinal(number / size));
    match number % size {
        0 => head,
        rest => format!("{head} {}", cardinal(rest)),
    }
}

const ORDINALS: [&str; 20] = [
    "zeroth",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
];
/// A position.
pub(super) fn ordinal(number: u64) -> String {
    match number {
        0..20 => ORDINALS[number as usize].to_owned(),
        20..100 => {
            let tens = TENS[number as usize / 10];
            match number % 10 {
                0 => format!("{}ieth", tens.trim_end_matches('y')),
                ones => format!("{tens}-{}", ORDINALS[ones as usize]),
            }
        }
        _ => {
            let size = match number {
                100..1000 => 100,
                1000..1_000_000 => 1000,
                1_000_000..1_000_000_000 => 1_000_000,
                _ => 1_000_000_000,
            };
            match number % size {
                0 => format!("{}th", cardinal(number)),
                rest => format!("{} {}", cardinal(number - rest), ordinal(rest)),
            }
        }
    }
}
