//! The wording of flows on its way to translators and back: Gettext PO and XLIFF. Nothing here reads or writes a file; what is read comes from
//! outside, and its mistakes are told.

mod comments;
mod exchange;
mod merge;
pub(crate) mod po;
pub(crate) mod xliff;

pub(crate) use exchange::{Entry, Exchange};
pub(crate) use merge::{Merged, merge_into};

use offhook_flow_schemas::{Document, Texts};
use offhook_runtime::texts::{self, TextField, TextKind, TextState};

/// A flow whose texts are known.
pub(crate) struct Translatable<'p> {
    pub(crate) document: &'p Document,
    /// Its catalogues.
    pub(crate) texts: &'p [Texts],
    pub(crate) fields: &'p [TextField],
}

impl<'p> Translatable<'p> {
    /// The flow's id.
    pub(crate) fn id(&self) -> &'p str {
        &self.document.flow.id
    }

    /// The locale that the flow itself is written in.
    pub(crate) fn source_locale(&self) -> &'p str {
        self.document.flow.locales.first().map_or("en-US", String::as_str)
    }

    /// The locales to work on: those that were asked for, else all that the flow declares beside its own.
    pub(crate) fn locales(&self, asked: &[String]) -> Vec<String> {
        match asked {
            [] => self.document.flow.locales.iter().skip(1).cloned().collect(),
            asked => asked.iter().filter(|locale| *locale != self.source_locale()).cloned().collect(),
        }
    }

    /// The catalogue of a locale.
    pub(crate) fn catalogue(&self, locale: &str) -> Option<&'p Texts> {
        let is_own = |texts: &&Texts| texts.locale.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(locale));
        self.texts.iter().find(is_own)
    }

    /// What a translator into a locale gets.
    pub(crate) fn exchange(&self, locale: &str) -> Exchange {
        let catalogue = self.catalogue(locale);
        let entries = self.fields.iter().flat_map(|field| {
            let notes = comments::notes(self.document, field);
            texts::units(self.document, field, catalogue).into_iter().map(move |unit| {
                let mut notes = notes.clone();
                notes.extend(about(unit.kind, unit.is_json).map(str::to_owned));
                Entry {
                    place: comments::place(self.document, &unit.pointer),
                    id: unit.id,
                    source: unit.source,
                    needs_work: unit.state == TextState::Stale,
                    target: unit.target,
                    previous: unit.previous,
                    notes,
                }
            })
        });
        Exchange {
            flow: self.id().to_owned(),
            source_locale: self.source_locale().to_owned(),
            locale: locale.to_owned(),
            entries: entries.collect(),
        }
    }
}

/// What a translator must know of a text that is no plain sentence.
fn about(kind: TextKind, is_json: bool) -> Option<&'static str> {
    Some(match kind {
        _ if is_json => "JSON, because the translation is built otherwise than the original: keep it JSON.",
        TextKind::Text => return None,
        TextKind::Ssml => "Speech markup (SSML): keep the tags.",
        TextKind::Audio => "The place of an audio file: that of a recording in your language, or the same.",
        TextKind::Video => "The place of a video file: that of a film in your language, or the same.",
        TextKind::Phrases => "What people say to choose this, one phrase on a line; as many as your language needs.",
        TextKind::Keys => "The telephone keys that choose this. Leave it empty to keep them.",
    })
}

/// Whether this is a language tag such as es-ES.
pub(crate) fn is_tag(locale: &str) -> bool {
    offhook_flow_schemas::locale_of_name(&format!("flow.{locale}.yaml")).is_some()
}
