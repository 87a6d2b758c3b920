//! `OH05xx` and `OH06xx`: texts in other locales, layouts and talks, which stand beside a flow.

use super::codes;

codes! {
    501 TEXT_UNKNOWN_NODE Error "text-unknown-node", "A translation is for a node that does not exist",
        "A key of a catalogue begins with the id of a node. When a node is renamed, its translations must be renamed with it.",
        wrong: "texts: { great.text: Hola }
", right: "texts: { greet.text: Hola }
";
    502 TEXT_UNKNOWN_FIELD Error "text-unknown-field", "A translation is for a field that does not exist",
        "After the node comes the way to a field of its parameters, joined by dots; an item of a list goes by its `id`, or by its place from 0.",
        wrong: "texts: { greet.txt: Hola }
", right: "texts: { greet.text: Hola }
";
    503 MISSING_TEXT Warning "missing-text", "A text is not translated",
        "Until it is, contacts of this locale get the flow's own text.",
        wrong: "texts: {}
", right: "texts: { greet.text: Hola, ask.choices.book.phrases: [cita] }
";
    504 LAYOUT_UNKNOWN_NODE Warning "layout-unknown-node", "A layout places a node that does not exist",
        "The line has no effect. When a node is renamed, its place must be renamed with it.",
        wrong: "nodes: { great: [0, 0] }
", right: "nodes: { greet: [0, 0] }
";
    505 LOCALE_MISMATCH Error "locale-mismatch", "A catalogue's name and content disagree about its locale",
        "The locale stands in the file's name, `NAME.LOCALE.yaml`; a `locale` inside must say the same.",
        wrong: "locale: fr-FR
texts: { greet.text: Bonjour }
", right: "locale: es-ES
texts: { greet.text: Hola }
";
    506 UNDECLARED_LOCALE Warning "undeclared-locale", "A catalogue is for a locale the flow does not declare",
        "No contact would ever get these texts. Add the locale to `locales` of the flow.",
        wrong: "locales: [en-US]
", right: "locales: [en-US, es-ES]
";
    507 TEXT_SHAPE Error "text-shape", "A translation has another shape than the original",
        "A list of phrases is translated by a list; what is not a text in the flow cannot be translated.",
        wrong: "texts: { ask.choices.book.phrases: cita }
", right: "texts: { ask.choices.book.phrases: [cita, reservar] }
";
    508 STALE_TEXT Warning "stale-text", "A translation is of words that the flow no longer has",
        "An entry may say under `source` from which words it was translated. When the flow's words change, the translation is still used, but somebody who \
         speaks the language should look at it; `offhook texts extract` hands it to a translator, marked. Entries without `source` are never stale.",
        wrong: "texts: { greet.text: { source: Good morning, text: Buenos días } }
", right: "texts: { greet.text: { source: Hello, text: Hola } }
";
    601 BAD_TALK Error "bad-talk", "A line of a talk cannot be understood",
        "A talk is a list of lines, each with one of `out`, `in`, `via`, `vars`, `end` and the like.",
        wrong: "flow: clinic/reception
talk:
  - say: Welcome.
", right: "flow: clinic/reception
talk:
  - out: { say: Welcome. }
";
    602 TALK_UNKNOWN_FLOW Error "talk-unknown-flow", "A talk is about a flow that does not exist",
        "`flow` is the id of a flow, folders included.",
        wrong: "flow: clinic/recepcion
talk:
  - out: { say: Welcome. }
", right: "flow: clinic/reception
talk:
  - out: { say: Welcome. }
";
    603 TALK_UNKNOWN_NODE Error "talk-unknown-node", "A talk names a node that does not exist",
        "When a node is renamed, the talks that go through it must be renamed with it.",
        wrong: "flow: clinic/reception
mocks: { find-patient: { json: { id: p1 } } }
talk:
  - in: { keys: \"1\" }
  - via: man-menu.book
", right: "flow: clinic/reception
mocks: { find-patient: { json: { id: p1 } } }
talk:
  - in: { keys: \"1\" }
  - via: main-menu.book
";
    604 TALK_UNKNOWN_EXIT Error "talk-unknown-exit", "A talk names an exit that does not exist",
        "After the node comes one of its exits.",
        wrong: "flow: clinic/reception
mocks: { find-patient: { json: { id: p1 } } }
talk:
  - in: { keys: \"1\" }
  - via: main-menu.boook
", right: "flow: clinic/reception
mocks: { find-patient: { json: { id: p1 } } }
talk:
  - in: { keys: \"1\" }
  - via: main-menu.book
";
    605 TALK_BAD_MOCK Error "talk-bad-mock", "A mock cannot be understood",
        "A mock says what a node's service answers: a value, an error, a delay, or a list of these.",
        wrong: "flow: clinic/reception
mocks: { find-patient: 200 }
talk:
  - in: { keys: \"1\" }
  - via: main-menu.book
", right: "flow: clinic/reception
mocks: { find-patient: { json: { id: p1 } } }
talk:
  - in: { keys: \"1\" }
  - via: main-menu.book
";
    606 TALK_UNUSED_MOCK Warning "talk-unused-mock", "A mock is never used",
        "The talk never comes to that node, or the node asks no service.",
        wrong: "flow: clinic/reception
mocks: { find-patient: { json: { id: p1 } }, tell-doctor: { json: {} } }
talk:
  - in: { keys: \"1\" }
  - via: main-menu.book
", right: "flow: clinic/reception
mocks: { find-patient: { json: { id: p1 } } }
talk:
  - in: { keys: \"1\" }
  - via: main-menu.book
";
    607 TALK_MISMATCH Error "talk-mismatch", "A talk went otherwise than written",
        "The flow said or did something else than the line asks. Either the flow has a mistake, or the talk is out of date; `UPDATE=1` rewrites what the flow \
         says.",
        wrong: "flow: clinic/reception
talk:
  - out: { say: Welcom. }
", right: "flow: clinic/reception
talk:
  - out: { say: Welcome. }
";
}
