//! How far each locale of each flow is, as a table or as JSON.

use super::{Format, OK, Stop, World, print};
use crate::cli::FOUND;
use offhook_runtime::texts::{self, TextStatus};
use std::fmt::Write as _;

/// How much the flows of a project say in each locale.
pub(super) fn status(world: &World, args: &super::StatusArgs) -> Result<u8, Stop> {
    let project = args.flows.load(world)?;
    let mut rows: Vec<(String, TextStatus)> = Vec::new();
    for flow in project.translatable() {
        for locale in flow.locales(&args.locale) {
            let status = texts::status(flow.document, flow.fields, flow.texts, &locale);
            rows.push((flow.id().to_owned(), status));
        }
    }
    let is_complete = rows.iter().all(|(_, status)| status.is_complete());
    if world.format == Format::Json {
        let rows: Vec<_> = rows
            .iter()
            .map(|(flow, status)| {
                let mut row = serde_json::to_value(status).expect("a status is plain data");
                row["flow"] = flow.as_str().into();
                row["percent"] = status.percent().into();
                row
            })
            .collect();
        world.json(&serde_json::json!({ "complete": is_complete, "locales": rows }));
    } else {
        print(&table(&rows, args.list));
    }
    Ok(if is_complete { OK } else { FOUND })
}

fn table(rows: &[(String, TextStatus)], list: bool) -> String {
    if rows.is_empty() {
        return "No flow declares a second locale.".to_owned();
    }
    let width = rows.iter().map(|(flow, _)| flow.len()).max().unwrap_or(0).max(4);
    let mut text = format!(
        "{:width$}  {:10}  {:>9}  {:>7}  {:>5}  {:>6}\n",
        "flow", "locale", "complete", "missing", "stale", "unused"
    );
    for (flow, status) in rows {
        let _ = writeln!(
            text,
            "{flow:width$}  {:10}  {:>7} %  {:>7}  {:>5}  {:>6}",
            status.locale,
            status.percent(),
            status.missing.len(),
            status.stale.len(),
            status.unused.len()
        );
        let all = [("missing", &status.missing), ("stale", &status.stale), ("unused", &status.unused)];
        for (word, keys) in all.into_iter().filter(|_| list) {
            for key in keys {
                let _ = writeln!(text, "{:width$}    {word}: {key}", "");
            }
        }
    }
    text.trim_end().to_owned()
}
