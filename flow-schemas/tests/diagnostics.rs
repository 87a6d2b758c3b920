//! Documents with mistakes, and beside each what is said about it: `diagnostics/NAME.yaml` (or `.json`) and `NAME.expected`.
//! `UPDATE=1 cargo test` rewrites the expectations; read the difference.

mod toy;

use std::path::{Path, PathBuf};

use offhook_flow_schemas::{Document, graph, read_flow, read_layout, read_texts, render};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics")
}

fn said(path: &Path) -> String {
    let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
    let bytes = std::fs::read(path).expect("the document is there");
    let mut found = if name.contains(".layout.") {
        let read = read_layout(&name, &bytes);
        let mut found = read.check(&clinic());
        found.extend(read.diagnostics);
        found
    } else if offhook_flow_schemas::locale_of_name(&name).is_some() {
        let read = read_texts(&name, &bytes);
        let mut found = read.diagnostics;
        found.extend(read.texts.iter().flat_map(|texts| texts.check(&clinic())));
        found
    } else {
        let read = read_flow(&name, &bytes);
        let mut found = read.diagnostics;
        if let Some(document) = read.document {
            found.extend(graph::check(&document, &toy::facts(&document.flow)));
        }
        found
    };
    offhook_flow_schemas::sort_diagnostics(&mut found);
    render(&found, false)
}

fn clinic() -> Document {
    let path = folder().join("clinic.yaml");
    read_flow("clinic.yaml", &std::fs::read(path).expect("the flow is there")).document.expect("it can be read")
}

#[test]
fn each_document_is_judged_as_expected() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder())
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.retain(|path| path.extension().is_some_and(|end| end != "expected"));
    paths.sort();
    assert!(paths.len() >= 15);
    let mut wrong = Vec::new();
    for path in paths {
        let expected_path = path.with_extension("expected");
        let said = said(&path);
        if update {
            std::fs::write(&expected_path, &said).expect("can be written");
        } else if std::fs::read_to_string(&expected_path).unwrap_or_default() != said {
            wrong.push(format!("{}:\n{said}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
