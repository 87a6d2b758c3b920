//! Expressions, scripts and templates: what authors write after `=`, in `when:` and `script:`, and inside `{{ }}`.
//!
//! The language of expressions and scripts is Rhai, that of templates is Tera. Common expressions and templates are
//! compiled to trees over the session's variables (see `native`), the rest runs in Rhai or Tera; the results are the
//! same. Everything an evaluation may know comes in through [`Env`]: there is no clock, no randomness, no file, no
//! network, no floating point, and [`Limits`] hold always. Does not know flows, nodes or sessions.
//!
//! What differs from plain Rhai, so that flows read as their authors expect:
//! * a property or an index of nothing is nothing (`last.result.body.name` when there is no body), and a comparison
//!   with nothing never fails: nothing equals only nothing, and is neither less nor greater than anything;
//! * `null` is nothing, and `'text'` is a text just as `"text"` is;
//! * `+` with a text on one side joins; functions never change what they are given (`trim(x)` yields the trimmed text).

mod check;
mod convert;
mod engine;
pub mod functions;
mod limits;
mod names;
mod native;
pub(crate) mod ops;
mod program;
mod template;
pub(crate) mod terms;
mod world;

#[cfg(test)]
mod tests;

pub use engine::{SCRIPT_FUNCTIONS, ScriptFunction};
pub use limits::Limits;
pub use names::Names;
pub use program::{Expression, Script};
pub use template::{SECRET_CLOSE, SECRET_OPEN, Template, strip_marks};

use crate::value::Value;
use std::cell::Cell;
use std::sync::Arc;

/// What every expression may read besides the flow's variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Global {
    /// `inputs`: what the flow was started or called with.
    Inputs,
    /// `contact`: the person at the other end.
    Contact,
    /// `session`: the conversation itself.
    Session,
    /// `last`: the last node's exit and result.
    Last,
}

impl Global {
    /// All of them.
    pub const ALL: [Global; 4] = [Global::Inputs, Global::Contact, Global::Session, Global::Last];

    /// The name by which expressions read it.
    pub fn name(self) -> &'static str {
        match self {
            Global::Inputs => "inputs",
            Global::Contact => "contact",
            Global::Session => "session",
            Global::Last => "last",
        }
    }

    pub(crate) fn of(name: &str) -> Option<Global> {
        Global::ALL.into_iter().find(|global| global.name() == name)
    }
}

/// What one evaluation sees of the session.
pub struct Env<'a> {
    /// The variables by slot, as [`Names`] numbered them.
    pub vars: &'a [Value],
    /// The globals; asked only for those that are read.
    pub global: &'a dyn Fn(Global) -> Value,
    /// The moment, in milliseconds since 1970-01-01T00:00:00Z.
    pub now_ms: i64,
    /// The state of the session's random generator (SplitMix64); moved on by `random()` and `uuid()`.
    pub random: &'a Cell<u64>,
    /// The locale, as a BCP 47 tag, in which values are put into words.
    pub locale: &'a Arc<str>,
    /// For whom the result is.
    pub showing: Showing,
    /// Work that all evaluations of the turn have done so far, against [`Limits::turn_work`].
    pub spent: &'a Cell<u64>,
}

/// For whom a result is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Showing {
    /// For the flow, a service or a record.
    #[default]
    Plain,
    /// For a contact who reads it.
    Read,
    /// For a contact who hears it.
    Heard,
}

impl Showing {
    /// Whether values are put into words for the ear.
    pub fn is_heard(self) -> bool {
        self == Showing::Heard
    }
}

/// A mistake in the source of an expression, script or template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it begins: a byte of the source.
    pub offset: usize,
    /// How many bytes it covers; 0 where only the place is known.
    pub len: usize,
    /// What is wrong, in a sentence for the author.
    pub message: String,
    /// The name that nobody declared, for "did you mean".
    pub unknown: Option<String>,
}

impl Problem {
    /// A secret where none may be.
    pub(crate) fn secret(offset: usize) -> Self {
        let message = "Secrets may be used only in the templates of `http`.".into();
        Problem { offset, len: "secrets".len(), message, unknown: Some("secrets".to_owned()) }
    }

    pub(crate) fn at(offset: usize, len: usize, message: impl Into<String>) -> Self {
        Problem { offset, len, message: message.into(), unknown: None }
    }
}

/// Compiles sources under one set of limits. One for a tenant, or for the whole process, is enough: building it costs
/// tens of milliseconds (see `examples/expr_speed.rs`), so never build one for a session; all that it compiled share it.
#[derive(Clone)]
pub struct Compiler {
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Compiler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compiler").field("limits", &self.shared.limits).finish_non_exhaustive()
    }
}

/// What all compiled sources of a compiler share.
pub(crate) struct Shared {
    pub engine: rhai::Engine,
    pub tera: template::Engine,
    pub limits: Limits,
}

impl Compiler {
    /// A compiler under these limits.
    pub fn new(limits: &Limits) -> Self {
        let shared = Shared { engine: engine::build(limits), tera: template::Engine::new(), limits: *limits };
        Compiler { shared: Arc::new(shared) }
    }

    /// Compiles an expression: something that yields a value and changes nothing. `source` has no leading `=`.
    ///
    /// # Errors
    /// All problems that can be seen in the source, in its order.
    pub fn expression(&self, source: &str, names: &Names) -> Result<Expression, Vec<Problem>> {
        if let Some(known) = names.known(&self.shared.limits, names::Kind::Expression, source) {
            return Ok(known);
        }
        let expression = program::expression(&self.shared, source, names)?;
        names.keep(&self.shared.limits, names::Kind::Expression, source, expression.clone());
        Ok(expression)
    }

    /// Compiles a script: statements that may change the flow's variables; its value is that of its last statement.
    ///
    /// # Errors
    /// All problems that can be seen in the source, in its order.
    pub fn script(&self, source: &str, names: &Names) -> Result<Script, Vec<Problem>> {
        program::script(&self.shared, source, names)
    }

    /// Compiles a template. `secrets` says whether `{{ secrets.NAME }}` may stand in it; it renders as a mark (see
    /// [`SECRET_OPEN`]), never as the secret.
    ///
    /// # Errors
    /// All problems that can be seen in the source, in its order.
    pub fn template(&self, source: &str, names: &Names, secrets: bool) -> Result<Template, Vec<Problem>> {
        let kind = if secrets { names::Kind::SecretTemplate } else { names::Kind::Template };
        if let Some(known) = names.known(&self.shared.limits, kind, source) {
            return Ok(known);
        }
        let template = template::compile(&self.shared, source, names, secrets)?;
        names.keep(&self.shared.limits, kind, source, template.clone());
        Ok(template)
    }
}
