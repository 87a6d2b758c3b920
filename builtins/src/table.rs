//! `table`: looks something up in a data table of the tenant.

use crate::effect::{Happened, Tries, happened};
use crate::limits;
use crate::rows::{self, Rows};
use offhook_runtime::params::{TableName, ValueExpr, VarRef};
use offhook_runtime::{Context, Exit, Fault, FlowExits, Map, Meta, Node, NodeType, Signal, Step, Value};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

const META: Meta =
    Meta { name: "table", family: "data", title: "Data table", icon: "table", channels: &[], kinds: &[] };

/// The service that holds the tables.
const SERVICE: &str = "table";

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<Table>(META, include_str!("table.yaml"))
}

/// Looks something up in a data table, a CSV file in the folder `tables` beside the flows. All conditions must hold.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Table {
    /// The name of the table: its file without `.csv`.
    table: TableName,
    /// Columns, each with the value that it must have.
    #[serde(default, rename = "where")]
    equal: BTreeMap<String, ValueExpr>,
    /// Columns, each with a text that its value must begin with.
    #[serde(default)]
    begins: BTreeMap<String, ValueExpr>,
    /// A column of prefixes, with a text such as a telephone number. Of the rows whose prefix the text begins with, those
    /// with the longest prefix are taken.
    #[serde(default)]
    longest_prefix: BTreeMap<String, ValueExpr>,
    /// Whether the first row is taken or all of them.
    #[serde(default)]
    #[schemars(extend("default" = "one"))]
    rows: Rows,
    /// How many rows are taken at most; `last.result.more` tells when there were more.
    #[serde(default = "hundred")]
    #[schemars(range(min = 1, max = 1000))]
    limit: u32,
    /// The variable that takes the row, or the list of rows.
    #[serde(default)]
    save: Option<VarRef>,
}

pub(crate) fn hundred() -> u32 {
    100
}

/// The values of some columns.
fn values(columns: &BTreeMap<String, ValueExpr>, cx: &Context<'_>) -> Result<Value, Fault> {
    let mut map = Map::new();
    for (column, value) in columns {
        map.insert(column.as_str().into(), cx.value(*value)?);
    }
    Ok(Value::Map(map.into()))
}

impl Table {
    fn request(&self, cx: &Context<'_>) -> Result<Value, Fault> {
        Ok(Value::map([
            ("table", Value::text(self.table.0.as_str())),
            ("where", values(&self.equal, cx)?),
            ("begins", values(&self.begins, cx)?),
            ("longest_prefix", values(&self.longest_prefix, cx)?),
            ("limit", self.rows.limit(self.limit)),
        ]))
    }

    fn step(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Result<Step, Fault> {
        let (flight, what) = happened(signal, SERVICE, cx);
        match what {
            Happened::Send => {
                let request = self.request(cx)?;
                Ok(flight.send(SERVICE, request, limits::TABLE_TIMEOUT_MS, cx))
            }
            Happened::Answer(answer) => rows::take(self.rows, self.save, answer, SERVICE, cx),
            // A table is in memory: what fails once fails again.
            Happened::Failure(fault) => Ok(flight.fail(fault, false, Tries { attempts: 1, backoff_ms: 0 }, cx)),
            Happened::Foreign => Ok(Step::Pass),
        }
    }
}

impl Node for Table {
    fn exits(&self, _: &dyn FlowExits) -> Vec<Exit> {
        rows::exits()
    }

    fn on(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Step {
        self.step(signal, cx).unwrap_or_else(Step::Fault)
    }

    fn waits(&self) -> bool {
        true
    }

    fn check(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        if self.equal.is_empty() && self.begins.is_empty() && self.longest_prefix.is_empty() {
            found.push((String::new(), "nothing is looked for: give `where`, `begins` or `longest_prefix`".into()));
        }
        if self.longest_prefix.len() > 1 {
            found.push(("/longest_prefix".into(), "only one column can have the longest prefix".into()));
        }
        if !(1..=limits::ROWS).contains(&self.limit) {
            found.push(("/limit".into(), format!("the rows are 1 to {}", limits::ROWS)));
        }
        found
    }
}
