//! Values inside sentences of the other direction. A number, a name or an address that is put into a sentence must not
//! change the order in which the sentence is read, so it is isolated (Unicode Standard Annex #9, section 2.7): U+2068
//! before it, U+2069 after it. Where no direction is in doubt nothing is put.

use super::cldr::is_right_to_left;

const OPEN: char = '\u{2068}';
const CLOSE: char = '\u{2069}';

/// Adds a value to a written sentence of a locale.
pub(crate) fn push_isolated(out: &mut String, value: &str, locale: &str) {
    let is_doubtful = !value.trim().is_empty() && (value.chars().any(is_of_right_to_left) || is_right_to_left(locale));
    if is_doubtful {
        out.push(OPEN);
        out.push_str(value);
        out.push(CLOSE);
    } else {
        out.push_str(value);
    }
}

/// The text without the marks, as it is compared and looked up.
pub(crate) fn without_isolates(text: &str) -> String {
    text.replace([OPEN, CLOSE], "")
}

/// Whether a character is of a script that is written from right to left: Hebrew, Arabic, Syriac, Thaana, NKo and their
/// like.
fn is_of_right_to_left(char: char) -> bool {
    matches!(char, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_could_turn_a_sentence_round_is_isolated() {
        let shown = |value: &str, locale: &str| {
            let mut out = String::new();
            push_isolated(&mut out, value, locale);
            out
        };
        assert_eq!(shown("Ann", "en-US"), "Ann");
        assert_eq!(shown("محمد", "en-US"), "\u{2068}محمد\u{2069}");
        assert_eq!(shown("+1 555", "ar-EG"), "\u{2068}+1 555\u{2069}");
        assert_eq!(shown("דוד", "he-IL"), "\u{2068}דוד\u{2069}");
        assert_eq!(shown(" ", "ar"), " ");
        assert_eq!(without_isolates(&shown("+1 555", "ar")), "+1 555");
    }
}
