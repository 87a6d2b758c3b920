//! The fuzz targets for a bounded time: the corpus, then random bytes, always the same ones. `FUZZ=20` takes twenty times
//! as many. What a fuzzer finds is put into `fuzz/corpus/TARGET/` and stays a test.

mod hostile;
mod merges;

use offhook_tests::{fuzz, root};
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = root().join("fuzz/corpus").join(target);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("it can be listed").path())
        .collect();
    files.sort();
    files.iter().map(|file| fs::read(file).expect("it can be read")).collect()
}

/// Random bytes, shrunk when they find something.
fn random(cases: u32, longest: usize, body: impl Fn(&[u8])) {
    let more: u32 = std::env::var("FUZZ").ok().and_then(|more| more.parse().ok()).unwrap_or(1);
    let config = Config { cases: cases * more, failure_persistence: None, max_shrink_iters: 500, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner.run(&vec(any::<u8>(), 0..longest), |bytes| {
        body(&bytes);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// Texts with some of their bytes and lines moved about: random bytes alone are seldom a document.
fn mutated(seed: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut out = seed.to_vec();
    for chunk in bytes.chunks_exact(4).take(8) {
        if out.is_empty() {
            break;
        }
        let at = (usize::from(chunk[0]) * 256 + usize::from(chunk[1])) % out.len();
        let to = (at + usize::from(chunk[2])).min(out.len());
        match chunk[3] % 5 {
            0 => drop(out.drain(at..to)),
            1 => out[at] = chunk[2],
            2 => out.insert(at, chunk[2]),
            3 => {
                let copy = out[at..to].to_vec();
                let place = usize::from(chunk[0]) % out.len();
                out.splice(place..place, copy);
            }
            _ => {
                let odd: [&[u8]; 8] = [b"{{ ", b"= ", b"\n  ", b"&a ", b"*a", b"\"", b"[", b": "];
                out.splice(at..at, odd[usize::from(chunk[2]) % odd.len()].iter().copied());
            }
        }
    }
    out
}

fn texts(folder: &Path, ending: &str, found: &mut Vec<Vec<u8>>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).expect("it can be listed").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            texts(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(fs::read(&path).expect("it can be read"));
        }
    }
}

#[test]
fn any_bytes_are_a_document_or_told_why_not() {
    corpus("document").iter().for_each(|bytes| fuzz::document(bytes));
    random(300, 400, fuzz::document);
    let seeds = corpus("document");
    random(250, 40, |bytes| {
        let seed = &seeds[bytes.first().map_or(0, |byte| usize::from(*byte)) % seeds.len()];
        fuzz::document(&mutated(seed, bytes));
    });
}

#[test]
fn any_text_is_an_expression_or_told_why_not() {
    corpus("expression").iter().for_each(|bytes| fuzz::expression(bytes));
    random(500, 60, fuzz::expression);
    let seeds = corpus("expression");
    random(800, 40, |bytes| {
        let seed = &seeds[bytes.first().map_or(0, |byte| usize::from(*byte)) % seeds.len()];
        fuzz::expression(&mutated(seed, bytes));
    });
}

#[test]
fn any_bytes_are_a_talk_or_told_why_not() {
    corpus("talks").iter().for_each(|bytes| fuzz::talks(bytes));
    let mut seeds = corpus("talks");
    texts(&root().join("examples-flows"), ".talk.yaml", &mut seeds);
    random(150, 40, |bytes| {
        let seed = &seeds[bytes.first().map_or(0, |byte| usize::from(*byte)) % seeds.len()];
        fuzz::talks(&mutated(&seed[..seed.len().min(4_000)], bytes));
    });
}

#[test]
fn any_events_are_a_conversation() {
    corpus("conversation").iter().for_each(|bytes| fuzz::conversation(bytes));
    random(200, 400, fuzz::conversation);
}

#[test]
fn any_flow_of_any_nodes_keeps_what_is_promised() {
    let (runs, kinds) = (Cell::new(0u32), RefCell::new(BTreeSet::new()));
    let body = |bytes: &[u8]| {
        if let Some(made) = fuzz::program(bytes) {
            runs.set(runs.get() + 1);
            kinds.borrow_mut().extend(made.kinds);
        }
    };
    corpus("program").iter().for_each(|bytes| body(bytes));
    random(200, 1_500, body);
    // The property is not empty: flows were made that run, of every type there is.
    println!("{} programs of {} node types", runs.get(), kinds.borrow().len());
    assert!(runs.get() > 60, "only {} programs ran", runs.get());
    let catalog = offhook_builtins::catalog();
    let missing: Vec<&str> = catalog.names().filter(|name| !kinds.borrow().contains(*name)).collect();
    assert!(missing.is_empty(), "no program had a node of {missing:?}");
}

#[test]
fn any_two_versions_lose_nobody() {
    let fates = RefCell::new(BTreeMap::<String, u32>::new());
    random(600, 1_500, |bytes| {
        if let Some(fate) = fuzz::versions(bytes) {
            let name = format!("{fate:?}");
            *fates.borrow_mut().entry(name.split([' ', '{']).next().unwrap_or_default().to_owned()).or_default() += 1;
        }
    });
    // The property is not empty: every fate there is was met.
    let fates = fates.into_inner();
    println!("{fates:?}");
    let wanted = ["WentOn", "AskedAnew", "Finish", "NodeGone", "InFlight", "Inside", "NoRules", "Variable"];
    let met = |word: &&&str| !fates.keys().any(|fate| fate.contains(**word));
    let missing: Vec<&&str> = wanted.iter().filter(met).collect();
    assert!(missing.is_empty(), "nobody met {missing:?}: {fates:?}");
}
