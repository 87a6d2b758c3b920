//! The audit log: who did what, when, on what, and from where. It is added to and read; only age removes lines.
//!
//! Whoever lets a request in says what it is about ([`telling`]), and carries that with the task of the request. Where the request changes what
//! this store keeps, the line is written in the same transaction; what is left over is written right after. So none of the doors in between
//! has to hand it on, and none can forget it. What the words of a line mean is not known here.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::{Result, Store, limits};

/// A line to write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewLine {
    /// Whose.
    pub tenant: String,
    /// When, milliseconds since 1970-01-01 UTC.
    pub at_ms: i64,
    /// What tells apart who did it.
    pub actor: String,
    /// What people call them.
    pub actor_name: String,
    /// What they did: a word such as `secret-set`.
    pub action: String,
    /// On what.
    pub subject: String,
    /// What else is worth knowing; never a secret.
    pub detail: String,
    /// Where the request came from.
    pub address: String,
}

/// A line as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    /// Its number in the tenant; later lines have higher ones.
    pub number: i64,
    /// What it tells.
    pub told: NewLine,
}

/// Which lines; what is empty does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// By whom: what tells them apart, or what people call them.
    pub who: String,
    /// What they did.
    pub what: String,
    /// From this moment on, milliseconds since 1970-01-01 UTC.
    pub from_ms: Option<i64>,
    /// Before this moment.
    pub to_ms: Option<i64>,
    /// With lower numbers than this.
    pub before: Option<i64>,
}

/// A line on its way, carried by the task of a request.
#[derive(Debug)]
pub(super) struct Telling {
    line: Mutex<NewLine>,
    is_written: AtomicBool,
}

tokio::task_local! {
    static TELLING: Arc<Telling>;
}

/// Does something that is to be told. The line is given back where it was not written together with what was done.
pub async fn telling<T>(line: NewLine, work: impl Future<Output = T>) -> (T, Option<NewLine>) {
    let telling = Arc::new(Telling { line: Mutex::new(line), is_written: AtomicBool::new(false) });
    let done = TELLING.scope(telling.clone(), work).await;
    (done, (!telling.is_written.load(Ordering::Acquire)).then(|| telling.line()))
}

/// Says on what it is, where that is only known meanwhile.
pub fn about(subject: impl Into<String>) {
    let subject = subject.into();
    let _ = TELLING.try_with(|telling| telling.edit(|line| line.subject = subject)); // nothing is told
}

/// Says what else is worth knowing. Never a secret.
pub fn detail(detail: impl Into<String>) {
    let detail = detail.into();
    let _ = TELLING.try_with(|telling| telling.edit(|line| line.detail = detail)); // nothing is told
}

impl Telling {
    fn edit(&self, edit: impl FnOnce(&mut NewLine)) {
        edit(&mut self.line.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn line(&self) -> NewLine {
        self.line.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The line that goes with what is done now.
pub(super) fn pending() -> Option<Arc<Telling>> {
    TELLING.try_with(Arc::clone).ok()
}

/// Writes the line into the transaction of what it tells; the first one of a request.
pub(super) async fn put_pending(connection: &mut SqliteConnection, pending: Option<Arc<Telling>>) -> Result<()> {
    match pending {
        Some(telling) if !telling.is_written.swap(true, Ordering::AcqRel) => put(connection, telling.line()).await,
        _ => Ok(()),
    }
}

impl Store {
    /// Writes a line of its own.
    pub async fn tell(&self, line: NewLine) -> Result<()> {
        self.inner.writer.write(move |connection| put(connection, line).boxed()).await
    }

    /// Lines of a tenant, newest first.
    pub async fn audit(&self, tenant: &str, filter: &AuditFilter, limit: usize) -> Result<Vec<AuditLine>> {
        let rows = sqlx::query(
            "SELECT number, tenant, at, actor, actor_name, action, subject, detail, address FROM audit \
             WHERE tenant = $1 AND number < $2 AND at >= $3 AND at < $4 AND ($5 = '' OR action = $5) \
             AND ($6 = '' OR actor = $6 OR actor_name = $6) ORDER BY number DESC LIMIT $7",
        )
        .bind(tenant.to_owned())
        .bind(filter.before.unwrap_or(i64::MAX))
        .bind(filter.from_ms.unwrap_or(i64::MIN))
        .bind(filter.to_ms.unwrap_or(i64::MAX))
        .bind(filter.what.clone())
        .bind(filter.who.clone())
        .bind(limit.min(limits::PAGE) as i64)
        .fetch_all(&self.inner.read)
        .await?;
        rows.iter().map(line).collect()
    }

    /// Removes the lines of all tenants that are older than a moment.
    pub async fn prune_audit(&self, before_ms: i64) -> Result<u64> {
        self.inner.writer.write(move |connection| forget(connection, before_ms).boxed()).await
    }
}

fn line(row: &SqliteRow) -> Result<AuditLine> {
    Ok(AuditLine {
        number: row.try_get(0)?,
        told: NewLine {
            tenant: row.try_get(1)?,
            at_ms: row.try_get(2)?,
            actor: row.try_get(3)?,
            actor_name: row.try_get(4)?,
            action: row.try_get(5)?,
            subject: row.try_get(6)?,
            detail: row.try_get(7)?,
            address: row.try_get(8)?,
        },
    })
}

async fn forget(connection: &mut SqliteConnection, before_ms: i64) -> Result<u64> {
    Ok(sqlx::query("DELETE FROM audit WHERE at < $1").bind(before_ms).execute(connection).await?.rows_affected())
}

/// What is longer than an index should have is cut: a line that cannot be written would hide what it tells.
fn cut(mut text: String) -> String {
    if text.len() > limits::NAME_BYTES {
        let end = (0..=limits::NAME_BYTES - '…'.len_utf8()).rev().find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or_default());
        text.push('…');
    }
    text
}

async fn put(connection: &mut SqliteConnection, line: NewLine) -> Result<()> {
    sqlx::query(
        "INSERT INTO audit (tenant, number, at, actor, actor_name, action, subject, detail, address) \
         SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5, $6, $7, $8 FROM audit WHERE tenant = $1",
    )
    .bind(line.tenant)
    .bind(line.at_ms)
    .bind(cut(line.actor))
    .bind(cut(line.actor_name))
    .bind(cut(line.action))
    .bind(cut(line.subject))
    .bind(cut(line.detail))
    .bind(cut(line.address))
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{ApiKey, Error};
    use super::*;
    use crate::observe::Metrics;

    async fn store() -> (Store, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("offhook.db").display());
        (Store::open(&url, &Metrics::new()).await.unwrap(), folder)
    }

    fn line(actor: &str, action: &str, at_ms: i64) -> NewLine {
        let of = str::to_owned;
        NewLine { tenant: of("t"), at_ms, actor: of(actor), action: of(action), ..NewLine::default() }
    }

    fn key(id: &str, name: &str) -> ApiKey {
        let of = str::to_owned;
        ApiKey { id: of(id), tenant: of("t"), name: of(name), scopes: of("read"), hash: of("h"), created_at_ms: 1 }
    }

    #[tokio::test]
    async fn a_line_is_written_with_what_it_tells_once_or_is_given_back() {
        let (store, _folder) = store().await;
        let all = async || store.audit("t", &AuditFilter::default(), 10).await;
        let work = async {
            about("k1");
            store.put_api_key(key("k1", "one")).await.unwrap();
            // Whatever else a request writes, it is one thing that was done.
            store.put_api_key(key("k2", "two")).await.unwrap();
        };
        let ((), left) = telling(line("ann", "key-made", 5), work).await;
        assert_eq!(left, None);
        let lines = all().await.unwrap();
        assert_eq!((lines.len(), lines[0].told.subject.as_str(), lines[0].number), (1, "k1", 1));
        // What fails leaves no line behind, and neither does what finds nothing.
        let refused = store.put_api_key(key("k3", &"x".repeat(600)));
        let (failed, left) = telling(line("ann", "key-made", 6), refused).await;
        assert!(matches!(failed, Err(Error::TooLarge { .. })) && left.is_some());
        let (found, left) = telling(line("ann", "key-removed", 7), store.remove_api_key("t", "none")).await;
        assert!(!found.unwrap() && left.is_some());
        assert_eq!(all().await.unwrap().len(), 1);
        // What is not kept here is told right after.
        let ((), left) = telling(line("ann", "file-written", 8), async { detail("a.yaml") }).await;
        store.tell(left.unwrap()).await.unwrap();
        assert_eq!(all().await.unwrap()[0].told.detail, "a.yaml");
        // Nobody asks: nothing is told.
        store.put_api_key(key("k4", "four")).await.unwrap();
        assert_eq!(all().await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn lines_are_found_page_by_page_and_go_with_age() {
        let (store, _folder) = store().await;
        for at in 1..=5 {
            let who = if at % 2 == 0 { "ben" } else { "ann" };
            store.tell(line(who, "did", at * 10)).await.unwrap();
        }
        store.tell(NewLine { actor_name: "Ben".to_owned(), ..line("key:7", "else", 60) }).await.unwrap();
        store.tell(NewLine { tenant: "other".to_owned(), ..line("ann", "did", 1) }).await.unwrap();
        let numbers = async |filter: AuditFilter| -> Vec<i64> {
            store.audit("t", &filter, 2).await.unwrap().into_iter().map(|line| line.number).collect()
        };
        assert_eq!(numbers(AuditFilter::default()).await, [6, 5]);
        assert_eq!(numbers(AuditFilter { before: Some(5), ..AuditFilter::default() }).await, [4, 3]);
        assert_eq!(numbers(AuditFilter { who: "ben".to_owned(), ..AuditFilter::default() }).await, [4, 2]);
        assert_eq!(numbers(AuditFilter { who: "Ben".to_owned(), ..AuditFilter::default() }).await, [6]);
        assert_eq!(numbers(AuditFilter { what: "else".to_owned(), ..AuditFilter::default() }).await, [6]);
        let between = AuditFilter { from_ms: Some(20), to_ms: Some(30), ..AuditFilter::default() };
        assert_eq!(numbers(between).await, [2]);
        assert_eq!(store.prune_audit(40).await.unwrap(), 4);
        assert_eq!(numbers(AuditFilter::default()).await, [6, 5]);
        assert_eq!(numbers(AuditFilter { before: Some(5), ..AuditFilter::default() }).await, [4]);
    }

    #[test]
    fn what_is_long_is_cut_between_characters() {
        let long = cut("é".repeat(400));
        assert!(long.len() <= limits::NAME_BYTES && long.ends_with('…'));
        assert_eq!(cut("short".to_owned()), "short");
    }
}
