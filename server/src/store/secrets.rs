//! Sealed secrets. The store holds ciphertext and cannot open it.

use futures_util::FutureExt as _;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::writer::within;
use super::{Result, Store, limits};

/// A secret as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSecret {
    /// Its name.
    pub name: String,
    /// Which key sealed it.
    pub key_id: String,
    /// The nonce that it was sealed under.
    pub nonce: Vec<u8>,
    /// The ciphertext and its tag.
    pub sealed: Vec<u8>,
    /// When it was set, milliseconds since 1970-01-01 UTC.
    pub updated_at_ms: i64,
}

impl Store {
    /// A tenant's sealed secrets, by name.
    pub async fn secrets(&self, tenant: &str) -> Result<Vec<SealedSecret>> {
        let rows = sqlx::query(
            "SELECT name, key_id, nonce, sealed, updated_at FROM secrets WHERE tenant = $1 ORDER BY name LIMIT $2",
        )
        .bind(tenant.to_owned())
        .bind(limits::SECRETS as i64)
        .fetch_all(&self.inner.read)
        .await?;
        let secret = |row: SqliteRow| {
            Ok(SealedSecret {
                name: row.try_get(0)?,
                key_id: row.try_get(1)?,
                nonce: row.try_get(2)?,
                sealed: row.try_get(3)?,
                updated_at_ms: row.try_get(4)?,
            })
        };
        rows.into_iter().map(secret).collect()
    }

    /// Keeps these in place of those of the same names: all of them, or none.
    pub async fn put_secrets(&self, tenant: &str, secrets: Vec<SealedSecret>) -> Result<()> {
        within("tenant", tenant.len(), limits::NAME_BYTES)?;
        for secret in &secrets {
            within("secret name", secret.name.len(), limits::NAME_BYTES)?;
            within("secret", secret.sealed.len(), limits::SECRET_BYTES)?;
        }
        let tenant = tenant.to_owned();
        self.inner.writer.write_told(|()| true, move |connection| put(connection, tenant, secrets).boxed()).await
    }

    /// Forgets a secret; whether there was one.
    pub async fn remove_secret(&self, tenant: &str, name: &str) -> Result<bool> {
        let (tenant, name) = (tenant.to_owned(), name.to_owned());
        self.inner.writer.write_told(|found| *found, move |connection| remove(connection, tenant, name).boxed()).await
    }
}

async fn put(connection: &mut SqliteConnection, tenant: String, secrets: Vec<SealedSecret>) -> Result<()> {
    for secret in secrets {
        sqlx::query(
            "INSERT INTO secrets (tenant, name, key_id, nonce, sealed, updated_at) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (tenant, name) DO UPDATE SET key_id = excluded.key_id, nonce = excluded.nonce, \
             sealed = excluded.sealed, updated_at = excluded.updated_at",
        )
        .bind(tenant.clone())
        .bind(secret.name)
        .bind(secret.key_id)
        .bind(secret.nonce)
        .bind(secret.sealed)
        .bind(secret.updated_at_ms)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

async fn remove(connection: &mut SqliteConnection, tenant: String, name: String) -> Result<bool> {
    let done = sqlx::query("DELETE FROM secrets WHERE tenant = $1 AND name = $2")
        .bind(tenant)
        .bind(name)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}
