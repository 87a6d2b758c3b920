//! Stand-ins: the same value gets the same one, of the same shape, and nothing of the value can be worked out of it, since it is
//! drawn by the number of values so far, never from the value.

use super::detect::{Looks, find, first, iban_remainder, is_luhn};
use std::collections::BTreeSet;

/// Values, and what stands for them.
#[derive(Default)]
pub(super) struct StandIns {
    /// The value in lower case, its look and its stand-in. Longer values first, so that none is cut by a part of it.
    known: Vec<(String, String)>,
    given: BTreeSet<String>,
    drawn: u64,
}

/// How often a stand-in is drawn again that is the value itself or stands for another one; the last is taken as it is.
const DRAWS: usize = 64;

const VOWELS: &[u8] = b"aeiou";
const CONSONANTS: &[u8] = b"bdfgklmnprstv";

impl StandIns {
    /// A value that is somebody's wherever it stands.
    pub(super) fn know(&mut self, value: &str) {
        let value = value.trim();
        if value.chars().count() < 2 {
            return;
        }
        let looks = first(value).filter(|(_, range)| range.len() == value.len()).map(|(looks, _)| looks);
        self.stand_in(value, looks);
    }

    /// Everything that was taken out.
    pub(super) fn originals(&self) -> Vec<String> {
        self.known.iter().map(|(value, _)| value.clone()).collect()
    }

    /// A text with stand-ins.
    pub(super) fn masked(&mut self, text: &str) -> String {
        let known = self.known.iter().filter_map(|(value, stand_in)| Some((find(text, value)?, stand_in.clone())));
        // The first that stands in the text; of those that begin together, the longest.
        let known = known.min_by_key(|(range, _)| (range.start, usize::MAX - range.end));
        let looks = first(text);
        let (range, stand_in) = match (known, looks) {
            (Some((range, stand_in)), looks) if looks.as_ref().is_none_or(|(_, seen)| range.start <= seen.start) => {
                (range, stand_in)
            }
            (_, Some((looks, range))) => {
                let stand_in = self.stand_in(&text[range.clone()], Some(looks));
                (range, stand_in)
            }
            (Some((range, stand_in)), None) => (range, stand_in),
            (None, None) => return text.to_owned(),
        };
        let here = cased(&stand_in, &text[range.clone()]);
        format!("{}{here}{}", &text[..range.start], self.masked(&text[range.end..]))
    }

    fn stand_in(&mut self, value: &str, looks: Option<Looks>) -> String {
        let key = value.to_lowercase();
        if let Some((_, stand_in)) = self.known.iter().find(|(known, _)| *known == key) {
            return stand_in.clone();
        }
        let mut stand_in = String::new();
        for _ in 0..DRAWS {
            stand_in = match looks {
                Some(Looks::Email) => self.email(value),
                Some(Looks::Iban) => self.iban(value),
                Some(Looks::Card) => self.card(value),
                Some(Looks::Phone) => self.shaped(value, if value.starts_with('+') { 3 } else { 0 }),
                None => self.shaped(value, 0),
            };
            if stand_in.to_lowercase() != key && !self.given.contains(&stand_in.to_lowercase()) {
                break;
            }
        }
        self.given.insert(stand_in.to_lowercase());
        self.known.push((key, stand_in.clone()));
        stand_in
    }

    /// A number below `limit` (SplitMix64).
    fn draw(&mut self, limit: usize) -> usize {
        self.drawn = self.drawn.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.drawn;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as usize % limit.max(1)
    }

    /// Digits for digits (none becomes or was zero, since a leading zero means something), letters for letters, so that it can
    /// still be said; `keep` signs at the beginning stay.
    fn shaped(&mut self, value: &str, keep: usize) -> String {
        let signs: Vec<char> = value.chars().collect();
        let mut out = String::new();
        for (place, sign) in signs.into_iter().enumerate() {
            let drawn = match sign {
                kept if place < keep => kept,
                '1'..='9' => char::from(b'1' + u8::try_from(self.draw(9)).unwrap_or(0)),
                letter if letter.is_alphabetic() => {
                    let plain = letter.to_ascii_lowercase();
                    let letters = if "aeiouyäöüáéíóú".contains(plain) { VOWELS } else { CONSONANTS };
                    let new = char::from(letters[self.draw(letters.len())]);
                    if letter.is_uppercase() { new.to_ascii_uppercase() } else { new }
                }
                other => other,
            };
            out.push(drawn);
        }
        out
    }

    fn email(&mut self, value: &str) -> String {
        let local = value.split('@').next().unwrap_or_default();
        format!("{}@example.org", self.shaped(local, 0))
    }

    /// The first digit says whose card it is; the last one is worked out.
    fn card(&mut self, value: &str) -> String {
        let body = &value[..value.len() - 1];
        let body = self.shaped(body, 1);
        let check = ('0'..='9').find(|check| {
            let digits: String = body.chars().filter(char::is_ascii_digit).chain([*check]).collect();
            is_luhn(&digits)
        });
        format!("{body}{}", check.unwrap_or('0'))
    }

    /// The country stays; the check digits are worked out.
    fn iban(&mut self, value: &str) -> String {
        let drawn = self.shaped(value, 4);
        let signs: String = drawn.chars().filter(|sign| *sign != ' ').collect();
        let zeroed = format!("{}00{}", &signs[..2], &signs[4..]);
        let check = format!("{:02}", 98 - iban_remainder(&zeroed));
        format!("{}{check}{}", &drawn[..2], &drawn[4..])
    }
}

/// A stand-in in the case of what it stands for.
fn cased(stand_in: &str, here: &str) -> String {
    if stand_in.chars().count() != here.chars().count() {
        return stand_in.to_owned();
    }
    let pairs = stand_in.chars().zip(here.chars());
    pairs
        .map(|(new, old)| match old {
            old if old.is_uppercase() => new.to_ascii_uppercase(),
            old if old.is_lowercase() => new.to_ascii_lowercase(),
            _ => new,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_value_has_the_same_stand_in_of_the_same_shape() {
        let mut names = StandIns::default();
        names.know("Miller");
        names.know("+15551230001");
        let text = "Ms Miller (MILLER), +15551230001, ann@mail.example.com, 4111 1111 1111 1111, GB82 WEST 1234 5698 7654 32, 12.50";
        let masked = names.masked(text);
        for gone in ["iller", "5551230001", "ann@", "4111 1111", "WEST"] {
            assert!(!masked.contains(gone), "{gone} in {masked}");
        }
        assert_eq!(names.masked(text), masked);
        let parts: Vec<&str> = masked.split(", ").collect();
        let name = parts[0].strip_prefix("Ms ").unwrap();
        let (first, again) = name.split_once(" (").unwrap();
        assert_eq!(first.to_uppercase(), again.trim_end_matches(')'));
        assert_eq!((parts[1].len(), &parts[1][..3], parts[5]), (12, "+15", "12.50"));
        assert!(parts[2].ends_with("@example.org"));
        let digits: String = parts[3].chars().filter(char::is_ascii_digit).collect();
        assert!(digits.len() == 16 && digits.starts_with('4') && is_luhn(&digits), "{masked}");
        let iban: String = parts[4].chars().filter(|sign| *sign != ' ').collect();
        assert!(iban.starts_with("GB") && iban.len() == 22 && iban_remainder(&iban) == 1, "{masked}");
    }
}
