//! Licence expressions (SPDX annex D), as far as deciding needs them: whether a set of licences that we accept satisfies one.

/// Whether an expression is satisfied. `A/B` is an old way to write `A OR B`.
pub fn satisfied(expression: &str, accepted: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let result = either(&words, &mut at, accepted);
    result && at == words.len()
}

fn either(words: &[&str], at: &mut usize, accepted: &dyn Fn(&str) -> bool) -> bool {
    let mut result = both(words, at, accepted);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        result |= both(words, at, accepted);
    }
    result
}

fn both(words: &[&str], at: &mut usize, accepted: &dyn Fn(&str) -> bool) -> bool {
    let mut result = one(words, at, accepted);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        result &= one(words, at, accepted);
    }
    result
}

fn one(words: &[&str], at: &mut usize, accepted: &dyn Fn(&str) -> bool) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let result = either(words, at, accepted);
        let closed = words.get(*at) == Some(&")");
        *at += 1;
        return result && closed;
    }
    if words.get(*at) == Some(&"WITH") {
        let exception = words.get(*at + 1).copied().unwrap_or_default();
        *at += 2;
        // An exception only adds permissions.
        return accepted(&format!("{word} WITH {exception}")) || accepted(word);
    }
    accepted(word)
}

#[test]
fn expressions_are_decided() {
    let accepted = |name: &str| ["MIT", "Apache-2.0"].contains(&name);
    for good in
        ["MIT", "MIT OR GPL-3.0", "GPL-3.0 OR (MIT AND Apache-2.0)", "MIT/GPL-3.0", "Apache-2.0 WITH LLVM-exception"]
    {
        assert!(satisfied(good, &accepted), "{good}");
    }
    for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR GPL-3.0) AND GPL-3.0", "MIT MIT", "(MIT", "MIT OR"] {
        let expected = bad == "MIT OR";
        assert_eq!(satisfied(bad, &accepted), expected, "{bad}");
    }
}
