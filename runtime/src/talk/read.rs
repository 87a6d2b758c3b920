//! Reading talks from a document with positions. Every mistake is told at its line.

use super::{Expect, Input, Line, LineKind, Mock, MockAnswer, Talk, Words};
use crate::event::{Contact, Event, Hangup, Named, Outcome, Speech, Start};
use crate::value::Value;
use offhook_flow_schemas::{ChannelKind, Code, Diagnostic, Positioned, escape_pointer, parse_duration};
use serde_json::{Map, Value as Json};
use std::str::FromStr;

/// When a talk begins that does not say: a Monday morning.
const DEFAULT_START: &str = "2026-11-23T09:00:00Z";

/// Reads a talk file: one talk, or a list of them under `talks:` with their common `flow:`.
pub fn read(tree: &Positioned) -> Result<Vec<Talk>, Vec<Diagnostic>> {
    let json = tree.to_value();
    let mut reader = Reader { tree, diagnostics: offhook_flow_schemas::merge::conflicts(tree) };
    let talks = match json.get("talks") {
        None => reader.talk(&json, "", None).into_iter().collect(),
        Some(list) => {
            reader.known_keys(&json, "", &["flow", "talks", "about"]);
            let flow = json.get("flow").and_then(Json::as_str);
            reader.list(list, "/talks", flow)
        }
    };
    reader.finish(talks)
}

/// Reads a list of talks about one flow, which stands somewhere in a document.
pub fn read_at(tree: &Positioned, pointer: &str, flow: &str) -> Result<Vec<Talk>, Vec<Diagnostic>> {
    let json = tree.value_at(pointer).unwrap_or_default();
    let mut reader = Reader { tree, diagnostics: Vec::new() };
    let talks = reader.list(&json, pointer, Some(flow));
    reader.finish(talks)
}

struct Reader<'t> {
    tree: &'t Positioned,
    diagnostics: Vec<Diagnostic>,
}

/// The first key of a line says what it is.
const LINE_KEYS: [&str; 5] = ["out", "in", "via", "vars", "end"];

impl Reader<'_> {
    fn finish(self, talks: Vec<Talk>) -> Result<Vec<Talk>, Vec<Diagnostic>> {
        if self.diagnostics.is_empty() { Ok(talks) } else { Err(self.diagnostics) }
    }

    fn bad(&mut self, pointer: &str, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::at_pointer(self.tree, Code::BAD_TALK, pointer, message));
    }

    fn known_keys(&mut self, json: &Json, pointer: &str, known: &[&str]) {
        for key in json.as_object().into_iter().flat_map(Map::keys) {
            if !known.contains(&key.as_str()) {
                let at = format!("{pointer}/{}", escape_pointer(key));
                let diagnostic =
                    Diagnostic::at_pointer(self.tree, Code::UNKNOWN_KEY, &at, format!("there is no `{key}` here"));
                self.diagnostics.push(diagnostic.key().did_you_mean(key, known.iter().copied()));
            }
        }
    }

    fn list(&mut self, json: &Json, pointer: &str, flow: Option<&str>) -> Vec<Talk> {
        let Some(items) = json.as_array() else {
            self.bad(pointer, "this must be a list of talks");
            return Vec::new();
        };
        items
            .iter()
            .enumerate()
            .filter_map(|(index, talk)| self.talk(talk, &format!("{pointer}/{index}"), flow))
            .collect()
    }

    fn talk(&mut self, json: &Json, pointer: &str, flow: Option<&str>) -> Option<Talk> {
        if !json.is_object() {
            self.bad(pointer, "a talk is a map with `about`, `flow`, `start`, `mocks` and `talk`");
            return None;
        }
        self.known_keys(json, pointer, &["about", "flow", "start", "mocks", "talk", "strict"]);
        let flow = json.get("flow").and_then(Json::as_str).or(flow).map(str::to_owned);
        let Some(flow) = flow else {
            self.bad(pointer, "`flow` is missing: the id of the flow that this talk is about");
            return None;
        };
        let (start, at_ms) = self.start(json.get("start").unwrap_or(&Json::Null), &format!("{pointer}/start"));
        let mut mocks = Vec::new();
        for (node, answers) in json.get("mocks").and_then(Json::as_object).into_iter().flatten() {
            let at = format!("{pointer}/mocks/{}", escape_pointer(node));
            let answers = match answers {
                Json::Array(items) => {
                    items.iter().enumerate().map(|(index, item)| self.mock(item, &format!("{at}/{index}"))).collect()
                }
                one => vec![self.mock(one, &at)],
            };
            mocks.push((node.clone(), answers));
        }
        let at = format!("{pointer}/talk");
        let lines = match json.get("talk") {
            Some(Json::Array(items)) => {
                items.iter().enumerate().filter_map(|(index, item)| self.line(item, &format!("{at}/{index}"))).collect()
            }
            _ => {
                self.bad(&at, "`talk` is missing: the list of what happened and what was asked");
                Vec::new()
            }
        };
        Some(Talk {
            about: json.get("about").and_then(Json::as_str).unwrap_or("a talk").to_owned(),
            flow,
            start,
            at_ms,
            mocks,
            lines,
            strict: json.get("strict").and_then(Json::as_bool).unwrap_or(false),
            pointer: pointer.to_owned(),
        })
    }

    fn start(&mut self, json: &Json, pointer: &str) -> (Start, i64) {
        self.known_keys(
            json,
            pointer,
            &["channel", "from", "to", "at", "locale", "contact", "inputs", "seed", "session"],
        );
        let text = |key: &str| json.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
        let channel = match text("channel") {
            none if none.is_empty() => "voice".to_owned(),
            some => some,
        };
        if ChannelKind::from_word(&channel).is_none() {
            self.bad(&format!("{pointer}/channel"), format!("there is no channel `{channel}`"));
        }
        let mut contact = Contact::default();
        if let Some(given) = json.get("contact") {
            let at = format!("{pointer}/contact");
            self.known_keys(given, &at, &["id", "address", "name", "locale", "attributes"]);
            let field = |key: &str| given.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
            contact.id = field("id");
            contact.address = field("address");
            contact.name = field("name");
            contact.locale = field("locale");
            for (key, value) in given.get("attributes").and_then(Json::as_object).into_iter().flatten() {
                contact.attributes.insert(key.clone(), Value::from_json(value));
            }
        }
        if contact.address.is_empty() {
            contact.address = text("from");
        }
        let at = match text("at") {
            none if none.is_empty() => DEFAULT_START.to_owned(),
            some => some,
        };
        let at_ms = match jiff::Timestamp::from_str(&at) {
            Ok(moment) => moment.as_millisecond(),
            Err(_) => {
                self.bad(&format!("{pointer}/at"), format!("{at:?} is not a moment such as {DEFAULT_START}"));
                0
            }
        };
        let inputs = json.get("inputs").and_then(Json::as_object);
        let start = Start {
            session: match text("session") {
                none if none.is_empty() => "talk".to_owned(),
                some => some,
            },
            channel,
            to: text("to"),
            contact,
            locale: text("locale"),
            inputs: inputs.into_iter().flatten().map(|(key, value)| (key.clone(), Value::from_json(value))).collect(),
            seed: json.get("seed").and_then(Json::as_u64).unwrap_or(1),
        };
        (start, at_ms)
    }

    fn duration(&mut self, json: &Json, pointer: &str) -> u64 {
        let parsed = json.as_str().and_then(|text| parse_duration(text).ok());
        if parsed.is_none() {
            self.bad(pointer, "this must be a length of time such as 6s");
        }
        parsed.unwrap_or_default()
    }

    fn mock(&mut self, json: &Json, pointer: &str) -> Mock {
        let bad = |reader: &mut Self, message: &str| {
            let diagnostic = Diagnostic::at_pointer(reader.tree, Code::TALK_BAD_MOCK, pointer, message);
            reader.diagnostics.push(diagnostic);
            Mock { delay_ms: 0, answer: MockAnswer::Silence }
        };
        match json {
            Json::String(word) if word == "silence" => Mock { delay_ms: 0, answer: MockAnswer::Silence },
            Json::String(word) => match serde_json::from_value::<Outcome>(json.clone()) {
                Ok(outcome) => Mock { delay_ms: 0, answer: MockAnswer::Outcome(outcome) },
                Err(_) => bad(self, &format!("`{word}` is neither the outcome of a connection nor `silence`")),
            },
            Json::Object(map) => {
                let delay_ms = match map.get("delay") {
                    Some(delay) => self.duration(delay, &format!("{pointer}/delay")),
                    None => 0,
                };
                if let Some(code) = map.get("error") {
                    let code = code.as_str().unwrap_or("error").to_owned();
                    let message = map.get("message").and_then(Json::as_str).unwrap_or("the mock says so").to_owned();
                    return Mock { delay_ms, answer: MockAnswer::Fault(code, message) };
                }
                if let Some(outcome) = map.get("outcome") {
                    return match serde_json::from_value::<Outcome>(outcome.clone()) {
                        Ok(outcome) => Mock { delay_ms, answer: MockAnswer::Outcome(outcome) },
                        Err(_) => bad(self, "`outcome` is one of answered, busy, no_answer, rejected, failed"),
                    };
                }
                let mut answer: Map<String, Json> = map
                    .iter()
                    .filter(|(key, _)| *key != "delay")
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect();
                if answer.is_empty() && map.contains_key("delay") {
                    return Mock { delay_ms, answer: MockAnswer::Silence };
                }
                // What an HTTP service always says may be left out.
                if answer.contains_key("json") || answer.contains_key("text") || answer.contains_key("status") {
                    answer.entry("status").or_insert(200.into());
                    answer.entry("headers").or_insert(Json::Object(Map::new()));
                }
                Mock { delay_ms, answer: MockAnswer::Value(Value::from_json(&Json::Object(answer))) }
            }
            _ => bad(
                self,
                "a mock is a map such as `{ json: … }` or `{ error: http.timeout }`, or a word such as `busy`",
            ),
        }
    }

    fn line(&mut self, json: &Json, pointer: &str) -> Option<Line> {
        let Some(map) = json.as_object().filter(|map| map.len() == 1) else {
            self.bad(pointer, "a line has one of `out`, `in`, `via`, `vars`, `end`");
            return None;
        };
        let (key, value) = map.iter().next()?;
        let at = format!("{pointer}/{}", escape_pointer(key));
        let kind = match key.as_str() {
            "out" => LineKind::Out(self.out(value, &at)?),
            "in" => LineKind::In(self.input(value, &at)?),
            "via" => {
                let (node, exit) = match value.as_str().map(|text| text.split_once('.').unwrap_or((text, ""))) {
                    Some(via) => via,
                    None => {
                        self.bad(&at, "`via` is a text such as `main-menu.book`");
                        return None;
                    }
                };
                LineKind::Via { node: node.to_owned(), exit: exit.to_owned() }
            }
            "vars" => LineKind::Vars(
                value
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(path, value)| (path.clone(), Value::from_json(value)))
                    .collect(),
            ),
            "end" => {
                self.known_keys(value, &at, &["reason", "via"]);
                let text = |key: &str| value.get(key).and_then(Json::as_str).map(str::to_owned);
                let reason = value.as_str().map(str::to_owned).or_else(|| text("reason"));
                LineKind::End { reason, via: text("via") }
            }
            other => {
                let diagnostic = Diagnostic::at_pointer(
                    self.tree,
                    Code::BAD_TALK,
                    &at,
                    format!("a line cannot begin with `{other}`"),
                );
                self.diagnostics.push(diagnostic.key().did_you_mean(other, LINE_KEYS));
                return None;
            }
        };
        let locales = match kind {
            LineKind::In(_) | LineKind::Out(_) => self.in_locales(value, key, &at),
            _ => Vec::new(),
        };
        Some(Line { pointer: pointer.to_owned(), kind, locales })
    }

    /// What a line says in other locales: `in: { text: 12/24/2026, locales: { es-ES: 24/12/2026 } }`.
    fn in_locales(&mut self, json: &Json, key: &str, pointer: &str) -> Vec<(String, LineKind)> {
        const WORDS: [&str; 7] = ["say", "exactly", "like", "keys", "speech", "text", "button"];
        let Some(given) = json.get("locales") else { return Vec::new() };
        let at = format!("{pointer}/locales");
        let Some(word) = WORDS.into_iter().find(|word| json.get(word).is_some()) else {
            self.bad(&at, format!("`locales` goes with one of {}", WORDS.join(", ")));
            return Vec::new();
        };
        let Some(given) = given.as_object() else {
            self.bad(&at, "`locales` is a map such as `{ es-ES: Hola }`");
            return Vec::new();
        };
        given
            .iter()
            .filter_map(|(locale, value)| {
                let at = format!("{at}/{}", escape_pointer(locale));
                let json = serde_json::json!({ word: value });
                let kind = match key {
                    "in" => LineKind::In(self.input(&json, &at)?),
                    _ => LineKind::Out(self.out(&json, &at)?),
                };
                Some((locale.clone(), kind))
            })
            .collect()
    }

    fn out(&mut self, json: &Json, pointer: &str) -> Option<Expect> {
        let text = |key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
        let words = |key: &str| match json.get(key) {
            Some(Json::String(text)) => Some(text.clone()),
            Some(number @ Json::Number(_)) => Some(number.to_string()),
            _ => None,
        };
        let found = if let Some(say) = words("say") {
            Some(Expect::Say(Words::Starts(say)))
        } else if let Some(exactly) = words("exactly") {
            Some(Expect::Say(Words::Exactly(exactly)))
        } else if let Some(like) = words("like") {
            Some(Expect::Say(Words::Like(like)))
        } else if let Some(call) = text("call") {
            Some(Expect::Call(call))
        } else if let Some(connect) = words("connect") {
            Some(Expect::Connect(connect))
        } else if let Some(note) = text("note") {
            Some(Expect::Note(note))
        } else if json.get("record").is_some() || json.as_str() == Some("record") {
            Some(Expect::Record)
        } else if let Some(listen) = json.get("listen") {
            let ids = listen.as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect();
            Some(Expect::Listen(ids))
        } else if json.as_str() == Some("listen") {
            Some(Expect::Listen(Vec::new()))
        } else {
            None
        };
        if found.is_none() {
            let message = "`out` is one of say, exactly, like, listen, call, connect, note, record";
            self.bad(pointer, message);
        }
        found
    }

    fn input(&mut self, json: &Json, pointer: &str) -> Option<Input> {
        if let Some(word) = json.as_str() {
            if word == "hangup" {
                return Some(Input::Events(vec![Event::Hangup(Hangup::default())]));
            }
            self.bad(pointer, format!("`{word}` is no input; only `hangup` stands alone"));
            return None;
        }
        let plain = |key: &str| match json.get(key) {
            Some(Json::String(text)) => Some(text.clone()),
            Some(other @ (Json::Number(_) | Json::Bool(_))) => Some(other.to_string()),
            _ => None,
        };
        if let Some(keys) = plain("keys") {
            if keys.is_empty() || !keys.chars().all(|key| "0123456789*#ABCD".contains(key)) {
                self.bad(pointer, format!("{keys:?} are no telephone keys"));
            }
            // A telephone sends its keys one by one.
            return Some(Input::Events(keys.chars().map(|key| Event::Keys(key.to_string())).collect()));
        }
        let event = if let Some(text) = plain("text") {
            Event::Text(text)
        } else if let Some(text) = plain("speech") {
            let confidence =
                json.get("confidence").and_then(Json::as_u64).and_then(|percent| u8::try_from(percent).ok());
            Event::Speech(Speech { text, confidence })
        } else if let Some(button) = plain("button") {
            Event::Button(button)
        } else if let Some(name) = plain("event") {
            let data = json.get("data").map(Value::from_json).unwrap_or_default();
            Event::Event(Named { name, data })
        } else if let Some(reason) = plain("hangup") {
            Event::Hangup(Hangup { reason })
        } else if let Some(time) = json.get("silence").or(json.get("time")) {
            return Some(Input::Time(self.duration(time, pointer)));
        } else if let Some(recording) = json.get("recording") {
            let (length, ended_by) = match recording {
                Json::Object(map) => (
                    map.get("duration").cloned().unwrap_or_default(),
                    map.get("ended_by").and_then(Json::as_str).unwrap_or("silence").to_owned(),
                ),
                length => (length.clone(), "silence".to_owned()),
            };
            let duration_ms = self.duration(&length, pointer);
            return Some(Input::Recording { duration_ms, ended_by });
        } else {
            self.bad(pointer, "`in` is one of keys, speech, text, button, silence, time, event, recording, hangup");
            return None;
        };
        Some(Input::Events(vec![event]))
    }
}
