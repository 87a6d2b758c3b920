//! Where a version lies: on the disk, or in a revision of a git repository, from which it is taken out into a folder of its own for as long
//! as it is looked at. git itself is asked; nothing here reads its files.

use super::super::{FAILED, Stop};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Files that are taken out of one revision.
const FILES: usize = 10_000;

/// A version as files.
pub(super) enum Place {
    Disk(PathBuf),
    Revision { folder: tempfile::TempDir, path: PathBuf },
}

impl Place {
    pub fn path(&self) -> &Path {
        match self {
            Place::Disk(path) => path,
            Place::Revision { folder, path } => {
                debug_assert!(path.starts_with(folder.path()), "it was put there");
                path
            }
        }
    }

    /// A path that exists, or else `REV:PATH`.
    pub fn resolve(given: &Path) -> Result<Place, Stop> {
        if given.exists() {
            return Ok(Place::Disk(given.to_owned()));
        }
        let words = given.to_string_lossy();
        match words.split_once(':') {
            Some((revision, path)) if !revision.is_empty() && !revision.starts_with('-') => take_out(revision, path),
            _ => Err(Stop::new(FAILED, format!("{words}: there is no such file, folder or REV:PATH"))),
        }
    }
}

/// Takes a file with what lies beside it, or a folder, out of a revision. Paths count from the working folder, as those of files do.
fn take_out(revision: &str, path: &str) -> Result<Place, Stop> {
    let path = path.trim_end_matches('/');
    let path = if path.is_empty() { "." } else { path };
    let kind = git(&["cat-file", "-t", &object(revision, path)])?;
    let is_folder = String::from_utf8_lossy(&kind).trim() == "tree";
    let around = match Path::new(path).parent() {
        _ if is_folder => path.to_owned(),
        Some(parent) if !parent.as_os_str().is_empty() => format!("{}/", parent.display()),
        _ => "./".to_owned(),
    };
    let listed = git(&["ls-tree", "-r", "-z", "--name-only", revision, "--", &around])?;
    let listed = String::from_utf8_lossy(&listed).into_owned();
    let io = |error: std::io::Error| Stop::new(FAILED, format!("a folder for {revision}: {error}"));
    let folder = tempfile::tempdir().map_err(io)?;
    let stem = |path: &str| path.rsplit('/').next().unwrap_or(path).split('.').next().unwrap_or_default().to_owned();
    let wanted = |name: &str| {
        let known = [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending));
        known
            && (is_folder
                || Path::new(name).parent() == Path::new(path).parent() && stem(name) == stem(path)
                || name.contains(".node."))
    };
    for name in listed.split('\0').filter(|name| wanted(name)).take(FILES) {
        // Names come from the repository: none may lead out of the folder.
        if Path::new(name).components().any(|part| !matches!(part, std::path::Component::Normal(_))) {
            continue;
        }
        let to = folder.path().join(name);
        if let Some(parent) = to.parent() {
            std::fs::create_dir_all(parent).map_err(io)?;
        }
        std::fs::write(&to, git(&["cat-file", "blob", &object(revision, name)])?).map_err(io)?;
    }
    let inside = if path == "." { folder.path().to_owned() } else { folder.path().join(path) };
    Ok(Place::Revision { folder, path: inside })
}

/// The name of an object; a path counts from the working folder.
fn object(revision: &str, path: &str) -> String {
    if path == "." { format!("{revision}:./") } else { format!("{revision}:./{path}") }
}

fn git(args: &[&str]) -> Result<Vec<u8>, Stop> {
    let told = Command::new("git").args(args).output().map_err(|error| Stop::new(FAILED, format!("git: {error}")))?;
    if told.status.success() {
        return Ok(told.stdout);
    }
    Err(Stop::new(FAILED, String::from_utf8_lossy(&told.stderr).into_owned()))
}
