//! What publishing a draft would do: what it changes, what becomes of those who wait, and which of the last conversations would
//! have gone another way.

use super::releases::ReleaseError;
use super::waiting::{Changed, Waiting};
use super::{Host, HostError, now_ms};
use crate::replays::{Candidate, Compared, Recorded, compare};
use crate::store::{SessionFilter, SessionRow, SessionState};
use offhook_flow_schemas::Diagnostic;
use offhook_runtime::replay::{Outcome, Totals};
use std::sync::Arc;
use std::time::Duration;

/// Sessions in memory at once.
const BATCH: usize = 64;

/// Conversations that are looked at, whatever is asked.
const MOST: usize = 2_000;

/// Conversations that differ and are told one by one; the totals count all.
const TOLD: usize = 200;

/// What publishing would do.
#[derive(Debug)]
pub struct Preview {
    /// Whether what is live is the same already.
    pub same: bool,
    /// What changes for those who call, flow by flow.
    pub changes: Vec<Changed>,
    /// What is wrong with the rules by which conversations would be moved; an error stops publishing.
    pub rules: Vec<Diagnostic>,
    /// Who waits where and what becomes of them, most first.
    pub waiting: Vec<Waiting>,
    /// Waiting conversations that were not looked at, because there are too many.
    pub more_waiting: bool,
    /// The last conversations on the draft.
    pub totals: Totals,
    /// Those that would have gone another way, newest first.
    pub differing: Vec<Compared>,
}

impl Host {
    /// Looks at what publishing the draft of a flow would do: the conversations that go on, and the last `sessions` of those
    /// that ended within `period`, replayed on the draft. Nothing changes.
    pub async fn preview(&self, flow: &str, sessions: usize, period: Duration) -> Result<Preview, ReleaseError> {
        let draft = self.draft(flow)?;
        let live = self.program(flow);
        let (waiting, more_waiting) = self.waiting(&draft).await?;
        let (mut changes, mut rules) = (Vec::new(), Vec::new());
        if let Some(live) = &live {
            changes = self.changes(live, &draft).await.map_err(load)?;
            rules = self.check_rules(live, &draft);
        }
        let from_ms = now_ms().saturating_sub(i64::try_from(period.as_millis()).unwrap_or(i64::MAX));
        let filter = SessionFilter {
            flow: Some(flow.to_owned()),
            state: Some(SessionState::Ended),
            from_ms: Some(from_ms),
            ..SessionFilter::default()
        };
        let candidate = Arc::new(Candidate::one(draft.clone()));
        let (mut totals, mut differing) = (Totals::default(), Vec::new());
        let (mut left, mut after) = (sessions.min(MOST), None);
        while left > 0 {
            let page = self.inner.store.sessions(&self.inner.tenant, &filter, after.as_ref(), left.min(BATCH)).await?;
            let (rows, next) = page;
            left -= rows.len();
            let mut batch = Vec::with_capacity(rows.len());
            for row in &rows {
                batch.push(self.recorded(row).await.map_err(load)?);
            }
            let candidate = candidate.clone();
            // Replaying takes the processor, not the disk: not on the threads that answer people.
            let (compared, grown) = tokio::task::spawn_blocking(move || {
                let compared = compare(&candidate, batch, &mut totals);
                (compared, totals)
            })
            .await
            .map_err(|error| ReleaseError::Load(error.to_string()))?;
            totals = grown;
            let room = TOLD.saturating_sub(differing.len());
            differing
                .extend(compared.into_iter().filter(|one| !matches!(one.outcome, Outcome::Same { .. })).take(room));
            match next {
                Some(cursor) if !rows.is_empty() => after = Some(cursor),
                _ => break,
            }
        }
        let same = live.is_some_and(|live| live.hash() == draft.hash());
        Ok(Preview { same, changes, rules, waiting, more_waiting, totals: totals.finish(), differing })
    }

    /// A session of the store, ready to be replayed. A version that this build cannot make any more is no reason not to look.
    pub async fn recorded(&self, row: &SessionRow) -> Result<Recorded, HostError> {
        let journal = self.journal(&row.id).await?;
        Ok(Recorded::Stored {
            session: row.id.clone(),
            flow: row.flow.clone(),
            version: u32::try_from(row.version).unwrap_or(u32::MAX),
            own: self.programs_of(row, &journal).await.ok(),
            journal,
        })
    }
}

pub(super) fn load(error: HostError) -> ReleaseError {
    match error {
        HostError::Store(error) => ReleaseError::Store(error),
        other => ReleaseError::Load(other.to_string()),
    }
}
