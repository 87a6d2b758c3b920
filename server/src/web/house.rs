//! The house that the editor's API looks into: the library of flows and the store of this server.

use crate::channels::chat;
use crate::config::Channel;
use crate::host::{Host, own};
use crate::store::{Cursor, SessionFilter, SessionRow, SessionState};
use async_trait::async_trait;
use offhook_editor_api::{
    FlowSummary, House, HouseError, KeptVersion, SessionPage, SessionQuery, SessionSummary, Trail,
};
use offhook_flow_schemas::Document;
use offhook_runtime::{Catalog, Compiled, Limits, Program, moment};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Sessions in a page, unless fewer are asked for.
const PAGE: usize = 50;

/// The most sessions in a page.
const LARGEST_PAGE: usize = 200;

pub(super) struct StoreHouse {
    host: Host,
    /// Those of all tenants: a door leads to one of them only.
    pub(super) hosts: Arc<[Host]>,
    /// Held from looking at what there is until what is new has been written.
    pub(super) saving: tokio::sync::Mutex<()>,
}

impl StoreHouse {
    pub(super) fn new(host: Host, hosts: Arc<[Host]>) -> Self {
        StoreHouse { host, hosts, saving: tokio::sync::Mutex::default() }
    }

    pub(super) fn host(&self) -> &Host {
        &self.host
    }

    async fn row(&self, id: &str) -> Result<SessionRow, HouseError> {
        let found = self.host.store().session(self.host.tenant(), id).await.map_err(failed)?;
        found.ok_or_else(|| HouseError::NotFound(format!("session `{id}`")))
    }
}

pub(super) fn failed(error: impl std::fmt::Display) -> HouseError {
    HouseError::Failed(error.to_string())
}

fn summary(row: SessionRow) -> SessionSummary {
    SessionSummary {
        id: row.id,
        flow: row.flow,
        version: row.version,
        channel: row.channel,
        contact: row.address,
        state: row.state.as_str().to_owned(),
        turns: row.seq,
        started_at: moment(row.started_at_ms),
        updated_at: moment(row.updated_at_ms),
        end_reason: row.end_reason,
    }
}

#[async_trait]
impl House for StoreHouse {
    fn catalog(&self) -> Arc<Catalog> {
        self.host.library().catalog()
    }

    fn limits(&self) -> Limits {
        *self.host.library().limits()
    }

    fn flows(&self) -> Vec<FlowSummary> {
        let serving = self.host.library().serving();
        let entries = self.host.entries();
        serving
            .ids()
            .into_iter()
            .filter_map(|id| {
                let flow = serving.program(id)?.entry();
                let file = serving.file(id);
                let name = file.map(|file| file.path.display().to_string()).unwrap_or_default();
                let description =
                    file.and_then(|file| file.document.as_ref()?.flow.description.clone()).unwrap_or_default();
                Some(FlowSummary {
                    id: id.to_owned(),
                    title: flow.title.clone(),
                    description,
                    kind: flow.kind.to_string(),
                    channels: flow.channels.iter().map(ToString::to_string).collect(),
                    locales: flow.locales.iter().map(ToString::to_string).collect(),
                    version: flow.version,
                    hash: flow.hash.clone(),
                    chat: chat::chats(flow.kind, &flow.channels),
                    numbers: entries
                        .iter()
                        .filter(|entry| entry.leads.flows().any(|flow| flow == id))
                        .filter_map(|entry| match &entry.channel {
                            Channel::Number(number) => Some(number.clone()),
                            Channel::Chat(_) | Channel::Webhook(_) | Channel::Event(_) => None,
                        })
                        .collect(),
                    diagnostics: serving.diagnostics.iter().filter(|found| found.file == name).count(),
                    stale: serving.stale.iter().any(|stale| stale == id),
                })
            })
            .collect()
    }

    fn compiled(&self, use_it: &mut dyn FnMut(&Compiled)) {
        use_it(self.host.library().serving().compiled());
    }

    fn document(&self, id: &str) -> Option<Arc<Document>> {
        self.host.library().serving().file(id)?.document.clone()
    }

    fn program(&self, id: &str) -> Option<Arc<Program>> {
        self.host.library().program(id)
    }

    async fn version(&self, flow: &str, version: i64) -> Result<KeptVersion, HouseError> {
        let kept = self.host.store().version(self.host.tenant(), flow, version).await.map_err(failed)?;
        let kept = kept.ok_or_else(|| HouseError::NotFound(format!("version {version} of `{flow}`")))?;
        let mut texts: BTreeMap<String, String> = serde_json::from_str(&kept.locales).map_err(failed)?;
        let types = own::take_kept(&mut texts);
        Ok(KeptVersion { flow: kept.flow, version: kept.version, source: kept.source, texts, types })
    }

    async fn sessions(&self, query: SessionQuery) -> Result<SessionPage, HouseError> {
        let after = match &query.cursor {
            Some(text) => Some(Cursor::decode(text).ok_or(HouseError::Cursor)?),
            None => None,
        };
        let filter = SessionFilter {
            flow: query.flow,
            state: query.state.and_then(|state| match state.as_str() {
                "active" => Some(SessionState::Active),
                "ended" => Some(SessionState::Ended),
                _ => None,
            }),
            channel: query.channel,
            address: query.contact,
            ..SessionFilter::default()
        };
        let limit = query.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
        let page = self.host.store().sessions(self.host.tenant(), &filter, after.as_ref(), limit).await;
        let (rows, next) = page.map_err(failed)?;
        Ok(SessionPage { sessions: rows.into_iter().map(summary).collect(), next: next.map(|cursor| cursor.encode()) })
    }

    async fn session(&self, id: &str) -> Result<SessionSummary, HouseError> {
        Ok(summary(self.row(id).await?))
    }

    async fn trail(&self, id: &str) -> Result<Trail, HouseError> {
        let row = self.row(id).await?;
        let journal = self.host.journal(id).await.map_err(failed)?;
        let programs = self.host.programs_of(&row, &journal).await.map_err(failed)?;
        Ok(Trail { programs, journal })
    }
}
