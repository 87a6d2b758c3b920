//! Sound for callers: text to speech behind one door, the cache before it, and audio files beside a flow.
//!
//! What comes out is an [`Audio`](offhook_media::audio::Audio), ready for the telephone. Playing it, and choosing what to say, is
//! somebody else's.

mod cache;
mod disk;
mod error;
mod espeak;
pub mod limits;
mod locale;
mod prompts;
mod ssml;
mod synthesizer;

#[cfg(test)]
mod tests;

pub use error::SpeechError;
pub use espeak::Espeak;
pub use prompts::PromptAudio;
pub use synthesizer::{About, Markup, Sound, Synthesizer, Utterance};
