//! The grammar of ids and names, and telling what is wrong with one.

use super::reader::{Path, Reader};
use crate::codes::Code;
use crate::flow::RESERVED_NAMES;
use crate::limits;

fn is_lower(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

/// Whether a text has the shape of a flow's id: `[a-z0-9][a-z0-9-]*`, joined by `/`. Its length is not looked at.
#[must_use]
pub fn is_flow_id(id: &str) -> bool {
    id.split('/').all(|part| part.starts_with(is_lower) && part.chars().all(|c| is_lower(c) || c == '-'))
}

/// `[a-z0-9][a-z0-9_-]*`.
pub(crate) fn is_node_id(id: &str) -> bool {
    id.starts_with(is_lower) && id.chars().all(|c| is_lower(c) || matches!(c, '-' | '_'))
}

/// `[a-z_][a-z0-9_]*`.
pub(crate) fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') && name.chars().all(|c| is_lower(c) || c == '_')
}

/// `[A-Z][A-Z0-9_]*`.
pub(crate) fn is_secret(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// `[A-Za-z][A-Za-z0-9_-]*`.
pub(crate) fn is_schema_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// The shape of a language tag (BCP 47, RFC 5646 §2.1): a language of 2 or 3 letters, then subtags of 1 to 8 letters and digits.
pub(crate) fn is_locale(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    let language_ok = (2..=3).contains(&language.len()) && language.chars().all(|c| c.is_ascii_alphabetic());
    language_ok
        && tag.len() <= limits::NAME_CHARS
        && parts.all(|part| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// The nearest well-formed spelling of a name: letters folded, everything else a separator.
fn respelt(name: &str, separator: char, keep: impl Fn(char) -> bool) -> String {
    let mut out = String::new();
    for c in name.trim().chars().flat_map(char::to_lowercase).take(limits::NAME_CHARS) {
        let c = without_accent(c);
        if is_lower(c) || keep(c) {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with(separator) {
            out.push(separator);
        }
    }
    out.trim_end_matches(separator).to_owned()
}

/// The letter below the accents of Western European languages.
fn without_accent(c: char) -> char {
    match c {
        'à'..='å' => 'a',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ò'..='ö' => 'o',
        'ù'..='ü' => 'u',
        'ñ' => 'n',
        'ç' => 'c',
        other => other,
    }
}

fn spelling(name: &str) -> Option<String> {
    (!name.is_empty()).then(|| format!("write `{name}`"))
}

impl Reader<'_> {
    /// Checks a flow's id.
    pub fn check_flow_id(&mut self, id: &str, path: &Path<'_>) {
        if !is_flow_id(id) {
            let spelt = respelt(id, '-', |c| c == '/');
            let remedy = if is_flow_id(&spelt) { spelling(&spelt) } else { None };
            let message = format!("`{id}` is not an id: lower-case letters, digits and `-`, folders joined by `/`");
            self.report(path, Code::BAD_FLOW_ID, message, |d| d.maybe_remedy(remedy));
        }
        self.over(path, "characters in an id", id.chars().count(), limits::FLOW_ID_CHARS);
    }

    /// Checks a node's id, at its key.
    pub fn check_node_id(&mut self, id: &str, path: &Path<'_>) {
        if !is_node_id(id) {
            let remedy = spelling(&respelt(id, '-', |c| c == '_'));
            let message = format!("`{id}` is not a node id: lower-case letters, digits, `-` and `_`");
            self.report(path, Code::BAD_NODE_ID, message, |d| d.key().maybe_remedy(remedy));
        } else if crate::flow::is_built_in_end(id) {
            let message = format!("`{id}` is a built-in end and cannot be the id of a node");
            self.report(path, Code::RESERVED_NAME, message, |d| {
                d.key().remedy(format!("call it for example `{id}-node`"))
            });
        }
        self.over(path, "characters in an id", id.chars().count(), limits::NAME_CHARS);
    }

    /// Checks the name of an input, a variable or an output, at its key; only variables clash with reserved names.
    pub fn check_variable(&mut self, name: &str, path: &Path<'_>, reserved: bool) {
        if !is_variable(name) {
            let mut spelt = respelt(name, '_', |c| c == '_');
            if spelt.starts_with(|c: char| c.is_ascii_digit()) {
                spelt.insert(0, '_');
            }
            let message =
                format!("`{name}` is not a name: lower-case letters, digits and `_`, not beginning with a digit");
            self.report(path, Code::BAD_NAME, message, |d| d.key().maybe_remedy(spelling(&spelt)));
        } else if reserved && RESERVED_NAMES.contains(&name) {
            let message = format!("`{name}` is a name that every flow has already");
            self.report(path, Code::RESERVED_NAME, message, |d| {
                d.key().remedy(format!("call it for example `my_{name}`"))
            });
        }
        self.over(path, "characters in a name", name.chars().count(), limits::NAME_CHARS);
    }

    /// Checks the name of an exit, at its key.
    pub fn check_exit(&mut self, name: &str, path: &Path<'_>) {
        if name == "next" {
            let message = "the exit `next` is wired by the key `next`";
            self.report(path, Code::BAD_NAME, message, |d| d.key().remedy("write `next:` directly in the node"));
        } else if !is_node_id(name) {
            let message = format!("`{name}` is not the name of an exit: lower-case letters, digits, `-` and `_`");
            self.report(path, Code::BAD_NAME, message, |d| {
                d.key().maybe_remedy(spelling(&respelt(name, '-', |c| c == '_')))
            });
        }
        self.over(path, "characters in a name", name.chars().count(), limits::NAME_CHARS);
    }

    /// Checks the name of a secret.
    pub fn check_secret(&mut self, name: &str, path: &Path<'_>) {
        if !is_secret(name) {
            let spelt = respelt(name, '_', |c| c == '_').to_uppercase();
            let message = format!("`{name}` is not the name of a secret: capital letters, digits and `_`");
            self.report(path, Code::BAD_NAME, message, |d| {
                d.maybe_remedy(if is_secret(&spelt) { spelling(&spelt) } else { None })
            });
        }
        self.over(path, "characters in a name", name.chars().count(), limits::NAME_CHARS);
    }

    /// Checks a locale.
    pub fn check_locale(&mut self, locale: &str, path: &Path<'_>) {
        if !is_locale(locale) {
            let spelt = locale.replace('_', "-");
            let remedy =
                if is_locale(&spelt) { format!("write `{spelt}`") } else { "write for example `en-US`".to_owned() };
            self.report(path, Code::BAD_LOCALE, format!("`{locale}` is not a locale (BCP 47)"), |d| d.remedy(remedy));
        }
    }
}
