//! What looks like somebody's: e-mail addresses, account numbers (IBAN, ISO 13616), card numbers (Luhn, ISO/IEC 7812-1) and telephone
//! numbers (up to 15 digits, ITU-T E.164). Check digits tell the first from other numbers; dates and amounts are left alone.

use std::ops::Range;

/// What something looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looks {
    /// An address with an `@`.
    Email,
    /// An international bank account number.
    Iban,
    /// A payment card.
    Card,
    /// A telephone number.
    Phone,
}

/// The digits of a card, and of an IBAN all signs.
const CARD_DIGITS: std::ops::RangeInclusive<usize> = 13..=19;
const IBAN_SIGNS: std::ops::RangeInclusive<usize> = 15..=34;
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// Digits that make a telephone number without a `+` or a `0` before them; a shorter row is an order or a date.
const BARE_PHONE_DIGITS: usize = 9;

/// The first place at which a value stands as a word of its own, whatever its case.
pub(super) fn find(text: &str, value: &str) -> Option<Range<usize>> {
    if value.is_empty() {
        return None;
    }
    let is_part = |sign: Option<char>| sign.is_some_and(char::is_alphanumeric);
    let length = value.chars().count();
    text.char_indices().find_map(|(at, _)| {
        let rest = &text[at..];
        let end = rest.char_indices().nth(length).map_or(rest.len(), |(end, _)| end);
        let here = &rest[..end];
        let is_same = here.chars().count() == length
            && here.chars().zip(value.chars()).all(|(a, b)| a == b || a.to_lowercase().eq(b.to_lowercase()));
        let is_word = !is_part(text[..at].chars().next_back()) && !is_part(rest[end..].chars().next());
        (is_same && is_word).then_some(at..at + end)
    })
}

/// The first thing in a text that looks like somebody's.
pub(super) fn first(text: &str) -> Option<(Looks, Range<usize>)> {
    let found = [email(text), iban(text), digits(text)];
    found.into_iter().flatten().min_by_key(|(_, range)| range.start)
}

fn email(text: &str) -> Option<(Looks, Range<usize>)> {
    text.match_indices('@').find_map(|(at, _)| {
        let is_local = |sign: char| sign.is_alphanumeric() || "._%+-".contains(sign);
        let is_domain = |sign: char| sign.is_alphanumeric() || ".-".contains(sign);
        let local: usize = text[..at].chars().rev().take_while(|sign| is_local(*sign)).map(char::len_utf8).sum();
        let domain: usize = text[at + 1..].chars().take_while(|sign| is_domain(*sign)).map(char::len_utf8).sum();
        let name = text[at + 1..at + 1 + domain].trim_end_matches(['.', '-']);
        (local > 0 && name.contains('.')).then(|| (Looks::Email, at - local..at + 1 + name.len()))
    })
}

/// The number that an IBAN's check is about, modulo 97: letters are two digits, and the first four signs stand last.
pub(super) fn iban_remainder(signs: &str) -> u32 {
    let turned = signs.chars().skip(4).chain(signs.chars().take(4));
    turned.filter_map(|sign| sign.to_digit(36)).fold(0, |sum, value| {
        let scale = if value > 9 { 100 } else { 10 };
        (sum * scale + value) % 97
    })
}

fn iban(text: &str) -> Option<(Looks, Range<usize>)> {
    let starts = text.char_indices().filter(|(at, sign)| {
        let before = text[..*at].chars().next_back();
        sign.is_ascii_uppercase() && !before.is_some_and(char::is_alphanumeric)
    });
    for (start, _) in starts {
        let (mut signs, mut found) = (String::new(), None);
        for (at, sign) in text[start..].char_indices() {
            match sign {
                ' ' => continue,
                sign if sign.is_ascii_uppercase() || sign.is_ascii_digit() => signs.push(sign),
                _ => break,
            }
            let is_form = signs.len() < 3 || signs[2..].chars().take(2).all(|sign| sign.is_ascii_digit());
            let is_country = signs.chars().take(2).all(|sign| sign.is_ascii_uppercase());
            if !is_form || !is_country || signs.len() > *IBAN_SIGNS.end() {
                break;
            }
            let next = text[start + at + 1..].chars().next();
            if IBAN_SIGNS.contains(&signs.len())
                && iban_remainder(&signs) == 1
                && !next.is_some_and(char::is_alphanumeric)
            {
                found = Some((Looks::Iban, start..start + at + 1));
            }
        }
        if found.is_some() {
            return found;
        }
    }
    None
}

/// Whether digits end with the check digit of cards.
pub(super) fn is_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .chars()
        .rev()
        .filter_map(|digit| digit.to_digit(10))
        .zip(0..)
        .map(|(digit, place)| match place % 2 {
            0 => digit,
            _ if digit > 4 => digit * 2 - 9,
            _ => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

fn digits(text: &str) -> Option<(Looks, Range<usize>)> {
    let mut from = 0;
    while let Some(start) = text[from..].find(|sign: char| sign.is_ascii_digit()).map(|at| from + at) {
        let row = text[start..].char_indices().take_while(|(_, sign)| sign.is_ascii_digit() || " -()/".contains(*sign));
        let end = row.filter(|(_, sign)| sign.is_ascii_digit()).last().map_or(start + 1, |(at, _)| start + at + 1);
        let (before, after) = (text[..start].trim_end_matches('('), text[end..].chars().next());
        let is_part = before.chars().next_back().is_some_and(|sign| sign.is_alphanumeric() || ".:-".contains(sign))
            || after.is_some_and(char::is_alphanumeric)
            || after.is_some_and(|sign| ".,:".contains(sign))
                && text[end + 1..].starts_with(|sign: char| sign.is_ascii_digit());
        let row = &text[start..end];
        let only: String = row.chars().filter(char::is_ascii_digit).collect();
        let plus = before.ends_with('+');
        if !is_part && !is_date(row) {
            let start = if plus { before.len() - 1 } else { start };
            if !plus && CARD_DIGITS.contains(&only.len()) && is_luhn(&only) {
                return Some((Looks::Card, start..end));
            }
            if PHONE_DIGITS.contains(&only.len()) && (plus || only.starts_with('0') || only.len() >= BARE_PHONE_DIGITS)
            {
                return Some((Looks::Phone, start..end));
            }
        }
        from = end;
    }
    None
}

/// `2026-12-03`, and what may follow it.
fn is_date(row: &str) -> bool {
    let mut parts = row.split(['-', '/', ' ']);
    let mut next = |length: usize| parts.next().is_some_and(|part| part.len() == length);
    next(4) && next(2) && next(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_somebodys_is_found_and_the_rest_is_not() {
        let found = |text: &str| first(text).map(|(looks, range)| (looks, text[range].to_owned()));
        for (text, looks, what) in [
            ("write to ann.miller@mail.example.com.", Looks::Email, "ann.miller@mail.example.com"),
            ("IBAN GB82 WEST 1234 5698 7654 32, please", Looks::Iban, "GB82 WEST 1234 5698 7654 32"),
            ("DE89370400440532013000", Looks::Iban, "DE89370400440532013000"),
            ("my card is 4111 1111 1111 1111 and", Looks::Card, "4111 1111 1111 1111"),
            ("call +1 (555) 123-0001 now", Looks::Phone, "+1 (555) 123-0001"),
            ("0171 2345678", Looks::Phone, "0171 2345678"),
            ("5551230001", Looks::Phone, "5551230001"),
        ] {
            assert_eq!(found(text), Some((looks, what.to_owned())), "{text}");
        }
        for text in [
            "on 2026-12-03 at 09:30",
            "order 482915",
            "12032026",
            "12345678",
            "1234567.89",
            "a@b",
            "GB83 WEST 1234",
            "2026-12-03T09:30:00",
            "x1234567890",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
        // A wrong check digit is no card and no account.
        assert!(!is_luhn("4111111111111112") && iban_remainder("GB83WEST12345698765432") != 1);
    }

    #[test]
    fn words_are_found_whatever_their_case() {
        assert_eq!(find("I am ANN, Anna", "ann"), Some(5..8));
        assert_eq!(find("Anna", "ann"), None);
        assert_eq!(find("größe Ärzte", "ärzte"), Some(8..14));
    }
}
