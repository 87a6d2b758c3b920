//! A flow together with the text it was read from, so that everything found out later can be told at its place.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::codes::Code;
use crate::{Diagnostic, Flow, Positioned, Source};

/// A flow that was read, with its text and positions.
#[derive(Debug, Clone)]
pub struct Document {
    /// The text.
    pub source: Source,
    /// Positions and values as written.
    pub tree: Positioned,
    /// The flow; parts that could not be read are left out or empty, and have been reported.
    pub flow: Flow,
}

impl Document {
    /// A diagnostic at a JSON pointer, with place, node, field and excerpt filled in; see [`Diagnostic::at_pointer`].
    #[must_use]
    pub fn diagnostic(&self, code: Code, pointer: &str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::at_pointer(&self.tree, code, pointer, message)
    }

    /// SHA-256 of the document's bytes in lower-case hexadecimal: the identity of a version.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(self.source.text.as_bytes()) {
            write!(hex, "{byte:02x}").expect("writing to a String cannot fail");
        }
        hex
    }
}
