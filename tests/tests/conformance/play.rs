//! Performing a vector: events at moments, and what comes of each. After every event the session is saved and reloaded,
//! which must change nothing; at the end the journal is replayed from its JSON, which must give the same.

use crate::compare::{meets, same};
use crate::vector::{Kind, Vector};
use offhook_builtins::{catalog, custom};
use offhook_flow_schemas::{Diagnostic, Severity, parse_duration, read_flow, read_texts};
use offhook_runtime::migration::Migration;
use offhook_runtime::replay::{Entry, Programs, replay_on};
use offhook_runtime::{
    Catalog, Compiled, Event, FlowSource, Limits, Program, Session, Start, Turn, compile_for_tests_of_faults,
};
use serde_json::{Map, Value as Json, json};
use std::sync::{Arc, LazyLock};

static CATALOG: LazyLock<Catalog> = LazyLock::new(catalog);

/// Performs a vector, or says what is wrong.
pub fn play(vector: &Vector) -> Result<(), String> {
    match &vector.kind {
        Kind::Document { documents, texts, types, found, hints } => {
            let (_, diagnostics) = compiled(documents, texts, types);
            let codes = |wanted: fn(&Diagnostic) -> bool| {
                let mut codes: Vec<String> =
                    diagnostics.iter().filter(|one| wanted(one)).map(|one| one.code.to_string()).collect();
                codes.sort();
                codes
            };
            let told = codes(|one| one.severity != Severity::Hint);
            if told != *found {
                return Err(format!("  expected {found:?}, but found {told:?}: {}", sentences(&diagnostics)));
            }
            let told = codes(|one| one.severity == Severity::Hint);
            match hints.iter().find(|hint| !told.contains(hint)) {
                Some(hint) => Err(format!("  expected the hint {hint}, but found {told:?}")),
                None => Ok(()),
            }
        }
        Kind::Talk { flows, versions, texts, types, start, at, steps } => {
            let mut programs = Vec::new();
            for flows in std::iter::once(flows).chain(versions) {
                let documents: Vec<String> =
                    flows.iter().map(|flow| flow.as_str().map_or_else(|| flow.to_string(), str::to_owned)).collect();
                let (compiled, diagnostics) = compiled(&documents, texts, types);
                let program = compiled.as_ref().and_then(|(id, compiled)| compiled.program(id));
                let version = programs.len();
                programs.push(
                    program
                        .ok_or_else(|| format!("  version {version} does not compile: {}", sentences(&diagnostics)))?,
                );
            }
            Stage::new(&programs, at)?.perform(start, steps)
        }
    }
}

fn sentences(diagnostics: &[Diagnostic]) -> String {
    let line = |one: &Diagnostic| format!("\n    {} {}", one.code, one.message);
    diagnostics.iter().map(line).collect()
}

/// The flows compiled together, with the id of the first; and everything that was found.
fn compiled(
    documents: &[String],
    texts: &Map<String, Json>,
    types: &[Json],
) -> (Option<(String, Compiled)>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut own = Vec::new();
    for (index, description) in types.iter().enumerate() {
        let (read, found) = custom::read(&format!("{index}.node.json"), description.to_string().as_bytes());
        diagnostics.extend(found);
        own.extend(read.map(Arc::new));
    }
    let catalog = CATALOG.with(own);
    let mut sources = Vec::new();
    for (index, text) in documents.iter().enumerate() {
        let read = read_flow("flow.yaml", text.as_bytes());
        diagnostics.extend(read.diagnostics);
        let Some(document) = read.document else { continue };
        let mut translations = Vec::new();
        for (locale, texts) in texts.iter().filter(|_| index == 0) {
            let read = read_texts(&format!("flow.{locale}.json"), json!({ "texts": texts }).to_string().as_bytes());
            diagnostics.extend(read.diagnostics);
            if let Some(texts) = read.texts {
                translations.push(texts);
            }
        }
        sources.push(FlowSource { document: Arc::new(document), texts: translations, version: 1 });
    }
    if sources.len() < documents.len() {
        return (None, diagnostics);
    }
    // What a vector shows of faults would often be refused before it runs.
    let compiled = compile_for_tests_of_faults(&sources, &catalog, &Limits::default());
    diagnostics.extend(compiled.diagnostics.iter().cloned());
    (Some((sources[0].document.flow.id.clone(), compiled)), diagnostics)
}

struct Stage<'p> {
    /// Those that the session may be moved to; the first is the one that it begins on.
    programs: &'p [Program],
    /// The one that it is on.
    program: &'p Program,
    began_ms: i64,
    now_ms: i64,
    /// The number of the last command.
    number: u64,
    journal: Vec<Entry>,
}

fn duration(json: &Json) -> Result<i64, String> {
    let text = json.as_str().ok_or_else(|| format!("{json} is no length of time"))?;
    let ms = parse_duration(text).map_err(|_| format!("`{text}` is no length of time"))?;
    i64::try_from(ms).map_err(|_| "that is too long".to_owned())
}

/// An event with its short forms written out.
fn event(json: &Json) -> Result<Event, String> {
    let whole = match json {
        Json::String(word) if word == "hangup" => json!({ "hangup": {} }),
        Json::Object(map) if map.get("speech").is_some_and(Json::is_string) => {
            json!({ "speech": { "text": map["speech"] } })
        }
        other => other.clone(),
    };
    serde_json::from_value(whole).map_err(|error| format!("{json} is no event: {error}"))
}

impl<'p> Stage<'p> {
    fn new(programs: &'p [Program], at: &str) -> Result<Self, String> {
        let moment: jiff::Timestamp = at.parse().map_err(|_| format!("`{at}` is no moment"))?;
        let began_ms = moment.as_millisecond();
        let program = programs.first().ok_or("there is no flow")?;
        Ok(Stage { programs, program, began_ms, now_ms: began_ms, number: 0, journal: Vec::new() })
    }

    fn perform(&mut self, start: &Json, steps: &[Json]) -> Result<(), String> {
        let mut fields = json!({ "session": "s", "channel": "voice", "seed": 1 });
        for (key, value) in start.as_object().into_iter().flatten() {
            fields[key] = value.clone();
        }
        let start: Start = serde_json::from_value(fields).map_err(|error| format!("no start: {error}"))?;
        let (first, rest) = steps.split_first().ok_or("there are no steps")?;
        let begun = Session::start(self.program, &start, self.now_ms);
        if let Some(code) = first.get("refused") {
            return match begun {
                Err(fault) if *code == *fault.code => Ok(()),
                Err(fault) => Err(format!("  refused with {}, not {code}", fault.code)),
                Ok(_) => Err("  it begins, but should be refused".to_owned()),
            };
        }
        let (mut session, turn) = begun.map_err(|fault| format!("  it does not begin: {}", fault.message))?;
        self.look(0, first, &mut session, Event::Start(Box::new(start)), &turn)?;
        for (step, number) in rest.iter().zip(1..) {
            if let Some(at) = step.get("at") {
                let at_ms = self.began_ms + duration(at)?;
                if at_ms < self.now_ms {
                    return Err(format!("  step {number} goes back in time"));
                }
                self.now_ms = at_ms;
            }
            if let Some(to) = step.get("move") {
                self.relocate(number, step, to, &mut session)?;
                continue;
            }
            let event = event(&step["on"])?;
            for _ in 0..step["times"].as_u64().unwrap_or(1) {
                let turn = session.handle(self.program, &event, self.now_ms);
                self.look(number, step, &mut session, event.clone(), &turn)?;
            }
        }
        self.replay(&session)
    }

    /// Moves the session to another version, or sees that it stays for the written reason.
    fn relocate(&mut self, number: usize, step: &Json, to: &Json, session: &mut Session) -> Result<(), String> {
        let place = to.as_u64().and_then(|place| usize::try_from(place).ok());
        let next = place.and_then(|place| self.programs.get(place));
        let next = next.ok_or_else(|| format!("  step {number}: there is no version {to}"))?;
        let migration = Migration::new(self.program, next);
        let stays = step.get("stays");
        match migration.carry(session, self.now_ms) {
            Err(stay) => match json!(stay)["reason"] {
                ref reason if Some(reason) == stays => Ok(()),
                ref reason => Err(format!("  step {number}: it stays because of {reason}: {stay}")),
            },
            Ok(_) if stays.is_some() => Err(format!("  step {number}: it moves, but should stay")),
            Ok(carried) => {
                (*session, self.program) = (carried.session, next);
                self.look(number, step, session, Event::Moved(Box::new(migration.event())), &carried.turn)
            }
        }
    }

    /// Compares what came with what is written.
    fn look(
        &mut self,
        number: usize,
        step: &Json,
        session: &mut Session,
        event: Event,
        turn: &Turn,
    ) -> Result<(), String> {
        let wrong = |what: String| Err(format!("  step {number}: {what}"));
        let nothing = Vec::new();
        let out = step["out"].as_array().unwrap_or(&nothing);
        let mut came = turn.commands.iter();
        for expected in out {
            match came.next() {
                Some(command) if meets(command, expected) => {}
                Some(command) => return wrong(format!("expected {expected}, but came {}", told(command))),
                None => return wrong(format!("expected {expected}, but nothing more came")),
            }
        }
        if let Some(command) = came.next() {
            return wrong(format!("nothing more is expected, but came {}", told(command)));
        }
        for command in &turn.commands {
            self.number += 1;
            if command.id() != self.number {
                return wrong(format!("{} should have the number {}", told(command), self.number));
            }
        }
        if let Some(via) = step.get("via") {
            let path: Vec<String> = turn
                .path
                .iter()
                .map(|via| via.names(self.program))
                .map(|(_, node, exit)| format!("{node}.{exit}"))
                .collect();
            if json!(path) != *via {
                return wrong(format!("expected the path {via}, but it was {path:?}"));
            }
        }
        if step.get("used").is_some_and(|used| *used != turn.used) {
            return wrong(format!("the event was {}used", if turn.used { "" } else { "not " }));
        }
        if let Some(node) = step.get("node")
            && *node != *session.position(self.program).1
        {
            return wrong(format!("it stands at {}, not at {node}", session.position(self.program).1));
        }
        if let Some(wakes) = step.get("wakes") {
            let at = session.wakes_at(self.program).map(|at| at - self.began_ms);
            let expected = if *wakes == "never" { None } else { Some(duration(wakes)?) };
            if at != expected {
                return wrong(format!("it is to be woken after {at:?} ms, not {expected:?}"));
            }
        }
        for (path, expected) in step["vars"].as_object().into_iter().flatten() {
            let actual = session.look_up(self.program, path).unwrap_or_default();
            if !same(&actual, expected) {
                return wrong(format!("{path} is {}, not {expected}", json!(actual)));
            }
        }
        if step["end"].as_str() != session.ended() {
            return wrong(format!("its end is {:?}, not {}", session.ended(), step["end"]));
        }
        self.journal.push(Entry { at_ms: self.now_ms, event, commands: turn.commands.clone() });
        let saved = session.save(self.program);
        let reloaded = Session::load(self.program, &saved).map_err(|error| format!("  step {number}: {error}"))?;
        let again = reloaded.save(self.program);
        if again != saved {
            return wrong(format!("reloading changed it:\n{saved}\n{again}"));
        }
        *session = reloaded;
        Ok(())
    }

    fn replay(&self, session: &Session) -> Result<(), String> {
        let written = serde_json::to_string(&self.journal).expect("a journal is plain data");
        let journal: Vec<Entry> = serde_json::from_str(&written).map_err(|error| format!("  the journal: {error}"))?;
        let (first, later) = self.programs.split_first().ok_or("  there is no flow")?;
        let programs = Programs::new(first.clone(), later.to_vec());
        let replayed = replay_on(&programs, &journal).map_err(|error| format!("  it does not replay: {error}"))?;
        match replayed.ended.as_deref() == session.ended() {
            true => Ok(()),
            false => Err(format!("  the replay ends with {:?}", replayed.ended)),
        }
    }
}

fn told(command: &offhook_runtime::Command) -> String {
    serde_json::to_string(command).expect("a command is plain data")
}
