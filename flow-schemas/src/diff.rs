//! The semantic difference of two versions of a flow: what was added, removed, renamed, rewired, retyped and reworded, and in sentences
//! what that changes for those who call. Order, comments and writing are no difference.
//!
//! Which parameters are texts, targets, keys or conditions comes in as [`Knowledge`]; no node type is known here.

mod nodes;
mod renames;
mod sentences;
mod told;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

use crate::edit::{Files, Knowledge};
use crate::{Diagnostic, Flow, NodeFacts, locale_of_name, read_flow, read_layout, read_texts};
pub use renames::renames;
pub use told::{markdown, text};

/// One version of a flow, with what lies beside it.
#[derive(Debug, Clone)]
pub struct Version {
    /// The document as it is written.
    pub value: Value,
    /// The same as types.
    pub flow: Flow,
    /// What the node types say about its nodes.
    pub facts: IndexMap<String, NodeFacts>,
    /// Texts by locale and address.
    pub texts: IndexMap<String, IndexMap<String, Value>>,
    /// Places of pinned nodes.
    pub layout: IndexMap<String, (f64, f64)>,
}

impl Version {
    /// Reads a version. Mistakes do not matter as long as the document is a map.
    ///
    /// # Errors
    /// What is wrong with a flow that cannot be read at all.
    pub fn read(
        files: &Files,
        facts: impl FnOnce(&Flow) -> IndexMap<String, NodeFacts>,
    ) -> Result<Version, Vec<Diagnostic>> {
        let read = read_flow(&files.flow.name, files.flow.text.as_bytes());
        let document = read.document.ok_or(read.diagnostics)?;
        let facts = facts(&document.flow);
        let mut texts = IndexMap::new();
        for file in &files.texts {
            let Some(read) = read_texts(&file.name, file.text.as_bytes()).texts else {
                continue;
            };
            if let Some(locale) = locale_of_name(&file.name).map(str::to_owned).or(read.locale) {
                texts.insert(locale, read.texts);
            }
        }
        let layout = files.layout.as_ref().and_then(|file| read_layout(&file.name, file.text.as_bytes()).layout);
        let layout = layout.map(|layout| layout.nodes).unwrap_or_default();
        Ok(Version { value: document.tree.to_value(), flow: document.flow, facts, texts, layout })
    }

    fn nodes(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.value.get("nodes").and_then(Value::as_object).into_iter().flatten()
    }

    fn node(&self, id: &str) -> Option<&Value> {
        self.value.get("nodes")?.get(id)
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Change {
    /// A node is new.
    NodeAdded {
        /// Its id.
        node: String,
        /// Its type.
        kind: String,
    },
    /// A node is gone.
    NodeRemoved {
        /// Its id.
        node: String,
        /// Its type.
        kind: String,
    },
    /// A node has another id and says the same.
    NodeRenamed {
        /// What it was called.
        from: String,
        /// What it is called now.
        to: String,
    },
    /// A node has another type.
    NodeRetyped {
        /// The node.
        node: String,
        /// Its type before.
        from: String,
        /// Its type now.
        to: String,
    },
    /// An exit leads elsewhere.
    Rewired {
        /// The node.
        node: String,
        /// The exit.
        exit: String,
        /// Where it led; nothing when it was not wired.
        from: Option<String>,
        /// Where it leads.
        to: Option<String>,
    },
    /// A parameter, a title or a description of a node is another.
    Parameter {
        /// The node.
        node: String,
        /// The way to it, joined by dots; items of lists by their `id`.
        parameter: String,
        /// Its value before.
        from: Option<Value>,
        /// Its value now.
        to: Option<Value>,
    },
    /// Something that is said, shown or understood is another.
    Text {
        /// Its name, as catalogues of texts write it.
        text: String,
        /// The locale; nothing for the flow's own.
        locale: Option<String>,
        /// What it was.
        from: Option<Value>,
        /// What it is.
        to: Option<Value>,
    },
    /// A node is pinned elsewhere on the canvas.
    Placed {
        /// The node.
        node: String,
        /// Where it was pinned.
        from: Option<(f64, f64)>,
        /// Where it is.
        to: Option<(f64, f64)>,
    },
    /// Conversations begin elsewhere.
    Start {
        /// Where they began.
        from: String,
        /// Where they begin.
        to: String,
    },
    /// An interrupt is another.
    Interrupt {
        /// Its key.
        interrupt: String,
        /// What it was.
        from: Option<Value>,
        /// What it is.
        to: Option<Value>,
    },
    /// A variable is declared otherwise.
    Variable {
        /// Its name.
        name: String,
        /// Its declaration before.
        from: Option<Value>,
        /// Its declaration now.
        to: Option<Value>,
    },
    /// What the flow agrees with others: inputs, outputs, schemas, secrets, channels, kind, id.
    Contract {
        /// The section, and after a dot the name in it.
        part: String,
        /// What it was.
        from: Option<Value>,
        /// What it is.
        to: Option<Value>,
    },
    /// Another key at the top.
    Header {
        /// The key.
        key: String,
        /// What it was.
        from: Option<Value>,
        /// What it is.
        to: Option<Value>,
    },
}

/// What differs between two versions of a flow.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Difference {
    /// The flow, as it is called now.
    pub flow: String,
    /// Whether it is all in the texts, or all in the places of nodes.
    pub only: Option<Only>,
    /// Every change, the graph first.
    pub changes: Vec<Change>,
    /// What changes for those who call or write.
    pub callers: Vec<String>,
    /// Nodes that have another id: old and new.
    pub renamed: IndexMap<String, String>,
}

/// Differences that touch no logic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Only {
    /// Only texts.
    Texts,
    /// Only places of nodes.
    Layout,
}

impl Difference {
    /// Whether the versions say the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// What differs between two versions.
#[must_use]
pub fn diff(old: &Version, new: &Version, knowledge: &Knowledge) -> Difference {
    let renamed = renames(&old.value, &new.value, knowledge);
    let mut changes = nodes::changes(old, new, &renamed, knowledge);
    changes.extend(top(&old.value, &new.value, &renamed));
    changes.extend(texts(old, new, &renamed));
    let id = |from: &String| renamed.get(from).unwrap_or(from).clone();
    let before: IndexMap<String, (f64, f64)> = old.layout.iter().map(|(node, at)| (id(node), *at)).collect();
    for (node, from, to) in pairs(&before, &new.layout) {
        changes.push(Change::Placed { node: node.clone(), from: from.copied(), to: to.copied() });
    }
    let all = |fits: fn(&Change) -> bool| !changes.is_empty() && changes.iter().all(fits);
    let only = if all(|change| matches!(change, Change::Text { .. })) {
        Some(Only::Texts)
    } else if all(|change| matches!(change, Change::Placed { .. })) {
        Some(Only::Layout)
    } else {
        None
    };
    let callers = sentences::sentences(old, new, &renamed, &changes, knowledge);
    Difference { flow: new.flow.id.clone(), only, changes, callers, renamed }
}

/// Two texts line by line, in the unified form: for what is no flow.
#[must_use]
pub fn lines(old: &str, new: &str) -> String {
    diffy::create_patch(old, new).to_string()
}

/// The keys of two maps whose values differ, those of the new one first.
fn pairs<'m, V: PartialEq>(
    old: &'m IndexMap<String, V>,
    new: &'m IndexMap<String, V>,
) -> Vec<(&'m String, Option<&'m V>, Option<&'m V>)> {
    let both = new.iter().map(|(key, to)| (key, old.get(key), Some(to)));
    let gone = old.iter().filter(|(key, _)| !new.contains_key(*key)).map(|(key, from)| (key, Some(from), None));
    both.chain(gone).filter(|(_, from, to)| from != to).collect()
}

fn entries(value: Option<&Value>) -> IndexMap<String, Value> {
    match value {
        Some(Value::Object(map)) => map.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
        // A list of names, such as `secrets`: each is an entry.
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| (item.as_str().map_or_else(|| item.to_string(), str::to_owned), Value::Bool(true)))
            .collect(),
        _ => IndexMap::new(),
    }
}

/// Keys at the top, but for the nodes.
fn top(old: &Value, new: &Value, renamed: &IndexMap<String, String>) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut old = old.clone();
    nodes::rename_targets(&mut old, renamed);
    for (key, from, to) in pairs(&entries(Some(&old)), &entries(Some(new))) {
        let (key, from, to) = (key.clone(), from.cloned(), to.cloned());
        match key.as_str() {
            "nodes" => {}
            "start" => {
                let word = |value: Option<Value>| {
                    value.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
                };
                changes.push(Change::Start { from: word(from), to: word(to) });
            }
            "interrupts" => {
                for (interrupt, from, to) in pairs(&entries(from.as_ref()), &entries(to.as_ref())) {
                    let interrupt = interrupt.clone();
                    changes.push(Change::Interrupt { interrupt, from: from.cloned(), to: to.cloned() });
                }
            }
            "vars" => {
                for (name, from, to) in pairs(&entries(from.as_ref()), &entries(to.as_ref())) {
                    changes.push(Change::Variable { name: name.clone(), from: from.cloned(), to: to.cloned() });
                }
            }
            "inputs" | "outputs" | "schemas" | "secrets" | "channels" | "locales" => {
                for (name, from, to) in pairs(&entries(from.as_ref()), &entries(to.as_ref())) {
                    let part = format!("{key}.{name}");
                    changes.push(Change::Contract { part, from: from.cloned(), to: to.cloned() });
                }
                if changes.is_empty()
                    || !changes
                        .iter()
                        .any(|change| matches!(change, Change::Contract { part, .. } if part.starts_with(&key)))
                {
                    // The same names in another order: the first of `locales` is the default.
                    changes.push(Change::Contract { part: key, from, to });
                }
            }
            "id" | "kind" | "offhook" => changes.push(Change::Contract { part: key, from, to }),
            _ => changes.push(Change::Header { key, from, to }),
        }
    }
    changes
}

/// Texts in other locales.
fn texts(old: &Version, new: &Version, renamed: &IndexMap<String, String>) -> Vec<Change> {
    let id = |key: &str| match key.split_once('.') {
        Some((node, rest)) => format!("{}.{rest}", renamed.get(node).map_or(node, String::as_str)),
        None => key.to_owned(),
    };
    let none = IndexMap::new();
    let mut changes = Vec::new();
    let gone = old.texts.keys().filter(|locale| !new.texts.contains_key(*locale));
    for locale in new.texts.keys().chain(gone) {
        let before = old.texts.get(locale).unwrap_or(&none);
        let before: IndexMap<String, Value> = before.iter().map(|(key, text)| (id(key), text.clone())).collect();
        for (key, from, to) in pairs(&before, new.texts.get(locale).unwrap_or(&none)) {
            changes.push(Change::Text {
                text: key.clone(),
                locale: Some(locale.clone()),
                from: from.cloned(),
                to: to.cloned(),
            });
        }
    }
    changes
}
