//! Which leg ticks at which millisecond of the 20: spread evenly, so that packets leave evenly.

use crate::limits::FRAME_MS;

const SLOTS: usize = FRAME_MS as usize;

/// Twenty lists of leg numbers.
#[derive(Default)]
pub(super) struct Wheel {
    slots: [Vec<usize>; SLOTS],
}

impl Wheel {
    /// Gives a leg the emptiest slot.
    pub fn add(&mut self, leg: usize) -> usize {
        let slot = (0..SLOTS).min_by_key(|&s| self.slots[s].len()).unwrap_or(0);
        self.slots[slot].push(leg);
        slot
    }

    /// Takes a leg out of its slot.
    pub fn remove(&mut self, slot: usize, leg: usize) {
        self.slots[slot].retain(|&l| l != leg);
    }

    /// The legs due at a millisecond.
    pub fn due(&self, ms: u64) -> &[usize] {
        &self.slots[ms as usize % SLOTS]
    }

    /// Milliseconds from `ms` to the first with a leg, 0 to 19.
    pub fn until_due(&self, ms: u64) -> Option<u64> {
        (0..FRAME_MS).find(|n| !self.due(ms + n).is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legs_spread_and_leave() {
        let mut wheel = Wheel::default();
        let slots: Vec<usize> = (0..40).map(|leg| wheel.add(leg)).collect();
        assert!((0..20).all(|ms| wheel.due(ms).len() == 2));
        (1..40).for_each(|leg| wheel.remove(slots[leg], leg));
        assert_eq!(wheel.due(20), [0]);
        assert_eq!(wheel.until_due(1), Some(19));
        wheel.remove(slots[0], 0);
        assert_eq!(wheel.until_due(0), None);
    }
}
