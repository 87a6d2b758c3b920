//! `inputs`, `vars` and `outputs`: declarations in their long form (`{ type: int, default: 0 }`) and their short one (`0`).

use indexmap::IndexMap;
use serde_json::Value;

use super::header::Section;
use super::reader::{Path, Reader};
use super::{defaults, schemas};
use crate::codes::Code;
use crate::flow::{VarDecl, VarType};
use crate::limits;
use crate::tree::{Entries, Id, Kind};

const KEYS: [&str; 6] = ["type", "required", "default", "schema", "currency", "description"];

pub(super) fn read(
    reader: &mut Reader<'_>,
    top: &Section<'_>,
    section: &str,
    named: &IndexMap<String, Value>,
) -> IndexMap<String, VarDecl> {
    let path = Path::ROOT.key(section);
    let Some(entries) = top.get(reader, section).and_then(|id| reader.map(id, &path)) else {
        return IndexMap::new();
    };
    if reader.over(&path, section, entries.list.len(), limits::VARIABLES) {
        return IndexMap::new();
    }
    let mut out = IndexMap::with_capacity(entries.list.len());
    for entry in &entries.list {
        let path = path.key(&entry.key);
        reader.check_variable(&entry.key, &path, section == "vars");
        let declaration = match reader.kind(entry.value) {
            Kind::Map(inner) => long(reader, inner, &path, section, named),
            _ => short(reader, entry.value, &path, section),
        };
        out.insert(entry.key.to_string(), declaration);
    }
    out
}

/// A bare value is the default, and its type the variable's.
fn short(reader: &mut Reader<'_>, id: Id, path: &Path<'_>, section: &str) -> VarDecl {
    let kind = reader.kind(id);
    if let Kind::String(word) = kind
        && VarType::from_word(word).is_some()
    {
        let message = format!("this declares a text whose default is the word `{word}`");
        let fix = if section == "inputs" { "type" } else { "the type" };
        reader.report(path, Code::DEFAULT_IS_TYPE_NAME, message, |d| {
            d.remedy(format!("if {fix} is meant, write {{ type: {word} }}"))
        });
    }
    if !matches!(kind, Kind::Null) {
        defaults::check(reader, id, defaults::type_of(kind), path);
    }
    let default = (!matches!(kind, Kind::Null)).then(|| reader.tree.value(id));
    let required = section == "inputs" && default.is_none();
    VarDecl { kind: defaults::type_of(kind), required, default, schema: None, currency: None, description: None }
}

fn long(
    reader: &mut Reader<'_>,
    entries: &Entries,
    path: &Path<'_>,
    section: &str,
    named: &IndexMap<String, Value>,
) -> VarDecl {
    for entry in entries.list.iter().filter(|entry| !KEYS.contains(&&*entry.key)) {
        reader.unknown_key(entry, path, &KEYS);
    }
    let get = |key: &str| entries.get(key).map(|entry| entry.value);
    let default_id = get("default").filter(|id| !reader.is_null(*id));
    let kind = var_type(reader, get("type"), default_id, path);
    let required = match get("required") {
        Some(id) => reader.bool(id, &path.key("required")).unwrap_or(false),
        None => section == "inputs" && default_id.is_none(),
    };
    if section != "inputs" && get("required").is_some() {
        reader.report(&path.key("required"), Code::UNKNOWN_KEY, "only an input can be required", |d| {
            d.key().remedy("remove it")
        });
    }
    let currency = get("currency").and_then(|id| currency(reader, id, &path.key("currency"), kind));
    let description = get("description").filter(|id| !reader.is_null(*id)).and_then(|id| {
        let path = path.key("description");
        let text = reader.text(id, &path)?;
        reader.over(&path, "characters in `description`", text.chars().count(), limits::DESCRIPTION_CHARS);
        Some(text.to_owned())
    });
    let schema = get("schema").map(|id| (id, reader.tree.value(id)));
    let schema_fits = schema.as_ref().is_some_and(|(_, schema)| {
        let found = schemas::check(reader.tree, &path.key("schema").pointer(), schema, named);
        let fits = found.is_empty();
        reader.append(found);
        fits
    });
    let default = default_id.map(|id| reader.tree.value(id));
    if let (Some(id), Some(value)) = (default_id, &default) {
        let path = path.key("default");
        let fits = defaults::check(reader, id, kind, &path);
        if let (true, true, Some((_, schema))) = (fits, schema_fits, &schema) {
            defaults::check_against(reader, value, schema, named, &path);
        }
    }
    VarDecl { kind, required, default, schema: schema.map(|(_, schema)| schema), currency, description }
}

fn var_type(reader: &mut Reader<'_>, id: Option<Id>, default: Option<Id>, path: &Path<'_>) -> VarType {
    let words = || VarType::ALL.iter().map(|kind| kind.as_str());
    let all = || format!("one of {}", words().collect::<Vec<_>>().join(", "));
    let Some(id) = id else {
        let Some(default) = default else {
            reader.missing(path, "type", all());
            return VarType::Any;
        };
        return defaults::type_of(reader.kind(default));
    };
    let path = path.key("type");
    let Some(word) = reader.text(id, &path) else {
        return VarType::Any;
    };
    VarType::from_word(word).unwrap_or_else(|| {
        let usual = match word {
            "str" | "text" => Some("string"),
            "integer" | "number" | "long" => Some("int"),
            "float" | "double" => Some("decimal"),
            "boolean" => Some("bool"),
            "array" => Some("list"),
            "dict" => Some("map"),
            "timestamp" => Some("datetime"),
            _ => None,
        };
        let usual = usual.map(|usual| format!("did you mean `{usual}`?"));
        reader.report(&path, Code::UNKNOWN_VALUE, format!("`{word}` is not a type"), |d| {
            d.remedy(all()).did_you_mean(word, words()).maybe_remedy(usual)
        });
        VarType::Any
    })
}

/// An ISO 4217 code, of a `money` only.
fn currency(reader: &mut Reader<'_>, id: Id, path: &Path<'_>, kind: VarType) -> Option<String> {
    let text = reader.text(id, path)?;
    if kind != VarType::Money {
        reader.report(path, Code::UNKNOWN_KEY, "only a `money` has a currency", |d| {
            d.key().remedy("remove it, or write `type: money`")
        });
    }
    if !defaults::is_currency(text) {
        let spelt = text.to_uppercase();
        let remedy = if defaults::is_currency(&spelt) {
            format!("write `{spelt}`")
        } else {
            "write for example `EUR`".to_owned()
        };
        reader
            .report(path, Code::UNKNOWN_VALUE, format!("`{text}` is not a currency (ISO 4217)"), |d| d.remedy(remedy));
        return None;
    }
    Some(text.to_owned())
}
