//! What a node tells the checks and the proofs of itself, beside its exits: what it puts into variables, what it asks,
//! how long it takes. A node type that tells nothing is taken cautiously: the variables that its parameters name are set
//! on every way out but `error`, with values of any type; it takes no answer, and how long it takes is not known.
//!
//! Pointers lead below the node, as those of [`crate::Exit`]. Nothing of this is asked for while sessions run.

use crate::params::{FlowRef, Prompt, Script, ValueExpr, VarRef};
use offhook_flow_schemas::VarType;
use serde_json::Value as Json;

/// What a node tells of itself.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// What it puts into variables.
    pub writes: Vec<Write>,
    /// The flow it goes to, with what it hands in.
    pub enters: Option<Enters>,
    /// The outputs that it hands back to a calling flow: name, value, pointer; `None` for a node that does not go back.
    pub returns: Option<Vec<(String, ValueExpr, String)>>,
    /// What it asks of the contact, when it takes an answer.
    pub asks: Option<Asked>,
    /// The longest that it keeps the contact waiting for something else than the contact's answer, in milliseconds.
    pub holds_ms: Option<u64>,
    /// A length of time that it waits, where the author gives it as a value; as `holds_ms`.
    pub waits_for: Option<ValueExpr>,
    /// Whether the contact hears something before that, or at all.
    pub speaks: bool,
    /// Whether a circle through it comes to its end by itself, as a loop over a list does.
    pub counts: bool,
    /// The exits after which the contact is with a person.
    pub hands_over: Vec<&'static str>,
}

/// Something that a node puts into a variable.
#[derive(Clone, Debug)]
pub struct Write {
    /// The variable, or the place within one.
    pub to: VarRef,
    /// Where in the parameters the variable is named; for a map from variables to values, where the map stands.
    pub pointer: String,
    /// Whether it is such a map.
    pub keyed: bool,
    /// What is put there.
    pub what: Written,
    /// The exits on which nothing has been put there; `error` is always one of them.
    pub not_on: &'static [&'static str],
    /// Whether it is confidential.
    pub sensitive: bool,
}

impl Write {
    /// A write that has happened on every exit but `error`.
    pub fn new(to: VarRef, pointer: impl Into<String>, what: Written) -> Self {
        Write { to, pointer: pointer.into(), what, keyed: false, not_on: &[], sensitive: false }
    }

    /// The same for an entry of the map at `pointer`, whose keys are variables.
    pub fn keyed(to: VarRef, pointer: impl Into<String>, what: Written) -> Self {
        Write { keyed: true, ..Write::new(to, pointer, what) }
    }

    /// The same, but nothing is written when the node is left by one of these exits.
    pub fn not_on(mut self, exits: &'static [&'static str]) -> Self {
        self.not_on = exits;
        self
    }
}

/// What is put into a variable.
#[derive(Clone, Debug)]
pub enum Written {
    /// This value.
    Value(ValueExpr),
    /// What the last statement of this script yields.
    Script(Script),
    /// One item of this list after the other.
    ItemOf(ValueExpr),
    /// A value of this type.
    Type(VarType),
    /// A value that satisfies this JSON Schema.
    Schema(Json),
    /// An output of the flow that was called; all of them together without a name.
    Output(Option<String>),
    /// Anything.
    Anything,
}

/// A flow that a node goes to.
#[derive(Clone, Debug)]
pub struct Enters {
    /// The flow.
    pub flow: FlowRef,
    /// What is handed in: name, value, pointer.
    pub inputs: Vec<(String, ValueExpr, String)>,
    /// Whether it comes back.
    pub comes_back: bool,
}

/// A question to the contact.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// What is asked; nothing when it only listens.
    pub prompt: Option<Prompt>,
    /// Where that stands.
    pub pointer: String,
    /// How often it is asked again.
    pub retries: u32,
    /// Silence that ends a try, in milliseconds, where prompts are heard; `None` when silence never does.
    pub heard_ms: Option<u64>,
    /// The same where prompts are read.
    pub read_ms: Option<u64>,
    /// The exits by which it is left without an answer.
    pub misses: &'static [&'static str],
    /// Whether keys can answer it.
    pub by_keys: bool,
    /// Whether words can answer it.
    pub by_words: bool,
    /// Whether a recording answers it, where there is sound.
    pub by_sound: bool,
    /// Whether the answer is confidential.
    pub sensitive: bool,
    /// Its choices, if it has some.
    pub choices: Vec<AskedChoice>,
}

/// One choice of a question.
#[derive(Clone, Debug)]
pub struct AskedChoice {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub pointer: String,
    /// Whether a key chooses it.
    pub has_keys: bool,
    /// Whether words were given that choose it.
    pub has_words: bool,
}
