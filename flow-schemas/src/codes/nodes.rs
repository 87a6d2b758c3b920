//! Codes.
use super::codes;

codes! {
    401 UNKNOWN_NODE_TYPE Error "unknown-node-type", "A node type that this build does not know",
        "",
        wrong: "", right: "";
    402 MISSING_PARAMETER Error "missing-parameter", "A required parameter is missing",
        "",
        wrong: "", right: "";
    403 UNKNOWN_PARAMETER Error "unknown-parameter", "A parameter that the node type does not know",
        "",
        wrong: "", right: "";
    404 BAD_PARAMETER Error "bad-parameter", "A parameter has a value that does not fit",
        "",
        wrong: "", right: "";
    405 SCRIPT Error "script", "An expression or script does not compile",
        "",
        wrong: "", right: "";
    406 TEMPLATE Error "template", "A template does not compile",
        "",
        wrong: "", right: "";
    407 UNKNOWN_VARIABLE Error "unknown-variable", "A name that nothing declares",
        "",
        wrong: "", right: "";
    408 UNDECLARED_SECRET Error "undeclared-secret", "A secret that the flow does not declare",
        "",
        wrong: "", right: "";
    409 SECRET_LEAK Error "secret-leak", "A secret is used where it would leave the vault",
        "",
        wrong: "", right: "";
    410 UNKNOWN_FLOW Error "unknown-flow", "A flow that does not exist is called",
        "",
        wrong: "", right: "";
    411 MISSING_INPUT Error "missing-input", "A called flow lacks an input it requires",
        "",
        wrong: "", right: "";
    412 UNKNOWN_INPUT Error "unknown-input", "A called flow has no such input",
        "",
        wrong: "", right: "";
    413 WRONG_CHANNEL Error "wrong-channel", "A node does not work on a channel the flow declares",
        "",
        wrong: "", right: "";
    414 WRONG_KIND Error "wrong-kind", "A node does not belong in a flow of this kind",
        "",
        wrong: "", right: "";
    415 DUPLICATE_CHOICE Error "duplicate-choice", "Two choices cannot be told apart",
        "",
        wrong: "", right: "";
    416 UNKNOWN_FUNCTION Error "unknown-function", "A function or filter that does not exist",
        "",
        wrong: "", right: "";
    417 UNUSED_VARIABLE Hint "unused-variable", "A variable is never used",
        "",
        wrong: "", right: "";
    418 UNUSED_SECRET Hint "unused-secret", "A declared secret is never used",
        "",
        wrong: "", right: "";
    419 TYPE_MISMATCH Error "type-mismatch", "A value is saved in a variable of another type",
        "",
        wrong: "", right: "";
    420 NOT_ASSIGNABLE Error "not-assignable", "Something that cannot be assigned is assigned",
        "",
        wrong: "", right: "";
    421 UNKNOWN_OUTPUT Error "unknown-output", "A called flow has no such output",
        "",
        wrong: "", right: "";
    422 CALL_CYCLE Warning "call-cycle", "Flows call each other in a circle",
        "",
        wrong: "", right: "";
    423 UNKNOWN_NODE Error "unknown-node", "A parameter names a node that does not exist",
        "",
        wrong: "", right: "";
}
