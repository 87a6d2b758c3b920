//! Where in an utterance the values of a type stand: "a table for four on 12/24/2026" has one whole number and one day.
//! A value takes as few words as carry it, and as many as belong to it. Pure functions of the words.

use super::{Expects, Setting};
use offhook_runtime::Value;
use std::ops::Range;

/// Words of an utterance that are looked at. Who says more than this is not filling in a form.
pub(crate) const WORDS: usize = 64;

/// Names of nought that people also sigh. Among other words they are a digit only beside another one.
const SIGHS: [&str; 2] = ["oh", "o"];

impl Expects {
    /// The most words that a value takes.
    fn longest(self) -> usize {
        match self {
            // Digit by digit, or spelt out.
            Expects::Phone | Expects::Email | Expects::Digits => 16,
            _ => 8,
        }
    }

    /// The values among the words that are free, with the places of their words, first to last.
    pub(crate) fn within(self, words: &[&str], free: &[bool], setting: &Setting<'_>) -> Vec<(Range<usize>, Value)> {
        let value = |from: usize, to: usize| {
            let run = words[from..to].join(" ");
            let run = run.trim_matches([',', ';', '!', '?', ':']).trim_end_matches('.');
            if run.is_empty() { None } else { self.of_words(run, setting) }
        };
        let count = words.len().min(WORDS);
        let mut taken = free[..count].to_vec();
        for at in (0..count).filter(|at| count > 1 && is_sigh(words[*at])) {
            let beside = [at.checked_sub(1), Some(at + 1).filter(|next| *next < count)];
            let is_digit = |at: usize| Expects::Int.of_words(words[at].trim_matches([',', ';']), setting).is_some();
            taken[at] &= beside.into_iter().flatten().any(is_digit);
        }
        let mut found: Vec<(Range<usize>, Value)> = Vec::new();
        let longest = self.longest().min(count);
        // The words of a day are a day in one order only; of two days in a row, the longest run would be a third one.
        let lengths: Vec<usize> =
            if self == Expects::Date { (1..=longest).collect() } else { (1..=longest).rev().collect() };
        for length in lengths {
            for from in 0..=count - length {
                let to = from + length;
                if taken[from..to].contains(&false) {
                    continue;
                }
                let Some(whole) = value(from, to) else { continue };
                // What stands around the value is none of it.
                let is_whole = |part: Option<Value>| part.as_ref() == Some(&whole);
                if length > 1 && (is_whole(value(from + 1, to)) || is_whole(value(from, to - 1))) {
                    continue;
                }
                taken[from..to].fill(false);
                found.push((from..to, whole));
            }
        }
        found.sort_by_key(|(range, _)| range.start);
        found
    }
}

fn is_sigh(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    SIGHS.iter().any(|sigh| word.eq_ignore_ascii_case(sigh))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    fn within(expects: Expects, said: &str, locale: &str) -> Vec<String> {
        let setting = Setting { locale, now_ms: 1_795_424_400_000, zone: &TimeZone::UTC };
        let words: Vec<&str> = said.split_whitespace().collect();
        let found = expects.within(&words, &vec![true; words.len()], &setting);
        found.into_iter().map(|(range, value)| format!("{}={value}", words[range].join(" "))).collect()
    }

    #[test]
    fn values_are_found_among_other_words() {
        for (expects, said, locale, found) in [
            (Expects::Int, "a table for four on 12/24/2026", "en-US", &["four=4"][..]),
            (Expects::Date, "a table for four on 12/24/2026, please", "en-US", &["12/24/2026,=2026-12-24"]),
            (
                Expects::Date,
                "from December 24th, 2026 to January 2nd, 2027",
                "en-US",
                &["December 24th, 2026=2026-12-24", "January 2nd, 2027=2027-01-02"],
            ),
            (Expects::Time, "at 7 pm for two", "en-US", &["7 pm=19:00"]),
            (Expects::Time, "entre las 9:00 y las 10:30", "es-ES", &["9:00=09:00", "10:30=10:30"]),
            (Expects::Duration, "for 2 hours and 5 minutes at most", "en-US", &["2 hours and 5 minutes=2h5m"]),
            (
                Expects::Email,
                "write to ann@example.com, not to bob@example.com",
                "en-US",
                &["ann@example.com,=ann@example.com", "bob@example.com=bob@example.com"],
            ),
            (Expects::Phone, "call +1 555 123 0001 please", "en-US", &["+1 555 123 0001=+15551230001"]),
            (Expects::Date, "nothing of the kind", "en-US", &[]),
            (Expects::Int, "", "en-US", &[]),
            (Expects::Int, "Oh, forget it", "en-US", &[]),
            (Expects::Int, "oh", "en-US", &["oh=0"]),
            (Expects::Phone, "it is five oh five", "en-US", &["five oh five=505"]),
        ] {
            assert_eq!(within(expects, said, locale), found, "{said}");
        }
    }
}
