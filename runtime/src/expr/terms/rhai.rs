//! The tree of what only Rhai can run.

use super::super::engine::SCRIPT_FUNCTIONS;
use super::super::native::{arithmetic, compare};
use super::super::{Global, Names};
use super::{Act, Term};
use crate::value::Value;
use rhai::{AST, ASTFlags, Expr, FnCallExpr, Stmt, StmtBlock, Token};
use std::sync::Arc;

/// The statements of a script, or of an expression.
pub(crate) fn of_ast(ast: &AST, names: &Names) -> Vec<Act> {
    Reader { names, locals: Vec::new(), count: 0 }.statements(ast.statements())
}

struct Reader<'a> {
    names: &'a Names,
    /// The locals in sight.
    locals: Vec<(String, u16)>,
    count: u16,
}

impl Reader<'_> {
    fn local(&mut self, name: &str) -> u16 {
        let place = self.count;
        self.count = self.count.saturating_add(1);
        self.locals.push((name.to_owned(), place));
        place
    }

    fn block(&mut self, block: &StmtBlock) -> Vec<Act> {
        let before = self.locals.len();
        let acts = self.statements(block.statements());
        self.locals.truncate(before);
        acts
    }

    fn statements(&mut self, statements: &[Stmt]) -> Vec<Act> {
        statements.iter().filter_map(|statement| self.statement(statement)).collect()
    }

    fn statement(&mut self, statement: &Stmt) -> Option<Act> {
        Some(match statement {
            Stmt::Expr(expression) => Act::Value(self.term(expression)),
            Stmt::FnCall(call, _) => Act::Value(self.call(call, None)),
            Stmt::Block(block) => Act::Value(Term::Block(self.block(block))),
            Stmt::If(flow, _) => {
                let when = self.term(&flow.expr);
                let cases = vec![(when, self.block(&flow.body))];
                Act::If { cases, otherwise: self.block(&flow.branch), loose: false }
            }
            Stmt::Switch(switch, _) => {
                let mut parts = vec![self.term(&switch.0)];
                for case in &switch.1.expressions {
                    parts.push(self.term(&case.lhs));
                    parts.push(self.term(&case.rhs));
                }
                Act::Value(Term::Other(parts))
            }
            Stmt::While(flow, _) | Stmt::Do(flow, ..) => Act::Loop {
                over: None,
                locals: Vec::new(),
                condition: Some(self.term(&flow.expr)),
                body: self.block(&flow.body),
            },
            Stmt::For(parts, _) => {
                let over = self.term(&parts.2.expr);
                let before = self.locals.len();
                let item = self.local(&parts.0.name);
                if let Some(counter) = &parts.1 {
                    self.local(&counter.name);
                }
                let body = self.block(&parts.2.body);
                self.locals.truncate(before);
                Act::Loop { over: Some(over), locals: vec![item], condition: None, body }
            }
            Stmt::Var(parts, ..) => {
                let term = self.term(&parts.1);
                Act::Local(self.local(&parts.0.name), term)
            }
            Stmt::Assignment(parts) => {
                let term = self.term(&parts.1.rhs);
                let updates = parts.0.get_op_assignment_info().and_then(|(_, _, _, _, op, _)| arithmetic(op));
                let updates_oddly = parts.0.get_op_assignment_info().is_some() && updates.is_none();
                match &parts.1.lhs {
                    Expr::Variable(variable, ..) => {
                        let name = variable.1.as_str();
                        if let Some(place) = self.known(name) {
                            let term = if parts.0.is_op_assignment() { Term::Other(vec![term]) } else { term };
                            return Some(Act::Local(place, term));
                        }
                        let slot = self.names.var(name)?;
                        let term = if updates_oddly { Term::Other(vec![Term::Var(slot), term]) } else { term };
                        Act::Assign { slot, within: false, updates, term }
                    }
                    target => match self.root(target) {
                        Some(slot) => Act::Assign { slot, within: true, updates: None, term },
                        None => Act::Value(term),
                    },
                }
            }
            Stmt::TryCatch(flow, _) => Act::If {
                cases: vec![(Term::Constant(Value::Bool(true)), self.block(&flow.body))],
                otherwise: {
                    let before = self.locals.len();
                    if let Expr::Variable(name, ..) = &flow.expr {
                        self.local(&name.1.clone());
                    }
                    let acts = self.block(&flow.branch);
                    self.locals.truncate(before);
                    acts
                },
                loose: true,
            },
            Stmt::Return(value, ..) => Act::Leave(value.as_ref().map(|value| self.term(value))),
            Stmt::BreakLoop(value, ..) => Act::Value(Term::Other(value.iter().map(|value| self.term(value)).collect())),
            _ => return None,
        })
    }

    fn known(&self, name: &str) -> Option<u16> {
        self.locals.iter().rev().find(|(local, _)| local == name).map(|(_, place)| *place)
    }

    /// The variable of the flow that a chain begins with.
    fn root(&self, expression: &Expr) -> Option<u16> {
        match expression {
            Expr::Variable(variable, ..) if self.known(&variable.1).is_none() => self.names.var(&variable.1),
            Expr::Dot(parts, ..) | Expr::Index(parts, ..) => self.root(&parts.lhs),
            _ => None,
        }
    }

    fn terms<'e>(&mut self, expressions: impl IntoIterator<Item = &'e Expr>) -> Vec<Term> {
        expressions.into_iter().map(|expression| self.term(expression)).collect()
    }

    fn term(&mut self, expression: &Expr) -> Term {
        match expression {
            Expr::BoolConstant(bool, _) => Term::Constant((*bool).into()),
            Expr::IntegerConstant(int, _) => Term::Constant((*int).into()),
            Expr::StringConstant(text, _) => Term::Constant(Value::text(text.as_str())),
            Expr::Unit(_) => Term::Constant(Value::Null),
            Expr::DynamicConstant(value, _) => match value.as_decimal() {
                Ok(decimal) => Term::Constant(decimal.into()),
                Err(_) => Term::Other(Vec::new()),
            },
            Expr::Variable(variable, ..) => {
                let name = variable.1.as_str();
                match (self.known(name), self.names.var(name), Global::of(name)) {
                    (Some(place), ..) => Term::Local(place),
                    (None, Some(slot), _) => Term::Var(slot),
                    (None, None, Some(global)) => Term::Global(global),
                    _ => Term::Other(Vec::new()),
                }
            }
            Expr::InterpolatedString(parts, _) => Term::Text(self.terms(parts.iter())),
            Expr::Array(parts, _) => Term::List(self.terms(parts.iter())),
            Expr::Map(parts, _) => {
                Term::Map(parts.0.iter().map(|(key, part)| (Arc::from(key.as_str()), self.term(part))).collect())
            }
            Expr::And(parts, _) => Term::All(self.terms(parts.iter())),
            Expr::Or(parts, _) => Term::Any(self.terms(parts.iter())),
            Expr::Coalesce(parts, _) => Term::Coalesce(self.terms(parts.iter())),
            Expr::FnCall(call, _) => self.call(call, None),
            Expr::Dot(parts, ..) | Expr::Index(parts, ..) => {
                let base = self.term(&parts.lhs);
                let root = self.root(&parts.lhs);
                self.follow(base, root, expression)
            }
            Expr::Stmt(block) => Term::Block(self.block(block)),
            _ => Term::Other(Vec::new()),
        }
    }

    /// `base` followed by the right side of a chain, which Rhai nests to the right.
    fn follow(&mut self, base: Term, root: Option<u16>, chain: &Expr) -> Term {
        let (parts, flags, dotted) = match chain {
            Expr::Dot(parts, flags, _) => (parts, flags, true),
            Expr::Index(parts, flags, _) => (parts, flags, false),
            _ => return base,
        };
        match &parts.rhs {
            Expr::Dot(next, ..) | Expr::Index(next, ..) if !flags.intersects(ASTFlags::BREAK) => {
                let base = self.step(base, root, &next.lhs, dotted);
                self.follow(base, root, &parts.rhs)
            }
            last => self.step(base, root, last, dotted),
        }
    }

    fn step(&mut self, base: Term, root: Option<u16>, part: &Expr, dotted: bool) -> Term {
        match part {
            Expr::Property(property, _) if dotted => Term::Get(Box::new(base), Arc::from(property.2.as_str())),
            Expr::MethodCall(call, _) if dotted => {
                if SCRIPT_FUNCTIONS.iter().any(|known| known.name == call.name.as_str() && known.changes) {
                    let given = self.terms(call.args.iter());
                    return Term::Change(root, Box::new(base), given);
                }
                self.call(call, Some(base))
            }
            index => {
                let index = self.term(index);
                Term::Index(Box::new(base), Box::new(index))
            }
        }
    }

    fn call(&mut self, call: &FnCallExpr, this: Option<Term>) -> Term {
        let root = call.args.first().and_then(|first| self.root(first));
        let mut parts: Vec<Term> = this.into_iter().collect();
        let method = !parts.is_empty();
        parts.extend(self.terms(call.args.iter()));
        let name = call.name.as_str();
        let Some(token) = &call.op_token else {
            if !method && SCRIPT_FUNCTIONS.iter().any(|known| known.name == name && known.changes) && !parts.is_empty()
            {
                let of = parts.remove(0);
                return Term::Change(root, Box::new(of), parts);
            }
            return Term::Call(Arc::from(name), parts);
        };
        if matches!(token, Token::In | Token::NotIn) {
            return Term::Call(Arc::from("contains"), parts);
        }
        let count = parts.len();
        let mut given = parts.into_iter().map(Box::new);
        match (given.next(), given.next()) {
            (Some(one), Some(two)) => match (compare(token), arithmetic(token)) {
                (Some(op), _) => Term::Compare(op, one, two),
                (None, Some(op)) => Term::Calculate(op, one, two),
                (None, None) => Term::Other(vec![*one, *two]),
            },
            (Some(one), None) if count == 1 => match token {
                Token::Bang => Term::Not(one),
                Token::UnaryMinus | Token::Minus => Term::Negate(one),
                _ => Term::Other(vec![*one]),
            },
            _ => Term::Other(Vec::new()),
        }
    }
}
