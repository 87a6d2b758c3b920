//! Every limit of the document reader, each with its reason. A document past one of them gets a diagnostic, never a hang.

/// Bytes a document may have. The largest flow seen in practice is below 1 MB; 10 MB leaves room and bounds memory.
pub const DOCUMENT_BYTES: usize = 10 * 1024 * 1024;

/// How deep lists and maps may nest. People lose the thread at ten; the limit keeps recursion far from the stack's end.
pub const DEPTH: usize = 64;

/// Values that all aliases of one document may add together. Stops "billion laughs" while leaving honest reuse alone.
pub const ALIAS_VALUES: usize = 100_000;

/// Diagnostics reported for one document. Beyond this nobody reads on, and a hostile document must not fill memory.
pub const DIAGNOSTICS: usize = 1_000;

/// Bytes of one string. A prompt is a few hundred bytes, a long script a few thousand.
pub const STRING_BYTES: usize = 64 * 1024;

/// Nodes of one flow. Twice the size at which a flow was measured; larger ones should be split and called.
pub const NODES: usize = 20_000;

/// Characters of a flow's id, folders included. Ids appear in paths, metrics and log lines.
pub const FLOW_ID_CHARS: usize = 128;

/// Characters of a node id, an exit, a variable, a schema, a secret. They appear in every journal line.
pub const NAME_CHARS: usize = 64;

/// Characters of a title. It is shown in one line.
pub const TITLE_CHARS: usize = 200;

/// Characters of a description.
pub const DESCRIPTION_CHARS: usize = 10_000;

/// Entries in `inputs`, `vars` or `outputs`. All of them are part of each saved session.
pub const VARIABLES: usize = 1_000;

/// Entries in `schemas`. Each is compiled when the flow is published.
pub const SCHEMAS: usize = 500;

/// Entries in `secrets`, `channels` and `locales`.
pub const LIST_ENTRIES: usize = 200;

/// Rules in `interrupts.phrases`. Each is tried on every answer.
pub const PHRASE_RULES: usize = 100;

/// Entries in `migrate.nodes` and `migrate.finish`: a flow may have been renamed from end to end.
pub const MIGRATE_RULES: usize = NODES;

/// Phrases of one rule.
pub const PHRASES: usize = 200;

/// Exits wired in one node's `exits`.
pub const EXITS: usize = 1_000;

/// The longest duration, in milliseconds: ten years. Longer waits are mistakes of unit.
pub const DURATION_MS: u64 = 10 * 366 * 24 * 60 * 60 * 1000;

/// Bytes of a source line kept as an excerpt; a minified document has one line of megabytes.
pub const EXCERPT_BYTES: usize = 600;
