//! Whether a variable of one version can take what another version knows: the same question that assignments within a flow
//! are asked, over the names of the other version.

use super::globals;
use super::infer::{Reading, Scene, look};
use super::types::Type;
use crate::expr::{Expression, Names};
use offhook_flow_schemas::VarDecl;
use serde_json::{Value as Json, json};

/// Schemas are each complete in themselves as far as they are looked into here.
fn root() -> Json {
    json!({})
}

/// Why a variable can never keep the value that it has in the other version.
pub(crate) fn unfit_kept(there: &VarDecl, here: &VarDecl) -> Option<String> {
    let root = root();
    Type::declared(there, &root).loose().unfit(here.kind, &Type::declared(here, &root))
}

/// Why a variable can never take the value of an expression over the variables and inputs of the other version.
pub(crate) fn unfit_value<'a>(
    expression: &Expression,
    names: &Names,
    vars: impl Iterator<Item = (&'a str, &'a VarDecl)>,
    inputs: impl Iterator<Item = (&'a str, &'a VarDecl)>,
    here: &VarDecl,
) -> Option<String> {
    let root = root();
    let typed = |(name, decl): (&str, &VarDecl)| (name.to_owned(), Type::declared(decl, &root));
    let vars: Vec<(String, Type)> = vars.map(typed).collect();
    let inputs: Vec<(String, Type)> = inputs.map(typed).collect();
    let globals = globals(&inputs);
    let inputs: Vec<String> = inputs.into_iter().map(|(name, _)| name).collect();
    let scene = Scene { vars: &vars, inputs: &inputs, globals: &globals };
    let found = look(&expression.acts(names), &scene, Reading::Whole);
    if let Some(never) = found.findings.into_iter().next() {
        return Some(never.message);
    }
    found.result?.unfit(here.kind, &Type::declared(here, &root))
}
