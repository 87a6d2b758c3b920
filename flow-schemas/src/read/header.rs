//! The top of a flow: version, id, kind, channels and the like. The sections below it have files of their own.

use super::reader::{Path, Reader};
use crate::codes::Code;
use crate::flow::{ChannelKind, Flow, FlowKind, LANGUAGE_VERSION};
use crate::limits;
use crate::tree::{Entries, Id, Kind};

const KEYS: [&str; 16] = [
    "offhook",
    "id",
    "title",
    "description",
    "kind",
    "channels",
    "locales",
    "inputs",
    "vars",
    "outputs",
    "schemas",
    "secrets",
    "start",
    "interrupts",
    "migrate",
    "nodes",
];

/// The keys of the top of a flow, for finding a value or reporting that it is missing. An optional key with nothing after it is as
/// good as absent.
pub(super) struct Section<'t>(&'t Entries);

impl Section<'_> {
    pub fn get(&self, reader: &Reader<'_>, key: &str) -> Option<Id> {
        self.0.get(key).map(|entry| entry.value).filter(|id| !reader.is_null(*id))
    }
}

pub(super) fn read(reader: &mut Reader<'_>) -> Option<Flow> {
    let root = Path::ROOT;
    let Kind::Map(entries) = reader.kind(reader.tree.root) else {
        let found = reader.kind(reader.tree.root).noun();
        let message = format!("a flow is a map of keys and values; this document is {found}");
        reader.report(&root, Code::NOT_A_MAP, message, |d| d.remedy("begin with `offhook: 1`"));
        return None;
    };
    let top = Section(entries);
    let offhook = version(reader, &top)?;
    for entry in entries.list.iter().filter(|entry| !entry.key.starts_with("x-") && !KEYS.contains(&&*entry.key)) {
        reader.unknown_key(entry, &root, &KEYS);
    }
    let id = id(reader, &top);
    let title = short_text(reader, &top, "title", limits::TITLE_CHARS);
    let description = short_text(reader, &top, "description", limits::DESCRIPTION_CHARS);
    let kind = kind(reader, &top);
    let channels = channels(reader, &top);
    let locales = names(reader, &top, "locales", |reader, name, path| reader.check_locale(name, path));
    let schemas = super::schemas::read(reader, &top);
    let inputs = super::variables::read(reader, &top, "inputs", &schemas);
    let vars = super::variables::read(reader, &top, "vars", &schemas);
    let outputs = super::variables::read(reader, &top, "outputs", &schemas);
    let secrets = names(reader, &top, "secrets", |reader, name, path| reader.check_secret(name, path));
    let nodes = super::nodes::read(reader, &top);
    let start = super::nodes::start(reader, &top);
    let interrupts = super::interrupts::read(reader, &top);
    let migrate = super::migrate::read(reader, &top, &vars);
    let flow = Flow {
        offhook,
        id,
        title,
        description,
        kind,
        channels,
        locales,
        inputs,
        vars,
        outputs,
        schemas,
        secrets,
        start,
        interrupts,
        migrate,
        nodes,
    };
    Some(flow)
}

/// The language version; a document of another version is not read further, because every other complaint would be noise.
fn version(reader: &mut Reader<'_>, top: &Section<'_>) -> Option<u32> {
    let Some(id) = top.get(reader, "offhook") else {
        reader.missing(&Path::ROOT, "offhook", "begin the document with `offhook: 1`");
        return Some(LANGUAGE_VERSION);
    };
    let path = Path::ROOT.key("offhook");
    let found = match reader.kind(id) {
        Kind::Number(number) => number.as_u64(),
        other => {
            reader.wrong::<()>(&path, "the number 1", other);
            return Some(LANGUAGE_VERSION);
        }
    };
    match found {
        Some(version) if version == u64::from(LANGUAGE_VERSION) => Some(LANGUAGE_VERSION),
        Some(version) if version > u64::from(LANGUAGE_VERSION) => {
            let message = format!(
                "the document is written for version {version} of the language; this build knows version {LANGUAGE_VERSION}"
            );
            reader.report(&path, Code::UNSUPPORTED_VERSION, message, |d| d.remedy("use a newer Offhook"));
            None
        }
        _ => {
            let message = "there is no such version of the language";
            reader.report(&path, Code::UNSUPPORTED_VERSION, message, |d| d.remedy("write `offhook: 1`"));
            Some(LANGUAGE_VERSION)
        }
    }
}

fn id(reader: &mut Reader<'_>, top: &Section<'_>) -> String {
    let Some(value) = top.get(reader, "id") else {
        reader.missing(&Path::ROOT, "id", "give the flow an id, such as `id: clinic/reception`");
        return String::new();
    };
    let path = Path::ROOT.key("id");
    let Some(id) = reader.text(value, &path) else {
        return String::new();
    };
    reader.check_flow_id(id, &path);
    id.to_owned()
}

fn short_text(reader: &mut Reader<'_>, top: &Section<'_>, key: &str, limit: usize) -> Option<String> {
    let path = Path::ROOT.key(key);
    let text = top.get(reader, key).and_then(|id| reader.text(id, &path))?;
    reader.over(&path, &format!("characters in `{key}`"), text.chars().count(), limit);
    Some(text.to_owned())
}

fn kind(reader: &mut Reader<'_>, top: &Section<'_>) -> FlowKind {
    let words = || FlowKind::ALL.iter().map(|kind| kind.as_str());
    let all = words().collect::<Vec<_>>().join(", ");
    let path = Path::ROOT.key("kind");
    let Some(id) = top.get(reader, "kind") else {
        reader.missing(&Path::ROOT, "kind", format!("say what the flow is for: {all}"));
        return FlowKind::Ivr;
    };
    let Some(word) = reader.text(id, &path) else {
        return FlowKind::Ivr;
    };
    FlowKind::from_word(word).unwrap_or_else(|| {
        let message = format!("`{word}` is not a kind of flow");
        reader.report(&path, Code::UNKNOWN_VALUE, message, |d| {
            d.remedy(format!("one of {all}")).did_you_mean(word, words())
        });
        FlowKind::Ivr
    })
}

fn channels(reader: &mut Reader<'_>, top: &Section<'_>) -> Vec<ChannelKind> {
    let words = || ChannelKind::ALL.iter().map(|kind| kind.as_str());
    let path = Path::ROOT.key("channels");
    let Some(id) = top.get(reader, "channels") else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for (index, word) in reader.texts(id, &path, "channels", limits::LIST_ENTRIES).into_iter().enumerate() {
        match ChannelKind::from_word(word) {
            Some(channel) => out.push(channel),
            None => {
                let remedy = format!("one of {}", words().collect::<Vec<_>>().join(", "));
                reader.report(
                    &path.item(index),
                    Code::UNKNOWN_VALUE,
                    format!("`{word}` is not a kind of channel"),
                    |d| d.remedy(remedy).did_you_mean(word, words()),
                );
            }
        }
    }
    out
}

fn names(
    reader: &mut Reader<'_>,
    top: &Section<'_>,
    key: &str,
    check: fn(&mut Reader<'_>, &str, &Path<'_>),
) -> Vec<String> {
    let path = Path::ROOT.key(key);
    let Some(id) = top.get(reader, key) else {
        return Vec::new();
    };
    let found = reader.texts(id, &path, key, limits::LIST_ENTRIES);
    for (index, name) in found.iter().enumerate() {
        check(reader, name, &path.item(index));
    }
    found.into_iter().map(str::to_owned).collect()
}
