//! Lossless edits as data: each document of `edits/` is edited as its `.cases.yaml` says, and the lines that changed are in its
//! `.expected`. `UPDATE=1` writes these again; every line that stands there is one that an edit touches, and no other may change.
//! Each case is made with both line breaks, undone again, and read by what knows nothing of the engine.

use std::path::{Path, PathBuf};

use offhook_flow_schemas::edit::{Edit, Editor, File, Files, Knowledge, apply, invert};
use offhook_flow_schemas::read_tree;
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/edits")
}

/// What the node types of these documents would say.
fn knowledge() -> Knowledge {
    let value = serde_json::json!({ "targets": { "menu": ["/choices/*/next"] }, "texts": { "say": ["/text"], "menu": ["/text", "/choices/*/phrases"] } });
    serde_json::from_value(value).expect("it is of that shape")
}

fn files(name: &str, crlf: bool) -> Files {
    let read = |name: &str| {
        let text = std::fs::read_to_string(folder().join(name)).ok()?;
        Some(File { name: name.to_owned(), text: if crlf { text.replace('\n', "\r\n") } else { text } })
    };
    let stem = name.split('.').next().unwrap_or_default();
    Files {
        flow: read(name).expect("the document is there"),
        layout: read(&format!("{stem}.layout.yaml")),
        texts: read(&format!("{stem}.es-ES.yaml")).into_iter().collect(),
        talks: read(&format!("{stem}.talk.yaml")).into_iter().collect(),
    }
}

/// The lines that differ, with `-` and `+`: a shortest edit script by dynamic programming.
fn difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let mut length = vec![vec![0usize; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            length[i][j] =
                if old[i] == new[j] { length[i + 1][j + 1] + 1 } else { length[i + 1][j].max(length[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, String::new());
    let mut put = |sign: char, line: &str| {
        let (text, open) = line.strip_suffix('\n').map_or((line, "⏎̸"), |text| (text, ""));
        out.push_str(&format!("{sign}{text}{open}\n"));
    };
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || i < old.len() && length[i + 1][j] >= length[i][j + 1] {
            put('-', old[i]);
            i += 1;
        } else {
            put('+', new[j]);
            j += 1;
        }
    }
    out
}

/// Makes the edits; the changed files as (name, before, after), or the refusal.
fn made(name: &str, case: &Value, crlf: bool) -> Result<Vec<(String, String, String)>, String> {
    let files = files(name, crlf);
    let knowledge = knowledge();
    let mut editor = Editor::open(&files, &knowledge).expect("the document is readable");
    editor.everywhere(case["everywhere"] == true);
    for edit in case["edits"].as_array().expect("a case has edits") {
        let edit: Edit = serde_json::from_value(edit.clone()).expect("an edit");
        editor.edit(&edit).map_err(|refusal| refusal.to_string())?;
    }
    let all: Vec<&File> =
        std::iter::once(&files.flow).chain(&files.layout).chain(&files.texts).chain(&files.talks).collect();
    let mut out = Vec::new();
    for change in editor.changes() {
        let old = all.iter().find(|file| file.name == change.name).map_or("", |file| file.text.as_str());
        let new = apply(old, &change.edits).expect("the edits apply");
        assert_eq!(Some(new.as_str()), editor.file(&change.name));
        let back = invert(old, &change.edits).expect("the edits can be inverted");
        assert_eq!(apply(&new, &back).as_deref(), Some(old), "undoing gives the same bytes");
        read_tree(&change.name, new.as_bytes()).expect("what was edited can be read");
        out.push((change.name, old.to_owned(), new));
    }
    Ok(out)
}

#[test]
fn no_byte_outside_an_edit_changes() {
    let update = std::env::var_os("UPDATE").is_some_and(|value| value == "1");
    for name in ["tricky.yaml", "layoutless.yaml", "wide.yaml", "named.yaml", "pretty.json", "compact.json"] {
        let stem = name.split('.').next().unwrap_or_default();
        let cases = std::fs::read(folder().join(format!("{stem}.cases.yaml"))).expect("cases");
        let cases = read_tree("cases.yaml", &cases).expect("cases are YAML").to_value();
        let mut found = String::new();
        for case in cases.as_array().expect("a list of cases") {
            found.push_str(&format!("## {}\n", case["about"].as_str().expect("a case has a name")));
            let lf = made(name, case, false);
            let crlf = made(name, case, true);
            match (&lf, &crlf) {
                (Ok(lf), Ok(crlf)) => {
                    assert_eq!(lf.len(), crlf.len());
                    for ((file, old, new), (_, _, other)) in lf.iter().zip(crlf) {
                        found.push_str(&format!("{file}\n{}", difference(old, new)));
                        let created = old.is_empty();
                        let expected = if created { new.clone() } else { new.replace('\n', "\r\n") };
                        assert_eq!(*other, expected, "{}", case["about"]);
                    }
                }
                (Err(lf), Err(crlf)) => {
                    assert_eq!(lf, crlf);
                    found.push_str(&format!("refused: {lf}\n"));
                }
                _ => panic!("{}: {lf:?} but {crlf:?}", case["about"]),
            }
            found.push('\n');
        }
        let expected = folder().join(format!("{stem}.expected"));
        if update {
            std::fs::write(&expected, &found).expect("the expectation can be written");
        }
        let committed = std::fs::read_to_string(&expected).unwrap_or_default();
        assert_eq!(found, committed, "{stem}: run with UPDATE=1 and read the difference");
    }
}
