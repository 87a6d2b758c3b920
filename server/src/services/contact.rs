//! The `contact` service: lasting attributes of the person at the other end.
//!
//! Request: `{ read: [name, …], write: { name: value, … } }`. Answer: `{ attributes: { name: value, … } }`, everything
//! that is known after the write. A written nothing removes.

use super::{Asker, one};
use crate::host::now_ms;
use crate::store::{AttributeChange, ContactUpdate, Store};
use offhook_runtime::{Contact, Fault, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The service. Without a store it knows nobody and keeps nothing.
pub(super) struct Contacts {
    tenant: Arc<str>,
    store: Option<Store>,
}

impl Contacts {
    pub(super) fn new(tenant: Arc<str>, store: Option<Store>) -> Self {
        Contacts { tenant, store }
    }

    pub(super) async fn perform(&self, asker: &Asker, request: &Value) -> Result<Value, Fault> {
        let failed = |error: crate::store::Error| Fault::new("contact.store", error.to_string());
        let Some(store) = &self.store else {
            return Err(Fault::new("contact.store", "nothing is kept here"));
        };
        if asker.address.is_empty() {
            return Err(Fault::new("contact.unknown", "the contact has no address, so nothing can be kept of it"));
        }
        let mut update = ContactUpdate::default();
        for (name, value) in request.get("write").and_then(Value::as_map).into_iter().flatten() {
            let change = match value {
                Value::Null => AttributeChange::Remove,
                value => AttributeChange::Set(serde_json::to_string(value).expect("a value is plain data")),
            };
            update.attributes.insert(name.to_string(), change);
        }
        if !update.attributes.is_empty() {
            let new_id = crate::host::new_id("p");
            store
                .update_contact(&self.tenant, asker.channel, &asker.address, &new_id, update, now_ms())
                .await
                .map_err(failed)?;
        }
        let known = store.contact(&self.tenant, asker.channel, &asker.address).await.map_err(failed)?;
        let attributes = known.map(|known| attributes(&known.attributes)).unwrap_or_default();
        Ok(one("attributes", Value::map(attributes)))
    }

    /// Adds what the store knows of a contact to what the channel knows.
    pub(super) async fn recognise(&self, channel: &str, contact: &mut Contact) {
        let Some(store) = &self.store else { return };
        if contact.address.is_empty() {
            return;
        }
        match store.contact(&self.tenant, channel, &contact.address).await {
            Ok(Some(known)) => {
                contact.id = known.id;
                if let Some(name) = known.name.filter(|_| contact.name.is_empty()) {
                    contact.name = name;
                }
                if let Some(locale) = known.locale.filter(|_| contact.locale.is_empty()) {
                    contact.locale = locale;
                }
                contact.attributes = attributes(&known.attributes);
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the contact could not be looked up; the session begins without it"),
        }
    }
}

fn attributes(stored: &BTreeMap<String, String>) -> BTreeMap<String, Value> {
    stored
        .iter()
        .map(|(name, json)| (name.clone(), serde_json::from_str(json).unwrap_or_else(|_| Value::text(json.as_str()))))
        .collect()
}
