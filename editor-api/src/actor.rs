//! Who asks. Whoever lets a request in knows; handlers are told, and what is written bears their name.

use crate::keys::Scope;
use axum::Extension;

/// Who asks. Nobody in particular, where nobody needs to say who they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actor {
    /// What tells them apart from all others of the tenant: what a person signs in with, `key:` and the id of an API key, `token`; empty where
    /// nobody needs to say.
    pub id: String,
    /// What people call them.
    pub name: String,
    /// Whether somebody has signed in: what they write bears their name, whatever name the request gives.
    pub is_person: bool,
    /// What they may do.
    pub scopes: Vec<Scope>,
}

impl Actor {
    /// Whether they may do this.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
}

/// Who asks, as a handler is told.
pub(crate) fn asking(actor: Option<Extension<Actor>>) -> Actor {
    actor.map(|Extension(actor)| actor).unwrap_or_default()
}
