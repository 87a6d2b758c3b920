//! SQLite. A source that only reads is opened read-only, so that the database itself refuses to write.

use super::{Question, Taken, Trouble, decimal, trouble};
use crate::config;
use crate::services::limits;
use futures_util::StreamExt as _;
use offhook_runtime::{Map, Value};
use rust_decimal::prelude::ToPrimitive as _;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqlitePool, SqliteRow};
use sqlx::{
    Arguments as _, AssertSqlSafe, Column as _, ConnectOptions as _, Executor as _, Row as _, SqlSafeStr as _,
    Statement as _, TypeInfo as _, ValueRef as _,
};
use std::str::FromStr as _;
use std::time::Instant;

pub(super) fn open(url: &str, config: &config::Source) -> Result<SqlitePool, String> {
    // The library's message would show the address.
    let options = SqliteConnectOptions::from_str(url).map_err(|_| "its address cannot be read".to_owned())?;
    let options = options
        .create_if_missing(false)
        .read_only(config.access == config::Access::Read)
        .busy_timeout(config.timeout)
        // What a schema brings along is not trusted to call functions with side effects.
        .pragma("trusted_schema", "off")
        .disable_statement_logging();
    Ok(super::pool(config).connect_lazy_with(options))
}

fn told(error: sqlx::Error) -> Trouble {
    trouble(error, |error| {
        let code = error.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or_default();
        // The primary code is in the lower byte; see https://sqlite.org/rescode.html.
        match code & 0xff {
            8 => Trouble::Denied,
            9 => Trouble::Timeout,
            14 | 26 => Trouble::Source("the file cannot be opened as a database".into()),
            5 | 6 => Trouble::Source("it is locked".into()),
            // Of the statement itself; it holds no value.
            1 => Trouble::Failed(error.message().to_owned()),
            19 => Trouble::Failed("a constraint would be broken".into()),
            _ => Trouble::Failed(format!("SQLite error {code}")),
        }
    })
}

pub(super) async fn ask(pool: &SqlitePool, question: &Question) -> Result<Taken, Trouble> {
    let mut connection = pool.acquire().await.map_err(told)?;
    let until = Instant::now() + question.timeout;
    let mut handle = connection.lock_handle().await.map_err(told)?;
    handle.set_progress_handler(limits::SQLITE_STEPS, move || Instant::now() < until);
    drop(handle);
    let sql = AssertSqlSafe(question.sql.as_str()).into_sql_str();
    let statement = connection.prepare(sql).await.map_err(told)?;
    let has_rows = !statement.columns().is_empty();
    let mut arguments = SqliteArguments::default();
    for (place, value) in question.params.iter().enumerate() {
        bind(&mut arguments, value).map_err(|why| Trouble::Param(place, why))?;
    }
    let mut taken = Taken::default();
    let query = statement.query_with(arguments);
    if has_rows {
        let mut rows = query.fetch(&mut *connection);
        while let Some(row) = rows.next().await {
            if !taken.take(values(&row.map_err(told)?)?, question)? {
                break;
            }
        }
    } else {
        taken.affected = query.execute(&mut *connection).await.map_err(told)?.rows_affected();
    }
    Ok(taken)
}

fn bind(arguments: &mut SqliteArguments, value: &Value) -> Result<(), String> {
    let added = match value {
        Value::Null => arguments.add(None::<i64>),
        Value::Bool(bool) => arguments.add(*bool),
        Value::Int(int) => arguments.add(*int),
        // SQLite has no decimals.
        Value::Decimal(decimal) => arguments.add(decimal.to_f64()),
        Value::Text(text) => arguments.add(text.to_string()),
        Value::List(_) | Value::Map(_) => arguments.add(value.to_json().to_string()),
    };
    added.map_err(|_| format!("{} cannot be bound", value.kind()))
}

fn values(row: &SqliteRow) -> Result<Map, Trouble> {
    let mut map = Map::new();
    for (place, column) in row.columns().iter().enumerate() {
        let unreadable = |_| Trouble::Failed(format!("the column {} cannot be read", column.name()));
        let raw = row.try_get_raw(place).map_err(unreadable)?;
        let declared = column.type_info().name().to_owned();
        let value = match (raw.is_null(), raw.type_info().name()) {
            (true, _) => Value::Null,
            (_, "TEXT") => Value::text(row.try_get_unchecked::<String, _>(place).map_err(unreadable)?),
            (_, "REAL") => decimal(row.try_get_unchecked::<f64, _>(place).map_err(unreadable)?),
            (_, "BLOB") => return Err(Trouble::Type(column.name().to_owned(), "BLOB".into())),
            _ => match row.try_get_unchecked::<i64, _>(place).map_err(unreadable)? {
                // SQLite keeps no truth values; a column may be declared to.
                bool @ (0 | 1) if declared == "BOOLEAN" => Value::Bool(bool == 1),
                int => Value::Int(int),
            },
        };
        map.insert(column.name().into(), value);
    }
    Ok(map)
}
