//! Events, commands and moments in words, for people who decide whether a difference is meant.

use super::Entry;
use crate::command::{Command, Part};
use crate::event::Event;
use crate::limits;
use serde_json::Value as Json;

/// What stands for an answer given in confidence.
const MASK: &str = "•••";

/// What contacts have answered in confidence: no report shows it, wherever it went from there.
#[derive(Default)]
pub(super) struct Confidence {
    asked: bool,
    /// Keys come one by one.
    keys: String,
    answers: Vec<String>,
}

impl Confidence {
    /// Whether the contact is being asked in confidence.
    pub(super) fn is_asked(&self) -> bool {
        self.asked
    }

    /// What happened.
    pub(super) fn hear(&mut self, event: &Event) {
        if !self.asked {
            return;
        }
        match event {
            Event::Keys(keys) => self.keys.push_str(keys),
            Event::Speech(speech) => self.answers.push(speech.text.trim().to_owned()),
            Event::Text(text) => self.answers.push(text.trim().to_owned()),
            _ => {}
        }
    }

    /// What was asked for then.
    pub(super) fn follow(&mut self, commands: &[Command]) {
        let last = commands.iter().rev().find_map(|command| match command {
            Command::Listen(listen) => Some(listen.sensitive),
            _ => None,
        });
        if !commands.is_empty() {
            let keys = std::mem::take(&mut self.keys);
            self.answers.push(keys.trim_end_matches(['#', '*']).to_owned());
        }
        self.asked = last.unwrap_or(self.asked);
    }

    /// A text without the answers.
    pub(super) fn masked(&self, text: String) -> String {
        let keys = self.keys.trim_end_matches(['#', '*']);
        let answers = self.answers.iter().map(String::as_str).chain([keys]);
        // A single sign stands in many words that have nothing to do with it.
        answers.filter(|answer| answer.chars().count() > 1).fold(text, |text, answer| text.replace(answer, MASK))
    }
}

/// A text in quotation marks, cut where it is long.
fn quoted(text: &str) -> String {
    match text.char_indices().nth(limits::REPLAY_WORDS) {
        Some((cut, _)) => format!("“{}…”", &text[..cut]),
        None => format!("“{text}”"),
    }
}

/// What happened.
pub(super) fn event(event: &Event, secret: bool) -> String {
    let given = |verb: &str, words: &str| {
        let words = if secret { MASK } else { words };
        format!("the contact {verb} {}", quoted(words))
    };
    match event {
        Event::Start(start) => format!("the conversation began on {}", start.channel),
        Event::Keys(keys) => given("pressed", keys),
        Event::Speech(speech) => given("said", &speech.text),
        Event::Text(text) => given("wrote", text),
        Event::Button(id) => given("chose", id),
        Event::Listening(_) => "the prompts had been heard".to_owned(),
        Event::Recorded(recorded) => format!("a recording of {} ended", length(recorded.duration_ms)),
        Event::Timer => "time had passed".to_owned(),
        Event::Result(_) => "a service answered".to_owned(),
        Event::Failed(failure) => format!("a service failed with {}", failure.fault.code),
        Event::Connected(connected) => {
            let outcome = serde_json::to_value(connected.outcome).unwrap_or_default();
            format!("a connection came out as {}", outcome.as_str().unwrap_or_default())
        }
        Event::Event(named) => format!("the event {} came", quoted(&named.name)),
        Event::Hangup(_) => "the contact was gone".to_owned(),
        Event::Moved(_) => "another version took the conversation over".to_owned(),
    }
}

/// Two commands at the same place, so that the words tell them apart.
pub(super) fn commands(recorded: Option<&Command>, candidate: Option<&Command>) -> (String, String) {
    let nothing = || "nothing more was asked for".to_owned();
    let (then, now) = (recorded.map_or_else(nothing, command), candidate.map_or_else(nothing, command));
    match (recorded, candidate) {
        (Some(recorded), Some(candidate)) if then == now => {
            let (recorded, candidate) = fields(recorded, candidate);
            (format!("{then}, with {recorded}"), format!("{now}, with {candidate}"))
        }
        _ => (then, now),
    }
}

/// The fields in which two commands of a kind differ.
fn fields(recorded: &Command, candidate: &Command) -> (String, String) {
    let body = |command: &Command| {
        let json = serde_json::to_value(command).unwrap_or_default();
        json.as_object().and_then(|map| map.values().next().cloned()).unwrap_or_default()
    };
    let (then, now) = (body(recorded), body(candidate));
    let names = |json: &Json| json.as_object().map(|map| map.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let mut all = names(&then);
    all.extend(names(&now));
    all.sort_unstable();
    all.dedup();
    let different: Vec<&String> = all.iter().filter(|name| then.get(name.as_str()) != now.get(name.as_str())).collect();
    let tell = |json: &Json| {
        let told = different.iter().map(|name| match json.get(name.as_str()) {
            Some(value) => format!("{name} {}", quoted(&value.to_string())),
            None => format!("no {name}"),
        });
        told.collect::<Vec<_>>().join(", ")
    };
    (tell(&then), tell(&now))
}

/// The word for a command's kind.
pub(super) fn kind(command: &Command) -> &'static str {
    match command {
        Command::Say(_) => "say",
        Command::Listen(_) => "listen",
        Command::Record(_) => "record",
        Command::Call(_) => "call",
        Command::Connect(_) => "connect",
        Command::Note(_) => "note",
        Command::End(_) => "end",
    }
}

fn command(command: &Command) -> String {
    match command {
        Command::Say(say) => {
            let words = say.parts.iter().map(Part::words).collect::<Vec<_>>().join(" ");
            format!("said {}", quoted(&words))
        }
        Command::Listen(listen) if listen.choices.is_empty() => "waited for an answer".to_owned(),
        Command::Listen(listen) => {
            let ids: Vec<&str> = listen.choices.iter().map(|choice| choice.id.as_str()).collect();
            format!("waited for one of {}", quoted(&ids.join(", ")))
        }
        Command::Record(record) => format!("recorded up to {}", length(record.max_ms)),
        Command::Call(call) => {
            format!("asked the service {} for {}", call.service, quoted(&call.request.to_json().to_string()))
        }
        Command::Connect(connect) => format!("connected to {}", quoted(&connect.to)),
        Command::Note(note) => format!("told the outside {} {}", quoted(&note.name), note.data.to_json()),
        Command::End(end) => format!("ended the conversation ({})", end.reason),
    }
}

fn length(ms: u64) -> String {
    match ms {
        whole if whole.is_multiple_of(1_000) => format!("{} s", whole / 1_000),
        odd => format!("{odd} ms"),
    }
}

fn after(moment_ms: i64, since_ms: i64) -> String {
    length(u64::try_from(moment_ms.saturating_sub(since_ms)).unwrap_or_default())
}

/// When the recorded session went on, seen from the turn before.
pub(super) fn waking(recorded_ms: Option<i64>, since_ms: i64, entry: &Entry) -> String {
    match recorded_ms {
        Some(moment) if moment <= entry.at_ms => format!("went on by itself after {}", after(moment, since_ms)),
        _ => format!("was still waiting after {}", after(entry.at_ms, since_ms)),
    }
}

/// When the candidate would, seen from the turn before.
pub(super) fn waking_now(candidate_ms: Option<i64>, since_ms: i64) -> String {
    match candidate_ms {
        Some(moment) => format!("goes on by itself after {}", after(moment, since_ms)),
        None => "only waits".to_owned(),
    }
}
