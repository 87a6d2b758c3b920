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
