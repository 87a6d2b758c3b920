//! Replay: the gallery's talks as recorded sessions, on the same version, on versions with one change each, and the journals
//! of every released version on this one.

mod changes;
mod gallery;
mod masks;
mod released;

use gallery::{Gallery, recordings};
use offhook_runtime::replay::{Outcome, Programs, Recording, Totals, against, story};

/// As many as the house promises.
const TURNS: usize = 10_000;

#[test]
fn ten_thousand_turns_are_the_same_on_the_same_version() {
    let recorded = Gallery::read();
    let mut all: Vec<Recording> = Vec::new();
    let mut turns = 0;
    for seed in 1.. {
        let more = recordings(&recorded, seed);
        turns += more.iter().map(|recording| recording.turns.len()).sum::<usize>();
        all.extend(more);
        if turns >= TURNS {
            break;
        }
    }
    // Compiled anew, as after a restart, and read from the text of a journal file.
    let again = Gallery::read();
    let mut totals = Totals::default();
    for recording in &all {
        let read = Recording::read(&recording.write()).expect("what is written can be read");
        assert_eq!(&read, recording);
        let program = again.program(&recording.flow);
        let outcome = against(Some(&program), &read);
        assert_eq!(outcome, Outcome::Same { turns: recording.turns.len() }, "{}", recording.session);
        let bare = Recording::bare(&recording.session, &recording.flow, 1, recording.journal());
        assert_eq!(against(Some(&program), &bare), outcome, "{} without its own version", recording.session);
        totals.add(recording, &outcome);
    }
    let totals = totals.finish();
    assert!(totals.turns >= TURNS && totals.same == totals.sessions && totals.nodes.is_empty(), "{totals:?}");
}

#[test]
fn a_flow_that_is_gone_is_the_first_difference() {
    let recorded = Gallery::read();
    let recording = recordings(&recorded, 1).swap_remove(0);
    let Outcome::Differs(difference) = against(None, &recording) else { panic!("it must differ") };
    assert_eq!(difference.turn, 1);
    assert!(difference.candidate.contains(&recording.flow), "{difference:?}");
}

#[test]
fn what_is_no_journal_is_refused() {
    for (text, why) in [
        ("{}", "no journal file"),
        (r#"{"offhook_journal":2,"session":"s","flow":"a/b","turns":[]}"#, "form 2"),
        (r#"{"offhook_journal":1,"session":"s","flow":"a/b","turns":[{"at_ms":0}]}"#, "no journal file"),
    ] {
        let error = Recording::read(text).expect_err("it is no journal").to_string();
        assert!(error.contains(why), "{error}");
    }
    let empty = Recording::bare("s", "a/b", 1, Vec::new());
    assert!(matches!(against(None, &empty), Outcome::Broken { .. }));
}

#[test]
fn a_story_goes_the_way_that_was_recorded() {
    let gallery = Gallery::read();
    for recording in recordings(&gallery, 1) {
        let program = gallery.program(&recording.flow);
        let journal = recording.journal();
        let told = story(&Programs::from(&program), &journal, TURNS);
        assert!(told.broken.is_none() && !told.more, "{}: {:?}", recording.session, told.broken);
        assert_eq!(told.steps.len(), recording.turns.len());
        for (step, taken) in told.steps.iter().zip(&recording.turns) {
            let known = taken.known.as_ref().expect("it was recorded on its own version");
            let path: Vec<_> = step.path.iter().map(|left| (left.place.clone(), left.exit.clone())).collect();
            let entered: Vec<_> = step.visited.iter().map(|visit| visit.place.clone()).collect();
            assert_eq!((&path, &entered), (&known.path, &known.entered), "{}", recording.session);
            assert!(step.visited.iter().all(|visit| visit.variables.is_some()), "{}", recording.session);
            assert_eq!(step.commands, taken.entry.commands);
        }
        let short = story(&Programs::from(&program), &journal, 1);
        assert_eq!((short.steps.len(), short.more), (1, journal.len() > 1));
    }
}
