//! The store against real files.

use std::collections::BTreeMap;

use super::*;
use crate::observe::Metrics;

struct Temporary {
    store: Store,
    folder: tempfile::TempDir,
}

async fn temporary() -> Temporary {
    let folder = tempfile::tempdir().expect("a folder");
    Temporary { store: reopen(&folder).await, folder }
}

async fn reopen(folder: &tempfile::TempDir) -> Store {
    Store::open(&format!("sqlite://{}", folder.path().join("sub/offhook.db").display()), &Metrics::new())
        .await
        .expect("open")
}

fn new(id: &str) -> NewSession {
    NewSession {
        tenant: "t".into(),
        id: id.into(),
        flow: "clinic/reception".into(),
        version: 3,
        program_hash: "abc".into(),
        pinned: "{}".into(),
        channel: "webchat".into(),
        address: "visitor".into(),
        started_at_ms: 1000,
    }
}

fn turn(seq: i64) -> Turn {
    Turn {
        seq,
        at_ms: 1000 + seq,
        event: format!("{{\"n\":{seq}}}").into(),
        snapshot: format!("after {seq}").into_bytes().into(),
        wakes_at_ms: Some(5000 + seq),
        ..Turn::default()
    }
}

fn append(session: &SessionKey, seq: i64) -> Append {
    Append { session: session.clone(), turn: turn(seq) }
}

/// A session with its first turn.
async fn begun(store: &Store, id: &str) -> SessionKey {
    store.start(new(id), turn(0)).await.expect("start")
}

fn ending(session: &SessionKey, seq: i64) -> Append {
    let mut append = append(session, seq);
    append.turn.ended = Some("hangup".into());
    append
}

async fn seqs(store: &Store, id: &str) -> Vec<i64> {
    store.journal("t", id, -1, 1000).await.expect("journal").iter().map(|entry| entry.seq).collect()
}

#[tokio::test]
async fn a_session_is_as_its_last_turn_left_it() {
    let Temporary { store, folder } = temporary().await;
    let a = begun(&store, "a").await;
    for seq in 1..=5 {
        store.append(append(&a, seq)).await.expect("append");
    }
    let mut row = store.session("t", "a").await.expect("read").expect("there");
    assert_eq!((row.state, row.seq, row.wakes_at_ms, row.updated_at_ms), (SessionState::Active, 5, Some(5005), 1005));
    assert_eq!(
        (row.snapshot.as_slice(), row.flow.as_str(), row.version),
        (b"after 5".as_slice(), "clinic/reception", 3)
    );
    store.append(ending(&a, 6)).await.expect("the end");
    store.close().await;
    assert!(matches!(store.append(append(&a, 7)).await, Err(Error::Closed)));

    let store = reopen(&folder).await;
    row = store.session("t", "a").await.expect("read").expect("there");
    assert_eq!(
        (row.state, row.ended_at_ms, row.end_reason.as_deref(), row.wakes_at_ms),
        (SessionState::Ended, Some(1006), Some("hangup"), None)
    );
    assert_eq!(seqs(&store, "a").await, [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(store.session("other tenant", "a").await.expect("read"), None);
}

#[tokio::test]
async fn who_asks_for_what_cannot_be_fails_alone() {
    let Temporary { store, folder: _folder } = temporary().await;
    let (a, b) = (begun(&store, "a").await, begun(&store, "b").await);
    let (c, gone) = (begun(&store, "c").await, begun(&store, "gone").await);
    let nobody = SessionKey { id: "nobody".into(), number: 99, ..a.clone() };
    let stranger = SessionKey { tenant: "other tenant".into(), ..a.clone() };
    store.append(ending(&gone, 1)).await.expect("the end");
    // All in one batch: the writer is not polled before they are all in its queue.
    let (one, two, twice, missing, foreign, ended, exists, three) = tokio::join!(
        store.append(append(&a, 1)),
        store.append(append(&b, 1)),
        store.append(append(&a, 1)),
        store.append(append(&nobody, 1)),
        store.append(append(&stranger, 2)),
        store.append(append(&gone, 2)),
        store.start(new("b"), turn(7)),
        store.append(append(&c, 1)),
    );
    assert!(one.is_ok() && two.is_ok() && three.is_ok(), "{one:?} {two:?} {three:?}");
    assert!(matches!(&twice, Err(Error::Sequence { session, seq: 1 }) if &**session == "a"), "{twice:?}");
    assert!(matches!(&missing, Err(Error::NotActive { session }) if &**session == "nobody"), "{missing:?}");
    assert!(matches!(&foreign, Err(Error::NotActive { .. })), "{foreign:?}");
    assert!(matches!(&ended, Err(Error::NotActive { .. })), "{ended:?}");
    assert!(matches!(&exists, Err(Error::Exists { .. })), "{exists:?}");
    for (id, expected) in
        [("a", vec![0, 1]), ("b", vec![0, 1]), ("c", vec![0, 1]), ("nobody", vec![]), ("gone", vec![0, 1])]
    {
        assert_eq!(seqs(&store, id).await, expected, "{id}");
    }
    assert!(matches!(store.append(append(&a, 0)).await, Err(Error::Sequence { .. })), "a turn of the past");
    assert_eq!(store.session("t", "a").await.expect("read").expect("there").snapshot, b"after 1");
}

#[tokio::test]
async fn several_turns_of_one_session_in_one_batch() {
    let Temporary { store, folder: _folder } = temporary().await;
    let a = begun(&store, "a").await;
    let (one, two, end, late) = tokio::join!(
        store.append(append(&a, 1)),
        store.append(append(&a, 2)),
        store.append(ending(&a, 3)),
        store.append(append(&a, 4)),
    );
    assert!(one.is_ok() && two.is_ok() && end.is_ok());
    assert!(matches!(late, Err(Error::NotActive { .. })), "{late:?}");
    let row = store.session("t", "a").await.expect("read").expect("there");
    assert_eq!((row.seq, row.state, row.snapshot.as_slice()), (3, SessionState::Ended, b"after 3".as_slice()));
}

#[tokio::test]
async fn more_than_one_batch_and_more_than_one_statement() {
    let Temporary { store, folder: _folder } = temporary().await;
    let sessions: Vec<String> = (0..700).map(|n| format!("s{n:03}")).collect();
    let started = futures_util::future::join_all(sessions.iter().map(|id| begun(&store, id))).await;
    let done = futures_util::future::join_all(started.iter().map(|key| store.append(append(key, 1)))).await;
    assert!(done.iter().all(Result::is_ok));
    let mut found = Vec::new();
    loop {
        let last = found.last().map(|row: &SessionRow| (row.tenant.clone(), row.id.clone()));
        let page = store
            .active_sessions(last.as_ref().map(|(tenant, id)| (tenant.as_str(), id.as_str())), 300)
            .await
            .expect("a page");
        if page.is_empty() {
            break;
        }
        found.extend(page);
    }
    assert_eq!(found.iter().map(|row| row.id.clone()).collect::<Vec<_>>(), sessions);
    assert!(found.iter().all(|row| row.seq == 1 && row.snapshot == b"after 1"));
    assert_eq!(store.count_active().await.expect("count"), 700);
    assert_eq!(store.due_sessions(5000, 10).await.expect("due"), []);
    assert_eq!(store.due_sessions(5001, 10).await.expect("due").len(), 10);
}

#[tokio::test]
async fn sizes_are_limited() {
    let Temporary { store, folder: _folder } = temporary().await;
    let a = begun(&store, "a").await;
    let mut big = append(&a, 1);
    big.turn.event = "x".repeat(limits::EVENT_BYTES + 1).into();
    assert!(matches!(store.append(big).await, Err(Error::TooLarge { what: "event", .. })));
    let mut big = append(&a, 1);
    big.turn.snapshot = vec![0; limits::SNAPSHOT_BYTES + 1].into();
    assert!(matches!(store.append(big).await, Err(Error::TooLarge { what: "snapshot", .. })));
    store.append(append(&a, 1)).await.expect("the next goes on");
}

#[tokio::test]
async fn a_journal_is_read_from_a_cursor() {
    let Temporary { store, folder: _folder } = temporary().await;
    let a = begun(&store, "a").await;
    for seq in 1..10 {
        store.append(append(&a, seq)).await.expect("append");
    }
    let page = store.journal("t", "a", 3, 4).await.expect("a page");
    assert_eq!(page.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [4, 5, 6, 7]);
    assert_eq!((page[0].event.as_str(), page[0].at_ms), ("{\"n\":4}", 1004));
    assert!(store.journal("t", "a", 9, 4).await.expect("the end").is_empty());
    assert!(store.journal("u", "a", -1, 4).await.expect("not his").is_empty());
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    let Temporary { store, folder: _folder } = temporary().await;
    for n in 0..10 {
        let session = NewSession {
            started_at_ms: 1000 + n / 2, // pairs begin at the same moment
            flow: if n % 2 == 0 { "even" } else { "odd" }.into(),
            address: format!("visitor {}", n % 5).into(),
            ..new(&format!("s{n}"))
        };
        store.start(session, turn(0)).await.expect("start");
    }
    let s9 = store.session("t", "s9").await.expect("read").expect("there").key();
    store.append(ending(&s9, 1)).await.expect("the end");
    let all = SessionFilter::default();
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let (page, next) = store.sessions("t", &all, after.as_ref(), 3).await.expect("a page");
        ids.extend(page.into_iter().map(|row| row.id));
        let Some(next) = next else { break };
        after = Some(Cursor::decode(&next.encode()).expect("ours"));
    }
    assert_eq!(ids, (0..10).rev().map(|n| format!("s{n}")).collect::<Vec<_>>());
    let ids = async |filter: SessionFilter| {
        let (page, _) = store.sessions("t", &filter, None, 100).await.expect("a page");
        page.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(SessionFilter { flow: Some("even".into()), ..all.clone() }).await, ["s8", "s6", "s4", "s2", "s0"]);
    assert_eq!(ids(SessionFilter { state: Some(SessionState::Ended), ..all.clone() }).await, ["s9"]);
    assert_eq!(ids(SessionFilter { address: Some("visitor 3".into()), ..all.clone() }).await, ["s8", "s3"]);
    assert_eq!(
        ids(SessionFilter { from_ms: Some(1001), until_ms: Some(1003), ..all.clone() }).await,
        ["s5", "s4", "s3", "s2"]
    );
    assert_eq!(ids(SessionFilter { channel: Some("voice".into()), ..all.clone() }).await, Vec::<String>::new());
    for bad in ["", "x", "1", "a.b"] {
        assert_eq!(Cursor::decode(bad), None, "{bad}");
    }
}

#[tokio::test]
async fn the_same_content_is_the_same_version() {
    let Temporary { store, folder: _folder } = temporary().await;
    let put = async |flow: &str, hash: &str| {
        let new = NewVersion {
            flow: flow.into(),
            hash: hash.into(),
            source: format!("source {hash}"),
            locales: "{}".into(),
            ..NewVersion::default()
        };
        store.put_version("t", new).await.expect("put")
    };
    assert_eq!(
        (put("a", "x").await, put("a", "y").await, put("a", "x").await, put("a", "z").await, put("b", "x").await),
        (1, 2, 1, 3, 1)
    );
    assert_eq!(store.version("t", "a", 2).await.expect("read").expect("there").source, "source y");
    assert_eq!(store.version("u", "a", 2).await.expect("read"), None);
    let list = store.versions("t", "a", Some(3), 10).await.expect("list");
    assert_eq!(list.iter().map(|it| (it.version, it.source.as_str())).collect::<Vec<_>>(), [(2, ""), (1, "")]);
    let heads = store.flows("t", "", 10).await.expect("list");
    assert_eq!(heads.iter().map(|it| (it.id.as_str(), it.last_version)).collect::<Vec<_>>(), [("a", 3), ("b", 1)]);
}

#[tokio::test]
async fn contacts_keep_what_flows_write() {
    let Temporary { store, folder: _folder } = temporary().await;
    let set = |pairs: &[(&str, Option<&str>)]| ContactUpdate {
        attributes: pairs
            .iter()
            .map(|(name, value)| {
                (
                    (*name).to_owned(),
                    value.map_or(AttributeChange::Remove, |value| AttributeChange::Set(value.to_owned())),
                )
            })
            .collect(),
        ..ContactUpdate::default()
    };
    let update = async |new_id: &str, update: ContactUpdate| {
        store.update_contact("t", "voice", "+1555", new_id, update, 7).await
    };
    let named = ContactUpdate { name: Some("Ann".into()), ..set(&[("vip", Some("true")), ("orders", Some("[1]"))]) };
    assert_eq!(update("c1", named).await.expect("new"), "c1");
    assert_eq!(update("c2", set(&[("orders", None), ("pin", Some("\"1\""))])).await.expect("known"), "c1");
    let contact = store.contact("t", "voice", "+1555").await.expect("read").expect("there");
    assert_eq!((contact.id.as_str(), contact.name.as_deref()), ("c1", Some("Ann")));
    assert_eq!(contact.attributes, BTreeMap::from([("pin".into(), "\"1\"".into()), ("vip".into(), "true".into())]));

    let many: Vec<String> = (0..limits::ATTRIBUTES).map(|n| format!("a{n}")).collect();
    let many: Vec<(&str, Option<&str>)> = many.iter().map(|name| (name.as_str(), Some("1"))).collect();
    assert!(matches!(update("c1", set(&many)).await, Err(Error::TooMany { .. })), "256 more are too many");
    let long = "x".repeat(limits::ATTRIBUTE_VALUE_BYTES + 1);
    assert!(matches!(update("c1", set(&[("long", Some(&long))])).await, Err(Error::TooLarge { .. })));
    assert_eq!(store.contact_by_id("t", "c1").await.expect("read").as_ref(), Some(&contact), "all or nothing");
    assert!(store.remove_contact("t", "c1").await.expect("removed"));
    assert_eq!(store.contact("t", "voice", "+1555").await.expect("read"), None);
}

#[tokio::test]
async fn retention_forgets_what_has_ended_long_ago() {
    let Temporary { store, folder: _folder } = temporary().await;
    for n in 0..250 {
        let id = format!("s{n}");
        let key = begun(&store, &id).await;
        if n > 0 {
            store.append(ending(&key, if n < 240 { 1 } else { 9000 })).await.expect("the end");
        }
    }
    assert_eq!(store.prune(5000).await.expect("prune"), Pruned { sessions: 239, turns: 478 });
    assert_eq!(
        (seqs(&store, "s1").await, seqs(&store, "s0").await, seqs(&store, "s245").await),
        (vec![], vec![0], vec![0, 9000])
    );
    assert_eq!(store.prune(5000).await.expect("prune"), Pruned::default());
}

#[tokio::test]
async fn a_disk_that_refuses_is_an_error_and_no_end() {
    let Temporary { store, folder: _folder } = temporary().await;
    let a = begun(&store, "a").await;
    // The database may not grow by a page: what a full disk is to SQLite.
    let pages: i64 = store.pragma("PRAGMA page_count").await;
    store.pragma(&format!("PRAGMA max_page_count = {pages}")).await;
    let big: Arc<str> = "x".repeat(200_000).into();
    let full = |seq| Append { turn: Turn { event: big.clone(), ..turn(seq) }, ..append(&a, seq) };
    let (one, two) = tokio::join!(store.append(full(1)), store.append(full(2)));
    for outcome in [one, two] {
        assert!(
            matches!(&outcome, Err(error @ Error::Database(_)) if error.to_string().contains("full")),
            "{outcome:?}"
        );
    }
    assert_eq!(seqs(&store, "a").await, [0], "nothing of a refused turn is stored");
    store.pragma("PRAGMA max_page_count = 1000000").await;
    store.append(full(1)).await.expect("the disk has room again and the session goes on");
    // Nor may it be written at all: a file system that has gone read-only.
    store.pragma("PRAGMA query_only = 1").await;
    assert!(matches!(store.append(append(&a, 2)).await, Err(Error::Database(_))));
    store.pragma("PRAGMA query_only = 0").await;
    store.append(append(&a, 2)).await.expect("and again");
    assert_eq!(seqs(&store, "a").await, [0, 1, 2]);
}

impl Store {
    /// Sets or reads something on the writing connection.
    async fn pragma(&self, text: &str) -> i64 {
        let text = text.to_owned();
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.inner
            .writer
            .outside(move |connection| {
                Box::pin(async move {
                    let value: Option<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(text))
                        .fetch_optional(connection)
                        .await
                        .expect("a pragma");
                    reply.send(value.unwrap_or(0)).expect("it is waited for");
                })
            })
            .await;
        answer.await.expect("answered")
    }
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let Temporary { store, folder } = temporary().await;
    store
        .pragma("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (999, 'later', 1, x'00', 0) RETURNING 1")
        .await;
    store.close().await;
    let refused =
        Store::open(&format!("sqlite://{}", folder.path().join("sub/offhook.db").display()), &Metrics::new()).await;
    assert!(matches!(refused, Err(Error::Migrate(_))), "{refused:?}");
}

/// A file as the first build wrote it: sessions of two tenants with the same id, one that has ended, and their journals.
async fn old_database(file: &std::path::Path) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let mut connection = sqlx::ConnectOptions::connect(&options).await.expect("a new file");
    migrate::up_to(&mut connection, 1).await.expect("the first schema");
    let mut statements = String::from(
        "INSERT INTO flows VALUES ('t', 'f', 1, 1, 1);
         INSERT INTO flow_versions VALUES ('t', 'f', 1, 'h', 'source', '{}', 'ann', '', 1);
         INSERT INTO contacts VALUES ('t', 'c', 'voice', '+1', 'Ann', NULL, 1, 1);
         INSERT INTO contact_attributes VALUES ('t', 'c', 'vip', 'true', 1);",
    );
    for (tenant, id, turns, started, ended) in OLD {
        let state = if ended.is_some() { "ended" } else { "active" };
        let text = |value: Option<&str>| value.map_or("NULL".to_owned(), |value| format!("'{value}'"));
        let (wakes, over) = if ended.is_some() { ("NULL", "99") } else { ("77", "NULL") };
        statements += &format!(
            "INSERT INTO sessions VALUES ('{tenant}', '{id}', 'f', 1, 'h', '{{}}', 'webchat', 'v', '{state}', {last}, {wakes}, {started},
             {last}, {over}, {reason}, CAST('after {last}' AS BLOB));",
            last = turns - 1,
            reason = text(ended),
        );
        // The order of the rows is not that of the turns.
        for seq in (0..turns).rev() {
            let key = text((seq == 1).then_some("again"));
            statements += &format!(
                "INSERT INTO journal VALUES ('{tenant}', '{id}', {seq}, {at}, '{{\"of\":\"{tenant}\",\"n\":{seq}}}', '[]', {key});",
                at = started + seq,
            );
        }
    }
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut connection).await.expect("rows");
    sqlx::Connection::close(connection).await.expect("closed");
}

/// Tenant, id, turns, start, and why it ended.
const OLD: [(&str, &str, i64, i64, Option<&str>); 4] = [
    ("t", "later", 300, 5_000, None),
    ("t", "earlier", 3, 1_000, None),
    ("u", "later", 2, 9_000, None),
    ("t", "over", 2, 3_000, Some("completed")),
];

#[tokio::test]
async fn a_database_of_the_first_build_keeps_every_journal_and_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("sub")).expect("a folder");
    old_database(&folder.path().join("sub/offhook.db")).await;
    let store = reopen(&folder).await;
    for (tenant, id, turns, started, ended) in OLD {
        let row = store.session(tenant, id).await.expect("read").expect("it is still there");
        assert_eq!(
            (row.seq, row.started_at_ms, row.end_reason.as_deref()),
            (turns - 1, started, ended),
            "{tenant} {id}"
        );
        assert_eq!(row.snapshot, format!("after {}", turns - 1).into_bytes());
        let journal = store.journal(tenant, id, -1, 1_000).await.expect("its journal");
        let expected: Vec<_> =
            (0..turns).map(|seq| (seq, started + seq, format!("{{\"of\":\"{tenant}\",\"n\":{seq}}}"))).collect();
        let kept: Vec<_> = journal.into_iter().map(|entry| (entry.seq, entry.at_ms, entry.event)).collect();
        assert_eq!(kept, expected, "{tenant} {id}");
    }
    // They go on, each in its own journal; one that has ended does not.
    for (tenant, id, turns, _, ended) in OLD {
        let key = store.session(tenant, id).await.expect("read").expect("there").key();
        let told = store.append(append(&key, turns)).await;
        assert_eq!(told.is_ok(), ended.is_none(), "{tenant} {id}: {told:?}");
    }
    let next = begun(&store, "next").await;
    store.append(append(&next, 1)).await.expect("a new one, too");
    store.close().await;

    let store = reopen(&folder).await;
    assert_eq!(store.count_active().await.expect("counted"), 4);
    assert_eq!(seqs(&store, "later").await, (0..=300).collect::<Vec<_>>());
    assert_eq!(store.journal("u", "later", 1, 9).await.expect("read").len(), 1, "the other tenant's went on by itself");
    assert_eq!(seqs(&store, "over").await, [0, 1]);
    let (page, _) = store.sessions("t", &SessionFilter::default(), None, 9).await.expect("a page");
    assert_eq!(page.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["later", "over", "next", "earlier"]);
    let contact = store.contact("t", "voice", "+1").await.expect("read").expect("the contact is still there");
    assert_eq!(contact.attributes.get("vip").map(ToString::to_string).as_deref(), Some("true"));
    assert!(store.version("t", "f", 1).await.expect("read").is_some());
}
