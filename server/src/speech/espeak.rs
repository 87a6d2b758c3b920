//! espeak-ng as a separate program (it is GPL-3, so it is never linked): one process a text, the text on its standard
//! input, never on its command line.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use tokio::sync::Semaphore;

use super::locale::{checked, voice_for};
use super::synthesizer::{About, Markup, Sound, Synthesizer, Utterance};
use super::{SpeechError, limits, ssml};
use crate::config;

/// The espeak-ng program, found and asked for its version and voices.
#[derive(Debug)]
pub struct Espeak {
    program: PathBuf,
    about: About,
    voices: BTreeSet<String>,
    set: Vec<(String, String)>,
    timeout: Duration,
    parallel: Semaphore,
    waiting: AtomicUsize,
}

impl Espeak {
    /// Finds the program and asks it for its version and voices. Fails with [`SpeechError::Unavailable`], saying what an
    /// operator should do, when it is not there or does not answer.
    pub async fn probe(speech: &config::Speech) -> Result<Self, SpeechError> {
        let program = speech.program.clone();
        let ask = async |argument: &str| {
            let mut command = command(&program);
            command.arg(argument).stdin(Stdio::null());
            match tokio::time::timeout(limits::PROBE, command.output()).await {
                Err(_) => Err(SpeechError::Unavailable(format!("{} does not answer", program.display()))),
                Ok(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => {
                    Err(SpeechError::Unavailable(format!(
                        "{} is not installed (Debian: `apt-get install espeak-ng`), or set `speech.program`, or `speech.synthesizer = \"none\"`",
                        program.display()
                    )))
                }
                Ok(Err(error)) => Err(SpeechError::Unavailable(format!("cannot run {}: {error}", program.display()))),
                Ok(Ok(output)) if !output.status.success() => Err(SpeechError::Unavailable(format!(
                    "{} {argument} ended with {}",
                    program.display(),
                    output.status
                ))),
                Ok(Ok(output)) => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            }
        };
        let version = version(&ask("--version").await?);
        let voices = voices(&ask("--voices").await?);
        if voices.is_empty() {
            return Err(SpeechError::Unavailable(format!("{} has no voices", program.display())));
        }
        for (_, voice) in &speech.voices {
            checked(voice)?;
        }
        let about = About { engine: "espeak-ng".into(), version, ssml: true, voices: voices.len() };
        Ok(Self {
            program,
            about,
            voices,
            set: speech.voices.clone(),
            timeout: speech.timeout,
            parallel: Semaphore::new(speech.parallel.into()),
            waiting: AtomicUsize::new(0),
        })
    }

    async fn run(&self, utterance: Utterance) -> Result<Sound, SpeechError> {
        let voice = checked(&utterance.voice)?;
        if utterance.text.len() > limits::TEXT_BYTES {
            return Err(SpeechError::TooLong { size: utterance.text.len(), limit: limits::TEXT_BYTES });
        }
        let text = match utterance.markup {
            // A doubled bracket would begin phoneme codes, a NUL would end the text.
            Markup::Plain => utterance.text.replace('\0', " ").replace("[[", "[ ["),
            Markup::Ssml => ssml::filter(&utterance.text.replace('\0', " "))?,
        };
        let _turn = self.turn().await?;
        let mut command = command(&self.program);
        command.args(["-v", voice, "-s", &utterance.words_per_minute.to_string(), "-b", "1", "--stdin", "--stdout"]);
        if utterance.markup == Markup::Ssml {
            command.arg("-m");
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let sound = tokio::time::timeout(self.timeout, converse(command, text)).await;
        sound.unwrap_or(Err(SpeechError::Timeout(self.timeout)))
    }

    /// A place among those that speak, in order of arrival.
    async fn turn(&self) -> Result<tokio::sync::SemaphorePermit<'_>, SpeechError> {
        struct Left<'a>(&'a AtomicUsize);
        impl Drop for Left<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        let ahead = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _left = Left(&self.waiting);
        if ahead >= limits::WAITING {
            return Err(SpeechError::Busy);
        }
        Ok(self.parallel.acquire().await.expect("the semaphore is never closed"))
    }
}

impl Synthesizer for Espeak {
    fn about(&self) -> &About {
        &self.about
    }

    fn voice(&self, locale: &str, asked: Option<&str>) -> Result<String, SpeechError> {
        match asked {
            Some(name) => checked(name).map(str::to_owned),
            None => voice_for(locale, &self.set, &self.voices),
        }
    }

    fn speak(&self, utterance: Utterance) -> BoxFuture<'_, Result<Sound, SpeechError>> {
        Box::pin(self.run(utterance))
    }
}

fn command(program: &PathBuf) -> Command {
    let mut command = Command::new(program);
    // A caller who hangs up, or a timeout, drops the future, and the process with it.
    command.kill_on_drop(true);
    command
}

async fn converse(mut command: Command, text: String) -> Result<Sound, SpeechError> {
    let failed = |error: std::io::Error| SpeechError::Engine(error.to_string());
    let mut child =
        command.spawn().map_err(|error| SpeechError::Unavailable(format!("cannot run the synthesizer: {error}")))?;
    let mut input = child.stdin.take().expect("asked for a pipe");
    let mut output = child.stdout.take().expect("asked for a pipe").take(most_bytes() + 1);
    let mut complaint = child.stderr.take().expect("asked for a pipe").take(limits::COMPLAINT_BYTES as u64);
    let (mut wav, mut said) = (Vec::new(), Vec::new());
    let write = async {
        // An engine that stops reading early says why on its error output.
        let _ = input.write_all(text.as_bytes()).await;
        drop(input);
    };
    let ((), read, _) = tokio::join!(write, output.read_to_end(&mut wav), complaint.read_to_end(&mut said));
    read.map_err(failed)?;
    if wav.len() as u64 > most_bytes() {
        return Err(SpeechError::Engine(format!("more than {} s of sound", limits::SPEECH_SECONDS)));
    }
    let status = child.wait().await.map_err(failed)?;
    if !status.success() {
        return Err(SpeechError::Engine(format!("{status}: {}", String::from_utf8_lossy(&said).trim())));
    }
    sound(&wav).ok_or_else(|| SpeechError::Engine(format!("no sound came: {}", String::from_utf8_lossy(&said).trim())))
}

const fn most_bytes() -> u64 {
    // 22,050 samples of two bytes a second, and the header.
    limits::SPEECH_SECONDS as u64 * 22_050 * 2 + 1024
}

/// The sound in a WAV stream. Its sizes are not to be believed, because the program writes its header before it knows them.
fn sound(wav: &[u8]) -> Option<Sound> {
    let mut rest = wav.strip_prefix(b"RIFF")?.get(4..)?.strip_prefix(b"WAVE")?;
    let mut rate = None;
    loop {
        let (id, after) = rest.split_first_chunk::<4>()?;
        let (size, body) = after.split_first_chunk::<4>()?;
        let size = u32::from_le_bytes(*size) as usize;
        match id {
            b"fmt " => {
                let format = |at: usize| Some(u16::from_le_bytes([*body.get(at)?, *body.get(at + 1)?]));
                // Linear PCM, one channel, 16 bits.
                if (format(0)?, format(2)?, format(14)?) != (1, 1, 16) {
                    return None;
                }
                rate = Some(u32::from(format(4)?) | u32::from(format(6)?) << 16);
            }
            b"data" => {
                let samples = body[..size.min(body.len())]
                    .chunks_exact(2)
                    .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
                    .collect();
                return Some(Sound { samples, rate: rate? });
            }
            _ => {}
        }
        rest = body.get(size + size % 2..)?;
    }
}

fn version(text: &str) -> String {
    // eSpeak NG text-to-speech: 1.51  Data at: …
    text.split_once("text-to-speech:")
        .and_then(|(_, rest)| rest.split_whitespace().next())
        .unwrap_or("unknown")
        .to_owned()
}

fn voices(text: &str) -> BTreeSet<String> {
    // Pty Language Age/Gender VoiceName File Other
    text.lines().skip(1).filter_map(|line| line.split_whitespace().nth(1)).map(str::to_ascii_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_written_before_the_sound() {
        let mut wav =
            b"RIFF\xff\xff\xff\x7fWAVEfmt \x10\0\0\0\x01\0\x01\0\x22\x56\0\0\x44\xac\0\0\x02\0\x10\0data\0\xf0\xff\x7f"
                .to_vec();
        wav.extend([1, 0, 2, 0, 3]);
        assert_eq!(sound(&wav), Some(Sound { samples: vec![1, 2], rate: 22_050 }));
        for cut in 0..44 {
            assert_eq!(sound(&wav[..cut]), None, "{cut}");
        }
        wav[22] = 2;
        assert_eq!(sound(&wav), None, "stereo is not what we asked for");
    }

    #[test]
    fn what_the_program_tells() {
        assert_eq!(version("eSpeak NG text-to-speech: 1.51  Data at: /x"), "1.51");
        assert_eq!(version("?"), "unknown");
        let listed = "Pty Language       Age/Gender VoiceName          File\n 5  af              --/M      Afrikaans  gmw/af\n 2  en-GB x\n";
        assert_eq!(voices(listed), BTreeSet::from(["af".to_owned(), "en-gb".to_owned()]));
    }
}
