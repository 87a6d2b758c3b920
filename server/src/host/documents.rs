//! The documents of a folder by path: flows with their texts, layouts and talks, and a tenant's node types. Other YAML may lie beside them
//! and is not looked at.

use super::library::{collect, is_document, looks_like_flow, read_file, stem};
use super::own::is_own_type;
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

/// The documents below a path, sorted; a file is named as it is, whatever it holds.
pub fn documents(path: &Path) -> io::Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut paths = Vec::new();
    collect(path, 0, &mut paths)?;
    paths.sort();
    let mut flows = HashSet::new();
    for path in paths.iter().filter(|path| is_document(path)) {
        if looks_like_flow(&read_file(path)?) {
            flows.insert(path.with_file_name(stem(path)));
        }
    }
    paths.retain(|path| is_own_type(path) || flows.contains(&path.with_file_name(stem(path))));
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::super::library::file_name;
    use super::*;

    #[test]
    fn only_what_is_ours_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("line.yaml", "offhook: 1\n");
        write("line.talk.yaml", "flow: line\n");
        write("line.es-ES.yaml", "texts: {}\n");
        write("docker-compose.yaml", "services: {}\n");
        write("docker-compose.override.yaml", "services: {}\n");
        write("crm.node.yaml", "type: x-crm\n");
        let found = documents(folder.path()).unwrap();
        let names: Vec<&str> = found.iter().map(|path| file_name(path)).collect();
        assert_eq!(names, ["crm.node.yaml", "line.es-ES.yaml", "line.talk.yaml", "line.yaml"]);
    }
}
