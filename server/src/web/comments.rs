//! Comments through the editor's API: who may take one back, and which of them follow a node that a saved document calls otherwise.

use super::house::{StoreHouse, failed};
use crate::host::now_ms;
use crate::store::{self, Comment as Kept, NewComment, limits};
use async_trait::async_trait;
use offhook_editor_api::{Actor, Comment, CommentHolder, CommentList, CommentRequest, HouseError, Scope};
use offhook_flow_schemas::diff::renames;
use offhook_flow_schemas::read_tree;
use offhook_runtime::moment;
use serde_json::Value;
use std::collections::BTreeMap;

/// Bytes of a name that whoever has not signed in gives, and of the place of a comment.
const NAME_BYTES: usize = 200;
const PLACE_BYTES: usize = 500;

pub(super) fn refused(error: store::Error) -> HouseError {
    match error {
        store::Error::TooMany { .. } => HouseError::Conflict(error.to_string()),
        store::Error::TooLarge { .. } => HouseError::Senseless(error.to_string()),
        other => failed(other),
    }
}

/// What people call whoever asks: by their own name, or the one that they give where nobody has signed in.
pub(super) fn name_of(actor: &Actor, given: &str) -> Result<String, HouseError> {
    let given = given.trim();
    if given.len() > NAME_BYTES || given.chars().any(char::is_control) {
        return Err(HouseError::Senseless(format!("a name has at most {NAME_BYTES} bytes, and no control characters")));
    }
    let name = if actor.is_person || given.is_empty() { actor.name.as_str() } else { given };
    Ok(if name.is_empty() { "api".to_owned() } else { name.to_owned() })
}

/// Words of a person: something, not too much, and nothing that is no text.
pub(super) fn words(what: &str, text: &str) -> Result<String, HouseError> {
    let text = text.trim();
    let is_text = |c: char| !c.is_control() || matches!(c, '\n' | '\t' | '\r');
    if text.is_empty() || text.len() > limits::COMMENT_BYTES || !text.chars().all(is_text) {
        let why = format!("{what} is a text of 1 to {} bytes", limits::COMMENT_BYTES);
        return Err(HouseError::Senseless(why));
    }
    Ok(text.to_owned())
}

fn place(what: &str, text: Option<String>) -> Result<String, HouseError> {
    let text = text.unwrap_or_default();
    if text.len() > PLACE_BYTES || text.chars().any(char::is_control) {
        return Err(HouseError::Senseless(format!("{what} has at most {PLACE_BYTES} bytes")));
    }
    Ok(text)
}

fn may_remove(kept: &Kept, actor: &Actor) -> bool {
    kept.author == actor.id || actor.may(Scope::People)
}

fn told(kept: Kept, actor: &Actor) -> Comment {
    let some = |text: String| (!text.is_empty()).then_some(text);
    let removable = !kept.removed && may_remove(&kept, actor);
    let (resolved_by, resolved_at) = kept.resolved.unzip();
    Comment {
        number: kept.number,
        thread: kept.thread,
        node: some(kept.node),
        field: some(kept.field),
        author: kept.author,
        name: kept.author_name,
        removable,
        text: kept.body,
        at: moment(kept.created_at_ms),
        resolved_by,
        resolved_at: resolved_at.map(moment),
    }
}

fn none(number: i64) -> HouseError {
    HouseError::NotFound(format!("comment {number}"))
}

impl StoreHouse {
    /// That there is such a flow, in the folder or served.
    pub(super) async fn there_is(&self, flow: &str) -> Result<(), HouseError> {
        if self.host().library().serving().file(flow).is_some() || self.is_in_folder(flow).await? {
            return Ok(());
        }
        Err(HouseError::NotFound(format!("flow `{flow}`")))
    }

    /// Comments that hang on nodes which a new version of the document calls otherwise hang on these from now on. The document is written
    /// already: what fails here is told in the log, and the comments stay with the names of before.
    pub(super) async fn move_comments(&self, flow: &str, old: &str, new: &str, said: &BTreeMap<String, String>) {
        let (store, tenant) = (self.host().store(), self.host().tenant());
        let moved = async {
            if !store.comments(tenant, flow).await?.iter().any(|comment| !comment.node.is_empty()) {
                return Ok(0);
            }
            let renamed = self.renamed(old, new, said);
            if renamed.is_empty() { Ok(0) } else { store.move_comments(tenant, flow, renamed).await }
        };
        match moved.await {
            Ok(0) => {}
            Ok(moved) => tracing::info!(flow, moved, "comments follow steps that have another name"),
            Err::<_, store::Error>(error) => {
                tracing::warn!(flow, %error, "comments could not follow steps that have another name");
            }
        }
    }

    /// The nodes that have another id: those that the writer names, as far as it is true, and those that say the same under another one.
    fn renamed(&self, old: &str, new: &str, said: &BTreeMap<String, String>) -> Vec<(String, String)> {
        let value = |text: &str| read_tree("flow", text.as_bytes()).ok().map(|tree| tree.to_value());
        let (Some(old), Some(new)) = (value(old), value(new)) else { return Vec::new() };
        let has = |flow: &Value, id: &str| flow.get("nodes").and_then(|nodes| nodes.get(id)).is_some();
        let mut all: BTreeMap<String, String> = said
            .iter()
            .filter(|(from, to)| has(&old, from) && has(&new, to))
            // A swap names nodes that there were and are; a name that stays with its node is not taken from it.
            .filter(|(from, to)| {
                (!has(&new, from) || said.values().any(|to| to == *from)) && (!has(&old, to) || said.contains_key(*to))
            })
            .map(|(from, to)| (from.clone(), to.clone()))
            .collect();
        for (from, to) in renames(&old, &new, &self.host().library().catalog().knowledge(None)) {
            if !all.values().any(|taken| *taken == to) {
                all.entry(from).or_insert(to);
            }
        }
        all.into_iter().collect()
    }
}

#[async_trait]
impl CommentHolder for StoreHouse {
    async fn comments(&self, flow: &str, actor: &Actor) -> Result<CommentList, HouseError> {
        self.there_is(flow).await?;
        let kept = self.host().store().comments(self.host().tenant(), flow).await.map_err(failed)?;
        // One that was taken back is told where it has answers, since these would begin with nothing.
        let answered: Vec<i64> =
            kept.iter().filter(|one| !one.removed && one.thread != one.number).map(|one| one.thread).collect();
        let shown = kept.into_iter().filter(|one| !one.removed || answered.contains(&one.number));
        Ok(CommentList { comments: shown.map(|one| told(one, actor)).collect() })
    }

    async fn comment(&self, flow: &str, actor: &Actor, request: CommentRequest) -> Result<Comment, HouseError> {
        self.there_is(flow).await?;
        let body = words("a comment", &request.text)?;
        if request.field.is_some() && request.node.is_none() && request.thread.is_none() {
            return Err(HouseError::Senseless("a field is one of a node".to_owned()));
        }
        let new = NewComment {
            thread: request.thread,
            node: place("a node's id", request.node)?,
            field: place("a field", request.field)?,
            author: actor.id.clone(),
            author_name: name_of(actor, &request.author)?,
            body,
            created_at_ms: now_ms(),
        };
        let thread = new.thread.unwrap_or_default();
        let kept = self.host().store().add_comment(self.host().tenant(), flow, new).await.map_err(refused)?;
        kept.map(|kept| told(kept, actor)).ok_or_else(|| none(thread))
    }

    async fn resolve(&self, flow: &str, number: i64, actor: &Actor, is_done: bool) -> Result<Comment, HouseError> {
        self.there_is(flow).await?;
        let resolved = if is_done { Some((name_of(actor, "")?, now_ms())) } else { None };
        let kept = self.host().store().resolve_comment(self.host().tenant(), flow, number, resolved).await;
        kept.map_err(refused)?.map(|kept| told(kept, actor)).ok_or_else(|| none(number))
    }

    async fn remove_comment(&self, flow: &str, number: i64, actor: &Actor) -> Result<(), HouseError> {
        let (store, tenant) = (self.host().store(), self.host().tenant());
        let kept = store.comment(tenant, flow, number).await.map_err(failed)?;
        let kept = kept.filter(|kept| !kept.removed).ok_or_else(|| none(number))?;
        if !may_remove(&kept, actor) {
            return Err(HouseError::Forbidden("this comment is somebody else's".to_owned()));
        }
        if !store.remove_comment(tenant, flow, number).await.map_err(failed)? {
            return Err(none(number));
        }
        tracing::info!(flow, number, "a comment was taken back");
        Ok(())
    }
}
