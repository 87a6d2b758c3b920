//! What must survive: flows and their versions, releases, sessions, journals, contacts. SQLite in one file beside the binary.
//!
//! One task owns the only connection that writes. It takes everything that waits in its queue, writes it in one
//! transaction and syncs once, so that a turn costs a share of a disk sync instead of a whole one (*group commit*), and
//! [`Store::append`] answers only after that sync. Reading goes through a pool of its own; in WAL mode readers and the
//! writer never wait for each other.
//!
//! The store keeps plain values: ids, numbers, JSON texts, bytes. It does not know what a flow or a command means, it
//! reads no clock (times are arguments, in milliseconds since 1970-01-01 UTC), and every key begins with the tenant.

mod api_keys;
pub mod audit;
mod batch;
mod comments;
mod contacts;
mod dialect;
mod entries;
mod error;
mod flows;
mod journal;
pub mod limits;
mod migrate;
mod moves;
mod people;
mod releases;
mod retention;
mod reviews;
mod secrets;
mod sessions;
mod writer;

#[cfg(test)]
mod tests;

pub use api_keys::ApiKey;
pub use comments::{Comment, NewComment};
pub use contacts::{AttributeChange, Contact, ContactUpdate};
pub use entries::StoredEntry;
pub use error::{Error, Result};
pub use flows::{FlowHead, FlowVersion, NewVersion};
pub use journal::JournalEntry;
pub use moves::Placement;
pub use people::{Person, SignIn};
pub use releases::{
    Canary, Change, Coming, Guard, Live, LogEntry, NewShadow, Outcomes, Refusal, Release, ShadowExample, ShadowRow,
};
pub use retention::Pruned;
pub use reviews::{NewReview, Review, Verdict};
pub use secrets::SealedSecret;
pub use sessions::{Cursor, NewSession, SessionFilter, SessionKey, SessionRow, SessionState};
pub use writer::{Append, Turn};

use std::path::PathBuf;
use std::sync::Arc;

use sqlx::SqlitePool;
use sqlx::sqlite::SqlitePoolOptions;

use crate::observe::Metrics;

/// A handle on the store; cloning it is cheap and all clones share one writer.
///
/// ```no_run
/// # async fn example() -> Result<(), offhook_server::store::Error> {
/// use offhook_server::{observe::Metrics, store::{Append, NewSession, Store, Turn}};
/// let store = Store::open("sqlite://data/offhook.db", &Metrics::new()).await?;
/// let key = store.start(NewSession { id: "s1".into(), ..NewSession::default() }, Turn::default()).await?;
/// let turn = Turn { seq: 2, at_ms: 0, event: "{}".into(), commands: "[]".into(), snapshot: (*b"{}").into(), ..Turn::default() };
/// store.append(Append { session: key, turn }).await?; // now on the disk
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    read: SqlitePool,
    writer: writer::Writer,
    file: PathBuf,
}

impl Store {
    /// Opens the database that `url` names (`sqlite://PATH`), creates it when it is missing and lifts it to the newest
    /// schema. Fails with [`Error::Url`] on an address it does not understand, [`Error::Migrate`] on a database from a
    /// newer Offhook, [`Error::Database`] on a disk that refuses.
    pub async fn open(url: &str, metrics: &Metrics) -> Result<Self> {
        let target = dialect::Target::parse(url)?;
        if let Some(folder) = target.file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .map_err(|source| Error::Folder { folder: folder.to_path_buf(), source: Arc::new(source) })?;
        }
        let mut writing = dialect::connect(&target.writing()).await?;
        migrate::run(&mut writing).await?;
        let read = SqlitePoolOptions::new()
            .max_connections(limits::READERS)
            .acquire_timeout(limits::READER_WAIT)
            .connect_with(target.reading())
            .await?;
        let writer = writer::Writer::start(writing, target.writing(), metrics).await?;
        Ok(Self { inner: Arc::new(Inner { read, writer, file: target.file }) })
    }

    /// Writes the first turn of a new session, together with the session itself; answers after the sync with
    /// what the session goes by from now on. Fails with [`Error::Exists`] when the tenant already has a session of that id.
    pub async fn start(&self, session: NewSession, first: Turn) -> Result<SessionKey> {
        self.inner.writer.start_session(session, first).await
    }

    /// Writes one turn; answers only after the transaction that holds it is on the disk.
    ///
    /// Fails for this turn alone with [`Error::Sequence`] when the session already has a turn of that number, with
    /// [`Error::NotActive`] when the session does not exist or has ended, with [`Error::TooLarge`] beyond the sizes in
    /// [`limits`]; with [`Error::Database`] when the disk refuses. After an error nothing of this turn is stored.
    pub async fn append(&self, append: Append) -> Result<()> {
        self.inner.writer.append(append).await
    }

    /// Proves that the database answers; for the readiness check.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.inner.read).await?;
        Ok(())
    }

    /// The database file, for messages.
    pub fn file(&self) -> &std::path::Path {
        &self.inner.file
    }

    /// Writes what still waits, then closes. Later writes fail with [`Error::Closed`].
    pub async fn close(&self) {
        // The writing connection goes last: only then does SQLite take the log into the file and remove it.
        self.inner.read.close().await;
        self.inner.writer.close().await;
    }
}
