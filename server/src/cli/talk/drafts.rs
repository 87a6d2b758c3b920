//! `offhook talk --suggest`: talks for what no talk has walked, into files beside which nothing is written over.

use crate::cli::{FAILED, Project, Stop};
use offhook_flow_schemas::read_tree;
use offhook_runtime::talk::{self, Coverage, Talk};
use std::collections::BTreeMap;
use std::path::Path;

/// Files of one name that are tried before it is given up.
const NAMES: usize = 10_000;

pub(super) fn write(project: &Project, coverage: &BTreeMap<String, Coverage>, folder: &Path) -> Result<(), Stop> {
    std::fs::create_dir_all(folder).map_err(|error| Stop::io(folder, &error))?;
    for file in &project.files {
        let Some(document) = &file.document else { continue };
        let Some(program) = project.compiled.program(&document.flow.id) else { continue };
        let mut talks: Vec<Talk> = Vec::new();
        for path in &file.talks {
            let bytes = std::fs::read(path).map_err(|error| Stop::io(path, &error))?;
            let tree = read_tree(&path.display().to_string(), &bytes).ok();
            talks.extend(tree.and_then(|tree| talk::read(&tree).ok()).unwrap_or_default());
        }
        talks.retain(|talk| talk.flow == document.flow.id);
        let covered = coverage.get(&document.flow.id).cloned().unwrap_or_default();
        let stem = file.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("flow");
        let drafts = talk::suggest(&program, &talks, &covered);
        let missing = covered.of(&program);
        let wanted = missing.missing_nodes.len() + missing.missing_exits.len();
        let mut walked = 0;
        for draft in &drafts {
            walked += draft.walks.len();
            let free = (1..NAMES)
                .map(|number| folder.join(format!("{stem}.draft-{number}.talk.yaml")))
                .find(|path| !path.exists())
                .ok_or_else(|| Stop::new(FAILED, format!("there are {NAMES} drafts of {stem} already")))?;
            std::fs::write(&free, &draft.text).map_err(|error| Stop::io(&free, &error))?;
            eprintln!("{}: walks {}", free.display(), draft.walks.join(", "));
        }
        if wanted > walked {
            eprintln!("{}: no way was found to {} of {wanted} nodes and exits", document.flow.id, wanted - walked);
        }
    }
    Ok(())
}
