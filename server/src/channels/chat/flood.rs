//! How much one visitor may do: token buckets by name, in a bounded table.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The longest that anybody is told to wait: for a bucket that fills slowly, and for a table that is full.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Buckets that are kept. When there are more, those that are full again are forgotten.
const BUCKETS: usize = 50_000;

struct Bucket {
    left: f64,
    at: Instant,
}

struct Buckets {
    per_second: f64,
    burst: f64,
    table: Mutex<HashMap<String, Bucket>>,
}

impl Buckets {
    fn new(per_second: f64, burst: f64) -> Self {
        Buckets { per_second, burst, table: Mutex::default() }
    }

    /// Takes one, or tells how long it will be until there is one.
    fn take(&self, name: &str, now: Instant) -> Result<(), Duration> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if table.len() >= BUCKETS && !table.contains_key(name) {
            let (per_second, burst) = (self.per_second, self.burst);
            table.retain(|_, bucket| bucket.left + now.duration_since(bucket.at).as_secs_f64() * per_second < burst);
            if table.len() >= BUCKETS {
                return Err(LONGEST_WAIT);
            }
        }
        let bucket = table.entry(name.to_owned()).or_insert(Bucket { left: self.burst, at: now });
        let refilled = bucket.left + now.duration_since(bucket.at).as_secs_f64() * self.per_second;
        bucket.left = refilled.min(self.burst);
        bucket.at = now;
        if bucket.left < 1.0 {
            let wait = Duration::try_from_secs_f64((1.0 - bucket.left) / self.per_second);
            return Err(wait.map_or(LONGEST_WAIT, |wait| wait.min(LONGEST_WAIT)));
        }
        bucket.left -= 1.0;
        Ok(())
    }
}

/// The limits of the chat door.
pub(super) struct Flood {
    starts: Buckets,
    messages: Buckets,
}

impl Flood {
    pub(super) fn new(starts_per_minute: u32, messages_per_second: u32) -> Self {
        let (starts, messages) = (f64::from(starts_per_minute), f64::from(messages_per_second));
        Flood { starts: Buckets::new(starts / 60.0, starts), messages: Buckets::new(messages, messages * 2.0) }
    }

    /// Whether this address may begin one more conversation, or when it may.
    pub(super) fn may_start(&self, address: IpAddr) -> Result<(), Duration> {
        self.starts.take(&address.to_string(), Instant::now())
    }

    /// Whether one more message may come in this conversation, or when it may.
    pub(super) fn may_send(&self, conversation: &str) -> Result<(), Duration> {
        self.messages.take(conversation, Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_allowed_and_then_the_rate() {
        let buckets = Buckets::new(2.0, 3.0);
        let start = Instant::now();
        let half = Duration::from_millis(500);
        let taken: Vec<_> = (0..4).map(|_| buckets.take("a", start)).collect();
        assert_eq!(taken, [Ok(()), Ok(()), Ok(()), Err(half)]);
        assert_eq!(buckets.take("b", start), Ok(()));
        assert_eq!(buckets.take("a", start + half), Ok(()), "who waits that long may");
        assert_eq!(buckets.take("a", start + half), Err(half));
    }

    #[test]
    fn nobody_is_told_to_wait_for_ever() {
        let buckets = Buckets::new(0.0, 0.0);
        assert_eq!(buckets.take("a", Instant::now()), Err(LONGEST_WAIT));
    }
}
