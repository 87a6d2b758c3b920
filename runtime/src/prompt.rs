//! Prompts: a text, or a list of parts, or a choice of these by channel, in each of the flow's locales.

use crate::command::Part;
use crate::expr::Env;
use crate::fault::Fault;
use crate::speak::{self, SpeakAs};
use crate::tables::Tables;
use offhook_flow_schemas::ChannelKind;
use std::sync::Arc;

/// A prompt in every locale it has; the first is the flow's own.
#[derive(Debug)]
pub(crate) struct CompiledPrompt {
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

/// The variant for a locale: the same locale, else the same language, else the first.
fn variant<'v, T>(variants: &'v [(Arc<str>, T)], locale: &str) -> &'v T {
    let language = |tag: &str| tag.split('-').next().unwrap_or_default().to_owned();
    let exact = variants.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(locale));
    let near = || variants.iter().find(|(tag, _)| language(tag) == language(locale));
    match exact.or_else(near) {
        Some((_, variant)) => variant,
        None => &variants[0].1,
    }
}

impl CompiledPhrases {
    pub(crate) fn of(&self, locale: &str) -> &[String] {
        if self.variants.len() == 1 {
            return &self.variants[0].1;
        }
        variant(&self.variants, locale).as_slice()
    }
}

/// Renders a prompt for a channel and a locale. Text and spoken values that follow each other become one part, so that
/// a sentence is spoken in one breath; parts that come out empty are left out.
pub(crate) fn parts(
    prompt: &CompiledPrompt,
    channel: ChannelKind,
    locale: &str,
    env: &Env<'_>,
    tables: &Tables,
) -> Result<Vec<Part>, Fault> {
    let by_channel = match prompt.variants.as_slice() {
        [(_, only)] => only,
        many => variant(many, locale),
    };
    let defs = by_channel.by.iter().find(|(kind, _)| *kind == channel).map_or(&by_channel.default, |(_, defs)| defs);
    let spoken = matches!(channel, ChannelKind::Voice | ChannelKind::Video);
    let mut parts = Vec::with_capacity(defs.len());
    for def in defs {
        let mut text = String::new();
        match def {
            PartDef::Text(at) | PartDef::Ssml(at) | PartDef::Audio(at) | PartDef::Video(at) => {
                tables.templates[*at as usize].render(env, &mut text)?;
            }
            PartDef::Value { value, speak_as, currency } => {
                let value = tables.values[*value as usize].eval(env, tables)?;
                text = speak::speak(&value, *speak_as, locale, spoken, currency.as_deref());
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
