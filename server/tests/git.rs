//! The commands that git and its hooks call, as processes in a folder of their own: formatting, differences, merging, and a real
//! repository with the merge driver and the text converter.

use std::path::Path;
use std::process::{Command, Output, Stdio};

const FLOW: &str =
    "offhook: 1\nid: hello\nkind: chatbot\nstart: greet\nnodes:\n  greet: { type: say, text: Hello, next: end }\n";

fn offhook(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_offhook"));
    command.current_dir(folder).args(args).stdin(Stdio::null()).output().expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("it can be written");
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).expect("it can be read")
}

#[test]
fn fmt_writes_what_is_not_canonical_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let loose = "id: hello\noffhook:   1\nkind: chatbot\nstart: greet\nnodes:\n    greet: {next: end, type: say, text: 'Hello'}\n";
    write(folder, "hello.yaml", loose);
    write(folder, "hello.talk.yaml", "flow:   hello\ntalk:\n- out: { say: Hello }\n");
    write(folder, "other.yaml", "a:    1\n");
    write(folder, "same.yaml", &FLOW.replace("hello", "same"));

    let checked = offhook(folder, &["fmt", "--check", "."]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(text(&checked.stdout).contains("hello.yaml: not in canonical form"), "{}", text(&checked.stdout));
    assert_eq!(read(folder, "hello.yaml"), loose, "--check writes nothing");

    assert_eq!(offhook(folder, &["fmt", "."]).status.code(), Some(0));
    assert_eq!(read(folder, "hello.yaml"), FLOW);
    assert_eq!(read(folder, "hello.talk.yaml"), "flow: hello\ntalk:\n  - out: { say: Hello }\n");
    assert_eq!(read(folder, "other.yaml"), "a:    1\n", "it is no flow");
    let again = offhook(folder, &["--format", "json", "fmt", "--check", "."]);
    assert_eq!(again.status.code(), Some(0), "{}", text(&again.stdout));

    // What cannot be read is told and stays.
    write(folder, "broken.yaml", "offhook: 1\n  id: [\n");
    let refused = offhook(folder, &["fmt", "."]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("broken.yaml"), "{}", text(&refused.stderr));
    assert_eq!(read(folder, "broken.yaml"), "offhook: 1\n  id: [\n");

    let mut child = Command::new(env!("CARGO_BIN_EXE_offhook"))
        .args(["fmt", "--stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), loose.as_bytes()).expect("it is read");
    let out = child.wait_with_output().expect("it ends");
    assert_eq!(text(&out.stdout), FLOW);
}

const SHOP: &str = r#"offhook: 1
id: shop
kind: ivr
start: main
nodes:
  main:
    type: menu
    text: For sales, press 2.
    choices:
      - { id: sales, keys: "2", next: sales }
    exits: { no_input: bye, no_match: bye }

  sales: { type: say, text: Sales., next: bye }
  orders: { type: say, text: Orders., next: bye }
  bye: { type: say, text: Goodbye., next: end }
"#;

#[test]
fn diff_says_what_changes_for_callers_in_every_format() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, "old.yaml", SHOP);
    write(folder, "new.yaml", &SHOP.replace("next: sales }", "next: orders }"));
    write(folder, "same.yaml", &(SHOP.replace("id: sales, keys: \"2\"", "keys: '2',   id: sales") + "\n# end\n"));

    let same = offhook(folder, &["diff", "old.yaml", "same.yaml"]);
    assert_eq!((same.status.code(), text(&same.stdout).as_str()), (Some(0), ""));
    let sentence = "Callers who press 2 at `main` now reach `orders` instead of `sales`.";
    let told = offhook(folder, &["diff", "old.yaml", "new.yaml"]);
    assert_eq!(told.status.code(), Some(1), "{}", text(&told.stderr));
    assert!(text(&told.stdout).contains(sentence), "{}", text(&told.stdout));
    let told = offhook(folder, &["diff", "old.yaml", "new.yaml", "--format", "markdown"]);
    assert!(text(&told.stdout).contains(&format!("- {sentence}")), "{}", text(&told.stdout));
    let told = offhook(folder, &["diff", "old.yaml", "new.yaml", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&told.stdout).expect("it is JSON");
    let rewired = json["flows"][0]["difference"]["changes"].as_array().expect("a list");
    assert!(
        rewired
            .iter()
            .any(|change| change["change"] == "rewired" && change["exit"] == "sales" && change["to"] == "orders")
    );
    let told = offhook(folder, &["diff", "old.yaml", "new.yaml", "--format", "svg"]);
    assert!(text(&told.stdout).starts_with("<svg") && text(&told.stdout).contains("path class=\"removed\""));
    // Of no use, and said so.
    assert_eq!(offhook(folder, &["diff", "old.yaml", "nowhere.yaml"]).status.code(), Some(3));
    assert_eq!(offhook(folder, &["check", "old.yaml", "--format", "svg"]).status.code(), Some(2));
}

fn git(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new("git");
    command.current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    for (name, value) in [
        ("GIT_AUTHOR_NAME", "A"),
        ("GIT_AUTHOR_EMAIL", "a@example.com"),
        ("GIT_COMMITTER_NAME", "A"),
        ("GIT_COMMITTER_EMAIL", "a@example.com"),
    ] {
        command.env(name, value);
    }
    command.args(args).output().expect("git runs")
}

fn must(folder: &Path, args: &[&str]) -> String {
    let told = git(folder, args);
    assert!(told.status.success(), "git {args:?}: {}{}", text(&told.stdout), text(&told.stderr));
    text(&told.stdout)
}

/// A real repository: the driver merges what git cannot, marks what must be decided, the text converter and the external differ show what
/// changed, and the hook stops what is not canonical.
#[test]
fn a_repository_merges_compares_and_guards_flows() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let binary = env!("CARGO_BIN_EXE_offhook");
    must(folder, &["init", "-q", "-b", "main"]);
    must(folder, &["config", "merge.offhook.driver", &format!("{binary} merge %O %A %B -p %P -L %L")]);
    must(folder, &["config", "diff.offhook.textconv", &format!("{binary} fmt --print")]);
    let attributes = include_str!("../../examples-flows/.gitattributes");
    write(folder, ".gitattributes", attributes);
    write(folder, "shop.yaml", SHOP);
    must(folder, &["add", "."]);
    must(folder, &["commit", "-q", "-m", "base"]);

    // Both sides change the same line, and both add a node at the same place: git alone could not merge either.
    must(folder, &["checkout", "-q", "-b", "theirs"]);
    let theirs = SHOP.replace("keys: \"2\"", "keys: \"4\"") + "  jobs: { type: say, text: Jobs., next: bye }\n";
    write(folder, "shop.yaml", &theirs);
    must(folder, &["commit", "-q", "-a", "-m", "theirs"]);
    must(folder, &["checkout", "-q", "main"]);
    let ours = SHOP.replace("next: sales }", "next: orders }")
        + "  # Ours.\n  press: { type: say, text: Press., next: bye }\n";
    write(folder, "shop.yaml", &ours);
    must(folder, &["commit", "-q", "-a", "-m", "ours"]);
    must(folder, &["merge", "-q", "--no-edit", "theirs"]);
    let merged = read(folder, "shop.yaml");
    assert!(merged.contains("{ id: sales, keys: \"4\", next: orders }"), "{merged}");
    assert!(merged.contains("  # Ours.\n  press:") && merged.contains("  jobs:"), "{merged}");

    // A version of the repository against the working folder, and two versions.
    let told = offhook(folder, &["diff", "HEAD~1:shop.yaml", "shop.yaml"]);
    assert_eq!(told.status.code(), Some(1), "{}", text(&told.stderr));
    assert!(text(&told.stdout).contains("node `jobs` (say)"), "{}", text(&told.stdout));
    let told = offhook(folder, &["diff", "HEAD~1:", "HEAD:"]);
    assert!(text(&told.stdout).contains("node `jobs` (say)"), "{} {}", text(&told.stdout), text(&told.stderr));

    // A true conflict: git says so, the file stays valid, and the check refuses it until it is decided.
    must(folder, &["checkout", "-q", "-b", "other"]);
    write(folder, "shop.yaml", &merged.replace("Goodbye.", "So long."));
    must(folder, &["commit", "-q", "-a", "-m", "other"]);
    must(folder, &["checkout", "-q", "main"]);
    write(folder, "shop.yaml", &merged.replace("Goodbye.", "Bye."));
    must(folder, &["commit", "-q", "-a", "-m", "again"]);
    let conflict = git(folder, &["merge", "other"]);
    assert_eq!(conflict.status.code(), Some(1));
    assert!(text(&conflict.stdout).contains("CONFLICT"), "{}", text(&conflict.stdout));
    let marked = read(folder, "shop.yaml");
    assert!(marked.contains("  # conflict: `bye.text`: both sides changed it"), "{marked}");
    assert!(!marked.contains("<<<<<<<"), "{marked}");
    let check = offhook(folder, &["check", "shop.yaml"]);
    assert_eq!(check.status.code(), Some(1));
    assert!(text(&check.stdout).contains("OH0221"), "{}", text(&check.stdout));
    let decided: String = marked
        .lines()
        .filter(|line| !line.contains("# conflict") && !line.starts_with("  #   "))
        .map(|line| format!("{line}\n"))
        .collect();
    write(folder, "shop.yaml", &decided);
    let check = offhook(folder, &["check", "shop.yaml"]);
    assert_eq!(check.status.code(), Some(0), "{}", text(&check.stdout));
    must(folder, &["commit", "-q", "-a", "-m", "decided"]);

    // What is only written otherwise is no difference to the text converter; what is said is one.
    write(
        folder,
        "shop.yaml",
        &decided.replace("nodes:\n", "nodes:\n\n\n").replace("  sales: { type: say", "  sales: {  type:  say"),
    );
    assert_eq!(must(folder, &["diff"]), "");
    write(folder, "shop.yaml", &decided.replace("Sales.", "Sell."));
    assert!(must(folder, &["diff"]).contains("+  sales: { type: say, text: Sell., next: bye }"));
    // As git's external differ.
    must(folder, &["config", "diff.offhook.command", &format!("{binary} diff --git")]);
    let told = must(folder, &["diff", "--ext-diff"]);
    assert!(told.contains("At `sales`, callers get “Sell.” instead of “Sales.”."), "{told}");

    // The hook that users copy.
    let hook = folder.join(".git/hooks/pre-commit");
    std::fs::write(&hook, include_str!("../../docs/git/pre-commit")).expect("it can be written");
    let mut permissions = std::fs::metadata(&hook).expect("it is there").permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
    std::fs::set_permissions(&hook, permissions).expect("it can run");
    let path = format!(
        "{}:{}",
        Path::new(binary).parent().expect("a folder").display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let commit = |message: &str| {
        let mut command = Command::new("git");
        command.current_dir(folder).env("PATH", &path).env("GIT_CONFIG_GLOBAL", "/dev/null");
        command.args(["-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-q", "-a", "-m", message]);
        command.output().expect("git runs")
    };
    write(folder, "shop.yaml", &decided.replace("kind: ivr", "kind:    ivr"));
    let refused = commit("loose");
    assert!(!refused.status.success());
    assert!(
        format!("{}{}", text(&refused.stdout), text(&refused.stderr)).contains("shop.yaml: not in canonical form"),
        "{}{}",
        text(&refused.stdout),
        text(&refused.stderr)
    );
    write(folder, "shop.yaml", &decided.replace("next: bye }", "next: nowhere }"));
    assert!(!commit("broken").status.success());
    write(folder, "shop.yaml", &decided.replace("Sales.", "Sell."));
    offhook(folder, &["fmt", "shop.yaml"]);
    let done = commit("sound");
    assert!(done.status.success(), "{}{}", text(&done.stdout), text(&done.stderr));
}

#[test]
fn mistakes_are_told_as_sarif_and_talks_as_junit() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, "shop.yaml", &SHOP.replace("next: sales }", "next: nowhere }"));
    let told = offhook(folder, &["check", ".", "--format", "sarif"]);
    assert_eq!(told.status.code(), Some(1));
    let sarif: serde_json::Value = serde_json::from_slice(&told.stdout).expect("it is JSON");
    // What SARIF 2.1.0 requires: version, runs, a driver with a name, rules with ids, results with messages that point to rules.
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "offhook");
    let rules = driver["rules"].as_array().expect("rules");
    let results = run["results"].as_array().expect("results");
    assert!(!results.is_empty());
    for result in results {
        let rule = &rules[result["ruleIndex"].as_u64().expect("an index") as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(rule["shortDescription"]["text"].is_string() && result["message"]["text"].is_string());
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().expect("a level")));
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "shop.yaml");
        assert!(place["region"]["startLine"].as_u64() >= Some(1) && place["region"]["startColumn"].as_u64() >= Some(1));
    }
    let missing = results.iter().find(|result| result["ruleId"] == "OH0301").expect("a missing target");
    assert_eq!(missing["locations"][0]["physicalLocation"]["region"]["startLine"], 10);
    assert_eq!(missing["locations"][0]["logicalLocations"][0]["name"], "main");

    // A flow with errors fails the suite; a talk that goes otherwise fails itself.
    let told = offhook(folder, &["talk", ".", "--format", "junit"]);
    assert_eq!(told.status.code(), Some(1));
    assert!(text(&told.stdout).contains("<error message="), "{}", text(&told.stdout));
    write(folder, "shop.yaml", SHOP);
    let talk = "flow: shop\ntalks:\n  - about: \"Sales & more\"\n    talk: [{ out: { say: For sales } }]\n  - about: wrong\n    talk: [{ out: { say: No } }]\n";
    write(folder, "shop.talk.yaml", talk);
    let told = offhook(folder, &["talk", ".", "--format", "junit"]);
    assert_eq!(told.status.code(), Some(1));
    let xml = text(&told.stdout);
    assert!(xml.starts_with("<?xml ") && xml.contains("tests=\"2\" failures=\"1\" errors=\"0\""), "{xml}");
    assert!(xml.contains("name=\"Sales &amp; more\""), "{xml}");
}

/// Killed at any moment, a merge leaves the file as it was or as it is to be, and nothing that is taken for a flow.
#[test]
fn a_killed_merge_leaves_a_whole_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    // Large enough that there are moments while it is read, merged and written.
    let many: String = (0..400).map(|n| format!("  n{n}: {{ type: say, text: Number {n}., next: bye }}\n")).collect();
    let base = format!("{SHOP}{many}");
    let ours = base.replace("Number 3.", "Ours.");
    write(folder, "base", &base);
    write(folder, "theirs", &base.replace("Number 390.", "Theirs."));
    write(folder, "shop.yaml", &ours);
    let began = std::time::Instant::now();
    let merge = ["merge", "base", "shop.yaml", "theirs"];
    assert_eq!(offhook(folder, &merge).status.code(), Some(0));
    let takes = began.elapsed();
    let merged = read(folder, "shop.yaml");
    assert!(merged.contains("Ours.") && merged.contains("Theirs."));

    let is_beside = || {
        let names = std::fs::read_dir(folder).expect("it can be listed").flatten();
        names.map(|entry| entry.file_name().to_string_lossy().into_owned()).any(|name| name.ends_with(".new"))
    };
    let mut unmerged = 0;
    for round in 0..24_u32 {
        write(folder, "shop.yaml", &ours);
        for entry in std::fs::read_dir(folder).expect("it can be listed").flatten() {
            if entry.file_name().to_string_lossy().ends_with(".new") {
                std::fs::remove_file(entry.path()).expect("it can be removed");
            }
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_offhook"))
            .current_dir(folder)
            .args(merge)
            .stdout(Stdio::null())
            .spawn()
            .expect("it runs");
        // Every other round while it writes; the others spread over all that it does.
        let began = std::time::Instant::now();
        let moment = || if round % 2 == 0 { is_beside() } else { began.elapsed() > takes * round / 24 };
        while child.try_wait().expect("it can be waited for").is_none() && !moment() {}
        let _ = child.kill();
        child.wait().expect("it ends");
        let left = read(folder, "shop.yaml");
        assert!(left == ours || left == merged, "round {round}: {} bytes", left.len());
        unmerged += usize::from(left == ours);
    }
    assert!(unmerged > 0, "no merge was killed in time");
    assert_eq!(offhook(folder, &merge).status.code(), Some(0));
    assert_eq!(read(folder, "shop.yaml"), merged);
}
