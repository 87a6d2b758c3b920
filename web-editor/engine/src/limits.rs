//! Bounds of what one request may ask for. Documents and talks have those of the rooms that read them.

use offhook_flow_schemas::layout::Size;

/// Boxes that are arranged at once: the most nodes of a flow and its start.
pub const BOXES: usize = offhook_flow_schemas::limits::NODES + 2;

/// Nodes that are pasted at once; a larger piece is better moved as a file.
pub const PASTED: usize = 500;

/// Entries of a trial that are told. A person who tries a flow by hand never comes near.
pub const TRIAL_ENTRIES: usize = 2_000;

/// Lines of a trial. Each is performed once more for every line after it.
pub const TRIAL_LINES: usize = 300;

pub(crate) fn boxes(boxes: &[Size]) -> &[Size] {
    &boxes[..boxes.len().min(BOXES)]
}
