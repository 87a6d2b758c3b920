//! Lengths of time in everyday words.

use offhook_runtime::flow_schemas::parse_duration;

/// Units by what their words begin with, in the languages that Offhook knows, with their milliseconds. The first that
/// fits is taken.
const UNITS: &[(&str, u64)] = &[
    ("s", 1_000),
    ("min", 60_000),
    ("h", 3_600_000),
    ("st", 3_600_000),
    ("d", 86_400_000),
    ("j", 86_400_000),
    ("tag", 86_400_000),
];

/// A length of time, in its canonical text: `1h30m`, `90 minutes`, `2 hours and 5 minutes`.
pub(super) fn duration(words: &str) -> Option<String> {
    let lower = words.to_lowercase();
    let tight: String = lower.chars().filter(|c| !c.is_whitespace()).collect();
    if let Ok(ms) = parse_duration(&tight) {
        return Some(text(ms));
    }
    let mut total = 0u64;
    let mut count: Option<u64> = None;
    let mut found = false;
    for word in lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if let Ok(number) = word.parse::<u64>() {
            if count.replace(number).is_some() {
                return None;
            }
        } else if let Some(number) = count {
            let ms = unit(word)?;
            total = total.checked_add(number.checked_mul(ms)?)?;
            count = None;
            found = true;
        }
    }
    let text = text(total);
    (found && count.is_none() && parse_duration(&text).is_ok()).then_some(text)
}

fn unit(word: &str) -> Option<u64> {
    // "Stunde" before "Sekunde": the longer beginning decides.
    UNITS.iter().filter(|(start, _)| word.starts_with(start)).max_by_key(|(start, _)| start.len()).map(|(_, ms)| *ms)
}

/// A length of time as the flow language writes it.
pub(super) fn text(ms: u64) -> String {
    let mut text = String::new();
    let mut rest = ms;
    for (unit, size) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)] {
        if rest / size > 0 {
            text.push_str(&format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}
