//! One document while it is edited: each change proposes some ways to write it, and the first one is taken after which the text reads
//! as exactly what was meant. So a mistake in writing becomes a refusal, never a wrong document.

use serde_json::Value;

use super::emit::Manner;
use super::locate::{self, Holder, Place, Style};
use super::refusal::Refusal;
use super::splice::{Pieces, TextEdit, apply};
use super::{change, lines, model, units};
use crate::tree::Kind;
use crate::{Positioned, escape_pointer, limits, read_tree};

/// A document being edited.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    name: String,
    original: String,
    pieces: Pieces,
    pub(super) tree: Positioned,
    pub(super) manner: Manner,
    newline: &'static str,
    /// Whether values that aliases share may change in all places.
    pub(super) everywhere: bool,
}

/// Where a new entry goes, and how it looks.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wish<'a> {
    /// After this key.
    pub after: Option<&'a str>,
    /// Whether blank lines stand around it.
    pub spaced: bool,
    /// In block style whatever its size.
    pub open: bool,
    /// In flow style, because its neighbours are.
    pub inline: bool,
}

impl Draft {
    pub fn open(name: &str, text: &str, everywhere: bool) -> Result<Draft, Refusal> {
        let tree = read_tree(name, text.as_bytes())
            .map_err(|diagnostics| Refusal::Unreadable { name: name.to_owned(), diagnostics })?;
        let json = is_json(name, text);
        let newline = lines::newline(text);
        let manner = manner(&tree, json);
        let (name, original, pieces) = (name.to_owned(), text.to_owned(), Pieces::new(text.len()));
        Ok(Draft { name, original, pieces, tree, manner, newline, everywhere })
    }

    /// A document that does not exist yet.
    pub fn create(name: &str, text: &str) -> Result<Draft, Refusal> {
        let mut draft = Draft::open(name, text, false)?;
        draft.original.clear();
        draft.pieces = Pieces::new(0);
        draft.pieces.edit(&[TextEdit::new(0, 0, text)]);
        Ok(draft)
    }

    /// The first words of a document that does not exist yet.
    pub fn begin(&mut self, text: &str) -> Result<(), Refusal> {
        *self = Draft::create(&self.name, text)?;
        Ok(())
    }

    /// The text as it is now.
    pub fn text(&self) -> &str {
        &self.tree.source().text
    }

    /// What the text says now.
    pub fn value(&self) -> Value {
        self.tree.to_value()
    }

    /// The edits made so far, counted in the text that was opened.
    pub fn edits(&self) -> Vec<TextEdit> {
        self.pieces.edits(&self.original)
    }

    /// Sets the value at a JSON pointer. Maps and lists are changed entry by entry, so that what stays the same keeps its writing.
    pub fn set(&mut self, pointer: &str, value: &Value) -> Result<(), Refusal> {
        self.set_with(pointer, value, Wish::default())
    }

    pub fn set_with(&mut self, pointer: &str, value: &Value, wish: Wish<'_>) -> Result<(), Refusal> {
        let Some(old) = self.tree.value_at(pointer) else {
            return self.add(pointer, value, wish);
        };
        if old == *value {
            return Ok(());
        }
        let place = locate::locate(&self.tree, pointer)?;
        match (&old, value) {
            _ if place.style == Style::Alias => self.replace(pointer, value),
            (Value::Object(before), Value::Object(wanted)) if before.keys().any(|key| wanted.contains_key(key)) => {
                for key in before.keys().filter(|key| !wanted.contains_key(*key)) {
                    self.remove(&format!("{pointer}/{}", escape_pointer(key)))?;
                }
                for (key, value) in wanted {
                    self.set(&format!("{pointer}/{}", escape_pointer(key)), value)?;
                }
                Ok(())
            }
            (Value::Array(before), Value::Array(wanted)) if !before.is_empty() && !wanted.is_empty() => {
                self.set_items(pointer, before, wanted)
            }
            _ => self.replace(pointer, value),
        }
    }

    /// Items that are the same at both ends stay; those between are changed one by one.
    fn set_items(&mut self, pointer: &str, before: &[Value], wanted: &[Value]) -> Result<(), Refusal> {
        let same = |(a, b): &(&Value, &Value)| a == b;
        let front = before.iter().zip(wanted).take_while(same).count();
        let back = before[front..].iter().rev().zip(wanted[front..].iter().rev()).take_while(same).count();
        let (old, new) = (&before[front..before.len() - back], &wanted[front..wanted.len() - back]);
        for index in (new.len()..old.len()).rev() {
            self.remove(&format!("{pointer}/{}", front + index))?;
        }
        for (index, item) in new.iter().enumerate() {
            if index < old.len() {
                self.set(&format!("{pointer}/{}", front + index), item)?;
            } else {
                self.insert(pointer, front + index, item)?;
            }
        }
        Ok(())
    }

    /// Writes something where nothing is, together with the maps that lead there.
    fn add(&mut self, pointer: &str, value: &Value, wish: Wish<'_>) -> Result<(), Refusal> {
        let known = self.tree.nearest_pointer(pointer);
        let rest: Vec<&str> = pointer[known.len()..].split('/').skip(1).collect();
        let Some((first, deeper)) = rest.split_first() else {
            return Err(Refusal::NoSuchPlace(pointer.to_owned()));
        };
        let wrap = |value: Value, step: &&str| {
            let key = crate::unescape_pointer(step).into_owned();
            Value::Object([(key, value)].into_iter().collect())
        };
        let value = deeper.iter().rev().fold(value.clone(), wrap);
        let holder = locate::locate(&self.tree, known)?;
        if holder.style == Style::Alias {
            let alias = self.text()[holder.content..holder.end].to_owned();
            return Err(Refusal::BehindAlias { pointer: known.to_owned(), alias });
        }
        match &self.tree.node(holder.id).kind {
            Kind::Map(_) => self.add_entry(known, &holder, first, &value, wish),
            Kind::List(items) => {
                let index = if *first == "-" { Some(items.len()) } else { first.parse().ok() };
                let index = index.filter(|index| *index <= items.len());
                let index = index.ok_or_else(|| Refusal::NoSuchPlace(pointer.to_owned()))?;
                self.insert(known, index, &value)
            }
            Kind::Null => self.replace(known, &wrap(value, first)),
            _ => Err(Refusal::NotACollection(known.to_owned())),
        }
    }

    fn add_entry(
        &mut self,
        map: &str,
        holder: &Place,
        step: &str,
        value: &Value,
        wish: Wish<'_>,
    ) -> Result<(), Refusal> {
        let key = crate::unescape_pointer(step).into_owned();
        let pointer = format!("{map}/{step}");
        let mut expected = self.value();
        model::set(&mut expected, &pointer, value.clone());
        let entries = locate::entries(&self.tree, holder);
        if entries.is_empty() {
            let whole = Value::Object([(key, value.clone())].into_iter().collect());
            let ways = change::replace(self.text(), holder, &whole, self.manner);
            return self.first_good(ways, &expected, &pointer);
        }
        let keys: Vec<&str> = self.tree.keys(map).collect();
        let after = match wish.after {
            Some(after) => keys.iter().position(|key| *key == after),
            None => super::order::place(map, &key, &keys),
        };
        let after = after.unwrap_or(entries.len() - 1);
        let ways = units::add_entry(self.text(), holder, &entries, after, &key, value, self.manner, wish);
        self.first_good(ways, &expected, &pointer)
    }

    /// Puts an item into the list at a JSON pointer.
    pub fn insert(&mut self, list: &str, index: usize, item: &Value) -> Result<(), Refusal> {
        let holder = locate::locate(&self.tree, list)?;
        let pointer = format!("{list}/{index}");
        let mut expected = self.value();
        if !model::insert(&mut expected, list, index, item.clone()) {
            return Err(Refusal::NoSuchPlace(pointer));
        }
        let items = locate::items(&self.tree, &holder);
        let ways = if items.len() != self.count(list) {
            // Written in a way that was not understood.
            Vec::new()
        } else if items.is_empty() {
            change::replace(self.text(), &holder, &Value::Array(vec![item.clone()]), self.manner)
        } else {
            units::add_item(self.text(), &holder, &items, index, item, self.manner)
        };
        self.first_good(ways, &expected, &pointer)
    }

    /// Removes the entry or item at a JSON pointer, with the comments that belong to it.
    pub fn remove(&mut self, pointer: &str) -> Result<(), Refusal> {
        let place = locate::locate(&self.tree, pointer)?;
        let parent = pointer.rsplit_once('/').map(|(parent, _)| parent);
        let parent = parent.ok_or_else(|| Refusal::NoSuchPlace(pointer.to_owned()))?;
        let holder = locate::locate(&self.tree, parent)?;
        let mut expected = self.value();
        model::remove(&mut expected, pointer);
        let (all, empty) = match place.holder {
            Holder::Item(_) => (locate::items(&self.tree, &holder), Value::Array(Vec::new())),
            _ => (locate::entries(&self.tree, &holder), Value::Object(Default::default())),
        };
        let index = match place.holder {
            Holder::Item(index) => Some(index),
            _ => all.iter().position(|one| one.intro == place.intro),
        };
        let ways = match index {
            _ if all.len() != self.count(parent) => Vec::new(),
            Some(_) if all.len() == 1 => change::replace(self.text(), &holder, &empty, self.manner),
            Some(index) => units::remove(self.text(), &holder, &all, index),
            None => Vec::new(),
        };
        let written = self.text()[place.start..place.end.max(place.start)].contains('&');
        self.first_good(ways, &expected, pointer).map_err(|refusal| match refusal {
            Refusal::CannotKeep { pointer } if written => Refusal::HoldsAnchor { pointer },
            other => other,
        })
    }

    /// Renames the key at a JSON pointer, in its place and its quotes.
    pub fn rename(&mut self, pointer: &str, to: &str) -> Result<(), Refusal> {
        self.rewrite(&[(pointer.to_owned(), to.to_owned())], &[])
    }

    /// Renames keys and replaces texts by others, all at once: each keeps its quotes. Texts behind aliases are written once.
    pub fn rewrite(&mut self, keys: &[(String, String)], texts: &[(String, String)]) -> Result<(), Refusal> {
        let mut expected = self.value();
        let mut edits = Vec::new();
        for (pointer, to) in texts {
            model::set(&mut expected, pointer, Value::String(to.clone()));
            match locate::locate(&self.tree, pointer) {
                Ok(place)
                    if place.style == Style::Alias && texts.iter().any(|other| self.is_anchor_of(&other.0, &place)) => {
                }
                Ok(place) => edits.push(change::rewrite_scalar(self.text(), &place, to, self.manner)),
                // Written elsewhere; if that is not among the texts, the comparison below refuses.
                Err(Refusal::BehindAlias { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        for (pointer, to) in keys {
            let place = locate::locate(&self.tree, pointer)?;
            let Holder::Entry { key, .. } = place.holder else {
                return Err(Refusal::NoSuchPlace(pointer.clone()));
            };
            if !model::rename(&mut expected, pointer, to) {
                return Err(Refusal::NodeExists(to.clone()));
            }
            edits.push(change::rewrite_key(self.text(), key, to, self.manner));
        }
        edits.sort_by_key(|edit| edit.start);
        edits.dedup();
        let pointer = keys.first().or(texts.first()).map_or("", |first| first.0.as_str()).to_owned();
        self.first_good(vec![edits], &expected, &pointer)
    }

    /// Whether the text at a pointer has the anchor that an alias names.
    fn is_anchor_of(&self, pointer: &str, alias: &Place) -> bool {
        let name = self.text()[alias.content..alias.end].trim_start_matches('*');
        locate::locate(&self.tree, pointer).is_ok_and(|place| {
            let properties = &self.text()[place.start..place.content];
            properties.split_whitespace().any(|word| word.strip_prefix('&') == Some(name))
        })
    }

    /// How many entries or items the value at a pointer has.
    fn count(&self, pointer: &str) -> usize {
        match self.tree.find(pointer).map(|id| &self.tree.node(id).kind) {
            Some(Kind::List(items)) => items.len(),
            Some(Kind::Map(entries)) => entries.list.len(),
            _ => 0,
        }
    }

    /// Replaces a value as a whole.
    fn replace(&mut self, pointer: &str, value: &Value) -> Result<(), Refusal> {
        let place = locate::locate(&self.tree, pointer)?;
        let mut expected = self.value();
        model::set(&mut expected, pointer, value.clone());
        let ways = change::replace(self.text(), &place, value, self.manner);
        self.first_good(ways, &expected, pointer)
    }

    /// Makes edits that were found otherwise, if the text then says what is expected.
    pub fn splice(&mut self, edits: Vec<TextEdit>, expected: &Value, pointer: &str) -> Result<(), Refusal> {
        self.first_good(vec![edits], expected, pointer)
    }

    fn first_good(&mut self, ways: Vec<Vec<TextEdit>>, expected: &Value, pointer: &str) -> Result<(), Refusal> {
        let mut shared = false;
        for mut edits in ways {
            for edit in &mut edits {
                // What is put in has the line breaks of the document.
                let text = edit.text.replace("\r\n", "\n");
                edit.text = if self.newline == "\n" { text } else { text.replace('\n', self.newline) };
            }
            let Some(text) = apply(self.text(), &edits) else {
                continue;
            };
            if text.len() > limits::DOCUMENT_BYTES {
                return Err(Refusal::Limit("it would be too large".to_owned()));
            }
            let Ok(tree) = read_tree(&self.name, text.as_bytes()) else {
                continue;
            };
            let found = tree.to_value();
            if found == *expected || self.everywhere && self.same_but_for_aliases(&found, expected) {
                self.pieces.edit(&edits);
                self.tree = tree;
                return Ok(());
            }
            shared |= self.same_but_for_aliases(&found, expected);
        }
        let pointer = pointer.to_owned();
        Err(if shared { Refusal::Shared { pointer } } else { Refusal::CannotKeep { pointer } })
    }

    /// Compares two values wherever this document has no alias.
    fn same_but_for_aliases(&self, found: &Value, expected: &Value) -> bool {
        let mut expected = expected.clone();
        let mut aliases = Vec::new();
        self.find_aliases("", &self.tree.to_value(), &mut aliases);
        for pointer in &aliases {
            if let (Some(there), Some(found)) = (expected.pointer_mut(pointer), found.pointer(pointer)) {
                *there = found.clone();
            }
        }
        !aliases.is_empty() && *found == expected
    }

    fn find_aliases(&self, pointer: &str, value: &Value, found: &mut Vec<String>) {
        let alias = self.tree.span(pointer).is_some_and(|span| self.tree.source().slice(span).starts_with('*'));
        let quoted = matches!(value, Value::String(text) if text.starts_with('*'));
        if alias && !quoted {
            found.push(pointer.to_owned());
            return;
        }
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| {
                self.find_aliases(&format!("{pointer}/{}", escape_pointer(key)), value, found)
            }),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .for_each(|(index, item)| self.find_aliases(&format!("{pointer}/{index}"), item, found)),
            _ => {}
        }
    }
}

/// Whether a text is JSON, so that only JSON may be put in.
pub(crate) fn is_json(name: &str, text: &str) -> bool {
    name.ends_with(".json")
        || text.trim_start().starts_with(['{', '['])
            && serde_json::from_str::<serde::de::IgnoredAny>(text.trim_start_matches(crate::source::BOM)).is_ok()
}

/// How the document is written: the first nested map tells.
fn manner(tree: &Positioned, json: bool) -> Manner {
    let text = &*tree.source().text;
    let mut step = 2;
    let mut above = 0;
    for line in text.lines().take(2_000).filter(|line| !lines::is_blank(line) && !lines::is_comment(line)) {
        let indent = line.len() - line.trim_start_matches(' ').len();
        if indent > above && !line.trim_start().starts_with('-') {
            step = (indent - above).min(8);
            break;
        }
        above = indent;
    }
    let (mut spaced, mut tight) = (0, 0);
    for pair in text.as_bytes().windows(2).filter(|pair| pair[0] == b'{') {
        match pair[1] {
            b' ' => spaced += 1,
            b'\n' | b'\r' | b'{' | b'}' | b'%' => {}
            _ => tight += 1,
        }
    }
    let spaced = if json { spaced > tight } else { spaced >= tight };
    Manner { json, step, spaced, lines: text.trim_end().contains('\n') }
}
