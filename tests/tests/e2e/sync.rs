//! A folder of a developer's and a server that others edit on, brought together by node.

use offhook_tests::server::{Place, Server, copy};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

const FLOW: &str = "delivery/status.yaml";
const QUESTION: &str = "What is your order number?";

/// A developer's copy of the flows of a server.
pub struct Copy<'a> {
    /// The server's place.
    pub place: &'a Place,
    /// The server.
    pub server: &'a Server,
    /// The developer's folder.
    pub folder: PathBuf,
}

impl<'a> Copy<'a> {
    /// A folder that was pulled.
    pub fn new(place: &'a Place, server: &'a Server) -> Copy<'a> {
        let folder = place.path().join("mine");
        fs::create_dir_all(&folder).expect("a folder can be made");
        let copy = Copy { place, server, folder };
        let said = copy.run(&["pull"]);
        assert_eq!(said.0, 0, "{}", said.1);
        copy
    }

    /// A command on the folder and the server.
    pub fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = self.place.command(args[0]);
        command.args(&args[1..]).arg(&self.folder).args(["--server", &format!("http://{}", self.server.http)]);
        command
    }

    /// Runs a command; its exit code and what it says.
    pub fn run(&self, args: &[&str]) -> (i32, String) {
        let Output { status, stdout, stderr } = self.command(args).output().expect("the binary can be run");
        let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        (status.code().expect("it ends by itself"), said)
    }

    fn here(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).unwrap_or_default()
    }

    fn there(&self, name: &str) -> String {
        fs::read_to_string(self.place.flows().join(name)).unwrap_or_default()
    }

    fn edit_here(&self, name: &str, change: impl FnOnce(&str) -> String) {
        let path = self.folder.join(name);
        fs::write(&path, change(&self.here(name))).expect("it can be written");
    }

    fn edit_there(&self, name: &str, change: impl FnOnce(&str) -> String) {
        self.place.edit(name, change);
    }
}

/// The documents of a folder, without what is hidden.
fn documents(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for path in fs::read_dir(next).expect("it is there").flatten().map(|entry| entry.path()) {
            let name = path.file_name().expect("it has a name").to_string_lossy().into_owned();
            if name.starts_with('.') || name == "stub.yaml" || name.ends_with(".node.yaml") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".yaml") {
                let below = path.strip_prefix(folder).expect("it is below").to_owned();
                found.insert(below, fs::read_to_string(&path).expect("it is text"));
            }
        }
    }
    found
}

#[test]
fn what_one_side_changed_reaches_the_other_and_both_are_merged() {
    let place = Place::new();
    let server = place.serve();
    let mine = Copy::new(&place, &server);
    assert_eq!(documents(&mine.folder), documents(&place.flows()), "byte for byte");
    assert_eq!(mine.run(&["sync"]), (0, "the folder and the server are the same\n".to_owned()));

    // Different things of one flow, and a comment; a layout here, another flow there.
    mine.edit_here(FLOW, |text| text.replace(QUESTION, "Which order?"));
    mine.edit_there(FLOW, |text| text.replace("nodes:\n", "# theirs\nnodes:\n"));
    let layout = "nodes: { ask-number: [0, 0] }\n";
    fs::write(mine.folder.join("delivery/status.layout.yaml"), layout).expect("it can be written");
    mine.edit_there("browser/parrot.yaml", |text| text.replace("Say something", "Say a word"));
    let before = (documents(&mine.folder), documents(&place.flows()));
    let said = mine.run(&["sync", "--dry-run"]);
    assert!(said.0 == 0 && said.1.contains("would be merged delivery/status flow"), "{}", said.1);
    assert_eq!((documents(&mine.folder), documents(&place.flows())), before, "a dry run changes nothing");

    // Who only pushes would lose what is there; who pulls has it, and can push then.
    let said = mine.run(&["push", "--flow", "delivery/status"]);
    assert!(said.0 == 1 && said.1.contains("NOT PUSHED delivery/status"), "{}", said.1);
    assert_eq!(mine.there(FLOW), before.1[Path::new(FLOW)]);
    let said = mine.run(&["pull"]);
    assert!(said.0 == 0 && said.1.contains("pulled browser/parrot flow"), "{}", said.1);
    assert!(mine.here(FLOW).contains("# theirs") && mine.here(FLOW).contains("Which order?"));
    assert!(!mine.there(FLOW).contains("Which order?"));
    let said = mine.run(&["push"]);
    assert!(said.0 == 0 && said.1.contains("pushed delivery/status layout"), "{}", said.1);
    assert_eq!(documents(&mine.folder), documents(&place.flows()));
    assert!(mine.there("browser/parrot.yaml").contains("Say a word"));
    server.stop();
}

#[test]
fn what_cannot_be_merged_waits_for_a_decision() {
    let place = Place::new();
    let server = place.serve();
    let mine = Copy::new(&place, &server);
    mine.edit_here(FLOW, |text| text.replace(QUESTION, "Which order?"));
    mine.edit_there(FLOW, |text| text.replace(QUESTION, "What is the number?"));
    let theirs = mine.there(FLOW);
    let said = mine.run(&["sync", "--format", "json"]);
    let told: Value = serde_json::from_str(&said.1).expect("it is JSON");
    assert!(said.0 == 1 && told["changes"][0]["deed"] == "conflict", "{told}");
    assert!(mine.here(FLOW).contains("# conflict: ") && mine.here(FLOW).contains("Which order?"));
    assert_eq!(mine.there(FLOW), theirs, "the server is not given conflicts");
    let marked = mine.here(FLOW);
    for way in ["sync", "push"] {
        let said = mine.run(&[way]);
        assert!(said.0 == 1 && said.1.contains("conflicts that nobody has decided"), "{}", said.1);
    }
    assert_eq!((mine.here(FLOW), mine.there(FLOW)), (marked, theirs));
    mine.edit_here(FLOW, |text| {
        text.lines().filter(|line| !line.trim_start().starts_with('#')).map(|line| format!("{line}\n")).collect()
    });
    let said = mine.run(&["sync"]);
    assert_eq!(said.0, 0, "{}", said.1);
    assert_eq!(mine.here(FLOW), mine.there(FLOW));
    assert!(mine.there(FLOW).contains("Which order?"));

    // Files that nobody can read as documents are merged by lines, and marked by lines.
    mine.edit_here(FLOW, |text| text.replace("Which order?", "[ \"torn\n"));
    mine.edit_there(FLOW, |text| text.replace("Which order?", "{ torn"));
    assert_eq!(mine.run(&["sync"]).0, 1);
    assert!(mine.here(FLOW).contains("<<<<<<< "), "{}", mine.here(FLOW));
    let said = mine.run(&["push"]);
    assert!(said.0 == 1 && said.1.contains("nobody has decided"), "{}", said.1);

    // Both made the same file anew: what is the same is the same, the rest is decided.
    let (one, two) = ("nodes: { a: [0, 0], b: [1, 1] }\n", "nodes: { a: [0, 0], b: [2, 2] }\n");
    fs::write(mine.folder.join("vet/appointments.layout.yaml"), one).ok();
    let vet = mine.folder.join("browser/parrot.layout.yaml");
    fs::write(&vet, one).expect("it can be written");
    fs::write(place.flows().join("browser/parrot.layout.yaml"), two).expect("it can be written");
    let said = mine.run(&["sync", "--flow", "browser/parrot"]);
    assert!(said.0 == 1 && said.1.contains("CONFLICT browser/parrot layout"), "{}", said.1);
    server.stop();
}

#[test]
fn what_is_removed_on_one_side_goes_unless_the_other_has_changed_it() {
    let place = Place::new();
    let server = place.serve();
    let mine = Copy::new(&place, &server);
    let flow = "offhook: 1\nid: x/NAME\nkind: chatbot\nstart: bye\nnodes:\n  bye: { type: end, text: Bye. }\n";
    for name in ["gone-here", "gone-there", "changed-here", "changed-there"] {
        fs::create_dir_all(mine.folder.join("x")).expect("a folder can be made");
        fs::write(mine.folder.join(format!("x/{name}.yaml")), flow.replace("NAME", name)).expect("it can be written");
    }
    fs::write(mine.folder.join("x/gone-here.layout.yaml"), "nodes: {}\n").expect("it can be written");
    let said = mine.run(&["sync"]);
    assert_eq!(said.0, 0, "{}", said.1);
    assert_eq!(mine.there("x/gone-here.layout.yaml"), "nodes: {}\n");

    let gone = |folder: &Path, name: &str| fs::remove_file(folder.join("x").join(name)).expect("it was there");
    gone(&mine.folder, "gone-here.yaml");
    gone(&mine.folder, "gone-here.layout.yaml");
    gone(&place.flows(), "gone-there.yaml");
    gone(&mine.folder, "changed-there.yaml");
    mine.edit_there("x/changed-there.yaml", |text| text.replace("Bye.", "See you."));
    gone(&place.flows(), "changed-here.yaml");
    mine.edit_here("x/changed-here.yaml", |text| text.replace("Bye.", "See you."));
    let said = mine.run(&["sync"]);
    assert_eq!(said.0, 1, "what is kept is told: {}", said.1);
    for line in
        ["removed there x/gone-here", "removed here x/gone-there", "KEPT x/changed-here", "KEPT x/changed-there"]
    {
        assert!(said.1.contains(line), "{line}: {}", said.1);
    }
    assert!(mine.here("x/changed-there.yaml").contains("See you."));
    let said = mine.run(&["sync"]);
    assert!(said.0 == 0 && said.1.contains("pushed x/changed-here flow"), "{}", said.1);
    assert_eq!(documents(&mine.folder), documents(&place.flows()));
    let left: Vec<_> = documents(&mine.folder).into_keys().filter(|path| path.starts_with("x")).collect();
    assert_eq!(left, [PathBuf::from("x/changed-here.yaml"), PathBuf::from("x/changed-there.yaml")]);
    server.stop();
}

/// Killed at any moment, a sync leaves whole files on both sides, and the next one brings all edits of both together.
#[test]
fn a_killed_sync_is_made_up_for_by_the_next() {
    let place = Place::new();
    let server = place.serve();
    let mine = Copy::new(&place, &server);
    let flows: Vec<String> = (0..12).map(|number| format!("k/flow-{number}")).collect();
    let text = |id: &str, one: &str, two: &str| {
        format!(
            "offhook: 1\nid: {id}\nkind: chatbot\nstart: a\nnodes:\n  a:\n    type: say\n    text: {one}\n    next: b\n  b:\n    type: end\n    text: {two}\n"
        )
    };
    fs::create_dir_all(mine.folder.join("k")).expect("a folder can be made");
    for id in &flows {
        fs::write(mine.folder.join(format!("{id}.yaml")), text(id, "one 0", "two 0")).expect("it can be written");
    }
    // Prompts: the even ones are recorded here, the odd ones there.
    let sounds: Vec<String> = (0..8).map(|number| format!("k/sound-{number}.wav")).collect();
    let sound = |name: &str, round: u8| [b"RIFF\0\0\0\0WAVE", name.as_bytes(), &[round; 100_000]].concat();
    let side = |number: usize| if number.is_multiple_of(2) { mine.folder.clone() } else { place.flows() };
    for name in &sounds {
        fs::write(mine.folder.join(name), sound(name, 0)).expect("it can be written");
    }
    let said = mine.run(&["sync"]);
    assert_eq!(said.0, 0, "{}", said.1);
    for round in 1..=6 {
        let (old_one, new_one) = (format!("one {}", round - 1), format!("one {round}"));
        let (old_two, new_two) = (format!("two {}", round - 1), format!("two {round}"));
        for id in &flows {
            mine.edit_here(&format!("{id}.yaml"), |text| text.replace(&old_one, &new_one));
            mine.edit_there(&format!("{id}.yaml"), |text| text.replace(&old_two, &new_two));
        }
        for (number, name) in sounds.iter().enumerate() {
            // As a recorder of sound would: the server must not see half of it.
            let beside = mine.place.path().join("recorded");
            fs::write(&beside, sound(name, round)).expect("it can be written");
            fs::rename(&beside, side(number).join(name)).expect("it can be replaced");
        }
        let mut child = mine.command(&["sync"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
        // Each round it is killed a little later: once so many flows have arrived there, or the folder has changed.
        let arrived = |id: &&String| mine.there(&format!("{id}.yaml")).contains(&new_one);
        let taken = || mine.here(&format!("{}.yaml", flows[0])).contains(&new_two);
        offhook_tests::eventually("the moment", std::time::Duration::from_secs(60), || {
            let over = child.try_wait().expect("it can be waited for").is_some();
            let moment = match round {
                1 => mine.folder.join(".offhook/lock").exists(),
                2 => taken(),
                5 | 6 => {
                    let to = side(usize::from(round == 5));
                    let new = |name: &&String| fs::read(to.join(name)).is_ok_and(|found| found == sound(name, round));
                    sounds.iter().filter(new).count() >= 6
                }
                more => flows.iter().filter(arrived).count() >= usize::from(more - 2) * 2,
            };
            (over || moment).then_some(())
        });
        // It may be over already.
        let _ = child.kill();
        child.wait().expect("it can be waited for");
        for id in &flows {
            let name = format!("{id}.yaml");
            let whole = |found: &str| {
                [(&old_one, &old_two), (&new_one, &old_two), (&old_one, &new_two), (&new_one, &new_two)]
                    .iter()
                    .any(|(one, two)| found == text(id, one, two))
            };
            assert!(
                whole(&mine.here(&name)) && whole(&mine.there(&name)),
                "{}\n{}",
                mine.here(&name),
                mine.there(&name)
            );
        }
        for (name, folder) in sounds.iter().flat_map(|name| [(name, mine.folder.clone()), (name, place.flows())]) {
            let found = fs::read(folder.join(name)).expect("it is there");
            assert!(found == sound(name, round) || found == sound(name, round - 1), "{name} is torn, round {round}");
        }
        let said = mine.run(&["sync"]);
        assert_eq!(said.0, 0, "round {round}: {}", said.1);
        for name in &sounds {
            let both = [&mine.folder, &place.flows()].map(|folder| fs::read(folder.join(name)).expect("it is there"));
            assert!(both.iter().all(|found| *found == sound(name, round)), "{name}, round {round}");
        }
        for id in &flows {
            let both = (mine.here(&format!("{id}.yaml")), mine.there(&format!("{id}.yaml")));
            assert_eq!(both, (text(id, &new_one, &new_two), text(id, &new_one, &new_two)), "round {round}");
        }
    }
    server.stop();
}

#[test]
fn a_server_that_refuses_is_told() {
    let mut place = Place::new();
    place.set("OFFHOOK_SERVER__API_TOKEN", "a-token-of-some-length");
    let server = place.serve();
    let folder = place.path().join("mine");
    copy(&place.flows().join("delivery"), &folder.join("delivery"));
    let mine = Copy { place: &place, server: &server, folder };
    let said = mine.run(&["sync"]);
    assert!(said.0 == 3 && said.1.contains("API token"), "{}", said.1);
    let said = mine.run(&["sync", "--flow", "delivery/status", "--token", "a-token-of-some-length"]);
    assert_eq!(said, (0, "the folder and the server are the same\n".to_owned()));
    server.stop();
}
