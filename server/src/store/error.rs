//! Why the store refused.

use std::path::PathBuf;
use std::sync::Arc;

/// A failure of the store. Cloneable, because one failed transaction is told to every session that waited for it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The address of the database cannot be used.
    #[error("store url `{url}`: {reason}")]
    Url {
        /// What was given, without a password.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The folder of the database cannot be made.
    #[error("cannot create folder {}: {source}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: Arc<std::io::Error>,
    },
    /// The schema cannot be lifted; mostly a database that a newer Offhook has written.
    #[error("store schema: {0}")]
    Migrate(#[source] Arc<sqlx::migrate::MigrateError>),
    /// The session already has a turn of this number.
    #[error("session {session} already has a turn {seq}")]
    Sequence {
        /// The session's id.
        session: Arc<str>,
        /// The number given twice.
        seq: i64,
    },
    /// No active session of this id.
    #[error("session {session} does not exist or has ended")]
    NotActive {
        /// The session's id.
        session: Arc<str>,
    },
    /// The tenant already has one of this id.
    #[error("{what} already exists")]
    Exists {
        /// What was to be created.
        what: String,
    },
    /// Larger than the store takes.
    #[error("{what} has {size} bytes, more than the {limit} allowed")]
    TooLarge {
        /// Which part.
        what: &'static str,
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// More than the store keeps.
    #[error("more than {limit} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The database failed: disk full, read-only, corrupt, or a bug of ours in SQL.
    #[error("database: {0}")]
    Database(#[source] Arc<sqlx::Error>),
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
}

/// What every call of the store returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Error::Database(Arc::new(error))
    }
}

impl From<sqlx::migrate::MigrateError> for Error {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Error::Migrate(Arc::new(error))
    }
}

impl Error {
    /// Whether the fault lies in what this one caller asked, so that its neighbours in the batch may go on.
    pub(super) fn is_callers(&self) -> bool {
        match self {
            Error::Database(error) => error.as_database_error().is_some_and(|error| {
                error.is_unique_violation() || error.is_foreign_key_violation() || error.is_check_violation()
            }),
            Error::Sequence { .. }
            | Error::NotActive { .. }
            | Error::Exists { .. }
            | Error::TooLarge { .. }
            | Error::TooMany { .. } => true,
            Error::Url { .. } | Error::Folder { .. } | Error::Migrate(_) | Error::Closed => false,
        }
    }

    /// Whether the database refused because a row with this key is already there.
    pub(super) fn is_duplicate(&self) -> bool {
        matches!(self, Error::Database(error) if error.as_database_error().is_some_and(|error| error.is_unique_violation()))
    }
}
