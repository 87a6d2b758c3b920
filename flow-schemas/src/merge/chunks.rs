//! A document as chunks of lines: each key at the top and each node with its comments. Chunks that one side alone changed are taken as
//! they are, those that both changed are merged line by line; whatever then does not say what is meant is corrected by edits.

use indexmap::IndexMap;
use serde_json::Value;

use crate::edit::lines;
use crate::edit::locate::{self, Holder, Style};
use crate::{Positioned, escape_pointer};

/// Maps whose entries are chunks of their own.
const OPENED: [&str; 2] = ["/nodes", "/texts"];

/// What stands before the name of a talk in the key of its chunk: no JSON pointer, because its place in the list may change.
const TALK: &str = "/talks/ ";

/// A chunk without the blank lines below it, and these.
#[derive(Debug, Clone, PartialEq)]
struct Chunk {
    text: String,
    blank: String,
}

/// The chunks of three versions put together; nothing where a document is not made of lines.
pub(super) fn merge(trees: [&Positioned; 3], meant: &Value) -> Option<String> {
    let [base, ours, theirs] = trees.map(chunks);
    let (base, ours, theirs) = (base?, ours?, theirs?);
    let is_meant = |key: &str| match key.strip_prefix(TALK) {
        Some(about) => {
            let talks = meant.get("talks").and_then(Value::as_array);
            talks.is_some_and(|talks| {
                talks.iter().any(|talk| {
                    let known = talk.get("about").and_then(Value::as_str);
                    known.is_some_and(|known| known.replace('/', "∕") == about)
                })
            })
        }
        None => key.is_empty() || meant.pointer(key).is_some(),
    };
    let (first, second) = if ours.keys().eq(base.keys()) { (&theirs, &ours) } else { (&ours, &theirs) };
    let mut order: Vec<&String> = first.keys().collect();
    let mut before: Option<&String> = None;
    for key in second.keys() {
        if !first.contains_key(key) {
            let after = before.and_then(|before| order.iter().position(|known| *known == before));
            let mut place = after.map_or(0, |at| at + 1);
            // Of two new ones at one place, that of the first side stands first.
            let parent = parent_of(key);
            while order.get(place).is_some_and(|known| !base.contains_key(*known) && parent_of(known) == parent) {
                place += 1;
            }
            order.insert(place, key);
        }
        before = Some(key);
    }
    let mut out = String::new();
    let order: Vec<&String> = order.into_iter().filter(|key| is_meant(key)).collect();
    let mut blank_before = String::new();
    for (index, key) in order.iter().enumerate() {
        let (was, one, other) = (base.get(*key), ours.get(*key), theirs.get(*key));
        let chunk = match (was, one, other) {
            (_, Some(one), None) => one.clone(),
            (_, None, Some(other)) => other.clone(),
            (was, Some(one), Some(other)) => both(was, one, other),
            (_, None, None) => continue,
        };
        out.push_str(&chunk.text);
        let last = index + 1 == order.len();
        if !last {
            if !out.is_empty() && !out.ends_with('\n') {
                out.push('\n');
            }
            // What was the last stands now before another: as far from it as its neighbours.
            let ends = [&ours, &theirs].iter().any(|side| is_last(side, key));
            let blank = if chunk.blank.is_empty() && ends { blank_before } else { chunk.blank };
            out.push_str(&blank);
            blank_before = blank;
        }
    }
    Some(out)
}

fn both(was: Option<&Chunk>, one: &Chunk, other: &Chunk) -> Chunk {
    match was {
        Some(was) if was == one => other.clone(),
        Some(was) if was == other || one == other => one.clone(),
        _ => {
            let base = was.map_or("", |was| was.text.as_str());
            let text = diffy::merge(base, &one.text, &other.text).unwrap_or_else(|_| one.text.clone());
            let same = was.is_some_and(|was| was.blank == one.blank);
            Chunk { text, blank: if same { other.blank.clone() } else { one.blank.clone() } }
        }
    }
}

/// Whether a chunk is the last one of its map.
fn is_last(side: &IndexMap<String, Chunk>, key: &str) -> bool {
    let next = side.get_index_of(key).and_then(|place| side.get_index(place + 1));
    next.is_none_or(|(next, _)| parent_of(next) != parent_of(key) && parent_of(next) != key)
}

fn parent_of(key: &str) -> &str {
    key.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn chunks(tree: &Positioned) -> Option<IndexMap<String, Chunk>> {
    let text = &*tree.source().text;
    let root = locate::root(tree);
    if root.style != Style::BlockMap {
        return None;
    }
    // Where each chunk begins.
    let mut begins: Vec<(String, usize)> = vec![(String::new(), 0)];
    let mut open = |pointer: &str, place: &locate::Place| -> Option<Vec<(String, locate::Place)>> {
        let mut children = Vec::new();
        for (key, child) in tree.keys(pointer).zip(locate::entries(tree, place)) {
            let Holder::Entry { key: span, explicit: false, .. } = child.holder else {
                return None;
            };
            let start = span.start as usize;
            if !lines::begins_line(text, start) {
                return None;
            }
            let floor = begins.last().map_or(0, |(_, at)| *at);
            let begin = lines::with_comments_above(text, lines::start(text, start), floor);
            let at = format!("{pointer}/{}", escape_pointer(key));
            // The comments at the front of a file are about the whole.
            begins.push((
                at.clone(),
                if pointer.is_empty() && begins.len() == 1 { lines::start(text, start) } else { begin },
            ));
            children.push((at, child));
        }
        Some(children)
    };
    let top = open("", &root)?;
    for (pointer, place) in &top {
        if OPENED.contains(&pointer.as_str()) && place.style == Style::BlockMap {
            open(pointer, place)?;
        }
    }
    if let Some((_, place)) = top.iter().find(|(pointer, place)| pointer == "/talks" && place.style == Style::BlockList)
    {
        for (index, item) in locate::items(tree, place).iter().enumerate() {
            let about = tree.value_at(&format!("/talks/{index}/about"));
            let key = format!("{TALK}{}", about.as_ref().and_then(Value::as_str)?.replace('/', "∕"));
            let floor = lines::start(text, place.intro);
            let begin = lines::with_comments_above(text, lines::start(text, item.intro - 1), floor);
            if !lines::begins_line(text, item.intro - 1) || begins.iter().any(|(known, _)| *known == key) {
                return None;
            }
            begins.push((key, begin));
        }
    }
    begins.sort_by_key(|(_, at)| *at);
    let mut found = IndexMap::new();
    let ends: Vec<usize> = begins.iter().skip(1).map(|(_, at)| *at).chain([text.len()]).collect();
    for ((key, begin), end) in begins.into_iter().zip(ends) {
        let whole = &text[begin..end];
        let body = whole.trim_end_matches(['\n', '\r', ' ']);
        let cut = if body.is_empty() { 0 } else { lines::next(whole, body.len()) };
        found.insert(key, Chunk { text: whole[..cut].to_owned(), blank: whole[cut..].to_owned() });
    }
    Some(found)
}
