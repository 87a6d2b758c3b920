//! Writing a talk from a journal: what happened to one person becomes a test that anyone can read.

use super::Mismatch;
use super::expect::describe;
use crate::command::Command;
use crate::event::Event;
use crate::program::Program;
use crate::replay::Entry;
use crate::session::{Session, Via};
use crate::value::moment;
use offhook_flow_schemas::Positioned;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Range;

/// The edit of a talk's file that makes a line expect what was said: the bytes that go, and the text that comes. Nothing where more than a
/// text differs; that is for somebody to think about.
pub fn rewrite(tree: &Positioned, mismatch: &Mismatch) -> Option<(Range<usize>, String)> {
    let said = mismatch.said.as_deref()?;
    let mut words = ["say", "exactly", "like"].iter();
    let span = words.find_map(|word| tree.span(&format!("{}/out/{word}", mismatch.pointer)))?;
    Some((span.start as usize..span.end as usize, json!(said).to_string()))
}

/// The text of a talk's file after edits, none of which overlaps another.
pub fn rewritten(tree: &Positioned, mut edits: Vec<(Range<usize>, String)>) -> String {
    let mut text = tree.source().text.to_string();
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    for (range, with) in edits {
        text.replace_range(range, &with);
    }
    text
}

/// The journal as the text of a talk file. The journal should have been replayed first: the path is found by running
/// it. `about` is its first line. `None` for one without a beginning, or that was moved to another version: a talk is about one.
pub fn from_journal(program: &Program, journal: &[Entry], about: &str) -> Option<String> {
    let (first, rest) = journal.split_first()?;
    let Event::Start(start) = &first.event else { return None };
    if rest.iter().any(|entry| matches!(entry.event, Event::Moved(_))) {
        return None;
    }
    let (mut session, turn) = Session::start(program, start, first.at_ms).ok()?;
    let mut text = String::new();
    let mut put = |line: &str| {
        text.push_str(line);
        text.push('\n');
    };
    put(&format!("about: {}", quote(about)));
    put(&format!("flow: {}", program.id()));
    let mut begin =
        json!({ "channel": start.channel, "at": moment(first.at_ms), "session": start.session, "seed": start.seed });
    let contact = &start.contact;
    let attributes: BTreeMap<_, _> = contact.attributes.iter().map(|(key, value)| (key, value.to_json())).collect();
    let optional = [
        ("to", json!(start.to), start.to.is_empty()),
        ("locale", json!(start.locale), start.locale.is_empty()),
        (
            "inputs",
            json!(start.inputs.iter().map(|(key, value)| (key, value.to_json())).collect::<BTreeMap<_, _>>()),
            start.inputs.is_empty(),
        ),
        (
            "contact",
            json!({ "id": contact.id, "address": contact.address, "name": contact.name, "locale": contact.locale, "attributes": attributes }),
            *contact == Default::default(),
        ),
    ];
    for (key, value, is_empty) in optional {
        if !is_empty {
            begin[key] = value;
        }
    }
    put(&format!("start: {begin}"));
    let mocks = mocks(journal);
    if !mocks.is_empty() {
        put("mocks:");
        for (node, answers) in mocks {
            put(&format!("  {node}: [{}]", answers.join(", ")));
        }
    }
    put("talk:");
    lines(&mut text, program, &turn.commands, &turn.path);
    let mut now_ms = first.at_ms;
    let mut keys = String::new();
    let mut asking = askers(&turn.commands);
    for entry in rest {
        let before = session.ended().is_some();
        // The performer lets time pass by itself while a node waits for a service that it asked.
        let is_asking = !session.awaits_contact() && asking.iter().any(|node| session.stands_at(program, node));
        let comes_by_itself = is_asking
            && matches!(entry.event, Event::Timer | Event::Result(_) | Event::Failed(_) | Event::Connected(_));
        let turn = session.handle(program, &entry.event, entry.at_ms);
        asking.extend(askers(&turn.commands));
        if comes_by_itself {
            now_ms = entry.at_ms;
        }
        if let Event::Keys(pressed) = &entry.event {
            pass(&mut text, &mut now_ms, entry.at_ms, !keys.is_empty());
            keys.push_str(pressed);
            if turn.commands.is_empty() && turn.path.is_empty() {
                continue;
            }
        }
        if !keys.is_empty() {
            let _ = writeln!(text, "  - in: {{ keys: {} }}", quote(&keys));
            keys.clear();
        }
        if !matches!(entry.event, Event::Keys(_)) && !before {
            if let Some(line) = input(&entry.event) {
                pass(&mut text, &mut now_ms, entry.at_ms, false);
                let _ = writeln!(text, "  - in: {line}");
            } else if matches!(entry.event, Event::Timer) && !comes_by_itself {
                pass(&mut text, &mut now_ms, entry.at_ms, false);
            }
        }
        lines(&mut text, program, &turn.commands, &turn.path);
    }
    if !keys.is_empty() {
        let _ = writeln!(text, "  - in: {{ keys: {} }}", quote(&keys));
    }
    if let Some(reason) = session.ended() {
        let _ = writeln!(text, "  - end: {{ reason: {} }}", quote(reason));
    }
    Some(text)
}

/// The nodes that ask a service.
fn askers(commands: &[Command]) -> BTreeSet<String> {
    let nodes = commands.iter().filter_map(|command| match command {
        Command::Call(call) => Some(&call.node),
        Command::Connect(connect) => Some(&connect.node),
        _ => None,
    });
    nodes.cloned().collect()
}

/// A text that YAML reads as the same text: JSON's form.
fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Time that passed before something happened. Below a second it is left out, unless something hangs on it.
fn pass(text: &mut String, now_ms: &mut i64, at_ms: i64, within_keys: bool) {
    let passed = at_ms.saturating_sub(*now_ms);
    if passed > 0 && !within_keys {
        let _ = writeln!(text, "  - in: {{ time: {passed}ms }}");
    }
    *now_ms = at_ms;
}

/// What a person, or the world outside, did; nothing for what the performer does by itself.
fn input(event: &Event) -> Option<String> {
    Some(match event {
        Event::Text(said) => format!("{{ text: {} }}", quote(said)),
        Event::Speech(speech) => format!("{{ speech: {} }}", quote(&speech.text)),
        Event::Button(id) => format!("{{ button: {} }}", quote(id)),
        Event::Recorded(recorded) => {
            format!(
                "{{ recording: {{ duration: {}ms, ended_by: {} }} }}",
                recorded.duration_ms,
                quote(&recorded.ended_by)
            )
        }
        Event::Event(named) => format!("{{ event: {}, data: {} }}", quote(&named.name), named.data.to_json()),
        Event::Hangup(hangup) if hangup.reason.is_empty() => "hangup".to_owned(),
        Event::Hangup(hangup) => format!("{{ hangup: {} }}", quote(&hangup.reason)),
        _ => return None,
    })
}

fn lines(text: &mut String, program: &Program, commands: &[Command], path: &[Via]) {
    for command in commands {
        let line = match command {
            Command::Say(_) => format!("{{ exactly: {} }}", quote(&describe(command).1)),
            Command::Call(call) => format!("{{ call: {} }}", quote(&call.service)),
            Command::Connect(connect) => format!("{{ connect: {} }}", quote(&connect.to)),
            Command::Note(note) => format!("{{ note: {} }}", quote(&note.name)),
            Command::Record(_) => "record".to_owned(),
            Command::Listen(_) | Command::End(_) => continue,
        };
        let _ = writeln!(text, "  - out: {line}");
    }
    for via in path {
        let (_, node, exit) = via.names(program);
        let _ = writeln!(text, "  - via: {node}.{exit}");
    }
}

/// What services answered, by the node that asked, as mocks. What was never answered is `silence`.
fn mocks(journal: &[Entry]) -> BTreeMap<String, Vec<String>> {
    let mut askers: BTreeMap<u64, (String, i64)> = BTreeMap::new();
    // By the number of the question, because a node's mocks answer in the order in which it asks.
    let mut answers: BTreeMap<u64, String> = BTreeMap::new();
    for entry in journal {
        let answered = match &entry.event {
            Event::Result(answer) => Some((answer.id, answer.value.to_json().to_string())),
            Event::Failed(failure) => {
                let fault = json!({ "error": failure.fault.code, "message": failure.fault.message });
                Some((failure.id, fault.to_string()))
            }
            Event::Connected(connected) => {
                let outcome = json!(connected.outcome);
                Some((connected.id, json!({ "outcome": outcome }).to_string()))
            }
            _ => None,
        };
        if let Some((id, answer)) = answered
            && let Some((_, asked_ms)) = askers.get(&id)
        {
            let delay = entry.at_ms.saturating_sub(*asked_ms);
            let answer = match (delay, answer.strip_prefix('{')) {
                (1.., Some(rest)) if rest != "}" => format!("{{\"delay\":\"{delay}ms\",{rest}"),
                _ => answer,
            };
            answers.insert(id, answer);
        }
        for command in &entry.commands {
            match command {
                Command::Call(call) => drop(askers.insert(call.id, (call.node.clone(), entry.at_ms))),
                Command::Connect(connect) => drop(askers.insert(connect.id, (connect.node.clone(), entry.at_ms))),
                _ => {}
            }
        }
    }
    let mut mocks: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (id, (node, _)) in askers {
        mocks.entry(node).or_default().push(answers.remove(&id).unwrap_or_else(|| "silence".to_owned()));
    }
    mocks
}
