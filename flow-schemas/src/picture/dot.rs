//! DOT, the language of Graphviz.

use std::fmt::Write as _;

use indexmap::IndexMap;

use super::ends_used;
use crate::graph::{edges, interrupt_edges};
use crate::{Flow, NodeFacts};

const HEAD: &str = r##"    rankdir=LR;
    graph [fontname="sans-serif", nodesep=0.35, ranksep=0.7];
    node [fontname="sans-serif", fontsize=11, shape=box, style="rounded,filled", fillcolor="#f8fafc", color="#94a3b8"];
    edge [fontname="sans-serif", fontsize=10, color="#64748b", arrowsize=0.7];
"##;

/// The flow in DOT.
#[must_use]
pub fn dot(flow: &Flow, facts: &IndexMap<String, NodeFacts>) -> String {
    let mut out = format!("digraph \"{}\" {{\n{HEAD}", escape(&flow.id));
    for (id, node) in &flow.nodes {
        let name = node.title.as_deref().unwrap_or(id);
        line(&mut out, format_args!("{} [label=\"{}\\n{}\"];", quoted(id), escape(&node.kind), escape(name)));
    }
    for end in ends_used(flow, facts) {
        line(&mut out, format_args!("{} [label=\"{end}\", shape=oval, fillcolor=\"#e2e8f0\"];", quoted(end)));
    }
    line(&mut out, format_args!("\" start\" [shape=point, width=0.15, color=\"#475569\"];"));
    line(&mut out, format_args!("\" start\" -> {};", quoted(&flow.start)));
    for (id, node) in &flow.nodes {
        for (exit, target) in edges(node, facts.get(id)) {
            let label = if exit == "next" { String::new() } else { format!(" [label=\"{}\"]", escape(exit)) };
            line(&mut out, format_args!("{} -> {}{label};", quoted(id), quoted(target)));
        }
    }
    let interrupts = interrupt_edges(flow);
    if !interrupts.is_empty() {
        line(&mut out, format_args!("\" interrupts\" [label=\"interrupts\", style=\"rounded,dashed\"];"));
    }
    for (name, target) in interrupts {
        line(
            &mut out,
            format_args!("\" interrupts\" -> {} [label=\"{}\", style=dashed];", quoted(target), escape(&name)),
        );
    }
    out.push_str("}\n");
    out
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "    {text}").expect("writing to a String cannot fail");
}

fn quoted(id: &str) -> String {
    format!("\"{}\"", escape(id))
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
