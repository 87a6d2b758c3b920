//! The library: flows from a folder, compiled together, each good version kept in the store. A file with errors leaves
//! the last good version serving, and says so.

use super::HostError;
use super::own::{self, OwnTypes, read_own_types};
use crate::services::Tables;
use crate::store::{NewVersion, SessionRow, Store};
use crate::vault::Vault;
use offhook_flow_schemas::{Diagnostic, Document, Severity, Texts, read_flow, read_texts};
use offhook_runtime::params::ResourceKind;
use offhook_runtime::{Catalog, Compiled, CompiledFlow, Environment, FlowSource, Limits, Program, compile};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Bytes of one file of a flow folder. The reader of documents has its own, smaller limit; this one keeps a wrong
/// folder from filling the memory.
const FILE_BYTES: u64 = 16 << 20;

/// Files of one folder that are looked at.
const FILES: usize = 10_000;

/// How deep folders are followed.
const FOLDER_DEPTH: usize = 8;

/// Programs of older versions that are kept in memory for sessions that are still on them.
const OLD_PROGRAMS: usize = 64;

/// One flow file of a folder.
#[derive(Clone, Debug)]
pub struct FlowFile {
    /// The document.
    pub path: PathBuf,
    /// Its talks.
    pub talks: Vec<PathBuf>,
    /// The flow, as far as it could be read.
    pub document: Option<Arc<Document>>,
    /// Its texts.
    pub texts: Vec<Texts>,
}

impl FlowFile {
    /// The flow as a working copy to compile.
    pub fn source(&self) -> Option<FlowSource> {
        source(self, 0)
    }
}

/// What is served at a moment.
#[derive(Debug, Default)]
pub struct Serving {
    programs: HashMap<String, Arc<Program>>,
    compiled: Compiled,
    /// The node types: those of this build and the tenant's own.
    catalog: Option<Arc<Catalog>>,
    /// The files, in the order of their paths.
    pub files: Vec<FlowFile>,
    /// What was found in the files as they are now; also of flows that are served in an older version.
    pub diagnostics: Vec<Diagnostic>,
    /// Flows whose file has errors, and which are served in their last good version.
    pub stale: Vec<String>,
}

impl Serving {
    /// Ids of the flows that can run, sorted.
    pub fn ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = self.programs.keys().map(String::as_str).collect();
        ids.sort_unstable();
        ids
    }

    /// The program that begins with a flow.
    pub fn program(&self, id: &str) -> Option<&Arc<Program>> {
        self.programs.get(id)
    }

    /// What was compiled, for pictures and lists.
    pub fn compiled(&self) -> &Compiled {
        &self.compiled
    }

    /// The folders of a flow and of every flow that it may enter, its own first: where its audio files are.
    pub fn folders(&self, id: &str) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> = Vec::new();
        for flow in self.program(id).into_iter().flat_map(|program| program.flows()) {
            let folder = self.file(&flow.id).and_then(|file| file.path.parent());
            if let Some(folder) = folder.filter(|folder| !folders.iter().any(|known| known == folder)) {
                folders.push(folder.to_owned());
            }
        }
        folders
    }

    /// The document that is served for a flow.
    pub fn file(&self, id: &str) -> Option<&FlowFile> {
        self.files.iter().find(|file| file.document.as_ref().is_some_and(|document| document.flow.id == id))
    }
}

/// A program by what it was made of.
#[derive(Clone, Copy)]
pub(super) struct Pinned<'a> {
    /// The flow that it begins with.
    pub flow: &'a str,
    /// Its hash.
    pub hash: &'a str,
    /// The version of each flow, as a JSON object.
    pub versions: &'a str,
}

/// Versions of the store, read and compiled.
pub(super) struct Kept {
    pub sources: Vec<FlowSource>,
    pub compiled: Compiled,
    pub catalog: Catalog,
}

/// The flows of one tenant, and what lies beside them.
pub struct Library {
    catalog: Arc<Catalog>,
    environment: Option<Environment>,
    tables: Tables,
    vault: Option<Arc<Vault>>,
    own: Mutex<OwnTypes>,
    limits: Limits,
    folder: PathBuf,
    serving: RwLock<Arc<Serving>>,
    /// The last good source of each flow.
    good: Mutex<HashMap<String, FlowSource>>,
    old: Mutex<HashMap<String, Arc<Program>>>,
    /// Held while the folder is read and taken up, so that what was read later is not replaced by what was read before.
    loading: tokio::sync::Mutex<()>,
}

impl Library {
    /// A library over a folder; nothing is read yet.
    pub fn new(catalog: Arc<Catalog>, limits: Limits, folder: PathBuf) -> Self {
        Library {
            catalog,
            environment: None,
            tables: Tables::default(),
            vault: None,
            own: Mutex::default(),
            limits,
            folder,
            serving: RwLock::default(),
            good: Mutex::default(),
            old: Mutex::default(),
            loading: tokio::sync::Mutex::default(),
        }
    }

    /// The library, holding its flows against what an environment binds.
    pub fn within(self, environment: Environment) -> Self {
        Library { environment: Some(environment), ..self }
    }

    /// The library, knowing what a vault has by name.
    pub fn with_vault(self, vault: Arc<Vault>) -> Self {
        Library { vault: Some(vault), ..self }
    }

    /// The data tables beside the flows.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The catalog, with the tenant's own node types.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.serving().catalog.clone().unwrap_or_else(|| self.catalog.clone())
    }

    /// The limits of scripts and templates.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What is served now.
    pub fn serving(&self) -> Arc<Serving> {
        self.serving.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The program that a new session of a flow runs on.
    pub fn program(&self, id: &str) -> Option<Arc<Program>> {
        self.serving().program(id).cloned()
    }

    /// Reads the folder and serves what is good in it. New versions are kept in the store first, so that whatever a
    /// session begins on can be had again. Fails only when the folder or the store cannot be read.
    pub async fn load(&self, store: &Store, tenant: &str) -> Result<Arc<Serving>, LoadError> {
        let _alone = self.loading.lock().await;
        let (folder, tables) = (self.folder.clone(), self.tables.clone());
        let known = self.own.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let reading = move || -> io::Result<_> {
            let (files, diagnostics) = read_folder(&folder)?;
            let (own, mut beside) = read_own_types(&folder, &known)?;
            beside.extend(tables.load(&folder));
            Ok((files, diagnostics, own, beside))
        };
        let (files, mut diagnostics, own, beside) = tokio::task::spawn_blocking(reading)
            .await
            .map_err(|error| LoadError::Folder(self.folder.clone(), io::Error::other(error)))?
            .map_err(|error| LoadError::Folder(self.folder.clone(), error))?;
        let catalog = Arc::new(self.catalog.with(own.values().cloned()));
        *self.own.lock().unwrap_or_else(PoisonError::into_inner) = own;
        let sources: Vec<FlowSource> = files.iter().filter_map(|file| source(file, 0)).collect();
        let first = compile(&sources, &catalog, &self.limits);
        diagnostics.extend(first.diagnostics.iter().cloned());
        diagnostics.extend(beside);
        offhook_flow_schemas::sort_diagnostics(&mut diagnostics);

        let broken: Vec<&FlowFile> = files.iter().filter(|file| !is_good(file, &first, &diagnostics)).collect();
        let mut chosen: Vec<FlowSource> = Vec::new();
        let mut stale = Vec::new();
        for file in &files {
            let Some(id) = file.document.as_ref().map(|document| document.flow.id.clone()) else { continue };
            if is_good(file, &first, &diagnostics) {
                let flow = first.flow(&id).expect("a good file's flow was compiled");
                let version = store.put_version(tenant, self.version(file, flow)).await?;
                chosen.extend(source(file, u32::try_from(version).unwrap_or(u32::MAX)));
            }
        }
        let remembered: Vec<FlowSource> = {
            let good = self.good.lock().unwrap_or_else(PoisonError::into_inner);
            let has_broken_file = |id: &str, known: &FlowSource| {
                broken.iter().any(|file| {
                    let name = file.path.display().to_string();
                    known.document.source.name == name
                        || file.document.as_ref().is_some_and(|document| document.flow.id == id)
                })
            };
            let chosen_ids: Vec<&str> = chosen.iter().map(|flow| flow.document.flow.id.as_str()).collect();
            good.iter()
                .filter(|(id, known)| !chosen_ids.contains(&id.as_str()) && has_broken_file(id, known))
                .map(|(_, known)| known.clone())
                .collect()
        };
        for known in remembered {
            stale.push(known.document.flow.id.clone());
            chosen.push(known);
        }
        // What is not bound fails when it is asked for, by the error exit; nothing else of the flow need wait for it.
        if let Some(environment) = &self.environment {
            let mut environment = environment.clone();
            self.tables.names().into_iter().for_each(|name| environment.bind(ResourceKind::Table, name));
            let kept = self.vault.iter().flat_map(|vault| vault.names());
            kept.for_each(|name| environment.bind(ResourceKind::Secret, name));
            diagnostics.extend(environment.check(&sources, &first));
        }
        let compiled = compile(&chosen, &catalog, &self.limits);
        let programs: HashMap<String, Arc<Program>> = compiled
            .ids()
            .into_iter()
            .filter_map(|id| Some((id.to_owned(), Arc::new(compiled.program(id)?))))
            .collect();
        let mut good = self.good.lock().unwrap_or_else(PoisonError::into_inner);
        for flow in chosen {
            good.insert(flow.document.flow.id.clone(), flow);
        }
        drop(good);
        stale.sort_unstable();
        let serving = Arc::new(Serving { programs, compiled, catalog: Some(catalog), files, diagnostics, stale });
        *self.serving.write().unwrap_or_else(PoisonError::into_inner) = serving.clone();
        Ok(serving)
    }

    fn version(&self, file: &FlowFile, flow: &CompiledFlow) -> NewVersion {
        let document = file.document.as_ref().expect("a good file has a document");
        let texts = file.texts.iter();
        let mut locales: BTreeMap<String, &str> =
            texts.map(|texts| (texts.locale.clone().unwrap_or_default(), &*texts.tree.source().text)).collect();
        locales.extend(own::kept(&flow.described));
        NewVersion {
            flow: document.flow.id.clone(),
            hash: flow.hash.clone(),
            source: document.source.text.to_string(),
            locales: serde_json::to_string(&locales).expect("texts are plain data"),
            author: "folder".to_owned(),
            note: String::new(),
            created_at_ms: super::now_ms(),
        }
    }

    /// The program of a stored session: the one served now when it is the same, else the one made of the versions that
    /// the session is pinned to.
    pub async fn pinned(&self, store: &Store, tenant: &str, row: &SessionRow) -> Result<Arc<Program>, HostError> {
        self.kept(store, tenant, Pinned { flow: &row.flow, hash: &row.program_hash, versions: &row.pinned }).await
    }

    /// The program made of versions in the store: the one served now when it is the same.
    pub(super) async fn kept(
        &self,
        store: &Store,
        tenant: &str,
        pinned: Pinned<'_>,
    ) -> Result<Arc<Program>, HostError> {
        if let Some(program) = self.program(pinned.flow)
            && program.hash() == pinned.hash
        {
            return Ok(program);
        }
        if let Some(program) = self.old.lock().unwrap_or_else(PoisonError::into_inner).get(pinned.hash) {
            return Ok(program.clone());
        }
        let compiled = self.compiled(store, tenant, pinned.versions).await?.compiled;
        let program = compiled.program(pinned.flow).map(Arc::new);
        let program = program.ok_or_else(|| {
            let why = compiled.diagnostics.iter().find(|found| found.severity == Severity::Error);
            HostError::Load(why.map_or_else(|| "its flow cannot be compiled".to_owned(), |found| found.message.clone()))
        })?;
        let mut old = self.old.lock().unwrap_or_else(PoisonError::into_inner);
        if old.len() >= OLD_PROGRAMS {
            old.clear();
        }
        old.insert(pinned.hash.to_owned(), program.clone());
        Ok(program)
    }

    /// Versions in the store, compiled together; which ones stands in a JSON object.
    pub(super) async fn compiled(&self, store: &Store, tenant: &str, versions: &str) -> Result<Kept, HostError> {
        let pins: BTreeMap<String, i64> =
            serde_json::from_str(versions).map_err(|error| HostError::Load(error.to_string()))?;
        let (mut sources, mut catalog) = (Vec::new(), self.catalog.with([]));
        for (flow, version) in pins {
            let kept = store.version(tenant, &flow, version).await?;
            let kept =
                kept.ok_or_else(|| HostError::Load(format!("version {version} of {flow} is not in the store")))?;
            let name = format!("{flow}@{version}");
            let document = read_flow(&name, kept.source.as_bytes()).document;
            let document = document.ok_or_else(|| HostError::Load(format!("{name} cannot be read any more")))?;
            let mut locales: BTreeMap<String, String> =
                serde_json::from_str(&kept.locales).map_err(|error| HostError::Load(error.to_string()))?;
            catalog = own::catalog_of(&catalog, &mut locales);
            let texts = locales
                .into_iter()
                .filter_map(|(locale, text)| read_texts(&format!("{flow}.{locale}.yaml"), text.as_bytes()).texts)
                .collect();
            let version = u32::try_from(version).unwrap_or(u32::MAX);
            sources.push(FlowSource { document: Arc::new(document), texts, version });
        }
        let compiled = compile(&sources, &catalog, &self.limits);
        Ok(Kept { sources, compiled, catalog })
    }
}

/// Why the library could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The folder cannot be read.
    #[error("the flow folder {0} cannot be read: {1}")]
    Folder(PathBuf, io::Error),
    /// The store failed.
    #[error("the store failed: {0}")]
    Store(#[from] crate::store::Error),
}

/// Whether nothing in the file, or in its texts, is an error, and its flow was compiled.
fn is_good(file: &FlowFile, compiled: &Compiled, diagnostics: &[Diagnostic]) -> bool {
    let Some(document) = &file.document else { return false };
    let names: Vec<&str> =
        file.texts.iter().map(|texts| &*texts.tree.source().name).chain([document.source.name.as_str()]).collect();
    let has_error = diagnostics.iter().any(|found| found.is_error() && names.contains(&found.file.as_str()));
    !has_error && compiled.flow(&document.flow.id).is_some()
}

fn source(file: &FlowFile, version: u32) -> Option<FlowSource> {
    Some(FlowSource { document: file.document.clone()?, texts: file.texts.clone(), version })
}

/// Reads every flow of a folder, or one flow file, with texts and the names of talks.
pub fn read_folder(path: &Path) -> io::Result<(Vec<FlowFile>, Vec<Diagnostic>)> {
    let mut paths = Vec::new();
    if path.is_file() {
        paths.push(path.to_owned());
        let folder = path.parent().unwrap_or(Path::new("."));
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let stem = stem(path);
        for entry in std::fs::read_dir(folder)? {
            let beside = entry?.path();
            if beside != path && beside.is_file() && stem_of_companion(&beside).is_some_and(|of| of == stem) {
                paths.push(beside);
            }
        }
    } else {
        collect(path, 0, &mut paths)?;
    }
    paths.sort();
    read_paths(&paths, &read_file)
}

/// Reads flows with texts and the names of talks from these paths, sorted. `read` gives the bytes of each: an editor has some that are
/// not saved yet.
pub fn read_paths(
    paths: &[PathBuf],
    read: &dyn Fn(&Path) -> io::Result<Vec<u8>>,
) -> io::Result<(Vec<FlowFile>, Vec<Diagnostic>)> {
    let mut diagnostics = Vec::new();
    let mut files = Vec::new();
    for flow in paths.iter().filter(|path| is_document(path)) {
        let stem = stem(flow);
        let beside = |ending: &'static str| {
            let stem = stem.clone();
            paths.iter().filter(move |other| {
                other.parent() == flow.parent()
                    && file_name(other).strip_prefix(&format!("{stem}.")).is_some_and(|rest| {
                        rest.trim_end_matches(".yaml").trim_end_matches(".yml").rsplit('.').next() == Some(ending)
                    })
            })
        };
        let bytes = read(flow)?;
        if !looks_like_flow(&bytes) {
            continue;
        }
        let found = read_flow(&flow.display().to_string(), &bytes);
        diagnostics.extend(found.diagnostics);
        let mut texts = Vec::new();
        for path in paths.iter().filter(|other| other.parent() == flow.parent() && is_texts_of(other, &stem)) {
            let found = read_texts(&path.display().to_string(), &read(path)?);
            diagnostics.extend(found.diagnostics);
            texts.extend(found.texts);
        }
        let talks = beside("talk").cloned().collect();
        files.push(FlowFile { path: flow.clone(), talks, document: found.document.map(Arc::new), texts });
    }
    Ok((files, diagnostics))
}

pub(crate) fn collect(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if paths.len() >= FILES {
            return Err(io::Error::other(format!("there are more than {FILES} files")));
        }
        if file_name(&path).starts_with('.') {
            continue;
        }
        if path.is_dir() {
            if depth < FOLDER_DEPTH {
                collect(&path, depth + 1, paths)?;
            }
        } else if path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml" || ending == "json") {
            paths.push(path);
        }
    }
    Ok(())
}

pub(crate) fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let size = std::fs::metadata(path)?.len();
    if size > FILE_BYTES {
        return Err(io::Error::other(format!("{} is larger than {FILE_BYTES} bytes", path.display())));
    }
    std::fs::read(path).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

pub(super) fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// The name up to its first dot: what belongs together shares it.
pub(super) fn stem(path: &Path) -> String {
    file_name(path).split('.').next().unwrap_or_default().to_owned()
}

fn stem_of_companion(path: &Path) -> Option<String> {
    (file_name(path).split('.').count() > 2).then(|| stem(path))
}

/// A document has a name of one part: `reception.yaml`, not `reception.talk.yaml`.
pub(crate) fn is_document(path: &Path) -> bool {
    file_name(path).split('.').count() == 2
}

/// `NAME.LOCALE.yaml`, where the locale begins with a language of two or three letters.
fn is_texts_of(path: &Path, stem: &str) -> bool {
    let parts: Vec<&str> = file_name(path).split('.').collect();
    let [name, locale, _] = parts.as_slice() else { return false };
    let language = locale.split('-').next().unwrap_or_default();
    *name == stem
        && !matches!(*locale, "talk" | "layout")
        && (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// Whether a file means to be a flow: it says so, or has what only a flow has. Other YAML may lie in the folder.
pub(crate) fn looks_like_flow(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let has_key = |key: &str| {
        text.lines().any(|line| {
            let line = line.trim_start_matches(['\u{feff}', '{', ' ', '"']);
            line.strip_prefix(key).is_some_and(|rest| rest.trim_start_matches('"').trim_start().starts_with(':'))
        })
    };
    has_key("offhook") || has_key("nodes") || !text.is_ascii() && text.contains('\u{fffd}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_flows_with_what_belongs_to_them() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let flow = "offhook: 1\nid: a/line\nkind: ivr\nlocales: [en-US, es-ES]\nstart: bye\nnodes:\n  bye: { type: end, text: Bye. }\n";
        write("a/line.yaml", flow);
        write("a/line.es-ES.yaml", "texts: { bye.text: Adi\u{f3}s. }\n");
        write("a/line.talk.yaml", "flow: a/line\ntalk: []\n");
        write("a/line.busy.talk.yaml", "flow: a/line\ntalk: []\n");
        write("a/line.layout.yaml", "nodes: { bye: [0, 0] }\n");
        write("a/liner.talk.yaml", "flow: a/liner\ntalk: []\n");
        write("stub.yaml", "routes: []\n");
        write(".hidden/b.yaml", flow);
        write("broken.yaml", "offhook: 1\n  id: [\n");
        let (files, diagnostics) = read_folder(folder.path()).unwrap();
        let names: Vec<&str> = files.iter().map(|file| file_name(&file.path)).collect();
        assert_eq!(names, ["line.yaml", "broken.yaml"]);
        let talks: Vec<&str> = files[0].talks.iter().map(|talk| file_name(talk)).collect();
        assert_eq!(talks, ["line.busy.talk.yaml", "line.talk.yaml"]);
        assert_eq!(files[0].texts.len(), 1);
        assert!(diagnostics.iter().all(|found| found.file.ends_with("broken.yaml")), "{diagnostics:?}");
        let (one, _) = read_folder(&folder.path().join("a/line.yaml")).unwrap();
        assert_eq!((one.len(), one[0].talks.len(), one[0].texts.len()), (1, 2, 1));
    }
}
