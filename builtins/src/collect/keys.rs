//! Telephone keys, one by one, until an entry is complete. Knows nothing of time: the timer between two keys is the
//! turn machine's.

use super::Turn;

/// The rules of a keypad.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keypad {
    /// Ends an entry.
    pub(crate) terminator: Option<char>,
    /// Discards an entry.
    pub(crate) cancel: Option<char>,
    /// The pause after a key that ends an entry.
    pub(crate) inter_digit_ms: u64,
    /// Whether those two keys first of all continue an entry, where an answer can go on with them.
    pub(crate) answers_first: bool,
}

impl Keypad {
    /// The keys after a terminator that ended an earlier entry.
    pub(super) fn without_leading_terminators<'k>(&self, keys: &'k str) -> &'k str {
        keys.trim_start_matches(|key| !self.answers_first && Some(key) == self.terminator)
    }
}

/// How a sequence of keys stands as an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It may become one.
    More,
    /// It may be one, or become a longer one.
    Enough,
    /// It is as long as one can be.
    Full,
    /// It cannot become one.
    Hopeless,
}

impl Fit {
    /// For an entry whose keys are free: only its length counts.
    pub(crate) fn by_length(keys: &str, min: u32, max: u32) -> Fit {
        // Keys are ASCII.
        let len = u32::try_from(keys.len()).unwrap_or(u32::MAX);
        if len >= max {
            Fit::Full
        } else if len >= min {
            Fit::Enough
        } else {
            Fit::More
        }
    }
}

/// What came of pressing keys.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry<'k> {
    /// More keys are awaited.
    More,
    /// The entry is complete; the rest was pressed after it.
    Done {
        /// The keys after it.
        rest: &'k str,
    },
    /// The entry was discarded by its author, and nothing has been pressed since.
    Cancelled,
    /// No answer begins so.
    Hopeless,
}

impl Turn {
    /// Adds keys to the entry until it is complete. What is no telephone key is passed over.
    pub(super) fn press<'k>(&mut self, pad: &Keypad, keys: &'k str, fit: impl Fn(&str) -> Fit) -> Entry<'k> {
        let mut cancelled = false;
        for (at, key) in keys.char_indices() {
            if !matches!(key, '0'..='9' | '*' | '#' | 'A'..='D') {
                continue;
            }
            self.keys.push(key);
            let stands = fit(&self.keys);
            let is_special = Some(key) == pad.cancel || Some(key) == pad.terminator;
            if is_special && (!pad.answers_first || stands == Fit::Hopeless) {
                self.keys.pop();
                if Some(key) == pad.terminator {
                    // Alone, it ends nothing: most often it belongs to an entry that was already complete.
                    if self.keys.is_empty() && matches!(fit(""), Fit::More | Fit::Hopeless) {
                        continue;
                    }
                    return Entry::Done { rest: &keys[at + 1..] };
                }
                self.keys.clear();
                cancelled = true;
                continue;
            }
            cancelled = false;
            match stands {
                Fit::Full => return Entry::Done { rest: &keys[at + 1..] },
                Fit::Hopeless => return Entry::Hopeless,
                Fit::More | Fit::Enough => {}
            }
        }
        if cancelled { Entry::Cancelled } else { Entry::More }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAD: Keypad =
        Keypad { terminator: Some('#'), cancel: Some('*'), inter_digit_ms: 3_000, answers_first: false };

    fn four(keys: &str) -> Fit {
        Fit::by_length(keys, 2, 4)
    }

    #[test]
    fn an_entry_ends_by_length_terminator_or_not_yet() {
        for (pressed, kept, entry) in [
            ("12", "12", Entry::More),
            ("1234", "1234", Entry::Done { rest: "" }),
            ("123456", "1234", Entry::Done { rest: "56" }),
            ("12#3", "12", Entry::Done { rest: "3" }),
            ("12*", "", Entry::Cancelled),
            ("12*3", "3", Entry::More),
            ("1é2", "12", Entry::More),
            ("#", "", Entry::More),
            ("#12#", "12", Entry::Done { rest: "" }),
        ] {
            let mut turn = Turn::default();
            assert_eq!(turn.press(&PAD, pressed, four), entry, "{pressed}");
            assert_eq!(turn.keys, kept, "{pressed}");
        }
    }

    #[test]
    fn a_key_that_continues_an_answer_does_not_end_it() {
        let pad = Keypad { answers_first: true, ..PAD };
        let fit = |keys: &str| match keys {
            "3#" | "*" => Fit::Full,
            "3" => Fit::More,
            "1" => Fit::Enough,
            _ => Fit::Hopeless,
        };
        for (pressed, entry) in [
            ("3#", Entry::Done { rest: "" }),
            ("1#", Entry::Done { rest: "" }),
            ("*", Entry::Done { rest: "" }),
            ("1*", Entry::Cancelled),
            ("1*3", Entry::More),
            ("2", Entry::Hopeless),
        ] {
            assert_eq!(Turn::default().press(&pad, pressed, fit), entry, "{pressed}");
        }
    }
}
