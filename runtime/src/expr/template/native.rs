//! Templates that run over the session's variables directly.

use super::super::native::{Node, Scene, truthy};
use super::super::world::World;
use super::super::{Env, Global, Showing};
use super::{SECRET_CLOSE, SECRET_OPEN, strip_marks};
use crate::fault::Fault;
use crate::speak::bidi;
use crate::value::Value;
use std::fmt::Write;
use std::sync::Arc;

/// A template as a tree.
pub(super) struct Program {
    pub parts: Box<[Part]>,
    /// How many locals it has.
    pub locals: u16,
    /// The variables and globals that it reads.
    pub vars: Box<[(u16, Arc<str>)]>,
    pub globals: Box<[Global]>,
    /// Whether it loops or sets. Tera, which knows no limits, never gets such a template.
    pub growing: bool,
}

/// One part of a template.
pub(crate) enum Part {
    Text(Box<str>),
    Show(Node),
    Secret(Box<str>),
    If(Box<[(Node, Box<[Part]>)]>, Box<[Part]>),
    For(Box<For>),
    Set(u16, Node),
    Break,
    Continue,
}

/// How a block ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    Break,
    Continue,
}

/// A loop. Its locals are the key, the value, and what `loop` tells.
pub(crate) struct For {
    pub key: Option<u16>,
    pub value: u16,
    pub state: u16,
    pub of: Node,
    pub body: Box<[Part]>,
    pub otherwise: Box<[Part]>,
}

/// Why a rendering stopped.
pub(super) enum Halt {
    /// Tera is to render it, or to say what is wrong.
    Tera,
    Fault(Fault),
}

/// Adds the rendered text to `out`.
pub(super) fn render(
    program: &Program,
    env: &Env<'_>,
    world: &World,
    secrets: bool,
    out: &mut String,
) -> Result<(), Halt> {
    let start = out.len();
    let mut run = Run { env, world, secrets, start, locals: vec![Value::Null; program.locals.into()], rounds: 0 };
    run.parts(&program.parts, out).map(|_| ())
}

struct Run<'a> {
    env: &'a Env<'a>,
    world: &'a World,
    secrets: bool,
    start: usize,
    locals: Vec<Value>,
    rounds: u64,
}

impl Run<'_> {
    fn parts(&mut self, parts: &[Part], out: &mut String) -> Result<Flow, Halt> {
        for part in parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Secret(name) => {
                    out.push(SECRET_OPEN);
                    out.push_str(name);
                    out.push(SECRET_CLOSE);
                }
                Part::Show(node) => self.show(node, out)?,
                Part::If(cases, otherwise) => {
                    let mut chosen = otherwise;
                    for (when, block) in cases {
                        if truthy(&*self.value(when)?) {
                            chosen = block;
                            break;
                        }
                    }
                    match self.parts(chosen, out)? {
                        Flow::On => {}
                        left => return Ok(left),
                    }
                }
                Part::Break => return Ok(Flow::Break),
                Part::Continue => return Ok(Flow::Continue),
                Part::For(each) => match self.each(each, out)? {
                    Flow::On => {}
                    left => return Ok(left),
                },
                Part::Set(place, node) => {
                    let value = self.value(node)?.into_owned();
                    self.locals[usize::from(*place)] = value;
                }
            }
            if out.len() - self.start > self.world.limits.output_bytes {
                let most = self.world.limits.output_bytes;
                return Err(Halt::Fault(Fault::new("script.limit", format!("a template may write {most} bytes"))));
            }
        }
        Ok(Flow::On)
    }

    fn value<'b>(&'b self, node: &'b Node) -> Result<std::borrow::Cow<'b, Value>, Halt> {
        let scene = Scene { vars: self.env.vars, locals: &self.locals, global: self.env.global, world: self.world };
        node.eval(&scene).ok_or(Halt::Tera)
    }

    fn show(&self, node: &Node, out: &mut String) -> Result<(), Halt> {
        let value = self.value(node)?;
        if self.world.showing == Showing::Read {
            if !value.is_null() {
                self.world.spend(value.weight() / 8).map_err(Halt::Fault)?;
                bidi::push_isolated(out, &strip_marks(&value.to_string()), &self.world.locale);
            }
            return Ok(());
        }
        match &*value {
            Value::Text(text) if self.secrets => out.push_str(&strip_marks(text)),
            Value::Text(text) => out.push_str(text),
            Value::List(_) | Value::Map(_) => {
                self.world.spend(value.weight() / 8).map_err(Halt::Fault)?;
                let text = value.to_string();
                out.push_str(if self.secrets { strip_marks(&text) } else { text.as_str().into() }.as_ref());
            }
            plain => write!(out, "{plain}").expect("a string takes any text"),
        }
        Ok(())
    }

    fn each(&mut self, each: &For, out: &mut String) -> Result<Flow, Halt> {
        let of = self.value(&each.of)?.into_owned();
        let length = of.as_list().map_or(0, <[Value]>::len).max(of.as_map().map_or(0, |map| map.len()));
        self.world.spend(length).map_err(Halt::Fault)?;
        let entries: Vec<(Value, Value)> = match &of {
            Value::Null => Vec::new(),
            Value::List(items) if each.key.is_none() => items.iter().map(|item| (Value::Null, item.clone())).collect(),
            Value::Map(map) if each.key.is_some() => {
                map.iter().map(|(key, value)| (Value::Text(key.clone()), value.clone())).collect()
            }
            _ => return Err(Halt::Tera),
        };
        if entries.is_empty() {
            return self.parts(&each.otherwise, out);
        }
        for (index, (key, value)) in entries.into_iter().enumerate() {
            self.rounds += 1;
            if self.rounds > self.world.limits.template_rounds {
                return Err(Halt::Fault(Fault::new("script.limit", "the loops of a template take too many rounds")));
            }
            if let Some(place) = each.key {
                self.locals[usize::from(place)] = key;
            }
            self.locals[usize::from(each.value)] = value;
            self.locals[usize::from(each.state)] = Value::map([
                ("index", Value::Int(index as i64 + 1)),
                ("index0", Value::Int(index as i64)),
                ("first", Value::Bool(index == 0)),
                ("last", Value::Bool(index + 1 == length)),
                ("length", Value::Int(length as i64)),
            ]);
            if self.parts(&each.body, out)? == Flow::Break {
                break;
            }
        }
        Ok(Flow::On)
    }
}
