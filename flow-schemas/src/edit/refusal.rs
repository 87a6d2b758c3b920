//! Why an edit is not made. The document then stays as it is, byte by byte.

use crate::Diagnostic;

/// The reason for which an edit was refused.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refusal {
    /// The document cannot be read, so it is text only.
    #[error("{name} cannot be read: {}", first(.diagnostics))]
    Unreadable {
        /// The document.
        name: String,
        /// What is wrong with it.
        diagnostics: Vec<Diagnostic>,
    },
    /// Nothing is written at that JSON pointer.
    #[error("there is nothing at `{0}`")]
    NoSuchPlace(String),
    /// The flow has no such node.
    #[error("there is no node `{0}`")]
    NoSuchNode(String),
    /// The id is taken.
    #[error("there is already a node `{0}`")]
    NodeExists(String),
    /// What was asked cannot be the id of a node.
    #[error("`{0}` cannot be the id of a node")]
    BadId(String),
    /// A key or item is to be added to what is neither a map nor a list.
    #[error("`{0}` is neither a map nor a list, so that nothing can be added to it")]
    NotACollection(String),
    /// The value is written elsewhere and only named here.
    #[error(
        "`{pointer}` is the alias `{alias}`: the value is written where its anchor is; edit it there, or replace the alias as a whole"
    )]
    BehindAlias {
        /// Where the alias stands.
        pointer: String,
        /// The alias.
        alias: String,
    },
    /// The edit would change other places, because aliases name the value.
    #[error("`{pointer}` has an anchor that is used in other places, too; the edit would change all of them")]
    Shared {
        /// What was to be edited.
        pointer: String,
    },
    /// What is to be removed has an anchor that aliases elsewhere name.
    #[error("`{pointer}` holds an anchor that is used elsewhere")]
    HoldsAnchor {
        /// What was to be removed.
        pointer: String,
    },
    /// The flow has no such text, so there is nothing to translate.
    #[error("the flow has no text `{0}`")]
    NoSuchText(String),
    /// The locale is not one.
    #[error("`{0}` is not a locale")]
    BadLocale(String),
    /// The place cannot be written in a layout.
    #[error("a place needs finite coordinates")]
    BadPlace,
    /// No way was found that leaves every other byte alone.
    #[error("`{pointer}` is written in a way that this edit cannot keep; change the text by hand")]
    CannotKeep {
        /// What was to be edited.
        pointer: String,
    },
    /// The edited document would pass a limit of the language.
    #[error("the edited document could not be read any more: {0}")]
    Limit(String),
}

fn first(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().find(|diagnostic| diagnostic.is_error());
    errors.map_or_else(String::new, |diagnostic| diagnostic.message.clone())
}
