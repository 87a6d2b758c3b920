//! Forgetting ended sessions and their journals after their time. Flow versions stay: a replay may need any of them.

use futures_util::FutureExt as _;
use sqlx::sqlite::SqliteConnection;

use super::{Result, Store, limits};

/// What retention removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Sessions.
    pub sessions: u64,
    /// Turns in their journals.
    pub turns: u64,
}

impl Store {
    /// Removes the sessions of all tenants that ended before `before_ms`, with their journals. It works in small
    /// transactions, so that turns go on between them; active sessions are never touched. The file does not shrink:
    /// its free pages are used again.
    pub async fn prune(&self, before_ms: i64) -> Result<Pruned> {
        let mut total = Pruned::default();
        loop {
            let step = self.inner.writer.write(move |connection| step(connection, before_ms).boxed()).await?;
            total.sessions += step.sessions;
            total.turns += step.turns;
            if step.sessions < limits::PRUNE_STEP as u64 {
                return Ok(total);
            }
        }
    }
}

async fn step(connection: &mut SqliteConnection, before_ms: i64) -> Result<Pruned> {
    let old: Vec<(String, i64)> = sqlx::query_as(
        "SELECT tenant, number FROM sessions WHERE state = 'ended' AND ended_at < $1 ORDER BY ended_at LIMIT $2",
    )
    .bind(before_ms)
    .bind(limits::PRUNE_STEP as i64)
    .fetch_all(&mut *connection)
    .await?;
    let mut pruned = Pruned::default();
    for (tenant, number) in old {
        let turns = sqlx::query("DELETE FROM journal WHERE tenant = $1 AND session = $2")
            .bind(tenant.clone())
            .bind(number)
            .execute(&mut *connection)
            .await?;
        sqlx::query("DELETE FROM sessions WHERE tenant = $1 AND number = $2")
            .bind(tenant)
            .bind(number)
            .execute(&mut *connection)
            .await?;
        pruned.turns += turns.rows_affected();
        pruned.sessions += 1;
    }
    Ok(pruned)
}
