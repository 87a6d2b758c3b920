//! Saying, listening and the timers that follow: when silence begins to count.

use super::{Miss, Question, Rules, Turn};
use offhook_runtime::phrases::Stock;
use offhook_runtime::{Context, Fault, Manner, Part};

/// Says what belongs to the question.
pub(super) fn say(parts: Vec<Part>, rules: &Rules<'_>, cx: &mut Context<'_>) {
    cx.say(parts, Manner { barge_in: rules.barge_in, early: false });
}

/// What is said after try number `tries` (from 0) went wrong: the author's words for it, else a short sentence of
/// Offhook's own and the prompt again.
pub(super) fn reprompt<Q: Question>(
    question: &Q,
    rules: &Rules<'_>,
    miss: Miss,
    tries: u32,
    cx: &mut Context<'_>,
) -> Result<Vec<Part>, Fault> {
    let nth = usize::try_from(tries).unwrap_or(usize::MAX);
    let written = rules.reprompts.get(nth).or(rules.reprompts.last()).and_then(|reprompt| match miss {
        Miss::NoInput => reprompt.no_input,
        Miss::NoMatch => reprompt.no_match,
    });
    if let Some(prompt) = written {
        return cx.parts(prompt);
    }
    let sentence = cx.stock(match miss {
        Miss::NoInput => Stock::NoInput,
        Miss::NoMatch => Stock::NoMatch,
    });
    let mut parts = question.prompt(cx)?;
    // One part is spoken in one breath.
    match parts.first_mut() {
        Some(Part::Text(text)) => *text = format!("{sentence} {text}"),
        _ => parts.insert(0, Part::Text(sentence.to_owned())),
    }
    Ok(parts)
}

/// Begins to take input. Where prompts are heard, silence counts from [`offhook_runtime::Event::Listening`] on, and
/// elsewhere at once.
pub(super) fn listen<Q: Question>(question: &Q, turn: &mut Turn, cx: &mut Context<'_>) -> Result<(), Fault> {
    let id = question.listen(cx)?;
    if cx.is_spoken() {
        turn.listen = id;
        cx.sleep_on();
        if !turn.keys.is_empty() && question.rules(cx).barge_in {
            run_timer(question, turn, cx);
        }
    } else {
        run_timer(question, turn, cx);
    }
    Ok(())
}

/// Starts the timer that now applies: between two keys when an entry has begun, else for silence.
pub(super) fn run_timer<Q: Question>(question: &Q, turn: &Turn, cx: &mut Context<'_>) {
    let between_keys = || question.keypad().map(|pad| pad.inter_digit_ms);
    let silence = || question.rules(cx).timeout_ms;
    match if turn.keys.is_empty() { silence() } else { between_keys() } {
        Some(ms) => cx.wake_in(ms),
        None => cx.sleep_on(),
    }
}
