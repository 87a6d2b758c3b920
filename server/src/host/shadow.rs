//! Shadows (dark launches): a candidate runs beside the new conversations of a flow. It is handed the events that they handle, and
//! what it would have done is compared and never done. A conversation does not wait for it, does not know of it, and goes on
//! as it is whatever becomes of it. Who follows the conversations is in `follow`, what is counted in `tally`.

mod follow;
mod tally;

pub(super) use follow::Fed;
pub use tally::Tally;
use tally::{Failure, Seen};

use super::releases::ReleaseError;
use super::session::pins;
use super::{Host, now_ms};
use crate::store::{self, NewShadow, Refusal, ShadowExample, ShadowRow};
use offhook_runtime::Program;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

/// Flows of a tenant that may be in shadow at a time: each keeps candidates of many conversations in memory.
const SHADOWS: usize = 8;

/// Conversations of one shadow that are followed at a time. Enough to see what a candidate does; a session may hold several
/// hundred kilobytes.
const FOLLOWED: usize = 500;

/// Turns that may wait to be followed. A candidate that is further behind has lost its conversation.
const QUEUE: usize = 1_024;

/// What is told of a shadow.
#[derive(Debug, Clone)]
pub struct Shadowed {
    /// What it is, and whether it runs.
    pub row: ShadowRow,
    /// What has come of it.
    pub tally: Tally,
    /// Conversations that are being followed.
    pub following: usize,
    /// Divergences that are quoted.
    pub examples: Vec<ShadowExample>,
}

/// A shadow that runs.
pub(super) struct Shadow {
    flow: String,
    number: i64,
    program: Arc<Program>,
    turns: mpsc::Sender<Fed>,
    over: CancellationToken,
    /// Conversations that are followed.
    followed: Mutex<HashSet<Arc<str>>>,
    results: Mutex<Results>,
    /// Held while results are written, so that older ones do not come last.
    saving: tokio::sync::Mutex<()>,
}

/// What has come of it, and what of that is not in the store yet.
#[derive(Default)]
struct Results {
    tally: Tally,
    examples: Vec<ShadowExample>,
    is_saved: bool,
}

/// The shadows of a tenant that run, by flow.
pub(super) struct Shadows {
    running: Mutex<HashMap<String, Arc<Shadow>>>,
    /// Held while a candidate works: they never take more than one thread from those who serve people.
    at_work: Semaphore,
}

impl Default for Shadows {
    fn default() -> Self {
        Shadows { running: Mutex::default(), at_work: Semaphore::new(1) }
    }
}

impl Shadows {
    fn running(&self) -> MutexGuard<'_, HashMap<String, Arc<Shadow>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shadow {
    fn followed(&self) -> MutexGuard<'_, HashSet<Arc<str>>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn results(&self) -> MutexGuard<'_, Results> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands it a turn that was made. Says whether it wants more of this conversation. Never waits.
    pub(super) fn feed(&self, host: &Host, turn: Fed) -> bool {
        let session = turn.session();
        if !self.followed().contains(&session) {
            return false;
        }
        match self.turns.try_send(turn) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Closed(_)) => false,
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.finish(host, &session, &Seen::Fails(Failure::Behind));
                false
            }
        }
    }

    /// What has come of a conversation, once.
    fn finish(&self, host: &Host, session: &Arc<str>, seen: &Seen) {
        if !self.followed().remove(session) || self.over.is_cancelled() {
            return;
        }
        let metrics = &host.inner.metrics;
        match seen {
            Seen::Same => metrics.shadowed(&self.flow, "same"),
            Seen::Fails(failure) => {
                tracing::debug!(
                    target: "offhook::releases", flow = self.flow, session = &**session, failure = failure.as_str(),
                    "a shadow fails"
                );
                metrics.shadowed(&self.flow, "failed");
            }
            Seen::Parts(difference) => {
                metrics.shadowed(&self.flow, "diverged");
                metrics.shadow_diverged(&self.flow, &difference.place.to_string(), difference.what.kind());
            }
        }
        let mut results = self.results();
        let is_example = results.tally.add(seen);
        results.is_saved = false;
        if let Seen::Parts(difference) = seen
            && is_example
        {
            let example = serde_json::to_string(difference).expect("a difference is plain data");
            results.examples.push(ShadowExample { session: session.to_string(), at_ms: now_ms(), example });
        }
    }

    /// Writes what is new. What could not be written is tried again.
    async fn save(&self, host: &Host) {
        let _alone = self.saving.lock().await;
        let (kept, examples) = {
            let mut results = self.results();
            if results.is_saved {
                return;
            }
            results.is_saved = true;
            let kept = serde_json::to_string(&results.tally).expect("numbers by name are plain data");
            (kept, std::mem::take(&mut results.examples))
        };
        let (store, tenant) = (&host.inner.store, &host.inner.tenant);
        if let Err(error) = store.keep_shadow(tenant, &self.flow, self.number, kept, examples.clone()).await {
            tracing::warn!(target: "offhook::releases", flow = self.flow, %error, "what a shadow showed could not be kept");
            let mut results = self.results();
            results.is_saved = false;
            results.examples.splice(0..0, examples);
        }
    }
}

impl Host {
    /// The shadow that follows a new conversation, from now on.
    pub(super) fn shadow_for_new(&self, flow: &str, session: &Arc<str>) -> Option<Arc<Shadow>> {
        let shadow = self.inner.shadows.running().get(flow)?.clone();
        {
            let mut followed = shadow.followed();
            if followed.len() < FOLLOWED {
                followed.insert(session.clone());
                drop(followed);
                return Some(shadow);
            }
        }
        let mut results = shadow.results();
        (results.tally.skipped, results.is_saved) = (results.tally.skipped + 1, false);
        self.inner.metrics.shadowed(flow, "skipped");
        None
    }

    /// The shadow that follows a conversation which comes back to memory.
    pub(super) fn shadow_of(&self, flow: &str, session: &str) -> Option<Arc<Shadow>> {
        let shadow = self.inner.shadows.running().get(flow)?.clone();
        let follows = shadow.followed().contains(session);
        follows.then_some(shadow)
    }

    /// Lets a release of a flow, or its draft, run beside the conversations that begin from now on. One that runs ends.
    pub async fn begin_shadow(
        &self,
        flow: &str,
        release: Option<i64>,
        author: &str,
        note: &str,
    ) -> Result<(), ReleaseError> {
        self.check_mode()?;
        let _one_at_a_time = self.inner.changing_releases.lock().await;
        let (store, tenant) = (&self.inner.store, &*self.inner.tenant);
        let (program, pinned) = match release {
            None => {
                let program = self.draft(flow)?;
                let pinned = pins(&program);
                (program, pinned)
            }
            Some(number) => {
                let release = store.release(tenant, flow, number).await?.ok_or(Refusal::NoRelease(number))?;
                (self.program_of_release(&release).await?, release.pinned)
            }
        };
        {
            let running = self.inner.shadows.running();
            if running.len() >= SHADOWS && !running.contains_key(flow) {
                return Err(Refusal::ManyShadows(SHADOWS).into());
            }
        }
        let new = NewShadow { release, program_hash: program.hash().to_owned(), pinned };
        let row = store.begin_shadow(tenant, flow, new, author, note, now_ms()).await??;
        tracing::info!(target: "offhook::releases", flow, release, author, "a shadow begins");
        self.run_shadow(&row, program);
        Ok(())
    }

    /// Ends the shadow of a flow. What it showed stays.
    pub async fn stop_shadow(&self, flow: &str, author: &str, note: &str) -> Result<(), ReleaseError> {
        self.check_mode()?;
        let _one_at_a_time = self.inner.changing_releases.lock().await;
        self.end_shadow(flow, "it was stopped", author, note).await
    }

    /// Called while nothing else changes what is live.
    async fn end_shadow(
        &self,
        flow: &str,
        because: &'static str,
        author: &str,
        note: &str,
    ) -> Result<(), ReleaseError> {
        let (store, tenant) = (&self.inner.store, &*self.inner.tenant);
        store.end_shadow(tenant, flow, because, author, note, now_ms()).await??;
        let running = self.inner.shadows.running().remove(flow);
        if let Some(shadow) = running {
            shadow.over.cancel();
            shadow.save(self).await;
        }
        tracing::info!(target: "offhook::releases", flow, because, author, "a shadow is over");
        Ok(())
    }

    /// A candidate that people have got is no shadow any more. Called while nothing else changes what is live.
    pub(super) async fn end_shadow_of(&self, flow: &str, published: &[&Program], author: &str) {
        let is_it = {
            let running = self.inner.shadows.running();
            running.get(flow).is_some_and(|shadow| published.iter().any(|one| one.hash() == shadow.program.hash()))
        };
        if is_it && let Err(error) = self.end_shadow(flow, "it was published", author, "").await {
            tracing::error!(target: "offhook::releases", flow, %error, "the shadow of what was published goes on");
        }
    }

    /// Goes on with the shadows that ran when the server went down. Conversations of before are not followed any more.
    pub(super) async fn take_up_shadows(&self) -> Result<(), ReleaseError> {
        for row in self.inner.store.running_shadows(&self.inner.tenant).await? {
            let pinned = super::library::Pinned { flow: &row.flow, hash: &row.program_hash, versions: &row.pinned };
            match self.inner.library.kept(&self.inner.store, &self.inner.tenant, pinned).await {
                Ok(program) => self.run_shadow(&row, program),
                Err(error) => {
                    let flow = &row.flow;
                    tracing::error!(target: "offhook::releases", flow, %error, "a shadow cannot run any more; it ends");
                    self.end_shadow(flow, "it cannot run any more", "start", "").await?;
                }
            }
        }
        Ok(())
    }

    fn run_shadow(&self, row: &ShadowRow, program: Arc<Program>) {
        let (turns, waiting) = mpsc::channel(QUEUE);
        let tally = serde_json::from_str(&row.results).unwrap_or_default();
        let shadow = Arc::new(Shadow {
            flow: row.flow.clone(),
            number: row.number,
            program,
            turns,
            over: CancellationToken::new(),
            followed: Mutex::default(),
            results: Mutex::new(Results { tally, examples: Vec::new(), is_saved: true }),
            saving: tokio::sync::Mutex::default(),
        });
        let before = self.inner.shadows.running().insert(row.flow.clone(), shadow.clone());
        if let Some(before) = before {
            before.over.cancel();
        }
        self.inner.tasks.spawn(follow::follow(self.clone(), shadow, waiting));
    }

    /// What the shadow of a flow shows that runs, or ran last.
    pub async fn shadowed(&self, flow: &str) -> Result<Option<Shadowed>, store::Error> {
        let Some(row) = self.inner.store.last_shadow(&self.inner.tenant, flow).await? else { return Ok(None) };
        let mut examples = self.inner.store.shadow_examples(&self.inner.tenant, flow, row.number).await?;
        let running = self.inner.shadows.running().get(flow).filter(|running| running.number == row.number).cloned();
        let Some(running) = running else {
            let tally = serde_json::from_str(&row.results).unwrap_or_default();
            return Ok(Some(Shadowed { row, tally, following: 0, examples }));
        };
        let following = running.followed().len();
        let results = running.results();
        for example in &results.examples {
            if !examples.iter().any(|known| known.session == example.session) {
                examples.push(example.clone());
            }
        }
        Ok(Some(Shadowed { row, tally: results.tally.clone(), following, examples }))
    }
}
