//! Saving a session and taking it up again. The form is JSON with names, never with places in a program, so that a
//! person can read it and a later version of the flow can be told what it means. What equals its default is left out.

use crate::event::{Contact, Event};
use crate::fork::{Branch, Fork};
use crate::node::For;
use crate::program::Program;
use crate::session::{Frame, Last, Session, Via};
use crate::value::Value;
use offhook_flow_schemas::ChannelKind;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;

/// The form that this build writes. A build that reads another one refuses it by name.
const FORM: u32 = 1;

/// Why a saved session cannot be taken up.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It is no saved session.
    #[error("this is not a saved session: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It was written by another build.
    #[error("the session was saved in form {0}, and this build reads form {FORM}")]
    Form(u32),
    /// It stands where the program has nothing.
    #[error("the session stands at {0}, which the program does not have")]
    Place(String),
}

/// A session as it is written, which borrows, and as it is read, which does not.
#[derive(Serialize, Deserialize)]
struct Saved<'a> {
    form: u32,
    id: Cow<'a, str>,
    channel: ChannelKind,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    to: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "is_default")]
    contact: Cow<'a, Contact>,
    locale: Cow<'a, str>,
    started: i64,
    active: i64,
    turn: u64,
    commands: u64,
    random: u64,
    frames: Vec<SavedFrame<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wake: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    world: Option<i64>,
    #[serde(default, skip_serializing_if = "is_default")]
    steps: u32,
    #[serde(default, skip_serializing_if = "is_default")]
    rescued: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waits_for_contact: Option<bool>,
    #[serde(default, skip_serializing_if = "is_default")]
    gone: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    leaving: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "<[Event]>::is_empty")]
    ahead: Cow<'a, [Event]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    via: Option<(Cow<'a, str>, Cow<'a, str>, Cow<'a, str>)>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    result: Value,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    error: Value,
}

#[derive(Serialize, Deserialize)]
struct SavedFrame<'a> {
    flow: Cow<'a, str>,
    node: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Vars::is_empty")]
    vars: Vars<'a>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    inputs: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    local: Option<Cow<'a, RawValue>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    memory: Vec<(Cow<'a, str>, Cow<'a, RawValue>)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    branches: Vec<Option<SavedBranch<'a>>>,
    #[serde(default, skip_serializing_if = "is_default")]
    digression: bool,
}

#[derive(Serialize, Deserialize)]
struct SavedBranch<'a> {
    frames: Vec<SavedFrame<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wake: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waits_for_contact: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    world: Option<i64>,
    #[serde(default, skip_serializing_if = "is_default")]
    rescued: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    via: Option<(Cow<'a, str>, Cow<'a, str>, Cow<'a, str>)>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    result: Value,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    error: Value,
}

/// Variables by name; written as a map.
#[derive(Default)]
struct Vars<'a>(Vec<(Cow<'a, str>, Value)>);

impl Vars<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Vars<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de> Deserialize<'de> for Vars<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let vars = BTreeMap::<String, Value>::deserialize(deserializer)?;
        Ok(Vars(vars.into_iter().map(|(name, value)| (Cow::Owned(name), value)).collect()))
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Bytes that a session with a handful of variables takes; a text that begins so large seldom has to grow.
const USUAL_BYTES: usize = 512;

impl Session {
    /// The session as text.
    pub fn save(&self, program: &Program) -> String {
        let saved = Saved {
            form: FORM,
            id: Cow::Borrowed(&self.id),
            channel: self.channel,
            to: Cow::Borrowed(&self.to),
            contact: Cow::Borrowed(&self.contact),
            locale: Cow::Borrowed(&self.locale),
            started: self.started_ms,
            active: self.active_ms,
            turn: self.turn,
            commands: self.commands,
            random: self.random.get(),
            frames: self.frames.iter().map(|frame| frame.save(program)).collect(),
            wake: self.wake_at,
            world: self.world_ms,
            steps: self.steps,
            rescued: self.rescued,
            waits_for_contact: saved_wait(self.waits_for),
            gone: self.gone,
            leaving: self.leaving,
            ended: self.ended.as_deref().map(Cow::Borrowed),
            ahead: Cow::Borrowed(&self.ahead),
            via: saved_via(&self.last, program),
            result: self.last.result.clone(),
            error: self.last.error.clone(),
        };
        let mut text = Vec::with_capacity(USUAL_BYTES);
        serde_json::to_writer(&mut text, &saved).expect("a session is plain data");
        String::from_utf8(text).expect("JSON is written in UTF-8")
    }

    /// Takes up a saved session. The program must have all the places that the session refers to.
    pub fn load(program: &Program, text: &str) -> Result<Session, LoadError> {
        let form: Form = serde_json::from_str(text)?;
        if form.form != FORM {
            return Err(LoadError::Form(form.form));
        }
        let saved: Saved<'_> = serde_json::from_str(text)?;
        let frames: Vec<Frame> =
            saved.frames.into_iter().map(|frame| Frame::load(program, frame, false)).collect::<Result<_, _>>()?;
        let Some(top) = frames.last() else {
            return Err(LoadError::Place("no node at all".to_owned()));
        };
        let known = program.flows[top.flow as usize].locales.iter().find(|locale| ***locale == *saved.locale);
        let locale = known.cloned().unwrap_or_else(|| (*saved.locale).into());
        let waits_for = loaded_wait(saved.waits_for_contact);
        Ok(Session {
            id: (*saved.id).into(),
            channel: saved.channel,
            to: (*saved.to).into(),
            contact: Box::new(saved.contact.into_owned()),
            locale,
            started_ms: saved.started,
            turn: saved.turn,
            commands: saved.commands,
            random: Cell::new(saved.random),
            frames,
            wake_at: saved.wake,
            active_ms: saved.active,
            world_ms: saved.world.or((waits_for == Some(For::World)).then_some(saved.active)),
            spent: Cell::new(0),
            steps: saved.steps,
            rescued: saved.rescued,
            waits_for,
            gone: saved.gone,
            leaving: saved.leaving,
            ended: saved.ended.map(|reason| (*reason).into()),
            ahead: saved.ahead.into_owned(),
            last: Box::new(Last {
                via: saved.via.and_then(|(flow, node, exit)| find_via(program, &flow, &node, &exit)),
                result: saved.result,
                error: saved.error,
            }),
            echo: None,
            sights: None,
        })
    }
}

#[derive(Deserialize)]
struct Form {
    form: u32,
}

fn find_via(program: &Program, flow: &str, node: &str, exit: &str) -> Option<Via> {
    let flow_index = program.flow_index(flow)?;
    let flow = &program.flows[flow_index];
    let node_index = *flow.index.get(node)?;
    let exit = flow.nodes[node_index as usize].exits.iter().position(|known| &*known.name == exit)?;
    Some(Via { flow: u16::try_from(flow_index).ok()?, node: node_index, exit: u16::try_from(exit).ok()? })
}

impl Frame {
    fn save<'a>(&'a self, program: &'a Program) -> SavedFrame<'a> {
        let flow = &program.flows[self.flow as usize];
        let node = |place: u32| Cow::Borrowed(flow.nodes[place as usize].id.as_str());
        let mut vars = Vec::with_capacity(self.vars.len());
        for ((var, value), default) in flow.vars.iter().zip(&self.vars).zip(&flow.defaults) {
            if value != default {
                vars.push((Cow::Borrowed(&*var.name), value.clone()));
            }
        }
        SavedFrame {
            flow: Cow::Borrowed(&flow.id),
            node: node(self.node),
            vars: Vars(vars),
            inputs: match self.inputs.as_map() {
                Some(map) if map.is_empty() => Value::Null,
                _ => self.inputs.clone(),
            },
            local: self.local.as_deref().map(Cow::Borrowed),
            memory: self.memory.iter().map(|(place, json)| (node(*place), Cow::Borrowed(&**json))).collect(),
            branches: self.fork.as_deref().map_or_else(Vec::new, |fork| {
                fork.branches.iter().map(|branch| branch.as_ref().map(|branch| branch.save(program))).collect()
            }),
            digression: self.digression,
        }
    }

    /// `lent` for the lowest flow of a branch, which has no variables of its own.
    fn load(program: &Program, saved: SavedFrame<'_>, lent: bool) -> Result<Frame, LoadError> {
        let place = || LoadError::Place(format!("{}, node {}", saved.flow, saved.node));
        let index = program.flow_index(&saved.flow).ok_or_else(place)?;
        let flow = &program.flows[index];
        let node = *flow.index.get(&*saved.node).ok_or_else(place)?;
        let mut vars = if lent { Vec::new() } else { flow.defaults.clone() };
        for (name, value) in saved.vars.0 {
            let slot = flow.vars.iter().position(|var| *var.name == *name);
            let slot =
                slot.filter(|_| !lent).ok_or_else(|| LoadError::Place(format!("{}, variable {name}", saved.flow)))?;
            vars[slot] = value;
        }
        let mut memory = Vec::new();
        for (name, json) in saved.memory {
            let node =
                *flow.index.get(&*name).ok_or_else(|| LoadError::Place(format!("{}, node {name}", saved.flow)))?;
            memory.push((node, json.into_owned()));
        }
        Ok(Frame {
            flow: u16::try_from(index).expect("a program links a limited number of flows"),
            node,
            vars: vars.into_boxed_slice(),
            inputs: if saved.inputs.is_null() && !lent { Value::map::<&str>([]) } else { saved.inputs },
            local: saved.local.map(Cow::into_owned),
            memory,
            fork: match saved.branches {
                none if none.is_empty() => None,
                branches => Some(Box::new(Fork {
                    branches: branches
                        .into_iter()
                        .map(|branch| branch.map(|branch| Branch::load(program, branch)).transpose())
                        .collect::<Result<_, _>>()?,
                })),
            },
            digression: saved.digression,
        })
    }
}

impl Branch {
    fn save<'a>(&'a self, program: &'a Program) -> SavedBranch<'a> {
        SavedBranch {
            frames: self.frames.iter().map(|frame| frame.save(program)).collect(),
            wake: self.wake_at,
            waits_for_contact: saved_wait(self.waits_for),
            world: self.world_ms,
            rescued: self.rescued,
            via: saved_via(&self.last, program),
            result: self.last.result.clone(),
            error: self.last.error.clone(),
        }
    }

    fn load(program: &Program, saved: SavedBranch<'_>) -> Result<Branch, LoadError> {
        let frames: Vec<Frame> = (saved.frames.into_iter().enumerate())
            .map(|(depth, frame)| Frame::load(program, frame, depth == 0))
            .collect::<Result<_, _>>()?;
        if frames.is_empty() {
            return Err(LoadError::Place("no node at all in a branch".to_owned()));
        }
        Ok(Branch {
            frames,
            wake_at: saved.wake,
            waits_for: loaded_wait(saved.waits_for_contact),
            world_ms: saved.world,
            rescued: saved.rescued,
            last: Box::new(Last {
                via: saved.via.and_then(|(flow, node, exit)| find_via(program, &flow, &node, &exit)),
                result: saved.result,
                error: saved.error,
            }),
        })
    }
}

fn saved_wait(waits_for: Option<For>) -> Option<bool> {
    waits_for.map(|whom| whom == For::Contact)
}

fn loaded_wait(contact: Option<bool>) -> Option<For> {
    contact.map(|contact| if contact { For::Contact } else { For::World })
}

fn saved_via<'a>(last: &Last, program: &'a Program) -> Option<(Cow<'a, str>, Cow<'a, str>, Cow<'a, str>)> {
    let (flow, node, exit) = last.via?.names(program);
    Some((Cow::Borrowed(flow), Cow::Borrowed(node), Cow::Borrowed(exit)))
}
