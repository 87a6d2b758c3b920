//! The whole way from a prompt to a clip. Where espeak-ng is installed the real program speaks; what must hold without it
//! is tested with small programs that behave badly.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::*;
use crate::config::Speech;
use crate::observe::{Metrics, Readiness};

#[derive(Debug)]
struct Tone {
    about: About,
    spoken: AtomicUsize,
}

impl Tone {
    fn new(version: &str) -> Arc<Self> {
        let about = About { engine: "tone".into(), version: version.into(), ssml: false, voices: 1 };
        Arc::new(Tone { about, spoken: AtomicUsize::new(0) })
    }
}

impl Synthesizer for Tone {
    fn about(&self) -> &About {
        &self.about
    }
    fn voice(&self, _locale: &str, asked: Option<&str>) -> Result<String, SpeechError> {
        Ok(asked.unwrap_or("tone").to_owned())
    }
    fn speak(&self, utterance: Utterance) -> BoxFuture<'_, Result<Sound, SpeechError>> {
        self.spoken.fetch_add(1, Ordering::SeqCst);
        let samples = (0..utterance.text.len() * 160).map(|n| if n % 20 < 10 { 8000 } else { -8000 }).collect();
        Box::pin(async move { Ok(Sound { samples, rate: 16_000 }) })
    }
}

/// A program that behaves as the script says when it is asked to speak, and like espeak-ng when it is probed.
fn program(folder: &Path, script: &str) -> PathBuf {
    let path = folder.join("program");
    let text = format!(
        "#!/bin/sh\ncase \"$1\" in --version) echo 'eSpeak NG text-to-speech: 9.9 Data at: x'; exit;; --voices) printf 'Pty Language\\n 5 en-us\\n'; exit;; esac\n{script}\n"
    );
    std::fs::write(&path, text).expect("write");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("make it a program");
    path
}

fn utterance(text: &str, markup: Markup) -> Utterance {
    Utterance { text: text.into(), markup, voice: "en-us".into(), words_per_minute: 165 }
}

#[tokio::test]
async fn caches_in_memory_and_on_the_disk() {
    let folder = tempfile::tempdir().expect("a folder");
    let speech = Speech::default();
    let tone = Tone::new("1");
    let prompts = PromptAudio::with(Ok(tone.clone()), &speech, folder.path(), &Metrics::new()).await;
    let first = prompts.speak("hello", Markup::Plain, "en-US", None).await.expect("a clip");
    assert_eq!(first.samples().len(), 400, "800 samples at 16 kHz are 400 at 8 kHz");
    let again = prompts.speak("hello", Markup::Plain, "en-US", None).await.expect("a clip");
    assert!(Arc::ptr_eq(&first, &again));
    for (text, markup, voice) in
        [("hello!", Markup::Plain, None), ("hello", Markup::Ssml, None), ("hello", Markup::Plain, Some("other"))]
    {
        prompts.speak(text, markup, "en-US", voice).await.expect("a clip");
    }
    assert_eq!(tone.spoken.load(Ordering::SeqCst), 4, "text, markup and voice are part of the key");

    let metrics = Metrics::new();
    let later = Tone::new("1");
    let prompts = PromptAudio::with(Ok(later.clone()), &speech, folder.path(), &metrics).await;
    let kept = prompts.speak("hello", Markup::Plain, "en-US", None).await.expect("a clip");
    assert_eq!(
        (kept.samples(), later.spoken.load(Ordering::SeqCst)),
        (first.samples(), 0),
        "the disk remembers over a restart"
    );
    assert!(metrics.render().contains(r#"offhook_speech_requests_total{result="disk"} 1"#));
    let newer = Tone::new("2");
    let prompts = PromptAudio::with(Ok(newer.clone()), &speech, folder.path(), &metrics).await;
    prompts.speak("hello", Markup::Plain, "en-US", None).await.expect("a clip");
    assert_eq!(newer.spoken.load(Ordering::SeqCst), 1, "a newer engine is heard");
    let long = "x".repeat(limits::TEXT_BYTES + 1);
    assert!(matches!(prompts.speak(&long, Markup::Plain, "en-US", None).await, Err(SpeechError::TooLong { .. })));
}

#[tokio::test]
async fn a_missing_program_is_said_clearly() {
    let folder = tempfile::tempdir().expect("a folder");
    let speech = Speech { program: "/does/not/exist/espeak-ng".into(), ..Speech::default() };
    let readiness = Readiness::new();
    let prompts = PromptAudio::start(&speech, folder.path(), &Metrics::new(), &readiness).await;
    let check = readiness.report().checks["speech"].clone();
    assert!(
        !check.ok && check.detail.contains("is not installed") && check.detail.contains("apt-get install espeak-ng"),
        "{check:?}"
    );
    assert!(matches!(prompts.speak("hello", Markup::Plain, "en-US", None).await, Err(SpeechError::Unavailable(_))));
}

#[tokio::test]
async fn a_program_that_behaves_badly_is_an_error_and_no_hang() {
    let folder = tempfile::tempdir().expect("a folder");
    for (script, what) in [
        ("sleep 600", "timeout"),
        ("cat >/dev/null; exit 3", "exit status: 3"),
        ("cat >/dev/null; echo no voice >&2; exit 1", "no voice"),
        ("exit 0", "no sound came"),
        ("cat", "no sound came"),
    ] {
        let timeout = if what == "timeout" { Duration::from_millis(200) } else { Duration::from_secs(30) };
        let speech = Speech { program: program(folder.path(), script), timeout, ..Speech::default() };
        let espeak = Espeak::probe(&speech).await.expect("it answers the probe");
        assert_eq!((espeak.about().version.as_str(), espeak.about().voices), ("9.9", 1));
        let error = espeak.speak(utterance("hello", Markup::Plain)).await.expect_err(script);
        match &error {
            SpeechError::Timeout(_) => assert_eq!(what, "timeout"),
            SpeechError::Engine(said) => assert!(said.contains(what), "{script}: {said}"),
            other => panic!("{script}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn the_text_goes_by_standard_input_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let seen = folder.path().join("seen");
    let script = format!("echo \"$@\" >{0}; cat >>{0}; exit 1", seen.display());
    let speech = Speech { program: program(folder.path(), &script), ..Speech::default() };
    let espeak = Espeak::probe(&speech).await.expect("it answers the probe");
    let _ = espeak.speak(utterance("--path=/etc $(id) [[x]]", Markup::Plain)).await;
    assert_eq!(
        std::fs::read_to_string(&seen).expect("written"),
        "-v en-us -s 165 -b 1 --stdin --stdout\n--path=/etc $(id) [ [x]]"
    );
    let _ = espeak.speak(utterance("<speak>a<audio src='/etc/passwd'/></speak>", Markup::Ssml)).await;
    assert_eq!(
        std::fs::read_to_string(&seen).expect("written"),
        "-v en-us -s 165 -b 1 --stdin --stdout -m\n<speak>a</speak>"
    );
    let bad = Utterance { voice: "--path=/tmp".into(), ..utterance("a", Markup::Plain) };
    assert!(matches!(espeak.speak(bad).await, Err(SpeechError::VoiceName(_))));
}

#[tokio::test]
async fn the_real_program_speaks() {
    let folder = tempfile::tempdir().expect("a folder");
    let speech = Speech::default();
    let readiness = Readiness::new();
    let prompts = PromptAudio::start(&speech, folder.path(), &Metrics::new(), &readiness).await;
    if !readiness.report().checks["speech"].ok {
        eprintln!("SKIPPED: espeak-ng is not installed");
        return;
    }
    let short = prompts.speak("Hello.", Markup::Plain, "en-US", None).await.expect("a clip");
    let long = prompts
        .speak("Hello, this is the clinic. To book, press one.", Markup::Plain, "en-US", None)
        .await
        .expect("a clip");
    assert!(short.duration_ms() > 300 && long.duration_ms() > 2 * short.duration_ms(), "{short:?} {long:?}");
    let loudest = long.samples().iter().map(|sample| sample.unsigned_abs()).max();
    assert!(loudest > Some(3000), "it is loud enough to be heard: {loudest:?}");
    let spanish = prompts.speak("Hola, ha llamado a la clínica.", Markup::Plain, "es-ES", None).await.expect("a clip");
    let read_as_english =
        prompts.speak("Hola, ha llamado a la clínica.", Markup::Plain, "en-GB", None).await.expect("a clip");
    assert_ne!(spanish.samples(), read_as_english.samples());
    let pause =
        prompts.speak("<speak>one<break time=\"2s\"/>two</speak>", Markup::Ssml, "en-US", None).await.expect("a clip");
    let none = prompts.speak("<speak>one two</speak>", Markup::Ssml, "en-US", None).await.expect("a clip");
    assert!(pause.duration_ms() > none.duration_ms() + 1000, "the pause is heard: {pause:?} {none:?}");
    assert!(matches!(prompts.speak("x", Markup::Plain, "xx", None).await, Err(SpeechError::NoVoice(_))));
}

#[tokio::test]
async fn audio_files_stay_in_their_folder() {
    let root = tempfile::tempdir().expect("a folder");
    let flow = root.path().join("flow");
    std::fs::create_dir_all(flow.join("audio")).expect("folders");
    let spec =
        hound::WavSpec { channels: 1, sample_rate: 8000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let wav = |path: &Path, samples: usize| {
        let mut writer = hound::WavWriter::create(path, spec).expect("create");
        (0..samples).for_each(|n| writer.write_sample((n % 100) as i16).expect("write"));
        writer.finalize().expect("close");
    };
    wav(&flow.join("audio/welcome.wav"), 800);
    wav(&root.path().join("secret.wav"), 800);
    symlink(root.path().join("secret.wav"), flow.join("link.wav")).expect("a link");
    symlink(flow.join("audio/welcome.wav"), flow.join("inside.wav")).expect("a link");
    std::fs::write(flow.join("text.wav"), "not a sound").expect("write");

    let prompts = PromptAudio::with(
        Err(SpeechError::Busy),
        &Speech { disk_cache: 0, ..Speech::default() },
        root.path(),
        &Metrics::new(),
    )
    .await;
    let file = async |reference: &str| prompts.file(&flow, reference).await;
    let welcome = file("audio/welcome.wav").await.expect("a clip");
    assert_eq!(welcome.samples().len(), 800);
    assert!(Arc::ptr_eq(&welcome, &file("./audio/welcome.wav").await.expect("the same clip")));
    assert!(Arc::ptr_eq(&welcome, &file("inside.wav").await.expect("a link that stays inside")));
    let absolute = root.path().join("secret.wav").display().to_string();
    for outside in ["../secret.wav", "audio/../../secret.wav", "link.wav", absolute.as_str(), "", "a\0b"] {
        assert!(matches!(file(outside).await, Err(SpeechError::Outside(_))), "{outside}");
    }
    for unreadable in ["nothing.wav", "audio", "text.wav"] {
        assert!(matches!(file(unreadable).await, Err(SpeechError::File { .. })), "{unreadable}");
    }
    wav(&flow.join("audio/welcome.wav"), 1600);
    assert_eq!(file("audio/./welcome.wav").await.expect("a clip").samples().len(), 1600, "first asked for now");
    let anew = async {
        while file("audio/welcome.wav").await.expect("a clip").samples().len() != 1600 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), anew).await.expect("a file that changes is read anew");
}
