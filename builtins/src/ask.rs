//! `ask`: one answer of a given type.

pub(crate) mod confirm;
pub(crate) mod validate;

use crate::answer::{Expects, Setting, yes_no_labels};
use crate::collect::{
    self, Fit, Heard, KeyEntry, Keypad, Miss, Question, Rules, Turn, Turned, Turns, Verdict, check_retries,
};
use crate::limits;
use crate::zone::Zone;
use confirm::{Confirm, Confirmation};
use offhook_runtime::params::{Prompt, VarRef};
use offhook_runtime::{
    Choice, CommandId, Context, Exit, Facts, Fault, FlowExits, Meta, Node, NodeType, Part, Signal, Step, Value, Write,
    Written,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validate::Validate;

const META: Meta = Meta {
    name: "ask",
    family: "talk",
    title: "Ask",
    icon: "message-circle-question",
    channels: &[],
    kinds: &collect::ASKING_KINDS,
};

/// The exits by which it is left without an answer.
const MISSES: [&str; 2] = ["no_input", "no_match"];

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<Ask>(META, include_str!("ask.yaml"))
}

/// Asks one question and takes one answer of a given type: by keys, by voice, in writing, or by a button. What does not
/// fit is asked again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ask {
    /// What is asked.
    text: Prompt,
    /// The type of the answer.
    #[serde(default)]
    #[schemars(extend("default" = "string"))]
    expects: Expects,
    /// The variable that takes the answer.
    #[serde(default)]
    save: Option<VarRef>,
    /// How telephone keys make an answer. Dates are keyed as DDMMYYYY, or MMDDYYYY where months come first; times as
    /// HHMM; lengths of time in minutes; `*` is the decimal point.
    #[serde(default)]
    keys: Option<KeyEntry>,
    /// What makes an answer of that type a valid one.
    #[serde(default)]
    validate: Option<Validate>,
    /// Whether the answer is repeated to the contact, who says whether it is right.
    #[serde(default)]
    confirm: Option<Confirm>,
    /// Where a day and time without an offset are, for `datetime`.
    #[serde(default)]
    #[schemars(extend("default" = "UTC"))]
    timezone: Zone,
    #[serde(flatten)]
    turns: Turns,
}

/// What an `ask` remembers.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Kept {
    /// The answer is awaited.
    Asking(Turn),
    /// The answer is there and was repeated; yes or no is awaited.
    Confirming { asked: Turn, value: Value, confirming: Turn },
}

impl Default for Kept {
    fn default() -> Self {
        Kept::Asking(Turn::default())
    }
}

impl Ask {
    fn step(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Result<Step, Fault> {
        match cx.kept() {
            Kept::Asking(before) => {
                let mut turn = before.clone();
                match collect::on(self, signal, &mut turn, cx)? {
                    Turned::Pass => Ok(Step::Pass),
                    Turned::Waits => {
                        if turn != before {
                            cx.keep(&Kept::Asking(turn));
                        }
                        Ok(Step::LISTEN)
                    }
                    Turned::GaveUp(miss) => Ok(miss.exit()),
                    Turned::Answer(value) => match &self.confirm {
                        Some(confirm) => self.confirm(confirm, Signal::Enter, turn, value, Turn::default(), cx),
                        None => self.finish(value, cx),
                    },
                }
            }
            Kept::Confirming { asked, value, confirming } => {
                let confirm = self.confirm.as_ref().expect("only an ask that confirms keeps this state");
                self.confirm(confirm, signal, asked, value, confirming, cx)
            }
        }
    }

    fn confirm(
        &self,
        confirm: &Confirm,
        signal: Signal<'_>,
        mut asked: Turn,
        value: Value,
        before: Turn,
        cx: &mut Context<'_>,
    ) -> Result<Step, Fault> {
        let mut confirming = before.clone();
        let question = Confirmation { confirm, turns: &self.turns, expects: self.expects, value: &value };
        match collect::on(&question, signal, &mut confirming, cx)? {
            Turned::Pass => Ok(Step::Pass),
            Turned::Waits => {
                if confirming != before || matches!(signal, Signal::Enter) {
                    cx.keep(&Kept::Confirming { asked, value, confirming });
                }
                Ok(Step::LISTEN)
            }
            Turned::GaveUp(miss) => Ok(miss.exit()),
            Turned::Answer(true) => self.finish(value, cx),
            Turned::Answer(false) => {
                // What was keyed ahead belonged to an answer that was wrong.
                cx.take_ahead();
                let prompt = self.prompt(cx)?;
                match collect::miss(self, Miss::NoMatch, Some(prompt), &mut asked, cx)? {
                    Turned::GaveUp(miss) => Ok(miss.exit()),
                    _ => {
                        cx.keep(&Kept::Asking(asked));
                        Ok(Step::LISTEN)
                    }
                }
            }
        }
    }

    fn finish(&self, value: Value, cx: &mut Context<'_>) -> Result<Step, Fault> {
        if let Some(save) = self.save {
            cx.set(save, value.clone())?;
        }
        cx.result(value);
        Ok(Step::NEXT)
    }

    fn least_keys(&self) -> u32 {
        self.keys.as_ref().map_or(1, KeyEntry::least)
    }

    fn most_keys(&self) -> u32 {
        let written = self.keys.as_ref().and_then(|keys| keys.max);
        let longest = self.validate.as_ref().and_then(|validate| validate.max_length);
        let by_type = self.expects.most_keys();
        written.or(by_type).or(longest).unwrap_or(limits::KEYS).max(self.least_keys().min(limits::KEYS))
    }

    /// The value of an answer, in the form of its type.
    fn value(&self, heard: Heard<'_>, cx: &Context<'_>) -> Option<Value> {
        let setting = Setting { locale: cx.locale(), now_ms: cx.now_ms(), zone: self.timezone.get() };
        let value = match heard {
            Heard::Keys(keys) => self.expects.of_keys(keys, &setting),
            Heard::Words(words) => self.expects.of_words(words, &setting),
            Heard::Button(id) => self.expects.of_button(id, &setting),
        };
        cx.typed(self.expects.kind(), value?).ok()
    }
}

impl Question for Ask {
    type Answer = Value;

    fn rules(&self, cx: &Context<'_>) -> Rules<'_> {
        self.turns.rules(cx)
    }

    fn prompt(&self, cx: &mut Context<'_>) -> Result<Vec<Part>, Fault> {
        cx.parts(self.text)
    }

    fn listen(&self, cx: &mut Context<'_>) -> Result<CommandId, Fault> {
        let choices = if self.expects == Expects::Bool { yes_no(cx.locale()) } else { Vec::new() };
        let max_keys = if self.expects.most_keys() == Some(0) { 0 } else { self.most_keys() };
        Ok(cx.listen(choices, max_keys.into(), self.expects.word(), self.turns.sensitive))
    }

    fn keypad(&self) -> Option<Keypad> {
        if self.expects.most_keys() == Some(0) {
            return None;
        }
        Some(self.keys.as_ref().map_or_else(|| KeyEntry::default().keypad(), KeyEntry::keypad))
    }

    fn fit(&self, keys: &str) -> Fit {
        Fit::by_length(keys, self.least_keys(), self.most_keys())
    }

    fn is_open(&self) -> bool {
        self.expects == Expects::String
    }

    fn judge(&self, heard: Heard<'_>, cx: &mut Context<'_>) -> Result<Verdict<Value>, Fault> {
        let Some(value) = self.value(heard, cx) else {
            return Ok(Verdict::NoMatch);
        };
        match &self.validate {
            Some(validate) if !validate.accepts(&value, self.expects, cx)? => match validate.message {
                Some(message) => Ok(Verdict::Invalid(cx.parts_about(message, value)?)),
                None => Ok(Verdict::NoMatch),
            },
            _ => Ok(Verdict::Answer(value)),
        }
    }
}

/// The choices of a question for yes or no.
pub(crate) fn yes_no(locale: &str) -> Vec<Choice> {
    let (yes, no) = yes_no_labels(locale);
    [("yes", yes, "1"), ("no", no, "2")]
        .map(|(id, label, keys)| Choice { id: id.into(), label: label.into(), keys: keys.into(), phrases: Vec::new() })
        .into()
}

impl Node for Ask {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        vec![Exit::named("next"), Exit::named("no_input"), Exit::named("no_match")]
    }

    fn talks(&self) -> bool {
        true
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        self.step(signal, cx).unwrap_or_else(Step::Fault)
    }

    fn waits(&self) -> bool {
        true
    }

    fn is_open(&self, _: &Context<'_>) -> bool {
        self.expects == Expects::String
    }

    fn facts(&self) -> Facts {
        let mut asked = self.turns.told(Some(self.text), &MISSES);
        asked.by_keys = self.keypad().is_some();
        let write = |save| Write {
            sensitive: self.turns.sensitive,
            ..Write::new(save, "/save", Written::Type(self.expects.kind())).not_on(&MISSES)
        };
        Facts {
            writes: self.save.map(write).into_iter().collect(),
            asks: Some(asked),
            speaks: true,
            ..Facts::default()
        }
    }

    fn check(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        self.timezone.check(&mut found);
        self.turns.check(&mut found);
        if let Some(confirm) = &self.confirm {
            check_retries(confirm.retries, "/confirm/retries", &mut found);
        }
        if let Some(validate) = &self.validate {
            validate.check(self.expects, &mut found);
        }
        if let Some(keys) = &self.keys {
            keys.check(&mut found);
            let takes_point = matches!(self.expects, Expects::Decimal | Expects::Money);
            for (field, key) in [("terminator", Some(&keys.terminator)), ("cancel", keys.cancel.as_ref())] {
                if takes_point && key.is_some_and(|key| key == "*") {
                    found.push((format!("/keys/{field}"), "`*` is the decimal point here; take another key".into()));
                }
            }
            if self.expects.most_keys() == Some(0) {
                let message = format!("keys cannot make an answer of type `{}`", self.expects.word());
                found.push(("/keys".into(), message));
            }
        }
        found
    }
}
