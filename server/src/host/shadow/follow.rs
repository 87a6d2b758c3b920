//! One task follows the conversations of one shadow: their turns come in as they are made, and go through the candidate on a
//! thread of the blocking pool, in order.

use super::tally::{Failure, Seen};
use super::{Host, Shadow};
use offhook_runtime::replay::{Beside, Outcome, Place, Taken};
use offhook_runtime::{Event, Program, Session, Turn};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Turns that go to the other thread at once.
const BATCH: usize = 64;

/// How often results are written: a crash loses no more than this, and conversations seldom wait behind it.
const SAVE_EVERY: Duration = Duration::from_secs(1);

/// How long one turn may take. The interpreter's own limits end what a script does long before; past this the candidate is of
/// no use to a person who waits.
const TURN: Duration = Duration::from_secs(2);

/// A turn of a conversation, as it was made.
pub(in crate::host) struct Fed {
    session: Arc<str>,
    program: Arc<Program>,
    /// Where it stood before; nothing for the first turn.
    at: Option<Place>,
    event: Event,
    at_ms: i64,
    turn: Turn,
    wakes_at_ms: Option<i64>,
    ended: Option<String>,
}

impl Fed {
    /// The turn that a conversation has just made on a program, which stood at a place before.
    pub(in crate::host) fn new(
        id: &Arc<str>,
        program: &Arc<Program>,
        (at, at_ms): (Option<Place>, i64),
        event: &Event,
        turn: &Turn,
        after: &Session,
    ) -> Fed {
        Fed {
            session: id.clone(),
            program: program.clone(),
            at,
            event: event.clone(),
            at_ms,
            turn: turn.clone(),
            wakes_at_ms: after.wakes_at(program),
            ended: after.ended().map(str::to_owned),
        }
    }

    pub(super) fn session(&self) -> Arc<str> {
        self.session.clone()
    }
}

type Besides = HashMap<Arc<str>, Beside>;

pub(super) async fn follow(host: Host, shadow: Arc<Shadow>, mut turns: mpsc::Receiver<Fed>) {
    let mut besides = Besides::new();
    let mut save = tokio::time::interval(SAVE_EVERY);
    save.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let mut batch = Vec::new();
        tokio::select! {
            biased;
            () = shadow.over.cancelled() => break,
            () = host.inner.stop.cancelled() => break,
            _ = save.tick() => {
                shadow.save(&host).await;
                continue;
            }
            taken = turns.recv_many(&mut batch, BATCH) => if taken == 0 { break },
        }
        let Ok(_alone) = host.inner.shadows.at_work.acquire().await else { break };
        let (candidate, followed) = (shadow.program.clone(), batch.iter().map(Fed::session).collect::<Vec<_>>());
        let work = tokio::task::spawn_blocking(move || {
            let seen = step_all(&candidate, &mut besides, batch);
            (besides, seen)
        });
        match work.await {
            Ok((back, seen)) => {
                besides = back;
                seen.iter().for_each(|(session, seen)| shadow.finish(&host, session, seen));
                let is_followed = shadow.followed().clone();
                besides.retain(|session, _| is_followed.contains(session));
            }
            // Each turn is caught by itself, so this is the runtime that goes down.
            Err(_) => {
                followed.iter().for_each(|session| shadow.finish(&host, session, &Seen::Fails(Failure::Panic)));
                besides = Besides::new();
            }
        }
    }
    shadow.save(&host).await;
}

/// Takes turns to the candidate, and tells what has come of those conversations that need no more.
fn step_all(candidate: &Program, besides: &mut Besides, batch: Vec<Fed>) -> Vec<(Arc<str>, Seen)> {
    let mut over = Vec::new();
    for fed in batch {
        let session = fed.session();
        if let Some(seen) = judged(|| step(candidate, besides, fed), TURN) {
            besides.remove(&session);
            over.push((session, seen));
        }
    }
    over
}

/// What comes of a turn; of one that panics or takes too long, a failure.
fn judged(work: impl FnOnce() -> Option<Seen>, limit: Duration) -> Option<Seen> {
    let began = std::time::Instant::now();
    // What the turn has left half done is thrown away with the conversation's candidate.
    match catch_unwind(AssertUnwindSafe(work)) {
        Err(_) => Some(Seen::Fails(Failure::Panic)),
        Ok(_) if began.elapsed() > limit => Some(Seen::Fails(Failure::Slow)),
        Ok(seen) => seen,
    }
}

fn step(candidate: &Program, besides: &mut Besides, fed: Fed) -> Option<Seen> {
    let is_first = fed.at.is_none();
    let taken = Taken::made(&fed.program, fed.at, fed.event, fed.at_ms, fed.turn, fed.wakes_at_ms);
    if is_first {
        match Beside::start(Some(candidate), fed.program.id(), &taken) {
            Ok((beside, None)) => {
                besides.insert(fed.session, beside);
            }
            Ok((beside, Some(difference))) => {
                return Some(parted(&beside, fed.ended.as_deref(), difference));
            }
            Err(Outcome::Differs(difference)) => return Some(Seen::Parts(difference)),
            // A conversation that is live begins with its start.
            Err(Outcome::Same { .. } | Outcome::Broken { .. }) => return Some(Seen::Fails(Failure::Error)),
        }
    } else {
        // What is not known began before, or is over.
        let beside = besides.get_mut(&fed.session)?;
        if let Some(difference) = beside.step(&taken) {
            return Some(parted(beside, fed.ended.as_deref(), difference));
        }
    }
    fed.ended.is_some().then_some(Seen::Same)
}

/// A candidate that ends with an error where the conversation goes on has failed, whatever it said before.
fn parted(beside: &Beside, ended: Option<&str>, difference: offhook_runtime::replay::Difference) -> Seen {
    let fails = |reason: Option<&str>| reason.is_some_and(|reason| matches!(reason, "error" | "runaway"));
    match fails(beside.ended()) && !fails(ended) {
        true => Seen::Fails(Failure::Error),
        false => Seen::Parts(Box::new(difference)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_panics_or_takes_too_long_is_a_failure_of_its_own() {
        let long = Duration::from_secs(3_600);
        assert_eq!(judged(|| Some(Seen::Same), long), Some(Seen::Same));
        assert_eq!(judged(|| None, long), None);
        assert_eq!(judged(|| panic!("on purpose"), long), Some(Seen::Fails(Failure::Panic)));
        let slow = || {
            std::thread::sleep(Duration::from_millis(2));
            None
        };
        assert_eq!(judged(slow, Duration::from_millis(1)), Some(Seen::Fails(Failure::Slow)));
    }
}
