//! The names a flow's expressions may use. Does not know types or values.

use super::limits::Limits;
use super::program::Expression;
use super::template::Template;
use indexmap::IndexSet;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// The variables by slot, the inputs and the declared secrets of one flow.
#[derive(Default)]
pub struct Names {
    vars: IndexSet<Arc<str>>,
    inputs: BTreeSet<Arc<str>>,
    secrets: BTreeSet<Arc<str>>,
    /// What was compiled under these names: a flow repeats itself.
    compiled: Mutex<HashMap<Key, Compiled>>,
}

/// What a source was compiled as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Expression,
    Template,
    SecretTemplate,
}

#[derive(PartialEq, Eq, Hash)]
struct Key {
    kind: Kind,
    limits: Limits,
    source: Box<str>,
}

pub(crate) enum Compiled {
    Expression(Expression),
    Template(Template),
}

impl From<Expression> for Compiled {
    fn from(expression: Expression) -> Self {
        Compiled::Expression(expression)
    }
}
impl From<Template> for Compiled {
    fn from(template: Template) -> Self {
        Compiled::Template(template)
    }
}

/// What can be taken out of the store again.
pub(crate) trait Kept: Sized {
    fn of(compiled: &Compiled) -> Option<Self>;
}
impl Kept for Expression {
    fn of(compiled: &Compiled) -> Option<Self> {
        match compiled {
            Compiled::Expression(expression) => Some(expression.clone()),
            Compiled::Template(_) => None,
        }
    }
}
impl Kept for Template {
    fn of(compiled: &Compiled) -> Option<Self> {
        match compiled {
            Compiled::Template(template) => Some(template.clone()),
            Compiled::Expression(_) => None,
        }
    }
}

impl Names {
    /// No names yet.
    pub fn new() -> Self {
        Names::default()
    }

    /// Adds a variable and tells its slot; one that is there already keeps its slot.
    ///
    /// # Panics
    /// When there are more than 65,536 variables; the schema of a flow allows far fewer.
    pub fn add_var(&mut self, name: &str) -> u16 {
        self.forget();
        let (slot, _) = self.vars.insert_full(Arc::from(name));
        u16::try_from(slot).expect("a flow has fewer variables, its schema says so")
    }

    /// Adds an input.
    pub fn add_input(&mut self, name: &str) {
        self.forget();
        self.inputs.insert(Arc::from(name));
    }

    /// Adds a declared secret.
    pub fn add_secret(&mut self, name: &str) {
        self.forget();
        self.secrets.insert(Arc::from(name));
    }

    /// The slot of a variable.
    pub fn var(&self, name: &str) -> Option<u16> {
        self.vars.get_index_of(name).map(|slot| slot as u16)
    }

    /// The name of a slot.
    pub fn var_name(&self, slot: u16) -> Option<&Arc<str>> {
        self.vars.get_index(slot.into())
    }

    /// The variables in the order of their slots.
    pub fn vars(&self) -> impl ExactSizeIterator<Item = &Arc<str>> {
        self.vars.iter()
    }

    /// The inputs.
    pub fn inputs(&self) -> impl Iterator<Item = &Arc<str>> {
        self.inputs.iter()
    }

    /// The declared secrets.
    pub fn secrets(&self) -> impl Iterator<Item = &Arc<str>> {
        self.secrets.iter()
    }

    /// Whether there is such an input.
    pub fn has_input(&self, name: &str) -> bool {
        self.inputs.contains(name)
    }

    /// Whether there is such a secret.
    pub fn has_secret(&self, name: &str) -> bool {
        self.secrets.contains(name)
    }

    fn forget(&mut self) {
        self.compiled.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(crate) fn known<T: Kept>(&self, limits: &Limits, kind: Kind, source: &str) -> Option<T> {
        let key = Key { kind, limits: *limits, source: source.into() };
        T::of(self.compiled.lock().unwrap_or_else(PoisonError::into_inner).get(&key)?)
    }

    pub(crate) fn keep(&self, limits: &Limits, kind: Kind, source: &str, compiled: impl Into<Compiled>) {
        let key = Key { kind, limits: *limits, source: source.into() };
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner).insert(key, compiled.into());
    }
}

impl Clone for Names {
    fn clone(&self) -> Self {
        Names {
            vars: self.vars.clone(),
            inputs: self.inputs.clone(),
            secrets: self.secrets.clone(),
            compiled: Mutex::default(),
        }
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names")
            .field("vars", &self.vars)
            .field("inputs", &self.inputs)
            .field("secrets", &self.secrets)
            .finish_non_exhaustive()
    }
}
