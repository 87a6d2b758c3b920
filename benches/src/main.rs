//! Measures the house on workload W1 beside a floor, in one run, and prints ratios.
//!
//! `cargo run --release -p offhook-benches -- all [ROUNDS] [FOLDER]`; `m1` to `m5` measure one thing. FOLDER is where the
//! databases are written (the current folder otherwise): the disk is part of M2. Rounds interleave the floor with ours, so
//! that what else the machine does falls on both; a ratio is the median of the rounds' own ratios. Exit code 1 says that a
//! target was missed.

mod durable;
mod floor;
mod idle;
mod load;
mod measure;
mod ours;
mod replayed;
mod steps;
mod workload;

use measure::Row;
use std::path::PathBuf;
use std::process::ExitCode;

/// Rounds when none are named.
const ROUNDS: usize = 7;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let what = arguments.first().map_or("all", String::as_str);
    let rounds = arguments.get(1).and_then(|word| word.parse().ok()).unwrap_or(ROUNDS).max(1);
    let folder = arguments.get(2).map_or_else(|| PathBuf::from("."), PathBuf::from);
    workload::check_reference();
    let mut rows: Vec<Row> = Vec::new();
    let chosen = |name: &str| what == "all" || what == name;
    match what {
        "all" | "m1" | "m2" | "m3" | "m4" | "m5" => {}
        // For a profiler: one thing, over and over, nothing measured.
        "profile-turns" => {
            steps::profile(rounds as u64);
            return ExitCode::SUCCESS;
        }
        "profile-json" | "profile-yaml" | "profile-distinct" => {
            let sources = match what {
                "profile-distinct" => workload::Sources::Distinct,
                _ => workload::Sources::Alike,
            };
            load::profile(what != "profile-yaml", sources, rounds);
            return ExitCode::SUCCESS;
        }
        other => {
            eprintln!("there is no measurement `{other}`; there are all, m1, m2, m3, m4, m5");
            return ExitCode::from(2);
        }
    }
    // Memory first: what the others leave behind would stand in for what the sessions take.
    if chosen("m3") {
        idle::measure(&mut rows);
    }
    if chosen("m1") {
        steps::measure(rounds, &mut rows);
    }
    if chosen("m2") {
        durable::measure(rounds, &folder, &mut rows);
    }
    if chosen("m3") {
        durable::stored_bytes(&folder, &mut rows);
    }
    if chosen("m4") {
        load::measure(rounds, &mut rows);
    }
    if chosen("m5") {
        replayed::measure(rounds, &mut rows);
    }
    rows.sort_by(|a, b| a.what[..2].cmp(&b.what[..2]));
    println!("\n{:<58} {:>26} {:>7}  {:<18}", "what", "median", "ratio", "wanted");
    rows.iter().for_each(|row| println!("{}", row.show()));
    match rows.iter().all(Row::holds) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
