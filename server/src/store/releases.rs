//! Releases: what was published, which of it new conversations begin on, and who decided so. Every change is one
//! transaction: after a crash it has happened or it has not.

mod shadows;

pub use shadows::{NewShadow, ShadowExample, ShadowRow};

use futures_util::FutureExt as _;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::writer::within;
use super::{Error, Result, Store, limits};

/// A release as stored. It never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The flow that it begins with.
    pub flow: String,
    /// Its number, from 1 in each flow.
    pub number: i64,
    /// The hash of the compiled program.
    pub program_hash: String,
    /// The version of every flow it may enter, as a JSON object.
    pub pinned: String,
    /// Who published it.
    pub author: String,
    /// What he said about it.
    pub note: String,
    /// When, milliseconds since 1970-01-01 UTC.
    pub created_at_ms: i64,
}

/// When a canary is taken back without being asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    /// The share of its ended conversations (percent) that may fail.
    pub percent: u8,
    /// Ended conversations before which the share says nothing.
    pub after: u32,
}

/// A release that a share of the contacts gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canary {
    /// Which.
    pub number: i64,
    /// The share of contacts in percent, 1 to 99.
    pub percent: u8,
    /// Since when, milliseconds since 1970-01-01 UTC.
    pub since_ms: i64,
    /// What takes it back.
    pub guard: Option<Guard>,
}

/// What new conversations of a flow begin on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// The flow.
    pub flow: String,
    /// The release; `None` before the first is live.
    pub number: Option<i64>,
    /// A release beside it.
    pub canary: Option<Canary>,
    /// The release that follows, and when (milliseconds since 1970-01-01 UTC).
    pub next: Option<(i64, i64)>,
    /// The release to which conversations of others are being moved; `None` when that is done.
    pub moving: Option<i64>,
}

/// How a new release comes to the callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coming {
    /// At once.
    Now,
    /// At a moment, milliseconds since 1970-01-01 UTC.
    At(i64),
    /// To a share of the contacts (percent).
    Canary(u8, Option<Guard>),
}

/// A change of what is live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A new release.
    Publish {
        /// The hash of its program.
        program_hash: String,
        /// The version of every flow it may enter, as a JSON object.
        pinned: String,
        /// How it comes.
        coming: Coming,
    },
    /// Back to an earlier release: this one, or the one that was live before. While there is a canary and none is named,
    /// the canary goes and nothing else changes. What was to come does not come any more.
    RollBack(Option<i64>),
    /// The canary becomes live.
    Promote,
    /// What was to come is due.
    Due,
    /// The canary's guard was passed.
    GuardPassed(i64),
    /// Conversations were moved to this release, as far as they can be. The note tells how many; an empty one is not kept.
    Moved(i64),
    /// This release was due and cannot run. It stays scheduled; the note tells why, and is kept once.
    Held(i64),
}

/// A change that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Its number, from 1 in each flow.
    pub seq: i64,
    /// When, milliseconds since 1970-01-01 UTC.
    pub at_ms: i64,
    /// `published`, `scheduled`, `canary`, `live`, `rolled-back`, `promoted`, `guard`, `moved`, `held`, `shadow`,
    /// `shadow-ended`.
    pub action: String,
    /// The release that it was about; 0 for a draft.
    pub number: i64,
    /// The release that was live afterwards.
    pub live: Option<i64>,
    /// Who.
    pub author: String,
    /// Why.
    pub note: String,
}

/// Why a change of what is live cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The program that is published is the one that is live.
    #[error("release {0} is live and is the same")]
    Same(i64),
    /// There is no such release.
    #[error("there is no release {0}")]
    NoRelease(i64),
    /// Nothing was live before.
    #[error("there is no earlier release to go back to")]
    NothingBefore,
    /// No canary.
    #[error("there is no canary")]
    NoCanary,
    /// A canary needs a live release beside it.
    #[error("a canary needs a release that is live beside it; publish this one without a share first")]
    NothingLive,
    /// A shadow needs conversations to run beside.
    #[error("a shadow needs a release that is live beside it; publish one first")]
    NothingToShadow,
    /// No shadow.
    #[error("there is no shadow")]
    NoShadow,
    /// Too many flows have one.
    #[error("{0} flows have a shadow, which is as many as may; stop one first")]
    ManyShadows(usize),
}

/// What has become of conversations that began on one program.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Those that are over.
    pub ended: i64,
    /// Those of them that ended in an error.
    pub failed: i64,
}

fn read(row: &SqliteRow) -> sqlx::Result<Release> {
    Ok(Release {
        flow: row.try_get(0)?,
        number: row.try_get(1)?,
        program_hash: row.try_get(2)?,
        pinned: row.try_get(3)?,
        author: row.try_get(4)?,
        note: row.try_get(5)?,
        created_at_ms: row.try_get(6)?,
    })
}

fn read_live(row: &SqliteRow) -> sqlx::Result<Live> {
    let small = |value: i64| u8::try_from(value).unwrap_or(u8::MAX);
    let (canary, percent, since): (Option<i64>, Option<i64>, Option<i64>) =
        (row.try_get(2)?, row.try_get(3)?, row.try_get(4)?);
    let (guard, after): (Option<i64>, Option<i64>) = (row.try_get(5)?, row.try_get(6)?);
    let (next, next_at): (Option<i64>, Option<i64>) = (row.try_get(7)?, row.try_get(8)?);
    let guard = guard
        .zip(after)
        .map(|(percent, after)| Guard { percent: small(percent), after: u32::try_from(after).unwrap_or(u32::MAX) });
    Ok(Live {
        flow: row.try_get(0)?,
        number: row.try_get(1)?,
        canary: canary.map(|number| Canary {
            number,
            percent: small(percent.unwrap_or_default()),
            since_ms: since.unwrap_or_default(),
            guard,
        }),
        next: next.zip(next_at),
        moving: row.try_get(9)?,
    })
}

fn read_entry(row: &SqliteRow) -> sqlx::Result<LogEntry> {
    Ok(LogEntry {
        seq: row.try_get(0)?,
        at_ms: row.try_get(1)?,
        action: row.try_get(2)?,
        number: row.try_get(3)?,
        live: row.try_get(4)?,
        author: row.try_get(5)?,
        note: row.try_get(6)?,
    })
}

const LIVE: &str = "SELECT flow, number, canary, canary_percent, canary_since, guard_percent, guard_after, next, next_at, moving FROM live_releases";

impl Store {
    /// Changes what is live of a flow. The outer error is the store's; the inner one says why it cannot be done, and then
    /// nothing was changed.
    pub async fn change_live(
        &self,
        tenant: &str,
        flow: &str,
        change: Change,
        author: &str,
        note: &str,
        now_ms: i64,
    ) -> Result<Result<Live, Refusal>> {
        let step = Step::new(tenant, flow, author, note, now_ms)?;
        if let Change::Publish { program_hash, pinned, .. } = &change {
            within("program hash", program_hash.len(), limits::NAME_BYTES)?;
            within("pinned versions", pinned.len(), limits::SNAPSHOT_BYTES)?;
        }
        self.inner
            .writer
            .write_told(std::result::Result::is_ok, move |connection| step.make(connection, change).boxed())
            .await
    }

    /// What would be live of a flow after a change, which is not made: so that what cannot run is found out before. A new
    /// release is left aside, which has no number yet.
    pub async fn foresee_live(
        &self,
        tenant: &str,
        flow: &str,
        change: &Change,
        now_ms: i64,
    ) -> Result<Result<Live, Refusal>> {
        let step = Step { tenant: tenant.to_owned(), flow: flow.to_owned(), now_ms, ..Step::default() };
        let mut connection = self.inner.read.acquire().await?;
        let mut live = step.before(&mut connection).await?;
        if matches!(change, Change::Publish { .. }) {
            return Ok(Ok(live));
        }
        let decided = step.decide(&mut connection, &mut live, change).await?;
        Ok(decided.map(|_| live))
    }

    /// What is live of every flow of a tenant.
    pub async fn live_releases(&self, tenant: &str) -> Result<Vec<Live>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{LIVE} WHERE tenant = $1 ORDER BY flow")))
            .bind(tenant.to_owned())
            .fetch_all(&self.inner.read)
            .await?;
        Ok(rows.iter().map(read_live).collect::<sqlx::Result<_>>()?)
    }

    /// One release.
    pub async fn release(&self, tenant: &str, flow: &str, number: i64) -> Result<Option<Release>> {
        let row = sqlx::query(
            "SELECT flow, number, program_hash, pinned, author, note, created_at FROM releases \
             WHERE tenant = $1 AND flow = $2 AND number = $3",
        )
        .bind(tenant.to_owned())
        .bind(flow.to_owned())
        .bind(number)
        .fetch_optional(&self.inner.read)
        .await?;
        Ok(row.as_ref().map(read).transpose()?)
    }

    /// The releases of a flow below number `before`, newest first.
    pub async fn releases(&self, tenant: &str, flow: &str, before: Option<i64>, limit: usize) -> Result<Vec<Release>> {
        let rows = sqlx::query(
            "SELECT flow, number, program_hash, pinned, author, note, created_at FROM releases \
             WHERE tenant = $1 AND flow = $2 AND number < $3 ORDER BY number DESC LIMIT $4",
        )
        .bind(tenant.to_owned())
        .bind(flow.to_owned())
        .bind(before.unwrap_or(i64::MAX))
        .bind(limit.min(limits::PAGE) as i64)
        .fetch_all(&self.inner.read)
        .await?;
        Ok(rows.iter().map(read).collect::<sqlx::Result<_>>()?)
    }

    /// The last changes of what is live of a flow, newest first.
    pub async fn release_log(&self, tenant: &str, flow: &str, limit: usize) -> Result<Vec<LogEntry>> {
        let rows = sqlx::query(
            "SELECT seq, at, action, number, live, author, note FROM release_log WHERE tenant = $1 AND flow = $2 \
             ORDER BY seq DESC LIMIT $3",
        )
        .bind(tenant.to_owned())
        .bind(flow.to_owned())
        .bind(limit.min(limits::PAGE) as i64)
        .fetch_all(&self.inner.read)
        .await?;
        Ok(rows.iter().map(read_entry).collect::<sqlx::Result<_>>()?)
    }

    /// How the conversations ended that began on a program since a moment.
    pub async fn outcomes(&self, tenant: &str, flow: &str, program_hash: &str, since_ms: i64) -> Result<Outcomes> {
        let (ended, failed): (i64, i64) = sqlx::query_as(
            "SELECT COUNT(*), COALESCE(SUM(CASE WHEN end_reason = 'error' THEN 1 ELSE 0 END), 0) FROM sessions \
             WHERE tenant = $1 AND flow = $2 AND started_at >= $3 AND program_hash = $4 AND state = 'ended'",
        )
        .bind(tenant.to_owned())
        .bind(flow.to_owned())
        .bind(since_ms)
        .bind(program_hash.to_owned())
        .fetch_one(&self.inner.read)
        .await?;
        Ok(Outcomes { ended, failed })
    }
}

/// Who changes what, and when.
#[derive(Default)]
struct Step {
    tenant: String,
    flow: String,
    author: String,
    note: String,
    now_ms: i64,
}

impl Step {
    fn new(tenant: &str, flow: &str, author: &str, note: &str, now_ms: i64) -> Result<Step> {
        for (what, text) in [("tenant", tenant), ("flow id", flow), ("author", author)] {
            within(what, text.len(), limits::NAME_BYTES)?;
        }
        within("note", note.len(), limits::NOTE_BYTES)?;
        let of = str::to_owned;
        Ok(Step { tenant: of(tenant), flow: of(flow), author: of(author), note: of(note), now_ms })
    }

    async fn before(&self, connection: &mut SqliteConnection) -> Result<Live> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{LIVE} WHERE tenant = $1 AND flow = $2")))
            .bind(self.tenant.clone())
            .bind(self.flow.clone())
            .fetch_optional(connection)
            .await?;
        let nothing = || Live { flow: self.flow.clone(), number: None, canary: None, next: None, moving: None };
        Ok(row.as_ref().map(read_live).transpose()?.unwrap_or_else(nothing))
    }

    async fn make(self, connection: &mut SqliteConnection, change: Change) -> Result<Result<Live, Refusal>> {
        let mut live = self.before(connection).await?;
        let was = live.number;
        let made = match change {
            Change::Publish { program_hash, pinned, coming } => {
                self.publish(connection, &mut live, program_hash, pinned, coming).await?.map(Some)
            }
            change => self.decide(connection, &mut live, &change).await?,
        };
        let (action, number) = match made {
            Ok(Some(made)) => made,
            Ok(None) => return Ok(Ok(live)),
            Err(refusal) => return Ok(Err(refusal)),
        };
        if live.number != was {
            live.moving = live.number;
        }
        self.put(connection, &live).await?;
        if action != "moved" || !self.note.is_empty() {
            self.log(connection, action, number, live.number).await?;
        }
        Ok(Ok(live))
    }

    /// What a change of what there is makes of what is live: what the log calls it, and the release; nothing where things are
    /// as they should be. Only reads.
    async fn decide(
        &self,
        connection: &mut SqliteConnection,
        live: &mut Live,
        change: &Change,
    ) -> Result<Result<Option<(&'static str, i64)>, Refusal>> {
        let made = match *change {
            Change::RollBack(None) if live.canary.is_some() => {
                let canary = live.canary.take().expect("just seen");
                ("rolled-back", canary.number)
            }
            Change::RollBack(to) => {
                let target = match to {
                    Some(number) if self.exists(connection, number).await? => number,
                    Some(number) => return Ok(Err(Refusal::NoRelease(number))),
                    None => match self.earlier(connection, live.number).await? {
                        Some(number) => number,
                        None => return Ok(Err(Refusal::NothingBefore)),
                    },
                };
                (live.number, live.canary, live.next) = (Some(target), None, None);
                ("rolled-back", target)
            }
            Change::Promote => {
                let Some(canary) = live.canary.take() else { return Ok(Err(Refusal::NoCanary)) };
                live.number = Some(canary.number);
                ("promoted", canary.number)
            }
            Change::Due => match live.next {
                Some((number, at)) if at <= self.now_ms => {
                    (live.number, live.canary, live.next) = (Some(number), None, None);
                    ("live", number)
                }
                _ => return Ok(Ok(None)),
            },
            Change::GuardPassed(number) if live.canary.is_some_and(|canary| canary.number == number) => {
                live.canary = None;
                ("guard", number)
            }
            Change::Moved(number) if live.moving == Some(number) => {
                live.moving = None;
                ("moved", number)
            }
            Change::Held(number) if live.next.is_some_and(|(next, _)| next == number) => {
                if self.is_held(connection, number).await? {
                    return Ok(Ok(None));
                }
                ("held", number)
            }
            Change::GuardPassed(_) | Change::Moved(_) | Change::Held(_) | Change::Publish { .. } => {
                return Ok(Ok(None));
            }
        };
        Ok(Ok(Some(made)))
    }

    async fn publish(
        &self,
        connection: &mut SqliteConnection,
        live: &mut Live,
        program_hash: String,
        pinned: String,
        coming: Coming,
    ) -> Result<Result<(&'static str, i64), Refusal>> {
        if let Some(number) = live.number {
            let hash: Option<String> =
                sqlx::query_scalar("SELECT program_hash FROM releases WHERE tenant = $1 AND flow = $2 AND number = $3")
                    .bind(self.tenant.clone())
                    .bind(self.flow.clone())
                    .bind(number)
                    .fetch_optional(&mut *connection)
                    .await?;
            if hash.as_deref() == Some(&program_hash) {
                return Ok(Err(Refusal::Same(number)));
            }
        } else if matches!(coming, Coming::Canary(..)) {
            return Ok(Err(Refusal::NothingLive));
        }
        let number: i64 = sqlx::query_scalar(
            "INSERT INTO releases (tenant, flow, number, program_hash, pinned, author, note, created_at) \
             SELECT $1, $2, COALESCE(MAX(number), 0) + 1, $3, $4, $5, $6, $7 FROM releases WHERE tenant = $1 AND flow = $2 \
             RETURNING number",
        )
        .bind(self.tenant.clone())
        .bind(self.flow.clone())
        .bind(program_hash)
        .bind(pinned)
        .bind(self.author.clone())
        .bind(self.note.clone())
        .bind(self.now_ms)
        .fetch_one(connection)
        .await?;
        let action = match coming {
            Coming::Now => {
                (live.number, live.canary, live.next) = (Some(number), None, None);
                "published"
            }
            Coming::At(at) => {
                live.next = Some((number, at));
                "scheduled"
            }
            Coming::Canary(percent, guard) => {
                live.canary = Some(Canary { number, percent, since_ms: self.now_ms, guard });
                "canary"
            }
        };
        Ok(Ok((action, number)))
    }

    async fn exists(&self, connection: &mut SqliteConnection, number: i64) -> Result<bool> {
        let found: Option<i64> =
            sqlx::query_scalar("SELECT number FROM releases WHERE tenant = $1 AND flow = $2 AND number = $3")
                .bind(self.tenant.clone())
                .bind(self.flow.clone())
                .bind(number)
                .fetch_optional(connection)
                .await?;
        Ok(found.is_some())
    }

    /// Whether the log says last that a release cannot run, and why.
    async fn is_held(&self, connection: &mut SqliteConnection, number: i64) -> Result<bool> {
        let last: Option<(String, i64, String)> = sqlx::query_as(
            "SELECT action, number, note FROM release_log WHERE tenant = $1 AND flow = $2 ORDER BY seq DESC LIMIT 1",
        )
        .bind(self.tenant.clone())
        .bind(self.flow.clone())
        .fetch_optional(connection)
        .await?;
        Ok(last.is_some_and(|(action, held, why)| action == "held" && held == number && why == self.note))
    }

    /// The newest release below this one that has been live.
    async fn earlier(&self, connection: &mut SqliteConnection, than: Option<i64>) -> Result<Option<i64>> {
        Ok(sqlx::query_scalar("SELECT MAX(live) FROM release_log WHERE tenant = $1 AND flow = $2 AND live < $3")
            .bind(self.tenant.clone())
            .bind(self.flow.clone())
            .bind(than.unwrap_or(0))
            .fetch_one(connection)
            .await?)
    }

    async fn put(&self, connection: &mut SqliteConnection, live: &Live) -> Result<()> {
        let guard = live.canary.and_then(|canary| canary.guard);
        sqlx::query(
            "INSERT INTO live_releases (tenant, flow, number, canary, canary_percent, canary_since, guard_percent, guard_after, next, next_at, moving) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
             ON CONFLICT (tenant, flow) DO UPDATE SET number = excluded.number, canary = excluded.canary, \
             canary_percent = excluded.canary_percent, canary_since = excluded.canary_since, guard_percent = excluded.guard_percent, \
             guard_after = excluded.guard_after, next = excluded.next, next_at = excluded.next_at, \
             moving = excluded.moving",
        )
        .bind(self.tenant.clone())
        .bind(self.flow.clone())
        .bind(live.number)
        .bind(live.canary.map(|canary| canary.number))
        .bind(live.canary.map(|canary| i64::from(canary.percent)))
        .bind(live.canary.map(|canary| canary.since_ms))
        .bind(guard.map(|guard| i64::from(guard.percent)))
        .bind(guard.map(|guard| i64::from(guard.after)))
        .bind(live.next.map(|(number, _)| number))
        .bind(live.next.map(|(_, at)| at))
        .bind(live.moving)
        .execute(connection)
        .await
        .map_err(Error::from)?;
        Ok(())
    }

    async fn log(
        &self,
        connection: &mut SqliteConnection,
        action: &'static str,
        number: i64,
        live: Option<i64>,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO release_log (tenant, flow, seq, at, action, number, live, author, note) \
             SELECT $1, $2, COALESCE(MAX(seq), 0) + 1, $3, $4, $5, $6, $7, $8 FROM release_log WHERE tenant = $1 AND flow = $2",
        )
        .bind(self.tenant.clone())
        .bind(self.flow.clone())
        .bind(self.now_ms)
        .bind(action)
        .bind(number)
        .bind(live)
        .bind(self.author.clone())
        .bind(self.note.clone())
        .execute(connection)
        .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
