//! Asking a service: one attempt at a time, each with its time limit, with growing pauses between them. What a good
//! answer is, and which failure deserves another attempt, the node says.

use crate::limits;
use offhook_runtime::params::Millis;
use offhook_runtime::{CommandId, Context, Event, Fault, Signal, Step, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How often and how patiently a service is asked again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retry {
    /// How often the service is asked in all.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 10))]
    attempts: u32,
    /// The pause before the second attempt; it doubles each time.
    #[serde(default = "backoff")]
    #[schemars(extend("default" = "300ms"))]
    backoff: Millis,
}

pub(crate) fn one() -> u32 {
    1
}
pub(crate) fn backoff() -> Millis {
    Millis(300)
}

impl Default for Retry {
    fn default() -> Self {
        Retry { attempts: one(), backoff: backoff() }
    }
}

impl Retry {
    /// Reports more attempts than anybody needs.
    pub(crate) fn check(&self, found: &mut Vec<(String, String)>) {
        check_attempts(self.attempts, found);
    }

    /// The same as numbers.
    pub(crate) fn tries(&self) -> Tries {
        Tries { attempts: self.attempts, backoff_ms: self.backoff.0 }
    }
}

pub(crate) fn check_attempts(attempts: u32, found: &mut Vec<(String, String)>) {
    if !(1..=limits::ATTEMPTS).contains(&attempts) {
        found.push(("/retry/attempts".into(), format!("the attempts are 1 to {}", limits::ATTEMPTS)));
    }
}

/// How often and how patiently a service is asked again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tries {
    pub(crate) attempts: u32,
    pub(crate) backoff_ms: u64,
}

impl Tries {
    /// The longest that it takes until the last attempt has failed, when each attempt takes `timeout_ms` at most.
    pub(crate) fn longest_ms(self, timeout_ms: u64) -> u64 {
        let pauses = (1..self.attempts.min(limits::ATTEMPTS)).map(|attempt| pause_ms(attempt, self.backoff_ms));
        pauses.fold(timeout_ms.saturating_mul(self.attempts.into()), u64::saturating_add)
    }
}

/// Where the asking stands. Kept as a short list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Flight(
    /// The command that is under way; 0 in the pause between two attempts.
    CommandId,
    /// The number of the attempt, from 1; 0 before the first.
    u32,
);

/// What happened to the asking.
pub(crate) enum Happened<'a> {
    /// It is time to ask.
    Send,
    /// The service answered.
    Answer(&'a Value),
    /// It failed, or its time ran out.
    Failure(Fault),
    /// Something else happened.
    Foreign,
}

/// Reads a signal.
pub(crate) fn happened<'a>(signal: Signal<'a>, service: &str, cx: &Context<'_>) -> (Flight, Happened<'a>) {
    let Signal::Event(event) = signal else {
        let what = if matches!(signal, Signal::Enter) { Happened::Send } else { Happened::Foreign };
        return (Flight::default(), what);
    };
    let flight: Flight = cx.kept();
    let what = match event {
        Event::Timer if flight.0 == 0 => Happened::Send,
        Event::Timer => Happened::Failure(Fault::new(
            format!("{service}.timeout"),
            format!("the service `{service}` did not answer in time"),
        )),
        Event::Result(answer) if answer.id == flight.0 => Happened::Answer(&answer.value),
        Event::Failed(failure) if failure.id == flight.0 => Happened::Failure(failure.fault.clone()),
        _ => Happened::Foreign,
    };
    (flight, what)
}

impl Flight {
    /// Asks.
    pub(crate) fn send(self, service: &str, request: Value, timeout_ms: u64, cx: &mut Context<'_>) -> Step {
        let id = cx.call(service, request, timeout_ms);
        cx.wake_in(timeout_ms);
        cx.keep(&Flight(id, self.1 + 1));
        Step::STAY
    }

    /// Asks again after a pause when there is an attempt left and another one is worth it; else the fault is final.
    pub(crate) fn fail(self, mut fault: Fault, worth_another: bool, tries: Tries, cx: &mut Context<'_>) -> Step {
        if !worth_another || self.1 >= tries.attempts {
            fault.attempt = self.1;
            return Step::Fault(fault);
        }
        cx.wake_in(pause_ms(self.1, tries.backoff_ms));
        cx.keep(&Flight(0, self.1));
        Step::STAY
    }
}

/// The pause after attempt number `attempt`.
fn pause_ms(attempt: u32, backoff_ms: u64) -> u64 {
    let doubled = 1u64.checked_shl(attempt.saturating_sub(1)).unwrap_or(u64::MAX);
    backoff_ms.saturating_mul(doubled).min(limits::BACKOFF_MS.max(backoff_ms))
}

#[cfg(test)]
mod tests {
    use super::pause_ms;

    #[test]
    fn pauses_double_up_to_the_limit() {
        assert_eq!([1, 2, 3].map(|attempt| pause_ms(attempt, 300)), [300, 600, 1_200]);
        assert_eq!(pause_ms(10, 1_000), 60_000);
        assert_eq!(pause_ms(2, 120_000), 120_000);
        assert_eq!(pause_ms(100, 0), 0);
    }
}
