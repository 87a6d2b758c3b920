//! The door to every engine that turns text into sound.

use std::fmt;

use futures_util::future::BoxFuture;

use super::SpeechError;

/// What an engine is and can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Its name: `espeak-ng`. Part of the cache's key.
    pub engine: String,
    /// Its version, so that a newer one is heard after an upgrade. Part of the cache's key.
    pub version: String,
    /// Whether it reads SSML.
    pub ssml: bool,
    /// How many voices it has.
    pub voices: usize,
}

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Markup {
    /// As it is read by people.
    Plain,
    /// In the Speech Synthesis Markup Language 1.1.
    Ssml,
}

/// A text to be spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Utterance {
    /// The text.
    pub text: String,
    /// How it is written.
    pub markup: Markup,
    /// The engine's own name of the voice, from [`Synthesizer::voice`].
    pub voice: String,
    /// Speed in words a minute.
    pub words_per_minute: u32,
}

/// Sound as the engine made it: one channel of 16-bit samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sound {
    /// The samples.
    pub samples: Vec<i16>,
    /// Samples a second.
    pub rate: u32,
}

/// An engine that turns text into sound.
pub trait Synthesizer: Send + Sync + fmt::Debug {
    /// What it is and can do.
    fn about(&self) -> &About;

    /// The voice for a locale (a BCP 47 tag), or the one `asked` for by the engine's own name.
    fn voice(&self, locale: &str, asked: Option<&str>) -> Result<String, SpeechError>;

    /// Speaks. Bounds its own time and concurrency: it answers in any case, with an error if it must.
    fn speak(&self, utterance: Utterance) -> BoxFuture<'_, Result<Sound, SpeechError>>;
}
