//! `OH07xx`: what `offhook check --prove` finds: promises to whoever calls or writes that do not hold on every path.

use super::codes;

codes! {
    701 NO_WAY_OUT Error "no-way-out", "No person and no end is reached",
        "From every node that somebody comes to, a way must lead to a person or to an end that the author wants, within a number of turns (`--turns`). An answer is one turn, leaving \
         a question without one takes all of its tries. The exit `error` does not count: nobody can rely on a failure.",
        wrong: "offhook: 1
id: hello
kind: ivr
start: menu
nodes:
  menu:
    type: menu
    text: For our hours, press 1.
    choices: [{ id: hours, keys: \"1\", next: hours }]
    exits: { no_input: hours, no_match: hours }
  hours: { type: say, text: We are open from nine to five., next: menu }
", right: "offhook: 1
id: hello
kind: ivr
start: menu
nodes:
  menu:
    type: menu
    text: For our hours, press 1.
    choices: [{ id: hours, keys: \"1\", next: hours }]
    exits: { no_input: end, no_match: end }
  hours: { type: say, text: We are open from nine to five., next: menu }
";
    702 ENDLESS_REPROMPT Error "endless-reprompt", "Somebody who gives no answer is asked without end",
        "Who says nothing, or is never understood, must come out of a question in the end: by an exit that leads elsewhere, or by a branch on a count that each round changes. A line \
         that nobody holds any more would otherwise be talked to for ever.",
        wrong: "offhook: 1
id: hello
kind: ivr
start: menu
nodes:
  menu:
    type: menu
    text: To book, press 1.
    choices: [{ id: book, keys: \"1\", next: end }]
    exits: { no_input: menu, no_match: end }
", right: "offhook: 1
id: hello
kind: ivr
start: menu
nodes:
  menu:
    type: menu
    text: To book, press 1.
    choices: [{ id: book, keys: \"1\", next: end }]
    exits: { no_input: end, no_match: end }
";
    703 RUNS_IN_CIRCLES Error "runs-in-circles", "Nodes go round without waiting and without an end",
        "Nothing in the circle waits, and nothing in it changes what decides the way out, also over calls and jumps. A session would be stopped with `runaway`.",
        wrong: "offhook: 1
id: hello
kind: ivr
vars: { tries: 0, most: 3 }
start: count
nodes:
  count: { type: set, values: { most: 3 }, next: enough }
  enough: { type: branch, cases: [{ id: enough, when: tries > most, next: end }], else: count }
", right: "offhook: 1
id: hello
kind: ivr
vars: { tries: 0, most: 3 }
start: count
nodes:
  count: { type: set, values: { tries: \"= tries + 1\" }, next: enough }
  enough: { type: branch, cases: [{ id: enough, when: tries > most, next: end }], else: count }
";
    704 LONG_SILENCE Error "long-silence", "A caller hears nothing for too long",
        "From the last thing that is said to the next, more time may pass than the limit (`--silence`): the time limits of services with all their attempts and pauses, a telephone \
         that rings elsewhere, a wait. Callers hang up on a silent line.",
        wrong: "offhook: 1
id: hello
kind: ivr
start: ask
nodes:
  ask: { type: http, request: { get: \"https://slow.example\", timeout: 20s }, retry: { attempts: 3 }, next: done, exits: { error: done } }
  done: { type: end, text: Done. }
", right: "offhook: 1
id: hello
kind: ivr
start: ask
nodes:
  ask: { type: http, request: { get: \"https://slow.example\", timeout: 5s }, retry: { attempts: 3 }, next: done, exits: { error: done } }
  done: { type: end, text: Done. }
";
    705 UNANSWERABLE Error "unanswerable", "A question cannot be answered on a channel",
        "On a call a choice needs keys or words, since there are no buttons; where nobody understands words (`--keys-only`) it needs keys. And a question must say something on \
         every channel that the flow promises.",
        wrong: "offhook: 1
id: hello
kind: ivr
channels: [voice, webchat]
start: menu
nodes:
  menu:
    type: menu
    text: What would you like?
    choices: [{ id: book, label: Book, next: end }, { id: other, keys: \"2\", next: end }]
    exits: { no_input: end, no_match: end }
", right: "offhook: 1
id: hello
kind: ivr
channels: [voice, webchat]
start: menu
nodes:
  menu:
    type: menu
    text: What would you like?
    choices: [{ id: book, label: Book, keys: \"1\", next: end }, { id: other, keys: \"2\", next: end }]
    exits: { no_input: end, no_match: end }
";
}
