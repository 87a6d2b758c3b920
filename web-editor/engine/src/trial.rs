//! Trying a flow. A trial is a talk: what the person who tries it does are its lines, what services answer are its mocks, and every change
//! of either performs it from the start. So stepping back, editing in the middle and going on are all the same thing.

use crate::limits::{TRIAL_ENTRIES, TRIAL_LINES};
use crate::room::{Room, text_of};
use offhook_flow_schemas::edit::Files;
use offhook_flow_schemas::read_tree;
use offhook_runtime::replay::{Entry, Programs, Step, Teller};
use offhook_runtime::talk::{self, Coverage, Options};
use offhook_runtime::{Command, Program};
use serde_json::{Value, json};

/// Performs one talk and tells what happened, turn by turn. Ends at the first question to a service that nothing answers.
pub(crate) fn perform(room: &mut Room, files: &Files, given: &Value, about: Option<&str>) -> Result<Value, String> {
    let program = room.read(files).program()?;
    let text = given.to_string();
    let first = |found: Vec<offhook_flow_schemas::Diagnostic>| {
        found.into_iter().next().map_or_else(|| "the talk cannot be read".to_owned(), |one| one.message)
    };
    let tree = read_tree("trial.talk.json", text.as_bytes()).map_err(first)?;
    let talks = talk::read(&tree).map_err(first)?;
    let talk = talks.first().ok_or("the talk is empty")?;
    let report = talk::perform(&program, talk, &Options::default());
    if report.journal.is_empty() {
        return Err(report.mismatches.into_iter().next().map(|one| one.message).unwrap_or_default());
    }
    if talk.lines.len() > TRIAL_LINES {
        return Err(format!("a trial has at most {TRIAL_LINES} lines"));
    }
    let answered = |node: &str| talk.mocks.iter().any(|(mocked, _)| mocked == node);
    let told = retold(&program, &report.journal, answered)?;
    let marks = marks(&program, talk, told.turns);
    let mut answer = json!({ "steps": told.steps, "marks": marks, "asks": told.asks, "ended": told.ended, "wakes_at": told.wakes_at });
    if let Some(about) = about {
        let journal = &report.journal[..told.turns.min(report.journal.len())];
        answer["talk"] = json!(talk::from_journal(&program, journal, about));
    }
    Ok(answer)
}

/// How many steps there were before the first line and after each: the same talk without its last lines goes the same way.
fn marks(program: &Program, talk: &talk::Talk, most: usize) -> Vec<usize> {
    let mut shorter = talk.clone();
    let mut found: Vec<usize> = (0..talk.lines.len())
        .rev()
        .map(|lines| {
            shorter.lines.truncate(lines);
            talk::perform(program, &shorter, &Options::default()).journal.len().min(most)
        })
        .collect();
    found.reverse();
    found.push(most);
    found
}

struct Retold {
    steps: Vec<Step>,
    asks: Value,
    ended: Option<String>,
    wakes_at: Option<i64>,
    turns: usize,
}

/// Goes through the journal once more, to see between the turns and the nodes.
fn retold(program: &Program, journal: &[Entry], answered: impl Fn(&str) -> bool) -> Result<Retold, String> {
    let programs = Programs::from(program);
    let mut teller = Teller::new(&programs);
    let mut told = Retold { steps: Vec::new(), asks: Value::Null, ended: None, wakes_at: None, turns: 0 };
    for entry in journal.iter().take(TRIAL_ENTRIES) {
        let step = teller.tell(entry).map_err(|error| error.to_string())?;
        told.turns += 1;
        told.ended = teller.ended().map(str::to_owned);
        told.wakes_at = teller.wakes_at();
        let asks = step.commands.iter().find_map(|command| match command {
            Command::Call(call) if call.service != "contact" && !answered(&call.node) => Some(call),
            _ => None,
        });
        let asks = asks.map(|call| json!({ "node": call.node, "service": call.service, "request": call.request }));
        told.steps.push(step);
        if let Some(asks) = asks {
            told.asks = asks;
            break;
        }
    }
    Ok(told)
}

/// Performs every talk beside the flow.
pub(crate) fn talks(room: &mut Room, files: &Files) -> Result<Value, String> {
    let read = room.read(files);
    let program = read.program()?;
    let mut results = Vec::new();
    let mut coverage = Coverage::default();
    for file in &files.talks {
        let talks = read_tree(&file.name, text_of(files, &file.name).as_bytes()).and_then(|tree| talk::read(&tree));
        let talks = match talks {
            Ok(talks) => talks,
            Err(found) => {
                let why = found.into_iter().next().map(|one| one.message).unwrap_or_default();
                results.push(json!({ "file": file.name, "about": "", "passed": false, "mismatches": [why] }));
                continue;
            }
        };
        for talk in talks.iter().filter(|talk| talk.flow == program.id()) {
            let report = talk::perform(&program, talk, &Options::default());
            coverage.merge(&report.coverage);
            let mismatches: Vec<&str> = report.mismatches.iter().map(|one| one.message.as_str()).collect();
            results.push(json!({
                "file": file.name, "about": report.about, "passed": report.passed(), "mismatches": mismatches,
            }));
        }
    }
    Ok(json!({ "talks": results, "coverage": coverage.of(&program) }))
}
