//! People and where they are signed in. Only hashes are kept: whoever has the database can neither sign in nor go on as somebody.

use futures_util::FutureExt as _;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::writer::within;
use super::{Error, Result, Store, limits};

/// Somebody as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What they sign in with; unique over all tenants.
    pub login: String,
    /// Whose they are.
    pub tenant: String,
    /// What people call them.
    pub name: String,
    /// What they are here for: a word.
    pub role: String,
    /// Argon2id of the password, as a PHC string.
    pub hash: String,
    /// Whether that password was given to them.
    pub one_time: bool,
    /// Since when, milliseconds since 1970-01-01 UTC.
    pub created_at_ms: i64,
}

/// A place where somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// SHA-256 of the token, hexadecimal.
    pub token_hash: String,
    /// Who.
    pub login: String,
    /// What changes must say, so that no other site can make them (OWASP synchronizer token).
    pub csrf: String,
    /// Since when, milliseconds since 1970-01-01 UTC.
    pub created_at_ms: i64,
    /// When something was last asked from there.
    pub seen_at_ms: i64,
}

fn person(row: &SqliteRow) -> Result<Person> {
    Ok(Person {
        login: row.try_get(0)?,
        tenant: row.try_get(1)?,
        name: row.try_get(2)?,
        role: row.try_get(3)?,
        hash: row.try_get(4)?,
        one_time: row.try_get(5)?,
        created_at_ms: row.try_get(6)?,
    })
}

impl Store {
    /// A tenant's people, by login.
    pub async fn people(&self, tenant: &str) -> Result<Vec<Person>> {
        let text = "SELECT login, tenant, name, role, hash, one_time, created_at FROM people WHERE tenant = $1 \
                    ORDER BY login LIMIT $2";
        let rows = sqlx::query(text).bind(tenant.to_owned()).bind(limits::PEOPLE as i64);
        rows.fetch_all(&self.inner.read).await?.iter().map(person).collect()
    }

    /// Whoever signs in with this, of whichever tenant: asked before a tenant is known.
    pub async fn person(&self, login: &str) -> Result<Option<Person>> {
        let text = "SELECT login, tenant, name, role, hash, one_time, created_at FROM people WHERE login = $1";
        let row = sqlx::query(text).bind(login.to_owned()).fetch_optional(&self.inner.read).await?;
        row.as_ref().map(person).transpose()
    }

    /// Keeps somebody new. Fails with [`Error::Exists`] where the login is taken, by whichever tenant, and with [`Error::TooMany`] past
    /// [`limits::PEOPLE`].
    pub async fn add_person(&self, new: Person) -> Result<()> {
        for (what, text) in [("login", &new.login), ("tenant", &new.tenant), ("name", &new.name), ("role", &new.role)] {
            within(what, text.len(), limits::NAME_BYTES)?;
        }
        self.inner.writer.write_told(|()| true, move |connection| add(connection, new).boxed()).await
    }

    /// Writes somebody's name, role and password anew, and signs them out everywhere, when `sign_out`; whether there was such a one in the
    /// tenant.
    pub async fn put_person(&self, changed: Person, sign_out: bool) -> Result<bool> {
        within("name", changed.name.len(), limits::NAME_BYTES)?;
        self.inner.writer.write_told(|found| *found, move |connection| put(connection, changed, sign_out).boxed()).await
    }

    /// Forgets somebody of a tenant, and signs them out; whether there was such a one.
    pub async fn remove_person(&self, tenant: &str, login: &str) -> Result<bool> {
        let (tenant, login) = (tenant.to_owned(), login.to_owned());
        self.inner.writer.write_told(|found| *found, move |connection| remove(connection, tenant, login).boxed()).await
    }

    /// Where a token is signed in.
    pub async fn sign_in(&self, token_hash: &str) -> Result<Option<SignIn>> {
        let text = "SELECT token_hash, login, csrf, created_at, seen_at FROM sign_ins WHERE token_hash = $1";
        let row = sqlx::query(text).bind(token_hash.to_owned()).fetch_optional(&self.inner.read).await?;
        let read = |row: SqliteRow| -> Result<SignIn> {
            Ok(SignIn {
                token_hash: row.try_get(0)?,
                login: row.try_get(1)?,
                csrf: row.try_get(2)?,
                created_at_ms: row.try_get(3)?,
                seen_at_ms: row.try_get(4)?,
            })
        };
        row.map(read).transpose()
    }

    /// Signs somebody in; past [`limits::SIGN_INS`] the oldest places end.
    pub async fn put_sign_in(&self, new: SignIn) -> Result<()> {
        self.inner.writer.write_told(|()| true, move |connection| put_sign_in(connection, new).boxed()).await
    }

    /// Notes that something was asked from a place.
    pub async fn seen(&self, token_hash: &str, now_ms: i64) -> Result<()> {
        let token_hash = token_hash.to_owned();
        self.inner.writer.write(move |connection| seen(connection, token_hash, now_ms).boxed()).await
    }

    /// Signs a place out.
    pub async fn remove_sign_in(&self, token_hash: &str) -> Result<()> {
        let token_hash = token_hash.to_owned();
        self.inner.writer.write_told(|()| true, move |connection| sign_out(connection, token_hash).boxed()).await
    }

    /// Forgets the places of all tenants where somebody signed in before the one moment or was last seen before the other.
    pub async fn prune_sign_ins(&self, created_before_ms: i64, seen_before_ms: i64) -> Result<u64> {
        self.inner.writer.write(move |connection| prune(connection, created_before_ms, seen_before_ms).boxed()).await
    }
}

async fn add(connection: &mut SqliteConnection, new: Person) -> Result<()> {
    let taken: Option<i64> = sqlx::query_scalar("SELECT 1 FROM people WHERE login = $1")
        .bind(new.login.clone())
        .fetch_optional(&mut *connection)
        .await?;
    if taken.is_some() {
        return Err(Error::Exists { what: format!("`{}`", new.login) });
    }
    let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM people WHERE tenant = $1")
        .bind(new.tenant.clone())
        .fetch_one(&mut *connection)
        .await?;
    if count >= limits::PEOPLE as i64 {
        return Err(Error::TooMany { what: "people", limit: limits::PEOPLE });
    }
    sqlx::query(
        "INSERT INTO people (login, tenant, name, role, hash, one_time, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(new.login)
    .bind(new.tenant)
    .bind(new.name)
    .bind(new.role)
    .bind(new.hash)
    .bind(new.one_time)
    .bind(new.created_at_ms)
    .execute(connection)
    .await?;
    Ok(())
}

async fn put(connection: &mut SqliteConnection, changed: Person, sign_out: bool) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE people SET name = $3, role = $4, hash = $5, one_time = $6 WHERE tenant = $1 AND login = $2",
    )
    .bind(changed.tenant)
    .bind(changed.login.clone())
    .bind(changed.name)
    .bind(changed.role)
    .bind(changed.hash)
    .bind(changed.one_time)
    .execute(&mut *connection)
    .await?;
    let found = done.rows_affected() > 0;
    if found && sign_out {
        sqlx::query("DELETE FROM sign_ins WHERE login = $1").bind(changed.login).execute(connection).await?;
    }
    Ok(found)
}

async fn remove(connection: &mut SqliteConnection, tenant: String, login: String) -> Result<bool> {
    let done = sqlx::query("DELETE FROM people WHERE tenant = $1 AND login = $2")
        .bind(tenant)
        .bind(login.clone())
        .execute(&mut *connection)
        .await?;
    let found = done.rows_affected() > 0;
    if found {
        sqlx::query("DELETE FROM sign_ins WHERE login = $1").bind(login).execute(connection).await?;
    }
    Ok(found)
}

async fn put_sign_in(connection: &mut SqliteConnection, new: SignIn) -> Result<()> {
    sqlx::query(
        "DELETE FROM sign_ins WHERE login = $1 AND token_hash NOT IN \
         (SELECT token_hash FROM sign_ins WHERE login = $1 ORDER BY created_at DESC, token_hash LIMIT $2)",
    )
    .bind(new.login.clone())
    .bind(limits::SIGN_INS as i64 - 1)
    .execute(&mut *connection)
    .await?;
    sqlx::query("INSERT INTO sign_ins (token_hash, login, csrf, created_at, seen_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(new.token_hash)
        .bind(new.login)
        .bind(new.csrf)
        .bind(new.created_at_ms)
        .bind(new.seen_at_ms)
        .execute(connection)
        .await?;
    Ok(())
}

async fn seen(connection: &mut SqliteConnection, token_hash: String, now_ms: i64) -> Result<()> {
    sqlx::query("UPDATE sign_ins SET seen_at = $2 WHERE token_hash = $1")
        .bind(token_hash)
        .bind(now_ms)
        .execute(connection)
        .await?;
    Ok(())
}

async fn sign_out(connection: &mut SqliteConnection, token_hash: String) -> Result<()> {
    sqlx::query("DELETE FROM sign_ins WHERE token_hash = $1").bind(token_hash).execute(connection).await?;
    Ok(())
}

async fn prune(connection: &mut SqliteConnection, created_before_ms: i64, seen_before_ms: i64) -> Result<u64> {
    let done = sqlx::query("DELETE FROM sign_ins WHERE created_at < $1 OR seen_at < $2")
        .bind(created_before_ms)
        .bind(seen_before_ms)
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}
