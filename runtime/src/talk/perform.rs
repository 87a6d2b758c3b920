//! Performing a talk: a session, a virtual clock, answers from mocks, and a list of what did not go as written.
//!
//! Prompts take no time: on voice, every `listen` is followed at once by its `listening`. Time passes where a line
//! says so, and by itself while a node waits for the answer of a service that it asked (mocks with a delay, time
//! limits, back-off between attempts).

use super::coverage::Coverage;
use super::expect::describe;
use super::locales::{Ear, Out};
use super::{Expect, Input, Line, LineKind, Mock, MockAnswer, Talk};
use crate::command::Command;
use crate::echo::{Echo, Told};
use crate::event::{Answer, Connected, Event, Failure, Outcome, Recorded};
use crate::fault::Fault;
use crate::limits;
use crate::program::Program;
use crate::replay::Entry;
use crate::session::{Session, Turn, first_locale};
use crate::value::Value;
use offhook_flow_schemas::ChannelKind;
use serde::Serialize;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// How to perform.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// In this locale instead of the talk's own. What is said may then be expected in any locale of the flow, and what
    /// the contact says is said in this one.
    pub locale: Option<String>,
    /// Saves and reloads the session at every wait, which must change nothing.
    pub reload: bool,
}

/// Something that did not go as written.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mismatch {
    /// The line, as a JSON pointer in the talk's file.
    pub pointer: String,
    /// What is wrong, in a sentence.
    pub message: String,
    /// The text that was said instead, where an update of the talk could put it.
    pub said: Option<String>,
}

/// How a talk went.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What the talk is about.
    pub about: String,
    /// What did not go as written; empty when all did.
    pub mismatches: Vec<Mismatch>,
    /// Mocks that nobody asked for, by the node that they are for.
    pub unused: Vec<String>,
    /// What was walked.
    pub coverage: Coverage,
    /// Everything that happened: the talk as a journal.
    pub journal: Vec<Entry>,
}

impl Report {
    /// Whether all went as written.
    pub fn passed(&self) -> bool {
        self.mismatches.is_empty()
    }
}

/// Performs a talk.
pub fn perform(program: &Program, talk: &Talk, options: &Options) -> Report {
    let mut start = talk.start.clone();
    if let Some(locale) = &options.locale {
        start.locale.clone_from(locale);
    }
    let mut report = Report { about: talk.about.clone(), ..Report::default() };
    let first = match Session::begin(program, &start, talk.at_ms, Some(Box::default()), None) {
        Ok(first) => first,
        Err(fault) => {
            let message = format!("the conversation does not begin: {}", fault.message);
            let pointer = format!("{}/start", talk.pointer);
            report.mismatches.push(Mismatch { pointer, message, said: None });
            return report;
        }
    };
    let (session, turn) = first;
    let mut stage = Stage {
        // The first turn may have changed it already.
        locale: first_locale(program.entry(), &start),
        program,
        talk,
        options,
        session,
        now_ms: talk.at_ms,
        due: Vec::new(),
        outs: Vec::new(),
        ear: Ear::default(),
        vias: Vec::new(),
        asked: HashMap::new(),
        attributes: start.contact.attributes.clone().into_iter().collect(),
        recording: None,
        asking: HashSet::new(),
        report,
    };
    stage.absorb(Event::Start(Box::new(start)), turn);
    stage.settle();
    for line in talk.lines.iter().take(limits::TALK_LINES) {
        if !stage.line(line) {
            break;
        }
    }
    stage.close();
    stage.report
}

struct Stage<'a> {
    program: &'a Program,
    talk: &'a Talk,
    options: &'a Options,
    /// The locale in which the talk began.
    locale: Arc<str>,
    session: Session,
    now_ms: i64,
    /// Answers on their way: when they come, in the order in which they were asked for.
    due: Vec<(i64, Event)>,
    /// Commands since the last input that no line has named.
    outs: Vec<Out>,
    ear: Ear,
    /// Exits since the last input that no line has named.
    vias: Vec<(String, String)>,
    /// How often each node has asked.
    asked: HashMap<String, usize>,
    /// The contact's lasting attributes, as the `contact` service holds them when it is not mocked.
    attributes: Vec<(String, Value)>,
    recording: Option<u64>,
    /// The nodes that have asked a service.
    asking: HashSet<String>,
    report: Report,
}

impl Stage<'_> {
    // ---- the session --------------------------------------------------------------------------------------------

    fn deliver(&mut self, event: Event) {
        let turn = self.session.handle(self.program, &event, self.now_ms);
        self.absorb(event, turn);
    }

    fn absorb(&mut self, event: Event, turn: Turn) {
        self.report.coverage.add(self.program, &turn, &self.locale);
        for via in &turn.path {
            let (_, node, exit) = via.names(self.program);
            self.vias.push((node.to_owned(), exit.to_owned()));
        }
        for command in &turn.commands {
            self.answer(command);
        }
        let told = self.told();
        self.report.coverage.hear(&told);
        let outs = self.ear.hear(&turn.commands, &told);
        self.outs.extend(outs);
        self.report.journal.push(Entry { at_ms: self.now_ms, event, commands: turn.commands });
        if self.options.reload {
            self.reload();
        }
    }

    fn told(&self) -> Vec<Told> {
        let echo = self.session.echo.as_ref().map(|echo| std::mem::take(&mut echo.borrow_mut().told));
        echo.unwrap_or_default()
    }

    fn reload(&mut self) {
        let saved = self.session.save(self.program);
        match Session::load(self.program, &saved) {
            Ok(session) => {
                let again = session.save(self.program);
                if again != saved {
                    let message = format!("saving and reloading changed the session:\n{saved}\n{again}");
                    self.mismatch(&self.talk.pointer.clone(), message, None);
                }
                self.session = session;
                self.session.echo = Some(Box::new(RefCell::new(Echo::default())));
            }
            Err(error) => self.mismatch(&self.talk.pointer.clone(), format!("it cannot be reloaded: {error}"), None),
        }
    }

    /// What the world does about a command.
    fn answer(&mut self, command: &Command) {
        match command {
            Command::Listen(listen) if self.is_spoken() => self.due.push((self.now_ms, Event::Listening(listen.id))),
            Command::Record(record) => self.recording = Some(record.id),
            Command::Call(call) => {
                self.asking.insert(call.node.clone());
                let mock = self.mock(&call.node).or_else(|| {
                    (call.service == "contact")
                        .then(|| Mock { delay_ms: 0, answer: MockAnswer::Value(self.contact(&call.request)) })
                });
                let Some(mock) = mock else {
                    let pointer = format!("{}/mocks", self.talk.pointer);
                    let message = format!("`{}` asks the service `{}`, which no mock answers", call.node, call.service);
                    return self.mismatch(&pointer, message, None);
                };
                let event = match mock.answer {
                    MockAnswer::Value(value) => Event::Result(Answer { id: call.id, value }),
                    MockAnswer::Fault(code, message) => {
                        Event::Failed(Failure { id: call.id, fault: Fault::new(code, message) })
                    }
                    MockAnswer::Silence | MockAnswer::Outcome(_) => return,
                };
                self.schedule(mock.delay_ms, event);
            }
            Command::Connect(connect) => {
                self.asking.insert(connect.node.clone());
                let mock = self.mock(&connect.node);
                let delay_ms = mock.as_ref().map_or(0, |mock| mock.delay_ms);
                let (outcome, detail) = match mock.map(|mock| mock.answer) {
                    None => (Outcome::Answered, String::new()),
                    Some(MockAnswer::Outcome(outcome)) => (outcome, String::new()),
                    Some(MockAnswer::Fault(code, _)) => (Outcome::Failed, code),
                    Some(MockAnswer::Value(_)) => (Outcome::Answered, String::new()),
                    Some(MockAnswer::Silence) => return,
                };
                self.schedule(delay_ms, Event::Connected(Connected { id: connect.id, outcome, detail }));
            }
            _ => {}
        }
    }

    fn schedule(&mut self, delay_ms: u64, event: Event) {
        let delay = i64::try_from(delay_ms).unwrap_or(i64::MAX);
        self.due.push((self.now_ms.saturating_add(delay), event));
    }

    /// The next answer for a node.
    fn mock(&mut self, node: &str) -> Option<Mock> {
        let (_, answers) = self.talk.mocks.iter().find(|(name, _)| name == node)?;
        let asked = self.asked.entry(node.to_owned()).or_default();
        let answer = answers.get(*asked).or(answers.last()).cloned();
        *asked += 1;
        answer
    }

    /// The `contact` service of a talk: attributes in memory.
    fn contact(&mut self, request: &Value) -> Value {
        for (name, value) in request.get("write").and_then(Value::as_map).into_iter().flatten() {
            self.attributes.retain(|(known, _)| **known != **name);
            self.attributes.push((name.to_string(), value.clone()));
        }
        Value::map([(
            "attributes",
            Value::map(self.attributes.iter().map(|(key, value)| (key.as_str(), value.clone()))),
        )])
    }

    fn is_spoken(&self) -> bool {
        matches!(self.session.channel(), ChannelKind::Voice | ChannelKind::Video)
    }

    // ---- time -----------------------------------------------------------------------------------------------------

    /// The next thing that happens by itself: an answer or a timer.
    fn next_due(&self) -> Option<i64> {
        let answer = self.due.iter().map(|(at, _)| *at).min();
        let timer = self.session.wakes_at(self.program);
        [answer, timer].into_iter().flatten().min()
    }

    fn fire(&mut self, at_ms: i64) {
        self.now_ms = self.now_ms.max(at_ms);
        let place = self.due.iter().position(|(at, _)| *at <= self.now_ms);
        let event = match place {
            Some(place) => self.due.remove(place).1,
            None => Event::Timer,
        };
        self.deliver(event);
    }

    /// Lets everything happen that needs no time, and the time pass that a service needs.
    fn settle(&mut self) {
        // The interpreter's own guards end every loop within a turn; this one ends a loop of turns.
        for _ in 0..limits::TALK_LINES {
            if self.session.ended().is_some() {
                return;
            }
            let Some(next) = self.next_due() else { return };
            let is_asking = !self.session.awaits_contact()
                && self.asking.iter().any(|node| self.session.stands_at(self.program, node));
            if next > self.now_ms && !is_asking {
                return;
            }
            self.fire(next);
        }
    }

    fn pass(&mut self, ms: u64) {
        let until = self.now_ms.saturating_add(i64::try_from(ms).unwrap_or(i64::MAX));
        for _ in 0..limits::TALK_LINES {
            match self.next_due() {
                Some(next) if next <= until && self.session.ended().is_none() => self.fire(next),
                _ => break,
            }
        }
        self.now_ms = self.now_ms.max(until);
    }

    // ---- lines ----------------------------------------------------------------------------------------------------

    /// Performs a line; `false` when it makes no sense to go on.
    fn line(&mut self, line: &Line) -> bool {
        match self.kind(line) {
            LineKind::In(input) => {
                if let Some(reason) = self.session.ended().map(str::to_owned) {
                    self.mismatch(&line.pointer, format!("the session has already ended ({reason})"), None);
                    return false;
                }
                self.leave_outs(&line.pointer);
                self.vias.clear();
                self.input(input, line);
                self.settle();
            }
            LineKind::Out(expect) => self.expect(expect, &line.pointer),
            LineKind::Via { node, exit } => {
                let place = self.vias.iter().position(|(left, by)| left == node && (exit.is_empty() || by == exit));
                match place {
                    Some(place) => drop(self.vias.drain(..=place)),
                    None => {
                        let walked: Vec<String> =
                            self.vias.iter().map(|(node, exit)| format!("{node}.{exit}")).collect();
                        let walked = if walked.is_empty() { "nowhere".to_owned() } else { walked.join(", ") };
                        let message = format!("expected to leave by {node}.{exit}, but went by {walked}");
                        self.mismatch(&line.pointer, message, None);
                    }
                }
            }
            LineKind::Vars(vars) => {
                for (path, expected) in vars {
                    let actual = self.session.look_up(self.program, path).unwrap_or_default();
                    if !alike(&actual, expected) {
                        let message = format!("{path} is {}, not {}", actual.to_json(), expected.to_json());
                        self.mismatch(&line.pointer, message, None);
                    }
                }
            }
            LineKind::End { reason, via } => match self.session.ended().map(str::to_owned) {
                None => {
                    let (_, node) = self.session.position(self.program);
                    let message = format!("the session has not ended; it waits at {node}");
                    self.mismatch(&line.pointer, message, None);
                }
                Some(ended) => {
                    if let Some(reason) = reason.as_ref().filter(|reason| **reason != ended) {
                        self.mismatch(&line.pointer, format!("it ended for {ended}, not {reason}"), None);
                    }
                    let (_, node) = self.session.position(self.program);
                    let node = node.to_owned();
                    if let Some(via) = via
                        && *via != node
                        && !self.vias.iter().any(|(left, _)| left == via)
                    {
                        self.mismatch(&line.pointer, format!("it ended at {node}, not by {via}"), None);
                    }
                }
            },
        }
        true
    }

    /// What a line says in the session's locale.
    fn kind<'l>(&self, line: &'l Line) -> &'l LineKind {
        let locale = self.session.locale();
        let own = line.locales.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(locale));
        let near = || line.locales.iter().find(|(tag, _)| offhook_flow_schemas::serves(tag, locale));
        own.or_else(near).map_or(&line.kind, |(_, kind)| kind)
    }

    /// The events of a line as a contact of the session's locale brings them about.
    fn adapted(&self, events: &[Event], line: &Line) -> Vec<Event> {
        let is_own = !std::ptr::eq(self.kind(line), &line.kind);
        if self.options.locale.is_none() || is_own {
            return events.to_vec();
        }
        let keys: Option<String> =
            events.iter().map(|event| if let Event::Keys(key) = event { Some(key.as_str()) } else { None }).collect();
        if let Some(here) = keys.filter(|keys| !keys.is_empty()).and_then(|keys| self.ear.keys(&keys)) {
            return here.chars().map(|key| Event::Keys(key.to_string())).collect();
        }
        let locale = self.session.locale();
        events.iter().map(|event| self.ear.adapt(event, locale, self.program)).collect()
    }

    fn input(&mut self, input: &Input, line: &Line) {
        let pointer = &line.pointer;
        match input {
            Input::Events(events) => {
                for event in self.adapted(events, line) {
                    self.deliver(event);
                    if self.session.ended().is_some() {
                        return;
                    }
                }
            }
            Input::Time(ms) => self.pass(*ms),
            Input::Recording { duration_ms, ended_by } => {
                let Some(id) = self.recording.take() else {
                    return self.mismatch(pointer, "nothing is being recorded".to_owned(), None);
                };
                self.pass(*duration_ms);
                let media = match duration_ms {
                    0 => String::new(),
                    _ => format!("recording-{id}.wav"),
                };
                let ended_by = ended_by.clone();
                self.deliver(Event::Recorded(Recorded { id, media, duration_ms: *duration_ms, ended_by }));
            }
        }
    }

    fn expect(&mut self, expect: &Expect, pointer: &str) {
        let meets = |out: &Out| {
            let elsewhere =
                || self.options.locale.is_some() && out.elsewhere.iter().any(|said| expect.meets_text(said));
            expect.meets(&out.command) || elsewhere()
        };
        if let Some(place) = self.outs.iter().position(meets) {
            let passed: Vec<Out> = self.outs.drain(..=place).collect();
            if self.talk.strict {
                for unnamed in passed.iter().take(place).filter(|out| matches!(out.command, Command::Say(_))) {
                    let (_, said) = describe(&unnamed.command);
                    self.mismatch(pointer, format!("{said:?} was said before this, which no line names"), None);
                }
            }
            return;
        }
        let same: Vec<String> = self
            .outs
            .iter()
            .map(|out| describe(&out.command))
            .filter(|(word, _)| *word == expect.word())
            .map(|(_, text)| text)
            .collect();
        let message = match same.first() {
            Some(first) => format!("expected to {}, but came {first:?}", expect.text()),
            None => format!("expected to {}, but nothing of the kind came", expect.text()),
        };
        self.mismatch(pointer, message, same.into_iter().next());
    }

    /// In a strict talk, everything said before an input must have been named.
    fn leave_outs(&mut self, pointer: &str) {
        let unnamed: Vec<Out> = std::mem::take(&mut self.outs);
        if self.talk.strict {
            for out in unnamed.iter().filter(|out| matches!(out.command, Command::Say(_))) {
                let (_, said) = describe(&out.command);
                self.mismatch(pointer, format!("{said:?} was said before this, which no line names"), None);
            }
        }
    }

    fn close(&mut self) {
        let pointer = self.talk.pointer.clone();
        self.leave_outs(&pointer);
        let unused = self.talk.mocks.iter().map(|(node, _)| node).filter(|node| !self.asked.contains_key(*node));
        self.report.unused = unused.cloned().collect();
    }

    fn mismatch(&mut self, pointer: &str, message: String, said: Option<String>) {
        self.report.mismatches.push(Mismatch { pointer: pointer.to_owned(), message, said });
    }
}

/// Whether a value is what a talk says. Numbers are compared as numbers, and a talk may write a decimal as a text.
fn alike(actual: &Value, expected: &Value) -> bool {
    match (actual, expected) {
        (Value::Decimal(decimal), Value::Int(int)) | (Value::Int(int), Value::Decimal(decimal)) => {
            *decimal == rust_decimal::Decimal::from(*int)
        }
        (Value::Decimal(decimal), Value::Text(text)) => {
            text.parse::<rust_decimal::Decimal>().is_ok_and(|number| number == *decimal)
        }
        (Value::Map(actual), Value::Map(expected)) => {
            expected.iter().all(|(key, expected)| alike(actual.get(key).unwrap_or(&Value::Null), expected))
        }
        (Value::List(actual), Value::List(expected)) => {
            actual.len() == expected.len() && actual.iter().zip(expected.iter()).all(|(a, b)| alike(a, b))
        }
        (actual, expected) => actual == expected,
    }
}
