//! What the node types know about a flow's nodes, handed in so that graph checks and pictures need no node type.

use serde::{Deserialize, Serialize};

/// What the type of a node says about that node.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NodeFacts {
    /// Every way out, in the order to be shown.
    pub exits: Vec<ExitFact>,
    /// Whether it may wait for the world.
    pub waits: bool,
    /// Whether the session ends here.
    pub terminal: bool,
}

/// One way out of a node.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ExitFact {
    /// Name; `next` is the one that the key `next` wires.
    pub name: String,
    /// Where it leads: a node or a built-in end; nothing when it is not wired.
    pub target: Option<String>,
    /// JSON pointer, from the root of the document, of the target when it is written inside the parameters rather than in `next` or
    /// `exits`: `/nodes/main-menu/choices/0/next`.
    pub pointer: Option<String>,
    /// Whether it falls to the flow's `interrupts.error` while it is not wired.
    pub falls: bool,
}
