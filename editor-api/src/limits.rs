//! Bounds of what one answer may hold.

/// Turns of a session that are told at once. A conversation of a person has some dozens; one that goes on for months is told from its
/// beginning.
pub(crate) const STORY_TURNS: usize = 2_000;

/// Sessions that volumes are counted over. Each is run once more, some milliseconds long, while somebody waits.
pub(crate) const COUNTED: usize = 100;

/// Shorter answers that were given in confidence are not looked for within other texts: a single digit stands everywhere.
pub(crate) const MASK_FROM: usize = 3;
