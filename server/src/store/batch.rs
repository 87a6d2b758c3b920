//! The rows of one batch of turns, and the few statements that write them.
//!
//! Each call of the driver is a hop to the connection's thread and back, so a batch is written by statements of many
//! rows: the journal by an `INSERT`, the sessions by an `UPDATE … FROM (VALUES …)`. The text for each number of rows is
//! made once and prepared once. The batch of every day, a turn of each of some sessions that go on, takes two hops: all
//! its rows, and the commit.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{AssertSqlSafe, Executor, Row, SqlSafeStr, SqlStr, Sqlite};
use tokio::sync::oneshot;

use super::{Append, Error, NewSession, Result, dialect, limits};

/// A turn that waits for its sync, with the session it opens if it is a first one.
pub(super) struct Entry {
    pub new: Option<Box<NewSession>>,
    pub append: Append,
    pub reply: oneshot::Sender<Result<()>>,
}

impl Entry {
    /// Tells the session; one that no longer listens has nothing to lose.
    pub fn answer(self, outcome: Result<()>) {
        let _ = self.reply.send(outcome);
    }

    fn number(&self) -> i64 {
        self.append.session.number
    }

    fn sequence(&self) -> Error {
        self.append.session.sequence(self.append.turn.seq)
    }

    fn not_active(&self) -> Error {
        self.append.session.not_active()
    }
}

/// Statement texts by number of rows.
#[derive(Default)]
pub(super) struct Statements {
    journal: Texts,
    start: Texts,
    go_on: Texts,
    end: Texts,
    /// The beginning of a transaction, the journal and the sessions, in one text.
    usual: Texts,
}

#[derive(Default)]
struct Texts(Vec<Option<SqlStr>>);

impl Texts {
    fn get(&mut self, rows: usize, make: impl FnOnce(usize) -> String) -> SqlStr {
        if self.0.len() <= rows {
            self.0.resize(rows + 1, None);
        }
        // Safe: the texts are made of constants and bind marks only.
        self.0[rows].get_or_insert_with(|| AssertSqlSafe(Arc::<str>::from(make(rows))).into_sql_str()).clone()
    }
}

fn journal_sql(rows: usize) -> String {
    journal_by("INSERT", rows)
}

fn journal_by(insert: &str, rows: usize) -> String {
    format!(
        "{insert} INTO journal (tenant, session, seq, at, event, commands, repeat_key) VALUES {}",
        dialect::values(rows, 7)
    )
}

fn start_sql(rows: usize) -> String {
    format!(
        "INSERT INTO sessions (number, tenant, id, flow, version, program_hash, pinned, channel, address, started_at, state, seq, \
         wakes_at, updated_at, ended_at, end_reason, snapshot) VALUES {}",
        dialect::values(rows, 17)
    )
}

fn go_on_sql(rows: usize) -> String {
    go_on_by("UPDATE", rows)
}

fn go_on_by(update: &str, rows: usize) -> String {
    format!(
        "WITH turn (tenant, number, seq, at, wakes_at, snapshot) AS (VALUES {}) \
         {update} sessions SET seq = turn.seq, updated_at = turn.at, wakes_at = turn.wakes_at, snapshot = turn.snapshot \
         FROM turn WHERE sessions.number = turn.number AND sessions.tenant = turn.tenant AND sessions.state = 'active' AND sessions.seq < turn.seq",
        dialect::values(rows, 6)
    )
}

/// A failure in here undoes the whole transaction, which is what becomes of it anyway; so the statements need not keep a
/// copy of every page that they touch to undo themselves alone.
fn usual_sql(rows: usize) -> String {
    let (insert, update) = (dialect::INSERT_OR_UNDO_ALL, dialect::UPDATE_OR_UNDO_ALL);
    format!("{}; {}; {}", dialect::BEGIN, journal_by(insert, rows), go_on_by(update, rows))
}

fn end_sql(rows: usize) -> String {
    format!(
        "WITH turn (tenant, number, seq, at, reason, snapshot) AS (VALUES {}) \
         UPDATE sessions SET seq = turn.seq, updated_at = turn.at, wakes_at = NULL, snapshot = turn.snapshot, \
         state = 'ended', ended_at = turn.at, end_reason = turn.reason \
         FROM turn WHERE sessions.number = turn.number AND sessions.tenant = turn.tenant AND sessions.state = 'active' AND sessions.seq < turn.seq",
        dialect::values(rows, 6)
    )
}

type Bound = Query<'static, Sqlite, SqliteArguments>;

fn statement(text: SqlStr) -> Bound {
    sqlx::query::<Sqlite>(text)
}

/// Writes the batch in one transaction. On an error nothing of it is stored and no transaction is left open.
pub(super) async fn commit(
    connection: &mut SqliteConnection,
    statements: &mut Statements,
    batch: &[Entry],
) -> Result<()> {
    let outcome = async {
        let fates = fates(batch)?;
        if fates.go_on.len() == batch.len() && batch.len() <= limits::STATEMENT_ROWS {
            usual(connection, statements, batch, &fates.go_on).await?;
        } else {
            run(connection, dialect::BEGIN).await?;
            rows(connection, statements, batch, fates).await?;
        }
        run(connection, "COMMIT").await
    }
    .await;
    if outcome.is_err() {
        // The failed statement may have closed the transaction itself (disk full does); then there is nothing to undo.
        let _ = run(connection, "ROLLBACK").await;
    }
    outcome
}

/// Writes the batch in one transaction, each entry behind a savepoint: whoever asks for what cannot be gets his own
/// error, the rest is stored. An error of the database itself takes all back.
pub(super) async fn commit_singly(
    connection: &mut SqliteConnection,
    statements: &mut Statements,
    batch: &[Entry],
) -> Result<Vec<Result<()>>> {
    let outcome = async {
        run(connection, dialect::BEGIN).await?;
        let mut verdicts = Vec::with_capacity(batch.len());
        for entry in batch {
            run(connection, "SAVEPOINT turn").await?;
            let single = std::slice::from_ref(entry);
            let verdict = rows(connection, statements, single, fates(single)?).await;
            match &verdict {
                Ok(()) => {}
                Err(error) if error.is_callers() => run(connection, "ROLLBACK TO SAVEPOINT turn").await?,
                Err(error) => return Err(error.clone()),
            }
            run(connection, "RELEASE SAVEPOINT turn").await?;
            verdicts.push(verdict);
        }
        run(connection, "COMMIT").await?;
        Ok(verdicts)
    }
    .await;
    if outcome.is_err() {
        let _ = run(connection, "ROLLBACK").await; // as above
    }
    outcome
}

async fn run(connection: &mut SqliteConnection, text: &'static str) -> Result<()> {
    sqlx::query(text).execute(connection).await?;
    Ok(())
}

/// What becomes of the sessions of a batch: only the last turn of each is written to its row.
struct Fates<'a> {
    start: Vec<(&'a NewSession, &'a Append)>,
    go_on: Vec<&'a Append>,
    end: Vec<&'a Append>,
}

fn fates(batch: &[Entry]) -> Result<Fates<'_>> {
    let mut last: HashMap<i64, &Entry> = HashMap::with_capacity(batch.len());
    let mut start = Vec::new();
    for entry in batch {
        if let Some(before) = last.insert(entry.number(), entry) {
            if before.append.turn.ended.is_some() {
                return Err(entry.not_active());
            }
            if before.append.turn.seq >= entry.append.turn.seq {
                return Err(entry.sequence());
            }
        }
        if let Some(new) = &entry.new {
            start.push((new.as_ref(), &entry.append));
        }
    }
    let mut fates = Fates { start, go_on: Vec::with_capacity(last.len()), end: Vec::new() };
    for entry in batch {
        let is_last = std::ptr::eq(last[&entry.number()], entry);
        // A first turn is written with the session's row itself.
        if is_last && entry.new.is_none() {
            if entry.append.turn.ended.is_some() {
                fates.end.push(&entry.append)
            } else {
                fates.go_on.push(&entry.append)
            }
        }
    }
    Ok(fates)
}

/// Begins a transaction and writes a turn of each of some sessions that go on.
async fn usual(
    connection: &mut SqliteConnection,
    statements: &mut Statements,
    batch: &[Entry],
    go_on: &[&Append],
) -> Result<()> {
    let query = batch.iter().fold(statement(statements.usual.get(batch.len(), usual_sql)), journal_row);
    let query = go_on.iter().copied().fold(query, go_on_row);
    let mut updated = 0;
    {
        let mut done = connection.fetch_many(query);
        // The last statement's count stands; SQLite repeats a count for statements that change nothing.
        while let Some(step) = done.try_next().await.map_err(|error| duplicate(error, || batch[0].sequence()))? {
            if let sqlx::Either::Left(outcome) = step {
                updated = outcome.rows_affected();
            }
        }
    }
    expect_all(connection, updated, go_on).await
}

fn journal_row(query: Bound, Entry { append, .. }: &Entry) -> Bound {
    let turn = &append.turn;
    query
        .bind(append.session.tenant.clone())
        .bind(append.session.number)
        .bind(turn.seq)
        .bind(turn.at_ms)
        .bind(turn.event.clone())
        .bind(turn.commands.clone())
        .bind(turn.key.clone())
}

fn go_on_row(query: Bound, append: &Append) -> Bound {
    let turn = &append.turn;
    query
        .bind(append.session.tenant.clone())
        .bind(append.session.number)
        .bind(turn.seq)
        .bind(turn.at_ms)
        .bind(turn.wakes_at_ms)
        .bind(turn.snapshot.to_vec())
}

async fn rows(
    connection: &mut SqliteConnection,
    statements: &mut Statements,
    batch: &[Entry],
    fates: Fates<'_>,
) -> Result<()> {
    for chunk in fates.start.chunks(limits::STATEMENT_ROWS) {
        let query =
            chunk.iter().fold(statement(statements.start.get(chunk.len(), start_sql)), |query, (new, append)| {
                new.bind(query, append)
            });
        query
            .execute(&mut *connection)
            .await
            .map_err(|error| duplicate(error, || Error::Exists { what: format!("session {}", chunk[0].0.id) }))?;
    }
    for chunk in batch.chunks(limits::STATEMENT_ROWS) {
        let query = chunk.iter().fold(statement(statements.journal.get(chunk.len(), journal_sql)), journal_row);
        query.execute(&mut *connection).await.map_err(|error| duplicate(error, || chunk[0].sequence()))?;
    }
    for chunk in fates.go_on.chunks(limits::STATEMENT_ROWS) {
        let query = chunk.iter().copied().fold(statement(statements.go_on.get(chunk.len(), go_on_sql)), go_on_row);
        let done = query.execute(&mut *connection).await?.rows_affected();
        expect_all(connection, done, chunk).await?;
    }
    for chunk in fates.end.chunks(limits::STATEMENT_ROWS) {
        let query = chunk.iter().fold(statement(statements.end.get(chunk.len(), end_sql)), |query, append| {
            let turn = &append.turn;
            query
                .bind(append.session.tenant.clone())
                .bind(append.session.number)
                .bind(turn.seq)
                .bind(turn.at_ms)
                .bind(turn.ended.clone())
                .bind(turn.snapshot.to_vec())
        });
        let done = query.execute(&mut *connection).await?.rows_affected();
        expect_all(connection, done, chunk).await?;
    }
    Ok(())
}

/// In a batch of one the message is exact; in a larger one it only says that the batch must be written singly.
fn duplicate(error: sqlx::Error, name: impl FnOnce() -> Error) -> Error {
    let error = Error::from(error);
    if error.is_duplicate() { name() } else { error }
}

/// Every session named must have been there, active, and behind its turn.
async fn expect_all(connection: &mut SqliteConnection, done: u64, chunk: &[&Append]) -> Result<()> {
    if done == chunk.len() as u64 {
        return Ok(());
    }
    let Append { session, turn } = chunk[0];
    let row = sqlx::query("SELECT state FROM sessions WHERE tenant = $1 AND number = $2")
        .bind(session.tenant.clone())
        .bind(session.number)
        .fetch_optional(connection)
        .await?;
    match row {
        Some(row) if row.try_get::<&str, _>(0)? == "active" => Err(session.sequence(turn.seq)),
        _ => Err(session.not_active()),
    }
}
