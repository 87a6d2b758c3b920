//! A session: the state of one conversation, and what an event does to it.
//!
//! `(session, event, now) → (session′, commands)`. It knows no node type by name: it moves from node to node, applies
//! the flow's interrupts, keeps the call stack, and counts. What happens inside a node is the node's.

use crate::command::Command;
use crate::context::{Context, Manner};
use crate::event::{Contact, Event, Start};
use crate::expr::Global;
use crate::fault::Fault;
use crate::limits;
use crate::node::{For, Out, Returned, Signal, Step};
use crate::phrases::{self, Stock, Universal};
use crate::program::{CompiledFlow, Goal, Program};
use crate::value::Value;
use crate::{intake, value};
use offhook_flow_schemas::ChannelKind;
use serde_json::value::RawValue;
use std::cell::Cell;
use std::sync::Arc;

/// The state of one conversation. One owner drives it; it holds no locks and does no I/O.
#[derive(Debug)]
pub struct Session {
    pub(crate) id: Box<str>,
    pub(crate) channel: ChannelKind,
    pub(crate) to: Box<str>,
    pub(crate) contact: Box<Contact>,
    pub(crate) locale: Arc<str>,
    pub(crate) started_ms: i64,
    pub(crate) turn: u64,
    pub(crate) commands: u64,
    pub(crate) random: Cell<u64>,
    pub(crate) frames: Vec<Frame>,
    pub(crate) wake_at: Option<i64>,
    pub(crate) active_ms: i64,
    pub(crate) waits_for: Option<For>,
    pub(crate) gone: bool,
    pub(crate) ended: Option<Box<str>>,
    pub(crate) ahead: Vec<Event>,
    pub(crate) last: Box<Last>,
}

/// One flow on the call stack.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) flow: u16,
    pub(crate) node: u32,
    pub(crate) vars: Box<[Value]>,
    pub(crate) inputs: Value,
    /// What the node keeps, as the JSON text that is saved: read once a turn, and small.
    pub(crate) local: Option<Box<RawValue>>,
    pub(crate) memory: Vec<(u32, Box<RawValue>)>,
}

/// What `last` shows.
#[derive(Debug, Default)]
pub(crate) struct Last {
    /// Flow, node and exit; none before the first node was left.
    pub(crate) via: Option<Via>,
    pub(crate) result: Value,
    pub(crate) error: Value,
}

/// A step of the path: which node was left by which exit. Numbers are places in the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Via {
    pub(crate) flow: u16,
    pub(crate) node: u32,
    pub(crate) exit: u16,
}

impl Via {
    /// The flow's id, the node's id and the exit's name.
    pub fn names(self, program: &Program) -> (&str, &str, &str) {
        let flow = &program.flows[self.flow as usize];
        let node = &flow.nodes[self.node as usize];
        (&flow.id, &node.id, &node.exits[self.exit as usize].name)
    }
}

/// A node that was entered. Numbers are places in the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Visit {
    pub(crate) flow: u16,
    pub(crate) node: u32,
}

impl Visit {
    /// The flow's id and the node's id.
    pub fn names(self, program: &Program) -> (&str, &str) {
        let flow = &program.flows[self.flow as usize];
        (&flow.id, &flow.nodes[self.node as usize].id)
    }
}

/// What came of an event.
#[derive(Debug, Default, PartialEq)]
pub struct Turn {
    /// What must be done, in order.
    pub commands: Vec<Command>,
    /// The exits that were taken, in order.
    pub path: Vec<Via>,
    /// The nodes that were entered, in order.
    pub visited: Vec<Visit>,
    /// Whether the event had any effect; one that came too late or for nobody has none, but is journaled all the same.
    pub used: bool,
}

impl Session {
    /// Begins a conversation with its first event. Fails when the program does not accept the start.
    pub fn start(program: &Program, start: &Start, now_ms: i64) -> Result<(Session, Turn), Fault> {
        let mut start = start.clone();
        intake::clean_start(&mut start);
        let flow = &program.flows[0];
        let given = Value::map(start.inputs.iter().map(|(key, value)| (key.as_str(), value.clone())));
        let inputs = flow.inputs_of(&given)?;
        let channel = ChannelKind::from_word(&start.channel)
            .ok_or_else(|| Fault::new("start.channel", format!("there is no channel `{}`", start.channel)))?;
        let wished = [&start.locale, &start.contact.locale].into_iter().find(|locale| !locale.is_empty());
        let mut session = Session {
            id: start.session.into(),
            channel,
            to: start.to.into(),
            locale: locale_of(flow, wished.map_or("", |locale| locale)),
            contact: Box::new(start.contact),
            started_ms: now_ms,
            turn: 1,
            commands: 0,
            random: Cell::new(start.seed),
            frames: vec![Frame::new(flow, 0, inputs)],
            wake_at: None,
            active_ms: now_ms,
            waits_for: None,
            gone: false,
            ended: None,
            ahead: Vec::new(),
            last: Box::default(),
        };
        let mut turn = Turn { used: true, ..Turn::default() };
        Run { program, session: &mut session, now_ms, turn: &mut turn, steps: 0, rescued: false }.enter();
        Ok((session, turn))
    }

    /// Reacts to an event. An ended session reacts to nothing.
    pub fn handle(&mut self, program: &Program, event: &Event, now_ms: i64) -> Turn {
        let mut turn = Turn::default();
        if self.ended.is_some() {
            return turn;
        }
        self.turn += 1;
        let cleaned = intake::clean(event);
        let mut run = Run { program, session: self, now_ms, turn: &mut turn, steps: 0, rescued: false };
        run.take(&cleaned);
        turn
    }

    /// The session's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its channel.
    pub fn channel(&self) -> ChannelKind {
        self.channel
    }

    /// Its locale.
    pub fn locale(&self) -> &str {
        &self.locale
    }

    /// When it must be woken with [`Event::Timer`], in Unix milliseconds; `None` while only the world can move it.
    pub fn wakes_at(&self, program: &Program) -> Option<i64> {
        if self.ended.is_some() {
            return None;
        }
        [self.wake_at, self.inactive_at(program).map(|(at, ..)| at)].into_iter().flatten().min()
    }

    /// Why it ended; `None` while it goes on.
    pub fn ended(&self) -> Option<&str> {
        self.ended.as_deref()
    }

    /// How many events it has handled.
    pub fn turns(&self) -> u64 {
        self.turn
    }

    /// The flow and the node it stands at.
    pub fn position<'p>(&self, program: &'p Program) -> (&'p str, &'p str) {
        let frame = self.frame();
        let flow = &program.flows[frame.flow as usize];
        (&flow.id, &flow.nodes[frame.node as usize].id)
    }

    /// The contact.
    pub fn contact(&self) -> &Contact {
        &self.contact
    }

    /// The variables of the flow it stands in, by name.
    pub fn variables<'s>(&'s self, program: &'s Program) -> impl Iterator<Item = (&'s str, &'s Value)> {
        let flow = &program.flows[self.frame().flow as usize];
        flow.vars.iter().map(|var| &*var.name).zip(self.frame().vars.iter())
    }

    /// A value as an expression would see it, by dotted path: a variable, or `inputs`, `contact`, `session`, `last`.
    pub fn look_up(&self, program: &Program, path: &str) -> Option<Value> {
        let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
        let global = match name {
            "inputs" => Some(Global::Inputs),
            "contact" => Some(Global::Contact),
            "session" => Some(Global::Session),
            "last" => Some(Global::Last),
            _ => None,
        };
        let whole = match global {
            Some(global) => self.global(program, global),
            None => self.variables(program).find(|(known, _)| *known == name)?.1.clone(),
        };
        match rest {
            Some(rest) => whole.at(rest.split('.')).cloned(),
            None => Some(whole),
        }
    }

    pub(crate) fn frame(&self) -> &Frame {
        self.frames.last().expect("a session has at least one flow on its stack")
    }

    pub(crate) fn frame_mut(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("a session has at least one flow on its stack")
    }

    pub(crate) fn vars(&self) -> &[Value] {
        &self.frame().vars
    }

    pub(crate) fn vars_mut(&mut self) -> &mut [Value] {
        &mut self.frame_mut().vars
    }

    /// What expressions see beside variables. Made when asked for, since few expressions ask.
    pub(crate) fn global(&self, program: &Program, global: Global) -> Value {
        match global {
            Global::Inputs => self.frame().inputs.clone(),
            Global::Contact => Value::map([
                ("id", Value::text(self.contact.id.as_str())),
                ("channel", Value::text(self.channel.as_str())),
                ("address", Value::text(self.contact.address.as_str())),
                ("name", Value::text(self.contact.name.as_str())),
                ("locale", Value::text(&*self.locale)),
                (
                    "attributes",
                    Value::map(self.contact.attributes.iter().map(|(key, value)| (key.as_str(), value.clone()))),
                ),
            ]),
            Global::Session => {
                let flow = &program.flows[self.frame().flow as usize];
                Value::map([
                    ("id", Value::text(&*self.id)),
                    ("flow", Value::text(flow.id.as_str())),
                    ("version", Value::Int(flow.version.into())),
                    ("started_at", Value::text(value::moment(self.started_ms))),
                    ("turn", Value::Int(i64::try_from(self.turn).unwrap_or(i64::MAX))),
                    ("to", Value::text(&*self.to)),
                ])
            }
            Global::Last => {
                let (node, exit) = match self.last.via {
                    Some(via) => {
                        let (_, node, exit) = via.names(program);
                        (Value::text(node), Value::text(exit))
                    }
                    None => (Value::Null, Value::Null),
                };
                Value::map([
                    ("node", node),
                    ("exit", exit),
                    ("result", self.last.result.clone()),
                    ("error", self.last.error.clone()),
                ])
            }
        }
    }

    /// When the contact will have been silent too long, and where that leads: depth in the stack and goal.
    fn inactive_at(&self, program: &Program) -> Option<(i64, usize, Goal)> {
        if self.waits_for != Some(For::Contact) || self.gone {
            return None;
        }
        self.interrupt(program, |flow| flow.interrupts.no_activity).map(|(depth, (after_ms, goal))| {
            (self.active_ms.saturating_add(i64::try_from(after_ms).unwrap_or(i64::MAX)), depth, goal)
        })
    }

    /// The innermost flow that has such an interrupt; a called flow has its caller's, unless it says otherwise.
    fn interrupt<T>(&self, program: &Program, find: impl Fn(&CompiledFlow) -> Option<T>) -> Option<(usize, T)> {
        for (depth, frame) in self.frames.iter().enumerate().rev() {
            let flow = &program.flows[frame.flow as usize];
            if let Some(found) = find(flow) {
                return Some((depth, found));
            }
            if !flow.interrupts.inherit {
                return None;
            }
        }
        None
    }
}

impl Frame {
    fn new(flow: &CompiledFlow, index: u16, inputs: Value) -> Self {
        Frame {
            flow: index,
            node: flow.start,
            vars: flow.defaults.clone().into_boxed_slice(),
            inputs,
            local: None,
            memory: Vec::new(),
        }
    }
}

/// The flow's locale for a wish: the same locale, else the same language, else the flow's first.
fn locale_of(flow: &CompiledFlow, wished: &str) -> Arc<str> {
    let language = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_lowercase();
    let exact = flow.locales.iter().find(|locale| locale.eq_ignore_ascii_case(wished));
    let near = || flow.locales.iter().find(|locale| language(locale) == language(wished));
    exact.or_else(near).unwrap_or(&flow.locales[0]).clone()
}

/// One event being handled.
struct Run<'a> {
    program: &'a Program,
    session: &'a mut Session,
    now_ms: i64,
    turn: &'a mut Turn,
    steps: u32,
    /// Whether `interrupts.error` has been taken since the last wait; a fault on that path ends the session, so that
    /// an error handler that fails cannot go round in circles.
    rescued: bool,
}

impl<'a> Run<'a> {
    // ---- events ---------------------------------------------------------------------------------------------------

    fn take(&mut self, event: &Event) {
        match event {
            Event::Start(_) => {}
            Event::Keys(_) | Event::Text(_) | Event::Speech(_) | Event::Button(_) => {
                self.session.active_ms = self.now_ms;
                self.offer(event);
            }
            Event::Hangup(_) => {
                self.turn.used = true;
                self.session.gone = true;
                let claimed = self.ask(Signal::Offer(event));
                if claimed != Step::Pass {
                    return self.follow(claimed);
                }
                match self.session.interrupt(self.program, |flow| flow.interrupts.hangup) {
                    Some((depth, goal)) => self.interrupt(depth, goal),
                    None => self.end("hangup"),
                }
            }
            Event::Timer => {
                if let Some((at, depth, goal)) = self.session.inactive_at(self.program)
                    && at <= self.now_ms
                    && self.session.wake_at.is_none_or(|node_at| at <= node_at)
                {
                    self.turn.used = true;
                    return self.interrupt(depth, goal);
                }
                if self.session.wake_at.is_some_and(|at| at <= self.now_ms) {
                    self.deliver(event);
                }
            }
            _ => self.deliver(event),
        }
    }

    /// Input: first the node's own choices, then the flow's phrases, then whatever the node makes of it.
    fn offer(&mut self, event: &Event) {
        let step = self.ask(Signal::Offer(event));
        if step != Step::Pass {
            self.turn.used = true;
            return self.follow(step);
        }
        if let Event::Text(said) | Event::Speech(crate::event::Speech { text: said, .. }) = event {
            if let Some((depth, goal)) = self.phrase(said) {
                self.turn.used = true;
                return self.interrupt(depth, goal);
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

    /// The interrupt phrase that was said, if one was. At an open question it must be all that was said.
    fn phrase(&self, said: &str) -> Option<(usize, Goal)> {
        let is_open = self.node().is_open();
        let locale = &self.session.locale;
        self.session.interrupt(self.program, |flow| {
            flow.interrupts.phrases.iter().find_map(|(any, goal)| {
                let is_said = any.of(locale).iter().any(|phrase| match is_open {
                    true => phrases::normalise(phrase) == phrases::normalise(said),
                    false => phrases::matches(said, phrase).is_some(),
                });
                is_said.then_some(*goal)
            })
        })
    }

    fn deliver(&mut self, event: &Event) {
        let step = self.ask(Signal::Event(event));
        if step != Step::Pass {
            self.turn.used = true;
            self.follow(step);
        }
    }

    // ---- nodes ------------------------------------------------------------------------------------------------------

    fn flow(&self) -> &'a CompiledFlow {
        &self.program.flows[self.session.frame().flow as usize]
    }

    fn node(&self) -> &'a dyn crate::node::Node {
        &*self.flow().nodes[self.session.frame().node as usize].node
    }

    fn ask(&mut self, signal: Signal<'_>) -> Step {
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
    fn enter(&mut self) {
        let step = self.arrive();
        self.follow(step);
    }

    fn arrive(&mut self) -> Step {
        self.session.wake_at = None;
        self.session.frame_mut().local = None;
        self.steps += 1;
        let frame = self.session.frame();
        self.turn.visited.push(Visit { flow: frame.flow, node: frame.node });
        if self.steps > limits::STEPS_WITHOUT_WAIT {
            return Step::End("runaway".into());
        }
        self.ask(Signal::Enter)
    }

    /// Does what a node answered, and all that follows from it.
    fn follow(&mut self, mut step: Step) {
        loop {
            step = match step {
                Step::Pass => return,
                Step::Wait(whom) => {
                    if whom == For::Contact && self.session.gone {
                        return self.end("hangup");
                    }
                    // Silence counts from the question, not from what was waited for before it.
                    if whom == For::Contact && self.session.waits_for != Some(whom) {
                        self.session.active_ms = self.now_ms;
                    }
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

    /// Leaves the current node: notes the path and says where the exit leads.
    fn leave(&mut self, out: &Out) -> Option<Goal> {
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
    fn go(&mut self, goal: Goal) -> Option<Step> {
        self.session.waits_for = None;
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
            Goal::Falls => self.rescue(),
        }
    }

    fn interrupt(&mut self, depth: usize, goal: Goal) {
        self.session.frames.truncate(depth + 1);
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
            return Err(Fault::new(
                "call.depth",
                format!("flows call each other more than {} deep", limits::CALL_DEPTH),
            ));
        }
        let index = self.linked(reference);
        let flow = &self.program.flows[index as usize];
        let inputs = flow.inputs_of(inputs)?;
        self.session.frames.push(Frame::new(flow, index, inputs));
        Ok(())
    }

    fn jump(&mut self, reference: u32, inputs: &Value) -> Result<(), Fault> {
        let index = self.linked(reference);
        let flow = &self.program.flows[index as usize];
        let inputs = flow.inputs_of(inputs)?;
        let frame = self.session.frame_mut();
        *frame = Frame::new(flow, index, inputs);
        self.session.locale = locale_of(flow, &self.session.locale.clone());
        Ok(())
    }

    fn give_back(&mut self, returned: Returned) -> Option<Step> {
        if self.session.frames.len() == 1 {
            self.end("completed");
            return None;
        }
        match self.flow().outputs_of(&returned.outputs) {
            Ok(outputs) => {
                self.session.frames.pop();
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
        match handler {
            Some((depth, goal)) if !self.rescued && goal != Goal::Falls => {
                self.rescued = true;
                self.session.frames.truncate(depth + 1);
                self.go(goal)
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
        let words = phrases::stock(Stock::PoliteEnd, &self.session.locale).to_owned();
        self.with_context(|context| context.say(vec![crate::command::Part::Text(words)], Manner::default()));
    }

    fn end(&mut self, reason: &str) {
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
