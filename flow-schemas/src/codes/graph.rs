//! Codes.
use super::codes;

codes! {
    301 MISSING_TARGET Error "missing-target", "An exit leads to a node that does not exist",
        "",
        wrong: "", right: "";
    302 MISSING_START Error "missing-start", "The flow starts at a node that does not exist",
        "",
        wrong: "", right: "";
    303 UNKNOWN_EXIT Error "unknown-exit", "A node has no exit of this name",
        "",
        wrong: "", right: "";
    304 UNREACHABLE_NODE Warning "unreachable-node", "No path leads to a node",
        "",
        wrong: "", right: "";
    305 WAIT_FREE_CYCLE Warning "wait-free-cycle", "Nodes lead back to themselves without waiting",
        "",
        wrong: "", right: "";
    306 UNWIRED_EXIT Hint "unwired-exit", "An exit is not wired",
        "",
        wrong: "", right: "";
}
