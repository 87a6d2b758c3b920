//! A program: a flow, and the flows it calls, with every question answered. The only thing that runs.
//!
//! `Project` (in `compile`) makes programs out of documents; nothing here reports mistakes, because there are none left.

use crate::event::Start;
use crate::expr::Compiler;
use crate::fault::Fault;
use crate::node::Node;
use crate::prompt::CompiledPhrases;
use crate::tables::Tables;
use crate::types;
use crate::value::Value;
use offhook_flow_schemas::{ChannelKind, FlowKind, Migrate, VarDecl};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A flow and all that it calls, ready to run. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Program {
    /// The first is the entry.
    pub(crate) flows: Vec<Arc<CompiledFlow>>,
    /// For each flow, for each of its references, the place of the other flow in `flows`.
    pub(crate) links: Vec<Vec<u16>>,
    pub(crate) hash: String,
}

impl Program {
    /// The entry flow's id.
    pub fn id(&self) -> &str {
        &self.flows[0].id
    }

    /// The entry flow.
    pub fn entry(&self) -> &CompiledFlow {
        &self.flows[0]
    }

    /// Every flow of the program, the entry first.
    pub fn flows(&self) -> impl Iterator<Item = &CompiledFlow> {
        self.flows.iter().map(|flow| &**flow)
    }

    /// A name for exactly this program: SHA-256 over its flows, in hexadecimal.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Its name and the versions of its flows.
    pub fn versions(&self) -> crate::event::Versions {
        let flows = self.flows.iter().map(|flow| (flow.id.clone(), flow.version)).collect();
        crate::event::Versions { program: self.hash.clone(), flows }
    }

    /// The place of a flow, by id.
    pub fn flow_index(&self, id: &str) -> Option<usize> {
        self.flows.iter().position(|flow| flow.id == id)
    }

    /// Whether a session of this program may begin so: every required input is there and of its type, and none is
    /// unknown.
    pub fn accepts(&self, start: &Start) -> Result<(), Fault> {
        let inputs = Value::map(start.inputs.iter().map(|(key, value)| (key.as_str(), value.clone())));
        self.flows[0].inputs_of(&inputs).map(drop)
    }
}

/// One flow, compiled.
#[derive(Debug)]
pub struct CompiledFlow {
    /// Its id.
    pub id: String,
    /// Its title, or else its id.
    pub title: String,
    /// Its version; 0 for a working copy.
    pub version: u32,
    /// SHA-256 of its document, its texts and the node types of `described`, in hexadecimal.
    pub hash: String,
    /// The node types of a tenant's own that it uses, each with its page, which is all that makes it again.
    pub described: BTreeMap<Arc<str>, String>,
    /// What it is for.
    pub kind: FlowKind,
    /// The channels it promises.
    pub channels: Vec<ChannelKind>,
    /// The locales it speaks; never empty.
    pub locales: Vec<Arc<str>>,
    pub(crate) inputs: Vec<CompiledVar>,
    pub(crate) vars: Vec<CompiledVar>,
    pub(crate) outputs: Vec<CompiledVar>,
    pub(crate) defaults: Vec<Value>,
    pub(crate) nodes: Vec<CompiledNode>,
    pub(crate) index: HashMap<String, u32>,
    pub(crate) start: u32,
    pub(crate) interrupts: CompiledInterrupts,
    /// Which conversations of other versions it takes over.
    pub(crate) migrate: Option<Migrate>,
    pub(crate) tables: Tables,
    /// What compiled it, which the rules of `migrate` need once more when the other version is known.
    pub(crate) compiler: Compiler,
}

/// A declared name.
#[derive(Debug)]
pub(crate) struct CompiledVar {
    pub(crate) name: Arc<str>,
    pub(crate) decl: VarDecl,
    pub(crate) schema: Option<jsonschema::Validator>,
}

/// A node, compiled.
#[derive(Debug)]
pub(crate) struct CompiledNode {
    pub(crate) id: String,
    pub(crate) kind: Arc<str>,
    pub(crate) node: Box<dyn Node>,
    pub(crate) exits: Vec<CompiledExit>,
    /// The place of `next` among the exits.
    pub(crate) next: Option<u16>,
    pub(crate) error: Option<u16>,
    pub(crate) outline: Outline,
}

/// What two nodes must have in common so that one takes over what waits at the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outline {
    /// All but what is said and where it leads: what is in flight comes back to the same.
    pub(crate) whole: [u8; 16],
    /// Besides, all but what is computed anew at each use: what the node keeps while it waits means the same.
    pub(crate) kept: [u8; 16],
}

/// A way out, compiled.
#[derive(Clone, Debug)]
pub(crate) struct CompiledExit {
    pub(crate) name: Arc<str>,
    pub(crate) target: Goal,
    /// Whether the author said where it leads.
    pub(crate) wired: bool,
}

/// Where an exit leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    Node(u32),
    End,
    Hangup,
    Return,
    /// Not wired: to the flow's `interrupts.error`.
    Falls,
}

/// What an interrupt phrase leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reaction {
    /// A node, for good.
    Go(Goal),
    /// The flow at this place of the program, and back.
    Digress(u16),
}

/// A flow's interrupts, compiled.
#[derive(Debug)]
pub(crate) struct CompiledInterrupts {
    pub(crate) hangup: Option<Goal>,
    pub(crate) error: Option<Goal>,
    pub(crate) phrases: Vec<(CompiledPhrases, Goal)>,
    /// With the ids of the flows.
    pub(crate) digressions: Vec<(CompiledPhrases, String)>,
    pub(crate) cancel: Option<CompiledPhrases>,
    pub(crate) correct: Option<CompiledPhrases>,
    pub(crate) no_activity: Option<(u64, Goal)>,
    pub(crate) inherit: bool,
}

impl CompiledFlow {
    /// The ids of its nodes with their types, in the order of the document.
    pub fn nodes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.nodes.iter().map(|node| (node.id.as_str(), &*node.kind))
    }

    /// The names of a node's exits, in the order of the node type; `None` for an unknown node.
    pub fn exits(&self, node: &str) -> Option<impl Iterator<Item = &str>> {
        let node = &self.nodes[*self.index.get(node)? as usize];
        Some(node.exits.iter().map(|exit| &*exit.name))
    }

    /// Whether a node has this id.
    pub fn has_node(&self, node: &str) -> bool {
        self.index.contains_key(node)
    }

    /// Whether it says what becomes of conversations that wait in other versions.
    pub fn takes_over(&self) -> bool {
        self.migrate.is_some()
    }

    /// The names of its variables.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.vars.iter().map(|var| &*var.name)
    }

    /// The inputs as the flow sees them: typed, with defaults. Fails on a missing, unknown or unfit one.
    pub(crate) fn inputs_of(&self, given: &Value) -> Result<Value, Fault> {
        for (name, _) in given.as_map().into_iter().flatten() {
            if !self.inputs.iter().any(|input| input.name == *name) {
                return Err(Fault::new("input.unknown", format!("the flow {} has no input `{name}`", self.id)));
            }
        }
        let mut inputs = crate::value::Map::new();
        for input in &self.inputs {
            let value = match given.get(&input.name).filter(|value| !value.is_null()) {
                Some(value) => value.clone(),
                None => match &input.decl.default {
                    Some(default) => Value::from_json(default),
                    None if input.decl.required => {
                        let message = format!("the flow {} needs the input `{}`", self.id, input.name);
                        return Err(Fault::new("input.missing", message));
                    }
                    None => Value::Null,
                },
            };
            inputs.insert(input.name.clone(), input.fit(value, "input")?);
        }
        Ok(Value::Map(Arc::new(inputs)))
    }

    /// The outputs as the caller sees them.
    pub(crate) fn outputs_of(&self, given: &Value) -> Result<Value, Fault> {
        let mut outputs = crate::value::Map::new();
        for (name, value) in given.as_map().into_iter().flatten() {
            let Some(output) = self.outputs.iter().find(|output| output.name == *name) else {
                return Err(Fault::new("output.unknown", format!("the flow {} declares no output `{name}`", self.id)));
            };
            outputs.insert(name.clone(), output.fit(value.clone(), "output")?);
        }
        Ok(Value::Map(Arc::new(outputs)))
    }
}

impl CompiledVar {
    /// The value in the declared form, checked against the declared schema.
    pub(crate) fn fit(&self, value: Value, noun: &str) -> Result<Value, Fault> {
        let value = types::coerce(value, &self.decl)
            .map_err(|why| Fault::new("value.type", format!("the {noun} `{}` cannot hold that: {why}", self.name)))?;
        if let Some(schema) = &self.schema
            && !value.is_null()
            && let Err(error) = schema.validate(&value.to_json())
        {
            let at = error.instance_path().to_string();
            let message = format!("the {noun} `{}` breaks its schema at `{at}`: {error}", self.name);
            return Err(Fault::new("value.schema", message));
        }
        Ok(value)
    }
}
