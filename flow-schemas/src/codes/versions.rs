//! `OH09xx`: what lies between two versions of a flow. The examples are the version that is live, and after `---` the one that is
//! to be published.

use super::codes;

codes! {
    901 MIGRATE_UNKNOWN_NODE Warning "migrate-unknown-node", "A rule is about a node that the live version does not have",
        "Under `migrate`, `nodes` and `finish` name nodes of the version that conversations wait in. Nobody can wait at a node that is not there: the name is misspelt, or the rule \
         was for an earlier version and can go.",
        wrong: "offhook: 1
id: survey
kind: chatbot
start: ask-name
vars: { name: \"\" }
nodes:
  ask-name: { type: ask, text: What is your name?, save: name, next: end, exits: { no_input: end, no_match: end } }
---
offhook: 1
id: survey
kind: chatbot
start: full-name
vars: { name: \"\" }
migrate: { nodes: { ask_name: full-name } }
nodes:
  full-name: { type: ask, text: What is your full name?, save: name, next: end, exits: { no_input: end, no_match: end } }
", right: "offhook: 1
id: survey
kind: chatbot
start: ask-name
vars: { name: \"\" }
nodes:
  ask-name: { type: ask, text: What is your name?, save: name, next: end, exits: { no_input: end, no_match: end } }
---
offhook: 1
id: survey
kind: chatbot
start: full-name
vars: { name: \"\" }
migrate: { nodes: { ask-name: full-name } }
nodes:
  full-name: { type: ask, text: What is your full name?, save: name, next: end, exits: { no_input: end, no_match: end } }
";
    902 MIGRATE_UNFIT_NODE Error "migrate-unfit-node", "What waits at a node cannot be taken over by another",
        "Who waits at the node waits for an answer, a moment or an event, never for the contact. Only the same node, perhaps under another id, can take that; another one would wait for ever, or ask \
         a service again. Name it under `finish`, or leave the node as it was.",
        wrong: "offhook: 1
id: lookup
kind: chatbot
start: fetch
nodes:
  fetch: { type: http, request: { get: \"https://clinic.example/a\" }, next: end, exits: { error: end } }
---
offhook: 1
id: lookup
kind: chatbot
start: fetch
migrate: { nodes: { fetch: sorry } }
nodes:
  fetch: { type: http, request: { get: \"https://clinic.example/b\" }, next: end, exits: { error: sorry } }
  sorry: { type: say, text: Sorry., next: end }
", right: "offhook: 1
id: lookup
kind: chatbot
start: fetch
nodes:
  fetch: { type: http, request: { get: \"https://clinic.example/a\" }, next: end, exits: { error: end } }
---
offhook: 1
id: lookup
kind: chatbot
start: fetch
migrate: { finish: [fetch] }
nodes:
  fetch: { type: http, request: { get: \"https://clinic.example/b\" }, next: end, exits: { error: sorry } }
  sorry: { type: say, text: Sorry., next: end }
";
    903 MIGRATE_UNFIT_VARIABLE Error "migrate-unfit-variable", "A variable cannot take what the live version knows",
        "The value that a conversation brings from the live version can never be of the variable's type, or its expression reads what that version does not have. Under `migrate`, `vars` says how each \
         variable gets its value: expressions there see the variables of the live version.",
        wrong: "offhook: 1
id: survey
kind: chatbot
start: begin
vars: { answers: [] }
nodes:
  begin: { type: set, values: { answers: \"= [1, 2]\" }, next: told }
  told: { type: say, text: \"{{ answers | len }} answers.\", next: end }
---
offhook: 1
id: survey
kind: chatbot
start: begin
vars: { answers: 0 }
migrate: {}
nodes:
  begin: { type: set, values: { answers: 2 }, next: told }
  told: { type: say, text: \"{{ answers }} answers.\", next: end }
", right: "offhook: 1
id: survey
kind: chatbot
start: begin
vars: { answers: [] }
nodes:
  begin: { type: set, values: { answers: \"= [1, 2]\" }, next: told }
  told: { type: say, text: \"{{ answers | len }} answers.\", next: end }
---
offhook: 1
id: survey
kind: chatbot
start: begin
vars: { answers: 0 }
migrate: { vars: { answers: \"= len(answers)\" } }
nodes:
  begin: { type: set, values: { answers: 2 }, next: told }
  told: { type: say, text: \"{{ answers }} answers.\", next: end }
";
}
