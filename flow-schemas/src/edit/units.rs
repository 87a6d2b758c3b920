//! Ways to add entries to maps and items to lists, and to remove them, in block and in flow style: comments directly above a thing are
//! its own, a new thing looks like its neighbours.

use serde_json::Value;

use super::change::column;
use super::draft::Wish;
use super::emit::{self, Manner};
use super::lines;
use super::locate::{Holder, Place, Style};
use super::splice::TextEdit;

/// First byte of an entry or item: of its key, or of its value in a flow list, or its dash.
fn begin(place: &Place) -> usize {
    match place.holder {
        Holder::Entry { key, .. } => key.start as usize,
        Holder::Item(_) if place.flow => place.start,
        _ => place.intro - 1,
    }
}

/// Ways to add an entry after that of index `after`.
#[allow(clippy::too_many_arguments)]
pub(super) fn add_entry(
    text: &str,
    map: &Place,
    entries: &[Place],
    after: usize,
    key: &str,
    value: &Value,
    manner: Manner,
    wish: Wish<'_>,
) -> Vec<Vec<TextEdit>> {
    let name = emit::key(key, manner.json);
    if map.is_flow_collection() {
        let neighbour = &entries[after];
        let colon = match neighbour.holder {
            Holder::Entry { key, colon: true, .. } => &text[key.end as usize..neighbour.start.max(neighbour.intro)],
            _ => ": ",
        };
        let usual = if manner.json && !manner.lines { ":" } else { ": " };
        let colon = if colon.trim() == ":" && !colon.contains('\n') && colon.len() <= 3 { colon } else { usual };
        let indent = lines::indent(text, begin(neighbour));
        let used = indent + name.chars().count() + 2;
        let ways = if manner.json {
            vec![emit::json(value, manner, indent, used, wish.open)]
        } else {
            vec![emit::inline(value, manner)]
        };
        return ways
            .into_iter()
            .flat_map(|value| in_flow(text, map, entries, Some(after), &format!("{name}{colon}{value}"), manner))
            .collect();
    }
    let column = column(text, &entries[after]);
    let used = column + name.chars().count() + 1;
    let mut values = vec![emit::after(value, manner, column, used, wish.open)];
    if wish.inline {
        values.insert(0, format!(" {}", emit::inline(value, manner)));
    }
    values.push(format!(" {}", emit::inline(value, manner)));
    let mut ways = Vec::new();
    for value in values {
        for at in ends(text, &entries[after], column) {
            ways.push(lines_at(text, at, &format!("{}{name}:{value}", " ".repeat(column)), wish.spaced));
        }
    }
    ways
}

/// Ways to put an item at an index.
pub(super) fn add_item(
    text: &str,
    list: &Place,
    items: &[Place],
    index: usize,
    item: &Value,
    manner: Manner,
) -> Vec<Vec<TextEdit>> {
    if list.is_flow_collection() {
        let neighbour = &items[index.saturating_sub(1).min(items.len() - 1)];
        let indent = lines::indent(text, begin(neighbour));
        let item =
            if manner.json { emit::json(item, manner, indent, indent, false) } else { emit::inline(item, manner) };
        return in_flow(text, list, items, index.checked_sub(1), &item, manner);
    }
    let neighbour = &items[index.min(items.len() - 1)];
    let column = column(text, neighbour);
    let open = neighbour.is_block_collection() && (item.is_object() || item.is_array());
    let mut written = vec![emit::item_after(item, manner, column)];
    if open && !matches!(item, Value::Object(map) if map.is_empty()) && item != &Value::Array(Vec::new()) {
        written.insert(0, format!(" {}", emit::block(item, manner, column + 2)));
    }
    written.push(format!(" {}", emit::inline(item, manner)));
    let mut ways = Vec::new();
    for item in written {
        let line = format!("-{item}");
        match index.checked_sub(1) {
            Some(before) => {
                for at in ends(text, &items[before], column) {
                    ways.push(lines_at(text, at, &format!("{}{line}", " ".repeat(column)), false));
                }
            }
            None => {
                // Before the first: where its dash is; it moves down and keeps its own line.
                let at = begin(&items[0]);
                ways.push(vec![TextEdit::new(at, at, format!("{line}\n{}", " ".repeat(column)))]);
            }
        }
    }
    ways
}

/// Where the next thing could begin after one in block style.
fn ends(text: &str, place: &Place, column: usize) -> Vec<usize> {
    let next = lines::next(text, place.end);
    let below = lines::with_comments_below(text, next, column);
    let mut out = vec![below, next, lines::past_blank(text, below)];
    out.dedup();
    out
}

/// Whole lines at the start of a line.
fn lines_at(text: &str, at: usize, new: &str, spaced: bool) -> Vec<TextEdit> {
    let blank = if spaced && !lines::blank_above(text, at) { "\n" } else { "" };
    let open_end = at == text.len() && !text.is_empty() && !text.ends_with(['\n', '\r']);
    if open_end {
        return vec![TextEdit::new(at, at, format!("\n{blank}{new}"))];
    }
    let follows = spaced && at < text.len() && !lines::is_blank(lines::line(text, at)) && !blank.is_empty();
    let separated = if follows && lines::indent(text, at) > 0 { "\n" } else { "" };
    vec![TextEdit::new(at, at, format!("{blank}{new}\n{separated}"))]
}

/// Ways to put an entry or item into a collection in flow style, after the one of an index or before all.
fn in_flow(
    text: &str,
    whole: &Place,
    units: &[Place],
    after: Option<usize>,
    new: &str,
    manner: Manner,
) -> Vec<Vec<TextEdit>> {
    let space = if manner.json && !manner.lines { "" } else { " " };
    let first = begin(&units[0]);
    let opening = &text[whole.content + 1..first];
    let Some(after) = after else {
        let lines = opening.trim().is_empty() && opening.contains('\n');
        let comma = if lines { format!(",{opening}") } else { format!(",{space}") };
        return vec![vec![TextEdit::new(first, first, format!("{new}{comma}"))]];
    };
    let end = units[after].end;
    let between = (units.len() > 1).then(|| &text[units[0].end..begin(&units[1])]);
    let gap = match between {
        Some(gap) if gap.trim() == "," && gap.trim_start() == gap => gap[1..].to_owned(),
        _ if opening.trim().is_empty() && opening.contains('\n') => opening.to_owned(),
        Some(gap) if gap.contains('\n') && opening.contains('\n') => {
            format!("\n{}", " ".repeat(lines::indent(text, first)))
        }
        _ => space.to_owned(),
    };
    let plain = vec![TextEdit::new(end, end, format!(",{gap}{new}"))];
    if !gap.contains('\n') {
        return vec![plain];
    }
    // One a line: a comment behind the neighbour stays with it.
    let line_end = lines::end(text, end);
    let rest = text[end..line_end].trim_start();
    if rest.is_empty() || after + 1 < units.len() && begin(&units[after + 1]) < line_end {
        return vec![plain];
    }
    let last = after + 1 == units.len();
    match rest.strip_prefix(',') {
        Some(_) => vec![vec![TextEdit::new(line_end, line_end, format!("{gap}{new},"))], plain],
        None if rest.starts_with('#') && last => {
            vec![vec![TextEdit::new(end, end, ","), TextEdit::new(line_end, line_end, format!("{gap}{new}"))], plain]
        }
        None => vec![plain],
    }
}

/// Ways to remove one of several entries or items.
pub(super) fn remove(text: &str, whole: &Place, units: &[Place], index: usize) -> Vec<Vec<TextEdit>> {
    let unit = &units[index];
    if whole.is_flow_collection() {
        return remove_in_flow(text, units, index);
    }
    let from = begin(unit);
    if !lines::begins_line(text, from) || whole.style == Style::Alias {
        // In the line of a dash: what follows takes its place.
        let Some(next) = units.get(index + 1).map(begin) else {
            return Vec::new();
        };
        return if text[unit.end..next].contains('#') { Vec::new() } else { vec![vec![TextEdit::new(from, next, "")]] };
    }
    let floor = match index.checked_sub(1) {
        Some(before) => lines::next(text, units[before].end),
        None => lines::next(text, whole.intro.min(from)).min(from),
    };
    let line = lines::start(text, from);
    let mut begin = lines::with_comments_above(text, line, floor.min(line));
    let after = lines::next(text, unit.end);
    let column = from - line;
    let rest = text[unit.end..lines::end(text, unit.end)].trim_start();
    if !(rest.is_empty() || rest.starts_with('#')) {
        return Vec::new();
    }
    let end = lines::with_comments_below(text, after, column);
    let plain = vec![TextEdit::new(begin, end, "")];
    if !lines::blank_above(text, begin) {
        return vec![plain];
    }
    // Blank lines on both sides would become a gap.
    let mut wide = lines::past_blank(text, end);
    if wide == text.len() {
        wide = end;
        while begin > 0 && lines::blank_above(text, begin) {
            begin = lines::start(text, begin - 1 - usize::from(text[..begin].ends_with("\r\n")));
        }
    }
    vec![vec![TextEdit::new(begin, wide, "")], plain]
}

fn remove_in_flow(text: &str, units: &[Place], index: usize) -> Vec<Vec<TextEdit>> {
    let unit = &units[index];
    let from = begin(unit);
    let comma = lines::skip(text, unit.end);
    let own_line = lines::begins_line(text, from);
    if let Some(next) = units.get(index + 1).map(begin) {
        let line_after = lines::next(text, comma);
        if own_line
            && line_after <= next
            && text[comma + 1..lines::end(text, comma)].trim_start().starts_with(['#', '\r', '\n'])
        {
            return vec![vec![TextEdit::new(lines::start(text, from), line_after, "")]];
        }
        if own_line && lines::start(text, next) == line_after && text[comma + 1..line_after].trim().is_empty() {
            return vec![vec![TextEdit::new(lines::start(text, from), line_after, "")]];
        }
        return vec![vec![TextEdit::new(from, next, "")]];
    }
    let before = units[index - 1].end;
    if !text[before..from].contains('#') {
        return vec![vec![TextEdit::new(before, unit.end, "")]];
    }
    // A comment behind the neighbour stays; only its comma and the lines of this one go.
    let comma = lines::skip(text, before);
    let end = lines::end(text, unit.end);
    let start = if own_line { lines::start(text, from) } else { from };
    let stop = if own_line { lines::next(text, unit.end) } else { unit.end };
    let rest = text[unit.end..end].trim_start();
    if rest.is_empty() || rest.starts_with('#') || rest.starts_with(',') {
        vec![vec![TextEdit::new(comma, comma + 1, ""), TextEdit::new(start, stop, "")]]
    } else {
        vec![vec![TextEdit::new(comma, comma + 1, ""), TextEdit::new(from, unit.end, "")]]
    }
}
