//! Which leg ticks at which millisecond of the 20. Many legs are spread evenly, so that packets leave evenly; a few
//! share a millisecond, because every wake of the thread costs more than several packets.

use crate::limits::FRAME_MS;

const SLOTS: usize = FRAME_MS as usize;
/// Legs that share a slot before another one is opened: eight packets leave within a tenth of a millisecond.
const TOGETHER: usize = 8;
/// The order in which slots are opened: far from those in use.
const ORDER: [usize; SLOTS] = [0, 10, 5, 15, 2, 12, 7, 17, 1, 11, 6, 16, 3, 13, 8, 18, 4, 14, 9, 19];

/// Twenty lists of leg numbers.
#[derive(Default)]
pub(super) struct Wheel {
    slots: [Vec<usize>; SLOTS],
}

impl Wheel {
    /// Gives a leg a place in a slot that is open and not full, else in the emptiest.
    pub fn add(&mut self, leg: usize) -> usize {
        let open = |&s: &usize| (1..TOGETHER).contains(&self.slots[s].len());
        let emptiest = || ORDER.into_iter().min_by_key(|&s| self.slots[s].len()).unwrap_or(0);
        let slot = ORDER.into_iter().find(open).unwrap_or_else(emptiest);
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

    fn lengths(wheel: &Wheel) -> Vec<usize> {
        (0..20).map(|ms| wheel.due(ms).len()).collect()
    }

    #[test]
    fn few_legs_share_and_many_spread() {
        let mut wheel = Wheel::default();
        (0..32).for_each(|leg| {
            wheel.add(leg);
        });
        assert_eq!(lengths(&wheel).iter().filter(|&&n| n == 8).count(), 4);
        assert_eq!(wheel.until_due(1), Some(4)); // 0, 5, 10 and 15
        (32..400).for_each(|leg| {
            wheel.add(leg);
        });
        assert_eq!(lengths(&wheel), [20; 20]);
        let mut order = ORDER;
        order.sort_unstable();
        assert!(order.into_iter().eq(0..20));
    }

    #[test]
    fn a_leg_that_left_is_not_due() {
        let mut wheel = Wheel::default();
        let slots: Vec<usize> = (0..9).map(|leg| wheel.add(leg)).collect();
        (1..9).for_each(|leg| wheel.remove(slots[leg], leg));
        assert_eq!(wheel.due(20), [0]);
        assert_eq!(wheel.until_due(1), Some(19));
        wheel.remove(slots[0], 0);
        assert_eq!(wheel.until_due(0), None);
    }
}
