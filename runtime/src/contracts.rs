//! Contracts: what holds between the parts of a flow, and between flows. Types of values, variables that are read before
//! they are set, confidential answers that would be disclosed, inputs and outputs across flows, calls in circles.
//!
//! Everything here is worked out from what node types say of themselves (their formats, [`crate::Facts`] and exits); none
//! is known by name. What cannot be known is not reported: a value of unknown type fits everywhere.

mod assigned;
mod calls;
mod functions;
mod infer;
pub(crate) mod moved;
mod nodes;
mod sensitive;
mod sites;
mod types;

use crate::catalog::NodeType;
pub(crate) use crate::expr::terms::{Act, Term};
use crate::expr::{Expression, Names, Script, Template};
use crate::facts::Facts;
use crate::node::Node;
use crate::params::ValueExpr;
use crate::tables::{CompiledValue, Tables};
pub(crate) use sites::{Kind, Step, pointer};

use infer::{Finding, Reading, Scene, Summary, look};
use offhook_flow_schemas::{ChannelKind, Code, Diagnostic, Document, NodeDoc, NodeFacts, VarDecl, escape_pointer};
use serde_json::{Value as Json, json};
use sites::{Site, Source, sites};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use types::{Kinds, Type};

/// What the compiler knows of a flow.
pub(crate) struct Read<'a> {
    pub(crate) document: &'a Document,
    pub(crate) names: &'a Names,
    pub(crate) tables: &'a Tables,
    pub(crate) nodes: Vec<(&'a str, &'a NodeDoc, &'a NodeType, &'a dyn Node)>,
    pub(crate) edges: &'a indexmap::IndexMap<String, NodeFacts>,
}

/// Checks flows together.
pub(crate) fn check(flows: &[Read<'_>]) -> Vec<Diagnostic> {
    let flows: Vec<Flow<'_>> = flows.iter().map(Flow::new).collect();
    let index: HashMap<&str, usize> =
        flows.iter().enumerate().map(|(place, flow)| (flow.document.flow.id.as_str(), place)).collect();
    let mut found = Vec::new();
    for flow in &flows {
        nodes::check(flow, &mut found);
        if flow.nodes.len() == flow.document.flow.nodes.len() {
            assigned::check(flow, &flows, &index, &mut found);
        }
    }
    calls::check(&flows, &index, &mut found);
    sensitive::check(&flows, &index, &mut found);
    found
}

/// A node, with what it says of itself.
pub(crate) struct Entry<'a> {
    pub(crate) id: &'a str,
    pub(crate) facts: Facts,
    pub(crate) sites: Vec<Site<'a>>,
    pub(crate) edges: Option<&'a NodeFacts>,
    /// How many of the first exits begin branches.
    pub(crate) branches: usize,
}

/// A flow that is being checked.
pub(crate) struct Flow<'a> {
    pub(crate) document: &'a Document,
    pub(crate) tables: &'a Tables,
    names: &'a Names,
    pub(crate) nodes: Vec<Entry<'a>>,
    /// For a node of a branch, the node that began the innermost branch it is in.
    pub(crate) forks: Vec<Option<usize>>,
    vars: Vec<(String, Type)>,
    inputs: Vec<String>,
    globals: [Type; 4],
    root: Json,
    expressions: HashMap<&'a str, &'a Expression>,
    scripts: HashMap<&'a str, &'a Script>,
    templates: HashMap<&'a str, &'a Template>,
    /// What was found out of each source.
    known: RefCell<HashMap<Looked<'a>, Rc<Summary>>>,
}

/// A source that was looked at: its kind, whether it is handed on as it is, its text.
type Looked<'a> = (Kind, bool, &'a str);

/// A value of a node's parameters: what it may be, and whose content it carries.
pub(crate) struct Given {
    pub(crate) found: Type,
    pub(crate) carries: BTreeSet<u16>,
    /// Whether it is a variable as it is.
    pub(crate) plain: bool,
}

impl<'a> Flow<'a> {
    pub(crate) fn new(read: &Read<'a>) -> Flow<'a> {
        let flow = &read.document.flow;
        let schemas: serde_json::Map<String, Json> =
            flow.schemas.iter().map(|(name, schema)| (name.clone(), schema.clone())).collect();
        let root = json!({ "schemas": schemas });
        let typed = |decls: &indexmap::IndexMap<String, VarDecl>| -> Vec<(String, Type)> {
            decls.iter().map(|(name, decl)| (name.clone(), Type::declared(decl, &root))).collect()
        };
        let vars = typed(&flow.vars);
        let inputs = typed(&flow.inputs);
        let nodes = read.nodes.iter().map(|(id, doc, kind, node)| Entry {
            id,
            facts: node.facts(),
            sites: sites(kind, &doc.params),
            edges: read.edges.get(*id),
            branches: node.branches(),
        });
        let nodes: Vec<Entry<'_>> = nodes.collect();
        Flow {
            forks: forks(read.document, &nodes),
            document: read.document,
            tables: read.tables,
            names: read.names,
            nodes,
            vars,
            globals: globals(&inputs),
            inputs: inputs.into_iter().map(|(name, _)| name).collect(),
            expressions: read.tables.expressions.iter().map(|one| (one.source(), one)).collect(),
            scripts: read.tables.scripts.iter().map(|one| (one.source(), one)).collect(),
            templates: read.tables.templates.iter().map(|one| (one.source(), one)).collect(),
            root,
            known: RefCell::default(),
        }
    }

    /// What a source says of itself; nothing for one that did not compile, which has been reported.
    fn summary(&self, kind: Kind, text: &'a str, whole: bool) -> Option<Rc<Summary>> {
        let key = (kind, whole, text);
        if let Some(known) = self.known.borrow().get(&key) {
            return Some(known.clone());
        }
        let acts = self.acts(kind, text)?;
        let scene = Scene { vars: &self.vars, inputs: &self.inputs, globals: &self.globals };
        let mut found = look(&acts, &scene, if whole { Reading::Whole } else { Reading::Used });
        // What a closure takes from outside is not in the tree.
        let reads = match kind {
            Kind::Expression => self.expressions.get(text).map(|one| one.reads()),
            Kind::Script => self.scripts.get(text).map(|one| one.reads()),
            Kind::Template => None,
        };
        for slot in reads.into_iter().flatten() {
            found.reads.entry(*slot).or_insert(Reading::Careful);
        }
        let found = Rc::new(found);
        self.known.borrow_mut().insert(key, found.clone());
        Some(found)
    }

    /// Whether a source compiled.
    fn is_known(&self, kind: Kind, text: &str) -> bool {
        match kind {
            Kind::Expression => self.expressions.contains_key(text),
            Kind::Script => self.scripts.contains_key(text),
            Kind::Template => self.templates.contains_key(text),
        }
    }

    /// What a source does.
    pub(crate) fn acts(&self, kind: Kind, text: &str) -> Option<Vec<Act>> {
        Some(match kind {
            Kind::Expression => self.expressions.get(text)?.acts(self.names),
            Kind::Script => self.scripts.get(text)?.acts(self.names),
            Kind::Template => self.templates.get(text)?.acts(),
        })
    }

    pub(crate) fn of_source(&self, source: &Source<'a>) -> Option<Rc<Summary>> {
        self.summary(source.kind, source.text, source.whole)
    }

    /// What a value of a node's parameters may be.
    pub(crate) fn given(&self, value: ValueExpr) -> Given {
        match self.tables.values.get(value.0 as usize) {
            Some(value) => self.compiled(value),
            None => Given { found: Type::any(), carries: BTreeSet::new(), plain: false },
        }
    }

    fn compiled(&self, value: &'a CompiledValue) -> Given {
        let of = |summary: Option<Rc<Summary>>, text: bool| match summary {
            Some(summary) => Given {
                found: if text { Type::of(Kinds::TEXT) } else { summary.result.clone().unwrap_or_else(Type::any) },
                carries: summary.carries.clone(),
                plain: summary.plain,
            },
            None => Given { found: Type::any(), carries: BTreeSet::new(), plain: false },
        };
        match value {
            CompiledValue::Const(value) => {
                Given { found: Type::constant(value), carries: BTreeSet::new(), plain: false }
            }
            CompiledValue::Expression(at) => {
                let text = self.tables.expressions.get(*at as usize).map(Expression::source);
                of(text.and_then(|text| self.summary(Kind::Expression, text, true)), false)
            }
            CompiledValue::Template(at) => {
                let text = self.tables.templates.get(*at as usize).map(Template::source);
                of(text.and_then(|text| self.summary(Kind::Template, text, false)), true)
            }
            CompiledValue::List(items) => {
                let mut carries = BTreeSet::new();
                let mut all: Option<Type> = None;
                for item in items {
                    let given = self.compiled(item);
                    carries.extend(given.carries);
                    let found = given.found.loose();
                    all = Some(all.map_or(found.clone(), |all| all.union(found)));
                }
                Given { found: Type::list(all.unwrap_or_else(Type::any)), carries, plain: false }
            }
            CompiledValue::Map(entries) => {
                let mut carries = BTreeSet::new();
                let mut places = Vec::new();
                for (key, value) in entries {
                    let given = self.compiled(value);
                    carries.extend(given.carries);
                    places.push((key.to_string(), given.found.loose()));
                }
                Given { found: Type::map(places, true), carries, plain: false }
            }
        }
    }

    /// The slot of a variable, with the way to the place within it.
    pub(crate) fn place(&self, to: crate::params::VarRef) -> Option<(u16, &'a [std::sync::Arc<str>])> {
        self.tables.variables.get(to.0 as usize).map(|place| (place.slot, place.path.as_slice()))
    }

    fn var_name(&self, slot: u16) -> &str {
        self.vars.get(usize::from(slot)).map_or("", |(name, _)| name)
    }

    /// A diagnostic below a node.
    pub(crate) fn at(&self, node: &str, below: &str, code: Code, message: String) -> Diagnostic {
        let pointer = format!("/nodes/{}{below}", escape_pointer(node));
        self.document.diagnostic(code, &pointer, message)
    }

    /// A diagnostic at a word of a source.
    fn within(&self, node: &str, site: &Site<'_>, source: &Source<'_>, finding: &Finding) -> Diagnostic {
        let steps: Vec<Step<'_>> = site.path.iter().chain(&source.path).copied().collect();
        let pointer = format!("/nodes/{}{}", escape_pointer(node), sites::pointer(&steps));
        let mut diagnostic = self.document.diagnostic(finding.code, &pointer, finding.message.clone());
        if let Some(severity) = finding.severity {
            diagnostic = diagnostic.severity(severity);
        }
        if let Some(word) = &finding.word {
            if let Some(at) = find_word(source.text, word) {
                let start = at + source.shift;
                diagnostic = diagnostic.within(&self.document.tree, &pointer, start..start + word.len());
            }
            diagnostic = diagnostic.did_you_mean(word, finding.meant.iter().map(String::as_str));
        }
        diagnostic
    }
}

/// For each node the innermost one that began a branch with it. A branch ends where it leads back.
fn forks(document: &Document, nodes: &[Entry<'_>]) -> Vec<Option<usize>> {
    let mut found: Vec<Option<(usize, usize)>> = vec![None; nodes.len()];
    let targets = |entry: &Entry<'_>, most: usize| -> Vec<usize> {
        let exits = entry.edges.map_or(&[][..], |facts| &facts.exits);
        let target = |exit: &offhook_flow_schemas::ExitFact| document.flow.nodes.get_index_of(exit.target.as_ref()?);
        exits.iter().take(most).filter_map(target).filter(|to| *to < nodes.len()).collect()
    };
    for (fork, entry) in nodes.iter().enumerate().filter(|(_, entry)| entry.branches > 0) {
        let mut inside: BTreeSet<usize> = BTreeSet::new();
        let mut queue = targets(entry, entry.branches);
        while let Some(node) = queue.pop() {
            if node != fork && inside.insert(node) {
                queue.extend(targets(&nodes[node], usize::MAX));
            }
        }
        for node in &inside {
            if found[*node].is_none_or(|(_, size)| inside.len() < size) {
                found[*node] = Some((fork, inside.len()));
            }
        }
    }
    found.into_iter().map(|one| one.map(|(fork, _)| fork)).collect()
}

/// Where a word stands in a source, on its own.
fn find_word(text: &str, word: &str) -> Option<usize> {
    let is_part = |char: Option<char>| char.is_some_and(|char| char.is_alphanumeric() || char == '_');
    text.match_indices(word)
        .map(|(at, _)| at)
        .find(|at| !is_part(text[..*at].chars().next_back()) && !is_part(text[at + word.len()..].chars().next()))
}

/// What the globals are, in the order of [`crate::expr::Global::ALL`].
fn globals(inputs: &[(String, Type)]) -> [Type; 4] {
    let text = || Type::of(Kinds::TEXT);
    let named = |names: &[(&str, Type)], closed| {
        Type::map(names.iter().map(|(name, found)| ((*name).to_owned(), found.clone())), closed)
    };
    let error = [
        ("code", text()),
        ("message", text()),
        ("node", text()),
        ("attempt", Type::of(Kinds::INT)),
        ("detail", Type::any()),
    ];
    [
        Type::map(inputs.iter().cloned(), true),
        named(
            &[
                ("id", text()),
                ("channel", Type::word(ChannelKind::ALL.iter().map(|channel| channel.as_str()))),
                ("address", text()),
                ("name", text()),
                ("locale", text()),
                ("attributes", Type::of(Kinds::MAP)),
            ],
            true,
        ),
        named(
            &[
                ("id", text()),
                ("flow", text()),
                ("version", Type::of(Kinds::INT)),
                ("started_at", text()),
                ("turn", Type::of(Kinds::INT)),
                ("to", text()),
            ],
            true,
        ),
        named(&[("node", text()), ("exit", text()), ("result", Type::any()), ("error", named(&error, true))], true),
    ]
}
