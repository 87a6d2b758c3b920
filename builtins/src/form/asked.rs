//! The questions of a form, for the turn machine: what is said, what the keypad does, and what an answer means.

use super::Form;
use super::reading::{Hearing, Reading};
use super::slot::{Slot, SlotChoice};
use super::state::{Stage, State};
use crate::answer::Expects;
use crate::ask::yes_no;
use crate::choices::Offered;
use crate::collect::{Fit, Heard, KeyEntry, KeyTiming, Keypad, Question, Rules, Verdict};
use offhook_runtime::phrases::{self, Stock};
use offhook_runtime::{Choice, CommandId, Context, Fault, Part, Value};

/// What the contact does to the form.
#[derive(Debug)]
pub(super) enum Act {
    /// These slots have these values.
    Fill(Vec<(usize, Value)>),
    /// This slot is wrong, and is to be asked for again.
    Change(usize),
    /// What was asked about is right, or is not.
    Sure(bool),
    /// The form is given up.
    Cancel,
}

/// The slots with valid values, and what to say about the one that is asked for when its value is not.
type Valid = (Vec<(usize, Value)>, Option<Vec<Part>>);

/// The question of a stage.
pub(super) struct Asked<'a> {
    form: &'a Form,
    state: &'a State,
    applies: Vec<bool>,
    /// The choices of the slot whose keys count.
    offered: Option<Offered<'a, SlotChoice>>,
    /// The slot whose keys count: the one that is asked for, or the first that is missing.
    keyed: Option<usize>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(form: &'a Form, state: &'a State, cx: &mut Context<'_>) -> Result<Self, Fault> {
        let applies = form.applies(state, cx)?;
        let keyed = match state.stage {
            Stage::Slot(slot) => Some(slot),
            Stage::Opening => form.missing(state, &applies),
            Stage::Sure(_) | Stage::Review | Stage::Which => None,
        };
        let offered = keyed.map(|slot| form.slots[slot].offered(cx));
        Ok(Asked { form, state, applies, offered, keyed })
    }

    fn slot(&self) -> Option<&'a Slot> {
        match self.state.stage {
            Stage::Slot(slot) | Stage::Sure(slot) => Some(&self.form.slots[slot]),
            Stage::Opening | Stage::Review | Stage::Which => None,
        }
    }

    /// The slots that have a value, which are those that can be wrong.
    fn filled(&self) -> Vec<usize> {
        (0..self.form.slots.len()).filter(|slot| self.state.has(*slot)).collect()
    }

    /// The summary: each slot by its label, but for what is confidential.
    fn summary(&self, cx: &Context<'_>) -> Result<String, Fault> {
        let mut said = String::new();
        for slot in self.filled().into_iter().filter(|slot| !self.form.slots[*slot].sensitive) {
            let asked = &self.form.slots[slot];
            let (label, value) = (asked.label(cx)?, asked.echo(&self.state.values[slot], cx)?);
            said.push_str(&format!("{label}: {value}. "));
        }
        Ok(said)
    }

    /// Which slots can be wrong, as choices: by button, by name, by number.
    fn which(&self, cx: &Context<'_>) -> Result<Vec<Choice>, Fault> {
        let choices = self.filled().into_iter().enumerate().map(|(at, slot)| {
            let asked = &self.form.slots[slot];
            let keys = if at < 9 { (at + 1).to_string() } else { String::new() };
            Ok(Choice { id: asked.id.clone(), label: asked.label(cx)?, keys, phrases: asked.names(cx)? })
        });
        choices.collect()
    }

    fn keys(&self, keys: &str, cx: &mut Context<'_>) -> Result<Verdict<Act>, Fault> {
        match (self.state.stage, self.keyed) {
            (Stage::Sure(_) | Stage::Review, _) => Ok(match keys {
                "1" => Verdict::Answer(Act::Sure(true)),
                "2" => Verdict::Answer(Act::Sure(false)),
                _ => Verdict::NoMatch,
            }),
            (Stage::Which, _) => {
                let at = keys.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
                let slot = at.and_then(|at| self.filled().get(at).copied());
                Ok(slot.map_or(Verdict::NoMatch, |slot| Verdict::Answer(Act::Change(slot))))
            }
            (_, Some(slot)) => self.answer(slot, Heard::Keys(keys), cx),
            (_, None) => Ok(Verdict::NoMatch),
        }
    }

    fn button(&self, id: &str, cx: &mut Context<'_>) -> Result<Verdict<Act>, Fault> {
        match (self.state.stage, self.keyed) {
            (Stage::Sure(_) | Stage::Review, _) => Ok(match id {
                "yes" => Verdict::Answer(Act::Sure(true)),
                "no" => Verdict::Answer(Act::Sure(false)),
                _ => Verdict::NoMatch,
            }),
            (Stage::Which, _) => {
                let slot = self.filled().into_iter().find(|slot| self.form.slots[*slot].id == id);
                Ok(slot.map_or(Verdict::NoMatch, |slot| Verdict::Answer(Act::Change(slot))))
            }
            (Stage::Slot(slot), _) => self.answer(slot, Heard::Button(id), cx),
            (Stage::Opening, _) => self.words(id, cx),
        }
    }

    /// An answer to one slot, and to nothing else.
    fn answer(&self, slot: usize, heard: Heard<'_>, cx: &mut Context<'_>) -> Result<Verdict<Act>, Fault> {
        let asked = &self.form.slots[slot];
        let Some(value) = asked.value(heard, &self.form.timezone, cx)? else { return Ok(Verdict::NoMatch) };
        Ok(match asked.valid(&value, cx)? {
            Ok(()) => Verdict::Answer(Act::Fill(vec![(slot, value)])),
            Err(Some(message)) => Verdict::Invalid(message),
            Err(None) => Verdict::NoMatch,
        })
    }

    fn words(&self, said: &str, cx: &mut Context<'_>) -> Result<Verdict<Act>, Fault> {
        let plain = phrases::normalise(said);
        if cx.cancel_phrases().iter().any(|phrase| phrases::normalise(phrase) == plain) {
            return Ok(Verdict::Answer(Act::Cancel));
        }
        let filled: Vec<bool> = (0..self.form.slots.len()).map(|slot| self.state.has(slot)).collect();
        let (focus, last) = match self.state.stage {
            Stage::Slot(slot) => (Some(slot), self.state.last),
            Stage::Sure(slot) => (None, Some(slot)),
            Stage::Opening | Stage::Review | Stage::Which => (None, self.state.last),
        };
        let hearing = Hearing {
            slots: &self.form.slots,
            applies: &self.applies,
            filled: &filled,
            focus,
            last,
            zone: &self.form.timezone,
        };
        let reading = hearing.read(said, cx)?;
        let (values, message) = self.valid(reading.values.clone(), focus, cx)?;
        if !values.is_empty() {
            return Ok(Verdict::Answer(Act::Fill(values)));
        }
        if let Some(message) = message {
            return Ok(Verdict::Invalid(message));
        }
        if let Some(act) = self.without_values(said, &reading, &filled, cx)? {
            return Ok(Verdict::Answer(act));
        }
        let is_cancelled = cx.cancel_phrases().iter().any(|phrase| phrases::matches(said, phrase).is_some());
        Ok(if is_cancelled && !self.is_open() { Verdict::Answer(Act::Cancel) } else { Verdict::NoMatch })
    }

    /// The values that are valid, and what to say about the one that was asked for when it is not.
    fn valid(&self, values: Vec<(usize, Value)>, focus: Option<usize>, cx: &mut Context<'_>) -> Result<Valid, Fault> {
        let mut valid = Vec::with_capacity(values.len());
        let mut message = None;
        for (slot, value) in values {
            match self.form.slots[slot].valid(&value, cx)? {
                Ok(()) => valid.push((slot, value)),
                Err(said) if focus.is_none_or(|focus| focus == slot) => message = said,
                Err(_) => {}
            }
        }
        Ok((valid, message))
    }

    fn without_values(
        &self,
        said: &str,
        reading: &Reading,
        filled: &[bool],
        cx: &Context<'_>,
    ) -> Result<Option<Act>, Fault> {
        let named = reading.named.iter().copied().find(|slot| filled[*slot]);
        let change = named.map(Act::Change);
        Ok(match self.state.stage {
            Stage::Sure(_) | Stage::Review => {
                let sure = yes_or_no(said, cx.locale());
                if sure != Some(true) && change.is_some() { change } else { sure.map(Act::Sure) }
            }
            Stage::Which => {
                let number = Expects::Int.of_words(said, &self.form.setting(cx));
                let at = number.and_then(|number| number.as_int()).and_then(|number| usize::try_from(number - 1).ok());
                change.or_else(|| at.and_then(|at| self.filled().get(at).copied()).map(Act::Change))
            }
            Stage::Slot(_) | Stage::Opening => change.filter(|_| reading.corrects),
        })
    }
}

fn yes_or_no(said: &str, locale: &str) -> Option<bool> {
    match said.trim() {
        "1" => Some(true),
        "2" => Some(false),
        said => phrases::yes_or_no(said, locale),
    }
}

impl Question for Asked<'_> {
    type Answer = Act;

    fn rules(&self, cx: &Context<'_>) -> Rules<'_> {
        let rules = self.form.turns.rules(cx);
        match (self.state.stage, self.slot()) {
            // What the opening does not bring is asked for one by one.
            (Stage::Opening, _) => Rules { retries: 0, ..rules },
            (Stage::Slot(_), Some(slot)) => Rules {
                retries: slot.retries.unwrap_or(rules.retries),
                timeout_ms: slot.timeout.map(|ms| ms.0).or(rules.timeout_ms),
                reprompts: if slot.reprompts.is_empty() { rules.reprompts } else { &slot.reprompts },
                help: slot.help.or(rules.help),
                ..rules
            },
            (Stage::Sure(_), slot) => {
                let retries =
                    slot.and_then(|slot| slot.confirm.as_ref()).map_or(rules.retries, |confirm| confirm.retries);
                Rules { retries, reprompts: &[], help: None, ..rules }
            }
            _ => {
                let retries = self.form.confirm.as_ref().map_or(rules.retries, |review| review.retries);
                Rules { retries, reprompts: &[], help: None, ..rules }
            }
        }
    }

    fn prompt(&self, cx: &mut Context<'_>) -> Result<Vec<Part>, Fault> {
        let review = self.form.confirm.as_ref();
        let own = match self.state.stage {
            Stage::Opening => self.form.text,
            Stage::Slot(slot) => Some(self.form.slots[slot].text),
            Stage::Sure(slot) => {
                let asked = &self.form.slots[slot];
                let value = &self.state.values[slot];
                return match asked.confirm.as_ref().and_then(|confirm| confirm.text) {
                    Some(text) => cx.parts_about(text, value.clone()),
                    None => {
                        let answer = asked.echo(value, cx)?;
                        Ok(vec![Part::Text(format!("{answer}. {}", cx.stock(Stock::Confirm)))])
                    }
                };
            }
            Stage::Review => review.and_then(|review| review.text),
            Stage::Which => review.and_then(|review| review.change),
        };
        if let Some(text) = own {
            return cx.parts_about(text, self.form.result(self.state));
        }
        let words = match self.state.stage {
            Stage::Review => format!("{}{}", self.summary(cx)?, cx.stock(Stock::Confirm)),
            _ => {
                let labels: Vec<String> = self.which(cx)?.into_iter().map(|choice| choice.label).collect();
                format!("{} {}.", cx.stock(Stock::Which), labels.join(", "))
            }
        };
        Ok(vec![Part::Text(words)])
    }

    fn listen(&self, cx: &mut Context<'_>) -> Result<CommandId, Fault> {
        let keyed = self.keyed.map(|slot| &self.form.slots[slot]).zip(self.offered.as_ref());
        let max_keys = keyed.map_or(1, |(slot, offered)| slot.max_keys(offered));
        let sensitive = self.form.turns.sensitive || self.slot().is_some_and(|slot| slot.sensitive);
        Ok(match self.state.stage {
            Stage::Opening => cx.listen(Vec::new(), max_keys, Expects::String.word(), sensitive),
            Stage::Slot(slot) => {
                let asked = &self.form.slots[slot];
                let expects = if asked.choices.is_empty() { asked.expects.word() } else { "" };
                let choices = asked.for_channel(cx)?;
                cx.listen(choices, max_keys, expects, sensitive)
            }
            Stage::Sure(_) | Stage::Review => cx.listen(yes_no(cx.locale()), 1, Expects::Bool.word(), sensitive),
            Stage::Which => {
                let choices = self.which(cx)?;
                cx.listen(choices, 1, "", sensitive)
            }
        })
    }

    fn keypad(&self) -> Option<Keypad> {
        match self.state.stage {
            Stage::Sure(_) | Stage::Review => Some(KeyEntry::default().keypad()),
            Stage::Which => Some(KeyTiming::default().keypad()),
            Stage::Opening | Stage::Slot(_) => {
                let (slot, offered) = self.keyed.zip(self.offered.as_ref())?;
                self.form.slots[slot].keypad(offered)
            }
        }
    }

    fn fit(&self, keys: &str) -> Fit {
        match (self.state.stage, self.keyed.zip(self.offered.as_ref())) {
            (Stage::Sure(_) | Stage::Review, _) if matches!(keys, "1" | "2") => Fit::Full,
            (Stage::Which, _)
                if keys.parse::<usize>().is_ok_and(|number| (1..=self.filled().len().min(9)).contains(&number)) =>
            {
                Fit::Full
            }
            (Stage::Opening | Stage::Slot(_), Some((slot, offered))) => self.form.slots[slot].fit(offered, keys),
            _ => Fit::Hopeless,
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.state.stage, Stage::Slot(slot) if self.form.slots[slot].is_open())
    }

    fn judge(&self, heard: Heard<'_>, cx: &mut Context<'_>) -> Result<Verdict<Act>, Fault> {
        match heard {
            Heard::Keys(keys) => self.keys(keys, cx),
            Heard::Button(id) => self.button(id, cx),
            Heard::Words(said) => self.words(said, cx),
        }
    }
}
