//! Twenty changes of the gallery, one at a time: each is found in exactly the sessions that come to it, at the turn in which
//! they do, and in no other. Where that is, the path that was recorded says; the comparison under test is not asked.

use crate::gallery::{Gallery, files, recordings};
use offhook_runtime::Event;
use offhook_runtime::replay::{Known, Outcome, Place, Recording, Taken, against};
use offhook_tests::root;

/// When a change shows.
#[derive(Clone, Copy, Debug)]
enum Shows {
    /// When the node is entered, and there.
    Entered,
    /// When the node is left by this exit.
    Left(&'static str),
    /// When the node prompts again since nothing came.
    Again,
    /// When the contact has been silent for so many milliseconds at the node.
    Silent(i64),
    /// Never: nobody outside can tell.
    Never,
}
use Shows::{Again, Entered, Left, Never, Silent};

/// A change: the flow, what is written there, what is written instead, the node, and when it shows.
type Change = (&'static str, &'static str, &'static str, &'static str, Shows);

const CHANGES: [Change; 20] = [
    ("bank/balance", "Welcome to Harbor Bank.", "Welcome to Harbour Bank.", "greet", Entered),
    ("bank/balance", "Good day, {{ login.name }}.", "Hello, {{ login.name }}.", "hello", Entered),
    ("bank/balance", "status == 401\"", "status == 499\"", "why-refused", Left("wrong-pin")),
    ("bank/balance", "default: 3, desc", "default: 5, desc", "try-again", Entered),
    ("bank/balance", "label: My balance", "label: Balance", "services", Entered),
    ("bank/balance", "/balance\"\n", "/funds\"\n", "get-balance", Entered),
    ("bank/balance", "The balance of your account is", "Your balance is", "tell-balance", Entered),
    ("bank/balance", "mode: attended", "mode: blind", "advisor", Entered),
    ("clinic/reception", "Are you still there? Press 1 to book, 2", "Hello? Press 1 to book, 2", "main-menu", Again),
    (
        "clinic/reception",
        "put you through to the desk.\n    exits: { no_input: reception,",
        "put you through to the desk.\n    exits: { no_input: goodbye,",
        "main-menu",
        Left("no_input"),
    ),
    (
        "clinic/reception",
        "text: Hello, {{ patient.name }}.\n    next: ask-day",
        "text: Hi, {{ patient.name }}.\n    next: ask-day",
        "hello-again",
        Entered,
    ),
    ("help/line", "\"price >= 40\"", "\"price >= 40000\"", "is-free", Left("free")),
    ("clinic/reception", "Thank you for choosing Lakeside", "Thank you for calling Lakeside", "goodbye", Entered),
    ("survey/satisfaction", "\"score <= 40\"", "\"score <= -1\"", "how-was-it", Left("unhappy")),
    ("survey/satisfaction", "      way: \"= way\"\n", "", "report", Entered),
    (
        "delivery/status",
        "keys: { min: 6, max: 6 }",
        "keys: { min: 6, max: 6 }\n    timeout: 4s",
        "ask-number",
        Silent(4_000),
    ),
    ("pizza/order", "fee: \"= 2.90\"", "fee: \"= 3.90\"", "paid-delivery", Left("next")),
    ("pizza/order", "timeout: 20s", "timeout: 25s", "shop", Entered),
    ("pizza/order", "cancel], next: leave", "cancel], next: empty-basket", "what-then", Left("leave")),
    ("pizza/order", "reason: ordered", "reason: done", "done", Entered),
];

/// Changes that nobody outside can tell.
const SILENT_CHANGES: [Change; 4] = [
    ("bank/balance", "title: Bank balance", "title: The bank's balance", "", Never),
    ("bank/balance", "forget-pin", "wipe-pin", "", Never),
    ("bank/balance", "timeout: 4s", "timeout: 5s", "", Never),
    ("clinic/reception", "main-menu", "first-menu", "", Never),
];

/// The first turn of a recording in which a change shows.
fn first(recording: &Recording, flow: &str, node: &str, shows: Shows) -> Option<usize> {
    let place = Place { flow: flow.to_owned(), node: node.to_owned() };
    let turns = &recording.turns;
    let known = |taken: &'_ Taken| -> Known { taken.known.clone().expect("it was recorded on its own version") };
    let is_first = |number: &usize| {
        let (taken, known) = (&turns[*number], known(&turns[*number]));
        let since = number.checked_sub(1).map_or(0, |before| taken.entry.at_ms - turns[before].entry.at_ms);
        match shows {
            Entered => known.entered.contains(&place),
            Left(exit) => known.path.iter().any(|(left, by)| *left == place && by == exit),
            Silent(ms) => known.at == place && since >= ms,
            Again => matches!(taken.entry.event, Event::Timer) && known.by.contains(&place),
            Never => false,
        }
    };
    (0..turns.len()).find(is_first).map(|place| place + 1)
}

fn try_change(change: Change, recorded: &[Recording]) -> usize {
    let (flow, from, to, node, shows) = change;
    let mut files = files(&root().join("examples-flows"));
    let file = files.get_mut(&format!("{flow}.yaml")).expect("the flow is there");
    assert!(file.contains(from), "{flow} has no {from:?}");
    *file = file.replace(from, to);
    // Talks do not matter here, and may name what was renamed.
    let changed = Gallery::of(&files);
    let mut found = 0;
    for recording in recorded {
        let outcome = against(Some(&changed.program(&recording.flow)), recording);
        let expected = first(recording, flow, node, shows);
        match (expected, &outcome) {
            (None, Outcome::Same { .. }) => {}
            (Some(turn), Outcome::Differs(difference)) if difference.turn == turn => {
                found += 1;
                if matches!(shows, Entered) {
                    assert_eq!((&*difference.place.flow, &*difference.place.node), (flow, node), "{difference:?}");
                }
                assert_ne!(difference.recorded, difference.candidate, "the words tell the sides apart");
            }
            _ => panic!(
                "{flow}: {from:?} to {to:?}, in {:?}: expected turn {expected:?}, got {outcome:#?}",
                recording.session
            ),
        }
    }
    found
}

#[test]
fn each_change_is_found_at_its_first_difference_and_nowhere_else() {
    let recorded = recordings(&Gallery::read(), 1);
    for change in CHANGES {
        let found = try_change(change, &recorded);
        assert!(found > 0, "no talk comes to {change:?}");
    }
}

#[test]
fn what_nobody_can_tell_is_no_difference() {
    let recorded = recordings(&Gallery::read(), 1);
    for change in SILENT_CHANGES {
        assert_eq!(try_change(change, &recorded), 0);
    }
}
