//! Branches that run beside each other: the state of each while it rests, and how the interpreter steps into one and out
//! again. A branch is a call stack of its own, whose lowest flow is the one that forked, with the same variables. While an
//! event is handled for a branch, its stack lies on the session's; so a node never knows that it runs in one.

use crate::event::Event;
use crate::fault::Fault;
use crate::node::{For, Joined, Out, Signal, Step};
use crate::program::Goal;
use crate::run::Run;
use crate::session::{Frame, Last};
use crate::value::Value;

/// The branches that began at one node, in the order of its exits; nothing stands for one that has ended.
#[derive(Debug, Default)]
pub(crate) struct Fork {
    pub(crate) branches: Vec<Option<Branch>>,
}

/// A branch at rest. Its first flow has no variables and inputs of its own: they are those of the flow that forked.
#[derive(Debug)]
pub(crate) struct Branch {
    pub(crate) frames: Vec<Frame>,
    pub(crate) wake_at: Option<i64>,
    pub(crate) waits_for: Option<For>,
    /// Since when something other than the contact has been waited for, as in the session.
    pub(crate) world_ms: Option<i64>,
    /// Whether an error handler has been taken, as in the session.
    pub(crate) rescued: bool,
    pub(crate) last: Box<Last>,
}

/// A branch that is stepped into, and what its flow left at rest meanwhile.
#[derive(Debug)]
pub(crate) struct Level {
    /// Where the flow that forked stands on the stack.
    depth: usize,
    branch: usize,
    wake_at: Option<i64>,
    waits_for: Option<For>,
    world_ms: Option<i64>,
    last: Box<Last>,
    rescued: bool,
    /// How the branch has ended, once it has.
    ended: Option<Joined>,
}

/// What came of stepping into a branch.
enum Visited {
    /// The branches go on.
    Beside,
    /// The session has left them behind, or has ended.
    Left,
    /// The node that forked has an answer to the end of the branch.
    Answered(Step),
}

impl Fork {
    fn running(&self) -> impl Iterator<Item = (usize, &Branch)> {
        self.branches.iter().enumerate().filter_map(|(index, branch)| Some((index, branch.as_ref()?)))
    }

    /// The branch that must be woken first, and when; the first of those at the same moment.
    pub(crate) fn first_due(&self) -> Option<(usize, i64)> {
        let due = self.running().filter_map(|(index, branch)| Some((index, branch.next_wake()?)));
        due.min_by_key(|(_, at)| *at)
    }

    /// The branch that waits for the contact.
    pub(crate) fn listening(&self) -> Option<usize> {
        self.running().find(|(_, branch)| branch.awaits_contact()).map(|(index, _)| index)
    }

    /// The stacks of the branches that run.
    pub(crate) fn stacks(&self) -> impl Iterator<Item = &[Frame]> {
        self.running().map(|(_, branch)| branch.frames.as_slice())
    }

    /// The stack of the branch that waits for the contact.
    pub(crate) fn listening_stack(&self) -> Option<&[Frame]> {
        self.branches[self.listening()?].as_ref().map(|branch| branch.frames.as_slice())
    }
}

/// The earlier of a node's own moment and those of the branches that run at it.
pub(crate) fn earliest(own: Option<i64>, frames: &[Frame]) -> Option<i64> {
    let fork = frames.last().and_then(|frame| frame.fork.as_deref());
    [own, fork.and_then(Fork::first_due).map(|(_, at)| at)].into_iter().flatten().min()
}

/// Whether the contact is waited for, here or in a branch.
pub(crate) fn awaits_contact(waits_for: Option<For>, frames: &[Frame]) -> bool {
    let fork = frames.last().and_then(|frame| frame.fork.as_deref());
    waits_for == Some(For::Contact) || fork.is_some_and(|fork| fork.listening().is_some())
}

impl Branch {
    fn next_wake(&self) -> Option<i64> {
        earliest(self.wake_at, &self.frames)
    }

    fn awaits_contact(&self) -> bool {
        awaits_contact(self.waits_for, &self.frames)
    }
}

impl Run<'_> {
    // ---- events -----------------------------------------------------------------------------------------------------

    /// Acts where the contact is waited for: in a branch, or here.
    pub(crate) fn where_heard(&mut self, act: &mut dyn FnMut(&mut Self)) {
        let listening = self.session.frame().fork.as_deref().and_then(Fork::listening);
        match listening {
            Some(branch) => {
                let visited = self.visit(branch, &mut |run| run.where_heard(act));
                self.go_on(visited);
            }
            None => act(self),
        }
    }

    /// Tells every branch, in their order, or the node itself where there is none.
    pub(crate) fn deliver(&mut self, event: &Event) {
        match self.branches() {
            0 => self.tell(event),
            _ => {
                if let Some(step) = self.each_branch(&mut |run, _| run.deliver(event)) {
                    self.go_on(Visited::Answered(step));
                }
            }
        }
    }

    /// The timer that is due first fires: one of a branch, or the node's own.
    pub(crate) fn fire(&mut self) {
        let own = self.session.wake_at;
        let branch = self.session.frame().fork.as_deref().and_then(Fork::first_due);
        match branch.filter(|(_, at)| own.is_none_or(|own| *at <= own)) {
            Some((branch, at)) if at <= self.now_ms => {
                let visited = self.visit(branch, &mut Self::fire);
                self.go_on(visited);
            }
            None if own.is_some_and(|at| at <= self.now_ms) => self.tell(&Event::Timer),
            _ => {}
        }
    }

    fn tell(&mut self, event: &Event) {
        let step = self.ask(Signal::Event(event));
        if step != Step::Pass {
            self.turn.used = true;
            self.follow(step);
        }
    }

    fn go_on(&mut self, visited: Visited) {
        if let Visited::Answered(step) = visited {
            self.turn.used = true;
            self.follow(step);
        }
    }

    // ---- branches -----------------------------------------------------------------------------------------------------

    fn branches(&self) -> usize {
        self.session.frame().fork.as_deref().map_or(0, |fork| fork.branches.len())
    }

    /// Begins the first exits of the node as branches. Gives what the node answers when one of them ends at once.
    pub(crate) fn fork(&mut self, branches: usize) -> Option<Step> {
        let world_ms = self.session.world_ms;
        let parent = self.session.frame();
        let rest = |parent: &Frame, last: &Last| Branch {
            frames: vec![Frame::beside(parent)],
            wake_at: None,
            waits_for: None,
            world_ms,
            rescued: false,
            last: Box::new(last.clone()),
        };
        let fork = Fork { branches: (0..branches).map(|_| Some(rest(parent, &self.session.last))).collect() };
        self.session.frame_mut().fork = Some(Box::new(fork));
        self.count_silence(For::World);
        self.session.waits_for = Some(For::World);
        self.each_branch(&mut |run, branch| {
            let step = match run.leave(&Out::At(branch)) {
                Some(goal) => run.go(goal),
                None => Some(Step::Fault(Fault::new("exit.unknown", "the node has fewer exits than branches"))),
            };
            if let Some(step) = step {
                run.follow(step);
            }
        })
    }

    /// Steps into each branch in turn, until the node that forked answers or the branches are left behind.
    fn each_branch(&mut self, act: &mut dyn FnMut(&mut Self, usize)) -> Option<Step> {
        for branch in 0..self.branches() {
            match self.visit(branch, &mut |run| act(run, branch)) {
                Visited::Beside => {}
                Visited::Left => return None,
                Visited::Answered(step) => return Some(step),
            }
        }
        None
    }

    fn visit(&mut self, branch: usize, act: &mut dyn FnMut(&mut Self)) -> Visited {
        let height = self.levels.len();
        if !self.step_in(branch) {
            return Visited::Beside;
        }
        act(self);
        if self.levels.len() <= height {
            return Visited::Left;
        }
        let Some(joined) = self.step_out() else { return Visited::Beside };
        match self.ask(Signal::Joined(&joined)) {
            Step::Pass | Step::Wait(_) => Visited::Beside,
            step => {
                // What still runs is cancelled.
                self.session.frame_mut().fork = None;
                Visited::Answered(step)
            }
        }
    }

    /// Lays a branch's stack on the session's; `false` when it has ended.
    fn step_in(&mut self, branch: usize) -> bool {
        let depth = self.session.frames.len() - 1;
        let fork = self.session.frames[depth].fork.as_deref_mut();
        let Some(mut rests) = fork.and_then(|fork| fork.branches.get_mut(branch)?.take()) else { return false };
        lend(&mut self.session.frames[depth], &mut rests.frames[0]);
        self.session.frames.append(&mut rests.frames);
        self.levels.push(Level {
            depth,
            branch,
            wake_at: std::mem::replace(&mut self.session.wake_at, rests.wake_at),
            waits_for: std::mem::replace(&mut self.session.waits_for, rests.waits_for),
            last: std::mem::replace(&mut self.session.last, rests.last),
            world_ms: std::mem::replace(&mut self.session.world_ms, rests.world_ms),
            rescued: std::mem::replace(&mut self.rescued, rests.rescued && self.chained),
            ended: None,
        });
        true
    }

    /// Takes the innermost branch's stack off the session's, and lays it to rest unless it has ended.
    fn step_out(&mut self) -> Option<Joined> {
        let level = self.levels.pop()?;
        let mut frames = self.session.frames.split_off(level.depth + 1);
        lend(&mut self.session.frames[level.depth], &mut frames[0]);
        let rests = Branch {
            frames,
            wake_at: std::mem::replace(&mut self.session.wake_at, level.wake_at),
            waits_for: std::mem::replace(&mut self.session.waits_for, level.waits_for),
            world_ms: std::mem::replace(&mut self.session.world_ms, level.world_ms),
            rescued: std::mem::replace(&mut self.rescued, level.rescued),
            last: std::mem::replace(&mut self.session.last, level.last),
        };
        if level.ended.is_none()
            && let Some(fork) = self.session.frame_mut().fork.as_deref_mut()
        {
            fork.branches[level.branch] = Some(rests);
        }
        level.ended
    }

    /// Leaves all branches that lie above a place of the stack, cancelling what runs beside them, and gives the place
    /// without them: a branch's own flow is the flow that forked.
    pub(crate) fn step_back(&mut self, mut depth: usize) -> usize {
        while let Some(level) = self.levels.last()
            && depth <= level.depth + 1
        {
            depth = depth.min(level.depth);
            self.step_out();
            self.session.frame_mut().fork = None;
        }
        depth
    }

    /// Whether the session stands in the lowest flow of a branch, where leading back or returning ends it.
    pub(crate) fn is_at_branch_bottom(&self) -> bool {
        self.levels.last().is_some_and(|level| self.session.frames.len() == level.depth + 2)
    }

    /// Whether a target is the node that began the branch in whose lowest flow the session stands.
    pub(crate) fn joins(&self, goal: Goal) -> bool {
        self.is_at_branch_bottom()
            && self.levels.last().is_some_and(|level| goal == Goal::Node(self.session.frames[level.depth].node))
    }

    /// The lowest place of the stack whose error handler a branch may take: the flows that it has called.
    pub(crate) fn floor(&self) -> usize {
        self.levels.last().map_or(0, |level| level.depth + 2)
    }

    /// The branch has ended; what it came to is its last result, or `outputs` where there are any.
    pub(crate) fn end_branch(&mut self, failed: bool, outputs: Option<Value>) {
        let last = &self.session.last;
        let result = if failed { Value::Null } else { outputs.unwrap_or_else(|| last.result.clone()) };
        let error = if failed { last.error.clone() } else { Value::Null };
        let level = self.levels.last_mut().expect("only who runs in a branch ends one");
        level.ended = Some(Joined { branch: level.branch, result, error });
    }
}

/// Exchanges variables and inputs between the flow that forked and the lowest flow of a branch.
fn lend(parent: &mut Frame, branch: &mut Frame) {
    std::mem::swap(&mut parent.vars, &mut branch.vars);
    std::mem::swap(&mut parent.inputs, &mut branch.inputs);
}
