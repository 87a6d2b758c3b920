//! Texts cut into units that a translator works on: one sentence or one list of phrases each, and put together again.
//!
//! A text that varies by channel or is a list of parts is several units; values in it are none, and stay as they are. A
//! translation that is built otherwise than its original cannot be cut along with it: it is one unit, as JSON.

use super::{TextField, TextKind, TextState, has_letters, state};
use offhook_flow_schemas::{Document, Texts};
use serde_json::Value as Json;

/// One thing to translate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its name: that of the field in catalogues, and the way into it.
    pub id: String,
    /// Where the original stands in the flow's document, as a JSON pointer.
    pub pointer: String,
    /// What it is.
    pub kind: TextKind,
    /// Whether source and target are JSON.
    pub is_json: bool,
    /// What the flow says now. Phrases stand one on a line.
    pub source: String,
    /// The translation.
    pub target: Option<String>,
    /// What the flow said when it was translated, where that is known and otherwise than now.
    pub previous: Option<String>,
    /// How it stands.
    pub state: TextState,
}

/// A place in a text: the way to it, and what stands there.
struct Leaf {
    path: String,
    /// Nothing for a value, which is not translated.
    kind: Option<TextKind>,
    text: String,
}

/// The units of a field, with what a catalogue has for them.
pub fn units(document: &Document, field: &TextField, catalogue: Option<&Texts>) -> Vec<Unit> {
    let Some(original) = Texts::original(document, &field.address) else { return Vec::new() };
    let missing = if field.needs_words { TextState::Missing } else { TextState::Optional };
    let translation = catalogue.and_then(|texts| texts.texts.get(&field.address));
    let recorded = catalogue.and_then(|texts| texts.sources.get(&field.address));
    let state = catalogue.map_or(missing, |texts| state(document, field, texts));
    let before = recorded.filter(|_| state == TextState::Stale);
    let own = leaves(&original, field.kind);
    let is_whole = translation.is_some_and(|translation| !is_alike(&own, &leaves(translation, field.kind)));
    if is_whole {
        return vec![Unit {
            id: field.address.clone(),
            pointer: field.pointer.clone(),
            kind: field.kind,
            is_json: true,
            source: original.to_string(),
            target: translation.map(Json::to_string),
            previous: before.map(Json::to_string),
            state,
        }];
    }
    let targets = translation.map(|translation| leaves(translation, field.kind));
    let previous = before.map(|before| leaves(before, field.kind)).filter(|before| is_alike(&own, before));
    let one = |list: &Option<Vec<Leaf>>, index: usize| list.as_ref().map(|list| list[index].text.clone());
    own.iter()
        .enumerate()
        .filter_map(|(index, leaf)| {
            let kind = leaf.kind?;
            let needs = matches!(kind, TextKind::Phrases | TextKind::Keys) || has_letters(&leaf.text);
            let target = one(&targets, index);
            // What has no words is left out, unless somebody has put something else there.
            if !needs && target.as_ref().is_none_or(|target| *target == leaf.text) {
                return None;
            }
            let previous = one(&previous, index);
            let is_same =
                previous.as_ref().is_some_and(|before| before.split_whitespace().eq(leaf.text.split_whitespace()));
            Some(Unit {
                id: join(&field.address, &leaf.path),
                pointer: format!("{}{}", field.pointer, leaf.path.replace('.', "/")),
                kind,
                is_json: false,
                source: leaf.text.clone(),
                target,
                // Of a text in parts, those that have not changed are not stale.
                state: if state == TextState::Stale && is_same { TextState::Translated } else { state },
                previous: previous.filter(|_| !is_same),
            })
        })
        .collect()
}

/// The value of a field in which units have these texts: `text` gives that of a unit, or nothing where it is to stay as
/// the translation, or else the original, has it. Nothing where a unit has neither a text nor a translation.
///
/// # Errors
/// Why a text cannot be taken.
pub fn compose(
    field: &TextField,
    original: &Json,
    translation: Option<&Json>,
    text: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Json>, String> {
    let own = leaves(original, field.kind);
    let alike = translation.is_none_or(|translation| is_alike(&own, &leaves(translation, field.kind)));
    if !alike {
        let Some(text) = text(&field.address) else { return Ok(translation.cloned()) };
        return serde_json::from_str(&text).map(Some).map_err(|error| format!("this must be JSON: {error}"));
    }
    let mut value = translation.unwrap_or(original).clone();
    for leaf in &own {
        let Some(kind) = leaf.kind else { continue };
        let place = match leaf.path.replace('.', "/") {
            path if path.is_empty() => &mut value,
            path => match value.pointer_mut(&path) {
                Some(place) => place,
                None => continue,
            },
        };
        match text(&join(&field.address, &leaf.path)) {
            Some(text) if kind == TextKind::Phrases => {
                let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                *place = lines.map(Json::from).collect();
            }
            Some(text) => *place = Json::String(text),
            None if translation.is_none() && (kind == TextKind::Keys || has_letters(&leaf.text)) => return Ok(None),
            None => {}
        }
    }
    Ok(Some(value))
}

fn join(address: &str, path: &str) -> String {
    format!("{address}{path}")
}

/// Whether two texts have the same places.
fn is_alike(one: &[Leaf], other: &[Leaf]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|(one, other)| (&one.path, one.kind) == (&other.path, other.kind))
}

fn leaves(json: &Json, kind: TextKind) -> Vec<Leaf> {
    let mut found = Vec::new();
    collect(json, kind, String::new(), &mut found);
    found
}

fn collect(json: &Json, kind: TextKind, path: String, found: &mut Vec<Leaf>) {
    let mut leaf = |kind: Option<TextKind>, text: String| found.push(Leaf { path: path.clone(), kind, text });
    match json {
        Json::Array(items) if kind == TextKind::Phrases => {
            let lines: Vec<String> =
                items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect();
            // A phrase of several lines could not be told from several phrases.
            let kind = if lines.iter().any(|line| line.contains('\n')) { None } else { Some(kind) };
            leaf(kind, lines.join("\n"));
        }
        Json::String(text) => leaf(Some(kind), text.clone()),
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, kind, format!("{path}.{index}"), found);
            }
        }
        Json::Object(map) if map.contains_key("value") => leaf(None, String::new()),
        Json::Object(map) => {
            for (key, value) in map {
                let kind = match key.as_str() {
                    "ssml" => TextKind::Ssml,
                    "audio" => TextKind::Audio,
                    "video" => TextKind::Video,
                    "text" => TextKind::Text,
                    _ => kind,
                };
                collect(value, kind, format!("{path}.{key}"), found);
            }
        }
        Json::Null => leaf(None, String::new()),
        plain => leaf(Some(kind), plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn field(kind: TextKind) -> TextField {
        TextField { address: "a.text".into(), pointer: "/nodes/a/text".into(), kind, needs_words: true }
    }

    fn back(kind: TextKind, original: &Json, translation: Option<&Json>, texts: &[(&str, &str)]) -> Option<Json> {
        let text = |id: &str| texts.iter().find(|(known, _)| *known == id).map(|(_, text)| (*text).to_owned());
        compose(&field(kind), original, translation, &text).expect("the texts are fit")
    }

    #[test]
    fn texts_are_put_together_as_they_were_cut() {
        let parts = json!([{ "text": "It costs" }, { "value": "= x", "as": "money" }, "Bye", { "audio": "a.wav" }]);
        let ids: Vec<(String, Option<TextKind>)> =
            leaves(&parts, TextKind::Text).into_iter().map(|leaf| (leaf.path, leaf.kind)).collect();
        assert_eq!(
            ids,
            [
                (".0.text".to_owned(), Some(TextKind::Text)),
                (".1".to_owned(), None),
                (".2".to_owned(), Some(TextKind::Text)),
                (".3.audio".to_owned(), Some(TextKind::Audio)),
            ]
        );
        let all = [("a.text.0.text", "Cuesta"), ("a.text.2", "Adiós"), ("a.text.3.audio", "a.es.wav")];
        let whole = json!([{ "text": "Cuesta" }, { "value": "= x", "as": "money" }, "Adiós", { "audio": "a.es.wav" }]);
        assert_eq!(back(TextKind::Text, &parts, None, &all), Some(whole.clone()));
        // A part that nobody has translated yet leaves all of it untranslated; what there is stays.
        assert_eq!(back(TextKind::Text, &parts, None, &all[..2]), None);
        let other = json!([{ "text": "Cuesta" }, { "value": "= y" }, "Hasta luego", { "audio": "a.es.wav" }]);
        let kept = json!([{ "text": "Cuesta" }, { "value": "= y" }, "Adiós", { "audio": "a.es.wav" }]);
        assert_eq!(back(TextKind::Text, &parts, Some(&other), &all[1..2]), Some(kept));
        let by_channel = json!({ "voice": "Press 1", "default": "Choose" });
        assert_eq!(
            back(TextKind::Text, &by_channel, None, &[("a.text.voice", "Pulse 1"), ("a.text.default", "Elija")]),
            Some(json!({ "voice": "Pulse 1", "default": "Elija" }))
        );
        let phrases = back(TextKind::Phrases, &json!(["book", "visit"]), None, &[("a.text", "cita\n reservar \n")]);
        assert_eq!(phrases, Some(json!(["cita", "reservar"])));
        // Built otherwise, it goes as a whole.
        let text = r#"[{"ssml":"<speak/>"}]"#;
        assert_eq!(
            back(TextKind::Text, &json!("Hello"), Some(&json!([{ "ssml": "x" }])), &[("a.text", text)]),
            Some(json!([{ "ssml": "<speak/>" }]))
        );
    }
}
