//! `query`: asks a SQL source of the tenant.

mod sql;

use crate::effect::{Happened, Retry, happened};
use crate::limits;
use crate::rows::{self, Rows};
use crate::table::hundred;
use offhook_runtime::params::{Millis, SourceName, ValueExpr, VarRef};
use offhook_runtime::{Context, Exit, Fault, FlowExits, Meta, Node, NodeType, Signal, Step, Value};
use schemars::JsonSchema;
use serde::Deserialize;
use sql::Statement;
use std::collections::BTreeMap;

const META: Meta =
    Meta { name: "query", family: "data", title: "Database", icon: "database", channels: &[], kinds: &[] };

/// The service that asks databases.
const SERVICE: &str = "query";

pub(crate) fn node_type() -> NodeType {
    NodeType::of::<Query>(META, include_str!("query.yaml"))
}

/// Asks a database and goes on with its rows. Values reach the statement only as parameters, `:name`, never as part of
/// its text. A source is read-only unless its environment grants more.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Query {
    /// The name of the database, which the environment binds.
    source: SourceName,
    /// The statement, one only. A value stands in it as `:name`.
    #[schemars(extend("format" = "sql"))]
    sql: String,
    /// The values of the parameters, by name.
    #[serde(default)]
    params: BTreeMap<String, ValueExpr>,
    /// Whether the first row is taken or all of them.
    #[serde(default)]
    #[schemars(extend("default" = "one"))]
    rows: Rows,
    /// How many rows are taken at most; `last.result.more` tells when there were more.
    #[serde(default = "hundred")]
    #[schemars(range(min = 1, max = 1000))]
    limit: u32,
    /// How long the answer may take.
    #[serde(default = "five_seconds")]
    #[schemars(extend("default" = "5s"))]
    timeout: Millis,
    /// Whether it is asked again when the database is not there or slow. Ask only once what must not happen twice.
    #[serde(default)]
    #[schemars(extend("default" = {}))]
    retry: Retry,
    /// The variable that takes the row, or the list of rows.
    #[serde(default)]
    save: Option<VarRef>,
}

fn five_seconds() -> Millis {
    Millis(5_000)
}

impl Query {
    fn request(&self, cx: &Context<'_>) -> Result<Value, Fault> {
        // Unless the text is sound, there is no program to run.
        let statement = Statement::read(&self.sql).map_err(|why| Fault::new("query.sql", why))?;
        let mut values = Vec::with_capacity(statement.names.len());
        for name in &statement.names {
            values.push(self.params.get(name).map_or(Ok(Value::Null), |value| cx.value(*value))?);
        }
        Ok(Value::map([
            ("source", Value::text(self.source.0.as_str())),
            ("sql", Value::text(statement.text)),
            ("params", Value::list(values)),
            ("limit", self.rows.limit(self.limit)),
            ("timeout_ms", Value::Int(i64::try_from(self.timeout.0).unwrap_or(i64::MAX))),
        ]))
    }

    fn step(&self, signal: Signal<'_>, cx: &mut Context<'_>) -> Result<Step, Fault> {
        let (flight, what) = happened(signal, SERVICE, cx);
        match what {
            Happened::Send => {
                let request = self.request(cx)?;
                Ok(flight.send(SERVICE, request, self.timeout.0, cx))
            }
            Happened::Answer(answer) => rows::take(self.rows, self.save, answer, SERVICE, cx),
            Happened::Failure(fault) => {
                let passing = matches!(&*fault.code, "query.timeout" | "query.source");
                Ok(flight.fail(fault, passing, self.retry.tries(), cx))
            }
            Happened::Foreign => Ok(Step::Pass),
        }
    }
}

impl Node for Query {
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
        match Statement::read(&self.sql) {
            Ok(statement) => {
                for name in statement.names.iter().filter(|name| !self.params.contains_key(*name)) {
                    found.push(("/sql".into(), format!("`:{name}` has no value: give it under `params`")));
                }
                for name in self.params.keys().filter(|name| !statement.names.contains(name)) {
                    found.push((format!("/params/{name}"), format!("the statement has no `:{name}`")));
                }
            }
            Err(why) => found.push(("/sql".into(), why)),
        }
        if self.params.len() > limits::QUERY_PARAMS {
            found.push(("/params".into(), format!("a statement has {} parameters at most", limits::QUERY_PARAMS)));
        }
        if !(1..=limits::ROWS).contains(&self.limit) {
            found.push(("/limit".into(), format!("the rows are 1 to {}", limits::ROWS)));
        }
        if self.timeout.0 == 0 {
            found.push(("/timeout".into(), "no service answers in no time".into()));
        }
        self.retry.check(&mut found);
        found
    }
}
