//! Coverage for other programs, on the command line, and talks that are performed again when something changes.

use offhook_tests::server::{Place, binary};
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

const FLOW: &str = "offhook: 1
id: a/line
kind: ivr
locales: [en-US]
start: greet
nodes:
  greet: { type: say, text: Hello., next: pick }
  pick:
    type: menu
    text: Which?
    choices:
      - { id: one, label: One, keys: \"1\", next: done }
      - { id: two, label: Two, keys: \"2\", next: other }
    exits: { no_input: done, no_match: done, error: done }
  other: { type: end, text: Other. }
  done: { type: end, text: Bye. }
";
const TALK: &str =
    "flow: a/line\nabout: One.\ntalk:\n  - out: { say: Hello }\n  - in: { keys: \"1\" }\n  - end: { via: done }\n";

#[test]
fn coverage_is_told_as_lcov_json_and_picture_and_held_to_thresholds() {
    let place = Place::new();
    let folder = place.path().join("line");
    fs::create_dir(&folder).expect("it can be made");
    fs::write(folder.join("line.yaml"), FLOW).expect("it can be written");
    fs::write(folder.join("line.talk.yaml"), TALK).expect("it can be written");
    let out = place.path().join("coverage");
    let talk = |more: &[&str]| {
        let mut command = place.command("talk");
        let output = command.arg(&folder).arg("--coverage-output").arg(&out).args(more).output().expect("it runs");
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.code(), said, fs::read_to_string(&out).unwrap_or_default())
    };
    let pictures = place.path().join("pictures").display().to_string();
    let (code, said, lcov) = talk(&["--coverage-format", "lcov", "--coverage-svg", &pictures]);
    assert_eq!(code, Some(0), "{said}");
    let lines: Vec<&str> = lcov.lines().collect();
    let wanted = [
        "FN:7,greet",
        "FNDA:1,greet",
        "FNDA:0,other",
        "FNF:4",
        "FNH:3",
        "DA:7,1",
        "DA:15,0",
        "LF:4",
        "LH:3",
        // Each exit at its own line, taken or not.
        "BRDA:7,0,0,1",
        "BRDA:12,1,0,1",
        "BRDA:13,1,1,0",
        "end_of_record",
    ];
    for line in wanted {
        assert!(lines.contains(&line), "{line} is missing in\n{lcov}");
    }
    assert!(lines.iter().any(|line| line.starts_with("SF:") && line.ends_with("line.yaml")), "{lcov}");
    let picture = fs::read_to_string(place.path().join("pictures/a-line.svg")).expect("it is drawn");
    assert!(
        picture.contains("<g id=\"node-other\" class=\"unwalked\"") && picture.contains("exit missed"),
        "{picture}"
    );
    let (_, _, json) = talk(&["--coverage-format", "json"]);
    let json: Value = serde_json::from_str(&json).expect("it is JSON");
    let flow = &json["flows"][0];
    assert_eq!((&flow["error_exits"], &flow["error_exits_covered"]), (&1.into(), &0.into()), "{json:#}");
    for (threshold, least, code) in [
        ("--min-nodes", "75", 0),
        ("--min-nodes", "76", 1),
        ("--min-exits", "90", 1),
        ("--min-error-exits", "1", 1),
        ("--min-error-exits", "0", 0),
    ] {
        let (ended, said, _) = talk(&[threshold, least]);
        assert_eq!(ended, Some(code), "{threshold} {least}: {said}");
        assert_eq!(said.contains("were walked, less than"), code == 1, "{said}");
    }
}

#[test]
fn talks_are_performed_again_when_a_flow_changes() {
    let folder = tempfile::tempdir().expect("there is room");
    fs::write(folder.path().join("line.yaml"), FLOW).expect("it can be written");
    fs::write(folder.path().join("line.talk.yaml"), TALK).expect("it can be written");
    let mut command = Command::new(binary());
    command.arg("talk").arg(folder.path()).arg("--watch").stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("it runs");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines().map_while(Result::ok);
    let mut until =
        |part: &str| lines.by_ref().find(|line| line.contains(part)).unwrap_or_else(|| panic!("{part} never came"));
    assert!(until("talks:").contains("1 passed"));
    until("watching");
    fs::write(folder.path().join("line.yaml"), FLOW.replace("Hello.", "Good day.")).expect("it can be written");
    assert!(until("talks:").contains("1 failed"));
    until("watching");
    fs::write(folder.path().join("line.yaml"), FLOW).expect("it can be written");
    assert!(until("talks:").contains("1 passed"));
    child.kill().expect("it runs");
    child.wait().expect("it ends");
}

#[test]
fn missing_talks_are_drafted_and_pass_as_they_stand() {
    let folder = tempfile::tempdir().expect("there is room");
    fs::write(folder.path().join("line.yaml"), FLOW).expect("it can be written");
    fs::write(folder.path().join("line.talk.yaml"), TALK).expect("it can be written");
    let talk = |more: &[&str]| {
        let output = Command::new(binary()).arg("talk").arg(folder.path()).args(more).output().expect("it runs");
        (
            output.status.code(),
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)),
        )
    };
    let into = folder.path().display().to_string();
    let (code, said) = talk(&["--suggest", &into]);
    assert_eq!(code, Some(0), "{said}");
    let first = fs::read_to_string(folder.path().join("line.draft-1.talk.yaml")).expect("a draft is written");
    assert!(first.starts_with("# Drafted by"), "{first}");
    // Together with them, all is walked that a conversation can walk: nothing fails in a menu.
    let (code, said) = talk(&["--coverage"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("4/4") && said.contains("not walked: pick.error"), "{said}");
    for walked in ["pick.two", "pick.no_input", "pick.no_match", "other"] {
        assert!(!said.contains(&format!("not walked: {walked}")), "{said}");
    }
    // What is there is not drafted again.
    let (_, said) = talk(&["--suggest", &into]);
    assert!(!said.contains(": walks "), "{said}");
}
