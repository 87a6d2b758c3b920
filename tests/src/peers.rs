//! Servers that nobody here wrote, each in a folder of its own and on a port or socket of its own: PostgreSQL and a mail
//! server.

use crate::eventually;
use crate::server::program;
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

/// A busy machine starts a server within this.
const START: Duration = Duration::from_secs(60);

/// A PostgreSQL server with one database, reached by a socket in its folder.
pub struct Postgres {
    folder: tempfile::TempDir,
    server: Child,
}

/// The password of its only user, `offhook`.
pub const PASSWORD: &str = "a password with / and @";

/// A program of PostgreSQL; Debian keeps those of the server out of the way.
fn postgres(name: &str) -> PathBuf {
    let paths = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect::<Vec<_>>();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let found = paths.into_iter().chain(versions.map(|version| version.path().join("bin")));
    let found = found.map(|folder| folder.join(name)).find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("{name} is not installed; Debian: apt-get install postgresql, or `make test`"))
}

/// A command as an ordinary user: PostgreSQL refuses to run as root.
fn unprivileged(path: &Path) -> Command {
    if !is_root() {
        return Command::new(path);
    }
    let mut command = program("setpriv", "util-linux");
    command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]).arg(path);
    command
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id exists");
    id.stdout.trim_ascii() == b"0"
}

#[track_caller]
fn succeeds(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().expect("the program can be run");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

impl Postgres {
    /// Starts a server and runs a file of SQL in its database.
    pub fn start(seed: &Path) -> Postgres {
        let folder = tempfile::tempdir().expect("there is room for temporary files");
        let at = |name: &str| folder.path().join(name);
        fs::write(at("password"), PASSWORD).expect("a file can be written");
        if is_root() {
            succeeds(Command::new("chown").args(["-R", "nobody:nogroup"]).arg(folder.path()));
        }
        let mut initdb = unprivileged(&postgres("initdb"));
        initdb.current_dir(folder.path()).arg("--pwfile").arg(at("password")).arg("-D").arg(at("data"));
        succeeds(initdb.args(["-U", "offhook", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]));
        let mut server = unprivileged(&postgres("postgres"));
        server.current_dir(folder.path()).arg("-D").arg(at("data")).arg("-k").arg(folder.path());
        server.args(["-c", "listen_addresses=", "-c", "fsync=off"]).stdout(Stdio::null()).stderr(Stdio::null());
        let mut postgres = Postgres { server: server.spawn().expect("the server can be run"), folder };
        let mut ready = false;
        eventually("PostgreSQL to be ready", START, || {
            assert!(postgres.server.try_wait().expect("it can be asked").is_none(), "PostgreSQL has ended");
            let asked = program("pg_isready", "postgresql-client").arg("-h").arg(postgres.folder.path()).output();
            ready = asked.expect("pg_isready can be run").status.success();
            ready.then_some(())
        });
        let mut psql = program("psql", "postgresql-client");
        psql.args(["-q", "-v", "ON_ERROR_STOP=1", "-U", "offhook", "-d", "postgres", "-h"]).arg(postgres.folder.path());
        succeeds(psql.env("PGPASSWORD", PASSWORD).arg("-f").arg(seed));
        postgres
    }

    /// The address of the database, password and all.
    pub fn url(&self, user: &str) -> String {
        let encode = |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
        let folder = encode(&self.folder.path().display().to_string());
        format!("postgres://{user}:{}@localhost/postgres?host={folder}", encode(PASSWORD))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // A fast shutdown, so that its own children end, too; then whatever is left.
        let asked = Command::new("kill").args(["-INT", &self.server.id().to_string()]).status();
        if asked.is_ok_and(|status| status.success()) && !std::thread::panicking() {
            eventually("PostgreSQL to end", START, || self.server.try_wait().ok().flatten());
        }
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A mail server that wants STARTTLS and a password.
pub struct Mail {
    folder: tempfile::TempDir,
    server: Child,
    lines: Receiver<String>,
    /// Its port.
    pub port: u16,
}

impl Mail {
    /// Starts a server for `localhost`, with a certificate of its own.
    pub fn start(script: &Path) -> Mail {
        let folder = tempfile::tempdir().expect("there is room for temporary files");
        let at = |name: &str| folder.path().join(name);
        let authority = "/CN=Tests of a mail server";
        let openssl = || program("openssl", "openssl");
        fs::write(at("san"), "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n").expect("it can be written");
        let ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        let (ca, ca_key, request, key) = (at("ca.pem"), at("ca.key"), at("request.pem"), at("key.pem"));
        succeeds(
            openssl()
                .args(["req", "-x509", "-days", "2", "-subj", authority])
                .args(ec)
                .arg("-keyout")
                .arg(&ca_key)
                .arg("-out")
                .arg(&ca),
        );
        succeeds(
            openssl()
                .args(["req", "-subj", "/CN=localhost"])
                .args(ec)
                .arg("-keyout")
                .arg(&key)
                .arg("-out")
                .arg(&request),
        );
        let mut sign = openssl();
        sign.args(["x509", "-req", "-days", "2", "-CAcreateserial"]).arg("-in").arg(&request).arg("-CA").arg(&ca);
        succeeds(sign.arg("-CAkey").arg(&ca_key).arg("-extfile").arg(at("san")).arg("-out").arg(at("certificate.pem")));
        // The interpreter that has the library is the one that its own program begins with.
        let paths = std::env::var_os("PATH").unwrap_or_default();
        let mut found = std::env::split_paths(&paths).map(|folder| folder.join("aiosmtpd"));
        let aiosmtpd = found.find_map(|path| fs::read_to_string(path).ok());
        let aiosmtpd = aiosmtpd.unwrap_or_else(|| {
            panic!("aiosmtpd is not installed; Debian: apt-get install python3-aiosmtpd, or `make test`")
        });
        let python = aiosmtpd.lines().next().and_then(|line| line.strip_prefix("#!")).unwrap_or("python3").trim();
        let mut server = Command::new(python);
        server.arg(script).arg(at("certificate.pem")).arg(&key).args(["offhook", PASSWORD]);
        let mut server = server.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("python can be run");
        let stdout = server.stdout.take().expect("it is piped");
        let (said, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // The test may have heard enough.
                let _ = said.send(line);
            }
        });
        let port = lines.recv_timeout(START).expect("the mail server names its port");
        Mail { folder, server, lines, port: port.parse().expect("a port is a number") }
    }

    /// The certificate that its own is signed by.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The next message that it was given.
    #[track_caller]
    pub fn next(&self) -> Value {
        let line = self.lines.recv_timeout(START).expect("a message comes");
        serde_json::from_str(&line).expect("the server writes JSON")
    }
}

impl Drop for Mail {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
