//! What is live, step by step, against a real file.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

use super::{Canary, Change, Coming, Guard, Live, Refusal};
use crate::observe::Metrics;
use crate::store::Store;

const FLOW: &str = "shop/line";

async fn store(folder: &tempfile::TempDir) -> Store {
    let url = format!("sqlite://{}", folder.path().join("offhook.db").display());
    Store::open(&url, &Metrics::new()).await.unwrap()
}

fn publish(hash: &str, coming: Coming) -> Change {
    Change::Publish { program_hash: hash.to_owned(), pinned: format!("{{\"{FLOW}\":1}}"), coming }
}

async fn change(store: &Store, tenant: &str, change: Change, now_ms: i64) -> Result<Live, Refusal> {
    store.change_live(tenant, FLOW, change, "Eva", "because", now_ms).await.unwrap()
}

#[tokio::test]
async fn every_step_and_what_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let steps: Vec<(&str, Change, Result<Live, Refusal>)> = {
        let live = |number: Option<i64>, canary: Option<Canary>, next: Option<(i64, i64)>| {
            Ok(Live { flow: FLOW.to_owned(), number, canary, next, moving: None })
        };
        let guard = Guard { percent: 5, after: 20 };
        let canary = |number, since_ms| Some(Canary { number, percent: 10, since_ms, guard: Some(guard) });
        vec![
            ("nothing to go back to", Change::RollBack(None), Err(Refusal::NothingBefore)),
            ("no canary yet", Change::Promote, Err(Refusal::NoCanary)),
            ("a canary alone", publish("a", Coming::Canary(10, None)), Err(Refusal::NothingLive)),
            ("the first, later", publish("a", Coming::At(50)), live(None, None, Some((1, 50)))),
            ("before its moment", Change::Due, live(None, None, Some((1, 50)))),
            ("at once after all", publish("a", Coming::Now), live(Some(2), None, None)),
            ("the same", publish("a", Coming::Now), Err(Refusal::Same(2))),
            ("a canary", publish("b", Coming::Canary(10, Some(guard))), live(Some(2), canary(3, 8), None)),
            ("a guard of another one", Change::GuardPassed(1), live(Some(2), canary(3, 8), None)),
            ("its guard", Change::GuardPassed(3), live(Some(2), None, None)),
            ("another canary", publish("b", Coming::Canary(10, Some(guard))), live(Some(2), canary(4, 11), None)),
            ("back: the canary goes", Change::RollBack(None), live(Some(2), None, None)),
            ("back: nothing was live before", Change::RollBack(None), Err(Refusal::NothingBefore)),
            ("no such release", Change::RollBack(Some(9)), Err(Refusal::NoRelease(9))),
            ("one that never was live", Change::RollBack(Some(4)), live(Some(4), None, None)),
            ("back from it", Change::RollBack(None), live(Some(2), None, None)),
            ("a canary of it", publish("c", Coming::Canary(10, Some(guard))), live(Some(2), canary(5, 17), None)),
            ("promoted", Change::Promote, live(Some(5), None, None)),
        ]
    };
    for (at, (what, step, wanted)) in (1..).zip(steps) {
        let made = change(&store, "t", step, at).await;
        // Whoever is to be moved is moved by now.
        let moved = match &made {
            Ok(Live { moving: Some(number), .. }) => {
                store.change_live("t", FLOW, Change::Moved(*number), "Eva", "", at).await.unwrap()
            }
            _ => made,
        };
        assert_eq!(moved, wanted, "{what}");
    }
    // What was refused left no trace; what was done did.
    let log = store.release_log("t", FLOW, 100).await.unwrap();
    let told: Vec<(&str, i64, Option<i64>)> =
        log.iter().rev().map(|entry| (entry.action.as_str(), entry.number, entry.live)).collect();
    let two = Some(2);
    assert_eq!(
        told,
        [
            ("scheduled", 1, None),
            ("published", 2, two),
            ("canary", 3, two),
            ("guard", 3, two),
            ("canary", 4, two),
            ("rolled-back", 4, two),
            ("rolled-back", 4, Some(4)),
            ("rolled-back", 2, two),
            ("canary", 5, two),
            ("promoted", 5, Some(5)),
        ]
    );
    assert!(log.iter().all(|entry| entry.author == "Eva" && entry.note == "because"));
    let numbers: Vec<i64> = store.releases("t", FLOW, None, 3).await.unwrap().iter().map(|one| one.number).collect();
    assert_eq!(numbers, [5, 4, 3]);
}

#[tokio::test]
async fn a_schedule_comes_due_once_and_tenants_know_nothing_of_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    change(&store, "one", publish("a", Coming::Now), 1).await.unwrap();
    change(&store, "one", publish("b", Coming::At(10)), 2).await.unwrap();
    change(&store, "two", publish("a", Coming::Now), 3).await.unwrap();
    let due = change(&store, "one", Change::Due, 10).await.unwrap();
    assert_eq!((due.number, due.next), (Some(2), None));
    assert_eq!(change(&store, "one", Change::Due, 11).await.unwrap(), due);
    assert_eq!(store.release_log("one", FLOW, 100).await.unwrap().len(), 3);
    assert_eq!(store.live_releases("two").await.unwrap()[0].number, Some(1));
    assert_eq!(store.release("two", FLOW, 2).await.unwrap(), None);
    assert_eq!(store.live_releases("three").await.unwrap(), []);
    assert_eq!(change(&store, "two", Change::RollBack(Some(2)), 12).await, Err(Refusal::NoRelease(2)));
    let long = store.change_live("two", FLOW, Change::Promote, &"x".repeat(1_000), "", 1).await;
    assert!(matches!(long, Err(crate::store::Error::TooLarge { what: "author", .. })), "{long:?}");
}
