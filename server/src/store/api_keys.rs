//! API keys. Only the hash of a key's secret part is kept; whoever has the database cannot use one.

use futures_util::FutureExt as _;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::writer::within;
use super::{Error, Result, Store, limits};

/// An API key as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// The part of the key that is no secret.
    pub id: String,
    /// Whose it is.
    pub tenant: String,
    /// What people call it.
    pub name: String,
    /// What may be done with it: words, joined by blanks.
    pub scopes: String,
    /// SHA-256 of the secret part, hexadecimal.
    pub hash: String,
    /// When it was made, milliseconds since 1970-01-01 UTC.
    pub created_at_ms: i64,
}

fn key(row: &SqliteRow) -> Result<ApiKey> {
    Ok(ApiKey {
        id: row.try_get(0)?,
        tenant: row.try_get(1)?,
        name: row.try_get(2)?,
        scopes: row.try_get(3)?,
        hash: row.try_get(4)?,
        created_at_ms: row.try_get(5)?,
    })
}

impl Store {
    /// A tenant's API keys, oldest first.
    pub async fn api_keys(&self, tenant: &str) -> Result<Vec<ApiKey>> {
        let text = "SELECT id, tenant, name, scopes, hash, created_at FROM api_keys WHERE tenant = $1 \
                    ORDER BY created_at, id LIMIT $2";
        let rows = sqlx::query(text).bind(tenant.to_owned()).bind(limits::API_KEYS as i64);
        rows.fetch_all(&self.inner.read).await?.iter().map(key).collect()
    }

    /// The key of this id, whoever's it is: the one question that is asked before a tenant is known.
    pub async fn api_key(&self, id: &str) -> Result<Option<ApiKey>> {
        let text = "SELECT id, tenant, name, scopes, hash, created_at FROM api_keys WHERE id = $1";
        let row = sqlx::query(text).bind(id.to_owned()).fetch_optional(&self.inner.read).await?;
        row.as_ref().map(key).transpose()
    }

    /// Keeps a new key. Fails with [`Error::TooMany`] past [`limits::API_KEYS`].
    pub async fn put_api_key(&self, new: ApiKey) -> Result<()> {
        for (what, text) in [("tenant", &new.tenant), ("key name", &new.name), ("scopes", &new.scopes)] {
            within(what, text.len(), limits::NAME_BYTES)?;
        }
        self.inner.writer.write_told(|()| true, move |connection| put(connection, new).boxed()).await
    }

    /// Forgets a tenant's key; whether there was one.
    pub async fn remove_api_key(&self, tenant: &str, id: &str) -> Result<bool> {
        let (tenant, id) = (tenant.to_owned(), id.to_owned());
        self.inner.writer.write_told(|found| *found, move |connection| remove(connection, tenant, id).boxed()).await
    }
}

async fn put(connection: &mut SqliteConnection, new: ApiKey) -> Result<()> {
    let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM api_keys WHERE tenant = $1")
        .bind(new.tenant.clone())
        .fetch_one(&mut *connection)
        .await?;
    if count >= limits::API_KEYS as i64 {
        return Err(Error::TooMany { what: "API keys", limit: limits::API_KEYS });
    }
    sqlx::query("INSERT INTO api_keys (id, tenant, name, scopes, hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(new.id)
        .bind(new.tenant)
        .bind(new.name)
        .bind(new.scopes)
        .bind(new.hash)
        .bind(new.created_at_ms)
        .execute(connection)
        .await?;
    Ok(())
}

async fn remove(connection: &mut SqliteConnection, tenant: String, id: String) -> Result<bool> {
    let done = sqlx::query("DELETE FROM api_keys WHERE tenant = $1 AND id = $2")
        .bind(tenant)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}
