//! What the engine knows: the catalog, the other flows, and what it last worked out of a flow, so that an edit right after a check
//! does not compile again.

use offhook_builtins::custom;
use offhook_flow_schemas::edit::{File, Files, Knowledge};
use offhook_flow_schemas::{Code, Diagnostic, Document, read_flow, read_texts};
use offhook_runtime::{Catalog, Compiled, FlowSource, Limits, Program, compile};
use std::rc::Rc;
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) catalog: Catalog,
    /// The node types of this build alone.
    own: Catalog,
    others: Vec<FlowSource>,
    last: Option<Rc<Read>>,
}

/// What was worked out of a flow and its texts.
#[derive(Debug)]
pub(crate) struct Read {
    flow: File,
    texts: Vec<File>,
    /// The flow, unless it cannot be read at all.
    pub(crate) document: Option<Arc<Document>>,
    pub(crate) compiled: Compiled,
    /// About the flow and what stands beside it, and nothing else.
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) knowledge: Knowledge,
}

impl Read {
    /// The program; or the first mistake that stands in its way.
    pub(crate) fn program(&self) -> Result<Program, String> {
        let id = self.document.as_ref().map(|document| document.flow.id.clone()).unwrap_or_default();
        self.compiled.program(&id).ok_or_else(|| {
            let error = self.diagnostics.iter().find(|found| found.is_error());
            error.map_or_else(
                || "the flow, or one that it calls, has errors".to_owned(),
                |found| format!("line {}: {}", found.line, found.message),
            )
        })
    }
}

impl Room {
    pub(crate) fn new(catalog: Catalog) -> Self {
        Room { own: catalog.with(std::iter::empty()), catalog, others: Vec::new(), last: None }
    }

    /// Takes over the node types of a tenant's own. One that this build has is left as it is; one with a mistake is left out, and told
    /// where it is edited.
    pub(crate) fn describe(&mut self, types: &[File]) {
        let read = |file: &File| custom::read(&file.name, file.text.as_bytes()).0.map(Arc::new);
        self.catalog = self.own.with(types.iter().filter_map(read));
        self.last = None;
    }

    /// Takes over the other flows. Those that cannot be read are left out; they are reported where they are edited.
    pub(crate) fn learn(&mut self, flows: &[File]) {
        let read = |file: &File| {
            let document = read_flow(&file.name, file.text.as_bytes()).document?;
            Some(FlowSource { document: Arc::new(document), texts: Vec::new(), version: 0 })
        };
        self.others = flows.iter().filter_map(read).collect();
        self.last = None;
    }

    pub(crate) fn ids(&self) -> Vec<&str> {
        self.others.iter().map(|other| other.document.flow.id.as_str()).collect()
    }

    pub(crate) fn titles(&self) -> Vec<(&str, Option<&str>)> {
        let flows = self.others.iter().map(|other| &other.document.flow);
        flows.map(|flow| (flow.id.as_str(), flow.title.as_deref())).collect()
    }

    /// Reads, checks and compiles a flow with what stands beside it.
    pub(crate) fn read(&mut self, files: &Files) -> Rc<Read> {
        if let Some(last) = self.last.as_ref().filter(|last| last.flow == files.flow && last.texts == files.texts) {
            return last.clone();
        }
        let found = read_flow(&files.flow.name, files.flow.text.as_bytes());
        let mut diagnostics = found.diagnostics;
        let document = found.document.map(Arc::new);
        let mut texts = Vec::new();
        for file in &files.texts {
            let read = read_texts(&file.name, file.text.as_bytes());
            diagnostics.extend(read.diagnostics);
            texts.extend(read.texts);
        }
        let compiled = document.as_ref().map_or_else(Compiled::default, |document| {
            let own = FlowSource { document: document.clone(), texts, version: 0 };
            let id = own.document.flow.id.clone();
            let others: Vec<&FlowSource> = self.others.iter().filter(|other| other.document.flow.id != id).collect();
            let compile_with = |others: &[&FlowSource]| {
                let sources: Vec<FlowSource> = std::iter::once(&own).chain(others.iter().copied()).cloned().collect();
                compile(&sources, &self.catalog, &Limits::default())
            };
            // Most flows know few others, and this is done at every pause of the fingers; a name that none of them has is told with all.
            let compiled = compile_with(&named(&own, &others));
            let is_lost = compiled.diagnostics.iter().any(|found| found.code == Code::UNKNOWN_FLOW);
            if is_lost { compile_with(&others) } else { compiled }
        });
        let is_ours = |name: &str| name == files.flow.name || files.texts.iter().any(|file| file.name == name);
        diagnostics.extend(compiled.diagnostics.iter().filter(|found| is_ours(&found.file)).cloned());
        offhook_flow_schemas::sort_diagnostics(&mut diagnostics);
        let facts = document.as_ref().and_then(|document| compiled.facts(&document.flow.id));
        let knowledge = self.catalog.knowledge(facts);
        let read = Rc::new(Read {
            flow: files.flow.clone(),
            texts: files.texts.clone(),
            document,
            compiled,
            diagnostics,
            knowledge,
        });
        self.last = Some(read.clone());
        read
    }
}

/// The flows whose ids stand somewhere in a flow's text, and in the texts of those, and so on: all that it may enter are among them.
fn named<'o>(own: &FlowSource, others: &[&'o FlowSource]) -> Vec<&'o FlowSource> {
    let mut found: Vec<&FlowSource> = Vec::new();
    let mut ahead: Vec<&str> = vec![&own.document.source.text];
    let mut left = others.to_vec();
    while let Some(text) = ahead.pop() {
        let (here, rest): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|other| text.contains(other.document.flow.id.as_str()));
        ahead.extend(here.iter().map(|other| &*other.document.source.text));
        found.extend(here);
        left = rest;
    }
    found
}

/// The text of one of the files; empty for one that is not there yet.
pub(crate) fn text_of<'f>(files: &'f Files, name: &str) -> &'f str {
    let beside = files.layout.iter().chain(&files.texts).chain(&files.talks);
    let mut all = std::iter::once(&files.flow).chain(beside);
    all.find(|file| file.name == name).map_or("", |file| file.text.as_str())
}
