//! A document as a tree of values that knows where each of its keys and values was written.
//!
//! The tree is an arena: reading makes one allocation a string, and an alias shares what it points to.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};

use crate::{Diagnostic, Source, Span};

/// A value's place in the arena.
pub(crate) type Id = u32;

/// What a place in the document holds.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Number(Number),
    String(Box<str>),
    List(Vec<Id>),
    Map(Entries),
}

/// The entries of a map in the order they were written; large maps also carry their order by key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entries {
    pub list: Vec<Entry>,
    sorted: Vec<u32>,
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub key: Box<str>,
    pub key_span: Span,
    pub value: Id,
}

#[derive(Debug, Clone)]
pub(crate) struct TreeNode {
    pub kind: Kind,
    pub span: Span,
}

/// Maps of more entries than this are searched by a sorted index.
const SMALL_MAP: usize = 12;

/// A document read from YAML or JSON, with a span for every key and value.
#[derive(Debug, Clone)]
pub struct Positioned {
    source: Source,
    pub(crate) nodes: Vec<TreeNode>,
    pub(crate) root: Id,
    /// Warnings and hints found while reading; errors prevent a tree.
    pub notes: Vec<Diagnostic>,
}

impl Entries {
    /// Indexes the entries; a repeated key keeps its first entry and is handed to `repeated` as (first, again).
    pub fn new(mut list: Vec<Entry>, mut repeated: impl FnMut(&Entry, &Entry)) -> Entries {
        if list.len() <= SMALL_MAP {
            let mut at = 1;
            while at < list.len() {
                match list[..at].iter().position(|entry| entry.key == list[at].key) {
                    Some(first) => {
                        repeated(&list[first], &list[at]);
                        list.remove(at);
                    }
                    None => at += 1,
                }
            }
            return Entries { list, sorted: Vec::new() };
        }
        let mut sorted = order(&list);
        let mut drop = vec![false; list.len()];
        let mut found = Vec::new();
        for run in sorted.chunk_by(|a, b| list[*a as usize].key == list[*b as usize].key) {
            for again in &run[1..] {
                drop[*again as usize] = true;
                found.push((run[0] as usize, *again as usize));
            }
        }
        if !found.is_empty() {
            found.sort_unstable_by_key(|(_, again)| *again);
            for (first, again) in found {
                repeated(&list[first], &list[again]);
            }
            let mut dropped = drop.into_iter();
            list.retain(|_| !dropped.next().unwrap_or(false));
            sorted = order(&list);
        }
        Entries { list, sorted }
    }

    pub fn get(&self, key: &str) -> Option<&Entry> {
        if self.sorted.is_empty() {
            return self.list.iter().find(|entry| &*entry.key == key);
        }
        let found = self.sorted.binary_search_by(|at| (*self.list[*at as usize].key).cmp(key)).ok()?;
        Some(&self.list[self.sorted[found] as usize])
    }
}

/// Indexes by key; equal keys stay in the order they were written.
fn order(list: &[Entry]) -> Vec<u32> {
    let mut sorted: Vec<u32> = (0..list.len() as u32).collect();
    sorted.sort_by(|a, b| list[*a as usize].key.cmp(&list[*b as usize].key));
    sorted
}

impl Positioned {
    pub(crate) fn new(source: Source, nodes: Vec<TreeNode>, root: Id) -> Positioned {
        Positioned { source, nodes, root, notes: Vec::new() }
    }

    /// The text this tree was read from.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The whole document as a plain value.
    #[must_use]
    pub fn to_value(&self) -> Value {
        self.value(self.root)
    }

    /// The plain value at a JSON pointer (RFC 6901).
    #[must_use]
    pub fn value_at(&self, pointer: &str) -> Option<Value> {
        self.find(pointer).map(|id| self.value(id))
    }

    /// Where the value at a JSON pointer was written.
    #[must_use]
    pub fn span(&self, pointer: &str) -> Option<Span> {
        self.find(pointer).map(|id| self.node(id).span)
    }

    /// Where the key that leads to a JSON pointer was written; for an item of a list, where the item was written.
    #[must_use]
    pub fn key_span(&self, pointer: &str) -> Option<Span> {
        let (parent, last) = pointer.rsplit_once('/')?;
        let parent = self.node(self.find(parent)?);
        match &parent.kind {
            Kind::Map(entries) => entries.get(&unescape(last)).map(|entry| entry.key_span),
            Kind::List(items) => items.get(index(last)?).map(|id| self.node(*id).span),
            _ => None,
        }
    }

    /// The keys of the map at a JSON pointer, in the order they were written.
    pub fn keys(&self, pointer: &str) -> impl Iterator<Item = &str> {
        let entries = self.find(pointer).and_then(|id| self.entries(id));
        entries.into_iter().flat_map(|entries| entries.list.iter().map(|entry| &*entry.key))
    }

    /// The longest beginning of a JSON pointer that leads somewhere; the whole pointer if it does.
    #[must_use]
    pub fn nearest_pointer<'p>(&self, pointer: &'p str) -> &'p str {
        let (mut id, mut length) = (self.root, 0);
        for step in pointer.split('/').skip(1) {
            let Some(next) = self.child(id, step) else {
                break;
            };
            id = next;
            length += step.len() + 1;
        }
        &pointer[..length]
    }

    pub(crate) fn node(&self, id: Id) -> &TreeNode {
        &self.nodes[id as usize]
    }

    pub(crate) fn entries(&self, id: Id) -> Option<&Entries> {
        match &self.node(id).kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    pub(crate) fn find(&self, pointer: &str) -> Option<Id> {
        if pointer.is_empty() {
            return Some(self.root);
        }
        let steps = pointer.strip_prefix('/')?;
        steps.split('/').try_fold(self.root, |id, step| self.child(id, step))
    }

    fn child(&self, id: Id, step: &str) -> Option<Id> {
        match &self.node(id).kind {
            Kind::Map(entries) => entries.get(&unescape(step)).map(|entry| entry.value),
            Kind::List(items) => items.get(index(step)?).copied(),
            _ => None,
        }
    }

    pub(crate) fn value(&self, id: Id) -> Value {
        match &self.node(id).kind {
            Kind::Null => Value::Null,
            Kind::Bool(yes) => Value::Bool(*yes),
            Kind::Number(number) => Value::Number(number.clone()),
            Kind::String(text) => Value::String(text.to_string()),
            Kind::List(items) => Value::Array(items.iter().map(|item| self.value(*item)).collect()),
            Kind::Map(entries) => {
                let mut map = Map::with_capacity(entries.list.len());
                for entry in &entries.list {
                    map.insert(entry.key.to_string(), self.value(entry.value));
                }
                Value::Object(map)
            }
        }
    }
}

impl Kind {
    /// What a person calls this kind of value.
    pub fn noun(&self) -> &'static str {
        match self {
            Kind::Null => "nothing",
            Kind::Bool(_) => "true or false",
            Kind::Number(_) => "a number",
            Kind::String(_) => "a text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
        }
    }
}

/// Writes one step of a JSON pointer (RFC 6901 §3).
#[must_use]
pub fn escape(step: &str) -> Cow<'_, str> {
    if step.contains(['~', '/']) { Cow::Owned(step.replace('~', "~0").replace('/', "~1")) } else { Cow::Borrowed(step) }
}

/// Reads one step of a JSON pointer (RFC 6901 §4).
#[must_use]
pub fn unescape(step: &str) -> Cow<'_, str> {
    if step.contains('~') { Cow::Owned(step.replace("~1", "/").replace("~0", "~")) } else { Cow::Borrowed(step) }
}

fn index(step: &str) -> Option<usize> {
    let canonical = step == "0" || !step.starts_with(['0', '+']);
    if canonical { step.parse().ok() } else { None }
}

impl Kind {
    /// Whether this is `[]`.
    pub fn is_empty_list(&self) -> bool {
        matches!(self, Kind::List(items) if items.is_empty())
    }
}
