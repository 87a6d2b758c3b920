//! Texts of a flow in another locale: `texts: { greet.text: Hola, main-menu.choices.book.phrases: [cita] }`.
//!
//! A key is a node's id and the way to a field in its parameters, joined by dots; an item of a list goes by its `id`, or by its place
//! from 0. Which fields are texts only the node types know; here the field must exist and keep its shape.

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
    sort(&mut diagnostics);
    let texts = read.map(|(locale, texts)| Texts { locale, texts, tree });
    ReadTexts { texts, diagnostics }
}

fn catalogue(reader: &mut Reader<'_>, named: Option<&str>) -> Option<(Option<String>, IndexMap<String, Value>)> {
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
    let mut texts = IndexMap::new();
    if reader.is_null(entry.value) {
        return Some((locale, texts));
    }
    for entry in &reader.map(entry.value, &path)?.list {
        let path = path.key(&entry.key);
        match reader.kind(entry.value) {
            Kind::String(_) | Kind::List(_) | Kind::Map(_) => {
                texts.insert(entry.key.to_string(), reader.tree.value(entry.value));
            }
            other => {
                reader.wrong::<()>(&path, "a text", other);
            }
        }
    }
    Some((locale, texts))
}

impl Texts {
    /// What is wrong with these texts for this flow: nodes and fields that do not exist, other shapes, an undeclared locale.
    #[must_use]
    pub fn check(&self, document: &Document) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let flow = &document.flow;
        if let Some(locale) = &self.locale
            && !flow.locales.is_empty()
            && !flow.locales.iter().any(|declared| declared.eq_ignore_ascii_case(locale))
        {
            let message = format!("the flow does not declare the locale `{locale}`");
            let diagnostic = self.diagnostic(Code::UNDECLARED_LOCALE, "/locale", message);
            found.push(diagnostic.remedy(format!("add `{locale}` to `locales` of the flow")));
        }
        for (key, text) in &self.texts {
            found.extend(self.check_one(document, key, text));
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

    /// The JSON pointer, in the catalogue, of a text.
    #[must_use]
    pub fn pointer(key: &str) -> String {
        format!("/texts/{}", escape_pointer(key))
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
        let at = Texts::pointer(key);
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
