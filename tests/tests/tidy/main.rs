//! The rules of the house that no compiler knows. Each scanner is tried on something bad first: a check that cannot fail
//! is worth nothing.

mod arrows;
mod lists;
mod rust;
mod spdx;

use offhook_tests::root;
use std::fs;
use std::path::{Path, PathBuf};

/// The crates, and which of our own each may use.
const ROOMS: &[(&str, &[&str])] = &[
    ("flow-schemas", &[]),
    ("runtime", &["flow-schemas"]),
    ("builtins", &["runtime"]),
    ("media", &[]),
    ("editor-api", &["runtime", "flow-schemas"]),
    ("web-editor/engine", &["flow-schemas", "runtime", "builtins"]),
    ("server", &["flow-schemas", "runtime", "builtins", "media", "editor-api"]),
    ("tests", &["flow-schemas", "runtime", "builtins", "media", "editor-api", "server"]),
];

/// All files of the repository, but nothing that a build or an installation makes.
fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is there").flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let made = matches!(&*name, ".git" | "node_modules" | "dist" | "data") || name.starts_with("target");
            match entry.file_type().expect("the system knows") {
                kind if kind.is_dir() && !made => folders.push(path),
                kind if kind.is_file() => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    assert!(found.len() > 100, "only {} files: this is not the repository", found.len());
    found
}

/// A path as it is written in the repository.
fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn has_extension(path: &Path, wanted: &[&str]) -> bool {
    path.extension().is_some_and(|extension| wanted.iter().any(|want| extension == *want))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", short(path)))
}

/// Fails with all findings at once.
#[track_caller]
fn none(rule: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{rule}\n  {}", findings.join("\n  "));
}

#[test]
fn files_are_short_enough_to_be_read() {
    let mut findings = Vec::new();
    for path in files().iter().filter(|path| has_extension(path, &["rs", "ts", "tsx", "mjs"])) {
        let (name, lines) = (short(path), read(path).lines().count());
        let excepted = lists::LONG_FILES.iter().any(|(long, _)| *long == name);
        if lines > lists::LONGEST_FILE && !excepted {
            findings.push(format!("{name} has {lines} lines"));
        }
    }
    for (name, reason) in lists::LONG_FILES {
        let lines = fs::read_to_string(root().join(name)).map_or(0, |text| text.lines().count());
        if lines <= lists::LONGEST_FILE {
            findings.push(format!("{name} is excepted ({reason}) without need"));
        }
    }
    none("A file has at most 800 lines: look for its second subject.", &findings);
}

#[test]
fn every_room_introduces_itself_and_keeps_the_lints() {
    let workspace: toml::Table = read(&root().join("Cargo.toml")).parse().expect("the manifest is TOML");
    let lint =
        |group: &str, name: &str| workspace["workspace"]["lints"][group][name].as_str().unwrap_or("off").to_owned();
    assert_ne!(lint("rust", "missing_docs"), "allow");
    assert!(["warn", "deny"].contains(&&*lint("rust", "missing_docs")), "public items are documented");
    assert!(["warn", "deny"].contains(&&*lint("clippy", "unwrap_used")), "no unwrap outside of tests");
    let mut findings = Vec::new();
    for (room, _) in ROOMS {
        let manifest: toml::Table = read(&root().join(room).join("Cargo.toml")).parse().expect("the manifest is TOML");
        if manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool) != Some(true) {
            findings.push(format!("{room}/Cargo.toml: `[lints] workspace = true` is missing"));
        }
        if fs::read_to_string(root().join(room).join("README.md")).unwrap_or_default().lines().count() < 5 {
            findings.push(format!("{room}/README.md is missing or says nothing"));
        }
        if !read(&root().join(room).join("src/lib.rs")).contains("#![doc = include_str!(\"../README.md\")]") {
            findings.push(format!("{room}/src/lib.rs does not include the README as the crate's documentation"));
        }
    }
    none("A room has a README, which is its crate's documentation, and the lints of the house.", &findings);
}

#[test]
fn no_lint_of_the_house_is_turned_off() {
    let mut findings = Vec::new();
    for path in rust::sources() {
        let text = rust::blanked(&read(&path));
        for lint in ["missing_docs", "clippy::all", "warnings", "unsafe_code"] {
            findings.extend(rust::allows(&text, lint).map(|line| format!("{}:{line}: {lint}", short(&path))));
        }
    }
    findings.retain(|finding| {
        !lists::ALLOWED_LINTS
            .iter()
            .any(|(file, lint, _)| finding.starts_with(&format!("{file}:")) && finding.ends_with(&format!(": {lint}")))
    });
    none("These lints are never allowed away.", &findings);
}

#[test]
fn every_node_type_has_talks() {
    let folder = root().join("builtins/src");
    let mut findings = Vec::new();
    let mut types = 0;
    for path in files().iter().filter(|path| path.parent() == Some(&folder) && has_extension(path, &["rs"])) {
        let declares = read(path).contains("pub(crate) fn node_type()")
            || read(path).contains("pub(super) fn node_type()")
            || read(path).contains("pub fn node_type()");
        let name = path.file_stem().expect("a file has a name").to_string_lossy().trim_end_matches('_').to_owned();
        let page = folder.join(format!("{name}.yaml"));
        if declares {
            types += 1;
            if !fs::read_to_string(&page).is_ok_and(|text| lists::has_talks(&text)) {
                findings.push(format!("{}: {name}.yaml with `talks:` is missing", short(path)));
            }
        }
    }
    assert!(types >= 20, "only {types} node types were found: the scan does not see them");
    none("A node type has a page with talks beside it.", &findings);
}

#[test]
fn the_api_and_the_page_know_no_node_type() {
    let names: Vec<String> = files()
        .iter()
        .filter(|path| path.parent() == Some(&root().join("builtins/src")) && has_extension(path, &["yaml"]))
        .map(|path| path.file_stem().expect("a file has a name").to_string_lossy().into_owned())
        .collect();
    assert!(names.len() >= 20 && names.iter().any(|name| name == "menu"), "{names:?}");
    for word in lists::SHARED_WORDS {
        assert!(names.iter().any(|name| name == word), "`{word}` is excepted, but is no node type");
    }
    let mut findings = Vec::new();
    for path in files().iter().filter(|path| has_extension(path, &["rs", "ts", "tsx"])) {
        let name = short(path);
        if !(name.starts_with("editor-api/src/") || name.starts_with("web-editor/src/")) || name.contains(".test.") {
            continue;
        }
        let text = rust::without_tests(&read(path));
        for word in names.iter().filter(|word| !lists::SHARED_WORDS.contains(&word.as_str())) {
            if lists::quotes(&text, word) {
                findings.push(format!("{name}: {word:?}"));
            }
        }
    }
    none("A node type is known in one place: its own file.", &findings);
}

#[test]
fn nothing_unwraps_outside_of_tests() {
    let mut findings = Vec::new();
    for path in rust::sources().into_iter().filter(|path| !rust::is_test(path)) {
        for line in rust::unwraps(&read(&path)) {
            findings.push(format!("{}:{line}", short(&path)));
        }
    }
    none("`expect(\"why it cannot happen\")` instead of `unwrap()`.", &findings);
}

#[test]
fn nothing_is_left_undone() {
    let mut findings = Vec::new();
    for path in files().iter().filter(|path| has_extension(path, lists::TEXT)) {
        for (number, line) in read(path).lines().enumerate() {
            findings.extend(lists::undone(line).map(|word| format!("{}:{}: {word}", short(path), number + 1)));
        }
    }
    none("What is not finished is left out.", &findings);
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    let mut findings = Vec::new();
    for path in files().iter().filter(|path| has_extension(path, lists::TEXT)) {
        for (number, line) in read(path).lines().enumerate() {
            findings.extend(lists::machine_path(line).map(|word| format!("{}:{}: {word}", short(path), number + 1)));
        }
    }
    for path in files().iter().filter(|path| path.file_name().is_some_and(|name| name == "package-lock.json")) {
        let foreign = read(path);
        let foreign = foreign.lines().filter(|line| lists::is_foreign_package(line));
        findings.extend(foreign.map(|line| format!("{}: {}", short(path), line.trim())));
    }
    for line in read(&root().join("Cargo.lock")).lines() {
        if line.starts_with("source = ") && line != "source = \"registry+https://github.com/rust-lang/crates.io-index\""
        {
            findings.push(format!("Cargo.lock: {line}"));
        }
    }
    none("Paths are relative, packages come from the public registries.", &findings);
}

/// What `scripts/tally` makes of the output of test runners; continuous integration believes its last line.
#[test]
fn results_of_all_runners_are_added_up() {
    use std::io::Write as _;
    let tally = |text: &str| {
        let mut child = std::process::Command::new(root().join("scripts/tally"))
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("awk is everywhere");
        child.stdin.take().expect("it is piped").write_all(text.as_bytes()).expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    assert_eq!(tally(""), "0 passed, 0 failed");
    assert_eq!(tally("test result: FAILED. 5 passed; 1 failed; 3 ignored; 0 measured"), "5 passed, 1 failed");
    assert_eq!(
        tally("     Summary [   1.200s] 10 tests run: 9 passed (1 slow), 1 failed, 2 skipped"),
        "9 passed, 1 failed"
    );
    assert_eq!(tally("ℹ tests 14\nℹ pass 12\nℹ fail 2\nℹ cancelled 1"), "12 passed, 3 failed");
    assert_eq!(tally("# pass 3\n# fail 0"), "3 passed, 0 failed");
    assert_eq!(
        tally(" Test Files  1 failed | 8 passed (9)\n      Tests  1 failed | 11 passed (12)"),
        "11 passed, 1 failed"
    );
    assert_eq!(tally("\u{1b}[2m      Tests \u{1b}[22m \u{1b}[32m7 passed\u{1b}[39m (7)"), "7 passed, 0 failed");
    assert_eq!(tally("39 talks: 38 passed, 1 failed"), "38 passed, 1 failed");
    let step = "==> lint (3 s)\nerror: unused\n==> lint: failed after 9 s\n";
    assert_eq!(tally(step), "0 passed, 1 failed", "a step may fail without a count");
    let step = "==> rust (3 s)\ntest result: FAILED. 1 passed; 2 failed;\n==> rust: failed after 9 s\n";
    assert_eq!(tally(step), "1 passed, 2 failed", "what was counted is not counted again");
}
