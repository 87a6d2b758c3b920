//! Which version a write is based on (RFC 9110 §13): what must hold for it to happen. What versions are of is not known here.

use crate::problem::Problem;
use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, StatusCode};

/// What must hold for a write to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It does not exist yet: `If-None-Match: *`.
    Absent,
    /// It exists: `If-Match: *`.
    Present,
    /// It has one of these entity tags.
    OneOf(Vec<String>),
}

impl Condition {
    /// Whether it holds for what has this entity tag, or is not there.
    pub fn holds(&self, etag: Option<&str>) -> bool {
        match self {
            Condition::Absent => etag.is_none(),
            Condition::Present => etag.is_some(),
            Condition::OneOf(tags) => etag.is_some_and(|etag| tags.iter().any(|tag| tag == etag)),
        }
    }

    /// The condition that two headers state: a field of `If-Match` and one of `If-None-Match`.
    pub(crate) fn of(matching: Option<&str>, absent: Option<&str>) -> Result<Option<Condition>, Problem> {
        match (matching.map(str::trim), absent.map(str::trim)) {
            (None, None) => Ok(None),
            (None, Some("*")) => Ok(Some(Condition::Absent)),
            (None, Some(_)) => Err(Problem::new(StatusCode::BAD_REQUEST, "a write knows `If-None-Match: *` only")),
            (Some("*"), None) => Ok(Some(Condition::Present)),
            // A weak tag never matches here (RFC 9110 §13.1.1), so that it needs no word of its own.
            (Some(tags), None) => {
                Ok(Some(Condition::OneOf(tags.split(',').map(|tag| tag.trim().to_owned()).collect())))
            }
            (Some(_), Some(_)) => {
                Err(Problem::new(StatusCode::BAD_REQUEST, "`If-Match` and `If-None-Match` exclude each other here"))
            }
        }
    }

    pub(crate) fn of_headers(headers: &HeaderMap) -> Result<Option<Condition>, Problem> {
        let field = |name: HeaderName| -> Result<Option<String>, Problem> {
            let mut lines = Vec::new();
            for value in headers.get_all(&name) {
                let text = value.to_str();
                lines.push(text.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, format!("`{name}` is no text")))?);
            }
            Ok((!lines.is_empty()).then(|| lines.join(",")))
        };
        Condition::of(field(IF_MATCH)?.as_deref(), field(IF_NONE_MATCH)?.as_deref())
    }

    /// Whether a reader knows what has this entity tag already: a comparison of reads is weak (RFC 9110 §13.1.2).
    pub(crate) fn is_known(headers: &HeaderMap, etag: &str) -> bool {
        let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let same = |tag: &str| tag == "*" || tag.trim_start_matches("W/") == etag;
        known.flat_map(|tags| tags.split(',')).any(|tag| same(tag.trim()))
    }

    pub(crate) fn required(headers: &HeaderMap) -> Result<Condition, Problem> {
        Condition::of_headers(headers)?.ok_or_else(needed)
    }
}

/// RFC 6585 §3: what is not said to be based on a version could overwrite another one.
pub(crate) fn needed() -> Problem {
    Problem::new(
        StatusCode::PRECONDITION_REQUIRED,
        "say which version this is based on: `If-Match` with its entity tag, or `If-None-Match: *` for a new one",
    )
}
