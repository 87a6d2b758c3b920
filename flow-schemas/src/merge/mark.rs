//! Conflicts as comments above the field, in a document that stays valid; in JSON, which has no comments, as a list under `x-conflicts`.
//! And the other way round: what in a document still waits for a decision.

use serde_json::{Value, json};

use super::{Conflict, Why};
use crate::codes::Code;
use crate::edit::draft::{Draft, is_json};
use crate::edit::emit::{self, Manner};
use crate::edit::lines;
use crate::{Diagnostic, Positioned, Span, format, read_tree};

/// How the first line of a conflict begins. What is quoted after it is the field.
const MARKER: &str = "# conflict: `";

/// The key of conflicts in JSON.
const KEY: &str = "x-conflicts";

/// The text with its conflicts marked; nothing where that would change what it says.
pub(super) fn mark(name: &str, text: &str, conflicts: &[Conflict]) -> Option<String> {
    if conflicts.is_empty() {
        return Some(text.to_owned());
    }
    let tree = read_tree(name, text.as_bytes()).ok()?;
    if is_json(name, text) {
        return in_json(name, text, conflicts);
    }
    let mut comments: Vec<(usize, String)> = Vec::new();
    for conflict in conflicts {
        let known = tree.nearest_pointer(&conflict.pointer);
        let at = tree.key_span(known).map_or(0, |span| lines::start(text, span.start as usize));
        comments.push((at, comment(&tree, conflict, " ".repeat(lines::indent(text, at)).as_str())));
    }
    comments.sort_by_key(|(at, _)| *at);
    let says = |text: &str| read_tree(name, text.as_bytes()).is_ok_and(|again| again.to_value() == tree.to_value());
    let newline = lines::newline(text);
    // Above the field, or, where that would be inside a text, at the front.
    for front in [false, true] {
        let mut marked = text.to_owned();
        for (at, comment) in comments.iter().rev() {
            let at = if front { text.len() - text.trim_start_matches(crate::source::BOM).len() } else { *at };
            marked.insert_str(at, &comment.replace('\n', newline));
        }
        if says(&marked) {
            return Some(marked);
        }
    }
    None
}

fn comment(tree: &Positioned, conflict: &Conflict, indent: &str) -> String {
    let manner = Manner { json: false, step: 2, spaced: true, lines: true };
    let shown =
        |value: &Option<Value>| value.as_ref().map_or("(nothing)".to_owned(), |value| emit::inline(value, manner));
    let field = path(tree, &conflict.pointer);
    let what = match conflict.why {
        Why::Changed => "both sides changed it; what stands here is ours",
        Why::RemovedByOurs => "ours removed it, theirs changed it; what stands here is theirs",
        Why::RemovedByTheirs => "theirs removed it, ours changed it; what stands here is ours",
        Why::Dangling => "one side leads here, the other removed the node",
        Why::Order => "the order must be decided; what stands here is one",
        Why::Renamed => "both sides renamed it; the name that stands here is ours",
    };
    let mut out = format!("{indent}{MARKER}{field}`: {what}. Decide, and remove these lines.\n");
    for (side, value) in [("base:  ", &conflict.base), ("ours:  ", &conflict.ours), ("theirs:", &conflict.theirs)] {
        out.push_str(&format!("{indent}#   {side} {}\n", shown(value)));
    }
    out
}

/// A pointer as people read it: `main.choices.sales.next`.
fn path(tree: &Positioned, pointer: &str) -> String {
    let mut steps = Vec::new();
    let mut walked = String::new();
    for step in pointer.split('/').skip(1) {
        walked.push('/');
        walked.push_str(step);
        let item = step.parse::<usize>().ok().and_then(|_| tree.value_at(&format!("{walked}/id")));
        steps.push(match item.as_ref().and_then(Value::as_str) {
            Some(id) => id.to_owned(),
            None => crate::unescape_pointer(step).into_owned(),
        });
    }
    let steps = if steps.first().is_some_and(|first| first == "nodes") { &steps[1..] } else { &steps[..] };
    steps.join(".").replace(['`', '\n', '\r'], "'")
}

fn in_json(name: &str, text: &str, conflicts: &[Conflict]) -> Option<String> {
    let told: Vec<Value> = conflicts
        .iter()
        .map(|one| json!({ "at": one.pointer, "why": one.why, "base": one.base, "ours": one.ours, "theirs": one.theirs }))
        .collect();
    let mut draft = Draft::open(name, text, false).ok()?;
    draft.set(&format!("/{KEY}"), &Value::Array(told)).ok()?;
    Some(draft.text().to_owned())
}

/// What in a document still waits for a decision after a merge, as diagnostics: comments that [`super::merge`] has left, and in JSON the
/// entries of `x-conflicts`.
#[must_use]
pub fn conflicts(tree: &Positioned) -> Vec<Diagnostic> {
    let text = &*tree.source().text;
    let mut found = Vec::new();
    if text.contains(MARKER) {
        let remedy = "decide between the values in the comment, and remove its lines";
        for (at, comment) in format::comments(tree) {
            if let Some(rest) = comment.strip_prefix(MARKER) {
                let field = rest.split('`').next().unwrap_or_default();
                let message = format!("the merge of `{field}` has not been decided");
                let span = Span::new(at, at + comment.len());
                found.push(Diagnostic::new(Code::MERGE_CONFLICT, message).at(tree.source(), span).remedy(remedy));
            }
        }
    }
    for (index, _) in tree.value_at(&format!("/{KEY}")).iter().flat_map(|list| list.as_array()).flatten().enumerate() {
        let at = format!("/{KEY}/{index}");
        let field = tree.value_at(&format!("{at}/at"));
        let field = field.as_ref().and_then(Value::as_str).unwrap_or_default();
        let message = format!("the merge of `{field}` has not been decided");
        let remedy = format!("decide between the values here, and remove the entry from `{KEY}`");
        found.push(Diagnostic::at_pointer(tree, Code::MERGE_CONFLICT, &at, message).remedy(remedy));
    }
    found
}
