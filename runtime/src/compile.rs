//! From documents to programs. Flows are compiled together, since they call each other: first each flow's nodes are
//! read, then, when every flow's exits are known, the edges are laid, and the whole is checked. All mistakes of all
//! flows are reported at once; a flow without errors can run even while another has some, unless it calls that one.

mod branches;
mod interrupts;
mod outline;

use crate::catalog::{Catalog, NodeType};
use crate::contracts::{self, Read};
use crate::expr::{Compiler, Limits, Names};
use crate::limits;
use crate::node::{FlowExits, Node};
use crate::params::{FlowRef, ResourceKind};
use crate::program::{CompiledExit, CompiledFlow, CompiledInterrupts, CompiledNode, CompiledVar, Goal, Program};
use crate::tables::{Builder, Resource, Tables};
use crate::texts::TextField;
use crate::types;
use crate::value::Value;
use indexmap::IndexMap;
use interrupts::InterruptPhrases;
use jsonschema::error::ValidationErrorKind;
use offhook_flow_schemas::{
    Code, Diagnostic, Document, ExitFact, Flow, NodeDoc, NodeFacts, Texts, VarDecl, escape_pointer, graph,
    self_contained_schema, sort_diagnostics,
};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// A flow to compile: its document, the texts of its other locales, and the number of its version.
#[derive(Clone, Debug)]
pub struct FlowSource {
    /// The document.
    pub document: Arc<Document>,
    /// Texts of other locales.
    pub texts: Vec<Texts>,
    /// The version; 0 for a working copy.
    pub version: u32,
}

/// What came of compiling flows.
#[derive(Debug, Default)]
pub struct Compiled {
    flows: HashMap<String, Arc<CompiledFlow>>,
    facts: BTreeMap<String, IndexMap<String, NodeFacts>>,
    texts: BTreeMap<String, Vec<TextField>>,
    resources: BTreeMap<String, Vec<Resource>>,
    /// Everything that was found, by file and place.
    pub diagnostics: Vec<Diagnostic>,
}

impl Compiled {
    /// The program that begins with a flow; `None` when it, or a flow that it calls, does not exist or has errors.
    pub fn program(&self, id: &str) -> Option<Program> {
        let mut flows = vec![self.flows.get(id)?.clone()];
        let mut links: Vec<Vec<u16>> = Vec::new();
        let mut at = 0;
        while at < flows.len() {
            let mut row = Vec::new();
            for called in flows[at].tables.flows.clone() {
                let index = match flows.iter().position(|flow| flow.id == called) {
                    Some(index) => index,
                    None if flows.len() >= limits::FLOWS => return None,
                    None => {
                        flows.push(self.flows.get(&called)?.clone());
                        flows.len() - 1
                    }
                };
                row.push(u16::try_from(index).ok()?);
            }
            links.push(row);
            at += 1;
        }
        let mut hasher = Sha256::new();
        let (entry, rest) = flows.split_first()?;
        hasher.update(&entry.hash);
        let mut rest: Vec<&str> = rest.iter().map(|flow| flow.hash.as_str()).collect();
        rest.sort_unstable();
        rest.iter().for_each(|hash| hasher.update(hash));
        Some(Program { links, hash: hex(&hasher.finalize()), flows })
    }

    /// The flows that can run, by id, sorted.
    pub fn ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = self.flows.keys().map(String::as_str).collect();
        ids.sort_unstable();
        ids
    }

    /// A compiled flow.
    pub fn flow(&self, id: &str) -> Option<&Arc<CompiledFlow>> {
        self.flows.get(id)
    }

    /// What is known of a flow's nodes for pictures, also of one that has errors.
    pub fn facts(&self, id: &str) -> Option<&IndexMap<String, NodeFacts>> {
        self.facts.get(id)
    }

    /// What of a flow may be translated, in the order of the document; also of a flow that has errors.
    pub fn texts(&self, id: &str) -> Option<&[TextField]> {
        self.texts.get(id).map(Vec::as_slice)
    }

    /// What a flow needs its environment to bind, also of one that has errors.
    pub fn resources(&self, id: &str) -> &[Resource] {
        self.resources.get(id).map_or(&[], Vec::as_slice)
    }

    /// Whether anything prevents publishing.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Compiles flows together.
pub fn compile(sources: &[FlowSource], catalog: &Catalog, limits: &Limits) -> Compiled {
    compile_as(sources, catalog, limits, true)
}

/// As [`compile`], but a flow runs although it breaks a contract that its text shows, such as a list that is put into a
/// number. For tests of what the interpreter makes of such a thing when it comes from the world; nothing is served so.
pub fn compile_for_tests_of_faults(sources: &[FlowSource], catalog: &Catalog, limits: &Limits) -> Compiled {
    compile_as(sources, catalog, limits, false)
}

fn compile_as(sources: &[FlowSource], catalog: &Catalog, limits: &Limits, guarded: bool) -> Compiled {
    let compiler = Compiler::new(limits);
    let mut diagnostics = Vec::new();
    let mut units: Vec<Unit<'_>> = Vec::new();
    for source in sources {
        let unit = Unit::read(source, catalog, &compiler);
        if let Some(first) = units.iter().find(|other| other.flow().id == unit.flow().id) {
            let first = &first.source.document.source.name;
            let message = format!("the flow `{}` is also defined in {first}", unit.flow().id);
            diagnostics.push(source.document.diagnostic(Code::REPEATED_ENTRY, "/id", message));
            continue;
        }
        units.push(unit);
    }
    let project = Project { units: units.iter().map(|unit| (unit.flow().id.as_str(), unit)).collect() };
    let mut laid = Vec::new();
    for unit in &units {
        laid.push(unit.lay(&project));
    }
    let views: Vec<Read<'_>> = units.iter().zip(&laid).map(|(unit, edges)| unit.view(edges)).collect();
    let breaches = contracts::check(&views);
    drop(views);
    let errors = breaches.iter().filter(|found| guarded && found.is_error());
    let broken: HashSet<String> = errors.map(|found| found.file.clone()).collect();
    diagnostics.extend(breaches);
    let mut compiled = Compiled { diagnostics, ..Compiled::default() };
    for (mut unit, edges) in units.into_iter().zip(laid) {
        let id = unit.flow().id.clone();
        compiled.texts.insert(id.clone(), std::mem::take(&mut unit.texts));
        let found = unit.diagnostics.iter().chain(&edges.diagnostics).cloned();
        compiled.diagnostics.extend(found);
        let secrets = unit.flow().secrets.iter().enumerate().map(|(index, name)| Resource {
            kind: ResourceKind::Secret,
            name: name.clone(),
            pointer: format!("/secrets/{index}"),
        });
        let resources = secrets.chain(unit.tables.resources.iter().cloned()).collect();
        compiled.resources.insert(id.clone(), resources);
        let clean = !broken.contains(&unit.source.document.source.name)
            && !unit.diagnostics.iter().chain(&edges.diagnostics).any(Diagnostic::is_error);
        if clean && let Some(flow) = unit.finish(&edges) {
            compiled.flows.insert(id.clone(), Arc::new(flow));
        }
        compiled.facts.insert(id, edges.facts);
    }
    sort_diagnostics(&mut compiled.diagnostics);
    compiled
}

/// A flow whose nodes have been read.
struct Unit<'a> {
    source: &'a FlowSource,
    compiler: Compiler,
    /// The types that are first known at run time, of which it has nodes.
    described: BTreeMap<Arc<str>, String>,
    names: Names,
    nodes: Vec<ReadNode<'a>>,
    tables: Tables,
    phrases: InterruptPhrases,
    texts: Vec<TextField>,
    diagnostics: Vec<Diagnostic>,
}

struct ReadNode<'a> {
    id: &'a str,
    doc: &'a NodeDoc,
    kind: &'a NodeType,
    node: Box<dyn Node>,
}

/// All flows, for what they must know of each other.
struct Project<'a, 's> {
    units: HashMap<&'a str, &'a Unit<'s>>,
}

/// A unit's own view of the project: its references are places in its own tables.
struct View<'a, 's> {
    unit: &'a Unit<'s>,
    project: &'a Project<'a, 's>,
}

impl FlowExits for View<'_, '_> {
    fn returns(&self, flow: FlowRef) -> Vec<String> {
        let called = self.unit.tables.flows.get(flow.0 as usize).and_then(|id| self.project.units.get(id.as_str()));
        let mut names: Vec<String> = called
            .into_iter()
            .flat_map(|unit| &unit.nodes)
            .filter_map(|node| node.node.returns().map(str::to_owned))
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

/// The edges of a flow.
struct Edges {
    facts: IndexMap<String, NodeFacts>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Unit<'a> {
    fn flow(&self) -> &'a Flow {
        &self.source.document.flow
    }

    fn read(source: &'a FlowSource, catalog: &'a Catalog, compiler: &Compiler) -> Self {
        let document: &Document = &source.document;
        let flow = &document.flow;
        let mut names = Names::new();
        for name in flow.vars.keys() {
            names.add_var(name);
        }
        flow.inputs.keys().for_each(|name| names.add_input(name));
        flow.secrets.iter().for_each(|name| names.add_secret(name));
        let locale = flow.locales.first().map_or("en-US", String::as_str);
        let mut builder = Builder::new(compiler, document, &source.texts, names, locale.into());
        let mut nodes = Vec::with_capacity(flow.nodes.len());
        let mut described = BTreeMap::new();
        for (id, doc) in &flow.nodes {
            if let Some(kind) = catalog.get(&doc.kind) {
                builder.check_place(id, doc, kind);
                if kind.is_by_schema() {
                    described.entry(kind.meta.name.clone()).or_insert_with(|| kind.page.to_string());
                }
                if let Some(node) = builder.read_node(id, doc, kind) {
                    nodes.push(ReadNode { id, doc, kind, node });
                }
            } else if !doc.kind.is_empty() {
                let pointer = format!("/nodes/{}/type", escape_pointer(id));
                let message = format!("there is no node type `{}`", doc.kind);
                let diagnostic = document.diagnostic(Code::UNKNOWN_NODE_TYPE, &pointer, message);
                builder.diagnostics.push(diagnostic.did_you_mean(&doc.kind, catalog.names()));
            }
        }
        let phrases = builder.interrupts();
        builder.check_texts(nodes.len() == flow.nodes.len());
        builder.check_moved_values(compiler);
        let Builder { tables, diagnostics, translatable, names, .. } = builder;
        let texts = translatable.into_values().collect();
        Unit { source, compiler: compiler.clone(), described, names, nodes, tables, phrases, texts, diagnostics }
    }

    /// What the checks across nodes and flows are given.
    fn view<'v>(&'v self, edges: &'v Edges) -> Read<'v> {
        Read {
            document: &self.source.document,
            names: &self.names,
            tables: &self.tables,
            nodes: self.nodes.iter().map(|read| (read.id, read.doc, read.kind, &*read.node)).collect(),
            edges: &edges.facts,
        }
    }

    /// Lays the edges and checks what needs them.
    fn lay(&self, project: &Project<'_, 'a>) -> Edges {
        let document: &Document = &self.source.document;
        let view = View { unit: self, project };
        let mut diagnostics = Vec::new();
        let mut facts: IndexMap<String, NodeFacts> = IndexMap::with_capacity(self.nodes.len());
        for read in &self.nodes {
            // Few nodes have anything to point at.
            let base = || format!("/nodes/{}", escape_pointer(read.id));
            let found = read.node.exits(&view);
            let mut exits: Vec<ExitFact> = Vec::with_capacity(found.len() + 1);
            for exit in found {
                let wired = match exit.name.as_str() {
                    "next" => read.doc.next.clone(),
                    name => read.doc.exits.get(name).cloned(),
                };
                let inline = exit.target.map(|target| target.0);
                let pointer = match &exit.pointer {
                    Some(pointer) if inline.is_some() => Some(format!("{}{pointer}", base())),
                    _ => None,
                };
                exits.push(ExitFact { name: exit.name, target: inline.or(wired), pointer, falls: !exit.may_end });
            }
            if let Some(target) = read.doc.exits.get("error")
                && !exits.iter().any(|exit| exit.name == "error")
            {
                let target = Some(target.clone());
                exits.push(ExitFact { name: "error".to_owned(), target, pointer: None, falls: true });
            }
            self.check_call(read, base, project, &mut diagnostics);
            let terminal = exits.is_empty();
            facts.insert(read.id.to_owned(), NodeFacts { exits, waits: read.node.waits(), terminal });
        }
        if self.nodes.len() == self.flow().nodes.len() {
            diagnostics.extend(graph::check(document, &facts));
        }
        self.check_digressions(project, &mut diagnostics);
        let mut edges = Edges { facts, diagnostics };
        if self.nodes.len() == self.flow().nodes.len() {
            self.check_branches(project, &mut edges);
        }
        edges
    }

    /// Another flow is given what it needs, and nothing else.
    fn check_call(
        &self,
        read: &ReadNode<'_>,
        base: impl Fn() -> String,
        project: &Project<'_, 'a>,
        out: &mut Vec<Diagnostic>,
    ) {
        let document: &Document = &self.source.document;
        let Some((reference, given)) = read.node.enters() else { return };
        let base = base();
        let Some(id) = self.tables.flows.get(reference.0 as usize) else { return };
        let Some(called) = project.units.get(id.as_str()) else {
            let message = format!("there is no flow `{id}`");
            let diagnostic = document.diagnostic(Code::UNKNOWN_FLOW, &format!("{base}/flow"), message);
            out.push(diagnostic.did_you_mean(id, project.units.keys().copied()));
            return;
        };
        let inputs = &called.flow().inputs;
        for (name, input) in inputs {
            if input.required && input.default.is_none() && !given.contains(&name.as_str()) {
                let message = format!("the flow `{id}` needs the input `{name}`");
                out.push(
                    document
                        .diagnostic(Code::MISSING_INPUT, &format!("{base}/inputs"), message)
                        .remedy(format!("give it under `inputs:`, for example `{name}: \"= …\"`")),
                );
            }
        }
        for name in given.into_iter().filter(|name| !inputs.contains_key(*name)) {
            let pointer = format!("{base}/inputs/{}", escape_pointer(name));
            let message = format!("the flow `{id}` has no input `{name}`");
            let diagnostic = document.diagnostic(Code::UNKNOWN_INPUT, &pointer, message).key();
            out.push(diagnostic.did_you_mean(name, inputs.keys().map(String::as_str)));
        }
    }

    /// The finished flow. There are no errors, so every name resolves.
    fn finish(self, edges: &Edges) -> Option<CompiledFlow> {
        let flow = self.flow();
        let index: HashMap<String, u32> =
            self.nodes.iter().zip(0..).map(|(node, place)| (node.id.to_owned(), place)).collect();
        let goal = |target: &str| match target {
            "end" => Goal::End,
            "hangup" => Goal::Hangup,
            "return" => Goal::Return,
            node => index.get(node).map_or(Goal::Falls, |place| Goal::Node(*place)),
        };
        let start = *index.get(&flow.start)?;
        let nodes = self
            .nodes
            .into_iter()
            .zip(edges.facts.values())
            .map(|(read, facts)| {
                let place = |name: &str| {
                    let place = facts.exits.iter().position(|exit| exit.name == name)?;
                    u16::try_from(place).ok()
                };
                CompiledNode {
                    next: place("next"),
                    error: place("error"),
                    exits: facts
                        .exits
                        .iter()
                        .map(|exit| CompiledExit {
                            name: exit.name.as_str().into(),
                            wired: exit.target.is_some(),
                            target: match &exit.target {
                                Some(target) => goal(target),
                                None if exit.falls => Goal::Falls,
                                None => Goal::End,
                            },
                        })
                        .collect(),
                    id: read.id.to_owned(),
                    outline: outline::of(read.kind, read.doc),
                    kind: read.kind.meta.name.clone(),
                    node: read.node,
                }
            })
            .collect();
        let doc = &flow.interrupts;
        let interrupts = CompiledInterrupts {
            hangup: doc.hangup.as_deref().map(goal),
            error: doc.error.as_deref().map(goal),
            phrases: (self.phrases.phrases.into_iter().zip(&doc.phrases))
                .map(|(any, rule)| (any, goal(&rule.next)))
                .collect(),
            digressions: self.phrases.digressions,
            cancel: self.phrases.cancel,
            correct: self.phrases.correct,
            no_activity: doc.no_activity.as_ref().map(|rule| (rule.after_ms, goal(&rule.next))),
            inherit: doc.inherit,
        };
        let mut locales: Vec<Arc<str>> = flow.locales.iter().map(|locale| locale.as_str().into()).collect();
        if locales.is_empty() {
            locales.push("en-US".into());
        }
        let vars = declared(flow, &flow.vars);
        let defaults = vars
            .iter()
            .map(|var| {
                let default = var.decl.default.as_ref().map(Value::from_json).unwrap_or_default();
                types::coerce(default, &var.decl).unwrap_or_default()
            })
            .collect();
        let mut hasher = Sha256::new();
        hasher.update(self.source.document.hash());
        self.source.texts.iter().for_each(|texts| hasher.update(texts.tree.source().text.as_bytes()));
        self.described.values().for_each(|page| hasher.update(page.as_bytes()));
        Some(CompiledFlow {
            described: self.described,
            id: flow.id.clone(),
            title: flow.title.clone().unwrap_or_else(|| flow.id.clone()),
            version: self.source.version,
            hash: hex(&hasher.finalize()),
            kind: flow.kind,
            channels: flow.channels.clone(),
            locales,
            inputs: declared(flow, &flow.inputs),
            vars,
            outputs: declared(flow, &flow.outputs),
            defaults,
            nodes,
            index,
            start,
            interrupts,
            migrate: flow.migrate.clone(),
            tables: self.tables,
            compiler: self.compiler,
        })
    }
}

fn declared(flow: &Flow, decls: &IndexMap<String, VarDecl>) -> Vec<CompiledVar> {
    decls
        .iter()
        .map(|(name, decl)| CompiledVar {
            name: name.as_str().into(),
            schema: decl
                .schema
                .as_ref()
                .and_then(|schema| jsonschema::draft202012::new(&self_contained_schema(flow, schema)).ok()),
            decl: decl.clone(),
        })
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a String cannot fail");
        hex
    })
}

impl Builder<'_> {
    /// The node type belongs in a flow of this kind, and works on the channels that the flow promises.
    fn check_place(&mut self, id: &str, doc: &NodeDoc, kind: &NodeType) {
        let document = self.document();
        let flow = &document.flow;
        let pointer = || format!("/nodes/{}/type", escape_pointer(id));
        if !kind.meta.kinds.is_empty() && !kind.meta.kinds.contains(&flow.kind) {
            let message = format!("a `{}` node does not belong in a flow of kind `{}`", doc.kind, flow.kind);
            self.diagnostics.push(document.diagnostic(Code::WRONG_KIND, &pointer(), message));
        }
        let deaf: Vec<&str> = flow
            .channels
            .iter()
            .filter(|channel| !kind.meta.channels.is_empty() && !kind.meta.channels.contains(channel))
            .map(|channel| channel.as_str())
            .collect();
        if !deaf.is_empty() {
            let message =
                format!("a `{}` node does not work on {}, which the flow declares", doc.kind, deaf.join(", "));
            self.diagnostics.push(document.diagnostic(Code::WRONG_CHANNEL, &pointer(), message));
        }
    }

    fn read_node(&mut self, id: &str, doc: &NodeDoc, kind: &NodeType) -> Option<Box<dyn Node>> {
        let base = || format!("/nodes/{}", escape_pointer(id));
        let params = serde_json::Value::Object(doc.params.clone());
        let valid = kind.is_valid(&params);
        let before = self.diagnostics.len();
        let mut handles = self.with_handles(id, params, kind);
        let document = self.document();
        resolve_schemas(&document.flow, &mut handles);
        if kind.is_by_schema() && !valid {
            self.violations(&base(), doc, kind, &[], before);
            return None;
        }
        match kind.read(handles) {
            Ok(node) => {
                let mut told: Vec<String> = Vec::new();
                for (pointer, message) in node.check() {
                    let at = format!("{}{pointer}", base());
                    self.diagnostics.push(document.diagnostic(Code::BAD_PARAMETER, &at, message));
                    told.push(at);
                }
                if !valid {
                    self.violations(&base(), doc, kind, &told, before);
                }
                Some(node)
            }
            Err(error) => {
                let base = base();
                self.violations(&base, doc, kind, &[], before);
                if self.diagnostics.len() == before {
                    let message = format!("the parameters do not fit: {error}");
                    self.diagnostics.push(document.diagnostic(Code::BAD_PARAMETER, &base, message).key());
                }
                None
            }
        }
    }

    /// Every breach of the schema but those of which there are better words: at a place of which the node itself has `told`,
    /// and where one of the diagnostics from `before` on stands.
    fn violations(&mut self, base: &str, doc: &NodeDoc, kind: &NodeType, told: &[String], before: usize) {
        let params = serde_json::Value::Object(doc.params.clone());
        let known = self.diagnostics.len();
        for violation in kind.violations(&params) {
            let at = format!("{base}{}", violation.instance_path());
            let near = |told: &String| told.starts_with(&at) || at.starts_with(told.as_str());
            if !told.iter().any(near) {
                self.violation(base, kind, &violation);
            }
        }
        let mut breaches = self.diagnostics.split_off(known);
        let place = |one: &Diagnostic| (one.line, one.column);
        breaches.retain(|breach| self.diagnostics[before..].iter().all(|other| place(other) != place(breach)));
        self.diagnostics.append(&mut breaches);
    }

    /// A breach of the schema, in the author's words.
    fn violation(&mut self, base: &str, kind: &NodeType, error: &jsonschema::ValidationError<'_>) {
        let document = self.document();
        let pointer = format!("{base}{}", error.instance_path());
        let name = &kind.meta.name;
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                for key in unexpected {
                    let known = known_keys(&kind.schema, error);
                    let message = match error.instance_path().to_string().as_str() {
                        "" => format!("a `{name}` node has no `{key}`"),
                        _ => format!("there is no `{key}` here"),
                    };
                    let at = format!("{pointer}/{}", escape_pointer(key));
                    let diagnostic = document.diagnostic(Code::UNKNOWN_PARAMETER, &at, message).key();
                    self.diagnostics.push(diagnostic.did_you_mean(key, known.iter().map(String::as_str)));
                }
            }
            ValidationErrorKind::Required { property } => {
                let property = property.as_str().unwrap_or_default();
                let message = format!("`{property}` is missing");
                let diagnostic = document.diagnostic(Code::MISSING_PARAMETER, &pointer, message).key();
                self.diagnostics.push(diagnostic.remedy(format!("add `{property}:`")));
            }
            ValidationErrorKind::Type { kind: wanted } => {
                let message = format!("this must be {}, not {}", type_words(wanted), error.instance());
                self.diagnostics.push(document.diagnostic(Code::BAD_PARAMETER, &pointer, message));
            }
            _ => {
                let message = error.to_string();
                self.diagnostics.push(document.diagnostic(Code::BAD_PARAMETER, &pointer, message));
            }
        }
    }

    /// Translations are of something, are of what the flow says now, and everything is translated.
    fn check_texts(&mut self, all_read: bool) {
        let document = self.document();
        if !all_read {
            return;
        }
        for texts in self.texts() {
            for field in texts.texts.keys() {
                if self.translatable.contains_key(field) {
                    let original = Texts::original(document, field);
                    self.diagnostics.extend(original.and_then(|original| texts.stale(field, &original)));
                    continue;
                }
                let node = field.split('.').next().unwrap_or_default();
                let pointer = Texts::pointer(field);
                let diagnostic = if document.flow.nodes.contains_key(node) || node == "interrupts" {
                    let message = format!("nothing is translated by `{field}`");
                    Diagnostic::at_pointer(&texts.tree, Code::TEXT_UNKNOWN_FIELD, &pointer, message)
                        .key()
                        .did_you_mean(field, self.translatable.keys().map(String::as_str))
                } else {
                    let message = format!("the flow has no node `{node}`");
                    Diagnostic::at_pointer(&texts.tree, Code::TEXT_UNKNOWN_NODE, &pointer, message)
                        .key()
                        .did_you_mean(node, document.flow.nodes.keys().map(String::as_str))
                };
                self.diagnostics.push(diagnostic);
            }
        }
        for locale in document.flow.locales.iter().skip(1) {
            let missing: Vec<&TextField> =
                crate::texts::missing(self.translatable.values(), self.texts(), locale).collect();
            for field in missing {
                let message = format!("`{}` has no text in {locale}", field.address);
                let diagnostic = document.diagnostic(Code::MISSING_TEXT, &field.pointer, message);
                self.diagnostics.push(diagnostic);
            }
        }
    }
}

/// The types that a schema allows, in an author's words.
fn type_words(wanted: &jsonschema::error::TypeKind) -> String {
    let words = |name: &str| match name {
        "integer" => "a whole number",
        "number" => "a number",
        "string" => "a text",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "a map",
        _ => "nothing",
    };
    match wanted {
        jsonschema::error::TypeKind::Single(one) => words(&one.to_string()).to_owned(),
        jsonschema::error::TypeKind::Multiple(many) => {
            many.iter().map(|one| words(&one.to_string())).collect::<Vec<_>>().join(" or ")
        }
    }
}

/// Makes every `schema:` in a node's parameters complete in itself: what it takes from the flow's `schemas` by
/// `#/schemas/NAME` is put into it.
fn resolve_schemas(flow: &Flow, params: &mut serde_json::Value) {
    match params {
        serde_json::Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                if key == "schema" && value.to_string().contains("#/schemas/") {
                    *value = self_contained_schema(flow, value);
                } else {
                    resolve_schemas(flow, value);
                }
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| resolve_schemas(flow, item)),
        _ => {}
    }
}

/// The keys that are known where an unknown one stands.
fn known_keys(schema: &serde_json::Value, error: &jsonschema::ValidationError<'_>) -> Vec<String> {
    let path = error.schema_path().to_string();
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    let place = schema.pointer(parent).unwrap_or(schema);
    let properties = place.get("properties").and_then(serde_json::Value::as_object);
    properties.into_iter().flat_map(|map| map.keys().cloned()).collect()
}
