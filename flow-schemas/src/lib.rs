#![doc = include_str!("../README.md")]

mod beside;
mod codes;
mod diagnostic;
pub mod diff;
mod document;
mod duration;
pub mod edit;
mod facts;
pub mod fixes;
mod flow;
pub mod format;
pub mod graph;
mod json;
pub mod layout;
pub mod limits;
pub mod merge;
mod nearest;
mod parse;
pub mod picture;
mod read;
mod render;
mod scalar;
pub mod schema;
mod source;
mod tree;
mod within;
mod yaml;
mod yaml_errors;

#[doc = include_str!("../SEMANTICS.md")]
pub mod semantics {}

pub use beside::{Layout, ReadLayout, ReadTexts, Texts, is_same_text, locale_of_name, read_layout, read_texts, serves};
pub use codes::{Code, Explanation, all as all_codes, explain};
pub use diagnostic::{Diagnostic, Related, Severity, sort as sort_diagnostics};
pub use document::Document;
pub use duration::{DurationError, parse_duration};
pub use facts::{ExitFact, NodeFacts};
pub use flow::{
    BUILT_IN_ENDS, ChannelKind, Digression, Flow, FlowKind, Interrupts, LANGUAGE_VERSION, Migrate, NoActivity, NodeDoc,
    Others, PhraseRule, RESERVED_NAMES, VarDecl, VarType, is_built_in_end,
};
pub use nearest::nearest;
pub use parse::{Parsed, parse, read_tree};
pub use read::{ReadFlow, check_schema, is_flow_id, read_flow, self_contained_schema};
pub use render::render;
pub use source::{Position, Source, Span};
pub use tree::{Positioned, escape as escape_pointer, unescape as unescape_pointer};
