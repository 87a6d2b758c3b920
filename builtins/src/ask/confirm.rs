//! The second question of an `ask`: is that right?

use super::yes_no;
use crate::answer::{Expects, echo};
use crate::collect::{Fit, Heard, KeyEntry, Keypad, Question, Rules, Turns, Verdict};
use offhook_runtime::params::Prompt;
use offhook_runtime::phrases::{self, Stock};
use offhook_runtime::{CommandId, Context, Fault, Part, Value};
use schemars::JsonSchema;
use serde::Deserialize;

/// How the answer is confirmed: yes by the key 1, words or a button; no by the key 2, words or a button, and the question
/// is asked again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirm {
    /// What is said; `last.result` is the answer. Without it, the answer and how to confirm it.
    #[serde(default)]
    pub(crate) text: Option<Prompt>,
    /// How often this is asked again after silence or something other than yes or no.
    #[serde(default = "two")]
    #[schemars(range(max = 20))]
    pub(crate) retries: u32,
}

fn two() -> u32 {
    2
}

/// The question whether a value is right.
pub(crate) struct Confirmation<'a> {
    pub(crate) confirm: &'a Confirm,
    pub(crate) turns: &'a Turns,
    pub(crate) expects: Expects,
    pub(crate) value: &'a Value,
}

impl Question for Confirmation<'_> {
    type Answer = bool;

    fn rules(&self, cx: &Context<'_>) -> Rules<'_> {
        Rules { retries: self.confirm.retries, reprompts: &[], help: None, ..self.turns.rules(cx) }
    }

    fn prompt(&self, cx: &mut Context<'_>) -> Result<Vec<Part>, Fault> {
        if let Some(text) = self.confirm.text {
            return cx.parts_about(text, self.value.clone());
        }
        let answer = echo(self.value, self.expects, cx.is_spoken(), cx.locale());
        Ok(vec![Part::Text(format!("{answer}. {}", cx.stock(Stock::Confirm)))])
    }

    fn listen(&self, cx: &mut Context<'_>) -> Result<CommandId, Fault> {
        Ok(cx.listen(yes_no(cx.locale()), 1, Expects::Bool.word(), self.turns.sensitive))
    }

    fn keypad(&self) -> Option<Keypad> {
        Some(KeyEntry::default().keypad())
    }

    fn fit(&self, keys: &str) -> Fit {
        if matches!(keys, "1" | "2") { Fit::Full } else { Fit::Hopeless }
    }

    fn is_open(&self) -> bool {
        false
    }

    fn judge(&self, heard: Heard<'_>, cx: &mut Context<'_>) -> Result<Verdict<bool>, Fault> {
        let said = match heard {
            Heard::Keys("1") | Heard::Button("yes") => Some(true),
            Heard::Keys("2") | Heard::Button("no") => Some(false),
            Heard::Words(words) => match words.trim() {
                "1" => Some(true),
                "2" => Some(false),
                words => phrases::yes_or_no(words, cx.locale()),
            },
            Heard::Keys(_) | Heard::Button(_) => None,
        };
        Ok(said.map_or(Verdict::NoMatch, Verdict::Answer))
    }
}
