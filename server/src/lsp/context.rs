//! Where the cursor stands in a document that is being typed, and so is often no valid YAML: the keys that lead there, found by
//! indentation and, within braces, by counting them. What is wanted there is not known here.

/// Where the cursor stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Context {
    /// The keys that lead to the map or list that the cursor is in; items of lists are `-`.
    pub(super) path: Vec<String>,
    /// The key whose value is typed; nothing while a key is.
    pub(super) key: Option<String>,
    /// The part of the word that stands before the cursor.
    pub(super) typed: String,
}

/// A line's indentation, counting the dashes of list items as such, and its words.
fn split(line: &str) -> (usize, &str) {
    let words = line.trim_start_matches(' ');
    (line.len() - words.len(), words)
}

/// The key of `key: …`, without quotes, and what follows it.
fn key_of(words: &str) -> Option<(&str, &str)> {
    let (key, rest) = match words.strip_prefix('"') {
        Some(quoted) => {
            let (key, rest) = quoted.split_once('"')?;
            (key, rest.trim_start().strip_prefix(':')?)
        }
        None => {
            let at = words.find(": ").or_else(|| words.ends_with(':').then(|| words.len() - 1))?;
            (&words[..at], &words[at + 1..])
        }
    };
    let plain = !key.is_empty() && !key.starts_with(['{', '[', '#', '&', '*', '|', '>']);
    plain.then_some((key.trim(), rest))
}

/// What a line opens: items of lists, and perhaps a key, each with its column; and what follows them.
fn openers(line: &str) -> (Vec<(usize, Option<&str>)>, &str) {
    let (mut column, mut rest) = split(line);
    let mut found = Vec::new();
    while let Some(item) = rest.strip_prefix("- ") {
        found.push((column, None));
        let (spaces, words) = split(item);
        column += 2 + spaces;
        rest = words;
    }
    if rest == "-" {
        found.push((column, None));
        return (found, "");
    }
    match key_of(rest) {
        Some((key, value)) => {
            found.push((column, Some(key)));
            (found, value)
        }
        None => (found, rest),
    }
}

/// The context of a byte of a text.
pub(super) fn context(text: &str, byte: usize) -> Context {
    let before = &text[..byte.min(text.len())];
    let (above, line) = before.rsplit_once('\n').unwrap_or(("", before));
    let (mut own, rest) = openers(line);
    let key = own.pop_if(|(_, key)| key.is_some()).and_then(|(_, key)| key);
    // The column of what was found last, and whether that is an item: its list may begin in the same column as its key.
    let (mut least, mut is_item) = (line.len() - rest.len(), false);
    if let Some(key) = key {
        least = line.find(key).unwrap_or(least);
    }
    let mut path: Vec<String> = Vec::new();
    for (column, _) in own.iter().rev() {
        path.push("-".to_owned());
        (least, is_item) = (*column, true);
    }
    for line in above.lines().rev() {
        if least == 0 && !is_item {
            break;
        }
        if line.trim_start().starts_with('#') {
            continue;
        }
        for (column, key) in openers(line).0.into_iter().rev() {
            match key {
                Some(key) if column < least || is_item && column == least => {
                    path.push(key.to_owned());
                    (least, is_item) = (column, false);
                }
                None if column < least => {
                    path.push("-".to_owned());
                    (least, is_item) = (column, true);
                }
                _ => {}
            }
        }
    }
    path.reverse();
    braces(path, key, rest.trim_start())
}

/// Goes into braces and brackets that are open at the end of a value.
fn braces(mut path: Vec<String>, key: Option<&str>, value: &str) -> Context {
    let mut key = key.map(str::to_owned);
    let (mut typed, mut quote) = (String::new(), None);
    let mut open: Vec<bool> = Vec::new();
    for sign in value.chars() {
        match (quote, sign) {
            (Some(end), sign) if sign == end => quote = None,
            (Some(_), sign) => typed.push(sign),
            (None, '"' | '\'') if typed.is_empty() => quote = Some(sign),
            (None, '{' | '[') if typed.is_empty() => {
                path.extend(key.take());
                if sign == '[' {
                    path.push("-".to_owned());
                }
                open.push(sign == '[');
            }
            (None, '}' | ']') if !open.is_empty() => {
                if open.pop() == Some(true) {
                    path.pop();
                }
                key = path.pop();
                typed.clear();
            }
            (None, ',') if !open.is_empty() => {
                key = None;
                typed.clear();
            }
            (None, ' ') if typed.ends_with(':') && !open.is_empty() => {
                typed.pop();
                key = Some(std::mem::take(&mut typed));
            }
            (None, ' ') if typed.is_empty() => {}
            (None, sign) => typed.push(sign),
        }
    }
    Context { path, key, typed }
}

/// The value of a key of the map at a path of a text, as far as lines and braces tell it: `type` of a node that is being written.
pub(super) fn scalar_in(text: &str, node: &str, wanted: &str) -> Option<String> {
    let mut lines = text.lines();
    lines.find(|line| line.starts_with("nodes:"))?;
    let is_node = |line: &&str| key_of(split(line).1).is_some_and(|(key, _)| key == node) && line.starts_with(' ');
    let head = lines.find(is_node)?;
    let value = |words: &str| {
        let at = words.find(&format!("{wanted}: "))?;
        let before = words[..at].chars().last();
        let word = words[at + wanted.len() + 2..].split([',', ' ', '}', '#']).next()?.trim_matches(['"', '\'']);
        (before.is_none_or(|sign| " {,".contains(sign)) && !word.is_empty()).then(|| word.to_owned())
    };
    let depth = split(head).0;
    value(head).or_else(|| {
        let inside = lines.take_while(|line| line.trim().is_empty() || split(line).0 > depth);
        let mut inside: Vec<&str> = inside.filter(|line| !line.trim().is_empty()).collect();
        let own = inside.iter().map(|line| split(line).0).min()?;
        inside.retain(|line| split(line).0 == own);
        inside.iter().find_map(|line| key_of(line.trim_start()).filter(|(key, _)| *key == wanted).and(value(line)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The context at the bar.
    fn at(text: &str) -> (String, Option<String>, String) {
        let byte = text.find('|').unwrap();
        let found = context(&text.replacen('|', "", 1), byte);
        (found.path.join("/"), found.key, found.typed)
    }

    #[test]
    fn the_way_to_the_cursor_is_found_while_it_is_typed() {
        let flow = "offhook: 1\nstart: a\nnodes:\n  a:\n    type: menu\n    choices:\n      - { id: x, next: y }\n";
        let some = |text: &str| Some(text.to_owned());
        let cases = [
            ("off|".to_owned(), "", None, "off"),
            ("offhook: 1\nstart: a|".to_owned(), "", some("start"), "a"),
            (format!("{flow}    ne|"), "nodes/a", None, "ne"),
            (format!("{flow}    next: |"), "nodes/a", some("next"), ""),
            (format!("{flow}    exits: {{ error: g|"), "nodes/a/exits", some("error"), "g"),
            (format!("{flow}    exits: {{ error: g, o|"), "nodes/a/exits", None, "o"),
            (format!("{flow}    exits:\n      error: g|"), "nodes/a/exits", some("error"), "g"),
            (format!("{flow}      - id: z\n        ne|"), "nodes/a/choices/-", None, "ne"),
            (format!("{flow}      - ne|"), "nodes/a/choices/-", None, "ne"),
            (format!("{flow}      - {{ id: z, next: b|"), "nodes/a/choices/-", some("next"), "b"),
            (format!("{flow}  b: {{ type: s|"), "nodes/b", some("type"), "s"),
            (format!("{flow}  b|"), "nodes", None, "b"),
            (format!("{flow}interrupts:\n  hangup: |"), "interrupts", some("hangup"), ""),
        ];
        for (text, path, key, typed) in cases {
            assert_eq!(at(&text), (path.to_owned(), key, typed.to_owned()), "{text}");
        }
    }

    #[test]
    fn the_type_of_a_node_is_found_in_what_is_no_yaml() {
        let text = "nodes:\n  a: { type: say, tex\n  b:\n    text: x\n    type: \"ask\"\n    vali\n  c:\n    x: { type: no }\n";
        assert_eq!(scalar_in(text, "a", "type").as_deref(), Some("say"));
        assert_eq!(scalar_in(text, "b", "type").as_deref(), Some("ask"));
        assert_eq!(scalar_in(text, "c", "type"), None);
    }
}
