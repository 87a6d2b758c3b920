//! Environments: what binds the symbolic names of flows. A flow names its sources, tables, numbers, message channels and
//! secrets; what stands behind each name, and whether there is anything, is another question in every environment.
//!
//! Knows names only, never values: what a name stands for is the host's.

use crate::compile::{Compiled, FlowSource};
use crate::params::ResourceKind;
use offhook_flow_schemas::{Code, Diagnostic, sort_diagnostics};
use std::collections::{BTreeMap, BTreeSet};

/// The names that an environment binds.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// What people call it: its file.
    pub name: String,
    bound: BTreeMap<ResourceKind, BTreeSet<String>>,
}

impl Environment {
    /// An environment that binds nothing yet.
    pub fn new(name: impl Into<String>) -> Self {
        Environment { name: name.into(), bound: BTreeMap::new() }
    }

    /// Binds a name.
    pub fn bind(&mut self, kind: ResourceKind, name: impl Into<String>) {
        self.bound.entry(kind).or_default().insert(name.into());
    }

    /// Whether a name is bound.
    pub fn binds(&self, kind: ResourceKind, name: &str) -> bool {
        self.bound.get(&kind).is_some_and(|names| names.contains(name))
    }

    /// A diagnostic for each name in these flows that this environment does not bind.
    pub fn check(&self, sources: &[FlowSource], compiled: &Compiled) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for source in sources {
            let document = &source.document;
            for used in compiled.resources(&document.flow.id) {
                if self.binds(used.kind, &used.name) {
                    continue;
                }
                let message = format!("{} binds no {} `{}`", self.name, used.kind.noun(), used.name);
                let diagnostic = document.diagnostic(Code::UNBOUND_RESOURCE, &used.pointer, message);
                let known = self.bound.get(&used.kind).into_iter().flatten().map(String::as_str);
                found.push(diagnostic.remedy(remedy(used.kind, &used.name)).did_you_mean(&used.name, known));
            }
        }
        sort_diagnostics(&mut found);
        found
    }
}

fn remedy(kind: ResourceKind, name: &str) -> String {
    match kind {
        ResourceKind::Secret => format!("add `{name} = \"env:{name}\"` under `[secrets]`"),
        ResourceKind::Source => format!("add `[sources.{name}]` with its `url`"),
        ResourceKind::Table => format!("put `{name}.csv` in the folder `tables` beside the flows"),
        ResourceKind::MessageChannel => format!("add `[messages.{name}]`"),
        ResourceKind::Number => format!("add `{name} = \"+1…\"` under `[numbers]`"),
    }
}
