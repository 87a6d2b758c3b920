//! Limits of what is written into the folder of flows, each with its reason.

use offhook_flow_schemas::limits::DOCUMENT_BYTES;

/// Bytes of one file: more than this the reader of documents refuses anyway.
pub const FILE_BYTES: usize = DOCUMENT_BYTES;

/// Files of one write: a flow in every locale of the world, with many talks.
pub const FILES: usize = 1_000;

/// Folders of an id: the folder of flows is not read deeper.
pub const FOLDERS: usize = 8;

/// Characters of a part: what stands between a flow's name and the ending.
pub const PART_CHARS: usize = 64;
