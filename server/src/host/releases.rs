//! Releases: a draft becomes live when somebody says so. New conversations begin on the live release of their flow, or on
//! its canary; those that run keep what they began on.

use super::library::Pinned;
use super::moves::Sweep;
use super::{Host, HostError, now_ms};
use crate::config::LiveFlows;
use crate::store::{self, Canary, Change, Coming, Live, LogEntry, Refusal, Release};
use offhook_flow_schemas::Diagnostic;
use offhook_runtime::Program;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;
use tokio::task::JoinHandle;

/// How often schedules and guards are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long a change of what is live waits for those who are moved by it.
const MOVE_PATIENCE: Duration = Duration::from_secs(15);

/// Who is named where nobody decided.
const CLOCK: &str = "schedule";
const GUARD: &str = "guard";

/// Why a flow cannot be published, or what is live cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// This server serves its folder.
    #[error("this server serves its folder as it is: set `live = \"releases\"` in `[flows]` to publish")]
    Folder,
    /// There is no such flow in the folder.
    #[error("there is no flow `{0}` in the folder")]
    NoFlow(String),
    /// The draft, or a flow that it enters, has errors.
    #[error("{} and cannot be published: `offhook check` tells what is wrong", have_errors(.0))]
    Broken(Vec<String>),
    /// A share that is none.
    #[error("a share of the contacts is 1 to 99 percent, not {0}")]
    Share(u8),
    /// A guard's share that is none.
    #[error("a guard lets 0 to 99 percent fail, not {0}")]
    GuardShare(u8),
    /// The rules by which conversations would be moved to it cannot be right.
    #[error("{}", first_mistake(.0))]
    Rules(Vec<Diagnostic>),
    /// A moment that has passed.
    #[error("that moment has passed")]
    Past,
    /// What is asked makes no sense as things are.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The release cannot be run.
    #[error("{0}")]
    Load(String),
    /// The store failed; nothing has changed.
    #[error("the store failed: {0}")]
    Store(#[from] store::Error),
}

fn first_mistake(found: &[Diagnostic]) -> String {
    let mut wrong = found.iter().filter(|one| one.is_error());
    let first = wrong.next().map(|one| format!("{}: {} ({}:{})", one.code, one.message, one.file, one.line));
    let more = wrong.count();
    let first = first.unwrap_or_default();
    if more == 0 { first } else { format!("{first}, and {more} more") }
}

fn have_errors(flows: &[String]) -> String {
    let names: Vec<String> = flows.iter().map(|flow| format!("`{flow}`")).collect();
    format!("{} {} errors", names.join(", "), if flows.len() == 1 { "has" } else { "have" })
}

/// The programs that new conversations of a flow begin on.
#[derive(Clone)]
struct Programs {
    live: Option<Arc<Program>>,
    canary: Option<(Canary, Arc<Program>)>,
}

impl Programs {
    /// A contact gets the same one at each call, as long as the canary is the same.
    fn choose(&self, flow: &str, address: &str) -> Option<&Arc<Program>> {
        if let Some((canary, program)) = &self.canary
            && share_of(flow, canary.number, address) < u64::from(canary.percent) * 100
        {
            return Some(program);
        }
        self.live.as_ref()
    }
}

/// Where a contact stands among ten thousand; evenly spread, and anew with each canary.
fn share_of(flow: &str, canary: i64, address: &str) -> u64 {
    // FNV-1a (RFC 9923), with a finish that lets the last characters of an address reach every bit.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let bytes = flow.bytes().chain([0]).chain(canary.to_le_bytes()).chain([0]).chain(address.bytes());
    for byte in bytes {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0xd6e8_feb8_6659_fd93);
    (hash ^ (hash >> 32)) % 10_000
}

/// What is live of each flow.
#[derive(Default)]
pub(super) struct Releases {
    programs: RwLock<HashMap<String, Programs>>,
    sweeps: Mutex<HashMap<String, Sweep>>,
}

impl Releases {
    /// Who is being moved, by flow.
    pub(super) fn sweeps(&self) -> MutexGuard<'_, HashMap<String, Sweep>> {
        self.sweeps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is known of a flow's releases.
#[derive(Debug, Clone)]
pub struct Published {
    /// What new conversations begin on.
    pub live: Live,
    /// The newest releases, newest first.
    pub releases: Vec<Release>,
    /// The newest changes, newest first.
    pub log: Vec<LogEntry>,
}

impl Host {
    fn serves_releases(&self) -> bool {
        self.inner.config.flows.live == LiveFlows::Releases
    }

    /// The program that a new conversation of a contact begins on.
    pub(super) fn program_for(&self, flow: &str, address: &str) -> Option<Arc<Program>> {
        if !self.serves_releases() {
            return self.inner.library.program(flow);
        }
        let programs = self.inner.releases.programs.read().unwrap_or_else(PoisonError::into_inner);
        programs.get(flow)?.choose(flow, address).cloned()
    }

    /// The program that new conversations begin on, leaving a canary aside: what may be called, and by which channels.
    pub fn program(&self, flow: &str) -> Option<Arc<Program>> {
        if !self.serves_releases() {
            return self.inner.library.program(flow);
        }
        self.inner.releases.programs.read().unwrap_or_else(PoisonError::into_inner).get(flow)?.live.clone()
    }

    /// Takes up what is live from the store. Says which flows of the folder have nothing published yet.
    pub async fn take_up_releases(&self) -> Result<Vec<String>, ReleaseError> {
        if !self.serves_releases() {
            return Ok(Vec::new());
        }
        for live in self.inner.store.live_releases(&self.inner.tenant).await? {
            self.take_up(&live).await?;
        }
        let serving = self.inner.library.serving();
        Ok(serving.ids().into_iter().filter(|flow| self.program(flow).is_none()).map(str::to_owned).collect())
    }

    async fn take_up(&self, live: &Live) -> Result<(), ReleaseError> {
        let of = async |number: i64| -> Result<Arc<Program>, ReleaseError> {
            let release = self.inner.store.release(&self.inner.tenant, &live.flow, number).await?;
            let release = release
                .ok_or_else(|| ReleaseError::Load(format!("release {number} of {} is not in the store", live.flow)))?;
            self.program_of_release(&release).await
        };
        let programs = Programs {
            live: match live.number {
                Some(number) => Some(of(number).await?),
                None => None,
            },
            canary: match live.canary {
                Some(canary) => Some((canary, of(canary.number).await?)),
                None => None,
            },
        };
        let mut map = self.inner.releases.programs.write().unwrap_or_else(PoisonError::into_inner);
        map.insert(live.flow.clone(), programs);
        Ok(())
    }

    /// The program of a release.
    pub async fn program_of_release(&self, release: &Release) -> Result<Arc<Program>, ReleaseError> {
        let pinned = Pinned { flow: &release.flow, hash: &release.program_hash, versions: &release.pinned };
        let program = self.inner.library.kept(&self.inner.store, &self.inner.tenant, pinned).await;
        program.map_err(|error: HostError| {
            ReleaseError::Load(format!("release {} of {}: {error}", release.number, release.flow))
        })
    }

    /// The program that the draft of a flow makes, when it can be published.
    pub fn draft(&self, flow: &str) -> Result<Arc<Program>, ReleaseError> {
        let serving = self.inner.library.serving();
        let Some(program) = serving.program(flow) else {
            return Err(match serving.file(flow) {
                Some(_) => ReleaseError::Broken(vec![flow.to_owned()]),
                None => ReleaseError::NoFlow(flow.to_owned()),
            });
        };
        let broken: Vec<String> =
            program.flows().map(|flow| flow.id.clone()).filter(|id| serving.stale.contains(id)).collect();
        if broken.is_empty() { Ok(program.clone()) } else { Err(ReleaseError::Broken(broken)) }
    }

    /// Publishes the draft of a flow, with every flow that it may enter as their drafts are now.
    pub async fn publish(&self, flow: &str, coming: Coming, author: &str, note: &str) -> Result<Live, ReleaseError> {
        self.check_mode()?;
        match coming {
            Coming::Canary(percent, _) if !(1..=99).contains(&percent) => return Err(ReleaseError::Share(percent)),
            Coming::Canary(_, Some(guard)) if guard.percent > 99 => {
                return Err(ReleaseError::GuardShare(guard.percent));
            }
            Coming::At(at) if at <= now_ms() => return Err(ReleaseError::Past),
            _ => {}
        }
        let program = self.draft(flow)?;
        if let Some(live) = self.program(flow) {
            let found = self.check_rules(&live, &program);
            if found.iter().any(Diagnostic::is_error) {
                return Err(ReleaseError::Rules(found));
            }
        }
        let pinned: BTreeMap<&str, u32> = program.flows().map(|flow| (flow.id.as_str(), flow.version)).collect();
        let pinned = serde_json::to_string(&pinned).expect("numbers by name are plain data");
        let change = Change::Publish { program_hash: program.hash().to_owned(), pinned, coming };
        self.change_live(flow, change, author, note).await
    }

    /// Goes back to an earlier release of a flow: the one that is named, or the one before. While there is a canary and none
    /// is named, only the canary goes.
    pub async fn roll_back(&self, flow: &str, to: Option<i64>, author: &str, note: &str) -> Result<Live, ReleaseError> {
        self.check_mode()?;
        self.change_live(flow, Change::RollBack(to), author, note).await
    }

    /// Makes the canary of a flow live.
    pub async fn promote(&self, flow: &str, author: &str, note: &str) -> Result<Live, ReleaseError> {
        self.check_mode()?;
        self.change_live(flow, Change::Promote, author, note).await
    }

    /// What is known of a flow's releases; `None` when there are none.
    pub async fn published(&self, flow: &str, limit: usize) -> Result<Option<Published>, store::Error> {
        let (store, tenant) = (&self.inner.store, &*self.inner.tenant);
        let live = store.live_releases(tenant).await?.into_iter().find(|live| live.flow == flow);
        let Some(live) = live else { return Ok(None) };
        let releases = store.releases(tenant, flow, None, limit).await?;
        let log = store.release_log(tenant, flow, limit).await?;
        Ok(Some(Published { live, releases, log }))
    }

    fn check_mode(&self) -> Result<(), ReleaseError> {
        if self.serves_releases() { Ok(()) } else { Err(ReleaseError::Folder) }
    }

    async fn change_live(&self, flow: &str, change: Change, author: &str, note: &str) -> Result<Live, ReleaseError> {
        let (live, all) = self.change_live_alone(flow, change, author, note).await?;
        if let Some(all) = all {
            // What takes longer than anybody waits goes on by itself.
            let _ = tokio::time::timeout(MOVE_PATIENCE, all).await;
        }
        Ok(live)
    }

    async fn change_live_alone(
        &self,
        flow: &str,
        change: Change,
        author: &str,
        note: &str,
    ) -> Result<(Live, Option<JoinHandle<()>>), ReleaseError> {
        let _one_at_a_time = self.inner.changing_releases.lock().await;
        // What cannot run must not become live: it is built before the change, and not after.
        if let Change::RollBack(Some(number)) = change {
            let release = self.inner.store.release(&self.inner.tenant, flow, number).await?;
            self.program_of_release(&release.ok_or(Refusal::NoRelease(number))?).await?;
        }
        let live = self.inner.store.change_live(&self.inner.tenant, flow, change, author, note, now_ms()).await??;
        self.take_up(&live).await?;
        tracing::info!(
            target: "offhook::releases", flow, live = live.number, canary = live.canary.map(|canary| canary.number),
            author, "what is live has changed"
        );
        let all = live.moving.and_then(|release| self.start_moving(flow, release));
        Ok((live, all))
    }

    /// Brings what is scheduled and takes back canaries that fail, until the host stops.
    pub fn run_releases(&self) {
        if !self.serves_releases() {
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
                if let Err(error) = host.look_at_releases().await {
                    tracing::error!(target: "offhook::releases", %error, "schedules and guards could not be looked at");
                }
            }
        });
    }

    async fn look_at_releases(&self) -> Result<(), ReleaseError> {
        for live in self.inner.store.live_releases(&self.inner.tenant).await? {
            if live.moving.is_some() {
                self.resume_moving(&live.flow).await?;
            }
            if live.next.is_some_and(|(_, at)| at <= now_ms()) {
                self.change_live_alone(&live.flow, Change::Due, CLOCK, "").await?;
                continue;
            }
            let Some(Canary { number, since_ms, guard: Some(guard), .. }) = live.canary else { continue };
            let release = self.inner.store.release(&self.inner.tenant, &live.flow, number).await?;
            let hash = release.map(|release| release.program_hash).unwrap_or_default();
            let outcomes = self.inner.store.outcomes(&self.inner.tenant, &live.flow, &hash, since_ms).await?;
            if outcomes.ended >= i64::from(guard.after)
                && outcomes.failed * 100 > outcomes.ended * i64::from(guard.percent)
            {
                let note = format!("{} of {} conversations failed", outcomes.failed, outcomes.ended);
                tracing::warn!(target: "offhook::releases", flow = live.flow, canary = number, note, "the canary is taken back");
                self.change_live_alone(&live.flow, Change::GuardPassed(number), GUARD, &note).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_stays_and_shares_are_kept() {
        let of = |canary: i64| -> Vec<bool> {
            (0..10_000).map(|n| share_of("clinic/reception", canary, &format!("+1555{n:07}")) < 1_000).collect()
        };
        let (first, second) = (of(4), of(5));
        assert_eq!(first, of(4));
        let count = |chosen: &[bool]| chosen.iter().filter(|chosen| **chosen).count();
        for chosen in [&first, &second] {
            assert!((900..1_100).contains(&count(chosen)), "{} of 10000 for ten percent", count(chosen));
        }
        // The next canary does not fall on the same people again.
        let both = first.iter().zip(&second).filter(|(a, b)| **a && **b).count();
        assert!(both < 200, "{both} of 1000 get both");
    }
}
