//! What can be seen of a talk without performing it: whether the flow, the nodes and the exits that it names exist. And what
//! performing one has shown, as diagnostics.

use super::{LineKind, Report, Talk};
use crate::compile::Compiled;
use crate::program::{CompiledFlow, Program};
use offhook_flow_schemas::{Code, Diagnostic, Positioned, escape_pointer};
use std::collections::BTreeMap;

/// The program that a talk is about; or what is wrong with the names in it, one diagnostic each.
pub fn check(tree: &Positioned, talk: &Talk, compiled: &Compiled) -> Result<Program, Vec<Diagnostic>> {
    let Some(program) = compiled.program(&talk.flow) else {
        let message = format!("there is no flow `{}` that can run", talk.flow);
        let written = format!("{}/flow", talk.pointer);
        let pointer = if tree.span(&written).is_some() { written } else { talk.pointer.clone() };
        let diagnostic = Diagnostic::at_pointer(tree, Code::TALK_UNKNOWN_FLOW, &pointer, message);
        return Err(vec![diagnostic.did_you_mean(&talk.flow, compiled.ids())]);
    };
    let mut found = Vec::new();
    for (node, _) in &talk.mocks {
        let pointer = format!("{}/mocks/{}", talk.pointer, escape_pointer(node));
        found.extend(unknown_node(tree, &program, node, &pointer));
    }
    for line in &talk.lines {
        let everywhere = std::iter::once(&line.kind).chain(line.locales.iter().map(|(_, kind)| kind));
        for kind in everywhere {
            if let LineKind::Via { node, exit } = kind {
                let pointer = format!("{}/via", line.pointer);
                let unknown = unknown_node(tree, &program, node, &pointer);
                found.extend(unknown.or_else(|| unknown_exit(tree, &program, node, exit, &pointer)));
            }
        }
    }
    if found.is_empty() { Ok(program) } else { Err(found) }
}

/// The flows of a program that have such a node; a talk does not say in which of them it is.
fn with_node<'p>(program: &'p Program, node: &'p str) -> impl Iterator<Item = &'p CompiledFlow> {
    program.flows().filter(move |flow| flow.has_node(node))
}

fn unknown_node(tree: &Positioned, program: &Program, node: &str, pointer: &str) -> Option<Diagnostic> {
    if with_node(program, node).next().is_some() {
        return None;
    }
    let message = format!("neither `{}` nor a flow that it calls has a node `{node}`", program.id());
    let known = program.flows().flat_map(CompiledFlow::nodes).map(|(id, _)| id);
    Some(Diagnostic::at_pointer(tree, Code::TALK_UNKNOWN_NODE, pointer, message).did_you_mean(node, known))
}

fn unknown_exit(tree: &Positioned, program: &Program, node: &str, exit: &str, pointer: &str) -> Option<Diagnostic> {
    let exits: Vec<&str> = with_node(program, node).filter_map(|flow| flow.exits(node)).flatten().collect();
    if exits.contains(&exit) {
        return None;
    }
    let message = format!("`{node}` has no exit `{exit}`");
    Some(Diagnostic::at_pointer(tree, Code::TALK_UNKNOWN_EXIT, pointer, message).did_you_mean(exit, exits))
}

impl Report {
    /// What did not go as written, as errors at the lines of the talk.
    pub fn mismatched(&self, tree: &Positioned, about: &str) -> Vec<Diagnostic> {
        let told = self.mismatches.iter().map(|mismatch| {
            let message = format!("{about}: {}", mismatch.message);
            Diagnostic::at_pointer(tree, Code::TALK_MISMATCH, &mismatch.pointer, message)
        });
        told.collect()
    }
}

/// A warning for each mock of a file that nobody asked for. One that several talks share (an alias) is wanted when one of
/// them asks for it.
pub fn unused_mocks(tree: &Positioned, performed: &[(&Talk, &Report)]) -> Vec<Diagnostic> {
    let mut wanted: BTreeMap<(u32, u32), Option<Diagnostic>> = BTreeMap::new();
    for (talk, report) in performed {
        for (node, _) in &talk.mocks {
            let pointer = format!("{}/mocks/{}", talk.pointer, escape_pointer(node));
            let message = format!("{}: `{node}` asks for nothing in this talk", talk.about);
            let diagnostic = Diagnostic::at_pointer(tree, Code::TALK_UNUSED_MOCK, &pointer, message);
            let is_unused = report.unused.contains(node);
            let place = (diagnostic.line, diagnostic.column);
            let entry = wanted.entry(place).or_insert_with(|| Some(diagnostic.remedy("remove the mock")));
            if !is_unused {
                *entry = None;
            }
        }
    }
    wanted.into_values().flatten().collect()
}
