//! Reading journals: for replay, for a trace, and as the outbox from which a chat window that was away catches up.

use futures_util::TryStreamExt as _;
use sqlx::Row;

use super::{Result, Store, limits};

/// One turn as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// The turn's number.
    pub seq: i64,
    /// When it happened, milliseconds since 1970-01-01 UTC.
    pub at_ms: i64,
    /// The event, as JSON.
    pub event: String,
    /// The commands, as a JSON list.
    pub commands: String,
    /// What its sender called the event, if he may have sent it again.
    pub key: Option<String>,
}

impl Store {
    /// The turns of a session after number `after` (−1 for all), in order. A page ends after `limit` turns or
    /// [`limits::PAGE_BYTES`]; the last entry's number is the cursor of the next, an empty page is the end.
    pub async fn journal(&self, tenant: &str, session: &str, after: i64, limit: usize) -> Result<Vec<JournalEntry>> {
        let mut found = sqlx::query(
            "SELECT seq, at, event, commands, repeat_key FROM journal \
             WHERE tenant = $1 AND session = (SELECT number FROM sessions WHERE tenant = $1 AND id = $2) AND seq > $3 \
             ORDER BY seq LIMIT $4",
        )
        .bind(tenant.to_owned())
        .bind(session.to_owned())
        .bind(after)
        .bind(limit.min(limits::PAGE) as i64)
        .fetch(&self.inner.read);
        let mut page = Vec::new();
        let mut bytes = 0;
        while let Some(row) = found.try_next().await? {
            let entry = JournalEntry {
                seq: row.try_get(0)?,
                at_ms: row.try_get(1)?,
                event: row.try_get(2)?,
                commands: row.try_get(3)?,
                key: row.try_get(4)?,
            };
            bytes += entry.event.len() + entry.commands.len();
            page.push(entry);
            if bytes >= limits::PAGE_BYTES {
                break;
            }
        }
        Ok(page)
    }
}
