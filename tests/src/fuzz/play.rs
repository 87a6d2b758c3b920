//! A conversation of random events, and what must hold after each of them.

use arbitrary::{Result, Unstructured};
use offhook_flow_schemas::Document;
use offhook_runtime::migration::{Migration, Stay};
use offhook_runtime::replay::{Entry, Programs, replay_on};
use offhook_runtime::{
    Answer, Command, Connected, Contact, Event, Failure, Fault, Hangup, Named, Outcome, Program, Recorded, Session,
    Speech, Start, Turn, Value, limits,
};
use serde_json::Value as Json;

/// When conversations begin: a Monday morning.
const START_MS: i64 = 1_795_424_400_000;

/// Events of one conversation.
const EVENTS: usize = 60;

/// Words that mean something somewhere, and some that do not.
const WORDS: &[&str] = &[
    "yes",
    "no",
    "repeat",
    "help",
    "one",
    "two",
    "agent",
    "stop",
    "",
    "  ",
    "12",
    "12.5",
    "2026-11-23",
    "14:30",
    "ann@example.com",
    "+15551230001",
    "maybe",
    "\u{F8F0}KEY\u{F8F1}",
    "ñ…🙂",
    "0",
    "a b c d e f",
];

/// What became of a conversation when another version was published.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// The other version went on with it, and nobody noticed.
    WentOn,
    /// The other version asked anew.
    AskedAnew,
    /// It stayed.
    Stayed(Stay),
}

struct Player<'p> {
    program: &'p Program,
    /// The program that it ran on before, if it was moved.
    before: Option<&'p Program>,
    session: Session,
    now_ms: i64,
    number: u64,
    journal: Vec<Entry>,
}

/// Begins a session and checks its first turn.
pub fn start(program: &Program, channel: &str) {
    let start = Start { session: "s".into(), channel: channel.into(), ..Start::default() };
    if let Ok((session, turn)) = Session::start(program, &start, START_MS) {
        let mut player = Player { program, before: None, session, now_ms: START_MS, number: 0, journal: Vec::new() };
        player.look(Event::Start(Box::new(start)), turn, false);
    }
}

/// A conversation; it ends with the bytes.
pub fn conversation(program: &Program, bytes: &mut Unstructured<'_>) {
    if let Ok(start) = begin(bytes) {
        converse(program, start, bytes);
    }
}

fn begin(bytes: &mut Unstructured<'_>) -> Result<Start> {
    let contact = Contact { id: "c".into(), address: "+15551230001".into(), ..Contact::default() };
    Ok(Start {
        session: "s".into(),
        channel: (*bytes.choose(&["voice", "video", "webchat", "messaging"])?).into(),
        locale: (*bytes.choose(&["", "en-US", "es-MX", "xx"])?).into(),
        contact,
        seed: bytes.arbitrary()?,
        ..Start::default()
    })
}

fn converse(program: &Program, start: Start, bytes: &mut Unstructured<'_>) {
    let Ok((session, turn)) = Session::start(program, &start, START_MS) else { return };
    let mut player = Player { program, before: None, session, now_ms: START_MS, number: 0, journal: Vec::new() };
    player.look(Event::Start(Box::new(start)), turn, false);
    player.go_on(EVENTS, bytes);
    player.replay();
}

/// A conversation on one version, a move to the other one, and what must hold of that whatever the two are.
pub fn taken_over(old: &Program, new: &Program, document: &Document, bytes: &mut Unstructured<'_>) -> Option<Fate> {
    let start = begin(bytes).ok()?;
    let (session, turn) = Session::start(old, &start, START_MS).ok()?;
    let mut player = Player { program: old, before: None, session, now_ms: START_MS, number: 0, journal: Vec::new() };
    player.look(Event::Start(Box::new(start)), turn, false);
    player.go_on(bytes.int_in_range(0..=6).ok()?, bytes);
    if player.session.ended().is_some() {
        return None;
    }
    let migration = Migration::new(old, new);
    for found in migration.check(document) {
        assert!(found.line > 0, "{found:?}");
    }
    let saved = player.session.save(old);
    // What is previewed is what happens.
    let previewed = migration.apply(&saved, player.now_ms).expect("it was saved by this program");
    let fate = match (previewed, migration.carry(&player.session, player.now_ms)) {
        (Ok(previewed), Ok(carried)) => {
            assert_eq!((&previewed.to, previewed.anew), (&carried.to, carried.anew));
            assert_eq!(previewed.session.save(new), carried.session.save(new));
            assert!(carried.anew || carried.turn.commands.is_empty(), "nobody notices, and it says something");
            assert_eq!(carried.session.turns(), player.session.turns() + 1);
            (player.program, player.before, player.session) = (new, Some(old), carried.session);
            player.look(Event::Moved(Box::new(migration.event())), carried.turn, false);
            if carried.anew { Fate::AskedAnew } else { Fate::WentOn }
        }
        (Err(previewed), Err(stay)) => {
            assert_eq!(previewed, stay);
            Fate::Stayed(stay)
        }
        (previewed, carried) => panic!("previewed {previewed:?}, then {carried:?}"),
    };
    player.go_on(20, bytes);
    // Nobody is stuck: whoever leaves brings it to its end, or to a wait of its own that is over some day.
    let (ended, program) = (player.session.ended().is_some(), player.program);
    if !ended {
        let turn = player.session.handle(program, &Event::Hangup(Hangup::default()), player.now_ms);
        assert!(turn.used || player.session.save(program).contains("\"gone\":true"), "a hang-up means nothing");
        player.look(Event::Hangup(Hangup::default()), turn, false);
    }
    player.replay();
    Some(fate)
}

impl Player<'_> {
    /// So many events more.
    fn go_on(&mut self, events: usize, bytes: &mut Unstructured<'_>) {
        for _ in 0..events {
            let Ok(event) = self.event(bytes) else { break };
            let ended = self.session.ended().is_some();
            let turn = self.session.handle(self.program, &event, self.now_ms);
            self.look(event, turn, ended);
        }
    }

    /// Something that may happen now.
    fn event(&mut self, bytes: &mut Unstructured<'_>) -> Result<Event> {
        if bytes.is_empty() {
            return Err(arbitrary::Error::NotEnoughData);
        }
        self.now_ms += i64::from(*bytes.choose(&[0, 0, 1, 999, 5_000, 3_600_000])?);
        let word = |bytes: &mut Unstructured<'_>| bytes.choose(WORDS).map(|word| (*word).to_owned());
        // Most answers are to the last command, some to another.
        let id = |bytes: &mut Unstructured<'_>| -> Result<u64> {
            Ok(if bytes.ratio(4, 5)? { self.number } else { bytes.int_in_range(0..=self.number + 1)? })
        };
        let value = |bytes: &mut Unstructured<'_>| -> Result<Value> {
            let json = match bytes.int_in_range(0..=5)? {
                0 => serde_json::json!({ "status": 200, "json": { "a": 1, "n": 0.1 } }),
                1 => serde_json::json!({ "status": 503, "text": "no" }),
                2 => serde_json::json!({ "attributes": { "a": "b" } }),
                3 => Json::Null,
                4 => serde_json::json!([[[["deep"]]]]),
                _ => serde_json::json!("\u{F8F0}KEY\u{F8F1}"),
            };
            Ok(Value::from_json(&json))
        };
        Ok(match bytes.int_in_range(0..=15)? {
            0 | 1 => {
                let mut keys = String::new();
                for _ in 0..bytes.int_in_range(1..=6)? {
                    keys.push(*bytes.choose(&['0', '1', '2', '9', '*', '#', 'A', 'x'])?);
                }
                Event::Keys(keys)
            }
            2 => Event::Speech(Speech { text: word(bytes)?, confidence: bytes.arbitrary()? }),
            3 | 4 => Event::Text(word(bytes)?),
            5 => Event::Button(word(bytes)?),
            6 => Event::Listening(id(bytes)?),
            7 => Event::Recorded(Recorded {
                id: id(bytes)?,
                media: (*bytes.choose(&["", "m.wav"])?).into(),
                duration_ms: bytes.arbitrary()?,
                ended_by: "silence".into(),
            }),
            8 => Event::Result(Answer { id: id(bytes)?, value: value(bytes)? }),
            9 => Event::Failed(Failure { id: id(bytes)?, fault: Fault::new("http.network", word(bytes)?) }),
            10 => {
                let outcomes =
                    [Outcome::Answered, Outcome::Busy, Outcome::NoAnswer, Outcome::Rejected, Outcome::Failed];
                Event::Connected(Connected { id: id(bytes)?, outcome: *bytes.choose(&outcomes)?, detail: word(bytes)? })
            }
            11 => Event::Event(Named { name: word(bytes)?, data: value(bytes)? }),
            12 if bytes.ratio(1, 6)? => Event::Hangup(Hangup::default()),
            13 => Event::Timer,
            _ => {
                // Wait as long as the session does.
                if let Some(at) = self.session.wakes_at(self.program) {
                    self.now_ms = self.now_ms.max(at);
                }
                Event::Timer
            }
        })
    }

    /// What holds after every event.
    fn look(&mut self, event: Event, turn: Turn, had_ended: bool) {
        assert!(!had_ended || turn == Turn::default(), "an ended session reacted to {event:?}");
        assert!(
            turn.visited.len() <= limits::STEPS_WITHOUT_WAIT as usize + 1,
            "{} nodes in a turn",
            turn.visited.len()
        );
        for command in &turn.commands {
            self.number += 1;
            assert_eq!(command.id(), self.number, "commands are numbered in their order");
            if let Command::Say(say) = command {
                let written = serde_json::to_string(say).expect("a command is plain data");
                let is_marked = written.contains(['\u{F8F0}', '\u{F8F1}']);
                assert!(!is_marked, "the mark of a secret was said: {say:?}");
            }
        }
        if self.session.ended().is_some() && !had_ended {
            assert!(matches!(turn.commands.last(), Some(Command::End(_))), "it ended without a word: {turn:?}");
            assert_eq!(self.session.wakes_at(self.program), None);
        }
        let saved = self.session.save(self.program);
        let json: Json = serde_json::from_str(&saved).expect("a saved session is JSON");
        let count = |key: &str| json[key].as_array().map_or(0, Vec::len);
        assert!(count("ahead") <= limits::AHEAD_EVENTS, "{} events were kept", count("ahead"));
        assert!(count("frames") <= limits::CALL_DEPTH, "{} flows on the stack", count("frames"));
        let reloaded = Session::load(self.program, &saved).expect("what was saved can be loaded");
        assert_eq!(reloaded.save(self.program), saved, "saving and reloading changes nothing");
        self.session = reloaded;
        self.journal.push(Entry { at_ms: self.now_ms, event, commands: turn.commands });
    }

    /// The journal, read from its text, gives the same.
    fn replay(&self) {
        let written = serde_json::to_string(&self.journal).expect("a journal is plain data");
        let journal: Vec<Entry> = serde_json::from_str(&written).expect("a journal can be read");
        let programs = match self.before {
            Some(before) => Programs::new(before.clone(), vec![self.program.clone()]),
            None => Programs::from(self.program),
        };
        match replay_on(&programs, &journal) {
            Ok(replayed) => assert_eq!(replayed.ended.as_deref(), self.session.ended()),
            Err(error) => panic!("it does not replay: {error}: {error:?}"),
        }
    }
}
