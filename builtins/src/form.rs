//! `form`: several slots, in any order.

mod asked;
mod reading;
mod slot;
mod state;

use crate::answer::Setting;
use crate::collect::{self, Turn, Turned, Turns, check_retries};
use crate::limits;
use crate::names::check_exit;
use crate::zone::Zone;
use asked::{Act, Asked};
use offhook_runtime::params::{Prompt, VarRef};
use offhook_runtime::{Context, Exit, Fault, FlowExits, Meta, Node, NodeType, Signal, Step, Value};
use schemars::JsonSchema;
use serde::Deserialize;
use slot::Slot;
use state::{Stage, State};

const META: Meta =
    Meta { name: "form", family: "talk", title: "Form", icon: "clipboard-list", channels: &[], kinds: &[] };

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<Form>(META, include_str!("form.yaml"))
}

/// Asks for several things, in whatever order the contact says them. One answer may fill several slots; what is missing is
/// asked for. The contact may correct what was said before ("no, the date is …", "change the date"), cancel, or ask
/// something else in between; which phrases do that is said once for the flow, under `interrupts`. Keys fill the slot
/// that is being asked for. What could belong to two slots is asked for, never guessed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Form {
    /// What is said first. Whatever slots the answer has are filled, and only what is missing then is asked for. Without it,
    /// the first slot is asked for at once.
    #[serde(default)]
    text: Option<Prompt>,
    /// What is asked for, in this order.
    #[schemars(length(min = 1, max = 50))]
    slots: Vec<Slot>,
    /// Whether all slots are repeated to the contact in the end, who says whether they are right, and if not, which one is
    /// wrong.
    #[serde(default)]
    confirm: Option<Review>,
    /// The variable that takes all slots together, by their ids. It is also `last.result`.
    #[serde(default)]
    save: Option<VarRef>,
    /// Where a day and time without an offset are, for `datetime`.
    #[serde(default)]
    #[schemars(extend("default" = "UTC"))]
    timezone: Zone,
    #[serde(flatten)]
    turns: Turns,
}

/// How all slots are confirmed: yes by the key 1, words or a button; no by the key 2, words or a button, and it is asked which
/// one is wrong.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Review {
    /// What is said; `last.result` has the slots. Without it, each slot and how to confirm them.
    #[serde(default)]
    text: Option<Prompt>,
    /// How it is asked which one is wrong. Without it, a short sentence and their names.
    #[serde(default)]
    change: Option<Prompt>,
    /// How often this is asked again after silence or something that is no answer.
    #[serde(default = "two")]
    #[schemars(range(max = 20))]
    retries: u32,
}

fn two() -> u32 {
    2
}

impl Form {
    fn step(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Result<Step, Fault> {
        let mut state: State = match signal {
            Signal::Enter => self.begin(cx)?,
            _ => cx.kept(),
        };
        if matches!(signal, Signal::Enter)
            && state.stage != Stage::Opening
            && let Some(step) = self.go_on(&mut state, cx)?
        {
            return Ok(step);
        }
        let mut signal = signal;
        loop {
            let mut turn = state.turn.clone();
            let turned = {
                let asked = Asked::new(self, &state, cx)?;
                collect::on(&asked, signal, &mut turn, cx)?
            };
            state.turn = turn;
            match turned {
                Turned::Pass => return Ok(Step::Pass),
                Turned::Waits => {
                    cx.keep(&state);
                    return Ok(Step::LISTEN);
                }
                Turned::GaveUp(_) if state.stage == Stage::Opening => {}
                Turned::GaveUp(miss) => {
                    cx.result(self.result(&state));
                    return Ok(miss.exit());
                }
                Turned::Answer(act) => {
                    if let Some(step) = self.apply(act, &mut state, cx)? {
                        return Ok(step);
                    }
                }
            }
            if let Some(step) = self.go_on(&mut state, cx)? {
                return Ok(step);
            }
            signal = Signal::Enter;
        }
    }

    /// The slots with the values that they have from the beginning.
    fn begin(&self, cx: &mut Context<'_>) -> Result<State, Fault> {
        let mut state = State { values: vec![Value::Null; self.slots.len()], ..State::default() };
        for (index, slot) in self.slots.iter().enumerate() {
            let Some(default) = slot.default else { continue };
            let value = cx.value(default)?;
            if value.is_null() || value.as_text().is_some_and(|text| text.trim().is_empty()) {
                continue;
            }
            let Some(value) = slot.typed(value.clone(), cx) else {
                let message = format!("the default of the slot `{}` gave `{value}`, which does not fit", slot.id);
                return Err(Fault::new("value.type", message));
            };
            self.set(index, value, &mut state, cx)?;
        }
        if self.text.is_none() {
            state.stage = Stage::Slot(0);
        }
        Ok(state)
    }

    fn set(&self, slot: usize, value: Value, state: &mut State, cx: &mut Context<'_>) -> Result<(), Fault> {
        if let Some(save) = self.slots[slot].save {
            cx.set(save, value.clone())?;
        }
        state.values[slot] = value;
        Ok(())
    }

    /// What the contact did; gives a step when the form is left by it.
    fn apply(&self, act: Act, state: &mut State, cx: &mut Context<'_>) -> Result<Option<Step>, Fault> {
        match act {
            Act::Cancel => {
                cx.result(self.result(state));
                return Ok(Some(Step::exit("cancel")));
            }
            Act::Fill(values) => {
                state.wrong = false;
                for (slot, value) in values {
                    state.changes += u32::from(state.has(slot));
                    self.set(slot, value, state, cx)?;
                    state.unsure.retain(|unsure| *unsure != slot);
                    if self.slots[slot].confirm.is_some() {
                        state.unsure.push(slot);
                    }
                    state.last = Some(slot);
                    state.wanted = state.wanted.filter(|wanted| *wanted != slot);
                }
            }
            Act::Change(slot) => self.take_back(slot, state, cx)?,
            Act::Sure(true) => match state.stage {
                Stage::Sure(slot) => state.unsure.retain(|unsure| *unsure != slot),
                _ => return self.finish(state, cx).map(Some),
            },
            Act::Sure(false) => match state.stage {
                Stage::Sure(slot) => self.take_back(slot, state, cx)?,
                _ => {
                    let mut filled = (0..self.slots.len()).filter(|slot| state.has(*slot));
                    match (filled.next(), filled.next()) {
                        (Some(only), None) => self.take_back(only, state, cx)?,
                        _ => {
                            // What was keyed ahead belonged to an answer that was wrong.
                            cx.take_ahead();
                            state.wrong = true;
                            state.changes += 1;
                        }
                    }
                }
            },
        }
        if state.changes > limits::CHANGES {
            cx.result(self.result(state));
            return Ok(Some(Step::exit("no_match")));
        }
        Ok(None)
    }

    fn take_back(&self, slot: usize, state: &mut State, cx: &mut Context<'_>) -> Result<(), Fault> {
        cx.take_ahead();
        state.wrong = false;
        self.set(slot, Value::Null, state, cx)?;
        state.unsure.retain(|unsure| *unsure != slot);
        state.changes += 1;
        state.wanted = Some(slot);
        Ok(())
    }

    /// The next question; gives a step when none is left.
    fn go_on(&self, state: &mut State, cx: &mut Context<'_>) -> Result<Option<Step>, Fault> {
        let applies = self.applies(state, cx)?;
        for slot in (0..self.slots.len()).filter(|slot| !applies[*slot]) {
            if state.has(slot) {
                self.set(slot, Value::Null, state, cx)?;
            }
            state.unsure.retain(|unsure| *unsure != slot);
            state.wanted = state.wanted.filter(|wanted| *wanted != slot);
        }
        let missing = state.wanted.or_else(|| self.missing(state, &applies));
        let stage = match (state.unsure.first(), missing, &self.confirm) {
            (Some(unsure), _, _) => Stage::Sure(*unsure),
            (None, Some(slot), _) => Stage::Slot(slot),
            (None, None, Some(_)) if state.values.iter().any(|value| !value.is_null()) => {
                if state.wrong {
                    Stage::Which
                } else {
                    Stage::Review
                }
            }
            _ => return self.finish(state, cx).map(Some),
        };
        // A slot that is asked for again because something else was said by the way has not lost a try.
        match stage == state.stage && matches!(stage, Stage::Slot(_)) {
            true => state.turn.keys.clear(),
            false => state.turn = Turn::default(),
        }
        state.stage = stage;
        Ok(None)
    }

    fn finish(&self, state: &State, cx: &mut Context<'_>) -> Result<Step, Fault> {
        let result = self.result(state);
        if let Some(save) = self.save {
            cx.set(save, result.clone())?;
        }
        cx.result(result);
        Ok(Step::NEXT)
    }

    /// All slots by their ids.
    fn result(&self, state: &State) -> Value {
        Value::map(self.slots.iter().zip(&state.values).map(|(slot, value)| (slot.id.as_str(), value.clone())))
    }

    /// Which slots there are, as things stand.
    fn applies(&self, state: &State, cx: &mut Context<'_>) -> Result<Vec<bool>, Fault> {
        let result = self.result(state);
        let holds = |slot: &Slot| slot.when.map_or(Ok(true), |when| cx.eval_bool_about(when, result.clone()));
        self.slots.iter().map(holds).collect()
    }

    /// The first slot that must be asked for.
    fn missing(&self, state: &State, applies: &[bool]) -> Option<usize> {
        (0..self.slots.len()).find(|slot| self.slots[*slot].required && applies[*slot] && !state.has(*slot))
    }

    fn setting<'a>(&'a self, cx: &'a Context<'_>) -> Setting<'a> {
        Setting { locale: cx.locale(), now_ms: cx.now_ms(), zone: self.timezone.get() }
    }
}

impl Node for Form {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        ["next", "cancel", "no_input", "no_match"].map(Exit::named).into()
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        self.step(signal, cx).unwrap_or_else(Step::Fault)
    }

    fn talks(&self) -> bool {
        true
    }

    fn waits(&self) -> bool {
        true
    }

    fn is_open(&self, cx: &Context<'_>) -> bool {
        let state: State = cx.kept();
        matches!(state.stage, Stage::Slot(slot) if self.slots.get(slot).is_some_and(Slot::is_open))
    }

    fn check(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        if !(1..=limits::SLOTS).contains(&self.slots.len()) {
            found.push(("/slots".into(), format!("a form has 1 to {} slots", limits::SLOTS)));
        }
        for (index, slot) in self.slots.iter().enumerate() {
            check_exit(&slot.id, &[], format!("/slots/{index}/id"), &mut found);
            if self.slots[..index].iter().any(|other| other.id == slot.id) {
                found.push((format!("/slots/{index}/id"), format!("two slots have the id `{}`", slot.id)));
            }
            let mut own = Vec::new();
            slot.check(&mut own);
            found.extend(own.into_iter().map(|(pointer, message)| (format!("/slots/{index}{pointer}"), message)));
        }
        if let Some(review) = &self.confirm {
            check_retries(review.retries, "/confirm/retries", &mut found);
        }
        self.timezone.check(&mut found);
        self.turns.check(&mut found);
        found
    }
}
