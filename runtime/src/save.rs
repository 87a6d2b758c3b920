//! Saving a session and taking it up again. The form is JSON with names, never with places in a program, so that a
//! person can read it and a later version of the flow can be told what it means. What equals its default is left out.

use crate::event::{Contact, Event};
use crate::node::For;
use crate::program::Program;
use crate::session::{Frame, Last, Session, Via};
use crate::value::Value;
use offhook_flow_schemas::ChannelKind;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
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

#[derive(Serialize, Deserialize)]
struct Saved {
    form: u32,
    id: String,
    channel: ChannelKind,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    to: String,
    #[serde(default, skip_serializing_if = "is_default")]
    contact: Contact,
    locale: String,
    started: i64,
    active: i64,
    turn: u64,
    commands: u64,
    random: u64,
    frames: Vec<SavedFrame>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wake: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waits_for_contact: Option<bool>,
    #[serde(default, skip_serializing_if = "is_default")]
    gone: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ahead: Vec<Event>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    via: Option<(String, String, String)>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    result: Value,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    error: Value,
}

#[derive(Serialize, Deserialize)]
struct SavedFrame {
    flow: String,
    node: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    vars: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    inputs: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    local: Option<Box<Json>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    memory: Vec<(String, Json)>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Session {
    /// The session as text.
    pub fn save(&self, program: &Program) -> String {
        let frames = self.frames.iter().map(|frame| frame.save(program)).collect();
        let saved = Saved {
            form: FORM,
            id: self.id.to_string(),
            channel: self.channel,
            to: self.to.to_string(),
            contact: (*self.contact).clone(),
            locale: self.locale.to_string(),
            started: self.started_ms,
            active: self.active_ms,
            turn: self.turn,
            commands: self.commands,
            random: self.random.get(),
            frames,
            wake: self.wake_at,
            waits_for_contact: self.waits_for.map(|whom| whom == For::Contact),
            gone: self.gone,
            ended: self.ended.as_deref().map(str::to_owned),
            ahead: self.ahead.clone(),
            via: self.last.via.map(|via| {
                let (flow, node, exit) = via.names(program);
                (flow.to_owned(), node.to_owned(), exit.to_owned())
            }),
            result: self.last.result.clone(),
            error: self.last.error.clone(),
        };
        serde_json::to_string(&saved).expect("a session is plain data")
    }

    /// Takes up a saved session. The program must have all the places that the session refers to.
    pub fn load(program: &Program, text: &str) -> Result<Session, LoadError> {
        let form: Form = serde_json::from_str(text)?;
        if form.form != FORM {
            return Err(LoadError::Form(form.form));
        }
        let saved: Saved = serde_json::from_str(text)?;
        let frames: Vec<Frame> =
            saved.frames.into_iter().map(|frame| Frame::load(program, frame)).collect::<Result<_, _>>()?;
        let Some(top) = frames.last() else {
            return Err(LoadError::Place("no node at all".to_owned()));
        };
        let known = program.flows[top.flow as usize].locales.iter().find(|locale| ***locale == *saved.locale);
        let locale = known.cloned().unwrap_or_else(|| saved.locale.as_str().into());
        Ok(Session {
            id: saved.id.into(),
            channel: saved.channel,
            to: saved.to.into(),
            contact: Box::new(saved.contact),
            locale,
            started_ms: saved.started,
            turn: saved.turn,
            commands: saved.commands,
            random: Cell::new(saved.random),
            frames,
            wake_at: saved.wake,
            active_ms: saved.active,
            waits_for: saved.waits_for_contact.map(|contact| if contact { For::Contact } else { For::World }),
            gone: saved.gone,
            ended: saved.ended.map(Into::into),
            ahead: saved.ahead,
            last: Box::new(Last {
                via: saved.via.and_then(|(flow, node, exit)| find_via(program, &flow, &node, &exit)),
                result: saved.result,
                error: saved.error,
            }),
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
    fn save(&self, program: &Program) -> SavedFrame {
        let flow = &program.flows[self.flow as usize];
        let node = |place: u32| flow.nodes[place as usize].id.clone();
        let changed =
            flow.vars.iter().zip(self.vars.iter()).zip(&flow.defaults).filter(|((_, value), default)| value != default);
        SavedFrame {
            flow: flow.id.clone(),
            node: node(self.node),
            vars: changed.map(|((var, value), _)| (var.name.to_string(), value.clone())).collect(),
            inputs: match self.inputs.as_map() {
                Some(map) if map.is_empty() => Value::Null,
                _ => self.inputs.clone(),
            },
            local: self.local.clone(),
            memory: self.memory.iter().map(|(place, json)| (node(*place), json.clone())).collect(),
        }
    }

    fn load(program: &Program, saved: SavedFrame) -> Result<Frame, LoadError> {
        let place = || LoadError::Place(format!("{}, node {}", saved.flow, saved.node));
        let index = program.flow_index(&saved.flow).ok_or_else(place)?;
        let flow = &program.flows[index];
        let node = *flow.index.get(&saved.node).ok_or_else(place)?;
        let mut vars = flow.defaults.clone();
        for (name, value) in saved.vars {
            let slot = flow.vars.iter().position(|var| *var.name == *name);
            let slot = slot.ok_or_else(|| LoadError::Place(format!("{}, variable {name}", saved.flow)))?;
            vars[slot] = value;
        }
        let mut memory = Vec::new();
        for (name, json) in saved.memory {
            let node =
                *flow.index.get(&name).ok_or_else(|| LoadError::Place(format!("{}, node {name}", saved.flow)))?;
            memory.push((node, json));
        }
        Ok(Frame {
            flow: u16::try_from(index).expect("a program links a limited number of flows"),
            node,
            vars: vars.into_boxed_slice(),
            inputs: if saved.inputs.is_null() { Value::map::<&str>([]) } else { saved.inputs },
            local: saved.local,
            memory,
        })
    }
}
