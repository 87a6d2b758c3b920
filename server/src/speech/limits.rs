//! The limits of speech, each with its reason.

use std::time::Duration;

/// Bytes of one text to speak: some five minutes of speech; nobody listens longer to one prompt.
pub const TEXT_BYTES: usize = 8 * 1024;

/// Seconds of sound taken from one synthesis; an engine that goes on longer has lost its way.
pub const SPEECH_SECONDS: usize = 15 * 60;

/// Bytes of an audio file. A prompt is a minute or two; music on hold may be ten, as MP3.
pub const FILE_BYTES: u64 = 32 * 1024 * 1024;

/// Bytes of a reference to an audio file.
pub const REFERENCE_BYTES: usize = 512;

/// Bytes of a voice's name.
pub const VOICE_BYTES: usize = 40;

/// How long the synthesizer may take to tell its version and voices at start-up.
pub const PROBE: Duration = Duration::from_secs(10);

/// Texts that may wait for a free synthesizer; past it a caller gets an error instead of silence.
pub const WAITING: usize = 256;

/// Bytes of what a failing synthesizer says that go into the error.
pub const COMPLAINT_BYTES: usize = 512;

/// Files in the disk cache, whatever their size: bounds the index in memory.
pub const DISK_FILES: usize = 100_000;
