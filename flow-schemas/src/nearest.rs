//! "Did you mean": the nearest of some names to a misspelt word.

/// The candidate nearest to `word`, if it is near enough to be what was meant: at most one slip in three characters.
///
/// Distance is Damerau-Levenshtein (insert, delete, replace, swap neighbours), without regard to case, `-` or `_`.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = fold(word);
    if word.is_empty() || word.len() > 64 {
        return None;
    }
    let allowed = (word.len() / 3).clamp(1, 3);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let folded = fold(candidate);
        if folded.len().abs_diff(word.len()) > allowed || folded.is_empty() {
            continue;
        }
        let distance = distance(&word, &folded);
        let short = word.len() < 3 && distance >= word.len();
        if distance <= allowed && !short && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn fold(word: &str) -> Vec<char> {
    word.chars().map(|c| if c == '_' { '-' } else { c }).flat_map(char::to_lowercase).collect()
}

/// Optimal string alignment distance with three rolling rows.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, cb) in b.iter().enumerate() {
            let mut cost = (last[j] + usize::from(ca != cb)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *ca == b[j - 1] && a[i - 1] == *cb {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant_and_nothing_else() {
        let names = ["next", "exits", "main-menu", "text", "retries"];
        assert_eq!(nearest("netx", names), Some("next"));
        assert_eq!(nearest("exit", names), Some("exits"));
        assert_eq!(nearest("main_menu", names), Some("main-menu"));
        assert_eq!(nearest("Retires", names), Some("retries"));
        assert_eq!(nearest("queue", names), None);
        assert_eq!(nearest("", names), None);
        assert_eq!(nearest("a", ["b"]), None);
    }
}
