//! Documents through the editor's API: the folder of flows stays the truth, and what is written there is read again at once.

use super::house::{StoreHouse, failed};
use crate::folder::{self, FlowParts, Op, limits, name_of, part_of};
use crate::host::looks_like_flow;
use crate::store::audit;
use async_trait::async_trait;
use offhook_editor_api::{
    Condition, Documents, FileHead, FileKind, FileText, FlowFiles, Folder, FolderFlow, HouseError, Save, Saved,
    StaleFile,
};
use offhook_flow_schemas::{Diagnostic, read_flow, read_layout, read_tree, sort_diagnostics};
use offhook_runtime::talk;
use std::io;
use std::path::{Path, PathBuf};

fn head(part: &folder::Part) -> FileHead {
    let kind = match part.part.as_str() {
        "flow" => FileKind::Flow,
        "layout" => FileKind::Layout,
        talk if talk == "talk" || talk.ends_with(".talk") => FileKind::Talk,
        _ => FileKind::Texts,
    };
    let bytes = part.bytes.len() as u64;
    FileHead { part: part.part.clone(), kind, name: part.name.clone(), etag: part.etag.clone(), bytes }
}

/// With `/` on every system.
fn told(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn path_of(parts: &FlowParts) -> String {
    let name = parts.part("flow").map(|part| part.name.clone()).unwrap_or_default();
    told(&parts.path(&name))
}

fn no_flow(id: &str) -> HouseError {
    HouseError::NotFound(format!("flow `{id}`"))
}

pub(super) fn unwritable(error: &io::Error) -> HouseError {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            HouseError::Forbidden("the folder of flows cannot be written to".to_owned())
        }
        // A folder has the place of a file, or a file that of a folder, or a link leads elsewhere.
        io::ErrorKind::NotADirectory | io::ErrorKind::InvalidInput | io::ErrorKind::AlreadyExists => {
            HouseError::Conflict(format!("something else is in the way: {error}"))
        }
        _ => failed(error),
    }
}

/// What layouts and talks have of their own; flows and texts are read with the folder.
fn beside(parts: &FlowParts) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for part in &parts.parts {
        match head(part).kind {
            FileKind::Layout => {
                let layout = read_layout(&part.name, &part.bytes);
                let document = parts.part("flow").and_then(|flow| read_flow(&flow.name, &flow.bytes).document);
                found.extend(document.map(|document| layout.check(&document)).unwrap_or_default());
                found.extend(layout.diagnostics);
            }
            FileKind::Talk => {
                let talks = read_tree(&part.name, &part.bytes).and_then(|tree| talk::read(&tree).map(|_| ()));
                found.extend(talks.err().unwrap_or_default());
            }
            FileKind::Flow | FileKind::Texts => {}
        }
    }
    found
}

impl StoreHouse {
    pub(super) fn root(&self) -> PathBuf {
        self.host().library().folder().to_owned()
    }

    pub(super) fn editing(&self) -> bool {
        self.host().config().flows.editing && self.root().is_dir()
    }

    pub(super) fn may_edit(&self) -> Result<(), HouseError> {
        if self.editing() {
            return Ok(());
        }
        Err(HouseError::Forbidden("documents cannot be written here (`editing` in `[flows]`)".to_owned()))
    }

    async fn found(&self, id: &str) -> Result<Option<FlowParts>, HouseError> {
        let (root, id) = (self.root(), id.to_owned());
        on_disk(move || folder::find(&root, &id)).await?.map_err(failed)
    }

    pub(super) async fn is_in_folder(&self, id: &str) -> Result<bool, HouseError> {
        Ok(folder::is_id(id) && self.found(id).await?.is_some())
    }

    fn diagnostics(&self, parts: &FlowParts) -> Vec<Diagnostic> {
        let serving = self.host().library().serving();
        let mut found = beside(parts);
        for part in &parts.parts {
            let path = self.root().join(parts.path(&part.name)).display().to_string();
            let of_file = serving.diagnostics.iter().filter(|found| found.file == path);
            found.extend(of_file.cloned().map(|mut found| {
                found.file.clone_from(&part.name);
                found
            }));
        }
        sort_diagnostics(&mut found);
        found
    }

    fn saved(&self, parts: &FlowParts) -> Saved {
        let serving = self.host().library().serving();
        Saved {
            flow: parts.id.clone(),
            etag: parts.etag(),
            files: parts.parts.iter().map(head).collect(),
            served: serving.program(&parts.id).is_some(),
            stale: serving.stale.contains(&parts.id),
            diagnostics: self.diagnostics(parts),
        }
    }

    pub(super) async fn write(&self, ops: Vec<Op>) -> Result<(), HouseError> {
        let root = self.root();
        on_disk(move || folder::apply(&root, &ops)).await?.map_err(|error| unwritable(&error))?;
        // What is written stays written, whether it can be read again or not.
        self.host().library().load(self.host().store(), self.host().tenant()).await.map(|_| ()).map_err(failed)
    }
}

pub(super) async fn on_disk<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, HouseError> {
    tokio::task::spawn_blocking(work).await.map_err(failed)
}

/// The flow that a save is about, when there is none yet: where its id says.
fn new_parts(id: &str) -> FlowParts {
    let (folder, stem) = id.rsplit_once('/').unwrap_or(("", id));
    FlowParts { id: id.to_owned(), folder: folder.into(), stem: stem.to_owned(), parts: Vec::new() }
}

/// A save as changes of the folder. What already is as it should be is not written again.
fn planned(parts: &FlowParts, save: Save) -> Result<Vec<Op>, HouseError> {
    let is_new = parts.part("flow").is_none();
    let creates = save.condition == Some(Condition::Absent);
    if save.changes.len() > limits::FILES {
        return Err(HouseError::Senseless(format!("these are more than {} files", limits::FILES)));
    }
    let mut stale = Vec::new();
    let set = (!is_new).then(|| parts.etag());
    if save.condition.is_some_and(|condition| !condition.holds(set.as_deref())) {
        stale.push(StaleFile { part: None, etag: set });
    }
    let (mut ops, mut named) = (Vec::new(), Vec::new());
    for change in save.changes {
        let known = parts.part(&change.part);
        let name = known.map(|part| part.name.clone()).or_else(|| name_of(&change.part, &parts.stem));
        let name = name.ok_or_else(|| HouseError::Senseless(format!("no flow has a file `{}`", change.part)))?;
        if named.contains(&name) {
            return Err(HouseError::Senseless(format!("`{name}` is named twice")));
        }
        let part = part_of(&name, &parts.stem).unwrap_or_default();
        // The flow has one document, whatever its ending.
        let known = parts.part(&part);
        let name = known.map_or(name, |part| part.name.clone());
        let etag = known.map(|part| part.etag.clone());
        if change.condition.is_some_and(|condition| !condition.holds(etag.as_deref())) {
            stale.push(StaleFile { part: Some(part.clone()), etag });
        }
        let path = parts.path(&name);
        match change.text {
            None if known.is_none() => return Err(HouseError::NotFound(format!("file `{name}` of `{}`", parts.id))),
            None if part == "flow" => {
                let why = "the flow would be left without its document; remove it with all its files";
                return Err(HouseError::Conflict(why.to_owned()));
            }
            None => ops.push(Op::Remove(path)),
            Some(text) => {
                if text.len() > limits::FILE_BYTES {
                    let why = format!("`{name}` is larger than {} bytes", limits::FILE_BYTES);
                    return Err(HouseError::Senseless(why));
                }
                if part == "flow" {
                    says_id(&parts.id, &text)?;
                }
                if known.is_none_or(|known| known.bytes != text.as_bytes()) {
                    ops.push(Op::Put(path, text.into_bytes()));
                }
            }
        }
        named.push(name);
    }
    if !stale.is_empty() {
        let names: Vec<&str> = stale.iter().filter_map(|file| file.part.as_deref()).collect();
        let what = if names.is_empty() { "the flow".to_owned() } else { names.join(", ") };
        return Err(HouseError::Stale { why: format!("not the version that this is based on: {what}"), files: stale });
    }
    if is_new && !named.iter().any(|name| part_of(name, &parts.stem).as_deref() == Some("flow")) {
        let why = "a new flow needs its document, the file `flow`";
        return Err(if creates { HouseError::Senseless(why.to_owned()) } else { no_flow(&parts.id) });
    }
    Ok(ops)
}

/// A draft may have any error, but it must be found again.
fn says_id(id: &str, text: &str) -> Result<(), HouseError> {
    if !looks_like_flow(text.as_bytes()) {
        return Err(HouseError::Senseless("this is no flow: it does not say `offhook: 1`".to_owned()));
    }
    match folder::id_in(text.as_bytes()) {
        Some(said) if said == id => Ok(()),
        Some(said) => {
            let why = format!("the document says `id: {said}`; a flow of another id is a new flow");
            Err(HouseError::Senseless(why))
        }
        None => Err(HouseError::Senseless(format!("the document must say `id: {id}`"))),
    }
}

#[async_trait]
impl Documents for StoreHouse {
    async fn folder(&self) -> Result<Folder, HouseError> {
        let root = self.root();
        let all = on_disk(move || if root.is_dir() { folder::all(&root) } else { Ok(Vec::new()) });
        let flows = all.await?.map_err(failed)?;
        let flow = |parts: &FlowParts| FolderFlow {
            flow: parts.id.clone(),
            path: path_of(parts),
            etag: parts.etag(),
            files: parts.parts.iter().map(head).collect(),
            errors: self.diagnostics(parts).iter().any(Diagnostic::is_error),
        };
        Ok(Folder { editing: self.editing(), flows: flows.iter().map(flow).collect() })
    }

    async fn files(&self, id: &str) -> Result<FlowFiles, HouseError> {
        let parts = self.found(id).await?.ok_or_else(|| no_flow(id))?;
        let files = parts
            .parts
            .iter()
            .map(|part| FileText { head: head(part), text: String::from_utf8_lossy(&part.bytes).into_owned() });
        Ok(FlowFiles {
            flow: id.to_owned(),
            path: path_of(&parts),
            etag: parts.etag(),
            editing: self.editing(),
            files: files.collect(),
            diagnostics: self.diagnostics(&parts),
        })
    }

    async fn save(&self, id: &str, save: Save) -> Result<Saved, HouseError> {
        self.may_edit()?;
        if !folder::is_id(id) {
            let why =
                format!("`{id}` cannot be a flow's id: lower-case letters, digits and hyphens, and `/` for folders");
            return Err(HouseError::Senseless(why));
        }
        let _alone = self.saving.lock().await;
        let known = self.found(id).await?;
        let is_new = known.is_none();
        let parts = known.unwrap_or_else(|| new_parts(id));
        let renamed = save.renamed.clone();
        let ops = planned(&parts, save)?;
        audit::about(id);
        let names = ops.iter().map(|op| {
            told(match op {
                Op::Put(path, _) | Op::Remove(path) => path,
            })
        });
        audit::detail(names.collect::<Vec<_>>().join(", "));
        if is_new {
            let root = self.root();
            let taken = folder::ENDINGS.iter().map(|ending| parts.path(&format!("{}.{ending}", parts.stem)));
            if let Some(path) = taken.into_iter().find(|path| root.join(path).exists()) {
                return Err(HouseError::Conflict(format!("{} is another flow's file", told(&path))));
            }
        }
        if !ops.is_empty() {
            self.write(ops).await?;
        }
        let was = parts.part("flow").map(|part| part.bytes.clone());
        let parts = self.found(id).await?.ok_or_else(|| no_flow(id))?;
        if let (Some(was), Some(now)) = (was, parts.part("flow"))
            && was != now.bytes
        {
            let (was, now) = (String::from_utf8_lossy(&was), String::from_utf8_lossy(&now.bytes));
            self.move_comments(id, &was, &now, &renamed).await;
        }
        Ok(self.saved(&parts))
    }

    async fn remove(&self, id: &str, condition: Condition) -> Result<(), HouseError> {
        self.may_edit()?;
        let _alone = self.saving.lock().await;
        let parts = self.found(id).await?.ok_or_else(|| no_flow(id))?;
        let etag = parts.etag();
        if !condition.holds(Some(&etag)) {
            let files = vec![StaleFile { part: None, etag: Some(etag) }];
            return Err(HouseError::Stale { why: "not the version that this is based on: the flow".to_owned(), files });
        }
        self.write(parts.parts.iter().map(|part| Op::Remove(parts.path(&part.name))).collect()).await
    }
}
