//! What the rules look for in text, and what they except, each with its reason.

/// Lines that a file may have.
pub const LONGEST_FILE: usize = 800;

/// Tables and fixtures that are longer, and why.
pub const LONG_FILES: &[(&str, &str)] = &[];

/// Members of the workspace that are no rooms: nothing uses them, and they may use everything.
pub const OUTSIDE: &[&str] = &["benches"];

/// Lints that a file may allow: file, lint, reason.
pub const ALLOWED_LINTS: &[(&str, &str, &str)] = &[(
    "web-editor/engine/src/wasm.rs",
    "unsafe_code",
    "a browser hands over bytes by their address; the crate's only door",
)];

/// Node types that share their name with a command, an event, an edit, a built-in end, a format, a word of a protocol or an element of HTML, which
/// the API and the pages do know.
pub const SHARED_WORDS: &[&str] = &[
    "call", "contact", "end", "form", "hangup", "http", "listen", "message", "query", "record", "return", "say",
    "script", "set", "show", "table",
];

/// Files that people read and write.
pub const TEXT: &[&str] =
    &["rs", "ts", "tsx", "js", "mjs", "css", "html", "md", "yaml", "yml", "toml", "sql", "sh", "xml", "example"];

/// Whether a page of a node type has talks.
pub fn has_talks(page: &str) -> bool {
    let mut lines = page.lines().skip_while(|line| line.trim_end() != "talks:").skip(1);
    lines.find(|line| !line.trim().is_empty()).is_some_and(|line| line.trim_start().starts_with("- "))
}

/// Whether a text has this word in quotes.
pub fn quotes(text: &str, word: &str) -> bool {
    ['"', '\'', '`'].iter().any(|quote| text.contains(&format!("{quote}{word}{quote}")))
}

/// Words that promise work for later.
pub fn undone(line: &str) -> impl Iterator<Item = &'static str> {
    // Put together, so that this file does not hold them.
    const WORDS: [&str; 4] =
        [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("todo", "!("), concat!("unimplemented", "!(")];
    WORDS.into_iter().filter(move |word| {
        line.match_indices(word)
            .any(|(at, _)| !line[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_'))
    })
}

/// Absolute paths of somebody's machine.
pub fn machine_path(line: &str) -> impl Iterator<Item = &'static str> {
    const PATHS: [&str; 5] = [
        concat!("/wo", "rk/"),
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("/Us", "ers/"),
        concat!("/tmp/", "brief"),
    ];
    PATHS.into_iter().filter(move |path| {
        line.match_indices(path)
            .any(|(at, _)| !line[..at].ends_with(|before: char| before.is_alphanumeric() || "._-}>".contains(before)))
    })
}

/// Whether a line of a lock file of npm names a package that is not from the public registry.
pub fn is_foreign_package(line: &str) -> bool {
    line.trim().strip_prefix("\"resolved\": \"").is_some_and(|url| !url.starts_with("https://registry.npmjs.org/"))
}

#[test]
fn the_scanners_see_what_is_bad() {
    assert!(has_talks("flow:\n  x: 1\ntalks:\n\n  - about: a\n"));
    assert!(!has_talks("talks:\n") && !has_talks("talks: []\n") && !has_talks("talks:\nflow:\n  - a\n"));
    assert!(quotes("kind === 'menu'", "menu") && quotes("\"menu\"", "menu") && !quotes("the menu", "menu"));
    assert_eq!(undone(concat!("// TO", "DO: later")).count(), 1);
    assert_eq!(undone(concat!("    todo", "!()")).count(), 1);
    assert_eq!(undone("MASTODONTS and to do").count(), 0);
    assert_eq!(machine_path(concat!("see /wo", "rk/main/x")).count(), 1);
    assert_eq!(machine_path(concat!("\"/ho", "me/ann/x\"")).count(), 1);
    assert_eq!(machine_path(concat!("web-editor/src/ho", "me/main.ts, https://a.example/ho", "me/")).count(), 0);
    assert!(is_foreign_package("      \"resolved\": \"https://mirror.example/vite.tgz\","));
    assert!(!is_foreign_package("      \"resolved\": \"https://registry.npmjs.org/vite/-/vite-8.tgz\","));
}
