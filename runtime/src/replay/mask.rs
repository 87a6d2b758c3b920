//! Taking personal data out of a journal: what is known of the contact, what services tell in fields such as `name`, what was
//! answered in confidence, and what looks like a telephone number, an e-mail address, a card or an account. The same value becomes the same stand-in, of the same shape.
//!
//! The masked journal is run: it must go the very same way, or nothing is given out. What a person tells in words of their own
//! (an address, a name that the contact does not have) is not recognised; whoever keeps a talk still reads it.

mod detect;
mod stand_in;

use super::recording::{Known, Recording};
use super::words::kind;
use super::{Entry, ReplayError};
use crate::command::Command;
use crate::event::Event;
use crate::program::Program;
use crate::session::Session;
use crate::value::{Map, Value};
use stand_in::StandIns;
use std::sync::Arc;

/// A journal without personal data.
#[derive(Debug)]
pub struct Masked {
    /// The journal.
    pub journal: Vec<Entry>,
    originals: Vec<String>,
}

/// Why a journal was not masked.
#[derive(Debug, thiserror::Error)]
pub enum Unmasked {
    /// It does not replay as it is.
    #[error("it does not replay: {0}")]
    Replay(#[from] ReplayError),
    /// With stand-ins it goes another way: a value decides where the conversation goes.
    #[error(
        "without personal data the conversation goes another way in turn {turn} at {place}, after {event}: {then} became {now}. A value \
         decides the way there; what is no secret can be kept by its name"
    )]
    Path {
        /// The turn, from 1.
        turn: usize,
        /// The node at which it stood.
        place: String,
        /// What happened, masked.
        event: String,
        /// What it did.
        then: String,
        /// What it does now.
        now: String,
    },
}

impl Masked {
    /// The values that were taken out and nevertheless stand in a text.
    pub fn left_in(&self, text: &str) -> usize {
        let whole = |original: &&String| original.chars().count() > 3 && detect::find(text, original).is_some();
        self.originals.iter().filter(whole).count()
    }
}

/// Masks a journal. `keep` names fields that stay: of the contact, such as `attributes.plan`, or of what services answer.
pub fn mask(program: &Program, journal: &[Entry], keep: &[String]) -> Result<Masked, Unmasked> {
    let first = journal.first().ok_or(ReplayError::Empty)?;
    let recording = Recording::of(program, "talk", journal.to_vec())?;
    let mut names = StandIns::default();
    if let Event::Start(start) = &first.event {
        let contact = &start.contact;
        let kept = |name: &str| keep.iter().any(|keep| keep == name || keep.strip_prefix("contact.") == Some(name));
        for (name, value) in [("id", &contact.id), ("address", &contact.address)] {
            if !kept(name) {
                names.know(value);
            }
        }
        if !kept("name") {
            contact.name.split_whitespace().for_each(|word| names.know(word));
        }
        for (name, value) in &contact.attributes {
            if !kept(&format!("attributes.{name}")) {
                know(&mut names, value);
            }
        }
    }
    for entry in journal {
        match &entry.event {
            Event::Result(answer) => know_fields(&mut names, &answer.value, keep),
            Event::Event(named) => know_fields(&mut names, &named.data, keep),
            _ => {}
        }
    }
    confidential(journal).iter().for_each(|answer| names.know(answer));
    let mut events: Vec<Event> = journal.iter().map(|entry| entry.event.clone()).collect();
    keys(&mut events, &mut names);
    events.iter_mut().for_each(|event| in_event(event, &mut names));
    let masked = run(program, &recording, events)?;
    Ok(Masked { journal: masked, originals: names.originals() })
}

/// Fields of what services answer and events carry that are about a person; of names, each word is.
const PERSONAL: [&str; 11] = [
    "address",
    "birth_date",
    "date_of_birth",
    "email",
    "first_name",
    "full_name",
    "last_name",
    "mobile",
    "name",
    "phone",
    "street",
];

/// What stands in fields that are about a person, wherever they are in a value.
fn know_fields(names: &mut StandIns, value: &Value, keep: &[String]) {
    match value {
        Value::List(items) => items.iter().for_each(|item| know_fields(names, item, keep)),
        Value::Map(map) => {
            for (key, value) in map.iter() {
                let is_kept = keep.iter().any(|keep| **keep == **key);
                match value {
                    Value::Text(text) if PERSONAL.contains(&&**key) && !is_kept => match key.ends_with("name") {
                        true => text.split_whitespace().filter(|word| word.len() > 2).for_each(|word| names.know(word)),
                        false => names.know(text),
                    },
                    value => know_fields(names, value, keep),
                }
            }
        }
        _ => {}
    }
}

/// Every text and number in a value that could be somebody's.
fn know(names: &mut StandIns, value: &Value) {
    match value {
        Value::Text(text) if text.chars().count() > 2 => names.know(text),
        Value::Int(number) if number.unsigned_abs() > 999 => names.know(&number.to_string()),
        Value::List(items) => items.iter().for_each(|item| know(names, item)),
        Value::Map(map) => map.values().for_each(|value| know(names, value)),
        _ => {}
    }
}

/// What was answered while the contact was asked in confidence.
fn confidential(journal: &[Entry]) -> Vec<String> {
    let (mut asked, mut keys, mut answers) = (false, String::new(), Vec::new());
    for entry in journal {
        if asked {
            match &entry.event {
                Event::Keys(pressed) => keys.push_str(pressed),
                Event::Text(text) => answers.push(text.trim().to_owned()),
                Event::Speech(speech) => answers.push(speech.text.trim().to_owned()),
                _ => {}
            }
        }
        if !entry.commands.is_empty() {
            answers.push(std::mem::take(&mut keys).trim_matches(['#', '*']).to_owned());
        }
        let last = entry.commands.iter().rev().find_map(|command| match command {
            Command::Listen(listen) => Some(listen.sensitive),
            _ => None,
        });
        asked = last.unwrap_or(asked);
    }
    answers.retain(|answer| answer.chars().count() > 1);
    answers
}

/// Keys come one by one, so a number is found in a row of them and given back one by one.
fn keys(events: &mut [Event], names: &mut StandIns) {
    let mut at = 0;
    while at < events.len() {
        let row = events[at..].iter().take_while(|event| matches!(event, Event::Keys(_))).count();
        let pressed: String = events[at..at + row]
            .iter()
            .map(|event| if let Event::Keys(keys) = event { keys.as_str() } else { "" })
            .collect();
        let masked = names.masked(&pressed);
        if masked.len() == pressed.len() {
            let mut rest = masked.as_str();
            for event in &mut events[at..at + row] {
                if let Event::Keys(keys) = event {
                    let (own, after) = rest.split_at(keys.len());
                    own.clone_into(keys);
                    rest = after;
                }
            }
        }
        at += row.max(1);
    }
}

fn in_event(event: &mut Event, names: &mut StandIns) {
    let mut text = |text: &mut String| *text = names.masked(text);
    match event {
        Event::Start(start) => {
            "talk".clone_into(&mut start.session);
            text(&mut start.contact.id);
            text(&mut start.contact.address);
            text(&mut start.contact.name);
            let maps = [&mut start.contact.attributes, &mut start.inputs];
            maps.into_iter().flat_map(|map| map.values_mut()).for_each(|value| in_value(value, names));
        }
        Event::Text(said) => text(said),
        Event::Speech(speech) => text(&mut speech.text),
        Event::Result(answer) => in_value(&mut answer.value, names),
        Event::Failed(failure) => {
            text(&mut failure.fault.message);
            in_value(&mut failure.fault.detail, names);
        }
        Event::Connected(connected) => text(&mut connected.detail),
        Event::Event(named) => in_value(&mut named.data, names),
        Event::Recorded(recorded) => recorded.media.clear(),
        Event::Keys(_) | Event::Button(_) | Event::Listening(_) | Event::Timer | Event::Hangup(_) | Event::Moved(_) => {
        }
    }
}

fn in_value(value: &mut Value, names: &mut StandIns) {
    match value {
        Value::Text(text) => *value = Value::text(names.masked(text)),
        Value::Int(number) => {
            if let Ok(masked) = names.masked(&number.to_string()).parse() {
                *number = masked;
            }
        }
        Value::List(items) => {
            let masked = items.iter().map(|item| {
                let mut item = item.clone();
                in_value(&mut item, names);
                item
            });
            *value = Value::list(masked.collect::<Vec<_>>());
        }
        Value::Map(map) => {
            let masked: Map = map
                .iter()
                .map(|(key, value)| {
                    let mut value = value.clone();
                    in_value(&mut value, names);
                    (key.clone(), value)
                })
                .collect();
            *value = Value::Map(Arc::new(masked));
        }
        Value::Null | Value::Bool(_) | Value::Decimal(_) => {}
    }
}

/// Runs the masked events; each turn must go the way that was recorded.
fn run(program: &Program, recording: &Recording, events: Vec<Event>) -> Result<Vec<Entry>, Unmasked> {
    let mut session: Option<Session> = None;
    let mut journal = Vec::new();
    for ((taken, event), number) in recording.turns.iter().zip(events).zip(1..) {
        let at_ms = taken.entry.at_ms;
        let at = taken.known.as_ref().map(|known| known.at.clone()).unwrap_or_default();
        let turn = match (&mut session, &event) {
            (Some(session), event) => session.handle(program, event, at_ms),
            (none, Event::Start(start)) => {
                let (begun, turn) = Session::start(program, start, at_ms).map_err(ReplayError::Refused)?;
                *none = Some(begun);
                turn
            }
            (None, _) => return Err(ReplayError::NoStart.into()),
        };
        let running = session.as_ref().ok_or(ReplayError::NoStart)?;
        let now = super::recording::known(program, running, at.clone(), &turn);
        let then = taken.known.clone().unwrap_or_default();
        let (was, is) = (way(&then, &taken.entry.commands), way(&now, &turn.commands));
        if was != is || then.wakes_at_ms != now.wakes_at_ms {
            return Err(Unmasked::Path {
                turn: number,
                place: at.to_string(),
                event: super::words::event(&event, false),
                then: was,
                now: is,
            });
        }
        journal.push(Entry { at_ms, event, commands: turn.commands });
    }
    Ok(journal)
}

/// The way of a turn: the exits that were taken, and the kinds of what was asked for.
fn way(known: &Known, commands: &[Command]) -> String {
    let left = known.path.iter().map(|(place, exit)| format!("{place}.{exit}"));
    left.chain(commands.iter().map(|command| kind(command).to_owned())).collect::<Vec<_>>().join(" ")
}
