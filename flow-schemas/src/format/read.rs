//! A YAML document with its comments and blank lines, as the writer wants it. Every byte between two values is looked at: what is neither
//! white space, punctuation nor a comment makes the document strange, so that nothing can be lost unseen.

use super::Unformatted;
use super::line::{quoted, trimmed};
use crate::edit::locate::{self, Holder, Place, Style, header_end};
use crate::edit::{lines, order};
use crate::tree::Kind;
use crate::{Positioned, escape_pointer};

/// What stands between two values.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Trivia {
    Blank,
    Comment(String),
}

/// A document.
#[derive(Debug)]
pub(super) struct Document {
    /// Directives and the marker `---`.
    pub head: Vec<String>,
    pub root: Entry,
    pub tail: Vec<Trivia>,
    pub comments: Vec<String>,
    /// Each comment with the byte of its `#`.
    pub places: Vec<(usize, String)>,
    /// Anchors and aliases.
    pub anchors: Vec<String>,
}

/// An entry of a map, an item of a list, or the root.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub lead: Vec<Trivia>,
    pub key: Option<String>,
    /// Whether nothing stands behind the key, not even a `:`.
    pub bare: bool,
    /// Anchor and tag.
    pub properties: String,
    pub shape: Shape,
    /// The comment behind the key of a block, behind the header of a block scalar, or behind the value.
    pub comment: Option<String>,
    /// The name of the key, to sort by.
    pub name: String,
}

#[derive(Debug, Default)]
pub(super) enum Shape {
    #[default]
    Empty,
    /// One line.
    Line { text: String, below: bool },
    /// A text over several lines, without its indentation.
    Lines { first: String, rest: Vec<String>, below: bool },
    /// A literal or folded scalar. `indent` is what its header says.
    Scalar { header: String, rest: Vec<String>, indent: Option<usize> },
    /// A list or map in block style.
    Block { list: bool, entries: Vec<Entry>, tail: Vec<Trivia> },
    /// A list or map in flow style. `single`: the author wrote it in one line.
    Flow { list: bool, entries: Vec<Entry>, tail: Vec<Trivia>, single: bool },
}

pub(super) fn read(tree: &Positioned) -> Result<Document, Unformatted> {
    let text = &*tree.source().text;
    let place = locate::root(tree);
    let mut reader = Reader { tree, text, at: 0, comments: Vec::new(), anchors: Vec::new() };
    let mut head = Vec::new();
    if place.intro > 0 {
        let end = lines::end(text, place.intro);
        if !text[place.intro..end].trim().is_empty() {
            return Err(Unformatted::Strange(place.intro));
        }
        head = text[..end].lines().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect();
        let comments = head.iter().filter(|line| line.trim_start().starts_with('#'));
        reader.comments = comments.map(|line| (text.find(line.as_str()).unwrap_or(0), line.clone())).collect();
        reader.at = end;
    }
    let mut root = Entry::default();
    reader.value(&place, &mut root, None)?;
    if let Some(comment) = reader.behind(false)
        && let Some(_before) = root.comment.replace(comment)
    {
        return Err(Unformatted::Strange(reader.at));
    }
    let tail = reader.gap(text.len())?;
    let comments = reader.comments.iter().map(|(_, comment)| comment.clone()).collect();
    Ok(Document { head, root, tail, comments, places: reader.comments, anchors: reader.anchors })
}

impl Document {
    /// Puts the keys at the top and those of the nodes into the order of the language.
    pub fn sort(&mut self) {
        sort(&mut self.root, "", true);
        let Shape::Block { entries, .. } = &mut self.root.shape else {
            return;
        };
        for nodes in entries.iter_mut().filter(|entry| entry.name == "nodes") {
            let (Shape::Block { entries, .. } | Shape::Flow { entries, .. }) = &mut nodes.shape else {
                continue;
            };
            for node in entries {
                let at = format!("/nodes/{}", escape_pointer(&node.name));
                sort(node, &at, false);
            }
        }
    }
}

fn sort(map: &mut Entry, pointer: &str, root: bool) {
    let (Shape::Block { list: false, entries, .. } | Shape::Flow { list: false, entries, .. }) = &mut map.shape else {
        return;
    };
    let ranks: Vec<usize> = entries.iter().map(|entry| order::rank(pointer, &entry.name)).collect();
    if ranks.is_sorted() {
        return;
    }
    // What stands above the first key and apart from it is about the whole.
    let lead = &mut entries[0].lead;
    let apart =
        if root { lead.len() } else { lead.iter().rposition(|one| *one == Trivia::Blank).map_or(0, |at| at + 1) };
    let mut about: Vec<Trivia> = lead.drain(..apart).collect();
    entries.sort_by_key(|entry| order::rank(pointer, &entry.name));
    let first = &mut entries[0].lead;
    while first.first() == Some(&Trivia::Blank) {
        first.remove(0);
    }
    about.append(first);
    *first = about;
}

struct Reader<'t> {
    tree: &'t Positioned,
    text: &'t str,
    /// Everything before this byte has been looked at.
    at: usize,
    comments: Vec<(usize, String)>,
    anchors: Vec<String>,
}

impl Reader<'_> {
    fn strange(&self) -> Unformatted {
        Unformatted::Strange(self.at)
    }

    fn comment(&mut self, at: usize) -> String {
        let comment = self.text[at..lines::end(self.text, at)].trim_end().to_owned();
        self.comments.push((at, comment.clone()));
        comment
    }

    /// The comment in the line where the reader stands, if nothing else is in between.
    fn behind(&mut self, comma: bool) -> Option<String> {
        let mut at = self.at;
        let bytes = self.text.as_bytes();
        let mut seen = !comma;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b' ' | b'\t' => {}
                b',' if !seen => seen = true,
                b'#' if at > 0 && bytes[at - 1].is_ascii_whitespace() => {
                    let comment = self.comment(at);
                    self.at = lines::end(self.text, at);
                    return Some(comment);
                }
                _ => return None,
            }
            at += 1;
        }
        None
    }

    /// What stands between here and `to`: comments, and blank lines as one.
    fn gap(&mut self, to: usize) -> Result<Vec<Trivia>, Unformatted> {
        let mut found = Vec::new();
        let bytes = self.text.as_bytes();
        let mut breaks = if self.at == 0 || self.text[..self.at].ends_with('\n') { 1 } else { 0 };
        while self.at < to {
            match bytes[self.at] {
                b'\n' => {
                    breaks += 1;
                    if breaks == 2 {
                        found.push(Trivia::Blank);
                    }
                }
                b'#' if self.at == 0 || bytes[self.at - 1].is_ascii_whitespace() => {
                    let comment = self.comment(self.at);
                    found.push(Trivia::Comment(comment));
                    breaks = 0;
                    self.at = lines::end(self.text, self.at);
                    continue;
                }
                b' ' | b'\t' | b'\r' | b',' | b'-' | b':' | b'?' | b'[' | b'{' | b']' | b'}' => {}
                _ => return Err(self.strange()),
            }
            self.at += 1;
        }
        if self.at > to {
            return Err(self.strange());
        }
        Ok(found)
    }

    /// Reads a value with its anchor, tag and comments. `column` is that of its key or dash.
    fn value(&mut self, place: &Place, entry: &mut Entry, column: Option<usize>) -> Result<(), Unformatted> {
        let line = self.at;
        let note = |entry: &mut Entry, found: Vec<Trivia>| {
            entry.lead.extend(found.into_iter().filter(|one| *one != Trivia::Blank));
        };
        if place.style == Style::Empty && place.start == place.content {
            entry.comment = self.behind(place.flow);
            return Ok(());
        }
        let block = place.is_block_collection();
        if column.is_some() && (block || place.start > lines::end(self.text, self.at)) {
            entry.comment = self.behind(false);
        }
        if place.start < place.content {
            let between = self.gap(place.start)?;
            note(entry, between);
            self.properties(place, entry)?;
            if block && entry.comment.is_none() {
                entry.comment = self.behind(false);
            }
        }
        if block {
            if place.flow {
                return Err(self.strange());
            }
            entry.shape = self.block(place)?;
            return Ok(());
        }
        let between = self.gap(place.content)?;
        // At the root these comments stand above the value, as they do anyhow.
        if column.is_none() {
            entry.lead.extend(between)
        } else {
            note(entry, between)
        }
        let below =
            column.is_some() && !place.flow && lines::start(self.text, line) != lines::start(self.text, place.content);
        match place.style {
            Style::Literal | Style::Folded => return self.scalar(place, entry, column.unwrap_or(0)),
            Style::FlowMap | Style::FlowList => entry.shape = self.flow(place)?,
            _ => {
                let source = &self.text[place.content..place.end];
                self.at = place.end;
                if source.contains('\n') {
                    let mut parts = source.lines();
                    let first = parts.next().unwrap_or_default().trim_end().to_owned();
                    let rest = parts.map(|line| trimmed(line).to_owned()).collect();
                    entry.shape = Shape::Lines { first, rest, below };
                } else {
                    let text = self.line(place, !entry.properties.contains('!'));
                    entry.shape = if text.is_empty() { Shape::Empty } else { Shape::Line { text, below } };
                }
            }
        }
        if let Some(comment) = self.behind(place.flow) {
            if let Some(above) = entry.comment.take() {
                entry.lead.push(Trivia::Comment(above));
            }
            entry.comment = Some(comment);
        }
        Ok(())
    }

    /// Anchor and tag, each followed by white space and perhaps a comment.
    fn properties(&mut self, place: &Place, entry: &mut Entry) -> Result<(), Unformatted> {
        let mut words = Vec::new();
        while self.at < place.content {
            let rest = &self.text[self.at..place.content];
            let word = rest.split(|c: char| c.is_whitespace()).next().unwrap_or_default();
            if word.starts_with(['&', '!']) {
                if word.starts_with('&') {
                    self.anchors.push(word.to_owned());
                }
                words.push(word.to_owned());
                self.at += word.len();
            } else if rest.trim_start().starts_with('#') {
                let comment = self.behind(false).ok_or_else(|| self.strange())?;
                entry.lead.push(Trivia::Comment(comment));
            } else if let Some(first) = rest.chars().next().filter(|c| c.is_whitespace()) {
                // The last white space is left for whoever looks for a comment behind the properties.
                if rest.trim().is_empty() {
                    break;
                }
                self.at += first.len_utf8();
            } else {
                return Err(self.strange());
            }
        }
        entry.properties = words.join(" ");
        Ok(())
    }

    /// A scalar or alias in one line, with no other quotes than it needs.
    fn line(&mut self, place: &Place, free: bool) -> String {
        let source = &self.text[place.content..place.end];
        if place.style == Style::Alias {
            self.anchors.push(source.to_owned());
            return source.to_owned();
        }
        match &self.tree.node(place.id).kind {
            Kind::String(text) if free => quoted(source, text, place.flow),
            _ => source.to_owned(),
        }
    }

    fn key(&self, key: crate::Span, name: &str) -> String {
        quoted(&self.text[key.start as usize..key.end as usize], name, true)
    }

    /// A block scalar: its lines lose the indentation and nothing else.
    fn scalar(&mut self, place: &Place, entry: &mut Entry, column: usize) -> Result<(), Unformatted> {
        let end = header_end(self.text, place.content);
        let header = self.text[place.content..end].to_owned();
        self.at = end;
        if let Some(comment) = self.behind(false) {
            entry.comment = Some(comment);
        }
        let begin = lines::next(self.text, self.at);
        // With `+` blank lines at the end are content; without, space at the end of the last line is.
        let stop = match (header.contains('+'), place.end > end) {
            (true, _) => lines::past_blank(self.text, begin.max(lines::next(self.text, place.end.max(self.at)))),
            (false, true) => lines::end(self.text, place.end),
            (false, false) => begin,
        };
        let body = self.text.get(begin..stop).unwrap_or_default();
        let digit = header.chars().find_map(|c| c.to_digit(10)).map(|digit| digit as usize);
        // A tab is content.
        let first = || body.lines().find(|line| !line.trim_matches(' ').is_empty());
        let indent = match digit {
            Some(digit) => column + digit,
            None => first().map_or(usize::MAX, |line| line.len() - line.trim_start_matches(' ').len()),
        };
        let cut = |line: &str| match line.get(indent..) {
            Some(rest) if line[..indent].trim_matches(' ').is_empty() => rest.to_owned(),
            _ => line.trim_start_matches(' ').to_owned(),
        };
        let rest: Vec<String> = body.lines().map(cut).collect();
        if stop > begin {
            // The line break is left for whoever counts blank lines.
            self.at = stop - usize::from(self.text[..stop].ends_with('\n'));
        }
        entry.shape = Shape::Scalar { header, rest, indent: digit };
        Ok(())
    }

    fn block(&mut self, place: &Place) -> Result<Shape, Unformatted> {
        let list = place.style == Style::BlockList;
        let (places, column) = self.children(place, list)?;
        let mut entries = Vec::with_capacity(places.len());
        for (index, (name, child)) in places.iter().enumerate() {
            let mut entry = Entry { name: name.clone(), ..Entry::default() };
            let start = match child.holder {
                Holder::Entry { key, .. } => key.start as usize,
                Holder::Item(_) => child.intro - 1,
                _ => return Err(Unformatted::Strange(child.intro)),
            };
            entry.lead = self.gap(start)?;
            if index == 0 && entry.lead.first() == Some(&Trivia::Blank) && place.holder != Holder::Root {
                entry.lead.remove(0);
            }
            self.at = start;
            if let Holder::Entry { key, .. } = child.holder {
                entry.key = Some(self.key(key, name));
                self.at = key.end as usize;
                // Only an explicit key has something before its colon.
                let between = self.gap(child.intro)?;
                entry.lead.extend(between.into_iter().filter(|one| *one != Trivia::Blank));
            }
            self.at = child.intro;
            self.value(child, &mut entry, Some(column))?;
            entries.push(entry);
        }
        let least = if list && is_flush(place, column, self.text) { column + 1 } else { column };
        let tail = self.own_tail(least)?;
        Ok(Shape::Block { list, entries, tail })
    }

    /// The children of a list or map with their keys, and the column where they stand.
    fn children(&self, place: &Place, list: bool) -> Result<(Vec<(String, Place)>, usize), Unformatted> {
        let strange = || Unformatted::Strange(place.content);
        let (places, names): (Vec<Place>, Vec<String>) = match &self.tree.node(place.id).kind {
            Kind::List(items) => {
                let places = locate::items(self.tree, place);
                if places.len() != items.len() {
                    return Err(strange());
                }
                let names = vec![String::new(); places.len()];
                (places, names)
            }
            Kind::Map(entries) => {
                let names = entries.list.iter().map(|entry| entry.key.to_string()).collect();
                (locate::entries(self.tree, place), names)
            }
            _ => return Err(strange()),
        };
        let first = places.first().ok_or_else(strange)?;
        let begin = match first.holder {
            Holder::Entry { key, .. } => key.start as usize,
            _ if list => first.intro - 1,
            _ => first.intro,
        };
        let column = self.text[lines::start(self.text, begin)..begin].chars().count();
        Ok((names.into_iter().zip(places).collect(), column))
    }

    /// The comments below the last entry that are indented at least as deep as it.
    fn own_tail(&mut self, least: usize) -> Result<Vec<Trivia>, Unformatted> {
        let mut tail = Vec::new();
        loop {
            let next = lines::skip_space(self.text, self.at);
            let own = self.text[next..].starts_with('#')
                && lines::begins_line(self.text, next)
                && next - lines::start(self.text, next) >= least;
            if !own {
                return Ok(tail);
            }
            let end = lines::end(self.text, next);
            tail.append(&mut self.gap(end)?);
        }
    }

    fn flow(&mut self, place: &Place) -> Result<Shape, Unformatted> {
        let list = place.style == Style::FlowList;
        self.at = place.content + 1;
        let empty = match &self.tree.node(place.id).kind {
            Kind::List(items) => items.is_empty(),
            Kind::Map(entries) => entries.list.is_empty(),
            _ => return Err(self.strange()),
        };
        let mut entries = Vec::new();
        if !empty {
            let opening = self.behind(false).map(Trivia::Comment);
            let (places, _) = self.children(place, list)?;
            for (index, (name, child)) in places.iter().enumerate() {
                let mut entry = Entry { name: name.clone(), ..Entry::default() };
                let begin = match child.holder {
                    Holder::Entry { key, explicit: false, .. } => key.start as usize,
                    Holder::Item(_) => child.intro.max(self.at),
                    _ => return Err(Unformatted::Strange(child.intro)),
                };
                entry.lead = self.gap(begin)?;
                if index == 0 {
                    entry.lead.splice(0..0, opening.clone());
                }
                if let Holder::Entry { key, colon, .. } = child.holder {
                    entry.key = Some(self.key(key, name));
                    entry.bare = !colon;
                }
                self.at = self.at.max(child.intro);
                self.value(child, &mut entry, Some(0))?;
                entry.lead.retain(|one| *one != Trivia::Blank);
                entries.push(entry);
            }
        }
        let mut tail = self.gap(place.end - 1)?;
        tail.retain(|one| *one != Trivia::Blank);
        self.at = place.end;
        let single = !self.text[place.content..place.end].contains('\n');
        Ok(Shape::Flow { list, entries, tail, single })
    }
}

/// Whether the items of a list stand as far left as the key that holds them.
fn is_flush(place: &Place, column: usize, text: &str) -> bool {
    match place.holder {
        Holder::Entry { key, .. } => {
            let at = key.start as usize;
            text[lines::start(text, at)..at].chars().count() == column
        }
        _ => false,
    }
}
