//! What the editor may ask. The names on the wire are in `web-editor/src/engine/protocol.ts`, too.

use offhook_flow_schemas::edit::{Edit, File, Files};
use offhook_flow_schemas::layout::{Edge, Size};
use serde::Deserialize;
use serde_json::Value;

/// A request.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Request {
    /// The node types with their schemas and templates.
    Catalog,
    /// The node types of a tenant's own, each as the text that describes it; answers the whole catalog.
    Types { types: Vec<File> },
    /// The other flows that there are; they are checked against and may be called.
    Library { flows: Vec<File> },
    /// What a flow says, and what is wrong with it.
    Analyse { files: Files },
    /// Makes edits and answers the changes of text.
    Edit {
        files: Files,
        edits: Vec<Edit>,
        #[serde(default)]
        everywhere: bool,
    },
    /// Puts nodes that were copied as YAML into a flow, under ids that are free.
    Paste {
        files: Files,
        text: String,
        #[serde(default)]
        after: Option<String>,
    },
    /// Every text of a flow with its translations and how each stands.
    Texts { files: Files },
    /// Places boxes.
    Arrange { boxes: Vec<Size>, edges: Vec<Edge> },
    /// What differs between two versions.
    Diff { old: Files, new: Files },
    /// Merges two versions of a file that come from a common one.
    Merge { name: String, base: String, ours: String, theirs: String },
    /// Tries a flow: a talk is performed, and what happened is answered step by step.
    Try {
        files: Files,
        talk: Value,
        /// Writes the trial as the text of a talk under this heading.
        #[serde(default)]
        about: Option<String>,
    },
    /// Performs all talks that stand beside a flow.
    Talks { files: Files },
    /// The canonical form of a document.
    Format { name: String, text: String },
}
