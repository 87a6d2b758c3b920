//! `migrate`: which conversations of other versions this one takes over. What only the other version can tell (whether its
//! nodes and variables exist, whether what waits there can be taken over) is checked when the flow is published.

use super::header::Section;
use super::reader::{Path, Reader};
use crate::codes::Code;
use crate::flow::{Migrate, Others, VarDecl};
use crate::limits;
use crate::tree::{Id, Kind};
use indexmap::IndexMap;

const KEYS: [&str; 4] = ["nodes", "finish", "others", "vars"];

pub(super) fn read(reader: &mut Reader<'_>, top: &Section<'_>, vars: &IndexMap<String, VarDecl>) -> Option<Migrate> {
    let path = Path::ROOT.key("migrate");
    let id = top.get(reader, "migrate")?;
    let mut out = Migrate { nodes: IndexMap::new(), finish: Vec::new(), others: Others::Same, vars: IndexMap::new() };
    if let Kind::String(word) = reader.kind(id) {
        if &**word != "finish" {
            let message = format!("`{word}` is neither `finish` nor a map of rules");
            reader.report(&path, Code::WRONG_TYPE, message, |d| {
                d.remedy("write `migrate: finish`, or rules such as `nodes: { old-node: new-node }`")
            });
        }
        out.others = Others::Finish;
        return Some(out);
    }
    let entries = reader.map(id, &path)?;
    reader.unknown_keys(entries, &path, &KEYS);
    let get = |key: &str| entries.get(key).map(|entry| entry.value);
    if let Some(id) = get("nodes") {
        out.nodes = nodes(reader, id, &path.key("nodes"));
    }
    if let Some(id) = get("finish") {
        out.finish = finish(reader, id, &path.key("finish"), &out.nodes);
    }
    if let Some(id) = get("others") {
        out.others = others(reader, id, &path.key("others"));
    }
    if let Some(id) = get("vars") {
        out.vars = values(reader, id, &path.key("vars"), vars);
    }
    Some(out)
}

fn nodes(reader: &mut Reader<'_>, id: Id, path: &Path<'_>) -> IndexMap<String, String> {
    let mut out = IndexMap::new();
    let Some(entries) = reader.map(id, path) else { return out };
    if reader.over(path, "rules", entries.list.len(), limits::MIGRATE_RULES) {
        return out;
    }
    for entry in &entries.list {
        let path = path.key(&entry.key);
        reader.check_node_id(&entry.key, &path);
        if let Some(target) = super::nodes::known_node(reader, entry.value, &path) {
            out.insert(entry.key.to_string(), target);
        }
    }
    out
}

fn finish(reader: &mut Reader<'_>, id: Id, path: &Path<'_>, nodes: &IndexMap<String, String>) -> Vec<String> {
    let list = reader.texts(id, path, "rules", limits::MIGRATE_RULES);
    for (index, node) in list.iter().enumerate() {
        if nodes.contains_key(*node) {
            let message = format!("`{node}` also stands under `nodes`");
            reader.report(&path.item(index), Code::REPEATED_ENTRY, message, |d| d.remedy("remove one of them"));
        }
    }
    list.into_iter().map(str::to_owned).collect()
}

fn others(reader: &mut Reader<'_>, id: Id, path: &Path<'_>) -> Others {
    match reader.text(id, path) {
        Some("same") | None => Others::Same,
        Some("finish") => Others::Finish,
        Some(word) => {
            let message = format!("`{word}` is neither `same` nor `finish`");
            reader.report(path, Code::WRONG_TYPE, message, |d| d.did_you_mean(word, ["same", "finish"]));
            Others::Same
        }
    }
}

fn values(
    reader: &mut Reader<'_>,
    id: Id,
    path: &Path<'_>,
    vars: &IndexMap<String, VarDecl>,
) -> IndexMap<String, serde_json::Value> {
    let mut out = IndexMap::new();
    let Some(entries) = reader.map(id, path) else { return out };
    if reader.over(path, "variables", entries.list.len(), limits::VARIABLES) {
        return out;
    }
    for entry in &entries.list {
        if !vars.contains_key(&*entry.key) {
            let message = format!("the flow declares no variable `{}`", entry.key);
            reader.report(&path.key(&entry.key), Code::UNKNOWN_VARIABLE, message, |d| {
                d.key().did_you_mean(&entry.key, vars.keys().map(String::as_str))
            });
        }
        out.insert(entry.key.to_string(), reader.tree.value(entry.value));
    }
    out
}
