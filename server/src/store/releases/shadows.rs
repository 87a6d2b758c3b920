//! Shadows: which candidate runs beside the conversations of a flow, and what has come of it. What the results hold is not known
//! here.

use futures_util::FutureExt as _;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::super::writer::within;
use super::super::{Error, Result, Store, limits};
use super::{Refusal, Step};

/// A shadow as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShadowRow {
    /// The flow.
    pub flow: String,
    /// Its number, from 1 in each flow.
    pub number: i64,
    /// The release that it is; `None` for what was a draft.
    pub release: Option<i64>,
    /// The hash of its program.
    pub program_hash: String,
    /// The version of every flow it may enter, as a JSON object.
    pub pinned: String,
    /// Who began it.
    pub author: String,
    /// What he said about it.
    pub note: String,
    /// Since when, milliseconds since 1970-01-01 UTC.
    pub started_at_ms: i64,
    /// When it ended, and why; `None` while it runs.
    pub ended: Option<(i64, String)>,
    /// What has come of it, as JSON.
    pub results: String,
}

/// A candidate that is to run beside the conversations of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewShadow {
    /// The release that it is; `None` for a draft.
    pub release: Option<i64>,
    /// The hash of its program.
    pub program_hash: String,
    /// The version of every flow it may enter, as a JSON object.
    pub pinned: String,
}

/// A divergence that is quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShadowExample {
    /// The session.
    pub session: String,
    /// When, milliseconds since 1970-01-01 UTC.
    pub at_ms: i64,
    /// The divergence, as JSON.
    pub example: String,
}

const COLUMNS: &str =
    "flow, number, release, program_hash, pinned, author, note, started_at, ended_at, ended_because, results";

fn read(row: &SqliteRow) -> sqlx::Result<ShadowRow> {
    let (ended_at, because): (Option<i64>, Option<String>) = (row.try_get(8)?, row.try_get(9)?);
    Ok(ShadowRow {
        flow: row.try_get(0)?,
        number: row.try_get(1)?,
        release: row.try_get(2)?,
        program_hash: row.try_get(3)?,
        pinned: row.try_get(4)?,
        author: row.try_get(5)?,
        note: row.try_get(6)?,
        started_at_ms: row.try_get(7)?,
        ended: ended_at.map(|at| (at, because.unwrap_or_default())),
        results: row.try_get(10)?,
    })
}

impl Store {
    /// Begins a shadow of a flow; one that runs ends. The outer error is the store's; the inner one says why there cannot be
    /// one, and then nothing was changed.
    pub async fn begin_shadow(
        &self,
        tenant: &str,
        flow: &str,
        new: NewShadow,
        author: &str,
        note: &str,
        now_ms: i64,
    ) -> Result<Result<ShadowRow, Refusal>> {
        within("program hash", new.program_hash.len(), limits::NAME_BYTES)?;
        within("pinned versions", new.pinned.len(), limits::SNAPSHOT_BYTES)?;
        let step = Step::new(tenant, flow, author, note, now_ms)?;
        self.inner
            .writer
            .write_told(std::result::Result::is_ok, move |connection| begin(step, connection, new).boxed())
            .await
    }

    /// Ends the shadow of a flow.
    pub async fn end_shadow(
        &self,
        tenant: &str,
        flow: &str,
        because: &'static str,
        author: &str,
        note: &str,
        now_ms: i64,
    ) -> Result<Result<(), Refusal>> {
        let step = Step::new(tenant, flow, author, note, now_ms)?;
        self.inner
            .writer
            .write_told(std::result::Result::is_ok, move |connection| stop(step, connection, because).boxed())
            .await
    }

    /// The shadow of a flow that runs, or ran last.
    pub async fn last_shadow(&self, tenant: &str, flow: &str) -> Result<Option<ShadowRow>> {
        let query =
            format!("SELECT {COLUMNS} FROM shadows WHERE tenant = $1 AND flow = $2 ORDER BY number DESC LIMIT 1");
        let row = sqlx::query(sqlx::AssertSqlSafe(query))
            .bind(tenant.to_owned())
            .bind(flow.to_owned())
            .fetch_optional(&self.inner.read)
            .await?;
        Ok(row.as_ref().map(read).transpose()?)
    }

    /// The shadows of a tenant that run.
    pub async fn running_shadows(&self, tenant: &str) -> Result<Vec<ShadowRow>> {
        let query =
            format!("SELECT {COLUMNS} FROM shadows WHERE tenant = $1 AND ended_at IS NULL ORDER BY flow LIMIT $2");
        let rows = sqlx::query(sqlx::AssertSqlSafe(query))
            .bind(tenant.to_owned())
            .bind(limits::PAGE as i64)
            .fetch_all(&self.inner.read)
            .await?;
        Ok(rows.iter().map(read).collect::<sqlx::Result<_>>()?)
    }

    /// Keeps what has come of a shadow, and more examples.
    pub async fn keep_shadow(
        &self,
        tenant: &str,
        flow: &str,
        number: i64,
        results: String,
        examples: Vec<ShadowExample>,
    ) -> Result<()> {
        within("results", results.len(), limits::SNAPSHOT_BYTES)?;
        for example in &examples {
            within("session id", example.session.len(), limits::NAME_BYTES)?;
            within("example", example.example.len(), limits::EVENT_BYTES)?;
        }
        let kept = Kept { tenant: tenant.to_owned(), flow: flow.to_owned(), number, results, examples };
        self.inner.writer.write(move |connection| kept.put(connection).boxed()).await
    }

    /// The examples of a shadow, in the order in which they came.
    pub async fn shadow_examples(&self, tenant: &str, flow: &str, number: i64) -> Result<Vec<ShadowExample>> {
        let rows: Vec<(String, i64, String)> = sqlx::query_as(
            "SELECT session, at, example FROM shadow_examples WHERE tenant = $1 AND flow = $2 AND shadow = $3 \
             ORDER BY at, session LIMIT $4",
        )
        .bind(tenant.to_owned())
        .bind(flow.to_owned())
        .bind(number)
        .bind(limits::PAGE as i64)
        .fetch_all(&self.inner.read)
        .await?;
        Ok(rows.into_iter().map(|(session, at_ms, example)| ShadowExample { session, at_ms, example }).collect())
    }

    /// Removes the examples of all tenants that are older than a moment: they quote conversations.
    pub async fn prune_shadow_examples(&self, before_ms: i64) -> Result<u64> {
        self.inner.writer.write(move |connection| forget(connection, before_ms).boxed()).await
    }
}

async fn forget(connection: &mut SqliteConnection, before_ms: i64) -> Result<u64> {
    let old = sqlx::query("DELETE FROM shadow_examples WHERE at < $1").bind(before_ms);
    Ok(old.execute(connection).await?.rows_affected())
}

/// What is kept at once.
struct Kept {
    tenant: String,
    flow: String,
    number: i64,
    results: String,
    examples: Vec<ShadowExample>,
}

impl Kept {
    async fn put(self, connection: &mut SqliteConnection) -> Result<()> {
        sqlx::query("UPDATE shadows SET results = $4 WHERE tenant = $1 AND flow = $2 AND number = $3")
            .bind(self.tenant.clone())
            .bind(self.flow.clone())
            .bind(self.number)
            .bind(self.results)
            .execute(&mut *connection)
            .await?;
        for example in self.examples {
            sqlx::query(
                "INSERT INTO shadow_examples (tenant, flow, shadow, session, at, example) \
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            )
            .bind(self.tenant.clone())
            .bind(self.flow.clone())
            .bind(self.number)
            .bind(example.session)
            .bind(example.at_ms)
            .bind(example.example)
            .execute(&mut *connection)
            .await?;
        }
        Ok(())
    }
}

async fn stop(step: Step, connection: &mut SqliteConnection, because: &str) -> Result<Result<(), Refusal>> {
    let live = step.before(connection).await?;
    let Some(release) = end(&step, connection, because).await? else { return Ok(Err(Refusal::NoShadow)) };
    step.log(connection, "shadow-ended", release.unwrap_or_default(), live.number).await?;
    Ok(Ok(()))
}

async fn begin(step: Step, connection: &mut SqliteConnection, new: NewShadow) -> Result<Result<ShadowRow, Refusal>> {
    let live = step.before(connection).await?;
    if live.number.is_none() {
        return Ok(Err(Refusal::NothingToShadow));
    }
    end(&step, connection, "another shadow began").await?;
    let row = sqlx::query(sqlx::AssertSqlSafe(format!(
        "INSERT INTO shadows (tenant, {COLUMNS}) \
         SELECT $1, $2, COALESCE(MAX(number), 0) + 1, $3, $4, $5, $6, $7, $8, NULL, NULL, '{{}}' FROM shadows \
         WHERE tenant = $1 AND flow = $2 RETURNING {COLUMNS}"
    )))
    .bind(step.tenant.clone())
    .bind(step.flow.clone())
    .bind(new.release)
    .bind(new.program_hash)
    .bind(new.pinned)
    .bind(step.author.clone())
    .bind(step.note.clone())
    .bind(step.now_ms)
    .fetch_one(&mut *connection)
    .await?;
    let row = read(&row)?;
    step.log(connection, "shadow", new.release.unwrap_or_default(), live.number).await?;
    Ok(Ok(row))
}

/// Ends what runs; tells which release it was, where one ran.
async fn end(step: &Step, connection: &mut SqliteConnection, because: &str) -> Result<Option<Option<i64>>> {
    let release: Option<(Option<i64>,)> = sqlx::query_as(
        "UPDATE shadows SET ended_at = $3, ended_because = $4 WHERE tenant = $1 AND flow = $2 AND ended_at IS NULL \
         RETURNING release",
    )
    .bind(step.tenant.clone())
    .bind(step.flow.clone())
    .bind(step.now_ms)
    .bind(because.to_owned())
    .fetch_optional(connection)
    .await
    .map_err(Error::from)?;
    Ok(release.map(|(release,)| release))
}
