//! What goes to a translator and comes back, whatever the format of the file.

/// The texts of one flow and locale.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Exchange {
    /// The flow's id.
    pub(super) flow: String,
    /// The locale of the originals.
    pub(super) source_locale: String,
    /// The locale of the translations.
    pub(super) locale: String,
    pub(super) entries: Vec<Entry>,
}

/// One text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its address.
    pub(super) id: String,
    pub(super) source: String,
    pub(super) target: Option<String>,
    /// What was translated, where the original has changed since.
    pub(super) previous: Option<String>,
    /// Whether the translation is not to be used as it is: it is stale, or its translator says so.
    pub(super) needs_work: bool,
    /// For the translator.
    pub(super) notes: Vec<String>,
    /// `file:line` of the original.
    pub(super) place: Option<String>,
}
