//! Three-way merges: what each side changed is in the result with its bytes and comments, what both changed is a conflict that the check
//! refuses, and the document stays valid.

use offhook_flow_schemas::edit::{Knowledge, Meaning};
use offhook_flow_schemas::merge::{Merged, Why, conflicts, merge};
use offhook_flow_schemas::{Code, read_flow, read_texts, read_tree};

const BASE: &str = r#"# The shop.
offhook: 1
id: shop
kind: ivr
start: greet
interrupts:
  phrases:
    - { any: [agent, operator], next: bye }

nodes:
  # Says hello.
  greet:
    type: say
    text: Welcome.
    next: main

  main:
    type: menu
    text: For sales, press 2. # short
    choices:
      - { id: sales, keys: "2", phrases: [sales, buy], next: bye }
    exits: { no_input: bye }

  route:
    type: branch
    cases:
      - { id: many, when: tries > 2, next: bye }
    else: bye

  bye: { type: say, text: Goodbye., next: end }
"#;

fn knowledge() -> Knowledge {
    let meaning = |pattern: &str, format: &str| Meaning { pattern: pattern.into(), keys: false, format: format.into() };
    let list = |patterns: &[&str]| patterns.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
    Knowledge {
        targets: [
            ("menu".to_owned(), list(&["/choices/*/next"])),
            ("branch".to_owned(), list(&["/cases/*/next", "/else"])),
        ]
        .into_iter()
        .collect(),
        meanings: [
            ("menu".to_owned(), vec![meaning("/choices/*/phrases", "phrases")]),
            ("branch".to_owned(), vec![meaning("/cases/*/when", "expression")]),
        ]
        .into_iter()
        .collect(),
        ..Knowledge::default()
    }
}

fn both(ours: &str, theirs: &str) -> Merged {
    let merged = merge("shop.yaml", BASE, ours, theirs, &knowledge()).expect("they can be read");
    assert_eq!(merged.conflicts.len(), found(&merged.text), "every conflict is marked\n{}", merged.text);
    merged
}

/// Conflicts that the check tells.
fn found(text: &str) -> usize {
    let read = read_flow("shop.yaml", text.as_bytes());
    read.diagnostics.iter().filter(|found| found.code == Code::MERGE_CONFLICT).count()
}

fn with(from: &str, to: &str) -> String {
    assert!(BASE.contains(from), "{from}");
    BASE.replacen(from, to, 1)
}

/// Both sides' changes to different things, with what the merged text must say.
#[test]
fn what_is_apart_merges_with_the_bytes_of_each_side() {
    let cases = [
        // The same line.
        (
            with("{ id: sales, keys: \"2\", phrases", "{ id: sales, keys: \"3\", phrases"),
            with("[sales, buy], next: bye", "[sales, buy], next: greet"),
            with(
                "{ id: sales, keys: \"2\", phrases: [sales, buy], next: bye }",
                "{ id: sales, keys: \"3\", phrases: [sales, buy], next: greet }",
            ),
        ),
        // Lines that follow each other, and a comment.
        (
            with("    text: Welcome.\n", "    text: Hello! # friendlier\n"),
            with("    next: main\n\n  main", "    next: route\n\n  main"),
            with("    text: Welcome.\n    next: main", "    text: Hello! # friendlier\n    next: route"),
        ),
        // Two nodes at the same place.
        (
            BASE.to_owned() + "\n  # Ours.\n  one:\n    type: say\n    text: One\n",
            BASE.to_owned() + "\n  # Theirs.\n  two:\n    type: say\n    text: Two\n",
            BASE.to_owned()
                + "\n  # Ours.\n  one:\n    type: say\n    text: One\n\n  # Theirs.\n  two:\n    type: say\n    text: Two\n",
        ),
        // A set of phrases.
        (
            with("[agent, operator]", "[agent, operator, human]"),
            with("[agent, operator]", "[agent, person]"),
            with("[agent, operator]", "[agent, human, person]"),
        ),
    ];
    for (ours, theirs, expected) in cases {
        let merged = both(&ours, &theirs);
        assert!(merged.conflicts.is_empty(), "{:?}", merged.conflicts);
        let says = |text: &str| read_tree("a.yaml", text.as_bytes()).expect("it can be read").to_value();
        assert_eq!(says(&merged.text), says(&expected), "{}", merged.text);
        assert_eq!(merged.text, expected);
    }
}

#[test]
fn choices_of_both_sides_are_kept_and_conditions_are_asked_about() {
    let choice = "      - { id: sales, keys: \"2\", phrases: [sales, buy], next: bye }\n";
    let ours = with(choice, &format!("{choice}      - {{ id: help, keys: \"3\", next: bye }}\n"));
    let theirs = with(choice, &format!("{choice}      - {{ id: jobs, keys: \"4\", next: bye }}\n"));
    let merged = both(&ours, &theirs);
    assert!(merged.conflicts.is_empty(), "{:?}", merged.conflicts);
    let at = |word: &str| merged.text.find(word).unwrap_or_else(|| panic!("{word}\n{}", merged.text));
    assert!(at("id: sales") < at("id: help") && at("id: help") < at("id: jobs"));

    let case = "      - { id: many, when: tries > 2, next: bye }\n";
    let ours = with(case, &format!("{case}      - {{ id: some, when: tries > 1, next: bye }}\n"));
    let theirs = with(case, &format!("{case}      - {{ id: one, when: tries > 0, next: bye }}\n"));
    let merged = both(&ours, &theirs);
    assert_eq!(merged.conflicts.len(), 1);
    assert_eq!(merged.conflicts[0].why, Why::Order);
}

#[test]
fn a_choice_that_both_renamed_does_not_become_two() {
    let merged = both(&with("id: sales, keys: \"2\"", "id: buy, keys: \"2\""), &with("id: sales", "id: orders"));
    assert_eq!((merged.conflicts.len(), merged.conflicts[0].why), (1, Why::Renamed));
    assert_eq!(merged.conflicts[0].pointer, "/nodes/main/choices/0/id");
    assert!(merged.text.contains("{ id: buy,") && !merged.text.contains("{ id: orders"), "{}", merged.text);
    // The same new name is no conflict, and what either side changed beside it stays.
    let merged = both(&with("id: sales", "id: buy"), &with("id: sales, keys: \"2\"", "id: buy, keys: \"3\""));
    assert!(merged.conflicts.is_empty(), "{:?}", merged.conflicts);
    assert!(merged.text.contains("{ id: buy, keys: \"3\""), "{}", merged.text);
}

#[test]
fn a_renamed_node_is_found_by_the_other_side() {
    let ours = with("  bye: {", "  farewell: {")
        .replace("next: bye", "next: farewell")
        .replace("no_input: bye", "no_input: farewell")
        .replace("else: bye", "else: farewell");
    let theirs = with("next: main\n", "next: bye\n").replace("text: Goodbye.", "text: So long!");
    let merged = both(&ours, &theirs);
    assert!(merged.conflicts.is_empty(), "{:?}", merged.conflicts);
    assert!(merged.text.contains("  farewell: { type: say, text: So long!, next: end }"), "{}", merged.text);
    assert!(merged.text.contains("    next: farewell\n\n  main"), "{}", merged.text);
    assert!(!merged.text.contains("bye,") && !merged.text.contains("bye:"), "{}", merged.text);
}

#[test]
fn what_both_changed_is_marked_at_its_field_and_refused_until_it_is_decided() {
    let merged = both(&with("text: Welcome.", "text: Hello."), &with("text: Welcome.", "text: \"Hi: there\""));
    let expected = with(
        "    text: Welcome.\n",
        "    # conflict: `greet.text`: both sides changed it; what stands here is ours. Decide, and remove these lines.\n    #   base:   Welcome.\n    #   ours:   Hello.\n    #   theirs: \"Hi: there\"\n    text: Hello.\n",
    );
    assert_eq!(merged.text, expected);
    // Within a line, above the line; other changes are there all the same.
    let theirs = with("next: bye }\n    exits", "next: greet }\n    exits").replace("Goodbye.", "So long.");
    let ours = with("next: bye }\n    exits", "next: main }\n    exits");
    let merged = both(&ours, &theirs);
    assert_eq!(merged.conflicts[0].pointer, "/nodes/main/choices/0/next");
    assert!(merged.text.contains("      # conflict: `main.choices.sales.next`: both"), "{}", merged.text);
    assert!(merged.text.contains("text: So long."));
    let decided: String = merged
        .text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#') || line.contains("Says") || line.contains("The shop"))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(found(&decided), 0);
}

#[test]
fn removed_here_and_changed_there_is_a_conflict_that_keeps_the_change() {
    let end = BASE.find("  route:").expect("it is there");
    let next = BASE.find("  bye:").expect("it is there");
    let without = format!("{}{}", &BASE[..end], &BASE[next..]);
    let changed = with("tries > 2", "tries > 3");
    let merged = both(&without, &changed);
    assert_eq!(merged.conflicts[0].why, Why::RemovedByOurs);
    assert!(merged.text.contains("when: tries > 3"));
    let merged = both(&changed, &without);
    assert_eq!(merged.conflicts[0].why, Why::RemovedByTheirs);
    // One side leads to what the other removed.
    let merged = both(&without, &with("next: main\n", "next: route\n"));
    assert_eq!(merged.conflicts[0].why, Why::Dangling);
    assert_eq!(merged.conflicts[0].pointer, "/nodes/greet/next");
    // Nobody else leads there: it is gone.
    let merged = both(&without, &with("Goodbye.", "Bye."));
    assert!(merged.conflicts.is_empty() && !merged.text.contains("route:"), "{}", merged.text);
}

#[test]
fn one_side_alone_is_taken_to_the_byte_and_line_breaks_stay() {
    let theirs = with("Welcome.", "Hello.");
    assert_eq!(both(BASE, &theirs).text, theirs);
    assert_eq!(both(&theirs, BASE).text, theirs);
    let crlf = |text: &str| text.replace('\n', "\r\n");
    let merged = both(&crlf(&with("Goodbye.", "Bye.")), &theirs);
    assert!(!merged.text.replace("\r\n", "").contains('\n'), "{}", merged.text);
    assert!(merged.text.contains("Hello.") && merged.text.contains("Bye."));
    // Conflicts are found there, too.
    let sides = [BASE.to_owned(), with("Goodbye.", "Bye."), with("Goodbye.", "So long.")].map(|text| crlf(&text));
    let merged = merge("shop.yaml", &sides[0], &sides[1], &sides[2], &knowledge()).expect("they can be read");
    assert_eq!((merged.conflicts.len(), found(&merged.text)), (1, 1), "{}", merged.text);
}

#[test]
fn texts_layouts_talks_and_json_merge_too() {
    let merge = |name: &str, base: &str, ours: &str, theirs: &str| {
        merge(name, base, ours, theirs, &Knowledge::default()).expect("they can be read")
    };
    let merged = merge(
        "a.es-ES.yaml",
        "texts:\n  a.text: x\n",
        "texts:\n  a.text: x\n  b.text: y\n",
        "texts:\n  a.text: x\n  c.text: z\n",
    );
    assert_eq!(merged.text, "texts:\n  a.text: x\n  b.text: y\n  c.text: z\n");
    let merged = merge("a.es-ES.yaml", "texts:\n  a.text: x\n", "texts:\n  a.text: y\n", "texts:\n  a.text: z\n");
    assert_eq!(merged.conflicts.len(), 1);
    let told = read_texts("a.es-ES.yaml", merged.text.as_bytes()).diagnostics;
    assert!(told.iter().any(|found| found.code == Code::MERGE_CONFLICT), "{}", merged.text);
    let merged = merge(
        "a.layout.yaml",
        "nodes: { a: [0, 0], b: [1, 1] }\n",
        "nodes: { a: [5, 0], b: [1, 1] }\n",
        "nodes: { a: [0, 0], b: [1, 6] }\n",
    );
    assert_eq!(merged.text, "nodes: { a: [5, 0], b: [1, 6] }\n");
    let talk = |talks: &[&str]| {
        format!(
            "flow: a\ntalks:\n{}",
            talks.iter().map(|about| format!("  - about: {about}\n    talk:\n      - end: {{}}\n")).collect::<String>()
        )
    };
    let merged = merge("a.talk.yaml", &talk(&["one"]), &talk(&["one", "two"]), &talk(&["one", "three"]));
    assert_eq!(merged.text, talk(&["one", "two", "three"]));

    let json = |a: &str, b: &str| {
        format!(
            "{{\n  \"offhook\": 1,\n  \"nodes\": {{\n    \"a\": {{ \"type\": \"say\", \"text\": \"{a}\", \"x\": \"{b}\" }}\n  }}\n}}\n"
        )
    };
    let merged = merge("a.json", &json("1", "1"), &json("2", "1"), &json("1", "2"));
    assert_eq!(merged.text, json("2", "2"));
    let merged = merge("a.json", &json("1", "1"), &json("2", "1"), &json("3", "1"));
    let tree = read_tree("a.json", merged.text.as_bytes()).expect("it stays JSON");
    assert_eq!(conflicts(&tree).len(), 1, "{}", merged.text);
}
