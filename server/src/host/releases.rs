//! Releases: a draft becomes live when somebody says so. New conversations begin on the live release of their flow, or on
//! its canary; those that run keep what they began on.

use super::library::Pinned;
use super::moves::Sweep;
use super::{Host, HostError, now_ms};
use crate::config::LiveFlows;
use crate::share::share_of;
use crate::store::{self, Canary, Change, Coming, Live, LogEntry, Refusal, Release};
use offhook_flow_schemas::Diagnostic;
use offhook_runtime::Program;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// How long a change of what is live waits for those who are moved by it.
const MOVE_PATIENCE: Duration = Duration::from_secs(15);

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
    /// Nobody has approved it, and somebody must.
    #[error("{flow} needs an approval of exactly what would be live before that: ask for a review. {}", who_can(.who))]
    Unapproved {
        /// The flow.
        flow: String,
        /// Who can approve, by name.
        who: Vec<String>,
    },
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

/// People who are named in a refusal; with more of them, it says how many.
const NAMED: usize = 5;

fn who_can(people: &[String]) -> String {
    let more = people.len().saturating_sub(NAMED);
    let named = people[..people.len() - more].join(", ");
    match (people.len(), more) {
        (0, _) => "Nobody can approve it yet: an admin gives somebody the role `reviewer`".to_owned(),
        (_, 0) => format!("It can be approved by {named}"),
        _ => format!("It can be approved by {named} and {more} more"),
    }
}

fn have_errors(flows: &[String]) -> String {
    let names: Vec<String> = flows.iter().map(|flow| format!("`{flow}`")).collect();
    format!("{} {} errors", names.join(", "), if flows.len() == 1 { "has" } else { "have" })
}

/// The programs that new conversations of a flow begin on.
#[derive(Clone, Default)]
struct Programs {
    live: Option<(i64, Arc<Program>)>,
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
        self.live.as_ref().map(|(_, program)| program)
    }

    /// The program of a release, where it is one of these.
    fn of(&self, number: i64) -> Option<&Arc<Program>> {
        let live = self.live.as_ref().filter(|(live, _)| *live == number).map(|(_, program)| program);
        live.or_else(|| self.canary.as_ref().filter(|(canary, _)| canary.number == number).map(|(_, program)| program))
    }
}

/// What is live of each flow.
#[derive(Default)]
pub(super) struct Releases {
    programs: RwLock<HashMap<String, Programs>>,
    sweeps: Mutex<HashMap<String, Sweep>>,
    /// Releases that were due and cannot run, by flow, and when that is tried again.
    pub(super) held: Mutex<HashMap<String, (i64, Instant)>>,
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
        let programs = self.inner.releases.programs.read().unwrap_or_else(PoisonError::into_inner);
        programs.get(flow)?.live.as_ref().map(|(_, program)| program.clone())
    }

    /// The hash of the program that a share of the contacts gets.
    fn canary_hash(&self, flow: &str) -> Option<String> {
        let programs = self.inner.releases.programs.read().unwrap_or_else(PoisonError::into_inner);
        programs.get(flow)?.canary.as_ref().map(|(_, program)| program.hash().to_owned())
    }

    /// Takes up what is live from the store. Says which flows of the folder have nothing published yet.
    pub async fn take_up_releases(&self) -> Result<Vec<String>, ReleaseError> {
        if !self.serves_releases() {
            return Ok(Vec::new());
        }
        for live in self.inner.store.live_releases(&self.inner.tenant).await? {
            let programs = self.programs_of_live(&live, None).await?;
            self.serve_programs(&live.flow, programs);
        }
        self.take_up_shadows().await?;
        let serving = self.inner.library.serving();
        Ok(serving.ids().into_iter().filter(|flow| self.program(flow).is_none()).map(str::to_owned).collect())
    }

    /// The programs of what is live, or would be: those that are served already, one that was just published, the others made
    /// of what the store has.
    async fn programs_of_live(&self, live: &Live, new: Option<&Arc<Program>>) -> Result<Programs, ReleaseError> {
        let served = {
            let programs = self.inner.releases.programs.read().unwrap_or_else(PoisonError::into_inner);
            programs.get(&live.flow).cloned().unwrap_or_default()
        };
        let of = async |number: i64| -> Result<Arc<Program>, ReleaseError> {
            if let Some(program) = served.of(number).or(new) {
                return Ok(program.clone());
            }
            let release = self.inner.store.release(&self.inner.tenant, &live.flow, number).await?;
            let release = release
                .ok_or_else(|| ReleaseError::Load(format!("release {number} of {} is not in the store", live.flow)))?;
            self.program_of_release(&release).await
        };
        Ok(Programs {
            live: match live.number {
                Some(number) => Some((number, of(number).await?)),
                None => None,
            },
            canary: match live.canary {
                Some(canary) => Some((canary, of(canary.number).await?)),
                None => None,
            },
        })
    }

    fn serve_programs(&self, flow: &str, programs: Programs) {
        let mut map = self.inner.releases.programs.write().unwrap_or_else(PoisonError::into_inner);
        map.insert(flow.to_owned(), programs);
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
        self.check_approved(flow, program.hash()).await?;
        if let Some(live) = self.program(flow) {
            let found = self.check_rules(&live, &program);
            if found.iter().any(Diagnostic::is_error) {
                return Err(ReleaseError::Rules(found));
            }
        }
        let pinned: BTreeMap<&str, u32> = program.flows().map(|flow| (flow.id.as_str(), flow.version)).collect();
        let pinned = serde_json::to_string(&pinned).expect("numbers by name are plain data");
        let change = Change::Publish { program_hash: program.hash().to_owned(), pinned, coming };
        self.change_live(flow, change, Some(&program), author, note).await
    }

    /// Goes back to an earlier release of a flow: the one that is named, or the one before. While there is a canary and none
    /// is named, only the canary goes.
    pub async fn roll_back(&self, flow: &str, to: Option<i64>, author: &str, note: &str) -> Result<Live, ReleaseError> {
        self.check_mode()?;
        self.change_live(flow, Change::RollBack(to), None, author, note).await
    }

    /// Makes the canary of a flow live.
    pub async fn promote(&self, flow: &str, author: &str, note: &str) -> Result<Live, ReleaseError> {
        self.check_mode()?;
        if let Some(hash) = self.canary_hash(flow) {
            self.check_approved(flow, &hash).await?;
        }
        self.change_live(flow, Change::Promote, None, author, note).await
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

    pub(crate) fn check_mode(&self) -> Result<(), ReleaseError> {
        if self.serves_releases() { Ok(()) } else { Err(ReleaseError::Folder) }
    }

    async fn change_live(
        &self,
        flow: &str,
        change: Change,
        new: Option<&Arc<Program>>,
        author: &str,
        note: &str,
    ) -> Result<Live, ReleaseError> {
        let (live, all) = self.change_live_alone(flow, change, new, author, note).await?;
        if let Some(all) = all {
            // What takes longer than anybody waits goes on by itself.
            let _ = tokio::time::timeout(MOVE_PATIENCE, all).await;
        }
        Ok(live)
    }

    /// Makes a change. `new` is the program of a release that is published by it.
    pub(super) async fn change_live_alone(
        &self,
        flow: &str,
        change: Change,
        new: Option<&Arc<Program>>,
        author: &str,
        note: &str,
    ) -> Result<(Live, Option<JoinHandle<()>>), ReleaseError> {
        let _one_at_a_time = self.inner.changing_releases.lock().await;
        let (store, tenant, now) = (&self.inner.store, &*self.inner.tenant, now_ms());
        // What cannot run must not become live: all that will be is built before the change, whatever the change is.
        let foreseen = store.foresee_live(tenant, flow, &change, now).await??;
        let mut programs = self.programs_of_live(&foreseen, None).await?;
        let live = store.change_live(tenant, flow, change, author, note, now).await??;
        if new.is_some() || (live.number, live.canary) != (foreseen.number, foreseen.canary) {
            programs = self.programs_of_live(&live, new).await?;
        }
        let published =
            [programs.live.clone(), programs.canary.clone().map(|(canary, program)| (canary.number, program))];
        let published: Vec<&Program> = published.iter().flatten().map(|(_, program)| &**program).collect();
        self.serve_programs(flow, programs);
        self.end_shadow_of(flow, &published, author).await;
        tracing::info!(
            target: "offhook::releases", flow, live = live.number, canary = live.canary.map(|canary| canary.number),
            author, "what is live has changed"
        );
        let all = live.moving.and_then(|release| self.start_moving(flow, release));
        Ok((live, all))
    }
}

#[cfg(test)]
mod tests;
