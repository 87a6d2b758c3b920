//! Several files of a folder change at once, or not at all, also when the power fails in between: what is new is written beside, then a plan
//! is kept, then files take their places, then the plan goes. Whoever comes next finishes a plan that was kept, and removes what
//! has none.

use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

/// Where what is not finished lies: on the same disk as the flows, and hidden from whoever reads them.
const STAGE: &str = ".offhook";

/// What a folder and a server last agreed on: the one hidden file that changes together with documents.
pub const STATE: &str = ".offhook/sync.json";

/// The plan of a write.
const PLAN: &str = "plan.json";

/// One change of a folder. Paths are below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// This file has these bytes.
    Put(PathBuf, Vec<u8>),
    /// This file is gone.
    Remove(PathBuf),
}

impl Op {
    fn path(&self) -> &Path {
        match self {
            Op::Put(path, _) | Op::Remove(path) => path,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Step {
    /// Below the folder.
    path: PathBuf,
    /// The file beside the plan that takes this place; none removes what is there.
    staged: Option<String>,
}

/// Makes all changes, or none. Only one process at a time writes into a folder; another one waits.
///
/// # Errors
/// When a path leads out of the folder, or the disk refuses. Before the plan is kept, nothing has changed; after it, what is missing
/// is made up for by the next [`apply`] or [`recover`].
pub fn apply(root: &Path, ops: &[Op]) -> io::Result<()> {
    if let Some(op) = ops.iter().find(|op| !is_below(op.path())) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{} is no file of it", op.path().display())));
    }
    if ops.is_empty() {
        return Ok(());
    }
    ops.iter().try_for_each(|op| fits(root, op.path()))?;
    let stage = root.join(STAGE);
    let _locked = lock(&stage)?;
    finish_all(root, &stage)?;
    let folder = stage.join(format!("save-{}", uuid::Uuid::now_v7().simple()));
    let staged = stage_all(root, &folder, ops);
    if let Err(error) = staged {
        let _ = fs::remove_dir_all(&folder);
        return Err(error);
    }
    finish(root, &folder)
}

/// Finishes what was interrupted. Says how many writes that were.
///
/// # Errors
/// When the disk refuses.
pub fn recover(root: &Path) -> io::Result<usize> {
    let stage = root.join(STAGE);
    if !stage.is_dir() {
        return Ok(0);
    }
    let _locked = lock(&stage)?;
    finish_all(root, &stage)
}

/// Only what goes down: no root, no `..`, nothing hidden but [`STATE`].
fn is_below(path: &Path) -> bool {
    if path == Path::new(STATE) {
        return true;
    }
    let mut parts = path.components().peekable();
    parts.peek().is_some()
        && parts.all(|part| match part {
            Component::Normal(name) => !name.to_string_lossy().starts_with('.'),
            _ => false,
        })
}

/// Whether a file can lie there: no folder has its place, and no link leads the way out of the folder. A plan that cannot be finished would be in the
/// way of every later one.
fn fits(root: &Path, path: &Path) -> io::Result<()> {
    let refuse = |why: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{} {why}", path.display())));
    let target = root.join(path);
    if fs::symlink_metadata(&target).is_ok_and(|found| found.is_dir()) {
        return refuse("is a folder");
    }
    let above = target.ancestors().skip(1).find(|above| above.symlink_metadata().is_ok());
    let leads_out = match (above.map(Path::canonicalize), root.canonicalize()) {
        (Some(Ok(above)), Ok(root)) => !above.starts_with(root),
        // The folder itself is made by whoever writes first.
        (_, Err(_)) => false,
        _ => true,
    };
    if leads_out { refuse("leads out of the folder") } else { Ok(()) }
}

/// The lock goes with the file that is returned, also when the process dies.
fn lock(stage: &Path) -> io::Result<File> {
    fs::create_dir_all(stage)?;
    let ignore = stage.join(".gitignore");
    if !ignore.exists() {
        fs::write(ignore, "*\n")?;
    }
    let file = File::options().create(true).truncate(false).write(true).open(stage.join("lock"))?;
    file.lock()?;
    Ok(file)
}

fn stage_all(root: &Path, folder: &Path, ops: &[Op]) -> io::Result<()> {
    fs::create_dir(folder)?;
    let mut plan = Vec::new();
    for (number, op) in ops.iter().enumerate() {
        let staged = match op {
            Op::Remove(_) => None,
            Op::Put(path, bytes) => {
                let name = number.to_string();
                let mut file = File::create_new(folder.join(&name))?;
                file.write_all(bytes)?;
                if let Ok(old) = fs::metadata(root.join(path)) {
                    file.set_permissions(old.permissions())?;
                }
                file.sync_all()?;
                // What cannot have its place is told before anything has changed.
                fs::create_dir_all(root.join(path).parent().unwrap_or(root))?;
                Some(name)
            }
        };
        plan.push(Step { path: op.path().to_owned(), staged });
    }
    let text = serde_json::to_vec(&plan).map_err(io::Error::other)?;
    let written = folder.join("plan");
    let mut file = File::create_new(&written)?;
    file.write_all(&text)?;
    file.sync_all()?;
    fs::rename(written, folder.join(PLAN))?;
    sync(folder)?;
    sync(folder.parent().unwrap_or(root))
}

fn finish_all(root: &Path, stage: &Path) -> io::Result<usize> {
    let mut finished = 0;
    let mut folders = Vec::new();
    for entry in fs::read_dir(stage)? {
        let path = entry?.path();
        let is_write = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("save-"));
        if is_write && path.is_dir() {
            folders.push(path);
        }
    }
    // Their names begin with the time.
    folders.sort();
    for folder in folders {
        if folder.join(PLAN).is_file() {
            finish(root, &folder)?;
            finished += 1;
        } else {
            fs::remove_dir_all(&folder)?;
        }
    }
    Ok(finished)
}

/// Puts files in their places; those that are there already were put before.
fn finish(root: &Path, folder: &Path) -> io::Result<()> {
    let plan: Vec<Step> = serde_json::from_slice(&fs::read(folder.join(PLAN))?).map_err(io::Error::other)?;
    let mut touched: Vec<PathBuf> = Vec::new();
    for step in &plan {
        let target = root.join(&step.path);
        let done = match &step.staged {
            Some(name) => fs::rename(folder.join(name), &target),
            None => fs::remove_file(&target),
        };
        done.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
        let parent = target.parent().unwrap_or(root).to_owned();
        if !touched.contains(&parent) {
            touched.push(parent);
        }
    }
    for parent in touched.iter().filter(|parent| parent.is_dir()) {
        sync(parent)?;
    }
    fs::remove_dir_all(folder)
}

/// Names are on the disk only when their folder is.
fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(path: &str, text: &str) -> Op {
        Op::Put(path.into(), text.into())
    }

    fn text(root: &Path, path: &str) -> Option<String> {
        fs::read_to_string(root.join(path)).ok()
    }

    #[test]
    fn files_change_together() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        fs::write(root.join("gone.yaml"), "x").unwrap();
        let ops = [put("a/b.yaml", "1"), put("a/b.layout.yaml", "2"), Op::Remove("gone.yaml".into())];
        apply(root, &ops).unwrap();
        assert_eq!((text(root, "a/b.yaml").as_deref(), text(root, "gone.yaml")), (Some("1"), None));
        apply(root, &[put("a/b.yaml", "3"), Op::Remove("gone.yaml".into())]).unwrap();
        assert_eq!(text(root, "a/b.yaml").as_deref(), Some("3"));
        let left: Vec<_> = fs::read_dir(root.join(STAGE)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| !name.to_string_lossy().starts_with("save-")), "{left:?}");
    }

    #[test]
    fn no_path_leads_out() {
        let root = tempfile::tempdir().unwrap();
        for path in ["../x.yaml", "/x.yaml", "a/../../x.yaml", "", ".git/config", "a/.hidden.yaml", "./x"] {
            let error = apply(root.path(), &[put("fine.yaml", "1"), put(path, "2")]).map(|()| path);
            assert_eq!(error.unwrap_err().kind(), io::ErrorKind::InvalidInput, "{path}");
            assert_eq!(text(root.path(), "fine.yaml"), None);
        }
    }

    #[test]
    fn what_has_no_place_is_told_before_anything_changes() {
        let place = tempfile::tempdir().unwrap();
        let root = &place.path().join("flows");
        fs::create_dir_all(root.join("folder.wav")).unwrap();
        fs::write(root.join("file"), "x").unwrap();
        let mut paths = vec!["folder.wav", "file/x.wav"];
        if cfg!(unix) {
            #[cfg(unix)]
            std::os::unix::fs::symlink(place.path(), root.join("out")).unwrap();
            paths.extend(["out/x.wav", "out/new/x.wav"]);
        }
        for path in paths {
            assert!(apply(root, &[put("fine.yaml", "1"), put(path, "2")]).is_err(), "{path}");
            assert_eq!((text(root, "fine.yaml"), recover(root).unwrap()), (None, 0), "{path}");
        }
        assert!(apply(root, &[Op::Remove("folder.wav".into())]).is_err());
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1, "nothing beside the folder");
        apply(root, &[put("fine.yaml", "1")]).unwrap();
    }

    /// Whatever moment the power fails at: afterwards all is old or all is new.
    #[test]
    fn what_was_interrupted_is_finished_or_undone() {
        let ops = [put("a.yaml", "new a"), put("b.yaml", "new b"), Op::Remove("c.yaml".into())];
        for done in 0..=4 {
            let root = tempfile::tempdir().unwrap();
            let root = root.path();
            for name in ["a", "b", "c"] {
                fs::write(root.join(format!("{name}.yaml")), "old").unwrap();
            }
            let folder = root.join(STAGE).join("save-1");
            fs::create_dir_all(folder.parent().unwrap()).unwrap();
            stage_all(root, &folder, &ops).unwrap();
            match done {
                0 => fs::remove_file(folder.join(PLAN)).unwrap(),
                1 => {}
                _ => {
                    fs::rename(folder.join("0"), root.join("a.yaml")).unwrap();
                    if done > 2 {
                        fs::rename(folder.join("1"), root.join("b.yaml")).unwrap();
                    }
                    if done > 3 {
                        fs::remove_file(root.join("c.yaml")).unwrap();
                    }
                }
            }
            assert_eq!(recover(root).unwrap(), usize::from(done > 0));
            let all = ["a.yaml", "b.yaml", "c.yaml"].map(|name| text(root, name).unwrap_or_default());
            let expected = if done == 0 { ["old", "old", "old"] } else { ["new a", "new b", ""] };
            assert_eq!(all, expected, "interrupted after {done}");
            assert!(!folder.exists());
        }
    }
}
