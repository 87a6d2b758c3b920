//! An echo of what a session tells: for each text, which one it was and how it reads in the flow's other locales. A talk
//! that was written in one locale is compared with what is said in another through it, and learns which texts were
//! heard. A session that serves a contact has none: it would cost each prompt several renderings.

use crate::command::Part;
use std::sync::Arc;

/// What was told since the echo was last taken.
#[derive(Debug, Default)]
pub(crate) struct Echo {
    pub(crate) told: Vec<Told>,
}

/// One thing that was told.
#[derive(Debug)]
pub(crate) enum Told {
    /// A prompt was worked out.
    Prompt {
        flow: String,
        /// Its name in catalogues.
        field: Arc<str>,
        /// The session's locale.
        locale: Arc<str>,
        /// Whether it has words of that locale, or needs none.
        own: bool,
        said: Vec<Part>,
        others: Vec<Vec<Part>>,
    },
    /// One of Offhook's own sentences was taken.
    Stock { said: &'static str, others: Vec<&'static str> },
    /// Phrases were offered.
    Phrases { here: Vec<String>, others: Vec<Vec<String>> },
    /// Telephone keys were offered.
    Keys { here: String, others: Vec<String> },
}
