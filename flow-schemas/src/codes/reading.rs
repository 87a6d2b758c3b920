//! Codes.
use super::codes;

codes! {
    101 SYNTAX Error "syntax", "The text is not valid YAML or JSON",
        "",
        wrong: "", right: "";
    102 NOT_UTF8 Error "not-utf8", "The file is not UTF-8",
        "",
        wrong: "", right: "";
    103 BYTE_ORDER_MARK Hint "byte-order-mark", "The file begins with a byte order mark",
        "",
        wrong: "", right: "";
    104 TAB_INDENT Error "tab-indent", "A tab is used to indent",
        "",
        wrong: "", right: "";
    105 DUPLICATE_KEY Error "duplicate-key", "A key is written twice in one map",
        "",
        wrong: "", right: "";
    106 TOO_LARGE Error "too-large", "The document is too large",
        "",
        wrong: "", right: "";
    107 TOO_DEEP Error "too-deep", "Lists and maps nest too deeply",
        "",
        wrong: "", right: "";
    108 ALIAS_BUDGET Error "alias-budget", "Aliases would make the document too large",
        "",
        wrong: "", right: "";
    109 MANY_DOCUMENTS Error "many-documents", "The file holds more than one document",
        "",
        wrong: "", right: "";
    110 MERGE_KEY Error "merge-key", "A merge key is used",
        "",
        wrong: "", right: "";
    111 KEY_NOT_TEXT Error "key-not-text", "A key is not a text",
        "",
        wrong: "", right: "";
    112 CONTROL_CHARACTER Error "control-character", "The text holds a control character",
        "",
        wrong: "", right: "";
    113 UNKNOWN_TAG Error "unknown-tag", "A tag that the language does not know",
        "",
        wrong: "", right: "";
    114 NUMBER_RANGE Error "number-range", "A number cannot be kept exactly",
        "",
        wrong: "", right: "";
    115 AMBIGUOUS_NUMBER Error "ambiguous-number", "A number would lose its first characters",
        "",
        wrong: "", right: "";
    116 UNKNOWN_ALIAS Error "unknown-alias", "An alias points to nothing",
        "",
        wrong: "", right: "";
    117 EMPTY_DOCUMENT Error "empty-document", "The document is empty",
        "",
        wrong: "", right: "";
    118 TEXT_TOO_LONG Error "text-too-long", "A text is too long",
        "",
        wrong: "", right: "";
    119 TOO_MANY_PROBLEMS Hint "too-many-problems", "More problems were found than are shown",
        "",
        wrong: "", right: "";
}
