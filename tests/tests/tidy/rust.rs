//! Rust sources as these rules see them: without comments and the contents of strings, and without what only tests have.
//! This is no parser; it knows just enough of the language not to be fooled by it.

use super::{files, has_extension, read, short};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Every Rust source.
pub fn sources() -> Vec<PathBuf> {
    files().into_iter().filter(|path| has_extension(path, &["rs"])).collect()
}

/// Whether a whole file is for tests: by its folder, or because its module is declared under `#[cfg(test)]`.
pub fn is_test(path: &Path) -> bool {
    thread_local! {
        static DECLARED: HashSet<PathBuf> = sources().iter().flat_map(|path| test_modules(path, &read(path))).collect();
    }
    let name = short(path);
    let by_folder = ["tests", "examples", "benches"]
        .iter()
        .any(|folder| name.starts_with(&format!("{folder}/")) || name.contains(&format!("/{folder}/")));
    by_folder || DECLARED.with(|declared| declared.contains(path))
}

/// The files of modules that are declared under `#[cfg(test)]`.
fn test_modules(path: &Path, text: &str) -> Vec<PathBuf> {
    let text = blanked(text);
    let stem = path.file_stem().unwrap_or_default();
    let folder = path.parent().expect("a source is in a folder");
    let folder =
        if ["mod", "lib", "main"].iter().any(|name| stem == *name) { folder.to_owned() } else { folder.join(stem) };
    text.match_indices("#[cfg(test)]")
        .filter_map(|(at, attribute)| {
            let item = text[at + attribute.len()..].trim_start();
            let (name, _) = item.strip_prefix("mod ")?.split_once(';')?;
            name.chars().all(|char| char.is_alphanumeric() || char == '_').then(|| folder.join(format!("{name}.rs")))
        })
        .collect()
}

/// The lines with an `.unwrap()` that is not in a test.
pub fn unwraps(text: &str) -> Vec<usize> {
    let text = without_tests(&blanked(text));
    let lines = text.lines().enumerate();
    lines.filter(|(_, line)| line.replace(' ', "").contains(".unwrap()")).map(|(number, _)| number + 1).collect()
}

/// The lines that allow a lint.
pub fn allows(blanked: &str, lint: &str) -> impl Iterator<Item = usize> {
    let lines = blanked.lines().enumerate();
    lines
        .filter(move |(_, line)| {
            let inside = line.split_once("allow(").or_else(|| line.split_once("expect(")).map(|(_, rest)| rest);
            line.trim_start().starts_with('#')
                && inside.is_some_and(|rest| rest.split([',', ')']).any(|name| name.trim() == lint))
        })
        .map(|(number, _)| number + 1)
}

/// The text with every item under `#[cfg(test)]` taken out; lines keep their numbers.
pub fn without_tests(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("#[cfg(test)]") {
        kept.push_str(&rest[..at]);
        let item = &rest[at..];
        let end = end_of_item(item);
        kept.extend(item[..end].chars().filter(|char| *char == '\n'));
        rest = &item[end..];
    }
    kept + rest
}

/// Where an item ends: at its semicolon, or at the brace that closes it.
fn end_of_item(item: &str) -> usize {
    let mut depth = 0_usize;
    for (at, char) in item.char_indices() {
        match char {
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    item.len()
}

/// The text with comments and the contents of strings and characters replaced by spaces; lines keep their numbers.
pub fn blanked(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    let blank =
        |out: &mut String, range: &[char]| out.extend(range.iter().map(|char| if *char == '\n' { '\n' } else { ' ' }));
    while at < chars.len() {
        let here = &chars[at..];
        let length = match here {
            ['/', '/', ..] => here.iter().position(|char| *char == '\n').unwrap_or(here.len()),
            ['/', '*', ..] => block_comment(here),
            ['"', ..] => quoted(here),
            ['r' | 'b' | 'c', ..] if !at.checked_sub(1).is_some_and(|before| is_word(chars[before])) => {
                raw_string(here)
            }
            ['\'', ..] => character(here),
            _ => 0,
        };
        if length == 0 {
            out.push(chars[at]);
            at += 1;
        } else {
            blank(&mut out, &here[..length]);
            at += length;
        }
    }
    out
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// Block comments nest.
fn block_comment(text: &[char]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        match &text[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

fn quoted(text: &[char]) -> usize {
    let mut at = 1;
    while at < text.len() {
        match text[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// `r"…"`, `r#"…"#`, and with `b` or `c` before; 0 where this is none.
fn raw_string(text: &[char]) -> usize {
    let prefix = text.iter().take_while(|char| matches!(char, 'r' | 'b' | 'c')).count();
    let hashes = text[prefix..].iter().take_while(|char| **char == '#').count();
    if text.get(prefix + hashes) != Some(&'"') || prefix > 2 || !text[..prefix].contains(&'r') {
        return 0;
    }
    let mut at = prefix + hashes + 1;
    while at < text.len() {
        if text[at] == '"' && text[at + 1..].iter().take(hashes).filter(|char| **char == '#').count() == hashes {
            return at + 1 + hashes;
        }
        at += 1;
    }
    text.len()
}

/// A character literal, but not a lifetime.
fn character(text: &[char]) -> usize {
    match text {
        ['\'', '\\', ..] => text[2..].iter().skip(1).position(|char| *char == '\'').map_or(0, |at| at + 4),
        ['\'', _, '\'', ..] => 3,
        _ => 0,
    }
}

#[test]
fn the_scanner_sees_unwraps_and_only_those() {
    assert_eq!(unwraps("fn a() {\n    b().unwrap();\n    c\n        .unwrap ();\n}"), [2, 4]);
    assert!(
        unwraps("// a.unwrap()\n/* b.unwrap() /* c.unwrap() */ */ let d = \"e.unwrap()\"; f.unwrap_or(1)").is_empty()
    );
    assert!(unwraps("let a = r#\"b.unwrap() \" \"#; let c = '\"'; let d = b\"e.unwrap()\";").is_empty());
    assert_eq!(unwraps("let a = '\"'; b.unwrap(); let c = '\\''; d('\"')").len(), 1);
    assert_eq!(unwraps("fn a<'x>(b: &'x str) { b.unwrap() }"), [1]);
    assert_eq!(unwraps("#[cfg(test)]\nmod tests {\n    fn a() { b.unwrap() }\n}\nfn c() { d.unwrap() }"), [5]);
    assert_eq!(unwraps("#[cfg(test)]\nmod tests;\nfn c() { d.unwrap() }"), [3]);
    assert_eq!(unwraps("#[cfg(test)]\nuse x::Y;\nfn c() { \"}\"; d.unwrap() }"), [3]);
}

#[test]
fn the_scanner_finds_modules_that_are_for_tests() {
    let found = |path: &str, text: &str| test_modules(Path::new(path), text);
    assert_eq!(found("a/src/x/mod.rs", "#[cfg(test)]\nmod tests;"), [Path::new("a/src/x/tests.rs")]);
    assert_eq!(found("a/src/x.rs", "#[cfg(test)] mod bench;"), [Path::new("a/src/x/bench.rs")]);
    assert!(found("a/src/x.rs", "mod tests;\n#[cfg(test)]\nmod inside { }").is_empty());
}

#[test]
fn the_scanner_finds_allowed_lints() {
    let found = |text: &str| allows(&blanked(text), "missing_docs").collect::<Vec<_>>();
    assert_eq!(found("#![allow(missing_docs)]\n"), [1]);
    assert_eq!(found("\n  #[allow(dead_code, missing_docs, reason = \"x\")]"), [2]);
    assert!(found("// #![allow(missing_docs)]\n#![warn(missing_docs)]").is_empty());
}
