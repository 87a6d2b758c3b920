//! One press, reported once, although it may arrive as telephone event, as tone and as INFO.
//!
//! Each way counts its own presses of a digit in order; the n-th press by a second way is the n-th press by the
//! first, as long as they are close in time. So `11` by two ways stays `11`.

use super::Digit;

/// The way a press came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// RFC 4733 telephone event.
    Event,
    /// Tone in the audio.
    Inband,
    /// SIP INFO.
    Info,
}

/// How far apart two reports of one press may be, in milliseconds. INFO takes a signalling round trip.
const WINDOW_MS: u64 = 1_000;
/// Presses remembered: nobody presses more in a second.
const REMEMBERED: usize = 16;

#[derive(Debug, Clone, Copy)]
struct Press {
    digit: Digit,
    at_ms: u64,
    sources: u8,
}

/// Remembers the presses of the last second.
#[derive(Debug, Default)]
pub struct Dedup {
    recent: [Option<Press>; REMEMBERED],
    next: usize,
}

impl Dedup {
    /// Reports a press that began now; true when it was not known yet.
    pub fn press(&mut self, now_ms: u64, digit: Digit, source: Source) -> bool {
        let bit = 1 << source as u8;
        // Oldest first, so that the first of two equal presses is matched first.
        for n in 0..REMEMBERED {
            if let Some(press) = &mut self.recent[(self.next + n) % REMEMBERED]
                && press.digit == digit
                && now_ms.saturating_sub(press.at_ms) <= WINDOW_MS
                && press.sources & bit == 0
            {
                press.sources |= bit;
                return false;
            }
        }
        self.recent[self.next] = Some(Press { digit, at_ms: now_ms, sources: bit });
        self.next = (self.next + 1) % REMEMBERED;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(rows: &[(u64, char, Source)]) -> usize {
        let mut dedup = Dedup::default();
        rows.iter().filter(|(at, c, s)| dedup.press(*at, Digit::from_char(*c).unwrap(), *s)).count()
    }

    #[test]
    fn every_way_together_is_one_press() {
        use Source::*;
        assert_eq!(count(&[(0, '1', Event), (40, '1', Inband), (300, '1', Info)]), 1);
        assert_eq!(count(&[(0, '1', Info), (40, '1', Event)]), 1);
        assert_eq!(count(&[(0, '1', Event), (100, '1', Event), (150, '1', Info), (200, '1', Info)]), 2);
        assert_eq!(count(&[(0, '1', Event), (50, '2', Event), (60, '1', Info), (70, '2', Info)]), 2);
        assert_eq!(count(&[(0, '1', Event), (2_000, '1', Info)]), 2);
        assert_eq!(count(&[(0, '1', Info), (10, '1', Info)]), 2);
    }
}
