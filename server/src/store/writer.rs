//! The task that owns the writing connection: it gathers what waits, writes it in one transaction, syncs once and then
//! answers everybody. What the rows look like is in `batch`.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use futures_util::future::BoxFuture;
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::batch::{self, Entry, Statements};
use super::{Error, NewSession, Result, SessionKey, audit, dialect, limits};
use crate::observe::Metrics;

/// One turn of a session: what happened, what was decided, and what the session has become.
#[derive(Debug, Clone)]
pub struct Turn {
    /// The turn's number in its session; rises with each turn and is never given twice.
    pub seq: i64,
    /// When it happened, milliseconds since 1970-01-01 UTC.
    pub at_ms: i64,
    /// The event, as JSON.
    pub event: Arc<str>,
    /// The commands it led to, as a JSON list.
    pub commands: Arc<str>,
    /// The session after the turn, in whatever form the interpreter saves it.
    pub snapshot: Arc<[u8]>,
    /// When the session wants to wake by itself, if it does.
    pub wakes_at_ms: Option<i64>,
    /// Why the session is over, if this turn ended it.
    pub ended: Option<Arc<str>>,
    /// What the sender calls the event, if it may send it again.
    pub key: Option<Arc<str>>,
}

impl Default for Turn {
    fn default() -> Self {
        Self {
            seq: 0,
            at_ms: 0,
            event: "".into(),
            commands: "[]".into(),
            snapshot: [].into(),
            wakes_at_ms: None,
            ended: None,
            key: None,
        }
    }
}

impl Turn {
    pub(super) fn check(&self) -> Result<()> {
        within("event", self.event.len(), limits::EVENT_BYTES)?;
        within("commands", self.commands.len(), limits::COMMANDS_BYTES)?;
        within("repeat key", self.key.as_ref().map_or(0, |key| key.len()), limits::NAME_BYTES)?;
        within("snapshot", self.snapshot.len(), limits::SNAPSHOT_BYTES)?;
        within("end reason", self.ended.as_ref().map_or(0, |reason| reason.len()), limits::NAME_BYTES)
    }

    fn bytes(&self) -> usize {
        self.event.len() + self.commands.len() + self.snapshot.len()
    }
}

pub(super) fn within(what: &'static str, size: usize, limit: usize) -> Result<()> {
    if size > limit { Err(Error::TooLarge { what, size, limit }) } else { Ok(()) }
}

/// A turn and whose it is.
#[derive(Debug, Clone)]
pub struct Append {
    /// The session.
    pub session: SessionKey,
    /// The turn.
    pub turn: Turn,
}

type Job = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, ()> + Send>;

enum Item {
    Turn(Entry),
    Job(Job),
    Close(oneshot::Sender<()>),
}

/// The queue in front of the writing task.
#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Item>,
    /// The number of the next new session. This task is the only one that writes, so nobody else gives numbers.
    next: AtomicI64,
}

impl Writer {
    pub async fn start(
        mut connection: SqliteConnection,
        options: SqliteConnectOptions,
        metrics: &Metrics,
    ) -> Result<Self> {
        let last: i64 =
            sqlx::query_scalar("SELECT COALESCE(MAX(number), 0) FROM sessions").fetch_one(&mut connection).await?;
        let (queue, waiting) = mpsc::channel(limits::QUEUE);
        let task = Task { connection, options, statements: Statements::default(), metrics: metrics.clone() };
        tokio::spawn(task.run(waiting));
        Ok(Self { queue, next: AtomicI64::new(last + 1) })
    }

    pub async fn append(&self, append: Append) -> Result<()> {
        append.turn.check()?;
        self.enter(None, append).await
    }

    pub async fn start_session(&self, session: NewSession, first: Turn) -> Result<SessionKey> {
        session.check()?;
        first.check()?;
        // A number whose session could not be written stays unused.
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let key = SessionKey { tenant: session.tenant.clone(), id: session.id.clone(), number };
        let append = Append { session: key.clone(), turn: first };
        self.enter(Some(Box::new(session)), append).await?;
        Ok(key)
    }

    async fn enter(&self, new: Option<Box<NewSession>>, append: Append) -> Result<()> {
        let (reply, answer) = oneshot::channel();
        self.queue.send(Item::Turn(Entry { new, append, reply })).await.map_err(|_| Error::Closed)?;
        answer.await.unwrap_or(Err(Error::Closed))
    }

    /// Runs `work` in a transaction of its own, between two batches.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            Box::pin(async move {
                let outcome = async {
                    let mut transaction = connection.begin_with(dialect::BEGIN).await?;
                    let value = work(&mut transaction).await?;
                    transaction.commit().await?;
                    Ok(value)
                }
                .await;
                // The caller may have gone; the work is done all the same.
                let _ = reply.send(outcome);
            })
        });
        self.queue.send(Item::Job(job)).await.map_err(|_| Error::Closed)?;
        answer.await.unwrap_or(Err(Error::Closed))
    }

    /// As [`Writer::write`], and writes the line of the audit log that tells of it into the same transaction, where somebody is to be told of
    /// and `happened` says that there is something to tell.
    pub async fn write_told<T, F>(&self, happened: fn(&T) -> bool, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T>> + Send + 'static,
    {
        let pending = audit::pending();
        self.write(move |connection| {
            Box::pin(async move {
                let value = work(connection).await?;
                if happened(&value) {
                    audit::put_pending(connection, pending).await?;
                }
                Ok(value)
            })
        })
        .await
    }

    /// Runs `work` outside any transaction.
    #[cfg(test)]
    pub async fn outside(
        &self,
        work: impl for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, ()> + Send + 'static,
    ) {
        let queued = self.queue.send(Item::Job(Box::new(work))).await;
        assert!(queued.is_ok(), "the writer runs");
    }

    pub async fn close(&self) {
        let (reply, answer) = oneshot::channel();
        if self.queue.send(Item::Close(reply)).await.is_ok() {
            let _ = answer.await; // gone already: closed already
        }
    }
}

/// Sessions just answered, and sessions just woken, often have their next turn ready: lets them queue it, as long as every
/// look finds more, so that one sync carries all. A lone turn waits for two looks at an empty queue, microseconds.
async fn gather(waiting: &mut mpsc::Receiver<Item>, items: &mut Vec<Item>) {
    let mut empty = 0;
    while empty < 2 && items.len() < limits::BATCH_TURNS {
        tokio::task::yield_now().await;
        let before = items.len();
        while items.len() < limits::BATCH_TURNS
            && let Ok(item) = waiting.try_recv()
        {
            items.push(item);
        }
        empty = if items.len() == before { empty + 1 } else { 0 };
    }
}

struct Task {
    connection: SqliteConnection,
    options: SqliteConnectOptions,
    statements: Statements,
    metrics: Metrics,
}

impl Task {
    async fn run(mut self, mut waiting: mpsc::Receiver<Item>) {
        let mut items = Vec::with_capacity(limits::BATCH_TURNS);
        let mut batch = Vec::with_capacity(limits::BATCH_TURNS);
        loop {
            if waiting.recv_many(&mut items, limits::BATCH_TURNS).await == 0 {
                break;
            }
            gather(&mut waiting, &mut items).await;
            let mut bytes = 0;
            for item in items.drain(..) {
                match item {
                    Item::Turn(entry) => {
                        bytes += entry.append.turn.bytes();
                        batch.push(entry);
                        if bytes >= limits::BATCH_BYTES {
                            bytes = 0;
                            self.commit(&mut batch).await;
                        }
                    }
                    Item::Job(job) => {
                        self.commit(&mut batch).await;
                        job(&mut self.connection).await;
                    }
                    Item::Close(reply) => {
                        self.commit(&mut batch).await;
                        waiting.close();
                        if let Err(error) = self.connection.close().await {
                            tracing::warn!(%error, "the database did not close cleanly");
                        }
                        let _ = reply.send(());
                        return; // what else waits learns `Closed` by its dropped reply
                    }
                }
            }
            self.commit(&mut batch).await;
        }
    }

    async fn commit(&mut self, batch: &mut Vec<Entry>) {
        if batch.is_empty() {
            return;
        }
        let began = Instant::now();
        let outcome = batch::commit(&mut self.connection, &mut self.statements, batch).await;
        self.metrics.commit(batch.len(), began.elapsed());
        match outcome {
            Ok(()) => batch.drain(..).for_each(|entry| entry.answer(Ok(()))),
            Err(error) if error.is_callers() && batch.len() > 1 => self.one_by_one(batch).await,
            Err(error) => {
                self.restore().await;
                batch.drain(..).for_each(|entry| entry.answer(Err(error.clone())));
            }
        }
    }

    /// Somebody in the batch asked for what cannot be; the others must not suffer. Rare, so it may be slow.
    async fn one_by_one(&mut self, batch: &mut Vec<Entry>) {
        let outcome = batch::commit_singly(&mut self.connection, &mut self.statements, batch).await;
        match outcome {
            Ok(verdicts) => batch.drain(..).zip(verdicts).for_each(|(entry, verdict)| entry.answer(verdict)),
            Err(error) => {
                self.restore().await;
                batch.drain(..).for_each(|entry| entry.answer(Err(error.clone())));
            }
        }
    }

    /// After a failure of the database itself: a connection that no longer answers is replaced.
    async fn restore(&mut self) {
        if sqlx::query("SELECT 1").execute(&mut self.connection).await.is_ok() {
            return;
        }
        match dialect::connect(&self.options).await {
            Ok(connection) => self.connection = connection,
            Err(error) => tracing::error!(%error, "the database cannot be opened again"),
        }
    }
}
