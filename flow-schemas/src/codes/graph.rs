//! `OH03xx`: what can be seen in the graph of nodes and exits.

use super::codes;

codes! {
    301 MISSING_TARGET Error "missing-target", "An exit leads to a node that does not exist",
        "A target is the id of a node of this flow, or one of the built-in ends `end`, `hangup` and `return`. Another flow is reached by a node (`jump`, `call`), never \
         by an exit.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes:
  greet: { type: say, text: Hello, next: main_menu }
  main-menu: { type: say, text: What now?, next: end }
", right: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes:
  greet: { type: say, text: Hello, next: main-menu }
  main-menu: { type: say, text: What now?, next: end }
";
    302 MISSING_START Error "missing-start", "The flow starts at a node that does not exist",
        "`start` is the id of a node of this flow; a built-in end is no node.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: great
nodes: { greet: { type: say, text: Hello, next: end } }
", right: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
";
    303 UNKNOWN_EXIT Error "unknown-exit", "A node has no exit of this name",
        "The type of a node, and its parameters, decide which exits it has. Exits that are wired in the parameters, such as the choices of a menu, are not wired again in `exits`. \
         Any node may wire `error`.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: ask
nodes:
  ask:
    type: menu
    text: To book, press 1.
    choices: [{ id: book, keys: \"1\", next: end }]
    exits: { noinput: ask, no_match: ask }
", right: "offhook: 1
id: hello
kind: chatbot
start: ask
nodes:
  ask:
    type: menu
    text: To book, press 1.
    choices: [{ id: book, keys: \"1\", next: end }]
    exits: { no_input: ask, no_match: ask }
";
    304 UNREACHABLE_NODE Warning "unreachable-node", "No path leads to a node",
        "Neither `start` nor an interrupt leads to it, by any number of exits. Often an exit was rewired and the node forgotten.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes:
  greet: { type: say, text: Hello, next: end }
  goodbye: { type: say, text: Goodbye, next: end }
", right: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes:
  greet: { type: say, text: Hello, next: goodbye }
  goodbye: { type: say, text: Goodbye, next: end }
";
    305 WAIT_FREE_CYCLE Warning "wait-free-cycle", "Nodes lead back to themselves without waiting",
        "No node of the circle waits for the contact or the world, so the flow goes round at full speed until an exit leads out of it. If none does, it is an error: the flow would be stopped \
         with `runaway` after 1,000 nodes. To go through a list, use a loop node; to try again later, wait.",
        wrong: "offhook: 1
id: hello
kind: chatbot
vars: { attempts: 0 }
start: count
nodes:
  count: { type: set, set: { attempts: \"= attempts + 1\" }, next: again }
  again: { type: set, set: { attempts: \"= attempts - 1\" }, next: count }
", right: "offhook: 1
id: hello
kind: chatbot
vars: { attempts: 0 }
start: count
nodes:
  count: { type: set, set: { attempts: \"= attempts + 1\" }, next: again }
  again:
    type: menu
    text: Once more?
    choices: [{ id: yes, keys: \"1\", next: count }]
    exits: { no_input: end, no_match: end }
";
    306 UNWIRED_EXIT Hint "unwired-exit", "An exit is not wired",
        "What a flow leaves unwired falls to its `interrupts.error`, and without that to the tenant's default: never to silence. Wire the exit if something better can be \
         done there.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: ask
nodes:
  ask:
    type: menu
    text: To book, press 1.
    choices: [{ id: book, keys: \"1\", next: end }]
", right: "offhook: 1
id: hello
kind: chatbot
start: ask
nodes:
  ask:
    type: menu
    text: To book, press 1.
    choices: [{ id: book, keys: \"1\", next: end }]
    exits: { no_input: ask, no_match: ask }
";
}
