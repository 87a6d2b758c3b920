//! What is shown, in words: to be heard on a call, or read where there is only text.

use super::Show;
use super::params::{Button, CardParams, ImageParams, optional};
use crate::choices::{self, written};
use offhook_runtime::{Context, Fault, Part};

impl Show {
    /// As it is heard: titles, texts and the names of the answers, a sentence each. Nobody can follow a link by ear.
    pub(super) fn spoken(&self, cx: &Context<'_>) -> Result<Option<Part>, Fault> {
        let mut said = Vec::new();
        for card in self.cards() {
            said.extend(card.words(cx)?);
            said.extend(labels(&card.buttons, cx)?);
        }
        said.extend(self.words(cx)?);
        said.extend(labels(&self.buttons, cx)?);
        let sentences = said.into_iter().filter(|words| !words.trim().is_empty()).map(sentence);
        Ok(joined(sentences.collect(), " "))
    }

    /// As it is read where there is only text: a line for each, with the addresses that lead anywhere from there.
    pub(super) fn written(&self, cx: &Context<'_>) -> Result<Option<Part>, Fault> {
        let mut lines = Vec::new();
        for card in self.cards() {
            lines.extend(card.words(cx)?);
            lines.extend(card.image.as_ref().map(|image| image.address(cx)).transpose()?);
            lines.extend(button_lines(&card.buttons, cx)?);
        }
        lines.extend(self.words(cx)?);
        if let Some(image) = &self.image {
            lines.push(image.address(cx)?);
        }
        if let Some(file) = &self.file {
            lines.push(public(file.shown(cx)?.url));
        }
        if let Some(place) = &self.location {
            let place = place.shown(cx)?;
            lines.push(format!("{}, {}", place.latitude, place.longitude));
        }
        lines.extend(button_lines(&self.buttons, cx)?);
        Ok(joined(lines.into_iter().filter(|line| !line.trim().is_empty()).collect(), "\n"))
    }

    /// The names of what is shown besides cards.
    fn words(&self, cx: &Context<'_>) -> Result<Vec<String>, Fault> {
        let mut words = Vec::new();
        if let Some(image) = &self.image {
            words.push(written(image.alt, cx)?);
        }
        if let Some(file) = &self.file {
            words.push(file.shown(cx)?.name);
        }
        if let Some(place) = &self.location {
            words.push(optional(place.name, cx)?);
            words.push(optional(place.address, cx)?);
        }
        Ok(words)
    }
}

impl CardParams {
    fn words(&self, cx: &Context<'_>) -> Result<[String; 2], Fault> {
        Ok([written(self.title, cx)?, optional(self.text, cx)?])
    }
}

impl ImageParams {
    fn address(&self, cx: &Context<'_>) -> Result<String, Fault> {
        Ok(public(self.shown(cx)?.url))
    }
}

/// A file beside the flow has no address out there.
fn public(url: String) -> String {
    if url.contains("://") { url } else { String::new() }
}

fn labels(buttons: &[Button], cx: &Context<'_>) -> Result<Vec<String>, Fault> {
    buttons.iter().filter(|button| button.is_answer()).map(|button| choices::label(button, cx)).collect()
}

fn button_lines(buttons: &[Button], cx: &Context<'_>) -> Result<Vec<String>, Fault> {
    let line = |button: &Button| {
        let button = button.shown(cx)?;
        Ok(match button.url.is_empty() {
            true => format!("- {}", button.label),
            false => format!("{}: {}", button.label, button.url),
        })
    };
    buttons.iter().map(line).collect()
}

/// Words with an end, so that a voice pauses after them.
fn sentence(words: String) -> String {
    let words = words.trim_end();
    if words.ends_with(['.', '!', '?', '…', '。']) { words.to_owned() } else { format!("{words}.") }
}

fn joined(pieces: Vec<String>, between: &str) -> Option<Part> {
    (!pieces.is_empty()).then(|| Part::Text(pieces.join(between)))
}
