//! Ways to reach a person: telephone numbers and e-mail addresses. Only what stands around them is taken away here; the
//! form of a number or an address is the flow language's.

use super::spoken;

/// A telephone number, with `+` where the country is known.
pub(super) fn phone(words: &str, language: &str) -> Option<String> {
    let number = match (words.find(|c: char| c.is_ascii_digit() || c == '+'), words.rfind(|c: char| c.is_ascii_digit()))
    {
        (Some(start), Some(end)) if start <= end => &words[start..=end],
        _ => return spoken::digits(words, language).filter(|digits| digits.len() >= 2),
    };
    if !number.chars().all(|c| c.is_ascii_digit() || "+ -./()\u{a0}".contains(c)) {
        return spoken::digits(words, language).filter(|digits| digits.len() >= 2);
    }
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    match (number.strip_prefix('+'), digits.strip_prefix("00")) {
        (Some(rest), _) => (!rest.contains('+')).then(|| format!("+{digits}")),
        (None, _) if number.contains('+') => None,
        // The international prefix of most of the world.
        (None, Some(rest)) if rest.len() >= 7 => Some(format!("+{rest}")),
        (None, _) => Some(digits),
    }
}

/// An e-mail address, also one that was spelt out with "at" and "dot".
pub(super) fn email(words: &str, language: &str) -> Option<String> {
    let address = words.split_whitespace().find(|word| word.contains('@'));
    if let Some(address) = address {
        return (words.matches('@').count() == 1)
            .then(|| address.trim_matches(['.', ',', '<', '>', ';', ':']).to_owned());
    }
    let (at, dot): (&[&str], &[&str]) = match language {
        "es" => (&["arroba"], &["punto"]),
        "de" => (&["at", "ät"], &["punkt"]),
        "fr" => (&["arobase", "at"], &["point"]),
        "pt" => (&["arroba"], &["ponto"]),
        _ => (&["at"], &["dot", "point"]),
    };
    // Words and signs must take turns; a word more, and nobody can tell where the address begins.
    let mut address = String::new();
    let mut sign_is_next = false;
    for word in words.to_lowercase().split_whitespace() {
        let word = word.trim_matches(['.', ',', ';', ':']);
        let sign = if at.contains(&word) {
            "@"
        } else if dot.contains(&word) {
            "."
        } else {
            ""
        };
        if sign_is_next == sign.is_empty() {
            return None;
        }
        address.push_str(if sign.is_empty() { word } else { sign });
        sign_is_next = !sign_is_next;
    }
    (address.matches('@').count() == 1 && sign_is_next).then_some(address)
}
