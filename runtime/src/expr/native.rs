//! Common expressions as a tree over the session's variables: no scope is built, nothing is looked up by name, nothing
//! is converted. The tree is made from Rhai's own syntax tree, and it answers only where Rhai would answer the same:
//! whatever is unusual, and every error, it leaves to Rhai by giving nothing. Nothing in a tree has a side effect but
//! the random state, which the caller puts back.

use super::functions::{self, Function, MAX_ARGUMENTS};
use super::ops::{self, Arithmetic, Compare};
use super::world::World;
use super::{Global, Names};
use crate::value::Value;
use rhai::{ASTFlags, Expr, FnCallExpr, Stmt, StmtBlock, Token};
use std::borrow::Cow;
use std::sync::Arc;

/// One expression.
pub(crate) enum Node {
    Constant(Value),
    Var(u16),
    Global(Global),
    /// A local of a template, counted from the outermost.
    Local(u16),
    Get(Box<Node>, Arc<str>),
    Index(Box<Node>, Box<Node>),
    Compare(Compare, Box<Node>, Box<Node>),
    Calculate(Arithmetic, Box<Node>, Box<Node>),
    Not(Box<Node>),
    Negate(Box<Node>),
    And(Box<[Node]>),
    Or(Box<[Node]>),
    Coalesce(Box<[Node]>),
    If(Box<(Node, Node, Node)>),
    List(Box<[Node]>),
    Map(Box<[(Arc<str>, Node)]>),
    Text(Box<[Node]>),
    Call(&'static Function, Box<[Node]>),
    /// What templates have besides: `not`, `or`, `and` and a choice, by truthiness, as Tera has them.
    Untrue(Box<Node>),
    Either(Box<Node>, Box<Node>),
    Both(Box<Node>, Box<Node>),
    Choose(Box<(Node, Node, Node)>),
    /// Division as templates have it: 7 / 2 is 3.5; exact, unlike Tera's own.
    Quotient(Box<Node>, Box<Node>),
}

/// Whether a template takes the value for true: all but nothing, false, zero and what is empty.
pub(crate) fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(bool) => *bool,
        Value::Int(int) => *int != 0,
        Value::Decimal(decimal) => !decimal.is_zero(),
        Value::Text(text) => !text.is_empty(),
        Value::List(items) => !items.is_empty(),
        Value::Map(map) => !map.is_empty(),
    }
}

/// What a tree is evaluated over.
pub(crate) struct Scene<'a> {
    pub vars: &'a [Value],
    pub locals: &'a [Value],
    pub global: &'a dyn Fn(Global) -> Value,
    pub world: &'a World,
}

impl Node {
    /// The value, or nothing where Rhai must decide.
    pub fn eval<'a>(&'a self, scene: &Scene<'a>) -> Option<Cow<'a, Value>> {
        Some(match self {
            Node::Constant(value) => Cow::Borrowed(value),
            Node::Var(slot) => Cow::Borrowed(scene.vars.get(usize::from(*slot))?),
            Node::Local(index) => Cow::Borrowed(scene.locals.get(usize::from(*index))?),
            Node::Global(global) => Cow::Owned((scene.global)(*global)),
            Node::Get(of, key) => get(of.eval(scene)?, key)?,
            Node::Index(of, index) => {
                let (of, index) = (of.eval(scene)?, index.eval(scene)?);
                match &*index {
                    Value::Text(key) => get(of, key)?,
                    Value::Int(at) => match &*of {
                        Value::Null => Cow::Owned(Value::Null),
                        Value::List(items) => {
                            let at = if *at < 0 { at.checked_add(items.len() as i64)? } else { *at };
                            Cow::Owned(items.get(usize::try_from(at).ok()?)?.clone())
                        }
                        _ => return None,
                    },
                    _ => return None,
                }
            }
            Node::Compare(op, a, b) => Cow::Owned(Value::Bool(ops::compare(*op, &*a.eval(scene)?, &*b.eval(scene)?)?)),
            Node::Calculate(op, a, b) => {
                let most = scene.world.limits.string_bytes;
                let value = ops::calculate(*op, &*a.eval(scene)?, &*b.eval(scene)?, most)?;
                if let Value::Text(text) = &value {
                    scene.world.spend(text.len()).ok()?;
                }
                Cow::Owned(value)
            }
            Node::Not(of) => Cow::Owned(Value::Bool(!of.eval(scene)?.as_bool()?)),
            Node::Negate(of) => Cow::Owned(match &*of.eval(scene)? {
                Value::Int(int) => Value::Int(int.checked_neg()?),
                Value::Decimal(decimal) => Value::Decimal(-*decimal),
                _ => return None,
            }),
            Node::And(parts) => {
                for part in parts {
                    if !part.eval(scene)?.as_bool()? {
                        return Some(Cow::Owned(Value::Bool(false)));
                    }
                }
                Cow::Owned(Value::Bool(true))
            }
            Node::Or(parts) => {
                for part in parts {
                    if part.eval(scene)?.as_bool()? {
                        return Some(Cow::Owned(Value::Bool(true)));
                    }
                }
                Cow::Owned(Value::Bool(false))
            }
            Node::Coalesce(parts) => {
                for part in parts {
                    let value = part.eval(scene)?;
                    if !value.is_null() {
                        return Some(value);
                    }
                }
                Cow::Owned(Value::Null)
            }
            Node::If(parts) => match parts.0.eval(scene)?.as_bool()? {
                true => parts.1.eval(scene)?,
                false => parts.2.eval(scene)?,
            },
            Node::List(parts) => {
                if parts.len() > scene.world.limits.list_items {
                    return None;
                }
                let mut items = Vec::with_capacity(parts.len());
                for part in parts {
                    items.push(light(part.eval(scene)?.into_owned())?);
                }
                Cow::Owned(Value::List(Arc::new(items)))
            }
            Node::Map(parts) => {
                let mut map = crate::value::Map::new();
                for (key, part) in parts {
                    map.insert(key.clone(), light(part.eval(scene)?.into_owned())?);
                }
                Cow::Owned(Value::Map(Arc::new(map)))
            }
            Node::Text(parts) => {
                use std::fmt::Write;
                let mut text = String::new();
                for part in parts {
                    write!(text, "{}", part.eval(scene)?).ok()?;
                    if text.len() > scene.world.limits.string_bytes {
                        return None;
                    }
                }
                scene.world.spend(text.len()).ok()?;
                Cow::Owned(text.into())
            }
            Node::Quotient(a, b) => Cow::Owned(ops::quotient(&*a.eval(scene)?, &*b.eval(scene)?)?),
            Node::Untrue(of) => Cow::Owned(Value::Bool(!truthy(&*of.eval(scene)?))),
            Node::Either(one, other) => {
                let value = one.eval(scene)?;
                if truthy(&value) { value } else { other.eval(scene)? }
            }
            Node::Both(one, other) => {
                let value = one.eval(scene)?;
                if truthy(&value) { other.eval(scene)? } else { value }
            }
            Node::Choose(parts) => match truthy(&*parts.0.eval(scene)?) {
                true => parts.1.eval(scene)?,
                false => parts.2.eval(scene)?,
            },
            Node::Call(function, parts) => {
                // The first two places stand on the stack, which is where nearly all calls end.
                let value = match &**parts {
                    [] => (function.body)(&[], scene.world),
                    [one] => match one.eval(scene)? {
                        Cow::Borrowed(value) => (function.body)(std::slice::from_ref(value), scene.world),
                        Cow::Owned(value) => (function.body)(&[value], scene.world),
                    },
                    [one, two] => {
                        let values = [one.eval(scene)?.into_owned(), two.eval(scene)?.into_owned()];
                        (function.body)(&values, scene.world)
                    }
                    several => {
                        let mut values: [Value; MAX_ARGUMENTS] = Default::default();
                        for (place, part) in values.iter_mut().zip(several) {
                            *place = part.eval(scene)?.into_owned();
                        }
                        (function.body)(&values[..several.len()], scene.world)
                    }
                };
                Cow::Owned(value.ok()?)
            }
        })
    }

    /// Whether the value is always the same.
    pub fn constant(&self) -> bool {
        match self {
            Node::Constant(_) => true,
            Node::Var(_) | Node::Local(_) | Node::Global(_) => false,
            Node::Get(of, _) | Node::Not(of) | Node::Negate(of) | Node::Untrue(of) => of.constant(),
            Node::Index(a, b)
            | Node::Either(a, b)
            | Node::Both(a, b)
            | Node::Quotient(a, b)
            | Node::Compare(_, a, b)
            | Node::Calculate(_, a, b) => a.constant() && b.constant(),
            Node::And(parts) | Node::Or(parts) | Node::Coalesce(parts) | Node::List(parts) | Node::Text(parts) => {
                parts.iter().all(Node::constant)
            }
            Node::If(parts) | Node::Choose(parts) => parts.0.constant() && parts.1.constant() && parts.2.constant(),
            Node::Map(parts) => parts.iter().all(|(_, part)| part.constant()),
            Node::Call(function, parts) => !function.volatile && parts.iter().all(Node::constant),
        }
    }
}

/// Only values that cannot make a literal exceed a limit, which Rhai counts over all that it holds.
fn light(value: Value) -> Option<Value> {
    match &value {
        Value::Text(text) if text.len() > 256 => None,
        Value::List(_) | Value::Map(_) => None,
        _ => Some(value),
    }
}

/// What a map holds under a key; nothing has nothing.
fn get<'a>(of: Cow<'a, Value>, key: &str) -> Option<Cow<'a, Value>> {
    match of {
        Cow::Borrowed(Value::Map(map)) => Some(map.get(key).map_or(Cow::Owned(Value::Null), Cow::Borrowed)),
        Cow::Owned(Value::Map(map)) => Some(Cow::Owned(map.get(key).cloned().unwrap_or_default())),
        of if of.is_null() => Some(Cow::Owned(Value::Null)),
        _ => None,
    }
}

/// One step of a script that only assigns.
pub(crate) enum Step {
    Assign(u16, Node),
    /// `variable op= value`; with lists and maps it means something else to Rhai, which gets those.
    Update(u16, Arithmetic, Node),
    Value(Node),
}

/// The tree of statements that only assign whole variables, or nothing.
pub(crate) fn steps(statements: &[Stmt], names: &Names) -> Option<Vec<Step>> {
    statements
        .iter()
        .map(|statement| {
            let Stmt::Assignment(parts) = statement else {
                return of_statement(statement, names).map(Step::Value);
            };
            let Expr::Variable(variable, ..) = &parts.1.lhs else { return None };
            let slot = names.var(&variable.1)?;
            let value = of_expression(&parts.1.rhs, names)?;
            match parts.0.get_op_assignment_info() {
                None => Some(Step::Assign(slot, value)),
                Some((_, _, _, _, op, _)) => Some(Step::Update(slot, arithmetic(op)?, value)),
            }
        })
        .collect()
}

/// The tree of a statement that is an expression, or nothing.
pub(crate) fn of_statement(statement: &Stmt, names: &Names) -> Option<Node> {
    match statement {
        Stmt::Expr(expression) => of_expression(expression, names),
        Stmt::FnCall(call, _) => of_call(call, None, names),
        Stmt::If(flow, _) => Some(Node::If(Box::new((
            of_expression(&flow.expr, names)?,
            of_block(&flow.body, names)?,
            of_block(&flow.branch, names)?,
        )))),
        _ => None,
    }
}

fn of_block(block: &StmtBlock, names: &Names) -> Option<Node> {
    match block.statements() {
        [] => Some(Node::Constant(Value::Null)),
        [one] => of_statement(one, names),
        _ => None,
    }
}

fn of_all(parts: &[Expr], names: &Names) -> Option<Box<[Node]>> {
    parts.iter().map(|part| of_expression(part, names)).collect()
}

/// The tree of an expression, or nothing where a part of it is Rhai's.
pub(crate) fn of_expression(expression: &Expr, names: &Names) -> Option<Node> {
    Some(match expression {
        Expr::BoolConstant(bool, _) => Node::Constant((*bool).into()),
        Expr::IntegerConstant(int, _) => Node::Constant((*int).into()),
        Expr::StringConstant(text, _) => Node::Constant(Value::text(text.as_str())),
        Expr::Unit(_) => Node::Constant(Value::Null),
        Expr::DynamicConstant(value, _) => Node::Constant(value.as_decimal().ok()?.into()),
        Expr::Variable(variable, ..) if variable.2.is_empty() => {
            let name = variable.1.as_str();
            match names.var(name) {
                Some(slot) => Node::Var(slot),
                None => Node::Global(Global::of(name)?),
            }
        }
        Expr::InterpolatedString(parts, _) => Node::Text(of_all(parts, names)?),
        Expr::Array(parts, _) => Node::List(of_all(parts, names)?),
        Expr::Map(parts, _) => Node::Map(
            parts
                .0
                .iter()
                .map(|(key, part)| Some((Arc::from(key.as_str()), of_expression(part, names)?)))
                .collect::<Option<_>>()?,
        ),
        Expr::And(parts, _) => Node::And(of_all(parts, names)?),
        Expr::Or(parts, _) => Node::Or(of_all(parts, names)?),
        Expr::Coalesce(parts, _) => Node::Coalesce(of_all(parts, names)?),
        Expr::FnCall(call, _) => of_call(call, None, names)?,
        Expr::Dot(..) | Expr::Index(..) => of_chain(expression, names)?,
        Expr::Stmt(block) => match block.statements() {
            [one] => of_statement(one, names)?,
            _ => return None,
        },
        _ => return None,
    })
}

/// `a.b[c].d()`, which Rhai nests to the right.
fn of_chain(expression: &Expr, names: &Names) -> Option<Node> {
    let (Expr::Dot(parts, ..) | Expr::Index(parts, ..)) = expression else { return None };
    let base = of_expression(&parts.lhs, names)?;
    follow(base, expression, false, names)
}

/// `base` followed by the right side of a chain; `careful` after a `?.`, whose short cut passes methods by.
fn follow(base: Node, chain: &Expr, careful: bool, names: &Names) -> Option<Node> {
    let (parts, flags, dotted) = match chain {
        Expr::Dot(parts, flags, _) => (parts, flags, true),
        Expr::Index(parts, flags, _) => (parts, flags, false),
        _ => return None,
    };
    let careful = careful || flags.intersects(ASTFlags::NEGATED);
    let step = |base: Node, part: &Expr| -> Option<Node> {
        match part {
            Expr::Property(property, _) if dotted => Some(Node::Get(Box::new(base), Arc::from(property.2.as_str()))),
            Expr::MethodCall(call, _) if dotted && !careful => of_call(call, Some(base), names),
            _ if dotted => None,
            index => Some(Node::Index(Box::new(base), Box::new(of_expression(index, names)?))),
        }
    };
    match &parts.rhs {
        Expr::Dot(next, ..) | Expr::Index(next, ..) if !flags.intersects(ASTFlags::BREAK) => {
            follow(step(base, &next.lhs)?, &parts.rhs, careful, names)
        }
        last => step(base, last),
    }
}

/// The comparison of an operator.
pub(crate) fn compare(token: &Token) -> Option<Compare> {
    Some(match token {
        Token::EqualsTo => Compare::Equal,
        Token::NotEqualsTo => Compare::Unequal,
        Token::LessThan => Compare::Less,
        Token::LessThanEqualsTo => Compare::LessOrEqual,
        Token::GreaterThan => Compare::Greater,
        Token::GreaterThanEqualsTo => Compare::GreaterOrEqual,
        _ => return None,
    })
}

/// The calculation of an operator.
pub(crate) fn arithmetic(token: &Token) -> Option<Arithmetic> {
    Some(match token {
        Token::Plus => Arithmetic::Add,
        Token::Minus => Arithmetic::Subtract,
        Token::Multiply => Arithmetic::Multiply,
        Token::Divide => Arithmetic::Divide,
        Token::Modulo => Arithmetic::Remainder,
        _ => return None,
    })
}

fn of_call(call: &FnCallExpr, this: Option<Node>, names: &Names) -> Option<Node> {
    if call.is_qualified() || call.capture_parent_scope {
        return None;
    }
    let mut parts: Vec<Node> = this.into_iter().collect();
    for argument in &call.args {
        parts.push(of_expression(argument, names)?);
    }
    let Some(token) = &call.op_token else {
        let function = functions::find(&call.name)?;
        let fits = (function.min..=function.max).contains(&parts.len());
        return fits.then(|| Node::Call(function, parts.into()));
    };
    if matches!(token, Token::In | Token::NotIn) {
        return Some(Node::Call(functions::find("contains")?, parts.into()));
    }
    let mut parts = parts.into_iter().map(Box::new);
    let (one, two) = (parts.next()?, parts.next());
    let compare = match (token, two.is_some()) {
        (token, true) if compare(token).is_some() => compare(token)?,
        (Token::Bang, false) => return Some(Node::Not(one)),
        (Token::UnaryMinus | Token::Minus, false) => return Some(Node::Negate(one)),
        (token, true) => return Some(Node::Calculate(arithmetic(token)?, one, two?)),
        _ => return None,
    };
    Some(Node::Compare(compare, one, two?))
}
