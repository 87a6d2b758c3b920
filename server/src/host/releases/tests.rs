//! Releases that cannot run, on a host over a real store.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

use super::*;
use crate::config::{Config, Flows};
use crate::host::Library;
use crate::observe::Metrics;
use crate::services::Services;
use crate::store::Store;
use offhook_runtime::Limits;
use sqlx::{Connection as _, SqliteConnection};

/// A host that serves releases of two flows.
struct Bench {
    folder: tempfile::TempDir,
    url: String,
    host: Host,
}

const FLOWS: [&str; 2] = ["a/line", "b/line"];

impl Bench {
    async fn new() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("offhook.db").display());
        let flows = folder.path().join("flows");
        std::fs::create_dir_all(&flows).unwrap();
        let flows = Flows { folder: flows, live: LiveFlows::Releases, ..Flows::default() };
        let config = Arc::new(Config { flows, ..Config::default() });
        let metrics = Metrics::new();
        let store = Store::open(&url, &metrics).await.unwrap();
        // Another test of this process may have done it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let catalog = Arc::new(offhook_builtins::catalog());
        let library = Arc::new(Library::new(catalog, Limits::default(), config.flows.folder.clone()));
        let services = Services::new(&config, Some(store.clone()), &metrics, library.tables().clone(), None).unwrap();
        Bench { host: Host::new(store, library, services, metrics, config), folder, url }
    }

    async fn draft(&self, words: &str) {
        for id in FLOWS {
            let name = id.replace('/', "-");
            let flow = format!(
                "offhook: 1\nid: {id}\nkind: chatbot\nlocales: [en-US]\nstart: bye\nnodes:\n  bye: {{ type: end, text: {words} }}\n"
            );
            std::fs::write(self.folder.path().join(format!("flows/{name}.yaml")), flow).unwrap();
        }
        self.host.library().load(self.host.store(), self.host.tenant()).await.unwrap();
    }

    async fn publish(&self, flow: &str, coming: Coming) -> Live {
        self.host.publish(flow, coming, "Eva", "").await.unwrap()
    }

    /// What a version was made of is gone, as after a restore that lacks it.
    async fn lose(&self, flow: &str, version: i64) {
        let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
        let lost = sqlx::query("DELETE FROM flow_versions WHERE flow = $1 AND version = $2").bind(flow).bind(version);
        assert_eq!(lost.execute(&mut connection).await.unwrap().rows_affected(), 1);
    }

    async fn live(&self, flow: &str) -> Published {
        self.host.published(flow, 10).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn nothing_goes_back_to_what_cannot_run() {
    let bench = Bench::new().await;
    for words in ["One.", "Two.", "Three."] {
        bench.draft(words).await;
        bench.publish("a/line", Coming::Now).await;
    }
    bench.lose("a/line", 2).await;
    let (before, program) = (bench.live("a/line").await, bench.host.program("a/line").unwrap());
    for to in [None, Some(2)] {
        let refused = bench.host.roll_back("a/line", to, "Eva", "").await;
        assert!(matches!(&refused, Err(ReleaseError::Load(why)) if why.contains("not in the store")), "{refused:?}");
        let after = bench.live("a/line").await;
        assert_eq!((after.live.number, after.log.len()), (Some(3), before.log.len()), "{to:?}");
        assert_eq!(bench.host.program("a/line").unwrap().hash(), program.hash());
    }
    let back = bench.host.roll_back("a/line", Some(1), "Eva", "").await.unwrap();
    assert_eq!(back.number, Some(1));
    assert_ne!(bench.host.program("a/line").unwrap().hash(), program.hash());
    bench.host.stop().await;
}

#[tokio::test]
async fn what_is_due_and_cannot_run_stays_scheduled_and_keeps_nobody_waiting() {
    let bench = Bench::new().await;
    bench.draft("One.").await;
    for flow in FLOWS {
        bench.publish(flow, Coming::Now).await;
    }
    bench.draft("Two.").await;
    let soon = now_ms() + 300;
    for flow in FLOWS {
        bench.publish(flow, Coming::At(soon)).await;
    }
    bench.draft("Three.").await;
    bench.lose("a/line", 2).await;
    while now_ms() < soon {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // The second look finds it told already.
    for _ in 0..2 {
        bench.host.look_at_releases().await;
        let held = bench.live("a/line").await;
        assert_eq!((held.live.number, held.live.next), (Some(1), Some((2, soon))));
        let told: Vec<&str> = held.log.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(told, ["held", "scheduled", "published"]);
        assert!(held.log[0].note.contains("version 2 of a/line is not in the store"), "{}", held.log[0].note);
        bench.host.inner.releases.held.lock().unwrap().clear();
    }
    assert_eq!(bench.live("b/line").await.live.number, Some(2), "one flow's trouble is not another's");
    // What takes its place is not held up by it.
    bench.publish("a/line", Coming::Now).await;
    bench.host.look_at_releases().await;
    assert_eq!(bench.live("a/line").await.live.number, Some(3));
    bench.host.stop().await;
}
