//! Recorded sessions held against another version, many at a time: the work is spread over the processors, the order of the
//! results is that of the sessions. What a difference is stands in `offhook_runtime::replay`.

use offhook_runtime::Program;
use offhook_runtime::replay::{Entry, Outcome, Programs, Recording, ReplayError, Totals, against};
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A session to be replayed.
#[derive(Debug)]
pub enum Recorded {
    /// As a journal file tells it.
    File(Recording),
    /// As the store has it.
    Stored {
        /// The session's id.
        session: String,
        /// The flow that it began in.
        flow: String,
        /// That flow's version.
        version: u32,
        /// The programs that it ran on; nothing where they cannot be made any more.
        own: Option<Programs>,
        /// Its turns.
        journal: Vec<Entry>,
    },
}

/// What became of one.
#[derive(Debug)]
pub struct Compared {
    /// The session's id.
    pub session: String,
    /// The flow that it began in.
    pub flow: String,
    /// That flow's version when it ran.
    pub version: u32,
    /// Its turns.
    pub turns: usize,
    /// What became of it.
    pub outcome: Outcome,
}

/// The version that sessions are held against: programs by the flow that they begin with.
#[derive(Debug, Default)]
pub struct Candidate {
    programs: HashMap<String, Arc<Program>>,
}

impl Candidate {
    /// Every flow of some that were compiled.
    pub fn of(compiled: &offhook_runtime::Compiled) -> Candidate {
        let ids = compiled.ids().into_iter();
        let programs = ids.filter_map(|id| Some((id.to_owned(), Arc::new(compiled.program(id)?)))).collect();
        Candidate { programs }
    }

    /// One program alone, for sessions that began in its flow.
    pub fn one(program: Arc<Program>) -> Candidate {
        Candidate { programs: HashMap::from([(program.id().to_owned(), program)]) }
    }
}

/// Replays sessions on a version, and adds them to totals.
pub fn compare(candidate: &Candidate, sessions: Vec<Recorded>, totals: &mut Totals) -> Vec<Compared> {
    let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let workers = processors.min(sessions.len()).max(1);
    let waiting: Vec<Mutex<Option<Recorded>>> = sessions.into_iter().map(|one| Mutex::new(Some(one))).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(waiting) = waiting.get(place) else { return done };
            let taken = waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
            let recorded = taken.expect("each place is taken once");
            done.push((place, one(candidate, recorded)));
        }
    };
    let mut done: Vec<(usize, (Recording, Outcome))> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    done.sort_by_key(|(place, _)| *place);
    let compared = done.into_iter().map(|(_, (recording, outcome))| {
        totals.add(&recording, &outcome);
        let turns = recording.turns.len();
        Compared { session: recording.session, flow: recording.flow, version: recording.version, turns, outcome }
    });
    compared.collect()
}

fn one(candidate: &Candidate, recorded: Recorded) -> (Recording, Outcome) {
    let recording = match recorded {
        Recorded::File(recording) => recording,
        Recorded::Stored { session, flow, version, own: None, journal } => {
            Recording::bare(&session, &flow, version, journal)
        }
        Recorded::Stored { session, flow, version, own: Some(own), journal } => {
            match Recording::on(&own, &session, journal) {
                Ok(mut recording) => {
                    recording.version = version;
                    recording
                }
                Err(error) => {
                    let message = match error {
                        ReplayError::Diverged(_) => format!("on its own version, {error}"),
                        error => error.to_string(),
                    };
                    return (Recording::bare(&session, &flow, version, Vec::new()), Outcome::Broken { message });
                }
            }
        }
    };
    let outcome = against(candidate.programs.get(&recording.flow).map(|program| &**program), &recording);
    (recording, outcome)
}
