//! What a form remembers while it waits.

use crate::collect::Turn;
use offhook_runtime::Value;
use serde::{Deserialize, Serialize};

/// The state of a form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) stage: Stage,
    /// The question of the stage.
    pub(super) turn: Turn,
    /// By the places of the slots; nothing where one is empty.
    pub(super) values: Vec<Value>,
    /// Slots whose value the contact has yet to confirm, in the order in which they were filled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) unsure: Vec<usize>,
    /// The slot that was filled last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) last: Option<usize>,
    /// The slot that is to be asked for next, whatever is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) wanted: Option<usize>,
    /// Whether the contact said that something is wrong, and not yet what.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) wrong: bool,
    /// How often an answer was taken back.
    #[serde(default)]
    pub(super) changes: u32,
}

/// What is being asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// The form's own text: anything.
    #[default]
    Opening,
    /// A slot.
    Slot(usize),
    /// Whether a slot's value is right.
    Sure(usize),
    /// Whether all is right.
    Review,
    /// Which slot is wrong.
    Which,
}

impl State {
    pub(super) fn has(&self, slot: usize) -> bool {
        !self.values[slot].is_null()
    }
}
