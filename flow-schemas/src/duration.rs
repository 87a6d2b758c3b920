//! Durations as authors write them: `300ms`, `5s`, `10m`, `2h`, `3d`, or several together, `1h30m`.

use crate::limits;

/// Why a text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Nothing was written.
    #[error("a duration is empty; write for example `5s`")]
    Empty,
    /// A number has no unit after it.
    #[error("`{0}` has no unit; write `{0}s` for seconds or `{0}ms` for milliseconds")]
    NoUnit(String),
    /// The unit is not one of the five.
    #[error("`{0}` is no unit of time; the units are ms, s, m, h and d")]
    UnknownUnit(String),
    /// There is no number where one must stand.
    #[error("`{0}` is not a duration; write whole numbers with units, for example `1h30m`")]
    NoNumber(String),
    /// Units repeat or do not go from large to small.
    #[error("the units of `{0}` must go from large to small, each once, for example `1h30m`")]
    Order(String),
    /// More than ten years.
    #[error("`{0}` is longer than ten years")]
    TooLong(String),
}

const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads a duration into milliseconds.
///
/// # Errors
/// Says what is wrong when the text is not a duration or is longer than [`limits::DURATION_MS`].
pub fn parse_duration(text: &str) -> Result<u64, DurationError> {
    let whole = text.trim();
    if whole.is_empty() {
        return Err(DurationError::Empty);
    }
    let (mut rest, mut total, mut next_unit) = (whole, 0u64, 0usize);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        if number.is_empty() {
            return Err(DurationError::NoNumber(whole.to_owned()));
        }
        if after.is_empty() {
            return Err(DurationError::NoUnit(whole.to_owned()));
        }
        let letters = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, tail) = after.split_at(letters);
        let Some(index) = UNITS.iter().position(|(name, _)| *name == unit) else {
            return Err(DurationError::UnknownUnit(unit.trim().to_owned()));
        };
        if index < next_unit {
            return Err(DurationError::Order(whole.to_owned()));
        }
        next_unit = index + 1;
        let too_long = || DurationError::TooLong(whole.to_owned());
        let amount = number.parse::<u64>().ok().and_then(|n| n.checked_mul(UNITS[index].1)).ok_or_else(too_long)?;
        total = total.checked_add(amount).filter(|ms| *ms <= limits::DURATION_MS).ok_or_else(too_long)?;
        rest = tail;
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_units_and_combinations() {
        let cases = [
            ("300ms", 300),
            ("5s", 5_000),
            ("10m", 600_000),
            ("2h", 7_200_000),
            ("3d", 259_200_000),
            ("1h30m", 5_400_000),
            ("0s", 0),
        ];
        for (text, ms) in cases {
            assert_eq!(parse_duration(text), Ok(ms), "{text}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(parse_duration(""), Err(DurationError::Empty));
        assert_eq!(parse_duration("5"), Err(DurationError::NoUnit("5".into())));
        assert_eq!(parse_duration("5 s"), Err(DurationError::UnknownUnit("s".into())));
        assert_eq!(parse_duration("5min"), Err(DurationError::UnknownUnit("min".into())));
        assert_eq!(parse_duration("-5s"), Err(DurationError::NoNumber("-5s".into())));
        assert_eq!(parse_duration("1.5s"), Err(DurationError::UnknownUnit(".".into())));
        assert_eq!(parse_duration("5m1h"), Err(DurationError::Order("5m1h".into())));
        assert_eq!(
            parse_duration("99999999999999999999d"),
            Err(DurationError::TooLong("99999999999999999999d".into()))
        );
        assert_eq!(parse_duration("4000d"), Err(DurationError::TooLong("4000d".into())));
    }
}
