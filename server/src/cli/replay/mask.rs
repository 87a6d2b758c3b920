//! `--mask`: a journal without personal data, and the proof that it is still the same conversation.

use crate::cli::{FOUND, Stop};
use offhook_flow_schemas::read_tree;
use offhook_runtime::Program;
use offhook_runtime::replay::{self, Entry};
use offhook_runtime::talk::{self, Options};

/// The journal with stand-ins. Refused with the place where it would go another way, or where a value would still be told.
pub(super) fn journal(program: &Program, journal: &[Entry], keep: &[String]) -> Result<Vec<Entry>, Stop> {
    let refused = |why: String| Stop::new(FOUND, format!("nothing was written: {why}"));
    let masked = replay::mask(program, journal, keep).map_err(|error| refused(error.to_string()))?;
    let text = talk::from_journal(program, &masked.journal, "Masked.");
    let text = text.ok_or_else(|| refused("the journal has no beginning".to_owned()))?;
    match masked.left_in(&text) {
        0 => {}
        some => {
            return Err(refused(format!(
                "{some} of the values would still be told, since the flow changes how they are written"
            )));
        }
    }
    // What is written is performed, as whoever gets it would.
    let tree = read_tree("masked.talk.yaml", text.as_bytes());
    let talks =
        tree.and_then(|tree| talk::read(&tree)).map_err(|_| refused("it cannot be written as a talk".to_owned()))?;
    for one in talks {
        let report = talk::perform(program, &one, &Options::default());
        if let Some(mismatch) = report.mismatches.first() {
            return Err(refused(format!(
                "as a talk, it does not go the same way at {}: {}",
                mismatch.pointer, mismatch.message
            )));
        }
    }
    Ok(masked.journal)
}
