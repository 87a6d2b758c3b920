//! Merging two versions of a document that come from a common one: by what they say, node by node and parameter by parameter, never by the
//! lines alone. Changes to different things always merge; each side keeps its bytes and comments.
//!
//! What both sides changed differently is a conflict: ours stays, a comment above the field tells all three values, the document stays
//! valid, and the check refuses it until somebody has decided ([`conflicts`]). What the merged text says is compared with what was meant
//! before it is given out.

mod chunks;
mod lists;
mod mark;
mod values;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

use crate::diff::renames;
use crate::edit::draft::Draft;
use crate::edit::{Edit, Editor, File, Files, Knowledge};
use crate::{Diagnostic, Positioned, read_tree};
pub use mark::conflicts;

/// What was merged.
#[derive(Debug, Clone)]
pub struct Merged {
    /// The merged document.
    pub text: String,
    /// What somebody must decide.
    pub conflicts: Vec<Conflict>,
}

/// Something that both sides changed differently.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Conflict {
    /// Where it is in the merged document, as a JSON pointer.
    pub pointer: String,
    /// What happened.
    pub why: Why,
    /// What the common version says.
    pub base: Option<Value>,
    /// What our side says.
    pub ours: Option<Value>,
    /// What their side says.
    pub theirs: Option<Value>,
}

/// How two changes collide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Both sides changed it; ours stands.
    Changed,
    /// Ours removed it and theirs changed it; theirs stands.
    RemovedByOurs,
    /// Theirs removed it and ours changed it; ours stands.
    RemovedByTheirs,
    /// One side leads there and the other removed the node.
    Dangling,
    /// Both sides put something at the same place of a list whose order matters, or reordered it; ours stands.
    Order,
    /// Both sides renamed the node, or the item of a list; our name stands.
    Renamed,
}

/// Why two versions were not merged.
#[derive(Debug, Clone)]
pub enum Unmerged {
    /// One of the three cannot be read: `base`, `ours` or `theirs`.
    Unreadable(&'static str, Vec<Diagnostic>),
    /// No text was found that says what was meant and keeps the rest.
    CannotKeep,
}

/// Merges two versions of a flow, or of a file beside one.
///
/// # Errors
/// When one of them cannot be read, or when no way was found to write the result; a merge line by line is then the last resort.
///
/// ```
/// use offhook_flow_schemas::{edit::Knowledge, merge::merge};
/// let base = "nodes:\n  a: { type: say, text: Hi, next: b }\n  b: { type: end }\n";
/// let ours = base.replace("Hi", "Hello");
/// let theirs = base.replace("next: b", "next: end");
/// let merged = merge("a.yaml", base, &ours, &theirs, &Knowledge::default()).expect("they can be read");
/// assert_eq!(merged.text, "nodes:\n  a: { type: say, text: Hello, next: end }\n  b: { type: end }\n");
/// assert!(merged.conflicts.is_empty());
/// ```
pub fn merge(name: &str, base: &str, ours: &str, theirs: &str, knowledge: &Knowledge) -> Result<Merged, Unmerged> {
    let read = |side, text: &str| read_tree(name, text.as_bytes()).map_err(|found| Unmerged::Unreadable(side, found));
    let trees = [read("base", base)?, read("ours", ours)?, read("theirs", theirs)?];
    if ours == theirs || theirs == base {
        return Ok(Merged { text: ours.to_owned(), conflicts: Vec::new() });
    }
    if ours == base {
        return Ok(Merged { text: theirs.to_owned(), conflicts: Vec::new() });
    }
    let mut found = Vec::new();
    let [base, ours, theirs] = same_names(name, trees, knowledge, &mut found);
    let says = [&base, &ours, &theirs].map(Positioned::to_value);
    let mut merger = values::Merger { knowledge, conflicts: Vec::new() };
    let meant = merger.root(&says[0], &says[1], &says[2]);
    let mut conflicts = merger.conflicts;
    conflicts.append(&mut found);
    values::dangling(&meant, &says, knowledge, &mut conflicts);
    let texts = [&base, &ours, &theirs].map(|tree| &*tree.source().text);
    let text = write(name, texts, [&base, &ours, &theirs], &meant).ok_or(Unmerged::CannotKeep)?;
    let text = mark::mark(name, &text, &conflicts).ok_or(Unmerged::CannotKeep)?;
    Ok(Merged { text, conflicts })
}

/// Gives nodes that one side renamed the same id in all three versions, by lossless edits.
fn same_names(
    name: &str,
    mut trees: [Positioned; 3],
    knowledge: &Knowledge,
    conflicts: &mut Vec<Conflict>,
) -> [Positioned; 3] {
    if trees.iter().any(|tree| tree.span("/nodes").is_none() || tree.span("/offhook").is_none()) {
        return trees;
    }
    let says = trees.each_ref().map(Positioned::to_value);
    let by_ours = renames(&says[0], &says[1], knowledge);
    let by_theirs = renames(&says[0], &says[2], knowledge);
    let mut edits: [Vec<(String, String)>; 3] = Default::default();
    for (from, to) in &by_ours {
        edits[0].push((from.clone(), to.clone()));
        match by_theirs.get(from) {
            Some(other) if other != to => {
                edits[2].push((other.clone(), to.clone()));
                conflicts.push(Conflict {
                    pointer: format!("/nodes/{}", crate::escape_pointer(to)),
                    why: Why::Renamed,
                    base: Some(Value::from(from.as_str())),
                    ours: Some(Value::from(to.as_str())),
                    theirs: Some(Value::from(other.as_str())),
                });
            }
            _ => edits[2].push((from.clone(), to.clone())),
        }
    }
    for (from, to) in by_theirs.iter().filter(|(from, _)| !by_ours.contains_key(*from)) {
        edits[0].push((from.clone(), to.clone()));
        edits[1].push((from.clone(), to.clone()));
    }
    for (tree, edits) in trees.iter_mut().zip(edits) {
        let file = File { name: name.to_owned(), text: tree.source().text.to_string() };
        let files = Files { flow: file, layout: None, texts: Vec::new(), talks: Vec::new() };
        let Ok(mut editor) = Editor::open(&files, knowledge) else {
            continue;
        };
        for (from, to) in edits {
            // A node that this side has removed, or a name that it has given to another, stays as it is.
            let _refused = editor.edit(&Edit::RenameNode { from, to });
        }
        if let Ok(renamed) = read_tree(name, editor.text().as_bytes()) {
            *tree = renamed;
        }
    }
    trees
}

/// A text that says what is meant: the lines merged, else the chunks merged and corrected by edits, else ours with edits.
fn write(name: &str, [base, ours, theirs]: [&str; 3], trees: [&Positioned; 3], meant: &Value) -> Option<String> {
    let says = |text: &str| read_tree(name, text.as_bytes()).is_ok_and(|tree| tree.to_value() == *meant);
    // A side that only changed line breaks must not make a mixed text.
    let breaks = [base, ours, theirs].map(|text| text.contains('\r'));
    let even = breaks == [breaks[0]; 3];
    if even
        && let Ok(merged) = diffy::merge(base, ours, theirs)
        && says(&merged)
    {
        return Some(merged);
    }
    let pieced = if even { chunks::merge(trees, meant) } else { None };
    for text in pieced.iter().map(String::as_str).chain([ours, theirs]) {
        for everywhere in [false, true] {
            let Ok(mut draft) = Draft::open(name, text, everywhere) else {
                continue;
            };
            if draft.set("", meant).is_ok() && says(draft.text()) {
                return Some(draft.text().to_owned());
            }
        }
    }
    None
}

/// A merge line by line with conflict markers of this length, as git makes it: for what cannot be read. And whether it is clean.
#[must_use]
pub fn lines(base: &str, ours: &str, theirs: &str, markers: usize) -> (String, bool) {
    let mut options = diffy::MergeOptions::new();
    options.set_conflict_marker_length(markers);
    match options.merge(base, ours, theirs) {
        Ok(text) => (text, true),
        Err(text) => (text, false),
    }
}

/// Three versions of a map, key by key: those of ours first.
fn keys(maps: [Option<&serde_json::Map<String, Value>>; 2]) -> IndexMap<&String, ()> {
    maps.into_iter().flatten().flat_map(serde_json::Map::keys).map(|key| (key, ())).collect()
}
