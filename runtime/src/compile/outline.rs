//! What `migrate` needs of a flow at compile time: outlines of nodes, so that another version can be asked whether a node of
//! its own is the same one, and expressions whose names only the other version knows.

use crate::catalog::{NodeType, Place};
use crate::expr::Compiler;
use crate::params::Format;
use crate::program::Outline;
use crate::tables::Builder;
use offhook_flow_schemas::{Code, NodeDoc, escape_pointer};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

/// The outline of a node as its author wrote it.
pub(super) fn of(kind: &NodeType, doc: &NodeDoc) -> Outline {
    let mut params = Json::Object(doc.params.clone());
    blank(&mut params, kind, is_said);
    let whole = name(kind, doc, &params);
    blank(&mut params, kind, is_computed);
    Outline { whole, kept: name(kind, doc, &params) }
}

/// What the contact hears, and where the node leads.
fn is_said(format: Format) -> bool {
    use Format::{Audio, Phrases, Prompt, Ssml, Target, Video};
    matches!(format, Prompt | Ssml | Audio | Video | Phrases | Target)
}

/// What is worked out anew each time it is needed.
fn is_computed(format: Format) -> bool {
    use Format::{Expression, Script, SecretTemplate, SecretValue, Template, Value, Variable};
    matches!(format, Expression | Script | Template | SecretTemplate | Value | SecretValue | Variable)
}

/// Puts the same in every place of some formats; that something stands there remains.
fn blank(params: &mut Json, kind: &NodeType, is_blank: fn(Format) -> bool) {
    for (places, _) in kind.formats().iter().filter(|(_, format)| is_blank(*format)) {
        // Keys of a map say what there is, whatever they name.
        if places.last() != Some(&Place::Names) {
            put(params, places);
        }
    }
}

fn put(json: &mut Json, places: &[Place]) {
    let Some((place, rest)) = places.split_first() else {
        if !json.is_null() {
            *json = Json::Bool(true);
        }
        return;
    };
    match (place, json) {
        (Place::Key(key), Json::Object(map)) => {
            if let Some(value) = map.get_mut(key) {
                put(value, rest);
            }
        }
        (Place::Each, Json::Object(map)) => map.values_mut().for_each(|value| put(value, rest)),
        (Place::Each, Json::Array(items)) => items.iter_mut().for_each(|value| put(value, rest)),
        _ => {}
    }
}

fn name(kind: &NodeType, doc: &NodeDoc, params: &Json) -> [u8; 16] {
    let mut hasher = Sha256::new();
    hasher.update(&doc.kind);
    if kind.is_by_schema() {
        hasher.update(&*kind.page);
    }
    feed(&mut hasher, params);
    let mut name = [0; 16];
    name.copy_from_slice(&hasher.finalize()[..16]);
    name
}

/// The order of keys means nothing.
fn feed(hasher: &mut Sha256, json: &Json) {
    match json {
        Json::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            hasher.update([b'{']);
            for (key, value) in entries {
                hasher.update((key.len() as u64).to_le_bytes());
                hasher.update(key);
                feed(hasher, value);
            }
            hasher.update([b'}']);
        }
        Json::Array(items) => {
            hasher.update([b'[']);
            items.iter().for_each(|item| feed(hasher, item));
            hasher.update([b']']);
        }
        plain => {
            let text = plain.to_string();
            hasher.update((text.len() as u64).to_le_bytes());
            hasher.update(text);
        }
    }
}

impl Builder<'_> {
    /// Expressions of `migrate` are written correctly, as far as that can be told without the version whose variables they
    /// read.
    pub(super) fn check_moved_values(&mut self, compiler: &Compiler) {
        let document = self.document();
        for (name, value) in document.flow.migrate.iter().flat_map(|migrate| &migrate.vars) {
            let Some(source) = value.as_str().and_then(|text| text.strip_prefix('=')) else { continue };
            let problems = compiler.expression(source, &self.names).err().unwrap_or_default();
            for problem in problems.into_iter().filter(|problem| problem.unknown.is_none()) {
                let pointer = format!("/migrate/vars/{}", escape_pointer(name));
                self.diagnostics.push(document.diagnostic(Code::SCRIPT, &pointer, problem.message));
            }
        }
    }
}
