//! Sessions: opening one, loading one, those a restart must wake, and the lists an operator looks at.

use std::sync::Arc;

use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{QueryBuilder, Row, Sqlite};

use super::writer::within;
use super::{Append, Error, Result, Store, limits};

/// Which session: what it goes by in the store, which gave it when the session began. It cannot be made elsewhere, so the
/// id and the number belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionKey {
    pub(super) tenant: Arc<str>,
    pub(super) id: Arc<str>,
    /// Unique in the database; the journal is kept by it.
    pub(super) number: i64,
}

impl SessionKey {
    pub(super) fn sequence(&self, seq: i64) -> Error {
        Error::Sequence { session: self.id.clone(), seq }
    }

    pub(super) fn not_active(&self) -> Error {
        Error::NotActive { session: self.id.clone() }
    }
}

/// What is known of a session when it begins and never changes.
#[derive(Debug, Clone, Default)]
pub struct NewSession {
    /// The tenant.
    pub tenant: Arc<str>,
    /// The session's id, unique in the tenant.
    pub id: Arc<str>,
    /// The flow it begins in.
    pub flow: Arc<str>,
    /// That flow's version.
    pub version: i64,
    /// The hash of the compiled program.
    pub program_hash: Arc<str>,
    /// The versions of every flow it may enter, as JSON; it stays on them to its end.
    pub pinned: Arc<str>,
    /// The channel: `voice`, `webchat`, …
    pub channel: Arc<str>,
    /// The contact's address on that channel.
    pub address: Arc<str>,
    /// When it began, milliseconds since 1970-01-01 UTC.
    pub started_at_ms: i64,
}

impl NewSession {
    pub(super) fn check(&self) -> Result<()> {
        within("tenant", self.tenant.len(), limits::NAME_BYTES)?;
        within("session id", self.id.len(), limits::NAME_BYTES)?;
        within("flow id", self.flow.len(), limits::NAME_BYTES)?;
        within("program hash", self.program_hash.len(), limits::NAME_BYTES)?;
        within("pinned versions", self.pinned.len(), limits::SNAPSHOT_BYTES)?;
        within("channel", self.channel.len(), limits::NAME_BYTES)?;
        within("address", self.address.len(), limits::NAME_BYTES)
    }

    pub(super) fn bind(
        &self,
        query: Query<'static, Sqlite, SqliteArguments>,
        first: &Append,
    ) -> Query<'static, Sqlite, SqliteArguments> {
        let turn = &first.turn;
        let ended = turn.ended.is_some();
        query
            .bind(first.session.number)
            .bind(self.tenant.clone())
            .bind(self.id.clone())
            .bind(self.flow.clone())
            .bind(self.version)
            .bind(self.program_hash.clone())
            .bind(self.pinned.clone())
            .bind(self.channel.clone())
            .bind(self.address.clone())
            .bind(self.started_at_ms)
            .bind(if ended { "ended" } else { "active" })
            .bind(turn.seq)
            .bind(if ended { None } else { turn.wakes_at_ms })
            .bind(turn.at_ms)
            .bind(ended.then_some(turn.at_ms))
            .bind(turn.ended.clone())
            .bind(turn.snapshot.to_vec())
    }
}

/// Whether a session still goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionState {
    /// It waits for its next event.
    Active,
    /// It is over.
    Ended,
}

impl SessionState {
    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            SessionState::Active => "active",
            SessionState::Ended => "ended",
        }
    }
}

/// A session as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionRow {
    number: i64,
    /// The tenant.
    pub tenant: String,
    /// The session's id.
    pub id: String,
    /// The flow it began in.
    pub flow: String,
    /// That flow's version.
    pub version: i64,
    /// The hash of the compiled program.
    pub program_hash: String,
    /// The versions it is pinned to, as JSON.
    pub pinned: String,
    /// The channel.
    pub channel: String,
    /// The contact's address.
    pub address: String,
    /// Whether it goes on.
    pub state: SessionState,
    /// The number of its last turn.
    pub seq: i64,
    /// When it wants to wake by itself.
    pub wakes_at_ms: Option<i64>,
    /// When it began.
    pub started_at_ms: i64,
    /// When its last turn happened.
    pub updated_at_ms: i64,
    /// When it ended.
    pub ended_at_ms: Option<i64>,
    /// Why it ended.
    pub end_reason: Option<String>,
    /// The session after its last turn; empty in lists.
    pub snapshot: Vec<u8>,
}

impl SessionRow {
    /// What the session goes by in the store.
    pub fn key(&self) -> SessionKey {
        SessionKey { tenant: self.tenant.as_str().into(), id: self.id.as_str().into(), number: self.number }
    }
}

const COLUMNS: &str = "tenant, id, flow, version, program_hash, pinned, channel, address, state, seq, wakes_at, started_at, \
                       updated_at, ended_at, end_reason, number";

fn read(row: &SqliteRow) -> sqlx::Result<SessionRow> {
    Ok(SessionRow {
        tenant: row.try_get(0)?,
        id: row.try_get(1)?,
        flow: row.try_get(2)?,
        version: row.try_get(3)?,
        program_hash: row.try_get(4)?,
        pinned: row.try_get(5)?,
        channel: row.try_get(6)?,
        address: row.try_get(7)?,
        state: if row.try_get::<&str, _>(8)? == "active" { SessionState::Active } else { SessionState::Ended },
        seq: row.try_get(9)?,
        wakes_at_ms: row.try_get(10)?,
        started_at_ms: row.try_get(11)?,
        updated_at_ms: row.try_get(12)?,
        ended_at_ms: row.try_get(13)?,
        end_reason: row.try_get(14)?,
        number: row.try_get(15)?,
        snapshot: Vec::new(),
    })
}

fn read_whole(row: &SqliteRow) -> sqlx::Result<SessionRow> {
    Ok(SessionRow { snapshot: row.try_get(16)?, ..read(row)? })
}

/// Where the next page of a list begins; opaque to callers, made of the last row's start and id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    started_at_ms: i64,
    id: String,
}

impl Cursor {
    /// As text, for a query string.
    pub fn encode(&self) -> String {
        format!("{}.{}", self.started_at_ms, self.id)
    }

    /// From text; `None` if it is not one of ours.
    pub fn decode(text: &str) -> Option<Self> {
        let (started, id) = text.split_once('.')?;
        let id = (id.len() <= limits::NAME_BYTES).then(|| id.to_owned())?;
        Some(Self { started_at_ms: started.parse().ok()?, id })
    }
}

/// Which sessions of a tenant to list; what is `None` does not restrict.
#[derive(Debug, Clone, Default)]
pub struct SessionFilter {
    /// Those that began in this flow.
    pub flow: Option<String>,
    /// Those in this state.
    pub state: Option<SessionState>,
    /// Those on this channel.
    pub channel: Option<String>,
    /// Those with this contact address.
    pub address: Option<String>,
    /// Those that began at this moment or later.
    pub from_ms: Option<i64>,
    /// Those that began before this moment.
    pub until_ms: Option<i64>,
}

impl Store {
    /// One session with its snapshot.
    pub async fn session(&self, tenant: &str, id: &str) -> Result<Option<SessionRow>> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(", snapshot FROM sessions WHERE tenant = ").push_bind(tenant.to_owned());
        query.push(" AND id = ").push_bind(id.to_owned());
        let row = query.build().fetch_optional(&self.inner.read).await?;
        Ok(row.as_ref().map(read_whole).transpose()?)
    }

    /// Active sessions of all tenants with their snapshots, ordered by tenant and id, after the given pair: what a
    /// restart reads page by page. A page ends after `limit` rows or [`limits::PAGE_BYTES`]; an empty one is the end.
    pub async fn active_sessions(&self, after: Option<(&str, &str)>, limit: usize) -> Result<Vec<SessionRow>> {
        use futures_util::TryStreamExt as _;
        let (tenant, id) = after.unwrap_or(("", ""));
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(", snapshot FROM sessions WHERE state = 'active' AND (tenant, id) > (");
        query.push_bind(tenant.to_owned()).push(", ").push_bind(id.to_owned());
        query.push(") ORDER BY tenant, id LIMIT ").push_bind(limit.min(limits::PAGE) as i64);
        let mut page = Vec::new();
        let mut bytes = 0;
        let query = query.build();
        let mut found = query.fetch(&self.inner.read);
        while let Some(row) = found.try_next().await? {
            let row = read_whole(&row)?;
            bytes += row.snapshot.len();
            page.push(row);
            if bytes >= limits::PAGE_BYTES {
                break;
            }
        }
        Ok(page)
    }

    /// Active sessions that want to wake at or before `now_ms`, as (tenant, id, wakes at), earliest first.
    pub async fn due_sessions(&self, now_ms: i64, limit: usize) -> Result<Vec<(String, String, i64)>> {
        Ok(sqlx::query_as(
            "SELECT tenant, id, wakes_at FROM sessions WHERE state = 'active' AND wakes_at <= $1 ORDER BY wakes_at, tenant, id LIMIT $2",
        )
        .bind(now_ms)
        .bind(limit.min(limits::PAGE) as i64)
        .fetch_all(&self.inner.read)
        .await?)
    }

    /// How many sessions are active, all tenants together.
    pub async fn count_active(&self) -> Result<i64> {
        Ok(sqlx::query_scalar("SELECT COUNT(*) FROM sessions WHERE state = 'active'")
            .fetch_one(&self.inner.read)
            .await?)
    }

    /// Sessions of a tenant, newest first, without snapshots; with the cursor of the next page if there is more.
    pub async fn sessions(
        &self,
        tenant: &str,
        filter: &SessionFilter,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<(Vec<SessionRow>, Option<Cursor>)> {
        let limit = limit.clamp(1, limits::PAGE);
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(" FROM sessions WHERE tenant = ").push_bind(tenant.to_owned());
        for (column, value) in [("flow", &filter.flow), ("channel", &filter.channel), ("address", &filter.address)] {
            if let Some(value) = value {
                query.push(" AND ").push(column).push(" = ").push_bind(value.clone());
            }
        }
        if let Some(state) = filter.state {
            query.push(" AND state = ").push_bind(state.as_str());
        }
        if let Some(from) = filter.from_ms {
            query.push(" AND started_at >= ").push_bind(from);
        }
        if let Some(until) = filter.until_ms {
            query.push(" AND started_at < ").push_bind(until);
        }
        if let Some(after) = after {
            query
                .push(" AND (started_at, id) < (")
                .push_bind(after.started_at_ms)
                .push(", ")
                .push_bind(after.id.clone())
                .push(")");
        }
        query.push(" ORDER BY started_at DESC, id DESC LIMIT ").push_bind(limit as i64 + 1);
        let found = query.build().fetch_all(&self.inner.read).await?;
        let mut page = found.iter().take(limit).map(read).collect::<sqlx::Result<Vec<_>>>()?;
        let more = found.len() > limit;
        page.shrink_to_fit();
        let next =
            page.last().filter(|_| more).map(|last| Cursor { started_at_ms: last.started_at_ms, id: last.id.clone() });
        Ok((page, next))
    }
}
