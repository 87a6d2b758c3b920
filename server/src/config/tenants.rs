//! Tenants: several organisations on one server, each with its own flows, entries, secrets and connections. They share the process, its ports and
//! its limits, and nothing else.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::bindings;
use super::entries::{self, Entry, Seen};
use super::flows::{self, Flows, LiveFlows, Review};
use super::read::Table;
use super::secret::{self, Secret, Secrets};
use super::sections::{Config, Http, Server, Webhooks, webhooks};
use super::value::Network;

/// A tenant beside the one of `[flows]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Tenant {
    /// The folder of its flow documents.
    pub folder: PathBuf,
    /// The bearer token of its administrative API.
    pub api_token: Option<Secret>,
    /// What its new conversations begin on.
    pub live: LiveFlows,
    /// Whether somebody else must approve what it publishes.
    pub review: Review,
    /// Whether its documents can be written through the API.
    pub editing: bool,
    /// `[[tenants.NAME.entry]]`
    pub entries: Vec<Entry>,
    /// `[tenants.NAME.secrets]`
    pub secrets: Secrets,
    /// `[tenants.NAME.sources.NAME]`
    pub sources: BTreeMap<String, bindings::Source>,
    /// `[tenants.NAME.messages.NAME]`
    pub messages: BTreeMap<String, bindings::MessageChannel>,
    /// `[tenants.NAME.numbers]`
    pub numbers: BTreeMap<String, String>,
    /// `[tenants.NAME.webhooks]`
    pub webhooks: Webhooks,
    /// Networks that its flows may reach though they are not public.
    pub http_allow: Vec<Network>,
}

/// Reads `[tenants]`.
pub(super) fn all(t: &mut Table<'_, '_>, seen: &mut Seen, is_public: bool) -> BTreeMap<String, Tenant> {
    let mut found = BTreeMap::new();
    for name in t.names() {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.len() > 64 || name.starts_with('-') || !name.chars().all(plain) {
            t.problem(&name, "a tenant cannot have this name", Some("lower-case letters, digits and `-`".into()));
        }
        let tenant = t.inner(&name, |t| tenant(t, seen, is_public));
        found.insert(name, tenant);
    }
    found
}

fn tenant(t: &mut Table<'_, '_>, seen: &mut Seen, is_public: bool) -> Tenant {
    let api_token = secret::optional(t, "api_token");
    if t.find("api_token").is_none() {
        t.problem("api_token", "is missing", Some("api_token = \"env:NAME\"".into()));
    }
    if api_token.as_ref().is_some_and(|token| token.reveal().len() < 16) {
        t.problem("api_token", "a token must have at least 16 characters", None);
    }
    Tenant {
        folder: t.required("folder"),
        api_token,
        live: flows::live(t),
        review: flows::review(t),
        editing: t.get("editing", true),
        entries: t.tables("entry", |t| entries::entry(t, seen, is_public)).into_iter().flatten().collect(),
        secrets: t.inner("secrets", secret::all),
        sources: t.inner("sources", bindings::sources),
        messages: t.inner("messages", bindings::messages),
        numbers: t.inner("numbers", bindings::numbers),
        webhooks: t.inner("webhooks", webhooks),
        http_allow: t.get("http_allow", Vec::new()),
    }
}

/// What must hold between tenants: tokens that tell them apart, and folders that are their own.
pub(super) fn check(t: &mut Table<'_, '_>, tenants: &BTreeMap<String, Tenant>, server: &Server, flows: &Flows) {
    if !tenants.is_empty() && server.api_token.is_none() {
        let why = "with several tenants each must be known by its token, so `server.api_token` must be set";
        if let Some(name) = tenants.keys().next() {
            t.problem(name, why, Some("api_token = \"env:OFFHOOK_API_TOKEN\"".into()));
        }
    }
    let mut tokens: Vec<&Secret> = server.api_token.iter().collect();
    let mut folders = vec![&flows.folder];
    for (name, tenant) in tenants {
        if *name == flows.tenant {
            t.problem(name, "this is the tenant of `[flows]`", None);
        }
        if folders.iter().any(|folder| tenant.folder.starts_with(folder) || folder.starts_with(&tenant.folder)) {
            t.problem(name, "its folder is, or is in, or holds that of another tenant", None);
        }
        folders.push(&tenant.folder);
        if let Some((why, remedy)) = flows::wrong_review(tenant.live, tenant.review, server.sign_in) {
            t.problem(name, why, Some(remedy.into()));
        }
        if let Some(token) = &tenant.api_token {
            // Where secrets are only named, all look alike.
            if tokens.iter().any(|other| other.matches(token.reveal())) && !t.reader.names_only {
                t.problem(name, "another tenant has the same `api_token`", None);
            }
            tokens.push(token);
        }
    }
}

impl Config {
    /// The configuration as each tenant sees it: that of `[flows]` first, then the others by name. Ports and limits are the same; what belongs
    /// to a tenant is its own alone.
    pub fn of_tenants(&self) -> Vec<Config> {
        let first = Config { tenants: BTreeMap::new(), ..self.clone() };
        let others = self.tenants.iter().map(|(name, tenant)| Config {
            server: Server { api_token: tenant.api_token.clone(), ..self.server.clone() },
            flows: Flows {
                folder: tenant.folder.clone(),
                tenant: name.clone(),
                live: tenant.live,
                review: tenant.review,
                editing: tenant.editing,
                ..self.flows.clone()
            },
            entries: tenant.entries.clone(),
            secrets: tenant.secrets.clone(),
            sources: tenant.sources.clone(),
            messages: tenant.messages.clone(),
            numbers: tenant.numbers.clone(),
            webhooks: tenant.webhooks.clone(),
            http: Http { allow: tenant.http_allow.clone(), ..self.http.clone() },
            tenants: BTreeMap::new(),
            ..self.clone()
        });
        std::iter::once(first).chain(others).collect()
    }
}
