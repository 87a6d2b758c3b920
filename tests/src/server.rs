//! The real server, in a folder of its own that is removed afterwards, with a copy of the example flows.

use crate::http::{self, Answer};
use crate::stub::Stub;
use crate::{eventually, root};
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// A binary built without optimisation, on a busy machine, opens its database and compiles its flows within this.
const START: Duration = Duration::from_secs(60);

/// The entries of the flows that only tests need.
const ENTRIES: &str = r#"
[[entry]]
number = "900"
flow = "test/speaking-clock"

[[entry]]
number = "901"
flow = "test/early-words"

[[entry]]
number = "902"
flow = "test/early-then-answered"

[[entry]]
number = "903"
flow = "test/message"

[[entry]]
chat = "parrot"
flow = "browser/parrot"
"#;

/// The binary under test: `OFFHOOK_BIN`, or the one that was built beside the test.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("OFFHOOK_BIN") {
        let path = root().join(path);
        assert!(path.is_file(), "OFFHOOK_BIN names {}, which is not there", path.display());
        return path;
    }
    let test = std::env::current_exe().expect("the system knows what it runs");
    let folder = test.parent().and_then(Path::parent).expect("tests are built in target/PROFILE/deps");
    let path = folder.join("offhook");
    assert!(path.is_file(), "there is no {}; build it: cargo build -p offhook-server", path.display());
    path
}

/// A program that a test needs, or a failure that says how to get it.
#[track_caller]
pub fn program(name: &str, package: &str) -> Command {
    let found =
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|dir| dir.join(name).is_file());
    assert!(found, "{name} is not installed; Debian: apt-get install {package}, or `make test`, which does that");
    Command::new(name)
}

/// Flows, configuration and data of one test.
pub struct Place {
    folder: tempfile::TempDir,
    config: PathBuf,
    env: Vec<(String, String)>,
}

impl Place {
    /// A copy of the examples in which the clinic is always open and the business systems are a stub of this test.
    pub fn new() -> Place {
        let folder = tempfile::tempdir().expect("there is room for temporary files");
        let config = folder.path().join("flows/offhook.toml");
        let place = Place { folder, config, env: Vec::new() };
        copy(&root().join("examples-flows"), &place.flows());
        copy(&root().join("tests/flows"), &place.flows().join("test"));
        copy(&root().join("tests/browser/flows"), &place.flows().join("browser"));
        let stub = Stub::read(&place.flows().join("stub.yaml")).expect("the routes can be read");
        let stub = stub.serve(([127, 0, 0, 1], 0).into()).expect("there is a free port");
        place.edit_all("http://127.0.0.1:9480", &format!("http://{stub}"));
        place.edit_all("sqlite://examples-flows/", &format!("sqlite://{}/", place.flows().display()));
        place.edit("clinic/reception.yaml", |text| {
            let (head, rest) = text.split_once("    open:\n").expect("the clinic has hours");
            let (_, tail) = rest.split_once("    exits: { open: greet").expect("the hours end with their exits");
            format!("{head}    open: {{ mon-sun: [\"00:00-24:00\"] }}\n    exits: {{ open: greet{tail}")
        });
        place.edit("offhook.toml", |text| format!("{text}{ENTRIES}"));
        place
    }

    /// A place of somebody who begins: no folder of flows yet, and a configuration that says nothing.
    pub fn empty() -> Place {
        let folder = tempfile::tempdir().expect("there is room for temporary files");
        let config = folder.path().join("offhook.toml");
        fs::write(&config, "").expect("it can be written");
        Place { folder, config, env: Vec::new() }
    }

    /// The folder of flows.
    pub fn flows(&self) -> PathBuf {
        self.folder.path().join("flows")
    }

    /// The folder of the database.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The folder of this test.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Sets an environment variable of the servers that are started from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
    }

    /// Changes a file below the flows, as an author would: in one step.
    pub fn edit(&self, name: &str, change: impl FnOnce(&str) -> String) {
        let path = self.flows().join(name);
        let text = fs::read_to_string(&path).expect("the file is there");
        let beside = self.folder.path().join("edited");
        fs::write(&beside, change(&text)).expect("the file can be written");
        fs::rename(&beside, &path).expect("the file can be replaced");
    }

    fn edit_all(&self, from: &str, to: &str) {
        let mut folders = vec![self.flows()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("the folder is there").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "toml") {
                    let text = fs::read_to_string(&path).expect("flows are text");
                    fs::write(&path, text.replace(from, to)).expect("the copy can be written");
                }
            }
        }
    }

    /// A command of the binary, with this place's configuration.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(binary());
        command.arg(name).arg("--config").arg(&self.config).stdin(Stdio::null());
        command.current_dir(self.path());
        command
    }

    /// Starts the server; `http` and `sip` with port 0 get a free one.
    pub fn serve_at(&self, http: SocketAddr, sip: SocketAddr) -> Server {
        let mut command = self.command("serve");
        command.arg("--flows").arg(self.flows()).arg("--data").arg(self.data());
        command.args(["--http", &http.to_string(), "--sip", &sip.to_string()]);
        // What keeps a stranger from flooding a server would keep a test from its work.
        command.env("OFFHOOK_LIMITS__CHAT_MESSAGES_PER_SECOND", "1000");
        command.env("OFFHOOK_LIMITS__CHAT_SESSIONS_PER_MINUTE", "10000");
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        let log =
            fs::File::options().create(true).append(true).open(self.path().join("log")).expect("a log can be written");
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().expect("the binary can be run");
        let stdout = child.stdout.take().expect("it is piped");
        let (lines, said) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // The test may have heard enough; the server must still be able to speak.
                let _ = lines.send(line);
            }
        });
        let mut server = Server { child, http, sip, said: Vec::new() };
        let address = |line: &str, word: &str| -> Option<SocketAddr> {
            let rest = line.strip_prefix(word)?.trim();
            rest.strip_prefix("http://").unwrap_or(rest).split_whitespace().next()?.parse().ok()
        };
        loop {
            let Ok(line) = said.recv_timeout(START) else {
                let log = fs::read_to_string(self.path().join("log")).unwrap_or_default();
                panic!("the server named no addresses ({:?}):\n{log}", server.child.try_wait());
            };
            if let Some(at) = address(&line, "http ") {
                server.http = at;
            } else if let Some(at) = address(&line, "sip ") {
                server.sip = at;
            } else if line.starts_with("flows ") {
                return server;
            }
            server.said.push(line);
        }
    }

    /// Starts the server on free ports.
    pub fn serve(&self) -> Server {
        let any = ([127, 0, 0, 1], 0).into();
        self.serve_at(any, any)
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path().join("log")).unwrap_or_default()
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("the folder is there").flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a file can be copied");
        }
    }
}

/// A server that runs.
pub struct Server {
    child: Child,
    /// Where it serves HTTP.
    pub http: SocketAddr,
    /// Where it serves SIP.
    pub sip: SocketAddr,
    /// What it said before it was ready.
    pub said: Vec<String>,
}

impl Server {
    /// `GET` of the API.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        http::request(self.http, "GET", path, None, None).expect("the server answers")
    }

    /// `POST` of the API.
    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        http::request(self.http, "POST", path, None, Some(body)).expect("the server answers")
    }

    /// The one ended session of a flow on a channel, as soon as there is one.
    #[track_caller]
    pub fn ended_session(&self, flow: &str, channel: &str) -> Value {
        let path = format!("/api/v1/sessions?flow={}&channel={channel}&state=ended", flow.replace('/', "%2F"));
        eventually(&format!("a session of {flow} that has ended"), Duration::from_secs(60), || {
            let page = self.get(&path).ok();
            let sessions = page["sessions"].as_array().expect("a page has sessions").clone();
            assert!(sessions.len() < 2, "one call, one session: {page}");
            sessions.into_iter().next()
        })
    }

    /// Replays a session in the server, which must come out the same; returns the exits it took, `node.exit`.
    #[track_caller]
    pub fn replayed(&self, session: &str) -> Vec<String> {
        let replay = self.post(&format!("/api/v1/sessions/{session}/replay"), &Value::Null).ok();
        assert_eq!(replay["same"], true, "{replay}");
        let turns = replay["path"].as_array().expect("a replay tells the way").iter();
        turns
            .flat_map(|turn| turn.as_array().expect("a turn has a way"))
            .map(|via| format!("{}.{}", via["node"].as_str().unwrap_or("?"), via["exit"].as_str().unwrap_or("?")))
            .collect()
    }

    /// A session's journal: the turns.
    #[track_caller]
    pub fn journal(&self, session: &str) -> Vec<Value> {
        let journal = self.get(&format!("/api/v1/sessions/{session}/journal")).ok();
        journal["turns"].as_array().expect("a journal has turns").clone()
    }

    /// Ends the server without warning, as a power failure would.
    pub fn kill(&mut self) {
        self.child.kill().expect("it was running");
        self.child.wait().expect("it can be waited for");
    }

    /// Asks the server to stop and waits until it has; it must do so without complaint.
    #[cfg(unix)]
    pub fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill exists").success());
        let status = eventually("the server to stop", Duration::from_secs(60), || {
            self.child.try_wait().expect("it can be waited for")
        });
        assert!(status.success(), "the server ended with {status}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be over already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
