//! The settings as one tree, each leaf with its place: the file first, then the environment and the flags laid over it.

use std::collections::BTreeMap;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::read::Problem;
use super::{Flag, PREFIX, Place};

/// A setting, a list or a table of them.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub data: Data,
    pub place: Place,
}

#[derive(Debug, Clone)]
pub(super) enum Data {
    /// A number, a truth or a moment, as it was written.
    Word(String),
    /// A text in quotes.
    Text(String),
    List(Vec<Node>),
    Table(BTreeMap<String, Node>),
}

impl Node {
    fn table(place: Place) -> Self {
        Node { data: Data::Table(BTreeMap::new()), place }
    }

    pub fn kind(&self) -> &'static str {
        match self.data {
            Data::Word(_) | Data::Text(_) => "a single value",
            Data::List(_) => "a list",
            Data::Table(_) => "a table",
        }
    }
}

/// Reads the file; mistakes of syntax are all reported and the rest of the file is still used, so that one run shows
/// everything there is to mend.
pub(super) fn from_file(text: &str, path: &Path, problems: &mut Vec<Problem>) -> Node {
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let place = error.span().map_or(Place::Unknown, |span| Place::in_file(path, text, span.start));
        problems.push(Problem { key: String::new(), place, message: error.message().to_owned(), help: None });
    }
    let place = |offset| Place::in_file(path, text, offset);
    Node { data: table(document.get_ref(), &place), place: place(0) }
}

fn table(from: &DeTable<'_>, place: &dyn Fn(usize) -> Place) -> Data {
    Data::Table(from.iter().map(|(key, value)| (key.get_ref().to_string(), node(value, place))).collect())
}

fn node(from: &toml::Spanned<DeValue<'_>>, place: &dyn Fn(usize) -> Place) -> Node {
    let data = match from.get_ref() {
        DeValue::String(text) => Data::Text(text.to_string()),
        DeValue::Integer(number) => Data::Word(number.to_string()),
        DeValue::Float(number) => Data::Word(number.to_string()),
        DeValue::Boolean(truth) => Data::Word(truth.to_string()),
        DeValue::Datetime(moment) => Data::Word(moment.to_string()),
        DeValue::Array(items) => Data::List(items.iter().map(|item| node(item, place)).collect()),
        DeValue::Table(inner) => table(inner, place),
    };
    Node { data, place: place(from.span().start) }
}

/// Lays `OFFHOOK_SECTION__KEY=value` over the tree. Names match keys without regard to case, as an environment has only
/// capitals; a list is written with commas.
pub(super) fn add_environment(root: &mut Node, env: &[(String, String)], problems: &mut Vec<Problem>) {
    let mut ours: Vec<_> =
        env.iter().filter_map(|(name, value)| Some((name, name.strip_prefix(PREFIX)?, value))).collect();
    ours.sort();
    for (name, key, value) in ours {
        let path: Vec<&str> = key.split("__").collect();
        if path.len() < 2 {
            // `OFFHOOK_CONFIG` and the like belong to the command line.
            continue;
        }
        lay(root, &path, value, Place::Variable(name.clone()), problems);
    }
}

/// Lays the flags over the tree.
pub(super) fn add_flags(root: &mut Node, flags: &[Flag], problems: &mut Vec<Problem>) {
    for flag in flags {
        let path: Vec<&str> = flag.key.split('.').collect();
        lay(root, &path, &flag.value, Place::Flag(flag.name.clone()), problems);
    }
}

fn lay(root: &mut Node, path: &[&str], value: &str, place: Place, problems: &mut Vec<Problem>) {
    if let Err(kind) = insert(root, path, value, &place) {
        let key = path.join(".").to_lowercase();
        problems.push(Problem { key, place, message: format!("cannot set a key inside {kind}"), help: None });
    }
}

/// Fails with what stands in the way.
fn insert(at: &mut Node, path: &[&str], value: &str, place: &Place) -> Result<(), &'static str> {
    let Some((name, rest)) = path.split_first() else {
        *at = Node { data: Data::Text(value.to_owned()), place: place.clone() };
        return Ok(());
    };
    let kind = at.kind();
    let Data::Table(entries) = &mut at.data else { return Err(kind) };
    let name = spelled(entries, name);
    insert(entries.entry(name).or_insert_with(|| Node::table(place.clone())), rest, value, place)
}

/// The key as the tree already spells it, else in lower case.
fn spelled(entries: &BTreeMap<String, Node>, name: &str) -> String {
    entries.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned().unwrap_or_else(|| name.to_lowercase())
}
