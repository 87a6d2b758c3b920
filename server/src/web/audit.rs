//! What the audit log says of requests: each one that changes something is a line, by its method and path. A route that is not named here is
//! told, too, with its path. What the words mean to people is the page's.

use super::house::{StoreHouse, failed};
use crate::host::now_ms;
use crate::store::Store;
use crate::store::audit::{AuditFilter, NewLine, telling};
use async_trait::async_trait;
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{Extensions, Method};
use axum::response::Response;
use jiff::Timestamp;
use offhook_editor_api::{Actor, AuditHolder, AuditLine, AuditPage, AuditQuery, HouseError};
use offhook_runtime::moment;
use percent_encoding::percent_decode_str;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Lines in a page, unless fewer are asked for, and the most.
const PAGE: usize = 50;
const LARGEST_PAGE: usize = 200;

/// Failed sign-ins that are told in a minute. Somebody who guesses from many addresses must not fill the disk; there is a log beside, and what
/// a minute has more of is counted there.
const FAILURES_TOLD: u32 = 60;

/// What a request does, and on what; nothing where it changes nothing, or where what it writes says itself who did it and when.
pub(super) fn deed(method: &Method, path: &str) -> Option<(&'static str, String)> {
    if method.is_safe() {
        return None;
    }
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    let parts: Vec<String> = path.trim_start_matches('/').split('/').map(plain).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let is_removal = *method == Method::DELETE;
    let or = |removed: &'static str, written: &'static str| if is_removal { removed } else { written };
    let told = match parts.as_slice() {
        // Nothing changes.
        ["check" | "talk"] | ["texts", _] | ["sessions", ..] => return None,
        // A conversation begins, which has a journal.
        ["events"] => return None,
        // Comments bear the name of whoever wrote or resolved them.
        ["flows", _, "comments"] | ["flows", _, "comments", _, "resolution"] => return None,
        ["flows", flow, "comments", number] => ("comment-removed", format!("{flow} {number}")),
        ["flows"] => ("document-written", String::new()),
        ["flows", flow, "files"] => (or("document-removed", "document-written"), (*flow).to_owned()),
        ["flows", flow, "files", part] => (or("document-removed", "document-written"), format!("{flow} {part}")),
        ["flows", flow, "releases"] => ("published", (*flow).to_owned()),
        ["flows", flow, "rollback"] => ("rolled-back", (*flow).to_owned()),
        ["flows", flow, "promote"] => ("promoted", (*flow).to_owned()),
        ["flows", flow, "shadow"] => ("shadow-begun", (*flow).to_owned()),
        ["flows", flow, "shadow", "stop"] => ("shadow-ended", (*flow).to_owned()),
        ["flows", flow, "review"] => ("review-asked", (*flow).to_owned()),
        ["flows", flow, "review", _] => ("review-decided", (*flow).to_owned()),
        ["assets", path] => (or("asset-removed", "asset-written"), (*path).to_owned()),
        ["keys", id @ ..] => (or("key-removed", "key-made"), id.join(" ")),
        ["people", login, "password"] => ("password-reset", (*login).to_owned()),
        ["people"] => ("person-added", String::new()),
        ["people", login] => (or("person-removed", "person-changed"), (*login).to_owned()),
        ["secrets", name] => (or("secret-removed", "secret-set"), (*name).to_owned()),
        ["secret-keys"] => ("secrets-sealed", String::new()),
        ["entries", id @ ..] if *method == Method::POST => ("entry-made", id.join(" ")),
        ["entries", id @ ..] => (or("entry-removed", "entry-changed"), id.join(" ")),
        other => (or("removed", "changed"), other.join("/")),
    };
    Some(told)
}

fn plain(part: &str) -> String {
    percent_decode_str(part).decode_utf8_lossy().into_owned()
}

/// Where a request comes from: the other end of its connection, whatever its headers say.
pub(super) fn address_of(extensions: &Extensions) -> String {
    let from = extensions.get::<ConnectInfo<SocketAddr>>();
    from.map(|ConnectInfo(from)| from.ip().to_canonical().to_string()).unwrap_or_default()
}

/// The line of a request, unless it has none.
pub(super) fn line_of(request: &Parts, tenant: &str, actor: &Actor) -> Option<NewLine> {
    let (action, subject) = deed(&request.method, request.uri.path())?;
    Some(NewLine {
        tenant: tenant.to_owned(),
        at_ms: now_ms(),
        actor: actor.id.clone(),
        actor_name: actor.name.clone(),
        action: action.to_owned(),
        subject,
        detail: String::new(),
        address: address_of(&request.extensions),
    })
}

/// Answers a request, and tells it when it has done what it asks.
pub(super) async fn told(store: &Store, line: NewLine, answer: impl Future<Output = Response>) -> Response {
    let (response, left) = telling(line, answer).await;
    if response.status().is_success()
        && let Some(line) = left
    {
        tell(store, line).await;
    }
    response
}

/// Writes a line. What it tells has happened already: where that fails, the log of the server has it.
pub(super) async fn tell(store: &Store, line: NewLine) {
    let (action, subject, by) = (line.action.clone(), line.subject.clone(), line.actor.clone());
    if let Err(error) = store.tell(line).await {
        tracing::warn!(action, subject, by, %error, "this is missing in the audit log");
    }
}

/// Counts what is told of failed sign-ins.
#[derive(Debug, Default)]
pub(super) struct Failures(Mutex<Option<(Instant, u32)>>);

impl Failures {
    /// Whether one more is told.
    pub(super) fn is_told(&self) -> bool {
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        match minute.as_mut() {
            Some((since, told)) if now.duration_since(*since) < Duration::from_secs(60) => {
                *told = told.saturating_add(1);
                *told <= FAILURES_TOLD
            }
            _ => {
                *minute = Some((now, 1));
                true
            }
        }
    }
}

fn moment_ms(text: Option<String>) -> Result<Option<i64>, HouseError> {
    let read = |text: String| {
        let moment: Result<Timestamp, _> = text.parse();
        moment
            .map(Timestamp::as_millisecond)
            .map_err(|_| HouseError::Senseless(format!("`{text:.60}` is no moment such as 2026-12-24T08:00:00Z")))
    };
    text.filter(|text| !text.is_empty()).map(read).transpose()
}

#[async_trait]
impl AuditHolder for StoreHouse {
    async fn audit(&self, query: AuditQuery) -> Result<AuditPage, HouseError> {
        let before = match query.cursor {
            Some(cursor) => Some(cursor.parse().map_err(|_| HouseError::Cursor)?),
            None => None,
        };
        let filter = AuditFilter {
            who: query.who.unwrap_or_default(),
            what: query.what.unwrap_or_default(),
            from_ms: moment_ms(query.from)?,
            to_ms: moment_ms(query.to)?,
            before,
        };
        let limit = query.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
        let mut lines = self.host().store().audit(self.host().tenant(), &filter, limit + 1).await.map_err(failed)?;
        let more = lines.len() > limit;
        lines.truncate(limit);
        let next = lines.last().filter(|_| more).map(|last| last.number.to_string());
        let told = lines.into_iter().map(|line| AuditLine {
            number: line.number,
            at: moment(line.told.at_ms),
            who: line.told.actor,
            name: line.told.actor_name,
            what: line.told.action,
            on: line.told.subject,
            detail: line.told.detail,
            address: line.told.address,
        });
        Ok(AuditPage { lines: told.collect(), next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_has_a_word_and_says_on_what() {
        for (method, path, told) in [
            (Method::GET, "/secrets", None),
            (Method::POST, "/check", None),
            (Method::POST, "/texts/import", None),
            (Method::POST, "/sessions/s_1/replay", None),
            (Method::PUT, "/secrets/CLINIC_KEY", Some(("secret-set", "CLINIC_KEY"))),
            (Method::DELETE, "/secrets/CLINIC_KEY", Some(("secret-removed", "CLINIC_KEY"))),
            (Method::PUT, "/flows/clinic%2Freception/files", Some(("document-written", "clinic/reception"))),
            (Method::DELETE, "/flows/clinic%2Freception/files/es", Some(("document-removed", "clinic/reception es"))),
            (Method::POST, "/flows/a/promote", Some(("promoted", "a"))),
            (Method::POST, "/people/ann/password", Some(("password-reset", "ann"))),
            // What nobody thought of is told all the same.
            (Method::POST, "/something/new", Some(("changed", "something/new"))),
        ] {
            let told = told.map(|(action, subject)| (action, subject.to_owned()));
            assert_eq!(deed(&method, path), told, "{method} {path}");
            assert_eq!(deed(&method, &format!("/api/v1{path}")), told, "{method} {path}");
        }
    }

    #[test]
    fn failures_are_told_up_to_a_bound() {
        let failures = Failures::default();
        let told = (0..FAILURES_TOLD + 10).filter(|_| failures.is_told()).count();
        assert_eq!(told, FAILURES_TOLD as usize);
    }
}
