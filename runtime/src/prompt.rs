//! Prompts: a text, or a list of parts, or a choice of these by channel, in each of the flow's locales.

use crate::command::Part;
use crate::expr::{Env, Showing};
use crate::fault::Fault;
use crate::speak::{self, SpeakAs};
use crate::tables::Tables;
use offhook_flow_schemas::ChannelKind;
use std::sync::Arc;

/// A prompt in every locale it has; the first is the flow's own.
#[derive(Debug)]
pub(crate) struct CompiledPrompt {
    /// Its name in catalogues.
    pub(crate) field: Arc<str>,
    /// Whether it has words, so that another locale needs its own.
    pub(crate) has_words: bool,
    pub(crate) variants: Vec<(Arc<str>, ByChannel)>,
}

/// One locale's prompt.
#[derive(Debug, Default)]
pub(crate) struct ByChannel {
    pub(crate) by: Vec<(ChannelKind, Vec<PartDef>)>,
    pub(crate) default: Vec<PartDef>,
}

/// A part before its templates are rendered; the numbers are places in the tables.
#[derive(Debug)]
pub(crate) enum PartDef {
    Text(u32),
    Ssml(u32),
    Audio(u32),
    Video(u32),
    Value { value: u32, speak_as: SpeakAs, currency: Option<String> },
}

/// Words that choose something, in every locale they have; the first is the flow's own.
#[derive(Debug)]
pub(crate) struct CompiledPhrases {
    pub(crate) variants: Vec<(Arc<str>, Vec<String>)>,
}

/// The variant for a locale: that of the locale; else of the locale without its last part, and so on (`es-MX`, `es`);
/// else any of the same language; else the first.
pub(crate) fn variant<'v, L: AsRef<str>, T>(variants: &'v [(L, T)], locale: &str) -> &'v T {
    &variants[place(variants, locale)].1
}

fn place<L: AsRef<str>, T>(variants: &[(L, T)], locale: &str) -> usize {
    let mut wanted = locale;
    loop {
        if let Some(place) = variants.iter().position(|(tag, _)| tag.as_ref().eq_ignore_ascii_case(wanted)) {
            return place;
        }
        match wanted.rsplit_once('-') {
            Some((shorter, _)) => wanted = shorter,
            None => break,
        }
    }
    variants.iter().position(|(tag, _)| is_same_language(tag.as_ref(), locale)).unwrap_or(0)
}

pub(crate) fn is_same_language(one: &str, other: &str) -> bool {
    let language = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    language(one) == language(other)
}

impl CompiledPrompt {
    /// Whether a locale has words of its own for it, or needs none.
    pub(crate) fn is_own(&self, locale: &str) -> bool {
        !self.has_words || is_same_language(&self.variants[place(&self.variants, locale)].0, locale)
    }
}

impl CompiledPhrases {
    /// The phrases in every other locale than that of `here`.
    pub(crate) fn others(&self, here: &[String]) -> Vec<Vec<String>> {
        self.variants.iter().map(|(_, words)| words).filter(|words| *words != here).cloned().collect()
    }

    pub(crate) fn of(&self, locale: &str) -> &[String] {
        if self.variants.len() == 1 {
            return &self.variants[0].1;
        }
        variant(&self.variants, locale).as_slice()
    }
}

/// Renders a prompt for a channel and the locale of the environment. Text and spoken values that follow each other become one part, so that
/// a sentence is spoken in one breath; parts that come out empty are left out.
pub(crate) fn parts(
    prompt: &CompiledPrompt,
    channel: ChannelKind,
    env: &Env<'_>,
    tables: &Tables,
) -> Result<Vec<Part>, Fault> {
    let by_channel = match prompt.variants.as_slice() {
        [(_, only)] => only,
        many => variant(many, env.locale),
    };
    let defs = by_channel.by.iter().find(|(kind, _)| *kind == channel).map_or(&by_channel.default, |(_, defs)| defs);
    let mut parts = Vec::with_capacity(defs.len());
    for def in defs {
        let mut text = String::new();
        match def {
            PartDef::Text(at) | PartDef::Ssml(at) | PartDef::Audio(at) | PartDef::Video(at) => {
                tables.templates[*at as usize].render(env, &mut text)?;
            }
            PartDef::Value { value, speak_as, currency } => {
                let value = tables.values[*value as usize].eval(env, tables)?;
                let said = speak::speak(&value, *speak_as, env.locale, env.showing.is_heard(), currency.as_deref());
                match env.showing {
                    Showing::Read => speak::bidi::push_isolated(&mut text, &said, env.locale),
                    _ => text = said,
                }
            }
        }
        if text.trim().is_empty() {
            continue;
        }
        match (def, parts.last_mut()) {
            (PartDef::Text(_) | PartDef::Value { .. }, Some(Part::Text(before))) => {
                let text = if before.ends_with('.') { text.strip_prefix('.').unwrap_or(&text) } else { &text };
                if !before.ends_with(char::is_whitespace) && !text.starts_with([' ', '.', ',', '!', '?', ';', ':']) {
                    before.push(' ');
                }
                before.push_str(text);
            }
            (PartDef::Text(_) | PartDef::Value { .. }, _) => parts.push(Part::Text(text)),
            (PartDef::Ssml(_), _) => parts.push(Part::Ssml(text)),
            (PartDef::Audio(_), _) => parts.push(Part::Audio(text)),
            (PartDef::Video(_), _) => parts.push(Part::Video(text)),
        }
    }
    Ok(parts)
}
