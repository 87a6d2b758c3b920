//! What goes to a translator and comes back, whatever the format of the file.

/// The texts of one flow and locale.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Exchange {
    /// The flow's id.
    pub(crate) flow: String,
    /// The locale of the originals.
    pub(crate) source_locale: String,
    /// The locale of the translations.
    pub(crate) locale: String,
    pub(crate) entries: Vec<Entry>,
}

/// One text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its address.
    pub(crate) id: String,
    pub(crate) source: String,
    pub(crate) target: Option<String>,
    /// What was translated, where the original has changed since.
    pub(crate) previous: Option<String>,
    /// Whether the translation is not to be used as it is: it is stale, or its translator says so.
    pub(crate) needs_work: bool,
    /// For the translator.
    pub(crate) notes: Vec<String>,
    /// `file:line` of the original.
    pub(crate) place: Option<String>,
}
