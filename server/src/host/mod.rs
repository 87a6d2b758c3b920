//! The host: sessions on one side, the world on the other. For each live session one task takes events in, lets the
//! interpreter decide, waits until the turn is on the disk, and only then acts. It decides nothing about conversations.

mod documents;
mod entries;
mod library;
mod moves;
pub(crate) mod own;
mod preview;
mod recover;
mod releases;
mod review;
mod schedule;
mod session;
mod shadow;
mod waiting;

pub use documents::documents;
pub use entries::{EntryBook, EntryError, MadeEntry, take_up_entries};
pub use library::{FlowFile, Library, LoadError, Serving, read_folder, read_paths};
pub(crate) use library::{collect, is_document, looks_like_flow, read_file};
pub use moves::{Fate, Moves};
pub(crate) use own::is_own_type;
pub use own::{OwnTypes, read_own_types, read_types};
pub use preview::Preview;
pub use recover::Recovered;
pub use releases::{Published, ReleaseError};
pub(crate) use session::new_id;
pub use shadow::{Shadowed, Tally};
pub use waiting::{Changed, Waiting};

use crate::config::Config;
use crate::observe::Metrics;
use crate::services::Services;
use crate::store::{self, SessionState, Store};
use crate::vault::Vault;
use offhook_runtime::migration::{Migration, Stay};
use offhook_runtime::replay::{Entry, Programs};
use offhook_runtime::{Command, Contact, Event, Fault, Program, Value, Versions};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Where a live session's commands go, when it has somebody on the line. A chat has none: its journal is its outbox.
pub trait Channel: Send + Sync + 'static {
    /// Performs the commands of one turn, in order. Must not block.
    fn perform(&self, commands: &Arc<[Command]>);
}

/// Events that may wait for one session. A channel that is ahead of its session by more is told so.
const INBOX: usize = 64;

/// How often waiting sessions are looked through for those whose moment has come.
const WAKE_EVERY: Duration = Duration::from_millis(500);

/// Turns of a journal that are read at once.
const JOURNAL_PAGE: usize = 1_000;

/// How many sessions are woken at one look.
const WAKE_PAGE: usize = 500;

/// Why the host could not do it.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// There is no such flow, or it has errors and never had a good version.
    #[error("there is no flow `{0}` that can run")]
    NoFlow(String),
    /// There is no such session.
    #[error("there is no session `{0}`")]
    NoSession(String),
    /// The session has ended.
    #[error("the session has ended ({0})")]
    Ended(String),
    /// A session of this id exists already.
    #[error("the session exists already")]
    Exists,
    /// The flow does not accept this beginning.
    #[error("{}", .0.message)]
    Refused(Fault),
    /// As many sessions as allowed are active, or this one's inbox is full.
    #[error("too much is going on; try again in a moment")]
    Busy,
    /// The server is shutting down.
    #[error("the server is shutting down")]
    ShuttingDown,
    /// The stored session cannot be taken up.
    #[error("the session cannot be taken up: {0}")]
    Load(String),
    /// The store failed; nothing of the turn was kept, and nothing was done.
    #[error("the store failed: {0}")]
    Store(#[from] store::Error),
}

/// How a session begins.
#[derive(Clone, Default)]
pub struct Opening {
    /// The flow.
    pub flow: String,
    /// The session's id; a new one where it is `None`.
    pub session: Option<String>,
    /// The channel kind: `voice`, `webchat`, …
    pub channel: &'static str,
    /// What was reached: the called number, the chat key.
    pub to: String,
    /// The contact, as far as the channel knows it.
    pub contact: Contact,
    /// The wished locale, or empty.
    pub locale: String,
    /// The flow's inputs.
    pub inputs: BTreeMap<String, Value>,
    /// Who performs the commands.
    pub line: Option<Arc<dyn Channel>>,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The session.
    pub session: Arc<str>,
    /// The number of the turn that it made, or had made before when it was a repeat.
    pub seq: u64,
    /// Why the session has ended, if it has.
    pub ended: Option<String>,
}

/// What is handed to the task of a session.
enum Post {
    /// Something happened.
    Event(Letter),
    /// Another version is to go on with it. Nobody listens any more when the session has ended.
    Move(Arc<Migration>, oneshot::Sender<Moving>),
}

/// What became of a session that was to be moved.
enum Moving {
    Moved,
    Stays(Stay),
    Failed,
}

/// An event on its way to a session.
struct Letter {
    event: Event,
    /// What makes a repeat of it recognisable.
    key: Option<Arc<str>>,
    reply: Option<oneshot::Sender<Result<Receipt, HostError>>>,
}

/// A session that has a task.
struct Live {
    inbox: mpsc::Sender<Post>,
    /// The number of the last turn on the disk.
    turns: watch::Receiver<u64>,
    flow: Arc<str>,
}

/// The host. Cheap to clone.
#[derive(Clone)]
pub struct Host {
    inner: Arc<Inner>,
}

struct Inner {
    tenant: Arc<str>,
    store: Store,
    library: Arc<Library>,
    services: Services,
    metrics: Metrics,
    config: Arc<Config>,
    live: Mutex<HashMap<Arc<str>, Live>>,
    releases: releases::Releases,
    shadows: shadow::Shadows,
    /// Held while what is live changes, from the store to memory.
    changing_releases: tokio::sync::Mutex<()>,
    entries: entries::Entries,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Host {
    /// A host over a store and a library of flows.
    pub fn new(store: Store, library: Arc<Library>, services: Services, metrics: Metrics, config: Arc<Config>) -> Self {
        Host {
            inner: Arc::new(Inner {
                tenant: config.flows.tenant.as_str().into(),
                store,
                library,
                services,
                metrics,
                entries: entries::Entries::new(&config.entries),
                config,
                live: Mutex::default(),
                releases: releases::Releases::default(),
                shadows: shadow::Shadows::default(),
                changing_releases: tokio::sync::Mutex::default(),
                stop: CancellationToken::new(),
                tasks: TaskTracker::new(),
            }),
        }
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The flows.
    pub fn library(&self) -> &Arc<Library> {
        &self.inner.library
    }

    /// The tenant whose sessions these are.
    pub fn tenant(&self) -> &str {
        &self.inner.tenant
    }

    /// The configuration.
    pub fn config(&self) -> &Arc<Config> {
        &self.inner.config
    }

    /// The secrets that are kept.
    pub fn vault(&self) -> Option<&Arc<Vault>> {
        self.inner.services.vault()
    }

    /// The metrics.
    pub fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    /// Sessions that are in memory, with their flow.
    pub fn live(&self) -> Vec<(Arc<str>, Arc<str>)> {
        self.map().iter().map(|(id, live)| (id.clone(), live.flow.clone())).collect()
    }

    fn map(&self) -> std::sync::MutexGuard<'_, HashMap<Arc<str>, Live>> {
        self.inner.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a session. When this returns, its first turn is on the disk and its first commands are being performed.
    pub async fn open(&self, opening: Opening) -> Result<Receipt, HostError> {
        if self.inner.stop.is_cancelled() {
            return Err(HostError::ShuttingDown);
        }
        if self.map().len() >= self.inner.config.limits.sessions as usize {
            return Err(HostError::Busy);
        }
        let program = self.program_for(&opening.flow, &opening.contact.address);
        let program = program.ok_or_else(|| HostError::NoFlow(opening.flow.clone()))?;
        session::open(self, program, opening).await
    }

    /// Hands an event to a session and waits until its turn is on the disk. An event whose `key` the session has seen
    /// before is not handled again; the receipt of the first time comes back.
    pub async fn send(&self, session: &str, event: Event, key: Option<&str>) -> Result<Receipt, HostError> {
        let (reply, answer) = oneshot::channel();
        let mut post = Post::Event(Letter { event, key: key.map(Into::into), reply: Some(reply) });
        // A task that is just leaving memory closes its inbox; the next one takes the event.
        for _ in 0..3 {
            let inbox = self.inbox(session)?;
            match inbox.send_timeout(post, Duration::from_secs(10)).await {
                Ok(()) => return answer.await.unwrap_or(Err(HostError::ShuttingDown)),
                Err(mpsc::error::SendTimeoutError::Timeout(_)) => return Err(HostError::Busy),
                Err(mpsc::error::SendTimeoutError::Closed(back)) => post = back,
            }
        }
        Err(HostError::ShuttingDown)
    }

    /// Hands an event to a session without waiting. Says whether there was room for it.
    pub fn post(&self, session: &str, event: Event) -> bool {
        let post = Post::Event(Letter { event, key: None, reply: None });
        self.inbox(session).is_ok_and(|inbox| inbox.try_send(post).is_ok())
    }

    /// The number of the session's last turn on the disk, and a way to wait for the next one. `None` for a session
    /// that is not in memory. Turns from this call on are changes.
    pub fn turns(&self, session: &str) -> Option<watch::Receiver<u64>> {
        let mut turns = self.map().get(session)?.turns.clone();
        turns.mark_unchanged();
        Some(turns)
    }

    /// The inbox of a session; its task is started when it has none.
    fn inbox(&self, session: &str) -> Result<mpsc::Sender<Post>, HostError> {
        if self.inner.stop.is_cancelled() {
            return Err(HostError::ShuttingDown);
        }
        let mut map = self.map();
        if let Some(live) = map.get(session) {
            return Ok(live.inbox.clone());
        }
        let id: Arc<str> = session.into();
        let (inbox, posts) = mpsc::channel(INBOX);
        let (told, turns) = watch::channel(0);
        map.insert(id.clone(), Live { inbox: inbox.clone(), turns, flow: "".into() });
        drop(map);
        let host = self.clone();
        self.inner.tasks.spawn(session::take_up(host, id, posts, told));
        Ok(inbox)
    }

    /// The program that a stored session runs on: the one served now, or else the one made of the versions it is
    /// pinned to.
    pub async fn program_of(&self, row: &store::SessionRow) -> Result<Arc<Program>, HostError> {
        self.inner.library.pinned(&self.inner.store, &self.inner.tenant, row).await
    }

    /// The programs that a stored session ran on, by its journal.
    pub async fn programs_of(&self, row: &store::SessionRow, journal: &[Entry]) -> Result<Programs, HostError> {
        let mut moves = journal.iter().filter_map(|entry| match &entry.event {
            Event::Moved(moved) => Some(&**moved),
            _ => None,
        });
        let last = self.program_of(row).await?;
        let Some(first) = moves.next() else { return Ok(Programs::from(&*last)) };
        let mut later = Vec::new();
        for versions in std::iter::once(&first.to).chain(moves.map(|moved| &moved.to)) {
            later.push((*self.program_named(&row.flow, versions).await?).clone());
        }
        Ok(Programs::new((*self.program_named(&row.flow, &first.from).await?).clone(), later))
    }

    async fn program_named(&self, flow: &str, versions: &Versions) -> Result<Arc<Program>, HostError> {
        let pins = serde_json::to_string(&versions.flows).expect("numbers by name are plain data");
        let pinned = library::Pinned { flow, hash: &versions.program, versions: &pins };
        self.inner.library.kept(&self.inner.store, &self.inner.tenant, pinned).await
    }

    /// A session's whole journal.
    pub async fn journal(&self, session: &str) -> Result<Vec<Entry>, HostError> {
        let mut journal = Vec::new();
        let mut after = -1;
        loop {
            let page = self.inner.store.journal(&self.inner.tenant, session, after, JOURNAL_PAGE).await?;
            let Some(last) = page.last() else { return Ok(journal) };
            after = last.seq;
            for entry in page {
                let malformed =
                    |error: serde_json::Error| HostError::Load(format!("turn {} cannot be read: {error}", entry.seq));
                journal.push(Entry {
                    at_ms: entry.at_ms,
                    event: serde_json::from_str(&entry.event).map_err(malformed)?,
                    commands: serde_json::from_str(&entry.commands).map_err(malformed)?,
                });
            }
        }
    }

    /// Wakes waiting sessions when their moment comes, until the host stops.
    pub fn run_clock(&self) {
        let host = self.clone();
        self.inner.tasks.spawn(async move {
            let mut every = tokio::time::interval(WAKE_EVERY);
            every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    () = host.inner.stop.cancelled() => return,
                    _ = every.tick() => {}
                }
                match host.inner.store.due_sessions(now_ms(), WAKE_PAGE).await {
                    Ok(due) => {
                        for (tenant, session, _) in due {
                            // A live session keeps its own time.
                            if *tenant == *host.inner.tenant && host.turns(&session).is_none() {
                                host.post(&session, Event::Timer);
                            }
                        }
                    }
                    Err(error) => tracing::error!(%error, "the store does not tell which sessions are due"),
                }
            }
        });
    }

    /// Ends the sessions of a chat that has been silent for too long, and removes what is kept for too long, once.
    pub async fn tidy_up(&self) -> Result<(), store::Error> {
        let now = now_ms();
        let limit = i64::try_from(self.inner.config.limits.chat_idle.as_millis()).unwrap_or(i64::MAX);
        let mut after: Option<(String, String)> = None;
        loop {
            let cursor = after.as_ref().map(|(tenant, id)| (tenant.as_str(), id.as_str()));
            let page = self.inner.store.active_sessions(cursor, WAKE_PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some((last.tenant.clone(), last.id.clone()));
            for row in page.iter().filter(|row| row.state == SessionState::Active && *row.tenant == *self.inner.tenant)
            {
                if now.saturating_sub(row.updated_at_ms) > limit {
                    let reason = offhook_runtime::Hangup { reason: "idle".to_owned() };
                    self.post(&row.id, Event::Hangup(reason));
                }
            }
        }
        let (created_before, seen_before) = crate::people::ended_before(now);
        self.inner.store.prune_sign_ins(created_before, seen_before).await?;
        let retention = i64::try_from(self.inner.config.store.retention.as_millis()).unwrap_or(i64::MAX);
        if retention > 0 {
            self.inner.store.prune_audit(now.saturating_sub(retention)).await?;
            self.inner.store.prune(now.saturating_sub(retention)).await?;
            self.inner.store.prune_shadow_examples(now.saturating_sub(retention)).await?;
        }
        Ok(())
    }

    /// Takes no more events, lets every task finish its turn, and returns. What waits goes on after the next start.
    pub async fn stop(&self) {
        self.inner.stop.cancel();
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
    }

    /// Completes when the host has been told to stop.
    pub fn stopping(&self) -> CancellationToken {
        self.inner.stop.clone()
    }
}

/// The present, in Unix milliseconds. The only clock that sessions are given.
pub fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
