//! Texts of a flow in another locale: `texts: { greet.text: Hola, main-menu.choices.book.phrases: [cita] }`.
//!
//! A key is a node's id and the way to a field in its parameters, joined by dots; an item of a list goes by its `id`, or by its place
//! from 0. Which fields are texts only the node types know; here the field must exist and keep its shape.
//!
//! An entry is short, the translation itself, or long: `greet.text: { source: Hello, text: Hola }`. The long form says from
//! which words it was translated, so that a translation whose original has changed since is found.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde_json::Value;

use crate::codes::Code;
use crate::diagnostic::sort;
use crate::parse::{Parsed, parse};
use crate::read::{Path, Reader};
use crate::tree::Kind;
use crate::{Diagnostic, Document, NodeDoc, Positioned, escape_pointer};

/// The texts of one locale.
#[derive(Debug, Clone)]
pub struct Texts {
    /// Locale (BCP 47), from the file's name or its `locale` key.
    pub locale: Option<String>,
    /// A text, a list of them, or a map by channel, by the dotted path of the field.
    pub texts: IndexMap<String, Value>,
    /// What was translated, where the entry says so, by the same paths.
    pub sources: IndexMap<String, Value>,
    /// Text and positions of the catalogue.
    pub tree: Positioned,
}

/// What came of reading a catalogue.
#[derive(Debug)]
pub struct ReadTexts {
    /// The texts, whenever any could be read.
    pub texts: Option<Texts>,
    /// All that is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// The locale in a name such as `reception.es-ES.yaml`; nothing for other names, layouts and talks.
#[must_use]
pub fn locale_of_name(name: &str) -> Option<&str> {
    let file = name.rsplit(['/', '\\']).next()?;
    let stem = ["yaml", "yml", "json"].iter().find_map(|end| file.strip_suffix(end)?.strip_suffix('.'))?;
    let (flow, locale) = stem.rsplit_once('.')?;
    let other = matches!(locale, "layout" | "talk" | "flow");
    (!flow.is_empty() && !other && crate::read::is_locale(locale)).then_some(locale)
}

/// Reads a catalogue and reports what is wrong with it; [`Texts::check`] compares it with its flow.
#[must_use]
pub fn read_texts(name: &str, bytes: &[u8]) -> ReadTexts {
    let Parsed { tree, mut diagnostics } = parse(name, bytes);
    let Some(tree) = tree else {
        return ReadTexts { texts: None, diagnostics };
    };
    let mut reader = Reader::new(&tree);
    let read = catalogue(&mut reader, locale_of_name(name));
    diagnostics.append(&mut reader.finish());
    diagnostics.append(&mut crate::merge::conflicts(&tree));
    sort(&mut diagnostics);
    let texts = read.map(|Read { locale, texts, sources }| Texts { locale, texts, sources, tree });
    ReadTexts { texts, diagnostics }
}

/// What stands in a catalogue.
#[derive(Default)]
struct Read {
    locale: Option<String>,
    texts: IndexMap<String, Value>,
    sources: IndexMap<String, Value>,
}

fn catalogue(reader: &mut Reader<'_>, named: Option<&str>) -> Option<Read> {
    let root = Path::ROOT;
    let entries = reader.map(reader.tree.root, &root)?;
    reader.unknown_keys(entries, &root, &["locale", "texts"]);
    let mut locale = named.map(str::to_owned);
    if let Some(entry) = entries.get("locale") {
        let path = root.key("locale");
        if let Some(written) = reader.filled(entry.value, &path) {
            reader.check_locale(written, &path);
            if let Some(named) = named.filter(|named| !named.eq_ignore_ascii_case(written)) {
                let message = format!("the file's name says `{named}`, its content `{written}`");
                reader.report(&path, Code::LOCALE_MISMATCH, message, |d| {
                    d.remedy("rename the file, or remove this line")
                });
            }
            locale.get_or_insert_with(|| written.to_owned());
        }
    }
    let Some(entry) = entries.get("texts") else {
        reader.missing(&root, "texts", "write `texts: { node.text: \"…\" }`");
        return None;
    };
    let path = root.key("texts");
    let mut read = Read { locale, ..Read::default() };
    if reader.is_null(entry.value) {
        return Some(read);
    }
    for entry in &reader.map(entry.value, &path)?.list {
        let path = path.key(&entry.key);
        match reader.kind(entry.value) {
            Kind::Map(_) => {
                let mut value = reader.tree.value(entry.value);
                // By channel a text has no `source`, so this is the long form.
                if value.get("source").is_some() {
                    let entries = reader.map(entry.value, &path)?;
                    reader.unknown_keys(entries, &path, &["source", "text"]);
                    if value.get("text").is_none_or(Value::is_null) {
                        reader.missing(&path, "text", "write the translation under `text`, or remove the entry");
                        continue;
                    }
                    read.sources.insert(entry.key.to_string(), value["source"].take());
                    value = value["text"].take();
                }
                read.texts.insert(entry.key.to_string(), value);
            }
            Kind::String(_) | Kind::List(_) => {
                read.texts.insert(entry.key.to_string(), reader.tree.value(entry.value));
            }
            other => {
                reader.wrong::<()>(&path, "a text", other);
            }
        }
    }
    Some(read)
}

impl Texts {
    /// What is wrong with these texts for this flow: nodes and fields that do not exist, other shapes, an undeclared locale.
    #[must_use]
    pub fn check(&self, document: &Document) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let flow = &document.flow;
        if let Some(locale) = &self.locale
            && !flow.locales.is_empty()
            && !flow.locales.iter().any(|declared| serves(locale, declared))
        {
            let message = format!("the flow does not declare the locale `{locale}`");
            let diagnostic = self.diagnostic(Code::UNDECLARED_LOCALE, "/locale", message);
            found.push(diagnostic.remedy(format!("add `{locale}` to `locales` of the flow")));
        }
        for (key, text) in &self.texts {
            found.extend(self.check_one(document, key, text));
            found.extend(Texts::original(document, key).and_then(|original| self.stale(key, &original)));
        }
        found
    }

    /// A warning for each of these texts of the flow that the catalogue lacks.
    #[must_use]
    pub fn missing<'a>(&self, expected: impl IntoIterator<Item = &'a str>) -> Vec<Diagnostic> {
        let lacking = expected.into_iter().filter(|key| !self.texts.contains_key(*key));
        let tell = |key: &str| {
            let language = self.locale.as_deref().unwrap_or("this locale");
            let message = format!("the text `{key}` has no translation into {language}");
            let diagnostic = self.diagnostic(Code::MISSING_TEXT, "/texts", message);
            diagnostic.key().remedy("add it; until then the flow's own text is used")
        };
        lacking.map(tell).collect()
    }

    /// A diagnostic at a JSON pointer of the catalogue.
    #[must_use]
    pub fn diagnostic(&self, code: Code, pointer: &str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::at_pointer(&self.tree, code, pointer, message)
    }

    /// The JSON pointer, in the catalogue, of an entry.
    #[must_use]
    pub fn pointer(key: &str) -> String {
        format!("/texts/{}", escape_pointer(key))
    }

    /// The JSON pointer, in the catalogue, of a translation, whether its entry is short or long.
    #[must_use]
    pub fn text_pointer(&self, key: &str) -> String {
        let long = if self.sources.contains_key(key) { "/text" } else { "" };
        format!("{}{long}", Texts::pointer(key))
    }

    /// A warning when a translation says from which words it was made, and the flow now has others.
    #[must_use]
    pub fn stale(&self, key: &str, original: &Value) -> Option<Diagnostic> {
        let source = self.sources.get(key).filter(|source| !is_same_text(source, original))?;
        let brief = |value: &Value| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            match text.char_indices().nth(SHOWN_CHARS) {
                Some((end, _)) => format!("{}…", &text[..end]),
                None => text,
            }
        };
        let message = format!("`{key}` translates {:?}, but the flow now says {:?}", brief(source), brief(original));
        let pointer = format!("{}/source", Texts::pointer(key));
        let diagnostic = self.diagnostic(Code::STALE_TEXT, &pointer, message);
        Some(diagnostic.remedy("look whether the translation still fits, then write the new words under `source`"))
    }

    /// What a key names in the flow.
    #[must_use]
    pub fn original<'d>(document: &'d Document, key: &str) -> Option<Cow<'d, Value>> {
        if let Some(name) = key.strip_prefix("interrupts.") {
            let interrupts = &document.flow.interrupts;
            let phrases = match name.split_once('.') {
                Some(("phrases", target)) => &interrupts.phrases.iter().find(|rule| rule.next == target)?.any,
                Some(("digressions", flow)) => &interrupts.digressions.iter().find(|rule| rule.flow == flow)?.any,
                _ if name == "cancel" => interrupts.cancel.as_ref()?,
                _ if name == "correct" => interrupts.correct.as_ref()?,
                _ => return None,
            };
            return Some(Cow::Owned(phrases.iter().map(|phrase| Value::from(phrase.as_str())).collect()));
        }
        let (_, node, path) = node_of(document, key)?;
        field(node, path).map(|(_, value)| Cow::Borrowed(value))
    }

    /// The JSON pointer, in the flow, of the field that a key names: `main-menu.choices.book.phrases` is
    /// `/nodes/main-menu/choices/0/phrases` when the first choice has the id `book`.
    #[must_use]
    pub fn resolve(document: &Document, key: &str) -> Option<String> {
        let (id, node, path) = node_of(document, key)?;
        let (pointer, _) = field(node, path)?;
        Some(format!("/nodes/{}{pointer}", escape_pointer(id)))
    }

    fn check_one(&self, document: &Document, key: &str, text: &Value) -> Option<Diagnostic> {
        let at = self.text_pointer(key);
        if key.starts_with("interrupts.") && Texts::original(document, key).is_some() {
            return None;
        }
        if !key.contains('.') {
            let message = format!("`{key}` names no field of a node");
            let diagnostic = self.diagnostic(Code::TEXT_UNKNOWN_FIELD, &at, message).key();
            return Some(diagnostic.remedy(format!("write the way to a field, such as `{key}.text`")));
        }
        let Some((id, node, path)) = node_of(document, key) else {
            let id = key.split('.').next().unwrap_or_default();
            let ids = document.flow.nodes.keys().map(String::as_str);
            let diagnostic =
                self.diagnostic(Code::TEXT_UNKNOWN_NODE, &at, format!("the flow has no node `{id}`")).key();
            return Some(diagnostic.remedy("remove the line, or rename it with the node").did_you_mean(id, ids));
        };
        let Some((_, original)) = field(node, path) else {
            let message = format!("the node `{id}` has no field `{path}`");
            let fields = node.params.keys().map(String::as_str);
            let diagnostic = self.diagnostic(Code::TEXT_UNKNOWN_FIELD, &at, message).key();
            return Some(
                diagnostic
                    .remedy("write the way to a field of the node, such as `greet.text`")
                    .did_you_mean(path, fields),
            );
        };
        // A text may become a list of parts or a map by channel, and back; but a list of phrases stays a list of phrases.
        let words = |value: &Value| {
            value.as_array().is_some_and(|items| !items.is_empty() && items.iter().all(Value::is_string))
        };
        if words(original) && !text.is_array() {
            let message = format!("`{key}` is a list of texts in the flow");
            return Some(self.diagnostic(Code::TEXT_SHAPE, &at, message).remedy("write a list: [first, second]"));
        }
        if !(original.is_string() || original.is_array() || original.is_object()) {
            let message = format!("`{key}` is not a text in the flow");
            return Some(self.diagnostic(Code::TEXT_SHAPE, &at, message).remedy("remove the line"));
        }
        None
    }
}

/// How much of a text a message quotes.
const SHOWN_CHARS: usize = 60;

/// Whether a catalogue of one locale holds texts for another: for the same, or for one of its language or region.
#[must_use]
pub fn serves(catalogue: &str, locale: &str) -> bool {
    let head = locale.as_bytes().get(..catalogue.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(catalogue.as_bytes()))
        && matches!(locale.as_bytes().get(catalogue.len()), None | Some(b'-'))
}

/// Whether two texts differ in nothing but white space, which YAML may fold.
#[must_use]
pub fn is_same_text(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.split_whitespace().eq(other.split_whitespace()),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same_text(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let same = |(key, value): (&String, &Value)| other.get(key).is_some_and(|other| is_same_text(value, other));
            one.len() == other.len() && one.iter().all(same)
        }
        // A number that was not put in quotes says the same.
        (Value::String(text), plain @ (Value::Number(_) | Value::Bool(_)))
        | (plain @ (Value::Number(_) | Value::Bool(_)), Value::String(text)) => {
            text.as_str() == plain.to_string().as_str()
        }
        (one, other) => one == other,
    }
}

/// Splits a key into a node and the rest; ids hold no dots.
fn node_of<'d, 'k>(document: &'d Document, key: &'k str) -> Option<(&'d str, &'d NodeDoc, &'k str)> {
    let (id, path) = key.split_once('.')?;
    let (_, id, node) = document.flow.nodes.get_full(id)?;
    Some((id, node, path))
}

/// Follows a dotted path through a node's parameters .
fn field<'n>(node: &'n NodeDoc, path: &str) -> Option<(String, &'n Value)> {
    let mut steps = path.split('.');
    let first = steps.next()?;
    let mut value = node.params.get(first)?;
    let mut pointer = format!("/{}", escape_pointer(first));
    for step in steps {
        let (name, next) = match value {
            Value::Object(map) => (escape_pointer(step).into_owned(), map.get(step)?),
            Value::Array(items) => {
                let by_id = items.iter().position(|item| item.get("id").and_then(Value::as_str) == Some(step));
                let index = by_id.or_else(|| step.parse().ok())?;
                (index.to_string(), items.get(index)?)
            }
            _ => return None,
        };
        pointer.push('/');
        pointer.push_str(&name);
        value = next;
    }
    Some((pointer, value))
}
