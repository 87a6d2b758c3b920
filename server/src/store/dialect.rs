//! Where SQLite and PostgreSQL differ, and nothing else: addresses, connection options and bind marks. All other SQL of the store is read by both.

use std::path::PathBuf;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

use super::{Error, Result, limits};

/// A parsed `[store] url`.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// The database file.
    pub file: PathBuf,
}

impl Target {
    pub fn parse(url: &str) -> Result<Self> {
        let refuse = |reason: &str| {
            // What stands before an `@` may hold a password.
            let shown = url.rsplit_once('@').map_or(url.to_owned(), |(_, rest)| format!("…@{rest}"));
            Error::Url { url: shown, reason: reason.into() }
        };
        let Some((scheme, rest)) = url.split_once(':') else {
            return Err(refuse("expected `sqlite://PATH`"));
        };
        match scheme {
            "sqlite" => {
                let path = rest.strip_prefix("//").unwrap_or(rest);
                if path.is_empty() || path.contains(":memory:") {
                    return Err(refuse("name a file; a store in memory would lose its sessions"));
                }
                if path.contains(['?', '\0']) {
                    return Err(refuse("options after `?` are not taken"));
                }
                Ok(Self { file: PathBuf::from(path) })
            }
            "postgres" | "postgresql" => Err(refuse("this build stores in SQLite only")),
            _ => Err(refuse("unknown scheme; expected `sqlite://PATH`")),
        }
    }

    fn options(&self) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(&self.file)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(limits::BUSY)
            .disable_statement_logging() // event and snapshot texts never reach a log
    }

    /// Options of the one connection that writes.
    pub fn writing(&self) -> SqliteConnectOptions {
        self.options()
            .create_if_missing(true)
            // Each row count of each statement of a batch is prepared once and kept.
            .statement_cache_capacity(limits::STATEMENT_ROWS * 5 + 64)
            // 16 MiB of log between checkpoints: a page that many turns touch reaches the database file once.
            .pragma("wal_autocheckpoint", "4096")
            // After a burst the log file shrinks again.
            .pragma("journal_size_limit", "67108864")
            .pragma("cache_size", "-32768")
            // A statement of many rows notes the pages it touches, to undo itself; in memory, not in a file.
            .pragma("temp_store", "MEMORY")
            .thread_name(|_| "store-writer".into())
    }

    /// Options of the connections that only read.
    pub fn reading(&self) -> SqliteConnectOptions {
        self.options().read_only(true).thread_name(|n| format!("store-reader-{n}"))
    }
}

pub(super) async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection> {
    Ok(SqliteConnection::connect_with(options).await?)
}

/// Opens a transaction that may write, without the wait-and-fail of a lock taken late.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";

/// `INSERT` and `UPDATE` whose failure takes back the whole transaction. PostgreSQL, where every failure does, has the
/// bare words.
pub(super) const INSERT_OR_UNDO_ALL: &str = "INSERT OR ROLLBACK";
/// As [`INSERT_OR_UNDO_ALL`].
pub(super) const UPDATE_OR_UNDO_ALL: &str = "UPDATE OR ROLLBACK";

/// `rows` times `(?, ?, …)` with `columns` marks each. PostgreSQL numbers them (`$1`); SQLite takes both but looks up
/// numbered ones by name, which is slow with hundreds of them.
pub(super) fn values(rows: usize, columns: usize) -> String {
    let row = format!("({}?)", "?,".repeat(columns - 1));
    let mut out = String::with_capacity((row.len() + 1) * rows);
    for n in 0..rows {
        if n > 0 {
            out.push(',');
        }
        out.push_str(&row);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        assert_eq!(Target::parse("sqlite://a/b.db").expect("path").file, PathBuf::from("a/b.db"));
        assert_eq!(Target::parse("sqlite:///a/b.db").expect("path").file, PathBuf::from("/a/b.db"));
        assert_eq!(Target::parse("sqlite:b.db").expect("path").file, PathBuf::from("b.db"));
        for bad in ["", "sqlite:", "sqlite::memory:", "mysql://x", "b.db", "sqlite://b.db?mode=memory"] {
            assert!(Target::parse(bad).is_err(), "{bad}");
        }
        let refused = Target::parse("postgres://ann:secret@host/db").expect_err("not in this build").to_string();
        assert!(!refused.contains("secret"), "{refused}");
    }

    #[test]
    fn bind_marks() {
        assert_eq!(values(2, 3), "(?,?,?),(?,?,?)");
        assert_eq!(values(1, 1), "(?)");
    }
}
