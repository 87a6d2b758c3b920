//! Who uses what lies beside flows. Secrets and tables are what the compiler found; a file is used where a document or a catalogue names it, whatever
//! the place is for.

use super::documents::on_disk;
use super::house::{StoreHouse, failed};
use crate::folder;
use async_trait::async_trait;
use offhook_editor_api::{HouseError, UseFinder, Uses};
use offhook_runtime::params::ResourceKind;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};

/// Every text in a value.
fn texts<'v>(value: &'v Value, found: &mut BTreeSet<&'v str>) {
    match value {
        Value::String(text) => {
            found.insert(text);
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(map) => map.values().for_each(|item| texts(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A path as it is told, seen from a folder; nothing where it leads out of the folder of flows, or is no path.
fn beside(folder: &Path, named: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for component in folder.components().chain(Path::new(named).components()) {
        match component {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::ParentDir => {
                parts.pop()?;
            }
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

#[async_trait]
impl UseFinder for StoreHouse {
    async fn uses(&self) -> Result<Uses, HouseError> {
        let root = self.root();
        let all = on_disk(move || if root.is_dir() { folder::asset_sizes(&root) } else { Ok(Vec::new()) });
        let known: BTreeSet<String> = all.await?.map_err(failed)?.into_iter().map(|(path, _)| path).collect();
        let serving = self.host().library().serving();
        let root = self.root();
        let mut uses = Uses::default();
        for file in &serving.files {
            let Some(document) = &file.document else { continue };
            let id = &document.flow.id;
            let add = |map: &mut BTreeMap<String, BTreeSet<String>>, name: &str| {
                map.entry(name.to_owned()).or_default().insert(id.clone());
            };
            for used in serving.compiled().resources(id) {
                match used.kind {
                    ResourceKind::Secret => add(&mut uses.secrets, &used.name),
                    ResourceKind::Table => add(&mut uses.tables, &used.name),
                    ResourceKind::Source | ResourceKind::MessageChannel | ResourceKind::Number => {}
                }
            }
            let folder = file.path.parent().and_then(|folder| folder.strip_prefix(&root).ok()).unwrap_or(Path::new(""));
            let tree = document.tree.to_value();
            let mut named = BTreeSet::new();
            texts(&tree, &mut named);
            file.texts.iter().flat_map(|texts| texts.texts.values()).for_each(|value| texts(value, &mut named));
            for path in named.into_iter().filter_map(|named| beside(folder, named)) {
                if known.contains(&path) {
                    add(&mut uses.files, &path);
                }
            }
        }
        Ok(uses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_seen_from_the_folder_of_its_flow() {
        for (folder, named, path) in [
            ("clinic", "hello.wav", Some("clinic/hello.wav")),
            ("", "hello.wav", Some("hello.wav")),
            ("clinic/a", "../b/./hello.wav", Some("clinic/b/hello.wav")),
            ("clinic", "../../hello.wav", None),
            ("clinic", "/etc/hello.wav", None),
        ] {
            assert_eq!(beside(Path::new(folder), named).as_deref(), path, "{folder} {named}");
        }
    }
}
