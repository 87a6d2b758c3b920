#![doc = include_str!("../README.md")]

pub mod chat;
pub mod fuzz;
pub mod http;
pub mod peers;
pub mod server;
pub mod sound;
pub mod stub;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The top of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate stands in the repository").to_owned()
}

/// Asks again and again until there is an answer, and fails with `what` when there is none in time. The time is a limit
/// for machines that are very busy, not a pause: the first answer ends it.
pub fn eventually<T>(what: &str, limit: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + limit;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < until, "{what}: not within {limit:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
