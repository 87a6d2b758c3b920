//! The folder of flows as a place to write: which files belong to a flow, and how several of them change at once or not at all. It reads no
//! meaning out of documents but their id; whether they have errors is not asked here.

mod assets;
pub mod limits;
mod parts;
mod write;

pub use assets::{
    Asset, AssetKind, asset, asset_bytes, asset_kind, asset_sizes, assets, is_of_type, media_type, too_large,
};
pub use parts::{ENDINGS, name_of, part_of};
pub use write::{Op, STATE, apply, recover};

use crate::host::{is_document, is_own_type, looks_like_flow, read_file};
use offhook_flow_schemas::limits::FLOW_ID_CHARS;
use offhook_flow_schemas::{is_flow_id, read_flow};
use sha2::{Digest as _, Sha256};
use std::io;
use std::path::{Path, PathBuf};

/// A file of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which of the flow's files it is: `flow`, `layout`, a locale, `talk`, `busy.talk`.
    pub part: String,
    /// Its name, without folders.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its entity tag, with its quotes.
    pub etag: String,
}

/// The files of one flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowParts {
    /// The flow's id.
    pub id: String,
    /// Where its files lie, below the folder of flows.
    pub folder: PathBuf,
    /// What their names begin with.
    pub stem: String,
    /// The files: the flow first, the others by name.
    pub parts: Vec<Part>,
}

impl FlowParts {
    /// The entity tag of all files together.
    pub fn etag(&self) -> String {
        let mut digest = Sha256::new();
        for part in &self.parts {
            digest.update(format!("{}\0{}\0", part.part, part.etag));
        }
        tag(&digest.finalize())
    }

    /// A file by its part or its name.
    pub fn part(&self, wanted: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.part == wanted || part.name == wanted)
    }

    /// A file's path below the folder of flows.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// The strong entity tag of bytes (RFC 9110 §8.8.3): equal for equal bytes.
pub fn etag(bytes: &[u8]) -> String {
    tag(&Sha256::digest(bytes))
}

fn tag(digest: &[u8]) -> String {
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

/// The files of the flow of this id; nothing where there is none.
///
/// # Errors
/// When the folder cannot be read.
pub fn find(root: &Path, id: &str) -> io::Result<Option<FlowParts>> {
    if !is_id(id) {
        return Ok(None);
    }
    // Most flows lie where their id says; the others are looked for.
    for ending in parts::ENDINGS {
        let path = root.join(format!("{id}.{ending}"));
        if path.is_file() && id_in(&read_file(&path)?).as_deref() == Some(id) {
            return read(root, &path, id).map(Some);
        }
    }
    for path in documents(root)? {
        if id_of(&path)?.as_deref() == Some(id) {
            return read(root, &path, id).map(Some);
        }
    }
    Ok(None)
}

/// All flows of the folder, by id. Of two of one id the first by path is told.
///
/// # Errors
/// When the folder cannot be read.
pub fn all(root: &Path) -> io::Result<Vec<FlowParts>> {
    let mut flows: Vec<FlowParts> = Vec::new();
    for path in documents(root)? {
        let Some(id) = id_of(&path)? else { continue };
        if !flows.iter().any(|flow| flow.id == id) {
            flows.push(read(root, &path, &id)?);
        }
    }
    flows.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(flows)
}

/// Makes the folder where it is missing and its parent is there; says whether it was made.
///
/// # Errors
/// When it is no folder, cannot be read, or lies in a folder that is not there: that is a path written wrongly.
pub fn prepare(root: &Path) -> io::Result<bool> {
    let made = match std::fs::create_dir(root) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
        // A folder on a read-only disk is there, whatever making it says.
        Err(_) if root.exists() => false,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let why = "neither it nor the folder that it lies in is there";
            return Err(io::Error::new(io::ErrorKind::NotFound, why));
        }
        Err(error) => return Err(error),
    };
    if root.is_dir() {
        std::fs::read_dir(root)?;
        return Ok(made);
    }
    Err(io::Error::new(io::ErrorKind::NotADirectory, "it is a file; flows are served from a folder"))
}

/// Whether a flow can have this id. Nothing in one leads out of a folder.
pub fn is_id(id: &str) -> bool {
    id.len() <= FLOW_ID_CHARS && id.split('/').count() <= limits::FOLDERS && is_flow_id(id)
}

fn documents(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    crate::host::collect(root, 0, &mut paths)?;
    paths.retain(|path| is_document(path) && !is_own_type(path));
    paths.sort();
    Ok(paths)
}

fn read(root: &Path, flow: &Path, id: &str) -> io::Result<FlowParts> {
    let outside = || io::Error::other(format!("{} is not in {}", flow.display(), root.display()));
    let absolute = flow.parent().ok_or_else(outside)?;
    let folder = absolute.strip_prefix(root).map_err(|_| outside())?.to_owned();
    let stem = parts::stem(flow).to_owned();
    let mut found = Vec::new();
    for entry in std::fs::read_dir(absolute)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let Some(part) = part_of(name, &stem).filter(|part| part != "flow" || path == flow) else { continue };
        if path.is_file() {
            let bytes = read_file(&path)?;
            found.push(Part { part, name: name.to_owned(), etag: etag(&bytes), bytes });
        }
    }
    found.sort_by(|one, other| (one.part != "flow", &one.name).cmp(&(other.part != "flow", &other.name)));
    Ok(FlowParts { id: id.to_owned(), folder, stem, parts: found })
}

fn id_of(path: &Path) -> io::Result<Option<String>> {
    let bytes = read_file(path)?;
    Ok(if looks_like_flow(&bytes) { id_in(&bytes) } else { None })
}

/// The id that a document says, also where the rest of it cannot be read.
pub fn id_in(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let plain = |line: &str| -> Option<String> {
        let value = line.strip_prefix("id:")?.split(" #").next()?.trim();
        let quoted = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
        Some(quoted.unwrap_or(value).to_owned())
    };
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    if let Some(id) = lines.find_map(plain).filter(|id| is_id(id)) {
        return Some(id);
    }
    // Written otherwise, as in JSON.
    let document = read_flow("flow.yaml", bytes).document?;
    Some(document.flow.id.clone()).filter(|id| is_id(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_where_only_it_is_missing() {
        let place = tempfile::tempdir().unwrap();
        let flows = place.path().join("flows");
        assert!(prepare(&flows).unwrap());
        assert!(!prepare(&flows).unwrap());
        assert_eq!(prepare(&place.path().join("a/b")).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(!place.path().join("a").exists());
        std::fs::write(place.path().join("file"), "").unwrap();
        assert_eq!(prepare(&place.path().join("file")).unwrap_err().kind(), io::ErrorKind::NotADirectory);
        assert!(prepare(&place.path().join("file/flows")).is_err());
    }

    #[test]
    fn an_id_is_found_in_whatever_is_a_draft() {
        let of = |text: &str| id_in(text.as_bytes());
        assert_eq!(of("\u{feff}offhook: 1\r\nid: a/b # mine\r\n").as_deref(), Some("a/b"));
        assert_eq!(of("offhook: 1\nid: \"a\"\nnodes:\n  x: [").as_deref(), Some("a"));
        assert_eq!(of("id: ../b\n"), None);
        let json = r#"{ "offhook": 1, "id": "a/j", "kind": "ivr", "start": "x", "nodes": { "x": { "type": "end" } } }"#;
        assert_eq!(of(json).as_deref(), Some("a/j"));
        assert_eq!(of("nodes:\n  id: x\n"), None);
    }

    #[test]
    fn a_flow_is_found_by_its_id_wherever_it_lies() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("a/b.yaml", "offhook: 1\nid: a/b\n");
        write("a/b.es-ES.yaml", "texts: {}\n");
        write("a/b.busy.talk.yaml", "flow: a/b\n");
        write("a/b.csv", "x\n");
        write("a/bc.yaml", "offhook: 1\nid: elsewhere\nnodes: [\n");
        let names = |flow: &FlowParts| flow.parts.iter().map(|part| part.part.clone()).collect::<Vec<_>>();
        let here = find(folder.path(), "a/b").unwrap().unwrap();
        assert_eq!(names(&here), ["flow", "busy.talk", "es-ES"]);
        let there = find(folder.path(), "elsewhere").unwrap().unwrap();
        assert_eq!((there.folder, there.stem.as_str()), (PathBuf::from("a"), "bc"));
        assert_eq!(find(folder.path(), "../a/b").unwrap(), None);
        let ids: Vec<String> = all(folder.path()).unwrap().into_iter().map(|flow| flow.id).collect();
        assert_eq!(ids, ["a/b", "elsewhere"]);
        let before = here.etag();
        write("a/b.es-ES.yaml", "texts: { a: b }\n");
        assert_ne!(find(folder.path(), "a/b").unwrap().unwrap().etag(), before);
    }
}
