//! The `query` service: SQL databases by symbolic name.
//!
//! Request: `{ source, sql, params: […], limit, timeout_ms }`, the parameters being `$1`, `$2`, … in the statement. Answer:
//! `{ rows: [{column: value}], more, affected }`. Faults: `query.unknown` (no such source here), `query.source` (it cannot be
//! reached), `query.denied` (it is read-only here), `query.timeout`, `query.size`, `query.param` (a value does not fit its
//! place), `query.type` (a column that flows cannot hold), `query.failed` (the database refused the statement).
//!
//! Parameters, and what a database says of them, reach no log and no fault.

mod postgres;
mod sqlite;
#[cfg(test)]
mod tests;

use super::limits;
use crate::config;
use offhook_runtime::{Fault, Map, Value};
use sqlx::Database;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The sources of an environment. Nothing is connected before it is asked.
pub(super) struct Queries {
    sources: BTreeMap<String, Source>,
}

struct Source {
    pool: Pool,
    config: config::Source,
}

enum Pool {
    Sqlite(sqlx::SqlitePool),
    Postgres(sqlx::PgPool),
    /// The address cannot be read; the reason without the address.
    Broken(String),
}

/// One question.
struct Question {
    sql: String,
    params: Vec<Value>,
    limit: usize,
    timeout: Duration,
    writes: bool,
    max_bytes: usize,
}

impl Queries {
    pub(super) fn new(sources: &BTreeMap<String, config::Source>) -> Self {
        let open = |config: &config::Source| {
            let url = config.url.reveal();
            let pool = if url.starts_with("sqlite:") {
                sqlite::open(url, config).map(Pool::Sqlite)
            } else {
                postgres::open(url, config).map(Pool::Postgres)
            };
            Source { pool: pool.unwrap_or_else(Pool::Broken), config: config.clone() }
        };
        Queries { sources: sources.iter().map(|(name, config)| (name.clone(), open(config))).collect() }
    }

    pub(super) async fn perform(&self, request: &Value) -> Result<Value, Fault> {
        let text = |name: &str| request.get(name).and_then(Value::as_text).unwrap_or_default();
        let number =
            |name: &str| request.get(name).and_then(Value::as_int).and_then(|number| u64::try_from(number).ok());
        let name = text("source");
        let Some(source) = self.sources.get(name) else {
            return Err(Fault::new("query.unknown", format!("no source `{name}` is bound here")));
        };
        let question = Question {
            sql: text("sql").to_owned(),
            params: request.get("params").and_then(Value::as_list).unwrap_or_default().to_vec(),
            limit: number("limit").and_then(|rows| usize::try_from(rows).ok()).unwrap_or(1),
            timeout: number("timeout_ms")
                .map_or(source.config.timeout, Duration::from_millis)
                .min(source.config.timeout),
            writes: source.config.access == config::Access::Write,
            max_bytes: usize::try_from(source.config.max_bytes).unwrap_or(usize::MAX),
        };
        let slow = || Fault::new("query.timeout", format!("the source {name} did not answer in time"));
        let answer = async {
            match &source.pool {
                Pool::Sqlite(pool) => sqlite::ask(pool, &question).await,
                Pool::Postgres(pool) => postgres::ask(pool, &question).await,
                Pool::Broken(why) => Err(Trouble::Source(why.clone())),
            }
        };
        let answer = tokio::time::timeout(question.timeout, answer).await.map_err(|_| slow())?;
        answer.map(Taken::answer).map_err(|trouble| match trouble {
            Trouble::Timeout => slow(),
            other => other.fault(name),
        })
    }
}

/// Why there is no answer.
enum Trouble {
    Source(String),
    Denied,
    Timeout,
    Size,
    Param(usize, String),
    Type(String, String),
    Failed(String),
}

impl Trouble {
    fn fault(self, name: &str) -> Fault {
        match self {
            Trouble::Source(why) => Fault::new("query.source", format!("the source {name} cannot be reached: {why}")),
            Trouble::Denied => Fault::new(
                "query.denied",
                format!("the source {name} is read-only here; `access = \"write\"` in offhook.toml grants more"),
            ),
            Trouble::Timeout => Fault::new("query.timeout", format!("the source {name} did not answer in time")),
            Trouble::Size => Fault::new("query.size", format!("the answer of the source {name} is too large")),
            Trouble::Param(place, why) => {
                Fault::new("query.param", format!("parameter {} does not fit its place: {why}", place + 1))
            }
            Trouble::Type(column, kind) => Fault::new(
                "query.type",
                format!("the column {column} has the type {kind}, which flows do not have: cast it in the statement"),
            ),
            Trouble::Failed(why) => {
                Fault::new("query.failed", format!("the source {name} refused the statement: {why}"))
            }
        }
    }
}

/// What a library's error is. `database` says what a refusal of the database is.
fn trouble(error: sqlx::Error, database: impl FnOnce(&dyn sqlx::error::DatabaseError) -> Trouble) -> Trouble {
    match error {
        sqlx::Error::Database(error) => database(&*error),
        sqlx::Error::PoolTimedOut => Trouble::Source("no connection was free in time".into()),
        sqlx::Error::Io(error) => Trouble::Source(error.kind().to_string()),
        sqlx::Error::Tls(_) => Trouble::Source("the connection cannot be protected by TLS".into()),
        sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Trouble::Source("the connection was lost".into()),
        // Anything else may hold a value.
        _ => Trouble::Failed("the answer cannot be read".into()),
    }
}

/// Rows as they are taken.
#[derive(Default)]
struct Taken {
    rows: Vec<Value>,
    bytes: usize,
    more: bool,
    affected: u64,
}

impl Taken {
    /// Takes a row, and says whether another one is wanted.
    fn take(&mut self, row: Map, question: &Question) -> Result<bool, Trouble> {
        if self.rows.len() >= question.limit {
            self.more = true;
            return Ok(false);
        }
        let row = Value::Map(Arc::new(row));
        self.bytes += row.weight();
        if self.bytes > question.max_bytes {
            return Err(Trouble::Size);
        }
        self.rows.push(row);
        Ok(true)
    }

    fn answer(self) -> Value {
        Value::map([
            ("rows", Value::list(self.rows)),
            ("more", Value::Bool(self.more)),
            ("affected", Value::Int(i64::try_from(self.affected).unwrap_or(i64::MAX))),
        ])
    }
}

/// A pool that connects when it is asked first.
fn pool<DB: Database>(config: &config::Source) -> sqlx::pool::PoolOptions<DB> {
    sqlx::pool::PoolOptions::new()
        .min_connections(0)
        .max_connections(config.connections.max(1).into())
        .acquire_timeout(limits::CONNECT)
        .idle_timeout(Duration::from_secs(300))
}

/// A floating-point number as the shortest decimal that means it.
fn decimal(number: f64) -> Value {
    let digits = number.to_string();
    digits.parse::<rust_decimal::Decimal>().map_or_else(|_| Value::text(digits), Value::Decimal)
}
