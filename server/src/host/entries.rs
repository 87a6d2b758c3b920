//! The entry points of a tenant while the server runs: those of the configuration, which stay, and those that were made through the API, which are
//! kept in the store. A door that the configuration names is the configuration's, whatever is in the store.

use super::{Host, now_ms};
use crate::config::{Channel, Entry, Hook, Leads, Mistake, Secret, check_entry};
use crate::store::{self, StoredEntry};
use offhook_editor_api::EntryRequest;
use std::sync::{Arc, PoisonError, RwLock};

/// Why an entry was not taken.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// It makes no sense.
    #[error("{0}")]
    Senseless(String),
    /// Its door leads elsewhere already.
    #[error("{0}")]
    Taken(String),
    /// Somebody else has changed or removed it meanwhile.
    #[error("it is another version by now")]
    Stale,
    /// The store failed, or is full.
    #[error("{0}")]
    Store(#[from] store::Error),
}

/// An entry that was made through the API.
#[derive(Clone, Debug)]
pub struct MadeEntry {
    /// Its id.
    pub id: String,
    /// What was written.
    pub written: EntryRequest,
    /// Its revision.
    pub revision: i64,
    /// When it was last changed, in Unix milliseconds.
    pub updated_at_ms: i64,
    /// Whether it holds.
    pub in_force: bool,
}

/// The entry points of a tenant at a moment.
#[derive(Debug, Default)]
pub struct EntryBook {
    /// All that hold: those of the configuration first.
    pub entries: Arc<[Entry]>,
    /// Those that were made, also the ones that do not hold.
    pub made: Vec<MadeEntry>,
}

pub(super) struct Entries {
    book: RwLock<Arc<EntryBook>>,
    /// Held while entries change, from the first look to memory; that of the first tenant is held for all.
    changing: tokio::sync::Mutex<()>,
}

impl Entries {
    pub(super) fn new(configured: &[Entry]) -> Entries {
        let book = EntryBook { entries: configured.into(), made: Vec::new() };
        Entries { book: RwLock::new(Arc::new(book)), changing: tokio::sync::Mutex::default() }
    }
}

fn wrong(mistakes: Vec<Mistake>) -> EntryError {
    let told = mistakes.into_iter().map(|Mistake { key, what, help }| match help {
        Some(help) => format!("{key}: {what} ({help})"),
        None => format!("{key}: {what}"),
    });
    EntryError::Senseless(told.collect::<Vec<_>>().join("; "))
}

/// What was written, as an entry.
fn entry(written: &EntryRequest, must_sign: bool) -> Result<Entry, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let hook = Hook {
        name: written.webhook.clone().or_else(|| written.event.clone()).unwrap_or_default(),
        secret: None,
        named_secret: written.secret.clone(),
        inputs: written.inputs.clone(),
        contact: written.contact.clone(),
    };
    let doors = [
        written.number.clone().map(Channel::Number),
        written.chat.clone().map(Channel::Chat),
        written.webhook.is_some().then(|| Channel::Webhook(hook.clone())),
        written.event.is_some().then(|| Channel::Event(hook.clone())),
    ];
    let mut doors: Vec<Channel> = doors.into_iter().flatten().collect();
    let leads = Leads::new(written.flows.iter().map(|lead| (lead.flow.clone(), lead.weight)).collect());
    let leads = leads.map_err(|what| mistakes.push(Mistake { key: "flows", what, help: None })).ok();
    if doors.len() != 1 {
        let what = match doors.is_empty() {
            true => crate::config::NO_DOOR,
            false => crate::config::SEVERAL_DOORS,
        };
        mistakes.push(Mistake { key: "number", what: what.to_owned(), help: None });
        return Err(mistakes);
    }
    let channel = doors.remove(0);
    let given = |key: &str| match key {
        "secret" => written.secret.is_some(),
        "inputs" => !written.inputs.is_empty(),
        _ => written.contact.is_some(),
    };
    mistakes.extend(check_entry(&channel, &hook, written.locale.as_deref(), given, must_sign));
    match leads {
        Some(leads) if mistakes.is_empty() => Ok(Entry { channel, leads, locale: written.locale.clone() }),
        _ => Err(mistakes),
    }
}

/// A number without the `+` that a caller may leave out.
fn plain(number: &str) -> &str {
    number.trim_start_matches('+')
}

/// Whether calls to one tenant's number could reach the other's entry.
fn overlap(one: &Channel, other: &Channel) -> bool {
    match (one, other) {
        (Channel::Number(one), Channel::Number(other)) => {
            plain(one).starts_with(plain(other)) || plain(other).starts_with(plain(one))
        }
        _ => false,
    }
}

impl Host {
    /// The entry points that hold at this moment.
    pub fn entries(&self) -> Arc<[Entry]> {
        self.entry_book().entries.clone()
    }

    /// The entry points at this moment, those that were made among them.
    pub fn entry_book(&self) -> Arc<EntryBook> {
        self.inner.entries.book.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The secret of this name: that of the vault, or else that of the configuration.
    pub fn secret(&self, name: &str) -> Option<Secret> {
        let kept = self.vault().and_then(|vault| vault.get(name));
        kept.or_else(|| self.config().secrets.get(name).cloned())
    }

    /// Whether webhooks must be signed here: others reach this address.
    pub fn must_sign(&self) -> bool {
        !self.config().server.bind.ip().is_loopback()
    }

    /// What the store has, from now on. `claimed` says which doors are those of a configuration.
    async fn read_entries(&self, claimed: impl Fn(&Channel) -> bool) -> Result<(), store::Error> {
        let mut entries = self.config().entries.clone();
        let mut made = Vec::new();
        for stored in self.store().entries(self.tenant()).await? {
            let told = (self.tenant(), stored.kind.as_str(), stored.door.as_str());
            let Ok(written) = serde_json::from_str::<EntryRequest>(&stored.written) else {
                tracing::error!(tenant = told.0, kind = told.1, door = told.2, "an entry point cannot be read");
                continue;
            };
            // Where webhooks need not be signed when it was made and must be now, it does not hold either.
            let held = entry(&written, self.must_sign()).ok().filter(|entry| !claimed(&entry.channel));
            if held.is_none() {
                tracing::warn!(
                    tenant = told.0,
                    kind = told.1,
                    door = told.2,
                    "an entry point that was made does not hold: the configuration says otherwise"
                );
            }
            made.push(MadeEntry {
                id: stored.id,
                written,
                revision: stored.revision,
                updated_at_ms: stored.updated_at_ms,
                in_force: held.is_some(),
            });
            entries.extend(held);
        }
        let book = Arc::new(EntryBook { entries: entries.into(), made });
        *self.inner.entries.book.write().unwrap_or_else(PoisonError::into_inner) = book;
        Ok(())
    }

    /// Makes an entry, or the next revision of one. `hosts` are those of all tenants. It holds when this returns.
    ///
    /// # Errors
    /// When it makes no sense, when its door leads elsewhere, when it is another revision by now, when the store fails.
    pub async fn keep_entry(
        &self,
        hosts: &[Host],
        id: Option<(&str, i64)>,
        written: &EntryRequest,
    ) -> Result<String, EntryError> {
        let new = entry(written, self.must_sign()).map_err(wrong)?;
        if let Some(name) = written.secret.as_deref().filter(|name| self.secret(name).is_none()) {
            let what = format!("secret: there is no secret `{name:.100}`");
            return Err(EntryError::Senseless(what));
        }
        let _alone = first(self, hosts).inner.entries.changing.lock().await;
        self.is_free(hosts, id.map(|(id, _)| id), &new.channel)?;
        let (kind, door) = new.channel.door();
        let (id, revision) = match id {
            Some((id, revision)) => (id.to_owned(), revision + 1),
            None => (uuid::Uuid::new_v4().simple().to_string(), 1),
        };
        store::audit::about(format!("{kind} {door}"));
        let stored = StoredEntry {
            id: id.clone(),
            kind: kind.to_owned(),
            door: door.to_owned(),
            written: serde_json::to_string(written).expect("an entry is plain data"),
            revision,
            updated_at_ms: now_ms(),
        };
        if !self.store().put_entry(self.tenant(), stored).await? {
            return Err(EntryError::Stale);
        }
        self.read_entries(|door| is_configured(hosts, door)).await?;
        Ok(id)
    }

    /// Removes an entry. Nobody comes in by its door when this returns.
    ///
    /// # Errors
    /// When it is another revision by now, when the store fails.
    pub async fn drop_entry(&self, hosts: &[Host], id: &str, revision: i64) -> Result<(), EntryError> {
        let _alone = first(self, hosts).inner.entries.changing.lock().await;
        if let Some(made) = self.entry_book().made.iter().find(|made| made.id == id)
            && let Ok(entry) = entry(&made.written, false)
        {
            let (kind, door) = entry.channel.door();
            store::audit::about(format!("{kind} {door}"));
        }
        if !self.store().remove_entry(self.tenant(), id, revision).await? {
            return Err(EntryError::Stale);
        }
        Ok(self.read_entries(|door| is_configured(hosts, door)).await?)
    }

    /// That no other entry has this door, and no other tenant's number is like it.
    fn is_free(&self, hosts: &[Host], own: Option<&str>, channel: &Channel) -> Result<(), EntryError> {
        let (key, door) = channel.door();
        if matches!(channel, Channel::Event(_)) {
            return Ok(());
        }
        let taken = |what: &str| EntryError::Taken(format!("{key}: {what}"));
        if is_configured(hosts, channel) {
            return Err(taken("the configuration of the server (offhook.toml) says where it leads"));
        }
        for host in hosts {
            let book = host.entry_book();
            let is_ours = host.tenant() == self.tenant();
            for other in book.made.iter().filter(|other| !is_ours || Some(other.id.as_str()) != own) {
                // What does not hold has its door nevertheless: the store keeps one of each.
                if entry(&other.written, false).is_ok_and(|other| other.channel.door() == (key, door)) {
                    return Err(taken(crate::config::SAME_DOOR));
                }
            }
            if !is_ours && book.entries.iter().any(|other| overlap(channel, &other.channel)) {
                return Err(taken("calls to another tenant's number would come in here, or the other way round"));
            }
        }
        Ok(())
    }
}

/// The tenant whose lock is held for all.
fn first<'h>(own: &'h Host, hosts: &'h [Host]) -> &'h Host {
    hosts.first().unwrap_or(own)
}

/// Whether the configuration of any tenant has this door.
fn is_configured(hosts: &[Host], channel: &Channel) -> bool {
    !matches!(channel, Channel::Event(_))
        && hosts.iter().flat_map(|host| &host.config().entries).any(|entry| entry.channel.door() == channel.door())
}

/// Takes up what was made before the server started, for all tenants.
///
/// # Errors
/// When the store fails.
pub async fn take_up_entries(hosts: &[Host]) -> Result<(), store::Error> {
    for host in hosts {
        host.read_entries(|door| is_configured(hosts, door)).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use offhook_editor_api::EntryLead;

    fn written(change: impl FnOnce(&mut EntryRequest)) -> EntryRequest {
        let lead = EntryLead { flow: "a".to_owned(), weight: 1 };
        let mut written = EntryRequest { flows: vec![lead], ..EntryRequest::default() };
        change(&mut written);
        written
    }

    fn told(change: impl FnOnce(&mut EntryRequest)) -> String {
        entry(&written(change), true).map_err(wrong).expect_err("it is refused").to_string()
    }

    #[test]
    fn what_makes_no_sense_is_told_in_the_words_of_the_configuration() {
        assert!(told(|_| {}).contains("an entry needs `number` or `chat`"));
        let two = told(|it| (it.number, it.chat) = (Some("1".to_owned()), Some("web".to_owned())));
        assert!(two.contains("an entry has one of `number`"), "{two}");
        assert!(told(|it| it.chat = Some(String::new())).contains("chat: "));
        assert!(told(|it| it.number = Some("5".repeat(300))).contains("number: "));
        let unsigned = told(|it| it.webhook = Some("orders".to_owned()));
        assert!(unsigned.contains("requests must be signed"), "{unsigned}");
        let weight = told(|it| {
            it.chat = Some("web".to_owned());
            it.flows[0].weight = 1_001;
        });
        assert!(weight.contains("a weight is 1 to 1000, and not 1001"), "{weight}");
        let none = told(|it| {
            it.chat = Some("web".to_owned());
            it.flows.clear();
        });
        assert!(none.contains("names 1 to 16 flows"), "{none}");
        let pointer = told(|it| {
            it.event = Some("order.shipped".to_owned());
            it.inputs.insert("n".to_owned(), "n".to_owned());
        });
        assert!(pointer.contains("`n` is no JSON pointer"), "{pointer}");
        let foreign = told(|it| {
            it.chat = Some("web".to_owned());
            it.contact = Some("/who".to_owned());
        });
        assert!(foreign.contains("contact: is for `webhook` and `event` only"), "{foreign}");
        assert!(entry(&written(|it| it.number = Some(String::new())), true).is_ok(), "the one for all other numbers");
    }

    #[test]
    fn numbers_of_two_tenants_that_begin_alike_overlap() {
        let number = |number: &str| Channel::Number(number.to_owned());
        for (one, other, is_so) in [
            ("1555", "+1555", true),
            ("1555", "15550100", true),
            ("", "44", true),
            ("1555", "1556", false),
            ("1", "44", false),
        ] {
            assert_eq!(overlap(&number(one), &number(other)), is_so, "{one} {other}");
            assert_eq!(overlap(&number(other), &number(one)), is_so, "{other} {one}");
        }
        assert!(!overlap(&number("1"), &Channel::Chat("1".to_owned())));
    }
}
