//! PostgreSQL. Every statement is a transaction of its own, which a source that only reads begins as `READ ONLY`. The
//! database says which type each parameter has, and the value is put in that form.

use super::{Question, Taken, Trouble, decimal, trouble};
use crate::config;
use futures_util::StreamExt as _;
use jiff::civil::{Date, DateTime, Time};
use offhook_runtime::{Map, Value};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{
    PgArgumentBuffer, PgArguments, PgConnectOptions, PgPool, PgRow, PgTypeInfo, PgValueRef, Postgres,
};
use sqlx::{
    Arguments as _, AssertSqlSafe, Column as _, ConnectOptions as _, Either, Encode, Executor as _, Row as _,
    SqlSafeStr as _, Statement as _, Type, TypeInfo as _, ValueRef as _,
};
use std::str::FromStr as _;

/// Where PostgreSQL's days begin.
const EPOCH: Date = jiff::civil::date(2000, 1, 1);

pub(super) fn open(url: &str, config: &config::Source) -> Result<PgPool, String> {
    // The library's message would show the address.
    let options = PgConnectOptions::from_str(url).map_err(|_| "its address cannot be read".to_owned())?;
    let options = options.application_name("offhook").disable_statement_logging();
    Ok(super::pool(config).connect_lazy_with(options))
}

fn told(error: sqlx::Error) -> Trouble {
    trouble(error, |error| {
        let state = error.code().unwrap_or_default().into_owned();
        match state.as_str() {
            "25006" => Trouble::Denied,
            "57014" => Trouble::Timeout,
            "28000" | "28P01" => Trouble::Source("it refuses the user or the password".into()),
            "3D000" => Trouble::Source("there is no such database".into()),
            "53300" | "57P01" | "57P02" | "57P03" => Trouble::Source(format!("it is not ready (SQLSTATE {state})")),
            // Of the statement itself; others may quote a value.
            _ if state.starts_with("42") => Trouble::Failed(format!("{} (SQLSTATE {state})", error.message())),
            _ => Trouble::Failed(format!("SQLSTATE {state}")),
        }
    })
}

pub(super) async fn ask(pool: &PgPool, question: &Question) -> Result<Taken, Trouble> {
    let begin = if question.writes { "BEGIN READ WRITE" } else { "BEGIN READ ONLY" };
    let mut transaction = pool.begin_with(begin).await.map_err(told)?;
    let limit = format!("SET LOCAL statement_timeout = {}", question.timeout.as_millis().max(1));
    (*transaction).execute(AssertSqlSafe(limit)).await.map_err(told)?;
    let sql = AssertSqlSafe(question.sql.as_str()).into_sql_str();
    let statement = (*transaction).prepare(sql).await.map_err(told)?;
    let has_rows = !statement.columns().is_empty();
    let types = match statement.parameters() {
        Some(Either::Left(types)) => types.to_vec(),
        _ => Vec::new(),
    };
    let mut arguments = PgArguments::default();
    for (place, (value, kind)) in question.params.iter().zip(types).enumerate() {
        let bytes = bytes(value, kind.name()).map_err(|why| Trouble::Param(place, why))?;
        arguments.add(Bound { bytes, kind }).map_err(|_| Trouble::Param(place, "it cannot be bound".into()))?;
    }
    let mut taken = Taken::default();
    let query = statement.query_with(arguments);
    if has_rows {
        let mut rows = query.fetch(&mut *transaction);
        while let Some(row) = rows.next().await {
            if !taken.take(values(&row.map_err(told)?)?, question)? {
                break;
            }
        }
    } else {
        taken.affected = query.execute(&mut *transaction).await.map_err(told)?.rows_affected();
    }
    transaction.commit().await.map_err(told)?;
    Ok(taken)
}

/// A value in the binary form of the type that the database gave its place.
struct Bound {
    bytes: Option<Vec<u8>>,
    kind: PgTypeInfo,
}

impl Type<Postgres> for Bound {
    fn type_info() -> PgTypeInfo {
        // Never asked: each value says its own.
        <String as Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for Bound {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        match &self.bytes {
            Some(bytes) => {
                buffer.extend_from_slice(bytes);
                Ok(IsNull::No)
            }
            None => Ok(IsNull::Yes),
        }
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(self.kind.clone())
    }
}

/// The binary form of a value. What the value is stays out of the reason.
fn bytes(value: &Value, kind: &str) -> Result<Option<Vec<u8>>, String> {
    if value.is_null() {
        return Ok(None);
    }
    let text = value.to_string();
    let text = text.trim();
    let unfit = || format!("{} is no {}", value.kind(), kind.to_lowercase());
    let int = || match value {
        Value::Int(int) => Ok(*int),
        _ => text.parse::<i64>().map_err(|_| unfit()),
    };
    let number = || match value {
        Value::Decimal(decimal) => Ok(*decimal),
        _ => Decimal::from_str(text).map_err(|_| unfit()),
    };
    let micros = |time: Time| {
        let seconds = i64::from(time.hour()) * 3_600 + i64::from(time.minute()) * 60 + i64::from(time.second());
        seconds * 1_000_000 + i64::from(time.subsec_nanosecond()) / 1_000
    };
    let days = |date: Date| date.since(EPOCH).ok().map(|span| span.get_days()).ok_or_else(unfit);
    let encoded = match kind {
        "BOOL" => match value {
            Value::Bool(bool) => vec![u8::from(*bool)],
            _ => return Err(unfit()),
        },
        "INT2" => i16::try_from(int()?).map_err(|_| unfit())?.to_be_bytes().to_vec(),
        "INT4" => i32::try_from(int()?).map_err(|_| unfit())?.to_be_bytes().to_vec(),
        "INT8" => int()?.to_be_bytes().to_vec(),
        "FLOAT4" => number()?.to_f32().ok_or_else(unfit)?.to_be_bytes().to_vec(),
        "FLOAT8" => number()?.to_f64().ok_or_else(unfit)?.to_be_bytes().to_vec(),
        "NUMERIC" => {
            let mut buffer = PgArgumentBuffer::default();
            match Encode::<Postgres>::encode(number()?, &mut buffer) {
                Ok(IsNull::No) => buffer.to_vec(),
                _ => return Err(unfit()),
            }
        }
        "DATE" => days(Date::from_str(text).map_err(|_| unfit())?)?.to_be_bytes().to_vec(),
        "TIME" => micros(Time::from_str(text).map_err(|_| unfit())?).to_be_bytes().to_vec(),
        "TIMESTAMP" => {
            let moment = DateTime::from_str(text).map_err(|_| unfit())?;
            (i64::from(days(moment.date())?) * 86_400_000_000 + micros(moment.time())).to_be_bytes().to_vec()
        }
        "TIMESTAMPTZ" => {
            let moment = jiff::Timestamp::from_str(text).map_err(|_| unfit())?;
            (moment.as_microsecond() - epoch_micros()).to_be_bytes().to_vec()
        }
        "UUID" => uuid::Uuid::parse_str(text).map_err(|_| unfit())?.as_bytes().to_vec(),
        "JSON" => value.to_json().to_string().into_bytes(),
        // A version stands before the text.
        "JSONB" => [vec![1], value.to_json().to_string().into_bytes()].concat(),
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "CITEXT" => match value {
            Value::List(_) | Value::Map(_) => value.to_json().to_string().into_bytes(),
            _ => value.to_string().into_bytes(),
        },
        other => {
            return Err(format!("values of type {} cannot be bound: cast it in the statement", other.to_lowercase()));
        }
    };
    Ok(Some(encoded))
}

/// PostgreSQL's epoch in Unix microseconds.
fn epoch_micros() -> i64 {
    946_684_800_000_000
}

fn values(row: &PgRow) -> Result<Map, Trouble> {
    let mut map = Map::new();
    for (place, column) in row.columns().iter().enumerate() {
        let unreadable = || Trouble::Failed(format!("the column {} cannot be read", column.name()));
        let raw = row.try_get_raw(place).map_err(|_| unreadable())?;
        let value = match raw.is_null() {
            true => Value::Null,
            false => {
                let kind = raw.type_info().name().to_owned();
                value(&kind, raw)
                    .map_err(|_| unreadable())?
                    .ok_or_else(|| Trouble::Type(column.name().to_owned(), kind.to_lowercase()))?
            }
        };
        map.insert(column.name().into(), value);
    }
    Ok(map)
}

/// A value of the database; `None` for a type that flows do not have.
fn value(kind: &str, raw: PgValueRef<'_>) -> Result<Option<Value>, BoxDynError> {
    if kind == "NUMERIC" {
        // A number that no decimal holds (NaN, or of more digits) is an error.
        return Ok(Some(Value::Decimal(sqlx::Decode::<Postgres>::decode(raw)?)));
    }
    let bytes = raw.as_bytes()?;
    let fixed = |length: usize| bytes.get(..length).ok_or("too short");
    let micros = || -> Result<i64, BoxDynError> { Ok(i64::from_be_bytes(fixed(8)?.try_into()?)) };
    let time = |micros: i64| {
        let nanos = micros.rem_euclid(86_400_000_000) * 1_000;
        Time::midnight().checked_add(jiff::SignedDuration::from_nanos(nanos))
    };
    let date = |days: i64| EPOCH.checked_add(jiff::SignedDuration::from_hours(days.saturating_mul(24)));
    Ok(Some(match kind {
        "BOOL" => Value::Bool(fixed(1)?[0] != 0),
        "INT2" => Value::Int(i16::from_be_bytes(fixed(2)?.try_into()?).into()),
        "INT4" => Value::Int(i32::from_be_bytes(fixed(4)?.try_into()?).into()),
        "INT8" => Value::Int(i64::from_be_bytes(fixed(8)?.try_into()?)),
        "FLOAT4" => {
            // The shortest digits of the narrower type, not of the wider one that holds it.
            let number = f32::from_be_bytes(fixed(4)?.try_into()?);
            number.to_string().parse().map_or_else(|_| Value::text(number.to_string()), Value::Decimal)
        }
        "FLOAT8" => decimal(f64::from_be_bytes(fixed(8)?.try_into()?)),
        "DATE" => Value::text(date(i32::from_be_bytes(fixed(4)?.try_into()?).into())?.to_string()),
        "TIME" => Value::text(time(micros()?)?.to_string()),
        "TIMESTAMP" => {
            let micros = micros()?;
            let day = date(micros.div_euclid(86_400_000_000))?;
            Value::text(day.to_datetime(time(micros)?).to_string())
        }
        "TIMESTAMPTZ" => {
            let moment = jiff::Timestamp::from_microsecond(micros()?.saturating_add(epoch_micros()))?;
            Value::text(moment.to_string())
        }
        "UUID" => Value::text(uuid::Uuid::from_slice(bytes)?.to_string()),
        "JSON" => Value::from_json(&serde_json::from_slice(bytes)?),
        "JSONB" => Value::from_json(&serde_json::from_slice(bytes.get(1..).unwrap_or_default())?),
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "CITEXT" | "UNKNOWN" => Value::text(std::str::from_utf8(bytes)?),
        _ => return Ok(None),
    }))
}
