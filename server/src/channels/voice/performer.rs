//! Commands in order, each when the one before allows it: texts are spoken into clips, clips go to the leg's queue,
//! and what must wait until all was heard (transfer, end) waits at a mark. Signalling is the call's; this asks for it.

use super::Office;
use crate::speech::Markup;
use offhook_media::audio::Audio;
use offhook_media::engine::{LegCommand, LegHandle};
use offhook_runtime::{Command, Connect, End, Part, Record, Say};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// Turns that may wait to be performed. A flow that speaks so far ahead of its caller is cut off.
const AHEAD: usize = 256;

/// Marks with this bit are the performer's own; the others are numbers of `listen` commands.
pub(super) const OWN_MARK: u64 = 1 << 63;

/// How long the last words stay in the caller's jitter buffer after they were sent.
const TAIL: Duration = Duration::from_millis(160);

/// What the performer asks of the call's signalling.
pub(super) enum Ask {
    /// Early media: 183.
    Progress(oneshot::Sender<()>),
    /// Answer: 200.
    Answer(oneshot::Sender<()>),
    /// Transfer.
    Connect(Connect),
    /// Hang up, or refuse a call that was never answered.
    End(End),
}

/// Where the host puts a session's commands.
pub(super) struct Line {
    commands: mpsc::Sender<Arc<[Command]>>,
    pub(super) shared: Arc<Shared>,
}

/// What the call and its performer both know.
pub(super) struct Shared {
    /// The number of the newest command that has come.
    newest: AtomicU64,
    /// Whether input is being taken, as the commands say that have come, performed or not.
    listening: AtomicBool,
    /// Up to this command, what may be interrupted has been.
    flushed: AtomicU64,
    /// Whether the session has ended: nothing that the caller still does matters to it.
    pub(super) ended: AtomicBool,
    /// The last mark that was reached.
    pub(super) reached: watch::Sender<u64>,
}

impl Shared {
    /// A key was pressed. What the engine has queued it drops itself; what is still on its way is skipped here.
    pub(super) fn key(&self) {
        if self.listening.load(Ordering::Acquire) {
            self.flushed.fetch_max(self.newest.load(Ordering::Acquire), Ordering::AcqRel);
        }
    }
}

impl crate::host::Channel for Line {
    fn perform(&self, commands: &Arc<[Command]>) {
        for command in commands.iter() {
            match command {
                Command::Listen(_) => self.shared.listening.store(true, Ordering::Release),
                Command::Record(_) | Command::Connect(_) => self.shared.listening.store(false, Ordering::Release),
                Command::End(_) => {
                    self.shared.listening.store(false, Ordering::Release);
                    self.shared.ended.store(true, Ordering::Release);
                }
                _ => {}
            }
            self.shared.newest.fetch_max(command.id(), Ordering::AcqRel);
        }
        if self.commands.try_send(commands.clone()).is_err() {
            tracing::warn!("the flow is too far ahead of its caller; what it says now is lost");
        }
    }
}

/// A line and what it leads to.
pub(super) fn line() -> (Arc<Line>, mpsc::Receiver<Arc<[Command]>>, watch::Receiver<u64>) {
    let (commands, waiting) = mpsc::channel(AHEAD);
    let (reached, marks) = watch::channel(0);
    let shared = Arc::new(Shared {
        newest: AtomicU64::new(0),
        listening: AtomicBool::new(false),
        flushed: AtomicU64::new(0),
        ended: AtomicBool::new(false),
        reached,
    });
    (Arc::new(Line { commands, shared }), waiting, marks)
}

/// Performs commands for one call.
pub(super) struct Performer {
    pub(super) office: Arc<Office>,
    pub(super) session: Arc<str>,
    pub(super) leg: LegHandle,
    /// Where audio files are: beside the flow, or beside one that it enters.
    pub(super) folders: Vec<PathBuf>,
    pub(super) asks: mpsc::Sender<Ask>,
    pub(super) shared: Arc<Shared>,
    pub(super) marks: watch::Receiver<u64>,
    pub(super) progress: Progress,
    /// Whether sound can go out before the answer: without the caller's offer nobody knows where to.
    pub(super) early: bool,
    /// Whether anything has been played.
    pub(super) played: bool,
}

/// How far the call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Progress {
    Ringing,
    Early,
    Answered,
}

impl Performer {
    /// Performs until the session ends or the call is gone.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Arc<[Command]>>) {
        while let Some(turn) = commands.recv().await {
            for command in turn.iter() {
                match command {
                    Command::Say(say) => self.say(say).await,
                    Command::Listen(listen) => {
                        self.answered(listen.id).await;
                        self.tell(LegCommand::Listen(true));
                        self.tell(LegCommand::Mark { id: listen.id });
                    }
                    Command::Record(record) => self.record(record).await,
                    Command::Connect(connect) => {
                        self.answered(connect.id).await;
                        self.heard(connect.id).await;
                        self.ask(Ask::Connect(connect.clone())).await;
                    }
                    Command::End(end) => {
                        if self.progress != Progress::Ringing {
                            self.heard(end.id).await;
                            if self.played {
                                tokio::time::sleep(TAIL).await;
                            }
                        }
                        self.ask(Ask::End(end.clone())).await;
                        return;
                    }
                    Command::Call(_) | Command::Note(_) => {}
                }
            }
        }
    }

    async fn ask(&self, ask: Ask) {
        // The call may be gone; then nobody needs it.
        let _ = self.asks.send(ask).await;
    }

    fn tell(&self, command: LegCommand) {
        if let Err(error) = self.leg.send(command) {
            tracing::debug!(%error, "the leg takes no command");
        }
    }

    async fn answered(&mut self, id: u64) {
        if self.progress == Progress::Early {
            // What is to be heard before the call is answered, and charged, has been heard by then.
            self.tell(LegCommand::Listen(self.shared.listening.load(Ordering::Acquire)));
            self.passed(id).await;
        }
        if self.progress < Progress::Answered {
            let (done, wait) = oneshot::channel();
            self.ask(Ask::Answer(done)).await;
            let _ = wait.await;
            self.progress = Progress::Answered;
        }
    }

    async fn say(&mut self, say: &Say) {
        if say.barge_in && say.id <= self.shared.flushed.load(Ordering::Acquire) {
            return;
        }
        let mut clips = Vec::with_capacity(say.parts.len());
        for part in &say.parts {
            match self.clip(part, &say.locale).await {
                Ok(Some(clip)) => clips.push(clip),
                Ok(None) => {}
                Err(error) => tracing::error!(%error, command = say.id, "a part of a prompt cannot be heard"),
            }
        }
        if say.early && self.early && self.progress == Progress::Ringing {
            let (done, wait) = oneshot::channel();
            self.ask(Ask::Progress(done)).await;
            let _ = wait.await;
            self.progress = Progress::Early;
        } else if self.progress == Progress::Ringing || !say.early {
            self.answered(say.id).await;
        }
        if say.barge_in && say.id <= self.shared.flushed.load(Ordering::Acquire) {
            return;
        }
        for clip in clips {
            self.played = true;
            self.tell(LegCommand::Play { id: say.id, clip, interruptible: say.barge_in });
        }
    }

    async fn clip(&self, part: &Part, locale: &str) -> Result<Option<Arc<Audio>>, crate::speech::SpeechError> {
        let speech = &self.office.speech;
        Ok(Some(match part {
            Part::Text(text) => speech.speak(text, Markup::Plain, locale, None).await?,
            Part::Ssml(text) => speech.speak(text, Markup::Ssml, locale, None).await?,
            Part::Audio(reference) => self.file(reference).await?,
            // A telephone shows nothing; `show` has said it in words.
            Part::Video(_) | Part::Image(_) | Part::File(_) | Part::Location(_) | Part::Cards(_) | Part::Links(_) => {
                return Ok(None);
            }
        }))
    }

    /// The first of the folders that has the file; what the first one says when none has.
    async fn file(&self, reference: &str) -> Result<Arc<Audio>, crate::speech::SpeechError> {
        let mut missing = None;
        for folder in &self.folders {
            match self.office.speech.file(folder, reference).await {
                Ok(clip) => return Ok(clip),
                Err(error) => drop(missing.get_or_insert(error)),
            }
        }
        Err(missing.unwrap_or_else(|| crate::speech::SpeechError::Unavailable("the flow has no folder".into())))
    }

    async fn record(&mut self, record: &Record) {
        self.answered(record.id).await;
        self.tell(LegCommand::Listen(false));
        let path = self.office.recordings.join(format!("{}-{}.wav", self.session, record.id));
        let terminators = record.terminators.clone();
        self.tell(LegCommand::Record {
            id: record.id,
            path,
            max_ms: record.max_ms,
            silence_ms: record.silence_ms,
            terminators,
            beep: record.beep,
        });
    }

    /// Waits until everything queued so far has been played or dropped.
    async fn heard(&mut self, id: u64) {
        self.tell(LegCommand::Listen(false));
        self.passed(id).await;
    }

    /// Waits for a mark behind everything queued so far.
    async fn passed(&mut self, id: u64) {
        let mark = OWN_MARK | id;
        self.tell(LegCommand::Mark { id: mark });
        // An error means that the call is gone.
        let _ = self.marks.wait_for(|reached| *reached == mark).await;
    }
}
