//! The `table` service: data tables of the tenant, `tables/NAME.csv` in the folder of flows, held in memory.
//!
//! Request: `{ table, where: {…}, begins: {…}, longest_prefix: {…}, limit }`. Answer: `{ rows: [{column: value}], more }`, in
//! the order of the file. Faults: `table.unknown`, `table.column`, `table.size`.

mod read;

use super::limits;
use offhook_flow_schemas::{Diagnostic, VarType};
use offhook_runtime::{Fault, Map, Value, types};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

/// The tables that are served. Cheap to clone; all clones are the same.
#[derive(Clone, Default)]
pub struct Tables {
    held: Arc<RwLock<HashMap<String, Arc<Table>>>>,
}

/// One table.
#[derive(Debug, Default, PartialEq)]
struct Table {
    columns: Vec<(Arc<str>, VarType)>,
    rows: Vec<Vec<Value>>,
}

impl Tables {
    /// Reads the tables of a folder of flows. One with a mistake stays as it was; one whose file has gone, goes.
    pub fn load(&self, flows: &Path) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        let mut fresh = HashMap::new();
        for (name, file) in read::files(flows) {
            match read::table(&file) {
                Ok(table) => {
                    fresh.insert(name, Arc::new(table));
                }
                Err(found) => {
                    diagnostics.extend(found);
                    let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
                    if let Some(before) = held.get(&name) {
                        fresh.insert(name, before.clone());
                    }
                }
            }
        }
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        diagnostics
    }

    /// The names of the tables.
    pub fn names(&self) -> Vec<String> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    pub(super) fn perform(&self, request: &Value) -> Result<Value, Fault> {
        let name = request.get("table").and_then(Value::as_text).unwrap_or_default();
        let table = self.held.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        let table = table.ok_or_else(|| Fault::new("table.unknown", format!("there is no table `{name}`")))?;
        table.find(name, request)
    }
}

impl Table {
    /// The conditions of one kind: places of columns and what is asked of them.
    fn conditions<'v>(&self, name: &str, asked: Option<&'v Value>) -> Result<Vec<(usize, &'v Value)>, Fault> {
        let asked = asked.and_then(Value::as_map).into_iter().flatten();
        asked
            .map(|(column, value)| {
                let place = self.columns.iter().position(|(known, _)| known == column);
                let unknown = || Fault::new("table.column", format!("the table {name} has no column `{column}`"));
                Ok((place.ok_or_else(unknown)?, value))
            })
            .collect()
    }

    fn find(&self, name: &str, request: &Value) -> Result<Value, Fault> {
        let equal = self.conditions(name, request.get("where"))?;
        let begins = self.conditions(name, request.get("begins"))?;
        let longest = self.conditions(name, request.get("longest_prefix"))?;
        let limit =
            request.get("limit").and_then(Value::as_int).and_then(|rows| usize::try_from(rows).ok()).unwrap_or(1);
        // In the form of the column; what has none is in no row.
        let equal: Option<Vec<(usize, Value)>> = equal
            .into_iter()
            .map(|(place, value)| Some((place, types::form(value.clone(), self.columns[place].1).ok()?)))
            .collect();
        let begins: Vec<(usize, String)> =
            begins.into_iter().map(|(place, value)| (place, value.to_string())).collect();
        let longest: Vec<(usize, String)> =
            longest.into_iter().map(|(place, value)| (place, value.to_string())).collect();
        let fits = |row: &&Vec<Value>| {
            equal.as_ref().is_some_and(|equal| equal.iter().all(|(place, value)| row[*place] == *value))
                && begins.iter().all(|(place, text)| row[*place].to_string().starts_with(text.as_str()))
                && longest.iter().all(|(place, text)| text.starts_with(&row[*place].to_string()))
        };
        let mut found: Vec<&Vec<Value>> = self.rows.iter().filter(fits).collect();
        if let [(place, _)] = longest.as_slice() {
            let length = |row: &&Vec<Value>| row[*place].to_string().len();
            let most = found.iter().map(length).max().unwrap_or_default();
            found.retain(|row| length(row) == most);
        }
        let more = found.len() > limit;
        let mut bytes = 0;
        let mut rows = Vec::new();
        for row in found.into_iter().take(limit) {
            let map: Map =
                self.columns.iter().zip(row).map(|((name, _), value)| (name.clone(), value.clone())).collect();
            let row = Value::Map(Arc::new(map));
            bytes += row.weight();
            if bytes > limits::ANSWER_BYTES {
                return Err(Fault::new("table.size", format!("the rows of {name} are too large; ask for fewer")));
            }
            rows.push(row);
        }
        Ok(Value::map([("rows", Value::list(rows)), ("more", Value::Bool(more))]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use offhook_runtime::flow_schemas::Code;
    use serde_json::json;

    fn tables(csv: &str) -> (Tables, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("tables")).unwrap();
        std::fs::write(folder.path().join("tables/rates.csv"), csv).unwrap();
        let tables = Tables::default();
        assert_eq!(tables.load(folder.path()), []);
        (tables, folder)
    }

    #[test]
    fn a_table_that_cannot_be_read_is_what_its_code_explains() {
        let row = Code::BAD_TABLE.explanation().unwrap();
        let found = |csv: &str| {
            let folder = tempfile::tempdir().unwrap();
            std::fs::create_dir(folder.path().join("tables")).unwrap();
            std::fs::write(folder.path().join("tables/rates.csv"), csv).unwrap();
            Tables::default().load(folder.path())
        };
        let told: Vec<(Code, u32)> = found(row.wrong).iter().map(|one| (one.code, one.line)).collect();
        assert_eq!(told, [(Code::BAD_TABLE, 2)]);
        assert_eq!(found(row.right), []);
    }

    fn ask(tables: &Tables, request: serde_json::Value) -> Result<serde_json::Value, String> {
        let mut request = request;
        request["table"] = "rates".into();
        let answer = tables.perform(&Value::from_json(&request));
        answer.map(|answer| answer.to_json()).map_err(|fault| fault.code.into_owned())
    }

    const RATES: &str =
        "prefix,country,price:decimal,open:bool\n+34,ES,0.02,true\n+3491,ES,0.010,false\n+1,US,,true\n,,9,\n";

    #[test]
    fn rows_are_found_by_value_beginning_and_longest_prefix() {
        let (tables, _folder) = tables(RATES);
        let prefixes = |request| {
            let answer = ask(&tables, request).unwrap();
            let rows = answer["rows"].as_array().unwrap().clone();
            rows.iter().map(|row| row["prefix"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(prefixes(json!({ "where": { "country": "ES" }, "limit": 9 })), ["+34", "+3491"]);
        assert_eq!(prefixes(json!({ "where": { "country": "ES", "open": false }, "limit": 9 })), ["+3491"]);
        assert_eq!(prefixes(json!({ "where": { "price": "0.01" }, "limit": 9 })), ["+3491"]);
        assert_eq!(prefixes(json!({ "where": { "price": null }, "limit": 9 })), ["+1"]);
        assert_eq!(prefixes(json!({ "where": { "price": "cheap" }, "limit": 9 })), [""; 0]);
        assert_eq!(prefixes(json!({ "begins": { "prefix": "+34" }, "limit": 9 })), ["+34", "+3491"]);
        assert_eq!(prefixes(json!({ "longest_prefix": { "prefix": "+34911234" }, "limit": 9 })), ["+3491"]);
        assert_eq!(prefixes(json!({ "longest_prefix": { "prefix": "+3466" }, "limit": 9 })), ["+34"]);
        // An empty cell is the beginning of everything: the row for the rest.
        assert_eq!(prefixes(json!({ "longest_prefix": { "prefix": "+49" }, "limit": 9 })), [""]);
        let one = ask(&tables, json!({ "where": { "country": "ES" }, "limit": 1 })).unwrap();
        assert_eq!(
            one,
            json!({ "rows": [{ "prefix": "+34", "country": "ES", "price": 0.02, "open": true }], "more": true })
        );
        assert_eq!(ask(&tables, json!({ "where": { "contry": "ES" } })), Err("table.column".into()));
        let unknown = tables.perform(&Value::from_json(&json!({ "table": "rate" })));
        assert_eq!(unknown.unwrap_err().code, "table.unknown");
    }

    #[test]
    fn a_table_with_a_mistake_leaves_the_last_good_one_and_tells_where() {
        let (tables, folder) = tables(RATES);
        let path = folder.path().join("tables/rates.csv");
        let complaints = |csv: &str| {
            std::fs::write(&path, csv).unwrap();
            let found = tables.load(folder.path());
            found.iter().map(|one| format!("{}:{} {}", one.line, one.column, one.message)).collect::<Vec<_>>()
        };
        let still = || ask(&tables, json!({ "where": { "country": "US" } })).unwrap()["rows"].as_array().unwrap().len();
        for (csv, told) in [
            ("a,price:decimal\nx,1\n\"y, z\",cheap\n", "3:8 the column price: it is a text that is not a number"),
            ("a,b\n1,2\n1\n", "3:1 the row has 1 field, not 2"),
            ("a,b\n1,2,3\n", "2:1 the row has 3 fields, not 2"),
            ("a,a\n", "1:3 two columns are called `a`"),
            ("a,\n", "1:3 a column has no name"),
            ("a:colour\n", "1:1 there is no type `colour`"),
            ("a:list\n", "1:1 a cell cannot hold a `list`"),
            ("", "1:1 the row of column names is missing"),
        ] {
            assert_eq!(complaints(csv), [told], "{csv}");
            assert_eq!(still(), 1);
        }
        std::fs::write(&path, b"a\n\xff\n").unwrap();
        assert_eq!(tables.load(folder.path()).len(), 1);
        assert_eq!(still(), 1);
        assert_eq!(complaints("country\nUS\nUS\n"), [""; 0]);
        assert_eq!(
            ask(&tables, json!({ "where": { "country": "US" }, "limit": 5 })).unwrap()["rows"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
        std::fs::remove_file(&path).unwrap();
        assert_eq!(tables.load(folder.path()), []);
        assert_eq!(ask(&tables, json!({})), Err("table.unknown".into()));
    }
}
