//! Generated files are fresh. `make update` (or `UPDATE=1`) writes them; you read the difference before you commit it.

mod codes;
mod nodes;

use offhook_tests::root;
use std::collections::BTreeMap;
use std::fs;

fn is_updating() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| value == "1")
}

#[test]
fn the_schema_of_flows_is_that_of_this_build() {
    let fresh = offhook_flow_schemas::schema::flow_schema(&offhook_builtins::catalog().schemas());
    let fresh = format!("{fresh:#}\n");
    let path = root().join("flow-schemas/flow.schema.json");
    if is_updating() {
        fs::write(&path, &fresh).expect("the schema can be written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == fresh, "flow-schemas/flow.schema.json is not what this build accepts; run: make update");
}

/// A folder holds these pages and no others.
fn compare(folder: &str, pages: &BTreeMap<String, String>) {
    let path = root().join(folder);
    if is_updating() {
        // What is no longer generated goes.
        drop(fs::remove_dir_all(&path));
        fs::create_dir_all(&path).expect("the folder can be made");
        for (name, page) in pages {
            fs::write(path.join(name), page).expect("the page can be written");
        }
    }
    let mut committed = BTreeMap::new();
    for entry in fs::read_dir(&path).into_iter().flatten() {
        let entry = entry.expect("the folder can be listed");
        let name = entry.file_name().to_string_lossy().into_owned();
        committed.insert(name, fs::read_to_string(entry.path()).unwrap_or_default());
    }
    let stale: Vec<&String> =
        pages.keys().chain(committed.keys()).filter(|name| pages.get(*name) != committed.get(*name)).collect();
    assert!(stale.is_empty(), "{folder} is not what this build says of itself: {stale:?}; run: make update");
}

#[test]
fn every_node_type_has_its_page() {
    compare("docs/nodes", &nodes::pages());
}

#[test]
fn every_diagnostic_code_has_its_page() {
    compare("docs/codes", &codes::pages());
}
