//! A page for each node type, from the catalog: its description, parameters, exits and example, and what its talks show.

use offhook_builtins::catalog;
use offhook_flow_schemas::{read_flow, read_tree};
use offhook_runtime::{Catalog, FlowSource, Limits, NodeType, compile};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

/// How deep parameters within parameters are listed: `choices[].next` is two.
const DEPTH: usize = 4;

/// The pages by file name.
pub fn pages() -> BTreeMap<String, String> {
    let catalog = catalog();
    let mut pages = BTreeMap::new();
    let mut index = String::from(
        "# Node types\n\nWhat a node can be. These pages are generated from the catalog; what every node has besides its parameters (`type`, `title`, `next`, `exits` and so on) stands \
         in the [reference of the language](../../flow-schemas/README.md), and how a session behaves in [the rules](../../flow-schemas/SEMANTICS.md).\n",
    );
    let mut family = "";
    for kind in catalog.types() {
        if kind.meta.family != family {
            family = &kind.meta.family;
            write!(index, "\n## {family}\n\n| type | |\n| --- | --- |\n").expect("a string takes any text");
        }
        let name = &kind.meta.name;
        writeln!(index, "| [`{name}`]({name}.md) | {} |", line(&kind.docs)).expect("a string takes any text");
        pages.insert(format!("{name}.md"), page(kind, &catalog));
    }
    pages.insert("README.md".to_owned(), index);
    pages
}

fn page(kind: &NodeType, catalog: &Catalog) -> String {
    let meta = &kind.meta;
    let mut page = format!("# `{}`: {}\n\n{}\n\n", meta.name, meta.title, kind.docs);
    let listed = |words: Vec<&str>, all: &str| if words.is_empty() { all.to_owned() } else { words.join(", ") };
    let channels = listed(meta.channels.iter().map(|channel| channel.as_str()).collect(), "all");
    let kinds = listed(meta.kinds.iter().map(|kind| kind.as_str()).collect(), "all");
    writeln!(page, "Family: {} · channels: {channels} · kinds of flow: {kinds}\n", meta.family)
        .expect("a string takes any text");
    let mut rows = Vec::new();
    parameters(&kind.schema, &kind.schema, "", 0, &mut rows);
    if rows.is_empty() {
        page.push_str("## Parameters\n\nNone.\n");
    } else {
        page.push_str("## Parameters\n\n| parameter | | |\n| --- | --- | --- |\n");
        rows.iter().for_each(|row| page.push_str(row));
    }
    let tree = read_tree("page.yaml", kind.page.as_bytes()).expect("the page of a type can be read").to_value();
    page.push_str("\n## Exits\n\n");
    let exits = exits(&meta.name, &tree, catalog);
    match exits.is_empty() {
        true => page.push_str("None: the conversation goes no further here.\n"),
        false => {
            let exits: Vec<String> = exits.iter().map(|exit| format!("`{exit}`")).collect();
            writeln!(page, "In the example: {}. Any node may wire `error`.", exits.join(", "))
                .expect("a string takes any text");
        }
    }
    if let Some(flow) = section(&kind.page, "flow") {
        write!(page, "\n## Example\n\n```yaml\n{flow}```\n").expect("a string takes any text");
    }
    page.push_str("\n## What its talks show\n\n");
    for talk in tree["talks"].as_array().into_iter().flatten() {
        if let Some(about) = talk["about"].as_str() {
            writeln!(page, "* {about}").expect("a string takes any text");
        }
    }
    page
}

/// The exits of the nodes of this type in its example, in their order.
fn exits(name: &str, tree: &Json, catalog: &Catalog) -> Vec<String> {
    let flows = [&tree["flow"]].into_iter().chain(tree["flows"].as_array().into_iter().flatten());
    let sources: Vec<FlowSource> = flows
        .filter_map(|flow| read_flow("flow.json", flow.to_string().as_bytes()).document)
        .map(|document| FlowSource { document: Arc::new(document), texts: Vec::new(), version: 1 })
        .collect();
    let compiled = compile(&sources, catalog, &Limits::default());
    let id = tree["flow"]["id"].as_str().unwrap_or_default();
    let mut seen = BTreeSet::new();
    let mut exits = Vec::new();
    for facts in compiled.facts(id).into_iter().flatten() {
        let (node, facts) = facts;
        if tree["flow"]["nodes"][node]["type"] != name {
            continue;
        }
        for exit in &facts.exits {
            if seen.insert(exit.name.clone()) {
                exits.push(exit.name.clone());
            }
        }
    }
    exits
}

/// A section of a page as it is written, without its indentation.
fn section(page: &str, name: &str) -> Option<String> {
    let mut lines = page.lines().skip_while(|line| *line != format!("{name}:"));
    lines.next()?;
    let body: Vec<&str> = lines.take_while(|line| line.is_empty() || line.starts_with(' ')).collect();
    let body: String = body.iter().map(|line| format!("{}\n", line.strip_prefix("  ").unwrap_or(line))).collect();
    Some(format!("{}\n", body.trim_end()))
}

/// One line of a table.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn resolved<'s>(root: &'s Json, schema: &'s Json) -> &'s Json {
    let target = schema["$ref"].as_str().and_then(|pointer| root.pointer(pointer.strip_prefix('#')?));
    target.unwrap_or(schema)
}

/// What a schema asks for, in a word or two.
fn shape(root: &Json, schema: &Json) -> String {
    let schema = resolved(root, schema);
    if schema["type"] == "integer" {
        return "whole number".to_owned();
    }
    if let Some(format) = schema["format"].as_str() {
        return format.to_owned();
    }
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().filter_map(Json::as_str).map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    }
    if let Some(word) = schema["const"].as_str() {
        return format!("`{word}`");
    }
    for alternatives in ["anyOf", "oneOf"] {
        if let Some(some) = schema[alternatives].as_array() {
            let mut shapes: Vec<String> = Vec::new();
            for shape in some.iter().filter(|one| one["type"] != "null").map(|one| shape(root, one)) {
                if !shapes.contains(&shape) {
                    shapes.push(shape);
                }
            }
            return shapes.join(" or ");
        }
    }
    if schema["type"] == "array" {
        return format!("list of {}", shape(root, &schema["items"]));
    }
    match &schema["type"] {
        Json::String(word) => word.clone(),
        Json::Array(words) => {
            let words: Vec<&str> = words.iter().filter_map(Json::as_str).filter(|word| *word != "null").collect();
            words.join(" or ")
        }
        _ => "any".to_owned(),
    }
}

/// A row for each parameter, those within it after it.
fn parameters(root: &Json, schema: &Json, before: &str, depth: usize, rows: &mut Vec<String>) {
    let schema = resolved(root, schema);
    if depth > DEPTH || schema["format"].is_string() {
        return;
    }
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    for (key, property) in schema["properties"].as_object().into_iter().flatten() {
        let name = format!("{before}{key}");
        let target = resolved(root, property);
        let about = property["description"].as_str().or(target["description"].as_str()).unwrap_or_default();
        let default = match &property["default"] {
            Json::Null => String::new(),
            default => format!(" Unless written: `{default}`."),
        };
        let must = if required.contains(&key.as_str()) { ", required" } else { "" };
        rows.push(format!("| `{name}` | {}{must} | {}{default} |\n", line(&shape(root, property)), line(about)));
        within(root, property, &name, depth, rows);
    }
    for alternatives in ["anyOf", "oneOf", "allOf"] {
        for one in schema[alternatives].as_array().into_iter().flatten() {
            parameters(root, one, before, depth + 1, rows);
        }
    }
}

/// The rows of what stands within a parameter.
fn within(root: &Json, property: &Json, name: &str, depth: usize, rows: &mut Vec<String>) {
    let target = resolved(root, property);
    if target["items"].is_object() {
        parameters(root, &target["items"], &format!("{name}[]."), depth + 1, rows);
    }
    if target["additionalProperties"].is_object() {
        parameters(root, &target["additionalProperties"], &format!("{name}.*."), depth + 1, rows);
    }
    parameters(root, property, &format!("{name}."), depth + 1, rows);
}
