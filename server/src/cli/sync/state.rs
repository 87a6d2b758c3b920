//! What a folder and a server last agreed on: the common version that both sides are compared with. It lies in the folder, hidden and not for git,
//! because it is about this copy of the folder.

use super::super::{FAILED, Stop};
use crate::folder::{Op, STATE, etag};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Entity tags by part.
pub(super) type Tags = BTreeMap<String, String>;

/// What was agreed on, by server and flow.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    #[serde(default)]
    servers: BTreeMap<String, BTreeMap<String, Tags>>,
    /// Entity tags of files beside flows, by server and path.
    #[serde(default)]
    assets: BTreeMap<String, Tags>,
}

/// The state of a folder for one server.
pub(super) struct Bases {
    folder: PathBuf,
    server: String,
    state: State,
}

impl Bases {
    /// Reads what was agreed on with a server.
    pub fn open(folder: &Path, server: &str) -> Result<Bases, Stop> {
        let path = folder.join(STATE);
        let state = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| Stop::new(FAILED, format!("{}: {error}", path.display())))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => State::default(),
            Err(error) => return Err(Stop::io(&path, &error)),
        };
        Ok(Bases { folder: folder.to_owned(), server: server.to_owned(), state })
    }

    /// The flows that were agreed on.
    pub fn flows(&self) -> impl Iterator<Item = &String> {
        self.state.servers.get(&self.server).into_iter().flat_map(BTreeMap::keys)
    }

    /// What was agreed on of a flow.
    pub fn of(&self, flow: &str) -> Tags {
        self.state.servers.get(&self.server).and_then(|flows| flows.get(flow)).cloned().unwrap_or_default()
    }

    /// Agrees on a flow; on nothing where there are no tags.
    pub fn set(&mut self, flow: &str, tags: Tags) {
        let flows = self.state.servers.entry(self.server.clone()).or_default();
        if tags.is_empty() {
            flows.remove(flow);
        } else {
            flows.insert(flow.to_owned(), tags);
        }
    }

    /// The files beside flows that were agreed on.
    pub fn assets(&self) -> Tags {
        self.state.assets.get(&self.server).cloned().unwrap_or_default()
    }

    /// Agrees on a file beside flows; on nothing where there is no tag.
    pub fn set_asset(&mut self, path: &str, tag: Option<String>) {
        let tags = self.state.assets.entry(self.server.clone()).or_default();
        match tag {
            Some(tag) => tags.insert(path.to_owned(), tag),
            None => tags.remove(path),
        };
    }

    /// The common version of a file; nothing where its copy is gone, and then the file counts as new on both sides.
    pub fn text(&self, tag: &str) -> Option<Vec<u8>> {
        fs::read(self.copy(tag)).ok().filter(|bytes| etag(bytes) == tag)
    }

    /// Keeps a copy of a common version. It is on the disk before anything refers to it.
    pub fn keep(&self, bytes: &[u8]) -> Result<(), Stop> {
        let path = self.copy(&etag(bytes));
        if fs::read(&path).is_ok_and(|known| known == bytes) {
            return Ok(());
        }
        let parent = path.parent().expect("it is in a folder");
        let written = fs::create_dir_all(parent).and_then(|()| {
            let mut file = tempfile::NamedTempFile::new_in(parent)?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            file.persist(&path).map(|_| ()).map_err(|error| error.error)
        });
        written.map_err(|error| Stop::io(&path, &error))
    }

    /// The change of the folder that keeps what is agreed on now.
    pub fn op(&self) -> Op {
        let text = serde_json::to_vec_pretty(&self.state).expect("a state is plain data");
        Op::Put(STATE.into(), text)
    }

    /// Removes copies that nothing refers to any more.
    pub fn tidy(&self) {
        let flows = self.state.servers.values().flat_map(BTreeMap::values);
        let tags = flows.flat_map(BTreeMap::values).chain(self.state.assets.values().flat_map(BTreeMap::values));
        let used: BTreeSet<PathBuf> = tags.map(|tag| self.copy(tag)).collect();
        let Ok(entries) = fs::read_dir(self.folder.join(COPIES)) else { return };
        for path in entries.flatten().map(|entry| entry.path()).filter(|path| !used.contains(path)) {
            // What stays is only too much.
            let _ = fs::remove_file(path);
        }
    }

    fn copy(&self, tag: &str) -> PathBuf {
        let name: String = tag.chars().filter(char::is_ascii_alphanumeric).collect();
        self.folder.join(COPIES).join(name)
    }
}

/// Where copies of common versions lie.
const COPIES: &str = ".offhook/base";
