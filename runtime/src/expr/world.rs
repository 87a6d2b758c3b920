//! What functions may know besides their arguments: the moment, the random state and the limits of this evaluation.
//!
//! Rhai calls registered functions without a context of ours, so the world of the running evaluation stands in a
//! thread-local while Rhai runs, and [`enter`] puts it there and takes it back. Nothing is kept between evaluations.

use super::limits::Limits;
use super::{Env, Showing};
use crate::fault::Fault;
use std::cell::{Cell, RefCell};
use std::sync::Arc;

/// The world of one evaluation.
#[derive(Clone)]
pub(crate) struct World {
    /// The moment, in milliseconds since 1970-01-01T00:00:00Z.
    pub now_ms: i64,
    /// The state of the random generator.
    pub random: Cell<u64>,
    /// What is left of [`Limits::work`].
    pub work: Cell<u64>,
    /// The limits.
    pub limits: Limits,
    /// The locale in which values are put into words.
    pub locale: Arc<str>,
    /// For whom the result is.
    pub showing: Showing,
}

impl World {
    /// The world of an evaluation that begins.
    pub fn new(env: &Env<'_>, limits: &Limits) -> Self {
        World {
            now_ms: env.now_ms,
            random: Cell::new(env.random.get()),
            work: Cell::new(limits.work),
            limits: *limits,
            locale: env.locale.clone(),
            showing: env.showing,
        }
    }

    /// The world in which a constant is computed: no function that it may call knows the moment, chance or the locale.
    pub fn of_constants(limits: &Limits) -> Self {
        World {
            now_ms: 0,
            random: Cell::new(0),
            work: Cell::new(limits.work),
            limits: *limits,
            locale: Arc::from(""),
            showing: Showing::Plain,
        }
    }

    /// The next 64 random bits (SplitMix64).
    pub fn next(&self) -> u64 {
        let state = self.random.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.random.set(state);
        let mut bits = state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// Counts work that Rhai does not see.
    pub fn spend(&self, work: usize) -> Result<(), Fault> {
        match self.work.get().checked_sub(work as u64) {
            Some(left) => {
                self.work.set(left);
                Ok(())
            }
            None => Err(Fault::new("script.limit", "the script does too much work")),
        }
    }

    /// A text's size against the limit.
    pub fn text_fits(&self, bytes: usize) -> Result<(), Fault> {
        match bytes > self.limits.string_bytes {
            true => Err(Fault::new("script.limit", format!("a text may have {} bytes", self.limits.string_bytes))),
            false => self.spend(bytes),
        }
    }

    /// A list's size against the limit.
    pub fn list_fits(&self, items: usize) -> Result<(), Fault> {
        match items > self.limits.list_items {
            true => Err(Fault::new("script.limit", format!("a list may have {} items", self.limits.list_items))),
            false => self.spend(items),
        }
    }
}

/// Work that a step of Rhai counts as. It may copy a value; most look at one or two.
const STEP_WORK: u64 = 25;
/// Work that a byte counts as that goes out in a command: it is copied, journaled and sent.
const OUTPUT_WORK: u64 = 5;

/// Where counting goes on once a turn has done too much. What then handles the fault may do a tenth more.
const BEYOND: u64 = 1 << 62;

impl Env<'_> {
    /// Whether the turn may still do work.
    pub(crate) fn allows(&self, limits: &Limits) -> Result<(), Fault> {
        let spent = self.spent.get();
        if spent < limits.turn_work || (BEYOND..BEYOND + limits.turn_work / 10).contains(&spent) {
            return Ok(());
        }
        self.spent.set(spent.max(BEYOND));
        Err(Fault::new("script.limit", "the scripts and texts of this turn do too much work together"))
    }

    /// Counts what an evaluation did: what it left of its work, the steps that Rhai took, the bytes that it wrote.
    pub(crate) fn account(&self, world: &World, steps: u64, bytes: usize) {
        let work = world.limits.work.saturating_sub(world.work.get());
        self.spend(work + steps.saturating_mul(STEP_WORK) + 1, bytes);
    }

    /// Counts work and bytes that go out.
    pub(crate) fn spend(&self, work: u64, bytes: usize) {
        let spent = self.spent.get().saturating_add(work);
        self.spent.set(spent.saturating_add((bytes as u64).saturating_mul(OUTPUT_WORK)));
    }
}

thread_local! {
    static CURRENT: RefCell<Option<World>> = const { RefCell::new(None) };
    /// The steps that the running evaluation has taken.
    static STEPS: Cell<u64> = const { Cell::new(0) };
}

/// Notes how many steps the running evaluation has taken.
pub(crate) fn step(steps: u64) {
    STEPS.with(|cell| cell.set(steps));
}

/// The steps that the last evaluation took.
pub(crate) fn steps() -> u64 {
    STEPS.with(Cell::get)
}

/// Runs `work` with the world in place and gives the world back with what is left of it. Another evaluation may not
/// begin inside: nothing that a script can call starts one.
pub(crate) fn enter<T>(world: World, work: impl FnOnce() -> T) -> (T, World) {
    struct Leave;
    impl Drop for Leave {
        fn drop(&mut self) {
            CURRENT.with(|current| current.borrow_mut().take());
        }
    }
    CURRENT.with(|current| *current.borrow_mut() = Some(world));
    step(0);
    let leave = Leave;
    let result = work();
    let world = CURRENT.with(|current| current.borrow_mut().take()).expect("put there above, taken only here");
    drop(leave);
    (result, world)
}

/// The world of the running evaluation; a fault where there is none.
pub(crate) fn with<T>(use_it: impl FnOnce(&World) -> Result<T, Fault>) -> Result<T, Fault> {
    CURRENT.with(|current| match &*current.borrow() {
        Some(world) => use_it(world),
        None => Err(Fault::new("script.error", "no evaluation is running")),
    })
}
