//! Generated files are fresh. `make update` (or `UPDATE=1`) writes them; you read the difference before you commit it.

use offhook_tests::root;
use std::fs;

#[test]
fn the_schema_of_flows_is_that_of_this_build() {
    let fresh = offhook_flow_schemas::schema::flow_schema(&offhook_builtins::catalog().schemas());
    let fresh = format!("{fresh:#}\n");
    let path = root().join("flow-schemas/flow.schema.json");
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        fs::write(&path, &fresh).expect("the schema can be written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == fresh, "flow-schemas/flow.schema.json is not what this build accepts; run: make update");
}
