//! One live session: the loop of the house.

use super::shadow::{Fed, Shadow};
use super::{Channel, Host, HostError, INBOX, Letter, Live, Moving, Opening, Post, Receipt, now_ms};
use crate::services::Asker;
use crate::store::{Append, NewSession, Placement, SessionKey, Turn as Stored};
use offhook_runtime::migration::{Carried, Migration, Stay};
use offhook_runtime::params::NUMBER_SCHEME;
use offhook_runtime::replay::Place;
use offhook_runtime::{Call, Command, Event, Program, Session, Start, Turn};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tracing::Instrument;

/// Keys of repeatable events that a session remembers. A client repeats what it has no answer for: its last few.
const KEYS: usize = 64;

/// What one task owns.
struct Owned {
    host: Host,
    id: Arc<str>,
    key: SessionKey,
    program: Arc<Program>,
    session: Session,
    line: Option<Arc<dyn Channel>>,
    told: watch::Sender<u64>,
    keys: VecDeque<(Arc<str>, u64)>,
    /// Whether it is in memory only to be moved, and nobody has had any use for it since.
    is_passing: bool,
    /// What runs beside it; it is handed each turn when everything else has been done.
    shadow: Option<Arc<Shadow>>,
}

/// Begins a session and starts its task.
pub(super) async fn open(host: &Host, program: Arc<Program>, opening: Opening) -> Result<Receipt, HostError> {
    let id: Arc<str> = opening.session.map_or_else(|| new_id("s").into(), Into::into);
    let mut contact = opening.contact;
    host.inner.services.recognise(opening.channel, &mut contact).await;
    let start = Start {
        session: id.to_string(),
        channel: opening.channel.to_owned(),
        to: opening.to,
        contact,
        locale: opening.locale,
        inputs: opening.inputs,
        seed: uuid::Uuid::new_v4().as_u64_pair().0,
    };
    let now = now_ms();
    let (session, turn) = Session::start(&program, &start, now).map_err(HostError::Refused)?;
    let new = NewSession {
        tenant: host.inner.tenant.clone(),
        id: id.clone(),
        flow: program.id().into(),
        version: program.entry().version.into(),
        program_hash: program.hash().into(),
        pinned: pins(&program).into(),
        channel: opening.channel.into(),
        address: start.contact.address.as_str().into(),
        started_at_ms: now,
    };
    let event = Event::Start(Box::new(start));
    let stored = stored(&session, &program, &event, &turn, now, None);
    let key = host.inner.store.start(new, stored).await.map_err(|error| match error {
        crate::store::Error::Exists { .. } => HostError::Exists,
        other => HostError::Store(other),
    })?;
    host.inner.metrics.session_started(program.id());
    let (inbox, posts) = mpsc::channel(INBOX);
    let (told, turns) = watch::channel(session.turns());
    let receipt = Receipt { session: id.clone(), seq: session.turns(), ended: session.ended().map(str::to_owned) };
    let flow: Arc<str> = program.id().into();
    host.map().insert(id.clone(), Live { inbox, turns, flow: flow.clone() });
    let shadow = host.shadow_for_new(&flow, &id);
    let fed = shadow.as_ref().map(|_| Fed::new(&id, &program, (None, now), &event, &turn, &session));
    let mut owned = Owned {
        host: host.clone(),
        id,
        key,
        program,
        session,
        line: opening.line,
        told,
        keys: VecDeque::new(),
        is_passing: false,
        shadow,
    };
    let span = tracing::info_span!("session", id = %owned.id, flow = %flow, version = owned.program.entry().version);
    host.inner.tasks.spawn(
        async move {
            tracing::debug!(channel = opening.channel, "a session begins");
            owned.act(turn);
            owned.feed(fed);
            owned.run(posts).await;
        }
        .instrument(span),
    );
    Ok(receipt)
}

/// The version of every flow of a program, as a JSON object.
pub(super) fn pins(program: &Program) -> String {
    let pinned: serde_json::Map<String, serde_json::Value> =
        program.flows().map(|flow| (flow.id.clone(), flow.version.into())).collect();
    serde_json::Value::Object(pinned).to_string()
}

/// Takes up a session that is in the store, and serves its inbox.
pub(super) async fn take_up(host: Host, id: Arc<str>, posts: mpsc::Receiver<Post>, told: watch::Sender<u64>) {
    match load(&host, &id, told).await {
        Ok(owned) => {
            let flow: Arc<str> = owned.program.id().into();
            if let Some(live) = host.map().get_mut(&id) {
                live.flow = flow.clone();
            }
            let span = tracing::info_span!("session", id = %id, flow = %flow, version = owned.program.entry().version);
            owned.run(posts).instrument(span).await;
        }
        Err(error) => {
            host.map().remove(&id);
            refuse(posts, &error);
        }
    }
}

/// Tells everybody who waits why the session cannot be had.
fn refuse(mut posts: mpsc::Receiver<Post>, error: &HostError) {
    posts.close();
    while let Ok(post) = posts.try_recv() {
        if let Post::Event(Letter { reply: Some(reply), .. }) = post {
            let again = match error {
                HostError::NoSession(id) => HostError::NoSession(id.clone()),
                HostError::Ended(reason) => HostError::Ended(reason.clone()),
                HostError::NoFlow(flow) => HostError::NoFlow(flow.clone()),
                other => HostError::Load(other.to_string()),
            };
            // Whoever asked may have gone meanwhile.
            let _ = reply.send(Err(again));
        }
    }
}

async fn load(host: &Host, id: &Arc<str>, told: watch::Sender<u64>) -> Result<Owned, HostError> {
    let row = host.inner.store.session(&host.inner.tenant, id).await?;
    let row = row.ok_or_else(|| HostError::NoSession(id.to_string()))?;
    if let Some(reason) = row.end_reason {
        return Err(HostError::Ended(reason));
    }
    let program = host.program_of(&row).await?;
    let text = std::str::from_utf8(&row.snapshot).map_err(|error| HostError::Load(error.to_string()))?;
    let session = Session::load(&program, text).map_err(|error| HostError::Load(error.to_string()))?;
    let key = row.key();
    let seq = u64::try_from(row.seq).unwrap_or_default();
    told.send_replace(seq);
    let first = row.seq.saturating_sub(i64::try_from(KEYS).unwrap_or(i64::MAX)).max(0);
    let recent = host.inner.store.journal(&host.inner.tenant, id, first, KEYS).await?;
    let keys = recent
        .into_iter()
        .filter_map(|entry| Some((Arc::from(entry.key?), u64::try_from(entry.seq).unwrap_or_default())))
        .collect();
    let shadow = host.shadow_of(program.id(), id);
    let (host, id) = (host.clone(), id.clone());
    Ok(Owned { host, id, key, program, session, line: None, told, keys, is_passing: false, shadow })
}

fn stored(
    session: &Session,
    program: &Program,
    event: &Event,
    turn: &Turn,
    at_ms: i64,
    key: Option<Arc<str>>,
) -> Stored {
    Stored {
        seq: i64::try_from(session.turns()).unwrap_or(i64::MAX),
        at_ms,
        event: serde_json::to_string(event).expect("an event is plain data").into(),
        commands: serde_json::to_string(&turn.commands).expect("commands are plain data").into(),
        snapshot: session.save(program).into_bytes().into(),
        wakes_at_ms: session.wakes_at(program),
        ended: session.ended().map(Into::into),
        key,
    }
}

/// A new id: a prefix that says of what, and a UUID of version 7, so that ids sort by time.
pub(crate) fn new_id(prefix: &str) -> String {
    format!("{prefix}_{}", uuid::Uuid::now_v7().simple())
}

impl Owned {
    async fn run(mut self, mut posts: mpsc::Receiver<Post>) {
        let stop = self.host.inner.stop.clone();
        let idle = self.host.inner.config.limits.idle_in_memory;
        let mut last = Instant::now();
        let mut is_new = true;
        loop {
            if self.session.ended().is_some() {
                break;
            }
            let wakes_at = self.session.wakes_at(&self.program);
            let sleep = match wakes_at {
                Some(at) => Duration::from_millis(u64::try_from(at.saturating_sub(now_ms())).unwrap_or_default()),
                None => Duration::MAX,
            };
            // A session that nobody is on the line with, and that will not move soon, leaves memory.
            let rest = match self.line {
                None if self.is_passing => Duration::ZERO,
                None if sleep > idle => idle,
                _ => Duration::MAX,
            };
            let next = tokio::select! {
                () = stop.cancelled() => break,
                post = posts.recv() => post,
                () = wait(last.checked_add(sleep), sleep) => {
                    Some(Post::Event(Letter { event: Event::Timer, key: None, reply: None }))
                }
                () = wait(last.checked_add(rest), rest) => {
                    // Whoever holds the inbox sees it closed and asks for the session anew.
                    self.host.map().remove(&self.id);
                    posts.close();
                    match posts.try_recv() {
                        Ok(post) => Some(post),
                        Err(_) => return,
                    }
                }
            };
            let Some(post) = next else { break };
            let goes_on = match post {
                Post::Event(letter) => {
                    self.is_passing = false;
                    self.take(letter).await
                }
                Post::Move(migration, reply) => {
                    self.is_passing |= is_new;
                    // Who has given up waiting may want the opposite by now.
                    if !reply.is_closed() {
                        let _ = reply.send(self.relocate(&migration).await);
                    }
                    true
                }
            };
            if !goes_on {
                break;
            }
            is_new = false;
            last = Instant::now();
        }
        self.host.map().remove(&self.id);
        let why = match self.session.ended() {
            Some(reason) => HostError::Ended(reason.to_owned()),
            None => HostError::ShuttingDown,
        };
        refuse(posts, &why);
    }

    /// One turn; `false` when the session cannot go on in memory.
    async fn take(&mut self, post: Letter) -> bool {
        let began = Instant::now();
        if let Some(key) = &post.key
            && let Some((_, seq)) = self.keys.iter().find(|(known, _)| known == key)
        {
            let receipt = self.receipt(*seq);
            answer(post, Ok(receipt));
            return true;
        }
        let now = now_ms();
        if post.event == Event::Timer && self.session.wakes_at(&self.program).is_none_or(|at| at > now) {
            return true;
        }
        let at = self.place();
        let turn = self.session.handle(&self.program, &post.event, now);
        let stored = stored(&self.session, &self.program, &post.event, &turn, now, post.key.clone());
        let seq = self.session.turns();
        let append = Append { session: self.key.clone(), turn: stored };
        if let Err(error) = self.host.inner.store.append(append).await {
            tracing::error!(%error, seq, "a turn could not be stored; the session is put back to the one before");
            answer(post, Err(HostError::Store(error)));
            return false;
        }
        if let Some(key) = &post.key {
            self.keys.push_back((key.clone(), seq));
            if self.keys.len() > KEYS {
                self.keys.pop_front();
            }
        }
        self.told.send_replace(seq);
        let (_, node) = self.session.position(&self.program);
        tracing::debug!(seq, node, commands = turn.commands.len(), "turn");
        if let Some(reason) = self.session.ended() {
            self.host.inner.metrics.session_ended(self.program.id(), reason);
            tracing::debug!(reason, "the session ends");
        }
        let fed = self.fed(at, &post.event, now, &turn);
        self.act(turn);
        let receipt = self.receipt(seq);
        answer(post, Ok(receipt));
        self.host.inner.metrics.turn(began.elapsed());
        self.feed(fed);
        true
    }

    /// Where it stands, for what runs beside it.
    fn place(&self) -> Option<Place> {
        let (flow, node) = self.shadow.as_ref().map(|_| self.session.position(&self.program))?;
        Some(Place { flow: flow.to_owned(), node: node.to_owned() })
    }

    /// A turn that was made at a place, for what runs beside it.
    fn fed(&self, at: Option<Place>, event: &Event, now: i64, turn: &Turn) -> Option<Fed> {
        at.map(|at| Fed::new(&self.id, &self.program, (Some(at), now), event, turn, &self.session))
    }

    /// Hands a turn to what runs beside it, and forgets that when it wants no more.
    fn feed(&mut self, fed: Option<Fed>) {
        if let Some((shadow, fed)) = self.shadow.as_ref().zip(fed)
            && !shadow.feed(&self.host, fed)
        {
            self.shadow = None;
        }
    }

    /// Goes on in another version, in a turn of its own, or stays as it was.
    async fn relocate(&mut self, migration: &Migration) -> Moving {
        if migration.source().hash() != self.program.hash() {
            // Another release moved it meanwhile.
            return Moving::Stays(Stay::Same);
        }
        let now = now_ms();
        let Carried { session, turn, anew, .. } = match migration.carry(&self.session, now) {
            Ok(carried) => carried,
            Err(stay) => return Moving::Stays(stay),
        };
        let program = Arc::new(migration.target().clone());
        let event = Event::Moved(Box::new(migration.event()));
        let stored = stored(&session, &program, &event, &turn, now, None);
        let to = Placement {
            version: program.entry().version.into(),
            program_hash: program.hash().into(),
            pinned: pins(&program).into(),
        };
        let append = Append { session: self.key.clone(), turn: stored };
        if let Err(error) = self.host.inner.store.move_session(append, to).await {
            tracing::error!(%error, "a session could not be moved to another version; it stays");
            return Moving::Failed;
        }
        let at = self.place();
        (self.session, self.program) = (session, program);
        self.told.send_replace(self.session.turns());
        tracing::debug!(anew, version = self.program.entry().version, "another version goes on");
        if let Some(reason) = self.session.ended() {
            self.host.inner.metrics.session_ended(self.program.id(), reason);
        }
        let fed = self.fed(at, &event, now, &turn);
        self.act(turn);
        self.feed(fed);
        Moving::Moved
    }

    fn receipt(&self, seq: u64) -> Receipt {
        Receipt { session: self.id.clone(), seq, ended: self.session.ended().map(str::to_owned) }
    }

    /// Puts the number in place of the name of one. What has no number here fails as a call would.
    fn numbered(&self, commands: Vec<Command>) -> Vec<Command> {
        let bound = &self.host.inner.config.numbers;
        let numbered = commands.into_iter().filter_map(|command| {
            let Command::Connect(mut connect) = command else { return Some(command) };
            let Some(name) = connect.to.strip_prefix(NUMBER_SCHEME) else { return Some(Command::Connect(connect)) };
            match bound.get(name) {
                Some(number) => {
                    connect.to.clone_from(number);
                    Some(Command::Connect(connect))
                }
                None => {
                    let detail = format!("no number `{name}` is bound here");
                    let (id, outcome) = (connect.id, offhook_runtime::Outcome::Failed);
                    self.host.post(&self.id, Event::Connected(offhook_runtime::Connected { id, outcome, detail }));
                    None
                }
            }
        });
        numbered.collect()
    }

    /// Does what the turn asks for. It is on the disk already.
    fn act(&self, turn: Turn) {
        let turn = Turn { commands: self.numbered(turn.commands), ..turn };
        for command in &turn.commands {
            match command {
                Command::Call(call) => self.ask(call.clone()),
                Command::Note(note) => self.host.inner.services.tell(&self.id, self.program.id(), note),
                Command::Connect(connect) if self.line.is_none() => {
                    let outcome = offhook_runtime::Connected {
                        id: connect.id,
                        outcome: offhook_runtime::Outcome::Failed,
                        detail: "this channel cannot connect".to_owned(),
                    };
                    self.host.post(&self.id, Event::Connected(outcome));
                }
                _ => {}
            }
        }
        if let Some(line) = &self.line
            && !turn.commands.is_empty()
        {
            line.perform(&turn.commands.into());
        }
    }

    fn ask(&self, call: Call) {
        ask(&self.host, &self.id, &self.session, call);
    }
}

/// Asks a service and hands its answer to the session.
fn ask(host: &Host, id: &Arc<str>, session: &Session, call: Call) {
    let contact = session.contact();
    let asker = Asker {
        session: id.to_string(),
        channel: session.channel().as_str(),
        address: contact.address.clone(),
        contact: contact.id.clone(),
    };
    let (host, id) = (host.clone(), id.clone());
    let stop = host.inner.stop.clone();
    host.inner.tasks.clone().spawn(
        async move {
            let event = tokio::select! {
                () = stop.cancelled() => return,
                event = host.inner.services.perform(&asker, &call) => event,
            };
            // The session may have ended meanwhile; then nobody wants the answer.
            let _ = host.send(&id, event, None).await;
        }
        .in_current_span(),
    );
}

/// Asks again what a session was waiting for when the server went down. Services are told the same idempotency key.
pub(super) fn ask_again(host: &Host, id: &Arc<str>, session: &Session, call: Call) {
    ask(host, id, session, call);
}

fn answer(post: Letter, result: Result<Receipt, HostError>) {
    if let Some(reply) = post.reply {
        // Whoever asked may have gone meanwhile; the turn is made all the same.
        let _ = reply.send(result);
    }
}

/// Sleeps until an instant; for ever when the wait is as long as can be said.
async fn wait(until: Option<Instant>, length: Duration) {
    match until {
        Some(until) if length != Duration::MAX => tokio::time::sleep_until(until).await,
        _ => std::future::pending().await,
    }
}
