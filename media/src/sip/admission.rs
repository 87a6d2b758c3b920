//! Who may speak, and how many new calls are taken: token buckets and an overload control that shrinks the accepted rate
//! when work waits too long.
//!
//! Refusing early is the whole point: a call that would be answered late costs as much as a good one and is lost anyway.
//! Time is an argument in milliseconds of any fixed origin.

use super::limits;
use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;
use std::net::IpAddr;

/// Tokens that refill at a steady rate.
#[derive(Debug, Clone, Copy)]
pub struct Bucket {
    tokens: f32,
    filled_ms: u64,
}

impl Bucket {
    /// A full bucket.
    pub fn full(burst: f32, now_ms: u64) -> Self {
        Self { tokens: burst, filled_ms: now_ms }
    }

    /// Takes one token if there is one, after refilling at `rate` tokens a second up to `burst`.
    pub fn take(&mut self, rate: f32, burst: f32, now_ms: u64) -> bool {
        let passed = now_ms.saturating_sub(self.filled_ms) as f32 / 1000.0;
        self.tokens = (self.tokens + passed * rate).min(burst);
        self.filled_ms = now_ms;
        if self.tokens < 1.0 {
            return false;
        }
        self.tokens -= 1.0;
        true
    }
}

/// What a source may do.
#[derive(Debug)]
struct Source {
    messages: Bucket,
    answers: Bucket,
    notice_ms: u64,
}

/// Per-address buckets in a bounded table.
#[derive(Debug)]
pub struct Sources {
    table: HashMap<IpAddr, Source, RandomState>,
    messages_per_s: f32,
    answers_per_s: f32,
}

/// One log line per source in this time, in milliseconds.
const NOTICE_EVERY_MS: u64 = 60_000;

impl Sources {
    /// Limits per address: messages, and canned answers (so that we reflect little of a forged flood).
    pub fn new(messages_per_s: f32, answers_per_s: f32) -> Self {
        Self { table: HashMap::new(), messages_per_s, answers_per_s }
    }

    fn entry(&mut self, ip: IpAddr, now_ms: u64) -> &mut Source {
        if self.table.len() >= limits::MAX_SOURCES && !self.table.contains_key(&ip) {
            // Whoever was quiet for ten seconds has full buckets again: forgetting him changes nothing.
            self.table.retain(|_, s| now_ms.saturating_sub(s.messages.filled_ms) < 10_000);
            if self.table.len() >= limits::MAX_SOURCES {
                // A flood from more addresses than we remember: the global limits remain.
                self.table.clear();
            }
        }
        let (messages, answers) = (self.messages_per_s, self.answers_per_s);
        self.table.entry(ip).or_insert_with(|| Source {
            messages: Bucket::full(messages * 2.0, now_ms),
            answers: Bucket::full(answers * 4.0, now_ms),
            notice_ms: 0,
        })
    }

    /// Whether this address may send another message.
    pub fn may_send(&mut self, ip: IpAddr, now_ms: u64) -> bool {
        let rate = self.messages_per_s;
        self.entry(ip, now_ms).messages.take(rate, rate * 2.0, now_ms)
    }

    /// Whether this address gets another canned answer.
    pub fn may_answer(&mut self, ip: IpAddr, now_ms: u64) -> bool {
        let rate = self.answers_per_s;
        self.entry(ip, now_ms).answers.take(rate, rate * 4.0, now_ms)
    }

    /// Whether something about this address should be logged: once a minute.
    pub fn may_log(&mut self, ip: IpAddr, now_ms: u64) -> bool {
        let source = self.entry(ip, now_ms);
        if source.notice_ms != 0 && now_ms.saturating_sub(source.notice_ms) < NOTICE_EVERY_MS {
            return false;
        }
        source.notice_ms = now_ms.max(1);
        true
    }

    /// Addresses remembered.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether no address is remembered.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }
}

/// How far an invitation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It has got a core to run on. When all wait longer than 25 ms for that, fewer calls are taken.
    Running,
    /// Its call has begun, the first write to the disk included: 60 ms.
    Begun,
}

impl Stage {
    fn usual_ms(self) -> f32 {
        match self {
            Stage::Running => 25.0,
            Stage::Begun => 60.0,
        }
    }
}

/// Fewer calls than this in one window say nothing about the rate.
const FEW: u32 = 5;
/// The rate is adjusted once in this time, in milliseconds.
const WINDOW_MS: u64 = 100;
/// After so many quiet windows the rate is what it was at the start, whatever it fell to.
const RECOVERY_WINDOWS: u64 = 200;

/// Takes or refuses new calls.
#[derive(Debug)]
pub struct Admission {
    max_calls: u32,
    max_per_s: f32,
    rate: f32,
    bucket: Bucket,
    calls: u32,
    window_start_ms: u64,
    window_admitted: u32,
    /// The shortest wait of the window by stage, as a share of what is usual. A gust or a hiccup makes some calls wait;
    /// where all do, there is a standing queue.
    least_wait: [Option<f32>; 2],
    hasher: RandomState,
    recent: HashSet<u64>,
    older: HashSet<u64>,
    turned_ms: u64,
}

/// The verdict on a new call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// Taken.
    Admitted,
    /// The retransmission of one that was taken.
    Again,
    /// Refused; the caller may try again after so many seconds.
    Refused {
        /// The value of Retry-After.
        retry_after_s: u32,
    },
}

impl Admission {
    /// At most `max_calls` at a time and `max_per_s` new ones a second.
    pub fn new(max_calls: u32, max_per_s: f32, now_ms: u64) -> Self {
        Self {
            max_calls,
            max_per_s,
            rate: max_per_s,
            bucket: Bucket::full(burst(max_per_s), now_ms),
            calls: 0,
            window_start_ms: now_ms,
            window_admitted: 0,
            least_wait: [None; 2],
            hasher: RandomState::new(),
            recent: HashSet::new(),
            older: HashSet::new(),
            turned_ms: now_ms,
        }
    }

    /// Judges an INVITE that opens a dialog, named by what makes its transaction unique.
    pub fn enter(&mut self, name: (&str, &str, &str), now_ms: u64) -> Entry {
        self.turn(now_ms);
        let key = self.hasher.hash_one(name);
        if self.recent.contains(&key) || self.older.contains(&key) {
            return Entry::Again;
        }
        if self.calls >= self.max_calls || self.recent.len() >= limits::MAX_REMEMBERED_INVITES {
            return Entry::Refused { retry_after_s: 10 };
        }
        if !self.bucket.take(self.rate, burst(self.rate), now_ms) {
            return Entry::Refused { retry_after_s: 2 };
        }
        self.window_admitted += 1;
        self.recent.insert(key);
        Entry::Admitted
    }

    /// How long an invitation had waited, in milliseconds, when it had come so far: this drives the control.
    pub fn waited(&mut self, stage: Stage, delay_ms: u64) {
        let wait = delay_ms as f32 / stage.usual_ms();
        let least = &mut self.least_wait[stage as usize];
        *least = Some(least.map_or(wait, |least| least.min(wait)));
    }

    /// A call exists from now on.
    pub fn opened(&mut self) {
        self.calls += 1;
    }

    /// A call is over.
    pub fn closed(&mut self) {
        self.calls = self.calls.saturating_sub(1);
    }

    /// Calls open now.
    pub fn calls(&self) -> u32 {
        self.calls
    }

    /// New calls a second accepted at present.
    pub fn rate(&self) -> f32 {
        self.rate
    }

    fn turn(&mut self, now_ms: u64) {
        if now_ms.saturating_sub(self.turned_ms) >= limits::TRANSACTION_LIFE_MS {
            self.older = std::mem::take(&mut self.recent);
            self.turned_ms = now_ms;
        }
        let passed = now_ms.saturating_sub(self.window_start_ms);
        if passed < WINDOW_MS {
            return;
        }
        let [running, begun] = std::mem::take(&mut self.least_wait);
        match running.into_iter().chain(begun).reduce(f32::max) {
            Some(wait) if wait > 1.0 => {
                // Fall below what was really taken, harder the longer work waited; a trickle always remains.
                let admitted_per_s = self.window_admitted as f32 * 1000.0 / passed as f32;
                let base = if self.window_admitted >= FEW { self.rate.min(admitted_per_s) } else { self.rate };
                let factor = if wait > 4.0 { 0.5 } else { 0.8 };
                self.rate = (base * factor).max(10.0).min(self.max_per_s);
            }
            // Nothing was begun although something was taken: no time for more.
            None if self.window_admitted >= FEW => {}
            _ => {
                for _ in 0..(passed / WINDOW_MS).min(RECOVERY_WINDOWS) {
                    self.rate = (self.rate * 1.05 + 1.0).min(self.max_per_s);
                }
            }
        }
        self.window_start_ms = now_ms;
        self.window_admitted = 0;
    }
}

/// An eighth of a second's calls may come at once, at least ten: exchanges send in gusts, and so much work is done in time.
fn burst(rate: f32) -> f32 {
    (rate / 8.0).max(10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(i: u32) -> String {
        format!("z9hG4bK{i}")
    }

    #[test]
    fn a_retransmission_costs_no_token_and_is_not_refused() {
        let mut a = Admission::new(100, 10.0, 0);
        for i in 0..10 {
            assert_eq!(a.enter((&name(i), "c", "1"), 0), Entry::Admitted);
        }
        assert_eq!(a.enter((&name(99), "c", "1"), 0), Entry::Refused { retry_after_s: 2 });
        assert_eq!(a.enter((&name(3), "c", "1"), 500), Entry::Again);
    }

    #[test]
    fn calls_at_the_limit_are_refused_until_one_ends() {
        let mut a = Admission::new(1, 100.0, 0);
        assert_eq!(a.enter((&name(1), "c", "1"), 0), Entry::Admitted);
        a.opened();
        assert!(matches!(a.enter((&name(2), "c", "1"), 0), Entry::Refused { .. }));
        a.closed();
        assert_eq!(a.enter((&name(3), "c", "1"), 0), Entry::Admitted);
    }

    /// A server that can do 400 calls a second, offered 1,000: the queue stays short and goodput stays near capacity.
    #[test]
    fn overload_keeps_the_queue_short() {
        let mut a = Admission::new(100_000, 2_000.0, 0);
        let mut queue: std::collections::VecDeque<u64> = Default::default();
        let (mut served, mut late) = (0u32, 0u32);
        let mut credit = 0.0;
        for now in 0..20_000u64 {
            if let Entry::Admitted = a.enter((&name(now as u32), "c", "1"), now) {
                queue.push_back(now);
            }
            credit += 0.4;
            while credit >= 1.0 {
                credit -= 1.0;
                if let Some(since) = queue.pop_front() {
                    a.waited(Stage::Running, now - since);
                    if now > 5_000 {
                        served += 1;
                        late += u32::from(now - since > 100);
                    }
                }
            }
        }
        assert!(served > 15 * 400 * 7 / 10, "goodput {served}");
        assert!(late * 100 <= served, "{late} of {served} waited longer than 100 ms");
    }

    #[test]
    fn the_rate_recovers_after_trouble() {
        let mut a = Admission::new(1000, 500.0, 0);
        for i in 0..50u32 {
            let now = u64::from(i) * 20;
            a.enter((&name(i), "c", "1"), now);
            a.waited(Stage::Running, 200);
        }
        assert!(a.rate() < 100.0, "{}", a.rate());
        for i in 0..200u32 {
            a.enter((&name(1000 + i), "c", "1"), 2_000 + u64::from(i) * 100);
        }
        assert_eq!(a.rate(), 500.0);
    }

    #[test]
    fn one_late_call_on_a_quiet_server_changes_little_and_is_forgotten() {
        let mut a = Admission::new(1000, 300.0, 0);
        a.enter((&name(0), "c", "1"), 0);
        a.waited(Stage::Running, 500);
        a.enter((&name(1), "c", "1"), 150);
        assert!(a.rate() >= 150.0, "{}", a.rate());
        a.enter((&name(2), "c", "1"), 3_000);
        assert_eq!(a.rate(), 300.0);
    }

    /// Nine calls of ten wait because they came at once; the tenth shows that there is no queue.
    #[test]
    fn a_gust_is_no_overload() {
        let mut a = Admission::new(1000, 300.0, 0);
        for i in 0..50u32 {
            let now = u64::from(i) * 10;
            a.enter((&name(i), "c", "1"), now);
            a.waited(Stage::Running, if i % 10 == 9 { 2 } else { 80 });
        }
        assert_eq!(a.rate(), 300.0);
    }

    #[test]
    fn the_source_table_is_bounded_and_logs_once() {
        let mut s = Sources::new(10.0, 5.0);
        for i in 0..(limits::MAX_SOURCES as u32 * 2) {
            s.may_send(IpAddr::from(i.to_be_bytes()), 1);
        }
        assert!(s.len() <= limits::MAX_SOURCES);
        let ip = IpAddr::from([127, 0, 0, 1]);
        assert!(s.may_log(ip, 1_000));
        assert!(!s.may_log(ip, 2_000));
        assert!(s.may_log(ip, 62_000));
        let sent = (0..100).filter(|_| s.may_send(ip, 70_000)).count();
        assert_eq!(sent, 20);
    }
}
