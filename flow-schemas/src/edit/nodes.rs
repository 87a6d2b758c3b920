//! Edits of nodes: adding, renaming, copying, removing, wiring, and their places in the layout.

use serde_json::{Map, Value};

use super::draft::{Draft, Wish};
use super::locate::{self, Style};
use super::splice::TextEdit;
use super::{Beside, Editor, Loose, Refusal, emit, lines, model, order, references};
use crate::{escape_pointer, is_built_in_end};

/// How far a copy is put from its original, in pixels.
const COPY_OFFSET: f64 = 40.0;

fn at(id: &str) -> String {
    format!("/nodes/{}", escape_pointer(id))
}

impl Editor<'_> {
    fn must_exist(&self, id: &str) -> Result<Value, Refusal> {
        self.flow.tree.value_at(&at(id)).ok_or_else(|| Refusal::NoSuchNode(id.to_owned()))
    }

    fn must_be_free(&self, id: &str) -> Result<(), Refusal> {
        if !crate::read::is_node_id(id) || id.len() > crate::limits::NAME_CHARS || is_built_in_end(id) {
            return Err(Refusal::BadId(id.to_owned()));
        }
        match self.flow.tree.span(&at(id)) {
            Some(_) => Err(Refusal::NodeExists(id.to_owned())),
            None => Ok(()),
        }
    }

    pub(super) fn add_node(&mut self, id: &str, node: &Value, after: Option<&str>) -> Result<(), Refusal> {
        self.must_be_free(id)?;
        let Value::Object(map) = node else {
            return Err(Refusal::NotACollection(at(id)));
        };
        let mut entries: Vec<(String, Value)> = map.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        entries.sort_by_key(|(key, _)| order::rank(&at(id), key));
        let node = Value::Object(entries.into_iter().collect::<Map<_, _>>());
        if let Some(after) = after {
            self.must_exist(after)?;
        }
        let neighbour = match after {
            Some(after) => Some(after.to_owned()),
            None => self.flow.tree.keys("/nodes").last().map(str::to_owned),
        };
        let (mut inline, mut spaced) = (false, true);
        if let Some(neighbour) = &neighbour {
            inline = locate::locate(&self.flow.tree, &at(neighbour))?.style == Style::FlowMap
                && emit::inline(&node, self.flow.manner).len() + id.len() <= emit::WIDTH;
            spaced = self.is_spaced(neighbour);
        }
        let wish = Wish { after: neighbour.as_deref(), spaced, open: !inline, inline };
        self.flow.set_with(&at(id), &node, wish)
    }

    /// Whether a blank line stands between a node and the one before it; of the first, between it and the one after it.
    fn is_spaced(&self, id: &str) -> bool {
        let keys: Vec<&str> = self.flow.tree.keys("/nodes").collect();
        let here = keys.iter().position(|key| *key == id).unwrap_or_default().max(1);
        let Some(span) = keys.get(here).and_then(|key| self.flow.tree.key_span(&at(key))) else {
            return true;
        };
        let text = self.flow.text();
        let line = lines::start(text, span.start as usize);
        lines::blank_above(text, lines::with_comments_above(text, line, 0))
    }

    pub(super) fn rename_node(&mut self, from: &str, to: &str) -> Result<(), Refusal> {
        self.must_exist(from)?;
        if from == to {
            return Ok(());
        }
        self.must_be_free(to)?;
        let targets: Vec<(String, String)> = references(&self.flow.value(), self.knowledge)
            .into_iter()
            .filter(|reference| reference.target == from)
            .map(|reference| (reference.pointer, to.to_owned()))
            .collect();
        // References within the node are written before its key; their pointers still have its old id.
        self.flow.rewrite(&[], &targets)?;
        self.flow.rename(&at(from), to)?;
        self.rename_in_expressions(from, to)?;
        if let Some(layout) = &mut self.layout
            && layout.draft.tree.span(&at(from)).is_some()
        {
            layout.draft.rename(&at(from), to)?;
        }
        self.rename_texts(from, to)?;
        self.rename_in_talks(from, to)
    }

    pub(super) fn copy_node(&mut self, from: &str, to: &str) -> Result<(), Refusal> {
        let node = self.must_exist(from)?;
        self.must_be_free(to)?;
        let mut expected = self.flow.value();
        model::set(&mut expected, &at(to), node.clone());
        let copied = match self.source_of(from, to) {
            Some(edit) => self.flow.splice(vec![edit], &expected, &at(to)),
            None => Err(Refusal::CannotKeep { pointer: at(to) }),
        };
        if copied.is_err() {
            self.add_node(to, &node, Some(from))?;
        }
        let own = format!("{}/", at(to));
        let selves: Vec<(String, String)> = references(&self.flow.value(), self.knowledge)
            .into_iter()
            .filter(|reference| reference.target == from && reference.pointer.starts_with(&own))
            .map(|reference| (reference.pointer, to.to_owned()))
            .collect();
        if !selves.is_empty() {
            self.flow.rewrite(&[], &selves)?;
        }
        self.copy_texts(from, to)?;
        match self.pinned(from) {
            Some((x, y)) => self.place(to, Some((x + COPY_OFFSET, y + COPY_OFFSET))),
            None => Ok(()),
        }
    }

    /// The lines of a node, with its comments, under another id, to stand after it; nothing where it does not have lines of its own.
    fn source_of(&self, from: &str, to: &str) -> Option<TextEdit> {
        let text = self.flow.text();
        let place = locate::locate(&self.flow.tree, &at(from)).ok()?;
        let key = self.flow.tree.key_span(&at(from))?;
        let (start, key_end) = (key.start as usize, key.end as usize);
        if place.flow || !lines::begins_line(text, start) || text[place.start..place.end].contains('&') {
            return None;
        }
        let line = lines::start(text, start);
        let end = lines::with_comments_below(text, lines::next(text, place.end), start - line);
        let written = super::change::rewrite_key(text, key, to, self.flow.manner);
        let body = format!("{}{}{}", &text[line..start], written.text, &text[key_end..end]);
        let open_end = !text[..end].ends_with(['\n', '\r']);
        let (front, body) = if open_end { ("\n", body) } else { ("", body) };
        let blank = if self.is_spaced(from) { "\n" } else { "" };
        Some(TextEdit::new(end, end, format!("{front}{blank}{body}")))
    }

    pub(super) fn remove_node(&mut self, id: &str, loose: &Loose) -> Result<(), Refusal> {
        self.must_exist(id)?;
        let own = format!("{}/", at(id));
        let mut naming: Vec<references::Reference> = references(&self.flow.value(), self.knowledge)
            .into_iter()
            .filter(|reference| reference.target == id && !reference.pointer.starts_with(&own))
            .collect();
        match loose {
            Loose::Keep => {}
            Loose::To(target) => {
                let target = target.as_str();
                if !is_built_in_end(target) {
                    self.must_exist(target)?;
                }
                let texts: Vec<_> =
                    naming.into_iter().map(|reference| (reference.pointer, target.to_owned())).collect();
                self.flow.rewrite(&[], &texts)?;
            }
            Loose::Unwire => {
                // From behind, so that the places of items before do not change.
                naming.reverse();
                for reference in naming.iter().filter(|reference| reference.pointer != "/start") {
                    self.unwire(&reference.pointer)?;
                }
            }
        }
        self.flow.remove(&at(id))?;
        if let Some(layout) = &mut self.layout
            && layout.draft.tree.span(&at(id)).is_some()
        {
            layout.draft.remove(&at(id))?;
        }
        self.remove_texts(id)
    }

    /// Removes a target, and the maps that would be left empty or senseless without it.
    fn unwire(&mut self, pointer: &str) -> Result<(), Refusal> {
        let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        if parent.starts_with("/interrupts/") {
            // A rule without a target says nothing.
            return self.flow.remove(parent);
        }
        let exits = parent.starts_with("/nodes/") && parent.matches('/').count() == 3 && parent.ends_with("/exits");
        if exits && self.flow.tree.keys(parent).count() == 1 {
            return self.flow.remove(parent);
        }
        self.flow.remove(pointer)
    }

    pub(super) fn wire(&mut self, node: &str, exit: &str, target: Option<&str>) -> Result<(), Refusal> {
        self.must_exist(node)?;
        let fact = self.knowledge.facts.get(node).and_then(|facts| facts.exits.iter().find(|fact| fact.name == exit));
        let pointer = match fact.and_then(|fact| fact.pointer.clone()) {
            Some(pointer) => pointer,
            None if exit == "next" => format!("{}/next", at(node)),
            None => format!("{}/exits/{}", at(node), escape_pointer(exit)),
        };
        match target {
            Some(target) => {
                if !is_built_in_end(target) {
                    self.must_exist(target)?;
                }
                self.flow.set(&pointer, &Value::String(target.to_owned()))
            }
            None if self.flow.tree.span(&pointer).is_none() => Ok(()),
            None => self.unwire(&pointer),
        }
    }

    /// Where a node is pinned.
    fn pinned(&self, id: &str) -> Option<(f64, f64)> {
        let value = self.layout.as_ref()?.draft.tree.value_at(&at(id))?;
        Some((value.get(0)?.as_f64()?, value.get(1)?.as_f64()?))
    }

    pub(super) fn place(&mut self, id: &str, place: Option<(f64, f64)>) -> Result<(), Refusal> {
        self.must_exist(id)?;
        let Some((x, y)) = place else {
            return match &mut self.layout {
                Some(layout) if layout.draft.tree.span(&at(id)).is_some() => layout.draft.remove(&at(id)),
                _ => Ok(()),
            };
        };
        let number = |x: f64| {
            let whole = x.fract() == 0.0 && x.abs() < 1e15;
            if whole { Some(Value::from(x as i64)) } else { serde_json::Number::from_f64(x).map(Value::Number) }
        };
        let value = Value::Array(vec![number(x).ok_or(Refusal::BadPlace)?, number(y).ok_or(Refusal::BadPlace)?]);
        let layout = match &mut self.layout {
            Some(layout) => layout,
            none => none.insert(Beside::create(&self.flow_name, "layout", "nodes: {}\n")?),
        };
        if layout.created && layout.draft.tree.keys("/nodes").count() == 0 {
            return layout.draft.begin(&format!(
                "nodes:\n  {}: {}\n",
                emit::key(id, false),
                emit::inline(&value, layout.draft.manner)
            ));
        }
        layout.draft.set_with(&at(id), &value, Wish::default())
    }
}

impl Beside {
    /// A file that does not exist yet, beside the flow.
    pub(super) fn create(flow: &str, word: &str, text: &str) -> Result<Beside, Refusal> {
        let stem = ["yaml", "yml", "json"].iter().find_map(|end| flow.strip_suffix(end)?.strip_suffix('.'));
        let name = format!("{}.{word}.yaml", stem.unwrap_or(flow));
        let draft = Draft::create(&name, text)?;
        Ok(Beside { name, created: true, draft })
    }
}
