//! Every diagnostic code: its number, name, severity, and the page `offhook explain` shows.
//!
//! The table is one list in parts, a file each: reading (`OH01xx`), the document (`OH02xx`), the graph (`OH03xx`), what node
//! types say (`OH04xx`), the files beside a flow (`OH05xx`, `OH06xx`), proofs (`OH07xx`), what stands around flows (`OH08xx`), and what lies between two
//! versions (`OH09xx`).
//! Numbers are never used again for something else.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Severity;

mod beside;
mod document;
mod environment;
mod graph;
mod nodes;
mod proofs;
mod reading;
mod versions;

/// The kind of a diagnostic; printed as `OH` and four digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(u16);

/// What there is to know about a code.
#[derive(Debug)]
pub struct Explanation {
    /// The code.
    pub code: Code,
    /// A short lasting name, such as `unknown-key`.
    pub name: &'static str,
    /// How bad it is, unless a diagnostic says otherwise.
    pub severity: Severity,
    /// One line.
    pub title: &'static str,
    /// Why it is reported and what to do.
    pub text: &'static str,
    /// An example that has the mistake; empty where text cannot show it.
    pub wrong: &'static str,
    /// The same example without the mistake; empty where text cannot show it.
    pub right: &'static str,
}

const TABLE: [&[Explanation]; 8] = [
    reading::ROWS,
    document::ROWS,
    graph::ROWS,
    nodes::ROWS,
    beside::ROWS,
    proofs::ROWS,
    environment::ROWS,
    versions::ROWS,
];

/// All codes in the order of their numbers.
pub fn all() -> impl Iterator<Item = &'static Explanation> {
    TABLE.into_iter().flatten()
}

/// The explanation of a code, given as `OH0203`, `oh203`, `203` or by its name, `unknown-key`.
#[must_use]
pub fn explain(code: &str) -> Option<&'static Explanation> {
    let code = code.trim();
    if let Ok(code) = code.parse::<Code>() {
        return all().find(|row| row.code == code);
    }
    all().find(|row| row.name.eq_ignore_ascii_case(code))
}

impl Code {
    /// What there is to know about this code; nothing for a code of a later build.
    #[must_use]
    pub fn explanation(self) -> Option<&'static Explanation> {
        all().find(|row| row.code == self)
    }

    /// The usual severity.
    #[must_use]
    pub fn severity(self) -> Severity {
        self.explanation().map_or(Severity::Error, |row| row.severity)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OH{:04}", self.0)
    }
}

impl FromStr for Code {
    type Err = String;

    fn from_str(text: &str) -> Result<Code, String> {
        let digits = text.strip_prefix("OH").or_else(|| text.strip_prefix("oh")).unwrap_or(text);
        let number = if digits.starts_with(|c: char| c.is_ascii_digit()) { digits.parse().ok() } else { None };
        number.map(Code).ok_or_else(|| format!("`{text}` is not a code such as OH0203"))
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Code, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// One part of the table: makes a constant of [`Code`] and a row for each code.
macro_rules! codes {
    ($($number:literal $constant:ident $severity:ident $name:literal, $title:literal, $text:literal, wrong: $wrong:literal, right: $right:literal;)+) => {
        impl $crate::codes::Code {
            $(#[doc = concat!($title, ".")]
            pub const $constant: $crate::codes::Code = $crate::codes::Code::numbered($number);)+
        }

        pub(super) static ROWS: &[$crate::codes::Explanation] = &[$($crate::codes::Explanation {
            code: $crate::codes::Code::$constant,
            name: $name,
            severity: $crate::Severity::$severity,
            title: $title,
            text: $text,
            wrong: $wrong,
            right: $right,
        }),+];
    };
}
use codes;

impl Code {
    const fn numbered(number: u16) -> Code {
        Code(number)
    }
}
