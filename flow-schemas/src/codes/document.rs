//! `OH02xx`: the document can be read, but is not a flow as the language has it.

use super::codes;

codes! {
    201 NOT_A_MAP Error "not-a-map", "The document is not a map",
        "A flow is a map of keys and values.",
        wrong: "- offhook: 1
- id: hello
", right: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
";
    202 MISSING_KEY Error "missing-key", "A required key is missing",
        "A flow needs `offhook`, `id`, `kind`, `start` and `nodes`; a node needs `type`; a phrase rule needs `any` and `next`; `no_activity` needs \
         `after` and `next`; a declaration needs `type`, or a `default` that tells it.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes: { greet: { text: Hello, next: end } }
", right: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
";
    203 UNKNOWN_KEY Error "unknown-key", "A key that the language does not know",
        "Unknown keys are refused, because a misspelt one would be silently without effect. At the top of a flow, keys that begin with `x-` are \
         yours and your tools'.",
        wrong: "offhook: 1
id: hello
kind: chatbot
titel: Hello
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
", right: "offhook: 1
id: hello
kind: chatbot
title: Hello
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
";
    204 WRONG_TYPE Error "wrong-type", "A value is of the wrong type",
        "A text, a list, a map, true or false, or a number stands where another of these must. In YAML, `yes` and `no` are texts; only `true` and `false` are \
         truth values.",
        wrong: "offhook: 1
id: hello
kind: chatbot
title: 2026
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
", right: "offhook: 1
id: hello
kind: chatbot
title: \"2026\"
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
";
    205 UNSUPPORTED_VERSION Error "unsupported-version", "The document is written for another version of the language",
        "`offhook:` is the version of the language, not of the flow or the program. This build knows version 1. A document of a newer version is not read \
         further, because every other complaint would be noise.",
        wrong: "offhook: 2
id: hello
kind: chatbot
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
", right: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
";
    206 BAD_FLOW_ID Error "bad-flow-id", "The id of a flow is malformed",
        "Lower-case letters, digits and `-`, beginning with a letter or digit; `/` joins folders. Ids appear in URLs, file names and metrics.",
        wrong: "offhook: 1
id: Clinic/Main Line
kind: chatbot
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
", right: "offhook: 1
id: clinic/main-line
kind: chatbot
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
";
    207 BAD_NODE_ID Error "bad-node-id", "The id of a node is malformed",
        "Lower-case letters, digits, `-` and `_`, beginning with a letter or digit. `title` takes any text and is what the canvas shows.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: Say hello
nodes: { Say hello: { type: say, text: Hello, next: end } }
", right: "offhook: 1
id: hello
kind: chatbot
start: say-hello
nodes: { say-hello: { type: say, title: Say hello, text: Hello, next: end } }
";
    208 BAD_NAME Error "bad-name", "A name is malformed",
        "Inputs, variables and outputs: lower-case letters, digits and `_`, not beginning with a digit, so that expressions can use them. Exits: as node ids. \
         Secrets: capital letters, digits and `_`. Schemas: letters, digits, `-` and `_`, beginning with a letter. The exit `next` is wired by the key `next`.",
        wrong: "offhook: 1
id: hello
kind: chatbot
vars: { callerName: \"\" }
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
", right: "offhook: 1
id: hello
kind: chatbot
vars: { caller_name: \"\" }
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
";
    209 RESERVED_NAME Error "reserved-name", "A name is reserved",
        "Every flow has `inputs`, `contact`, `session`, `last`, `secrets`, `now`, `random` and `uuid`; a variable of that name would hide one. `end`, `hangup` and \
         `return` are targets of their own and cannot be node ids.",
        wrong: "offhook: 1
id: hello
kind: chatbot
vars: { contact: \"\" }
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
", right: "offhook: 1
id: hello
kind: chatbot
vars: { contact_name: \"\" }
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
";
    210 UNKNOWN_VALUE Error "unknown-value", "A value is none of those allowed",
        "Kinds of flow, kinds of channel and types come from short lists; a currency is three capital letters (ISO 4217).",
        wrong: "offhook: 1
id: hello
kind: chat-bot
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
", right: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
";
    211 BAD_LOCALE Error "bad-locale", "A locale is malformed",
        "Locales are language tags (BCP 47): a language, and perhaps script and region, joined by `-`.",
        wrong: "offhook: 1
id: hello
kind: chatbot
locales: [en_US]
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
", right: "offhook: 1
id: hello
kind: chatbot
locales: [en-US]
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
";
    212 BAD_DEFAULT Error "bad-default", "A default does not fit its type",
        "A default must be a value of the declared type and satisfy the declared schema. It is a constant: a text that begins with `=` is refused, because it would not be \
         computed. Let the first node set what must be computed.",
        wrong: "offhook: 1
id: hello
kind: chatbot
vars: { attempts: { type: int, default: none } }
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
", right: "offhook: 1
id: hello
kind: chatbot
vars: { attempts: { type: int, default: 0 } }
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
";
    213 DEFAULT_IS_TYPE_NAME Warning "default-is-type-name", "A default is the name of a type",
        "A bare value is a default, so `age: int` declares a text whose default is the word \"int\". Most often the type was meant.",
        wrong: "offhook: 1
id: hello
kind: chatbot
vars: { age: int }
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
", right: "offhook: 1
id: hello
kind: chatbot
vars: { age: { type: int } }
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
";
    214 BAD_SCHEMA Error "bad-schema", "A JSON Schema is invalid",
        "Schemas are JSON Schema, draft 2020-12. A keyword has a value that it cannot have, or a pattern is no regular expression.",
        wrong: "offhook: 1
id: hello
kind: chatbot
schemas: { Age: { type: whole, minimum: 0 } }
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
", right: "offhook: 1
id: hello
kind: chatbot
schemas: { Age: { type: integer, minimum: 0 } }
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
";
    215 UNKNOWN_SCHEMA Error "unknown-schema", "A reference to a schema that does not exist",
        "`$ref: \"#/schemas/NAME\"` means the schema NAME under `schemas:` of this flow.",
        wrong: "offhook: 1
id: hello
kind: chatbot
vars: { patient: { type: object, schema: { $ref: \"#/schemas/Patiant\" } } }
schemas: { Patient: { type: object } }
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
", right: "offhook: 1
id: hello
kind: chatbot
vars: { patient: { type: object, schema: { $ref: \"#/schemas/Patient\" } } }
schemas: { Patient: { type: object } }
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
";
    216 REMOTE_SCHEMA Error "remote-schema", "A reference to a schema outside the flow",
        "A flow must mean the same tomorrow, so its schemas come with it: nothing is fetched, and `$defs` and `$anchor` are not referred to. Put the schema under \
         `schemas:`.",
        wrong: "offhook: 1
id: hello
kind: chatbot
vars: { patient: { type: object, schema: { $ref: \"https://clinic.example/patient.json\" } } }
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
", right: "offhook: 1
id: hello
kind: chatbot
vars: { patient: { type: object, schema: { $ref: \"#/schemas/Patient\" } } }
schemas: { Patient: { type: object } }
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
";
    217 BAD_DURATION Error "bad-duration", "A duration is malformed",
        "Whole numbers with units from large to small: d, h, m, s, ms. For example `300ms`, `5s`, `1h30m`. A number alone has no unit, so it is refused.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: greet
interrupts: { no_activity: { after: 10 minutes, next: end } }
nodes: { greet: { type: say, text: Hello, next: end } }
", right: "offhook: 1
id: hello
kind: chatbot
start: greet
interrupts: { no_activity: { after: 10m, next: end } }
nodes: { greet: { type: say, text: Hello, next: end } }
";
    218 REPEATED_ENTRY Error "repeated-entry", "A list names the same thing twice",
        "Channels, locales, secrets and phrases are sets; naming one twice is a slip.",
        wrong: "offhook: 1
id: hello
kind: chatbot
channels: [webchat, webchat]
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
", right: "offhook: 1
id: hello
kind: chatbot
channels: [webchat, messaging]
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
";
    219 LIMIT Error "limit", "A limit is exceeded",
        "Ids and names have 64 characters at most (the id of a flow 128), titles 200, descriptions 10,000; a flow has 20,000 nodes and 1,000 variables at most. Each limit is far \
         beyond what people write by hand.",
        wrong: "offhook: 1
id: hello
kind: chatbot
vars: { a_name_of_a_variable_that_goes_on_and_on_until_nobody_can_remember_it: 0 }
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
", right: "offhook: 1
id: hello
kind: chatbot
vars: { count: 0 }
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
";
    220 EMPTY_TEXT Error "empty-text", "A text is empty",
        "Something must be named here: a node, a type, a phrase.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes: { greet: { type: say, text: Hello, next: \"\" } }
", right: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
";
    221 MERGE_CONFLICT Error "merge-conflict", "A merge has not been decided",
        "Two people changed the same thing differently. `offhook merge` leaves one of the two values and writes all of them into a comment above it (in JSON under `x-conflicts`). \
         Keep or change the value, then remove the lines of the comment.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes:
  # conflict: `greet.text`: both sides changed it; what stands here is ours. Decide, and remove these lines.
  #   base:   Hello
  #   ours:   Hi
  #   theirs: Welcome
  greet: { type: say, text: Hi, next: end }
", right: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes:
  greet: { type: say, text: Welcome, next: end }
";
}
