//! The parameters that every node type which takes an answer has.

use super::{Keypad, Rules};
use crate::limits;
use offhook_runtime::params::{Millis, Prompt};
use offhook_runtime::{Asked, Context};
use schemars::JsonSchema;
use serde::Deserialize;

/// How long the contact may be silent on a call when the author says nothing.
const SPOKEN_TIMEOUT_MS: u64 = 5_000;

/// How a question is repeated, helped with and interrupted.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Turns {
    /// How often the question is asked again after silence or an answer that does not fit, counted together.
    #[serde(default = "two")]
    #[schemars(range(max = 20))]
    pub(crate) retries: u32,
    /// How long the contact may be silent, from the end of the prompt. On a call it is 5s unless written; in a chat
    /// silence only counts when it is written.
    #[serde(default)]
    pub(crate) timeout: Option<Millis>,
    /// What is said when the question is asked again: the first entry for the first time, and so on; the last one is
    /// used from then on. Without it, a short sentence and the prompt.
    #[serde(default)]
    pub(crate) reprompts: Vec<Reprompt>,
    /// What is said when the contact asks for help. Without it, the prompt is said again.
    #[serde(default)]
    pub(crate) help: Option<Prompt>,
    /// Whether the contact may answer while the prompt is still being said.
    #[serde(default = "yes")]
    pub(crate) barge_in: bool,
    /// Whether an answer that came before the question counts.
    #[serde(default = "yes")]
    pub(crate) type_ahead: bool,
    /// Whether the answer is confidential, such as a PIN: it is hidden wherever people see it.
    #[serde(default)]
    pub(crate) sensitive: bool,
}

/// What is said when the question is asked again.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reprompt {
    /// Said after silence.
    #[serde(default)]
    pub(crate) no_input: Option<Prompt>,
    /// Said after an answer that does not fit.
    #[serde(default)]
    pub(crate) no_match: Option<Prompt>,
}

fn two() -> u32 {
    2
}
fn yes() -> bool {
    true
}

/// Reports more retries than anybody has patience for.
pub(crate) fn check_retries(retries: u32, pointer: &str, found: &mut Vec<(String, String)>) {
    if retries > limits::RETRIES {
        found.push((pointer.to_owned(), format!("a question is asked again {} times at most", limits::RETRIES)));
    }
}

/// Reports what are no telephone keys, or too many of them.
pub(crate) fn check_keys(keys: &str, most: usize, pointer: &str, found: &mut Vec<(String, String)>) {
    if !keys.chars().all(|key| matches!(key, '0'..='9' | '*' | '#' | 'A'..='D')) {
        found.push((pointer.to_owned(), "telephone keys are 0 to 9, *, #, A to D".into()));
    } else if keys.len() > most {
        let noun = if most == 1 { "key" } else { "keys" };
        found.push((pointer.to_owned(), format!("at most {most} {noun} can stand here")));
    }
}

impl Turns {
    /// What goes too far.
    pub(crate) fn check(&self, found: &mut Vec<(String, String)>) {
        check_retries(self.retries, "/retries", found);
    }

    /// What the proofs want to know of the question.
    pub(crate) fn told(&self, prompt: Option<Prompt>, misses: &'static [&'static str]) -> Asked {
        let written = self.timeout.map(|ms| ms.0);
        Asked {
            prompt,
            pointer: "/text".into(),
            retries: self.retries,
            heard_ms: written.or(Some(SPOKEN_TIMEOUT_MS)),
            read_ms: written,
            misses,
            by_words: true,
            sensitive: self.sensitive,
            ..Asked::default()
        }
    }

    /// The rules on the session's channel.
    pub(crate) fn rules(&self, cx: &Context<'_>) -> Rules<'_> {
        Rules {
            retries: self.retries,
            timeout_ms: self.timeout.map(|ms| ms.0).or(cx.is_spoken().then_some(SPOKEN_TIMEOUT_MS)),
            reprompts: &self.reprompts,
            help: self.help,
            barge_in: self.barge_in,
            type_ahead: self.type_ahead,
        }
    }
}

/// How keys make an answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyEntry {
    /// The fewest keys of an answer.
    #[serde(default)]
    #[schemars(range(max = 64))]
    pub(crate) min: Option<u32>,
    /// The most keys of an answer; with the last of them it is complete.
    #[serde(default)]
    #[schemars(range(min = 1, max = 64))]
    pub(crate) max: Option<u32>,
    /// The key that ends an answer. Empty for none.
    #[serde(default = "hash")]
    #[schemars(regex(pattern = r"^[0-9*#A-D]?$"))]
    pub(crate) terminator: String,
    /// The pause after a key that ends an answer.
    #[serde(default = "three_seconds")]
    #[schemars(extend("default" = "3s"))]
    pub(crate) inter_digit: Millis,
    /// The key that discards what was entered and says the prompt again.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[0-9*#A-D]?$"))]
    pub(crate) cancel: Option<String>,
}

/// How keys choose.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyTiming {
    /// The key that ends an entry where one choice's keys begin another's. Empty for none.
    #[serde(default = "hash")]
    #[schemars(regex(pattern = r"^[0-9*#A-D]?$"))]
    pub(crate) terminator: String,
    /// The pause after a key that ends an entry.
    #[serde(default = "three_seconds")]
    #[schemars(extend("default" = "3s"))]
    pub(crate) inter_digit: Millis,
    /// The key that discards what was entered and says the prompt again.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[0-9*#A-D]?$"))]
    pub(crate) cancel: Option<String>,
}

fn hash() -> String {
    "#".into()
}
fn three_seconds() -> Millis {
    Millis(3_000)
}

fn key(text: &str) -> Option<char> {
    text.chars().next()
}

impl Default for KeyEntry {
    fn default() -> Self {
        KeyEntry { min: None, max: None, terminator: hash(), inter_digit: three_seconds(), cancel: None }
    }
}

impl KeyEntry {
    /// The keypad's rules.
    pub(crate) fn keypad(&self) -> Keypad {
        Keypad {
            terminator: key(&self.terminator),
            cancel: self.cancel.as_deref().and_then(key),
            inter_digit_ms: self.inter_digit.0,
            answers_first: false,
        }
    }

    /// The fewest keys.
    pub(crate) fn least(&self) -> u32 {
        self.min.unwrap_or(1)
    }

    /// The most keys, when the type of the answer has no limit of its own.
    pub(crate) fn most(&self) -> u32 {
        self.max.unwrap_or(limits::KEYS).max(self.least())
    }

    /// What contradicts itself.
    pub(crate) fn check(&self, found: &mut Vec<(String, String)>) {
        if let (Some(min), Some(max)) = (self.min, self.max)
            && min > max
        {
            found.push(("/keys/min".into(), format!("at least {min} keys and at most {max} leave no answer")));
        }
        if self.least() > limits::KEYS {
            found.push(("/keys/min".into(), format!("an answer has {} keys at most", limits::KEYS)));
        }
        if self.max.is_some_and(|max| !(1..=limits::KEYS).contains(&max)) {
            found.push(("/keys/max".into(), format!("an answer has 1 to {} keys", limits::KEYS)));
        }
        check_special(&self.terminator, self.cancel.as_deref(), found);
    }
}

impl Default for KeyTiming {
    fn default() -> Self {
        KeyTiming { terminator: hash(), inter_digit: three_seconds(), cancel: None }
    }
}

impl KeyTiming {
    /// The keypad's rules.
    pub(crate) fn keypad(&self) -> Keypad {
        Keypad {
            terminator: key(&self.terminator),
            cancel: self.cancel.as_deref().and_then(key),
            inter_digit_ms: self.inter_digit.0,
            answers_first: true,
        }
    }

    /// What contradicts itself.
    pub(crate) fn check(&self, found: &mut Vec<(String, String)>) {
        check_special(&self.terminator, self.cancel.as_deref(), found);
    }
}

fn check_special(terminator: &str, cancel: Option<&str>, found: &mut Vec<(String, String)>) {
    check_keys(terminator, 1, "/keys/terminator", found);
    check_keys(cancel.unwrap_or_default(), 1, "/keys/cancel", found);
    if cancel.is_some_and(|cancel| !cancel.is_empty() && cancel == terminator) {
        found.push(("/keys/cancel".into(), "the key that discards an entry cannot also end it".into()));
    }
}
