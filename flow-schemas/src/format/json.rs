//! JSON in canonical form: two spaces a level; what is short stands in one line, but for the flow itself and its nodes. Numbers and texts
//! keep their writing.

use crate::edit::order;
use crate::tree::{Id, Kind};
use crate::{Positioned, escape_pointer};

/// Columns that a list or map in one line may take, with what stands before it.
const WIDTH: usize = 100;

pub(super) fn write(tree: &Positioned) -> String {
    let mut out = String::new();
    let writer = Writer { tree, flow: tree.span("/offhook").is_some() };
    writer.value(&mut out, tree.root, "", 0, 0);
    out.push('\n');
    out
}

struct Writer<'t> {
    tree: &'t Positioned,
    flow: bool,
}

impl Writer<'_> {
    /// A value that stands behind `used` columns; its own lines are indented by `indent`.
    fn value(&self, out: &mut String, id: Id, pointer: &str, indent: usize, used: usize) {
        let open = pointer.is_empty() || pointer == "/nodes";
        if !open && let Some(line) = self.line(id, WIDTH.saturating_sub(used), pointer) {
            out.push_str(&line);
            return;
        }
        let deeper = indent + 2;
        let pad = format!("\n{}", " ".repeat(deeper));
        match &self.tree.node(id).kind {
            Kind::Map(entries) if !entries.list.is_empty() => {
                out.push('{');
                for (index, (key, name, value)) in self.sorted(id, pointer).into_iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    out.push_str(&pad);
                    out.push_str(key);
                    out.push_str(": ");
                    let at = format!("{pointer}/{}", escape_pointer(name));
                    self.value(out, value, &at, deeper, deeper + key.chars().count() + 3);
                }
                out.push_str(&format!("\n{}}}", " ".repeat(indent)));
            }
            Kind::List(items) if !items.is_empty() => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    out.push_str(&pad);
                    self.value(out, *item, &format!("{pointer}/{index}"), deeper, deeper + 1);
                }
                out.push_str(&format!("\n{}]", " ".repeat(indent)));
            }
            Kind::Map(_) => out.push_str("{}"),
            Kind::List(_) => out.push_str("[]"),
            _ => out.push_str(self.source(id)),
        }
    }

    /// A value in one line, if it has no more columns than these.
    fn line(&self, id: Id, room: usize, pointer: &str) -> Option<String> {
        let line = match &self.tree.node(id).kind {
            Kind::Map(entries) if !entries.list.is_empty() => {
                let mut parts = Vec::new();
                let mut left = room;
                for (key, name, value) in self.sorted(id, pointer) {
                    let at = format!("{pointer}/{}", escape_pointer(name));
                    let part = format!("{key}: {}", self.line(value, left, &at)?);
                    left = left.checked_sub(part.len())?;
                    parts.push(part);
                }
                format!("{{ {} }}", parts.join(", "))
            }
            Kind::List(items) if !items.is_empty() => {
                let mut parts = Vec::new();
                let mut left = room;
                for (index, item) in items.iter().enumerate() {
                    let part = self.line(*item, left, &format!("{pointer}/{index}"))?;
                    left = left.checked_sub(part.len())?;
                    parts.push(part);
                }
                format!("[{}]", parts.join(", "))
            }
            Kind::Map(_) => "{}".to_owned(),
            Kind::List(_) => "[]".to_owned(),
            _ => return Some(self.source(id).to_owned()),
        };
        (line.chars().count() <= room).then_some(line)
    }

    /// The entries of a map as they are written, in the order of the language.
    fn sorted(&self, id: Id, pointer: &str) -> Vec<(&str, &str, Id)> {
        let entries = self.tree.entries(id).map_or(&[][..], |entries| &entries.list);
        let source = |span| self.tree.source().slice(span);
        let mut found: Vec<_> =
            entries.iter().map(|entry| (source(entry.key_span), &*entry.key, entry.value)).collect();
        if self.flow {
            found.sort_by_key(|(_, name, _)| order::rank(pointer, name));
        }
        found
    }

    fn source(&self, id: Id) -> &str {
        self.tree.source().slice(self.tree.node(id).span)
    }
}
