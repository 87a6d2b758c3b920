//! The limits of the node types, each with its reason. What an author or a contact can make large has one.

/// Keys that one entry may hold when the author says nothing: longer than any number a person types by telephone.
pub const KEYS: u32 = 64;

/// Bytes of a compiled `pattern`: room for any format of an order number, not for a program.
pub const PATTERN_BYTES: usize = 256 * 1024;

/// Attempts at a service. What has failed ten times will fail again.
pub const ATTEMPTS: u32 = 10;

/// How often a question may be asked again. Nobody stays longer.
pub const RETRIES: u32 = 20;

/// Branches that run beside each other. What needs more is a loop, or several flows.
pub const BRANCHES: usize = 16;

/// Cards of a carousel. Nobody looks further, and a message stays small.
pub const CARDS: usize = 10;

/// Buttons of one `show`, on cards and below: what a chat window takes of one message.
pub const BUTTONS: usize = 50;

/// Bytes of an address that is shown: what browsers take.
pub const ADDRESS_BYTES: usize = 2_048;

/// Slots of one form. Nobody answers more in one go.
pub const SLOTS: usize = 50;

/// How often a contact may take back an answer in one form. Who changes more is lost, and a form comes to its end.
pub const CHANGES: u32 = 10;

/// Items that a loop may go through.
pub const LOOP_ITEMS: u32 = 100_000;

/// The longest pause between two attempts at a service, in milliseconds. Back-off doubles; nobody waits longer on a
/// line.
pub const BACKOFF_MS: u64 = 60_000;

/// How far ahead `hours` looks for the next opening, in days: a year and the holidays around its end.
pub const OPENING_DAYS: i32 = 400;

/// How much longer than its own `timeout` a transfer may take before it counts as failed, in milliseconds: what was
/// said before it must end first, and the channel needs time to hang up the leg it gave up.
pub const CONNECT_GRACE_MS: u64 = 5 * 60_000;

/// Rows that a query or a table look-up may take: a list to choose from, not an export.
pub const ROWS: u32 = 1_000;

/// Values that one statement may bind. More is a table of its own.
pub const QUERY_PARAMS: usize = 100;

/// How long a look-up in a data table may take, in milliseconds. Tables are in memory; this only bounds a server that
/// is very busy.
pub const TABLE_TIMEOUT_MS: u64 = 5_000;

/// Bytes of a message's text: room for a long letter, and less than any mail server refuses.
pub const MESSAGE_BYTES: usize = 200 * 1024;

/// Exits and parameters of a tenant's own node type: as many as anybody finds their way in.
pub const OWN_TYPE_NAMES: usize = 50;
