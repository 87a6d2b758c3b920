//! What lies beside flows and is a tenant's own: node types, `NAME.node.yaml`. One with a mistake stays as it was.

use super::library::{collect, read_file};
use offhook_builtins::custom;
use offhook_flow_schemas::{Code, Diagnostic};
use offhook_runtime::{Catalog, NodeType};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How the files of own node types end.
const ENDINGS: [&str; 3] = [".node.yaml", ".node.yml", ".node.json"];

/// Whether a file describes a node type of the tenant's own.
pub(crate) fn is_own_type(path: &Path) -> bool {
    path.to_str().is_some_and(|name| ENDINGS.iter().any(|ending| name.ends_with(ending)))
}

/// How a version keeps the description of an own node type, beside its texts, which go by locale.
const KEPT: &str = "node:";

/// Node types by the file that describes them.
pub type OwnTypes = BTreeMap<PathBuf, Arc<NodeType>>;

/// Reads the own node types of a folder of flows, or those beside one flow. `before` are the last good ones.
pub fn read_own_types(flows: &Path, before: &OwnTypes) -> io::Result<(OwnTypes, Vec<Diagnostic>)> {
    let mut paths = Vec::new();
    let folder = if flows.is_file() { flows.parent().unwrap_or(Path::new("")) } else { flows };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    collect(folder, 0, &mut paths)?;
    paths.retain(|path| is_own_type(path));
    paths.sort();
    read_types(&paths, before, &read_file)
}

/// Reads own node types from these paths, sorted. `read` gives the bytes of each: an editor has some that are not saved yet.
pub fn read_types(
    paths: &[PathBuf],
    before: &OwnTypes,
    read: &dyn Fn(&Path) -> io::Result<Vec<u8>>,
) -> io::Result<(OwnTypes, Vec<Diagnostic>)> {
    let (mut types, mut diagnostics) = (OwnTypes::new(), Vec::new());
    for path in paths {
        let name = path.display().to_string();
        let (own, found) = custom::read(&name, &read(path)?);
        diagnostics.extend(found);
        let Some(own) = own.map(Arc::new).or_else(|| before.get(path).cloned()) else { continue };
        if let Some((first, _)) = types.iter().find(|(_, other)| other.meta.name == own.meta.name) {
            let message = format!("`{}` is also described in {}", own.meta.name, first.display());
            let mut diagnostic = Diagnostic::new(Code::BAD_NODE_TYPE, message).remedy("give one of them another name");
            (diagnostic.file, diagnostic.line, diagnostic.column) = (name, 1, 1);
            diagnostics.push(diagnostic);
            continue;
        }
        types.insert(path.clone(), own);
    }
    Ok((types, diagnostics))
}

/// What a version keeps of the own node types that its flow uses.
pub(super) fn kept(described: &BTreeMap<Arc<str>, String>) -> impl Iterator<Item = (String, &str)> {
    described.iter().map(|(name, page)| (format!("{KEPT}{name}"), page.as_str()))
}

/// Takes the descriptions of own node types, by name, out of what a version keeps beside its document.
pub(crate) fn take_kept(beside: &mut BTreeMap<String, String>) -> BTreeMap<String, String> {
    let kept: Vec<String> = beside.keys().filter(|key| key.starts_with(KEPT)).cloned().collect();
    kept.into_iter().filter_map(|key| Some((key.strip_prefix(KEPT)?.to_owned(), beside.remove(&key)?))).collect()
}

/// Takes the own node types out of what a version keeps beside its document, and adds them to a catalog.
pub(super) fn catalog_of(base: &Catalog, beside: &mut BTreeMap<String, String>) -> Catalog {
    let types = take_kept(beside)
        .into_iter()
        .filter_map(|(name, page)| custom::read(&format!("{name}.node.yaml"), page.as_bytes()).0.map(Arc::new));
    base.with(types.collect::<Vec<_>>())
}
