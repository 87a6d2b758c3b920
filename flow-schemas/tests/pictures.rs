//! Pictures of flows: the same flow gives the same picture, kept in `pictures/`; `UPDATE=1 cargo test` redraws them.

mod toy;

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use offhook_flow_schemas::{Flow, Layout, NodeFacts, picture, read_flow, read_layout};

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn read(text: &str) -> (Flow, IndexMap<String, NodeFacts>) {
    let flow = read_flow("flow.yaml", text.as_bytes()).document.expect("it can be read").flow;
    let facts = toy::facts(&flow);
    (flow, facts)
}

fn clinic() -> (Flow, IndexMap<String, NodeFacts>) {
    read(&std::fs::read_to_string(tests().join("diagnostics/clinic.yaml")).expect("the flow is there"))
}

#[test]
fn flows_are_drawn_as_before() {
    let (flow, facts) = clinic();
    let loops = read(&std::fs::read_to_string(tests().join("pictures/loops.yaml")).expect("the flow is there"));
    let layout = read_layout("l.yaml", b"nodes: { greet: [0, 0], main-menu: [300, 120] }").layout;
    let drawings = [
        ("clinic.svg", picture::svg(&flow, &facts, None)),
        ("clinic-pinned.svg", picture::svg(&flow, &facts, layout.as_ref())),
        ("loops.svg", picture::svg(&loops.0, &loops.1, None)),
        ("clinic.mmd", picture::mermaid(&flow, &facts)),
        ("clinic.dot", picture::dot(&flow, &facts)),
    ];
    for (name, drawing) in drawings {
        let path = tests().join("pictures").join(name);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &drawing).expect("can be written");
        }
        assert_eq!(std::fs::read_to_string(&path).expect("the picture is there"), drawing, "{name}");
    }
}

#[test]
fn pinned_nodes_stay_where_they_were_put() {
    let (flow, facts) = clinic();
    let layout = Layout { nodes: [("book".to_owned(), (1_000.0, -500.0))].into_iter().collect() };
    let svg = picture::svg(&flow, &facts, Some(&layout));
    assert!(svg.contains("<g id=\"node-book\" transform=\"translate(1000 -500)\">"));
}

#[test]
fn what_a_flow_says_cannot_break_out_of_a_picture() {
    let (flow, facts) = read(
        "offhook: 1\nid: x\ntitle: \"</title><script>alert(1)</script>\"\nkind: ivr\nstart: a\nnodes:\n  a: { type: say, title: \"\\\"<b>&'\\\\ ]--> `\\n#\", next: b }\n  b: { type: '\"]; evil', exits: { error: end } }\n",
    );
    let svg = picture::svg(&flow, &facts, None);
    assert!(!svg.contains("<script") && !svg.contains("<b>"));
    well_formed(&svg);
    let mermaid = picture::mermaid(&flow, &facts);
    assert!(mermaid.contains("#quot;#lt;b#gt;#amp;'\\ ]--#gt; #96; #35;"), "{mermaid}");
    let dot = picture::dot(&flow, &facts);
    assert!(dot.contains("\\\"<b>&'\\\\ ]--> ` #"), "{dot}");
}

/// Tags of an XML text open and close in pairs, and attributes are quoted.
fn well_formed(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    for tag in xml.split('<').skip(1) {
        let (inside, after) = tag.split_once('>').expect("every tag ends");
        assert!(!after.contains('>') || open.last() == Some(&"style"), "a stray bracket: {after}");
        assert_eq!(inside.matches('"').count() % 2, 0, "{inside}");
        let name = inside.trim_start_matches('/').split([' ', '/']).next().expect("a name");
        if inside.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !inside.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty());
}

#[test]
fn an_edge_too_long_to_draw_names_its_target() {
    let mut text = "offhook: 1\nid: far\nkind: ivr\nstart: n0\nnodes:\n".to_owned();
    for node in 0..200 {
        text += &format!("  n{node}: {{ type: http, next: n{}, exits: {{ error: n199 }} }}\n", (node + 1) % 200);
    }
    let (flow, facts) = read(&text);
    let svg = picture::svg(&flow, &facts, None);
    assert!(svg.contains("<a href=\"#node-n199\">"));
    well_formed(&svg);
}

#[test]
fn a_flow_with_mistakes_is_drawn_too() {
    let (flow, facts) =
        read("offhook: 1\nid: x\nkind: ivr\nstart: nowhere\nnodes: { a: { type: say, next: nowhere }, b: 5 }\n");
    for picture in [picture::svg(&flow, &facts, None), picture::mermaid(&flow, &facts), picture::dot(&flow, &facts)] {
        assert!(picture.contains('a'));
    }
    let empty = read("offhook: 1\n").0;
    well_formed(&picture::svg(&empty, &IndexMap::new(), None));
}
