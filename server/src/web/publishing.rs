//! Releases through the editor's API: what it asks becomes calls of the host.

use super::house::{StoreHouse, failed};
use crate::host::{Fate, ReleaseError, Shadowed, Waiting};
use crate::store::{Coming, Guard, audit};
use async_trait::async_trait;
use jiff::Timestamp;
use offhook_editor_api::{
    CanarySetting, CanaryState, FlowChange, FlowReleases, GuardSetting, HouseError, MoveSummary, NextRelease,
    NodePlace, PreviewQuery, PromoteRequest, PublishRequest, Publishing, ReleaseEvent, ReleasePreview, ReleaseSummary,
    RollBackRequest, ShadowNode, ShadowReport, ShadowRequest, ShadowState, StopShadowRequest, WaitingAt,
};
use offhook_runtime::moment;
use std::time::Duration;

/// Releases and changes that are told at once.
const TOLD: usize = 100;

/// How far a preview looks back, where nobody says.
const PREVIEW_SESSIONS: usize = 200;
const PREVIEW_DAYS: u32 = 7;

impl From<ReleaseError> for HouseError {
    fn from(error: ReleaseError) -> Self {
        match error {
            ReleaseError::NoFlow(flow) => HouseError::NotFound(format!("flow `{flow}`")),
            ReleaseError::Share(_) | ReleaseError::GuardShare(_) | ReleaseError::Past => {
                HouseError::Senseless(error.to_string())
            }
            ReleaseError::Folder
            | ReleaseError::Broken(_)
            | ReleaseError::Rules(_)
            | ReleaseError::Refused(_)
            | ReleaseError::Unapproved { .. } => HouseError::Conflict(error.to_string()),
            // Text beyond a limit is the caller's to shorten.
            ReleaseError::Store(crate::store::Error::TooLarge { .. }) => HouseError::Senseless(error.to_string()),
            ReleaseError::Load(_) | ReleaseError::Store(_) => HouseError::Failed(error.to_string()),
        }
    }
}

/// Whoever gave no name.
fn named(author: &str) -> &str {
    if author.is_empty() { "api" } else { author }
}

#[async_trait]
impl Publishing for StoreHouse {
    async fn releases(&self, flow: &str) -> Result<FlowReleases, HouseError> {
        let Some(published) = self.host().published(flow, TOLD).await.map_err(failed)? else {
            let known = self.host().library().serving().file(flow).is_some();
            let none = FlowReleases {
                flow: flow.to_owned(),
                live: None,
                canary: None,
                next: None,
                moves: None,
                shadow: None,
                releases: Vec::new(),
                log: Vec::new(),
            };
            return if known { Ok(none) } else { Err(HouseError::NotFound(format!("flow `{flow}`"))) };
        };
        let setting = |guard: Guard| GuardSetting { percent: guard.percent, after: guard.after };
        Ok(FlowReleases {
            flow: flow.to_owned(),
            live: published.live.number,
            canary: published.live.canary.map(|canary| CanaryState {
                number: canary.number,
                setting: CanarySetting { percent: canary.percent, guard: canary.guard.map(setting) },
                since: moment(canary.since_ms),
            }),
            next: published.live.next.map(|(number, at)| {
                let last =
                    published.log.iter().find(|entry| entry.number == number).filter(|last| last.action == "held");
                NextRelease { number, at: moment(at), held_because: last.map(|last| last.note.clone()) }
            }),
            moves: self.host().moves(flow).map(|moves| MoveSummary {
                release: moves.release,
                moved: moves.moved,
                stayed: moves.stayed,
                failed: moves.failed,
                done: moves.done,
            }),
            shadow: self.host().shadowed(flow).await.map_err(failed)?.as_ref().map(state_of),
            releases: published
                .releases
                .into_iter()
                .map(|release| ReleaseSummary {
                    number: release.number,
                    hash: release.program_hash,
                    flows: serde_json::from_str(&release.pinned).unwrap_or_default(),
                    author: release.author,
                    note: release.note,
                    created_at: moment(release.created_at_ms),
                })
                .collect(),
            log: published
                .log
                .into_iter()
                .map(|entry| ReleaseEvent {
                    at: moment(entry.at_ms),
                    action: entry.action,
                    number: entry.number,
                    live: entry.live,
                    author: entry.author,
                    note: entry.note,
                })
                .collect(),
        })
    }

    async fn publish(&self, flow: &str, request: PublishRequest) -> Result<(), HouseError> {
        let coming = match (request.at, request.canary) {
            (Some(_), Some(_)) => {
                return Err(HouseError::Senseless("a canary begins at once: give `at` or `canary`".to_owned()));
            }
            (Some(at), None) => {
                let at: Timestamp = at
                    .parse()
                    .map_err(|_| HouseError::Senseless(format!("`{at}` is no moment such as 2026-12-24T08:00:00Z")))?;
                Coming::At(at.as_millisecond())
            }
            (None, Some(canary)) => {
                let guard = canary.guard.map(|guard| Guard { percent: guard.percent, after: guard.after });
                Coming::Canary(canary.percent, guard)
            }
            (None, None) => Coming::Now,
        };
        match coming {
            Coming::Now => {}
            Coming::At(at) => audit::detail(moment(at)),
            Coming::Canary(percent, _) => audit::detail(format!("{percent} %")),
        }
        self.host().publish(flow, coming, named(&request.author), &request.note).await?;
        Ok(())
    }

    async fn preview(&self, flow: &str, query: PreviewQuery) -> Result<ReleasePreview, HouseError> {
        let days = u64::from(query.days.unwrap_or(PREVIEW_DAYS));
        let period = Duration::from_secs(days.saturating_mul(86_400));
        let seen = self.host().preview(flow, query.sessions.unwrap_or(PREVIEW_SESSIONS), period).await?;
        let differing = seen.differing.into_iter().map(|one| {
            let mut told = serde_json::to_value(&one.outcome).unwrap_or_default();
            told["session"] = one.session.into();
            told["version"] = one.version.into();
            told
        });
        Ok(ReleasePreview {
            flow: flow.to_owned(),
            same: seen.same,
            changes: (seen.changes.into_iter())
                .map(|changed| FlowChange { flow: changed.flow, sentences: changed.sentences })
                .collect(),
            rules: seen.rules,
            waiting: seen.waiting.into_iter().map(waiting_at).collect(),
            more_waiting: seen.more_waiting,
            totals: serde_json::to_value(&seen.totals).unwrap_or_default(),
            differing: differing.collect(),
        })
    }

    async fn roll_back(&self, flow: &str, request: RollBackRequest) -> Result<(), HouseError> {
        self.known(flow).await?;
        if let Some(to) = request.to {
            audit::detail(format!("release {to}"));
        }
        self.host().roll_back(flow, request.to, named(&request.author), &request.note).await?;
        Ok(())
    }

    async fn promote(&self, flow: &str, request: PromoteRequest) -> Result<(), HouseError> {
        self.known(flow).await?;
        self.host().promote(flow, named(&request.author), &request.note).await?;
        Ok(())
    }

    async fn shadow(&self, flow: &str) -> Result<ShadowReport, HouseError> {
        self.known(flow).await?;
        let shadowed = self.host().shadowed(flow).await.map_err(failed)?;
        let shadowed = shadowed.ok_or_else(|| HouseError::NotFound(format!("a shadow of `{flow}`")))?;
        let examples = shadowed.examples.iter().map(|one| {
            let mut told: serde_json::Value = serde_json::from_str(&one.example).unwrap_or_default();
            told["session"] = one.session.as_str().into();
            told["at"] = moment(one.at_ms).into();
            told
        });
        Ok(ShadowReport { state: state_of(&shadowed), examples: examples.collect() })
    }

    async fn begin_shadow(&self, flow: &str, request: ShadowRequest) -> Result<(), HouseError> {
        self.known(flow).await?;
        self.host().begin_shadow(flow, request.release, named(&request.author), &request.note).await?;
        Ok(())
    }

    async fn stop_shadow(&self, flow: &str, request: StopShadowRequest) -> Result<(), HouseError> {
        self.known(flow).await?;
        self.host().stop_shadow(flow, named(&request.author), &request.note).await?;
        Ok(())
    }
}

fn state_of(shadowed: &Shadowed) -> ShadowState {
    let Shadowed { row, tally, following, .. } = shadowed;
    let nodes = tally.nodes.iter().map(|at| ShadowNode {
        flow: at.flow.clone(),
        node: at.node.clone(),
        kind: at.kind.clone(),
        sessions: at.sessions,
    });
    ShadowState {
        release: row.release,
        hash: row.program_hash.clone(),
        author: row.author.clone(),
        note: row.note.clone(),
        since: moment(row.started_at_ms),
        ended_at: row.ended.as_ref().map(|(at, _)| moment(*at)),
        ended_because: row.ended.as_ref().map(|(_, because)| because.clone()),
        following: *following,
        sessions: tally.sessions(),
        same: tally.same,
        diverged: tally.diverged,
        failed: tally.failed.clone(),
        skipped: tally.skipped,
        nodes: nodes.collect(),
    }
}

fn waiting_at(waiting: Waiting) -> WaitingAt {
    let (moves_to, asked_anew, stays_because) = match waiting.fate {
        Fate::Moves { to, anew } => (Some(NodePlace { flow: to.flow, node: to.node }), anew, None),
        Fate::Stays(stay) => (None, false, Some(stay.to_string())),
    };
    WaitingAt {
        version: waiting.version,
        flow: waiting.place.flow,
        node: waiting.place.node,
        sessions: waiting.sessions,
        moves_to,
        asked_anew,
        stays_because,
    }
}

impl StoreHouse {
    /// The flow is in the folder, or was published before.
    async fn known(&self, flow: &str) -> Result<(), HouseError> {
        self.releases(flow).await.map(|_| ())
    }
}
