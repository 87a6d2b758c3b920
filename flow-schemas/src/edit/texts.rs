//! Edits of texts, in the flow and in the catalogues of other locales.

use serde_json::Value;

use super::draft::Wish;
use super::{Beside, Editor, Refusal, emit};
use crate::{Texts, escape_pointer, locale_of_name};

impl Editor<'_> {
    pub(super) fn set_text(&mut self, key: &str, locale: Option<&str>, text: &Value) -> Result<(), Refusal> {
        let flow = self.flow.value();
        let own = flow.pointer("/locales/0").and_then(Value::as_str);
        let (id, _) = key.split_once('.').ok_or_else(|| Refusal::NoSuchText(key.to_owned()))?;
        let original = original(&flow, key).ok_or_else(|| Refusal::NoSuchText(key.to_owned()))?;
        let Some(locale) = locale.filter(|locale| Some(*locale) != own) else {
            return self.flow.set(&original, text);
        };
        if !crate::read::is_locale(locale) {
            return Err(Refusal::BadLocale(locale.to_owned()));
        }
        let found = self.texts.iter().position(|beside| locale_of(beside).as_deref() == Some(locale));
        let pointer = Texts::pointer(key);
        let beside = match found {
            Some(index) => &mut self.texts[index],
            None if text.is_null() => return Ok(()),
            None => {
                self.texts.push(Beside::create(&self.flow_name, locale, "texts: {}\n")?);
                self.texts.last_mut().expect("it was just put there")
            }
        };
        if text.is_null() {
            return match beside.draft.tree.span(&pointer) {
                Some(_) => beside.draft.remove(&pointer),
                None => Ok(()),
            };
        }
        if beside.created && beside.draft.tree.keys("/texts").count() == 0 {
            let name = emit::key(key, false);
            let value = emit::after(text, beside.draft.manner, 2, 3 + name.len(), false);
            return beside.draft.begin(&format!("texts:\n  {name}:{value}\n"));
        }
        // Whoever translates anew has seen what the flow says now.
        let was = beside.draft.tree.value_at(&pointer);
        let is_long = |value: &Value| value.get("source").is_some() && value.get("text").is_some();
        let long = was.is_some_and(|was| is_long(&was)) && !is_long(text);
        let text = &if long {
            let source = flow.pointer(&original).cloned().unwrap_or_default();
            serde_json::json!({ "source": source, "text": text })
        } else {
            text.clone()
        };
        // Texts of a node stand together.
        let after = self.texts_after(found.unwrap_or(self.texts.len() - 1), id);
        let beside = found.unwrap_or(self.texts.len() - 1);
        let wish = Wish { after: after.as_deref(), ..Wish::default() };
        self.texts[beside].draft.set_with(&pointer, text, wish)
    }

    /// The last text of a node in a catalogue.
    fn texts_after(&self, beside: usize, id: &str) -> Option<String> {
        let front = format!("{id}.");
        let tree = &self.texts[beside].draft.tree;
        tree.keys("/texts").filter(|key| key.starts_with(&front)).last().map(str::to_owned)
    }

    /// The keys of a node's texts in a catalogue.
    fn keys_of(&self, beside: usize, id: &str) -> Vec<String> {
        let front = format!("{id}.");
        let keys = self.texts[beside].draft.tree.keys("/texts");
        keys.filter(|key| key.starts_with(&front)).map(str::to_owned).collect()
    }

    /// The key of the phrases of an interrupt, which goes by the node that it leads to.
    fn interrupt_text(&self, beside: usize, target: &str) -> Option<String> {
        let key = format!("{INTERRUPT}{target}");
        self.texts[beside].draft.tree.span(&Texts::pointer(&key)).map(|_| key)
    }

    pub(super) fn rename_texts(&mut self, from: &str, to: &str) -> Result<(), Refusal> {
        for beside in 0..self.texts.len() {
            let renamed: Vec<(String, String)> = self
                .keys_of(beside, from)
                .into_iter()
                .map(|key| (Texts::pointer(&key), format!("{to}{}", &key[from.len()..])))
                .chain(self.interrupt_text(beside, from).map(|key| (Texts::pointer(&key), format!("{INTERRUPT}{to}"))))
                .collect();
            if !renamed.is_empty() {
                self.texts[beside].draft.rewrite(&renamed, &[])?;
            }
        }
        Ok(())
    }

    pub(super) fn copy_texts(&mut self, from: &str, to: &str) -> Result<(), Refusal> {
        for beside in 0..self.texts.len() {
            let keys = self.keys_of(beside, from);
            let mut after = keys.last().cloned();
            for key in keys {
                let copy = format!("{to}{}", &key[from.len()..]);
                let draft = &mut self.texts[beside].draft;
                if let Some(text) = draft.tree.value_at(&Texts::pointer(&key)) {
                    let wish = Wish { after: after.as_deref(), ..Wish::default() };
                    draft.set_with(&Texts::pointer(&copy), &text, wish)?;
                    after = Some(copy);
                }
            }
        }
        Ok(())
    }

    pub(super) fn remove_texts(&mut self, id: &str) -> Result<(), Refusal> {
        for beside in 0..self.texts.len() {
            for key in self.keys_of(beside, id) {
                self.texts[beside].draft.remove(&Texts::pointer(&key))?;
            }
        }
        Ok(())
    }
}

fn locale_of(beside: &Beside) -> Option<String> {
    let written = beside.draft.tree.value_at("/locale").and_then(|locale| locale.as_str().map(str::to_owned));
    locale_of_name(&beside.name).map(str::to_owned).or(written)
}

/// What stands before the target in the key of an interrupt's phrases.
const INTERRUPT: &str = "interrupts.phrases.";

/// The JSON pointer, in the flow, of what a key of a catalogue names.
fn original(flow: &Value, key: &str) -> Option<String> {
    if let Some(target) = key.strip_prefix(INTERRUPT) {
        let rules = flow.pointer("/interrupts/phrases")?.as_array()?;
        let index = rules.iter().position(|rule| rule.get("next").and_then(Value::as_str) == Some(target))?;
        return Some(format!("/interrupts/phrases/{index}/any"));
    }
    let (id, path) = key.split_once('.')?;
    let node = format!("/nodes/{}", escape_pointer(id));
    field(flow.pointer(&node)?, path).map(|field| format!("{node}{field}"))
}

/// The JSON pointer, within a node, of the field that the rest of a text's key names.
fn field(node: &Value, path: &str) -> Option<String> {
    let mut at = node;
    let mut pointer = String::new();
    for step in path.split('.') {
        let (name, next) = match at {
            Value::Object(map) => (escape_pointer(step).into_owned(), map.get(step)?),
            Value::Array(items) => {
                let by_id = items.iter().position(|item| item.get("id").and_then(Value::as_str) == Some(step));
                let index = by_id.or_else(|| step.parse().ok())?;
                (index.to_string(), items.get(index)?)
            }
            _ => return None,
        };
        pointer.push('/');
        pointer.push_str(&name);
        at = next;
    }
    Some(pointer)
}
