//! The limits of the interpreter, each with its reason. What an author or a caller can make large has one.

/// Nodes that a session may run without waiting. A menu of a real business needs tens; a loop over a list of a
/// thousand with a few nodes each is best done in a script.
pub const STEPS_WITHOUT_WAIT: u32 = 1_000;

/// How deep flows may call each other. Deeper is recursion that will not end.
pub const CALL_DEPTH: usize = 32;

/// How deep branches may begin branches of their own. Nobody follows more, and a branch that leads back to a node further
/// out would go deeper with every round.
pub const FORK_DEPTH: usize = 8;

/// Bytes that one variable may hold: room for a service's answer, not for a database.
pub const VALUE_BYTES: usize = 256 * 1024;

/// Events that are kept while nobody takes input: as much as a person types ahead.
pub const AHEAD_EVENTS: usize = 32;

/// Bytes of one text, word or key sequence that comes in with an event.
pub const INPUT_BYTES: usize = 16 * 1024;

/// Flows that one program may link together.
pub const FLOWS: usize = 200;

/// Events that a talk may hold.
pub const TALK_LINES: usize = 10_000;

/// Turns of one journal that are replayed on another version: more than a conversation of a day has, and a bound on the
/// memory of a file that somebody hands in.
pub const REPLAY_TURNS: usize = 100_000;

/// How much later than it was due a timer may have come in a journal whose own version is gone, in milliseconds.
pub const REPLAY_SLACK_MS: i64 = 1_000;

/// Characters of a text that a report of differences quotes.
pub const REPLAY_WORDS: usize = 300;

/// Events that are tried to find the talks that a flow lacks: a few seconds of work.
pub const SUGGEST_STEPS: usize = 20_000;

/// Waits of one conversation that is tried; longer ways are no talk that anyone reads.
pub const SUGGEST_DEPTH: usize = 40;

/// Drafts for one flow; who needs more begins with these.
pub const SUGGEST_DRAFTS: usize = 100;

/// Inputs of a flow's own talks that are tried at each question.
pub const SUGGEST_INPUTS: usize = 200;

/// When a draft begins where no talk says so: the Monday morning at which talks begin (2026-11-23T09:00:00Z).
pub const SUGGEST_AT_MS: i64 = 1_795_424_400_000;
