//! Codes.
use super::codes;

codes! {
    501 TEXT_UNKNOWN_NODE Error "text-unknown-node", "A translation is for a node that does not exist",
        "",
        wrong: "", right: "";
    502 TEXT_UNKNOWN_FIELD Error "text-unknown-field", "A translation is for a field that does not exist",
        "",
        wrong: "", right: "";
    503 MISSING_TEXT Warning "missing-text", "A text is not translated",
        "",
        wrong: "", right: "";
    504 LAYOUT_UNKNOWN_NODE Warning "layout-unknown-node", "A layout places a node that does not exist",
        "",
        wrong: "", right: "";
    505 LOCALE_MISMATCH Error "locale-mismatch", "A catalogue's name and content disagree about its locale",
        "",
        wrong: "", right: "";
    506 UNDECLARED_LOCALE Warning "undeclared-locale", "A catalogue is for a locale the flow does not declare",
        "",
        wrong: "", right: "";
    507 TEXT_SHAPE Error "text-shape", "A translation has another shape than the original",
        "",
        wrong: "", right: "";
    601 BAD_TALK Error "bad-talk", "A line of a talk cannot be understood",
        "",
        wrong: "", right: "";
    602 TALK_UNKNOWN_FLOW Error "talk-unknown-flow", "A talk is about a flow that does not exist",
        "",
        wrong: "", right: "";
    603 TALK_UNKNOWN_NODE Error "talk-unknown-node", "A talk names a node that does not exist",
        "",
        wrong: "", right: "";
    604 TALK_UNKNOWN_EXIT Error "talk-unknown-exit", "A talk names an exit that does not exist",
        "",
        wrong: "", right: "";
    605 TALK_BAD_MOCK Error "talk-bad-mock", "A mock cannot be understood",
        "",
        wrong: "", right: "";
    606 TALK_UNUSED_MOCK Warning "talk-unused-mock", "A mock is never used",
        "",
        wrong: "", right: "";
    607 TALK_MISMATCH Error "talk-mismatch", "A talk went otherwise than written",
        "",
        wrong: "", right: "";
}
