//! Reviews through the editor's API: who may ask and who may say, and what an approval is of.

use super::comments::{name_of, refused, words};
use super::house::{StoreHouse, failed};
use crate::host::{ReleaseError, now_ms};
use crate::store::{NewReview, Review as Kept, Verdict, audit, limits};
use async_trait::async_trait;
use offhook_editor_api::{
    Actor, AskRequest, DecideRequest, FlowReview, HouseError, Review, ReviewHolder, ReviewState, Reviewer, Scope,
    VerdictWord, WaitingReview, WaitingReviews,
};
use offhook_runtime::moment;

/// Reviews that are told at once.
const TOLD: usize = 20;

/// People whom one asks.
const ASKED: usize = 50;

fn told(kept: &Kept) -> Review {
    let verdict = kept.verdict.as_ref();
    let word = |approved: bool| if approved { VerdictWord::Approved } else { VerdictWord::Changes };
    Review {
        number: kept.number,
        hash: kept.program_hash.clone(),
        asked_by: kept.asked_by_name.clone(),
        asked_at: moment(kept.asked_at_ms),
        note: kept.note.clone(),
        reviewers: asked(kept),
        verdict: verdict.map(|said| word(said.approved)),
        decided_by: verdict.map(|said| said.by_name.clone()),
        decided_at: verdict.map(|said| moment(said.at_ms)),
        words: verdict.map(|said| said.words.clone()).unwrap_or_default(),
    }
}

fn asked(kept: &Kept) -> Vec<String> {
    serde_json::from_str(&kept.reviewers).unwrap_or_default()
}

/// Four eyes: whoever asked does not say.
fn may_decide(kept: &Kept, actor: &Actor) -> bool {
    actor.may(Scope::Review) && kept.asked_by != actor.id
}

fn optional(what: &str, text: &str) -> Result<String, HouseError> {
    if text.trim().is_empty() { Ok(String::new()) } else { words(what, text) }
}

impl StoreHouse {
    /// The hash of the draft, as it could be published.
    fn draft_hash(&self, flow: &str) -> Result<String, ReleaseError> {
        Ok(self.host().draft(flow)?.hash().to_owned())
    }
}

#[async_trait]
impl ReviewHolder for StoreHouse {
    async fn review(&self, flow: &str, actor: &Actor) -> Result<FlowReview, HouseError> {
        self.there_is(flow).await?;
        let (store, tenant) = (self.host().store(), self.host().tenant());
        let hash = self.draft_hash(flow).ok();
        let reviews = store.reviews(tenant, flow, TOLD).await.map_err(failed)?;
        let of_draft = match &hash {
            Some(hash) => store.review_of(tenant, flow, hash).await.map_err(failed)?,
            None => None,
        };
        let newest = reviews.first().map(|newest| newest.number);
        let state = match &of_draft {
            Some(Kept { verdict: Some(said), .. }) if said.approved => ReviewState::Approved,
            Some(Kept { verdict: Some(_), .. }) => ReviewState::Changes,
            // One that another was asked for after is waited for by nobody.
            Some(waiting) if Some(waiting.number) == newest => ReviewState::Waiting,
            _ if reviews.is_empty() => ReviewState::None,
            _ => ReviewState::Void,
        };
        let waits = state == ReviewState::Waiting && of_draft.is_some_and(|kept| may_decide(&kept, actor));
        let reviewers = self.host().reviewers().await.map_err(failed)?;
        Ok(FlowReview {
            flow: flow.to_owned(),
            required: self.host().requires_review(),
            hash,
            state,
            may_decide: waits,
            reviewers: reviewers.into_iter().map(|(login, name)| Reviewer { login, name }).collect(),
            reviews: reviews.iter().map(told).collect(),
        })
    }

    async fn ask_review(&self, flow: &str, actor: &Actor, request: AskRequest) -> Result<(), HouseError> {
        self.there_is(flow).await?;
        self.host().check_mode()?;
        let hash = self.draft_hash(flow)?;
        if request.hash.is_some_and(|meant| meant != hash) {
            return Err(HouseError::Conflict("the draft has changed meanwhile: look at it again".to_owned()));
        }
        if request.reviewers.len() > ASKED {
            return Err(HouseError::Senseless(format!("at most {ASKED} people are asked by name")));
        }
        let known = self.host().reviewers().await.map_err(failed)?;
        if let Some(other) = request.reviewers.iter().find(|asked| !known.iter().any(|(login, _)| login == *asked)) {
            return Err(HouseError::Senseless(format!("`{other:.100}` cannot approve: a reviewer or an admin can")));
        }
        if let [only] = request.reviewers.as_slice()
            && *only == actor.id
        {
            return Err(HouseError::Senseless("somebody else must look at it".to_owned()));
        }
        let new = NewReview {
            program_hash: hash,
            asked_by: actor.id.clone(),
            asked_by_name: name_of(actor, "")?,
            asked_at_ms: now_ms(),
            note: optional("a note", &request.note)?,
            reviewers: serde_json::to_string(&request.reviewers).expect("a list of words is plain data"),
        };
        debug_assert!(new.note.len() <= limits::COMMENT_BYTES, "a note is words");
        let made = self.host().store().ask_review(self.host().tenant(), flow, new).await.map_err(refused)?;
        if made.is_none() {
            return Err(HouseError::Conflict("this draft waits for a review, or is approved already".to_owned()));
        }
        tracing::info!(flow, by = actor.id, "a review was asked for");
        Ok(())
    }

    async fn decide(&self, flow: &str, number: i64, actor: &Actor, said: DecideRequest) -> Result<(), HouseError> {
        self.there_is(flow).await?;
        let (store, tenant) = (self.host().store(), self.host().tenant());
        let approved = said.verdict == VerdictWord::Approved;
        let spoken = if approved {
            optional("what you say", &said.words)?
        } else {
            words("what is to be changed", &said.words)?
        };
        let newest = store.reviews(tenant, flow, TOLD).await.map_err(failed)?;
        let found = newest.iter().find(|kept| kept.number == number);
        let kept = found.ok_or_else(|| HouseError::NotFound(format!("review {number} of `{flow}`")))?;
        if kept.asked_by == actor.id {
            return Err(HouseError::Forbidden("somebody else than who asked for it must approve".to_owned()));
        }
        let passed = newest.first().is_some_and(|newest| newest.number != number);
        if passed || self.draft_hash(flow).ok().is_none_or(|hash| hash != kept.program_hash) {
            let why = "the draft has changed since this review was asked for, so another one must be asked for";
            return Err(HouseError::Conflict(why.to_owned()));
        }
        let verdict =
            Verdict { approved, by: actor.id.clone(), by_name: name_of(actor, "")?, at_ms: now_ms(), words: spoken };
        audit::detail(if approved { "approved" } else { "changes" });
        let kept = store.decide_review(tenant, flow, number, verdict).await.map_err(refused)?;
        if kept.is_none() {
            return Err(HouseError::Conflict("somebody has decided already".to_owned()));
        }
        tracing::info!(flow, by = actor.id, approved, "a review was decided");
        Ok(())
    }

    async fn waiting_reviews(&self, actor: &Actor) -> Result<WaitingReviews, HouseError> {
        let waiting = self.host().store().waiting_reviews(self.host().tenant()).await.map_err(failed)?;
        let mine = waiting.into_iter().filter(|kept| {
            let named = asked(kept);
            may_decide(kept, actor)
                && (named.is_empty() || named.contains(&actor.id))
                && self.draft_hash(&kept.flow).is_ok_and(|hash| hash == kept.program_hash)
        });
        let serving = self.host().library().serving();
        let with_title = |kept: Kept| {
            let title = serving.program(&kept.flow).map(|program| program.entry().title.clone()).unwrap_or_default();
            WaitingReview { review: told(&kept), flow: kept.flow, title }
        };
        Ok(WaitingReviews { reviews: mine.map(with_title).collect() })
    }
}
