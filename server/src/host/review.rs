//! Approvals: where a tenant asks for them, only a program that somebody else has approved becomes live. An approval is of one program by its hash,
//! so that whatever changes needs another.

use super::Host;
use super::releases::ReleaseError;
use crate::config::Review;
use crate::store;
use offhook_editor_api::{Role, Scope};

impl Host {
    /// Whether what is published must have been approved.
    pub fn requires_review(&self) -> bool {
        self.inner.config.flows.review == Review::Required
    }

    /// Those of the tenant who can approve: what they sign in with, and what people call them.
    pub async fn reviewers(&self) -> Result<Vec<(String, String)>, store::Error> {
        let people = self.inner.store.people(&self.inner.tenant).await?;
        let may = |word: &str| {
            Role::ALL.into_iter().any(|role| role.as_str() == word && role.scopes().contains(&Scope::Review))
        };
        Ok(people.into_iter().filter(|person| may(&person.role)).map(|person| (person.login, person.name)).collect())
    }

    /// Whether somebody has approved a program, and nobody has asked for changes of it since.
    pub async fn is_approved(&self, flow: &str, hash: &str) -> Result<bool, store::Error> {
        let review = self.inner.store.review_of(&self.inner.tenant, flow, hash).await?;
        Ok(review.and_then(|review| review.verdict).is_some_and(|verdict| verdict.approved))
    }

    /// That a program may become live.
    pub(super) async fn check_approved(&self, flow: &str, hash: &str) -> Result<(), ReleaseError> {
        if !self.requires_review() || self.is_approved(flow, hash).await? {
            return Ok(());
        }
        let who = self.reviewers().await?.into_iter().map(|(_, name)| name).collect();
        Err(ReleaseError::Unapproved { flow: flow.to_owned(), who })
    }
}
