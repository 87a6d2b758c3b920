//! A page for each diagnostic code, from the table that `offhook explain` shows.

use offhook_flow_schemas::{Explanation, Severity, all_codes};
use std::collections::BTreeMap;
use std::fmt::Write as _;

fn severity(row: &Explanation) -> &'static str {
    match row.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "hint",
    }
}

/// The pages by file name.
pub fn pages() -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    let mut index = String::from(
        "# Diagnostics\n\nEverything that can be found in a flow before it runs, and in the files beside it. These pages are generated from the table that \
         `offhook explain CODE` shows.\n\nAn error stops publishing; a warning is most often a mistake; a hint is good to know.\n\n| code | | |\n| --- | --- | --- |\n",
    );
    for row in all_codes() {
        let code = row.code;
        writeln!(index, "| [{code}]({code}.md) | {} | {} |", severity(row), row.title)
            .expect("a string takes any text");
        let mut page = format!("# {code}: {}\n\n`{}` · {}\n\n{}\n", row.title, row.name, severity(row), row.text);
        for (title, example) in [("Wrong", row.wrong), ("Right", row.right)] {
            if !example.trim().is_empty() {
                write!(page, "\n## {title}\n\n```yaml\n{}\n```\n", example.trim_end())
                    .expect("a string takes any text");
            }
        }
        pages.insert(format!("{code}.md"), page);
    }
    pages.insert("README.md".to_owned(), index);
    pages
}
