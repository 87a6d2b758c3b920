//! The door to whatever holds flows and sessions.

use crate::assets::Assets;
use crate::audit::AuditHolder;
use crate::comments::CommentHolder;
use crate::documents::{Documents, StaleFile};
use crate::entries::EntryHolder;
use crate::keys::KeyHolder;
use crate::people::PersonHolder;
use crate::releases::Publishing;
use crate::reviews::ReviewHolder;
use crate::secrets::SecretHolder;
use crate::translations::Translators;
use crate::uses::UseFinder;
use async_trait::async_trait;
use offhook_flow_schemas::Document;
use offhook_runtime::replay::{Entry, Programs};
use offhook_runtime::{Catalog, Compiled, Limits, Program};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Why the house could not answer.
#[derive(Debug, thiserror::Error)]
pub enum HouseError {
    /// There is no such thing.
    #[error("there is no {0}")]
    NotFound(String),
    /// A cursor that this house did not give.
    #[error("the cursor cannot be read")]
    Cursor,
    /// It cannot be done as things are.
    #[error("{0}")]
    Conflict(String),
    /// What is asked makes no sense.
    #[error("{0}")]
    Senseless(String),
    /// It is larger than it may be.
    #[error("{0}")]
    TooLarge(String),
    /// It is not of the type that is wanted here.
    #[error("{0}")]
    OtherType(String),
    /// It was based on a version that is not the one there is.
    #[error("{why}")]
    Stale {
        /// What is not as it was.
        why: String,
        /// The versions there are.
        files: Vec<StaleFile>,
    },
    /// It may not be done here.
    #[error("{0}")]
    Forbidden(String),
    /// It failed; told and logged as it is.
    #[error("{0}")]
    Failed(String),
}

/// A flow in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FlowSummary {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// `ivr`, `chatbot`, `routing`, `outbound` or `library`.
    pub kind: String,
    /// The channels it promises.
    pub channels: Vec<String>,
    /// The locales it speaks.
    pub locales: Vec<String>,
    /// The version that is served.
    pub version: u32,
    /// That version's hash.
    pub hash: String,
    /// Whether a web chat may begin with it.
    pub chat: bool,
    /// The telephone numbers that lead to it.
    pub numbers: Vec<String>,
    /// Problems found in its file as it is now.
    pub diagnostics: usize,
    /// Whether the file has errors, so that an older version is served.
    pub stale: bool,
}

/// Which sessions.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
pub struct SessionQuery {
    /// Of this flow.
    pub flow: Option<String>,
    /// `active` or `ended`.
    pub state: Option<String>,
    /// Of this channel.
    pub channel: Option<String>,
    /// Of this contact's address.
    pub contact: Option<String>,
    /// Where the last page ended.
    pub cursor: Option<String>,
    /// How many, at most 200.
    pub limit: Option<usize>,
}

/// A session in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SessionSummary {
    /// Its id.
    pub id: String,
    /// The flow it began in.
    pub flow: String,
    /// That flow's version.
    pub version: i64,
    /// Its channel.
    pub channel: String,
    /// The contact's address.
    pub contact: String,
    /// `active` or `ended`.
    pub state: String,
    /// How many turns it has made.
    pub turns: i64,
    /// When it began (RFC 3339).
    pub started_at: String,
    /// When it last moved (RFC 3339).
    pub updated_at: String,
    /// Why it ended.
    pub end_reason: Option<String>,
}

/// A page of sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SessionPage {
    /// The sessions, newest first.
    pub sessions: Vec<SessionSummary>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

/// A version of a flow as it was kept, to the letter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KeptVersion {
    /// The flow.
    pub flow: String,
    /// The version's number, from 1.
    pub version: i64,
    /// The document.
    pub source: String,
    /// The texts of other locales: locale to document.
    pub texts: BTreeMap<String, String>,
    /// The node types of a tenant's own that it uses: name to description.
    pub types: BTreeMap<String, String>,
}

/// A recorded session with the program that it ran on.
pub struct Trail {
    /// The programs that it ran on: one, unless another version took it over.
    pub programs: Programs,
    /// The journal.
    pub journal: Vec<Entry>,
}

/// What holds flows and sessions. Every answer is of one tenant, whose house this is.
#[async_trait]
pub trait House:
    Publishing
    + Documents
    + Assets
    + SecretHolder
    + KeyHolder
    + PersonHolder
    + CommentHolder
    + ReviewHolder
    + AuditHolder
    + UseFinder
    + EntryHolder
    + Translators
{
    /// The node types.
    fn catalog(&self) -> Arc<Catalog>;
    /// Limits for scripts and templates of documents that are sent.
    fn limits(&self) -> Limits;
    /// The flows that are served.
    fn flows(&self) -> Vec<FlowSummary>;
    /// Uses what was compiled for the flows that are served.
    fn compiled(&self, use_it: &mut dyn FnMut(&Compiled));
    /// The document that is served for a flow.
    fn document(&self, id: &str) -> Option<Arc<Document>>;
    /// The program that is served for a flow.
    fn program(&self, id: &str) -> Option<Arc<Program>>;
    /// A version as it was kept.
    async fn version(&self, flow: &str, version: i64) -> Result<KeptVersion, HouseError>;
    /// Sessions.
    async fn sessions(&self, query: SessionQuery) -> Result<SessionPage, HouseError>;
    /// One session.
    async fn session(&self, id: &str) -> Result<SessionSummary, HouseError>;
    /// A session's journal and program.
    async fn trail(&self, id: &str) -> Result<Trail, HouseError>;
}
