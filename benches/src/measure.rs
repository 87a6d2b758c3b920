//! Measuring: CPU time, resident memory, rounds that interleave what is compared, medians and the lines of the report.

use std::time::Instant;

/// Seconds of CPU that all living threads of this process have used (Linux).
pub fn process_cpu() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").expect("the benchmarks run on Linux");
    let spent = tasks.filter_map(|task| schedstat(&task.ok()?.path().join("schedstat")));
    spent.sum()
}

/// Seconds of CPU that this thread has used (Linux).
pub fn thread_cpu() -> f64 {
    schedstat(std::path::Path::new("/proc/thread-self/schedstat")).expect("the benchmarks run on Linux")
}

fn schedstat(path: &std::path::Path) -> Option<f64> {
    let text = std::fs::read_to_string(path).ok()?;
    Some(text.split_whitespace().next()?.parse::<f64>().ok()? / 1e9)
}

/// Bytes of this process that are in memory.
pub fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").expect("the benchmarks run on Linux");
    let pages: u64 = text.split_whitespace().nth(1).and_then(|word| word.parse().ok()).expect("statm has numbers");
    pages * 4096
}

/// What one run took.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    /// Seconds of CPU.
    pub cpu: f64,
    /// Seconds on the wall.
    pub wall: f64,
}

/// Runs something on this thread.
pub fn spent<T>(work: impl FnOnce() -> T) -> (T, Spent) {
    let (wall, cpu) = (Instant::now(), thread_cpu());
    let value = work();
    (value, Spent { cpu: thread_cpu() - cpu, wall: wall.elapsed().as_secs_f64() })
}

/// The middle of some figures.
pub fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A line of the table at the end.
pub struct Row {
    /// What was measured.
    pub what: String,
    /// The figure, with its unit.
    pub figure: String,
    /// Our figure beside the floor's or the limit; more is better where `wanted` is a floor, less where it is a ceiling.
    pub ratio: f64,
    /// What is wanted of the ratio.
    pub wanted: Wanted,
}

/// What is wanted of a ratio.
pub enum Wanted {
    /// At least so much of the floor.
    AtLeast(f64),
    /// At most the whole of what is allowed.
    WithinLimit,
    /// Told only.
    Nothing,
}

impl Row {
    /// So much of the floor.
    pub fn of_floor(what: &str, figure: String, ratio: f64, at_least: f64) -> Row {
        Row { what: what.to_owned(), figure, ratio, wanted: Wanted::AtLeast(at_least) }
    }

    /// So much of a limit.
    pub fn of_limit(what: &str, figure: String, used: f64) -> Row {
        Row { what: what.to_owned(), figure, ratio: used, wanted: Wanted::WithinLimit }
    }

    /// Something to know that has no target.
    pub fn told(what: &str, figure: String, ratio: f64) -> Row {
        Row { what: what.to_owned(), figure, ratio, wanted: Wanted::Nothing }
    }

    /// Whether it is as wanted.
    pub fn holds(&self) -> bool {
        match self.wanted {
            Wanted::AtLeast(least) => self.ratio >= least,
            Wanted::WithinLimit => self.ratio <= 1.0,
            Wanted::Nothing => true,
        }
    }

    /// The line.
    pub fn show(&self) -> String {
        let (wanted, verdict) = match self.wanted {
            Wanted::AtLeast(least) => (format!(">= {least:.2} x floor"), if self.holds() { "met" } else { "NOT MET" }),
            Wanted::WithinLimit => ("<= 1.00 of limit".to_owned(), if self.holds() { "met" } else { "NOT MET" }),
            Wanted::Nothing => (String::new(), ""),
        };
        format!("{:<58} {:>26} {:>7.2}  {:<18} {verdict}", self.what, self.figure, self.ratio, wanted)
    }
}
