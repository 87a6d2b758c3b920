//! Drafts of the talks that are missing: the interpreter is walked with what a contact could do and what services could answer,
//! and a way to each node and exit that no talk has walked is written down as a talk.
//!
//! What is tried: every choice, answers that the flow's own talks give, a few of each type, words that nobody understands, silence,
//! hanging up; of services, what the talks' mocks answer, an empty answer and a failure. A draft is kept when it passes as it stands
//! and walks something new. It tells what the flow does, not what it should do: a person must read it.

use super::{Coverage, Input, LineKind, MockAnswer, Options, Talk, from_journal, perform, read};
use crate::command::{Command, Listen};
use crate::event::{Answer, Connected, Event, Failure, Hangup, Outcome, Recorded, Speech, Start};
use crate::fault::Fault;
use crate::limits;
use crate::program::Program;
use crate::replay::Entry;
use crate::session::{Session, Turn};
use crate::value::Value;
use offhook_flow_schemas::{ChannelKind, read_tree};
use std::collections::{BTreeSet, HashSet, VecDeque};

/// A talk that nobody has written yet.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The text of its file.
    pub text: String,
    /// What it walks that no talk has walked: nodes, and exits as `node.exit`.
    pub walks: Vec<String>,
}

/// A conversation as far as it was walked.
#[derive(Clone)]
struct State {
    saved: String,
    journal: Vec<Entry>,
    now_ms: i64,
    /// What has not been answered.
    open: Vec<Command>,
    listen: Option<Listen>,
    depth: usize,
}

/// Answers of each type that a flow may ask for.
const SAMPLES: [&str; 8] = ["yes", "no", "5", "12345678", "2026-12-03", "9:30", "+15551230001", "ann@example.com"];

/// What nobody understands.
const NONSENSE: &str = "xyzzy";

/// Drafts of talks for what `covered` lacks. `talks` are those that there are about this flow.
pub fn suggest(program: &Program, talks: &[Talk], covered: &Coverage) -> Vec<Draft> {
    let missing = covered.of(program);
    let mut walker = Walker {
        program,
        talks,
        wanted: missing.missing_nodes.into_iter().chain(missing.missing_exits).collect(),
        seen: HashSet::new(),
        waiting: VecDeque::new(),
        drafts: Vec::new(),
    };
    for (start, at_ms) in starts(program, talks) {
        if let Ok((session, turn)) = Session::start(program, &start, at_ms) {
            let begun = State {
                saved: String::new(),
                journal: Vec::new(),
                now_ms: at_ms,
                open: Vec::new(),
                listen: None,
                depth: 0,
            };
            walker.arrive(begun, Event::Start(Box::new(start)), session, turn);
        }
    }
    let mut steps = 0;
    while let Some(state) = walker.waiting.pop_front() {
        if walker.wanted.is_empty() || steps >= limits::SUGGEST_STEPS || walker.drafts.len() >= limits::SUGGEST_DRAFTS {
            break;
        }
        steps += walker.go_on(&state);
    }
    walker.drafts
}

/// How the flow's talks begin, and on each of its channels one that begins plainly.
fn starts(program: &Program, talks: &[Talk]) -> Vec<(Start, i64)> {
    let mut found: Vec<(Start, i64)> = Vec::new();
    let at_ms = talks.first().map_or(limits::SUGGEST_AT_MS, |talk| talk.at_ms);
    let plain = program.entry().channels.iter().map(|channel| {
        let start =
            Start { session: "talk".to_owned(), channel: channel.as_str().to_owned(), seed: 1, ..Start::default() };
        (start, at_ms)
    });
    for start in plain.chain(talks.iter().map(|talk| (talk.start.clone(), talk.at_ms))) {
        if !found.contains(&start) {
            found.push(start);
        }
    }
    found
}

struct Walker<'p> {
    program: &'p Program,
    talks: &'p [Talk],
    /// Nodes and exits that are still to be walked.
    wanted: BTreeSet<String>,
    seen: HashSet<String>,
    waiting: VecDeque<State>,
    drafts: Vec<Draft>,
}

impl Walker<'_> {
    /// Everything that could happen next; how many things that were.
    fn go_on(&mut self, state: &State) -> usize {
        let moves = self.moves(state);
        let many = moves.len();
        for (events, wait_ms) in moves {
            let Ok(mut session) = Session::load(self.program, &state.saved) else { continue };
            let mut reached = state.clone();
            reached.now_ms = reached.now_ms.saturating_add(wait_ms);
            let (last, before) = events.split_last().expect("something happens");
            for event in before {
                let turn = session.handle(self.program, event, reached.now_ms);
                reached.take(event.clone(), &turn);
                self.note(&reached, &turn);
            }
            if session.ended().is_none() {
                let turn = session.handle(self.program, last, reached.now_ms);
                self.arrive(reached, last.clone(), session, turn);
            }
        }
        many
    }

    /// Takes a turn in, writes a draft where it walked something new, and goes on from there later.
    fn arrive(&mut self, mut state: State, event: Event, mut session: Session, turn: Turn) {
        state.take(event, &turn);
        let mut is_new = self.note(&state, &turn);
        // Prompts take no time in talks.
        let is_spoken = matches!(session.channel(), ChannelKind::Voice | ChannelKind::Video);
        let listening = turn.commands.iter().rev().find_map(|command| match command {
            Command::Listen(listen) if is_spoken => Some(listen.id),
            _ => None,
        });
        if let Some(id) = listening.filter(|_| session.ended().is_none()) {
            let turn = session.handle(self.program, &Event::Listening(id), state.now_ms);
            state.take(Event::Listening(id), &turn);
            is_new |= self.note(&state, &turn);
        }
        state.depth += 1;
        if session.ended().is_some() || state.depth > limits::SUGGEST_DEPTH {
            return;
        }
        state.saved = session.save(self.program);
        if self.seen.insert(place_of(&state.saved)) {
            match is_new {
                true => self.waiting.push_front(state),
                false => self.waiting.push_back(state),
            }
        }
    }

    /// Writes a draft where a turn walked something new.
    fn note(&mut self, state: &State, turn: &Turn) -> bool {
        let entry = self.program.id();
        let nodes = turn.visited.iter().map(|visit| visit.names(self.program));
        let nodes = nodes.filter(|(flow, _)| *flow == entry).map(|(_, node)| node.to_owned());
        let exits = turn.path.iter().map(|via| via.names(self.program));
        let exits = exits.filter(|(flow, ..)| *flow == entry).map(|(_, node, exit)| format!("{node}.{exit}"));
        let walked: Vec<String> = nodes.chain(exits).filter(|name| self.wanted.contains(name)).collect();
        if walked.is_empty() {
            return false;
        }
        let about = format!("Draft: {}.", walked.join(", "));
        let Some(text) = from_journal(self.program, &state.journal, &about) else { return false };
        let Ok(Ok(talks)) = read_tree("draft.talk.yaml", text.as_bytes()).map(|tree| read(&tree)) else { return false };
        let Some(talk) = talks.first() else { return false };
        // As it stands: what the journal did beside the talk does not count.
        let report = perform(self.program, talk, &Options { reload: true, ..Options::default() });
        let done = report.coverage.of(self.program);
        let missing: BTreeSet<String> = done.missing_nodes.into_iter().chain(done.missing_exits).collect();
        let walks: Vec<String> = self.wanted.iter().filter(|name| !missing.contains(*name)).cloned().collect();
        if !report.passed() || walks.is_empty() {
            return false;
        }
        self.wanted.retain(|name| !walks.contains(name));
        let text = format!(
            "# Drafted by `offhook talk --suggest`: it tells what the flow does, not what it should do. Read it, name it, or drop it.\n{text}"
        );
        self.drafts.push(Draft { text, walks });
        true
    }

    /// What could happen: events in a row, after so many milliseconds.
    fn moves(&self, state: &State) -> Vec<(Vec<Event>, i64)> {
        if let Some(open) = state.open.first() {
            return self.answers(open).into_iter().map(|event| (vec![event], 0)).collect();
        }
        let Ok(session) = Session::load(self.program, &state.saved) else { return Vec::new() };
        let mut moves = Vec::new();
        if session.awaits_contact() {
            let is_spoken = matches!(session.channel(), ChannelKind::Voice | ChannelKind::Video);
            let keys = |keys: &str| keys.chars().map(|key| Event::Keys(key.to_string())).collect::<Vec<_>>();
            let said = |text: &str| match is_spoken {
                true => vec![Event::Speech(Speech { text: text.to_owned(), confidence: None })],
                false => vec![Event::Text(text.to_owned())],
            };
            let listen = state.listen.clone().unwrap_or_default();
            for choice in &listen.choices {
                moves.push(match (is_spoken, choice.keys.as_str(), choice.phrases.first()) {
                    (false, ..) => vec![Event::Button(choice.id.clone())],
                    (true, "", Some(phrase)) => said(phrase),
                    (true, "", None) => continue,
                    (true, pressed, _) => keys(pressed),
                });
            }
            let own = self.talks.iter().flat_map(|talk| &talk.lines).filter_map(|line| match &line.kind {
                LineKind::In(Input::Events(events)) => Some(events.clone()),
                _ => None,
            });
            let mut given: Vec<Vec<Event>> = Vec::new();
            for events in own.take(limits::SUGGEST_INPUTS) {
                let fits = events.iter().all(|event| match event {
                    Event::Keys(_) => is_spoken,
                    Event::Text(_) | Event::Button(_) => !is_spoken,
                    _ => true,
                });
                if fits && !given.contains(&events) {
                    given.push(events);
                }
            }
            moves.extend(given);
            if listen.choices.is_empty() {
                moves.extend(SAMPLES.into_iter().map(said));
                if is_spoken && listen.max_keys > 0 {
                    moves.push(keys("1"));
                    moves.push(keys("12345678#"));
                }
            }
            moves.push(said(NONSENSE));
            moves.push(vec![Event::Hangup(Hangup::default())]);
        }
        let mut moves: Vec<(Vec<Event>, i64)> = moves.into_iter().map(|events| (events, 0)).collect();
        if let Some(wakes) = session.wakes_at(self.program) {
            moves.push((vec![Event::Timer], wakes.saturating_sub(state.now_ms).max(0)));
        }
        moves
    }

    /// What the world could answer.
    fn answers(&self, open: &Command) -> Vec<Event> {
        match open {
            Command::Call(call) => {
                let id = call.id;
                let mocks = self.talks.iter().flat_map(|talk| &talk.mocks).filter(|(node, _)| *node == call.node);
                let known = mocks.flat_map(|(_, mocks)| mocks).filter_map(|mock| match &mock.answer {
                    MockAnswer::Value(value) => Some(Event::Result(Answer { id, value: value.clone() })),
                    MockAnswer::Fault(code, message) => {
                        Some(Event::Failed(Failure { id, fault: Fault::new(code.clone(), message.clone()) }))
                    }
                    MockAnswer::Outcome(_) | MockAnswer::Silence => None,
                });
                let mut events: Vec<Event> = Vec::new();
                let nothing = Value::map([
                    ("status", Value::Int(200)),
                    ("headers", Value::map::<&str>([])),
                    ("json", Value::map::<&str>([])),
                    ("attributes", Value::map::<&str>([])),
                ]);
                let plain = [
                    Event::Result(Answer { id, value: nothing }),
                    Event::Failed(Failure { id, fault: Fault::new("service.unavailable", "a draft says so") }),
                ];
                for event in known.chain(plain) {
                    if !events.contains(&event) {
                        events.push(event);
                    }
                }
                events
            }
            Command::Connect(connect) => {
                let all = [Outcome::Answered, Outcome::Busy, Outcome::NoAnswer, Outcome::Rejected, Outcome::Failed];
                all.into_iter()
                    .map(|outcome| Event::Connected(Connected { id: connect.id, outcome, detail: String::new() }))
                    .collect()
            }
            Command::Record(record) => [3_000, 0]
                .into_iter()
                .map(|duration_ms| {
                    let media = if duration_ms == 0 { String::new() } else { format!("recording-{}.wav", record.id) };
                    Event::Recorded(Recorded { id: record.id, media, duration_ms, ended_by: "silence".to_owned() })
                })
                .collect(),
            _ => Vec::new(),
        }
    }
}

impl State {
    fn take(&mut self, event: Event, turn: &Turn) {
        let answered = match &event {
            Event::Result(answer) => Some(answer.id),
            Event::Failed(failure) => Some(failure.id),
            Event::Connected(connected) => Some(connected.id),
            Event::Recorded(recorded) => Some(recorded.id),
            _ => None,
        };
        self.open.retain(|open| Some(open.id()) != answered);
        for command in &turn.commands {
            match command {
                Command::Call(_) | Command::Connect(_) | Command::Record(_) => self.open.push(command.clone()),
                Command::Listen(listen) => self.listen = Some(listen.clone()),
                _ => {}
            }
        }
        self.journal.push(Entry { at_ms: self.now_ms, event, commands: turn.commands.clone() });
    }
}

/// Where a session stands and what it knows, without what only counts: two that agree in it go the same ways.
fn place_of(saved: &str) -> String {
    let mut json: serde_json::Value = serde_json::from_str(saved).unwrap_or_default();
    if let Some(map) = json.as_object_mut() {
        for counter in ["turn", "commands", "random", "active", "wake", "world", "steps", "started"] {
            map.remove(counter);
        }
    }
    json.to_string()
}
