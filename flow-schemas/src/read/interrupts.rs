//! `interrupts`: what may happen while any node waits.

use super::header::Section;
use super::nodes::target;
use super::reader::{Path, Reader};
use crate::codes::Code;
use crate::flow::{Digression, Interrupts, NoActivity, PhraseRule};
use crate::tree::{Entries, Id};
use crate::{limits, parse_duration};

const KEYS: [&str; 8] = ["hangup", "error", "phrases", "digressions", "cancel", "correct", "no_activity", "inherit"];

pub(super) fn read(reader: &mut Reader<'_>, top: &Section<'_>) -> Interrupts {
    let mut out = Interrupts::default();
    let path = Path::ROOT.key("interrupts");
    let Some(entries) = top.get(reader, "interrupts").and_then(|id| reader.map(id, &path)) else {
        return out;
    };
    reader.unknown_keys(entries, &path, &KEYS);
    let get = |key: &str| entries.get(key).map(|entry| entry.value);
    out.hangup = get("hangup").and_then(|id| target(reader, id, &path.key("hangup")));
    out.error = get("error").and_then(|id| target(reader, id, &path.key("error")));
    if let Some(id) = get("phrases") {
        out.phrases = phrases(reader, id, &path.key("phrases"));
    }
    if let Some(id) = get("digressions") {
        out.digressions = digressions(reader, id, &path.key("digressions"));
    }
    out.cancel = get("cancel").map(|id| words(reader, id, &path.key("cancel")));
    out.correct = get("correct").map(|id| words(reader, id, &path.key("correct")));
    if let Some(id) = get("no_activity") {
        out.no_activity = no_activity(reader, id, &path.key("no_activity"));
    }
    if let Some(id) = get("inherit") {
        out.inherit = reader.bool(id, &path.key("inherit")).unwrap_or(true);
    }
    out
}

/// The items of a list of rules, within the limit.
fn rules<'t>(reader: &mut Reader<'t>, id: Id, path: &Path<'_>) -> &'t [Id] {
    match reader.list(id, path) {
        Some(items) if !reader.over(path, "rules", items.len(), limits::PHRASE_RULES) => items,
        _ => &[],
    }
}

fn words(reader: &mut Reader<'_>, id: Id, path: &Path<'_>) -> Vec<String> {
    reader.texts(id, path, "phrases", limits::PHRASES).into_iter().map(str::to_owned).collect()
}

/// The phrases of one rule.
fn any(reader: &mut Reader<'_>, entries: &Entries, path: &Path<'_>) -> Vec<String> {
    let Some(entry) = entries.get("any") else {
        reader.missing(path, "any", "write `any: [agent, operator]`");
        return Vec::new();
    };
    let path = path.key("any");
    let any = words(reader, entry.value, &path);
    if any.is_empty() && reader.tree.node(entry.value).kind.is_empty_list() {
        reader.report(&path, Code::EMPTY_TEXT, "this list is empty", |d| d.key().remedy("write at least one phrase"));
    }
    any
}

fn digressions(reader: &mut Reader<'_>, id: Id, path: &Path<'_>) -> Vec<Digression> {
    let mut out = Vec::new();
    for (index, item) in rules(reader, id, path).iter().enumerate() {
        let path = path.item(index);
        let Some(entries) = reader.map(*item, &path) else {
            continue;
        };
        reader.unknown_keys(entries, &path, &["any", "flow"]);
        let any = any(reader, entries, &path);
        let flow = match entries.get("flow") {
            Some(entry) => reader.filled(entry.value, &path.key("flow")),
            None => {
                reader.missing(&path, "flow", "say which flow runs: `flow: opening-hours`");
                None
            }
        };
        if let (false, Some(flow)) = (any.is_empty(), flow) {
            out.push(Digression { any, flow: flow.to_owned() });
        }
    }
    out
}

fn phrases(reader: &mut Reader<'_>, id: Id, path: &Path<'_>) -> Vec<PhraseRule> {
    let mut out = Vec::new();
    for (index, item) in rules(reader, id, path).iter().enumerate() {
        let path = path.item(index);
        let Some(entries) = reader.map(*item, &path) else {
            continue;
        };
        reader.unknown_keys(entries, &path, &["any", "next"]);
        let any = any(reader, entries, &path);
        let next = match entries.get("next") {
            Some(entry) => target(reader, entry.value, &path.key("next")),
            None => {
                reader.missing(&path, "next", "say where the phrase leads: `next: node-id`");
                None
            }
        };
        if let (false, Some(next)) = (any.is_empty(), next) {
            out.push(PhraseRule { any, next });
        }
    }
    out
}

fn no_activity(reader: &mut Reader<'_>, id: Id, path: &Path<'_>) -> Option<NoActivity> {
    let entries = reader.map(id, path)?;
    reader.unknown_keys(entries, path, &["after", "next"]);
    let after_ms = match entries.get("after") {
        Some(entry) => duration(reader, entry.value, &path.key("after")),
        None => {
            reader.missing(path, "after", "say after how long: `after: 10m`");
            None
        }
    };
    let next = match entries.get("next") {
        Some(entry) => target(reader, entry.value, &path.key("next")),
        None => {
            reader.missing(path, "next", "say where to go: `next: node-id`");
            None
        }
    };
    Some(NoActivity { after_ms: after_ms?, next: next? })
}

fn duration(reader: &mut Reader<'_>, id: Id, path: &Path<'_>) -> Option<u64> {
    let text = match reader.kind(id) {
        crate::tree::Kind::Number(number) => {
            let message = format!("`{number}` has no unit");
            reader.report(path, Code::BAD_DURATION, message, |d| {
                d.remedy(format!("write `{number}s` for seconds or `{number}ms` for milliseconds"))
            });
            return None;
        }
        _ => reader.text(id, path)?,
    };
    match parse_duration(text) {
        Ok(0) => {
            reader.report(path, Code::BAD_DURATION, "the time must be longer than nothing", |d| d);
            None
        }
        Ok(ms) => Some(ms),
        Err(error) => {
            reader.report(path, Code::BAD_DURATION, error.to_string(), |d| d);
            None
        }
    }
}
