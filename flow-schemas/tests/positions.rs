//! Each key and value of a document is found where it was written, in every way of writing.

use offhook_flow_schemas::read_tree;

fn slices(text: &str, pointers: &[&str]) -> Vec<String> {
    let tree = read_tree("t.yaml", text.as_bytes()).expect("reads");
    pointers.iter().map(|p| tree.source().slice(tree.span(p).expect("exists")).to_owned()).collect()
}

#[test]
fn yaml_values() {
    let text = "# é comment\nplain: añb c   # note\nquoted: \"a\\nb\"\nsingle: 'it''s'\nblock: |\n  one\n  two\n\nfolded: >-\n  a\n  b\n# end\nlist:\n  - x\n  - { y: 1, z: [2, 3] }\nflow: {a: b,\n  c: d}\nnothing:\nanchor: &a deep\nalias: *a\nmap:\n  k: v\n  l:\n    m: n\n\nlast: true\n";
    let pointers = [
        "/plain",
        "/quoted",
        "/single",
        "/block",
        "/folded",
        "/list",
        "/list/0",
        "/list/1",
        "/list/1/z/1",
        "/flow",
        "/nothing",
        "/anchor",
        "/alias",
        "/map",
        "/map/l",
        "/last",
    ];
    let found = slices(text, &pointers);
    let expected = [
        "añb c",
        "\"a\\nb\"",
        "'it''s'",
        "one\n  two",
        "a\n  b",
        "- x\n  - { y: 1, z: [2, 3] }",
        "x",
        "{ y: 1, z: [2, 3] }",
        "3",
        "{a: b,\n  c: d}",
        "",
        "&a deep",
        "*a",
        "k: v\n  l:\n    m: n",
        "m: n",
        "true",
    ];
    for ((pointer, found), expected) in pointers.iter().zip(&found).zip(expected) {
        assert_eq!(found, expected, "{pointer}");
    }
}
