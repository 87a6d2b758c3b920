//! The tables of a compiled flow: everything that stands behind the handles in its nodes' parameters, and the walk that
//! fills them. The walk knows formats, never node types.

use crate::catalog::{NodeType, Place};
use crate::expr::{Compiler, Env, Expression, Global, Names, Problem, Script, Template};
use crate::fault::Fault;
use crate::params::{Format, ResourceKind};
use crate::prompt::{ByChannel, CompiledPhrases, CompiledPrompt, PartDef};
use crate::speak::SpeakAs;
use crate::texts::{TextField, TextKind, has_words};
use crate::value::Value;
use indexmap::IndexMap;
use offhook_flow_schemas::{ChannelKind, Code, Diagnostic, Document, Texts, escape_pointer};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::Arc;

/// What the handles of a flow's nodes stand for.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) expressions: Vec<Expression>,
    pub(crate) scripts: Vec<Script>,
    pub(crate) templates: Vec<Template>,
    pub(crate) values: Vec<CompiledValue>,
    pub(crate) prompts: Vec<CompiledPrompt>,
    pub(crate) phrases: Vec<CompiledPhrases>,
    pub(crate) variables: Vec<VariablePlace>,
    /// Ids of other flows.
    pub(crate) flows: Vec<String>,
    /// What the environment must bind, each use with its place.
    pub(crate) resources: Vec<Resource>,
}

/// The use of something that the environment binds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// What it is.
    pub kind: ResourceKind,
    /// Its symbolic name.
    pub name: String,
    /// Where it is named: a JSON pointer from the root of the document.
    pub pointer: String,
}

/// A variable, or a place within one.
#[derive(Debug)]
pub(crate) struct VariablePlace {
    pub(crate) slot: u16,
    pub(crate) path: Vec<Arc<str>>,
}

/// A value to work out.
#[derive(Debug)]
pub(crate) enum CompiledValue {
    Const(Value),
    Expression(u32),
    Template(u32),
    List(Vec<CompiledValue>),
    Map(Vec<(Arc<str>, CompiledValue)>),
}

impl CompiledValue {
    pub(crate) fn eval(&self, env: &Env<'_>, tables: &Tables) -> Result<Value, Fault> {
        Ok(match self {
            CompiledValue::Const(value) => value.clone(),
            CompiledValue::Expression(at) => tables.expressions[*at as usize].eval(env)?,
            CompiledValue::Template(at) => {
                let mut text = String::new();
                tables.templates[*at as usize].render(env, &mut text)?;
                Value::text(text)
            }
            CompiledValue::List(items) => {
                Value::List(Arc::new(items.iter().map(|item| item.eval(env, tables)).collect::<Result<_, _>>()?))
            }
            CompiledValue::Map(entries) => Value::Map(Arc::new(
                entries
                    .iter()
                    .map(|(key, value)| Ok((key.clone(), value.eval(env, tables)?)))
                    .collect::<Result<_, Fault>>()?,
            )),
        })
    }
}

/// The handle of something that did not compile. Its program is never made, so nothing ever looks it up.
const BROKEN: u32 = u32::MAX;

/// Where the walk stands: the document's pointer, and the dotted name under which translations refer to it.
struct Spot {
    pointer: String,
    field: String,
}

/// Fills the tables of one flow.
pub(crate) struct Builder<'a> {
    compiler: &'a Compiler,
    document: &'a Document,
    texts: &'a [Texts],
    default_locale: Arc<str>,
    pub(crate) names: Names,
    pub(crate) tables: Tables,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What may be translated, by its dotted name.
    pub(crate) translatable: IndexMap<String, TextField>,
    /// The handles of sources that were compiled, by what they were compiled as.
    seen: HashMap<Format, HashMap<String, u32>>,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(
        compiler: &'a Compiler,
        document: &'a Document,
        texts: &'a [Texts],
        names: Names,
        default_locale: Arc<str>,
    ) -> Self {
        Builder {
            compiler,
            document,
            texts,
            default_locale,
            names,
            tables: Tables::default(),
            diagnostics: Vec::new(),
            translatable: IndexMap::new(),
            seen: HashMap::new(),
        }
    }

    pub(crate) fn document(&self) -> &'a Document {
        self.document
    }

    pub(crate) fn texts(&self) -> &'a [Texts] {
        self.texts
    }

    pub(crate) fn locale(&self) -> Arc<str> {
        self.default_locale.clone()
    }

    /// The parameters with a handle in place of everything that carries a format.
    pub(crate) fn with_handles(&mut self, node: &str, mut json: Json, kind: &NodeType) -> Json {
        // One for all formats: the walk leaves it as it was.
        let mut spot = Spot { pointer: format!("/nodes/{}", escape_pointer(node)), field: node.to_owned() };
        for (places, format) in kind.formats() {
            if !matches!(format, Format::Target | Format::Duration) {
                self.visit(&mut json, places, &mut spot, *format);
            }
        }
        json
    }

    fn visit(&mut self, json: &mut Json, places: &[Place], spot: &mut Spot, format: Format) {
        let Some((place, rest)) = places.split_first() else {
            if format == Format::Keys {
                if let Some(keys) = self.keys(json, spot) {
                    *json = keys;
                }
            } else if let Some(handle) = self.compile(json, spot, format) {
                *json = handle.into();
            }
            return;
        };
        let (pointer_len, field_len) = (spot.pointer.len(), spot.field.len());
        let step = |builder: &mut Self, key: &str, name: &str, value: &mut Json, spot: &mut Spot| {
            spot.pointer.push('/');
            spot.pointer.push_str(&escape_pointer(key));
            spot.field.push('.');
            spot.field.push_str(name);
            builder.visit(value, rest, spot, format);
            spot.pointer.truncate(pointer_len);
            spot.field.truncate(field_len);
        };
        match (place, json) {
            (Place::Key(key), Json::Object(map)) => {
                if let Some(value) = map.get_mut(key) {
                    step(self, key, key, value, spot);
                }
            }
            (Place::Each, Json::Object(map)) => {
                for (key, value) in map.iter_mut() {
                    step(self, key, key, value, spot);
                }
            }
            (Place::Names, Json::Object(map)) => {
                for (name, value) in std::mem::take(map) {
                    let pointer = format!("{}/{}", spot.pointer, escape_pointer(&name));
                    let at = Spot { pointer, field: format!("{}.{name}", spot.field) };
                    let handle = self.compile(&Json::String(name.clone()), &at, format);
                    map.insert(handle.map_or(name, |handle| handle.to_string()), value);
                }
            }
            (Place::Each, Json::Array(items)) => {
                for (index, value) in items.iter_mut().enumerate() {
                    let index = index.to_string();
                    let id = value.get("id").and_then(Json::as_str).map(str::to_owned);
                    step(self, &index, id.as_deref().unwrap_or(&index), value, spot);
                }
            }
            _ => {}
        }
    }

    /// The handle for what stands here; `None` when its shape does not fit the format, which the schema then tells.
    fn compile(&mut self, json: &Json, spot: &Spot, format: Format) -> Option<u32> {
        let plain = || match json {
            Json::String(text) => Some(text.clone()),
            Json::Bool(_) | Json::Number(_) => Some(json.to_string()),
            _ => None,
        };
        match format {
            Format::Expression => Some(self.expression(&plain()?, &spot.pointer)),
            Format::Script => Some(self.script(json.as_str()?, &spot.pointer)),
            Format::Template => Some(self.template(&plain()?, &spot.pointer, 0, false)),
            Format::SecretTemplate => Some(self.template(&plain()?, &spot.pointer, 0, true)),
            Format::Value | Format::SecretValue => {
                let value = self.value(json, &spot.pointer, format == Format::SecretValue);
                Some(push(&mut self.tables.values, value))
            }
            Format::Prompt | Format::Ssml | Format::Audio | Format::Video => {
                let kind = match format {
                    Format::Ssml => TextKind::Ssml,
                    Format::Audio => TextKind::Audio,
                    Format::Video => TextKind::Video,
                    _ => TextKind::Text,
                };
                let own = self.prompt(json, &spot.pointer, kind)?;
                let mut variants = vec![(self.default_locale.clone(), own)];
                let has_words = has_words(json);
                self.note_text(spot, kind, has_words);
                for texts in self.texts {
                    if let Some(translation) = texts.texts.get(&spot.field)
                        && let Some(prompt) = self.translated(texts, &spot.field, |builder, pointer| {
                            builder.prompt(translation, pointer, kind)
                        })
                    {
                        variants.push((tag(texts), prompt));
                    }
                }
                let field = spot.field.as_str().into();
                Some(push(&mut self.tables.prompts, CompiledPrompt { field, has_words, variants }))
            }
            Format::Phrases => {
                let mut variants = vec![(self.default_locale.clone(), words(json)?)];
                self.note_text(spot, TextKind::Phrases, true);
                for texts in self.texts {
                    if let Some(translation) = texts.texts.get(&spot.field).and_then(words) {
                        variants.push((tag(texts), translation));
                    }
                }
                Some(push(&mut self.tables.phrases, CompiledPhrases { variants }))
            }
            Format::Variable => Some(self.variable(json.as_str()?, &spot.pointer)),
            Format::Flow => Some(push(&mut self.tables.flows, json.as_str()?.to_owned())),
            Format::Target | Format::Duration | Format::Keys => None,
            Format::Resource(kind) => {
                self.resource(kind, json.as_str()?, &spot.pointer);
                None
            }
        }
    }

    /// Notes what the environment must bind; the name stays where it is.
    fn resource(&mut self, kind: ResourceKind, name: &str, pointer: &str) {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > 64 || name.starts_with('-') || !name.chars().all(is_plain) {
            let message = format!("`{name}` cannot be the name of a {}", kind.noun());
            let diagnostic = self.document.diagnostic(Code::BAD_PARAMETER, pointer, message);
            self.diagnostics.push(diagnostic.remedy("up to 64 lower-case letters, digits and `-`; no template"));
        } else {
            self.tables.resources.push(Resource { kind, name: name.to_owned(), pointer: pointer.to_owned() });
        }
    }

    fn note_text(&mut self, spot: &Spot, kind: TextKind, needs_words: bool) {
        let field = TextField { address: spot.field.clone(), pointer: spot.pointer.clone(), kind, needs_words };
        self.translatable.insert(spot.field.clone(), field);
    }

    /// Keys in every locale that has its own, as [`crate::params::Keys`] reads them.
    fn keys(&mut self, json: &Json, spot: &Spot) -> Option<Json> {
        let own = json.as_str()?;
        self.note_text(spot, TextKind::Keys, false);
        let mut variants = vec![serde_json::json!([&*self.default_locale, own])];
        for texts in self.texts {
            match texts.texts.get(&spot.field) {
                None => {}
                Some(Json::String(keys)) if keys.chars().all(|key| "0123456789*#ABCD".contains(key)) => {
                    variants.push(serde_json::json!([&*tag(texts), keys]));
                }
                Some(_) => {
                    let message = "telephone keys are 0 to 9, *, #, A to D, in quotes";
                    let pointer = texts.text_pointer(&spot.field);
                    self.diagnostics.push(texts.diagnostic(Code::TEXT_SHAPE, &pointer, message));
                }
            }
        }
        Some(variants.into())
    }

    fn seen(&self, format: Format, source: &str) -> Option<u32> {
        self.seen.get(&format)?.get(source).copied()
    }

    fn expression(&mut self, source: &str, pointer: &str) -> u32 {
        self.expression_at(source, pointer, 0)
    }

    fn expression_at(&mut self, source: &str, pointer: &str, shift: usize) -> u32 {
        if let Some(handle) = self.seen(Format::Expression, source) {
            return handle;
        }
        match self.compiler.expression(source, &self.names) {
            Ok(expression) => {
                let handle = push(&mut self.tables.expressions, expression);
                self.seen.entry(Format::Expression).or_default().insert(source.to_owned(), handle);
                handle
            }
            Err(problems) => self.broken(Code::SCRIPT, problems, pointer, shift),
        }
    }

    fn script(&mut self, source: &str, pointer: &str) -> u32 {
        if let Some(handle) = self.seen(Format::Script, source) {
            return handle;
        }
        match self.compiler.script(source, &self.names) {
            Ok(script) => {
                let handle = push(&mut self.tables.scripts, script);
                self.seen.entry(Format::Script).or_default().insert(source.to_owned(), handle);
                handle
            }
            Err(problems) => self.broken(Code::SCRIPT, problems, pointer, 0),
        }
    }

    fn template(&mut self, source: &str, pointer: &str, shift: usize, secrets: bool) -> u32 {
        let format = if secrets { Format::SecretTemplate } else { Format::Template };
        if let Some(handle) = self.seen(format, source) {
            return handle;
        }
        match self.compiler.template(source, &self.names, secrets) {
            Ok(template) => {
                let handle = push(&mut self.tables.templates, template);
                self.seen.entry(format).or_default().insert(source.to_owned(), handle);
                handle
            }
            Err(problems) => self.broken(Code::TEMPLATE, problems, pointer, shift),
        }
    }

    fn broken(&mut self, code: Code, problems: Vec<Problem>, pointer: &str, shift: usize) -> u32 {
        for problem in problems {
            let code = match &problem.unknown {
                Some(name) if name.starts_with("secrets.") => Code::UNDECLARED_SECRET,
                Some(name) if name == "secrets" => Code::SECRET_LEAK,
                Some(_) => Code::UNKNOWN_VARIABLE,
                None => code,
            };
            let start = problem.offset + shift;
            let mut diagnostic = self.document.diagnostic(code, pointer, problem.message).within(
                &self.document.tree,
                pointer,
                start..start + problem.len,
            );
            if let Some(unknown) = problem.unknown.as_ref().filter(|_| code == Code::UNKNOWN_VARIABLE) {
                let names = self.names.vars().chain(self.names.inputs()).map(|name| &**name);
                let globals = Global::ALL.map(Global::name);
                diagnostic = diagnostic.did_you_mean(unknown, names.chain(globals));
            }
            if code == Code::UNDECLARED_SECRET
                && let Some(name) = problem.unknown.as_deref().and_then(|name| name.strip_prefix("secrets."))
            {
                let known = self.names.secrets().map(|name| &**name);
                diagnostic =
                    diagnostic.remedy(format!("name it at the top: `secrets: [{name}]`")).did_you_mean(name, known);
            }
            self.diagnostics.push(diagnostic);
        }
        BROKEN
    }

    fn value(&mut self, json: &Json, pointer: &str, secrets: bool) -> CompiledValue {
        match json {
            Json::String(text) => {
                if let Some(source) = text.strip_prefix('=') {
                    CompiledValue::Expression(self.expression_at(source, pointer, 1))
                } else if ["{{", "{%", "{#"].iter().any(|mark| text.contains(mark)) {
                    CompiledValue::Template(self.template(text, pointer, 0, secrets))
                } else {
                    CompiledValue::Const(Value::text(text.as_str()))
                }
            }
            Json::Array(items) => {
                let items: Vec<_> = items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| self.value(item, &format!("{pointer}/{index}"), secrets))
                    .collect();
                constant(&items).unwrap_or(CompiledValue::List(items))
            }
            Json::Object(map) => CompiledValue::Map(
                map.iter()
                    .map(|(key, value)| {
                        (key.as_str().into(), self.value(value, &format!("{pointer}/{}", escape_pointer(key)), secrets))
                    })
                    .collect(),
            ),
            plain => CompiledValue::Const(Value::from_json(plain)),
        }
    }

    fn variable(&mut self, path: &str, pointer: &str) -> u32 {
        let mut steps = path.split('.');
        let name = steps.next().unwrap_or_default();
        match self.names.var(name) {
            Some(slot) => {
                push(&mut self.tables.variables, VariablePlace { slot, path: steps.map(Into::into).collect() })
            }
            None => {
                let diagnostic = self
                    .document
                    .diagnostic(Code::UNKNOWN_VARIABLE, pointer, format!("the flow declares no variable `{name}`"))
                    .remedy(format!("declare it under `vars:`, for example `{name}: {{ type: any }}`"))
                    .did_you_mean(name, self.document.flow.vars.keys().map(String::as_str));
                self.diagnostics.push(diagnostic);
                BROKEN
            }
        }
    }

    /// Compiles a translation, so that its mistakes are told where it is written: in the catalogue's file.
    fn translated<T>(
        &mut self,
        texts: &Texts,
        field: &str,
        compile: impl FnOnce(&mut Self, &str) -> Option<T>,
    ) -> Option<T> {
        let pointer = texts.text_pointer(field);
        let before = self.diagnostics.len();
        let compiled = compile(self, &pointer);
        for diagnostic in &mut self.diagnostics[before..] {
            *diagnostic = Diagnostic::at_pointer(&texts.tree, diagnostic.code, &pointer, diagnostic.message.clone())
                .maybe_remedy(diagnostic.remedy.take());
        }
        if compiled.is_none() {
            self.diagnostics.push(Diagnostic::at_pointer(
                &texts.tree,
                Code::TEXT_SHAPE,
                &pointer,
                "this translation is neither a text nor a list of parts",
            ));
        }
        compiled
    }

    /// `kind` is what a text is that does not say so itself.
    fn prompt(&mut self, json: &Json, pointer: &str, kind: TextKind) -> Option<ByChannel> {
        let Json::Object(map) = json else {
            return Some(ByChannel { by: Vec::new(), default: self.parts(json, pointer, kind)? });
        };
        let mut prompt = ByChannel::default();
        for (key, value) in map {
            let at = format!("{pointer}/{}", escape_pointer(key));
            if key == "default" {
                prompt.default = self.parts(value, &at, kind)?;
            } else if let Some(channel) = ChannelKind::from_word(key) {
                let parts = self.parts(value, &at, kind)?;
                prompt.by.push((channel, parts));
            } else {
                let words = ChannelKind::ALL.iter().map(|kind| kind.as_str()).chain(["default"]);
                let diagnostic = self
                    .document
                    .diagnostic(Code::UNKNOWN_VALUE, &at, format!("`{key}` is not a channel"))
                    .key()
                    .remedy("a text may vary by `voice`, `video`, `webchat`, `messaging`, with `default` for the rest")
                    .did_you_mean(key, words);
                self.diagnostics.push(diagnostic);
            }
        }
        Some(prompt)
    }

    fn parts(&mut self, json: &Json, pointer: &str, kind: TextKind) -> Option<Vec<PartDef>> {
        match json {
            Json::String(text) => {
                let template = self.template(text, pointer, 0, false);
                Some(vec![match kind {
                    TextKind::Ssml => PartDef::Ssml(template),
                    TextKind::Audio => PartDef::Audio(template),
                    TextKind::Video => PartDef::Video(template),
                    TextKind::Text | TextKind::Phrases | TextKind::Keys => PartDef::Text(template),
                }])
            }
            Json::Number(_) | Json::Bool(_) => {
                Some(vec![PartDef::Text(self.template(&json.to_string(), pointer, 0, false))])
            }
            Json::Array(items) => {
                let mut parts = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    let at = format!("{pointer}/{index}");
                    match item {
                        Json::String(text) => parts.push(PartDef::Text(self.template(text, &at, 0, false))),
                        Json::Object(map) => parts.extend(self.part(map, &at)),
                        _ => {
                            self.bad_part(&at, "a part is a text, or one of `text`, `ssml`, `audio`, `video`, `value`")
                        }
                    }
                }
                Some(parts)
            }
            _ => None,
        }
    }

    fn part(&mut self, map: &serde_json::Map<String, Json>, pointer: &str) -> Option<PartDef> {
        const KEYS: [&str; 7] = ["text", "ssml", "audio", "video", "value", "as", "currency"];
        for key in map.keys().filter(|key| !KEYS.contains(&key.as_str())) {
            let diagnostic = self
                .document
                .diagnostic(
                    Code::UNKNOWN_PARAMETER,
                    &format!("{pointer}/{}", escape_pointer(key)),
                    format!("a part has no `{key}`"),
                )
                .key()
                .did_you_mean(key, KEYS);
            self.diagnostics.push(diagnostic);
        }
        let kinds: Vec<&str> = KEYS[..5].iter().copied().filter(|key| map.contains_key(*key)).collect();
        let [kind] = kinds.as_slice() else {
            self.bad_part(pointer, "a part is exactly one of `text`, `ssml`, `audio`, `video`, `value`");
            return None;
        };
        let at = format!("{pointer}/{kind}");
        if *kind == "value" {
            let speak_as = match map.get("as").map(|word| word.as_str().unwrap_or_default()) {
                None => Some(SpeakAs::Text),
                Some(word) => word.parse::<SpeakAs>().ok(),
            };
            let Some(speak_as) = speak_as else {
                self.bad_part(
                    &format!("{pointer}/as"),
                    "`as` is one of money, digits, date, time, ordinal, phone, number, text",
                );
                return None;
            };
            let value = self.value(&map["value"], &at, false);
            let value = push(&mut self.tables.values, value);
            let currency = map.get("currency").and_then(Json::as_str).map(str::to_owned);
            return Some(PartDef::Value { value, speak_as, currency });
        }
        let Some(text) = map[*kind].as_str() else {
            self.bad_part(&at, "this must be a text");
            return None;
        };
        let template = self.template(text, &at, 0, false);
        Some(match *kind {
            "ssml" => PartDef::Ssml(template),
            "audio" => PartDef::Audio(template),
            "video" => PartDef::Video(template),
            _ => PartDef::Text(template),
        })
    }

    fn bad_part(&mut self, pointer: &str, message: &str) {
        let diagnostic = self.document.diagnostic(Code::BAD_PARAMETER, pointer, message);
        self.diagnostics.push(diagnostic);
    }
}

fn push<T>(table: &mut Vec<T>, item: T) -> u32 {
    table.push(item);
    u32::try_from(table.len() - 1).expect("a document of 10 MB has fewer than 2^32 places")
}

/// The locale of a catalogue; empty, and so never spoken, where neither its name nor its content says one.
pub(crate) fn tag(texts: &Texts) -> Arc<str> {
    texts.locale.as_deref().unwrap_or_default().into()
}

/// A list of constants is a constant.
fn constant(items: &[CompiledValue]) -> Option<CompiledValue> {
    let values: Option<Vec<Value>> = items
        .iter()
        .map(|item| match item {
            CompiledValue::Const(value) => Some(value.clone()),
            _ => None,
        })
        .collect();
    values.map(|values| CompiledValue::Const(Value::List(Arc::new(values))))
}

fn words(json: &Json) -> Option<Vec<String>> {
    match json {
        Json::String(word) => Some(vec![word.clone()]),
        Json::Array(items) => items
            .iter()
            .map(|item| match item {
                Json::String(word) => Some(word.clone()),
                Json::Number(_) | Json::Bool(_) => Some(item.to_string()),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}
