//! Rows: what a query and a look-up in a table answer, and how a flow takes them.

use offhook_runtime::params::VarRef;
use offhook_runtime::{Context, Exit, Fault, Step, Value};
use schemars::JsonSchema;
use serde::Deserialize;

/// How many rows are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Rows {
    /// The first; it is saved as a map from column to value.
    #[default]
    One,
    /// All, up to a limit; they are saved as a list of maps.
    All,
}

impl Rows {
    /// The most rows to ask for.
    pub(crate) fn limit(self, limit: u32) -> Value {
        Value::Int(match self {
            Rows::One => 1,
            Rows::All => limit.into(),
        })
    }
}

/// The exits of a node that takes rows.
pub(crate) fn exits() -> Vec<Exit> {
    vec![Exit::named("next"), Exit::named("none"), Exit::named("error")]
}

/// Saves the rows of an answer, `{ rows: [{…}], more, affected }`, and leaves by `next`, or by `none` when there is no row
/// and nothing was changed either.
pub(crate) fn take(
    rows: Rows,
    save: Option<VarRef>,
    answer: &Value,
    service: &str,
    cx: &mut Context<'_>,
) -> Result<Step, Fault> {
    let Some(found) = answer.get("rows").and_then(Value::as_list) else {
        return Err(Fault::new(format!("{service}.answer"), format!("the service `{service}` answered without rows")));
    };
    cx.result(answer.clone());
    if let Some(save) = save {
        let value = match rows {
            Rows::One => found.first().cloned().unwrap_or_default(),
            Rows::All => answer.get("rows").cloned().unwrap_or_default(),
        };
        cx.set(save, value)?;
    }
    let changed = answer.get("affected").and_then(Value::as_int).unwrap_or_default() > 0;
    Ok(if found.is_empty() && !changed { Step::exit("none") } else { Step::NEXT })
}
