//! Portuguese numbers in words, as in Brazil and as in Portugal.

const SMALL: [&str; 20] = [
    "zero",
    "um",
    "dois",
    "três",
    "quatro",
    "cinco",
    "seis",
    "sete",
    "oito",
    "nove",
    "dez",
    "onze",
    "doze",
    "treze",
    "catorze",
    "quinze",
    "dezesseis",
    "dezessete",
    "dezoito",
    "dezenove",
];
const TENS: [&str; 10] =
    ["", "", "vinte", "trinta", "quarenta", "cinquenta", "sessenta", "setenta", "oitenta", "noventa"];
const HUNDREDS: [&str; 10] = [
    "",
    "cento",
    "duzentos",
    "trezentos",
    "quatrocentos",
    "quinhentos",
    "seiscentos",
    "setecentos",
    "oitocentos",
    "novecentos",
];

/// A whole number below a million millions; `brazil` or else Portugal.
pub(super) fn cardinal(number: u64, brazil: bool) -> String {
    // The last group is joined by `e` when it is short or round.
    let joined = |head: String, rest: u64| match rest {
        0 => head,
        rest if rest < 100 || rest < 1000 && rest % 100 == 0 => format!("{head} e {}", cardinal(rest, brazil)),
        rest => format!("{head} {}", cardinal(rest, brazil)),
    };
    match number {
        16 if !brazil => "dezasseis".to_owned(),
        17 if !brazil => "dezassete".to_owned(),
        19 if !brazil => "dezanove".to_owned(),
        0..20 => SMALL[number as usize].to_owned(),
        20..100 => joined(TENS[number as usize / 10].to_owned(), number % 10),
        100 => "cem".to_owned(),
        101..1000 => joined(HUNDREDS[number as usize / 100].to_owned(), number % 100),
        1000..2000 => joined("mil".to_owned(), number % 1000),
        2000..1_000_000 => joined(format!("{} mil", cardinal(number / 1000, brazil)), number % 1000),
        _ => {
            // Portugal counts in long scale: a thousand millions.
            let (size, one, several) = match number {
                1_000_000_000.. if brazil => (1_000_000_000, "bilhão", "bilhões"),
                _ => (1_000_000, "milhão", "milhões"),
            };
            let head = match number / size {
                1 => format!("um {one}"),
                count => format!("{} {several}", cardinal(count, brazil)),
            };
            joined(head, number % size)
        }
    }
}

/// A position up to ninety-nine, in the masculine; beyond that nobody says it.
pub(super) fn ordinal(number: u64) -> Option<String> {
    const ONES: [&str; 10] =
        ["", "primeiro", "segundo", "terceiro", "quarto", "quinto", "sexto", "sétimo", "oitavo", "nono"];
    const TENTHS: [&str; 10] = [
        "",
        "décimo",
        "vigésimo",
        "trigésimo",
        "quadragésimo",
        "quinquagésimo",
        "sexagésimo",
        "septuagésimo",
        "octogésimo",
        "nonagésimo",
    ];
    match (number / 10, number % 10) {
        (0, 0) | (10.., _) => None,
        (0, ones) => Some(ONES[ones as usize].to_owned()),
        (tens, 0) => Some(TENTHS[tens as usize].to_owned()),
        (tens, ones) => Some(format!("{} {}", TENTHS[tens as usize], ONES[ones as usize])),
    }
}
