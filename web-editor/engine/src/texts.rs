//! The wording of a flow as one table: each text with its translations, and how each of them stands.

use crate::room::Room;
use offhook_flow_schemas::edit::Files;
use offhook_flow_schemas::{Texts, read_texts};
use offhook_runtime::texts::{TextState, state};
use serde_json::{Map, Value, json};

/// The texts in the order of the document. A locale is one that the flow declares, but for the first, in which the document itself is
/// written, or one that has a catalogue.
pub(crate) fn table(room: &mut Room, files: &Files) -> Result<Value, String> {
    let read = room.read(files);
    let document = read.document.as_ref().ok_or("the flow cannot be read")?;
    let flow = &document.flow;
    let catalogues: Vec<Texts> =
        files.texts.iter().filter_map(|file| read_texts(&file.name, file.text.as_bytes()).texts).collect();
    let mut locales: Vec<&str> = flow.locales.iter().skip(1).map(|locale| &**locale).collect();
    for own in catalogues.iter().filter_map(|texts| texts.locale.as_deref()) {
        if !locales.iter().any(|known| known.eq_ignore_ascii_case(own)) {
            locales.push(own);
        }
    }
    let of = |locale: &str| {
        catalogues.iter().find(|texts| texts.locale.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(locale)))
    };
    let fields = read.compiled.texts(&flow.id).unwrap_or_default();
    let rows: Vec<Value> = fields
        .iter()
        .map(|field| {
            let translations: Map<String, Value> = locales
                .iter()
                .map(|locale| {
                    let texts = of(locale);
                    let missing = if field.needs_words { TextState::Missing } else { TextState::Optional };
                    let state = texts.map_or(missing, |texts| state(document, field, texts));
                    let text = texts.and_then(|texts| texts.texts.get(&field.address));
                    let before = texts.and_then(|texts| texts.sources.get(&field.address));
                    let before = before.filter(|_| state == TextState::Stale);
                    ((*locale).to_owned(), json!({ "text": text, "state": state, "before": before }))
                })
                .collect();
            let node = field.pointer.strip_prefix("/nodes/").and_then(|rest| rest.split('/').next());
            let node = node.map(|id| id.replace("~1", "/").replace("~0", "~"));
            json!({
                "key": field.address, "pointer": field.pointer, "node": node, "kind": field.kind,
                "needs_words": field.needs_words, "text": Texts::original(document, &field.address),
                "locales": translations,
            })
        })
        .collect();
    Ok(json!({ "first": flow.locales.first(), "locales": locales, "rows": rows }))
}
