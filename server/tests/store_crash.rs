//! `kill -9` at any moment loses no acknowledged turn and doubles none. A child process appends and prints each number
//! after its acknowledgement; the parent kills it at a random moment, many times over the same database.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use offhook_server::observe::Metrics;
use offhook_server::store::{Append, Error, NewSession, Store, Turn};

const CHILD: &str = "OFFHOOK_CRASH_TEST_DATABASE";
const SESSIONS: usize = 8;
const KILLS: usize = 25;

fn turn(seq: i64) -> Turn {
    Turn {
        seq,
        at_ms: seq,
        event: format!("event {seq}").into(),
        snapshot: format!("after {seq}").into_bytes().into(),
        ..Turn::default()
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// The child: goes on from what is stored, for ever.
#[test]
#[ignore = "the other test runs it as a process of its own"]
fn child() {
    let Ok(url) = std::env::var(CHILD) else { return };
    runtime().block_on(async {
        let store = Store::open(&url, &Metrics::new()).await.unwrap();
        let tasks = (0..SESSIONS).map(|n| tokio::spawn(talk(store.clone(), n)));
        futures_util::future::join_all(tasks).await;
    });
}

async fn talk(store: Store, n: usize) {
    let id: Arc<str> = format!("s{n}").into();
    let (key, mut next) = match store.session("t", &id).await.unwrap() {
        Some(row) => (row.key(), row.seq + 1),
        None => {
            let new = NewSession { tenant: "t".into(), id: id.clone(), pinned: "{}".into(), ..NewSession::default() };
            let key = store.start(new, turn(0)).await.unwrap();
            say(n, 0);
            (key, 1)
        }
    };
    loop {
        store.append(Append { session: key.clone(), turn: turn(next) }).await.unwrap();
        say(n, next);
        // A repeat of what is acknowledged must be refused, whatever the moment.
        if next % 16 == 0 {
            let twice = store.append(Append { session: key.clone(), turn: turn(next) }).await;
            assert!(matches!(twice, Err(Error::Sequence { .. })), "{twice:?}");
        }
        next += 1;
    }
}

/// One write a line: a pipe takes one this short whole or not at all (POSIX `PIPE_BUF`), so a kill cuts none.
fn say(session: usize, seq: i64) {
    std::io::stdout().lock().write_all(format!("ack {session} {seq}\n").as_bytes()).unwrap();
}

#[test]
fn no_acknowledged_turn_is_lost_and_none_is_doubled() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("crash.db").display());
    let mut acknowledged: BTreeMap<usize, i64> = BTreeMap::new();
    let mut dice: u64 = 0x9e37_79b9_7f4a_7c15;
    for round in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["child", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
            .env(CHILD, &url)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Rounds differ in how much they get done and in the moment inside a commit at which they die.
        let (turns, pause) = ((dice >> 33) % 400, Duration::from_micros((dice >> 20) % 3000));
        let mut note = |line: &str| {
            let mut words = line.split_whitespace();
            if let (Some("ack"), Some(session), Some(seq)) = (words.next(), words.next(), words.next()) {
                let (session, seq): (usize, i64) = (session.parse().unwrap(), seq.parse().unwrap());
                let expected = acknowledged.get(&session).map(|last| last + 1);
                // A turn may have been stored without its acknowledgement having been printed, hence `>=`.
                assert!(expected.is_none_or(|expected| seq >= expected), "session {session}: {seq} after {expected:?}");
                acknowledged.insert(session, seq);
            }
        };
        for _ in 0..=turns {
            match lines.next() {
                Some(line) => note(&line.unwrap()),
                None => panic!("round {round}: the child ended by itself: {:?}", child.wait()),
            }
        }
        std::thread::sleep(pause);
        child.kill().unwrap();
        child.wait().unwrap();
        // What was printed before the kill was acknowledged, whether it has been read yet or not.
        lines.map_while(Result::ok).for_each(|line| note(&line));
        runtime().block_on(verify(&url, &acknowledged));
    }
    assert_eq!(acknowledged.len(), SESSIONS, "every session has spoken");
}

async fn verify(url: &str, acknowledged: &BTreeMap<usize, i64>) {
    let store = Store::open(url, &Metrics::new()).await.unwrap();
    for (session, last) in acknowledged {
        let id = format!("s{session}");
        let row = store.session("t", &id).await.unwrap().unwrap();
        assert!(row.seq >= *last, "session {id}: turn {last} was acknowledged, the store has {}", row.seq);
        assert_eq!(row.snapshot, format!("after {}", row.seq).into_bytes(), "the snapshot is that of the last turn");
        let mut expected = 0;
        loop {
            let page = store.journal("t", &id, expected - 1, 500).await.unwrap();
            if page.is_empty() {
                break;
            }
            for entry in page {
                assert_eq!((entry.seq, entry.event), (expected, format!("event {expected}")), "no gap and no repeat");
                expected += 1;
            }
        }
        assert_eq!(expected, row.seq + 1, "journal and session agree");
    }
    store.close().await;
}
