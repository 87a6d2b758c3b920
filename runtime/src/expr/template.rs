//! Templates: what is shown, said or sent, with `{{ }}` where values go. The language is Tera's.
//!
//! Literals, values, filters, `if`, `for` and `set` run natively (see `native`); the rest of Tera (macros, tests,
//! comprehensions, …) runs in Tera. Natively decimals stay exact and a missing key of a map shows as nothing; in Tera
//! decimals are approximate and a missing key is a fault. Nothing is escaped, and no template can include another.

mod tera;

pub(crate) use self::tera::Engine;

use super::{Env, Names, Problem, Shared};
use crate::fault::Fault;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

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

/// The mark of a secret.
fn mark(name: &str) -> String {
    format!("{SECRET_OPEN}{name}{SECRET_CLOSE}")
}

/// A compiled template. Cheap to clone.
#[derive(Clone)]
pub struct Template(Arc<Compiled>);

struct Compiled {
    shared: Arc<Shared>,
    source: Box<str>,
    form: Form,
}

enum Form {
    Literal(Box<str>),
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
    let form = if ["{{", "{%", "{#"].iter().any(|mark| source.contains(mark)) {
        Form::Tera(tera::compile(shared, source, names, secrets)?)
    } else {
        Form::Literal(strip_marks(source).into())
    };
    Ok(Template(Arc::new(Compiled { shared: shared.clone(), source: source.into(), form })))
}

impl Template {
    /// Adds the rendered text to `out`. On a fault `out` is as it was.
    ///
    /// # Errors
    /// `template.error`, or `script.limit` where it would write too much.
    pub fn render(&self, env: &Env<'_>, out: &mut String) -> Result<(), Fault> {
        match &self.0.form {
            Form::Literal(text) => out.push_str(text),
            Form::Tera(template) => template.render(&self.0.shared, env, out)?,
        }
        Ok(())
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
