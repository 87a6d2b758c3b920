//! `[flows]`: where flows come from, and what must happen before callers meet them.

use std::path::PathBuf;

use super::read::Table;
use super::sections::{SignIn, one_of};

/// Where flows come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Flows {
    /// The folder of the flow documents.
    pub folder: PathBuf,
    /// Whether a changed file is served without a restart.
    pub watch: bool,
    /// The tenant that owns the folder.
    pub tenant: String,
    /// What new conversations begin on.
    pub live: LiveFlows,
    /// Whether somebody else must approve what is published.
    pub review: Review,
    /// Whether documents can be written through the API.
    pub editing: bool,
}

impl Default for Flows {
    fn default() -> Self {
        Self {
            folder: "flows".into(),
            watch: true,
            tenant: "default".into(),
            live: LiveFlows::Folder,
            review: Review::Optional,
            editing: true,
        }
    }
}

/// What new conversations begin on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LiveFlows {
    /// The folder: what is saved is live, once it has no errors.
    #[default]
    Folder,
    /// What was published; the folder is the draft.
    Releases,
}

/// Whether somebody else must approve what is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Review {
    /// Whoever wants a review may ask for one.
    #[default]
    Optional,
    /// Nothing is published that nobody has approved.
    Required,
}

impl Flows {
    pub(super) fn read(t: &mut Table<'_, '_>) -> Flows {
        let d = Flows::default();
        Flows {
            folder: t.get("folder", d.folder),
            watch: t.get("watch", d.watch),
            tenant: t.get("tenant", d.tenant),
            live: live(t),
            review: review(t),
            editing: t.get("editing", d.editing),
        }
    }
}

/// What new conversations begin on.
pub(super) fn live(t: &mut Table<'_, '_>) -> LiveFlows {
    one_of(t, "live", &[("folder", LiveFlows::Folder), ("releases", LiveFlows::Releases)], LiveFlows::Folder)
}

/// Whether what is published must have been approved.
pub(super) fn review(t: &mut Table<'_, '_>) -> Review {
    one_of(t, "review", &[("optional", Review::Optional), ("required", Review::Required)], Review::Optional)
}

/// What is wrong with a required review, and what would mend it: there must be something to publish, and people who can be told apart.
pub(super) fn wrong_review(live: LiveFlows, review: Review, sign_in: SignIn) -> Option<(&'static str, &'static str)> {
    match (review, live, sign_in) {
        (Review::Optional, ..) => None,
        (Review::Required, LiveFlows::Folder, _) => Some((
            "what lies in the folder is live without being published, so nothing could be reviewed before",
            "live = \"releases\"",
        )),
        (Review::Required, _, SignIn::Off) => {
            Some(("somebody else must approve, so people must sign in", "sign_in = \"password\" in [server]"))
        }
        (Review::Required, ..) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_required_review_needs_releases_and_people() {
        let wrong = |live, review, sign_in| wrong_review(live, review, sign_in).map(|(_, remedy)| remedy);
        assert_eq!(wrong(LiveFlows::Folder, Review::Optional, SignIn::Off), None);
        assert_eq!(wrong(LiveFlows::Folder, Review::Required, SignIn::Password), Some("live = \"releases\""));
        assert_eq!(
            wrong(LiveFlows::Releases, Review::Required, SignIn::Off),
            Some("sign_in = \"password\" in [server]")
        );
        assert_eq!(wrong(LiveFlows::Releases, Review::Required, SignIn::Password), None);
    }
}
