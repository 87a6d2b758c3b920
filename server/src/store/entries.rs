//! Entry points that were made through the API. What they mean is not known here.

use futures_util::FutureExt as _;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::writer::within;
use super::{Error, Result, Store, limits};

/// An entry point as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its id.
    pub id: String,
    /// The kind of its door.
    pub kind: String,
    /// Its door; unique over all tenants with its kind, but for events.
    pub door: String,
    /// The whole entry as JSON.
    pub written: String,
    /// 1 when it is made, one more with each change.
    pub revision: i64,
    /// When it was last changed, milliseconds since 1970-01-01 UTC.
    pub updated_at_ms: i64,
}

impl Store {
    /// A tenant's entry points, by kind and door.
    pub async fn entries(&self, tenant: &str) -> Result<Vec<StoredEntry>> {
        let text = "SELECT id, kind, door, written, revision, updated_at FROM entries WHERE tenant = $1 \
                    ORDER BY kind, door, id LIMIT $2";
        let rows = sqlx::query(text).bind(tenant.to_owned()).bind(limits::ENTRIES as i64);
        let entry = |row: &SqliteRow| {
            Ok(StoredEntry {
                id: row.try_get(0)?,
                kind: row.try_get(1)?,
                door: row.try_get(2)?,
                written: row.try_get(3)?,
                revision: row.try_get(4)?,
                updated_at_ms: row.try_get(5)?,
            })
        };
        rows.fetch_all(&self.inner.read).await?.iter().map(entry).collect()
    }

    /// Keeps an entry: a new one of revision 1, or the next revision of the one there is. Says whether it could: not where the revision before it is
    /// not the one that is kept. Fails with [`Error::TooMany`] past [`limits::ENTRIES`].
    pub async fn put_entry(&self, tenant: &str, entry: StoredEntry) -> Result<bool> {
        for (what, text) in [("tenant", tenant), ("entry", entry.door.as_str())] {
            within(what, text.len(), limits::NAME_BYTES)?;
        }
        within("entry", entry.written.len(), limits::ENTRY_BYTES)?;
        let tenant = tenant.to_owned();
        self.inner.writer.write_told(|kept| *kept, move |connection| put(connection, tenant, entry).boxed()).await
    }

    /// Forgets an entry of this revision; whether there was one.
    pub async fn remove_entry(&self, tenant: &str, id: &str, revision: i64) -> Result<bool> {
        let (tenant, id) = (tenant.to_owned(), id.to_owned());
        self.inner
            .writer
            .write_told(|found| *found, move |connection| remove(connection, tenant, id, revision).boxed())
            .await
    }
}

async fn put(connection: &mut SqliteConnection, tenant: String, entry: StoredEntry) -> Result<bool> {
    if entry.revision > 1 {
        let text = "UPDATE entries SET kind = $1, door = $2, written = $3, revision = $4, updated_at = $5 \
                    WHERE tenant = $6 AND id = $7 AND revision = $8";
        let done = sqlx::query(text)
            .bind(entry.kind)
            .bind(entry.door)
            .bind(entry.written)
            .bind(entry.revision)
            .bind(entry.updated_at_ms)
            .bind(tenant)
            .bind(entry.id)
            .bind(entry.revision - 1)
            .execute(connection)
            .await?;
        return Ok(done.rows_affected() > 0);
    }
    let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM entries WHERE tenant = $1")
        .bind(tenant.clone())
        .fetch_one(&mut *connection)
        .await?;
    if count >= limits::ENTRIES as i64 {
        return Err(Error::TooMany { what: "entry points", limit: limits::ENTRIES });
    }
    let text = "INSERT INTO entries (tenant, id, kind, door, written, revision, updated_at) \
                VALUES ($1, $2, $3, $4, $5, $6, $7)";
    sqlx::query(text)
        .bind(tenant)
        .bind(entry.id)
        .bind(entry.kind)
        .bind(entry.door)
        .bind(entry.written)
        .bind(entry.revision)
        .bind(entry.updated_at_ms)
        .execute(connection)
        .await?;
    Ok(true)
}

async fn remove(connection: &mut SqliteConnection, tenant: String, id: String, revision: i64) -> Result<bool> {
    let done = sqlx::query("DELETE FROM entries WHERE tenant = $1 AND id = $2 AND revision = $3")
        .bind(tenant)
        .bind(id)
        .bind(revision)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}
