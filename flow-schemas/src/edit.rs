//! Lossless edits: a document is opened, edits are asked for, and what comes back are byte ranges and what stands there afterwards.
//! Every byte outside of them stays: quotes, block scalars, comments, blank lines, anchors, order, line breaks.
//!
//! An edit that cannot be made that way is refused with its reason; nothing here ever prints a document anew (only `fmt` does).
//! Whatever is written is read again and compared with what was meant before it is accepted, so that a document cannot come to say
//! something else. The engine does not know node types: which parameters name nodes or hold texts is handed in as [`Knowledge`].

pub(crate) mod change;
pub(crate) mod draft;
pub(crate) mod emit;
pub(crate) mod lines;
pub(crate) mod locate;
pub(crate) mod model;
mod nodes;
pub(crate) mod order;
mod references;
mod refusal;
pub(crate) mod splice;
mod talks;
mod texts;
pub(crate) mod units;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::NodeFacts;
use draft::Draft;
pub use references::{Reference, references, text_places};
pub use refusal::Refusal;
pub use splice::{TextEdit, apply, invert};

/// A document by name and text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its name; one that ends in `.json` is JSON.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A flow and what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Files {
    /// The flow.
    pub flow: File,
    /// `NAME.layout.yaml`, where there is one.
    #[serde(default)]
    pub layout: Option<File>,
    /// `NAME.LOCALE.yaml`, one for each other locale that has one.
    #[serde(default)]
    pub texts: Vec<File>,
    /// `NAME.talk.yaml` and other files of talks about the flow. Only renaming a node changes them.
    #[serde(default)]
    pub talks: Vec<File>,
}

/// What only the node types know. A pattern is a JSON pointer within a node in which `*` stands for each item of a list or value of a
/// map: `/choices/*/next`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Knowledge {
    /// Parameters that name nodes, by node type.
    #[serde(default)]
    pub targets: IndexMap<String, Vec<String>>,
    /// Parameters that are said, shown or understood, and so translated, by node type.
    #[serde(default)]
    pub texts: IndexMap<String, Vec<String>>,
    /// Every parameter that has a meaning of its own, by node type; targets and texts, too.
    #[serde(default)]
    pub meanings: IndexMap<String, Vec<Meaning>>,
    /// Facts of the nodes as the flow was opened: they say where an exit is written.
    #[serde(default)]
    pub facts: IndexMap<String, NodeFacts>,
}

/// What a parameter of a node type means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meaning {
    /// Where it stands within a node, as in [`Knowledge`].
    pub pattern: String,
    /// Whether it is the keys of the map there that mean this, rather than the value.
    #[serde(default)]
    pub keys: bool,
    /// The `format` of its schema: `target`, `flow`, `variable`, `prompt`, `phrases`, `keys`, `expression` and so on.
    pub format: String,
}

/// One edit. A gesture may be several; they are made together or not at all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Edit {
    /// Sets the value at a JSON pointer of the flow: a parameter, a key at the top. Maps on the way are made; what stays the same
    /// within a list or map keeps its writing.
    Set {
        /// Where.
        pointer: String,
        /// What.
        value: Value,
    },
    /// Puts an item into a list of the flow.
    Insert {
        /// The list.
        pointer: String,
        /// Before which item, from 0; its length appends.
        index: usize,
        /// The item.
        value: Value,
    },
    /// Removes the entry or item at a JSON pointer of the flow.
    Remove {
        /// Where.
        pointer: String,
    },
    /// Adds a node.
    AddNode {
        /// Its id.
        id: String,
        /// What it is: `type`, parameters, `next`, `exits`.
        node: Value,
        /// After which node it is written; the last where it is not said.
        #[serde(default)]
        after: Option<String>,
    },
    /// Renames a node, and everything that names it: exits, interrupts, parameters, layout, texts, talks, and what expressions
    /// compare `last.node` and `last.error.node` with.
    RenameNode {
        /// Its id.
        from: String,
        /// What it is called from now on.
        to: String,
    },
    /// Writes a copy of a node after it, with its texts in every locale. What led from the node to itself leads from the copy to itself.
    CopyNode {
        /// The node.
        from: String,
        /// The id of the copy.
        to: String,
    },
    /// Removes a node with its place and its texts.
    RemoveNode {
        /// Its id.
        id: String,
        /// What becomes of what leads to it.
        #[serde(default)]
        references: Loose,
    },
    /// Leads an exit somewhere, or nowhere.
    Wire {
        /// The node.
        node: String,
        /// The exit.
        exit: String,
        /// A node or a built-in end; nothing to unwire it.
        #[serde(default)]
        target: Option<String>,
    },
    /// Sets a text, in the flow itself or in another locale.
    SetText {
        /// The node and the way to the field, as catalogues of texts write it: `main-menu.choices.book.phrases`.
        key: String,
        /// The locale; the flow's own where it is not said.
        #[serde(default)]
        locale: Option<String>,
        /// The text; null takes the translation away.
        text: Value,
    },
    /// Pins a node to a place on the canvas, or lets it go. No byte of the flow changes.
    Place {
        /// The node.
        node: String,
        /// Pixels from the upper left; nothing lets the node be laid out again.
        #[serde(default)]
        at: Option<(f64, f64)>,
    },
}

/// What becomes of targets that name a removed node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loose {
    /// They are removed: the exits are unwired. `start` stays, because a flow needs one, and is then a mistake that `check` tells.
    #[default]
    Unwire,
    /// They stay, and are mistakes that `check` tells.
    Keep,
    /// They lead to this node or end instead.
    To(String),
}

/// Edits of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// The file's name.
    pub name: String,
    /// Whether the file does not exist yet; the edits then count in an empty text.
    pub created: bool,
    /// The edits.
    pub edits: Vec<TextEdit>,
}

/// A flow and its neighbours while they are edited.
#[derive(Debug, Clone)]
pub struct Editor<'k> {
    knowledge: &'k Knowledge,
    everywhere: bool,
    flow: Draft,
    flow_name: String,
    layout: Option<Beside>,
    texts: Vec<Beside>,
    talks: Vec<Beside>,
}

/// A document beside the flow.
#[derive(Debug, Clone)]
struct Beside {
    name: String,
    created: bool,
    draft: Draft,
}

impl<'k> Editor<'k> {
    /// Opens a flow. Files that cannot be read are refused only when an edit needs them, but for the flow itself.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`] when a file is not valid YAML or JSON.
    pub fn open(files: &Files, knowledge: &'k Knowledge) -> Result<Editor<'k>, Refusal> {
        let beside = |file: &File| {
            Draft::open(&file.name, &file.text, false).map(|draft| Beside {
                name: file.name.clone(),
                created: false,
                draft,
            })
        };
        Ok(Editor {
            knowledge,
            everywhere: false,
            flow: Draft::open(&files.flow.name, &files.flow.text, false)?,
            flow_name: files.flow.name.clone(),
            layout: files.layout.as_ref().map(beside).transpose()?,
            texts: files.texts.iter().map(beside).collect::<Result<_, _>>()?,
            talks: files.talks.iter().map(beside).collect::<Result<_, _>>()?,
        })
    }

    /// Allows edits of a value that aliases share to change it in all places; otherwise they are [`Refusal::Shared`].
    pub fn everywhere(&mut self, yes: bool) {
        self.everywhere = yes;
        self.flow.everywhere = yes;
    }

    /// Makes an edit.
    ///
    /// # Errors
    /// The reason why it was not made; nothing has changed then.
    pub fn edit(&mut self, edit: &Edit) -> Result<(), Refusal> {
        let before = self.clone();
        let done = self.make(edit);
        if done.is_err() {
            *self = before;
        }
        done
    }

    fn make(&mut self, edit: &Edit) -> Result<(), Refusal> {
        match edit {
            Edit::Set { pointer, value } => self.flow.set(pointer, value),
            Edit::Insert { pointer, index, value } => self.flow.insert(pointer, *index, value),
            Edit::Remove { pointer } => self.flow.remove(pointer),
            Edit::AddNode { id, node, after } => self.add_node(id, node, after.as_deref()),
            Edit::RenameNode { from, to } => self.rename_node(from, to),
            Edit::CopyNode { from, to } => self.copy_node(from, to),
            Edit::RemoveNode { id, references } => self.remove_node(id, references),
            Edit::Wire { node, exit, target } => self.wire(node, exit, target.as_deref()),
            Edit::SetText { key, locale, text } => self.set_text(key, locale.as_deref(), text),
            Edit::Place { node, at } => self.place(node, *at),
        }
    }

    /// The flow's text as it is now.
    #[must_use]
    pub fn text(&self) -> &str {
        self.flow.text()
    }

    /// What the flow says now.
    #[must_use]
    pub fn value(&self) -> Value {
        self.flow.value()
    }

    /// The text of a file as it is now; nothing for one that does not exist.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&str> {
        if name == self.flow_name {
            return Some(self.flow.text());
        }
        self.beside().find(|beside| beside.name == name).map(|beside| beside.draft.text())
    }

    fn beside(&self) -> impl Iterator<Item = &Beside> {
        self.layout.iter().chain(&self.texts).chain(&self.talks)
    }

    /// Everything that changed, file by file, counted in the texts as they were opened.
    #[must_use]
    pub fn changes(&self) -> Vec<FileChange> {
        let flow = FileChange { name: self.flow_name.clone(), created: false, edits: self.flow.edits() };
        let beside = self.beside().map(|beside| FileChange {
            name: beside.name.clone(),
            created: beside.created,
            edits: beside.draft.edits(),
        });
        std::iter::once(flow).chain(beside).filter(|change| !change.edits.is_empty()).collect()
    }
}

/// Makes all of the edits, or none.
///
/// # Errors
/// The reason why one of them cannot be made.
///
/// ```
/// use offhook_flow_schemas::edit::{Edit, File, Files, Knowledge, apply, edit};
/// let text = "nodes:\n  greet: # first\n    type: say\n    text: 'Hello'   # approved\n";
/// let files = Files { flow: File { name: "a.yaml".into(), text: text.into() }, layout: None, texts: vec![], talks: vec![] };
/// let set = Edit::Set { pointer: "/nodes/greet/text".into(), value: "Hi!".into() };
/// let changes = edit(&files, &Knowledge::default(), &[set]).expect("it can be kept");
/// let after = apply(text, &changes[0].edits).expect("the edits are of this text");
/// assert_eq!(after, "nodes:\n  greet: # first\n    type: say\n    text: 'Hi!'   # approved\n");
/// ```
pub fn edit(files: &Files, knowledge: &Knowledge, edits: &[Edit]) -> Result<Vec<FileChange>, Refusal> {
    let mut editor = Editor::open(files, knowledge)?;
    for edit in edits {
        editor.edit(edit)?;
    }
    Ok(editor.changes())
}
