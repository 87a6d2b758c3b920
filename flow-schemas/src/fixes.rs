//! What can be done about a diagnostic with one gesture. A fix is only offered where its result is certain; what an author has to think
//! about has a remedy in words and no fix.

use serde::Serialize;
use serde_json::Value;

use crate::edit::{Edit, Loose, TextEdit};
use crate::{Code, Diagnostic, Position, Positioned, escape_pointer};

/// A way to mend a mistake.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fix {
    /// What it does, as the words on a button.
    pub title: String,
    /// How.
    #[serde(flatten)]
    pub change: Change,
}

/// How a fix changes a document.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Other words at a place of the document.
    Text(Vec<TextEdit>),
    /// Edits of the flow, made together.
    Edits(Vec<Edit>),
}

impl Fix {
    fn edit(title: String, edit: Edit) -> Fix {
        Fix { title, change: Change::Edits(vec![edit]) }
    }
}

/// What can be done about a diagnostic of a flow, the best first; often nothing.
#[must_use]
pub fn fixes(tree: &Positioned, diagnostic: &Diagnostic) -> Vec<Fix> {
    if diagnostic.file != tree.source().name {
        return Vec::new();
    }
    let place = bytes(tree, diagnostic);
    let mut found = Vec::new();
    found.extend(place.and_then(|(start, end)| other_word(tree, diagnostic, start, end)));
    found.extend(by_code(tree, diagnostic, place));
    found
}

/// "Did you mean": the word that stands there is replaced, in its quotes.
fn other_word(tree: &Positioned, diagnostic: &Diagnostic, start: usize, end: usize) -> Option<Fix> {
    let remedy = diagnostic.remedy.as_deref()?;
    let word = remedy.strip_prefix("did you mean `")?.strip_suffix("`?")?;
    let written = tree.source().text.get(start..end)?;
    let is_word = !written.is_empty() && !written.contains(|sign: char| sign.is_whitespace() || sign == ':');
    if !is_word {
        return None;
    }
    let quote = written.chars().next().filter(|sign| matches!(sign, '"' | '\'')).map(String::from).unwrap_or_default();
    let edit = TextEdit { start, end, text: format!("{quote}{word}{quote}") };
    Some(Fix { title: format!("Write `{word}`"), change: Change::Text(vec![edit]) })
}

fn by_code(tree: &Positioned, diagnostic: &Diagnostic, place: Option<(usize, usize)>) -> Option<Fix> {
    let pointer = pointer(diagnostic);
    let last = || diagnostic.field.as_deref().and_then(|field| field.rsplit('.').next()).unwrap_or_default();
    match diagnostic.code {
        Code::UNKNOWN_KEY | Code::UNKNOWN_PARAMETER if tree.span(&pointer).is_some() => {
            Some(Fix::edit(format!("Remove `{}`", last()), Edit::Remove { pointer }))
        }
        Code::UNUSED_VARIABLE | Code::UNREAD_VARIABLE
            if diagnostic.node.is_none() && pointer.starts_with("/vars/") && tree.span(&pointer).is_some() =>
        {
            let unused = diagnostic.code == Code::UNUSED_VARIABLE;
            unused.then(|| Fix::edit(format!("Remove the variable `{}`", last()), Edit::Remove { pointer }))
        }
        Code::UNREACHABLE_NODE => {
            let id = diagnostic.node.clone()?;
            Some(Fix::edit(format!("Remove the node `{id}`"), Edit::RemoveNode { id, references: Loose::Unwire }))
        }
        Code::MISSING_TARGET if tree.span(&pointer).is_some() => {
            Some(Fix::edit("Lead it nowhere".to_owned(), Edit::Remove { pointer }))
        }
        Code::MISSING_START => {
            let first = tree.keys("/nodes").next()?.to_owned();
            let title = format!("Start at `{first}`");
            Some(Fix::edit(title, Edit::Set { pointer: "/start".to_owned(), value: Value::String(first) }))
        }
        Code::UNKNOWN_VARIABLE => {
            let (start, end) = place?;
            let name = tree.source().text.get(start..end)?;
            let is_name = name.starts_with(|sign: char| sign.is_ascii_lowercase())
                && name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_');
            let pointer = format!("/vars/{name}");
            is_name.then(|| {
                Fix::edit(
                    format!("Declare the variable `{name}`"),
                    Edit::Set { pointer, value: Value::String(String::new()) },
                )
            })
        }
        _ => None,
    }
}

/// The JSON pointer of the field, as far as its dotted name tells.
fn pointer(diagnostic: &Diagnostic) -> String {
    let mut pointer = String::new();
    if let Some(node) = &diagnostic.node {
        pointer = format!("/nodes/{}", escape_pointer(node));
    }
    for part in diagnostic.field.iter().flat_map(|field| field.split('.')) {
        pointer.push('/');
        pointer.push_str(&escape_pointer(part));
    }
    pointer
}

/// The bytes that a diagnostic is about; nothing where it is about the whole document.
fn bytes(tree: &Positioned, diagnostic: &Diagnostic) -> Option<(usize, usize)> {
    let at = |line, column| (line > 0).then(|| tree.source().offset(Position { line, column }) as usize);
    let start = at(diagnostic.line, diagnostic.column)?;
    Some((start, at(diagnostic.end_line, diagnostic.end_column)?.max(start)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::{File, Files, Knowledge, apply, edit};
    use crate::read_flow;

    const FLOW: &str = "offhook: 1\nid: a\nkind: chatbot\nstart: great\nvars: { n: 0 }\nnodes:\n  greet: { type: say, text: Hi, next: 'endd' } # é\n";

    fn mended(text: &str, code: Code) -> Vec<(String, String)> {
        let read = read_flow("a.yaml", text.as_bytes());
        let document = read.document.expect("it can be read");
        let mut found = read.diagnostics;
        found.extend(crate::graph::check(&document, &Default::default()));
        let diagnostic = found.iter().find(|one| one.code == code).expect("it is found");
        let apply_it = |fix: Fix| {
            let after = match fix.change {
                Change::Text(edits) => apply(text, &edits),
                Change::Edits(edits) => {
                    let flow = File { name: "a.yaml".to_owned(), text: text.to_owned() };
                    let files = Files { flow, layout: None, texts: vec![], talks: vec![] };
                    let changes = edit(&files, &Knowledge::default(), &edits).expect("it can be kept");
                    apply(text, &changes[0].edits)
                }
            };
            (fix.title, after.expect("it applies"))
        };
        fixes(&document.tree, diagnostic).into_iter().map(apply_it).collect()
    }

    #[test]
    fn a_word_is_replaced_in_its_quotes() {
        let fixed = mended(FLOW, Code::MISSING_TARGET);
        assert_eq!(fixed[0], ("Write `end`".to_owned(), FLOW.replace("'endd'", "'end'")));
        assert_eq!(fixed[1].0, "Lead it nowhere");
        assert!(!fixed[1].1.contains("endd"));
    }

    #[test]
    fn a_start_that_is_not_there_becomes_one_that_is() {
        let text = FLOW.replace("start: great", "start: somewhere-else");
        let fixed = mended(&text, Code::MISSING_START);
        assert_eq!(fixed, [("Start at `greet`".to_owned(), text.replace("somewhere-else", "greet"))]);
    }

    #[test]
    fn an_unknown_key_is_removed() {
        let text = FLOW.replace("vars: { n: 0 }\n", "colour: red\n");
        let fixed = mended(&text, Code::UNKNOWN_KEY);
        assert_eq!(fixed.last(), Some(&("Remove `colour`".to_owned(), text.replace("colour: red\n", ""))));
    }
}
