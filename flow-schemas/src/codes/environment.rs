//! `OH08xx`: what stands around the flows of a tenant: the environment that binds their names, its data tables, and node
//! types of its own.

use super::codes;

codes! {
    801 UNBOUND_RESOURCE Error "unbound-resource", "A name that this environment does not bind",
        "Sources, tables, numbers, message channels and secrets go by symbolic name in flows; `offhook.toml` (for tables, the folder `tables` beside the flows) says what stands \
         behind the name in one environment. `offhook check --env FILE` tells what an environment lacks.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: find
nodes:
  find: { type: query, source: clinik, sql: SELECT 1, next: end, exits: { none: end } }
", right: "offhook: 1
id: hello
kind: chatbot
start: find
nodes:
  find: { type: query, source: clinic, sql: SELECT 1, next: end, exits: { none: end } }
";
    811 BAD_TABLE Error "bad-table", "A data table cannot be read",
        "A table is CSV (RFC 4180) in UTF-8 with a row of column names first; a name may say a type, as in `price:decimal`. A table with a mistake is not used: the one that was \
         read before goes on.",
        wrong: "prefix,price:decimal
+1,cheap
", right: "prefix,price:decimal
+1,0.02
";
    821 BAD_NODE_TYPE Error "bad-node-type", "A tenant's own node type cannot be used",
        "`NAME.node.yaml` describes a node type behind an HTTP contract: `node: 1`, a `type` that begins with `x-`, a `title`, a `request` with its `url`, and perhaps `params`, \
         `exits`, `result`, `retry`, `secrets`, `template`.",
        wrong: "node: 1
type: find-customer
title: Find customer
request: { url: \"https://crm.example/find\" }
", right: "node: 1
type: x-find-customer
title: Find customer
request: { url: \"https://crm.example/find\" }
";
}
