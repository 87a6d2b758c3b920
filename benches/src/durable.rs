//! M2: durable turns a CPU-second with full sync, 64 busy sessions. The floor writes one transaction for a turn of each of
//! its 64 sessions, from the thread that computes them; ours goes through the store as the host does: every session a task,
//! every turn answered after its sync.

use crate::floor;
use crate::measure::{Row, Spent, median, process_cpu};
use crate::ours;
use crate::workload::{self, Digest, INPUTS};
use offhook_runtime::{Event, Program};
use offhook_server::observe::Metrics;
use offhook_server::store::{Append, NewSession, SessionKey, Store};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const SESSIONS: usize = 64;

/// Turns of each session in one round.
const TURNS: u64 = 500;

fn run_floor(graph: &floor::Graph, folder: &Path) -> Spent {
    let folder = tempfile::tempdir_in(folder).expect("the scratch folder takes files");
    let connection = rusqlite::Connection::open(folder.path().join("floor.db")).expect("SQLite opens");
    connection
        .execute_batch(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
             CREATE TABLE session(id INTEGER PRIMARY KEY, state TEXT);
             CREATE TABLE event(session INTEGER, seq INTEGER, input TEXT, PRIMARY KEY(session, seq)) WITHOUT ROWID;",
        )
        .expect("the schema is sound");
    let mut text = String::new();
    let mut sessions: Vec<(floor::Session, Digest)> = (0..SESSIONS)
        .map(|_| {
            let (mut session, mut digest) = (graph.session(), Digest::new());
            graph.advance(&mut session, None, &mut text, &mut digest);
            (session, digest)
        })
        .collect();
    let (wall, cpu) = (Instant::now(), process_cpu());
    let mut turns = || -> rusqlite::Result<()> {
        for turn in 0..TURNS {
            let input = INPUTS[(turn % 4) as usize];
            let transaction = connection.unchecked_transaction()?;
            for (number, (session, digest)) in sessions.iter_mut().enumerate() {
                graph.advance(session, Some(input), &mut text, digest);
                transaction.prepare_cached("INSERT INTO event VALUES(?1,?2,?3)")?.execute((
                    number as i64,
                    turn as i64,
                    input,
                ))?;
                let state = serde_json::to_string(&*session).expect("a session is plain data");
                transaction
                    .prepare_cached(
                        "INSERT INTO session VALUES(?1,?2) ON CONFLICT(id) DO UPDATE SET state=excluded.state",
                    )?
                    .execute((number as i64, state))?;
            }
            transaction.commit()?;
        }
        Ok(())
    };
    turns().expect("the disk takes the turns");
    let spent = Spent { cpu: process_cpu() - cpu, wall: wall.elapsed().as_secs_f64() };
    let wanted = workload::reference(TURNS);
    assert!(sessions.iter().all(|(_, digest)| *digest == wanted), "wrong words: the figure is void");
    spent
}

/// A session under way, and the digest of what it said.
struct Open {
    key: SessionKey,
    session: offhook_runtime::Session,
    digest: Digest,
}

/// One session from its beginning.
async fn open(store: &Store, program: &Program, number: usize) -> Open {
    let (session, start, turn) = ours::begin(program, number);
    let mut digest = Digest::new();
    ours::hear(&turn.commands, &mut digest);
    let new = NewSession {
        tenant: "default".into(),
        id: session.id().into(),
        flow: program.id().into(),
        version: 1,
        program_hash: program.hash().into(),
        pinned: r#"{"bench/menu-loop":1}"#.into(),
        channel: "webchat".into(),
        address: start.contact.address.as_str().into(),
        started_at_ms: ours::BEGAN_MS,
    };
    let event = Event::Start(Box::new(start));
    let first = ours::stored(&session, program, &event, &turn, ours::BEGAN_MS);
    let key = store.start(new, first).await.expect("the store takes a session");
    Open { key, session, digest }
}

/// Turns of one session; each is on the disk before the next begins.
async fn converse(store: Store, program: Arc<Program>, open: Open, turns: std::ops::Range<u64>) -> Open {
    let Open { key, mut session, mut digest } = open;
    for number in turns {
        let (event, now) = (ours::event(number), ours::moment(number));
        let turn = session.handle(&program, &event, now);
        let stored = ours::stored(&session, &program, &event, &turn, now);
        let append = Append { session: key.clone(), turn: stored };
        store.append(append).await.expect("the store takes a turn");
        ours::hear(&turn.commands, &mut digest);
    }
    Open { key, session, digest }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads can be had")
}

fn run_ours(program: &Arc<Program>, folder: &Path) -> (Spent, f64) {
    let folder = tempfile::tempdir_in(folder).expect("the scratch folder takes files");
    let url = format!("sqlite://{}", folder.path().join("ours.db").display());
    runtime().block_on(async {
        let metrics = Metrics::new();
        let store = Store::open(&url, &metrics).await.expect("the store opens");
        let mut sessions = Vec::new();
        for number in 0..SESSIONS {
            sessions.push(open(&store, program, number).await);
        }
        let (wall, cpu) = (Instant::now(), process_cpu());
        let tasks: Vec<_> = sessions
            .into_iter()
            .map(|open| tokio::spawn(converse(store.clone(), program.clone(), open, 0..TURNS)))
            .collect();
        let wanted = workload::reference(TURNS);
        for task in tasks {
            let Open { digest, .. } = task.await.expect("no task panics");
            assert_eq!(digest, wanted, "wrong words: the figure is void");
        }
        let spent = Spent { cpu: process_cpu() - cpu, wall: wall.elapsed().as_secs_f64() };
        store.close().await;
        let metrics = metrics.render();
        let commits = metrics.lines().find_map(|line| line.strip_prefix("offhook_commit_turns_count "));
        let commits = commits.and_then(|word| word.parse::<f64>().ok()).expect("the store counts its commits");
        (spent, (TURNS as f64 * SESSIONS as f64) / commits)
    })
}

/// Measures.
pub fn measure(rounds: usize, folder: &Path, rows: &mut Vec<Row>) {
    let (graph, program) = (floor::Graph::load(&workload::floor(14)), Arc::new(ours::program()));
    let turns = TURNS as f64 * SESSIONS as f64;
    let (mut cpu, mut wall) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let floor = run_floor(&graph, folder);
        let (ours, batch) = run_ours(&program, folder);
        for (who, spent, batch) in [("floor", floor, SESSIONS as f64), ("ours", ours, batch)] {
            println!(
                "{{\"metric\":\"M2\",\"who\":\"{who}\",\"round\":{round},\"turns\":{turns},\"sync\":\"FULL\",\"cpu_s\":{:.4},\"wall_s\":{:.4},\"turns_per_cpu_s\":{:.0},\"turns_per_wall_s\":{:.0},\"turns_per_commit\":{batch:.1}}}",
                spent.cpu,
                spent.wall,
                turns / spent.cpu,
                turns / spent.wall
            );
        }
        cpu.push((turns / floor.cpu, turns / ours.cpu));
        wall.push((turns / floor.wall, turns / ours.wall));
    }
    let ratio = |pairs: &[(f64, f64)]| median(pairs.iter().map(|(floor, ours)| ours / floor));
    let figure =
        |pairs: &[(f64, f64)], unit: &str| format!("{:.0} turns/{unit}", median(pairs.iter().map(|pair| pair.1)));
    let floor = format!("{:.0} turns/CPU-s", median(cpu.iter().map(|pair| pair.0)));
    rows.push(Row::told("M2 floor: 64 turns of 64 sessions a commit", floor, 1.0));
    rows.push(Row::of_floor("M2 durable turns, 64 sessions, FULL", figure(&cpu, "CPU-s"), ratio(&cpu), 0.5));
    rows.push(Row::told("M2 the same by the clock on the wall", figure(&wall, "s"), ratio(&wall)));
}

/// Bytes of the file that a turn takes, early and late in a session's life.
pub fn stored_bytes(folder: &Path, rows: &mut Vec<Row>) {
    const MARKS: [u64; 3] = [10, 1_000, 10_000];
    /// As many sessions side by side as make the file's own pages a small part of the figure.
    const SIDE_BY_SIDE: usize = 8;
    let folder = tempfile::tempdir_in(folder).expect("the scratch folder takes files");
    let file = folder.path().join("bytes.db");
    let url = format!("sqlite://{}", file.display());
    let program = Arc::new(ours::program());
    let mut marks = Vec::new();
    let mut sessions = Vec::new();
    let mut done = 0;
    for mark in std::iter::once(0).chain(MARKS) {
        // Closing takes the log into the file, so that its length is what is stored.
        runtime().block_on(async {
            let store = Store::open(&url, &Metrics::new()).await.expect("the store opens");
            if sessions.is_empty() {
                for number in 0..SIDE_BY_SIDE {
                    sessions.push(open(&store, &program, number).await);
                }
            }
            let tasks: Vec<_> = sessions
                .drain(..)
                .map(|open| tokio::spawn(converse(store.clone(), program.clone(), open, done..mark)))
                .collect();
            for task in tasks {
                sessions.push(task.await.expect("no task panics"));
            }
            store.close().await;
        });
        let log = file.with_extension("db-wal");
        assert!(std::fs::metadata(log).map_or(0, |meta| meta.len()) == 0, "the log is in the file after closing");
        done = mark;
        marks.push((
            mark,
            std::fs::metadata(&file).map_or(0, |meta| meta.len()),
            sessions[0].session.save(&program).len(),
        ));
    }
    let wanted = workload::reference(done);
    assert!(sessions.iter().all(|open| open.digest == wanted), "wrong words: the figure is void");
    let mut late;
    for pair in marks.windows(2) {
        let [(from, before, _), (to, after, snapshot)] = pair else { continue };
        late = (after - before) as f64 / ((to - from) as f64 * SIDE_BY_SIDE as f64);
        println!(
            "{{\"metric\":\"M3\",\"who\":\"stored\",\"from_turn\":{from},\"to_turn\":{to},\"bytes_per_turn\":{late:.0},\"snapshot_bytes\":{snapshot}}}"
        );
        let what = format!("M3 stored bytes a turn, turns {from} to {to}");
        rows.push(if *to >= 1_000 {
            Row::of_limit(&what, format!("{late:.0} bytes"), late / 512.0)
        } else {
            Row::told(&what, format!("{late:.0} bytes"), late / 512.0)
        });
    }
    let (early, last) = (marks[2].2 as f64, marks[3].2 as f64);
    rows.push(Row::told("M3 snapshot after 10,000 turns beside 1,000", format!("{last:.0} bytes"), last / early));
}
