//! The store's limits, each with its reason.

use std::time::Duration;

/// Turns that may wait for the writer. Four full batches: enough to keep a slow disk busy, and past it sessions wait in
/// [`append`](super::Store::append), which slows their channels down instead of filling memory.
pub const QUEUE: usize = 1024;

/// Turns in one transaction. A larger one saves no measurable sync but makes the first session in it wait longer.
pub const BATCH_TURNS: usize = 256;

/// Bytes in one transaction, past which it is closed early: keeps the write-ahead log of one commit small.
pub const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Rows in one statement. Each count is prepared and kept once, so this also bounds the statement cache.
pub const STATEMENT_ROWS: usize = 64;

/// Bytes of one event: a web-chat message with some JSON around it. Files travel by reference.
pub const EVENT_BYTES: usize = 256 * 1024;

/// Bytes of the commands of one turn: a turn may run a thousand nodes, each saying something.
pub const COMMANDS_BYTES: usize = 1024 * 1024;

/// Bytes of a session's snapshot: a dozen variables as large as the interpreter lets them grow.
pub const SNAPSHOT_BYTES: usize = 4 * 1024 * 1024;

/// Bytes of a flow's source and of its texts in other locales together; the document reader refuses more than 10 MB.
pub const FLOW_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of an attribute's name.
pub const ATTRIBUTE_NAME_BYTES: usize = 128;

/// Bytes of an attribute's JSON value.
pub const ATTRIBUTE_VALUE_BYTES: usize = 16 * 1024;

/// Attributes of one contact.
pub const ATTRIBUTES: usize = 256;

/// Bytes of an id, an address, an author, a name: anything that lands in an index.
pub const NAME_BYTES: usize = 512;

/// Bytes of the note on a flow version.
pub const NOTE_BYTES: usize = 8 * 1024;

/// API keys of one tenant: a few for each program and person.
pub const API_KEYS: usize = 1_000;

/// Entry points of one tenant: a number range of its own for each branch of a large organisation.
pub const ENTRIES: usize = 1_000;

/// Bytes of an entry point: sixteen flows and a map of inputs.
pub const ENTRY_BYTES: usize = 128 * 1024;

/// People of one tenant who may sign in: a large contact centre's designers and supervisors.
pub const PEOPLE: usize = 5_000;

/// Places where one person is signed in at a time: a few browsers; the oldest ends for a new one.
pub const SIGN_INS: usize = 20;

/// Bytes of a sealed secret: a private key in PEM, and the cipher's tag.
pub const SECRET_BYTES: usize = 64 * 1024 + 64;

/// Secrets of one tenant that are read; the vault keeps no more.
pub const SECRETS: usize = 1_000;

/// Comments on one flow, those that were taken back included: some for each of its steps. All are read at once.
pub const COMMENTS: usize = 2_000;

/// Bytes of a comment, and of what a reviewer says: a page of writing.
pub const COMMENT_BYTES: usize = 4_000;

/// Reviews of one flow: each is of another version, or of one that was to be changed.
pub const REVIEWS: usize = 10_000;

/// Rows in one page of a list, whatever the caller asks.
pub const PAGE: usize = 1000;

/// Bytes after which a page of journal or of sessions ends early, so that a page never needs much memory.
pub const PAGE_BYTES: usize = 8 * 1024 * 1024;

/// Sessions removed in one transaction by retention, so that turns do not wait behind it.
pub const PRUNE_STEP: usize = 100;

/// Reading connections: SQLite reads are short and mostly in memory.
pub const READERS: u32 = 4;

/// How long a reader waits for a free connection before it gives up.
pub const READER_WAIT: Duration = Duration::from_secs(10);

/// How long a statement waits for a lock that another process holds (a backup, `sqlite3` by hand).
pub const BUSY: Duration = Duration::from_secs(5);
