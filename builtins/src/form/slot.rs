//! One slot of a form: its parameters, and what input means to it. The same answers as those of `ask` and `menu`.

use crate::answer::{Expects, Setting, echo};
use crate::ask::confirm::Confirm;
use crate::ask::validate::Validate;
use crate::choices::{self, Choosable, Offered};
use crate::collect::{Fit, Heard, KeyEntry, KeyTiming, Keypad, Reprompt};
use crate::limits;
use crate::zone::Zone;
use offhook_runtime::params::{Expr, Keys, Millis, Phrases, Prompt, ValueExpr, VarRef};
use offhook_runtime::{Choice, Context, Fault, Part, Value};
use schemars::JsonSchema;
use serde::Deserialize;

/// One thing that the form asks for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Slot {
    /// Its name in the form.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]+$"))]
    pub(super) id: String,
    /// What is asked; `last.result` has the slots so far.
    pub(super) text: Prompt,
    /// What people call it, in the summary and when something is to be changed. Without it, the id in words.
    #[serde(default)]
    pub(super) label: Option<Prompt>,
    /// Words by which the contact names it, besides its label: "the date", "for when". What follows them is its value.
    #[serde(default)]
    pub(super) phrases: Option<Phrases>,
    /// The type of the answer.
    #[serde(default)]
    #[schemars(extend("default" = "string"))]
    pub(super) expects: Expects,
    /// What may be chosen, instead of an answer of a type. The value is the id of the choice.
    #[serde(default)]
    pub(super) choices: Vec<SlotChoice>,
    /// The variable that takes the value as soon as it is there.
    #[serde(default)]
    pub(super) save: Option<VarRef>,
    /// Whether it is asked for. One that is not is filled only if the contact says it by the way.
    #[serde(default = "yes")]
    pub(super) required: bool,
    /// The value that it has from the beginning. One with a value is not asked for, but can be changed.
    #[serde(default)]
    pub(super) default: Option<ValueExpr>,
    /// A condition without which there is no such slot; `last.result` has the slots so far. One that is no longer there is
    /// emptied.
    #[serde(default)]
    pub(super) when: Option<Expr>,
    /// How telephone keys make an answer.
    #[serde(default)]
    pub(super) keys: Option<KeyEntry>,
    /// What makes an answer of that type a valid one.
    #[serde(default)]
    pub(super) validate: Option<Validate>,
    /// Whether the answer is repeated to the contact at once, who says whether it is right.
    #[serde(default)]
    pub(super) confirm: Option<Confirm>,
    /// How often it is asked again. Without it, as the form says.
    #[serde(default)]
    #[schemars(range(max = 20))]
    pub(super) retries: Option<u32>,
    /// How long the contact may be silent. Without it, as the form says.
    #[serde(default)]
    pub(super) timeout: Option<Millis>,
    /// What is said when it is asked again. Without it, as the form says.
    #[serde(default)]
    pub(super) reprompts: Vec<Reprompt>,
    /// What is said when the contact asks for help. Without it, as the form says.
    #[serde(default)]
    pub(super) help: Option<Prompt>,
    /// Whether the answer is confidential: it is hidden wherever people see it, and left out of the summary.
    #[serde(default)]
    pub(super) sensitive: bool,
}

fn yes() -> bool {
    true
}

/// One thing to choose.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SlotChoice {
    /// The value.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]+$"))]
    id: String,
    /// What its button shows. Without it, the id in words.
    #[serde(default)]
    label: Option<Prompt>,
    /// The telephone keys that choose it.
    #[serde(default)]
    keys: Keys,
    /// Words that choose it, said or written.
    #[serde(default)]
    phrases: Option<Phrases>,
}

impl Choosable for SlotChoice {
    fn id(&self) -> &str {
        &self.id
    }

    fn label(&self) -> Option<Prompt> {
        self.label
    }

    fn keys(&self) -> &Keys {
        &self.keys
    }

    fn phrases(&self) -> Option<Phrases> {
        self.phrases
    }
}

impl Slot {
    /// Its choices, in the session's locale.
    pub(super) fn offered<'s>(&'s self, cx: &Context<'_>) -> Offered<'s, SlotChoice> {
        Offered::new(&self.choices, cx)
    }

    /// Whether any words are an answer.
    pub(super) fn is_open(&self) -> bool {
        self.choices.is_empty() && self.expects == Expects::String
    }

    /// What people call it.
    pub(super) fn label(&self, cx: &Context<'_>) -> Result<String, Fault> {
        self.label.map_or_else(|| Ok(choices::in_words(&self.id)), |label| choices::written(label, cx))
    }

    /// The words by which it is named.
    pub(super) fn names(&self, cx: &Context<'_>) -> Result<Vec<String>, Fault> {
        let mut names = vec![choices::in_words(&self.id)];
        if self.label.is_some() {
            names.push(self.label(cx)?);
        }
        names.extend(self.phrases.map_or(&[][..], |phrases| cx.phrases(phrases)).iter().cloned());
        Ok(names)
    }

    /// A value as the contact hears or reads it again.
    pub(super) fn echo(&self, value: &Value, cx: &Context<'_>) -> Result<String, Fault> {
        match self.choices.iter().find(|choice| value.as_text() == Some(&choice.id)) {
            Some(choice) => choices::label(choice, cx),
            None => Ok(echo(value, self.expects, cx.is_spoken(), cx.locale())),
        }
    }

    /// The value that input means, in the form of the type.
    pub(super) fn value(&self, heard: Heard<'_>, zone: &Zone, cx: &Context<'_>) -> Result<Option<Value>, Fault> {
        if !self.choices.is_empty() {
            let chosen = self.offered(cx).meant(heard, cx)?;
            return Ok(chosen.map(|index| Value::text(self.choices[index].id.as_str())));
        }
        let setting = Setting { locale: cx.locale(), now_ms: cx.now_ms(), zone: zone.get() };
        let value = match heard {
            Heard::Keys(keys) => self.expects.of_keys(keys, &setting),
            Heard::Words(words) => self.expects.of_words(words, &setting),
            Heard::Button(id) => self.expects.of_button(id, &setting),
        };
        Ok(value.and_then(|value| self.typed(value, cx)))
    }

    /// A value in the form of the type.
    pub(super) fn typed(&self, value: Value, cx: &Context<'_>) -> Option<Value> {
        match self.choices.is_empty() {
            true => cx.typed(self.expects.kind(), value).ok(),
            false => self.choices.iter().any(|choice| value.as_text() == Some(&choice.id)).then_some(value),
        }
    }

    /// Whether a value is valid, or else what to say about it.
    pub(super) fn valid(&self, value: &Value, cx: &mut Context<'_>) -> Result<Result<(), Option<Vec<Part>>>, Fault> {
        match &self.validate {
            Some(validate) if !validate.accepts(value, self.expects, cx)? => Ok(Err(match validate.message {
                Some(message) => Some(cx.parts_about(message, value.clone())?),
                None => None,
            })),
            _ => Ok(Ok(())),
        }
    }

    pub(super) fn for_channel(&self, cx: &Context<'_>) -> Result<Vec<Choice>, Fault> {
        match (self.choices.is_empty(), self.expects) {
            (false, _) => self.offered(cx).for_channel(cx),
            (true, Expects::Bool) => Ok(crate::ask::yes_no(cx.locale())),
            (true, _) => Ok(Vec::new()),
        }
    }

    pub(super) fn max_keys(&self, offered: &Offered<'_, SlotChoice>) -> u64 {
        match (self.choices.is_empty(), self.expects.most_keys()) {
            (false, _) => offered.max_keys(),
            (true, Some(0)) => 0,
            (true, _) => self.most_keys().into(),
        }
    }

    fn most_keys(&self) -> u32 {
        let written = self.keys.as_ref().and_then(|keys| keys.max);
        let longest = self.validate.as_ref().and_then(|validate| validate.max_length);
        let least = self.least_keys().min(limits::KEYS);
        written.or(self.expects.most_keys()).or(longest).unwrap_or(limits::KEYS).max(least)
    }

    fn least_keys(&self) -> u32 {
        self.keys.as_ref().map_or(1, KeyEntry::least)
    }

    pub(super) fn keypad(&self, offered: &Offered<'_, SlotChoice>) -> Option<Keypad> {
        if self.max_keys(offered) == 0 {
            return None;
        }
        let pad = self.keys.as_ref().map(KeyEntry::keypad);
        Some(match self.choices.is_empty() {
            true => pad.unwrap_or_else(|| KeyEntry::default().keypad()),
            false => KeyTiming::default().keypad(),
        })
    }

    pub(super) fn fit(&self, offered: &Offered<'_, SlotChoice>, keys: &str) -> Fit {
        match self.choices.is_empty() {
            true => Fit::by_length(keys, self.least_keys(), self.most_keys()),
            false => offered.fit(keys),
        }
    }

    /// What contradicts itself; pointers are below the slot.
    pub(super) fn check(&self, found: &mut Vec<(String, String)>) {
        if !self.choices.is_empty() {
            let all: Vec<_> =
                self.choices.iter().enumerate().map(|(at, one)| (format!("/choices/{at}"), one)).collect();
            choices::check(&all, &[], found);
            if self.expects != Expects::String {
                found.push(("/expects".into(), "the choices are the type of the answer".into()));
            }
            if self.keys.is_some() {
                found.push(("/keys".into(), "the choices have keys of their own".into()));
            }
        }
        if let Some(validate) = &self.validate {
            validate.check(self.expects, found);
        }
        if let Some(keys) = &self.keys {
            keys.check(found);
            if self.expects.most_keys() == Some(0) {
                let message = format!("keys cannot make an answer of type `{}`", self.expects.word());
                found.push(("/keys".into(), message));
            }
        }
        for (pointer, retries) in
            [("/retries", self.retries), ("/confirm/retries", self.confirm.as_ref().map(|confirm| confirm.retries))]
        {
            crate::collect::check_retries(retries.unwrap_or_default(), pointer, found);
        }
    }
}
