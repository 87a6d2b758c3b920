//! Taking typed values out of the tree, gathering every mistake on the way: a wrong value, an unknown key with the
//! nearest known one, a missing one.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use super::Place;
use super::tree::{Data, Node};
use super::value::Value;

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key, `section.key`; empty for a mistake of syntax.
    pub key: String,
    /// Where it is written.
    pub place: Place,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: ", self.place)?;
        if !self.key.is_empty() {
            write!(out, "{}: ", self.key)?;
        }
        out.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(out, " ({help})"),
            None => Ok(()),
        }
    }
}

/// Every mistake of a configuration, one a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Errors(pub Vec<Problem>);

impl Errors {
    pub(super) fn one(key: &str, place: Place, message: String) -> Self {
        Errors(vec![Problem { key: key.to_owned(), place, message, help: None }])
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.0.iter().enumerate() {
            if n > 0 {
                out.write_str("\n")?;
            }
            write!(out, "{problem}")?;
        }
        Ok(())
    }
}

/// What every part of the reading shares.
pub(super) struct Reader<'a> {
    root: &'a Node,
    pub env: &'a [(String, String)],
    /// The folder of the file; relative paths of secrets start there.
    pub folder: PathBuf,
    /// Whether secrets are only named here, and not looked up.
    pub names_only: bool,
    problems: Vec<Problem>,
    sections: BTreeSet<String>,
}

impl<'a> Reader<'a> {
    pub fn new(root: &'a Node, env: &'a [(String, String)], folder: PathBuf, problems: Vec<Problem>) -> Self {
        Reader { root, env, folder, names_only: false, problems, sections: BTreeSet::new() }
    }

    pub fn problem(&mut self, key: &str, place: Place, message: impl Into<String>, help: Option<String>) {
        self.problems.push(Problem { key: key.to_owned(), place, message: message.into(), help });
    }

    /// One table of the top level, present or not.
    pub fn section<T>(&mut self, name: &str, read: impl FnOnce(&mut Table<'_, 'a>) -> T) -> T {
        self.sections.insert(name.to_owned());
        let node = match &self.root.data {
            Data::Table(entries) => entries.get(name),
            _ => None,
        };
        self.table(name.to_owned(), node, read)
    }

    /// A list of tables of the top level: `[[name]]`.
    pub fn sections<T>(&mut self, name: &str, read: impl FnMut(&mut Table<'_, 'a>) -> T) -> Vec<T> {
        self.sections.insert(name.to_owned());
        let node = match &self.root.data {
            Data::Table(entries) => entries.get(name),
            _ => None,
        };
        self.tables(name, node, read)
    }

    fn tables<T>(
        &mut self,
        key: &str,
        node: Option<&'a Node>,
        mut read: impl FnMut(&mut Table<'_, 'a>) -> T,
    ) -> Vec<T> {
        match node {
            None => Vec::new(),
            Some(Node { data: Data::List(items), .. }) => items
                .iter()
                .enumerate()
                .map(|(n, item)| self.table(format!("{key}[{n}]"), Some(item), &mut read))
                .collect(),
            Some(node) => {
                self.problem(
                    key,
                    node.place.clone(),
                    format!("expected a list of tables, found {}", node.kind()),
                    Some(format!("write [[{key}]]")),
                );
                Vec::new()
            }
        }
    }

    fn table<T>(&mut self, key: String, node: Option<&'a Node>, read: impl FnOnce(&mut Table<'_, 'a>) -> T) -> T {
        if let Some(node) = node.filter(|node| !matches!(node.data, Data::Table(_))) {
            self.problem(
                &key,
                node.place.clone(),
                format!("expected a table, found {}", node.kind()),
                Some(format!("write [{key}]")),
            );
        }
        let mut table = Table { reader: self, key, node, asked: BTreeSet::new() };
        let value = read(&mut table);
        table.refuse_unknown();
        value
    }

    /// The mistakes, if there are any.
    pub fn finish(mut self) -> Option<Errors> {
        if let Data::Table(entries) = &self.root.data {
            for (name, node) in entries {
                if !self.sections.contains(name) {
                    let help = nearest(name, &self.sections);
                    self.problem(name, node.place.clone(), "unknown section", help);
                }
            }
        }
        (!self.problems.is_empty()).then_some(Errors(self.problems))
    }
}

/// One table being read.
pub(super) struct Table<'r, 'a> {
    pub reader: &'r mut Reader<'a>,
    key: String,
    node: Option<&'a Node>,
    asked: BTreeSet<String>,
}

impl<'a> Table<'_, 'a> {
    pub fn path(&self, name: &str) -> String {
        format!("{}.{name}", self.key)
    }

    pub fn find(&mut self, name: &str) -> Option<&'a Node> {
        self.asked.insert(name.to_owned());
        match &self.node?.data {
            Data::Table(entries) => entries.get(name),
            _ => None,
        }
    }

    /// Where `name` is written, or else the table.
    pub fn place(&mut self, name: &str) -> Place {
        self.find(name).or(self.node).map_or(Place::Unknown, |node| node.place.clone())
    }

    pub fn problem(&mut self, name: &str, message: impl Into<String>, help: Option<String>) {
        let (key, place) = (self.path(name), self.place(name));
        self.reader.problem(&key, place, message, help);
    }

    /// The value of a key, or its default.
    pub fn get<T: Value>(&mut self, name: &str, default: T) -> T {
        self.optional(name).unwrap_or(default)
    }

    /// The value of a key that may be absent.
    pub fn optional<T: Value>(&mut self, name: &str) -> Option<T> {
        let node = self.find(name)?;
        match T::read(node) {
            Ok(value) => Some(value),
            Err(message) => {
                let key = self.path(name);
                self.reader.problem(&key, node.place.clone(), message, None);
                None
            }
        }
    }

    /// The value of a key that must be there. On a mistake it is reported and the type's empty value stands in.
    pub fn required<T: Value + Default>(&mut self, name: &str) -> T {
        if self.find(name).is_none() {
            self.problem(name, "is missing", None);
            return T::default();
        }
        self.optional(name).unwrap_or_default()
    }

    /// A list of tables inside this one: `[[section.name]]`.
    pub fn tables<T>(&mut self, name: &str, read: impl FnMut(&mut Table<'_, 'a>) -> T) -> Vec<T> {
        let node = self.find(name);
        let key = self.path(name);
        self.reader.tables(&key, node, read)
    }

    /// All entries of this table, for one whose keys the operator chooses.
    pub fn entries(&mut self) -> Vec<(&'a str, &'a Node)> {
        let Some(Data::Table(entries)) = self.node.map(|node| &node.data) else { return Vec::new() };
        self.asked.extend(entries.keys().cloned());
        entries.iter().map(|(key, node)| (key.as_str(), node)).collect()
    }

    /// The keys of this table, for one whose keys the operator chooses.
    pub fn names(&mut self) -> Vec<String> {
        self.entries().into_iter().map(|(name, _)| name.to_owned()).collect()
    }

    /// One table inside this one.
    pub fn inner<T>(&mut self, name: &str, read: impl FnOnce(&mut Table<'_, 'a>) -> T) -> T {
        let node = self.find(name);
        let key = self.path(name);
        self.reader.table(key, node, read)
    }

    /// A table inside this one whose keys the operator chooses.
    pub fn map<T: Value>(&mut self, name: &str) -> Vec<(String, T)> {
        let node = self.find(name);
        let key = self.path(name);
        self.reader.table(key, node, |table| {
            let mut found = Vec::new();
            for (entry, _) in table.entries() {
                if let Some(value) = table.optional(entry) {
                    found.push((entry.to_owned(), value));
                }
            }
            found
        })
    }

    fn refuse_unknown(&mut self) {
        let Some(Data::Table(entries)) = self.node.map(|node| &node.data) else { return };
        for (name, node) in entries {
            if !self.asked.contains(name) {
                let (key, help) = (self.path(name), nearest(name, &self.asked));
                self.reader.problem(&key, node.place.clone(), "unknown key", help);
            }
        }
    }
}

fn nearest(name: &str, known: &BTreeSet<String>) -> Option<String> {
    let (distance, best) = known.iter().map(|it| (strsim::damerau_levenshtein(&name.to_lowercase(), it), it)).min()?;
    let close = distance <= (name.chars().count() / 3).max(1);
    Some(if close {
        format!("did you mean `{best}`?")
    } else {
        format!("known: {}", known.iter().cloned().collect::<Vec<_>>().join(", "))
    })
}
