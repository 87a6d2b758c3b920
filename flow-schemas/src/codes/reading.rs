//! `OH01xx`: the text cannot be read as YAML or JSON, or says something that would be read otherwise than it looks.

use super::codes;

codes! {
    101 SYNTAX Error "syntax", "The text is not valid YAML or JSON",
        "The reader stopped here. The usual causes in YAML: a text that holds `: ` or ` #`, or begins with `{`, `[`, `*`, `&`, `!`, `%` or `@`, \
         without quotes; a quote or bracket that is not closed; a line that is not indented like its neighbours. In JSON: a comma too many, \
         a comment, a key without quotes. The mistake may stand a line above the place that is shown.",
        wrong: r#"offhook: 1
id: hello
kind: chatbot
start: greet
nodes:
  greet:
    type: say
    text: One moment: I look it up.
    next: end
"#, right: r#"offhook: 1
id: hello
kind: chatbot
start: greet
nodes:
  greet:
    type: say
    text: "One moment: I look it up."
    next: end
"#;
    102 NOT_UTF8 Error "not-utf8", "The file is not UTF-8",
        "Flows are UTF-8 text (RFC 3629). An editor saved this one in another encoding, such as Windows-1252 or UTF-16; save it again as UTF-8.",
        wrong: "", right: "";
    103 BYTE_ORDER_MARK Hint "byte-order-mark", "The file begins with a byte order mark",
        "The mark (U+FEFF) is skipped and takes no column, but it is needless in UTF-8 and gets in the way of other tools.",
        wrong: "\u{feff}offhook: 1
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
    104 TAB_INDENT Error "tab-indent", "A tab is used to indent",
        "YAML indents by spaces only (YAML 1.2 §6.1). Set the editor to insert spaces.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes:
\tgreet: { type: say, text: Hello, next: end }
", right: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes:
  greet: { type: say, text: Hello, next: end }
";
    105 DUPLICATE_KEY Error "duplicate-key", "A key is written twice in one map",
        "Only one of the two can count, and no reader could tell which is meant. Often a node was copied and its id not changed. Both places \
         are shown.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes:
  greet: { type: say, text: Hello, next: end }
  greet: { type: say, text: Good day, next: end }
", right: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes:
  greet: { type: say, text: Hello, next: ask }
  ask: { type: say, text: Good day, next: end }
";
    106 TOO_LARGE Error "too-large", "The document is too large",
        "A document may have 10 MB. Split the flow into several that call each other, and keep data in tables or services.",
        wrong: "", right: "";
    107 TOO_DEEP Error "too-deep", "Lists and maps nest too deeply",
        "Lists and maps may nest 64 deep. Generated documents that go deeper are most often the result of a mistake in the generator.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes: { greet: { type: say, text: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[Hello]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]], next: end } }
", right: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
";
    108 ALIAS_BUDGET Error "alias-budget", "Aliases would make the document too large",
        "Each alias (`*name`) stands for a copy of what its anchor names, and aliases of aliases multiply. All aliases of a document together may \
         add 100,000 values.",
        wrong: "a: &a [x, x, x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
", right: "";
    109 MANY_DOCUMENTS Error "many-documents", "The file holds more than one document",
        "YAML can hold several documents in one file, separated by `---`. A flow is one document in one file.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
---
offhook: 1
id: other
", right: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
";
    110 MERGE_KEY Error "merge-key", "A merge key is used",
        "The merge key `<<` belongs to YAML 1.1. It hides what a node says from whoever reads it, so it is not supported; an anchor on a \
         whole value and an alias for it are.",
        wrong: "offhook: 1
id: hello
kind: chatbot
x-common: &common { type: say, next: end }
start: greet
nodes: { greet: { <<: *common, type: say, text: Hello, next: end } }
", right: "offhook: 1
id: hello
kind: chatbot
x-hello: &hello Hello
start: greet
nodes: { greet: { type: say, text: *hello, next: end } }
";
    111 KEY_NOT_TEXT Error "key-not-text", "A key is not a text",
        "Keys are texts, as in JSON. A number, true, false or null as a key must be put in quotes; a list or a map cannot be a key.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: \"1\"
nodes:
  1: { type: say, text: Hello, next: end }
", right: "offhook: 1
id: hello
kind: chatbot
start: \"1\"
nodes:
  \"1\": { type: say, text: Hello, next: end }
";
    112 CONTROL_CHARACTER Error "control-character", "The text holds a control character",
        "Characters such as U+0000 or U+001B cannot be seen and do not survive stores, terminals and XML. Only the line break and the tab may \
         stand in a document.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes: { greet: { type: say, text: \"Hello\\0\", next: end } }
", right: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes: { greet: { type: say, text: \"Hello\", next: end } }
";
    113 UNKNOWN_TAG Error "unknown-tag", "A tag that the language does not know",
        "Tags such as `!include` or `!!binary` belong to other programs. Known are `!!str`, `!!int`, `!!float`, `!!bool`, `!!null`, `!!seq` and \
         `!!map`, for values that they fit. Put a text that begins with `!` in quotes.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes: { greet: { type: say, text: !important Hello, next: end } }
", right: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes: { greet: { type: say, text: \"!important Hello\", next: end } }
";
    114 NUMBER_RANGE Error "number-range", "A number cannot be kept exactly",
        "Numbers keep 64-bit whole numbers and about 15 significant digits. Write a number of more digits as a text: `decimal` and `money` take it as \
         such and are exact. Infinity and not-a-number do not exist here.",
        wrong: "offhook: 1
id: hello
kind: chatbot
vars: { rate: { type: decimal, default: 0.12345678901234567890 } }
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
", right: "offhook: 1
id: hello
kind: chatbot
vars: { rate: { type: decimal, default: \"0.12345678901234567890\" } }
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
";
    115 AMBIGUOUS_NUMBER Error "ambiguous-number", "A number would lose its first characters",
        "Without quotes, YAML reads `+15551230001` and `0123` as numbers, and the `+` or the zeros are gone. Telephone numbers, codes and keys \
         are texts: put them in quotes.",
        wrong: "offhook: 1
id: hello
kind: ivr
vars: { office: +15551230001 }
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
", right: "offhook: 1
id: hello
kind: ivr
vars: { office: \"+15551230001\" }
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
";
    116 UNKNOWN_ALIAS Error "unknown-alias", "An alias points to nothing",
        "`*name` stands for the value that `&name` marks earlier in the document. It cannot stand before it or inside it. Put a text that begins with `*` \
         in quotes.",
        wrong: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes: { greet: { type: say, text: *hello, next: end } }
", right: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes: { greet: { type: say, text: \"*hello*\", next: end } }
";
    117 EMPTY_DOCUMENT Error "empty-document", "The document is empty",
        "There is nothing in the file but white space and comments.",
        wrong: "# a flow will stand here
", right: "offhook: 1
id: hello
kind: chatbot
start: greet
nodes: { greet: { type: say, text: Hello, next: end } }
";
    118 TEXT_TOO_LONG Error "text-too-long", "A text is too long",
        "One text may have 64 KiB. Longer ones belong in files that are played or sent, or in a service.",
        wrong: "", right: "";
    119 TOO_MANY_PROBLEMS Hint "too-many-problems", "More problems were found than are shown",
        "At most 1,000 problems of one document are reported. Repair the first ones; the rest often go with them.",
        wrong: "", right: "";
}
