//! After a start: sessions that were active when the server went down. Telephone calls are gone, and are told so; chat
//! sessions stay at their last wait, and what they had asked of a service is asked again under the same key.

use super::{Host, session};
use crate::store;
use offhook_runtime::{Call, Command, Event, Hangup, Session};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many sessions are looked at in one page.
const PAGE: usize = 500;

/// How far back in a journal an unanswered question is looked for. A session asks one service at a time, and little
/// happens while it waits.
const LOOK_BACK: usize = 32;

/// What recovery found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Sessions that go on.
    pub waiting: usize,
    /// Calls that were lost with the server.
    pub hung_up: usize,
    /// Questions to services that were asked again.
    pub asked_again: usize,
}

impl Host {
    /// Takes care of the sessions that were active when the server went down.
    pub async fn recover(&self) -> Result<Recovered, store::Error> {
        let mut recovered = Recovered::default();
        let mut after: Option<(String, String)> = None;
        loop {
            let cursor = after.as_ref().map(|(tenant, id)| (tenant.as_str(), id.as_str()));
            let page = self.inner.store.active_sessions(cursor, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some((last.tenant.clone(), last.id.clone()));
            for row in page.iter().filter(|row| *row.tenant == *self.inner.tenant) {
                self.inner.metrics.sessions_recovered(&row.flow, 1);
                if matches!(row.channel.as_str(), "voice" | "video") {
                    let reason = Hangup { reason: "restart".to_owned() };
                    match self.send(&row.id, Event::Hangup(reason), None).await {
                        Ok(_) => recovered.hung_up += 1,
                        Err(error) => tracing::warn!(session = row.id, %error, "a lost call could not be closed"),
                    }
                    continue;
                }
                recovered.waiting += 1;
                match self.ask_what_is_open(row).await {
                    Ok(asked) => recovered.asked_again += asked,
                    Err(error) => tracing::warn!(session = row.id, %error, "a session could not be looked at"),
                }
            }
        }
        Ok(recovered)
    }

    async fn ask_what_is_open(&self, row: &store::SessionRow) -> Result<usize, super::HostError> {
        let first = row.seq.saturating_sub(i64::try_from(LOOK_BACK).unwrap_or(i64::MAX)).max(0);
        let recent = self.inner.store.journal(&self.inner.tenant, &row.id, first, LOOK_BACK).await?;
        let mut open: Vec<Call> = Vec::new();
        let mut answered = BTreeSet::new();
        for entry in &recent {
            match serde_json::from_str::<Event>(&entry.event) {
                Ok(Event::Result(answer)) => drop(answered.insert(answer.id)),
                Ok(Event::Failed(failure)) => drop(answered.insert(failure.id)),
                _ => {}
            }
            let commands: Vec<Command> = serde_json::from_str(&entry.commands).unwrap_or_default();
            open.extend(commands.into_iter().filter_map(|command| match command {
                Command::Call(call) => Some(call),
                _ => None,
            }));
        }
        // Only the last question can still be waited for; earlier ones ran out of time.
        let Some(call) = open.pop().filter(|call| !answered.contains(&call.id)) else { return Ok(0) };
        let Some(whole) = self.inner.store.session(&self.inner.tenant, &row.id).await? else { return Ok(0) };
        let program = self.program_of(&whole).await?;
        let text = String::from_utf8_lossy(&whole.snapshot);
        let session = Session::load(&program, &text).map_err(|error| super::HostError::Load(error.to_string()))?;
        let id: Arc<str> = row.id.as_str().into();
        session::ask_again(self, &id, &session, call);
        Ok(1)
    }
}
