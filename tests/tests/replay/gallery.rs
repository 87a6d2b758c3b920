//! The gallery, as it is or with one change, and what its talks record.

use offhook_builtins::{catalog, custom};
use offhook_runtime::flow_schemas::{read_flow, read_texts, read_tree};
use offhook_runtime::replay::Recording;
use offhook_runtime::talk::{self, Options, Talk};
use offhook_runtime::{Compiled, FlowSource, Limits, Program, Start, compile};
use offhook_tests::root;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Flows that were compiled, and their talks.
pub(crate) struct Gallery {
    compiled: Compiled,
    talks: Vec<Talk>,
}

/// The YAML files below a folder, by their path in it.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, String> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(&at).expect("the folder is there") {
            let path: PathBuf = entry.expect("it can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yaml") {
                let name = path.strip_prefix(folder).expect("it is below").display().to_string();
                found.insert(name, std::fs::read_to_string(&path).expect("it is text"));
            }
        }
    }
    found
}

impl Gallery {
    /// As it is.
    pub(crate) fn read() -> Gallery {
        Gallery::of(&files(&root().join("examples-flows")))
    }

    /// Of these files.
    pub(crate) fn of(files: &BTreeMap<String, String>) -> Gallery {
        let (mut sources, mut talks, mut own) = (Vec::new(), Vec::new(), Vec::new());
        for (name, text) in files {
            let parts: Vec<&str> = name.rsplit('/').next().expect("a name").split('.').collect();
            match parts.as_slice() {
                [_, "yaml"] if text.contains("\nnodes:") => {
                    let document = read_flow(name, text.as_bytes()).document.expect("it can be read");
                    let beside = name.strip_suffix("yaml").expect("it ends so");
                    let texts = files.iter().filter(|(other, _)| {
                        other.strip_prefix(beside).is_some_and(|rest| {
                            !rest.contains("talk") && !rest.contains("layout") && rest.ends_with(".yaml")
                        })
                    });
                    let texts = texts.map(|(name, text)| read_texts(name, text.as_bytes()).texts.expect("texts"));
                    sources.push(FlowSource { document: Arc::new(document), texts: texts.collect(), version: 1 });
                }
                [_, "node", "yaml"] => {
                    own.push(Arc::new(custom::read(name, text.as_bytes()).0.expect("it is sound")));
                }
                [.., "talk", "yaml"] => {
                    let tree = read_tree(name, text.as_bytes()).expect("it can be read");
                    talks.extend(talk::read(&tree).expect("they are talks"));
                }
                _ => {}
            }
        }
        let compiled = compile(&sources, &catalog().with(own), &Limits::default());
        let errors: Vec<String> =
            compiled.diagnostics.iter().filter(|found| found.is_error()).map(|found| found.message.clone()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        Gallery { compiled, talks }
    }

    /// The program that begins with a flow.
    pub(crate) fn program(&self, flow: &str) -> Program {
        self.compiled.program(flow).expect("the flow is there")
    }
}

/// Every talk, performed and recorded. What a talk expects does not matter here; another seed goes other ways.
pub(crate) fn recordings(gallery: &Gallery, seed: u64) -> Vec<Recording> {
    let record = |(number, talk): (usize, &Talk)| {
        let program = gallery.program(&talk.flow);
        let start = match seed {
            1 => talk.start.clone(),
            seed => Start { seed, ..talk.start.clone() },
        };
        let report = talk::perform(&program, &Talk { start, ..talk.clone() }, &Options::default());
        let session = format!("{seed}-{number} {}", talk.about);
        Recording::of(&program, &session, report.journal).expect("a journal replays on its own version")
    };
    gallery.talks.iter().enumerate().map(record).collect()
}
