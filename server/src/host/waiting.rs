//! Who waits where, and what publishing a draft would make of them; and what the draft changes, in sentences.

use super::moves::{Fate, Ways, fate};
use super::preview::load;
use super::releases::ReleaseError;
use super::{Host, HostError, now_ms};
use crate::store::{SessionFilter, SessionState};
use offhook_flow_schemas::diff::{Version, diff};
use offhook_flow_schemas::edit::{File, Files};
use offhook_runtime::replay::Place;
use offhook_runtime::{Catalog, Compiled, FlowSource, Program, Session};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Sessions in memory at once.
const BATCH: usize = 64;

/// People who are looked at, whatever is asked.
const MOST: usize = 2_000;

/// Sentences about one flow; who changes more reads `offhook diff`.
const SENTENCES: usize = 100;

/// People who wait at a node of a version, and share a fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The version of the flow that they are in.
    pub version: i64,
    /// Where.
    pub place: Place,
    /// What becomes of them.
    pub fate: Fate,
    /// How many.
    pub sessions: usize,
}

/// What a draft changes for those who call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The flow.
    pub flow: String,
    /// What changes, a sentence each.
    pub sentences: Vec<String>,
}

impl Host {
    /// Who waits in conversations of a flow, most first, and whether there are more than were looked at.
    pub(super) async fn waiting(&self, draft: &Arc<Program>) -> Result<(Vec<Waiting>, bool), ReleaseError> {
        let filter = SessionFilter {
            flow: Some(draft.id().to_owned()),
            state: Some(SessionState::Active),
            ..SessionFilter::default()
        };
        let mut ways = Ways::to(draft.clone());
        let mut counted: BTreeMap<(i64, Place, Fate), usize> = BTreeMap::new();
        let (mut left, mut after) = (MOST, None);
        let more = loop {
            let page = self.inner.store.sessions(&self.inner.tenant, &filter, after.as_ref(), left.min(BATCH)).await?;
            let (rows, next) = page;
            left -= rows.len();
            for row in &rows {
                // One that has ended meanwhile, or runs on the draft already, is not concerned.
                if let Some((place, fate)) = self.fate_of(&mut ways, &row.id).await? {
                    *counted.entry((row.version, place, fate)).or_default() += 1;
                }
            }
            match next {
                Some(_) if left == 0 => break true,
                Some(cursor) if !rows.is_empty() => after = Some(cursor),
                _ => break false,
            }
        };
        let mut waiting: Vec<Waiting> = counted
            .into_iter()
            .map(|((version, place, fate), sessions)| Waiting { version, place, fate, sessions })
            .collect();
        waiting.sort_by_key(|waiting| std::cmp::Reverse(waiting.sessions));
        Ok((waiting, more))
    }

    async fn fate_of(&self, ways: &mut Ways, id: &str) -> Result<Option<(Place, Fate)>, ReleaseError> {
        let row = self.inner.store.session(&self.inner.tenant, id).await?;
        let Some(row) = row.filter(|row| row.state == SessionState::Active) else { return Ok(None) };
        let way = ways.from(self, &row).await.map_err(load)?;
        let text = std::str::from_utf8(&row.snapshot).map_err(|error| ReleaseError::Load(error.to_string()))?;
        let session = Session::load(way.source(), text).map_err(|error| ReleaseError::Load(error.to_string()))?;
        let (flow, node) = session.position(way.source());
        let place = Place { flow: flow.to_owned(), node: node.to_owned() };
        Ok(fate(&way, &session, now_ms()).map(|fate| (place, fate)))
    }

    /// What the draft of a flow, and of every flow that it may enter, changes for those who call what is live.
    pub(super) async fn changes(&self, live: &Program, draft: &Program) -> Result<Vec<Changed>, HostError> {
        let versions = serde_json::to_string(&live.versions().flows).expect("numbers by name are plain data");
        let before = self.inner.library.compiled(&self.inner.store, &self.inner.tenant, &versions).await?;
        let serving = self.inner.library.serving();
        let catalog = self.inner.library.catalog();
        let knowledge = Catalog::with(&catalog, before.catalog.types().iter().cloned()).knowledge(None);
        let mut changed = Vec::new();
        for flow in draft.flows() {
            let source = serving.file(&flow.id).and_then(super::FlowFile::source);
            let was = before.sources.iter().find(|source| source.document.flow.id == flow.id);
            let (Some(was), Some(now)) = (was, source) else { continue };
            if before.compiled.flow(&flow.id).is_some_and(|was| was.hash == flow.hash) {
                continue;
            }
            let (Some(was), Some(now)) = (version(was, &before.compiled), version(&now, serving.compiled())) else {
                continue;
            };
            let mut sentences = diff(&was, &now, &knowledge).callers;
            sentences.truncate(SENTENCES);
            changed.push(Changed { flow: flow.id.clone(), sentences });
        }
        Ok(changed)
    }
}

/// A flow as the difference of two wants it.
fn version(source: &FlowSource, compiled: &Compiled) -> Option<Version> {
    let of =
        |source: &offhook_flow_schemas::Source| File { name: source.name.to_string(), text: source.text.to_string() };
    let files = Files {
        flow: of(&source.document.source),
        layout: None,
        texts: source.texts.iter().map(|texts| of(texts.tree.source())).collect(),
        talks: Vec::new(),
    };
    Version::read(&files, |flow| compiled.facts(&flow.id).cloned().unwrap_or_default()).ok()
}
