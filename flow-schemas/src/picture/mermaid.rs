//! Mermaid flowchart text.

use std::fmt::Write as _;

use indexmap::IndexMap;

use super::ends_used;
use crate::graph::{edges, interrupt_edges};
use crate::{Flow, NodeFacts};

/// The flow as a Mermaid flowchart.
#[must_use]
pub fn mermaid(flow: &Flow, facts: &IndexMap<String, NodeFacts>) -> String {
    let mut out = String::from("flowchart LR\n");
    let ends = ends_used(flow, facts);
    // Mermaid trips over ids such as `end`; nodes go by number, as in the flow.
    let place = |target: &str| match flow.nodes.get_index_of(target) {
        Some(index) => Some(format!("n{index}")),
        None => ends.iter().position(|end| *end == target).map(|index| format!("e{index}")),
    };
    for (index, (id, node)) in flow.nodes.iter().enumerate() {
        let name = node.title.as_deref().unwrap_or(id);
        let label = format!("<small>{}</small><br/><b>{}</b>", escape(&node.kind), escape(name));
        line(&mut out, format_args!("n{index}[\"{label}\"]"));
    }
    for (index, end) in ends.iter().enumerate() {
        line(&mut out, format_args!("e{index}([\"{end}\"])"));
    }
    if let Some(start) = place(&flow.start) {
        line(&mut out, format_args!("start((\" \")) --> {start}"));
    }
    for (index, (id, node)) in flow.nodes.iter().enumerate() {
        for (exit, target) in edges(node, facts.get(id)) {
            let Some(target) = place(target) else {
                continue;
            };
            match exit {
                "next" => line(&mut out, format_args!("n{index} --> {target}")),
                _ => line(&mut out, format_args!("n{index} -->|\"{}\"| {target}", escape(exit))),
            }
        }
    }
    let interrupts = interrupt_edges(flow);
    if !interrupts.is_empty() {
        line(&mut out, format_args!("interrupts{{{{\"interrupts\"}}}}"));
    }
    for (name, target) in interrupts {
        if let Some(target) = place(target) {
            line(&mut out, format_args!("interrupts -.->|\"{}\"| {target}", escape(&name)));
        }
    }
    out
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "    {text}").expect("writing to a String cannot fail");
}

/// Mermaid's entity codes, which work inside its quotes where backslashes do not.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("#quot;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '&' => out.push_str("#amp;"),
            '#' => out.push_str("#35;"),
            '`' => out.push_str("#96;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
