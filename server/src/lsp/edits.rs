//! Edits of a flow, made by the lossless engine over all of its files and told as the protocol wants them.

use super::place::Encoding;
use super::project::{Project, uri_of};
use lsp_types::{TextEdit, Uri, WorkspaceEdit};
use offhook_flow_schemas::edit::{self, Edit, File, Files};
use std::collections::HashMap;
use std::path::Path;

/// A flow and what lies beside it: its layout, its texts and its talks, as they are in the editor.
fn files(project: &mut Project, path: &Path) -> Option<Files> {
    let stem = |path: &Path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        path.with_file_name(name.split('.').next().unwrap_or_default())
    };
    let read = project.read();
    let file = read.file(path)?;
    let talks = file.talks.clone();
    let texts: Vec<_> = file.texts.iter().map(|texts| texts.tree.source().name.clone()).collect();
    let layout = read.paths.iter().find(|other| {
        let is_layout = other.to_str().is_some_and(|name| name.contains(".layout."));
        is_layout && stem(other) == stem(path)
    });
    let layout = layout.cloned();
    let open = |path: &Path| project.text(path).map(|text| File { name: path.display().to_string(), text });
    Some(Files {
        flow: open(path)?,
        layout: layout.as_deref().and_then(open),
        texts: texts.iter().filter_map(|name| open(Path::new(name))).collect(),
        talks: talks.iter().filter_map(|talk| open(talk)).collect(),
    })
}

/// What changes in which file when the edits of a flow are made, or why they cannot be.
#[expect(clippy::mutable_key_type, reason = "the protocol's type is a map by URI; nobody changes one")]
pub(super) fn of(
    project: &mut Project,
    path: &Path,
    edits: &[Edit],
    encoding: Encoding,
) -> Result<WorkspaceEdit, String> {
    let unread = "the flow could not be read";
    let files = files(project, path).ok_or(unread)?;
    let read = project.read();
    let document = read.file(path).and_then(|file| file.document.as_ref()).ok_or(unread)?;
    let knowledge = read.knowledge(&document.flow.id);
    let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    for change in edit::edit(&files, &knowledge, edits).map_err(|refusal| refusal.to_string())? {
        let mut all = [&files.flow].into_iter().chain(&files.layout).chain(&files.texts).chain(&files.talks);
        let text = all.find(|file| file.name == change.name);
        let Some((text, uri)) = text.map(|file| &file.text).zip(uri_of(&change.name)) else { continue };
        changes.insert(uri, told(text, change.edits, encoding));
    }
    Ok(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() })
}

/// Edits of a text, counted as both sides agreed.
pub(super) fn told(text: &str, edits: Vec<edit::TextEdit>, encoding: Encoding) -> Vec<TextEdit> {
    let told =
        |edit: edit::TextEdit| TextEdit { range: encoding.range(text, edit.start..edit.end), new_text: edit.text };
    edits.into_iter().map(told).collect()
}
