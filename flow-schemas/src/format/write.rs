//! A document as canonical text: two spaces a level, one blank line at most, blank lines around nodes, comments behind lines below each
//! other.

use super::line::one_line;
use super::read::{Document, Entry, Shape, Trivia};
use crate::edit::emit::WIDTH;

const STEP: usize = 2;

/// A line of the new text.
#[derive(Default)]
struct Line {
    text: String,
    comment: Option<String>,
    /// Of a block scalar, where blank lines at the end may be content.
    content: bool,
}

pub(super) fn write(document: &Document) -> String {
    let mut writer = Writer { lines: Vec::new() };
    document.head.iter().for_each(|line| writer.line(0, line, None));
    let root = &document.root;
    match &root.shape {
        Shape::Block { list, entries, tail } => {
            if !root.properties.is_empty() || root.comment.is_some() {
                writer.line(0, &root.properties, root.comment.as_deref());
            }
            writer.children(entries, tail, *list, 0, "", &root.name);
        }
        _ => writer.entry(root, 0, "", false, false),
    }
    writer.trivia(&document.tail, 0);
    writer.finish()
}

struct Writer {
    lines: Vec<Line>,
}

impl Writer {
    fn line(&mut self, indent: usize, text: &str, comment: Option<&str>) {
        let text = if text.is_empty() { String::new() } else { format!("{}{text}", " ".repeat(indent)) };
        self.lines.push(Line { text, comment: comment.map(str::to_owned), content: false });
    }

    fn blank(&mut self) {
        if self.lines.last().is_some_and(|line| !line.text.is_empty() || line.comment.is_some()) {
            self.lines.push(Line::default());
        }
    }

    fn trivia(&mut self, trivia: &[Trivia], indent: usize) {
        for one in trivia {
            match one {
                Trivia::Blank => self.blank(),
                Trivia::Comment(comment) => self.line(indent, comment, None),
            }
        }
    }

    /// The entries of a list or map in block style. `front` stands before the first in its line.
    fn children(&mut self, entries: &[Entry], tail: &[Trivia], list: bool, indent: usize, front: &str, name: &str) {
        let mut tall = false;
        for (index, entry) in entries.iter().enumerate() {
            let is_tall = matches!(entry.shape, Shape::Block { .. });
            // Nodes of several lines stand apart.
            if name == "nodes" && index > 0 && (tall || is_tall) {
                self.blank();
            }
            tall = is_tall;
            let dash = if list { "- " } else { "" };
            if index == 0 && !front.is_empty() {
                self.entry(entry, indent, &format!("{front}{dash}"), true, false);
            } else {
                self.trivia(&entry.lead, indent);
                self.entry(entry, indent, dash, false, false);
            }
        }
        self.trivia(tail, indent);
    }

    /// An entry without what stands above it. With `hung`, `front` begins before `indent`: it hangs behind the dash of another item.
    fn entry(&mut self, entry: &Entry, indent: usize, front: &str, hung: bool, comma: bool) {
        let own = if front.ends_with("- ") && entry.key.is_none() { "- " } else { "" };
        let left = if hung { indent + own.len() - front.len() } else { indent };
        let comma = if comma { "," } else { "" };
        let key = match &entry.key {
            Some(key) if entry.bare => key.clone(),
            Some(key) => format!("{key}:"),
            None => String::new(),
        };
        let mut head = format!("{front}{key}");
        if !entry.properties.is_empty() {
            head = join(&head, &entry.properties);
        }
        let comment = entry.comment.as_deref();
        let deeper = indent + STEP;
        match &entry.shape {
            Shape::Empty => self.line(left, &format!("{}{comma}", head.trim_end()), comment),
            Shape::Line { text, below } => {
                let whole = join(&head, text);
                if *below && left + whole.chars().count() > WIDTH {
                    self.line(left, head.trim_end(), None);
                    self.line(deeper, &format!("{text}{comma}"), comment);
                } else {
                    self.line(left, &format!("{whole}{comma}"), comment);
                }
            }
            Shape::Lines { first, rest, below } => {
                if *below {
                    self.line(left, head.trim_end(), None);
                    self.line(deeper, first, None);
                } else {
                    self.line(left, &join(&head, first), None);
                }
                rest.iter().for_each(|line| self.line(deeper, line, None));
                if let Some(last) = self.lines.last_mut() {
                    last.text.push_str(comma);
                    last.comment = entry.comment.clone();
                }
            }
            Shape::Scalar { header, rest, indent: digit } => {
                self.line(left, &join(&head, header), comment);
                let deeper = indent + digit.unwrap_or(STEP);
                for line in rest {
                    self.line(deeper, line, None);
                    if let Some(last) = self.lines.last_mut() {
                        last.content = true;
                    }
                }
            }
            Shape::Block { list, entries, tail } => {
                let compact = entry.key.is_none()
                    && entry.properties.is_empty()
                    && comment.is_none()
                    && entries.first().is_some_and(|first| first.lead.is_empty());
                if compact {
                    self.children(entries, tail, *list, deeper, front, "");
                } else {
                    self.line(left, head.trim_end(), comment);
                    self.children(entries, tail, *list, deeper, "", &entry.name);
                }
            }
            Shape::Flow { list, entries, tail, single } => {
                let line = if tail.is_empty() { one_line(*list, entries) } else { None };
                let whole = line.map(|line| join(&head, &line));
                match whole {
                    Some(whole) if *single || left + whole.chars().count() <= WIDTH => {
                        self.line(left, &format!("{whole}{comma}"), comment);
                    }
                    _ => {
                        let (open, close) = if *list { ('[', ']') } else { ('{', '}') };
                        self.line(left, &join(&head, &open.to_string()), None);
                        for (index, entry) in entries.iter().enumerate() {
                            self.trivia(&entry.lead, deeper);
                            self.entry(entry, deeper, "", false, index + 1 < entries.len());
                        }
                        self.trivia(tail, deeper);
                        self.line(indent, &format!("{close}{comma}"), comment);
                    }
                }
            }
        }
    }

    /// The lines as text. Comments behind lines that follow each other stand below each other.
    fn finish(mut self) -> String {
        let mut from = 0;
        while from < self.lines.len() {
            let run = self.lines[from..].iter().take_while(|line| line.comment.is_some()).count();
            let width = |line: &Line| line.text.chars().count();
            let fits = |line: &&Line| width(line) <= WIDTH;
            let column = self.lines[from..from + run].iter().filter(fits).map(width).max().unwrap_or(0);
            for line in &mut self.lines[from..from + run] {
                let pad = column.saturating_sub(line.text.chars().count()) + 1;
                if let Some(comment) = line.comment.take() {
                    line.text.push_str(&" ".repeat(pad));
                    line.text.push_str(&comment);
                }
            }
            from += run.max(1);
        }
        while self.lines.last().is_some_and(|line| line.text.is_empty() && !line.content) {
            self.lines.pop();
        }
        let mut out = String::new();
        for line in &self.lines {
            out.push_str(&line.text);
            out.push('\n');
        }
        out
    }
}

fn join(head: &str, value: &str) -> String {
    match (head.is_empty() || head.ends_with(' '), value.is_empty()) {
        (_, true) => head.to_owned(),
        (true, _) => format!("{head}{value}"),
        (false, _) => format!("{head} {value}"),
    }
}
