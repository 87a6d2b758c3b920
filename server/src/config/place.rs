//! Where a setting was written.

use std::fmt;
use std::path::PathBuf;

/// The place of a setting, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a file, line and column from 1.
    File {
        /// The file as it was named.
        path: PathBuf,
        /// The line.
        line: usize,
        /// The column, in characters.
        column: usize,
    },
    /// In this environment variable.
    Variable(String),
    /// In this flag of the command line.
    Flag(String),
    /// Nowhere: something is missing.
    Unknown,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File { path, line, column } => write!(out, "{}:{line}:{column}", path.display()),
            Place::Variable(name) => write!(out, "environment variable {name}"),
            Place::Flag(name) => write!(out, "flag {name}"),
            Place::Unknown => out.write_str("configuration"),
        }
    }
}

impl Place {
    /// The place of byte `offset` in a text.
    pub(super) fn in_file(path: &std::path::Path, text: &str, offset: usize) -> Self {
        let offset = (0..=offset.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        let before = &text[..offset];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        Place::File {
            path: path.to_path_buf(),
            line: before.matches('\n').count() + 1,
            column: before[start..].chars().count() + 1,
        }
    }
}
