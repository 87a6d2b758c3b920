//! Renaming a node where its name stands as a text: in the talks beside the flow (mocks, `via`, `end`, and what they look up in
//! `last`), and in expressions and templates of the flow that compare `last.node` or `last.error.node` with it. A name that a
//! script puts together is not found.

use serde_json::Value;

use super::draft::Draft;
use super::splice::TextEdit;
use super::{Editor, Refusal, model};
use crate::escape_pointer;

/// What holds the name of a node, in expressions and in the `vars` of a talk.
const HOLDERS: [&str; 2] = ["last.error.node", "last.node"];

/// What writes a name as a text.
const QUOTES: [char; 3] = ['"', '\'', '\\'];

/// Places that name a node.
#[derive(Default)]
struct Places {
    /// Keys of maps.
    keys: Vec<String>,
    /// Texts, with what they are afterwards.
    texts: Vec<(String, String)>,
}

impl Editor<'_> {
    pub(super) fn rename_in_talks(&mut self, from: &str, to: &str) -> Result<(), Refusal> {
        let flow = self.flow.value();
        let id = flow.get("id").and_then(Value::as_str).unwrap_or_default();
        for talk in &mut self.talks {
            let places = in_talks(&talk.draft.value(), id, from, to);
            rewrite(&mut talk.draft, &places, from, to)?;
        }
        Ok(())
    }

    pub(super) fn rename_in_expressions(&mut self, from: &str, to: &str) -> Result<(), Refusal> {
        let mut places = Places::default();
        if let Some(nodes) = self.flow.value().get("nodes") {
            in_expressions(nodes, "/nodes", from, to, &mut places);
        }
        rewrite(&mut self.flow, &places, from, to)
    }
}

/// Writes the name anew in each place, once where aliases share it.
fn rewrite(draft: &mut Draft, places: &Places, from: &str, to: &str) -> Result<(), Refusal> {
    let mut expected = draft.value();
    let mut edits = Vec::new();
    let text = draft.text();
    let mut write = |start: usize| edits.push(TextEdit::new(start, start + from.len(), to));
    for (pointer, after) in &places.texts {
        let Some(span) = draft.tree.span(pointer) else { continue };
        let (start, written) = (span.start as usize, &text[span.start as usize..span.end as usize]);
        match compared(written, from) {
            // A place in a talk: the name is what its text begins with.
            found if found.is_empty() => written.find(from).into_iter().for_each(|at| write(start + at)),
            found => found.into_iter().for_each(|at| write(start + at)),
        }
        model::set(&mut expected, pointer, Value::String(after.clone()));
    }
    for pointer in &places.keys {
        let Some(span) = draft.tree.key_span(pointer) else { continue };
        let written = &text[span.start as usize..span.end as usize];
        written.find(from).into_iter().for_each(|at| write(span.start as usize + at));
        model::rename(&mut expected, pointer, to);
    }
    if edits.is_empty() {
        return Ok(());
    }
    edits.sort_by_key(|edit| edit.start);
    edits.dedup();
    let first = places.keys.first().or(places.texts.first().map(|(pointer, _)| pointer)).cloned().unwrap_or_default();
    draft.splice(edits, &expected, &first)
}

/// The places in a file of talks, in those that are about this flow.
fn in_talks(file: &Value, flow: &str, from: &str, to: &str) -> Places {
    let common = file.get("flow").and_then(Value::as_str);
    let talks: Vec<String> = match file.get("talks").and_then(Value::as_array) {
        Some(list) => (0..list.len()).map(|talk| format!("/talks/{talk}")).collect(),
        None => vec![String::new()],
    };
    let mut places = Places::default();
    for talk in talks {
        let own = file.pointer(&format!("{talk}/flow")).and_then(Value::as_str);
        if own.or(common) != Some(flow) {
            continue;
        }
        let mock = format!("{talk}/mocks/{}", escape_pointer(from));
        places.keys.extend(file.pointer(&mock).map(|_| mock));
        let lines = file.pointer(&format!("{talk}/talk")).and_then(Value::as_array).map_or(0, Vec::len);
        for line in 0..lines {
            let line = format!("{talk}/talk/{line}");
            for pointer in [format!("{line}/via"), format!("{line}/end/via")] {
                let Some(named) = file.pointer(&pointer).and_then(Value::as_str) else { continue };
                if named.split('.').next() == Some(from) {
                    places.texts.push((pointer, format!("{to}{}", &named[from.len()..])));
                }
            }
            for holder in HOLDERS {
                let pointer = format!("{line}/vars/{holder}");
                if file.pointer(&pointer).and_then(Value::as_str) == Some(from) {
                    places.texts.push((pointer, to.to_owned()));
                }
            }
        }
    }
    places
}

fn in_expressions(value: &Value, at: &str, from: &str, to: &str, places: &mut Places) {
    match value {
        Value::String(text) => {
            let found = compared(text, from);
            if !found.is_empty() {
                let mut after = text.clone();
                found.iter().rev().for_each(|at| after.replace_range(*at..*at + from.len(), to));
                places.texts.push((at.to_owned(), after));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                in_expressions(item, &format!("{at}/{index}"), from, to, places);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                in_expressions(item, &format!("{at}/{}", escape_pointer(key)), from, to, places);
            }
        }
        _ => {}
    }
}

/// Where a text compares what holds the name of a node with this one, as `last.node == "name"` or the other way round.
fn compared(text: &str, id: &str) -> Vec<usize> {
    let holds = |rest: &str| HOLDERS.iter().any(|holder| rest.trim_end().ends_with(holder));
    let held = |rest: &str| {
        let rest = rest.trim_start();
        let held = HOLDERS.iter().find_map(|holder| rest.strip_prefix(holder));
        held.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.'))
    };
    let is_compared = |at: &usize| {
        let (before, after) = (&text[..*at], &text[at + id.len()..]);
        let (left, right) = (before.trim_end_matches(QUOTES), after.trim_start_matches(QUOTES));
        if left.len() == before.len() || right.len() == after.len() {
            return false;
        }
        let (left, right) = (left.trim_end(), right.trim_start());
        let sign =
            |sign: &str| left.strip_suffix(sign).is_some_and(holds) || right.strip_prefix(sign).is_some_and(held);
        sign("==") || sign("!=")
    };
    text.match_indices(id).map(|(at, _)| at).filter(is_compared).collect()
}

#[cfg(test)]
mod tests {
    use super::compared;

    #[test]
    fn a_name_is_found_where_it_is_compared() {
        for (text, found) in [
            (r#"last.node == "ask""#, 1),
            (r#"= "ask" != last.error.node && last.node=='ask'"#, 2),
            (r#"{% if last.node == \"ask\" %}x{% endif %}"#, 1),
            (r#"last.node == "ask-2""#, 0),
            (r#"last.node == "task""#, 0),
            (r#"name == "ask""#, 0),
            (r#""ask" == last.nodes"#, 0),
            ("Please ask for last.node == ask", 0),
        ] {
            assert_eq!(compared(text, "ask").len(), found, "{text}");
        }
    }
}
