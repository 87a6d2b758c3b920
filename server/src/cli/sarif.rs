//! Diagnostics as SARIF 2.1.0, which code scanning services read. Columns count characters, as in all our diagnostics.

use offhook_flow_schemas::{Diagnostic, Related, Severity};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// One run of the check: every diagnostic as a result, every code among them as a rule.
pub(super) fn sarif(diagnostics: &[Diagnostic]) -> Value {
    let mut rules: BTreeMap<String, Value> = BTreeMap::new();
    for found in diagnostics {
        let code = found.code.to_string();
        rules.entry(code.clone()).or_insert_with(|| match found.code.explanation() {
            Some(row) => json!({
                "id": code, "name": row.name, "shortDescription": { "text": row.title }, "fullDescription": { "text": row.text },
                "defaultConfiguration": { "level": level(row.severity) }
            }),
            None => json!({ "id": code }),
        });
    }
    let index: BTreeMap<&String, usize> = rules.keys().enumerate().map(|(index, code)| (code, index)).collect();
    let results: Vec<Value> = diagnostics.iter().map(|found| result(found, index[&found.code.to_string()])).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "offhook", "version": env!("CARGO_PKG_VERSION"), "rules": rules.values().collect::<Vec<_>>()
            } },
            "columnKind": "unicodeCodePoints",
            "results": results
        }]
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "note",
    }
}

fn result(found: &Diagnostic, rule: usize) -> Value {
    let text = match &found.remedy {
        Some(remedy) => format!("{} ({remedy})", found.message),
        None => found.message.clone(),
    };
    let mut location = place(&found.file, found.line, found.column, found.end_line, found.end_column);
    if let Some(node) = &found.node {
        let name = match &found.field {
            Some(field) => format!("{node}.{field}"),
            None => node.clone(),
        };
        location["logicalLocations"] = json!([{ "name": node, "fullyQualifiedName": name, "kind": "element" }]);
    }
    let mut result = json!({
        "ruleId": found.code, "ruleIndex": rule, "level": level(found.severity), "message": { "text": text }, "locations": [location]
    });
    let related: Vec<Value> = found.related.iter().enumerate().map(|(id, one)| related_place(id, one)).collect();
    if !related.is_empty() {
        result["relatedLocations"] = Value::Array(related);
    }
    result
}

fn related_place(id: usize, one: &Related) -> Value {
    let mut location = place(&one.file, one.line, one.column, one.line, one.column);
    location["id"] = json!(id);
    location["message"] = json!({ "text": one.message });
    location
}

fn place(file: &str, line: u32, column: u32, end_line: u32, end_column: u32) -> Value {
    let mut place = json!({ "physicalLocation": { "artifactLocation": { "uri": uri(file) } } });
    // A diagnostic about a file as a whole has no line.
    if line > 0 {
        let mut region = json!({ "startLine": line, "startColumn": column.max(1) });
        if end_line > line || end_line == line && end_column > column {
            region["endLine"] = json!(end_line);
            region["endColumn"] = json!(end_column.max(1));
        }
        place["physicalLocation"]["region"] = region;
    }
    place
}

/// A path as a URI reference (RFC 3986): relative ones stay relative, to the working folder.
fn uri(path: &str) -> String {
    let mut out = if Path::new(path).is_absolute() { "file://".to_owned() } else { String::new() };
    for byte in path.trim_start_matches("./").bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            b'\\' if cfg!(windows) => out.push('/'),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("./flows/a b.yaml"), "flows/a%20b.yaml");
        assert_eq!(uri("/srv/ü.yaml"), "file:///srv/%C3%BC.yaml");
    }
}
