//! Templates that Tera itself renders.

use super::super::functions::{FUNCTIONS, Function};
use super::super::limits::Limits;
use super::super::world::{self, World};
use super::super::{Env, Global, Names, Problem, Shared};
use super::strip_marks;
use crate::fault::Fault;
use crate::value::{Map, Value};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::io;
use std::str::FromStr;
use std::sync::Arc;
use tera::{ErrorKind, Kwargs, State, Tera};

/// The name of the one template in each engine.
const NAME: &str = "template";

/// Tera with our filters and functions, from which each template takes its own.
pub(crate) struct Engine(Tera);

impl Engine {
    pub fn new() -> Self {
        let mut tera = Tera::new();
        tera.autoescape_on(Vec::<&str>::new());
        for function in FUNCTIONS {
            register(&mut tera, function);
        }
        // It can make a thousand bytes of each.
        tera.register_filter(
            "indent",
            |_: &tera::Value, _: Kwargs, _: &State<'_>| -> Result<tera::Value, tera::Error> {
                Err(tera::Error::message("`indent` is not available"))
            },
        );
        Engine(tera)
    }
}

/// The names of a function's arguments.
pub(crate) fn parameters(function: &'static Function) -> impl Iterator<Item = &'static str> {
    let signature = function.signature;
    let open = signature.find('(').unwrap_or(signature.len() - 1);
    signature[open + 1..]
        .trim_end_matches(')')
        .split(", ")
        .map(|name| name.trim_end_matches('?'))
        .filter(|name| !name.is_empty())
}

/// The name of an argument as Tera's own filter of the same name calls it.
pub(crate) fn other_name(function: &str, parameter: &str) -> Option<&'static str> {
    match (function, parameter) {
        ("default", "otherwise") => Some("value"),
        ("join", "separator") => Some("sep"),
        ("split", "separator") => Some("pat"),
        ("round", "places") => Some("precision"),
        ("range", "from") => Some("start"),
        ("range", "to") => Some("end"),
        _ => None,
    }
}

fn call(function: &'static Function, piped: Option<&tera::Value>, named: &Kwargs) -> Result<tera::Value, tera::Error> {
    let mut values: Vec<Value> = piped.map(from_tera).into_iter().collect();
    if function.spread && !values.is_empty() && named.get::<&tera::Value>("forms")?.is_none() {
        values.push(Value::map(named.iter().map(|(name, value)| (name.to_string(), from_tera(value)))));
        return world::with(|world| (function.body)(&values, world))
            .map(|value| to_tera(&value))
            .map_err(|fault| tera::Error::message(fault.message));
    }
    let mut given = named.iter().count() + values.len();
    for parameter in parameters(function).skip(values.len()) {
        let value = match named.get::<&tera::Value>(parameter)? {
            Some(value) => Some(value),
            None => match other_name(function.name, parameter) {
                Some(name) => named.get::<&tera::Value>(name)?,
                None => None,
            },
        };
        match value {
            Some(value) => values.push(from_tera(value)),
            // As Tera's own `range` has it.
            None if (function.name, parameter) == ("range", "from") => {
                values.push(Value::Int(0));
                given += 1;
            }
            None => break,
        }
    }
    if values.len() != given || values.len() < function.min {
        return Err(tera::Error::message(format!("`{}` is written `{}`", function.name, function.signature)));
    }
    world::with(|world| (function.body)(&values, world))
        .map(|value| to_tera(&value))
        .map_err(|fault| tera::Error::message(fault.message))
}

fn register(tera: &mut Tera, function: &'static Function) {
    if function.max > 0 {
        tera.register_filter(function.name, move |value: &tera::Value, named: Kwargs, _: &State<'_>| {
            call(function, Some(value), &named)
        });
    }
    tera.register_function(function.name, move |named: Kwargs, _: &State<'_>| call(function, None, &named));
}

/// A value as Tera holds it; a decimal becomes a binary fraction.
pub(crate) fn to_tera(value: &Value) -> tera::Value {
    match value {
        Value::Null => tera::Value::none(),
        Value::Bool(bool) => (*bool).into(),
        Value::Int(int) => (*int).into(),
        Value::Decimal(decimal) => decimal.to_f64().map_or_else(tera::Value::none, tera::Value::from),
        Value::Text(text) => tera::Value::from(&**text),
        Value::List(items) => tera::Value::from(items.iter().map(to_tera).collect::<Vec<_>>()),
        Value::Map(map) => {
            let map: tera::Map = map.iter().map(|(key, value)| (key.to_string().into(), to_tera(value))).collect();
            tera::Value::from(map)
        }
    }
}

fn from_tera(value: &tera::Value) -> Value {
    if value.is_none() || value.is_undefined() {
        return Value::Null;
    }
    if let Some(bool) = value.as_bool() {
        return Value::Bool(bool);
    }
    if value.is_f64() {
        let float = value.as_f64().unwrap_or_default();
        return Decimal::from_str(&float.to_string()).map_or(Value::Null, Value::Decimal);
    }
    if let Some(int) = value.as_i64() {
        return Value::Int(int);
    }
    if let Some(text) = value.as_str() {
        return Value::text(text);
    }
    if let Some(items) = value.as_array() {
        return Value::list(items.iter().map(from_tera));
    }
    if let Some(map) = value.as_map() {
        let map: Map = map.iter().map(|(key, value)| (Arc::from(key.to_string()), from_tera(value))).collect();
        return Value::Map(Arc::new(map));
    }
    Value::text(value.to_string())
}

/// A template of Tera's.
pub(crate) struct Compiled {
    tera: Box<Tera>,
    vars: Box<[(u16, Arc<str>)]>,
    globals: Box<[Global]>,
}

/// Compiles a template with Tera.
pub(crate) fn compile(shared: &Shared, source: &str, names: &Names) -> Result<Compiled, Vec<Problem>> {
    let mut tera = shared.tera.0.clone();
    tera.add_raw_template(NAME, source).map_err(|error| vec![problem(&error, source)])?;
    if let Some(problem) = endless(source) {
        return Err(vec![problem]);
    }
    let mut problems = Vec::new();
    let (mut vars, mut globals) = (Vec::new(), Vec::new());
    let mut read: Vec<&str> =
        tera.get_template_variables(NAME).map_err(|error| vec![problem(&error, source)])?.into_iter().collect();
    read.sort_unstable();
    for name in read {
        if let Some(slot) = names.var(name) {
            vars.push((slot, Arc::from(name)));
        } else if let Some(global) = Global::of(name) {
            globals.push(global);
        } else {
            let offset = find_name(source, name);
            let (message, unknown) = match name {
                "secrets" => {
                    problems.push(Problem::secret(offset));
                    continue;
                }
                _ => (format!("There is no variable `{name}`."), Some(name.to_owned())),
            };
            problems.push(Problem { offset, len: name.len(), message, unknown });
        }
    }
    problems.sort_by_key(|problem| problem.offset);
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Compiled { tera: Box::new(tera), vars: vars.into(), globals: globals.into() })
}

impl Compiled {
    /// The slots of the variables that it reads.
    pub fn reads(&self) -> impl Iterator<Item = u16> {
        self.vars.iter().map(|(slot, _)| *slot)
    }
}

/// The same template that the native path has read and now leaves to Tera; nothing where Tera refuses it, or where
/// it holds secrets, whose marks Tera is never given.
pub(super) fn again(shared: &Shared, source: &str, vars: &[(u16, Arc<str>)], globals: &[Global]) -> Option<Compiled> {
    let mut tera = shared.tera.0.clone();
    tera.add_raw_template(NAME, source).ok()?;
    Some(Compiled { tera: Box::new(tera), vars: vars.into(), globals: globals.into() })
}

/// Filters and joins in one template of Tera's: each may make a text a few times longer.
const MAX_STEPS: usize = 30;

/// What would let a short template make or do without end: Tera counts nothing. The native path has loops, and
/// counts; what of them it could not read cannot be used. The source is one that Tera has accepted.
fn endless(source: &str) -> Option<Problem> {
    let (mut at, mut steps) = (0, 0);
    while let Some(open) = source[at..].find('{') {
        let start = at + open;
        let (tag, close) = match source.as_bytes().get(start + 1) {
            Some(b'{') => (false, "}}"),
            Some(b'%') => (true, "%}"),
            Some(b'#') => {
                at = start + 2 + source[start + 2..].find("#}").unwrap_or(source.len() - start - 2);
                continue;
            }
            _ => {
                at = start + 1;
                continue;
            }
        };
        at = start + 2;
        let mut first = tag;
        loop {
            let rest = &source[at..];
            let char = rest.chars().next()?;
            if rest.starts_with(close) {
                at += 2;
                break;
            }
            if matches!(char, '"' | '\'' | '`') {
                let mut end = 1;
                while end < rest.len() && !rest[end..].starts_with(char) {
                    let skip = rest[end..].chars().next().map_or(1, char::len_utf8);
                    end += skip;
                    if skip == 1 && rest.as_bytes()[end - 1] == b'\\' {
                        end += rest[end..].chars().next().map_or(1, char::len_utf8);
                    }
                }
                at += (end + 1).min(rest.len());
                continue;
            }
            steps += usize::from(matches!(char, '|' | '~'));
            if !(char.is_ascii_alphabetic() || char == '_') {
                at += char.len_utf8();
                continue;
            }
            let end = rest.find(|char: char| !char.is_ascii_alphanumeric() && char != '_').unwrap_or(rest.len());
            let word = &rest[..end];
            let plain = matches!(word, "if" | "elif" | "else" | "endif");
            if (first && !plain) || word == "for" {
                let message = match word {
                    "for" | "set" | "endfor" => {
                        "This loop or `set` holds something that can be used only outside of loops, or cannot be used."
                    }
                    _ => "This cannot be used in a template.",
                };
                return Some(Problem::at(at, word.len(), message));
            }
            first = false;
            at += end;
        }
        if steps > MAX_STEPS {
            return Some(Problem::at(start, 0, format!("A template may have {MAX_STEPS} filters and joins.")));
        }
    }
    None
}

/// Where a name first stands by itself inside `{{ }}` or `{% %}`.
fn find_name(source: &str, name: &str) -> usize {
    let word = |char: char| char.is_alphanumeric() || char == '_';
    let start = source.find("{{").into_iter().chain(source.find("{%")).min().unwrap_or(0);
    source[start..]
        .match_indices(name)
        .map(|(at, _)| start + at)
        .find(|at| {
            let before = source[..*at].chars().next_back();
            !before.is_some_and(|char| word(char) || char == '.') && !source[at + name.len()..].starts_with(word)
        })
        .unwrap_or(start)
}

/// Tera's error as a problem. Errors of names carry a whole report; its first line says what is wrong.
fn problem(error: &tera::Error, source: &str) -> Problem {
    match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
            let range = &report.span().range;
            let message = format!("{}.", report.message().trim_end_matches('.'));
            Problem::at(range.start.min(source.len()), range.len(), message)
        }
        other => {
            let text = match other {
                ErrorKind::Msg(text) => text.clone(),
                _ => error.to_string(),
            };
            let line = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
            let unknown = line.split('`').nth(1).filter(|_| line.starts_with("Unknown")).map(str::to_owned);
            let offset = unknown.as_deref().map_or(0, |name| find_name(source, name));
            let len = unknown.as_deref().map_or(0, str::len);
            Problem { offset, len, message: format!("{}.", line.trim_end_matches('.')), unknown }
        }
    }
}

impl Compiled {
    pub fn render(&self, shared: &Shared, env: &Env<'_>, secrets: bool, out: &mut String) -> Result<(), Fault> {
        let mut context = tera::Context::new();
        for (slot, name) in &self.vars {
            let value = env.vars.get(usize::from(*slot)).map_or_else(tera::Value::none, to_tera);
            context.insert_value(name.to_string(), value);
        }
        for global in &self.globals {
            context.insert_value(global.name(), to_tera(&(env.global)(*global)));
        }
        let mut written = Bounded { bytes: Vec::new(), limits: &shared.limits, full: false };
        let world = World::new(env, &shared.limits);
        let (result, world) = world::enter(world, || self.tera.render_to(NAME, &context, &mut written));
        env.random.set(world.random.get());
        env.account(&world, 0, written.bytes.len());
        if written.full {
            return Err(Fault::new(
                "script.limit",
                format!("a template may write {} bytes", shared.limits.output_bytes),
            ));
        }
        if let Err(error) = result {
            let message = match error.kind() {
                ErrorKind::RenderingError(report) => report.message().to_owned(),
                _ => error.to_string(),
            };
            return Err(Fault::new("template.error", message));
        }
        let text = String::from_utf8_lossy(&written.bytes);
        out.push_str(&if secrets { strip_marks(&text) } else { text });
        Ok(())
    }
}

/// Where Tera writes; no further than the limit.
struct Bounded<'a> {
    bytes: Vec<u8>,
    limits: &'a Limits,
    full: bool,
}

impl io::Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.limits.output_bytes {
            self.full = true;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
