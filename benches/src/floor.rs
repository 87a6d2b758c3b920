//! The floor: the least that an interpreter with sandboxed scripts can do for W1. A vector of operations, a vector of
//! variables, Rhai with its operation limit on, a fresh scope for each evaluation; no checks, no journal, no commands, no
//! types, no interrupts. It is what our figures are divided by, so it must stay lean.

use crate::workload::Digest;
use rhai::{AST, Dynamic, Engine, Scope};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt::Write as _;

#[derive(Deserialize)]
struct FlowDoc {
    start: String,
    vars: serde_json::Map<String, serde_json::Value>,
    nodes: Vec<NodeDoc>,
}

#[derive(Deserialize)]
struct NodeDoc {
    id: String,
    #[serde(flatten)]
    kind: Kind,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Kind {
    Say { text: String, next: String },
    Wait { into: String, next: String },
    Script { set: String, expr: String, next: String },
    Set { var: String, expr: Option<String>, value: Option<String>, next: String },
    Switch { on: String, cases: HashMap<String, String>, default: String },
    If { expr: String, then: String, r#else: Option<String> },
}

/// A value: all that W1 needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// A number.
    Int(i64),
    /// A text.
    Text(String),
}

enum Piece {
    Literal(String),
    Variable(usize),
}

enum Operation {
    Say(Vec<Piece>, usize),
    Wait(usize, usize),
    Compute(usize, AST, usize),
    Assign(usize, String, usize),
    Switch(usize, HashMap<String, usize>, usize),
    If(AST, usize, usize),
}

const END: usize = usize::MAX;

/// A loaded flow.
pub struct Graph {
    operations: Vec<Operation>,
    names: Vec<String>,
    defaults: Vec<Value>,
    start: usize,
    engine: Engine,
}

/// A conversation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Session {
    at: usize,
    variables: Vec<Value>,
}

impl Graph {
    /// Reads and compiles the neutral form.
    pub fn load(text: &str) -> Graph {
        let doc: FlowDoc = serde_json::from_str(text).expect("the generator writes it");
        let mut engine = Engine::new();
        engine.set_max_operations(100_000);
        engine.register_fn("lower", |text: &str| text.to_lowercase());
        // Rhai's own `trim` changes its variable and yields nothing.
        engine.register_fn("trim", |text: &str| text.trim().to_string());
        let places: HashMap<&str, usize> = doc.nodes.iter().enumerate().map(|(at, node)| (&*node.id, at)).collect();
        let go = |target: &str| places.get(target).copied().unwrap_or(END);
        let names = ["input", "n", "score", "choice", "last", "name"].map(String::from).to_vec();
        let slot = |name: &str| names.iter().position(|known| known == name).expect("W1 has six variables");
        let compile = |source: &str| engine.compile_expression(source).expect("W1's expressions are sound");
        let operations = doc
            .nodes
            .iter()
            .map(|node| match &node.kind {
                Kind::Say { text, next } => {
                    let mut pieces = Vec::new();
                    let mut rest = text.as_str();
                    while let Some((before, after)) = rest.split_once("{{") {
                        let (name, after) = after.split_once("}}").expect("W1's texts are sound");
                        pieces.push(Piece::Literal(before.to_owned()));
                        pieces.push(Piece::Variable(slot(name)));
                        rest = after;
                    }
                    pieces.push(Piece::Literal(rest.to_owned()));
                    Operation::Say(pieces, go(next))
                }
                Kind::Wait { into, next } => Operation::Wait(slot(into), go(next)),
                Kind::Script { set, expr, next } => Operation::Compute(slot(set), compile(expr), go(next)),
                Kind::Set { var, expr: Some(expr), next, .. } => Operation::Compute(slot(var), compile(expr), go(next)),
                Kind::Set { var, value, next, .. } => {
                    Operation::Assign(slot(var), value.clone().unwrap_or_default(), go(next))
                }
                Kind::Switch { on, cases, default } => {
                    let cases = cases.iter().map(|(case, target)| (case.clone(), go(target))).collect();
                    Operation::Switch(slot(on), cases, go(default))
                }
                Kind::If { expr, then, r#else } => {
                    Operation::If(compile(expr), go(then), r#else.as_deref().map_or(END, go))
                }
            })
            .collect();
        let defaults = names
            .iter()
            .map(|name| match doc.vars.get(name) {
                Some(serde_json::Value::Number(number)) => Value::Int(number.as_i64().unwrap_or_default()),
                Some(serde_json::Value::String(text)) => Value::Text(text.clone()),
                _ => Value::Text(String::new()),
            })
            .collect();
        let start = places[doc.start.as_str()];
        Graph { operations, names, defaults, start, engine }
    }

    /// A new conversation, not yet begun.
    pub fn session(&self) -> Session {
        Session { at: self.start, variables: self.defaults.clone() }
    }

    /// How many nodes it has.
    pub fn nodes(&self) -> usize {
        self.operations.len()
    }

    /// Runs to the next wait; gives the number of nodes run.
    pub fn advance(&self, session: &mut Session, input: Option<&str>, text: &mut String, digest: &mut Digest) -> u64 {
        let (mut steps, mut input) = (0, input);
        while session.at != END {
            match &self.operations[session.at] {
                Operation::Say(pieces, next) => {
                    text.clear();
                    for piece in pieces {
                        match piece {
                            Piece::Literal(literal) => text.push_str(literal),
                            Piece::Variable(slot) => match &session.variables[*slot] {
                                Value::Int(int) => write!(text, "{int}").expect("writing to a String cannot fail"),
                                Value::Text(value) => text.push_str(value),
                            },
                        }
                    }
                    digest.message(text);
                    session.at = *next;
                }
                Operation::Wait(slot, next) => match input.take() {
                    None => return steps,
                    Some(given) => {
                        session.variables[*slot] = Value::Text(given.to_owned());
                        session.at = *next;
                    }
                },
                Operation::Compute(slot, expression, next) => {
                    session.variables[*slot] = self.evaluate(expression, session);
                    session.at = *next;
                }
                Operation::Assign(slot, value, next) => {
                    session.variables[*slot] = Value::Text(value.clone());
                    session.at = *next;
                }
                Operation::Switch(slot, cases, default) => {
                    session.at = match &session.variables[*slot] {
                        Value::Text(text) => cases.get(text).copied().unwrap_or(*default),
                        Value::Int(_) => *default,
                    }
                }
                Operation::If(condition, then, otherwise) => {
                    let holds = self.evaluate(condition, session) == Value::Int(1);
                    session.at = if holds { *then } else { *otherwise };
                }
            }
            steps += 1;
        }
        steps
    }

    fn evaluate(&self, expression: &AST, session: &Session) -> Value {
        let mut scope = Scope::new();
        for (name, value) in self.names.iter().zip(&session.variables) {
            match value {
                Value::Int(int) => scope.push_dynamic(name.as_str(), Dynamic::from_int(*int)),
                Value::Text(text) => scope.push_dynamic(name.as_str(), Dynamic::from(text.clone())),
            };
        }
        let value: Dynamic =
            self.engine.eval_ast_with_scope(&mut scope, expression).expect("W1's expressions do not fail");
        if let Ok(int) = value.as_int() {
            Value::Int(int)
        } else if let Ok(bool) = value.as_bool() {
            Value::Int(bool.into())
        } else {
            Value::Text(value.into_string().expect("W1 has numbers, truth values and texts"))
        }
    }
}
