//! From a prompt to a clip: text through the caches and the synthesizer, or an audio file beside its flow.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use offhook_media::audio::Audio;
use offhook_media::resample;
use sha2::{Digest as _, Sha256};

use super::cache::ClipCache;
use super::disk::DiskCache;
use super::synthesizer::{Markup, Sound, Synthesizer, Utterance};
use super::{Espeak, SpeechError, limits};
use crate::config::{self, SynthesizerKind};
use crate::observe::{Metrics, Readiness};

/// What a telephone channel asks for sound; cloning it is cheap and all clones share the caches.
#[derive(Clone)]
pub struct PromptAudio {
    inner: Arc<Inner>,
}

struct Inner {
    synthesizer: Result<Arc<dyn Synthesizer>, SpeechError>,
    words_per_minute: u32,
    clips: ClipCache,
    disk: Option<DiskCache>,
    /// Files that were looked at a moment ago, by folder and reference: when, and the key of their clip.
    seen: Mutex<HashMap<String, (Instant, String)>>,
    metrics: Metrics,
}

/// How long a file is believed to be as it was. Looking costs more than playing it, and busy prompts are asked for
/// hundreds of times a second.
const FRESH: Duration = Duration::from_secs(1);

/// Files remembered at one time; past that all are looked at anew.
const SEEN: usize = 4_096;

impl PromptAudio {
    /// Starts what the configuration names. A synthesizer that is missing does not stop the server: it is logged, the
    /// check `speech` fails and says why, and each text to be spoken answers [`SpeechError::Unavailable`]. Sound is kept
    /// in `folder`.
    pub async fn start(speech: &config::Speech, folder: &Path, metrics: &Metrics, readiness: &Readiness) -> Self {
        let synthesizer: Result<Arc<dyn Synthesizer>, SpeechError> = match speech.synthesizer {
            SynthesizerKind::None => Err(SpeechError::Unavailable("speech.synthesizer is `none`".into())),
            SynthesizerKind::EspeakNg => Espeak::probe(speech).await.map(|espeak| Arc::new(espeak) as _),
        };
        match &synthesizer {
            Ok(engine) => {
                let about = engine.about();
                readiness.ok("speech", format!("{} {}, {} voices", about.engine, about.version, about.voices));
            }
            Err(error) if speech.synthesizer == SynthesizerKind::None => readiness.ok("speech", error.to_string()),
            Err(error) => {
                tracing::error!(%error, "texts cannot be spoken");
                readiness.fail("speech", error.to_string());
            }
        }
        Self::with(synthesizer, speech, folder, metrics).await
    }

    /// As [`PromptAudio::start`], with a synthesizer at hand.
    pub async fn with(
        synthesizer: Result<Arc<dyn Synthesizer>, SpeechError>,
        speech: &config::Speech,
        folder: &Path,
        metrics: &Metrics,
    ) -> Self {
        let (folder, limit) = (folder.to_path_buf(), speech.disk_cache);
        let disk = if limit == 0 {
            None
        } else {
            let opened = blocking(move || DiskCache::open(&folder, limit)).await;
            opened.inspect_err(|error| tracing::warn!(%error, "speech is not kept on the disk")).ok()
        };
        let clips = ClipCache::new(usize::try_from(speech.memory_cache).unwrap_or(usize::MAX));
        Self {
            inner: Arc::new(Inner {
                synthesizer,
                words_per_minute: speech.words_per_minute,
                clips,
                disk,
                seen: Mutex::default(),
                metrics: metrics.clone(),
            }),
        }
    }

    /// The clip of a text in a locale, in the engine's voice `voice` if one is asked for.
    pub async fn speak(
        &self,
        text: &str,
        markup: Markup,
        locale: &str,
        voice: Option<&str>,
    ) -> Result<Arc<Audio>, SpeechError> {
        let outcome = self.spoken(text, markup, locale, voice).await;
        if outcome.is_err() {
            self.inner.metrics.speech("failed");
        }
        outcome
    }

    async fn spoken(
        &self,
        text: &str,
        markup: Markup,
        locale: &str,
        voice: Option<&str>,
    ) -> Result<Arc<Audio>, SpeechError> {
        if text.len() > limits::TEXT_BYTES {
            return Err(SpeechError::TooLong { size: text.len(), limit: limits::TEXT_BYTES });
        }
        let engine = self.inner.synthesizer.clone()?;
        let voice = engine.voice(locale, voice)?;
        let utterance =
            Utterance { text: text.to_owned(), markup, voice, words_per_minute: self.inner.words_per_minute };
        let key = key(engine.as_ref(), &utterance);
        if let Some(clip) = self.inner.clips.get(&key) {
            self.inner.metrics.speech("hit");
            return Ok(clip);
        }
        let inner = self.inner.clone();
        let name = key.clone();
        self.inner.clips.get_or_make(&key, || async move { inner.make(engine, utterance, name).await }).await
    }

    /// The clip of an audio file (WAV, MP3 or OGG Vorbis) that the flow in `folder` refers to. The reference is relative and
    /// stays inside the folder, symbolic links included; a file that changes is read anew, a second later at most.
    pub async fn file(&self, folder: &Path, reference: &str) -> Result<Arc<Audio>, SpeechError> {
        let name = format!("{}\0{reference}", folder.display());
        if let Some(clip) = self.inner.seen(&name) {
            return Ok(clip);
        }
        let (base, wanted) = (folder.to_path_buf(), reference.to_owned());
        let (path, stamp) = blocking(move || locate(&base, &wanted)).await?;
        let inner = self.inner.clone();
        let key = format!("{}\0{stamp:?}", path.display());
        inner.see(name, key.clone());
        if let Some(clip) = inner.clips.get(&key) {
            return Ok(clip);
        }
        self.inner.clips.get_or_make(&key, || blocking(move || decode(&path))).await
    }
}

impl Inner {
    fn seen(&self, name: &str) -> Option<Arc<Audio>> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, key) = seen.get(name)?;
        if at.elapsed() < FRESH { self.clips.get(key) } else { None }
    }

    fn see(&self, name: String, key: String) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= SEEN {
            seen.clear();
        }
        seen.insert(name, (Instant::now(), key));
    }

    /// From the disk, or spoken now and kept there.
    async fn make(
        self: Arc<Self>,
        engine: Arc<dyn Synthesizer>,
        utterance: Utterance,
        key: String,
    ) -> Result<Arc<Audio>, SpeechError> {
        let (this, name) = (self.clone(), key.clone());
        if let Some(clip) = blocking(move || this.disk.as_ref()?.get(&name).map(|sound| to_clip(&sound))).await {
            self.metrics.speech("disk");
            return clip;
        }
        let began = Instant::now();
        let sound = engine.speak(utterance).await?;
        self.metrics.speech("made");
        self.metrics.speech_made(began.elapsed());
        blocking(move || {
            let clip = to_clip(&sound)?;
            if let Some(Err(error)) = self.disk.as_ref().map(|disk| disk.put(&key, &sound)) {
                tracing::warn!(%error, "a sound could not be kept on the disk");
            }
            Ok(clip)
        })
        .await
    }
}

/// What must be the same for the sound to be the same.
fn key(engine: &dyn Synthesizer, utterance: &Utterance) -> String {
    let about = engine.about();
    let markup = match utterance.markup {
        Markup::Plain => "plain",
        Markup::Ssml => "ssml",
    };
    let mut hash = Sha256::new();
    for part in [
        &about.engine,
        &about.version,
        &utterance.voice,
        &utterance.words_per_minute.to_string(),
        markup,
        &utterance.text,
    ] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn to_clip(sound: &Sound) -> Result<Arc<Audio>, SpeechError> {
    let samples = sound.samples.iter().map(|sample| f32::from(*sample) / 32_768.0).collect();
    let samples = resample::resample(samples, sound.rate, offhook_media::limits::SAMPLE_RATE)
        .map_err(|error| SpeechError::Engine(error.to_string()))?;
    Ok(Arc::new(Audio::from_samples(resample::to_i16(&samples))))
}

/// The real path of a file inside the folder, and what tells that it has changed.
fn locate(folder: &Path, reference: &str) -> Result<(PathBuf, (Option<SystemTime>, u64)), SpeechError> {
    let outside = || SpeechError::Outside(reference.chars().take(limits::REFERENCE_BYTES).collect());
    let relative = Path::new(reference);
    let plain = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if reference.is_empty()
        || reference.len() > limits::REFERENCE_BYTES
        || reference.contains('\0')
        || !relative.components().all(plain)
    {
        return Err(outside());
    }
    let path = folder.join(relative);
    let unreadable = |error: std::io::Error| SpeechError::File { path: path.clone(), reason: error.to_string() };
    let root = folder.canonicalize().map_err(unreadable)?;
    let real = path.canonicalize().map_err(unreadable)?;
    if !real.starts_with(&root) {
        return Err(outside());
    }
    let meta = real.metadata().map_err(unreadable)?;
    if !meta.is_file() {
        return Err(SpeechError::File { path: path.clone(), reason: "not a file".into() });
    }
    if meta.len() > limits::FILE_BYTES {
        return Err(SpeechError::File {
            path: path.clone(),
            reason: format!("larger than {} bytes", limits::FILE_BYTES),
        });
    }
    Ok((real, (meta.modified().ok(), meta.len())))
}

fn decode(path: &Path) -> Result<Arc<Audio>, SpeechError> {
    use std::io::Read as _;
    let refuse = |reason: String| SpeechError::File { path: path.to_path_buf(), reason };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| refuse(error.to_string()))?;
    // The file may have grown since it was looked at.
    file.take(limits::FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|error| refuse(error.to_string()))?;
    if bytes.len() as u64 > limits::FILE_BYTES {
        return Err(refuse(format!("larger than {} bytes", limits::FILE_BYTES)));
    }
    Audio::decode(bytes).map(Arc::new).map_err(|error| refuse(error.to_string()))
}

/// Runs what blocks on a thread that may.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Cancelled: the runtime is shutting down and nobody waits for an answer.
            Err(_) => std::future::pending().await,
        },
    }
}
