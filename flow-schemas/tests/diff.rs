//! The semantic difference: each kind of change is told, what only moves or is written otherwise is none, renames are found, and the
//! sentences say what callers meet.

mod toy;

use std::path::Path;

use offhook_flow_schemas::diff::{Change, Difference, Only, Version, diff, markdown, text};
use offhook_flow_schemas::edit::{Edit, Editor, File, Files, Knowledge, Meaning};
use offhook_flow_schemas::format::format;
use offhook_flow_schemas::picture;
use serde_json::json;

const OLD: &str = r#"offhook: 1
id: shop
kind: ivr
locales: [en-US, es-ES]
inputs:
  campaign: { type: string, required: false }
vars:
  tries: 0
start: greet
interrupts:
  hangup: bye
nodes:
  greet: { type: say, text: Welcome to the shop., next: main }
  main:
    type: menu
    text: For sales, press 2.
    choices:
      - { id: sales, keys: "2", phrases: [sales], next: sales }
      - { id: help, keys: "3", phrases: [help], next: bye }
    exits: { no_input: bye }
  route:
    type: branch
    cases:
      - { id: many, when: tries > 2, next: sales }
    else: bye
  sales: { type: queue, name: sales, next: bye, exits: { error: route } }
  bye: { type: say, text: Goodbye., next: end }
"#;

fn knowledge() -> Knowledge {
    let meaning = |pattern: &str, format: &str| Meaning { pattern: pattern.into(), keys: false, format: format.into() };
    Knowledge {
        targets: [
            ("menu".to_owned(), vec!["/choices/*/next".to_owned()]),
            ("branch".to_owned(), vec!["/cases/*/next".to_owned(), "/else".to_owned()]),
        ]
        .into_iter()
        .collect(),
        texts: [
            ("say".to_owned(), vec!["/text".to_owned()]),
            (
                "menu".to_owned(),
                vec!["/text".to_owned(), "/choices/*/phrases".to_owned(), "/choices/*/keys".to_owned()],
            ),
        ]
        .into_iter()
        .collect(),
        meanings: [
            ("menu".to_owned(), vec![meaning("/choices/*/keys", "keys"), meaning("/choices/*/phrases", "phrases")]),
            ("branch".to_owned(), vec![meaning("/cases/*/when", "expression")]),
        ]
        .into_iter()
        .collect(),
        ..Knowledge::default()
    }
}

fn files(text: &str) -> Files {
    Files {
        flow: File { name: "shop.yaml".into(), text: text.into() },
        layout: None,
        texts: Vec::new(),
        talks: Vec::new(),
    }
}

fn version(files: &Files) -> Version {
    Version::read(files, toy::facts).expect("it can be read")
}

fn between(old: &str, new: &str) -> Difference {
    diff(&version(&files(old)), &version(&files(new)), &knowledge())
}

fn edited(edits: &[Edit]) -> String {
    let knowledge = Knowledge { facts: version(&files(OLD)).facts, ..knowledge() };
    let opened = files(OLD);
    let mut editor = Editor::open(&opened, &knowledge).expect("it can be read");
    edits.iter().for_each(|edit| editor.edit(edit).expect("it can be made"));
    editor.text().to_owned()
}

/// The changes after edits as lines, and the sentences.
fn told(edits: &[Edit]) -> String {
    text(&between(OLD, &edited(edits)), false)
}

#[test]
fn what_is_only_written_otherwise_is_no_difference() {
    let other = format("shop.yaml", &OLD.replace("  bye:", "\n\n  # The end.\n  bye:")).expect("it can be formatted");
    let mut lines: Vec<&str> = other.lines().collect();
    // Nodes and keys in another order.
    let at = lines.iter().position(|line| line.starts_with("vars:")).expect("it is there");
    let two: Vec<&str> = lines.drain(at..at + 2).collect();
    lines.extend(two);
    let other = lines.join("\n") + "\n";
    assert_ne!(other, OLD);
    assert!(between(OLD, &other).is_empty(), "{:?}", between(OLD, &other).changes);
}

#[test]
fn each_change_is_told_and_so_is_what_callers_meet() {
    let set = |pointer: &str, value: serde_json::Value| Edit::Set { pointer: pointer.into(), value };
    let wire = |node: &str, exit: &str, target: Option<&str>| Edit::Wire {
        node: node.into(),
        exit: exit.into(),
        target: target.map(str::to_owned),
    };
    let add = |id: &str, node: serde_json::Value| Edit::AddNode { id: id.into(), node, after: None };
    let orders = add("orders", json!({ "type": "queue", "name": "orders", "next": "bye" }));
    for (edits, expected) in [
        (
            vec![orders.clone(), wire("main", "sales", Some("orders"))],
            "Callers who press 2 at `main` now reach `orders` instead of `sales`.",
        ),
        (
            vec![orders.clone(), wire("main", "sales", Some("orders"))],
            "Callers can now come to `orders`, a new `queue`.",
        ),
        (vec![wire("main", "sales", Some("bye"))], "No path leads to `sales` any more."),
        (
            vec![wire("route", "case-1", Some("greet"))],
            "Callers for whom `tries > 2` holds at `route` now reach `greet` instead of `sales`.",
        ),
        (
            vec![wire("greet", "next", Some("end"))],
            "After `greet`, callers now reach the end of the conversation instead of `main`.",
        ),
        (
            vec![wire("main", "no_input", None)],
            "Callers who leave `main` by `no_input` now have no way on that the flow names instead of reaching `bye`.",
        ),
        (
            vec![set("/interrupts/error", json!("bye"))],
            "When something fails that no node cares for, the flow now goes to `bye`.",
        ),
        (vec![set("/start", json!("main"))], "Conversations now begin at `main` instead of `greet`."),
        (
            vec![set("/nodes/greet/text", json!("Hi!"))],
            "At `greet`, callers get “Hi!” instead of “Welcome to the shop.”.",
        ),
        (
            vec![set("/nodes/main/choices/0/keys", json!("4"))],
            "At `main`, `choices.sales.keys` is now “4” instead of “2”.",
        ),
        (
            vec![set("/inputs/order", json!({ "type": "string" }))],
            "Whoever starts or calls this flow must now hand in `order`.",
        ),
        (vec![set("/nodes/sales/type", json!("http"))], "At `sales`, a `http` now stands in place of a `queue`."),
        (vec![set("/nodes/sales/name", json!("shop"))], "At `sales`, `name` is now “shop” instead of “sales”."),
        (vec![set("/vars/tries", json!(1))], "~ variable `tries`: `0` → `1`"),
        (vec![set("/title", json!("Shop"))], "+ `title`: “Shop”"),
        (
            vec![Edit::Remove { pointer: "/nodes/main/choices/1".into() }],
            "Callers who press 3 at `main` no longer reach `bye`: that way is gone.",
        ),
        (
            vec![Edit::Insert {
                pointer: "/nodes/main/choices".into(),
                index: 2,
                value: json!({ "id": "end", "keys": "9", "next": "hangup" }),
            }],
            "Callers who press 9 at `main` now reach the end of the call; there was no such way before.",
        ),
        (vec![Edit::RenameNode { from: "sales".into(), to: "desk".into() }], "~ node `sales` is called `desk`"),
    ] {
        let said = told(&edits);
        assert!(said.contains(expected), "{expected}\n--- not in\n{said}");
    }
}

#[test]
fn a_renamed_node_is_one_change_however_often_it_is_named() {
    let one = between(OLD, &edited(&[Edit::RenameNode { from: "sales".into(), to: "desk".into() }]));
    assert_eq!(one.changes, [Change::NodeRenamed { from: "sales".into(), to: "desk".into() }]);
    assert!(one.callers.is_empty(), "{:?}", one.callers);
    // Two that lead to each other.
    let both = edited(&[
        Edit::RenameNode { from: "sales".into(), to: "desk".into() },
        Edit::RenameNode { from: "route".into(), to: "fork".into() },
    ]);
    assert_eq!(between(OLD, &both).renamed.len(), 2);
    assert_eq!(between(OLD, &both).changes.len(), 2, "{:?}", between(OLD, &both).changes);
}

#[test]
fn texts_and_places_are_told_apart_from_logic() {
    let mut new = files(OLD);
    new.texts.push(File { name: "shop.es-ES.yaml".into(), text: "texts: { greet.text: Hola }\n".into() });
    let texts = diff(&version(&files(OLD)), &version(&new), &knowledge());
    assert_eq!(texts.only, Some(Only::Texts));
    assert_eq!(texts.callers, ["At `greet`, `text` in es-ES is now “Hola”."]);
    let mut new = files(OLD);
    new.layout = Some(File { name: "shop.layout.yaml".into(), text: "nodes: { greet: [0, 0] }\n".into() });
    let layout = diff(&version(&files(OLD)), &version(&new), &knowledge());
    assert_eq!(layout.only, Some(Only::Layout));
    assert!(layout.callers.is_empty());
    assert!(text(&layout, false).contains("shop (places on the canvas only)"));
}

#[test]
fn the_picture_shows_the_difference_not_by_colour_alone() {
    let new = edited(&[
        Edit::AddNode {
            id: "orders".into(),
            node: json!({ "type": "queue", "name": "o", "next": "bye" }),
            after: None,
        },
        Edit::Wire { node: "main".into(), exit: "sales".into(), target: Some("orders".into()) },
        Edit::RemoveNode { id: "route".into(), references: Default::default() },
        Edit::Set { pointer: "/nodes/greet/text".into(), value: json!("Hi!") },
    ]);
    let (old, new) = (version(&files(OLD)), version(&files(&new)));
    let drawn = picture::difference(&old, &new, &diff(&old, &new, &knowledge()));
    for part in [
        "card added",
        "card removed",
        "card changed",
        ">+ orders<",
        ">− route<",
        ">~ greet<",
        ">+ sales<",
        ">− sales<",
        "class=\"added\" marker-end=\"url(#oh-added)\"",
        "class=\"removed\" marker-end=\"url(#oh-removed)\"",
        "stroke-dasharray:6 4",
    ] {
        assert!(drawn.contains(part), "{part}\n{drawn}");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures/difference.svg");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &drawn).expect("can be written");
    }
    assert_eq!(std::fs::read_to_string(&path).expect("the picture is there"), drawn);
    // Without a difference it is the picture of the flow, but for its name.
    let same = picture::difference(&old, &old, &diff(&old, &old, &knowledge()));
    let plain = picture::svg(&old.flow, &old.facts, None);
    assert_eq!(same.replace("shop: what has changed", "shop"), plain);
}

#[test]
fn words_of_a_flow_are_no_markup() {
    let new =
        edited(&[Edit::Set { pointer: "/nodes/greet/text".into(), value: json!("<b>*x*</b> `a` [l](u) \u{1b}[31m") }]);
    let told = markdown(&between(OLD, &new));
    assert!(
        !told.contains("<b>") && !told.contains("*x*") && !told.contains("[l](u)") && !told.contains('\u{1b}'),
        "{told}"
    );
}
