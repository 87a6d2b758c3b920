//! French numbers in words, with the tens of Belgium and Switzerland.

/// How a country counts beyond sixty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::speak) enum Tens {
    /// soixante-dix, quatre-vingts, quatre-vingt-dix.
    Scores,
    /// septante, quatre-vingts, nonante.
    Belgian,
    /// septante, huitante, nonante.
    Swiss,
}

const SMALL: [&str; 20] = [
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize",
    "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf",
];

/// A whole number below a million millions.
pub(super) fn cardinal(number: u64, tens: Tens) -> String {
    match number {
        0..1_000_000 => small(number, tens, true),
        _ => {
            let (size, name) =
                if number < 1_000_000_000 { (1_000_000, "million") } else { (1_000_000_000, "milliard") };
            let head = match number / size {
                1 => format!("un {name}"),
                count => format!("{} {name}s", cardinal(count, tens)),
            };
            match number % size {
                0 => head,
                rest => format!("{head} {}", cardinal(rest, tens)),
            }
        }
    }
}

/// `last` says whether nothing follows but a noun: only then `quatre-vingts` and `deux cents` have their `s`.
fn small(number: u64, tens: Tens, last: bool) -> String {
    match number {
        0..20 => SMALL[number as usize].to_owned(),
        20..100 => below_hundred(number, tens, last),
        100..1000 => {
            let (hundreds, rest) = (number / 100, number % 100);
            let head = if hundreds == 1 { "cent".to_owned() } else { format!("{} cent", SMALL[hundreds as usize]) };
            match rest {
                0 if hundreds > 1 && last => format!("{head}s"),
                0 => head,
                rest => format!("{head} {}", small(rest, tens, last)),
            }
        }
        _ => {
            let head = match number / 1000 {
                1 => "mille".to_owned(),
                thousands => format!("{} mille", small(thousands, tens, false)),
            };
            match number % 1000 {
                0 => head,
                rest => format!("{head} {}", small(rest, tens, last)),
            }
        }
    }
}

fn below_hundred(number: u64, tens: Tens, last: bool) -> String {
    let joined = |head: &str, rest: u64, and: bool| match rest {
        0 => head.to_owned(),
        1 | 11 if and => format!("{head} et {}", SMALL[rest as usize]),
        rest => format!("{head}-{}", SMALL[rest as usize]),
    };
    match (number, tens) {
        (20..30, _) => joined("vingt", number - 20, true),
        (30..40, _) => joined("trente", number - 30, true),
        (40..50, _) => joined("quarante", number - 40, true),
        (50..60, _) => joined("cinquante", number - 50, true),
        (60..70, _) => joined("soixante", number - 60, true),
        (70..80, Tens::Scores) => joined("soixante", number - 60, true),
        (70..80, _) => joined("septante", number - 70, true),
        (80..90, Tens::Swiss) => joined("huitante", number - 80, true),
        (80, _) if last => "quatre-vingts".to_owned(),
        (80..90, _) => joined("quatre-vingt", number - 80, false),
        (_, Tens::Scores) => joined("quatre-vingt", number - 80, false),
        _ => joined("nonante", number - 90, true),
    }
}

/// A position, in the masculine.
pub(super) fn ordinal(number: u64, tens: Tens) -> Option<String> {
    if number == 1 {
        return Some("premier".to_owned());
    }
    let words = cardinal(number, tens);
    let stem = match () {
        () if words.ends_with("cinq") => format!("{words}u"),
        () if words.ends_with("neuf") => format!("{}v", words.trim_end_matches('f')),
        () if words.ends_with("quatre-vingts")
            || words.ends_with("cents")
            || words.ends_with("ions")
            || words.ends_with("ards") =>
        {
            words.trim_end_matches('s').to_owned()
        }
        () => words.strip_suffix('e').unwrap_or(&words).to_owned(),
    };
    Some(format!("{stem}ième"))
}
