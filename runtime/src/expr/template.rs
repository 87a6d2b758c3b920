//! Templates: what is shown, said or sent, with `{{ }}` where values go. The language is Tera's.
//!
//! Literals, values, filters, `if`, `for` and `set` run natively (see `native`); other filters, tests and operators
//! run in Tera. Since Tera has no limits, what it gets has no loops, definitions or comprehensions. Natively decimals stay exact and a missing key of a map shows as nothing; in Tera
//! decimals are approximate and a missing key is a fault. Nothing is escaped, and no template can include another.

mod native;
mod parse;
mod tera;

pub(crate) use self::tera::Engine;

/// The tree of a template, for the checks.
pub(crate) mod parts {
    pub(crate) use super::native::{For, Part};
}

use super::terms::{self, Act, Term};
use super::world::World;
use super::{Env, Names, Problem, Shared};
use crate::fault::Fault;
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// Before the name of a secret in rendered text. The pair stands where the secret will go; only the host, which
/// sends the text, puts the secret there.
pub const SECRET_OPEN: char = '\u{F8F0}';
/// After the name of a secret in rendered text.
pub const SECRET_CLOSE: char = '\u{F8F1}';

/// The text without marks of secrets. Whatever comes from outside goes through here before it may stand next to
/// real marks: else a contact could ask for a secret by writing its mark.
pub fn strip_marks(text: &str) -> Cow<'_, str> {
    match text.contains([SECRET_OPEN, SECRET_CLOSE]) {
        true => Cow::Owned(text.replace([SECRET_OPEN, SECRET_CLOSE], "")),
        false => Cow::Borrowed(text),
    }
}

/// A compiled template. Cheap to clone.
#[derive(Clone)]
pub struct Template(Arc<Compiled>);

struct Compiled {
    shared: Arc<Shared>,
    source: Box<str>,
    /// Whether it may hold secrets, so that no value may bring a mark.
    secrets: bool,
    form: Form,
}

enum Form {
    Literal(Box<str>),
    Native { program: native::Program, tera: OnceLock<Option<tera::Compiled>> },
    Tera(tera::Compiled),
}

/// Compiles a template.
pub(crate) fn compile(
    shared: &Arc<Shared>,
    source: &str,
    names: &Names,
    secrets: bool,
) -> Result<Template, Vec<Problem>> {
    if source.len() > shared.limits.source_bytes {
        return Err(vec![Problem::at(0, source.len(), format!("It may have {} bytes.", shared.limits.source_bytes))]);
    }
    let form = match ["{{", "{%", "{#"].iter().any(|mark| source.contains(mark)) {
        false => Form::Literal(strip_marks(source).into()),
        true => match parse::parse(source, names, secrets) {
            Ok(program) => Form::Native { program, tera: OnceLock::new() },
            Err(parse::Stop::Problems(problems)) => return Err(problems),
            Err(parse::Stop::Declined) => Form::Tera(tera::compile(shared, source, names)?),
        },
    };
    Ok(Template(Arc::new(Compiled { shared: shared.clone(), source: source.into(), secrets, form })))
}

impl Template {
    /// Adds the rendered text to `out`. On a fault `out` is as it was.
    ///
    /// # Errors
    /// `template.error`, or `script.limit` where it would write or do too much.
    pub fn render(&self, env: &Env<'_>, out: &mut String) -> Result<(), Fault> {
        let Compiled { shared, source, secrets, form } = &*self.0;
        let (program, tera) = match form {
            Form::Literal(text) => {
                env.allows(&shared.limits)?;
                env.spend(0, text.len());
                out.push_str(text);
                return Ok(());
            }
            Form::Tera(template) => {
                env.allows(&shared.limits)?;
                return template.render(shared, env, *secrets, out);
            }
            Form::Native { program, tera } => (program, tera),
        };
        env.allows(&shared.limits)?;
        let start = out.len();
        let world = World::new(env, &shared.limits);
        let rendered = native::render(program, env, &world, *secrets, out);
        env.account(&world, 0, out.len() - start);
        let halt = match rendered {
            Ok(()) => {
                env.random.set(world.random.get());
                return Ok(());
            }
            Err(halt) => halt,
        };
        out.truncate(start);
        match halt {
            native::Halt::Fault(fault) => Err(fault),
            native::Halt::Tera if program.growing => {
                Err(Fault::new("template.error", "a value in the template cannot be computed, or is too big"))
            }
            native::Halt::Tera => {
                match tera.get_or_init(|| tera::again(shared, source, &program.vars, &program.globals)) {
                    Some(template) => template.render(shared, env, *secrets, out),
                    None => Err(Fault::new("template.error", "a value in the template cannot be computed")),
                }
            }
        }
    }

    /// What it does, for the checks. Of one that Tera runs, only which variables it shows is known.
    pub(crate) fn acts(&self) -> Vec<Act> {
        match &self.0.form {
            Form::Literal(_) => Vec::new(),
            Form::Native { program, .. } => terms::of_parts(&program.parts),
            Form::Tera(template) => {
                template.reads().map(|slot| Act::Value(Term::Other(vec![Term::Var(slot)]))).collect()
            }
        }
    }

    /// Whether it runs without Tera.
    pub fn is_native(&self) -> bool {
        !matches!(self.0.form, Form::Tera(_))
    }

    /// The text as Tera alone renders it.
    #[cfg(test)]
    pub(crate) fn render_in_tera(&self, env: &Env<'_>) -> Result<String, Fault> {
        let mut out = String::new();
        match &self.0.form {
            Form::Literal(text) => out.push_str(text),
            Form::Tera(template) => template.render(&self.0.shared, env, self.0.secrets, &mut out)?,
            Form::Native { program, .. } => {
                tera::again(&self.0.shared, &self.0.source, &program.vars, &program.globals)
                    .ok_or_else(|| Fault::new("template.refused", "Tera refuses it"))?
                    .render(&self.0.shared, env, self.0.secrets, &mut out)?
            }
        }
        Ok(out)
    }

    /// The text, when it is always the same.
    pub fn literal(&self) -> Option<&str> {
        match &self.0.form {
            Form::Literal(text) => Some(text),
            _ => None,
        }
    }

    /// Its source.
    pub fn source(&self) -> &str {
        &self.0.source
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Template").field(&self.0.source).finish()
    }
}
