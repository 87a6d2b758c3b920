//! What comes by itself: a release whose moment has come becomes live, a canary that fails is taken back, and conversations
//! that a stop of the server left unmoved are moved. Each flow is looked at by itself: what is wrong with one keeps no other
//! waiting.

use super::releases::ReleaseError;
use super::{Host, now_ms};
use crate::config::LiveFlows;
use crate::store::{Canary, Change, Live};
use std::sync::PoisonError;
use std::time::Duration;
use tokio::time::Instant;

/// How often schedules and guards are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long until a release that was due and cannot run is tried again: it is compiled each time.
const TRY_AGAIN: Duration = Duration::from_secs(60);

/// Who is named where nobody decided.
const CLOCK: &str = "schedule";
const GUARD: &str = "guard";

impl Host {
    /// Brings what is scheduled and takes back canaries that fail, until the host stops.
    pub fn run_releases(&self) {
        if self.inner.config.flows.live != LiveFlows::Releases {
            return;
        }
        let host = self.clone();
        self.inner.tasks.spawn(async move {
            let mut every = tokio::time::interval(LOOK_EVERY);
            every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    () = host.inner.stop.cancelled() => return,
                    _ = every.tick() => {}
                }
                host.look_at_releases().await;
            }
        });
    }

    pub(super) async fn look_at_releases(&self) {
        let all = match self.inner.store.live_releases(&self.inner.tenant).await {
            Ok(all) => all,
            Err(error) => {
                tracing::error!(target: "offhook::releases", %error, "the store does not tell what is live");
                return;
            }
        };
        for live in all {
            if let Err(error) = self.look_at_release(&live).await {
                let flow = live.flow;
                tracing::error!(target: "offhook::releases", flow, %error, "its schedule and its guard could not be looked at");
            }
        }
    }

    async fn look_at_release(&self, live: &Live) -> Result<(), ReleaseError> {
        if live.moving.is_some() {
            self.resume_moving(&live.flow).await?;
        }
        if let Some((number, at)) = live.next
            && at <= now_ms()
        {
            return self.bring(&live.flow, number).await;
        }
        let Some(Canary { number, since_ms, guard: Some(guard), .. }) = live.canary else { return Ok(()) };
        let release = self.inner.store.release(&self.inner.tenant, &live.flow, number).await?;
        let hash = release.map(|release| release.program_hash).unwrap_or_default();
        let outcomes = self.inner.store.outcomes(&self.inner.tenant, &live.flow, &hash, since_ms).await?;
        if outcomes.ended >= i64::from(guard.after) && outcomes.failed * 100 > outcomes.ended * i64::from(guard.percent)
        {
            let note = format!("{} of {} conversations failed", outcomes.failed, outcomes.ended);
            tracing::warn!(target: "offhook::releases", flow = live.flow, canary = number, note, "the canary is taken back");
            self.change_live_alone(&live.flow, Change::GuardPassed(number), None, GUARD, &note).await?;
        }
        Ok(())
    }

    /// Makes live what is due. What cannot run stays scheduled, is told in the log, and is tried again after a while.
    async fn bring(&self, flow: &str, number: i64) -> Result<(), ReleaseError> {
        let held = || self.inner.releases.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held().get(flow).is_some_and(|(held, until)| *held == number && *until > Instant::now()) {
            return Ok(());
        }
        match self.change_live_alone(flow, Change::Due, None, CLOCK, "").await {
            Err(ReleaseError::Load(why)) => {
                held().insert(flow.to_owned(), (number, Instant::now() + TRY_AGAIN));
                tracing::error!(target: "offhook::releases", flow, release = number, why, "what is due cannot run; it stays scheduled");
                let (store, tenant) = (&self.inner.store, &*self.inner.tenant);
                // Where it is not scheduled any more, there is nothing to tell.
                store.change_live(tenant, flow, Change::Held(number), CLOCK, &shortened(&why), now_ms()).await?.ok();
                Ok(())
            }
            changed => {
                held().remove(flow);
                changed.map(|_| ())
            }
        }
    }
}

/// A reason that fits into a note.
fn shortened(why: &str) -> String {
    why.chars().take(NOTE_CHARS).collect()
}

/// Characters of a reason that are kept: what is wrong with a flow, and its place.
const NOTE_CHARS: usize = 1_000;
