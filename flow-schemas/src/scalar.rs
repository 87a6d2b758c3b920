//! What an unquoted YAML scalar means: the YAML 1.2 core schema (§10.3.2), where only `true` and `false` are truth values and dates
//! are text. Numbers whose writing would be lost (`007`, `+1555…`, too many digits) are mistakes here, not silent changes.

use serde_json::Number;

use crate::codes::Code;

/// What a plain scalar means.
#[derive(Debug, PartialEq)]
pub(crate) enum Scalar {
    Null,
    Bool(bool),
    Number(Number),
    Text,
    /// A number that cannot be kept as written.
    Bad(Code, String),
}

/// Resolves a plain scalar.
pub(crate) fn resolve(text: &str) -> Scalar {
    let Some(first) = text.bytes().next() else {
        return Scalar::Null;
    };
    match first {
        b'0'..=b'9' | b'+' | b'-' | b'.' => number(text),
        b'~' if text.len() == 1 => Scalar::Null,
        b'n' | b'N' if matches!(text, "null" | "Null" | "NULL") => Scalar::Null,
        b't' | b'T' if matches!(text, "true" | "True" | "TRUE") => Scalar::Bool(true),
        b'f' | b'F' if matches!(text, "false" | "False" | "FALSE") => Scalar::Bool(false),
        _ => Scalar::Text,
    }
}

fn number(text: &str) -> Scalar {
    if let Some(radix) = radix_digits(text) {
        return match u64::from_str_radix(radix.0, radix.1) {
            Ok(value) => Scalar::Number(value.into()),
            Err(_) => out_of_range(text),
        };
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Scalar::Bad(Code::NUMBER_RANGE, format!("`{text}` is not a number that can be kept"));
    }
    if !is_decimal(unsigned) {
        return Scalar::Text;
    }
    let zeros = unsigned.len() > 1 && unsigned.starts_with('0') && unsigned.as_bytes()[1].is_ascii_digit();
    if text.starts_with('+') || zeros {
        let lost = if zeros { "its leading zeros" } else { "its `+`" };
        return Scalar::Bad(Code::AMBIGUOUS_NUMBER, format!("`{text}` would be read as a number and lose {lost}"));
    }
    exact(text)
}

/// `0x1F` and `0o17`.
fn radix_digits(text: &str) -> Option<(&str, u32)> {
    let (digits, radix) = match text.get(..2)? {
        "0x" => (&text[2..], 16),
        "0o" => (&text[2..], 8),
        _ => return None,
    };
    let fits = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    fits.then_some((digits, radix))
}

/// `[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?` or `\.[0-9]+([eE][-+]?[0-9]+)?`.
fn is_decimal(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let whole = digits(0);
    let mut at = whole;
    let mut fraction = 0;
    if bytes.get(at) == Some(&b'.') {
        fraction = digits(at + 1);
        at += 1 + fraction;
    }
    if whole + fraction == 0 {
        return false;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1;
        if matches!(bytes.get(at), Some(b'+' | b'-')) {
            at += 1;
        }
        let exponent = digits(at);
        if exponent == 0 {
            return false;
        }
        at += exponent;
    }
    at == bytes.len()
}

/// A number that JSON can hold without losing a digit; otherwise a mistake. `text` is a decimal number.
pub(crate) fn exact(text: &str) -> Scalar {
    if let Ok(value) = text.parse::<i64>() {
        return Scalar::Number(value.into());
    }
    if let Ok(value) = text.parse::<u64>() {
        return Scalar::Number(value.into());
    }
    let Some(number) = text.parse::<f64>().ok().and_then(Number::from_f64) else {
        return out_of_range(text);
    };
    let kept = number.as_f64().map(|value| significant(&format!("{value:e}")));
    if kept.as_deref() == Some(&significant(text)) { Scalar::Number(number) } else { out_of_range(text) }
}

fn out_of_range(text: &str) -> Scalar {
    let shown: String = text.chars().take(40).collect();
    Scalar::Bad(Code::NUMBER_RANGE, format!("`{shown}` has more digits than a number keeps"))
}

/// The digits that carry the value: no sign, point, exponent, leading or trailing zeros.
fn significant(text: &str) -> String {
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    digits.trim_start_matches('0').trim_end_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_to_the_core_schema() {
        for text in [
            "no",
            "off",
            "yes",
            "2026-11-23T09:00:00Z",
            "12:30",
            "1_000",
            "1.2.3",
            "-",
            ".",
            "e3",
            "0x",
            "0o8",
            "5s",
            "nan",
            "-a",
            "1e",
        ] {
            assert_eq!(resolve(text), Scalar::Text, "{text}");
        }
        for text in ["", "~", "null", "NULL"] {
            assert_eq!(resolve(text), Scalar::Null, "{text}");
        }
        assert_eq!(resolve("True"), Scalar::Bool(true));
        assert_eq!(resolve("-17"), Scalar::Number((-17).into()));
        assert_eq!(resolve("0x1F"), Scalar::Number(31.into()));
        assert_eq!(resolve("0o17"), Scalar::Number(15.into()));
        assert_eq!(resolve("2.50"), Scalar::Number(Number::from_f64(2.5).expect("finite")));
        assert_eq!(resolve("1e3"), Scalar::Number(Number::from_f64(1000.0).expect("finite")));
        assert_eq!(resolve("0"), Scalar::Number(0.into()));
        assert_eq!(resolve("0.5"), Scalar::Number(Number::from_f64(0.5).expect("finite")));
    }

    #[test]
    fn refuses_what_would_be_lost() {
        for text in ["007", "+15551230001", "-012"] {
            assert!(matches!(resolve(text), Scalar::Bad(Code::AMBIGUOUS_NUMBER, _)), "{text}");
        }
        for text in
            [".inf", "-.INF", ".nan", "1e999", "18446744073709551617", "0.12345678901234567890", "0xFFFFFFFFFFFFFFFFF"]
        {
            assert!(matches!(resolve(text), Scalar::Bad(Code::NUMBER_RANGE, _)), "{text}");
        }
    }
}
