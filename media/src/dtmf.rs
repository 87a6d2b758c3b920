//! Digits of a telephone keypad, by whatever way they come: telephone events (RFC 4733), tones in the audio
//! (ITU-T Q.23, Q.24) or signalling (INFO). One press is reported once.

pub mod dedup;
pub mod event;
pub mod goertzel;

/// A key: `0` to `9`, `*`, `#`, `A` to `D`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digit(u8);

/// Keys in the order of their event numbers (RFC 4733 §3.2).
const KEYS: &[u8; 16] = b"0123456789*#ABCD";

impl Digit {
    /// The key of a character; lower-case letters are accepted.
    pub fn from_char(c: char) -> Option<Digit> {
        let c = c.to_ascii_uppercase();
        KEYS.iter().position(|&k| k as char == c).map(|n| Digit(n as u8))
    }

    /// The key of a telephone event number, `None` above 15 (flash and modem tones are no digits).
    pub fn from_event(event: u8) -> Option<Digit> {
        (event < 16).then_some(Digit(event))
    }

    /// The telephone event number, 0 to 15.
    pub fn event(self) -> u8 {
        self.0
    }

    /// The character printed on the key.
    pub fn as_char(self) -> char {
        KEYS[self.0 as usize] as char
    }

    /// The two tone frequencies in hertz: low group, high group (ITU-T Q.23).
    pub fn frequencies(self) -> (f32, f32) {
        let place = PAD.iter().position(|&k| k == KEYS[self.0 as usize]).expect("every key is on the pad");
        (LOW[place / 4], HIGH[place % 4])
    }

    /// The key at a row and a column of the pad, 0 to 3 each.
    pub(crate) fn at(row: usize, column: usize) -> Digit {
        Digit::from_char(PAD[row * 4 + column] as char).expect("every place of the pad has a key")
    }
}

/// The pad, row by row.
const PAD: &[u8; 16] = b"123A456B789C*0#D";
/// Row frequencies in hertz.
pub(crate) const LOW: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
/// Column frequencies in hertz.
pub(crate) const HIGH: [f32; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];

/// A key that went down or came up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// The key is down. `ago` is how many samples ago the tone began, as far as known.
    Down {
        /// Which key.
        digit: Digit,
        /// Samples since the tone began.
        ago: u32,
    },
    /// The key is up again.
    Up {
        /// Which key.
        digit: Digit,
        /// How long it was down, in milliseconds.
        duration_ms: u32,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_events_and_frequencies_agree() {
        for event in 0..16 {
            let digit = Digit::from_event(event).unwrap();
            assert_eq!(Digit::from_char(digit.as_char()), Some(digit));
            let (low, high) = digit.frequencies();
            let row = LOW.iter().position(|&f| f == low).unwrap();
            let column = HIGH.iter().position(|&f| f == high).unwrap();
            assert_eq!(Digit::at(row, column), digit);
        }
        assert_eq!(Digit::from_event(16), None);
        assert_eq!(Digit::from_char('x'), None);
        assert_eq!(Digit::from_char('d').unwrap().event(), 15);
        assert_eq!(Digit::from_char('5').unwrap().frequencies(), (770.0, 1_336.0));
        assert_eq!(Digit::from_char('#').unwrap().frequencies(), (941.0, 1_477.0));
    }
}
