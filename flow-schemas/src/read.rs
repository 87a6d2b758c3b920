//! The tree of a flow becomes a [`Flow`], and everything that can be seen without knowing the node types is checked: keys, types, names,
//! targets, defaults, schemas, limits. Every mistake is reported, never only the first.

use crate::codes::Code;
use crate::{Diagnostic, Document, diagnostic, merge, parse};

mod defaults;
mod header;
mod interrupts;
mod migrate;
mod names;
mod nodes;
mod reader;
mod schemas;
mod variables;

pub use names::is_flow_id;
pub(crate) use names::{is_locale, is_node_id};
pub(crate) use reader::{Path, Reader};
pub use schemas::{check_schema, self_contained_schema};

/// What came of reading a flow.
#[derive(Debug)]
pub struct ReadFlow {
    /// The flow, whenever enough of it could be read to go on checking; errors may stand beside it.
    pub document: Option<Document>,
    /// All that is wrong, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

impl ReadFlow {
    /// Whether anything prevents publishing.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Reads a flow from YAML or JSON and checks what holds for any node.
///
/// ```
/// let read = offhook_flow_schemas::read_flow("hello.yaml", b"
/// offhook: 1
/// id: hello
/// kind: chatbot
/// start: greet
/// nodes:
///   greet: { type: say, text: Hello, next: bye }
///   bye: { type: say, text: Bye, next: greeet }
/// ");
/// let bye = &read.document.expect("it is a map").flow.nodes["bye"];
/// assert_eq!(bye.next.as_deref(), Some("greeet"));
/// assert_eq!(read.diagnostics[0].code.to_string(), "OH0301");
/// assert_eq!(read.diagnostics[0].remedy.as_deref(), Some("did you mean `greet`?"));
/// ```
#[must_use]
pub fn read_flow(name: &str, bytes: &[u8]) -> ReadFlow {
    let parse::Parsed { tree, mut diagnostics } = parse::parse(name, bytes);
    let Some(tree) = tree else {
        return ReadFlow { document: None, diagnostics };
    };
    let mut reader = Reader::new(&tree);
    let flow = header::read(&mut reader);
    diagnostics.append(&mut reader.finish());
    diagnostics.append(&mut merge::conflicts(&tree));
    diagnostic::sort(&mut diagnostics);
    let document = flow.map(|flow| Document { source: tree.source().clone(), tree, flow });
    ReadFlow { document, diagnostics }
}

impl Reader<'_> {
    /// Reports more than a limit allows; true when it is exceeded.
    pub(crate) fn over(&mut self, path: &Path<'_>, what: &str, count: usize, limit: usize) -> bool {
        if count <= limit {
            return false;
        }
        let message = format!("{count} {what}; the limit is {limit}");
        self.report(path, Code::LIMIT, message, |d| d.key().remedy("shorten it, or split the flow"));
        true
    }
}
