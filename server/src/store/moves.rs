//! A session goes over to another version: its turn, its state and what it is pinned to, in one transaction. After a crash it
//! runs on the one version or on the other, whole.

use futures_util::FutureExt as _;
use sqlx::sqlite::SqliteConnection;
use std::sync::Arc;

use super::writer::within;
use super::{Append, Error, Result, Store, limits};

/// What a session runs on.
#[derive(Debug, Clone)]
pub struct Placement {
    /// The version of the flow that it began in.
    pub version: i64,
    /// The hash of the compiled program.
    pub program_hash: Arc<str>,
    /// The version of every flow it may enter, as a JSON object.
    pub pinned: Arc<str>,
}

impl Store {
    /// Writes the turn that moves a session to another version, and what it runs on from then on. Fails as [`Store::append`].
    pub async fn move_session(&self, append: Append, to: Placement) -> Result<()> {
        append.turn.check()?;
        within("program hash", to.program_hash.len(), limits::NAME_BYTES)?;
        within("pinned versions", to.pinned.len(), limits::SNAPSHOT_BYTES)?;
        self.inner.writer.write(move |connection| put(connection, append, to).boxed()).await
    }
}

async fn put(connection: &mut SqliteConnection, append: Append, to: Placement) -> Result<()> {
    let Append { session, turn } = append;
    let inserted = sqlx::query(
        "INSERT INTO journal (tenant, session, seq, at, event, commands, repeat_key) VALUES ($1, $2, $3, $4, $5, $6, NULL)",
    )
    .bind(session.tenant.clone())
    .bind(session.number)
    .bind(turn.seq)
    .bind(turn.at_ms)
    .bind(turn.event.clone())
    .bind(turn.commands.clone())
    .execute(&mut *connection)
    .await;
    if let Err(error) = inserted {
        let error = Error::from(error);
        return Err(if error.is_duplicate() { session.sequence(turn.seq) } else { error });
    }
    let ended = turn.ended.is_some();
    let done = sqlx::query(
        "UPDATE sessions SET seq = $3, updated_at = $4, wakes_at = $5, snapshot = $6, version = $7, program_hash = $8, \
         pinned = $9, state = $10, ended_at = $11, end_reason = $12 \
         WHERE tenant = $1 AND number = $2 AND state = 'active' AND seq < $3",
    )
    .bind(session.tenant.clone())
    .bind(session.number)
    .bind(turn.seq)
    .bind(turn.at_ms)
    .bind(if ended { None } else { turn.wakes_at_ms })
    .bind(turn.snapshot.to_vec())
    .bind(to.version)
    .bind(to.program_hash)
    .bind(to.pinned)
    .bind(if ended { "ended" } else { "active" })
    .bind(ended.then_some(turn.at_ms))
    .bind(turn.ended.clone())
    .execute(connection)
    .await?
    .rows_affected();
    // The transaction is given up: the journal keeps nothing of it either.
    if done == 1 { Ok(()) } else { Err(session.not_active()) }
}
