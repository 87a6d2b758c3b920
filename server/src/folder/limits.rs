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

/// Bytes of a table's file: some hundred thousand rows, as many as the service that reads it takes.
pub const TABLE_BYTES: u64 = crate::services::TABLE_BYTES;

/// Bytes of sound, a picture or a paper: ten minutes of music as MP3, as much as the telephone plays.
pub const MEDIA_BYTES: u64 = crate::speech::limits::FILE_BYTES;

/// Files beside the flows of one folder: several prompts a node in several locales of a large company.
pub const ASSETS: usize = 10_000;

/// Bytes of all files beside flows together that are taken over HTTP: some hundred hours of prompts. Beyond it a disk is filled.
pub const ALL_ASSETS_BYTES: u64 = 4 << 30;

/// Bytes of a path of a file beside flows: file systems take 255 a name.
pub const ASSET_PATH_BYTES: usize = 400;

/// Parts of a path of a file beside flows: as deep as flows lie, with a folder of prompts beside.
pub const ASSET_FOLDERS: usize = FOLDERS + 2;
