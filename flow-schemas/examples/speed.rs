//! How long a large flow takes to read, check and draw: `cargo run --release -p offhook-flow-schemas --example speed`.
//!
//! 10,000 nodes in a ring of small menus, as JSON and as YAML; the least CPU of several rounds is printed, in milliseconds.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use indexmap::IndexMap;
use offhook_flow_schemas::edit::{Edit, Editor, File, Files, Knowledge};
use offhook_flow_schemas::{ExitFact, Flow, NodeFacts, graph, picture, read_flow};

const BLOCKS: usize = 1_250;

/// Eight nodes a block: a menu, a branch, sets, says.
fn yaml(blocks: usize) -> String {
    let mut out = String::from(
        "offhook: 1\nid: speed/ring\nkind: chatbot\nvars: { count: 0, choice: \"\" }\nstart: ask0\nnodes:\n",
    );
    for block in 0..blocks {
        let next = (block + 1) % blocks;
        write!(
            out,
            "  ask{block}:
    type: menu
    text: Menu {{{{ count }}}}. For a balance, press 1; for an agent, press 2.
    choices:
      - {{ id: balance, keys: \"1\", phrases: [balance, account], next: norm{block} }}
      - {{ id: agent, keys: \"2\", phrases: [agent, human], next: even{block} }}
    exits: {{ no_match: odd{block}, no_input: odd{block} }}
  norm{block}:
    type: script
    script: choice = choice.trim().to_lower();
    next: count{block}
  count{block}: {{ type: set, set: {{ count: \"= count + 1\" }}, next: parity{block} }}
  parity{block}:
    type: branch
    cases:
      - {{ when: count % 2 == 0, next: even{block} }}
    else: odd{block}
  even{block}: {{ type: say, text: \"Hi {{{{ contact.name }}}}, you chose {{{{ choice }}}}\", next: loop{block} }}
  odd{block}: {{ type: say, text: Hello again, next: loop{block} }}
  loop{block}: {{ type: set, set: {{ choice: \"\" }}, next: last{block} }}
  last{block}: {{ type: say, text: Going on, next: ask{next} }}
"
        )
        .expect("writing to a String cannot fail");
    }
    out
}

fn facts(flow: &Flow) -> IndexMap<String, NodeFacts> {
    let of = |id: &String, node: &offhook_flow_schemas::NodeDoc| {
        let mut facts = NodeFacts { waits: node.kind == "menu", ..NodeFacts::default() };
        let mut exit = |name: &str, target: Option<&str>, pointer: Option<String>| {
            facts.exits.push(ExitFact {
                name: name.to_owned(),
                target: target.map(str::to_owned),
                pointer,
                falls: true,
            });
        };
        for key in ["choices", "cases"] {
            let items = node.params.get(key).and_then(|items| items.as_array());
            for (index, item) in items.into_iter().flatten().enumerate() {
                exit(&format!("{key}{index}"), item["next"].as_str(), Some(format!("/nodes/{id}/{key}/{index}/next")));
            }
        }
        if let Some(target) = node.params.get("else").and_then(|target| target.as_str()) {
            exit("else", Some(target), Some(format!("/nodes/{id}/else")));
        }
        if let Some(next) = &node.next {
            exit("next", Some(next), None);
        }
        node.exits.iter().for_each(|(name, target)| exit(name, Some(target), None));
        facts
    };
    flow.nodes.iter().map(|(id, node)| (id.clone(), of(id, node))).collect()
}

/// Nanoseconds of CPU that this thread has used (Linux); elsewhere, those since the first call.
fn cpu_ns() -> u64 {
    let used = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    used.and_then(|text| text.split(' ').next()?.parse().ok()).unwrap_or_else(|| {
        static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        START.get_or_init(Instant::now).elapsed().as_nanos() as u64
    })
}

/// The least CPU of several rounds, in milliseconds.
fn least(rounds: usize, mut work: impl FnMut()) -> f64 {
    let round = |_| {
        let start = cpu_ns();
        work();
        (cpu_ns() - start) as f64 / 1e6
    };
    (0..rounds).map(round).fold(f64::INFINITY, f64::min)
}

fn main() {
    let yaml_text = yaml(BLOCKS);
    let read = read_flow("speed.yaml", yaml_text.as_bytes());
    assert!(!read.has_errors(), "{}", offhook_flow_schemas::render(&read.diagnostics, false));
    let document = read.document.expect("the flow is sound");
    let json_text = document.tree.to_value().to_string();
    let facts_of = facts(&document.flow);
    println!(
        "{} nodes, YAML {} kB, JSON {} kB",
        document.flow.nodes.len(),
        yaml_text.len() / 1000,
        json_text.len() / 1000
    );
    let yaml_ms = least(7, || drop(black_box(read_flow("speed.yaml", yaml_text.as_bytes()))));
    let json_ms = least(7, || drop(black_box(read_flow("speed.json", json_text.as_bytes()))));
    let check_ms = least(7, || drop(black_box(graph::check(&document, &facts_of))));
    println!("read YAML {yaml_ms:.1} ms, read JSON {json_ms:.1} ms, graph check {check_ms:.1} ms");
    let small = read_flow("speed.yaml", yaml(250).as_bytes()).document.expect("the flow is sound");
    let small_facts = facts(&small.flow);
    let svg_ms = least(3, || drop(black_box(picture::svg(&small.flow, &small_facts, None))));
    println!("SVG of {} nodes, laid out {svg_ms:.1} ms", small.flow.nodes.len());
    let files = Files {
        flow: File { name: "speed.yaml".into(), text: yaml(250) },
        layout: None,
        texts: Vec::new(),
        talks: Vec::new(),
    };
    let knowledge = Knowledge { facts: small_facts, ..Knowledge::default() };
    let open_ms = least(3, || drop(black_box(Editor::open(&files, &knowledge))));
    let editor = Editor::open(&files, &knowledge).expect("the flow is sound");
    let of = |edit: Edit| least(3, || editor.clone().edit(&edit).expect("the edit can be kept"));
    let set_ms = of(Edit::Set { pointer: "/nodes/ask7/text".into(), value: "Other".into() });
    let rename_ms = of(Edit::RenameNode { from: "ask7".into(), to: "other".into() });
    println!("edits of it: opening {open_ms:.1} ms, setting a text {set_ms:.1} ms, renaming a node {rename_ms:.1} ms");
}
