//! SQLite sources: values keep their types, a read-only source stays as it is, and limits hold. PostgreSQL is tried by the
//! end-to-end tests, with a real one.

use super::*;
use crate::config::{Access, Secret};
use serde_json::{Value as Json, json};
use sqlx::{ConnectOptions as _, Executor as _};
use std::str::FromStr as _;

const SCHEMA: &str = "
    CREATE TABLE patients (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price REAL, vip BOOLEAN, photo BLOB);
    INSERT INTO patients VALUES (1, 'Ann', 12.5, 1, NULL), (2, 'Bob', NULL, 0, NULL), (3, 'Cy', 0.1, 1, x'00');
";

async fn queries(access: Access, timeout: Duration, max_bytes: u64) -> (Queries, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clinic.db");
    let url = format!("sqlite://{}", path.display());
    let options = sqlx::sqlite::SqliteConnectOptions::from_str(&url).unwrap().create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    connection.execute(SCHEMA).await.unwrap();
    drop(connection);
    let source = |url: &str| config::Source { url: Secret::new(url), access, timeout, max_bytes, connections: 2 };
    let sources = [
        ("clinic".to_owned(), source(&url)),
        ("gone".to_owned(), source(&format!("{url}.gone"))),
        ("odd".to_owned(), source("sqlite://x?mode=odd&password=hush")),
    ];
    (Queries::new(&sources.into()), folder)
}

async fn ask(queries: &Queries, sql: &str, params: Json, limit: u64) -> Result<Json, (String, String)> {
    ask_of(queries, "clinic", sql, params, limit).await
}

async fn ask_of(
    queries: &Queries,
    source: &str,
    sql: &str,
    params: Json,
    limit: u64,
) -> Result<Json, (String, String)> {
    let request = json!({ "source": source, "sql": sql, "params": params, "limit": limit, "timeout_ms": 60_000 });
    let answer = queries.perform(&Value::from_json(&request)).await;
    answer.map(|answer| answer.to_json()).map_err(|fault| (fault.code.into_owned(), fault.message))
}

fn code(answer: Result<Json, (String, String)>) -> String {
    answer.map_or_else(|(code, _)| code, |answer| answer.to_string())
}

#[tokio::test]
async fn values_keep_their_types_and_parameters_are_bound() {
    let (queries, _folder) = queries(Access::Read, Duration::from_secs(10), 1 << 20).await;
    let answer = ask(&queries, "SELECT id, name, price, vip, photo FROM patients WHERE name = $1", json!(["Ann"]), 5);
    assert_eq!(
        answer.await.unwrap(),
        json!({ "rows": [{ "id": 1, "name": "Ann", "price": 12.5, "vip": true, "photo": null }], "more": false, "affected": 0 })
    );
    // What would be SQL in the text is a value here.
    let answer = ask(&queries, "SELECT id FROM patients WHERE name = $1", json!(["' OR 1=1 --"]), 5).await.unwrap();
    assert_eq!(answer["rows"], json!([]));
    let answer = ask(&queries, "SELECT $2 AS b, $1 AS a, $3 AS c, $4 AS d, $2 AS e", json!([1, "x", null, [1, 2]]), 5);
    assert_eq!(answer.await.unwrap()["rows"], json!([{ "a": 1, "b": "x", "c": null, "d": "[1,2]", "e": "x" }]));
    let answer = ask(&queries, "SELECT id FROM patients ORDER BY id", json!([]), 2).await.unwrap();
    assert_eq!((answer["rows"].as_array().unwrap().len(), &answer["more"]), (2, &json!(true)));
    let request = Value::from_json(&json!({ "source": "clinic", "sql": "SELECT 0.1 + 0.2 AS x", "limit": 1 }));
    let exact = queries.perform(&request).await.unwrap();
    let shown = exact.at(["rows", "0", "x"]).unwrap().to_string();
    assert_eq!(shown, "0.30000000000000004", "a decimal of the very digits");
}

#[tokio::test]
async fn a_source_that_only_reads_refuses_to_write() {
    let (queries, folder) = queries(Access::Read, Duration::from_secs(10), 1 << 20).await;
    for sql in [
        "INSERT INTO patients (name) VALUES ('Dee')",
        "DELETE FROM patients RETURNING id",
        "WITH x AS (SELECT 1) UPDATE patients SET name = 'x'",
        "CREATE TABLE t (a)",
    ] {
        assert_eq!(code(ask(&queries, sql, json!([]), 1).await), "query.denied", "{sql}");
    }
    let attach = format!("ATTACH '{}' AS other", folder.path().join("other.db").display());
    assert!(ask(&queries, &attach, json!([]), 1).await.is_err() || !folder.path().join("other.db").exists());
    assert_eq!(ask(&queries, "SELECT count(*) AS n FROM patients", json!([]), 1).await.unwrap()["rows"][0]["n"], 3);
}

#[tokio::test]
async fn what_is_granted_to_write_may() {
    let (queries, _folder) = queries(Access::Write, Duration::from_secs(10), 1 << 20).await;
    let answer = ask(&queries, "UPDATE patients SET price = $1 WHERE id > $2", json!([1, 1]), 1).await.unwrap();
    assert_eq!(answer, json!({ "rows": [], "more": false, "affected": 2 }));
    let answer =
        ask(&queries, "INSERT INTO patients (name) VALUES ($1) RETURNING id", json!(["Dee"]), 1).await.unwrap();
    assert_eq!(answer["rows"], json!([{ "id": 4 }]));
    // A question after a change has changed nothing.
    let answer = ask(&queries, "SELECT id FROM patients WHERE id = 99", json!([]), 1).await.unwrap();
    assert_eq!(answer, json!({ "rows": [], "more": false, "affected": 0 }));
}

#[tokio::test]
async fn limits_hold_and_faults_hold_no_values() {
    let (queries, _folder) = queries(Access::Write, Duration::from_millis(300), 2_000).await;
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS n FROM n";
    assert_eq!(code(ask(&queries, endless, json!([]), 1).await), "query.timeout");
    let large = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 500) SELECT i FROM n";
    assert_eq!(code(ask(&queries, large, json!([]), 1_000).await), "query.size");
    assert_eq!(code(ask(&queries, "SELECT photo FROM patients WHERE id = 3", json!([]), 1).await), "query.type");
    let (code_, message) = ask(&queries, "SELECT nme FROM patients", json!([]), 1).await.unwrap_err();
    assert_eq!(code_, "query.failed");
    assert!(message.contains("no such column"), "{message}");
    let taken = ask(&queries, "INSERT INTO patients (id, name) VALUES (1, $1)", json!(["4111-secret"]), 1).await;
    let (code_, message) = taken.unwrap_err();
    assert!(code_ == "query.failed" && !message.contains("4111"), "{message}");
    let gone = ask_of(&queries, "gone", "SELECT 1", json!([]), 1).await.unwrap_err();
    assert_eq!(gone.0, "query.source");
    let odd = ask_of(&queries, "odd", "SELECT 1", json!([]), 1).await.unwrap_err();
    assert!(odd.0 == "query.source" && !odd.1.contains("hush"), "{odd:?}");
    assert_eq!(ask_of(&queries, "clinik", "SELECT 1", json!([]), 1).await.unwrap_err().0, "query.unknown");
}
