//! One flow on both sides: what the folder gets, what the server gets, and what is agreed on afterwards. Nothing is sent or written here.

use super::super::Stop;
use super::compare::{Fate, Moved, fate, moved, parts};
use super::state::{Bases, Tags};
use super::{Deed, Told, Way};
use crate::folder::{ENDINGS, FlowParts, Op, etag, name_of, part_of};
use offhook_flow_schemas::edit::Knowledge;
use offhook_flow_schemas::merge::{conflicts, lines, merge};
use offhook_flow_schemas::read_tree;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// The length of conflict markers where a file cannot be read as a document.
const MARKERS: usize = 7;

/// The common version of a file that both sides made anew.
const NOTHING: &str = "{}\n";

/// A file on the server.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub name: String,
    pub etag: String,
    pub bytes: Vec<u8>,
}

/// A flow on the server.
#[derive(Debug)]
pub(super) struct There {
    pub path: String,
    pub etag: String,
    pub parts: BTreeMap<String, File>,
}

/// What the server is asked to do.
pub(super) struct Request {
    /// The files; none removes the flow.
    pub body: Option<Value>,
    /// The entity tag of all files of the flow that is known; empty for a new flow.
    pub based_on: String,
    /// What is told when it is done.
    pub told: Vec<Told>,
}

/// A flow on both sides.
pub(super) struct Flow {
    pub id: String,
    was: Option<FlowParts>,
    /// The folder's files as they will be.
    here: BTreeMap<String, Vec<u8>>,
    there: Option<There>,
    base: Tags,
    /// Whether the server gets nothing of it this time.
    held: bool,
    same: bool,
}

/// The entity tags of a flow's files.
pub(super) fn tags(flow: &FlowParts) -> Tags {
    flow.parts.iter().map(|part| (part.part.clone(), part.etag.clone())).collect()
}

impl Flow {
    pub fn new(id: String, here: Option<FlowParts>, base: Tags, there: Option<There>, same: bool) -> Flow {
        let files = here.iter().flat_map(|flow| &flow.parts);
        let files = files.map(|part| (part.part.clone(), part.bytes.clone())).collect();
        Flow { id, was: here, here: files, there, base, held: false, same }
    }

    /// What is agreed on.
    pub fn base(&self) -> &Tags {
        &self.base
    }

    /// The texts of what is agreed on, as far as a side has them.
    pub fn base_texts(&self) -> impl Iterator<Item = &[u8]> {
        let there = self.there.iter().flat_map(|there| there.parts.values().map(|file| file.bytes.as_slice()));
        let all = self.here.values().map(Vec::as_slice).chain(there);
        all.filter(|bytes| self.base.values().any(|tag| *tag == etag(bytes)))
    }

    /// Both sides are the same now.
    pub fn agree(&mut self) {
        self.base = self.our_tags();
    }

    fn our_tags(&self) -> Tags {
        self.here.iter().map(|(part, bytes)| (part.clone(), etag(bytes))).collect()
    }

    fn their_tags(&self) -> Tags {
        let files = self.there.iter().flat_map(|there| &there.parts);
        files.map(|(part, file)| (part.clone(), file.etag.clone())).collect()
    }

    /// Takes what changed on the server, and merges it with what changed here. With [`Way::Push`] nothing is taken: what would have to be
    /// keeps the flow from being pushed.
    pub fn take(
        &mut self,
        way: Way,
        bases: &Bases,
        knowledge: &Knowledge,
        root: &Path,
        told: &mut Vec<Told>,
    ) -> Result<(), Stop> {
        if self.same {
            self.agree();
            return Ok(());
        }
        let (ours, theirs) = (self.our_tags(), self.their_tags());
        let fate = fate(&self.base, &ours, &theirs);
        if way == Way::Push {
            self.refuse_what_moved_there(fate, &ours, &theirs, told);
            return Ok(());
        }
        match fate {
            Fate::RemovedThere => {
                self.here.clear();
                self.base.clear();
                told.push(Told::new(Deed::RemovedHere, &self.id, None, None));
            }
            // The folder says that it shall go; the server is told, or not, later.
            Fate::RemovedHere => {}
            Fate::KeptHere => {
                self.base.clear();
                self.held = true;
                let why = "it was removed there and changed here; the next push makes it anew";
                told.push(Told::new(Deed::Kept, &self.id, None, Some(why.to_owned())));
            }
            Fate::KeptThere => {
                self.take_all();
                let why = "it was removed here and changed there; it is here again";
                told.push(Told::new(Deed::Kept, &self.id, None, Some(why.to_owned())));
            }
            Fate::Lives => self.take_parts(bases, knowledge, &ours, &theirs, told),
        }
        if let Some(path) = self.in_the_way(root) {
            let why = format!("{} is in the way", path.display());
            told.retain(|told| told.flow.as_deref() != Some(&*self.id));
            told.push(Told::new(Deed::Conflict, &self.id, None, Some(why)));
            *self = Flow::new(self.id.clone(), self.was.clone(), bases.of(&self.id), self.there.take(), false);
            self.held = true;
        }
        Ok(())
    }

    fn take_all(&mut self) {
        let files = self.there.iter().flat_map(|there| &there.parts);
        self.here = files.map(|(part, file)| (part.clone(), file.bytes.clone())).collect();
        self.base = self.their_tags();
    }

    fn refuse_what_moved_there(&mut self, fate: Fate, ours: &Tags, theirs: &Tags, told: &mut Vec<Told>) {
        let moves = |part: &String| moved(self.base.get(part), ours.get(part), theirs.get(part));
        let parts = parts([&self.base, ours, theirs]);
        // What is only new there is no reason to refuse: nothing of ours would have gone.
        if parts.iter().all(|part| matches!(moves(part), Moved::There | Moved::Nowhere)) {
            self.held = true;
            return;
        }
        let stands = parts.iter().any(|part| matches!(moves(part), Moved::There | Moved::Both));
        if stands || matches!(fate, Fate::KeptHere | Fate::KeptThere | Fate::RemovedThere) {
            self.held = true;
            let why = "it was changed there, too; pull first".to_owned();
            told.push(Told::new(Deed::Refused, &self.id, None, Some(why)));
            return;
        }
        for part in parts.into_iter().filter(|part| ours.get(part) == theirs.get(part)) {
            match ours.get(&part) {
                Some(tag) => self.base.insert(part, tag.clone()),
                None => self.base.remove(&part),
            };
        }
    }

    fn take_parts(&mut self, bases: &Bases, knowledge: &Knowledge, ours: &Tags, theirs: &Tags, told: &mut Vec<Told>) {
        for part in parts([&self.base, ours, theirs]) {
            let there = self.there.as_ref().and_then(|there| there.parts.get(&part)).cloned();
            match (moved(self.base.get(&part), ours.get(&part), theirs.get(&part)), there) {
                (Moved::Here, _) => {}
                (Moved::Nowhere, None) => {
                    self.base.remove(&part);
                }
                (Moved::Nowhere, Some(file)) => {
                    self.base.insert(part, file.etag);
                }
                (Moved::There, None) => {
                    self.here.remove(&part);
                    self.base.remove(&part);
                    told.push(Told::new(Deed::RemovedHere, &self.id, Some(&part), None));
                }
                (Moved::There, Some(file)) => {
                    told.push(Told::new(Deed::Pulled, &self.id, Some(&part), None));
                    self.here.insert(part.clone(), file.bytes);
                    self.base.insert(part, file.etag);
                }
                (Moved::Both, None) => {
                    self.base.remove(&part);
                    self.held = true;
                    let why = "it was removed there and changed here; the next push makes it anew".to_owned();
                    told.push(Told::new(Deed::Kept, &self.id, Some(&part), Some(why)));
                }
                (Moved::Both, Some(file)) => self.take_both(bases, knowledge, part, file, told),
            }
        }
    }

    fn take_both(&mut self, bases: &Bases, knowledge: &Knowledge, part: String, file: File, told: &mut Vec<Told>) {
        let Some(ours) = self.here.get(&part) else {
            let why = "it was removed here and changed there; it is here again".to_owned();
            told.push(Told::new(Deed::Kept, &self.id, Some(&part), Some(why)));
            self.here.insert(part.clone(), file.bytes);
            self.base.insert(part, file.etag);
            return;
        };
        let base = self.base.get(&part).and_then(|tag| bases.text(tag)).unwrap_or_else(|| NOTHING.into());
        let texts = [base.as_slice(), ours, &file.bytes].map(std::str::from_utf8);
        let [Ok(base), Ok(ours), Ok(theirs)] = texts else {
            self.held = true;
            let why = "it is not UTF-8 on both sides; ours stays".to_owned();
            told.push(Told::new(Deed::Conflict, &self.id, Some(&part), Some(why)));
            return;
        };
        let (text, found) = match merge(&file.name, base, ours, theirs, knowledge) {
            Ok(merged) => (merged.text, merged.conflicts.into_iter().map(|conflict| conflict.pointer).collect()),
            // What cannot be read as a document is merged line by line.
            Err(_) => {
                let (text, clean) = lines(base, ours, theirs, MARKERS);
                (text, if clean { Vec::new() } else { vec!["marked in its lines".to_owned()] })
            }
        };
        if found.is_empty() {
            told.push(Told::new(Deed::Merged, &self.id, Some(&part), None));
        }
        for pointer in found {
            told.push(Told::new(Deed::Conflict, &self.id, Some(&part), Some(pointer)));
        }
        self.here.insert(part.clone(), text.into_bytes());
        self.base.insert(part, file.etag);
    }

    /// What changes in the folder.
    pub fn ops(&self) -> Vec<Op> {
        let known = |part: &str| self.was.as_ref().and_then(|was| was.part(part));
        let mut ops = Vec::new();
        for (part, bytes) in &self.here {
            if known(part).is_none_or(|known| known.bytes != *bytes)
                && let Some(path) = self.path(part)
            {
                ops.push(Op::Put(path, bytes.clone()));
            }
        }
        for part in self.was.iter().flat_map(|was| &was.parts).filter(|part| !self.here.contains_key(&part.part)) {
            ops.extend(self.path(&part.part).map(Op::Remove));
        }
        ops
    }

    /// Where a file lies in the folder: beside the flow, or where the server has it.
    fn path(&self, part: &str) -> Option<PathBuf> {
        if let Some(was) = &self.was {
            let name = was.part(part).map(|part| part.name.clone()).or_else(|| name_of(part, &was.stem))?;
            return Some(was.path(&name));
        }
        let there = self.there.as_ref()?;
        let (folder, stem) = place(&there.path)?;
        let name = &there.parts.get(part)?.name;
        (part_of(name, stem).as_deref() == Some(part)).then(|| folder.join(name))
    }

    /// A file that is no part of this flow, where one of its parts would lie; or a place that is none.
    fn in_the_way(&self, root: &Path) -> Option<PathBuf> {
        let known = |part: &str| self.was.as_ref().is_some_and(|was| was.part(part).is_some());
        self.here.iter().filter(|(part, _)| !known(part)).find_map(|(part, bytes)| match self.path(part) {
            None => Some(PathBuf::from(part)),
            Some(path) => std::fs::read(root.join(&path)).is_ok_and(|other| other != *bytes).then_some(path),
        })
    }

    /// What the server is asked to do; nothing when it has it all, or when somebody must decide first.
    pub fn request(&self, told: &mut Vec<Told>) -> Option<Request> {
        let (ours, theirs) = (self.our_tags(), self.their_tags());
        if self.same || self.held || ours == theirs {
            return None;
        }
        let based_on = self.there.as_ref().map(|there| there.etag.clone()).unwrap_or_default();
        if ours.is_empty() {
            let told = vec![Told::new(Deed::RemovedThere, &self.id, None, None)];
            return Some(Request { body: None, based_on, told });
        }
        let open: Vec<&String> =
            self.here.iter().filter(|(_, text)| is_undecided(text)).map(|(part, _)| part).collect();
        if !open.is_empty() {
            for part in open {
                let why = "it has conflicts that nobody has decided".to_owned();
                told.push(Told::new(Deed::Refused, &self.id, Some(part), Some(why)));
            }
            return None;
        }
        let (mut files, mut done) = (Vec::new(), Vec::new());
        for part in parts([&Tags::new(), &ours, &theirs]) {
            if ours.get(&part) == theirs.get(&part) {
                continue;
            }
            let text = match self.here.get(&part).map(|bytes| std::str::from_utf8(bytes)) {
                Some(Err(_)) => {
                    told.push(Told::new(Deed::Refused, &self.id, Some(&part), Some("it is not UTF-8".to_owned())));
                    return None;
                }
                Some(Ok(text)) => Some(text),
                None => None,
            };
            let deed = if text.is_some() { Deed::Pushed } else { Deed::RemovedThere };
            done.push(Told::new(deed, &self.id, Some(&part), None));
            files.push(json!({ "part": part, "text": text }));
        }
        Some(Request { body: Some(json!({ "files": files })), based_on, told: done })
    }
}

/// The folder and the stem of a flow's file that a server names; nothing where that would lead out of the folder.
fn place(path: &str) -> Option<(PathBuf, &str)> {
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(name) if name.to_str().is_some_and(|name| !name.starts_with('.')));
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let (stem, ending) = name.split_once('.')?;
    let plain = Path::new(path).components().all(is_plain) && !path.contains('\\');
    (plain && !stem.is_empty() && ENDINGS.contains(&ending)).then(|| (PathBuf::from(folder), stem))
}

/// Whether a merge left something to decide in a file.
fn is_undecided(bytes: &[u8]) -> bool {
    match read_tree("merged.yaml", bytes) {
        Ok(tree) => !conflicts(&tree).is_empty(),
        Err(_) => bytes.split(|byte| *byte == b'\n').any(|line| line.starts_with(&[b'<'; MARKERS])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_names_no_place_outside_the_folder() {
        assert_eq!(place("a/b/line.yaml"), Some((PathBuf::from("a/b"), "line")));
        assert_eq!(place("line.json"), Some((PathBuf::new(), "line")));
        for path in ["../x.yaml", "/x.yaml", "a/../../x.yaml", ".git/x.yaml", "a/.x.yaml", "x.sh", "x", "", "a\\x.yaml"]
        {
            assert_eq!(place(path), None, "{path}");
        }
    }

    #[test]
    fn what_is_marked_waits() {
        assert!(is_undecided(b"a: [\n<<<<<<< ours\n1\n=======\n2\n>>>>>>> theirs\n"));
        assert!(!is_undecided(b"a: 1\n") && !is_undecided(b"a: [\n"));
        let merged = merge("a.yaml", "a: 1\n", "a: 2\n", "a: 3\n", &Knowledge::default()).unwrap();
        assert!(is_undecided(merged.text.as_bytes()));
    }
}
