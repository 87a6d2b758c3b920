//! Entry points through the editor's API: those of the configuration are told, others are made and hold at once.

use super::house::{StoreHouse, failed};
use crate::channels::chat;
use crate::config::{Channel, Entry};
use crate::host::{EntryError, MadeEntry};
use async_trait::async_trait;
use offhook_editor_api::{
    Condition, EntryHolder, EntryLead, EntryList, EntryPoint, EntryRequest, EntrySource, EntryTrouble, HouseError,
    SilentLead, StaleFile,
};
use offhook_runtime::moment;

/// How the ids of those of the configuration begin; no other id has a dot.
const CONFIGURED: &str = "offhook.toml.";

impl From<EntryError> for HouseError {
    fn from(error: EntryError) -> Self {
        match error {
            EntryError::Senseless(why) => HouseError::Senseless(why),
            EntryError::Taken(why) => HouseError::Conflict(why),
            EntryError::Stale => HouseError::Stale { why: EntryError::Stale.to_string(), files: Vec::new() },
            EntryError::Store(full @ crate::store::Error::TooMany { .. }) => HouseError::Conflict(full.to_string()),
            EntryError::Store(large @ crate::store::Error::TooLarge { .. }) => HouseError::TooLarge(large.to_string()),
            EntryError::Store(error) => failed(error),
        }
    }
}

/// The entity tag of a revision.
fn etag(revision: i64) -> String {
    format!("\"{revision}\"")
}

/// An entry of the configuration as it would be written here. Its secret stays where it is.
fn written(entry: &Entry) -> EntryRequest {
    let flows = entry.leads.weighted().map(|(flow, weight)| EntryLead { flow: flow.to_owned(), weight }).collect();
    let mut written = EntryRequest { flows, locale: entry.locale.clone(), ..EntryRequest::default() };
    match &entry.channel {
        Channel::Number(number) => written.number = Some(number.clone()),
        Channel::Chat(key) => written.chat = Some(key.clone()),
        Channel::Webhook(hook) | Channel::Event(hook) => {
            let name = Some(hook.name.clone());
            match entry.channel {
                Channel::Webhook(_) => written.webhook = name,
                _ => written.event = name,
            }
            written.inputs.clone_from(&hook.inputs);
            written.contact.clone_from(&hook.contact);
        }
    }
    written
}

impl StoreHouse {
    /// The flows of an entry that do not answer at its door.
    fn silent(&self, entry: &EntryRequest) -> Vec<SilentLead> {
        let trouble = |flow: &str| match self.host().program(flow) {
            None => Some(EntryTrouble::NotServed),
            Some(program) => {
                let (kind, channels) = (program.entry().kind, &program.entry().channels);
                (entry.chat.is_some() && !chat::chats(kind, channels)).then_some(EntryTrouble::DoesNotChat)
            }
        };
        let flows = entry.flows.iter().map(|lead| &lead.flow);
        flows.filter_map(|flow| Some(SilentLead { why: trouble(flow)?, flow: flow.clone() })).collect()
    }

    fn configured(&self, number: usize, entry: &Entry) -> EntryPoint {
        let written = written(entry);
        EntryPoint {
            id: format!("{CONFIGURED}{number}"),
            source: EntrySource::Configuration,
            signed: matches!(&entry.channel, Channel::Webhook(hook) if hook.secret.is_some()),
            in_force: true,
            silent: self.silent(&written),
            written,
            etag: None,
            updated_at: None,
        }
    }

    fn made(&self, made: &MadeEntry) -> EntryPoint {
        EntryPoint {
            id: made.id.clone(),
            source: EntrySource::Made,
            signed: made.written.secret.is_some(),
            in_force: made.in_force,
            silent: self.silent(&made.written),
            written: made.written.clone(),
            etag: Some(etag(made.revision)),
            updated_at: Some(moment(made.updated_at_ms)),
        }
    }

    /// The revision that a write is based on.
    fn based_on(&self, id: &str, condition: &Condition) -> Result<i64, HouseError> {
        if id.starts_with(CONFIGURED) {
            self.point(id)?;
            let why = "this one is written in the configuration of the server (offhook.toml), and is changed there";
            return Err(HouseError::Conflict(why.to_owned()));
        }
        let book = self.host().entry_book();
        let made = book.made.iter().find(|made| made.id == id).ok_or_else(|| missing(id))?;
        if condition.holds(Some(&etag(made.revision))) {
            return Ok(made.revision);
        }
        let now = StaleFile { part: None, etag: Some(etag(made.revision)) };
        Err(HouseError::Stale { why: EntryError::Stale.to_string(), files: vec![now] })
    }

    fn point(&self, id: &str) -> Result<EntryPoint, HouseError> {
        if let Some(number) = id.strip_prefix(CONFIGURED) {
            let number = number.parse::<usize>().ok();
            let entry = number.and_then(|number| Some((number, self.host().config().entries.get(number)?)));
            return entry.map(|(number, entry)| self.configured(number, entry)).ok_or_else(|| missing(id));
        }
        let book = self.host().entry_book();
        book.made.iter().find(|made| made.id == id).map(|made| self.made(made)).ok_or_else(|| missing(id))
    }
}

fn missing(id: &str) -> HouseError {
    HouseError::NotFound(format!("entry point `{id:.100}`"))
}

#[async_trait]
impl EntryHolder for StoreHouse {
    async fn entry_points(&self) -> Result<EntryList, HouseError> {
        let config = self.host().config().clone();
        let configured = config.entries.iter().enumerate().map(|(number, entry)| self.configured(number, entry));
        let book = self.host().entry_book();
        let entries = configured.chain(book.made.iter().map(|made| self.made(made))).collect();
        Ok(EntryList { entries, must_sign: self.host().must_sign() })
    }

    async fn entry_point(&self, id: &str) -> Result<EntryPoint, HouseError> {
        self.point(id)
    }

    async fn make_entry(&self, request: EntryRequest) -> Result<EntryPoint, HouseError> {
        let id = self.host().keep_entry(&self.hosts, None, &request).await?;
        tracing::info!(tenant = self.host().tenant(), id, "an entry point was made");
        self.point(&id)
    }

    async fn change_entry(
        &self,
        id: &str,
        request: EntryRequest,
        condition: Condition,
    ) -> Result<EntryPoint, HouseError> {
        let revision = self.based_on(id, &condition)?;
        self.host().keep_entry(&self.hosts, Some((id, revision)), &request).await?;
        tracing::info!(tenant = self.host().tenant(), id, "an entry point was changed");
        self.point(id)
    }

    async fn remove_entry(&self, id: &str, condition: Condition) -> Result<(), HouseError> {
        let revision = self.based_on(id, &condition)?;
        self.host().drop_entry(&self.hosts, id, revision).await?;
        tracing::info!(tenant = self.host().tenant(), id, "an entry point was removed");
        Ok(())
    }
}
