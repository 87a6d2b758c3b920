//! The flows of the workspace as the editor sees them: what is on the disk, and in place of it what is not saved yet. Read and
//! compiled whole, since a flow is checked together with those it calls.

use super::uri;
use crate::host::{FlowFile, OwnTypes, is_own_type, read_file, read_paths, read_types};
use lsp_types::Uri;
use offhook_flow_schemas::edit::Knowledge;
use offhook_flow_schemas::{Diagnostic, Document, Positioned, read_tree, schema, sort_diagnostics};
use offhook_runtime::{Catalog, Compiled, Limits, compile, talk};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files of a workspace that are looked at; a folder with more is no folder of flows.
const FILES: usize = 10_000;

/// How deep folders are followed.
const FOLDER_DEPTH: usize = 12;

/// Folders in which other programs keep what they made.
const NOT_OURS: [&str; 3] = ["node_modules", "target", "data"];

/// A workspace.
#[derive(Default)]
pub(super) struct Project {
    base: Option<Arc<Catalog>>,
    roots: Vec<PathBuf>,
    /// What is open, by path.
    pub(super) buffers: BTreeMap<PathBuf, String>,
    own: OwnTypes,
    /// The flows as they last could be read: who types a line still wants to be offered the others.
    good: BTreeMap<PathBuf, Arc<Document>>,
    read: Option<Read>,
}

/// What was read.
pub(super) struct Read {
    /// The flows, in the order of their paths.
    pub(super) files: Vec<FlowFile>,
    /// The flows whose file cannot be read as it is now, as they last could.
    remembered: BTreeMap<PathBuf, Arc<Document>>,
    /// Every file that was looked at.
    pub(super) paths: Vec<PathBuf>,
    /// The node types.
    pub(super) catalog: Catalog,
    /// What was compiled.
    pub(super) compiled: Compiled,
    /// What was found, by file.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// The JSON Schema of a flow.
    pub(super) schema: Json,
}

impl Project {
    pub(super) fn new(catalog: Arc<Catalog>, roots: Vec<PathBuf>) -> Project {
        Project { base: Some(catalog), roots, ..Project::default() }
    }

    /// Something has changed.
    pub(super) fn forget(&mut self) {
        self.read = None;
    }

    /// The workspace as it is now.
    pub(super) fn read(&mut self) -> &Read {
        if self.read.is_none() {
            let read = self.look();
            self.read = Some(read);
        }
        self.read.as_ref().expect("it was read above")
    }

    /// The text of a file: what is not saved yet, or else what is on the disk.
    pub(super) fn text(&self, path: &Path) -> Option<String> {
        let open = self.buffers.get(path).cloned();
        open.or_else(|| read_file(path).ok().and_then(|bytes| String::from_utf8(bytes).ok()))
    }

    fn paths(&self) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = self.buffers.keys().filter(|path| is_yaml(path)).cloned().collect();
        for root in &self.roots {
            collect(root, 0, &mut paths);
        }
        // A file that is opened alone is checked with those beside it.
        if self.roots.is_empty() {
            let folders: Vec<PathBuf> =
                self.buffers.keys().filter_map(|path| path.parent().map(Path::to_owned)).collect();
            folders.iter().for_each(|folder| collect(folder, FOLDER_DEPTH, &mut paths));
        }
        paths.sort();
        paths.dedup();
        paths
    }

    fn look(&mut self) -> Read {
        let paths = self.paths();
        let read = |path: &Path| -> io::Result<Vec<u8>> {
            match self.buffers.get(path) {
                Some(text) => Ok(text.clone().into_bytes()),
                // What has gone since it was listed is not there.
                None => Ok(read_file(path).unwrap_or_default()),
            }
        };
        let types: Vec<PathBuf> = paths.iter().filter(|path| is_own_type(path)).cloned().collect();
        let (own, mut diagnostics) = read_types(&types, &self.own, &read).unwrap_or_default();
        let (files, found) = read_paths(&paths, &read).unwrap_or_default();
        diagnostics.extend(found);
        let base = self.base.as_ref().expect("a project is made with a catalog");
        let catalog = base.with(own.values().cloned());
        let sources: Vec<_> = files.iter().filter_map(FlowFile::source).collect();
        let compiled = compile(&sources, &catalog, &Limits::default());
        diagnostics.extend(compiled.diagnostics.iter().cloned());
        for path in files.iter().flat_map(|file| &file.talks).filter(|path| self.buffers.contains_key(*path)) {
            let bytes = read(path).unwrap_or_default();
            match read_tree(&path.display().to_string(), &bytes) {
                Ok(tree) => diagnostics.extend(talk::read(&tree).err().into_iter().flatten()),
                Err(found) => diagnostics.extend(found),
            }
        }
        sort_diagnostics(&mut diagnostics);
        let schema = schema::flow_schema(&catalog.schemas());
        self.own = own;
        let mut remembered = BTreeMap::new();
        for file in &files {
            match (&file.document, self.good.get(&file.path)) {
                (Some(document), _) => drop(self.good.insert(file.path.clone(), document.clone())),
                (None, Some(good)) => drop(remembered.insert(file.path.clone(), good.clone())),
                (None, None) => {}
            }
        }
        Read { files, remembered, paths, catalog, compiled, diagnostics, schema }
    }
}

impl Read {
    /// The flow in a file.
    pub(super) fn file(&self, path: &Path) -> Option<&FlowFile> {
        self.files.iter().find(|file| file.path == path)
    }

    /// The flow in a file as it is now, or else as it last could be read: for offers, not for places.
    pub(super) fn last(&self, path: &Path) -> Option<&Document> {
        let now = self.file(path).and_then(|file| file.document.as_deref());
        now.or_else(|| self.remembered.get(path).map(|document| &**document))
    }

    /// Every flow as it is now or last could be read.
    pub(super) fn all(&self) -> impl Iterator<Item = &Document> {
        let now = self.documents().map(|(_, document)| document);
        now.chain(self.remembered.values().map(|document| &**document))
    }

    /// The file of a flow.
    pub(super) fn flow(&self, id: &str) -> Option<(&FlowFile, &Document)> {
        self.documents().find(|(_, document)| document.flow.id == id)
    }

    /// The flows that could be read.
    pub(super) fn documents(&self) -> impl Iterator<Item = (&FlowFile, &Document)> {
        self.files.iter().filter_map(|file| Some((file, file.document.as_deref()?)))
    }

    /// What the node types say of the parameters of a flow.
    pub(super) fn knowledge(&self, flow: &str) -> Knowledge {
        self.catalog.knowledge(self.compiled.facts(flow))
    }
}

/// The tree of a text that need be no flow.
pub(super) fn tree(path: &Path, text: &str) -> Option<Positioned> {
    read_tree(&path.display().to_string(), text.as_bytes()).ok()
}

/// The URI of a file by the name that diagnostics give it.
pub(super) fn uri_of(name: &str) -> Option<Uri> {
    uri::of(Path::new(name))
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml" || ending == "json")
}

fn collect(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if paths.len() >= FILES || name.starts_with('.') {
            continue;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && (depth >= FOLDER_DEPTH || NOT_OURS.contains(&&*name)) => {}
            Ok(kind) if kind.is_dir() => collect(&path, depth + 1, paths),
            Ok(_) if is_yaml(&path) => paths.push(path),
            _ => {}
        }
    }
}
