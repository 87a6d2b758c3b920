//! Compiled expressions and scripts: the native tree where there is one, Rhai's where there is not.

use super::check::{self, Found};
use super::convert::{from_rhai, to_rhai};
use super::engine::faulted;
use super::native::{self, Node, Scene, Step};
use super::ops;
use super::terms::{self, Act};
use super::world::{self, World};
use super::{Env, Global, Names, Problem, Shared};
use crate::fault::Fault;
use crate::value::Value;
use rhai::{AST, Dynamic, Scope, Stmt};
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// A compiled expression. Cheap to clone.
#[derive(Clone)]
pub struct Expression(Arc<Program>);

/// A compiled script. Cheap to clone.
#[derive(Clone)]
pub struct Script(Arc<Program>);

struct Program {
    shared: Arc<Shared>,
    source: Box<str>,
    tree: Tree,
    constant: Option<Value>,
    /// The slots that occur, and for Rhai also their names.
    reads: Box<[u16]>,
    names: Box<[Arc<str>]>,
    globals: Box<[Global]>,
    /// Rhai's own tree, made when first needed: a native expression needs it only for its errors.
    rhai: OnceLock<AST>,
}

enum Tree {
    Value(Node),
    Steps(Box<[Step]>),
    Rhai,
}

/// Compiles an expression.
pub(crate) fn expression(shared: &Arc<Shared>, source: &str, names: &Names) -> Result<Expression, Vec<Problem>> {
    let (ast, mut found) = parse(shared, source, names)?;
    if let Some(position) = found.acts {
        let message = "An expression yields a value and changes nothing; to compare, write `==`.";
        found.problems.push(Problem::at(check::offset(source, position), 1, message));
    } else if ast.statements().len() > 1 {
        let position = ast.statements()[1].position();
        found.problems.push(Problem::at(
            check::offset(source, position),
            1,
            "An expression is one value; this is more.",
        ));
    }
    if !found.problems.is_empty() {
        return Err(found.problems);
    }
    let tree = match ast.statements() {
        [statement] => native::of_statement(statement, names).map_or(Tree::Rhai, Tree::Value),
        _ => Tree::Rhai,
    };
    let mut program = program(shared, source, names, &found, tree, ast);
    if let Tree::Value(node) = &program.tree
        && node.constant()
    {
        let world = World::of_constants(&shared.limits);
        let scene = Scene { vars: &[], locals: &[], global: &|_| Value::Null, world: &world };
        program.constant = node.eval(&scene).map(Cow::into_owned);
    }
    Ok(Expression(Arc::new(program)))
}

/// Compiles a script.
pub(crate) fn script(shared: &Arc<Shared>, source: &str, names: &Names) -> Result<Script, Vec<Problem>> {
    let (ast, found) = parse(shared, source, names)?;
    if !found.problems.is_empty() {
        return Err(found.problems);
    }
    let tree = native::steps(ast.statements(), names).map_or(Tree::Rhai, |steps| Tree::Steps(steps.into()));
    Ok(Script(Arc::new(program(shared, source, names, &found, tree, ast))))
}

/// Rhai's reader stumbles over `''`, which in YAML is an empty text as `""` is; the two have the same length.
fn readable(source: &str) -> Cow<'_, str> {
    if !source.contains("''") {
        return Cow::Borrowed(source);
    }
    let bytes = source.as_bytes();
    let mut out = source.as_bytes().to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let skipped = match rest {
            [b'\'', b'\'', ..] => {
                out[at..at + 2].copy_from_slice(b"\"\"");
                2
            }
            [quote @ (b'"' | b'\'' | b'`'), inside @ ..] => {
                let mut end = 0;
                while end < inside.len() && inside[end] != *quote {
                    end += if inside[end] == b'\\' { 2 } else { 1 };
                }
                end + 2
            }
            [b'/', b'/', ..] => rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()),
            [b'/', b'*', ..] => rest.windows(2).position(|two| two == b"*/").map_or(rest.len(), |end| end + 2),
            _ => 1,
        };
        at += skipped;
    }
    String::from_utf8(out).map_or(Cow::Borrowed(source), Cow::Owned)
}

fn parse(shared: &Shared, source: &str, names: &Names) -> Result<(AST, Found), Vec<Problem>> {
    if source.len() > shared.limits.source_bytes {
        let message = format!("It may have {} bytes.", shared.limits.source_bytes);
        return Err(vec![Problem::at(0, source.len(), message)]);
    }
    let ast = shared.engine.compile(&*readable(source)).map_err(|error| {
        let message = format!("{}.", error.err_type().to_string().trim_end_matches('.'));
        vec![Problem::at(check::offset(source, error.position()), 0, message)]
    })?;
    if ast.statements().iter().all(|statement| matches!(statement, Stmt::Noop(_))) {
        return Err(vec![Problem::at(0, source.len(), "There is nothing here to compute.")]);
    }
    let found = check::walk(&ast, source, names);
    Ok((ast, found))
}

fn program(shared: &Arc<Shared>, source: &str, names: &Names, found: &Found, tree: Tree, ast: AST) -> Program {
    let rhai = OnceLock::new();
    if matches!(tree, Tree::Rhai) {
        rhai.get_or_init(|| ast);
    }
    let reads: Box<[u16]> = found.vars.union(&found.changed).copied().collect();
    Program {
        shared: shared.clone(),
        source: source.into(),
        tree,
        constant: None,
        names: reads.iter().filter_map(|slot| names.var_name(*slot).cloned()).collect(),
        reads,
        globals: found.globals.iter().copied().collect(),
        rhai,
    }
}

impl Program {
    /// Runs it in Rhai and gives the value and the variables it knows, as they are afterwards.
    fn run_in_rhai(&self, env: &Env<'_>) -> Result<(Value, Vec<Value>), Fault> {
        let mut scope = Scope::new();
        for (slot, name) in self.reads.iter().zip(&self.names) {
            let value = env.vars.get(usize::from(*slot)).map_or(Dynamic::UNIT, to_rhai);
            scope.push_dynamic(&**name, value);
        }
        for global in &self.globals {
            scope.push_constant_dynamic(global.name(), to_rhai(&(env.global)(*global)));
        }
        let engine = &self.shared.engine;
        let ast = self
            .rhai
            .get_or_init(|| engine.compile(&*readable(&self.source)).expect("it compiled when it was checked"));
        let world = World::new(env, &self.shared.limits);
        let (result, world) = world::enter(world, || engine.eval_ast_with_scope::<Dynamic>(&mut scope, ast));
        env.random.set(world.random.get());
        env.account(&world, world::steps(), 0);
        let value = from_rhai(&faulted(result)?.flatten(), &world)?;
        let mut vars = Vec::with_capacity(self.names.len());
        // The variables were pushed first, so they are first; a script's own locals follow.
        for (_, _, value) in scope.iter().take(self.names.len()) {
            vars.push(from_rhai(&value.flatten_clone(), &world)?);
        }
        Ok((value, vars))
    }
}

impl Expression {
    /// The value.
    ///
    /// # Errors
    /// `script.limit`, `script.type` or `script.error`; or the code that the expression itself throws.
    pub fn eval(&self, env: &Env<'_>) -> Result<Value, Fault> {
        let program = &*self.0;
        if let Some(value) = &program.constant {
            return Ok(value.clone());
        }
        env.allows(&program.shared.limits)?;
        if let Tree::Value(node) = &program.tree {
            let world = World::new(env, &program.shared.limits);
            let scene = Scene { vars: env.vars, locals: &[], global: env.global, world: &world };
            let value = node.eval(&scene);
            env.account(&world, 0, 0);
            if let Some(value) = value {
                env.random.set(world.random.get());
                return Ok(value.into_owned());
            }
        }
        program.run_in_rhai(env).map(|(value, _)| value)
    }

    /// What it does, for the checks.
    pub(crate) fn acts(&self, names: &Names) -> Vec<Act> {
        self.0.acts(names)
    }

    /// The slots of the variables it reads, in order.
    pub fn reads(&self) -> &[u16] {
        &self.0.reads
    }

    /// Its value, when that is always the same.
    pub fn constant(&self) -> Option<&Value> {
        self.0.constant.as_ref()
    }

    /// Its source.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Whether it runs without Rhai.
    pub fn is_native(&self) -> bool {
        matches!(self.0.tree, Tree::Value(_))
    }

    /// The value as Rhai alone computes it.
    #[cfg(test)]
    pub(crate) fn eval_in_rhai(&self, env: &Env<'_>) -> Result<Value, Fault> {
        self.0.run_in_rhai(env).map(|(value, _)| value)
    }

    /// The value as the native tree alone computes it, or nothing where it leaves the answer to Rhai.
    #[cfg(test)]
    pub(crate) fn eval_natively(&self, env: &Env<'_>) -> Option<Value> {
        let Tree::Value(node) = &self.0.tree else { return None };
        let world = World::new(env, &self.0.shared.limits);
        let scene = Scene { vars: env.vars, locals: &[], global: env.global, world: &world };
        node.eval(&scene).map(Cow::into_owned)
    }
}

impl Script {
    /// Runs the statements. Gives the value of the last one, and the variables that hold something else than before,
    /// by slot.
    ///
    /// # Errors
    /// As [`Expression::eval`]; nothing is changed then.
    pub fn run(&self, env: &Env<'_>) -> Result<(Value, Vec<(u16, Value)>), Fault> {
        let program = &*self.0;
        env.allows(&program.shared.limits)?;
        if let Tree::Steps(steps) = &program.tree
            && let Some(done) = program.run_steps(steps, env)
        {
            return Ok(done);
        }
        let (value, vars) = program.run_in_rhai(env)?;
        let before = |slot: u16| env.vars.get(usize::from(slot)).unwrap_or(&Value::Null);
        let changed = program.reads.iter().copied().zip(vars);
        Ok((value, changed.filter(|(slot, value)| !ops::identical(before(*slot), value)).collect()))
    }

    /// What it does, for the checks.
    pub(crate) fn acts(&self, names: &Names) -> Vec<Act> {
        self.0.acts(names)
    }

    /// The slots of the variables it reads or changes, in order.
    pub fn reads(&self) -> &[u16] {
        &self.0.reads
    }

    /// Its source.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Whether it runs without Rhai.
    pub fn is_native(&self) -> bool {
        matches!(self.0.tree, Tree::Steps(_))
    }

    /// What Rhai alone makes of it.
    #[cfg(test)]
    pub(crate) fn run_in_rhai(&self, env: &Env<'_>) -> Result<(Value, Vec<Value>), Fault> {
        self.0.run_in_rhai(env)
    }
}

impl Program {
    fn acts(&self, names: &Names) -> Vec<Act> {
        match &self.tree {
            Tree::Value(node) => vec![Act::Value(terms::of_node(node))],
            Tree::Steps(steps) => terms::of_steps(steps),
            Tree::Rhai => self.rhai.get().map_or_else(Vec::new, |ast| terms::of_ast(ast, names)),
        }
    }

    fn run_steps(&self, steps: &[Step], env: &Env<'_>) -> Option<(Value, Vec<(u16, Value)>)> {
        let world = World::new(env, &self.shared.limits);
        if let [Step::Assign(slot, node)] = steps {
            // One assignment, which is what most scripts are, sees the variables as they were.
            let scene = Scene { vars: env.vars, locals: &[], global: env.global, world: &world };
            let result = node.eval(&scene)?.into_owned();
            let before = env.vars.get(usize::from(*slot))?;
            env.random.set(world.random.get());
            let changed = !ops::identical(before, &result);
            return Some((Value::Null, if changed { vec![(*slot, result)] } else { Vec::new() }));
        }
        let mut vars = env.vars.to_vec();
        let mut value = Value::Null;
        for step in steps {
            let node = match step {
                Step::Assign(_, node) | Step::Update(_, _, node) | Step::Value(node) => node,
            };
            let scene = Scene { vars: &vars, locals: &[], global: env.global, world: &world };
            let result = node.eval(&scene)?.into_owned();
            value = Value::Null;
            match step {
                Step::Assign(slot, _) => *vars.get_mut(usize::from(*slot))? = result,
                Step::Update(slot, op, _) => {
                    let place = vars.get_mut(usize::from(*slot))?;
                    let plain = |value: &Value| matches!(value, Value::Int(_) | Value::Decimal(_) | Value::Text(_));
                    if !plain(place) || !plain(&result) {
                        return None;
                    }
                    *place = ops::calculate(*op, place, &result, self.shared.limits.string_bytes)?;
                }
                Step::Value(_) => value = result,
            }
        }
        env.random.set(world.random.get());
        let changed = self.reads.iter().filter_map(|slot| {
            let (now, before) = (&vars[usize::from(*slot)], &env.vars[usize::from(*slot)]);
            (!ops::identical(before, now)).then(|| (*slot, now.clone()))
        });
        Some((value, changed.collect()))
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.0.source).finish()
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Script").field(&self.0.source).finish()
    }
}
