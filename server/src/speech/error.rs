//! Why there is no sound.

use std::path::PathBuf;

/// A failure to make or find a sound. Cloneable, because all who wait for the same text get the same answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpeechError {
    /// Nothing here can speak; why is for the operator.
    #[error("speech is not available: {0}")]
    Unavailable(String),
    /// The engine has no voice for the locale.
    #[error("no voice for locale `{0}`")]
    NoVoice(String),
    /// The name of a voice is not one.
    #[error("`{0}` is not the name of a voice")]
    VoiceName(String),
    /// The text is longer than [`limits::TEXT_BYTES`](super::limits::TEXT_BYTES).
    #[error("the text has {size} bytes, more than the {limit} that are spoken")]
    TooLong {
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The engine cannot read this markup.
    #[error("SSML: {0}")]
    Ssml(String),
    /// The engine took too long.
    #[error("the synthesizer took longer than {0:?}")]
    Timeout(std::time::Duration),
    /// Too many texts wait.
    #[error("too many texts wait to be spoken")]
    Busy,
    /// The engine failed.
    #[error("the synthesizer failed: {0}")]
    Engine(String),
    /// The reference to an audio file leaves its folder or is no path.
    #[error("audio file `{0}`: not inside the flow's folder")]
    Outside(String),
    /// The audio file cannot be read.
    #[error("audio file {}: {reason}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}
