//! A session: the state of one conversation, and what an event does to it.
//!
//! `(session, event, now) → (session′, commands)`. How an event is handled is in `run`.

use crate::command::Command;
use crate::echo::Echo;
use crate::event::{Contact, Event, Start};
use crate::expr::Global;
use crate::fault::Fault;
use crate::fork::{self, Fork};
use crate::node::For;
use crate::program::{CompiledFlow, Goal, Program};
use crate::run::Run;
use crate::value::Value;
use crate::{intake, value};
use offhook_flow_schemas::ChannelKind;
use serde_json::value::RawValue;
use std::cell::{Cell, RefCell};
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
    /// When the contact last did something, moved on by the time in which nobody waited for them.
    pub(crate) active_ms: i64,
    /// Since when something other than the contact is waited for.
    pub(crate) world_ms: Option<i64>,
    pub(crate) waits_for: Option<For>,
    pub(crate) gone: bool,
    /// Whether a recording told that the contact has gone, and `interrupts.hangup` has not been taken for it.
    pub(crate) leaving: bool,
    pub(crate) ended: Option<Box<str>>,
    /// Work that expressions, scripts and templates have done in this turn.
    pub(crate) spent: Cell<u64>,
    /// The nodes that were run when the session began a wait that is over at once; 0 after any other wait.
    pub(crate) steps: u32,
    /// Whether `interrupts.error` was taken, and nothing but answers of the world has come since.
    pub(crate) rescued: bool,
    pub(crate) ahead: Vec<Event>,
    pub(crate) last: Box<Last>,
    /// Where a talk listens in; nothing while a contact is served.
    pub(crate) echo: Option<Box<RefCell<Echo>>>,
    /// What was seen in this turn, where somebody watches; see [`Session::watch`].
    pub(crate) sights: Option<Vec<Sight>>,
}

/// How things were when a node was entered.
#[derive(Debug)]
pub(crate) struct Sight {
    /// The variables of its flow, in their order.
    pub(crate) values: Box<[Value]>,
    /// How many nodes had been left in the turn.
    pub(crate) path: usize,
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
    /// The branches that run at the node.
    pub(crate) fork: Option<Box<Fork>>,
    /// Whether it was called in the middle of a question, which is asked again afterwards.
    pub(crate) digression: bool,
}

/// What `last` shows.
#[derive(Clone, Debug, Default)]
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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Turn {
    /// What must be done, in order.
    pub commands: Vec<Command>,
    /// The exits that were taken, in order.
    pub path: Vec<Via>,
    /// The nodes that were entered, in order.
    pub visited: Vec<Visit>,
    /// For each of `visited`, how many commands there were when it was entered.
    pub before: Vec<u32>,
    /// Whether the event had any effect; one that came too late or for nobody has none, but is journaled all the same.
    pub used: bool,
}

impl Session {
    /// Begins a conversation with its first event. Fails when the program does not accept the start.
    pub fn start(program: &Program, start: &Start, now_ms: i64) -> Result<(Session, Turn), Fault> {
        Session::begin(program, start, now_ms, None, None)
    }

    /// As [`Session::start`], and tells from then on how things were at each node; see [`Session::seen`].
    pub(crate) fn watched(program: &Program, start: &Start, now_ms: i64) -> Result<(Session, Turn), Fault> {
        Session::begin(program, start, now_ms, None, Some(Vec::new()))
    }

    /// Watches from the next turn on.
    pub(crate) fn watch(&mut self) {
        self.sights = Some(Vec::new());
    }

    /// How things were at each node that the last turn entered; nothing where nobody watched.
    pub(crate) fn seen(&self) -> &[Sight] {
        self.sights.as_deref().unwrap_or_default()
    }

    /// As [`Session::start`], with an echo of what it tells, or somebody who watches.
    pub(crate) fn begin(
        program: &Program,
        start: &Start,
        now_ms: i64,
        echo: Option<Box<RefCell<Echo>>>,
        sights: Option<Vec<Sight>>,
    ) -> Result<(Session, Turn), Fault> {
        let mut start = start.clone();
        intake::clean_start(&mut start);
        let flow = &program.flows[0];
        let given = Value::map(start.inputs.iter().map(|(key, value)| (key.as_str(), value.clone())));
        let inputs = flow.inputs_of(&given)?;
        let channel = ChannelKind::from_word(&start.channel)
            .ok_or_else(|| Fault::new("start.channel", format!("there is no channel `{}`", start.channel)))?;
        let locale = first_locale(flow, &start);
        let mut session = Session {
            id: start.session.into(),
            channel,
            to: start.to.into(),
            locale,
            contact: Box::new(start.contact),
            started_ms: now_ms,
            turn: 1,
            commands: 0,
            random: Cell::new(start.seed),
            frames: vec![Frame::new(flow, 0, inputs)],
            wake_at: None,
            active_ms: now_ms,
            world_ms: None,
            waits_for: None,
            gone: false,
            leaving: false,
            ended: None,
            spent: Cell::new(0),
            steps: 0,
            rescued: false,
            ahead: Vec::new(),
            last: Box::default(),
            echo,
            sights,
        };
        let mut turn = Turn { used: true, ..Turn::default() };
        let mut run = Run::new(program, &mut session, now_ms, &mut turn);
        run.enter();
        run.rest();
        Ok((session, turn))
    }

    /// Reacts to an event. An ended session reacts to nothing.
    pub fn handle(&mut self, program: &Program, event: &Event, now_ms: i64) -> Turn {
        let mut turn = Turn::default();
        if self.ended.is_some() {
            return turn;
        }
        self.turn += 1;
        if let Some(sights) = &mut self.sights {
            sights.clear();
        }
        let cleaned = intake::clean(event);
        let mut run = Run::new(program, self, now_ms, &mut turn);
        run.take(&cleaned);
        run.rest();
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
        [self.next_wake(), self.inactive_at(program).map(|(at, ..)| at)].into_iter().flatten().min()
    }

    /// When the first timer of a node is due, also of one in a branch.
    pub(crate) fn next_wake(&self) -> Option<i64> {
        fork::earliest(self.wake_at, &self.frames)
    }

    /// Whether the contact is waited for, also in a branch.
    pub(crate) fn awaits_contact(&self) -> bool {
        fork::awaits_contact(self.waits_for, &self.frames)
    }

    /// Whether it stands at a node, also in a branch.
    pub(crate) fn stands_at(&self, program: &Program, node: &str) -> bool {
        stack_stands_at(&self.frames, program, node)
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
        self.global_of(self.frame(), program, global)
    }

    /// What expressions of a flow on the stack see beside variables.
    pub(crate) fn global_of(&self, frame: &Frame, program: &Program, global: Global) -> Value {
        match global {
            Global::Inputs => frame.inputs.clone(),
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
                let flow = &program.flows[frame.flow as usize];
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
    pub(crate) fn inactive_at(&self, program: &Program) -> Option<(i64, usize, Goal)> {
        if self.gone || !self.awaits_contact() {
            return None;
        }
        self.interrupt(program, |flow| flow.interrupts.no_activity).map(|(depth, (after_ms, goal))| {
            (self.active_ms.saturating_add(i64::try_from(after_ms).unwrap_or(i64::MAX)), depth, goal)
        })
    }

    /// The innermost flow that has such an interrupt; a called flow has its caller's, unless it says otherwise.
    pub(crate) fn interrupt<T>(
        &self,
        program: &Program,
        find: impl Fn(&CompiledFlow) -> Option<T>,
    ) -> Option<(usize, T)> {
        match innermost(&self.frames, 0, program, &find) {
            Found::At(depth, found) => Some((depth, found)),
            Found::Nowhere | Found::Barred => None,
        }
    }
}

/// What a search for an interrupt comes to.
enum Found<T> {
    At(usize, T),
    Nowhere,
    /// A flow that does not inherit stands in between.
    Barred,
}

/// The innermost flow of a stack that has an interrupt; that of a branch which listens before that of its flow.
fn innermost<T>(
    frames: &[Frame],
    below: usize,
    program: &Program,
    find: &impl Fn(&CompiledFlow) -> Option<T>,
) -> Found<T> {
    if let Some(fork) = frames.last().and_then(|frame| frame.fork.as_deref())
        && let Some(stack) = fork.listening_stack()
    {
        match innermost(stack, below + frames.len(), program, find) {
            Found::Nowhere => {}
            found => return found,
        }
    }
    for (depth, frame) in frames.iter().enumerate().rev() {
        let flow = &program.flows[frame.flow as usize];
        if let Some(found) = find(flow) {
            return Found::At(below + depth, found);
        }
        if !flow.interrupts.inherit {
            return Found::Barred;
        }
    }
    Found::Nowhere
}

fn stack_stands_at(frames: &[Frame], program: &Program, node: &str) -> bool {
    let Some(frame) = frames.last() else { return false };
    let id = &program.flows[frame.flow as usize].nodes[frame.node as usize].id;
    let fork = frame.fork.as_deref();
    id == node || fork.is_some_and(|fork| fork.stacks().any(|stack| stack_stands_at(stack, program, node)))
}

impl Frame {
    pub(crate) fn new(flow: &CompiledFlow, index: u16, inputs: Value) -> Self {
        Frame {
            flow: index,
            node: flow.start,
            vars: flow.defaults.clone().into_boxed_slice(),
            inputs,
            local: None,
            memory: Vec::new(),
            fork: None,
            digression: false,
        }
    }

    /// The lowest flow of a branch: the same flow at the same node, with nothing of its own.
    pub(crate) fn beside(parent: &Frame) -> Self {
        Frame {
            flow: parent.flow,
            node: parent.node,
            vars: Box::default(),
            inputs: Value::Null,
            local: None,
            memory: Vec::new(),
            fork: None,
            digression: false,
        }
    }
}

/// The locale in which a session of the flow begins.
pub(crate) fn first_locale(flow: &CompiledFlow, start: &Start) -> Arc<str> {
    let wished = [&start.locale, &start.contact.locale].into_iter().find(|locale| !locale.is_empty());
    locale_of(flow, wished.map_or("", |locale| locale))
}

/// The flow's locale for a wish: the same locale, else the same language, else the flow's first.
pub(crate) fn locale_of(flow: &CompiledFlow, wished: &str) -> Arc<str> {
    let language = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_lowercase();
    let exact = flow.locales.iter().find(|locale| locale.eq_ignore_ascii_case(wished));
    let near = || flow.locales.iter().find(|locale| language(locale) == language(wished));
    exact.or_else(near).unwrap_or(&flow.locales[0]).clone()
}
