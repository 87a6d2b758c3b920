//! The turn machine of the node types that take an answer: `ask`, `menu`, `listen` and `record`. It says the prompt,
//! listens, runs the timers, counts what went wrong and asks again in other words. What counts as an answer it does not
//! know; a [`Question`] says so. The table in the crate's documentation shows every transition.

mod keys;
mod params;
mod prompting;
mod state;

pub(crate) use keys::{Fit, Keypad};
pub(crate) use params::{KeyEntry, KeyTiming, Reprompt, Turns, check_keys, check_retries};
pub(crate) use state::Turn;

use keys::Entry;
use offhook_runtime::flow_schemas::FlowKind;
use offhook_runtime::params::Prompt;
use offhook_runtime::phrases;
use offhook_runtime::{CommandId, Context, Event, Fault, Part, Signal, Step, Value};

/// The kinds of flow in which a person can be asked something: all but routing, whose flows decide at once, while the contact
/// waits elsewhere.
pub(crate) const ASKING_KINDS: [FlowKind; 4] =
    [FlowKind::Ivr, FlowKind::Chatbot, FlowKind::Outbound, FlowKind::Library];

/// Something that is asked of the contact.
pub(crate) trait Question {
    /// What an answer is.
    type Answer;

    /// How patient it is, on the session's channel.
    fn rules(&self, cx: &Context<'_>) -> Rules<'_>;

    /// What is said; nothing when it only listens.
    fn prompt(&self, cx: &mut Context<'_>) -> Result<Vec<Part>, Fault>;

    /// Sends the command that begins to take input.
    fn listen(&self, cx: &mut Context<'_>) -> Result<CommandId, Fault>;

    /// The keypad's rules; `None` when keys are no answer here. They are then kept for the next node.
    fn keypad(&self) -> Option<Keypad>;

    /// How a sequence of keys stands as an answer.
    fn fit(&self, keys: &str) -> Fit;

    /// Whether any words are an answer, so that the flow's phrases must be tried first.
    fn is_open(&self) -> bool;

    /// What input means.
    fn judge(&self, heard: Heard<'_>, cx: &mut Context<'_>) -> Result<Verdict<Self::Answer>, Fault>;
}

/// Input.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Heard<'a> {
    /// A complete entry on the keypad, without its terminator.
    Keys(&'a str),
    /// What was said or written; never blank.
    Words(&'a str),
    /// The id of a pressed button.
    Button(&'a str),
}

/// What input means.
pub(crate) enum Verdict<A> {
    /// An answer.
    Answer(A),
    /// No answer.
    NoMatch,
    /// Not a valid answer, and what to say about it.
    Invalid(Vec<Part>),
}

/// How patient a question is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<'a> {
    pub(crate) retries: u32,
    /// Silence that counts as no input; `None` when silence never does.
    pub(crate) timeout_ms: Option<u64>,
    pub(crate) reprompts: &'a [Reprompt],
    pub(crate) help: Option<Prompt>,
    pub(crate) barge_in: bool,
    pub(crate) type_ahead: bool,
}

/// What came of a signal.
pub(crate) enum Turned<A> {
    /// It is not for this node.
    Pass,
    /// The contact is waited for.
    Waits,
    /// There is an answer.
    Answer(A),
    /// There is none, and no try is left.
    GaveUp(Miss),
}

/// How a try went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Miss {
    /// Nothing came.
    NoInput,
    /// Something came, but no answer.
    NoMatch,
}

impl Miss {
    /// The exit for it.
    pub(crate) fn exit(self) -> Step {
        match self {
            Miss::NoInput => Step::exit("no_input"),
            Miss::NoMatch => Step::exit("no_match"),
        }
    }
}

/// Runs a node that asks one question: `turned` is what the signal does to it, `answered` and `gave_up` say how the node
/// is left.
pub(crate) fn drive<A>(
    cx: &mut Context<'_>,
    turned: impl FnOnce(&mut Turn, &mut Context<'_>) -> Result<Turned<A>, Fault>,
    answered: impl FnOnce(A, &mut Context<'_>) -> Result<Step, Fault>,
    gave_up: impl FnOnce(Miss) -> Step,
) -> Step {
    let before: Turn = cx.kept();
    let mut turn = before.clone();
    match turned(&mut turn, cx) {
        Ok(Turned::Pass) => Step::Pass,
        Ok(Turned::Waits) => {
            if turn != before {
                cx.keep(&turn);
            }
            Step::LISTEN
        }
        Ok(Turned::Answer(answer)) => answered(answer, cx).unwrap_or_else(Step::Fault),
        Ok(Turned::GaveUp(miss)) => gave_up(miss),
        Err(fault) => Step::Fault(fault),
    }
}

/// What a signal does to a question in its `turn`.
pub(crate) fn on<Q: Question>(
    question: &Q,
    signal: Signal<'_>,
    turn: &mut Turn,
    cx: &mut Context<'_>,
) -> Result<Turned<Q::Answer>, Fault> {
    match signal {
        Signal::Enter => enter(question, turn, cx),
        Signal::Offer(event) => take(question, event, true, turn, cx),
        Signal::Event(Event::Timer) if turn.keys.is_empty() => miss(question, Miss::NoInput, None, turn, cx),
        Signal::Event(Event::Timer) => complete(question, "", turn, cx),
        Signal::Event(Event::Listening(id)) => {
            if *id == turn.listen {
                prompting::run_timer(question, turn, cx);
            }
            Ok(Turned::Waits)
        }
        Signal::Event(event) => take(question, event, false, turn, cx),
        Signal::Repeat => again(question, None, turn, cx),
        Signal::Help => again(question, question.rules(cx).help, turn, cx),
        Signal::Returned(_) | Signal::Joined(_) => Ok(Turned::Pass),
    }
}

/// Arrives: early input first, then the prompt.
fn enter<Q: Question>(question: &Q, turn: &mut Turn, cx: &mut Context<'_>) -> Result<Turned<Q::Answer>, Fault> {
    let rules = question.rules(cx);
    let ahead = cx.take_ahead();
    if !ahead.is_empty()
        && rules.type_ahead
        && let Some(answer) = early(question, ahead, turn, cx)?
    {
        return Ok(Turned::Answer(answer));
    }
    // Keys that have begun an answer barge into the prompt, as they would have done a moment later.
    if turn.keys.is_empty() || !rules.barge_in {
        let parts = question.prompt(cx)?;
        prompting::say(parts, &rules, cx);
    }
    prompting::listen(question, turn, cx)?;
    Ok(Turned::Waits)
}

/// Offers early input, oldest first. What comes after the answer is kept for the next node; what is no answer is
/// dropped without a word, since it was not meant for this question.
fn early<Q: Question>(
    question: &Q,
    ahead: Vec<Event>,
    turn: &mut Turn,
    cx: &mut Context<'_>,
) -> Result<Option<Q::Answer>, Fault> {
    let mut unused = Vec::new();
    let mut ahead = ahead.into_iter();
    let mut found = None;
    for event in ahead.by_ref() {
        let verdict = match &event {
            Event::Keys(keys) => match question.keypad() {
                Some(pad) => {
                    // The terminator of the entry before belongs to that one.
                    let keys = if turn.keys.is_empty() { pad.without_leading_terminators(keys) } else { keys };
                    match turn.press(&pad, keys, |keys| question.fit(keys)) {
                        Entry::Done { rest } => {
                            let entered = std::mem::take(&mut turn.keys);
                            let verdict = match question.fit(&entered) {
                                Fit::More | Fit::Hopeless => Verdict::NoMatch,
                                Fit::Enough | Fit::Full => question.judge(Heard::Keys(&entered), cx)?,
                            };
                            if matches!(verdict, Verdict::Answer(_)) && !rest.is_empty() {
                                unused.push(Event::Keys(rest.to_owned()));
                            }
                            verdict
                        }
                        Entry::Hopeless => {
                            turn.keys.clear();
                            Verdict::NoMatch
                        }
                        Entry::More | Entry::Cancelled => Verdict::NoMatch,
                    }
                }
                None => {
                    unused.push(event);
                    continue;
                }
            },
            Event::Text(words) => early_words(question, words, cx)?,
            Event::Speech(speech) => early_words(question, &speech.text, cx)?,
            Event::Button(id) => question.judge(Heard::Button(id), cx)?,
            _ => Verdict::NoMatch,
        };
        if let Verdict::Answer(answer) = verdict {
            found = Some(answer);
            break;
        }
    }
    unused.extend(ahead);
    if !unused.is_empty() {
        cx.put_ahead(unused);
    }
    Ok(found)
}

/// Words that came early. "Repeat" and "help" were about what came before.
fn early_words<Q: Question>(question: &Q, words: &str, cx: &mut Context<'_>) -> Result<Verdict<Q::Answer>, Fault> {
    if words.trim().is_empty() || phrases::universal(words, cx.locale()).is_some() {
        return Ok(Verdict::NoMatch);
    }
    question.judge(Heard::Words(words), cx)
}

/// Takes an event that may be input. One that is only offered is claimed when it is an answer, or keys.
fn take<Q: Question>(
    question: &Q,
    event: &Event,
    offered: bool,
    turn: &mut Turn,
    cx: &mut Context<'_>,
) -> Result<Turned<Q::Answer>, Fault> {
    let heard = match event {
        Event::Keys(keys) => {
            return match question.keypad() {
                Some(pad) => press(question, &pad, keys, turn, cx),
                None => Ok(Turned::Pass),
            };
        }
        Event::Text(words) => Heard::Words(words),
        Event::Speech(speech) => Heard::Words(&speech.text),
        Event::Button(id) => Heard::Button(id),
        _ => return Ok(Turned::Pass),
    };
    if let Heard::Words(words) = heard {
        if offered && question.is_open() {
            return Ok(Turned::Pass);
        }
        if words.trim().is_empty() {
            return if offered { Ok(Turned::Pass) } else { miss(question, Miss::NoInput, None, turn, cx) };
        }
    }
    match question.judge(heard, cx)? {
        Verdict::Answer(answer) => Ok(Turned::Answer(answer)),
        _ if offered => Ok(Turned::Pass),
        Verdict::NoMatch => miss(question, Miss::NoMatch, None, turn, cx),
        Verdict::Invalid(message) => miss(question, Miss::NoMatch, Some(message), turn, cx),
    }
}

/// Takes keys.
fn press<Q: Question>(
    question: &Q,
    pad: &Keypad,
    keys: &str,
    turn: &mut Turn,
    cx: &mut Context<'_>,
) -> Result<Turned<Q::Answer>, Fault> {
    match turn.press(pad, keys, |keys| question.fit(keys)) {
        Entry::More => {
            if !turn.keys.is_empty() {
                cx.wake_in(pad.inter_digit_ms);
            }
            Ok(Turned::Waits)
        }
        Entry::Done { rest } => complete(question, rest, turn, cx),
        Entry::Hopeless => miss(question, Miss::NoMatch, None, turn, cx),
        Entry::Cancelled => again(question, None, turn, cx),
    }
}

/// The entry is complete; keys beyond it wait for the next node when it is an answer.
fn complete<Q: Question>(
    question: &Q,
    rest: &str,
    turn: &mut Turn,
    cx: &mut Context<'_>,
) -> Result<Turned<Q::Answer>, Fault> {
    let entered = std::mem::take(&mut turn.keys);
    match question.fit(&entered) {
        Fit::More | Fit::Hopeless if entered.is_empty() => return miss(question, Miss::NoInput, None, turn, cx),
        Fit::More | Fit::Hopeless => return miss(question, Miss::NoMatch, None, turn, cx),
        Fit::Enough | Fit::Full => {}
    }
    match question.judge(Heard::Keys(&entered), cx)? {
        Verdict::Answer(answer) => {
            if !rest.is_empty() {
                cx.put_ahead(vec![Event::Keys(rest.to_owned())]);
            }
            Ok(Turned::Answer(answer))
        }
        Verdict::NoMatch => miss(question, Miss::NoMatch, None, turn, cx),
        Verdict::Invalid(message) => miss(question, Miss::NoMatch, Some(message), turn, cx),
    }
}

/// A try went wrong: asks again, or gives up. `message` stands in for the ordinary re-prompt.
pub(crate) fn miss<Q: Question>(
    question: &Q,
    miss: Miss,
    message: Option<Vec<Part>>,
    turn: &mut Turn,
    cx: &mut Context<'_>,
) -> Result<Turned<Q::Answer>, Fault> {
    turn.keys.clear();
    let rules = question.rules(cx);
    if turn.tries >= rules.retries {
        cx.result(Value::Null);
        return Ok(Turned::GaveUp(miss));
    }
    let parts = match message {
        Some(parts) => parts,
        None => prompting::reprompt(question, &rules, miss, turn.tries, cx)?,
    };
    turn.tries += 1;
    prompting::say(parts, &rules, cx);
    prompting::listen(question, turn, cx)?;
    Ok(Turned::Waits)
}

/// Asks again without counting it, with `instead` of the prompt where it is given.
pub(crate) fn again<Q: Question>(
    question: &Q,
    instead: Option<Prompt>,
    turn: &mut Turn,
    cx: &mut Context<'_>,
) -> Result<Turned<Q::Answer>, Fault> {
    turn.keys.clear();
    let parts = match instead {
        Some(prompt) => cx.parts(prompt)?,
        None => question.prompt(cx)?,
    };
    let rules = question.rules(cx);
    prompting::say(parts, &rules, cx);
    prompting::listen(question, turn, cx)?;
    Ok(Turned::Waits)
}
