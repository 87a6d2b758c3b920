//! Conversations that wait are moved to the release that has become live, as far as its flows say `migrate:`. Each is moved by
//! the task that owns it, in a turn of its own; the rest stay where they began. What a preview tells of a conversation is worked
//! out by the same function.

use super::releases::ReleaseError;
use super::{Host, HostError, Moving, Post};
use crate::store::{Change, SessionFilter, SessionRow, SessionState};
use futures_util::StreamExt as _;
use offhook_flow_schemas::{Diagnostic, sort_diagnostics};
use offhook_runtime::migration::{Migration, Stay};
use offhook_runtime::replay::Place;
use offhook_runtime::{Program, Session};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// Rows that are looked at in one page.
const PAGE: usize = 200;

/// Conversations that are moved at once: enough to keep the disk busy, few beside those that are served.
const AT_ONCE: usize = 16;

/// How long one conversation may take, which may be in the middle of a turn.
const TURN: Duration = Duration::from_secs(10);

/// Who is named in the log.
const MIGRATE: &str = "migrate";

/// What becomes of a conversation that waits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It goes on in the new version.
    Moves {
        /// The node that takes over.
        to: Place,
        /// Whether the contact is asked anew; otherwise nobody notices.
        anew: bool,
    },
    /// It ends on the version that it is on.
    Stays(Stay),
}

/// How far conversations have been moved to a release.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moves {
    /// The release.
    pub release: i64,
    /// Those that go on in it.
    pub moved: usize,
    /// Those that end where they began.
    pub stayed: usize,
    /// Those of them that could not be moved although they should have been.
    pub failed: usize,
    /// Whether all have been looked at.
    pub done: bool,
}

/// Ways to one program, by the hash of the other one.
pub(super) struct Ways {
    target: Arc<Program>,
    known: HashMap<String, Arc<Migration>>,
}

impl Ways {
    pub(super) fn to(target: Arc<Program>) -> Ways {
        Ways { target, known: HashMap::new() }
    }

    /// The way from what a session runs on.
    pub(super) async fn from(&mut self, host: &Host, row: &SessionRow) -> Result<Arc<Migration>, HostError> {
        if let Some(known) = self.known.get(&row.program_hash) {
            return Ok(known.clone());
        }
        let way = Arc::new(Migration::new(&*host.program_of(row).await?, &self.target));
        self.known.insert(row.program_hash.clone(), way.clone());
        Ok(way)
    }
}

/// What would become of a session as it was saved; nothing for one that runs on the new version already.
pub(super) fn fate(way: &Migration, session: &Session, now_ms: i64) -> Option<Fate> {
    match way.carry(session, now_ms) {
        Ok(carried) => {
            let (flow, node) = carried.to;
            Some(Fate::Moves { to: Place { flow, node }, anew: carried.anew })
        }
        Err(Stay::Same) => None,
        Err(stay) => Some(Fate::Stays(stay)),
    }
}

impl Host {
    /// What is wrong with the rules of the flows of a draft, held against the program that is live.
    pub(super) fn check_rules(&self, live: &Program, draft: &Program) -> Vec<Diagnostic> {
        let way = Migration::new(live, draft);
        let serving = self.inner.library.serving();
        let documents = draft.flows().filter_map(|flow| serving.file(&flow.id)?.document.clone());
        let mut found: Vec<Diagnostic> = documents.flat_map(|document| way.check(&document)).collect();
        sort_diagnostics(&mut found);
        found
    }

    /// How far conversations have been moved to the release that became live last, since the server started.
    pub fn moves(&self, flow: &str) -> Option<Moves> {
        self.inner.releases.sweeps().get(flow).map(|sweep| sweep.moves)
    }

    /// Begins to move who waits to the release that is live, unless that is under way. Called while nothing else changes what
    /// is live, so that the last sweep is the one for what is live.
    pub(super) fn start_moving(&self, flow: &str, release: i64) -> Option<tokio::task::JoinHandle<()>> {
        let target = self.program(flow)?;
        let (run, turn) = {
            let mut sweeps = self.inner.releases.sweeps();
            let sweep = sweeps.entry(flow.to_owned()).or_default();
            if sweep.is_running && sweep.moves.release == release {
                return None;
            }
            sweep.run += 1;
            sweep.moves = Moves { release, ..Moves::default() };
            sweep.is_running = true;
            (sweep.run, sweep.turn.clone())
        };
        let (host, flow) = (self.clone(), flow.to_owned());
        Some(self.inner.tasks.spawn(async move {
            // What the sweep before has under way comes to its end first, or it would move somebody back.
            let _turn = turn.lock().await;
            let sweep = Current { host: &host, flow: &flow, run, target };
            if let Err(error) = sweep.all(release).await {
                tracing::error!(target: "offhook::releases", flow, %error, "not everybody could be moved; it is tried again");
            }
            sweep.update(|sweep| sweep.is_running = false);
        }))
    }

    /// Goes on with what a schedule brought, or a stop of the server or a failure left undone.
    pub(super) async fn resume_moving(&self, flow: &str) -> Result<(), ReleaseError> {
        let _alone = self.inner.changing_releases.lock().await;
        let all = self.inner.store.live_releases(&self.inner.tenant).await?;
        if let Some(release) = all.into_iter().find(|live| live.flow == flow).and_then(|live| live.moving) {
            self.start_moving(flow, release);
        }
        Ok(())
    }
}

/// The moving of all who wait in conversations of one flow.
#[derive(Default)]
pub(super) struct Sweep {
    /// Which it is; another one makes it stop.
    run: u64,
    is_running: bool,
    moves: Moves,
    /// Held by the one that works.
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// A sweep at work.
struct Current<'a> {
    host: &'a Host,
    flow: &'a str,
    run: u64,
    target: Arc<Program>,
}

impl Current<'_> {
    /// Whether no other sweep has taken its place, and the server goes on.
    fn is_wanted(&self) -> bool {
        let is_last = self.host.inner.releases.sweeps().get(self.flow).is_some_and(|sweep| sweep.run == self.run);
        let is_live = || self.host.program(self.flow).is_some_and(|live| live.hash() == self.target.hash());
        is_last && !self.host.inner.stop.is_cancelled() && is_live()
    }

    fn update(&self, change: impl FnOnce(&mut Sweep)) {
        if let Some(sweep) = self.host.inner.releases.sweeps().get_mut(self.flow).filter(|sweep| sweep.run == self.run)
        {
            change(sweep);
        }
    }

    async fn all(&self, release: i64) -> Result<(), ReleaseError> {
        let mut moves = Moves { release, ..Moves::default() };
        if self.target.flows().any(offhook_runtime::CompiledFlow::takes_over) {
            self.pages(&mut moves).await?;
        }
        if !self.is_wanted() {
            return Ok(());
        }
        let Moves { moved, stayed, failed, .. } = moves;
        let note = match moved + stayed {
            0 => String::new(),
            _ => format!("{moved} conversations moved, {stayed} end on their version"),
        };
        let inner = &self.host.inner;
        let done = Change::Moved(release);
        // Where another release is live by now, nothing happens: that one has a sweep of its own.
        inner.store.change_live(&inner.tenant, self.flow, done, MIGRATE, &note, super::now_ms()).await?.ok();
        moves.done = true;
        self.update(|sweep| sweep.moves = moves);
        if moved + stayed > 0 {
            tracing::info!(
                target: "offhook::releases", flow = self.flow, release, moved, stayed, failed,
                "conversations that waited have been looked at"
            );
        }
        Ok(())
    }

    async fn pages(&self, moves: &mut Moves) -> Result<(), ReleaseError> {
        let (host, store) = (self.host, &self.host.inner.store);
        let filter = SessionFilter {
            flow: Some(self.flow.to_owned()),
            state: Some(SessionState::Active),
            ..SessionFilter::default()
        };
        let mut ways = Ways::to(self.target.clone());
        let mut after = None;
        loop {
            let (rows, next) = store.sessions(&host.inner.tenant, &filter, after.as_ref(), PAGE).await?;
            let mut ready = Vec::with_capacity(rows.len());
            for row in rows.iter().filter(|row| row.program_hash != self.target.hash()) {
                match ways.from(host, row).await {
                    Ok(way) if way.has_rules() => ready.push((row.id.clone(), way)),
                    Ok(_) => moves.stayed += 1,
                    Err(error) => {
                        tracing::warn!(target: "offhook::releases", session = row.id, %error, "what it runs on is not at hand");
                        (moves.stayed, moves.failed) = (moves.stayed + 1, moves.failed + 1);
                    }
                }
            }
            let mut moving = futures_util::stream::iter(ready)
                .map(|(id, way)| async move { if self.is_wanted() { host.move_one(&id, &way).await } else { None } })
                .buffer_unordered(AT_ONCE);
            while let Some(moved) = moving.next().await {
                match moved {
                    Some(Moving::Moved) => moves.moved += 1,
                    Some(Moving::Stays(Stay::Ended | Stay::Same)) | None => {}
                    Some(Moving::Stays(_)) => moves.stayed += 1,
                    Some(Moving::Failed) => (moves.stayed, moves.failed) = (moves.stayed + 1, moves.failed + 1),
                }
                self.update(|sweep| sweep.moves = *moves);
            }
            drop(moving);
            if !self.is_wanted() {
                return Ok(());
            }
            match next {
                Some(cursor) if !rows.is_empty() => after = Some(cursor),
                _ => return Ok(()),
            }
        }
    }
}

impl Host {
    /// Asks the task of a session to move it; nothing where it has ended, or the server stops.
    async fn move_one(&self, session: &str, way: &Arc<Migration>) -> Option<Moving> {
        // A task that is just leaving memory closes its inbox; the next one takes the order.
        for _ in 0..3 {
            let (reply, answer) = oneshot::channel();
            let inbox = self.inbox(session).ok()?;
            match inbox.send_timeout(Post::Move(way.clone(), reply), TURN).await {
                Ok(()) => match tokio::time::timeout(TURN, answer).await {
                    Ok(Ok(moving)) => return Some(moving),
                    Ok(Err(_)) => {}
                    Err(_) => return Some(busy(session)),
                },
                Err(tokio::sync::mpsc::error::SendTimeoutError::Closed(_)) => {}
                Err(tokio::sync::mpsc::error::SendTimeoutError::Timeout(_)) => {
                    return Some(busy(session));
                }
            }
        }
        None
    }
}

fn busy(session: &str) -> Moving {
    tracing::warn!(target: "offhook::releases", session, "it is busy and could not be moved; it stays");
    Moving::Failed
}
