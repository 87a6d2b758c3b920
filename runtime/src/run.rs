//! One event being handled: from node to node, through the flow's interrupts and the call stack, until something must
//! be waited for. It knows no node type by name; what happens inside a node is the node's.

use crate::command::Part;
use crate::context::{Context, Manner};
use crate::event::{Event, Speech};
use crate::fault::Fault;
use crate::fork::Level;
use crate::limits;
use crate::node::{For, Node, Out, Returned, Signal, Step};
use crate::phrases::{self, Stock, Universal};
use crate::program::{CompiledFlow, Goal, Program, Reaction};
use crate::prompt::CompiledPhrases;
use crate::session::{Frame, Session, Sight, Turn, Via, Visit, locale_of};
use crate::value::Value;

/// How a recording says that the contact's leaving ended it.
const HANGUP: &str = "hangup";

/// One event being handled.
pub(crate) struct Run<'a> {
    pub(crate) program: &'a Program,
    pub(crate) session: &'a mut Session,
    pub(crate) now_ms: i64,
    pub(crate) turn: &'a mut Turn,
    /// The branches that the session has been stepped into, outermost first.
    pub(crate) levels: Vec<Level>,
    steps: u32,
    /// Whether `interrupts.error` has been taken since the contact, a moment or an event was waited for; a fault on that
    /// path ends the session, so that an error handler that fails cannot go round in circles.
    pub(crate) rescued: bool,
    /// Whether the event may follow at once from what an error handler asked, so that it does not make it a new one.
    pub(crate) chained: bool,
}

impl<'a> Run<'a> {
    pub(crate) fn new(program: &'a Program, session: &'a mut Session, now_ms: i64, turn: &'a mut Turn) -> Self {
        let steps = session.steps;
        session.spent.set(0);
        Run { program, session, now_ms, turn, levels: Vec::new(), steps, rescued: false, chained: false }
    }

    /// Notes what outlasts the event: a wait that is over at once is none, so its nodes count on.
    pub(crate) fn rest(&mut self) {
        let is_due = self.session.next_wake().is_some_and(|at| at <= self.now_ms);
        self.session.steps = if is_due { self.steps } else { 0 };
        if self.turn.used {
            self.session.rescued = self.rescued;
        }
    }

    // ---- events ---------------------------------------------------------------------------------------------------

    /// Handles the event.
    pub(crate) fn take(&mut self, event: &Event) {
        // What the world answers at once does not make a handler of errors a new conversation.
        self.chained = match event {
            Event::Result(_) | Event::Failed(_) | Event::Connected(_) | Event::Recorded(_) => true,
            Event::Timer => self.session.steps > 0,
            _ => false,
        };
        self.rescued = self.session.rescued && self.chained;
        match event {
            Event::Start(_) | Event::Moved(_) => {}
            // Who has gone says nothing more: this was under way, or comes twice.
            Event::Keys(_) | Event::Text(_) | Event::Speech(_) | Event::Button(_) if self.session.gone => {}
            Event::Hangup(_) if self.session.gone && !self.session.leaving => {}
            Event::Keys(_) | Event::Text(_) | Event::Speech(_) | Event::Button(_) => {
                self.session.active_ms = self.now_ms;
                self.where_heard(&mut |run| run.offer(event));
            }
            Event::Hangup(_) => {
                self.turn.used = true;
                self.session.gone = true;
                self.session.leaving = false;
                self.where_heard(&mut |run| run.hang_up(event));
            }
            // The recording comes first, and brings the news with it.
            Event::Recorded(recorded) if recorded.ended_by == HANGUP && !self.session.gone => {
                self.session.gone = true;
                self.session.leaving = true;
                self.deliver(event);
                if !self.turn.used {
                    self.session.gone = false;
                    self.session.leaving = false;
                }
            }
            Event::Timer => {
                if let Some((at, ..)) = self.session.inactive_at(self.program)
                    && at <= self.now_ms
                    && self.session.next_wake().is_none_or(|node_at| at <= node_at)
                {
                    self.turn.used = true;
                    self.session.active_ms = self.now_ms;
                    return self.where_heard(&mut |run| {
                        let rule = run.session.interrupt(run.program, |flow| flow.interrupts.no_activity);
                        if let Some((depth, (_, goal))) = rule {
                            run.interrupt(depth, goal);
                        }
                    });
                }
                self.fire();
            }
            _ => self.deliver(event),
        }
    }

    fn hang_up(&mut self, event: &Event) {
        let claimed = self.ask(Signal::Offer(event));
        if claimed != Step::Pass {
            return self.follow(claimed);
        }
        match self.session.interrupt(self.program, |flow| flow.interrupts.hangup) {
            Some((depth, goal)) => self.interrupt(depth, goal),
            None => self.end("hangup"),
        }
    }

    /// Input: first the node's own choices, then the flow's phrases, then whatever the node makes of it.
    fn offer(&mut self, event: &Event) {
        let step = self.ask(Signal::Offer(event));
        if step != Step::Pass {
            self.turn.used = true;
            return self.follow(step);
        }
        if let Event::Text(said) | Event::Speech(Speech { text: said, .. }) = event {
            if let Some((depth, reaction)) = self.phrase(said) {
                self.turn.used = true;
                return match reaction {
                    Reaction::Go(goal) => self.interrupt(depth, goal),
                    Reaction::Digress(flow) => self.digress(flow),
                };
            }
            if let Some(universal) = phrases::universal(said, &self.session.locale) {
                let step = self.ask(match universal {
                    Universal::Repeat => Signal::Repeat,
                    Universal::Help => Signal::Help,
                });
                if step != Step::Pass {
                    self.turn.used = true;
                    return self.follow(step);
                }
            }
        }
        let step = self.ask(Signal::Event(event));
        if step == Step::Pass {
            if self.session.ahead.len() < limits::AHEAD_EVENTS {
                self.session.ahead.push(event.clone());
            }
            return;
        }
        self.turn.used = true;
        self.follow(step);
    }

    /// What the phrase that was said, if one was, leads to. At an open question it must be all that was said. A digression
    /// is possible only at a question, and not from within itself.
    fn phrase(&mut self, said: &str) -> Option<(usize, Reaction)> {
        let is_open = self.is_open();
        let locale = &self.session.locale;
        let asks = self.session.waits_for == Some(For::Contact);
        let is_said = |any: &CompiledPhrases| {
            any.of(locale).iter().any(|phrase| match is_open {
                true => phrases::normalise(phrase) == phrases::normalise(said),
                false => phrases::matches(said, phrase).is_some(),
            })
        };
        self.session.interrupt(self.program, |flow| {
            let interrupts = &flow.interrupts;
            let leads = interrupts.phrases.iter().find(|(any, _)| is_said(any)).map(|(_, goal)| Reaction::Go(*goal));
            leads.or_else(|| {
                let (_, id) = interrupts.digressions.iter().filter(|_| asks).find(|(any, _)| is_said(any))?;
                let flow = u16::try_from(self.program.flow_index(id)?).ok()?;
                let within = self.session.frames.iter().any(|frame| frame.digression && frame.flow == flow);
                (!within).then_some(Reaction::Digress(flow))
            })
        })
    }

    /// Whether the question takes any words as an answer.
    fn is_open(&mut self) -> bool {
        let mut is_open = false;
        let node = self.node();
        self.with_context(|context| is_open = node.is_open(context));
        is_open
    }

    /// Runs another flow in the middle of a question.
    fn digress(&mut self, index: u16) {
        let flow = &self.program.flows[index as usize];
        let step = match flow.inputs_of(&Value::map::<&str>([])) {
            Ok(_) if self.session.frames.len() >= limits::CALL_DEPTH => Step::Fault(too_deep()),
            Ok(inputs) => {
                self.session.frames.push(Frame { digression: true, ..Frame::new(flow, index, inputs) });
                self.session.waits_for = None;
                self.arrive()
            }
            Err(fault) => Step::Fault(fault),
        };
        self.follow(step);
    }

    // ---- nodes ------------------------------------------------------------------------------------------------------

    fn flow(&self) -> &'a CompiledFlow {
        &self.program.flows[self.session.frame().flow as usize]
    }

    fn node(&self) -> &'a dyn Node {
        &*self.flow().nodes[self.session.frame().node as usize].node
    }

    pub(crate) fn ask(&mut self, signal: Signal<'_>) -> Step {
        let flow = self.flow();
        let node = self.session.frame().node;
        let mut context = Context {
            program: self.program,
            flow,
            session: self.session,
            node,
            now_ms: self.now_ms,
            out: &mut self.turn.commands,
        };
        flow.nodes[node as usize].node.on(signal, &mut context)
    }

    /// Enters the node that the session stands at and goes on until something must be waited for.
    pub(crate) fn enter(&mut self) {
        let step = self.arrive();
        self.follow(step);
    }

    fn arrive(&mut self) -> Step {
        self.session.wake_at = None;
        let frame = self.session.frame_mut();
        frame.local = None;
        frame.fork = None;
        self.steps += 1;
        let frame = self.session.frame();
        self.turn.visited.push(Visit { flow: frame.flow, node: frame.node });
        self.turn.before.push(u32::try_from(self.turn.commands.len()).unwrap_or(u32::MAX));
        if let Some(sights) = &mut self.session.sights {
            let values = self.session.frames.last().map_or_else(Box::default, |frame| frame.vars.clone());
            sights.push(Sight { values, path: self.turn.path.len() });
        }
        if self.steps > limits::STEPS_WITHOUT_WAIT {
            return Step::End("runaway".into());
        }
        self.ask(Signal::Enter)
    }

    /// Does what a node answered, and all that follows from it.
    pub(crate) fn follow(&mut self, mut step: Step) {
        loop {
            step = match step {
                Step::Pass => return,
                Step::Wait(whom) => {
                    if whom == For::Contact && self.session.gone {
                        return self.end("hangup");
                    }
                    self.count_silence(whom);
                    self.session.waits_for = Some(whom);
                    return;
                }
                Step::Go(out) => match self.leave(&out) {
                    Some(goal) => match self.go(goal) {
                        Some(step) => step,
                        None => return,
                    },
                    None => {
                        let message = format!("the node has no exit {out:?}");
                        Step::Fault(Fault::new("exit.unknown", message))
                    }
                },
                Step::Fork(_) if self.levels.len() >= limits::FORK_DEPTH => {
                    let message = format!("branches begin branches more than {} deep", limits::FORK_DEPTH);
                    Step::Fault(Fault::new("parallel.depth", message))
                }
                Step::Fork(branches) => match self.fork(branches) {
                    Some(step) => step,
                    None => return,
                },
                Step::Call { flow, inputs } => match self.push(flow.0, &inputs) {
                    Ok(()) => self.arrive(),
                    Err(fault) => Step::Fault(fault),
                },
                Step::Jump { flow, inputs } => match self.jump(flow.0, &inputs) {
                    Ok(()) => self.arrive(),
                    Err(fault) => Step::Fault(fault),
                },
                Step::Return(returned) => match self.give_back(returned) {
                    Some(step) => step,
                    None => return,
                },
                Step::End(reason) => {
                    if reason == "runaway" {
                        self.apologise();
                    }
                    return self.end(&reason);
                }
                Step::Fault(fault) => match self.fault(&fault) {
                    Some(step) => step,
                    None => return,
                },
            };
        }
    }

    /// Time in which something else was waited for is no silence of the contact's. What the contact did meanwhile was for
    /// nobody, and their silence begins with the question.
    pub(crate) fn count_silence(&mut self, whom: For) {
        let session = &mut *self.session;
        match whom {
            For::World => session.world_ms = session.world_ms.or(Some(self.now_ms)),
            For::Contact => {
                if let Some(since) = session.world_ms.take() {
                    let silent = since.saturating_sub(session.active_ms).max(0);
                    session.active_ms = self.now_ms.saturating_sub(silent);
                }
            }
        }
    }

    /// Leaves the current node: notes the path and says where the exit leads.
    pub(crate) fn leave(&mut self, out: &Out) -> Option<Goal> {
        let frame = self.session.frame();
        let node = &self.flow().nodes[frame.node as usize];
        let exit = match out {
            Out::Next => node.next?,
            Out::At(index) => u16::try_from(*index).ok().filter(|index| usize::from(*index) < node.exits.len())?,
            Out::Named(name) => {
                let index = node.exits.iter().position(|exit| *exit.name == **name)?;
                u16::try_from(index).ok()?
            }
        };
        let via = Via { flow: frame.flow, node: frame.node, exit };
        self.session.last.via = Some(via);
        self.turn.path.push(via);
        Some(node.exits[exit as usize].target)
    }

    /// Goes where an exit or an interrupt leads; `None` when the session has ended.
    pub(crate) fn go(&mut self, goal: Goal) -> Option<Step> {
        self.session.waits_for = None;
        if self.joins(goal) {
            self.end_branch(false, None);
            return None;
        }
        match goal {
            Goal::Node(node) => {
                self.session.frame_mut().node = node;
                Some(self.arrive())
            }
            Goal::End => {
                self.end("completed");
                None
            }
            Goal::Hangup => {
                self.end("hangup_by_flow");
                None
            }
            Goal::Return => Some(Step::Return(Returned::default())),
            Goal::Falls => {
                if !self.levels.is_empty() {
                    self.note_unwired();
                }
                self.rescue()
            }
        }
    }

    /// An exit of a branch that leads nowhere is what the branch failed of, unless a fault led there.
    fn note_unwired(&mut self) {
        let Some(via) = self.session.last.via else { return };
        let node = &self.program.flows[via.flow as usize].nodes[via.node as usize];
        if node.error != Some(via.exit) {
            let message = format!("the exit {} of {} leads nowhere", node.exits[via.exit as usize].name, node.id);
            self.session.last.error = Fault::new("exit.unwired", message).to_value(&node.id);
        }
    }

    fn interrupt(&mut self, depth: usize, goal: Goal) {
        let depth = self.step_back(depth);
        self.session.frames.truncate(depth + 1);
        self.session.frame_mut().fork = None;
        self.session.wake_at = None;
        self.session.ahead.clear();
        if let Some(step) = self.go(goal) {
            self.follow(step);
        }
    }

    // ---- the call stack ---------------------------------------------------------------------------------------------

    fn linked(&self, reference: u32) -> u16 {
        self.program.links[self.session.frame().flow as usize][reference as usize]
    }

    fn push(&mut self, reference: u32, inputs: &Value) -> Result<(), Fault> {
        if self.session.frames.len() >= limits::CALL_DEPTH {
            return Err(too_deep());
        }
        let index = self.linked(reference);
        let flow = &self.program.flows[index as usize];
        let inputs = flow.inputs_of(inputs)?;
        self.session.frames.push(Frame::new(flow, index, inputs));
        Ok(())
    }

    fn jump(&mut self, reference: u32, inputs: &Value) -> Result<(), Fault> {
        if self.is_at_branch_bottom() {
            return Err(Fault::new("parallel.jump", "a branch cannot hand the session to another flow"));
        }
        let index = self.linked(reference);
        let flow = &self.program.flows[index as usize];
        let inputs = flow.inputs_of(inputs)?;
        let frame = self.session.frame_mut();
        *frame = Frame { digression: frame.digression, ..Frame::new(flow, index, inputs) };
        self.session.locale = locale_of(flow, &self.session.locale.clone());
        Ok(())
    }

    fn give_back(&mut self, returned: Returned) -> Option<Step> {
        if self.session.frames.len() == 1 {
            self.end("completed");
            return None;
        }
        match self.flow().outputs_of(&returned.outputs) {
            Ok(outputs) if self.is_at_branch_bottom() => {
                let is_empty = outputs.as_map().is_none_or(|outputs| outputs.is_empty());
                self.end_branch(false, (!is_empty).then_some(outputs));
                None
            }
            Ok(outputs) => {
                let left = self.session.frames.pop();
                if left.is_some_and(|frame| frame.digression) {
                    self.session.wake_at = None;
                    return Some(match self.ask(Signal::Repeat) {
                        Step::Pass => self.arrive(),
                        step => step,
                    });
                }
                Some(self.ask(Signal::Returned(&Returned { outputs, ..returned })))
            }
            Err(fault) => Some(Step::Fault(fault)),
        }
    }

    // ---- trouble ----------------------------------------------------------------------------------------------------

    /// A fault leaves by the node's `error`, else by `interrupts.error`, else the session ends politely.
    fn fault(&mut self, fault: &Fault) -> Option<Step> {
        let frame = self.session.frame();
        let node = &self.flow().nodes[frame.node as usize];
        self.session.last.error = fault.to_value(&node.id);
        let error = node.error.filter(|exit| node.exits[*exit as usize].target != Goal::Falls);
        match error {
            Some(exit) => {
                let goal = self.leave(&Out::At(exit.into())).expect("the exit is one of the node's");
                self.go(goal)
            }
            None => {
                if let Some(exit) = node.error {
                    self.leave(&Out::At(exit.into()));
                }
                self.rescue()
            }
        }
    }

    fn rescue(&mut self) -> Option<Step> {
        let handler = self.session.interrupt(self.program, |flow| flow.interrupts.error);
        match handler.filter(|(depth, _)| *depth >= self.floor()) {
            Some((depth, goal)) if !self.rescued && goal != Goal::Falls => {
                self.rescued = true;
                self.session.frames.truncate(depth + 1);
                self.session.ahead.clear();
                self.session.frame_mut().fork = None;
                self.go(goal)
            }
            _ if !self.levels.is_empty() => {
                self.end_branch(true, None);
                None
            }
            _ => {
                self.apologise();
                self.end("error");
                None
            }
        }
    }

    fn apologise(&mut self) {
        if self.session.gone {
            return;
        }
        self.with_context(|context| {
            let words = context.stock(Stock::PoliteEnd).to_owned();
            context.say(vec![Part::Text(words)], Manner::default());
        });
    }

    fn end(&mut self, reason: &str) {
        // The contact left during a recording, and the hang-up itself is still on its way: it is not passed over.
        if std::mem::take(&mut self.session.leaving)
            && !matches!(reason, "error" | "runaway")
            && let Some((depth, goal)) = self.session.interrupt(self.program, |flow| flow.interrupts.hangup)
        {
            return self.interrupt(depth, goal);
        }
        self.step_back(0);
        self.session.frame_mut().fork = None;
        // What a flow still does for a contact who has gone does not change why the conversation ended.
        let ends_by_itself = matches!(reason, "completed" | "hangup_by_flow");
        let reason = if self.session.gone && ends_by_itself { "hangup" } else { reason };
        self.with_context(|context| context.end(reason));
        self.session.ended = Some(reason.into());
        self.session.waits_for = None;
        self.session.wake_at = None;
        self.session.ahead.clear();
        self.turn.used = true;
    }

    fn with_context(&mut self, act: impl FnOnce(&mut Context<'_>)) {
        let node = self.session.frame().node;
        act(&mut Context {
            program: self.program,
            flow: self.flow(),
            session: self.session,
            node,
            now_ms: self.now_ms,
            out: &mut self.turn.commands,
        });
    }
}

fn too_deep() -> Fault {
    Fault::new("call.depth", format!("flows call each other more than {} deep", limits::CALL_DEPTH))
}
