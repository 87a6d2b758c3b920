//! Reviews: what somebody asked others to approve, and what they said. Who may approve is not known here.

use futures_util::FutureExt as _;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::writer::within;
use super::{Error, Result, Store, limits};

/// What a reviewer said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it may be published; otherwise something is to be changed.
    pub approved: bool,
    /// What tells the reviewer apart.
    pub by: String,
    /// What people call them.
    pub by_name: String,
    /// When, milliseconds since 1970-01-01 UTC.
    pub at_ms: i64,
    /// Their words.
    pub words: String,
}

/// A review as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The flow.
    pub flow: String,
    /// Its number, from 1 in each flow.
    pub number: i64,
    /// The hash of the program that is looked at.
    pub program_hash: String,
    /// What tells apart who asked.
    pub asked_by: String,
    /// What people call them.
    pub asked_by_name: String,
    /// When, milliseconds since 1970-01-01 UTC.
    pub asked_at_ms: i64,
    /// What they said about it.
    pub note: String,
    /// Whom they asked, as a JSON list; empty for whoever may.
    pub reviewers: String,
    /// What a reviewer said; none while it waits.
    pub verdict: Option<Verdict>,
}

/// A review to ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewReview {
    /// The hash of the program that is looked at.
    pub program_hash: String,
    /// What tells apart who asks.
    pub asked_by: String,
    /// What people call them.
    pub asked_by_name: String,
    /// When, milliseconds since 1970-01-01 UTC.
    pub asked_at_ms: i64,
    /// What they say about it.
    pub note: String,
    /// Whom they ask, as a JSON list.
    pub reviewers: String,
}

const APPROVED: &str = "approved";
const CHANGES: &str = "changes";

const COLUMNS: &str = "flow, number, program_hash, asked_by, asked_by_name, asked_at, note, reviewers, verdict, decided_by, \
                       decided_by_name, decided_at, words";

fn review(row: &SqliteRow) -> Result<Review> {
    let said: Option<String> = row.try_get(8)?;
    let verdict = match said {
        None => None,
        Some(said) => Some(Verdict {
            approved: said == APPROVED,
            by: row.try_get::<Option<String>, _>(9)?.unwrap_or_default(),
            by_name: row.try_get::<Option<String>, _>(10)?.unwrap_or_default(),
            at_ms: row.try_get::<Option<i64>, _>(11)?.unwrap_or_default(),
            words: row.try_get::<Option<String>, _>(12)?.unwrap_or_default(),
        }),
    };
    Ok(Review {
        flow: row.try_get(0)?,
        number: row.try_get(1)?,
        program_hash: row.try_get(2)?,
        asked_by: row.try_get(3)?,
        asked_by_name: row.try_get(4)?,
        asked_at_ms: row.try_get(5)?,
        note: row.try_get(6)?,
        reviewers: row.try_get(7)?,
        verdict,
    })
}

impl Store {
    /// The newest reviews of a flow, newest first.
    pub async fn reviews(&self, tenant: &str, flow: &str, limit: usize) -> Result<Vec<Review>> {
        let text =
            format!("SELECT {COLUMNS} FROM reviews WHERE tenant = $1 AND flow = $2 ORDER BY number DESC LIMIT $3");
        let rows = sqlx::query(sqlx::AssertSqlSafe(text)).bind(tenant.to_owned()).bind(flow.to_owned());
        let rows = rows.bind(limit.min(limits::PAGE) as i64).fetch_all(&self.inner.read).await?;
        rows.iter().map(review).collect()
    }

    /// The newest review of a program.
    pub async fn review_of(&self, tenant: &str, flow: &str, program_hash: &str) -> Result<Option<Review>> {
        let text = format!(
            "SELECT {COLUMNS} FROM reviews WHERE tenant = $1 AND flow = $2 AND program_hash = $3 \
             ORDER BY number DESC LIMIT 1"
        );
        let row = sqlx::query(sqlx::AssertSqlSafe(text)).bind(tenant.to_owned()).bind(flow.to_owned());
        let row = row.bind(program_hash.to_owned()).fetch_optional(&self.inner.read).await?;
        row.as_ref().map(review).transpose()
    }

    /// The newest review of each flow of a tenant, where it waits; oldest first.
    pub async fn waiting_reviews(&self, tenant: &str) -> Result<Vec<Review>> {
        let text = format!(
            "SELECT {COLUMNS} FROM reviews WHERE tenant = $1 AND verdict IS NULL AND number = \
             (SELECT MAX(other.number) FROM reviews other WHERE other.tenant = $1 AND other.flow = reviews.flow) \
             ORDER BY asked_at, flow LIMIT $2"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(text)).bind(tenant.to_owned()).bind(limits::PAGE as i64);
        rows.fetch_all(&self.inner.read).await?.iter().map(review).collect()
    }

    /// Asks for a review. Nothing where the newest one of this program waits, or has approved it: there is nothing more to ask. Fails with
    /// [`Error::TooMany`] past [`limits::REVIEWS`] of a flow.
    pub async fn ask_review(&self, tenant: &str, flow: &str, new: NewReview) -> Result<Option<Review>> {
        for (what, text) in [("tenant", tenant), ("flow id", flow), ("program hash", &new.program_hash)] {
            within(what, text.len(), limits::NAME_BYTES)?;
        }
        within("name", new.asked_by.len().max(new.asked_by_name.len()), limits::NAME_BYTES)?;
        within("note", new.note.len(), limits::COMMENT_BYTES)?;
        within("reviewers", new.reviewers.len(), limits::NOTE_BYTES)?;
        let (tenant, flow) = (tenant.to_owned(), flow.to_owned());
        self.inner
            .writer
            .write_told(Option::is_some, move |connection| ask(connection, tenant, flow, new).boxed())
            .await
    }

    /// Keeps what a reviewer says of a review that waits; nothing where there is none that does.
    pub async fn decide_review(&self, tenant: &str, flow: &str, number: i64, said: Verdict) -> Result<Option<Review>> {
        within("words", said.words.len(), limits::COMMENT_BYTES)?;
        within("name", said.by.len().max(said.by_name.len()), limits::NAME_BYTES)?;
        let (tenant, flow) = (tenant.to_owned(), flow.to_owned());
        self.inner
            .writer
            .write_told(Option::is_some, move |connection| decide(connection, tenant, flow, number, said).boxed())
            .await
    }
}

async fn ask(
    connection: &mut SqliteConnection,
    tenant: String,
    flow: String,
    new: NewReview,
) -> Result<Option<Review>> {
    let last: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(number), 0) FROM reviews WHERE tenant = $1 AND flow = $2")
        .bind(tenant.clone())
        .bind(flow.clone())
        .fetch_one(&mut *connection)
        .await?;
    if last >= limits::REVIEWS as i64 {
        return Err(Error::TooMany { what: "reviews of a flow", limit: limits::REVIEWS });
    }
    // One that waits while another version is asked for is passed over by it, and would be waited for again when the flow goes back to it.
    let known: Option<(i64, Option<String>)> = sqlx::query_as(
        "SELECT number, verdict FROM reviews WHERE tenant = $1 AND flow = $2 AND program_hash = $3 ORDER BY number DESC LIMIT 1",
    )
    .bind(tenant.clone())
    .bind(flow.clone())
    .bind(new.program_hash.clone())
    .fetch_optional(&mut *connection)
    .await?;
    match known {
        Some((number, None)) if number == last => return Ok(None),
        Some((_, Some(verdict))) if verdict == APPROVED => return Ok(None),
        _ => {}
    }
    let text = format!(
        "INSERT INTO reviews (tenant, {COLUMNS}) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, NULL, NULL, NULL, NULL) RETURNING {COLUMNS}"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tenant)
        .bind(flow)
        .bind(last + 1)
        .bind(new.program_hash)
        .bind(new.asked_by)
        .bind(new.asked_by_name)
        .bind(new.asked_at_ms)
        .bind(new.note)
        .bind(new.reviewers)
        .fetch_one(connection)
        .await?;
    review(&row).map(Some)
}

async fn decide(
    connection: &mut SqliteConnection,
    tenant: String,
    flow: String,
    number: i64,
    said: Verdict,
) -> Result<Option<Review>> {
    let text = format!(
        "UPDATE reviews SET verdict = $4, decided_by = $5, decided_by_name = $6, decided_at = $7, words = $8 \
         WHERE tenant = $1 AND flow = $2 AND number = $3 AND verdict IS NULL RETURNING {COLUMNS}"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tenant)
        .bind(flow)
        .bind(number)
        .bind(if said.approved { APPROVED } else { CHANGES })
        .bind(said.by)
        .bind(said.by_name)
        .bind(said.at_ms)
        .bind(said.words)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(review).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::Metrics;

    fn of(hash: &str) -> NewReview {
        NewReview { program_hash: hash.to_owned(), asked_by: "ann".to_owned(), ..NewReview::default() }
    }

    fn says(approved: bool) -> Verdict {
        Verdict { approved, by: "ben".to_owned(), by_name: "Ben".to_owned(), at_ms: 9, words: String::new() }
    }

    #[tokio::test]
    async fn each_program_is_asked_for_until_it_is_approved_and_decided_once() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("offhook.db").display());
        let store = Store::open(&url, &Metrics::new()).await.unwrap();
        let ask = |hash: &'static str| store.ask_review("t", "f", of(hash));
        assert_eq!(ask("one").await.unwrap().unwrap().number, 1);
        assert_eq!(ask("one").await.unwrap(), None, "it waits already");
        let changes = store.decide_review("t", "f", 1, says(false)).await.unwrap().unwrap();
        assert_eq!(changes.verdict, Some(says(false)));
        assert_eq!(store.decide_review("t", "f", 1, says(true)).await.unwrap(), None, "what was said stays said");
        // The same again, perhaps with better reasons; then another, which stands before it.
        assert_eq!(ask("one").await.unwrap().unwrap().number, 2);
        assert_eq!(ask("two").await.unwrap().unwrap().number, 3);
        let waiting = store.waiting_reviews("t").await.unwrap();
        assert_eq!(waiting.iter().map(|one| one.number).collect::<Vec<_>>(), [3], "the newest of the flow");
        assert_eq!(ask("one").await.unwrap().unwrap().number, 4, "back to the first version");
        store.decide_review("t", "f", 4, says(true)).await.unwrap().unwrap();
        assert_eq!(ask("one").await.unwrap(), None, "it is approved");
        assert!(store.review_of("t", "f", "one").await.unwrap().unwrap().verdict.unwrap().approved);
        assert!(store.review_of("t", "f", "two").await.unwrap().unwrap().verdict.is_none());
        assert_eq!(store.review_of("other", "f", "one").await.unwrap(), None);
        assert!(store.waiting_reviews("t").await.unwrap().is_empty());
        assert_eq!(store.decide_review("other", "f", 3, says(true)).await.unwrap(), None);
    }
}
