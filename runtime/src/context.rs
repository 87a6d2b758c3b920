//! What a node may do: read and write the session, and ask the world for something. The only thing a node type is
//! given besides its parameters.

use crate::command::{Call, Choice, Command, Connect, ConnectMode, End, Listen, Note, Part, Record, Say};
use crate::echo::Told;
use crate::event::{CommandId, Event};
use crate::expr::{Env, Global, Showing};
use crate::fault::Fault;
use crate::limits;
use crate::params::{Expr, Keys, Phrases, Prompt, Script, SecretTemplate, SecretValue, Template, ValueExpr, VarRef};
use crate::phrases;
use crate::program::{CompiledFlow, Program};
use crate::prompt::{self, CompiledPhrases};
use crate::session::Session;
use crate::types;
use crate::value::Value;
use offhook_flow_schemas::ChannelKind;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::to_raw_value;
use std::sync::Arc;

/// How something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    /// Whether input may cut it short.
    pub barge_in: bool,
    /// Whether it is to be heard before the call is answered.
    pub early: bool,
}

impl Default for Manner {
    fn default() -> Self {
        Manner { barge_in: true, early: false }
    }
}

/// A node's view of the session, for the length of one signal.
pub struct Context<'a> {
    pub(crate) program: &'a Program,
    pub(crate) flow: &'a CompiledFlow,
    pub(crate) session: &'a mut Session,
    pub(crate) node: u32,
    pub(crate) now_ms: i64,
    pub(crate) out: &'a mut Vec<Command>,
}

impl Context<'_> {
    // ---- what is so -------------------------------------------------------------------------------------------

    /// The moment of the event that is being handled, in Unix milliseconds.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// The id of this node.
    pub fn node_id(&self) -> &str {
        &self.flow.nodes[self.node as usize].id
    }

    /// The session's id.
    pub fn session_id(&self) -> &str {
        &self.session.id
    }

    /// The lasting id of the contact, or else its address, or else the session's id: what "sticky" holds on to.
    pub fn contact_key(&self) -> &str {
        let contact = &self.session.contact;
        [&*contact.id, &*contact.address].into_iter().find(|key| !key.is_empty()).unwrap_or(&self.session.id)
    }

    /// The channel.
    pub fn channel(&self) -> ChannelKind {
        self.session.channel
    }

    /// Whether words are heard rather than read: voice and video.
    pub fn is_spoken(&self) -> bool {
        matches!(self.session.channel, ChannelKind::Voice | ChannelKind::Video)
    }

    /// The session's locale, such as `en-US`.
    pub fn locale(&self) -> &str {
        &self.session.locale
    }

    /// Whether the contact has hung up.
    pub fn is_gone(&self) -> bool {
        self.session.gone
    }

    /// Whether the author said where an exit of this node leads.
    pub fn is_wired(&self, exit: &str) -> bool {
        let node = &self.flow.nodes[self.node as usize];
        node.exits.iter().any(|known| known.wired && &*known.name == exit)
    }

    // ---- scripts and texts ------------------------------------------------------------------------------------

    fn env<T>(&self, use_env: impl FnOnce(&Env<'_>) -> T) -> T {
        self.env_for(Showing::Plain, &self.session.locale, use_env)
    }

    fn env_for<T>(&self, showing: Showing, locale: &Arc<str>, use_env: impl FnOnce(&Env<'_>) -> T) -> T {
        let global = |global: Global| self.session.global(self.program, global);
        use_env(&Env {
            vars: self.session.vars(),
            global: &global,
            now_ms: self.now_ms,
            random: &self.session.random,
            locale,
            showing,
            spent: &self.session.spent,
        })
    }

    /// Evaluates an expression.
    pub fn eval(&self, expr: Expr) -> Result<Value, Fault> {
        self.env(|env| self.flow.tables.expressions[expr.0 as usize].eval(env))
    }

    /// Evaluates a condition. Only a bool will do.
    pub fn eval_bool(&self, expr: Expr) -> Result<bool, Fault> {
        match self.eval(expr)? {
            Value::Bool(bool) => Ok(bool),
            other => Err(Fault::new("script.type", format!("the condition gave {}, not true or false", other.kind()))),
        }
    }

    /// Runs a script and stores the variables that it assigned.
    pub fn run(&mut self, script: Script) -> Result<Value, Fault> {
        let (value, assigned) = self.env(|env| self.flow.tables.scripts[script.0 as usize].run(env))?;
        // All or none: nothing is stored before everything fits.
        let mut fitted = Vec::with_capacity(assigned.len());
        for (slot, value) in assigned {
            fitted.push((slot, self.fitting(slot, value)?));
        }
        for (slot, value) in fitted {
            self.session.vars_mut()[slot as usize] = value;
        }
        Ok(value)
    }

    /// Renders a template.
    pub fn render(&self, template: Template) -> Result<String, Fault> {
        self.render_at(template.0)
    }

    /// Renders a template in which secrets stand as their marks.
    pub fn render_secret(&self, template: SecretTemplate) -> Result<String, Fault> {
        self.render_at(template.0)
    }

    fn render_at(&self, index: u32) -> Result<String, Fault> {
        let mut text = String::new();
        self.env(|env| self.flow.tables.templates[index as usize].render(env, &mut text))?;
        Ok(text)
    }

    /// Works out a value.
    pub fn value(&self, value: ValueExpr) -> Result<Value, Fault> {
        self.env(|env| self.flow.tables.values[value.0 as usize].eval(env, &self.flow.tables))
    }

    /// Works out a value in which secrets stand as their marks.
    pub fn secret_value(&self, value: SecretValue) -> Result<Value, Fault> {
        self.env(|env| self.flow.tables.values[value.0 as usize].eval(env, &self.flow.tables))
    }

    /// Works out what is said or shown, for the session's channel and locale.
    pub fn parts(&self, prompt: Prompt) -> Result<Vec<Part>, Fault> {
        let showing = if self.is_spoken() { Showing::Heard } else { Showing::Read };
        self.parts_on(prompt, self.channel(), showing)
    }

    fn parts_on(&self, prompt: Prompt, channel: ChannelKind, showing: Showing) -> Result<Vec<Part>, Fault> {
        let prompt = &self.flow.tables.prompts[prompt.0 as usize];
        let parts_in = |locale: &Arc<str>| {
            self.env_for(showing, locale, |env| prompt::parts(prompt, channel, env, &self.flow.tables))
        };
        let said = parts_in(&self.session.locale)?;
        if let Some(echo) = &self.session.echo {
            let chance = self.session.random.get();
            let here = &self.session.locale;
            let others = self.flow.locales.iter().filter(|locale| *locale != here);
            let others = others.filter_map(|locale| parts_in(locale).ok()).collect();
            self.session.random.set(chance);
            echo.borrow_mut().told.push(Told::Prompt {
                flow: self.flow.id.clone(),
                field: prompt.field.clone(),
                locale: here.clone(),
                own: prompt.is_own(here),
                said: said.clone(),
                others,
            });
        }
        Ok(said)
    }

    /// As [`Context::parts`], while `value` is known to the prompt's templates as `last.result`.
    pub fn parts_about(&mut self, prompt: Prompt, value: Value) -> Result<Vec<Part>, Fault> {
        let before = std::mem::replace(&mut self.session.last.result, value);
        let parts = self.parts(prompt);
        self.session.last.result = before;
        parts
    }

    /// What a prompt says in writing, whatever the session's channel is: as it would be sent to a messenger. Sound and
    /// pictures are left out.
    pub fn written(&self, prompt: Prompt) -> Result<String, Fault> {
        let parts = self.parts_on(prompt, ChannelKind::Messaging, Showing::Read)?;
        let texts: Vec<&str> = parts
            .iter()
            .filter_map(|part| match part {
                Part::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        Ok(texts.join("\n"))
    }

    /// The phrases, in the session's locale.
    pub fn phrases(&self, phrases: Phrases) -> &[String] {
        let phrases = &self.flow.tables.phrases[phrases.0 as usize];
        let here = phrases.of(&self.session.locale);
        if let Some(echo) = &self.session.echo {
            echo.borrow_mut().told.push(Told::Phrases { here: here.to_vec(), others: phrases.others(here) });
        }
        here
    }

    /// The telephone keys, in the session's locale.
    pub fn keys<'k>(&self, keys: &'k Keys) -> &'k str {
        let here = keys.of(&self.session.locale);
        if let Some(echo) = &self.session.echo {
            let others = self.flow.locales.iter().map(|locale| keys.of(locale).to_owned()).collect();
            echo.borrow_mut().told.push(Told::Keys { here: here.to_owned(), others });
        }
        here
    }

    /// A sentence that Offhook itself says, in the session's locale.
    pub fn stock(&self, text: phrases::Stock) -> &'static str {
        let said = phrases::stock(text, &self.session.locale);
        if let Some(echo) = &self.session.echo {
            let others = self.flow.locales.iter().map(|locale| phrases::stock(text, locale)).collect();
            echo.borrow_mut().told.push(Told::Stock { said, others });
        }
        said
    }

    // ---- variables --------------------------------------------------------------------------------------------

    /// Stores a value in a variable, or in a place within one, in the form its declared type asks for. Fails with
    /// `value.type` when the value cannot take that form.
    pub fn set(&mut self, variable: VarRef, value: Value) -> Result<(), Fault> {
        let place = &self.flow.tables.variables[variable.0 as usize];
        if place.path.is_empty() {
            return self.store(place.slot, value);
        }
        let whole = types::put(&self.session.vars()[place.slot as usize], &place.path, value)?;
        self.store(place.slot, whole)
    }

    /// What a variable holds.
    pub fn get(&self, variable: VarRef) -> Value {
        let place = &self.flow.tables.variables[variable.0 as usize];
        let value = &self.session.vars()[place.slot as usize];
        value.at(place.path.iter().map(|step| &**step)).cloned().unwrap_or_default()
    }

    fn store(&mut self, slot: u16, value: Value) -> Result<(), Fault> {
        let value = self.fitting(slot, value)?;
        self.session.vars_mut()[slot as usize] = value;
        Ok(())
    }

    /// The value in the variable's form, when it has one and is not too large.
    fn fitting(&self, slot: u16, value: Value) -> Result<Value, Fault> {
        let declared = &self.flow.vars[slot as usize];
        let value = declared.fit(value, "variable")?;
        if matches!(value, Value::Text(_) | Value::List(_) | Value::Map(_)) && value.weight() > limits::VALUE_BYTES {
            return Err(Fault::new("value.size", format!("the value for {} is too large", declared.name)));
        }
        Ok(value)
    }

    /// Puts a value in the form of a type (`int`, `date`, `phone`, …), or says why it cannot be.
    pub fn typed(&self, kind: offhook_flow_schemas::VarType, value: Value) -> Result<Value, String> {
        types::form(value, kind)
    }

    /// The phrases by which a contact cancels: the innermost flow's own, else Offhook's.
    pub fn cancel_phrases(&self) -> Vec<&str> {
        self.own_or(|flow| flow.interrupts.cancel.as_ref(), phrases::cancel)
    }

    /// The phrases by which a contact begins to correct an answer: the innermost flow's own, else Offhook's.
    pub fn correct_phrases(&self) -> Vec<&str> {
        self.own_or(|flow| flow.interrupts.correct.as_ref(), phrases::correct)
    }

    fn own_or(
        &self,
        own: impl Fn(&CompiledFlow) -> Option<&CompiledPhrases>,
        stock: impl Fn(&str) -> &'static [&'static str],
    ) -> Vec<&str> {
        let locale = &self.session.locale;
        for frame in self.session.frames.iter().rev() {
            let flow = &self.program.flows[frame.flow as usize];
            if let Some(phrases) = own(flow) {
                return phrases.of(locale).iter().map(String::as_str).collect();
            }
            if !flow.interrupts.inherit {
                break;
            }
        }
        stock(locale).to_vec()
    }

    /// Sets `last.error`, for a node that leaves by `error` for somebody else's fault.
    pub fn error(&mut self, error: Value) {
        self.session.last.error = error;
    }

    /// Sets `last.result`.
    pub fn result(&mut self, value: Value) {
        self.session.last.result = value;
    }

    /// Takes another locale for the rest of the session.
    pub fn set_locale(&mut self, locale: &str) -> Result<(), Fault> {
        match self.flow.locales.iter().find(|known| known.eq_ignore_ascii_case(locale)) {
            Some(known) => {
                self.session.locale = known.clone();
                Ok(())
            }
            None => Err(Fault::new("locale.unknown", format!("the flow does not speak {locale}"))),
        }
    }

    /// Notes an attribute that the contact now has, so that the rest of the session sees it. Lasting storage is the
    /// `contact` service's.
    pub fn set_attribute(&mut self, name: &str, value: Value) {
        self.session.contact.attributes.insert(name.to_owned(), value);
    }

    // ---- what is remembered while waiting -----------------------------------------------------------------------

    /// What this node kept while it waited; the default where it kept nothing. It is gone once the node is left.
    pub fn kept<T: DeserializeOwned + Default>(&self) -> T {
        match &self.session.frame().local {
            Some(json) => serde_json::from_str(json.get()).expect("a node reads what it kept itself"),
            None => T::default(),
        }
    }

    /// Keeps something until the node is left.
    pub fn keep<T: Serialize>(&mut self, state: &T) {
        let json = to_raw_value(state).expect("a node's state is plain data");
        self.session.frame_mut().local = Some(json);
    }

    /// What this node memorised, which outlasts leaving it, until [`Context::forget`]. A loop counts with it.
    pub fn memory<T: DeserializeOwned>(&self) -> Option<T> {
        let memory = &self.session.frame().memory;
        let (_, json) = memory.iter().find(|(node, _)| *node == self.node)?;
        Some(serde_json::from_str(json.get()).expect("a node reads what it memorised itself"))
    }

    /// Memorises something for when the node is entered again.
    pub fn memorise<T: Serialize>(&mut self, state: &T) {
        let json = to_raw_value(state).expect("a node's state is plain data");
        let node = self.node;
        let memory = &mut self.session.frame_mut().memory;
        match memory.iter_mut().find(|(known, _)| *known == node) {
            Some((_, known)) => *known = json,
            None => memory.push((node, json)),
        }
    }

    /// Forgets what this node memorised.
    pub fn forget(&mut self) {
        let node = self.node;
        self.session.frame_mut().memory.retain(|(known, _)| *known != node);
    }

    /// Input that came before anybody asked for it, oldest first. It is handed out once.
    pub fn take_ahead(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.session.ahead)
    }

    /// Puts input back that this node has no use for.
    pub fn put_ahead(&mut self, events: Vec<Event>) {
        let late = std::mem::replace(&mut self.session.ahead, events);
        self.session.ahead.extend(late);
        self.session.ahead.truncate(limits::AHEAD_EVENTS);
    }

    // ---- time ---------------------------------------------------------------------------------------------------

    /// Asks for a [`Event::Timer`] so many milliseconds from now; replaces what this node asked before. Gone once the
    /// node is left.
    pub fn wake_in(&mut self, ms: u64) {
        self.wake_at(self.now_ms.saturating_add(i64::try_from(ms).unwrap_or(i64::MAX)));
    }

    /// Asks for a [`Event::Timer`] at a moment, in Unix milliseconds.
    pub fn wake_at(&mut self, at_ms: i64) {
        self.session.wake_at = Some(at_ms);
    }

    /// Asks for no timer.
    pub fn sleep_on(&mut self) {
        self.session.wake_at = None;
    }

    /// Whether the moment this node asked for has come.
    pub fn is_due(&self) -> bool {
        self.session.wake_at.is_some_and(|at| at <= self.now_ms)
    }

    // ---- commands -------------------------------------------------------------------------------------------------

    fn number(&mut self) -> CommandId {
        self.session.commands += 1;
        self.session.commands
    }

    /// The number that the next command will have: a name for what begins with it, which a replay gives again.
    pub fn next_command(&self) -> CommandId {
        self.session.commands + 1
    }

    /// Says or shows something. Nothing is emitted for no parts, nor to a contact who has gone.
    pub fn say(&mut self, parts: Vec<Part>, manner: Manner) {
        if parts.is_empty() || self.session.gone {
            return;
        }
        let id = self.number();
        let locale = self.session.locale.to_string();
        self.out.push(Command::Say(Say { id, parts, locale, barge_in: manner.barge_in, early: manner.early }));
    }

    /// Begins to take input; the number is what [`Event::Listening`] will carry. A contact who has gone is not listened
    /// to; the number is 0 then.
    pub fn listen(&mut self, choices: Vec<Choice>, max_keys: u64, expects: &str, sensitive: bool) -> CommandId {
        if self.session.gone {
            return 0;
        }
        let id = self.number();
        self.out.push(Command::Listen(Listen { id, choices, max_keys, expects: expects.to_owned(), sensitive }));
        id
    }

    /// Records; as with [`Context::listen`], a contact who has gone is not recorded.
    pub fn record(&mut self, max_ms: u64, silence_ms: u64, terminators: &str, beep: bool) -> CommandId {
        if self.session.gone {
            return 0;
        }
        let id = self.number();
        self.out.push(Command::Record(Record { id, max_ms, silence_ms, terminators: terminators.to_owned(), beep }));
        id
    }

    /// Asks a service. The node must bound its own wait with [`Context::wake_in`].
    pub fn call(&mut self, service: &str, request: Value, timeout_ms: u64) -> CommandId {
        self.env(|env| env.spend(0, request.weight()));
        let id = self.number();
        let node = self.node_id().to_owned();
        self.out.push(Command::Call(Call { id, node, service: service.to_owned(), request, timeout_ms }));
        id
    }

    /// Hands the contact over.
    pub fn connect(&mut self, mode: ConnectMode, to: String, timeout_ms: u64) -> CommandId {
        let id = self.number();
        let node = self.node_id().to_owned();
        self.out.push(Command::Connect(Connect { id, node, mode, to, timeout_ms }));
        id
    }

    /// Tells the outside that something happened.
    pub fn note(&mut self, name: String, data: Value) {
        self.env(|env| env.spend(0, data.weight()));
        let id = self.number();
        self.out.push(Command::Note(Note { id, name, data }));
    }

    pub(crate) fn end(&mut self, reason: &str) {
        let id = self.number();
        self.out.push(Command::End(End { id, reason: reason.to_owned() }));
    }

    // ---- more of what a node may ask ------------------------------------------------------------------------------

    /// As [`Context::eval_bool`], while `value` is known to the condition as `last.result`.
    pub fn eval_bool_about(&mut self, expr: Expr, value: Value) -> Result<bool, Fault> {
        let before = std::mem::replace(&mut self.session.last.result, value);
        let holds = self.eval_bool(expr);
        self.session.last.result = before;
        holds
    }

    /// Draws the next 64 random bits of the session (SplitMix64, as `random()` does); a replay draws the same.
    pub fn draw(&mut self) -> u64 {
        let state = self.session.random.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.session.random.set(state);
        let mut bits = state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }
}
