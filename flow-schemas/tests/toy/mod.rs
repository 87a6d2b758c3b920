//! A toy catalog for tests: what `say`, `set`, `menu`, `branch` and `hangup` would say about their nodes.

use indexmap::IndexMap;
use offhook_flow_schemas::{ExitFact, Flow, NodeDoc, NodeFacts, escape_pointer};

/// Facts of every node whose type the toy catalog knows.
pub fn facts(flow: &Flow) -> IndexMap<String, NodeFacts> {
    flow.nodes.iter().filter_map(|(id, node)| Some((id.clone(), of(id, node)?))).collect()
}

fn of(id: &str, node: &NodeDoc) -> Option<NodeFacts> {
    let mut exits = Vec::new();
    let named = |name: &str, falls: bool| {
        let target = if name == "next" { node.next.clone() } else { node.exits.get(name).cloned() };
        ExitFact { name: name.to_owned(), target, pointer: None, falls }
    };
    let id = escape_pointer(id);
    let inline = |name: String, target: Option<&str>, below: String| ExitFact {
        name,
        target: target.map(str::to_owned),
        pointer: Some(format!("/nodes/{id}/{below}")),
        falls: true,
    };
    let items = |key: &str| node.params.get(key).and_then(|items| items.as_array()).cloned().unwrap_or_default();
    match node.kind.as_str() {
        "say" | "set" => exits.push(named("next", true)),
        "menu" => {
            for (index, choice) in items("choices").iter().enumerate() {
                let name = choice["id"].as_str().unwrap_or("?").to_owned();
                exits.push(inline(name, choice["next"].as_str(), format!("choices/{index}/next")));
            }
            exits.push(named("no_input", true));
            exits.push(named("no_match", true));
        }
        "branch" => {
            for (index, case) in items("cases").iter().enumerate() {
                exits.push(inline(format!("case-{}", index + 1), case["next"].as_str(), format!("cases/{index}/next")));
            }
            exits.push(inline(
                "else".to_owned(),
                node.params.get("else").and_then(|target| target.as_str()),
                "else".to_owned(),
            ));
        }
        "http" | "queue" => exits.extend([named("next", true), named("error", true)]),
        "hangup" => {}
        _ => return None,
    }
    Some(NodeFacts {
        exits,
        waits: matches!(node.kind.as_str(), "menu" | "http" | "queue"),
        terminal: node.kind == "hangup",
    })
}
