//! Reads templates for the native path. Follows Tera's grammar; whatever it does not know it declines, and Tera reads
//! the template instead. Unknown names are collected, all of them, with their places.

mod value;

use super::super::native::Node;
use super::super::{Global, Names, Problem};
use super::native::{For, Part, Program};
use crate::value::Value;
use std::collections::BTreeSet;

/// Why reading stopped.
pub(super) enum Stop {
    /// It is Tera's to read, or to refuse.
    Declined,
    /// The author's mistakes.
    Problems(Vec<Problem>),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Stop::Problems(vec![problem])
    }
}

type Read<T> = Result<T, Stop>;

/// Blocks within blocks, and operators within operators: each costs stack.
const MAX_DEPTH: usize = 40;

/// Reads a template.
pub(super) fn parse(source: &str, names: &Names, secrets: bool) -> Read<Program> {
    let mut reader = Reader {
        source,
        at: 0,
        names,
        secrets,
        locals: Vec::new(),
        local_count: 0,
        depth: 0,
        scopes: vec![Scope { branches: 0, before: Vec::new() }],
        growing: false,
        vars: BTreeSet::new(),
        globals: BTreeSet::new(),
        problems: Vec::new(),
    };
    let (parts, end) = reader.block(&[])?;
    debug_assert!(end.is_empty(), "only an end of the text ends the outermost block");
    let parts = reader.leave_scope(parts);
    if !reader.problems.is_empty() {
        return Err(Stop::Problems(reader.problems));
    }
    Ok(Program {
        parts,
        locals: reader.local_count,
        vars: reader.vars.iter().filter_map(|slot| Some((*slot, names.var_name(*slot)?.clone()))).collect(),
        globals: reader.globals.into_iter().collect(),
        growing: reader.growing,
    })
}

struct Reader<'a> {
    source: &'a str,
    at: usize,
    names: &'a Names,
    secrets: bool,
    /// The locals in sight: name, place, and the number of the scope that they belong to.
    locals: Vec<(&'a str, u16, usize)>,
    local_count: u16,
    depth: usize,
    /// The template, and the loops that the reader is in.
    scopes: Vec<Scope>,
    /// Whether it loops or sets, so that a short source may make much.
    growing: bool,
    vars: BTreeSet<u16>,
    globals: BTreeSet<Global>,
    problems: Vec<Problem>,
}

/// The template or the body of a loop: what is set in it is gone when it ends, or when the loop comes round.
struct Scope {
    /// The branches of `if` that the reader is in.
    branches: usize,
    /// What locals hold before a branch sets them.
    before: Vec<Part>,
}

/// A tag that ends a block, or a part of one.
type End<'a> = &'a str;

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(|char: char| char.is_ascii_whitespace()).len();
    }

    /// Takes the symbol if it comes next.
    fn takes(&mut self, symbol: &str) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(symbol);
        if found {
            self.at += symbol.len();
        }
        found
    }

    fn must(&mut self, symbol: &str) -> Read<()> {
        match self.takes(symbol) {
            true => Ok(()),
            false => Err(Stop::Declined),
        }
    }

    /// The word that comes next, which is not taken.
    fn peek_word(&mut self) -> &'a str {
        self.skip_space();
        let rest = self.rest();
        let end = rest.bytes().position(|byte| !byte.is_ascii_alphanumeric() && byte != b'_').unwrap_or(rest.len());
        match rest.as_bytes().first() {
            Some(first) if first.is_ascii_alphabetic() || *first == b'_' => &rest[..end],
            _ => "",
        }
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let found = self.peek_word() == word;
        if found {
            self.at += word.len();
        }
        found
    }

    fn word(&mut self) -> Read<(&'a str, usize)> {
        let word = self.peek_word();
        if word.is_empty() {
            return Err(Stop::Declined);
        }
        let at = self.at;
        self.at += word.len();
        Ok((word, at))
    }

    /// The end of a tag or value; says whether the white space after it goes.
    fn close(&mut self, symbol: &str) -> Read<()> {
        let trim = self.takes("-");
        self.must(symbol)?;
        if trim {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
        }
        Ok(())
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth == MAX_DEPTH {
            return Err(Problem::at(self.at, 0, format!("It may be nested {MAX_DEPTH} deep.")).into());
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Parts up to a tag that is one of `ends`; that tag's word is taken, what follows it is not.
    fn block(&mut self, ends: &[&str]) -> Read<(Box<[Part]>, End<'a>)> {
        let mut parts = Vec::new();
        let end = loop {
            let rest = self.rest();
            let mark = rest
                .match_indices('{')
                .map(|(at, _)| at)
                .find(|at| matches!(rest.as_bytes().get(at + 1), Some(b'{' | b'%' | b'#')));
            let text = &rest[..mark.unwrap_or(rest.len())];
            let Some(mark) = mark else {
                self.text(&mut parts, text);
                self.at = self.source.len();
                match ends {
                    [] => break "",
                    _ => return Err(Stop::Declined),
                }
            };
            let kind = rest.as_bytes()[mark + 1];
            self.at += mark + 2;
            let trim = self.rest().starts_with('-');
            self.at += usize::from(trim);
            self.text(&mut parts, if trim { text.trim_end() } else { text });
            match kind {
                b'{' => {
                    self.show(&mut parts)?;
                    self.close("}}")?;
                }
                b'#' => {
                    let end = self.rest().find("#}").ok_or(Stop::Declined)?;
                    let trim = self.rest()[..end].ends_with('-');
                    self.at += end + 2;
                    if trim {
                        let rest = self.rest();
                        self.at += rest.len() - rest.trim_start().len();
                    }
                }
                _ => {
                    let (word, _) = self.word()?;
                    if ends.contains(&word) {
                        break word;
                    }
                    self.tag(word, &mut parts)?;
                }
            }
        };
        Ok((parts.into(), end))
    }

    fn text(&self, parts: &mut Vec<Part>, text: &str) {
        let text = super::strip_marks(text);
        if !text.is_empty() {
            parts.push(Part::Text(text.into()));
        }
    }

    fn show(&mut self, parts: &mut Vec<Part>) -> Read<()> {
        if self.peek_word() == "secrets" && self.local("secrets").is_none() && self.names.var("secrets").is_none() {
            return self.secret(parts);
        }
        let node = self.expression(0)?;
        parts.push(Part::Show(node));
        Ok(())
    }

    /// `secrets.NAME`, which stands alone: a filter would see the mark and not the secret.
    fn secret(&mut self, parts: &mut Vec<Part>) -> Read<()> {
        let (_, start) = self.word()?;
        if !self.secrets {
            return Err(Problem::secret(start).into());
        }
        let name = if self.takes(".") { self.word()? } else { ("", start) };
        self.skip_space();
        if name.0.is_empty() || !(self.rest().starts_with("}}") || self.rest().starts_with("-}}")) {
            let message = "A secret is written `{{ secrets.NAME }}`, without filters or operators.";
            return Err(Problem::at(start, self.at - start, message).into());
        }
        if !self.names.has_secret(name.0) {
            let message = format!("The flow declares no secret `{}`.", name.0);
            let unknown = Some(format!("secrets.{}", name.0));
            self.problems.push(Problem { offset: name.1, len: name.0.len(), message, unknown });
        }
        parts.push(Part::Secret(name.0.into()));
        Ok(())
    }

    fn tag(&mut self, word: &str, parts: &mut Vec<Part>) -> Read<()> {
        match word {
            "if" => self.deeper(|reader| reader.branches(parts)),
            "for" => self.deeper(|reader| reader.each(parts)),
            "set" => self.set(parts),
            "break" | "continue" if self.scopes.len() > 1 => {
                self.close("%}")?;
                parts.push(if word == "break" { Part::Break } else { Part::Continue });
                Ok(())
            }
            "raw" => self.raw(parts),
            _ => Err(Stop::Declined),
        }
    }

    /// What stands between `raw` and `endraw`, as it is.
    fn raw(&mut self, parts: &mut Vec<Part>) -> Read<()> {
        let trim_start = self.takes("-");
        self.must("%}")?;
        let start = self.at;
        for (open, _) in self.source[start..].match_indices("{%") {
            self.at = start + open + 2;
            let trim_end = self.rest().starts_with('-');
            self.at += usize::from(trim_end);
            if !self.takes_word("endraw") {
                continue;
            }
            self.close("%}")?;
            let mut text = &self.source[start..start + open];
            text = if trim_start { text.trim_start() } else { text };
            text = if trim_end { text.trim_end() } else { text };
            self.text(parts, text);
            return Ok(());
        }
        Err(Stop::Declined)
    }

    fn branch(&mut self, ends: &[&str]) -> Read<(Box<[Part]>, End<'a>)> {
        self.scope().branches += 1;
        let result = self.block(ends);
        self.scope().branches -= 1;
        result
    }

    fn scope(&mut self) -> &mut Scope {
        self.scopes.last_mut().expect("the template's own scope is never left while it is read")
    }

    /// The parts of a scope that ends, with what its locals hold before.
    fn leave_scope(&mut self, parts: Box<[Part]>) -> Box<[Part]> {
        let mut before = self.scopes.pop().map(|scope| scope.before).unwrap_or_default();
        if before.is_empty() {
            return parts;
        }
        before.extend(parts);
        before.into()
    }

    fn branches(&mut self, parts: &mut Vec<Part>) -> Read<()> {
        let mut cases = Vec::new();
        loop {
            let when = self.expression(0)?;
            self.close("%}")?;
            let (block, end) = self.branch(&["elif", "else", "endif"])?;
            cases.push((when, block));
            match end {
                "elif" => {}
                "else" => {
                    self.close("%}")?;
                    let (otherwise, _) = self.branch(&["endif"])?;
                    self.close("%}")?;
                    parts.push(Part::If(cases.into(), otherwise));
                    return Ok(());
                }
                _ => {
                    self.close("%}")?;
                    parts.push(Part::If(cases.into(), Box::default()));
                    return Ok(());
                }
            }
        }
    }

    fn add_local(&mut self, name: &'a str) -> Read<u16> {
        let place = self.local_count;
        self.local_count = place.checked_add(1).ok_or(Stop::Declined)?;
        self.locals.push((name, place, self.scopes.len()));
        Ok(place)
    }

    fn local(&self, name: &str) -> Option<u16> {
        self.locals.iter().rev().find(|(local, ..)| *local == name).map(|(_, place, _)| *place)
    }

    fn each(&mut self, parts: &mut Vec<Part>) -> Read<()> {
        let (first, _) = self.word()?;
        let second = if self.takes(",") { Some(self.word()?.0) } else { None };
        if !self.takes_word("in") {
            return Err(Stop::Declined);
        }
        let of = self.expression(0)?;
        self.close("%}")?;
        self.growing = true;
        let before = self.locals.len();
        self.scopes.push(Scope { branches: 0, before: Vec::new() });
        let key = second.map(|_| self.add_local(first)).transpose()?;
        let value = self.add_local(second.unwrap_or(first))?;
        let state = self.add_local("loop")?;
        let (body, end) = self.block(&["else", "endfor"])?;
        let body = self.leave_scope(body);
        self.locals.truncate(before);
        self.close("%}")?;
        let otherwise = match end {
            "else" => {
                let (otherwise, _) = self.block(&["endfor"])?;
                self.close("%}")?;
                otherwise
            }
            _ => Box::default(),
        };
        parts.push(Part::For(Box::new(For { key, value, state, of, body, otherwise })));
        Ok(())
    }

    fn set(&mut self, parts: &mut Vec<Part>) -> Read<()> {
        let (name, _) = self.word()?;
        if !self.takes("=") || self.rest().starts_with('=') {
            return Err(Stop::Declined);
        }
        let value = self.expression(0)?;
        self.close("%}")?;
        self.growing = true;
        // The same name in the same scope is the same local. A branch may not be taken: until then the local holds
        // what its name meant outside.
        let here = self.scopes.len();
        let known = self.locals.iter().rev().find(|(local, _, scope)| *local == name && *scope == here);
        let place = match known.map(|(_, place, _)| *place) {
            Some(place) => place,
            None => {
                let outside = self.resolve(name).unwrap_or(Node::Constant(Value::Null));
                let place = self.add_local(name)?;
                if self.scope().branches > 0 {
                    self.scope().before.push(Part::Set(place, outside));
                }
                place
            }
        };
        parts.push(Part::Set(place, value));
        Ok(())
    }

    /// What a name means: a local, a variable or a global.
    fn resolve(&mut self, name: &str) -> Option<Node> {
        if let Some(place) = self.local(name) {
            return Some(Node::Local(place));
        }
        if let Some(slot) = self.names.var(name) {
            self.vars.insert(slot);
            return Some(Node::Var(slot));
        }
        let global = Global::of(name)?;
        self.globals.insert(global);
        Some(Node::Global(global))
    }

    fn unknown(&mut self, name: &str, at: usize, what: &str) {
        self.problems.push(Problem {
            offset: at,
            len: name.len(),
            message: format!("There is no {what} `{name}`."),
            unknown: Some(name.to_owned()),
        });
    }
}
