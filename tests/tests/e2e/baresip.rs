//! A call by baresip, a telephone of its own: what it hears must be what the flow says.

use offhook_tests::eventually;
use offhook_tests::server::{Place, program};
use offhook_tests::sound::{likeness, loudness, voiced};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

/// Where Debian and its relatives keep baresip's modules.
const MODULES: [&str; 3] =
    ["/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules", "/usr/local/lib/baresip/modules"];

/// What the flows `test/speaking-clock` and `test/early-words` say.
const SAID: &str =
    "The quick brown fox jumps over the lazy dog, and nobody in the whole wide world knows the reason why.";

/// Something else that is as long.
const NOT_SAID: &str =
    "Offices are shut on Sundays. Please try again tomorrow morning between nine and eleven, thank you very much.";

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn configure(folder: &Path) {
    let modules = MODULES.iter().find(|path| Path::new(path).is_dir()).expect("baresip has its modules somewhere");
    // Silence goes out, what comes in is written to a file: baresip's own `aufile` and `sndfile`.
    let config = format!(
        "sip_listen 127.0.0.1:0\nsip_trans_def udp\naudio_source aufile,{0}/silence.wav\n\
         audio_alert aufile,{0}/alert.wav\nausrc_srate 8000\nauplay_srate 8000\nausrc_channels 1\nauplay_channels 1\n\
         net_interface 127.0.0.1\nsnd_path {0}\nmodule_path {modules}\n\
         module g711.so\nmodule aufile.so\nmodule sndfile.so\nmodule_tmp account.so\nmodule_app menu.so\n",
        folder.display()
    );
    fs::write(folder.join("config"), config).expect("the configuration can be written");
    fs::write(folder.join("accounts"), "<sip:caller@127.0.0.1>;regint=0;audio_codecs=PCMU/8000/1\n")
        .expect("so can this");
    fs::write(folder.join("contacts"), "").expect("and this");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut silence = hound::WavWriter::create(folder.join("silence.wav"), spec).expect("and this");
    (0..8_000 * 60).for_each(|_| silence.write_sample(0_i16).expect("there is room"));
    silence.finalize().expect("there is room");
}

/// The sound of a file that is perhaps still being written.
fn sound(path: &Path) -> Option<(Vec<i16>, u32)> {
    let mut reader = hound::WavReader::open(path).ok()?;
    let rate = reader.spec().sample_rate;
    Some((reader.samples::<i16>().map_while(Result::ok).collect(), rate))
}

/// Words as espeak-ng speaks them, at the pace that the server asks for.
fn spoken(words: &str, folder: &Path) -> Vec<f64> {
    let path = folder.join("spoken.wav");
    let status = program("espeak-ng", "espeak-ng")
        .args(["-v", "en-us", "-s", "165", "-w"])
        .arg(&path)
        .arg(words)
        .status()
        .expect("espeak-ng can be run");
    assert!(status.success(), "espeak-ng ended with {status}");
    let (samples, rate) = sound(&path).expect("espeak-ng wrote it");
    voiced(&loudness(&samples, rate)).to_vec()
}

/// Calls a number, whose flow must end for this reason after it has said [`SAID`]; gives what baresip wrote of the call.
#[track_caller]
fn hears(number: &str, flow: &str, reason: &str) -> String {
    let place = Place::new();
    let server = place.serve();
    let folder: PathBuf = place.path().join("baresip");
    fs::create_dir(&folder).expect("a folder can be made");
    configure(&folder);
    let log = fs::File::create(folder.join("log")).expect("a log can be written");
    let child = program("baresip", "baresip-core")
        .arg("-f")
        .arg(&folder)
        .args(["-e", &format!("/dial sip:{number}@{}", server.sip)])
        .current_dir(&folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a file can be shared"))
        .stderr(log)
        .spawn()
        .expect("baresip can be run");
    let baresip = Running(child);
    let session = server.ended_session(flow, "voice");
    assert_eq!(session["end_reason"], reason, "{session}");
    server.replayed(session["id"].as_str().expect("a session has an id"));

    let (words, others) = (spoken(SAID, &folder), spoken(NOT_SAID, &folder));
    let mut last = String::new();
    let heard = eventually("baresip to write what it heard", Duration::from_secs(20), || {
        last = fs::read_to_string(folder.join("log")).unwrap_or_default();
        let recorded = recording(&folder)?;
        (recorded.len() >= words.len()).then_some(recorded)
    });
    drop(baresip);
    let (same, other) = (likeness(&heard, &words), likeness(&heard, &others));
    assert!(same > 0.9, "what was heard is not what was said: {same:.2}\n{last}");
    assert!(other < 0.7, "the comparison cannot tell sentences apart: {other:.2}");
    let (heard, words) = (voiced(&heard).len(), words.len());
    assert!(heard.abs_diff(words) * 20 < words, "{heard} frames of speech were heard, {words} were said");
    server.stop();
    last
}

#[test]
fn a_telephone_hears_what_the_flow_says() {
    let told = hears("900", "test/speaking-clock", "spoken");
    assert!(told.contains("Call established"), "{told}");
}

#[test]
fn early_media_is_heard_before_the_call_is_answered() {
    // It never is: whatever was heard was heard before.
    let told = hears("901", "test/early-words", "declined");
    assert!(!told.contains("Call established"), "{told}");
    assert!(told.contains("603"), "{told}");
}

/// How loud it was in the file of what came in, which `sndfile` names by the time.
fn recording(folder: &Path) -> Option<Vec<f64>> {
    let files = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let path = files.into_iter().find(|path| path.to_string_lossy().ends_with("-dec.wav"))?;
    let (samples, rate) = sound(&path)?;
    Some(loudness(&samples, rate))
}
