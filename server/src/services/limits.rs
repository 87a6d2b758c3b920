//! The limits of the services, each with its reason.

use std::time::Duration;

/// Bytes of a table's file: some hundred thousand rows.
pub(crate) const TABLE_BYTES: u64 = 16 << 20;

/// Rows of a table. A look-up goes through all of them, in a few milliseconds; more is a database.
pub(super) const TABLE_ROWS: usize = 100_000;

/// Columns of a table.
pub(super) const TABLE_COLUMNS: usize = 100;

/// Tables of a tenant.
pub(super) const TABLES: usize = 1_000;

/// Mistakes of one table that are told: who has made more has made the same one again.
pub(super) const TABLE_PROBLEMS: usize = 20;

/// Bytes of an answer of a table: what a variable may hold.
pub(super) const ANSWER_BYTES: usize = 256 << 10;

/// How long a statement waits for a connection, and a connection for its database.
pub(super) const CONNECT: Duration = Duration::from_secs(5);

/// After how many steps of SQLite's machine the clock is looked at.
pub(super) const SQLITE_STEPS: i32 = 10_000;

/// Messages that are sent at one time by one channel; a mail server counts connections.
pub(super) const SENDING: usize = 8;
