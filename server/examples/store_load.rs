//! Measures the store: durable turns a CPU-second with many busy sessions, stored bytes a turn, and how a lone session
//! compares with the bare disk. `cargo run --release --example store_load -- [SESSIONS] [TURNS] [FOLDER]`
//!
//! CPU is that of the whole process, the database's own threads included. Wall times depend on the disk of the minute,
//! so they are quoted against `fdatasync` of 4 KiB measured right before.

#![allow(clippy::unwrap_used)]

use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use offhook_server::observe::Metrics;
use offhook_server::store::{Append, NewSession, SessionKey, Store, Turn};

/// Nanoseconds that all threads of this process have spent on a CPU, as seconds.
fn cpu_seconds() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let spent = tasks.filter_map(|task| {
        let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    });
    spent.sum::<f64>() / 1e9
}

/// The same for the threads of one name.
fn thread_seconds(name: &str) -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let spent = tasks.filter_map(|task| {
        let path = task.ok()?.path();
        let named = std::fs::read_to_string(path.join("comm")).ok()?.trim() == name;
        let text = std::fs::read_to_string(path.join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok().filter(|_| named)
    });
    spent.sum::<f64>() / 1e9
}

/// Syncs a second of a file whose blocks exist already.
fn sync_rate(folder: &Path) -> f64 {
    let path = folder.join("sync-rate");
    let mut file = std::fs::File::create(&path).unwrap();
    let block = [7u8; 4096];
    file.write_all(&block.repeat(256)).unwrap();
    file.sync_all().unwrap();
    let began = Instant::now();
    let mut count = 0;
    while began.elapsed() < Duration::from_secs(1) {
        file.seek(SeekFrom::Start(count % 256 * 4096)).unwrap();
        file.write_all(&block).unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    let rate = count as f64 / began.elapsed().as_secs_f64();
    std::fs::remove_file(path).unwrap();
    rate
}

fn turn(seq: i64, session: usize) -> Turn {
    let event = format!(r#"{{"type":"text","text":"1","id":"{session}-{seq}"}}"#);
    let commands = format!(
        r#"[{{"id":{},"say":{{"text":"Hi Ana, you chose balance (#{seq}), score {} even"}}}},{{"id":{},"listen":{{"text":"Menu {seq}: 1 balance, 2 agent, 3 quit"}}}}]"#,
        seq * 2,
        seq * 31 % 1_000_003,
        seq * 2 + 1
    );
    let snapshot = format!(
        r#"{{"at":"wait","turn":{seq},"seed":1234567890123456789,"next_id":{},"vars":{{"n":{seq},"score":{},"name":"Ana","last":"balance","choice":"1","input":"1"}}}}"#,
        seq * 2 + 2,
        seq * 31 % 1_000_003
    );
    Turn {
        seq,
        at_ms: 1_795_000_000_000 + seq,
        event: event.into(),
        commands: commands.into(),
        snapshot: snapshot.into_bytes().into(),
        wakes_at_ms: Some(1_795_000_600_000 + seq),
        ..Turn::default()
    }
}

async fn open(store: &Store, name: &str, session: usize) -> SessionKey {
    let new = NewSession {
        tenant: "default".into(),
        id: format!("{name}-{session:016x}").into(),
        flow: "bench/menu-loop".into(),
        version: 1,
        program_hash: "0123456789abcdef0123456789abcdef".into(),
        pinned: r#"{"bench/menu-loop":1}"#.into(),
        channel: "webchat".into(),
        address: format!("visitor-{session}").into(),
        started_at_ms: 1_795_000_000_000,
    };
    store.start(new, turn(0, session)).await.unwrap()
}

async fn converse(store: Store, key: SessionKey, session: usize, turns: i64) {
    for seq in 1..=turns {
        store.append(Append { session: key.clone(), turn: turn(seq, session) }).await.unwrap();
    }
}

fn size(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |meta| meta.len())
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let sessions: usize = arguments.first().map_or(64, |it| it.parse().unwrap());
    let turns: i64 = arguments.get(1).map_or(200_000, |it| it.parse().unwrap());
    let scratch = tempfile::tempdir_in(arguments.get(2).map_or(".", String::as_str)).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        // What making the turns costs by itself, to be taken off.
        let began = cpu_seconds();
        for seq in 0..20_000 {
            std::hint::black_box(turn(seq, 1));
        }
        let making = (cpu_seconds() - began) / 20_000.0;

        let file = scratch.path().join("busy.db");
        let url = format!("sqlite://{}", file.display());
        let metrics = Metrics::new();
        let store = Store::open(&url, &metrics).await.unwrap();
        let mut keys = Vec::new();
        for session in 0..sessions {
            keys.push(open(&store, "busy", session).await);
        }
        let each = turns / sessions as i64;
        let syncs = sync_rate(scratch.path());
        let (wall, cpu) = (Instant::now(), cpu_seconds());
        let tasks: Vec<_> = keys.iter().enumerate().map(|(n, key)| tokio::spawn(converse(store.clone(), key.clone(), n, each))).collect();
        for task in tasks {
            task.await.unwrap();
        }
        let done = (each * sessions as i64) as f64;
        let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu_seconds() - cpu);
        let database = thread_seconds("store-writer");
        let batches = metrics.render();
        let batches = batches.lines().find_map(|line| line.strip_prefix("offhook_commit_turns_count ")).unwrap().parse::<f64>().unwrap();
        store.close().await;
        println!(
            "{{\"metric\":\"group\",\"sessions\":{sessions},\"turns\":{done},\"turns_per_cpu_s\":{:.0},\"turns_per_cpu_s_without_making\":{:.0},\"turns_per_wall_s\":{:.0},\"turns_per_commit\":{:.1},\"us_per_turn\":{:.1},\"us_per_turn_in_database\":{:.1},\"bytes_per_turn\":{:.0},\"fdatasync_per_s\":{syncs:.0}}}",
            done / cpu,
            done / (cpu - making * done),
            done / wall,
            done / batches,
            cpu / done * 1e6,
            database / done * 1e6,
            size(&file) as f64 / done
        );

        let file = scratch.path().join("lone.db");
        let url = format!("sqlite://{}", file.display());
        let store = Store::open(&url, &Metrics::new()).await.unwrap();
        let key = open(&store, "lone", 0).await;
        converse(store.clone(), key.clone(), 0, 100).await; // the log has its size and the statements are prepared
        let mut best: f64 = 0.0;
        let mut rates = Vec::new();
        for round in 0..5 {
            let before = sync_rate(scratch.path());
            let began = Instant::now();
            for seq in 0..1000 {
                let seq = 101 + round * 1000 + seq;
                store.append(Append { session: key.clone(), turn: turn(seq, 0) }).await.unwrap();
            }
            let rate = 1000.0 / began.elapsed().as_secs_f64();
            let after = sync_rate(scratch.path());
            best = best.max(rate / before.min(after));
            rates.push(format!("[{rate:.0},{before:.0},{after:.0}]"));
        }
        store.close().await;
        println!("{{\"metric\":\"lone\",\"best_ratio_to_fdatasync\":{best:.2},\"rounds_turns_fdatasync_before_after\":[{}]}}", rates.join(","));
    });
}
