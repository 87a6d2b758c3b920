//! Contacts: who is behind an address, and the lasting attributes that flows read and write.

use std::collections::BTreeMap;

use futures_util::FutureExt as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row, SqlitePool};

use super::writer::within;
use super::{Error, Result, Store, limits};

/// A contact as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The contact's id, unique in the tenant.
    pub id: String,
    /// The channel of the address.
    pub channel: String,
    /// The address on that channel.
    pub address: String,
    /// The name, if it is known.
    pub name: Option<String>,
    /// The locale the contact prefers, as a BCP 47 tag.
    pub locale: Option<String>,
    /// Lasting attributes: name to JSON text.
    pub attributes: BTreeMap<String, String>,
    /// When it was first seen, milliseconds since 1970-01-01 UTC.
    pub created_at_ms: i64,
    /// When it last changed.
    pub updated_at_ms: i64,
}

/// A change to one attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttributeChange {
    /// Set to this JSON text.
    Set(String),
    /// Remove it.
    Remove,
}

/// What to change of a contact; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct ContactUpdate {
    /// A new name.
    pub name: Option<String>,
    /// A new locale.
    pub locale: Option<String>,
    /// Attributes to set or remove.
    pub attributes: BTreeMap<String, AttributeChange>,
}

impl ContactUpdate {
    fn check(&self) -> Result<()> {
        within("name", self.name.as_ref().map_or(0, String::len), limits::NAME_BYTES)?;
        within("locale", self.locale.as_ref().map_or(0, String::len), limits::NAME_BYTES)?;
        for (name, change) in &self.attributes {
            within("attribute name", name.len(), limits::ATTRIBUTE_NAME_BYTES)?;
            if let AttributeChange::Set(value) = change {
                within("attribute", value.len(), limits::ATTRIBUTE_VALUE_BYTES)?;
            }
        }
        if self.attributes.len() > limits::ATTRIBUTES {
            return Err(Error::TooMany { what: "attributes of a contact", limit: limits::ATTRIBUTES });
        }
        Ok(())
    }
}

impl Store {
    /// The contact behind an address, if it is known.
    pub async fn contact(&self, tenant: &str, channel: &str, address: &str) -> Result<Option<Contact>> {
        let row = sqlx::query(
            "SELECT id, channel, address, name, locale, created_at, updated_at FROM contacts \
             WHERE tenant = $1 AND channel = $2 AND address = $3",
        )
        .bind(tenant.to_owned())
        .bind(channel.to_owned())
        .bind(address.to_owned())
        .fetch_optional(&self.inner.read)
        .await?;
        whole(&self.inner.read, tenant, row).await
    }

    /// The contact of this id, if there is one.
    pub async fn contact_by_id(&self, tenant: &str, id: &str) -> Result<Option<Contact>> {
        let row = sqlx::query(
            "SELECT id, channel, address, name, locale, created_at, updated_at FROM contacts WHERE tenant = $1 AND id = $2",
        )
        .bind(tenant.to_owned())
        .bind(id.to_owned())
        .fetch_optional(&self.inner.read)
        .await?;
        whole(&self.inner.read, tenant, row).await
    }

    /// Changes the contact behind an address, creates it with `new_id` when it is not known, and returns its id.
    /// All or nothing: beyond a size limit, or past [`limits::ATTRIBUTES`], nothing changes.
    pub async fn update_contact(
        &self,
        tenant: &str,
        channel: &str,
        address: &str,
        new_id: &str,
        update: ContactUpdate,
        now_ms: i64,
    ) -> Result<String> {
        for (what, text) in [("tenant", tenant), ("channel", channel), ("address", address), ("contact id", new_id)] {
            within(what, text.len(), limits::NAME_BYTES)?;
        }
        update.check()?;
        let key = [tenant.to_owned(), channel.to_owned(), address.to_owned(), new_id.to_owned()];
        self.inner.writer.write(move |connection| apply(connection, key, update, now_ms).boxed()).await
    }

    /// Forgets a contact and its attributes; whether there was one.
    pub async fn remove_contact(&self, tenant: &str, id: &str) -> Result<bool> {
        let (tenant, id) = (tenant.to_owned(), id.to_owned());
        self.inner.writer.write(move |connection| remove(connection, tenant, id).boxed()).await
    }
}

async fn whole(read: &SqlitePool, tenant: &str, row: Option<SqliteRow>) -> Result<Option<Contact>> {
    let Some(row) = row else { return Ok(None) };
    let id: String = row.try_get(0)?;
    let attributes: Vec<(String, String)> =
        sqlx::query_as("SELECT name, value FROM contact_attributes WHERE tenant = $1 AND contact = $2 ORDER BY name")
            .bind(tenant.to_owned())
            .bind(id.clone())
            .fetch_all(read)
            .await?;
    Ok(Some(Contact {
        id,
        channel: row.try_get(1)?,
        address: row.try_get(2)?,
        name: row.try_get(3)?,
        locale: row.try_get(4)?,
        created_at_ms: row.try_get(5)?,
        updated_at_ms: row.try_get(6)?,
        attributes: attributes.into_iter().collect(),
    }))
}

async fn remove(connection: &mut SqliteConnection, tenant: String, id: String) -> Result<bool> {
    let done = sqlx::query("DELETE FROM contacts WHERE tenant = $1 AND id = $2")
        .bind(tenant)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

async fn apply(
    connection: &mut SqliteConnection,
    key: [String; 4],
    update: ContactUpdate,
    now_ms: i64,
) -> Result<String> {
    let [tenant, channel, address, new_id] = key;
    let id: String = sqlx::query_scalar(
        "INSERT INTO contacts (tenant, id, channel, address, name, locale, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7) \
         ON CONFLICT (tenant, channel, address) DO UPDATE SET name = COALESCE(excluded.name, contacts.name), \
         locale = COALESCE(excluded.locale, contacts.locale), updated_at = excluded.updated_at RETURNING id",
    )
    .bind(tenant.clone())
    .bind(new_id)
    .bind(channel)
    .bind(address)
    .bind(update.name)
    .bind(update.locale)
    .bind(now_ms)
    .fetch_one(&mut *connection)
    .await?;
    for (name, change) in update.attributes {
        let query = match change {
            AttributeChange::Set(value) => sqlx::query(
                "INSERT INTO contact_attributes (tenant, contact, name, value, updated_at) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (tenant, contact, name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
            )
            .bind(tenant.clone())
            .bind(id.clone())
            .bind(name)
            .bind(value)
            .bind(now_ms),
            AttributeChange::Remove => sqlx::query("DELETE FROM contact_attributes WHERE tenant = $1 AND contact = $2 AND name = $3")
                .bind(tenant.clone())
                .bind(id.clone())
                .bind(name),
        };
        query.execute(&mut *connection).await?;
    }
    let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM contact_attributes WHERE tenant = $1 AND contact = $2")
        .bind(tenant)
        .bind(id.clone())
        .fetch_one(connection)
        .await?;
    if count > limits::ATTRIBUTES as i64 {
        return Err(Error::TooMany { what: "attributes of a contact", limit: limits::ATTRIBUTES });
    }
    Ok(id)
}
