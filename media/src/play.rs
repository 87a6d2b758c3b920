//! The play queue of one call: clips one after the other without a gap, and cues between them.
//!
//! It hands out encoded bytes and tells how much of each clip was handed out ("heard"). A barge-in takes away every
//! interruptible clip, wherever it stands in the queue, and never another one.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::audio::Audio;
use crate::g711::Codec;
use crate::limits::MAX_PLAY_ITEMS;

/// Something in the queue.
#[derive(Debug)]
pub enum Item {
    /// A clip whose fate is reported.
    Clip {
        /// The caller's name for it.
        id: u64,
        /// The sound.
        clip: Arc<Audio>,
        /// Whether a barge-in may drop it.
        interruptible: bool,
    },
    /// A sound of our own, such as a beep: never interrupted, never reported.
    Signal(Arc<Audio>),
    /// Fires when everything before it was played or dropped.
    Cue(u64),
}

/// What the queue reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlayEvent {
    /// A clip left the queue.
    Played {
        /// Its name.
        id: u64,
        /// Milliseconds of it that were sent.
        heard_ms: u64,
        /// Whether all of it was sent.
        completed: bool,
    },
    /// A cue was reached.
    Cue(u64),
}

/// The queue.
#[derive(Debug, Default)]
pub struct PlayQueue {
    items: VecDeque<Item>,
    /// Samples of the first item already handed out.
    position: usize,
}

impl PlayQueue {
    /// Appends an item; cues that are already due fire at once. Gives the item back when [`MAX_PLAY_ITEMS`] wait.
    ///
    /// # Errors
    /// The item, when the queue is full.
    pub fn push(&mut self, item: Item, events: &mut impl FnMut(PlayEvent)) -> Result<(), Item> {
        if self.items.len() >= MAX_PLAY_ITEMS {
            return Err(item);
        }
        self.items.push_back(item);
        self.settle(events);
        Ok(())
    }

    /// Whether no sound waits.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Items waiting, the playing one included.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Fills the front of `out` with the next sound and returns how many bytes; fewer than asked means that the queue
    /// ran dry. One clip follows the other within a frame.
    pub fn fill(&mut self, codec: Codec, out: &mut [u8], events: &mut impl FnMut(PlayEvent)) -> usize {
        let mut filled = 0;
        while filled < out.len() {
            let clip = match self.items.front() {
                Some(Item::Clip { clip, .. } | Item::Signal(clip)) => clip,
                _ => break,
            };
            let left = &clip.encoded(codec)[self.position..];
            let take = left.len().min(out.len() - filled);
            out[filled..filled + take].copy_from_slice(&left[..take]);
            filled += take;
            self.position += take;
            self.settle(events);
        }
        filled
    }

    /// Drops every interruptible clip; true when there was one.
    pub fn barge_in(&mut self, events: &mut impl FnMut(PlayEvent)) -> bool {
        self.drop_if(events, |item| matches!(item, Item::Clip { interruptible: true, .. }))
    }

    /// Drops every clip and signal; cues stay and fire.
    pub fn stop(&mut self, events: &mut impl FnMut(PlayEvent)) {
        self.drop_if(events, |item| !matches!(item, Item::Cue(_)));
    }

    fn drop_if(&mut self, events: &mut impl FnMut(PlayEvent), condition: impl Fn(&Item) -> bool) -> bool {
        let mut dropped = false;
        let mut first = true;
        let position = self.position;
        let mut front_dropped = false;
        self.items.retain(|item| {
            let heard = if std::mem::take(&mut first) { position } else { 0 };
            let drop = condition(item);
            if drop {
                dropped = true;
                front_dropped |= heard > 0;
                if let Item::Clip { id, .. } = item {
                    events(PlayEvent::Played { id: *id, heard_ms: heard as u64 / 8, completed: false });
                }
            }
            !drop
        });
        if front_dropped {
            self.position = 0;
        }
        self.settle(events);
        dropped
    }

    /// Takes finished clips and due cues from the front.
    fn settle(&mut self, events: &mut impl FnMut(PlayEvent)) {
        while let Some(front) = self.items.front() {
            match front {
                Item::Clip { clip, .. } | Item::Signal(clip) if self.position < clip.samples().len() => return,
                Item::Clip { id, clip, .. } => {
                    events(PlayEvent::Played { id: *id, heard_ms: clip.duration_ms(), completed: true });
                }
                Item::Signal(_) => {}
                Item::Cue(id) => events(PlayEvent::Cue(*id)),
            }
            self.position = 0;
            self.items.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(level: i16, samples: usize) -> Arc<Audio> {
        Arc::new(Audio::from_samples(vec![level; samples]))
    }

    fn push(queue: &mut PlayQueue, log: &mut Vec<PlayEvent>, id: u64, samples: usize, interruptible: bool) {
        queue
            .push(Item::Clip { id, clip: clip(id as i16 * 1_000, samples), interruptible }, &mut |e| log.push(e))
            .unwrap();
    }

    fn played(id: u64, heard_ms: u64, completed: bool) -> PlayEvent {
        PlayEvent::Played { id, heard_ms, completed }
    }

    #[test]
    fn clips_follow_each_other_without_a_gap_and_cues_fire_between() {
        let (mut queue, mut log) = (PlayQueue::default(), Vec::new());
        push(&mut queue, &mut log, 1, 200, true);
        queue.push(Item::Cue(9), &mut |e| log.push(e)).unwrap();
        push(&mut queue, &mut log, 2, 200, true);
        let mut sound = Vec::new();
        let mut frame = [0; 160];
        for _ in 0..3 {
            let n = queue.fill(Codec::Pcma, &mut frame, &mut |e| log.push(e));
            sound.extend_from_slice(&frame[..n]);
        }
        let mut want = vec![Codec::Pcma.encode(1_000); 200];
        want.extend([Codec::Pcma.encode(2_000); 200]);
        assert_eq!(sound, want);
        assert_eq!(log, [played(1, 25, true), PlayEvent::Cue(9), played(2, 25, true)]);
        assert!(queue.is_empty());
    }

    #[test]
    fn barge_in_takes_the_interruptible_ones_wherever_they_stand() {
        let (mut queue, mut log) = (PlayQueue::default(), Vec::new());
        push(&mut queue, &mut log, 1, 1_600, true);
        push(&mut queue, &mut log, 2, 320, false);
        push(&mut queue, &mut log, 3, 1_600, true);
        queue.push(Item::Cue(7), &mut |e| log.push(e)).unwrap();
        let mut frame = [0; 160];
        queue.fill(Codec::Pcmu, &mut frame, &mut |e| log.push(e));
        assert!(queue.barge_in(&mut |e| log.push(e)));
        assert_eq!(log, [played(1, 20, false), played(3, 0, false)]);
        assert!(!queue.barge_in(&mut |e| log.push(e)));
        for _ in 0..2 {
            assert_eq!(queue.fill(Codec::Pcmu, &mut frame, &mut |e| log.push(e)), 160);
            assert_eq!(frame, [Codec::Pcmu.encode(2_000); 160]);
        }
        assert_eq!(log[2..], [played(2, 40, true), PlayEvent::Cue(7)]);
    }

    #[test]
    fn the_playing_clip_that_may_not_be_interrupted_goes_on_where_it_was() {
        let (mut queue, mut log) = (PlayQueue::default(), Vec::new());
        push(&mut queue, &mut log, 1, 320, false);
        push(&mut queue, &mut log, 2, 320, true);
        let mut frame = [0; 160];
        queue.fill(Codec::Pcmu, &mut frame, &mut |e| log.push(e));
        queue.barge_in(&mut |e| log.push(e));
        assert_eq!(queue.fill(Codec::Pcmu, &mut frame, &mut |e| log.push(e)), 160);
        assert_eq!(log, [played(2, 0, false), played(1, 40, true)]);
    }

    #[test]
    fn stop_drops_all_and_fires_cues_and_empty_clips_are_complete_at_once() {
        let (mut queue, mut log) = (PlayQueue::default(), Vec::new());
        push(&mut queue, &mut log, 1, 0, true);
        assert_eq!(log, [played(1, 0, true)]);
        push(&mut queue, &mut log, 2, 160, false);
        queue.push(Item::Cue(5), &mut |e| log.push(e)).unwrap();
        queue.push(Item::Signal(clip(1, 99)), &mut |e| log.push(e)).unwrap();
        queue.stop(&mut |e| log.push(e));
        assert_eq!(log[1..], [played(2, 0, false), PlayEvent::Cue(5)]);
        assert!(queue.is_empty());
    }

    #[test]
    fn the_queue_has_an_end() {
        let mut queue = PlayQueue::default();
        for n in 0..MAX_PLAY_ITEMS + 1 {
            assert_eq!(queue.push(Item::Signal(clip(1, 1)), &mut |_| ()).is_ok(), n < MAX_PLAY_ITEMS);
        }
    }
}
