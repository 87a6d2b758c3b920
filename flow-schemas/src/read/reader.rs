//! Taking typed parts out of a tree: each question that gets the wrong kind of answer is reported at its place.

use std::collections::HashSet;

use crate::codes::Code;
use crate::tree::{Entries, Entry, Id, Kind, Positioned, escape};
use crate::{Diagnostic, limits};

/// The way to a value; it lives on the stack and becomes a JSON pointer only when something is wrong.
pub(crate) struct Path<'a> {
    above: Option<&'a Path<'a>>,
    step: Step<'a>,
}

enum Step<'a> {
    Key(&'a str),
    Item(usize),
}

impl<'a> Path<'a> {
    pub const ROOT: Path<'static> = Path { above: None, step: Step::Key("") };

    pub fn key<'b>(&'b self, key: &'b str) -> Path<'b> {
        Path { above: Some(self), step: Step::Key(key) }
    }

    pub fn item(&self, index: usize) -> Path<'_> {
        Path { above: Some(self), step: Step::Item(index) }
    }

    pub fn pointer(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        let Some(above) = self.above else { return };
        above.write(out);
        out.push('/');
        match self.step {
            Step::Key(key) => out.push_str(&escape(key)),
            Step::Item(index) => out.push_str(&index.to_string()),
        }
    }
}

/// A tree being read, and what is wrong with it.
pub(crate) struct Reader<'t> {
    pub tree: &'t Positioned,
    problems: Vec<Diagnostic>,
    more: usize,
}

impl<'t> Reader<'t> {
    pub fn new(tree: &'t Positioned) -> Reader<'t> {
        Reader { tree, problems: Vec::new(), more: 0 }
    }

    /// What is wrong; when there was more than the limit, the last line says so.
    pub fn finish(self) -> Vec<Diagnostic> {
        let mut problems = self.problems;
        if self.more > 0 {
            let message = format!("{} more problems are not shown", self.more);
            let last = Diagnostic::at_pointer(self.tree, Code::TOO_MANY_PROBLEMS, "", message);
            problems.push(last.remedy("repair the first ones; the rest often go with them"));
        }
        problems
    }

    /// Reports something at a path; `finish` adds remedies and the like and is not called when the list is full.
    pub fn report(
        &mut self,
        path: &Path<'_>,
        code: Code,
        message: impl Into<String>,
        finish: impl FnOnce(Diagnostic) -> Diagnostic,
    ) {
        if self.problems.len() >= limits::DIAGNOSTICS {
            self.more += 1;
            return;
        }
        let diagnostic = Diagnostic::at_pointer(self.tree, code, &path.pointer(), message);
        self.problems.push(finish(diagnostic));
    }

    /// Adds diagnostics made elsewhere.
    pub fn append(&mut self, diagnostics: Vec<Diagnostic>) {
        for diagnostic in diagnostics {
            if self.problems.len() < limits::DIAGNOSTICS { self.problems.push(diagnostic) } else { self.more += 1 }
        }
    }

    pub fn kind(&self, id: Id) -> &'t Kind {
        &self.tree.node(id).kind
    }

    pub fn is_null(&self, id: Id) -> bool {
        matches!(self.kind(id), Kind::Null)
    }

    /// The entries of a map; anything else is reported.
    pub fn map(&mut self, id: Id, path: &Path<'_>) -> Option<&'t Entries> {
        match self.kind(id) {
            Kind::Map(entries) => Some(entries),
            other => self.wrong(path, "a map (`key: value`)", other),
        }
    }

    /// The items of a list; anything else is reported.
    pub fn list(&mut self, id: Id, path: &Path<'_>) -> Option<&'t [Id]> {
        match self.kind(id) {
            Kind::List(items) => Some(items),
            other => self.wrong(path, "a list", other),
        }
    }

    /// A text; anything else is reported, with quotes as the remedy where they help.
    pub fn text(&mut self, id: Id, path: &Path<'_>) -> Option<&'t str> {
        match self.kind(id) {
            Kind::String(text) => Some(text),
            other => self.wrong(path, "a text", other),
        }
    }

    /// A text that says something.
    pub fn filled(&mut self, id: Id, path: &Path<'_>) -> Option<&'t str> {
        let text = self.text(id, path)?;
        if text.trim().is_empty() {
            self.report(path, Code::EMPTY_TEXT, "this text is empty", |d| {
                d.remedy("write something, or remove the key")
            });
            return None;
        }
        Some(text)
    }

    pub fn bool(&mut self, id: Id, path: &Path<'_>) -> Option<bool> {
        match self.kind(id) {
            Kind::Bool(yes) => Some(*yes),
            Kind::String(word) if matches!(&**word, "yes" | "on" | "no" | "off") => {
                let meant = matches!(&**word, "yes" | "on");
                let message = format!("`{word}` is a text; true or false must stand here");
                self.report(path, Code::WRONG_TYPE, message, |d| d.remedy(format!("write `{meant}`")));
                None
            }
            other => self.wrong(path, "true or false", other),
        }
    }

    /// A list of texts without repeats.
    pub fn texts(&mut self, id: Id, path: &Path<'_>, what: &str, limit: usize) -> Vec<&'t str> {
        let Some(items) = self.list(id, path) else {
            return Vec::new();
        };
        if self.over(path, what, items.len(), limit) {
            return Vec::new();
        }
        let mut seen = HashSet::new();
        let mut out = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let path = path.item(index);
            let Some(text) = self.filled(*item, &path) else {
                continue;
            };
            if seen.insert(text) {
                out.push(text);
            } else {
                self.report(&path, Code::REPEATED_ENTRY, format!("`{text}` stands in this list twice"), |d| {
                    d.remedy("remove one of them")
                });
            }
        }
        out
    }

    pub fn wrong<T>(&mut self, path: &Path<'_>, expected: &str, found: &Kind) -> Option<T> {
        let message = format!("{expected} must stand here, not {}", found.noun());
        let quotes = expected == "a text" && matches!(found, Kind::Bool(_) | Kind::Number(_));
        self.report(path, Code::WRONG_TYPE, message, |d| if quotes { d.remedy("put it in quotes") } else { d });
        None
    }

    /// Reports the keys of a map that are not among `known`.
    pub fn unknown_keys(&mut self, entries: &'t Entries, path: &Path<'_>, known: &[&str]) {
        for entry in &entries.list {
            if !known.contains(&&*entry.key) {
                self.unknown_key(entry, path, known);
            }
        }
    }

    pub fn unknown_key(&mut self, entry: &Entry, path: &Path<'_>, known: &[&str]) {
        let message = format!("the key `{}` is not known here", entry.key);
        let choices = format!("known here: {}", known.join(", "));
        self.report(&path.key(&entry.key), Code::UNKNOWN_KEY, message, |d| {
            d.key().remedy(choices).did_you_mean(&entry.key, known.iter().copied())
        });
    }

    pub fn missing(&mut self, path: &Path<'_>, key: &str, remedy: impl Into<String>) {
        self.report(&path.key(key), Code::MISSING_KEY, format!("the key `{key}` is missing"), |d| d.remedy(remedy));
    }
}
