//! Events on their way to the application: into its channel while it reads, else kept here and tried again.
//!
//! Drop policy: up to [`MAX_EVENT_BACKLOG`] events are kept, in order. Beyond that the newest are dropped and
//! counted in [`LegStats::events_lost`](crate::call::LegStats::events_lost); `Closed`, which carries the count, never is.

use std::collections::VecDeque;

use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

use crate::call::LegEvent;
use crate::limits::MAX_EVENT_BACKLOG;

pub(super) struct Outbox {
    /// `None` once the reader is gone or the last event is out.
    sender: Option<Sender<LegEvent>>,
    backlog: VecDeque<LegEvent>,
    lost: u64,
}

impl Outbox {
    pub fn new(sender: Sender<LegEvent>) -> Outbox {
        Outbox { sender: Some(sender), backlog: VecDeque::new(), lost: 0 }
    }

    pub fn push(&mut self, mut event: LegEvent) {
        if self.sender.is_none() {
            return;
        }
        if let LegEvent::Closed { stats } = &mut event {
            stats.events_lost = self.lost;
        } else if self.backlog.len() >= MAX_EVENT_BACKLOG {
            if self.lost == 0 {
                tracing::warn!("a call's events are not read; dropping");
            }
            self.lost += 1;
            return;
        }
        self.backlog.push_back(event);
        self.flush();
    }

    /// Hands over as many events as the reader has room for.
    pub fn flush(&mut self) {
        while let (Some(sender), Some(event)) = (&self.sender, self.backlog.pop_front()) {
            match sender.try_send(event) {
                Ok(()) => {}
                Err(TrySendError::Full(event)) => {
                    self.backlog.push_front(event);
                    return;
                }
                Err(TrySendError::Closed(_)) => {
                    self.backlog.clear();
                    self.sender = None;
                }
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.backlog.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::LegStats;

    #[test]
    fn nothing_is_lost_before_the_limit_and_the_loss_is_told() {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(2);
        let mut outbox = Outbox::new(sender);
        for id in 0..MAX_EVENT_BACKLOG as u64 + 12 {
            outbox.push(LegEvent::Marked { id });
        }
        outbox.push(LegEvent::Closed { stats: LegStats::default() });
        let mut got = Vec::new();
        while !outbox.is_empty() || !receiver.is_empty() {
            outbox.flush();
            while let Ok(event) = receiver.try_recv() {
                got.push(event);
            }
        }
        let (last, marks) = got.split_last().unwrap();
        assert_eq!(marks.len(), MAX_EVENT_BACKLOG + 2);
        assert!(marks.iter().enumerate().all(|(n, e)| *e == LegEvent::Marked { id: n as u64 }));
        assert!(matches!(last, LegEvent::Closed { stats } if stats.events_lost == 10));
    }

    #[test]
    fn a_reader_that_went_away_costs_nothing() {
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        let mut outbox = Outbox::new(sender);
        drop(receiver);
        (0..10).for_each(|id| outbox.push(LegEvent::Marked { id }));
        assert!(outbox.is_empty());
    }
}
