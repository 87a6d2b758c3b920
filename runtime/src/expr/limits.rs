//! How much one evaluation may use. Rhai has no limits of its own accord; here they are always on.

/// The limits of expressions, scripts and templates. Every number counts; none may be zero, since Rhai reads zero as
/// "unlimited".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Steps of one evaluation: stops a loop that never ends. A step may also copy one text or list of the greatest
    /// size allowed below, so it is the product of the two that bounds the work; raise them together with care. The
    /// defaults are an estimate of what a worker can bear, not a measurement.
    pub operations: u64,
    /// Calls of functions within functions. Each costs a few kilobytes of stack.
    pub depth: usize,
    /// Operators within operators in the text of an expression. Each level costs stack while it is read.
    pub nesting: usize,
    /// Bytes of one text that a script makes. More than any message or spoken prompt.
    pub string_bytes: usize,
    /// Items of one list.
    pub list_items: usize,
    /// Entries of one map.
    pub map_entries: usize,
    /// Values and bytes that library functions may look at in one evaluation: a function is one step to Rhai, however
    /// long the list that it sorts.
    pub work: u64,
    /// Work that all evaluations of one turn may do together, in the units of `work`; a step of Rhai counts 25, a byte
    /// that a template writes 5. A turn may run a thousand nodes, and other sessions wait while it does: this bounds
    /// how long. An evaluation that has begun is finished, and what handles the fault may do a tenth more.
    pub turn_work: u64,
    /// Local variables of one script.
    pub variables: usize,
    /// Functions and closures of one script.
    pub functions: usize,
    /// Bytes of the source of one expression, script or template.
    pub source_bytes: usize,
    /// Bytes that one template may write.
    pub output_bytes: usize,
    /// Rounds that all loops of one template may take together.
    pub template_rounds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            operations: 100_000,
            depth: 32,
            nesting: 48,
            string_bytes: 128 << 10,
            list_items: 10_000,
            map_entries: 5_000,
            work: 10_000_000,
            turn_work: 50_000_000,
            variables: 500,
            functions: 100,
            source_bytes: 64 << 10,
            output_bytes: 1 << 20,
            template_rounds: 100_000,
        }
    }
}
