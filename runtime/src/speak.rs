//! Values in words.

use crate::value::Value;

/// How a value is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpeakAs {
    /// As a text.
    Text,
}

impl SpeakAs {
    /// What `as:` may say, in a sentence.
    pub const WORDS: &'static str = "`as` is one of money, digits, date, time, ordinal, phone, number, text";

    /// From the word of the flow language.
    pub fn from_word(word: &str) -> Option<SpeakAs> {
        (word == "text").then_some(SpeakAs::Text)
    }
}

/// The value in words.
pub fn speak(value: &Value, _as: SpeakAs, _locale: &str, _spoken: bool, _currency: Option<&str>) -> String {
    value.to_string()
}
