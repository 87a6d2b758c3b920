//! How much one visitor may do: token buckets by name, in a bounded table.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

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

    fn take(&self, name: &str, now: Instant) -> bool {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if table.len() >= BUCKETS && !table.contains_key(name) {
            let (per_second, burst) = (self.per_second, self.burst);
            table.retain(|_, bucket| bucket.left + now.duration_since(bucket.at).as_secs_f64() * per_second < burst);
            if table.len() >= BUCKETS {
                return false;
            }
        }
        let bucket = table.entry(name.to_owned()).or_insert(Bucket { left: self.burst, at: now });
        let refilled = bucket.left + now.duration_since(bucket.at).as_secs_f64() * self.per_second;
        bucket.left = refilled.min(self.burst);
        bucket.at = now;
        if bucket.left < 1.0 {
            return false;
        }
        bucket.left -= 1.0;
        true
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

    /// Whether this address may begin one more conversation.
    pub(super) fn may_start(&self, address: IpAddr) -> bool {
        self.starts.take(&address.to_string(), Instant::now())
    }

    /// Whether one more message may come in this conversation.
    pub(super) fn may_send(&self, conversation: &str) -> bool {
        self.messages.take(conversation, Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_burst_is_allowed_and_then_the_rate() {
        let buckets = Buckets::new(2.0, 3.0);
        let start = Instant::now();
        let taken: Vec<bool> = (0..4).map(|_| buckets.take("a", start)).collect();
        assert_eq!(taken, [true, true, true, false]);
        assert!(buckets.take("b", start));
        let later = start + Duration::from_millis(500);
        assert!(buckets.take("a", later));
        assert!(!buckets.take("a", later));
    }
}
