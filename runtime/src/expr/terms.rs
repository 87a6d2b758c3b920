//! What an expression, a script or a template does, as one small tree for the checks: whatever reads a variable, tests it,
//! computes with it or assigns it. Made from the native trees and from Rhai's; what it has no word for is `Other`, of
//! which only the parts are known. It is never evaluated.

mod rhai;
mod template;

use super::Global;
use super::native::{Node, Step};
use super::ops::{Arithmetic, Compare};
use crate::value::Value;
use std::sync::Arc;

/// Something that yields a value.
#[derive(Debug)]
pub(crate) enum Term {
    Constant(Value),
    Var(u16),
    Global(Global),
    Local(u16),
    Get(Box<Term>, Arc<str>),
    Index(Box<Term>, Box<Term>),
    Compare(Compare, Box<Term>, Box<Term>),
    Calculate(Arithmetic, Box<Term>, Box<Term>),
    /// `!a`, of truth values only.
    Not(Box<Term>),
    Negate(Box<Term>),
    /// `&&` and `||`, of truth values only.
    All(Vec<Term>),
    Any(Vec<Term>),
    Coalesce(Vec<Term>),
    /// A choice by a truth value.
    If(Box<(Term, Term, Term)>),
    List(Vec<Term>),
    Map(Vec<(Arc<str>, Term)>),
    Text(Vec<Term>),
    Call(Arc<str>, Vec<Term>),
    /// What templates have: by truthiness, which nothing ever fails.
    Untrue(Box<Term>),
    Either(Box<Term>, Box<Term>),
    Both(Box<Term>, Box<Term>),
    Choose(Box<(Term, Term, Term)>),
    /// A method that changes the variable that its chain begins with.
    Change(Option<u16>, Box<Term>, Vec<Term>),
    Block(Vec<Act>),
    Other(Vec<Term>),
}

/// One statement, or one part of a template.
#[derive(Debug)]
pub(crate) enum Act {
    Value(Term),
    /// A part of a template that shows a value.
    Show(Term),
    Local(u16, Term),
    /// A variable gets a value: all of it, or (`within`) a place in it; `updates` for `+=` and the like.
    Assign {
        slot: u16,
        within: bool,
        updates: Option<Arithmetic>,
        term: Term,
    },
    /// Conditions in their order with what is done, and what is done otherwise. `loose` for truthiness.
    If {
        cases: Vec<(Term, Vec<Act>)>,
        otherwise: Vec<Act>,
        loose: bool,
    },
    /// Any number of times. The locals hold an item of `over`.
    Loop {
        over: Option<Term>,
        locals: Vec<u16>,
        condition: Option<Term>,
        body: Vec<Act>,
    },
    /// Leaves the script, with a value or without.
    Leave(Option<Term>),
}

/// The tree of a native tree.
pub(crate) fn of_node(node: &Node) -> Term {
    let boxed = |node: &Node| Box::new(of_node(node));
    let all = |nodes: &[Node]| nodes.iter().map(of_node).collect();
    let three = |parts: &(Node, Node, Node)| Box::new((of_node(&parts.0), of_node(&parts.1), of_node(&parts.2)));
    match node {
        Node::Constant(value) => Term::Constant(value.clone()),
        Node::Var(slot) => Term::Var(*slot),
        Node::Global(global) => Term::Global(*global),
        Node::Local(place) => Term::Local(*place),
        Node::Get(of, key) => Term::Get(boxed(of), key.clone()),
        Node::Index(of, at) => Term::Index(boxed(of), boxed(at)),
        Node::Compare(op, a, b) => Term::Compare(*op, boxed(a), boxed(b)),
        Node::Calculate(op, a, b) => Term::Calculate(*op, boxed(a), boxed(b)),
        Node::Quotient(a, b) => Term::Calculate(Arithmetic::Divide, boxed(a), boxed(b)),
        Node::Not(of) => Term::Not(boxed(of)),
        Node::Negate(of) => Term::Negate(boxed(of)),
        Node::And(parts) => Term::All(all(parts)),
        Node::Or(parts) => Term::Any(all(parts)),
        Node::Coalesce(parts) => Term::Coalesce(all(parts)),
        Node::If(parts) => Term::If(three(parts)),
        Node::List(parts) => Term::List(all(parts)),
        Node::Map(parts) => Term::Map(parts.iter().map(|(key, part)| (key.clone(), of_node(part))).collect()),
        Node::Text(parts) => Term::Text(all(parts)),
        Node::Call(function, parts) => Term::Call(Arc::from(function.name), all(parts)),
        Node::Untrue(of) => Term::Untrue(boxed(of)),
        Node::Either(a, b) => Term::Either(boxed(a), boxed(b)),
        Node::Both(a, b) => Term::Both(boxed(a), boxed(b)),
        Node::Choose(parts) => Term::Choose(three(parts)),
    }
}

/// The statements of a script that only assigns.
pub(crate) fn of_steps(steps: &[Step]) -> Vec<Act> {
    let act = |step: &Step| match step {
        Step::Assign(slot, node) => Act::Assign { slot: *slot, within: false, updates: None, term: of_node(node) },
        Step::Update(slot, op, node) => {
            Act::Assign { slot: *slot, within: false, updates: Some(*op), term: of_node(node) }
        }
        Step::Value(node) => Act::Value(of_node(node)),
    };
    steps.iter().map(act).collect()
}

pub(crate) use rhai::of_ast;
pub(crate) use template::of_parts;
