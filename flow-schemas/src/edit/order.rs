//! The order in which keys of a flow are written: new ones go to their place, and `fmt` sorts by it. The order means nothing to a reader of
//! the file; it makes flows look alike.

/// Keys at the top of a flow.
const TOP: [&str; 16] = [
    "offhook",
    "id",
    "title",
    "description",
    "kind",
    "channels",
    "locales",
    "inputs",
    "vars",
    "outputs",
    "schemas",
    "secrets",
    "start",
    "interrupts",
    "migrate",
    "nodes",
];

/// A key's rank in the map at a JSON pointer; equal ranks keep the order of the author.
pub(crate) fn rank(map: &str, key: &str) -> usize {
    if map.is_empty() {
        // The author's own keys (`x-…`) hold anchors, which must come before what names them.
        return TOP.iter().position(|known| *known == key).map_or(TOP.len() - 5, |at| at * 2);
    }
    let node = map.strip_prefix("/nodes/").is_some_and(|rest| !rest.contains('/'));
    if !node {
        return 0;
    }
    match key {
        "type" => 0,
        "title" => 1,
        "description" => 2,
        "next" => 4,
        "exits" => 5,
        _ => 3,
    }
}

/// After which of the keys of a map a new one goes; nothing for the end.
pub(crate) fn place(map: &str, key: &str, keys: &[&str]) -> Option<usize> {
    let mine = rank(map, key);
    keys.iter().rposition(|other| rank(map, other) <= mine).or((!keys.is_empty()).then_some(0))
}
