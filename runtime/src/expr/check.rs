//! What a parsed expression or script refers to: unknown names and functions are found here, before anything runs,
//! together with the variables it reads and changes.

use super::engine::SCRIPT_FUNCTIONS;
use super::functions;
use super::{Global, Names, Problem};
use rhai::{AST, ASTNode, Expr, FnCallExpr, Position, Stmt, StmtBlock};
use std::collections::BTreeSet;

/// What a walk found.
#[derive(Default)]
pub(crate) struct Found {
    pub problems: Vec<Problem>,
    /// Slots of the variables that occur.
    pub vars: BTreeSet<u16>,
    /// Those among them that are assigned to, or may be changed by a method.
    pub changed: BTreeSet<u16>,
    pub globals: BTreeSet<Global>,
    /// Whether a function that reads the moment or the random state is called.
    pub volatile: bool,
    /// Whether it does more than yield a value: assigns, declares, loops, returns.
    pub acts: Option<Position>,
}

/// Walks all of a script.
pub(crate) fn walk(ast: &AST, source: &str, names: &Names) -> Found {
    let functions = ast.iter_fn_def().map(|function| (function.name.to_string(), function.params.len())).collect();
    let mut walker = Walker { names, source, found: Found::default(), locals: Vec::new(), functions, inside: false };
    walker.statements(ast.statements());
    for function in ast.iter_fn_def() {
        walker.inside = true;
        walker.locals = function.params.iter().map(|name| name.to_string()).collect();
        // Rhai does not let the type of a body be named, but it walks over bodies; so each function goes by itself.
        let mut module = rhai::Module::new();
        module.set_script_fn(function.clone());
        let alone = AST::new([], module);
        alone.walk(&mut |path: &[ASTNode<'_>]| {
            if let [ASTNode::Stmt(statement)] = path {
                walker.statement(statement);
            }
            true
        });
    }
    walker.found.problems.sort_by_key(|problem| problem.offset);
    walker.found.problems.dedup_by(|a, b| a.offset == b.offset && a.message == b.message);
    walker.found
}

/// The byte at a position of Rhai, which counts lines and characters from 1.
pub(crate) fn offset(source: &str, position: Position) -> usize {
    let (Some(line), column) = (position.line(), position.position().unwrap_or(1)) else { return 0 };
    let start: usize = source.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let rest = source.get(start..).unwrap_or_default();
    let inside = rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(byte, _)| byte);
    (start + inside).min(source.len())
}

struct Walker<'a> {
    names: &'a Names,
    source: &'a str,
    found: Found,
    locals: Vec<String>,
    functions: Vec<(String, usize)>,
    inside: bool,
}

impl Walker<'_> {
    fn problem(&mut self, position: Position, len: usize, message: String, unknown: Option<&str>) {
        let offset = offset(self.source, position);
        let len = len.min(self.source.len() - offset);
        self.found.problems.push(Problem { offset, len, message, unknown: unknown.map(str::to_owned) });
    }

    fn block(&mut self, block: &StmtBlock) {
        let before = self.locals.len();
        self.statements(block.statements());
        self.locals.truncate(before);
    }

    fn statements(&mut self, statements: &[Stmt]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn acts(&mut self, position: Position) {
        if !self.inside && self.found.acts.is_none() {
            self.found.acts = Some(position);
        }
    }

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::If(flow, _) => {
                self.expression(&flow.expr);
                self.block(&flow.body);
                self.block(&flow.branch);
            }
            Stmt::Switch(switch, _) => {
                self.expression(&switch.0);
                for case in &switch.1.expressions {
                    self.expression(&case.lhs);
                    self.expression(&case.rhs);
                }
            }
            Stmt::While(flow, position) | Stmt::Do(flow, _, position) => {
                self.acts(*position);
                self.expression(&flow.expr);
                self.block(&flow.body);
            }
            Stmt::For(parts, position) => {
                self.acts(*position);
                self.expression(&parts.2.expr);
                let before = self.locals.len();
                self.locals.push(parts.0.name.to_string());
                self.locals.extend(parts.1.iter().map(|counter| counter.name.to_string()));
                self.block(&parts.2.body);
                self.locals.truncate(before);
            }
            Stmt::Var(parts, _, position) => {
                self.acts(*position);
                self.expression(&parts.1);
                self.locals.push(parts.0.name.to_string());
            }
            Stmt::Assignment(parts) => {
                self.acts(parts.0.position());
                self.assigned(&parts.1.lhs);
                self.expression(&parts.1.lhs);
                self.expression(&parts.1.rhs);
            }
            Stmt::FnCall(call, position) => self.call(call, *position, None),
            Stmt::Block(block) => self.block(block),
            Stmt::TryCatch(flow, position) => {
                self.acts(*position);
                self.block(&flow.body);
                let before = self.locals.len();
                if let Expr::Variable(name, ..) = &flow.expr {
                    self.locals.push(name.1.to_string());
                }
                self.block(&flow.branch);
                self.locals.truncate(before);
            }
            Stmt::Expr(expression) => self.expression(expression),
            Stmt::BreakLoop(value, _, position) | Stmt::Return(value, _, position) => {
                self.acts(*position);
                if let Some(value) = value {
                    self.expression(value);
                }
            }
            Stmt::Import(_, position) | Stmt::Export(_, position) => {
                self.problem(*position, 6, "A script cannot import or export.".into(), None);
            }
            _ => {}
        }
    }

    /// The variable at the root of something assigned to.
    fn assigned(&mut self, target: &Expr) {
        match target {
            Expr::Variable(variable, _, position) => {
                let name = variable.1.as_str();
                if self.locals.iter().any(|local| local == name) {
                    return;
                }
                match self.names.var(name) {
                    Some(slot) => {
                        self.found.changed.insert(slot);
                    }
                    None if Global::of(name).is_some() => {
                        self.problem(*position, name.len(), format!("`{name}` cannot be changed."), None);
                    }
                    None => {}
                }
            }
            Expr::Dot(parts, ..) | Expr::Index(parts, ..) => self.assigned(&parts.lhs),
            _ => {}
        }
    }

    fn variable(&mut self, name: &str, position: Position) {
        if self.locals.iter().any(|local| local == name) {
            return;
        }
        if self.inside {
            // A function sees only its own; a closure's captured variables come to it as parameters.
            let message = format!("A function sees only its own variables; `{name}` is none of them.");
            self.problem(position, name.len(), message, Some(name));
        } else if let Some(slot) = self.names.var(name) {
            self.found.vars.insert(slot);
        } else if let Some(global) = Global::of(name) {
            self.found.globals.insert(global);
        } else if name == "secrets" {
            let message = "Secrets may be used only in the templates of `http`.".into();
            self.problem(position, name.len(), message, Some(name));
        } else if !self.functions.iter().any(|(function, _)| function == name) {
            self.problem(position, name.len(), format!("There is no variable `{name}`."), Some(name));
        }
    }

    fn expression(&mut self, expression: &Expr) {
        match expression {
            Expr::Variable(variable, _, position) => match variable.2.is_empty() {
                true => self.variable(&variable.1, *position),
                false => self.problem(*position, 1, "There are no modules: `::` cannot be used.".into(), None),
            },
            Expr::InterpolatedString(parts, _) | Expr::Array(parts, _) => {
                parts.iter().for_each(|part| self.expression(part));
            }
            Expr::Map(parts, _) => parts.0.iter().for_each(|(_, value)| self.expression(value)),
            Expr::And(parts, _) | Expr::Or(parts, _) | Expr::Coalesce(parts, _) => {
                parts.iter().for_each(|part| self.expression(part));
            }
            Expr::Dot(parts, ..) => {
                if let (Expr::Variable(variable, ..), Some((property, position))) =
                    (&parts.lhs, first_property(&parts.rhs))
                {
                    self.input(&variable.1, property, position);
                }
                if let Some(call) = first_call(&parts.rhs)
                    && SCRIPT_FUNCTIONS.iter().any(|known| known.name == call && known.changes)
                {
                    self.assigned(&parts.lhs);
                }
                self.expression(&parts.lhs);
                self.expression(&parts.rhs);
            }
            Expr::Index(parts, ..) => {
                if let (Expr::Variable(variable, ..), Expr::StringConstant(name, position)) = (&parts.lhs, &parts.rhs) {
                    self.input(&variable.1, name, *position);
                }
                self.expression(&parts.lhs);
                self.expression(&parts.rhs);
            }
            Expr::FnCall(call, position) => self.call(call, *position, None),
            Expr::MethodCall(call, position) => self.call(call, *position, Some(())),
            Expr::Stmt(block) => self.block(block),
            _ => {}
        }
    }

    fn input(&mut self, variable: &str, name: &str, position: Position) {
        let shadowed = self.locals.iter().any(|local| local == variable) || self.names.var(variable).is_some();
        if variable == "inputs" && !shadowed && !self.names.has_input(name) {
            self.problem(position, name.len(), format!("There is no input `{name}`."), Some(name));
        }
    }

    fn call(&mut self, call: &FnCallExpr, position: Position, method: Option<()>) {
        call.args.iter().for_each(|argument| self.expression(argument));
        if call.is_qualified() {
            self.problem(position, call.name.len(), "There are no modules: `::` cannot be used.".into(), None);
            return;
        }
        if call.is_operator_call() {
            return;
        }
        let name = call.name.as_str();
        let count = call.args.len() + usize::from(method.is_some());
        if let Some((first, true)) = call
            .args
            .first()
            .map(|first| (first, SCRIPT_FUNCTIONS.iter().any(|known| known.name == name && known.changes)))
            && method.is_none()
        {
            self.assigned(first);
        }
        let mut known = self.functions.iter().filter(|(function, _)| function == name).peekable();
        if known.peek().is_some() {
            if !known.any(|(_, params)| *params == call.args.len()) {
                self.problem(position, name.len(), format!("`{name}` does not take {} values.", call.args.len()), None);
            }
            return;
        }
        let counts = match functions::find(name) {
            Some(function) => {
                self.found.volatile |= function.volatile;
                Some((function.min, function.max))
            }
            None => SCRIPT_FUNCTIONS.iter().find(|known| known.name == name).map(|known| known.counts),
        };
        match counts {
            Some((min, max)) if count < min || count > max => {
                let takes = if min == max { min.to_string() } else { format!("{min} to {max}") };
                let message =
                    format!("`{name}` takes {takes} {}, not {count}.", if takes == "1" { "value" } else { "values" });
                self.problem(position, name.len(), message, None);
            }
            Some(_) => {}
            // Rhai's own words for closures, and the internal name of `x..y`.
            None if matches!(name, "call" | "curry" | "type_of" | "Fn" | "is_shared" | "is_def_var" | "is_def_fn") => {}
            None => self.problem(position, name.len(), format!("There is no function `{name}`."), Some(name)),
        }
    }
}

/// The first property of the right side of a dot.
fn first_property(right: &Expr) -> Option<(&str, Position)> {
    match right {
        Expr::Property(property, position) => Some((&property.2, *position)),
        Expr::Dot(parts, ..) | Expr::Index(parts, ..) => first_property(&parts.lhs),
        _ => None,
    }
}

/// The name of the last method of a chain, which is the one that may change the root.
fn first_call(right: &Expr) -> Option<&str> {
    match right {
        Expr::MethodCall(call, _) => Some(&call.name),
        Expr::Dot(parts, ..) | Expr::Index(parts, ..) => first_call(&parts.lhs).or_else(|| first_call(&parts.rhs)),
        _ => None,
    }
}
