//! Comments on flows and their nodes. What a node is, and whether there still is one, is not known here.

use futures_util::FutureExt as _;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::writer::within;
use super::{Error, Result, Store, limits};

/// A comment as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its number, from 1 in each flow.
    pub number: i64,
    /// The comment that it answers, or itself.
    pub thread: i64,
    /// The node; empty for the flow as a whole.
    pub node: String,
    /// The field of the node, as a JSON pointer; empty for the node as a whole.
    pub field: String,
    /// What tells its author apart.
    pub author: String,
    /// What people call them.
    pub author_name: String,
    /// What it says; empty for one that was taken back.
    pub body: String,
    /// When it was written, milliseconds since 1970-01-01 UTC.
    pub created_at_ms: i64,
    /// Whether it was taken back.
    pub removed: bool,
    /// Who resolved the thread that it begins, and when.
    pub resolved: Option<(String, i64)>,
}

/// A comment to keep.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewComment {
    /// The comment that it answers, if it does: that says where it hangs.
    pub thread: Option<i64>,
    /// The node.
    pub node: String,
    /// The field of the node.
    pub field: String,
    /// What tells its author apart.
    pub author: String,
    /// What people call them.
    pub author_name: String,
    /// What it says.
    pub body: String,
    /// When, milliseconds since 1970-01-01 UTC.
    pub created_at_ms: i64,
}

const COLUMNS: &str =
    "number, thread, node, field, author, author_name, body, created_at, removed, resolved_by, resolved_at";

fn comment(row: &SqliteRow) -> Result<Comment> {
    let (by, at): (Option<String>, Option<i64>) = (row.try_get(9)?, row.try_get(10)?);
    Ok(Comment {
        number: row.try_get(0)?,
        thread: row.try_get(1)?,
        node: row.try_get(2)?,
        field: row.try_get(3)?,
        author: row.try_get(4)?,
        author_name: row.try_get(5)?,
        body: row.try_get(6)?,
        created_at_ms: row.try_get(7)?,
        removed: row.try_get(8)?,
        resolved: by.zip(at),
    })
}

/// Whose comments.
#[derive(Clone)]
struct Place {
    tenant: String,
    flow: String,
}

impl Place {
    fn new(tenant: &str, flow: &str) -> Result<Place> {
        within("tenant", tenant.len(), limits::NAME_BYTES)?;
        within("flow id", flow.len(), limits::NAME_BYTES)?;
        Ok(Place { tenant: tenant.to_owned(), flow: flow.to_owned() })
    }
}

impl Store {
    /// The comments of a flow, oldest first, those that were taken back included.
    pub async fn comments(&self, tenant: &str, flow: &str) -> Result<Vec<Comment>> {
        let text = format!("SELECT {COLUMNS} FROM comments WHERE tenant = $1 AND flow = $2 ORDER BY number LIMIT $3");
        let rows = sqlx::query(sqlx::AssertSqlSafe(text)).bind(tenant.to_owned()).bind(flow.to_owned());
        let rows = rows.bind(limits::COMMENTS as i64).fetch_all(&self.inner.read).await?;
        rows.iter().map(comment).collect()
    }

    /// One comment, also one that was taken back.
    pub async fn comment(&self, tenant: &str, flow: &str, number: i64) -> Result<Option<Comment>> {
        let text = format!("SELECT {COLUMNS} FROM comments WHERE tenant = $1 AND flow = $2 AND number = $3");
        let row = sqlx::query(sqlx::AssertSqlSafe(text)).bind(tenant.to_owned()).bind(flow.to_owned()).bind(number);
        row.fetch_optional(&self.inner.read).await?.as_ref().map(comment).transpose()
    }

    /// Keeps a new comment; nothing where the thread that it answers is not there. Fails with [`Error::TooMany`] past [`limits::COMMENTS`] of a
    /// flow, with [`Error::TooLarge`] for longer ones than [`limits::COMMENT_BYTES`].
    pub async fn add_comment(&self, tenant: &str, flow: &str, new: NewComment) -> Result<Option<Comment>> {
        let place = Place::new(tenant, flow)?;
        for (what, text) in
            [("node", &new.node), ("field", &new.field), ("author", &new.author), ("name", &new.author_name)]
        {
            within(what, text.len(), limits::NAME_BYTES)?;
        }
        within("comment", new.body.len(), limits::COMMENT_BYTES)?;
        self.inner.writer.write(move |connection| add(connection, place, new).boxed()).await
    }

    /// Resolves a thread (by whom, and when), or opens it again; the comment that begins it, if there is one.
    pub async fn resolve_comment(
        &self,
        tenant: &str,
        flow: &str,
        number: i64,
        resolved: Option<(String, i64)>,
    ) -> Result<Option<Comment>> {
        let place = Place::new(tenant, flow)?;
        self.inner.writer.write(move |connection| resolve(connection, place, number, resolved).boxed()).await
    }

    /// Takes a comment back; whether there was one. Its words are gone, its answers stay.
    pub async fn remove_comment(&self, tenant: &str, flow: &str, number: i64) -> Result<bool> {
        let place = Place::new(tenant, flow)?;
        self.inner.writer.write_told(|found| *found, move |connection| remove(connection, place, number).boxed()).await
    }

    /// Hangs the comments of nodes on those of other ids, all at once: a pair each of the id of before and the new one.
    pub async fn move_comments(&self, tenant: &str, flow: &str, renamed: Vec<(String, String)>) -> Result<u64> {
        let place = Place::new(tenant, flow)?;
        for (from, to) in &renamed {
            within("node", from.len().max(to.len()), limits::NAME_BYTES)?;
        }
        self.inner.writer.write(move |connection| rename(connection, place, renamed).boxed()).await
    }
}

async fn add(connection: &mut SqliteConnection, place: Place, new: NewComment) -> Result<Option<Comment>> {
    let Place { tenant, flow } = place;
    let last: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(number), 0) FROM comments WHERE tenant = $1 AND flow = $2")
        .bind(tenant.clone())
        .bind(flow.clone())
        .fetch_one(&mut *connection)
        .await?;
    if last >= limits::COMMENTS as i64 {
        return Err(Error::TooMany { what: "comments on a flow", limit: limits::COMMENTS });
    }
    let (mut node, mut field) = (new.node, new.field);
    if let Some(thread) = new.thread {
        // An answer to an answer is one to the thread, but who asks knows where that begins.
        let found: Option<(String, String)> = sqlx::query_as(
            "SELECT node, field FROM comments WHERE tenant = $1 AND flow = $2 AND number = $3 AND thread = number",
        )
        .bind(tenant.clone())
        .bind(flow.clone())
        .bind(thread)
        .fetch_optional(&mut *connection)
        .await?;
        let Some(found) = found else { return Ok(None) };
        (node, field) = found;
    }
    let number = last + 1;
    let text = format!(
        "INSERT INTO comments (tenant, flow, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL, NULL) \
         RETURNING {COLUMNS}"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(tenant)
        .bind(flow)
        .bind(number)
        .bind(new.thread.unwrap_or(number))
        .bind(node)
        .bind(field)
        .bind(new.author)
        .bind(new.author_name)
        .bind(new.body)
        .bind(new.created_at_ms)
        .bind(false)
        .fetch_one(connection)
        .await?;
    comment(&row).map(Some)
}

async fn resolve(
    connection: &mut SqliteConnection,
    place: Place,
    number: i64,
    resolved: Option<(String, i64)>,
) -> Result<Option<Comment>> {
    let (by, at) = resolved.unzip();
    let text = format!(
        "UPDATE comments SET resolved_by = $4, resolved_at = $5 \
         WHERE tenant = $1 AND flow = $2 AND number = $3 AND thread = number RETURNING {COLUMNS}"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(place.tenant)
        .bind(place.flow)
        .bind(number)
        .bind(by)
        .bind(at)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(comment).transpose()
}

async fn remove(connection: &mut SqliteConnection, place: Place, number: i64) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE comments SET removed = $4, body = '' WHERE tenant = $1 AND flow = $2 AND number = $3 AND removed = $5",
    )
    .bind(place.tenant)
    .bind(place.flow)
    .bind(number)
    .bind(true)
    .bind(false)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

async fn rename(connection: &mut SqliteConnection, place: Place, renamed: Vec<(String, String)>) -> Result<u64> {
    // Two nodes may have changed their names with each other: by a name that no node has, since every id is a word.
    let aside = |name: &str| format!(" {name}");
    let mut moved = 0;
    let steps: Vec<(String, String)> = (renamed.iter().map(|(from, to)| (from.clone(), aside(to))))
        .chain(renamed.iter().map(|(_, to)| (aside(to), to.clone())))
        .collect();
    for (from, to) in steps {
        let done = sqlx::query("UPDATE comments SET node = $4 WHERE tenant = $1 AND flow = $2 AND node = $3")
            .bind(place.tenant.clone())
            .bind(place.flow.clone())
            .bind(from)
            .bind(to)
            .execute(&mut *connection)
            .await?;
        moved += done.rows_affected();
    }
    Ok(moved / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::Metrics;

    async fn store() -> (Store, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("offhook.db").display());
        (Store::open(&url, &Metrics::new()).await.unwrap(), folder)
    }

    fn on(node: &str, body: &str) -> NewComment {
        NewComment { node: node.to_owned(), body: body.to_owned(), author: "ann".to_owned(), ..NewComment::default() }
    }

    #[tokio::test]
    async fn a_thread_hangs_where_it_began_and_outlives_its_first_words() {
        let (store, _folder) = store().await;
        let first = store.add_comment("a", "f", on("greet", "Shorter?")).await.unwrap().unwrap();
        let answer = NewComment { thread: Some(first.number), ..on("elsewhere", "Yes.") };
        let answer = store.add_comment("a", "f", answer).await.unwrap().unwrap();
        assert_eq!((answer.number, answer.thread, answer.node.as_str()), (2, 1, "greet"));
        for thread in [2, 9] {
            let lost = NewComment { thread: Some(thread), ..on("", "To nobody.") };
            assert_eq!(store.add_comment("a", "f", lost).await.unwrap(), None, "{thread} begins no thread");
        }
        let done = store.resolve_comment("a", "f", 1, Some(("ben".to_owned(), 7))).await.unwrap().unwrap();
        assert_eq!(done.resolved, Some(("ben".to_owned(), 7)));
        assert_eq!(store.resolve_comment("a", "f", 2, None).await.unwrap(), None);
        assert!(store.remove_comment("a", "f", 1).await.unwrap());
        assert!(!store.remove_comment("a", "f", 1).await.unwrap(), "it is gone");
        let kept = store.comments("a", "f").await.unwrap();
        assert_eq!((kept.len(), kept[0].removed, kept[0].body.as_str()), (2, true, ""));
        // Nothing of another tenant, and no number twice.
        assert!(store.comments("b", "f").await.unwrap().is_empty());
        assert!(!store.remove_comment("b", "f", 2).await.unwrap());
        assert!(store.remove_comment("a", "f", 2).await.unwrap());
        assert_eq!(store.add_comment("a", "f", on("", "Anew.")).await.unwrap().unwrap().number, 3);
    }

    #[tokio::test]
    async fn comments_follow_their_nodes_also_when_two_change_names() {
        let (store, _folder) = store().await;
        for (node, body) in [("a", "of a"), ("b", "of b"), ("", "of the flow")] {
            store.add_comment("t", "f", on(node, body)).await.unwrap();
        }
        store.add_comment("t", "g", on("a", "elsewhere")).await.unwrap();
        let swap = vec![("a".to_owned(), "b".to_owned()), ("b".to_owned(), "a".to_owned())];
        assert_eq!(store.move_comments("t", "f", swap).await.unwrap(), 2);
        let kept = store.comments("t", "f").await.unwrap();
        let places: Vec<String> = kept.iter().map(|one| format!("{}={}", one.node, one.body)).collect();
        assert_eq!(places, ["b=of a", "a=of b", "=of the flow"]);
        assert_eq!(store.comments("t", "g").await.unwrap()[0].node, "a");
    }

    #[tokio::test]
    async fn what_is_too_long_is_refused() {
        let (store, _folder) = store().await;
        let long = on("a", &"x".repeat(limits::COMMENT_BYTES + 1));
        assert!(matches!(store.add_comment("t", "f", long).await, Err(Error::TooLarge { .. })));
    }
}
