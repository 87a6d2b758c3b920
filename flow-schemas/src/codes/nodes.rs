//! `OH04xx`: what needs the node types, the scripts and the other flows to be seen. The examples are parts of flows.

use super::codes;

codes! {
    401 UNKNOWN_NODE_TYPE Error "unknown-node-type", "A node type that this build does not know",
        "The `type` of a node is one of the catalog's. A newer Offhook may know more.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes:
  greet: { type: speak, text: Hello, next: end }
", right: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes:
  greet: { type: say, text: Hello, next: end }
";
    402 MISSING_PARAMETER Error "missing-parameter", "A required parameter is missing",
        "The type of the node cannot work without it.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: name
nodes:
  name: { type: ask, next: end }
", right: "offhook: 1
id: hello
kind: chatbot
start: name
nodes:
  name: { type: ask, text: What is your name?, next: end }
";
    403 UNKNOWN_PARAMETER Error "unknown-parameter", "A parameter that the node type does not know",
        "Unknown parameters are refused, because a misspelt one would be silently without effect.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes:
  greet: { type: say, txt: Hello, text: Hello, next: end }
", right: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes:
  greet: { type: say, text: Hello, next: end }
";
    404 BAD_PARAMETER Error "bad-parameter", "A parameter has a value that does not fit",
        "The node type's schema says what fits: its type, its range, its words.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: name
nodes:
  name: { type: ask, text: What is your name?, retries: many, next: end }
", right: "offhook: 1
id: hello
kind: chatbot
start: name
nodes:
  name: { type: ask, text: What is your name?, retries: 2, next: end }
";
    405 SCRIPT Error "script", "An expression or script does not compile",
        "`when:`, `script:` and texts that begin with `=` are expressions. The place inside the text is shown where it can be told.",
        wrong: "offhook: 1
id: hello
kind: chatbot
vars: { price: 3, quantity: 2, total: 0 }
start: total
nodes:
  total: { type: set, values: { total: \"= price *\" }, next: end }
", right: "offhook: 1
id: hello
kind: chatbot
vars: { price: 3, quantity: 2, total: 0 }
start: total
nodes:
  total: { type: set, values: { total: \"= price * quantity\" }, next: end }
";
    406 TEMPLATE Error "template", "A template does not compile",
        "Texts that are shown or sent are templates: `{{ … }}` puts in a value, `{% … %}` decides or repeats.",
        wrong: "offhook: 1
id: hello
kind: chatbot
vars: { name: Ann }
start: greet
nodes:
  greet: { type: say, text: \"Hello {{ name }\", next: end }
", right: "offhook: 1
id: hello
kind: chatbot
vars: { name: Ann }
start: greet
nodes:
  greet: { type: say, text: \"Hello {{ name }}\", next: end }
";
    407 UNKNOWN_VARIABLE Error "unknown-variable", "A name that nothing declares",
        "Expressions and templates see the flow's `vars` by their own names, and `inputs`, `contact`, `session` and `last`. Declare the name under `vars`, or \
         correct it.",
        wrong: "offhook: 1
id: hello
kind: chatbot
vars: { name: Ann }
start: greet
nodes:
  greet: { type: say, text: \"Hello {{ nmae }}\", next: end }
", right: "offhook: 1
id: hello
kind: chatbot
vars: { name: Ann }
start: greet
nodes:
  greet: { type: say, text: \"Hello {{ name }}\", next: end }
";
    408 UNDECLARED_SECRET Error "undeclared-secret", "A secret that the flow does not declare",
        "A flow lists under `secrets` the names that it takes from the vault, so that a reviewer sees at once what it can reach.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: look-up
nodes:
  look-up:
    type: http
    request: { get: \"https://clinic.example\", headers: { authorization: \"Bearer {{ secrets.API_KEY }}\" } }
    next: end
", right: "offhook: 1
id: hello
kind: chatbot
secrets: [API_KEY]
start: look-up
nodes:
  look-up:
    type: http
    request: { get: \"https://clinic.example\", headers: { authorization: \"Bearer {{ secrets.API_KEY }}\" } }
    next: end
";
    409 SECRET_LEAK Error "secret-leak", "A secret is used where it would leave the vault",
        "Secrets can be used only where a request to a service is built. In a text they would be spoken or sent to the contact; in a variable they would be \
         journaled.",
        wrong: "offhook: 1
id: hello
kind: chatbot
secrets: [API_KEY]
start: greet
nodes:
  greet: { type: say, text: \"{{ secrets.API_KEY }}\", next: end }
", right: "offhook: 1
id: hello
kind: chatbot
secrets: [API_KEY]
start: look-up
nodes:
  look-up:
    type: http
    request: { get: \"https://clinic.example\", headers: { authorization: \"Bearer {{ secrets.API_KEY }}\" } }
    next: end
";
    410 UNKNOWN_FLOW Error "unknown-flow", "A flow that does not exist is called",
        "The flow is called or jumped to by its id, folders included.",
        wrong: "offhook: 1
id: hello
kind: chatbot
vars: { total: 5, done: { type: bool } }
start: pay
nodes:
  pay: { type: call, flow: shop/paymet, inputs: { amount: \"= total\" }, outputs: { done: paid }, next: end }
---
offhook: 1
id: shop/payment
kind: library
inputs: { amount: { type: int } }
outputs: { paid: { type: bool } }
start: take
nodes:
  take: { type: say, text: \"{{ inputs.amount }} euros.\", next: give }
  give: { type: return, outputs: { paid: true } }
", right: "offhook: 1
id: hello
kind: chatbot
vars: { total: 5, done: { type: bool } }
start: pay
nodes:
  pay: { type: call, flow: shop/payment, inputs: { amount: \"= total\" }, outputs: { done: paid }, next: end }
---
offhook: 1
id: shop/payment
kind: library
inputs: { amount: { type: int } }
outputs: { paid: { type: bool } }
start: take
nodes:
  take: { type: say, text: \"{{ inputs.amount }} euros.\", next: give }
  give: { type: return, outputs: { paid: true } }
";
    411 MISSING_INPUT Error "missing-input", "A called flow lacks an input it requires",
        "An input without a default is required unless its declaration says `required: false`.",
        wrong: "offhook: 1
id: hello
kind: chatbot
vars: { total: 5, done: { type: bool } }
start: pay
nodes:
  pay: { type: call, flow: shop/payment, outputs: { done: paid }, next: end }
---
offhook: 1
id: shop/payment
kind: library
inputs: { amount: { type: int } }
outputs: { paid: { type: bool } }
start: take
nodes:
  take: { type: say, text: \"{{ inputs.amount }} euros.\", next: give }
  give: { type: return, outputs: { paid: true } }
", right: "offhook: 1
id: hello
kind: chatbot
vars: { total: 5, done: { type: bool } }
start: pay
nodes:
  pay: { type: call, flow: shop/payment, inputs: { amount: \"= total\" }, outputs: { done: paid }, next: end }
---
offhook: 1
id: shop/payment
kind: library
inputs: { amount: { type: int } }
outputs: { paid: { type: bool } }
start: take
nodes:
  take: { type: say, text: \"{{ inputs.amount }} euros.\", next: give }
  give: { type: return, outputs: { paid: true } }
";
    412 UNKNOWN_INPUT Error "unknown-input", "A called flow has no such input",
        "Only what the called flow declares under `inputs` can be handed in.",
        wrong: "offhook: 1
id: hello
kind: chatbot
vars: { total: 5, done: { type: bool } }
start: pay
nodes:
  pay: { type: call, flow: shop/payment, inputs: { amount: \"= total\", currency: EUR }, outputs: { done: paid }, next: end }
---
offhook: 1
id: shop/payment
kind: library
inputs: { amount: { type: int } }
outputs: { paid: { type: bool } }
start: take
nodes:
  take: { type: say, text: \"{{ inputs.amount }} euros.\", next: give }
  give: { type: return, outputs: { paid: true } }
", right: "offhook: 1
id: hello
kind: chatbot
vars: { total: 5, done: { type: bool } }
start: pay
nodes:
  pay: { type: call, flow: shop/payment, inputs: { amount: \"= total\" }, outputs: { done: paid }, next: end }
---
offhook: 1
id: shop/payment
kind: library
inputs: { amount: { type: int } }
outputs: { paid: { type: bool } }
start: take
nodes:
  take: { type: say, text: \"{{ inputs.amount }} euros.\", next: give }
  give: { type: return, outputs: { paid: true } }
";
    413 WRONG_CHANNEL Error "wrong-channel", "A node does not work on a channel the flow declares",
        "`channels` is a promise: every node of the flow must work on each of them. Take the channel out, or decide by channel before the node.",
        wrong: "offhook: 1
id: hello
kind: chatbot
channels: [voice, webchat]
start: ask
nodes:
  ask: { type: x-fingerprint, next: end }
---
node: 1
type: x-fingerprint
title: Ask for a fingerprint
channels: [webchat]
request: { url: \"https://print.example/ask\" }
", right: "offhook: 1
id: hello
kind: chatbot
channels: [webchat]
start: ask
nodes:
  ask: { type: x-fingerprint, next: end }
---
node: 1
type: x-fingerprint
title: Ask for a fingerprint
channels: [webchat]
request: { url: \"https://print.example/ask\" }
";
    414 WRONG_KIND Error "wrong-kind", "A node does not belong in a flow of this kind",
        "Nodes that place calls belong in outbound flows, nodes that choose who serves a contact in routing flows, and so on.",
        wrong: "offhook: 1
id: hello
kind: routing
start: ask
nodes:
  ask: { type: ask, text: Who are you?, next: end }
", right: "offhook: 1
id: hello
kind: ivr
start: ask
nodes:
  ask: { type: ask, text: Who are you?, next: end }
";
    417 UNUSED_VARIABLE Hint "unused-variable", "A variable is never used",
        "Nothing in the flow reads or writes it. Remove it, unless a later version needs it.",
        wrong: "offhook: 1
id: hello
kind: chatbot
vars: { attempts: 0 }
start: greet
nodes:
  greet: { type: say, text: Hello, next: end }
", right: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes:
  greet: { type: say, text: Hello, next: end }
";
    418 UNUSED_SECRET Hint "unused-secret", "A declared secret is never used",
        "Remove the name: a flow should list only what it takes from the vault.",
        wrong: "offhook: 1
id: hello
kind: chatbot
secrets: [OLD_KEY]
start: greet
nodes:
  greet: { type: say, text: Hello, next: end }
", right: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes:
  greet: { type: say, text: Hello, next: end }
";
    419 TYPE_MISMATCH Error "type-mismatch", "A value is saved in a variable of another type",
        "Variables keep their declared type. Convert the value in an expression, or declare another type.",
        wrong: "offhook: 1
id: hello
kind: chatbot
vars: { attempts: 0 }
start: again
nodes:
  again: { type: set, values: { attempts: many }, next: tell }
  tell: { type: say, text: \"{{ attempts }}\", next: end }
", right: "offhook: 1
id: hello
kind: chatbot
vars: { attempts: 0 }
start: again
nodes:
  again: { type: set, values: { attempts: \"= attempts + 1\" }, next: tell }
  tell: { type: say, text: \"{{ attempts }}\", next: end }
";
    421 UNKNOWN_OUTPUT Error "unknown-output", "A called flow has no such output",
        "Only what the called flow declares under `outputs` comes back.",
        wrong: "offhook: 1
id: hello
kind: chatbot
vars: { total: 5, done: { type: bool } }
start: pay
nodes:
  pay: { type: call, flow: shop/payment, inputs: { amount: \"= total\" }, outputs: { done: payed }, next: end }
---
offhook: 1
id: shop/payment
kind: library
inputs: { amount: { type: int } }
outputs: { paid: { type: bool } }
start: take
nodes:
  take: { type: say, text: \"{{ inputs.amount }} euros.\", next: give }
  give: { type: return, outputs: { paid: true } }
", right: "offhook: 1
id: hello
kind: chatbot
vars: { total: 5, done: { type: bool } }
start: pay
nodes:
  pay: { type: call, flow: shop/payment, inputs: { amount: \"= total\" }, outputs: { done: paid }, next: end }
---
offhook: 1
id: shop/payment
kind: library
inputs: { amount: { type: int } }
outputs: { paid: { type: bool } }
start: take
nodes:
  take: { type: say, text: \"{{ inputs.amount }} euros.\", next: give }
  give: { type: return, outputs: { paid: true } }
";
    422 CALL_CYCLE Warning "call-cycle", "Flows call each other in a circle",
        "Each call keeps its caller waiting; a circle ends only where a flow returns before it calls again.",
        wrong: "offhook: 1
id: hello
kind: library
start: ask
nodes:
  ask: { type: ask, text: Again?, next: again }
  again: { type: call, flow: hello, next: return }
", right: "offhook: 1
id: hello
kind: library
start: ask
nodes:
  ask: { type: ask, text: Again?, next: again }
  again: { type: jump, flow: hello }
";
    440 BRANCHES_TALK Error "branches-talk", "Two branches that run beside each other talk with the contact",
        "Branches of one node run at the same time, and a contact can follow only one conversation. One of them at most may say, ask or hand over; the others work in \
         silence: they call services, wait, and set variables.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: both
nodes:
  both:
    type: parallel
    branches: [{ id: talk, do: ask }, { id: work, do: tell }]
    next: end
  ask: { type: ask, text: What is your name?, next: both, exits: { no_input: both, no_match: both } }
  tell: { type: say, text: One moment., next: both }
", right: "offhook: 1
id: hello
kind: chatbot
start: both
nodes:
  both:
    type: parallel
    branches: [{ id: talk, do: ask }, { id: work, do: look-up }]
    next: end
  ask: { type: ask, text: What is your name?, next: both, exits: { no_input: both, no_match: both } }
  look-up: { type: http, request: { get: \"https://clinic.example\" }, next: both }
";
    441 BRANCH_LEAVES Error "branch-leaves", "A branch hands the session to another flow",
        "A branch ends by leading back to the node that began it, or by `return`. To jump to another flow is to leave the conversation's other branches behind; jump \
         after they have come together, or call the flow.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: both
nodes:
  both:
    type: parallel
    branches: [{ id: talk, do: ask }, { id: work, do: count }]
    next: end
  ask: { type: ask, text: What is your name?, next: both, exits: { no_input: both, no_match: both } }
  count: { type: jump, flow: shop/count }
---
offhook: 1
id: shop/count
kind: library
start: count
nodes:
  count: { type: emit, event: counted, next: return }
", right: "offhook: 1
id: hello
kind: chatbot
start: both
nodes:
  both:
    type: parallel
    branches: [{ id: talk, do: ask }, { id: work, do: count }]
    next: end
  ask: { type: ask, text: What is your name?, next: both, exits: { no_input: both, no_match: both } }
  count: { type: call, flow: shop/count, next: both }
---
offhook: 1
id: shop/count
kind: library
start: count
nodes:
  count: { type: emit, event: counted, next: return }
";
    442 BRANCH_NEVER_JOINS Warning "branch-never-joins", "A branch does not lead back",
        "No path from the first node of the branch leads back to the node that began it, nor to `return`. The branches never come together, and the session waits until it is \
         ended or runs out of time.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: both
nodes:
  both:
    type: parallel
    branches: [{ id: talk, do: ask }, { id: work, do: look-up }]
    next: end
  ask: { type: ask, text: What is your name?, next: both, exits: { no_input: both, no_match: both } }
  look-up: { type: http, request: { get: \"https://clinic.example\" }, next: pause }
  pause: { type: wait, for: 1m, next: look-up }
", right: "offhook: 1
id: hello
kind: chatbot
start: both
nodes:
  both:
    type: parallel
    branches: [{ id: talk, do: ask }, { id: work, do: look-up }]
    next: end
  ask: { type: ask, text: What is your name?, next: both, exits: { no_input: both, no_match: both } }
  look-up: { type: http, request: { get: \"https://clinic.example\" }, next: both }
";
    460 UNKNOWN_PROPERTY Error "unknown-property", "A place that a value does not have",
        "The schema of the value, or what is known of it, has no place of this name, so that it would always be nothing. Of a schema that does not say \
         `additionalProperties: false` it is a warning: the value may have more than its schema tells.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: ask
vars:
  patient:
    type: object
    default: { name: Ann }
    schema: { type: object, properties: { name: { type: string } }, additionalProperties: false }
nodes:
  ask: { type: say, text: \"Hello {{ patient.nmae }}\", next: end }
", right: "offhook: 1
id: hello
kind: chatbot
start: ask
vars:
  patient:
    type: object
    default: { name: Ann }
    schema: { type: object, properties: { name: { type: string } }, additionalProperties: false }
nodes:
  ask: { type: say, text: \"Hello {{ patient.name }}\", next: end }
";
    461 WRONG_OPERAND Error "wrong-operand", "An operator or function is given what it cannot use",
        "The declared types tell that this can never work: a list is not a number, and a condition is true or false. Two values that can never be equal are a \
         warning, because such a comparison always has the same answer.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: is-many
vars: { basket: [] }
nodes:
  is-many:
    type: branch
    cases: [{ id: many, when: \"len(basket) - basket > 3\", next: end }]
    else: end
", right: "offhook: 1
id: hello
kind: chatbot
start: is-many
vars: { basket: [] }
nodes:
  is-many:
    type: branch
    cases: [{ id: many, when: \"len(basket) > 3\", next: end }]
    else: end
";
    462 UNASSIGNED_VARIABLE Warning "unassigned-variable", "A variable may be read before it has a value",
        "A path leads here on which nothing sets the variable, and it has no default. A text would show nothing there, and a calculation would fail. Where nothing is \
         expected, say so: with a default, or by asking first (`default(name, \\\"friend\\\")`, `{% if name %}`, `name != ()`). A value that is only handed on is a hint.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: ask
vars: { name: { type: string } }
nodes:
  ask: { type: ask, text: What is your name?, save: name, next: greet, exits: { no_input: greet, no_match: end } }
  greet: { type: say, text: \"Hello {{ name }}\", next: end }
", right: "offhook: 1
id: hello
kind: chatbot
start: ask
vars: { name: { type: string } }
nodes:
  ask: { type: ask, text: What is your name?, save: name, next: greet, exits: { no_input: end, no_match: end } }
  greet: { type: say, text: \"Hello {{ name }}\", next: end }
";
    463 UNREAD_VARIABLE Warning "unread-variable", "A variable is set and never read",
        "Something is put into it, and nothing in the flow looks at it. Either the place that should is missing, or the variable is.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: ask
vars: { name: { type: string } }
nodes:
  ask: { type: ask, text: What is your name?, save: name, next: greet, exits: { no_input: end, no_match: end } }
  greet: { type: say, text: Hello, next: end }
", right: "offhook: 1
id: hello
kind: chatbot
start: ask
vars: { name: { type: string } }
nodes:
  ask: { type: ask, text: What is your name?, save: name, next: greet, exits: { no_input: end, no_match: end } }
  greet: { type: say, text: \"Hello {{ name }}\", next: end }
";
    464 SENSITIVE_LEAK Error "sensitive-leak", "A confidential answer would be disclosed",
        "What a question with `sensitive: true` takes is hidden wherever people could read it. By way of a variable it would be said, shown or noted here after all. It may be \
         compared, sent to a service, and handed to another flow, where the same holds; its last characters (`substring(card, -4)`) may be told.",
        wrong: "offhook: 1
id: hello
kind: ivr
start: ask
vars: { pin: { type: string } }
nodes:
  ask: { type: ask, text: Your PIN?, expects: digits, sensitive: true, save: pin, next: told, exits: { no_input: end, no_match: end } }
  told: { type: say, text: \"Your PIN is {{ pin }}.\", next: end }
", right: "offhook: 1
id: hello
kind: ivr
start: ask
vars: { pin: { type: string } }
nodes:
  ask: { type: ask, text: Your PIN?, expects: digits, sensitive: true, save: pin, next: told, exits: { no_input: end, no_match: end } }
  told: { type: say, text: \"Your PIN has {{ pin | len }} digits.\", next: end }
";
    465 MISSING_OUTPUT Warning "missing-output", "A called flow may come back without an output",
        "The caller takes an output that a way back of the called flow does not give; its variable would then be nothing. Give the output on every way back, or let that way \
         leave by an exit of its own, so that the caller can tell.",
        wrong: "offhook: 1
id: twice
kind: library
start: again
inputs: { once: { type: bool, required: false, default: false } }
outputs: { name: { type: string } }
vars: { name: \"\" }
nodes:
  again: { type: branch, cases: [{ id: enough, when: inputs.once, next: back }], else: ask }
  ask: { type: ask, text: What is your name?, save: name, next: more, exits: { no_input: back, no_match: back } }
  more: { type: call, flow: twice, inputs: { once: true }, outputs: { name: name }, next: told }
  told: { type: return, outputs: { name: \"= name\" } }
  back: { type: return }
", right: "offhook: 1
id: twice
kind: library
start: again
inputs: { once: { type: bool, required: false, default: false } }
outputs: { name: { type: string } }
vars: { name: \"\" }
nodes:
  again: { type: branch, cases: [{ id: enough, when: inputs.once, next: back }], else: ask }
  ask: { type: ask, text: What is your name?, save: name, next: more, exits: { no_input: back, no_match: back } }
  more: { type: call, flow: twice, inputs: { once: true }, outputs: { name: name }, next: told }
  told: { type: return, outputs: { name: \"= name\" } }
  back: { type: return, outputs: { name: \"\" } }
";
}
