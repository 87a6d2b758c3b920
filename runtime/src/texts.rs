//! What of a flow may be translated, and how far it is. The walk over the node types' formats finds the texts (see
//! `tables`); this module says which of them need words in another locale, and how each stands in a catalogue. It does
//! not read or write the files that go to translators.

mod units;

pub use units::{Unit, compose, units};

use offhook_flow_schemas::{Document, Texts, is_same_text, serves};
use serde::Serialize;
use serde_json::Value as Json;

/// Something that may be translated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextField {
    /// Its name in catalogues: `main-menu.choices.book.phrases`.
    pub address: String,
    /// Where it stands in the flow's document, as a JSON pointer.
    pub pointer: String,
    /// What it is.
    pub kind: TextKind,
    /// Whether another locale must have its own: it has words, and is not merely a value or telephone keys.
    pub needs_words: bool,
}

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TextKind {
    /// Words to say or show: a text, a list of parts, or a map by channel.
    Text,
    /// Words with speech markup.
    Ssml,
    /// The place of an audio file.
    Audio,
    /// The place of a video file.
    Video,
    /// Words that choose something.
    Phrases,
    /// Telephone keys that choose something.
    Keys,
}

/// How a text stands in a locale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TextState {
    /// It has a translation, and nothing says that the original has changed.
    Translated,
    /// Its original has changed since it was translated.
    Stale,
    /// It needs a translation and has none.
    Missing,
    /// It needs none and has none.
    Optional,
}

/// How far a locale of a flow is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TextStatus {
    /// The locale.
    pub locale: String,
    /// How many texts it must have, or has although it need not.
    pub texts: usize,
    /// How many are translated and not stale.
    pub translated: usize,
    /// Those that it lacks.
    pub missing: Vec<String>,
    /// Those whose original has changed.
    pub stale: Vec<String>,
    /// Entries that translate nothing.
    pub unused: Vec<String>,
}

impl TextStatus {
    /// Whether nothing is left to do.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.stale.is_empty() && self.unused.is_empty()
    }

    /// Translated texts in a hundred, rounded down: 100 only when none is missing or stale.
    pub fn percent(&self) -> usize {
        (self.translated * 100).checked_div(self.texts).unwrap_or(100)
    }
}

/// How a text stands in a catalogue.
pub fn state(document: &Document, field: &TextField, catalogue: &Texts) -> TextState {
    if !catalogue.texts.contains_key(&field.address) {
        return if field.needs_words { TextState::Missing } else { TextState::Optional };
    }
    let source = catalogue.sources.get(&field.address);
    let original = Texts::original(document, &field.address);
    match (source, original) {
        (Some(source), Some(original)) if !is_same_text(source, &original) => TextState::Stale,
        _ => TextState::Translated,
    }
}

/// How far a locale is. The catalogue of its language (`es` for `es-MX`) counts where its own has nothing.
pub fn status(document: &Document, fields: &[TextField], catalogues: &[Texts], locale: &str) -> TextStatus {
    let mut status = TextStatus { locale: locale.to_owned(), ..TextStatus::default() };
    let serving = serving(catalogues, locale);
    for field in fields {
        let states = serving.iter().map(|texts| state(document, field, texts));
        let best = states.clone().find(|state| matches!(state, TextState::Translated | TextState::Stale));
        match best.unwrap_or(if field.needs_words { TextState::Missing } else { TextState::Optional }) {
            TextState::Optional => continue,
            TextState::Translated => status.translated += 1,
            TextState::Stale => status.stale.push(field.address.clone()),
            TextState::Missing => status.missing.push(field.address.clone()),
        }
        status.texts += 1;
    }
    let own = catalogues.iter().filter(|texts| is_of(texts, locale));
    let known = |key: &&String| fields.iter().any(|field| field.address == **key);
    status.unused = own.flat_map(|texts| texts.texts.keys()).filter(|key| !known(key)).cloned().collect();
    status
}

/// The catalogues that serve a locale, the nearest first.
fn serving<'t>(catalogues: &'t [Texts], locale: &str) -> Vec<&'t Texts> {
    let tag = |texts: &&Texts| texts.locale.as_deref().unwrap_or_default().len();
    let mut serving: Vec<&Texts> = catalogues
        .iter()
        .filter(|texts| texts.locale.as_deref().is_some_and(|catalogue| serves(catalogue, locale)))
        .collect();
    serving.sort_by_key(|texts| std::cmp::Reverse(tag(texts)));
    serving
}

fn is_of(texts: &Texts, locale: &str) -> bool {
    texts.locale.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(locale))
}

/// The texts that a locale must have and has not.
pub(crate) fn missing<'f>(
    fields: impl IntoIterator<Item = &'f TextField>,
    catalogues: &[Texts],
    locale: &str,
) -> impl Iterator<Item = &'f TextField> {
    let serving = serving(catalogues, locale);
    fields
        .into_iter()
        .filter(move |field| field.needs_words && !serving.iter().any(|texts| texts.texts.contains_key(&field.address)))
}

/// Whether a text has words: letters outside of templates, or a file to play. A number or a value alone has none.
pub(crate) fn has_words(json: &Json) -> bool {
    match json {
        Json::String(text) => has_letters(text),
        Json::Array(items) => items.iter().any(has_words),
        Json::Object(map) => map.iter().any(|(key, value)| match key.as_str() {
            "value" | "as" | "currency" => false,
            _ => has_words(value),
        }),
        _ => false,
    }
}

fn has_letters(text: &str) -> bool {
    let mut rest = text;
    while let Some(open) = rest.find(['{', '<']) {
        if rest[..open].chars().any(char::is_alphabetic) {
            return true;
        }
        let close = match rest.as_bytes().get(open..open + 2) {
            Some(b"{{") => "}}",
            Some(b"{%") => "%}",
            Some(b"{#") => "#}",
            Some([b'<', _]) => ">",
            _ => {
                rest = &rest[open + 1..];
                continue;
            }
        };
        match rest[open..].find(close) {
            Some(end) => rest = &rest[open + end + close.len()..],
            None => return true,
        }
    }
    rest.chars().any(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_alone_need_no_translation() {
        for words in
            [json!("Hello {{ name }}"), json!([{ "audio": "a.wav" }]), json!({ "voice": "{{ a }}", "default": "Hi" })]
        {
            assert!(has_words(&words), "{words}");
        }
        for none in [
            json!("{{ name }}: {{ n }}"),
            json!(5),
            json!("1 + 2"),
            json!([{ "value": "= x", "as": "money" }]),
            json!("<break/>"),
        ] {
            assert!(!has_words(&none), "{none}");
        }
    }
}
