//! What an operator sets: `offhook.toml`, over it the environment (`OFFHOOK_SECTION__KEY`), over that the flags of the
//! command line. Every mistake is found at once and each names its key and its place. Nothing here opens a port or a
//! database; files are read only for the configuration itself and for the secrets it points to.
//!
//! `offhook.toml.example` documents every key; a test holds it equal to the defaults below.

mod bindings;
mod entries;
mod flows;
mod leads;
mod place;
mod read;
mod secret;
mod sections;
mod tenants;
mod tree;
mod value;

#[cfg(test)]
mod tests;

pub use bindings::{Access, MessageBody, MessageChannel, MessageHttp, Smtp, Source, Tls};
pub use entries::{
    Channel, Entry, Hook, Mistake, NO_DOOR, SAME_DOOR, SEVERAL_DOORS, check_entry, entry_for_chat, entry_for_number,
};
pub use flows::{Flows, LiveFlows, Review};
pub use leads::Leads;
pub use place::Place;
pub use read::{Errors, Problem};
pub use secret::{Secret, Secrets, VaultKey};
pub use sections::{
    Config, Http, Limits, Log, LogFormat, Phone, Rtp, Server, SignIn, Sip, Speech, Store, SynthesizerKind, Transport,
    Trunk, Vault, Webhooks,
};
pub use tenants::Tenant;
pub use value::{Network, Ports};

use std::path::{Path, PathBuf};

use read::Reader;

/// The file that is read when none is named.
pub const DEFAULT_FILE: &str = "offhook.toml";

/// What the names of our environment variables begin with.
pub const PREFIX: &str = "OFFHOOK_";

/// One setting from the command line.
#[derive(Debug, Clone)]
pub struct Flag {
    /// The flag as the user knows it: `--bind`.
    pub name: String,
    /// The key it sets: `server.bind`.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// Where settings come from, weakest first.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The file; it must exist. `None` takes [`DEFAULT_FILE`] of the working folder if it is there.
    pub file: Option<PathBuf>,
    /// The environment; only names that begin with [`PREFIX`] set keys, but a secret may point to any.
    pub env: Vec<(String, String)>,
    /// The command line.
    pub flags: Vec<Flag>,
    /// Whether secrets are only named, and not looked up: for asking what an environment has without being in it.
    pub names_only: bool,
}

impl Sources {
    /// The default file and the environment of this process. A variable that is not Unicode is left out.
    pub fn of_process() -> Self {
        let env = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self { file: None, env, flags: Vec::new(), names_only: false }
    }
}

impl Config {
    /// Reads all sources; every mistake in any of them is in the error.
    pub fn load(sources: &Sources) -> Result<Config, Errors> {
        let mut text = None;
        let named = sources.file.clone();
        let path = named.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_FILE));
        match std::fs::read_to_string(&path) {
            Ok(found) => text = Some(found),
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(Errors::one("", Place::Unknown, format!("cannot read {}: {error}", path.display())));
            }
        }
        Self::parse(text.as_deref(), &path, sources)
    }

    /// As [`Config::load`], with the file's text at hand.
    pub fn parse(text: Option<&str>, path: &Path, sources: &Sources) -> Result<Config, Errors> {
        let mut problems = Vec::new();
        let mut root = tree::from_file(text.unwrap_or(""), path, &mut problems);
        tree::add_environment(&mut root, &sources.env, &mut problems);
        tree::add_flags(&mut root, &sources.flags, &mut problems);
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        let mut reader = Reader::new(&root, &sources.env, folder, problems);
        reader.names_only = sources.names_only;
        let config = Config::read(&mut reader);
        match reader.finish() {
            Some(errors) => Err(errors),
            None => Ok(config),
        }
    }
}
