//! Flow versions: written once, numbered from 1, the same content being the same version.

use futures_util::FutureExt as _;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::writer::within;
use super::{Result, Store, limits};

/// A version to be kept.
#[derive(Debug, Clone, Default)]
pub struct NewVersion {
    /// The flow's id.
    pub flow: String,
    /// The hash of the source and its texts; the same hash is the same version.
    pub hash: String,
    /// The document, to the letter.
    pub source: String,
    /// The texts of other locales, as a JSON object: locale to document.
    pub locales: String,
    /// Who made it.
    pub author: String,
    /// What he says about it.
    pub note: String,
    /// When, milliseconds since 1970-01-01 UTC.
    pub created_at_ms: i64,
}

/// A version as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowVersion {
    /// The flow's id.
    pub flow: String,
    /// Its number, from 1.
    pub version: i64,
    /// The hash of the content.
    pub hash: String,
    /// The document; empty in lists.
    pub source: String,
    /// The texts of other locales, as a JSON object; empty in lists.
    pub locales: String,
    /// Who made it.
    pub author: String,
    /// What he said about it.
    pub note: String,
    /// When, milliseconds since 1970-01-01 UTC.
    pub created_at_ms: i64,
}

/// A flow and its newest version number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowHead {
    /// The flow's id.
    pub id: String,
    /// The newest version's number.
    pub last_version: i64,
    /// When the first version was kept.
    pub created_at_ms: i64,
    /// When the newest was kept.
    pub updated_at_ms: i64,
}

fn read(row: &SqliteRow) -> sqlx::Result<FlowVersion> {
    Ok(FlowVersion {
        flow: row.try_get(0)?,
        version: row.try_get(1)?,
        hash: row.try_get(2)?,
        author: row.try_get(3)?,
        note: row.try_get(4)?,
        created_at_ms: row.try_get(5)?,
        source: row.try_get(6)?,
        locales: row.try_get(7)?,
    })
}

impl Store {
    /// Keeps a version and returns its number. Content already kept (same flow, same hash) is not kept twice: its old
    /// number is returned, and its author and note stay.
    pub async fn put_version(&self, tenant: &str, new: NewVersion) -> Result<i64> {
        within("tenant", tenant.len(), limits::NAME_BYTES)?;
        within("flow id", new.flow.len(), limits::NAME_BYTES)?;
        within("hash", new.hash.len(), limits::NAME_BYTES)?;
        within("author", new.author.len(), limits::NAME_BYTES)?;
        within("note", new.note.len(), limits::NOTE_BYTES)?;
        within("flow", new.source.len() + new.locales.len(), limits::FLOW_BYTES)?;
        let tenant = tenant.to_owned();
        self.inner.writer.write(move |connection| put(connection, tenant, new).boxed()).await
    }

    /// One version, whole.
    pub async fn version(&self, tenant: &str, flow: &str, version: i64) -> Result<Option<FlowVersion>> {
        let row = sqlx::query(
            "SELECT flow, version, hash, author, note, created_at, source, locales FROM flow_versions \
             WHERE tenant = $1 AND flow = $2 AND version = $3",
        )
        .bind(tenant.to_owned())
        .bind(flow.to_owned())
        .bind(version)
        .fetch_optional(&self.inner.read)
        .await?;
        Ok(row.as_ref().map(read).transpose()?)
    }

    /// The versions of a flow below number `before`, newest first, without their documents.
    pub async fn versions(
        &self,
        tenant: &str,
        flow: &str,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<FlowVersion>> {
        let rows = sqlx::query(
            "SELECT flow, version, hash, author, note, created_at, '', '' FROM flow_versions \
             WHERE tenant = $1 AND flow = $2 AND version < $3 ORDER BY version DESC LIMIT $4",
        )
        .bind(tenant.to_owned())
        .bind(flow.to_owned())
        .bind(before.unwrap_or(i64::MAX))
        .bind(limit.min(limits::PAGE) as i64)
        .fetch_all(&self.inner.read)
        .await?;
        Ok(rows.iter().map(read).collect::<sqlx::Result<_>>()?)
    }

    /// The flows of a tenant after id `after`, by id.
    pub async fn flows(&self, tenant: &str, after: &str, limit: usize) -> Result<Vec<FlowHead>> {
        let rows: Vec<(String, i64, i64, i64)> =
            sqlx::query_as("SELECT id, last_version, created_at, updated_at FROM flows WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3")
                .bind(tenant.to_owned())
                .bind(after.to_owned())
                .bind(limit.min(limits::PAGE) as i64)
                .fetch_all(&self.inner.read)
                .await?;
        Ok(rows
            .into_iter()
            .map(|(id, last_version, created_at_ms, updated_at_ms)| FlowHead {
                id,
                last_version,
                created_at_ms,
                updated_at_ms,
            })
            .collect())
    }
}

async fn put(connection: &mut SqliteConnection, tenant: String, new: NewVersion) -> Result<i64> {
    let known: Option<i64> =
        sqlx::query_scalar("SELECT version FROM flow_versions WHERE tenant = $1 AND flow = $2 AND hash = $3")
            .bind(tenant.clone())
            .bind(new.flow.clone())
            .bind(new.hash.clone())
            .fetch_optional(&mut *connection)
            .await?;
    if let Some(version) = known {
        return Ok(version);
    }
    let version: i64 = sqlx::query_scalar(
        "INSERT INTO flows (tenant, id, last_version, created_at, updated_at) VALUES ($1, $2, 1, $3, $3) \
         ON CONFLICT (tenant, id) DO UPDATE SET last_version = flows.last_version + 1, updated_at = excluded.updated_at \
         RETURNING last_version",
    )
    .bind(tenant.clone())
    .bind(new.flow.clone())
    .bind(new.created_at_ms)
    .fetch_one(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO flow_versions (tenant, flow, version, hash, source, locales, author, note, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(tenant)
    .bind(new.flow)
    .bind(version)
    .bind(new.hash)
    .bind(new.source)
    .bind(new.locales)
    .bind(new.author)
    .bind(new.note)
    .bind(new.created_at_ms)
    .execute(connection)
    .await?;
    Ok(version)
}
